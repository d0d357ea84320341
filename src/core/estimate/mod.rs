//! How much a request will probably take, before it is sent: tokens, money, time. Guesses are only used to
//! choose and to warn; what was used is counted by the provider.

#[cfg(test)]
mod accuracy;
mod family;
mod pace;
mod prompt;
mod tokens;
mod weights;

pub use family::Family;
pub use pace::pace;
pub use prompt::Prompt;
pub use tokens::Features;

use crate::base::money::Money;
use crate::model::{CostKind, Price, Usage};

/// Output tokens that are expected where the caller set no limit.
pub const USUAL_OUTPUT_TOKENS: u64 = 512;

/// About how many tokens of a family a text has.
pub fn tokens_in(text: &str, family: Family) -> u64 {
    Features::of(text).tokens(family)
}

/// What these tokens cost at these prices. Cached and reasoning tokens are parts of the others: each is
/// charged once. `None` where a price is no amount of money.
pub fn cost(price: &Price, usage: &Usage) -> Option<Money> {
    let price = price.for_prompt(usage.input_tokens);
    let cached = usage.cached_input_tokens.unwrap_or(0).min(usage.input_tokens);
    let reasoning = usage.reasoning_tokens.unwrap_or(0).min(usage.output_tokens);
    let input = Money::from_usd(price.input)?;
    let output = Money::from_usd(price.output)?;
    let cached_input = price.cached_input.map_or(Some(input), Money::from_usd)?;
    let thinking = price.reasoning.map_or(Some(output), Money::from_usd)?;
    let request = Money::from_usd(price.request.unwrap_or(0.0))?;
    let parts = [
        input.times(usage.input_tokens.saturating_sub(cached)),
        cached_input.times(cached),
        output.times(usage.output_tokens.saturating_sub(reasoning)),
        thinking.times(reasoning),
        request,
    ];
    Some(parts.into_iter().sum())
}

/// What these tokens cost at this model, and how far that can be trusted.
pub fn settled_cost(price: Option<&Price>, usage: &Usage) -> (Option<Money>, CostKind) {
    match price {
        None => (None, CostKind::Unknown),
        Some(price) if *price == Price::FREE => (Some(Money::ZERO), CostKind::Free),
        Some(price) => match cost(price, usage) {
            None => (None, CostKind::Unknown),
            known if usage.estimated => (known, CostKind::Estimated),
            known => (known, CostKind::Computed),
        },
    }
}

/// What so many pictures cost where only they are counted, and how far that can be trusted; `None` where none were made.
pub fn picture_cost(price: Option<&Price>, pictures: u32) -> Option<(Option<Money>, CostKind)> {
    if pictures == 0 {
        return None;
    }
    Some(match price {
        Some(price) if *price == Price::FREE => (Some(Money::ZERO), CostKind::Free),
        Some(Price { image: Some(each), request, .. }) => {
            let request = Money::from_usd(request.unwrap_or(0.0));
            let all = Money::from_usd(*each).map(|each| each.times(u64::from(pictures)));
            let sum = all.zip(request).map(|(all, request)| all + request);
            (sum, if sum.is_some() { CostKind::Computed } else { CostKind::Unknown })
        }
        _ => (None, CostKind::Unknown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LongPromptPrice;

    #[test]
    fn pictures_are_charged_by_the_piece_where_a_price_says_so() {
        let price = Price { image: Some(0.04), ..Price::FREE };
        assert_eq!(picture_cost(Some(&price), 2), Some((Money::from_usd(0.08), CostKind::Computed)));
        assert_eq!(picture_cost(Some(&Price::FREE), 2), Some((Some(Money::ZERO), CostKind::Free)));
        let by_tokens = Price { output: 1e-6, ..Price::FREE };
        assert_eq!(picture_cost(Some(&by_tokens), 1), Some((None, CostKind::Unknown)));
        assert_eq!(picture_cost(None, 1), Some((None, CostKind::Unknown)));
        assert_eq!(picture_cost(Some(&price), 0), None);
    }

    fn usage(input: u64, cached: u64, output: u64, reasoning: u64) -> Usage {
        Usage {
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: Some(cached),
            reasoning_tokens: Some(reasoning),
            estimated: false,
        }
    }

    #[test]
    fn cached_and_reasoning_tokens_are_charged_once() {
        let price = Price {
            input: 1e-6,
            output: 4e-6,
            cached_input: Some(0.25e-6),
            reasoning: Some(5e-6),
            ..Price::FREE
        };
        // 600 fresh × 1 + 400 cached × 0.25 + 80 words × 4 + 20 thoughts × 5, all in micro-dollars.
        let expected = Money::from_usd(0.001_120).unwrap();
        assert_eq!(cost(&price, &usage(1_000, 400, 100, 20)), Some(expected));
    }

    #[test]
    fn a_long_prompt_has_its_own_prices_for_all_of_its_tokens() {
        let long = LongPromptPrice { above: 1_000, input: 2e-6, output: 6e-6, cached_input: Some(0.5e-6) };
        let price = Price {
            input: 1e-6,
            output: 4e-6,
            cached_input: Some(0.25e-6),
            long_prompt: Some(long),
            ..Price::FREE
        };
        assert_eq!(cost(&price, &usage(1_000, 400, 100, 0)), Money::from_usd(0.001_1));
        // 601 fresh × 2 + 400 cached × 0.5 + 100 words × 6, all in micro-dollars.
        assert_eq!(cost(&price, &usage(1_001, 400, 100, 0)), Money::from_usd(0.002_002));
    }

    #[test]
    fn an_unknown_price_is_unknown_and_never_nothing() {
        assert_eq!(settled_cost(None, &usage(1, 0, 1, 0)), (None, CostKind::Unknown));
        let wrong = Price { input: -1.0, ..Price::FREE };
        assert_eq!(settled_cost(Some(&wrong), &usage(1, 0, 1, 0)), (None, CostKind::Unknown));
        assert_eq!(settled_cost(Some(&Price::FREE), &usage(1, 0, 1, 0)), (Some(Money::ZERO), CostKind::Free));
    }

    #[test]
    fn guessed_counts_make_an_estimated_cost() {
        let price = Price { input: 1e-6, output: 1e-6, ..Price::FREE };
        let guessed = Usage { estimated: true, ..usage(10, 0, 10, 0) };
        assert_eq!(settled_cost(Some(&price), &guessed).1, CostKind::Estimated);
    }
}
