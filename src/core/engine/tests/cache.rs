//! Answers without asking anybody.

use super::story::{Disk, DiskFault, World};
use crate::engine::{CacheWish, Input, Request, Settlement, Transport, World as Network};
use crate::model::cache::CacheStats;
use crate::model::receipt::{CacheTier, Cached};
use crate::model::report::QueueState;
use crate::model::{ErrorCode, Event, Locality};

const MODEL: &[(&str, &str)] = &[("m", "tools")];

fn world(cache: &str) -> World {
    World::with_ollama(&format!(r#"{{"cache":{{{cache}}}}}"#), MODEL)
}

/// Another visit, or another tab, over the same disk.
fn visit(disk: &Disk, cache: &str) -> World {
    let mut world = world(cache);
    world.disk = Disk::clone(disk);
    world
}

/// Asks and has the model answer, by the transport of this number.
fn ask(world: &mut World, id: &str, request: &str, transport: u32, words: &str) {
    world.generate(id, request);
    world.head(transport, 200);
    world.say(transport, words);
    world.done(transport);
    assert_eq!(world.text(id).text, words);
}

fn fetches(world: &World) -> usize {
    world.transcript.iter().filter(|line| line.contains("fetch")).count()
}

fn wish(world: &mut World, id: &str, wish: CacheWish) -> u32 {
    world.request(id, Request::Cache(wish));
    match world.outcome(id) {
        Ok(Settlement::Forgotten(count)) => *count,
        other => panic!("{other:?}"),
    }
}

fn stats(world: &mut World, id: &str) -> CacheStats {
    world.request(id, Request::Cache(CacheWish::Stats));
    match world.outcome(id) {
        Ok(Settlement::CacheStats(stats)) => *stats,
        other => panic!("{other:?}"),
    }
}

const ASKED: &str = r#"{"prompt":"Why is the sky blue?"}"#;

#[test]
fn who_asks_the_same_again_gets_the_same_answer_at_once() {
    let mut world = world("");
    ask(&mut world, "a", ASKED, 2, "Light scatters.");
    world.transcript.clear();
    world.generate("b", r#"{"messages":[{"role":"user","content":" Why is the sky blue? "}]}"#);
    world.expect(
        r#"
        0 » generate b
        0 b: route ollama/m
        0 b: text "Light scatters."
        0 b: finish ollama/m 0
        0 b settles: text "Light scatters."
        "#,
    );
    let (first, second) = (world.text("a").receipt.clone(), world.text("b").receipt.clone());
    assert_eq!((first.cached, second.cached), (Cached::No(false), Cached::From(CacheTier::Memory)));
    assert_eq!((second.cost, second.attempts.len(), second.usage.output_tokens), (Some(0.0), 0, 0));
    assert_eq!(second.decision.why.code, "cached");
    assert_eq!((first.cache_key.as_ref().map(String::len), &first.cache_key), (Some(32), &second.cache_key));
}

#[test]
fn another_visit_finds_it_on_the_disk_and_then_in_memory() {
    let mut first = world("");
    ask(&mut first, "a", ASKED, 2, "Light scatters.");
    let mut second = visit(&first.disk, "");
    second.generate("b", ASKED);
    second.generate("c", ASKED);
    assert_eq!(fetches(&second), 0);
    assert_eq!(second.text("b").receipt.cached, Cached::From(CacheTier::Disk));
    assert_eq!(second.text("c").receipt.cached, Cached::From(CacheTier::Memory));
    assert_eq!(second.text("b").text, "Light scatters.");
    let stats = stats(&mut second, "s");
    assert_eq!((stats.entries, stats.memory_hits, stats.disk_hits, stats.misses), (1, 1, 1, 0));
    assert!((stats.hit_rate - 1.0).abs() < f64::EPSILON && stats.bytes > 0);
}

#[test]
fn what_differs_is_asked() {
    let mut world = world("");
    ask(&mut world, "a", ASKED, 2, "Light scatters.");
    for (number, request) in [
        r#"{"prompt":"Why is the sea blue?"}"#,
        r#"{"prompt":"Why is the sky blue?","temperature":0}"#,
        r#"{"prompt":"Why is the sky blue?","system":"Be short."}"#,
        r#"{"prompt":"Why is the sky blue?","policy":"quality"}"#,
    ]
    .iter()
    .enumerate()
    {
        ask(&mut world, &format!("b{number}"), request, 3 + number as u32, "Another.");
    }
    assert_eq!(stats(&mut world, "s").misses, 5);
}

#[test]
fn off_neither_reads_nor_writes_and_refresh_writes() {
    let mut world = world("");
    ask(&mut world, "a", r#"{"prompt":"Hello","cache":"off"}"#, 2, "One.");
    assert_eq!(world.text("a").receipt.cache_key, None);
    assert!(world.disk.borrow().is_empty());
    ask(&mut world, "b", r#"{"prompt":"Hello"}"#, 3, "Two.");
    ask(&mut world, "c", r#"{"prompt":"Hello","cache":"refresh"}"#, 4, "Three.");
    world.generate("d", r#"{"prompt":"Hello"}"#);
    assert_eq!(world.text("d").text, "Three.");
    ask(&mut world, "e", r#"{"prompt":"Hello","cache":"off"}"#, 5, "Four.");
    assert_eq!(stats(&mut world, "s").misses, 1, "only who might have been answered");
}

#[test]
fn a_mesh_without_a_cache_asks_each_time() {
    let mut world = World::with_ollama(r#"{"cache":false}"#, MODEL);
    ask(&mut world, "a", r#"{"prompt":"Hello","cache":"use"}"#, 2, "One.");
    ask(&mut world, "b", r#"{"prompt":"Hello","cache":"use"}"#, 3, "Two.");
    assert_eq!(stats(&mut world, "s").entries, 0);
}

#[test]
fn chance_and_tools_are_kept_only_when_that_is_asked_for() {
    let tools = r#""tools":[{"name":"f","inputSchema":{"type":"object"}}]"#;
    for more in [r#""temperature":0.51"#, tools] {
        let mut world = world("");
        let request = format!(r#"{{"prompt":"Hello",{more}}}"#);
        ask(&mut world, "a", &request, 2, "One.");
        ask(&mut world, "b", &request, 3, "Two.");
        let wanted = format!(r#"{{"prompt":"Hello","cache":"use",{more}}}"#);
        ask(&mut world, "c", &wanted, 4, "Three.");
        world.generate("d", &wanted);
        assert_eq!(world.text("d").text, "Three.");
    }
    let mut world = world("");
    ask(&mut world, "a", r#"{"prompt":"Hello","temperature":0.5}"#, 2, "One.");
    world.generate("b", r#"{"prompt":"Hello","temperature":0.5}"#);
    assert_eq!(world.text("b").text, "One.");
}

#[test]
fn what_had_to_stay_near_never_lies_on_the_disk_nor_shows_a_key() {
    for policy in [r#""privacy""#, r#"{"stayWithin":"device"}"#, r#"{"stayWithin":"network"}"#] {
        let mut world = world("");
        let request = format!(r#"{{"prompt":"My salary?","policy":{policy}}}"#);
        ask(&mut world, "a", &request, 2, "Much.");
        assert!(world.disk.borrow().is_empty(), "{policy}");
        world.generate("b", &request);
        let receipt = &world.text("b").receipt;
        assert_eq!((receipt.cached, &receipt.cache_key), (Cached::From(CacheTier::Memory), &None));
        assert_eq!(world.text("a").receipt.cache_key, None);
        assert_eq!(stats(&mut world, "s").entries, 1);
        assert_eq!(wish(&mut world, "w", CacheWish::Clear), 1);
        ask(&mut world, "c", &request, 3, "Little.");
    }
}

#[test]
fn an_answer_gets_old() {
    let mut world = world(r#""ttlMs":1000"#);
    ask(&mut world, "a", ASKED, 2, "One.");
    world.wait(999);
    world.generate("b", ASKED);
    assert_eq!(world.text("b").text, "One.");
    world.wait(1);
    ask(&mut world, "c", ASKED, 3, "Two.");
    world.wait(999);
    world.generate("d", ASKED);
    assert_eq!(world.text("d").text, "Two.");
}

#[test]
fn what_is_stale_is_given_once_more_and_asked_for_behind_it() {
    let mut world = world(r#""ttlMs":1000,"staleWhileRevalidateMs":1000"#);
    ask(&mut world, "a", ASKED, 2, "One.");
    world.wait(1_500);
    world.transcript.clear();
    world.generate("b", ASKED);
    world.generate("c", ASKED);
    assert_eq!((world.text("b").text.as_str(), world.text("c").text.as_str()), ("One.", "One."));
    assert_eq!(fetches(&world), 1, "it is asked once");
    assert!(world.engine.queue().is_empty(), "nobody waits for it");
    world.head(3, 200);
    world.say(3, "Two.");
    world.done(3);
    world.generate("d", ASKED);
    assert_eq!(world.text("d").text, "Two.");
    assert!(!world.says("\0"), "nobody hears of it");
    world.wait(2_000);
    ask(&mut world, "e", ASKED, 4, "Three.");
}

#[test]
fn a_stale_answer_stands_where_asking_anew_fails() {
    let mut world = world(r#""ttlMs":1000,"staleWhileRevalidateMs":1000"#);
    ask(&mut world, "a", ASKED, 2, "One.");
    world.wait(1_500);
    world.generate("b", ASKED);
    world.fail(3);
    world.generate("c", ASKED);
    assert_eq!((world.text("b").text.as_str(), world.text("c").text.as_str()), ("One.", "One."));
}

#[test]
fn answers_that_are_not_whole_are_not_kept() {
    let mut world = world("");
    world.generate("a", ASKED);
    world.head(2, 200);
    world.say(2, "Light sc");
    world.chunk(2, "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"length\"}\n");
    world.end(2);
    assert_eq!(world.text("a").receipt.cache_key, None);
    ask(&mut world, "b", ASKED, 3, "Light scatters.");

    world.generate("c", r#"{"prompt":"Hello"}"#);
    world.fail(4);
    assert_eq!(world.error("c").code, ErrorCode::Unreachable);
    assert_eq!(stats(&mut world, "s").entries, 1);
}

#[test]
fn an_answer_that_two_models_gave_together_is_not_kept() {
    let mut world = World::with_ollama(r#"{"cache":{}}"#, &[("m", ""), ("n", "")]);
    world.generate("a", ASKED);
    world.head(2, 200);
    world.say(2, "Light scatters in the air because");
    world.fail(2);
    world.head(3, 200);
    world.say(3, " it is short of wave.");
    world.done(3);
    assert_eq!(world.text("a").text, "Light scatters in the air because it is short of wave.");
    assert_eq!(world.text("a").receipt.cache_key, None);
    assert!(world.disk.borrow().is_empty());
}

#[test]
fn who_answered_has_to_be_set_up_still_and_to_be_the_same() {
    let mut first = world("");
    ask(&mut first, "a", ASKED, 2, "One.");
    let mut other = World::with_ollama(
        r#"{"cache":{},"providers":{"ollama":{"endpoint":"http://localhost:9999"}}}"#,
        MODEL,
    );
    other.disk = Disk::clone(&first.disk);
    ask(&mut other, "b", ASKED, 2, "Two.");
}

#[test]
fn offline_answers_that_are_kept_are_given() {
    let mut first = World::new(
        r#"{"cache":{},"providers":{"ollama":{"disabled":true},"far":{"kind":"openai","endpoint":"https://far.example/v1"}}}"#,
    );
    first.request("d", super::story::everyone());
    first.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    first.generate("a", ASKED);
    first.head(1, 200);
    first.far_says(1, "One.");
    first.far_ends(1);
    first.put(Input::World(Network::Offline));
    first.generate("b", ASKED);
    assert_eq!(first.text("b").text, "One.");
    first.generate("c", r#"{"prompt":"Another."}"#);
    assert_eq!(first.error("c").code, ErrorCode::Offline);
}

#[test]
fn a_disk_that_says_nothing_is_waited_for_half_a_second() {
    let mut world = world("");
    world.disk_fault = Some(DiskFault::Silent);
    world.generate("a", ASKED);
    let queue = world.engine.queue();
    assert_eq!((queue[0].id.as_str(), queue[0].state), ("a", QueueState::Waiting));
    world.wait(499);
    assert_eq!(fetches(&world), 0);
    world.wait(1);
    assert_eq!(fetches(&world), 1);
    world.head(2, 200);
    world.say(2, "One.");
    world.done(2);
    assert!((world.text("a").receipt.duration_ms - 500.0).abs() < f64::EPSILON, "the wait counts");
}

#[test]
fn who_leaves_while_the_disk_is_read_has_nothing_asked() {
    let mut world = world("");
    world.disk_fault = Some(DiskFault::Silent);
    world.generate("a", ASKED);
    world.request("a", Request::Cancel);
    world.wait(1_000);
    assert_eq!(fetches(&world), 0);
    assert!(world.engine.queue().is_empty() && world.settled.is_empty());
}

#[test]
fn what_is_broken_on_the_disk_is_asked_for_anew_and_replaced() {
    let mut first = world("");
    ask(&mut first, "a", ASKED, 2, "One.");
    for broken in [&b""[..], b"\xff", b"{}", b"{\"request\":\"x\",\"keptAt\":1,\"answer\":{}}"] {
        for (answer, _) in first.disk.borrow_mut().values_mut() {
            *answer = broken.to_vec();
        }
        let mut second = visit(&first.disk, "");
        ask(&mut second, "b", ASKED, 2, "Two.");
        second.generate("c", ASKED);
        assert_eq!(second.text("c").text, "Two.");
        assert_ne!(second.disk.borrow().values().next().unwrap().0, broken);
    }
}

#[test]
fn another_request_under_the_same_key_is_no_hit() {
    let mut first = world("");
    ask(&mut first, "a", ASKED, 2, "One.");
    for (answer, _) in first.disk.borrow_mut().values_mut() {
        *answer = String::from_utf8(answer.clone()).unwrap().replace("sky", "sea").into_bytes();
    }
    let mut second = visit(&first.disk, "");
    ask(&mut second, "b", ASKED, 2, "Two.");
}

#[test]
fn the_disk_is_kept_below_its_bytes() {
    let mut world = world(r#""maxBytes":4000"#);
    for number in 0..20_u32 {
        let request = format!(r#"{{"prompt":"Question {number}"}}"#);
        ask(&mut world, &format!("a{number}"), &request, 2 + number, "An answer of some length.");
        world.wait(10);
        let bytes: usize = world.disk.borrow().values().map(|(answer, _)| answer.len()).sum();
        assert!(bytes <= 4_000, "{bytes}");
    }
    assert!(world.disk.borrow().len() > 4);
    world.generate("last", r#"{"prompt":"Question 19"}"#);
    assert_eq!(world.text("last").text, "An answer of some length.");
    ask(&mut world, "first", r#"{"prompt":"Question 0"}"#, 22, "Anew.");
}

#[test]
fn what_the_disk_has_no_room_for_stays_in_memory() {
    let mut world = world("");
    world.disk_fault = Some(DiskFault::Small);
    let request = |number: u32| format!(r#"{{"prompt":"Question {number}"}}"#);
    for number in 0..6 {
        ask(&mut world, &format!("a{number}"), &request(number), 2 + number, "An answer.");
    }
    assert!(world.disk.borrow().len() <= 2);
    for number in 0..6 {
        let id = format!("b{number}");
        world.generate(&id, &request(number));
        assert_eq!(world.text(&id).receipt.cached, Cached::From(CacheTier::Memory), "{number}");
    }
    assert_eq!(stats(&mut world, "s").entries, 6);
}

#[test]
fn one_answer_is_deleted_by_the_key_on_its_receipt() {
    let mut world = world("");
    ask(&mut world, "a", ASKED, 2, "One.");
    ask(&mut world, "b", r#"{"prompt":"Hello"}"#, 3, "Hi.");
    let key = world.text("a").receipt.cache_key.clone().unwrap();
    assert_eq!(wish(&mut world, "w", CacheWish::Delete(key.clone())), 1);
    assert_eq!(wish(&mut world, "v", CacheWish::Delete(key)), 0);
    assert_eq!(wish(&mut world, "u", CacheWish::Delete("nonsense".to_owned())), 0);
    world.generate("c", r#"{"prompt":"Hello"}"#);
    assert_eq!(world.text("c").text, "Hi.");
    ask(&mut world, "d", ASKED, 4, "Two.");
}

#[test]
fn what_expired_is_pruned_and_all_is_cleared() {
    let mut world = world(r#""ttlMs":1000"#);
    ask(&mut world, "a", ASKED, 2, "One.");
    world.wait(600);
    ask(&mut world, "b", r#"{"prompt":"Hello"}"#, 3, "Hi.");
    world.wait(600);
    assert_eq!(wish(&mut world, "p", CacheWish::Prune), 1);
    assert_eq!(world.disk.borrow().len(), 1);
    assert_eq!(wish(&mut world, "c", CacheWish::Clear), 1);
    assert_eq!(world.disk.borrow().len(), 0);
    let after = stats(&mut world, "s");
    assert_eq!((after.entries, after.bytes), (0, 0));
    ask(&mut world, "d", r#"{"prompt":"Hello"}"#, 4, "Hi again.");
}

#[test]
fn in_memory_alone_everything_works_but_for_the_next_visit() {
    let mut world = World::with_ollama(r#"{"cache":{},"storage":"memory"}"#, MODEL);
    ask(&mut world, "a", ASKED, 2, "One.");
    world.generate("b", ASKED);
    assert_eq!(world.text("b").text, "One.");
    assert!(world.disk.borrow().is_empty());
    assert_eq!(stats(&mut world, "s").entries, 1);
    assert_eq!(wish(&mut world, "w", CacheWish::Clear), 1);
    assert_eq!(stats(&mut world, "t").entries, 0);
}

#[test]
fn who_asks_the_same_meanwhile_gets_what_was_said_and_then_the_rest() {
    let mut world = world("");
    world.generate("a", ASKED);
    world.generate("b", ASKED);
    world.head(2, 200);
    world.say(2, "Light ");
    world.generate("c", ASKED);
    world.say(2, "scatters.");
    world.done(2);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/m
        0 a: attempt 1 ollama/m
        0 fetch 2 POST http://localhost:11434/api/chat
        0 » generate b
        0 b: route ollama/m
        0 b: attempt 1 ollama/m
        0 » head 2 200
        0 a: text "Light "
        0 b: text "Light "
        0 » generate c
        0 c: route ollama/m
        0 c: attempt 1 ollama/m
        0 c: text "Light "
        0 a: text "scatters."
        0 b: text "scatters."
        0 c: text "scatters."
        0 a: finish ollama/m 1
        0 b: finish ollama/m 0
        0 b settles: text "Light scatters."
        0 c: finish ollama/m 0
        0 c settles: text "Light scatters."
        0 a settles: text "Light scatters."
        0 » end 2
        "#,
    );
    let joined = &world.text("b").receipt;
    assert_eq!(
        (joined.joined, joined.cost, joined.attempts.len(), joined.id.as_str()),
        (Some(true), Some(0.0), 0, "b")
    );
    assert_eq!(world.text("a").receipt.joined, None);
}

#[test]
fn one_who_leaves_stops_nobody_and_the_last_one_does() {
    let mut world = world("");
    for id in ["a", "b", "c"] {
        world.generate(id, ASKED);
    }
    world.head(2, 200);
    world.say(2, "Light ");
    world.request("a", Request::Cancel);
    world.say(2, "scatters ");
    assert!(!world.says("abort"));
    assert_eq!(world.engine.queue().len(), 2);
    world.request("c", Request::Cancel);
    world.say(2, "it.");
    world.done(2);
    assert_eq!(world.text("b").text, "Light scatters it.");
    assert_eq!(world.text("b").receipt.attempts.len(), 1, "it took over what was asked");
    assert_eq!(world.settled.len(), 1);

    world.generate("d", r#"{"prompt":"Hello"}"#);
    world.generate("e", r#"{"prompt":"Hello"}"#);
    world.request("e", Request::Cancel);
    assert!(!world.says("abort 3"));
    world.request("d", Request::Cancel);
    assert!(world.says("abort 3"));
}

#[test]
fn a_failure_is_told_to_all_who_waited() {
    let mut world = world("");
    for id in ["a", "b"] {
        world.generate(id, ASKED);
    }
    world.fail(2);
    for id in ["a", "b"] {
        assert_eq!(world.error(id).code, ErrorCode::Unreachable, "{id}");
    }
}

#[test]
fn those_who_wait_for_the_disk_are_answered_together() {
    let mut first = world("");
    ask(&mut first, "a", ASKED, 2, "One.");
    let mut second = visit(&first.disk, "");
    second.disk_fault = Some(DiskFault::Silent);
    for id in ["b", "c", "d"] {
        second.generate(id, ASKED);
    }
    second.request("b", Request::Cancel);
    second.wait(500);
    assert_eq!(fetches(&second), 1, "the disk said nothing");
    second.head(2, 200);
    second.say(2, "Two.");
    second.done(2);
    assert_eq!((second.text("c").text.as_str(), second.text("d").text.as_str()), ("Two.", "Two."));

    let mut third = visit(&first.disk, "");
    third.wait(1_000);
    for id in ["e", "f"] {
        third.generate(id, ASKED);
    }
    assert_eq!((third.text("e").text.as_str(), third.text("f").text.as_str()), ("Two.", "Two."));
}

#[test]
fn who_wants_another_answer_or_none_that_is_kept_joins_nobody() {
    for cache in ["refresh", "off"] {
        let mut world = world("");
        world.generate("a", ASKED);
        world.generate("b", &format!(r#"{{"prompt":"Why is the sky blue?","cache":"{cache}"}}"#));
        assert_eq!(fetches(&world), 2, "{cache}");
    }
}

#[test]
fn a_restart_is_told_to_those_who_joined() {
    let mut world =
        World::with_ollama(r#"{"cache":{},"policy":{"onCut":"restart"}}"#, &[("m", ""), ("n", "")]);
    for id in ["a", "b"] {
        world.generate(id, ASKED);
    }
    world.head(2, 200);
    world.say(2, "Light");
    world.fail(2);
    world.head(3, 200);
    world.say(3, "Air.");
    world.done(3);
    let restarts = world.events.iter().filter(|event| matches!(event, Event::Restart { .. })).count();
    assert_eq!((restarts, world.text("a").text.as_str(), world.text("b").text.as_str()), (2, "Air.", "Air."));
}

#[test]
fn stored_answers_are_measured_as_answers_that_cost_nothing() {
    let mut world = world("");
    ask(&mut world, "a", ASKED, 2, "One.");
    world.generate("b", ASKED);
    let recent = world.engine.metrics().recent(10);
    assert_eq!(recent.len(), 2);
    assert_eq!((recent[0].cached, recent[0].cost, recent[0].attempts), (true, Some(0.0), Some(0)));
    assert!(!recent[1].cached);
}

#[test]
fn what_a_program_in_this_page_answered_is_kept_on_the_disk_if_it_says_what_it_is() {
    let mut disk = Disk::default();
    for (version, words, is_kept) in [("1", "First.", false), ("1", "First.", true), ("2", "Second.", false)]
    {
        let mut world = World::new(r#"{"cache":{},"providers":{"ollama":{"disabled":true}}}"#);
        world.disk = Disk::clone(&disk);
        let (provider, version) = ("own".to_owned(), Some(version.to_owned()));
        world.request("r", Request::Register { provider, locality: Locality::Page, version });
        let models = world.calls.pop_front().unwrap();
        let listed = crate::base::json::read(br#"[{"id":"m","type":"text"}]"#).unwrap();
        world.put(Input::Transport(models, Transport::CustomModels(listed)));
        world.generate("a", ASKED);
        assert_eq!(world.calls.is_empty(), is_kept, "{words}");
        if let Some(call) = world.calls.pop_front() {
            let said =
                format!(r#"[{{"type":"text-delta","text":"{words}"}},{{"type":"finish","reason":"stop"}}]"#);
            let events = crate::base::json::read(said.as_bytes()).unwrap();
            world.put(Input::Transport(call, Transport::CustomEvents(events)));
        }
        assert_eq!(world.text("a").text, words);
        disk = Disk::clone(&world.disk);
    }
}

#[test]
fn what_a_program_in_this_page_answered_is_forgotten_when_it_leaves() {
    let mut world = World::new(r#"{"cache":{},"providers":{"ollama":{"disabled":true}}}"#);
    let mut answered = 0;
    for (words, is_again) in [("First.", true), ("Second.", false)] {
        world.request(
            &format!("r{words}"),
            Request::Register { provider: "own".to_owned(), locality: Locality::Page, version: None },
        );
        let models = world.calls.pop_front().unwrap();
        let listed = crate::base::json::read(br#"[{"id":"m","type":"text"}]"#).unwrap();
        world.put(Input::Transport(models, Transport::CustomModels(listed)));
        world.generate(words, ASKED);
        let call = world.calls.pop_front().unwrap();
        answered += 1;
        let said =
            format!(r#"[{{"type":"text-delta","text":"{words}"}},{{"type":"finish","reason":"stop"}}]"#);
        let events = crate::base::json::read(said.as_bytes()).unwrap();
        world.put(Input::Transport(call, Transport::CustomEvents(events)));
        assert_eq!(world.text(words).text, words);
        if is_again {
            world.generate("again", ASKED);
            assert_eq!(world.text("again").text, words);
        }
        world.request(&format!("u{words}"), Request::Unregister("own".to_owned()));
    }
    assert_eq!((answered, world.disk.borrow().len()), (2, 0));
}

#[test]
fn answers_that_could_not_be_forgotten_are_said_to_be_there_still() {
    let mut world = world("");
    ask(&mut world, "a", ASKED, 2, "One.");
    world.disk_fault = Some(DiskFault::Stuck);
    world.request("w", Request::Cache(CacheWish::Clear));
    assert_eq!(world.error("w").code, ErrorCode::Storage);
    assert_eq!(stats(&mut world, "s").entries, 1);
    world.disk_fault = None;
    assert_eq!(wish(&mut world, "v", CacheWish::Clear), 1);
    assert_eq!(stats(&mut world, "t").entries, 0);
}
