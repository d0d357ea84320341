//! Vectors of texts.

use serde_json::Value;

use crate::model::Usage;
use crate::wire::refusal::Refusal;
use crate::wire::tolerant::count;
use crate::wire::vectors::{from_numbers, whole};
use crate::wire::{Embeddings, WireError};

/// Reads the vectors of `expected` texts, which come in the order of the texts.
pub fn parse_embeddings(body: &[u8], expected: usize) -> Result<Embeddings, WireError> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| WireError::not_json(&error))?;
    if answer.get("error").is_some() {
        return Err(Refusal::of(&answer).into_error(None));
    }
    let listed = answer.get("embeddings").and_then(Value::as_array).ok_or_else(WireError::misfit)?;
    let vectors: Option<Vec<_>> = listed.iter().map(|vector| from_numbers(vector.as_array()?)).collect();
    let usage =
        count(answer.get("prompt_eval_count")).map(|input_tokens| Usage { input_tokens, ..Usage::default() });
    Ok(Embeddings { vectors: whole(vectors.ok_or_else(WireError::misfit)?, expected)?, usage, billed: None })
}
