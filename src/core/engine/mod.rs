//! Floor 3: small state machines that put floor 2 together. The engine takes one input at a time, moves the
//! machine it belongs to, and queues what the shell has to do, in order.

mod agreement;
mod attempt;
mod batch;
mod blobs;
mod cache;
mod chain;
mod conversation;
mod discovery;
mod doctor;
mod drip;
mod embedding;
mod exchange;
mod failure;
mod fault;
mod generation;
mod hedge;
mod inquiry;
mod intake;
pub mod io;
mod journal;
mod key_check;
mod ledger;
mod lookout;
mod measures;
mod no_model;
mod painting;
mod picture;
mod provider;
mod pull;
mod recall;
mod receipt;
mod recovery;
mod retry;
mod routing;
mod settings;
mod shared;
mod snapshot_facts;
mod splice;
mod storage;
mod tabs;
mod trim;
mod vectors;

use litemap::LiteMap;

pub use io::{
    AnswersSaid, AnswersWork, BatchSaid, BatchWork, BlobOf, CacheWish, Errand, Input, JournalAnswer,
    JournalPage, JournalTask, Output, PictureCall, Record, Request, Settlement, StoreAnswer, StoredAnswer,
    TabsSaid, TabsWork, Transport, TransportFailure, Watched, World,
};

use self::batch::Batch;
use self::cache::Cache;
use self::discovery::Probe;
use self::doctor::{Begun, Doctor};
use self::embedding::Embedding;
use self::generation::Generation;
use self::journal::Earlier;
use self::key_check::KeyCheck;
use self::measures::Finish;
use self::picture::PictureJob;
use self::picture::line::Line;
use self::picture::studio::Studio;
use self::provider::Provider;
use self::pull::Pull;
use self::recall::{About, Asked, Follower, Lookup, Question};
use self::recovery::Recovery;
use self::shared::{Owner, Shared};
use self::tabs::Guest;
use crate::base::id::{RequestId, TransportId};
use crate::base::order;
use crate::base::random::Random;
use crate::base::time::{Monotonic, Now, Wall};
use crate::catalog::snapshot::Snapshot;
use crate::guard::Departures;
use crate::metrics::Metrics;
use crate::model::health::ProviderHealth;
use crate::model::metrics::{PerformanceReport, Range};
use crate::model::options::TimeoutOptions;
use crate::model::report::{DiscoveryReport, QueueEntry};
use crate::model::storage::StorageState;
use crate::model::{Error, ErrorCode, MeshOptions, Modality, ModelConfig, Receipt, TextRequest};

/// A request that runs.
#[derive(Debug)]
enum Machine {
    Generation(Box<Generation>),
    Embedding(Box<Embedding>),
    Picture(Box<PictureJob>),
    /// A prompt that is being stopped at its server.
    Stopping(Box<Studio>),
    KeyCheck(Box<KeyCheck>),
    Pull(Box<Pull>),
    Doctor(Box<Doctor>),
    Lookup(Box<Lookup>),
    Follower(Box<Follower>),
    Guest(Box<Guest>),
    Discovery {
        waits_for: Vec<String>,
        report: DiscoveryReport,
    },
    Registration {
        provider: String,
    },
    Errand(Errand),
}

/// Everything the mesh decides. Drain [`Engine::poll_output`] before the next [`Engine::handle`].
#[derive(Debug)]
pub struct Engine {
    shared: Shared,
    machines: LiteMap<RequestId, Machine>,
    probes: LiteMap<String, Probe>,
    batches: LiteMap<RequestId, Box<Batch>>,
    recovery: Recovery,
    timeouts: TimeoutOptions,
    loading: Vec<Record>,
    /// Generations that came before the store had answered.
    early: Vec<(RequestId, Request)>,
}

impl Engine {
    /// A new engine. It asks the store for its records at once, and makes no other contact with the world.
    pub fn new(options: MeshOptions) -> Result<Self, Error> {
        intake::check_options(&options)?;
        let providers = provider::resolve(&options)?;
        let policy = options.policy.map(Into::into).unwrap_or_default();
        let mut shared = Shared::new(providers, policy, options.page_origin);
        let storage = options.storage.unwrap_or_default();
        shared.cache = Cache::new(options.cache, storage);
        shared.open_storage(storage);
        Ok(Self {
            shared,
            machines: LiteMap::new(),
            probes: LiteMap::new(),
            batches: LiteMap::new(),
            recovery: Recovery::default(),
            timeouts: options.timeouts.unwrap_or_default(),
            loading: Record::ALL.to_vec(),
            early: Vec::new(),
        })
    }

    /// Where everyone is whom these options name: for the shell, which has the last look at what leaves.
    pub fn departures(options: &MeshOptions) -> Result<Departures, Error> {
        provider::departures(options)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.shared.wake(now);
        let is_talk = matches!(input, Input::Transport(..));
        let before = (self.machines.len(), self.probes.len());
        match input {
            Input::Request(id, request) => self.request(id, request, now),
            Input::Transport(id, said) => self.transport(id, said, now),
            Input::Store(answer) => self.store(answer, now),
            Input::Tabs(said) => self.tabs_said(said, now),
            Input::Tick => self.tick(now),
            Input::World(world) => self.world(world, now),
            Input::Seed(seed) => self.shared.random = Random::new(seed),
            Input::Surveyed(id, circumstances) => {
                if let Some(Machine::Doctor(doctor)) = self.machines.get_mut(&id) {
                    let diagnosis = doctor.surveyed(&circumstances);
                    self.end(id, Ok(Settlement::Diagnosis(diagnosis)), now);
                }
            }
            // One that cannot be read is of another version of the package: the models only lack what it would tell.
            Input::Snapshot(bytes) => {
                self.shared.snapshot = Snapshot::read(&bytes).ok();
                // What was stored may know better.
                if self.is_ready() {
                    self.shared.fill_all();
                }
            }
            Input::Journal(id, answer) => self.journal_said(id, answer, now),
            Input::Batch(id, said) => self.batch_said(&id, said, now),
        }
        self.share_vectors(now);
        self.keep_lines(now);
        self.keep_journal(now);
        self.shared.tell_tabs(now);
        self.recovery.update(&mut self.shared, now);
        // Words of an answer make no room for others; its end does, and who turns out to be there.
        let is_other = before != (self.machines.len(), self.probes.len());
        if !is_talk || is_other || self.shared.items.has_ended() {
            self.advance_batches(now);
        }
        self.tell_followers();
    }

    /// What the shell has to do next; `None` once the queue is drained.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.shared.poll_output()
    }

    /// When [`Input::Tick`] is due.
    pub fn poll_timeout(&self) -> Option<Monotonic> {
        let machines = self.machines.values().filter_map(|machine| match machine {
            Machine::Generation(generation) => Some(generation.deadline()),
            Machine::Embedding(embedding) => embedding.deadline(),
            Machine::Picture(job) => Some(job.deadline()),
            Machine::Stopping(studio) => Some(studio.deadline()),
            Machine::KeyCheck(check) => Some(check.deadline()),
            Machine::Pull(pull) => Some(pull.deadline()),
            Machine::Doctor(doctor) => Some(doctor.deadline()),
            Machine::Lookup(lookup) => Some(lookup.until),
            Machine::Guest(guest) => Some(guest.until),
            Machine::Follower(_)
            | Machine::Discovery { .. }
            | Machine::Registration { .. }
            | Machine::Errand(_) => None,
        });
        let journal = self.journal_deadline();
        let probes = self.probes.values().map(Probe::deadline);
        // Nobody sees the end of a pause but the page; what is asked next looks at the time itself.
        let rests = self.shared.health.deadline().filter(|_| self.recovery.is_visible());
        let recovery = self.recovery.deadline(&self.shared).filter(|_| self.is_idle());
        let measures = self.shared.measures_deadline();
        let batches = self.batches.values().filter_map(|batch| batch.wake());
        let inquiries = self.shared.inquiries_deadline();
        let lines = self.shared.lines.values().filter_map(Line::again_at);
        let machines = machines.chain(lines);
        let own = self.shared.linger_deadline().into_iter().chain(rests).chain(recovery).chain(measures);
        let own = own.chain(inquiries);
        machines.chain(journal).chain(probes).chain(batches).chain(own).min()
    }

    /// Whether nothing is asked for and nobody is looked at.
    fn is_idle(&self) -> bool {
        self.machines.is_empty() && self.probes.is_empty() && self.is_ready()
    }

    /// The models of all providers, by address.
    pub fn models(&self) -> Vec<ModelConfig> {
        self.shared.models()
    }

    /// How every provider is doing, by name.
    pub fn health(&self) -> Vec<ProviderHealth> {
        let mut report = self.shared.health.report(self.shared.providers.keys().cloned());
        for health in &mut report {
            health.retry_at = health.retry_at.or_else(|| self.recovery.retry_at(&health.provider));
        }
        report
    }

    /// Whether what is learned is kept, and if not, why.
    pub fn storage(&self) -> StorageState {
        self.shared.storage.state()
    }

    /// What runs and waits now.
    pub fn queue(&self) -> Vec<QueueEntry> {
        let running = self.machines.iter().filter_map(|(id, machine)| match machine {
            Machine::Generation(generation) => (!id.is_own()).then(|| generation.queue_entry()),
            Machine::Picture(job) => (!id.is_own()).then(|| job.queue_entry()),
            _ => self.waiting_entry(id, machine),
        });
        let mut entries: Vec<QueueEntry> = running.collect();
        order::sort_by(&mut entries, |one, other| {
            one.since_at.cmp(&other.since_at).then(one.id.cmp(&other.id))
        });
        entries
    }

    /// What happened in a range. `offset_minutes` is how far the page's clock is ahead of UTC.
    pub fn report(&self, range: Range, offset_minutes: i32, now: Now) -> PerformanceReport {
        self.shared.measures.whole.report(range, offset_minutes, now.wall)
    }

    /// What was measured, as the room `metrics` has it.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.measures.whole
    }

    /// Whether the built-in snapshot of models would tell anything about the providers that are set up.
    pub fn wants_snapshot(&self) -> bool {
        let is_missing = self.shared.snapshot.is_none();
        is_missing && self.shared.providers.values().any(Provider::is_in_snapshot)
    }

    /// Whether every record was loaded, or could not be.
    pub fn is_ready(&self) -> bool {
        self.loading.is_empty()
    }

    fn request(&mut self, id: RequestId, request: Request, now: Now) {
        match request {
            Request::Generate(_)
            | Request::Paint(_)
            | Request::Embed(_)
            | Request::Journal(Errand::Resume)
                if !self.is_ready() =>
            {
                self.early.push((id, request));
            }
            Request::Generate(request) => self.ask(id, Question::Text(request), now),
            Request::Journal(errand) => self.errand(id, errand),
            Request::Paint(wish) => self.ask(id, Question::Paint(wish), now),
            Request::Embed(request) => self.embed(id, *request, now),
            Request::Cache(wish) => self.shared.wish(id, wish, now),
            Request::Batch(request) => self.batch(id, request, now),
            Request::CancelItem(index) => self.cancel_item(&id, index, now),
            Request::Cancel => {
                if !self.cancel_batch(&id, now) {
                    self.cancel(&id, now);
                }
            }
            Request::ImportMeasures(json) => self.shared.import_measures(id, &json, now),
            Request::ClearMeasures => self.shared.clear_measures(id, now),
            Request::Discover(request) => self.discover(id, request, now),
            Request::CheckKey { provider, is_trial } => {
                match KeyCheck::start(&id, &provider, is_trial, &mut self.shared, now) {
                    Ok(check) => self.run(id, Machine::KeyCheck(Box::new(check))),
                    Err(error) => self.settle(id, Err(error)),
                }
            }
            Request::Pull(address) => match Pull::start(id.clone(), &address, &mut self.shared, now) {
                Ok(pull) => self.run(id, Machine::Pull(Box::new(pull))),
                Err(error) => self.settle(id, Err(error)),
            },
            Request::Diagnose(name) => match Doctor::start(id.clone(), &name, &mut self.shared, now) {
                Ok(Begun::Runs(doctor)) => self.run(id, Machine::Doctor(doctor)),
                Ok(Begun::Over(diagnosis)) => self.settle(id, Ok(Settlement::Diagnosis(diagnosis))),
                Err(error) => self.settle(id, Err(error)),
            },
            Request::Register { provider, locality, version } => {
                self.register(id, Provider::custom(&provider, locality, version), now);
            }
            Request::Unregister(provider) => self.unregister(id, &provider, now),
            Request::KeyChanged { provider, has_key, is_own, is_new } => {
                if let Some(provider) = self.shared.providers.get_mut(&provider) {
                    provider.has_key = has_key;
                    provider.is_key_own = is_own;
                }
                self.shared.provider_changed(&provider);
                if is_new {
                    self.shared.key_changed(&provider);
                }
                self.shared.push(Output::Changed(Watched::Models));
                self.shared.look_again(&provider);
                self.reconsider(now);
            }
        }
    }

    fn world(&mut self, world: World, now: Now) {
        match world {
            World::Online | World::Offline => {
                let is_online = world == World::Online;
                let was_online = core::mem::replace(&mut self.shared.is_online, is_online);
                self.shared.push(Output::Changed(Watched::Models));
                if is_online && !was_online {
                    self.recovery.hurry(&mut self.shared, now);
                }
                self.reconsider(now);
            }
            World::Visible | World::Hidden => {
                if self.recovery.see(world == World::Visible) {
                    self.recovery.hurry(&mut self.shared, now);
                    self.shared.measures_visible();
                }
                if world == World::Hidden {
                    self.shared.measures_hidden(now);
                    self.leave_journal(false, now);
                }
            }
            World::Left => {
                self.leave_journal(true, now);
                self.leave_batches();
            }
            World::Returned => self.shared.catch_up(),
        }
    }

    /// Something changed that requests may wait for, or that makes waiting vain: the network, a key.
    fn reconsider(&mut self, now: Now) {
        let ids: Vec<RequestId> = self.machines.keys().cloned().collect();
        for id in ids {
            let outcome = match self.machines.get_mut(&id) {
                Some(Machine::Generation(generation)) => generation.reconsider(&mut self.shared, now),
                Some(Machine::Picture(job)) => job.reconsider(&mut self.shared, now),
                _ => None,
            };
            if let Some(outcome) = outcome {
                self.end(id, outcome, now);
            }
        }
    }

    /// Somebody asks for words, pictures or a video.
    fn ask(&mut self, id: RequestId, request: Question, now: Now) {
        if self.machines.contains_key(&id) {
            let error = Error::new(ErrorCode::InvalidRequest, "A request with this id runs already.");
            return self.settle(id, Err(error));
        }
        let query = match &request {
            Question::Text(request) => self.shared.query(request),
            Question::Paint(wish) => intake::paint_query(wish, &self.shared.policy, self.shared.is_online),
        };
        let query = match query {
            Ok(query) => query,
            Err(error) => return self.settle(id, Err(error)),
        };
        let place = self.shared.cache.place(&request, &query);
        self.recall(id, Asked { request, query, place, started: now }, now);
    }

    /// Has a model asked.
    fn begin(&mut self, id: RequestId, asked: Asked, now: Now) {
        let Asked { request, query, place, started } = asked;
        match request {
            Question::Text(request) => {
                self.begin_after(None, id, Asked { request: *request, query, place, started }, now);
            }
            Question::Paint(wish) => {
                self.begin_picture(id, Asked { request: wish, query, place, started }, now);
            }
        }
    }

    /// Has a model asked, perhaps for the rest of an answer.
    fn begin_after(&mut self, earlier: Option<Earlier>, id: RequestId, asked: Asked<TextRequest>, now: Now) {
        let started = asked.started.wall;
        let waits_for = self.look_at_unknown(&asked.query, now);
        let (mut generation, ended) =
            Generation::start(id.clone(), asked, earlier, waits_for, self.timeouts, &mut self.shared, now);
        if let Some(outcome) = ended {
            generation.forget_entry(&mut self.shared);
            self.measure(&id, started, &outcome, now);
            return self.settle_all(id, outcome, now);
        }
        self.run(id, Machine::Generation(Box::new(generation)));
        self.shared.push(Output::Changed(Watched::Queue));
    }

    /// Stops what runs under this id. What it took by now, if anybody was asked.
    fn cancel(&mut self, id: &RequestId, now: Now) -> Option<Receipt> {
        self.early.retain(|(early, _)| early != id);
        if let Some(modality) = self.hand_over(id) {
            // What it took is on the receipt of who goes on with it.
            self.shared.measured_as(modality, now.wall, Finish::Cancelled(None), now);
            self.shared.push(Output::Changed(Watched::Queue));
            return None;
        }
        let mut took = None;
        match self.machines.remove(id) {
            Some(Machine::Generation(mut generation)) => {
                generation.forget_entry(&mut self.shared);
                let receipt = generation.cancel(&mut self.shared, now);
                self.shared.measured(generation.started(), Finish::Cancelled(receipt.as_ref()), now);
                self.shared.push(Output::Changed(Watched::Queue));
                took = receipt;
            }
            Some(Machine::Embedding(mut embedding)) => {
                let receipt = embedding.cancel(&mut self.shared, now);
                self.shared.measured(embedding.started(), Finish::Cancelled(receipt.as_ref()), now);
            }
            Some(Machine::Picture(mut job)) => {
                let receipt = job.cancel(&mut self.shared, now);
                let finish = Finish::Cancelled(receipt.as_ref());
                self.shared.measured_as(job.modality(), job.started(), finish, now);
                self.shared.push(Output::Changed(Watched::Queue));
                took = receipt;
            }
            Some(Machine::KeyCheck(check)) => check.cancel(&mut self.shared),
            Some(Machine::Pull(pull)) => pull.cancel(&mut self.shared),
            Some(Machine::Doctor(doctor)) => doctor.cancel(&mut self.shared),
            Some(Machine::Lookup(lookup)) => {
                let About { modality, started, .. } = lookup.about();
                self.cancel_waiting(modality, started, now);
            }
            Some(Machine::Guest(guest)) => {
                let About { modality, started, .. } = guest.about();
                self.cancel_waiting(modality, started, now);
            }
            Some(Machine::Follower(follower)) => {
                self.cancel_waiting(follower.modality(), follower.started, now);
            }
            // Others may wait for the same probes.
            Some(
                Machine::Discovery { .. }
                | Machine::Registration { .. }
                | Machine::Errand(_)
                | Machine::Stopping(_),
            )
            | None => {}
        }
        self.shared.claim_is_over(id);
        took
    }

    fn transport(&mut self, id: TransportId, said: Transport, now: Now) {
        match self.shared.owner(id).cloned() {
            Some(Owner::Probe(name)) => {
                let found = self
                    .probes
                    .get_mut(&name)
                    .and_then(|probe| probe.handle(id, said, &mut self.shared, now));
                if let Some(found) = found {
                    self.found(&found, now);
                }
            }
            Some(Owner::Request(request)) => self.transport_of(request, id, said, now),
            Some(Owner::Inquiry) => self.inquiry_said(id, said, now),
            Some(Owner::Line(provider)) => self.line_said(&provider, id, said, now),
            Some(Owner::Nobody) => match said {
                Transport::End | Transport::Failed(_) => self.shared.over(id),
                Transport::TakenOut(held) => self.shared.drop_blobs(held.iter().map(|held| held.blob)),
                _ => {}
            },
            // Aborted: what was on its way is nobody's.
            None => {
                if let Transport::TakenOut(held) = said {
                    self.shared.drop_blobs(held.iter().map(|held| held.blob));
                }
            }
        }
    }

    fn transport_of(&mut self, request: RequestId, id: TransportId, said: Transport, now: Now) {
        let shared = &mut self.shared;
        let outcome = match self.machines.get_mut(&request) {
            Some(Machine::Generation(generation)) => generation.handle(id, said, shared, now),
            Some(Machine::Embedding(embedding)) => embedding.handle(id, said, shared, now),
            Some(Machine::Picture(job)) => job.handle(id, said, shared, now),
            Some(Machine::Stopping(studio)) => {
                let outcome = studio.handle(id, said, &mut Vec::new(), shared, now);
                self.stopped(&request, &outcome);
                None
            }
            Some(Machine::KeyCheck(check)) => {
                check.handle(said, shared).map(|verdict| Ok(Settlement::Key(verdict)))
            }
            Some(Machine::Pull(pull)) => pull.handle(said, shared, now),
            Some(Machine::Doctor(doctor)) => {
                doctor.handle(id, said, shared, now).map(|diagnosis| Ok(Settlement::Diagnosis(diagnosis)))
            }
            _ => None,
        };
        if let Some(outcome) = outcome {
            self.end(request, outcome, now);
        }
    }

    fn tick(&mut self, now: Now) {
        self.shared.expire_lingering(now);
        self.shared.write_measures(now);
        self.shared.tick_inquiries(now);
        let due: Vec<String> = self
            .probes
            .iter()
            .filter(|(_, probe)| probe.deadline() <= now.monotonic)
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            let found = self.probes.get_mut(&name).map(|probe| probe.expire(&mut self.shared, now));
            if let Some(found) = found {
                self.found(&found, now);
            }
        }
        let ids: Vec<RequestId> = self.machines.keys().cloned().collect();
        for id in ids {
            let shared = &mut self.shared;
            let outcome = match self.machines.get_mut(&id) {
                Some(Machine::Generation(generation)) => generation.tick(shared, now),
                Some(Machine::Embedding(embedding)) => embedding.tick(shared, now),
                Some(Machine::Picture(job)) => job.tick(shared, now),
                Some(Machine::Stopping(studio)) => {
                    let outcome = studio.tick(&mut Vec::new(), shared, now);
                    self.stopped(&id, &outcome);
                    None
                }
                Some(Machine::KeyCheck(check)) if check.deadline() <= now.monotonic => {
                    Some(Ok(Settlement::Key(check.expire(shared))))
                }
                Some(Machine::Lookup(lookup)) if lookup.until <= now.monotonic => {
                    self.give_up_lookup(&id, now);
                    None
                }
                Some(Machine::Guest(guest)) if guest.until <= now.monotonic => {
                    self.give_up_guest(&id, now);
                    None
                }
                Some(Machine::Pull(pull)) if pull.deadline() <= now.monotonic => {
                    Some(Err(pull.expire(shared)))
                }
                Some(Machine::Doctor(doctor)) if doctor.deadline() <= now.monotonic => {
                    doctor.expire(shared, now).map(|diagnosis| Ok(Settlement::Diagnosis(diagnosis)))
                }
                _ => None,
            };
            if let Some(outcome) = outcome {
                self.end(id, outcome, now);
            }
        }
        if self.is_idle() {
            for name in self.recovery.take_due(&mut self.shared, now) {
                self.probe(&name, now);
            }
        }
    }

    fn run(&mut self, id: RequestId, machine: Machine) {
        self.machines.insert(id, machine);
    }

    /// A machine is over.
    fn end(&mut self, id: RequestId, outcome: Result<Settlement, Error>, now: Now) {
        let mut machine = self.machines.remove(&id);
        if let Some(Machine::Generation(generation)) = &mut machine {
            generation.forget_entry(&mut self.shared);
        }
        if let Some(Machine::Pull(pull)) = &machine
            && outcome.is_ok()
        {
            // The new model has to be seen in the list.
            let provider = pull.provider().to_owned();
            self.shared.look_again(&provider);
            self.probe(&provider, now);
        }
        match &machine {
            Some(Machine::Generation(generation)) => self.measure(&id, generation.started(), &outcome, now),
            Some(Machine::Embedding(embedding)) => self.measure(&id, embedding.started(), &outcome, now),
            Some(Machine::Picture(job)) => {
                self.measure_as(job.modality(), &id, job.started(), &outcome, now);
            }
            _ => {}
        }
        let is_queued = matches!(machine, Some(Machine::Generation(_) | Machine::Picture(_)));
        let blobs = outcome.as_ref().map(Settlement::blobs).unwrap_or_default();
        self.settle_all(id, outcome, now);
        // Whoever shared them has them too.
        self.shared.drop_blobs(blobs);
        if is_queued {
            self.shared.push(Output::Changed(Watched::Queue));
        }
    }

    /// A generation or a request for vectors is over that was made at this time.
    fn measure(&mut self, id: &RequestId, started: Wall, outcome: &Result<Settlement, Error>, now: Now) {
        self.measure_as(Modality::Text, id, started, outcome, now);
    }

    fn measure_as(
        &mut self,
        modality: Modality,
        id: &RequestId,
        started: Wall,
        outcome: &Result<Settlement, Error>,
        now: Now,
    ) {
        // A batch may ask again: how often it tried is no measure of how it ended.
        if self.shared.items.has(id) {
            return;
        }
        let finish = match outcome {
            Ok(settlement) => match settlement.receipt() {
                Some(receipt) => Finish::Answered(receipt),
                None => return,
            },
            Err(error) => Finish::Failed(error),
        };
        self.shared.measured_as(modality, started, finish, now);
    }

    fn settle(&mut self, id: RequestId, outcome: Result<Settlement, Error>) {
        if !id.is_own() {
            self.shared.push(Output::Settle(id, outcome));
        }
    }

    /// Settles a request and those who wait for the same answer.
    fn settle_all(&mut self, id: RequestId, outcome: Result<Settlement, Error>, now: Now) {
        self.end_followers(&id, &outcome, now);
        self.end_heard(&id, &outcome, now);
        self.shared.claim_is_over(&id);
        self.settle(id, outcome);
    }
}

#[cfg(test)]
mod tests;
