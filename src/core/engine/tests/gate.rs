//! The last look before anything leaves: a router that lost its mind does no harm.

use super::story::{World, everyone};
use crate::engine::{Input, Request, Transport};
use crate::model::{ErrorCode, Locality};

/// Ollama with a model of its own and one that it asks its maker's cloud for, a server in the house and one far away.
fn world() -> World {
    let mut world = World::new(
        r#"{"providers":{
            "house":{"kind":"openai","endpoint":"http://192.168.0.7:8080","locality":"network"},
            "far":{"kind":"openai","endpoint":"https://far.example"}}}"#,
    );
    world.request("look", everyone());
    let list = r#"{"data":[{"id":"m","context_length":8192}]}"#;
    world.answer(0, 200, list);
    world.answer(1, 200, list);
    let model = |name: &str| {
        format!(
            r#"{{"name":"{name}","size":1000,"details":{{"context_length":8192}},"capabilities":["completion"]}}"#
        )
    };
    world.answer(2, 200, &format!(r#"{{"models":[{},{}]}}"#, model("small:1b"), model("huge:500b-cloud")));
    world.answer(3, 200, r#"{"models":[]}"#);
    world.transcript.clear();
    world.sent.clear();
    world
}

/// Asks under this policy while the router insists on this model. Whether anything was sent.
fn leaves(policy: &str, choice: &str) -> bool {
    let mut world = world();
    world.engine.shared.sabotage = Some(choice.to_owned());
    world.generate("a", &format!(r#"{{"prompt":"My secret","policy":{policy}}}"#));
    let has_left = !world.sent.is_empty();
    if !has_left {
        assert_eq!(world.error("a").code, ErrorCode::BlockedPrivate, "{policy} {choice}");
        assert!(!world.error("a").message.contains("secret"));
    }
    has_left
}

#[test]
fn a_sabotaged_router_cannot_send_private_text_away() {
    for policy in
        [r#"{"stayWithin":"device"}"#, r#""privacy""#, r#"{"goal":"privacy","stayWithin":"network"}"#]
    {
        for choice in ["house/m", "far/m", "ollama/huge:500b-cloud"] {
            assert!(!leaves(policy, choice), "{policy} {choice}");
        }
        assert!(leaves(policy, "ollama/small:1b"));
    }
    assert!(!leaves(r#"{"stayWithin":"network"}"#, "far/m"));
    assert!(!leaves(r#"{"stayWithin":"network"}"#, "ollama/huge:500b-cloud"));
    assert!(leaves(r#"{"stayWithin":"network"}"#, "house/m"));
    assert!(leaves(r#""balanced""#, "far/m"));
}

#[test]
fn a_provider_in_javascript_is_held_to_the_same() {
    let mut world = world();
    let far = Request::Register { provider: "script".to_owned(), locality: Locality::Cloud, version: None };
    world.request("r", far);
    let id = world.calls.pop_front().unwrap();
    let model = crate::catalog::CustomModel { id: "m".to_owned(), ..crate::catalog::CustomModel::default() };
    world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
    world.engine.shared.sabotage = Some("script/m".to_owned());
    world.generate("a", r#"{"prompt":"My secret","policy":{"stayWithin":"device"}}"#);
    assert!(world.calls.is_empty());
    assert_eq!(world.error("a").code, ErrorCode::BlockedPrivate);
}
