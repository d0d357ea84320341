//! What Google's errors mean: a `google.rpc.Status`, whose details say more than its status does.

use serde_json::Value;

use super::{count, object, only, text};
use crate::model::ErrorCode;
use crate::wire::WireError;
use crate::wire::refusal::{Refusal, said_delay};

/// The error inside a body whose status was a success, if there is one: `{"error":…}`, or an array of it.
pub(super) fn inside(value: &Value) -> Option<WireError> {
    status_in(value).map(|_| judge(value, None))
}

/// The error that a body is, under the status that it came with or names itself.
pub(super) fn judge(value: &Value, status: Option<u16>) -> WireError {
    match status_in(value) {
        Some(error) if error.is_object() => Status { error }.error(status),
        _ => Refusal::of(value).into_error(status),
    }
}

fn status_in(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| item.get("error")),
        value => value.get("error"),
    }
    .filter(|error| !error.is_null())
}

struct Status<'a> {
    error: &'a Value,
}

impl Status<'_> {
    fn error(&self, status: Option<u16>) -> WireError {
        let own = count(self.error.get("code")).and_then(|code| u16::try_from(code).ok());
        let status = status.or(own.filter(|code| (100..600).contains(code)));
        let message = text(self.error.get("message")).unwrap_or_default();
        let words = message.to_ascii_lowercase();
        let code = self.code(status, &words);
        let mut refusal = self.refusal();
        if let Some(hint) = self.hint() {
            refusal.words = format!("{} {hint}", refusal.words);
        }
        let mut error = match code {
            Some(code) => refusal.coded(code, status),
            None => refusal.into_error(status),
        };
        if error.code == ErrorCode::Quota {
            // The delay that comes with a day's limit is that of another one.
            error.retry_after_ms = None;
        } else {
            // The sentence that says it may stand behind what is passed on.
            error.retry_after_ms = error.retry_after_ms.or_else(|| said_delay(message));
        }
        if error.code == ErrorCode::InvalidKey && words.contains("leaked") {
            error.message.push_str(" It was reported as leaked.");
        }
        error
    }

    /// Without the details, among which are debugging notes and the same sentence in other languages.
    fn refusal(&self) -> Refusal {
        let part = |name: &str| self.error.get(name).cloned();
        let delays = self.details().filter_map(|detail| detail.get("retryDelay"));
        let delays = delays.map(|delay| only("retryDelay", delay.clone())).collect();
        Refusal::of(&object(&mut [
            ("code", part("code")),
            ("message", part("message")),
            ("status", part("status")),
            ("details", Some(Value::Array(delays))),
        ]))
    }

    fn details(&self) -> impl Iterator<Item = &Value> {
        self.error.get("details").and_then(Value::as_array).into_iter().flatten()
    }

    fn has_reason(&self, reasons: &[&str]) -> bool {
        self.details().filter_map(|detail| text(detail.get("reason"))).any(|reason| reasons.contains(&reason))
    }

    /// What kind of failure it is, where the table in [`super::classify`] says more than the status; `words` in lower
    /// case.
    fn code(&self, status: Option<u16>, words: &str) -> Option<ErrorCode> {
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
        if self.has_reason(&["API_KEY_INVALID"])
            || says(&["api key not valid", "api key expired", "as leaked"])
        {
            return Some(ErrorCode::InvalidKey);
        }
        if self.has_reason(&["CREDENTIALS_MISSING"]) || says(&["unregistered callers"]) {
            return Some(ErrorCode::NoKey);
        }
        match status? {
            401 => Some(ErrorCode::InvalidKey),
            403 => Some(ErrorCode::Permission),
            404 => Some(ErrorCode::ModelMissing),
            429 if self.is_spent(words) => Some(ErrorCode::Quota),
            429 => Some(ErrorCode::RateLimited),
            400 if says(&["token count", "payload size"]) && words.contains("exceeds") => {
                Some(ErrorCode::ContextLength)
            }
            400 if self.error.get("status").and_then(Value::as_str) == Some("FAILED_PRECONDITION")
                && says(&["location", "country", "region", "billing"]) =>
            {
                Some(ErrorCode::Permission)
            }
            400 if says(&["unsupported", "not supported", "not enabled"]) => Some(ErrorCode::Unsupported),
            _ => None,
        }
    }

    /// Whether trying again within a day is of no use: a limit of the day, a limit of zero, no money left.
    fn is_spent(&self, words: &str) -> bool {
        let violations = self.details().filter_map(|detail| detail.get("violations")?.as_array()).flatten();
        let mut limits = violations
            .map(|violation| (violation.get("quotaId"), violation.get("quotaValue")))
            .chain(self.details().filter_map(|detail| {
                let metadata = detail.get("metadata")?;
                Some((metadata.get("quota_limit"), metadata.get("quota_limit_value")))
            }));
        let is_zero = words.match_indices("limit: 0").any(|(at, found)| {
            let rest = words.get(at + found.len()..).unwrap_or_default();
            !rest.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.')
                || rest
                    .strip_prefix('.')
                    .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
        });
        is_zero
            || ["spending cap", "credits are depleted", "per day"].iter().any(|phrase| words.contains(phrase))
            || limits.any(|(id, value)| {
                text(id).is_some_and(|id| id.contains("PerDay")) || count(value) == Some(0)
            })
    }

    /// What to do about a key that its owner restricted. The service's own sentence does not say.
    fn hint(&self) -> Option<&'static str> {
        if self.has_reason(&["API_KEY_HTTP_REFERRER_BLOCKED"]) {
            Some(
                "The key answers only to some websites: let it answer to this page's, or use a key without that \
                 restriction.",
            )
        } else if self.has_reason(&["API_KEY_SERVICE_BLOCKED"]) {
            Some("The key is for other services: let it use the Generative Language API.")
        } else {
            None
        }
    }
}
