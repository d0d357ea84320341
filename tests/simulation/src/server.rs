//! Virtual servers: when each is there, what goes wrong with a request, and what it therefore says when.

use fastrand::Rng;
use hkm_mesh_core::engine::{Transport, TransportFailure};
use hkm_mesh_core::model::http::ResponseHead;
use hkm_mesh_core::model::{FinishReason, Locality};

use crate::answer::{Piece, cut};
use crate::fault::Fault;
use crate::refusal::Refusal;
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
    /// Each with the tokens that it holds.
    pub(crate) models: &'static [(&'static str, u64)],
    /// The model that makes vectors.
    pub(crate) embedder: &'static str,
}

impl Server {
    /// The names of its models that write, with its own.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = String> {
        let name = self.name;
        self.models.iter().map(move |(model, _)| format!("{name}/{model}"))
    }

    /// The tokens that a model holds.
    pub(crate) fn room(&self, model: &str) -> Option<u64> {
        self.models.iter().find(|(name, _)| *name == model).map(|(_, room)| *room)
    }
}

/// All there are; a world has some of them.
pub(crate) const SERVERS: [Server; 4] = [
    Server {
        name: "ollama",
        origin: "http://localhost:11434",
        protocol: Protocol::Ollama,
        locality: Locality::Device,
        models: &[("llama3.2:3b", 8_192), ("qwen2.5:7b", 32_768)],
        embedder: "nomic-embed-text:latest",
    },
    Server {
        name: "lan",
        origin: "http://192.168.0.7:8080",
        protocol: Protocol::OpenAi,
        locality: Locality::Network,
        models: &[("local-model", 16_384)],
        embedder: "bge-small",
    },
    Server {
        name: "gemini",
        origin: "https://generativelanguage.googleapis.com",
        protocol: Protocol::Gemini,
        locality: Locality::Cloud,
        models: &[("gemini-2.5-flash", 1_048_576)],
        embedder: "gemini-embedding-001",
    },
    Server {
        name: "openrouter",
        origin: "https://openrouter.ai",
        protocol: Protocol::OpenRouter,
        locality: Locality::Cloud,
        models: &[("mistralai/mistral-small", 128_000), ("qwen/qwen3-32b", 40_960)],
        embedder: "baai/bge-m3",
    },
];

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

/// What a server says to a request for an answer; `pieces` are what it would say if nothing went wrong.
pub(crate) fn chat(
    protocol: Protocol,
    mut pieces: Vec<Piece>,
    finish: FinishReason,
    fault: Option<Fault>,
    rng: &mut Rng,
) -> Vec<Said> {
    let travel = rng.u64(2_000..200_000);
    if let Some(said) = at_once(protocol, fault, travel, rng) {
        return said;
    }
    let stream = if protocol == Protocol::Ollama { "application/x-ndjson" } else { "text/event-stream" };
    let mut said = vec![(travel, head(200, stream))];
    let mut later = Vec::new();
    let ending = match fault {
        Some(Fault::Broken(_)) => Ending::Broken,
        Some(Fault::Unmarked(_)) => Ending::Unmarked,
        Some(Fault::Stalled(_) | Fault::SilentBeforeWords) => Ending::Silence,
        Some(Fault::Dripping(_)) => Ending::Drip,
        Some(Fault::ErrorInside(_)) => Ending::Said(protocol.error_inside()),
        Some(Fault::Garbled(_)) => Ending::Said(protocol.garbage().to_owned()),
        Some(Fault::Unfit) => Ending::Said(protocol.bad_finish()),
        _ => Ending::Said(protocol.finish(finish)),
    };
    match fault {
        Some(
            Fault::Broken(place)
            | Fault::Unmarked(place)
            | Fault::ErrorInside(place)
            | Fault::Stalled(place)
            | Fault::Garbled(place)
            | Fault::Dripping(place),
        ) => (pieces, later) = cut(pieces, place, !protocol.writes_calls_in_parts()),
        Some(Fault::SilentBeforeWords | Fault::Empty) => pieces.clear(),
        _ => {}
    }
    let mut body = Vec::new();
    for piece in pieces {
        body.extend(written(protocol, piece, rng).into_bytes());
    }
    if let Ending::Said(mark) = &ending {
        body.extend_from_slice(mark.as_bytes());
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
            for letter in later.into_iter().flat_map(|piece| letters(protocol, piece)) {
                said.push((20_000_000, Transport::Chunk(letter.into_bytes())));
            }
            said.push((1_000, Transport::Chunk(protocol.finish(finish).into_bytes())));
            said.push((0, Transport::End));
        }
        Ending::Said(_) | Ending::Unmarked => said.push((rng.u64(0..1_000), Transport::End)),
    }
    said
}

/// What a server says that does not begin an answer.
pub(crate) fn at_once(
    protocol: Protocol,
    fault: Option<Fault>,
    travel: u64,
    rng: &mut Rng,
) -> Option<Vec<Said>> {
    let whole =
        |head, body: Vec<u8>| vec![(travel, head), (1_000, Transport::Chunk(body)), (0, Transport::End)];
    match fault? {
        Fault::Unreached => Some(vec![(rng.u64(500..5_000), Transport::Failed(TransportFailure::Network))]),
        Fault::SilentBeforeHead => Some(Vec::new()),
        Fault::Refused(refusal) => {
            let (status, body) = refusal.said(protocol);
            let retry_after = match refusal {
                Refusal::Rate(Some(seconds)) => Some(seconds.to_string()),
                _ => None,
            };
            let content_type = Some("application/json".to_owned());
            let head = ResponseHead { status, content_type, retry_after, ..ResponseHead::default() };
            Some(whole(Transport::Head(head), body.into_bytes()))
        }
        Fault::Html => Some(whole(head(200, "text/html"), b"<!doctype html><title>Welcome</title>".to_vec())),
        _ => None,
    }
}

/// A piece as it is sent: in deltas of a few letters.
fn written(protocol: Protocol, piece: Piece, rng: &mut Rng) -> String {
    let mut deltas = |text: &str| {
        let mut rest: Vec<char> = text.chars().collect();
        let mut deltas: Vec<String> = Vec::new();
        while !rest.is_empty() {
            let after = rest.split_off(rng.usize(1..=rest.len().min(12)));
            deltas.push(rest.into_iter().collect());
            rest = after;
        }
        deltas
    };
    match piece {
        Piece::Thought(text) => deltas(&text).iter().map(|delta| protocol.thought(delta)).collect(),
        Piece::Words(text) => deltas(&text).iter().map(|delta| protocol.words(delta)).collect(),
        Piece::Call { place, name, input, is_start } if protocol.writes_calls_in_parts() => {
            let name = is_start.then(|| protocol.call(place, Some(name), ""));
            let parts = deltas(&input);
            name.into_iter().chain(parts.iter().map(|part| protocol.call(place, None, part))).collect()
        }
        Piece::Call { place, name, input, .. } => protocol.call(place, Some(name), &input),
    }
}

/// A piece letter by letter; a call all at once.
fn letters(protocol: Protocol, piece: Piece) -> Vec<String> {
    match piece {
        Piece::Thought(text) => text.chars().map(|letter| protocol.thought(&letter.to_string())).collect(),
        Piece::Words(text) => text.chars().map(|letter| protocol.words(&letter.to_string())).collect(),
        Piece::Call { place, name, input, is_start } => {
            vec![protocol.call(place, is_start.then_some(name), &input)]
        }
    }
}

enum Ending {
    /// With this at its end.
    Said(String),
    Unmarked,
    Silence,
    Broken,
    Drip,
}

/// What a server says to a request for vectors.
pub(crate) fn vectors(
    protocol: Protocol,
    mut vectors: Vec<[u32; 2]>,
    fault: Option<Fault>,
    rng: &mut Rng,
) -> Vec<Said> {
    let travel = rng.u64(2_000..200_000);
    if let Some(said) = at_once(protocol, fault, travel, rng) {
        return said;
    }
    if fault == Some(Fault::Unfit) {
        vectors.pop();
    }
    let mut said = vec![(travel, head(200, "application/json"))];
    let body = protocol.vectors(&vectors).into_bytes();
    let end = match fault {
        None | Some(Fault::Unfit) => Transport::End,
        Some(Fault::Broken(_)) => Transport::Failed(TransportFailure::Network),
        Some(_) => return said,
    };
    let kept = if matches!(end, Transport::End) { body.len() } else { body.len() / 2 };
    said.push((rng.u64(100..40_000), Transport::Chunk(body.get(..kept).unwrap_or_default().to_vec())));
    said.push((0, end));
    said
}

/// What a server says to anything else that is asked of it.
pub(crate) fn other(server: &Server, url: &str, is_there: bool, rng: &mut Rng) -> Vec<Said> {
    if !is_there {
        return vec![(rng.u64(500..5_000), Transport::Failed(TransportFailure::Network))];
    }
    let path = url.split('?').next().unwrap_or_default();
    let body = match path {
        _ if path.ends_with("/api/tags") || path.ends_with("/models") => server.protocol.list(server),
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
