//! What OpenRouter says instead of an answer.

use super::{fixture, fixtures};
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::wire::WireError;
use crate::wire::openrouter::classify;

fn judged(status: u16, body: &str) -> WireError {
    classify(&ResponseHead { status, ..ResponseHead::default() }, body.as_bytes())
}

#[test]
fn handmade_refusals_are_what_they_say() {
    for (name, code, message) in [
        (
            "400_context",
            ErrorCode::ContextLength,
            "The conversation is too long for this model (400): This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens.",
        ),
        (
            "400_mandatory_reasoning",
            ErrorCode::Unsupported,
            "The server or the model cannot do this (400): Reasoning is mandatory for this endpoint and cannot be disabled.",
        ),
        (
            "400_unknown_model",
            ErrorCode::ModelMissing,
            "The server does not have this model (400): handmade/nope is not a valid model ID.",
        ),
        ("401", ErrorCode::InvalidKey, "The server refused the key (401)."),
        (
            "401_without_key",
            ErrorCode::NoKey,
            "The server wants to know who is asking (401): Missing Authentication header.",
        ),
        (
            "402",
            ErrorCode::Quota,
            "The account has no credit or quota left (402): Insufficient credits. Add more using https://openrouter.ai/settings/credits.",
        ),
        (
            "403_key_limit",
            ErrorCode::Quota,
            "This key's own spending limit is used up (403): Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys.",
        ),
        (
            "403_moderation",
            ErrorCode::BlockedContent,
            "The provider blocked the content (403): handmade/model requires moderation. Your input was flagged.",
        ),
        (
            "403_guardrail",
            ErrorCode::BlockedContent,
            "The provider blocked the content (403): Blocked by a guardrail.",
        ),
        (
            "403_region",
            ErrorCode::Unsupported,
            "This model is not offered in this region (403): handmade/model is not available in your region.",
        ),
        (
            "404_no_endpoints",
            ErrorCode::ModelMissing,
            "The server does not have this model (404): No endpoints found for handmade/model.",
        ),
        (
            "404_privacy",
            ErrorCode::Unsupported,
            "No host of this model keeps the privacy that was asked for (404): No endpoints found matching your data policy.",
        ),
        (
            "404_parameters",
            ErrorCode::Unsupported,
            "No host of this model can do all that was asked for (404): No endpoints found that can handle the requested parameters.",
        ),
        (
            "429_capacity",
            ErrorCode::RateLimited,
            "The server gets too many requests (429): All providers for handmade/model are at capacity.",
        ),
        ("502", ErrorCode::Server, "The server failed (502)."),
        (
            "503_passing",
            ErrorCode::Server,
            "The server failed (503): handmade/model is temporarily unavailable.",
        ),
    ] {
        let status = name.get(..3).unwrap().parse().unwrap();
        let ending = if name == "502" { "html" } else { "json" };
        let body = fixture(&format!("openrouter-handmade/refused_{name}.{ending}"));
        let error = judged(status, core::str::from_utf8(&body).unwrap());
        assert_eq!(
            (error.code, error.message.as_str(), error.status),
            (code, message, Some(status)),
            "{name}"
        );
    }
}

#[test]
fn every_handmade_refusal_is_judged_above() {
    assert_eq!(
        fixtures("openrouter-handmade", &[".json", ".html"])
            .iter()
            .filter(|(name, _)| name.starts_with("refused_"))
            .count(),
        16
    );
}

#[test]
fn what_was_flagged_is_not_repeated() {
    let body = fixture("openrouter-handmade/refused_403_moderation.json");
    let error = judged(403, core::str::from_utf8(&body).unwrap());
    assert!(!error.message.contains("the words of the prompt"));
}

#[test]
fn kinds_come_before_availability_and_that_before_the_status() {
    for (status, error, code) in [
        // Kinds that say exactly what happened.
        (
            400,
            r#"{"code":400,"message":"x","metadata":{"error_type":"token_limit_exceeded"}}"#,
            ErrorCode::ContextLength,
        ),
        (413, r#"{"message":"x","error_type":"payload_too_large"}"#, ErrorCode::ContextLength),
        (403, r#"{"message":"x","error_type":"authentication"}"#, ErrorCode::InvalidKey),
        (403, r#"{"message":"No auth credentials found","error_type":"authentication"}"#, ErrorCode::NoKey),
        (400, r#"{"message":"x","error_type":"payment_required"}"#, ErrorCode::Quota),
        (500, r#"{"message":"x","error_type":"provider_overloaded"}"#, ErrorCode::Server),
        (400, r#"{"message":"x","error_type":"content_policy_violation"}"#, ErrorCode::BlockedContent),
        (400, r#"{"message":"x","error_type":"refusal"}"#, ErrorCode::BlockedContent),
        (400, r#"{"message":"x","error_type":"image_too_large"}"#, ErrorCode::Unsupported),
        (400, r#"{"message":"x","error_type":"invalid_image"}"#, ErrorCode::InvalidRequest),
        (502, r#"{"message":"x","error_type":"timeout"}"#, ErrorCode::Timeout),
        (
            404,
            r#"{"message":"x","error_type":"rate_limit_exceeded","availability":{"code":"no_endpoints"}}"#,
            ErrorCode::RateLimited,
        ),
        // Kinds that leave it to the rest.
        (404, r#"{"message":"x","error_type":"not_found"}"#, ErrorCode::ModelMissing),
        (403, r#"{"message":"x","error_type":"permission_denied"}"#, ErrorCode::Permission),
        (422, r#"{"message":"x","error_type":"unprocessable"}"#, ErrorCode::InvalidRequest),
        (400, r#"{"message":"x","error_type":"unmapped"}"#, ErrorCode::InvalidRequest),
        (500, r#"{"message":"x","error_type":"server"}"#, ErrorCode::Server),
        (418, r#"{"message":"x","error_type":"a_kind_of_tomorrow"}"#, ErrorCode::InvalidRequest),
        // Availability: whether trying again helps, then what left no host, then the code.
        (
            429,
            r#"{"message":"x","availability":{"code":"of_tomorrow","retryable":true}}"#,
            ErrorCode::RateLimited,
        ),
        (
            404,
            r#"{"message":"x","availability":{"code":"no_endpoints","retryable":true}}"#,
            ErrorCode::Server,
        ),
        (
            503,
            r#"{"message":"x","availability":{"code":"of_tomorrow","retryable":false}}"#,
            ErrorCode::Unsupported,
        ),
        (
            404,
            r#"{"message":"x","availability":{"code":"no_endpoints","excluded_by":["context_length"]}}"#,
            ErrorCode::ContextLength,
        ),
        (
            404,
            r#"{"message":"x","availability":{"code":"no_endpoints","excluded_by":["max_price"]}}"#,
            ErrorCode::Unsupported,
        ),
        (
            404,
            r#"{"message":"x","availability":{"code":"free_variant_ended","retryable":false}}"#,
            ErrorCode::ModelMissing,
        ),
        (
            400,
            r#"{"message":"x","availability":{"code":"wrong_endpoint","retryable":false}}"#,
            ErrorCode::Unsupported,
        ),
        // Words, from before there were kinds.
        (
            404,
            r#"{"code":404,"message":"No endpoints found that support tool use."}"#,
            ErrorCode::Unsupported,
        ),
        (404, r#"{"code":404,"message":"No endpoints found for a/b."}"#, ErrorCode::ModelMissing),
        (
            404,
            r#"{"code":404,"message":"No allowed providers are available for the selected model."}"#,
            ErrorCode::Unsupported,
        ),
        (400, r#"{"code":400,"message":"a/b is not a valid model ID"}"#, ErrorCode::ModelMissing),
        // Nothing but the status.
        (402, "{}", ErrorCode::Quota),
        (408, "{}", ErrorCode::Timeout),
        (412, "{}", ErrorCode::InvalidRequest),
        (504, "{}", ErrorCode::Timeout),
        (524, "{}", ErrorCode::Timeout),
        (529, "{}", ErrorCode::Server),
        (404, "{}", ErrorCode::Protocol),
        (404, "null", ErrorCode::Protocol),
    ] {
        let error = judged(status, &format!(r#"{{"error":{error},"user_id":"user_handmade"}}"#));
        assert_eq!(error.code, code, "{status} {}", error.message);
    }
}

#[test]
fn a_delay_comes_from_the_header_or_the_body() {
    let body = fixture("openrouter-handmade/refused_429_capacity.json");
    let delay = |retry_after: Option<&str>| {
        let head = ResponseHead {
            status: 429,
            retry_after: retry_after.map(str::to_owned),
            ..ResponseHead::default()
        };
        classify(&head, &body).retry_after_ms
    };
    assert_eq!(delay(None), Some(40_000.0));
    assert_eq!(delay(Some("7")), Some(7_000.0));
}
