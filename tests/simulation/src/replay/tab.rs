//! One visit: an engine, a model in JavaScript that answers after a while, and the disk that all visits share.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::base::json;
use hkm_mesh_core::base::time::{Monotonic, Now, Wall};
use hkm_mesh_core::engine::{
    AnswersSaid, AnswersWork, Engine, Input, Output, Record, Request, Settlement, StoreAnswer, StoredAnswer,
    TabsSaid, TabsWork, Transport,
};
use hkm_mesh_core::model::{Error, Locality, MeshOptions, TextRequest};
use serde_json::json;

use crate::weather::Micros;

/// Answers and their uses, by name.
pub(crate) type Disk = Rc<RefCell<BTreeMap<String, (Vec<u8>, Vec<u8>)>>>;

/// What a visit says when something was put in.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The model is asked.
    Asked(TransportId, Box<TextRequest>),
    /// The model need not answer any more.
    Left(TransportId),
    /// A request is over.
    Settled(String, Box<Result<Settlement, Error>>),
}

pub(crate) struct Tab {
    engine: Engine,
    disk: Disk,
    opened: Micros,
}

impl Tab {
    /// A visit that begins now, and knows its model.
    pub(crate) fn open(
        disk: &Disk,
        life_ms: u64,
        seed: u64,
        now: Micros,
    ) -> Result<(Self, Vec<Heard>), String> {
        let off = json!({ "disabled": true });
        let options =
            json!({ "cache": { "ttlMs": life_ms }, "providers": { "ollama": off, "comfyui": off } });
        let options: MeshOptions =
            json::read(options.to_string().as_bytes()).map_err(|error| error.to_string())?;
        let engine = Engine::new(options).map_err(|error| error.message)?;
        let mut tab = Self { engine, disk: Disk::clone(disk), opened: now };
        let mut heard = tab.put(Input::Seed(seed), now);
        for record in Record::ALL {
            heard.extend(tab.put(Input::Store(StoreAnswer::Loaded(record, None)), now));
        }
        let register = Request::Register {
            provider: "model".to_owned(),
            locality: Locality::Device,
            version: Some("1".to_owned()),
        };
        heard.extend(tab.put(Input::Request(RequestId::new("register"), register), now));
        Ok((tab, heard))
    }

    pub(crate) fn ask(&mut self, id: u32, request: &str, now: Micros) -> Result<Vec<Heard>, String> {
        let request: TextRequest = json::read(request.as_bytes()).map_err(|error| error.to_string())?;
        Ok(self
            .put(Input::Request(RequestId::new(id.to_string()), Request::Generate(Box::new(request))), now))
    }

    pub(crate) fn cancel(&mut self, id: u32, now: Micros) -> Vec<Heard> {
        self.put(Input::Request(RequestId::new(id.to_string()), Request::Cancel), now)
    }

    pub(crate) fn says(&mut self, id: TransportId, said: Transport, now: Micros) -> Vec<Heard> {
        self.put(Input::Transport(id, said), now)
    }

    pub(crate) fn ring(&mut self, now: Micros) -> Vec<Heard> {
        self.put(Input::Tick, now)
    }

    /// When it wants to be rung.
    pub(crate) fn due(&self) -> Option<Micros> {
        let after = self.engine.poll_timeout()?.since(Monotonic::default()).as_nanos().div_ceil(1_000);
        Some(self.opened + after as Micros)
    }

    fn put(&mut self, input: Input, now: Micros) -> Vec<Heard> {
        let at = Now {
            monotonic: Monotonic::new(Duration::from_micros(now - self.opened)),
            wall: Wall::from_epoch_millis(1_790_000_000_000 + (now / 1_000).cast_signed()),
        };
        let mut inputs = vec![input];
        let mut heard = Vec::new();
        while let Some(input) = inputs.pop() {
            self.engine.handle(input, at);
            while let Some(output) = self.engine.poll_output() {
                match output {
                    Output::Answers(work) => {
                        let said = self.work(work).map(|said| Input::Store(StoreAnswer::Answers(said)));
                        inputs.splice(0..0, said);
                    }
                    // As where the browser has no locks: what tabs agree on is not looked at here.
                    Output::Tabs(TabsWork::Claim(name)) => {
                        inputs.insert(0, Input::Tabs(TabsSaid::Granted(name)));
                    }
                    Output::InvokeModels(id, _) => {
                        inputs.insert(0, Input::Transport(id, Transport::CustomModels(models())));
                    }
                    Output::InvokeGenerate(id, call) => heard.push(Heard::Asked(id, Box::new(call.request))),
                    Output::Abort(id) => heard.push(Heard::Left(id)),
                    Output::Settle(id, outcome) => {
                        heard.push(Heard::Settled(id.as_str().to_owned(), Box::new(outcome)));
                    }
                    _ => {}
                }
            }
        }
        heard
    }

    /// The disk, which answers at once.
    fn work(&mut self, work: AnswersWork) -> Option<AnswersSaid> {
        let mut disk = self.disk.borrow_mut();
        match work {
            AnswersWork::Find(name) => {
                let found = disk.get(&name).map(|(answer, _)| answer.clone());
                let found = found.map(|record| StoredAnswer { record, blobs: Vec::new() });
                Some(AnswersSaid::Found(name, found))
            }
            AnswersWork::Keep { name, answer, usage, .. } => {
                disk.insert(name.clone(), (answer, usage));
                Some(AnswersSaid::Kept(name, Ok(())))
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
                disk.retain(|name, _| names.as_ref().is_some_and(|names| !names.contains(name)));
                Some(AnswersSaid::Forgot(Ok(())))
            }
        }
    }
}

fn models() -> Vec<hkm_mesh_core::catalog::CustomModel> {
    let model = json!([{ "id": "m", "type": "text", "capabilities": ["tools", "search", "reasoning", "json"], "contextLength": 1_000_000 }]);
    json::read(model.to_string().as_bytes()).unwrap_or_default()
}
