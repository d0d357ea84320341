//! The only loop: one input goes into the machine, its outputs are performed, one timer is armed.
//!
//! Outputs are performed while nothing is borrowed, so that the page may call back at any point; what it calls for
//! lands in the inbox and is handled when the outputs before it are through. That keeps one order of events, the one
//! that the machine decided.

use core::cell::{Cell, RefCell};
use core::future::pending;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use hkm_mesh_core::base::address::origin_of;
use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::base::time::{Monotonic, Now};
use hkm_mesh_core::engine::{
    AnswersWork, BatchWork, BlobOf, Engine, Input, JournalTask, Output, Record, Request, StoreAnswer,
    Transport, TransportFailure, World,
};
use hkm_mesh_core::guard::Departures;
use hkm_mesh_core::model::Error;
use hkm_mesh_core::model::http::HttpRequest;
use hkm_mesh_core::model::picture::HeldBlob;
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag};

use super::answers;
use super::batches::Batches;
use super::clock;
use super::fetch::{self, Attempt, Door, Sieve};
use super::journal::Journal;
use super::lock::{Held, Locks};
use super::page::Page;
use super::slot;
use super::socket::Socket;
use super::store::{Keeper, Shelf, Store};
use super::tabs::Tabs;
use super::task;
use super::timer::{Timer, within};
use super::unless::unless;

/// How long a page takes to be left, at most.
const LEAVING: Duration = Duration::from_secs(2);

/// What the driver knows of the engine. Tests put scripted machines in its place.
pub(crate) trait Machine: 'static {
    /// Something happened.
    fn handle(&mut self, input: Input, now: Now);
    /// What to do about it; `None` when all is done.
    fn poll_output(&mut self) -> Option<Output>;
    /// When [`Input::Tick`] is due.
    fn poll_timeout(&self) -> Option<Monotonic>;
    /// Whether everything that was kept is loaded.
    fn is_ready(&self) -> bool;
}

impl Machine for Engine {
    fn handle(&mut self, input: Input, now: Now) {
        self.handle(input, now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.poll_output()
    }

    fn poll_timeout(&self) -> Option<Monotonic> {
        self.poll_timeout()
    }

    fn is_ready(&self) -> bool {
        self.is_ready()
    }
}

/// Drives one machine. Clones drive the same one.
pub(crate) struct Driver<M>(Rc<Inner<M>>);

impl<M> Clone for Driver<M> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

struct Inner<M> {
    machine: RefCell<M>,
    page: Box<dyn Page>,
    departures: RefCell<Departures>,
    store: Keeper,
    journal: Journal,
    batches: Batches,
    locks: Locks,
    tabs: Tabs,
    inbox: RefCell<VecDeque<Input>>,
    transports: RefCell<Transports>,
    /// What transports brought that never comes into the machine: bodies, and the last bytes of sockets.
    brought: RefCell<Vec<(TransportId, JsValue)>>,
    timer: RefCell<Timer>,
    due: Cell<Option<Monotonic>>,
    waiting_for_ready: RefCell<Vec<Function>>,
    is_pumping: Cell<bool>,
    is_closed: Cell<bool>,
    /// Whether the page may be gone in a moment.
    is_leaving: Cell<bool>,
    /// What failed since then.
    held: RefCell<Vec<(TransportId, Transport)>>,
    #[cfg(feature = "planted-panic")]
    planted: RefCell<Vec<RequestId>>,
}

/// A transport that something may still be heard from.
enum Running {
    Fetch(Attempt),
    Socket(Socket),
    Custom,
}

/// What runs. There are a handful: a list is smaller code than a map.
#[derive(Default)]
struct Transports(Vec<(TransportId, Running)>);

impl Transports {
    fn insert(&mut self, id: TransportId, running: Running) {
        self.0.push((id, running));
    }

    fn find(&self, id: TransportId) -> Option<&Running> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, running)| running)
    }

    fn remove(&mut self, id: TransportId) -> Option<Running> {
        let place = self.0.iter().position(|(known, _)| *known == id)?;
        Some(self.0.remove(place).1)
    }
}

impl<M: Machine> Driver<M> {
    /// Nothing happens before the first call of another method. Without a `database` nothing outlives the driver.
    pub(crate) fn new(
        machine: M,
        departures: Departures,
        page: Box<dyn Page>,
        database: Option<String>,
    ) -> Self {
        Self(Rc::new_cyclic(|inner: &Weak<Inner<M>>| {
            let on = |happen: fn(&Self)| {
                let inner = Weak::clone(inner);
                move || {
                    if let Some(inner) = inner.upgrade() {
                        happen(&Self(inner));
                    }
                }
            };
            let timer = Timer::new(on(Self::ring));
            let tabs = {
                let inner = Weak::clone(inner);
                Tabs::new(database.clone(), Locks::widest(), move |said| {
                    if let Some(inner) = inner.upgrade() {
                        Self(inner).hand_in(Input::Tabs(said));
                    }
                })
            };
            let locks = Locks::widest();
            let journal = Journal::new(database.as_deref().unwrap_or_default(), locks.clone());
            let batches = Batches::new(database.as_deref().unwrap_or_default(), locks.clone());
            let store =
                Keeper::new(database, on(|driver| driver.hand_in(Input::Store(StoreAnswer::Reachable))));
            Inner {
                machine: RefCell::new(machine),
                page,
                departures: RefCell::new(departures),
                store,
                journal,
                batches,
                locks,
                tabs,
                inbox: RefCell::default(),
                transports: RefCell::default(),
                brought: RefCell::default(),
                timer: RefCell::new(timer),
                due: Cell::new(None),
                waiting_for_ready: RefCell::default(),
                is_pumping: Cell::new(false),
                is_closed: Cell::new(false),
                is_leaving: Cell::new(false),
                held: RefCell::default(),
                #[cfg(feature = "planted-panic")]
                planted: RefCell::default(),
            }
        }))
    }

    /// Something happened. May be called at any time, from within the page's callbacks too.
    pub(crate) fn hand_in(&self, input: Input) {
        if self.0.is_closed.get() {
            return;
        }
        #[cfg(feature = "planted-panic")]
        self.0.plant(&input);
        if let Input::Request(_, Request::Register { provider, locality, .. }) = &input {
            self.0.departures.borrow_mut().register(provider, *locality);
        }
        self.0.inbox.borrow_mut().push_back(input);
        self.pump();
    }

    /// The timer rang. What it was set for may have been put off meanwhile.
    fn ring(&self) {
        self.0.due.set(None);
        if self.0.is_closed.get() {
            return;
        }
        let due = self.0.machine.borrow().poll_timeout();
        if due.is_some_and(|due| due <= clock::now().monotonic) {
            self.hand_in(Input::Tick);
        } else {
            self.0.arm();
        }
    }

    /// Starts, and resolves when everything that was kept is loaded or given up. Never rejects.
    pub(crate) fn open(&self) -> Promise {
        let promise = Promise::new(&mut |resolve, _| self.0.waiting_for_ready.borrow_mut().push(resolve));
        if !self.0.is_closed.get() {
            self.0.tabs.listen();
        }
        self.pump();
        promise
    }

    /// Looks at the machine. It must not call out.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&M) -> T) -> T {
        question(&self.0.machine.borrow())
    }

    /// Settles a request that never reached the machine.
    pub(crate) fn refuse(&self, id: &RequestId, error: &Error) {
        self.0.page.settle(id, Err(error));
    }

    /// A provider written in JavaScript said something. What comes after its end, or after nobody listens any more,
    /// is dropped.
    pub(crate) fn hear_custom(&self, id: TransportId, said: Transport) {
        if matches!(self.0.transports.borrow().find(id), Some(Running::Custom)) {
            self.hear(id, said);
        }
    }

    /// A provider written in JavaScript said what makes no sense: it failed, and may stop.
    pub(crate) fn give_up_custom(&self, id: TransportId, failure: TransportFailure) {
        let was_running = matches!(self.0.transports.borrow().find(id), Some(Running::Custom));
        if was_running {
            self.0.page.abort(id);
            self.hear(id, Transport::Failed(failure));
        }
    }

    /// The page is about to be left. Browsers cut off what it fetches before they say that it is gone: failures wait for that word,
    /// so that what runs is kept as running and nobody is blamed. A page that stays after all hears of them a little later.
    pub(crate) fn leaving(&self) {
        self.0.is_leaving.set(true);
        let driver = self.clone();
        task::start(async move {
            within(LEAVING, pending::<()>()).await;
            driver.hear_held();
        });
    }

    fn hear_held(&self) {
        self.0.is_leaving.set(false);
        for (id, said) in self.0.held.take() {
            self.hear(id, said);
        }
    }

    /// The page is put aside, and may come back.
    pub(crate) fn rest(&self) {
        self.hand_in(Input::World(World::Left));
        self.0.store.rest();
        self.0.tabs.rest();
    }

    /// The page was put aside and is back as it was.
    pub(crate) fn wake(&self) {
        if !self.0.is_closed.get() {
            self.0.tabs.listen();
            self.hand_in(Input::World(World::Returned));
            self.hear_held();
        }
    }

    /// Ends everything without another word: the page knows what it had asked for.
    pub(crate) fn close(&self) {
        if self.0.is_closed.replace(true) {
            return;
        }
        self.0.timer.borrow_mut().disarm();
        self.0.inbox.take();
        for (id, running) in self.0.transports.take().0 {
            self.0.abort(id, running);
        }
        self.0.store.close();
        self.0.tabs.leave();
        self.0.tell_ready();
    }

    fn hear(&self, id: TransportId, said: Transport) {
        if self.0.is_leaving.get() && matches!(said, Transport::Failed(_)) {
            return self.0.held.borrow_mut().push((id, said));
        }
        let is_last = matches!(
            said,
            Transport::End | Transport::Failed(_) | Transport::CustomModels(_) | Transport::CustomVectors(_)
        );
        let running = if is_last { self.0.transports.borrow_mut().remove(id) } else { None };
        if running.is_some() || self.0.transports.borrow().find(id).is_some() {
            self.hand_in(Input::Transport(id, said));
        } else if let Transport::TakenOut(held) = said {
            // It was aborted in this moment.
            self.0.page.drop_blobs(held.iter().map(|held| held.blob).collect());
        }
        if is_last {
            self.0.brought.borrow_mut().retain(|(of, _)| *of != id);
        }
        // Not while it calls: it may be the socket itself that speaks.
        if let Some(Running::Socket(socket)) = running {
            task::start(async move { drop(socket) });
        }
    }

    fn pump(&self) {
        let inner = &*self.0;
        if inner.is_closed.get() {
            return inner.tell_ready();
        }
        if inner.is_pumping.replace(true) {
            return;
        }
        loop {
            self.drain();
            let next = inner.inbox.borrow_mut().pop_front();
            let Some(input) = next else { break };
            inner.machine.borrow_mut().handle(input, clock::now());
        }
        inner.is_pumping.set(false);
        if !inner.is_closed.get() {
            inner.arm();
        }
        if inner.is_closed.get() || inner.machine.borrow().is_ready() {
            inner.tell_ready();
        }
    }

    fn drain(&self) {
        loop {
            // A callback may have closed the driver: what the machine still wanted is void.
            if self.0.is_closed.get() {
                return;
            }
            let output = self.0.machine.borrow_mut().poll_output();
            let Some(output) = output else { return };
            self.perform(output);
        }
    }

    fn perform(&self, output: Output) {
        let page = &self.0.page;
        match output {
            Output::Fetch(id, request) => self.fetch(id, request),
            Output::Connect(id, request) => self.connect(id, &request),
            Output::Send(id, words) => {
                if let Some(Running::Socket(socket)) = self.0.transports.borrow().find(id) {
                    socket.send(&words);
                }
            }
            Output::KeepBlob(handle, of) => {
                if let Some(blob) = self.0.blob(of) {
                    page.keep_blob(handle, blob);
                }
            }
            Output::InvokeGenerate(id, call) => {
                if self.0.departures.borrow().permits_call(&call.provider, call.farthest) {
                    self.0.transports.borrow_mut().insert(id, Running::Custom);
                    page.invoke_generate(id, &call);
                } else {
                    self.hand_in(Input::Transport(id, Transport::Failed(TransportFailure::Forbidden)));
                }
            }
            Output::InvokeImage(id, call) => {
                if self.0.departures.borrow().permits_call(&call.provider, call.farthest) {
                    self.0.transports.borrow_mut().insert(id, Running::Custom);
                    page.invoke_image(id, &call);
                } else {
                    self.hand_in(Input::Transport(id, Transport::Failed(TransportFailure::Forbidden)));
                }
            }
            Output::InvokeEmbed(id, call) => {
                if self.0.departures.borrow().permits_call(&call.provider, call.farthest) {
                    self.0.transports.borrow_mut().insert(id, Running::Custom);
                    page.invoke_embed(id, &call);
                } else {
                    self.hand_in(Input::Transport(id, Transport::Failed(TransportFailure::Forbidden)));
                }
            }
            Output::InvokeModels(id, provider) => {
                self.0.transports.borrow_mut().insert(id, Running::Custom);
                page.invoke_models(id, &provider);
            }
            Output::Abort(id) => {
                let running = self.0.transports.borrow_mut().remove(id);
                if let Some(running) = running {
                    self.0.abort(id, running);
                }
            }
            Output::Load(record) => self.load(record),
            Output::Save(record, bytes) => self.save(record, bytes),
            Output::Answers(work) => self.work_on_answers(work),
            Output::Tabs(work) => self.0.tabs.work(work),
            Output::Emit(id, events) => {
                page.emit(&id, &events);
                #[cfg(feature = "planted-panic")]
                self.0.panic_if_planted(&id, &events);
            }
            Output::DropBlobs(handles) => page.drop_blobs(handles),
            Output::Item(id, item) => page.item(&id, &item),
            Output::Progress(id, progress) => page.progress(&id, &progress),
            Output::Settle(id, result) => page.settle(&id, result.as_ref()),
            Output::Changed(watched) => page.changed(watched),
            Output::Survey(id) => page.survey(&id),
            Output::Journal(id, JournalTask::KeepNow(page)) => self.0.journal.keep_now(id.as_str(), page),
            Output::Journal(id, task) => self.write_journal(id, task),
            // At once: the page may be going away.
            Output::Batch(id, BatchWork::Release) => self.0.batches.release(id.as_str()),
            Output::Batch(id, work) => self.work_on_batch(id, work),
        }
    }

    fn fetch(&self, id: TransportId, request: HttpRequest) {
        let Some(mut attempt) = Attempt::new() else {
            // Nothing listens to the answer before the machine is done with this output, so it goes to the inbox.
            self.hand_in(Input::Transport(id, Transport::Failed(TransportFailure::Network)));
            return;
        };
        let (signal, aborted) = (attempt.signal(), attempt.aborted());
        self.0.transports.borrow_mut().insert(id, Running::Fetch(attempt));
        let driver = self.clone();
        task::start(async move {
            // Held until the answer is over, whatever its end.
            let Some(_slot) = unless(aborted, driver.slot(id, &request)).await else { return };
            let hold = |blob| driver.0.bring(id, blob);
            fetch::perform(request, signal, &*driver.0, hold, |said| driver.hear(id, said)).await;
        });
    }

    fn connect(&self, id: TransportId, request: &HttpRequest) {
        let driver = self.clone();
        let report = move |said, brought: JsValue| {
            if !brought.is_undefined() {
                driver.0.bring(id, brought);
            }
            driver.hear(id, said);
        };
        let may_leave = self.0.departures.borrow().permits(request);
        match may_leave.then(|| Socket::open(&request.url, report)).flatten() {
            Some(socket) => self.0.transports.borrow_mut().insert(id, Running::Socket(socket)),
            None => self.hand_in(Input::Transport(id, Transport::Failed(TransportFailure::Network))),
        }
    }

    /// The right to a connection, where the request needs one.
    async fn slot(&self, id: TransportId, request: &HttpRequest) -> Option<Held> {
        let (lane, origin) = (request.lane?, origin_of(&request.url)?.to_ascii_lowercase());
        let is_queued = Cell::new(false);
        let tell = |position| {
            is_queued.set(true);
            self.hear(id, Transport::Queued { position });
        };
        let slot = slot::take(&self.0.locks, &origin, lane, tell).await;
        if is_queued.get() {
            self.hear(id, Transport::Departed);
        }
        slot
    }

    // The store keeps the order in which work begins, and puts into one transaction what begins together. The mesh never
    // fails because storage failed: the machine hears of it and goes on.

    fn load(&self, record: Record) {
        let driver = self.clone();
        task::start(async move {
            let loaded = driver.0.store.load(Shelf::RECORDS, record.name()).await;
            driver.hand_in(Input::Store(match loaded {
                Ok(bytes) => StoreAnswer::Loaded(record, bytes),
                Err(fault) => StoreAnswer::Failed(record, fault),
            }));
        });
    }

    fn work_on_answers(&self, work: AnswersWork) {
        let driver = self.clone();
        // Now: the page lets go of them when their request is over.
        let blobs = match &work {
            AnswersWork::Keep { blobs, .. } => blobs.iter().map(|blob| self.0.page.blob(*blob)).collect(),
            _ => Some(Vec::new()),
        };
        task::start(async move {
            let hold = |blob: JsValue| {
                let bytes = blob.dyn_ref::<Blob>()?.size() as u64;
                Some(HeldBlob { blob: driver.0.page.hold_blob(blob)?, bytes })
            };
            if let Some(said) = answers::work(&driver.0.store, work, blobs, hold).await {
                driver.hand_in(Input::Store(StoreAnswer::Answers(said)));
            }
        });
    }

    fn write_journal(&self, id: RequestId, task: JournalTask) {
        let driver = self.clone();
        task::start(async move {
            let answer = driver.0.journal.perform(&driver.0.store, id.as_str(), task).await;
            if let Some(answer) = answer {
                driver.hand_in(Input::Journal(id, answer));
            }
        });
    }

    fn work_on_batch(&self, id: RequestId, work: BatchWork) {
        let driver = self.clone();
        task::start(async move {
            let said = driver.0.batches.perform(&driver.0.store, id.as_str(), work).await;
            if let Some(said) = said {
                driver.hand_in(Input::Batch(id, said));
            }
        });
    }

    fn save(&self, record: Record, bytes: Vec<u8>) {
        let driver = self.clone();
        task::start(async move {
            let saved = driver.0.store.save(Shelf::RECORDS, record.name(), &bytes).await;
            driver.hand_in(Input::Store(match saved {
                Ok(()) => StoreAnswer::Saved(record),
                Err(fault) => StoreAnswer::Failed(record, fault),
            }));
        });
    }
}

impl<M: Machine> Inner<M> {
    fn abort(&self, id: TransportId, running: Running) {
        self.brought.borrow_mut().retain(|(of, _)| *of != id);
        match running {
            Running::Fetch(attempt) => attempt.abort(),
            // Not while it calls: it may be the socket itself that spoke.
            Running::Socket(socket) => task::start(async move { drop(socket) }),
            Running::Custom => self.page.abort(id),
        }
    }

    /// Holds what a transport brought, in place of what it brought before.
    fn bring(&self, id: TransportId, brought: JsValue) {
        let mut all = self.brought.borrow_mut();
        all.retain(|(of, _)| *of != id);
        all.push((id, brought));
    }

    fn brought_by(&self, id: TransportId) -> Option<JsValue> {
        self.brought.borrow().iter().find(|(of, _)| *of == id).map(|(_, brought)| brought.clone())
    }

    fn blob(&self, of: BlobOf) -> Option<JsValue> {
        match of {
            BlobOf::Body(id) => self.brought_by(id),
            BlobOf::Frame { socket, from, media_type } => {
                let buffer = self.brought_by(socket)?;
                made(&Uint8Array::new_with_byte_offset(&buffer, from), &media_type)
            }
            BlobOf::Bytes { bytes, media_type } => made(&Uint8Array::from(bytes.as_slice()), &media_type),
        }
    }

    /// One timer for the whole machine. It is left alone where it rings early enough: each piece of a stream puts its time
    /// limit off, and a timer costs more than reading the piece.
    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        let armed = self.due.get();
        if armed == due || armed.zip(due).is_some_and(|(armed, due)| armed <= due) {
            return;
        }
        self.due.set(due);
        match due {
            Some(due) => self.timer.borrow_mut().arm(due.since(clock::now().monotonic)),
            None => self.timer.borrow_mut().disarm(),
        }
    }

    fn tell_ready(&self) {
        for resolve in self.waiting_for_ready.take() {
            // A promise's resolver does not throw.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }
}

/// A blob of these bytes.
fn made(bytes: &Uint8Array, media_type: &str) -> Option<JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &options).ok().map(Into::into)
}

impl<M> Door for Inner<M> {
    fn permits(&self, request: &HttpRequest) -> bool {
        self.departures.borrow().permits(request)
    }

    fn key(&self, name: &str) -> Result<JsValue, JsValue> {
        self.page.key(name)
    }

    fn file(&self, handle: u32) -> Result<JsValue, JsValue> {
        self.page.file(handle)
    }

    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue> {
        self.page.whole_file(handle)
    }

    fn sieve(&self) -> Option<Sieve> {
        self.page.sieve()
    }
}

/// A panic on request, in the middle of an answer, so that a test can see what the page makes of it.
#[cfg(feature = "planted-panic")]
impl<M> Inner<M> {
    fn plant(&self, input: &Input) {
        if let Input::Request(id, Request::Generate(request)) = input
            && request.system.as_deref() == Some("planted-panic")
        {
            self.planted.borrow_mut().push(id.clone());
        }
    }

    fn panic_if_planted(&self, id: &RequestId, events: &[hkm_mesh_core::model::Event]) {
        use hkm_mesh_core::model::Event;
        let speaks = events.iter().any(|event| matches!(event, Event::TextDelta { .. }));
        let is_planted = self.planted.borrow().contains(id);
        assert!(!(speaks && is_planted), "planted");
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
