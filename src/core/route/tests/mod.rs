//! Decisions over one model of each kind. What a person would say of them stands in `engine/tests/routing`.

mod properties;
mod rests;

use super::*;
use crate::model::health::ProviderState;
use crate::model::policy::Within;
use crate::model::{Capabilities, Goal, Modality, ModelConfig, ModelKey, Pace, Policy, Price, Quality};

/// A model whose answer of 100 tokens costs `cost` and takes `total_ms`, a quarter of it to the first word.
fn row(address: &str, locality: Locality, quality: f64, cost: Option<f64>, total_ms: f64) -> Row {
    let grade = if quality < 0.46 {
        Quality::Low
    } else if quality < 0.67 {
        Quality::Medium
    } else {
        Quality::High
    };
    Row {
        key: ModelKey::parse(address).unwrap(),
        locality,
        modality: Modality::Text,
        capabilities: Capabilities::of_word("tools").unwrap(),
        tells_all_capabilities: true,
        context_length: Some(8_192),
        max_output_tokens: None,
        price: cost.map(|cost| Price { output: cost / 100.0, ..Price::FREE }),
        quality,
        grade,
        pace: Pace {
            ready_ms: total_ms / 4.0,
            load_ms: 0.0,
            prompt_token_ms: 0.0,
            token_ms: total_ms * 3.0 / 400.0,
        },
        family: 0,
        is_available: true,
    }
}

/// One model of each kind: in the page, two on this machine, one in the neighbourhood, two in the cloud.
fn rows() -> Vec<Row> {
    vec![
        row("page/tiny", Locality::Page, 0.12, Some(0.0), 40_000.0),
        row("ollama/small", Locality::Device, 0.42, Some(0.0), 6_000.0),
        row("ollama/large", Locality::Device, 0.70, Some(0.0), 45_000.0),
        row("lan/middle", Locality::Network, 0.55, None, 9_000.0),
        row("cloud/cheap", Locality::Cloud, 0.60, Some(0.000_1), 2_000.0),
        row("cloud/best", Locality::Cloud, 0.90, Some(0.02), 5_000.0),
    ]
}

fn table_of(rows: impl IntoIterator<Item = Row>) -> Table {
    let mut table = Table::default();
    for row in rows {
        table.set_provider(row.key.provider(), ProviderState::Up, false);
        table.put(row);
    }
    table
}

fn table() -> Table {
    table_of(rows())
}

fn query(policy: Policy) -> Query {
    Query {
        sensitive: policy.goal == Some(Goal::Privacy),
        policy,
        input_tokens: 10,
        least_tokens: 10,
        output_tokens: 100,
        difficulty: 0.3,
        is_online: true,
        ..Query::default()
    }
}

fn goal(goal: Goal) -> Query {
    query(Policy { goal: Some(goal), ..Policy::default() })
}

#[allow(clippy::unnecessary_wraps)] // As the fields of a policy want it.
fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

fn chain_in(table: &Table, query: &Query) -> Vec<String> {
    let choice = decide(table, query).unwrap();
    choice.chain.iter().map(|row| table.key(*row).unwrap().to_string()).collect()
}

fn chain(query: &Query) -> Vec<String> {
    chain_in(&table(), query)
}

fn objection(address: &str, query: &Query) -> String {
    let excluded = exclusions(&table(), query);
    excluded.into_iter().find(|exclusion| exclusion.model == address).unwrap().reason.code
}

fn sentence(query: &Query) -> String {
    let table = table();
    let choice = decide(&table, query).unwrap();
    let key = table.key(choice.chosen).unwrap();
    let locality = Table::locality(table.traits[choice.chosen as usize]);
    let config = ModelConfig::unknown(key.provider(), key.id(), locality);
    why(&table, &choice, query, &config, crate::base::money::Money::from_usd(0.0)).message
}

#[test]
fn each_goal_chooses_what_its_name_says() {
    assert_eq!(chain(&goal(Goal::Quality))[0], "cloud/best");
    assert_eq!(chain(&goal(Goal::Speed))[0], "cloud/cheap");
    assert_eq!(chain(&goal(Goal::Cost))[0], "ollama/small");
    assert_eq!(chain(&goal(Goal::Privacy))[0], "ollama/small");
    assert_eq!(chain(&goal(Goal::Balanced))[0], "ollama/small");
}

#[test]
fn privacy_never_leaves_the_machine_not_even_to_fall_back() {
    assert_eq!(chain(&goal(Goal::Privacy)).len(), 3);
    for address in ["lan/middle", "cloud/cheap", "cloud/best"] {
        assert_eq!(objection(address, &goal(Goal::Privacy)), "too-far");
    }
}

#[test]
fn stay_within_is_absolute_under_every_goal() {
    for (within, allowed) in [(Within::Page, 1), (Within::Device, 3), (Within::Network, 4)] {
        for wish in [Goal::Cost, Goal::Quality, Goal::Speed, Goal::Balanced] {
            let policy = Policy {
                goal: Some(wish),
                stay_within: Some(within),
                prefer: names(&["cloud"]),
                ..Policy::default()
            };
            assert_eq!(chain(&query(policy)).len(), allowed, "{within:?} {wish:?}");
        }
    }
}

#[test]
fn a_hard_question_goes_to_a_better_model_than_an_easy_one() {
    let local = Policy { goal: Some(Goal::Balanced), stay_within: Some(Within::Device), ..Policy::default() };
    let asked = |difficulty| chain(&Query { difficulty, ..query(local.clone()) })[0].clone();
    assert_eq!(asked(0.0), "ollama/small");
    assert_eq!(asked(1.0), "ollama/large");
}

#[test]
fn an_unknown_price_is_left_out_under_any_cap() {
    let capped = query(Policy { max_cost: Some(1_000.0), ..Policy::default() });
    assert_eq!(objection("lan/middle", &capped), "price-unknown");
    let tight = query(Policy { max_cost: Some(0.001), ..Policy::default() });
    assert_eq!(objection("cloud/best", &tight), "too-expensive");
    let nothing = query(Policy { max_cost: Some(0.0), ..Policy::default() });
    assert!(chain(&nothing).iter().all(|address| !address.starts_with("cloud")));
}

#[test]
fn each_filter_has_its_reason() {
    let base = Policy::default();
    for (policy, address, code) in [
        (Policy { allow: names(&["ollama"]), ..base.clone() }, "page/tiny", "not-allowed"),
        (Policy { deny: names(&["cloud/best"]), ..base.clone() }, "cloud/best", "denied"),
        (Policy { min_quality: Some(Quality::High), ..base.clone() }, "page/tiny", "quality-too-low"),
        (Policy { max_total_ms: Some(10_000.0), ..base.clone() }, "ollama/large", "too-slow"),
        (Policy { max_first_token_ms: Some(5_000.0), ..base.clone() }, "page/tiny", "first-token-too-late"),
    ] {
        assert_eq!(objection(address, &query(policy)), code);
    }
    let mut needs_sight = query(base.clone());
    needs_sight.needs = vec!["vision"];
    assert_eq!(objection("page/tiny", &needs_sight), "lacks-capability");
    let mut long = query(base.clone());
    long.input_tokens = 8_192;
    assert_eq!(objection("page/tiny", &long), "context-too-small");
    let mut offline = query(base.clone());
    offline.is_online = false;
    assert_eq!(objection("cloud/best", &offline), "offline");
    let mut pinned = query(base);
    pinned.pinned = ModelKey::parse("ollama/small");
    assert_eq!(objection("ollama/large", &pinned), "not-pinned");
}

#[test]
fn what_does_not_answer_comes_last_and_what_is_unknown_after_what_is_up() {
    let mut table = table();
    let unknown = row("other/good", Locality::Cloud, 0.95, Some(0.0), 1_000.0);
    table.put(unknown);
    table.set_provider("cloud", ProviderState::Down, false);
    let query = goal(Goal::Quality);
    assert_eq!(chain_in(&table, &query)[0], "ollama/large");
    let explanation = explain(&table, &query);
    let order: Vec<&str> = explanation.scores.iter().map(|score| score.model.as_str()).collect();
    assert_eq!(order[4..], ["other/good", "cloud/best", "cloud/cheap"]);
    let notes: Vec<_> =
        explanation.scores.iter().map(|score| score.note.as_ref().map(|note| note.code.as_str())).collect();
    assert_eq!(notes[4..], [Some("provider-unknown"), Some("provider-down"), Some("provider-down")]);
    assert!(notes[..4].iter().all(Option::is_none));
}

#[test]
fn what_is_preferred_comes_first_in_its_order() {
    let policy = Policy { prefer: names(&["lan", "page/tiny"]), ..Policy::default() };
    assert_eq!(chain(&query(policy))[..2], ["lan/middle", "page/tiny"]);
}

#[test]
fn a_named_fallback_follows_the_chosen_one_and_only_if_it_fits() {
    let policy = Policy {
        goal: Some(Goal::Quality),
        fallback: Some(Fallback::Models(vec![
            "page/tiny".to_owned(),
            "lan".to_owned(),
            "ollama/*".to_owned(),
        ])),
        deny: names(&["lan"]),
        ..Policy::default()
    };
    assert_eq!(chain(&query(policy)), ["cloud/best", "page/tiny", "ollama/large", "ollama/small"]);
    let none = Policy { fallback: Some(Fallback::Allowed(false)), ..Policy::default() };
    assert_eq!(chain(&query(none)).len(), 1);
}

#[test]
fn a_pinned_model_comes_first_and_its_named_fallbacks_after_it_whatever_their_scores() {
    let named = Some(Fallback::Models(vec!["page/tiny".to_owned(), "cloud".to_owned()]));
    let mut wish = query(Policy { fallback: named, goal: Some(Goal::Quality), ..Policy::default() });
    wish.pinned = ModelKey::parse("ollama/small");
    assert_eq!(chain(&wish), ["ollama/small", "page/tiny", "cloud/best", "cloud/cheap"]);
    assert_eq!(decide(&table(), &wish).unwrap().why, Why::Pinned);
    wish.policy.deny = names(&["ollama"]);
    assert_eq!(chain(&wish), ["page/tiny", "cloud/best", "cloud/cheap"]);
    assert_eq!(decide(&table(), &wish).unwrap().why, Why::NamedFallback);
}

#[test]
fn a_conversation_stays_until_another_model_is_clearly_better() {
    let close = row("ollama/close", Locality::Device, 0.80, Some(0.0), 45_000.0);
    let table = table_of(rows().into_iter().chain([close]));
    let mut talk = goal(Goal::Quality);
    talk.incumbent = ModelKey::parse("ollama/close");
    assert_eq!(chain_in(&table, &talk)[..2], ["ollama/close", "cloud/best"]);
    assert_eq!(decide(&table, &talk).unwrap().why, Why::Stays);
    assert_eq!(explain(&table, &talk).scores[0].model, "ollama/close");
    talk.incumbent = ModelKey::parse("ollama/large");
    assert_eq!(chain_in(&table, &talk)[0], "cloud/best");
}

#[test]
fn the_reason_can_be_read_aloud() {
    assert_eq!(
        sentence(&goal(Goal::Privacy)),
        "small runs on this machine, so the text does not leave it; it is the best of 3 models that keep it as near."
    );
    assert_eq!(
        sentence(&goal(Goal::Speed)),
        "cheap is expected to answer soonest, with its first word after about 0.5 s."
    );
}

#[test]
fn nothing_that_fits_is_a_list_of_reasons() {
    let impossible = query(Policy { allow: names(&["nobody"]), ..Policy::default() });
    assert_eq!(decide(&table(), &impossible), None);
    let excluded = exclusions(&table(), &impossible);
    assert_eq!(excluded.len(), 6);
    assert!(excluded.iter().all(|exclusion| exclusion.reason.code == "not-allowed"));
}

#[test]
fn the_nearest_miss_is_the_one_that_is_easiest_to_mend() {
    let mut table = table();
    table.set_provider("cloud", ProviderState::Up, true);
    let mut wish = query(Policy {
        min_quality: Some(Quality::High),
        deny: names(&["ollama/large"]),
        ..Policy::default()
    });
    assert_eq!(nearest_miss(&table, &wish).unwrap().reason.code, "no-key");
    wish.policy.stay_within = Some(Within::Device);
    assert_eq!(nearest_miss(&table, &wish).unwrap().reason.code, "quality-too-low");
}

#[test]
fn the_best_cloud_model_is_found_wherever_the_text_has_to_stay() {
    let mut table = table();
    table.set_provider("cloud", ProviderState::Down, true);
    let unpriced = Row { price: None, ..row("cloud/unpriced", Locality::Cloud, 1.0, None, 1.0) };
    table.put(unpriced);
    let best = best_in_cloud(&table, &Query { is_online: false, ..goal(Goal::Privacy) }).unwrap();
    assert_eq!(table.key(best).unwrap().to_string(), "cloud/cheap");
    let best = best_in_cloud(&table, &goal(Goal::Quality)).unwrap();
    assert_eq!(table.key(best).unwrap().to_string(), "cloud/best");
}
