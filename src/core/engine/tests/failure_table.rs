//! The failure table, row by row, as servers bring it about: what comes next, and whom it is held against. A model
//! `far/first` fails; `far/second` of the same server and `near/third` of another stand behind it.

use super::story::World;
use crate::engine::{Input, Settlement};
use crate::engine::{Request, Transport, TransportFailure, World as Network};
use crate::model::health::{Breaker, ProviderState};
use crate::model::http::ResponseHead;
use crate::model::{Error, ErrorCode};

/// What was done after the failure.
#[derive(Debug, PartialEq)]
enum Then {
    /// The next of the same server was asked at once.
    Second,
    /// The server was passed over.
    Third,
    /// Nobody was asked.
    Stops(ErrorCode),
}

/// What is held against whom.
#[derive(Debug, PartialEq)]
enum Held {
    Nothing,
    /// The model's success rate fell, and the provider is as sound as before.
    Model,
    /// Both breakers count it.
    Provider,
    Down,
    Cooling,
    Key,
    Account,
    Forgotten,
}

fn world(kind: &str) -> World {
    let endpoint = |name: &str| {
        let at = if kind == "openai" { format!("https://{name}.example/v1") } else { String::new() };
        if at.is_empty() { String::new() } else { format!(r#","endpoint":"{at}""#) }
    };
    let options = format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},
            "far":{{"kind":"{kind}"{}}},
            "near":{{"kind":"openai","endpoint":"http://localhost:8080"}}}},
            "policy":{{"prefer":["far/first","far/second"],"onCut":"fail"}}}}"#,
        endpoint("far")
    );
    let mut world = World::new(&options);
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", super::story::everyone());
    let list = match kind {
        "gemini" => {
            r#"{"models":[{"name":"models/first","supportedGenerationMethods":["generateContent"]},{"name":"models/second","supportedGenerationMethods":["generateContent"]}]}"#
        }
        "openrouter" => {
            r#"{"data":[{"id":"first","name":"First","pricing":{"prompt":"0.01","completion":"0.01"},"supported_parameters":[]},{"id":"second","name":"Second","pricing":{"prompt":"0","completion":"0"},"supported_parameters":[]}]}"#
        }
        _ => r#"{"data":[{"id":"first"},{"id":"second"}]}"#,
    };
    world.answer(0, 200, list);
    world.answer(1, 200, r#"{"data":[{"id":"third"}]}"#);
    world.settled.clear();
    world.transcript.clear();
    world
}

fn then(world: &World) -> Then {
    let asked: Vec<&String> = world.transcript.iter().filter(|line| line.contains("attempt 2")).collect();
    match asked.first() {
        Some(line) if line.ends_with("far/second") => Then::Second,
        Some(line) if line.ends_with("near/third") => Then::Third,
        Some(line) => panic!("{line}"),
        None => Then::Stops(world.error("a").code),
    }
}

fn held(world: &World) -> Held {
    let report = world.engine.health();
    let far = report.iter().find(|health| health.provider == "far").unwrap();
    if far.state == ProviderState::Down {
        return Held::Down;
    }
    let shared = &world.engine.shared;
    if !world.engine.models().iter().any(|model| model.id == "first") {
        return Held::Forgotten;
    }
    if far.reason.as_ref().is_some_and(|reason| reason.code == "key-refused") {
        return Held::Key;
    }
    if shared.health.lacks_credit("far") {
        return Held::Account;
    }
    let first = crate::model::ModelKey::new("far", "first");
    if shared.health.cooling_until(&first).is_some() {
        return Held::Cooling;
    }
    match far.models.iter().find(|model| model.model == "far/first") {
        Some(model) if model.success_rate < 1.0 => {
            assert_eq!(model.state, Breaker::Closed, "once is never too often");
            // Four failures more, of models without a stain: does the provider open?
            let mut health = shared.health.clone();
            for number in 0..4 {
                let other = crate::model::ModelKey::new("far", format!("other{number}"));
                health.failed(&other, crate::health::Scope::Provider, world.now());
            }
            if health.is_failing("far") { Held::Provider } else { Held::Model }
        }
        _ => Held::Nothing,
    }
}

/// Lets the first model fail, and says what was made of it.
fn row(kind: &str, failure: impl Fn(&mut World)) -> (Then, Held) {
    let mut world = world(kind);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    failure(&mut world);
    (then(&world), held(&world))
}

fn refusal(status: u16, body: &'static str) -> impl Fn(&mut World) {
    move |world: &mut World| world.answer(2, status, body)
}

#[test]
fn connect_nobody_answers() {
    // The other model of the same server would not answer either.
    assert_eq!(row("openai", |world| world.fail(2)), (Then::Third, Held::Down));
}

#[test]
fn connect_the_head_does_not_come_in_time() {
    assert_eq!(row("openai", |world| world.wait(10_000)), (Then::Second, Held::Provider));
}

#[test]
fn connect_there_is_no_key() {
    let no_key = |world: &mut World| world.transport(2, Transport::Failed(TransportFailure::NoKey));
    assert_eq!(row("openai", no_key), (Then::Second, Held::Nothing));
}

#[test]
fn connect_the_key_cannot_be_sent() {
    let bad = |world: &mut World| world.transport(2, Transport::Failed(TransportFailure::BadKey));
    assert_eq!(row("openai", bad), (Then::Third, Held::Key));
}

#[test]
fn connect_the_network_is_gone() {
    let gone = |world: &mut World| {
        world.put(Input::World(Network::Offline));
        world.fail(2);
    };
    assert_eq!(row("openai", gone), (Then::Third, Held::Nothing));
}

#[test]
fn connect_it_was_stopped_at_the_door() {
    let stopped = |world: &mut World| world.transport(2, Transport::Failed(TransportFailure::Forbidden));
    assert_eq!(row("openai", stopped), (Then::Stops(ErrorCode::BlockedPrivate), Held::Nothing));
}

#[test]
fn head_the_request_is_bad() {
    let bad = refusal(400, r#"{"error":{"message":"temperature must be a number"}}"#);
    assert_eq!(row("openai", bad), (Then::Stops(ErrorCode::InvalidRequest), Held::Nothing));
}

#[test]
fn head_the_key_is_refused_with_401() {
    let refused = r#"{"error":{"message":"User not found.","code":401}}"#;
    for kind in ["openai", "openrouter"] {
        assert_eq!(row(kind, refusal(401, refused)), (Then::Third, Held::Key), "{kind}");
    }
    let wrong = r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}"#;
    assert_eq!(row("gemini", refusal(401, wrong)), (Then::Third, Held::Key));
}

#[test]
fn head_gemini_refuses_a_key_with_400() {
    let refused = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#;
    assert_eq!(row("gemini", refusal(400, refused)), (Then::Third, Held::Key));
}

#[test]
fn head_the_account_is_empty_and_what_is_free_is_asked() {
    let empty = refusal(402, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#);
    assert_eq!(row("openrouter", empty), (Then::Second, Held::Account));
    let capped = refusal(403, r#"{"error":{"code":403,"message":"Key limit exceeded (total limit)."}}"#);
    assert_eq!(row("openrouter", capped), (Then::Second, Held::Account));
}

#[test]
fn head_geminis_limit_of_the_day_is_the_models() {
    let spent = r#"{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"26s"}]}}"#;
    assert_eq!(row("gemini", refusal(429, spent)), (Then::Second, Held::Cooling));
}

#[test]
fn head_403_is_moderation_a_region_or_an_origin_and_never_the_key() {
    let moderated = r#"{"error":{"code":403,"message":"Flagged","metadata":{"reasons":["violence"]}}}"#;
    let (then, held) = row("openrouter", refusal(403, moderated));
    assert_eq!((then, held), (Then::Stops(ErrorCode::BlockedContent), Held::Nothing));
    let forbidden = r#"{"error":{"message":"not from here"}}"#;
    assert_eq!(row("openai", refusal(403, forbidden)), (Then::Third, Held::Down));
}

#[test]
fn head_the_model_is_not_there() {
    let missing = refusal(404, r#"{"error":{"message":"model not found","code":"model_not_found"}}"#);
    assert_eq!(row("openai", missing), (Then::Second, Held::Forgotten));
}

#[test]
fn head_the_server_ran_out_of_time() {
    for status in [408, 504] {
        assert_eq!(row("openai", refusal(status, "")), (Then::Second, Held::Provider), "{status}");
    }
}

#[test]
fn head_a_conflict_and_each_failure_of_the_server() {
    for status in [409, 500, 502, 503, 529] {
        assert_eq!(row("openai", refusal(status, "")), (Then::Second, Held::Provider), "{status}");
    }
}

#[test]
fn head_too_many_requests_cool_the_server_or_the_model_as_it_counts_them() {
    let many = r#"{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}"#;
    assert_eq!(row("openai", refusal(429, many)), (Then::Third, Held::Cooling));
    assert_eq!(row("openrouter", refusal(429, many)), (Then::Second, Held::Cooling));
    assert_eq!(row("gemini", refusal(429, many)), (Then::Second, Held::Cooling));
}

#[test]
fn head_the_prompt_is_too_long_or_the_server_too_small() {
    let long = r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#;
    for status in [400, 413] {
        assert_eq!(row("openai", refusal(status, long)), (Then::Second, Held::Nothing), "{status}");
    }
    let small = r#"{"error":{"message":"model requires more system memory"}}"#;
    assert_eq!(row("openai", refusal(500, small)), (Then::Second, Held::Model));
    let unable = r#"{"error":{"message":"this model does not support tools"}}"#;
    assert_eq!(row("openai", refusal(400, unable)), (Then::Second, Held::Nothing));
}

#[test]
fn first_token_a_page_instead_of_an_api() {
    let page = |world: &mut World| world.answer(2, 200, "<html>Log in</html>");
    assert_eq!(row("openai", page), (Then::Second, Held::Model));
}

#[test]
fn first_token_an_error_inside_a_200() {
    let inside = |world: &mut World| {
        world.head(2, 200);
        world.chunk(2, "data: {\"error\":{\"message\":\"Rate limit exceeded\",\"code\":429}}\n\n");
    };
    assert_eq!(row("openai", inside), (Then::Third, Held::Cooling));
    let broken = |world: &mut World| {
        world.head(2, 200);
        world.chunk(2, "data: {\"error\":{\"message\":\"upstream\",\"code\":502}}\n\n");
    };
    assert_eq!(row("openai", broken), (Then::Second, Held::Provider));
}

#[test]
fn first_token_the_connection_breaks_or_ends_or_says_nothing() {
    for cut in [|world: &mut World| world.fail(2), |world: &mut World| world.end(2)] {
        let cut = |world: &mut World| {
            world.head(2, 200);
            cut(world);
        };
        assert_eq!(row("openai", cut), (Then::Second, Held::Provider));
    }
    let silent = |world: &mut World| {
        world.head(2, 200);
        world.wait(30_000);
    };
    assert_eq!(row("openai", silent), (Then::Second, Held::Model));
}

const WORD: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Once\"}}]}\n\n";

#[test]
fn mid_stream_every_failure_is_held_against_whom_it_should_and_what_was_shown_is_kept() {
    type Failure = fn(&mut World);
    let rows: [(Failure, ErrorCode, Held); 4] = [
        (|world| world.fail(2), ErrorCode::Truncated, Held::Provider),
        (|world| world.end(2), ErrorCode::Truncated, Held::Provider),
        (|world| world.wait(30_000), ErrorCode::Timeout, Held::Model),
        (
            |world| world.chunk(2, "data: {\"error\":{\"message\":\"x\",\"code\":502}}\n\n"),
            ErrorCode::Server,
            Held::Provider,
        ),
    ];
    for (failure, code, against) in rows {
        let mut world = world("openai");
        world.generate("a", r#"{"prompt":"Hello"}"#);
        world.head(2, 200);
        world.chunk(2, WORD);
        failure(&mut world);
        let error = world.error("a");
        assert_eq!((error.code, error.partial.as_ref().unwrap().text.as_str()), (code, "Once"));
        assert_eq!(held(&world), against, "{code:?}");
    }
}

#[test]
fn end_an_answer_without_a_word_is_none() {
    let empty = |world: &mut World| {
        world.head(2, 200);
        world.chunk(2, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        world.end(2);
    };
    assert_eq!(row("openai", empty), (Then::Second, Held::Model));
}

#[test]
fn end_an_answer_to_its_end_is_held_in_favour_of_both() {
    let mut world = world("openai");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 503, "");
    world.head(3, 200);
    world.chunk(3, WORD);
    world.chunk(3, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    world.end(3);
    assert!(matches!(world.outcome("a"), Ok(Settlement::Text(_))));
    let report = world.engine.health();
    let far = report.iter().find(|health| health.provider == "far").unwrap();
    let rates: Vec<f64> = far.models.iter().map(|model| model.success_rate).collect();
    assert_eq!((far.state, rates), (ProviderState::Up, vec![0.0, 1.0]));
}

#[test]
fn a_prompt_that_is_too_long_goes_only_to_models_that_are_known_to_hold_more_or_not_known_to_hold_less() {
    let mut world = World::with_ollama(
        r#"{"policy":{"prefer":["ollama/first"]}}"#,
        &[("first", ""), ("same", ""), ("smaller", "")],
    );
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(2, 400, r#"{"error":"the prompt is too long for the context window"}"#);
    let error: &Error = world.error("a");
    assert_eq!((error.code, error.attempts.as_ref().unwrap().len()), (ErrorCode::ContextLength, 1));
}

#[test]
fn how_much_a_model_held_is_known_after_it_was_taken_off_the_list() {
    let mut world =
        World::with_ollama(r#"{"policy":{"prefer":["ollama/first"]}}"#, &[("first", ""), ("same", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    // Meanwhile another request hears that both are gone.
    for (transport, model) in [(3, "first"), (4, "same")] {
        world.generate(model, &format!(r#"{{"prompt":"Hello","model":"ollama/{model}"}}"#));
        world.answer(transport, 404, r#"{"error":"model not found"}"#);
    }
    world.answer(2, 400, r#"{"error":"the prompt is too long for the context window"}"#);
    assert_eq!(world.error("a").attempts.as_ref().unwrap().len(), 1, "{}", world.transcript.join("\n"));
}

#[test]
fn a_server_that_says_how_long_is_heard_from_its_head_too() {
    let mut world = world("openai");
    world.generate("a", r#"{"prompt":"Hello","model":"far/first"}"#);
    let head = ResponseHead {
        status: 429,
        retry_after: Some("Tue, 14 Nov 2023 22:15:20 GMT".to_owned()),
        ..ResponseHead::default()
    };
    world.transport(2, Transport::Head(head));
    world.end(2);
    // The story begins at 22:13:20; two minutes are too long to wait.
    assert_eq!(
        (world.error("a").code, world.error("a").retry_after_ms),
        (ErrorCode::RateLimited, Some(120_000.0))
    );
}
