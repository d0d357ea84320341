//! What is measured: every generation and attempt; and never a word of what was asked or said. Tokens and costs are in
//! `costs`.

use super::costs::{OPENAI_USAGE, PRICE, openai_stream, world};
use super::story::World;
use crate::engine::{Record, Request};
use crate::model::metrics::{PerformanceReport, Range};
use crate::model::{ErrorCode, Goal};

fn last(world: &World) -> u32 {
    world.sent.last().unwrap().0.number()
}

fn report(world: &World) -> PerformanceReport {
    world.engine.report(Range::default(), 0, world.now())
}

#[test]
fn a_generation_is_measured_with_its_times() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello","policy":"speed"}"#);
    world.wait(100);
    world.head(2, 200);
    world.wait(300);
    world.say(2, "Hi");
    world.wait(600);
    world.done(2);
    let single = &world.engine.metrics().recent(10)[0];
    assert_eq!((single.model_id.as_str(), single.provider.as_str()), ("m", "ollama"));
    assert_eq!((single.duration, single.first_token_ms), (1_000.0, Some(400.0)));
    assert_eq!((single.queue_ms, single.connect_ms), (Some(0.0), Some(100.0)));
    assert_eq!((single.goal, single.attempts, single.is_local), (Some(Goal::Speed), Some(1), true));
    let usage = single.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, single.tokens), (10, 2, Some(12)));
    assert_eq!(single.decision.as_deref(), Some("only-one"));
    let total = report(&world).total;
    assert!((total.p50_ms - 1_000.0).abs() <= 4.0, "{}", total.p50_ms);
    assert!((total.first_token_p50_ms.unwrap() - 400.0).abs() <= 1.6);
    assert!((total.connect_p50_ms.unwrap() - 100.0).abs() <= 0.4);
    assert_eq!(total.queue_p50_ms, Some(0.0));
}

#[test]
fn every_attempt_counts_and_the_generation_once() {
    let mut world = World::with_ollama("{}", &[("m", ""), ("n", "")]);
    world.generate("a", r#"{"prompt":"Hello","policy":{"prefer":["ollama/m","ollama/n"]}}"#);
    world.answer(2, 500, r#"{"error":"it broke"}"#);
    let second = last(&world);
    world.head(second, 200);
    world.say(second, "Hi");
    world.done(second);
    let report = report(&world);
    assert_eq!((report.total.requests, report.total.attempts), (1, Some(2)));
    assert_eq!((report.total.success_rate, report.total.errors.0.len()), (1.0, 0));
    let first = &report.by_model.0.iter().find(|(name, _)| name == "ollama/m").unwrap().1;
    assert_eq!((first.requests, first.attempts), (0, Some(1)));
    assert_eq!(first.attempt_errors.as_ref().unwrap().0.len(), 1);
}

#[test]
fn a_request_that_nobody_could_be_asked_for_counts_as_failed() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true},"comfyui":{"disabled":true}}}"#);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    let code = world.error("a").code;
    let report = report(&world);
    assert_eq!((report.total.requests, report.total.success_rate), (1, 0.0));
    assert_eq!(report.total.errors.0, [(code.as_str().to_owned(), 1)]);
    assert!(report.by_model.0.is_empty() && report.by_provider.0.is_empty());
    assert_ne!(code, ErrorCode::Internal);
}

#[test]
fn no_prompt_no_answer_and_no_id_of_the_callers_is_ever_measured() {
    let mut world = world("openai", Some(PRICE));
    let request = r#"{"prompt":"a planted prompt","system":"a planted system text"}"#;
    world.generate("planted-id", request);
    let id = last(&world);
    world.answer(id, 200, &openai_stream(OPENAI_USAGE).replace("Hi there.", "a planted answer"));
    world.generate("planted-other", request);
    let id = last(&world);
    world.answer(id, 400, r#"{"error":{"message":"a planted error of the planted prompt"}}"#);
    world.generate("planted-third", request);
    world.request("planted-third", Request::Cancel);
    world.put(crate::engine::Input::Store(crate::engine::StoreAnswer::Loaded(Record::Metrics, None)));
    let everything = Range { from: Some(0.0), to: None };
    let metrics = world.engine.metrics();
    let kept = [
        String::from_utf8(metrics.to_record()).unwrap(),
        metrics.export(everything, world.now().wall),
        metrics.sheet(everything, world.now().wall),
        serde_json::to_string(&report(&world)).unwrap(),
        serde_json::to_string(&metrics.recent(10)).unwrap(),
        String::from_utf8(world.saved.last().unwrap().1.clone()).unwrap(),
    ];
    assert_eq!(report(&world).total.requests, 3);
    for text in &kept {
        assert!(text.contains("x/m") || text.contains("\"m\""), "{text}");
        assert!(!text.contains("planted"), "{text}");
    }
}
