//! Downloading a model.

use super::story::World;
use crate::engine::Request;
use crate::model::ErrorCode;

#[test]
fn a_download_tells_how_far_it_is_and_the_model_is_seen_afterwards() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.request("p", Request::Pull("ollama/llama3.2".to_owned()));
    world.head(2, 200);
    world.chunk(2, "{\"status\":\"pulling manifest\"}\n");
    world.chunk(2, "{\"status\":\"pulling aa\",\"digest\":\"sha256:aa\",\"total\":100}\n");
    world.chunk(2, "{\"status\":\"pulling aa\",\"digest\":\"sha256:aa\",\"total\":100,\"completed\":40}\n");
    world.chunk(2, "{\"status\":\"success\"}\n");
    world.end(2);
    world.expect(
        r"
        0 fetch 2 POST http://localhost:11434/api/pull
        0 » head 2 200
        0 p: 0 of 0 bytes, pulling manifest
        0 p: 0 of 100 bytes, pulling aa
        0 p: 40 of 100 bytes, pulling aa
        0 p: 40 of 100 bytes, success
        0 » end 2
        0 fetch 3 GET http://localhost:11434/api/tags
        0 p settles: pulled
        ",
    );
}

#[test]
fn a_download_that_ends_without_success_failed() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.request("p", Request::Pull("ollama/llama3.2".to_owned()));
    world.head(2, 200);
    world.chunk(2, "{\"status\":\"pulling manifest\"}\n");
    world.end(2);
    assert_eq!(world.error("p").code, ErrorCode::Truncated);
}

#[test]
fn a_model_that_does_not_exist_is_missing() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.request("p", Request::Pull("ollama/nope".to_owned()));
    world.head(2, 200);
    world.chunk(2, "{\"error\":\"pull model manifest: file does not exist\"}\n");
    assert_eq!(world.error("p").code, ErrorCode::ModelMissing);
}

#[test]
fn a_silent_download_is_given_up_and_a_cancelled_one_is_aborted() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.request("p", Request::Pull("ollama/a".to_owned()));
    world.wait(60_000);
    assert_eq!(world.error("p").code, ErrorCode::Timeout);
    world.request("q", Request::Pull("ollama/b".to_owned()));
    world.request("q", Request::Cancel);
    assert!(world.transcript.last().unwrap().ends_with("abort 3"));
}

#[test]
fn only_ollama_can_be_told_to_download() {
    let mut world = World::new(r#"{"providers":{"lan":{"kind":"openai","endpoint":"http://localhost:1"}}}"#);
    world.request("p", Request::Pull("lan/a".to_owned()));
    assert_eq!(world.error("p").code, ErrorCode::Unsupported);
    world.request("q", Request::Pull("llama3.2".to_owned()));
    assert_eq!(world.error("q").code, ErrorCode::InvalidRequest);
}
