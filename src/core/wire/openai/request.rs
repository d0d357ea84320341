//! Requests, as JSON.

use serde_json::{Map, Value, json};

use super::Dialect;
use super::schema::response_format;
use crate::base::order;
use crate::model::http::HttpRequest;
use crate::model::message::ToolMode;
use crate::model::{Content, Message, Reasoning, Text, ToolCall, ToolChoice};
use crate::wire::{ChatRequest, Server, get, place_of, post, with_files};

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

/// A request for an answer, streamed. A web search cannot be had here.
pub fn chat(server: &Server<'_>, request: &ChatRequest) -> HttpRequest {
    let mut body = fields(request, Dialect::Plain);
    body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    if let Some(effort) = effort(request) {
        body.insert("reasoning_effort".to_owned(), Value::from(effort));
    }
    // vLLM goes on with a last message of the assistant's only where it is told to, and llama.cpp's newer servers repeat all of it
    // where they are not. Who knows neither name ignores them or refuses, and is asked in words then.
    if request.beginning.as_ref().is_some_and(|beginning| !beginning.is_asked) {
        body.insert("continue_final_message".to_owned(), json!(true));
        body.insert("add_generation_prompt".to_owned(), json!(false));
    }
    // OpenAI itself refuses the name that all others know, for its newer models.
    if server.root.starts_with("https://api.openai.com/")
        && let Some(limit) = body.remove("max_tokens")
    {
        body.insert("max_completion_tokens".to_owned(), limit);
    }
    with_files(send(server, "/chat/completions", &Value::Object(body)), request.files())
}

/// A request for the list of models; read it with [`parse_models`](super::parse_models).
pub fn models(server: &Server<'_>) -> HttpRequest {
    let mut sent = get(format!("{}/models", server.root), server.credential);
    sent.headers.extend_from_slice(server.headers);
    sent
}

/// A POST to this path with what its user wants to send along.
pub(in crate::wire) fn send(server: &Server<'_>, path: &str, body: &Value) -> HttpRequest {
    let mut sent = post([server.root, path].concat(), server.credential, body);
    sent.headers.extend_from_slice(server.headers);
    sent
}

/// What all chat completions have in common.
///
/// The limit is called `max_tokens`, which OpenRouter calls old: many of its hosts list only this name, and a request
/// that insists on its parameters finds none of them under the new one.
pub(in crate::wire) fn fields(request: &ChatRequest, dialect: Dialect) -> Map<String, Value> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    put("model", json!(request.model));
    let begun = request.begun(false);
    put("messages", request.messages.iter().chain(&begun).map(|said| message(said, dialect)).collect());
    put("stream", json!(true));
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
    if let Some(schema) = &request.schema {
        put("response_format", response_format(schema));
    }
    let numbers = [
        ("max_tokens", request.max_output_tokens.map(Value::from)),
        ("temperature", request.temperature.map(Value::from)),
        ("top_p", request.top_p.map(Value::from)),
        ("seed", request.seed.map(Value::from)),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            put(name, value);
        }
    }
    if !request.stop.is_empty() {
        put("stop", json!(request.stop));
    }
    body
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

fn message(message: &Message, dialect: Dialect) -> Value {
    let (role, text) = match message {
        Message::System { content } => ("system", content),
        Message::User { content } => ("user", content),
        Message::Assistant { content, .. } => ("assistant", content),
        Message::Tool { content, .. } => ("tool", content),
    };
    let mut written = json!({ "role": role, "content": content(text, dialect) });
    let Some(fields) = written.as_object_mut() else { return written };
    match message {
        Message::Tool { tool_call_id, .. } => {
            fields.insert("tool_call_id".to_owned(), json!(tool_call_id));
        }
        Message::Assistant { tool_calls, opaque, .. } => {
            if !tool_calls.is_empty() {
                // An answer of nothing but calls has no content; an empty string is refused by some.
                if fields.get("content").and_then(Value::as_str) == Some("") {
                    fields.insert("content".to_owned(), Value::Null);
                }
                fields.insert("tool_calls".to_owned(), tool_calls.iter().map(tool_call).collect());
            }
            if let (Dialect::OpenRouter, Some(details @ Value::Array(_))) = (dialect, opaque) {
                fields.insert("reasoning_details".to_owned(), details.clone());
            }
        }
        _ => {}
    }
    written
}

/// Words as one string, as every server knows it; with files as parts, in the order given. OpenRouter wants all words
/// before the first picture.
fn content(text: &Text, dialect: Dialect) -> Value {
    let pieces = match text {
        Text::Pieces(pieces) if text.files().next().is_some() => pieces,
        _ => return Value::String(text.words()),
    };
    let mut parts: Vec<Value> = pieces.iter().map(part).collect();
    if dialect == Dialect::OpenRouter {
        order::sort_by_key(&mut parts, |part| part.get("text").is_none());
    }
    Value::Array(parts)
}

fn part(piece: &Content) -> Value {
    let file = match piece {
        Content::Text { text } => return json!({ "type": "text", "text": text }),
        Content::File(file) => file,
    };
    let data = ["data:", &file.media_type, ";base64,", &place_of(file)].concat();
    if file.is_image() {
        return json!({ "type": "image_url", "image_url": { "url": data } });
    }
    let name = file.name.as_deref().unwrap_or(if file.media_type == "application/pdf" {
        "document.pdf"
    } else {
        "file"
    });
    json!({ "type": "file", "file": { "filename": name, "file_data": data } })
}

fn tool_call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.input.to_string() });
    json!({ "id": call.id, "type": "function", "function": function })
}
