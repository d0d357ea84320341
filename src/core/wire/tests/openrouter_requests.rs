//! Requests for OpenRouter.

use serde_json::{Value, json};

use crate::model::http::{Credential, FilePlace, HttpRequest};
use crate::model::options::{DataCollection, HostOrder, OpenRouterOptions};
use crate::model::{Content, File, Message, Reasoning, Text, Tool, ToolCall};
use crate::wire::openrouter::{chat, embed, key, models, root};
use crate::wire::{ChatRequest, Server};

const ROOT: &str = "https://openrouter.ai/api/v1";

fn server(options: Option<&OpenRouterOptions>) -> Server<'_> {
    Server { root: ROOT, openrouter: options, ..Server::default() }
}

fn json_of(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()
}

fn body(request: &ChatRequest) -> Value {
    json_of(&chat(&server(None), request))
}

fn text(words: &str) -> Text {
    Text::Whole(words.to_owned())
}

fn request() -> ChatRequest {
    let messages = vec![Message::User { content: text("Hi") }];
    ChatRequest { model: "a/m".to_owned(), messages, ..ChatRequest::default() }
}

fn tool() -> Tool {
    Tool { name: "get_weather".to_owned(), description: None, input_schema: json!({ "type": "object" }) }
}

fn file(media_type: &str, handle: u32, name: Option<&str>) -> Content {
    let name = name.map(str::to_owned);
    Content::File(File { media_type: media_type.to_owned(), file: handle, bytes: 9, name, digest: None })
}

#[test]
fn the_root_lies_below_its_host() {
    for (endpoint, expected) in [
        ("https://openrouter.ai", ROOT),
        ("https://openrouter.ai/", ROOT),
        ("https://openrouter.ai/api", ROOT),
        ("https://openrouter.ai/api/v1/", ROOT),
        ("https://openrouter.ai/api/v1/v1", ROOT),
        ("https://openrouter.ai/v1", ROOT),
        ("https://openrouter.ai/api/v1/chat/completions", ROOT),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010/api/v1"),
        ("https://proxy.example/v1", "https://proxy.example/v1"),
        ("https://proxy.example/openrouter", "https://proxy.example/openrouter/v1"),
    ] {
        assert_eq!(root(endpoint), expected, "{endpoint}");
        assert_eq!(root(expected), expected, "{expected}, again");
    }
}

#[test]
fn the_least_request_refuses_a_silent_loss() {
    assert_eq!(
        body(&request()),
        json!({
            "model": "a/m",
            "messages": [{ "role": "user", "content": "Hi" }],
            "stream": true,
            "plugins": [{ "id": "context-compression", "enabled": false }],
        })
    );
}

#[test]
fn words_stand_before_files_and_what_was_thought_goes_back() {
    let details =
        json!([{ "type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0 }, { "type": "new" }]);
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "get_weather".to_owned(),
        input: json!({ "city": "Zürich" }),
        opaque: None,
    };
    let messages = vec![
        Message::System { content: text("Be brief.") },
        Message::User {
            content: Text::Pieces(vec![
                Content::Text { text: "This:".to_owned() },
                file("image/png", 3, None),
                Content::Text { text: "or this?".to_owned() },
                file("application/pdf", 4, Some("a \"b\".pdf")),
            ]),
        },
        Message::Assistant { content: text(""), tool_calls: vec![call], opaque: Some(details.clone()) },
        Message::Tool { tool_call_id: "call_1".to_owned(), content: text("11 °C") },
    ];
    let sent = chat(&server(None), &ChatRequest { messages, ..request() });
    let pdf = json!({ "filename": "a \"b\".pdf", "file_data": "data:application/pdf;base64," });
    assert_eq!(
        json_of(&sent)["messages"],
        json!([
            { "role": "system", "content": "Be brief." },
            {
                "role": "user",
                "content": [
                    { "type": "text", "text": "This:" },
                    { "type": "text", "text": "or this?" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64," } },
                    { "type": "file", "file": pdf },
                ],
            },
            {
                "role": "assistant",
                "content": null,
                "tool_calls": [{
                    "id": "call_1",
                    "type": "function",
                    "function": { "name": "get_weather", "arguments": "{\"city\":\"Zürich\"}" },
                }],
                "reasoning_details": details,
            },
            { "role": "tool", "tool_call_id": "call_1", "content": "11 °C" },
        ])
    );
    // The bytes go where the data of each file begins.
    let written = String::from_utf8(sent.body.unwrap()).unwrap();
    assert_eq!(sent.files.len(), 2);
    for (FilePlace { offset, file }, start) in
        sent.files.into_iter().zip(["image/png;base64,", "application/pdf;base64,"])
    {
        assert!(written[..offset].ends_with(start), "{file}");
        assert!(written[offset..].starts_with('"'), "{file}");
    }
}

#[test]
fn the_fullest_request_holds_all() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
    let mut closed = schema.clone();
    closed["additionalProperties"] = json!(false);
    let request = ChatRequest {
        tools: vec![tool()],
        schema: Some(schema),
        search: true,
        is_sensitive: true,
        reasoning: Some(Reasoning::High),
        can_reason: Some(true),
        max_output_tokens: Some(100),
        temperature: Some(0.5),
        top_p: Some(0.25),
        stop: vec!["END".to_owned()],
        seed: Some(-7),
        // The protocol has no word for it.
        context_length: Some(8_192),
        ..request()
    };
    let options = OpenRouterOptions {
        title: Some("Mesh".to_owned()),
        data_collection: Some(DataCollection::Allow),
        zero_data_retention: Some(true),
        order: Some(vec!["one".to_owned()]),
        only: Some(vec!["one".to_owned(), "two".to_owned()]),
        ignore: Some(vec!["three".to_owned()]),
        sort: Some(HostOrder::Throughput),
        allow_fallbacks: Some(false),
    };
    assert_eq!(
        json_of(&chat(&server(Some(&options)), &request)),
        json!({
            "model": "a/m",
            "messages": [{ "role": "user", "content": "Hi" }],
            "stream": true,
            "tools": [{
                "type": "function",
                "function": { "name": "get_weather", "parameters": { "type": "object" } },
            }],
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "answer", "strict": true, "schema": closed },
            },
            "reasoning": { "effort": "high" },
            "max_tokens": 100,
            "temperature": 0.5,
            "top_p": 0.25,
            "stop": ["END"],
            "seed": -7,
            "provider": {
                "order": ["one"],
                "only": ["one", "two"],
                "ignore": ["three"],
                "sort": "throughput",
                "zdr": true,
                "allow_fallbacks": false,
                "data_collection": "deny",
                "require_parameters": true,
            },
            "plugins": [{ "id": "context-compression", "enabled": false }, { "id": "web" }],
        })
    );
}

#[test]
fn a_private_request_goes_to_no_host_that_keeps_it() {
    let asked = |data_collection, is_sensitive| {
        let options = OpenRouterOptions { data_collection, ..OpenRouterOptions::default() };
        let sent = chat(&server(Some(&options)), &ChatRequest { is_sensitive, ..request() });
        json_of(&sent).pointer("/provider/data_collection").cloned()
    };
    for data_collection in [None, Some(DataCollection::Allow), Some(DataCollection::Deny)] {
        assert_eq!(asked(data_collection, true), Some(json!("deny")));
    }
    assert_eq!(asked(None, false), None);
    assert_eq!(asked(Some(DataCollection::Allow), false), Some(json!("allow")));
    assert_eq!(asked(Some(DataCollection::Deny), false), Some(json!("deny")));
    // Without any options too.
    assert_eq!(
        body(&ChatRequest { is_sensitive: true, ..request() })["provider"],
        json!({ "data_collection": "deny" })
    );
}

#[test]
fn hosts_have_to_know_the_tools_and_the_schema_that_are_sent() {
    let strict = |request: ChatRequest| body(&request).pointer("/provider/require_parameters").cloned();
    assert_eq!(strict(ChatRequest { tools: vec![tool()], ..request() }), Some(json!(true)));
    assert_eq!(strict(ChatRequest { schema: Some(json!({})), ..request() }), Some(json!(true)));
    assert_eq!(strict(request()), None);
}

#[test]
fn thinking_is_asked_for_by_effort_and_switched_off_where_it_is_known() {
    for (reasoning, can_reason, expected) in [
        (None, Some(true), None),
        (Some(Reasoning::Low), None, Some(json!({ "effort": "low" }))),
        (Some(Reasoning::Medium), Some(true), Some(json!({ "effort": "medium" }))),
        (Some(Reasoning::High), Some(false), None),
        (Some(Reasoning::Off), Some(true), Some(json!({ "enabled": false }))),
        (Some(Reasoning::Off), Some(false), None),
        (Some(Reasoning::Off), None, None),
    ] {
        let body = body(&ChatRequest { reasoning, can_reason, ..request() });
        assert_eq!(body.get("reasoning").cloned(), expected, "{reasoning:?} {can_reason:?}");
        assert_eq!(body.get("reasoning_effort"), None);
    }
}

#[test]
fn only_a_list_of_details_is_given_back() {
    let sent = |opaque: Option<Value>| {
        let said = Message::Assistant { content: text("x"), tool_calls: vec![], opaque };
        body(&ChatRequest { messages: vec![said], ..request() })["messages"][0]
            .get("reasoning_details")
            .cloned()
    };
    assert_eq!(sent(Some(json!([{ "index": 0 }]))), Some(json!([{ "index": 0 }])));
    for other in [None, Some(json!({ "a": 1 })), Some(json!("x"))] {
        assert_eq!(sent(other), None);
    }
}

#[test]
fn who_asks_is_only_told_where_the_app_has_a_name() {
    let headers = |title: Option<&str>, page_origin| {
        let options = OpenRouterOptions { title: title.map(str::to_owned), ..OpenRouterOptions::default() };
        let mine = [("X-Mine".to_owned(), "1".to_owned())];
        let sent = chat(&Server { page_origin, headers: &mine, ..server(Some(&options)) }, &request());
        sent.headers[2..].to_vec()
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let page = Some("https://page.example");
    assert_eq!(headers(None, page), []);
    assert_eq!(headers(Some(" "), page), []);
    assert_eq!(headers(Some("Mesh"), None), [header("X-OpenRouter-Title", "Mesh")]);
    assert_eq!(
        headers(Some("Mesh & co"), page),
        [header("HTTP-Referer", "https://page.example"), header("X-OpenRouter-Title", "Mesh & co")]
    );
    // A browser throws at letters that no header may hold.
    assert_eq!(headers(Some("Café 日\n"), None), [header("X-OpenRouter-Title", "Caf%C3%A9 %E6%97%A5")]);
}

#[test]
fn requests_go_where_they_should() {
    let key_of = Credential::new("p", "Authorization", "Bearer ");
    let mine = [("X-Mine".to_owned(), "1".to_owned())];
    let server = Server { credential: Some(&key_of), headers: &mine, ..server(None) };

    let sent = chat(&server, &request());
    assert_eq!((sent.method, sent.url.as_str()), ("POST", "https://openrouter.ai/api/v1/chat/completions"));
    assert_eq!((sent.headers[1..].to_vec(), sent.credential.as_ref()), (mine.to_vec(), Some(&key_of)));

    let sent = key(&server);
    assert_eq!((sent.method, sent.url.as_str()), ("GET", "https://openrouter.ai/api/v1/key"));
    assert_eq!((sent.headers, sent.credential.as_ref()), (mine.to_vec(), Some(&key_of)));

    // Without a key the browser asks nobody for leave.
    let sent = models(&server, None);
    assert_eq!(sent.url, "https://openrouter.ai/api/v1/models?output_modalities=all");
    assert_eq!((sent.method, sent.credential), ("GET", None));
    let sent = models(&server, Some("500"));
    assert_eq!(sent.url, "https://openrouter.ai/api/v1/models?output_modalities=all&offset=500");
}

#[test]
fn vectors_are_asked_of_the_same_hosts() {
    let options = OpenRouterOptions {
        data_collection: Some(DataCollection::Deny),
        zero_data_retention: Some(true),
        ..OpenRouterOptions::default()
    };
    let sent = embed(&server(Some(&options)), "a/vectors", &["one".to_owned(), "two".to_owned()]);
    assert_eq!(sent.url, "https://openrouter.ai/api/v1/embeddings");
    assert_eq!(
        json_of(&sent),
        json!({
            "model": "a/vectors",
            "input": ["one", "two"],
            "provider": { "data_collection": "deny", "zdr": true },
        })
    );
}
