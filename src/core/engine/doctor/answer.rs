//! What an answer says that the page may read.

use serde_json::Value;

use super::place::Place;
use crate::engine::io::TransportFailure;
use crate::engine::shared::Shared;
use crate::model::ErrorCode;
use crate::model::diagnosis::{Cause, Likelihood};
use crate::model::http::ResponseHead;
use crate::wire::Protocol;

/// The oldest Ollama that takes a schema for its answers, which the mesh sends where the caller gives one.
const OLDEST_OLLAMA: (u32, u32) = (0, 5);

pub(super) fn cause(code: &'static str, likelihood: Likelihood, words: &[&str]) -> Cause {
    Cause { code, likelihood, message: words.concat() }
}

fn certain(code: &'static str, words: &[&str]) -> Vec<Cause> {
    vec![cause(code, Likelihood::Certain, words)]
}

pub(super) fn key_missing(place: &Place) -> Cause {
    cause("key-missing", Likelihood::Certain, &[&place.title, " wants a key, and none was given."])
}

/// A key that never left.
pub(super) fn of_key(failure: &TransportFailure, place: &Place) -> Option<Cause> {
    match failure {
        TransportFailure::NoKey => Some(key_missing(place)),
        TransportFailure::BadKey => {
            let words = ["The key for ", &place.name, " holds characters that no key has."];
            Some(cause("key-refused", Likelihood::Certain, &words))
        }
        _ => None,
    }
}

pub(super) fn too_long(place: &Place) -> Vec<Cause> {
    another_program(place)
}

fn another_program(place: &Place) -> Vec<Cause> {
    if place.is_cloud {
        let words = ["Something between this page and ", &place.title, " answers in its place."];
        return certain("intermediary", &words);
    }
    certain(
        "another-program",
        &["Something answers at ", &place.endpoint, ", but it is not ", &place.name, "."],
    )
}

/// What is wrong with a server that answers; nothing if it is well.
pub(super) fn judge(place: &Place, head: &ResponseHead, body: &[u8], shared: &Shared) -> Vec<Cause> {
    if !(200..300).contains(&head.status) {
        return refused(place, head, body);
    }
    let Some(models) = models(place, body) else { return another_program(place) };
    if models == 0 {
        return certain("model-missing", &[&place.title, " runs, but it has no model yet."]);
    }
    if place.is_cloud && has_spent_all(body) {
        return certain("out-of-credit", &["The key for ", &place.title, " has spent its limit."]);
    }
    // It is well, but the last request went wrong with something that a list of models does not show.
    match shared.complaint(&place.name) {
        Some((ErrorCode::OutOfMemory, model)) => {
            let words = [model, " did not fit into the memory of ", &place.title, " when it was asked last."];
            vec![cause("out-of-memory", Likelihood::Likely, &words)]
        }
        Some((ErrorCode::ModelMissing, model)) => {
            let words = [&place.title, " runs, but said that it does not have ", model, "."];
            vec![cause("model-missing", Likelihood::Likely, &words)]
        }
        Some((ErrorCode::Quota, _)) => {
            let words = [&place.title, " takes the key, but refused the last request for want of credit."];
            vec![cause("out-of-credit", Likelihood::Likely, &words)]
        }
        _ => Vec::new(),
    }
}

fn refused(place: &Place, head: &ResponseHead, body: &[u8]) -> Vec<Cause> {
    let wire = place.protocol.classify(head, body);
    let is_json = serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object());
    let title = place.title.as_str();
    match (wire.code, head.status) {
        (_, 407 | 511) => {
            certain("intermediary", &["Something between this page and ", title, " wants a sign-in first."])
        }
        (ErrorCode::InvalidKey | ErrorCode::NoKey, _) if !place.has_key => vec![key_missing(place)],
        (ErrorCode::InvalidKey | ErrorCode::NoKey, _) => {
            certain("key-refused", &[title, " does not know the key."])
        }
        (ErrorCode::Permission, _) if place.has_key => {
            certain("key-refused", &[title, " does not let this key do that: ", &wire.message])
        }
        (ErrorCode::Quota, _) => certain("out-of-credit", &[title, " has no credit left for this key."]),
        (ErrorCode::RateLimited, _) => certain("rate-limited", &[title, " gets too many requests."]),
        (_, 404 | 405) if is_json && place.kind() == "openai" => vec![
            cause(
                "wrong-path",
                Likelihood::Likely,
                &[
                    "A server answers at ",
                    place.origin(),
                    ", but its API is not under ",
                    &place.endpoint,
                    ".",
                ],
            ),
            cause("another-program", Likelihood::Possible, &["Another program answers there."]),
        ],
        (_, 404 | 405) => another_program(place),
        (_, 502..=504) if !is_json => {
            let words = ["A proxy answers at ", &place.endpoint, ", but the server behind it does not."];
            certain("gateway", &words)
        }
        (_, 503) if !place.is_cloud => {
            certain("starting", &[title, " is there, but not ready: it may still be loading its model."])
        }
        _ => certain("server-error", &[title, " answers, but not well: ", &wire.message]),
    }
}

/// Only what is wrong with the key counts: that a request without words is refused is how it should be.
pub(super) fn of_proof(place: &Place, head: &ResponseHead, body: &[u8]) -> Option<Cause> {
    if !matches!(head.status, 401 | 403) {
        return None;
    }
    refused(place, head, body).into_iter().find(|cause| cause.code.starts_with("key-"))
}

/// Whether the answer is one that only such a server gives; a server that wants a key is one too.
pub(super) fn is_such_a_server(place: &Place, head: &ResponseHead, body: &[u8]) -> bool {
    match head.status {
        200..=299 => models(place, body).is_some(),
        401 => place.kind() == "openai",
        _ => false,
    }
}

/// How many models the answer lists; for who lists none, 1. `None` is another program's answer.
fn models(place: &Place, body: &[u8]) -> Option<usize> {
    match place.protocol {
        Protocol::ComfyUi => {
            let value: Value = serde_json::from_slice(body).ok()?;
            value.get("system").map(|_| 1)
        }
        protocol if !place.is_cloud => {
            // Some lists of other programs would pass: an object without any of the names that are looked for.
            let count = protocol.count_models(body).ok()?;
            (count > 0 || names_a_list(body)).then_some(count)
        }
        _ => {
            let value: Value = serde_json::from_slice(body).ok()?;
            (value.get("data").is_some() || value.get("models").is_some()).then_some(1)
        }
    }
}

fn names_a_list(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|value| value.get("models").is_some() || value.get("data").is_some())
}

/// OpenRouter's answer to who asks for a key: what is left of the limit that its owner gave it.
fn has_spent_all(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    value.pointer("/data/limit_remaining").and_then(Value::as_f64).is_some_and(|left| left <= 0.0)
}

/// Whether an Ollama is too old. An answer that names no version says nothing.
pub(super) fn of_version(place: &Place, body: &[u8]) -> Option<Cause> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let version = value.get("version")?.as_str()?;
    let mut parts = version.split(['.', '-', '+']).map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    // Built from its sources it calls itself 0.0.0.
    let is_unknown = (major, minor) == (0, 0);
    let words =
        [&place.title, " is too old: it says it is version ", version, "; 0.5 is the oldest that will do."];
    ((major, minor) < OLDEST_OLLAMA && !is_unknown).then(|| cause("too-old", Likelihood::Certain, &words))
}
