//! How providers and models are doing.

use serde::Serialize;

use super::Reason;
use crate::base::time::Wall;

/// Whether a provider answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ProviderState {
    /// It answered last.
    Up,
    /// It answers, but some of its models fail.
    Degraded,
    /// It did not answer last.
    Down,
    /// Nobody asked it yet.
    #[default]
    Unknown,
}

/// Whether a model is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Breaker {
    /// Yes.
    #[default]
    Closed,
    /// One request tries it.
    HalfOpen,
    /// Not now.
    Open,
}

/// Why a model is not asked for a while although it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestReason {
    /// Its server wants fewer requests.
    Cooling,
    /// It failed too often.
    Failing,
    /// The account that pays for it is empty.
    NoCredit,
    /// Its provider refused the key.
    KeyRefused,
}

/// That a model is not asked for a while, unless no other may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Why.
    pub reason: RestReason,
    /// When it is asked again; `None` where that does not depend on time.
    pub retry_at: Option<Wall>,
}

/// How one model is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ModelHealth {
    /// `provider/id`.
    pub model: String,
    /// Whether it is asked.
    pub state: Breaker,
    /// Share of its attempts that ended well, 0 to 1.
    pub success_rate: f64,
}

/// How one provider is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ProviderHealth {
    /// Who.
    pub provider: String,
    /// Whether it answers.
    pub state: ProviderState,
    /// Since when, epoch milliseconds.
    pub since_at: Wall,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<Reason>,
    /// When it will be asked again, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_at: Option<Wall>,
    /// Its models that were asked.
    pub models: Vec<ModelHealth>,
}
