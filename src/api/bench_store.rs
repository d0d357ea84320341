//! What keeps answers, without the mesh around it: the database and the memory, as the benchmark in `tests/bench` calls them. Only
//! with the feature `bench-store`.

use core::cell::RefCell;
use std::rc::Rc;

use hkm_mesh_core::cache::{Entry, Key, Memory};
use hkm_mesh_core::model::storage::StorageFault;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

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
    /// Opens the database of this name when it is first needed.
    #[wasm_bindgen(constructor)]
    pub fn new(database: String) -> Self {
        Self { store: Rc::new(Keeper::new(Some(database), || ())), memory: RefCell::default() }
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
        self.memory.borrow_mut().keep(key, Rc::new(entry), record.len() as u64, ROOM);
        Some(key.to_string())
    }

    /// The words that are in memory under this key.
    pub fn recall(&self, name: &str) -> Option<String> {
        let entry = self.memory.borrow_mut().find(Key::parse(name)?)?;
        Some(entry.answer.text.clone())
    }

    /// Looks so often for the answer to a request that is written in the one way: its key is made, what is found is compared.
    /// Gives how often it was there.
    pub fn hits(&self, request: &str, times: u32) -> u32 {
        let mut memory = self.memory.borrow_mut();
        let is_hit = |_: &u32| memory.find(Key::of(request)).is_some_and(|entry| entry.request == request);
        (0..times).filter(is_hit).count() as u32
    }
}

fn thrown(fault: StorageFault) -> JsValue {
    js_sys::Error::new(&format!("{fault:?}")).into()
}
