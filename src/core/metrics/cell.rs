//! What is counted of one model in one hour, or one day.

use litemap::LiteMap;

use super::sketch::Sketch;
use crate::base::money::Money;
use crate::base::time::Wall;
use crate::model::metrics::{CostCounts, GenerationMetrics, Summary, TokenCounts};
use crate::model::{CostKind, ErrorCode, Goal, Modality, ModelKey, Usage};

/// What is counted. The order is that of the record: a new one is added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Requests,
    Answers,
    Cancelled,
    Cached,
    Attempts,
    Input,
    CachedInput,
    Output,
    Reasoning,
    // Pico-dollars.
    Billed,
    Computed,
    Estimated,
    SavedByLocal,
    SavedByCache,
    SavedElsewhere,
    /// Attempts.
    Unpriced,
    // Requests by goal.
    Privacy,
    Cost,
    Quality,
    Speed,
    Balanced,
    /// Attempts whose provider said later what it billed.
    Settled,
    // What of the counts of the same name was taken back then. Counts only grow, so that they can be put together in any
    // order.
    InputBack,
    CachedInputBack,
    OutputBack,
    ReasoningBack,
    ComputedBack,
    EstimatedBack,
    UnpricedBack,
}

/// How many of them there are.
pub(super) const COUNTS: usize = Count::UnpricedBack as usize + 1;

impl Count {
    /// Where it is counted what of it was taken back.
    const fn back(self) -> Option<Self> {
        Some(match self {
            Self::Input => Self::InputBack,
            Self::CachedInput => Self::CachedInputBack,
            Self::Output => Self::OutputBack,
            Self::Reasoning => Self::ReasoningBack,
            Self::Computed => Self::ComputedBack,
            Self::Estimated => Self::EstimatedBack,
            Self::Unpriced => Self::UnpricedBack,
            _ => return None,
        })
    }
}

/// How many sketches a cell has.
pub(super) const SKETCHES: usize = 5;

/// Every goal, and where it is counted.
pub(super) const GOALS: [(Goal, Count); 5] = [
    (Goal::Privacy, Count::Privacy),
    (Goal::Cost, Count::Cost),
    (Goal::Quality, Count::Quality),
    (Goal::Speed, Count::Speed),
    (Goal::Balanced, Count::Balanced),
];

/// How often each error came.
pub(super) type Errors = LiteMap<ErrorCode, u64>;

/// One try of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptMetrics {
    /// Who was asked.
    pub model: ModelKey,
    /// What for.
    pub modality: Modality,
    /// When.
    pub at: Wall,
    /// Tokens that it used.
    pub usage: Usage,
    /// What that cost, and how far it can be trusted.
    pub cost: (Option<Money>, CostKind),
    /// Why it failed, if it did.
    pub error: Option<ErrorCode>,
}

/// What is counted of one model in one hour, or one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    pub(super) counts: [u64; COUNTS],
    /// Of generations.
    pub(super) errors: Errors,
    pub(super) attempt_errors: Errors,
    /// Milliseconds, of answers.
    pub(super) duration: Sketch,
    /// Milliseconds, of answers.
    pub(super) first_token: Sketch,
    /// Tokens a second, of answers.
    pub(super) speed: Sketch,
    /// Milliseconds until somebody was asked, of answers.
    pub(super) queue: Sketch,
    /// Milliseconds to the first sign of the server that answered.
    pub(super) connect: Sketch,
}

impl Cell {
    pub(super) fn count(&self, what: Count) -> u64 {
        let all = |what: Count| self.counts.get(what as usize).copied().unwrap_or(0);
        all(what).saturating_sub(what.back().map_or(0, all))
    }

    fn add(&mut self, what: Count, amount: u64) {
        if let Some(sum) = self.counts.get_mut(what as usize) {
            *sum = sum.saturating_add(amount);
        }
    }

    pub(super) fn attempt(&mut self, attempt: &AttemptMetrics) {
        let AttemptMetrics { usage, cost, error, .. } = attempt;
        self.add(Count::Attempts, 1);
        for (what, tokens) in classes(usage) {
            self.add(what, tokens);
        }
        let (what, amount) = charge(*cost);
        self.add(what, amount);
        count_error(&mut self.attempt_errors, *error, 1);
    }

    /// The provider said later what it billed for an attempt that was taken in like this, and perhaps what it counted.
    pub(super) fn settle(&mut self, was: &AttemptMetrics, billed: Money, counted: Option<&Usage>) {
        self.add(Count::Settled, 1);
        let (what, amount) = charge(was.cost);
        self.take_back(what, amount);
        self.add(Count::Billed, billed.pico());
        if let Some(counted) = counted {
            for (what, tokens) in classes(&was.usage) {
                self.take_back(what, tokens);
            }
            for (what, tokens) in classes(counted) {
                self.add(what, tokens);
            }
        }
    }

    fn take_back(&mut self, what: Count, amount: u64) {
        if let Some(back) = what.back() {
            self.add(back, amount);
        }
    }

    /// Takes in a generation; its tokens and costs were those of its attempts. `saved` is USD.
    pub(super) fn generation(&mut self, generation: &GenerationMetrics, saved: f64) {
        self.add(Count::Requests, 1);
        for (goal, count) in GOALS {
            self.add(count, u64::from(generation.goal == Some(goal)));
        }
        self.add(Count::Cached, u64::from(generation.cached));
        self.add(Count::Cancelled, u64::from(generation.cancelled == Some(true)));
        count_error(&mut self.errors, generation.error, 1);
        if !generation.success {
            return;
        }
        self.add(Count::Answers, 1);
        let way = match (generation.cached, generation.is_local) {
            (true, _) => Count::SavedByCache,
            (false, true) => Count::SavedByLocal,
            (false, false) => Count::SavedElsewhere,
        };
        self.add(way, Money::from_usd(saved).unwrap_or_default().pico());
        self.duration.record(generation.duration);
        for (sketch, value) in [
            (&mut self.first_token, generation.first_token_ms),
            (&mut self.queue, generation.queue_ms),
            (&mut self.connect, generation.connect_ms),
        ] {
            if let Some(value) = value {
                sketch.record(value);
            }
        }
        // A stored answer says nothing of how fast the model writes.
        if let Some(speed) = generation.tokens_per_second.filter(|_| !generation.cached) {
            self.speed.record(speed);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, one) in self.counts.iter_mut().zip(other.counts) {
            *sum = sum.saturating_add(one);
        }
        for (code, count) in &other.errors {
            count_error(&mut self.errors, Some(*code), *count);
        }
        for (code, count) in &other.attempt_errors {
            count_error(&mut self.attempt_errors, Some(*code), *count);
        }
        for (sketch, more) in self.sketches_mut().into_iter().zip(other.sketches()) {
            sketch.merge(more);
        }
    }

    /// In the order of the record: a new one is added at the end.
    pub(super) const fn sketches(&self) -> [&Sketch; SKETCHES] {
        [&self.duration, &self.first_token, &self.speed, &self.queue, &self.connect]
    }

    pub(super) const fn sketches_mut(&mut self) -> [&mut Sketch; SKETCHES] {
        [&mut self.duration, &mut self.first_token, &mut self.speed, &mut self.queue, &mut self.connect]
    }

    /// How much it has seen: of two states of the same cell, the later one has seen more.
    pub(super) fn seen(&self) -> u64 {
        [Count::Requests, Count::Attempts, Count::Settled]
            .iter()
            .map(|what| self.count(*what))
            .fold(0, u64::saturating_add)
    }

    /// About how much space it takes, in numbers.
    pub(super) fn weight(&self) -> usize {
        COUNTS + 2 * self.sketches().iter().map(|sketch| sketch.weight()).sum::<usize>()
    }

    /// Generations without an answer, but for cancelled ones.
    pub(super) fn failures(&self) -> u64 {
        self.count(Count::Requests)
            .saturating_sub(self.count(Count::Answers))
            .saturating_sub(self.count(Count::Cancelled))
    }

    pub(super) fn success_rate(&self) -> f64 {
        let (answers, failures) = (self.count(Count::Answers), self.failures());
        if answers + failures == 0 { 1.0 } else { answers as f64 / (answers + failures) as f64 }
    }

    pub(super) fn tokens(&self) -> u64 {
        self.count(Count::Input).saturating_add(self.count(Count::Output))
    }

    pub(super) fn usd(&self, what: &[Count]) -> f64 {
        what.iter().map(|what| Money::from_pico(self.count(*what))).sum::<Money>().usd()
    }

    pub(super) fn cost(&self) -> f64 {
        self.usd(&[Count::Billed, Count::Computed, Count::Estimated])
    }

    pub(super) fn duration_ms(&self, share: f64) -> f64 {
        rounded(self.duration.quantile(share)).unwrap_or(0.0)
    }

    pub(super) fn summary(&self) -> Summary {
        Summary {
            requests: self.count(Count::Requests),
            success_rate: self.success_rate(),
            p50_ms: self.duration_ms(0.5),
            p95_ms: self.duration_ms(0.95),
            p99_ms: self.duration_ms(0.99),
            first_token_p50_ms: rounded(self.first_token.quantile(0.5)),
            first_token_p95_ms: rounded(self.first_token.quantile(0.95)),
            queue_p50_ms: rounded(self.queue.quantile(0.5)),
            queue_p95_ms: rounded(self.queue.quantile(0.95)),
            connect_p50_ms: rounded(self.connect.quantile(0.5)),
            connect_p95_ms: rounded(self.connect.quantile(0.95)),
            tokens_per_second: rounded(self.speed.quantile(0.5)),
            tokens: self.tokens(),
            cost: self.cost(),
            saved: self.usd(&[Count::SavedByLocal, Count::SavedByCache, Count::SavedElsewhere]),
            cached: self.count(Count::Cached),
            errors: named(&self.errors),
            cancelled: Some(self.count(Count::Cancelled)),
            attempts: Some(self.count(Count::Attempts)),
            attempt_errors: Some(named(&self.attempt_errors)),
            token_counts: Some(TokenCounts {
                input: self.count(Count::Input),
                cached_input: self.count(Count::CachedInput),
                output: self.count(Count::Output),
                reasoning: self.count(Count::Reasoning),
            }),
            cost_counts: Some(CostCounts {
                billed: self.usd(&[Count::Billed]),
                computed: self.usd(&[Count::Computed]),
                estimated: self.usd(&[Count::Estimated]),
            }),
            unpriced: Some(self.count(Count::Unpriced)),
        }
    }
}

/// Tokens by what they cost, each with where it is counted.
fn classes(usage: &Usage) -> [(Count, u64); 4] {
    [
        (Count::Input, usage.input_tokens),
        (Count::CachedInput, usage.cached_input_tokens.unwrap_or(0).min(usage.input_tokens)),
        (Count::Output, usage.output_tokens),
        (Count::Reasoning, usage.reasoning_tokens.unwrap_or(0).min(usage.output_tokens)),
    ]
}

/// Where a cost is counted, and how much it is.
fn charge((cost, kind): (Option<Money>, CostKind)) -> (Count, u64) {
    match (cost, kind) {
        (None, _) => (Count::Unpriced, 1),
        (Some(cost), CostKind::Billed) => (Count::Billed, cost.pico()),
        (Some(cost), CostKind::Estimated) => (Count::Estimated, cost.pico()),
        (Some(cost), _) => (Count::Computed, cost.pico()),
    }
}

fn count_error(errors: &mut Errors, code: Option<ErrorCode>, times: u64) {
    let Some(code) = code else { return };
    let sum = errors.get(&code).copied().unwrap_or(0).saturating_add(times);
    errors.insert(code, sum);
}

fn named(errors: &Errors) -> crate::model::metrics::ByName<u64> {
    let pairs = errors.iter().map(|(code, count)| (code.as_str().to_owned(), *count));
    crate::model::metrics::ByName(pairs.collect())
}

/// To three digits behind the point; more would only look exact.
fn rounded(value: Option<f64>) -> Option<f64> {
    value.map(|value| (value * 1_000.0).round() / 1_000.0)
}
