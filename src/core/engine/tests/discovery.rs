//! Looking for models, and waiting for them.

use super::story::{World, everyone, only};
use crate::catalog::CustomModel;
use crate::engine::{Input, Request, Settlement, Transport, World as Network};
use crate::model::event::{CustomEvent, CustomUsage};
use crate::model::request::DiscoverRequest;
use crate::model::{ErrorCode, FinishReason, Locality, Modality};

const TAGS: &str = r#"{"models":[{"name":"llama3.2:latest","size":7,"details":{"parameter_size":"3.2B","context_length":131072},"capabilities":["completion","tools"]},{"name":"gpt-oss:120b-cloud","remote_host":"https://ollama.com","size":3,"details":{"context_length":131072},"capabilities":["completion"]}]}"#;

fn custom(id: &str) -> CustomModel {
    CustomModel { id: id.to_owned(), modality: Modality::Text, ..CustomModel::default() }
}

#[test]
fn making_an_engine_asks_nobody() {
    assert!(World::new("{}").sent.is_empty());
}

#[test]
fn the_first_answer_waits_for_the_list_and_takes_a_model_from_it() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello","policy":"privacy"}"#);
    world.wait(50);
    world.answer(0, 200, TAGS);
    world.answer(1, 200, r#"{"models":[{"name":"llama3.2:latest"}]}"#);
    world.expect(
        r"
        0 » generate a
        0 fetch 0 GET http://localhost:11434/api/tags
        0 » wait 50
        50 » head 0 200
        50 » end 0
        50 fetch 1 GET http://localhost:11434/api/ps
        50 » head 1 200
        50 » end 1
        50 a: route ollama/llama3.2:latest
        50 a: attempt 1 ollama/llama3.2:latest
        50 fetch 2 POST http://localhost:11434/api/chat
        ",
    );
}

#[test]
fn models_that_ollama_asks_the_cloud_for_are_not_local() {
    let mut world = World::new("{}");
    world.request("look", everyone());
    world.answer(0, 200, TAGS);
    world.answer(1, 200, r#"{"models":[{"name":"llama3.2"}]}"#);
    let models = world.engine.models();
    let cloud = models.iter().find(|model| model.id == "gpt-oss:120b-cloud").unwrap();
    assert_eq!((cloud.locality(), cloud.is_local, cloud.price), (Locality::Cloud, false, None));
    let local = models.iter().find(|model| model.id == "llama3.2:latest").unwrap();
    assert_eq!(
        (local.locality(), local.warm, local.name.as_str()),
        (Locality::Device, Some(true), "llama3.2")
    );
}

#[test]
fn a_server_that_listens_on_one_loopback_name_only_is_found_by_the_other() {
    let mut world = World::new("{}");
    world.request("look", everyone());
    world.fail(0);
    world.answer(1, 200, r#"{"models":[]}"#);
    world.answer(2, 200, r#"{"models":[]}"#);
    world.expect(
        r"
        0 fetch 0 GET http://localhost:11434/api/tags
        0 » fail 0
        0 fetch 1 GET http://127.0.0.1:11434/api/tags
        0 » head 1 200
        0 » end 1
        0 fetch 2 GET http://127.0.0.1:11434/api/ps
        0 » head 2 200
        0 » end 2
        0 look settles: discovery +0 -0
        ",
    );
}

#[test]
fn an_older_server_is_asked_about_each_model() {
    let mut world = World::new("{}");
    world.request("look", everyone());
    world.answer(0, 200, r#"{"models":[{"name":"old:latest","size":7,"details":{"parameter_size":"7B"}}]}"#);
    world.answer(1, 404, "404 page not found");
    world.answer(
        2,
        200,
        r#"{"model_info":{"general.architecture":"llama","llama.context_length":4096},"capabilities":["completion","vision"]}"#,
    );
    let models = world.engine.models();
    assert_eq!(models[0].context_length, Some(4_096));
    assert!(models[0].has("vision"));
    assert_eq!(models[0].warm, None);
}

#[test]
fn nobody_at_home_is_no_model_within_moments_and_says_what_to_do() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.fail(0);
    world.fail(1);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::NoModel);
    assert!(error.hint.as_ref().unwrap().contains("Ollama at http://localhost:11434 did not answer."));
}

#[test]
fn a_server_that_says_nothing_is_waited_for_two_seconds() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(1_999);
    assert!(world.settled.is_empty());
    world.wait(1);
    assert_eq!(world.error("a").code, ErrorCode::NoModel);
}

#[test]
fn a_pinned_model_that_is_not_there_is_missing_and_how_to_get_it_is_told() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/llama3.2"}"#);
    world.answer(2, 200, r#"{"models":[]}"#);
    world.answer(3, 200, "{}");
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::ModelMissing);
    assert!(error.hint.as_ref().unwrap().contains("ollama pull llama3.2"));
}

#[test]
fn a_pinned_model_of_a_server_that_is_down_is_unreachable() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/llama3.2"}"#);
    world.fail(0);
    world.fail(1);
    assert_eq!(world.error("a").code, ErrorCode::Unreachable);
}

#[test]
fn two_discoveries_at_once_ask_once() {
    let mut world = World::new("{}");
    world.request("one", everyone());
    world.request("two", only("ollama"));
    world.answer(0, 500, "{}");
    assert_eq!(world.sent.len(), 1);
    for id in ["one", "two"] {
        assert!(world.outcome(id).is_ok());
    }
}

#[test]
fn a_provider_written_in_javascript_answers_like_any_other() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    let register = Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None };
    world.request("r", register);
    world.transport(0, Transport::CustomModels(vec![custom("tiny-135m")]));
    world.generate("a", r#"{"prompt":"Hello"}"#);
    let progress = CustomEvent::Progress { value: 1.0, max: 2.0, node: Some("download".to_owned()) };
    world.transport(1, Transport::CustomEvents(vec![progress]));
    world.wait(170_000);
    let text = CustomEvent::TextDelta { text: "Hi".to_owned() };
    world.transport(1, Transport::CustomEvents(vec![text]));
    let usage =
        CustomUsage { input_tokens: 5, output_tokens: 1, cached_input_tokens: None, reasoning_tokens: None };
    world.transport(
        1,
        Transport::CustomEvents(vec![
            CustomEvent::Usage { usage },
            CustomEvent::Finish { reason: FinishReason::Stop },
        ]),
    );
    world.transport(1, Transport::End);
    world.expect(
        r#"
        0 invoke 0 page models
        0 r settles: registered
        0 » generate a
        0 a: route page/tiny-135m
        0 a: attempt 1 page/tiny-135m
        0 invoke 1 page tiny-135m
        0 a: progress 1 of 2
        0 » wait 170000
        170000 a: text "Hi"
        170000 a: finish page/tiny-135m 1
        170000 a settles: text "Hi"
        "#,
    );
    assert_eq!(world.text("a").receipt.usage.input_tokens, 5);
}

#[test]
fn a_download_in_the_page_may_take_longer_than_a_first_word() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("tiny-135m")]));
    world.generate("a", r#"{"prompt":"Hello"}"#);
    for step in 0..4 {
        world.wait(100_000);
        let progress = CustomEvent::Progress { value: f64::from(step), max: 4.0, node: None };
        world.transport(1, Transport::CustomEvents(vec![progress]));
    }
    assert_eq!(world.settled.len(), 1, "only the registration has settled");
}

#[test]
fn a_provider_that_stops_without_finishing_was_cut() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("tiny-135m")]));
    world.generate("a", r#"{"prompt":"Hello","policy":{"onCut":"fail"}}"#);
    world.transport(1, Transport::CustomEvents(vec![CustomEvent::TextDelta { text: "Hi".to_owned() }]));
    world.transport(1, Transport::End);
    assert_eq!(world.error("a").code, ErrorCode::Truncated);
}

#[test]
fn a_provider_that_leaves_takes_its_models_along() {
    let mut world = World::new("{}");
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("tiny-135m")]));
    assert_eq!(world.engine.models().len(), 1);
    world.request("u", Request::Unregister("page".to_owned()));
    assert!(world.engine.models().is_empty());
}

#[test]
fn a_custom_provider_cannot_take_anothers_name() {
    let mut world = World::new("{}");
    world.request(
        "r",
        Request::Register { provider: "ollama".to_owned(), locality: Locality::Page, version: None },
    );
    assert_eq!(world.error("r").code, ErrorCode::InvalidRequest);
}

#[test]
fn offline_a_cloud_model_is_not_asked_and_a_local_one_is() {
    let mut world = World::new("{}");
    world.request("look", everyone());
    world.answer(0, 200, TAGS);
    world.answer(1, 200, "{}");
    world.put(Input::World(Network::Offline));
    world.generate("a", r#"{"prompt":"Hello","policy":"quality"}"#);
    assert!(world.transcript.iter().any(|line| line.ends_with("a: route ollama/llama3.2:latest")));
    world.generate("b", r#"{"prompt":"Hello","model":"ollama/gpt-oss:120b-cloud"}"#);
    assert_eq!(world.error("b").excluded.as_ref().unwrap()[0].reason.code, "offline");
}

#[test]
fn a_registration_whose_provider_leaves_before_it_answered_fails() {
    let mut world = World::new("{}");
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    world.request("look", only("page"));
    world.request("u", Request::Unregister("page".to_owned()));
    assert_eq!(world.error("r").code, ErrorCode::Closed);
    assert!(world.outcome("look").is_ok());
    assert!(world.outcome("u").is_ok());
}

#[test]
fn a_name_that_comes_again_from_farther_away_does_not_keep_its_near_models() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    world.request(
        "r",
        Request::Register { provider: "mine".to_owned(), locality: Locality::Page, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("tiny")]));
    world.request(
        "again",
        Request::Register { provider: "mine".to_owned(), locality: Locality::Cloud, version: None },
    );
    assert!(world.engine.models().is_empty());
    world.transport(1, Transport::CustomModels(vec![custom("tiny")]));
    assert_eq!(world.engine.models()[0].locality(), Locality::Cloud);
}

#[test]
fn a_custom_provider_in_the_cloud_has_no_head_to_wait_for() {
    let mut world = World::new(r#"{"providers":{"ollama":{"disabled":true}}}"#);
    world.request(
        "r",
        Request::Register { provider: "far".to_owned(), locality: Locality::Cloud, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("m")]));
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(29_000);
    assert_eq!(world.settled.len(), 1);
    world.wait(1_000);
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
}

#[test]
fn a_model_that_was_fetched_meanwhile_is_found_without_being_told() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/llama3.2"}"#);
    world.answer(2, 200, TAGS);
    world.answer(3, 200, "{}");
    assert!(world.transcript.iter().any(|line| line.ends_with("a: attempt 1 ollama/llama3.2:latest")));
}

#[test]
fn a_server_that_was_started_meanwhile_is_found_without_being_told() {
    let mut world = World::new("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.fail(0);
    world.fail(1);
    assert_eq!(world.error("a").code, ErrorCode::NoModel);
    world.generate("b", r#"{"prompt":"Hello","policy":"privacy"}"#);
    world.answer(2, 200, TAGS);
    world.answer(3, 200, "{}");
    assert!(world.transcript.iter().any(|line| line.ends_with("b: attempt 1 ollama/llama3.2:latest")));
}

#[test]
fn a_server_that_is_down_keeps_nobody_waiting_who_has_another_model() {
    let mut world = World::new("{}");
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    world.transport(0, Transport::CustomModels(vec![custom("tiny")]));
    world.request("look", everyone());
    world.fail(1);
    world.transport(2, Transport::CustomModels(vec![custom("tiny")]));
    world.fail(3);
    world.transcript.clear();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.expect("0 » generate a\n0 a: route page/tiny\n0 a: attempt 1 page/tiny\n0 invoke 4 page tiny");
}

#[test]
fn servers_are_found_on_their_usual_ports_when_somebody_asks_to_look() {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"mine":{"kind":"openai","endpoint":"http://127.0.0.1:8080"}}}"#,
    );
    let scan = DiscoverRequest { providers: Some(Vec::new()), scan: Some(true) };
    world.request("look", Request::Discover(scan));
    let urls: Vec<&str> = world.sent.iter().map(|(_, request)| request.url.as_str()).collect();
    // 8080 is known already by another name.
    assert!(
        urls.contains(&"http://localhost:1234/v1/models") && !urls.iter().any(|url| url.contains(":8080"))
    );
    let sent = world.sent.clone();
    for (id, request) in &sent {
        if request.url.contains(":1234") {
            world.answer(id.number(), 200, r#"{"data":[{"id":"qwen3-8b"}]}"#);
        } else {
            world.fail(id.number());
        }
    }
    // Both names of this machine are tried at every port.
    for (id, _) in world.sent.split_off(sent.len()) {
        world.fail(id.number());
    }
    let Ok(Settlement::Discovery(report)) = world.outcome("look") else { panic!() };
    let found: Vec<&str> = report.providers.iter().map(|found| found.provider.as_str()).collect();
    assert_eq!(found, ["lm-studio"]);
    assert_eq!(
        world.engine.models().iter().map(|model| model.key().to_string()).collect::<Vec<_>>(),
        ["lm-studio/qwen3-8b"]
    );
    let named: Vec<String> = world.engine.health().into_iter().map(|health| health.provider).collect();
    assert_eq!(named, ["lm-studio", "mine"]);
}
