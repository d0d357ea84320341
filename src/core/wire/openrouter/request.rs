//! Requests, as JSON.

use core::fmt::Write;

use serde_json::{Map, Value, json};

use crate::model::Reasoning;
use crate::model::http::HttpRequest;
use crate::model::options::{DataCollection, HostOrder, OpenRouterOptions};
use crate::wire::openai::{self, Dialect};
use crate::wire::{Canvas, ChatRequest, Server, get, reading, with_files};

/// Where the API is below its host.
const PATH: &str = "api/v1";

/// The API's root for an endpoint as a person writes it: the host alone, or with a missing or doubled version segment.
pub fn root(endpoint: &str) -> String {
    let root = openai::root(endpoint);
    let has_path =
        endpoint.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
    match root.strip_suffix("/v1").filter(|host| host.matches('/').count() == 2) {
        // A path that was written counts, except at the host where there is nothing else.
        Some(host) if !has_path || host.ends_with("//openrouter.ai") => format!("{host}/{PATH}"),
        _ => root,
    }
}

/// A request for an answer, streamed.
pub fn chat(server: &Server<'_>, request: &ChatRequest) -> HttpRequest {
    let mut body = openai::fields(request, Dialect::OpenRouter);
    if let Some(reasoning) = reasoning(request) {
        body.insert("reasoning".to_owned(), reasoning);
    }
    // Else a host that knows no tools or no schema would leave them out without a word.
    let is_strict = request.schema.is_some() || !request.tools.is_empty();
    put_hosts(&mut body, server.openrouter, request.is_sensitive, is_strict);
    body.insert("plugins".to_owned(), plugins(request));
    if let Some(canvas) = request.canvas {
        put_canvas(&mut body, canvas);
    }
    let sent = with_files(send(server, "/chat/completions", body), request.files());
    HttpRequest { reading: reading(request), ..sent }
}

/// That a picture is wanted, and which.
fn put_canvas(body: &mut Map<String, Value>, canvas: Canvas) {
    let kinds: &[&str] = if canvas.is_alone { &["image"] } else { &["image", "text"] };
    body.insert("modalities".to_owned(), json!(kinds));
    let mut config = Map::new();
    if let Some(ratio) = canvas.aspect_ratio {
        config.insert("aspect_ratio".to_owned(), json!(ratio));
    }
    if let Some(size) = canvas.size {
        config.insert("image_size".to_owned(), json!(size.as_str()));
    }
    if !config.is_empty() {
        body.insert("image_config".to_owned(), Value::Object(config));
    }
}

/// A request for the vectors of some texts; read it with [`openai::parse_embeddings`].
pub fn embed(server: &Server<'_>, model: &str, texts: &[String]) -> HttpRequest {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("input".to_owned(), json!(texts));
    put_hosts(&mut body, server.openrouter, false, false);
    send(server, "/embeddings", body)
}

fn send(server: &Server<'_>, path: &str, body: Map<String, Value>) -> HttpRequest {
    let mut sent = openai::send(server, path, &Value::Object(body));
    sent.headers.extend(attribution(server));
    sent
}

/// A request that proves a key, and nothing else; every key may ask it.
pub fn key(server: &Server<'_>) -> HttpRequest {
    let mut sent = get(format!("{}/key", server.root), server.credential);
    sent.headers.extend_from_slice(server.headers);
    sent
}

/// How hard to think. Some models cannot stop: OpenRouter refuses to switch them off, so it is only asked of models
/// that are known to think, and its refusal is `Unsupported`.
fn reasoning(request: &ChatRequest) -> Option<Value> {
    if request.can_reason == Some(false) {
        return None;
    }
    Some(match request.reasoning? {
        Reasoning::Off if request.can_reason == Some(true) => json!({ "enabled": false }),
        Reasoning::Off => return None,
        Reasoning::Low => json!({ "effort": "low" }),
        Reasoning::Medium => json!({ "effort": "medium" }),
        Reasoning::High => json!({ "effort": "high" }),
    })
}

/// Which hosts of the model may answer.
fn put_hosts(
    body: &mut Map<String, Value>,
    options: Option<&OpenRouterOptions>,
    is_sensitive: bool,
    is_strict: bool,
) {
    let mut hosts = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            hosts.insert(name.to_owned(), value);
        }
    };
    if let Some(options) = options {
        put("order", options.order.as_ref().map(|names| json!(names)));
        put("only", options.only.as_ref().map(|names| json!(names)));
        put("ignore", options.ignore.as_ref().map(|names| json!(names)));
        put("sort", options.sort.map(|order| json!(word(order))));
        put("zdr", options.zero_data_retention.map(Value::Bool));
        put("allow_fallbacks", options.allow_fallbacks.map(Value::Bool));
    }
    let collection = match options.and_then(|options| options.data_collection) {
        Some(DataCollection::Allow) if !is_sensitive => Some("allow"),
        None if !is_sensitive => None,
        _ => Some("deny"),
    };
    put("data_collection", collection.map(Value::from));
    put("require_parameters", is_strict.then_some(Value::Bool(true)));
    if !hosts.is_empty() {
        body.insert("provider".to_owned(), Value::Object(hosts));
    }
}

const fn word(order: HostOrder) -> &'static str {
    match order {
        HostOrder::Price => "price",
        HostOrder::Throughput => "throughput",
        HostOrder::Latency => "latency",
    }
}

/// Models of small contexts drop the middle of a long conversation unless they are told not to, and say nothing.
fn plugins(request: &ChatRequest) -> Value {
    let mut plugins = vec![json!({ "id": "context-compression", "enabled": false })];
    if request.search {
        plugins.push(json!({ "id": "web" }));
    }
    Value::Array(plugins)
}

/// Who asks, where its user wants that to be known.
fn attribution(server: &Server<'_>) -> Vec<(String, String)> {
    let title = server.openrouter.and_then(|options| options.title.as_deref()).map(ascii);
    let Some(title) = title.filter(|title| !title.is_empty()) else { return Vec::new() };
    let origin = server.page_origin.map(|origin| ("HTTP-Referer".to_owned(), origin.to_owned()));
    let title = ("X-OpenRouter-Title".to_owned(), title);
    origin.into_iter().chain([title]).collect()
}

/// As a header may hold it: a browser throws at letters beyond Latin-1 and at line breaks.
fn ascii(title: &str) -> String {
    let mut written = String::new();
    for byte in title.trim().bytes() {
        if matches!(byte, b' '..=b'~') {
            written.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}
