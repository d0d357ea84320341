//! What the cache has done.

use serde::Serialize;

/// What is kept, and what it was good for since the page was opened. The vector of a text is an answer, and each text of
/// `embed` a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Answers that are kept, on the disk or in memory.
    pub entries: u32,
    /// Bytes that they take.
    #[cfg_attr(test, ts(type = "number"))]
    pub bytes: u64,
    /// Requests that were answered from this page's memory.
    pub memory_hits: u32,
    /// Requests that were answered from the disk.
    pub disk_hits: u32,
    /// Requests that might have been answered and were not.
    pub misses: u32,
    /// Share of the requests that might have been answered, 0 to 1.
    pub hit_rate: f64,
    /// USD that the answers had cost, as far as known.
    pub saved_cost: f64,
    /// Milliseconds that the answers had taken.
    pub saved_ms: f64,
}
