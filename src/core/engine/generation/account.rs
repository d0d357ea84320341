//! What a generation took: each attempt is written down once, with its time, tokens and cost.

use super::{Generation, State};
use crate::base::time::{Now, millis};
use crate::engine::attempt::Attempt;
use crate::engine::receipt;
use crate::engine::shared::Shared;
use crate::health::Timing;
use crate::model::{Attempt as AttemptRecord, Reason, Usage};

impl Generation {
    /// Writes down how the running attempt ended and adds up what it used.
    pub(super) fn close_attempt(&mut self, outcome: Reason, is_success: bool, shared: &mut Shared, now: Now) {
        let State::Running { attempt, .. } = &self.state else { return };
        if core::mem::replace(&mut self.is_written, true) {
            return;
        }
        let counted = attempt.usage();
        let usage = counted.unwrap_or_else(|| self.guessed_usage(attempt, shared));
        let timing = self.timing(attempt, &usage);
        if is_success {
            shared.succeeded(&attempt.key, timing.as_ref());
        } else {
            shared.released(&attempt.key);
        }
        add(&mut self.usage, &usage);
        let entry = shared.catalogue.entry(&attempt.key);
        let price = entry.and_then(|entry| entry.config().price.as_ref());
        match attempt.billed() {
            Some(billed) => self.bill.add_billed(billed),
            None => self.bill.add(price, &usage),
        }
        let started = attempt.started.monotonic;
        self.attempts.push(AttemptRecord {
            model: attempt.key.to_string(),
            started_at: attempt.started.wall,
            duration_ms: millis(now.monotonic.since(started)),
            first_token_ms: attempt.first_token.map(|at| millis(at.since(started))),
            outcome,
        });
    }

    /// How long the answer took.
    fn timing(&self, attempt: &Attempt, usage: &Usage) -> Option<Timing> {
        let (first, last) = (attempt.first_token?, attempt.last_token?);
        // Thoughts that were not shown came before the first word.
        let hidden = if self.shown.reasoning.is_empty() { usage.reasoning_tokens.unwrap_or(0) } else { 0 };
        Some(Timing {
            first_token_ms: millis(first.since(attempt.started.monotonic)),
            was_cold: self.was_cold,
            input_tokens: self.sent_tokens,
            output_tokens: usage.output_tokens.saturating_sub(hidden),
            writing_ms: millis(last.since(first)),
        })
    }

    /// A server that failed before it said anything is not taken to have charged for the prompt.
    fn guessed_usage(&self, attempt: &Attempt, shared: &Shared) -> Usage {
        if attempt.first_token.is_none() {
            return Usage::default();
        }
        let output_tokens = self.own_tokens(shared.family(&attempt.key));
        Usage { input_tokens: self.sent_tokens, output_tokens, estimated: true, ..Usage::default() }
    }

    pub(super) fn account(&self) -> receipt::Account<'_> {
        receipt::Account {
            id: &self.id,
            query: &self.query,
            started: self.started,
            decision: self.decision.as_ref(),
            attempts: &self.attempts,
            usage: self.usage,
            bill: self.bill,
            first_token: self.first_token,
            last_token: match &self.state {
                State::Running { attempt, .. } => attempt.last_token,
                _ => None,
            },
        }
    }
}

fn add(sum: &mut Usage, one: &Usage) {
    let both = |left: Option<u64>, right: Option<u64>| match (left, right) {
        (None, None) => None,
        (left, right) => Some(left.unwrap_or(0) + right.unwrap_or(0)),
    };
    sum.input_tokens += one.input_tokens;
    sum.output_tokens += one.output_tokens;
    sum.cached_input_tokens = both(sum.cached_input_tokens, one.cached_input_tokens);
    sum.reasoning_tokens = both(sum.reasoning_tokens, one.reasoning_tokens);
    sum.estimated |= one.estimated;
}
