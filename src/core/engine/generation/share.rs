//! What others get of an answer: those who ask the same while it is given, and those who ask later.

use super::{Generation, Place, Shown, State};
use crate::base::id::RequestId;
use crate::engine::recall::retold;
use crate::engine::shared::Shared;
use crate::model::{Event, FinishReason, TextRequest};

impl Shown {
    /// All of it, for who was not there.
    pub(in crate::engine) fn retold(&self) -> impl Iterator<Item = Event> {
        retold(&self.text, &self.reasoning, &self.tool_calls, &self.sources)
    }
}

impl Generation {
    /// Where its answer is kept.
    pub(in crate::engine) const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// It goes on for somebody else, whose request says the same and whose files are held.
    pub(in crate::engine) fn hand_to(&mut self, id: RequestId, request: TextRequest, shared: &mut Shared) {
        self.leave_entry(shared);
        self.id = id;
        self.request = request;
    }

    /// What was said by now, for who joins.
    pub(in crate::engine) fn so_far(&self) -> Vec<Event> {
        let route = |decision: &crate::model::Decision| Event::Route { decision: Box::new(decision.clone()) };
        let mut events: Vec<Event> = self.decision.iter().map(route).collect();
        if let State::Running(run) = &self.state {
            events.push(self.attempt_event(run.attempt.key.to_string()));
        }
        events.extend(self.shown.retold());
        events
    }

    /// Whether the same request may be answered by it: it is whole, of one model, and of all that was asked.
    pub(super) const fn may_be_kept(&self, finish: FinishReason) -> bool {
        matches!(finish, FinishReason::Stop | FinishReason::ToolCalls)
            && !self.is_shortened
            && !self.carry_on.is_joined()
    }
}
