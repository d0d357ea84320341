//! Ollama's own protocol: lines of JSON under `/api`.
//!
//! Its OpenAI-compatible door ignores the context length and the switch for thinking, so this one is used. A
//! server allows a page exactly the headers `Content-Type` and `Authorization`; any other makes the browser
//! refuse the request, so nothing else is ever sent.

mod decode;
mod embeddings;
mod glance;
mod models;
mod pull;
mod request;

pub use decode::ChatDecoder;
pub use embeddings::parse_embeddings;
pub use models::{
    OllamaDetails, OllamaModel, RunningModel, normalise_name, parse_ps, parse_show, parse_tags, parse_version,
};
pub use pull::PullDecoder;
pub use request::{chat, embed, origin, ps, pull, show, tags, version};

#[cfg(test)]
pub(super) fn glance(line: &str) -> bool {
    glance::glance(line).is_some()
}

use super::WireError;
use super::refusal::{Refusal, error_of};
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;

/// What an answer with this head and body says, if its status is no success.
///
/// | status | code |
/// |---|---|
/// | 400 | `ContextLength`, `Unsupported` ("… does not support tools") or `InvalidRequest` |
/// | 401 | `NoKey` where Ollama wants to be signed in to (a cloud model), else `InvalidKey` |
/// | 403 | `Permission`: without words the origin or host name is not allowed, else the cloud is off |
/// | 404 | `ModelMissing` where a model is named, else `Protocol`: this is no Ollama |
/// | 429 | `RateLimited` |
/// | 500 | `OutOfMemory` where it says so, else `Server` |
/// | 499, 502, 503 | `Server` |
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    let refusal = Refusal::read(body);
    if head.status == 403 {
        if refusal.words.is_empty() {
            let message = "Ollama does not allow this page's origin or the host name it was called by (403).";
            return WireError { status: Some(403), ..WireError::new(ErrorCode::Permission, message) };
        }
        return refusal.coded(ErrorCode::Permission, Some(403));
    }
    error_of(head, refusal)
}
