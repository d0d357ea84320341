//! Where what an item of a batch says parts from what the page hears: nobody reads its events, and its end is the batch's.

use std::collections::VecDeque;

use litemap::LiteMap;

use crate::base::id::RequestId;
use crate::engine::io::{Output, Settlement};
use crate::model::Error;
use crate::model::http::Lane;

/// Which question of which batch it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Place {
    pub(super) batch: RequestId,
    pub(super) question: usize,
}

/// The generations that belong to batches.
#[derive(Debug, Default)]
pub(in crate::engine) struct Items {
    running: LiteMap<RequestId, Place>,
    /// Those that are over, while their last words are still on their way.
    over: Vec<RequestId>,
    ended: VecDeque<(Place, Result<Settlement, Error>)>,
    /// Whether what batches left was looked through in this visit.
    pub(super) is_tidy: bool,
}

impl Items {
    /// Whether this generation belongs to a batch.
    pub(in crate::engine) fn has(&self, id: &RequestId) -> bool {
        self.running.contains_key(id)
    }

    /// In which lane it waits for a connection.
    pub(in crate::engine) fn lane_of(&self, id: &RequestId) -> Lane {
        if self.has(id) { Lane::Batch } else { Lane::Person }
    }

    /// Whether nobody hears what it says. Who asks the same at the same time hears it under another name.
    pub(in crate::engine) fn is_hushed(&self, id: &RequestId) -> bool {
        self.has(id) || self.over.contains(id)
    }

    /// Nothing is on its way any more.
    pub(in crate::engine) fn all_is_told(&mut self) {
        self.over.clear();
    }

    /// What of an output concerns the world.
    pub(in crate::engine) fn divert(&mut self, output: Output) -> Option<Output> {
        match output {
            Output::Settle(id, outcome) => {
                if let Some(place) = self.running.remove(&id) {
                    self.over.push(id);
                    self.ended.push_back((place, outcome));
                    return None;
                }
                Some(Output::Settle(id, outcome))
            }
            output => Some(output),
        }
    }

    /// Whether anything ended that its batch does not know of.
    pub(in crate::engine) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    pub(super) fn begin(&mut self, id: RequestId, place: Place) {
        self.running.insert(id, place);
    }

    /// The batch wants it no more.
    pub(super) fn forget(&mut self, id: &RequestId) {
        self.running.remove(id);
        self.over.push(id.clone());
    }

    pub(super) fn next_ended(&mut self) -> Option<(Place, Result<Settlement, Error>)> {
        self.ended.pop_front()
    }
}
