use core::time::Duration;

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::promise::settled;
use crate::browser::store::WithFallback;
use crate::browser::store::contract::obeys_the_store_contract;
use crate::browser::store::memory::Memory;
use crate::browser::testing::unique_name;

/// Long enough for any browser, so that a test that fails does not hang.
const PATIENCE: Duration = Duration::from_secs(10);

#[wasm_bindgen(inline_js = r#"
    // What another tab, or another version of this package, does to the same database.
    const ending = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    export async function openRaw(name, version) {
        const request = indexedDB.open(name, version);
        request.onupgradeneeded = () => {
            const stores = request.result.objectStoreNames;
            if (!stores.contains("records")) request.result.createObjectStore("records");
        };
        return await ending(request);
    }
    export async function openEmpty(name) { return await ending(indexedDB.open(name, 1)); }
    export async function putRaw(name, key, value) {
        const database = await openRaw(name, 1);
        await ending(database.transaction("records", "readwrite").objectStore("records").put(value, key));
        database.close();
    }
    export async function getRaw(name, key) {
        const database = await openRaw(name, 1);
        const value = await ending(database.transaction("records").objectStore("records").get(key));
        database.close();
        return value;
    }
    export async function deleteRaw(name) { await ending(indexedDB.deleteDatabase(name)); }
    // Never resolves while a connection stays open that ignores `versionchange`.
    export function startDeleting(name) { indexedDB.deleteDatabase(name); }
    // Lets transactions end otherwise than in a commit: "abort", "quota" or "never".
    export function spoilTransactions(how) {
        const prototype = IDBTransaction.prototype;
        const names = ["commit", "error", "oncomplete"];
        const before = names.map((name) => Object.getOwnPropertyDescriptor(prototype, name));
        if (how === "never") Object.defineProperty(prototype, "oncomplete", { configurable: true, set() {} });
        else prototype.commit = function () { this.abort(); };
        if (how === "quota") {
            const error = new DOMException("", "QuotaExceededError");
            Object.defineProperty(prototype, "error", { configurable: true, get: () => error });
        }
        return () => names.forEach((name, index) => Object.defineProperty(prototype, name, before[index]));
    }
"#)]
extern "C" {
    #[wasm_bindgen(js_name = openRaw)]
    fn open_raw(name: &str, version: u32) -> Promise;
    #[wasm_bindgen(js_name = openEmpty)]
    fn open_empty(name: &str) -> Promise;
    #[wasm_bindgen(js_name = putRaw)]
    fn put_raw(name: &str, key: &str, value: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = getRaw)]
    fn get_raw(name: &str, key: &str) -> Promise;
    #[wasm_bindgen(js_name = deleteRaw)]
    fn delete_raw(name: &str) -> Promise;
    #[wasm_bindgen(js_name = startDeleting)]
    fn start_deleting(name: &str);
    #[wasm_bindgen(js_name = spoilTransactions)]
    fn spoil_transactions(how: &str) -> js_sys::Function;
}

fn store(name: &str) -> IndexedDb {
    IndexedDb::new(name.to_owned(), PATIENCE)
}

#[wasm_bindgen_test]
async fn indexed_db_obeys_the_contract() {
    obeys_the_store_contract(&store(&unique_name())).await;
}

#[wasm_bindgen_test]
async fn memory_obeys_the_contract_in_a_browser_too() {
    obeys_the_store_contract(&Memory::default()).await;
}

#[wasm_bindgen_test]
async fn a_record_outlives_its_connection_in_the_documented_form() {
    let name = unique_name();
    let before = store(&name);
    before.save("health", &[1, 2]).await.unwrap();
    before.close();
    assert_eq!(store(&name).load("health").await, Ok(Some(vec![1, 2])));
    let raw = settled(&get_raw(&name, "health")).await.unwrap();
    assert_eq!(Reflect::get(&raw, &"format".into()).unwrap(), JsValue::from(1));
    assert_eq!(unpack(&raw), Some(vec![1, 2]));
}

#[wasm_bindgen_test]
async fn bytes_of_another_format_load_as_nothing_and_are_replaced() {
    let name = unique_name();
    let newer = pack(&[9]);
    Reflect::set(&newer, &"format".into(), &2.into()).unwrap();
    let not_bytes = pack(&[]);
    Reflect::set(&not_bytes, &"bytes".into(), &"text".into()).unwrap();
    let store = store(&name);
    for foreign in [newer, not_bytes, Object::new().into(), JsValue::from(7), JsValue::NULL] {
        settled(&put_raw(&name, "health", &foreign)).await.unwrap();
        assert_eq!(store.load("health").await, Ok(None));
    }
    store.save("health", &[1]).await.unwrap();
    assert_eq!(store.load("health").await, Ok(Some(vec![1])));
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_is_left_alone_and_memory_takes_over() {
    let name = unique_name();
    let newer: web_sys::IdbDatabase = settled(&open_raw(&name, 2)).await.unwrap().unchecked_into();
    newer.close();
    assert_eq!(store(&name).load("health").await, Err(StoreError::Unavailable));
    obeys_the_store_contract(&WithFallback::new(Some(store(&name)))).await;
}

#[wasm_bindgen_test]
async fn a_database_of_somebody_else_is_left_alone() {
    let name = unique_name();
    settled(&open_empty(&name)).await.unwrap();
    assert_eq!(store(&name).save("health", &[1]).await, Err(StoreError::Unavailable));
}

#[wasm_bindgen_test]
async fn another_tab_may_upgrade_while_the_store_is_open() {
    let name = unique_name();
    let store = store(&name);
    store.save("health", &[1]).await.unwrap();
    // Resolves only if the store lets go.
    settled(&open_raw(&name, 2)).await.unwrap();
    assert_eq!(store.load("health").await, Err(StoreError::Unavailable));
}

#[wasm_bindgen_test]
async fn a_database_that_was_deleted_is_opened_anew() {
    let name = unique_name();
    let store = store(&name);
    store.save("health", &[1]).await.unwrap();
    settled(&delete_raw(&name)).await.unwrap();
    assert_eq!(store.load("health").await, Ok(None));
    store.save("health", &[2]).await.unwrap();
    assert_eq!(store.load("health").await, Ok(Some(vec![2])));
}

#[wasm_bindgen_test]
async fn a_connection_that_was_lost_without_a_word_is_opened_again() {
    let name = unique_name();
    let store = store(&name);
    store.save("health", &[1]).await.unwrap();
    store.connect().await.unwrap().database.close();
    assert_eq!(store.load("health").await, Ok(Some(vec![1])));
    store.connect().await.unwrap().database.close();
    assert_eq!(store.save("health", &[2]).await, Ok(()));
    assert_eq!(store.load("health").await, Ok(Some(vec![2])));
}

#[wasm_bindgen_test]
async fn an_open_that_is_blocked_is_given_up_in_time_and_lets_go_when_it_comes_late() {
    let name = unique_name();
    // A tab that ignores `versionchange` blocks the deletion, and the deletion blocks whoever opens after it.
    let blocker: web_sys::IdbDatabase = settled(&open_raw(&name, 1)).await.unwrap().unchecked_into();
    start_deleting(&name);
    let impatient = IndexedDb::new(name.clone(), Duration::from_millis(20));
    assert_eq!(impatient.load("health").await, Err(StoreError::Unavailable));
    blocker.close();
    // The late connection would block this one for ever if it stayed open.
    settled(&open_raw(&name, 2)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_closed_store_fails_and_does_not_open_again() {
    let name = unique_name();
    let store = store(&name);
    store.save("health", &[1]).await.unwrap();
    store.close();
    assert_eq!(store.load("health").await, Err(StoreError::Unavailable));
    settled(&open_raw(&name, 2)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_transaction_that_does_not_commit_is_a_failure_and_saves_nothing() {
    let cases = [
        ("abort", StoreError::Lost, None),
        ("quota", StoreError::Full, None),
        ("never", StoreError::Silent, Some(1)),
    ];
    for (how, error, kept) in cases {
        let mut store = store(&unique_name());
        assert_eq!(store.load("health").await, Ok(None), "the database is open");
        if how == "never" {
            store.patience = Duration::from_millis(20);
        }
        let mend = spoil_transactions(how);
        let saved = store.save("health", &[1]).await;
        mend.call0(&JsValue::UNDEFINED).unwrap();
        assert_eq!(saved, Err(error), "{how}");
        store.patience = PATIENCE;
        assert_eq!(store.load("health").await, Ok(kept.map(|byte| vec![byte])), "{how}");
    }
}
