//! Somebody's research over some days: one disk, new tabs each day, a model that answers after a while. What the engine answers
//! without asking is compared with an oracle that knows what was meant.

mod oracle;
mod person;
mod tab;
mod wish;

use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use fastrand::Rng;
use hkm_mesh_core::base::id::TransportId;
use hkm_mesh_core::engine::{Settlement, Transport};
use hkm_mesh_core::model::receipt::Cached;
use hkm_mesh_core::model::{CustomEvent, Error, FinishReason, TextRequest};

use self::oracle::Oracle;
use self::person::Deed;
use self::tab::{Disk, Heard, Tab};
use self::wish::Wish;
use crate::weather::{Micros, SECOND};

const DAYS: u64 = 6;
const DAY: Micros = 86_400 * SECOND;

/// Answers are good for three days: some topics are opened again in time, some too late.
const LIFE: Micros = 3 * DAY;

/// How many things somebody does a day at most.
const DEEDS: usize = 30;

/// Of a hundred repeats, so many have to be answered without asking.
const LEAST: u64 = 99;

/// What came of sessions, in numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    requests: u64,
    calls: u64,
    cancelled: u64,
    /// Repeats by the oracle that were answered, and how many of them without a call.
    repeats: u64,
    spared: u64,
    memory: u64,
    disk: u64,
    joined: u64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.calls += other.calls;
        self.cancelled += other.cancelled;
        self.repeats += other.repeats;
        self.spared += other.spared;
        self.memory += other.memory;
        self.disk += other.disk;
        self.joined += other.joined;
    }
}

/// Replays so many sessions, and as many in which nothing is asked twice. Prints calls against requests, and says what is wrong.
pub(crate) fn replay(from: u64, sessions: u64) -> Result<(), String> {
    let mut found = Vec::new();
    for is_repeating in [true, false] {
        let mut sums = Sums::default();
        for seed in from..from + sessions {
            let session = Session::live(seed, is_repeating);
            sums.add(&session.map_err(|broken| format!("session {seed}, {}: {broken}", name(is_repeating)))?);
        }
        let Sums { requests, calls, cancelled, repeats, spared, memory, disk, joined } = sums;
        println!(
            "{}: {requests} requests ({cancelled} cancelled), {calls} calls; {spared} of {repeats} repeats answered without one (memory {memory}, disk {disk}, joined {joined})",
            name(is_repeating)
        );
        found.push(sums);
    }
    match found.as_slice() {
        [with, _] if with.repeats == 0 => Err("research without repeats says nothing".to_owned()),
        [with, _] if with.spared * 100 < with.repeats * LEAST => {
            Err(format!("less than {LEAST} of a hundred repeats are answered without a call"))
        }
        [_, without] if without.repeats > 0 || without.spared > 0 => {
            Err("somebody who never asks the same was answered without a call".to_owned())
        }
        _ => Ok(()),
    }
}

const fn name(is_repeating: bool) -> &'static str {
    if is_repeating { "research" } else { "nothing twice" }
}

enum Happening {
    Do,
    Ask(Deed),
    Cancel(u32),
    Says(usize, TransportId, Transport),
}

/// A request on its way.
struct Asked {
    wish: Wish,
    visit: u32,
    tab: usize,
    at: Micros,
    turn: u64,
    /// The place of it among what was asked.
    place: usize,
    is_readable: bool,
    is_kept: bool,
    is_repeat: bool,
}

/// A call of the model.
struct Call {
    turn: u64,
    conversation: Vec<(String, String)>,
    is_cut: bool,
}

struct Session {
    rng: Rng,
    is_repeating: bool,
    now: Micros,
    /// Orders requests and calls.
    turn: u64,
    happenings: BTreeMap<u64, Happening>,
    queue: BinaryHeap<Reverse<(Micros, u64)>>,
    tabs: Vec<Tab>,
    first_visit: u32,
    disk: Disk,
    oracle: Oracle,
    before: Vec<(Wish, Option<String>)>,
    asked: BTreeMap<u32, Asked>,
    calls: BTreeMap<u32, Call>,
    sums: Sums,
}

impl Session {
    fn live(seed: u64, is_repeating: bool) -> Result<Sums, String> {
        let mut session = Self {
            rng: Rng::with_seed(seed),
            is_repeating,
            now: 0,
            turn: 0,
            happenings: BTreeMap::new(),
            queue: BinaryHeap::new(),
            tabs: Vec::new(),
            first_visit: 0,
            disk: Disk::default(),
            oracle: Oracle::new(LIFE),
            before: Vec::new(),
            asked: BTreeMap::new(),
            calls: BTreeMap::new(),
            sums: Sums::default(),
        };
        for day in 0..DAYS {
            session.day(day)?;
        }
        Ok(session.sums)
    }

    /// New tabs, some hours of reading, and everything is closed.
    fn day(&mut self, day: u64) -> Result<(), String> {
        self.now = self.now.max(day * DAY + self.rng.u64(0..4 * 3_600 * SECOND));
        self.first_visit += self.tabs.len() as u32;
        self.tabs.clear();
        for tab in 0..self.rng.usize(1..4) {
            let (opened, heard) = Tab::open(&self.disk, LIFE / 1_000, self.rng.u64(..), self.now)?;
            self.tabs.push(opened);
            self.hear(tab, heard)?;
        }
        let mut at = self.now;
        for _ in 0..self.rng.usize(5..=DEEDS) {
            at += self.rng.u64(0..120 * SECOND);
            self.later(at, Happening::Do);
        }
        self.run()?;
        self.asked.keys().next().map_or(Ok(()), |id| Err(format!("request {id} never ends")))
    }

    fn later(&mut self, at: Micros, happening: Happening) {
        self.turn += 1;
        self.happenings.insert(self.turn, happening);
        self.queue.push(Reverse((at, self.turn)));
    }

    fn run(&mut self) -> Result<(), String> {
        let mut rings = 0;
        while let Some(Reverse((at, number))) = self.queue.peek().copied() {
            let due = self.tabs.iter().enumerate().filter_map(|(tab, one)| Some((one.due()?, tab))).min();
            if let Some((due, tab)) = due.filter(|(due, _)| *due <= at) {
                rings = if due <= self.now { rings + 1 } else { 0 };
                if rings > 1_000 {
                    return Err("a timer rings without end".to_owned());
                }
                self.now = self.now.max(due);
                let heard = self.tabs.get_mut(tab).map_or_else(Vec::new, |one| one.ring(self.now));
                self.hear(tab, heard)?;
                continue;
            }
            self.queue.pop();
            self.now = self.now.max(at);
            if let Some(happening) = self.happenings.remove(&number) {
                self.happen(happening)?;
            }
        }
        Ok(())
    }

    fn happen(&mut self, happening: Happening) -> Result<(), String> {
        match happening {
            Happening::Do => {
                let deed = if self.is_repeating {
                    person::next(&self.before, &mut self.rng)
                } else {
                    person::next_other(self.before.len(), &self.before, &mut self.rng)
                };
                for _ in 1..deed.times {
                    let at = self.now + self.rng.u64(0..3 * SECOND);
                    self.later(
                        at,
                        Happening::Ask(Deed { wish: deed.wish.clone(), mode: deed.mode, times: 1 }),
                    );
                }
                self.ask(deed)
            }
            Happening::Ask(deed) => self.ask(deed),
            Happening::Cancel(id) => {
                let Some(asked) = self.asked.remove(&id) else { return Ok(()) };
                self.oracle.over(id);
                self.sums.cancelled += 1;
                let heard =
                    self.tabs.get_mut(asked.tab).map_or_else(Vec::new, |tab| tab.cancel(id, self.now));
                self.hear(asked.tab, heard)
            }
            Happening::Says(tab, id, said) => {
                let heard = self.tabs.get_mut(tab).map_or_else(Vec::new, |one| one.says(id, said, self.now));
                self.hear(tab, heard)
            }
        }
    }

    fn ask(&mut self, Deed { wish, mode, .. }: Deed) -> Result<(), String> {
        self.sums.requests += 1;
        self.turn += 1;
        let id = self.sums.requests as u32;
        let tab = self.rng.usize(..self.tabs.len());
        let visit = self.first_visit + tab as u32;
        let is_kept = mode != Some("off") && (mode == Some("use") || wish.is_kept());
        let is_readable = is_kept && mode != Some("refresh");
        let is_repeat = is_readable && self.oracle.is_repeat(&wish, visit, self.now);
        if is_kept {
            self.oracle.asked(id, &wish, visit);
        }
        let request = wish.written(mode, &mut self.rng);
        self.before.push((wish.clone(), None));
        let place = self.before.len() - 1;
        let (at, turn) = (self.now, self.turn);
        self.asked.insert(id, Asked { wish, visit, tab, at, turn, place, is_readable, is_kept, is_repeat });
        if self.rng.u8(..12) == 0 {
            let at = self.now + self.rng.u64(0..3 * SECOND);
            self.later(at, Happening::Cancel(id));
        }
        let heard = match self.tabs.get_mut(tab) {
            Some(one) => one.ask(id, &request, self.now)?,
            None => return Ok(()),
        };
        self.hear(tab, heard)
    }

    fn hear(&mut self, tab: usize, heard: Vec<Heard>) -> Result<(), String> {
        let mut shared = Vec::new();
        for one in heard {
            match one {
                Heard::Asked(id, call) => self.answer(tab, id, &call),
                Heard::Left(left) => {
                    self.happenings
                        .retain(|_, happening| !matches!(happening, Happening::Says(at, id, _) if *at == tab && *id == left));
                }
                Heard::Settled(id, outcome) => {
                    let Ok(id) = id.parse::<u32>() else { continue };
                    // Who shares an answer is looked at when it is known to whom it was given.
                    if is_first_hand(&outcome) {
                        self.settle(id, *outcome)?;
                    } else {
                        shared.push((id, outcome));
                    }
                }
            }
        }
        shared.into_iter().try_for_each(|(id, outcome)| self.settle(id, *outcome))
    }

    /// The model answers with a number of its own, in pieces.
    fn answer(&mut self, tab: usize, id: TransportId, request: &TextRequest) {
        self.turn += 1;
        self.sums.calls += 1;
        let number = self.sums.calls as u32;
        let is_cut = self.rng.u8(..20) == 0;
        let conversation = request.conversation().into_iter().map(|message| {
            let role = serde_json::to_value(&message)
                .ok()
                .and_then(|value| Some(value.get("role")?.as_str()?.to_owned()));
            (role.unwrap_or_default(), plain(&message.words()))
        });
        self.calls.insert(number, Call { turn: self.turn, conversation: conversation.collect(), is_cut });
        let reason = if is_cut { FinishReason::Length } else { FinishReason::Stop };
        let words = [number.to_string(), ". Much is".to_owned(), " known of it.".to_owned()];
        let mut at = self.now;
        for event in words
            .map(|text| CustomEvent::TextDelta { text })
            .into_iter()
            .chain([CustomEvent::Finish { reason }])
        {
            at += self.rng.u64(50_000..2 * SECOND);
            self.later(at, Happening::Says(tab, id, Transport::CustomEvents(vec![event])));
        }
        self.later(at, Happening::Says(tab, id, Transport::End));
    }

    fn settle(&mut self, id: u32, outcome: Result<Settlement, Error>) -> Result<(), String> {
        let Some(asked) = self.asked.remove(&id) else { return Err(format!("request {id} ends twice")) };
        self.oracle.over(id);
        let (text, receipt) = match outcome {
            Ok(Settlement::Text(result)) => (result.text, result.receipt),
            other => return Err(format!("request {id} ends with {other:?}")),
        };
        let number = text.split('.').next().and_then(|word| word.parse::<u32>().ok()).unwrap_or_default();
        let is_joined = receipt.joined == Some(true);
        let is_cached = receipt.cached != Cached::No(false);
        let wrong = |what: String| format!("request {id} for {:?}: {what}", asked.wish);
        let call = self.calls.get(&number).ok_or_else(|| wrong(format!("nobody ever said {text:?}")))?;
        let is_whole = text == format!("{number}. Much is known of it.");
        let is_asked =
            call.conversation.iter().map(|(role, text)| (role.as_str(), text)).eq(asked.wish.conversation());
        if !is_whole || !is_asked {
            return Err(wrong(format!("{text:?} is the answer to {:?}", call.conversation)));
        }
        // Who takes the place of one who left has an answer that was asked for before.
        let is_spared = is_joined || is_cached || call.turn < asked.turn;
        if !is_joined && !is_cached {
            let is_kept = asked.is_kept && !call.is_cut;
            self.oracle.given(&asked.wish, number, asked.visit, is_kept, self.now).map_err(wrong)?;
        } else if is_cached {
            self.oracle.check(&asked.wish, number, asked.visit, asked.at).map_err(wrong)?;
            let is_from_memory =
                receipt.cached == Cached::From(hkm_mesh_core::model::receipt::CacheTier::Memory);
            *(if is_from_memory { &mut self.sums.memory } else { &mut self.sums.disk }) += 1;
        } else {
            self.oracle.belongs(&asked.wish, number).map_err(wrong)?;
            self.sums.joined += 1;
        }
        if is_spared && !(asked.is_readable && asked.is_repeat) {
            return Err(wrong(format!("answered with {number} although it is no repeat")));
        }
        self.sums.repeats += u64::from(asked.is_repeat);
        self.sums.spared += u64::from(is_spared);
        if let Some((_, answer)) = self.before.get_mut(asked.place) {
            *answer = Some(text);
        }
        Ok(())
    }
}

impl Wish {
    /// All that is said, with the system text first.
    fn conversation(&self) -> impl Iterator<Item = (&str, &String)> {
        let system = self.system.iter().map(|text| ("system", text));
        system.chain(self.turns.iter().map(|(role, text)| (*role, text)))
    }
}

fn is_first_hand(outcome: &Result<Settlement, Error>) -> bool {
    match outcome {
        Ok(Settlement::Text(result)) => {
            result.receipt.joined.is_none() && result.receipt.cached == Cached::No(false)
        }
        _ => true,
    }
}

/// A text without what says nothing.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}
