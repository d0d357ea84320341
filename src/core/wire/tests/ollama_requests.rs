//! Requests for Ollama.

use serde_json::{Value, json};

use crate::model::http::{Credential, HttpRequest};
use crate::model::message::ToolMode;
use crate::model::{Content, File, Message, Reasoning, Text, Tool, ToolCall, ToolChoice};
use crate::wire::ChatRequest;
use crate::wire::ollama::{chat, origin, ps, pull, show, tags, version};

fn text(words: &str) -> Text {
    Text::Whole(words.to_owned())
}

fn raw(request: &ChatRequest) -> String {
    String::from_utf8(chat("http://host", None, request).body.unwrap()).unwrap()
}

fn body(request: &ChatRequest) -> Value {
    serde_json::from_str(&raw(request)).unwrap()
}

fn request() -> ChatRequest {
    let messages = vec![Message::User { content: text("Hi") }];
    ChatRequest { model: "m".to_owned(), messages, ..ChatRequest::default() }
}

fn tool(name: &str) -> Tool {
    let input_schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    Tool { name: name.to_owned(), description: Some("About it.".to_owned()), input_schema }
}

fn call(id: &str, name: &str, input: Value) -> ToolCall {
    ToolCall { id: id.to_owned(), name: name.to_owned(), input, opaque: None }
}

#[test]
fn an_endpoint_may_end_in_more_than_its_origin() {
    for (endpoint, expected) in [
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/", "http://localhost:11434"),
        ("http://localhost:11434/api", "http://localhost:11434"),
        ("http://localhost:11434/api/", "http://localhost:11434"),
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("http://localhost:11434/api/v1//", "http://localhost:11434"),
        ("https://host/ollama/api", "https://host/ollama"),
        ("https://ollama.com/api", "https://ollama.com"),
        ("http://api", "http://api"),
        ("localhost:11434", "http://localhost:11434"),
        ("127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
        (" http://[::1]:11434/?x#y ", "http://[::1]:11434"),
    ] {
        assert_eq!(origin(endpoint), expected, "{endpoint}");
        assert_eq!(origin(expected), expected, "{expected}, again");
    }
}

#[test]
fn the_least_request_holds_only_what_it_must() {
    let expected = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }], "stream": true });
    assert_eq!(body(&request()), expected);
}

#[test]
fn the_fullest_request_holds_all() {
    let messages = vec![
        Message::System { content: text("Be brief.") },
        Message::User { content: text("The weather?") },
        Message::Assistant {
            content: text("Let me look."),
            tool_calls: vec![
                call("a", "get_weather", json!({ "city": "Zürich" })),
                call("b", "get_time", Value::Null),
                call("c", "get_list", json!([1])),
            ],
            opaque: None,
        },
        Message::Tool { tool_call_id: "b".to_owned(), content: text("noon") },
        Message::Tool { tool_call_id: "a".to_owned(), content: text("11 °C") },
        Message::Tool { tool_call_id: "lost".to_owned(), content: text("?") },
        Message::Assistant { content: text("Cold."), tool_calls: vec![], opaque: None },
    ];
    let request = ChatRequest {
        messages,
        tools: vec![tool("get_weather")],
        reasoning: Some(Reasoning::High),
        can_reason: Some(true),
        max_output_tokens: Some(100),
        temperature: Some(0.5),
        top_p: Some(0.25),
        stop: vec!["END".to_owned()],
        seed: Some(-7),
        context_length: Some(8_192),
        ..request()
    };
    assert_eq!(
        body(&request),
        json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "The weather?" },
                {
                    "role": "assistant",
                    "content": "Let me look.",
                    "tool_calls": [
                        { "id": "a", "function": { "name": "get_weather", "arguments": { "city": "Zürich" } } },
                        { "id": "b", "function": { "name": "get_time", "arguments": {} } },
                        { "id": "c", "function": { "name": "get_list", "arguments": { "input": [1] } } },
                    ],
                },
                { "role": "tool", "tool_call_id": "b", "tool_name": "get_time", "content": "noon" },
                { "role": "tool", "tool_call_id": "a", "tool_name": "get_weather", "content": "11 °C" },
                { "role": "tool", "tool_call_id": "lost", "content": "?" },
                { "role": "assistant", "content": "Cold." },
            ],
            "stream": true,
            "tools": [{
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "About it.",
                    "parameters": { "type": "object", "properties": { "city": { "type": "string" } } },
                },
            }],
            "think": true,
            "options": {
                "num_ctx": 8192,
                "num_predict": 100,
                "temperature": 0.5,
                "top_p": 0.25,
                "stop": ["END"],
                "seed": -7,
            },
        })
    );
}

#[test]
fn files_go_beside_the_words_of_their_message() {
    let file = |media_type: &str, file| {
        Content::File(File { media_type: media_type.to_owned(), file, bytes: 9, name: None, digest: None })
    };
    let words = |text: &str| Content::Text { text: text.to_owned() };
    let pieces = vec![words("What is "), file("image/png", 3), words("this?"), file("image/webp", 4)];
    let messages =
        vec![Message::User { content: Text::Pieces(pieces) }, Message::User { content: text("Hm?") }];
    let sent = chat("http://host", None, &ChatRequest { messages, ..request() });
    let written = String::from_utf8(sent.body.unwrap()).unwrap();
    let body: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        body["messages"],
        json!([
            { "role": "user", "content": "What is this?", "images": ["", ""] },
            { "role": "user", "content": "Hm?" },
        ])
    );
    // Bare Base64, without any `data:` before it.
    let places: Vec<(u32, &str)> =
        sent.files.iter().map(|place| (place.file, &written[place.offset - 1..=place.offset])).collect();
    assert_eq!(places, [(3, "\"\""), (4, "\"\"")]);
}

#[test]
fn a_file_that_is_no_picture_is_not_left_out_in_silence() {
    let file = File { media_type: "application/pdf".to_owned(), file: 3, bytes: 9, name: None, digest: None };
    let messages = vec![Message::User { content: Text::Pieces(vec![Content::File(file)]) }];
    assert_eq!(chat("http://host", None, &ChatRequest { messages, ..request() }).files.len(), 1);
}

#[test]
fn a_schema_is_the_format() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let body = body(&ChatRequest { schema: Some(schema.clone()), search: true, ..request() });
    assert_eq!(body["format"], schema);
    assert_eq!(body.as_object().unwrap().len(), 4);
}

#[test]
fn integers_are_written_as_integers() {
    let request =
        ChatRequest { context_length: Some(2_048), max_output_tokens: Some(5), seed: Some(1), ..request() };
    let raw = raw(&request);
    for expected in [r#""num_ctx":2048"#, r#""num_predict":5"#, r#""seed":1"#] {
        assert!(raw.contains(expected), "{raw}");
    }
    assert!(!raw.contains(".0"), "{raw}");
}

#[test]
fn a_result_belongs_to_the_last_call_of_its_id() {
    let asked = |name: &str| Message::Assistant {
        content: text(""),
        tool_calls: vec![call("call_1", name, json!({}))],
        opaque: None,
    };
    let answered = || Message::Tool { tool_call_id: "call_1".to_owned(), content: text("x") };
    let messages = vec![asked("first"), answered(), asked("second"), answered()];
    let body = body(&ChatRequest { messages, ..request() });
    assert_eq!(body["messages"][1]["tool_name"], "first");
    assert_eq!(body["messages"][3]["tool_name"], "second");
}

#[test]
fn thinking_is_only_asked_of_models_that_can() {
    for (model, reasoning, can_reason, expected) in [
        ("qwen3", None, Some(true), None),
        ("qwen3", Some(Reasoning::Off), Some(true), Some(json!(false))),
        ("qwen3", Some(Reasoning::Off), None, Some(json!(false))),
        ("qwen3", Some(Reasoning::Low), Some(true), Some(json!(true))),
        ("qwen3", Some(Reasoning::High), Some(true), Some(json!(true))),
        ("qwen3", Some(Reasoning::High), None, None),
        ("llama3.2", Some(Reasoning::High), Some(false), None),
        ("llama3.2", Some(Reasoning::Off), Some(false), None),
        ("gpt-oss:20b", Some(Reasoning::Off), Some(true), Some(json!("low"))),
        ("gpt-oss:20b", Some(Reasoning::Low), Some(true), Some(json!("low"))),
        ("someone/GPT-OSS", Some(Reasoning::Medium), None, Some(json!("medium"))),
        ("gpt-oss:120b-cloud", Some(Reasoning::High), None, Some(json!("high"))),
        ("gpt-oss:20b", None, Some(true), None),
    ] {
        let request = ChatRequest { model: model.to_owned(), reasoning, can_reason, ..request() };
        assert_eq!(body(&request).get("think").cloned(), expected, "{model} {reasoning:?} {can_reason:?}");
    }
}

#[test]
fn a_choice_of_tools_is_made_by_what_is_sent() {
    let sent = |choice: ToolChoice| {
        let request =
            ChatRequest { tools: vec![tool("f"), tool("g")], tool_choice: Some(choice), ..request() };
        let body = body(&request);
        assert_eq!(body.get("tool_choice"), None);
        let tools = body.get("tools").and_then(Value::as_array).cloned().unwrap_or_default();
        tools.iter().map(|tool| tool["function"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(sent(ToolChoice::Mode(ToolMode::Auto)), ["f", "g"]);
    assert_eq!(sent(ToolChoice::Mode(ToolMode::Required)), ["f", "g"]);
    assert_eq!(sent(ToolChoice::Mode(ToolMode::None)), [""; 0]);
    assert_eq!(sent(ToolChoice::Named { name: "g".to_owned() }), ["g"]);
}

#[test]
fn no_request_has_a_header_that_ollama_does_not_allow() {
    let key = Credential::new("p", "Authorization", "Bearer ");
    let sent = |request: HttpRequest| {
        assert!(request.headers.iter().all(|(name, _)| name == "Content-Type"), "{:?}", request.headers);
        assert_eq!(request.credential.as_ref(), Some(&key));
        let body = request.body.map(|body| String::from_utf8(body).unwrap());
        (request.method, request.url, body)
    };
    let origin = "http://host";
    assert_eq!(sent(tags(origin, Some(&key))), ("GET", "http://host/api/tags".to_owned(), None));
    assert_eq!(sent(ps(origin, Some(&key))), ("GET", "http://host/api/ps".to_owned(), None));
    assert_eq!(sent(version(origin, Some(&key))), ("GET", "http://host/api/version".to_owned(), None));
    assert_eq!(
        sent(show(origin, Some(&key), "m")),
        ("POST", "http://host/api/show".to_owned(), Some(r#"{"model":"m"}"#.to_owned()))
    );
    assert_eq!(
        sent(pull(origin, Some(&key), "m")),
        ("POST", "http://host/api/pull".to_owned(), Some(r#"{"model":"m","stream":true}"#.to_owned()))
    );
    let (method, url, _) = sent(chat(origin, Some(&key), &request()));
    assert_eq!((method, url.as_str()), ("POST", "http://host/api/chat"));
    // Without a key, asking whether it is there needs no leave from the server.
    assert!(version(origin, None).headers.is_empty());
}
