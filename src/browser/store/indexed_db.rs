//! Records in the browser's database: what is asked for in one breath, or while a transaction runs, goes into one
//! transaction; a connection that is lost is opened again.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use hkm_mesh_core::model::storage::StorageFault;
use idb::KeyRange;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::connection::{Connection, Opening};
use super::patience::Patience;
use super::schema::Step;
use super::transaction::{Asked, Work};
use super::{Record, Shelf, Store};
use crate::browser::once::{Coming, Giver, once};
use crate::browser::task;

/// How the bytes of a record are to be read. Bytes of any other format cannot be read, and are replaced by the next save:
/// what is kept here can all be found out again.
const FORMAT: f64 = 1.0;

type Answer = Result<JsValue, StorageFault>;

/// Records in one database.
pub(crate) struct IndexedDb(Rc<Inner>);

struct Inner {
    name: String,
    steps: &'static [Step],
    patience: Patience,
    on_reachable: Box<dyn Fn()>,
    link: RefCell<Link>,
    /// What the browser calls when it has opened the database.
    opening: RefCell<Option<Opening>>,
    /// What was asked for since the last transaction began.
    waiting: RefCell<Vec<(Shelf, Work, Giver<Answer>)>>,
    is_busy: Cell<bool>,
    is_closed: Cell<bool>,
}

/// How it stands with the connection.
enum Link {
    None,
    Open(Rc<Connection>),
    /// Somebody waits for it.
    Opening(Giver<Result<(), StorageFault>>),
    /// It took too long: nobody waits for it any more, and whoever asks meanwhile does not.
    Late,
}

impl IndexedDb {
    /// The database of this name, which is opened when it is first needed. No step takes longer than `patience`. Opening that
    /// takes longer goes on, and calls `on_reachable` when it is done.
    pub(super) fn new(
        name: String,
        steps: &'static [Step],
        patience: Duration,
        on_reachable: impl Fn() + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            name,
            steps,
            patience: Patience::new(patience),
            on_reachable: Box::new(on_reachable),
            link: RefCell::new(Link::None),
            opening: RefCell::default(),
            waiting: RefCell::default(),
            is_busy: Cell::new(false),
            is_closed: Cell::new(false),
        }))
    }

    fn ask(&self, shelf: Shelf, work: Work) -> Coming<Answer> {
        let (giver, coming) = once();
        if self.0.is_closed.get() {
            giver.give(Err(StorageFault::Lost));
            return coming;
        }
        self.0.waiting.borrow_mut().push((shelf, work, giver));
        if !self.0.is_busy.replace(true) {
            task::start(Rc::clone(&self.0).work());
        }
        coming
    }
}

impl Inner {
    /// One transaction after the other until nothing is left to do.
    async fn work(self: Rc<Self>) {
        loop {
            let asked = self.waiting.take();
            if asked.is_empty() {
                break;
            }
            let (batch, givers): (Vec<_>, Vec<_>) =
                asked.into_iter().map(|(shelf, work, giver)| ((shelf, work), giver)).unzip();
            match self.transact(&batch).await {
                Ok(results) => {
                    for (giver, result) in givers.into_iter().zip(results) {
                        giver.give(Ok(result));
                    }
                }
                // One that is too big, or broken, is not to take the others with it.
                Err(StorageFault::Full | StorageFault::Unreadable) if batch.len() > 1 => {
                    for (giver, one) in givers.into_iter().zip(batch) {
                        let answer = self.transact(&[one]).await;
                        giver.give(answer.map(|mut results| results.pop().unwrap_or_default()));
                    }
                }
                Err(fault) => givers.into_iter().for_each(|giver| giver.give(Err(fault))),
            }
        }
        self.is_busy.set(false);
        if self.is_closed.get() {
            self.let_go();
        }
    }

    /// Works in one transaction. A connection that was lost (the user cleared the site's data, another tab upgraded
    /// the database, Safari came back from the background) is opened again once.
    async fn transact(self: &Rc<Self>, batch: &[Asked]) -> Result<Vec<JsValue>, StorageFault> {
        match self.connect().await?.transact(batch, &self.patience).await {
            Err(StorageFault::Lost) => {
                self.let_go();
                self.connect().await?.transact(batch, &self.patience).await
            }
            answer => answer,
        }
    }

    async fn connect(self: &Rc<Self>) -> Result<Rc<Connection>, StorageFault> {
        if let Some(connection) = self.connected()? {
            return Ok(connection);
        }
        let opening = Connection::open(&self.name, self.steps, {
            let inner = Rc::clone(self);
            move |opened| inner.opened(opened)
        })?;
        self.opening.replace(Some(opening));
        let (giver, coming) = once();
        self.link.replace(Link::Opening(giver));
        match self.patience.with(coming).await {
            Some(opened) => opened?,
            None => {
                self.link.replace(Link::Late);
            }
        }
        self.connected()?.ok_or(StorageFault::Lost)
    }

    /// The connection that there is, if it can be used.
    fn connected(&self) -> Result<Option<Rc<Connection>>, StorageFault> {
        match &*self.link.borrow() {
            Link::Open(connection) if connection.is_open() => Ok(Some(Rc::clone(connection))),
            Link::Late => Err(StorageFault::Blocked),
            Link::None | Link::Open(_) | Link::Opening(_) => Ok(None),
        }
    }

    fn opened(&self, opened: Result<Connection, StorageFault>) {
        let _over = self.opening.take();
        let is_late_for_good = self.is_closed.get() && !self.is_busy.get();
        let (link, answer) = match opened {
            Ok(connection) if !is_late_for_good => (Link::Open(Rc::new(connection)), Ok(())),
            Ok(_) => (Link::None, Ok(())),
            Err(fault) => (Link::None, Err(fault)),
        };
        match self.link.replace(link) {
            Link::Opening(giver) => giver.give(answer),
            Link::Late if answer.is_ok() && !is_late_for_good => (self.on_reachable)(),
            Link::Late | Link::None | Link::Open(_) => {}
        }
    }

    /// Closes the connection when its last transaction is over. One that is still opening is left to open.
    fn let_go(&self) {
        if let Link::Open(connection) = &*self.link.borrow() {
            connection.close();
        }
    }
}

impl Store for IndexedDb {
    async fn load_whole(&self, shelf: Shelf, name: &str) -> Result<Option<Record>, StorageFault> {
        let value = self.ask(shelf, Work::Get(name.into())).await?;
        if value.is_undefined() {
            return Ok(None);
        }
        let bytes = unpack(&value).ok_or(StorageFault::Unreadable)?;
        Ok(Some((bytes, blobs_in(&value))))
    }

    async fn save_whole(
        &self,
        shelf: Shelf,
        name: &str,
        bytes: &[u8],
        blobs: &[JsValue],
    ) -> Result<(), StorageFault> {
        self.ask(shelf, Work::Put(name.into(), pack(bytes, blobs))).await.map(drop)
    }

    async fn remove(&self, shelf: Shelf, name: &str) -> Result<(), StorageFault> {
        self.ask(shelf, Work::Delete(name.into())).await.map(drop)
    }

    async fn all(&self, shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StorageFault> {
        let (keys, values) = (self.ask(shelf, Work::Keys), self.ask(shelf, Work::Values));
        let (keys, values) = (Array::from(&keys.await?), Array::from(&values.await?));
        // One that cannot be read is there, and holds nothing.
        let pairs = keys.iter().zip(values.iter());
        let read =
            pairs.filter_map(|(key, value)| Some((key.as_string()?, unpack(&value).unwrap_or_default())));
        Ok(read.collect())
    }

    async fn names(&self, shelf: Shelf) -> Result<Vec<String>, StorageFault> {
        let keys = Array::from(&self.ask(shelf, Work::Keys).await?);
        Ok(keys.iter().filter_map(|key| key.as_string()).collect())
    }

    async fn remove_range(&self, shelf: Shelf, first: &str, end: &str) -> Result<(), StorageFault> {
        // Where the end is not behind the beginning there is nothing to forget.
        let Ok(range) = KeyRange::bound(&first.into(), &end.into(), None, Some(true)) else { return Ok(()) };
        self.ask(shelf, Work::Delete(range.into())).await.map(drop)
    }

    async fn clear(&self, shelf: Shelf) -> Result<(), StorageFault> {
        self.ask(shelf, Work::Clear).await.map(drop)
    }

    /// A page that was put aside with an open connection would hold up another tab's upgrade, or be thrown away by it.
    fn rest(&self) {
        self.0.let_go();
    }

    fn close(&self) {
        self.0.is_closed.set(true);
        if !self.0.is_busy.get() {
            self.0.let_go();
        }
    }
}

thread_local! {
    // Made once instead of with each record: strings are dear to hand over.
    static FORMAT_FIELD: JsValue = "format".into();
    static BYTES_FIELD: JsValue = "bytes".into();
    static BLOBS_FIELD: JsValue = "blobs".into();
}

fn pack(bytes: &[u8], blobs: &[JsValue]) -> JsValue {
    let value = Object::new();
    // Setting a property of a new object cannot fail.
    let _ = FORMAT_FIELD.with(|field| Reflect::set(&value, field, &FORMAT.into()));
    let _ = BYTES_FIELD.with(|field| Reflect::set(&value, field, &Uint8Array::from(bytes)));
    if !blobs.is_empty() {
        let blobs: Array = blobs.iter().collect();
        let _ = BLOBS_FIELD.with(|field| Reflect::set(&value, field, &blobs));
    }
    value.into()
}

fn unpack(value: &JsValue) -> Option<Vec<u8>> {
    // `Reflect.get` of what is no object throws; that is not our format either.
    let format = FORMAT_FIELD.with(|field| Reflect::get(value, field)).ok()?;
    let bytes = BYTES_FIELD.with(|field| Reflect::get(value, field)).ok()?;
    if format.as_f64() != Some(FORMAT) {
        return None;
    }
    Some(bytes.dyn_into::<Uint8Array>().ok()?.to_vec())
}

/// Most records have none, and nobody looks for more than there are.
fn blobs_in(value: &JsValue) -> Vec<JsValue> {
    let blobs = BLOBS_FIELD.with(|field| Reflect::get(value, field)).ok();
    let blobs = blobs.and_then(|blobs| blobs.dyn_into::<Array>().ok());
    blobs.map(|blobs| blobs.iter().filter(JsValue::has_type::<Blob>).collect()).unwrap_or_default()
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
