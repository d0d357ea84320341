//! Asks a provider what it billed for an answer whose bill never came: it was stopped, broke off, or ended without one.
//!
//! Only OpenRouter keeps such a record. It comes some seconds after the answer, and where a host works on after its answer
//! was stopped, only when that one is through; so it is asked for a few times with growing pauses. Nobody waits for it. What
//! is learned takes the place of the guess in the measures, and on the receipt where that was not given out yet. Where
//! nothing is learned, or the page goes away meanwhile, the guess stands. It goes where the question went and no farther.

use core::time::Duration;

use super::attempt::Attempt;
use super::exchange::{Answer, Exchange};
use super::io::{Output, Transport, TransportFailure, Watched};
use super::shared::{Owner, Shared};
use super::{Engine, Machine};
use crate::base::id::{RequestId, TransportId};
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now, Wall};
use crate::metrics::AttemptMetrics;
use crate::model::http::HttpRequest;
use crate::model::metrics::GenerationMetrics;
use crate::model::{CostKind, Locality, Usage};
use crate::wire::openrouter::parse_record;

/// Before each time that it is asked for: about two minutes in all.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
    Duration::from_secs(27),
    Duration::from_secs(81),
];

/// How long the provider may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// How many records are waited for. Who stops more answers than that within two minutes gets guesses.
const MOST: usize = 32;

/// Which attempt of which generation.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    pub(super) request: RequestId,
    /// An id may be used again.
    pub(super) started: Wall,
    /// Its place among the attempts.
    pub(super) part: usize,
}

/// A bill that is asked for.
#[derive(Debug)]
pub(super) struct Inquiry {
    whose: Whose,
    provider: String,
    /// Under which the provider keeps it.
    record: String,
    farthest: Locality,
    /// What was guessed.
    was: AttemptMetrics,
    /// The generation as it was measured, once it is over.
    generation: Option<GenerationMetrics>,
    asked: usize,
    running: Option<(TransportId, Exchange)>,
    /// When it is asked for, or was waited for long enough.
    at: Monotonic,
}

/// What a provider says it billed.
pub(super) struct Settled {
    pub(super) whose: Whose,
    pub(super) billed: Money,
    /// The tokens, where the guess was one of these too.
    pub(super) counted: Option<Usage>,
}

impl Shared {
    /// An attempt is over. If its bill did not come and its provider keeps one, that is asked for.
    pub(super) fn inquire(
        &mut self,
        attempt: &Attempt,
        whose: Whose,
        farthest: Locality,
        was: AttemptMetrics,
        now: Now,
    ) {
        let Some(record) = attempt.record().map(str::to_owned) else { return };
        let is_open = attempt.billed().is_none() && was.cost.1 != CostKind::Free;
        if is_open && self.inquiries.len() < MOST {
            let mut inquiry = Inquiry {
                whose,
                provider: attempt.provider().name.clone(),
                record,
                farthest,
                was,
                generation: None,
                asked: 0,
                running: None,
                at: now.monotonic,
            };
            inquiry.put_off(now);
            self.inquiries.push(inquiry);
        }
    }

    /// When something has to be done about one.
    pub(super) fn inquiries_deadline(&self) -> Option<Monotonic> {
        self.inquiries.iter().map(|inquiry| inquiry.at).min()
    }

    /// Asks for what is due.
    pub(super) fn tick_inquiries(&mut self, now: Now) {
        for mut inquiry in core::mem::take(&mut self.inquiries) {
            let is_due = inquiry.at <= now.monotonic;
            let is_open = match inquiry.running.take_if(|_| is_due) {
                Some((transport, _)) => {
                    self.abort(transport);
                    inquiry.put_off(now)
                }
                None => !is_due || self.ask_for(&mut inquiry, now),
            };
            if is_open {
                self.inquiries.push(inquiry);
            }
        }
    }

    /// Asks once. Whether there is anybody to ask.
    fn ask_for(&mut self, inquiry: &mut Inquiry, now: Now) -> bool {
        let Some(provider) = self.providers.get(&inquiry.provider) else { return false };
        let credential = provider.credential();
        let server = provider.server(credential.as_ref());
        let request = provider.protocol.and_then(|protocol| protocol.record(&server, &inquiry.record));
        let Some(request) = request else { return false };
        let request = HttpRequest { farthest: inquiry.farthest, ..request };
        inquiry.asked += 1;
        inquiry.at = now.monotonic.after(LIMIT);
        inquiry.running = Some((self.fetch(Owner::Inquiry, request), Exchange::default()));
        true
    }

    /// The provider said something. What it billed, once that is known.
    fn inquiry_said(&mut self, transport: TransportId, said: Transport, now: Now) -> Option<Settled> {
        let is_meant = |one: &Inquiry| one.running.as_ref().is_some_and(|(id, _)| *id == transport);
        let place = self.inquiries.iter().position(is_meant)?;
        let (_, exchange) = self.inquiries.get_mut(place)?.running.as_mut()?;
        let answer = exchange.handle(said)?;
        if matches!(answer, Answer::TooLong) {
            self.abort(transport);
        } else {
            self.over(transport);
        }
        let mut inquiry = self.inquiries.swap_remove(place);
        inquiry.running = None;
        let told = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => parse_record(&body).ok(),
            // There is none yet, or nobody can say.
            Answer::Whole(head, _) if matches!(head.status, 404 | 408 | 429 | 500..) => None,
            Answer::Failed(TransportFailure::Network) => None,
            _ => return None,
        };
        let Some((billed, counted)) = told else {
            if inquiry.put_off(now) {
                self.inquiries.push(inquiry);
            }
            return None;
        };
        let counted = counted.filter(|_| inquiry.was.usage.estimated);
        self.settle_measures(&inquiry, billed, counted, now);
        Some(Settled { whose: inquiry.whose, billed, counted })
    }

    fn settle_measures(&mut self, inquiry: &Inquiry, billed: Money, counted: Option<Usage>, now: Now) {
        self.measures.settle(&inquiry.was, billed, counted.as_ref(), now);
        if let Some(was) = &inquiry.generation {
            let is = settled(was, &inquiry.was, billed, counted.as_ref());
            self.measures.amend(was, &is);
            // Other attempts of the same generation may be settled later.
            for other in &mut self.inquiries {
                if other.whose.request == inquiry.whose.request
                    && other.whose.started == inquiry.whose.started
                {
                    other.generation = Some(is.clone());
                }
            }
        }
        self.push(Output::Changed(Watched::Metrics));
        self.want_measures(now);
    }

    /// A generation is over and was measured like this.
    pub(super) fn note_measured(&mut self, id: &str, generation: &GenerationMetrics) {
        for inquiry in &mut self.inquiries {
            if inquiry.whose.request.as_str() == id && inquiry.whose.started == generation.at {
                inquiry.generation = Some(generation.clone());
            }
        }
    }
}

impl Inquiry {
    /// Waits before it is asked for again. Whether it is.
    fn put_off(&mut self, now: Now) -> bool {
        let pause = PAUSES.get(self.asked);
        self.at = pause.map_or(self.at, |pause| now.monotonic.after(*pause));
        pause.is_some()
    }

    /// Its generation goes on under another id.
    pub(super) fn rename(&mut self, from: &RequestId, to: &RequestId) {
        if self.whose.request == *from {
            self.whose.request = to.clone();
        }
    }
}

impl Engine {
    /// A provider said something of a bill.
    pub(super) fn inquiry_said(&mut self, transport: TransportId, said: Transport, now: Now) {
        let Some(settled) = self.shared.inquiry_said(transport, said, now) else { return };
        match self.machines.get_mut(&settled.whose.request) {
            Some(Machine::Generation(generation)) => generation.settle(&settled),
            Some(Machine::Picture(job)) => job.settle(&settled),
            _ => {}
        }
    }
}

/// How a generation reads when one of its attempts was settled.
fn settled(
    generation: &GenerationMetrics,
    was: &AttemptMetrics,
    billed: Money,
    counted: Option<&Usage>,
) -> GenerationMetrics {
    let mut settled = generation.clone();
    let is_all = settled.attempts == Some(1);
    if is_all {
        settled.cost = Some(billed.usd());
        settled.cost_kind = Some(CostKind::Billed);
    } else if let (Some(sum), Some(part)) = (settled.cost, was.cost.0) {
        // How far the sum can be trusted hangs on the others as well: what it said holds.
        settled.cost = Some((sum - part.usd()).max(0.0) + billed.usd());
    }
    if let (Some(usage), Some(counted)) = (&mut settled.usage, counted) {
        if is_all {
            *usage = *counted;
        } else {
            let moved = |sum: u64, was: u64, is: u64| sum.saturating_sub(was).saturating_add(is);
            usage.input_tokens = moved(usage.input_tokens, was.usage.input_tokens, counted.input_tokens);
            usage.output_tokens = moved(usage.output_tokens, was.usage.output_tokens, counted.output_tokens);
        }
        settled.tokens = Some(usage.input_tokens + usage.output_tokens);
    }
    settled
}
