//! Google's Gemini API (`generateContent` of `v1beta`), in its own words and not through its OpenAI-compatible door,
//! which does not let pages in.
//!
//! The service answers a page's preflight only for `Content-Type` and the key's header; any other header makes the
//! browser refuse the request. So the headers that a user sets for a provider are never sent here. An unknown field in
//! a body is refused too, so nothing is sent that was not asked for.
//!
//! Which features go together depends on the model (`family.rs`):
//!
//! | asked for | Gemini 3 and later | before |
//! |---|---|---|
//! | tools and a schema | both; where a tool is required, the tools alone | the tools, and the schema in words |
//! | search and a schema | both | search, and the schema in words |
//! | search and tools | both, calls checked by the service | both are sent and refused ([`Unsupported`]) |
//!
//! [`Unsupported`]: crate::model::ErrorCode::Unsupported

mod answer;
mod contents;
mod decode;
mod embed;
mod family;
mod models;
mod reason;
mod refusal;
mod request;
mod schema;
mod turn;
mod video;

pub use decode::ChatDecoder;
pub use embed::{BATCH, embed, parse_embeddings};
pub use family::seconds_near;
pub use models::parse_models;
pub use request::{chat, key, models, root};
pub use video::{VideoState, begin_video, download, operation, parse_begun, parse_operation};

use serde_json::{Map, Value};

use super::WireError;
use super::refusal::{Refusal, header_delay};
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;

/// What an answer with this head and body says, if its status is no success.
///
/// The body is JSON although its content type says that it is a stream of events. What its details say comes before
/// its status: a bad key is a 400, a missing one a 403.
///
/// | status | code |
/// |---|---|
/// | 400 | `InvalidKey`, `ContextLength`, `Permission` (not available where the user is), `Unsupported` or `InvalidRequest` |
/// | 401 | `InvalidKey`; `NoKey` where none came |
/// | 403 | `Permission`; `NoKey` where none came, `InvalidKey` where it is known to have leaked |
/// | 404 | `ModelMissing`; `Protocol` where the body is none of the API's |
/// | 429 | `RateLimited`; `Quota` where waiting for less than a day is of no use |
/// | 499, 500, 503 | `Server` |
/// | 504 | `Timeout` |
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    let mut error = match serde_json::from_slice(body) {
        Ok(value) => refusal::judge(&value, Some(head.status)),
        Err(_) => Refusal::read(body).into_error(Some(head.status)),
    };
    if error.code != ErrorCode::Quota {
        error.retry_after_ms = header_delay(head).or(error.retry_after_ms);
    }
    error
}

/// The name of a model as the API lists it: `models/…`, or `tunedModels/…` as it is.
fn resource(model: &str) -> String {
    let is_whole = ["models/", "tunedModels/"].iter().any(|start| model.starts_with(start));
    if is_whole { model.to_owned() } else { ["models/", model].concat() }
}

/// A count, which Google's APIs write as a number or, where 64 bits are needed, as a string.
fn count(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_u64(),
    }
}

/// Words that are some.
fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| !text.is_empty())
}

/// An object of those fields that have a value. One plain function: a literal writes the same out at every place, which
/// the module's size shows, and so does collecting into a map, which sorts.
fn object(fields: &mut [(&str, Option<Value>)]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        if let Some(value) = value.take() {
            object.insert((*name).to_owned(), value);
        }
    }
    Value::Object(object)
}

/// An object of one field.
fn only(name: &str, value: impl Into<Value>) -> Value {
    object(&mut [(name, Some(value.into()))])
}
