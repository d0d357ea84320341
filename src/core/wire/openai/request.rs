//! Requests, as JSON.

use serde_json::{Map, Value, json};

use crate::model::http::{Credential, HttpRequest};
use crate::model::message::ToolMode;
use crate::model::{Message, Reasoning, ToolCall, ToolChoice};
use crate::wire::{ChatRequest, get, post};

/// The API's root for an endpoint as a person writes it: without a slash at its end, with one version
/// segment.
///
/// `http://host:8080`, `http://host:8080/v1/`, `http://host:8080/v1/v1` and
/// `http://host:8080/v1/chat/completions` are all `http://host:8080/v1`. A path that holds a version
/// elsewhere (`…/v1beta/openai`) is left alone. Without a scheme it is taken for plain HTTP.
pub fn root(endpoint: &str) -> String {
    let endpoint = endpoint.trim();
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    while segments.len() > 1 && matches!(segments.last(), Some(&("completions" | "chat" | "models"))) {
        segments.pop();
    }
    segments.dedup_by(|later, earlier| later == earlier && is_version(later));
    if !segments.iter().skip(1).any(|segment| is_version(segment)) {
        segments.push("v1");
    }
    format!("{scheme}://{}", segments.join("/"))
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// A request for an answer, streamed.
pub fn chat(
    root: &str,
    headers: &[(String, String)],
    credential: Option<&Credential>,
    request: &ChatRequest,
) -> HttpRequest {
    let mut sent = post(format!("{root}/chat/completions"), credential, &body(request));
    sent.headers.extend_from_slice(headers);
    sent
}

/// A request for the list of models; read it with [`parse_models`](super::parse_models).
pub fn models(root: &str, headers: &[(String, String)], credential: Option<&Credential>) -> HttpRequest {
    let mut sent = get(format!("{root}/models"), credential);
    sent.headers.extend_from_slice(headers);
    sent
}

fn body(request: &ChatRequest) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    put("model", json!(request.model));
    put("messages", request.messages.iter().map(message).collect());
    put("stream", json!(true));
    put("stream_options", json!({ "include_usage": true }));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            let mut function = json!({ "name": tool.name, "parameters": tool.input_schema });
            if let (Some(function), Some(description)) = (function.as_object_mut(), &tool.description) {
                function.insert("description".to_owned(), json!(description));
            }
            json!({ "type": "function", "function": function })
        });
        put("tools", tools.collect());
        // Servers refuse a choice where there is nothing to choose from.
        if let Some(choice) = &request.tool_choice {
            put("tool_choice", tool_choice(choice));
        }
    }
    let numbers = [
        ("max_tokens", request.max_output_tokens.map(Value::from)),
        ("temperature", request.temperature.map(Value::from)),
        ("top_p", request.top_p.map(Value::from)),
        ("seed", request.seed.map(Value::from)),
        ("reasoning_effort", effort(request).map(Value::from)),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            put(name, value);
        }
    }
    if !request.stop.is_empty() {
        put("stop", json!(request.stop));
    }
    Value::Object(body)
}

/// Many servers refuse a request with a word that they do not know, so it is only sent when it was asked for,
/// and `none`, which is newer than the others, only to a model that is known to think.
fn effort(request: &ChatRequest) -> Option<&'static str> {
    if request.can_reason == Some(false) {
        return None;
    }
    match request.reasoning? {
        Reasoning::Off => (request.can_reason == Some(true)).then_some("none"),
        Reasoning::Low => Some("low"),
        Reasoning::Medium => Some("medium"),
        Reasoning::High => Some("high"),
    }
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Mode(ToolMode::Auto) => json!("auto"),
        ToolChoice::Mode(ToolMode::None) => json!("none"),
        ToolChoice::Mode(ToolMode::Required) => json!("required"),
        ToolChoice::Named { name } => json!({ "type": "function", "function": { "name": name } }),
    }
}

fn message(message: &Message) -> Value {
    match message {
        Message::System { content } => json!({ "role": "system", "content": content.words() }),
        Message::User { content } => json!({ "role": "user", "content": content.words() }),
        Message::Assistant { content, tool_calls, .. } if tool_calls.is_empty() => {
            json!({ "role": "assistant", "content": content.words() })
        }
        Message::Assistant { content, tool_calls, .. } => {
            // An answer of nothing but calls has no content; an empty string is refused by some.
            let words = Some(content.words()).filter(|words| !words.is_empty());
            let calls: Value = tool_calls.iter().map(tool_call).collect();
            json!({ "role": "assistant", "content": words, "tool_calls": calls })
        }
        Message::Tool { tool_call_id, content } => {
            json!({ "role": "tool", "tool_call_id": tool_call_id, "content": content.words() })
        }
    }
}

fn tool_call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.input.to_string() });
    json!({ "id": call.id, "type": "function", "function": function })
}
