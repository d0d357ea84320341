//! What models are there, what they are like and which are loaded.
//!
//! Many fields are newer than servers that are still in use, so all but the names may be absent.

use serde_json::Value;

use crate::base::number::number_in;
use crate::model::ErrorCode;
use crate::wire::WireError;
use crate::wire::refusal::Refusal;

/// A model as the server lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OllamaModel {
    /// Its name with its tag, as the server writes it.
    pub name: String,
    /// Size of its weights, bytes.
    pub size_bytes: Option<u64>,
    /// Of its weights; changes when the model is pulled anew.
    pub digest: Option<String>,
    /// Its architecture, such as `llama`.
    pub family: Option<String>,
    /// How many parameters it has.
    pub parameters: Option<u64>,
    /// Tokens that it can hold at most.
    pub context_length: Option<u64>,
    /// "completion", "tools", "thinking", "vision", "embedding" …; `None` is unknown, not none.
    pub capabilities: Option<Vec<String>>,
    /// Whether the server hands its prompts on to the cloud.
    pub is_remote: bool,
}

/// What one model is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OllamaDetails {
    /// Tokens that it can hold at most. How many the server makes room for is another matter.
    pub context_length: Option<u64>,
    /// Tokens that it makes room for when it is not told, where the model itself says so.
    pub num_ctx: Option<u64>,
    /// Its architecture, such as `llama`.
    pub family: Option<String>,
    /// How many parameters it has.
    pub parameters: Option<u64>,
    /// As in [`OllamaModel::capabilities`].
    pub capabilities: Option<Vec<String>>,
    /// Whether the server hands its prompts on to the cloud.
    pub is_remote: bool,
}

/// A model that is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunningModel {
    /// Its name with its tag, as the server writes it.
    pub name: String,
    /// Tokens that there really is room for.
    pub context_length: Option<u64>,
    /// Memory that it takes, bytes.
    pub size_bytes: Option<u64>,
    /// How much of that lies on the graphics card; less than all is slow.
    pub size_vram_bytes: Option<u64>,
}

/// The name with its tag: `llama3.2` is `llama3.2:latest`. The part before the tag may hold slashes and, in a
/// registry's address, a port.
pub fn normalise_name(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains(':') { name.to_owned() } else { format!("{name}:latest") }
}

/// Reads `/api/tags`. An entry without a name is left out.
pub fn parse_tags(body: &[u8]) -> Result<Vec<OllamaModel>, WireError> {
    Ok(entries(body)?.iter().filter_map(listed).collect())
}

/// Reads `/api/ps`. An entry without a name is left out.
pub fn parse_ps(body: &[u8]) -> Result<Vec<RunningModel>, WireError> {
    Ok(entries(body)?.iter().filter_map(running).collect())
}

/// Reads `/api/show`.
pub fn parse_show(body: &[u8]) -> Result<OllamaDetails, WireError> {
    let shown = object(body)?;
    let info = |name: &str| shown.get("model_info").and_then(|info| info.get(name));
    let architecture = info("general.architecture").and_then(text);
    let context_length = architecture.as_ref().and_then(|name| info(&format!("{name}.context_length")));
    Ok(OllamaDetails {
        context_length: context_length
            .and_then(number)
            .or_else(|| number_at(&shown, "/details/context_length")),
        num_ctx: text_at(&shown, "/parameters").as_deref().and_then(num_ctx),
        parameters: info("general.parameter_count").and_then(number).or_else(|| parameters(&shown)),
        family: text_at(&shown, "/details/family").or(architecture),
        capabilities: capabilities(&shown),
        is_remote: has_remote(&shown),
    })
}

/// Reads `/api/version`.
pub fn parse_version(body: &[u8]) -> Result<String, WireError> {
    text_at(&object(body)?, "/version").ok_or_else(no_ollama)
}

fn listed(entry: &Value) -> Option<OllamaModel> {
    let name = name(entry)?;
    Some(OllamaModel {
        size_bytes: number_at(entry, "/size"),
        digest: text_at(entry, "/digest"),
        family: text_at(entry, "/details/family"),
        parameters: parameters(entry),
        context_length: number_at(entry, "/details/context_length"),
        capabilities: capabilities(entry),
        is_remote: has_remote(entry) || has_cloud_tag(&name),
        name,
    })
}

fn running(entry: &Value) -> Option<RunningModel> {
    Some(RunningModel {
        name: name(entry)?,
        context_length: number_at(entry, "/context_length"),
        size_bytes: number_at(entry, "/size"),
        // Zero has a meaning here: all of it lies in main memory.
        size_vram_bytes: entry.get("size_vram").and_then(Value::as_u64),
    })
}

fn entries(body: &[u8]) -> Result<Vec<Value>, WireError> {
    match object(body)?.get_mut("models").map(Value::take) {
        Some(Value::Array(entries)) => Ok(entries),
        Some(Value::Null) => Ok(Vec::new()),
        _ => Err(no_ollama()),
    }
}

fn object(body: &[u8]) -> Result<Value, WireError> {
    let value: Value = serde_json::from_slice(body).map_err(|_| no_ollama())?;
    if value.get("error").is_some() {
        return Err(Refusal::of(&value).into_error(None));
    }
    if value.is_object() { Ok(value) } else { Err(no_ollama()) }
}

fn no_ollama() -> WireError {
    WireError::new(ErrorCode::Protocol, "The server at this address does not answer as Ollama does.")
}

fn name(entry: &Value) -> Option<String> {
    text_at(entry, "/name").or_else(|| text_at(entry, "/model"))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text_at(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(text)
}

/// A number that is not zero, which is how some fields say that they do not know.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().filter(|number| *number > 0)
}

fn number_at(value: &Value, path: &str) -> Option<u64> {
    value.pointer(path).and_then(number)
}

fn capabilities(entry: &Value) -> Option<Vec<String>> {
    Some(entry.get("capabilities")?.as_array()?.iter().filter_map(text).collect())
}

fn has_remote(entry: &Value) -> bool {
    ["/remote_model", "/remote_host"].iter().any(|path| text_at(entry, path).is_some())
}

/// `model:cloud`, `gpt-oss:120b-cloud`.
fn has_cloud_tag(name: &str) -> bool {
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    tag.is_some_and(|tag| tag == "cloud" || tag.ends_with("-cloud"))
}

/// How many parameters a model has, from `134.52M`, `8.2B` or `8x7B`.
fn parameters(entry: &Value) -> Option<u64> {
    let size = entry.pointer("/details/parameter_size")?.as_str()?.trim();
    let (number, scale) = match size.char_indices().last()? {
        (end, 'K' | 'k') => (size.get(..end)?, 1e3),
        (end, 'M' | 'm') => (size.get(..end)?, 1e6),
        (end, 'B' | 'b') => (size.get(..end)?, 1e9),
        (end, 'T' | 't') => (size.get(..end)?, 1e12),
        _ => (size, 1.0),
    };
    let factors = number.split(['x', 'X']).map(number_in);
    let product = factors.product::<Option<f64>>()? * scale;
    (product.is_finite() && product >= 1.0).then_some(product.round() as u64)
}

/// The `num_ctx` line of a model's parameters: `num_ctx                        8192`.
fn num_ctx(parameters: &str) -> Option<u64> {
    parameters.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        (name == "num_ctx").then(|| value.trim().parse().ok())?
    })
}
