//! What holds for any frames and bodies of `ComfyUI`, in any order.

use core::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::base::time::Monotonic;
use crate::model::http::ResponseHead;
use crate::wire::comfyui::*;

fn value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "p",
        "q",
        "3",
        "9",
        "",
        "error",
        "success",
        "execution_error",
        "execution_cached",
        "execution_interrupted",
        "value_not_in_list",
        "ckpt_name",
        "COMBO",
        "INT",
        "finished",
        "running",
        "a.png",
        "missing_node_type",
        "because node  does not exist",
        "\u{1f600}",
    ]);
    let leaf = prop_oneof![
        word.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(null)),
        Just(json!(1.5)),
        Just(json!(true)),
        Just(json!(18_446_744_073_709_551_615_u64)),
    ];
    let name = prop::sample::select(vec![
        "type",
        "data",
        "prompt_id",
        "node",
        "display_node",
        "nodes",
        "value",
        "max",
        "state",
        "output",
        "images",
        "filename",
        "subfolder",
        "status",
        "exec_info",
        "queue_remaining",
        "messages",
        "status_str",
        "outputs",
        "prompt",
        "queue_running",
        "queue_pending",
        "node_errors",
        "errors",
        "error",
        "extra_info",
        "input_config",
        "input_name",
        "received_value",
        "class_type",
        "details",
        "message",
        "options",
        "input",
        "required",
        "optional",
        "p",
        "3",
        "KSampler",
        "exception_message",
        "exception_type",
        "node_type",
        "devices",
        "system",
        "name",
    ]);
    leaf.prop_recursive(5, 32, 5, move |inner| {
        prop_oneof![
            2 => vec((name.clone(), inner.clone()), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>()),
            1 => vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn event() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec![
        "status",
        "execution_start",
        "execution_cached",
        "executing",
        "progress",
        "progress_state",
        "executed",
        "execution_success",
        "execution_error",
        "execution_interrupted",
        "feature_flags",
        "else",
    ]);
    let node = prop::sample::select(vec![json!("3"), json!("9"), json!(null), json!(9), json!("x")]);
    let sound = (kind.clone(), node, any::<u8>(), any::<bool>()).prop_map(|(kind, node, count, is_ours)| {
        json!({ "type": kind, "data": { "prompt_id": if is_ours { "p" } else { "q" }, "node": node.clone(), "display_node": node,
            "nodes": if kind == "progress_state" { json!({ "3": { "value": count, "max": 200, "state": "running" } }) } else { json!(["3", "9"]) },
            "value": count, "max": 100, "output": { "images": [{ "filename": "a.png", "subfolder": "", "type": "output" }] },
            "status": { "exec_info": { "queue_remaining": count } } } })
    });
    prop_oneof![4 => sound, 1 => (kind, value()).prop_map(|(kind, data)| json!({ "type": kind, "data": data })), 1 => value()]
}

/// What may happen to a run.
#[derive(Clone, Debug)]
enum Happening {
    Frame(Value),
    Binary(Vec<u8>),
    Accepted,
    Opened,
    Closed,
    Cancel,
    Answer(u8),
    Pass(u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => event().prop_map(Happening::Frame),
        1 => vec(0..6_u8, 0..16).prop_map(Happening::Binary),
        1 => Just(Happening::Accepted),
        1 => Just(Happening::Opened),
        1 => Just(Happening::Closed),
        1 => Just(Happening::Cancel),
        4 => any::<u8>().prop_map(Happening::Answer),
        4 => any::<u16>().prop_map(Happening::Pass),
    ]
}

fn answer(run: &mut Run, ask: Ask, choice: u8, now: Monotonic) {
    match (ask, choice % 6) {
        (_, 0) => run.handle_unanswered(now),
        (Ask::History, 1) => run.handle_history(parse_history(br#"{"p":{"outputs":{}}}"#, "p"), now),
        (Ask::History, 2) => run.handle_history(Ok(History::Interrupted), now),
        (Ask::History, _) => run.handle_history(Ok(History::Unfinished), now),
        (Ask::Queue, 1) => run.handle_place(Ok(Place::Absent), now),
        (Ask::Queue, 2) => run.handle_place(Ok(Place::Waiting(2)), now),
        (Ask::Queue, _) => run.handle_place(Ok(Place::Running), now),
        (Ask::Delete | Ask::Interrupt, _) => run.handle_told(now),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_read_or_refused(body in value(), status in any::<u16>(), noise in vec(any::<u8>(), 0..64)) {
        for body in [body.to_string().as_bytes(), noise.as_slice()] {
            let _ = parse_queue(body, "p");
            let _ = parse_history(body, "p");
            let _ = parse_accepted(body);
            let _ = parse_object_info(body, "KSampler");
            let _ = parse_system_stats(body);
            let _ = parse_models(body);
            let _ = parse_upload(body);
            let _ = parse_architecture(body);
            let error = classify(&ResponseHead { status, ..ResponseHead::default() }, body);
            prop_assert_eq!(error.status, Some(status));
            for text in [Some(&error.message), error.hint.as_ref()].into_iter().flatten() {
                prop_assert!(!text.is_empty() && !text.contains('\n') && text.chars().count() < 4_000);
            }
        }
    }

    #[test]
    fn any_frame_is_known_unknown_or_corrupt(frame in prop_oneof![event(), value()], end in any::<prop::sample::Index>(), bytes in vec(any::<u8>(), 0..64), length in any::<usize>()) {
        let mut decoder = SocketDecoder::default();
        let frame = frame.to_string();
        let _ = decoder.text(&frame);
        let cut = (0..=end.index(frame.len() + 1)).rev().find_map(|end| frame.get(..end)).unwrap_or_default();
        let _ = decoder.text(cut);
        if let Frame::Known(preview) = decoder.binary(&bytes, length) {
            prop_assert!(preview.offset < length);
        }
        let framed = [&[0, 0, 0, 4, 0, 0, 0, bytes.len() as u8], bytes.as_slice()].concat();
        let _ = decoder.binary(&framed, framed.len());
    }

    /// Whatever happens, one question is open at a time, the outcome stays what it is, the work done never shrinks, and once
    /// nothing happens any more, a server that answers nothing new is not asked faster than once a quarter of a second.
    #[test]
    fn any_run_stays_in_order(happenings in vec(happening(), 0..60), has_socket in any::<bool>()) {
        let workflow = json!({ "3": { "class_type": "KSampler", "inputs": { "steps": 20 } }, "9": { "class_type": "SaveImage" } });
        let mut now = Monotonic::default();
        let mut run = Run::new("p", &workflow, has_socket, now);
        let (mut decoder, mut open, mut outcome, mut done) = (SocketDecoder::default(), None, None, 0.0);
        for happening in happenings {
            match happening {
                Happening::Frame(frame) => {
                    if let Frame::Known(event) = decoder.text(&frame.to_string()) {
                        run.handle_event(&event, now);
                    }
                }
                Happening::Binary(bytes) => {
                    if let Frame::Known(preview) = decoder.binary(&bytes, bytes.len()) {
                        run.handle_preview(&preview, now);
                    }
                }
                Happening::Accepted => run.handle_accepted(&Accepted { prompt_id: "p".to_owned(), dropped: None }, now),
                Happening::Opened => run.handle_socket_opened(now),
                Happening::Closed => run.handle_socket_closed(now),
                Happening::Cancel => run.handle_cancel(now),
                Happening::Answer(choice) => {
                    if let Some(ask) = open.take() {
                        answer(&mut run, ask, choice, now);
                    }
                }
                Happening::Pass(millis) => now = now.after(Duration::from_millis(u64::from(millis) / 4)),
            }
            if let Some(ask) = run.poll_ask(now) {
                open = Some(ask);
                prop_assert_eq!(run.poll_ask(now), None);
            }
            while let Some(word) = run.poll_word() {
                if let Word::Progress(progress) = word {
                    prop_assert!(progress.done >= done && progress.done <= progress.whole && progress.value <= progress.max);
                    done = progress.done;
                }
            }
            if outcome.is_some() {
                prop_assert_eq!(run.outcome().cloned(), outcome.clone());
                prop_assert_eq!(run.poll_ask(now), None);
            }
            outcome = run.outcome().cloned();
        }
        // From here on the server answers nothing: each wait that has begun has an end.
        let mut asked = 0;
        while let Some(due) = run.poll_timeout() {
            now = now.max(due);
            asked += u32::from(run.poll_ask(now).is_some());
            prop_assert!(asked < 20);
        }
    }
}
