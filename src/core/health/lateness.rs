//! When a model is late: later with its first word than nearly all of its own last answers.

use core::time::Duration;

use crate::base::order;

/// How many answers are remembered …
const WINDOW: usize = 40;

/// … and how many tell something.
const FEWEST: usize = 8;

/// The share of answers that came sooner than a late one, in hundredths: as many are late as may be asked twice. With 95 a
/// server of which six in a hundred answers hang would never be late, since hanging would be usual.
const USUAL: usize = 90;

/// Milliseconds to the first word of the last answers, newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lateness(Vec<f64>);

impl Lateness {
    /// What was remembered on an earlier visit, newest last. What is no time is left out.
    pub(super) fn of(mut remembered: Vec<f64>) -> Self {
        remembered.retain(|ms| ms.is_finite() && *ms > 0.0);
        let surplus = remembered.len().saturating_sub(WINDOW);
        remembered.drain(..surplus);
        Self(remembered)
    }

    /// One more answer began after this many milliseconds, or had not begun by then and was given up.
    pub(super) fn push(&mut self, ms: f64) {
        if self.0.len() == WINDOW {
            self.0.remove(0);
        }
        self.0.push(ms);
    }

    /// What is remembered, newest last.
    pub(super) fn remembered(&self) -> &[f64] {
        &self.0
    }

    /// From when on the model is late: the 90th percentile by nearest rank. `None` before it has answered often enough.
    pub(super) fn from(&self) -> Option<Duration> {
        if self.0.len() < FEWEST {
            return None;
        }
        let mut sorted = self.0.clone();
        order::sort_by(&mut sorted, f64::total_cmp);
        let rank = (sorted.len() * USUAL).div_ceil(100);
        let ms = sorted.get(rank.saturating_sub(1))?;
        Some(Duration::from_secs_f64(ms / 1_000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_is_what_came_later_than_90_of_100() {
        let mut lateness = Lateness::default();
        for ms in 1..FEWEST {
            lateness.push(ms as f64);
        }
        assert_eq!(lateness.from(), None, "seven answers tell nothing");
        lateness.push(8.0);
        assert_eq!(lateness.from(), Some(Duration::from_millis(8)), "the latest of few");
        for ms in 9..=40 {
            lateness.push(f64::from(ms));
        }
        assert_eq!(lateness.from(), Some(Duration::from_millis(36)));
    }

    #[test]
    fn old_answers_are_forgotten() {
        let mut lateness = Lateness::default();
        for ms in [9_000.0; WINDOW].into_iter().chain([100.0; WINDOW]) {
            lateness.push(ms);
        }
        assert_eq!(lateness.from(), Some(Duration::from_millis(100)));
        assert_eq!(lateness.remembered().len(), WINDOW);
    }

    #[test]
    fn a_record_with_nonsense_in_it_is_read_without_the_nonsense() {
        let read = Lateness::of(vec![f64::NAN, -1.0, 0.0, f64::INFINITY, 5.0]);
        assert_eq!(read.remembered(), [5.0]);
        assert_eq!(Lateness::of(vec![7.0; 1_000]).remembered().len(), WINDOW);
    }
}
