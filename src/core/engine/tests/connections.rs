//! Long requests to a server near by wait for one of its few connections, and no limit but the total one runs meanwhile.

use super::embedding::world_with;
use super::story::World;
use crate::engine::{Request, Transport};
use crate::model::http::Lane;
use crate::model::report::{QueueEntry, QueueState};
use crate::model::request::EmbedRequest;
use crate::model::{ErrorCode, Event};

const ONE: &[(&str, &str)] = &[("m", "")];
const TWO: &[(&str, &str)] = &[("m", ""), ("n", "")];

/// A world in which the generation `a` stands in line as transport 2.
fn queued(options: &str, models: &[(&str, &str)], position: u32) -> World {
    let mut world = World::with_ollama(options, models);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.transport(2, Transport::Queued { position });
    world
}

fn entry(world: &World) -> QueueEntry {
    let queue = world.engine.queue();
    assert_eq!(queue.len(), 1);
    queue[0].clone()
}

fn lane(world: &World) -> Option<Lane> {
    world.sent.last().unwrap().1.lane
}

fn embed(world: &mut World, count: usize) {
    let request = EmbedRequest {
        texts: (0..count).map(|number| format!("word {number}")).collect(),
        model: None,
        policy: None,
        cache: None,
    };
    world.request("e", Request::Embed(Box::new(request)));
}

#[test]
fn who_waits_for_a_connection_sees_its_place_then_leaves_and_is_answered() {
    let mut world = World::with_ollama("{}", ONE);
    world.is_watching = true;
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/m"}"#);
    world.transcript.clear();
    world.transport(2, Transport::Queued { position: 2 });
    assert_eq!((entry(&world).state, entry(&world).position), (QueueState::Waiting, Some(2)));
    assert_eq!(entry(&world).model.as_deref(), Some("ollama/m"));
    world.wait(500);
    world.transport(2, Transport::Queued { position: 1 });
    assert_eq!(entry(&world).position, Some(1));
    world.wait(250);
    world.transport(2, Transport::Departed);
    assert_eq!((entry(&world).state, entry(&world).position), (QueueState::Running, None));
    world.expect(
        "
        0 changed Queue
        0 a: queue 2
        0 » wait 500
        500 changed Queue
        500 a: queue 1
        500 » wait 250
        750 changed Queue
        750 a: queue 0
        ",
    );
    world.wait(100);
    world.head(2, 200);
    world.say(2, "Hi");
    world.done(2);
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.duration_ms, receipt.first_token_ms), (850.0, Some(850.0)));
    let attempt = &receipt.attempts[0];
    assert_eq!((attempt.duration_ms, attempt.first_token_ms), (100.0, Some(100.0)));
    assert_eq!(attempt.started_at.epoch_millis(), 1_700_000_000_750);
}

#[test]
fn the_limits_of_a_server_begin_when_the_request_leaves() {
    let mut world = queued(r#"{"timeouts":{"firstTokenMs":1000,"totalMs":100000}}"#, ONE, 4);
    world.wait(90_000);
    assert!(world.settled.is_empty());
    world.transport(2, Transport::Departed);
    world.wait(999);
    assert!(world.settled.is_empty());
    world.wait(1);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(error.message.contains("said nothing within 1 s"), "{}", error.message);
}

#[test]
fn the_total_limit_ends_the_waiting_too_and_is_held_against_nobody() {
    let mut world = queued(r#"{"timeouts":{"totalMs":5000}}"#, TWO, 1);
    let health = world.engine.health();
    world.wait(4_999);
    assert!(world.settled.is_empty());
    world.wait(1);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(error.message.contains("was not asked in time"), "{}", error.message);
    assert!(world.transcript.iter().any(|line| line.ends_with("5000 abort 2")));
    assert_eq!(world.engine.poll_timeout(), None);
    assert_eq!(world.engine.health(), health);
}

#[test]
fn cancelling_in_line_ends_it_and_gives_its_place_to_others() {
    let mut world = queued("{}", ONE, 3);
    world.transcript.clear();
    world.request("a", Request::Cancel);
    world.transport(2, Transport::Departed);
    world.expect("0 abort 2");
    assert!(world.settled.is_empty() && world.engine.queue().is_empty());
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn who_fails_after_waiting_is_followed_by_the_next_which_may_wait_again() {
    let mut world = queued("{}", TWO, 1);
    world.transport(2, Transport::Departed);
    world.answer(2, 500, r#"{"error":"the runner died"}"#);
    assert_eq!(entry(&world).state, QueueState::Running);
    world.transport(3, Transport::Queued { position: 1 });
    assert_eq!(entry(&world).state, QueueState::Waiting);
    world.transport(3, Transport::Departed);
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    assert_eq!(world.text("a").text, "Hi");
    let positions: Vec<u32> = world
        .events
        .iter()
        .filter_map(|event| if let Event::Queue { position } = event { Some(*position) } else { None })
        .collect();
    assert_eq!(positions, [1, 0, 1, 0]);
}

#[test]
fn long_requests_to_servers_near_by_stand_in_line_and_others_do_not() {
    let mut world = World::with_ollama("{}", ONE);
    assert!(world.sent.iter().all(|(_, request)| request.lane.is_none()), "lists wait for nobody");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    assert_eq!(lane(&world), Some(Lane::Person));
    world.request("p", Request::Pull("ollama/a".to_owned()));
    assert_eq!(lane(&world), Some(Lane::Person));

    for (locality, expected) in [("network", Some(Lane::Person)), ("cloud", None)] {
        let mut world = World::new(&format!(
            r#"{{"providers":{{"ollama":{{"disabled":true}},"x":{{"kind":"openai","endpoint":"http://192.168.0.7","locality":"{locality}"}}}}}}"#
        ));
        world.generate("a", r#"{"prompt":"Hello"}"#);
        world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
        assert_eq!((world.sent.len(), lane(&world)), (2, expected), "{locality}");
    }
}

#[test]
fn more_texts_than_one_call_takes_are_a_batch() {
    let mut world = world_with("{}");
    embed(&mut world, 2);
    assert_eq!(lane(&world), Some(Lane::Person));
    world.request("e", Request::Cancel);
    embed(&mut world, 2_000);
    assert_eq!(lane(&world), Some(Lane::Batch));
}

#[test]
fn vectors_have_their_time_from_when_the_request_left() {
    let options = r#"{"timeouts":{"firstTokenMs":1000,"totalMs":9000}}"#;
    let mut world = world_with(options);
    embed(&mut world, 1);
    world.transport(2, Transport::Queued { position: 1 });
    world.wait(8_000);
    world.transport(2, Transport::Departed);
    world.wait(999);
    world.answer(2, 200, r#"{"embeddings":[[1]]}"#);
    assert!(world.outcome("e").is_ok());

    let mut world = world_with(options);
    embed(&mut world, 1);
    world.transport(2, Transport::Queued { position: 2 });
    world.wait(5_000);
    world.transport(2, Transport::Queued { position: 1 });
    world.wait(3_999);
    assert!(world.settled.is_empty());
    world.wait(1);
    let error = world.error("e");
    assert_eq!((error.code, error.message.contains("connections")), (ErrorCode::Timeout, true));
    assert!(world.transcript.iter().any(|line| line.ends_with("9000 abort 2")));
}

#[test]
fn a_download_waits_for_as_long_as_it_takes_and_says_so() {
    let mut world = World::with_ollama("{}", ONE);
    world.request("p", Request::Pull("ollama/a".to_owned()));
    world.transport(2, Transport::Queued { position: 1 });
    assert!(world.transcript.last().unwrap().ends_with("waiting for a connection, 1 in line"));
    world.wait(3_600_000);
    assert!(world.settled.is_empty());
    world.transport(2, Transport::Departed);
    world.wait(59_999);
    assert!(world.settled.is_empty());
    world.wait(1);
    assert_eq!(world.error("p").code, ErrorCode::Timeout);
}
