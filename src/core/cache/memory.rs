//! The answers and vectors that are in memory: as many as fit, those that were used last.

use std::rc::Rc;

use litemap::LiteMap;

use super::{Age, Entry, Key, Settings, Vector};
use crate::base::time::Wall;

/// What can be kept.
#[derive(Clone, Debug)]
pub enum Kept {
    /// An answer.
    Answer(Rc<Entry>),
    /// The vector of a text.
    Vector(Rc<Vector>),
}

impl Kept {
    /// Who gave it: `provider/id`.
    pub fn model(&self) -> &str {
        match self {
            Self::Answer(entry) => &entry.answer.model,
            Self::Vector(vector) => &vector.model,
        }
    }

    /// Whether it is of no use any more.
    pub fn is_over(&self, settings: &Settings, now: Wall) -> bool {
        match self {
            Self::Answer(entry) => settings.age(entry.kept_at, now) == Age::Expired,
            Self::Vector(vector) => Settings::is_old(vector.kept_at, now),
        }
    }
}

/// An entry, its size in bytes, and the number of the use that was its last.
type Slot = (Kept, u64, u64);

/// Entries up to so many bytes.
#[derive(Debug, Default)]
pub struct Memory {
    slots: LiteMap<Key, Slot>,
    bytes: u64,
    uses: u64,
}

impl Memory {
    /// The entry under this key, which is used by it.
    pub fn find(&mut self, key: Key) -> Option<Kept> {
        self.uses += 1;
        let (entry, _, used) = self.slots.get_mut(&key)?;
        *used = self.uses;
        Some(entry.clone())
    }

    /// Keeps an entry of so many bytes in place of what was under its key. Those that were not used for the longest time go
    /// until all fit into `room`; one that is larger than all of it is not kept.
    pub fn keep(&mut self, key: Key, entry: Kept, bytes: u64, room: u64) {
        self.forget(key);
        if bytes > room {
            return;
        }
        while self.bytes + bytes > room {
            let Some(oldest) = self.slots.iter().min_by_key(|(_, (.., used))| *used).map(|(key, _)| *key)
            else {
                break;
            };
            self.forget(oldest);
        }
        self.uses += 1;
        self.bytes += bytes;
        self.slots.insert(key, (entry, bytes, self.uses));
    }

    /// Forgets what is under this key. Whether there was anything.
    pub fn forget(&mut self, key: Key) -> bool {
        let gone = self.slots.remove(&key);
        self.bytes -= gone.as_ref().map_or(0, |(_, bytes, _)| *bytes);
        gone.is_some()
    }

    /// All of them.
    pub fn entries(&self) -> impl Iterator<Item = (Key, &Kept)> {
        self.slots.iter().map(|(key, (entry, ..))| (*key, entry))
    }

    /// The keys of all, with their sizes in bytes.
    pub fn sizes(&self) -> impl Iterator<Item = (Key, u64)> {
        self.slots.iter().map(|(key, (_, bytes, _))| (*key, *bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::entry::tests::entry;

    fn keep(memory: &mut Memory, name: &str, bytes: u64) {
        memory.keep(Key::of(name), Kept::Answer(Rc::new(entry(name))), bytes, 100);
    }

    fn holds(memory: &Memory) -> Vec<u64> {
        let mut sizes: Vec<u64> = memory.sizes().map(|(_, bytes)| bytes).collect();
        sizes.sort_unstable();
        sizes
    }

    #[test]
    fn who_was_not_used_for_the_longest_time_goes() {
        let mut memory = Memory::default();
        keep(&mut memory, "a", 40);
        keep(&mut memory, "b", 41);
        assert!(memory.find(Key::of("a")).is_some());
        keep(&mut memory, "c", 30);
        assert_eq!(holds(&memory), [30, 40]);
        assert!(memory.find(Key::of("b")).is_none());
    }

    #[test]
    fn what_is_larger_than_the_room_takes_nothing_with_it() {
        let mut memory = Memory::default();
        keep(&mut memory, "a", 40);
        keep(&mut memory, "b", 101);
        assert_eq!(holds(&memory), [40]);
        keep(&mut memory, "a", 101);
        assert_eq!(holds(&memory), [0_u64; 0], "what it stood for is out of date");
    }

    #[test]
    fn what_is_kept_anew_counts_once() {
        let mut memory = Memory::default();
        for bytes in [40, 50, 60, 70] {
            keep(&mut memory, "a", bytes);
        }
        assert_eq!(holds(&memory), [70]);
        keep(&mut memory, "b", 30);
        assert_eq!(holds(&memory), [30, 70]);
        assert!(memory.forget(Key::of("a")));
        assert!(!memory.forget(Key::of("a")));
        keep(&mut memory, "c", 70);
        assert_eq!(holds(&memory), [30, 70]);
    }
}
