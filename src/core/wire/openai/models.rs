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

/// Reads a list of models. An entry without a name is left out.
pub fn parse_models(body: &[u8]) -> Result<ModelPage, WireError> {
    let list: Value = serde_json::from_slice(body).map_err(|_| no_list(body))?;
    let entries = match &list {
        Value::Array(entries) => entries.as_slice(),
        Value::Object(fields) => match fields.get("data") {
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(Value::Null) => &[],
            _ if fields.contains_key("error") => return Err(Refusal::of(&list).into_error(None)),
            _ => return Err(no_list(body)),
        },
        _ => return Err(no_list(body)),
    };
    Ok(ModelPage { models: entries.iter().filter_map(model).collect(), next: None })
}

fn model(entry: &Value) -> Option<ListedModel> {
    let id = entry.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let context_length = CONTEXT_LENGTHS
        .iter()
        .find_map(|path| entry.pointer(path).and_then(Value::as_u64).filter(|length| *length > 0));
    Some(ListedModel { id, context_length, ..ListedModel::default() })
}

fn no_list(body: &[u8]) -> WireError {
    if body.trim_ascii_start().starts_with(b"<") {
        return WireError::not_an_api();
    }
    WireError::new(ErrorCode::Protocol, "The server's list of models is none.")
}
