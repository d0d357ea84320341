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
pub use pace::{pace, picture_pace, pictures_at_once};
pub use prompt::Prompt;
pub use tokens::Features;

use crate::base::money::Money;
use crate::model::picture::TOKENS_OF_PICTURE;
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

/// What so many pictures cost at a model that charges by the piece, with the tokens that it counted beside them, and how far
/// that can be trusted; `None` where the tokens alone say it.
pub fn picture_cost(
    price: Option<&Price>,
    pictures: u32,
    counted: Option<&Usage>,
) -> Option<(Option<Money>, CostKind)> {
    let has_usage = counted.is_some();
    match price {
        _ if pictures == 0 && !has_usage => None,
        Some(price) if *price == Price::FREE => Some((Some(Money::ZERO), CostKind::Free)),
        Some(price @ Price { image: Some(each), .. }) => {
            let counted = counted.copied().unwrap_or_default();
            // Its pictures are among the tokens, at the price of words, which is a tenth of theirs.
            let of_pictures = TOKENS_OF_PICTURE.saturating_mul(u64::from(pictures));
            let words = Usage { output_tokens: counted.output_tokens.saturating_sub(of_pictures), ..counted };
            let all = Money::from_usd(*each).map(|each| each.times(u64::from(pictures)));
            let sum = all.zip(cost(price, &words)).map(|(all, words)| all + words);
            let kind = if counted.estimated { CostKind::Estimated } else { CostKind::Computed };
            Some((sum, if sum.is_some() { kind } else { CostKind::Unknown }))
        }
        _ if has_usage => None,
        _ => Some((None, CostKind::Unknown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LongPromptPrice;

    #[test]
    fn pictures_are_charged_by_the_piece_where_a_price_says_so() {
        let price = Price { image: Some(0.04), ..Price::FREE };
        assert_eq!(picture_cost(Some(&price), 2, None), Some((Money::from_usd(0.08), CostKind::Computed)));
        assert_eq!(picture_cost(Some(&Price::FREE), 2, None), Some((Some(Money::ZERO), CostKind::Free)));
        let by_tokens = Price { output: 1e-6, ..Price::FREE };
        assert_eq!(picture_cost(Some(&by_tokens), 1, None), Some((None, CostKind::Unknown)));
        assert_eq!(picture_cost(None, 1, None), Some((None, CostKind::Unknown)));
        assert_eq!(picture_cost(Some(&price), 0, None), None);
        // Gemini 3 Pro Image: 13.44 cents a picture, 12 dollars a million words, 2 a million of the prompt.
        let price = Price { input: 2e-6, output: 1.2e-5, image: Some(0.1344), ..Price::FREE };
        let counted = Usage { input_tokens: 100, output_tokens: 1_390, ..Usage::default() };
        let expected = Money::from_usd(0.1344 + 100.0 * 2e-6 + 100.0 * 1.2e-5);
        assert_eq!(picture_cost(Some(&price), 1, Some(&counted)), Some((expected, CostKind::Computed)));
        let guessed = Usage { estimated: true, ..counted };
        assert_eq!(picture_cost(Some(&price), 1, Some(&guessed)), Some((expected, CostKind::Estimated)));
        // Words in its place cost what words cost.
        let words = picture_cost(Some(&price), 0, Some(&Usage { output_tokens: 50, ..Usage::default() }));
        assert_eq!(words, Some((Money::from_usd(50.0 * 1.2e-5), CostKind::Computed)));
        assert_eq!(picture_cost(Some(&by_tokens), 1, Some(&counted)), None);
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
