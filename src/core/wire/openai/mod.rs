//! The chat completions of `/v1`, as llama.cpp, vLLM, LM Studio and many others speak them after the first.
//!
//! Written for what these servers really send: errors inside a 200, a whole JSON answer where a stream was
//! asked for, tool calls without index or id, counts that come after the end.

mod calls;
mod decode;
mod models;
mod request;

pub use decode::ChatDecoder;
pub use models::parse_models;
pub use request::{chat, models, root};

use super::WireError;
use super::refusal::{Refusal, error_of};
use crate::model::http::ResponseHead;

/// What an answer with this head and body says, if its status is no success.
///
/// Labels and words that servers are known to use come before the status, since a prompt that is too long
/// comes as 400, 413 or 500. A 401 is [`NoKey`](crate::model::ErrorCode::NoKey) only where the server says
/// that none came; a 404 is [`ModelMissing`](crate::model::ErrorCode::ModelMissing) only where it names a
/// model, else there is no such API at the address.
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    error_of(head, Refusal::read(body))
}
