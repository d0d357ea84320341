//! The common frame of a stream, read without building its JSON: nearly all frames are like it, and there can be
//! thousands in a second.
//!
//! Only what is sure to be read as the full reader would read it is taken: one choice, no errors, no counts, no finish
//! reason, every known name once and of its usual kind. All else, sound or not, is left to the full reader.

use std::borrow::Cow;

use crate::wire::mould::{Holes, Kind};
use crate::wire::scan::Cursor;

/// What a frame says.
#[derive(Default)]
pub(super) struct Glance<'json> {
    pub(super) thinking: Cow<'json, str>,
    pub(super) content: Cow<'json, str>,
    /// `reasoning_details` and `tool_calls`, as JSON.
    pub(super) details: Option<&'json str>,
    pub(super) calls: Option<&'json str>,
    /// The strings in which the next frame may differ.
    pub(super) holes: Holes,
    /// The known names that were there.
    seen: Seen,
}

/// Names that may come once, as bits.
type Seen = u16;

const CHOICES: Seen = 1;
const INDEX: Seen = 1 << 1;
const DELTA: Seen = 1 << 2;
const CONTENT: Seen = 1 << 3;
const THINKING: Seen = 1 << 4;
const OTHER_THINKING: Seen = 1 << 5;
const DETAILS: Seen = 1 << 6;
const CALLS: Seen = 1 << 7;

/// Reads a frame; `None` leaves it to the full reader. The first frame that names its model is left to it too.
pub(super) fn glance(json: &str, is_introduced: bool) -> Option<Glance<'_>> {
    let mut said = Glance::default();
    let mut cursor = Cursor::new(json);
    cursor.object(&mut |cursor, name| match name {
        "choices" => said.choices(cursor),
        "usage" | "error" => cursor.null(),
        "model" if !is_introduced => None,
        // OpenAI fills its frames up to one length, so that the length does not tell the words.
        "obfuscation" => said.string(cursor, Kind::Other).map(drop),
        _ => cursor.value().map(drop),
    })?;
    let is_whole = said.seen & (CHOICES | DELTA) == CHOICES | DELTA;
    (is_whole && cursor.is_end()).then_some(said)
}

impl<'json> Glance<'json> {
    /// Notes a name; `None` if it was there before.
    fn once(&mut self, name: Seen) -> Option<()> {
        let is_new = self.seen & name == 0;
        self.seen |= name;
        is_new.then_some(())
    }

    /// Takes a string and notes its place.
    fn string(&mut self, cursor: &mut Cursor<'json>, kind: Kind) -> Option<Cow<'json, str>> {
        if cursor.null().is_some() {
            return Some(Cow::Borrowed(""));
        }
        let string = cursor.string()?;
        self.holes.add(cursor.last_string(), kind);
        Some(string)
    }

    fn choices(&mut self, cursor: &mut Cursor<'json>) -> Option<()> {
        self.once(CHOICES)?;
        cursor.expect(b'[')?;
        cursor.object(&mut |cursor, name| match name {
            "index" => {
                self.once(INDEX)?;
                (cursor.value()? == "0").then_some(())
            }
            "delta" => {
                self.once(DELTA)?;
                cursor.object(&mut |cursor, name| self.field(cursor, name))
            }
            "finish_reason" | "message" | "error" => cursor.null(),
            _ => cursor.value().map(drop),
        })?;
        cursor.expect(b']')
    }

    /// A field of the delta.
    fn field(&mut self, cursor: &mut Cursor<'json>, name: &str) -> Option<()> {
        match name {
            "content" => {
                self.once(CONTENT)?;
                self.content = self.string(cursor, Kind::Content)?;
            }
            "reasoning_content" => {
                self.once(THINKING)?;
                let thinking = self.string(cursor, Kind::Thinking)?;
                if !thinking.is_empty() {
                    self.thinking = thinking;
                }
            }
            "reasoning" => {
                self.once(OTHER_THINKING)?;
                let thinking = self.string(cursor, Kind::Thinking)?;
                // Of the two names the other one counts, if it says anything.
                if self.thinking.is_empty() {
                    self.thinking = thinking;
                }
            }
            "reasoning_details" => {
                self.once(DETAILS)?;
                self.details = Some(cursor.value()?).filter(|details| !is_empty(details));
            }
            "tool_calls" => {
                self.once(CALLS)?;
                self.calls = Some(cursor.value()?).filter(|calls| !is_empty(calls));
            }
            "refusal" | "annotations" => cursor.null()?,
            _ => drop(cursor.value()?),
        }
        Some(())
    }
}

fn is_empty(list: &str) -> bool {
    matches!(list, "null" | "[]")
}
