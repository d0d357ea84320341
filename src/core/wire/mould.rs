//! The shape of the frames of a stream, which differ in little but their words.
//!
//! A frame that was read once is the mould for the next: where everything around the words is the same to the byte, and
//! what stands for the words is a sound string of JSON, the frame is sound and says the same but for them. Comparing is
//! much less work than reading.

use std::borrow::Cow;

use super::bytes::strip;
use super::scan::{decoded, string_end};

/// A longer frame is no mould, bytes.
const LENGTH_LIMIT: usize = 4_096;

/// The most strings of a frame that may differ.
const HOLE_LIMIT: usize = 4;

/// What was thought and what was said.
pub(super) type Words<'json> = (Cow<'json, str>, Cow<'json, str>);

/// What a string is that may differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing to the reader.
    #[default]
    Other,
    /// What was thought.
    Thinking,
    /// What was said.
    Content,
}

/// Where the strings are that may differ, between their quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holes {
    places: [(usize, usize, Kind); HOLE_LIMIT],
    /// How many were added; those beyond the limit are not known.
    count: usize,
}

impl Holes {
    /// Adds a string that stands behind all others.
    pub(super) fn add(&mut self, (start, end): (usize, usize), kind: Kind) {
        if let Some(place) = self.places.get_mut(self.count) {
            *place = (start, end, kind);
        }
        self.count += 1;
    }

    fn iter(&self) -> impl Iterator<Item = &(usize, usize, Kind)> {
        self.places.iter().take(self.count)
    }

    fn count_of(&self, kind: Kind) -> usize {
        self.iter().filter(|(_, _, other)| *other == kind).count()
    }
}

/// The last frame of the common form.
#[derive(Clone, Debug, Default)]
pub(super) struct Mould {
    frame: Vec<u8>,
    holes: Holes,
}

impl Mould {
    /// Takes the shape of a frame that was read, and that says no more than the strings at these places.
    pub(super) fn take(&mut self, frame: &str, holes: &Holes) {
        self.frame.clear();
        let is_clear = holes.count <= HOLE_LIMIT
            && holes.count_of(Kind::Thinking) <= 1
            && holes.count_of(Kind::Content) <= 1;
        if is_clear && frame.len() <= LENGTH_LIMIT {
            self.frame.extend_from_slice(frame.as_bytes());
            self.holes = *holes;
        }
    }

    /// The words of a frame of this shape.
    pub(super) fn fill<'json>(&self, frame: &'json str) -> Option<Words<'json>> {
        if self.frame.is_empty() {
            return None;
        }
        let (mut thinking, mut content) = Words::default();
        let mut at = 0;
        let mut known = 0;
        for (start, end, kind) in self.holes.iter() {
            let rest = strip(frame.as_bytes().get(at..)?, self.frame.get(known..*start)?)?;
            let (length, is_plain) = string_end(rest)?;
            at += start - known;
            known = *end;
            let raw = frame.get(at..at + length)?;
            at += length;
            let words = if is_plain { Cow::Borrowed(raw) } else { Cow::Owned(decoded(raw)?) };
            match kind {
                Kind::Other => {}
                Kind::Thinking => thinking = words,
                Kind::Content => content = words,
            }
        }
        let rest = strip(frame.as_bytes().get(at..)?, self.frame.get(known..)?)?;
        rest.is_empty().then_some((thinking, content))
    }
}
