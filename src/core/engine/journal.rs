//! What survives a reload: the answers that were being written when a page went away, so that they can be shown again and
//! gone on with.
//!
//! An entry of the journal is one answer: pages under the id of its request, each with what came since the one before
//! ([`page`]). When pages are written is in [`super::generation`], where and with which locks is the shell's business.

mod page;

pub(super) use self::page::{Earlier, Mark, Writing};
use self::page::{Wanted, read};
use super::generation::Shown;
use super::io::{Errand, JournalAnswer, JournalPage, JournalTask, Output, Settlement};
use super::recall::Asked;
use super::shared::Shared;
use super::{Engine, Machine};
use crate::base::id::RequestId;
use crate::base::time::{Monotonic, Now};
use crate::model::policy::OnCut;
use crate::model::report::PendingGeneration;
use crate::model::{Error, ErrorCode, Event, Partial, TextRequest};
use crate::route::Query;

/// How long an answer can be gone on with, milliseconds: a week.
const OLDEST_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// How many answers are kept; the oldest go.
const MOST: usize = 50;

/// What the engine knows of the journal.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Whether one is kept at all.
    pub(super) is_on: bool,
    /// Whether it was looked through in this visit.
    is_tidy: bool,
}

fn unknown(id: &RequestId) -> Error {
    let message = format!("No answer with the id {id} was cut off, or it is over by now.");
    Error::new(ErrorCode::InvalidRequest, message)
        .hinted("`mesh.pending()` lists the answers that can be gone on with.")
}

fn busy() -> Error {
    Error::new(ErrorCode::InvalidRequest, "The answer is being written already, in this tab or in another.")
        .hinted("`mesh.pending()` lists only the answers that nobody writes.")
}

fn unread() -> Error {
    Error::new(ErrorCode::Storage, "What was kept of the answer could not be read.").hinted("Try again.")
}

impl Shared {
    /// Old answers go, even where nobody ever asks for them.
    pub(super) fn tidy_journal(&mut self) {
        if !core::mem::replace(&mut self.journal.is_tidy, true) {
            // Nobody waits for it: no request has this id.
            self.push(Output::Journal(RequestId::new(""), JournalTask::LookThrough));
            self.tidy_batches();
        }
    }
}

impl Engine {
    /// Keeps what the answers that are being written say.
    pub(super) fn keep_journal(&mut self, now: Now) {
        for (_, machine) in self.machines.iter_mut() {
            if let Machine::Generation(generation) = machine {
                generation.keep(&mut self.shared, now);
            }
        }
    }

    /// When the next page is due.
    pub(super) fn journal_deadline(&self) -> Option<Monotonic> {
        let due = self.machines.values().filter_map(|machine| match machine {
            Machine::Generation(generation) => generation.journal_deadline(),
            _ => None,
        });
        due.min()
    }

    /// The page may be gone soon, or is left in this moment.
    pub(super) fn leave_journal(&mut self, is_left: bool, now: Now) {
        for (_, machine) in self.machines.iter_mut() {
            let Machine::Generation(generation) = machine else { continue };
            if is_left {
                generation.keep_now(&mut self.shared);
            } else {
                generation.keep_soon(now);
            }
        }
    }

    /// Takes in a request that is about the journal.
    pub(super) fn errand(&mut self, id: RequestId, errand: Errand) {
        if self.machines.contains_key(&id) {
            return self.settle(id, Err(busy()));
        }
        if !self.shared.journal.is_on {
            let outcome = match errand {
                Errand::Pending => Ok(Settlement::Pending(Vec::new())),
                Errand::Discard(_) => Ok(Settlement::Discarded),
                Errand::Resume => Err(unknown(&id)),
            };
            return self.settle(id, outcome);
        }
        let task = match &errand {
            Errand::Pending => JournalTask::LookThrough,
            Errand::Resume => JournalTask::TakeOver(id.clone()),
            Errand::Discard(entry) => JournalTask::TakeOver(entry.clone()),
        };
        self.run(id.clone(), Machine::Errand(errand));
        self.shared.push(Output::Journal(id, task));
    }

    /// The journal answered.
    pub(super) fn journal_said(&mut self, id: RequestId, answer: JournalAnswer, now: Now) {
        if let Some(Machine::Generation(generation)) = self.machines.get_mut(&id) {
            return generation.journal_said(&answer, now);
        }
        let errand = match self.machines.remove(&id) {
            Some(Machine::Errand(errand)) => Some(errand),
            Some(other) => {
                self.run(id, other);
                return;
            }
            None => None,
        };
        match (errand, answer) {
            (Some(Errand::Resume), JournalAnswer::Taken(pages)) => self.resume(id, pages, now),
            (Some(Errand::Discard(entry)), JournalAnswer::Taken(_)) => {
                self.shared.push(Output::Journal(entry, JournalTask::Forget));
                self.settle(id, Ok(Settlement::Discarded));
            }
            // Who was to go on with it was cancelled meanwhile.
            (None, JournalAnswer::Taken(_)) => self.shared.push(Output::Journal(id, JournalTask::Forget)),
            (errand, JournalAnswer::Found { pages, living }) => {
                let pending = self.look_through(pages, &living, now);
                if errand.is_some() {
                    self.settle(id, Ok(Settlement::Pending(pending)));
                }
            }
            (Some(_), JournalAnswer::Busy) => self.settle(id, Err(busy())),
            // Where nothing can be kept, nothing was.
            (Some(Errand::Pending), JournalAnswer::Failed(fault)) if fault.is_shut() => {
                self.settle(id, Ok(Settlement::Pending(Vec::new())));
            }
            (Some(_), _) => self.settle(id, Err(unread())),
            (None, _) => {}
        }
    }

    /// The answers that nobody writes, the newest first. Those that are too old, too many or cannot be understood go.
    fn look_through(
        &mut self,
        pages: Vec<JournalPage>,
        living: &[String],
        now: Now,
    ) -> Vec<PendingGeneration> {
        self.shared.journal.is_tidy = true;
        let (mut pages, bad) = read(pages);
        let mut unreadable = bad.len();
        pages.retain(|page| !living.contains(&page.id));
        let mut pending = Vec::<PendingGeneration>::new();
        while let Some(first) = pages.first() {
            let id = first.id.clone();
            let rest = pages.split_off(pages.iter().position(|page| page.id != id).unwrap_or(pages.len()));
            let earlier = Earlier::of(core::mem::replace(&mut pages, rest));
            if let Some(Earlier { at, shown, model, .. }) = earlier {
                let place = pending.iter().position(|older| older.at < at).unwrap_or(pending.len());
                pending.insert(place, PendingGeneration { id, text: shown.text, model, at });
            } else {
                unreadable += 1;
                self.shared.push(Output::Journal(RequestId::new(id), JournalTask::Forget));
            }
        }
        self.shared.was_unreadable(unreadable);
        if !bad.is_empty() {
            self.shared.push(Output::Journal(RequestId::new(""), JournalTask::Drop(bad)));
        }
        let oldest = now.wall.epoch_millis().saturating_sub(OLDEST_MS);
        let young = pending.iter().take(MOST).filter(|one| one.at.epoch_millis() >= oldest).count();
        for old in pending.split_off(young) {
            self.shared.push(Output::Journal(RequestId::new(old.id), JournalTask::Forget));
        }
        pending
    }

    /// Shows what was shown before, and goes on from there, if anybody may.
    fn resume(&mut self, id: RequestId, pages: Vec<JournalPage>, now: Now) {
        let (pages, bad) = read(pages);
        self.shared.was_unreadable(bad.len());
        let Some(mut earlier) = Earlier::of(pages) else {
            self.shared.push(Output::Journal(id.clone(), JournalTask::Forget));
            let error = unknown(&id);
            return self.settle(id, Err(error));
        };
        let events: Vec<Event> = earlier.shown.retold().collect();
        if !events.is_empty() {
            self.shared.push(Output::Emit(id.clone(), events));
        }
        let refusal = match core::mem::replace(&mut earlier.wanted, Wanted::Nothing) {
            Wanted::Request(request) => match self.query_again(&request, &earlier.shown) {
                Ok(query) => {
                    let asked = Asked { request: *request, query, place: None, started: now };
                    return self.begin_after(Some(earlier), id, asked, now);
                }
                Err(refusal) => refusal,
            },
            Wanted::WithFiles | Wanted::Nothing => {
                let message = "The request had files, which are not kept when a page goes away.";
                Error::new(ErrorCode::Unsupported, message).hinted("Ask again, with the files.")
            }
        };
        self.shared.push(Output::Journal(id.clone(), JournalTask::Forget));
        let Shown { text, tool_calls, is_any, .. } = earlier.shown;
        let partial = is_any.then_some(Partial { text, tool_calls });
        self.settle(id, Err(Error { partial, ..refusal }));
    }

    /// What the rest of an answer asks of a model, or why nobody may be asked for it.
    fn query_again(&self, request: &TextRequest, shown: &Shown) -> Result<Query, Error> {
        let cut = |hint: &str| {
            let message = "The page went away in the middle of the answer.";
            Error::new(ErrorCode::Truncated, message).hinted(hint)
        };
        let query = self.shared.query(request)?;
        if !shown.tool_calls.is_empty() {
            return Err(cut("A tool was asked for already: answer it, and ask again with its answer."));
        }
        if query.policy.on_cut == Some(OnCut::Fail) && shown.is_any {
            return Err(cut("The policy wants an answer that was cut to fail."));
        }
        Ok(query)
    }
}
