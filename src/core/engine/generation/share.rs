//! What others get of an answer: those who ask the same while it is given, and those who ask later.

use super::{Generation, Place, State};
use crate::base::id::RequestId;
use crate::engine::recall::{self, Said};
use crate::engine::shared::Shared;
use crate::model::{Event, FinishReason};

impl Generation {
    /// Where its answer is kept.
    pub(in crate::engine) const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// It goes on for somebody else.
    pub(in crate::engine) fn rename(&mut self, id: RequestId, shared: &mut Shared) {
        self.leave_entry(shared);
        self.id = id;
    }

    /// What was said by now, for who joins.
    pub(in crate::engine) fn so_far(&self) -> Vec<Event> {
        let route = |decision: &crate::model::Decision| Event::Route { decision: Box::new(decision.clone()) };
        let mut events: Vec<Event> = self.decision.iter().map(route).collect();
        if let State::Running(run) = &self.state {
            events.push(self.attempt_event(run.attempt.key.to_string()));
        }
        let shown = &self.shown;
        let said = Said {
            text: &shown.text,
            reasoning: &shown.reasoning,
            tool_calls: &shown.tool_calls,
            sources: &shown.sources,
        };
        said.tell(&mut events);
        events
    }

    /// Whether the same request may be answered by it: it is whole, of one model, and of all that was asked.
    pub(super) const fn may_be_kept(&self, finish: FinishReason) -> bool {
        recall::is_final(finish) && !self.is_shortened && !self.carry_on.is_joined()
    }
}
