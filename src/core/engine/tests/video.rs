//! Videos by Gemini: begun, asked for until done, fetched, and the ways in which none comes.

use serde_json::{Value, json};

use super::costs::last;
use super::story::{World, everyone};
use crate::base::id::TransportId;
use crate::engine::io::World as Outside;
use crate::engine::{Input, Request, Settlement, Transport};
use crate::model::http::{Reading, ResponseHead};
use crate::model::{CostKind, ErrorCode};

const NAME: &str = "models/veo-3.1-generate-preview/operations/abc123";
const ROOT: &str = "https://generativelanguage.googleapis.com/v1beta";

fn world() -> World {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"comfyui":{"disabled":true},"gemini":{}},"policy":{"fallback":false}}"#,
    );
    let provider = "gemini".to_owned();
    world.request("k", Request::KeyChanged { provider, has_key: true, is_own: false, is_new: true });
    world.request("d", everyone());
    let list = json!({ "models": [
        { "name": "models/veo-3.1-generate-preview", "supportedGenerationMethods": ["predictLongRunning"] },
        { "name": "models/gemini-2.5-flash-image", "supportedGenerationMethods": ["generateContent"] },
    ] });
    let asked = last(&world);
    world.answer(asked, 200, &list.to_string());
    world.settled.clear();
    world.transcript.clear();
    world
}

/// Asks for a video, up to where the service has taken the request.
fn begun(request: &str) -> World {
    let mut world = world();
    world.ask_for_video("v", request);
    let asked = last(&world);
    world.answer(asked, 200, &json!({ "name": NAME }).to_string());
    world
}

impl World {
    /// Answers the question that is asked next.
    fn polled(&mut self, status: u16, body: &Value) {
        let before = self.sent.len();
        self.wait(10_000);
        assert_eq!(self.sent.len(), before + 1, "it was asked for once: {:?}", self.transcript);
        let (id, request) = self.sent.last().unwrap().clone();
        assert_eq!(request.url, format!("{ROOT}/{NAME}"));
        assert!(request.credential.is_some());
        self.answer(id.number(), status, &body.to_string());
    }

    fn brings(&mut self, transport: u32, status: u16) {
        let head = ResponseHead { status, ..ResponseHead::default() };
        let body = Transport::Body { bytes: 9, media_type: "video/mp4".to_owned() };
        let all = [Transport::Head(head), body, Transport::End];
        for said in all.into_iter().filter(|said| status == 200 || !matches!(said, Transport::Body { .. })) {
            self.put(Input::Transport(TransportId::new(transport), said));
        }
    }
}

fn done(made: &Value) -> Value {
    json!({ "name": NAME, "done": true, "response": { "generateVideoResponse": made } })
}

fn at(uri: &str) -> Value {
    done(&json!({ "generatedSamples": [{ "video": { "uri": uri } }] }))
}

#[test]
fn a_video_is_begun_asked_for_and_fetched_with_the_key() {
    let mut world = begun(r#"{"prompt":"a fox runs","aspectRatio":"9:16","seconds":5}"#);
    let (_, sent) = world.sent.iter().find(|(_, request)| request.method == "POST").unwrap();
    assert!(sent.url.ends_with("/models/veo-3.1-generate-preview:predictLongRunning"));
    let body: Value = serde_json::from_slice(sent.body.as_deref().unwrap()).unwrap();
    let expected = json!({
        "instances": [{ "prompt": "a fox runs" }],
        "parameters": { "aspectRatio": "9:16", "durationSeconds": 4 },
    });
    assert_eq!(body, expected);
    assert!(world.says("warning seconds-changed"));
    world.polled(200, &json!({ "name": NAME }));
    world.polled(200, &json!({ "name": NAME, "done": false }));
    world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
    let (id, fetch) = world.sent.last().unwrap().clone();
    assert_eq!(fetch.url, format!("{ROOT}/files/abc:download?alt=media"));
    assert!(fetch.follows_redirects && fetch.credential.is_some());
    assert_eq!(fetch.reading, Reading::Outside);
    world.brings(id.number(), 200);
    let Ok(Settlement::Video(video)) = world.outcome("v") else { panic!("{:?}", world.transcript) };
    assert_eq!((video.media_type.as_str(), video.receipt.attempts.len()), ("video/mp4", 1));
    let told: Vec<&str> = world
        .transcript
        .iter()
        .filter_map(|line| line.split_once(" v: "))
        .map(|(_, said)| said)
        .filter(|said| said.starts_with("progress") || said.starts_with("video"))
        .collect();
    assert_eq!(told, ["progress 1 of 3", "progress 2 of 3", "progress 3 of 3", "video 0"]);
}

#[test]
fn each_end_without_a_video_says_why() {
    let filtered = json!({ "raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["It shows a person."] });
    for (body, code, words) in [
        (done(&filtered), ErrorCode::BlockedContent, "It shows a person."),
        (done(&json!({})), ErrorCode::BadOutput, "no video"),
        (
            json!({ "done": true, "error": { "code": 13, "message": "It broke." } }),
            ErrorCode::Server,
            "It broke.",
        ),
        (
            json!({ "done": true, "error": { "code": 3, "message": "Bad." } }),
            ErrorCode::InvalidRequest,
            "Bad.",
        ),
        (at("https://elsewhere.example/video"), ErrorCode::Protocol, "elsewhere"),
        (at("https://generativelanguage.googleapis.com.evil.example/v"), ErrorCode::Protocol, "elsewhere"),
    ] {
        let mut world = begun(r#"{"prompt":"a fox"}"#);
        world.polled(200, &body);
        let error = world.error("v");
        assert_eq!(error.code, code, "{body}");
        assert!(error.message.contains(words), "{error:?}");
        let posts = world.sent.iter().filter(|(_, request)| request.method == "POST").count();
        assert_eq!(posts, 1, "what was begun is not begun again");
        assert!(world.sent.iter().all(|(_, request)| request.url.starts_with(ROOT)));
    }
}

#[test]
fn who_does_not_answer_is_asked_again_and_who_forgot_is_not() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    for status in [500, 429, 503, 502] {
        world.polled(status, &json!({ "error": { "message": "busy" } }));
        assert!(world.settled.is_empty(), "{status}");
    }
    world.polled(200, &json!({ "name": NAME }));
    world.polled(404, &json!({ "error": { "code": 404, "message": "Requested entity was not found." } }));
    assert_eq!(world.error("v").code, ErrorCode::Server);

    let mut world = begun(r#"{"prompt":"a fox"}"#);
    for _ in 0..5 {
        world.polled(500, &json!({}));
    }
    assert_eq!(world.error("v").code, ErrorCode::Server);
}

#[test]
fn a_network_that_is_away_for_minutes_loses_no_video() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    world.put(Input::World(Outside::Offline));
    for _ in 0..12 {
        world.wait(10_000);
        let asked = last(&world);
        world.fail(asked);
    }
    assert!(world.settled.is_empty(), "{:?}", world.transcript);
    world.put(Input::World(Outside::Online));
    world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
    let asked = last(&world);
    world.brings(asked, 200);
    assert!(matches!(world.outcome("v"), Ok(Settlement::Video(_))));
}

#[test]
fn a_download_that_fails_is_tried_again_and_no_second_video_is_bought() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    for status in [503, 0, 429] {
        world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
        let asked = last(&world);
        if status == 0 {
            world.fail(asked);
        } else {
            world.brings(asked, status);
        }
        assert!(world.settled.is_empty(), "{status}");
    }
    world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
    let asked = last(&world);
    world.brings(asked, 200);
    assert!(matches!(world.outcome("v"), Ok(Settlement::Video(_))));

    let mut world = begun(r#"{"prompt":"a fox"}"#);
    for _ in 0..5 {
        world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
        let asked = last(&world);
        world.fail(asked);
    }
    world.wait(600_000);
    assert_eq!(world.error("v").code, ErrorCode::Unreachable);
    let posts = world.sent.iter().filter(|(_, request)| request.method == "POST").count();
    assert_eq!(posts, 1);
    // It was made, and nobody knows what it cost.
    assert_eq!(world.error("v").receipt.as_ref().unwrap().cost_kind, CostKind::Unknown);
}

#[test]
fn a_server_near_by_may_not_send_the_key_on() {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"comfyui":{"disabled":true},
            "gemini":{"endpoint":"http://localhost:1/v1beta","locality":"device"}}}"#,
    );
    let provider = "gemini".to_owned();
    world.request("k", Request::KeyChanged { provider, has_key: true, is_own: false, is_new: true });
    world.request("d", everyone());
    let list = r#"{"models":[{"name":"models/veo-3","supportedGenerationMethods":["predictLongRunning"]}]}"#;
    let asked = last(&world);
    world.answer(asked, 200, list);
    world.ask_for_video("v", r#"{"prompt":"a fox","policy":{"stayWithin":"device"}}"#);
    let asked = last(&world);
    world.answer(asked, 200, &json!({ "name": NAME }).to_string());
    world.wait(2_000);
    let asked = last(&world);
    world.answer(asked, 200, &at("http://localhost:1/v1beta/files/abc").to_string());
    let (_, fetch) = world.sent.last().unwrap();
    assert!(fetch.url.ends_with("/files/abc") && !fetch.follows_redirects);
}

#[test]
fn a_video_that_is_not_given_out_is_an_error() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    world.polled(200, &at(&format!("{ROOT}/files/abc:download?alt=media")));
    let asked = last(&world);
    world.brings(asked, 404);
    assert_eq!(world.error("v").code, ErrorCode::Truncated);
}

#[test]
fn a_video_that_is_never_done_ends_with_the_time_that_was_given() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    while world.settled.is_empty() {
        let before = world.sent.len();
        world.wait(10_000);
        if world.sent.len() > before {
            let asked = last(&world);
            world.answer(asked, 200, &json!({ "name": NAME }).to_string());
        }
    }
    assert_eq!(world.error("v").code, ErrorCode::Timeout);
    assert!(world.says("warning slow"));
}

#[test]
fn a_cancelled_video_is_asked_for_no_more() {
    let mut world = begun(r#"{"prompt":"a fox"}"#);
    world.request("v", Request::Cancel);
    let sent = world.sent.len();
    world.wait(600_000);
    assert_eq!(world.sent.len(), sent);
    let measured = world.engine.metrics().recent(1)[0].clone();
    assert_eq!((measured.cancelled, measured.cost_kind), (Some(true), Some(CostKind::Unknown)));
}

#[test]
fn a_name_that_leads_elsewhere_is_no_name() {
    for name in
        ["../../secret", "models/x/../y", "models//x", "https://elsewhere.example/x", "models/x?key=1", ""]
    {
        let mut world = world();
        world.ask_for_video("v", r#"{"prompt":"a fox"}"#);
        let asked = last(&world);
        world.answer(asked, 200, &json!({ "name": name }).to_string());
        assert_eq!(world.error("v").code, ErrorCode::Protocol, "{name}");
    }
}

#[test]
fn a_picture_may_be_its_beginning_and_what_makes_no_sense_is_refused() {
    let mut world = world();
    let source = json!({ "mediaType": "image/png", "file": 3, "bytes": 10 });
    world.ask_for_video("v", &json!({ "prompt": "it moves", "source": source }).to_string());
    let (_, sent) = world.sent.last().unwrap();
    assert_eq!(sent.files.iter().map(|place| place.file).collect::<Vec<_>>(), [3]);
    let body: Value = serde_json::from_slice(sent.body.as_deref().unwrap()).unwrap();
    let image = json!({ "bytesBase64Encoded": "", "mimeType": "image/png" });
    assert_eq!(body["instances"][0]["image"], image);
    for (id, request) in [
        ("a", r#"{"prompt":" "}"#),
        ("b", r#"{"prompt":"x","aspectRatio":"1:1"}"#),
        ("c", r#"{"prompt":"x","seconds":0}"#),
        ("d", r#"{"prompt":"x","source":{"mediaType":"text/plain","file":1,"bytes":1}}"#),
    ] {
        world.ask_for_video(id, request);
        assert_eq!(world.error(id).code, ErrorCode::InvalidRequest, "{request}");
    }
    let events = |id: &str| world.transcript.iter().filter(|line| line.contains(&format!(" {id}: "))).count();
    assert_eq!(events("a"), 0, "nobody was asked");
}
