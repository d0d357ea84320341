//! The limits of waiting, on the virtual clock.

use super::story::World;
use crate::model::ErrorCode;

const ONE: &[(&str, &str)] = &[("m", "")];

#[test]
fn a_local_model_may_take_three_minutes_to_load() {
    let mut world = World::with_ollama("{}", ONE);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(179_999);
    assert!(world.settled.is_empty());
    world.wait(1);
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
    assert!(world.transcript.iter().any(|line| line.ends_with("180000 abort 2")));
}

#[test]
fn silence_in_the_middle_of_an_answer_is_a_failure_and_every_word_resets_the_clock() {
    let mut world = World::with_ollama("{}", ONE);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    for _ in 0..4 {
        world.say(2, "some words of which there are enough ");
        world.wait(29_000);
    }
    assert!(world.settled.is_empty());
    world.wait(1_000);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Timeout);
    assert_eq!(error.partial.as_ref().unwrap().text, "some words of which there are enough ".repeat(4));
}

#[test]
fn a_piece_of_a_line_is_no_sign_of_life() {
    let mut world = World::with_ollama(r#"{"timeouts":{"idleMs":1000}}"#, ONE);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, "word");
    for _ in 0..3 {
        world.wait(400);
        world.chunk(2, "{");
    }
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
}

#[test]
fn the_whole_answer_has_a_limit() {
    let mut world = World::with_ollama(r#"{"timeouts":{"totalMs":50000}}"#, ONE);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    for _ in 0..5 {
        world.say(2, "enough words ");
        world.wait(10_000);
    }
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
    assert!(world.error("a").hint.as_ref().unwrap().contains("totalMs"));
    assert!(world.engine.poll_timeout().is_none());
}

#[test]
fn a_cloud_server_has_ten_seconds_for_its_head_and_a_local_one_has_not() {
    let options = |locality: &str, endpoint: &str| {
        format!(
            r#"{{"providers":{{"ollama":{{"disabled":true}},"x":{{"kind":"openai","endpoint":"{endpoint}","locality":"{locality}"}}}}}}"#
        )
    };
    let mut cloud = World::new(&options("cloud", "https://api.example.com"));
    cloud.generate("a", r#"{"prompt":"Hello"}"#);
    cloud.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    cloud.wait(10_000);
    assert_eq!(cloud.error("a").code, ErrorCode::Timeout);

    let mut local = World::new(&options("device", "http://localhost:8080"));
    local.generate("a", r#"{"prompt":"Hello"}"#);
    local.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    local.wait(170_000);
    assert!(local.settled.is_empty());
}

#[test]
fn time_outs_that_are_no_time_are_refused() {
    for ms in ["0", "-1"] {
        let options =
            crate::base::json::read(format!(r#"{{"timeouts":{{"idleMs":{ms}}}}}"#).as_bytes()).unwrap();
        assert_eq!(crate::engine::Engine::new(options).unwrap_err().code, ErrorCode::InvalidRequest);
    }
}
