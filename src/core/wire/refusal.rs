//! What a server says instead of an answer: its words cleaned, and what kind of failure they mean.
//!
//! Error bodies look alike across protocols and servers: `{"error":"…"}`, `{"error":{"message":…}}`,
//! `{"message":…}`, `{"detail":…}`, one of these in an array, or one of these as a string inside another. The
//! status alone says little: a prompt that is too long comes as 400, 413 or 500. So the labels and words are
//! looked at too, with phrases that servers are known to use; what they do not match is judged by its status.

use serde_json::Value;

use super::WireError;
use crate::base::number::number_in;
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;

/// The most characters of a server's own words that are passed on.
const WORDS_LIMIT: usize = 300;

/// What a server said, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refusal {
    /// Its own sentence, in one line; empty where it sent none.
    pub(super) words: String,
    /// Its machine-readable names of what is wrong, lower case, each between spaces.
    labels: String,
    /// The status that the body itself names.
    status: Option<u16>,
    retry_after_ms: Option<f64>,
    /// Whether it was JSON, and so came from an API.
    pub(super) is_json: bool,
}

impl Refusal {
    /// From a body. What is no JSON is only listened to if it is one short line of text.
    pub(super) fn read(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            return Self { is_json: true, ..Self::of(&value) };
        }
        let mut refusal = Self::default();
        let text = core::str::from_utf8(body).unwrap_or_default().trim();
        if !text.starts_with('<') && !text.contains('\n') {
            refusal.hear(text, 0);
        }
        refusal
    }

    /// From JSON: a whole body, or what stands under `error`.
    pub(super) fn of(value: &Value) -> Self {
        let mut refusal = Self { is_json: true, ..Self::default() };
        refusal.collect(value, 0);
        if refusal.retry_after_ms.is_none() {
            refusal.retry_after_ms = said_delay(&refusal.words);
        }
        refusal
    }

    fn collect(&mut self, value: &Value, depth: u8) {
        if depth > 4 {
            return;
        }
        match value {
            Value::String(text) => self.hear(text, depth),
            Value::Array(items) => {
                if let Some(first) = items.first() {
                    self.collect(first, depth + 1);
                }
            }
            Value::Object(entries) => {
                for (name, value) in entries {
                    self.note(name, value, depth);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, name: &str, value: &Value, depth: u8) {
        match (name, value) {
            ("code" | "status" | "http_status", Value::Number(number)) => {
                let status = number.as_u64().and_then(|status| u16::try_from(status).ok());
                self.status = status.filter(|status| (100..600).contains(status)).or(self.status);
            }
            ("code" | "status", Value::String(status)) if is_status(status) => {
                self.status = status.parse().ok().or(self.status);
            }
            ("code" | "type" | "status" | "error_type", Value::String(label))
                if self.labels.len() < WORDS_LIMIT && label.len() < WORDS_LIMIT =>
            {
                self.labels.push(' ');
                self.labels.push_str(&label.to_ascii_lowercase());
                self.labels.push(' ');
            }
            ("retry_after", Value::Number(seconds)) => {
                self.retry_after_ms = seconds.as_f64().and_then(milliseconds);
            }
            ("retryDelay", Value::String(delay)) => self.retry_after_ms = span(delay).or(self.retry_after_ms),
            ("reasons", Value::Array(reasons)) if !reasons.is_empty() => self.labels.push_str(" moderation "),
            ("signin_url", Value::String(_)) => self.labels.push_str(" signin "),
            ("details", Value::Array(details)) => {
                for detail in details {
                    self.collect(detail, depth + 1);
                }
            }
            ("error" | "message" | "msg" | "detail" | "metadata" | "availability", value) => {
                self.collect(value, depth + 1);
            }
            _ => {}
        }
    }

    /// Takes a sentence; one that holds JSON is opened, since Ollama passes its runner's answers on as they
    /// are.
    fn hear(&mut self, text: &str, depth: u8) {
        let opened = text.find('{').zip(text.rfind('}'));
        let json = opened.and_then(|(from, to)| text.get(from..=to)).unwrap_or_default();
        if let Ok(value) = serde_json::from_str::<Value>(json) {
            let before = self.words.len();
            self.collect(&value, depth + 1);
            if self.words.len() > before {
                return;
            }
        }
        if self.words.is_empty() {
            self.words = one_line(text);
        }
    }

    /// What kind of failure the labels or the words mean, where they are known.
    pub(super) fn meaning(&self) -> Option<ErrorCode> {
        let words = self.words.to_ascii_lowercase();
        let is_labelled =
            |labels: &[&str]| labels.iter().any(|label| self.labels.contains(&format!(" {label} ")));
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
        let is_about_a_model = words.contains("model") || words.contains("endpoints found");
        if is_labelled(&["context_length_exceeded", "exceed_context_size_error", "token_limit_exceeded"])
            || says(&TOO_LONG)
        {
            Some(ErrorCode::ContextLength)
        } else if says(&OUT_OF_MEMORY) {
            Some(ErrorCode::OutOfMemory)
        } else if is_labelled(&["model_not_found", "no_endpoints", "model_deprecated"])
            || is_about_a_model && says(&["not found", "does not exist", "no endpoints found"])
        {
            Some(ErrorCode::ModelMissing)
        } else if is_labelled(&["content_filter", "content_policy_violation", "moderation"]) {
            Some(ErrorCode::BlockedContent)
        } else if is_labelled(&["insufficient_quota", "payment_required", "billing_hard_limit_reached"])
            || says(&["key limit exceeded", "insufficient credits", "exceeded your current quota"])
        {
            Some(ErrorCode::Quota)
        } else if is_labelled(&[
            "invalid_api_key",
            "authentication_error",
            "authentication",
            "unauthenticated",
        ]) || says(&["api key not valid"])
        {
            Some(ErrorCode::InvalidKey)
        } else if is_labelled(&["rate_limit_exceeded", "rate_limit_error", "resource_exhausted"]) {
            Some(ErrorCode::RateLimited)
        } else if says(&["does not support", "not supported", "not currently supported"]) {
            Some(ErrorCode::Unsupported)
        } else if says(&["unexpected endpoint", "page not found", "file not found"]) {
            Some(ErrorCode::Protocol)
        } else {
            None
        }
    }

    /// Whether nobody showed a key or signed in, rather than showed a wrong one.
    fn lacks_key(&self) -> bool {
        const PHRASES: [&str; 5] =
            ["missing auth", "didn't provide", "did not provide", "no auth credentials", "no api key"];
        let words = self.words.to_ascii_lowercase();
        self.labels.contains(" signin ") || PHRASES.iter().any(|phrase| words.contains(phrase))
    }

    /// The error that this is under an HTTP status, or inside a 200 under the status that it names itself.
    pub(super) fn into_error(self, status: Option<u16>) -> WireError {
        let status = status.or(self.status);
        let code = match (status, self.meaning()) {
            (Some(401), _) if self.lacks_key() => ErrorCode::NoKey,
            // A 429 may be an empty purse. Else these statuses say more than words do.
            (Some(429), Some(ErrorCode::Quota)) => ErrorCode::Quota,
            (Some(status @ (401 | 402 | 408 | 425 | 429)), _) | (Some(status), None) => code_of(status),
            (_, Some(meaning)) => meaning,
            (None, None) => ErrorCode::Server,
        };
        self.coded(code, status)
    }

    /// The status that the body itself names.
    pub(super) const fn status(&self) -> Option<u16> {
        self.status
    }

    /// The error that this is, its kind being known.
    pub(super) fn coded(self, code: ErrorCode, status: Option<u16>) -> WireError {
        self.led(lead(code), code, status)
    }

    /// The error that this is, with a beginning of its own.
    pub(super) fn led(self, lead: &str, code: ErrorCode, status: Option<u16>) -> WireError {
        let mut message = status.map_or_else(|| lead.to_owned(), |status| format!("{lead} ({status})"));
        // What is said about a refused key may quote it.
        if !self.words.is_empty() && !matches!(code, ErrorCode::InvalidKey) {
            message.push_str(": ");
            message.push_str(&self.words);
        }
        if !message.ends_with(['.', '!', '?']) {
            message.push('.');
        }
        // llama.cpp's server listens before its weights are read.
        let is_starting = status == Some(503) && self.words.to_ascii_lowercase().contains("loading model");
        WireError { code, message, status, retry_after_ms: self.retry_after_ms, is_starting, hint: None }
    }
}

/// The error that an answer with this head is; the body has been taken apart.
pub(super) fn error_of(head: &ResponseHead, refusal: Refusal) -> WireError {
    let mut error = refusal.into_error(Some(head.status));
    error.retry_after_ms = header_delay(head).or(error.retry_after_ms);
    error
}

/// `Retry-After` in milliseconds. A date needs the time to count from: [`super::stated_delay`] reads it.
pub(super) fn header_delay(head: &ResponseHead) -> Option<f64> {
    head.retry_after.as_deref().and_then(number_in).and_then(milliseconds)
}

const TOO_LONG: [&str; 9] = [
    "context length",
    "context size",
    "context window",
    "context_length",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "prompt too long",
    "input length exceeds",
];

const OUT_OF_MEMORY: [&str; 6] = [
    "out of memory",
    "more system memory",
    "insufficient memory",
    "not enough memory",
    "unable to allocate",
    "failed to allocate",
];

/// What a status means when nothing better is known.
fn code_of(status: u16) -> ErrorCode {
    match status {
        401 => ErrorCode::InvalidKey,
        402 => ErrorCode::Quota,
        403 => ErrorCode::Permission,
        // Some limit of size: another server may have a larger one.
        413 => ErrorCode::ContextLength,
        425 | 429 => ErrorCode::RateLimited,
        408 | 504 | 524 => ErrorCode::Timeout,
        501 => ErrorCode::Unsupported,
        // 409: a conflict passes; 499: a proxy says that the server's side hung up.
        409 | 499 | 500..=599 => ErrorCode::Server,
        404 | 405 => ErrorCode::Protocol,
        400..=498 => ErrorCode::InvalidRequest,
        _ => ErrorCode::Protocol,
    }
}

/// What a kind of failure is called in plain words.
const fn lead(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidKey => "The server refused the key",
        ErrorCode::NoKey => "The server wants to know who is asking",
        ErrorCode::Quota => "The account has no credit or quota left",
        ErrorCode::Permission => "The server does not allow this request",
        ErrorCode::RateLimited => "The server gets too many requests",
        ErrorCode::ContextLength => "The conversation is too long for this model",
        ErrorCode::ModelMissing => "The server does not have this model",
        ErrorCode::OutOfMemory => "The server has too little memory for this model",
        ErrorCode::BlockedContent => "The provider blocked the content",
        ErrorCode::Unsupported => "The server or the model cannot do this",
        ErrorCode::InvalidRequest => "The server did not accept the request",
        ErrorCode::Timeout => "The server ran out of time",
        ErrorCode::Protocol => "This address does not speak the expected protocol",
        _ => "The server failed",
    }
}

/// A sentence without line breaks and without what looks like a key, cut to [`WORDS_LIMIT`] characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(if is_key(word) { "***" } else { word });
        if line.len() > WORDS_LIMIT * 4 {
            break;
        }
    }
    match line.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => {
            line.truncate(end);
            line + "…"
        }
        None => line,
    }
}

/// Whether a word looks like a key or holds one: Google writes `'api_key:AIza…'`.
fn is_key(word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let mut parts = word.split(|letter: char| !is_part(letter));
    parts.any(|part| ["sk-", "AIza", "AQ.", "gsk_", "hf_"].iter().any(|start| part.starts_with(start)))
}

/// A status that was written as text.
fn is_status(text: &str) -> bool {
    text.len() == 3 && text.parse().is_ok_and(|status: u16| (100..600).contains(&status))
}

/// "Please try again in 7m12.5s": often the only place that says so, since a page may not read the header.
pub(super) fn said_delay(words: &str) -> Option<f64> {
    const LEADS: [&str; 3] = ["try again in ", "retry after ", "retry in "];
    let lower = words.to_ascii_lowercase();
    let (_, rest) = LEADS.iter().find_map(|lead| lower.split_once(lead))?;
    let rest = rest.replace(" seconds", "s").replace(" second", "s");
    span(rest.split_whitespace().next()?)
}

/// `34.4s`, `250ms`, `7m12.5s` in milliseconds.
fn span(text: &str) -> Option<f64> {
    let mut rest = text.trim().trim_end_matches(['.', ',', '!']);
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let scale = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        total += number_in(number)? * scale;
        rest = after;
    }
    milliseconds(total)
}

fn milliseconds(seconds: f64) -> Option<f64> {
    (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1_000.0).round())
}
