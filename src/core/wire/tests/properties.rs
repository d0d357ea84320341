//! What holds for any bytes, cut in any way.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::{Transcript, fixtures, read_gemini, read_ollama_in, read_openai, read_openrouter};
use crate::model::http::ResponseHead;
use crate::model::report::PullProgress;
use crate::model::{Message, Text, ToolCall};
use crate::wire::ollama::{self, PullDecoder};
use crate::wire::{ChatRequest, Protocol, WireError, WireEvent, gemini, openai, openrouter};

/// The pieces that come of cutting `body` at these places.
pub(super) fn cut<'body>(body: &'body [u8], places: &[prop::sample::Index]) -> Vec<&'body [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(body.len() + 1)).collect();
    places.extend([0, body.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect()
}

pub(super) fn places() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    vec(any::<prop::sample::Index>(), 0..12)
}

fn ollama(pieces: &[&[u8]]) -> Transcript {
    read_ollama_in(Some(4_096), 3_500, pieces.iter().copied())
}

fn openai(pieces: &[&[u8]]) -> Transcript {
    read_openai(pieces.iter().copied())
}

fn openrouter(pieces: &[&[u8]]) -> Transcript {
    read_openrouter(pieces.iter().copied())
}

fn gemini(pieces: &[&[u8]]) -> Transcript {
    read_gemini(pieces.iter().copied())
}

fn pull(pieces: &[&[u8]]) -> (Vec<PullProgress>, Result<(), WireError>) {
    let mut decoder = PullDecoder::new();
    let mut reports = Vec::new();
    for piece in pieces {
        let _ = decoder.push(piece, &mut reports);
    }
    let ending = decoder.finish(&mut reports);
    (reports, ending)
}

/// A line of JSON as a server may send it, a little wrong at times.
fn json() -> impl Strategy<Value = String> {
    let words = "[a-z \"\\\\/\u{e9}\u{65e5}\u{1f600}\n]{0,8}"
        .prop_map(|words| serde_json::to_string(&words).unwrap());
    let value = prop_oneof![
        words,
        Just("null".to_owned()),
        Just("7".to_owned()),
        Just("-1.5".to_owned()),
        Just("true".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("[{}]".to_owned()),
        Just(r#"{"name":"f","arguments":"{}"}"#.to_owned()),
        Just(r#"{"name":"f","arguments":{"a":1}}"#.to_owned()),
        Just("\"stop\"".to_owned()),
        Just("\"error\"".to_owned()),
        Just("\"STOP\"".to_owned()),
        Just("\"SAFETY\"".to_owned()),
    ];
    let name = prop::sample::select(vec![
        "choices",
        "index",
        "delta",
        "message",
        "content",
        "reasoning",
        "reasoning_content",
        "thinking",
        "tool_calls",
        "id",
        "function",
        "name",
        "arguments",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost",
        "cost_details",
        "upstream_inference_cost",
        "is_byok",
        "reasoning_details",
        "type",
        "text",
        "signature",
        "annotations",
        "url_citation",
        "url",
        "model",
        "metadata",
        "error_type",
        "availability",
        "data",
        "embedding",
        "pricing",
        "architecture",
        "error",
        "code",
        "done",
        "done_reason",
        "prompt_eval_count",
        "eval_count",
        "status",
        "digest",
        "total",
        "completed",
        "candidates",
        "parts",
        "text",
        "thought",
        "thoughtSignature",
        "functionCall",
        "args",
        "finishReason",
        "promptFeedback",
        "blockReason",
        "usageMetadata",
        "promptTokenCount",
        "groundingMetadata",
        "groundingChunks",
        "details",
        "values",
        "other",
    ]);
    value.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            3 => vec((name.clone(), inner.clone()), 0..5).prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
            1 => vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

/// A stretch of a body: sound frames of all protocols, odd ones, and noise.
fn stretch() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop_oneof![
        json(),
        json().prop_map(|delta| format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#)),
        json().prop_map(|call| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{call}]}}}}]}}"#)),
        json().prop_map(|usage| format!(r#"{{"choices":[],"usage":{usage}}}"#)),
        json().prop_map(|message| format!(r#"{{"message":{message},"done":false}}"#)),
        "[a-z]{1,6}".prop_map(|word| format!(r#"{{"message":{{"content":"{word}"}},"done":false}}"#)),
        "[a-z]{1,6}".prop_map(|word| format!(r#"{{"choices":[{{"delta":{{"content":"{word}"}}}}]}}"#)),
        json().prop_map(|part| format!(r#"{{"candidates":[{{"content":{{"parts":[{part}]}}}}]}}"#)),
        json().prop_map(|call| format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{call}}}]}}}}],"responseId":"r"}}"#
        )),
        "[a-z\u{e9}]{1,6}".prop_map(|word| {
            format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{word}","thoughtSignature":"s"}}]}}}}]}}"#
            )
        }),
        Just(r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3}}"#.to_owned()),
        Just("{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"busy\"\n  }\n}".to_owned()),
        Just(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#.to_owned()),
        Just(r#"{"message":{},"done":true,"eval_count":3}"#.to_owned()),
        Just(r#"{"status":"pulling","digest":"d","total":9,"completed":3}"#.to_owned()),
        Just("[DONE]".to_owned()),
    ];
    let end = prop::sample::select(vec!["\n", "\r\n", "\n\n", "\r\r", "\r\n\r\n", ""]);
    let start = prop::sample::select(vec!["", "data: ", "data:", "data: ", ": ", "event: error\ndata: "]);
    prop_oneof![
        12 => (start, frame, end).prop_map(|(start, frame, end)| format!("{start}{frame}{end}").into_bytes()),
        1 => vec(any::<u8>(), 0..16),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b"\xE6\x97".to_vec()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(stretch(), 0..12).prop_map(|stretches| stretches.concat()), vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_says_the_same_however_it_is_cut(body in body(), places in places()) {
        let pieces = cut(&body, &places);
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        let whole = openai(&[&body]);
        prop_assert_eq!(&openai(&pieces), &whole);
        prop_assert_eq!(&openai(&bytes), &whole);
        let whole = openrouter(&[&body]);
        prop_assert_eq!(&openrouter(&pieces), &whole);
        prop_assert_eq!(&openrouter(&bytes), &whole);
        let whole = ollama(&[&body]);
        prop_assert_eq!(&ollama(&pieces), &whole);
        prop_assert_eq!(&ollama(&bytes), &whole);
        let whole = gemini(&[&body]);
        prop_assert_eq!(&gemini(&pieces), &whole);
        prop_assert_eq!(&gemini(&bytes), &whole);
        let whole = pull(&[&body]);
        prop_assert_eq!(&pull(&pieces), &whole);
        prop_assert_eq!(&pull(&bytes), &whole);
    }

    #[test]
    fn any_answer_can_be_judged(status in any::<u16>(), retry_after in proptest::option::of(".{0,8}"), body in body()) {
        let head = ResponseHead { status, retry_after, ..ResponseHead::default() };
        let judges = [openai::classify, openrouter::classify, ollama::classify, gemini::classify];
        for error in judges.map(|judge| judge(&head, &body)) {
            prop_assert_eq!(error.status, Some(status));
            prop_assert!(error.message.chars().count() < 400);
            prop_assert!(!error.message.contains('\n'));
            prop_assert!(error.retry_after_ms.is_none_or(|delay| delay.is_finite() && delay >= 0.0));
        }
    }

    #[test]
    fn any_list_is_read_or_refused(body in body(), json in json()) {
        for body in [body.as_slice(), json.as_bytes()] {
            let _ = openai::parse_models(body);
            let _ = openrouter::parse_models(body);
            let _ = gemini::parse_models(body);
            for protocol in [Protocol::OpenAi, Protocol::OpenRouter, Protocol::Ollama, Protocol::Gemini] {
                let _ = protocol.parse_embeddings(body, 2);
            }
            let _ = ollama::parse_tags(body);
            let _ = ollama::parse_show(body);
            let _ = ollama::parse_ps(body);
            let _ = ollama::parse_version(body);
        }
    }

    #[test]
    fn any_endpoint_has_one_root(endpoint in "(https?://)?[a-z][a-z0-9.]{0,8}(:[0-9]{2,5})?(/(v1|v1beta|api|chat|completions|models|openai|x)?){0,5}") {
        prop_assert_eq!(openai::root(&openai::root(&endpoint)), openai::root(&endpoint));
        prop_assert_eq!(openrouter::root(&openrouter::root(&endpoint)), openrouter::root(&endpoint));
        prop_assert_eq!(ollama::origin(&ollama::origin(&endpoint)), ollama::origin(&endpoint));
        prop_assert_eq!(gemini::root(&gemini::root(&endpoint)), gemini::root(&endpoint));
    }

    /// Whatever Gemini signed, wherever it signed it, goes back, and so do all the words.
    #[test]
    fn any_answer_goes_back_with_its_signatures(body in body()) {
        let heard = gemini(&[&body]);
        let calls = heard.events.iter().filter_map(|event| match event.clone() {
            WireEvent::ToolCall { id, name, input, opaque } => Some(ToolCall { id, name, input, opaque }),
            _ => None,
        });
        let tool_calls: Vec<ToolCall> = calls.collect();
        let opaque = heard.ending.as_ref().ok().and_then(|ending| ending.opaque.clone());
        let is_signed = |part: &&Value| {
            part.get("thoughtSignature").or_else(|| part.pointer("/part/thoughtSignature")).is_some()
        };
        let pieces = opaque.iter().flat_map(|outline| outline.as_array().unwrap());
        let signed = tool_calls.iter().filter(|call| call.opaque.is_some()).count() + pieces.filter(is_signed).count();
        let said = Message::Assistant { content: Text::Whole(heard.text()), tool_calls, opaque };
        let request = ChatRequest { messages: vec![said], ..ChatRequest::default() };
        let sent = gemini::chat("https://host/v1beta", None, &request).body.unwrap();
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        let parts = sent.pointer("/contents/0/parts").and_then(Value::as_array).cloned().unwrap_or_default();
        let words: String = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
        prop_assert_eq!(words, heard.text());
        prop_assert_eq!(parts.iter().filter(is_signed).count(), signed);
    }
}

/// The words of recorded and hand-made answers, wherever they were cut short: never more than the whole
/// answer has, and always its beginning.
#[test]
fn a_body_cut_short_says_the_beginning_of_what_it_would_have_said() {
    let recorded = fixtures("ollama", &[".body"]).into_iter().filter(|(name, _)| name.starts_with("chat_"));
    for (name, body) in recorded.chain(fixtures("ollama-handmade", &[".ndjson"])) {
        let whole = ollama(&[&body]);
        for end in 0..body.len() {
            let events = ollama(&[&body[..end]]).events;
            assert!(whole.events.starts_with(&events), "{name}, {end} bytes");
        }
    }
    let readers = [
        ("openai", openai as fn(&[&[u8]]) -> Transcript),
        ("openrouter-handmade", openrouter),
        ("gemini-handmade", gemini),
    ];
    for (folder, read) in readers {
        for (name, body) in fixtures(folder, &[".sse"]) {
            let whole = read(&[&body]);
            for end in 0..body.len() {
                let events = read(&[&body[..end]]).events;
                assert!(whole.events.starts_with(&events), "{name}, {end} bytes");
            }
        }
    }
}
