//! One try of one model: from the request's departure to its body's end, with the limits of waiting.

use super::drip::Drip;
use super::failure::{self, Phase, Rule};
use super::fault;
use super::io::{CustomCall, Output, Transport, Watched};
use super::provider::Provider;
use super::shared::{Owner, Shared};
use crate::base::id::{RequestId, TransportId};
use crate::base::money::Money;
use crate::base::number::{between, seconds};
use crate::base::time::{Monotonic, Now};
use crate::model::event::CustomEvent;
use crate::model::http::{HttpRequest, ResponseHead};
use crate::model::{Error, ErrorCode, FinishReason, Locality, ModelKey, TextRequest, Timeouts, Usage};
use crate::wire::{ChatRequest, Decoder, Ending, Protocol, WireError, WireEvent, stated_delay};

/// The longest error text that is read, bytes.
const ERROR_LIMIT: usize = 65_536;

/// What the attempt said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Something a model says.
    Wire(WireEvent),
    /// How far a custom provider is with something that takes long.
    Progress(f64, f64, Option<String>),
    /// Its place in line for a connection; 0 when it leaves.
    Queued(u32),
}

/// How it stands after something happened.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It goes on.
    Running,
    /// It ended well.
    Ended(Ending),
    /// It failed.
    Failed(Error),
}

/// Who decodes the body.
#[derive(Debug)]
enum Body {
    Server(Box<Decoder>),
    Custom { usage: Option<Usage>, has_spoken: bool },
}

/// What is sent to whom.
pub(super) struct Sending<'a> {
    pub(super) key: ModelKey,
    pub(super) provider: Provider,
    /// As the caller wrote it, for providers written in JavaScript.
    pub(super) request: &'a TextRequest,
    /// As the protocols need it.
    pub(super) chat: &'a ChatRequest,
    /// The mesh's own guess.
    pub(super) input_tokens: u64,
    /// How far what it says may travel.
    pub(super) farthest: Locality,
    /// Whether the model is one that its server hands on to the cloud.
    pub(super) is_handed_on: bool,
    /// Whether saying nothing is an answer: what it was to go on from may be whole.
    pub(super) may_be_empty: bool,
    pub(super) timeouts: Timeouts,
}

/// One try of one model.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) key: ModelKey,
    pub(super) started: Now,
    /// When its server's head came.
    pub(super) connected: Option<Monotonic>,
    pub(super) first_token: Option<Monotonic>,
    pub(super) last_token: Option<Monotonic>,
    provider: Provider,
    /// Where the model runs; its server may be nearer.
    locality: Locality,
    transport: TransportId,
    /// Its place in line while it waits for a connection: what its server may take to answer is not counted yet.
    position: Option<u32>,
    head: Option<ResponseHead>,
    error_body: Vec<u8>,
    /// Whether it was refused because the server still loads the model.
    is_starting: bool,
    body: Body,
    /// Whether it came to its end, so that what it counted is all of it.
    is_whole: bool,
    may_be_empty: bool,
    timeouts: Timeouts,
    /// From when the first token is waited for: the start, or the last progress of a download.
    waiting_since: Monotonic,
    last_sign_of_life: Monotonic,
    drip: Drip,
    frames: u64,
}

impl Attempt {
    /// Sends the request to one model.
    pub(super) fn start(id: &RequestId, sending: Sending<'_>, shared: &mut Shared, now: Now) -> Self {
        let Sending {
            key,
            provider,
            request,
            chat,
            input_tokens,
            farthest,
            is_handed_on,
            may_be_empty,
            timeouts,
        } = sending;
        let owner = Owner::Request(id.clone());
        let credential = provider.credential();
        let (transport, body) = if let Some(protocol) = provider.protocol {
            let request = HttpRequest {
                farthest,
                is_handed_on,
                lane: provider.lane(shared.items.lane_of(id)),
                ..protocol.chat(&provider.server(credential.as_ref()), chat)
            };
            (shared.fetch(owner, request), Body::Server(Box::new(protocol.decoder(chat, input_tokens))))
        } else {
            let request = TextRequest {
                id: None,
                policy: None,
                cache: None,
                model: Some(key.id().to_owned()),
                ..request.clone()
            };
            let call = CustomCall { provider: provider.name.clone(), request, farthest };
            let body = Body::Custom { usage: None, has_spoken: false };
            (shared.invoke_generate(owner, call), body)
        };
        Self {
            key,
            started: now,
            connected: None,
            first_token: None,
            last_token: None,
            locality: if is_handed_on { Locality::Cloud } else { provider.locality },
            provider,
            transport,
            position: None,
            head: None,
            error_body: Vec::new(),
            is_starting: false,
            body,
            is_whole: false,
            may_be_empty,
            timeouts,
            waiting_since: now.monotonic,
            last_sign_of_life: now.monotonic,
            drip: Drip::new(timeouts.idle),
            frames: 0,
        }
    }

    /// Whether this transport is the attempt's.
    pub(super) fn owns(&self, transport: TransportId) -> bool {
        self.transport == transport
    }

    /// What the failure table says of an error of this attempt. The error gets what the attempt knows of it.
    pub(super) fn judge(&self, error: &mut Error, is_online: bool, now: Now) -> Rule {
        if error.code == ErrorCode::Unreachable && !is_online && self.locality == Locality::Cloud {
            *error = self.named(fault::offline());
        }
        if error.code != ErrorCode::Quota {
            error.retry_after_ms = self.stated_delay(now).or(error.retry_after_ms);
        }
        failure::rule(error.code, self.phase(error.code), self.locality.is_local())
    }

    /// When it failed, its error being of this kind.
    fn phase(&self, code: ErrorCode) -> Phase {
        match self.head {
            _ if code == ErrorCode::BadOutput => Phase::End,
            _ if self.first_token.is_some() => Phase::MidStream,
            None => Phase::Connect,
            Some(_) if self.is_starting => Phase::Starting,
            Some(_) if self.is_refused() => Phase::Head,
            Some(_) => Phase::FirstToken,
        }
    }

    /// Milliseconds for which the server wants to be left alone, by the head of its refusal.
    fn stated_delay(&self, now: Now) -> Option<f64> {
        let head = self.head.as_ref().filter(|_| self.is_refused())?;
        stated_delay(head, now.wall)
    }

    /// Its place in line while it waits for a connection; 1 is next.
    pub(super) const fn position(&self) -> Option<u32> {
        self.position
    }

    /// What the server counted so far, if it did.
    pub(super) fn usage(&self) -> Option<Usage> {
        match &self.body {
            Body::Server(decoder) => decoder.usage(),
            Body::Custom { usage, .. } => *usage,
        }
    }

    /// What the server billed so far, if it says so.
    pub(super) const fn billed(&self) -> Option<Money> {
        match &self.body {
            Body::Server(decoder) => decoder.billed(),
            Body::Custom { .. } => None,
        }
    }

    /// Whether it came to its end, so that what it counted is all of it.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Who is asked.
    pub(super) const fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Under which its provider keeps a record of the answer, where it does.
    pub(super) fn record(&self) -> Option<&str> {
        match &self.body {
            Body::Server(decoder) => decoder.record(),
            Body::Custom { .. } => None,
        }
    }

    /// Whether its server took the request and began to answer it.
    pub(super) fn is_answered(&self) -> bool {
        self.head.is_some() && !self.is_refused()
    }

    /// Something came, whatever it is: a picture is one long line.
    pub(super) const fn hear_bytes(&mut self, now: Now) {
        self.last_sign_of_life = now.monotonic;
        self.waiting_since = now.monotonic;
    }

    /// Stops it at its server.
    pub(super) fn abort(&self, shared: &mut Shared) {
        shared.abort(self.transport);
    }

    /// When the next limit of waiting is reached.
    pub(super) fn deadline(&self) -> Monotonic {
        if self.position.is_some() {
            return Monotonic::NEVER;
        }
        let started = self.waiting_since;
        if self.first_token.is_some() {
            let idle = self.last_sign_of_life.after(self.timeouts.idle);
            return self.drip.deadline().map_or(idle, |drip| idle.min(drip));
        }
        let first_token = started.after(self.timeouts.first_token);
        match self.timeouts.connect {
            Some(connect) if self.head.is_none() => first_token.min(started.after(connect)),
            _ => first_token,
        }
    }

    /// The error of a limit that was reached; `None` where enough came in time.
    pub(super) fn timed_out(&mut self, shared: &mut Shared, now: Now) -> Option<Error> {
        let is_silent = self.last_sign_of_life.after(self.timeouts.idle) <= now.monotonic;
        let is_too_slow = self.drip.is_too_slow(now.monotonic);
        if self.deadline() > now.monotonic && !is_too_slow {
            return None;
        }
        shared.abort(self.transport);
        let title = self.provider.title();
        let is_cloud = self.timeouts.connect.is_some();
        let message = if is_too_slow && !is_silent {
            let seconds = self.drip.window().as_secs();
            format!(
                "{} wrote less than a letter a second for {seconds} s in the middle of its answer.",
                self.key
            )
        } else if self.first_token.is_some() {
            let seconds = seconds(self.timeouts.idle);
            format!("{} stopped in the middle of its answer and was silent for {seconds} s.", self.key)
        } else if self.head.is_none() && is_cloud && self.timeouts.connect < Some(self.timeouts.first_token) {
            format!("{title} did not answer in time.")
        } else {
            let seconds = seconds(self.timeouts.first_token);
            format!("{} said nothing within {seconds} s.", self.key)
        };
        Some(self.named(Error::new(ErrorCode::Timeout, message)))
    }

    /// Takes in what the transport said. What the model says is added to `said`.
    pub(super) fn handle(
        &mut self,
        transport: Transport,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        let before = said.len();
        let is_last = matches!(transport, Transport::End | Transport::Failed(_));
        let outcome = match transport {
            Transport::Queued { position } => {
                self.position = Some(position);
                said.push(Said::Queued(position));
                shared.push(Output::Changed(Watched::Queue));
                Outcome::Running
            }
            Transport::Departed => {
                self.position = None;
                self.started = now;
                self.waiting_since = now.monotonic;
                self.last_sign_of_life = now.monotonic;
                said.push(Said::Queued(0));
                shared.push(Output::Changed(Watched::Queue));
                Outcome::Running
            }
            Transport::Head(head) => {
                self.head = Some(head);
                self.connected.get_or_insert(now.monotonic);
                Outcome::Running
            }
            Transport::Chunk(bytes) if self.is_refused() => {
                if self.error_body.len() < ERROR_LIMIT {
                    self.error_body.extend_from_slice(&bytes);
                }
                Outcome::Running
            }
            Transport::Chunk(bytes) => self.decode(&bytes, said, now),
            Transport::CustomEvents(events) => self.custom(events, said, now),
            Transport::End => self.end(said),
            // What the server said of its refusal may be cut; that it refused is known.
            Transport::Failed(_) if self.is_refused() => self.end(said),
            Transport::Failed(failure) => {
                let is_cut = self.head.is_some() && failure == super::TransportFailure::Network;
                Outcome::Failed(if is_cut {
                    Error::new(ErrorCode::Truncated, format!("The answer of {} broke off.", self.key))
                } else {
                    fault::of_transport(failure, &self.provider)
                })
            }
            Transport::CustomModels(_)
            | Transport::CustomVectors(_)
            | Transport::Body { .. }
            | Transport::TakenOut(_)
            | Transport::Opened
            | Transport::Words(_)
            | Transport::Frame { .. } => Outcome::Running,
        };
        for said in said.iter().skip(before) {
            self.drip.hear(said, now.monotonic);
        }
        // A source alone is not the first word yet.
        let is_word =
            |said: &Said| matches!(said, Said::Wire(wire) if !matches!(wire, WireEvent::Source { .. }));
        if said.iter().skip(before).any(is_word) {
            self.first_token.get_or_insert(now.monotonic);
            self.last_token = Some(now.monotonic);
        }
        match outcome {
            Outcome::Running => Outcome::Running,
            Outcome::Ended(ending) if is_last => {
                shared.over(self.transport);
                Outcome::Ended(ending)
            }
            // The answer is whole; its body usually ends a moment later, which keeps the connection for the next.
            Outcome::Ended(ending) => {
                shared.linger(self.transport, now);
                Outcome::Ended(ending)
            }
            Outcome::Failed(error) if is_last => {
                shared.over(self.transport);
                Outcome::Failed(self.named(error))
            }
            Outcome::Failed(error) => {
                shared.abort(self.transport);
                Outcome::Failed(self.named(error))
            }
        }
    }

    fn decode(&mut self, bytes: &[u8], said: &mut Vec<Said>, now: Now) -> Outcome {
        let mut events = Vec::new();
        let (pushed, is_done, frames) = match &mut self.body {
            Body::Server(decoder) => {
                let pushed = decoder.push(bytes, &mut events);
                (pushed, decoder.is_done(), decoder.frames())
            }
            Body::Custom { .. } => (Ok(()), false, 0),
        };
        if frames > self.frames {
            self.frames = frames;
            self.last_sign_of_life = now.monotonic;
        }
        said.extend(events.into_iter().map(Said::Wire));
        match pushed {
            Err(wire) => Outcome::Failed(self.of_wire(wire)),
            // What a server sends after its end marker is nobody's; waiting for the body's end could take for ever.
            Ok(()) if is_done => self.finish(said),
            Ok(()) => Outcome::Running,
        }
    }

    fn end(&mut self, said: &mut Vec<Said>) -> Outcome {
        if let (true, Some(head), Some(protocol)) =
            (self.is_refused(), self.head.as_ref(), self.provider.protocol)
        {
            let refusal = protocol.classify(head, &self.error_body);
            self.is_starting = refusal.is_starting;
            return Outcome::Failed(self.of_wire(refusal));
        }
        self.finish(said)
    }

    fn finish(&mut self, said: &mut Vec<Said>) -> Outcome {
        let mut events = Vec::new();
        let finished = match &mut self.body {
            Body::Server(decoder) => decoder.finish(&mut events),
            Body::Custom { .. } => {
                Err(WireError::new(ErrorCode::Truncated, "it ended without saying that it was finished"))
            }
        };
        said.extend(events.into_iter().map(Said::Wire));
        self.is_whole = finished.as_ref().err().is_none_or(|wire| wire.code != ErrorCode::Truncated);
        match finished {
            Ok(ending) if ending.is_empty && !self.may_be_empty => {
                Outcome::Failed(Error::new(ErrorCode::BadOutput, format!("{} answered nothing.", self.key)))
            }
            Ok(ending) => Outcome::Ended(ending),
            Err(wire) => Outcome::Failed(self.of_wire(wire)),
        }
    }

    fn custom(&mut self, events: Vec<CustomEvent>, said: &mut Vec<Said>, now: Now) -> Outcome {
        self.last_sign_of_life = now.monotonic;
        let Body::Custom { usage, has_spoken } = &mut self.body else { return Outcome::Running };
        for event in events {
            let wire = match event {
                CustomEvent::TextDelta { text } => WireEvent::Text(text),
                CustomEvent::ReasoningDelta { text } => WireEvent::Reasoning(text),
                CustomEvent::ToolCall { id, name, input } => {
                    WireEvent::ToolCall { id, name, input, opaque: None }
                }
                CustomEvent::Source { title, url } => {
                    said.push(Said::Wire(WireEvent::Source { title, url }));
                    continue;
                }
                // Pictures are asked for otherwise.
                CustomEvent::Preview { .. } | CustomEvent::Image { .. } => continue,
                CustomEvent::Progress { value, max, node } => {
                    // A download can take longer than any limit for a first word: it is a sign of life.
                    self.waiting_since = now.monotonic;
                    said.push(Said::Progress(value, max, node));
                    continue;
                }
                CustomEvent::Usage { usage: counted } => {
                    *usage = Some(counted.into());
                    continue;
                }
                CustomEvent::Finish { reason } => {
                    self.is_whole = true;
                    return if *has_spoken || self.may_be_empty || reason != FinishReason::Stop {
                        Outcome::Ended(Ending { finish: reason, usage: *usage, ..Ending::default() })
                    } else {
                        Outcome::Failed(Error::new(
                            ErrorCode::BadOutput,
                            format!("{} answered nothing.", self.key),
                        ))
                    };
                }
            };
            *has_spoken = true;
            said.push(Said::Wire(wire));
        }
        Outcome::Running
    }

    fn is_refused(&self) -> bool {
        self.head.as_ref().is_some_and(|head| !(200..300).contains(&head.status))
    }

    /// The error of what its server said.
    pub(super) fn of_wire(&self, wire: WireError) -> Error {
        fault::of_wire(wire, &self.provider, Some(self.key.id()))
    }

    /// The error with the names of who failed.
    pub(super) fn named(&self, mut error: Error) -> Error {
        error.provider = Some(self.key.provider().to_owned());
        error.model = Some(self.key.to_string());
        error
    }
}

/// The limits of waiting for a model at this distance, milliseconds as the options give them.
pub(super) fn timeouts(
    options: &crate::model::options::TimeoutOptions,
    protocol: Option<Protocol>,
    locality: Locality,
) -> Timeouts {
    let of = |given: Option<f64>, usual_ms: f64| {
        core::time::Duration::from_secs_f64(between(given.unwrap_or(usual_ms) / 1_000.0, 0.001, 1e7))
    };
    let first_token_ms = if locality == Locality::Cloud { 30_000.0 } else { 180_000.0 };
    Timeouts {
        // Ollama sends no head before its first token, Gemini may not while it thinks, and a custom provider has none.
        connect: (locality == Locality::Cloud
            && !matches!(protocol, None | Some(Protocol::Ollama | Protocol::Gemini)))
        .then(|| of(options.connect_ms, 10_000.0)),
        first_token: of(options.first_token_ms, first_token_ms),
        idle: of(options.idle_ms, 30_000.0),
        total: of(options.total_ms, 600_000.0),
    }
}
