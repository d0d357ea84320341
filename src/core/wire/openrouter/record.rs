//! What OpenRouter keeps of an answer: what it counted and billed, also where nobody heard the end.

use serde_json::Value;

use super::{amount, both};
use crate::base::money::Money;
use crate::model::Usage;
use crate::model::http::HttpRequest;
use crate::wire::protocol::Server;
use crate::wire::{WireError, get, tolerant};

/// The longest id of an answer that is believed, bytes.
const LONGEST: usize = 128;

/// Whether this can be asked for: it goes into an address as it is.
pub(in crate::wire) fn is_record(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.len() <= LONGEST && id.bytes().all(is_plain)
}

/// A request for the record of an answer. It comes some seconds after the answer; until then there is none (404).
pub fn record(server: &Server<'_>, id: &str) -> HttpRequest {
    let mut sent = get(format!("{}/generation?id={id}", server.root), server.credential);
    sent.headers.extend_from_slice(server.headers);
    sent
}

/// What was billed, and the tokens where they were counted as the model counts them.
pub fn parse_record(body: &[u8]) -> Result<(Money, Option<Usage>), WireError> {
    let text = core::str::from_utf8(body).map_err(|_| WireError::not_utf8())?;
    let told: Value = serde_json::from_str(text).map_err(|error| WireError::not_json(&error))?;
    let data = told.get("data").ok_or_else(WireError::misfit)?;
    let fee = amount(data, text, "/total_cost", &["data", "total_cost"]);
    let path = ["data", "upstream_inference_cost"];
    let billed = both(data, fee, || amount(data, text, "/upstream_inference_cost", &path));
    let of = |name: &str| tolerant::count(data.get(name));
    let counted = of("native_tokens_prompt").map(|input_tokens| Usage {
        input_tokens,
        output_tokens: of("native_tokens_completion").unwrap_or_default(),
        cached_input_tokens: of("native_tokens_cached"),
        reasoning_tokens: of("native_tokens_reasoning"),
        estimated: false,
    });
    Ok((billed.ok_or_else(WireError::misfit)?, counted))
}
