//! Whether a question may be asked now: whom the router would ask, whether that one wants to be left alone, and how many
//! requests it has already.

use core::time::Duration;

use litemap::LiteMap;

use super::Question;
use super::trouble::Trouble;
use crate::base::time::{Monotonic, Now, Wall};
use crate::engine::shared::Shared;
use crate::engine::{Engine, Machine};
use crate::model::health::RestReason;
use crate::model::{Error, ModelKey};

/// How many may wait together for somebody of whom nothing is known yet.
const UNPLACED: u32 = 1;

/// Whether a question may be asked.
pub(super) enum Readiness {
    /// Now.
    Ready,
    /// At this time, as far as known.
    At(Monotonic),
    /// When something ends or changes.
    Later,
    /// Never: this is why.
    Hopeless(Box<Error>),
}

/// What runs.
#[derive(Default)]
pub(super) struct Load {
    /// By provider: how many of batches, and how many that persons wait for.
    at: LiteMap<String, (u32, u32)>,
    /// How many of batches wait to learn who is there, or whether anybody has to be asked.
    unplaced: u32,
}

impl Load {
    fn at(&self, provider: &str) -> (u32, u32) {
        self.at.get(provider).copied().unwrap_or_default()
    }
}

impl Engine {
    /// What runs now, and where.
    pub(super) fn load(&self) -> Load {
        let mut load = Load::default();
        for (id, machine) in self.machines.iter() {
            // What is only asked to keep an answer fresh is nobody's hurry either.
            let is_item = self.shared.items.has(id) || id.is_own();
            let provider = match machine {
                Machine::Generation(generation) => generation.provider(),
                // It looks whether the answer is kept, and asks somebody if not.
                Machine::Lookup(_) => None,
                _ => continue,
            };
            match provider {
                Some(provider) => {
                    let (items, persons) = load.at.entry(provider.to_owned()).or_insert((0, 0));
                    *(if is_item { items } else { persons }) += 1;
                }
                None => load.unplaced += u32::from(is_item),
            }
        }
        load
    }
}

/// Whether this question may be asked now.
pub(super) fn readiness(
    question: &mut Question,
    troubles: &LiteMap<String, Trouble>,
    shared: &mut Shared,
    load: &Load,
    now: Now,
) -> Readiness {
    if question.query.is_none() {
        question.query = shared.query(&question.request).ok();
    }
    // Whoever asks it hears what is wrong with it.
    let Some(query) = question.query.as_mut() else { return Readiness::Ready };
    query.is_online = shared.is_online;
    let Ok(decision) = shared.decide(query) else {
        query.is_online = true;
        return match shared.is_online {
            false if shared.decide(query).is_ok() => Readiness::Later,
            _ if load.unplaced < UNPLACED => Readiness::Ready,
            _ => Readiness::Later,
        };
    };
    let chain: Vec<ModelKey> = decision.chain.iter().filter_map(|model| ModelKey::parse(model)).collect();
    let Some(chosen) = chain.first() else { return Readiness::Ready };
    let provider = chosen.provider();
    let rest = shared.rest(chosen);
    let mut why = chain.iter().map(|key| troubles.get(key.provider())?.hopeless.as_ref());
    if (rest.is_some() || shared.is_down(provider))
        && let Some(Some(error)) = why.next()
        && why.all(|error| error.is_some())
    {
        return Readiness::Hopeless(Box::new(error.clone()));
    }
    if let Some(until) = troubles.get(provider).map(|trouble| trouble.until).filter(|at| *at > now.monotonic)
    {
        return Readiness::At(until);
    }
    let (items, persons) = load.at(provider);
    match rest.map(|rest| (rest.reason, rest.retry_at)) {
        // The router chooses who cools only where everyone does.
        Some((RestReason::Cooling, retry_at)) => {
            let cooling = chain.iter().filter_map(|key| shared.health.cooling_until(key));
            let until = cooling.min().or_else(|| retry_at.map(|at| monotonic(at, now)));
            if let Some(until) = until.filter(|at| *at > now.monotonic) {
                return Readiness::At(until);
            }
        }
        // One tries it for all.
        Some((RestReason::Failing, _)) if items > 0 => return Readiness::Later,
        _ => {}
    }
    if items + load.unplaced < shared.room_at(provider, persons > 0) {
        return Readiness::Ready;
    }
    if persons == 0 {
        shared.limit_reached(provider);
    }
    Readiness::Later
}

fn monotonic(at: Wall, now: Now) -> Monotonic {
    let left = at.epoch_millis().saturating_sub(now.wall.epoch_millis());
    now.monotonic.after(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}
