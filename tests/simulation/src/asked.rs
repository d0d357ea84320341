//! What a request allows, what will go wrong with it, and what became of it so far.

use std::collections::BTreeMap;

use fastrand::Rng;
use hkm_mesh_core::model::{Error, Locality};
use serde_json::{Value, json};

use crate::server::{Fault, Server};
use crate::weather::Micros;

/// What goes wrong with a request at one server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Plan {
    Well,
    /// The first try fails.
    Once(Fault),
    /// Every try fails.
    Always(Fault),
}

/// What the caller allows.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    pub(crate) farthest: Locality,
    pub(crate) may_fall_back: bool,
    pub(crate) may_go_on: bool,
    pub(crate) only: Option<&'static str>,
}

impl Wishes {
    pub(crate) const fn none() -> Self {
        Self { farthest: Locality::Cloud, may_fall_back: true, may_go_on: true, only: None }
    }

    /// Some wishes, and the policy that says so.
    pub(crate) fn any(servers: &[Server], rng: &mut Rng) -> (Self, Value) {
        let free = Self::none();
        match rng.u8(0..14) {
            0 => (Self { farthest: Locality::Device, ..free }, json!({ "stayWithin": "device" })),
            1 => (Self { farthest: Locality::Network, ..free }, json!({ "stayWithin": "network" })),
            2 => (Self { farthest: Locality::Device, ..free }, json!({ "goal": "privacy" })),
            3 => (Self { may_fall_back: false, ..free }, json!({ "fallback": false })),
            4 => (Self { may_go_on: false, ..free }, json!({ "onCut": "fail" })),
            5 => (free, json!({ "onCut": "restart" })),
            6 => {
                let server = servers.get(rng.usize(..servers.len())).map_or("ollama", |server| server.name);
                (Self { only: Some(server), ..free }, json!({ "allow": [server] }))
            }
            7 => (free, json!({ "goal": "speed" })),
            8 => (free, json!({ "goal": "quality" })),
            9 => (free, json!({ "goal": "cost" })),
            _ => (free, json!({})),
        }
    }
}

/// One request and what came of it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) at: Micros,
    pub(crate) truth: String,
    pub(crate) wishes: Wishes,
    /// What stands in the request: the tag by which servers know it.
    pub(crate) body: String,
    pub(crate) plans: BTreeMap<&'static str, Plan>,
    pub(crate) tries: BTreeMap<&'static str, u32>,
    /// Which servers had told their models when it was asked.
    pub(crate) known: Vec<&'static str>,
    /// What a reader sees.
    pub(crate) shown: String,
    /// Whether anything was shown, be it thrown away since.
    pub(crate) was_shown: bool,
    pub(crate) restarts: u32,
    pub(crate) requests: u32,
    pub(crate) carried_on: bool,
    pub(crate) ended: Option<(Micros, Result<String, Error>)>,
    pub(crate) cancelled: bool,
}

impl Asked {
    pub(crate) const fn is_over(&self) -> bool {
        self.ended.is_some() || self.cancelled
    }
}
