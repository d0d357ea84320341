//! Floor-2 errors and transport failures, folded into the one error that reaches JavaScript.

use super::io::TransportFailure;
use super::provider::Provider;
use crate::model::{Error, ErrorCode, Reason};
use crate::wire::Protocol;
use crate::wire::WireError;

/// A transport failure, as far as a page can tell.
pub(super) fn of_transport(failure: TransportFailure, provider: &Provider) -> Error {
    let error = match failure {
        TransportFailure::Network => unreachable(provider),
        TransportFailure::NoKey => {
            Error::new(ErrorCode::NoKey, format!("{} needs a key and none was given.", provider.name))
                .hinted("Set `apiKey` in the provider's options, or call `mesh.keys.set`.")
        }
        TransportFailure::BadKey => Error::new(
            ErrorCode::InvalidKey,
            format!("The key for {} holds characters that no key has.", provider.name),
        )
        .hinted("Copy the key again, without spaces, line breaks or quotation marks."),
        TransportFailure::NoFile => Error::new(
            ErrorCode::InvalidRequest,
            "A file of the request could not be read any more; it may have changed on the disk.",
        )
        .hinted("Let the user choose the file again."),
        TransportFailure::Forbidden => Error::new(
            ErrorCode::BlockedPrivate,
            format!("A request to {} was stopped: it would have gone farther than the policy allows.", provider.name),
        )
        .hinted("Nothing left. The choice of the model was wrong, which is a fault of hkm-mesh: please report it."),
        TransportFailure::Custom { code, message } => {
            Error::new(code.unwrap_or(ErrorCode::Server), format!("{}: {message}", provider.name))
        }
    };
    Error { provider: Some(provider.name.clone()), ..error }
}

fn unreachable(provider: &Provider) -> Error {
    let error = Error::new(ErrorCode::Unreachable, format!("{} did not answer.", provider.title()));
    error.hinted(super::doctor::hint(provider))
}

/// There is no network, and no model nearer than it.
pub(super) fn offline() -> Error {
    Error::new(ErrorCode::Offline, "The browser is offline and no model that needs no network could answer.")
        .hinted("Connect to a network, or start a model on this machine or in this page.")
}

/// A protocol error, with what to do about it.
pub(super) fn of_wire(wire: WireError, provider: &Provider, model: Option<&str>) -> Error {
    let mut error = Error::new(wire.code, format!("{}: {}", provider.title(), wire.message));
    error.status = wire.status;
    error.retry_after_ms = wire.retry_after_ms;
    error.provider = Some(provider.name.clone());
    error.hint = wire.hint.or_else(|| match (wire.code, provider.protocol) {
        (ErrorCode::ModelMissing, Some(Protocol::Ollama)) => model.map(|model| {
            format!("Run `ollama pull {model}`, or call mesh.pull(\"{}/{model}\").", provider.name)
        }),
        (ErrorCode::Unreachable, _) => Some(super::doctor::hint(provider)),
        (ErrorCode::InvalidKey, _) => Some(format!("Give {} a valid key.", provider.name)),
        (ErrorCode::OutOfMemory, _) => Some("Use a smaller model, or close other programs.".to_owned()),
        (ErrorCode::ContextLength, _) => {
            Some("Shorten the conversation, or use a model with more room.".to_owned())
        }
        _ => None,
    });
    error
}

/// What is written down of an attempt that its caller did not want any more.
pub(super) fn cancelled() -> Reason {
    Reason::new("cancelled", "It was cancelled.")
}

/// An error as a reason, for events and attempts.
pub(super) fn reason(error: &Error) -> Reason {
    Reason::new(error.code.as_str(), error.message.clone())
}
