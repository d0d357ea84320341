//! The quick readers of the common frames, held against the full ones.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::{Transcript, asked, fixtures, read_completion, read_lines};
use crate::wire::{ollama, openai};

fn completion(dialect: openai::Dialect, body: &[u8]) -> (Transcript, Transcript) {
    let decoder = || openai::ChatDecoder::new(dialect, &asked("handmade/model"));
    (read_completion(decoder(), [body]), read_completion(decoder().thorough(), [body]))
}

fn lines(body: &[u8]) -> (Transcript, Transcript) {
    let decoder = || ollama::ChatDecoder::new(Some(4_096), 3_500);
    (read_lines(decoder(), [body]), read_lines(decoder().thorough(), [body]))
}

#[test]
fn every_body_is_read_alike() {
    for folder in ["openai", "llama-server", "openrouter-handmade"] {
        for (name, body) in fixtures(folder, &[".sse", ".json"]) {
            for dialect in [openai::Dialect::Plain, openai::Dialect::OpenRouter] {
                let (quick, full) = completion(dialect, &body);
                assert_eq!(quick, full, "{name}");
            }
        }
    }
    for folder in ["ollama", "ollama-handmade"] {
        for (name, body) in fixtures(folder, &[".body", ".ndjson"]) {
            let (quick, full) = lines(&body);
            assert_eq!(quick, full, "{name}");
        }
    }
}

/// Whether the frames after the first, which names its model, are left to the quick reader.
fn is_quick(frame: &str) -> bool {
    openai::glance(frame, true)
}

#[test]
fn the_common_frames_of_known_servers_are_read_quickly() {
    for frame in [
        // OpenAI, llama.cpp, vLLM (which writes blanks), DeepSeek, OpenRouter.
        r#"{"id":"c","object":"chat.completion.chunk","created":1795366280,"model":"m","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"a\n"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}"#,
        r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"\u00e9"}}],"created":1795366280,"id":"c","model":"m","object":"chat.completion.chunk"}"#,
        r#"{"id": "c", "created": 1.5, "choices": [{"index": 0, "delta": {"content": "a", "reasoning_content": null}, "logprobs": null, "finish_reason": null, "stop_reason": null}], "prompt_token_ids": null}"#,
        r#"{"id":"c","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"a"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        r#"{"id":"gen-1","provider":"P","model":"m","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","format":"f","index":0}]},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]},"finish_reason":null}]}"#,
    ] {
        assert!(is_quick(frame), "{frame}");
    }
    for frame in [
        r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"index":1,"delta":{"content":"a"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":0,"delta":{"content":"b"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a","content":"b"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"choices":[]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"error":{}}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"},"error":{}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{}}"#,
        r#"{"choices":[{"index":0,"delta":{"content":["a"]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"\ud800"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}]} x"#,
        r#"{"choices":[{"index":0}]}"#,
        r#"{"choices":[]}"#,
        "{}",
    ] {
        assert!(!is_quick(frame), "{frame}");
    }
    assert!(!openai::glance(r#"{"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}"#, false));

    let quick = r#"{"model":"m","created_at":"2026-08-21T10:11:12.1Z","message":{"role":"assistant","content":"a"},"done":false}"#;
    assert!(ollama::glance(quick));
    for line in [
        r#"{"message":{"content":"a"},"done":true}"#,
        r#"{"message":{"content":"a"}}"#,
        r#"{"message":{"content":"a"},"message":{"content":"b"},"done":false}"#,
        r#"{"message":{"content":"a","content":"b"},"done":false}"#,
        r#"{"message":{"content":"a","tool_calls":[]},"done":false}"#,
        r#"{"message":{"content":"a"},"error":"x","done":false}"#,
        r#"{"message":{"content":7},"done":false}"#,
        r#"{"done":false}"#,
    ] {
        assert!(!ollama::glance(line), "{line}");
    }
}

/// A value as it may stand in a frame, mostly of the kind that is expected.
fn value(usual: &'static str) -> impl Strategy<Value = String> {
    let word = ".{0,6}".prop_map(|word| Value::String(word).to_string());
    let escaped = prop::sample::select(vec![
        r#""\u00e9\n\"\\""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\udc00\ud800""#,
        r#""\x""#,
        "\"\u{1}\"",
        "\"",
    ])
    .prop_map(str::to_owned);
    let other = prop::sample::select(vec![
        "null",
        "0",
        "1",
        "-1.5e3",
        "1e999",
        "01",
        "true",
        "[]",
        "{}",
        "[null]",
        "\"\"",
        "\"stop\"",
        "[{\"index\":0}]",
        r#"[{"index":0,"function":{"name":"f","arguments":"{}"}}]"#,
        r#"[{"type":"reasoning.text","text":"a","index":0}]"#,
        "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
        "",
        "x",
    ])
    .prop_map(str::to_owned);
    prop_oneof![12 => Just(usual.to_owned()), 6 => word, 1 => escaped, 1 => other]
}

/// Fields in any order, each there or not, sometimes twice, with blanks or without.
fn object(fields: Vec<(&'static str, BoxedStrategy<String>)>) -> BoxedStrategy<String> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            let name =
                prop_oneof![60 => Just(format!("\"{name}\"")), 1 => Just("\"c\\u006fntent\"".to_owned())];
            (prop::option::weighted(0.85, (name, value)), prop::sample::select(vec!["", "", "", " ", "\t"]))
        })
        .collect();
    (fields, any::<prop::sample::Index>(), prop::bool::weighted(0.05))
        .prop_map(|(fields, turn, is_doubled)| {
            let mut written: Vec<String> = fields
                .into_iter()
                .filter_map(|(field, blank)| {
                    field.map(|(name, value)| format!("{blank}{name}{blank}:{blank}{value}{blank}"))
                })
                .collect();
            if !written.is_empty() {
                let turn = turn.index(written.len());
                written.rotate_left(turn);
                if is_doubled {
                    written.push(written[turn].clone());
                }
            }
            format!("{{{}}}", written.join(","))
        })
        .boxed()
}

fn frame() -> BoxedStrategy<String> {
    let delta = object(vec![
        ("role", value("\"assistant\"").boxed()),
        ("content", value("\"a\"").boxed()),
        ("reasoning", value("null").boxed()),
        ("reasoning_content", value("null").boxed()),
        ("reasoning_details", value("null").boxed()),
        ("refusal", Just("null".to_owned()).boxed()),
        ("tool_calls", value("null").boxed()),
    ]);
    let choice = object(vec![
        ("index", prop_oneof![9 => Just("0".to_owned()), 1 => value("0")].boxed()),
        ("delta", prop_oneof![19 => delta, 1 => value("{}")].boxed()),
        ("finish_reason", prop_oneof![19 => Just("null".to_owned()), 1 => value("null")].boxed()),
        ("error", prop_oneof![29 => Just("null".to_owned()), 1 => value("null")].boxed()),
        ("logprobs", value("null").boxed()),
    ]);
    let choices = prop_oneof![
        19 => choice.clone().prop_map(|choice| format!("[{choice}]")),
        1 => vec(choice, 0..3).prop_map(|choices| format!("[{}]", choices.join(","))),
    ];
    object(vec![
        ("id", value("\"c\"").boxed()),
        ("model", value("\"handmade/model\"").boxed()),
        ("created", value("1795366280").boxed()),
        ("obfuscation", prop_oneof![1 => Just("\"a\"".to_owned()), 1 => value("\"xyz\"")].boxed()),
        ("choices", choices.boxed()),
        ("usage", prop_oneof![29 => Just("null".to_owned()), 1 => value("{\"prompt_tokens\":3}")].boxed()),
        ("error", prop_oneof![29 => Just("null".to_owned()), 1 => value("null")].boxed()),
    ])
}

fn line() -> BoxedStrategy<String> {
    let message = object(vec![
        ("role", value("\"assistant\"").boxed()),
        ("content", value("\"a\"").boxed()),
        ("thinking", value("null").boxed()),
        ("tool_calls", prop_oneof![9 => Just("null".to_owned()), 1 => value("[]")].boxed()),
    ]);
    object(vec![
        ("model", value("\"m\"").boxed()),
        ("created_at", value("\"2026\"").boxed()),
        ("message", message),
        ("done", prop_oneof![19 => Just("false".to_owned()), 1 => value("true")].boxed()),
        ("error", prop_oneof![29 => Just("null".to_owned()), 1 => value("null")].boxed()),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_frames_are_read_alike(frames in vec(frame(), 1..8)) {
        let body = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect::<Vec<_>>().concat();
        for dialect in [openai::Dialect::Plain, openai::Dialect::OpenRouter] {
            let (quick, full) = completion(dialect, body.as_bytes());
            prop_assert_eq!(quick, full, "{}", body);
        }
    }

    /// Frames that differ from one only in their words, or in a little more.
    #[test]
    fn frames_of_one_shape_are_read_alike(
        frame in frame(),
        words in vec((value("\"b\""), prop::bool::weighted(0.1)), 1..8),
    ) {
        let others = words.iter().map(|(word, is_other)| {
            let frame = frame.replace("\"a\"", word);
            if *is_other { frame.replace("1795366280", "7") } else { frame }
        });
        let frames = core::iter::once(frame.clone()).chain(others);
        let body = frames.map(|frame| format!("data: {frame}\n\n")).collect::<Vec<_>>().concat();
        for dialect in [openai::Dialect::Plain, openai::Dialect::OpenRouter] {
            let (quick, full) = completion(dialect, body.as_bytes());
            prop_assert_eq!(quick, full, "{}", body);
        }
    }

    #[test]
    fn lines_of_one_shape_are_read_alike(
        line in line(),
        words in vec((value("\"b\""), value("\"2027\"")), 1..8),
    ) {
        let others = words.iter().map(|(word, time)| line.replace("\"a\"", word).replace("\"2026\"", time));
        let body = core::iter::once(line.clone()).chain(others).collect::<Vec<_>>().join("\n");
        let (quick, full) = lines(body.as_bytes());
        prop_assert_eq!(quick, full, "{}", body);
    }

    #[test]
    fn any_lines_are_read_alike(lines_ in vec(line(), 1..8)) {
        let body = lines_.join("\n");
        let (quick, full) = lines(body.as_bytes());
        prop_assert_eq!(quick, full, "{}", body);
    }
}
