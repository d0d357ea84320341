//! Pictures by models of the clouds: what is asked, what comes with its drafts and its words, several at once, the ways it can
//! fail, and what it costs.

use serde_json::{Value, json};

use super::costs::{RECORD, last};
use super::story::{World, everyone};
use crate::base::id::TransportId;
use crate::catalog::Entry;
use crate::engine::{Input, Request, Settlement, Transport};
use crate::model::http::Reading;
use crate::model::picture::HeldBlob;
use crate::model::{CostKind, ErrorCode, FinishReason, ImageResult, ModelKey, Price};

/// A world with the painters of one cloud: `gemini` has one that thinks, `openrouter` one that writes and one that does not.
fn world(name: &str) -> World {
    let mut world = World::new(&format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},"comfyui":{{"disabled":true}},"{name}":{{}}}}}}"#
    ));
    let provider = name.to_owned();
    world.request("k", Request::KeyChanged { provider, has_key: true, is_own: false, is_new: true });
    world.request("d", everyone());
    let list = if name == "gemini" {
        json!({ "models": [{
            "name": "models/gemini-3-pro-image", "supportedGenerationMethods": ["generateContent"], "thinking": true,
        }] })
    } else {
        let pricing = json!({ "prompt": "0.000001", "completion": "0.000002", "image_output": "0.00003" });
        let model = |id: &str, output: &[&str]| {
            json!({
                "id": id, "pricing": pricing, "supported_parameters": [],
                "architecture": { "input_modalities": ["text", "image"], "output_modalities": output },
            })
        };
        json!({ "data": [model("a/writes", &["image", "text"]), model("b/paints", &["image"])] })
    };
    let asked = last(&world);
    world.answer(asked, 200, &list.to_string());
    world.settled.clear();
    world.transcript.clear();
    world
}

fn body(world: &World, transport: u32) -> Value {
    let (_, request) = world.sent.iter().find(|(id, _)| id.number() == transport).unwrap();
    assert_eq!(request.reading, Reading::WithoutPictures);
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

impl World {
    fn take_out(&mut self, transport: u32, blob: u32) {
        self.put(Input::Transport(
            TransportId::new(transport),
            Transport::TakenOut(vec![HeldBlob { blob, bytes: 3_000_000 }]),
        ));
    }

    fn gemini_says(&mut self, transport: u32, parts: &Value, finish: Option<&str>) {
        let piece = json!({
            "candidates": [{ "content": { "parts": parts }, "finishReason": finish }],
            "usageMetadata": { "promptTokenCount": 10, "candidatesTokenCount": 1300 },
        });
        self.chunk(transport, &format!("data: {piece}\r\n\r\n"));
    }

    /// A whole answer with this picture in it.
    fn gemini_paints(&mut self, transport: u32, blob: u32) {
        self.head(transport, 200);
        self.take_out(transport, blob);
        self.gemini_says(transport, &json!([part(blob, false)]), Some("STOP"));
        self.end(transport);
    }

    fn images(&self, id: &str) -> &ImageResult {
        match self.outcome(id) {
            Ok(Settlement::Images(result)) => result,
            other => panic!("{other:?}\n{}", self.transcript.join("\n")),
        }
    }

    fn has_dropped(&self, blob: u32) -> bool {
        self.says(&format!("drop [{blob}]"))
    }
}

fn part(blob: u32, is_thought: bool) -> Value {
    json!({ "inlineData": { "mimeType": "image/png", "data": format!("\u{1}blob:{blob};") }, "thought": is_thought })
}

#[test]
fn a_picture_comes_with_its_drafts_and_the_words_beside_it() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism","workflow":"infographic","negativePrompt":"people","seed":7}"#);
    let call = last(&world);
    let sent = body(&world, call);
    let words = sent["contents"][0]["parts"][0]["text"].as_str().unwrap();
    assert!(words.starts_with("Clean flat vector infographic that explains a prism."), "{words}");
    assert!(words.ends_with("Do not show: people."), "{words}");
    assert_eq!(sent["generationConfig"]["imageConfig"]["aspectRatio"], "16:9");
    assert_eq!(sent["generationConfig"]["thinkingConfig"]["includeThoughts"], true);
    world.head(call, 200);
    world.take_out(call, 1);
    world.gemini_says(call, &json!([{ "text": "First", "thought": true }, part(1, true)]), None);
    world.take_out(call, 2);
    world.gemini_says(call, &json!([part(2, true)]), None);
    assert!(world.has_dropped(1) && !world.has_dropped(2));
    world.take_out(call, 3);
    world.gemini_says(call, &json!([{ "text": "Here." }, part(3, false)]), Some("STOP"));
    world.end(call);
    assert!(world.has_dropped(2));
    let told: Vec<&str> =
        world.transcript.iter().filter_map(|line| line.split_once(" p: ")).map(|(_, said)| said).collect();
    let expected = [
        "reasoning \"First\"",
        "preview 1",
        "preview 2",
        "text \"Here.\"",
        "image 3",
        "finish gemini/gemini-3-pro-image 1",
    ];
    assert_eq!(told[2..], expected);
    let result = world.images("p");
    assert_eq!((result.images[0].blob, result.images[0].media_type.as_str()), (3, "image/png"));
    let usage = result.receipt.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.estimated), (10, 1_300, false));
}

#[test]
fn the_last_draft_counts_where_nothing_else_comes() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    for blob in [1, 2] {
        world.take_out(call, blob);
        world.gemini_says(call, &json!([part(blob, true)]), (blob == 2).then_some("STOP"));
    }
    world.end(call);
    assert_eq!(world.images("p").images[0].blob, 2);
    let place = |line: &str| world.transcript.iter().position(|said| said.contains(line));
    assert!(place("drop [1]").is_some_and(|one| place("p settles").is_some_and(|end| one < end)));
    assert!(place("drop [2]") > place("p settles"), "it is let go when its caller has it");
}

#[test]
fn a_picture_that_was_never_taken_out_of_this_answer_is_none() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.take_out(call, 4);
    // Whoever writes another's handle gets nothing by it.
    world.gemini_says(call, &json!([part(5, false)]), Some("STOP"));
    assert_eq!(world.error("p").code, ErrorCode::BadOutput);
    assert!(world.has_dropped(4));
    // What was on its way when nobody listened any more is let go of.
    world.take_out(call, 6);
    assert!(world.has_dropped(6));
}

#[test]
fn words_in_place_of_a_picture_are_shown_and_an_error() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.gemini_says(call, &json!([{ "text": "I would rather not." }]), Some("STOP"));
    world.end(call);
    assert!(world.says("text \"I would rather not.\""));
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::BadOutput);
    assert!(error.hint.as_ref().unwrap().contains("text-delta"), "{error:?}");
    assert!(!error.message.contains("rather not"), "what a model said is no part of an error");
    assert_eq!(error.receipt.as_ref().unwrap().usage.output_tokens, 1_300, "it was paid for");
}

#[test]
fn what_cannot_be_had_is_told_and_a_size_is_the_nearest() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism","width":3000,"height":1300,"steps":20}"#);
    let call = last(&world);
    let config = &body(&world, call)["generationConfig"]["imageConfig"];
    assert_eq!((&config["aspectRatio"], &config["imageSize"]), (&json!("21:9"), &json!("2K")));
    world.gemini_paints(call, 1);
    assert!(world.says("warning size-changed") && world.says("warning steps-ignored"));
}

#[test]
fn several_are_asked_for_four_at_a_time_and_what_comes_before_a_failure_stays() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism","count":6,"seed":1}"#);
    let calls: Vec<u32> = world.sent.iter().skip(1).map(|(id, _)| id.number()).collect();
    assert_eq!(calls.len(), 4);
    let seeds: Vec<i64> =
        calls.iter().map(|call| body(&world, *call)["generationConfig"]["seed"].as_i64().unwrap()).collect();
    assert_eq!(seeds, [1, 2, 3, 4], "equal seeds would make equal pictures");
    for (blob, call) in (1..).zip(&calls[..2]) {
        world.gemini_paints(*call, blob);
    }
    let calls: Vec<u32> = world.sent.iter().skip(3).map(|(id, _)| id.number()).collect();
    assert_eq!(calls.len(), 4, "the next ones follow");
    // One fails: those that run are waited for, and no other is asked for.
    world.answer(calls[0], 400, r#"{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT"}}"#);
    assert!(world.settled.is_empty());
    for (blob, call) in (3..).zip(&calls[1..]) {
        world.gemini_paints(*call, blob);
    }
    // What was made is given out, and the rest is told.
    let result = world.images("p");
    assert_eq!(
        result.images.iter().map(|picture| picture.seed).collect::<Vec<_>>(),
        [1, 2, 4, 5, 6].map(Some)
    );
    assert_eq!(result.receipt.usage.output_tokens, 5 * 1_300);
    assert!(world.says("warning fewer-images"));
}

#[test]
fn a_picture_that_is_there_is_not_bought_again_whatever_comes_after_it() {
    let mut world = world("openrouter");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.take_out(call, 1);
    let image = json!({ "type": "image_url", "image_url": { "url": "\u{1}blob:1;image/png" } });
    let piece = json!({ "id": "gen-1", "choices": [{ "delta": { "images": [image] } }] });
    world.chunk(call, &format!("data: {piece}\n\n"));
    let sent = world.sent.len();
    world.fail(call);
    assert_eq!(world.images("p").images.len(), 1);
    assert_eq!(world.images("p").receipt.attempts[0].outcome.code, "truncated");
    assert_eq!(world.sent.len(), sent, "{:?}", world.transcript);
    // One picture was made, and one is reckoned.
    let receipt = &world.images("p").receipt;
    assert_eq!((receipt.usage.output_tokens, receipt.cost_kind), (1_290, CostKind::Estimated));
    // Its bill is asked for all the same.
    world.wait(1_000);
    assert!(world.sent.last().unwrap().1.url.contains("/generation?id=gen-1"));
}

#[test]
fn a_refusal_after_some_words_is_one_and_a_draft_is_no_way_around_it() {
    for parts in [json!([{ "text": "Well." }]), json!([part(1, true)])] {
        let mut world = world("gemini");
        world.paint("p", r#"{"prompt":"a prism"}"#);
        let call = last(&world);
        world.head(call, 200);
        world.take_out(call, 1);
        world.gemini_says(call, &parts, Some("IMAGE_SAFETY"));
        world.end(call);
        assert_eq!(world.error("p").code, ErrorCode::BlockedContent);
        assert!(world.has_dropped(1));
    }
}

#[test]
fn what_was_counted_before_it_was_stopped_is_not_all_of_it() {
    let mut world = world("gemini");
    let shared = &mut world.engine.shared;
    let key = ModelKey::new("gemini", "gemini-3-pro-image");
    let mut config = shared.catalogue.entry(&key).unwrap().config().clone();
    config.price = Some(Price { image: Some(0.13), output: 1e-5, ..Price::FREE });
    shared.listed("gemini", vec![Entry::new(config, None)]);
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    let piece = json!({
        "candidates": [{ "content": { "parts": [{ "text": "hm", "thought": true }] } }],
        "usageMetadata": { "promptTokenCount": 10, "thoughtsTokenCount": 100 },
    });
    world.chunk(call, &format!("data: {piece}\r\n\r\n"));
    world.request("p", Request::Cancel);
    let guess = world.engine.metrics().recent(1)[0].clone();
    assert_eq!(guess.cost_kind, Some(CostKind::Estimated));
    // A picture, and what was thought of it.
    assert!((guess.cost.unwrap() - 0.13 - 100.0 * 1e-5).abs() < 1e-9, "{guess:?}");
}

#[test]
fn what_timed_out_is_charged_as_what_was_stopped() {
    let mut world = world("openrouter");
    world.paint("p", r#"{"prompt":"a prism","model":"openrouter/a/writes"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.wait(400_000);
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::Timeout);
    let receipt = error.receipt.as_ref().unwrap();
    assert_eq!(receipt.cost_kind, CostKind::Estimated);
    assert!(receipt.cost.unwrap() > 1_290.0 * 0.00003, "{receipt:?}");
    assert_eq!(receipt.attempts.len(), 1, "what was begun is not begun again");
}

#[test]
fn the_next_model_takes_over_and_a_busy_one_is_asked_again() {
    let mut world = world("openrouter");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    let first = body(&world, call)["model"].as_str().unwrap().to_owned();
    world.answer(call, 503, r#"{"error":{"code":503,"message":"busy"}}"#);
    world.wait(60_000);
    let others: Vec<String> = world
        .sent
        .iter()
        .skip(2)
        .map(|(id, _)| body(&world, id.number())["model"].as_str().unwrap().to_owned())
        .collect();
    assert!(!others.is_empty());
    let call = last(&world);
    world.head(call, 200);
    world.take_out(call, 1);
    let image = json!({ "type": "image_url", "image_url": { "url": "\u{1}blob:1;image/png" } });
    let piece = json!({
        "id": "gen-1", "choices": [{ "delta": { "images": [image] }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 5, "completion_tokens": 1290, "cost": 0.04 },
    });
    world.chunk(call, &format!("data: {piece}\n\ndata: [DONE]\n\n"));
    world.end(call);
    let result = world.images("p");
    assert_eq!((result.receipt.cost, result.receipt.cost_kind), (Some(0.04), CostKind::Billed));
    assert!(result.receipt.attempts.len() > 1 && result.receipt.attempts[0].model.ends_with(&first));
    assert_eq!(result.receipt.finish, FinishReason::Stop);
}

#[test]
fn who_writes_nothing_is_not_asked_for_words() {
    let mut world = world("openrouter");
    for (model, kinds) in [("a/writes", json!(["image", "text"])), ("b/paints", json!(["image"]))] {
        world.paint("p", &json!({ "prompt": "x", "model": format!("openrouter/{model}") }).to_string());
        assert_eq!(body(&world, last(&world))["modalities"], kinds);
        world.request("p", Request::Cancel);
    }
}

#[test]
fn what_was_stopped_is_charged_as_a_whole_picture_until_the_bill_comes() {
    let mut world = world("openrouter");
    world.paint("p", r#"{"prompt":"a prism","model":"openrouter/a/writes"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.chunk(call, "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n");
    world.request("p", Request::Cancel);
    let guess = world.engine.metrics().recent(1)[0].clone();
    assert_eq!((guess.cost_kind, guess.cancelled), (Some(CostKind::Estimated), Some(true)));
    assert!(guess.cost.unwrap() > 1_290.0 * 0.00003, "{guess:?}");
    world.wait(1_000);
    let asked = last(&world);
    assert!(world.sent.last().unwrap().1.url.contains("/generation?id=gen-1"));
    world.answer(asked, 200, RECORD);
    assert_eq!(world.engine.metrics().recent(1)[0].cost_kind, Some(CostKind::Billed));
}

#[test]
fn a_picture_that_comes_slowly_is_no_silence() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    for _ in 0..5 {
        world.wait(100_000);
        world.chunk(call, "");
    }
    assert!(world.settled.is_empty());
    world.take_out(call, 1);
    world.gemini_says(call, &json!([part(1, false)]), Some("STOP"));
    world.end(call);
    assert_eq!(world.images("p").images.len(), 1);
}

#[test]
fn silence_ends() {
    let mut world = world("gemini");
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let call = last(&world);
    world.head(call, 200);
    world.gemini_says(call, &json!([{ "text": "hm", "thought": true }]), None);
    // Far longer than words may take to come.
    world.wait(170_000);
    assert!(world.settled.is_empty());
    assert!(world.says("warning slow"));
    world.wait(600_000);
    assert_eq!(world.error("p").code, ErrorCode::Timeout);
}

#[test]
fn a_text_that_looks_like_a_place_is_refused_beside_a_source() {
    let mut world = world("gemini");
    let source = json!({ "mediaType": "image/png", "file": 3, "bytes": 10 });
    world.paint("p", &json!({ "prompt": "x \u{1}file:3;", "source": source }).to_string());
    assert_eq!(world.error("p").code, ErrorCode::InvalidRequest);
    world.paint("q", &json!({ "prompt": "make it red", "source": source }).to_string());
    let (_, sent) = world.sent.last().unwrap();
    assert_eq!(sent.files.len(), 1);
    assert_eq!(sent.files[0].file, 3);
    let config = &body(&world, last(&world))["generationConfig"];
    assert!(config.get("imageConfig").is_none(), "a picture that is changed keeps its form");
}
