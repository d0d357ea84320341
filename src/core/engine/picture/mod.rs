//! A request for pictures over all its attempts: wait for discovery, ask the models of its [`chain`](super::chain) until as
//! many pictures are there as were asked for, end once. Pictures that were done before a model failed stay.

mod attempt;
pub(super) mod line;
pub(super) mod studio;

use core::time::Duration;

pub(in crate::engine) use self::attempt::Outcome;
use self::attempt::{Attempt, Ending, Said};
use self::line::LineSaid;
use super::attempt::timeouts;
use super::chain::{Chain, Step};
use super::failure::{self, Then};
use super::fault;
use super::generation::{DISCOVERY_WAIT, Ended};
use super::io::{Output, Settlement, Transport, Watched};
use super::ledger::{Ledger, Tried};
use super::no_model::no_model;
use super::shared::Shared;
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now, Wall, millis};
use crate::estimate;
use crate::health::Timing;
use crate::model::options::TimeoutOptions;
use crate::model::picture::Picture;
use crate::model::policy::Fallback;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    Decision, Error, ErrorCode, Event, FinishReason, ImageRequest, ImageResult, Locality, Modality, Reason,
    Receipt,
};
use crate::route::Query;

/// From here on a person should know that it takes long.
const LONG: Duration = Duration::from_secs(30);

/// What is wanted of one model.
pub(super) struct Wanted<'a> {
    pub(super) request: &'a ImageRequest,
    /// How many pictures are still wanted.
    pub(super) left: u32,
    /// How far what is asked for may travel.
    pub(super) farthest: Locality,
}

impl Wanted<'_> {
    /// As the request says it: nothing where one is wanted and nobody said so.
    pub(super) fn count(&self) -> Option<u32> {
        self.request.count.map(|_| self.left)
    }
}

/// Where it stands.
#[derive(Debug)]
enum State {
    Waiting {
        until: Monotonic,
        probes: Vec<String>,
    },
    Running(Box<Attempt>),
    /// Nobody may be asked before this.
    Backoff {
        until: Monotonic,
        model: String,
    },
    Over,
}

/// A request for pictures over all its attempts.
#[derive(Debug)]
pub(super) struct PictureJob {
    id: RequestId,
    request: ImageRequest,
    query: Query,
    started: Now,
    decision: Option<Decision>,
    ledger: Ledger,
    chain: Chain,
    state: State,
    errors: Vec<Error>,
    pictures: Vec<Picture>,
    first: Option<Monotonic>,
    /// Its place in its maker's line.
    position: Option<u32>,
    /// Whether a person was told that it takes long.
    is_long: bool,
    limits: TimeoutOptions,
    total_deadline: Monotonic,
}

impl PictureJob {
    /// Takes in a request. It waits for `probes`, if any, or asks the first model at once.
    pub(super) fn start(
        id: RequestId,
        (request, query): (ImageRequest, Query),
        probes: Vec<String>,
        limits: TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> (Self, Ended) {
        let total = timeouts(&limits, None, Locality::Device).total;
        let is_ready = probes.is_empty();
        let mut job = Self {
            id,
            request,
            query,
            started: now,
            decision: None,
            ledger: Ledger::default(),
            chain: Chain::default(),
            state: State::Waiting { until: now.monotonic.after(DISCOVERY_WAIT), probes },
            errors: Vec::new(),
            pictures: Vec::new(),
            first: None,
            position: None,
            is_long: false,
            limits,
            total_deadline: now.monotonic.after(total),
        };
        let ended = if is_ready { job.decide(shared, now) } else { None };
        (job, ended)
    }

    /// When it was asked for.
    pub(super) const fn started(&self) -> Wall {
        self.started.wall
    }

    /// When something has to happen without any word from outside.
    pub(super) fn deadline(&self) -> Monotonic {
        let own = match &self.state {
            State::Waiting { until, .. } | State::Backoff { until, .. } => *until,
            State::Running(attempt) => {
                let deadline = attempt.deadline();
                if self.is_long { deadline } else { deadline.min(self.started.monotonic.after(LONG)) }
            }
            State::Over => self.total_deadline,
        };
        own.min(self.total_deadline)
    }

    /// How it stands in the list of what runs.
    pub(super) fn queue_entry(&self) -> QueueEntry {
        let (state, model) = match &self.state {
            State::Running(attempt) => {
                let waits = self.position.is_some_and(|position| position > 0);
                let state = if waits { QueueState::Waiting } else { QueueState::Running };
                (state, Some(attempt.key.to_string()))
            }
            State::Backoff { model, .. } => (QueueState::Waiting, Some(model.clone())),
            _ => (QueueState::Waiting, None),
        };
        QueueEntry {
            id: self.id.as_str().to_owned(),
            modality: Modality::Image,
            model,
            state,
            position: self.position.filter(|position| *position > 0),
            since_at: self.started.wall,
        }
    }

    /// A probe that it may wait for is over.
    pub(super) fn probed(&mut self, provider: &str, shared: &mut Shared, now: Now) -> Ended {
        let State::Waiting { probes, .. } = &mut self.state else { return None };
        probes.retain(|probe| probe != provider);
        if probes.is_empty() { self.decide(shared, now) } else { None }
    }

    /// Something changed that it may wait for, or that makes waiting vain: the network, a key.
    pub(super) fn reconsider(&mut self, shared: &mut Shared, now: Now) -> Ended {
        if matches!(self.state, State::Backoff { .. }) { self.proceed(shared, now) } else { None }
    }

    /// A deadline was reached.
    pub(super) fn tick(&mut self, shared: &mut Shared, now: Now) -> Ended {
        if self.deadline() > now.monotonic {
            return None;
        }
        if now.monotonic >= self.total_deadline {
            let seconds = self.total_deadline.since(self.started.monotonic).as_secs();
            let message = format!("The picture was not done within {seconds} s.");
            let error = Error::new(ErrorCode::Timeout, message).hinted("Raise `timeouts.totalMs`.");
            return self.stop(error, shared, now);
        }
        match &mut self.state {
            State::Waiting { .. } => self.decide(shared, now),
            State::Backoff { .. } => self.proceed(shared, now),
            State::Running(attempt) => {
                let mut heard = Vec::new();
                let outcome = attempt.tick(&mut heard, shared, now);
                let ended = self.take_in(heard, outcome, shared, now);
                self.say_if_long(shared, now);
                ended
            }
            State::Over => None,
        }
    }

    /// A transport said something.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Ended {
        let State::Running(attempt) = &mut self.state else { return None };
        if !attempt.owns(transport) {
            return None;
        }
        if matches!(said, Transport::Head(_) | Transport::CustomEvents(_)) {
            shared.answered(attempt.key.provider(), now);
        }
        let mut heard = Vec::new();
        let outcome = attempt.handle(transport, said, &mut heard, shared, now);
        self.take_in(heard, outcome, shared, now)
    }

    /// The socket of a server said something.
    pub(super) fn line(&mut self, provider: &str, heard: &LineSaid, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(attempt) = &mut self.state else { return None };
        if attempt.studio().is_none_or(|studio| studio.provider() != provider) {
            return None;
        }
        let mut said = Vec::new();
        let outcome = attempt.line(heard, &mut said, shared, now);
        self.take_in(said, outcome, shared, now)
    }

    /// Whether it listens to the socket of this server.
    pub(super) fn listens_to(&self, provider: &str) -> bool {
        let State::Running(attempt) = &self.state else { return false };
        attempt.studio().is_some_and(|studio| studio.provider() == provider)
    }

    /// What the running attempt said, and how it stands.
    fn take_in(&mut self, heard: Vec<Said>, outcome: Outcome, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(attempt) = &mut self.state else { return None };
        self.first = self.first.or(attempt.first);
        self.show(heard, shared);
        match outcome {
            Outcome::Running => None,
            Outcome::Ended(ending) => Some(self.ended(&ending, shared, now)),
            Outcome::Failed(error) => self.failed(error, shared, now),
        }
    }

    /// The caller does not want it any more. What it took by now, if anybody was asked.
    pub(super) fn cancel(&mut self, shared: &mut Shared, now: Now) -> Option<Receipt> {
        if let State::Running(attempt) = &mut self.state {
            attempt.abort(shared, now);
        }
        self.close(fault::cancelled(), &Ending::default(), shared, now);
        self.state = State::Over;
        self.drop_pictures(shared);
        self.receipt(FinishReason::Stop, shared, now)
    }

    fn decide(&mut self, shared: &mut Shared, now: Now) -> Ended {
        self.query.is_online = shared.is_online;
        match shared.decide(&self.query) {
            Ok(decision) => {
                shared.remember(&decision, self.query.clone());
                let estimate_ms = decision.estimate.total_ms;
                let chosen = format!("{}/{}", decision.chosen.provider, decision.chosen.id);
                self.decision = Some(decision.clone());
                self.chain = Chain::of(&decision.chain, shared);
                self.emit(vec![Event::Route { decision: Box::new(decision) }], shared);
                if estimate_ms > millis(LONG) {
                    let message = format!("{chosen} will take about {:.0} s.", estimate_ms / 1_000.0);
                    self.say_that_it_is_long(message, &chosen, shared);
                }
                self.proceed(shared, now)
            }
            Err(error) => self.stop(error, shared, now),
        }
    }

    fn say_if_long(&mut self, shared: &mut Shared, now: Now) {
        let State::Running(attempt) = &self.state else { return };
        if self.is_long || now.monotonic.since(self.started.monotonic) < LONG {
            return;
        }
        let model = attempt.key.to_string();
        let message = format!("{model} has been at it for {} s.", LONG.as_secs());
        self.say_that_it_is_long(message, &model, shared);
    }

    fn say_that_it_is_long(&mut self, message: String, model: &str, shared: &mut Shared) {
        self.is_long = true;
        let reason = Reason::new("slow", message).with("model", model);
        self.emit(vec![Event::Warning { reason }], shared);
    }

    /// Does what can be done next.
    fn proceed(&mut self, shared: &mut Shared, now: Now) -> Ended {
        loop {
            shared.push(Output::Changed(Watched::Queue));
            match self.chain.next(shared, self.total_deadline, now) {
                Step::Ask(place) => match self.ask(place, shared, now) {
                    Ok(attempt) => {
                        self.state = State::Running(attempt);
                        return None;
                    }
                    Err(error) => self.out(place, error, shared, now),
                },
                Step::Wait { until, model } => {
                    self.state = State::Backoff { until, model };
                    return None;
                }
                Step::GiveUp if self.may_ask_others() && self.chain.lengthen(&self.query, shared) => {}
                Step::GiveUp => {
                    let error = self.last_word(shared);
                    return self.stop(error, shared, now);
                }
            }
        }
    }

    /// Why nobody is left.
    fn last_word(&mut self, shared: &Shared) -> Error {
        let errors = core::mem::take(&mut self.errors);
        if !shared.is_online && self.chain.waits_for_network(shared) {
            let errors = (!errors.is_empty()).then_some(errors);
            return Error { errors, ..fault::offline() };
        }
        if errors.is_empty() { no_model(&self.query, shared) } else { failure::fold(errors) }
    }

    /// Whether the router may choose others when all of the chain failed.
    fn may_ask_others(&self) -> bool {
        let may_fall_back = matches!(self.query.policy.fallback, None | Some(Fallback::Allowed(true)));
        may_fall_back && self.query.pinned.is_none() && !self.errors.is_empty()
    }

    /// Asks the model at this place of the chain.
    fn ask(&mut self, place: usize, shared: &mut Shared, now: Now) -> Result<Box<Attempt>, Error> {
        let Some(key) = self.chain.key(place).cloned() else {
            return Err(Error::new(ErrorCode::Internal, "A model was to be asked that is in no chain."));
        };
        let address = key.to_string();
        let mut events = Vec::new();
        if let Some(last) = self.errors.last()
            && let Some(from) = last.model.clone().filter(|from| *from != address)
        {
            events.push(Event::Fallback { from, to: address.clone(), reason: fault::reason(last) });
        }
        events.push(Event::Attempt { model: address, attempt: self.ledger.attempts.len() as u32 + 1 });
        events.extend(shared.storage.take_warning().map(|reason| Event::Warning { reason }));
        self.emit(events, shared);
        self.chain.asked(place, shared);
        let wanted = Wanted {
            request: &self.request,
            left: self.left(),
            farthest: self.query.policy.farthest(self.query.sensitive),
        };
        Attempt::start(&self.id, (place, key), &wanted, &self.limits, shared, now).map(Box::new)
    }

    fn left(&self) -> u32 {
        self.request.count.unwrap_or(1).saturating_sub(self.pictures.len() as u32).max(1)
    }

    /// Turns what the attempt said into events.
    fn show(&mut self, heard: Vec<Said>, shared: &mut Shared) {
        let mut events = Vec::with_capacity(heard.len());
        for said in heard {
            events.push(match said {
                Said::Progress { value, max, node } => Event::Progress { value, max, node },
                Said::Note(reason) => Event::Warning { reason },
                Said::Preview(blob) => Event::Preview { blob },
                Said::Image(picture) => {
                    let blob = picture.blob;
                    self.pictures.push(picture);
                    Event::Image { blob }
                }
                Said::Queue(position) => {
                    self.position = Some(position);
                    shared.push(Output::Changed(Watched::Queue));
                    Event::Queue { position }
                }
            });
        }
        self.emit(events, shared);
    }

    /// The model that is being asked failed.
    fn failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(attempt) = &mut self.state else { return None };
        let (place, key) = (attempt.place, attempt.key.clone());
        let rule = attempt.judge(&mut error, shared.is_online);
        // What its server still works at is stopped there.
        attempt.abort(shared, now);
        self.close(fault::reason(&error), &Ending::default(), shared, now);
        shared.blame(&key, rule, &error, now);
        if rule.then == Then::Stop {
            return self.stop(error, shared, now);
        }
        self.chain.failed(place, rule, &error, shared, now);
        self.errors.push(error);
        self.proceed(shared, now)
    }

    /// A model could not even be asked.
    fn out(&mut self, place: usize, error: Error, shared: &mut Shared, now: Now) {
        let rule = failure::rule(error.code, failure::Phase::Connect, true);
        if let Some(key) = self.chain.key(place).cloned() {
            shared.released(&key);
        }
        self.chain.failed(place, rule, &error, shared, now);
        self.errors.push(error);
    }

    fn ended(&mut self, ending: &Ending, shared: &mut Shared, now: Now) -> Result<Settlement, Error> {
        self.close(Reason::new("ok", "It made the picture."), ending, shared, now);
        let wanted = self.request.count.unwrap_or(1) as usize;
        if self.pictures.len() < wanted {
            let message = format!("{} of {wanted} pictures were made.", self.pictures.len());
            let reason = Reason::new("fewer-images", message).with("wanted", wanted as f64);
            self.emit(vec![Event::Warning { reason }], shared);
        }
        let Some(receipt) = self.receipt(ending.finish, shared, now) else {
            return Err(Error::new(ErrorCode::Internal, "A picture came that was never asked for."));
        };
        self.state = State::Over;
        self.emit(vec![Event::Finish { receipt: Box::new(receipt.clone()) }], shared);
        let images = core::mem::take(&mut self.pictures);
        Ok(Settlement::Images(Box::new(ImageResult { images, receipt })))
    }

    /// Writes down how the running attempt ended. Nothing runs any more.
    fn close(&mut self, outcome: Reason, ending: &Ending, shared: &mut Shared, now: Now) {
        let State::Running(attempt) = core::mem::replace(&mut self.state, State::Over) else { return };
        self.position = None;
        if outcome.code == "ok" {
            let timing = attempt.first.map(|first| Timing {
                first_token_ms: millis(first.since(attempt.started.monotonic))
                    / f64::from(attempt.made.max(1)),
                was_cold: attempt.was_cold,
                input_tokens: 0,
                output_tokens: 0,
                writing_ms: 0.0,
            });
            shared.succeeded(&attempt.key, timing.as_ref());
        } else {
            shared.released(&attempt.key);
        }
        let entry = shared.catalogue.entry(&attempt.key);
        let price = entry.and_then(|entry| entry.config().price);
        let cost = match ending.billed {
            Some(billed) => Some((Some(billed), crate::model::CostKind::Billed)),
            None if ending.usage.is_none() => estimate::picture_cost(price.as_ref(), attempt.made),
            None => None,
        };
        let tried = Tried {
            key: &attempt.key,
            modality: Modality::Image,
            started: attempt.started,
            connected: attempt.connected,
            first: attempt.first,
            usage: ending.usage.unwrap_or_default(),
            cost,
            outcome,
        };
        self.ledger.write(tried, shared, now);
    }

    fn receipt(&self, finish: FinishReason, shared: &Shared, now: Now) -> Option<Receipt> {
        let decision = self.decision.as_ref();
        self.ledger.receipt(
            (&self.id, &self.query),
            decision,
            self.started,
            self.first,
            finish,
            (shared, now),
        )
    }

    /// Fails with this error and everything that is known by now.
    #[allow(clippy::unnecessary_wraps)] // It is how every step ends that may also go on.
    fn stop(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        if let State::Running(attempt) = &mut self.state {
            attempt.abort(shared, now);
        }
        self.close(fault::reason(&error), &Ending::default(), shared, now);
        if !self.ledger.attempts.is_empty() {
            error.receipt = self.receipt(FinishReason::Length, shared, now).map(Box::new);
            error.attempts = Some(self.ledger.attempts.clone());
        }
        self.state = State::Over;
        self.drop_pictures(shared);
        Some(Err(error))
    }

    /// Whoever watched has them; nobody else will ask for them.
    fn drop_pictures(&mut self, shared: &mut Shared) {
        let blobs: Vec<u32> = self.pictures.drain(..).map(|picture| picture.blob).collect();
        if !blobs.is_empty() {
            shared.push(Output::DropBlobs(blobs));
        }
    }

    fn emit(&self, events: Vec<Event>, shared: &mut Shared) {
        if !events.is_empty() {
            shared.push(Output::Emit(self.id.clone(), events));
        }
    }
}
