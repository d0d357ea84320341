//! Why a provider cannot be reached, and how to mend it.

use serde::Serialize;

/// How sure a cause is. A page cannot see everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Likelihood {
    /// The evidence leaves nothing else.
    Certain,
    /// It fits the evidence best.
    Likely,
    /// It cannot be ruled out.
    Possible,
}

/// Whose machine a remedy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// Linux.
    Linux,
    /// All.
    Any,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Remedy {
    /// Whose machine it is for.
    pub platform: Platform,
    /// In words.
    pub text: String,
    /// The exact line to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub command: Option<String>,
}

/// A cause that fits the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Cause {
    /// Stable, kebab-case.
    pub code: String,
    /// How sure it is.
    pub likelihood: Likelihood,
    /// One plain sentence.
    pub message: String,
    /// What to do.
    pub remedies: Vec<Remedy>,
}

/// What was tried and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Evidence {
    /// What was tried.
    pub probe: String,
    /// What happened.
    pub outcome: String,
}

/// Why a provider cannot be reached, likeliest cause first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Diagnosis {
    /// Who.
    pub provider: String,
    /// Whether it can be reached and used.
    pub ok: bool,
    /// Likeliest first.
    pub causes: Vec<Cause>,
    /// In the order of the probes.
    pub evidence: Vec<Evidence>,
}
