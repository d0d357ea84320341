//! True answers: what a virtual model would say to a request if nothing went wrong. Each is made before anything is asked.

use fastrand::Rng;
use hkm_mesh_core::model::FinishReason;
use serde_json::{Map, Value, json};

use crate::text;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words.
    Words,
    /// Words, with thoughts before and between them.
    Thoughts,
    /// Words or none, and then calls of tools.
    Tools,
    /// Data that has to fit a schema.
    Schema,
    /// Words that end in the middle, at the limit of the answer.
    Length,
    /// Vectors.
    Vectors,
}

impl Kind {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        match rng.u8(..20) {
            0..=3 => Self::Thoughts,
            4..=6 => Self::Tools,
            7 | 8 => Self::Schema,
            9 => Self::Length,
            10 => Self::Vectors,
            _ => Self::Words,
        }
    }

    /// What such a request says beside its prompt.
    pub(crate) fn wants(self) -> Map<String, Value> {
        let wants = match self {
            Self::Thoughts => json!({ "reasoning": "low" }),
            Self::Tools => json!({ "tools": TOOLS.map(|name| json!({
                "name": name, "inputSchema": { "type": "object" },
            })) }),
            Self::Schema => json!({ "schema": {
                "type": "object", "required": ["title", "words"],
                "properties": {
                    "title": { "type": "string" },
                    "words": { "type": "array", "items": { "type": "string" } },
                },
            } }),
            Self::Length => json!({ "maxOutputTokens": 4_000 }),
            Self::Words | Self::Vectors => json!({}),
        };
        wants.as_object().cloned().unwrap_or_default()
    }
}

const TOOLS: [&str; 2] = ["look_up", "write_down"];

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) input: Value,
}

/// A true answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: FinishReason,
}

impl Answer {
    /// What those say who say what is expected, and, where there is one, what a model says that begins alike and then goes
    /// its own way.
    pub(crate) fn any(kind: Kind, rng: &mut Rng) -> Vec<Self> {
        let words = |text| Self { text, calls: Vec::new(), finish: FinishReason::Stop };
        match kind {
            Kind::Words | Kind::Thoughts => {
                let text = text::answer(rng);
                let other = text::other(&text, rng);
                [Some(text), other].into_iter().flatten().map(words).collect()
            }
            Kind::Tools => {
                let text = if rng.bool() { text::answer(rng) } else { String::new() };
                let calls = (0..rng.usize(1..4)).map(|_| call(rng)).collect();
                vec![Self { text, calls, finish: FinishReason::ToolCalls }]
            }
            Kind::Schema => {
                let list: Vec<String> = (0..rng.usize(..6)).map(|_| text::answer(rng)).collect();
                vec![words(json!({ "title": text::answer(rng), "words": list }).to_string())]
            }
            Kind::Length => {
                let whole = text::answer(rng);
                let most = whole.chars().count();
                let text = whole.chars().take(rng.usize(1..=most)).collect();
                vec![Self { finish: FinishReason::Length, ..words(text) }]
            }
            Kind::Vectors => Vec::new(),
        }
    }
}

fn call(rng: &mut Rng) -> Call {
    let name = if rng.bool() { "look_up" } else { "write_down" };
    let input = match rng.u8(..4) {
        0 => json!({}),
        1 => json!({ "city": "Köln", "days": rng.u8(..30) }),
        _ => json!({ "text": text::answer(rng), "where": { "line": rng.u8(..9) } }),
    };
    Call { name, input }
}

/// A part of what one model says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Thought(String),
    Words(String),
    /// A call, or from its middle on; the input as JSON text.
    Call {
        place: usize,
        name: &'static str,
        input: String,
        is_start: bool,
    },
}

impl Piece {
    fn length(&self) -> usize {
        match self {
            Self::Thought(text) | Self::Words(text) | Self::Call { input: text, .. } => text.chars().count(),
        }
    }

    fn split(self, at: usize) -> (Self, Self) {
        let cut = |text: &str| {
            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            let (before, after) = text.split_at(at);
            (before.to_owned(), after.to_owned())
        };
        match self {
            Self::Thought(text) => {
                let (before, after) = cut(&text);
                (Self::Thought(before), Self::Thought(after))
            }
            Self::Words(text) => {
                let (before, after) = cut(&text);
                (Self::Words(before), Self::Words(after))
            }
            Self::Call { place, name, input, is_start } => {
                let (before, after) = cut(&input);
                let whole = |input, is_start| Self::Call { place, name, input, is_start };
                (whole(before, is_start), whole(after, false))
            }
        }
    }
}

/// What one model says: thoughts, words, perhaps further thoughts between them, calls.
pub(crate) fn script(thoughts: Option<&str>, words: &str, calls: &[Call], rng: &mut Rng) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = Piece::Words(words.to_owned());
    if let Some(thoughts) = thoughts {
        let mut thoughts = Piece::Thought(thoughts.to_owned());
        if rng.bool() {
            let (first, second) = thoughts.split(rng.usize(1..20));
            let (before, after) = words.clone().split(rng.usize(..=words.length()));
            pieces.extend([first, before]);
            (thoughts, words) = (second, after);
        }
        pieces.push(thoughts);
    }
    pieces.push(words);
    pieces.extend(calls.iter().enumerate().map(|(place, call)| Piece::Call {
        place,
        name: call.name,
        input: call.input.to_string(),
        is_start: true,
    }));
    pieces.retain(|piece| piece.length() > 0);
    pieces
}

/// What is said before and after so many thousandths of it, which is never all of it. Where calls come whole, half a call is
/// none.
pub(crate) fn cut(pieces: Vec<Piece>, place: u16, are_calls_whole: bool) -> (Vec<Piece>, Vec<Piece>) {
    let whole: usize = pieces.iter().map(Piece::length).sum();
    let mut left = whole * usize::from(place) / 1_000;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for piece in pieces {
        let length = piece.length();
        if left >= length {
            left -= length;
            before.push(piece);
        } else if left > 0 && !(are_calls_whole && matches!(piece, Piece::Call { .. })) {
            let (first, second) = piece.split(left);
            left = 0;
            before.push(first);
            after.push(second);
        } else {
            left = 0;
            after.push(piece);
        }
    }
    (before, after)
}
