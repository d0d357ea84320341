//! The caller does not want it any more.

use super::story::World;
use crate::engine::Request;

#[test]
fn cancelling_aborts_at_the_server_and_nothing_more_is_heard() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, "Once");
    world.transcript.clear();
    world.request("a", Request::Cancel);
    world.say(2, " upon");
    world.fail(2);
    world.expect("0 abort 2\n0 » fail 2");
    assert!(world.settled.is_empty());
    assert!(world.engine.queue().is_empty());
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn cancelling_while_it_waits_for_discovery_asks_nobody() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.request("a", Request::Cancel);
    world.answer(
        0,
        200,
        r#"{"models":[{"name":"m","capabilities":["completion"],"details":{"context_length":4096}}]}"#,
    );
    world.answer(1, 200, r#"{"models":[]}"#);
    assert!(!world.transcript.iter().any(|line| line.contains("POST")));
}

#[test]
fn cancelling_before_the_store_answered_asks_nobody() {
    let mut world = World::with_unanswered_store("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.request("a", Request::Cancel);
    for record in crate::engine::Record::ALL {
        world.put(crate::engine::Input::Store(crate::engine::StoreAnswer::Loaded(record, None)));
    }
    assert_eq!(world.transcript.len(), 1);
}

#[test]
fn cancelling_what_does_not_run_does_nothing() {
    let mut world = World::new("{}");
    world.request("nobody", Request::Cancel);
    world.expect("");
}

#[test]
fn one_of_two_is_cancelled_and_the_other_goes_on() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.generate("b", r#"{"prompt":"Hello"}"#);
    world.request("a", Request::Cancel);
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    assert_eq!(world.text("b").text, "Hi");
    assert_eq!(world.settled.len(), 1);
}
