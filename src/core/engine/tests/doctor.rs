//! Why a server cannot be reached: evidence in, cause and remedy out.

use super::story::World;
use crate::engine::{Request, Settlement};
use crate::model::diagnosis::{Diagnosis, Likelihood, Platform};

fn diagnosed(world: &World) -> &Diagnosis {
    match world.outcome("d") {
        Ok(Settlement::Diagnosis(diagnosis)) => diagnosis,
        other => panic!("{other:?}"),
    }
}

fn ask() -> World {
    let mut world = World::new(r#"{"pageOrigin":"https://app.example.com"}"#);
    world.request("d", Request::Diagnose("ollama".to_owned()));
    world
}

#[test]
fn a_server_that_answers_only_what_the_page_may_not_read_refuses_the_page() {
    let mut world = ask();
    world.fail(0);
    world.fail(1);
    world.answer(2, 0, "");
    world.expect(
        r"
        0 fetch 0 GET http://localhost:11434/api/tags
        0 » fail 0
        0 fetch 1 GET http://127.0.0.1:11434/api/tags
        0 » fail 1
        0 fetch 2 GET http://localhost:11434/api/tags (blind)
        0 » head 2 0
        0 » end 2
        0 d settles: diagnosis ok=false origin-refused, another-program
        ",
    );
    let cause = &diagnosed(&world).causes[0];
    assert_eq!(cause.likelihood, Likelihood::Likely);
    for platform in [Platform::MacOs, Platform::Windows, Platform::Linux] {
        let remedy = cause.remedies.iter().find(|remedy| remedy.platform == platform).unwrap();
        let command = remedy.command.as_ref().unwrap();
        assert!(command.contains("OLLAMA_ORIGINS") && command.contains("https://app.example.com"));
        assert!(!command.contains('*'), "it must not let every page in");
    }
    assert_eq!(diagnosed(&world).evidence.len(), 3);
}

#[test]
fn nobody_answering_is_not_running_or_blocked_by_the_browser() {
    let mut world = ask();
    world.fail(0);
    world.fail(1);
    world.fail(2);
    let codes: Vec<&str> = diagnosed(&world).causes.iter().map(|cause| cause.code.as_str()).collect();
    assert_eq!(codes, ["not-running", "blocked-by-browser"]);
}

#[test]
fn a_server_that_says_nothing_is_given_up_after_two_probes() {
    let mut world = ask();
    world.wait(10_000);
    assert_eq!(diagnosed(&world).causes[0].code, "not-running");
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn a_server_without_models_is_told_how_to_get_one() {
    let mut world = ask();
    world.answer(0, 200, r#"{"models":[]}"#);
    let cause = &diagnosed(&world).causes[0];
    assert_eq!((cause.code.as_str(), cause.likelihood), ("model-missing", Likelihood::Certain));
    assert_eq!(cause.remedies[0].command.as_deref(), Some("ollama pull llama3.2"));
}

#[test]
fn another_program_at_the_address_is_recognised() {
    let mut world = ask();
    world.answer(0, 200, "<html>Welcome to my router</html>");
    assert_eq!(diagnosed(&world).causes[0].code, "another-program");
}

#[test]
fn a_healthy_server_has_no_causes() {
    let mut world = ask();
    world.answer(0, 200, r#"{"models":[{"name":"m"}]}"#);
    assert!(diagnosed(&world).ok && diagnosed(&world).causes.is_empty());
}
