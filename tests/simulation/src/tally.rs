//! What came of worlds, in numbers.

use std::collections::BTreeMap;

/// What came of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) worlds: u64,
    pub(crate) generations: u64,
    pub(crate) answered: u64,
    pub(crate) owed: u64,
    pub(crate) carried_on: u64,
    pub(crate) restarts: u64,
    pub(crate) cancelled: u64,
    /// Generations in which a second model was asked beside a late one.
    pub(crate) hedged: u64,
    /// Requests for an answer that reached servers, and generations, in calm worlds.
    pub(crate) calm: (u64, u64),
    pub(crate) virtual_seconds: u64,
    /// Answered requests by their kind.
    pub(crate) kinds: BTreeMap<String, u64>,
    pub(crate) failures: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.generations += other.generations;
        self.answered += other.answered;
        self.owed += other.owed;
        self.carried_on += other.carried_on;
        self.restarts += other.restarts;
        self.cancelled += other.cancelled;
        self.hedged += other.hedged;
        self.calm.0 += other.calm.0;
        self.calm.1 += other.calm.1;
        self.virtual_seconds += other.virtual_seconds;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
        for (code, count) in &other.failures {
            *self.failures.entry(code).or_default() += count;
        }
    }
}
