//! Heads of Gemini that are no success, and the bodies that come with them.

use serde_json::json;

use super::fixture;
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::wire::{Protocol, WireError, gemini};

/// The service calls its errors a stream of events.
fn head(status: u16) -> ResponseHead {
    ResponseHead { status, content_type: Some("text/event-stream".to_owned()), ..ResponseHead::default() }
}

fn recorded(name: &str, status: u16) -> WireError {
    let body = fixture(&format!("gemini-handmade/{name}"));
    assert_eq!(Protocol::Gemini.classify(&head(status), &body), gemini::classify(&head(status), &body));
    gemini::classify(&head(status), &body)
}

fn said(status: u16, message: &str, label: &str) -> ErrorCode {
    let body = json!({ "error": { "code": status, "message": message, "status": label } });
    gemini::classify(&head(status), body.to_string().as_bytes()).code
}

#[test]
fn refusals_follow_the_table() {
    for (name, status, code, message) in [
        ("error_400_key.json", 400, ErrorCode::InvalidKey, "The server refused the key (400)."),
        (
            "error_400_context.json",
            400,
            ErrorCode::ContextLength,
            "The conversation is too long for this model (400): The input token count (1200293) exceeds the maximum \
             number of tokens allowed (1048576).",
        ),
        (
            "error_400_location.json",
            400,
            ErrorCode::Permission,
            "The server does not allow this request (400): User location is not supported for the API use.",
        ),
        (
            "error_400_unknown_field.json",
            400,
            ErrorCode::InvalidRequest,
            "The server did not accept the request (400): Invalid JSON payload received. Unknown name \"stream\": \
             Cannot find field.",
        ),
        (
            "error_400_signature.json",
            400,
            ErrorCode::InvalidRequest,
            "The server did not accept the request (400): Function call is missing a thought_signature in functionCall \
             parts.",
        ),
        (
            "error_400_together.json",
            400,
            ErrorCode::Unsupported,
            "The server or the model cannot do this (400): Function calling with a response mime type: \
             'application/json' is unsupported.",
        ),
        ("error_401.json", 401, ErrorCode::InvalidKey, "The server refused the key (401)."),
        (
            "error_403_no_key.json",
            403,
            ErrorCode::NoKey,
            "The server wants to know who is asking (403): Method doesn't allow unregistered callers (callers without \
             established identity). Please use API Key or other form of API consumer identity to call this API.",
        ),
        (
            "error_403_referrer.json",
            403,
            ErrorCode::Permission,
            "The server does not allow this request (403): Requests from referer <empty> are blocked. The key answers \
             only to some websites: let it answer to this page's, or use a key without that restriction.",
        ),
        (
            "error_403_disabled.json",
            403,
            ErrorCode::Permission,
            "The server does not allow this request (403): Generative Language API has not been used in project 0 \
             before or it is disabled.",
        ),
        (
            "error_403_suspended.json",
            403,
            ErrorCode::Permission,
            "The server does not allow this request (403): Permission denied: Consumer *** has been suspended.",
        ),
        (
            "error_403_leaked.json",
            403,
            ErrorCode::InvalidKey,
            "The server refused the key (403). It was reported as leaked.",
        ),
        (
            "error_404.json",
            404,
            ErrorCode::ModelMissing,
            "The server does not have this model (404): models/gemini-none is not found for API version v1beta, or is \
             not supported for generateContent.",
        ),
    ] {
        let error = recorded(name, status);
        assert_eq!(
            (error.code, error.message.as_str(), error.status),
            (code, message, Some(status)),
            "{name}"
        );
        assert_eq!(error.retry_after_ms, None, "{name}");
    }
}

#[test]
fn what_may_pass_is_told_in_the_services_words() {
    for (name, status, code, message) in [
        (
            "error_429_bare.json",
            429,
            ErrorCode::RateLimited,
            "The server gets too many requests (429): Resource has been exhausted (e.g. check quota).",
        ),
        (
            "error_503.json",
            503,
            ErrorCode::Server,
            "The server failed (503): The model is overloaded. Please try again later.",
        ),
        (
            "error_413.html",
            413,
            ErrorCode::ContextLength,
            "The conversation is too long for this model (413).",
        ),
    ] {
        let error = recorded(name, status);
        assert_eq!(
            (error.code, error.message.as_str(), error.status),
            (code, message, Some(status)),
            "{name}"
        );
        assert_eq!(error.retry_after_ms, None, "{name}");
    }
}

#[test]
fn a_limit_of_the_minute_passes_and_one_of_the_day_does_not() {
    for (name, code, retry_after_ms) in [
        ("error_429_minute.json", ErrorCode::RateLimited, Some(26_099.0)),
        // Only in the sentence, behind what is passed on of it.
        ("error_429_said.json", ErrorCode::RateLimited, Some(26_100.0)),
        // The delay that comes with it is that of another limit.
        ("error_429_day.json", ErrorCode::Quota, None),
        ("error_429_zero.json", ErrorCode::Quota, None),
    ] {
        let error = recorded(name, 429);
        assert_eq!((error.code, error.retry_after_ms), (code, retry_after_ms), "{name}");
        assert_eq!(error.code.is_retryable(), code == ErrorCode::RateLimited);
    }
    let limited = |details: serde_json::Value| {
        let body = json!({ "error": { "code": 429, "message": "Quota exceeded.", "details": details } });
        gemini::classify(&head(429), body.to_string().as_bytes())
    };
    for (details, code) in [
        (json!([{ "violations": [{ "quotaId": "PerMinute", "quotaValue": "0" }] }]), ErrorCode::Quota),
        (json!([{ "violations": [{ "quotaId": "A" }, { "quotaId": "TokensPerDayB" }] }]), ErrorCode::Quota),
        (json!([{ "metadata": { "quota_limit": "PerMinute", "quota_limit_value": "0" } }]), ErrorCode::Quota),
        (
            json!([{ "metadata": { "quota_limit": "PerMinute", "quota_limit_value": "60" } }]),
            ErrorCode::RateLimited,
        ),
        (json!([{ "violations": [{}, 7, null] }, 7, null, {}]), ErrorCode::RateLimited),
        (json!("none"), ErrorCode::RateLimited),
    ] {
        assert_eq!(limited(details.clone()).code, code, "{details}");
    }
    for (delay, expected) in [
        (json!("3.002899243s"), Some(3_003.0)),
        (json!("0.5s"), Some(500.0)),
        (json!("0s"), Some(0.0)),
        (json!("soon"), None),
        (json!(7), None),
    ] {
        let error = limited(json!([{ "@type": "t" }, { "retryDelay": delay }]));
        assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, expected), "{delay}");
    }
    for (message, code) in [
        ("Quota exceeded for metric: x, limit: 0, model: y", ErrorCode::Quota),
        ("Quota exceeded for metric: x, limit: 0", ErrorCode::Quota),
        ("Quota exceeded for metric: x, limit: 0.", ErrorCode::Quota),
        ("Quota exceeded for metric: x, limit: 05, model: y", ErrorCode::RateLimited),
        ("Quota exceeded for metric: x, limit: 0.5, model: y", ErrorCode::RateLimited),
        ("Your project has exceeded its monthly spending cap.", ErrorCode::Quota),
        ("Your prepayment credits are depleted.", ErrorCode::Quota),
        (
            "You exceeded your current quota, please check your plan and billing details.",
            ErrorCode::RateLimited,
        ),
    ] {
        assert_eq!(said(429, message, "RESOURCE_EXHAUSTED"), code, "{message}");
    }
    let head = ResponseHead { retry_after: Some("7".to_owned()), ..head(429) };
    let waits =
        |name: &str| gemini::classify(&head, &fixture(&format!("gemini-handmade/{name}"))).retry_after_ms;
    assert_eq!((waits("error_429_minute.json"), waits("error_429_day.json")), (Some(7_000.0), None));
}

#[test]
fn words_say_what_the_status_does_not() {
    for (status, message, label, code) in [
        (400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", ErrorCode::InvalidKey),
        (
            400,
            "Request payload size exceeds the limit: 20971520 bytes.",
            "INVALID_ARGUMENT",
            ErrorCode::ContextLength,
        ),
        (
            400,
            "The free tier is not available in your country.",
            "FAILED_PRECONDITION",
            ErrorCode::Permission,
        ),
        (400, "Some precondition failed.", "FAILED_PRECONDITION", ErrorCode::InvalidRequest),
        (400, "Tool use with function calling is unsupported.", "INVALID_ARGUMENT", ErrorCode::Unsupported),
        (
            400,
            "Thinking level MINIMAL is not supported for this model.",
            "INVALID_ARGUMENT",
            ErrorCode::Unsupported,
        ),
        (
            400,
            "Developer instruction is not enabled for models/x",
            "INVALID_ARGUMENT",
            ErrorCode::Unsupported,
        ),
        (400, "Unsupported MIME type: application/zip", "INVALID_ARGUMENT", ErrorCode::Unsupported),
        (404, "Requested entity was not found.", "NOT_FOUND", ErrorCode::ModelMissing),
        (499, "The operation was cancelled.", "CANCELLED", ErrorCode::Server),
        (500, "An internal error has occurred.", "INTERNAL", ErrorCode::Server),
        (504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED", ErrorCode::Timeout),
    ] {
        assert_eq!(said(status, message, label), code, "{status} {message}");
    }
}

#[test]
fn other_bodies_are_judged_by_their_status() {
    for (status, body, code) in [
        (404, "<html>Not found</html>", ErrorCode::Protocol),
        (404, "{}", ErrorCode::Protocol),
        (500, "", ErrorCode::Server),
        (502, "upstream connect error", ErrorCode::Server),
        (403, "[]", ErrorCode::Permission),
        (400, r#"{"error":null}"#, ErrorCode::InvalidRequest),
        (400, r#"{"error":"API key not valid"}"#, ErrorCode::InvalidKey),
        (
            429,
            r#"[{"error":{"code":429,"message":"Slow down.","details":[{"retryDelay":"2s"}]}}]"#,
            ErrorCode::RateLimited,
        ),
        (503, r#"{"error":{"code":"7","message":7,"status":[],"details":{}}}"#, ErrorCode::Server),
    ] {
        let error = gemini::classify(&head(status), body.as_bytes());
        assert_eq!((error.code, error.status), (code, Some(status)), "{status} {body}");
    }
}

#[test]
fn no_key_of_either_kind_is_repeated() {
    for key in ["AIzaSyHandmadeKeyThatIsNone_-1", "AQ.Ab8handmadeKeyThatIsNone_-1"] {
        for quote in ["key {}", "'api_key:{}'", "(key={})", "\"{}\"", "https://host/v1?key={}&x=1"] {
            let message = format!("Consumer {} is suspended.", quote.replace("{}", key));
            let body = json!({ "error": { "code": 403, "message": message, "status": "PERMISSION_DENIED" } });
            let error = gemini::classify(&head(403), body.to_string().as_bytes());
            assert!(
                !error.message.contains("handmade") && !error.message.contains("Handmade"),
                "{}",
                error.message
            );
            assert!(error.message.contains("suspended"), "{}", error.message);
        }
    }
}
