//! Servers that do not answer, lack their key, or were never asked.

use super::home::{Home, PHOTO, cloud, lan, local, page};
use crate::catalog::snapshot::Snapshot;
use crate::engine::provider;

#[test]
fn a_server_that_is_down_is_asked_last() {
    let home = Home::with([local("large:70b"), page("tiny-135m"), cloud("shop/sound")]).down("ollama");
    home.asks(r#"{"prompt":"Hi","policy":"quality"}"#)
        .goes_to("shop/sound", "best-quality")
        .then(&["page/tiny-135m", "ollama/large:70b"])
        .notes("ollama/large:70b", "provider-down");
}

#[test]
fn a_server_that_is_down_is_tried_all_the_same_where_there_is_no_other() {
    let home = Home::with([local("large:70b")]).down("ollama");
    home.asks(r#"{"prompt":"Hi"}"#).goes_to("ollama/large:70b", "only-one");
}

#[test]
fn a_wish_does_not_bring_a_dead_server_to_the_front() {
    let home = Home::with([local("large:70b"), cloud("shop/sound")]).down("ollama");
    home.asks(r#"{"prompt":"Hi","policy":{"prefer":["ollama"]}}"#)
        .goes_to("shop/sound", "best-balance")
        .then(&["ollama/large:70b"]);
}

#[test]
fn a_provider_without_its_key_is_left_out_and_how_to_give_it_one_is_told() {
    let home = Home::with([cloud("gemini/flash").good(0.9), local("small:3b")]).without_key("gemini");
    home.asks(r#"{"prompt":"Hi","policy":"quality"}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("gemini/flash", "no-key");
    home.asks(r#"{"prompt":"Hi","model":"gemini/flash"}"#).goes_nowhere("mesh.keys.set(\"gemini\", …)");
}

#[test]
fn of_all_reasons_why_nobody_can_be_asked_the_one_that_is_easiest_to_mend_is_told() {
    let home = Home::with([
        local("nomic-embed-text").can("embedding"),
        lan("blind"),
        cloud("gemini/flash").can("vision"),
    ])
    .without_key("gemini");
    home.asks(&format!(r#"{{"prompt":"What is on this photo?",{PHOTO}}}"#))
        .goes_nowhere("gemini needs a key and has none.")
        .not_to("lan/blind", "capability-unknown")
        .not_to("ollama/nomic-embed-text", "cannot-chat");
}

#[test]
fn models_that_nobody_listed_yet_are_known_from_the_snapshot_until_a_list_comes() {
    let mut home = Home::with([local("small:3b")]);
    let options = crate::base::json::read(br#"{"providers":{"gemini":{}}}"#).unwrap();
    let shared = &mut home.engine.shared;
    let mut gemini = provider::resolve(&options).unwrap().remove("gemini").unwrap();
    gemini.has_key = true;
    shared.providers.insert("gemini".to_owned(), gemini);
    let packed = "hkm-mesh catalogue 1\ntaken 2026-11-10\n=gemini\n\
                  pro|Gemini Pro|vtj|1000000|65536|0.1 0.4\nretired|Gemini Retired|vtj|1000000|65536|0.1 0.4\n";
    shared.snapshot = Some(Snapshot::read(packed.as_bytes()).unwrap());
    shared.fill_all();
    let photo = |home: &Home, cap: &str| {
        home.asks(&format!(r#"{{"prompt":"A photo","policy":{{"maxCost":{cap}}},{PHOTO}}}"#))
    };
    photo(&home, "0.01").goes_to("gemini/pro", "best-balance").then(&["gemini/retired"]);

    // Gemini's own list tells no price: the snapshot's holds, and what is not listed any more is gone.
    let listed = cloud("gemini/pro").unpriced().can("vision");
    let newer = cloud("gemini/newer").unpriced().can("vision");
    let entries = [listed, newer].into_iter().map(super::home::Model::into_entry).collect();
    home.engine.shared.listed("gemini", entries);
    photo(&home, "0.01").goes_to("gemini/pro", "only-one").not_to("gemini/newer", "price-unknown");
}
