//! The one error that reaches JavaScript.

use core::fmt;

use serde::Serialize;

use super::{Attempt, Exclusion, Receipt, ToolCall};

/// What kind of failure it is: `MeshError.code`, and the label in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // The names are the contract's; each is explained in docs/errors.md.
pub enum ErrorCode {
    NoModel,
    NoKey,
    InvalidKey,
    InvalidRequest,
    Unreachable,
    BlockedByBrowser,
    Permission,
    Offline,
    RateLimited,
    Quota,
    Budget,
    BlockedContent,
    BlockedPrivate,
    ContextLength,
    ModelMissing,
    OutOfMemory,
    Unsupported,
    BadOutput,
    Timeout,
    Server,
    Protocol,
    Truncated,
    Storage,
    Closed,
    Internal,
    AllFailed,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::NoModel,
        Self::NoKey,
        Self::InvalidKey,
        Self::InvalidRequest,
        Self::Unreachable,
        Self::BlockedByBrowser,
        Self::Permission,
        Self::Offline,
        Self::RateLimited,
        Self::Quota,
        Self::Budget,
        Self::BlockedContent,
        Self::BlockedPrivate,
        Self::ContextLength,
        Self::ModelMissing,
        Self::OutOfMemory,
        Self::Unsupported,
        Self::BadOutput,
        Self::Timeout,
        Self::Server,
        Self::Protocol,
        Self::Truncated,
        Self::Storage,
        Self::Closed,
        Self::Internal,
        Self::AllFailed,
    ];

    /// The code used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoModel => "no-model",
            Self::NoKey => "no-key",
            Self::InvalidKey => "invalid-key",
            Self::InvalidRequest => "invalid-request",
            Self::Unreachable => "unreachable",
            Self::BlockedByBrowser => "blocked-by-browser",
            Self::Permission => "permission",
            Self::Offline => "offline",
            Self::RateLimited => "rate-limited",
            Self::Quota => "quota",
            Self::Budget => "budget",
            Self::BlockedContent => "blocked-content",
            Self::BlockedPrivate => "blocked-private",
            Self::ContextLength => "context-length",
            Self::ModelMissing => "model-missing",
            Self::OutOfMemory => "out-of-memory",
            Self::Unsupported => "unsupported",
            Self::BadOutput => "bad-output",
            Self::Timeout => "timeout",
            Self::Server => "server",
            Self::Protocol => "protocol",
            Self::Truncated => "truncated",
            Self::Storage => "storage",
            Self::Closed => "closed",
            Self::Internal => "internal",
            Self::AllFailed => "all-failed",
        }
    }

    /// Whether the same call may succeed later without any change by the user.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Offline
                | Self::RateLimited
                | Self::Timeout
                | Self::Server
                | Self::Protocol
                | Self::Truncated
                | Self::Internal
                | Self::AllFailed
        )
    }
}

/// What had been shown when a generation failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Partial {
    /// The words.
    pub text: String,
    /// Tools it had asked for.
    pub tool_calls: Vec<ToolCall>,
}

/// The one error that reaches JavaScript. `message` is one plain sentence without secrets or prompts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "MeshErrorData", optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// What kind.
    pub code: ErrorCode,
    /// One plain sentence.
    pub message: String,
    /// Whether the same call may succeed later without any change by the user.
    pub is_retryable: bool,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Who failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// `provider/id` of the model that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<f64>,
    /// Every try, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Vec<Attempt>>,
    /// One per attempt of `all-failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<Error>>,
    /// What had been shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
    /// What it cost so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<Receipt>>,
    /// Why no model fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Vec<Exclusion>>,
}

impl Error {
    /// An error of this kind, with one plain sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            is_retryable: code.is_retryable(),
            hint: None,
            provider: None,
            model: None,
            status: None,
            retry_after_ms: None,
            attempts: None,
            errors: None,
            partial: None,
            receipt: None,
            excluded: None,
        }
    }

    /// Something that the contract names and that is not built yet.
    pub fn unsupported(name: &str) -> Self {
        Self::new(ErrorCode::Unsupported, format!("`{name}` is not built yet, so it cannot be honoured."))
            .hinted("Leave it out; the README lists what is not built yet.")
    }

    /// With what to do about it.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl core::error::Error for Error {}
