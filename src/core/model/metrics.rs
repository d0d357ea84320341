//! What was measured, as the page sees it.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{CostKind, ErrorCode, Goal, Locality, Modality, Usage};
use crate::base::time::Wall;

/// One generation as it was measured: numbers, names of models and codes, never a word of what was asked or said.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct GenerationMetrics {
    /// The provider's own name for the model that answered, or was tried last; empty where none could be asked.
    pub model_id: String,
    /// Who served it; empty where none could be asked.
    pub provider: String,
    /// Milliseconds from the call to the end.
    pub duration: f64,
    /// Whether there was an answer.
    pub success: bool,
    /// USD; absent where a price is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Input and output together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub tokens: Option<u64>,
    /// The tokens by what they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What was made. Vectors count as text.
    #[serde(rename = "type")]
    pub modality: Modality,
    /// When it was asked for, epoch milliseconds.
    pub at: Wall,
    /// Milliseconds from the call to the first word or thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    /// Why there was no answer. Absent where the caller did not want it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorCode>,
    /// Whether the answer had been stored.
    pub cached: bool,
    /// Whether it stayed on this machine.
    pub is_local: bool,
    /// Where it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<Locality>,
    /// Whether the caller did not want it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<bool>,
    /// What the router was to prefer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// Why the first model was chosen: the code of the decision's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// How many tries it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Milliseconds until the first model was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_ms: Option<f64>,
    /// Milliseconds from the last try's start to its server's first sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<f64>,
    /// Output tokens over the time from the first to the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// How far the cost can be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_kind: Option<CostKind>,
}

/// Which time: from `from` on and before `to`, epoch milliseconds. What is kept is whole hours, and of what is older
/// than 30 days whole days: each that reaches into the range counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
pub struct Range {
    /// 30 days before `to` by default.
    pub from: Option<f64>,
    /// Now by default.
    pub to: Option<f64>,
}

/// By what a timeline is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename_all = "lowercase"))]
pub enum SplitBy {
    /// `provider/id`.
    Model,
    /// Who served it.
    Provider,
    /// What was made.
    Type,
}

/// What a timeline shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields, rename_all = "camelCase"))]
pub struct TimelineOptions {
    /// As in [`Range`].
    pub from: Option<f64>,
    /// As in [`Range`].
    pub to: Option<f64>,
    /// How long a point lasts, milliseconds: whole hours. By default an hour, in ranges of more than two days a day.
    /// Days, and the parts that they fall into, are those of the page's clock.
    pub step_ms: Option<f64>,
    /// One point for all where absent.
    pub by: Option<SplitBy>,
}

/// Tokens by what they cost. `input` holds the cached ones, `output` the reasoning ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TokenCounts {
    /// Cached ones included.
    #[cfg_attr(test, ts(type = "number"))]
    pub input: u64,
    /// Part of the input.
    #[cfg_attr(test, ts(type = "number"))]
    pub cached_input: u64,
    /// Reasoning included.
    #[cfg_attr(test, ts(type = "number"))]
    pub output: u64,
    /// Part of the output.
    #[cfg_attr(test, ts(type = "number"))]
    pub reasoning: u64,
}

/// USD by how far they can be trusted. Together they are the cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CostCounts {
    /// The providers said so.
    pub billed: f64,
    /// Their counts at known prices.
    pub computed: f64,
    /// Guessed counts at known prices.
    pub estimated: f64,
}

/// Values by name: an object in JavaScript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByName<T>(pub Vec<(String, T)>);

impl<T: serde::Serialize> Serialize for ByName<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What happened in a range. Times are of generations that ended with an answer; their percentiles are off by 0.4 % at
/// most.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Generations, whatever became of them.
    #[cfg_attr(test, ts(type = "number"))]
    pub requests: u64,
    /// Answers over all that were not cancelled; 1 where there were none.
    pub success_rate: f64,
    /// Half of the answers took no longer than this, milliseconds; 0 where there was none.
    #[serde(rename = "p50Ms")]
    pub p50_ms: f64,
    /// 95 of 100 answers took no longer.
    #[serde(rename = "p95Ms")]
    pub p95_ms: f64,
    /// 99 of 100 answers took no longer.
    #[serde(rename = "p99Ms")]
    pub p99_ms: f64,
    /// Half of the answers began within this, milliseconds.
    #[serde(rename = "firstTokenP50Ms", skip_serializing_if = "Option::is_none")]
    pub first_token_p50_ms: Option<f64>,
    /// 95 of 100 answers began within this.
    #[serde(rename = "firstTokenP95Ms", skip_serializing_if = "Option::is_none")]
    pub first_token_p95_ms: Option<f64>,
    /// For half of the answers somebody was asked within this, milliseconds.
    #[serde(rename = "queueP50Ms", skip_serializing_if = "Option::is_none")]
    pub queue_p50_ms: Option<f64>,
    /// For 95 of 100 answers somebody was asked within this.
    #[serde(rename = "queueP95Ms", skip_serializing_if = "Option::is_none")]
    pub queue_p95_ms: Option<f64>,
    /// The servers of half of the answers gave a first sign within this, milliseconds.
    #[serde(rename = "connectP50Ms", skip_serializing_if = "Option::is_none")]
    pub connect_p50_ms: Option<f64>,
    /// The servers of 95 of 100 answers gave a first sign within this.
    #[serde(rename = "connectP95Ms", skip_serializing_if = "Option::is_none")]
    pub connect_p95_ms: Option<f64>,
    /// Output tokens a second of half of the answers, or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// Input and output, of all attempts.
    #[cfg_attr(test, ts(type = "number"))]
    pub tokens: u64,
    /// USD, of all attempts whose price is known.
    pub cost: f64,
    /// USD saved against the policies' best cloud models, and by stored answers.
    pub saved: f64,
    /// Answers that had been stored.
    #[cfg_attr(test, ts(type = "number"))]
    pub cached: u64,
    /// Generations without an answer, by the error's code.
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub errors: ByName<u64>,
    /// Generations that were cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub cancelled: Option<u64>,
    /// Models that were asked, retries and fallbacks included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub attempts: Option<u64>,
    /// Attempts that failed, by the error's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "Record<string, number>"))]
    pub attempt_errors: Option<ByName<u64>>,
    /// The tokens by what they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_counts: Option<TokenCounts>,
    /// The cost by how far it can be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_counts: Option<CostCounts>,
    /// Attempts that used something of unknown price; `cost` lacks them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub unpriced: Option<u64>,
}

/// Against the same span of time just before: requests, time and cost as a share of what they were (0.5 is half as much
/// again), the success rate as a difference. 0 where nothing was measured before.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Trend {
    /// As a share.
    pub requests: f64,
    /// As a difference.
    pub success_rate: f64,
    /// As a share.
    #[serde(rename = "p50Ms")]
    pub p50_ms: f64,
    /// As a share.
    pub cost: f64,
}

/// USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Costs {
    /// Of all attempts whose price is known.
    pub spent: f64,
    /// By answers of models on this machine.
    pub saved_by_local: f64,
    /// By stored answers.
    pub saved_by_cache: f64,
}

/// When and for what the mesh was used.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct UsageCounts {
    /// Requests by the hour of the day as the page's clock shows it today, 24 numbers. Of the last 30 days.
    #[cfg_attr(test, ts(type = "number[]"))]
    pub by_hour: Vec<u64>,
    /// Requests by goal.
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub by_goal: ByName<u64>,
}

/// How good answers were. Nothing is known of it yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
pub struct Judgement {
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<f64>,
}

/// What something out of the ordinary is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum AnomalyKind {
    /// Answers take longer.
    Latency,
    /// More fail.
    Errors,
    /// They cost more.
    Cost,
    /// They use more.
    Tokens,
    /// More is asked.
    Rate,
}

/// Something out of the ordinary.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Anomaly {
    /// About what.
    pub kind: AnomalyKind,
    /// `provider/id`, if it is about one model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Epoch milliseconds.
    pub since_at: Wall,
    /// How many times as much as usual.
    pub factor: f64,
    /// In one plain sentence.
    pub message: String,
}

/// What the mesh did in a range.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct PerformanceReport {
    /// Epoch milliseconds.
    pub from: Wall,
    /// Epoch milliseconds.
    pub to: Wall,
    /// Everything.
    pub total: Summary,
    /// By `provider/id`. Generations count at the model that answered or was tried last, tokens and costs where they arose.
    #[cfg_attr(test, ts(type = "Record<string, Summary>"))]
    pub by_model: ByName<Summary>,
    /// By who served it.
    #[cfg_attr(test, ts(type = "Record<string, Summary>"))]
    pub by_provider: ByName<Summary>,
    /// By what was made.
    #[cfg_attr(test, ts(type = "Record<string, Summary>"))]
    pub by_type: ByName<Summary>,
    /// Against the time before.
    pub trend: Trend,
    /// Spent and saved.
    pub costs: Costs,
    /// When and for what.
    pub usage: UsageCounts,
    /// How good answers were.
    pub quality: Judgement,
    /// Always empty: none are looked for yet.
    pub anomalies: Vec<Anomaly>,
}

/// A step of a timeline in which something happened.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct TimePoint {
    /// Its beginning, epoch milliseconds.
    pub at: Wall,
    /// Of what, where the timeline is split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Generations.
    #[cfg_attr(test, ts(type = "number"))]
    pub requests: u64,
    /// Generations without an answer, but for cancelled ones.
    #[cfg_attr(test, ts(type = "number"))]
    pub failures: u64,
    /// Generations that were cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub cancelled: Option<u64>,
    /// Milliseconds.
    #[serde(rename = "p50Ms")]
    pub p50_ms: f64,
    /// Milliseconds.
    #[serde(rename = "p95Ms")]
    pub p95_ms: f64,
    /// USD.
    pub cost: f64,
    /// Input and output.
    #[cfg_attr(test, ts(type = "number"))]
    pub tokens: u64,
}
