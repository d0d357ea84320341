//! Where records are kept between visits: byte strings under a name, on shelves.
//!
//! # The contract
//! - What was saved is loaded again, byte for byte, until it is saved anew or removed. Bytes may be empty.
//! - A name that was never saved, or was removed, loads as `None`; removing it is no error.
//! - The same name on another shelf is another record.
//! - `Ok` after a save means that its transaction is committed, not that it survives a power cut. An `Err` leaves what was
//!   there before, or where the store fell silent, what was to be saved: never a part of it.
//! - Blobs may lie beside the bytes of a record. They are written with it or not at all, and come back in their order.
//! - Operations happen in the order in which they are first polled, whether or not one waits for the other.
//! - Operations that begin in one turn of the event loop share a transaction, as do those that come while another runs.
//! - A store that was closed ends what was begun; what comes later fails. It never hangs.
//!
//! `contract.rs` checks this for every store. What the bytes mean is the engine's business, and so is what becomes of a
//! record that cannot be kept: the engine is the memory that the mesh goes on in.

mod connection;
mod indexed_db;
mod memory;
mod patience;
mod schema;
mod transaction;

#[cfg(test)]
mod contract;

use core::time::Duration;

use hkm_mesh_core::model::storage::StorageFault;

use indexed_db::IndexedDb;
use memory::Memory;
pub(crate) use schema::Shelf;
use wasm_bindgen::JsValue;

/// How long the browser's database may take for one step before the mesh goes on without it. Opening it can hang
/// for ever: another tab that does not let go blocks it, and some browsers lose their storage process.
const PATIENCE: Duration = Duration::from_secs(3);

/// A record: its bytes, and the blobs beside them.
pub(crate) type Record = (Vec<u8>, Vec<JsValue>);

/// Keeps records by name.
pub(crate) trait Store {
    /// What was saved under this name, with its blobs.
    async fn load_whole(&self, shelf: Shelf, name: &str) -> Result<Option<Record>, StorageFault>;
    /// Keeps these bytes and blobs in place of what was kept before.
    async fn save_whole(
        &self,
        shelf: Shelf,
        name: &str,
        bytes: &[u8],
        blobs: &[JsValue],
    ) -> Result<(), StorageFault>;
    /// What was saved under this name, where it has no blobs.
    async fn load(&self, shelf: Shelf, name: &str) -> Result<Option<Vec<u8>>, StorageFault> {
        Ok(self.load_whole(shelf, name).await?.map(|(bytes, _)| bytes))
    }
    /// Keeps these bytes in place of what was kept before.
    async fn save(&self, shelf: Shelf, name: &str, bytes: &[u8]) -> Result<(), StorageFault> {
        self.save_whole(shelf, name, bytes, &[]).await
    }
    /// Forgets what was saved under this name.
    async fn remove(&self, shelf: Shelf, name: &str) -> Result<(), StorageFault>;
    /// All that a shelf holds by name, in the order of names; bytes that cannot be read come as none.
    async fn all(&self, shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StorageFault>;
    /// The names of all that a shelf holds, in their order.
    async fn names(&self, shelf: Shelf) -> Result<Vec<String>, StorageFault>;
    /// Forgets what was saved under names from `first` on and before `end`, by the order of their letters.
    async fn remove_range(&self, shelf: Shelf, first: &str, end: &str) -> Result<(), StorageFault>;
    /// Forgets all that a shelf holds.
    async fn clear(&self, shelf: Shelf) -> Result<(), StorageFault>;
    /// Lets go of what the browser lent until it is needed again: the page may be put aside.
    fn rest(&self);
    /// Lets go of what the browser lent once what was begun is done.
    fn close(&self);
}

/// The store of one mesh: the browser's database, or memory.
pub(crate) enum Keeper {
    Database(IndexedDb),
    Memory(Memory),
}

impl Keeper {
    /// The database of this name; without one nothing outlives the mesh. A database that could not be opened in time
    /// and then was calls `on_reachable`.
    pub(crate) fn new(database: Option<String>, on_reachable: impl Fn() + 'static) -> Self {
        match database {
            Some(name) => Self::Database(IndexedDb::new(name, schema::STEPS, PATIENCE, on_reachable)),
            None => Self::Memory(Memory::default()),
        }
    }
}

impl Store for Keeper {
    async fn load_whole(&self, shelf: Shelf, name: &str) -> Result<Option<Record>, StorageFault> {
        match self {
            Self::Database(database) => database.load_whole(shelf, name).await,
            Self::Memory(memory) => memory.load_whole(shelf, name).await,
        }
    }

    async fn save_whole(
        &self,
        shelf: Shelf,
        name: &str,
        bytes: &[u8],
        blobs: &[JsValue],
    ) -> Result<(), StorageFault> {
        match self {
            Self::Database(database) => database.save_whole(shelf, name, bytes, blobs).await,
            Self::Memory(memory) => memory.save_whole(shelf, name, bytes, blobs).await,
        }
    }

    async fn remove(&self, shelf: Shelf, name: &str) -> Result<(), StorageFault> {
        match self {
            Self::Database(database) => database.remove(shelf, name).await,
            Self::Memory(memory) => memory.remove(shelf, name).await,
        }
    }

    async fn all(&self, shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StorageFault> {
        match self {
            Self::Database(database) => database.all(shelf).await,
            Self::Memory(memory) => memory.all(shelf).await,
        }
    }

    async fn names(&self, shelf: Shelf) -> Result<Vec<String>, StorageFault> {
        match self {
            Self::Database(database) => database.names(shelf).await,
            Self::Memory(memory) => memory.names(shelf).await,
        }
    }

    async fn remove_range(&self, shelf: Shelf, first: &str, end: &str) -> Result<(), StorageFault> {
        match self {
            Self::Database(database) => database.remove_range(shelf, first, end).await,
            Self::Memory(memory) => memory.remove_range(shelf, first, end).await,
        }
    }

    async fn clear(&self, shelf: Shelf) -> Result<(), StorageFault> {
        match self {
            Self::Database(database) => database.clear(shelf).await,
            Self::Memory(memory) => memory.clear(shelf).await,
        }
    }

    fn rest(&self) {
        if let Self::Database(database) = self {
            database.rest();
        }
    }

    fn close(&self) {
        if let Self::Database(database) = self {
            database.close();
        }
    }
}
