//! What a generation did, used and cost.

use serde::Serialize;
use serde_json::Value;

use super::{Decision, Locality, Reason, ToolCall};
use crate::base::time::Wall;

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// The model was done.
    #[default]
    Stop,
    /// It ran out of tokens or context.
    Length,
    /// It waits for tools.
    ToolCalls,
    /// Its provider cut it.
    ContentFilter,
}

/// Tokens used. `input_tokens` holds the cached ones, `output_tokens` the reasoning ones: each is charged once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Cached ones included.
    #[cfg_attr(test, ts(type = "number"))]
    pub input_tokens: u64,
    /// Reasoning included.
    #[cfg_attr(test, ts(type = "number"))]
    pub output_tokens: u64,
    /// Part of the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub cached_input_tokens: Option<u64>,
    /// Part of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub reasoning_tokens: Option<u64>,
    /// Whether any count is the mesh's own guess.
    pub estimated: bool,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let both = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cached_input_tokens: both(self.cached_input_tokens, other.cached_input_tokens),
            reasoning_tokens: both(self.reasoning_tokens, other.reasoning_tokens),
            estimated: self.estimated || other.estimated,
        }
    }
}

/// How far a cost can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum CostKind {
    /// The provider said so.
    Billed,
    /// Its counts at known prices.
    Computed,
    /// Guessed counts at known prices.
    Estimated,
    /// The model costs nothing.
    Free,
    /// A price is unknown.
    Unknown,
}

/// One try of one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// `provider/id`.
    pub model: String,
    /// Epoch milliseconds.
    pub started_at: Wall,
    /// Milliseconds.
    pub duration_ms: f64,
    /// Milliseconds from its start to its server's first sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub connect_ms: Option<f64>,
    /// Milliseconds from its start to its first word or thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub first_token_ms: Option<f64>,
    /// How it ended; `code` is "ok", "cancelled" or an error's code.
    pub outcome: Reason,
}

/// Where a stored answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum CacheTier {
    /// This page's memory.
    Memory,
    /// The browser's database.
    Disk,
}

/// `false`, or where the stored answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Cached {
    /// Not from a cache. Always `false`.
    No(#[cfg_attr(test, ts(type = "false"))] bool),
    /// From this tier.
    From(CacheTier),
}

/// What a generation did, used and cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The generation.
    pub id: String,
    /// `provider/id` of the model that answered, or was tried last.
    pub model: String,
    /// Who served it.
    pub provider: String,
    /// Where the text went.
    pub locality: Locality,
    /// Whether it stayed on this machine.
    pub is_local: bool,
    /// Whether the answer had been stored.
    pub cached: Cached,
    /// Why the answer ended.
    pub finish: FinishReason,
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
    /// Tokens, over all attempts.
    pub usage: Usage,
    /// USD; `null` where a price is unknown.
    pub cost: Option<f64>,
    /// How far the cost can be trusted.
    pub cost_kind: CostKind,
    /// USD saved against the policy's best cloud model; 0 where there is none.
    pub saved: f64,
    /// Milliseconds from the call to the end.
    pub duration_ms: f64,
    /// Milliseconds from the call to the first word or thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub first_token_ms: Option<f64>,
    /// Output tokens over the time from the first to the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub tokens_per_second: Option<f64>,
    /// What the router decided.
    pub decision: Decision,
    /// Under which a stored answer can be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cache_key: Option<String>,
    /// Whether it shared the answer to the same request, which another asked for: what that took stands on the other's receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub joined: Option<bool>,
    /// How many private values were masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub masked: Option<u32>,
}

/// Vectors of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedResult {
    /// One a text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// What happened, and what it cost.
    pub receipt: Receipt,
}

/// A source of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Source {
    /// The page's title.
    pub title: String,
    /// The page.
    pub url: String,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TextResult {
    /// The words.
    pub text: String,
    /// The model's thinking, if it showed any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reasoning: Option<String>,
    /// Tools it asked for.
    pub tool_calls: Vec<ToolCall>,
    /// What a request with a schema asked for, parsed and checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "unknown"))]
    pub object: Option<Value>,
    /// What the provider wants back with this answer's message when the conversation goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "unknown"))]
    pub opaque: Option<Value>,
    /// Where statements come from.
    pub sources: Vec<Source>,
    /// What happened, and what it cost.
    pub receipt: Receipt,
}
