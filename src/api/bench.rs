//! Parts without the mesh around them, as the benchmarks in `tests/bench` call them: what keeps answers (the database and the
//! memory), and what measures. Only with the feature `bench`.

use core::cell::RefCell;
use std::rc::Rc;

use hkm_mesh_core::base::money::Money;
use hkm_mesh_core::base::time::Wall;
use hkm_mesh_core::cache::{Entry, Kept, Key, Memory};
use hkm_mesh_core::metrics::{AttemptMetrics, Metrics};
use hkm_mesh_core::model::metrics::{GenerationMetrics, Range};
use hkm_mesh_core::model::storage::StorageFault;
use hkm_mesh_core::model::{CostKind, Goal, Locality, Modality, ModelKey, Usage};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use crate::api::to_js::to_js;
use crate::browser::clock;
use crate::browser::store::{Keeper, Shelf, Store};

/// Bytes in memory, as the mesh allows itself.
const ROOM: u64 = 4_000_000;

/// One database, and a memory that does not know of it.
#[wasm_bindgen]
pub struct BenchStore {
    store: Rc<Keeper>,
    memory: RefCell<Memory>,
}

#[wasm_bindgen]
impl BenchStore {
    /// Opens the database of this name when it is first needed. Without one everything stays in memory.
    #[wasm_bindgen(constructor)]
    pub fn new(database: Option<String>) -> Self {
        Self { store: Rc::new(Keeper::new(database, || ())), memory: RefCell::default() }
    }

    /// Resolves when it is committed.
    pub fn save(&self, name: String, bytes: Vec<u8>) -> Promise {
        let store = Rc::clone(&self.store);
        future_to_promise(async move {
            store.save(Shelf::ANSWERS, &name, &bytes).await.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// How many bytes were read into Rust, where they are used; none where there are none.
    pub fn load(&self, name: String) -> Promise {
        let store = Rc::clone(&self.store);
        future_to_promise(async move {
            let found = store.load(Shelf::ANSWERS, &name).await.map_err(thrown)?;
            Ok(found.map_or(JsValue::UNDEFINED, |bytes| JsValue::from(bytes.len() as u32)))
        })
    }

    /// What is stored under this name, as bytes.
    pub fn content(&self, name: String) -> Promise {
        let store = Rc::clone(&self.store);
        future_to_promise(async move {
            let found = store.load(Shelf::ANSWERS, &name).await.map_err(thrown)?;
            Ok(found.map_or(JsValue::UNDEFINED, |bytes| js_sys::Uint8Array::from(bytes.as_slice()).into()))
        })
    }

    /// Lets go of the database.
    pub fn close(&self) {
        self.store.close();
    }

    /// Keeps a stored answer in memory, and gives the key of its request; none where it is no answer.
    pub fn remember(&self, record: &[u8]) -> Option<String> {
        let entry = Entry::from_record(record)?;
        let key = Key::of(&entry.request);
        self.memory.borrow_mut().keep(key, Kept::Answer(Rc::new(entry)), record.len() as u64, ROOM);
        Some(key.to_string())
    }

    /// The words that are in memory under this key.
    pub fn recall(&self, name: &str) -> Option<String> {
        match self.memory.borrow_mut().find(Key::parse(name)?)? {
            Kept::Answer(entry) => Some(entry.answer.text.clone()),
            Kept::Vector(_) => None,
        }
    }

    /// Looks so often for the answer to a request that is written in the one way: its key is made, what is found is compared.
    /// Gives how often it was there.
    pub fn hits(&self, request: &str, times: u32) -> u32 {
        let mut memory = self.memory.borrow_mut();
        let is_hit = |_: &u32| {
            memory
                .find(Key::of(request))
                .is_some_and(|kept| matches!(kept, Kept::Answer(entry) if entry.request == request))
        };
        (0..times).filter(is_hit).count() as u32
    }
}

fn thrown(fault: StorageFault) -> JsValue {
    js_sys::Error::new(&format!("{fault:?}")).into()
}

/// What was measured, as the engine has it: the whole, and what is not written yet.
#[wasm_bindgen]
pub struct BenchMetrics {
    whole: Metrics,
    unwritten: Metrics,
}

#[wasm_bindgen]
impl BenchMetrics {
    /// Thirty days of five models, each asked in every hour.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        let mut metrics =
            Self { whole: Metrics::named("bench".to_owned()), unwritten: Metrics::named("bench".to_owned()) };
        let now = clock::now().wall.epoch_millis();
        for hour in 0..30 * 24 {
            for model in 0..5 {
                metrics.record_one(model, Wall::from_epoch_millis(now - (30 * 24 - hour) * 3_600_000));
            }
        }
        metrics.unwritten = Metrics::named("bench".to_owned());
        metrics
    }

    /// Measures so many generations of one attempt each.
    pub fn record(&mut self, times: u32) {
        for _ in 0..times {
            self.record_one(0, clock::now().wall);
        }
    }

    /// Reports so often, as `metrics.get()` does after a change. Gives how many requests the last one counts.
    pub fn report(&self, times: u32) -> JsValue {
        (0..times).fold(JsValue::UNDEFINED, |_, _| {
            to_js(&self.whole.report(Range::default(), 0, clock::now().wall))
        })
    }

    /// Makes the record that is written, so often. Gives its bytes.
    pub fn written(&self, times: u32) -> u32 {
        (0..times).fold(0, |_, _| self.whole.to_record().len() as u32)
    }

    fn record_one(&mut self, model: u32, at: Wall) {
        let usage = Usage { input_tokens: 42, output_tokens: 1_000, ..Usage::default() };
        let cost = (Money::from_usd(0.000_12), CostKind::Computed);
        let id = format!("meta-llama/llama-{model}");
        let model = ModelKey::new("openrouter", &id);
        let attempt = AttemptMetrics { model, modality: Modality::Text, at, usage, cost, error: None };
        let generation = GenerationMetrics {
            model_id: id,
            provider: "openrouter".to_owned(),
            duration: 2_345.6,
            success: true,
            cost: Some(0.000_12),
            usage: Some(usage),
            decision: Some("best-balance".to_owned()),
            tokens: Some(1_042),
            at,
            first_token_ms: Some(312.0),
            locality: Some(Locality::Cloud),
            goal: Some(Goal::Balanced),
            attempts: Some(1),
            tokens_per_second: Some(420.0),
            cost_kind: Some(CostKind::Computed),
            ..GenerationMetrics::default()
        };
        for metrics in [&mut self.whole, &mut self.unwritten] {
            metrics.attempt(&attempt, at);
            metrics.generation(generation.clone(), 0.0, at);
        }
    }
}
