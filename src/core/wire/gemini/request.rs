//! Requests, as JSON.

use serde_json::Value;

use super::contents::Conversation;
use super::family::{Family, always_thinks, lowest_level, middle_level};
use super::{object, only, resource, schema};
use crate::model::http::{Credential, HttpRequest};
use crate::model::message::ToolMode;
use crate::model::{Reasoning, Tool, ToolChoice};
use crate::wire::{Canvas, ChatRequest, get, post, reading, with_files};

/// The version that knows all that is used here.
const VERSION: &str = "v1beta";

/// The API's root for an endpoint as a person writes it: without a slash at its end, with one version segment there.
///
/// `https://generativelanguage.googleapis.com`, with `/v1beta/`, `/v1beta/v1beta`, `/v1beta/openai` or
/// `/v1beta/models/…` are all `https://generativelanguage.googleapis.com/v1beta`. A path before that, as a gateway wants
/// it, stays; so does another version. Without a scheme it is taken for HTTPS, since a key goes there.
pub fn root(endpoint: &str) -> String {
    let endpoint = endpoint.trim();
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_last = |at: &usize| !segments.iter().skip(*at).any(|segment| is_version(segment));
    let list = segments.iter().skip(1).rposition(|segment| *segment == "models").map(|at| at + 1);
    if let Some(at) = list.filter(is_last) {
        segments.truncate(at);
    }
    while segments.len() > 1 && segments.last() == Some(&"openai") {
        segments.pop();
    }
    segments.dedup_by(|later, earlier| later == earlier && is_version(later));
    if segments.len() < 2 || !segments.last().is_some_and(|last| is_version(last)) {
        segments.push(VERSION);
    }
    format!("{scheme}://{}", segments.join("/"))
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// A request for an answer, streamed.
pub fn chat(root: &str, credential: Option<&Credential>, request: &ChatRequest) -> HttpRequest {
    let url = method(root, &request.model, "streamGenerateContent?alt=sse");
    let body = match request.canvas {
        Some(canvas) => picture_body(request, canvas),
        None => body(request),
    };
    let sent = HttpRequest { reading: reading(request), ..post(url, credential, &body) };
    with_files(sent, request.files())
}

/// A request for the list of models, or for its part `page`; read it with [`parse_models`](super::parse_models).
pub fn models(root: &str, credential: Option<&Credential>, page: Option<&str>) -> HttpRequest {
    let page = page.map_or_else(String::new, |page| format!("&pageToken={}", escaped(page, "")));
    get(format!("{root}/models?pageSize=1000{page}"), credential)
}

/// The cheapest request that proves a key: whatever is a success says that it is good.
pub fn key(root: &str, credential: Option<&Credential>) -> HttpRequest {
    get(format!("{root}/models?pageSize=1"), credential)
}

/// The address of a model's method.
pub(super) fn method(root: &str, model: &str, name: &str) -> String {
    let resource = resource(model);
    let (collection, id) = resource.split_once('/').unwrap_or_default();
    format!("{root}/{collection}/{}:{name}", escaped(id, "."))
}

/// What an address may hold anywhere stays, and what is in `also`.
fn escaped(text: &str, also: &str) -> String {
    use core::fmt::Write;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') || also.contains(letter) {
            escaped.push(letter);
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn body(request: &ChatRequest) -> Value {
    let family = Family::of(&request.model);
    let offer = Offer::of(request, family);
    // It refuses a conversation that ends with its own turn.
    let begun = request.begun(true);
    let mut conversation = Conversation::of(request.messages.iter().chain(&begun), family);
    if let Some(words) = offer.schema_in_words() {
        conversation.system.push(only("text", words));
    }
    if family == Family::Gemma {
        conversation = conversation.without_system();
    }
    let system = core::mem::take(&mut conversation.system);
    let system = (!system.is_empty()).then(|| only("parts", Value::Array(system)));
    object(&mut [
        ("systemInstruction", system),
        ("contents", Some(conversation.contents())),
        ("tools", offer.tools()),
        ("toolConfig", offer.tool_config()),
        ("generationConfig", config(request, &offer)),
    ])
}

/// Models that make pictures refuse most of what others take, so nothing but the picture is spoken of. They all know words
/// and a picture together, while the older ones refuse a picture alone.
fn picture_body(request: &ChatRequest, canvas: Canvas) -> Value {
    let family = Family::of(&request.model);
    // The first ones have one size, and refuse to be told it.
    let size = canvas.size.filter(|_| family == Family::Level);
    let image = some(object(&mut [
        ("aspectRatio", canvas.aspect_ratio.map(Value::from)),
        ("imageSize", size.map(|size| Value::from(size.as_str()))),
    ]));
    let config = object(&mut [
        ("responseModalities", Some(Value::from(["TEXT", "IMAGE"].as_slice()))),
        ("imageConfig", image),
        ("seed", seed(request)),
        // What it thinks of may be pictures too, which come long before the last one.
        ("thinkingConfig", (request.can_reason == Some(true)).then(|| only("includeThoughts", true))),
    ]);
    let conversation = Conversation::of(request.messages.iter(), family).without_system();
    object(&mut [("contents", Some(conversation.contents())), ("generationConfig", Some(config))])
}

/// The field has 32 bits; what matters is that the same seed stays the same.
fn seed(request: &ChatRequest) -> Option<Value> {
    request.seed.map(|seed| Value::from(seed as i32))
}

fn config(request: &ChatRequest, offer: &Offer<'_>) -> Option<Value> {
    let schema = request.schema.as_ref().filter(|_| offer.schema == SchemaPlace::Config);
    some(object(&mut [
        ("maxOutputTokens", request.max_output_tokens.map(Value::from)),
        ("temperature", request.temperature.map(Value::from)),
        ("topP", request.top_p.map(Value::from)),
        ("stopSequences", (!request.stop.is_empty()).then(|| Value::from(request.stop.as_slice()))),
        ("seed", seed(request)),
        ("responseMimeType", schema.map(|_| Value::from("application/json"))),
        ("responseJsonSchema", schema.map(schema::fitted)),
        ("thinkingConfig", thinking(request)),
    ]))
}

/// Nothing, where an object is empty.
fn some(object: Value) -> Option<Value> {
    Some(object).filter(|object| object.as_object().is_some_and(|fields| !fields.is_empty()))
}

/// Left out, a model thinks as it likes. A setting that it does not know is refused.
fn thinking(request: &ChatRequest) -> Option<Value> {
    let reasoning = request.reasoning?;
    if request.can_reason == Some(false) {
        return None;
    }
    let model = &request.model;
    let (mut budget, mut level) = (None, None);
    match Family::of(model) {
        // Some think, but how hard cannot be said.
        Family::Gemma | Family::Early if request.can_reason != Some(true) => return None,
        Family::Gemma | Family::Early => {}
        Family::Budget => {
            budget = Some(match reasoning {
                Reasoning::Off if always_thinks(model) => 128,
                Reasoning::Off => 0,
                // The budgets that the service's OpenAI-compatible door takes for these words.
                Reasoning::Low => 1_024,
                Reasoning::Medium => 8_192,
                Reasoning::High => 24_576,
            });
        }
        Family::Level => {
            level = Some(match reasoning {
                Reasoning::Off => lowest_level(model),
                Reasoning::Low => "LOW",
                Reasoning::Medium => middle_level(model),
                Reasoning::High => "HIGH",
            });
        }
    }
    some(object(&mut [
        ("thinkingBudget", budget.map(Value::from)),
        ("thinkingLevel", level.map(Value::from)),
        ("includeThoughts", (reasoning != Reasoning::Off).then(|| Value::from(true))),
    ]))
}

/// Where the schema of the answer is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SchemaPlace {
    Nowhere,
    /// Where it binds the model.
    Config,
    /// In the system instruction, which it may not follow.
    Words,
}

/// What the model may use, as far as it takes it together; the table stands in [`super`].
struct Offer<'a> {
    functions: &'a [Tool],
    choice: Option<&'a ToolChoice>,
    search: bool,
    combines: bool,
    schema: SchemaPlace,
    request: &'a ChatRequest,
}

impl<'a> Offer<'a> {
    fn of(request: &'a ChatRequest, family: Family) -> Self {
        let choice = request.tool_choice.as_ref();
        let (search, has_schema) = (request.search, request.schema.is_some());
        // Tools that may not be used are only in the way of the rest.
        let is_forbidden = choice == Some(&ToolChoice::Mode(ToolMode::None)) && (search || has_schema);
        let functions = if is_forbidden { &[] } else { request.tools.as_slice() };
        let combines = family == Family::Level;
        let is_required = !functions.is_empty()
            && matches!(choice, Some(ToolChoice::Mode(ToolMode::Required) | ToolChoice::Named { .. }));
        let is_alone = functions.is_empty() && !search;
        let schema = if !has_schema || is_required {
            // What is required is a call, which has the schema of its tool.
            SchemaPlace::Nowhere
        } else if combines || is_alone && family != Family::Gemma {
            SchemaPlace::Config
        } else {
            SchemaPlace::Words
        };
        Self { functions, choice, search, combines, schema, request }
    }

    fn schema_in_words(&self) -> Option<String> {
        let schema = self.request.schema.as_ref().filter(|_| self.schema == SchemaPlace::Words)?;
        let when = if self.functions.is_empty() { "Answer" } else { "Unless you call a function, answer" };
        Some(format!("{when} with nothing but JSON that fits this JSON Schema: {schema}"))
    }

    fn tools(&self) -> Option<Value> {
        let mut tools = Vec::new();
        if self.search {
            tools.push(only("googleSearch", object(&mut [])));
        }
        if !self.functions.is_empty() {
            let functions = self.functions.iter().map(declaration).collect();
            tools.push(only("functionDeclarations", Value::Array(functions)));
        }
        (!tools.is_empty()).then_some(Value::Array(tools))
    }

    /// The service refuses a choice where there is nothing to choose from.
    fn tool_config(&self) -> Option<Value> {
        if self.functions.is_empty() {
            return None;
        }
        let is_combined = self.search && self.combines;
        let mut named = None;
        let mode = match self.choice {
            // Beside the service's own tools, it wants to check the calls itself.
            None | Some(ToolChoice::Mode(ToolMode::Auto)) if is_combined => "VALIDATED",
            None => return None,
            Some(ToolChoice::Mode(ToolMode::Auto)) => "AUTO",
            Some(ToolChoice::Mode(ToolMode::None)) => "NONE",
            Some(ToolChoice::Mode(ToolMode::Required)) => "ANY",
            Some(ToolChoice::Named { name }) => {
                named = Some(Value::Array(vec![Value::from(name.as_str())]));
                "ANY"
            }
        };
        let calling = object(&mut [("mode", Some(Value::from(mode))), ("allowedFunctionNames", named)]);
        Some(object(&mut [
            ("functionCallingConfig", Some(calling)),
            ("includeServerSideToolInvocations", is_combined.then(|| Value::from(true))),
        ]))
    }
}

/// A tool. Its schema goes as it is, without the address of the schema language.
fn declaration(tool: &Tool) -> Value {
    let mut schema = tool.input_schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
    }
    object(&mut [
        ("name", Some(Value::from(tool.name.as_str()))),
        ("description", tool.description.as_deref().map(Value::from)),
        ("parametersJsonSchema", Some(schema)),
    ])
}
