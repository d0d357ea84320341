//! Lists of models.

use serde_json::Value;

use super::{count, refusal, text};
use crate::model::{ErrorCode, Modality};
use crate::wire::{ListedModel, ModelPage, WireError};

/// Parts of names of models that answer with sound, act on a screen or a robot, or need a connection that stays open.
const OTHERS: [&str; 7] = ["tts", "audio", "live", "aqa", "lyria", "robotics", "computer"];

/// Reads a part of the list of models.
///
/// The list says which methods a model has and whether it thinks, nothing of prices or modalities. What makes pictures
/// is told by its name; models for sound and for connections that stay open are left out, as are entries without a
/// name.
pub fn parse_models(body: &[u8]) -> Result<ModelPage, WireError> {
    let list: Value = serde_json::from_slice(body).map_err(|_| no_list(body))?;
    if let Some(error) = refusal::inside(&list) {
        return Err(error);
    }
    let entries = match (&list, list.get("models")) {
        (_, Some(Value::Array(entries))) => entries.as_slice(),
        // An empty list is left out, as Google's APIs do with all that is empty.
        (Value::Object(fields), None | Some(Value::Null))
            if fields.is_empty() || fields.contains_key("models") =>
        {
            &[]
        }
        _ => return Err(no_list(body)),
    };
    let next = text(list.get("nextPageToken")).map(str::to_owned);
    Ok(ModelPage { models: entries.iter().filter_map(model).collect(), next })
}

fn model(entry: &Value) -> Option<ListedModel> {
    let name = text(entry.get("name"))?;
    let id = name.strip_prefix("models/").unwrap_or(name);
    let methods = entry.get("supportedGenerationMethods").and_then(Value::as_array);
    let has = |wanted: &str| methods.is_some_and(|methods| methods.iter().any(|method| method == wanted));
    if id.split(['-', '.']).any(|part| OTHERS.contains(&part)) {
        return None;
    }
    let is_picture = id.contains("image") || id.contains("nano-banana");
    let thinks = entry.get("thinking") == Some(&Value::Bool(true));
    let (modality, capabilities) = if has("generateContent") && !is_picture {
        (Modality::Text, Some(chat_capabilities(id, thinks)))
    } else if has("generateContent") {
        // All of them take pictures to change.
        let reasoning = thinks.then_some("reasoning");
        (Modality::Image, Some(["image-edit", "text"].into_iter().chain(reasoning).collect()))
    } else if has("predictLongRunning") && id.starts_with("veo") {
        (Modality::Video, None)
    } else if has("embedContent") {
        (Modality::Text, Some(vec!["embedding"]))
    } else {
        return None;
    };
    let limit = |field: &str| count(entry.get(field)).filter(|limit| *limit > 0);
    Some(ListedModel {
        id: id.to_owned(),
        name: text(entry.get("displayName")).map(str::to_owned),
        modality,
        capabilities,
        // The answer has a limit of its own beside this one.
        context_length: limit("inputTokenLimit"),
        max_output_tokens: limit("outputTokenLimit"),
        price: None,
    })
}

/// Every Gemini model that chats takes pictures, tools, schemas and search: so says its documentation, model by model.
/// The list itself tells only of thinking. Of Gemma and others nothing is claimed.
fn chat_capabilities(id: &str, thinks: bool) -> Vec<&'static str> {
    let mut capabilities =
        if id.starts_with("gemini-") { vec!["tools", "json", "search", "vision"] } else { Vec::new() };
    if thinks {
        capabilities.push("reasoning");
    }
    capabilities
}

fn no_list(body: &[u8]) -> WireError {
    if body.trim_ascii_start().starts_with(b"<") {
        return WireError::not_an_api();
    }
    WireError::new(ErrorCode::Protocol, "The server's list of models is none.")
}
