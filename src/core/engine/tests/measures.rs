//! What is measured: every generation and attempt, each token once, in the right class and to the right cent; and never a
//! word of what was asked or said.

use super::story::{World, everyone};
use crate::catalog::Entry;
use crate::engine::{Record, Request};
use crate::model::metrics::{PerformanceReport, Range};
use crate::model::{CostKind, ErrorCode, Goal, ModelKey, Price};

/// The one provider `x` of this kind, with one model at known prices.
fn world(kind: &str, price: Option<Price>) -> World {
    if kind == "ollama" {
        return World::with_ollama("{}", &[("m", "")]);
    }
    let endpoint = if kind == "openai" { r#","endpoint":"https://x.example""# } else { "" };
    let mut world = World::new(&format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},"x":{{"kind":"{kind}"{endpoint}}}}},"policy":{{"onCut":"fail"}}}}"#
    ));
    world.request("k", Request::KeyChanged("x".to_owned(), true));
    world.request("d", everyone());
    world.answer(
        0,
        200,
        match kind {
            "gemini" => {
                r#"{"models":[{"name":"models/m","supportedGenerationMethods":["generateContent"]}]}"#
            }
            "openrouter" => r#"{"data":[{"id":"m","name":"M","supported_parameters":[]}]}"#,
            _ => r#"{"data":[{"id":"m"}]}"#,
        },
    );
    let shared = &mut world.engine.shared;
    let mut config = shared.catalogue.entry(&ModelKey::new("x", "m")).unwrap().config().clone();
    config.price = price;
    shared.listed("x", vec![Entry::new(config, None)]);
    world.settled.clear();
    world.transcript.clear();
    world
}

const PRICE: Price = Price { input: 1e-6, output: 4e-6, cached_input: Some(2.5e-7), ..Price::FREE };

fn last(world: &World) -> u32 {
    world.sent.last().unwrap().0.number()
}

fn report(world: &World) -> PerformanceReport {
    world.engine.report(Range::default(), 0, world.now())
}

/// What was counted: tokens by class, pico-dollars, and how far they can be trusted.
#[derive(Debug, PartialEq)]
struct Counted {
    /// Input, of it cached, output, of it reasoning.
    tokens: [u64; 4],
    micro_dollars: Option<f64>,
    kind: CostKind,
}

fn counted(tokens: [u64; 4], micro_dollars: f64, kind: CostKind) -> Counted {
    Counted { tokens, micro_dollars: Some(micro_dollars), kind }
}

/// What the metrics say of the only request.
fn found(world: &World) -> Counted {
    let total = report(world).total;
    let (tokens, costs) = (total.token_counts.unwrap(), total.cost_counts.unwrap());
    assert_eq!(total.tokens, tokens.input + tokens.output);
    assert_eq!((total.requests, total.attempts), (1, Some(1)));
    let single = &world.engine.metrics().recent(1)[0];
    assert_eq!(single.tokens, Some(total.tokens), "the single generation and the sum");
    assert_eq!(single.cost.unwrap_or(0.0), total.cost, "the single generation and the sum");
    let kind = single.cost_kind.unwrap();
    let of_kind = match kind {
        CostKind::Billed => Some(costs.billed),
        CostKind::Computed | CostKind::Free => Some(costs.computed),
        CostKind::Estimated => Some(costs.estimated),
        CostKind::Unknown => None,
    };
    assert_eq!(of_kind.unwrap_or(0.0), total.cost, "all of it is of one kind");
    assert_eq!(total.unpriced, Some(u64::from(kind == CostKind::Unknown)));
    Counted {
        tokens: [tokens.input, tokens.cached_input, tokens.output, tokens.reasoning],
        micro_dollars: of_kind.map(|usd| (usd * 1e12).round() / 1e6),
        kind,
    }
}

/// A body that came whole.
fn of_body(kind: &str, price: Option<Price>, body: &str) -> Counted {
    let mut world = world(kind, price);
    world.generate("a", r#"{"prompt":"Hello","maxOutputTokens":100}"#);
    let id = last(&world);
    world.answer(id, 200, body);
    world.text("a");
    found(&world)
}

/// A body that was cancelled in the middle.
fn of_cancelled(kind: &str, price: Option<Price>, body: &str) -> Counted {
    let mut world = world(kind, price);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    let id = last(&world);
    world.head(id, 200);
    world.chunk(id, body);
    world.request("a", Request::Cancel);
    let single = &world.engine.metrics().recent(1)[0];
    assert_eq!((single.success, single.cancelled, single.error), (false, Some(true), None));
    found(&world)
}

const OPENAI_WORD: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi there.\"}}]}\n\n";

fn openai_stream(usage: &str) -> String {
    format!(
        "{OPENAI_WORD}data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n\
         data: {{\"choices\":[],\"usage\":{usage}}}\n\ndata: [DONE]\n\n"
    )
}

const OPENAI_USAGE: &str = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":80},"completion_tokens_details":{"reasoning_tokens":30}}"#;

#[test]
fn openais_tokens_are_counted_once_each() {
    let all = counted([100, 80, 50, 30], 240.0, CostKind::Computed);
    assert_eq!(of_body("openai", Some(PRICE), &openai_stream(OPENAI_USAGE)), all, "streamed");
    let whole = format!(
        r#"{{"choices":[{{"message":{{"role":"assistant","content":"Hi."}},"finish_reason":"stop"}}],"usage":{OPENAI_USAGE}}}"#
    );
    assert_eq!(of_body("openai", Some(PRICE), &whole), all, "whole");
    let dearer = Price { reasoning: Some(1e-5), ..PRICE };
    let with_dear_thoughts = counted([100, 80, 50, 30], 420.0, CostKind::Computed);
    assert_eq!(of_body("openai", Some(dearer), &openai_stream(OPENAI_USAGE)), with_dear_thoughts);
    let beside = r#"{"prompt_tokens":100,"completion_tokens":20,"total_tokens":150,"completion_tokens_details":{"reasoning_tokens":30}}"#;
    assert_eq!(
        of_body("openai", Some(PRICE), &openai_stream(beside)),
        counted([100, 0, 50, 30], 300.0, CostKind::Computed),
        "thoughts that were left out of the answer's tokens"
    );
    let more_cached_than_sent =
        r#"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":500}}"#;
    assert_eq!(
        of_body("openai", Some(PRICE), &openai_stream(more_cached_than_sent)),
        counted([100, 100, 10, 0], 65.0, CostKind::Computed)
    );
}

#[test]
fn what_no_server_counted_is_estimated_and_said_to_be() {
    let missing = of_body("openai", Some(PRICE), &openai_stream("null"));
    assert_eq!(missing.kind, CostKind::Estimated);
    let [input, _, output, _] = missing.tokens;
    assert!(input > 0 && output > 0);
    assert_eq!(missing.micro_dollars, Some((input + 4 * output) as f64));
    let cancelled = of_cancelled("openai", Some(PRICE), OPENAI_WORD);
    assert_eq!(cancelled, missing, "the same words cost the same, cancelled or not");
}

#[test]
fn an_unknown_price_is_no_price_of_zero() {
    let unknown = of_body("openai", None, &openai_stream(OPENAI_USAGE));
    assert_eq!(unknown, Counted { tokens: [100, 80, 50, 30], micro_dollars: None, kind: CostKind::Unknown });
}

#[test]
fn openrouters_own_bill_counts_and_not_its_price_list() {
    let with = |more: &str| openai_stream(&OPENAI_USAGE.replacen('{', &format!("{{{more},"), 1));
    let billed = counted([100, 80, 50, 30], 61.5, CostKind::Billed);
    assert_eq!(of_body("openrouter", Some(PRICE), &with(r#""cost":0.0000615"#)), billed);
    let own_key = r#""cost":0.00001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.0002}"#;
    let by_both = counted([100, 80, 50, 30], 210.0, CostKind::Billed);
    assert_eq!(of_body("openrouter", Some(PRICE), &with(own_key)), by_both, "with a key of the user's own");
    let computed = counted([100, 80, 50, 30], 240.0, CostKind::Computed);
    assert_eq!(of_body("openrouter", Some(PRICE), &with(r#""cost":null"#)), computed, "no bill");
    let cancelled = of_cancelled("openrouter", Some(PRICE), OPENAI_WORD);
    assert_eq!(cancelled.kind, CostKind::Estimated, "the bill comes at the end");
}

#[test]
fn geminis_thoughts_are_output_and_its_cached_tokens_input() {
    let frame = |parts: &str, finish: &str, usage: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{parts}],\"role\":\"model\"}}{finish},\"index\":0}}]{usage}}}\r\n\r\n"
        )
    };
    let stop = r#","finishReason":"STOP""#;
    let counts = |cached: &str| {
        format!(
            r#","usageMetadata":{{"promptTokenCount":100,"candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":150{cached}}}"#
        )
    };
    let word = r#"{"text":"Hi there."}"#;
    let streamed = frame(word, stop, &counts(r#","cachedContentTokenCount":80"#));
    assert_eq!(
        of_body("gemini", Some(PRICE), &streamed),
        counted([100, 80, 50, 30], 240.0, CostKind::Computed)
    );
    let twice = [frame(word, "", &counts("")), frame(word, stop, &counts(""))].concat();
    assert_eq!(
        of_body("gemini", Some(PRICE), &twice),
        counted([100, 0, 50, 30], 300.0, CostKind::Computed),
        "each frame counts from the beginning"
    );
    assert_eq!(
        of_cancelled("gemini", Some(PRICE), &frame(word, "", &counts(""))),
        counted([100, 0, 50, 30], 300.0, CostKind::Computed),
        "what it had counted when it was cancelled"
    );
    let missing = of_body("gemini", Some(PRICE), &frame(word, stop, ""));
    assert_eq!(missing.kind, CostKind::Estimated);
}

#[test]
fn ollamas_tokens_are_counted_and_cost_nothing() {
    let body = |counts: &str| {
        format!("{{\"message\":{{\"content\":\"Hi.\"}},\"done\":true,\"done_reason\":\"stop\"{counts}}}\n")
    };
    let counts = r#","prompt_eval_count":100,"eval_count":50"#;
    assert_eq!(of_body("ollama", None, &body(counts)), counted([100, 0, 50, 0], 0.0, CostKind::Free));
    let missing = of_body("ollama", None, &body(""));
    assert!(missing.tokens[0] > 0 && missing.tokens[2] > 0, "{missing:?}");
    assert_eq!(missing.kind, CostKind::Free);
    let word = "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n";
    let cancelled = of_cancelled("ollama", None, word);
    assert!(cancelled.tokens[0] > 0 && cancelled.tokens[2] > 0, "{cancelled:?}");
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
    let total = report(&world).total;
    assert!((total.p50_ms - 1_000.0).abs() <= 4.0, "{}", total.p50_ms);
    assert!((total.first_token_p50_ms.unwrap() - 400.0).abs() <= 1.6);
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
