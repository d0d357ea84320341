//! What lies on the disk: how much room each answer takes and when it was used. Beside each answer lies a small record of
//! that, so that nobody has to read answers to find out which to give up.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Age, Key, Settings};
use crate::base::order;
use crate::base::time::Wall;

/// Where there is too much, so much of the room is freed beyond what has to be: not every answer shall cost another.
const SPARE: u64 = 10;

/// What lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An answer in words.
    Words,
    /// The vector of a text.
    Vector,
    /// Pictures, or a video.
    Pictures,
}

/// How an answer on the disk was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Its size.
    pub bytes: u64,
    /// When it was given.
    pub kept_at: Wall,
    /// When it was last asked for.
    pub used_at: Wall,
    /// What it is.
    pub kind: Kind,
}

impl Use {
    /// Whether it is of no use any more.
    pub fn is_over(&self, settings: &Settings, now: Wall) -> bool {
        match self.kind {
            Kind::Words => settings.age(self.kept_at, now) == Age::Expired,
            Kind::Vector => Settings::is_old(self.kept_at, now),
            Kind::Pictures => settings.age_of_pictures(self.kept_at, now) == Age::Expired,
        }
    }

    /// As it lies on the disk.
    pub fn to_record(&self) -> Vec<u8> {
        let (kept_at, used_at) = (self.kept_at.epoch_millis(), self.used_at.epoch_millis());
        json!([self.bytes, kept_at, used_at, self.kind as u8]).to_string().into_bytes()
    }

    /// From the disk; `None` where it cannot be read.
    pub fn from_record(bytes: &[u8]) -> Option<Self> {
        let record: Value = serde_json::from_slice(bytes).ok()?;
        let time = |place: usize| Some(Wall::from_epoch_millis(record.get(place)?.as_i64()?));
        let kind = match record.get(3).and_then(Value::as_u64) {
            Some(1) => Kind::Vector,
            Some(2) => Kind::Pictures,
            _ => Kind::Words,
        };
        Some(Self { bytes: record.get(0)?.as_u64()?, kept_at: time(1)?, used_at: time(2)?, kind })
    }
}

/// The answers on the disk.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    uses: BTreeMap<Key, Use>,
    bytes: u64,
    picture_bytes: u64,
}

impl Ledger {
    /// From what lies on the disk, name by name, and the names of records that are of no use.
    pub fn of(records: Vec<(String, Vec<u8>)>) -> (Self, Vec<String>) {
        let mut ledger = Self::default();
        let mut broken = Vec::new();
        for (name, bytes) in records {
            match Key::parse(&name).zip(Use::from_record(&bytes)) {
                Some((key, one)) => ledger.put(key, one),
                None => broken.push(name),
            }
        }
        (ledger, broken)
    }

    /// An answer was written.
    pub fn put(&mut self, key: Key, one: Use) {
        self.forget(key);
        self.bytes += one.bytes;
        self.picture_bytes += picture_bytes(&one);
        self.uses.insert(key, one);
    }

    /// An answer is gone. Whether it was there.
    pub fn forget(&mut self, key: Key) -> bool {
        let Some(gone) = self.uses.remove(&key) else { return false };
        self.bytes -= gone.bytes;
        self.picture_bytes -= picture_bytes(&gone);
        true
    }

    /// Whether an answer is there.
    pub fn contains(&self, key: Key) -> bool {
        self.uses.contains_key(&key)
    }

    /// Bytes of all.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether more is there than may be.
    pub const fn is_too_much(&self, settings: &Settings) -> bool {
        self.bytes > settings.room || self.picture_bytes > settings.picture_room
    }

    /// How each was used.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Use)> {
        self.uses.iter().map(|(key, one)| (*key, one))
    }

    /// Which to give up: all that expired, and of the others those that were not asked for in the longest time, pictures first
    /// until they fit into their room, until the rest fits into `room`. Some is spared beyond that.
    pub fn surplus(&self, settings: &Settings, room: u64, now: Wall) -> Vec<Key> {
        let (expired, mut rest): (Vec<_>, Vec<_>) =
            self.iter().partition(|(_, one)| one.is_over(settings, now));
        let mut surplus: Vec<Key> = expired.into_iter().map(|(key, _)| key).collect();
        order::sort_by_key(&mut rest, |(key, one)| (one.used_at, *key));
        let picture_room = settings.picture_room.min(room);
        let (pictures, rest) = give_up(rest, picture_room, picture_bytes);
        surplus.extend(pictures);
        surplus.extend(give_up(rest, room, |one| one.bytes).0);
        surplus
    }
}

fn picture_bytes(one: &Use) -> u64 {
    if one.kind == Kind::Pictures { one.bytes } else { 0 }
}

/// The first of those that count by `bytes`, until the others fit into `room`; and those that stay.
fn give_up(all: Vec<(Key, &Use)>, room: u64, bytes: impl Fn(&Use) -> u64) -> (Vec<Key>, Vec<(Key, &Use)>) {
    let mut sum: u64 = all.iter().map(|(_, one)| bytes(one)).sum();
    if sum <= room {
        return (Vec::new(), all);
    }
    let goal = room - room / SPARE;
    let (mut gone, mut stay) = (Vec::new(), Vec::new());
    for (key, one) in all {
        let counted = bytes(one);
        if sum > goal && counted > 0 {
            sum -= counted;
            gone.push(key);
        } else {
            stay.push((key, one));
        }
    }
    (gone, stay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::CacheOptions;

    fn used(bytes: u64, kept_at: i64, used_at: i64) -> Use {
        let at = Wall::from_epoch_millis;
        Use { bytes, kept_at: at(kept_at), used_at: at(used_at), kind: Kind::Words }
    }

    fn ledger(uses: &[(&str, Use)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (name, one) in uses {
            ledger.put(Key::of(name), *one);
        }
        ledger
    }

    fn surplus(ledger: &Ledger, room: u64, now: i64) -> Vec<&'static str> {
        let settings = Settings::of(&CacheOptions { ttl_ms: Some(1_000.0), ..CacheOptions::default() });
        let gone = ledger.surplus(&settings, room, Wall::from_epoch_millis(now));
        ["a", "b", "c", "d"].into_iter().filter(|name| gone.contains(&Key::of(name))).collect()
    }

    #[test]
    fn what_expired_goes_and_then_what_was_not_asked_for_in_the_longest_time() {
        let ledger = ledger(&[
            ("a", used(40, 0, 900)),
            ("b", used(40, 500, 600)),
            ("c", used(40, 500, 800)),
            ("d", used(40, 500, 700)),
        ]);
        assert_eq!(ledger.bytes(), 160);
        assert_eq!(surplus(&ledger, 1_000, 900), [""; 0]);
        assert_eq!(surplus(&ledger, 1_000, 1_000), ["a"]);
        assert_eq!(surplus(&ledger, 120, 1_000), ["a"]);
        assert_eq!(surplus(&ledger, 100, 1_000), ["a", "b"]);
        assert_eq!(surplus(&ledger, 0, 1_000), ["a", "b", "c", "d"]);
    }

    #[test]
    fn pictures_take_nothing_from_words() {
        let picture = |bytes, used_at| Use { kind: Kind::Pictures, ..used(bytes, 0, used_at) };
        let settings = Settings::of(&CacheOptions { max_bytes: Some(100), ..CacheOptions::default() });
        let mut ledger = ledger(&[("a", used(10, 0, 1)), ("b", picture(40, 2)), ("c", picture(35, 3))]);
        assert!(!ledger.is_too_much(&settings));
        ledger.put(Key::of("d"), picture(1, 4));
        assert!(ledger.is_too_much(&settings), "three quarters are theirs");
        let gone = ledger.surplus(&settings, settings.room, Wall::from_epoch_millis(10));
        assert_eq!(gone, [Key::of("b")], "the words stay, though nobody asked for them in the longest time");
        for key in gone {
            ledger.forget(key);
        }
        assert_eq!((ledger.bytes(), ledger.is_too_much(&settings)), (46, false));
    }

    #[test]
    fn some_room_is_left_when_some_had_to_go() {
        let ledger = ledger(&[("a", used(5, 0, 1)), ("b", used(5, 0, 2)), ("c", used(91, 0, 3))]);
        assert_eq!(surplus(&ledger, 100, 10), ["a", "b", "c"], "ninety of a hundred are the goal");
    }

    #[test]
    fn records_are_read_again_and_broken_ones_named() {
        let one = used(40, 1_700_000_000_000, 1_700_000_000_001);
        for kind in [Kind::Words, Kind::Vector, Kind::Pictures] {
            let other = Use { kind, ..one };
            assert_eq!(Use::from_record(&other.to_record()), Some(other));
        }
        let name = Key::of("a").to_string();
        let (ledger, broken) = Ledger::of(vec![
            (name.clone(), one.to_record()),
            ("odd".to_owned(), one.to_record()),
            (Key::of("b").to_string(), b"[1]".to_vec()),
            (Key::of("c").to_string(), b"\xff".to_vec()),
        ]);
        assert_eq!(ledger.iter().collect::<Vec<_>>(), [(Key::of("a"), &one)]);
        assert_eq!(broken.len(), 3);
        assert!(!broken.contains(&name));
    }
}
