//! The time as the core is told it. Timers use the monotonic clock; dates in receipts use the wall clock.

use core::time::Duration;

use serde::Serialize;

/// A point on a clock that never goes back, counted from when the page started. Only differences mean anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// The end of time.
    pub const NEVER: Self = Self(Duration::MAX);

    /// The point `since_start` after the clock's own beginning.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// How long after `earlier` this point lies; zero if it lies before.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The point `duration` later; the end of time where that would overflow.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// An instant in epoch milliseconds, as JavaScript's `Date.now()` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Wall(#[cfg_attr(test, ts(type = "number"))] i64);

impl Wall {
    /// The instant `millis` milliseconds after 1970-01-01 UTC.
    pub const fn from_epoch_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn epoch_millis(self) -> i64 {
        self.0
    }
}

/// What the shell says the time is when it hands in an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For timers and durations.
    pub monotonic: Monotonic,
    /// For dates a person reads.
    pub wall: Wall,
}

/// A duration in milliseconds as it crosses to JavaScript: fractions are kept, three digits at most.
pub fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
