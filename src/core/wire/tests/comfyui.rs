//! What `ComfyUI` says: recorded bodies, refusals, lists, nodes.

use serde_json::json;

use super::fixture;
use crate::model::http::{FormPart, ResponseHead};
use crate::model::{ErrorCode, InputKind};
use crate::wire::WireError;
use crate::wire::comfyui::*;

fn recorded(name: &str) -> Vec<u8> {
    fixture(&format!("comfyui/{name}.body"))
}

fn refused(status: u16, body: &[u8]) -> WireError {
    classify(&ResponseHead { status, ..ResponseHead::default() }, body)
}

fn file(filename: &str, subfolder: &str, kind: &str) -> ServerFile {
    ServerFile { filename: filename.to_owned(), subfolder: subfolder.to_owned(), kind: kind.to_owned() }
}

/// The first line of what was sent to the recorded server.
fn sent(name: &str) -> String {
    let request = fixture(&format!("comfyui/{name}.req"));
    let line = request.split(|byte| *byte == b'\r').next().unwrap();
    String::from_utf8(line.to_vec()).unwrap()
}

#[test]
fn requests_are_those_that_were_recorded() {
    let saved = file("run_00001_.png", "holdout", "output");
    for (request, name) in [
        (system_stats("http://h"), "system_stats"),
        (object_info("http://h", "KSampler"), "object_info_KSampler"),
        (models("http://h", "checkpoints"), "models_checkpoints"),
        (queue("http://h"), "queue_empty"),
        (history("http://h", "does-not-exist"), "history_unknown"),
        (view("http://h", &saved), "view_saved"),
    ] {
        let path = request.url.strip_prefix("http://h").unwrap();
        assert_eq!(format!("{} {path} HTTP/1.1", request.method), sent(name));
        assert!(request.headers.is_empty() && request.body.is_none(), "a plain GET needs no preflight");
    }
}

#[test]
fn a_workflow_is_posted_with_the_ids_that_were_chosen() {
    let workflow = json!({ "1": { "class_type": "RandomNoise", "inputs": { "noise_seed": 9_007_199_254_740_991_u64 } } });
    let submission = Submission {
        client_id: "c",
        prompt_id: "p",
        workflow: &workflow,
        preview_method: Some(PreviewMethod::Auto),
    };
    let request = prompt("http://h", &submission);
    let body = String::from_utf8(request.body.unwrap()).unwrap();
    assert!(body.contains("9007199254740991"), "seeds stay whole numbers: {body}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&body).unwrap(),
        json!({ "prompt": workflow, "client_id": "c", "prompt_id": "p", "extra_data": { "preview_method": "auto" } })
    );
    let without = prompt("http://h", &Submission { preview_method: None, ..submission }).body.unwrap();
    assert!(!String::from_utf8(without).unwrap().contains("extra_data"));
}

#[test]
fn whatever_a_name_holds_it_stays_one_part_of_the_address() {
    let odd = file("a b&type=input#.png", "sub\\é/..", "output");
    assert_eq!(
        view("http://h", &odd).url,
        "http://h/view?filename=a%20b%26type%3Dinput%23.png&subfolder=sub%5C%C3%A9%2F..&type=output"
    );
    assert_eq!(socket("https://h:1/x", "a b").url, "https://h:1/x/ws?clientId=a%20b");
    assert_eq!(history("http://h", "a/../b").url, "http://h/history/a%2F..%2Fb");
    assert_eq!(
        view_metadata("http://h", "checkpoints", "sub\\x y.safetensors").url,
        "http://h/view_metadata/checkpoints?filename=sub%5Cx%20y.safetensors"
    );
}

#[test]
fn an_endpoint_may_end_in_more_than_its_origin() {
    for endpoint in [
        "http://localhost:8188",
        "localhost:8188/",
        "http://localhost:8188/api/prompt",
        "http://localhost:8188/ws?clientId=x",
    ] {
        assert_eq!(root(endpoint), "http://localhost:8188", "{endpoint}");
    }
    assert_eq!(root("https://host/comfy/api"), "https://host/comfy");
}

#[test]
fn only_this_prompt_is_forgotten_or_stopped() {
    let body = |request: crate::model::http::HttpRequest| String::from_utf8(request.body.unwrap()).unwrap();
    assert_eq!(body(delete_pending("http://h", "p")), r#"{"delete":["p"]}"#);
    assert_eq!(body(interrupt("http://h", "p")), r#"{"prompt_id":"p"}"#);
}

#[test]
fn an_upload_is_a_form_that_the_shell_fills() {
    let request = upload("http://h", 7, "mesh.png");
    assert_eq!((request.method, request.url.as_str()), ("POST", "http://h/upload/image"));
    assert!(request.body.is_none() && request.headers.is_empty());
    assert_eq!(
        request.form,
        [
            FormPart::Word { name: "type", value: "input".to_owned() },
            FormPart::File { name: "image", file: 7, file_name: "mesh.png".to_owned() },
        ]
    );
    assert_eq!(parse_upload(&recorded("upload_image")).unwrap(), file("holdout.png", "", "input"));
    assert_eq!(parse_upload(b"[]").unwrap_err().code, ErrorCode::Protocol);
    for (stored, name) in [
        (file("x (1).png", "", "input"), "x (1).png"),
        (file("x.png", "sub", "input"), "sub/x.png"),
        (file("x.png", "", "output"), "x.png [output]"),
    ] {
        assert_eq!(stored.input_name(), name);
    }
}

#[test]
fn recorded_lists_are_read() {
    let stats = parse_system_stats(&recorded("system_stats")).unwrap();
    assert_eq!(stats.version.as_deref(), Some("0.3.64"));
    assert_eq!(stats.devices.len(), 1);
    assert_eq!(
        (stats.devices[0].kind.as_str(), stats.devices[0].memory_bytes),
        ("cpu", Some(25_276_510_208))
    );
    assert_eq!(parse_models(&recorded("models_checkpoints")).unwrap(), ["tiny-random-sd15.safetensors"]);
    assert!(parse_models(&recorded("models")).unwrap().contains(&"diffusion_models".to_owned()));
    for body in [&b"{}"[..], b"<html>", b"[]", b"7", b""] {
        assert_eq!(parse_system_stats(body).unwrap_err().code, ErrorCode::Protocol);
    }
    let metadata = br#"{"format":"pt","modelspec.architecture":"stable-diffusion-xl-v1-base"}"#;
    assert_eq!(parse_architecture(metadata).as_deref(), Some("stable-diffusion-xl-v1-base"));
    assert_eq!(parse_architecture(b""), None);
}

#[test]
fn both_ways_to_write_a_choice_are_read() {
    let sampler = parse_object_info(&recorded("object_info_KSampler"), "KSampler").unwrap().unwrap();
    assert!(sampler.choices("sampler_name").any(|name| name == "dpmpp_2m_sde"));
    assert_eq!(sampler.choices("scheduler").count(), 9);
    let InputKind::Number { min, max, .. } = sampler.input("seed").unwrap().kind.clone() else { panic!() };
    assert_eq!((min, max), (Some(0.0), Some(18_446_744_073_709_551_615_u64 as f64)));
    assert_eq!((sampler.outputs, sampler.is_output), (1, false));

    let all = fixture("comfyui/object_info_trimmed.json");
    let regex = parse_object_info(&all, "RegexExtract").unwrap().unwrap();
    let modes = ["First Match", "All Matches", "First Group", "All Groups"];
    assert_eq!(regex.choices("mode").collect::<Vec<_>>(), modes);
    let load = parse_object_info(&all, "LoadImage").unwrap().unwrap();
    assert!(matches!(load.input("image").unwrap().kind, InputKind::Choice { is_open: true, .. }));
    let note = parse_object_info(&all, "HoldoutProgress").unwrap().unwrap();
    assert!(!note.input("note").unwrap().is_required);
    let save = parse_object_info(&all, "SaveImage").unwrap().unwrap();
    assert!(save.is_output && save.input("prompt").is_none(), "hidden inputs are the server's own");

    assert_eq!(parse_object_info(b"{}", "KSampler"), Ok(None));
    assert_eq!(parse_object_info(br#"{"KSampler":7}"#, "KSampler").unwrap_err().code, ErrorCode::Protocol);
}

#[test]
fn a_place_in_line_is_counted_by_the_numbers_and_not_by_the_list() {
    let body = recorded("queue_with_pending");
    for (id, place) in [
        ("96402143-a11c-4416-af59-d97e0f67e566", Place::Running),
        ("5b335a11-24ca-4979-93d4-654d8fe54483", Place::Waiting(1)),
        ("3b067c56-60f5-4b66-b567-0e9881dbef0a", Place::Waiting(2)),
        ("another", Place::Absent),
    ] {
        assert_eq!(parse_queue(&body, id), Ok(place), "{id}");
    }
    assert_eq!(parse_queue(&recorded("queue_empty"), "p"), Ok(Place::Absent));
    let heap =
        br#"{"queue_running":[],"queue_pending":[[5,"a",{},{},[]],[9,"p",{},{},[]],[7,"b",{},{},[]]]}"#;
    assert_eq!(parse_queue(heap, "p"), Ok(Place::Waiting(3)));
    assert_eq!(parse_queue(b"{}", "p").unwrap_err().code, ErrorCode::Protocol);
}

#[test]
fn recorded_histories_say_how_it_ended() {
    let ended = |name: &str| {
        let body = recorded(&format!("{name}.history"));
        let id = parse_accepted(&recorded(&format!("{name}.prompt"))).unwrap().prompt_id;
        parse_history(&body, &id).unwrap()
    };
    let saved = |node: &str, name: &str, folder: &str, kind: &str| Output {
        node: node.to_owned(),
        group: "images".to_owned(),
        file: file(name, folder, kind),
    };
    assert_eq!(
        ended("run_ok_saveimage"),
        History::Success {
            outputs: vec![saved("9", "run_00001_.png", "holdout", "output")],
            is_all_cached: false
        }
    );
    assert_eq!(
        ended("run_sd15_ksampler_cached"),
        History::Success {
            outputs: vec![saved("9", "sd_00002_.png", "holdout", "output")],
            is_all_cached: true
        }
    );
    assert_eq!(ended("run_interrupt_targeted"), History::Interrupted);
    assert_eq!(parse_history(&recorded("history_unknown"), "p"), Ok(History::Unfinished));
    // Written by hand after the reference: no run that failed was recorded.
    let failed = json!({ "p": { "prompt": [1, "p", {}, {}, ["9"]], "outputs": {}, "status": { "status_str": "error", "completed": false,
        "messages": [["execution_start", {}], ["execution_error", { "node_id": "3", "node_type": "KSampler",
            "exception_message": "CUDA out of memory.", "exception_type": "torch.OutOfMemoryError" }]] } } });
    let History::Failed(failure) = parse_history(failed.to_string().as_bytes(), "p").unwrap() else {
        panic!()
    };
    assert_eq!((failure.node.as_str(), failure.class.as_str()), ("3", "KSampler"));
    let bare = json!({ "p": { "outputs": {}, "status": { "status_str": "error", "completed": false, "messages": [] } } });
    assert_eq!(parse_history(bare.to_string().as_bytes(), "p"), Ok(History::Failed(NodeFailure::default())));
    // Long ago there was no status.
    let old = json!({ "p": { "outputs": { "9": { "images": [{ "filename": "a.png" }], "text": ["x"] } } } });
    let History::Success { outputs, .. } = parse_history(old.to_string().as_bytes(), "p").unwrap() else {
        panic!()
    };
    assert_eq!(outputs, [saved("9", "a.png", "", "output")]);
}

#[test]
fn pictures_to_be_kept_come_before_previews() {
    let output = |name: &str, group: &str, kind: &str| Output {
        node: "9".to_owned(),
        group: group.to_owned(),
        file: file(name, "", kind),
    };
    let temp = output("t.png", "images", "temp");
    let kept = output("k.png", "images", "output");
    let film = output("f.mp4", "gifs", "output");
    assert_eq!(pictures(&[temp.clone(), kept.clone(), film.clone()]), [&kept.file]);
    assert_eq!(pictures(&[temp.clone(), film.clone()]), [&temp.file]);
    assert!(pictures(&[film]).is_empty());
}

#[test]
fn each_recorded_refusal_is_a_typed_error_that_says_what_to_do() {
    for (name, code, message, hint) in [
        (
            "prompt_err_ckpt_not_in_list",
            ErrorCode::ModelMissing,
            "This ComfyUI does not have the file v1-5-pruned-emaonly.safetensors (`ckpt_name` of CheckpointLoaderSimple (4)).",
            "It has: tiny-random-sd15.safetensors. Put the file into ComfyUI's folder models/checkpoints, or choose one that is \
             there.",
        ),
        (
            "prompt_err_unknown_class",
            ErrorCode::Unsupported,
            "This ComfyUI does not have the node NoSuchNode.",
            "Install the custom node that brings it (ComfyUI-Manager finds it by this name), or update ComfyUI.",
        ),
        (
            "prompt_err_missing_input",
            ErrorCode::InvalidRequest,
            "The workflow lacks `image` of ImageScale (2).",
            "Link or fill in this input, and export the workflow again.",
        ),
    ] {
        let error = refused(400, &recorded(name));
        assert_eq!((error.code, error.message.as_str(), error.status), (code, message, Some(400)), "{name}");
        assert_eq!(error.hint.as_deref(), Some(hint), "{name}");
    }
    let error = refused(403, &recorded("cors_disabled_get_localhost5173"));
    assert_eq!(error.code, ErrorCode::Permission);
    assert!(error.hint.unwrap().contains("--enable-cors-header"));
}

#[test]
fn refusals_of_other_versions_are_understood() {
    let newer = json!({ "error": { "type": "missing_node_type", "message": "Node 'Foo' not found.", "details": "",
        "extra_info": { "node_id": "2", "class_type": "Foo", "node_title": "Foo" } }, "node_errors": {} });
    assert_eq!(
        refused(400, newer.to_string().as_bytes()).message,
        "This ComfyUI does not have the node Foo."
    );
    let older = br#"{"error":"Cannot execute because node Foo does not exist.","node_errors":[]}"#;
    assert_eq!(refused(400, older).code, ErrorCode::Unsupported);
    let empty =
        br#"{"error":{"type":"prompt_no_outputs","message":"Prompt has no outputs"},"node_errors":[]}"#;
    assert_eq!(refused(400, empty).message, "The workflow has no node that gives anything out.");
    assert_eq!(refused(400, br#"{"error":"Something else"}"#).code, ErrorCode::InvalidRequest);
    let crashed = refused(500, b"500 Internal Server Error\n\nServer got itself in trouble");
    assert_eq!(crashed.code, ErrorCode::Server);
    assert!(crashed.hint.unwrap().contains("update ComfyUI"));
    assert_eq!(refused(413, b"").code, ErrorCode::Unsupported);
    assert_eq!(refused(404, b"404: Not Found").code, ErrorCode::Protocol);
    assert_eq!(refused(503, b"").code, ErrorCode::Server);
    assert_eq!(refused(429, b"").code, ErrorCode::RateLimited);
}

#[test]
fn faults_of_nodes_name_the_input_and_never_a_text_that_was_given() {
    let fault = |kind: &str, input: &str, config: serde_json::Value| {
        let body = json!({ "error": { "type": "prompt_outputs_failed_validation" }, "node_errors": { "3": { "class_type": "KSampler",
            "errors": [{ "type": kind, "message": "m", "details": "d",
                "extra_info": { "input_name": input, "input_config": config, "received_value": "a secret prompt" } }] } } });
        refused(400, body.to_string().as_bytes())
    };
    for (kind, input, config, message) in [
        (
            "value_smaller_than_min",
            "width",
            json!(["INT", { "min": 16 }]),
            "`width` of KSampler (3) is less than 16.",
        ),
        (
            "value_bigger_than_max",
            "cfg",
            json!(["FLOAT", { "max": 100.0 }]),
            "`cfg` of KSampler (3) is more than 100.0.",
        ),
        (
            "invalid_input_type",
            "seed",
            json!(["INT"]),
            "What the workflow gives to `seed` of KSampler (3) is not what this input takes.",
        ),
        ("dependency_cycle", "", json!([]), "The workflow goes round in circles at KSampler (3)."),
        ("custom_validation_failed", "image", json!([]), "KSampler (3) refuses what it was given: d."),
        ("exception_during_validation", "image", json!([]), "ComfyUI could not check KSampler (3)."),
    ] {
        let error = fault(kind, input, config);
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidRequest, message));
    }
    // The newer way to write choices, and a list too long to be told.
    let newer = fault("value_not_in_list", "unet_name", json!(["COMBO", { "options": ["a", "b"] }]));
    assert_eq!(
        newer.hint.unwrap(),
        "It has: a, b. Put the file into ComfyUI's folder models/diffusion_models, or choose one that is there."
    );
    let long = fault("value_not_in_list", "lora_name", json!(null));
    assert!(long.hint.unwrap().starts_with("Put the file into ComfyUI's folder models/loras"));
    let option = fault("value_not_in_list", "scheduler", json!([["normal"], {}]));
    assert_eq!(
        (option.code, option.hint.unwrap().as_str()),
        (ErrorCode::InvalidRequest, "It has: normal. Choose one that it knows.")
    );
}

#[test]
fn a_workflow_may_be_taken_in_part() {
    let body = br#"{"prompt_id":"p","number":1,"node_errors":[]}"#;
    assert_eq!(parse_accepted(body).unwrap(), Accepted { prompt_id: "p".to_owned(), dropped: None });
    let part = json!({ "prompt_id": "p", "number": 1, "node_errors": { "2": { "class_type": "ImageScale", "errors": [
        { "type": "required_input_missing", "details": "image", "extra_info": { "input_name": "image" } }] } } });
    let dropped = parse_accepted(part.to_string().as_bytes()).unwrap().dropped.unwrap();
    assert_eq!(dropped.message, "The workflow lacks `image` of ImageScale (2).");
    assert_eq!(parse_accepted(b"{}").unwrap_err().code, ErrorCode::Protocol);
}

#[test]
fn a_node_that_failed_is_told_with_what_can_be_done() {
    let failed = |class: &str, words: &str, exception: &str| {
        NodeFailure {
            class: class.to_owned(),
            words: words.to_owned(),
            exception: exception.to_owned(),
            ..NodeFailure::default()
        }
        .error()
    };
    let memory = failed("KSampler", "Allocation on device", "torch.OutOfMemoryError");
    assert_eq!(memory.code, ErrorCode::OutOfMemory);
    assert_eq!(memory.message, "The graphics card has too little memory for this picture (KSampler).");
    assert!(memory.hint.unwrap().contains("smaller picture"));
    assert_eq!(failed("VAEDecode", "CUDA out of memory. Tried", "RuntimeError").code, ErrorCode::OutOfMemory);
    let loose =
        failed("KSampler", "mat1 and mat2 shapes cannot be multiplied (77x768 and 2048x640)", "RuntimeError");
    assert_eq!(loose.code, ErrorCode::Server);
    assert!(loose.hint.unwrap().contains("do not belong together"));
    let plain = failed("HoldoutProgress", "planted", "RuntimeError");
    assert_eq!((plain.message.as_str(), plain.hint), ("ComfyUI failed in HoldoutProgress: planted.", None));
    assert_eq!(NodeFailure::default().error().message, "ComfyUI failed in a node.");
}
