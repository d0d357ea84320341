//! Recorded prompts of `ComfyUI`, socket and all.

use serde_json::{Value, json};

use super::comfyui_run::{ask_until, at, only_output, stopping_run};
use super::fixture;
use crate::model::ErrorCode;
use crate::wire::comfyui::*;

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
