//! When something was learned, and whom of two tabs that learned something of the same thing is believed: who learned it
//! later, by the clock that they share. Each change of a thing is stamped later than the one that it replaces, so nobody loses
//! against what they knew themselves, however coarse the clock is.

use serde::ser::{Serialize, SerializeTuple, Serializer};
use serde_json::Value;

use super::json::{FromJson, Misfit};
use super::time::Wall;

/// How far ahead of the clock a stamp may be, milliseconds: what changes more than once in a millisecond runs ahead. One that
/// is farther ahead was made before the clock was set back.
const AHEAD: i64 = 60_000;

/// When something was learned. The default: nobody knows when, or nothing was learned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stamp {
    at: Wall,
    /// Decides between two in the same millisecond.
    by: u32,
    is_news: bool,
}

/// Whether it is news is nothing that a stamp says.
impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.by) == (other.at, other.by)
    }
}

impl Stamp {
    /// It changed.
    pub const fn change(&mut self) {
        self.is_news = true;
    }

    /// Whether it changed since that was last told.
    pub const fn is_news(&self) -> bool {
        self.is_news
    }

    /// Whether it is known when it was learned.
    pub fn is_known(&self) -> bool {
        *self != Self::default()
    }

    /// What is news was learned now, in the tab of this number.
    pub fn date(&mut self, now: Wall, by: u32) {
        if self.is_news {
            let (now, before) = (now.epoch_millis(), self.at.epoch_millis());
            let next =
                if before > now.saturating_add(AHEAD) { now } else { now.max(before.saturating_add(1)) };
            self.at = Wall::from_epoch_millis(next);
            self.by = by;
        }
    }

    /// It was told.
    pub const fn told(&mut self) {
        self.is_news = false;
    }

    /// Whether what was learned then is to be believed instead.
    pub fn yields_to(&self, other: &Self, now: Wall) -> bool {
        !self.is_news && self.worth(now) < other.worth(now)
    }

    fn worth(&self, now: Wall) -> (i64, u32) {
        let at = self.at.epoch_millis();
        if at > now.epoch_millis().saturating_add(AHEAD) { (i64::MIN, 0) } else { (at, self.by) }
    }
}

/// `[epoch milliseconds, tab]`
impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.at)?;
        pair.serialize_element(&self.by)?;
        pair.end()
    }
}

impl FromJson for Stamp {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let at = value.get(0).and_then(Value::as_i64);
        let by = value.get(1).and_then(Value::as_u64).and_then(|by| u32::try_from(by).ok());
        let (at, by) = at.zip(by).ok_or_else(|| Misfit::wanted(place, "a time and a number"))?;
        Ok(Self { at: Wall::from_epoch_millis(at), by, is_news: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall::from_epoch_millis(1_700_000_000_000);

    fn after(millis: i64, by: u32) -> Stamp {
        let mut stamp = Stamp::default();
        stamp.change();
        stamp.date(Wall::from_epoch_millis(NOW.epoch_millis() + millis), by);
        stamp.told();
        stamp
    }

    #[test]
    fn who_learned_it_later_is_believed_and_never_both() {
        assert!(after(0, 9).yields_to(&after(1, 1), NOW));
        assert!(!after(1, 1).yields_to(&after(0, 9), NOW));
        assert!(after(0, 1).yields_to(&after(0, 9), NOW), "in the same millisecond one of them is");
        assert!(!after(0, 9).yields_to(&after(0, 1), NOW));
        assert!(!after(0, 1).yields_to(&after(0, 1), NOW), "told twice it is no news");
        assert!(Stamp::default().yields_to(&after(0, 0), NOW), "who does not know when");
        assert!(!Stamp::default().yields_to(&Stamp::default(), NOW));
    }

    #[test]
    fn what_changes_twice_in_a_millisecond_or_behind_a_clock_that_goes_back_changes_later() {
        let first = after(0, 9);
        for clock in [0, -50_000] {
            let mut second = first;
            second.change();
            assert!(!second.yields_to(&after(99, 1), NOW), "what was learned just now is known best here");
            second.date(Wall::from_epoch_millis(NOW.epoch_millis() + clock), 1);
            assert!(first.yields_to(&second, NOW));
        }
    }

    #[test]
    fn a_stamp_from_before_the_clock_was_set_back_holds_nobody_up() {
        let future = after(3_600_000, 1);
        assert!(future.yields_to(&after(0, 1), NOW));
        let mut changed = future;
        changed.change();
        changed.date(NOW, 1);
        assert_eq!(changed, after(0, 1));
    }

    #[test]
    fn it_is_read_as_it_was_written_and_nonsense_is_refused() {
        let stamp = after(5, 7);
        let written = serde_json::to_value(stamp).unwrap();
        assert_eq!(Stamp::from_json(written, "").unwrap(), stamp);
        for nonsense in ["7", "[]", "[1]", "[1,-1]", "[\"1\",1]", "[1.5,1]", "{}"] {
            assert!(Stamp::from_json(serde_json::from_str(nonsense).unwrap(), "").is_err(), "{nonsense}");
        }
        let last = serde_json::json!([i64::MAX, 1]);
        let mut last = Stamp::from_json(last, "").unwrap();
        last.change();
        last.date(NOW, 1);
        assert_eq!(last, after(0, 1));
    }
}
