//! How well a model that may be asked serves the goal.

use super::ask::{Asked, Fit};
use super::filter::Fault;
use super::table::{Numbers, Table, bit};
use crate::base::number::between;
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
        Goal::Cost => Weights { cost: 0.90, speed: 0.06, locality: 0.04, ..usual },
        // The best answer. The rest only tells apart models that are taken for equally good.
        Goal::Quality => Weights { quality: 0.94, cost: 0.02, speed: 0.02, locality: 0.02, wants_best: true },
        // The soonest useful answer. The rest only tells apart what takes as long.
        Goal::Speed => Weights { quality: 0.02, cost: 0.02, speed: 0.94, locality: 0.02, ..usual },
        // What most people want: a good answer first, then not to pay, not to wait and not to be watched, alike.
        Goal::Balanced => Weights { quality: 0.40, cost: 0.20, speed: 0.20, locality: 0.20, ..usual },
    }
}

/// The quality that is good enough for a request this hard: a greeting is answered well by a model of half a billion
/// parameters, the hardest questions by the best models only (by the priors of the catalogue).
pub(super) fn enough(difficulty: f64) -> f64 {
    0.2 + 0.65 * between(difficulty, 0.0, 1.0)
}

/// How much an answer loses that is not good enough: a little short costs little, half as good as needed takes seven
/// tenths of all that speaks for it.
const SHORTFALL: f64 = 10.0;

/// USD below which two answers cost about the same to a person …
const SMALL_COST: f64 = 0.000_01;

/// … and by how many doublings of it an answer is as dear as it gets: about 10 USD.
const DEAREST_DOUBLINGS: f64 = 20.0;

/// Milliseconds below which two answers come at the same time for a person …
const SHORT_TIME_MS: f64 = 250.0;

/// … and by how many doublings of it an answer takes as long as it gets: about a quarter of an hour.
const LONGEST_DOUBLINGS: f64 = 12.0;

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
    /// It is left alone for a while. Such rows are compared only where no other may be asked and answers.
    pub(in crate::route) const RESTING: u32 = 1 << 29;
    /// Its provider does not answer.
    pub(in crate::route) const DOWN: u32 = 1 << 30;
    /// Its key was refused or its account is empty: the last to be asked.
    pub(in crate::route) const REFUSED: u32 = 1 << 31;
    /// What speaks against asking it at all.
    pub(in crate::route) const ILL: u32 = RESTING | DOWN | REFUSED;

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
    /// NaN where the price is unknown.
    pub(super) usd: f64,
    pub(super) input_tokens: f64,
    pub(super) first_token_ms: f64,
    pub(super) total_ms: f64,
    /// Which part of the prompt it is sent.
    pub(super) share: f64,
}

/// The filters that are numbers, and the scores of a row that passed all others and is sent this share of the prompt.
///
/// It stands inside the walk over the table, where whatever of its result nobody reads is not worked out.
#[allow(clippy::inline_always)] // The release is built for size, which would make a call of it for each model.
#[inline(always)]
pub(super) fn weigh(
    asked: &Asked<'_>,
    row: u32,
    traits: u64,
    model: &Numbers,
    share: f64,
    mut tier: u32,
) -> Result<Weighed, Fault> {
    if asked.most_output > model.most_output {
        return Err(Fault::AnswerTooLong { wanted: asked.most_output, most: model.most_output });
    }
    let input_tokens = asked.tokens(model.family) * share;
    let (input_usd, output_usd) = if input_tokens > model.long_above {
        (model.long_input_usd, model.long_output_usd)
    } else {
        (model.input_usd, model.output_usd)
    };
    let usd = input_usd * input_tokens + output_usd * asked.output_tokens + model.request_usd;
    if asked.is_capped && (usd > asked.max_cost || usd.is_nan()) {
        return Err(if usd.is_nan() { Fault::PriceUnknown } else { Fault::TooExpensive { usd } });
    }
    let first_token_ms = model.ready_ms + model.prompt_token_ms * input_tokens;
    if first_token_ms > asked.max_first_token_ms {
        return Err(Fault::FirstTokenTooLate { ms: first_token_ms });
    }
    let total_ms = first_token_ms + model.token_ms * asked.later_tokens;
    if total_ms > asked.max_total_ms {
        return Err(Fault::TooSlow { ms: total_ms });
    }
    let weights = &asked.weights;
    // Who is told only a part of the conversation can only answer that part.
    let expected = model.quality * share;
    let enough = expected * asked.per_enough;
    let short = if enough < 1.0 { 1.0 - enough } else { 0.0 };
    let (quality, lost) =
        if weights.wants_best { (expected, 0.0) } else { (1.0 - short, SHORTFALL * short * short) };
    let cost = if usd.is_nan() { 0.0 } else { few(usd * (1.0 / SMALL_COST), 1.0 / DEAREST_DOUBLINGS) };
    let speed = few(total_ms * (1.0 / SHORT_TIME_MS), 1.0 / LONGEST_DOUBLINGS);
    let sum = weights.quality * quality
        + weights.cost * cost
        + weights.speed * speed
        + weights.locality * model.nearness;
    let total = sum / (1.0 + lost);
    if traits & asked.counted != 0 {
        tier |= tier_of(traits & asked.counted);
    }
    if asked.has_preferences {
        tier |= u32::from(asked.prefer.place(model.server, row)) << tier::PREFERENCE;
    }
    Ok(Weighed {
        rank: Rank { tier, total, row },
        quality,
        cost,
        speed,
        locality: model.nearness,
        usd,
        input_tokens,
        first_token_ms,
        total_ms,
        share,
    })
}

/// The same for a row that may not hold the whole prompt. One that is too long is let through, to see what would have
/// been chosen without it; the second value says so.
#[inline(never)]
pub(super) fn weigh_unsure(
    asked: &Asked<'_>,
    row: u32,
    traits: u64,
    model: &Numbers,
) -> Result<(Weighed, bool), Fault> {
    let (share, tier, is_too_long) = match asked.fit(asked.tokens(model.family), model.context) {
        Fit::Whole => (1.0, 0, false),
        Fit::Unknown => (1.0, tier::DOUBTED, false),
        Fit::Part(share) => (share, 0, false),
        Fit::TooLong(_) => (1.0, 0, true),
    };
    Ok((weigh(asked, row, traits, model, share, tier)?, is_too_long))
}

impl Table {
    /// The same for one row.
    pub(super) fn weigh(&self, row: usize, asked: &Asked<'_>) -> Result<Weighed, Fault> {
        let (Some(traits), Some(model)) = (self.traits.get(row), self.numbers.get(row)) else {
            return Err(Fault::Gone);
        };
        if let Fit::TooLong(needed) = asked.fit(asked.tokens(model.family), model.context) {
            return Err(Fault::TooLong { needed, room: model.context });
        }
        weigh_unsure(asked, row as u32, *traits, model).map(|(weighed, _)| weighed)
    }
}

fn tier_of(traits: u64) -> u32 {
    let down = if traits & bit::DOWN == 0 { 0 } else { tier::DOWN };
    let unasked = if traits & bit::UNASKED == 0 { 0 } else { tier::UNASKED };
    let resting = if traits & bit::RESTING == 0 { 0 } else { tier::RESTING };
    let refused = if traits & bit::REFUSED == 0 { 0 } else { tier::REFUSED };
    refused | down | resting | unasked
}

/// 1 for nothing, 0 for so many doublings of 1 as are too many. Each doubling counts the same, as it does to people.
#[allow(clippy::inline_always)] // Twice for each model that is compared.
#[inline(always)]
fn few(amount: f64, per_doubling: f64) -> f64 {
    let left = 1.0 - doublings(1.0 + amount) * per_doubling;
    if left > 0.0 { left } else { 0.0 }
}

/// The logarithm to the base 2 of a number from 1 on, straight between two powers of two. Good enough to rank by, the
/// same on every machine, and no call of a library's logarithm for each model.
#[allow(clippy::inline_always)] // Once for each model that is compared.
#[inline(always)]
fn doublings(number: f64) -> f64 {
    const PER_FRACTION: f64 = 1.0 / 4_503_599_627_370_496.0;
    const BIAS: f64 = 1_023.0;
    // Signed, as machines convert.
    number.to_bits().cast_signed() as f64 * PER_FRACTION - BIAS
}

/// 1 in this page, 0 in the cloud.
pub(super) const fn nearness(locality: Locality) -> f64 {
    match locality {
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
    fn less_is_always_better_until_it_is_too_much() {
        let usd = [0.0, 0.000_001, 0.000_1, 0.000_2, 0.01, 0.02, 0.5, 1.0, 9.0];
        let cost = |usd: f64| few(usd / SMALL_COST, 1.0 / DEAREST_DOUBLINGS);
        assert!(usd.windows(2).all(|pair| cost(pair[0]) > cost(pair[1])));
        assert_eq!((cost(0.0), cost(100.0)), (1.0, 0.0));
        let ms = [0.0, 100.0, 1_000.0, 2_000.0, 60_000.0, 120_000.0, 900_000.0];
        let speed = |ms: f64| few(ms / SHORT_TIME_MS, 1.0 / LONGEST_DOUBLINGS);
        assert!(ms.windows(2).all(|pair| speed(pair[0]) > speed(pair[1])));
    }
}
