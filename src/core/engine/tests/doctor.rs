//! Why a server cannot be reached: which requests are made, in which order. What their outcomes mean is tested in
//! `doctor/tests.rs`.

use super::story::World;
use crate::base::id::RequestId;
use crate::engine::{Input, Request, Settlement};
use crate::model::diagnosis::{Circumstances, Diagnosis, Likelihood};

fn diagnosed(world: &World) -> &Diagnosis {
    match world.outcome("d") {
        Ok(Settlement::Diagnosis(diagnosis)) => diagnosis,
        other => panic!("{other:?}"),
    }
}

fn ask() -> World {
    ask_of("ollama", r#"{"pageOrigin":"https://app.example.com"}"#)
}

fn ask_of(provider: &str, options: &str) -> World {
    let mut world = World::new(options);
    world.request("d", Request::Diagnose(provider.to_owned()));
    world
}

fn survey(world: &mut World, circumstances: Circumstances) {
    world.put(Input::Surveyed(RequestId::new("d".to_owned()), circumstances));
}

#[test]
fn a_server_that_answers_only_what_the_page_may_not_read_refuses_the_page() {
    let mut world = ask();
    world.fail(0);
    world.answer(1, 0, "");
    world.fail(2);
    survey(&mut world, Circumstances::default());
    world.expect(
        r"
        0 fetch 0 GET http://localhost:11434/api/tags
        0 » fail 0
        0 fetch 1 GET http://localhost:11434/api/tags (blind)
        0 fetch 2 GET http://127.0.0.1:11434/api/tags
        0 » head 1 0
        0 » end 1
        0 » fail 2
        0 survey d
        0 d settles: diagnosis ok=false origin-refused, another-program
        ",
    );
    let diagnosis = diagnosed(&world);
    assert_eq!(diagnosis.causes[0].likelihood, Likelihood::Likely);
    assert!(diagnosis.causes[0].message.contains("https://app.example.com"));
    assert_eq!(diagnosis.evidence.len(), 3);
    assert_eq!(diagnosis.subject.page_origin.as_deref(), Some("https://app.example.com"));
}

#[test]
fn the_usual_ports_are_tried_where_nobody_answers_and_no_key_goes_there() {
    let options = r#"{"providers":{"llama":{"kind":"openai","endpoint":"http://127.0.0.1:8091","headers":{"X-Team":"blue"}}}}"#;
    let mut world = World::new(options);
    world.request(
        "",
        Request::KeyChanged { provider: "llama".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", Request::Diagnose("llama".to_owned()));
    world.fail(0);
    let closer = world.sent.len();
    for transport in 1..closer as u32 {
        world.fail(transport);
    }
    let ports = world.sent.len();
    assert_eq!(ports - closer, 9, "eight ports, and https");
    world.answer(closer as u32 + 1, 200, r#"{"object":"list","data":[{"id":"m"}]}"#);
    for transport in closer as u32..ports as u32 {
        world.fail(transport);
    }
    survey(&mut world, Circumstances::default());
    assert_eq!(diagnosed(&world).causes[0].code, "wrong-port");
    assert_eq!(diagnosed(&world).subject.found.as_deref(), Some("http://127.0.0.1:8080/v1"));
    for (_, request) in world.sent.iter().skip(1) {
        assert!(request.credential.is_none() && request.headers.is_empty(), "{}", request.url);
    }
    assert!(world.sent[0].1.credential.is_some());
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let mut world = ask();
    world.wait(12_000);
    assert_eq!(diagnosed(&world).causes[0].code, "not-responding");
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn a_shell_that_surveys_nothing_is_not_waited_for() {
    let mut world = ask();
    for transport in 0..4 {
        world.fail(transport);
    }
    world.wait(3_000);
    assert_eq!(diagnosed(&world).causes[0].code, "not-running");
}

#[test]
fn another_name_of_this_machine_that_answers_ends_the_search() {
    let mut world = ask();
    world.fail(0);
    world.fail(1);
    world.answer(2, 200, r#"{"models":[{"name":"m"}]}"#);
    survey(&mut world, Circumstances::default());
    assert_eq!(diagnosed(&world).causes[0].code, "wrong-address");
    assert_eq!(diagnosed(&world).subject.found.as_deref(), Some("http://127.0.0.1:11434"));
}

#[test]
fn a_healthy_server_that_is_new_enough_has_no_causes() {
    let mut world = ask();
    world.answer(0, 200, r#"{"models":[{"name":"m"}]}"#);
    world.answer(1, 200, r#"{"version":"0.33.0"}"#);
    assert!(diagnosed(&world).ok && diagnosed(&world).causes.is_empty());
    let mut world = ask();
    world.answer(0, 200, r#"{"models":[{"name":"m"}]}"#);
    world.answer(1, 200, r#"{"version":"0.3.1"}"#);
    assert_eq!(diagnosed(&world).causes[0].code, "too-old");
    let mut world = ask();
    world.answer(0, 200, r#"{"models":[{"name":"m"}]}"#);
    world.wait(3_000);
    assert!(diagnosed(&world).ok);
}

#[test]
fn who_stops_asking_leaves_nothing_running() {
    let mut world = ask();
    world.fail(0);
    world.request("d", Request::Cancel);
    survey(&mut world, Circumstances::default());
    assert!(world.settled.is_empty());
    assert_eq!(world.transcript.iter().filter(|line| line.contains("abort")).count(), 2);
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn a_comfyui_is_known_by_what_it_says_of_its_system() {
    let options = r#"{"pageOrigin":"http://localhost:5173","providers":{"comfyui":{}}}"#;
    let mut world = ask_of("comfyui", options);
    world.answer(0, 200, r#"{"system":{"os":"posix"},"devices":[]}"#);
    assert!(diagnosed(&world).ok);
    let mut world = ask_of("comfyui", options);
    world.answer(0, 404, "Not Found");
    assert_eq!(diagnosed(&world).causes[0].code, "another-program");
}

#[test]
fn who_is_not_set_up_cannot_be_examined() {
    let world = ask_of("nobody", "{}");
    assert!(world.error("d").message.contains("nobody"));
}

#[test]
fn a_server_that_lists_its_models_to_everyone_is_asked_for_an_answer_without_words() {
    let options = r#"{"providers":{"llama":{"kind":"openai","endpoint":"http://127.0.0.1:8091"}}}"#;
    let refused = r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#;
    let wordless = r#"{"error":{"message":"'messages' is required","code":400}}"#;
    for (has_key, status, body, expected) in [
        (false, 401, refused, Some("key-missing")),
        (true, 401, refused, Some("key-refused")),
        (true, 400, wordless, None),
        (false, 500, wordless, None),
    ] {
        let mut world = World::new(options);
        world.request(
            "",
            Request::KeyChanged { provider: "llama".to_owned(), has_key, is_own: false, is_new: true },
        );
        world.request("d", Request::Diagnose("llama".to_owned()));
        world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
        let asked = &world.sent[1].1;
        assert_eq!((asked.method, asked.body.as_deref()), ("POST", Some(b"{}".as_slice())));
        world.answer(1, status, body);
        assert_eq!(diagnosed(&world).causes.first().map(|cause| cause.code), expected);
    }
    let mut world = ask_of("llama", options);
    world.answer(0, 200, r#"{"data":[{"id":"m"}]}"#);
    world.fail(1);
    assert_eq!(diagnosed(&world).causes[0].code, "headers-refused");
}
