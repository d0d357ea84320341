//! Vectors of texts: batch after batch from one model, since vectors of different models cannot be compared. The next
//! model of the chain is asked only while none came. Which texts nobody has to be asked for is in [`known`].

mod known;

use core::time::Duration;
use std::collections::VecDeque;

pub(super) use self::known::leave_distinct;
use super::attempt::timeouts;
use super::exchange::{Answer, Exchange};
use super::failure::{self, Phase, Then};
use super::fault;
use super::generation::{DISCOVERY_WAIT, Ended};
use super::io::{EmbedCall, Settlement, Transport, TransportFailure};
use super::provider::Provider;
use super::receipt;
use super::retry::{LONGEST_WAIT, Trial};
use super::shared::{Owner, Shared};
use super::vectors::Keeping;
use crate::base::id::{RequestId, TransportId};
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now, Wall, millis};
use crate::cache::Key;
use crate::estimate;
use crate::model::http::{HttpRequest, Lane};
use crate::model::options::TimeoutOptions;
use crate::model::receipt::{CacheTier, EmbedResult};
use crate::model::request::EmbedRequest;
use crate::model::{
    Attempt as AttemptRecord, Decision, Error, ErrorCode, FinishReason, Locality, Modality, ModelKey, Reason,
    Receipt, Usage,
};
use crate::route::Query;
use crate::wire::{Embeddings, Protocol};

/// How many texts a provider written in JavaScript gets at once.
const CUSTOM_BATCH: usize = 64;

/// Where it stands.
#[derive(Debug)]
enum State {
    Waiting {
        until: Monotonic,
        probes: Vec<String>,
    },
    /// The disk is read for the texts at these places, of which it was asked for the first ones.
    Looking {
        until: Monotonic,
        position: usize,
        key: ModelKey,
        unread: VecDeque<usize>,
        asked: usize,
    },
    Running(Box<Running>),
    /// All that is missing is on its way to somebody else.
    Behind {
        position: usize,
        key: ModelKey,
    },
    /// The same batch goes to the same model again at this time.
    Backoff {
        until: Monotonic,
        position: usize,
        key: ModelKey,
    },
    Over,
}

/// One model that is being asked.
#[derive(Debug)]
struct Running {
    position: usize,
    key: ModelKey,
    provider: Provider,
    transport: TransportId,
    exchange: Exchange,
    started: Now,
    /// How long its vectors may take.
    limit: Duration,
    deadline: Monotonic,
    /// Whether it waits for a connection: its server was not asked yet.
    is_queued: bool,
    /// The places of the texts in the batch on its way.
    batch: Vec<usize>,
    usage: Usage,
    billed: Option<Money>,
}

/// A vector, and whether it had been kept.
#[derive(Debug)]
struct Found {
    numbers: Vec<f32>,
    was_kept: bool,
}

/// A request for vectors over all its batches.
#[derive(Debug)]
pub(super) struct Embedding {
    id: RequestId,
    request: EmbedRequest,
    query: Query,
    started: Now,
    decision: Option<Decision>,
    attempts: Vec<AttemptRecord>,
    bill: receipt::Bill,
    errors: Vec<Error>,
    /// By the places of the texts.
    vectors: Vec<Option<Found>>,
    /// How many came from the model that is asked.
    came: usize,
    /// How vectors are kept; `None` where they are not.
    keeping: Option<Keeping>,
    /// Under which names those of the model that is asked are kept; none where they are not.
    names: Vec<Key>,
    /// Where those came from that were kept: the slower one counts.
    tier: CacheTier,
    /// USD that those that were kept would have cost.
    saved: f64,
    /// Why nobody may be asked, where only what is kept can be given.
    refusal: Option<Error>,
    /// Which of the vectors each text of the caller gets; nothing where each gets its own.
    shared_by: Vec<usize>,
    /// How often the batch on its way was sent to the same model.
    trial: Trial,
    state: State,
    limits: TimeoutOptions,
}

impl Embedding {
    /// Takes in a request. It waits for `probes`, if any, or asks the first model at once.
    pub(super) fn start(
        id: RequestId,
        (request, shared_by): (EmbedRequest, Vec<usize>),
        query: Query,
        probes: Vec<String>,
        limits: TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> (Self, Ended) {
        let is_ready = probes.is_empty();
        let mut embedding = Self {
            id,
            keeping: shared.cache.keeping(request.cache, &query),
            request,
            query,
            started: now,
            decision: None,
            attempts: Vec::new(),
            bill: receipt::Bill::default(),
            errors: Vec::new(),
            vectors: Vec::new(),
            came: 0,
            names: Vec::new(),
            tier: CacheTier::Memory,
            saved: 0.0,
            refusal: None,
            shared_by,
            trial: Trial::default(),
            state: State::Waiting { until: now.monotonic.after(DISCOVERY_WAIT), probes },
            limits,
        };
        let ended = if is_ready { embedding.decide(shared, now) } else { None };
        (embedding, ended)
    }

    /// When it was asked for.
    pub(super) const fn started(&self) -> Wall {
        self.started.wall
    }

    pub(super) fn deadline(&self) -> Option<Monotonic> {
        match &self.state {
            State::Waiting { until, .. } | State::Looking { until, .. } | State::Backoff { until, .. } => {
                Some(*until)
            }
            State::Running(running) => Some(running.deadline),
            // Whoever is asked has a limit.
            State::Behind { .. } | State::Over => None,
        }
    }

    /// The caller does not want it any more. What it took by now, if anybody was asked.
    pub(super) fn cancel(&mut self, shared: &mut Shared, now: Now) -> Option<Receipt> {
        if let State::Running(running) = &mut self.state {
            shared.abort(running.transport);
            // What is not streamed is worked off and billed all the same.
            if !running.is_queued {
                let sent = running.batch.iter().filter_map(|place| self.request.texts.get(*place));
                let family = shared.family(&running.key);
                running.usage.input_tokens += sent.map(|text| estimate::tokens_in(text, family)).sum::<u64>();
                running.usage.estimated = true;
            }
            self.close(fault::cancelled(), false, shared, now);
        }
        self.state = State::Over;
        receipt::of(&self.account(), FinishReason::Stop, shared, now)
    }

    /// A probe that it may wait for is over.
    pub(super) fn probed(&mut self, provider: &str, shared: &mut Shared, now: Now) -> Ended {
        let State::Waiting { probes, .. } = &mut self.state else { return None };
        probes.retain(|probe| probe != provider);
        if probes.is_empty() { self.decide(shared, now) } else { None }
    }

    /// A deadline was reached.
    pub(super) fn tick(&mut self, shared: &mut Shared, now: Now) -> Ended {
        if self.deadline().is_none_or(|deadline| deadline > now.monotonic) {
            return None;
        }
        let running = match &self.state {
            State::Running(running) => running,
            State::Backoff { position, key, .. } => {
                let (position, key) = (*position, key.clone());
                if !shared.providers.contains_key(key.provider()) {
                    return Some(self.give_up(shared, now));
                }
                return self.proceed(position, key, shared, now);
            }
            State::Looking { position, key, .. } => {
                let (position, key) = (*position, key.clone());
                return self.looked(position, key, shared, now);
            }
            _ => return self.decide(shared, now),
        };
        shared.abort(running.transport);
        if running.is_queued {
            let message = format!("All connections to {} were taken for too long.", running.provider.title());
            let error = Error::new(ErrorCode::Timeout, message).hinted("Raise `timeouts.totalMs`.");
            self.close(fault::reason(&error), false, shared, now);
            return Some(self.with_receipt(Err(error), shared, now));
        }
        let message = format!("{} gave no vectors in time.", running.key);
        self.failed(Error::new(ErrorCode::Timeout, message), shared, now)
    }

    /// A transport said something.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Ended {
        let State::Running(running) = &mut self.state else { return None };
        if running.transport != transport {
            return None;
        }
        let said = match said {
            Transport::Queued { .. } => {
                if !core::mem::replace(&mut running.is_queued, true) {
                    running.deadline =
                        now.monotonic.after(timeouts(&self.limits, None, Locality::Device).total);
                }
                return None;
            }
            Transport::Departed => {
                running.is_queued = false;
                running.deadline = now.monotonic.after(running.limit);
                return None;
            }
            Transport::CustomVectors(vectors) => {
                shared.over(transport);
                let read = if vectors.len() == running.batch.len() {
                    Ok(Embeddings { vectors, ..Embeddings::default() })
                } else {
                    let message = format!("{} gave another number of vectors than texts.", running.key);
                    Err(Error::new(ErrorCode::Protocol, message))
                };
                return self.read(read, shared, now);
            }
            said => said,
        };
        let answer = running.exchange.handle(said)?;
        let is_too_long = matches!(answer, Answer::TooLong);
        if is_too_long {
            shared.abort(transport);
        } else {
            shared.over(transport);
        }
        let provider = &running.provider;
        let wired = |wire| fault::of_wire(wire, provider, Some(running.key.id()));
        let read = match (answer, provider.protocol) {
            (Answer::Whole(head, body), Some(protocol)) if (200..300).contains(&head.status) => {
                protocol.parse_embeddings(&body, running.batch.len()).map_err(wired)
            }
            (Answer::Whole(head, body), Some(protocol)) => Err(wired(protocol.classify(&head, &body))),
            (Answer::Failed(TransportFailure::Network), _) if running.exchange.has_begun() => {
                Err(Error::new(ErrorCode::Truncated, format!("The answer of {} broke off.", running.key)))
            }
            (Answer::Failed(failure), _) => Err(fault::of_transport(failure, provider)),
            _ => {
                let message = format!("{} answered with more than vectors can be.", provider.title());
                Err(Error::new(ErrorCode::Protocol, message))
            }
        };
        self.read(read, shared, now)
    }

    fn read(&mut self, read: Result<Embeddings, Error>, shared: &mut Shared, now: Now) -> Ended {
        let found = match read {
            Ok(found) => found,
            Err(error) => return self.failed(error, shared, now),
        };
        let State::Running(running) = &mut self.state else { return None };
        shared.answered(running.key.provider(), now);
        let places = core::mem::take(&mut running.batch);
        let (position, key) = (running.position, running.key.clone());
        let text = |place: &usize| self.request.texts.get(*place).map_or("", String::as_str);
        let counted = found.usage.unwrap_or_else(|| {
            let family = shared.family(&key);
            let input_tokens = places.iter().map(|place| estimate::tokens_in(text(place), family)).sum();
            Usage { input_tokens, estimated: true, ..Usage::default() }
        });
        running.usage.input_tokens += counted.input_tokens;
        running.usage.estimated |= counted.estimated;
        if let Some(billed) = found.billed {
            running.billed = Some(running.billed.map_or(billed, |sum| sum + billed));
        }
        let is_for_disk = self.keeping.is_some_and(|keeping| keeping.is_on_disk);
        for (place, numbers) in places.iter().zip(found.vectors) {
            if let Some(name) = self.names.get(*place) {
                shared.keep_vector(*name, (&key, text(place)), &numbers, is_for_disk, now);
            }
            if let Some(slot) = self.vectors.get_mut(*place) {
                *slot = Some(Found { numbers, was_kept: false });
            }
        }
        self.came += places.len();
        self.land(&places, shared);
        self.trial = Trial::default();
        self.proceed(position, key, shared, now)
    }

    /// Asks for what is missing, or is done.
    fn proceed(&mut self, position: usize, key: ModelKey, shared: &mut Shared, now: Now) -> Ended {
        if self.missing().next().is_none() && !self.drop_misfits() {
            return Some(self.whole(&key, shared, now));
        }
        if let Some(refusal) = self.refusal.take() {
            return Some(Err(refusal));
        }
        self.send(position, key, shared, now);
        None
    }

    /// The places of the texts that have no vector yet.
    fn missing(&self) -> impl Iterator<Item = usize> {
        let places = self.vectors.iter().enumerate();
        places.filter(|(_, found)| found.is_none()).map(|(place, _)| place)
    }

    /// These texts are on their way no more.
    fn land(&self, places: &[usize], shared: &mut Shared) {
        let names: Vec<Key> = places.iter().filter_map(|place| self.names.get(*place)).copied().collect();
        shared.cache.on_the_way.remove(&names);
    }

    /// All texts have their vectors.
    fn whole(&mut self, key: &ModelKey, shared: &mut Shared, now: Now) -> Result<Settlement, Error> {
        self.close(Reason::new("ok", "It answered."), true, shared, now);
        let receipt = match self.came {
            0 => Some(self.kept_receipt(key, shared, now)),
            _ => receipt::of(&self.account(), FinishReason::Stop, shared, now),
        };
        self.state = State::Over;
        let found = core::mem::take(&mut self.vectors).into_iter().flatten();
        let mut vectors: Vec<Vec<f32>> = found.map(|found| found.numbers).collect();
        if !self.shared_by.is_empty() {
            let each = self.shared_by.iter().filter_map(|place| vectors.get(*place).cloned());
            vectors = each.collect();
        }
        match receipt {
            Some(receipt) => Ok(Settlement::Embedding(Box::new(EmbedResult { vectors, receipt }))),
            None => Err(Error::new(ErrorCode::Internal, "Vectors came that were never asked for.")),
        }
    }

    fn decide(&mut self, shared: &mut Shared, now: Now) -> Ended {
        self.query.is_online = shared.is_online;
        let mut decided = shared.decide(&self.query);
        if !shared.is_online
            && let Err(error) = &decided
        {
            // Nobody can be asked; what is kept can be given.
            self.refusal = Some(error.clone());
            decided = shared.decide(&Query { is_online: true, ..self.query.clone() });
        }
        match (decided, self.refusal.take()) {
            (Ok(decision), refusal) => {
                shared.remember(&decision, self.query.clone());
                (self.decision, self.refusal) = (Some(decision), refusal);
                self.ask(0, shared, now)
            }
            (Err(_), Some(refusal)) => Some(Err(refusal)),
            (Err(error), None) => Some(Err(error)),
        }
    }

    /// Asks the model at this place of the chain, or the next one whose provider is there.
    fn ask(&mut self, from: usize, shared: &mut Shared, now: Now) -> Ended {
        if let Some((position, key)) = self.next(from, shared) {
            self.trial = Trial::default();
            return self.look(position, key, shared, now);
        }
        Some(Err(failure::fold(core::mem::take(&mut self.errors))))
    }

    /// Who is asked next. Who is left alone is asked only where nobody else could be.
    fn next(&self, from: usize, shared: &Shared) -> Option<(usize, ModelKey)> {
        let chain = self.decision.as_ref().map(|decision| decision.chain.as_slice()).unwrap_or_default();
        let mut there = chain
            .iter()
            .enumerate()
            .skip(from)
            .filter_map(|(position, address)| Some((position, ModelKey::parse(address)?)))
            .filter(|(_, key)| shared.providers.contains_key(key.provider()));
        let well = there.clone().find(|(_, key)| shared.rest(key).is_none());
        well.or_else(|| there.next().filter(|_| self.errors.is_empty()))
    }

    /// Sends the next batch: of what nobody else is being given.
    fn send(&mut self, position: usize, key: ModelKey, shared: &mut Shared, now: Now) {
        let Some(provider) = shared.providers.get(key.provider()).cloned() else { return };
        let most = provider.protocol.map_or(CUSTOM_BATCH, Protocol::embed_batch);
        let shares = self.keeping.is_some_and(|keeping| keeping.may_read);
        let on_the_way = &shared.cache.on_the_way;
        let is_coming =
            |place: &usize| shares && self.names.get(*place).is_some_and(|name| on_the_way.has(name));
        let batch: Vec<usize> = self.missing().filter(|place| !is_coming(place)).take(most).collect();
        if batch.is_empty() {
            self.close(Reason::new("ok", "It answered."), true, shared, now);
            self.state = State::Behind { position, key };
            return;
        }
        let names = batch.iter().filter_map(|place| self.names.get(*place)).copied();
        shared.cache.on_the_way.add(names);
        let texts = batch.iter().filter_map(|place| self.request.texts.get(*place));
        let texts: Vec<String> = texts.cloned().collect();
        let is_one_of_many = self.came > 0 || self.missing().nth(most).is_some();
        let farthest = self.query.policy.farthest(self.query.sensitive);
        let owner = Owner::Request(self.id.clone());
        let locality =
            shared.catalogue.entry(&key).map_or(provider.locality, |entry| entry.config().locality());
        let credential = provider.credential();
        let transport = if let Some(protocol) = provider.protocol {
            let lane = if is_one_of_many { Lane::Batch } else { Lane::Person };
            let request = HttpRequest {
                farthest,
                is_handed_on: locality > provider.locality,
                lane: provider.lane(lane),
                ..protocol.embed(&provider.server(credential.as_ref()), key.id(), &texts)
            };
            shared.fetch(owner, request)
        } else {
            let call =
                EmbedCall { provider: provider.name.clone(), model: key.id().to_owned(), texts, farthest };
            shared.invoke_embed(owner, call)
        };
        let limit = timeouts(&self.limits, provider.protocol, locality).first_token;
        // The batches of one request count as one.
        if self.came == 0 || self.trial.asked > 0 {
            shared.asked(&key, self.trial.asked > 0);
        }
        self.trial.asked = self.trial.asked.saturating_add(1);
        // Many batches are one attempt.
        let (usage, billed, began) = match &self.state {
            State::Running(before) => (before.usage, before.billed, before.started),
            _ => (Usage::default(), None, now),
        };
        self.state = State::Running(Box::new(Running {
            position,
            key,
            provider,
            transport,
            exchange: Exchange::default(),
            started: began,
            limit,
            deadline: now.monotonic.after(limit),
            is_queued: false,
            batch,
            usage,
            billed,
        }));
    }

    fn failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(running) = &self.state else { return None };
        error.provider = Some(running.key.provider().to_owned());
        error.model = Some(running.key.to_string());
        let (position, key) = (running.position, running.key.clone());
        let phase = if error.status.is_some() { Phase::Head } else { Phase::Connect };
        let rule = failure::rule(error.code, phase, running.provider.locality.is_local());
        self.close(fault::reason(&error), false, shared, now);
        shared.blame(&key, rule, &error, now);
        let stated = error.retry_after_ms.filter(|_| error.code != ErrorCode::RateLimited);
        self.trial.failed(rule, stated, &mut shared.random, now);
        let trial = self.trial;
        self.errors.push(error);
        // Vectors of another model cannot stand beside those that came.
        if rule.then != Then::Stop
            && self.came == 0
            && self.next(position + 1, shared).is_some_and(|(_, key)| shared.rest(&key).is_none())
        {
            return self.ask(position + 1, shared, now).map(|ended| self.with_receipt(ended, shared, now));
        }
        let cooled = shared.health.cooling_until(&key);
        let until = cooled.map_or(trial.ready, |cooled| cooled.max(trial.ready));
        if !trial.is_out
            && shared.retries.allows(key.provider())
            && until.since(now.monotonic) <= LONGEST_WAIT
        {
            self.state = State::Backoff { until, position, key };
            return None;
        }
        Some(self.give_up(shared, now))
    }

    fn give_up(&mut self, shared: &Shared, now: Now) -> Result<Settlement, Error> {
        let error = failure::fold(core::mem::take(&mut self.errors));
        self.with_receipt(Err(error), shared, now)
    }

    fn with_receipt(
        &mut self,
        ended: Result<Settlement, Error>,
        shared: &Shared,
        now: Now,
    ) -> Result<Settlement, Error> {
        self.state = State::Over;
        ended.map_err(|mut error| {
            error.attempts = Some(self.attempts.clone());
            error.receipt = receipt::of(&self.account(), FinishReason::Length, shared, now).map(Box::new);
            error
        })
    }

    /// Writes down how the model did and adds up what it used.
    fn close(&mut self, outcome: Reason, is_success: bool, shared: &mut Shared, now: Now) {
        let running = match core::mem::replace(&mut self.state, State::Over) {
            State::Running(running) => running,
            other => {
                self.state = other;
                return;
            }
        };
        self.land(&running.batch, shared);
        if is_success {
            shared.succeeded(&running.key, None);
        } else {
            shared.released(&running.key);
        }
        let entry = shared.catalogue.entry(&running.key);
        let price = entry.and_then(|entry| entry.config().price.as_ref());
        let charge = self.bill.add(price, running.billed, running.usage);
        shared.tried(
            (&running.key, Modality::Text, running.started.wall),
            running.usage,
            charge,
            &outcome,
            now,
        );
        self.attempts.push(AttemptRecord {
            model: running.key.to_string(),
            started_at: running.started.wall,
            duration_ms: millis(now.monotonic.since(running.started.monotonic)),
            connect_ms: None,
            first_token_ms: None,
            outcome,
        });
    }

    fn account(&self) -> receipt::Account<'_> {
        receipt::Account {
            id: &self.id,
            query: &self.query,
            started: self.started,
            decision: self.decision.as_ref(),
            attempts: &self.attempts,
            bill: &self.bill,
            first_token: None,
            last_token: None,
        }
    }
}
