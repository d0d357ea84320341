//! The chat completions of `/v1`, as llama.cpp, vLLM, LM Studio and many others speak them after the first.
//!
//! Written for what these servers really send: errors inside a 200, a whole JSON answer where a stream was
//! asked for, tool calls without index or id, counts that come after the end. OpenRouter speaks them too, with
//! words of its own: [`Dialect`].

mod answer;
mod calls;
mod counts;
mod decode;
mod embeddings;
mod glance;
mod models;
mod request;
mod schema;

pub use decode::ChatDecoder;
pub use embeddings::{embed, parse_embeddings};
pub use models::parse_models;
pub use request::{chat, models, root};

pub(super) use models::{entries, list};
pub(super) use request::{fields, send};

#[cfg(test)]
pub(super) fn glance(frame: &str, is_introduced: bool) -> bool {
    glance::glance(frame, is_introduced).is_some()
}

use serde_json::Value;

use super::refusal::{Refusal, error_of};
use super::{WireError, openrouter};
use crate::model::http::ResponseHead;

/// Whose chat completions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// What all have in common.
    #[default]
    Plain,
    /// With costs, details of the thinking and errors of OpenRouter's.
    OpenRouter,
}

impl Dialect {
    /// What an error inside a 200 says.
    fn refuse(self, error: &Value) -> WireError {
        match self {
            Self::Plain => Refusal::of(error).into_error(None),
            Self::OpenRouter => openrouter::refuse(error, None),
        }
    }

    /// Whether a model that answered is the one that was asked. OpenRouter's variants (`:free`, `:nitro`) are ways to
    /// the same model.
    fn is_same(self, asked: &str, answered: &str) -> bool {
        let base = |name: &str| match self {
            Self::Plain => name.len(),
            Self::OpenRouter => name.rfind(':').unwrap_or(name.len()),
        };
        asked.get(..base(asked)) == answered.get(..base(answered))
    }
}

/// What an answer with this head and body says, if its status is no success.
///
/// Labels and words that servers are known to use come before the status, since a prompt that is too long
/// comes as 400, 413 or 500. A 401 is [`NoKey`](crate::model::ErrorCode::NoKey) only where the server says
/// that none came; a 404 is [`ModelMissing`](crate::model::ErrorCode::ModelMissing) only where it names a
/// model, else there is no such API at the address.
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    error_of(head, Refusal::read(body))
}
