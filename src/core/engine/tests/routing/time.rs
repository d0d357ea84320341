//! How long an answer takes: models that are loaded or not, measured or not, near or far.

use super::home::{Home, cloud, local, page};

#[test]
fn of_two_models_the_loaded_one_answers_sooner() {
    let home =
        Home::with([local("first:8b").weighs(5.0).warm(false), local("second:8b").weighs(5.0).warm(true)]);
    home.asks(r#"{"prompt":"Hi","policy":"speed","maxOutputTokens":100}"#)
        .goes_to("ollama/second:8b", "fastest")
        .then(&["ollama/first:8b"]);
}

#[test]
fn loading_a_small_model_can_be_worth_it_for_a_long_answer() {
    let home =
        Home::with([local("small:3b").weighs(2.0).warm(false), local("large:70b").weighs(40.0).warm(true)]);
    home.asks(r#"{"prompt":"Hi","policy":"speed","maxOutputTokens":1000}"#)
        .goes_to("ollama/small:3b", "fastest");
    // Another word or two, and the large one has answered before the small one is loaded.
    let yes_or_no = home.asks(r#"{"prompt":"Yes or no?","policy":"speed","maxOutputTokens":4}"#);
    yes_or_no.goes_to("ollama/large:70b", "fastest");
    assert!(yes_or_no.first_word_after() < 1_300.0);
}

#[test]
fn a_short_answer_comes_soonest_from_near_and_a_long_one_from_where_it_is_written_fast() {
    let home = Home::with([local("near:8b"), cloud("shop/quick").good(0.75)]);
    home.asks(r#"{"prompt":"Hi","policy":"speed","maxOutputTokens":16}"#)
        .goes_to("ollama/near:8b", "fastest");
    home.asks(r#"{"prompt":"Hi","policy":"speed","maxOutputTokens":4000}"#).goes_to("shop/quick", "fastest");
}

#[test]
fn what_was_measured_counts_more_than_what_was_guessed() {
    let home = Home::with([local("smaller:3b"), local("larger:8b")]);
    home.asks(r#"{"prompt":"Hi","policy":"speed"}"#).goes_to("ollama/smaller:3b", "fastest");
    let measured = home.measured("ollama/smaller:3b", 9_000.0, 2.0).measured("ollama/larger:8b", 350.0, 50.0);
    let answer = measured.asks(r#"{"prompt":"Hi","policy":"speed"}"#);
    answer.goes_to("ollama/larger:8b", "fastest").says("about 0.3 s");
}

#[test]
fn who_does_not_want_to_wait_for_the_first_word_gets_no_model_that_has_to_be_loaded() {
    let home = Home::with([local("large:32b").weighs(20.0).warm(false), local("small:3b")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxFirstTokenMs":2000}}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("ollama/large:32b", "first-token-too-late");
}

#[test]
fn who_has_ten_seconds_gets_an_answer_that_is_whole_by_then() {
    let home = Home::with([page("tiny-135m"), local("large:70b"), cloud("shop/quick")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","maxTotalMs":10000}}"#)
        .goes_to("shop/quick", "only-one")
        .not_to("page/tiny-135m", "too-slow")
        .not_to("ollama/large:70b", "too-slow");
}

#[test]
fn a_quick_answer_that_is_no_use_is_not_what_who_is_in_a_hurry_wants() {
    let home = Home::with([local("tiny:0.5b"), local("able:14b")]);
    let hard = r#"{"prompt":"Prove step by step, compare and analyse: ```fn f() {}``` Explain why.","policy":"speed"}"#;
    home.asks(hard).goes_to("ollama/able:14b", "fastest");
    home.asks(r#"{"prompt":"Hi!","policy":"speed","maxOutputTokens":8}"#).then(&["ollama/able:14b"]);
}

#[test]
fn two_models_that_are_alike_are_told_apart_by_their_addresses_alone() {
    let alike = [local("twin-b:8b"), local("twin-a:8b"), local("twin-c:8b")];
    for turn in 0..3 {
        let mut models = alike.to_vec();
        models.rotate_left(turn);
        Home::with(models)
            .asks(r#"{"prompt":"Hi"}"#)
            .goes_to("ollama/twin-a:8b", "best-balance")
            .then(&["ollama/twin-b:8b", "ollama/twin-c:8b"]);
    }
}
