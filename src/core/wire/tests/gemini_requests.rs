//! Requests to Gemini.

use serde_json::{Value, json};

use crate::model::http::{Credential, FetchMode, FilePlace};
use crate::model::message::ToolMode;
use crate::model::{Content, File, Message, Reasoning, Text, Tool, ToolCall, ToolChoice};
use crate::wire::gemini::{chat, key, models, root};
use crate::wire::{ChatRequest, Protocol, Server};

const ROOT: &str = "https://generativelanguage.googleapis.com/v1beta";

fn body(request: &ChatRequest) -> Value {
    serde_json::from_slice(&chat(ROOT, None, request).body.unwrap()).unwrap()
}

fn text(words: &str) -> Text {
    Text::Whole(words.to_owned())
}

fn user(words: &str) -> Message {
    Message::User { content: text(words) }
}

fn request(model: &str) -> ChatRequest {
    ChatRequest { model: model.to_owned(), messages: vec![user("Hi")], ..ChatRequest::default() }
}

fn tool(name: &str) -> Tool {
    let input_schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object" });
    Tool { name: name.to_owned(), description: None, input_schema }
}

fn file(media_type: &str, file: u32) -> Content {
    Content::File(File { media_type: media_type.to_owned(), file, bytes: 3, name: None, digest: None })
}

#[test]
fn a_version_segment_may_be_missing_or_doubled() {
    for (endpoint, expected) in [
        ("https://generativelanguage.googleapis.com", ROOT),
        ("https://generativelanguage.googleapis.com/", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta/", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta/v1beta", ROOT),
        ("https://generativelanguage.googleapis.com//v1beta//", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta/models", ROOT),
        ("https://generativelanguage.googleapis.com/v1beta/models/gemini-x:generateContent?key=", ROOT),
        (" generativelanguage.googleapis.com ", ROOT),
        ("https://host/v1", "https://host/v1"),
        ("https://host/v1alpha", "https://host/v1alpha"),
        ("http://localhost:8787", "http://localhost:8787/v1beta"),
        (
            "https://gateway.example/v1/account/google-ai-studio",
            "https://gateway.example/v1/account/google-ai-studio/v1beta",
        ),
        ("https://gateway.example/models/v1beta", "https://gateway.example/models/v1beta"),
        ("https://v1.example", "https://v1.example/v1beta"),
        ("https://models", "https://models/v1beta"),
    ] {
        assert_eq!(root(endpoint), expected, "{endpoint}");
        assert_eq!(root(expected), expected, "{expected}, again");
        assert_eq!(Protocol::Gemini.root(endpoint), expected);
    }
}

#[test]
fn requests_carry_no_header_but_the_type_of_the_body() {
    let (header, prefix) = Protocol::Gemini.key_header();
    assert_eq!((header, prefix), ("x-goog-api-key", ""));
    let credential = Credential::new("gemini", header, prefix);
    // Any other header makes the browser refuse the request.
    let headers = [("X-Title".to_owned(), "mesh".to_owned())];
    let server = Server {
        root: ROOT,
        headers: &headers,
        credential: Some(&credential),
        openrouter: None,
        page_origin: None,
    };
    let sent = Protocol::Gemini.chat(&server, &request("gemini-3.5-flash"));
    assert_eq!(
        (sent.method, sent.url, sent.mode),
        ("POST", format!("{ROOT}/models/gemini-3.5-flash:streamGenerateContent?alt=sse"), FetchMode::Cors)
    );
    let content_type = [("Content-Type".to_owned(), "application/json".to_owned())];
    assert_eq!(
        (sent.headers.as_slice(), sent.credential),
        (content_type.as_slice(), Some(credential.clone()))
    );

    let sent = Protocol::Gemini.embed(&server, "gemini-embedding-001", &["Hi".to_owned()]);
    assert_eq!(sent.headers, content_type);
    for (sent, url) in [
        (Protocol::Gemini.models(&server, None), format!("{ROOT}/models?pageSize=1000")),
        (
            Protocol::Gemini.models(&server, Some("Ch9tb2RlbHMv+/=&")),
            format!("{ROOT}/models?pageSize=1000&pageToken=Ch9tb2RlbHMv%2B%2F%3D%26"),
        ),
        (Protocol::Gemini.key(&server), format!("{ROOT}/models?pageSize=1")),
    ] {
        assert_eq!((sent.method, sent.url), ("GET", url));
        assert_eq!((sent.headers, sent.body), (vec![], None));
        assert_eq!(sent.credential, Some(credential.clone()));
    }
    assert_eq!((models(ROOT, None, None).credential, key(ROOT, None).credential), (None, None));
}

#[test]
fn a_models_name_stands_once_in_the_address_and_cannot_leave_it() {
    let url = |model: &str| chat("https://host/v1beta", None, &request(model)).url;
    for (model, path) in [
        ("gemini-3.5-flash", "models/gemini-3.5-flash"),
        ("models/gemini-3.5-flash", "models/gemini-3.5-flash"),
        ("tunedModels/mine", "tunedModels/mine"),
        ("a/../b?x#y z", "models/a%2F..%2Fb%3Fx%23y%20z"),
    ] {
        assert_eq!(url(model), format!("https://host/v1beta/{path}:streamGenerateContent?alt=sse"));
    }
}

#[test]
fn the_least_request_holds_only_what_it_must() {
    assert_eq!(
        body(&request("gemini-3.5-flash")),
        json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hi" }] }] })
    );
}

#[test]
fn the_fullest_request_holds_all() {
    let messages = vec![
        Message::System { content: text("Be brief.") },
        Message::User {
            content: Text::Pieces(vec![
                Content::Text { text: "What is ".to_owned() },
                Content::Text { text: "this?".to_owned() },
                file("image/png", 4),
            ]),
        },
        Message::System { content: text("Be kind.") },
        Message::Assistant {
            content: text("Let me see."),
            tool_calls: vec![ToolCall {
                id: "call_1".to_owned(),
                name: "look".to_owned(),
                input: json!({ "at": "it" }),
                opaque: Some(json!("signed+/=")),
            }],
            opaque: None,
        },
        Message::Tool { tool_call_id: "call_1".to_owned(), content: text("A cat.") },
        Message::Assistant { content: text("A cat."), tool_calls: vec![], opaque: None },
        user("Sure?"),
    ];
    let request = ChatRequest {
        messages,
        tools: vec![Tool { description: Some("Looks at a thing.".to_owned()), ..tool("look") }, tool("ask")],
        tool_choice: Some(ToolChoice::Mode(ToolMode::Auto)),
        schema: Some(json!({ "type": "object", "properties": { "sure": { "type": "boolean" } } })),
        search: true,
        // Neither has a word of its own here.
        is_sensitive: true,
        context_length: Some(8_192),
        reasoning: Some(Reasoning::High),
        can_reason: Some(true),
        max_output_tokens: Some(100),
        temperature: Some(0.5),
        top_p: Some(0.25),
        stop: vec!["END".to_owned()],
        seed: Some(-7),
        ..request("gemini-3.5-flash")
    };
    assert_eq!(
        body(&request),
        json!({
            "systemInstruction": { "parts": [{ "text": "Be brief." }, { "text": "Be kind." }] },
            "contents": [
                {
                    "role": "user",
                    "parts": [{ "text": "What is this?" }, { "inlineData": { "mimeType": "image/png", "data": "" } }],
                },
                {
                    "role": "model",
                    "parts": [
                        { "text": "Let me see." },
                        {
                            "functionCall": { "id": "call_1", "name": "look", "args": { "at": "it" } },
                            "thoughtSignature": "signed+/=",
                        },
                    ],
                },
                {
                    "role": "user",
                    "parts": [{
                        "functionResponse": { "id": "call_1", "name": "look", "response": { "result": "A cat." } },
                    }],
                },
                { "role": "model", "parts": [{ "text": "A cat." }] },
                { "role": "user", "parts": [{ "text": "Sure?" }] },
            ],
            "tools": [
                { "googleSearch": {} },
                {
                    "functionDeclarations": [
                        {
                            "name": "look",
                            "description": "Looks at a thing.",
                            "parametersJsonSchema": { "type": "object" },
                        },
                        { "name": "ask", "parametersJsonSchema": { "type": "object" } },
                    ],
                },
            ],
            "toolConfig": {
                "functionCallingConfig": { "mode": "VALIDATED" },
                "includeServerSideToolInvocations": true,
            },
            "generationConfig": {
                "maxOutputTokens": 100,
                "temperature": 0.5,
                "topP": 0.25,
                "stopSequences": ["END"],
                "seed": -7,
                "responseMimeType": "application/json",
                "responseJsonSchema": { "type": "object", "properties": { "sure": { "type": "boolean" } } },
                "thinkingConfig": { "thinkingLevel": "HIGH", "includeThoughts": true },
            },
        })
    );
}

#[test]
fn a_file_leaves_a_place_for_its_bytes() {
    let content = Text::Pieces(vec![file("application/pdf", 7), file("audio/wav; rate=8000", 8)]);
    let request = ChatRequest { messages: vec![Message::User { content }], ..request("gemini-3.5-flash") };
    let sent = chat(ROOT, None, &request);
    let body = String::from_utf8(sent.body.unwrap()).unwrap();
    let places: Vec<_> = body.match_indices("\"data\":\"").map(|(at, found)| at + found.len()).collect();
    assert_eq!(
        sent.files,
        [FilePlace { offset: places[0], file: 7 }, FilePlace { offset: places[1], file: 8 }]
    );
    assert!(
        body.contains(r#""mimeType":"application/pdf""#) && body.contains(r#""mimeType":"audio/wav""#),
        "{body}"
    );
}

#[test]
fn empty_parts_and_turns_are_left_out() {
    let messages = vec![
        Message::System { content: text("") },
        user(""),
        Message::Assistant { content: Text::Pieces(vec![]), tool_calls: vec![], opaque: None },
        user("Hi"),
    ];
    let sent = body(&ChatRequest { messages, ..request("gemini-3.5-flash") });
    assert_eq!(sent, json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hi" }] }] }));
}

#[test]
fn what_tools_answer_to_one_turn_is_one_turn() {
    let call = |id: &str, name: &str, input: Value| ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        input,
        opaque: None,
    };
    let answer = |id: &str, words: &str| Message::Tool { tool_call_id: id.to_owned(), content: text(words) };
    let messages = vec![
        user("Hi"),
        Message::Assistant {
            content: text(""),
            tool_calls: vec![
                call("a", "first", Value::Null),
                call("b", "second", json!([1])),
                call("", "third", json!({})),
            ],
            opaque: None,
        },
        answer("a", r#"{"degrees": 11}"#),
        answer("b", "[1, 2]"),
        answer("", "007"),
        user("Go on."),
        // An id that was made may come again.
        Message::Assistant {
            content: text(""),
            tool_calls: vec![call("a", "fourth", json!({}))],
            opaque: None,
        },
        answer("a", ""),
    ];
    let sent = body(&ChatRequest { messages, ..request("gemini-2.5-flash") });
    assert_eq!(
        sent["contents"],
        json!([
            { "role": "user", "parts": [{ "text": "Hi" }] },
            {
                "role": "model",
                "parts": [
                    { "functionCall": { "id": "a", "name": "first", "args": {} } },
                    { "functionCall": { "id": "b", "name": "second", "args": { "input": [1] } } },
                    { "functionCall": { "name": "third", "args": {} } },
                ],
            },
            {
                "role": "user",
                "parts": [
                    { "functionResponse": { "id": "a", "name": "first", "response": { "degrees": 11 } } },
                    { "functionResponse": { "id": "b", "name": "second", "response": { "result": "[1, 2]" } } },
                    { "functionResponse": { "name": "third", "response": { "result": "007" } } },
                ],
            },
            { "role": "user", "parts": [{ "text": "Go on." }] },
            { "role": "model", "parts": [{ "functionCall": { "id": "a", "name": "fourth", "args": {} } }] },
            {
                "role": "user",
                "parts": [{ "functionResponse": { "id": "a", "name": "fourth", "response": { "result": "" } } }],
            },
        ])
    );
}

#[test]
fn pictures_that_a_tool_answers_with_go_where_the_model_looks_for_them() {
    let content = Text::Pieces(vec![Content::Text { text: "Here.".to_owned() }, file("image/png", 1)]);
    let tool_calls =
        vec![ToolCall { id: "a".to_owned(), name: "draw".to_owned(), input: json!({}), opaque: None }];
    let messages = vec![
        user("Hi"),
        Message::Assistant { content: text(""), tool_calls, opaque: None },
        Message::Tool { tool_call_id: "a".to_owned(), content },
    ];
    let parts = |model: &str| {
        body(&ChatRequest { messages: messages.clone(), ..request(model) })["contents"][2]["parts"].clone()
    };
    let picture = json!({ "inlineData": { "mimeType": "image/png", "data": "" } });
    let response = json!({ "id": "a", "name": "draw", "response": { "result": "Here." } });
    assert_eq!(parts("gemini-2.5-flash"), json!([{ "functionResponse": response }, picture]));
    let mut whole = response;
    whole["parts"] = json!([picture]);
    assert_eq!(parts("gemini-3.5-flash"), json!([{ "functionResponse": whole }]));
}

#[test]
fn a_model_without_system_instruction_hears_it_from_the_user() {
    let system = Message::System { content: text("Be brief.") };
    let contents = |messages: Vec<Message>| {
        let sent = body(&ChatRequest { messages, ..request("gemma-4-26b-a4b-it") });
        assert!(sent.get("systemInstruction").is_none());
        sent["contents"].clone()
    };
    let expected = json!([{ "role": "user", "parts": [{ "text": "Be brief." }, { "text": "Hi" }] }]);
    assert_eq!(contents(vec![system.clone(), user("Hi")]), expected);
    let said = Message::Assistant { content: text("Hi"), tool_calls: vec![], opaque: None };
    assert_eq!(
        contents(vec![system, said]),
        json!([
            { "role": "user", "parts": [{ "text": "Be brief." }] },
            { "role": "model", "parts": [{ "text": "Hi" }] },
        ])
    );
}

#[test]
fn thinking_is_asked_for_in_the_models_own_terms() {
    use Reasoning::{High, Low, Medium, Off};
    let level = |level: &str| json!({ "thinkingLevel": level, "includeThoughts": true });
    let budget = |tokens: u32| json!({ "thinkingBudget": tokens, "includeThoughts": true });
    for (model, reasoning, can_reason, expected) in [
        ("gemini-3.5-flash", Some(Low), Some(true), level("LOW")),
        ("gemini-3.5-flash", Some(Medium), None, level("MEDIUM")),
        ("gemini-3.5-flash", Some(High), None, level("HIGH")),
        ("models/gemini-3.5-flash", Some(High), None, level("HIGH")),
        ("gemini-3.1-pro-preview", Some(Medium), None, level("MEDIUM")),
        // It knows only low and high.
        ("gemini-3-pro-preview", Some(Medium), None, level("HIGH")),
        ("gemini-flash-latest", Some(Low), None, level("LOW")),
        ("gemini-4-flash", Some(Low), None, level("LOW")),
        // None of them can stop thinking, and not all know the least level.
        ("gemini-3-flash-preview", Some(Off), None, json!({ "thinkingLevel": "MINIMAL" })),
        ("gemini-3.5-flash", Some(Off), None, json!({ "thinkingLevel": "MINIMAL" })),
        ("gemini-3.5-flash-lite", Some(Off), None, json!({ "thinkingLevel": "MINIMAL" })),
        ("gemini-3.7-flash", Some(Off), None, json!({ "thinkingLevel": "LOW" })),
        ("gemini-3.1-pro-preview", Some(Off), None, json!({ "thinkingLevel": "LOW" })),
        ("gemini-flash-latest", Some(Off), None, json!({ "thinkingLevel": "LOW" })),
        ("gemini-2.5-flash", Some(Low), None, budget(1_024)),
        ("gemini-2.5-flash-lite", Some(Medium), None, budget(8_192)),
        ("gemini-2.5-pro", Some(High), Some(true), budget(24_576)),
        ("gemini-2.5-flash", Some(Off), None, json!({ "thinkingBudget": 0 })),
        ("gemini-2.5-pro", Some(Off), None, json!({ "thinkingBudget": 128 })),
        ("gemma-4-26b-a4b-it", Some(High), Some(true), json!({ "includeThoughts": true })),
    ] {
        let sent = body(&ChatRequest { reasoning, can_reason, ..request(model) });
        assert_eq!(sent["generationConfig"], json!({ "thinkingConfig": expected }), "{model} {reasoning:?}");
    }
    for (model, reasoning, can_reason) in [
        ("gemini-3.5-flash", None, Some(true)),
        ("gemini-2.5-flash", None, None),
        ("gemini-2.5-flash-image", Some(High), Some(false)),
        ("gemini-2.0-flash", Some(High), None),
        ("gemini-2.0-flash", Some(Off), None),
        ("gemini-pro", Some(High), None),
        ("gemma-4-26b-a4b-it", Some(Off), Some(true)),
        ("learnlm-2.0-flash", Some(High), None),
    ] {
        let sent = body(&ChatRequest { reasoning, can_reason, ..request(model) });
        assert_eq!(sent.get("generationConfig"), None, "{model} {reasoning:?}");
    }
}

#[test]
fn a_choice_of_tools_is_only_sent_with_tools() {
    let config = |tool_choice, tools: Vec<Tool>| {
        body(&ChatRequest { tools, tool_choice, ..request("gemini-2.5-flash") }).get("toolConfig").cloned()
    };
    let mode = |mode| Some(ToolChoice::Mode(mode));
    let calling = |config: Value| Some(json!({ "functionCallingConfig": config }));
    let named = Some(ToolChoice::Named { name: "f".to_owned() });
    assert_eq!(config(named.clone(), vec![]), None);
    assert_eq!(config(None, vec![tool("f")]), None);
    assert_eq!(config(mode(ToolMode::Auto), vec![tool("f")]), calling(json!({ "mode": "AUTO" })));
    assert_eq!(config(mode(ToolMode::None), vec![tool("f")]), calling(json!({ "mode": "NONE" })));
    assert_eq!(config(mode(ToolMode::Required), vec![tool("f")]), calling(json!({ "mode": "ANY" })));
    assert_eq!(
        config(named, vec![tool("f")]),
        calling(json!({ "mode": "ANY", "allowedFunctionNames": ["f"] }))
    );
}

/// What of tools, search and schema is sent, and where the schema stands.
fn offered(model: &str, tools: bool, search: bool, choice: Option<ToolMode>) -> (Value, Value, &'static str) {
    let sent = body(&ChatRequest {
        tools: if tools { vec![tool("f")] } else { vec![] },
        tool_choice: choice.map(ToolChoice::Mode),
        search,
        schema: Some(json!({ "type": "array", "items": { "type": "string" } })),
        ..request(model)
    });
    let is_native = sent.pointer("/generationConfig/responseJsonSchema").is_some();
    assert_eq!(is_native, sent.pointer("/generationConfig/responseMimeType").is_some());
    let said = sent.to_string().matches(r#"{\"items\":{\"type\":\"string\"},\"type\":\"array\"}"#).count();
    let place = match (is_native, said) {
        (true, 0) => "config",
        (false, 1) => "words",
        (false, 0) => "nowhere",
        other => panic!("{other:?}"),
    };
    let offered = sent.get("tools").map_or_else(Vec::new, |tools| {
        let names =
            tools.as_array().unwrap().iter().flat_map(|tool| tool.as_object().unwrap().keys().cloned());
        names.collect()
    });
    (
        json!(offered),
        sent.pointer("/toolConfig/functionCallingConfig/mode").cloned().unwrap_or_default(),
        place,
    )
}

#[test]
fn a_schema_goes_where_the_model_takes_it() {
    let (none, search) = (json!([]), json!(["googleSearch"]));
    let (functions, both) =
        (json!(["functionDeclarations"]), json!(["googleSearch", "functionDeclarations"]));
    let null = Value::Null;
    for (model, has_tools, searches, choice, expected) in [
        ("gemini-3.5-flash", false, false, None, (none.clone(), null.clone(), "config")),
        ("gemini-3.5-flash", true, false, None, (functions.clone(), null.clone(), "config")),
        ("gemini-3.5-flash", false, true, None, (search.clone(), null.clone(), "config")),
        ("gemini-3.5-flash", true, true, None, (both.clone(), json!("VALIDATED"), "config")),
        // Forced calls and a schema are refused together, and the answer will be a call.
        (
            "gemini-3.5-flash",
            true,
            false,
            Some(ToolMode::Required),
            (functions.clone(), json!("ANY"), "nowhere"),
        ),
        ("gemini-3.5-flash", true, true, Some(ToolMode::Required), (both.clone(), json!("ANY"), "nowhere")),
        ("gemini-3.5-flash", true, true, Some(ToolMode::None), (search.clone(), null.clone(), "config")),
        ("gemini-2.5-flash", false, false, None, (none.clone(), null.clone(), "config")),
        ("gemini-2.5-flash", true, false, None, (functions.clone(), null.clone(), "words")),
        ("gemini-2.5-flash", false, true, None, (search.clone(), null.clone(), "words")),
        (
            "gemini-2.5-flash",
            true,
            false,
            Some(ToolMode::Required),
            (functions.clone(), json!("ANY"), "nowhere"),
        ),
        ("gemini-2.5-flash", true, false, Some(ToolMode::None), (none.clone(), null.clone(), "config")),
        // Refused by the service, with an error that another model may be tried after.
        ("gemini-2.5-flash", true, true, None, (both.clone(), null.clone(), "words")),
        ("gemma-4-26b-a4b-it", false, false, None, (none, null, "words")),
    ] {
        assert_eq!(
            offered(model, has_tools, searches, choice),
            expected,
            "{model} {has_tools} {searches} {choice:?}"
        );
    }
}

#[test]
fn a_schema_is_sent_in_the_words_that_the_service_knows() {
    let fitted = |schema: Value| {
        body(&ChatRequest { schema: Some(schema), ..request("gemini-3.5-flash") })["generationConfig"]
            ["responseJsonSchema"]
            .clone()
    };
    assert_eq!(
        fitted(json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Weather",
            "type": "object",
            "properties": {
                // Names of fields are no words of the language.
                "pattern": { "type": "string", "pattern": "^a", "minLength": 1 },
                "kind": { "const": "rain" },
                "flag": { "const": true },
                "sure": { "type": ["boolean", "null"], "enum": [true, null] },
                "degrees": { "type": "number", "exclusiveMinimum": -300, "maximum": 60 },
                "next": { "$ref": "#/definitions/day", "description": "The next one." },
                "days": { "type": "array", "items": { "oneOf": [{ "$ref": "#/definitions/day" }, { "not": {} }] } },
                "rest": { "type": "object", "additionalProperties": { "type": "string", "maxLength": 9 } },
            },
            "required": ["pattern"],
            "additionalProperties": false,
            "definitions": { "day": { "type": "string", "format": "date", "examples": ["x"] } },
        })),
        json!({
            "title": "Weather",
            "type": "object",
            "properties": {
                "pattern": { "type": "string" },
                "kind": { "type": "string", "enum": ["rain"] },
                "flag": { "type": "boolean" },
                "sure": { "type": ["boolean", "null"] },
                "degrees": { "type": "number", "maximum": 60 },
                "next": { "$ref": "#/$defs/day" },
                "days": { "type": "array", "items": { "oneOf": [{ "$ref": "#/$defs/day" }, {}] } },
                "rest": { "type": "object", "additionalProperties": { "type": "string" } },
            },
            "required": ["pattern"],
            "additionalProperties": false,
            "$defs": { "day": { "type": "string", "format": "date" } },
        })
    );
    let mut deep = json!({ "type": "string" });
    for _ in 0..120 {
        deep = json!({ "type": "array", "items": deep });
    }
    // It ends somewhere.
    assert!(fitted(deep).to_string().len() < 3_000);
}

#[test]
fn a_seed_of_any_size_fits_its_field() {
    let seed = |seed| {
        body(&ChatRequest { seed: Some(seed), ..request("gemini-3.5-flash") })["generationConfig"]["seed"]
            .clone()
    };
    assert_eq!((seed(7), seed(-7)), (json!(7), json!(-7)));
    let folded = seed(0x1_0000_0007);
    assert_eq!(folded, json!(7));
    assert!(seed(i64::MAX).as_i64().is_some_and(|seed| i32::try_from(seed).is_ok()));
}
