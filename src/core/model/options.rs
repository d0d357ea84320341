//! How a mesh is set up. Keys stay on the JavaScript side; the core only learns who needs one.

use core::time::Duration;

use litemap::LiteMap;
use serde::Serialize;
use serde_json::Value;

use super::storage::Storage;
use super::{Locality, PolicyInput};

/// Which protocol a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Google's Gemini API.
    Gemini,
    /// Ollama's own API.
    Ollama,
    /// OpenRouter.
    OpenRouter,
    /// ComfyUI.
    ComfyUi,
    /// Any server with OpenAI's chat completions.
    OpenAi,
}

/// Whether OpenRouter may use hosts that keep what they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum DataCollection {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// What OpenRouter should look for when it chooses among the hosts of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum HostOrder {
    /// The cheapest first.
    Price,
    /// The one that writes fastest first.
    Throughput,
    /// The one that answers soonest first.
    Latency,
}

/// What the user wants of OpenRouter, for all requests to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct OpenRouterOptions {
    /// The app's name as OpenRouter shows it; the page's origin goes with it. Without one neither is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Hosts that keep or train on what they are sent; a private request denies them always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_collection: Option<DataCollection>,
    /// Only hosts that keep nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_data_retention: Option<bool>,
    /// Hosts to try first, by OpenRouter's names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<String>>,
    /// Only these hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
    /// Never these hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore: Option<Vec<String>>,
    /// Which hosts first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<HostOrder>,
    /// Whether it may go on to another host when one fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_fallbacks: Option<bool>,
}

/// How one provider is reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ProviderOptions {
    /// The protocol; needed only for names other than the four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProviderKind>,
    /// An origin for Ollama and ComfyUI, else the API's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where it is. Loopback is "device" by itself, all else must be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<Locality>,
    /// Headers to send to it, without secrets. Gemini gets none: browsers may send it no header of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<std::collections::BTreeMap<String, String>>"))]
    pub headers: Option<LiteMap<String, String>>,
    /// For OpenRouter only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openrouter: Option<OpenRouterOptions>,
    /// Leave it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
}

/// Limits of waiting, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct TimeoutOptions {
    /// To the response head; for cloud providers. Default 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<f64>,
    /// To the first word or thought. Default 180,000 for local models, 30,000 for cloud ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    /// Between two pieces. Default 30,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<f64>,
    /// For the whole generation. Default 600,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<f64>,
}

/// How long answers are kept and how much room they may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct CacheOptions {
    /// Milliseconds for which an answer is as good as new. Default one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<f64>,
    /// Bytes on the disk. Default 200 million, of which pictures and videos take three quarters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number"))]
    pub max_bytes: Option<u64>,
    /// Milliseconds after that in which an answer is given once more while it is asked for anew. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_while_revalidate_ms: Option<f64>,
}

/// Whether answers are kept, and how.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum CacheChoice {
    /// They are not. Always `false`.
    Off(#[cfg_attr(test, ts(type = "false"))] bool),
    /// They are.
    On(CacheOptions),
}

/// How a mesh is set up, as far as the core has to know. What is not built yet is kept so that it can be refused by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct MeshOptions {
    /// By name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<std::collections::BTreeMap<String, ProviderOptions>>"))]
    pub providers: Option<LiteMap<String, ProviderOptions>>,
    /// For requests that bring none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyInput>,
    /// Limits of waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<TimeoutOptions>,
    /// Where what is learned is kept; in the browser's database by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// Whether answers are kept, for how long, and how much room they may take; by default they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheChoice>,
    /// Not built yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "unknown"))]
    pub budget: Option<Value>,
    /// Not built yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "unknown"))]
    pub guard: Option<Value>,
    /// Not built yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "unknown"))]
    pub limits: Option<Value>,
    /// The page's origin, for remedies that name it. The package fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_origin: Option<String>,
}

/// Limits of waiting with their defaults, for one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To the response head; none for servers that send no head before their first token.
    pub connect: Option<Duration>,
    /// To the first word or thought.
    pub first_token: Duration,
    /// Between two pieces.
    pub idle: Duration,
    /// For the whole generation.
    pub total: Duration,
}
