//! What the mesh reports beside generations: discovery, pulls, the queue.

use serde::Serialize;

use super::{Error, Modality, TextResult};
use crate::base::time::Wall;

/// What one provider said when it was looked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ProviderDiscovery {
    /// Who.
    pub provider: String,
    /// Whether it answered.
    pub ok: bool,
    /// How many models it has.
    pub models: u32,
    /// Why it did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub error: Option<Error>,
}

/// What a discovery found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DiscoveryReport {
    /// In the order of their names.
    pub providers: Vec<ProviderDiscovery>,
    /// Models that were not known before.
    pub added: u32,
    /// Models that are gone.
    pub removed: u32,
}

/// Whether a key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum KeyLife {
    /// The provider takes it.
    Valid,
    /// The provider refuses it.
    Invalid,
    /// The provider could not be asked.
    Unreachable,
}

/// What a provider says to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyVerdict {
    /// Whether it is taken.
    pub live: KeyLife,
    /// In one plain sentence.
    pub message: String,
}

/// How far a download is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PullProgress {
    /// Bytes here.
    #[cfg_attr(test, ts(type = "number"))]
    pub completed_bytes: u64,
    /// Bytes in all, as far as known; 0 at first.
    #[cfg_attr(test, ts(type = "number"))]
    pub total_bytes: u64,
    /// The server's own word.
    pub status: String,
}

/// Whether a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum QueueState {
    /// Not yet.
    Waiting,
    /// Yes.
    Running,
}

/// A request that runs or waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct QueueEntry {
    /// The generation.
    pub id: String,
    /// What it makes.
    #[serde(rename = "type")]
    pub modality: Modality,
    /// `provider/id` of the model that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub model: Option<String>,
    /// Whether it runs.
    pub state: QueueState,
    /// Its place in line for a connection; 1 is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub position: Option<u32>,
    /// Since when, epoch milliseconds.
    pub since_at: Wall,
}

/// An answer that was cut off because its page went away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PendingGeneration {
    /// The generation.
    pub id: String,
    /// What was shown.
    pub text: String,
    /// `provider/id` of the model that was asked last; empty where none was yet.
    pub model: String,
    /// When it was asked for, epoch milliseconds.
    pub at: Wall,
}

/// How one request of a batch ended. Exactly one of `result` and `error` is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "BatchItemData"))]
#[serde(rename_all = "camelCase")]
pub struct BatchItem {
    /// Its place in the list.
    pub index: u32,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub result: Option<TextResult>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub error: Option<Error>,
    /// Milliseconds that the rest will take, by what was measured in this batch; absent while too little was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub remaining_ms: Option<f64>,
}

/// What a batch took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BatchReport {
    /// The batch.
    pub id: String,
    /// How many there were in the list.
    pub requests: u32,
    /// How often a model was asked, over all tries.
    pub calls: u32,
    /// Questions that were answered from the cache, or by an answer that somebody else was just being given.
    pub from_cache: u32,
    /// Requests that were the same as an earlier one and got its answer.
    pub duplicates: u32,
    /// Requests without an answer, cancelled ones too.
    pub failed: u32,
    /// Requests whose end was known from an earlier batch of this id, which was cut off; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub resumed: Option<u32>,
    /// USD, as far as prices are known.
    pub cost: f64,
    /// Milliseconds from the call to the last end.
    pub duration_ms: f64,
}
