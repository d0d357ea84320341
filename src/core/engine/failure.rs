//! The failure table: what a generation does when an attempt fails. The only place that decides it.

use crate::model::{Error, ErrorCode};

/// What a generation does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask the next model of the chain.
    NextModel,
    /// Fail with this error: no other model would do better, or none may be asked.
    Stop,
}

/// What to do after an attempt failed with `code`. Once something was shown, another model would say it again or
/// otherwise, so the generation fails and keeps what was shown.
pub(super) const fn after(code: ErrorCode, was_shown: bool) -> Next {
    if was_shown {
        return Next::Stop;
    }
    match code {
        // The server, the way to it, or this one model is at fault.
        ErrorCode::NoModel
        | ErrorCode::NoKey
        | ErrorCode::InvalidKey
        | ErrorCode::Unreachable
        | ErrorCode::BlockedByBrowser
        | ErrorCode::Permission
        | ErrorCode::Offline
        | ErrorCode::RateLimited
        | ErrorCode::Quota
        | ErrorCode::ContextLength
        | ErrorCode::ModelMissing
        | ErrorCode::OutOfMemory
        | ErrorCode::Unsupported
        | ErrorCode::BadOutput
        | ErrorCode::Timeout
        | ErrorCode::Server
        | ErrorCode::Protocol
        | ErrorCode::Truncated
        | ErrorCode::AllFailed => Next::NextModel,
        // The request itself is at fault, or the mesh's own limits forbid going on.
        ErrorCode::InvalidRequest
        | ErrorCode::Budget
        | ErrorCode::BlockedContent
        | ErrorCode::BlockedPrivate
        | ErrorCode::Storage
        | ErrorCode::Closed
        | ErrorCode::Internal => Next::Stop,
    }
}

/// Whether the failure says that the provider as a whole does not answer.
pub(super) const fn is_providers(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unreachable | ErrorCode::BlockedByBrowser | ErrorCode::Permission)
}

/// The error of a generation whose attempts all failed: the error itself where there was one attempt.
pub(super) fn fold(mut errors: Vec<Error>) -> Error {
    if errors.len() == 1
        && let Some(only) = errors.pop()
    {
        return only;
    }
    let names: Vec<&str> = errors.iter().filter_map(|error| error.model.as_deref()).collect();
    let message = format!("None of {} models answered: {}.", errors.len(), names.join(", "));
    let mut error = Error::new(ErrorCode::AllFailed, message);
    error.hint = errors.iter().find_map(|error| error.hint.clone());
    error.is_retryable = errors.iter().any(|error| error.is_retryable);
    error.errors = Some(errors);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_server_is_followed_by_the_next_model_while_nothing_was_shown() {
        for code in [ErrorCode::Unreachable, ErrorCode::Timeout, ErrorCode::Server, ErrorCode::Truncated] {
            assert_eq!(after(code, false), Next::NextModel);
            assert_eq!(after(code, true), Next::Stop);
        }
    }

    #[test]
    fn a_bad_request_or_a_blocked_one_goes_to_no_other_model() {
        for code in [ErrorCode::InvalidRequest, ErrorCode::BlockedContent, ErrorCode::BlockedPrivate] {
            assert_eq!(after(code, false), Next::Stop);
        }
    }

    #[test]
    fn one_failure_is_itself_and_several_are_all_failed() {
        let one = Error::new(ErrorCode::Timeout, "It took too long.");
        assert_eq!(fold(vec![one.clone()]), one);
        let both = fold(vec![one.clone(), Error::new(ErrorCode::InvalidKey, "The key was refused.")]);
        assert_eq!(both.code, ErrorCode::AllFailed);
        assert!(both.is_retryable);
        assert_eq!(both.errors.unwrap().len(), 2);
    }
}
