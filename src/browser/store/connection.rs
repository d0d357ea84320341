//! One connection to the database, from its opening to its end.
//!
//! `idb` makes and changes the database; what happens often is asked of the browser directly, since each call into it is
//! dear when it is the page's first.

use core::cell::Cell;
use std::rc::Rc;

use hkm_mesh_core::model::storage::StorageFault;
use idb::event::VersionChangeEvent;
use idb::{DatabaseEvent, Event, Factory, Request};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbVersionChangeEvent};

use super::patience::Patience;
use super::schema::{self, Step};
use super::transaction::{self, Asked};
use crate::browser::lifeline::{self, Lifeline};

/// An open database. Dropping it closes it when its last transaction is over.
pub(super) struct Connection {
    database: IdbDatabase,
    is_open: Rc<Cell<bool>>,
    _on_loss: Closure<dyn FnMut()>,
    _lifeline: Lifeline,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
    }
}

/// A database that is being opened, until somebody was told.
pub(super) struct Opening {
    _on_event: Closure<dyn FnMut(web_sys::Event)>,
    _lifeline: Lifeline,
}

impl Connection {
    /// Begins to open the database of this name and to bring it to the version that the steps lead to, and says by `opened`
    /// when that is done. It may never be: another tab can hold an older version open, and some browsers do not answer.
    pub(super) fn open(
        name: &str,
        steps: &'static [Step],
        opened: impl Fn(Result<Self, StorageFault>) + 'static,
    ) -> Result<Opening, StorageFault> {
        let factory = IdbFactory::from(Factory::new().map_err(|_| StorageFault::Missing)?);
        let opening =
            factory.open_with_u32(name, schema::version(steps)).map_err(|_| StorageFault::Missing)?;
        let on_event = Closure::new({
            let opening = opening.clone();
            move |event: web_sys::Event| match event.dyn_into::<IdbVersionChangeEvent>() {
                Ok(change) => upgrade(&change.into(), steps),
                Err(_) => opened(outcome(&opening).map(Self::keep)),
            }
        });
        let hear = Some(on_event.as_ref().unchecked_ref());
        opening.set_onupgradeneeded(hear);
        opening.set_onsuccess(hear);
        opening.set_onerror(hear);
        let lifeline = lifeline::tie(move || stop_opening(&opening));
        Ok(Opening { _on_event: on_event, _lifeline: lifeline })
    }

    fn keep(database: IdbDatabase) -> Self {
        let is_open = Rc::new(Cell::new(true));
        // Another tab upgrades or deletes the database and waits until every connection is closed, or the browser closed
        // this one by force.
        let on_loss = Closure::new({
            let (database, is_open) = (database.clone(), Rc::clone(&is_open));
            move || {
                is_open.set(false);
                database.close();
            }
        });
        database.set_onversionchange(Some(on_loss.as_ref().unchecked_ref()));
        database.set_onclose(Some(on_loss.as_ref().unchecked_ref()));
        let lifeline = lifeline::tie({
            let database = database.clone();
            move || database.close()
        });
        Self { database, is_open, _on_loss: on_loss, _lifeline: lifeline }
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
        batch: &[Asked],
        patience: &Patience,
    ) -> Result<Vec<JsValue>, StorageFault> {
        let ended = transaction::run(&self.database, batch, patience).await;
        if matches!(ended, Err(StorageFault::Silent)) {
            // A dead handle: the next transaction gets a new one.
            self.is_open.set(false);
        }
        ended
    }
}

/// How opening ended.
fn outcome(request: &IdbOpenDbRequest) -> Result<IdbDatabase, StorageFault> {
    let database = request.result().ok().and_then(|result| result.dyn_into().ok());
    database.ok_or_else(|| why_shut(request.error().ok().flatten().as_ref()))
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
