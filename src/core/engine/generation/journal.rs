//! What of an answer is kept while it is written, and when: at its first pause for breath, then what came since, never all
//! of it again. What a page of the journal looks like, and how an answer is put together from them, is in
//! [`crate::engine::journal`].

use core::time::Duration;

use super::Generation;
use crate::base::id::RequestId;
use crate::base::time::{Monotonic, Now, Wall};
use crate::engine::io::{JournalAnswer, JournalTask, Output};
use crate::engine::journal::{Earlier, Mark, Writing};
use crate::engine::shared::Shared;
use crate::route::Query;

/// Between two pages, and before the first: most answers that are over sooner leave no trace.
const PAUSE: Duration = Duration::from_millis(500);

/// After a page that could not be kept.
const LONGER_PAUSE: Duration = Duration::from_secs(10);

/// How it stands with the entry of one generation.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a question of its own.
pub(super) struct Entry {
    /// When the answer was asked for first.
    at: Wall,
    /// Of the next page.
    number: u32,
    /// Whether the request itself is kept.
    is_begun: bool,
    /// Whether a page is on its way.
    is_writing: bool,
    /// Whether anything may be kept of it.
    is_touched: bool,
    /// Whether nothing is to be kept of it (any more).
    is_out: bool,
    not_before: Monotonic,
}

impl Entry {
    /// Of a generation that begins, or goes on with what an earlier one left.
    pub(super) fn new(
        id: &RequestId,
        earlier: Option<&Earlier>,
        query: &Query,
        shared: &Shared,
        now: Now,
    ) -> Self {
        // A batch is given again as a whole, and nobody waits for what the engine wants itself.
        let is_nobodys = id.is_own() || shared.items.has(id);
        Self {
            at: earlier.map_or(now.wall, |earlier| earlier.at),
            number: earlier.map_or(0, |earlier| earlier.next),
            is_begun: false,
            is_writing: false,
            is_touched: earlier.is_some(),
            // What had to stay near is not written down in clear.
            is_out: query.stays_near() || is_nobodys || !shared.journal.is_on,
            not_before: now.monotonic.after(PAUSE),
        }
    }
}

impl Generation {
    /// When the next page is due.
    pub(in crate::engine) fn journal_deadline(&self) -> Option<Monotonic> {
        let Entry { is_out, is_writing, is_begun, not_before, .. } = self.entry;
        let is_due = !is_out && !is_writing && (!is_begun || self.mark() != self.shown.kept);
        is_due.then_some(not_before)
    }

    /// Keeps what is not kept yet, if it is time.
    pub(in crate::engine) fn keep(&mut self, shared: &mut Shared, now: Now) {
        if self.journal_deadline().is_none_or(|at| at > now.monotonic) {
            return;
        }
        let is_whole = !self.entry.is_begun;
        let number = self.entry.number;
        let page = self.page();
        self.shown.sent = Some(self.mark());
        self.entry.is_writing = true;
        self.entry.not_before = now.monotonic.after(PAUSE);
        shared.tidy_journal();
        shared.push(Output::Journal(self.id.clone(), JournalTask::Keep { number, is_whole, page }));
    }

    /// Nobody looks at the page any more: it may be gone soon.
    pub(in crate::engine) fn keep_soon(&mut self, now: Now) {
        self.entry.not_before = now.monotonic;
    }

    /// The page is left in this moment.
    pub(in crate::engine) fn keep_now(&mut self, shared: &mut Shared) {
        if !self.entry.is_out {
            let page = self.page();
            shared.push(Output::Journal(self.id.clone(), JournalTask::KeepNow(page)));
        }
    }

    /// What came of the page that was on its way.
    pub(in crate::engine) fn journal_said(&mut self, answer: &JournalAnswer, now: Now) {
        self.entry.is_writing = false;
        let sent = self.shown.sent.take();
        match answer {
            JournalAnswer::Kept => {
                self.entry.is_begun = true;
                // Where the answer began again meanwhile, nothing of the new one is kept.
                self.shown.kept = sent.unwrap_or_default();
            }
            JournalAnswer::Busy => {
                // Another tab has an answer under this id. It is not ours to forget.
                self.entry.is_out = true;
                self.entry.is_touched = false;
            }
            _ => self.entry.not_before = now.monotonic.after(LONGER_PAUSE),
        }
    }

    /// It is over: nothing has to be kept of it.
    pub(in crate::engine) fn forget_entry(&mut self, shared: &mut Shared) {
        self.entry.is_out = true;
        if core::mem::take(&mut self.entry.is_touched) {
            shared.push(Output::Journal(self.id.clone(), JournalTask::Forget));
        }
    }

    /// It goes on under another id, under which nothing is kept yet.
    pub(super) fn leave_entry(&mut self, shared: &mut Shared) {
        let is_out = self.entry.is_out;
        self.forget_entry(shared);
        self.entry.is_out = is_out;
        self.entry.is_begun = false;
        self.entry.is_writing = false;
        self.shown.sent = None;
    }

    fn mark(&self) -> Mark {
        Mark::of(&self.shown, self.carry_on.has_half_call())
    }

    /// All that is not surely kept.
    fn page(&mut self) -> Vec<u8> {
        let Entry { at, number, is_begun, .. } = self.entry;
        self.entry.number += 1;
        self.entry.is_touched = true;
        Writing {
            id: self.id.as_str(),
            at,
            number,
            request: (!is_begun).then_some(&self.request),
            model: self.queue_entry().model,
            has_half_call: self.carry_on.has_half_call(),
            since: if is_begun { self.shown.kept } else { Mark::default() },
            shown: &self.shown,
        }
        .to_bytes()
    }
}
