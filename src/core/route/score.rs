//! How well a model that may be asked serves the goal.

use super::ask::{Asked, Fit, covers};
use super::filter::Fault;
use super::table::{Table, bit};
use crate::model::{Goal, Locality};

/// How much each part counts; the parts of a goal add up to 1.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    quality: f64,
    cost: f64,
    speed: f64,
    locality: f64,
    /// Whether a better answer is always worth more. Else good enough is as good as the best, and what is not good
    /// enough loses from the whole, since a cheap or quick answer that is wrong is no use.
    wants_best: bool,
}

/// The weights of a goal.
pub(super) const fn weights(goal: Goal) -> Weights {
    let usual = Weights { quality: 0.0, cost: 0.0, speed: 0.0, locality: 0.0, wants_best: false };
    match goal {
        // Nothing makes up for a step further away; among equally near models the better answer counts most.
        Goal::Privacy => Weights { quality: 0.20, cost: 0.05, speed: 0.10, locality: 0.65, ..usual },
        // The cheapest that is good enough. The rest only tells apart what costs the same, as local models do.
        Goal::Cost => Weights { cost: 0.70, speed: 0.15, locality: 0.15, ..usual },
        // The best answer. The rest tells apart models that are taken for equally good.
        Goal::Quality => Weights { quality: 0.85, cost: 0.05, speed: 0.05, locality: 0.05, wants_best: true },
        // The soonest useful answer.
        Goal::Speed => Weights { quality: 0.05, cost: 0.05, speed: 0.85, locality: 0.05, ..usual },
        // What most people want: a good answer first, then not to pay, not to wait and not to be watched, alike.
        Goal::Balanced => Weights { quality: 0.40, cost: 0.20, speed: 0.20, locality: 0.20, ..usual },
    }
}

/// The quality that is good enough for a request this hard: a greeting is answered well by a model of half a billion
/// parameters, the hardest questions by the best models only (by the priors of the catalogue).
pub(super) fn enough(difficulty: f64) -> f64 {
    0.25 + 0.6 * difficulty.clamp(0.0, 1.0)
}

/// How much an answer loses that is not good enough: a little short costs little, half as good as needed takes seven
/// tenths of all that speaks for it.
const SHORTFALL: f64 = 10.0;

/// USD below which two answers cost about the same to a person …
const SMALL_COST: f64 = 0.000_01;

/// … and by how many doublings of it an answer is as dear as it gets: about 10 USD.
const DEAREST_DOUBLINGS: f64 = 20.0;

/// Milliseconds at which an answer loses half of its speed score: about as long as people wait for a page.
const HALF_TIME_MS: f64 = 8_000.0;

/// A cap is not broken by a rounding of the last digit.
const ROUNDING: f64 = 1.0 + 1e-9;

/// The place of a row among others: a lower tier first, then a higher total, then the address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rank {
    pub(super) tier: u32,
    pub(super) total: f64,
    pub(super) row: u32,
}

impl Rank {
    pub(super) fn is_before(&self, other: &Self) -> bool {
        if self.tier != other.tier {
            return self.tier < other.tier;
        }
        if self.total != other.total {
            return self.total > other.total;
        }
        self.row < other.row
    }
}

/// What a tier is made of, from the least to the most weighty.
pub(super) mod tier {
    /// A long prompt, and nobody knows whether it fits.
    pub(in crate::route) const DOUBTED: u32 = 1;
    /// Nobody knows whether its provider answers.
    pub(in crate::route) const UNASKED: u32 = 2;
    /// The first of the bits that hold the caller's preference.
    pub(super) const PREFERENCE: u32 = 2;
    /// The most preferences that are told apart.
    pub(super) const MOST_PREFERENCES: u32 = 0xffff;
    /// Its provider does not answer.
    pub(in crate::route) const DOWN: u32 = 1 << 30;

    /// The tier as far as the caller's wishes and a dead provider go.
    pub(in crate::route) const fn wish(tier: u32) -> u32 {
        tier & !(DOUBTED | UNASKED)
    }
}

/// A row that passed the filters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    pub(super) rank: Rank,
    pub(super) quality: f64,
    pub(super) cost: f64,
    pub(super) speed: f64,
    pub(super) locality: f64,
    pub(super) input_tokens: f64,
    pub(super) first_token_ms: f64,
    pub(super) total_ms: f64,
    /// Which part of the prompt it is sent.
    pub(super) share: f64,
}

/// The numbers of one row.
struct Numbers {
    traits: u64,
    server: u16,
    context: f64,
    most_output: f64,
    input_usd: f64,
    output_usd: f64,
    request_usd: f64,
    quality: f64,
    ready_ms: f64,
    prompt_token_ms: f64,
    token_ms: f64,
    family: u8,
}

impl Table {
    #[inline]
    fn numbers(&self, row: usize) -> Option<Numbers> {
        Some(Numbers {
            traits: *self.traits.get(row)?,
            server: *self.server.get(row)?,
            context: *self.context.get(row)?,
            most_output: *self.most_output.get(row)?,
            input_usd: *self.input_usd.get(row)?,
            output_usd: *self.output_usd.get(row)?,
            request_usd: *self.request_usd.get(row)?,
            quality: *self.quality.get(row)?,
            ready_ms: *self.ready_ms.get(row)?,
            prompt_token_ms: *self.prompt_token_ms.get(row)?,
            token_ms: *self.token_ms.get(row)?,
            family: *self.family.get(row)?,
        })
    }

    /// The filters that are numbers, and the scores of a row that passed all others. With `anyhow` a prompt that is too
    /// long is let through, to see what would have been chosen without it.
    #[inline]
    pub(super) fn weigh(&self, row: usize, asked: &Asked<'_>, anyhow: bool) -> Result<Weighed, Fault> {
        let Some(model) = self.numbers(row) else { return Err(Fault::Gone) };
        let whole = asked.query.tokens(model.family) as f64;
        let (share, doubt) = match asked.fit(whole, model.context) {
            Fit::Whole => (1.0, 0),
            Fit::Unknown => (1.0, tier::DOUBTED),
            Fit::Part(share) => (share, 0),
            Fit::TooLong(_) if anyhow => (1.0, 0),
            Fit::TooLong(needed) => return Err(Fault::TooLong { needed, room: model.context }),
        };
        if let Some(stated) = asked.query.max_output_tokens
            && stated as f64 > model.most_output
        {
            return Err(Fault::AnswerTooLong { wanted: stated, most: model.most_output });
        }
        let input_tokens = whole * share;
        let usd = model.input_usd * input_tokens + model.output_usd * asked.output_tokens + model.request_usd;
        if asked.max_cost < f64::INFINITY {
            if usd.is_nan() {
                return Err(Fault::PriceUnknown);
            }
            if usd > asked.max_cost * ROUNDING {
                return Err(Fault::TooExpensive { usd });
            }
        }
        let first_token_ms = model.ready_ms + model.prompt_token_ms * input_tokens;
        let total_ms = first_token_ms + model.token_ms * asked.output_tokens;
        if first_token_ms > asked.max_first_token_ms {
            return Err(Fault::FirstTokenTooLate { ms: first_token_ms });
        }
        if total_ms > asked.max_total_ms {
            return Err(Fault::TooSlow { ms: total_ms });
        }
        let weights = &asked.weights;
        // Who is told only a part of the conversation can only answer that part.
        let expected = model.quality * share;
        let enough = (expected * asked.per_enough).min(1.0);
        let short = 1.0 - enough;
        let (quality, worth) = if weights.wants_best {
            (expected, 1.0)
        } else {
            (enough, 1.0 / (1.0 + SHORTFALL * short * short))
        };
        let cost = cheapness(usd);
        let speed = HALF_TIME_MS / (HALF_TIME_MS + total_ms);
        let locality = nearness(model.traits);
        let total = worth
            * (weights.quality * quality
                + weights.cost * cost
                + weights.speed * speed
                + weights.locality * locality);
        let row = row as u32;
        let mut tier = doubt | tier_of(model.traits & !asked.set_aside);
        if !asked.prefer.is_empty() {
            let place = (asked.preference(model.server, row) as u32).min(tier::MOST_PREFERENCES);
            tier |= place << tier::PREFERENCE;
        }
        let rank = Rank { tier, total, row };
        Ok(Weighed { rank, quality, cost, speed, locality, input_tokens, first_token_ms, total_ms, share })
    }

    /// Whether the caller's lists let this row pass.
    #[inline]
    pub(super) fn is_listed(&self, row: usize, asked: &Asked<'_>) -> bool {
        if asked.deny.is_empty() && asked.allow.is_none() {
            return true;
        }
        let Some(server) = self.server.get(row).copied() else { return false };
        let is_in =
            |names: &[super::table::Named]| names.iter().any(|named| covers(*named, server, row as u32));
        !is_in(&asked.deny) && asked.allow.as_deref().is_none_or(is_in)
    }
}

fn tier_of(traits: u64) -> u32 {
    let down = if traits & bit::DOWN == 0 { 0 } else { tier::DOWN };
    let unasked = if traits & bit::UNASKED == 0 { 0 } else { tier::UNASKED };
    down | unasked
}

/// 1 for what is free, 0 for what is very dear or of unknown price; each doubling of the price costs the same.
fn cheapness(usd: f64) -> f64 {
    if usd.is_nan() {
        return 0.0;
    }
    1.0 - (doublings(1.0 + usd / SMALL_COST) / DEAREST_DOUBLINGS).min(1.0)
}

/// The logarithm to the base 2 of a number from 1 on, straight between two powers of two. Good enough to rank by, the
/// same on every machine, and no call of a library's logarithm for each model.
fn doublings(number: f64) -> f64 {
    const FRACTION_BITS: f64 = 4_503_599_627_370_496.0;
    const BIAS: f64 = 1_023.0;
    number.to_bits() as f64 / FRACTION_BITS - BIAS
}

fn nearness(traits: u64) -> f64 {
    match Table::locality(traits) {
        Locality::Page => 1.0,
        // Another program on this machine sees it too.
        Locality::Device => 0.95,
        Locality::Network => 0.5,
        Locality::Cloud => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_every_goal_add_up_to_one() {
        for goal in [Goal::Privacy, Goal::Cost, Goal::Quality, Goal::Speed, Goal::Balanced] {
            let Weights { quality, cost, speed, locality, .. } = weights(goal);
            assert!((quality + cost + speed + locality - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_straight_logarithm_never_falls_and_is_right_at_powers_of_two() {
        for power in 0..40 {
            assert_eq!(doublings(f64::from(power).exp2()), f64::from(power));
        }
        let numbers: Vec<f64> = (0..10_000).map(|step| 1.0 + f64::from(step) * 0.37).collect();
        assert!(numbers.windows(2).all(|pair| doublings(pair[0]) < doublings(pair[1])));
        assert!(numbers.iter().all(|number| (doublings(*number) - number.log2()).abs() < 0.09));
    }

    #[test]
    fn free_is_best_unknown_is_worst_and_dearer_is_always_worse() {
        assert_eq!(cheapness(0.0), 1.0);
        assert_eq!(cheapness(f64::NAN), 0.0);
        let prices = [0.0, 0.000_001, 0.000_1, 0.000_2, 0.01, 0.02, 0.5, 1.0, 9.0];
        assert!(prices.windows(2).all(|pair| cheapness(pair[0]) > cheapness(pair[1])));
    }
}
