//! Each fault that a browser's database can have, in a real one.

mod faults;
mod versions;

use core::cell::Cell;
use core::time::Duration;

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::promise::settled;
use crate::browser::store::contract::{SHELVES, obeys_the_store_contract};
use crate::browser::store::memory::Memory;
use crate::browser::store::schema::{STEPS, Step};
use crate::browser::testing::unique_name;
use crate::browser::together::all;

/// Long enough for any browser, so that a test that fails does not hang.
const PATIENCE: Duration = Duration::from_secs(10);

const RECORDS: Shelf = Shelf::RECORDS;

#[wasm_bindgen(module = "/src/browser/store/indexed_db/raw.js")]
extern "C" {
    #[wasm_bindgen(js_name = openRaw)]
    fn open_raw(name: &str, version: u32) -> Promise;
    #[wasm_bindgen(js_name = openEmpty)]
    fn open_empty(name: &str, version: u32) -> Promise;
    #[wasm_bindgen(js_name = putRaw)]
    fn put_raw(name: &str, key: &str, value: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = getRaw)]
    fn get_raw(name: &str, shelf: &str, key: &str) -> Promise;
    #[wasm_bindgen(js_name = versionOf)]
    fn version_of(name: &str) -> Promise;
    #[wasm_bindgen(js_name = deleteRaw)]
    fn delete_raw(name: &str) -> Promise;
    #[wasm_bindgen(js_name = startDeleting)]
    fn start_deleting(name: &str);
    #[wasm_bindgen(js_name = makeVersion)]
    fn make_version(name: &str, version: u32) -> Promise;
    /// Counts transactions until it is called; gives their number then.
    #[wasm_bindgen(js_name = countTransactions)]
    fn count_transactions() -> js_sys::Function;
    /// What transactions do instead of committing, until it is called.
    #[wasm_bindgen(js_name = spoilTransactions)]
    fn spoil_transactions(how: &str) -> js_sys::Function;
    /// What opening does instead, until it is called.
    #[wasm_bindgen(js_name = spoilOpening)]
    fn spoil_opening(how: &str) -> js_sys::Function;
    /// The next transactions fail as if the browser's storage process had died, this many.
    #[wasm_bindgen(js_name = killHandles)]
    fn kill_handles(how: &str, times: u32) -> js_sys::Function;
    /// A write that is bigger than this finds no room, until it is called.
    #[wasm_bindgen(js_name = limitRoom)]
    fn limit_room(bytes: u32) -> js_sys::Function;
}

fn store(name: &str) -> IndexedDb {
    IndexedDb::new(name.to_owned(), STEPS, PATIENCE, || ())
}

fn call(function: &js_sys::Function) -> JsValue {
    function.call0(&JsValue::UNDEFINED).unwrap()
}

/// A store, and how often it said that it can be reached after all.
fn watched(name: &str, patience: Duration) -> (IndexedDb, Rc<Cell<u32>>, Coming<()>) {
    let times = Rc::new(Cell::new(0));
    let (giver, reachable) = once();
    let store = IndexedDb::new(name.to_owned(), STEPS, patience, {
        let times = Rc::clone(&times);
        move || {
            times.set(times.get() + 1);
            giver.give(());
        }
    });
    (store, times, reachable)
}

#[wasm_bindgen_test]
async fn indexed_db_obeys_the_contract() {
    const WITH_BOTH_SHELVES: &[Step] = &[STEPS[0], |upgrade| upgrade.add(SHELVES[1])];
    let store = IndexedDb::new(unique_name(), WITH_BOTH_SHELVES, PATIENCE, || ());
    obeys_the_store_contract(&store).await;
}

#[wasm_bindgen_test]
async fn memory_obeys_the_contract_in_a_browser_too() {
    obeys_the_store_contract(&Memory::default()).await;
}

#[wasm_bindgen_test]
async fn a_record_outlives_its_connection_in_the_documented_form() {
    let name = unique_name();
    let before = store(&name);
    before.save(RECORDS, "health", &[1, 2]).await.unwrap();
    before.close();
    assert_eq!(store(&name).load(RECORDS, "health").await, Ok(Some(vec![1, 2])));
    let raw = settled(&get_raw(&name, "records", "health")).await.unwrap();
    assert_eq!(Reflect::get(&raw, &"format".into()).unwrap(), JsValue::from(1));
    assert_eq!(unpack(&raw), Some(vec![1, 2]));
}

#[wasm_bindgen_test]
async fn what_begins_in_one_turn_shares_a_transaction_and_what_comes_meanwhile_the_next() {
    let store = store(&unique_name());
    store.load(RECORDS, "open").await.unwrap();
    let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let count = count_transactions();
    all(names.iter().map(|name| store.save(RECORDS, name, &[1]))).await;
    assert_eq!(call(&count), 1);
    let count = count_transactions();
    all(names.iter().map(|name| store.load(RECORDS, name))).await;
    assert_eq!(call(&count), 1);
    let count = count_transactions();
    let step_by_step = async {
        store.save(RECORDS, "1", &[2]).await.unwrap();
        store.save(RECORDS, "1", &[3]).await.unwrap();
    };
    let meanwhile = async {
        settled(&Promise::resolve(&JsValue::NULL)).await.unwrap();
        all(names.iter().map(|name| store.load(RECORDS, name))).await;
    };
    crate::browser::store::contract::both(step_by_step, meanwhile).await;
    assert_eq!(call(&count), 3);
}

#[wasm_bindgen_test]
async fn a_save_is_over_when_another_connection_can_read_it() {
    let name = unique_name();
    let store = store(&name);
    for byte in 0..5 {
        store.save(RECORDS, "health", &[byte]).await.unwrap();
        let raw = settled(&get_raw(&name, "records", "health")).await.unwrap();
        assert_eq!(unpack(&raw), Some(vec![byte]));
    }
}

#[wasm_bindgen_test]
async fn what_was_begun_is_kept_when_the_store_is_closed_and_nothing_after_it() {
    let name = unique_name();
    let closed = store(&name);
    let mut begun = Box::pin(closed.save(RECORDS, "health", &[1]));
    let once_polled = core::future::poll_fn(|context| {
        let _ = begun.as_mut().poll(context);
        core::task::Poll::Ready(())
    });
    once_polled.await;
    closed.close();
    assert_eq!(begun.await, Ok(()));
    assert_eq!(closed.load(RECORDS, "health").await, Err(StorageFault::Lost));
    // Resolves only if the store let go.
    settled(&open_raw(&name, 9)).await.unwrap();
    let raw = settled(&get_raw(&name, "records", "health")).await.unwrap();
    assert_eq!(unpack(&raw), Some(vec![1]));
}

#[wasm_bindgen_test]
async fn a_page_that_is_put_aside_holds_nothing_open_and_finds_everything_when_it_comes_back() {
    let name = unique_name();
    let store = store(&name);
    store.save(RECORDS, "health", &[1]).await.unwrap();
    store.rest();
    assert!(!matches!(&*store.0.link.borrow(), Link::Open(connection) if connection.is_open()));
    assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![1])));
}
