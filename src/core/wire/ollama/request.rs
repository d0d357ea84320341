//! Requests, as JSON.

use serde_json::{Map, Value, json};

use crate::model::http::{Credential, HttpRequest};
use crate::model::message::ToolMode;
use crate::model::{Message, Reasoning, ToolCall, ToolChoice};
use crate::wire::{ChatRequest, get, place_of, post, root_without, with_files};

/// Where the server is, for an endpoint as a person writes it: `/api`, `/v1` and slashes at its end are taken
/// off.
///
/// A path before them, as a proxy may want it, stays. Without a scheme it is taken for plain HTTP.
pub fn origin(endpoint: &str) -> String {
    root_without(&["api", "v1"], endpoint)
}

/// A request for the models that are there; read it with [`parse_tags`](super::parse_tags).
pub fn tags(origin: &str, credential: Option<&Credential>) -> HttpRequest {
    get(format!("{origin}/api/tags"), credential)
}

/// A request for what a model is like; read it with [`parse_show`](super::parse_show).
pub fn show(origin: &str, credential: Option<&Credential>, model: &str) -> HttpRequest {
    post(format!("{origin}/api/show"), credential, &json!({ "model": model }))
}

/// A request for the models that are loaded; read it with [`parse_ps`](super::parse_ps).
pub fn ps(origin: &str, credential: Option<&Credential>) -> HttpRequest {
    get(format!("{origin}/api/ps"), credential)
}

/// A request for the server's version, the cheapest sign that it is there; read it with
/// [`parse_version`](super::parse_version).
pub fn version(origin: &str, credential: Option<&Credential>) -> HttpRequest {
    get(format!("{origin}/api/version"), credential)
}

/// A request to download a model; read it with [`PullDecoder`](super::PullDecoder).
pub fn pull(origin: &str, credential: Option<&Credential>, model: &str) -> HttpRequest {
    post(format!("{origin}/api/pull"), credential, &json!({ "model": model, "stream": true }))
}

/// A request for the vectors of some texts; read it with [`parse_embeddings`](super::parse_embeddings). A text that is
/// too long for the model is refused: its vector would be that of its beginning.
pub fn embed(origin: &str, credential: Option<&Credential>, model: &str, texts: &[String]) -> HttpRequest {
    let body = json!({ "model": model, "input": texts, "truncate": false });
    post(format!("{origin}/api/embed"), credential, &body)
}

/// A request for an answer, streamed. A web search cannot be had here.
///
/// Ollama has no way to make a model use a tool. Of the choices, "none" sends no tools and a named one sends
/// that tool alone; "required" cannot be had.
pub fn chat(origin: &str, credential: Option<&Credential>, request: &ChatRequest) -> HttpRequest {
    with_files(post(format!("{origin}/api/chat"), credential, &body(request)), request.files())
}

fn body(request: &ChatRequest) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(request.model));
    body.insert("messages".to_owned(), messages(request.messages.iter().chain(&request.begun(false))));
    body.insert("stream".to_owned(), json!(true));
    let tools = tools(request);
    if !tools.is_empty() {
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    if let Some(schema) = &request.schema {
        body.insert("format".to_owned(), schema.clone());
    }
    if let Some(think) = think(request) {
        body.insert("think".to_owned(), think);
    }
    // Go refuses `2048.0` for an integer, so these stay integers all the way.
    let options = [
        ("num_ctx", request.context_length.map(Value::from)),
        ("num_predict", request.max_output_tokens.map(Value::from)),
        ("temperature", request.temperature.map(Value::from)),
        ("top_p", request.top_p.map(Value::from)),
        ("seed", request.seed.map(Value::from)),
        ("stop", (!request.stop.is_empty()).then(|| json!(request.stop))),
    ];
    let options: Map<String, Value> =
        options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    if !options.is_empty() {
        body.insert("options".to_owned(), Value::Object(options));
    }
    Value::Object(body)
}

/// Left out, a model that can think does. `true` for one that cannot is refused, `false` never is. gpt-oss
/// ignores both and wants a level; it cannot stop thinking, so "off" is its lowest.
fn think(request: &ChatRequest) -> Option<Value> {
    let reasoning = request.reasoning?;
    let wants_level = request.model.to_ascii_lowercase().contains("gpt-oss");
    match (reasoning, request.can_reason) {
        (_, Some(false)) => None,
        (Reasoning::Off | Reasoning::Low, _) if wants_level => Some(json!("low")),
        (Reasoning::Medium, _) if wants_level => Some(json!("medium")),
        (Reasoning::High, _) if wants_level => Some(json!("high")),
        (Reasoning::Off, _) => Some(json!(false)),
        (_, Some(true)) => Some(json!(true)),
        (_, None) => None,
    }
}

fn tools(request: &ChatRequest) -> Vec<Value> {
    let is_sent = |name: &str| match &request.tool_choice {
        Some(ToolChoice::Mode(ToolMode::None)) => false,
        Some(ToolChoice::Named { name: chosen }) => chosen == name,
        _ => true,
    };
    let sent = request.tools.iter().filter(|tool| is_sent(&tool.name));
    sent.map(|tool| {
        let description = tool.description.as_deref().unwrap_or_default();
        let function =
            json!({ "name": tool.name, "description": description, "parameters": tool.input_schema });
        json!({ "type": "function", "function": function })
    })
    .collect()
}

fn messages<'a>(messages: impl Iterator<Item = &'a Message>) -> Value {
    let mut calls: Vec<&ToolCall> = Vec::new();
    let written = messages.map(|message| {
        let content = message.content();
        let role = match message {
            Message::System { .. } => "system",
            Message::User { .. } => "user",
            Message::Assistant { .. } => "assistant",
            Message::Tool { .. } => "tool",
        };
        let mut written = json!({ "role": role, "content": content.words() });
        let Some(fields) = written.as_object_mut() else { return written };
        // Files of other kinds are not left out in silence: Ollama refuses what is no picture.
        let images: Vec<Value> = content.files().map(|file| Value::from(place_of(file))).collect();
        if !images.is_empty() {
            fields.insert("images".to_owned(), Value::Array(images));
        }
        match message {
            Message::Assistant { tool_calls, .. } if !tool_calls.is_empty() => {
                calls.extend(tool_calls);
                fields.insert("tool_calls".to_owned(), tool_calls.iter().map(tool_call).collect());
            }
            Message::Tool { tool_call_id, .. } => {
                fields.insert("tool_call_id".to_owned(), json!(tool_call_id));
                // Templates know a result by its tool's name; only newer servers find it by the id.
                if let Some(call) = calls.iter().rev().find(|call| call.id == *tool_call_id) {
                    fields.insert("tool_name".to_owned(), json!(call.name));
                }
            }
            _ => {}
        }
        written
    });
    written.collect()
}

/// Arguments have to be an object here.
fn tool_call(call: &ToolCall) -> Value {
    let arguments = match &call.input {
        Value::Object(_) => call.input.clone(),
        Value::Null => json!({}),
        other => json!({ "input": other }),
    };
    json!({ "id": call.id, "function": { "name": call.name, "arguments": arguments } })
}
