//! Batches that are cut off and given again.

use super::backoff::{answer, far, two};
use super::story::{Batches, DiskFault, World};
use crate::base::id::RequestId;
use crate::engine::{Input, Request, Settlement, World as Around};
use crate::model::receipt::{CacheTier, Cached};
use crate::model::report::{BatchItem, BatchReport};
use crate::model::request::BatchRequest;
use crate::model::{ErrorCode, TextRequest};

/// Another page over what batches left.
fn visit(batches: &Batches) -> World {
    let mut world = far("");
    world.batches = Batches::clone(batches);
    world
}

/// Gives `b` a list of requests under an id.
fn give(world: &mut World, requests: &[&str]) {
    let read = |request: &&str| -> TextRequest { crate::base::json::read(request.as_bytes()).unwrap() };
    let requests = (0..).zip(requests.iter().map(|request| Ok(read(request)))).collect();
    world.request("b", Request::Batch(BatchRequest { requests, concurrency: None, is_kept: true }));
}

/// Answers so many of the calls that were made, each with words of its own.
fn answer_some(world: &mut World, count: usize, words: &str) {
    for number in 0..count {
        let posts = world.sent.iter().filter(|(_, request)| request.method == "POST");
        let posts: Vec<u32> = posts.map(|(id, _)| id.number()).collect();
        let id = posts[number];
        world.head(id, 200);
        world.far_says(id, &format!("{words} {number}"));
        world.far_ends(id);
    }
}

fn calls(world: &World) -> usize {
    world.sent.iter().filter(|(_, request)| request.method == "POST").count()
}

/// What the batch said by now, by place.
fn said(world: &World) -> Vec<(u32, String)> {
    let word = |item: &BatchItem| match (&item.result, &item.error) {
        (Some(result), _) => result.text.clone(),
        (None, error) => error.as_ref().unwrap().code.as_str().to_owned(),
    };
    let mut said: Vec<(u32, String)> = world.items.iter().map(|item| (item.index, word(item))).collect();
    said.sort_unstable();
    said
}

fn words(said: &[(u32, &str)]) -> Vec<(u32, String)> {
    said.iter().map(|(place, words)| (*place, (*words).to_owned())).collect()
}

fn report(world: &World) -> &BatchReport {
    match world.outcome("b") {
        Ok(Settlement::Batch(report)) => report,
        other => panic!("{other:?}"),
    }
}

fn kept(world: &World) -> usize {
    world.batches.borrow().0.len()
}

const A: &str = r#"{"prompt":"a"}"#;
const B: &str = r#"{"prompt":"b"}"#;
const C: &str = r#"{"prompt":"c"}"#;
/// Which the cache does not keep.
const CHANCE: &str = r#"{"prompt":"a","temperature":1.5}"#;
const OFF: &str = r#"{"prompt":"a","cache":"off"}"#;

#[test]
fn what_was_done_comes_at_once_and_the_rest_is_asked() {
    let mut first = far("");
    give(&mut first, &[A, CHANCE, B, OFF]);
    answer_some(&mut first, 3, "first");
    assert_eq!(first.items.len(), 3);
    first.put(Input::World(Around::Left));

    let mut second = visit(&first.batches);
    give(&mut second, &[A, CHANCE, B, OFF]);
    assert_eq!(said(&second), words(&[(0, "first 0"), (1, "first 1"), (2, "first 2")]));
    assert_eq!(calls(&second), 1);
    let result = second.items[1].result.as_ref().unwrap();
    let receipt = &result.receipt;
    assert_eq!(
        (receipt.cached, receipt.cost, receipt.attempts.len()),
        (Cached::From(CacheTier::Disk), Some(0.0), 0)
    );
    assert_eq!((receipt.model.as_str(), receipt.decision.why.code.as_str()), ("far/m", "resumed"));
    assert!(second.items.iter().all(|item| item.remaining_ms.is_none()), "there is more to come");
    answer_some(&mut second, 1, "second");
    let report = report(&second);
    assert_eq!((report.requests, report.calls, report.resumed, report.failed), (4, 1, Some(3), 0));
    assert_eq!(said(&second)[3], (3, "second 0".to_owned()));
}

#[test]
fn a_tab_that_was_killed_is_no_hindrance_and_one_that_lives_is_named() {
    let mut first = far("");
    give(&mut first, &[A, B]);
    answer_some(&mut first, 1, "first");
    let mut second = visit(&first.batches);
    give(&mut second, &[A, B]);
    assert_eq!(second.error("b").code, ErrorCode::InvalidRequest);
    assert!(second.error("b").message.contains("another tab"));
    assert_eq!((calls(&second), second.items.len()), (0, 0));
    // The browser takes the lock of a tab that is gone.
    first.batches.borrow_mut().1.clear();
    second.settled.clear();
    give(&mut second, &[A, B]);
    assert_eq!(said(&second), words(&[(0, "first 0")]));
}

#[test]
fn an_id_that_runs_here_cannot_be_given_again_until_it_is_over() {
    let mut world = far("");
    give(&mut world, &[A]);
    give(&mut world, &[A]);
    assert_eq!(world.error("b").code, ErrorCode::InvalidRequest);
    world.settled.clear();
    answer_some(&mut world, 1, "first");
    world.settled.clear();
    world.items.clear();
    give(&mut world, &[A]);
    assert_eq!(said(&world), words(&[(0, "first 0")]));
    let report = report(&world);
    assert_eq!((report.requests, report.calls, report.resumed, report.failed), (1, 0, Some(1), 0));
    assert_eq!(world.items[0].remaining_ms, Some(0.0));
    assert!(world.batches.borrow().1.is_empty(), "nobody holds it");
}

#[test]
fn a_cancelled_batch_goes_on_where_it_was() {
    let mut world = far("");
    give(&mut world, &[A, B, C]);
    answer_some(&mut world, 1, "first");
    world.request("b", Request::Cancel);
    assert_eq!(report(&world).failed, 2);
    world.settled.clear();
    world.items.clear();
    world.sent.clear();
    give(&mut world, &[A, B, C]);
    assert_eq!(said(&world), words(&[(0, "first 0")]));
    assert_eq!(calls(&world), 2);
}

#[test]
fn a_place_whose_request_is_another_one_is_asked_anew_and_what_it_left_is_forgotten() {
    let mut first = far("");
    give(&mut first, &[A, B]);
    answer_some(&mut first, 2, "first");
    assert_eq!(kept(&first), 2);
    let mut second = visit(&first.batches);
    give(&mut second, &[A, C, B]);
    assert_eq!(said(&second), words(&[(0, "first 0")]));
    assert_eq!((calls(&second), kept(&second)), (2, 1));
    second.request("b", Request::Cancel);
    let mut third = visit(&first.batches);
    give(&mut third, &[r#"{"prompt":"a","policy":"quality"}"#]);
    assert_eq!(
        (calls(&third), kept(&third), third.items.len()),
        (1, 0, 0),
        "another policy is another request"
    );
}

#[test]
fn equal_requests_share_one_record_and_chance_has_one_for_each() {
    let mut first = far("");
    give(&mut first, &[A, CHANCE, A, CHANCE]);
    answer_some(&mut first, 3, "first");
    assert_eq!((first.items.len(), kept(&first)), (4, 3));
    let before = said(&first);
    let mut second = visit(&first.batches);
    give(&mut second, &[A, CHANCE, A, CHANCE]);
    assert_eq!(said(&second), before);
    let report = report(&second);
    assert_eq!((report.calls, report.resumed, report.duplicates), (0, Some(4), 0));
}

#[test]
fn what_has_to_stay_here_is_not_written_down_and_asked_again() {
    let near = r#"{"prompt":"secret","policy":{"stayWithin":"device"}}"#;
    let open = || World::with_ollama("{}", &[("m", "")]);
    let mut first = open();
    give(&mut first, &[near]);
    first.head(2, 200);
    first.say(2, "Hush.");
    first.done(2);
    assert_eq!((report(&first).failed, kept(&first)), (0, 0));
    let mut second = open();
    second.batches = Batches::clone(&first.batches);
    give(&mut second, &[near]);
    assert_eq!(second.sent.last().unwrap().0.number(), 2);
    assert!(second.items.is_empty());
}

#[test]
fn a_failure_of_the_request_itself_is_kept_and_any_other_is_tried_again() {
    let mut first = far("");
    give(&mut first, &[A, B]);
    first.answer(1, 400, r#"{"error":{"message":"No.","code":"context_length_exceeded"}}"#);
    first.answer(2, 403, r#"{"error":{"message":"Not here.","code":"forbidden"}}"#);
    assert_eq!((report(&first).failed, kept(&first)), (2, 1));
    let wanted = first.items[0].error.clone().unwrap();
    let mut second = visit(&first.batches);
    give(&mut second, &[A, B]);
    let known = second.items[0].error.clone().unwrap();
    assert_eq!((known.code, &known.message, known.status), (wanted.code, &wanted.message, wanted.status));
    assert_eq!((known.code, calls(&second)), (ErrorCode::ContextLength, 1));
    answer(&mut second, 1);
    assert_eq!((report(&second).failed, report(&second).resumed), (1, Some(1)));
}

#[test]
fn nothing_is_kept_without_an_id_or_without_a_database() {
    let mut world = far("");
    world.request("b", super::batch::batch([Ok(crate::base::json::read(A.as_bytes()).unwrap())], None));
    answer_some(&mut world, 1, "first");
    assert_eq!((kept(&world), report(&world).resumed), (0, None));
    let mut here = far(r#","storage":"memory""#);
    give(&mut here, &[A]);
    answer_some(&mut here, 1, "first");
    assert_eq!((kept(&here), report(&here).failed), (0, 0));
}

#[test]
fn where_the_disk_does_not_work_the_batch_is_worked_off_all_the_same() {
    let mut world = far("");
    world.disk_fault = Some(DiskFault::Silent);
    give(&mut world, &[A]);
    answer_some(&mut world, 1, "first");
    assert_eq!((report(&world).failed, kept(&world)), (0, 0));
}

#[test]
fn a_record_that_cannot_be_read_is_asked_for_again_and_counted() {
    let mut first = far("");
    give(&mut first, &[A, B]);
    answer_some(&mut first, 2, "first");
    for (_, record) in first.batches.borrow_mut().0.iter_mut().take(1) {
        record.truncate(20);
    }
    let mut second = visit(&first.batches);
    give(&mut second, &[A, B]);
    assert_eq!((calls(&second), second.items.len(), second.engine.storage().unreadable), (1, 1, 1));
    assert_eq!(kept(&second), 1);
}

#[test]
fn a_batch_that_is_cancelled_before_anything_is_known_of_it_lets_go() {
    let mut world = far("");
    let read = Ok(crate::base::json::read(A.as_bytes()).unwrap());
    let batch = BatchRequest { requests: vec![(0, read)], concurrency: None, is_kept: true };
    let (id, now) = (RequestId::new("b"), world.now());
    // Both before the disk has had its turn.
    world.engine.handle(Input::Request(id.clone(), Request::Batch(batch)), now);
    world.put(Input::Request(id, Request::Cancel));
    assert_eq!((report(&world).requests, report(&world).failed, calls(&world)), (1, 1, 0));
    assert!(world.batches.borrow().1.is_empty(), "it holds nothing");
}

#[test]
fn one_request_can_be_taken_back() {
    let mut world = far("");
    give(&mut world, &[A, B]);
    world.request("b", Request::CancelItem(1));
    answer_some(&mut world, 1, "first");
    assert_eq!((report(&world).failed, kept(&world)), (1, 1));
}

#[test]
fn who_comes_back_after_a_week_begins_anew() {
    let mut first = far("");
    give(&mut first, &[A]);
    answer_some(&mut first, 1, "first");
    let day = 24 * 3_600_000;
    for (days, is_left) in [(6, 1), (8, 0)] {
        let mut later = visit(&first.batches);
        later.wait(days * day);
        let read: TextRequest = crate::base::json::read(C.as_bytes()).unwrap();
        let other = BatchRequest { requests: vec![(0, Ok(read))], concurrency: None, is_kept: true };
        later.request("c", Request::Batch(other));
        let mine = later.batches.borrow().0.keys().filter(|name| name.starts_with("1 b ")).count();
        assert_eq!(mine, is_left, "after {days} days");
        later.request("c", Request::Cancel);
    }
}

#[test]
fn of_many_batches_the_oldest_go() {
    let batches = Batches::default();
    for number in 0..25_u32 {
        let name = format!("2 {number:02} {:013} 0000000000", 1_699_999_999_000_i64 + i64::from(number));
        batches.borrow_mut().0.insert(name, b"{}".to_vec());
    }
    // One that somebody works at stays.
    batches.borrow_mut().1.push("03".to_owned());
    let mut world = visit(&batches);
    give(&mut world, &[A]);
    let left: Vec<String> = batches.borrow().0.keys().map(|name| name[2..4].to_owned()).collect();
    assert_eq!(left.len(), 21, "{left:?}");
    assert!(
        left.contains(&"03".to_owned())
            && left.contains(&"05".to_owned())
            && !left.contains(&"04".to_owned())
    );
}

#[test]
fn who_answered_need_not_be_there_any_more() {
    let mut first = two();
    give(&mut first, &[A]);
    answer_some(&mut first, 1, "first");
    let mut second = World::new(r#"{"providers":{"ollama":{"disabled":true}},"policy":{"prefer":["far"]}}"#);
    second.batches = Batches::clone(&first.batches);
    give(&mut second, &[A]);
    assert_eq!(said(&second), words(&[(0, "first 0")]));
}
