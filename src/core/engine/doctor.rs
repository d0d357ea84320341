//! Finds out why a provider cannot be reached, as far as a page can, and says what to do. A first version: not
//! running, page refused, model missing; and another program at the address.
//!
//! The browser gives the same error for all of them. What tells them apart is a second request whose answer the
//! page may not read (`no-cors`): if anything answers that, the server is there and refuses this page.

use core::time::Duration;

use super::exchange::{Answer, Exchange};
use super::io::Transport;
use super::provider::Provider;
use super::remedy;
use super::shared::{Owner, Shared};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::model::diagnosis::{Cause, Diagnosis, Evidence, Likelihood};
use crate::model::http::{FetchMode, HttpRequest};
use crate::model::{Error, ErrorCode};
use crate::wire::Protocol;

/// How long one probe may take. A refused connection on this machine answers within milliseconds.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A request whose answer the page may read.
    Read,
    /// A request whose answer it may not.
    Blind,
}

/// One examination.
#[derive(Debug)]
pub(super) struct Doctor {
    id: RequestId,
    provider: Provider,
    protocol: Protocol,
    page_origin: String,
    step: Step,
    /// Whether both names of this machine were tried.
    tried_other_name: bool,
    transport: TransportId,
    exchange: Exchange,
    evidence: Vec<Evidence>,
    deadline: Monotonic,
}

impl Doctor {
    /// Starts examining a provider that is set up.
    pub(super) fn start(id: RequestId, name: &str, shared: &mut Shared, now: Now) -> Result<Self, Error> {
        let Some(provider) = shared.providers.get(name).cloned() else {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("There is no provider called {name}."),
            )
            .hinted("Name one from the mesh's options, or \"ollama\"."));
        };
        let Some(protocol) = provider.protocol else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!("{name} runs in this page: there is no server to examine."),
            ));
        };
        let page_origin = shared.page_origin.clone().unwrap_or_else(|| "this page's origin".to_owned());
        let request = read_request(&provider, protocol);
        let transport = shared.fetch(Owner::Request(id.clone()), request);
        Ok(Self {
            id,
            provider,
            protocol,
            page_origin,
            step: Step::Read,
            tried_other_name: false,
            transport,
            exchange: Exchange::default(),
            evidence: Vec::new(),
            deadline: now.monotonic.after(PROBE_LIMIT),
        })
    }

    pub(super) const fn deadline(&self) -> Monotonic {
        self.deadline
    }

    pub(super) fn cancel(&self, shared: &mut Shared) {
        shared.abort(self.transport);
    }

    /// Takes in what the transport said; `Some` once the examination is over.
    pub(super) fn handle(&mut self, said: Transport, shared: &mut Shared, now: Now) -> Option<Diagnosis> {
        let answer = self.exchange.handle(said)?;
        shared.over(self.transport);
        match (self.step, answer) {
            (Step::Read, Answer::Whole(head, body)) => {
                let outcome = format!("answered with status {}", head.status);
                self.note("A request that this page may read", &outcome);
                Some(self.read(head.status, &head, &body))
            }
            (Step::Read, Answer::Failed(_) | Answer::TooLong) => {
                self.note("A request that this page may read", "the browser reports a network error");
                self.try_other_name_or_look_blindly(shared, now);
                None
            }
            (Step::Blind, Answer::Whole(..) | Answer::TooLong) => {
                self.note("A request whose answer stays hidden", "something answered");
                Some(self.refused())
            }
            (Step::Blind, Answer::Failed(_)) => {
                self.note("A request whose answer stays hidden", "the browser reports a network error");
                Some(self.not_running())
            }
        }
    }

    /// A probe took too long.
    pub(super) fn expire(&mut self, shared: &mut Shared, now: Now) -> Option<Diagnosis> {
        shared.abort(self.transport);
        match self.step {
            Step::Read => {
                self.note("A request that this page may read", "no answer within 5 seconds");
                self.look_blindly(shared, now);
                None
            }
            Step::Blind => {
                self.note("A request whose answer stays hidden", "no answer within 5 seconds");
                Some(self.not_running())
            }
        }
    }

    /// `localhost` may lead elsewhere than `127.0.0.1`. Where neither is readable, the first is looked at blindly.
    fn try_other_name_or_look_blindly(&mut self, shared: &mut Shared, now: Now) {
        match self.provider.other_loopback_name() {
            Some(other) if !self.tried_other_name => {
                self.tried_other_name = true;
                let named = core::mem::replace(&mut self.provider.endpoint, other);
                self.exchange = Exchange::default();
                self.deadline = now.monotonic.after(PROBE_LIMIT);
                let request = read_request(&self.provider, self.protocol);
                self.transport = shared.fetch(Owner::Request(self.id.clone()), request);
                self.provider.endpoint = named;
            }
            _ => self.look_blindly(shared, now),
        }
    }

    fn look_blindly(&mut self, shared: &mut Shared, now: Now) {
        self.step = Step::Blind;
        self.exchange = Exchange::default();
        self.deadline = now.monotonic.after(PROBE_LIMIT);
        let mut request = read_request(&self.provider, self.protocol);
        request.mode = FetchMode::NoCors;
        request.headers.clear();
        request.credential = None;
        self.transport = shared.fetch(Owner::Request(self.id.clone()), request);
    }

    fn read(&self, status: u16, head: &crate::model::http::ResponseHead, body: &[u8]) -> Diagnosis {
        let title = self.provider.title();
        if !(200..300).contains(&status) {
            let wire = self.protocol.classify(head, body);
            let (code, message) = match wire.code {
                ErrorCode::InvalidKey | ErrorCode::NoKey => {
                    ("key-refused", format!("{title} wants a valid key."))
                }
                _ => ("server-error", format!("{title} answers, but not well: {}", wire.message)),
            };
            return self.diagnosis(vec![cause(code, Likelihood::Certain, message, Vec::new())]);
        }
        match self.protocol.count_models(body) {
            Err(_) => self.diagnosis(vec![cause(
                "another-program",
                Likelihood::Certain,
                format!(
                    "Something answers at {}, but it is not {}.",
                    self.provider.endpoint, self.provider.name
                ),
                remedy::another_program(),
            )]),
            Ok(0) if self.protocol == Protocol::Ollama => self.diagnosis(vec![cause(
                "model-missing",
                Likelihood::Certain,
                format!("{title} runs, but it has no model yet."),
                remedy::model_missing(),
            )]),
            Ok(_) => Diagnosis {
                provider: self.provider.name.clone(),
                ok: true,
                causes: Vec::new(),
                evidence: self.evidence.clone(),
            },
        }
    }

    fn refused(&self) -> Diagnosis {
        let title = self.provider.title();
        let origin = &self.page_origin;
        let remedies = match self.protocol {
            Protocol::Ollama => remedy::ollama_origin(origin),
            _ => remedy::openai_origin(origin),
        };
        self.diagnosis(vec![
            cause(
                "origin-refused",
                Likelihood::Likely,
                format!("{title} runs, but it does not let pages from {origin} in."),
                remedies,
            ),
            cause(
                "another-program",
                Likelihood::Possible,
                format!("Another program answers at {}.", self.provider.endpoint),
                remedy::another_program(),
            ),
        ])
    }

    fn not_running(&self) -> Diagnosis {
        let title = self.provider.title();
        let remedies = match self.protocol {
            Protocol::Ollama => remedy::ollama_start(),
            _ => remedy::openai_start(&self.provider.endpoint),
        };
        self.diagnosis(vec![
            cause("not-running", Likelihood::Likely, format!("{title} is not running."), remedies),
            cause(
                "blocked-by-browser",
                Likelihood::Possible,
                format!("The browser does not let this page reach {}.", self.provider.endpoint),
                remedy::browser_permission(),
            ),
        ])
    }

    fn diagnosis(&self, causes: Vec<Cause>) -> Diagnosis {
        Diagnosis { provider: self.provider.name.clone(), ok: false, causes, evidence: self.evidence.clone() }
    }

    fn note(&mut self, probe: &str, outcome: &str) {
        self.evidence.push(Evidence {
            probe: format!("{probe}, to {}", self.provider.endpoint),
            outcome: outcome.to_owned(),
        });
    }
}

fn read_request(provider: &Provider, protocol: Protocol) -> HttpRequest {
    let credential = provider.credential();
    protocol.models(&provider.server(credential.as_ref()), None)
}

fn cause(
    code: &str,
    likelihood: Likelihood,
    message: String,
    remedies: Vec<crate::model::diagnosis::Remedy>,
) -> Cause {
    Cause { code: code.to_owned(), likelihood, message, remedies }
}
