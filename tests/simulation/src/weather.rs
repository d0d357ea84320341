//! What kind of world it is: how often requests fail, and when which servers are gone altogether.

use fastrand::Rng;

use crate::server::{SERVERS, Server};

/// Microseconds on the virtual clock.
pub(crate) type Micros = u64;

/// A second of the virtual clock.
pub(crate) const SECOND: Micros = 1_000_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One request in twenty fails, each for itself.
    Calm,
    /// Two in five do.
    Storm,
    /// As calm, but some servers are gone for minutes, all of the cloud at once among them.
    Outages,
    /// As calm, but the network comes and goes.
    Flaky,
    /// As calm, but one answer in four begins late.
    Slow,
}

/// The kind of a world and its outages.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) kind: Kind,
    outages: Vec<(&'static str, Micros, Micros)>,
    /// When the network goes and comes.
    pub(crate) flips: Vec<(Micros, bool)>,
}

impl Weather {
    pub(crate) fn any(servers: &[Server], length: Micros, rng: &mut Rng) -> Self {
        let kind = match rng.u8(0..9) {
            0..=2 => Kind::Calm,
            3 | 4 => Kind::Storm,
            5 | 6 => Kind::Outages,
            7 => Kind::Flaky,
            _ => Kind::Slow,
        };
        let mut weather = Self { kind, outages: Vec::new(), flips: Vec::new() };
        if kind == Kind::Outages {
            for _ in 0..rng.usize(1..4) {
                let from = rng.u64(..length);
                let until = from + rng.u64(10 * SECOND..600 * SECOND);
                // Together, as when a data centre or the way there is gone.
                let is_cloud = rng.bool();
                let alone = servers.get(rng.usize(..servers.len())).map_or("", |server| server.name);
                for server in SERVERS {
                    let is_of_cloud = server.origin.starts_with("https");
                    if (is_cloud && is_of_cloud) || (!is_cloud && server.name == alone) {
                        weather.outages.push((server.name, from, until));
                    }
                }
            }
        }
        if kind == Kind::Flaky {
            let mut at = 0;
            for number in 0..rng.usize(1..5) * 2 {
                at += rng.u64(5 * SECOND..length / 4 + 6 * SECOND);
                weather.flips.push((at, number % 2 == 1));
            }
        }
        weather
    }

    /// Nothing is ever gone.
    #[cfg(test)]
    pub(crate) const fn calm() -> Self {
        Self { kind: Kind::Calm, outages: Vec::new(), flips: Vec::new() }
    }

    /// How many requests in a thousand fail at a server that is there.
    pub(crate) fn faults_in_a_thousand(&self) -> u32 {
        if self.kind == Kind::Storm { 400 } else { 50 }
    }

    /// How much later than usual an answer begins.
    pub(crate) fn lateness(&self, rng: &mut Rng) -> Micros {
        if self.kind == Kind::Slow && rng.u8(..4) == 0 { rng.u64(SECOND..8 * SECOND) } else { 0 }
    }

    /// Whether a server is there at a moment.
    pub(crate) fn is_there(&self, server: &Server, at: Micros) -> bool {
        let is_out = self
            .outages
            .iter()
            .any(|(name, from, until)| *name == server.name && (*from..*until).contains(&at));
        !is_out && (self.is_online(at) || !server.origin.starts_with("https"))
    }

    /// Whether a server is there during all of a time.
    pub(crate) fn is_there_throughout(&self, server: &Server, from: Micros, until: Micros) -> bool {
        let overlaps = |start: Micros, end: Micros| start <= until && from <= end;
        let is_out =
            self.outages.iter().any(|(name, start, end)| *name == server.name && overlaps(*start, *end));
        let is_cut_off = server.origin.starts_with("https")
            && (!self.is_online(from)
                || self.flips.iter().any(|(at, is_online)| !is_online && (from..=until).contains(at)));
        !is_out && !is_cut_off
    }

    /// Whether the page has a network at a moment.
    pub(crate) fn is_online(&self, at: Micros) -> bool {
        self.flips.iter().take_while(|(when, _)| *when <= at).last().is_none_or(|(_, is_online)| *is_online)
    }
}
