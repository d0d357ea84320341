//! Stories about vectors.

use super::story::{World, everyone};
use crate::catalog::CustomModel;
use crate::engine::{Input, Request, Settlement, Transport};
use crate::model::receipt::EmbedResult;
use crate::model::request::EmbedRequest;
use crate::model::{CostKind, ErrorCode, Locality};

const MODELS: [(&str, &str); 2] = [("chat:1b", ""), ("words:30m", "embedding")];

/// An Ollama with a model that chats and one that only embeds.
fn world() -> World {
    world_with("{}")
}

pub(super) fn world_with(options: &str) -> World {
    let mut world = World::new(options);
    world.request("look", everyone());
    let listed: Vec<String> = MODELS
        .iter()
        .map(|(name, ability)| {
            let ability = if ability.is_empty() { "completion" } else { ability };
            format!(
                r#"{{"name":"{name}","size":1000,"details":{{"context_length":512}},"capabilities":["{ability}"]}}"#
            )
        })
        .collect();
    world.answer(0, 200, &format!(r#"{{"models":[{}]}}"#, listed.join(",")));
    world.answer(1, 200, r#"{"models":[]}"#);
    world.transcript.clear();
    world.settled.clear();
    world.sent.clear();
    world
}

fn embed(world: &mut World, texts: &[&str], model: Option<&str>) {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    let request = EmbedRequest { texts, model: model.map(str::to_owned), policy: None, cache: None };
    world.request("e", Request::Embed(Box::new(request)));
}

/// Asks for the vectors of so many different texts.
fn embed_many(world: &mut World, count: usize) {
    let texts: Vec<String> = (0..count).map(|number| format!("word {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    embed(world, &texts, None);
}

fn result(world: &World) -> &EmbedResult {
    match world.outcome("e") {
        Ok(Settlement::Embedding(result)) => result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_a_model_that_embeds_is_asked() {
    let mut world = world();
    embed(&mut world, &["one", "two"], None);
    assert_eq!(world.sent.len(), 1);
    assert!(world.sent[0].1.url.ends_with("/api/embed"));
    world.answer(2, 200, r#"{"model":"words:30m","embeddings":[[1,0.5],[0,-1]],"prompt_eval_count":4}"#);
    let result = result(&world);
    assert_eq!(result.vectors, [[1.0, 0.5], [0.0, -1.0]]);
    assert_eq!(result.receipt.model, "ollama/words:30m");
    assert_eq!((result.receipt.usage.input_tokens, result.receipt.cost_kind), (4, CostKind::Free));
}

#[test]
fn vectors_that_broke_off_are_no_server_that_is_gone() {
    let mut world = world();
    embed(&mut world, &["one"], None);
    for transport in [2, 3] {
        world.head(transport, 200);
        world.chunk(transport, r#"{"embeddings":[[1"#);
        world.fail(transport);
        world.wait(1_000);
    }
    assert_eq!(world.error("e").code, ErrorCode::Truncated);
    assert!(world.engine.models().iter().all(|model| model.is_available), "it answered");
}

#[test]
fn a_chat_never_goes_to_a_model_that_only_embeds() {
    let mut world = world();
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/words:30m"}"#);
    assert_eq!(world.error("a").code, ErrorCode::NoModel);
}

#[test]
fn another_number_of_vectors_than_texts_is_no_answer() {
    let mut world = world();
    embed(&mut world, &["one", "two"], None);
    world.answer(2, 200, r#"{"embeddings":[[1,0.5]]}"#);
    assert_eq!(world.error("e").code, ErrorCode::Protocol);
}

#[test]
fn many_texts_go_in_batches_to_the_same_model() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    let id = world.calls.pop_front().unwrap();
    let model = CustomModel {
        id: "m".to_owned(),
        capabilities: Some(vec!["embedding".to_owned()]),
        ..CustomModel::default()
    };
    world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
    let texts: Vec<String> = (0..100).map(|number| format!("text {number}")).collect();
    embed(&mut world, &texts.iter().map(String::as_str).collect::<Vec<_>>(), Some("page/m"));
    for count in [64, 36] {
        let id = world.calls.pop_front().unwrap();
        world.put(Input::Transport(id, Transport::CustomVectors(vec![vec![1.0]; count])));
    }
    assert_eq!(result(&world).vectors.len(), 100);
    assert_eq!(result(&world).receipt.attempts.len(), 1);
    assert!(result(&world).receipt.usage.estimated);
}

#[test]
fn a_server_that_dies_between_batches_is_not_replaced_by_another_model() {
    let mut world = world();
    embed_many(&mut world, 2_000);
    let sent = world.sent.len();
    let vector = "[1]";
    let count = serde_json::from_slice::<serde_json::Value>(world.sent[0].1.body.as_ref().unwrap()).unwrap()
        ["input"]
        .as_array()
        .unwrap()
        .len();
    assert!(count < 2_000);
    world.answer(2, 200, &format!(r#"{{"embeddings":[{}]}}"#, vec![vector; count].join(",")));
    assert_eq!(world.sent.len(), sent + 1);
    world.fail(3);
    assert_eq!(world.error("e").code, ErrorCode::Unreachable);
}

#[test]
fn a_server_that_wants_a_pause_between_batches_gets_it_and_no_batch_is_lost() {
    let mut world = world();
    embed_many(&mut world, 2_000);
    let mut answered = 0;
    world.settled.clear();
    while world.settled.is_empty() {
        let (transport, request) = world.sent.last().unwrap();
        let transport = transport.number();
        let body = serde_json::from_slice::<serde_json::Value>(request.body.as_ref().unwrap()).unwrap();
        let count = body["input"].as_array().unwrap().len();
        if answered == 1 {
            world.answer(transport, 429, r#"{"error":"slow down"}"#);
            answered += 1;
            assert!(world.settled.is_empty());
            world.wait(1_000);
        } else {
            world.answer(transport, 200, &format!(r#"{{"embeddings":[{}]}}"#, vec!["[1]"; count].join(",")));
            answered += 1;
        }
    }
    assert_eq!(result(&world).vectors.len(), 2_000);
    let outcomes: Vec<&str> =
        result(&world).receipt.attempts.iter().map(|attempt| attempt.outcome.code.as_str()).collect();
    assert_eq!(outcomes, ["rate-limited", "ok"]);
}

#[test]
fn nothing_to_embed_is_said_before_anything_is_sent() {
    let mut world = world();
    embed(&mut world, &[], None);
    assert_eq!(world.error("e").code, ErrorCode::InvalidRequest);
    assert!(world.sent.is_empty());
}

#[test]
fn a_text_that_stands_there_twice_is_asked_for_once() {
    let mut world = world_with("{}");
    embed(&mut world, &["one", "two", "one", "one", "three"], None);
    let body = world.sent.last().unwrap().1.body.clone().unwrap();
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains(r#"["one","two","three"]"#), "{body}");
    world.answer(2, 200, r#"{"embeddings":[[1],[2],[3]],"prompt_eval_count":3}"#);
    assert_eq!(result(&world).vectors, [[1.0], [2.0], [1.0], [1.0], [3.0]]);
}
