//! Lists of models.

use serde_json::Value;

use crate::model::ErrorCode;
use crate::wire::WireError;
use crate::wire::refusal::Refusal;

/// A model as a server lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAiModel {
    /// The server's name for it.
    pub id: String,
    /// Tokens that it holds, prompt and answer together, where the server says so.
    pub context_length: Option<u64>,
}

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
pub fn parse_models(body: &[u8]) -> Result<Vec<OpenAiModel>, WireError> {
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
    Ok(entries.iter().filter_map(model).collect())
}

fn model(entry: &Value) -> Option<OpenAiModel> {
    let id = entry.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned();
    let context_length = CONTEXT_LENGTHS
        .iter()
        .find_map(|path| entry.pointer(path).and_then(Value::as_u64).filter(|length| *length > 0));
    Some(OpenAiModel { id, context_length })
}

fn no_list(body: &[u8]) -> WireError {
    if body.trim_ascii_start().starts_with(b"<") {
        return WireError::not_an_api();
    }
    WireError::new(ErrorCode::Protocol, "The server's list of models is none.")
}
