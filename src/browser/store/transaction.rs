//! One transaction: what is done in it, and how it ended.
//!
//! Every transaction that writes is committed in the breath that began it, and judged by its end alone. `idb`'s are left out:
//! its futures listen only once they are awaited (a transaction that finished before hangs for ever) and take an aborted one
//! for `Ok`.

use hkm_mesh_core::base::order;
use hkm_mesh_core::model::storage::StorageFault;
use js_sys::Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DomException, Event, IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::Shelf;
use super::patience::Patience;
use crate::browser::lifeline::{self, Lifeline};
use crate::browser::once::once;

/// One thing to do in a transaction.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Read what is kept under this key.
    Get(JsValue),
    /// Keep this value under this key.
    Put(JsValue, JsValue),
    /// Forget what is kept under this key, or in this range of keys.
    Delete(JsValue),
    /// Read all keys, in order.
    Keys,
    /// Read all values, in the order of their keys.
    Values,
    /// Forget everything.
    Clear,
}

/// What is to be done, and on which shelf.
pub(super) type Asked = (Shelf, Work);

/// Does all of it, and gives what was read. All of it happened or, after an error, nothing; after [`StorageFault::Silent`]
/// nobody knows which.
pub(super) async fn run(
    database: &IdbDatabase,
    batch: &[Asked],
    patience: &Patience,
) -> Result<Vec<JsValue>, StorageFault> {
    let only_reads = batch.iter().all(|(_, work)| matches!(work, Work::Get(_) | Work::Keys | Work::Values));
    let transaction = begin(database, batch, only_reads)?;
    let Ok(requests) = place(&transaction, batch) else {
        // What was placed before would be committed by itself.
        let _ = transaction.abort();
        return Err(StorageFault::Lost);
    };
    // Nothing that is no request may be awaited before this line: the transaction would end meanwhile.
    if !only_reads {
        #[allow(deprecated)] // Every browser has it, and it came back into the standard.
        transaction.commit().map_err(|_| StorageFault::Lost)?;
    }
    // What was read is there once the last request succeeded: they end in the order in which they were placed. What was
    // written is kept once the transaction is committed.
    let last_read = requests.last().filter(|_| only_reads).cloned().flatten();
    let (giver, is_done) = once();
    let on_end = Closure::new(move |event: Event| giver.give(event.type_() != "abort"));
    let _listening = Listening::to(transaction.clone(), last_read, on_end);
    match patience.with(is_done).await {
        Some(true) => {}
        Some(false) => return Err(why_aborted(transaction.error().as_ref())),
        None => return Err(StorageFault::Silent),
    }
    let result = |request: Option<IdbRequest>| request.and_then(|request| request.result().ok());
    Ok(requests.into_iter().map(|request| result(request).unwrap_or_default()).collect())
}

fn begin(database: &IdbDatabase, batch: &[Asked], only_reads: bool) -> Result<IdbTransaction, StorageFault> {
    let mode = if only_reads { IdbTransactionMode::Readonly } else { IdbTransactionMode::Readwrite };
    let mut shelves: Vec<&str> = batch.iter().map(|(shelf, _)| shelf.name()).collect();
    order::sort(&mut shelves);
    shelves.dedup();
    let begun = if let [one] = shelves[..] {
        database.transaction_with_str_and_mode(one, mode)
    } else {
        let names: Array = shelves.into_iter().map(JsValue::from_str).collect();
        database.transaction_with_str_sequence_and_mode(&names, mode)
    };
    begun.map_err(|reason| match reason.dyn_ref::<DomException>() {
        // Another program of this origin made it.
        Some(exception) if exception.name() == "NotFoundError" => StorageFault::Unusable,
        _ => StorageFault::Lost,
    })
}

/// Asks for all of a batch; what is read has its request.
fn place(transaction: &IdbTransaction, batch: &[Asked]) -> Result<Vec<Option<IdbRequest>>, JsValue> {
    // Two or three at most: an answer and its use lie on different ones, by turns.
    let mut stores: Vec<(Shelf, IdbObjectStore)> = Vec::new();
    let mut requests = Vec::with_capacity(batch.len());
    for (shelf, work) in batch {
        let known = stores.iter().find(|(of, _)| of == shelf).map(|(_, store)| store.clone());
        let store = if let Some(store) = known {
            store
        } else {
            let store = transaction.object_store(shelf.name())?;
            stores.push((*shelf, store.clone()));
            store
        };
        requests.push(match work {
            Work::Get(key) => Some(store.get(key)?),
            Work::Keys => Some(store.get_all_keys()?),
            Work::Values => Some(store.get_all()?),
            Work::Put(key, value) => {
                store.put_with_key(value, key)?;
                None
            }
            Work::Delete(key) => {
                store.delete(key)?;
                None
            }
            Work::Clear => {
                store.clear()?;
                None
            }
        });
    }
    Ok(requests)
}

/// A transaction that is listened to, or the last request of one that only reads.
struct Listening {
    transaction: IdbTransaction,
    last_read: Option<IdbRequest>,
    _on_end: Closure<dyn FnMut(Event)>,
    _lifeline: Lifeline,
}

impl Listening {
    fn to(
        transaction: IdbTransaction,
        last_read: Option<IdbRequest>,
        on_end: Closure<dyn FnMut(Event)>,
    ) -> Self {
        let hear = Some(on_end.as_ref().unchecked_ref());
        match &last_read {
            Some(request) => request.set_onsuccess(hear),
            None => transaction.set_oncomplete(hear),
        }
        transaction.set_onabort(hear);
        let lifeline = lifeline::tie({
            let (transaction, last_read) = (transaction.clone(), last_read.clone());
            move || stop_listening(&transaction, last_read.as_ref())
        });
        Self { transaction, last_read, _on_end: on_end, _lifeline: lifeline }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        stop_listening(&self.transaction, self.last_read.as_ref());
    }
}

fn stop_listening(transaction: &IdbTransaction, last_read: Option<&IdbRequest>) {
    match last_read {
        Some(request) => request.set_onsuccess(None),
        None => transaction.set_oncomplete(None),
    }
    transaction.set_onabort(None);
}

fn why_aborted(error: Option<&DomException>) -> StorageFault {
    match error.map(DomException::name).as_deref() {
        Some("QuotaExceededError") => StorageFault::Full,
        // Chromium's words for a record whose bytes are gone or broken on the disk.
        Some("NotReadableError" | "DataError") => StorageFault::Unreadable,
        // Among them Safari's "Connection to Indexed Database server lost".
        _ => StorageFault::Lost,
    }
}
