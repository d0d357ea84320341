//! Decisions that a person would agree with.

use super::*;
use crate::model::policy::Within;
use crate::model::{Locality, Price, Quality};

/// A model on a shelf from which candidates are made.
struct Shelf {
    key: ModelKey,
    config: ModelConfig,
    quality: f64,
    estimate: Estimate,
    state: ProviderState,
}

fn shelf(address: &str, locality: Locality, quality: f64, cost: Option<f64>, total_ms: f64) -> Shelf {
    let key = ModelKey::parse(address).unwrap();
    let word = if quality < 0.46 {
        Quality::Low
    } else if quality < 0.67 {
        Quality::Medium
    } else {
        Quality::High
    };
    Shelf {
        config: ModelConfig {
            id: key.id().to_owned(),
            name: key.id().to_owned(),
            provider: key.provider().to_owned(),
            modality: Modality::Text,
            capabilities: vec!["tools".to_owned()],
            cost_per_token: None,
            quality: word,
            is_local: locality.is_local(),
            is_available: true,
            locality: Some(locality),
            context_length: Some(8_192),
            warm: None,
            size_bytes: None,
            price: cost.map(|_| Price::FREE),
        },
        key,
        quality,
        estimate: Estimate {
            cost,
            first_token_ms: total_ms / 4.0,
            total_ms,
            input_tokens: 10,
            output_tokens: 100,
        },
        state: ProviderState::Up,
    }
}

/// One model of each kind: in the page, two on this machine, one in the neighbourhood, two in the cloud.
fn shelves() -> Vec<Shelf> {
    vec![
        shelf("page/tiny", Locality::Page, 0.12, Some(0.0), 40_000.0),
        shelf("ollama/small", Locality::Device, 0.42, Some(0.0), 6_000.0),
        shelf("ollama/large", Locality::Device, 0.70, Some(0.0), 45_000.0),
        shelf("lan/middle", Locality::Network, 0.55, None, 9_000.0),
        shelf("cloud/cheap", Locality::Cloud, 0.60, Some(0.000_1), 2_000.0),
        shelf("cloud/best", Locality::Cloud, 0.90, Some(0.02), 5_000.0),
    ]
}

fn candidates(shelves: &[Shelf]) -> impl Iterator<Item = Candidate<'_>> {
    shelves.iter().map(|shelf| Candidate {
        key: &shelf.key,
        config: &shelf.config,
        quality: shelf.quality,
        estimate: shelf.estimate,
        provider_state: shelf.state,
    })
}

fn query(policy: Policy) -> Query {
    Query {
        sensitive: policy.goal == Some(Goal::Privacy),
        policy,
        pinned: None,
        modality: Modality::Text,
        needs: Vec::new(),
        input_tokens: 10,
        output_tokens: 100,
        difficulty: 0.3,
        is_online: true,
    }
}

fn goal(goal: Goal) -> Query {
    query(Policy { goal: Some(goal), ..Policy::default() })
}

#[allow(clippy::unnecessary_wraps)] // As the fields of a policy want it.
fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

fn chain(query: &Query) -> Vec<String> {
    decide(candidates(&shelves()), query).unwrap().chain
}

fn objection(address: &str, query: &Query) -> String {
    let explanation = explain(candidates(&shelves()), query);
    explanation.excluded.into_iter().find(|exclusion| exclusion.model == address).unwrap().reason.code
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
    let mut hard = goal(Goal::Privacy);
    hard.difficulty = 1.0;
    hard.policy.goal = Some(Goal::Balanced);
    hard.policy.stay_within = Some(Within::Device);
    let mut easy = hard.clone();
    easy.difficulty = 0.0;
    let quality = |query: &Query| decide(candidates(&shelves()), query).unwrap().chosen.quality;
    assert!(quality(&hard) >= quality(&easy));
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
    let mut shelves = shelves();
    shelves[5].state = ProviderState::Down;
    shelves[4].state = ProviderState::Unknown;
    let query = goal(Goal::Quality);
    let decision = decide(candidates(&shelves), &query).unwrap();
    assert_eq!(decision.chain[0], "ollama/large");
    let explanation = explain(candidates(&shelves), &query);
    let order: Vec<&str> = explanation.scores.iter().map(|score| score.model.as_str()).collect();
    assert_eq!(order[4..], ["cloud/cheap", "cloud/best"]);
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
        fallback: Some(Fallback::Models(vec!["page/tiny".to_owned(), "lan".to_owned()])),
        deny: names(&["lan"]),
        ..Policy::default()
    };
    assert_eq!(chain(&query(policy)), ["cloud/best", "page/tiny"]);
    let none = Policy { fallback: Some(Fallback::Allowed(false)), ..Policy::default() };
    assert_eq!(chain(&query(none)).len(), 1);
}

#[test]
fn a_pinned_model_with_named_fallbacks_falls_back_to_them() {
    let mut wish =
        query(Policy { fallback: Some(Fallback::Models(vec!["page/tiny".to_owned()])), ..Policy::default() });
    wish.pinned = ModelKey::parse("cloud/best");
    wish.policy.prefer = names(&["cloud/best"]);
    assert_eq!(chain(&wish), ["cloud/best", "page/tiny"]);
}

#[test]
fn the_same_table_in_another_order_gives_the_same_decision() {
    let shelves = shelves();
    for wish in [Goal::Privacy, Goal::Cost, Goal::Quality, Goal::Speed, Goal::Balanced] {
        let forward = decide(candidates(&shelves), &goal(wish));
        let all: Vec<Candidate<'_>> = candidates(&shelves).collect();
        let backward = decide(all.into_iter().rev(), &goal(wish));
        assert_eq!(forward, backward);
    }
}

#[test]
fn the_reason_can_be_read_aloud() {
    let privacy = decide(candidates(&shelves()), &goal(Goal::Privacy)).unwrap().why;
    assert_eq!(privacy.code, "most-private");
    assert_eq!(
        privacy.message,
        "small runs on this machine, so the text does not leave it; it is the best of 3 models that keep it here."
    );
    let speed = decide(candidates(&shelves()), &goal(Goal::Speed)).unwrap().why;
    assert_eq!(speed.message, "cheap is expected to answer soonest, with its first word after about 0.5 s.");
}

#[test]
fn nothing_that_fits_is_a_list_of_reasons() {
    let impossible = query(Policy { allow: names(&["nobody"]), ..Policy::default() });
    let excluded = decide(candidates(&shelves()), &impossible).unwrap_err();
    assert_eq!(excluded.len(), 6);
    assert!(excluded.iter().all(|exclusion| exclusion.reason.code == "not-allowed"));
}
