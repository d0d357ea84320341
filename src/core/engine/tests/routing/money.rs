//! What an answer may cost.

use super::home::{Home, cloud, lan, local, text};
use crate::model::LongPromptPrice;

const HARD: &str =
    "Prove step by step, compare, analyse the trade-off and debug: ```fn main() {}``` Explain why.";

#[test]
fn under_a_cap_the_best_affordable_model_answers() {
    let home = Home::with([
        cloud("shop/luxury").good(0.95).costs(15.0, 75.0),
        cloud("shop/sound").good(0.80).costs(1.0, 4.0),
    ]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxCost":0.01}}"#)
        .goes_to("shop/sound", "only-one")
        .not_to("shop/luxury", "too-expensive");
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxCost":0.1}}"#)
        .goes_to("shop/luxury", "best-quality");
}

#[test]
fn a_cap_that_an_answer_just_meets_is_kept() {
    let home = Home::with([cloud("shop/exact").costs(0.0, 1.0)]);
    let asked = |cap: &str| {
        home.asks(&format!(r#"{{"prompt":"Hi","maxOutputTokens":1000,"policy":{{"maxCost":{cap}}}}}"#))
    };
    assert_eq!(asked("0.001").goes_to("shop/exact", "only-one").costs(), Some(0.001));
    asked("0.000999").goes_nowhere("would cost about $0.001; the policy allows $0.000999.");
}

#[test]
fn under_a_cap_a_model_of_unknown_price_is_not_asked() {
    let home = Home::with([lan("mystery-70b"), local("small:3b")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxCost":1000}}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("lan/mystery-70b", "price-unknown");
    home.asks(r#"{"prompt":"Hi","policy":"quality"}"#).goes_to("lan/mystery-70b", "best-quality");
}

#[test]
fn who_wants_to_pay_nothing_can_have_a_free_model_in_the_cloud() {
    let home = Home::with([
        cloud("openrouter/some/model:free").free(),
        cloud("openrouter/some/model").good(0.9),
        cloud("openrouter/auto").unpriced(),
    ]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxCost":0}}"#)
        .goes_to("openrouter/some/model:free", "only-one")
        .not_to("openrouter/some/model", "too-expensive")
        .not_to("openrouter/auto", "price-unknown");
}

#[test]
fn an_easy_question_goes_to_the_cheapest_and_a_hard_one_to_the_cheapest_that_is_good_enough() {
    let home = Home::with([
        local("tiny:0.5b"),
        cloud("shop/sound").good(0.78).costs(0.3, 1.2),
        cloud("shop/luxury").good(0.92).costs(15.0, 75.0),
    ]);
    home.asks(r#"{"prompt":"Hello!","policy":"cost"}"#)
        .goes_to("ollama/tiny:0.5b", "cheapest")
        .says("costs nothing");
    home.asks(&format!(r#"{{"prompt":"{HARD}","policy":"cost"}}"#))
        .goes_to("shop/sound", "cheapest")
        .says("costs about $0.0006");
}

#[test]
fn of_two_dear_answers_the_cheaper_one_is_taken_even_if_it_is_slower() {
    let document = text(100_000);
    let home = Home::with([
        cloud("shop/dear").costs(10.0, 30.0).holds(400_000),
        cloud("stall/less-dear").costs(5.0, 15.0).holds(400_000),
    ])
    .measured("shop/dear", 500.0, 200.0)
    .measured("stall/less-dear", 3_000.0, 30.0);
    home.asks(&format!(r#"{{"prompt":"{document}","policy":"cost"}}"#))
        .goes_to("stall/less-dear", "cheapest");
}

#[test]
fn a_long_prompt_with_a_short_answer_and_a_short_one_with_a_long_answer_have_different_cheapest_models() {
    let home = Home::with([
        cloud("shop/reads-cheaply").costs(0.1, 10.0),
        cloud("shop/writes-cheaply").costs(2.0, 1.0),
    ]);
    let reading = format!(r#"{{"prompt":"{}","policy":"cost","maxOutputTokens":50}}"#, text(20_000));
    home.asks(&reading).goes_to("shop/reads-cheaply", "cheapest");
    home.asks(r#"{"prompt":"A long tale","policy":"cost","maxOutputTokens":8000}"#)
        .goes_to("shop/writes-cheaply", "cheapest");
}

#[test]
fn an_unknown_price_is_taken_for_the_worst_by_who_wants_to_save() {
    let home = Home::with([lan("mystery").good(0.75), cloud("shop/sound").good(0.75)]);
    home.asks(r#"{"prompt":"Hello!","policy":"cost"}"#).goes_to("shop/sound", "cheapest");
}

#[test]
fn a_cap_holds_for_long_prompts_that_cost_more_a_token() {
    let long = LongPromptPrice { above: 1_000, input: 5e-6, output: 9e-6, cached_input: None };
    let home = Home::with([cloud("shop/sound").costs(1.0, 2.0).costs_when_long(long).holds(400_000)]);
    let asks = |length: usize, cap: f64| {
        let prompt = text(length);
        home.asks(&format!(r#"{{"prompt":"{prompt}","policy":{{"maxCost":{cap}}},"maxOutputTokens":10}}"#))
    };
    let short = asks(200, 1.0).goes_to("shop/sound", "only-one").costs().unwrap();
    assert!(short < 0.001, "{short}");
    let long = asks(20_000, 1.0).goes_to("shop/sound", "only-one").costs().unwrap();
    assert!(long > 20.0 * short, "{long} is more than ten times as much");
    asks(20_000, long * 1.001).goes_to("shop/sound", "only-one");
    asks(20_000, long * 0.999).goes_nowhere("the policy allows");
}
