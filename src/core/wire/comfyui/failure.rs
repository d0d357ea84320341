//! What a node says that failed while it ran.

use serde_json::Value;

use super::name;
use crate::model::ErrorCode;
use crate::wire::WireError;
use crate::wire::refusal::Refusal;

/// A node that failed while it ran. Its inputs are never read: the prompt is among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFailure {
    /// The node, by its name in the workflow.
    pub node: String,
    /// What it is, such as `KSampler`.
    pub class: String,
    /// What Python says, in one line.
    pub words: String,
    /// The exception's name.
    pub exception: String,
}

const LOOSE_PARTS: [&str; 5] = [
    "mat1 and mat2",
    "size mismatch",
    "shapes cannot be multiplied",
    "expected input to have",
    "must match the size",
];

const BROKEN_FILE: [&str; 5] =
    ["headertoo", "invalidheader", "incompletebuffer", "incomplete metadata", "unexpected eof"];

impl NodeFailure {
    pub(super) fn read(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        // The first line says it; what follows are advice and traces.
        let words = text("exception_message").trim().lines().next().unwrap_or_default();
        Self {
            node: name(value.get("node_id")).unwrap_or_default(),
            class: text("node_type").to_owned(),
            words: Refusal::of(&Value::from(words)).words,
            exception: text("exception_type").to_owned(),
        }
    }

    /// What it means.
    ///
    /// | said | code |
    /// |---|---|
    /// | an exception named `…OutOfMemoryError`, or words to that effect | `OutOfMemory` |
    /// | anything else | `Server`, with a hint where files do not belong together or are not whole |
    pub fn error(&self) -> WireError {
        let class = if self.class.is_empty() { "a node" } else { &self.class };
        let words = self.words.to_ascii_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
        let meaning = Refusal::of(&Value::from(self.words.as_str())).meaning();
        if self.exception.contains("OutOfMemory") || meaning == Some(ErrorCode::OutOfMemory) {
            let message = format!("The graphics card has too little memory for this picture ({class}).");
            return WireError::new(ErrorCode::OutOfMemory, message).hinted(
                "Ask for a smaller picture or fewer at once, use a smaller model, or close what else uses the graphics card.",
            );
        }
        let mut message = format!("ComfyUI failed in {class}");
        if !self.words.is_empty() {
            message.push_str(": ");
            message.push_str(&self.words);
        }
        if !message.ends_with(['.', '!', '?']) {
            message.push('.');
        }
        let error = WireError::new(ErrorCode::Server, message);
        if says(&LOOSE_PARTS) {
            error.hinted(
                "Files of the workflow do not belong together, such as a text encoder, a VAE or a LoRA of another kind of model.",
            )
        } else if words.contains("clip input is invalid") {
            error.hinted(
                "This file holds no text encoder: put it into models/diffusion_models, and its text encoders and VAE beside it.",
            )
        } else if says(&BROKEN_FILE) || self.exception.contains("SafetensorError") {
            error.hinted("A file of the model is not whole: download it again.")
        } else {
            error
        }
    }
}
