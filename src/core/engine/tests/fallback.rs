//! A failing server, and what the next model makes of it.

use super::story::{World, everyone};
use crate::model::ErrorCode;

const TWO: &[(&str, &str)] = &[("big:8b", ""), ("small:3b", "")];
const QUALITY: &str = r#"{"policy":"quality"}"#;

#[test]
fn a_server_that_is_gone_is_followed_by_the_next_model() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.fail(2);
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/big:8b > ollama/small:3b
        0 a: attempt 1 ollama/big:8b
        0 fetch 2 POST http://localhost:11434/api/chat
        0 » fail 2
        0 a: fallback ollama/big:8b > ollama/small:3b (unreachable)
        0 a: attempt 2 ollama/small:3b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » head 3 200
        0 a: text "Hi"
        0 a: finish ollama/small:3b 2
        0 a settles: text "Hi"
        0 » end 3
        "#,
    );
    let codes: Vec<&str> =
        world.text("a").receipt.attempts.iter().map(|attempt| attempt.outcome.code.as_str()).collect();
    assert_eq!(codes, ["unreachable", "ok"]);
}

#[test]
fn who_was_left_alone_is_not_asked_either_where_it_holds_no_more() {
    let mut world = World::new(
        r#"{"providers":{"far":{"kind":"openai","endpoint":"https://far.example"}},"policy":{"prefer":["far"]}}"#,
    );
    world.request("look", everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m","max_model_len":8192}]}"#);
    let here = r#"{"models":[{"name":"m","size":1,"details":{"context_length":8192},"capabilities":["completion"]}]}"#;
    world.answer(1, 200, here);
    world.answer(2, 200, r#"{"models":[]}"#);
    // It wants to be left alone for a second, so the next request is not for it.
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(3, 429, r#"{"error":{"message":"slow down"}}"#);
    world.head(4, 200);
    world.say(4, "Hi");
    world.done(4);
    world.generate("b", r#"{"prompt":"Hello"}"#);
    let sent = world.sent.len();
    world.answer(5, 400, r#"{"error":"the input length exceeds the context length"}"#);
    world.wait(5_000);
    assert_eq!(world.error("b").code, ErrorCode::ContextLength);
    assert_eq!(world.sent.len(), sent, "{:?}", world.transcript);
}

#[test]
fn who_left_the_list_meanwhile_is_not_asked_and_who_took_its_place_is() {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"comfyui":{"disabled":true},
            "near":{"kind":"openai","endpoint":"http://localhost:1"},"far":{"kind":"openai","endpoint":"https://far.example"}},
            "policy":{"prefer":["near"]}}"#,
    );
    world.request("look", everyone());
    for (id, request) in world.sent.clone() {
        let model = if request.url.contains("far") { "old" } else { "m" };
        world.answer(id.number(), 200, &format!(r#"{{"data":[{{"id":"{model}"}}]}}"#));
    }
    world.generate("a", r#"{"prompt":"Hello"}"#);
    assert!(world.says("route near/m > far/old"), "{:?}", world.transcript);
    let asked = world.sent.last().unwrap().0.number();
    world.request("again", super::story::only("far"));
    let list = world.sent.last().unwrap().0.number();
    world.answer(list, 200, r#"{"data":[{"id":"new"}]}"#);
    world.fail(asked);
    let (id, request) = world.sent.last().unwrap().clone();
    assert!(request.url.contains("far"), "{:?}", world.transcript);
    assert!(String::from_utf8(request.body.unwrap()).unwrap().contains("\"new\""));
    world.head(id.number(), 200);
    world.far_says(id.number(), "Hi");
    world.far_ends(id.number());
    assert_eq!(world.text("a").receipt.model, "far/new");
}

#[test]
fn each_way_to_die_before_the_first_word_leads_to_the_next_model() {
    type Death = (&'static str, fn(&mut World));
    let deaths: [Death; 8] = [
        ("server", |world| world.answer(2, 500, r#"{"error":"crash"}"#)),
        ("server", |world| world.answer(2, 503, r#"{"error":"server busy, please try again."}"#)),
        ("model-missing", |world| world.answer(2, 404, r#"{"error":"model 'big:8b' not found"}"#)),
        ("truncated", |world| world.answer(2, 200, "")),
        ("truncated", |world| {
            world.head(2, 200);
            world.fail(2);
        }),
        ("bad-output", |world| {
            world.head(2, 200);
            world.done(2);
        }),
        ("protocol", |world| {
            world.head(2, 200);
            world.chunk(2, "{\"message\":{\"content\":\n");
        }),
        ("timeout", |world| world.wait(180_000)),
    ];
    for (code, death) in deaths {
        let mut world = World::with_ollama(QUALITY, TWO);
        world.generate("a", r#"{"prompt":"Hello"}"#);
        death(&mut world);
        world.head(3, 200);
        world.say(3, "Hi");
        world.done(3);
        let receipt = &world.text("a").receipt;
        assert_eq!(receipt.attempts[0].outcome.code, code, "{:#?}", world.transcript);
        assert_eq!(receipt.model, "ollama/small:3b");
    }
}

#[test]
fn an_error_line_inside_a_200_leads_to_the_next_model() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.chunk(2, "{\"error\":\"an error was encountered while running the model: unexpected EOF\"}\n");
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    assert_eq!(world.text("a").text, "Hi");
}

#[test]
fn after_something_was_shown_the_answer_fails_and_keeps_it_where_the_policy_says_so() {
    let mut world = World::with_ollama(r#"{"policy":{"goal":"quality","onCut":"fail"}}"#, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, "Once upon");
    world.fail(2);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Truncated);
    assert_eq!(error.partial.as_ref().unwrap().text, "Once upon");
    assert_eq!(error.receipt.as_ref().unwrap().attempts.len(), 1);
    assert!(!world.transcript.iter().any(|line| line.contains("fallback")));
}

#[test]
fn when_all_fail_every_error_is_told() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 500, r#"{"error":"crash"}"#);
    world.fail(3);
    // The one that answered at least is asked twice more.
    world.wait(500);
    world.answer(4, 500, r#"{"error":"crash"}"#);
    world.wait(1_000);
    world.answer(5, 500, r#"{"error":"crash"}"#);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::AllFailed);
    assert_eq!(error.message, "None of 2 models answered: ollama/big:8b, ollama/small:3b.");
    let codes: Vec<ErrorCode> = error.errors.as_ref().unwrap().iter().map(|error| error.code).collect();
    assert_eq!(codes, [ErrorCode::Server, ErrorCode::Unreachable, ErrorCode::Server, ErrorCode::Server]);
    assert_eq!(error.attempts.as_ref().unwrap().len(), 4);
}

#[test]
fn a_policy_without_fallback_asks_one_model() {
    let mut world = World::with_ollama(r#"{"policy":{"goal":"quality","fallback":false}}"#, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.fail(2);
    assert_eq!(world.error("a").code, ErrorCode::Unreachable);
    assert!(world.error("a").hint.as_ref().unwrap().contains("mesh.diagnose(\"ollama\")"));
}

#[test]
fn a_pinned_model_is_the_only_one_that_is_asked() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/small:3b"}"#);
    world.fail(2);
    assert_eq!(world.error("a").code, ErrorCode::Unreachable);
    assert_eq!(world.error("a").model.as_deref(), Some("ollama/small:3b"));
}

#[test]
fn a_model_that_its_server_does_not_have_any_more_is_forgotten() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 404, r#"{"error":"model 'big:8b' not found"}"#);
    assert!(world.engine.models().iter().all(|model| model.id != "big:8b"));
}

#[test]
fn a_provider_that_left_meanwhile_is_passed_over() {
    use crate::catalog::CustomModel;
    use crate::engine::{Request, Transport};
    use crate::model::Locality;
    let mut world =
        World::with_ollama(r#"{"policy":{"goal":"quality","prefer":["ollama/big:8b","page"]}}"#, TWO);
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    let tiny = CustomModel { id: "tiny".to_owned(), ..CustomModel::default() };
    world.transport(2, Transport::CustomModels(vec![tiny]));
    world.transcript.clear();
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.request("u", Request::Unregister("page".to_owned()));
    world.fail(3);
    world.expect(
        r"
        0 » generate a
        0 a: route ollama/big:8b > page/tiny > ollama/small:3b
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 u settles: registered
        0 » fail 3
        0 a: fallback ollama/big:8b > ollama/small:3b (unreachable)
        0 a: attempt 2 ollama/small:3b
        0 fetch 4 POST http://localhost:11434/api/chat
        ",
    );
}

#[test]
fn a_refusal_whose_text_is_cut_is_still_a_refusal() {
    let mut world = World::with_ollama(QUALITY, TWO);
    world.generate("a", r#"{"prompt":"Hello","model":"ollama/big:8b"}"#);
    world.head(2, 501);
    world.chunk(2, "{\"error\":\"cra");
    world.fail(2);
    assert_eq!(world.error("a").code, ErrorCode::Unsupported);
}
