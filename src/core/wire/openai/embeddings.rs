//! Vectors of texts.

use serde_json::{Value, json};

use super::{Dialect, counts, send};
use crate::base::order;
use crate::model::http::HttpRequest;
use crate::wire::openrouter::billed;
use crate::wire::vectors::{from_base64, from_numbers, whole};
use crate::wire::{Embeddings, Server, WireError};

/// A request for the vectors of some texts. How they are to be written is not said: plain numbers are what every server
/// knows.
pub fn embed(server: &Server<'_>, model: &str, texts: &[String]) -> HttpRequest {
    send(server, "/embeddings", &json!({ "model": model, "input": texts }))
}

/// Reads the vectors of `count` texts, in the order of the texts.
pub fn parse_embeddings(dialect: Dialect, body: &[u8], expected: usize) -> Result<Embeddings, WireError> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| WireError::not_json(&error))?;
    let Some(entries) = answer.get("data").and_then(Value::as_array) else {
        return Err(if answer.get("error").is_some() {
            dialect.refuse(&answer)
        } else {
            WireError::misfit()
        });
    };
    let mut vectors: Vec<(usize, Vec<f32>)> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        // Servers need not keep the order; one that leaves the index out does.
        let index = entry.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let vector = match entry.get("embedding") {
            Some(Value::Array(numbers)) => from_numbers(numbers),
            Some(Value::String(text)) => from_base64(text),
            _ => None,
        };
        vectors.push((index.unwrap_or(place), vector.ok_or_else(WireError::misfit)?));
    }
    order::sort_by_key(&mut vectors, |(index, _)| *index);
    if vectors.iter().enumerate().any(|(place, (index, _))| place != *index) {
        vectors.clear();
    }
    let vectors = whole(vectors.into_iter().map(|(_, vector)| vector).collect(), expected)?;
    let usage = answer.get("usage");
    let billed = usage
        .filter(|_| dialect == Dialect::OpenRouter)
        .and_then(|usage| billed(usage, core::str::from_utf8(body).unwrap_or_default()));
    Ok(Embeddings { vectors, usage: usage.and_then(counts::usage), billed })
}
