//! A circuit breaker: who fails too often is left alone for a while, then tried by one request.

use core::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::base::json::{Fields, Misfit};
use crate::base::time::{Monotonic, Now, Wall};
use crate::model::health::Breaker;

/// So many failures in a row open it …
const IN_A_ROW: u32 = 5;

/// … or half of the last attempts, once there are a few.
const WINDOW: usize = 20;
const FEWEST: usize = 5;

/// How long it is open at first. Each time that the one request fails, twice as long.
const FIRST_BREAK: Duration = Duration::from_secs(5);
const LONGEST_BREAK: Duration = Duration::from_secs(300);
const MOST_OPENINGS: u32 = 16;

/// A moment on both clocks: the one that timers use and the one that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Monotonic,
    pub(super) wall: Wall,
}

impl Moment {
    pub(super) fn after(now: Now, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let wall = Wall::from_epoch_millis(now.wall.epoch_millis().saturating_add(millis));
        Self { at: now.monotonic.after(duration), wall }
    }

    /// This time, if it is still to come; it is no farther away than `longest`.
    pub(super) fn at(wall: Wall, longest: Duration, now: Now) -> Option<Self> {
        let left = wall.epoch_millis().saturating_sub(now.wall.epoch_millis());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(longest);
        (!left.is_zero()).then(|| Self::after(now, left))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Closed,
    Open(Moment),
    /// One request may try it; whether one does.
    HalfOpen {
        is_tried: bool,
    },
}

/// A circuit breaker over one model or one provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Circuit {
    state: State,
    in_a_row: u32,
    /// Whether the attempts since it last closed ended well, newest last.
    window: Vec<bool>,
    /// How often it opened without closing in between.
    openings: u32,
}

/// What other tabs are told of a circuit. Which request tries it is each tab's own business.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told<'a> {
    /// Until when it is open; in the past for one that is half open.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_until: Option<Wall>,
    in_a_row: u32,
    window: &'a [bool],
    openings: u32,
}

impl Circuit {
    pub(super) fn told(&self) -> Told<'_> {
        let open_until = match self.state {
            State::Closed => None,
            State::Open(until) => Some(until.wall),
            State::HalfOpen { .. } => Some(Wall::default()),
        };
        Told { open_until, in_a_row: self.in_a_row, window: &self.window, openings: self.openings }
    }

    /// What another tab told.
    pub(super) fn heard(told: Value, now: Now) -> Result<Self, Misfit> {
        let mut fields = Fields::of(told, "")?;
        let state = match fields.take("openUntil")? {
            None => State::Closed,
            Some(until) => {
                Moment::at(until, LONGEST_BREAK, now).map_or(State::HalfOpen { is_tried: false }, State::Open)
            }
        };
        let mut window: Vec<bool> = fields.need("window")?;
        window.truncate(WINDOW);
        let in_a_row = fields.need::<u32>("inARow")?.min(IN_A_ROW);
        let openings = fields.need::<u32>("openings")?.min(MOST_OPENINGS);
        Ok(Self { state, in_a_row, window, openings })
    }

    pub(super) const fn breaker(&self) -> Breaker {
        match self.state {
            State::Closed => Breaker::Closed,
            State::Open(_) => Breaker::Open,
            State::HalfOpen { .. } => Breaker::HalfOpen,
        }
    }

    /// Whether nobody should be sent there now.
    pub(super) const fn is_resting(&self) -> bool {
        matches!(self.state, State::Open(_) | State::HalfOpen { is_tried: true })
    }

    /// When it is tried again, while it is open.
    pub(super) const fn opens_until(&self) -> Option<Moment> {
        match self.state {
            State::Open(until) => Some(until),
            State::Closed | State::HalfOpen { .. } => None,
        }
    }

    /// A request goes there. One that goes through an open breaker, since there is nobody else, is its trial.
    pub(super) fn asked(&mut self) {
        if !matches!(self.state, State::Closed) {
            self.state = State::HalfOpen { is_tried: true };
        }
    }

    /// The request ended without a verdict: the next may try.
    pub(super) fn released(&mut self) {
        if matches!(self.state, State::HalfOpen { .. }) {
            self.state = State::HalfOpen { is_tried: false };
        }
    }

    pub(super) fn succeeded(&mut self) {
        if matches!(self.state, State::Closed) {
            self.in_a_row = 0;
            self.push(true);
        } else {
            *self = Self::default();
        }
    }

    pub(super) fn failed(&mut self, now: Now) {
        match self.state {
            State::Closed => {
                self.in_a_row += 1;
                self.push(false);
                let failures = self.window.iter().filter(|is_success| !**is_success).count();
                let is_half = self.window.len() >= FEWEST && failures * 2 >= self.window.len();
                if self.in_a_row >= IN_A_ROW || is_half {
                    self.open(now);
                }
            }
            State::HalfOpen { .. } => self.open(now),
            // Sent before it opened.
            State::Open(_) => {}
        }
    }

    /// Time passed. Whether that changed anything.
    pub(super) fn wake(&mut self, now: Monotonic) -> bool {
        let is_due = self.opens_until().is_some_and(|until| until.at <= now);
        if is_due {
            self.half_open();
        }
        is_due
    }

    /// There is a sign that it may work again.
    pub(super) fn half_open(&mut self) {
        if matches!(self.state, State::Open(_)) {
            self.state = State::HalfOpen { is_tried: false };
        }
    }

    fn open(&mut self, now: Now) {
        let doubled = FIRST_BREAK.saturating_mul(1 << self.openings);
        self.openings = (self.openings + 1).min(MOST_OPENINGS);
        self.state = State::Open(Moment::after(now, doubled.min(LONGEST_BREAK)));
    }

    fn push(&mut self, is_success: bool) {
        if self.window.len() == WINDOW {
            self.window.remove(0);
        }
        self.window.push(is_success);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now { monotonic: Monotonic::new(Duration::from_secs(seconds)), wall: Wall::default() }
    }

    fn opened() -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            circuit.failed(at(0));
        }
        circuit
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_four_do_not() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit.succeeded();
        }
        for _ in 0..4 {
            circuit.failed(at(0));
        }
        assert_eq!(circuit.breaker(), Breaker::Closed);
        circuit.failed(at(0));
        assert_eq!(circuit.breaker(), Breaker::Open);
    }

    #[test]
    fn every_second_failure_opens_it_once_there_are_five_attempts() {
        let mut circuit = Circuit::default();
        for is_success in [false, true, false, true] {
            if is_success {
                circuit.succeeded();
            } else {
                circuit.failed(at(0));
            }
        }
        assert_eq!(circuit.breaker(), Breaker::Closed, "four attempts say too little");
        circuit.failed(at(0));
        assert_eq!(circuit.breaker(), Breaker::Open);
    }

    #[test]
    fn every_third_failure_does_not_open_it() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit.succeeded();
            circuit.succeeded();
            circuit.failed(at(0));
        }
        assert_eq!(circuit.breaker(), Breaker::Closed);
    }

    #[test]
    fn after_five_seconds_one_request_tries_it() {
        let mut circuit = opened();
        assert!(!circuit.wake(at(4).monotonic));
        assert!(circuit.wake(at(5).monotonic));
        assert_eq!((circuit.breaker(), circuit.is_resting()), (Breaker::HalfOpen, false));
        circuit.asked();
        assert!(circuit.is_resting(), "one is enough");
        circuit.released();
        assert!(!circuit.is_resting());
        circuit.succeeded();
        assert_eq!(circuit, Circuit::default());
    }

    #[test]
    fn each_failed_trial_doubles_the_break_up_to_five_minutes() {
        let mut circuit = opened();
        let mut now = 0;
        let mut breaks = Vec::new();
        for _ in 0..8 {
            let until = circuit.opens_until().unwrap().at.since(at(now).monotonic).as_secs();
            breaks.push(until);
            now += until;
            assert!(circuit.wake(at(now).monotonic));
            circuit.asked();
            circuit.failed(at(now));
        }
        assert_eq!(breaks, [5, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn what_was_sent_before_it_opened_does_not_prolong_the_break() {
        let mut circuit = opened();
        circuit.failed(at(4));
        assert!(circuit.wake(at(5).monotonic));
    }
}
