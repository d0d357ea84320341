//! Recorded prompts of `ComfyUI`, socket and all, and what may go wrong with one.

use core::time::Duration;

use serde_json::{Value, json};

use super::fixture;
use crate::base::time::Monotonic;
use crate::model::ErrorCode;
use crate::wire::comfyui::*;

const ID: &str = "p";

fn at(millis: u64) -> Monotonic {
    Monotonic::new(Duration::from_millis(millis))
}

/// Bytes of Base64 without line breaks.
fn bytes_of(base64: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u32> =
        base64.bytes().filter(|letter| *letter != b'=').map(|letter| u32::from(digit(letter))).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

/// One frame of a recording, with its time in milliseconds.
enum Heard {
    Text(u64, String),
    Binary(u64, Vec<u8>),
}

fn frames(name: &str) -> Vec<Heard> {
    let recording = String::from_utf8(fixture(&format!("comfyui/{name}.ws.jsonl"))).unwrap();
    let frames = recording.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let millis = (line.get("t")?.as_f64().unwrap() * 1_000.0) as u64;
        match (line.get("text"), line.get("bin_b64")) {
            (Some(text), _) => Some(Heard::Text(millis, text.as_str().unwrap().to_owned())),
            (_, Some(base64)) => Some(Heard::Binary(millis, bytes_of(base64.as_str().unwrap()))),
            _ => None,
        }
    });
    frames.collect()
}

/// What a recording said.
struct Told {
    run: Run,
    words: Vec<Word>,
    previews: Vec<(Preview, usize)>,
    decoder: SocketDecoder,
    /// The questions that were asked.
    asked: Vec<Ask>,
}

impl Told {
    fn steps(&self) -> Vec<(String, f64, f64)> {
        self.progress()
            .map(|progress| (progress.node.clone().unwrap(), progress.value, progress.max))
            .collect()
    }

    fn progress(&self) -> impl Iterator<Item = &Progress> {
        self.words
            .iter()
            .filter_map(|word| if let Word::Progress(progress) = word { Some(progress) } else { None })
    }

    fn places(&self) -> Vec<u32> {
        self.words
            .iter()
            .filter_map(|word| if let Word::Queued(place) = word { Some(*place) } else { None })
            .collect()
    }
}

fn workflow_of(name: &str) -> Value {
    let request = String::from_utf8(fixture(&format!("comfyui/{name}.prompt.req"))).unwrap();
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    body.get("prompt").unwrap().clone()
}

/// A recorded prompt, with the answer to its post just before the `accepted_before`-th frame, and without the frames that
/// `is_lost` names.
fn replay(name: &str, accepted_before: usize, is_lost: impl Fn(usize) -> bool) -> Told {
    replay_frames(name, &frames(name), accepted_before, is_lost)
}

fn replay_frames(
    name: &str,
    frames: &[Heard],
    accepted_before: usize,
    is_lost: impl Fn(usize) -> bool,
) -> Told {
    let accepted = parse_accepted(&fixture(&format!("comfyui/{name}.prompt.body"))).unwrap();
    let mut run = Run::new(&accepted.prompt_id, &workflow_of(name), true, at(0));
    let (mut decoder, mut words, mut previews, mut asked) =
        (SocketDecoder::default(), Vec::new(), Vec::new(), Vec::new());
    for (number, frame) in frames.iter().enumerate() {
        let (Heard::Text(millis, _) | Heard::Binary(millis, _)) = *frame;
        asked.extend(run.poll_ask(at(millis)));
        if number == accepted_before {
            run.handle_accepted(&accepted, at(millis));
        }
        match frame {
            _ if is_lost(number) => {}
            Heard::Text(_, text) => {
                if let Frame::Known(event) = decoder.text(text) {
                    run.handle_event(&event, at(millis));
                }
            }
            Heard::Binary(_, bytes) => {
                let head = &bytes[..bytes.len().min(8_192)];
                let Frame::Known(preview) = decoder.binary(head, bytes.len()) else {
                    panic!("{name} shows nothing")
                };
                assert_eq!(bytes[preview.offset..][..3], [0xFF, 0xD8, 0xFF]);
                // It is nobody's while nothing was heard of a node that runs.
                if run.handle_preview(&preview, at(millis)) == Showing::Preview {
                    previews.push((preview, bytes.len()));
                }
            }
        }
        words.extend(core::iter::from_fn(|| run.poll_word()));
    }
    Told { run, words, previews, decoder, asked }
}

fn recorded_history(name: &str, id: &str) -> History {
    parse_history(&fixture(&format!("comfyui/{name}.history.body")), id).unwrap()
}

fn only_output(outcome: Option<&Outcome>) -> (String, bool) {
    match outcome {
        Some(Outcome::Success { outputs, is_all_cached }) => {
            let names: Vec<&str> = pictures(outputs).iter().map(|file| file.filename.as_str()).collect();
            (names.join(" "), *is_all_cached)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recorded_picture_tells_its_queue_its_six_steps_and_its_six_previews() {
    let told = replay("run_sd15_ksampler", 2, |_| false);
    assert_eq!(told.places(), [1, 0]);
    let sampler: Vec<(f64, f64)> = told
        .steps()
        .into_iter()
        .filter(|(node, ..)| node == "3")
        .map(|(_, value, max)| (value, max))
        .collect();
    let counted: Vec<f64> = sampler.iter().filter(|(_, max)| *max == 6.0).map(|(value, _)| *value).collect();
    assert_eq!(counted, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(told.previews.len(), 6);
    assert!(
        told.previews.iter().all(|(preview, _)| preview.media_type == "image/jpeg" && preview.offset == 8)
    );
    assert_eq!(only_output(told.run.outcome()), ("sd_00001_.png".to_owned(), false));
    // Nine seconds passed without a word at most, so nothing had to be asked.
    assert_eq!(told.asked, []);
    assert_eq!((told.decoder.unknown_frames(), told.decoder.corrupt_frames()), (1, 0), "its feature flags");
    // Six other nodes of one step each.
    let whole: Vec<f64> = told.progress().map(|progress| progress.whole).collect();
    assert!(whole.iter().all(|whole| *whole == 12.0), "{whole:?}");
    let done: Vec<f64> = told.progress().map(|progress| progress.done).collect();
    assert!(done.is_sorted() && done.last() == Some(&12.0), "{done:?}");
    let classes: Vec<&str> = told.progress().filter_map(|progress| progress.class.as_deref()).collect();
    assert_eq!((classes[0], *classes.last().unwrap()), ("CheckpointLoaderSimple", "SaveImage"));
}

#[test]
fn recorded_pictures_name_their_file() {
    for (name, file) in
        [("run_ok_saveimage", "run_00001_.png"), ("run_ok_preview", "ComfyUI_temp_vfbpo_00001_.png")]
    {
        let told = replay(name, 2, |_| false);
        assert_eq!(only_output(told.run.outcome()), (file.to_owned(), false), "{name}");
        assert_eq!(told.words.iter().filter(|word| matches!(word, Word::Made(_))).count(), 1, "{name}");
    }
    let outputs = match recorded_history("run_ok_saveimage", "bf80bd2c-becb-4094-878b-f18b68cab7de") {
        History::Success { outputs, .. } => outputs,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        view("", pictures(&outputs)[0]).url,
        "/view?filename=run_00001_.png&subfolder=holdout&type=output",
        "what the history names is what was recorded as `view_saved`"
    );
}

#[test]
fn recorded_previews_say_whose_they_are_where_they_were_asked_to() {
    let told = replay("run_progress_preview_metadata", 2, |_| false);
    assert_eq!(told.previews.len(), 6);
    for (preview, length) in &told.previews {
        assert_eq!(preview.prompt_id.as_deref(), Some("d14316bf-f14f-4f25-8939-2831476a7120"));
        assert_eq!((preview.node.as_deref(), preview.offset), (Some("2"), 8 + 0xA6));
        assert!(preview.offset < *length);
    }
    let mut other = Run::new("another", &json!({}), true, at(0));
    assert_eq!(other.handle_preview(&told.previews[0].0, at(0)), Showing::Other);
}

#[test]
fn a_recorded_run_of_which_all_was_made_before_says_so() {
    let told = replay("run_sd15_ksampler_cached", 2, |_| false);
    assert_eq!(only_output(told.run.outcome()), ("sd_00002_.png".to_owned(), true));
    assert_eq!(told.progress().count(), 0);
}

#[test]
fn a_recorded_interruption_is_told_apart_by_who_wanted_it() {
    let told = replay("run_interrupt_targeted", 2, |_| false);
    assert_eq!(told.run.outcome(), Some(&Outcome::Interrupted));
    assert_eq!(told.previews.len(), 7);
    let error = told.run.outcome().unwrap().error().unwrap();
    assert_eq!(error.code, ErrorCode::Server);
    assert!(error.message.starts_with("Somebody else") && error.hint.is_some());

    // As it was: stopped after seven steps, which the server confirms.
    let id = "c78e6d13-3c24-4713-9a5d-2c06c13694a8";
    let mut run = Run::new(id, &workflow_of("run_interrupt_targeted"), true, at(0));
    run.handle_event(&SocketEvent::Started { prompt_id: Some(id.to_owned()) }, at(10));
    run.handle_cancel(at(1_100));
    assert_eq!(run.poll_ask(at(1_100)), Some(Ask::Delete));
    run.handle_told(at(1_110));
    assert_eq!(run.poll_ask(at(1_110)), Some(Ask::Queue));
    run.handle_place(Ok(Place::Running), at(1_120));
    assert_eq!(run.poll_ask(at(1_120)), Some(Ask::Interrupt));
    run.handle_told(at(1_130));
    run.handle_event(&SocketEvent::Interrupted { prompt_id: Some(id.to_owned()) }, at(1_219));
    assert_eq!(run.outcome(), Some(&Outcome::Cancelled { is_certain: true }));
    assert_eq!((run.poll_ask(at(1_219)), run.poll_timeout()), (None, None));
    assert_eq!(run.outcome().unwrap().error(), None);
    // The history alone says the same.
    let mut run = stopping_run();
    run.handle_history(Ok(recorded_history("run_interrupt_targeted", id)), at(2_000));
    assert_eq!(run.outcome(), Some(&Outcome::Cancelled { is_certain: true }));
}

/// Whatever the socket lost, the history still says how it ended.
#[test]
fn a_recorded_run_ends_the_same_whichever_frames_are_lost() {
    for name in [
        "run_ok_saveimage",
        "run_ok_preview",
        "run_progress_preview_metadata",
        "run_sd15_ksampler",
        "run_sd15_ksampler_cached",
    ] {
        let whole = replay(name, 2, |_| false);
        let recorded = frames(name);
        let count = recorded.len();
        let once: Vec<Box<dyn Fn(usize) -> bool>> = (0..count)
            .map(|lost| Box::new(move |number| number == lost) as Box<dyn Fn(usize) -> bool>)
            .chain((0..count).map(|end| Box::new(move |number| number >= end) as _))
            .chain((0..count).map(|start| Box::new(move |number| number < start) as _))
            .collect();
        for (case, is_lost) in once.iter().enumerate() {
            let mut run = replay_frames(name, &recorded, 2, is_lost).run;
            if run.outcome().is_none() {
                let asked = ask_until(&mut run, at(60_000), |run, ask, now| match ask {
                    Ask::History => {
                        run.handle_history(Ok(recorded_history(name, run.prompt_id())), now);
                    }
                    _ => run.handle_place(Ok(Place::Absent), now),
                });
                assert!(asked.contains(&Ask::History), "{name} {case}");
            }
            assert_eq!(only_output(run.outcome()).0, only_output(whole.run.outcome()).0, "{name} {case}");
        }
    }
}

#[test]
fn the_answer_to_the_post_may_come_before_between_or_after_its_events() {
    for before in [0, 1, 3, 4, 10, usize::MAX] {
        let told = replay("run_ok_saveimage", before, |_| false);
        assert_eq!(only_output(told.run.outcome()).0, "run_00001_.png", "before frame {before}");
        assert_eq!(told.places().last(), Some(&0), "before frame {before}");
    }
}

/// Asks until it is over or nothing is to be asked until `end`, and says what was asked.
fn ask_until(run: &mut Run, end: Monotonic, answer: impl Fn(&mut Run, Ask, Monotonic)) -> Vec<Ask> {
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

fn stopping_run() -> Run {
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
