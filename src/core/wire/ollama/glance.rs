//! The common line of a stream, read without building its JSON: nearly all lines are like it, and there can be
//! thousands in a second.
//!
//! Only what is sure to be read as the full reader would read it is taken: words of a model that goes on, every known
//! name once and of its usual kind. All else, sound or not, is left to the full reader.

use std::borrow::Cow;

use crate::wire::mould::{Holes, Kind, Words};
use crate::wire::scan::Cursor;

/// Reads a line; `None` leaves it to the full reader. The places of its strings are those in which the next one may
/// differ.
pub(super) fn glance(line: &str) -> Option<(Words<'_>, Holes)> {
    let mut cursor = Cursor::new(line);
    let mut holes = Holes::default();
    let mut thinking: Option<Cow<'_, str>> = None;
    let mut content: Option<Cow<'_, str>> = None;
    let mut has_message = false;
    let mut is_going_on = false;
    cursor.object(&mut |cursor, name| match name {
        "message" if !has_message => {
            has_message = true;
            cursor.object(&mut |cursor, name| match name {
                "thinking" if thinking.is_none() => {
                    thinking = Some(string(cursor, &mut holes, Kind::Thinking)?);
                    Some(())
                }
                "content" if content.is_none() => {
                    content = Some(string(cursor, &mut holes, Kind::Content)?);
                    Some(())
                }
                "thinking" | "content" => None,
                "tool_calls" => cursor.null(),
                _ => cursor.value().map(drop),
            })
        }
        "done" if !is_going_on => {
            is_going_on = cursor.value()? == "false";
            is_going_on.then_some(())
        }
        "message" | "done" => None,
        "error" => cursor.null(),
        // The time is another in every line.
        "created_at" => string(cursor, &mut holes, Kind::Other).map(drop),
        _ => cursor.value().map(drop),
    })?;
    let is_whole = has_message && is_going_on && cursor.is_end();
    is_whole.then(|| ((thinking.unwrap_or_default(), content.unwrap_or_default()), holes))
}

/// Takes a string and notes its place.
fn string<'json>(cursor: &mut Cursor<'json>, holes: &mut Holes, kind: Kind) -> Option<Cow<'json, str>> {
    if cursor.null().is_some() {
        return Some(Cow::Borrowed(""));
    }
    let string = cursor.string()?;
    holes.add(cursor.last_string(), kind);
    Some(string)
}
