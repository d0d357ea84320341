//! Waiting for a model: how long, how often, and what ends it sooner.

use core::time::Duration;

use super::story::{World, only};
use crate::base::time::Monotonic;
use crate::engine::{Input, Request, Transport, World as Network};
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::model::report::QueueState;

pub(super) fn far(policy: &str) -> World {
    let options = format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},
            "far":{{"kind":"openai","endpoint":"https://far.example/v1"}}}}{policy}}}"#
    );
    let mut world = World::new(&options);
    world.request("d", only("far"));
    world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    world.settled.clear();
    world.transcript.clear();
    world
}

/// Two providers with a model each, the first preferred.
pub(super) fn two() -> World {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},
            "far":{"kind":"openai","endpoint":"https://far.example/v1"},
            "other":{"kind":"openai","endpoint":"https://other.example/v1"}},
            "policy":{"prefer":["far"]}}"#,
    );
    world.request("d", super::story::everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    world.answer(1, 200, r#"{"data":[{"id":"m"}]}"#);
    world.settled.clear();
    world.transcript.clear();
    world
}

pub(super) fn refuse(world: &mut World, transport: u32, status: u16, retry_after: Option<&str>) {
    let head =
        ResponseHead { status, retry_after: retry_after.map(str::to_owned), ..ResponseHead::default() };
    world.transport(transport, Transport::Head(head));
    world.end(transport);
}

pub(super) fn answer(world: &mut World, transport: u32) {
    world.head(transport, 200);
    world.chunk(
        transport,
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n",
    );
    world.chunk(transport, "data: [DONE]\n\n");
    world.end(transport);
}

fn fetches(world: &World) -> usize {
    world.transcript.iter().filter(|line| line.contains("fetch")).count()
}

#[test]
fn the_only_model_is_waited_for_as_long_as_its_server_says() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("2"));
    world.wait(1_999);
    assert_eq!(fetches(&world), 1);
    world.wait(1);
    answer(&mut world, 2);
    world.expect(
        r#"
        0 » generate a
        0 a: route far/m
        0 a: attempt 1 far/m
        0 fetch 1 POST https://far.example/v1/chat/completions
        0 » end 1
        0 a: warning waiting
        0 » wait 1999
        1999 » wait 1
        2000 a: attempt 2 far/m
        2000 fetch 2 POST https://far.example/v1/chat/completions
        2000 » head 2 200
        2000 a: text "Hi"
        2000 a: finish far/m 2
        2000 a settles: text "Hi"
        2000 » end 2
        "#,
    );
    assert!(world.engine.health()[0].retry_at.is_none());
}

#[test]
fn another_model_is_asked_at_once_and_the_first_again_when_its_time_has_come() {
    let mut world = two();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 2, 429, Some("30"));
    answer(&mut world, 3);
    assert_eq!(world.text("a").receipt.model, "other/m");
    let request = crate::base::json::read(br#"{"prompt":"Hello"}"#).unwrap();
    let decision = world.engine.route(&request).unwrap();
    assert_eq!(decision.chain, ["other/m"]);
    let excluded = world.engine.explain(&decision).excluded;
    assert_eq!((excluded[0].model.as_str(), excluded[0].reason.code.as_str()), ("far/m", "cooling"));
    let retry_at = world.now().wall.epoch_millis() as f64 + 30_000.0;
    assert_eq!(excluded[0].reason.params.get("retryAt"), Some(&retry_at.into()));
    let health = world.engine.health();
    assert_eq!(health[0].retry_at.map(|at| at.epoch_millis() as f64), Some(retry_at));
    world.wait(30_000);
    world.generate("b", r#"{"prompt":"Good day"}"#);
    assert!(world.transcript.iter().any(|line| line.ends_with("b: attempt 1 far/m")));
}

#[test]
fn who_comes_while_the_only_model_cools_waits_too_and_is_told() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("10"));
    world.wait(4_000);
    world.generate("b", r#"{"prompt":"Good day"}"#);
    let queue = world.engine.queue();
    assert!(queue.iter().all(|entry| entry.state == QueueState::Waiting));
    assert_eq!(queue[1].model.as_deref(), Some("far/m"));
    world.wait(6_000);
    assert!(world.transcript.iter().any(|line| line.ends_with("10000 b: attempt 1 far/m")));
    assert!(world.engine.queue().iter().all(|entry| entry.state == QueueState::Running));
}

#[test]
fn nobody_waits_for_longer_than_a_minute() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("61"));
    let error = world.error("a");
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(61_000.0)));
    // Whoever comes later hears it from the server itself.
    world.generate("b", r#"{"prompt":"Good day"}"#);
    assert_eq!(fetches(&world), 2);
}

#[test]
fn a_server_that_does_not_say_how_long_is_left_alone_for_one_second_then_two() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, None);
    world.wait(999);
    assert_eq!(fetches(&world), 1);
    world.wait(1);
    refuse(&mut world, 2, 429, None);
    world.wait(1_999);
    assert_eq!(fetches(&world), 2);
    world.wait(1);
    refuse(&mut world, 3, 429, None);
    assert_eq!(world.error("a").code, ErrorCode::RateLimited);
    assert_eq!(world.error("a").attempts.as_ref().unwrap().len(), 3);
}

#[test]
fn a_busy_server_is_asked_twice_more_after_pauses_that_differ_and_grow() {
    let mut firsts = Vec::new();
    for seed in 0..20 {
        let mut world = far("");
        world.put(Input::Seed(seed));
        world.generate("a", r#"{"prompt":"Hello"}"#);
        let pause = |world: &World| {
            let due = world.engine.poll_timeout().unwrap();
            due.since(world.now().monotonic)
        };
        world.answer(1, 503, "");
        let first = pause(&world);
        assert!(first < Duration::from_millis(500), "{first:?}");
        world.wait(500);
        world.answer(2, 503, "");
        let second = pause(&world);
        assert!(second < Duration::from_secs(1), "{second:?}");
        world.wait(1_000);
        world.answer(3, 503, "");
        let error = world.error("a");
        assert_eq!((error.code, error.status), (ErrorCode::Server, Some(503)));
        assert_eq!(fetches(&world), 3);
        firsts.push(first);
    }
    firsts.sort_unstable();
    firsts.dedup();
    assert!(firsts.len() > 15, "{firsts:?}");
}

const LOADING: &str = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;

#[test]
fn a_server_that_still_loads_its_model_is_waited_for_and_not_blamed() {
    for seed in 0..20 {
        let mut world = far("");
        world.put(Input::Seed(seed));
        world.generate("a", r#"{"prompt":"Hello"}"#);
        for transport in 1..=8 {
            world.answer(transport, 503, LOADING);
            world.wait(8_000);
        }
        answer(&mut world, 9);
        assert_eq!(world.text("a").text, "Hi");
        let rate = |world: &World| world.engine.health()[0].models[0].success_rate;
        assert!((rate(&world) - 1.0).abs() < f64::EPSILON, "{}", rate(&world));
    }
}

#[test]
fn a_server_that_never_has_its_model_is_given_up() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    for transport in 1..=10 {
        world.answer(transport, 503, LOADING);
        world.wait(8_000);
    }
    assert_eq!((world.error("a").code, fetches(&world)), (ErrorCode::Server, 10));
}

#[test]
fn another_model_is_asked_while_one_is_loaded() {
    let mut world = two();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 503, LOADING);
    answer(&mut world, 3);
    assert_eq!(world.text("a").receipt.model, "other/m");
}

#[test]
fn a_pause_that_a_busy_server_wants_is_kept() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 503, Some("7"));
    world.wait(6_999);
    assert_eq!(fetches(&world), 1);
    world.wait(1);
    assert_eq!(fetches(&world), 2);
}

#[test]
fn what_was_shown_is_never_asked_for_again() {
    let mut world = far(r#","policy":{"onCut":"fail"}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(1, 200);
    world.chunk(1, "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n");
    world.chunk(1, "data: {\"error\":{\"message\":\"Rate limit exceeded\",\"code\":429}}\n\n");
    assert_eq!(world.error("a").code, ErrorCode::RateLimited);
    assert_eq!(fetches(&world), 1);
}

/// Asks once; the server is busy `failures` times before it answers. How often it was asked.
fn ask_through(world: &mut World, number: usize, failures: usize) -> usize {
    let (before, id) = (world.sent.len(), format!("r{number}"));
    world.generate(&id, &format!(r#"{{"prompt":"Hello {number}"}}"#));
    for _ in 0..failures {
        let transport = world.sent.last().unwrap().0.number();
        world.answer(transport, 503, "");
        world.wait(1_000);
    }
    if world.settled.iter().all(|(settled, _)| *settled != id) {
        let transport = world.sent.last().unwrap().0.number();
        answer(world, transport);
    }
    world.sent.len() - before
}

#[test]
fn a_server_that_is_often_busy_is_asked_again_only_as_its_budget_allows() {
    let mut world = far("");
    let mut retries = 0;
    let mut number = 0;
    // One request in three meets a busy server: too few for the breaker.
    for _ in 0..60 {
        for failures in [0, 0, 1] {
            retries += ask_through(&mut world, number, failures) - 1;
            number += 1;
        }
    }
    // Ten at once, and one for every ten of 180 requests but the first, which found the budget full.
    assert_eq!(retries, 10 + 17);
}

#[test]
fn a_server_that_is_always_busy_is_soon_asked_only_once_a_request() {
    let mut world = far("");
    let asked: Vec<usize> = (0..6)
        .map(|number| {
            let before = world.sent.len();
            world.generate(&format!("r{number}"), &format!(r#"{{"prompt":"Hello {number}"}}"#));
            while world.settled.len() <= number {
                let transport = world.sent.last().unwrap().0.number();
                world.answer(transport, 503, "");
                world.wait(1_000);
            }
            world.sent.len() - before
        })
        .collect();
    assert_eq!(asked, [3, 2, 1, 1, 1, 1]);
}

#[test]
fn another_key_ends_the_waiting() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("50"));
    // The pause of a retry passes; the one that the server wants does not.
    world.wait(500);
    assert_eq!(fetches(&world), 1);
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    assert_eq!(fetches(&world), 2);
}

#[test]
fn who_waits_can_be_cancelled() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("20"));
    world.request("a", Request::Cancel);
    world.wait(60_000);
    assert_eq!((fetches(&world), world.settled.len()), (1, 0));
    assert!(world.engine.queue().is_empty() && world.engine.poll_timeout().is_none());
}

#[test]
fn nobody_waits_for_what_comes_after_the_whole_time_is_over() {
    let mut world = far(r#","timeouts":{"totalMs":5000}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("6"));
    assert_eq!(world.error("a").code, ErrorCode::RateLimited);
    let mut world = far(r#","timeouts":{"totalMs":5000}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("4"));
    world.wait(4_000);
    world.head(2, 200);
    world.wait(999);
    assert!(world.settled.is_empty());
    world.wait(1);
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
}

#[test]
fn the_network_goes_while_somebody_waits_for_the_cloud() {
    let mut world = far("");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    refuse(&mut world, 1, 429, Some("20"));
    // What changes nothing is not told twice.
    world.put(Input::World(Network::Online));
    assert_eq!(world.transcript.iter().filter(|line| line.contains("warning waiting")).count(), 1);
    world.put(Input::World(Network::Offline));
    let error = world.error("a");
    assert_eq!((error.code, error.is_retryable), (ErrorCode::Offline, true));
    assert!(error.hint.is_some() && world.engine.queue().is_empty());
    world.put(Input::World(Network::Online));
    world.wait(60_000);
    assert_eq!(fetches(&world), 1);
}

#[test]
fn a_connection_that_failed_is_tried_once_more_in_the_cloud_and_not_on_this_machine() {
    let mut cloud = far("");
    cloud.generate("a", r#"{"prompt":"Hello"}"#);
    cloud.fail(1);
    cloud.wait(500);
    cloud.fail(2);
    assert_eq!((cloud.error("a").code, fetches(&cloud)), (ErrorCode::Unreachable, 2));
    let mut near = World::with_ollama("{}", &[("m", "")]);
    near.generate("a", r#"{"prompt":"Hello"}"#);
    near.fail(2);
    assert_eq!((near.error("a").code, fetches(&near)), (ErrorCode::Unreachable, 1));
}

#[test]
fn the_chain_is_gone_through_before_anybody_is_asked_again() {
    let mut world = two();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 503, "");
    world.answer(3, 503, "");
    assert_eq!(world.engine.queue()[0].state, QueueState::Waiting);
    world.wait(500);
    let (transport, _) = world.sent.last().unwrap();
    let transport = transport.number();
    answer(&mut world, transport);
    assert_eq!(world.text("a").text, "Hi");
    assert!(world.now().monotonic <= Monotonic::new(Duration::from_millis(500)));
}
