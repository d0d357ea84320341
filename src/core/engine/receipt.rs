//! Adds up what a generation did, used and cost.

use super::shared::Shared;
use crate::base::id::RequestId;
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now, millis};
use crate::estimate;
use crate::model::receipt::Cached;
use crate::model::{
    Attempt, CostKind, Decision, Estimate, FinishReason, Locality, ModelConfig, ModelKey, Price, Reason,
    Receipt, Usage,
};
use crate::route::Query;

/// What a cost is, and how far it can be trusted.
pub(super) type Charge = (Option<Money>, CostKind);

/// What the attempts of a generation used and cost, one part each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bill {
    parts: Vec<(Usage, Charge)>,
}

impl Bill {
    /// Adds what one attempt used, at this price, or what its provider billed for it. What it added.
    pub(super) fn add(&mut self, price: Option<&Price>, billed: Option<Money>, usage: Usage) -> Charge {
        let charge = match billed {
            Some(billed) => (Some(billed), CostKind::Billed),
            // Whoever used nothing pays nothing, whatever the price.
            None if usage.input_tokens == 0 && usage.output_tokens == 0 => {
                (Some(Money::ZERO), CostKind::Free)
            }
            None => estimate::settled_cost(price, &usage),
        };
        self.parts.push((usage, charge));
        charge
    }

    /// Adds what an attempt is known to cost, whatever it used.
    pub(super) fn add_known(&mut self, charge: Charge, usage: Usage) -> Charge {
        self.parts.push((usage, charge));
        charge
    }

    /// The provider says later what it billed for this part, and perhaps what it counted.
    pub(super) fn settle(&mut self, part: usize, billed: Money, counted: Option<Usage>) {
        if let Some((usage, charge)) = self.parts.get_mut(part) {
            *usage = counted.unwrap_or(*usage);
            *charge = (Some(billed), CostKind::Billed);
        }
    }

    /// What was used, over all parts.
    fn usage(&self) -> Usage {
        self.parts.iter().fold(Usage::default(), |sum, (one, _)| sum.plus(*one))
    }

    /// The sum, and how far the least certain part can be trusted.
    fn charge(&self) -> Charge {
        if self.parts.is_empty() {
            return (None, CostKind::Unknown);
        }
        let nothing = (Some(Money::ZERO), CostKind::Free);
        self.parts.iter().fold(nothing, |(sum, before), (_, (cost, kind))| {
            let both = sum.zip(*cost).map(|(sum, cost)| sum + cost);
            (both, if certainty(*kind) > certainty(before) { *kind } else { before })
        })
    }
}

/// Higher is less certain.
const fn certainty(kind: CostKind) -> u8 {
    match kind {
        CostKind::Free => 0,
        CostKind::Billed => 1,
        CostKind::Computed => 2,
        CostKind::Estimated => 3,
        CostKind::Unknown => 4,
    }
}

/// What a receipt is made of.
pub(super) struct Account<'a> {
    pub(super) id: &'a RequestId,
    pub(super) query: &'a Query,
    pub(super) started: Now,
    pub(super) decision: Option<&'a Decision>,
    pub(super) attempts: &'a [Attempt],
    pub(super) bill: &'a Bill,
    pub(super) first_token: Option<Monotonic>,
    pub(super) last_token: Option<Monotonic>,
}

/// The receipt of a request that made at least one attempt.
pub(super) fn of(account: &Account<'_>, finish: FinishReason, shared: &Shared, now: Now) -> Option<Receipt> {
    let last = account.attempts.last()?;
    let decision = account.decision.cloned()?;
    let key = ModelKey::parse(&last.model)?;
    let entry = shared.catalogue.entry(&key);
    let locality = entry.map_or(Locality::Cloud, |entry| entry.config().locality());
    let usage = account.bill.usage();
    let (cost, cost_kind) = account.bill.charge();
    let span = account
        .first_token
        .zip(account.last_token)
        .map(|(first, last)| last.since(first).as_secs_f64())
        .filter(|seconds| *seconds > 0.0);
    Some(Receipt {
        id: account.id.as_str().to_owned(),
        model: last.model.clone(),
        provider: key.provider().to_owned(),
        locality,
        is_local: locality.is_local(),
        cached: Cached::No(false),
        finish,
        attempts: account.attempts.to_vec(),
        usage,
        cost: cost.map(Money::usd),
        cost_kind,
        saved: saved(account.query, cost, &usage, shared),
        duration_ms: millis(now.monotonic.since(account.started.monotonic)),
        first_token_ms: account.first_token.map(|at| millis(at.since(account.started.monotonic))),
        // The first token starts the clock, so it is not counted.
        tokens_per_second: span
            .filter(|_| usage.output_tokens > 1)
            .map(|seconds| ((usage.output_tokens - 1) as f64 / seconds * 100.0).round() / 100.0),
        decision,
        cache_key: None,
        joined: None,
        masked: None,
    })
}

/// Nobody was asked, and nothing was spent.
pub(super) const NOTHING: Usage = Usage {
    input_tokens: 0,
    output_tokens: 0,
    cached_input_tokens: None,
    reasoning_tokens: None,
    estimated: false,
};

/// What was given without asking anybody.
pub(super) struct Given<'a> {
    pub(super) id: &'a RequestId,
    pub(super) query: &'a Query,
    pub(super) started: Now,
    /// Who gave it once: `provider/id`.
    pub(super) model: &'a str,
    /// What that took.
    pub(super) usage: Usage,
    pub(super) finish: FinishReason,
    /// USD that it would have cost again.
    pub(super) saved: f64,
    pub(super) why: Reason,
    pub(super) cached: Cached,
}

/// Its receipt.
pub(super) fn given(given: Given<'_>, shared: &Shared, now: Now) -> Receipt {
    let Given { id, query, started, model, usage, finish, saved, why, cached } = given;
    let key = ModelKey::parse(model);
    let provider = key.as_ref().map(|key| key.provider().to_owned()).unwrap_or_default();
    let known = key.as_ref().and_then(|key| shared.catalogue.entry(key)).map(|entry| entry.config().clone());
    let locality = shared.providers.get(&provider).map_or(Locality::Cloud, |one| one.locality);
    let id_of_model = key.as_ref().map(ModelKey::id).unwrap_or_default();
    let chosen = known.unwrap_or_else(|| ModelConfig::unknown(provider.clone(), id_of_model, locality));
    let locality = chosen.locality();
    let duration_ms = millis(now.monotonic.since(started.monotonic));
    Receipt {
        id: id.as_str().to_owned(),
        model: model.to_owned(),
        provider,
        locality,
        is_local: locality.is_local(),
        cached,
        finish,
        attempts: Vec::new(),
        usage: NOTHING,
        cost: Some(0.0),
        cost_kind: CostKind::Free,
        saved,
        duration_ms,
        first_token_ms: Some(duration_ms),
        tokens_per_second: None,
        decision: Decision {
            chosen,
            chain: vec![model.to_owned()],
            goal: query.goal(),
            why,
            difficulty: query.difficulty,
            sensitive: query.sensitive,
            estimate: Estimate {
                cost: Some(0.0),
                first_token_ms: 0.0,
                total_ms: 0.0,
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
            },
        },
        cache_key: None,
        joined: None,
        masked: None,
    }
}

/// USD saved against the first cloud model of known price that the same goal would rank without local models;
/// where it must stay and whether it answers are set aside.
fn saved(query: &Query, cost: Option<Money>, usage: &Usage, shared: &Shared) -> f64 {
    let Some(cost) = cost else { return 0.0 };
    let price = shared.best_in_cloud(query).and_then(|entry| entry.config().price);
    let would_cost = price.and_then(|price| estimate::cost(&price, usage));
    would_cost.map_or(0.0, |would_cost| (would_cost.usd() - cost.usd()).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(tokens: u64) -> Usage {
        Usage { input_tokens: tokens, ..Usage::default() }
    }

    #[test]
    fn each_attempt_is_charged_at_its_own_price() {
        let dear = Price { input: 2e-6, ..Price::FREE };
        let cheap = Price { input: 1e-6, ..Price::FREE };
        let mut bill = Bill::default();
        bill.add(Some(&dear), None, used(100));
        bill.add(Some(&cheap), None, used(10));
        assert_eq!(bill.charge(), (Money::from_usd(0.000_21), CostKind::Computed));
        assert_eq!(bill.usage(), used(110));
    }

    #[test]
    fn one_unknown_price_makes_the_sum_unknown_unless_nothing_was_used_there() {
        let mut bill = Bill::default();
        bill.add(Some(&Price::FREE), None, used(0));
        bill.add(None, None, used(10));
        assert_eq!(bill.charge(), (None, CostKind::Unknown));
        for idle_comes_first in [true, false] {
            let mut other = Bill::default();
            if idle_comes_first {
                other.add(None, None, used(0));
            }
            other.add(Some(&Price { input: 1e-6, ..Price::FREE }), None, used(10));
            if !idle_comes_first {
                other.add(None, None, used(0));
            }
            assert_eq!(other.charge(), (Money::from_usd(0.000_01), CostKind::Computed));
        }
    }

    #[test]
    fn a_part_that_is_billed_later_takes_the_place_of_what_was_guessed() {
        let guessed = Usage { output_tokens: 4, estimated: true, ..used(10) };
        let mut bill = Bill::default();
        bill.add(Some(&Price { input: 1e-6, ..Price::FREE }), None, guessed);
        bill.add(Some(&Price::FREE), None, used(5));
        assert_eq!(bill.charge().1, CostKind::Estimated);
        let billed = Money::from_usd(0.002).unwrap();
        bill.settle(0, billed, Some(Usage { output_tokens: 40, ..used(12) }));
        assert_eq!(bill.charge(), (Some(billed), CostKind::Billed));
        assert_eq!(bill.usage(), Usage { output_tokens: 40, ..used(17) });
        bill.settle(7, billed, None);
        assert_eq!(bill.charge().0, Some(billed), "no such part");
    }
}
