//! A request for text over all its attempts: wait for discovery, ask the models of its [`chain`](super::chain), show what they say, end
//! once. What happens when a model dies after something was shown is in [`carry_on`], who is asked beside a late one in
//! [`race`], what it all took in [`account`], what a model is sent in [`chat`], its place in line in [`line`], what of it
//! survives a reload in [`journal`], whether what was said is an answer in [`answer`].

mod account;
mod answer;
mod carry_on;
mod chat;
mod journal;
mod line;
mod race;
mod share;

use self::account::Verdict;
use self::answer::shortened;
use self::carry_on::CarryOn;
use self::chat::wrapped;
use self::journal::Entry;
use self::race::Race;
use super::attempt::{Attempt, Outcome, Said, Sending, timeouts};
use super::cache::Place;
use super::chain::{Chain, Step};
use super::failure::{self, Then};
use super::fault;
use super::io::{Output, Settlement, Transport, Watched};
use super::journal::{Earlier, Mark};
use super::no_model::no_model;
use super::recall::Asked;
use super::receipt;
use super::shared::Shared;
use super::trim;
use crate::base::id::{RequestId, TransportId};
use crate::base::number::shown;
use crate::base::time::{Monotonic, Now, Wall, millis};
use crate::estimate;
use crate::model::options::TimeoutOptions;
use crate::model::policy::Fallback;
use crate::model::receipt::Source;
use crate::model::{
    Attempt as AttemptRecord, Decision, Error, ErrorCode, Event, FinishReason, Locality, ModelKey, Partial,
    Reason, Receipt, TextRequest, TextResult, ToolCall,
};
use crate::route::Query;
use crate::wire::{Ending, WireEvent};
use core::time::Duration;
use serde_json::Value;
use std::borrow::Cow;

/// How long a request waits for local providers of which nothing is known.
pub(super) const DISCOVERY_WAIT: Duration = Duration::from_secs(2);

/// What was shown so far.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) tool_calls: Vec<ToolCall>,
    pub(super) sources: Vec<Source>,
    /// Whether anything a reader would miss was shown.
    pub(super) is_any: bool,
    /// How much of it is in the journal, and on its way there.
    kept: Mark,
    sent: Option<Mark>,
}

/// A model that is being asked.
#[derive(Debug)]
struct Run {
    attempt: Attempt,
    /// Its place in the chain.
    place: usize,
    /// Tokens of the prompt that it was sent.
    sent_tokens: u64,
    /// Whether its model had to be loaded first.
    was_cold: bool,
}

/// Where it stands.
#[derive(Debug)]
enum State {
    Waiting {
        until: Monotonic,
        probes: Vec<String>,
    },
    Running(Box<Run>),
    /// Nobody may be asked before this.
    Backoff {
        until: Monotonic,
        model: String,
    },
    Over,
}

/// A request for text over all its attempts.
#[derive(Debug)]
pub(super) struct Generation {
    id: RequestId,
    request: TextRequest,
    query: Query,
    /// Where its answer is kept.
    place: Option<Place>,
    /// Whether some of the conversation was left out: the answer is one to less than what was asked.
    is_shortened: bool,
    started: Now,
    decision: Option<Decision>,
    attempts: Vec<AttemptRecord>,
    shown: Shown,
    bill: receipt::Bill,
    first_token: Option<Monotonic>,
    last_token: Option<Monotonic>,
    state: State,
    errors: Vec<Error>,
    chain: Chain,
    carry_on: CarryOn,
    race: Race,
    entry: Entry,
    limits: TimeoutOptions,
    total_deadline: Monotonic,
}

/// How the generation ended, once it did.
pub(super) type Ended = Option<Result<Settlement, Error>>;

impl Generation {
    /// Takes in a request. It waits for `probes`, if any, or asks the first model at once. Where an earlier page left a part
    /// of the answer, that was shown already.
    pub(super) fn start(
        id: RequestId,
        asked: Asked<TextRequest>,
        earlier: Option<Earlier>,
        probes: Vec<String>,
        limits: TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> (Self, Ended) {
        let Asked { request, query, place, started } = asked;
        let total = timeouts(&limits, None, Locality::Device).total;
        let entry = Entry::new(&id, earlier.as_ref(), &query, shared, now);
        let has_half_call = earlier.as_ref().is_some_and(|earlier| earlier.has_half_call);
        let mut generation = Self {
            id,
            request,
            query,
            place,
            is_shortened: false,
            started,
            decision: None,
            attempts: Vec::new(),
            shown: earlier.map(|earlier| earlier.shown).unwrap_or_default(),
            bill: receipt::Bill::default(),
            first_token: None,
            last_token: None,
            state: State::Waiting { until: now.monotonic.after(DISCOVERY_WAIT), probes },
            errors: Vec::new(),
            chain: Chain::default(),
            carry_on: CarryOn::after(has_half_call),
            race: Race::default(),
            entry,
            limits,
            total_deadline: now.monotonic.after(total),
        };
        let is_ready = matches!(&generation.state, State::Waiting { probes, .. } if probes.is_empty());
        let ended = if is_ready { generation.decide(shared, now) } else { None };
        (generation, ended)
    }

    /// When something has to happen without any word from outside.
    pub(super) fn deadline(&self) -> Monotonic {
        match &self.state {
            State::Waiting { until, .. } | State::Backoff { until, .. } => (*until).min(self.total_deadline),
            State::Running(run) => {
                let deadline = run.attempt.deadline().min(self.total_deadline);
                self.race.deadline().map_or(deadline, |race| race.min(deadline))
            }
            State::Over => self.total_deadline,
        }
    }

    /// A probe that it may wait for is over.
    pub(super) fn probed(&mut self, provider: &str, shared: &mut Shared, now: Now) -> Ended {
        let State::Waiting { probes, .. } = &mut self.state else { return None };
        probes.retain(|probe| probe != provider);
        if probes.is_empty() { self.decide(shared, now) } else { None }
    }

    /// A deadline was reached.
    pub(super) fn tick(&mut self, shared: &mut Shared, now: Now) -> Ended {
        if self.deadline() > now.monotonic {
            return None;
        }
        if now.monotonic >= self.total_deadline {
            return self.stop(self.time_is_up(), shared, now);
        }
        match &mut self.state {
            State::Waiting { .. } => self.decide(shared, now),
            State::Backoff { .. } => self.proceed(shared, now),
            State::Running(run) => {
                if let Some(error) = run.attempt.timed_out(shared, now) {
                    return self.failed(error, shared, now);
                }
                self.race_on(shared, now);
                None
            }
            State::Over => None,
        }
    }

    /// Something changed that it may wait for, or that makes waiting vain: the network, a key.
    pub(super) fn reconsider(&mut self, shared: &mut Shared, now: Now) -> Ended {
        if matches!(self.state, State::Backoff { .. }) { self.proceed(shared, now) } else { None }
    }

    /// A transport said something.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Ended {
        if self.race.owns(transport) {
            return self.rival_said(said, shared, now);
        }
        let State::Running(run) = &mut self.state else { return None };
        if !run.attempt.owns(transport) {
            return None;
        }
        let provider = run.attempt.key.provider();
        if is_answer(&said) {
            shared.answered(provider, now);
        }
        let is_of_line = matches!(said, Transport::Queued { .. } | Transport::Departed);
        let mut heard = Vec::new();
        let outcome = run.attempt.handle(said, &mut heard, shared, now);
        if run.attempt.first_token.is_some() || matches!(outcome, Outcome::Ended(_)) {
            self.drop_rival(Reason::new("hedged", "Another model was quicker."), shared, now);
        }
        if is_of_line {
            self.follow_line(shared, now);
        }
        self.take_in(heard, outcome, shared, now)
    }

    /// What the running attempt said, and how it stands.
    fn take_in(&mut self, heard: Vec<Said>, outcome: Outcome, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(run) = &self.state else { return None };
        let provider = run.attempt.key.provider().to_owned();
        self.first_token = self.first_token.or(run.attempt.first_token);
        let mut events = Vec::with_capacity(heard.len());
        let mut joined = self.show(&provider, heard, &mut events);
        if joined.is_ok() && matches!(outcome, Outcome::Ended(_)) {
            joined = self.settle_words(&mut events);
        }
        if joined.is_err() {
            self.emit(events, shared);
            return self.ask_anew(shared, now);
        }
        match outcome {
            Outcome::Running => {
                self.emit(events, shared);
                None
            }
            Outcome::Ended(ending) => {
                self.is_shortened |= ending.prompt_cut.is_some();
                let warning = ending.prompt_cut.as_ref().map(shortened);
                events.extend(warning.map(|reason| Event::Warning { reason }));
                match self.has_answered(&ending).and_then(|()| self.object(&ending)) {
                    Ok(object) => Some(self.succeed(ending, object, events, shared, now)),
                    Err(error) => {
                        self.emit(events, shared);
                        self.failed(error, shared, now)
                    }
                }
            }
            Outcome::Failed(error) => {
                self.emit(events, shared);
                self.failed(error, shared, now)
            }
        }
    }

    /// The caller does not want it any more. What it took by now, if anybody was asked.
    pub(super) fn cancel(&mut self, shared: &mut Shared, now: Now) -> Option<Receipt> {
        if let State::Running(run) = &self.state {
            run.attempt.abort(shared);
        }
        self.close_running(Verdict::Stopped(fault::cancelled()), shared, now);
        self.drop_rival(fault::cancelled(), shared, now);
        self.state = State::Over;
        receipt::of(&self.account(), FinishReason::Stop, shared, now)
    }

    /// When it was asked for.
    pub(super) const fn started(&self) -> Wall {
        self.started.wall
    }

    fn decide(&mut self, shared: &mut Shared, now: Now) -> Ended {
        self.query.is_online = shared.is_online;
        match shared.decide(&self.query) {
            Ok(decision) => {
                #[cfg(test)]
                let decision = sabotaged(decision, shared);
                shared.remember(&decision, self.query.clone());
                shared.hedges.requested();
                self.decision = Some(decision.clone());
                self.chain = Chain::of(&decision.chain, shared);
                self.emit(vec![Event::Route { decision: Box::new(decision) }], shared);
                self.proceed(shared, now)
            }
            Err(error) => self.stop(error, shared, now),
        }
    }

    /// Does what can be done next.
    fn proceed(&mut self, shared: &mut Shared, now: Now) -> Ended {
        shared.push(Output::Changed(Watched::Queue));
        match self.chain.next(shared, self.total_deadline, now) {
            Step::Ask(place) => {
                self.ask(place, shared, now);
                None
            }
            // A batch waits for all of its questions together.
            Step::Wait { .. } if shared.items.has(&self.id) && self.is_too_much() => {
                let folded = failure::fold(core::mem::take(&mut self.errors));
                self.stop(folded, shared, now)
            }
            Step::Wait { until, model } => {
                let seconds = until.since(now.monotonic);
                let is_known = matches!(
                    &self.state,
                    State::Backoff { until: before, model: same } if *before == until && *same == model
                );
                // Nobody notices a shorter pause.
                if seconds >= Duration::from_secs(1) && !is_known {
                    let message =
                        format!("{model} is asked in about {} s.", shown(seconds.as_secs_f64().ceil()));
                    let reason = Reason::new("waiting", message)
                        .with("model", model.as_str())
                        .with("waitMs", millis(seconds).round());
                    self.emit(vec![Event::Warning { reason }], shared);
                }
                self.state = State::Backoff { until, model };
                None
            }
            Step::GiveUp if self.may_ask_others() && self.chain.lengthen(&self.query, shared) => {
                self.proceed(shared, now)
            }
            Step::GiveUp if !shared.is_online && self.chain.waits_for_network(shared) => {
                let mut error = fault::offline();
                if !self.errors.is_empty() {
                    error.errors = Some(core::mem::take(&mut self.errors));
                }
                self.stop(error, shared, now)
            }
            Step::GiveUp if self.errors.is_empty() => {
                let error = no_model(&self.query, shared);
                self.stop(error, shared, now)
            }
            Step::GiveUp => {
                let folded = failure::fold(core::mem::take(&mut self.errors));
                self.stop(folded, shared, now)
            }
        }
    }

    /// Whether the last model that was asked wants fewer requests.
    fn is_too_much(&self) -> bool {
        self.errors.last().is_some_and(|error| error.code == ErrorCode::RateLimited)
    }

    /// Whether the router may choose others when all of the chain failed.
    fn may_ask_others(&self) -> bool {
        let may_fall_back = matches!(self.query.policy.fallback, None | Some(Fallback::Allowed(true)));
        may_fall_back && self.query.pinned.is_none() && !self.errors.is_empty()
    }

    /// Asks the model at this place of the chain.
    fn ask(&mut self, place: usize, shared: &mut Shared, now: Now) {
        let Some(key) = self.chain.key(place).map(ToString::to_string) else { return };
        // Who is asked in other words, or for an answer of its own, does not take over from anybody.
        let is_asked_already = self.attempts.last().is_some_and(|last| last.model == key);
        let mut events = Vec::new();
        if let Some(last) = self.errors.last().filter(|_| !is_asked_already)
            && let Some(from) = last.model.clone().filter(|from| *from != key)
        {
            events.push(Event::Fallback { from, to: key.clone(), reason: fault::reason(last) });
        }
        events.push(self.attempt_event(key));
        let Some(run) = self.send(place, events, shared, now) else { return };
        self.expect_race(&run.attempt.key, shared, now);
        self.state = State::Running(run);
    }

    fn attempt_event(&self, model: String) -> Event {
        Event::Attempt { model, attempt: self.attempts.len() as u32 + 1 }
    }

    /// Tells these events and sends the request to the model at this place of the chain.
    fn send(
        &mut self,
        place: usize,
        mut events: Vec<Event>,
        shared: &mut Shared,
        now: Now,
    ) -> Option<Box<Run>> {
        let key = self.chain.key(place)?.clone();
        let provider = shared.providers.get(key.provider())?.clone();
        self.chain.asked(place, shared);
        let (protocol, provider_locality) = (provider.protocol, provider.locality);
        let entry = shared.catalogue.entry(&key);
        let locality = entry.map_or(provider.locality, |entry| entry.config().locality());
        let was_cold = entry.is_some_and(|entry| entry.config().warm == Some(false));
        let room = entry.and_then(|entry| entry.config().context_length);
        let family = shared.family(&key);
        let tokens = self.query.tokens(family.number());
        let beginning = self.begin_with(room.map(|room| room.saturating_sub(tokens)), family);
        let begun = beginning.as_ref().map_or(0, |beginning| estimate::tokens_in(&beginning.text, family));
        let room = room.map(|room| room.saturating_sub(begun));
        let mut fitted = trim::fit(&self.request, &self.query, &key, family, room);
        fitted.input_tokens += begun;
        if let Some(beginning) = beginning.as_ref().filter(|_| provider.protocol.is_none()) {
            let request = carry_on::in_words(&fitted.request, beginning, self.output_left(family));
            fitted.request = Cow::Owned(request);
        }
        let chat = self.chat_request(&key, &fitted, beginning, shared);
        self.is_shortened |= fitted.warning.is_some();
        events.extend(fitted.warning.map(|reason| Event::Warning { reason }));
        // Nobody reads the events of a batch.
        if !shared.items.has(&self.id) {
            events.extend(shared.storage.take_warning().map(|reason| Event::Warning { reason }));
        }
        self.emit(events, shared);
        let sending = Sending {
            key,
            provider,
            request: &fitted.request,
            chat: &chat,
            input_tokens: fitted.input_tokens,
            farthest: self.query.policy.farthest(self.query.sensitive),
            is_handed_on: locality > provider_locality,
            may_be_empty: self.may_be_whole(),
            timeouts: timeouts(&self.limits, protocol, locality),
        };
        Some(Box::new(Run {
            attempt: Attempt::start(&self.id, sending, shared, now),
            place,
            sent_tokens: fitted.input_tokens,
            was_cold,
        }))
    }

    /// Turns what the attempt said into events, and remembers it. `Err`: it cannot be joined onto what was shown.
    fn show(&mut self, provider: &str, heard: Vec<Said>, events: &mut Vec<Event>) -> Result<(), ()> {
        for said in heard {
            self.hear(&said, events);
            match said {
                Said::Wire(WireEvent::Text(text)) => self.add_words(text, events)?,
                Said::Wire(WireEvent::Reasoning(text)) => {
                    self.shown.is_any = true;
                    self.shown.reasoning.push_str(&text);
                    events.push(Event::ReasoningDelta { text });
                }
                Said::Wire(WireEvent::ToolCallDelta { id, name, delta }) => {
                    self.settle_words(events)?;
                    self.shown.is_any = true;
                    events.push(Event::ToolCallDelta { id, name, input_delta: delta });
                }
                Said::Wire(WireEvent::ToolCall { id, name, input, opaque }) => {
                    self.settle_words(events)?;
                    self.shown.is_any = true;
                    self.shown.tool_calls.push(ToolCall {
                        id: id.clone(),
                        name: name.clone(),
                        input: input.clone(),
                        opaque: opaque.map(|opaque| wrapped(provider, opaque)),
                    });
                    events.push(Event::ToolCall { id, name, input });
                }
                Said::Wire(WireEvent::Source { title, url }) => {
                    self.shown.sources.push(Source { title: title.clone(), url: url.clone() });
                    events.push(Event::Source { title, url });
                }
                // None is asked for here, and none is taken out of an answer that was not asked for it.
                Said::Wire(WireEvent::Picture { .. }) => {}
                Said::Progress(value, max, node) => events.push(Event::Progress { value, max, node }),
                Said::Queued(position) => events.push(Event::Queue { position }),
            }
        }
        Ok(())
    }

    fn failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(run) = &self.state else { return None };
        let (place, key) = (run.place, run.attempt.key.clone());
        let rule = run.attempt.judge(&mut error, shared.is_online, now);
        let reason = fault::reason(&error);
        shared.strained(&key, run.attempt.started.monotonic, &error, now);
        if rule.then == Then::Stop {
            self.drop_rival(reason.clone(), shared, now);
        }
        self.close_running(Verdict::Failed(reason.clone()), shared, now);
        shared.blame(&key, rule, &error, now);
        if self.shown.is_any {
            return self.cut(place, rule, error, shared, now);
        }
        if rule.then == Then::Stop {
            return self.stop(error, shared, now);
        }
        self.chain.failed(place, rule, &error, shared, now);
        self.errors.push(error);
        if let Some(rival) = self.race.take() {
            let early = self.take_over(rival, &key, reason, shared);
            return self.take_in(early, Outcome::Running, shared, now);
        }
        self.proceed(shared, now)
    }

    fn succeed(
        &mut self,
        ending: Ending,
        object: Option<Value>,
        mut events: Vec<Event>,
        shared: &mut Shared,
        now: Now,
    ) -> Result<Settlement, Error> {
        self.close_running(Verdict::Answered, shared, now);
        let receipt = receipt::of(&self.account(), ending.finish, shared, now);
        self.state = State::Over;
        let Some(mut receipt) = receipt else {
            return Err(Error::new(ErrorCode::Internal, "An answer ended that was never begun."));
        };
        let is_kept = self.may_be_kept(ending.finish);
        receipt.cache_key = self.place.as_ref().filter(|_| is_kept).and_then(Place::shown_key);
        events.push(Event::Finish { receipt: Box::new(receipt.clone()) });
        self.emit(events, shared);
        let shown = core::mem::take(&mut self.shown);
        // It belongs to an answer that is all of one model.
        let opaque = ending.opaque.filter(|_| !self.carry_on.is_joined());
        let opaque = opaque.map(|opaque| wrapped(&receipt.provider, opaque));
        if let Some(key) = ModelKey::parse(&receipt.model) {
            shared.conversations.answered(&shown.text, &shown.tool_calls, &key);
        }
        let result = TextResult {
            text: shown.text,
            reasoning: (!shown.reasoning.is_empty()).then_some(shown.reasoning),
            tool_calls: shown.tool_calls,
            object,
            opaque,
            sources: shown.sources,
            receipt,
        };
        if let Some(place) = self.place.as_ref().filter(|_| is_kept)
            && shared.keep(place, &result, now)
        {
            shared.answer_is_written(place);
        }
        Ok(Settlement::Text(Box::new(result)))
    }

    /// Fails with this error and everything that is known by now.
    #[allow(clippy::unnecessary_wraps)] // It is how every step ends that may also go on.
    fn stop(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        self.drop_rival(fault::reason(&error), shared, now);
        if let State::Running(run) = &self.state {
            run.attempt.abort(shared);
            self.close_running(Verdict::Failed(fault::reason(&error)), shared, now);
        }
        if !self.attempts.is_empty() {
            error.receipt = receipt::of(&self.account(), FinishReason::Length, shared, now).map(Box::new);
            error.attempts = Some(self.attempts.clone());
        }
        if self.shown.is_any {
            let shown = core::mem::take(&mut self.shown);
            error.partial = Some(Partial { text: shown.text, tool_calls: shown.tool_calls });
        }
        self.state = State::Over;
        Some(Err(error))
    }

    fn emit(&self, events: Vec<Event>, shared: &mut Shared) {
        if !events.is_empty() && !self.id.is_own() {
            shared.push(Output::Emit(self.id.clone(), events));
        }
    }
}

/// Whether somebody is there at all.
const fn is_answer(said: &Transport) -> bool {
    matches!(said, Transport::Head(_) | Transport::CustomEvents(_))
}

/// As if the router had lost its mind.
#[cfg(test)]
fn sabotaged(mut decision: Decision, shared: &Shared) -> Decision {
    decision.chain = shared.sabotage.iter().cloned().chain(decision.chain).collect();
    decision
}
