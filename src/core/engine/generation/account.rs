//! What a generation took: each attempt is written down once, with its time, tokens and cost.

use super::{Generation, Run, State};
use crate::base::time::{Now, millis};
use crate::engine::inquiry::{Settled, Whose};
use crate::engine::receipt;
use crate::engine::shared::Shared;
use crate::health::Timing;
use crate::model::{Attempt as AttemptRecord, Modality, Reason, Usage};

/// How an attempt ended.
pub(super) enum Verdict {
    /// Well.
    Answered,
    /// By itself, or because it took too long.
    Failed(Reason),
    /// It was stopped while its server worked at it.
    Stopped(Reason),
}

impl Generation {
    /// Writes down how the running attempt ended. Its place in the chain; nothing runs any more.
    pub(super) fn close_running(&mut self, verdict: Verdict, shared: &mut Shared, now: Now) -> Option<usize> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Running(run) => {
                self.last_token = run.attempt.last_token;
                self.close(&run, verdict, shared, now);
                Some(run.place)
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Writes down how an attempt ended and adds up what it used.
    pub(super) fn close(&mut self, run: &Run, verdict: Verdict, shared: &mut Shared, now: Now) {
        let attempt = &run.attempt;
        // Who waited in line was never asked.
        let was_asked = attempt.position().is_none();
        let has_worked = attempt.first_token.is_some() || was_asked && matches!(verdict, Verdict::Stopped(_));
        let usage = self.used(run, has_worked, shared);
        let outcome = match verdict {
            Verdict::Answered => {
                let timing = self.timing(run, &usage);
                shared.succeeded(&attempt.key, timing.as_ref());
                shared.bore(&attempt.key, attempt.started.monotonic, timing.as_ref(), now);
                Reason::new("ok", "It answered.")
            }
            Verdict::Failed(reason) | Verdict::Stopped(reason) => {
                shared.released(&attempt.key);
                reason
            }
        };
        let entry = shared.catalogue.entry(&attempt.key);
        let price = entry.and_then(|entry| entry.config().price.as_ref());
        let charge = self.bill.add(price, attempt.billed(), usage);
        let measured =
            shared.tried((&attempt.key, Modality::Text, attempt.started.wall), usage, charge, &outcome, now);
        let farthest = self.query.policy.farthest(self.query.sensitive);
        let whose = Whose { request: self.id.clone(), started: self.started.wall, part: self.attempts.len() };
        shared.inquire(attempt, whose, farthest, measured, now);
        let started = attempt.started.monotonic;
        self.attempts.push(AttemptRecord {
            model: attempt.key.to_string(),
            started_at: attempt.started.wall,
            duration_ms: millis(now.monotonic.since(started)),
            connect_ms: attempt.connected.map(|at| millis(at.since(started))),
            first_token_ms: attempt.first_token.map(|at| millis(at.since(started))),
            outcome,
        });
    }

    /// How long the answer took.
    fn timing(&self, run: &Run, usage: &Usage) -> Option<Timing> {
        let attempt = &run.attempt;
        let (first, last) = (attempt.first_token?, attempt.last_token?);
        // Thoughts that were not shown came before the first word.
        let hidden = if self.shown.reasoning.is_empty() { usage.reasoning_tokens.unwrap_or(0) } else { 0 };
        Some(Timing {
            first_token_ms: millis(first.since(attempt.started.monotonic)),
            was_cold: run.was_cold,
            input_tokens: run.sent_tokens,
            output_tokens: usage.output_tokens.saturating_sub(hidden),
            writing_ms: millis(last.since(first)),
        })
    }

    /// What the server counted, to the end of its answer, or else what is known by now: that is no less, and is a guess.
    ///
    /// A server that failed before it said anything is not taken to have charged for the prompt; one that was stopped at
    /// its work is.
    fn used(&self, run: &Run, has_worked: bool, shared: &Shared) -> Usage {
        let counted = run.attempt.usage();
        if let Some(counted) = counted.filter(|_| run.attempt.is_whole()) {
            return counted;
        }
        if !has_worked && counted.is_none() {
            return Usage::default();
        }
        let has_spoken = run.attempt.first_token.is_some();
        let said = if has_spoken { self.own_tokens(shared.family(&run.attempt.key)) } else { 0 };
        match counted {
            Some(counted) => {
                Usage { output_tokens: counted.output_tokens.max(said), estimated: true, ..counted }
            }
            None => Usage {
                input_tokens: run.sent_tokens,
                output_tokens: said,
                estimated: true,
                ..Usage::default()
            },
        }
    }

    /// The provider says what it billed for an attempt whose bill had never come.
    pub(in crate::engine) fn settle(&mut self, settled: &Settled) {
        if settled.whose.started == self.started.wall {
            self.bill.settle(settled.whose.part, settled.billed, settled.counted);
        }
    }

    pub(super) fn account(&self) -> receipt::Account<'_> {
        receipt::Account {
            id: &self.id,
            query: &self.query,
            started: self.started,
            decision: self.decision.as_ref(),
            attempts: &self.attempts,
            bill: &self.bill,
            first_token: self.first_token,
            last_token: self.last_token,
        }
    }
}
