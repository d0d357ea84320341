//! A request for pictures or a video over all its attempts: wait for discovery, ask the models of its [`chain`](super::chain) until as
//! many pictures are there as were asked for, end once. Pictures that were done before a model failed stay.

mod attempt;
mod chats;
pub(super) mod line;
pub(super) mod studio;
mod video;

use core::time::Duration;

pub(in crate::engine) use self::attempt::Outcome;
use self::attempt::{Attempt, Said};
use self::line::LineSaid;
use super::attempt::timeouts;
use super::cache::Place;
use super::chain::{Chain, Step};
use super::failure::{self, Then};
use super::fault;
use super::generation::{DISCOVERY_WAIT, Ended};
use super::inquiry::{Settled, Whose};
use super::io::{Output, Settlement, Transport, Watched};
use super::ledger::{Ledger, Tried};
use super::no_model::no_model;
use super::recall::Asked;
use super::shared::Shared;
use crate::base::id::{RequestId, TransportId};
use crate::base::number::shown;
use crate::base::time::{Monotonic, Now, Wall, millis};
use crate::estimate;
use crate::health::Timing;
use crate::model::options::TimeoutOptions;
use crate::model::picture::{BlobHandle, Picture};
use crate::model::policy::Fallback;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    CostKind, Decision, Error, ErrorCode, Event, FinishReason, ImageResult, Locality, Modality, Reason,
    Receipt, VideoResult, Wish,
};
use crate::route::Query;

/// From here on a person should know that it takes long.
const LONG: Duration = Duration::from_secs(30);

/// What is wanted of one model.
pub(super) struct Wanted<'a> {
    pub(super) wish: &'a Wish,
    /// How many pictures are still wanted.
    pub(super) left: u32,
    /// Those that were made already.
    pub(super) made: &'a [Picture],
    /// How far what is asked for may travel.
    pub(super) farthest: Locality,
    /// Whether what is said is private, so that nobody on the way may keep it.
    pub(super) is_sensitive: bool,
    /// The mesh's own guess of what the prompt counts.
    pub(super) input_tokens: u64,
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

/// A request for pictures or a video over all its attempts.
#[derive(Debug)]
pub(super) struct PictureJob {
    id: RequestId,
    wish: Wish,
    query: Query,
    /// Where what it makes is kept.
    place: Option<Place>,
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
        asked: Asked<Wish>,
        probes: Vec<String>,
        limits: TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> (Self, Ended) {
        let Asked { request: wish, query, place, started } = asked;
        let total = timeouts(&limits, None, Locality::Device).total;
        let is_ready = probes.is_empty();
        let mut job = Self {
            id,
            wish,
            query,
            place,
            started,
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

    /// What is wanted.
    pub(super) const fn modality(&self) -> Modality {
        self.wish.modality()
    }

    /// Where what it makes is kept.
    pub(super) const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What was shown by now, for who joins.
    pub(super) fn so_far(&self) -> Vec<Event> {
        let decision = self.decision.clone().map(Box::new);
        let route = decision.map(|decision| Event::Route { decision });
        let attempt = match &self.state {
            State::Running(attempt) => {
                let (model, attempt) = (attempt.key.to_string(), self.ledger.attempts.len() as u32 + 1);
                Some(Event::Attempt { model, attempt })
            }
            _ => None,
        };
        let shown = self.pictures.iter().map(|picture| self.shown(picture.blob));
        route.into_iter().chain(attempt).chain(shown).collect()
    }

    /// Goes on for somebody else, since who asked left. What is wished for is the same; its files are those that are held.
    pub(super) fn hand_to(&mut self, heir: &RequestId, wish: Wish) {
        self.id.clone_from(heir);
        if let State::Running(attempt) = &mut self.state {
            attempt.hand_to(heir, &wish);
        }
        self.wish = wish;
    }

    const fn shown(&self, blob: BlobHandle) -> Event {
        match self.wish {
            Wish::Image(_) => Event::Image { blob },
            Wish::Video(_) => Event::Video { blob },
        }
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
            modality: self.modality(),
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
            let message = format!("It was not done within {seconds} s.");
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
            Outcome::Ended(finish) => Some(self.ended(finish, shared, now)),
            Outcome::Failed(error) => self.failed(error, shared, now),
        }
    }

    /// The caller does not want it any more. What it took by now, if anybody was asked.
    pub(super) fn cancel(&mut self, shared: &mut Shared, now: Now) -> Option<Receipt> {
        if let State::Running(attempt) = &mut self.state {
            attempt.abort(shared, now);
        }
        self.close(fault::cancelled(), shared, now);
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
                    let message =
                        format!("{chosen} will take about {} s.", shown((estimate_ms / 1_000.0).round()));
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
            wish: &self.wish,
            left: self.left(),
            made: &self.pictures,
            farthest: self.query.policy.farthest(self.query.sensitive),
            is_sensitive: self.query.sensitive,
            input_tokens: self.query.input_tokens,
        };
        Attempt::start(&self.id, (place, key), &wanted, &self.limits, shared, now).map(Box::new)
    }

    fn left(&self) -> u32 {
        self.wish.count().saturating_sub(self.pictures.len() as u32).max(1)
    }

    /// Turns what the attempt said into events.
    fn show(&mut self, heard: Vec<Said>, shared: &mut Shared) {
        let mut events = Vec::with_capacity(heard.len());
        let mut gone = Vec::new();
        for said in heard {
            events.push(match said {
                Said::Gone(blob) => {
                    gone.push(blob);
                    continue;
                }
                Said::Text(text) => Event::TextDelta { text },
                Said::Reasoning(text) => Event::ReasoningDelta { text },
                Said::Progress { value, max, node } => Event::Progress { value, max, node },
                Said::Note(reason) => Event::Warning { reason },
                Said::Preview(blob) => Event::Preview { blob },
                Said::Image(picture) => {
                    let blob = picture.blob;
                    self.pictures.push(picture);
                    self.shown(blob)
                }
                Said::Queue(position) => {
                    self.position = Some(position);
                    shared.push(Output::Changed(Watched::Queue));
                    Event::Queue { position }
                }
            });
        }
        self.emit(events, shared);
        shared.drop_blobs(gone);
    }

    /// The model that is being asked failed.
    fn failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(attempt) = &mut self.state else { return None };
        let (place, key) = (attempt.place, attempt.key.clone());
        let rule = attempt.judge(&mut error, shared.is_online, now);
        // What its server still works at is stopped there.
        attempt.abort(shared, now);
        self.close(fault::reason(&error), shared, now);
        shared.blame(&key, rule, &error, now);
        // What came after the last picture is nobody's loss.
        if rule.then == Then::Stop || self.has_all() {
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

    /// Whether as many pictures are there as were wanted.
    fn has_all(&self) -> bool {
        self.pictures.len() >= self.wish.count() as usize
    }

    fn ended(&mut self, finish: FinishReason, shared: &mut Shared, now: Now) -> Result<Settlement, Error> {
        self.close(Reason::new("ok", "It made what was asked for."), shared, now);
        self.give(finish, None, shared, now)
    }

    /// Ends well, with what there is. `error`: why there is no more.
    fn give(
        &mut self,
        finish: FinishReason,
        error: Option<&Error>,
        shared: &mut Shared,
        now: Now,
    ) -> Result<Settlement, Error> {
        let wanted = self.wish.count();
        if !self.has_all() {
            let why = error.map_or(String::new(), |error| format!(" {}", error.message));
            let message = format!("{} of {wanted} pictures were made.{why}", self.pictures.len());
            let reason = Reason::new("fewer-images", message).with("wanted", f64::from(wanted));
            self.emit(vec![Event::Warning { reason }], shared);
        }
        let Some(mut receipt) = self.receipt(finish, shared, now) else {
            return Err(Error::new(ErrorCode::Internal, "A picture came that was never asked for."));
        };
        if let Some(place) = self.place.as_ref().filter(|_| error.is_none() && self.has_all())
            && shared.keep_pictures(place, &self.pictures, &receipt, now)
        {
            receipt.cache_key = place.shown_key();
            shared.answer_is_written(place);
        }
        self.state = State::Over;
        self.emit(vec![Event::Finish { receipt: Box::new(receipt.clone()) }], shared);
        let mut images = core::mem::take(&mut self.pictures);
        match self.wish {
            Wish::Image(_) => Ok(Settlement::Images(Box::new(ImageResult { images, receipt }))),
            Wish::Video(_) => {
                let Some(Picture { blob, media_type, .. }) = images.pop() else {
                    return Err(Error::new(ErrorCode::Internal, "A video was made that is not there."));
                };
                Ok(Settlement::Video(Box::new(VideoResult { video: blob, media_type, receipt })))
            }
        }
    }

    /// Writes down how the running attempt ended. Nothing runs any more.
    fn close(&mut self, outcome: Reason, shared: &mut Shared, now: Now) {
        let State::Running(mut attempt) = core::mem::replace(&mut self.state, State::Over) else { return };
        self.position = None;
        if outcome.code == "ok" {
            let timing = attempt.first.map(|first| Timing {
                first_token_ms: millis(first.since(attempt.begun.unwrap_or(attempt.started.monotonic)))
                    / f64::from(if attempt.comes_at_once() { attempt.made.max(1) } else { 1 }),
                was_cold: attempt.was_cold,
                input_tokens: 0,
                output_tokens: 0,
                writing_ms: 0.0,
            });
            shared.succeeded(&attempt.key, timing.as_ref());
            if attempt.studio().is_some() && shared.catalogue.painted(&attempt.key) {
                shared.models_changed(attempt.key.provider());
            }
        } else {
            shared.released(&attempt.key);
        }
        let entry = shared.catalogue.entry(&attempt.key);
        let price = entry.and_then(|entry| entry.config().price);
        let spent = attempt.take_spent();
        let usage = spent.usage;
        let cost = match spent.billed {
            Some(billed) => Some((Some(billed), CostKind::Billed)),
            None => estimate::picture_cost(price.as_ref(), attempt.made + spent.unfinished, usage.as_ref()),
        };
        let tried = Tried {
            key: &attempt.key,
            modality: self.modality(),
            started: attempt.started,
            connected: attempt.connected,
            first: attempt.first,
            usage: usage.unwrap_or_default(),
            cost,
            outcome,
        };
        let part = self.ledger.attempts.len();
        let measured = self.ledger.write(tried, shared, now);
        if let Some(call) = spent.unbilled() {
            let whose = Whose { request: self.id.clone(), started: self.started.wall, part };
            let farthest = self.query.policy.farthest(self.query.sensitive);
            shared.inquire(call, whose, farthest, measured, now);
        }
    }

    /// A provider says what it billed for an attempt whose bill had never come.
    pub(super) fn settle(&mut self, settled: &Settled) {
        if settled.whose.started == self.started.wall {
            self.ledger.settle(settled);
        }
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
        self.close(fault::reason(&error), shared, now);
        if !self.pictures.is_empty() {
            return Some(self.give(FinishReason::Stop, Some(&error), shared, now));
        }
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
        shared.drop_blobs(self.pictures.drain(..).map(|picture| picture.blob));
    }

    fn emit(&self, events: Vec<Event>, shared: &mut Shared) {
        if !events.is_empty() {
            shared.push(Output::Emit(self.id.clone(), events));
        }
    }
}
