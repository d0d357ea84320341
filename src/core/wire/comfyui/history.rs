//! Where a prompt stands in the queue, and how it ended.

use serde_json::Value;

use super::failure::NodeFailure;
use super::{Output, body_of, name, no_comfyui};
use crate::wire::WireError;

/// Where a prompt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It runs.
    Running,
    /// It waits, and so many are before it with the one that runs: 1 is next.
    Waiting(u32),
    /// Neither: it ended, or the server does not know it.
    Absent,
}

/// Reads `/queue`.
pub fn parse_queue(body: &[u8], prompt_id: &str) -> Result<Place, WireError> {
    let body = body_of(body)?;
    let list = |field: &str| body.get(field).and_then(Value::as_array).ok_or_else(no_comfyui);
    let is_ours = |entry: &Value| entry.get(1).and_then(Value::as_str) == Some(prompt_id);
    if list("queue_running")?.iter().any(is_ours) {
        return Ok(Place::Running);
    }
    // The list is a heap: only its first is sure to be the next.
    let number = |entry: &Value| entry.get(0).and_then(Value::as_f64).unwrap_or(f64::INFINITY);
    let waiting = list("queue_pending")?;
    Ok(waiting.iter().find(|entry| is_ours(entry)).map_or(Place::Absent, |ours| {
        let before = waiting.iter().filter(|entry| number(entry) < number(ours)).count();
        Place::Waiting(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
    }))
}

/// What the history says of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum History {
    /// Nothing: it did not end, or the server does not know it.
    Unfinished,
    /// It ended well.
    Success {
        /// What was made; nothing where all had been made before.
        outputs: Vec<Output>,
        /// Whether no node had to run.
        is_all_cached: bool,
    },
    /// A node failed.
    Failed(NodeFailure),
    /// Somebody stopped it.
    Interrupted,
}

/// Reads `/history/{id}`.
pub fn parse_history(body: &[u8], prompt_id: &str) -> Result<History, WireError> {
    let body = body_of(body)?;
    let entries = body.as_object().ok_or_else(no_comfyui)?;
    let Some(entry) = entries.get(prompt_id) else { return Ok(History::Unfinished) };
    let messages = entry.pointer("/status/messages").and_then(Value::as_array);
    let message = |kind: &str| {
        let mut messages = messages.into_iter().flatten();
        messages.find(|message| message.get(0).and_then(Value::as_str) == Some(kind))?.get(1)
    };
    if let Some(failure) = message("execution_error") {
        return Ok(History::Failed(NodeFailure::read(failure)));
    }
    if message("execution_interrupted").is_some() {
        return Ok(History::Interrupted);
    }
    if entry.pointer("/status/status_str").and_then(Value::as_str) == Some("error") {
        return Ok(History::Failed(NodeFailure::default()));
    }
    let mut outputs = Vec::new();
    for (node, output) in entry.get("outputs").and_then(Value::as_object).into_iter().flatten() {
        Output::read(node, output, &mut outputs);
    }
    let nodes = entry.pointer("/prompt/2").and_then(Value::as_object);
    let cached = message("execution_cached").and_then(|cached| cached.get("nodes")?.as_array());
    let is_all_cached = nodes.zip(cached).is_some_and(|(nodes, cached)| {
        let cached: Vec<String> = cached.iter().filter_map(|node| name(Some(node))).collect();
        !nodes.is_empty() && nodes.keys().all(|node| cached.contains(node))
    });
    Ok(History::Success { outputs, is_all_cached })
}
