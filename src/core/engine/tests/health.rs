//! Who is left alone and for how long, and how those who did not answer are found again.

use super::story::{World, everyone, only};
use crate::engine::{Input, Request, World as Network};
use crate::model::ErrorCode;
use crate::model::health::{Breaker, ProviderState};

const DONE: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn world(more: &str) -> World {
    let mut world = World::new(&format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},
            "far":{{"kind":"openai","endpoint":"https://far.example/v1"}},
            "other":{{"kind":"openai","endpoint":"https://other.example/v1"}}}}{more}}}"#
    ));
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    world.answer(1, 200, r#"{"data":[{"id":"m"}]}"#);
    world.settled.clear();
    world.transcript.clear();
    world
}

const PREFER: &str = r#","policy":{"prefer":["far"]}"#;
const ALONE: &str = r#","policy":{"allow":["far"]}"#;

fn last(world: &World) -> u32 {
    world.sent.last().unwrap().0.number()
}

fn last_url(world: &World) -> &str {
    &world.sent.last().unwrap().1.url
}

fn answer(world: &mut World) {
    world.answer(last(world), 200, DONE);
}

/// Five requests at which the first provider fails and the other answers.
fn wear_out(world: &mut World) {
    for number in 0..5 {
        world.generate(&format!("w{number}"), &format!(r#"{{"prompt":"Hello {number}"}}"#));
        assert!(last_url(world).starts_with("https://far."), "{number}");
        world.answer(last(world), 503, "");
        answer(world);
    }
}

fn breaker(world: &World) -> Breaker {
    world.engine.health()[0].models[0].state
}

#[test]
fn who_fails_five_times_is_passed_over_and_tried_by_one_request_after_five_seconds() {
    let mut world = world(PREFER);
    wear_out(&mut world);
    assert_eq!((breaker(&world), world.engine.health()[0].state), (Breaker::Open, ProviderState::Degraded));
    world.generate("a", r#"{"prompt":"A"}"#);
    assert!(last_url(&world).starts_with("https://other."));
    answer(&mut world);
    let request = crate::base::json::read(br#"{"prompt":"Hello"}"#).unwrap();
    let decision = world.engine.route(&request).unwrap();
    assert_eq!(world.engine.explain(&decision).excluded[0].reason.code, "failing");
    world.wait(5_000);
    // Of two that come together one tries it.
    world.generate("b", r#"{"prompt":"B"}"#);
    assert!(last_url(&world).starts_with("https://far."));
    let trial = last(&world);
    assert_eq!(breaker(&world), Breaker::HalfOpen);
    world.generate("c", r#"{"prompt":"C"}"#);
    assert!(last_url(&world).starts_with("https://other."));
    answer(&mut world);
    world.answer(trial, 200, DONE);
    assert_eq!((breaker(&world), world.engine.health()[0].state), (Breaker::Closed, ProviderState::Up));
    world.generate("d2", r#"{"prompt":"D"}"#);
    assert!(last_url(&world).starts_with("https://far."));
}

#[test]
fn a_trial_that_fails_doubles_the_pause() {
    let mut world = world(PREFER);
    wear_out(&mut world);
    world.wait(5_000);
    world.generate("a", r#"{"prompt":"A"}"#);
    assert!(last_url(&world).starts_with("https://far."));
    world.answer(last(&world), 503, "");
    answer(&mut world);
    for (pause, at) in [(9_999, "https://other."), (1, "https://far.")] {
        world.wait(pause);
        world.generate(at, &format!(r#"{{"prompt":"{at}"}}"#));
        assert!(last_url(&world).starts_with(at));
        answer(&mut world);
    }
}

#[test]
fn a_trial_that_is_cancelled_leaves_the_next_one_to_try() {
    let mut world = world(PREFER);
    wear_out(&mut world);
    world.wait(5_000);
    world.generate("a", r#"{"prompt":"A"}"#);
    world.request("a", Request::Cancel);
    world.generate("b", r#"{"prompt":"B"}"#);
    assert!(last_url(&world).starts_with("https://far."));
}

#[test]
fn the_last_model_is_never_shut_out() {
    let mut world = world(ALONE);
    for number in 0..3 {
        world.generate(&format!("w{number}"), &format!(r#"{{"prompt":"Hello {number}"}}"#));
        while world.settled.len() <= number {
            world.answer(last(&world), 503, "");
            world.wait(1_000);
        }
    }
    assert_eq!(breaker(&world), Breaker::Open);
    world.generate("a", r#"{"prompt":"A"}"#);
    assert!(last_url(&world).starts_with("https://far."), "asked as the one that tries it");
    answer(&mut world);
    assert_eq!((world.text("a").text.as_str(), breaker(&world)), ("Hi", Breaker::Closed));
}

#[test]
fn a_refused_key_is_not_used_again_until_there_is_another() {
    let mut world = world(PREFER);
    world.generate("a", r#"{"prompt":"A"}"#);
    world.answer(last(&world), 401, r#"{"error":{"message":"Invalid API key"}}"#);
    answer(&mut world);
    world.wait(24 * 3_600_000);
    world.generate("b", r#"{"prompt":"B"}"#);
    assert!(last_url(&world).starts_with("https://other."), "a day does not mend a key");
    answer(&mut world);
    let health = world.engine.health();
    assert_eq!(health[0].reason.as_ref().unwrap().code, "key-refused");
    assert_eq!(health[0].retry_at, None);
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.generate("c", r#"{"prompt":"C"}"#);
    let asked = |line: &String| line.ends_with("c: attempt 1 far/m");
    assert!(world.transcript.iter().any(asked), "{}", world.transcript.join("\n"));
}

#[test]
fn the_only_provider_hears_from_its_server_that_the_key_is_bad() {
    let mut world = world(ALONE);
    for id in ["a", "b"] {
        world.generate(id, &format!(r#"{{"prompt":"{id}"}}"#));
        world.answer(last(&world), 401, r#"{"error":{"message":"Invalid API key"}}"#);
        assert_eq!(world.error(id).code, ErrorCode::InvalidKey);
    }
}

#[test]
fn a_server_on_this_machine_is_found_again_by_itself_while_somebody_looks() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.put(Input::World(Network::Visible));
    world.generate("a", r#"{"prompt":"A"}"#);
    world.fail(2);
    assert_eq!(world.engine.health()[0].state, ProviderState::Down);
    let retry_at = world.engine.health()[0].retry_at.unwrap().epoch_millis();
    let pause = retry_at - world.now().wall.epoch_millis();
    assert!((2_500..=5_000).contains(&pause), "{pause}");
    // It looks under both names of this machine, in vain.
    world.wait(5_000);
    assert_eq!(last_url(&world), "http://localhost:11434/api/tags");
    world.fail(3);
    world.fail(4);
    let second = world.engine.health()[0].retry_at.unwrap().epoch_millis() - retry_at;
    assert!((5_000..=10_000).contains(&second), "{second}");
    world.wait(10_000);
    world.answer(5, 200, r#"{"models":[{"name":"m","model":"m","details":{"context_length":8192},"capabilities":["completion"]}]}"#);
    world.answer(6, 200, r#"{"models":[]}"#);
    let health = world.engine.health();
    assert_eq!((health[0].state, health[0].retry_at), (ProviderState::Up, None));
    assert!(world.engine.poll_timeout().is_none(), "who is well is left alone");
}

#[test]
fn nobody_is_looked_for_while_nobody_looks() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"A"}"#);
    world.fail(2);
    assert!(world.engine.poll_timeout().is_none());
    world.wait(3_600_000);
    assert_eq!(last(&world), 2);
    world.put(Input::World(Network::Visible));
    world.wait(1_000);
    assert_eq!(last_url(&world), "http://localhost:11434/api/tags");
    world.fail(3);
    world.fail(4);
    world.put(Input::World(Network::Hidden));
    world.wait(3_600_000);
    assert_eq!(last(&world), 4);
}

#[test]
fn nobody_is_looked_for_while_something_runs() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.put(Input::World(Network::Visible));
    world.generate("a", r#"{"prompt":"A"}"#);
    world.generate("b", r#"{"prompt":"B"}"#);
    world.fail(2);
    world.head(3, 200);
    for _ in 0..4 {
        world.say(3, "word ");
        world.wait(20_000);
    }
    assert_eq!(last(&world), 3);
    // Its words showed that it is well.
    world.done(3);
    world.wait(600_000);
    assert_eq!((last(&world), world.engine.health()[0].state), (3, ProviderState::Up));
}

#[test]
fn a_door_that_nobody_ever_opened_is_not_knocked_at_for_ever() {
    let mut world = World::new("{}");
    world.put(Input::World(Network::Visible));
    world.request("d", only("ollama"));
    world.fail(0);
    world.fail(1);
    assert_eq!(world.engine.health()[0].state, ProviderState::Down);
    world.wait(3_600_000);
    assert_eq!(last(&world), 1);
    // Somebody who comes back may have started it.
    world.put(Input::World(Network::Hidden));
    world.put(Input::World(Network::Visible));
    world.wait(1_000);
    assert_eq!(last(&world), 2);
}

#[test]
fn who_was_cut_off_is_looked_at_when_the_network_is_back_and_not_before() {
    let mut world = world("");
    world.put(Input::World(Network::Visible));
    world.generate("a", r#"{"prompt":"A"}"#);
    world.fail(last(&world));
    world.fail(last(&world));
    world.request("a", Request::Cancel);
    world.put(Input::World(Network::Offline));
    let sent = world.sent.len();
    world.wait(3_600_000);
    assert_eq!(world.sent.len(), sent);
    world.put(Input::World(Network::Online));
    assert_eq!(world.sent.len(), sent, "not all at the same moment");
    world.wait(1_000);
    // Both are down; each is looked at once, one after the other.
    assert_eq!(world.sent.len(), sent + 1);
    world.answer(last(&world), 200, r#"{"data":[{"id":"m"}]}"#);
    world.wait(1_000);
    assert_eq!(world.sent.len(), sent + 2);
    world.answer(last(&world), 200, r#"{"data":[{"id":"m"}]}"#);
    assert!(world.engine.health().iter().all(|health| health.state == ProviderState::Up));
}

#[test]
fn offline_what_is_on_this_machine_answers_and_without_it_the_error_says_why() {
    let mut world = World::new(
        r#"{"providers":{"far":{"kind":"openai","endpoint":"https://far.example/v1"}},
            "policy":{"prefer":["far"]}}"#,
    );
    world.request("d", everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    world.answer(1, 200, r#"{"models":[{"name":"m","model":"m","details":{"context_length":8192},"capabilities":["completion"]}]}"#);
    world.answer(2, 200, r#"{"models":[]}"#);
    world.generate("a", r#"{"prompt":"A"}"#);
    assert!(last_url(&world).starts_with("https://far."));
    world.put(Input::World(Network::Offline));
    world.fail(last(&world));
    assert_eq!(last_url(&world), "http://localhost:11434/api/chat");
    world.head(last(&world), 200);
    world.say(last(&world), "Hi");
    world.done(last(&world));
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.model.as_str(), receipt.attempts[0].outcome.code.as_str()), ("ollama/m", "offline"));
    assert_eq!(world.engine.health()[0].state, ProviderState::Up, "the server is not at fault");
    world.generate("b", r#"{"prompt":"B","policy":{"allow":["far"]}}"#);
    // It looks at who is near, since nobody known may answer.
    world.wait(2_000);
    assert_eq!(world.error("b").code, ErrorCode::Offline);
    assert_eq!(world.error("b").excluded.as_ref().unwrap().len(), 2);
    world.put(Input::World(Network::Online));
    world.generate("c", r#"{"prompt":"C"}"#);
    assert!(last_url(&world).starts_with("https://far."));
}

#[test]
fn when_all_of_a_chain_failed_whoever_was_left_alone_is_asked_and_the_decision_stays_what_it_was() {
    let mut world = world(PREFER);
    wear_out(&mut world);
    world.generate("b", r#"{"prompt":"B"}"#);
    assert!(last_url(&world).starts_with("https://other."));
    world.answer(last(&world), 200, "<!doctype html>");
    assert!(last_url(&world).starts_with("https://far."));
    answer(&mut world);
    let receipt = &world.text("b").receipt;
    assert_eq!((receipt.model.as_str(), receipt.attempts.len()), ("far/m", 2));
    assert_eq!(receipt.decision.chain, ["other/m"]);
}

#[test]
fn when_the_network_goes_the_model_here_that_was_left_alone_is_asked() {
    let mut world = World::with_ollama(
        r#"{"providers":{"far":{"kind":"openai","endpoint":"https://far.example/v1"}},"policy":{"prefer":["ollama"]}}"#,
        &[("here", "")],
    );
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", only("far"));
    world.answer(last(&world), 200, r#"{"data":[{"id":"m"}]}"#);
    for number in 0..5 {
        world.generate(&format!("w{number}"), r#"{"prompt":"Hello"}"#);
        world.answer(last(&world), 500, r#"{"error":"crash"}"#);
        answer(&mut world);
    }
    world.generate("a", r#"{"prompt":"A"}"#);
    assert!(last_url(&world).starts_with("https://far."), "the one here rests");
    world.answer(last(&world), 429, "");
    world.put(Input::World(Network::Offline));
    assert!(last_url(&world).starts_with("http://localhost:11434/api/chat"), "{:?}", world.transcript);
    world.head(last(&world), 200);
    world.say(last(&world), "Here");
    world.done(last(&world));
    assert_eq!(world.text("a").text, "Here");
}
