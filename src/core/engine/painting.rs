//! Requests for pictures and videos among the others: how they begin, and how what the socket of a ComfyUI says comes to all who
//! listen to it. What one such request is stands in [`super::picture`].

use super::io::{Output, Transport, Watched};
use super::picture::{Outcome, PictureJob};
use super::recall::Asked;
use super::{Engine, Machine};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::Now;
use crate::model::Wish;

impl Engine {
    /// Has a model asked for pictures or a video.
    pub(super) fn begin_picture(&mut self, id: RequestId, asked: Asked<Wish>, now: Now) {
        let (modality, started) = (asked.request.modality(), asked.started.wall);
        let waits_for = self.look_at_unknown(&asked.query, now);
        let (job, ended) =
            PictureJob::start(id.clone(), asked, waits_for, self.timeouts, &mut self.shared, now);
        if let Some(outcome) = ended {
            self.measure_as(modality, &id, started, &outcome, now);
            return self.settle_all(id, outcome, now);
        }
        self.run(id, Machine::Picture(Box::new(job)));
        self.shared.push(Output::Changed(Watched::Queue));
    }

    /// The socket of a server that makes pictures said something.
    pub(super) fn line_said(&mut self, provider: &str, id: TransportId, said: Transport, now: Now) {
        let Some(heard) = self.shared.line_said(provider, id, said, now) else { return };
        let ids: Vec<RequestId> = self.machines.keys().cloned().collect();
        for id in ids {
            let shared = &mut self.shared;
            match self.machines.get_mut(&id) {
                Some(Machine::Picture(job)) => {
                    if let Some(outcome) = job.line(provider, &heard, shared, now) {
                        self.end(id, outcome, now);
                    }
                }
                Some(Machine::Stopping(studio)) if studio.provider() == provider => {
                    let outcome = studio.line(&heard, &mut Vec::new(), shared, now);
                    self.stopped(&id, &outcome);
                }
                _ => {}
            }
        }
    }

    /// Whether a prompt that was being stopped is through.
    pub(super) fn stopped(&mut self, id: &RequestId, outcome: &Outcome) {
        if !matches!(outcome, Outcome::Running) {
            self.machines.remove(id);
        }
    }

    /// Takes in prompts that are to be stopped, and keeps sockets open for as long as somebody listens.
    pub(super) fn keep_lines(&mut self, now: Now) {
        for (id, studio) in core::mem::take(&mut self.shared.left_behind) {
            self.run(id, Machine::Stopping(studio));
        }
        if self.shared.lines.is_empty() {
            return;
        }
        let machines = &self.machines;
        let is_wanted = |provider: &str| {
            machines.values().any(|machine| match machine {
                Machine::Picture(job) => job.listens_to(provider),
                Machine::Stopping(studio) => studio.provider() == provider,
                _ => false,
            })
        };
        self.shared.close_lines(is_wanted);
        self.shared.open_again(now, is_wanted);
    }
}
