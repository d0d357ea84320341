//! Pictures: by providers written in JavaScript, over the same chain, limits and receipts as words.

use super::story::World;
use crate::base::id::TransportId;
use crate::catalog::CustomModel;
use crate::engine::{Input, Request, Settlement, Transport, TransportFailure};
use crate::model::event::CustomEvent;
use crate::model::metrics::Range;
use crate::model::{CostKind, ErrorCode, FinishReason, Locality, Modality, Price, Quality};

/// A world with two painters: one in this page, one in the cloud at four cents a picture.
fn painters(options: &str) -> World {
    let mut world = World::new(options);
    for (name, locality, quality, price) in [
        ("page", Locality::Page, Quality::Low, Price::FREE),
        ("far", Locality::Cloud, Quality::High, Price { image: Some(0.04), ..Price::FREE }),
    ] {
        let provider = name.to_owned();
        world.request(name, Request::Register { provider, locality, version: None });
        let model = CustomModel {
            id: "paint".to_owned(),
            modality: Modality::Image,
            quality: Some(quality),
            price: Some(price),
            ..CustomModel::default()
        };
        let id = world.calls.pop_front().unwrap();
        world.put(Input::Transport(id, Transport::CustomModels(vec![model])));
    }
    world.settled.clear();
    world.transcript.clear();
    world
}

const ALONE: &str = r#"{"providers":{"ollama":{"disabled":true}}}"#;

impl World {
    fn painter(&mut self) -> TransportId {
        self.calls.pop_front().expect("a painter was asked")
    }

    fn painter_says(&mut self, painter: TransportId, events: Vec<CustomEvent>) {
        self.put(Input::Transport(painter, Transport::CustomEvents(events)));
    }

    fn painter_fails(&mut self, painter: TransportId) {
        let failure = TransportFailure::Custom { code: Some(ErrorCode::Server), message: "no".to_owned() };
        self.put(Input::Transport(painter, Transport::Failed(failure)));
    }

    pub(super) fn pictures(&self, id: &str) -> &crate::model::ImageResult {
        match self.outcome(id) {
            Ok(Settlement::Images(result)) => result,
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn image(blob: u32) -> CustomEvent {
    CustomEvent::Image { blob, bytes: 1_000, media_type: "image/png".to_owned() }
}

fn progress(value: f64) -> CustomEvent {
    CustomEvent::Progress { value, max: 2.0, node: None }
}

pub(super) const FINISH: CustomEvent = CustomEvent::Finish { reason: FinishReason::Stop };

#[test]
fn a_picture_comes_with_its_progress_and_its_previews() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","policy":"quality"}"#);
    let painter = world.painter();
    world.painter_says(painter, vec![progress(1.0), CustomEvent::Preview { blob: 7 }]);
    world.painter_says(painter, vec![progress(2.0), image(8), FINISH]);
    world.expect(
        r"
        0 » paint p
        0 p: route far/paint > page/paint
        0 p: attempt 1 far/paint
        0 invoke-image 2 far paint
        0 p: progress 1 of 2
        0 p: preview 7
        0 drop [7]
        0 p: progress 2 of 2
        0 p: image 8
        0 p: finish far/paint 1
        0 p settles: pictures [8] of far/paint
        0 drop [8]
        ",
    );
}

#[test]
fn a_painter_that_fails_is_followed_by_the_next_and_what_was_done_stays() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","count":2,"policy":"quality"}"#);
    let far = world.painter();
    world.painter_says(far, vec![image(1)]);
    world.painter_fails(far);
    let near = world.painter();
    world.painter_says(near, vec![image(2), FINISH]);
    let result = world.pictures("p");
    assert_eq!(result.images.iter().map(|picture| picture.blob).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(result.receipt.attempts.len(), 2);
    assert_eq!(result.receipt.model, "page/paint");
    // The picture that the first one made before it failed is charged.
    assert_eq!((result.receipt.cost, result.receipt.cost_kind), (Some(0.04), CostKind::Computed));
    assert!(world.says("fallback far/paint > page/paint (server)"));
}

#[test]
fn fewer_pictures_than_were_asked_for_are_told() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","count":3}"#);
    let painter = world.painter();
    world.painter_says(painter, vec![image(1), FINISH]);
    assert_eq!(world.pictures("p").images.len(), 1);
    assert!(world.says("warning fewer-images"));
}

#[test]
fn a_picture_that_must_stay_in_the_page_is_painted_there_or_not_at_all() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","policy":{"stayWithin":"page"}}"#);
    let near = world.painter();
    world.painter_fails(near);
    world.wait(120_000);
    assert!(world.calls.is_empty(), "{:?}", world.transcript);
    assert_eq!(world.error("p").code, ErrorCode::Server);
    assert!(!world.says("far/paint"));
}

#[test]
fn text_is_never_asked_of_a_painter_nor_a_picture_of_a_writer() {
    let mut world = painters(ALONE);
    world.generate("t", r#"{"prompt":"Hello"}"#);
    world.wait(5_000);
    assert_eq!(world.error("t").code, ErrorCode::NoModel);
    let mut world = World::with_ollama("{}", &[("a", "")]);
    world.paint("p", r#"{"prompt":"a prism"}"#);
    world.wait(5_000);
    assert_eq!(world.error("p").code, ErrorCode::NoModel);
}

#[test]
fn a_cancelled_picture_is_stopped_where_it_is_made_and_its_blobs_are_dropped() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","count":2,"policy":"quality"}"#);
    let painter = world.painter();
    world.painter_says(painter, vec![image(1)]);
    world.request("p", Request::Cancel);
    assert!(world.says("abort 2") && world.says("drop [1]"));
    assert!(world.engine.queue().is_empty());
    let report = world.engine.report(Range::default(), 0, world.now());
    let (_, image) = report.by_type.0.iter().find(|(kind, _)| kind == "image").unwrap();
    assert_eq!((image.requests, image.cancelled), (1, Some(1)));
}

#[test]
fn a_painter_that_says_nothing_is_given_up_in_time() {
    let mut world = painters(r#"{"providers":{"ollama":{"disabled":true}},"policy":"quality"}"#);
    world.paint("p", r#"{"prompt":"a prism","policy":{"goal":"quality","fallback":false}}"#);
    world.wait(179_000);
    assert!(world.settled.is_empty());
    // A person is told that it takes long.
    assert!(world.says("warning slow"));
    world.wait(2_000);
    assert_eq!(world.error("p").code, ErrorCode::Timeout);
    assert!(world.says("abort 2"));
}

#[test]
fn a_painter_that_finishes_without_a_picture_failed() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","policy":{"goal":"quality","fallback":false}}"#);
    let first = world.painter();
    world.painter_says(first, vec![FINISH]);
    world.wait(10_000);
    let again = world.painter();
    world.painter_says(again, vec![image(1), FINISH]);
    assert_eq!(world.pictures("p").receipt.attempts[0].outcome.code, "bad-output");
}

#[test]
fn what_cannot_be_painted_is_refused_with_its_reason() {
    for (request, word) in [
        (r#"{"prompt":" "}"#, "prompt"),
        (r#"{"prompt":"a","width":8}"#, "width"),
        (r#"{"prompt":"a","height":9000}"#, "height"),
        (r#"{"prompt":"a","steps":0}"#, "steps"),
        (r#"{"prompt":"a","count":17}"#, "count"),
        (r#"{"prompt":"a","seed":9007199254740993}"#, "seed"),
        (r#"{"prompt":"a","source":{"mediaType":"text/plain","file":1,"bytes":3}}"#, "source"),
    ] {
        let mut world = painters(ALONE);
        world.paint("p", request);
        let error = world.error("p");
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{request}");
        assert!(error.message.contains(word), "{request}: {}", error.message);
    }
}

#[test]
fn a_picture_to_change_goes_to_who_can_change_pictures() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"bluer","source":{"mediaType":"image/png","file":1,"bytes":3}}"#);
    world.wait(5_000);
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::NoModel);
    assert!(error.excluded.as_ref().unwrap().iter().all(|one| one.reason.message.contains("image-edit")));
}

#[test]
fn the_cost_of_a_picture_is_known_before_it_is_made_and_a_cap_on_it_holds() {
    let mut world = painters(ALONE);
    world.paint("p", r#"{"prompt":"a prism","count":3,"policy":{"goal":"quality","maxCost":0.1}}"#);
    assert!(world.says("attempt 1 page/paint"), "{:?}", world.transcript);
    world.paint("q", r#"{"prompt":"a prism","count":2,"policy":{"goal":"quality","maxCost":0.1}}"#);
    assert!(world.says("q: attempt 1 far/paint"));
}
