//! Vectors of texts.

use serde_json::Value;

use super::request::method;
use super::{count, object, only, refusal, resource};
use crate::model::http::{Credential, HttpRequest};
use crate::model::{ErrorCode, Usage};
use crate::wire::{Embeddings, WireError, post};

/// The most texts of one request; more are refused.
pub const BATCH: usize = 100;

/// A request for the vectors of up to [`BATCH`] texts; read it with [`parse_embeddings`].
///
/// Vectors come in the model's own length, which are the ones that have the length 1.
pub fn embed(root: &str, credential: Option<&Credential>, model: &str, texts: &[String]) -> HttpRequest {
    let name = resource(model);
    let one = |text: &String| {
        let content = only("parts", Value::Array(vec![only("text", text.as_str())]));
        object(&mut [("model", Some(Value::from(name.as_str()))), ("content", Some(content))])
    };
    let requests = Value::Array(texts.iter().map(one).collect());
    post(method(root, model, "batchEmbedContents"), credential, &only("requests", requests))
}

/// Reads the vectors of so many texts.
pub fn parse_embeddings(body: &[u8], texts: usize) -> Result<Embeddings, WireError> {
    let mut answer: Value = serde_json::from_slice(body).map_err(|_| no_vectors())?;
    if let Some(error) = refusal::inside(&answer) {
        return Err(error);
    }
    let Some(Value::Array(entries)) = answer.get_mut("embeddings").map(Value::take) else {
        return Err(no_vectors());
    };
    let vectors = entries.iter().map(vector).collect::<Option<Vec<_>>>().ok_or_else(no_vectors)?;
    if vectors.len() != texts {
        return Err(no_vectors());
    }
    let usage = count(answer.pointer("/usageMetadata/promptTokenCount"))
        .map(|input_tokens| Usage { input_tokens, ..Usage::default() });
    Ok(Embeddings { vectors, usage, billed: None })
}

fn vector(entry: &Value) -> Option<Vec<f32>> {
    let values = entry.get("values")?.as_array().filter(|values| !values.is_empty())?;
    values.iter().map(|value| value.as_f64().map(|value| value as f32)).collect()
}

fn no_vectors() -> WireError {
    WireError::new(ErrorCode::Protocol, "The server did not answer with one vector for each text.")
}
