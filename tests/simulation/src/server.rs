//! Virtual servers: when each is there, what goes wrong with a request, and what it therefore says when.

use fastrand::Rng;
use hkm_mesh_core::engine::{Transport, TransportFailure};
use hkm_mesh_core::model::Locality;
use hkm_mesh_core::model::http::ResponseHead;

use crate::wire::Protocol;

/// One thing that a server says: after so many microseconds since the one before.
pub(crate) type Said = (u64, Transport);

/// Who can be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) locality: Locality,
    pub(crate) models: &'static [&'static str],
}

/// All there are; a world has some of them.
pub(crate) const SERVERS: [Server; 4] = [
    Server {
        name: "ollama",
        origin: "http://localhost:11434",
        protocol: Protocol::Ollama,
        locality: Locality::Device,
        models: &["llama3.2:3b", "qwen2.5:7b"],
    },
    Server {
        name: "lan",
        origin: "http://192.168.0.7:8080",
        protocol: Protocol::OpenAi,
        locality: Locality::Network,
        models: &["local-model"],
    },
    Server {
        name: "gemini",
        origin: "https://generativelanguage.googleapis.com",
        protocol: Protocol::Gemini,
        locality: Locality::Cloud,
        models: &["gemini-2.5-flash"],
    },
    Server {
        name: "openrouter",
        origin: "https://openrouter.ai",
        protocol: Protocol::OpenRouter,
        locality: Locality::Cloud,
        models: &["mistralai/mistral-small", "qwen/qwen3-32b"],
    },
];

/// What goes wrong with a request at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection.
    Refused,
    /// A status instead of an answer; whether it says when to come back.
    Status(u16, bool),
    /// A page of HTML with status 200.
    Html,
    /// No head, for ever.
    SilentBeforeHead,
    /// A head and then nothing, for ever.
    SilentBeforeWords,
    /// A whole answer without a word.
    Empty,
    /// Breaks off after this many thousandths of the answer.
    Broken(u16),
    /// Ends there as if all were well, without the mark of the end.
    Unmarked(u16),
    /// Says there that it failed, inside a 200.
    ErrorInside(u16),
    /// Says nothing more from there on, and stays open.
    Stalled(u16),
    /// From there on a character every twenty seconds.
    Dripping(u16),
    /// Writes there what is no JSON.
    Garbled(u16),
}

impl Fault {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        let place = rng.u16(1..1_000);
        match rng.u8(0..16) {
            0 | 1 => Self::Refused,
            2 => Self::Status(500, false),
            3 => Self::Status(503, rng.bool()),
            4 => Self::Status(429, rng.bool()),
            5 => Self::Html,
            6 => Self::SilentBeforeHead,
            7 => Self::SilentBeforeWords,
            8 => Self::Empty,
            9 | 10 => Self::Broken(place),
            11 => Self::Unmarked(place),
            12 => Self::ErrorInside(place),
            13 => Self::Stalled(place),
            14 => Self::Dripping(place),
            _ => Self::Garbled(place),
        }
    }
}

/// How a model goes on from a beginning that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Exactly where it ends.
    Exact,
    /// It says its last words again: so many, of which the last may be half a word.
    Words(usize),
    /// It says its last line again, whole or not.
    Line,
    /// It begins with the whole answer anew.
    Anew,
}

/// A model that says something again says at least so many letters again.
const LEAST_LETTERS: usize = 5;

impl Manner {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        match rng.u8(0..10) {
            0..=4 => Self::Exact,
            5 | 6 => Self::Words(rng.usize(1..7)),
            7 => Self::Line,
            _ => Self::Anew,
        }
    }

    /// What such a model says to make `truth` whole, of which `beginning` was said.
    pub(crate) fn rest<'a>(self, truth: &'a str, beginning: &str) -> &'a str {
        let said = truth.get(..beginning.len()).unwrap_or_default();
        let place = match self {
            Self::Exact => said.len(),
            Self::Anew => 0,
            Self::Words(count) => {
                let starts = said.char_indices().rev().filter(|(place, letter)| {
                    let before = said.get(..*place).and_then(|before| before.chars().next_back());
                    !letter.is_whitespace() && before.is_none_or(char::is_whitespace)
                });
                starts.take(count).last().map_or(0, |(place, _)| place)
            }
            Self::Line => said.trim_end_matches('\n').rfind('\n').map_or(0, |place| place + 1),
        };
        // A brace or half a word is not sent again: nobody could tell it from the text's own.
        let again = said.get(place..).unwrap_or_default();
        let is_slight = again.chars().filter(|letter| letter.is_alphabetic()).count() < LEAST_LETTERS;
        truth.get(if is_slight { said.len() } else { place }..).unwrap_or(truth)
    }
}

fn head(status: u16, content_type: &str) -> Transport {
    Transport::Head(ResponseHead {
        status,
        content_type: Some(content_type.to_owned()),
        ..ResponseHead::default()
    })
}

/// What the shell says of a request before it leaves, where others have all the connections.
pub(crate) fn in_line(rng: &mut Rng) -> Vec<Said> {
    let position = rng.u32(1..4);
    let places = (1..=position).rev().map(|position| Transport::Queued { position });
    places.chain([Transport::Departed]).map(|said| (rng.u64(1_000..20_000_000), said)).collect()
}

/// What a server says to a request for an answer; `words` is what it would say if nothing went wrong.
pub(crate) fn chat(protocol: Protocol, words: &str, fault: Option<Fault>, rng: &mut Rng) -> Vec<Said> {
    let mut said = Vec::new();
    let travel = rng.u64(2_000..200_000);
    match fault {
        Some(Fault::Refused) => {
            return vec![(rng.u64(500..5_000), Transport::Failed(TransportFailure::Network))];
        }
        Some(Fault::SilentBeforeHead) => return said,
        Some(Fault::Status(status, tells)) => {
            said.push((
                travel,
                Transport::Head(ResponseHead {
                    status,
                    content_type: Some("application/json".to_owned()),
                    retry_after: tells.then(|| "3".to_owned()),
                    ..ResponseHead::default()
                }),
            ));
            said.push((1_000, Transport::Chunk(protocol.error_body(status).into_bytes())));
            said.push((0, Transport::End));
            return said;
        }
        Some(Fault::Html) => {
            said.push((travel, head(200, "text/html")));
            said.push((1_000, Transport::Chunk(b"<!doctype html><title>Welcome</title>".to_vec())));
            said.push((0, Transport::End));
            return said;
        }
        _ => {}
    }
    let stream = if protocol == Protocol::Ollama { "application/x-ndjson" } else { "text/event-stream" };
    said.push((travel, head(200, stream)));
    let whole: Vec<char> = words.chars().collect();
    let cut = |place: u16| (whole.len() * usize::from(place) / 1_000).min(whole.len());
    let (kept, ending) = match fault {
        Some(Fault::SilentBeforeWords) => return said,
        Some(Fault::Empty) => (0, Ending::Marked),
        Some(Fault::Broken(place)) => (cut(place), Ending::Broken),
        Some(Fault::Unmarked(place)) => (cut(place), Ending::Unmarked),
        Some(Fault::ErrorInside(place)) => (cut(place), Ending::Error),
        Some(Fault::Stalled(place)) => (cut(place), Ending::Silence),
        Some(Fault::Garbled(place)) => (cut(place), Ending::Garbled),
        Some(Fault::Dripping(place)) => (cut(place), Ending::Drip),
        _ => (whole.len(), Ending::Marked),
    };
    let (first, later) = whole.split_at(kept);
    let mut body = Vec::new();
    let mut rest = first;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rng.usize(1..=rest.len().min(12)));
        body.extend(protocol.delta(&piece.iter().collect::<String>()).into_bytes());
        rest = after;
    }
    match ending {
        Ending::Marked => body.extend(protocol.finish().into_bytes()),
        Ending::Error => body.extend(protocol.error_inside().into_bytes()),
        Ending::Garbled => body.extend(b"{\"mess\ndata: {\"mess\n\n"),
        _ => {}
    }
    // As the network cuts it: anywhere.
    let mut rest = body.as_slice();
    while !rest.is_empty() {
        let most = if rng.u8(..4) == 0 { 2_000 } else { 120 };
        let (chunk, after) = rest.split_at(rng.usize(1..=rest.len().min(most)));
        said.push((rng.u64(100..40_000), Transport::Chunk(chunk.to_vec())));
        rest = after;
    }
    match ending {
        Ending::Silence => {}
        Ending::Broken => said.push((rng.u64(0..50_000), Transport::Failed(TransportFailure::Network))),
        Ending::Drip => {
            for letter in later {
                let delta = protocol.delta(&letter.to_string());
                said.push((20_000_000, Transport::Chunk(delta.into_bytes())));
            }
            said.push((1_000, Transport::Chunk(protocol.finish().into_bytes())));
            said.push((0, Transport::End));
        }
        _ => said.push((rng.u64(0..1_000), Transport::End)),
    }
    said
}

enum Ending {
    Marked,
    Unmarked,
    Error,
    Garbled,
    Silence,
    Broken,
    Drip,
}

/// What a server says to anything else that is asked of it.
pub(crate) fn other(server: &Server, url: &str, is_there: bool, rng: &mut Rng) -> Vec<Said> {
    if !is_there {
        return vec![(rng.u64(500..5_000), Transport::Failed(TransportFailure::Network))];
    }
    let path = url.split('?').next().unwrap_or_default();
    let body = match path {
        _ if path.ends_with("/api/tags") || path.ends_with("/models") => server.protocol.list(server.models),
        _ if path.ends_with("/api/ps") => "{\"models\":[]}".to_owned(),
        _ if path.ends_with("/api/version") => "{\"version\":\"0.13.0\"}".to_owned(),
        _ => {
            return vec![(rng.u64(1_000..50_000), head(404, "application/json")), (0, Transport::End)];
        }
    };
    vec![
        (rng.u64(1_000..50_000), head(200, "application/json")),
        (1_000, Transport::Chunk(body.into_bytes())),
        (0, Transport::End),
    ]
}
