//! A turn of the model that goes back as it came.
//!
//! The service signs parts of its answers with what it thought, and wants the signatures back, byte for byte, on the
//! parts that they came with. A signature of a call travels with the call. For the rest there is the outline: the
//! parts in their order without their words, since the application has those.

use serde_json::{Map, Value};

use super::family::Family;
use super::{object, only, text};
use crate::model::{Text, ToolCall};
use crate::wire::LINE_LIMIT;

/// Stands for the signature of a call that this model did not make. The service documents it for conversations that
/// come from elsewhere.
const FOREIGN: &str = "skip_thought_signature_validator";

/// The order of a turn's parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pieces: Vec<Piece>,
    /// Bytes of what is kept whole.
    held: usize,
    has_calls: bool,
    /// Whether the words and the calls alone do not tell it.
    is_needed: bool,
}

#[derive(Clone, Debug)]
enum Piece {
    /// So many bytes of the words.
    Words(usize, Option<String>),
    /// A thought, of which only the signature matters.
    Thought(String),
    /// The next call.
    Call,
    /// A part that is neither: what the service's own tools were asked and said.
    Other(Value),
}

impl Outline {
    pub(super) fn words(&mut self, words: &str, signature: Option<&str>) {
        if let (Some(Piece::Words(bytes, None)), None) = (self.pieces.last_mut(), signature) {
            *bytes += words.len();
        } else if signature.is_some() || !words.is_empty() {
            self.is_needed |= signature.is_some() || self.has_calls;
            self.keep(Piece::Words(words.len(), signature.map(str::to_owned)), signature.map_or(0, str::len));
        }
    }

    pub(super) fn thought(&mut self, signature: &str) {
        self.is_needed = true;
        self.keep(Piece::Thought(signature.to_owned()), signature.len());
    }

    pub(super) fn call(&mut self) {
        self.has_calls = true;
        self.keep(Piece::Call, 0);
    }

    pub(super) fn other(&mut self, part: Value) {
        self.is_needed = true;
        let bytes = part.to_string().len();
        self.keep(Piece::Other(part), bytes);
    }

    fn keep(&mut self, piece: Piece, bytes: usize) {
        self.held += bytes;
        if self.held <= LINE_LIMIT {
            self.pieces.push(piece);
        }
    }

    /// What the encoder wants back; nothing where the words and the calls say it all.
    pub(super) fn into_opaque(self) -> Option<Value> {
        let pieces = self.pieces.into_iter().map(|piece| match piece {
            Piece::Words(bytes, signature) => object(&mut [
                ("text", Some(Value::from(bytes))),
                ("thoughtSignature", signature.map(Value::from)),
            ]),
            Piece::Thought(signature) => object(&mut [
                ("thought", Some(Value::from(true))),
                ("thoughtSignature", Some(Value::from(signature))),
            ]),
            Piece::Call => only("call", true),
            Piece::Other(part) => only("part", part),
        });
        (self.is_needed && self.held <= LINE_LIMIT).then(|| Value::Array(pieces.collect()))
    }
}

/// The parts of a turn as they are sent.
///
/// An outline that does not fit the words or the calls any more, since the application changed them, is passed over.
pub(super) fn parts(
    content: &Text,
    calls: &[ToolCall],
    outline: Option<&Value>,
    family: Family,
    words_and_files: impl FnOnce(&Text) -> Vec<Value>,
) -> Vec<Value> {
    let has_files = content.files().next().is_some();
    let outlined = outline.filter(|_| !has_files).and_then(|outline| drawn(&content.words(), calls, outline));
    let mut parts = outlined.unwrap_or_else(|| {
        let mut parts = words_and_files(content);
        parts.extend(calls.iter().map(call));
        parts
    });
    if family == Family::Level {
        let first =
            parts.iter_mut().filter_map(Value::as_object_mut).find(|part| part.contains_key("functionCall"));
        if let Some(first) = first.filter(|first| !first.contains_key("thoughtSignature")) {
            first.insert("thoughtSignature".to_owned(), Value::from(FOREIGN));
        }
    }
    parts
}

/// The parts that an outline tells of these words and calls, if it does.
fn drawn(words: &str, calls: &[ToolCall], outline: &Value) -> Option<Vec<Value>> {
    let mut words = words;
    let mut calls = calls.iter();
    let mut parts = Vec::new();
    for piece in outline.as_array()? {
        let signature = text(piece.get("thoughtSignature")).map(Value::from);
        if let Some(bytes) = piece.get("text") {
            let (now, later) = words.split_at_checked(usize::try_from(bytes.as_u64()?).ok()?)?;
            words = later;
            parts.push(object(&mut [("text", Some(Value::from(now))), ("thoughtSignature", signature)]));
        } else if piece.get("thought").is_some() {
            let (thought, words) = (Some(Value::from(true)), Some(Value::from("")));
            parts.push(object(&mut [("thought", thought), ("text", words), ("thoughtSignature", signature)]));
        } else if piece.get("call").is_some() {
            parts.push(call(calls.next()?));
        } else {
            parts.push(piece.get("part")?.clone());
        }
    }
    (words.is_empty() && calls.next().is_none()).then_some(parts)
}

/// Arguments have to be an object here.
fn call(call: &ToolCall) -> Value {
    let arguments = match &call.input {
        Value::Object(_) => call.input.clone(),
        Value::Null => Value::Object(Map::new()),
        other => only("input", other.clone()),
    };
    let function = object(&mut [
        ("id", id(&call.id)),
        ("name", Some(Value::from(call.name.as_str()))),
        ("args", Some(arguments)),
    ]);
    let signature = call.opaque.as_ref().filter(|signature| signature.is_string()).cloned();
    object(&mut [("functionCall", Some(function)), ("thoughtSignature", signature)])
}

/// The id of a call, where it has one.
pub(super) fn id(id: &str) -> Option<Value> {
    (!id.is_empty()).then(|| Value::from(id))
}
