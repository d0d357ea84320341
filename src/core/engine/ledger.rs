//! What a request took: each attempt is written down once, with its time, tokens and cost.

use super::inquiry::Settled;
use super::receipt::{self, Bill, Charge};
use super::shared::Shared;
use crate::base::id::RequestId;
use crate::base::time::{Monotonic, Now, millis};
use crate::metrics::AttemptMetrics;
use crate::model::{
    Attempt as AttemptRecord, Decision, FinishReason, Modality, ModelKey, Reason, Receipt, Usage,
};
use crate::route::Query;

/// An attempt that is over.
pub(super) struct Tried<'a> {
    pub(super) key: &'a ModelKey,
    pub(super) modality: Modality,
    pub(super) started: Now,
    /// When its server's first sign came.
    pub(super) connected: Option<Monotonic>,
    pub(super) first: Option<Monotonic>,
    pub(super) usage: Usage,
    /// What its server said that it costs, or what is known of that otherwise; `None` where its tokens say it.
    pub(super) cost: Option<Charge>,
    pub(super) outcome: Reason,
}

/// What the attempts of a request took.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) attempts: Vec<AttemptRecord>,
    bill: Bill,
}

impl Ledger {
    /// Writes down how an attempt ended, and adds up what it used. How it was measured.
    pub(super) fn write(&mut self, tried: Tried<'_>, shared: &mut Shared, now: Now) -> AttemptMetrics {
        let Tried { key, modality, started, connected, first, usage, cost, outcome } = tried;
        let entry = shared.catalogue.entry(key);
        let price = entry.and_then(|entry| entry.config().price.as_ref());
        let cost = match cost {
            Some(charge) => self.bill.add_known(charge, usage),
            None => self.bill.add(price, None, usage),
        };
        let measured = shared.tried((key, modality, started.wall), usage, cost, &outcome, now);
        self.attempts.push(AttemptRecord {
            model: key.to_string(),
            started_at: started.wall,
            duration_ms: millis(now.monotonic.since(started.monotonic)),
            connect_ms: connected.map(|at| millis(at.since(started.monotonic))),
            first_token_ms: first.map(|at| millis(at.since(started.monotonic))),
            outcome,
        });
        measured
    }

    /// A provider says what it billed for an attempt whose bill had never come.
    pub(super) fn settle(&mut self, settled: &Settled) {
        self.bill.settle(settled.whose.part, settled.billed, settled.counted);
    }

    /// The receipt; `None` where nobody was asked. `first` is when the first of the answer came.
    pub(super) fn receipt(
        &self,
        (id, query): (&RequestId, &Query),
        decision: Option<&Decision>,
        started: Now,
        first: Option<Monotonic>,
        finish: FinishReason,
        (shared, now): (&Shared, Now),
    ) -> Option<Receipt> {
        let account = receipt::Account {
            id,
            query,
            started,
            decision,
            attempts: &self.attempts,
            bill: &self.bill,
            first_token: first,
            last_token: None,
        };
        receipt::of(&account, finish, shared, now)
    }
}
