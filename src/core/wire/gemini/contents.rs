//! The conversation, as the API wants it: system words apart, `user` and `model` for the rest, and no empty part.

use serde_json::Value;

use super::family::Family;
use super::{object, only, turn};
use crate::model::{Content, File, Message, Text, ToolCall};
use crate::wire::place_of;

/// A conversation as it is sent.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Parts of the system instruction.
    pub(super) system: Vec<Value>,
    turns: Vec<Turn>,
}

#[derive(Debug)]
struct Turn {
    role: &'static str,
    parts: Vec<Value>,
    /// Whether it holds what tools answered: their answers to one turn belong into one.
    is_answers: bool,
}

impl Conversation {
    /// Of these messages, for a model of this family.
    pub(super) fn of<'a>(messages: impl Iterator<Item = &'a Message>, family: Family) -> Self {
        let mut conversation = Self::default();
        let mut calls: Vec<&ToolCall> = Vec::new();
        for message in messages {
            match message {
                Message::System { content } => conversation.system.extend(words_and_files(content)),
                Message::User { content } => conversation.add("user", words_and_files(content), false),
                Message::Assistant { content, tool_calls, opaque } => {
                    calls.extend(tool_calls);
                    let parts = turn::parts(content, tool_calls, opaque.as_ref(), family, words_and_files);
                    conversation.add("model", parts, false);
                }
                Message::Tool { tool_call_id, content } => {
                    // The last call of that name: ids that the mesh made may come again in a later turn.
                    let call = calls.iter().rev().find(|call| call.id == *tool_call_id);
                    let name = call.map_or(tool_call_id, |call| &call.name);
                    conversation.add("user", answer(tool_call_id, name, content, family), true);
                }
            }
        }
        conversation
    }

    fn add(&mut self, role: &'static str, parts: Vec<Value>, is_answers: bool) {
        match self.turns.last_mut() {
            Some(last) if last.is_answers && is_answers => last.parts.extend(parts),
            _ if parts.is_empty() => {}
            _ => self.turns.push(Turn { role, parts, is_answers }),
        }
    }

    /// Puts the system's words before the first words of the user, for models that know no system instruction.
    pub(super) fn without_system(mut self) -> Self {
        let mut system = core::mem::take(&mut self.system);
        if system.is_empty() {
            return self;
        }
        match self.turns.first_mut() {
            Some(first) if first.role == "user" && !first.is_answers => {
                system.append(&mut first.parts);
                first.parts = system;
            }
            _ => self.turns.insert(0, Turn { role: "user", parts: system, is_answers: false }),
        }
        self
    }

    /// The turns, as JSON.
    pub(super) fn contents(self) -> Value {
        let turn = |turn: Turn| {
            object(&mut [("role", Some(Value::from(turn.role))), ("parts", Some(Value::Array(turn.parts)))])
        };
        Value::Array(self.turns.into_iter().map(turn).collect())
    }
}

/// The pieces of a message. Words that follow each other are one part.
fn words_and_files(content: &Text) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut words = String::new();
    match content {
        Text::Whole(whole) => words.push_str(whole),
        Text::Pieces(pieces) => {
            for piece in pieces {
                match piece {
                    Content::Text { text } => words.push_str(text),
                    Content::File(file) => {
                        flush(&mut words, &mut parts);
                        parts.push(inline(file));
                    }
                }
            }
        }
    }
    flush(&mut words, &mut parts);
    parts
}

fn flush(words: &mut String, parts: &mut Vec<Value>) {
    if !words.is_empty() {
        parts.push(only("text", core::mem::take(words)));
    }
}

/// A file. What the model cannot look at is refused by the service with its media type named.
fn inline(file: &File) -> Value {
    let media_type = file.media_type.split(';').next().unwrap_or_default().trim();
    let data = object(&mut [
        ("mimeType", Some(Value::from(media_type))),
        ("data", Some(Value::from(place_of(file)))),
    ]);
    only("inlineData", data)
}

/// What a tool answered. The answer has to be an object: words that are one as JSON are sent as it, all else as
/// `result`. Its files go inside where the model looks for them there, else beside it.
fn answer(id: &str, name: &str, content: &Text, family: Family) -> Vec<Value> {
    let words = content.words();
    let response = match serde_json::from_str(&words) {
        Ok(object @ Value::Object(_)) => object,
        _ => only("result", words),
    };
    let mut files: Vec<Value> = content.files().map(inline).collect();
    let inside =
        (family == Family::Level && !files.is_empty()).then(|| Value::Array(core::mem::take(&mut files)));
    let function = object(&mut [
        ("id", turn::id(id)),
        ("name", Some(Value::from(name))),
        ("response", Some(response)),
        ("parts", inside),
    ]);
    files.insert(0, only("functionResponse", function));
    files
}
