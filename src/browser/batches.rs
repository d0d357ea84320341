//! Where lies what batches leave: records on a shelf of the store, and a lock for each batch that runs, so that no two tabs work
//! at the same one.

use core::cell::RefCell;
use core::time::Duration;

use hkm_mesh_core::engine::{BatchSaid, BatchWork, JournalPage};
use hkm_mesh_core::model::storage::StorageFault;

use super::lock::{Held, Locks};
use super::store::{Shelf, Store};
use super::timer::within;
use super::together::all;

/// How long the lock is waited for. A page that was just left, or a batch that is just over, may not have given it back yet.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the batches of one database leave.
pub(super) struct Batches {
    /// How the names of its locks begin.
    beginning: String,
    locks: Locks,
    /// The batches that run here.
    held: RefCell<Vec<(String, Held)>>,
}

impl Batches {
    pub(super) fn new(database: &str, locks: Locks) -> Self {
        // With the length no database's name can begin like another's.
        let beginning = format!("hkm-mesh/batch/{}/{database}/", database.len());
        Self { beginning, locks, held: RefCell::default() }
    }

    /// What the machine wants, and what comes of it.
    pub(super) async fn perform(&self, store: &impl Store, id: &str, work: BatchWork) -> Option<BatchSaid> {
        match work {
            BatchWork::TakeOver(beginning) => {
                let name = [self.beginning.as_str(), id].concat();
                Some(match within(PATIENCE, self.locks.hold(&name)).await {
                    Some(Ok(lock)) => {
                        self.held.borrow_mut().push((id.to_owned(), lock));
                        let records = records(store, &beginning).await;
                        if records.is_err() {
                            self.release(id);
                        }
                        records.map_or(BatchSaid::Failed, BatchSaid::Taken)
                    }
                    Some(Err(_)) => BatchSaid::Failed,
                    None => BatchSaid::Busy,
                })
            }
            BatchWork::Keep(name, record) => {
                let _ = store.save(Shelf::BATCHES, &name, &record).await;
                None
            }
            BatchWork::Drop(names) => {
                for name in names {
                    let _ = store.remove(Shelf::BATCHES, &name).await;
                }
                None
            }
            BatchWork::Release => {
                self.release(id);
                None
            }
            BatchWork::List => Some(match store.names(Shelf::BATCHES).await {
                Ok(names) => {
                    let living = self.locks.held(&self.beginning).await;
                    let id = |name: String| name.get(self.beginning.len()..).map(str::to_owned);
                    BatchSaid::Listed { names, living: living.into_iter().filter_map(id).collect() }
                }
                Err(_) => BatchSaid::Failed,
            }),
        }
    }

    /// Others may work at it, from this moment on.
    pub(super) fn release(&self, id: &str) {
        self.held.borrow_mut().retain(|(held, _)| held != id);
    }
}

async fn records(store: &impl Store, beginning: &str) -> Result<Vec<JournalPage>, StorageFault> {
    let mut names = store.names(Shelf::BATCHES).await?;
    names.retain(|name| name.starts_with(beginning));
    let loaded = all(names.iter().map(|name| store.load(Shelf::BATCHES, name))).await;
    // One that cannot be read is there, and holds nothing.
    let bytes = loaded.into_iter().map(|bytes| match bytes {
        Ok(bytes) => Ok(bytes.unwrap_or_default()),
        Err(StorageFault::Unreadable) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    });
    names.into_iter().zip(bytes).map(|(name, bytes)| Ok(JournalPage { name, bytes: bytes? })).collect()
}
