//! Pictures and videos without asking anybody.

use super::browser::Browser;
use super::picture::{FINISH, image};
use super::story::{Disk, DiskFault, FIRST_STORED, World};
use crate::base::id::TransportId;
use crate::catalog::CustomModel;
use crate::engine::{CacheWish, Input, Request, Settlement, Transport, TransportFailure};
use crate::model::cache::CacheStats;
use crate::model::event::CustomEvent;
use crate::model::receipt::{CacheTier, Cached};
use crate::model::{CostKind, ErrorCode, Event, Locality, Modality, Price};

const ALONE: &str = r#"{"providers":{"ollama":{"disabled":true}},"cache":{}}"#;

/// A world with one painter in the cloud, which is the same in every visit, at four cents a picture.
fn world() -> World {
    with_painter(Some("1"), ALONE)
}

fn with_painter(version: Option<&str>, options: &str) -> World {
    let mut world = World::new(options);
    add_painter(&mut world, "far", version);
    world.settled.clear();
    world.transcript.clear();
    world.events.clear();
    world
}

fn add_painter(world: &mut World, name: &str, version: Option<&str>) {
    let (provider, version) = (name.to_owned(), version.map(str::to_owned));
    world.request(name, Request::Register { provider, locality: Locality::Cloud, version });
    let model = CustomModel {
        id: "paint".to_owned(),
        modality: Modality::Image,
        price: Some(Price { image: Some(0.04), ..Price::FREE }),
        capabilities: Some(vec!["image-edit".to_owned()]),
        ..CustomModel::default()
    };
    let id = world.calls.pop_front().unwrap();
    world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
}

fn visit(disk: &Disk) -> World {
    let mut world = world();
    world.disk = Disk::clone(disk);
    world
}

fn says(world: &mut World, painter: TransportId, events: Vec<CustomEvent>) {
    world.put(Input::Transport(painter, Transport::CustomEvents(events)));
}

/// Asks, and has the painter paint these.
fn paint(world: &mut World, id: &str, request: &str, blobs: &[u32]) {
    world.paint(id, request);
    let painter = world.calls.pop_front().expect("the painter is asked");
    let events = blobs.iter().map(|blob| image(*blob)).chain([FINISH]).collect();
    says(world, painter, events);
}

fn blobs(world: &World, id: &str) -> Vec<u32> {
    world.pictures(id).images.iter().map(|picture| picture.blob).collect()
}

fn stats(world: &mut World) -> CacheStats {
    world.request("stats", Request::Cache(CacheWish::Stats));
    let stats = match world.outcome("stats") {
        Ok(Settlement::CacheStats(stats)) => *stats,
        other => panic!("{other:?}"),
    };
    world.settled.retain(|(id, _)| id != "stats");
    stats
}

const ASKED: &str = r#"{"prompt":"a prism","seed":7,"count":2}"#;

#[test]
fn who_asks_for_the_same_picture_again_gets_it_from_the_disk() {
    let mut world = world();
    paint(&mut world, "a", ASKED, &[1, 2]);
    let first = world.pictures("a").receipt.clone();
    assert_eq!((first.cached, first.cost), (Cached::No(false), Some(0.08)));
    assert!(first.cache_key.is_some());
    let mut later = visit(&world.disk);
    later.paint("b", r#"{"count":2,"seed":7,"prompt":" a prism ","cache":"use"}"#);
    assert!(later.calls.is_empty(), "nobody is asked");
    assert_eq!(blobs(&later, "b"), [FIRST_STORED, FIRST_STORED + 1]);
    let shown: Vec<&Event> =
        later.events.iter().filter(|event| matches!(event, Event::Image { .. })).collect();
    assert_eq!(shown, [&Event::Image { blob: FIRST_STORED }, &Event::Image { blob: FIRST_STORED + 1 }]);
    let result = later.pictures("b");
    assert_eq!(result.images[0].media_type, "image/png");
    let receipt = &result.receipt;
    assert_eq!(
        (receipt.cached, receipt.cost, receipt.cost_kind),
        (Cached::From(CacheTier::Disk), Some(0.0), CostKind::Free)
    );
    assert_eq!((receipt.saved, &receipt.model, &receipt.cache_key), (0.08, &first.model, &first.cache_key));
    assert!(later.says(&format!("drop [{FIRST_STORED}, {}]", FIRST_STORED + 1)), "the page has them now");
}

#[test]
fn what_lies_on_the_disk_is_counted_with_its_bytes_and_can_be_forgotten() {
    let mut world = world();
    paint(&mut world, "a", ASKED, &[1, 2]);
    let kept = stats(&mut world);
    assert!(kept.entries == 1 && (2_000..3_000).contains(&kept.bytes), "{kept:?}");
    let key = world.pictures("a").receipt.cache_key.clone().unwrap();
    world.request("gone", Request::Cache(CacheWish::Delete(key)));
    assert!(matches!(world.outcome("gone"), Ok(Settlement::Forgotten(1))));
    paint(&mut world, "b", ASKED, &[3, 4]);
    assert_eq!(blobs(&world, "b"), [3, 4], "it is made anew");
}

#[test]
fn only_what_is_meant_to_be_the_same_is_kept() {
    for (request, is_kept) in [
        (r#"{"prompt":"a prism"}"#, false),
        (r#"{"prompt":"a prism","cache":"use"}"#, true),
        (r#"{"prompt":"a prism","cache":"refresh"}"#, true),
        (r#"{"prompt":"a prism","seed":1}"#, true),
        (r#"{"prompt":"a prism","seed":1,"cache":"off"}"#, false),
        (r#"{"prompt":"a prism","seed":1,"source":{"mediaType":"image/png","file":1,"bytes":9}}"#, false),
        (
            r#"{"prompt":"a prism","seed":1,"source":{"mediaType":"image/png","file":1,"bytes":9,"digest":"ab"}}"#,
            true,
        ),
    ] {
        let mut world = world();
        paint(&mut world, "a", request, &[1]);
        assert_eq!(world.pictures("a").receipt.cache_key.is_some(), is_kept, "{request}");
        assert_eq!(world.disk.borrow().len(), usize::from(is_kept), "{request}");
    }
}

#[test]
fn what_is_wanted_fresh_is_made_and_kept_in_place_of_the_old() {
    let mut world = world();
    paint(&mut world, "a", r#"{"prompt":"a prism","seed":1}"#, &[1]);
    paint(&mut world, "b", r#"{"prompt":"a prism","seed":1,"cache":"refresh"}"#, &[2]);
    assert_eq!(blobs(&world, "b"), [2]);
    assert_eq!(world.disk.borrow().len(), 1);
}

#[test]
fn what_is_private_is_kept_nowhere() {
    let mut world = World::new(ALONE);
    let (provider, version) = ("page".to_owned(), Some("1".to_owned()));
    world.request("page", Request::Register { provider, locality: Locality::Page, version });
    let model = CustomModel { id: "paint".to_owned(), modality: Modality::Image, ..CustomModel::default() };
    let id = world.calls.pop_front().unwrap();
    world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
    for id in ["a", "b"] {
        paint(&mut world, id, r#"{"prompt":"a prism","seed":1,"policy":"privacy"}"#, &[1]);
        assert_eq!(world.pictures(id).receipt.cache_key, None);
    }
    assert!(world.disk.borrow().is_empty());
}

#[test]
fn a_program_that_does_not_say_what_it_is_may_be_another_in_the_next_visit() {
    let mut world = with_painter(None, ALONE);
    paint(&mut world, "a", r#"{"prompt":"a prism","seed":1}"#, &[1]);
    assert!(world.disk.borrow().is_empty());
    let mut world = self::world();
    paint(&mut world, "a", r#"{"prompt":"a prism","seed":1}"#, &[1]);
    let mut other = with_painter(Some("2"), ALONE);
    other.disk = Disk::clone(&world.disk);
    paint(&mut other, "b", r#"{"prompt":"a prism","seed":1}"#, &[5]);
    assert_eq!(blobs(&other, "b"), [5], "it is another program");
}

#[test]
fn fewer_than_were_asked_for_are_not_kept() {
    let mut world = world();
    paint(&mut world, "a", ASKED, &[1]);
    assert_eq!(blobs(&world, "a"), [1]);
    assert!(world.disk.borrow().is_empty());
}

#[test]
fn pictures_that_were_lost_on_the_disk_are_made_anew() {
    let mut world = world();
    paint(&mut world, "a", ASKED, &[1, 2]);
    let disk = Disk::clone(&world.disk);
    let mut later = visit(&disk);
    later.disk_fault = Some(DiskFault::LosesBlob);
    paint(&mut later, "b", ASKED, &[6, 7]);
    assert_eq!(blobs(&later, "b"), [6, 7], "one of two is not what was asked for");
    assert!(later.says(&format!("drop [{FIRST_STORED}]")), "and is let go");
    for (record, _) in disk.borrow_mut().values_mut() {
        *record = b"{}".to_vec();
    }
    let mut later = visit(&disk);
    paint(&mut later, "c", ASKED, &[8, 9]);
    assert_eq!(blobs(&later, "c"), [8, 9]);
}

#[test]
fn too_many_pictures_are_given_up_and_words_are_not() {
    let mut world =
        with_painter(Some("1"), r#"{"providers":{"ollama":{"disabled":true}},"cache":{"maxBytes":4000}}"#);
    for seed in 1..=4 {
        world.wait(1);
        paint(&mut world, &format!("p{seed}"), &format!(r#"{{"prompt":"a prism","seed":{seed}}}"#), &[seed]);
    }
    let kept = stats(&mut world);
    assert!(kept.bytes <= 3_000 && kept.entries < 4, "{kept:?}");
    world.paint("again", r#"{"prompt":"a prism","seed":4}"#);
    assert_eq!(blobs(&world, "again"), [FIRST_STORED], "the last one is there");
}

#[test]
fn who_asks_while_the_same_picture_is_made_shares_it() {
    let mut world = world();
    world.paint("a", ASKED);
    let painter = world.calls.pop_front().unwrap();
    says(&mut world, painter, vec![image(1)]);
    world.paint("b", ASKED);
    assert!(world.calls.is_empty(), "nobody else is asked");
    says(&mut world, painter, vec![CustomEvent::Preview { blob: 5 }, image(2), FINISH]);
    assert_eq!((blobs(&world, "a"), blobs(&world, "b")), (vec![1, 2], vec![1, 2]));
    let heard = |line: &str| world.transcript.iter().position(|said| said.contains(line));
    assert!(heard("b: image 1") < heard("b: preview 5") && heard("b: preview 5") < heard("b: image 2"));
    assert!(heard("b: preview 5") < heard("drop [5]"), "it is there while it is told");
    assert!(heard("drop [1, 2]") > heard("a settles"), "they are let go when both have them");
    assert!(heard("drop [1, 2]") > heard("b settles"));
    let receipt = &world.pictures("b").receipt;
    assert_eq!((receipt.joined, receipt.cost, receipt.saved), (Some(true), Some(0.0), 0.08));
    assert_eq!(receipt.attempts, Vec::new());
}

#[test]
fn who_leaves_stops_nobody_who_shares_and_the_last_one_does() {
    let mut world = world();
    world.paint("a", ASKED);
    let painter = world.calls.pop_front().unwrap();
    world.paint("b", ASKED);
    world.request("a", Request::Cancel);
    assert!(!world.says("abort"));
    let recent = world.engine.metrics().recent(1);
    assert_eq!(recent.first().map(|one| one.modality), Some(Modality::Image), "it is counted as what it was");
    says(&mut world, painter, vec![image(1), image(2), FINISH]);
    assert_eq!(blobs(&world, "b"), [1, 2]);
    world.paint("c", r#"{"prompt":"another","seed":1}"#);
    world.paint("d", r#"{"prompt":"another","seed":1}"#);
    world.request("d", Request::Cancel);
    assert!(!world.says("abort"));
    world.request("c", Request::Cancel);
    assert!(world.says("abort"));
}

#[test]
fn a_failure_is_everybodys() {
    let mut world = world();
    world.paint("a", ASKED);
    let painter = world.calls.pop_front().unwrap();
    world.paint("b", ASKED);
    let failure =
        TransportFailure::Custom { code: Some(ErrorCode::BlockedContent), message: "no".to_owned() };
    world.put(Input::Transport(painter, Transport::Failed(failure)));
    assert_eq!(world.error("a").code, ErrorCode::BlockedContent);
    assert_eq!(world.error("b").code, ErrorCode::BlockedContent);
}

#[test]
fn tabs_share_one_call() {
    let mut browser = Browser::with(2, world);
    browser.within(0, |tab| tab.paint("a", ASKED));
    browser.within(1, |tab| tab.paint("b", ASKED));
    assert!(browser.tab(1).calls.is_empty(), "the other tab asks already");
    browser.within(0, |tab| {
        let painter = tab.calls.pop_front().unwrap();
        says(tab, painter, vec![image(1), image(2), FINISH]);
    });
    assert_eq!(blobs(browser.tab(0), "a"), [1, 2]);
    assert_eq!(blobs(browser.tab(1), "b"), [FIRST_STORED, FIRST_STORED + 1], "from the disk");
    assert_eq!(browser.tab(1).pictures("b").receipt.joined, Some(true));
}

#[test]
fn when_the_tab_that_paints_is_closed_the_next_one_paints() {
    let mut browser = Browser::with(2, world);
    browser.within(0, |tab| tab.paint("a", ASKED));
    browser.within(1, |tab| tab.paint("b", ASKED));
    browser.close(0);
    browser.within(1, |tab| {
        let painter = tab.calls.pop_front().expect("it asks now");
        says(tab, painter, vec![image(1), image(2), FINISH]);
    });
    assert_eq!(blobs(browser.tab(1), "b"), [1, 2]);
}

#[test]
fn an_id_that_runs_is_not_taken_twice() {
    let mut world = world();
    world.paint("a", ASKED);
    world.paint("a", r#"{"prompt":"another"}"#);
    assert_eq!(world.error("a").code, ErrorCode::InvalidRequest);
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn who_takes_over_brings_files_of_its_own() {
    let mut world = world();
    add_painter(&mut world, "near", Some("1"));
    let with_file = |handle: u32| {
        let source = format!(r#"{{"mediaType":"image/png","file":{handle},"bytes":9,"digest":"ab"}}"#);
        format!(r#"{{"prompt":"a prism","seed":1,"source":{source}}}"#)
    };
    world.paint("a", &with_file(1));
    let painter = world.calls.pop_front().unwrap();
    world.paint("b", &with_file(2));
    world.request("a", Request::Cancel);
    let failure = TransportFailure::Custom { code: Some(ErrorCode::Server), message: "no".to_owned() };
    world.put(Input::Transport(painter, Transport::Failed(failure)));
    assert_eq!(world.sources, [1, 2], "those of who left are gone");
    let painter = world.calls.pop_front().unwrap();
    says(&mut world, painter, vec![image(1), FINISH]);
    assert_eq!(blobs(&world, "b"), [1]);
}
