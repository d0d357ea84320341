//! What a request allows, what will go wrong with it, and what became of it so far.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use hkm_mesh_core::model::{Error, ErrorCode, Locality};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Kind};
use crate::fault::Fault;
use crate::reader::{Reader, Thoughts};
use crate::server::Server;
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

/// What an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purse {
    /// Anything.
    Open,
    /// What is known to cost less than a dollar: Gemini's prices are not known here.
    Dollar,
    /// Nothing.
    Empty,
}

/// What becomes of an answer whose model dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    GoOn,
    BeginAgain,
    Fail,
}

/// What the caller allows.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    pub(crate) farthest: Locality,
    pub(crate) may_fall_back: bool,
    pub(crate) cut: Cut,
    pub(crate) purse: Purse,
    /// Servers, or models as `server/model`.
    pub(crate) only: Option<Vec<String>>,
    /// The model that is asked for by name.
    pub(crate) pinned: Option<String>,
    /// Whether a second model may be asked beside a late one.
    pub(crate) hedges: bool,
}

impl Wishes {
    pub(crate) const fn none() -> Self {
        Self {
            farthest: Locality::Cloud,
            may_fall_back: true,
            cut: Cut::GoOn,
            purse: Purse::Open,
            only: None,
            pinned: None,
            hedges: false,
        }
    }

    /// Some wishes, several at once among them, and the policy that says so.
    pub(crate) fn any(
        servers: &[Server],
        kind: Kind,
        is_slow: bool,
        rng: &mut Rng,
    ) -> (Self, Map<String, Value>) {
        let mut wishes = Self::none();
        let mut policy = Map::new();
        let mut say = |name: &str, value: Value| drop(policy.insert(name.to_owned(), value));
        wishes.hedges = kind != Kind::Vectors && rng.u8(..16) < if is_slow { 12 } else { 1 };
        if wishes.hedges {
            let after = rng.u16(200..4_000);
            say("hedge", if rng.bool() { json!(true) } else { json!({ "afterMs": after }) });
        }
        for _ in 0..rng.u8(..3) {
            match rng.u8(0..16) {
                0 => {
                    wishes.farthest = wishes.farthest.min(Locality::Device);
                    say("stayWithin", json!("device"));
                }
                1 if wishes.farthest == Locality::Cloud => {
                    wishes.farthest = Locality::Network;
                    say("stayWithin", json!("network"));
                }
                2 => {
                    wishes.farthest = Locality::Device;
                    say("goal", json!("privacy"));
                }
                3 if wishes.pinned.is_none() => {
                    wishes.may_fall_back = false;
                    say("fallback", json!(false));
                }
                4 => {
                    wishes.cut = Cut::Fail;
                    say("onCut", json!("fail"));
                }
                5 => {
                    wishes.cut = Cut::BeginAgain;
                    say("onCut", json!("restart"));
                }
                6 if wishes.only.is_none() => {
                    let server =
                        servers.get(rng.usize(..servers.len())).map_or("ollama", |server| server.name);
                    wishes.only = Some(vec![server.to_owned()]);
                    say("allow", json!([server]));
                }
                7 if wishes.farthest == Locality::Cloud => {
                    say("goal", json!(["speed", "quality", "cost"].get(rng.usize(..3))));
                }
                8 => {
                    wishes.purse = Purse::Dollar;
                    say("maxCost", json!(1.0));
                }
                9 => {
                    wishes.purse = Purse::Empty;
                    say("maxCost", json!(1e-9));
                }
                10 | 11 if kind != Kind::Vectors && wishes.only.is_none() && wishes.may_fall_back => {
                    let mut names: Vec<String> = servers.iter().flat_map(Server::addresses).collect();
                    rng.shuffle(&mut names);
                    names.truncate(rng.usize(1..4));
                    // Some are named by their server.
                    for name in names.iter_mut().skip(1) {
                        if rng.u8(..3) == 0 {
                            *name = name.split('/').next().unwrap_or_default().to_owned();
                        }
                    }
                    wishes.pinned = names.first().cloned();
                    if names.len() > 1 {
                        say("fallback", json!(names.get(1..)));
                    }
                    wishes.only = Some(names);
                }
                _ => {}
            }
        }
        (wishes, policy)
    }

    /// Whether a model may be asked. Whether it can be paid for is known as far as its server's list says.
    pub(crate) fn allow(&self, server: &Server, model: &str) -> bool {
        let is_named = |name: &String| {
            name == server.name
                || name.split_once('/').is_some_and(|(of, named)| of == server.name && named == model)
        };
        let is_affordable = match self.purse {
            Purse::Open => true,
            Purse::Dollar => server.name != "gemini",
            Purse::Empty => server.locality != Locality::Cloud,
        };
        server.locality <= self.farthest
            && is_affordable
            && self.only.as_ref().is_none_or(|names| names.iter().any(is_named))
    }
}

/// One request and what came of it.
#[allow(clippy::struct_excessive_bools, reason = "each is a thing that happened or did not")]
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) at: Micros,
    pub(crate) kind: Kind,
    /// The true answer, and, where there is one, another.
    pub(crate) answers: Vec<Answer>,
    /// What was said that is whole and of no use. It may be shown, and is no answer.
    pub(crate) useless: Vec<Answer>,
    /// The texts of which vectors are wanted.
    pub(crate) texts: Vec<String>,
    pub(crate) wishes: Wishes,
    pub(crate) plans: BTreeMap<&'static str, Plan>,
    pub(crate) tries: BTreeMap<&'static str, u32>,
    /// Which models were known when it was asked.
    pub(crate) known: BTreeSet<String>,
    /// What a reader sees.
    pub(crate) reader: Reader,
    pub(crate) thoughts: Thoughts,
    /// The model that by the events is being asked.
    pub(crate) attempting: String,
    /// Whether a second model was asked beside a late one.
    pub(crate) was_hedged: bool,
    pub(crate) requests: u32,
    /// The models that were asked.
    pub(crate) models: BTreeSet<String>,
    /// What the failures that it met are called.
    pub(crate) met: BTreeSet<&'static str>,
    /// It turned out to be longer than this.
    pub(crate) longer_than: Option<u64>,
    /// Somebody said what ends it, whoever else could be asked.
    pub(crate) was_stopped: bool,
    pub(crate) carried_on: bool,
    pub(crate) ended: Option<(Micros, Result<(), Error>)>,
    pub(crate) cancelled: bool,
}

impl Asked {
    pub(crate) const fn is_over(&self) -> bool {
        self.ended.is_some() || self.cancelled
    }

    /// It met a failure that is called so.
    pub(crate) fn meet(&mut self, code: ErrorCode) {
        self.met.insert(code.as_str());
    }
}
