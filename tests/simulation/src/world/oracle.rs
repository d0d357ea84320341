//! When all is over: who was owed an answer got one, and who failed failed for what happened.

use hkm_mesh_core::model::ErrorCode;

use super::{TOTAL, World};
use crate::answer::Kind;
use crate::asked::{Asked, Cut, Plan, Purse};
use crate::server::Server;
use crate::tally::Tally;
use crate::weather::{Kind as Weather, Micros, SECOND};

impl World {
    pub(super) fn look_back(&mut self) {
        for number in 0..self.asked.len() {
            let Some(asked) = self.asked.get(number) else { return };
            if asked.cancelled {
                continue;
            }
            let Some((at, outcome)) = &asked.ended else {
                self.promise(false, || format!("{number} never ends"));
                return;
            };
            let Err(error) = outcome else { continue };
            let code = error.code;
            let said = match self.owed(asked, *at) {
                Some(server) => {
                    format!("{number} fails with {}, and {server} would have answered", code.as_str())
                }
                None if !self.is_fitting(asked, code) => {
                    format!("{number} fails with {}, which is not what happened", code.as_str())
                }
                None => continue,
            };
            self.promise(false, || said);
        }
    }

    /// A server that was allowed, known and there all the while, and would have answered.
    fn owed(&self, asked: &Asked, until: Micros) -> Option<&'static str> {
        let Asked { wishes, reader, .. } = asked;
        let is_kept = wishes.cut == Cut::Fail && reader.was_shown;
        if !wishes.may_fall_back || until - asked.at >= TOTAL || asked.was_stopped || is_kept {
            return None;
        }
        // Whether the tool was used already nobody knows.
        if !reader.calls.is_empty() {
            return None;
        }
        let would = |server: &&Server| {
            asked.plans.get(server.name) == Some(&Plan::Well)
                && self.weather.is_there_throughout(server, asked.at, until)
                && !self.is_barred(server, asked.at, until)
                && Self::has_model(asked, server)
                // Vectors are not asked of who is left alone for a while.
                && (asked.kind != Kind::Vectors || self.failed.get(server.name).is_none_or(|at| *at > until))
        };
        self.servers.iter().find(would).map(|server| server.name)
    }

    pub(super) fn is_barred(&self, server: &Server, from: Micros, until: Micros) -> bool {
        self.bars.iter().any(|bar| bar.server == server.name && bar.from <= until && from <= bar.until)
    }

    /// Whether a server has a model that may be asked and has room.
    fn has_model(asked: &Asked, server: &Server) -> bool {
        // What a server in the house costs is not known.
        if asked.wishes.purse != Purse::Open && server.name == "lan" {
            return false;
        }
        let is_known = |model: &str| asked.known.contains(&format!("{}/{model}", server.name));
        if asked.kind == Kind::Vectors {
            return is_known(server.embedder) && asked.wishes.allow(server, server.embedder);
        }
        server.models.iter().any(|(model, room)| {
            is_known(model)
                && asked.wishes.allow(server, model)
                && asked.longer_than.is_none_or(|least| *room > least)
        })
    }

    /// Whether a request may fail with this.
    fn is_fitting(&self, asked: &Asked, code: ErrorCode) -> bool {
        match code {
            ErrorCode::AllFailed => asked.models.len() > 1,
            ErrorCode::NoModel => asked.requests == 0,
            ErrorCode::Offline => self.weather.flips.iter().any(|(_, is_online)| !is_online),
            ErrorCode::Timeout if asked.ended.as_ref().is_some_and(|(at, _)| at - asked.at >= TOTAL) => true,
            code => asked.met.contains(code.as_str()),
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally { worlds: 1, virtual_seconds: self.now / SECOND, ..Tally::default() };
        for asked in &self.asked {
            tally.generations += 1;
            tally.restarts += u64::from(asked.reader.restarts);
            tally.hedged += u64::from(asked.was_hedged);
            tally.cancelled += u64::from(asked.cancelled);
            // Many texts take several requests.
            if self.weather.kind == Weather::Calm && asked.kind != Kind::Vectors {
                tally.calm.0 += u64::from(asked.requests);
                tally.calm.1 += 1;
            }
            let Some((at, outcome)) = &asked.ended else { continue };
            tally.owed += u64::from(self.owed(asked, *at).is_some());
            match outcome {
                Ok(()) => {
                    tally.answered += 1;
                    tally.carried_on += u64::from(asked.carried_on);
                    *tally.kinds.entry(format!("{:?}", asked.kind).to_lowercase()).or_default() += 1;
                }
                Err(error) => *tally.failures.entry(error.code.as_str()).or_default() += 1,
            }
        }
        tally
    }
}
