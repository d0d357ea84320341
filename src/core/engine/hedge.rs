//! Whether and when a second model is asked beside a late one. How the two are raced is a generation's.

use core::time::Duration;

use crate::base::number::between;
use crate::model::policy::Hedge;

/// The least that is waited, unless the policy says how long: sooner nobody notices, and everything is asked twice.
const LEAST: Duration = Duration::from_millis(250);

/// What is waited for a model that has not answered often enough to say when it is late: at least this …
const UNKNOWN: Duration = Duration::from_secs(2);

/// … and this many times what is expected of it.
const PATIENCE: u32 = 2;

/// Of ten requests that may be asked twice one is. The learned delay alone would make it so while all is as usual; where
/// everybody is late, this is what keeps the load from doubling. In tenths of a second request.
const PER_HEDGE: u8 = 10;
const PER_REQUEST: u8 = 1;

/// Five may follow each other.
const FULL: u8 = 50;

/// How long a model is waited for before another is asked too. `late_from`: when its own past calls it late; `expected`:
/// when its first word is expected, with this prompt and with a model that may have to be loaded. `None`: for ever.
pub(super) fn delay(
    hedge: Option<&Hedge>,
    late_from: Option<Duration>,
    expected: Duration,
) -> Option<Duration> {
    match hedge? {
        Hedge::Allowed(false) => None,
        Hedge::After { after_ms: Some(ms) } => Some(Duration::from_secs_f64(between(ms / 1_000.0, 0.0, 1e7))),
        Hedge::Allowed(true) | Hedge::After { after_ms: None } => Some(match late_from {
            // A longer prompt than usual takes longer than usual.
            Some(late_from) => late_from.max(expected).max(LEAST),
            None => UNKNOWN.max(expected.saturating_mul(PATIENCE)),
        }),
    }
}

/// How many requests may still be asked twice, in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share(u8);

impl Default for Share {
    fn default() -> Self {
        Self(FULL)
    }
}

impl Share {
    /// A request was made that may be asked twice.
    pub(super) fn requested(&mut self) {
        self.0 = self.0.saturating_add(PER_REQUEST).min(FULL);
    }

    /// Takes one second request, if there is one left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(PER_HEDGE);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nobody_is_raced_unless_the_policy_wants_it() {
        for hedge in [None, Some(Hedge::Allowed(false))] {
            assert_eq!(delay(hedge.as_ref(), Some(SECOND), SECOND), None);
        }
    }

    #[test]
    fn a_delay_that_is_stated_is_kept() {
        let hedge = Hedge::After { after_ms: Some(70.0) };
        assert_eq!(delay(Some(&hedge), Some(SECOND), SECOND), Some(Duration::from_millis(70)));
    }

    #[test]
    fn without_one_it_is_when_the_models_own_past_calls_it_late() {
        for hedge in [Hedge::Allowed(true), Hedge::After { after_ms: None }] {
            let after = |late_from, expected| delay(Some(&hedge), late_from, expected);
            assert_eq!(after(Some(3 * SECOND), SECOND), Some(3 * SECOND));
            assert_eq!(
                after(Some(3 * SECOND), 20 * SECOND),
                Some(20 * SECOND),
                "a long prompt, a cold model"
            );
            assert_eq!(after(Some(SECOND / 100), SECOND / 100), Some(LEAST));
            assert_eq!(after(None, SECOND / 2), Some(UNKNOWN));
            assert_eq!(after(None, 5 * SECOND), Some(10 * SECOND));
        }
    }

    #[test]
    fn five_at_once_and_then_one_of_ten_requests() {
        let mut share = Share::default();
        for _ in 0..5 {
            assert!(share.take());
        }
        assert!(!share.take());
        let mut hedged = 0;
        for _ in 0..1_000 {
            share.requested();
            hedged += u32::from(share.take());
        }
        assert_eq!(hedged, 100);
    }
}
