//! What is measured of requests, and when that is written.
//!
//! The tabs of one browser share a record. Each adds what it measured since it last wrote: it reads the record, adds to it and
//! writes it. A measure is written at once if none was in the last seconds, so that a page that is closed right after an
//! answer has written it; what follows is put together. Two tabs that write in the same instant can lose those seconds of
//! one of them.

use core::time::Duration;

use super::io::{Output, Record, Settlement, Watched};
use super::receipt::Charge;
use super::shared::Shared;
use crate::base::hash;
use crate::base::id::RequestId;
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now, Wall};
use crate::metrics::{AttemptMetrics, Metrics, Unreadable};
use crate::model::metrics::GenerationMetrics;
use crate::model::receipt::Cached;
use crate::model::{Error, ErrorCode, Modality, ModelKey, Reason, Receipt, Usage};

/// Between two writings.
const PAUSE: Duration = Duration::from_secs(5);

/// What was measured, and what of it is not written yet.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a question of its own, and nearly every mixture of answers happens.
pub(super) struct Measures {
    pub(super) whole: Metrics,
    unwritten: Metrics,
    /// What is being written; it may fail.
    on_its_way: Vec<Metrics>,
    writings: u32,
    /// Whether there is a reason to write.
    is_wanted: bool,
    not_before: Monotonic,
    /// Whether a newer version wrote the record: it is left alone.
    is_newer: bool,
    /// Whether what is stored is to be forgotten, whatever it is.
    is_forgetting: bool,
    was_hidden: bool,
    /// Who waits for the next writing, and for which number.
    waiting: Vec<(RequestId, u32)>,
    /// Who waits for what is being written.
    promised: Vec<(RequestId, u32)>,
}

impl Measures {
    /// The record, as it is about to be written.
    pub(super) fn hand_over(&mut self) -> Vec<u8> {
        self.is_wanted = false;
        self.is_forgetting = false;
        self.writings += 1;
        self.promised.append(&mut self.waiting);
        let rest = Metrics::named(self.whole.id().to_owned());
        self.on_its_way.push(core::mem::replace(&mut self.unwritten, rest));
        self.whole.to_record()
    }

    /// A provider said later what it billed for an attempt that was measured like this, and perhaps what it counted.
    pub(super) fn settle(&mut self, was: &AttemptMetrics, billed: Money, counted: Option<&Usage>, now: Now) {
        for metrics in [&mut self.whole, &mut self.unwritten] {
            metrics.settle(was, billed, counted, now.wall);
        }
    }

    /// A generation reads otherwise now.
    pub(super) fn amend(&mut self, was: &GenerationMetrics, is: &GenerationMetrics) {
        for metrics in [&mut self.whole, &mut self.unwritten] {
            metrics.amend(was, is);
        }
    }
}

/// How a request ended.
pub(super) enum Finish<'a> {
    Answered(&'a Receipt),
    Failed(&'a Error),
    /// The caller did not want it any more.
    Cancelled(Option<&'a Receipt>),
}

impl Shared {
    /// An attempt is over. `cost` is what it added to the bill. How it was measured.
    pub(super) fn tried(
        &mut self,
        (model, modality, started): (&ModelKey, Modality, Wall),
        usage: Usage,
        cost: Charge,
        outcome: &Reason,
        now: Now,
    ) -> AttemptMetrics {
        let error = ErrorCode::ALL.into_iter().find(|code| code.as_str() == outcome.code);
        let model = model.clone();
        let attempt = AttemptMetrics { model, modality, at: started, usage, cost, error };
        self.name_measures(now);
        self.measures.whole.attempt(&attempt, now.wall);
        self.measures.unwritten.attempt(&attempt, now.wall);
        attempt
    }

    /// A request for text is over that was made at this time.
    pub(super) fn measured(&mut self, started: Wall, finish: Finish<'_>, now: Now) {
        self.measured_as(Modality::Text, started, finish, now);
    }

    /// A request is over that was made at this time.
    pub(super) fn measured_as(&mut self, modality: Modality, started: Wall, finish: Finish<'_>, now: Now) {
        let took = now.wall.epoch_millis().saturating_sub(started.epoch_millis()).max(0) as f64;
        let blank =
            GenerationMetrics { at: started, duration: took, modality, ..GenerationMetrics::default() };
        let receipt = match &finish {
            Finish::Answered(receipt) => Some(*receipt),
            Finish::Failed(error) => error.receipt.as_deref(),
            Finish::Cancelled(receipt) => *receipt,
        };
        let known = receipt.map_or_else(|| blank.clone(), |receipt| of_receipt(receipt, blank.clone()));
        let (metrics, saved) = match &finish {
            Finish::Answered(receipt) => (known, receipt.saved),
            Finish::Failed(error) => {
                (GenerationMetrics { success: false, error: Some(error.code), ..known }, 0.0)
            }
            Finish::Cancelled(_) => {
                (GenerationMetrics { success: false, cancelled: Some(true), ..known }, 0.0)
            }
        };
        if let Some(receipt) = receipt {
            self.note_measured(&receipt.id, &metrics);
        }
        self.name_measures(now);
        self.measures.whole.generation(metrics.clone(), saved, now.wall);
        self.measures.unwritten.generation(metrics, saved, now.wall);
        self.push(Output::Changed(Watched::Metrics));
        self.want_measures(now);
    }

    /// There is something to write.
    pub(super) fn want_measures(&mut self, now: Now) {
        self.measures.is_wanted = true;
        self.write_measures(now);
    }

    /// This browser needs a name before anything of it is exported. It says nothing of whose browser it is.
    fn name_measures(&mut self, now: Now) {
        if self.measures.whole.id().is_empty() {
            let id = self.new_name("", now);
            let unnamed = core::mem::replace(&mut self.measures.whole, Metrics::named(id.clone()));
            self.measures.whole.add(&unnamed, now.wall);
            self.measures.unwritten = Metrics::named(id);
        }
    }

    /// A name that no other browser has, nor this one had before.
    fn new_name(&self, before: &str, now: Now) -> String {
        // Not one of the numbers that pauses are made of: measuring changes nothing of what is done.
        let fraction = self.random.clone().fraction().to_bits().to_le_bytes();
        let wall = now.wall.epoch_millis().to_le_bytes();
        format!("{:016x}", hash::stable(&[&fraction[..], &wall, before.as_bytes()].concat()))
    }

    /// When the next writing is due.
    pub(super) fn measures_deadline(&self) -> Option<Monotonic> {
        // What is measured while the record is read is written with the rest.
        let Measures { is_wanted, is_newer, writings, not_before, .. } = self.measures;
        let is_due = is_wanted && !is_newer && writings == 0 && !self.is_reading(Record::Metrics);
        is_due.then_some(not_before)
    }

    /// Writes what is not written, if it is time.
    pub(super) fn write_measures(&mut self, now: Now) {
        if self.measures_deadline().is_some_and(|at| at <= now.monotonic) {
            self.measures.is_wanted = false;
            self.measures.not_before = now.monotonic.after(PAUSE);
            self.save(Record::Metrics);
        }
    }

    /// Nobody looks at the page any more: it may be gone soon.
    pub(super) fn measures_hidden(&mut self, now: Now) {
        self.measures.was_hidden = true;
        self.measures.not_before = now.monotonic;
        self.write_measures(now);
    }

    /// Somebody came back: other tabs may have measured something.
    pub(super) fn measures_visible(&mut self) {
        if core::mem::take(&mut self.measures.was_hidden) && self.measures.writings == 0 {
            self.read_again(Record::Metrics);
        }
    }

    /// The record was read, or there is none. How much of it could not be understood.
    pub(super) fn measures_read(&mut self, bytes: Option<&[u8]>, now: Now) -> usize {
        let measures = &mut self.measures;
        // Where there is none, or none any more, what is known here stands.
        let Some(bytes) = bytes.filter(|_| !measures.is_forgetting) else { return 0 };
        match Metrics::from_record(bytes, now.wall) {
            Ok((mut stored, unreadable)) => {
                for more in measures.on_its_way.iter().chain([&measures.unwritten]) {
                    stored.add(more, now.wall);
                }
                measures.whole = stored;
                self.push(Output::Changed(Watched::Metrics));
                unreadable as usize
            }
            Err(Unreadable::Newer) => {
                measures.is_newer = true;
                self.leave_alone(Record::Metrics);
                self.keep_promises(true);
                0
            }
            Err(Unreadable::Foreign) => 1,
        }
    }

    /// The record was written.
    pub(super) fn measures_written(&mut self, now: Now) {
        self.measures.writings = self.measures.writings.saturating_sub(1);
        if self.measures.writings == 0 {
            self.measures.on_its_way.clear();
            self.keep_promises(true);
            self.write_measures(now);
        }
    }

    /// The record could not be read or written. The storage tries again when it works; what others wrote is read before.
    pub(super) fn measures_unwritten(&mut self, now: Now) {
        let measures = &mut self.measures;
        measures.writings = measures.writings.saturating_sub(1);
        if measures.writings == 0 {
            for lost in core::mem::take(&mut measures.on_its_way) {
                measures.unwritten.add(&lost, now.wall);
            }
            self.keep_promises(false);
        }
    }

    fn keep_promises(&mut self, is_stored: bool) {
        let mut over = core::mem::take(&mut self.measures.promised);
        // Nobody knows when the next writing will be.
        if !is_stored || self.measures.is_newer {
            over.append(&mut self.measures.waiting);
        }
        for (id, number) in over {
            let error = || {
                Error::new(ErrorCode::Storage, "The metrics could not be stored.")
                    .hinted("They hold until the page is closed.")
            };
            let outcome = if is_stored { Ok(Settlement::Measures(number)) } else { Err(error()) };
            self.push(Output::Settle(id, outcome));
        }
    }

    /// Takes in an export of another browser, or of this one. It settles when that is stored.
    pub(super) fn import_measures(&mut self, id: RequestId, json: &[u8], now: Now) {
        self.name_measures(now);
        let refused = |message: &str| Err(Error::new(ErrorCode::InvalidRequest, message));
        let added = match Metrics::from_record(json, now.wall) {
            Err(unreadable) => refused(&unreadable.to_string()),
            Ok((_, 1..)) => refused("Some of these metrics cannot be read, so none were taken."),
            Ok((export, 0)) => match self.measures.whole.join(&export) {
                None => refused("There is room for the metrics of eight other browsers."),
                Some(added) => {
                    // What fits into the whole fits into a part of it.
                    self.measures.unwritten.join(&export);
                    Ok(u32::try_from(added).unwrap_or(u32::MAX))
                }
            },
        };
        match added {
            Err(error) => self.push(Output::Settle(id, Err(error))),
            Ok(added) => {
                self.push(Output::Changed(Watched::Metrics));
                self.measures.waiting.push((id, added));
                if self.measures.is_newer {
                    return self.keep_promises(true);
                }
                self.measures.is_wanted = true;
                self.measures.not_before = now.monotonic;
                self.write_measures(now);
            }
        }
    }

    /// Forgets everything. It settles when that is stored.
    pub(super) fn clear_measures(&mut self, request: RequestId, now: Now) {
        let id = self.new_name(self.measures.whole.id(), now);
        let Measures { writings, waiting, promised, .. } = core::mem::take(&mut self.measures);
        let whole = Metrics::named(id);
        let unwritten = whole.clone();
        self.measures = Measures {
            whole,
            unwritten,
            writings,
            waiting,
            promised,
            is_forgetting: true,
            ..Measures::default()
        };
        self.measures.waiting.push((request, 0));
        self.push(Output::Changed(Watched::Metrics));
        self.save(Record::Metrics);
    }
}

/// What a receipt says. What it cannot say is as in `blank`.
fn of_receipt(receipt: &Receipt, blank: GenerationMetrics) -> GenerationMetrics {
    let usage = &receipt.usage;
    let first = receipt.attempts.first().map(|attempt| attempt.started_at.epoch_millis());
    let asked = blank.at.epoch_millis();
    GenerationMetrics {
        model_id: ModelKey::parse(&receipt.model).map(|key| key.id().to_owned()).unwrap_or_default(),
        provider: receipt.provider.clone(),
        duration: receipt.duration_ms,
        success: true,
        cost: receipt.cost,
        tokens: Some(usage.input_tokens + usage.output_tokens),
        usage: Some(*usage),
        first_token_ms: receipt.first_token_ms,
        // Who shared an answer asked nobody either.
        cached: receipt.joined == Some(true) || matches!(receipt.cached, Cached::From(_)),
        is_local: receipt.is_local,
        locality: Some(receipt.locality),
        goal: Some(receipt.decision.goal),
        decision: Some(receipt.decision.why.code.clone()),
        attempts: Some(receipt.attempts.len() as u32),
        queue_ms: first.map(|first| first.saturating_sub(asked).max(0) as f64),
        connect_ms: receipt.attempts.last().and_then(|attempt| attempt.connect_ms),
        tokens_per_second: receipt.tokens_per_second,
        cost_kind: Some(receipt.cost_kind),
        ..blank
    }
}
