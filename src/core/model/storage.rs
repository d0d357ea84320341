//! Whether what the mesh learns outlives the page, and if not, why.

use serde::Serialize;

use super::Reason;

/// Where records are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// In the browser's database.
    #[default]
    IndexedDb,
    /// Nowhere: they are gone with the page.
    Memory,
}

/// What is kept now, and what came of what was kept before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct StorageState {
    /// "memory" where that was asked for and, with a reason, where the database cannot be used now.
    pub kept_in: Storage,
    /// What is wrong. Absent while everything that was learned is kept as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<Reason>,
    /// How many records, or parts of one, could not be understood in this visit and were left out.
    pub unreadable: u32,
}

/// Why a record could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageFault {
    /// The browser has no database, or refuses it to this page.
    Missing,
    /// The database was made by a newer version of this package.
    Newer,
    /// It did not open in time: another tab holds it, or the browser does not answer. It may still open.
    Blocked,
    /// It cannot be opened, or is not ours.
    Unusable,
    /// The connection was lost, and opening it again did not help.
    Lost,
    /// There is no room.
    Full,
    /// It was open and did not answer in time.
    Silent,
    /// The record is there and cannot be read by anyone.
    Unreadable,
}

impl StorageFault {
    /// Whether nothing can be kept at all, as far as known.
    pub const fn is_shut(self) -> bool {
        matches!(self, Self::Missing | Self::Newer | Self::Blocked | Self::Unusable)
    }

    /// In words.
    pub fn reason(self) -> Reason {
        let (code, message) = match self {
            Self::Missing => (
                "storage-missing",
                "The browser lets this page keep nothing: what is learned is forgotten with the page.",
            ),
            Self::Newer => (
                "storage-newer",
                "The database is of a newer version of the page and is left alone: what is learned is forgotten with \
                 the page. Load it anew.",
            ),
            Self::Blocked => (
                "storage-blocked",
                "The database does not open, perhaps because another tab holds it: what is learned is kept in memory \
                 until it does. Close or reload the other tabs of this page.",
            ),
            Self::Unusable => (
                "storage-unusable",
                "The database cannot be opened: what is learned is kept in memory until it can.",
            ),
            Self::Lost => ("storage-lost", "The database was lost while it was used; it is tried again."),
            Self::Full => {
                ("storage-full", "There is no room left in the browser's storage: the latest is not kept.")
            }
            Self::Silent => ("storage-silent", "The database did not answer in time; it is tried again."),
            Self::Unreadable => ("storage-unreadable", "A record could not be read and was left out."),
        };
        Reason::new(code, message)
    }
}
