//! A generation in line: in the list of what runs and waits, and for a connection to its server.

use super::{Generation, State};
use crate::base::time::Now;
use crate::engine::shared::Shared;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{Error, ErrorCode, Modality};

impl Generation {
    /// For the list of what runs and waits.
    pub(in crate::engine) fn queue_entry(&self) -> QueueEntry {
        let mut position = None;
        let (state, model) = match &self.state {
            State::Running(run) => {
                position = run.attempt.position();
                let state = if position.is_some() { QueueState::Waiting } else { QueueState::Running };
                (state, Some(run.attempt.key.to_string()))
            }
            State::Backoff { model, .. } => (QueueState::Waiting, Some(model.clone())),
            _ => (QueueState::Waiting, None),
        };
        QueueEntry {
            id: self.id.as_str().to_owned(),
            modality: Modality::Text,
            model,
            state,
            position,
            since_at: self.started.wall,
        }
    }

    /// Whom it asks, or waits for; nobody while it is not known who is there.
    pub(in crate::engine) fn provider(&self) -> Option<&str> {
        match &self.state {
            State::Running(run) => Some(run.attempt.key.provider()),
            State::Backoff { model, .. } => model.split_once('/').map(|(provider, _)| provider),
            State::Waiting { .. } | State::Over => None,
        }
    }

    /// The error of a generation whose whole time is up.
    pub(super) fn time_is_up(&self) -> Error {
        let of = |message: String| Error::new(ErrorCode::Timeout, message);
        match &self.state {
            State::Running(run) if run.attempt.position().is_some() => {
                let key = &run.attempt.key;
                of(format!("{key} was not asked in time: other long requests to its server were before it."))
                    .hinted("Ask for less at once, raise `timeouts.totalMs`, or allow another model.")
            }
            _ => of("The answer took longer than it was allowed to.".to_owned())
                .hinted("Raise `timeouts.totalMs`, or ask for a shorter answer."),
        }
    }

    /// The running attempt waits for a connection, or waits no more: who was not asked yet is not late.
    pub(super) fn follow_line(&mut self, shared: &mut Shared, now: Now) {
        let State::Running(run) = &self.state else { return };
        if run.attempt.position().is_some() {
            self.race.put_off();
            shared.crowded(&run.attempt.key, run.attempt.started.monotonic, now);
        } else {
            let key = run.attempt.key.clone();
            self.expect_race(&key, shared, now);
        }
    }
}
