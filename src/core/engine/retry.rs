//! Asking the same model again: how often, after which pause, and under which budget. It never asks again what may have
//! been shown; the failure table says what is worth it.

use core::time::Duration;

use litemap::LiteMap;

use super::failure::Rule;
use crate::base::random::Random;
use crate::base::time::{Monotonic, Now};

/// The pause before the first retry lies between nothing and this, the next between nothing and twice as much …
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A generation waits at most this long for one model. Who has to wait longer would rather know.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A provider may be asked again ten times at once, in tenths of a retry …
const FULL: u16 = 100;

/// … of which each takes one …
const PER_RETRY: u16 = 10;

/// … and once more for every ten requests: a server that fails is not also flooded.
const PER_REQUEST: u16 = 1;

/// How often providers may still be asked again.
#[derive(Debug, Default)]
pub(super) struct Budget(LiteMap<String, u16>);

impl Budget {
    /// A request that is no retry goes to this provider.
    pub(super) fn requested(&mut self, provider: &str) {
        let left = self.left(provider);
        *left = (*left + PER_REQUEST).min(FULL);
    }

    /// A retry goes to this provider.
    pub(super) fn retried(&mut self, provider: &str) {
        let left = self.left(provider);
        *left = left.saturating_sub(PER_RETRY);
    }

    /// Whether one more retry may go to this provider.
    pub(super) fn allows(&self, provider: &str) -> bool {
        self.0.get(provider).is_none_or(|left| *left >= PER_RETRY)
    }

    fn left(&mut self, provider: &str) -> &mut u16 {
        self.0.entry(provider.to_owned()).or_insert(FULL)
    }
}

/// What a generation did with one model of its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Trial {
    /// How often it was asked.
    pub(super) asked: u8,
    /// Whether it will not be asked any more.
    pub(super) is_out: bool,
    /// When it may be asked again at the earliest.
    pub(super) ready: Monotonic,
}

impl Trial {
    /// It failed. The server may have said after how many milliseconds to try again.
    pub(super) fn failed(&mut self, rule: Rule, stated_ms: Option<f64>, random: &mut Random, now: Now) {
        if self.asked > rule.again {
            self.is_out = true;
            return;
        }
        let pause = pause(self.asked.saturating_sub(1), random);
        let stated = stated_ms.map_or(Duration::ZERO, crate::wire::span_of);
        self.ready = now.monotonic.after(pause.max(stated));
    }
}

/// The pause after so many retries: anything between nothing and a limit that doubles, so that many who failed together do
/// not come back together.
fn pause(retries: u8, random: &mut Random) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << retries.min(16)).min(LONGEST_PAUSE);
    longest.mul_f64(random.fraction())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::failure::{Blame, Then};

    #[test]
    fn pauses_lie_anywhere_below_a_limit_that_doubles_up_to_eight_seconds() {
        let mut random = Random::new(1);
        for (retries, limit) in
            [(0, 500), (1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000), (5, 8_000), (200, 8_000)]
        {
            let drawn: Vec<Duration> = (0..400).map(|_| pause(retries, &mut random)).collect();
            let limit = Duration::from_millis(limit);
            assert!(drawn.iter().all(|pause| *pause < limit), "{retries}");
            assert!(drawn.iter().any(|pause| *pause > limit / 10 * 9), "{retries}");
            assert!(drawn.iter().any(|pause| *pause < limit / 10), "{retries}");
        }
    }

    #[test]
    fn ten_retries_at_once_and_then_one_for_ten_requests() {
        let mut budget = Budget::default();
        for _ in 0..10 {
            assert!(budget.allows("far"));
            budget.retried("far");
        }
        assert!(!budget.allows("far") && budget.allows("other"));
        for _ in 0..9 {
            budget.requested("far");
        }
        assert!(!budget.allows("far"));
        budget.requested("far");
        assert!(budget.allows("far"));
        for _ in 0..1_000 {
            budget.requested("far");
        }
        for _ in 0..10 {
            budget.retried("far");
        }
        assert!(!budget.allows("far"), "it never holds more than ten");
    }

    #[test]
    fn a_model_is_out_once_it_was_asked_as_often_as_its_rule_allows() {
        let rule = Rule { again: 2, then: Then::NextModel, blames: Blame::Server };
        let mut trial = Trial::default();
        for is_out in [false, false, true] {
            trial.asked += 1;
            trial.failed(rule, None, &mut Random::new(3), Now::default());
            assert_eq!(trial.is_out, is_out);
        }
    }

    #[test]
    fn a_pause_that_the_server_wants_is_kept() {
        let rule = Rule { again: 2, then: Then::NextModel, blames: Blame::Server };
        let mut trial = Trial { asked: 1, ..Trial::default() };
        trial.failed(rule, Some(3_000.0), &mut Random::new(3), Now::default());
        assert_eq!(trial.ready, Monotonic::new(Duration::from_secs(3)));
    }
}
