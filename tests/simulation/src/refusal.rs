//! What servers say instead of an answer, in their own words, and what it means.

use fastrand::Rng;
use hkm_mesh_core::model::ErrorCode;
use serde_json::{Value, json};

use crate::wire::Protocol;

/// Why a server refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It does not know the key.
    Key,
    /// The account is empty.
    Credit,
    /// The origin, the region, or what the key may do.
    Forbidden,
    /// The provider's filter caught the prompt.
    Moderated,
    /// It does not have the model.
    Missing,
    /// The conversation is too long for this model.
    TooLong,
    /// The request is at fault.
    Invalid,
    /// The model cannot do what is asked.
    Unable,
    /// Too little memory for the model.
    Memory,
    /// Too many requests, and after how many seconds to come back.
    Rate(Option<u16>),
    /// Nothing but a status.
    Status(u16),
}

const STATUSES: [(u16, ErrorCode); 16] = [
    (500, ErrorCode::Server),
    (502, ErrorCode::Server),
    (503, ErrorCode::Server),
    (520, ErrorCode::Server),
    (529, ErrorCode::Server),
    (409, ErrorCode::Server),
    (499, ErrorCode::Server),
    (408, ErrorCode::Timeout),
    (504, ErrorCode::Timeout),
    (524, ErrorCode::Timeout),
    (413, ErrorCode::ContextLength),
    (425, ErrorCode::RateLimited),
    (501, ErrorCode::Unsupported),
    (405, ErrorCode::Protocol),
    (302, ErrorCode::Protocol),
    (304, ErrorCode::Protocol),
];

impl Refusal {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        match rng.u8(..20) {
            0 => Self::Key,
            1 => Self::Credit,
            2 => Self::Forbidden,
            3 => Self::Moderated,
            4 => Self::Missing,
            5 | 6 => Self::TooLong,
            7 => Self::Invalid,
            8 => Self::Unable,
            9 => Self::Memory,
            10..=13 => {
                let seconds = [None, None, Some(0), Some(3), Some(20), Some(300)];
                Self::Rate(seconds.get(rng.usize(..seconds.len())).copied().flatten())
            }
            _ => Self::Status(STATUSES.get(rng.usize(..STATUSES.len())).map_or(500, |(status, _)| *status)),
        }
    }

    pub(crate) fn code(self) -> ErrorCode {
        match self {
            Self::Key => ErrorCode::InvalidKey,
            Self::Credit => ErrorCode::Quota,
            Self::Forbidden => ErrorCode::Permission,
            Self::Moderated => ErrorCode::BlockedContent,
            Self::Missing => ErrorCode::ModelMissing,
            Self::TooLong => ErrorCode::ContextLength,
            Self::Invalid => ErrorCode::InvalidRequest,
            Self::Unable => ErrorCode::Unsupported,
            Self::Memory => ErrorCode::OutOfMemory,
            Self::Rate(_) => ErrorCode::RateLimited,
            Self::Status(status) => STATUSES
                .iter()
                .find(|(known, _)| *known == status)
                .map_or(ErrorCode::Server, |(_, code)| *code),
        }
    }

    /// Its status and its body, as a server of this protocol sends it.
    pub(crate) fn said(self, protocol: Protocol) -> (u16, String) {
        let (status, body) = match protocol {
            Protocol::Ollama => self.of_ollama(),
            Protocol::OpenAi => self.of_openai(),
            Protocol::OpenRouter => self.of_openrouter(),
            Protocol::Gemini => self.of_gemini(),
        };
        (status, if body.is_null() { String::new() } else { body.to_string() })
    }

    fn of_ollama(self) -> (u16, Value) {
        let (status, words) = match self {
            Self::Key => (401, "unauthorized"),
            Self::Credit => (402, "this model requires a subscription"),
            Self::Forbidden => return (403, Value::Null),
            Self::Moderated => {
                return (400, json!({ "error": { "code": "content_filter", "message": "filtered" } }));
            }
            Self::Missing => (404, "model \"llama3.2:3b\" not found, try pulling it first"),
            Self::TooLong => (400, "the input length exceeds the context length"),
            Self::Invalid => (400, "invalid value for temperature"),
            Self::Unable => (400, "registry.ollama.ai/library/llama3.2:3b does not support tools"),
            Self::Memory => (500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"),
            Self::Rate(_) => (429, "too many requests"),
            Self::Status(status) => (status, "server busy, please try again."),
        };
        (status, json!({ "error": words }))
    }

    fn of_openai(self) -> (u16, Value) {
        let (status, kind, words) = match self {
            Self::Key => (401, "authentication_error", "Invalid API Key"),
            Self::Credit => {
                (429, "insufficient_quota", "You exceeded your current quota, please check your plan.")
            }
            Self::Forbidden => (403, "permission_error", "Forbidden"),
            Self::Moderated => (400, "content_filter", "The prompt was filtered."),
            Self::Missing => (404, "NotFoundError", "The model `local-model` does not exist."),
            Self::TooLong => (
                400,
                "exceed_context_size_error",
                "the request exceeds the available context size. try increasing the context size",
            ),
            Self::Invalid => (400, "invalid_request_error", "temperature must be non-negative"),
            Self::Unable => (400, "BadRequestError", "This model does not support tool calls."),
            Self::Memory => (500, "server_error", "CUDA out of memory. Tried to allocate 2.00 GiB"),
            Self::Rate(_) => (429, "rate_limit_error", "Rate limit reached"),
            Self::Status(status) => (status, "server_error", "busy"),
        };
        (status, json!({ "error": { "message": words, "type": kind, "code": status } }))
    }

    fn of_openrouter(self) -> (u16, Value) {
        let (status, words) = match self {
            Self::Key => (401, "User not found."),
            Self::Credit => (402, "Insufficient credits. Add more using https://openrouter.ai/credits"),
            Self::Forbidden => (403, "Access denied by security policy."),
            Self::Moderated => {
                let metadata =
                    json!({ "reasons": ["violence"], "flagged_input": "…", "provider_name": "OpenAI" });
                return (
                    403,
                    json!({ "error": { "code": 403, "message": "Input was flagged", "metadata": metadata } }),
                );
            }
            Self::Missing => (404, "No endpoints found for mistralai/mistral-small."),
            Self::TooLong => (
                400,
                "This endpoint's maximum context length is 32768 tokens. However, you requested about 40120 tokens.",
            ),
            Self::Invalid => (400, "temperature: Too big: expected number to be <=2"),
            Self::Unable => (404, "No endpoints found that support tool use."),
            Self::Memory => (502, "Provider returned error: out of memory"),
            Self::Rate(_) => (429, "Rate limit exceeded: limit_rpm"),
            Self::Status(status) => (status, "Provider returned error"),
        };
        (status, json!({ "error": { "code": status, "message": words } }))
    }

    fn of_gemini(self) -> (u16, Value) {
        let info =
            |reason: &str| json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason }]);
        let (code, status, words, details) = match self {
            Self::Key => (
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                info("API_KEY_INVALID"),
            ),
            Self::Credit => (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", json!([])),
            Self::Forbidden => (403, "PERMISSION_DENIED", "The caller does not have permission", json!([])),
            Self::Moderated => {
                return (200, json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" } }));
            }
            Self::Missing => {
                (404, "NOT_FOUND", "models/gemini-2.5-flash is not found for API version v1beta.", json!([]))
            }
            Self::TooLong => (
                400,
                "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                json!([]),
            ),
            Self::Invalid => {
                (400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.temperature'", json!([]))
            }
            Self::Unable => (
                400,
                "INVALID_ARGUMENT",
                "Function calling is not enabled for models/gemini-2.5-flash",
                json!([]),
            ),
            Self::Memory => (500, "INTERNAL", "The backend ran out of memory.", json!([])),
            Self::Rate(_) => (429, "RESOURCE_EXHAUSTED", "You exceeded your rate limit.", json!([])),
            Self::Status(status) => {
                (status, "UNAVAILABLE", "The service is currently unavailable.", json!([]))
            }
        };
        (code, json!({ "error": { "code": code, "status": status, "message": words, "details": details } }))
    }
}
