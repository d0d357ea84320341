//! A model that is late, and another that is asked beside it.

use super::story::{World, everyone, only};
use crate::engine::{Engine, Request, Transport};
use crate::model::event::CustomEvent;
use crate::model::{CostKind, ErrorCode, Locality};

/// Ollama here with two models that are loaded, and a server far away.
fn world(policy: &str) -> World {
    let mut world = World::new(&format!(
        r#"{{"providers":{{"far":{{"kind":"openai","endpoint":"https://far.example"}}}},"policy":{policy}}}"#
    ));
    world.request("look", everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m","context_length":8192}]}"#);
    world.answer(1, 200, &ollamas_list());
    world.answer(
        2,
        200,
        r#"{"models":[{"name":"big:8b","size":1000,"size_vram":1000},{"name":"small:1b","size":1000,"size_vram":1000}]}"#,
    );
    world.settled.clear();
    world.transcript.clear();
    world.sent.clear();
    world
}

/// What Ollama has.
fn ollamas_list() -> String {
    let model = |name: &str| {
        format!(
            r#"{{"name":"{name}","size":1000,"details":{{"context_length":8192}},"capabilities":["completion"]}}"#
        )
    };
    format!(r#"{{"models":[{},{}]}}"#, model("big:8b"), model("small:1b"))
}

/// First here, then far away after a second.
fn from_here() -> World {
    world(r#"{"prefer":["ollama/big:8b","ollama/small:1b","far"],"hedge":{"afterMs":1000}}"#)
}

/// First far away, then here after a second.
fn from_far() -> World {
    world(r#"{"prefer":["far","ollama/big:8b"],"hedge":{"afterMs":1000}}"#)
}

/// A world in which far's model answered `times` times, its first word after so many milliseconds each time.
fn after_answers(policy: &str, times: usize, millis: u64) -> World {
    let mut world = world(policy);
    for n in 0..times {
        world.generate(&format!("before{n}"), r#"{"prompt":"Hello"}"#);
        let id = world.last();
        world.head(id, 200);
        world.wait(millis);
        world.far_says(id, "Hi.");
        world.far_ends(id);
    }
    world.transcript.clear();
    world
}

impl World {
    /// The number of the last request that was sent.
    fn last(&self) -> u32 {
        self.sent.last().unwrap().0.number()
    }
}

#[test]
fn the_second_model_speaks_first_and_the_first_is_stopped_at_its_server() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_500);
    world.head(4, 200);
    world.far_says(4, "Hi");
    world.far_says(4, " there.");
    world.far_ends(4);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/big:8b > ollama/small:1b > far/m
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » wait 1500
        1000 a: warning hedged
        1000 fetch 4 POST https://far.example/v1/chat/completions
        1500 » head 4 200
        1500 abort 3
        1500 a: fallback ollama/big:8b > far/m (hedged)
        1500 a: attempt 2 far/m
        1500 a: text "Hi"
        1500 a: text " there."
        1500 a: finish far/m 2
        1500 a settles: text "Hi there."
        1500 » end 4
        "#,
    );
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.model.as_str(), receipt.locality), ("far/m", Locality::Cloud));
    let codes: Vec<&str> = receipt.attempts.iter().map(|attempt| attempt.outcome.code.as_str()).collect();
    assert_eq!(codes, ["hedged", "ok"]);
    assert_eq!(receipt.first_token_ms, Some(1_500.0), "as the reader waited");
    assert_eq!(receipt.attempts[1].first_token_ms, Some(500.0));
}

#[test]
fn the_first_model_speaks_first_and_the_second_is_stopped_at_its_server() {
    let mut world = from_far();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.head(3, 200);
    world.far_says(3, "Hi.");
    world.say(4, "No");
    world.far_ends(3);
    world.expect(
        r#"
        0 » generate a
        0 a: route far/m > ollama/big:8b > ollama/small:1b
        0 a: attempt 1 far/m
        0 fetch 3 POST https://far.example/v1/chat/completions
        0 » wait 1000
        1000 a: warning hedged
        1000 fetch 4 POST http://localhost:11434/api/chat
        1000 » head 4 200
        1000 » head 3 200
        1000 abort 4
        1000 a: text "Hi."
        1000 a: finish far/m 2
        1000 a settles: text "Hi."
        1000 » end 3
        "#,
    );
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.model.as_str(), receipt.attempts[0].model.as_str()), ("far/m", "ollama/big:8b"));
}

#[test]
fn a_head_or_a_sign_of_life_is_no_word() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.chunk(4, ": still working\n\n");
    world.head(3, 200);
    world.say(3, "Here.");
    world.done(3);
    assert_eq!(world.text("a").text, "Here.");
    assert!(world.says("abort 4") && !world.says("fallback"));
}

#[test]
fn a_thought_is_a_word() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.chunk(4, "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm.\"}}]}\n\n");
    assert!(world.says("abort 3") && world.says("a: reasoning \"Hm.\""));
}

#[test]
fn who_waits_for_nobody_else_is_not_raced() {
    for policy in [
        r#"{"prefer":["ollama","far"]}"#,
        r#"{"prefer":["ollama","far"],"hedge":false}"#,
        r#"{"prefer":["ollama","far"],"hedge":{"afterMs":1000},"fallback":false}"#,
        r#"{"prefer":["ollama","far"],"hedge":{"afterMs":1000},"stayWithin":"device"}"#,
        r#"{"goal":"privacy","prefer":["ollama","far"],"hedge":{"afterMs":1000}}"#,
        r#"{"prefer":["ollama","far"],"hedge":{"afterMs":1000},"deny":["far"]}"#,
    ] {
        let mut world = world(policy);
        world.generate("a", r#"{"prompt":"Hello"}"#);
        world.wait(9_000);
        assert_eq!(world.sent.len(), 1, "{policy}\n{}", world.transcript.join("\n"));
    }
}

#[test]
fn another_model_of_the_same_machine_would_only_take_its_place() {
    let mut world = world(r#"{"allow":["ollama"],"hedge":{"afterMs":1000}}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(10_000);
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn a_model_that_would_have_to_be_loaded_is_no_help() {
    let mut world = from_far();
    world.request("look", only("ollama"));
    world.answer(3, 200, &ollamas_list());
    world.answer(4, 200, r#"{"models":[]}"#);
    let sent = world.sent.len();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(9_000);
    assert_eq!(world.sent.len(), sent + 1, "{}", world.transcript.join("\n"));
}

#[test]
fn without_a_stated_delay_a_model_is_late_after_its_own_90th_percentile() {
    let mut world = after_answers(r#"{"prefer":["far","ollama/big:8b"],"hedge":true}"#, 8, 700);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(699);
    assert!(!world.says("hedged"));
    world.wait(1);
    assert!(world.says("warning hedged"), "{}", world.transcript.join("\n"));
}

#[test]
fn a_model_of_which_little_is_known_is_waited_for_at_least_two_seconds() {
    let mut world = after_answers(r#"{"prefer":["far","ollama/big:8b"],"hedge":{}}"#, 7, 700);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_999);
    assert!(!world.says("hedged"));
    world.wait(1);
    assert!(world.says("warning hedged"));
}

#[test]
fn who_lost_a_race_is_remembered_as_late_and_not_later() {
    let mut world = after_answers(r#"{"prefer":["far","ollama/big:8b"],"hedge":true}"#, 8, 700);
    // Slow answers that are left out would make it seem quicker with each race; the time of the rival's first word slower.
    for n in 0..3 {
        world.transcript.clear();
        world.generate(&format!("late{n}"), r#"{"prompt":"Hello"}"#);
        world.wait(699);
        assert!(!world.says("hedged"), "{n}");
        world.wait(1);
        assert!(world.says("warning hedged"), "{n}");
        let rival = world.last();
        world.wait(400);
        world.head(rival, 200);
        world.say(rival, "Hi");
        world.done(rival);
    }
    let far = crate::model::ModelKey::new("far", "m");
    assert_eq!(world.engine.shared.health.late_from(&far), Some(core::time::Duration::from_millis(700)));
    let record = String::from_utf8(world.saved.last().unwrap().1.clone()).unwrap();
    assert_eq!(record.matches("700.0").count(), 11 + 1, "eight answers, three races, and the mean: {record}");
}

/// A provider in JavaScript, far away; ten dollars a million tokens.
fn register_dear(world: &mut World, name: &str) {
    world.request(
        name,
        Request::Register { provider: name.to_owned(), locality: Locality::Cloud, version: None },
    );
    let call = world.calls.pop_front().unwrap();
    let model =
        br#"{"id":"m","type":"text","contextLength":8192,"price":{"input":0.00001,"output":0.00001}}"#;
    let model: crate::catalog::CustomModel = crate::base::json::read(model).unwrap();
    world.transport(call.number(), Transport::CustomModels(vec![model]));
}

#[test]
fn both_together_stay_below_the_cap_of_cost() {
    let request = |policy: &str| {
        format!(
            r#"{{"prompt":"Hello","policy":{{"prefer":["near","dear"],"allow":["near","dear"]{policy}}}}}"#
        )
    };
    let of_one = {
        let mut world = World::new("{}");
        register_dear(&mut world, "near");
        let asked = crate::base::json::read(request("").as_bytes()).unwrap();
        world.engine.route(&asked).unwrap().estimate.cost.unwrap()
    };
    assert!(of_one > 0.0);
    for (cap, calls) in [(of_one * 1.9, 1), (of_one * 2.1, 2)] {
        let mut world = World::new("{}");
        register_dear(&mut world, "near");
        register_dear(&mut world, "dear");
        let policy = format!(r#","maxCost":{cap},"hedge":{{"afterMs":1000}}"#);
        world.generate("a", &request(&policy));
        world.wait(5_000);
        assert_eq!(world.calls.len(), calls, "{cap}\n{}", world.transcript.join("\n"));
    }
}

#[test]
fn the_prompt_of_who_was_stopped_is_paid_for() {
    let mut world = from_far();
    register_dear(&mut world, "dear");
    world.generate(
        "a",
        r#"{"prompt":"Hello","policy":{"prefer":["dear","ollama"],"hedge":{"afterMs":1000}}}"#,
    );
    world.wait(1_000);
    let rival = world.last();
    world.head(rival, 200);
    world.say(rival, "Hi");
    world.done(rival);
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.provider.as_str(), receipt.cost_kind), ("ollama", CostKind::Estimated));
    assert!(receipt.cost.unwrap() > 0.0 && receipt.usage.estimated);
}

#[test]
fn when_the_late_one_fails_the_other_takes_over_without_being_asked_again() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.fail(3);
    world.far_says(4, "Hi.");
    world.far_ends(4);
    assert!(world.says("fallback ollama/big:8b > far/m (unreachable)"));
    assert_eq!((world.text("a").text.as_str(), world.sent.len()), ("Hi.", 2));
}

#[test]
fn when_the_other_fails_the_late_one_is_waited_for() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.answer(4, 400, r#"{"error":{"message":"no"}}"#);
    world.wait(60_000);
    assert_eq!(world.sent.len(), 2, "nobody is raced twice");
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    let receipt = &world.text("a").receipt;
    assert_eq!((receipt.model.as_str(), receipt.attempts.len()), ("ollama/big:8b", 2));
}

#[test]
fn what_was_too_long_for_the_other_is_not_asked_of_who_holds_no_more() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_500);
    world.answer(4, 400, r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#);
    world.fail(3);
    let error = world.error("a");
    assert_eq!(error.attempts.as_ref().map(Vec::len), Some(2), "{:?}", world.transcript);
}

#[test]
fn when_both_fail_every_error_is_told_and_the_next_is_asked() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.answer(4, 500, "{}");
    world.answer(3, 500, r#"{"error":"crash"}"#);
    assert!(
        world.says("fallback ollama/big:8b > ollama/small:1b (server)"),
        "{}",
        world.transcript.join("\n")
    );
    world.head(5, 200);
    world.say(5, "Hi");
    world.done(5);
    assert_eq!(world.text("a").receipt.attempts.len(), 3);
}

#[test]
fn a_request_that_is_at_fault_ends_both() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.answer(3, 400, r#"{"error":"invalid options"}"#);
    assert_eq!(world.error("a").code, ErrorCode::InvalidRequest);
    assert!(world.says("abort 4"));
    assert_eq!(world.error("a").receipt.as_ref().unwrap().model, "ollama/big:8b");
}

#[test]
fn both_are_stopped_when_the_caller_leaves_and_when_time_is_up() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.request("a", Request::Cancel);
    assert!(world.says("abort 3") && world.says("abort 4"));
    let mut world = self::world(r#"{"prefer":["ollama","far"],"hedge":{"afterMs":1000}}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(600_000);
    assert!(world.says("abort 3") && world.says("abort 4"), "{}", world.transcript.join("\n"));
}

#[test]
fn a_rival_that_stays_silent_too_is_given_up_at_its_own_limit() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.wait(30_000);
    assert!(world.says("abort 4") && !world.says("abort 3"));
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    assert_eq!(world.text("a").text, "Hi");
}

#[test]
fn a_tenth_of_all_requests_is_asked_twice_at_most_and_five_at_once() {
    let mut world = from_here();
    let mut raced = 0;
    for n in 0..200 {
        let before = world.sent.len();
        world.generate(&format!("r{n}"), r#"{"prompt":"Hello"}"#);
        let first = world.last();
        world.wait(1_000);
        raced += world.sent.len() - before - 1;
        world.head(first, 200);
        world.say(first, "Hi");
        world.done(first);
    }
    assert_eq!(raced, 5 + 19);
}

#[test]
fn a_winner_that_dies_is_gone_on_from_by_the_one_that_was_late() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.wait(1_000);
    world.head(4, 200);
    world.far_says(4, "The capital of France is Pa");
    world.fail(4);
    let next = world.last();
    world.head(next, 200);
    world.say(next, "Paris.");
    world.done(next);
    assert_eq!(world.text("a").text, "The capital of France is Paris.");
}

#[test]
fn a_provider_in_javascript_that_downloads_its_model_is_late_too() {
    let mut world = from_far();
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    let call = world.calls.pop_front().unwrap();
    let model: crate::catalog::CustomModel = crate::base::json::read(br#"{"id":"p","type":"text"}"#).unwrap();
    world.transport(call.number(), Transport::CustomModels(vec![model]));
    world.generate("a", r#"{"prompt":"Hello","policy":{"prefer":["page","far"],"hedge":{"afterMs":1000}}}"#);
    let call = world.calls.pop_front().unwrap().number();
    let progress = CustomEvent::Progress { value: 1.0, max: 9.0, node: None };
    world.transport(call, Transport::CustomEvents(vec![progress]));
    world.wait(1_000);
    let far = world.last();
    world.head(far, 200);
    world.far_says(far, "Hi.");
    world.far_ends(far);
    assert!(world.says("progress 1 of 9") && world.says(&format!("abort {call}")));
    assert_eq!(world.text("a").text, "Hi.");
}

#[test]
fn a_delay_that_is_no_time_is_refused() {
    for policy in [r#"{"hedge":{"afterMs":-1}}"#, r#"{"hedge":{"afterMs":1e400}}"#] {
        let options = format!(r#"{{"policy":{policy}}}"#);
        let Ok(options) = crate::base::json::read(options.as_bytes()) else { continue };
        assert_eq!(Engine::new(options).unwrap_err().code, ErrorCode::InvalidRequest);
    }
}

#[test]
fn a_model_that_waits_in_line_is_not_late_before_its_request_left() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.transport(3, Transport::Queued { position: 1 });
    world.wait(5_000);
    assert!(!world.says("hedged"));
    world.transport(3, Transport::Departed);
    world.wait(999);
    assert!(!world.says("hedged"));
    world.wait(1);
    assert!(world.says("warning hedged") && world.last() == 4);
}

#[test]
fn a_second_model_that_waits_in_line_says_so_once_it_is_the_one_that_is_waited_for() {
    let mut world = from_far();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_000);
    world.transport(4, Transport::Queued { position: 2 });
    assert!(!world.says("queue"));
    world.fail(3);
    world.transport(4, Transport::Queued { position: 1 });
    world.transport(4, Transport::Departed);
    world.head(4, 200);
    world.say(4, "Here.");
    world.done(4);
    let places: Vec<&str> = world
        .transcript
        .iter()
        .filter_map(|line| line.split_once("a: queue "))
        .map(|(_, place)| place)
        .collect();
    assert_eq!(places, ["2", "1", "0"]);
    assert_eq!(world.text("a").text, "Here.");
}
