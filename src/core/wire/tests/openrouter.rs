//! Bodies of OpenRouter's chat completions.

use serde_json::{Value, json};

use super::{Transcript, fixture, fixtures, read_openrouter, says_the_same_however_it_is_cut, usage};
use crate::base::money::Money;
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::WireEvent;

fn read(name: &str) -> Transcript {
    read_openrouter([fixture(&format!("openrouter-handmade/{name}")).as_slice()])
}

fn stream(pieces: &[&str]) -> Transcript {
    let body = pieces.iter().map(|piece| format!("data: {piece}\n\n")).collect::<Vec<_>>().concat();
    says_the_same_however_it_is_cut("stream", body.as_bytes(), |pieces| read_openrouter(pieces))
}

fn usd(amount: &str) -> Money {
    Money::from_decimal(amount).unwrap()
}

fn opaque(heard: &Transcript) -> Option<Value> {
    heard.ending.as_ref().unwrap().opaque.clone()
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn every_body_says_the_same_however_it_is_cut() {
    let whole = ["complete.json", "error_in_200.json", "error_in_choice_200.json"]
        .map(|name| (name.to_owned(), fixture(&format!("openrouter-handmade/{name}"))));
    for (name, body) in fixtures("openrouter-handmade", &[".sse"]).into_iter().chain(whole) {
        says_the_same_however_it_is_cut(&name, &body, |pieces| read_openrouter(pieces));
    }
}

#[test]
fn a_whole_answer_is_told_with_its_counts_and_its_bill() {
    let words = ["Once", " upon", " a <b> & c", " tíme."].map(|word| WireEvent::Text(word.to_owned()));
    let counted = Usage { cached_input_tokens: Some(0), reasoning_tokens: Some(0), ..usage(31, 5) };
    for name in ["complete.sse", "usage_with_null_finish.sse", "usage_in_finish.sse"] {
        let heard = read(name);
        assert_eq!(heard.events, words, "{name}");
        assert_eq!(
            (heard.usage, heard.billed, heard.is_done),
            (Some(counted), Some(usd("0.0000615")), true),
            "{name}"
        );
        let ending = heard.ending.unwrap();
        assert_eq!((ending.finish, ending.usage), (FinishReason::Stop, Some(counted)), "{name}");
        assert_eq!(
            (ending.billed, ending.opaque, ending.answered_by),
            (Some(usd("0.0000615")), None, None),
            "{name}"
        );
        assert_eq!((ending.unknown_frames, ending.is_empty), (0, false), "{name}");
    }
    // Two comments, four words, the finish reason, the counts and the mark of the end.
    assert_eq!(read("complete.sse").frames, 9);
    for name in ["comments_between.sse", "debug_first.sse"] {
        assert!(read(name).text().starts_with("Once"), "{name}");
        assert_eq!(read(name).finish(), FinishReason::Stop, "{name}");
    }
}

#[test]
fn an_answer_that_was_not_streamed_is_one_all_the_same() {
    let heard = read("complete.json");
    assert_eq!((heard.text().as_str(), heard.reasoning().as_str()), ("Once upon a tíme.", "Hm."));
    assert_eq!((heard.finish(), heard.billed), (FinishReason::Stop, Some(usd("0.0000615"))));
    let source = WireEvent::Source {
        title: "Weather today".to_owned(),
        url: "https://weather.example/today".to_owned(),
    };
    assert_eq!(heard.events.last(), Some(&source));
    let details = json!([{ "type": "reasoning.summary", "summary": "Hm.", "id": "rs_1", "format": "openai-responses-v1", "index": 0 }]);
    assert_eq!(opaque(&heard), Some(details));
}

#[test]
fn a_bill_is_taken_to_its_last_digit_and_with_the_hosts_own() {
    assert_eq!(read("cost_null.sse").billed, None);
    assert_eq!(read("cost_exact.sse").billed, Some(usd("0.001234567890")));
    assert_eq!(read("byok.sse").billed, Some(usd("0.0002205")));
    let billed = |usage: &str| stream(&[STOP, &format!(r#"{{"choices":[],"usage":{usage}}}"#)]).billed;
    for (usage, expected) in [
        (r#"{"cost":0}"#, Some(usd("0"))),
        (r#"{"cost":"0.25"}"#, Some(usd("0.25"))),
        (r#"{"cost":-1}"#, None),
        (r#"{"cost":{"total":1}}"#, None),
        (r#"{"cost":1,"cost":2}"#, Some(usd("2"))),
        // Only where the key at the host is the user's own.
        (r#"{"cost":1,"is_byok":false,"cost_details":{"upstream_inference_cost":5}}"#, Some(usd("1"))),
        (r#"{"cost":1,"is_byok":true,"cost_details":{"upstream_inference_cost":null}}"#, Some(usd("1"))),
        (r#"{"cost":null,"is_byok":true,"cost_details":{"upstream_inference_cost":5}}"#, Some(usd("5"))),
        // What the quick reader leaves to the full one.
        (r#"{"c\u006fst":0.1}"#, Some(usd("0.1"))),
        (r#"{"cost":1.5e-0003}"#, Some(usd("0.0015"))),
    ] {
        assert_eq!(billed(usage), expected, "{usage}");
    }
}

#[test]
fn what_was_thought_is_shown_and_given_back_whole() {
    let heard = read("reasoning.sse");
    assert_eq!((heard.reasoning().as_str(), heard.text().as_str()), ("I add 5 and 2.", "7."));
    assert_eq!(heard.usage.unwrap().reasoning_tokens, Some(8));
    assert_eq!(
        opaque(&heard),
        Some(json!([{
            "type": "reasoning.text",
            "format": "anthropic-claude-v1",
            "index": 0,
            "text": "I add 5 and 2.",
            "signature": "c2lnbmVk",
        }]))
    );
    // Without `reasoning` beside them, the details are what is shown.
    let heard = read("reasoning_encrypted.sse");
    assert_eq!((heard.reasoning().as_str(), heard.text().as_str()), ("**Adding** numbers", "7."));
    assert_eq!(
        opaque(&heard),
        Some(json!([
            { "type": "reasoning.summary", "summary": "**Adding** numbers", "id": "rs_1", "format": "openai-responses-v1", "index": 0 },
            { "type": "reasoning.encrypted", "data": "b3BhcXVl", "id": "rs_1", "format": "openai-responses-v1", "index": 0 },
        ]))
    );
    let heard = read("reasoning_hidden.sse");
    assert_eq!((heard.reasoning().as_str(), heard.text().as_str()), ("", "7."));
    assert_eq!(opaque(&heard).unwrap()[0]["data"], "b3BhcXVl");
}

#[test]
fn details_are_only_joined_where_they_are_pieces_of_one() {
    let joined = |details: &[Value]| {
        let pieces: Vec<String> = details
            .iter()
            .map(|detail| json!({ "choices": [{ "delta": { "reasoning_details": [detail] } }] }).to_string())
            .collect();
        let mut pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        pieces.push(STOP);
        opaque(&stream(&pieces)).unwrap().as_array().unwrap().clone()
    };
    let text = |index: Value, text: &str| json!({ "type": "reasoning.text", "text": text, "index": index });
    // Two thoughts in turn; one without an index; one after a signature.
    assert_eq!(
        joined(&[text(json!(0), "a"), text(json!(1), "b"), text(json!(0), "c"), text(json!(1), "d")]),
        [text(json!(0), "ac"), text(json!(1), "bd")]
    );
    assert_eq!(joined(&[text(Value::Null, "a"), text(Value::Null, "b")]).len(), 2);
    let signed = json!({ "type": "reasoning.text", "text": "a", "signature": "s", "index": 0 });
    assert_eq!(joined(&[signed.clone(), text(json!(0), "b")]), [signed, text(json!(0), "b")]);
    // What is unknown is kept as it is.
    assert_eq!(
        joined(&[json!(7), json!({ "type": "new", "x": [1] })]),
        [json!(7), json!({ "type": "new", "x": [1] })]
    );
}

#[test]
fn tool_calls_keep_what_belongs_to_each() {
    let heard = read("tool_calls.sse");
    assert_eq!(
        heard.calls(),
        [
            ("call_handmade_0", "get_weather", r#"{"city":"Zürich"}"#.to_owned()),
            ("call_handmade_1", "get_time", "{}".to_owned()),
        ]
    );
    // The host said `stop`.
    assert_eq!(heard.finish(), FinishReason::ToolCalls);
    let opaque = opaque(&heard).unwrap();
    assert_eq!((&opaque[0]["data"], &opaque[1]["data"]), (&json!("b25l"), &json!("dHdv")));
}

#[test]
fn each_page_is_named_once() {
    let heard = read("search.sse");
    let sources: Vec<(&str, &str)> = heard
        .events
        .iter()
        .filter_map(|event| match event {
            WireEvent::Source { title, url } => Some((title.as_str(), url.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        sources,
        [
            ("Weather today", "https://weather.example/today"),
            ("https://news.example/rain", "https://news.example/rain"),
        ]
    );
    assert_eq!(heard.text(), "It rains.");
    // The form without a field of its own, and forms that say nothing.
    let heard = stream(&[
        r#"{"choices":[{"delta":{"annotations":[{"type":"url_citation","url":"https://a.example","title":"A"},7,{},{"url_citation":{"url":""}}]}}]}"#,
        STOP,
    ]);
    let source = WireEvent::Source { title: "A".to_owned(), url: "https://a.example".to_owned() };
    assert_eq!(heard.events, [source]);
}

#[test]
fn who_answered_is_told_where_it_is_another() {
    assert_eq!(read("other_model.sse").ending.unwrap().answered_by.as_deref(), Some("handmade/fallback"));
    assert_eq!(read("variant.sse").ending.unwrap().answered_by, None);
    assert_eq!(read("variant.sse").billed, Some(usd("0")));
}

#[test]
fn the_hosts_own_word_for_the_end_means_nothing() {
    assert_eq!(read("length.sse").finish(), FinishReason::Length);
    assert_eq!(read("content_filter.sse").finish(), FinishReason::ContentFilter);
    assert_eq!(read("finish_without_done.sse").finish(), FinishReason::Stop);
}

#[test]
fn what_ends_too_early_is_never_a_success() {
    for (name, words) in [("cut_without_finish.sse", "Once upon"), ("cut_while_waiting.sse", "")] {
        let heard = read(name);
        assert_eq!((heard.text().as_str(), heard.code()), (words, ErrorCode::Truncated), "{name}");
    }
    for name in ["complete.sse", "complete.json"] {
        let whole = fixture(&format!("openrouter-handmade/{name}"));
        let last = whole.windows(4).position(|bytes| bytes == b"stop").unwrap();
        for end in 0..last {
            assert_eq!(read_openrouter([&whole[..end]]).code(), ErrorCode::Truncated, "{name}, {end} bytes");
        }
    }
}

#[test]
fn an_error_inside_a_200_is_one_in_any_form_and_keeps_what_came_before() {
    for (name, words, code, status) in [
        ("error_with_choice.sse", "Once upon", ErrorCode::RateLimited, Some(429)),
        ("error_without_choices.sse", "Once", ErrorCode::Server, None),
        ("error_in_choice.sse", "Once", ErrorCode::Server, Some(502)),
        ("error_after_usage.sse", "Once", ErrorCode::Timeout, Some(504)),
        ("finish_error.sse", "Once", ErrorCode::Server, None),
        ("error_in_200.json", "", ErrorCode::Server, Some(502)),
        ("error_in_choice_200.json", "Once", ErrorCode::RateLimited, Some(429)),
    ] {
        let heard = read(name);
        assert_eq!(
            (heard.text().as_str(), heard.code(), heard.error().status),
            (words, code, status),
            "{name}"
        );
    }
    // What was billed before is billed.
    assert_eq!(read("error_after_usage.sse").billed, Some(usd("0.0000615")));
}

#[test]
fn a_page_instead_of_an_answer_is_no_answer() {
    assert_eq!(read("refused_502.html").code(), ErrorCode::Protocol);
}

#[test]
fn the_record_of_an_answer_says_what_was_billed_to_the_last_digit() {
    use crate::wire::openrouter::parse_record;
    let read = |data: &str| parse_record(format!(r#"{{"data":{data}}}"#).as_bytes());
    let billed = |data: &str| read(data).map(|(billed, _)| billed).ok();
    assert_eq!(billed(r#"{"total_cost":0.001234567890}"#), Some(usd("0.001234567890")));
    assert_eq!(billed(r#"{"total_cost":"0.25"}"#), Some(usd("0.25")));
    assert_eq!(billed(r#"{"total_cost":0}"#), Some(usd("0")));
    let own_key = r#"{"total_cost":0.01,"is_byok":true,"upstream_inference_cost":0.2}"#;
    assert_eq!(billed(own_key), Some(usd("0.21")));
    assert_eq!(billed(&own_key.replace("true", "false")), Some(usd("0.01")));
    for odd in ["null", "{}", "[]", r#"{"total_cost":null}"#, r#"{"total_cost":-1}"#, r#"{"total_cost":{}}"#]
    {
        assert_eq!(billed(odd), None, "{odd}");
    }
    for foreign in ["", "<html>", "{}", "[]", "\u{1}"] {
        assert!(parse_record(foreign.as_bytes()).is_err(), "{foreign}");
    }
    let (_, counted) = read(
        r#"{"total_cost":1,"native_tokens_prompt":7,"native_tokens_completion":"9","native_tokens_reasoning":null}"#,
    )
    .unwrap();
    let counted = counted.unwrap();
    assert_eq!((counted.input_tokens, counted.reasoning_tokens, counted.estimated), (7, None, false));
}
