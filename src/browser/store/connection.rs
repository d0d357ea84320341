//! One connection to the database, from its opening to its end, and transactions on it.
//!
//! `idb`'s futures are left out: they listen only once they are awaited (a transaction that finished before hangs for
//! ever), take an aborted transaction for `Ok`, and drop callbacks that the browser still calls. Here every
//! transaction is committed in the breath that began it, and one that writes is judged by its end alone.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use hkm_mesh_core::model::storage::StorageFault;
use idb::event::VersionChangeEvent;
use idb::request::OpenDatabaseRequest;
use idb::{Database, DatabaseEvent, Event, Factory, ObjectStore, Request, Transaction, TransactionMode};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use super::Shelf;
use super::schema::{self, Step};
use crate::browser::lifeline::{self, Lifeline};
use crate::browser::once::once;
use crate::browser::timer::within;

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

/// An open database. Dropping it closes it when its last transaction is over.
pub(super) struct Connection {
    database: Rc<Database>,
    is_open: Rc<Cell<bool>>,
    _lifeline: Lifeline,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
    }
}

impl Connection {
    /// Opens the database of this name, and brings it to the version that the steps lead to. This may take for ever:
    /// another tab can hold an older version open, and some browsers do not answer.
    pub(super) async fn open(name: &str, steps: &'static [Step]) -> Result<Self, StorageFault> {
        let factory = IdbFactory::from(Factory::new().map_err(|_| StorageFault::Missing)?);
        let opening =
            factory.open_with_u32(name, schema::version(steps)).map_err(|_| StorageFault::Missing)?;
        let mut request = OpenDatabaseRequest::from(opening.clone());
        let (giver, coming) = once();
        request.on_upgrade_needed(move |event| upgrade(&event, steps));
        request.on_success({
            let giver = giver.clone();
            move |event| giver.give(event.database().map_err(|_| StorageFault::Unusable))
        });
        request.on_error(move |event| {
            let error = event.target().ok().and_then(|request| request.error().ok().flatten());
            giver.give(Err(why_shut(error.as_ref())));
        });
        let _listening = lifeline::tie(move || stop_opening(&opening));
        coming.await.map(Self::keep)
    }

    fn keep(mut database: Database) -> Self {
        let is_open = Rc::new(Cell::new(true));
        database.on_version_change({
            let is_open = Rc::clone(&is_open);
            move |event| {
                // Another tab upgrades or deletes the database and waits until every connection is closed.
                is_open.set(false);
                if let Ok(database) = event.database() {
                    database.close();
                }
            }
        });
        database.on_close({
            let is_open = Rc::clone(&is_open);
            move |_| is_open.set(false)
        });
        let database = Rc::new(database);
        let lifeline = lifeline::tie({
            let database = Rc::clone(&database);
            move || database.close()
        });
        Self { database, is_open, _lifeline: lifeline }
    }

    /// Whether it can still be used, as far as the browser said.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.get()
    }

    /// Closes it when its last transaction is over, also where nothing of this page runs any more.
    pub(super) fn close(&self) {
        self.is_open.set(false);
        self.database.close();
    }

    /// Closes it as if the browser had done so without a word.
    #[cfg(test)]
    #[cfg(target_arch = "wasm32")]
    pub(super) fn close_unnoticed(&self) {
        self.database.close();
    }

    /// Does all of `batch` in one transaction, and gives what was read. All of it happened or, after an error, nothing; after
    /// [`StorageFault::Silent`] nobody knows which.
    pub(super) async fn transact(
        &self,
        batch: &[(Shelf, Work)],
        patience: Duration,
    ) -> Result<Vec<JsValue>, StorageFault> {
        let mut shelves: Vec<&str> = batch.iter().map(|(shelf, _)| shelf.name()).collect();
        shelves.sort_unstable();
        shelves.dedup();
        let only_reads =
            batch.iter().all(|(_, work)| matches!(work, Work::Get(_) | Work::Keys | Work::Values));
        let mode = if only_reads { TransactionMode::ReadOnly } else { TransactionMode::ReadWrite };
        let transaction = self.database.transaction(&shelves, mode).map_err(|error| match error {
            // Another program of this origin made it.
            idb::Error::TransactionOpenFailed(reason) if is_named(&reason, "NotFoundError") => {
                StorageFault::Unusable
            }
            _ => StorageFault::Lost,
        })?;
        let Ok((ending, requests)) = place(&transaction, batch) else {
            // What was placed before would be committed by itself.
            let _ = transaction.abort();
            return Err(StorageFault::Lost);
        };
        // Nothing that is no request may be awaited before this line: the transaction would end meanwhile.
        let transaction =
            if only_reads { transaction } else { transaction.commit().map_err(|_| StorageFault::Lost)? };
        // What was read is there once the last request succeeded: they end in the order in which they were placed. What was
        // written is kept once the transaction is committed.
        let last_read = requests.last().filter(|_| only_reads).cloned().flatten();
        let ended = end_of(transaction, ending, last_read, patience).await;
        if ended == Err(StorageFault::Silent) {
            // A dead handle: the next transaction gets a new one.
            self.is_open.set(false);
        }
        ended?;
        let result = |request: Option<IdbRequest>| request.and_then(|request| request.result().ok());
        Ok(requests.into_iter().map(|request| result(request).unwrap_or_default()).collect())
    }
}

/// Asks for all of a batch. Also gives the transaction by a second handle, since `idb` frees its callbacks without taking
/// them away from the browser.
fn place(
    transaction: &Transaction,
    batch: &[(Shelf, Work)],
) -> Result<(IdbTransaction, Vec<Option<IdbRequest>>), idb::Error> {
    // Two or three at most: an answer and its use lie on different ones, by turns.
    let mut stores: Vec<(Shelf, ObjectStore)> = Vec::new();
    let mut ending = None;
    let mut requests = Vec::with_capacity(batch.len());
    for (shelf, work) in batch {
        let place = stores.iter().position(|(of, _)| of == shelf).unwrap_or(stores.len());
        if place == stores.len() {
            stores.push((*shelf, transaction.object_store(shelf.name())?));
        }
        let (_, store) = stores.get(place).ok_or(idb::Error::EventTargetNotFound)?;
        requests.push(match work {
            Work::Get(key) => Some(store.get(key.clone())?.into()),
            Work::Keys => Some(store.get_all_keys(None, None)?.into()),
            Work::Values => Some(store.get_all(None, None)?.into()),
            Work::Put(key, value) => {
                store.put(value, Some(key))?;
                None
            }
            Work::Delete(key) => {
                store.delete(key.clone())?;
                None
            }
            Work::Clear => {
                store.clear()?;
                None
            }
        });
        ending.get_or_insert_with(|| store.transaction().into());
    }
    ending.map(|ending| (ending, requests)).ok_or(idb::Error::EventTargetNotFound)
}

/// Waits for the end of a transaction that was told to commit, or for the last request of one that only reads.
async fn end_of(
    mut transaction: Transaction,
    handle: IdbTransaction,
    last_read: Option<IdbRequest>,
    patience: Duration,
) -> Result<(), StorageFault> {
    let (giver, is_done) = once();
    let on_read = last_read.map(|request| {
        let giver = giver.clone();
        let listener = Closure::new(move || giver.give(true));
        request.set_onsuccess(Some(listener.as_ref().unchecked_ref()));
        (request, listener)
    });
    if on_read.is_none() {
        let giver = giver.clone();
        transaction.on_complete(move |_| giver.give(true));
    }
    transaction.on_abort(move |_| giver.give(false));
    let _listening = Listening::to(handle, on_read);
    match within(patience, is_done).await {
        Some(true) => Ok(()),
        Some(false) => Err(why_aborted(transaction.error().as_ref())),
        None => Err(StorageFault::Silent),
    }
}

/// Runs in the one transaction that may change the database's form.
fn upgrade(event: &VersionChangeEvent, steps: &[Step]) {
    let Ok(request) = event.target() else { return };
    let (Ok(database), Some(transaction), Ok(from)) =
        (event.database(), request.transaction(), event.old_version())
    else {
        return;
    };
    if schema::migrate(steps, from, &database, &transaction).is_err() {
        // Opening fails with an `AbortError`, and the database stays what it was.
        let _ = transaction.abort();
    }
}

/// What is called when a request succeeded.
type OnRead = (IdbRequest, Closure<dyn FnMut()>);

/// A transaction that is listened to, and the last request of one that only reads.
struct Listening {
    transaction: IdbTransaction,
    on_read: Option<OnRead>,
    _lifeline: Lifeline,
}

impl Listening {
    fn to(transaction: IdbTransaction, on_read: Option<OnRead>) -> Self {
        let lifeline = lifeline::tie({
            let (transaction, request) =
                (transaction.clone(), on_read.as_ref().map(|(request, _)| request.clone()));
            move || stop_listening(&transaction, request.as_ref())
        });
        Self { transaction, on_read, _lifeline: lifeline }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        stop_listening(&self.transaction, self.on_read.as_ref().map(|(request, _)| request));
    }
}

fn stop_listening(transaction: &IdbTransaction, request: Option<&IdbRequest>) {
    transaction.set_oncomplete(None);
    transaction.set_onabort(None);
    if let Some(request) = request {
        request.set_onsuccess(None);
    }
}

/// The browser closes a connection that nobody holds.
fn stop_opening(request: &IdbOpenDbRequest) {
    request.set_onsuccess(None);
    request.set_onerror(None);
    request.set_onupgradeneeded(None);
}

fn why_shut(error: Option<&DomException>) -> StorageFault {
    match error.map(DomException::name).as_deref() {
        Some("VersionError") => StorageFault::Newer,
        Some("QuotaExceededError") => StorageFault::Full,
        Some("SecurityError") => StorageFault::Missing,
        _ => StorageFault::Unusable,
    }
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

fn is_named(reason: &JsValue, name: &str) -> bool {
    reason.dyn_ref::<DomException>().is_some_and(|exception| exception.name() == name)
}
