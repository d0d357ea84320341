//! When measures are written, and that nothing of them is lost: not to other tabs, not to a store that fails.

use super::story::World;
use crate::engine::{Input, Record, Request, Settlement, StoreAnswer, World as Page};
use crate::model::ErrorCode;
use crate::model::metrics::Range;
use crate::model::storage::StorageFault;

fn world() -> World {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    // The store says nothing but what the story has it say.
    world.records = None;
    world.loads.clear();
    world
}

fn answer(world: &mut World, id: &str) {
    world.generate(id, r#"{"prompt":"Hello"}"#);
    let transport = world.sent.last().unwrap().0.number();
    world.head(transport, 200);
    world.say(transport, "Hi");
    world.done(transport);
}

/// How often the record was asked for since this was last asked.
fn reads(world: &mut World) -> usize {
    let reads = world.loads.iter().filter(|record| **record == Record::Metrics).count();
    world.loads.clear();
    reads
}

fn requests(world: &World) -> u64 {
    world.engine.report(Range { from: Some(0.0), to: None }, 0, world.now()).total.requests
}

fn written(world: &World) -> Option<Vec<u8>> {
    let mut records = world.saved.iter().rev().filter(|(record, _)| *record == Record::Metrics);
    records.next().map(|(_, bytes)| bytes.clone())
}

fn say(world: &mut World, answer: StoreAnswer) {
    world.put(Input::Store(answer));
}

fn fail(world: &mut World) {
    say(world, StoreAnswer::Failed(Record::Metrics, StorageFault::Full));
}

/// The store has this and takes what is written.
fn store(world: &mut World, bytes: Option<Vec<u8>>) -> Option<Vec<u8>> {
    say(world, StoreAnswer::Loaded(Record::Metrics, bytes));
    say(world, StoreAnswer::Saved(Record::Metrics));
    written(world)
}

/// A world that measured this many generations, and its record.
fn measured(number: usize) -> (World, Vec<u8>) {
    let mut world = world();
    for n in 0..number {
        answer(&mut world, &format!("g{n}"));
    }
    // The first is written at once, the others together.
    let mut record = store(&mut world, None);
    world.wait(5_000);
    if reads(&mut world) > 1 {
        record = store(&mut world, record);
    }
    (world, record.unwrap())
}

fn settled(world: &World, id: &str) -> u32 {
    match world.outcome(id) {
        Ok(Settlement::Measures(more)) => *more,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_measure_is_written_at_once_and_what_follows_together() {
    let mut world = world();
    answer(&mut world, "a");
    assert_eq!(reads(&mut world), 1);
    let first = store(&mut world, None);
    answer(&mut world, "b");
    answer(&mut world, "c");
    world.wait(4_999);
    assert_eq!((reads(&mut world), written(&world)), (0, first.clone()));
    world.wait(1);
    assert_eq!(reads(&mut world), 1);
    let second = store(&mut world, first.clone());
    assert_ne!(second, first);
    assert_eq!(world.engine.poll_timeout(), None, "nothing to write, no timer");
    assert_eq!(requests(&world), 3);
}

#[test]
fn what_was_measured_is_there_at_the_next_visit() {
    let (first, record) = measured(3);
    assert_eq!(requests(&first), 3);
    let mut world = World::with_unanswered_store("{}");
    for known in Record::ALL {
        let bytes = (known == Record::Metrics).then(|| record.clone());
        say(&mut world, StoreAnswer::Loaded(known, bytes));
    }
    assert_eq!(requests(&world), 3);
    assert_eq!(world.engine.metrics().recent(10), first.engine.metrics().recent(10));
}

#[test]
fn what_another_tab_wrote_meanwhile_is_kept() {
    let (_, others) = measured(2);
    let mut world = world();
    answer(&mut world, "a");
    let both = store(&mut world, Some(others));
    assert_eq!(requests(&world), 3);
    // Its own is not added once more.
    answer(&mut world, "b");
    world.wait(5_000);
    store(&mut world, both);
    assert_eq!(requests(&world), 4);
}

#[test]
fn whoever_comes_back_sees_what_other_tabs_measured() {
    let (_, others) = measured(2);
    let mut world = world();
    world.put(Input::World(Page::Visible));
    world.put(Input::World(Page::Hidden));
    assert_eq!(reads(&mut world), 0);
    world.put(Input::World(Page::Visible));
    assert_eq!(reads(&mut world), 1);
    say(&mut world, StoreAnswer::Loaded(Record::Metrics, Some(others)));
    assert_eq!((requests(&world), written(&world)), (2, None));
}

#[test]
fn a_page_that_is_hidden_writes_without_waiting() {
    let mut world = world();
    world.put(Input::World(Page::Visible));
    answer(&mut world, "a");
    let first = store(&mut world, None);
    answer(&mut world, "b");
    assert_eq!(reads(&mut world), 1, "only the first was written at once");
    world.put(Input::World(Page::Hidden));
    assert_eq!(reads(&mut world), 1);
    assert_ne!(store(&mut world, first.clone()), first);
    world.put(Input::World(Page::Visible));
    world.put(Input::World(Page::Hidden));
    assert_eq!(reads(&mut world), 1, "there is nothing more to write, only to read when somebody comes back");
}

#[test]
fn what_could_not_be_written_is_written_when_the_store_works_again() {
    let mut world = world();
    answer(&mut world, "a");
    fail(&mut world);
    answer(&mut world, "b");
    world.wait(60_000);
    assert_eq!((reads(&mut world), world.engine.poll_timeout()), (2, None), "once for each");
    fail(&mut world);
    world.wait(60_000);
    assert_eq!(
        (reads(&mut world), world.engine.poll_timeout()),
        (0, None),
        "it is not asked again and again"
    );
    say(&mut world, StoreAnswer::Reachable);
    assert_eq!(reads(&mut world), 1);
    say(&mut world, StoreAnswer::Loaded(Record::Metrics, None));
    assert!(written(&world).is_some());
    fail(&mut world);
    answer(&mut world, "c");
    say(&mut world, StoreAnswer::Reachable);
    assert_eq!(reads(&mut world), 1, "whoever asks first, it is asked once");
    let (_, others) = measured(1);
    store(&mut world, Some(others));
    assert_eq!(requests(&world), 4, "three of its own and one of the other tab's");
}

#[test]
fn a_record_that_cannot_be_read_is_dropped_and_counted() {
    let mut world = world();
    answer(&mut world, "a");
    store(&mut world, Some(b"nonsense".to_vec()));
    assert_eq!((requests(&world), world.engine.storage().unreadable), (1, 1));
}

#[test]
fn what_a_newer_version_wrote_is_left_alone() {
    let (_, record) = measured(1);
    let newer = String::from_utf8(record).unwrap().replace("\"hkmMeshMetrics\":2", "\"hkmMeshMetrics\":9");
    let mut world = world();
    answer(&mut world, "a");
    say(&mut world, StoreAnswer::Loaded(Record::Metrics, Some(newer.into_bytes())));
    answer(&mut world, "b");
    world.wait(60_000);
    assert_eq!((written(&world), requests(&world)), (None, 2));
}

#[test]
fn an_export_is_taken_in_once() {
    let (there, _) = measured(3);
    let export = there.engine.metrics().export(Range::default(), there.now().wall).into_bytes();
    let mut world = World::with_ollama("{}", &[("m", "")]);
    // Another browser has another name.
    world.put(Input::Seed(7));
    answer(&mut world, "a");
    store(&mut world, None);
    world.request("first", Request::ImportMeasures(export.clone()));
    assert!(world.settled.iter().all(|(id, _)| id != "first"), "it settles when it is stored");
    let record = written(&world);
    store(&mut world, record);
    assert_eq!((settled(&world, "first"), requests(&world)), (3, 4));
    world.request("second", Request::ImportMeasures(export));
    let record = written(&world);
    store(&mut world, record);
    assert_eq!((settled(&world, "second"), requests(&world)), (0, 4));
}

#[test]
fn ones_own_export_adds_nothing_and_restores_what_was_forgotten() {
    let (mut world, record) = measured(2);
    let export = world.engine.metrics().export(Range::default(), world.now().wall).into_bytes();
    world.request("own", Request::ImportMeasures(export.clone()));
    store(&mut world, Some(record));
    assert_eq!((settled(&world, "own"), requests(&world)), (0, 2));
    world.request("clear", Request::ClearMeasures);
    assert_eq!(requests(&world), 0);
    let record = written(&world);
    store(&mut world, record);
    assert_eq!((settled(&world, "clear"), requests(&world)), (0, 0));
    world.put(Input::Seed(8));
    world.request("back", Request::ImportMeasures(export));
    let record = written(&world);
    store(&mut world, record);
    assert_eq!((settled(&world, "back"), requests(&world)), (2, 2));
}

#[test]
fn what_is_forgotten_does_not_come_back_from_a_read_that_was_on_its_way() {
    let (mut world, record) = measured(2);
    answer(&mut world, "a");
    assert_eq!(reads(&mut world), 1);
    world.request("clear", Request::ClearMeasures);
    say(&mut world, StoreAnswer::Loaded(Record::Metrics, Some(record)));
    say(&mut world, StoreAnswer::Saved(Record::Metrics));
    assert_eq!((requests(&world), settled(&world, "clear")), (0, 0));
    assert!(world.engine.metrics().recent(10).is_empty());
}

#[test]
fn foreign_json_is_refused_with_a_sentence() {
    let (mut world, record) = measured(2);
    let broken = String::from_utf8(record).unwrap().replace("\"text\"", "\"smell\"").into_bytes();
    for (id, json) in [("a", b"{}".to_vec()), ("b", b"[1]".to_vec()), ("c", Vec::new()), ("d", broken)] {
        world.request(id, Request::ImportMeasures(json));
        let error = world.error(id);
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        assert!(error.message.ends_with('.'), "{}", error.message);
    }
    assert_eq!(requests(&world), 2);
}

#[test]
fn an_import_that_cannot_be_stored_says_so() {
    let (there, _) = measured(1);
    let export = there.engine.metrics().export(Range::default(), there.now().wall).into_bytes();
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.request("a", Request::ImportMeasures(export));
    fail(&mut world);
    assert_eq!(world.error("a").code, ErrorCode::Storage);
}
