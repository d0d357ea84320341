//! Where records are kept between visits: small byte strings under a name.
//!
//! # The contract
//! - What was saved is loaded again, byte for byte, until it is saved anew or removed. Bytes may be empty.
//! - A name that was never saved, or was removed, loads as `None`; removing it is no error.
//! - `Ok` after a save means that the store took it, not that it survives a power cut.
//! - Operations that are awaited one after the other happen in that order.
//! - A store that was closed may fail, but never hangs.
//!
//! `contract.rs` checks this for every store. What the bytes mean is the engine's business.

mod fallback;
mod indexed_db;
mod memory;

#[cfg(test)]
mod contract;

use core::time::Duration;

use fallback::WithFallback;
use indexed_db::IndexedDb;

/// How long the browser's database may take for one step before the mesh goes on without it. Opening it can hang
/// for ever: another tab that does not let go blocks it, and some browsers lose their storage process.
const PATIENCE: Duration = Duration::from_secs(3);

/// Keeps records by name.
pub(crate) trait Store {
    /// What was saved under this name.
    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps these bytes in place of what was kept before.
    async fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
    /// Forgets what was saved under this name.
    #[cfg_attr(not(test), allow(dead_code))] // The engine does not forget records yet.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;
    /// Lets go of what the browser lent. Nothing is loaded or saved afterwards.
    fn close(&self);
}

/// Why a store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// It cannot be opened: there is none, it is of a newer version, or it does not answer.
    Unavailable,
    /// The connection was lost, and opening it again did not help.
    Lost,
    /// There is no room.
    Full,
    /// It did not answer in time.
    Silent,
}

/// The store of one mesh: the browser's database of this name, or memory.
pub(crate) type Keeper = WithFallback<IndexedDb>;

/// Makes the store of one mesh. Without a name nothing outlives it.
pub(crate) fn keeper(database: Option<String>) -> Keeper {
    WithFallback::new(database.map(|name| IndexedDb::new(name, PATIENCE)))
}
