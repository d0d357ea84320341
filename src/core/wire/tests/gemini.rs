//! Bodies of Gemini's answers.

use serde_json::{Value, json};

use super::{Transcript, fixture, fixtures, read_gemini, says_the_same_however_it_is_cut, usage};
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::gemini::ChatDecoder;
use crate::wire::{LINE_LIMIT, WireEvent};

const SIGNATURES: [&str; 3] =
    ["CiQBhandmadeSignatureOne+/8=", "CiQBhandmadeSignatureTwo+/8=", "CiQBhandmadeSignatureThree8="];

fn read(name: &str) -> Transcript {
    read_gemini([fixture(&format!("gemini-handmade/{name}")).as_slice()])
}

/// A stream of these pieces of JSON, framed as the service does.
fn stream(pieces: &[Value]) -> Transcript {
    let body: String = pieces.iter().map(|piece| format!("data: {piece}\r\n\r\n")).collect();
    says_the_same_however_it_is_cut("stream", body.as_bytes(), |pieces| read_gemini(pieces))
}

/// An event with these parts and, where it is the last, this reason.
fn event(parts: Value, reason: Option<&str>) -> Value {
    json!({ "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": reason }] })
}

fn sources(heard: &Transcript) -> Vec<(&str, &str)> {
    let mut sources = Vec::new();
    for event in &heard.events {
        if let WireEvent::Source { title, url } = event {
            sources.push((title.as_str(), url.as_str()));
        }
    }
    sources
}

fn opaque(heard: &Transcript) -> Option<Value> {
    heard.ending.as_ref().expect("it should have ended well").opaque.clone()
}

#[test]
fn every_body_says_the_same_however_it_is_cut() {
    for (name, body) in fixtures("gemini-handmade", &[".sse", ".json", ".html"]) {
        says_the_same_however_it_is_cut(&name, &body, |pieces| read_gemini(pieces));
    }
}

#[test]
fn the_bodies_have_the_line_ends_that_the_service_sends() {
    for (name, body) in fixtures("gemini-handmade", &[".sse"]) {
        let has = |end: &str| body.windows(end.len()).any(|bytes| bytes == end.as_bytes());
        let expected = match name.as_str() {
            "lf_only.sse" => (false, true),
            "cr_only.sse" => (true, false),
            "empty.sse" => (false, false),
            _ => (true, true),
        };
        assert_eq!((has("\r"), has("\n")), expected, "{name}");
        assert_eq!(has("\r\n"), expected == (true, true), "{name}");
    }
    let readme = String::from_utf8(fixture("gemini-handmade/README.md")).unwrap();
    for (name, _) in fixtures("gemini-handmade", &[".sse", ".json", ".html"]) {
        let short = name.trim_end_matches(".sse");
        assert!(readme.contains(&format!("`{short}`")), "the README does not tell of {name}");
    }
}

#[test]
fn a_stream_without_a_mark_of_its_end_is_whole_when_a_reason_came() {
    let words = ["Once", " upon a <b> & c", " time."].map(|word| WireEvent::Text(word.to_owned()));
    for name in ["complete.sse", "lf_only.sse", "cr_only.sse", "no_final_blank_line.sse", "array.json"] {
        let heard = read(name);
        assert_eq!(heard.events, words, "{name}");
        let ending = heard.ending.unwrap();
        assert_eq!(ending.finish, FinishReason::Stop, "{name}");
        assert_eq!((ending.unknown_frames, ending.is_empty, ending.opaque), (0, false, None), "{name}");
        assert_eq!(ending.answered_by, None, "{name}");
        // Counts grow from event to event, and the prompt's count may even fall: only the last ones count.
        assert_eq!(ending.usage, Some(usage(6, 20)), "{name}");
        assert!(!heard.is_done, "{name}");
    }
    assert_eq!(read("whole.json").text(), "Once upon a <b> & c time.");
    assert_eq!(read("whole.json").finish(), FinishReason::Stop);
    assert_eq!(read("done_at_end.sse").finish(), FinishReason::Stop);
    assert_eq!(read("complete.sse").frames, 3);
}

#[test]
fn what_ends_without_a_reason_is_never_a_success() {
    for (name, words) in [
        ("eof_without_finish.sse", "Once upon a <b> & c"),
        ("cut_mid_event.sse", "Once upon a <b> & c"),
        ("empty.sse", ""),
    ] {
        let heard = read(name);
        assert_eq!((heard.text().as_str(), heard.code()), (words, ErrorCode::Truncated), "{name}");
    }
    // What was counted until then is a lower bound.
    assert_eq!(read("eof_without_finish.sse").usage, Some(usage(7, 0)));
    let whole = fixture("gemini-handmade/complete.sse");
    let last = whole.windows(4).position(|bytes| bytes == b"STOP").unwrap();
    for end in 0..last {
        assert_eq!(read_gemini([&whole[..end]]).code(), ErrorCode::Truncated, "{end} bytes");
    }
    for name in ["whole.json", "array.json"] {
        let whole = fixture(&format!("gemini-handmade/{name}"));
        for end in 0..whole.trim_ascii_end().len() {
            assert_eq!(read_gemini([&whole[..end]]).code(), ErrorCode::Truncated, "{name}, {end} bytes");
        }
    }
}

#[test]
fn words_of_all_scripts_arrive_whole() {
    assert_eq!(read("unicode.sse").text(), "résumé 日本語 😀👩\u{200D}👩\u{200D}👧 cafe\u{301} \u{2028}");
}

#[test]
fn thoughts_are_apart_from_the_answer_and_count_as_output() {
    let heard = read("thoughts.sse");
    assert_eq!(heard.reasoning(), "**Adding** I add 5 and 2.");
    assert_eq!(heard.text(), "7.");
    assert_eq!(heard.usage, Some(Usage { reasoning_tokens: Some(31), ..usage(12, 33) }));
    // The signature of an event without words belongs to the turn all the same.
    let expected = json!([{ "text": 2 }, { "text": 0, "thoughtSignature": SIGNATURES[0] }]);
    assert_eq!(opaque(&heard), Some(expected));
}

#[test]
fn signatures_are_kept_with_their_places() {
    let heard = read("signature_on_text.sse");
    assert_eq!(heard.text(), "Seven, I think.");
    let expected = json!([
        { "text": 5, "thoughtSignature": SIGNATURES[0] },
        { "text": 10 },
        { "text": 0, "thoughtSignature": SIGNATURES[1] },
    ]);
    assert_eq!(opaque(&heard), Some(expected));

    let heard = read("signature_on_thought.sse");
    assert_eq!((heard.reasoning().as_str(), heard.text().as_str()), ("Hm.", "Yes."));
    let expected = json!([
        { "thought": true, "thoughtSignature": SIGNATURES[0] },
        { "text": 0, "thoughtSignature": SIGNATURES[1] },
        { "text": 4 },
    ]);
    assert_eq!(opaque(&heard), Some(expected));
}

#[test]
fn more_signatures_than_can_be_meant_are_not_kept() {
    let piece = json!([{ "text": "x", "thoughtSignature": "s".repeat(1_000) }]);
    let frame = format!("data: {}\n\n", event(piece, Some("STOP")));
    let heard = read_gemini((0..=LINE_LIMIT / 1_000).map(|_| frame.as_bytes()));
    assert_eq!(opaque(&heard), None);
    assert_eq!(heard.text().len(), LINE_LIMIT / 1_000 + 1);
}

#[test]
fn a_call_ends_with_stop_and_waits_for_tools_all_the_same() {
    let heard = read("tool_call.sse");
    assert_eq!(
        heard.events,
        [WireEvent::ToolCall {
            id: "handmade-1_1".to_owned(),
            name: "get_weather".to_owned(),
            input: json!({ "city": "Zürich", "days": 2 }),
            opaque: None,
        }]
    );
    assert_eq!((heard.finish(), opaque(&heard)), (FinishReason::ToolCalls, None));
    assert!(!heard.ending.unwrap().is_empty);

    let heard = read("tool_call_signed.sse");
    assert_eq!(
        heard.events,
        [
            WireEvent::Text("Let me check.".to_owned()),
            WireEvent::ToolCall {
                id: "g1handmade".to_owned(),
                name: "get_weather".to_owned(),
                input: json!({ "city": "Rome" }),
                opaque: Some(Value::from(SIGNATURES[0])),
            }
        ]
    );
    // The call has its signature with it, so the turn needs nothing more.
    assert_eq!((heard.finish(), opaque(&heard)), (FinishReason::ToolCalls, None));
}

#[test]
fn calls_side_by_side_have_one_signature_and_ids_of_their_own() {
    let heard = read("tool_calls_parallel.sse");
    let calls: Vec<_> = heard
        .events
        .iter()
        .map(|event| match event {
            WireEvent::ToolCall { id, name, input, opaque } => {
                (id.as_str(), name.as_str(), input.to_string(), opaque.is_some())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("handmade-1_1", "get_weather", r#"{"city":"Paris"}"#.to_owned(), true),
            ("handmade-1_2", "get_weather", r#"{"city":"Tokyo"}"#.to_owned(), false),
            // No arguments at all is how a call without input is written.
            ("handmade-1_3", "get_time", "{}".to_owned(), false),
        ]
    );
    // Words after a call: the order is no longer the usual one.
    let heard = read("text_after_tool_call.sse");
    assert_eq!(opaque(&heard), Some(json!([{ "call": true }, { "text": 9 }, { "call": true }])));
}

#[test]
fn ids_that_are_made_never_meet_others() {
    let call = |id: Option<&str>| json!({ "functionCall": { "id": id, "name": "f", "args": null } });
    let heard = stream(&[event(json!([call(Some("call_2")), call(None), call(Some(""))]), Some("STOP"))]);
    let ids: Vec<_> = heard.calls().iter().map(|(id, ..)| (*id).to_owned()).collect();
    assert_eq!(ids, ["call_2", "call_3", "call_4"]);
    // An id of the answer that could be anything is not built upon.
    let mut odd = event(json!([call(None)]), Some("STOP"));
    odd["responseId"] = json!("a b\n");
    assert_eq!(stream(&[odd]).calls()[0].0, "call_1");
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    for call in [json!({}), json!({ "name": "" }), json!({ "name": 7 }), json!([]), json!("f")] {
        let heard = stream(&[event(json!([{ "functionCall": call }]), Some("STOP"))]);
        assert_eq!(heard.code(), ErrorCode::Protocol, "{call}");
    }
    let many: Vec<_> = (0..300).map(|_| json!({ "functionCall": { "name": "f" } })).collect();
    let body = format!("data: {}\n\n", event(Value::from(many), Some("STOP")));
    assert_eq!(read_gemini([body.as_bytes()]).code(), ErrorCode::BadOutput);
    let heard = read("malformed_function_call.sse");
    assert_eq!(heard.code(), ErrorCode::BadOutput);
    assert!(!heard.error().message.contains("secret"), "{}", heard.error());
    for reason in ["UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"] {
        let heard = stream(&[event(json!([{ "text": "Hi" }]), Some(reason))]);
        assert_eq!((heard.text().as_str(), heard.code()), ("Hi", ErrorCode::BadOutput), "{reason}");
    }
}

#[test]
fn each_source_is_told_once_and_only_if_it_is_a_page() {
    let heard = read("search.sse");
    assert_eq!(heard.text(), "It rained in Rome.");
    assert_eq!(
        sources(&heard),
        [
            ("one.example", "https://pages.example/redirect/one"),
            ("two.example", "https://pages.example/redirect/two"),
            ("three.example", "https://pages.example/redirect/three"),
            ("https://pages.example/untitled", "https://pages.example/untitled"),
        ]
    );
    // What the service searched and read is a part of the input.
    assert_eq!(heard.usage, Some(Usage { reasoning_tokens: Some(33), ..usage(17 + 308, 6 + 33) }));
}

#[test]
fn what_the_services_own_tools_were_asked_goes_back_whole() {
    let heard = read("search_and_tool.sse");
    assert_eq!(heard.text(), "It is Utqiaġvik. ");
    assert_eq!(heard.finish(), FinishReason::ToolCalls);
    let outline = opaque(&heard).unwrap();
    assert_eq!(outline[0]["part"]["toolCall"]["toolType"], "GOOGLE_SEARCH_WEB");
    assert_eq!(outline[0]["part"]["thoughtSignature"], SIGNATURES[0]);
    assert_eq!(outline[1]["part"]["toolResponse"]["id"], "s1handmade");
    assert_eq!(outline[1]["part"]["thoughtSignature"], SIGNATURES[1]);
    assert_eq!((&outline[2], &outline[3]), (&json!({ "text": 18 }), &json!({ "call": true })));
    assert_eq!(heard.ending.unwrap().unknown_frames, 0);
}

#[test]
fn a_blocked_prompt_is_an_error_although_its_status_is_a_success() {
    let heard = read("prompt_blocked.sse");
    assert_eq!(heard.code(), ErrorCode::BlockedContent);
    assert_eq!(heard.error().message, "The provider blocked the content: the prompt (PROHIBITED_CONTENT).");
    // It is paid for.
    assert_eq!(heard.usage, Some(usage(9, 0)));
    for reason in ["SAFETY", "OTHER", "BLOCKLIST", "JAILBREAK", "REASON_OF_TOMORROW"] {
        let heard = stream(&[json!({ "promptFeedback": { "blockReason": reason } })]);
        assert_eq!(heard.code(), ErrorCode::BlockedContent, "{reason}");
    }
    // Feedback that blocks nothing.
    let rated = json!({ "promptFeedback": { "safetyRatings": [] } });
    assert_eq!(stream(&[rated]).code(), ErrorCode::Truncated);
}

#[test]
fn an_answer_that_a_filter_cut_is_one_only_if_something_was_shown() {
    let heard = read("safety_without_content.sse");
    assert_eq!(heard.code(), ErrorCode::BlockedContent);
    assert_eq!(
        heard.error().message,
        "The provider blocked the content: the answer (SAFETY): The answer was held back by the safety filter."
    );
    assert_eq!(read("safety_after_thoughts.sse").code(), ErrorCode::BlockedContent);
    for name in ["safety_after_text.sse", "prompt_blocked_after_text.sse"] {
        let heard = read(name);
        assert_eq!(
            (heard.text().as_str(), heard.finish()),
            ("Once upon", FinishReason::ContentFilter),
            "{name}"
        );
    }
    for reason in ["RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"] {
        let heard = stream(&[event(json!([]), Some(reason))]);
        assert_eq!(heard.code(), ErrorCode::BlockedContent, "{reason}");
    }
}

#[test]
fn thinking_that_used_up_the_limit_is_no_answer() {
    assert_eq!(read("max_tokens.sse").finish(), FinishReason::Length);
    for name in ["max_tokens_thoughts_only.sse", "max_tokens_without_parts.sse"] {
        let heard = read(name);
        assert_eq!(heard.code(), ErrorCode::BadOutput, "{name}");
        assert!(heard.error().message.contains("`maxOutputTokens`"), "{name}: {}", heard.error());
    }
    assert_eq!(read("max_tokens_thoughts_only.sse").reasoning(), "I begin with");
}

#[test]
fn reasons_that_nobody_knows_are_ends() {
    let heard = read("unknown_reason.sse");
    assert_eq!((heard.text().as_str(), heard.finish()), ("Once upon a time.", FinishReason::Stop));
    let heard = read("other_without_text.sse");
    assert_eq!(heard.code(), ErrorCode::BadOutput);
    assert_eq!(heard.error().message, "The model gave no answer (OTHER): Something else went wrong.");
    let heard = read("empty_answer.sse");
    assert_eq!(heard.finish(), FinishReason::Stop);
    assert!(heard.ending.unwrap().is_empty);
    let heard = read("last_chunk_without_parts.sse");
    assert_eq!((heard.text().as_str(), heard.finish()), ("Once upon", FinishReason::Stop));
    // Older models give a reason in every event; the last one counts.
    let heard = read("finish_in_every_chunk.sse");
    assert_eq!((heard.text().as_str(), heard.finish()), ("Once upon a", FinishReason::Length));
}

#[test]
fn an_error_is_found_in_whatever_form_it_comes() {
    for name in [
        "error_mid_stream.sse",
        "error_mid_stream_bare.sse",
        "error_mid_stream_bare_line.sse",
        "error_mid_stream_array.sse",
    ] {
        let heard = read(name);
        assert_eq!(heard.text(), "Once", "{name}");
        assert_eq!((heard.code(), heard.error().status), (ErrorCode::Server, Some(503)), "{name}");
        assert_eq!(
            heard.error().message,
            "The server failed (503): The model is overloaded. Please try again later.",
            "{name}"
        );
        assert_eq!(heard.usage, Some(usage(7, 0)), "{name}");
    }
    for name in ["error_only.json", "error_array.json"] {
        assert_eq!((read(name).text().as_str(), read(name).code()), ("", ErrorCode::Server), "{name}");
    }
    // A reason came, but so did an error: nobody knows what is missing.
    let heard = read("error_after_finish.sse");
    assert_eq!((heard.text().as_str(), heard.code()), ("Once upon a <b> & c time.", ErrorCode::Server));
    let heard = stream(&[
        json!({ "error": { "code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED" } }),
    ]);
    assert_eq!((heard.code(), heard.error().status), (ErrorCode::RateLimited, Some(429)));
    assert_eq!(read_gemini([b"<html>".as_slice()]).code(), ErrorCode::Protocol);
}

#[test]
fn stray_lines_that_are_no_error_are_counted_only() {
    let body = format!("data: {}\n\n{{\"note\":\n1}}\n", event(json!([{ "text": "Hi" }]), Some("STOP")));
    let heard = says_the_same_however_it_is_cut("strays", body.as_bytes(), |pieces| read_gemini(pieces));
    assert_eq!((heard.finish(), heard.ending.unwrap().unknown_frames), (FinishReason::Stop, 1));
    // What the standard knows is no stray.
    let body =
        format!("id: 1\nretry: 2\nother\ndata: {}\n\n", event(json!([{ "text": "Hi" }]), Some("STOP")));
    assert_eq!(read_gemini([body.as_bytes()]).ending.unwrap().unknown_frames, 0);
}

#[test]
fn a_corrupt_piece_ends_the_answer_since_words_would_be_missing() {
    for name in ["malformed_frame.sse", "invalid_utf8.sse"] {
        let heard = read(name);
        assert_eq!((heard.text().as_str(), heard.code()), ("Once", ErrorCode::Protocol), "{name}");
    }
    // Sound JSON, but not where it belongs.
    for odd in [
        event(json!([{ "text": 7 }]), None),
        event(json!([7]), None),
        event(json!({}), None),
        json!({ "candidates": {} }),
        json!({ "candidates": [7] }),
        json!({ "candidates": [{ "content": 7 }] }),
        json!([7]),
    ] {
        assert_eq!(
            stream(&[odd.clone(), event(json!([]), Some("STOP"))]).code(),
            ErrorCode::Protocol,
            "{odd}"
        );
    }
}

#[test]
fn what_nobody_knows_is_skipped_and_counted() {
    let heard = read("unknown_frames.sse");
    assert_eq!((heard.text().as_str(), heard.finish()), ("Once upon", FinishReason::Stop));
    // An object, a number, and a part.
    assert_eq!(heard.ending.unwrap().unknown_frames, 3);
}

#[test]
fn everything_may_be_absent() {
    let heard = stream(&[
        json!({ "candidates": null, "usageMetadata": null, "promptFeedback": null, "modelVersion": null }),
        json!({ "candidates": [] }),
        json!({ "candidates": [{}] }),
        json!({ "candidates": [{ "content": null }] }),
        json!({ "candidates": [{ "content": {} }] }),
        json!({ "candidates": [{ "content": { "parts": null } }] }),
        event(
            json!([{ "text": null }, { "text": "Hi", "thought": null, "thoughtSignature": null }]),
            Some("STOP"),
        ),
    ]);
    assert_eq!((heard.text().as_str(), heard.finish(), heard.usage), ("Hi", FinishReason::Stop, None));
}

#[test]
fn other_candidates_are_not_mixed_in() {
    let heard = stream(&[
        json!({ "candidates": [
            { "index": 1, "content": { "parts": [{ "text": "no" }] }, "finishReason": "MAX_TOKENS" },
            { "index": 0, "content": { "parts": [{ "text": "yes" }] } },
        ] }),
        event(json!([]), Some("STOP")),
    ]);
    assert_eq!((heard.text().as_str(), heard.finish()), ("yes", FinishReason::Stop));
}

#[test]
fn counts_are_read_however_they_are_written() {
    let cached = |output, reasoning_tokens| Usage {
        cached_input_tokens: Some(960),
        reasoning_tokens,
        ..usage(1_000, output)
    };
    assert_eq!(read("cached.sse").usage, Some(cached(1, None)));
    assert_eq!(read("counts_as_strings.sse").usage, Some(cached(21, Some(20))));
    let counts = |counts: Value| json!({ "candidates": [], "usageMetadata": counts });
    // Other services send none at first, and odd ones are none.
    let heard = stream(&[
        counts(json!({ "promptTokenCount": 3, "candidatesTokenCount": 2 })),
        counts(json!({ "trafficType": "ON_DEMAND", "promptTokenCount": -1, "candidatesTokenCount": [] })),
    ]);
    assert_eq!(heard.usage, Some(usage(3, 2)));
    let huge = counts(json!({ "promptTokenCount": u64::MAX, "toolUsePromptTokenCount": 5 }));
    assert_eq!(stream(&[huge]).usage, Some(usage(u64::MAX, 0)));
}

#[test]
fn the_model_that_answered_is_told_where_it_is_another() {
    let answered_by = |asked: &str, version: &str| {
        let mut decoder = ChatDecoder::new(&super::asked(asked));
        let mut piece = event(json!([{ "text": "Hi" }]), Some("STOP"));
        piece["modelVersion"] = json!(version);
        let mut events = Vec::new();
        decoder.push(format!("data: {piece}\r\n\r\n").as_bytes(), &mut events).unwrap();
        decoder.finish(&mut events).unwrap().answered_by
    };
    for (asked, version) in [
        ("gemini-2.5-flash", "gemini-2.5-flash"),
        ("gemini-2.5-flash", "gemini-2.5-flash-001"),
        ("gemini-2.5-flash", "gemini-2.5-flash-preview-09-2025"),
        ("gemini-2.5-flash-preview-05-20", "models/gemini-2.5-flash"),
        ("models/gemini-3.1-pro-preview", "gemini-3.1-pro"),
        ("gemini-2.5-flash", ""),
    ] {
        assert_eq!(answered_by(asked, version), None, "{asked} {version}");
    }
    for (asked, version) in [
        ("gemini-flash-latest", "gemini-3.8-flash"),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite"),
        ("gemini-3.5-flash", "gemini-3.6-flash"),
    ] {
        assert_eq!(answered_by(asked, version).as_deref(), Some(version), "{asked}");
    }
    assert_eq!(read("alias.sse").ending.unwrap().answered_by.as_deref(), Some("gemini-3.8-flash"));
}

#[test]
fn a_body_beyond_the_limit_is_given_up() {
    let piece = vec![b'x'; 4_096];
    let body = core::iter::once(b"{\"candidates\":\"".as_slice()).chain((0..1_000).map(|_| piece.as_slice()));
    assert_eq!(read_gemini(body).code(), ErrorCode::Protocol);
}
