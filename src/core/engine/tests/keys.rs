//! Stories about keys: is one taken, before and after it is set.

use super::story::World;
use crate::engine::{Request, Settlement, Transport, TransportFailure};
use crate::model::ErrorCode;
use crate::model::report::{KeyLife, KeyVerdict};

const FAR: &str =
    r#"{"providers":{"far":{"kind":"openai","endpoint":"https://far.example"},"ollama":{"disabled":true}}}"#;

fn check(world: &mut World, is_trial: bool) {
    world.request("k", Request::CheckKey { provider: "far".to_owned(), is_trial });
}

fn verdict(world: &World) -> &KeyVerdict {
    match world.outcome("k") {
        Ok(Settlement::Key(verdict)) => verdict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_on_trial_is_asked_for_by_the_name_of_its_check_and_goes_only_to_its_provider() {
    let mut world = World::new(FAR);
    check(&mut world, true);
    let request = &world.sent[0].1;
    let credential = request.credential.as_ref().unwrap();
    assert_eq!((credential.owner.as_str(), credential.name.as_str()), ("far", "check:k"));
    assert_eq!((request.method, request.body.is_none()), ("GET", true));
    assert!(request.url.starts_with("https://far.example/v1/"));
    world.answer(0, 200, r#"{"data":[]}"#);
    assert_eq!(verdict(&world).live, KeyLife::Valid);
}

#[test]
fn a_key_that_was_set_is_asked_for_by_its_providers_name() {
    let mut world = World::new(FAR);
    check(&mut world, false);
    assert_eq!(world.sent[0].1.credential.as_ref().unwrap().name, "far");
}

#[test]
fn a_refusal_is_told_apart_from_silence_and_from_an_empty_account() {
    for (status, body, live) in [
        (401, r#"{"error":{"message":"Invalid API key"}}"#, KeyLife::Invalid),
        (429, r#"{"error":{"message":"slow down"}}"#, KeyLife::Valid),
        (503, "", KeyLife::Unreachable),
    ] {
        let mut world = World::new(FAR);
        check(&mut world, true);
        world.answer(0, status, body);
        assert_eq!(verdict(&world).live, live, "{status}");
    }
    let mut silent = World::new(FAR);
    check(&mut silent, true);
    silent.wait(10_000);
    assert_eq!(verdict(&silent).live, KeyLife::Unreachable);
    let mut refused = World::new(FAR);
    check(&mut refused, true);
    refused.fail(0);
    assert_eq!(verdict(&refused).live, KeyLife::Unreachable);
}

#[test]
fn a_key_that_cannot_stand_in_a_header_is_invalid_without_being_sent() {
    let mut world = World::new(FAR);
    check(&mut world, true);
    world.transport(0, Transport::Failed(TransportFailure::BadKey));
    assert_eq!(verdict(&world).live, KeyLife::Invalid);
}

#[test]
fn nobody_can_be_asked_about_a_provider_that_is_not_set_up() {
    let mut world = World::new(FAR);
    world.request("k", Request::CheckKey { provider: "nobody".to_owned(), is_trial: true });
    assert_eq!(world.error("k").code, ErrorCode::InvalidRequest);
}
