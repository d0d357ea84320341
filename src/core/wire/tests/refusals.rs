//! Heads that are no success, and the bodies that come with them.

use super::fixture;
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::wire::{WireError, ollama, openai};

fn head(status: u16) -> ResponseHead {
    ResponseHead { status, ..ResponseHead::default() }
}

fn openai(status: u16, body: &str) -> WireError {
    openai::classify(&head(status), body.as_bytes())
}

fn ollama(status: u16, body: &str) -> WireError {
    ollama::classify(&head(status), body.as_bytes())
}

#[test]
fn recorded_refusals_of_ollama_are_what_they_say() {
    for (name, status, code, message) in [
        (
            "chat_400_bad_json",
            400,
            ErrorCode::InvalidRequest,
            "The server did not accept the request (400): unexpected EOF.",
        ),
        (
            "chat_404_model",
            404,
            ErrorCode::ModelMissing,
            "The server does not have this model (404): model 'nope' not found.",
        ),
        (
            "show_404",
            404,
            ErrorCode::ModelMissing,
            "The server does not have this model (404): model 'nope:latest' not found.",
        ),
        (
            "embed_404",
            404,
            ErrorCode::ModelMissing,
            "The server does not have this model (404): model \"nope\" not found, try pulling it first.",
        ),
        (
            "embed_many",
            501,
            ErrorCode::Unsupported,
            "The server or the model cannot do this (501): This server does not support embeddings. Start it with \
             `--embeddings`.",
        ),
        (
            "cors_get_https_site",
            403,
            ErrorCode::Permission,
            "Ollama does not allow this page's origin or the host name it was called by (403).",
        ),
    ] {
        let error = ollama::classify(&head(status), &fixture(&format!("ollama/{name}.body")));
        let expected = WireError { status: Some(status), ..WireError::new(code, message) };
        assert_eq!(error, expected, "{name}");
    }
}

#[test]
fn refusals_of_ollama_follow_its_table() {
    for (status, body, code) in [
        (400, r#"{"error":"model is required"}"#, ErrorCode::InvalidRequest),
        (400, r#"{"error":"\"llama3.2\" does not support thinking"}"#, ErrorCode::Unsupported),
        (400, r#"{"error":"image generation models are not currently supported"}"#, ErrorCode::Unsupported),
        (400, r#"{"error":"option \"num_ctx\" must be of type integer"}"#, ErrorCode::InvalidRequest),
        (
            400,
            r#"{"error":"{\"error\":{\"code\":400,\"message\":\"request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\"}}"}"#,
            ErrorCode::ContextLength,
        ),
        (400, r#"{"error":"the input length exceeds the context length"}"#, ErrorCode::ContextLength),
        (401, r#"{"error":"unauthorized","signin_url":"https://ollama.com/connect?x"}"#, ErrorCode::NoKey),
        (401, r#"{"error":"unauthorized"}"#, ErrorCode::InvalidKey),
        (403, r#"{"error":"ollama cloud is disabled: remote model is unavailable"}"#, ErrorCode::Permission),
        (404, "404 page not found", ErrorCode::Protocol),
        (404, "", ErrorCode::Protocol),
        (405, "", ErrorCode::Protocol),
        (429, r#"{"error":"too many requests"}"#, ErrorCode::RateLimited),
        (499, r#"{"error":"request canceled"}"#, ErrorCode::Server),
        (
            500,
            r#"{"error":"llama runner process has terminated: CUDA error: out of memory"}"#,
            ErrorCode::OutOfMemory,
        ),
        (
            500,
            r#"{"error":"model requires more system memory (9 GiB) than is available (3 GiB)"}"#,
            ErrorCode::OutOfMemory,
        ),
        (500, r#"{"error":"model runner has unexpectedly stopped"}"#, ErrorCode::Server),
        (502, "", ErrorCode::Server),
        (
            503,
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            ErrorCode::Server,
        ),
    ] {
        assert_eq!(
            (ollama(status, body).code, ollama(status, body).status),
            (code, Some(status)),
            "{status} {body}"
        );
    }
}

#[test]
fn refusals_of_chat_completions_are_told_by_label_then_words_then_status() {
    for (name, status, code) in [
        ("error_401", 401, ErrorCode::InvalidKey),
        ("error_404", 404, ErrorCode::Protocol),
        ("error_context", 400, ErrorCode::ContextLength),
    ] {
        let error = openai::classify(&head(status), &fixture(&format!("openai/{name}.json")));
        assert_eq!((error.code, error.status), (code, Some(status)), "{name}");
    }
    for (status, body, code) in [
        (
            400,
            r#"{"error":{"message":"Bad temperature","type":"invalid_request_error"}}"#,
            ErrorCode::InvalidRequest,
        ),
        (
            400,
            r#"{"error":{"message":"Too long.","code":"context_length_exceeded"}}"#,
            ErrorCode::ContextLength,
        ),
        (
            400,
            r#"{"error":{"message":"Too long.","metadata":{"error_type":"context_length_exceeded"}}}"#,
            ErrorCode::ContextLength,
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#,
            ErrorCode::InvalidKey,
        ),
        (401, r#"{"error":{"message":"Missing Authentication header","code":401}}"#, ErrorCode::NoKey),
        (401, r#"{"error":{"message":"You didn't provide an API key."}}"#, ErrorCode::NoKey),
        (401, "", ErrorCode::InvalidKey),
        (402, r#"{"error":{"message":"Insufficient credits"}}"#, ErrorCode::Quota),
        (403, r#"{"error":{"message":"Key limit exceeded (total limit)."}}"#, ErrorCode::Quota),
        (
            403,
            r#"{"error":{"message":"Flagged","metadata":{"reasons":["violence"],"flagged_input":"…"}}}"#,
            ErrorCode::BlockedContent,
        ),
        (403, r#"{"error":{"message":"Not in your region"}}"#, ErrorCode::Permission),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
            ErrorCode::ModelMissing,
        ),
        (
            404,
            r#"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}"#,
            ErrorCode::ModelMissing,
        ),
        (404, r#"{"error":{"message":"No endpoints found for x.","code":404}}"#, ErrorCode::ModelMissing),
        (404, r#"{"detail":"Not Found"}"#, ErrorCode::Protocol),
        (404, "<html><body>Not found</body></html>", ErrorCode::Protocol),
        (405, "", ErrorCode::Protocol),
        (408, "", ErrorCode::Timeout),
        (409, "", ErrorCode::Server),
        (413, "<html>413 Request Entity Too Large</html>", ErrorCode::ContextLength),
        (
            422,
            r#"{"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]}"#,
            ErrorCode::InvalidRequest,
        ),
        (429, r#"{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}"#, ErrorCode::RateLimited),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#,
            ErrorCode::Quota,
        ),
        (500, r#"{"error":{"message":"Failed to parse","code":500}}"#, ErrorCode::Server),
        (501, "", ErrorCode::Unsupported),
        (
            503,
            r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            ErrorCode::Server,
        ),
        (504, "", ErrorCode::Timeout),
        (524, "<html>A timeout occurred</html>", ErrorCode::Timeout),
        (529, "", ErrorCode::Server),
        (302, "", ErrorCode::Protocol),
    ] {
        let error = openai(status, body);
        assert_eq!((error.code, error.status), (code, Some(status)), "{status} {body}");
    }
}

#[test]
fn a_server_that_still_loads_its_model_is_told_from_one_that_fails() {
    let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    assert!(openai(503, loading).is_starting);
    assert!(!openai(500, loading).is_starting);
    assert!(!openai(503, r#"{"error":{"code":503,"message":"Too busy"}}"#).is_starting);
    assert!(!openai(503, "").is_starting);
}

#[test]
fn a_message_is_one_sentence_without_markup_or_keys() {
    assert_eq!(openai(502, "<html>\n<body>Bad gateway</body></html>").message, "The server failed (502).");
    assert_eq!(openai(500, "overloaded").message, "The server failed (500): overloaded.");
    assert_eq!(openai(500, "Really?").message, "The server failed (500): Really?");
    // What is said about a refused key quotes it.
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-abcdef.","code":"invalid_api_key"}}"#;
    assert_eq!(openai(401, body).message, "The server refused the key (401).");
    let body = r#"{"error":{"message":"Bad header\n'sk-abcdef'\tfor task-x"}}"#;
    assert_eq!(
        openai(400, body).message,
        "The server did not accept the request (400): Bad header *** for task-x."
    );
    let long = format!(r#"{{"error":"{}"}}"#, "ü".repeat(1_000));
    assert_eq!(openai(500, &long).message.chars().filter(|letter| *letter == 'ü').count(), 300);
    assert_eq!(
        ollama(500, r#"{"error":"runner: {\"error\":{\"message\":\"deep\"}}"}"#).message,
        "The server failed (500): deep."
    );
    assert_eq!(
        ollama(500, r#"{"error":"runner {odd} failed"}"#).message,
        "The server failed (500): runner {odd} failed."
    );
}

#[test]
fn a_delay_is_read_from_wherever_it_is() {
    let delayed = |retry_after: Option<&str>, body: &str| {
        let head = ResponseHead { retry_after: retry_after.map(str::to_owned), ..head(429) };
        openai::classify(&head, body.as_bytes()).retry_after_ms
    };
    assert_eq!(delayed(Some("7"), ""), Some(7_000.0));
    assert_eq!(delayed(Some(" 1.5 "), ""), Some(1_500.0));
    for (body, expected) in [
        (r#"{"error":{"message":"Please try again in 20s."}}"#, Some(20_000.0)),
        (r#"{"error":{"message":"Please try again in 7m12.5s. Visit us."}}"#, Some(432_500.0)),
        (r#"{"error":{"message":"Please try again in 250ms."}}"#, Some(250.0)),
        (r#"{"error":{"message":"At capacity. Retry after 40 seconds."}}"#, Some(40_000.0)),
        (r#"{"error":{"message":"x","availability":{"retry_after":40}}}"#, Some(40_000.0)),
        (r#"{"error":{"message":"x","details":[{"@type":"t"},{"retryDelay":"34.4s"}]}}"#, Some(34_400.0)),
        (r#"{"error":{"message":"Please try again in a while."}}"#, None),
        (r#"{"error":{"message":"x","availability":{"retry_after":-1}}}"#, None),
    ] {
        assert_eq!(delayed(None, body), expected, "{body}");
    }
    // The header comes first; a date or nonsense is passed over.
    assert_eq!(delayed(Some("3"), r#"{"error":{"message":"try again in 20s"}}"#), Some(3_000.0));
    for odd in ["Wed, 21 Oct 2026 07:28:00 GMT", "-3", "NaN", "inf", ""] {
        assert_eq!(delayed(Some(odd), ""), None, "{odd}");
    }
}
