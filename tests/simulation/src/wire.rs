//! What virtual servers write, protocol by protocol, and what they read of a request.

use hkm_mesh_core::model::FinishReason;
use serde_json::{Value, json};

use crate::server::Server;

/// How a server talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Ollama,
    OpenAi,
    OpenRouter,
    Gemini,
}

impl Protocol {
    /// A piece of an answer's words.
    pub(crate) fn words(self, text: &str) -> String {
        match self {
            Self::Ollama => message(&json!({ "role": "assistant", "content": text })),
            Self::OpenAi | Self::OpenRouter => choice(&json!({ "content": text })),
            Self::Gemini => part(&json!({ "text": text })),
        }
    }

    /// A piece of its thoughts.
    pub(crate) fn thought(self, text: &str) -> String {
        match self {
            Self::Ollama => message(&json!({ "role": "assistant", "content": "", "thinking": text })),
            Self::OpenAi => choice(&json!({ "reasoning_content": text })),
            Self::OpenRouter => choice(&json!({ "content": "", "reasoning": text })),
            Self::Gemini => part(&json!({ "text": text, "thought": true })),
        }
    }

    /// Whether calls can come in parts.
    pub(crate) const fn writes_calls_in_parts(self) -> bool {
        matches!(self, Self::OpenAi | Self::OpenRouter)
    }

    /// A call of a tool, or a part of one: the first says its name.
    pub(crate) fn call(self, place: usize, name: Option<&str>, input: &str) -> String {
        let value = || serde_json::from_str::<Value>(input).unwrap_or_default();
        let id = format!("c{place}");
        match self {
            Self::Ollama => message(&json!({
                "role": "assistant", "content": "", "tool_calls": [{ "function": { "name": name, "arguments": value() } }],
            })),
            Self::OpenAi | Self::OpenRouter => choice(&json!({ "tool_calls": [match name {
                Some(name) => json!({
                    "index": place, "id": id, "type": "function", "function": { "name": name, "arguments": input },
                }),
                None => json!({ "index": place, "function": { "arguments": input } }),
            }] })),
            Self::Gemini => part(&json!({ "functionCall": { "name": name, "args": value() } })),
        }
    }

    /// The mark of a whole answer.
    pub(crate) fn finish(self, finish: FinishReason) -> String {
        let is_length = finish == FinishReason::Length;
        match self {
            Self::Ollama => line(&json!({
                "model": "m", "message": { "role": "assistant", "content": "" }, "done": true,
                "done_reason": if is_length { "length" } else { "stop" }, "prompt_eval_count": 20, "eval_count": 20,
            })),
            Self::OpenAi | Self::OpenRouter => {
                let reason = match finish {
                    FinishReason::Length => "length",
                    FinishReason::ToolCalls => "tool_calls",
                    _ => "stop",
                };
                let last = event(&json!({
                    "id": "c", "object": "chat.completion.chunk", "model": "m",
                    "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }],
                    "usage": { "prompt_tokens": 20, "completion_tokens": 20 },
                }));
                last + "data: [DONE]\n\n"
            }
            Self::Gemini => Self::gemini_finish(if is_length { "MAX_TOKENS" } else { "STOP" }),
        }
    }

    /// The mark of an answer with a call that makes no sense.
    pub(crate) fn bad_finish(self) -> String {
        match self {
            Self::Gemini => Self::gemini_finish("MALFORMED_FUNCTION_CALL"),
            _ => self.finish(FinishReason::ToolCalls),
        }
    }

    fn gemini_finish(reason: &str) -> String {
        event(&json!({
            "candidates": [{ "content": { "role": "model", "parts": [{ "text": "" }] }, "finishReason": reason, "index": 0 }],
            "usageMetadata": { "promptTokenCount": 20, "candidatesTokenCount": 20 },
        }))
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

    /// What is no JSON.
    pub(crate) const fn garbage(self) -> &'static str {
        if matches!(self, Self::Ollama) { "{\"mess\n" } else { "data: {\"mess\n\n" }
    }

    /// The list of a server's models.
    pub(crate) fn list(self, server: &Server) -> String {
        let each = |make: &dyn Fn(&str, Option<u64>) -> Value| {
            let writers = server.models.iter().map(|(model, room)| make(model, Some(*room)));
            writers.chain([make(server.embedder, None)]).collect::<Vec<_>>()
        };
        match self {
            Self::Ollama => json!({ "models": each(&|model, room| json!({
                "name": model, "model": model, "size": 2_000_000_000_u64, "digest": "d",
                "details": { "family": "llama", "context_length": room.unwrap_or(2_048), "parameter_size": "3B" },
                "capabilities": if room.is_some() { json!(["completion", "tools", "thinking"]) } else { json!(["embedding"]) },
            })) }),
            Self::OpenAi => json!({ "object": "list", "data": each(&|model, room| json!({
                "id": model, "object": "model", "max_model_len": room,
                "capabilities": if room.is_some() { json!(["completion", "tools", "thinking", "json"]) } else { json!(["embedding"]) },
            })) }),
            Self::OpenRouter => json!({ "data": each(&|model, room| json!({
                "id": model, "name": model, "context_length": room.unwrap_or(8_192),
                "architecture": {
                    "input_modalities": ["text"],
                    "output_modalities": [if room.is_some() { "text" } else { "embeddings" }],
                },
                "pricing": { "prompt": "0.000001", "completion": "0.000002" },
                "supported_parameters": ["tools", "structured_outputs", "reasoning"],
            })) }),
            Self::Gemini => json!({ "models": each(&|model, room| json!({
                "name": format!("models/{model}"), "displayName": model, "inputTokenLimit": room.unwrap_or(2_048),
                "outputTokenLimit": 65_536, "thinking": room.is_some(),
                "supportedGenerationMethods": [if room.is_some() { "generateContent" } else { "embedContent" }],
            })) }),
        }
        .to_string()
    }

    /// Which model a request is for.
    pub(crate) fn model(self, url: &str, body: &Value) -> String {
        let named = match self {
            Self::Gemini => url.split_once("/models/").and_then(|(_, rest)| rest.split(':').next()),
            _ => body.get("model").and_then(Value::as_str),
        };
        named.unwrap_or_default().to_owned()
    }

    /// The texts of which vectors are wanted.
    pub(crate) fn texts(self, body: &Value) -> Vec<String> {
        let text = |value: &Value| match self {
            Self::Gemini => value.pointer("/content/parts/0/text").and_then(Value::as_str).map(str::to_owned),
            _ => value.as_str().map(str::to_owned),
        };
        let list =
            body.get(if self == Self::Gemini { "requests" } else { "input" }).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(text).collect()
    }

    /// Vectors, each of two numbers.
    pub(crate) fn vectors(self, vectors: &[[u32; 2]]) -> String {
        match self {
            Self::Ollama => json!({ "embeddings": vectors, "prompt_eval_count": 20 }),
            Self::OpenAi | Self::OpenRouter => {
                let entry = |(index, vector): (usize, &[u32; 2])| json!({ "index": index, "embedding": vector });
                json!({ "data": vectors.iter().enumerate().map(entry).collect::<Vec<_>>() })
            }
            Self::Gemini => {
                json!({ "embeddings": vectors.iter().map(|vector| json!({ "values": vector })).collect::<Vec<_>>() })
            }
        }
        .to_string()
    }

    /// Whether a conversation ends with what the model is to say, and not with a wish of the user.
    pub(crate) fn ends_with_model(self, body: &Value) -> bool {
        let name = if self == Self::Gemini { "contents" } else { "messages" };
        let last = body.get(name).and_then(Value::as_array).and_then(|turns| turns.last());
        let role = last.and_then(|turn| turn.get("role")).and_then(Value::as_str);
        matches!(role, Some("assistant" | "model"))
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

fn message(message: &Value) -> String {
    line(&json!({ "model": "m", "message": message, "done": false }))
}

fn choice(delta: &Value) -> String {
    event(&json!({
        "id": "c", "object": "chat.completion.chunk", "model": "m",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": null }],
    }))
}

fn part(part: &Value) -> String {
    event(&json!({ "candidates": [{ "content": { "role": "model", "parts": [part] }, "index": 0 }] }))
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}
