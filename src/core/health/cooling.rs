//! A server that wants fewer requests: how long it is left alone.

use core::time::Duration;

use super::circuit::Moment;
use crate::base::time::{Monotonic, Now, Wall};

/// The first pause where the server does not say how long, or the page may not read it. Twice as long each time …
const FIRST: Duration = Duration::from_secs(1);

/// … up to this.
const LONGEST: Duration = Duration::from_secs(60);

/// More make it no longer.
const MOST_STEPS: u32 = 16;

/// The longest pause that is believed of a server.
const LONGEST_STATED: Duration = Duration::from_secs(3_600);

/// How long nobody is sent there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cooling {
    until: Option<Moment>,
    /// How many pauses without a success in between.
    steps: u32,
}

impl Cooling {
    pub(super) const fn until(&self) -> Option<Moment> {
        self.until
    }

    /// The server wants a pause, of this length if it said so. One that is running is never cut short.
    pub(super) fn start(&mut self, stated: Option<Duration>, now: Now) {
        let own = FIRST.saturating_mul(1 << self.steps).min(LONGEST);
        // No pause at all would be asked for by a server that wants to be asked in vain.
        let pause = stated.map_or(own, |stated| stated.min(LONGEST_STATED));
        let until = Moment::after(now, pause);
        self.steps = (self.steps + 1).min(MOST_STEPS);
        if self.until.is_none_or(|running| running.at < until.at) {
            self.until = Some(until);
        }
    }

    /// How many pauses without a success in between.
    pub(super) const fn steps(&self) -> u32 {
        self.steps
    }

    /// The pause of an earlier visit or another tab, if it is not over. The clock may have been set since.
    /// Older records do not know of steps.
    pub(super) fn resumed(until: Wall, steps: Option<u32>, now: Now) -> Self {
        let until = Moment::at(until, LONGEST_STATED, now);
        Self { until, steps: steps.map_or(u32::from(until.is_some()), |steps| steps.min(MOST_STEPS)) }
    }

    /// Whether that is news.
    pub(super) const fn succeeded(&mut self) -> bool {
        let is_news = self.steps > 0;
        self.steps = 0;
        is_news
    }

    /// It holds no more. Whether there was anything.
    pub(super) fn end(&mut self) -> bool {
        core::mem::take(self) != Self::default()
    }

    /// Time passed. Whether that changed anything.
    pub(super) fn wake(&mut self, now: Monotonic) -> bool {
        let is_due = self.until.is_some_and(|until| until.at <= now);
        if is_due {
            self.until = None;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now { monotonic: Monotonic::new(Duration::from_secs(100)), wall: Wall::from_epoch_millis(5_000) }
    }

    fn pause(cooling: &Cooling) -> u64 {
        cooling.until.unwrap().at.since(now().monotonic).as_secs()
    }

    #[test]
    fn a_server_that_does_not_say_how_long_gets_ever_longer_pauses_until_it_answers() {
        let mut cooling = Cooling::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            cooling.start(None, now());
            pauses.push(pause(&cooling));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        cooling.succeeded();
        cooling.until = None;
        cooling.start(None, now());
        assert_eq!(pause(&cooling), 1);
    }

    #[test]
    fn a_pause_goes_on_in_the_next_visit_unless_it_is_over() {
        let resumed = |at| Cooling::resumed(Wall::from_epoch_millis(at), None, now());
        assert_eq!(pause(&resumed(9_000)), 4);
        assert_eq!(resumed(4_999), Cooling::default());
        assert_eq!(pause(&resumed(i64::MAX)), 3_600, "the clock was set back");
    }

    #[test]
    fn a_server_that_says_how_long_is_believed_up_to_an_hour() {
        let mut cooling = Cooling::default();
        cooling.start(Some(Duration::from_secs(7)), now());
        assert_eq!((pause(&cooling), cooling.until.unwrap().wall.epoch_millis()), (7, 12_000));
        cooling.start(Some(Duration::from_secs(2)), now());
        assert_eq!(pause(&cooling), 7, "a pause is never cut short");
        cooling.start(Some(Duration::from_secs(90_000)), now());
        assert_eq!(pause(&cooling), 3_600);
    }
}
