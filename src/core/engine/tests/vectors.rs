//! Vectors that are kept, and what is asked of those that are not.

use super::embedding::world_with;
use super::story::{Disk, DiskFault, World};
use crate::catalog::CustomModel;
use crate::engine::{CacheWish, Input, Request, Settlement, Transport, World as Network};
use crate::model::cache::CacheStats;
use crate::model::receipt::{CacheTier, Cached, EmbedResult};
use crate::model::request::{CacheMode, EmbedRequest};
use crate::model::{ErrorCode, Locality, PolicyInput};

fn world() -> World {
    world_with(r#"{"cache":{}}"#)
}

/// Another visit over the same disk, in which nothing of the memory is left.
fn visit(disk: &Disk) -> World {
    let mut world = world();
    world.disk = Disk::clone(disk);
    world
}

fn request(texts: &[&str]) -> EmbedRequest {
    EmbedRequest { texts: texts.iter().map(|text| (*text).to_owned()).collect(), ..EmbedRequest::default() }
}

fn embed(world: &mut World, id: &str, texts: &[&str]) {
    world.request(id, Request::Embed(Box::new(request(texts))));
}

/// The texts of the call that went out last, and its transport.
fn asked(world: &World) -> (u32, Vec<String>) {
    let (transport, request) = world.sent.last().unwrap();
    let body: serde_json::Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
    let texts = body["input"].as_array().unwrap();
    (transport.number(), texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
}

/// Of every text its own.
fn vector(text: &str) -> Vec<f32> {
    vec![text.len() as f32, text.bytes().map(f32::from).sum()]
}

/// Answers the call that went out last as a model would.
fn answer(world: &mut World) {
    let (transport, texts) = asked(world);
    answer_to(world, transport, &texts);
}

fn answer_to(world: &mut World, transport: u32, texts: &[String]) {
    let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(text)).collect();
    let body = serde_json::json!({ "embeddings": vectors, "prompt_eval_count": texts.len() });
    world.answer(transport, 200, &body.to_string());
}

fn result<'a>(world: &'a World, id: &str) -> &'a EmbedResult {
    match world.outcome(id) {
        Ok(Settlement::Embedding(result)) => result,
        other => panic!("{other:?}"),
    }
}

/// Each text got its own, whoever it came from.
fn check(world: &World, id: &str, texts: &[&str], cached: Cached) {
    let expected: Vec<Vec<f32>> = texts.iter().map(|text| vector(text)).collect();
    assert_eq!(result(world, id).vectors, expected);
    assert_eq!(result(world, id).receipt.cached, cached);
}

fn stats(world: &mut World, id: &str) -> CacheStats {
    world.request(id, Request::Cache(CacheWish::Stats));
    match world.outcome(id) {
        Ok(Settlement::CacheStats(stats)) => *stats,
        other => panic!("{other:?}"),
    }
}

const MEMORY: Cached = Cached::From(CacheTier::Memory);
const DISK: Cached = Cached::From(CacheTier::Disk);
const NONE: Cached = Cached::No(false);

#[test]
fn only_what_is_not_known_is_asked_for_and_nothing_when_all_is() {
    let mut world = world();
    embed(&mut world, "a", &["one", "two", "three"]);
    answer(&mut world);
    embed(&mut world, "b", &["three", "four", "one", "four"]);
    assert_eq!(asked(&world).1, ["four"]);
    answer(&mut world);
    check(&world, "b", &["three", "four", "one", "four"], NONE);
    assert_eq!(result(&world, "b").receipt.usage.input_tokens, 1, "what was asked for");
    let before = world.sent.len();
    embed(&mut world, "c", &["four", "two", "two"]);
    check(&world, "c", &["four", "two", "two"], MEMORY);
    assert_eq!(world.sent.len(), before);
    let receipt = &result(&world, "c").receipt;
    assert_eq!((receipt.cost, receipt.usage.input_tokens, receipt.attempts.len()), (Some(0.0), 0, 0));
    assert_eq!((receipt.model.as_str(), receipt.decision.why.code.as_str()), ("ollama/words:30m", "cached"));
}

#[test]
fn another_visit_finds_them_on_the_disk_as_bytes_and_then_in_memory() {
    let mut first = world();
    embed(&mut first, "a", &["one", "two"]);
    answer(&mut first);
    assert_eq!(first.disk.borrow().len(), 2);
    let bytes = vector("two").iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    assert!(first.disk.borrow().values().any(|(record, _)| record.ends_with(&bytes)));

    let mut second = visit(&first.disk);
    embed(&mut second, "a", &["two", "one"]);
    check(&second, "a", &["two", "one"], DISK);
    embed(&mut second, "b", &["two", "new", "one"]);
    assert_eq!(asked(&second).1, ["new"]);
    answer(&mut second);
    check(&second, "b", &["two", "new", "one"], NONE);
    embed(&mut second, "c", &["two"]);
    check(&second, "c", &["two"], MEMORY);
    let stats = stats(&mut second, "s");
    assert_eq!((stats.entries, stats.disk_hits, stats.memory_hits, stats.misses), (3, 2, 3, 1));
}

#[test]
fn thousands_are_read_from_the_disk_in_parts() {
    let texts: Vec<String> = (0..1_100).map(|number| format!("text {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut first = world();
    embed(&mut first, "a", &texts);
    while first.settled.is_empty() {
        answer(&mut first);
    }
    let mut second = visit(&first.disk);
    let before = second.sent.len();
    embed(&mut second, "a", &texts);
    check(&second, "a", &texts, DISK);
    assert_eq!(second.sent.len(), before);
}

#[test]
fn what_had_to_stay_here_is_not_on_the_disk() {
    for policy in [r#""privacy""#, r#"{"stayWithin":"device"}"#, r#"{"stayWithin":"network"}"#] {
        let mut world = world();
        let policy: PolicyInput = crate::base::json::read(policy.as_bytes()).unwrap();
        let private = EmbedRequest { policy: Some(policy), ..request(&["secret"]) };
        world.request("a", Request::Embed(Box::new(private.clone())));
        answer(&mut world);
        assert!(world.disk.borrow().is_empty());
        world.request("b", Request::Embed(Box::new(private)));
        check(&world, "b", &["secret"], MEMORY);
    }
}

#[test]
fn a_caller_can_want_them_new_or_not_kept() {
    let mut world = world();
    let with = |mode| Request::Embed(Box::new(EmbedRequest { cache: Some(mode), ..request(&["one"]) }));
    world.request("a", with(CacheMode::Off));
    answer(&mut world);
    assert!(world.disk.borrow().is_empty());
    world.request("b", with(CacheMode::Use));
    check_asked_again(&mut world, "b");
    world.request("c", with(CacheMode::Refresh));
    check_asked_again(&mut world, "c");
    world.request("d", with(CacheMode::Off));
    check_asked_again(&mut world, "d");
    world.request("e", with(CacheMode::Use));
    check(&world, "e", &["one"], MEMORY);
    let mut off = world_with(r#"{"cache":false}"#);
    for id in ["a", "b"] {
        embed(&mut off, id, &["one"]);
        check_asked_again(&mut off, id);
    }
}

fn check_asked_again(world: &mut World, id: &str) {
    answer(world);
    check(world, id, &["one"], NONE);
}

#[test]
fn what_came_before_a_call_failed_need_not_come_again() {
    let mut world = world();
    let texts: Vec<String> = (0..150).map(|number| format!("text {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    embed(&mut world, "a", &texts);
    assert_eq!(asked(&world).1.len(), 64);
    answer(&mut world);
    let (transport, _) = asked(&world);
    world.answer(transport, 400, r#"{"error":"no"}"#);
    assert!(world.outcome("a").is_err());
    embed(&mut world, "b", &texts);
    assert_eq!(asked(&world).1, texts[64..128]);
    answer(&mut world);
    answer(&mut world);
    check(&world, "b", &texts, NONE);
    assert_eq!(result(&world, "b").receipt.attempts.len(), 1);
    assert_eq!(result(&world, "b").receipt.usage.input_tokens, 86);
}

#[test]
fn a_text_that_is_on_its_way_to_somebody_is_waited_for() {
    let mut world = world();
    embed(&mut world, "a", &["one", "two"]);
    let first = asked(&world);
    embed(&mut world, "b", &["two", "three", "one"]);
    let second = asked(&world);
    assert_eq!(second.1, ["three"], "what nobody asked for");
    embed(&mut world, "c", &["two"]);
    assert_eq!(asked(&world), second, "nothing is missing that is not on its way");
    answer_to(&mut world, second.0, &second.1);
    assert!(world.settled.is_empty());
    answer_to(&mut world, first.0, &first.1);
    check(&world, "a", &["one", "two"], NONE);
    check(&world, "b", &["two", "three", "one"], NONE);
    check(&world, "c", &["two"], MEMORY);
    assert_eq!(result(&world, "b").receipt.usage.input_tokens, 1, "what was asked for it");
}

#[test]
fn whoever_waited_for_a_call_that_came_to_nothing_asks() {
    for is_cancelled in [true, false] {
        let mut world = world();
        embed(&mut world, "a", &["one"]);
        let (first, _) = asked(&world);
        embed(&mut world, "b", &["one"]);
        assert_eq!(asked(&world).0, first);
        if is_cancelled {
            world.request("a", Request::Cancel);
        } else {
            world.answer(first, 400, r#"{"error":"no"}"#);
        }
        assert_ne!(asked(&world).0, first);
        answer(&mut world);
        check(&world, "b", &["one"], NONE);
    }
}

#[test]
fn a_disk_that_says_nothing_is_not_waited_for() {
    let mut first = world();
    embed(&mut first, "a", &["one"]);
    answer(&mut first);
    let mut second = visit(&first.disk);
    second.disk_fault = Some(DiskFault::Silent);
    embed(&mut second, "a", &["one"]);
    let before = second.sent.len();
    second.wait(500);
    assert_eq!(second.sent.len(), before + 1);
    answer(&mut second);
    check(&second, "a", &["one"], NONE);
}

#[test]
fn records_that_are_not_what_they_should_be_are_asked_for_again() {
    let mut first = world();
    embed(&mut first, "a", &["one", "two", "three"]);
    answer(&mut first);
    let names: Vec<String> = first.disk.borrow().keys().cloned().collect();
    // One is cut, and two stand under each other's keys.
    let records: Vec<Vec<u8>> = names.iter().map(|name| first.disk.borrow()[name].0.clone()).collect();
    for (name, record) in names.iter().zip([records[0][..9].to_vec(), records[2].clone(), records[1].clone()])
    {
        first.disk.borrow_mut().get_mut(name).unwrap().0 = record;
    }
    let mut second = visit(&first.disk);
    embed(&mut second, "a", &["one", "two", "three"]);
    answer(&mut second);
    check(&second, "a", &["one", "two", "three"], NONE);
}

#[test]
fn without_a_network_what_is_kept_is_given() {
    let options = r#"{"cache":{},"providers":{"ollama":{"disabled":true},
        "far":{"kind":"openai","endpoint":"https://far.example/v1"}}}"#;
    let mut world = World::new(options);
    world.request("look", super::story::only("far"));
    world.answer(0, 200, r#"{"data":[{"id":"text-embedding-3-small"}]}"#);
    let of = |texts: &[&str]| {
        let model = Some("far/text-embedding-3-small".to_owned());
        Request::Embed(Box::new(EmbedRequest { model, ..request(texts) }))
    };
    world.request("a", of(&["one"]));
    let (transport, _) = asked(&world);
    world.answer(transport, 200, r#"{"data":[{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":1}}"#);
    world.put(Input::World(Network::Offline));
    world.request("b", of(&["one"]));
    assert_eq!(result(&world, "b").vectors, [[1.0, 2.0]]);
    world.request("c", of(&["one", "two"]));
    assert_eq!(world.error("c").code, ErrorCode::Offline);
}

#[test]
fn a_model_that_was_changed_under_its_name_is_asked_for_all() {
    let mut world = world();
    embed(&mut world, "a", &["one", "two"]);
    answer(&mut world);
    embed(&mut world, "b", &["one", "three", "two"]);
    let (transport, _) = asked(&world);
    world.answer(transport, 200, r#"{"embeddings":[[1,2,3]]}"#);
    assert_eq!(asked(&world).1, ["one", "two"]);
    let (transport, _) = asked(&world);
    world.answer(transport, 200, r#"{"embeddings":[[4,5,6],[7,8,9]]}"#);
    assert_eq!(result(&world, "b").vectors, [[4.0, 5.0, 6.0], [1.0, 2.0, 3.0], [7.0, 8.0, 9.0]]);
    embed(&mut world, "c", &["one", "two", "three"]);
    assert_eq!(result(&world, "c").vectors, [[4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [1.0, 2.0, 3.0]]);
}

#[test]
fn vectors_outlive_answers_and_end_all_the_same() {
    let mut world = world_with(r#"{"cache":{"ttlMs":1000}}"#);
    embed(&mut world, "a", &["one"]);
    answer(&mut world);
    let day = 24 * 3_600_000;
    world.wait(89 * day);
    world.request("p", Request::Cache(CacheWish::Prune));
    assert_eq!(world.outcome("p"), &Ok(Settlement::Forgotten(0)));
    embed(&mut world, "b", &["one"]);
    check(&world, "b", &["one"], MEMORY);
    world.wait(day);
    world.request("q", Request::Cache(CacheWish::Prune));
    assert_eq!(world.outcome("q"), &Ok(Settlement::Forgotten(1)));
    assert!(world.disk.borrow().is_empty());
}

#[test]
fn they_take_room_and_are_forgotten_with_the_answers() {
    let mut world = world_with(r#"{"cache":{"maxBytes":1000}}"#);
    let texts: Vec<String> = (0..40).map(|number| format!("text {number}")).collect();
    embed(&mut world, "a", &texts.iter().map(String::as_str).collect::<Vec<_>>());
    answer(&mut world);
    let kept = stats(&mut world, "s");
    assert!(kept.bytes <= 2_000 && (1..40).contains(&kept.entries), "{kept:?}");
    let used = |world: &World| world.disk.borrow().values().map(|(record, _)| record.len()).sum::<usize>();
    assert!(used(&world) <= 1_000, "{} bytes", used(&world));
    world.request("c", Request::Cache(CacheWish::Clear));
    assert!(world.disk.borrow().is_empty());
    embed(&mut world, "b", &["text 39"]);
    answer(&mut world);
    check(&world, "b", &["text 39"], NONE);
}

/// A page with a provider of its own that gives vectors.
fn page(disk: &Disk, version: Option<&str>) -> World {
    let mut world = World::new(r#"{"cache":{},"providers":{"ollama":{"disabled":true}}}"#);
    world.disk = Disk::clone(disk);
    let version = version.map(str::to_owned);
    let provider = "page".to_owned();
    world.request("r", Request::Register { provider, locality: Locality::Page, version });
    let id = world.calls.pop_front().unwrap();
    let capabilities = Some(vec!["embedding".to_owned()]);
    let model = CustomModel { id: "m".to_owned(), capabilities, ..CustomModel::default() };
    world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
    world
}

#[test]
fn a_program_of_the_page_is_known_by_its_version_only() {
    let disk = Disk::default();
    for (version, calls) in [(None, 2), (Some("1"), 1), (Some("1"), 0), (Some("2"), 1), (None, 2)] {
        let mut world = page(&disk, version);
        let mut count = 0;
        for id in ["a", "b"] {
            embed(&mut world, id, &["one"]);
            if let Some(call) = world.calls.pop_front() {
                count += 1;
                world.put(Input::Transport(call, Transport::CustomVectors(vec![vector("one")])));
            }
            assert_eq!(result(&world, id).vectors, [vector("one")]);
        }
        assert_eq!(count, calls, "{version:?}");
    }
}

#[test]
fn the_next_model_is_asked_for_all_where_the_first_fails_though_it_is_known_in_part() {
    let options = r#"{"cache":{},"policy":{"prefer":["ollama"]},"providers":{
        "lan":{"kind":"ollama","endpoint":"http://192.168.0.7:11434","locality":"network"}}}"#;
    let mut world = World::new(options);
    world.request("look", super::story::everyone());
    let models = r#"{"models":[{"name":"words:30m","size":1000,"details":{"context_length":512},"capabilities":["embedding"]}]}"#;
    for transport in 0..4 {
        world.answer(transport, 200, if transport < 2 { models } else { r#"{"models":[]}"# });
    }
    embed(&mut world, "a", &["one"]);
    answer(&mut world);
    embed(&mut world, "b", &["one", "two"]);
    let (transport, texts) = asked(&world);
    assert_eq!(texts, ["two"]);
    world.fail(transport);
    let (transport, texts) = asked(&world);
    assert_eq!(texts, ["one", "two"], "vectors of two models cannot stand beside each other");
    world.answer(transport, 200, r#"{"embeddings":[[1,2,3],[4,5,6]]}"#);
    let result = result(&world, "b");
    assert_eq!(result.vectors, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!((result.receipt.model.as_str(), result.receipt.attempts.len()), ("lan/words:30m", 2));
}

#[test]
fn many_texts_go_out_in_the_batch_calls_of_each_provider() {
    let of_openrouter = r#"{"data":[{"id":"m","context_length":8192,"pricing":{"prompt":"0.000001","completion":"0"},
        "architecture":{"input_modalities":["text"],"output_modalities":["embeddings"]}}]}"#;
    let providers = [
        ("ollama", r#"{"models":[{"name":"m","size":1,"details":{},"capabilities":["embedding"]}]}"#, 64),
        ("lan", r#"{"data":[{"id":"m","type":"embedding"}]}"#, 32),
        ("openrouter", of_openrouter, 96),
        ("gemini", r#"{"models":[{"name":"models/m","supportedGenerationMethods":["embedContent"]}]}"#, 100),
    ];
    for (provider, list, most) in providers {
        let mut world = World::new(
            r#"{"cache":{},"providers":{"gemini":{},"openrouter":{},"lan":{"kind":"openai","endpoint":"https://lan.example/v1"}}}"#,
        );
        for with_key in ["gemini", "openrouter"] {
            world.request(
                "k",
                Request::KeyChanged {
                    provider: with_key.to_owned(),
                    has_key: true,
                    is_own: false,
                    is_new: true,
                },
            );
        }
        world.request("look", super::story::only(provider));
        let mut heard = 0;
        while let Some((transport, _)) = world.sent.get(heard) {
            heard += 1;
            let transport = transport.number();
            world.answer(transport, 200, list);
        }
        let texts: Vec<String> = (0..1_050).map(|number| format!("text {number}")).collect();
        let model = Some(format!("{provider}/m"));
        let asked = EmbedRequest { texts: texts.clone(), model, ..EmbedRequest::default() };
        world.request("a", Request::Embed(Box::new(asked)));
        let mut calls = Vec::new();
        while let Some((transport, sent)) = world.sent.get(heard) {
            heard += 1;
            let transport = transport.number();
            let body: serde_json::Value = serde_json::from_slice(sent.body.as_ref().unwrap()).unwrap();
            let count = body["input"].as_array().or(body["requests"].as_array()).unwrap().len();
            let first: usize = calls.iter().sum();
            calls.push(count);
            let numbers = first..first + count;
            let vectors: Vec<serde_json::Value> = match provider {
                "gemini" => numbers.map(|number| serde_json::json!({ "values": [number] })).collect(),
                "ollama" => numbers.map(|number| serde_json::json!([number])).collect(),
                _ => numbers
                    .map(|number| serde_json::json!({ "index": number - first, "embedding": [number] }))
                    .collect(),
            };
            let answer = serde_json::json!({ "embeddings": vectors, "data": vectors });
            world.answer(transport, 200, &answer.to_string());
        }
        assert_eq!(calls.len(), 1_050_usize.div_ceil(most), "{provider}");
        assert!(calls.iter().rev().skip(1).all(|count| *count == most), "{provider}: {calls:?}");
        let result = result(&world, "a");
        let expected: Vec<Vec<f32>> = (0..1_050_u16).map(|number| vec![f32::from(number)]).collect();
        assert_eq!(result.vectors, expected);
        assert_eq!(result.receipt.attempts.len(), 1, "{provider}");
        assert!(result.receipt.usage.estimated && result.receipt.usage.input_tokens > 1_000);
    }
}
