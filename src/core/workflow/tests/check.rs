use serde_json::json;

use super::*;

fn fault(workflow: &Value) -> Fault {
    check(workflow, &recorded()).unwrap_err()
}

fn sound() -> Value {
    json!({
        "1": { "class_type": "EmptyImage", "inputs": { "width": 64, "height": 48, "batch_size": 1, "color": 7 } },
        "2": { "class_type": "ImageScale", "inputs": { "image": ["1", 0], "upscale_method": "bicubic", "width": 32, "height": 32, "crop": "center" } },
        "9": { "class_type": "PreviewImage", "inputs": { "images": ["2", 0] } },
    })
}

fn with(node: &str, input: &str, value: Value) -> Value {
    let mut workflow = sound();
    workflow[node]["inputs"][input] = value;
    workflow
}

#[test]
fn recorded_workflows_that_ran_are_sound() {
    for name in [
        "run_ok_saveimage",
        "run_ok_preview",
        "run_sd15_ksampler",
        "run_interrupt_targeted",
        "run_progress_preview_metadata",
    ] {
        let request = fixture(&format!("comfyui/{name}.prompt.req"));
        let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(check(&body["prompt"], &recorded()), Ok(()), "{name}");
    }
    assert_eq!(classes_of(&sound()), ["EmptyImage", "ImageScale", "PreviewImage"]);
}

/// What the recorded server refused is refused here, before it is sent.
#[test]
fn recorded_workflows_that_were_refused_are_refused_alike() {
    let refused = |name: &str| {
        let request = fixture(&format!("comfyui/{name}.req"));
        let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        let mut classes = recorded();
        classes.learn("NoSuchNode", None);
        check(&body["prompt"], &classes).unwrap_err()
    };
    let there = vec!["tiny-random-sd15.safetensors".to_owned()];
    let place = |node: &str, input: &str| (node.to_owned(), input.to_owned());
    let (node, input) = place("4", "ckpt_name");
    assert_eq!(refused("prompt_err_ckpt_not_in_list"), Fault::NotOffered { node, input, there });
    let (node, input) = place("2", "image");
    assert_eq!(refused("prompt_err_missing_input"), Fault::MissingInput { node, input });
    assert_eq!(refused("prompt_err_unknown_class"), Fault::NoClass { class: "NoSuchNode".to_owned() });
}

#[test]
fn each_fault_is_found_and_named_by_its_place() {
    for (workflow, said) in [
        (json!([]), "This is no workflow of ComfyUI."),
        (json!({}), "The workflow has no nodes."),
        (json!({ "1": 7 }), "`1` of the workflow is no node: it has no `class_type` and `inputs`."),
        (with("9", "images", json!(["7", 0])), "`images` of node 9 is linked to nothing that is there."),
        (with("9", "images", json!(["2", 1])), "`images` of node 9 is linked to nothing that is there."),
        (
            with("2", "upscale_method", json!(["a", 1])),
            "`upscale_method` of node 2 is linked to nothing that is there.",
        ),
        (with("2", "crop", json!([1, 2, 3])), "`crop` of node 2 is a list, which ComfyUI takes for a link."),
        (with("2", "crop", json!([4, 0])), "`crop` of node 2 is a list, which ComfyUI takes for a link."),
        (
            with("2", "crop", json!("a secret")),
            "This ComfyUI does not offer what `crop` of node 2 is set to.",
        ),
        (with("1", "width", json!(0)), "`width` of node 1 is outside of what it takes."),
        (with("1", "width", json!(99_999)), "`width` of node 1 is outside of what it takes."),
        (with("1", "width", json!("wide")), "`width` of node 1 is outside of what it takes."),
        (with("2", "image", json!(["2", 0])), "The workflow goes round in circles at node 2."),
    ] {
        let fault = fault(&workflow);
        assert_eq!(fault.to_string(), said);
        assert!(!fault.hint().is_empty());
        assert!(!format!("{fault} {}", fault.hint()).contains("secret"));
    }
    let mut endless = sound();
    endless.as_object_mut().unwrap().remove("9");
    assert_eq!(fault(&endless), Fault::NoOutput);
}

#[test]
fn what_the_server_would_take_is_taken() {
    for workflow in [
        sound(),
        with("1", "width", json!("64")),
        with("1", "batch_size", json!(true)),
        with("2", "crop", json!({ "__value__": ["a", 1] })),
        json!({ "1": { "class_type": "LoadImage", "inputs": { "image": "just uploaded.png" } },
                "2": { "class_type": "SaveImage", "inputs": { "images": ["1", 0], "filename_prefix": "x" } } }),
        json!({ "1": { "class_type": "OfSomebody", "inputs": { "x": 1 } },
                "2": { "class_type": "TheirSaveNode", "inputs": { "y": ["1", 7] } } }),
    ] {
        let complaint = check(&workflow, &recorded());
        // An object is none of the choices, whatever it wraps.
        let is_wrapped = workflow.to_string().contains("__value__");
        assert_eq!(complaint.is_ok(), !is_wrapped, "{complaint:?}");
    }
}

#[test]
fn a_chain_of_any_length_is_looked_through() {
    let long: serde_json::Map<String, Value> = (0..20_000)
        .map(|number| {
            let inputs = if number == 0 { json!({}) } else { json!({ "x": [(number - 1).to_string(), 0] }) };
            (number.to_string(), json!({ "class_type": "SaveX", "inputs": inputs }))
        })
        .collect();
    let mut long = Value::Object(long);
    assert_eq!(check(&long, &NodeClasses::default()), Ok(()));
    long["0"]["inputs"]["x"] = json!(["19999", 0]);
    assert!(matches!(check(&long, &NodeClasses::default()), Err(Fault::Circle { .. })));
}

#[test]
fn what_newer_nodes_want_is_filled_in_and_nothing_is_overwritten() {
    let mut workflow = sound();
    workflow["2"]["inputs"].as_object_mut().unwrap().remove("crop");
    workflow["1"]["inputs"].as_object_mut().unwrap().remove("color");
    complete(&mut workflow, &recorded());
    assert_eq!(
        (&workflow["2"]["inputs"]["crop"], &workflow["1"]["inputs"]["color"]),
        (&json!("disabled"), &json!(0))
    );
    assert_eq!(workflow["1"]["inputs"]["width"], json!(64));
    assert_eq!(check(&workflow, &recorded()), Ok(()));
}
