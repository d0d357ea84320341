//! The table: what requests showed and what the page sees in, causes in order out. Browsers that are not here are held to
//! their documented rules.

use super::place::Nearness;
use super::*;
use crate::base::json;
use crate::engine::provider;
use crate::model::diagnosis::{Browser, Likelihood};
use crate::model::http::ResponseHead;
use crate::model::{ErrorCode, MeshOptions, Policy};

const OPTIONS: &str = r#"{"providers":{
    "lan":{"kind":"openai","endpoint":"http://192.168.0.7:8080","locality":"network"},
    "named":{"kind":"openai","endpoint":"http://server.example:8080","locality":"network"},
    "secure":{"kind":"openai","endpoint":"https://localhost:8443"},
    "llama":{"kind":"openai","endpoint":"http://127.0.0.1:8091"},
    "six":{"kind":"openai","endpoint":"http://[::1]:8091"},
    "gemini":{},"openrouter":{}}}"#;

fn shared(page: &str) -> Shared {
    let options: MeshOptions = json::read(OPTIONS.as_bytes()).unwrap();
    Shared::new(provider::resolve(&options).unwrap(), Policy::default(), Some(page.to_owned()))
}

fn place(name: &str, page: &str) -> Place {
    let mut shared = shared(page);
    for key in ["gemini", "openrouter"] {
        shared.providers.get_mut(key).unwrap().has_key = true;
    }
    Place::of(name, &shared).unwrap()
}

const PUBLIC: &str = "https://app.example.com";
const HERE: &str = "http://localhost:5173";

fn chromium(loopback: Permission, local: Permission) -> Circumstances {
    Circumstances {
        browser: Browser::Chromium,
        loopback: Some(loopback),
        local: Some(local),
        ..Circumstances::default()
    }
}

fn granted() -> Circumstances {
    chromium(Permission::Granted, Permission::Granted)
}

fn in_browser(browser: Browser) -> Circumstances {
    Circumstances { browser, ..Circumstances::default() }
}

fn nothing() -> Findings {
    Findings { read: Contact::Failed, blind: Contact::Failed, ..Findings::default() }
}

fn silence() -> Findings {
    Findings { read: Contact::Silent, blind: Contact::Silent, ..Findings::default() }
}

fn hidden() -> Findings {
    Findings { read: Contact::Failed, blind: Contact::Answered, ..Findings::default() }
}

fn elsewhere(place: Where) -> Findings {
    Findings { elsewhere: Some((place, "http://127.0.0.1:11434".to_owned())), ..nothing() }
}

fn codes(causes: &[Cause]) -> Vec<&'static str> {
    causes.iter().map(|cause| cause.code).collect()
}

#[test]
fn every_silence_has_its_causes_in_order() {
    let offline = Circumstances { is_online: false, ..granted() };
    let stopped = |origin: &str| Circumstances { stopped: vec![origin.to_owned()], ..granted() };
    let insecure = Circumstances { is_secure: false, ..chromium(Permission::Prompt, Permission::Prompt) };
    let denied = || chromium(Permission::Denied, Permission::Denied);
    let unanswered = || chromium(Permission::Prompt, Permission::Prompt);
    let preflight = Findings { plain: Contact::Answered, ..hidden() };
    for (who, page, findings, around, expected) in [
        // Nobody there, or at another place.
        ("ollama", HERE, nothing(), granted(), "not-running blocked-by-browser"),
        ("llama", PUBLIC, nothing(), granted(), "not-running blocked-by-browser"),
        ("ollama", HERE, silence(), granted(), "not-responding not-running"),
        ("llama", HERE, elsewhere(Where::Port), granted(), "wrong-port not-running"),
        ("six", HERE, elsewhere(Where::Name), granted(), "wrong-address"),
        ("secure", HERE, elsewhere(Where::Scheme), granted(), "wrong-scheme"),
        ("secure", HERE, nothing(), granted(), "certificate not-running"),
        // Somebody there who does not let the page in.
        ("ollama", PUBLIC, hidden(), granted(), "origin-refused another-program"),
        ("ollama", HERE, hidden(), granted(), "another-program origin-refused"),
        ("llama", HERE, hidden(), granted(), "origin-refused another-program"),
        ("comfyui", HERE, hidden(), granted(), "origin-refused another-program"),
        ("comfyui", HERE, nothing(), granted(), "not-running blocked-by-browser"),
        ("llama", HERE, preflight, granted(), "headers-refused"),
        // The page, the network.
        ("llama", PUBLIC, nothing(), stopped("http://127.0.0.1:8091"), "content-policy"),
        ("llama", PUBLIC, nothing(), stopped("http://127.0.0.1:1234"), "not-running blocked-by-browser"),
        ("lan", HERE, nothing(), offline.clone(), "offline"),
        ("openrouter", HERE, nothing(), offline.clone(), "offline"),
        ("ollama", HERE, nothing(), offline, "not-running blocked-by-browser"),
        // Chromium's permissions for what is nearer than the page.
        ("ollama", PUBLIC, nothing(), denied(), "permission-denied"),
        ("ollama", HERE, nothing(), denied(), "not-running blocked-by-browser"),
        ("ollama", PUBLIC, silence(), unanswered(), "permission-not-given"),
        ("ollama", PUBLIC, nothing(), unanswered(), "permission-not-given not-running"),
        ("lan", PUBLIC, nothing(), denied(), "permission-denied"),
        ("lan", "http://192.168.0.2", nothing(), denied(), "not-running blocked-by-browser"),
        ("llama", "http://app.example.com", nothing(), insecure, "insecure-page"),
        // An https page and an http address.
        ("named", PUBLIC, nothing(), granted(), "mixed-content"),
        ("lan", PUBLIC, nothing(), in_browser(Browser::Firefox), "mixed-content"),
        ("lan", PUBLIC, nothing(), in_browser(Browser::Safari), "mixed-content"),
        ("ollama", PUBLIC, nothing(), in_browser(Browser::Safari), "safari-loopback"),
        ("ollama", HERE, nothing(), in_browser(Browser::Safari), "not-running blocked-by-browser"),
        ("ollama", PUBLIC, nothing(), in_browser(Browser::Firefox), "not-running blocked-by-browser"),
        ("secure", PUBLIC, nothing(), in_browser(Browser::Safari), "certificate not-running"),
        // Clouds.
        ("openrouter", PUBLIC, hidden(), granted(), "intermediary"),
        ("gemini", PUBLIC, nothing(), granted(), "unreachable blocked-by-browser"),
    ] {
        let causes = verdict::judge(&place(who, page), &findings, &around);
        assert_eq!(codes(&causes).join(" "), expected, "{who} {page} {findings:?} {around:?}");
        assert!(causes.iter().all(|cause| cause.message.len() > 20 && !cause.message.contains('*')));
    }
}

#[test]
fn every_answer_has_its_cause() {
    let keyless = || place("llama", PUBLIC);
    let keyed = || {
        let mut shared = shared(PUBLIC);
        shared.providers.get_mut("llama").unwrap().has_key = true;
        Place::of("llama", &shared).unwrap()
    };
    let ollama = || place("ollama", PUBLIC);
    let cloud = || place("openrouter", PUBLIC);
    let gemini = || place("gemini", PUBLIC);
    for (place, status, body, expected) in [
        (ollama(), 200, r#"{"models":[{"name":"m"}]}"#, ""),
        (ollama(), 200, r#"{"models":[]}"#, "model-missing"),
        (ollama(), 200, "<html>Welcome</html>", "another-program"),
        (ollama(), 200, r#"{"hello":"world"}"#, "another-program"),
        (ollama(), 404, r#"{"error":{"code":404,"message":"File Not Found"}}"#, "another-program"),
        (keyless(), 200, r#"{"data":[{"id":"m"}]}"#, ""),
        (keyless(), 200, r#"{"data":[]}"#, "model-missing"),
        (keyless(), 200, "<!doctype html>", "another-program"),
        (
            keyless(),
            404,
            r#"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#,
            "wrong-path another-program",
        ),
        (keyless(), 404, "404 page not found", "another-program"),
        (
            keyless(),
            401,
            r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#,
            "key-missing",
        ),
        (
            keyed(),
            401,
            r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#,
            "key-refused",
        ),
        (
            keyless(),
            503,
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            "starting",
        ),
        (keyless(), 502, "<html>Bad Gateway</html>", "gateway"),
        (keyless(), 407, "", "intermediary"),
        (keyless(), 500, r#"{"error":{"message":"it broke"}}"#, "server-error"),
        (cloud(), 200, r#"{"data":{"label":"k","limit_remaining":3.5}}"#, ""),
        (cloud(), 200, r#"{"data":{"label":"k","limit_remaining":null}}"#, ""),
        (cloud(), 200, r#"{"data":{"label":"k","limit_remaining":0}}"#, "out-of-credit"),
        (cloud(), 401, r#"{"error":{"code":401,"message":"No auth"}}"#, "key-refused"),
        (cloud(), 402, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#, "out-of-credit"),
        (cloud(), 429, r#"{"error":{"code":429,"message":"slow down"}}"#, "rate-limited"),
        (cloud(), 200, "<html>Sign in to the hotel</html>", "intermediary"),
        (cloud(), 511, "<html>Sign in to the hotel</html>", "intermediary"),
        (gemini(), 200, r#"{"models":[{"name":"models/m"}]}"#, ""),
        (
            gemini(),
            400,
            r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"x","reason":"API_KEY_INVALID"}]}}"#,
            "key-refused",
        ),
    ] {
        let head = ResponseHead { status, ..ResponseHead::default() };
        let causes = answer::judge(&place, &head, body.as_bytes(), &shared(PUBLIC));
        assert_eq!(codes(&causes).join(" "), expected, "{} {status} {body}", place.name);
    }
}

#[test]
fn an_ollama_that_is_too_old_says_which_version_it_is() {
    for (body, is_too_old) in [
        (r#"{"version":"0.33.0"}"#, false),
        (r#"{"version":"0.5.0-rc1"}"#, false),
        (r#"{"version":"0.4.7"}"#, true),
        (r#"{"version":"0.1.14"}"#, true),
        (r#"{"version":"0.0.0"}"#, false),
        (r#"{"version":"main"}"#, false),
        ("<html>", false),
    ] {
        let cause = answer::of_version(&place("ollama", HERE), body.as_bytes());
        assert_eq!(cause.is_some_and(|cause| cause.code == "too-old"), is_too_old, "{body}");
    }
}

#[test]
fn what_a_list_of_models_does_not_show_is_remembered_from_the_last_failure() {
    let well = |shared: &Shared| {
        let head = ResponseHead { status: 200, ..ResponseHead::default() };
        codes(&answer::judge(
            &Place::of("llama", shared).unwrap(),
            &head,
            br#"{"data":[{"id":"m"}]}"#,
            shared,
        ))
    };
    let mut shared = shared(HERE);
    for (code, expected) in [
        (ErrorCode::OutOfMemory, vec!["out-of-memory"]),
        (ErrorCode::ModelMissing, vec!["model-missing"]),
        (ErrorCode::Quota, vec!["out-of-credit"]),
        (ErrorCode::Timeout, vec!["out-of-credit"]),
    ] {
        let mut error = Error::new(code, "It failed.");
        error.model = Some("llama/big:70b".to_owned());
        shared.complained(&error);
        assert_eq!(well(&shared), expected);
    }
    assert_eq!(Place::of("llama", &shared).unwrap().model.as_deref(), Some("big:70b"));
    shared.succeeded(&crate::model::ModelKey::parse("llama/small").unwrap(), None);
    assert_eq!(well(&shared), Vec::<&str>::new());
}

#[test]
fn a_key_that_is_missing_is_found_without_a_request() {
    let mut shared = shared(PUBLIC);
    let now = Now::default();
    let begun = Doctor::start(RequestId::new("d".to_owned()), "openrouter", &mut shared, now).unwrap();
    let Begun::Over(diagnosis) = begun else { panic!("it asks") };
    assert_eq!((codes(&diagnosis.causes), diagnosis.ok), (vec!["key-missing"], false));
    assert_eq!(diagnosis.causes[0].likelihood, Likelihood::Certain);
    assert!(shared.poll_output().is_none());
}

#[test]
fn a_server_is_looked_for_by_its_other_name_scheme_and_port() {
    let name = |who| place(who, HERE).other_name();
    assert_eq!(name("ollama").as_deref(), Some("http://127.0.0.1:11434"));
    assert_eq!(name("llama").as_deref(), Some("http://localhost:8091/v1"));
    assert_eq!(name("six").as_deref(), Some("http://127.0.0.1:8091/v1"));
    assert_eq!(name("lan"), None);
    assert_eq!(place("secure", HERE).other_scheme().as_deref(), Some("http://localhost:8443/v1"));
    assert_eq!(place("openrouter", HERE).other_scheme(), None);
    let ports = place("llama", HERE).other_ports();
    assert!(ports.contains(&"http://127.0.0.1:1234/v1".to_owned()) && ports.len() == 8, "{ports:?}");
    assert_eq!(place("ollama", HERE).other_ports(), Vec::<String>::new());
    assert_eq!(place("lan", HERE).other_ports(), Vec::<String>::new());
}

#[test]
fn hosts_are_near_by_what_they_are_called() {
    for (host, nearness) in [
        ("localhost", Nearness::Loopback),
        ("::1", Nearness::Loopback),
        ("192.168.1.4", Nearness::Private),
        ("10.0.0.1", Nearness::Private),
        ("172.20.0.1", Nearness::Private),
        ("169.254.0.1", Nearness::Private),
        ("fd00::1", Nearness::Private),
        ("printer.local", Nearness::Private),
        ("172.32.0.1", Nearness::Named),
        ("local", Nearness::Named),
        ("app.example.com", Nearness::Named),
    ] {
        assert_eq!(Nearness::of(host), nearness, "{host}");
    }
}
