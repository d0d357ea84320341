//! The models that a request may ask, and what was done with each: who is asked next, who has to be waited for, who is
//! out. It begins as the router's chain; the decision itself stays as it was shown.

use super::failure::{Rule, Then};
use super::retry::{LONGEST_WAIT, Trial};
use super::shared::Shared;
use crate::base::time::{Monotonic, Now};
use crate::model::health::RestReason;
use crate::model::{Error, ErrorCode, Locality, ModelKey};
use crate::route::Query;

/// What can be done next.
pub(super) enum Step {
    /// Ask the model at this place.
    Ask(usize),
    /// Nobody may be asked before.
    Wait { until: Monotonic, model: String },
    /// Nobody is left.
    GiveUp,
}

/// One model, and what was done with it.
#[derive(Debug)]
struct Link {
    key: ModelKey,
    trial: Trial,
    /// Tokens that the model holds, as far as was known when it came into the chain: it may be taken off the list since.
    room: Option<u64>,
    /// Whether it was on a list when it came into the chain.
    was_listed: bool,
}

impl Link {
    fn of(key: ModelKey, shared: &Shared) -> Self {
        let entry = shared.catalogue.entry(&key);
        let room = entry.and_then(|entry| entry.config().context_length);
        let was_listed = entry.is_some();
        Self { key, trial: Trial::default(), room, was_listed }
    }

    /// Whether it was taken off its list before it was asked.
    fn is_gone(&self, shared: &Shared) -> bool {
        self.was_listed && self.trial.asked == 0 && shared.catalogue.entry(&self.key).is_none()
    }

    /// Whether the model holds no more than what proved too few.
    fn is_too_small(&self, too_small: Option<u64>) -> bool {
        too_small.zip(self.room).is_some_and(|(least, holds)| holds <= least)
    }
}

/// Models in the order in which they are asked.
#[derive(Debug, Default)]
pub(super) struct Chain {
    links: Vec<Link>,
    /// Tokens that proved too few.
    too_small: Option<u64>,
}

impl Chain {
    /// The models of these addresses, none of them asked yet.
    pub(super) fn of(addresses: &[String], shared: &Shared) -> Self {
        let keys = addresses.iter().filter_map(|address| ModelKey::parse(address));
        Self { links: keys.map(|key| Link::of(key, shared)).collect(), too_small: None }
    }

    /// The model at a place.
    pub(super) fn key(&self, place: usize) -> Option<&ModelKey> {
        self.links.get(place).map(|link| &link.key)
    }

    /// The model at this place is being asked.
    pub(super) fn asked(&mut self, place: usize, shared: &mut Shared) {
        let Some(Link { key, trial, .. }) = self.links.get_mut(place) else { return };
        shared.asked(key, trial.asked > 0);
        trial.asked = trial.asked.saturating_add(1);
    }

    /// The model at this place failed: which ones may still be asked, and when.
    pub(super) fn failed(&mut self, place: usize, rule: Rule, error: &Error, shared: &mut Shared, now: Now) {
        let Some(Link { trial, room, .. }) = self.links.get_mut(place) else { return };
        // Where the rate is at fault, the pause is kept with the model, since other requests have to keep it too.
        let stated = error.retry_after_ms.filter(|_| error.code != ErrorCode::RateLimited);
        trial.failed(rule, stated, &mut shared.random, now);
        if rule.then == Then::MoreRoom {
            self.too_small = self.too_small.max(*room);
            for link in &mut self.links {
                link.trial.is_out |= link.is_too_small(self.too_small);
            }
        }
    }

    /// What can be done next: ask a model that was not asked yet; then one that is left alone; then wait until one may be
    /// asked, again or at all, though not beyond the end of the whole.
    pub(super) fn next(&self, shared: &Shared, total_deadline: Monotonic, now: Now) -> Step {
        let candidates: Vec<(usize, &Link)> = self
            .links
            .iter()
            .enumerate()
            .filter(|(_, link)| {
                let Link { key, trial, .. } = link;
                let is_there = shared.providers.contains_key(key.provider()) && !link.is_gone(shared);
                !trial.is_out && is_there && (shared.is_online || !is_far(key, shared))
            })
            .collect();
        let mut fresh = candidates.iter().filter(|(_, link)| link.trial.asked == 0);
        // Other models of a server that did not answer just now would not answer either: they come last.
        let well = fresh.clone().filter(|(_, link)| shared.rest(&link.key).is_none());
        if let Some((place, _)) = well.min_by_key(|(_, link)| shared.is_down(link.key.provider())) {
            return Step::Ask(*place);
        }
        // Nobody else is there: a breaker lets one through to try. Not where its provider failed just now.
        let cools = |key: &ModelKey| shared.health.cooling_until(key).filter(|at| *at > now.monotonic);
        let may_try = |key: &ModelKey| cools(key).is_none() && !self.has_asked(key.provider());
        if let Some((place, _)) = fresh.find(|(_, link)| may_try(&link.key)) {
            return Step::Ask(*place);
        }
        let soonest = candidates
            .iter()
            .filter_map(|(place, Link { key, trial, .. })| {
                let until = cools(key);
                let may_wait = match shared.rest(key).map(|rest| rest.reason) {
                    None | Some(RestReason::Cooling) if trial.asked > 0 => {
                        shared.retries.allows(key.provider())
                    }
                    // Whoever failed too often is tried once a request.
                    _ => until.is_some() && trial.asked == 0,
                };
                let ready = until.map_or(trial.ready, |until| until.max(trial.ready));
                may_wait.then_some((ready.max(now.monotonic), *place, key))
            })
            .min_by_key(|(ready, place, _)| (*ready, *place));
        match soonest {
            Some((ready, place, _)) if ready <= now.monotonic => Step::Ask(place),
            Some((ready, _, key)) if ready.since(now.monotonic) <= LONGEST_WAIT && ready < total_deadline => {
                Step::Wait { until: ready, model: key.to_string() }
            }
            // Whoever would have to wait too long hears it from the server itself.
            Some((_, place, _)) if self.links.iter().all(|link| link.trial.asked == 0) => Step::Ask(place),
            _ => Step::GiveUp,
        }
    }

    /// Who may be asked beside the model at this place while that is silent: the next that was not asked yet, is well, and
    /// does not work on the same machine.
    pub(super) fn rival_of(&self, place: usize, shared: &Shared) -> Option<usize> {
        let late = self.key(place)?.provider();
        let is_far = |key: &ModelKey| is_far(key, shared);
        let may_help = |Link { key, trial, .. }: &Link| {
            let name = key.provider();
            let is_there = shared.providers.contains_key(name) && !shared.is_down(name);
            let is_cold = shared.catalogue.entry(key).is_some_and(|entry| entry.config().warm == Some(false));
            trial.asked == 0
                && !trial.is_out
                && is_there
                && !is_cold
                && shared.rest(key).is_none()
                && if is_far(key) { shared.is_online } else { name != late }
        };
        self.links.iter().position(may_help)
    }

    /// Whether some model could still be asked if only there were a network.
    pub(super) fn waits_for_network(&self, shared: &Shared) -> bool {
        self.links.iter().any(|Link { key, trial, .. }| !trial.is_out && is_far(key, shared))
    }

    /// When all failed, those are asked too whom the router's chain had no place for, or who were to be left alone for a
    /// while: one of each provider that has none in it. Whether there are any.
    pub(super) fn lengthen(&mut self, query: &Query, shared: &Shared) -> bool {
        let has_any = |provider: &str| {
            self.links.iter().any(|link| link.key.provider() == provider && !link.is_gone(shared))
        };
        let mut spare: Vec<Link> =
            shared.spare(query, has_any).into_iter().map(|key| Link::of(key, shared)).collect();
        spare.retain(|link| !link.is_too_small(self.too_small));
        let is_any = !spare.is_empty();
        self.links.extend(spare);
        is_any
    }

    fn has_asked(&self, provider: &str) -> bool {
        self.links.iter().any(|link| link.trial.asked > 0 && link.key.provider() == provider)
    }
}

/// Whether a model runs in the cloud, as far as known.
fn is_far(key: &ModelKey, shared: &Shared) -> bool {
    shared.catalogue.entry(key).is_none_or(|entry| entry.config().locality() == Locality::Cloud)
}
