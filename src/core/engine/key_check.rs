//! Asks a provider whether it takes a key, by the cheapest request that needs one.

use core::time::Duration;

use super::exchange::{Answer, Exchange};
use super::fault;
use super::io::{Transport, TransportFailure};
use super::provider::Provider;
use super::shared::{Owner, Shared};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::model::http::Credential;
use crate::model::report::{KeyLife, KeyVerdict};
use crate::model::{Error, ErrorCode};
use crate::wire::Protocol;

/// How long the provider may take.
const LIMIT: Duration = Duration::from_secs(10);

/// One question.
#[derive(Debug)]
pub(super) struct KeyCheck {
    provider: Provider,
    protocol: Protocol,
    transport: TransportId,
    exchange: Exchange,
    deadline: Monotonic,
}

impl KeyCheck {
    /// Asks the provider. A key on trial is known to the shell by this request's id.
    pub(super) fn start(
        id: &RequestId,
        name: &str,
        is_trial: bool,
        shared: &mut Shared,
        now: Now,
    ) -> Result<Self, Error> {
        let Some(provider) = shared.providers.get(name).cloned() else {
            let message = format!("There is no provider called {name}.");
            return Err(Error::new(ErrorCode::InvalidRequest, message)
                .hinted("Name one from the mesh's options, or \"ollama\"."));
        };
        let Some(protocol) = provider.protocol else {
            let message = format!("{name} runs in this page and needs no key of the mesh.");
            return Err(Error::new(ErrorCode::Unsupported, message));
        };
        let (header, prefix) = protocol.key_header();
        let mut credential = Credential::new(name, header, prefix);
        if is_trial {
            credential.name = ["check:", id.as_str()].concat();
        }
        let request = protocol.key(&provider.server(Some(&credential)));
        let transport = shared.fetch(Owner::Request(id.clone()), request);
        let deadline = now.monotonic.after(LIMIT);
        Ok(Self { provider, protocol, transport, exchange: Exchange::default(), deadline })
    }

    pub(super) const fn deadline(&self) -> Monotonic {
        self.deadline
    }

    pub(super) fn cancel(&self, shared: &mut Shared) {
        shared.abort(self.transport);
    }

    /// The provider took too long.
    pub(super) fn expire(&self, shared: &mut Shared) -> KeyVerdict {
        shared.abort(self.transport);
        self.verdict(KeyLife::Unreachable, "did not answer in time, so nothing is known of the key.")
    }

    /// Takes in what the transport said; `Some` once the provider answered.
    pub(super) fn handle(&mut self, said: Transport, shared: &mut Shared) -> Option<KeyVerdict> {
        let answer = self.exchange.handle(said)?;
        if matches!(answer, Answer::TooLong) {
            shared.abort(self.transport);
        } else {
            shared.over(self.transport);
        }
        Some(match answer {
            Answer::Whole(head, _) if (200..300).contains(&head.status) => {
                self.verdict(KeyLife::Valid, "takes the key.")
            }
            Answer::TooLong => self.verdict(KeyLife::Valid, "takes the key."),
            Answer::Whole(head, body) => {
                let wire = self.protocol.classify(&head, &body);
                let error = fault::of_wire(wire, &self.provider, None);
                let live = match error.code {
                    ErrorCode::InvalidKey | ErrorCode::NoKey | ErrorCode::Permission => KeyLife::Invalid,
                    // It knows whose the key is: the account is at fault, or the moment.
                    ErrorCode::Quota | ErrorCode::RateLimited => KeyLife::Valid,
                    _ => KeyLife::Unreachable,
                };
                KeyVerdict { live, message: error.message }
            }
            Answer::Failed(failure @ (TransportFailure::NoKey | TransportFailure::BadKey)) => KeyVerdict {
                live: KeyLife::Invalid,
                message: fault::of_transport(failure, &self.provider).message,
            },
            Answer::Failed(failure) => KeyVerdict {
                live: KeyLife::Unreachable,
                message: fault::of_transport(failure, &self.provider).message,
            },
        })
    }

    fn verdict(&self, live: KeyLife, said: &str) -> KeyVerdict {
        KeyVerdict { live, message: [self.provider.title().as_str(), " ", said].concat() }
    }
}
