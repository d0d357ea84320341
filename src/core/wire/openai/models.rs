//! Lists of models.

use serde_json::Value;

use crate::model::ErrorCode;
use crate::wire::refusal::Refusal;
use crate::wire::{ListedModel, ModelPage, WireError};

/// Where servers write the context length, the one that is really served before the one of the training.
const CONTEXT_LENGTHS: [&str; 8] = [
    "/meta/n_ctx",
    "/loaded_context_length",
    "/max_model_len",
    "/context_length",
    "/context_window",
    "/max_context_length",
    "/top_provider/context_length",
    "/meta/n_ctx_train",
];

/// What servers call what models can do, and the contract's word for it.
const CAPABILITIES: [(&str, &str); 18] = [
    ("vision", "vision"),
    ("image", "vision"),
    ("multimodal", "vision"),
    ("tools", "tools"),
    ("tool_use", "tools"),
    ("tool-calling", "tools"),
    ("tool_calls", "tools"),
    ("function_calling", "tools"),
    ("json", "json"),
    ("json_schema", "json"),
    ("structured_outputs", "json"),
    ("structured-outputs", "json"),
    ("reasoning", "reasoning"),
    ("thinking", "reasoning"),
    ("embedding", "embedding"),
    ("embeddings", "embedding"),
    ("text-embedding", "embedding"),
    ("feature-extraction", "embedding"),
];

/// What servers call that a model writes text.
const CHAT: [&str; 4] = ["completion", "chat", "completion_chat", "text-generation"];

/// Reads a list of models. An entry without a name is left out.
pub fn parse_models(body: &[u8]) -> Result<ModelPage, WireError> {
    let list = list(body)?;
    let models = entries(&list).iter().filter_map(|entry| model(entry, &list)).collect();
    Ok(ModelPage { models, next: None })
}

/// A list as it came, once it is sure to be one.
pub(in crate::wire) fn list(body: &[u8]) -> Result<Value, WireError> {
    let list: Value = serde_json::from_slice(body).map_err(|_| no_list(body))?;
    let is_list = match &list {
        Value::Array(_) => true,
        Value::Object(fields) => match fields.get("data") {
            Some(Value::Array(_) | Value::Null) => true,
            _ if fields.contains_key("error") => return Err(Refusal::of(&list).into_error(None)),
            _ => false,
        },
        _ => false,
    };
    if is_list { Ok(list) } else { Err(no_list(body)) }
}

/// The entries of such a list.
pub(in crate::wire) fn entries(list: &Value) -> &[Value] {
    list.as_array().or_else(|| list.get("data")?.as_array()).map_or(&[], Vec::as_slice)
}

fn model(entry: &Value, list: &Value) -> Option<ListedModel> {
    let id = entry.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let context_length = CONTEXT_LENGTHS
        .iter()
        .find_map(|path| entry.pointer(path).and_then(Value::as_u64).filter(|length| *length > 0));
    let capabilities = capabilities(entry, &id, list);
    Some(ListedModel { id, capabilities, context_length, ..ListedModel::default() })
}

/// What the model can do, where the server says anything of it: as words or as switches in its entry, or, as llama.cpp
/// does it, in the list under `models` beside this one.
fn capabilities(entry: &Value, id: &str, list: &Value) -> Option<Vec<&'static str>> {
    let beside = list.get("models").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let twin = beside.iter().find(|other| {
        ["name", "model", "id"].iter().any(|name| other.get(*name).and_then(Value::as_str) == Some(id))
    });
    let is_llama_cpp = entry.get("owned_by").and_then(Value::as_str) == Some("llamacpp");
    let listed = [
        entry.get("capabilities"),
        entry.get("supported_parameters"),
        twin.and_then(|twin| twin.get("capabilities")),
    ];
    let mut is_told = is_llama_cpp;
    let mut said: Vec<&str> = Vec::new();
    for value in listed.into_iter().flatten() {
        match value {
            Value::Array(words) => said.extend(words.iter().filter_map(Value::as_str)),
            Value::Object(switches) => {
                said.extend(
                    switches
                        .iter()
                        .filter(|(_, is_on)| **is_on == Value::Bool(true))
                        .map(|(name, _)| &**name),
                );
            }
            _ => continue,
        }
        is_told = true;
    }
    let kind = entry.get("type").and_then(Value::as_str).filter(|kind| kind.starts_with("embedding"));
    if !is_told && kind.is_none() {
        return None;
    }
    said.extend(kind);
    let modalities = entry.pointer("/architecture/input_modalities").and_then(Value::as_array);
    said.extend(modalities.into_iter().flatten().filter_map(Value::as_str).filter(|kind| *kind == "image"));
    // It holds any model to a schema by its grammar.
    said.extend(is_llama_cpp.then_some("json"));
    let can_chat = CHAT.iter().any(|name| said.contains(name));
    let mut known: Vec<&'static str> = Vec::new();
    for (_, word) in CAPABILITIES.iter().filter(|(name, _)| said.contains(name)) {
        // The word stands for models that can do nothing else.
        let is_beside = can_chat && *word == "embedding";
        if !is_beside && !known.contains(word) {
            known.push(word);
        }
    }
    Some(known)
}

fn no_list(body: &[u8]) -> WireError {
    if body.trim_ascii_start().starts_with(b"<") {
        return WireError::not_an_api();
    }
    WireError::new(ErrorCode::Protocol, "The server's list of models is none.")
}
