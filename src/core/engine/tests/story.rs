//! The scripted world. Its transcript has a line for every output, with the virtual time in milliseconds since the
//! story began; `»` is what the story puts in.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now, Wall};
use crate::engine::{
    AnswersSaid, AnswersWork, BatchSaid, BatchWork, Engine, Input, JournalPage, JournalTask, Output, Record,
    Request, Settlement, StoreAnswer, StoredAnswer, TabsSaid, TabsWork, Transport, TransportFailure,
};
use serde_json::Value;

use crate::guard::Departures;
use crate::model::http::{FetchMode, ResponseHead};
use crate::model::options::CacheChoice;
use crate::model::picture::HeldBlob;
use crate::model::report::BatchItem;
use crate::model::request::DiscoverRequest;
use crate::model::storage::StorageFault;
use crate::model::{Error, Event, MeshOptions, ProviderOptions, TextRequest};

/// Answers and their uses, by name.
pub(super) type Disk = Rc<RefCell<BTreeMap<String, (Vec<u8>, Vec<u8>)>>>;

/// What batches left, and the ids of those that somebody works at.
pub(super) type Batches = Rc<RefCell<(BTreeMap<String, Vec<u8>>, Vec<String>)>>;

/// Records, by name.
pub(super) type Records = Rc<RefCell<BTreeMap<Record, Vec<u8>>>>;

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiskFault {
    /// It says nothing.
    Silent,
    /// Nothing can be removed from it.
    Stuck,
    /// The last blob of an answer is gone.
    LosesBlob,
    /// It has room for two answers.
    Small,
}

/// A world in which an engine lives.
pub(super) struct World {
    pub(super) engine: Engine,
    /// The last look before anything leaves, as the shell has it.
    departures: Departures,
    stopped: Vec<TransportId>,
    elapsed: Duration,
    pub(super) transcript: Vec<String>,
    pub(super) settled: Vec<(String, Result<Settlement, Error>)>,
    pub(super) events: Vec<Event>,
    /// What batches gave.
    pub(super) items: Vec<BatchItem>,
    /// What a reader of the events sees, by request.
    seen: Vec<(RequestId, String)>,
    /// Requests for pictures.
    painted: Vec<RequestId>,
    pub(super) saved: Vec<(Record, Vec<u8>)>,
    /// What the store was asked for.
    pub(super) loads: Vec<Record>,
    pub(super) sent: Vec<(TransportId, crate::model::http::HttpRequest)>,
    pub(super) calls: VecDeque<TransportId>,
    /// What providers in JavaScript were asked.
    pub(super) invoked: Vec<TextRequest>,
    /// The handles of the pictures that they were to change.
    pub(super) sources: Vec<u32>,
    /// Answers on the disk with their uses, which this world may share with others.
    pub(super) disk: Disk,
    /// What batches left, which this world may share with others.
    pub(super) batches: Batches,
    pub(super) disk_fault: Option<DiskFault>,
    /// Records on the disk, which this world may share with others; none where the story itself says what the store says.
    pub(super) records: Option<Records>,
    /// Whether records are read and written only when the story says so.
    pub(super) has_slow_records: bool,
    slow: VecDeque<Output>,
    /// What the disk, and the browser, are about to say.
    soon: VecDeque<Input>,
    /// What was to be agreed with other tabs; nobody else is there unless this is told to be kept.
    pub(super) tabs_work: VecDeque<TabsWork>,
    pub(super) has_other_tabs: bool,
    /// Whether lists that changed stand in the transcript.
    pub(super) is_watching: bool,
    /// What the journal was asked for.
    pub(super) journal: Vec<(RequestId, JournalTask)>,
}

impl World {
    /// An engine with these options and an empty store.
    pub(super) fn new(options: &str) -> Self {
        let mut world = Self::with_unanswered_store(options);
        for record in Record::ALL {
            world.put(Input::Store(StoreAnswer::Loaded(record, None)));
        }
        world.records = Some(Records::default());
        world.transcript.clear();
        world
    }

    /// An engine whose store has not answered yet.
    pub(super) fn with_unanswered_store(options: &str) -> Self {
        let mut options: MeshOptions =
            crate::base::json::read(options.as_bytes()).expect("the options parse");
        // Most stories are about words.
        let off = ProviderOptions { disabled: Some(true), ..ProviderOptions::default() };
        options.providers.get_or_insert_default().entry("comfyui".to_owned()).or_insert(off);
        // Most stories are about models: each request asks one.
        options.cache = options.cache.or(Some(CacheChoice::Off(false)));
        let mut world = Self {
            departures: Engine::departures(&options).expect("the options are honoured"),
            stopped: Vec::new(),
            engine: Engine::new(options).expect("the options are honoured"),
            elapsed: Duration::ZERO,
            transcript: Vec::new(),
            settled: Vec::new(),
            events: Vec::new(),
            items: Vec::new(),
            seen: Vec::new(),
            painted: Vec::new(),
            saved: Vec::new(),
            loads: Vec::new(),
            sent: Vec::new(),
            calls: VecDeque::new(),
            invoked: Vec::new(),
            sources: Vec::new(),
            disk: Disk::default(),
            batches: Batches::default(),
            disk_fault: None,
            records: None,
            has_slow_records: false,
            slow: VecDeque::new(),
            soon: VecDeque::new(),
            tabs_work: VecDeque::new(),
            has_other_tabs: false,
            is_watching: false,
            journal: Vec::new(),
        };
        world.drain();
        world
    }

    /// A world in which these Ollama models were found: name, capabilities.
    pub(super) fn with_ollama(options: &str, models: &[(&str, &str)]) -> Self {
        let mut world = Self::new(options);
        world.request("look", only("ollama"));
        let listed: Vec<String> = models
            .iter()
            .map(|(name, capabilities)| {
                let capabilities: Vec<String> = capabilities
                    .split_whitespace()
                    .chain(["completion"])
                    .map(|word| format!("\"{word}\""))
                    .collect();
                format!(
                    r#"{{"name":"{name}","model":"{name}","size":1000,"digest":"d","details":{{"family":"llama","context_length":8192}},"capabilities":[{}]}}"#,
                    capabilities.join(",")
                )
            })
            .collect();
        world.answer(0, 200, &format!(r#"{{"models":[{}]}}"#, listed.join(",")));
        world.answer(1, 200, r#"{"models":[]}"#);
        assert_eq!(world.settled.len(), 1, "{:?}", world.transcript);
        world.settled.clear();
        world.transcript.clear();
        world.saved.clear();
        world
    }

    pub(super) fn now(&self) -> Now {
        Now {
            monotonic: Monotonic::new(self.elapsed),
            wall: Wall::from_epoch_millis(1_700_000_000_000 + self.elapsed.as_millis() as i64),
        }
    }

    pub(super) fn put(&mut self, input: Input) {
        let now = self.now();
        if let Input::Request(_, Request::Register { provider, locality, .. }) = &input {
            self.departures.register(provider, *locality);
        }
        self.engine.handle(input, now);
        self.drain();
        while let Some(input) = self.soon.pop_front() {
            self.engine.handle(input, now);
            self.drain();
        }
        while let Some(id) = self.stopped.pop() {
            self.note(format!("» stopped at the door {}", id.number()));
            self.transport(id.number(), Transport::Failed(TransportFailure::Forbidden));
        }
    }

    pub(super) fn request(&mut self, id: &str, request: Request) {
        self.put(Input::Request(RequestId::new(id), request));
    }

    /// Asks for an answer; the request is JSON.
    pub(super) fn generate(&mut self, id: &str, request: &str) {
        let request: TextRequest = crate::base::json::read(request.as_bytes()).expect("the request parses");
        self.note(format!("» generate {id}"));
        self.request(id, Request::Generate(Box::new(request)));
    }

    /// Asks for pictures; the request is JSON.
    pub(super) fn paint(&mut self, id: &str, request: &str) {
        let request = crate::base::json::read(request.as_bytes()).expect("the request parses");
        self.note(format!("» paint {id}"));
        self.painted.push(RequestId::new(id));
        self.request(id, Request::Paint(crate::model::Wish::Image(Box::new(request))));
    }

    /// Asks for a video; the request is JSON.
    pub(super) fn ask_for_video(&mut self, id: &str, request: &str) {
        let request = crate::base::json::read(request.as_bytes()).expect("the request parses");
        self.painted.push(RequestId::new(id));
        self.request(id, Request::Paint(crate::model::Wish::Video(Box::new(request))));
    }

    pub(super) fn head(&mut self, transport: u32, status: u16) {
        self.note(format!("» head {transport} {status}"));
        let head = ResponseHead { status, ..ResponseHead::default() };
        self.transport(transport, Transport::Head(head));
    }

    pub(super) fn chunk(&mut self, transport: u32, text: &str) {
        self.transport(transport, Transport::Chunk(text.as_bytes().to_vec()));
    }

    pub(super) fn end(&mut self, transport: u32) {
        self.note(format!("» end {transport}"));
        self.transport(transport, Transport::End);
    }

    pub(super) fn fail(&mut self, transport: u32) {
        self.note(format!("» fail {transport}"));
        self.transport(transport, Transport::Failed(TransportFailure::Network));
    }

    /// A whole answer.
    pub(super) fn answer(&mut self, transport: u32, status: u16, body: &str) {
        self.head(transport, status);
        self.chunk(transport, body);
        self.end(transport);
    }

    /// A piece of an Ollama answer.
    pub(super) fn say(&mut self, transport: u32, words: &str) {
        self.chunk(transport, &format!("{}\n", ollama_line(words)));
    }

    /// The end of an Ollama answer.
    pub(super) fn done(&mut self, transport: u32) {
        self.chunk(
            transport,
            "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\
             \"done_reason\":\"stop\",\"prompt_eval_count\":10,\"eval_count\":2}\n",
        );
        self.end(transport);
    }

    /// A piece of an answer of a server with OpenAI's API.
    pub(super) fn far_says(&mut self, transport: u32, words: &str) {
        let words = serde_json::to_string(words).expect("words are JSON");
        self.chunk(transport, &format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{words}}}}}]}}\n\n"));
    }

    /// The end of such an answer.
    pub(super) fn far_ends(&mut self, transport: u32) {
        self.chunk(
            transport,
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        );
        self.end(transport);
    }

    pub(super) fn transport(&mut self, transport: u32, said: Transport) {
        self.put(Input::Transport(TransportId::new(transport), said));
    }

    /// Lets time pass; every timer on the way rings at its own time.
    pub(super) fn wait(&mut self, millis: u64) {
        let until = self.elapsed + Duration::from_millis(millis);
        self.note(format!("» wait {millis}"));
        for _ in 0..1_000 {
            let start = Monotonic::new(Duration::ZERO);
            match self.engine.poll_timeout().map(|at| at.since(start)).filter(|at| *at <= until) {
                None => {
                    self.elapsed = until;
                    return;
                }
                Some(at) => {
                    self.elapsed = self.elapsed.max(at);
                    self.put(Input::Tick);
                }
            }
        }
        panic!("a timer rings without end:\n{}", self.transcript.join("\n"));
    }

    pub(super) fn note(&mut self, line: String) {
        self.transcript.push(format!("{:>6} {line}", self.elapsed.as_millis()));
    }

    #[allow(clippy::too_many_lines)] // One arm for each thing that an engine can want.
    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Fetch(id, request) if !self.departures.permits(&request) => self.stopped.push(id),
                Output::Fetch(id, request) => {
                    let blind = if request.mode == FetchMode::NoCors { " (blind)" } else { "" };
                    self.note(format!("fetch {} {} {}{blind}", id.number(), request.method, request.url));
                    self.sent.push((id, request));
                }
                Output::InvokeGenerate(id, call)
                    if !self.departures.permits_call(&call.provider, call.farthest) =>
                {
                    self.stopped.push(id);
                }
                Output::InvokeGenerate(id, call) => {
                    let model = call.request.model.clone().unwrap_or_default();
                    self.invoked.push(call.request.clone());
                    self.note(format!("invoke {} {} {model}", id.number(), call.provider));
                    self.calls.push_back(id);
                }
                Output::InvokeImage(id, call)
                    if !self.departures.permits_call(&call.provider, call.farthest) =>
                {
                    self.stopped.push(id);
                }
                Output::InvokeImage(id, call) => {
                    let model = call.request.model.clone().unwrap_or_default();
                    self.sources.extend(call.request.source.as_ref().map(|source| source.file));
                    self.note(format!("invoke-image {} {} {model}", id.number(), call.provider));
                    self.calls.push_back(id);
                }
                Output::Connect(id, request) if !self.departures.permits(&request) => self.stopped.push(id),
                Output::Connect(id, request) => {
                    self.note(format!("connect {} {}", id.number(), request.url));
                    self.sent.push((id, request));
                }
                Output::Send(id, words) => self.note(format!("send {} {words}", id.number())),
                Output::KeepBlob(handle, _) => self.note(format!("blob {handle}")),
                Output::DropBlobs(blobs) => self.note(format!("drop {blobs:?}")),
                Output::InvokeEmbed(id, call) => {
                    self.note(format!(
                        "embed {} {} {} ({})",
                        id.number(),
                        call.provider,
                        call.model,
                        call.texts.len()
                    ));
                    self.calls.push_back(id);
                }
                Output::InvokeModels(id, provider) => {
                    self.note(format!("invoke {} {provider} models", id.number()));
                    self.calls.push_back(id);
                }
                Output::Abort(id) => self.note(format!("abort {}", id.number())),
                Output::Load(record) => {
                    self.loads.push(record);
                    self.work_on_records(Output::Load(record));
                }
                Output::Save(record, bytes) => {
                    self.saved.push((record, bytes.clone()));
                    self.work_on_records(Output::Save(record, bytes));
                }
                Output::Answers(work) => self.work_on_disk(work),
                Output::Tabs(work) if self.has_other_tabs => self.tabs_work.push_back(work),
                Output::Tabs(TabsWork::Claim(name)) => {
                    self.soon.push_back(Input::Tabs(TabsSaid::Granted(name)));
                }
                Output::Tabs(_) => {}
                Output::Emit(id, events) => {
                    for event in events {
                        self.see(&id, &event);
                        self.note(format!("{id}: {}", line(&event)));
                        self.events.push(event);
                    }
                }
                Output::Progress(id, progress) => self.note(format!(
                    "{id}: {} of {} bytes, {}",
                    progress.completed_bytes, progress.total_bytes, progress.status
                )),
                Output::Item(id, item) => {
                    let said = match (&item.result, &item.error) {
                        (Some(result), _) => format!("text {:?}", result.text),
                        (None, error) => {
                            format!("error {}", error.as_ref().map_or("none", |error| error.code.as_str()))
                        }
                    };
                    self.note(format!("{id}[{}] {said}", item.index));
                    self.items.push(*item);
                }
                Output::Settle(id, outcome) => {
                    self.compare(&id, &outcome);
                    self.note(format!("{id} settles: {}", ending(&outcome)));
                    self.settled.push((id.to_string(), outcome));
                }
                Output::Journal(id, task) => self.journal.push((id, task)),
                Output::Batch(id, work) => self.work_on_batches(id, work),
                Output::Survey(id) => self.note(format!("survey {id}")),
                Output::Changed(watched) => {
                    if self.is_watching {
                        self.note(format!("changed {watched:?}"));
                    }
                }
            }
        }
    }

    fn work_on_records(&mut self, work: Output) {
        if self.has_slow_records {
            return self.slow.push_back(work);
        }
        let Some(records) = &self.records else { return };
        let said = match work {
            // Stories about measures say themselves what becomes of them.
            Output::Load(Record::Metrics) | Output::Save(Record::Metrics, _) => return,
            Output::Load(record) => StoreAnswer::Loaded(record, records.borrow().get(&record).cloned()),
            Output::Save(record, bytes) => {
                records.borrow_mut().insert(record, bytes);
                StoreAnswer::Saved(record)
            }
            _ => return,
        };
        self.soon.push_back(Input::Store(said));
    }

    /// Does the next thing that the slow disk was asked for, if there is one.
    pub(super) fn turn_disk(&mut self) -> bool {
        let Some(work) = self.slow.pop_front() else { return false };
        self.has_slow_records = false;
        self.work_on_records(work);
        self.has_slow_records = true;
        if let Some(said) = self.soon.pop_front() {
            self.put(said);
        }
        true
    }

    fn work_on_disk(&mut self, work: AnswersWork) {
        let mut disk = self.disk.borrow_mut();
        let said = match work {
            AnswersWork::Find(name) => {
                let mut found = disk.get(&name).map(|(answer, _)| stored(answer));
                if let Some(found) = found.as_mut().filter(|_| self.disk_fault == Some(DiskFault::LosesBlob))
                {
                    found.blobs.pop();
                }
                Some(AnswersSaid::Found(name, found))
            }
            AnswersWork::Keep { name, answer, blobs, usage } => {
                assert_eq!(stored(&answer).blobs.len(), blobs.len(), "the record tells of each blob");
                if self.disk_fault == Some(DiskFault::Small) && disk.len() == 2 {
                    Some(AnswersSaid::Kept(name, Err(StorageFault::Full)))
                } else {
                    disk.insert(name.clone(), (answer, usage));
                    Some(AnswersSaid::Kept(name, Ok(())))
                }
            }
            AnswersWork::Use(name, usage) => {
                disk.entry(name).and_modify(|(_, before)| *before = usage);
                None
            }
            AnswersWork::List => {
                let uses = disk.iter().map(|(name, (_, usage))| (name.clone(), usage.clone()));
                Some(AnswersSaid::Listed(uses.collect()))
            }
            AnswersWork::Forget(names) => {
                if self.disk_fault == Some(DiskFault::Stuck) {
                    Some(AnswersSaid::Forgot(Err(StorageFault::Silent)))
                } else {
                    disk.retain(|name, _| names.as_ref().is_some_and(|names| !names.contains(name)));
                    Some(AnswersSaid::Forgot(Ok(())))
                }
            }
        };
        let said = said.filter(|_| self.disk_fault != Some(DiskFault::Silent));
        self.soon.extend(said.map(|said| Input::Store(StoreAnswer::Answers(said))));
    }

    fn work_on_batches(&mut self, id: RequestId, work: BatchWork) {
        let mut batches = self.batches.borrow_mut();
        let (records, living) = &mut *batches;
        let said = match work {
            _ if self.disk_fault.is_some() => Some(BatchSaid::Failed),
            BatchWork::TakeOver(_) if living.iter().any(|one| one == id.as_str()) => Some(BatchSaid::Busy),
            BatchWork::TakeOver(beginning) => {
                living.push(id.to_string());
                let of = records.iter().filter(|(name, _)| name.starts_with(&beginning));
                let page = |(name, bytes): (&String, &Vec<u8>)| JournalPage {
                    name: name.clone(),
                    bytes: bytes.clone(),
                };
                Some(BatchSaid::Taken(of.map(page).collect()))
            }
            BatchWork::Keep(name, record) => {
                records.insert(name, record);
                None
            }
            BatchWork::Drop(names) => {
                records.retain(|name, _| !names.contains(name));
                None
            }
            BatchWork::Release => {
                living.retain(|one| one != id.as_str());
                None
            }
            BatchWork::List => {
                Some(BatchSaid::Listed { names: records.keys().cloned().collect(), living: living.clone() })
            }
        };
        self.soon.extend(said.map(|said| Input::Batch(id, said)));
    }

    fn see(&mut self, id: &RequestId, event: &Event) {
        let at = self.seen.iter().position(|(seen, _)| seen == id).unwrap_or_else(|| {
            self.seen.push((id.clone(), String::new()));
            self.seen.len() - 1
        });
        let seen = &mut self.seen[at].1;
        match event {
            Event::TextDelta { text } => seen.push_str(text),
            Event::Restart { .. } => seen.clear(),
            _ => {}
        }
    }

    /// Who waits gets what who reads the events has seen: no word lost, no word twice.
    fn compare(&self, id: &RequestId, outcome: &Result<Settlement, Error>) {
        let seen = self.seen.iter().find(|(seen, _)| seen == id).map_or("", |(_, seen)| seen);
        let said = match outcome {
            Ok(Settlement::Text(result)) => &result.text,
            Ok(_) => return,
            // What is said beside a picture is no part of it.
            Err(_) if self.painted.contains(id) => return,
            Err(error) => error.partial.as_ref().map_or("", |partial| &partial.text),
        };
        assert_eq!(said, seen, "{id}: who waits and who reads\n{}", self.transcript.join("\n"));
    }

    /// Whether a line of the transcript holds this.
    pub(super) fn says(&self, line: &str) -> bool {
        self.transcript.iter().any(|said| said.contains(line))
    }

    /// How this request ended.
    pub(super) fn outcome(&self, id: &str) -> &Result<Settlement, Error> {
        let mut found = self.settled.iter().filter(|(settled, _)| settled == id);
        let outcome = found.next().unwrap_or_else(|| panic!("{id} has not settled"));
        assert!(found.next().is_none(), "{id} settled twice");
        &outcome.1
    }

    /// The error this request ended with.
    pub(super) fn error(&self, id: &str) -> &Error {
        self.outcome(id).as_ref().expect_err("it failed")
    }

    /// The answer this request ended with.
    pub(super) fn text(&self, id: &str) -> &crate::model::TextResult {
        match self.outcome(id) {
            Ok(Settlement::Text(result)) => result,
            other => panic!("{other:?}"),
        }
    }

    /// Compares the whole transcript. Indentation of the expectation does not count.
    pub(super) fn expect(&self, expected: &str) {
        let trim = |text: &str| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        let found = trim(&self.transcript.join("\n"));
        let wanted = trim(expected);
        assert!(found == wanted, "the transcript is\n{found}\nand should be\n{wanted}");
    }
}

/// Looks at all providers.
pub(super) fn everyone() -> Request {
    Request::Discover(DiscoverRequest::default())
}

/// Looks at one provider.
pub(super) fn only(name: &str) -> Request {
    Request::Discover(DiscoverRequest { providers: Some(vec![name.to_owned()]), scan: None })
}

/// A line of an Ollama answer.
pub(super) fn ollama_line(words: &str) -> String {
    format!(
        "{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":{}}},\"done\":false}}",
        serde_json::to_string(words).expect("words are JSON")
    )
}

/// How a request ended, in one line.
fn ending(outcome: &Result<Settlement, Error>) -> String {
    match outcome {
        Ok(Settlement::Text(result)) => format!("text {:?}", result.text),
        Ok(Settlement::Embedding(result)) => format!("{} vectors", result.vectors.len()),
        Ok(Settlement::Images(result)) => {
            let blobs: Vec<u32> = result.images.iter().map(|picture| picture.blob).collect();
            format!("pictures {blobs:?} of {}", result.receipt.model)
        }
        Ok(Settlement::Video(result)) => format!("video {} of {}", result.video, result.receipt.model),
        Ok(Settlement::Key(verdict)) => {
            format!("key {:?}: {}", verdict.live, verdict.message)
        }
        Ok(Settlement::Discovery(report)) => {
            format!("discovery +{} -{}", report.added, report.removed)
        }
        Ok(Settlement::Batch(report)) => {
            format!("{} calls for {} requests", report.calls, report.requests)
        }
        Ok(Settlement::Pull) => "pulled".to_owned(),
        Ok(Settlement::Diagnosis(diagnosis)) => {
            let codes: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.code).collect();
            format!("diagnosis ok={} {}", diagnosis.ok, codes.join(", "))
        }
        Ok(Settlement::Registered) => "registered".to_owned(),
        Ok(Settlement::CacheStats(stats)) => format!("{} answers", stats.entries),
        Ok(Settlement::Forgotten(count)) => format!("{count} forgotten"),
        Ok(Settlement::Measures(more)) => format!("{more} measures"),
        Ok(Settlement::Pending(pending)) => {
            let ids: Vec<&str> = pending.iter().map(|one| one.id.as_str()).collect();
            format!("pending {}", ids.join(", "))
        }
        Ok(Settlement::Discarded) => "discarded".to_owned(),
        Err(error) => format!("error {}: {}", error.code.as_str(), error.message),
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::Route { decision } => format!("route {}", decision.chain.join(" > ")),
        Event::Attempt { model, attempt } => format!("attempt {attempt} {model}"),
        Event::TextDelta { text } => format!("text {text:?}"),
        Event::ReasoningDelta { text } => format!("reasoning {text:?}"),
        Event::ToolCallDelta { name, input_delta, .. } => format!("tool {name} {input_delta:?}"),
        Event::ToolCall { name, input, .. } => format!("tool {name} {input}"),
        Event::Source { url, .. } => format!("source {url}"),
        Event::Queue { position } => format!("queue {position}"),
        Event::Progress { value, max, .. } => format!("progress {value} of {max}"),
        Event::Preview { blob } => format!("preview {blob}"),
        Event::Image { blob } => format!("image {blob}"),
        Event::Video { blob } => format!("video {blob}"),
        Event::Warning { reason } => format!("warning {}", reason.code),
        Event::Fallback { from, to, reason } => format!("fallback {from} > {to} ({})", reason.code),
        Event::Restart { reason } => format!("restart ({})", reason.code),
        Event::Finish { receipt } => format!("finish {} {}", receipt.model, receipt.attempts.len()),
    }
}

/// An answer as the disk gives it out. Its blobs have the sizes that its record tells, and handles of the page's own.
fn stored(record: &[u8]) -> StoredAnswer {
    let json: Value = serde_json::from_slice(record).unwrap_or_default();
    let pictures = json.pointer("/answer/pictures").and_then(Value::as_array);
    let held = pictures.into_iter().flatten().enumerate().map(|(place, picture)| HeldBlob {
        blob: FIRST_STORED + place as u32,
        bytes: picture.get("bytes").and_then(Value::as_u64).unwrap_or_default(),
    });
    StoredAnswer { record: record.to_vec(), blobs: held.collect() }
}

/// The handle of the first blob that comes from the disk.
pub(super) const FIRST_STORED: u32 = 3_000_000_000;
