//! Many requests in one call: what is asked once for whom, in which order, when it may be asked, and what it all took.
//!
//! Each question is an ordinary generation, so routing, fallback, time-outs, measures and receipts are those of any request.
//! A batch only decides when the next one begins: [`ready`] says whom it may ask now, [`course`] begins and ends them,
//! [`trouble`] remembers which providers it waits for or gave up. How many a provider gets at once is found out in
//! [`crate::limits`], which hears how attempts end from [`crowd`]. What an item says goes to its batch and not to the page:
//! [`items`] is where the two part. What a batch leaves for the next page is in [`kept`].

mod course;
mod crowd;
pub(super) mod items;
mod kept;
mod ready;
mod same;
mod trouble;

use std::collections::VecDeque;

use litemap::LiteMap;

use self::kept::Listed;
use self::ready::Readiness;
use self::trouble::Trouble;
use super::io::Settlement;
use super::shared::Shared;
use crate::base::id::RequestId;
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now, millis};
use crate::model::receipt::Cached;
use crate::model::report::BatchReport;
use crate::model::{Attempt as AttemptRecord, Error, Policy, Receipt, TextRequest};
use crate::route::Query;

/// How many questions of a line are looked at for one that may be asked.
const LOOK: usize = 8;

/// Of how many ends the remaining time is reckoned.
const ENDS: usize = 16;

/// What is asked once, for one request of the list or several.
#[derive(Debug)]
struct Question {
    request: TextRequest,
    /// Made when it is looked at first.
    query: Option<Query>,
    /// The places in the list that wait for the answer; none once it is over.
    wanted_by: Vec<u32>,
    /// What it runs as.
    runs_as: Option<RequestId>,
    first_asked: Option<Now>,
    /// Whether it failed in a way that may have been its own fault, and is asked once more.
    has_failed: bool,
    /// What earlier tries did.
    attempts: Vec<AttemptRecord>,
}

/// What it all took so far.
#[derive(Debug, Default)]
struct Tally {
    requests: u32,
    calls: u32,
    from_cache: u32,
    duplicates: u32,
    failed: u32,
    resumed: u32,
    cost: Money,
}

/// A list of requests that is being worked off.
#[derive(Debug)]
pub(super) struct Batch {
    id: RequestId,
    started: Now,
    /// How many may run at once, whoever answers them.
    most: usize,
    questions: Vec<Question>,
    /// Those that wait, in their order, by the model that they are pinned to: who waits for one keeps nobody else waiting.
    lines: LiteMap<Option<String>, VecDeque<usize>>,
    running: usize,
    /// How many are not over.
    open: usize,
    /// When the first was asked, and when the last ones ended.
    ends: VecDeque<Monotonic>,
    troubles: LiteMap<String, Trouble>,
    tally: Tally,
    /// Its requests, until it is known which of them were done before.
    opening: Option<Listed>,
    /// Whether its ends are written down.
    is_kept: bool,
    /// When somebody may be asked who may not now.
    wake: Option<Monotonic>,
}

/// What a batch does next.
enum Next {
    /// Asks the question at this place.
    Ask(usize),
    /// Whoever could answer it has proved that they cannot: it fails unasked.
    GiveUp(usize, Box<Error>),
}

impl Batch {
    /// Of so many requests, none of which is known yet.
    fn new(id: RequestId, requests: usize, most: Option<u32>, now: Now) -> Self {
        Self {
            id,
            started: now,
            most: most.map_or(usize::MAX, |most| most as usize),
            questions: Vec::new(),
            lines: LiteMap::new(),
            running: 0,
            open: 0,
            ends: VecDeque::new(),
            troubles: LiteMap::new(),
            tally: Tally { requests: requests as u32, ..Tally::default() },
            opening: None,
            is_kept: false,
            wake: None,
        }
    }

    /// Takes in what is to be asked. Those that cannot be read are no questions: they come back with their places.
    fn add(&mut self, listed: Listed, usual: &Policy) -> Vec<(u32, Error)> {
        let (mut unread, mut known) = (Vec::new(), LiteMap::<String, usize>::new());
        for (index, request) in listed {
            let request = match request {
                Ok(request) => request,
                Err(error) => {
                    unread.push((index, error));
                    continue;
                }
            };
            let key = same::key(&request, usual);
            let first = key.as_ref().and_then(|key| known.get(key)).copied();
            if let Some(question) = first.and_then(|place| self.questions.get_mut(place)) {
                question.wanted_by.push(index);
                self.tally.duplicates += 1;
                continue;
            }
            let place = self.questions.len();
            if let Some(key) = key {
                known.insert(key, place);
            }
            self.lines.entry(request.model.clone()).or_default().push_back(place);
            self.questions.push(Question {
                request,
                query: None,
                wanted_by: vec![index],
                runs_as: None,
                first_asked: None,
                has_failed: false,
                attempts: Vec::new(),
            });
        }
        self.open = self.questions.len();
        self.tally.failed += unread.len() as u32;
        unread
    }

    /// When somebody may be asked who may not now.
    pub(super) const fn wake(&self) -> Option<Monotonic> {
        self.wake
    }

    /// The next question that may be asked now, or that need not be asked at all. It waits no more.
    fn pick(&mut self, shared: &mut Shared, load: &ready::Load, now: Now) -> Option<Next> {
        self.wake = None;
        if self.running >= self.most {
            return None;
        }
        for (_, line) in self.lines.iter_mut() {
            let mut at = 0;
            while let Some(place) = line.get(at).copied().filter(|_| at < LOOK) {
                let question = self.questions.get_mut(place).filter(|question| question.is_open());
                let Some(question) = question else {
                    line.remove(at);
                    continue;
                };
                match ready::readiness(question, &self.troubles, shared, load, now) {
                    Readiness::Ready => {
                        line.remove(at);
                        return Some(Next::Ask(place));
                    }
                    Readiness::Hopeless(error) => {
                        line.remove(at);
                        return Some(Next::GiveUp(place, error));
                    }
                    Readiness::At(time) => {
                        self.wake = Some(self.wake.map_or(time, |wake| wake.min(time)));
                    }
                    Readiness::Later => {}
                }
                at += 1;
            }
        }
        None
    }

    /// A question is asked again later: as the next one, or after the others of its line.
    fn put_back(&mut self, place: usize, is_next: bool) {
        let Some(question) = self.questions.get(place) else { return };
        let line = self.lines.entry(question.request.model.clone()).or_default();
        if is_next {
            line.push_front(place);
        } else {
            line.push_back(place);
        }
    }

    /// What a try took.
    fn count(&mut self, outcome: &Result<Settlement, Error>) {
        match outcome {
            Ok(Settlement::Text(result)) if is_cached(&result.receipt) => self.tally.from_cache += 1,
            Ok(Settlement::Text(result)) => self.count_receipt(&result.receipt),
            Ok(_) => {}
            Err(error) => {
                if let Some(receipt) = &error.receipt {
                    self.count_receipt(receipt);
                }
            }
        }
    }

    fn count_receipt(&mut self, receipt: &Receipt) {
        self.tally.calls += receipt.attempts.len() as u32;
        if let Some(cost) = receipt.cost.and_then(Money::from_usd) {
            self.tally.cost = self.tally.cost + cost;
        }
    }

    /// A question is over. Who waited for it.
    fn close(&mut self, place: usize, was_asked: bool, now: Now) -> Vec<u32> {
        let Some(question) = self.questions.get_mut(place).filter(|question| question.is_open()) else {
            return Vec::new();
        };
        // Nobody needs its words any more.
        question.request = TextRequest::default();
        question.query = None;
        self.open -= 1;
        let wanted_by = core::mem::take(&mut question.wanted_by);
        if was_asked {
            if self.ends.len() > ENDS {
                self.ends.pop_front();
            }
            self.ends.push_back(now.monotonic);
        }
        wanted_by
    }

    /// Milliseconds that the rest will take if it goes on as it did; `None` before two answers.
    fn remaining_ms(&self, now: Now) -> Option<f64> {
        if self.open == 0 {
            return Some(0.0);
        }
        let ended = self.ends.len().checked_sub(1).filter(|ended| *ended >= 2)?;
        let took = millis(now.monotonic.since(*self.ends.front()?));
        Some((took / ended as f64 * self.open as f64).round())
    }

    fn report(&self, now: Now) -> BatchReport {
        let Tally { requests, calls, from_cache, duplicates, failed, resumed, cost } = self.tally;
        BatchReport {
            id: self.id.as_str().to_owned(),
            requests,
            calls,
            from_cache,
            duplicates,
            failed,
            resumed: (resumed > 0).then_some(resumed),
            cost: cost.usd(),
            duration_ms: millis(now.monotonic.since(self.started.monotonic)),
        }
    }
}

/// Whether it was answered without asking anybody: from what is kept, or by an answer that somebody else was being given.
fn is_cached(receipt: &Receipt) -> bool {
    receipt.cached != Cached::No(false) || receipt.joined == Some(true)
}

impl Question {
    /// Whether anybody still waits for it.
    fn is_open(&self) -> bool {
        !self.wanted_by.is_empty()
    }
}
