use serde_json::json;

use super::*;

/// The recorded workflow of Stable Diffusion 1.5.
fn own() -> Value {
    let request = fixture("comfyui/run_sd15_ksampler.prompt.req");
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    body["prompt"].clone()
}

fn adapted(workflow: &Value, parameters: &Parameters) -> Adapted {
    adapt(workflow, parameters, &NodeClasses::default()).unwrap()
}

fn wishes() -> Parameters {
    Parameters { negative: Some("rain".to_owned()), ..parameters("a \"blue\"\nfox") }
}

#[test]
fn a_plain_workflow_takes_prompt_seed_size_and_count_where_its_sampler_looks() {
    let wishes = Parameters { width: Some(130), height: Some(64), count: 3, steps: Some(9), ..wishes() };
    let made = adapt(&own(), &wishes, &recorded()).unwrap();
    let at = |node: &str, input: &str| made.workflow[node]["inputs"][input].clone();
    assert_eq!((at("6", "text"), at("7", "text")), (json!("a \"blue\"\nfox"), json!("rain")));
    assert_eq!((at("3", "seed"), at("3", "steps")), (json!(7), json!(9)));
    assert_eq!(
        (at("5", "width"), at("5", "height"), at("5", "batch_size")),
        (json!(128), json!(64), json!(3))
    );
    assert_eq!((made.unplaced, made.size), (vec![], Some(Size::new(128, 64))));
    // What was not asked for stays.
    let made = adapted(&own(), &parameters("a fox"));
    assert_eq!(made.workflow["7"]["inputs"]["text"], json!("blurry"));
    assert_eq!(made.size, Some(Size::new(64, 64)));
    let wide = adapted(&own(), &Parameters { ratio: Some((4, 1)), ..parameters("a fox") });
    assert_eq!(wide.size, Some(Size::new(128, 64)), "the sides are no less than 64");
}

#[test]
fn a_workflow_may_come_with_its_request_around_it() {
    let made = adapted(&json!({ "prompt": own(), "client_id": "c" }), &parameters("a fox"));
    assert_eq!(made.workflow["6"]["inputs"]["text"], json!("a fox"));
}

#[test]
fn links_are_followed_through_what_lies_between() {
    let workflow = json!({
        "1": { "class_type": "PrimitiveString", "inputs": { "value": "old" } },
        "2": { "class_type": "CLIPTextEncodeSDXL", "inputs": { "text_g": ["1", 0], "text_l": "old", "width": 1024, "height": 1024 } },
        "3": { "class_type": "CLIPTextEncode", "inputs": { "text": "old" } },
        "4": { "class_type": "ControlNetApplyAdvanced", "inputs": { "positive": ["2", 0], "negative": ["3", 0], "strength": 1.0 } },
        "5": { "class_type": "KSamplerAdvanced", "inputs": { "positive": ["4", 0], "negative": ["4", 1], "noise_seed": ["6", 0],
                "latent_image": ["8", 0], "steps": 20, "start_at_step": 0 } },
        "6": { "class_type": "PrimitiveInt", "inputs": { "value": 1 } },
        "8": { "class_type": "EmptyLatentImage", "inputs": { "width": ["9", 0], "height": 512, "batch_size": 1 } },
        "9": { "class_type": "PrimitiveInt", "inputs": { "value": 512 } },
        "10": { "class_type": "SaveImage", "inputs": { "images": ["5", 0] } },
    });
    let wishes = Parameters { width: Some(256), height: Some(320), steps: Some(5), ..wishes() };
    let made = adapted(&workflow, &wishes);
    let at = |node: &str, input: &str| made.workflow[node]["inputs"][input].clone();
    assert_eq!(
        (at("1", "value"), at("2", "text_l"), at("3", "text")),
        (json!(wishes.prompt), json!(wishes.prompt), json!("rain"))
    );
    assert_eq!((at("6", "value"), at("9", "value"), at("8", "height")), (json!(7), json!(256), json!(320)));
    assert_eq!(at("2", "width"), json!(1024), "that is no canvas");
    // Steps that several samplers share cannot be set one by one.
    assert_eq!((at("5", "steps"), made.unplaced), (json!(20), vec![Slot::Steps]));
}

#[test]
fn flux_in_parts_is_found_by_its_guider() {
    let workflow = json!({
        "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "old", "clip": ["13", 0] } },
        "10": { "class_type": "FluxGuidance", "inputs": { "guidance": 3.5, "conditioning": ["6", 0] } },
        "13": { "class_type": "DualCLIPLoader", "inputs": {} },
        "16": { "class_type": "RandomNoise", "inputs": { "noise_seed": 1 } },
        "19": { "class_type": "BasicGuider", "inputs": { "conditioning": ["10", 0] } },
        "20": { "class_type": "SamplerCustomAdvanced", "inputs": { "noise": ["16", 0], "guider": ["19", 0] } },
        "9": { "class_type": "SaveImage", "inputs": { "images": ["20", 0] } },
    });
    let made =
        adapted(&workflow, &Parameters { width: Some(64), source: Some("a.png".to_owned()), ..wishes() });
    assert_eq!(made.workflow["6"]["inputs"]["text"], json!(wishes().prompt));
    assert_eq!(made.workflow["16"]["inputs"]["noise_seed"], json!(7));
    assert_eq!(made.unplaced, [Slot::Negative, Slot::Size, Slot::Source]);
}

#[test]
fn an_empty_negative_made_of_the_positive_is_no_place_for_words() {
    let mut workflow = own();
    workflow["7"] = json!({ "class_type": "ConditioningZeroOut", "inputs": { "conditioning": ["6", 0] } });
    let made = adapted(&workflow, &wishes());
    assert_eq!(
        (&made.workflow["6"]["inputs"]["text"], made.unplaced),
        (&json!(wishes().prompt), vec![Slot::Negative])
    );
}

#[test]
fn titles_are_taken_at_their_word() {
    let mut workflow = own();
    workflow["7"]["_meta"]["title"] = json!("@Prompt");
    workflow["11"] =
        json!({ "class_type": "Note", "inputs": { "text": "old" }, "_meta": { "title": "Negative" } });
    workflow["12"] =
        json!({ "class_type": "PrimitiveInt", "inputs": { "value": 1 }, "_meta": { "title": "seed" } });
    let made = adapted(&workflow, &wishes());
    let at = |node: &str, input: &str| made.workflow[node]["inputs"][input].clone();
    assert_eq!(
        (at("7", "text"), at("11", "text"), at("6", "text")),
        (json!(wishes().prompt), json!("rain"), json!("a red fox"))
    );
    assert_eq!((at("12", "value"), at("3", "seed")), (json!(7), json!(52_210)));
}

#[test]
fn a_mask_goes_where_one_is_loaded_or_where_a_title_says_so() {
    let mut workflow = json!({
        "1": { "class_type": "LoadImageMask", "inputs": { "image": "old.png", "channel": "red" } },
        "2": { "class_type": "LoadImage", "inputs": { "image": "old.png" } },
        "3": { "class_type": "SaveImage", "inputs": { "images": ["2", 0], "filename_prefix": "a" } },
    });
    let wishes = Parameters { mask: Some("mine.png".to_owned()), ..wishes() };
    let placed = |workflow: &Value, node: &str| {
        let adapted = adapt(workflow, &wishes, &NodeClasses::default()).unwrap();
        (
            adapted.workflow[node]["inputs"]["image"] == json!("mine.png"),
            adapted.unplaced.contains(&Slot::Mask),
        )
    };
    assert_eq!(placed(&workflow, "1"), (true, false));
    workflow["2"]["_meta"] = json!({ "title": "@mask" });
    assert_eq!(placed(&workflow, "2"), (true, false));
    workflow["2"]["_meta"] = json!({});
    workflow["1"]["class_type"] = json!("Other");
    assert_eq!(placed(&workflow, "1"), (false, true));
}

#[test]
fn the_source_goes_where_the_sampler_begins() {
    let mut workflow = own();
    workflow["20"] = json!({ "class_type": "LoadImage", "inputs": { "image": "old.png" } });
    workflow["21"] = json!({ "class_type": "VAEEncode", "inputs": { "pixels": ["20", 0], "vae": ["4", 2] } });
    workflow["22"] = json!({ "class_type": "LoadImage", "inputs": { "image": "style.png" } });
    workflow["3"]["inputs"]["latent_image"] = json!(["21", 0]);
    let wishes = Parameters { source: Some("mine.png".to_owned()), denoise: Some(0.4), ..wishes() };
    let made = adapted(&workflow, &wishes);
    let at = |node: &str, input: &str| made.workflow[node]["inputs"][input].clone();
    assert_eq!((at("20", "image"), at("22", "image")), (json!("mine.png"), json!("style.png")));
    assert_eq!((at("3", "denoise"), made.unplaced), (json!(0.4), vec![]));
    // Without a sampler that says which, a title has to.
    workflow["3"]["inputs"]["latent_image"] = json!(["5", 0]);
    assert_eq!(adapted(&workflow, &wishes).unplaced, [Slot::Source]);
    workflow["22"]["_meta"] = json!({ "title": "source" });
    assert_eq!(adapted(&workflow, &wishes).workflow["22"]["inputs"]["image"], json!("mine.png"));
}

#[test]
fn a_seed_fits_the_node_that_takes_it() {
    let mut classes = NodeClasses::default();
    let small = json!({ "input": { "required": { "seed": ["INT", { "min": 0, "max": 4_294_967_295_u64 }] } }, "output": ["X"] });
    classes.learn("Small", NodeClass::of(&small));
    let workflow = json!({ "1": { "class_type": "Small", "inputs": { "seed": 1 } }, "2": { "class_type": "SaveImage", "inputs": { "x": ["1", 0] } } });
    let wishes = Parameters { seed: Seed::new(MAX_SEED).unwrap(), ..parameters("a fox") };
    let made = adapt(&workflow, &wishes, &classes).unwrap();
    assert_eq!(made.workflow["1"]["inputs"]["seed"], json!(MAX_SEED % 4_294_967_296));
    assert_eq!(made.unplaced, [Slot::Prompt]);
}

#[test]
fn what_is_no_workflow_for_the_server_is_refused_with_the_way_to_one() {
    let refused = |workflow: Value| adapt(&workflow, &parameters("a fox"), &recorded()).unwrap_err();
    let page = refused(
        json!({ "last_node_id": 9, "nodes": [{ "id": 3, "type": "KSampler" }], "links": [[1, 4, 0, 3, 0, "MODEL"]], "version": 0.4 }),
    );
    assert_eq!(page, Fault::PageFormat);
    assert!(page.hint().contains("choose Export (API) in the menu File"), "{}", page.hint());
    assert_eq!(refused(json!("{}")), Fault::NotWorkflow);
    assert_eq!(refused(json!({})), Fault::Empty);
    assert_eq!(refused(json!({ "a": 1 })), Fault::NotNode { node: "a".to_owned() });
    let mut dead = own();
    dead["9"]["inputs"]["images"] = json!(["77", 0]);
    assert!(matches!(refused(dead), Fault::DeadLink { .. }));
    let mut silent = own();
    silent.as_object_mut().unwrap().remove("9");
    assert_eq!(refused(silent), Fault::NoOutput);
}
