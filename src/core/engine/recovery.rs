//! When a provider that does not answer is looked at again, without anybody asking: while a person looks at the page and
//! nothing else runs, after pauses that double. What runs is never disturbed, and what nobody sees polls nobody.

use core::time::Duration;

use litemap::LiteMap;

use super::shared::Shared;
use crate::base::time::{Monotonic, Now, Wall};
use crate::model::Locality;
use crate::model::health::RestReason;

/// The first pause. Each time that the provider does not answer, twice as long …
const FIRST: Duration = Duration::from_secs(5);

/// … up to this.
const LONGEST: Duration = Duration::from_secs(300);

/// When the network or the person comes back, everyone is looked at within this.
const SOON: Duration = Duration::from_secs(1);

/// When one provider is looked at again.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: Monotonic,
    wall: Wall,
    /// How often it was looked at since it went down.
    looks: u32,
}

impl Due {
    fn after(now: Now, pause: Duration, looks: u32) -> Self {
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let wall = Wall::from_epoch_millis(now.wall.epoch_millis().saturating_add(millis));
        Self { at: now.monotonic.after(pause), wall, looks }
    }
}

/// When providers that do not answer are looked at again.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    due: LiteMap<String, Due>,
    is_visible: bool,
}

impl Recovery {
    /// Whether somebody looks at the page.
    pub(super) const fn is_visible(&self) -> bool {
        self.is_visible
    }

    /// Somebody looks at the page, or nobody does any more. Whether he has just come.
    pub(super) fn see(&mut self, is_visible: bool) -> bool {
        !core::mem::replace(&mut self.is_visible, is_visible) && is_visible
    }

    /// The network or the person came back: everyone who did not answer is looked at soon, not all at the same moment.
    pub(super) fn hurry(&mut self, shared: &mut Shared, now: Now) {
        for name in ill(shared) {
            let pause = SOON.mul_f64(shared.random.fraction());
            self.due.insert(name, Due::after(now, pause, 0));
        }
    }

    /// Who went down is put on the list, who came back is taken off. Providers of which no model is known are left to
    /// [`Recovery::hurry`] and to requests: a page whose user has no Ollama should not knock at its door for ever.
    pub(super) fn update(&mut self, shared: &mut Shared, now: Now) {
        let ill = ill(shared);
        self.due.retain(|name, _| ill.contains(name));
        for name in ill {
            if !self.due.contains_key(&name) && shared.catalogue.knows(&name) {
                let due = Due::after(now, pause(0, shared), 0);
                self.due.insert(name, due);
            }
        }
    }

    /// When the next one is looked at.
    pub(super) fn deadline(&self, shared: &Shared) -> Option<Monotonic> {
        let reachable = self.due.iter().filter(|(name, _)| is_reachable(name, shared));
        reachable.map(|(_, due)| due.at).min().filter(|_| self.is_visible)
    }

    /// When this one is looked at, for people; `None` while nobody looks at the page.
    pub(super) fn retry_at(&self, provider: &str) -> Option<Wall> {
        self.due.get(provider).filter(|_| self.is_visible).map(|due| due.wall)
    }

    /// Those whose time has come. They are due again after a longer pause.
    pub(super) fn take_due(&mut self, shared: &mut Shared, now: Now) -> Vec<String> {
        if !self.is_visible {
            return Vec::new();
        }
        let is_due = |name: &str, due: &Due| due.at <= now.monotonic && is_reachable(name, shared);
        let names: Vec<String> =
            self.due.iter().filter(|(name, due)| is_due(name, due)).map(|(name, _)| name.clone()).collect();
        for name in &names {
            let looks = self.due.get(name).map_or(0, |due| due.looks) + 1;
            let due = Due::after(now, pause(looks, shared), looks);
            // Nobody is put on the list for having been looked at in a hurry.
            if shared.catalogue.knows(name) {
                self.due.insert(name.clone(), due);
            } else {
                self.due.remove(name);
            }
        }
        names
    }
}

/// The pause before the next look: between half and the whole of a time that doubles, so that tabs do not keep step.
fn pause(looks: u32, shared: &mut Shared) -> Duration {
    let longest = FIRST.saturating_mul(1 << looks.min(16)).min(LONGEST);
    longest.mul_f64(0.5 + shared.random.fraction() / 2.0)
}

/// Providers that do not answer, or fail too often, and that a look may find well again.
fn ill(shared: &Shared) -> Vec<String> {
    let is_ill = |name: &str| {
        let is_down = shared.is_down(name) || shared.health.is_failing(name);
        let is_refused = shared.health.rest(name).is_some_and(|rest| rest.reason == RestReason::KeyRefused);
        is_down && !is_refused
    };
    let providers = shared.providers.values().filter(|provider| !provider.lacks_key());
    let names = providers.map(|provider| provider.name.clone());
    names.filter(|name| is_ill(name) && !shared.on_trial.contains(name)).collect()
}

fn is_reachable(name: &str, shared: &Shared) -> bool {
    let is_far = |locality| locality == Locality::Cloud;
    shared.is_online || shared.providers.get(name).is_some_and(|provider| !is_far(provider.locality))
}
