//! What the caller wants of a model: a goal and limits that are absolute.

use serde::Serialize;

use super::{Locality, Quality};

/// What to prefer where several models would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// Keep the text on this machine.
    Privacy,
    /// Spend least.
    Cost,
    /// The best answer.
    Quality,
    /// The soonest answer.
    Speed,
    /// A bit of each.
    #[default]
    Balanced,
}

impl Goal {
    /// The word used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Privacy => "privacy",
            Self::Cost => "cost",
            Self::Quality => "quality",
            Self::Speed => "speed",
            Self::Balanced => "balanced",
        }
    }
}

/// How far text may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// Not out of this page.
    Page,
    /// Not off this machine.
    Device,
    /// Not beyond machines the user named.
    Network,
}

impl From<Within> for Locality {
    fn from(within: Within) -> Self {
        match within {
            Within::Page => Self::Page,
            Within::Device => Self::Device,
            Within::Network => Self::Network,
        }
    }
}

/// Whether, and to which models, a failed attempt may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Fallback {
    /// The router's own chain, or none.
    Allowed(bool),
    /// These models, in this order.
    Models(Vec<String>),
}

/// What to do when a model dies after text was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum OnCut {
    /// The next model carries on from it.
    Continue,
    /// The answer begins again.
    Restart,
    /// The generation fails and keeps what was shown.
    Fail,
}

/// Whether a late model is raced by a second.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Hedge {
    /// After a learned delay, or never.
    Allowed(bool),
    /// After a stated delay.
    After {
        /// Milliseconds; a learned delay where absent.
        #[serde(rename = "afterMs", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        after_ms: Option<f64>,
    },
}

/// What to do with messages that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ContextPolicy {
    /// Fail.
    Error,
    /// Drop the oldest turns.
    Trim,
}

/// A goal with limits. Limits are absolute: no goal, fallback or failure goes beyond them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// What to prefer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// How far the text may travel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay_within: Option<Within>,
    /// Most that one answer may cost, USD; a model of unknown price is excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<f64>,
    /// Most milliseconds to the first token that may be expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_first_token_ms: Option<f64>,
    /// Most milliseconds to the end that may be expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_total_ms: Option<f64>,
    /// Least quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_quality: Option<Quality>,
    /// Only these providers or models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<String>>,
    /// None of these providers or models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny: Option<Vec<String>>,
    /// These providers or models first, in this order, where the limits allow them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<Vec<String>>,
    /// Whether a failed attempt may go on to another model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// What to do when a model dies after text was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_cut: Option<OnCut>,
    /// Whether a late model is raced by a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hedge: Option<Hedge>,
    /// What to do with messages that do not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextPolicy>,
}

/// A policy as callers write it: a goal alone, or the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum PolicyInput {
    /// A goal alone.
    Goal(Goal),
    /// The whole.
    Policy(Box<Policy>),
}

impl Policy {
    /// How far what a request says may travel. Under the goal "privacy" what is sensitive stays on this machine, whatever
    /// else is allowed.
    pub fn farthest(&self, is_sensitive: bool) -> Locality {
        let stated = self.stay_within.map_or(Locality::Cloud, Locality::from);
        if is_sensitive && self.goal == Some(Goal::Privacy) { stated.min(Locality::Device) } else { stated }
    }
}

impl From<PolicyInput> for Policy {
    fn from(input: PolicyInput) -> Self {
        match input {
            PolicyInput::Goal(goal) => Self { goal: Some(goal), ..Self::default() },
            PolicyInput::Policy(policy) => *policy,
        }
    }
}
