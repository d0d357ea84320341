//! What the router decided and why, as plain data.

use litemap::LiteMap;
use serde::Serialize;

use super::{Goal, ModelConfig};

/// A parameter of a [`Reason`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Parameter {
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Parameter {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// A reason that a person can read and a program can translate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Stable, kebab-case.
    pub code: String,
    /// Plain English.
    pub message: String,
    /// What the message was made with.
    #[serde(skip_serializing_if = "LiteMap::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<std::collections::BTreeMap<String, Parameter>>"))]
    pub params: LiteMap<String, Parameter>,
}

impl Reason {
    /// A reason without parameters.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), params: LiteMap::new() }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Parameter>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

/// What an answer is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// USD; `null` where a price is unknown.
    pub cost: Option<f64>,
    /// Milliseconds.
    pub first_token_ms: f64,
    /// Milliseconds.
    pub total_ms: f64,
    /// Tokens of the prompt.
    #[cfg_attr(test, ts(type = "number"))]
    pub input_tokens: u64,
    /// Tokens of the answer.
    #[cfg_attr(test, ts(type = "number"))]
    pub output_tokens: u64,
}

/// What the router decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The model to ask first.
    pub chosen: ModelConfig,
    /// `provider/id` each: the chosen, then the fallbacks in order.
    pub chain: Vec<String>,
    /// The goal it was decided by.
    pub goal: Goal,
    /// Why this one.
    pub why: Reason,
    /// How hard the request looks, 0 to 1.
    pub difficulty: f64,
    /// Whether it has to be treated as private.
    pub sensitive: bool,
    /// What it is expected to take.
    pub estimate: Estimate,
}

/// How a candidate was scored. Parts lie between 0 and 1, higher is better.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// `provider/id`.
    pub model: String,
    /// What they add up to by the goal's weights.
    pub total: f64,
    /// Expected quality of the answer.
    pub quality: f64,
    /// How little it costs.
    pub cost: f64,
    /// How soon it answers.
    pub speed: f64,
    /// How near it is.
    pub locality: f64,
    /// What moved it up or down beside its total: its provider does not answer, the conversation is its own …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<Reason>,
}

/// A model that may not be asked, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Exclusion {
    /// `provider/id`.
    pub model: String,
    /// Why not.
    pub reason: Reason,
}

/// Every candidate with its scores, best first, and every model that was left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Best first.
    pub scores: Vec<Score>,
    /// In the order of their addresses.
    pub excluded: Vec<Exclusion>,
}
