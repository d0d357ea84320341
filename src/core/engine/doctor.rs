//! Finds out why a provider cannot be reached, as far as a page can.
//!
//! The browser gives the same error for nearly everything. What tells the causes apart are more requests: one whose
//! answer the page may not read (`no-cors`), which shows whether anything answers at all; the same address by another
//! name, scheme or port; and what the page itself knows (the network, permissions, its own content policy). The machine
//! only asks. What an answer means is in `answer`, what silence means is in `verdict`.

mod answer;
mod place;
#[cfg(test)]
mod tests;
mod verdict;

use core::time::Duration;

use litemap::LiteMap;

pub(super) use self::place::hint;
use self::place::{Nearness, Place};
use self::verdict::Findings;
use super::exchange::{Answer, Exchange};
use super::io::{Output, Transport};
use super::shared::{Owner, Shared};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::model::Error;
use crate::model::diagnosis::{Cause, Circumstances, Diagnosis, DiagnosisSubject, Evidence, Permission};
use crate::model::http::{FetchMode, HttpRequest};

/// How long the first request may take. A refused connection on this machine shows within milliseconds.
const FIRST_LIMIT: Duration = Duration::from_secs(5);

/// How long those after it may take, all at once.
const NEXT_LIMIT: Duration = Duration::from_secs(3);

/// What a request is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Probe {
    /// As the mesh asks.
    Read,
    /// Without key and headers, so that the browser sends it without asking the server first.
    Plain,
    /// Whether anything answers.
    Blind,
    /// Whether such a server answers at this address.
    Elsewhere(Where, String),
    /// How old an Ollama is.
    Version,
    /// Whether it takes requests for answers: many list their models to everyone. One without any words is refused before
    /// it costs anything.
    Proof,
}

/// How an address differs from the one that is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Another name of this machine.
    Name,
    /// `https` for `http`, or the other way round.
    Scheme,
    /// Another usual port.
    Port,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Read,
    Closer,
    Ports,
    /// The shell was asked what the page sees around it.
    Survey,
    Proof,
}

/// What one request showed of the place that is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Contact {
    /// Not asked.
    #[default]
    Unknown,
    /// The browser reports a network error.
    Failed,
    /// No answer in time.
    Silent,
    /// It answered.
    Answered,
}

/// One examination.
#[derive(Debug)]
pub(super) struct Doctor {
    id: RequestId,
    place: Place,
    stage: Stage,
    open: LiteMap<TransportId, (Probe, Exchange)>,
    findings: Findings,
    evidence: Vec<Evidence>,
    deadline: Monotonic,
}

/// An examination, or what it came to at once.
pub(super) enum Begun {
    Runs(Box<Doctor>),
    Over(Diagnosis),
}

impl Doctor {
    /// Starts examining a provider.
    pub(super) fn start(id: RequestId, name: &str, shared: &mut Shared, now: Now) -> Result<Begun, Error> {
        let place = Place::of(name, shared)?;
        let mut doctor = Self {
            id,
            place,
            stage: Stage::Read,
            open: LiteMap::new(),
            findings: Findings::default(),
            evidence: Vec::new(),
            deadline: now.monotonic.after(FIRST_LIMIT),
        };
        if doctor.place.lacks_key {
            doctor.note("Key", "there is none");
            return Ok(Begun::Over(doctor.diagnosis(vec![answer::key_missing(&doctor.place)])));
        }
        let request = doctor.place.request();
        doctor.ask(Probe::Read, request, shared);
        Ok(Begun::Runs(Box::new(doctor)))
    }

    pub(super) const fn deadline(&self) -> Monotonic {
        self.deadline
    }

    pub(super) fn cancel(&self, shared: &mut Shared) {
        for id in self.open.keys() {
            shared.abort(*id);
        }
    }

    /// Takes in what a transport said; `Some` once the examination is over.
    pub(super) fn handle(
        &mut self,
        id: TransportId,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Option<Diagnosis> {
        let (_, exchange) = self.open.get_mut(&id)?;
        let answer = exchange.handle(said)?;
        let (probe, _) = self.open.remove(&id)?;
        if matches!(answer, Answer::TooLong) {
            shared.abort(id);
        } else {
            shared.over(id);
        }
        if let Some(diagnosis) = self.heard(probe, answer, shared, now) {
            self.cancel(shared);
            return Some(diagnosis);
        }
        self.go_on(shared, now);
        None
    }

    fn heard(&mut self, probe: Probe, answer: Answer, shared: &mut Shared, now: Now) -> Option<Diagnosis> {
        let contact = if matches!(answer, Answer::Failed(_)) { Contact::Failed } else { Contact::Answered };
        let status = match &answer {
            Answer::Whole(head, _) => head.status,
            _ => 0,
        };
        self.note_probe(&probe, contact, status);
        match probe {
            Probe::Read => {
                self.findings.read = contact;
                let (head, body) = match answer {
                    Answer::Whole(head, body) => (head, body),
                    Answer::TooLong => return Some(self.diagnosis(answer::too_long(&self.place))),
                    Answer::Failed(failure) => {
                        return answer::of_key(&failure, &self.place)
                            .map(|cause| self.diagnosis(vec![cause]));
                    }
                };
                let causes = answer::judge(&self.place, &head, &body, shared);
                let proof = if causes.is_empty() { self.place.proof() } else { None };
                if let Some(request) = proof {
                    self.stage = Stage::Proof;
                    self.deadline = now.monotonic.after(NEXT_LIMIT);
                    let probe = if self.place.is_ollama() { Probe::Version } else { Probe::Proof };
                    self.ask(probe, request, shared);
                    return None;
                }
                return Some(self.diagnosis(causes));
            }
            Probe::Plain => self.findings.plain = contact,
            Probe::Blind => self.findings.blind = contact,
            Probe::Elsewhere(place, address) => {
                if let Answer::Whole(head, body) = &answer
                    && answer::is_such_a_server(&self.place, head, body)
                    && self.findings.elsewhere.as_ref().is_none_or(|(known, _)| *known == Where::Port)
                {
                    self.findings.elsewhere = Some((place, address));
                }
            }
            Probe::Version => {
                let causes = match &answer {
                    Answer::Whole(_, body) => answer::of_version(&self.place, body).into_iter().collect(),
                    _ => Vec::new(),
                };
                return Some(self.diagnosis(causes));
            }
            Probe::Proof => {
                let causes = match &answer {
                    Answer::Whole(head, body) => answer::of_proof(&self.place, head, body),
                    Answer::Failed(_) => Some(verdict::headers_refused(&self.place)),
                    Answer::TooLong => None,
                };
                return Some(self.diagnosis(causes.into_iter().collect()));
            }
        }
        None
    }

    /// Something took too long.
    pub(super) fn expire(&mut self, shared: &mut Shared, now: Now) -> Option<Diagnosis> {
        if self.stage == Stage::Survey {
            return Some(self.surveyed(&Circumstances::default()));
        }
        for (id, (probe, _)) in core::mem::take(&mut self.open) {
            shared.abort(id);
            self.note_probe(&probe, Contact::Silent, 0);
            match probe {
                Probe::Read => self.findings.read = Contact::Silent,
                Probe::Plain => self.findings.plain = Contact::Silent,
                Probe::Blind => self.findings.blind = Contact::Silent,
                Probe::Elsewhere(..) => {}
                // It lists its models, so it is well.
                Probe::Version | Probe::Proof => return Some(self.diagnosis(Vec::new())),
            }
        }
        self.go_on(shared, now);
        None
    }

    /// The next requests, once those before them are through.
    fn go_on(&mut self, shared: &mut Shared, now: Now) {
        if !self.open.is_empty() {
            return;
        }
        self.deadline = now.monotonic.after(NEXT_LIMIT);
        if self.stage == Stage::Read {
            self.stage = Stage::Closer;
            self.look_closer(shared);
        } else if self.stage == Stage::Closer {
            self.stage = Stage::Ports;
            // Nobody knocks at other doors while somebody may be at this one.
            if self.findings.blind == Contact::Failed && self.findings.elsewhere.is_none() {
                for address in self.place.other_ports() {
                    self.ask_elsewhere(Where::Port, address, shared);
                }
                // A server that speaks http only may take its time to refuse this.
                if !self.place.is_secure()
                    && let Some(address) = self.place.other_scheme()
                {
                    self.ask_elsewhere(Where::Scheme, address, shared);
                }
            }
        }
        if self.stage == Stage::Ports && self.open.is_empty() {
            self.stage = Stage::Survey;
            shared.push(Output::Survey(self.id.clone()));
        }
    }

    fn look_closer(&mut self, shared: &mut Shared) {
        let plain = self.place.plain_request(&self.place.endpoint);
        let blind = HttpRequest { mode: FetchMode::NoCors, ..plain.clone() };
        self.ask(Probe::Blind, blind, shared);
        let usual = self.place.request();
        if usual.credential.is_some() || !usual.headers.is_empty() {
            self.ask(Probe::Plain, plain, shared);
        }
        if let Some(address) = self.place.other_name() {
            self.ask_elsewhere(Where::Name, address, shared);
        }
        if self.place.is_secure()
            && let Some(address) = self.place.other_scheme()
        {
            self.ask_elsewhere(Where::Scheme, address, shared);
        }
    }

    fn ask_elsewhere(&mut self, place: Where, address: String, shared: &mut Shared) {
        let request = self.place.plain_request(&address);
        self.ask(Probe::Elsewhere(place, address), request, shared);
    }

    /// The shell said what the page sees around it.
    pub(super) fn surveyed(&mut self, circumstances: &Circumstances) -> Diagnosis {
        if !circumstances.is_online {
            self.note("Network", "the browser says there is none");
        }
        for origin in &circumstances.stopped {
            self.note("This page's content policy", &["stops ", origin].concat());
        }
        let nearness = self.place.nearness();
        let is_nearer = self.place.page_nearness().is_some_and(|page| page > nearness);
        for (name, concerned, permission) in [
            ("Permission to reach this device", Nearness::Loopback, circumstances.loopback),
            ("Permission to reach the local network", Nearness::Private, circumstances.local),
        ] {
            if !is_nearer || nearness != concerned {
                continue;
            }
            let outcome = match permission {
                Some(Permission::Granted) => "granted",
                Some(Permission::Denied) => "denied",
                Some(Permission::Prompt) => "not answered yet",
                None => continue,
            };
            self.note(name, outcome);
        }
        if !circumstances.is_secure {
            self.note("This page", "is no secure context");
        }
        let causes = verdict::judge(&self.place, &self.findings, circumstances);
        self.diagnosis(causes)
    }

    fn ask(&mut self, probe: Probe, request: HttpRequest, shared: &mut Shared) {
        let transport = shared.fetch(Owner::Request(self.id.clone()), request);
        self.open.insert(transport, (probe, Exchange::default()));
    }

    fn diagnosis(&self, causes: Vec<Cause>) -> Diagnosis {
        Diagnosis {
            provider: self.place.name.clone(),
            ok: causes.is_empty(),
            causes,
            evidence: self.evidence.clone(),
            subject: DiagnosisSubject {
                kind: self.place.kind(),
                endpoint: self.place.endpoint.clone(),
                page_origin: self.place.page_origin.clone(),
                found: self.findings.elsewhere.as_ref().map(|(_, address)| address.clone()),
                model: self.place.model.clone(),
            },
        }
    }

    fn note_probe(&mut self, probe: &Probe, contact: Contact, status: u16) {
        let endpoint = self.place.endpoint.as_str();
        let words: [&str; 2] = match probe {
            Probe::Read => ["Asking ", endpoint],
            Probe::Plain => ["Asking without key and headers: ", endpoint],
            Probe::Blind => ["Asking without reading the answer: ", endpoint],
            Probe::Elsewhere(_, address) => ["Asking ", address],
            Probe::Version => ["Asking for the version: ", endpoint],
            Probe::Proof => ["Asking for an answer, without words: ", endpoint],
        };
        let outcome = match contact {
            Contact::Answered if status == 0 => "something answered",
            Contact::Answered => &["status ", &status.to_string()].concat(),
            Contact::Silent => "no answer in time",
            Contact::Failed | Contact::Unknown => "the browser reports a network error",
        };
        let outcome = outcome.to_owned();
        self.note(&words.concat(), &outcome);
    }

    fn note(&mut self, probe: &str, outcome: &str) {
        self.evidence.push(Evidence { probe: probe.to_owned(), outcome: outcome.to_owned() });
    }
}
