//! A request for text over all its attempts: wait for discovery, ask the models of the chain one after another
//! while nothing was shown, add up what it took.

use super::attempt::{Attempt, Outcome, Said, Sending, timeouts};
use super::failure::{self, Next};
use super::fault;
use super::io::{Output, Record, Settlement, Transport};
use super::receipt;
use super::shared::Shared;
use super::trim::{self, Fitted};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now, millis};
use crate::catalog::Entry;
use crate::estimate;
use crate::health::Timing;
use crate::model::options::TimeoutOptions;
use crate::model::receipt::Source;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    Attempt as AttemptRecord, Decision, Error, ErrorCode, Event, FinishReason, Locality, Message, Modality,
    ModelKey, Partial, Reason, TextRequest, TextResult, ToolCall, Usage,
};
use crate::route::Query;
use crate::schema;
use crate::wire::{ChatRequest, Ending, WireEvent};
use core::time::Duration;
use serde_json::{Map, Value};

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
    Waiting { until: Monotonic, probes: Vec<String> },
    Running { attempt: Box<Attempt>, position: usize },
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
    /// Tokens of the prompt that the running attempt was sent.
    sent_tokens: u64,
    /// Whether its model had to be loaded first.
    was_cold: bool,
    limits: TimeoutOptions,
    total_deadline: Monotonic,
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
            State::Waiting { until, .. } => (*until).min(self.total_deadline),
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
        match &self.state {
            State::Waiting { .. } => self.decide(shared, now),
            State::Running { attempt, .. } => {
                let error = attempt.timed_out(shared);
                self.failed(error, shared, now)
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
        let mut events = self.show(&provider, heard);
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
        }
        self.state = State::Over;
    }

    /// For the list of what runs and waits.
    pub(super) fn queue_entry(&self) -> QueueEntry {
        let (state, model) = match &self.state {
            State::Running { attempt, .. } => (QueueState::Running, Some(attempt.key.to_string())),
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
                self.emit(vec![Event::Route { decision: Box::new(decision) }], shared);
                self.ask(0, shared, now);
                None
            }
            Err(error) => self.stop(error, shared, now),
        }
    }

    /// The next place of the chain, from `position` on, whose provider is still there.
    fn next_place(&self, position: usize, shared: &Shared) -> Option<(usize, ModelKey)> {
        let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
        chain
            .iter()
            .enumerate()
            .skip(position)
            .filter_map(|(place, address)| Some((place, ModelKey::parse(address)?)))
            .find(|(_, key)| shared.providers.contains_key(key.provider()))
    }

    /// Asks the model at this position of the chain.
    fn ask(&mut self, position: usize, shared: &mut Shared, now: Now) {
        let Some((position, key)) = self.next_place(position, shared) else { return };
        let Some(provider) = shared.providers.get(key.provider()).cloned() else { return };
        let (protocol, provider_locality) = (provider.protocol, provider.locality);
        let entry = shared.catalogue.entry(&key);
        let locality = entry.map_or(provider.locality, |entry| entry.config().locality());
        let was_cold = entry.is_some_and(|entry| entry.config().warm == Some(false));
        let room = entry.and_then(|entry| entry.config().context_length);
        let fitted = trim::fit(&self.request, &self.query, &key, shared.family(&key), room);
        let chat = self.chat_request(&key, &fitted, shared);
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
            timeouts: timeouts(&self.limits, protocol, locality),
        };
        let attempt = Attempt::start(&self.id, sending, shared, now);
        self.sent_tokens = fitted.input_tokens;
        self.was_cold = was_cold;
        self.is_written = false;
        self.state = State::Running { attempt: Box::new(attempt), position };
    }

    fn chat_request(&self, key: &ModelKey, fitted: &Fitted<'_>, shared: &mut Shared) -> ChatRequest {
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
            max_output_tokens: request.max_output_tokens,
            temperature: request.temperature,
            top_p: request.top_p,
            stop: request.stop.clone().unwrap_or_default(),
            seed: request.seed,
            context_length: Some(context_length),
        }
    }

    /// Turns what the attempt said into events, and remembers it.
    fn show(&mut self, provider: &str, heard: Vec<Said>) -> Vec<Event> {
        let mut events = Vec::with_capacity(heard.len());
        for said in heard {
            events.push(match said {
                Said::Wire(WireEvent::Text(text)) => {
                    self.shown.is_any = true;
                    self.shown.text.push_str(&text);
                    Event::TextDelta { text }
                }
                Said::Wire(WireEvent::Reasoning(text)) => {
                    self.shown.is_any = true;
                    self.shown.reasoning.push_str(&text);
                    Event::ReasoningDelta { text }
                }
                Said::Wire(WireEvent::ToolCallDelta { id, name, delta }) => {
                    self.shown.is_any = true;
                    Event::ToolCallDelta { id, name, input_delta: delta }
                }
                Said::Wire(WireEvent::ToolCall { id, name, input, opaque }) => {
                    self.shown.is_any = true;
                    self.shown.tool_calls.push(ToolCall {
                        id: id.clone(),
                        name: name.clone(),
                        input: input.clone(),
                        opaque: opaque.map(|opaque| wrapped(provider, opaque)),
                    });
                    Event::ToolCall { id, name, input }
                }
                Said::Wire(WireEvent::Source { title, url }) => {
                    self.shown.sources.push(Source { title: title.clone(), url: url.clone() });
                    Event::Source { title, url }
                }
                Said::Progress(value, max, node) => Event::Progress { value, max, node },
            });
        }
        events
    }

    fn failed(&mut self, error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running { position, .. } = &self.state else { return None };
        let position = *position;
        let reason = fault::reason(&error);
        shared.complained(&error);
        self.close_attempt(reason.clone(), false, shared, now);
        if failure::is_providers(error.code)
            && let Some(provider) = &error.provider
        {
            shared.unreachable(provider, reason.clone(), now);
        }
        if error.code == ErrorCode::ModelMissing
            && let Some(key) = error.model.as_deref().and_then(ModelKey::parse)
        {
            shared.forget_model(&key);
        }
        let next_model = self.next_place(position + 1, shared).map(|(_, key)| key.to_string());
        match (failure::after(error.code, self.shown.is_any), next_model) {
            (Next::NextModel, Some(to)) => {
                let from = error.model.clone().unwrap_or_default();
                self.errors.push(error);
                self.emit(vec![Event::Fallback { from, to, reason }], shared);
                self.ask(position + 1, shared, now);
                shared.push(Output::Changed(super::Watched::Queue));
                None
            }
            (Next::NextModel, None) if !self.errors.is_empty() => {
                self.errors.push(error);
                let folded = failure::fold(core::mem::take(&mut self.errors));
                self.stop(folded, shared, now)
            }
            _ => self.stop(error, shared, now),
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
        let opaque = ending.opaque.map(|opaque| wrapped(&receipt.provider, opaque));
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
        shared.record_attempt(&attempt.key, is_success, timing.as_ref());
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
        let family = shared.family(&attempt.key);
        let tokens = |text: &str| estimate::tokens_in(text, family);
        let output = tokens(&self.shown.text) + tokens(&self.shown.reasoning);
        Usage { input_tokens: self.sent_tokens, output_tokens: output, estimated: true, ..Usage::default() }
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
