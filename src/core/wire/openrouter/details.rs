//! What a model thought, in the form in which OpenRouter wants it back (`reasoning_details`).
//!
//! A stream brings each detail in pieces with the same kind and index; a signature may come last, in a piece without
//! words. Hosts sign the whole, so that pieces which are sent back apart are refused. A detail without an index is
//! whole by itself, as in an answer that was not streamed.

use serde_json::Value;

use crate::wire::tolerant::Fields;

/// The fields that grow with each piece.
const WORDS: [&str; 2] = ["text", "summary"];

/// The details of one answer.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Details(Vec<Value>);

impl Details {
    /// Takes a frame's pieces, and gives the words among them.
    pub(in crate::wire) fn join(&mut self, pieces: Option<Value>) -> String {
        let mut said = String::new();
        let Some(Value::Array(pieces)) = pieces else { return said };
        for piece in pieces {
            for name in WORDS {
                said.push_str(piece.get(name).and_then(Value::as_str).unwrap_or_default());
            }
            match piece {
                Value::Object(piece) => self.join_one(piece),
                other => self.0.push(other),
            }
        }
        said
    }

    fn join_one(&mut self, piece: Fields) {
        let mut known = self.0.iter_mut().rev().filter_map(Value::as_object_mut);
        let Some(detail) = known.find(|detail| goes_on(detail, &piece)) else {
            self.0.push(Value::Object(piece));
            return;
        };
        for (name, value) in piece {
            if !is_there(detail, &name) {
                detail.insert(name, value);
            } else if let (Some(Value::String(words)), Value::String(more)) = (detail.get_mut(&name), value)
                && WORDS.contains(&name.as_str())
            {
                words.push_str(&more);
            }
        }
    }

    /// What goes back with the answer's message; `None` where there is nothing.
    pub(in crate::wire) fn opaque(&self) -> Option<Value> {
        (!self.0.is_empty()).then(|| Value::Array(self.0.clone()))
    }
}

/// Whether a piece is a part of this detail. What is encrypted comes whole, and nothing follows a signature.
fn goes_on(detail: &Fields, piece: &Fields) -> bool {
    let is_same = |name: &str| detail.get(name) == piece.get(name);
    let has_both = |name: &str| is_there(detail, name) && is_there(piece, name);
    let is_over = is_there(detail, "signature")
        && ["text", "summary", "signature"].iter().any(|name| is_there(piece, name));
    piece.get("index").is_some_and(Value::is_u64)
        && is_same("index")
        && is_same("type")
        && (is_same("id") || !has_both("id"))
        && !has_both("data")
        && !is_over
}

fn is_there(fields: &Fields, name: &str) -> bool {
    fields.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}
