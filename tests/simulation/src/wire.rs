//! What virtual servers write, protocol by protocol, and what they read of a request.

use serde_json::{Value, json};

/// How a server talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Ollama,
    OpenAi,
    OpenRouter,
    Gemini,
}

impl Protocol {
    /// One piece of an answer.
    pub(crate) fn delta(self, text: &str) -> String {
        match self {
            Self::Ollama => line(
                &json!({ "model": "m", "message": { "role": "assistant", "content": text }, "done": false }),
            ),
            Self::OpenAi | Self::OpenRouter => event(&json!({
                "id": "c", "object": "chat.completion.chunk", "model": "m",
                "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }],
            })),
            Self::Gemini => event(&json!({
                "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 }],
            })),
        }
    }

    /// The mark of a whole answer.
    pub(crate) fn finish(self) -> String {
        match self {
            Self::Ollama => line(&json!({
                "model": "m", "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
                "prompt_eval_count": 20, "eval_count": 20,
            })),
            Self::OpenAi | Self::OpenRouter => {
                let last = event(&json!({
                    "id": "c", "object": "chat.completion.chunk", "model": "m",
                    "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
                    "usage": { "prompt_tokens": 20, "completion_tokens": 20 },
                }));
                last + "data: [DONE]\n\n"
            }
            Self::Gemini => event(&json!({
                "candidates": [{ "content": { "role": "model", "parts": [{ "text": "" }] }, "finishReason": "STOP", "index": 0 }],
                "usageMetadata": { "promptTokenCount": 20, "candidatesTokenCount": 20 },
            })),
        }
    }

    /// An error in the middle of a body that began with 200.
    pub(crate) fn error_inside(self) -> String {
        match self {
            Self::Ollama => line(&json!({ "error": "llama runner process no longer running: -1" })),
            Self::OpenAi => {
                event(&json!({ "error": { "message": "The server had an error", "type": "server_error" } }))
            }
            Self::OpenRouter => event(&json!({
                "id": "c", "error": { "code": 502, "message": "Provider disconnected" },
                "choices": [{ "index": 0, "delta": { "content": "" }, "finish_reason": "error" }],
            })),
            Self::Gemini => {
                event(&json!({ "error": { "code": 503, "message": "Overloaded.", "status": "UNAVAILABLE" } }))
            }
        }
    }

    /// The body of an error with this status.
    pub(crate) fn error_body(self, status: u16) -> String {
        match self {
            Self::Ollama => json!({ "error": "server busy, please try again." }).to_string(),
            Self::OpenAi => json!({ "error": { "message": "busy", "type": "server_error" } }).to_string(),
            Self::OpenRouter => json!({ "error": { "code": status, "message": "busy" } }).to_string(),
            Self::Gemini => {
                let word = if status == 429 { "RESOURCE_EXHAUSTED" } else { "UNAVAILABLE" };
                json!({ "error": { "code": status, "message": "busy", "status": word } }).to_string()
            }
        }
    }

    /// The list of these models.
    pub(crate) fn list(self, models: &[&str]) -> String {
        let each = |make: &dyn Fn(&str) -> Value| models.iter().map(|model| make(model)).collect::<Vec<_>>();
        match self {
            Self::Ollama => json!({ "models": each(&|model| json!({
                "name": model, "model": model, "size": 2_000_000_000_u64, "digest": "d",
                "details": { "family": "llama", "context_length": 32_768, "parameter_size": "3B" },
                "capabilities": ["completion"],
            })) }),
            Self::OpenAi => {
                json!({ "object": "list", "data": each(&|model| json!({ "id": model, "object": "model" })) })
            }
            Self::OpenRouter => json!({ "data": each(&|model| json!({
                "id": model, "name": model, "context_length": 128_000,
                "architecture": { "input_modalities": ["text"], "output_modalities": ["text"] },
                "pricing": { "prompt": "0.000001", "completion": "0.000002" }, "supported_parameters": [],
            })) }),
            Self::Gemini => json!({ "models": each(&|model| json!({
                "name": format!("models/{model}"), "displayName": model, "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent"],
            })) }),
        }
        .to_string()
    }

    /// What a request has the model say already: the last words of the assistant in it.
    pub(crate) fn beginning(self, body: &Value) -> Option<String> {
        let (turns, role) = match self {
            Self::Gemini => (body.get("contents")?, "model"),
            _ => (body.get("messages")?, "assistant"),
        };
        let turn = turns
            .as_array()?
            .iter()
            .rev()
            .find(|turn| turn.get("role").and_then(Value::as_str) == Some(role))?;
        match self {
            Self::Gemini => {
                let parts = turn.get("parts")?.as_array()?;
                Some(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect())
            }
            _ => match turn.get("content")? {
                Value::String(text) => Some(text.clone()),
                Value::Array(pieces) => {
                    Some(pieces.iter().filter_map(|piece| piece.get("text")?.as_str()).collect())
                }
                _ => None,
            },
        }
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}
