//! Bodies of chat completions.

use super::{Transcript, fixture, fixtures, read_openai, says_the_same_however_it_is_cut, usage};
use crate::model::http::ResponseHead;
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::openai::{classify, parse_models};
use crate::wire::{LINE_LIMIT, WireEvent};

fn read(name: &str) -> Transcript {
    read_openai([fixture(&format!("openai/{name}")).as_slice()])
}

/// A stream of these pieces of JSON.
fn stream(pieces: &[&str]) -> Transcript {
    let body = pieces.iter().map(|piece| format!("data: {piece}\n\n")).collect::<Vec<_>>().concat();
    says_the_same_however_it_is_cut("stream", body.as_bytes(), |pieces| read_openai(pieces))
}

fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#)
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn every_body_says_the_same_however_it_is_cut() {
    for (name, body) in fixtures("openai", &[".sse", ".json"]) {
        says_the_same_however_it_is_cut(&name, &body, |pieces| read_openai(pieces));
    }
}

#[test]
fn recordings_of_a_real_server_say_the_same_however_they_are_cut() {
    for (name, body) in fixtures("llama-server", &[".sse", ".json"]) {
        says_the_same_however_it_is_cut(&name, &body, |pieces| read_openai(pieces));
    }
}

#[test]
fn recordings_of_a_real_server_are_read_whole() {
    let recorded = |name: &str| read_openai([fixture(&format!("llama-server/{name}")).as_slice()]);
    for (name, text, finish, counted) in [
        (
            "chat_stream.sse",
            "The sea is a vast and mysterious realm that exists beneath the waves, a vast and mysterious realm that exists beneath the waves",
            FinishReason::Length,
            Usage { cached_input_tokens: Some(0), ..usage(37, 24) },
        ),
        (
            "chat_stream_length.sse",
            "The sea is a",
            FinishReason::Length,
            Usage { cached_input_tokens: Some(36), ..usage(37, 4) },
        ),
        (
            "chat_unicode.sse",
            "おわんがどわならくはどわ",
            FinishReason::Length,
            Usage { cached_input_tokens: Some(24), ..usage(52, 24) },
        ),
        (
            "chat_nonstream.json",
            "I'm glad you're here! I'm here to help",
            FinishReason::Length,
            Usage { cached_input_tokens: Some(24), ..usage(32, 12) },
        ),
    ] {
        let heard = recorded(name);
        assert_eq!(heard.text(), text, "{name}");
        assert_eq!(heard.finish(), finish, "{name}");
        assert_eq!(heard.usage, Some(counted), "{name}");
    }
}

#[test]
fn the_list_and_the_refusals_of_a_real_server_are_what_they_say() {
    let models = parse_models(&fixture("llama-server/models.json")).unwrap().models;
    assert_eq!(models.len(), 1);
    assert_eq!((models[0].id.as_str(), models[0].context_length), ("smollm2", Some(512)));
    for (name, status, code) in [
        ("error_401.json", 401, ErrorCode::InvalidKey),
        ("error_context.json", 400, ErrorCode::ContextLength),
    ] {
        let head = ResponseHead { status, ..ResponseHead::default() };
        assert_eq!(classify(&head, &fixture(&format!("llama-server/{name}"))).code, code, "{name}");
    }
}

#[test]
fn a_whole_answer_is_told_as_it_was_streamed() {
    let words = ["Once", " upon", " a <b> & c", " time."].map(|word| WireEvent::Text(word.to_owned()));
    for name in ["complete", "crlf", "cr_only", "no_space_after_colon", "byte_order_mark", "no_final_newline"]
    {
        let heard = read(&format!("{name}.sse"));
        assert_eq!(heard.events, words, "{name}");
        let ending = heard.ending.unwrap();
        assert_eq!(ending.finish, FinishReason::Stop, "{name}");
        assert_eq!(ending.usage, Some(Usage { cached_input_tokens: Some(0), ..usage(31, 5) }), "{name}");
        assert_eq!((ending.unknown_frames, ending.is_empty, ending.prompt_cut), (0, false, None), "{name}");
    }
}

#[test]
fn an_answer_that_was_not_streamed_is_one_all_the_same() {
    let heard = read("complete.json");
    assert_eq!(heard.events, [WireEvent::Text("Once upon a time.".to_owned())]);
    assert_eq!(heard.finish(), FinishReason::Stop);
    assert_eq!(heard.usage, Some(Usage { cached_input_tokens: Some(0), ..usage(31, 5) }));

    let heard = read("tool_calls.json");
    assert_eq!(
        heard.calls(),
        [("call_handmade_0", "get_weather", r#"{"city":"Zürich","days":2}"#.to_owned())]
    );
    assert_eq!(heard.finish(), FinishReason::ToolCalls);
}

#[test]
fn calls_of_an_answer_that_was_not_streamed_are_apart_even_without_ids() {
    let body = br#"{"choices":[{"message":{"content":null,"tool_calls":[
        {"function":{"name":"get_time","arguments":"{}"}},
        {"function":{"name":"get_time","arguments":{"zone":"CET"}}}]},"finish_reason":"tool_calls"}]}"#;
    let heard = read_openai([body.as_slice()]);
    assert_eq!(
        heard.calls(),
        [("call_1", "get_time", "{}".to_owned()), ("call_2", "get_time", r#"{"zone":"CET"}"#.to_owned())]
    );
}

#[test]
fn comments_and_other_fields_are_no_words_but_signs_of_life() {
    let heard = read("comments.sse");
    assert_eq!(heard.text(), "Once upon");
    // Six comments and five pieces, and the mark of the end.
    assert_eq!(heard.frames, 12);
    let heard = read("other_fields.sse");
    assert_eq!(heard.text(), "Once upon");
    assert_eq!(heard.ending.unwrap().unknown_frames, 1);
}

#[test]
fn data_over_many_lines_is_joined() {
    assert_eq!(read("multiline_data.sse").text(), "Once upon");
}

#[test]
fn words_of_all_scripts_arrive_whole() {
    let expected = "日本語 한국어 😀👩\u{200D}👩\u{200D}👧 café cafe\u{301} Ω\u{2028}";
    assert_eq!(read("unicode.sse").text(), expected);
    assert_eq!(read("unicode_escaped.sse").text(), "日本語 😀👩\u{200D}👩\u{200D}👧");
}

#[test]
fn thinking_is_apart_from_the_answer() {
    let heard = read("reasoning_content.sse");
    assert_eq!(heard.reasoning(), "I add 5 and 2.");
    assert_eq!(heard.text(), "7.");
    let counts = Usage { cached_input_tokens: Some(0), reasoning_tokens: Some(8), ..usage(31, 12) };
    assert_eq!(heard.usage, Some(counts));
    // OpenRouter's name for it; a server that sends both sends the same words twice.
    let heard = stream(&[
        &delta(r#"{"reasoning":"Hm"}"#),
        &delta(r#"{"reasoning":"m.","reasoning_content":"m."}"#),
        STOP,
    ]);
    assert_eq!(heard.reasoning(), "Hmm.");
}

#[test]
fn a_tool_call_is_told_in_pieces_and_whole() {
    let heard = read("tool_calls.sse");
    let piece = |id: &str, name: &str, delta: &str| WireEvent::ToolCallDelta {
        id: id.to_owned(),
        name: name.to_owned(),
        delta: delta.to_owned(),
    };
    assert_eq!(
        heard.events[..6],
        [
            piece("call_handmade_0", "get_weather", "{\"ci"),
            piece("call_handmade_0", "get_weather", "ty\":\"Zür"),
            piece("call_handmade_0", "get_weather", "ich\",\"da"),
            piece("call_handmade_0", "get_weather", "ys\":2}"),
            piece("call_handmade_1", "get_time", "{"),
            piece("call_handmade_1", "get_time", "}"),
        ]
    );
    assert_eq!(
        heard.calls(),
        [
            ("call_handmade_0", "get_weather", r#"{"city":"Zürich","days":2}"#.to_owned()),
            ("call_handmade_1", "get_time", "{}".to_owned()),
        ]
    );
    assert_eq!(heard.events.len(), 8);
    assert_eq!(heard.finish(), FinishReason::ToolCalls);

    let heard = read("tool_calls_interleaved.sse");
    assert_eq!(
        heard.calls(),
        [
            ("call_handmade_0", "get_weather", r#"{"city":"Rome"}"#.to_owned()),
            ("call_handmade_1", "get_time", r#"{"zone":"CET"}"#.to_owned()),
        ]
    );
    let heard = read("tool_call_whole.sse");
    assert_eq!(heard.calls(), [("call_handmade_0", "get_weather", r#"{"city":"Rome"}"#.to_owned())]);
}

#[test]
fn calls_with_the_same_index_are_told_apart_by_their_ids() {
    let call = |id: &str| {
        delta(&format!(
            r#"{{"tool_calls":[{{"index":0,"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}}]}}"#
        ))
    };
    let heard = stream(&[&call("a"), &call("b"), STOP]);
    assert_eq!(heard.calls(), [("a", "f", "{}".to_owned()), ("b", "f", "{}".to_owned())]);
    // The server said `stop`, but it waits for the tools.
    assert_eq!(heard.finish(), FinishReason::ToolCalls);
}

#[test]
fn calls_without_index_or_id_get_ids_that_follow_from_their_place() {
    let heard = stream(&[
        &delta(r#"{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\""}}]}"#),
        &delta(r#"{"tool_calls":[{"function":{"arguments":":1}"}}]}"#),
        &delta(r#"{"tool_calls":[{"function":{"name":"g"}}]}"#),
        &delta(r#"{"tool_calls":[{"id":"","function":{"name":"h","arguments":{"b":2}}}]}"#),
        &delta(r#"{"tool_calls":[{"function":{"name":"h","arguments":{"b":3}}}]}"#),
        STOP,
    ]);
    assert_eq!(
        heard.calls(),
        [
            ("call_1", "f", r#"{"a":1}"#.to_owned()),
            ("call_2", "g", "{}".to_owned()),
            ("call_3", "h", r#"{"b":2}"#.to_owned()),
            ("call_4", "h", r#"{"b":3}"#.to_owned()),
        ]
    );
}

#[test]
fn the_pieces_of_a_call_wait_for_its_name() {
    let heard = stream(&[
        &delta(r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{\"x\""}}]}"#),
        &delta(r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":":1}"}}]}"#),
        STOP,
    ]);
    assert!(
        matches!(&heard.events[0], WireEvent::ToolCallDelta { name, delta, .. } if name == "f" && delta == r#"{"x":1}"#)
    );
    assert_eq!(heard.calls(), [("a", "f", r#"{"x":1}"#.to_owned())]);
}

#[test]
fn a_finish_reason_in_every_piece_does_not_cut_a_call() {
    let piece = |text: &str| {
        format!(
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"function":{text}}}]}},"finish_reason":"stop"}}]}}"#
        )
    };
    let heard =
        stream(&[&piece(r#"{"name":"f","arguments":"{\"x\""}"#), &piece(r#"{"arguments":":1}"}"#), "[DONE]"]);
    assert_eq!(heard.calls(), [("call_1", "f", r#"{"x":1}"#.to_owned())]);
}

#[test]
fn a_tool_call_that_makes_no_sense_fails_and_names_its_tool() {
    let heard = read("tool_call_broken_arguments.sse");
    assert_eq!(heard.code(), ErrorCode::BadOutput);
    assert!(heard.error().message.contains("`get_weather`"), "{}", heard.error());
    assert_eq!(heard.calls(), []);
    let heard = stream(&[&delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#), STOP]);
    assert_eq!(heard.code(), ErrorCode::Protocol);
}

#[test]
fn more_calls_than_can_be_meant_are_refused() {
    let many: Vec<_> =
        (0..300).map(|index| format!(r#"{{"index":{index},"function":{{"name":"f"}}}}"#)).collect();
    let body = format!("data: {}\n\n", delta(&format!(r#"{{"tool_calls":[{}]}}"#, many.join(","))));
    assert_eq!(read_openai([body.as_bytes()]).code(), ErrorCode::BadOutput);

    let piece = delta(&format!(
        r#"{{"tool_calls":[{{"index":0,"function":{{"name":"f","arguments":"{}"}}}}]}}"#,
        "x".repeat(1_000)
    ));
    let body = format!("data: {piece}\n\n");
    assert_eq!(read_openai((0..2_000).map(|_| body.as_bytes())).code(), ErrorCode::BadOutput);
}

#[test]
fn an_error_after_words_keeps_the_words() {
    let heard = read("error_mid_stream.sse");
    assert_eq!(heard.text(), "Once upon");
    assert_eq!((heard.code(), heard.error().status), (ErrorCode::Server, Some(500)));
    assert_eq!(heard.error().message, "The server failed (500): the model crashed.");
    let heard = read("error_mid_stream_then_done.sse");
    assert_eq!(
        (heard.text().as_str(), heard.code(), heard.error().status),
        ("Once", ErrorCode::Server, Some(502))
    );
    let heard = read("error_event.sse");
    assert_eq!(
        (heard.text().as_str(), heard.code(), heard.error().status),
        ("Once", ErrorCode::Server, Some(500))
    );
}

#[test]
fn an_error_with_the_status_200_is_an_error() {
    assert_eq!(read("error_only.sse").error().message, "The server failed (503): Loading model.");
    assert_eq!(
        read("error_in_200.json").error().message,
        "The server failed (502): Provider returned error."
    );
    for (body, code) in [
        // OpenRouter, in a last piece.
        (
            r#"data: {"error":{"code":429,"message":"Rate limit exceeded"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            ErrorCode::RateLimited,
        ),
        (
            r#"data: {"choices":[{"error":{"code":"server_error","message":"Upstream"},"delta":{},"finish_reason":"error"}]}"#,
            ErrorCode::Server,
        ),
        (r#"data: {"choices":[{"delta":{},"finish_reason":"error"}]}"#, ErrorCode::Server),
        // vLLM before it had `error`, text-generation-inference, and Gemini's compatible door.
        (
            r#"data: {"object":"error","message":"This model's maximum context length is 4096 tokens.","code":400}"#,
            ErrorCode::ContextLength,
        ),
        (r#"data: {"error":"Model is overloaded","error_type":"overloaded"}"#, ErrorCode::Server),
        (
            r#"data: [{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}]"#,
            ErrorCode::InvalidKey,
        ),
        (
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}]"#,
            ErrorCode::InvalidKey,
        ),
        // LM Studio, for an address that it does not know.
        (r#"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#, ErrorCode::Protocol),
        (r#"{"detail":"Not Found"}"#, ErrorCode::Protocol),
        ("<!DOCTYPE html><html>Sign in</html>", ErrorCode::Protocol),
    ] {
        let heard = says_the_same_however_it_is_cut(body, body.as_bytes(), |pieces| read_openai(pieces));
        assert_eq!(heard.code(), code, "{body}");
    }
}

#[test]
fn what_ends_too_early_is_never_a_success() {
    for (name, words) in
        [("cut_without_finish.sse", "Once upon a"), ("cut_mid_event.sse", "Once"), ("empty.sse", "")]
    {
        let heard = read(name);
        assert_eq!((heard.text().as_str(), heard.code()), (words, ErrorCode::Truncated), "{name}");
    }
    let whole = fixture("openai/complete.json");
    for end in 0..whole.len() {
        assert_eq!(read_openai([&whole[..end]]).code(), ErrorCode::Truncated, "{end} bytes");
    }
    let whole = fixture("openai/complete.sse");
    let last = whole.windows(4).position(|bytes| bytes == b"stop").unwrap();
    for end in 0..last {
        assert_eq!(read_openai([&whole[..end]]).code(), ErrorCode::Truncated, "{end} bytes");
    }
}

#[test]
fn either_mark_of_the_end_is_enough() {
    let heard = read("finish_without_done.sse");
    assert_eq!((heard.finish(), heard.is_done), (FinishReason::Stop, false));
    let heard = read("done_without_finish.sse");
    assert_eq!((heard.finish(), heard.is_done), (FinishReason::Stop, true));
    assert_eq!(heard.text(), "Once upon");
    // Cut after the finish reason, with half of the mark or of the counts.
    let heard = stream(&[&delta(r#"{"content":"Hi"}"#), STOP, r#"{"choices":[],"us"#]);
    assert_eq!(heard.code(), ErrorCode::Protocol);
    let body = format!("data: {}\n\ndata: {STOP}\n\ndata: [DO", delta(r#"{"content":"Hi"}"#));
    assert_eq!(read_openai([body.as_bytes()]).finish(), FinishReason::Stop);
}

#[test]
fn a_corrupt_piece_ends_the_answer_since_words_would_be_missing() {
    for name in ["malformed_frame.sse", "invalid_utf8.sse"] {
        let heard = read(name);
        assert_eq!((heard.text().as_str(), heard.code()), ("Once", ErrorCode::Protocol), "{name}");
    }
    // Sound JSON, but words where none can be read.
    assert_eq!(stream(&[&delta(r#"{"content":7}"#), STOP]).code(), ErrorCode::Protocol);
}

#[test]
fn counts_are_taken_from_wherever_they_are() {
    assert_eq!(read("no_usage.sse").usage, None);
    assert_eq!(read("usage_in_finish.sse").usage, Some(usage(31, 1)));
    let cached = |tokens| Usage { cached_input_tokens: Some(tokens), ..usage(31, 1) };
    assert_eq!(read("usage_null_in_every_chunk.sse").usage, Some(cached(0)));
    let counts = Usage { input_tokens: 1_000, ..cached(960) };
    assert_eq!(read("cached_usage.sse").usage, Some(counts));
    // Running counts: the last ones are those of the whole answer.
    let running =
        |count: u8| format!(r#"{{"choices":[],"usage":{{"prompt_tokens":3,"completion_tokens":{count}}}}}"#);
    assert_eq!(stream(&[&running(1), &running(2), STOP]).usage, Some(usage(3, 2)));
    // Thinking that is only in the total.
    let apart = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":25,"completion_tokens_details":{"reasoning_tokens":20}}}"#;
    assert_eq!(stream(&[apart, STOP]).usage, Some(Usage { reasoning_tokens: Some(20), ..usage(3, 22) }));
    // Counts that are none.
    let odd = r#"{"choices":[],"usage":{"prompt_tokens":"3","completion_tokens":-1,"total_tokens":[]}}"#;
    assert_eq!(stream(&[odd, STOP]).usage, None);
}

#[test]
fn the_other_ends_have_their_reasons() {
    assert_eq!(read("finish_length.sse").finish(), FinishReason::Length);
    assert_eq!(read("finish_content_filter.sse").finish(), FinishReason::ContentFilter);
    let heard = read("empty_answer.sse");
    assert_eq!(heard.finish(), FinishReason::Stop);
    assert!(heard.ending.unwrap().is_empty);
    // A reason nobody knows is an end; none later takes it back.
    let heard = stream(&[
        &delta(r#"{"content":"x"}"#),
        r#"{"choices":[{"delta":{},"finish_reason":"eos"}]}"#,
        &delta(r#"{"content":""}"#),
    ]);
    assert_eq!(heard.finish(), FinishReason::Stop);
}

#[test]
fn a_refusal_and_words_in_pieces_are_words() {
    let heard = stream(&[
        &delta(r#"{"content":[{"type":"text","text":"I "},{"type":"other"}]}"#),
        &delta(r#"{"refusal":"cannot."}"#),
        STOP,
    ]);
    assert_eq!(heard.text(), "I cannot.");
}

#[test]
fn other_choices_are_not_mixed_in() {
    let heard = stream(&[
        r#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"yes"}}]}"#,
        r#"{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#,
        STOP,
    ]);
    assert_eq!((heard.text().as_str(), heard.finish()), ("yes", FinishReason::Stop));
}

#[test]
fn what_only_openrouter_says_is_nothing_here() {
    let heard = stream(&[
        r#"{"choices":[{"delta":{"content":"x","reasoning_details":[{"type":"reasoning.text","text":"y","index":0}]}}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"cost":0.5}}"#,
        STOP,
    ]);
    let ending = heard.ending.as_ref().unwrap();
    assert_eq!((heard.reasoning().as_str(), &ending.opaque, ending.billed), ("", &None, None));
}

#[test]
fn sources_and_who_answered_are_told_where_a_server_says_them() {
    let heard = stream(&[
        r#"{"model":"handmade-2026","choices":[{"delta":{"content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example","title":"A"}}]}}]}"#,
        STOP,
    ]);
    let source = WireEvent::Source { title: "A".to_owned(), url: "https://a.example".to_owned() };
    assert_eq!(heard.events, [WireEvent::Text("x".to_owned()), source]);
    assert_eq!(heard.ending.unwrap().answered_by.as_deref(), Some("handmade-2026"));
    let asked = |model: &str| {
        stream(&[&format!(r#"{{"model":"{model}","choices":[{{"delta":{{"content":"x"}}}}]}}"#), STOP])
            .ending
            .unwrap()
            .answered_by
    };
    assert_eq!(asked("handmade"), None);
    assert_eq!(asked(""), None);
}

#[test]
fn nothing_after_the_end_is_read() {
    let heard = stream(&[STOP, "[DONE]", &delta(r#"{"content":"late"}"#), "{"]);
    assert_eq!((heard.text().as_str(), heard.finish()), ("", FinishReason::Stop));
}

#[test]
fn a_whole_answer_beyond_the_limit_is_given_up() {
    let piece = vec![b'x'; 4_096];
    let body = core::iter::once(b"{\"choices\":\"".as_slice()).chain((0..1_000).map(|_| piece.as_slice()));
    assert!(1_000 * piece.len() > LINE_LIMIT);
    assert_eq!(read_openai(body).code(), ErrorCode::Protocol);
}
