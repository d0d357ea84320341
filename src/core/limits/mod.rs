//! How many requests a provider bears at once, found out by trying: one more after a round of answers that came no later,
//! half as many when it says that it is too much. It counts and compares; who may ask is the engine's.
//!
//! Nothing is known at first, so it doubles until the first sign of trouble. Later it stays below the number that was too
//! much, and tries that again only now and then. A server that queues instead of refusing is known by its answers: `n` at
//! once that take `r` times as long as few did mean that about `n (1 - 1/r)` of them stand in its line.

use crate::base::time::Monotonic;

/// How many answers make a round at least: one or two say little.
const LEAST_ROUND: u32 = 3;

/// After how many rounds just below the number that was too much that number is tried again.
const PATIENCE: u32 = 4;

/// Milliseconds by which answers differ without meaning anything.
const GRAIN_MS: f64 = 20.0;

/// How far what counts as quick follows slower answers, while one request runs at a time and while several do: what is slow
/// then is the server, or its line.
const FOLLOWS_ALONE: f64 = 0.25;
const FOLLOWS: f64 = 0.002;

/// Between which numbers a limit moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Where it begins.
    pub first: u32,
    /// The most that it ever is.
    pub most: u32,
    /// How many requests may stand in the server's own line. Some keep a far one busy while answers travel; near by they only
    /// make others wait.
    pub slack: f64,
}

impl Bounds {
    /// For a cloud.
    pub const FAR: Self = Self { first: 2, most: 16, slack: 2.0 };

    /// For a server near by. It usually answers one at a time, and of the four connections for long requests one stays free
    /// for whoever is not patient.
    pub const NEAR: Self = Self { first: 1, most: 3, slack: 0.5 };
}

/// What an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    /// Milliseconds to its first word.
    pub first_token_ms: f64,
    /// Tokens that it wrote.
    pub tokens: u64,
    /// Milliseconds from its first word to its last.
    pub writing_ms: f64,
}

/// The answers since the limit was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Round {
    answers: u32,
    waiting_ms: f64,
    writing_ms: f64,
    tokens: f64,
    /// Whether more would have been asked but for the limit. One that nobody reaches proves nothing.
    is_reached: bool,
}

/// What few requests at once took.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pace {
    waiting_ms: f64,
    token_ms: f64,
}

/// How many requests a provider bears at once, as far as known.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    bounds: Bounds,
    allowed: u32,
    /// Since when it is this. What left before says nothing of it.
    since: Monotonic,
    /// Whether there was no sign of trouble yet.
    is_searching: bool,
    /// What was too much.
    ceiling: u32,
    /// Rounds just below it.
    rounds_below: u32,
    round: Round,
    quick: Option<Pace>,
}

impl Limit {
    /// One of which nothing is known.
    pub const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            allowed: bounds.first,
            since: Monotonic::new(core::time::Duration::ZERO),
            is_searching: true,
            ceiling: bounds.most.saturating_add(1),
            rounds_below: 0,
            round: Round { answers: 0, waiting_ms: 0.0, writing_ms: 0.0, tokens: 0.0, is_reached: false },
            quick: None,
        }
    }

    /// How many may be under way; at least one.
    pub const fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Somebody waits for nothing but this limit.
    pub const fn reached(&mut self) {
        self.round.is_reached = true;
    }

    /// An answer came whose request left at `left`.
    pub fn answered(&mut self, left: Monotonic, answer: &Answer, now: Monotonic) {
        let is_sound = answer.first_token_ms.is_finite() && answer.writing_ms.is_finite();
        if left < self.since || !is_sound {
            return;
        }
        let round = &mut self.round;
        round.answers += 1;
        round.waiting_ms += answer.first_token_ms.max(0.0);
        round.writing_ms += answer.writing_ms.max(0.0);
        round.tokens += answer.tokens as f64;
        if round.answers >= self.allowed.max(LEAST_ROUND) {
            self.end_round(now);
        }
    }

    /// The provider refused a request, or did not answer it in time, because it had too many.
    pub fn overburdened(&mut self, left: Monotonic, now: Monotonic) {
        // Of those that left together one has spoken for all.
        if left >= self.since {
            self.ceiling = self.allowed.max(2);
            self.set(self.allowed / 2, now);
        }
    }

    fn end_round(&mut self, now: Monotonic) {
        let Round { answers, waiting_ms, writing_ms, tokens, is_reached } = core::mem::take(&mut self.round);
        let count = f64::from(answers);
        let mean = Pace {
            waiting_ms: waiting_ms / count,
            token_ms: if tokens > 0.0 { writing_ms / tokens } else { 0.0 },
        };
        let quick = *self.quick.get_or_insert(mean);
        let took = (waiting_ms + writing_ms) / count;
        let would_take = quick.waiting_ms + quick.token_ms * tokens / count + GRAIN_MS;
        let in_line = f64::from(self.allowed) * (1.0 - (would_take / took.max(would_take)));
        let follows = if self.allowed == 1 { FOLLOWS_ALONE } else { FOLLOWS };
        self.quick = Some(Pace {
            waiting_ms: follow(quick.waiting_ms, mean.waiting_ms, follows),
            token_ms: follow(quick.token_ms, mean.token_ms, follows),
        });
        if in_line > self.bounds.slack && self.allowed > 1 {
            self.ceiling = self.allowed;
            let less = (in_line - self.bounds.slack).ceil() as u32;
            self.set(self.allowed.saturating_sub(less), now);
        } else if is_reached && in_line <= self.bounds.slack / 2.0 {
            self.grow(now);
        }
    }

    fn grow(&mut self, now: Monotonic) {
        if self.allowed >= self.bounds.most {
            return;
        }
        if self.is_searching {
            return self.go_on(self.allowed.saturating_mul(2), now);
        }
        if self.allowed + 1 >= self.ceiling {
            self.rounds_below += 1;
            if self.rounds_below < PATIENCE {
                return;
            }
            self.ceiling = self.allowed + 2;
        }
        self.go_on(self.allowed + 1, now);
    }

    /// After trouble.
    fn set(&mut self, allowed: u32, now: Monotonic) {
        self.is_searching = false;
        self.go_on(allowed, now);
    }

    fn go_on(&mut self, allowed: u32, now: Monotonic) {
        self.allowed = allowed.clamp(1, self.bounds.most.max(1));
        self.since = now;
        self.rounds_below = 0;
        self.round = Round::default();
    }
}

/// The quicker at once, the slower by a share.
fn follow(quick: f64, now: f64, share: f64) -> f64 {
    if now < quick { now } else { quick + (now - quick) * share }
}

#[cfg(test)]
mod tests;
