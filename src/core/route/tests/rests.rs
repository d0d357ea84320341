//! Who is left alone for a while, in decisions.

use super::*;
use crate::base::time::Wall;
use crate::model::health::{Rest, RestReason};

fn rest(reason: RestReason) -> Rest {
    Rest { reason, retry_at: Some(Wall::from_epoch_millis(5_000)) }
}

/// Leaves some models of a provider alone.
fn leave(table: &mut Table, provider: &str, reason: RestReason, models: &[&str]) {
    table.set_rests(provider, None, models.iter().map(|id| ((*id).to_owned(), rest(reason))).collect());
}

#[test]
fn who_is_left_alone_is_shut_out_while_another_may_be_asked() {
    let mut table = table();
    for (reason, code) in [
        (RestReason::Cooling, "cooling"),
        (RestReason::Failing, "failing"),
        (RestReason::NoCredit, "no-credit"),
        (RestReason::KeyRefused, "key-refused"),
    ] {
        leave(&mut table, "cloud", reason, &["best"]);
        let query = goal(Goal::Quality);
        assert!(!chain_in(&table, &query).contains(&"cloud/best".to_owned()));
        let excluded = explain(&table, &query).excluded;
        assert_eq!((excluded.len(), excluded[0].model.as_str()), (1, "cloud/best"));
        assert_eq!(excluded[0].reason.code, code);
        assert_eq!(excluded[0].reason.params.get("retryAt"), Some(&5_000.0.into()));
    }
}

#[test]
fn the_last_who_may_be_asked_is_never_shut_out_and_who_only_rests_comes_before_who_is_down_or_refused() {
    let mut table = table_of([
        row("a/resting", Locality::Cloud, 0.5, Some(0.0), 1_000.0),
        row("b/down", Locality::Cloud, 0.6, Some(0.0), 1_000.0),
        row("c/refused", Locality::Cloud, 0.9, Some(0.0), 1_000.0),
    ]);
    leave(&mut table, "a", RestReason::Failing, &["resting"]);
    table.set_provider("b", ProviderState::Down, false);
    table.set_rests("c", Some(rest(RestReason::KeyRefused)), Vec::new());
    let query = goal(Goal::Quality);
    assert_eq!(chain_in(&table, &query), ["a/resting", "b/down"]);
    let explanation = explain(&table, &query);
    assert_eq!(explanation.scores[0].note.as_ref().unwrap().code, "failing");
    assert_eq!(explanation.excluded[0].reason.code, "key-refused");
    // With nobody else the refused one is asked too.
    let query = Query { policy: Policy { allow: names(&["c"]), ..Policy::default() }, ..query };
    assert_eq!(chain_in(&table, &query), ["c/refused"]);
    assert!(explain(&table, &query).excluded.iter().all(|one| one.model != "c/refused"));
}

#[test]
fn a_policy_is_never_eased_with_it() {
    let mut table = table();
    table.set_rests("ollama", Some(rest(RestReason::Failing)), Vec::new());
    let policy = Policy { stay_within: Some(Within::Device), deny: names(&["page"]), ..Policy::default() };
    assert!(chain_in(&table, &query(policy)).iter().all(|model| model.starts_with("ollama/")));
}

#[test]
fn a_conversation_leaves_a_model_that_is_left_alone() {
    let mut table = table();
    let held = Query { incumbent: ModelKey::parse("cloud/best"), ..goal(Goal::Quality) };
    assert_eq!(chain_in(&table, &held)[0], "cloud/best");
    leave(&mut table, "cloud", RestReason::Cooling, &["best"]);
    assert_eq!(chain_in(&table, &held)[0], "ollama/large");
}

#[test]
fn who_is_asked_for_by_name_gives_way_to_a_fallback_that_was_named_for_that() {
    let mut table = table();
    leave(&mut table, "cloud", RestReason::Cooling, &["best"]);
    let pinned = |fallback| Query {
        pinned: ModelKey::parse("cloud/best"),
        policy: Policy { fallback, ..Policy::default() },
        ..query(Policy::default())
    };
    assert_eq!(chain_in(&table, &pinned(None)), ["cloud/best"]);
    let named = Some(Fallback::Models(vec!["lan/middle".to_owned()]));
    assert_eq!(chain_in(&table, &pinned(named)), ["lan/middle", "cloud/best"]);
}
