//! Records in the browser's database. The only file that knows `idb`.
//!
//! `idb`'s futures are left out: they listen only once they are awaited (a transaction that finished before hangs for
//! ever), take an aborted transaction for `Ok`, and drop callbacks that the browser still calls. Here every
//! transaction holds one request, is committed in the same breath, and is judged by its end alone.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use idb::{
    Database, DatabaseEvent, Factory, ObjectStore, ObjectStoreParams, Request, Transaction, TransactionMode,
};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbTransaction};

use super::{Store, StoreError};
use crate::browser::lifeline::{self, Lifeline};
use crate::browser::once::once;
use crate::browser::timer::within;

/// Version 1: the object store [`RECORDS`], keyed by the record's name, of `{ format: number, bytes: Uint8Array }`.
const VERSION: u32 = 1;
const RECORDS: &str = "records";

/// How the bytes of a record are to be read. Bytes of any other format load as nothing and are replaced by the next
/// save: what is kept here can all be found out again.
const FORMAT: f64 = 1.0;

/// Records in one database.
pub(crate) struct IndexedDb {
    name: String,
    patience: Duration,
    connection: RefCell<Option<Rc<Connection>>>,
    is_closed: Cell<bool>,
}

impl IndexedDb {
    /// The database of this name, which is opened when it is first needed. No step takes longer than `patience`.
    pub(super) fn new(name: String, patience: Duration) -> Self {
        Self { name, patience, connection: RefCell::new(None), is_closed: Cell::new(false) }
    }

    /// Works in one transaction. A connection that was lost (the user cleared the site's data, another tab upgraded
    /// the database, Safari came back from the background) is opened again once.
    async fn transact<T>(
        &self,
        mode: TransactionMode,
        work: impl Fn(&ObjectStore) -> Result<T, idb::Error>,
    ) -> Result<T, StoreError> {
        let first = self.connect().await?;
        match first.transact(mode, &work, self.patience).await {
            Err(StoreError::Lost) => {
                first.is_open.set(false);
                drop(first);
                self.connect().await?.transact(mode, &work, self.patience).await
            }
            answer => answer,
        }
    }

    async fn connect(&self) -> Result<Rc<Connection>, StoreError> {
        if let Some(connection) =
            self.connection.borrow().as_ref().filter(|connection| connection.is_open.get())
        {
            return Ok(Rc::clone(connection));
        }
        if self.is_closed.get() {
            return Err(StoreError::Unavailable);
        }
        let connection = Rc::new(Connection::open(&self.name, self.patience).await?);
        if self.is_closed.get() {
            return Err(StoreError::Unavailable);
        }
        let before = self.connection.replace(Some(Rc::clone(&connection)));
        drop(before);
        Ok(connection)
    }
}

impl Store for IndexedDb {
    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = JsValue::from(name);
        let request = self.transact(TransactionMode::ReadOnly, |records| records.get(key.clone())).await?;
        Ok(request.result().ok().and_then(|value| unpack(&value)))
    }

    async fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let key = JsValue::from(name);
        let value = pack(bytes);
        self.transact(TransactionMode::ReadWrite, |records| records.put(&value, Some(&key))).await.map(drop)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let key = JsValue::from(name);
        self.transact(TransactionMode::ReadWrite, |records| records.delete(key.clone())).await.map(drop)
    }

    fn close(&self) {
        self.is_closed.set(true);
        drop(self.connection.take());
    }
}

fn pack(bytes: &[u8]) -> JsValue {
    let value = Object::new();
    // Setting a property of a new object cannot fail.
    let _ = Reflect::set(&value, &"format".into(), &FORMAT.into());
    let _ = Reflect::set(&value, &"bytes".into(), &Uint8Array::from(bytes));
    value.into()
}

fn unpack(value: &JsValue) -> Option<Vec<u8>> {
    // `Reflect.get` of what is no object throws; that is not our format either.
    let format = Reflect::get(value, &"format".into()).ok()?;
    let bytes = Reflect::get(value, &"bytes".into()).ok()?;
    if format.as_f64() != Some(FORMAT) {
        return None;
    }
    Some(bytes.dyn_into::<Uint8Array>().ok()?.to_vec())
}

/// An open database. Dropping it closes it when its last transaction is over.
struct Connection {
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
    async fn open(name: &str, patience: Duration) -> Result<Self, StoreError> {
        let factory = Factory::new().map_err(unavailable)?;
        let mut request = factory.open(name, Some(VERSION)).map_err(unavailable)?;
        let (giver, coming) = once();
        let is_late = Rc::new(Cell::new(false));
        request.on_upgrade_needed(|event| {
            // Version 1 is the first: whatever is upgraded is new. Where this fails the object store is missing, and
            // the first transaction says so.
            if let Ok(database) = event.database() {
                let _ = database.create_object_store(RECORDS, ObjectStoreParams::new());
            }
        });
        request.on_success({
            let (giver, is_late) = (giver.clone(), Rc::clone(&is_late));
            move |event| match event.database() {
                // Nobody waits any more, and an open connection would block other tabs.
                Ok(database) if is_late.get() => database.close(),
                database => giver.give(database.map_err(unavailable)),
            }
        });
        request.on_error(move |_| giver.give(Err(StoreError::Unavailable)));
        let Some(opened) = within(patience, coming).await else {
            is_late.set(true);
            // The browser may still call them; a few bytes, once a visit.
            request.forget_callbacks();
            return Err(StoreError::Unavailable);
        };
        opened.map(Self::keep)
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

    async fn transact<T>(
        &self,
        mode: TransactionMode,
        work: impl Fn(&ObjectStore) -> Result<T, idb::Error>,
        patience: Duration,
    ) -> Result<T, StoreError> {
        let transaction = self.database.transaction(&[RECORDS], mode).map_err(|error| match error {
            idb::Error::TransactionOpenFailed(reason) if is_named(&reason, "NotFoundError") => {
                StoreError::Unavailable
            }
            _ => StoreError::Lost,
        })?;
        let records = transaction.object_store(RECORDS).map_err(lost)?;
        let request = work(&records).map_err(lost)?;
        // Nothing that is no request may be awaited before this line: the transaction would end meanwhile.
        let committing = transaction.commit().map_err(lost)?;
        end_of(committing, &records, patience).await?;
        Ok(request)
    }
}

/// Waits for the end of a transaction that was told to commit.
async fn end_of(
    mut transaction: Transaction,
    records: &ObjectStore,
    patience: Duration,
) -> Result<(), StoreError> {
    let (giver, is_committed) = once();
    transaction.on_complete({
        let giver = giver.clone();
        move |_| giver.give(true)
    });
    transaction.on_abort(move |_| giver.give(false));
    let _listening = Listening::to(records.transaction().into());
    match within(patience, is_committed).await {
        Some(true) => Ok(()),
        Some(false) if transaction.error().is_some_and(|error| error.name() == "QuotaExceededError") => {
            Err(StoreError::Full)
        }
        Some(false) => Err(StoreError::Lost),
        None => Err(StoreError::Silent),
    }
}

/// A transaction by a second handle, since `idb` frees its callbacks without taking them away from the browser.
struct Listening {
    transaction: IdbTransaction,
    _lifeline: Lifeline,
}

impl Listening {
    fn to(transaction: IdbTransaction) -> Self {
        let lifeline = lifeline::tie({
            let transaction = transaction.clone();
            move || stop_listening(&transaction)
        });
        Self { transaction, _lifeline: lifeline }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        stop_listening(&self.transaction);
    }
}

fn stop_listening(transaction: &IdbTransaction) {
    transaction.set_oncomplete(None);
    transaction.set_onabort(None);
}

fn unavailable(_: idb::Error) -> StoreError {
    StoreError::Unavailable
}

fn lost(_: idb::Error) -> StoreError {
    StoreError::Lost
}

fn is_named(reason: &JsValue, name: &str) -> bool {
    reason.dyn_ref::<DomException>().is_some_and(|exception| exception.name() == name)
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
