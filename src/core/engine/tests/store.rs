//! What is kept between visits, and that nothing depends on it.

use super::story::{World, everyone};
use crate::engine::{Input, Record, StoreAnswer};
use crate::model::storage::{Storage, StorageFault};

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
    second.put(Input::Store(StoreAnswer::Loaded(Record::Metrics, None)));
    let request = crate::base::json::read(r#"{"prompt":"Hello"}"#.as_bytes()).unwrap();
    assert_eq!(second.engine.route(&request).unwrap().chain, ["ollama/m"]);
}

#[test]
fn a_store_that_fails_takes_nothing_but_its_memory() {
    let mut world = World::with_unanswered_store("{}");
    world.generate("a", r#"{"prompt":"Hello"}"#);
    assert!(world.sent.is_empty());
    for record in Record::ALL {
        world.put(Input::Store(StoreAnswer::Failed(record, StorageFault::Missing)));
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
    world.put(Input::Store(StoreAnswer::Failed(Record::Health, StorageFault::Missing)));
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

/// A world whose store could not be read, with one Ollama model and an answer of it.
fn answering_without_a_store(fault: StorageFault) -> World {
    let mut world = World::with_unanswered_store("{}");
    for record in Record::ALL {
        world.put(Input::Store(StoreAnswer::Failed(record, fault)));
    }
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(
        0,
        200,
        r#"{"models":[{"name":"m","details":{"context_length":4096},"capabilities":["completion"]}]}"#,
    );
    world.answer(1, 200, "{}");
    world.head(2, 200);
    world.say(2, "Hi");
    world.done(2);
    assert_eq!(world.text("a").text, "Hi");
    world
}

fn saved(world: &World) -> Vec<Record> {
    world.saved.iter().map(|(record, _)| *record).collect()
}

#[test]
fn a_record_that_could_not_be_read_is_not_overwritten() {
    let mut world = answering_without_a_store(StorageFault::Lost);
    assert_eq!(saved(&world), []);
    // It is read before it is written, and what both visits learned is kept.
    let health = br#"{"format":3,"models":[{"provider":"ollama","model":"earlier","outcomes":[true],"inputTokens":0}],"providers":[]}"#;
    let mut asked_for = world.loads[Record::ALL.len()..].to_vec();
    asked_for.sort_unstable();
    assert_eq!(asked_for, Record::ALL, "each that changed is asked for anew, and once");
    world.put(Input::Store(StoreAnswer::Loaded(Record::Health, Some(health.to_vec()))));
    assert_eq!(saved(&world), [Record::Health]);
    let written = String::from_utf8_lossy(&world.saved[0].1).into_owned();
    assert!(written.contains("earlier") && written.contains("\"m\""), "{written}");
    for record in [Record::Catalogue, Record::Settings, Record::Metrics] {
        world.put(Input::Store(StoreAnswer::Loaded(record, None)));
    }
    let mut written = saved(&world);
    written.sort_unstable();
    assert_eq!(written, Record::ALL, "each once");
}

#[test]
fn a_fault_of_the_store_is_told_once_and_stands_until_it_is_mended() {
    let mut world = answering_without_a_store(StorageFault::Blocked);
    let told =
        |world: &World| world.transcript.iter().filter(|line| line.contains("storage-blocked")).count();
    assert_eq!(told(&world), 1);
    let state = world.engine.storage();
    assert_eq!((state.kept_in, state.reason.unwrap().code.as_str()), (Storage::Memory, "storage-blocked"));
    world.generate("b", r#"{"prompt":"Again"}"#);
    world.head(3, 200);
    world.say(3, "Hi");
    world.done(3);
    assert_eq!(told(&world), 1);

    world.put(Input::Store(StoreAnswer::Reachable));
    for record in Record::ALL {
        world.put(Input::Store(StoreAnswer::Loaded(record, None)));
    }
    assert!(world.engine.storage().reason.is_some(), "what was learned meanwhile is not written yet");
    for record in Record::ALL {
        world.put(Input::Store(StoreAnswer::Saved(record)));
    }
    let state = world.engine.storage();
    assert_eq!((state.kept_in, state.reason), (Storage::IndexedDb, None));
}

#[test]
fn what_found_no_room_is_written_when_something_else_did() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.records = None;
    world.loads.clear();
    world.request("look", everyone());
    world.answer(2, 200, r#"{"models":[]}"#);
    world.answer(3, 200, "{}");
    let read = |world: &mut World| {
        assert_eq!(core::mem::take(&mut world.loads), [Record::Catalogue], "before it is written");
        world.put(Input::Store(StoreAnswer::Loaded(Record::Catalogue, None)));
    };
    read(&mut world);
    assert_eq!(saved(&world), [Record::Catalogue]);
    world.put(Input::Store(StoreAnswer::Failed(Record::Catalogue, StorageFault::Full)));
    let full =
        |world: &World| world.engine.storage().reason.is_some_and(|reason| reason.code == "storage-full");
    assert!(full(&world));
    assert_eq!(world.engine.storage().kept_in, Storage::IndexedDb);
    world.put(Input::Store(StoreAnswer::Saved(Record::Health)));
    read(&mut world);
    assert_eq!(saved(&world), [Record::Catalogue; 2]);
    assert!(full(&world), "it was only tried again");
    world.put(Input::Store(StoreAnswer::Failed(Record::Catalogue, StorageFault::Full)));
    assert_eq!(
        (saved(&world), &*world.loads),
        (vec![Record::Catalogue; 2], &[][..]),
        "and not again and again"
    );
    world.put(Input::Store(StoreAnswer::Saved(Record::Health)));
    read(&mut world);
    world.put(Input::Store(StoreAnswer::Saved(Record::Catalogue)));
    assert!(!full(&world));
}

#[test]
fn what_cannot_be_understood_is_counted_and_replaced() {
    let mut world = World::with_unanswered_store("{}");
    world.put(Input::Store(StoreAnswer::Failed(Record::Catalogue, StorageFault::Unreadable)));
    world.put(Input::Store(StoreAnswer::Loaded(Record::Health, Some(b"nonsense".to_vec()))));
    let settings = br#"{"contextLengths":[["ollama/a",8192],7]}"#.to_vec();
    world.put(Input::Store(StoreAnswer::Loaded(Record::Settings, Some(settings))));
    let state = world.engine.storage();
    assert_eq!((state.kept_in, state.reason, state.unreadable), (Storage::IndexedDb, None, 3));
    world.request("look", everyone());
    world.answer(0, 200, r#"{"models":[]}"#);
    world.answer(1, 200, "{}");
    world.put(Input::Store(StoreAnswer::Loaded(Record::Catalogue, None)));
    assert!(saved(&world).contains(&Record::Catalogue));
}

#[test]
fn who_wants_nothing_kept_is_told_so_without_a_reason() {
    let world = World::new(r#"{"storage":"memory"}"#);
    let state = world.engine.storage();
    assert_eq!((state.kept_in, state.reason, state.unreadable), (Storage::Memory, None, 0));
}

#[test]
fn nothing_that_was_said_is_ever_stored() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"the planted secret","system":"another secret"}"#);
    world.head(2, 200);
    world.say(2, "a secret answer");
    world.done(2);
    assert!(!world.saved.is_empty());
    for (record, bytes) in &world.saved {
        assert!(!String::from_utf8_lossy(bytes).contains("secret"), "{record:?}");
    }
}
