//! What OpenRouter says instead of an answer.
//!
//! It names what is wrong in three places: `error_type`, `availability` and the status (or `code`), of which not all
//! need to be there. The kinds of `error_type` that say exactly what happened come first, then `availability`, which
//! knows why no host is left, then everything that any server may say.

use serde_json::Value;

use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::wire::WireError;
use crate::wire::refusal::{Refusal, error_of, header_delay};

/// What an answer with this head and body says, if its status is no success.
///
/// | answer | code |
/// |---|---|
/// | 402, 403 "Key limit exceeded" | `Quota`: the account's credit, or this key's own limit |
/// | 403 with `reasons` or `patterns` | `BlockedContent` |
/// | 404 (or 400) without any host for the model | `ModelMissing` |
/// | 404 and others where the request's or the account's wishes leave no host | `Unsupported` |
/// | 408, 504, 524 | `Timeout` |
/// | 429, capacity | `RateLimited`, with the delay of the header or the body |
/// | 500, 502, 503, 529 | `Server` |
///
/// A model whose hosts do not meet the request's wishes (privacy, parameters, region) is `Unsupported` and not
/// `ModelMissing`, which would take it off the list, nor `Permission`, which would mark OpenRouter as a whole: the next
/// model is asked, and this one again by the next request.
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    match serde_json::from_slice::<Value>(body) {
        Ok(body) => {
            let mut error = refuse(&body, Some(head.status));
            error.retry_after_ms = header_delay(head).or(error.retry_after_ms);
            error
        }
        Err(_) => error_of(head, Refusal::read(body)),
    }
}

/// What an error says, under an HTTP status or inside a 200.
pub(in crate::wire) fn refuse(body: &Value, status: Option<u16>) -> WireError {
    let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    let refusal = Refusal::of(body);
    let status = status.or(refusal.status());
    let words = refusal.words.to_ascii_lowercase();
    if words.contains("key limit exceeded") {
        return refusal.led("This key's own spending limit is used up", ErrorCode::Quota, status);
    }
    let metadata = |name: &str| error.pointer("/metadata").and_then(|metadata| metadata.get(name));
    let is_list = |name: &str| metadata(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if is_list("reasons") || is_list("patterns") {
        return refusal.coded(ErrorCode::BlockedContent, status);
    }
    let kind = metadata("error_type").or_else(|| error.get("error_type")).and_then(Value::as_str);
    let code = kind.and_then(of_kind);
    if let Some(availability) = error.get("availability").filter(|_| code.is_none()) {
        let (code, lead) = of_availability(availability, status);
        return match lead {
            Some(lead) => refusal.led(lead, code, status),
            None => refusal.coded(code, status),
        };
    }
    let code = code.or_else(|| of_words(&words)).or_else(|| {
        // Whatever else is not found here is a model: the address answered as OpenRouter does.
        (kind == Some("not_found")).then_some(ErrorCode::ModelMissing)
    });
    match code {
        // Whether there was a key at all is told by the words.
        Some(code) if code != ErrorCode::InvalidKey => refusal.coded(code, status),
        Some(_) => refusal.into_error(Some(401)),
        None => refusal.into_error(status),
    }
}

/// The kinds that say exactly what happened. The others (`not_found`, `permission_denied`, `server` …) leave it to what
/// else is said.
fn of_kind(kind: &str) -> Option<ErrorCode> {
    Some(match kind {
        "context_length_exceeded"
        | "max_tokens_exceeded"
        | "token_limit_exceeded"
        | "string_too_long"
        | "payload_too_large" => ErrorCode::ContextLength,
        "authentication" => ErrorCode::InvalidKey,
        "payment_required" => ErrorCode::Quota,
        "rate_limit_exceeded" => ErrorCode::RateLimited,
        "provider_overloaded" | "provider_unavailable" => ErrorCode::Server,
        "content_policy_violation" | "refusal" => ErrorCode::BlockedContent,
        "timeout" => ErrorCode::Timeout,
        // Another model may take what this one does not.
        "image_too_large" | "image_too_small" | "unsupported_image_format" => ErrorCode::Unsupported,
        "invalid_prompt" | "invalid_image" | "image_not_found" | "image_download_failed" => {
            ErrorCode::InvalidRequest
        }
        _ => return None,
    })
}

/// Why no host is left, and what that is called. Whether trying again helps is said apart, since codes are added.
fn of_availability(availability: &Value, status: Option<u16>) -> (ErrorCode, Option<&'static str>) {
    let said = |name: &str| availability.get(name).and_then(Value::as_str).unwrap_or_default();
    let excluded = availability.get("excluded_by").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_excluded_by = |start: &str| {
        excluded.iter().any(|reason| reason.as_str().is_some_and(|reason| reason.starts_with(start)))
    };
    match availability.get("retryable").and_then(Value::as_bool) {
        Some(true) if status == Some(429) || said("code") == "capacity_exhausted" => {
            return (ErrorCode::RateLimited, None);
        }
        Some(true) => return (ErrorCode::Server, None),
        _ => {}
    }
    if is_excluded_by("context_length") {
        return (ErrorCode::ContextLength, None);
    }
    match said("code") {
        "privacy_restricted" => (ErrorCode::Unsupported, Some(NO_PRIVATE_HOST)),
        _ if is_excluded_by("data_") => (ErrorCode::Unsupported, Some(NO_PRIVATE_HOST)),
        "region_restricted" => (ErrorCode::Unsupported, Some("This model is not offered in this region")),
        "constraint_filtered" => (ErrorCode::Unsupported, Some(NO_ABLE_HOST)),
        _ if !excluded.is_empty() => (ErrorCode::Unsupported, Some(NO_ABLE_HOST)),
        "model_not_found"
        | "no_endpoints"
        | "model_deprecated"
        | "model_unavailable_upstream"
        | "free_variant_ended" => (ErrorCode::ModelMissing, None),
        "capacity_exhausted" => (ErrorCode::RateLimited, None),
        "temporarily_unavailable" => (ErrorCode::Server, None),
        // `wrong_endpoint`, and whatever is added: this model will not answer this request.
        _ => (ErrorCode::Unsupported, None),
    }
}

const NO_PRIVATE_HOST: &str = "No host of this model keeps the privacy that was asked for";
const NO_ABLE_HOST: &str = "No host of this model can do all that was asked for";

/// From before there were kinds.
fn of_words(words: &str) -> Option<ErrorCode> {
    if words.contains("not a valid model") || words.contains("no endpoints found for") {
        Some(ErrorCode::ModelMissing)
    } else if words.contains("no endpoints found")
        || words.contains("no allowed providers")
        || words.contains("reasoning is mandatory")
    {
        Some(ErrorCode::Unsupported)
    } else {
        None
    }
}
