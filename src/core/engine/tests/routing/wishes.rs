//! What the user says about models by name.

use super::home::{Home, cloud, lan, local, page};

#[test]
fn the_model_that_is_asked_for_by_name_answers_and_no_other() {
    let home = Home::with([local("small:3b"), local("large:70b")]);
    home.asks(r#"{"prompt":"Hi","model":"ollama/small:3b","policy":"quality"}"#)
        .goes_to("ollama/small:3b", "pinned")
        .then(&[])
        .not_to("ollama/large:70b", "not-pinned");
}

#[test]
fn the_tag_latest_may_be_left_out() {
    let home = Home::with([local("llama3.2:latest"), local("large:70b")]);
    home.asks(r#"{"prompt":"Hi","model":"ollama/llama3.2"}"#).goes_to("ollama/llama3.2:latest", "pinned");
    home.asks(r#"{"prompt":"Hi","policy":{"deny":["ollama/llama3.2"]}}"#)
        .goes_to("ollama/large:70b", "only-one")
        .not_to("ollama/llama3.2:latest", "denied");
}

#[test]
fn a_model_that_is_not_there_is_missing_whatever_else_there_is() {
    let home = Home::with([local("small:3b")]);
    home.asks(r#"{"prompt":"Hi","model":"ollama/gone:8b"}"#).goes_nowhere("mesh.models lists what is there.");
    home.asks(r#"{"prompt":"Hi","model":"nobody/gone:8b"}"#).goes_nowhere("Add it to the mesh's `providers`");
}

#[test]
fn a_model_that_is_asked_for_by_name_is_followed_by_the_fallbacks_that_were_named() {
    let home = Home::with([local("small:3b"), local("large:70b"), cloud("shop/best").good(0.95)]);
    home.asks(
        r#"{"prompt":"Hi","model":"ollama/small:3b","policy":{"goal":"quality","fallback":["shop/best"]}}"#,
    )
    .goes_to("ollama/small:3b", "pinned")
    .then(&["shop/best"])
    .not_to("ollama/large:70b", "not-pinned");
}

#[test]
fn where_the_named_model_cannot_be_asked_its_named_fallback_is() {
    let request = r#"{"prompt":"Hi","model":"lan/mystery","policy":{"fallback":["ollama"]},"tools":[{"name":"t","inputSchema":{}}]}"#;
    let models = || [lan("mystery"), local("small:3b"), local("blind:70b").can("")];
    Home::with(models())
        .down("lan")
        .asks(request)
        .goes_to("ollama/small:3b", "named-fallback")
        .says("lan/mystery cannot be asked now")
        .then(&["lan/mystery"])
        .not_to("ollama/blind:70b", "lacks-capability");
    Home::with(models()).asks(request).goes_to("lan/mystery", "pinned").then(&["ollama/small:3b"]);
}

#[test]
fn what_is_preferred_comes_first_if_it_can_do_it() {
    let home = Home::with([local("small:3b"), page("tiny-135m"), cloud("shop/best").good(0.95)]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","prefer":["page/tiny-135m","ollama"]}}"#)
        .goes_to("page/tiny-135m", "preferred")
        .then(&["ollama/small:3b", "shop/best"]);
    home.asks(
        r#"{"prompt":"Hi","policy":{"goal":"quality","prefer":["page/tiny-135m","ollama"]},"tools":[{"name":"t","inputSchema":{}}]}"#,
    )
    .goes_to("ollama/small:3b", "preferred")
    .not_to("page/tiny-135m", "lacks-capability");
}

#[test]
fn only_what_is_allowed_and_not_denied_is_asked() {
    let home = Home::with([local("small:3b"), local("large:70b"), cloud("shop/best"), page("tiny-135m")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","allow":["ollama/*","shop"],"deny":["ollama/large:70b"]}}"#)
        .goes_to("shop/best", "best-quality")
        .then(&["ollama/small:3b"])
        .not_to("ollama/large:70b", "denied")
        .not_to("page/tiny-135m", "not-allowed");
}

#[test]
fn who_wants_no_fallback_gets_none() {
    let home = Home::with([local("small:3b"), local("large:70b")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","fallback":false}}"#)
        .goes_to("ollama/large:70b", "best-quality")
        .then(&[]);
}

#[test]
fn named_fallbacks_replace_the_routers_own() {
    let home =
        Home::with([local("small:3b"), local("large:70b"), cloud("shop/a"), cloud("shop/b").good(0.8)]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","stayWithin":"device","fallback":["shop"]}}"#)
        .goes_to("ollama/large:70b", "best-quality")
        .then(&[]);
    home.asks(
        r#"{"prompt":"Hi","policy":{"goal":"quality","stayWithin":"device","fallback":["ollama/small:3b"]}}"#,
    )
    .then(&["ollama/small:3b"]);
    home.asks(r#"{"prompt":"Hi","policy":{"prefer":["ollama/large:70b"],"fallback":["shop"]}}"#)
        .goes_to("ollama/large:70b", "preferred")
        .then(&["shop/a", "shop/b"]);
}

#[test]
fn who_wants_good_answers_only_gets_no_small_model() {
    let home = Home::with([local("small:3b"), local("middle:8b"), local("large:70b")]);
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"speed","minQuality":"medium"}}"#)
        .goes_to("ollama/middle:8b", "fastest")
        .not_to("ollama/small:3b", "quality-too-low");
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"speed","minQuality":"high"}}"#)
        .goes_to("ollama/large:70b", "only-one")
        .not_to("ollama/middle:8b", "quality-too-low");
}

#[test]
fn a_hard_question_goes_to_a_better_model_than_a_greeting() {
    let home = Home::with([local("small:3b"), local("large:32b")]);
    let local_only = r#""policy":{"stayWithin":"device"}"#;
    home.asks(&format!(r#"{{"prompt":"Hello!",{local_only}}}"#)).goes_to("ollama/small:3b", "best-balance");
    home.asks(&format!(
        r#"{{"prompt":"Prove step by step, compare and analyse: ```fn f() {{}}``` Explain why.",{local_only}}}"#
    ))
    .goes_to("ollama/large:32b", "best-balance");
}

#[test]
fn who_wants_the_best_answer_is_told_how_that_is_known() {
    let evaluated = Home::with([local("qwen2.5:7b"), local("llama2:70b"), local("unheard-of:3b")]);
    evaluated
        .asks(r#"{"prompt":"Hi","policy":"quality"}"#)
        .goes_to("ollama/qwen2.5:7b", "best-quality")
        .says("by public evaluations up to 2024");
    Home::with([local("unheard-of:3b"), local("unheard-of:1b")])
        .asks(r#"{"prompt":"Hi","policy":"quality"}"#)
        .goes_to("ollama/unheard-of:3b", "best-quality")
        .says("guessed by its name and size");
}
