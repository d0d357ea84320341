use std::fmt::Write;

use serde_json::json;

use super::*;

const FILES: [(&str, &str); 5] = [
    ("sd15", "v1-5-pruned-emaonly.safetensors"),
    ("sdxl", "xl\\sd_xl_base_1.0.safetensors"),
    ("flux-schnell", "flux1-schnell-fp8.safetensors"),
    ("sdxl-turbo", "sd_xl_turbo_1.0_fp16.safetensors"),
    ("flux-dev-parts", "flux1-dev-fp8.safetensors"),
];

fn composed(parameters: &Parameters, file: &str) -> Composed {
    compose(parameters, &kit_of(&full(), file), &full()).unwrap()
}

/// Every link leads to an output that is there, and every class is one that was asked for beforehand.
fn is_sound(composed: &Composed, parameters: &Parameters, kit: &Kit) {
    let nodes = composed.workflow.as_object().unwrap();
    let asked = classes_for(kit, parameters);
    let classes = full();
    for (name, node) in nodes {
        let class = node["class_type"].as_str().unwrap();
        assert!(asked.contains(&class), "{class} was not asked for");
        for (input, value) in node["inputs"].as_object().unwrap() {
            if let Some(link) = value.as_array() {
                let target = &nodes[link[0].as_str().unwrap()];
                let outputs = classes.find(target["class_type"].as_str().unwrap()).unwrap().outputs;
                assert!((link[1].as_u64().unwrap() as usize) < outputs, "{name}.{input}");
            }
        }
    }
    for class in asked {
        assert!(has(&composed.workflow, class), "{class} was asked for and is not used");
        assert!(classes.is_known(class), "{class}");
    }
    assert_eq!(check(&composed.workflow, &classes), Ok(()));
}

#[test]
fn the_built_in_workflows_are_those_that_were_looked_at() {
    let mut written = String::new();
    for (name, file) in FILES {
        for style in STYLES {
            let parameters = Parameters { style: Some(style), ..parameters("how a leaf breathes") };
            let made = composed(&parameters, file);
            is_sound(&made, &parameters, &kit_of(&full(), file));
            writeln!(
                written,
                "{name} {} {}",
                serde_json::to_value(style).unwrap().as_str().unwrap(),
                made.workflow
            )
            .unwrap();
        }
    }
    let path = format!("{}/../../tests/fixtures/comfyui-handmade/workflows.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("HKM_UPDATE_WORKFLOWS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    assert!(
        written == fixture("comfyui-handmade/workflows.txt"),
        "the workflows changed; see the README beside them"
    );
}

#[test]
fn every_form_of_a_request_gives_a_sound_workflow() {
    for (_, file) in FILES {
        for style in STYLES.map(Some).into_iter().chain([None]) {
            for (source, mask, ratio, count) in [
                (None, None, None, 1),
                (None, None, Some((16, 9)), 4),
                (Some("a.png"), None, None, 1),
                (Some("a.png"), None, Some((1, 1)), 3),
                (Some("a.png"), Some("m.png"), None, 1),
                (Some("a.png"), Some("m.png"), Some((1, 1)), 3),
            ] {
                for is_kept in [true, false] {
                    let (source, mask) = (source.map(str::to_owned), mask.map(str::to_owned));
                    let parameters =
                        Parameters { style, ratio, count, source, mask, is_kept, ..parameters("a fox") };
                    is_sound(&composed(&parameters, file), &parameters, &kit_of(&full(), file));
                }
            }
        }
    }
}

#[test]
fn a_prompt_stays_what_it_is_whatever_it_holds() {
    let odd = "a \"quoted\"\n%width% {a|b} \\n ['4', 1] }],\u{0} ünï";
    let made = composed(&parameters(odd), FILES[0].1).workflow;
    assert_eq!(inputs(&made, "CLIPTextEncode")["text"], json!(odd));
    let back: Value = serde_json::from_str(&made.to_string()).unwrap();
    assert_eq!(back, made);
}

#[test]
fn brackets_are_weights_only_where_a_person_writes_the_whole_prompt() {
    let text = |style| {
        let parameters = Parameters { style, ..parameters("leaves (C3) and \\(C4\\)") };
        let made = composed(&parameters, FILES[0].1).workflow;
        inputs(&made, "CLIPTextEncode")["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(text(None), "leaves (C3) and \\(C4\\)");
    assert!(text(Some(Style::Scientific)).contains("leaves \\(C3\\) and \\(C4\\)"));
}

#[test]
fn the_largest_seed_is_sent_to_the_last_digit() {
    assert_eq!(Seed::new(MAX_SEED + 1), None);
    let parameters = Parameters { seed: Seed::new(MAX_SEED).unwrap(), ..parameters("a fox") };
    let made = composed(&parameters, FILES[1].1).workflow.to_string();
    assert!(made.contains("\"seed\":9007199254740991,"), "{made}");
    assert_eq!(Seed::of_fraction(0.0).number(), 0);
    assert!(Seed::of_fraction(0.999_999_999_999_999_9).number() <= MAX_SEED);
}

#[test]
fn sizes_suit_the_family_and_say_where_they_were_changed() {
    let size = |file: usize, ratio, width, height| {
        let parameters = Parameters { ratio, width, height, ..parameters("a fox") };
        let made = composed(&parameters, FILES[file].1);
        let canvas =
            if has(&made.workflow, "EmptyLatentImage") { "EmptyLatentImage" } else { "EmptySD3LatentImage" };
        let sent = inputs(&made.workflow, canvas);
        assert_eq!((&sent["width"], &sent["height"]), (&json!(made.size.width), &json!(made.size.height)));
        (made.size.width, made.size.height, made.notes.len())
    };
    assert_eq!(size(0, None, None, None), (512, 512, 0));
    assert_eq!(size(0, Some((16, 9)), None, None), (680, 384, 0));
    assert_eq!(size(0, None, Some(1_920), Some(1_080)), (768, 432, 1));
    assert_eq!(
        size(0, None, Some(64), Some(64)),
        (64, 64, 0),
        "small ones are quick, and somebody wants them"
    );
    assert_eq!(size(0, None, Some(500), None), (504, 504, 1));
    assert_eq!(size(1, Some((16, 9)), None, None), (1_344, 768, 0));
    assert_eq!(size(1, Some((3, 4)), None, None), (896, 1_152, 0));
    assert_eq!(size(1, Some((100, 1)), None, None), (1_536, 640, 0));
    assert_eq!(size(4, Some((9, 16)), None, None), (768, 1_360, 0));
    assert_eq!(size(4, None, Some(u32::MAX), Some(1)), (2_048, 64, 1));
    assert_eq!(size(4, Some((2, 1)), None, Some(500)), (1_008, 496, 1));
    assert_eq!(size(0, Some((0, 1)), Some(0), Some(0)), (512, 512, 1), "nothing of that is a size");
}

#[test]
fn flux_takes_no_negative_and_its_guidance_apart() {
    let parameters = Parameters { negative: Some("rain".to_owned()), ..parameters("a fox") };
    let made = composed(&parameters, FILES[4].1);
    assert_eq!(made.notes, [Note::NegativeIgnored(Family::FluxDev)]);
    assert_eq!(inputs(&made.workflow, "KSampler")["cfg"], json!(1.0));
    assert_eq!(inputs(&made.workflow, "FluxGuidance")["guidance"], json!(3.5));
    assert!(!made.workflow.to_string().contains("rain"));
    let schnell = composed(&parameters, FILES[2].1).workflow;
    assert!(!has(&schnell, "FluxGuidance"));
    assert_eq!(inputs(&schnell, "KSampler")["steps"], json!(4));
    let with = composed(&parameters, FILES[0].1).workflow.to_string();
    assert!(with.contains("\"rain, blurry"), "{with}");
}

#[test]
fn models_for_few_steps_get_few() {
    let turbo = composed(&parameters("a fox"), FILES[3].1).workflow;
    let sampler = inputs(&turbo, "KSampler");
    assert_eq!((&sampler["steps"], &sampler["cfg"]), (&json!(6), &json!(1.0)));
    let asked = Parameters { steps: Some(3), ..parameters("a fox") };
    assert_eq!(inputs(&composed(&asked, FILES[3].1).workflow, "KSampler")["steps"], json!(3));
    let many = Parameters { steps: Some(0), count: 99, ..parameters("a fox") };
    let made = composed(&many, FILES[0].1);
    assert_eq!((made.steps, made.count, made.notes), (1, 16, vec![Note::Count(16)]));
}

#[test]
fn a_source_keeps_its_form_unless_a_size_is_wanted() {
    let source = Some("mesh.png".to_owned());
    let kept = composed(&Parameters { source: source.clone(), ..parameters("a fox") }, FILES[1].1).workflow;
    assert_eq!(inputs(&kept, "LoadImage")["image"], json!("mesh.png"));
    assert_eq!(inputs(&kept, "ImageScaleToTotalPixels")["megapixels"], json!(1.0));
    // Newer versions want this, and say themselves what it usually is.
    assert_eq!(inputs(&kept, "ImageScaleToTotalPixels")["resolution_steps"], json!(1));
    assert_eq!(inputs(&kept, "KSampler")["denoise"], json!(0.6));
    let sized = Parameters {
        source,
        width: Some(640),
        height: Some(512),
        denoise: Some(7.0),
        count: 2,
        ..parameters("a fox")
    };
    let sized = composed(&sized, FILES[1].1).workflow;
    assert_eq!(
        (&inputs(&sized, "ImageScale")["width"], &inputs(&sized, "KSampler")["denoise"]),
        (&json!(640), &json!(1.0))
    );
    assert_eq!(inputs(&sized, "RepeatLatentBatch")["amount"], json!(2));
}

#[test]
fn a_mask_goes_the_way_of_its_source_and_lies_over_what_is_made_anew() {
    let (source, mask) = (Some("source.png".to_owned()), Some("mask.png".to_owned()));
    let made = composed(&Parameters { source, mask, count: 2, ..parameters("a hat") }, FILES[1].1).workflow;
    let node = |link: &Value| &made[link[0].as_str().unwrap()];
    let repeated = node(&inputs(&made, "KSampler")["latent_image"]);
    let masked = node(&repeated["inputs"]["samples"]);
    assert_eq!(
        (&repeated["class_type"], &masked["class_type"]),
        (&json!("RepeatLatentBatch"), &json!("SetLatentNoiseMask"))
    );
    let file = |scaled: &Value| {
        assert_eq!(scaled["inputs"]["megapixels"], json!(1.0));
        node(&scaled["inputs"]["image"])["inputs"]["image"].clone()
    };
    let pixels = node(&node(&masked["inputs"]["samples"])["inputs"]["pixels"]);
    assert_eq!(file(pixels), json!("source.png"));
    let of_mask = node(&masked["inputs"]["mask"]);
    assert_eq!(of_mask["inputs"]["channel"], json!("red"));
    assert_eq!(file(node(&of_mask["inputs"]["image"])), json!("mask.png"));
    assert_eq!(inputs(&made, "KSampler")["denoise"], json!(0.9));
}

#[test]
fn a_sampler_that_the_server_does_not_have_is_replaced() {
    let mut classes = full();
    let few = |samplers: &[&str], schedulers: &[&str]| {
        let mut class: Value = serde_json::from_str(&fixture("comfyui/object_info_trimmed.json")).unwrap();
        class["KSampler"]["input"]["required"]["sampler_name"] = json!(["COMBO", { "options": samplers }]);
        class["KSampler"]["input"]["required"]["scheduler"] = json!([schedulers]);
        NodeClass::of(&class["KSampler"])
    };
    let sampler = |classes: &NodeClasses| {
        let made = compose(&parameters("a fox"), &kit_of(classes, FILES[0].1), classes).unwrap();
        let inputs = inputs(&made.workflow, "KSampler").clone();
        (inputs["sampler_name"].clone(), inputs["scheduler"].clone(), made.notes.len())
    };
    assert_eq!(sampler(&classes), (json!("dpmpp_2m"), json!("karras"), 0));
    classes.learn("KSampler", few(&["ddim", "euler"], &["simple", "normal"]));
    assert_eq!(sampler(&classes), (json!("euler"), json!("normal"), 1));
    classes.learn("KSampler", few(&["own"], &["own too"]));
    assert_eq!(sampler(&classes), (json!("own"), json!("own too"), 1));
}

#[test]
fn a_node_that_the_server_does_not_have_is_named_before_anything_is_sent() {
    let mut classes = full();
    classes.learn("FluxGuidance", None);
    let fault = compose(&parameters("a fox"), &kit_of(&classes, FILES[4].1), &classes).unwrap_err();
    assert_eq!(fault.to_string(), "This ComfyUI does not have the node FluxGuidance.");
    assert!(fault.hint().contains("update ComfyUI"));
}

#[test]
fn what_the_server_keeps_is_never_named_by_a_person() {
    let made = composed(&parameters("../../etc"), FILES[0].1).workflow;
    assert_eq!(inputs(&made, "SaveImage")["filename_prefix"], json!("hkm-mesh"));
    let passing = composed(&Parameters { is_kept: false, ..parameters("a fox") }, FILES[0].1).workflow;
    assert!(has(&passing, "PreviewImage") && !has(&passing, "SaveImage"));
}
