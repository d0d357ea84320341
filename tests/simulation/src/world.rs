//! One world: an engine, virtual servers, a clock that jumps from event to event, and everything the engine promises, looked
//! at after every step.

mod asking;
mod hearing;
mod oracle;
mod transcript;

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use fastrand::Rng;
use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::base::json;
use hkm_mesh_core::base::time::{Monotonic, Now, Wall};
use hkm_mesh_core::engine::{Engine, Input, Output, Record, Request, StoreAnswer, Transport, World as Net};
use hkm_mesh_core::guard::Departures;
use hkm_mesh_core::model::request::{DiscoverRequest, EmbedRequest};
use hkm_mesh_core::model::{MeshOptions, PolicyInput, TextRequest};
use serde_json::{Map, Value, json};

use self::transcript::{id_of, of};
use crate::answer::{Answer, Kind};
use crate::asked::{Asked, Plan, Wishes};
use crate::fault::Fault;
use crate::reader::Reader;
use crate::server::{SERVERS, Server};
use crate::tally::Tally;
use crate::weather::{Micros, SECOND, Weather};
use crate::wire::Protocol;

/// The whole of a generation may take this long; the engine's own default.
const TOTAL: Micros = 600 * SECOND;

/// How many requests a world asks.
pub(crate) const REQUESTS: usize = 25;

/// What a transport is for.
#[derive(Debug, Default)]
struct Running {
    request: Option<usize>,
    is_over: bool,
    is_aborted: bool,
    /// Whom it asked: the server and the model.
    asks: Option<(Server, String)>,
    fault: Option<Fault>,
    /// Whether nothing may be asked any more once the fault was heard.
    is_final: bool,
}

/// A time in which nobody is owed an answer of a server that is there.
#[derive(Debug)]
struct Bar {
    server: &'static str,
    from: Micros,
    until: Micros,
    /// Whether another key ends it.
    is_account: bool,
}

#[derive(Debug)]
enum Happening {
    Ask(usize),
    Cancel(usize),
    Said(TransportId, Transport),
    Net(bool),
    /// The user gives a server another key.
    Key(&'static str),
}

/// What a world shows when a promise was broken.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) promise: String,
    pub(crate) transcript: Vec<String>,
}

pub(crate) struct World {
    engine: Engine,
    departures: Departures,
    rng: Rng,
    servers: Vec<Server>,
    weather: Weather,
    now: Micros,
    events: BinaryHeap<Reverse<(Micros, u64, usize)>>,
    happenings: Vec<Option<Happening>>,
    asked: Vec<Asked>,
    transports: BTreeMap<TransportId, Running>,
    bars: Vec<Bar>,
    /// Servers that want the user to speak last.
    strict: Vec<&'static str>,
    /// When a server failed first.
    failed: BTreeMap<&'static str, Micros>,
    /// When a model may be asked again at the earliest, as its server said.
    not_before: BTreeMap<String, Micros>,
    /// Whose words the engine hears: the request and the model.
    speaks: Option<(usize, String)>,
    /// How often a second model was asked beside a late one, and how many requests went out for which that is allowed.
    hedges: (u64, u64),
    transcript: Vec<String>,
    broken: Option<String>,
    rings: u32,
}

impl World {
    /// The world of a seed, lived to its end.
    pub(crate) fn live(seed: u64) -> Result<Tally, Broken> {
        let mut world = match Self::new(seed) {
            Ok(world) => world,
            Err(promise) => return Err(Broken { promise, transcript: Vec::new() }),
        };
        world.run();
        world.look_back();
        match world.broken.take() {
            None => Ok(world.tally()),
            Some(promise) => Err(Broken { promise, transcript: world.transcript }),
        }
    }

    fn new(seed: u64) -> Result<Self, String> {
        let mut rng = Rng::with_seed(seed);
        let servers: Vec<Server> =
            SERVERS.into_iter().filter(|server| server.name == "ollama" || rng.u8(..10) < 7).collect();
        let length = rng.u64(60 * SECOND..900 * SECOND);
        let weather = Weather::any(&servers, length, &mut rng);
        let mut providers = serde_json::Map::new();
        for server in &servers {
            let options = match server.name {
                "lan" => json!({ "kind": "openai", "endpoint": server.origin, "locality": "network" }),
                _ => json!({}),
            };
            providers.insert(server.name.to_owned(), options);
        }
        // Who asks the same twice here wants two answers.
        let options =
            json!({ "providers": providers, "cache": false, "pageOrigin": "http://localhost:5173" })
                .to_string();
        let options: MeshOptions = json::read(options.as_bytes()).map_err(|error| error.to_string())?;
        let departures = Engine::departures(&options).map_err(|error| error.message)?;
        let engine = Engine::new(options).map_err(|error| error.message)?;
        let mut world = Self {
            engine,
            departures,
            rng,
            servers,
            weather,
            now: 0,
            events: BinaryHeap::new(),
            happenings: Vec::new(),
            asked: Vec::new(),
            transports: BTreeMap::new(),
            bars: Vec::new(),
            strict: Vec::new(),
            failed: BTreeMap::new(),
            not_before: BTreeMap::new(),
            speaks: None,
            hedges: (0, 0),
            transcript: Vec::new(),
            broken: None,
            rings: 0,
        };
        for server in &world.servers {
            if server.protocol != Protocol::Ollama && world.rng.u8(..6) == 0 {
                world.strict.push(server.name);
            }
        }
        let seed = world.rng.u64(..);
        world.put(Input::Seed(seed));
        for record in Record::ALL {
            world.put(Input::Store(StoreAnswer::Loaded(record, None)));
        }
        for name in ["gemini", "openrouter"] {
            if world.servers.iter().any(|server| server.name == name) {
                let key = Request::KeyChanged {
                    provider: name.to_owned(),
                    has_key: true,
                    is_own: false,
                    is_new: true,
                };
                world.put(Input::Request(RequestId::new(String::new()), key));
            }
        }
        if !world.weather.is_online(0) {
            world.put(Input::World(Net::Offline));
        }
        let look = Request::Discover(DiscoverRequest::default());
        world.put(Input::Request(RequestId::new("look"), look));
        for (at, is_online) in world.weather.flips.clone() {
            world.later(at, Happening::Net(is_online));
        }
        let mut at = if world.rng.u8(..5) == 0 { 0 } else { 5 * SECOND };
        for number in 0..REQUESTS {
            world.later(at, Happening::Ask(number));
            at += world.rng.u64(0..2 * length / REQUESTS as u64);
        }
        Ok(world)
    }

    fn later(&mut self, at: Micros, happening: Happening) {
        let number = self.happenings.len();
        self.happenings.push(Some(happening));
        self.events.push(Reverse((at, number as u64, number)));
    }

    fn run(&mut self) {
        while self.broken.is_none() {
            let due = self
                .engine
                .poll_timeout()
                .map(|at| at.since(Monotonic::default()).as_nanos().div_ceil(1_000) as Micros);
            let next = self.events.peek().map(|Reverse((at, ..))| *at);
            let is_all_said = self.asked.len() == REQUESTS && self.asked.iter().all(Asked::is_over);
            match (next, due) {
                (_, Some(due)) if due <= next.unwrap_or(Micros::MAX) => {
                    // A mesh that looks after its servers for ever is no reason to wait for ever.
                    if is_all_said && next.is_none() {
                        return;
                    }
                    self.rings = if due <= self.now { self.rings + 1 } else { 0 };
                    if self.rings > 1_000 {
                        self.promise(false, || "a timer rings without end".to_owned());
                    }
                    self.now = self.now.max(due);
                    self.put(Input::Tick);
                }
                (Some(_), _) => {
                    let Some(Reverse((at, _, number))) = self.events.pop() else { return };
                    self.now = self.now.max(at);
                    if let Some(happening) = self.happenings.get_mut(number).and_then(Option::take) {
                        self.happen(happening);
                    }
                }
                (None, _) => return,
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Ask(number) => self.ask(number),
            Happening::Cancel(number) => {
                let Some(asked) = self.asked.get_mut(number) else { return };
                if asked.ended.is_some() {
                    return;
                }
                asked.cancelled = true;
                self.note(|| format!("» {number}: cancel"));
                self.put(Input::Request(id_of(number), Request::Cancel));
                self.all_stopped(number);
            }
            Happening::Said(id, said) => self.said(id, said),
            Happening::Key(server) => {
                self.note(|| format!("» another key for {server}"));
                for bar in self.bars.iter_mut().filter(|bar| bar.server == server && bar.is_account) {
                    bar.until = bar.until.min(self.now);
                }
                let key = Request::KeyChanged {
                    provider: server.to_owned(),
                    has_key: true,
                    is_own: false,
                    is_new: true,
                };
                self.put(Input::Request(RequestId::new(String::new()), key));
            }
            Happening::Net(is_online) => {
                self.note(|| format!("» {}", if is_online { "online" } else { "offline" }));
                self.put(Input::World(if is_online { Net::Online } else { Net::Offline }));
            }
        }
    }

    fn ask(&mut self, number: usize) {
        let rng = &mut self.rng;
        let kind = Kind::any(rng);
        let is_slow = self.weather.kind == crate::weather::Kind::Slow;
        let (wishes, policy) = Wishes::any(&self.servers, kind, is_slow, rng);
        let faults = self.weather.faults_in_a_thousand();
        let mut plans = BTreeMap::new();
        for server in &self.servers {
            let plan = if rng.u32(..1_000) >= faults {
                Plan::Well
            } else if rng.bool() {
                Plan::Once(Fault::any(kind, rng))
            } else {
                Plan::Always(Fault::any(kind, rng))
            };
            plans.insert(server.name, plan);
        }
        let count = if kind == Kind::Vectors { rng.usize(1..130) } else { 0 };
        let cancel = (rng.u8(..20) == 0).then(|| rng.u64(0..5 * SECOND));
        let asked = Asked {
            at: self.now,
            kind,
            answers: Answer::any(kind, rng),
            useless: Vec::new(),
            texts: (0..count).map(|text| format!("#{number}# text {text}")).collect(),
            wishes,
            plans,
            tries: BTreeMap::new(),
            known: self
                .engine
                .models()
                .iter()
                .map(|model| format!("{}/{}", model.provider, model.id))
                .collect(),
            reader: Reader::default(),
            thoughts: BTreeMap::new(),
            attempting: String::new(),
            was_hedged: false,
            requests: 0,
            models: BTreeSet::new(),
            met: BTreeSet::new(),
            longer_than: None,
            was_stopped: false,
            carried_on: false,
            ended: None,
            cancelled: false,
        };
        let request = request(number, &asked, policy);
        self.note(|| {
            let request = request.as_ref().map_or_else(Clone::clone, |(said, _)| said.clone());
            format!("» {number}: {request} {:?} {:?}", asked.plans, asked.answers)
        });
        self.asked.push(asked);
        if let Some(after) = cancel {
            self.later(self.now + after, Happening::Cancel(number));
        }
        match request {
            Ok((_, request)) => self.put(Input::Request(id_of(number), request)),
            Err(misfit) => self.promise(false, || format!("a request cannot be read: {misfit}")),
        }
    }

    fn put(&mut self, input: Input) {
        let now = Now {
            monotonic: Monotonic::new(Duration::from_micros(self.now)),
            wall: Wall::from_epoch_millis(1_780_000_000_000 + (self.now / 1_000).cast_signed()),
        };
        self.engine.handle(input, now);
        while let Some(output) = self.engine.poll_output() {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Fetch(id, request) => self.fetch(id, &request),
            Output::Abort(id) => {
                let Some(running) = self.transports.get_mut(&id) else { return };
                running.is_over = true;
                running.is_aborted = true;
                let request = running.request;
                self.note(|| format!("{}abort {}", of(request), id.number()));
            }
            Output::Emit(id, events) => {
                for event in events {
                    self.hear(&id, &event);
                }
            }
            Output::Settle(id, outcome) => self.settle(&id, outcome),
            _ => {}
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        let line = format!("{:>9.3} {}", self.now as f64 / SECOND as f64, line());
        self.transcript.push(line);
    }

    /// A promise of the engine. The first that is broken ends the world.
    fn promise(&mut self, is_kept: bool, broken: impl FnOnce() -> String) {
        if !is_kept && self.broken.is_none() {
            self.broken = Some(broken());
        }
    }
}

/// The request as its caller writes it, and as the engine reads it.
fn request(number: usize, asked: &Asked, policy: Map<String, Value>) -> Result<(String, Request), String> {
    let policy = Value::Object(policy);
    if asked.kind == Kind::Vectors {
        let read =
            json::read::<PolicyInput>(policy.to_string().as_bytes()).map_err(|error| error.to_string())?;
        let request =
            EmbedRequest { texts: asked.texts.clone(), model: None, policy: Some(read), cache: None };
        return Ok((format!("embed {policy}"), Request::Embed(Box::new(request))));
    }
    let mut said = asked.kind.wants();
    said.insert("prompt".to_owned(), Value::from(format!("#{number}# Why is the sky blue?")));
    said.insert("policy".to_owned(), policy);
    if let Some(model) = &asked.wishes.pinned {
        said.insert("model".to_owned(), Value::from(model.as_str()));
    }
    let said = Value::Object(said).to_string();
    let read: TextRequest = json::read(said.as_bytes()).map_err(|error| error.to_string())?;
    Ok((format!("generate {said}"), Request::Generate(Box::new(read))))
}

/// That the checks can fail.
#[cfg(test)]
mod tests;
