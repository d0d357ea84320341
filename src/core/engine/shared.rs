//! What all machines of one engine share: who can be asked, what is known of them, and the one ordered queue of
//! outputs.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::VecDeque;

use litemap::LiteMap;

use super::batch::items::Items;
use super::cache::Cache;
use super::conversation::Conversations;
use super::failure::{Blame, Rule};
use super::hedge::Share;
use super::inquiry::Inquiry;
use super::io::{CustomCall, EmbedCall, Output, PictureCall, Record, Watched};
use super::journal::Journal;
use super::measures::Measures;
use super::picture::line::Line;
use super::picture::studio::Studio;
use super::provider::Provider;
use super::retry::Budget;
use super::settings::Settings;
use super::storage::Storage;
use super::tabs::Claim;
use crate::base::id::{RequestId, TransportId};
use crate::base::random::Random;
use crate::base::time::{Monotonic, Now};
use crate::catalog::snapshot::Snapshot;
use crate::catalog::{Catalogue, Entry};
use crate::health::{Health, Scope, Timing};
use crate::limits::Limit;
use crate::model::health::ProviderState;
use crate::model::http::HttpRequest;
use crate::model::{
    Decision, Error, ErrorCode, Event, Locality, ModelConfig, ModelKey, Policy, Price, Reason,
};
use crate::route::{Query, Table};
use crate::wire::{Protocol, span_of};

/// How many decisions can still be explained.
const REMEMBERED_DECISIONS: usize = 64;

/// How long a transport whose answer is whole may take to end.
const LINGER: Duration = Duration::from_secs(2);

/// How long a model is left alone whose limit of the day is reached. Nobody says when the day ends.
const DAYS_LIMIT: Duration = Duration::from_secs(3_600);

/// What all machines share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) providers: LiteMap<String, Provider>,
    pub(super) policy: Policy,
    pub(super) page_origin: Option<String>,
    pub(super) catalogue: Catalogue,
    /// What was known of hosted models when this package was made; `None` until it was handed in.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) health: Health,
    /// The same as the router sees it; `routing.rs` keeps it up to date.
    pub(super) table: Table,
    pub(super) conversations: Conversations,
    pub(super) settings: Settings,
    pub(super) storage: Storage,
    /// Whether something was learned that other tabs want to know.
    pub(super) has_news: bool,
    pub(super) journal: Journal,
    pub(super) is_online: bool,
    /// For pauses.
    pub(super) random: Random,
    pub(super) retries: Budget,
    pub(super) hedges: Share,
    pub(super) measures: Measures,
    /// Bills that are asked for.
    pub(super) inquiries: Vec<Inquiry>,
    pub(super) cache: Cache,
    pub(super) claims: Vec<Claim>,
    /// The generations that belong to batches.
    pub(super) items: Items,
    /// How many requests each provider bears that a batch has asked.
    pub(super) limits: LiteMap<String, Limit>,
    /// Providers that were asked for their models since this engine was made, or since something changed.
    pub(super) looked_at: Vec<String>,
    /// What each provider said last of a model that went wrong, where its list of models does not show it.
    complaints: Vec<(String, ErrorCode, String)>,
    /// Providers that are only there if they answer.
    pub(super) on_trial: Vec<String>,
    /// A test's wrong choice, taken for the router's.
    #[cfg(test)]
    pub(super) sabotage: Option<String>,
    /// What is known of servers that make pictures.
    pub(super) lines: LiteMap<String, Line>,
    /// Prompts that are being stopped, under names of their own.
    pub(super) left_behind: Vec<(RequestId, Box<Studio>)>,
    /// The next handle of a blob.
    pub(super) next_blob: u32,
    owners: LiteMap<TransportId, Owner>,
    lingering: LiteMap<TransportId, Monotonic>,
    outputs: VecDeque<Output>,
    /// How many of them, from the first, were said to all who listen.
    told: usize,
    next_transport: u32,
    decisions: RefCell<VecDeque<(Decision, Query)>>,
}

/// Which machine a transport belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The probe of this provider.
    Probe(String),
    /// The machine of this request.
    Request(RequestId),
    /// One of the bills that are asked for.
    Inquiry,
    /// Everyone who waits for a picture of this provider.
    Line(String),
    /// Its answer is whole; only the end of its body is awaited.
    Nobody,
}

impl Shared {
    pub(super) fn new(
        providers: LiteMap<String, Provider>,
        policy: Policy,
        page_origin: Option<String>,
    ) -> Self {
        Self {
            providers,
            policy,
            page_origin,
            catalogue: Catalogue::default(),
            snapshot: None,
            health: Health::default(),
            table: Table::default(),
            conversations: Conversations::default(),
            settings: Settings::default(),
            storage: Storage::default(),
            has_news: false,
            journal: Journal::default(),
            is_online: true,
            random: Random::default(),
            retries: Budget::default(),
            hedges: Share::default(),
            measures: Measures::default(),
            inquiries: Vec::new(),
            cache: Cache::default(),
            claims: Vec::new(),
            items: Items::default(),
            limits: LiteMap::new(),
            looked_at: Vec::new(),
            complaints: Vec::new(),
            on_trial: Vec::new(),
            #[cfg(test)]
            sabotage: None,
            lines: LiteMap::new(),
            left_behind: Vec::new(),
            next_blob: 0,
            owners: LiteMap::new(),
            lingering: LiteMap::new(),
            outputs: VecDeque::new(),
            told: 0,
            next_transport: 0,
            decisions: RefCell::default(),
        }
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.extend(self.items.divert(output));
    }

    pub(super) fn poll_output(&mut self) -> Option<Output> {
        loop {
            self.told = self.told.saturating_sub(1);
            match self.outputs.pop_front() {
                // Whoever followed it was told a copy.
                Some(Output::Emit(id, _)) if self.items.is_hushed(&id) => {}
                Some(output) => return Some(output),
                None => {
                    self.items.all_is_told();
                    return None;
                }
            }
        }
    }

    /// What is said to the first of each pair is said to the second as well, but for its receipt.
    /// Other tabs hear it under the name beside its id in `heard`.
    pub(super) fn repeat(&mut self, listeners: &[(RequestId, RequestId)], heard: &[(RequestId, String)]) {
        let new = self.outputs.split_off(self.told.min(self.outputs.len()));
        for output in new {
            let copies: Vec<Output> = match &output {
                Output::Emit(id, events) => {
                    let events: Vec<_> = events
                        .iter()
                        .filter(|event| !matches!(event, Event::Finish { .. }))
                        .cloned()
                        .collect();
                    let who = listeners.iter().filter(|(leader, _)| leader == id && !events.is_empty());
                    let here = who.map(|(_, listener)| Output::Emit(listener.clone(), events.clone()));
                    let elsewhere = heard.iter().filter(|(leader, _)| leader == id);
                    here.chain(elsewhere.filter_map(|(_, name)| Self::more(name, &events))).collect()
                }
                _ => Vec::new(),
            };
            self.outputs.push_back(output);
            self.outputs.extend(copies);
        }
        self.all_is_told();
    }

    /// Whoever listens from now on hears only what comes.
    pub(super) fn all_is_told(&mut self) {
        self.told = self.outputs.len();
    }

    /// A request goes on under another name.
    pub(super) fn rename_owner(&mut self, from: &RequestId, to: &RequestId) {
        for (_, owner) in self.owners.iter_mut() {
            if matches!(owner, Owner::Request(id) if id == from) {
                *owner = Owner::Request(to.clone());
            }
        }
        for inquiry in &mut self.inquiries {
            inquiry.rename(from, to);
        }
    }

    /// Sends a request on behalf of a machine.
    pub(super) fn fetch(&mut self, owner: Owner, request: HttpRequest) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::Fetch(id, request));
        id
    }

    /// Opens a socket.
    pub(super) fn connect(&mut self, owner: Owner, request: HttpRequest) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::Connect(id, request));
        id
    }

    /// Asks a provider written in JavaScript for an answer.
    pub(super) fn invoke_generate(&mut self, owner: Owner, call: CustomCall) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::InvokeGenerate(id, call));
        id
    }

    /// Asks a provider written in JavaScript for pictures.
    pub(super) fn invoke_image(&mut self, owner: Owner, call: PictureCall) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::InvokeImage(id, call));
        id
    }

    /// Asks a provider written in JavaScript for vectors.
    pub(super) fn invoke_embed(&mut self, owner: Owner, call: EmbedCall) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::InvokeEmbed(id, call));
        id
    }

    /// Asks a provider written in JavaScript for its models.
    pub(super) fn invoke_models(&mut self, owner: Owner, provider: &str) -> TransportId {
        let id = self.transport(owner);
        self.push(Output::InvokeModels(id, provider.to_owned()));
        id
    }

    /// Aborts a transport, unless it is over.
    pub(super) fn abort(&mut self, id: TransportId) {
        if self.owners.remove(&id).is_some() {
            self.push(Output::Abort(id));
        }
    }

    /// A transport whose answer is whole gets a moment to end by itself.
    pub(super) fn linger(&mut self, id: TransportId, now: Now) {
        self.owners.insert(id, Owner::Nobody);
        self.lingering.insert(id, now.monotonic.after(LINGER));
    }

    /// When the next lingering transport is aborted.
    pub(super) fn linger_deadline(&self) -> Option<Monotonic> {
        self.lingering.values().min().copied()
    }

    /// Aborts what lingered too long.
    pub(super) fn expire_lingering(&mut self, now: Now) {
        let due: Vec<TransportId> =
            self.lingering.iter().filter(|(_, at)| **at <= now.monotonic).map(|(id, _)| *id).collect();
        for id in due {
            self.lingering.remove(&id);
            self.abort(id);
        }
    }

    /// A transport is over by itself.
    pub(super) fn over(&mut self, id: TransportId) {
        self.owners.remove(&id);
        self.lingering.remove(&id);
    }

    /// Whose transport this is; `None` once it is over.
    pub(super) fn owner(&self, id: TransportId) -> Option<&Owner> {
        self.owners.get(&id)
    }

    fn transport(&mut self, owner: Owner) -> TransportId {
        let id = TransportId::new(self.next_transport);
        self.next_transport = self.next_transport.wrapping_add(1);
        self.owners.insert(id, owner);
        id
    }

    /// What is known of a provider's models is out of date: the next request looks again.
    pub(super) fn look_again(&mut self, provider: &str) {
        self.looked_at.retain(|name| name != provider);
    }

    /// A provider answered.
    pub(super) fn answered(&mut self, provider: &str, now: Now) {
        if self.health.answered(provider, now.wall) {
            self.has_news = true;
            self.provider_changed(provider);
            self.push(Output::Changed(Watched::Health));
            self.push(Output::Changed(Watched::Models));
        }
    }

    /// A provider did not answer.
    pub(super) fn unreachable(&mut self, provider: &str, reason: Reason, now: Now) {
        if self.health.unreachable(provider, reason, now.wall) {
            self.has_news = true;
            self.provider_changed(provider);
            self.push(Output::Changed(Watched::Health));
            self.push(Output::Changed(Watched::Models));
        }
    }

    /// Whether a provider is known not to answer.
    pub(super) fn is_down(&self, provider: &str) -> bool {
        self.health.state(provider) == ProviderState::Down
    }

    /// A model is asked. Whether it is asked again by the same request.
    pub(super) fn asked(&mut self, model: &ModelKey, is_retry: bool) {
        if is_retry {
            self.retries.retried(model.provider());
        } else {
            self.retries.requested(model.provider());
        }
        self.health.asked(model);
        self.rests_changed(model.provider());
    }

    /// An attempt at a model ended without a verdict on it.
    pub(super) fn released(&mut self, model: &ModelKey) {
        self.health.released(model);
        self.rests_changed(model.provider());
    }

    /// A model answered to its end.
    pub(super) fn succeeded(&mut self, model: &ModelKey, timing: Option<&Timing>) {
        self.complaints.retain(|(provider, ..)| provider != model.provider());
        self.health.succeeded(model);
        if self.health.lacks_credit(model.provider()) && self.catalogue.entry(model).is_some_and(costs) {
            self.health.forgive(model.provider());
        }
        if let Some(timing) = timing {
            self.health.timed(model, timing);
        }
        if self.catalogue.answered(model) {
            self.push(Output::Changed(Watched::Models));
        }
        self.model_changed(model);
        self.rests_changed(model.provider());
        self.push(Output::Changed(Watched::Health));
        self.save(Record::Health);
    }

    /// An attempt failed; the doctor is told of what a look at the provider would not show.
    pub(super) fn complained(&mut self, error: &Error) {
        let is_hidden =
            matches!(error.code, ErrorCode::OutOfMemory | ErrorCode::ModelMissing | ErrorCode::Quota);
        let key = error.model.as_deref().and_then(ModelKey::parse);
        if let Some(key) = key.filter(|_| is_hidden) {
            self.complaints.retain(|(provider, ..)| provider != key.provider());
            self.complaints.push((key.provider().to_owned(), error.code, key.id().to_owned()));
        }
    }

    /// What a provider said last of a model that went wrong: what, and the model's id.
    pub(super) fn complaint(&self, provider: &str) -> Option<(ErrorCode, &str)> {
        let found = self.complaints.iter().find(|(of, ..)| of == provider)?;
        Some((found.1, found.2.as_str()))
    }

    /// An attempt at a model failed: whoever the failure table says hears of it.
    pub(super) fn blame(&mut self, model: &ModelKey, rule: Rule, error: &Error, now: Now) {
        self.complained(error);
        let name = model.provider();
        let provider = self.providers.get(name);
        let protocol = provider.and_then(|provider| provider.protocol);
        let is_far = provider.is_some_and(|provider| !provider.locality.is_local());
        let has_key = provider.is_some_and(|provider| provider.has_key && !provider.is_custom());
        let stated = error.retry_after_ms.map(span_of);
        match rule.blames {
            Blame::Server if is_far => self.health.failed(model, Scope::Provider, now),
            Blame::Model | Blame::Server => self.health.failed(model, Scope::Model, now),
            Blame::Way => {
                if is_far && error.code == ErrorCode::Unreachable {
                    self.health.failed(model, Scope::Provider, now);
                }
                self.unreachable(name, super::fault::reason(error), now);
            }
            Blame::Key => self.refuse_key(name),
            // Gemini counts by the model, and its limits of the day come as this too.
            Blame::Account if protocol == Some(Protocol::Gemini) => {
                self.health.cool(model, Scope::Model, Some(DAYS_LIMIT), now);
            }
            Blame::Account if has_key => self.health.lack_credit(name),
            // Gemini counts by the model. At OpenRouter it is the model's hosts, or the limit of its free variant; behind
            // Ollama it is the cloud that serves some of its models.
            Blame::Rate if protocol == Some(Protocol::OpenAi) => {
                self.health.cool(model, Scope::Provider, stated, now);
            }
            Blame::Rate => self.health.cool(model, Scope::Model, stated, now),
            Blame::List => self.forget_model(model),
            Blame::Nobody | Blame::Account => {}
        }
        // Whoever tried a half-open breaker without a verdict lets the next one try.
        self.released(model);
        self.push(Output::Changed(Watched::Health));
        self.save(Record::Health);
    }

    /// Time passed: who was left alone may be asked again.
    pub(super) fn wake(&mut self, now: Now) {
        if self.health.deadline().is_none_or(|at| at > now.monotonic) {
            return;
        }
        for name in self.health.wake(now.monotonic) {
            self.rests_changed(&name);
            self.push(Output::Changed(Watched::Health));
        }
    }

    /// A provider that failed too often told its models: it may be tried.
    pub(super) fn listed_again(&mut self, provider: &str) {
        self.health.listed(provider);
        self.has_news = true;
        self.rests_changed(provider);
    }

    /// A provider refused its key, if it has one.
    pub(super) fn refuse_key(&mut self, provider: &str) {
        let has_key = self.providers.get(provider).is_some_and(|one| one.has_key && !one.is_custom());
        if has_key {
            self.health.refuse_key(provider);
            self.has_news = true;
            self.rests_changed(provider);
            self.push(Output::Changed(Watched::Health));
        }
    }

    /// A provider has another key, or none any more.
    pub(super) fn key_changed(&mut self, provider: &str) {
        // With another key it may have credit.
        self.complaints.retain(|(of, code, _)| of != provider || *code != ErrorCode::Quota);
        self.health.key_changed(provider);
        self.save(Record::Health);
        self.forgive(provider);
    }

    /// What was held against the account at a provider is forgotten.
    pub(super) fn forgive(&mut self, provider: &str) {
        self.health.forgive(provider);
        self.has_news = true;
        self.rests_changed(provider);
        self.push(Output::Changed(Watched::Health));
    }

    /// Its provider says that it does not have this model.
    pub(super) fn forget_model(&mut self, model: &ModelKey) {
        self.catalogue.remove(model);
        self.catalogue.changed(model.provider());
        self.model_changed(model);
        self.push(Output::Changed(Watched::Models));
        self.save(Record::Catalogue);
    }

    /// A provider is not set up any more, or a new one comes in its place: nothing of it holds.
    pub(super) fn forget_provider(&mut self, name: &str) {
        self.catalogue.forget(name);
        self.forget_answers_of(name);
        self.health.forget(name);
        self.models_changed(name);
        self.push(Output::Changed(Watched::Models));
        self.push(Output::Changed(Watched::Health));
        self.save(Record::Catalogue);
    }

    /// Replaces a provider's models by what it lists now.
    pub(super) fn listed(&mut self, provider: &str, entries: Vec<Entry>) -> crate::catalog::Difference {
        let before = self.catalogue.list(provider);
        let difference = self.catalogue.replace(provider, entries);
        let catalogue = &self.catalogue;
        self.complaints.retain(|(of, code, model)| {
            let is_there = || catalogue.find(&ModelKey::new(of, model)).is_some();
            of != provider || *code != ErrorCode::ModelMissing || !is_there()
        });
        self.fill(provider);
        self.models_changed(provider);
        self.push(Output::Changed(Watched::Models));
        if self.catalogue.is_undated(provider) || self.catalogue.list(provider) != before {
            self.catalogue.changed(provider);
            self.save(Record::Catalogue);
        }
        difference
    }

    fn entries(&self) -> impl Iterator<Item = (&ModelKey, &Entry)> {
        self.catalogue.iter().filter(|(key, _)| self.providers.contains_key(key.provider()))
    }

    /// The models of providers that are set up, as the page sees them.
    pub(super) fn models(&self) -> Vec<ModelConfig> {
        self.entries()
            .map(|(key, entry)| {
                let mut config = entry.config().clone();
                let is_cut_off = !self.is_online && config.locality() == Locality::Cloud;
                let is_down = self.is_down(key.provider());
                let lacks_key = self.providers.get(key.provider()).is_some_and(Provider::lacks_key);
                config.is_available &= !is_down && !is_cut_off && !lacks_key;
                config
            })
            .collect()
    }

    /// Remembers what a decision was made of, so that it can be explained later.
    pub(super) fn remember(&self, decision: &Decision, query: Query) {
        let mut decisions = self.decisions.borrow_mut();
        if decisions.len() == REMEMBERED_DECISIONS {
            decisions.pop_front();
        }
        decisions.push_back((decision.clone(), query));
    }

    /// What a decision was made of; `None` for one that is too old.
    pub(super) fn query_of(&self, decision: &Decision) -> Option<Query> {
        let decisions = self.decisions.borrow();
        decisions.iter().rev().find(|(made, _)| made == decision).map(|(_, query)| query.clone())
    }
}

/// Whether an answer of this model costs something, as far as known.
pub(super) fn costs(entry: &Entry) -> bool {
    let is_free = |price: &Price| price.input <= 0.0 && price.output <= 0.0;
    !entry.config().price.as_ref().is_some_and(is_free)
}
