//! Why a provider cannot be reached. What to do about each cause, line by line for each system, is the package's to
//! say: those texts are long, and loaded only when somebody asks.

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

/// A cause that fits the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "CauseData"))]
pub struct Cause {
    /// Stable, kebab-case; `docs/doctor.md` lists them.
    pub code: &'static str,
    /// How sure it is.
    pub likelihood: Likelihood,
    /// One plain sentence.
    pub message: String,
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

/// What the lines to run have to name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct DiagnosisSubject {
    /// What the server is: a kind of provider.
    pub kind: &'static str,
    /// Where it was looked for.
    pub endpoint: String,
    /// This page's origin, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_origin: Option<String>,
    /// Where it answers instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The model that is meant, by its server's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Why a provider cannot be reached, likeliest cause first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "DiagnosisData"))]
pub struct Diagnosis {
    /// Who.
    pub provider: String,
    /// Whether it can be reached and used.
    pub ok: bool,
    /// Likeliest first.
    pub causes: Vec<Cause>,
    /// In the order of the probes.
    pub evidence: Vec<Evidence>,
    /// For the lines to run.
    pub subject: DiagnosisSubject,
}

/// Whose rules hold for what a page may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Browser {
    /// Chrome, Edge, Brave and their like.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari, and every browser on iOS.
    Safari,
    /// Not known: no browser's own rules are held against the evidence.
    #[default]
    Other,
}

/// What the user told the browser about this page and the machines around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Allowed.
    Granted,
    /// Refused.
    Denied,
    /// Not answered yet.
    Prompt,
}

/// What the page sees around it once the probes are through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// Whose rules hold.
    pub browser: Browser,
    /// Whether the browser says there is a network.
    pub is_online: bool,
    /// Whether the page is a secure context.
    pub is_secure: bool,
    /// The permission to reach this machine; `None` where the browser has none.
    pub loopback: Option<Permission>,
    /// The permission to reach the machines around.
    pub local: Option<Permission>,
    /// The origins that the page's own content policy stopped while the probes ran.
    pub stopped: Vec<String>,
}

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            browser: Browser::Other,
            is_online: true,
            is_secure: true,
            loopback: None,
            local: None,
            stopped: Vec::new(),
        }
    }
}
