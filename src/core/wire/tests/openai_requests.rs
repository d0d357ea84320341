//! Requests for chat completions.

use serde_json::{Value, json};

use crate::model::http::{Credential, FetchMode};
use crate::model::message::ToolMode;
use crate::model::{Content, File, Message, Reasoning, Text, Tool, ToolCall, ToolChoice};
use crate::wire::openai::{chat, models, root};
use crate::wire::{ChatRequest, Server};

const SERVER: Server<'_> =
    Server { root: "http://host/v1", headers: &[], credential: None, openrouter: None, page_origin: None };

fn body(request: &ChatRequest) -> Value {
    serde_json::from_slice(&chat(&SERVER, request).body.unwrap()).unwrap()
}

fn text(words: &str) -> Text {
    Text::Whole(words.to_owned())
}

fn request() -> ChatRequest {
    let messages = vec![Message::User { content: text("Hi") }];
    ChatRequest { model: "m".to_owned(), messages, ..ChatRequest::default() }
}

fn tool(name: &str) -> Tool {
    Tool { name: name.to_owned(), description: None, input_schema: json!({ "type": "object" }) }
}

#[test]
fn a_version_segment_may_be_missing_or_doubled() {
    for (endpoint, expected) in [
        ("http://host:8080", "http://host:8080/v1"),
        ("http://host:8080/", "http://host:8080/v1"),
        ("http://host:8080/v1", "http://host:8080/v1"),
        ("http://host:8080/v1/", "http://host:8080/v1"),
        ("http://host:8080/v1/v1", "http://host:8080/v1"),
        ("http://host:8080//v1//", "http://host:8080/v1"),
        ("http://host:8080/v1/chat/completions", "http://host:8080/v1"),
        ("http://host:8080/v1/models?x=1", "http://host:8080/v1"),
        ("http://host:8080/api/v1", "http://host:8080/api/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://host/v1beta/openai/", "https://host/v1beta/openai"),
        ("https://host/api/paas/v4", "https://host/api/paas/v4"),
        ("https://host/vllm", "https://host/vllm/v1"),
        ("https://v1.example", "https://v1.example/v1"),
        ("http://models", "http://models/v1"),
        (" localhost:8080 ", "http://localhost:8080/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
    ] {
        assert_eq!(root(endpoint), expected, "{endpoint}");
        assert_eq!(root(expected), expected, "{expected}, again");
    }
}

#[test]
fn the_least_request_holds_only_what_it_must() {
    assert_eq!(
        body(&request()),
        json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "Hi" }],
            "stream": true,
            "stream_options": { "include_usage": true },
        })
    );
}

#[test]
fn the_fullest_request_holds_all() {
    let messages = vec![
        Message::System { content: text("Be brief.") },
        Message::User {
            content: Text::Pieces(vec![
                Content::Text { text: "What is ".to_owned() },
                Content::Text { text: "the weather?".to_owned() },
            ]),
        },
        Message::Assistant {
            content: text(""),
            tool_calls: vec![ToolCall {
                id: "call_1".to_owned(),
                name: "get_weather".to_owned(),
                input: json!({ "city": "Zürich" }),
                opaque: None,
            }],
            opaque: None,
        },
        Message::Tool { tool_call_id: "call_1".to_owned(), content: text("11 °C") },
        Message::Assistant { content: text("Cold."), tool_calls: vec![], opaque: None },
    ];
    let request = ChatRequest {
        messages,
        tools: vec![
            Tool { description: Some("The weather now.".to_owned()), ..tool("get_weather") },
            tool("get_time"),
        ],
        tool_choice: Some(ToolChoice::Mode(ToolMode::Required)),
        reasoning: Some(Reasoning::High),
        can_reason: None,
        max_output_tokens: Some(100),
        temperature: Some(0.5),
        top_p: Some(0.25),
        stop: vec!["END".to_owned()],
        seed: Some(-7),
        // The protocol has no word for it.
        context_length: Some(8_192),
        ..request()
    };
    assert_eq!(
        body(&request),
        json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "What is the weather?" },
                {
                    "role": "assistant",
                    "content": null,
                    "tool_calls": [{
                        "id": "call_1",
                        "type": "function",
                        "function": { "name": "get_weather", "arguments": "{\"city\":\"Zürich\"}" },
                    }],
                },
                { "role": "tool", "tool_call_id": "call_1", "content": "11 °C" },
                { "role": "assistant", "content": "Cold." },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "The weather now.",
                        "parameters": { "type": "object" },
                    },
                },
                { "type": "function", "function": { "name": "get_time", "parameters": { "type": "object" } } },
            ],
            "tool_choice": "required",
            "reasoning_effort": "high",
            "max_tokens": 100,
            "temperature": 0.5,
            "top_p": 0.25,
            "stop": ["END"],
            "seed": -7,
        })
    );
}

#[test]
fn openai_itself_is_told_the_limit_under_its_newer_name() {
    let server = Server { root: "https://api.openai.com/v1", ..SERVER };
    let request = ChatRequest { max_output_tokens: Some(7), ..request() };
    let body: Value = serde_json::from_slice(&chat(&server, &request).body.unwrap()).unwrap();
    assert_eq!((body.get("max_completion_tokens"), body.get("max_tokens")), (Some(&json!(7)), None));
}

#[test]
fn files_stand_among_the_words_as_they_were_given() {
    let file = |media_type: &str, file, name: Option<&str>| {
        let name = name.map(str::to_owned);
        Content::File(File { media_type: media_type.to_owned(), file, bytes: 9, name, digest: None })
    };
    let words = |text: &str| Content::Text { text: text.to_owned() };
    let pieces = vec![
        words("First"),
        file("image/png", 3, Some("a.png")),
        words("then"),
        file("application/pdf", 4, None),
        file("text/csv", 5, Some("b.csv")),
    ];
    let messages = vec![Message::User { content: Text::Pieces(pieces) }];
    let sent = chat(&SERVER, &ChatRequest { messages, ..request() });
    let written = String::from_utf8(sent.body.unwrap()).unwrap();
    let body: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        body["messages"][0]["content"],
        json!([
            { "type": "text", "text": "First" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64," } },
            { "type": "text", "text": "then" },
            { "type": "file", "file": { "filename": "document.pdf", "file_data": "data:application/pdf;base64," } },
            { "type": "file", "file": { "filename": "b.csv", "file_data": "data:text/csv;base64," } },
        ])
    );
    let places: Vec<u32> = sent.files.iter().map(|place| place.file).collect();
    assert_eq!(places, [3, 4, 5]);
    assert!(sent.files.iter().all(|place| written[..place.offset].ends_with(";base64,")));
}

#[test]
fn a_schema_is_strict_where_that_changes_nothing_for_the_asker() {
    let sent = |schema: Value| {
        let body = body(&ChatRequest { schema: Some(schema), ..request() });
        assert_eq!(body["response_format"]["type"], "json_schema");
        let sent = &body["response_format"]["json_schema"];
        assert_eq!(sent["name"], "answer");
        (sent["strict"].as_bool().unwrap(), sent["schema"].clone())
    };
    let inner = |closed: bool| {
        let mut inner =
            json!({ "type": "object", "properties": { "b": { "type": "number" } }, "required": ["b"] });
        if closed {
            inner["additionalProperties"] = json!(false);
        }
        inner
    };
    let outer = |closed: bool| {
        let mut outer = json!({
            "type": "object",
            "properties": {
                "list": { "type": "array", "items": inner(closed) },
                // A property may have any name.
                "properties": { "anyOf": [inner(closed), { "type": "null" }] },
                "ref": { "$ref": "#/$defs/inner" },
            },
            "required": ["list", "properties", "ref"],
            "$defs": { "inner": inner(closed) },
        });
        if closed {
            outer["additionalProperties"] = json!(false);
        }
        outer
    };
    assert_eq!(sent(outer(false)), (true, outer(true)));
    assert_eq!(sent(outer(true)), (true, outer(true)));
    // What cannot be strict goes as it is: a property that may be absent, an open object, words that are not known.
    for loose in [
        json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": {} }, "required": ["a"] }),
        json!({ "type": "object", "properties": { "a": inner(false) }, "required": ["a"], "additionalProperties": { "type": "string" } }),
        json!({ "type": "object", "properties": { "a": { "type": "object" } }, "required": ["a"] }),
        json!({ "type": "object", "properties": { "a": true }, "required": ["a"] }),
        json!({ "type": "object", "properties": { "a": { "allOf": [inner(false)] } }, "required": ["a"] }),
        json!({ "type": "array", "items": inner(false) }),
        json!({ "anyOf": [inner(false)] }),
        json!({}),
        json!(true),
    ] {
        assert_eq!(sent(loose.clone()), (false, loose));
    }
}

#[test]
fn a_search_is_never_asked_for_where_there_is_none() {
    assert_eq!(body(&ChatRequest { search: true, is_sensitive: true, ..request() }), body(&request()));
}

#[test]
fn what_another_provider_wants_back_is_not_sent() {
    let said = |opaque| Message::Assistant { content: text("x"), tool_calls: vec![], opaque };
    let sent = |opaque| body(&ChatRequest { messages: vec![said(opaque)], ..request() });
    assert_eq!(sent(Some(json!([{ "index": 0 }]))), sent(None));
}

#[test]
fn a_choice_of_tools_is_only_sent_with_tools() {
    let choice = |choice, tools| {
        body(&ChatRequest { tool_choice: Some(choice), tools, ..request() }).get("tool_choice").cloned()
    };
    let named = ToolChoice::Named { name: "f".to_owned() };
    assert_eq!(choice(named.clone(), vec![]), None);
    let expected = json!({ "type": "function", "function": { "name": "f" } });
    assert_eq!(choice(named, vec![tool("f")]), Some(expected));
    assert_eq!(choice(ToolChoice::Mode(ToolMode::Auto), vec![tool("f")]), Some(json!("auto")));
    assert_eq!(choice(ToolChoice::Mode(ToolMode::None), vec![tool("f")]), Some(json!("none")));
}

#[test]
fn effort_is_only_sent_where_it_was_asked_for() {
    for (reasoning, can_reason, expected) in [
        (None, Some(true), None),
        (Some(Reasoning::Low), None, Some("low")),
        (Some(Reasoning::Medium), Some(true), Some("medium")),
        (Some(Reasoning::High), Some(false), None),
        (Some(Reasoning::Off), Some(true), Some("none")),
        (Some(Reasoning::Off), None, None),
    ] {
        let body = body(&ChatRequest { reasoning, can_reason, ..request() });
        assert_eq!(
            body.get("reasoning_effort").and_then(Value::as_str),
            expected,
            "{reasoning:?} {can_reason:?}"
        );
    }
}

#[test]
fn requests_go_where_they_should_without_any_key() {
    let key = Credential::new("p", "Authorization", "Bearer ");
    let headers = [("X-Title".to_owned(), "mesh".to_owned())];
    let server =
        Server { root: "https://host/v1", headers: &headers, credential: Some(&key), ..Server::default() };
    let sent = chat(&server, &request());
    assert_eq!(
        (sent.method, sent.url.as_str(), sent.mode),
        ("POST", "https://host/v1/chat/completions", FetchMode::Cors)
    );
    assert_eq!(
        sent.headers,
        [
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("X-Title".to_owned(), "mesh".to_owned())
        ]
    );
    assert_eq!(sent.credential.as_ref(), Some(&key));

    let sent = models(&Server { credential: None, ..server });
    assert_eq!((sent.method, sent.url.as_str()), ("GET", "https://host/v1/models"));
    assert_eq!((sent.headers, sent.credential, sent.body), (headers.to_vec(), None, None));
}
