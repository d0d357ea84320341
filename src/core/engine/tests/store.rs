//! What is kept between visits, and that nothing depends on it.

use super::story::{World, everyone};
use crate::engine::{Input, Record, StoreAnswer};

#[test]
fn decisions_work_from_the_stored_catalogue_before_anything_answered() {
    let mut first = World::with_ollama("{}", &[("m", "tools")]);
    first.request("look", everyone());
    first.answer(
        2,
        200,
        r#"{"models":[{"name":"m","details":{"context_length":4096},"capabilities":["completion"]}]}"#,
    );
    first.answer(3, 200, "{}");
    let (_, catalogue) =
        first.saved.iter().rfind(|(record, _)| *record == Record::Catalogue).unwrap().clone();

    let mut second = World::with_unanswered_store("{}");
    second.put(Input::Store(StoreAnswer::Loaded(Record::Catalogue, Some(catalogue))));
    second.put(Input::Store(StoreAnswer::Loaded(Record::Health, None)));
    second.put(Input::Store(StoreAnswer::Loaded(Record::Settings, None)));
    let request = crate::base::json::read(r#"{"prompt":"Hello"}"#.as_bytes()).unwrap();
    assert_eq!(second.engine.route(&request).unwrap().chain, ["ollama/m"]);
}

#[test]
fn a_store_that_fails_takes_nothing_but_its_memory() {
    let mut world = World::with_unanswered_store("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    assert!(world.sent.is_empty());
    for record in Record::ALL {
        world.put(Input::Store(StoreAnswer::Failed(record)));
    }
    world.answer(
        0,
        200,
        r#"{"models":[{"name":"m","details":{"context_length":4096},"capabilities":["completion"]}]}"#,
    );
    world.answer(1, 200, "{}");
    world.head(2, 200);
    world.say(2, "Hi");
    world.done(2);
    world.put(Input::Store(StoreAnswer::Failed(Record::Health)));
    assert_eq!(world.text("a").text, "Hi");
}

#[test]
fn records_that_do_not_parse_are_as_good_as_none() {
    for bytes in [&b"\xff\xfe"[..], b"{}", b"null", b"[1,2", b""] {
        let mut world = World::with_unanswered_store("{}");
        for record in Record::ALL {
            world.put(Input::Store(StoreAnswer::Loaded(record, Some(bytes.to_vec()))));
        }
        assert!(world.engine.is_ready());
        assert!(world.engine.models().is_empty());
    }
}

#[test]
fn nothing_that_was_said_is_ever_stored() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"the planted secret","system":"another secret"}"#);
    world.head(2, 200);
    world.say(2, "a secret answer");
    world.done(2);
    for (record, bytes) in &world.saved {
        assert!(!String::from_utf8_lossy(bytes).contains("secret"), "{record:?}");
    }
}
