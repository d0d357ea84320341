//! A request for text over all its attempts: wait for discovery, ask the models of the chain one after another
//! add up what it took. What happens once something was shown is in [`carry_on`].

mod carry_on;

use self::carry_on::CarryOn;
use super::attempt::{Attempt, Outcome, Said, Sending, timeouts};
use super::failure::{self, Rule, Then};
use super::fault;
use super::io::{Output, Record, Settlement, Transport, Watched};
use super::no_model::no_model;
use super::receipt;
use super::retry::{LONGEST_WAIT, Trial};
use super::shared::Shared;
use super::trim::{self, Fitted};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now, millis};
use crate::catalog::Entry;
use crate::estimate;
use crate::health::Timing;
use crate::model::health::RestReason;
use crate::model::options::TimeoutOptions;
use crate::model::policy::Fallback;
use crate::model::receipt::Source;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    Attempt as AttemptRecord, Decision, Error, ErrorCode, Event, FinishReason, Locality, Message, Modality,
    ModelKey, Partial, Reason, TextRequest, TextResult, ToolCall, Usage,
};
use crate::route::Query;
use crate::schema;
use crate::wire::{Beginning, ChatRequest, Ending, WireEvent};
use core::time::Duration;
use serde_json::{Map, Value};
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
}

/// Where it stands.
#[derive(Debug)]
enum State {
    Waiting {
        until: Monotonic,
        probes: Vec<String>,
    },
    Running {
        attempt: Box<Attempt>,
        position: usize,
    },
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
    started: Now,
    decision: Option<Decision>,
    attempts: Vec<AttemptRecord>,
    shown: Shown,
    usage: Usage,
    bill: receipt::Bill,
    first_token: Option<Monotonic>,
    state: State,
    /// Whether the running attempt was written down already.
    is_written: bool,
    errors: Vec<Error>,
    /// What was done with each model of the chain.
    trials: Vec<Trial>,
    carry_on: CarryOn,
    /// Tokens of the prompt that the running attempt was sent.
    sent_tokens: u64,
    /// Whether its model had to be loaded first.
    was_cold: bool,
    limits: TimeoutOptions,
    total_deadline: Monotonic,
}

/// What a generation can do next.
enum Step {
    Ask(usize),
    Wait { until: Monotonic, model: String },
    GiveUp,
}

/// How the generation ended, once it did.
pub(super) type Ended = Option<Result<Settlement, Error>>;

impl Generation {
    /// Takes in a request. It waits for `probes`, if any, or asks the first model at once.
    pub(super) fn start(
        id: RequestId,
        request: TextRequest,
        query: Query,
        probes: Vec<String>,
        limits: TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> (Self, Ended) {
        let total = timeouts(&limits, None, Locality::Device).total;
        let mut generation = Self {
            id,
            request,
            query,
            started: now,
            decision: None,
            attempts: Vec::new(),
            shown: Shown::default(),
            usage: Usage::default(),
            bill: receipt::Bill::default(),
            first_token: None,
            state: State::Waiting { until: now.monotonic.after(DISCOVERY_WAIT), probes },
            is_written: false,
            errors: Vec::new(),
            trials: Vec::new(),
            carry_on: CarryOn::default(),
            sent_tokens: 0,
            was_cold: false,
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
            State::Running { attempt, .. } => attempt.deadline().min(self.total_deadline),
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
            if let State::Running { attempt, .. } = &self.state {
                attempt.abort(shared);
            }
            let error = Error::new(ErrorCode::Timeout, "The answer took longer than it was allowed to.")
                .hinted("Raise `timeouts.totalMs`, or ask for a shorter answer.");
            return self.stop(error, shared, now);
        }
        match &mut self.state {
            State::Waiting { .. } => self.decide(shared, now),
            State::Backoff { .. } => self.proceed(shared, now),
            State::Running { attempt, .. } => {
                let error = attempt.timed_out(shared, now)?;
                self.failed(error, shared, now)
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
        let State::Running { attempt, .. } = &mut self.state else { return None };
        if !attempt.owns(transport) {
            return None;
        }
        let provider = attempt.key.provider().to_owned();
        if matches!(&said, Transport::Head(_) | Transport::CustomEvents(_)) {
            shared.answered(&provider, now);
        }
        let mut heard = Vec::new();
        let outcome = attempt.handle(said, &mut heard, shared, now);
        let first_token = attempt.first_token;
        self.first_token = self.first_token.or(first_token);
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
                let warning = ending.prompt_cut.as_ref().map(|cut| {
                    Reason::new(
                        "prompt-cut",
                        format!(
                            "The server kept only {} of about {} tokens of the conversation.",
                            cut.kept_tokens, cut.sent_tokens
                        ),
                    )
                    .with("keptTokens", cut.kept_tokens as f64)
                    .with("sentTokens", cut.sent_tokens as f64)
                    .with("contextLength", cut.context_length as f64)
                });
                events.extend(warning.map(|reason| Event::Warning { reason }));
                match self.object(&ending) {
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

    /// The caller does not want it any more.
    pub(super) fn cancel(&mut self, shared: &mut Shared) {
        if let State::Running { attempt, .. } = &self.state {
            attempt.abort(shared);
            shared.released(&attempt.key);
        }
        self.state = State::Over;
    }

    /// For the list of what runs and waits.
    pub(super) fn queue_entry(&self) -> QueueEntry {
        let (state, model) = match &self.state {
            State::Running { attempt, .. } => (QueueState::Running, Some(attempt.key.to_string())),
            State::Backoff { model, .. } => (QueueState::Waiting, Some(model.clone())),
            _ => (QueueState::Waiting, None),
        };
        QueueEntry {
            id: self.id.as_str().to_owned(),
            modality: Modality::Text,
            model,
            state,
            position: None,
            since_at: self.started.wall,
        }
    }

    fn decide(&mut self, shared: &mut Shared, now: Now) -> Ended {
        self.query.is_online = shared.is_online;
        match shared.decide(&self.query) {
            Ok(decision) => {
                #[cfg(test)]
                let decision = sabotaged(decision, shared);
                shared.remember(&decision, self.query.clone());
                self.decision = Some(decision.clone());
                self.trials = vec![Trial::default(); decision.chain.len()];
                self.emit(vec![Event::Route { decision: Box::new(decision) }], shared);
                self.proceed(shared, now)
            }
            Err(error) => self.stop(error, shared, now),
        }
    }

    /// What can be done next: ask a model of the chain that was not asked yet; then one that is left alone; then wait
    /// until one may be asked, again or at all.
    fn next_step(&self, shared: &Shared, now: Now) -> Step {
        let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
        let is_reachable = |key: &ModelKey| {
            let locality = shared.catalogue.entry(key).map(|entry| entry.config().locality());
            shared.is_online || locality.is_some_and(|locality| locality != Locality::Cloud)
        };
        let candidates: Vec<(usize, ModelKey, Trial)> = chain
            .iter()
            .zip(&self.trials)
            .enumerate()
            .filter_map(|(place, (address, trial))| Some((place, ModelKey::parse(address)?, *trial)))
            .filter(|(_, key, trial)| {
                !trial.is_out && shared.providers.contains_key(key.provider()) && is_reachable(key)
            })
            .collect();
        let mut fresh = candidates.iter().filter(|(_, _, trial)| trial.asked == 0);
        if let Some((place, ..)) = fresh.clone().find(|(_, key, _)| shared.rest(key).is_none()) {
            return Step::Ask(*place);
        }
        // Nobody else is there: a breaker lets one through to try. Not where its provider failed just now.
        let was_asked = |provider: &str| {
            let of_provider = |(address, trial): (&String, &Trial)| {
                trial.asked > 0 && ModelKey::parse(address).is_some_and(|key| key.provider() == provider)
            };
            chain.iter().zip(&self.trials).any(of_provider)
        };
        let cools = |key: &ModelKey| shared.health.cooling_until(key).filter(|at| *at > now.monotonic);
        if let Some((place, ..)) =
            fresh.find(|(_, key, _)| cools(key).is_none() && !was_asked(key.provider()))
        {
            return Step::Ask(*place);
        }
        let soonest = candidates
            .iter()
            .filter_map(|(place, key, trial)| {
                let until = cools(key);
                let may_wait = match shared.rest(key).map(|rest| rest.reason) {
                    None | Some(RestReason::Cooling) if trial.asked > 0 => {
                        shared.retries.allows(key.provider())
                    }
                    // Whoever failed too often is tried once a request.
                    _ => until.is_some() && trial.asked == 0,
                };
                let ready = until.map_or(trial.ready, |until| until.max(trial.ready));
                may_wait.then_some((ready.max(now.monotonic), *place, key))
            })
            .min_by_key(|(ready, place, _)| (*ready, *place));
        match soonest {
            Some((ready, place, _)) if ready <= now.monotonic => Step::Ask(place),
            Some((ready, _, key))
                if ready.since(now.monotonic) <= LONGEST_WAIT && ready < self.total_deadline =>
            {
                Step::Wait { until: ready, model: key.to_string() }
            }
            // Whoever would have to wait too long hears it from the server itself.
            Some((_, place, _)) if self.errors.is_empty() => Step::Ask(place),
            _ => Step::GiveUp,
        }
    }

    /// Does what can be done next.
    fn proceed(&mut self, shared: &mut Shared, now: Now) -> Ended {
        shared.push(Output::Changed(Watched::Queue));
        match self.next_step(shared, now) {
            Step::Ask(place) => {
                self.ask(place, shared, now);
                None
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
                        format!("{model} is asked in about {} s.", seconds.as_millis().div_ceil(1_000));
                    let reason = Reason::new("waiting", message)
                        .with("model", model.as_str())
                        .with("waitMs", millis(seconds).round());
                    self.emit(vec![Event::Warning { reason }], shared);
                }
                self.state = State::Backoff { until, model };
                None
            }
            Step::GiveUp if !shared.is_online && self.is_all_far(shared) => {
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
            Step::GiveUp if self.lengthen(shared) => self.proceed(shared, now),
            Step::GiveUp => {
                let folded = failure::fold(core::mem::take(&mut self.errors));
                self.stop(folded, shared, now)
            }
        }
    }

    /// When all of the chain failed, those are asked too whom it had no place for, or who were to be left alone for a
    /// while. Whether there are any.
    fn lengthen(&mut self, shared: &Shared) -> bool {
        let may = matches!(self.query.policy.fallback, None | Some(Fallback::Allowed(true)));
        let Some(decision) = self.decision.as_mut().filter(|_| may && self.query.pinned.is_none()) else {
            return false;
        };
        let spare = shared.spare(&self.query, &decision.chain);
        let is_any = !spare.is_empty();
        decision.chain.extend(spare);
        self.trials.resize(decision.chain.len(), Trial::default());
        is_any
    }

    /// Whether some model of the chain could still be asked if only there were a network.
    fn is_all_far(&self, shared: &Shared) -> bool {
        let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
        chain.iter().zip(&self.trials).any(|(address, trial)| {
            let key = ModelKey::parse(address);
            let entry = key.as_ref().and_then(|key| shared.catalogue.entry(key));
            !trial.is_out && entry.is_some_and(|entry| entry.config().locality() == Locality::Cloud)
        })
    }

    /// Asks the model at this place of the chain.
    fn ask(&mut self, position: usize, shared: &mut Shared, now: Now) {
        let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
        let Some(key) = chain.get(position).and_then(|address| ModelKey::parse(address)) else { return };
        let Some(provider) = shared.providers.get(key.provider()).cloned() else { return };
        if let Some(trial) = self.trials.get_mut(position) {
            shared.asked(&key, trial.asked > 0);
            trial.asked = trial.asked.saturating_add(1);
        }
        // Who is asked in other words, or for an answer of its own, does not take over from anybody.
        let is_asked_already = self.attempts.last().is_some_and(|last| last.model == key.to_string());
        if let Some(last) = self.errors.last().filter(|_| !is_asked_already)
            && let Some(from) = last.model.clone().filter(|from| *from != key.to_string())
        {
            let event = Event::Fallback { from, to: key.to_string(), reason: fault::reason(last) };
            self.emit(vec![event], shared);
        }
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
        let attempt = Event::Attempt { model: key.to_string(), attempt: self.attempts.len() as u32 + 1 };
        let warning = fitted.warning.clone().map(|reason| Event::Warning { reason });
        self.emit([attempt].into_iter().chain(warning).collect(), shared);
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
        let attempt = Attempt::start(&self.id, sending, shared, now);
        self.sent_tokens = fitted.input_tokens;
        self.was_cold = was_cold;
        self.is_written = false;
        self.state = State::Running { attempt: Box::new(attempt), position };
    }

    fn chat_request(
        &self,
        key: &ModelKey,
        fitted: &Fitted<'_>,
        beginning: Option<Beginning>,
        shared: &mut Shared,
    ) -> ChatRequest {
        let request = fitted.request.as_ref();
        let entry = shared.catalogue.entry(key);
        let largest = entry.and_then(|entry| entry.config().context_length);
        let can_reason = entry.map(Entry::config).and_then(|config| {
            let is_told = config.tells_all_capabilities() || config.has("reasoning");
            is_told.then(|| config.has("reasoning"))
        });
        let needed = fitted.input_tokens + self.query.output_tokens;
        let (context_length, is_news) =
            shared.settings.context_length(&key.to_string(), needed + needed / 8, largest);
        if is_news {
            shared.save(Record::Settings);
        }
        ChatRequest {
            model: key.id().to_owned(),
            messages: conversation(request, key.provider()),
            schema: request.schema.clone(),
            search: request.search == Some(true),
            is_sensitive: self.query.sensitive,
            tools: request.tools.clone().unwrap_or_default(),
            tool_choice: request.tool_choice.clone(),
            reasoning: request.reasoning,
            can_reason,
            max_output_tokens: self.output_left(shared.family(key)),
            temperature: request.temperature,
            top_p: request.top_p,
            stop: request.stop.clone().unwrap_or_default(),
            seed: request.seed,
            context_length: Some(context_length),
            beginning,
        }
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
                Said::Progress(value, max, node) => events.push(Event::Progress { value, max, node }),
            }
        }
        Ok(())
    }

    fn failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running { attempt, position } = &self.state else { return None };
        let (position, key) = (*position, attempt.key.clone());
        if error.code == ErrorCode::Unreachable && !shared.is_online && attempt.locality() == Locality::Cloud
        {
            error = attempt.named(fault::offline());
        }
        if error.code != ErrorCode::Quota {
            error.retry_after_ms = attempt.stated_delay(now).or(error.retry_after_ms);
        }
        let rule = failure::rule(error.code, attempt.phase(error.code), attempt.locality().is_local());
        let reason = fault::reason(&error);
        self.close_attempt(reason, false, shared, now);
        shared.blame(&key, rule, &error, now);
        if self.shown.is_any {
            return self.cut(&key, rule, error, shared, now);
        }
        if rule.then == Then::Stop {
            return self.stop(error, shared, now);
        }
        self.judge(position, &key, rule, &error, shared, now);
        self.errors.push(error);
        self.proceed(shared, now)
    }

    /// Which models of the chain may still be asked after one failed.
    fn judge(
        &mut self,
        position: usize,
        key: &ModelKey,
        rule: Rule,
        error: &Error,
        shared: &mut Shared,
        now: Now,
    ) {
        if let Some(trial) = self.trials.get_mut(position) {
            // Where the rate is at fault, the pause is kept with the model, since other requests have to keep it too.
            let stated = error.retry_after_ms.filter(|_| error.code != ErrorCode::RateLimited);
            trial.failed(rule, stated, &mut shared.random, now);
        }
        if rule.then == Then::MoreRoom {
            let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
            let room = |key: &ModelKey| shared.catalogue.entry(key)?.config().context_length;
            let too_small = room(key);
            for (address, trial) in chain.iter().zip(&mut self.trials) {
                let holds = ModelKey::parse(address).and_then(|key| room(&key));
                trial.is_out |= too_small.zip(holds).is_some_and(|(least, holds)| holds <= least);
            }
        }
    }

    fn succeed(
        &mut self,
        ending: Ending,
        object: Option<Value>,
        mut events: Vec<Event>,
        shared: &mut Shared,
        now: Now,
    ) -> Result<Settlement, Error> {
        self.close_attempt(Reason::new("ok", "It answered."), true, shared, now);
        let receipt = receipt::of(&self.account(), ending.finish, shared, now);
        self.state = State::Over;
        let Some(receipt) = receipt else {
            return Err(Error::new(ErrorCode::Internal, "An answer ended that was never begun."));
        };
        events.push(Event::Finish { receipt: Box::new(receipt.clone()) });
        self.emit(events, shared);
        let shown = core::mem::take(&mut self.shown);
        // It belongs to an answer that is all of one model.
        let opaque = ending.opaque.filter(|_| !self.carry_on.is_joined());
        let opaque = opaque.map(|opaque| wrapped(&receipt.provider, opaque));
        if let Some(key) = ModelKey::parse(&receipt.model) {
            shared.conversations.answered(&shown.text, &shown.tool_calls, &key);
        }
        Ok(Settlement::Text(Box::new(TextResult {
            text: shown.text,
            reasoning: (!shown.reasoning.is_empty()).then_some(shown.reasoning),
            tool_calls: shown.tool_calls,
            object,
            opaque,
            sources: shown.sources,
            receipt,
        })))
    }

    /// What a request with a schema asked for. A model that asked for tools answers later.
    fn object(&self, ending: &Ending) -> Result<Option<Value>, Error> {
        let Some(schema) = self.request.schema.as_ref().filter(|_| ending.finish != FinishReason::ToolCalls)
        else {
            return Ok(None);
        };
        schema::read(&self.shown.text, schema).map(Some).map_err(|unfit| {
            let State::Running { attempt, .. } = &self.state else {
                return Error::new(ErrorCode::Internal, "An answer was checked that was never given.");
            };
            let mut error = Error::new(
                ErrorCode::BadOutput,
                format!("The answer of {} does not fit the schema: {unfit}.", attempt.key),
            );
            error = error.hinted(if ending.finish == FinishReason::Length {
                "The answer was cut at its limit: raise `maxOutputTokens`."
            } else {
                "Try again, simplify the schema, or ask a larger model."
            });
            attempt.named(error)
        })
    }

    /// Fails with this error and everything that is known by now.
    #[allow(clippy::unnecessary_wraps)] // It is how every step ends that may also go on.
    fn stop(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        if matches!(self.state, State::Running { .. }) {
            let reason = fault::reason(&error);
            self.close_attempt(reason, false, shared, now);
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

    /// Writes down how the running attempt ended and adds up what it used.
    fn close_attempt(&mut self, outcome: Reason, is_success: bool, shared: &mut Shared, now: Now) {
        let State::Running { attempt, .. } = &self.state else { return };
        if core::mem::replace(&mut self.is_written, true) {
            return;
        }
        let counted = attempt.usage();
        let usage = counted.unwrap_or_else(|| self.guessed_usage(attempt, shared));
        let timing = self.timing(attempt, &usage);
        if is_success {
            shared.succeeded(&attempt.key, timing.as_ref());
        } else {
            shared.released(&attempt.key);
        }
        add(&mut self.usage, &usage);
        let entry = shared.catalogue.entry(&attempt.key);
        let price = entry.and_then(|entry| entry.config().price.as_ref());
        match attempt.billed() {
            Some(billed) => self.bill.add_billed(billed),
            None => self.bill.add(price, &usage),
        }
        let started = attempt.started.monotonic;
        self.attempts.push(AttemptRecord {
            model: attempt.key.to_string(),
            started_at: attempt.started.wall,
            duration_ms: millis(now.monotonic.since(started)),
            first_token_ms: attempt.first_token.map(|at| millis(at.since(started))),
            outcome,
        });
    }

    /// How long the answer took.
    fn timing(&self, attempt: &Attempt, usage: &Usage) -> Option<Timing> {
        let (first, last) = (attempt.first_token?, attempt.last_token?);
        // Thoughts that were not shown came before the first word.
        let hidden = if self.shown.reasoning.is_empty() { usage.reasoning_tokens.unwrap_or(0) } else { 0 };
        Some(Timing {
            first_token_ms: millis(first.since(attempt.started.monotonic)),
            was_cold: self.was_cold,
            input_tokens: self.sent_tokens,
            output_tokens: usage.output_tokens.saturating_sub(hidden),
            writing_ms: millis(last.since(first)),
        })
    }

    /// A server that failed before it said anything is not taken to have charged for the prompt.
    fn guessed_usage(&self, attempt: &Attempt, shared: &Shared) -> Usage {
        if attempt.first_token.is_none() {
            return Usage::default();
        }
        let output_tokens = self.own_tokens(shared.family(&attempt.key));
        Usage { input_tokens: self.sent_tokens, output_tokens, estimated: true, ..Usage::default() }
    }

    fn account(&self) -> receipt::Account<'_> {
        receipt::Account {
            id: &self.id,
            query: &self.query,
            started: self.started,
            decision: self.decision.as_ref(),
            attempts: &self.attempts,
            usage: self.usage,
            bill: self.bill,
            first_token: self.first_token,
            last_token: match &self.state {
                State::Running { attempt, .. } => attempt.last_token,
                _ => None,
            },
        }
    }

    fn emit(&self, events: Vec<Event>, shared: &mut Shared) {
        if !events.is_empty() {
            shared.push(Output::Emit(self.id.clone(), events));
        }
    }
}

/// As if the router had lost its mind.
#[cfg(test)]
fn sabotaged(mut decision: Decision, shared: &Shared) -> Decision {
    decision.chain = shared.sabotage.iter().cloned().chain(decision.chain).collect();
    decision
}

/// The conversation as this provider may see it: what another provider wanted back is none of its business.
fn conversation(request: &TextRequest, provider: &str) -> Vec<Message> {
    let mut conversation = request.conversation();
    for message in &mut conversation {
        let Message::Assistant { tool_calls, opaque, .. } = message else { continue };
        *opaque = opaque.take().and_then(|opaque| unwrapped(provider, opaque));
        for call in tool_calls {
            call.opaque = call.opaque.take().and_then(|opaque| unwrapped(provider, opaque));
        }
    }
    conversation
}

/// What a provider wants back, with its name: a later turn may be answered by another.
fn wrapped(provider: &str, value: Value) -> Value {
    let mut fields = Map::new();
    fields.insert("provider".to_owned(), Value::from(provider));
    fields.insert("value".to_owned(), value);
    Value::Object(fields)
}

/// What [`wrapped`] wrapped for this provider.
fn unwrapped(provider: &str, opaque: Value) -> Option<Value> {
    let Value::Object(mut fields) = opaque else { return None };
    let is_its_own = fields.get("provider").and_then(Value::as_str) == Some(provider);
    if is_its_own { fields.remove("value") } else { None }
}

fn add(sum: &mut Usage, one: &Usage) {
    let both = |left: Option<u64>, right: Option<u64>| match (left, right) {
        (None, None) => None,
        (left, right) => Some(left.unwrap_or(0) + right.unwrap_or(0)),
    };
    sum.input_tokens += one.input_tokens;
    sum.output_tokens += one.output_tokens;
    sum.cached_input_tokens = both(sum.cached_input_tokens, one.cached_input_tokens);
    sum.reasoning_tokens = both(sum.reasoning_tokens, one.reasoning_tokens);
    sum.estimated |= one.estimated;
}
