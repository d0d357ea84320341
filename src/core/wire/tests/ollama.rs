//! Bodies of Ollama.

use super::{
    Transcript, fixture, fixtures, read_ollama, read_ollama_in, says_the_same_however_it_is_cut, usage,
};
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::{PromptCut, WireEvent};

fn recorded(name: &str) -> Transcript {
    read_ollama([fixture(&format!("ollama/{name}.body")).as_slice()])
}

fn handmade(name: &str) -> Transcript {
    read_ollama([fixture(&format!("ollama-handmade/{name}.ndjson")).as_slice()])
}

fn lines(lines: &[&str]) -> Transcript {
    let body: String = lines.join("\n");
    says_the_same_however_it_is_cut("lines", body.as_bytes(), |pieces| read_ollama(pieces))
}

fn texts(words: &[&str]) -> Vec<WireEvent> {
    words.iter().map(|word| WireEvent::Text((*word).to_owned())).collect()
}

fn call(id: &str, name: &str, input: &str) -> WireEvent {
    WireEvent::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        input: serde_json::from_str(input).unwrap(),
        opaque: None,
    }
}

#[test]
fn every_body_says_the_same_however_it_is_cut() {
    let recorded = fixtures("ollama", &[".body"]).into_iter().filter(|(name, _)| name.starts_with("chat_"));
    for (name, body) in recorded.chain(fixtures("ollama-handmade", &[".ndjson"])) {
        says_the_same_however_it_is_cut(&name, &body, |pieces| read_ollama_in(Some(4_096), 6_000, pieces));
    }
}

#[test]
fn recorded_answers_are_told_word_by_word() {
    let heard = recorded("chat_stream");
    let words = [
        "The",
        " sea",
        " is",
        " a",
        " vast",
        " and",
        " mysterious",
        " realm",
        ",",
        " teeming",
        " with",
        " life",
        " and",
        " un",
        "ending",
        " in",
        " its",
        " own",
        " way",
        ".",
    ];
    assert_eq!(heard.events, texts(&words));
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Stop, Some(usage(16, 21))));
    assert!(heard.is_done);

    let heard = recorded("chat_stream_length");
    assert_eq!(heard.events, texts(&["The", " Night", " Circ", "us", " was"]));
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Length, Some(usage(13, 5))));

    let heard = recorded("chat_system_history");
    assert_eq!(heard.events, texts(&["bye"]));
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Stop, Some(usage(33, 2))));

    let heard = recorded("chat_unicode");
    assert_eq!(heard.text(), "🌟\n\n🌟\n\n🌟\n\n🌟\n\n🌟\n");
    assert_eq!(heard.events.len(), 14);
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Length, Some(usage(31, 24))));
}

#[test]
fn recorded_thinking_is_apart_from_the_answer() {
    let heard = recorded("chat_think_stream");
    let thoughts = ["I", " add", " ", "5", " and", " ", "2", "."];
    let mut expected: Vec<WireEvent> =
        thoughts.iter().map(|word| WireEvent::Reasoning((*word).to_owned())).collect();
    expected.extend(texts(&["7"]));
    assert_eq!(heard.events, expected);
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Stop, Some(usage(137, 17))));
}

#[test]
fn recorded_answers_that_were_not_streamed_are_read_too() {
    let heard = recorded("chat_nonstream");
    let words = "The sea is a vast and mysterious realm, teeming with life and unending in its own way.";
    assert_eq!(heard.events, texts(&[words]));
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Stop, Some(usage(16, 21))));
    let heard = recorded("chat_format_schema_nonstream");
    assert_eq!(heard.events, texts(&["{\n  \"name\": \"Bob\",\n  \"age\": 30\n}"]));
    assert_eq!(heard.usage, Some(usage(15, 18)));
}

#[test]
fn recorded_tool_calls_are_collected_from_any_line() {
    let heard = recorded("chat_tools_stream");
    assert_eq!(heard.events, [call("call_nuoanosv", "get_weather", r#"{"city":"Berlin"}"#)]);
    assert_eq!((heard.finish(), heard.usage), (FinishReason::ToolCalls, Some(usage(330, 31))));
    let heard = recorded("chat_tools_nonstream");
    assert_eq!(heard.events, [call("call_8z259hy7", "get_weather", r#"{"city":"Berlin"}"#)]);
    assert_eq!((heard.finish(), heard.usage), (FinishReason::ToolCalls, Some(usage(330, 31))));
}

#[test]
fn recorded_refusals_are_no_answers() {
    let heard = recorded("chat_404_model");
    assert_eq!(heard.code(), ErrorCode::ModelMissing);
    assert_eq!(heard.error().message, "The server does not have this model: model 'nope' not found.");
    assert_eq!(recorded("chat_400_bad_json").code(), ErrorCode::Server);
}

#[test]
fn complete_bodies_of_all_forms_end_well() {
    for (name, words, finish) in [
        ("complete", "Once upon a <b> & c time.", FinishReason::Stop),
        ("crlf_blank_lines", "Once upon a", FinishReason::Stop),
        ("no_final_newline", "Once upon", FinishReason::Stop),
        ("byte_order_mark", "Once", FinishReason::Stop),
        ("done_length", "Once upon", FinishReason::Length),
        ("done_without_reason", "Once", FinishReason::Stop),
        ("done_with_content", "Once upon.", FinishReason::Stop),
        (
            "unicode",
            "日本語 한국어 😀👩\u{200D}👩\u{200D}👧 café cafe\u{301} Ω\u{2028} \0",
            FinishReason::Stop,
        ),
        ("thinking_then_content", "7.", FinishReason::Stop),
        ("thinking_and_content_in_one_line", "7", FinishReason::Stop),
        ("thinking_only_length", "", FinishReason::Length),
    ] {
        let heard = handmade(name);
        assert_eq!((heard.text().as_str(), heard.finish()), (words, finish), "{name}");
        assert!(heard.is_done || name == "no_final_newline", "{name}");
        assert!(!heard.ending.unwrap().is_empty, "{name}");
    }
    assert_eq!(handmade("thinking_then_content").reasoning(), "I add 5 and 2.");
    assert_eq!(handmade("thinking_and_content_in_one_line").reasoning(), "Easy.");
    assert_eq!(handmade("thinking_only_length").reasoning(), "I wonder and wonder");
    assert!(handmade("empty_answer").ending.unwrap().is_empty);
}

#[test]
fn tool_calls_may_come_on_any_line_and_without_ids() {
    let paris = call("call_a1b2c3d4", "get_weather", r#"{"city":"Paris","days":2}"#);
    let rome = call("call_e5f6g7h8", "get_weather", r#"{"city":"Rome"}"#);
    for (name, expected) in [
        ("tool_call", vec![paris.clone()]),
        ("tool_call_in_done", vec![paris.clone()]),
        ("tool_calls_in_two_lines", vec![paris.clone(), rome]),
        ("text_then_tool_call", vec![WireEvent::Text("Let me look.".to_owned()), paris]),
        ("tool_call_old_server", vec![call("call_1", "get_weather", r#"{"city":"Paris"}"#)]),
    ] {
        let heard = handmade(name);
        assert_eq!(heard.events, expected, "{name}");
        assert_eq!(heard.finish(), FinishReason::ToolCalls, "{name}");
    }
    // A made id never is one that the server gave before.
    let heard = lines(&[
        r#"{"message":{"tool_calls":[{"id":"call_2","function":{"name":"f","arguments":null}}]}}"#,
        r#"{"message":{"tool_calls":[{"function":{"name":"g","arguments":{}}}]},"done":true}"#,
    ]);
    assert_eq!(heard.events, [call("call_2", "f", "{}"), call("call_3", "g", "{}")]);
}

#[test]
fn errors_inside_a_200_keep_the_words_before_them() {
    let heard = handmade("error_mid_stream");
    assert_eq!((heard.text().as_str(), heard.code()), ("Once upon", ErrorCode::Server));
    assert_eq!(
        heard.error().message,
        "The server failed: an error was encountered while running the model: unexpected EOF."
    );
    assert_eq!(handmade("error_only").code(), ErrorCode::Server);
    let heard = handmade("error_nested_json");
    assert_eq!((heard.text().as_str(), heard.code()), ("Once", ErrorCode::ContextLength));
    assert_eq!(
        heard.error().message,
        "The conversation is too long for this model (400): request (42947 tokens) exceeds the available context \
         size (8192 tokens), try increasing it."
    );
    for (line, code) in [
        (
            r#"{"error":"model requires more system memory (9.1 GiB) than is available (3.2 GiB)"}"#,
            ErrorCode::OutOfMemory,
        ),
        (r#"{"error":"model \"x\" not found, try pulling it first"}"#, ErrorCode::ModelMissing),
        (r#"{"error":"registry.ollama.ai/library/x does not support tools"}"#, ErrorCode::Unsupported),
        (r#"{"error":""}"#, ErrorCode::Server),
        (r#"{"error":{"unknown":"form"}}"#, ErrorCode::Server),
    ] {
        assert_eq!(lines(&[line]).code(), code, "{line}");
    }
}

#[test]
fn what_ends_too_early_is_never_a_success() {
    for (name, words) in [("eof_without_done", "Once upon a"), ("eof_mid_line", "Once upon"), ("empty", "")] {
        let heard = handmade(name);
        assert_eq!((heard.text().as_str(), heard.code()), (words, ErrorCode::Truncated), "{name}");
    }
    let whole = fixture("ollama/chat_think_stream.body");
    // The last byte is a newline and the one before closes the line.
    for end in 0..whole.len() - 2 {
        assert_eq!(read_ollama([&whole[..end]]).code(), ErrorCode::Truncated, "{end} bytes");
    }
}

#[test]
fn a_corrupt_line_ends_the_answer_since_words_would_be_missing() {
    for name in ["malformed_line", "invalid_utf8"] {
        let heard = handmade(name);
        assert_eq!((heard.text().as_str(), heard.code()), ("Once", ErrorCode::Protocol), "{name}");
    }
    assert_eq!(lines(&[r#"{"message":{"content":7}}"#]).code(), ErrorCode::Protocol);
    assert_eq!(lines(&["<html>Sign in</html>"]).code(), ErrorCode::Protocol);
    assert_eq!(read_ollama([b"<html>".as_slice()]).code(), ErrorCode::Protocol);
}

#[test]
fn unknown_lines_are_skipped_and_counted() {
    let heard = handmade("unknown_lines");
    assert_eq!(heard.text(), "Once upon");
    assert_eq!(heard.ending.unwrap().unknown_frames, 3);
}

#[test]
fn nothing_after_the_end_is_read() {
    for name in ["done_twice", "lines_after_done"] {
        let heard = handmade(name);
        assert_eq!((heard.text().as_str(), heard.usage), ("Once", Some(usage(26, 1))), "{name}");
    }
}

#[test]
fn counts_may_be_absent_and_large() {
    let heard = handmade("done_without_metrics");
    assert_eq!((heard.finish(), heard.usage), (FinishReason::Stop, None));
    assert_eq!(handmade("large_metrics").usage, Some(usage(131_072, 4_294_967_299)));
    // A zero is left out, which only an answer of nothing can have.
    let empty = br#"{"message":{"content":""},"done":true,"prompt_eval_count":5}"#;
    assert_eq!(read_ollama([empty.as_slice()]).usage, Some(usage(5, 0)));
    let said = br#"{"message":{"content":"x"},"done":true,"prompt_eval_count":5}"#;
    assert_eq!(read_ollama([said.as_slice()]).usage, None);
    // A prompt is never of zero tokens: what is absent was not counted.
    let cached = br#"{"message":{"content":"x"},"done":true,"eval_count":3}"#;
    assert_eq!(
        read_ollama_in(Some(4_096), 100, [cached.as_slice()]).usage,
        Some(Usage { estimated: true, ..usage(100, 3) })
    );
}

#[test]
fn a_prompt_that_was_cut_in_silence_is_found_out() {
    let body = fixture("ollama-handmade/truncated_prompt.ndjson");
    let cut = |context_length, estimate| {
        read_ollama_in(context_length, estimate, [body.as_slice()]).ending.unwrap().prompt_cut
    };
    let found = |sent_tokens| Some(PromptCut { sent_tokens, kept_tokens: 2_050, context_length: 4_096 });
    assert_eq!(cut(Some(4_096), 6_000), found(6_000));
    assert_eq!(cut(Some(4_096), 3_100), found(3_100));
    // A prompt that is about as long as it should be.
    assert_eq!(cut(Some(4_096), 2_000), None);
    assert_eq!(cut(None, 6_000), None);
}

#[test]
fn a_prompt_is_only_called_cut_where_the_counts_leave_little_else() {
    let cut = |window: u64, estimate: u64, counted: u64| {
        let body = format!(
            r#"{{"message":{{"content":"x"}},"done":true,"prompt_eval_count":{counted},"eval_count":1}}"#
        );
        read_ollama_in(Some(window), estimate, [body.as_bytes()]).ending.unwrap().prompt_cut.is_some()
    };
    // Half the window, as older servers keep; the window itself, as newer ones do; whole messages dropped.
    for (window, estimate, counted) in [
        (4_096, 5_000, 2_050),
        (8_192, 9_000, 4_098),
        (4_096, 4_300, 4_096),
        (4_096, 9_000, 3_900),
        (4_096, 4_500, 40),
    ] {
        assert!(cut(window, estimate, counted), "{counted} of about {estimate} in {window}");
    }
    // Estimates that are off by half and less, at prompts that fit.
    for (window, estimate, counted) in [
        (4_096, 2_900, 2_050),
        (4_096, 3_000, 2_060),
        (4_096, 5_000, 3_600),
        (131_072, 90_000, 60_000),
        (4_096, 0, 4_096),
        (4_096, 40, 40),
    ] {
        assert!(!cut(window, estimate, counted), "{counted} of about {estimate} in {window}");
    }
}
