//! Downloads a model to an Ollama server and says how far it is.

use core::time::Duration;

use super::fault;
use super::io::{Output, Settlement, Transport, TransportFailure};
use super::provider::Provider;
use super::shared::{Owner, Shared};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::model::http::{HttpRequest, Lane, ResponseHead};
use crate::model::report::PullProgress;
use crate::model::{Error, ErrorCode, ModelKey};
use crate::wire::Protocol;
use crate::wire::ollama;

/// How long the server may be silent. It says something about every second while it downloads.
const SILENCE: Duration = Duration::from_secs(60);

/// The longest error text that is read, bytes.
const ERROR_LIMIT: usize = 65_536;

/// One download.
#[derive(Debug)]
pub(super) struct Pull {
    id: RequestId,
    provider: Provider,
    model: String,
    transport: TransportId,
    head: Option<ResponseHead>,
    error_body: Vec<u8>,
    decoder: ollama::PullDecoder,
    deadline: Monotonic,
}

impl Pull {
    /// Starts the download of `provider/id`.
    pub(super) fn start(id: RequestId, address: &str, shared: &mut Shared, now: Now) -> Result<Self, Error> {
        let Some(key) = ModelKey::parse(address) else {
            return Err(Error::new(ErrorCode::InvalidRequest, "The model to pull is no address.")
                .hinted("Write provider/model, for example ollama/llama3.2."));
        };
        let Some(provider) = shared.providers.get(key.provider()).cloned() else {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("There is no provider called {}.", key.provider()),
            ));
        };
        if provider.protocol != Some(Protocol::Ollama) {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!("{} cannot be told to download models; only Ollama can.", provider.name),
            ));
        }
        let credential = provider.credential();
        let request = HttpRequest {
            lane: provider.lane(Lane::Person),
            ..ollama::pull(&provider.endpoint, credential.as_ref(), key.id())
        };
        let transport = shared.fetch(Owner::Request(id.clone()), request);
        Ok(Self {
            id,
            model: key.id().to_owned(),
            provider,
            transport,
            head: None,
            error_body: Vec::new(),
            decoder: ollama::PullDecoder::default(),
            deadline: now.monotonic.after(SILENCE),
        })
    }

    pub(super) const fn deadline(&self) -> Monotonic {
        self.deadline
    }

    /// The provider that has the model when this went well.
    pub(super) fn provider(&self) -> &str {
        &self.provider.name
    }

    /// Takes in what the transport said; `Some` once the download is over.
    pub(super) fn handle(
        &mut self,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Option<Result<Settlement, Error>> {
        self.deadline = now.monotonic.after(SILENCE);
        match said {
            // Whoever waits for a download sees why, and may stop it.
            Transport::Queued { position } => {
                self.deadline = Monotonic::NEVER;
                let status = format!("waiting for a connection, {position} in line");
                self.tell(vec![PullProgress { status, ..PullProgress::default() }], shared);
                None
            }
            Transport::Head(head) => {
                self.head = Some(head);
                None
            }
            Transport::Chunk(bytes) if self.is_refused() => {
                if self.error_body.len() < ERROR_LIMIT {
                    self.error_body.extend_from_slice(&bytes);
                }
                None
            }
            Transport::Chunk(bytes) => {
                let mut said = Vec::new();
                let pushed = self.decoder.push(&bytes, &mut said);
                self.tell(said, shared);
                pushed.err().map(|wire| {
                    shared.abort(self.transport);
                    Err(fault::of_wire(wire, &self.provider, Some(&self.model)))
                })
            }
            Transport::End => {
                shared.over(self.transport);
                Some(self.end(shared))
            }
            Transport::Failed(failure) => {
                shared.over(self.transport);
                let is_cut = self.head.is_some() && failure == TransportFailure::Network;
                Some(Err(if is_cut {
                    let mut error = Error::new(
                        ErrorCode::Truncated,
                        format!("The download of {} broke off.", self.model),
                    )
                    .hinted("Start it again: it goes on from where it was.");
                    error.provider = Some(self.provider.name.clone());
                    error
                } else {
                    fault::of_transport(failure, &self.provider)
                }))
            }
            Transport::Body { .. }
            | Transport::TakenOut(_)
            | Transport::Opened
            | Transport::Words(_)
            | Transport::Frame { .. }
            | Transport::Departed
            | Transport::CustomModels(_)
            | Transport::CustomEvents(_)
            | Transport::CustomVectors(_) => None,
        }
    }

    /// The server was silent for too long.
    pub(super) fn expire(&self, shared: &mut Shared) -> Error {
        shared.abort(self.transport);
        let mut error = Error::new(
            ErrorCode::Timeout,
            format!("{} said nothing for a minute while it downloaded.", self.provider.title()),
        )
        .hinted("Start it again: it goes on from where it was.");
        error.provider = Some(self.provider.name.clone());
        error
    }

    pub(super) fn cancel(&self, shared: &mut Shared) {
        shared.abort(self.transport);
    }

    fn is_refused(&self) -> bool {
        self.head.as_ref().is_some_and(|head| !(200..300).contains(&head.status))
    }

    fn end(&mut self, shared: &mut Shared) -> Result<Settlement, Error> {
        if let (true, Some(head)) = (self.is_refused(), self.head.as_ref()) {
            let wire = ollama::classify(head, &self.error_body);
            return Err(fault::of_wire(wire, &self.provider, Some(&self.model)));
        }
        let mut said = Vec::new();
        let finished = self.decoder.finish(&mut said);
        self.tell(said, shared);
        finished
            .map(|()| Settlement::Pull)
            .map_err(|wire| fault::of_wire(wire, &self.provider, Some(&self.model)))
    }

    fn tell(&self, said: Vec<PullProgress>, shared: &mut Shared) {
        // Several lines of one chunk are one step for whoever watches.
        if let Some(last) = said.into_iter().next_back() {
            shared.push(Output::Progress(self.id.clone(), last));
        }
    }
}
