//! Bodies of Ollama.

use super::{
    Transcript, fixture, fixtures, read_ollama, read_ollama_in, says_the_same_however_it_is_cut, usage,
};
use crate::model::report::PullProgress;
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::ollama::{
    OllamaDetails, OllamaModel, PullDecoder, RunningModel, normalise_name, parse_ps, parse_show, parse_tags,
    parse_version,
};
use crate::wire::{PromptCut, WireError, WireEvent};

fn recorded(name: &str) -> Transcript {
    read_ollama([fixture(&format!("ollama/{name}.body")).as_slice()])
}

fn handmade(name: &str) -> Transcript {
    read_ollama([fixture(&format!("ollama-handmade/{name}.ndjson")).as_slice()])
}

fn lines(lines: &[&str]) -> Transcript {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
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

#[test]
fn the_recorded_list_of_models_is_read() {
    let model = |name: &str, size: u64, digest: &str, capabilities: &[&str]| OllamaModel {
        name: name.to_owned(),
        size_bytes: Some(size),
        digest: Some(digest.to_owned()),
        family: Some("llama".to_owned()),
        parameters: Some(134_520_000),
        context_length: Some(8_192),
        capabilities: Some(capabilities.iter().map(|name| (*name).to_owned()).collect()),
        is_remote: false,
    };
    assert_eq!(
        parse_tags(&fixture("ollama/tags.body")).unwrap(),
        [
            model(
                "smollm2-agent:135m",
                98_363_460,
                "2adec167867a78b243ea82330ef77be9d87061dec6eaf5f1b422732034819063",
                &["completion", "tools", "thinking"],
            ),
            model(
                "smollm2:135m",
                98_362_745,
                "765525e6017ab6ad369d812befc610782d2c43da14435f795b5922a44187b6aa",
                &["completion"],
            ),
        ]
    );
}

#[test]
fn lists_of_other_versions_are_read_too() {
    assert_eq!(parse_tags(br#"{"models":null}"#).unwrap(), []);
    assert_eq!(parse_tags(br#"{"models":[]}"#).unwrap(), []);
    let listed = parse_tags(
        br#"{"models":[{"name":"old:latest"},{"model":"gpt-oss:120b-cloud","details":{"families":null}},
            {"name":"far:latest","remote_host":"https://ollama.com:443"},{"name":"qwen:cloud"},{"name":"cloud:7b"},
            {"name":"mix:8x7b","details":{"parameter_size":"8x7B"}},{"name":"b","details":{"parameter_size":"8.2B"}},
            {"name":"c","details":{"parameter_size":""}},{},3]}"#,
    )
    .unwrap();
    let seen: Vec<_> =
        listed.iter().map(|model| (model.name.as_str(), model.is_remote, model.parameters)).collect();
    assert_eq!(
        seen,
        [
            ("old:latest", false, None),
            ("gpt-oss:120b-cloud", true, None),
            ("far:latest", true, None),
            ("qwen:cloud", true, None),
            ("cloud:7b", false, None),
            ("mix:8x7b", false, Some(56_000_000_000)),
            ("b", false, Some(8_200_000_000)),
            ("c", false, None),
        ]
    );
    assert_eq!(listed[0].capabilities, None);
    for body in ["", "Ollama is running", "[]", "{}", "{\"models\":7}", "<html>"] {
        assert_eq!(parse_tags(body.as_bytes()).unwrap_err().code, ErrorCode::Protocol, "{body}");
    }
}

#[test]
fn recorded_details_are_read() {
    let details = |capabilities: &[&str]| OllamaDetails {
        context_length: Some(8_192),
        num_ctx: None,
        family: Some("llama".to_owned()),
        parameters: Some(134_515_008),
        capabilities: Some(capabilities.iter().map(|name| (*name).to_owned()).collect()),
        is_remote: false,
    };
    assert_eq!(parse_show(&fixture("ollama/show.body")).unwrap(), details(&["completion"]));
    assert_eq!(
        parse_show(&fixture("ollama/show_tools_thinking_caps.body")).unwrap(),
        details(&["completion", "tools", "thinking"])
    );
    assert_eq!(parse_show(&fixture("ollama/show_404.body")).unwrap_err().code, ErrorCode::ModelMissing);
    let old = br#"{"details":{"parameter_size":"7B"},"parameters":"stop   \"x\"\nnum_ctx                        16384"}"#;
    assert_eq!(
        parse_show(old).unwrap(),
        OllamaDetails { num_ctx: Some(16_384), parameters: Some(7_000_000_000), ..OllamaDetails::default() }
    );
}

#[test]
fn recorded_loaded_models_are_read() {
    assert_eq!(parse_ps(&fixture("ollama/ps_empty.body")).unwrap(), []);
    assert_eq!(
        parse_ps(&fixture("ollama/ps_loaded.body")).unwrap(),
        [RunningModel {
            name: "smollm2:135m".to_owned(),
            context_length: Some(4_096),
            size_bytes: None,
            size_vram_bytes: Some(0),
        }]
    );
    assert_eq!(parse_version(&fixture("ollama/version.body")).unwrap(), "0.33.0-rc2");
    assert_eq!(parse_version(b"{}").unwrap_err().code, ErrorCode::Protocol);
}

#[test]
fn a_name_without_a_tag_is_the_latest() {
    for (name, normal) in [
        ("llama3.2", "llama3.2:latest"),
        ("llama3.2:latest", "llama3.2:latest"),
        ("qwen3:8b", "qwen3:8b"),
        ("hf.co/someone/model", "hf.co/someone/model:latest"),
        ("localhost:5000/model", "localhost:5000/model:latest"),
        ("localhost:5000/model:q4", "localhost:5000/model:q4"),
    ] {
        assert_eq!(normalise_name(name), normal);
    }
}

fn read_pull(pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<PullProgress>, Result<(), WireError>) {
    let mut decoder = PullDecoder::new();
    let mut reports = Vec::new();
    for piece in pieces {
        let _ = decoder.push(piece, &mut reports);
    }
    let ending = decoder.finish(&mut reports);
    assert_eq!(decoder.is_done(), ending.is_ok());
    (reports, ending)
}

fn pull(name: &str) -> (Vec<PullProgress>, Result<(), WireError>) {
    let body = fixture(&format!("ollama-handmade/{name}.ndjson"));
    says_the_same_however_it_is_cut(name, &body, |pieces| read_pull(pieces))
}

#[test]
fn a_download_adds_its_layers_up() {
    let (reports, ending) = pull("pull_success");
    assert_eq!(ending, Ok(()));
    let seen: Vec<_> = reports.iter().map(|report| (report.completed_bytes, report.total_bytes)).collect();
    let whole = 5_368_709_120 + 1_429;
    assert_eq!(
        seen,
        [
            (0, 0),
            (0, 5_368_709_120),
            (0, whole),
            (241_970, whole),
            (241_970 + 1_429, whole),
            (2_684_354_560 + 1_429, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
        ]
    );
    assert_eq!(reports[0].status, "pulling manifest");
    assert_eq!(reports[10].status, "success");
    assert_eq!(pull("pull_already_there").1, Ok(()));
}

#[test]
fn a_download_without_success_failed() {
    assert_eq!(pull("pull_no_success").1.unwrap_err().code, ErrorCode::Truncated);
    let (reports, ending) = pull("pull_error_mid_download");
    assert_eq!(reports.len(), 2);
    let error = ending.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Server, "The server failed: max retries exceeded: unexpected EOF.")
    );
    assert_eq!(pull("pull_error_line").1.unwrap_err().code, ErrorCode::ModelMissing);
}

#[test]
fn a_download_overlooks_a_few_corrupt_lines() {
    let with = |corrupt: usize| {
        let body = format!("{}{}", "\u{FFFD}{\n".repeat(corrupt), "{\"status\":\"success\"}");
        read_pull(&mut [body.as_bytes()].into_iter()).1.map_err(|error| error.code)
    };
    assert_eq!(with(3), Ok(()));
    assert_eq!(with(4), Err(ErrorCode::Protocol));
    let (_, ending) = read_pull(&mut [b"<html>".as_slice()].into_iter());
    assert_eq!(ending.unwrap_err().code, ErrorCode::Protocol);
}
