//! How far the text may go.

use super::home::{Home, cloud, lan, local, page};

fn everywhere() -> Home {
    Home::with([page("tiny-135m"), local("middle:8b"), lan("large-70b"), cloud("shop/best").good(0.95)])
}

#[test]
fn only_this_page_means_only_this_page() {
    everywhere()
        .asks(r#"{"prompt":"My diary …","policy":{"goal":"quality","stayWithin":"page"}}"#)
        .goes_to("page/tiny-135m", "only-one")
        .not_to("ollama/middle:8b", "too-far")
        .not_to("lan/large-70b", "too-far")
        .not_to("shop/best", "too-far");
}

#[test]
fn only_this_machine_means_no_fallback_elsewhere_either() {
    everywhere()
        .asks(r#"{"prompt":"My diary …","policy":{"goal":"quality","stayWithin":"device"}}"#)
        .goes_to("ollama/middle:8b", "best-quality")
        .then(&["page/tiny-135m"])
        .not_to("lan/large-70b", "too-far");
}

#[test]
fn the_machine_in_the_cellar_is_asked_only_where_the_network_is_allowed() {
    let home = everywhere();
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","stayWithin":"network"}}"#)
        .goes_to("lan/large-70b", "best-quality")
        .not_to("shop/best", "too-far");
    home.asks(r#"{"prompt":"Hi","policy":{"goal":"quality","stayWithin":"device"}}"#)
        .not_to("lan/large-70b", "too-far");
}

#[test]
fn what_is_private_stays_on_this_machine_even_where_the_network_is_allowed() {
    everywhere()
        .asks(r#"{"prompt":"My diary …","policy":{"goal":"privacy","stayWithin":"network"}}"#)
        .goes_to("ollama/middle:8b", "most-private")
        .not_to("lan/large-70b", "too-far")
        .not_to("shop/best", "too-far");
}

#[test]
fn what_is_private_and_bound_to_the_page_stays_in_the_page() {
    everywhere()
        .asks(r#"{"prompt":"My diary …","policy":{"goal":"privacy","stayWithin":"page"}}"#)
        .goes_to("page/tiny-135m", "only-one")
        .not_to("ollama/middle:8b", "too-far");
}

#[test]
fn under_privacy_no_wish_and_no_fallback_brings_the_text_to_the_cloud() {
    everywhere()
        .asks(r#"{"prompt":"My diary …","policy":{"goal":"privacy","prefer":["shop"],"fallback":["shop","page"]}}"#)
        .goes_to("ollama/middle:8b", "most-private")
        .then(&["page/tiny-135m"])
        .not_to("shop/best", "too-far");
    everywhere()
        .asks(r#"{"prompt":"My diary …","model":"shop/best","policy":"privacy"}"#)
        .goes_nowhere("What is said must stay on this machine");
}

#[test]
fn a_model_that_ollama_asks_the_cloud_for_is_not_on_this_machine() {
    let home = Home::with([local("small:3b"), local("gpt-oss:120b-cloud").handed_on()]);
    home.asks(r#"{"prompt":"Hi","policy":"privacy"}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("ollama/gpt-oss:120b-cloud", "too-far");
    home.asks(r#"{"prompt":"Hi","policy":"quality"}"#).goes_to("ollama/gpt-oss:120b-cloud", "best-quality");
}

#[test]
fn in_the_train_without_a_network_what_is_here_answers() {
    everywhere()
        .offline()
        .asks(r#"{"prompt":"Hi","policy":"quality"}"#)
        .goes_to("lan/large-70b", "best-quality")
        .not_to("shop/best", "offline");
    Home::with([cloud("shop/best")])
        .offline()
        .asks(r#"{"prompt":"Hi"}"#)
        .goes_nowhere("It can be asked once there is a network.");
}

#[test]
fn who_just_asks_gets_what_is_near_if_it_is_good_enough() {
    everywhere().asks(r#"{"prompt":"Hello!"}"#).goes_to("ollama/middle:8b", "best-balance");
}
