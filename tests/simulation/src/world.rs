//! One world: an engine, virtual servers, a clock that jumps from event to event, and everything the engine promises, looked
//! at after every step.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BinaryHeap};

use fastrand::Rng;
use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::base::json;
use hkm_mesh_core::base::time::{Monotonic, Now, Wall};
use hkm_mesh_core::engine::{
    Engine, Input, Output, Record, Request, Settlement, StoreAnswer, Transport, World as Net,
};
use hkm_mesh_core::guard::Departures;
use hkm_mesh_core::model::http::HttpRequest;
use hkm_mesh_core::model::request::DiscoverRequest;
use hkm_mesh_core::model::{Error, ErrorCode, Event, MeshOptions, TextRequest};
use serde_json::{Value, json};

use crate::asked::{Asked, Plan, Wishes};
use crate::server::{self, Fault, Manner, SERVERS, Server};
use crate::tally::Tally;
use crate::text;
use crate::weather::{Micros, SECOND, Weather};

/// The whole of a generation may take this long; the engine's own default.
const TOTAL: Micros = 600 * SECOND;

/// How many requests a world asks.
pub(crate) const REQUESTS: usize = 25;

/// Who a transport belongs to.
#[derive(Debug)]
struct Running {
    request: Option<usize>,
    is_over: bool,
}

#[derive(Debug)]
enum Happening {
    Ask(usize),
    Cancel(usize),
    Said(TransportId, Transport),
    Net(bool),
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
    told: Vec<&'static str>,
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
        let options = json!({ "providers": providers, "pageOrigin": "http://localhost:5173" }).to_string();
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
            told: Vec::new(),
            transcript: Vec::new(),
            broken: None,
            rings: 0,
        };
        for record in Record::ALL {
            world.put(Input::Store(StoreAnswer::Loaded(record, None)));
        }
        for name in ["gemini", "openrouter"] {
            if world.servers.iter().any(|server| server.name == name) {
                let key = Request::KeyChanged(name.to_owned(), true);
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
            Happening::Said(id, said) => {
                let Some(running) = self.transports.get_mut(&id) else { return };
                if running.is_over {
                    return;
                }
                running.is_over = matches!(said, Transport::End | Transport::Failed(_));
                let request = running.request;
                self.note(|| format!("» {}{} {}", of(request), id.number(), brief(&said)));
                let is_list = request.is_none();
                self.put(Input::Transport(id, said));
                if is_list {
                    self.look_who_told();
                }
            }
            Happening::Net(is_online) => {
                self.note(|| format!("» {}", if is_online { "online" } else { "offline" }));
                self.put(Input::World(if is_online { Net::Online } else { Net::Offline }));
            }
        }
    }

    fn look_who_told(&mut self) {
        let models = self.engine.models();
        for server in &self.servers {
            if !self.told.contains(&server.name) && models.iter().any(|model| model.provider == server.name) {
                self.told.push(server.name);
            }
        }
    }

    fn ask(&mut self, number: usize) {
        let rng = &mut self.rng;
        let truth = text::answer(rng);
        let (wishes, policy) = Wishes::any(&self.servers, rng);
        let body =
            json!({ "prompt": format!("#{number}# Why is the sky blue?"), "policy": policy }).to_string();
        let faults = self.weather.faults_in_a_thousand();
        let mut plans = BTreeMap::new();
        for server in &self.servers {
            let plan = if rng.u32(..1_000) >= faults {
                Plan::Well
            } else if rng.bool() {
                Plan::Once(Fault::any(rng))
            } else {
                Plan::Always(Fault::any(rng))
            };
            plans.insert(server.name, plan);
        }
        let cancel = (rng.u8(..20) == 0).then(|| rng.u64(0..5 * SECOND));
        let asked = Asked {
            at: self.now,
            truth,
            wishes,
            body,
            plans,
            tries: BTreeMap::new(),
            known: self.told.clone(),
            shown: String::new(),
            was_shown: false,
            restarts: 0,
            requests: 0,
            carried_on: false,
            ended: None,
            cancelled: false,
        };
        self.note(|| format!("» {number}: generate {} {:?} {:?}", asked.body, asked.plans, asked.truth));
        let request: Result<TextRequest, _> = json::read(asked.body.as_bytes());
        self.asked.push(asked);
        if let Some(after) = cancel {
            self.later(self.now + after, Happening::Cancel(number));
        }
        match request {
            Ok(request) => self.put(Input::Request(id_of(number), Request::Generate(Box::new(request)))),
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
                let request = running.request;
                self.note(|| format!("{}abort {}", of(request), id.number()));
            }
            Output::Emit(id, events) => {
                for event in events {
                    self.hear(&id, event);
                }
            }
            Output::Settle(id, outcome) => self.settle(&id, outcome),
            _ => {}
        }
    }

    fn fetch(&mut self, id: TransportId, request: &HttpRequest) {
        let text = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let asker = tag(&text);
        self.note(|| format!("{}fetch {} {} {}", of(asker), id.number(), request.method, request.url));
        self.transports.insert(id, Running { request: asker, is_over: false });
        let Some(server) = self.servers.iter().copied().find(|server| request.url.starts_with(server.origin))
        else {
            // Another name of the same machine, which nothing listens to here.
            self.later(
                self.now + 1_000,
                Happening::Said(id, Transport::Failed(hkm_mesh_core::engine::TransportFailure::Network)),
            );
            return;
        };
        let is_permitted = self.departures.permits(request);
        self.promise(is_permitted, || {
            format!("transport {} would have been stopped at the door", id.number())
        });
        let is_there = self.weather.is_there(&server, self.now);
        let Some(number) = asker else {
            let said = server::other(&server, &request.url, is_there, &mut self.rng);
            self.will_say(id, said);
            return;
        };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(asked) = self.asked.get_mut(number) else { return };
        let (farthest, only) = (asked.wishes.farthest, asked.wishes.only);
        asked.requests += 1;
        let is_over = asked.ended.is_some() || asked.cancelled;
        let tries = asked.tries.entry(server.name).or_default();
        *tries += 1;
        let fault = match asked.plans.get(server.name) {
            _ if !is_there => Some(Fault::Refused),
            Some(Plan::Once(fault)) if *tries == 1 => Some(*fault),
            Some(Plan::Always(fault)) => Some(*fault),
            _ => None,
        };
        let beginning = server.protocol.beginning(&body);
        // Who is to go on and says nothing means that nothing is missing: that is no fault, and here it would be a lie.
        let fault = fault.filter(|fault| beginning.is_none() || *fault != Fault::Empty);
        let (truth, shown) = (asked.truth.clone(), asked.shown.clone());
        let words = match &beginning {
            None => truth.as_str(),
            Some(beginning) => {
                asked.carried_on = true;
                let manner = Manner::any(&mut self.rng);
                self.transcript.push(format!("       it goes on from {} bytes: {manner:?}", beginning.len()));
                manner.rest(&truth, beginning)
            }
        };
        let mut said = server::chat(server.protocol, words, fault, &mut self.rng);
        if request.lane.is_some() && self.rng.u8(..5) == 0 {
            said.splice(..0, server::in_line(&mut self.rng));
        }
        self.promise(!is_over, || format!("{number} asks a server after its end"));
        self.promise(server.locality <= farthest, || {
            format!("{number} goes to {}, beyond {farthest:?}", server.name)
        });
        self.promise(only.is_none_or(|only| only == server.name), || {
            format!("{number} goes to {}, which is not allowed", server.name)
        });
        if let Some(beginning) = beginning {
            self.promise(truth.starts_with(&beginning), || {
                format!("{number} is to go on from what nobody said: {beginning:?} of {truth:?}")
            });
            self.promise(beginning == shown, || {
                format!("{number} is to go on from {beginning:?}, and the reader sees {shown:?}")
            });
        }
        self.will_say(id, said);
    }

    fn will_say(&mut self, id: TransportId, said: Vec<server::Said>) {
        let mut at = self.now;
        for (after, what) in said {
            at += after;
            self.later(at, Happening::Said(id, what));
        }
    }

    fn hear(&mut self, id: &RequestId, event: Event) {
        let Some(number) = number_of(id) else { return };
        self.note(|| format!("{number}: {}", heard(&event)));
        let Some(asked) = self.asked.get_mut(number) else { return };
        let is_over = asked.ended.is_some() || asked.cancelled;
        match event {
            Event::TextDelta { text } => {
                asked.was_shown |= !text.is_empty();
                asked.shown.push_str(&text);
            }
            Event::Restart { .. } => {
                asked.shown.clear();
                asked.restarts += 1;
            }
            _ => {}
        }
        let is_of_truth = asked.truth.starts_with(&asked.shown);
        let (shown, truth) = (asked.shown.clone(), asked.truth.clone());
        self.promise(!is_over, || format!("{number} speaks after its end"));
        self.promise(is_of_truth, || format!("{number} shows {shown:?}, and the true answer is {truth:?}"));
    }

    fn settle(&mut self, id: &RequestId, outcome: Result<Settlement, Error>) {
        let Some(number) = number_of(id) else { return };
        let outcome = match outcome {
            Ok(Settlement::Text(result)) => Ok(result.text),
            Ok(_) => Ok(String::new()),
            Err(error) => Err(error),
        };
        self.note(|| match &outcome {
            Ok(text) => format!("{number}: settles {text:?}"),
            Err(error) => format!("{number}: settles {} {}", error.code.as_str(), error.message),
        });
        let Some(asked) = self.asked.get_mut(number) else { return };
        let is_first = asked.ended.is_none() && !asked.cancelled;
        let took = self.now - asked.at;
        let said = match &outcome {
            Ok(text) => text.clone(),
            Err(error) => error.partial.as_ref().map(|partial| partial.text.clone()).unwrap_or_default(),
        };
        let is_as_shown = said == asked.shown;
        let is_whole = outcome.is_err() || said == asked.truth;
        let (shown, truth) = (asked.shown.clone(), asked.truth.clone());
        asked.ended = Some((self.now, outcome));
        self.promise(is_first, || format!("{number} ends twice"));
        self.promise(took <= TOTAL + SECOND, || format!("{number} took {} s", took / SECOND));
        self.promise(is_as_shown, || format!("{number} ends with {said:?} and has shown {shown:?}"));
        self.promise(is_whole, || {
            format!("{number} ends well with {said:?}, and the true answer is {truth:?}")
        });
        self.all_stopped(number);
    }

    /// Whatever ran for a request that is over was stopped, or had ended.
    fn all_stopped(&mut self, number: usize) {
        let runs =
            self.transports.iter().find(|(_, running)| running.request == Some(number) && !running.is_over);
        let Some((id, _)) = runs else { return };
        // A whole answer's body may end a moment later: that keeps the connection.
        let is_answered = self.asked.get(number).is_some_and(|asked| matches!(asked.ended, Some((_, Ok(_)))));
        let id = id.number();
        self.promise(is_answered, || format!("{number} is over, and its transport {id} runs on"));
    }

    /// When all is over: who was owed an answer got one, and who failed failed for what happened.
    fn look_back(&mut self) {
        for number in 0..self.asked.len() {
            let Some(asked) = self.asked.get(number) else { return };
            if asked.cancelled {
                continue;
            }
            let Some((at, outcome)) = &asked.ended else {
                self.promise(false, || format!("{number} never ends"));
                return;
            };
            let is_owed = self.owed(asked, *at).is_some();
            if let (Some(server), Err(error)) = (self.owed(asked, *at), outcome) {
                let said =
                    format!("{number} fails with {}, and {server} would have answered", error.code.as_str());
                self.promise(false, || said);
                return;
            }
            if let Err(error) = outcome {
                let code = error.code;
                let is_fitting = is_owed || self.is_fitting(asked, code);
                let said = format!("{number} fails with {}, which is not what happened", code.as_str());
                self.promise(is_fitting, || said);
            }
        }
    }

    /// A server that was allowed, known and there all the while, and would have answered.
    fn owed(&self, asked: &Asked, until: Micros) -> Option<&'static str> {
        if !asked.wishes.may_fall_back || until - asked.at >= TOTAL {
            return None;
        }
        // Who does not want to go on after a cut is owed nothing more once something was shown.
        if !asked.wishes.may_go_on && asked.was_shown {
            return None;
        }
        self.servers
            .iter()
            .find(|server| {
                server.locality <= asked.wishes.farthest
                    && asked.wishes.only.is_none_or(|only| only == server.name)
                    && asked.known.contains(&server.name)
                    && asked.plans.get(server.name) == Some(&Plan::Well)
                    && self.weather.is_there_throughout(server, asked.at, until)
            })
            .map(|server| server.name)
    }

    fn is_fitting(&self, asked: &Asked, code: ErrorCode) -> bool {
        let is_asked = asked.requests > 0;
        match code {
            ErrorCode::AllFailed
            | ErrorCode::Timeout
            | ErrorCode::Server
            | ErrorCode::RateLimited
            | ErrorCode::Protocol
            | ErrorCode::Truncated
            | ErrorCode::BadOutput => is_asked,
            ErrorCode::Unreachable => true,
            ErrorCode::Offline => self.weather.flips.iter().any(|(_, is_online)| !is_online),
            ErrorCode::NoModel => !is_asked,
            _ => false,
        }
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally { worlds: 1, virtual_seconds: self.now / SECOND, ..Tally::default() };
        for asked in &self.asked {
            tally.generations += 1;
            tally.restarts += u64::from(asked.restarts);
            tally.cancelled += u64::from(asked.cancelled);
            if self.weather.kind == crate::weather::Kind::Calm {
                tally.calm.0 += u64::from(asked.requests);
                tally.calm.1 += 1;
            }
            let Some((at, outcome)) = &asked.ended else { continue };
            tally.owed += u64::from(self.owed(asked, *at).is_some());
            match outcome {
                Ok(_) => {
                    tally.answered += 1;
                    tally.carried_on += u64::from(asked.carried_on);
                }
                Err(error) => *tally.failures.entry(error.code.as_str()).or_default() += 1,
            }
        }
        tally
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

fn id_of(number: usize) -> RequestId {
    RequestId::new(format!("g{number}"))
}

fn number_of(id: &RequestId) -> Option<usize> {
    id.as_str().strip_prefix('g')?.parse().ok()
}

/// Whose line it is in the transcript.
fn of(request: Option<usize>) -> String {
    request.map_or_else(String::new, |number| format!("{number}: "))
}

/// The number of the request that a body belongs to.
fn tag(body: &str) -> Option<usize> {
    let (_, after) = body.split_once('#')?;
    let (number, _) = after.split_once('#')?;
    number.parse().ok()
}

fn brief(said: &Transport) -> String {
    match said {
        Transport::Head(head) => format!("head {}", head.status),
        Transport::Chunk(bytes) => format!("says {:?}", String::from_utf8_lossy(bytes)),
        Transport::End => "ends".to_owned(),
        other => format!("{other:?}"),
    }
}

fn heard(event: &Event) -> String {
    match event {
        Event::Route { decision } => format!("route {}", decision.chain.join(" > ")),
        Event::Attempt { model, attempt } => format!("attempt {attempt} {model}"),
        Event::TextDelta { text } => format!("text {text:?}"),
        Event::Fallback { from, to, reason } => format!("fallback {from} > {to} ({})", reason.code),
        Event::Restart { reason } => format!("restart ({})", reason.code),
        Event::Finish { receipt } => format!("finish {}", receipt.model),
        Event::Warning { reason } => format!("warning {}", reason.code),
        other => format!("{other:?}"),
    }
}

/// That the checks can fail.
#[cfg(test)]
mod tests;
