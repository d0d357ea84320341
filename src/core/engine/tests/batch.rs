//! Batches: many requests in one call, at providers that bear some of them at once.

use core::time::Duration;

use super::backoff::{answer, far, refuse, two};
use super::story::World;
use crate::base::time::Monotonic;
use crate::engine::{Input, Request, Settlement, Transport, World as Network};
use crate::model::http::Lane;
use crate::model::report::BatchReport;
use crate::model::request::BatchRequest;
use crate::model::{Error, ErrorCode, TextRequest};

fn read(json: &str) -> TextRequest {
    crate::base::json::read(json.as_bytes()).unwrap()
}

/// A batch without an id of the caller's.
pub(super) fn batch(
    requests: impl IntoIterator<Item = Result<TextRequest, Error>>,
    concurrency: Option<u32>,
) -> Request {
    Request::Batch(BatchRequest { requests: (0..).zip(requests).collect(), concurrency, is_kept: false })
}

/// Asks `b` for these.
fn ask(world: &mut World, prompts: &[String], concurrency: Option<u32>) {
    let requests = prompts.iter().map(|prompt| Ok(read(&format!(r#"{{"prompt":"{prompt}"}}"#))));
    world.request("b", batch(requests, concurrency));
}

fn prompts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Question {number}")).collect()
}

fn report<'a>(world: &'a World, id: &str) -> &'a BatchReport {
    match world.outcome(id) {
        Ok(Settlement::Batch(report)) => report,
        other => panic!("{other:?}"),
    }
}

fn fetches(world: &World) -> u32 {
    world.sent.iter().filter(|(_, request)| request.method == "POST").count() as u32
}

/// A server that answers each request after this many milliseconds, and refuses those beyond so many at once.
struct Server {
    capacity: usize,
    takes_ms: u64,
    retry_after: Option<&'static str>,
    heard: usize,
    under_way: Vec<(u32, Monotonic)>,
    refused: u32,
    most: usize,
}

impl Server {
    fn new(world: &World, capacity: usize, takes_ms: u64) -> Self {
        let heard = world.sent.len();
        Self { capacity, takes_ms, retry_after: None, heard, under_way: vec![], refused: 0, most: 0 }
    }

    /// Lets this much time pass, or as much of it as is needed until nothing runs any more.
    fn serve(&mut self, world: &mut World, ms: u64) {
        let until = world.now().monotonic.after(Duration::from_millis(ms));
        loop {
            while let Some(id) = world.sent.get(self.heard).map(|(id, _)| id.number()) {
                self.heard += 1;
                if self.under_way.len() < self.capacity {
                    let ends = world.now().monotonic.after(Duration::from_millis(self.takes_ms));
                    self.under_way.push((id, ends));
                    self.most = self.most.max(self.under_way.len());
                } else {
                    self.refused += 1;
                    refuse(world, id, 429, self.retry_after);
                }
            }
            let now = world.now().monotonic;
            let next = self.under_way.iter().map(|(_, ends)| *ends).min();
            // What waits may be woken long before the next answer.
            let wakes = world.engine.poll_timeout();
            let Some(at) = next.into_iter().chain(wakes).min().filter(|at| *at <= until) else {
                world.wait(until.since(now).as_millis() as u64);
                return;
            };
            world.wait(at.since(now).as_millis() as u64);
            let now = world.now().monotonic;
            let (ended, under_way) = self.under_way.iter().partition(|(_, ends)| *ends <= now);
            self.under_way = under_way;
            let ended: Vec<(u32, Monotonic)> = ended;
            for (id, _) in ended {
                answer(world, id);
            }
        }
    }
}

#[test]
fn a_batch_is_answered_in_the_order_in_which_its_requests_end() {
    let mut world = far("");
    ask(&mut world, &prompts(3), Some(2));
    assert_eq!(fetches(&world), 2);
    world.wait(1_000);
    answer(&mut world, 2);
    world.wait(1_000);
    answer(&mut world, 3);
    answer(&mut world, 1);
    let told: Vec<(u32, Option<f64>)> =
        world.items.iter().map(|item| (item.index, item.remaining_ms)).collect();
    assert_eq!(told, [(1, None), (2, Some(1_000.0)), (0, Some(0.0))]);
    assert!(world.items.iter().all(|item| item.result.is_some() && item.error.is_none()));
    assert_eq!(
        *report(&world, "b"),
        BatchReport {
            id: "b".to_owned(),
            requests: 3,
            calls: 3,
            from_cache: 0,
            duplicates: 0,
            failed: 0,
            resumed: None,
            cost: 0.0,
            duration_ms: 2_000.0,
        }
    );
    assert!(!world.says("text-delta") && !world.says(": route"), "nobody reads its events");
}

#[test]
fn an_empty_batch_ends_at_once_and_one_without_room_is_refused() {
    let mut world = far("");
    ask(&mut world, &[], None);
    assert_eq!(report(&world, "b").requests, 0);
    world.settled.clear();
    ask(&mut world, &prompts(1), Some(0));
    assert_eq!(world.error("b").code, ErrorCode::InvalidRequest);
}

#[test]
fn the_same_question_is_asked_once_for_all_who_ask_it() {
    let mut world = far("");
    let texts = ["One", "Two", "One", "One", "Two"].map(str::to_owned);
    ask(&mut world, &texts, None);
    answer(&mut world, 1);
    answer(&mut world, 2);
    let order: Vec<u32> = world.items.iter().map(|item| item.index).collect();
    assert_eq!(order, [0, 2, 3, 1, 4]);
    let report = report(&world, "b");
    assert_eq!((report.requests, report.calls, report.duplicates, report.failed), (5, 2, 3, 0));
}

#[test]
fn one_that_is_invalid_or_fails_does_not_fail_the_rest() {
    let mut world = far("");
    let requests = vec![
        Ok(read(r#"{"prompt":"   "}"#)),
        Err(Error::new(ErrorCode::InvalidRequest, "It is not JSON.")),
        Ok(read(r#"{"prompt":"Hello"}"#)),
        Ok(read(r#"{"prompt":"Forbidden"}"#)),
    ];
    world.request("b", batch(requests, None));
    answer(&mut world, 1);
    world.answer(2, 400, r#"{"error":{"message":"No.","code":"bad"}}"#);
    let ends: Vec<(u32, Option<ErrorCode>)> =
        world.items.iter().map(|item| (item.index, item.error.as_ref().map(|error| error.code))).collect();
    let invalid = Some(ErrorCode::InvalidRequest);
    assert_eq!(ends, [(1, invalid), (0, invalid), (2, None), (3, invalid)]);
    let report = report(&world, "b");
    assert_eq!((report.requests, report.calls, report.failed), (4, 2, 3));
}

#[test]
fn a_server_that_refuses_more_than_it_bears_answers_all_in_the_end() {
    let mut world = far("");
    let mut server = Server::new(&world, 5, 1_000);
    ask(&mut world, &prompts(100), None);
    server.serve(&mut world, 120_000);
    let report = report(&world, "b").clone();
    assert_eq!((report.requests, report.failed, world.items.len()), (100, 0, 100));
    assert_eq!(report.calls, 100 + server.refused);
    assert!(server.refused <= 20, "{} refusals", server.refused);
    assert_eq!(server.most, 5, "it is used to the full");
    // One after the other it would take 100 s.
    assert!(report.duration_ms < 50_000.0, "{} ms", report.duration_ms);
}

#[test]
fn nobody_is_asked_more_at_once_than_was_allowed() {
    let mut world = far("");
    let mut server = Server::new(&world, 100, 500);
    ask(&mut world, &prompts(60), Some(3));
    server.serve(&mut world, 60_000);
    assert_eq!((server.most, report(&world, "b").failed), (3, 0));
    let mut free = far("");
    let mut server = Server::new(&free, 100, 500);
    ask(&mut free, &prompts(200), None);
    server.serve(&mut free, 60_000);
    assert_eq!(server.most, 16);
}

#[test]
fn one_refusal_halves_what_runs_at_once() {
    let mut world = far("");
    let mut server = Server::new(&world, 100, 1_000);
    ask(&mut world, &prompts(400), None);
    server.serve(&mut world, 8_100);
    assert_eq!(server.under_way.len(), 16);
    let (id, _) = server.under_way.pop().unwrap();
    refuse(&mut world, id, 429, Some("1"));
    // Those that ran end, the server's pause ends, and the next ones begin.
    server.serve(&mut world, 1_500);
    assert_eq!(server.under_way.len(), 8);
    server.serve(&mut world, 10_000);
    assert!(server.under_way.len() > 10, "{}", server.under_way.len());
}

#[test]
fn while_the_only_provider_wants_to_be_left_alone_the_batch_waits() {
    let mut world = far("");
    let mut server = Server::new(&world, 0, 100);
    server.retry_after = Some("300");
    ask(&mut world, &prompts(6), None);
    server.serve(&mut world, 299_000);
    assert_eq!(server.refused, 2, "and asks nobody");
    assert!(world.items.is_empty() && world.settled.is_empty());
    server.capacity = 10;
    server.serve(&mut world, 60_000);
    let report = report(&world, "b");
    assert_eq!((report.calls, report.failed), (8, 0));
    let first = world.items[0].result.as_ref().unwrap();
    assert_eq!(first.receipt.attempts.len(), 2, "its receipt tells of the refusal");
}

#[test]
fn a_server_that_is_gone_for_a_moment_costs_no_answer_and_one_that_stays_away_few_calls() {
    let mut world = far("");
    ask(&mut world, &prompts(40), Some(2));
    let mut served = 1;
    let mut gone = |world: &mut World, ms: u64| {
        for _ in 0..ms / 250 {
            let sent: Vec<u32> = world.sent.iter().map(|(id, _)| id.number()).collect();
            for id in sent.into_iter().filter(|id| *id >= served).collect::<Vec<u32>>() {
                served = id + 1;
                world.fail(id);
            }
            world.wait(250);
        }
    };
    gone(&mut world, 5_000);
    assert!(world.items.is_empty(), "{:?}", world.items);
    gone(&mut world, 200_000);
    let report = report(&world, "b");
    assert_eq!((report.failed, world.items.len()), (40, 40));
    assert!(report.calls < 40, "{} calls", report.calls);
    assert!(world.items.iter().all(|item| item.error.as_ref().unwrap().code == ErrorCode::Unreachable));
}

#[test]
fn a_refused_key_is_not_tried_for_every_request() {
    let mut world = far("");
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    ask(&mut world, &prompts(50), None);
    let mut heard = 0;
    while let Some(id) = world.sent.iter().filter(|(_, request)| request.method == "POST").nth(heard) {
        let id = id.0.number();
        heard += 1;
        world.answer(id, 401, r#"{"error":{"message":"Bad key.","code":"invalid_api_key"}}"#);
    }
    let report = report(&world, "b");
    assert_eq!((report.failed, report.calls), (50, 2));
    assert!(world.items.iter().all(|item| item.error.as_ref().unwrap().code == ErrorCode::InvalidKey));
}

#[test]
fn without_a_network_the_batch_waits_for_it() {
    let mut world = far("");
    world.put(Input::World(Network::Offline));
    ask(&mut world, &prompts(2), None);
    world.wait(600_000);
    assert_eq!((fetches(&world), world.items.len()), (0, 0));
    world.put(Input::World(Network::Online));
    assert_eq!(fetches(&world), 2);
}

#[test]
fn a_person_goes_first() {
    let mut world = far("");
    let mut server = Server::new(&world, 100, 1_000);
    ask(&mut world, &prompts(200), None);
    server.serve(&mut world, 8_000);
    assert_eq!(server.under_way.len(), 16);
    world.generate("p", r#"{"prompt":"And I?"}"#);
    // The person's answer takes long.
    let person = world.sent.last().unwrap().0.number();
    server.heard += 1;
    server.serve(&mut world, 3_000);
    assert_eq!(server.under_way.len(), 4, "a quarter is left to the batch");
    answer(&mut world, person);
    server.serve(&mut world, 500);
    assert_eq!(server.under_way.len(), 16);
}

#[test]
fn at_a_server_near_by_it_begins_with_one_leaves_a_slot_and_stands_behind_persons() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    ask(&mut world, &prompts(40), None);
    assert_eq!(fetches(&world), 1);
    assert_eq!(world.sent.last().unwrap().1.lane, Some(Lane::Batch));
    world.generate("p", r#"{"prompt":"And I?"}"#);
    assert_eq!(world.sent.last().unwrap().1.lane, Some(Lane::Person));
    let say_all = |world: &mut World, id: u32| {
        world.wait(1_000);
        world.head(id, 200);
        world.say(id, "Hi");
        world.done(id);
    };
    say_all(&mut world, 2);
    assert_eq!(fetches(&world), 2, "nothing begins beside a person");
    say_all(&mut world, 3);
    assert_eq!(fetches(&world), 3);
    let mut most = 0;
    let mut next = 4;
    while world.items.len() < 40 {
        let last = world.sent.last().unwrap().0.number();
        most = most.max(last + 1 - next);
        world.wait(1_000);
        for id in next..=last {
            world.head(id, 200);
            world.say(id, "Hi");
            world.done(id);
        }
        next = last + 1;
    }
    assert_eq!(most, 3);
}

#[test]
fn who_has_to_wait_for_a_connection_asks_for_fewer() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    ask(&mut world, &prompts(40), None);
    let mut next = 2;
    for _ in 0..8 {
        let last = world.sent.last().unwrap().0.number();
        world.wait(1_000);
        for id in next..=last {
            world.head(id, 200);
            world.say(id, "Hi");
            world.done(id);
        }
        next = last + 1;
    }
    let last = world.sent.last().unwrap().0.number();
    assert!(last > next, "more than one at a time by now");
    world.transport(last, Transport::Queued { position: 1 });
    for id in next..last {
        world.head(id, 200);
        world.say(id, "Hi");
        world.done(id);
    }
    assert_eq!(world.sent.last().unwrap().0.number(), last, "the one that waits is enough");
}

#[test]
fn cancelling_stops_what_runs_begins_nothing_more_and_reports_what_was_done() {
    let mut world = far("");
    ask(&mut world, &prompts(10), Some(3));
    answer(&mut world, 1);
    let sent = fetches(&world);
    world.request("b", Request::Cancel);
    assert_eq!(world.transcript.iter().filter(|line| line.contains("abort")).count(), 2);
    assert_eq!((fetches(&world), world.items.len()), (sent, 1));
    let report = report(&world, "b");
    assert_eq!((report.requests, report.calls, report.failed), (10, sent, 9));
    world.wait(600_000);
    assert_eq!(fetches(&world), sent);
    assert!(world.engine.queue().is_empty());
}

#[test]
fn one_request_can_be_taken_back_unless_another_asks_the_same() {
    let mut world = far("");
    let texts = ["One", "Two", "One", "Three"].map(str::to_owned);
    ask(&mut world, &texts, Some(2));
    world.request("b", Request::CancelItem(0));
    assert!(!world.says("abort"));
    world.request("b", Request::CancelItem(1));
    assert!(world.says("abort 2"));
    answer(&mut world, 1);
    answer(&mut world, 3);
    let order: Vec<u32> = world.items.iter().map(|item| item.index).collect();
    assert_eq!(order, [2, 3]);
    let report = report(&world, "b");
    assert_eq!((report.calls, report.failed), (3, 2));
}

#[test]
fn who_waits_for_one_provider_keeps_nobody_else_waiting() {
    let mut world = two();
    let of = |model: &str, number: usize| Ok(read(&format!(r#"{{"model":"{model}","prompt":"{number}"}}"#)));
    let requests =
        (0..20).map(|number| of("far/m", number)).chain((0..20).map(|number| of("other/m", number)));
    world.request("b", batch(requests, None));
    let asked = |world: &World, host: &str| {
        let posts = world.sent.iter().filter(|(_, request)| request.method == "POST");
        posts.filter(|(_, request)| request.url.contains(host)).count()
    };
    assert_eq!((asked(&world, "far.example"), asked(&world, "other.example")), (2, 2));
}

#[test]
fn what_was_asked_more_than_once_is_measured_as_one_answer() {
    let mut world = far("");
    let mut server = Server::new(&world, 1, 1_000);
    ask(&mut world, &prompts(4), None);
    server.serve(&mut world, 60_000);
    let measured = world.engine.report(crate::model::metrics::Range::default(), 0, world.now());
    assert!(server.refused > 0);
    assert_eq!((measured.total.requests, measured.total.success_rate), (4, 1.0));
}

#[test]
fn a_batch_that_comes_before_anything_is_known_waits_for_who_is_there() {
    let mut world = World::new("{}");
    ask(&mut world, &prompts(5), None);
    assert_eq!(fetches(&world), 0);
    world.answer(0, 200, r#"{"models":[{"name":"m","model":"m","size":1,"digest":"d","details":{"family":"llama"},"capabilities":["completion"]}]}"#);
    world.answer(1, 200, r#"{"models":[]}"#);
    assert_eq!(fetches(&world), 1, "{:?}", world.transcript);
}

#[test]
fn the_same_batch_again_asks_only_what_has_no_answer_yet() {
    let mut world = far(r#","cache":{}"#);
    let mut server = Server::new(&world, 10, 1_000);
    ask(&mut world, &prompts(6), Some(2));
    server.serve(&mut world, 2_500);
    world.request("b", Request::Cancel);
    let answered = world.items.len();
    assert_eq!(answered, 4);
    world.settled.clear();
    world.items.clear();
    ask(&mut world, &prompts(6), Some(2));
    server.heard = world.sent.len() - 2;
    server.under_way.clear();
    server.serve(&mut world, 10_000);
    let report = report(&world, "b");
    assert_eq!((report.requests, report.calls, report.from_cache, report.failed), (6, 2, 4, 0));
}

#[test]
fn a_person_who_asks_what_a_batch_is_asking_hears_the_answer_and_keeps_it_when_the_batch_is_cancelled() {
    for is_cancelled in [false, true] {
        let mut world = far(r#","cache":{}"#);
        ask(&mut world, &["Hello".to_owned()], None);
        world.head(1, 200);
        world.far_says(1, "Good ");
        world.generate("p", r#"{"prompt":"Hello"}"#);
        if is_cancelled {
            world.request("b", Request::Cancel);
        }
        world.far_says(1, "day");
        world.far_ends(1);
        assert_eq!(world.text("p").text, "Good day");
        assert_eq!((fetches(&world), world.items.len()), (1, usize::from(!is_cancelled)));
        assert!(!world.says("abort") && !world.says("b/0"));
    }
}

#[test]
fn a_server_that_wants_no_pause_and_refuses_again_is_not_stormed() {
    let mut world = far("");
    let mut server = Server::new(&world, 0, 100);
    server.retry_after = Some("0");
    ask(&mut world, &prompts(6), None);
    server.serve(&mut world, 60_000);
    assert!(server.refused < 20, "{} refusals", server.refused);
    server.capacity = 10;
    server.serve(&mut world, 120_000);
    assert_eq!(report(&world, "b").failed, 0);
}

#[test]
fn nothing_of_a_batch_is_left_for_a_page_that_comes_after_it() {
    let mut world = far("");
    ask(&mut world, &prompts(1), None);
    world.head(1, 200);
    world.far_says(1, "Light");
    world.wait(5_000);
    assert!(world.journal.is_empty());
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.far_says(2, "Hi");
    world.wait(5_000);
    assert!(world.journal.iter().any(|(id, _)| id.as_str() == "a"));
}
