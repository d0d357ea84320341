//! What may go wrong with a prompt of `ComfyUI`, and what is asked then.

use core::time::Duration;

use serde_json::{Value, json};

use crate::base::time::Monotonic;
use crate::model::ErrorCode;
use crate::wire::comfyui::*;

const ID: &str = "p";

pub(super) fn at(millis: u64) -> Monotonic {
    Monotonic::new(Duration::from_millis(millis))
}

/// The pictures of a success, and whether all was made before.
pub(super) fn only_output(outcome: Option<&Outcome>) -> (String, bool) {
    match outcome {
        Some(Outcome::Success { outputs, is_all_cached }) => {
            let names: Vec<&str> = pictures(outputs).iter().map(|file| file.filename.as_str()).collect();
            (names.join(" "), *is_all_cached)
        }
        other => panic!("{other:?}"),
    }
}

/// Asks until it is over or nothing is to be asked until `end`, and says what was asked.
pub(super) fn ask_until(
    run: &mut Run,
    end: Monotonic,
    answer: impl Fn(&mut Run, Ask, Monotonic),
) -> Vec<Ask> {
    let mut asked = Vec::new();
    while let Some(now) = run.poll_timeout().filter(|now| *now <= end) {
        if let Some(ask) = run.poll_ask(now) {
            asked.push(ask);
            answer(run, ask, now);
        }
        assert!(asked.len() < 500, "it asks without end");
    }
    asked
}

fn accepted() -> Accepted {
    Accepted { prompt_id: ID.to_owned(), dropped: None }
}

fn workflow() -> Value {
    json!({ "3": { "class_type": "KSampler", "inputs": { "steps": 4 } }, "9": { "class_type": "SaveImage", "inputs": {} } })
}

fn accepted_run(has_socket: bool) -> Run {
    let mut run = Run::new(ID, &workflow(), has_socket, at(0));
    run.handle_accepted(&accepted(), at(0));
    run
}

pub(super) fn stopping_run() -> Run {
    let mut run = accepted_run(true);
    run.handle_cancel(at(100));
    run
}

fn ours<T>(make: impl Fn(Option<String>) -> T) -> T {
    make(Some(ID.to_owned()))
}

fn started() -> SocketEvent {
    ours(|prompt_id| SocketEvent::Started { prompt_id })
}

fn executing(node: Option<&str>) -> SocketEvent {
    ours(|prompt_id| SocketEvent::Executing { prompt_id, node: node.map(str::to_owned) })
}

fn succeeded() -> SocketEvent {
    ours(|prompt_id| SocketEvent::Succeeded { prompt_id })
}

fn output(filename: &str) -> Output {
    let file =
        ServerFile { filename: filename.to_owned(), subfolder: String::new(), kind: "output".to_owned() };
    Output { node: "9".to_owned(), group: "images".to_owned(), file }
}

fn success(filename: &str) -> History {
    History::Success { outputs: vec![output(filename)], is_all_cached: false }
}

#[test]
fn a_success_that_the_history_does_not_know_yet_is_waited_for() {
    let mut run = accepted_run(true);
    for event in [started(), executing(Some("9")), succeeded()] {
        run.handle_event(&event, at(1_000));
    }
    assert_eq!(run.poll_ask(at(1_000)), None, "it is not written yet");
    assert_eq!(run.poll_ask(at(1_250)), Some(Ask::History));
    run.handle_history(Ok(History::Unfinished), at(1_260));
    assert_eq!(run.poll_ask(at(1_300)), None);
    run.handle_event(&executing(None), at(1_300));
    assert_eq!(run.poll_ask(at(1_300)), Some(Ask::History), "now it is over for good, and no file was named");
    run.handle_history(Ok(success("a.png")), at(1_310));
    assert_eq!(only_output(run.outcome()).0, "a.png");
}

#[test]
fn a_history_that_is_never_written_ends_the_wait() {
    let wait = |has_output: bool| {
        let mut run = accepted_run(true);
        run.handle_event(&started(), at(0));
        if has_output {
            run.handle_event(
                &ours(|prompt_id| SocketEvent::Made { prompt_id, outputs: vec![output("a.png")] }),
                at(0),
            );
        }
        run.handle_event(&succeeded(), at(0));
        let asked =
            ask_until(&mut run, at(60_000), |run, _, now| run.handle_history(Ok(History::Unfinished), now));
        assert!((10..30).contains(&asked.len()), "{asked:?}");
        run
    };
    assert_eq!(only_output(wait(true).outcome()).0, "a.png", "the socket named it");
    let error = wait(false).outcome().unwrap().error().unwrap();
    assert_eq!(error.code, ErrorCode::Protocol);
}

#[test]
fn all_made_before_and_nothing_named_is_a_success_without_a_picture() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    let nodes = vec!["3".to_owned(), "9".to_owned()];
    run.handle_event(&ours(|prompt_id| SocketEvent::Cached { prompt_id, nodes: nodes.clone() }), at(0));
    run.handle_event(&succeeded(), at(0));
    run.handle_event(&executing(None), at(0));
    assert_eq!(run.poll_ask(at(0)), Some(Ask::History), "the history may name the old file");
    run.handle_history(Ok(History::Success { outputs: Vec::new(), is_all_cached: true }), at(10));
    assert_eq!(run.outcome(), Some(&Outcome::Success { outputs: Vec::new(), is_all_cached: true }));
}

#[test]
fn a_silent_socket_is_made_up_for_by_asking() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(1_000));
    run.handle_event(&executing(Some("3")), at(1_000));
    // Others go on being heard, which says nothing of this one.
    let other = SocketEvent::Executing { prompt_id: Some("another".to_owned()), node: Some("1".to_owned()) };
    run.handle_event(&other, at(10_500));
    run.handle_event(&SocketEvent::Status { remaining: 4 }, at(10_600));
    assert_eq!(run.poll_ask(at(10_900)), None);
    assert_eq!(run.poll_ask(at(11_000)), Some(Ask::History));
    run.handle_history(Ok(History::Unfinished), at(11_010));
    assert_eq!(run.poll_ask(at(11_010)), Some(Ask::Queue));
    run.handle_place(Ok(Place::Running), at(11_020));
    assert_eq!(run.poll_timeout(), Some(at(21_020)), "and after ten seconds again");
    assert_eq!(run.heard_at(), at(1_000));
    assert_eq!(run.poll_ask(at(21_020)), Some(Ask::History));
    run.handle_history(Ok(success("a.png")), at(21_030));
    assert_eq!(only_output(run.outcome()).0, "a.png");
}

#[test]
fn without_a_socket_it_is_asked_every_second_and_a_half() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    run.handle_socket_closed(at(1_000));
    let end = at(31_000);
    let asked = ask_until(&mut run, end, |run, ask, now| match ask {
        Ask::History => run.handle_history(Ok(History::Unfinished), now),
        _ => run.handle_place(Ok(Place::Running), now),
    });
    assert_eq!(asked.len(), 2 * 21);
    // With the socket again there is one look at what was missed.
    run.handle_socket_opened(at(31_100));
    assert_eq!(run.poll_ask(at(31_100)), Some(Ask::History));
    run.handle_history(Ok(History::Unfinished), at(31_110));
    assert_eq!(run.poll_ask(at(31_110)), Some(Ask::Queue));
    run.handle_place(Ok(Place::Running), at(31_120));
    assert_eq!(run.poll_timeout(), Some(at(41_120)));
}

#[test]
fn a_socket_that_was_away_does_not_have_the_last_word() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    run.handle_socket_closed(at(100));
    run.handle_socket_opened(at(200));
    run.handle_event(
        &ours(|prompt_id| SocketEvent::Made { prompt_id, outputs: vec![output("b.png")] }),
        at(300),
    );
    run.handle_event(&succeeded(), at(300));
    run.handle_event(&executing(None), at(300));
    assert_eq!(run.outcome(), None);
    assert_eq!(run.poll_ask(at(300)), Some(Ask::History));
    let outputs = vec![output("a.png"), output("b.png")];
    run.handle_history(Ok(History::Success { outputs, is_all_cached: false }), at(310));
    assert_eq!(only_output(run.outcome()).0, "a.png b.png");
    let made = core::iter::from_fn(|| run.poll_word()).filter(|word| matches!(word, Word::Made(_))).count();
    assert_eq!(made, 2, "each file is told once");
}

#[test]
fn the_place_in_line_is_asked_for_as_the_queue_moves() {
    let mut run = Run::new(ID, &workflow(), true, at(0));
    run.handle_event(&SocketEvent::Status { remaining: 5 }, at(0));
    run.handle_accepted(&accepted(), at(10));
    assert_eq!(run.poll_word(), Some(Word::Queued(4)), "no more than that can be before it");
    assert_eq!(run.poll_ask(at(500)), None);
    assert_eq!(run.poll_ask(at(510)), Some(Ask::Queue));
    run.handle_place(Ok(Place::Waiting(3)), at(520));
    assert_eq!(run.poll_word(), Some(Word::Queued(3)));
    run.handle_event(&SocketEvent::Status { remaining: 6 }, at(600));
    assert_eq!(
        (run.poll_word(), run.poll_ask(at(600))),
        (None, None),
        "those who came later are not before it"
    );
    assert_eq!(run.poll_ask(at(1_510)), Some(Ask::Queue), "once a second");
    run.handle_place(Ok(Place::Waiting(1)), at(1_520));
    assert_eq!(run.poll_word(), Some(Word::Queued(1)));
    run.handle_event(&SocketEvent::Status { remaining: 5 }, at(3_000));
    assert_eq!(run.poll_ask(at(3_000)), None, "it is the next: there is nothing to ask");
    run.handle_event(&started(), at(4_000));
    assert_eq!(run.poll_word(), Some(Word::Queued(0)));
}

#[test]
fn a_server_that_was_restarted_does_not_know_it_any_more() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    run.handle_socket_closed(at(1_000));
    let asked = ask_until(&mut run, at(60_000), |run, ask, now| match ask {
        Ask::History => run.handle_history(Ok(History::Unfinished), now),
        _ => run.handle_place(Ok(Place::Absent), now),
    });
    assert_eq!(run.outcome(), Some(&Outcome::Lost));
    assert_eq!(asked, [Ask::History, Ask::Queue, Ask::History, Ask::Queue]);
    assert!(run.outcome().unwrap().error().unwrap().hint.unwrap().contains("restarted"));
}

#[test]
fn one_that_ends_between_two_questions_is_not_lost() {
    let mut run = accepted_run(false);
    assert_eq!(run.poll_ask(at(500)), Some(Ask::Queue));
    run.handle_place(Ok(Place::Absent), at(510));
    assert_eq!(run.poll_ask(at(510)), Some(Ask::History));
    run.handle_history(Ok(success("a.png")), at(520));
    assert_eq!(only_output(run.outcome()).0, "a.png");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    run.handle_socket_closed(at(1_000));
    let asked = ask_until(&mut run, at(60_000), |run, _, now| run.handle_unanswered(now));
    assert_eq!((asked.len(), run.outcome()), (5, Some(&Outcome::Unreachable)));
    // And so is one that leaves questions open, or answers nonsense.
    let mut run = accepted_run(false);
    let asked = ask_until(&mut run, at(120_000), |_, _, _| {});
    assert_eq!((asked.len(), run.outcome()), (5, Some(&Outcome::Unreachable)));
    let mut run = accepted_run(false);
    ask_until(&mut run, at(60_000), |run, ask, now| match ask {
        Ask::History => run.handle_history(parse_history(b"<html>", ID), now),
        _ => run.handle_place(parse_queue(b"<html>", ID), now),
    });
    assert_eq!(run.outcome(), Some(&Outcome::Unreachable));
}

#[test]
fn a_failed_node_ends_it_at_once() {
    let mut run = accepted_run(true);
    run.handle_event(&started(), at(0));
    let frame = json!({ "type": "execution_error", "data": { "prompt_id": ID, "node_id": "3", "node_type": "KSampler",
        "exception_message": "CUDA out of memory.\nTried to allocate 2 GiB", "exception_type": "torch.cuda.OutOfMemoryError",
        "current_inputs": { "text": ["a secret prompt"] }, "traceback": [] } });
    let Frame::Known(event) = SocketDecoder::default().text(&frame.to_string()) else { panic!() };
    run.handle_event(&event, at(10));
    let error = run.outcome().unwrap().error().unwrap();
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    assert!(!format!("{error:?}").contains("secret"));
    // Of another prompt it means nothing here.
    let mut run = accepted_run(true);
    let other = frame.to_string().replace("\"p\"", "\"q\"");
    let Frame::Known(event) = SocketDecoder::default().text(&other) else { panic!() };
    run.handle_event(&event, at(10));
    assert_eq!((run.poll_word(), run.outcome()), (None, None));
}

#[test]
fn one_that_waits_is_forgotten_and_never_interrupts_another() {
    let mut run = stopping_run();
    let asked = ask_until(&mut run, at(90_000), |run, ask, now| match ask {
        Ask::Queue => run.handle_place(Ok(Place::Absent), now),
        _ => run.handle_told(now),
    });
    assert_eq!(asked, [Ask::Delete, Ask::Queue]);
    assert_eq!(run.outcome(), Some(&Outcome::Cancelled { is_certain: true }));
}

#[test]
fn one_that_was_cancelled_while_it_was_posted_is_looked_for_twice() {
    let mut run = Run::new(ID, &workflow(), true, at(0));
    run.handle_cancel(at(10));
    let asked = ask_until(&mut run, at(90_000), |run, ask, now| match ask {
        Ask::Queue => run.handle_place(Ok(Place::Absent), now),
        _ => run.handle_told(now),
    });
    assert_eq!(asked, [Ask::Delete, Ask::Queue, Ask::Delete, Ask::Queue]);
    assert_eq!(run.outcome(), Some(&Outcome::Cancelled { is_certain: true }));
}

#[test]
fn one_that_cannot_be_stopped_is_let_go_after_a_minute() {
    let mut run = stopping_run();
    let asked = ask_until(&mut run, at(90_000), |run, ask, now| match ask {
        Ask::Queue => run.handle_place(Ok(Place::Running), now),
        _ => run.handle_told(now),
    });
    assert_eq!(asked.iter().filter(|ask| **ask == Ask::Interrupt).count(), 2);
    assert_eq!(run.outcome(), Some(&Outcome::Cancelled { is_certain: false }));
    assert_eq!(asked.first(), Some(&Ask::Delete));
}

#[test]
fn an_older_server_chooses_the_id_itself() {
    let mut run = Run::new("mine", &workflow(), true, at(0));
    run.handle_accepted(&accepted(), at(0));
    assert_eq!(run.prompt_id(), ID);
    run.handle_event(&started(), at(10));
    assert_eq!(run.poll_word(), Some(Word::Queued(0)));
    // Its steps name neither prompt nor node; after a reconnection it only says which node runs.
    let frames =
        [r#"{"type":"executing","data":{"node":"3"}}"#, r#"{"type":"progress","data":{"value":2,"max":4}}"#];
    for frame in frames {
        let Frame::Known(event) = SocketDecoder::default().text(frame) else { panic!() };
        run.handle_event(&event, at(20));
    }
    let words: Vec<Word> = core::iter::from_fn(|| run.poll_word()).collect();
    let Some(Word::Progress(progress)) = words.last() else { panic!("{words:?}") };
    assert_eq!((progress.value, progress.max, progress.done, progress.whole), (2.0, 4.0, 2.0, 5.0));
}

#[test]
fn a_node_that_only_shows_its_picture_makes_one() {
    let workflow = json!({ "9": { "class_type": "SaveImageWebsocket", "inputs": {} } });
    let mut run = Run::new(ID, &workflow, true, at(0));
    for event in [started(), executing(Some("9"))] {
        run.handle_event(&event, at(0));
    }
    let bytes = b"\0\0\0\x01\0\0\0\x02\x89PNG";
    let Frame::Known(preview) = SocketDecoder::default().binary(bytes, bytes.len()) else { panic!() };
    assert_eq!(preview.media_type, "image/png");
    assert_eq!(run.handle_preview(&preview, at(1)), Showing::Picture);
    run.handle_event(&succeeded(), at(2));
    run.handle_event(&executing(None), at(2));
    assert_eq!(run.outcome(), Some(&Outcome::Success { outputs: Vec::new(), is_all_cached: false }));
}

#[test]
fn frames_are_known_unknown_or_corrupt() {
    let mut decoder = SocketDecoder::default();
    for frame in [
        r#"{"type":"crystools.monitor","data":{}}"#,
        r#"{"type":"feature_flags"}"#,
        r#"{"type":"logs","data":[]}"#,
    ] {
        assert_eq!(decoder.text(frame), Frame::Unknown, "{frame}");
    }
    for frame in [
        "",
        "{",
        "7",
        "null",
        r#"{"data":{}}"#,
        r#"{"type":"executing","data":{}}"#,
        r#"{"type":"progress","data":{"value":1,"max":0}}"#,
    ] {
        assert_eq!(decoder.text(frame), Frame::Corrupt, "{frame}");
    }
    assert_eq!((decoder.unknown_frames(), decoder.corrupt_frames()), (3, 7));
}

#[test]
fn binary_frames_that_are_short_or_strange_are_not_shown() {
    let read = |bytes: &[u8], length: usize| SocketDecoder::default().binary(bytes, length);
    let jpeg = b"\0\0\0\x01\0\0\0\x01\xFF\xD8\xFF\xE0";
    for end in 0..=8 {
        assert_eq!(read(&jpeg[..end], end), Frame::Corrupt, "{end} bytes");
    }
    assert!(matches!(read(jpeg, jpeg.len()), Frame::Known(_)));
    assert_eq!(read(b"\0\0\0\x03\0\0\0\x0212hello", 13), Frame::Unknown, "a text");
    assert_eq!(read(b"\0\0\0\x01\0\0\0\x09abc", 11), Frame::Unknown, "a form of picture that nobody knows");
    let json = br#"{"node_id":"8","prompt_id":"p","image_type":"image/jpeg"}"#;
    let mut framed = [&4_u32.to_be_bytes()[..], &(json.len() as u32).to_be_bytes(), json].concat();
    assert_eq!(framed[..8], [0, 0, 0, 4, 0, 0, 0, 0x39]);
    assert_eq!(read(&framed, framed.len()), Frame::Corrupt, "no picture follows");
    framed.extend_from_slice(b"\xFF\xD8");
    let Frame::Known(preview) = read(&framed, framed.len()) else { panic!() };
    assert_eq!((preview.offset, preview.media_type), (65, "image/jpeg"));
    assert_eq!(
        read(&framed[..40], framed.len()),
        Frame::Corrupt,
        "the metadata are longer than what was handed in"
    );
}
