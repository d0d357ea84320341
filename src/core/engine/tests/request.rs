//! What is refused before anything is sent.

use super::story::World;
use crate::engine::Engine;
use crate::model::{ErrorCode, MeshOptions};

#[test]
fn options_that_are_not_built_yet_are_refused_by_name() {
    for (options, name) in [
        (r#"{"budget":{"perDay":1}}"#, "budget"),
        (r#"{"guard":{"pii":"mask"}}"#, "guard"),
        (r#"{"limits":{"concurrency":1}}"#, "limits"),
    ] {
        let error = Engine::new(crate::base::json::read(options.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported, "{options}");
        assert!(error.message.contains(name), "{}", error.message);
    }
}

#[test]
fn a_time_of_the_cache_that_is_none_is_refused() {
    for cache in [r#"{"ttlMs":-1}"#, r#"{"staleWhileRevalidateMs":-0.5}"#] {
        let options: MeshOptions =
            crate::base::json::read(format!(r#"{{"cache":{cache}}}"#).as_bytes()).unwrap();
        assert_eq!(Engine::new(options).unwrap_err().code, ErrorCode::InvalidRequest, "{cache}");
    }
}

#[test]
fn what_is_not_whole_is_refused() {
    for request in [
        "{}",
        r#"{"prompt":"  "}"#,
        r#"{"messages":[]}"#,
        r#"{"prompt":"x","messages":[{"role":"user","content":"y"}]}"#,
        r#"{"prompt":"x","temperature":-1}"#,
        r#"{"prompt":"x","topP":2}"#,
        r#"{"prompt":"x","maxOutputTokens":0}"#,
        r#"{"prompt":"x","model":"llama"}"#,
        r#"{"prompt":"x","toolChoice":"required"}"#,
        r#"{"prompt":"x","toolChoice":{"name":"nope"}}"#,
        r#"{"prompt":"x","policy":{"maxCost":-1}}"#,
        r#"{"messages":[{"role":"tool","toolCallId":"c","content":"x"}]}"#,
    ] {
        let mut world = World::with_ollama("{}", &[("m", "")]);
        world.generate("a", request);
        assert_eq!(world.error("a").code, ErrorCode::InvalidRequest, "{request}");
    }
}

#[test]
fn an_id_that_runs_cannot_be_used_again() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"x"}"#);
    world.generate("a", r#"{"prompt":"x"}"#);
    assert_eq!(world.error("a").code, ErrorCode::InvalidRequest);
}

#[test]
fn a_request_with_tools_goes_only_to_a_model_that_has_them() {
    let mut world = World::with_ollama("{}", &[("big:70b", ""), ("small:3b", "tools")]);
    world.generate("a", r#"{"prompt":"x","policy":"quality","tools":[{"name":"t","inputSchema":{}}]}"#);
    assert!(world.transcript.iter().any(|line| line.ends_with("a: route ollama/small:3b")));
}

#[test]
fn a_decision_is_the_same_as_the_one_that_is_carried_out_and_can_be_explained() {
    let world = World::with_ollama("{}", &[("big:70b", ""), ("small:3b", "")]);
    let request = crate::base::json::read(
        r#"{"prompt":"x","policy":{"goal":"quality","deny":["ollama/small:3b"]}}"#.as_bytes(),
    )
    .unwrap();
    let decision = world.engine.route(&request).unwrap();
    assert_eq!(decision.chain, ["ollama/big:70b"]);
    let explanation = world.engine.explain(&decision);
    assert_eq!(explanation.scores.len(), 1);
    assert_eq!(explanation.excluded[0].reason.code, "denied");
}
