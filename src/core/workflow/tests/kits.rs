use super::*;

fn server(checkpoints: &[&str], models: &[&str], encoders: &[&str], vaes: &[&str]) -> NodeClasses {
    let mut classes = NodeClasses::default();
    for (class, input, files) in [
        ("CheckpointLoaderSimple", "ckpt_name", checkpoints),
        ("UNETLoader", "unet_name", models),
        ("DualCLIPLoader", "clip_name1", encoders),
        ("VAELoader", "vae_name", vaes),
    ] {
        let class_of = serde_json::json!({ "input": { "required": { input: [files] } }, "output": ["X"] });
        classes.learn(class, NodeClass::of(&class_of));
    }
    classes
}

#[test]
fn a_server_offers_what_its_files_make_together() {
    let found = kits(&full(), &Architectures::new()).unwrap();
    let found: Vec<(Family, &str)> = found.iter().map(|kit| (kit.family, kit.file())).collect();
    assert_eq!(
        found,
        [
            (Family::Sd15, "v1-5-pruned-emaonly.safetensors"),
            (Family::Sdxl, "xl\\sd_xl_base_1.0.safetensors"),
            (Family::FluxSchnell, "flux1-schnell-fp8.safetensors"),
            (Family::Sdxl, "sd_xl_turbo_1.0_fp16.safetensors"),
            (Family::FluxDev, "flux1-dev-fp8.safetensors"),
            (Family::FluxSchnell, "flux1-schnell.safetensors"),
        ]
    );
    let parts = kit_of(&full(), "flux1-dev-fp8.safetensors");
    let encoders = ["clip_l.safetensors".to_owned(), "t5xxl_fp8_e4m3fn.safetensors".to_owned()];
    let vae = "ae.safetensors".to_owned();
    assert_eq!(parts.loader, Loader::Parts { model: "flux1-dev-fp8.safetensors".to_owned(), encoders, vae });
    let Loader::Parts { encoders, .. } = kit_of(&full(), "flux1-schnell.safetensors").loader else {
        panic!()
    };
    assert_eq!(encoders[1], "t5xxl_fp16.safetensors", "a large model goes with the large text encoder");
    assert_eq!(kits(&recorded(), &Architectures::new()).unwrap()[0].family, Family::Sd15);
}

#[test]
fn what_a_file_says_of_itself_is_surer_than_its_name() {
    let classes = server(&["mine.safetensors", "sd15-not.safetensors", "old.ckpt"], &[], &[], &[]);
    assert_eq!(unclear(&classes), [("checkpoints", "mine.safetensors".to_owned())]);
    let said = |file: &str, architecture: &str| (file.to_owned(), architecture.to_owned());
    let architectures: Architectures = [
        said("mine.safetensors", "stable-diffusion-xl-v1-base"),
        said("sd15-not.safetensors", "stable-diffusion-xl-v1-base/lora"),
    ]
    .into_iter()
    .collect();
    let found = kits(&classes, &architectures).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].family, found[0].file()), (Family::Sdxl, "mine.safetensors"));
}

#[test]
fn usual_names_say_their_family_and_unusual_ones_nothing() {
    for (file, family) in [
        ("tiny-random-sd15.safetensors", Some(Family::Sd15)),
        ("v1-5-pruned-emaonly-fp16.safetensors", Some(Family::Sd15)),
        ("DreamShaper_8_pruned.safetensors", Some(Family::Sd15)),
        ("juggernautXL_v2.1.safetensors", Some(Family::Sdxl)),
        ("ponyDiffusionV6.safetensors", Some(Family::Sdxl)),
        ("flux1-krea-dev_fp8.safetensors", Some(Family::FluxDev)),
        ("FLUX1\\Flux1-Schnell.safetensors", Some(Family::FluxSchnell)),
        ("sd_xl_refiner_1.0.safetensors", None),
        ("sd3.5_large.safetensors", None),
        ("flux1-fill-dev.safetensors", None),
        ("flux2-dev.safetensors", None),
        ("sd-v1-5-inpainting.ckpt", None),
        ("v2-1_768-ema-pruned.safetensors", None),
        ("mine_v1.5.safetensors", None),
    ] {
        let found = kits(&server(&[file], &[], &[], &[]), &Architectures::new());
        assert_eq!(found.ok().map(|kits| kits[0].family), family, "{file}");
    }
}

#[test]
fn a_server_without_a_model_is_told_how_to_get_one() {
    let none = kits(&server(&[], &[], &[], &[]), &Architectures::new()).unwrap_err();
    assert_eq!(
        none.to_string(),
        "This ComfyUI has no checkpoint of these kinds: Stable Diffusion 1.5, Stable Diffusion XL, FLUX.1."
    );
    assert_eq!(none.code(), crate::model::ErrorCode::ModelMissing);
    assert!(none.hint().contains("models/checkpoints") && none.hint().ends_with("It has none at all."));
    let others =
        kits(&server(&["sd3.safetensors", "mine.safetensors"], &[], &[], &[]), &Architectures::new());
    let hint = others.unwrap_err().error().hint.unwrap();
    assert!(hint.contains("It has: sd3.safetensors, mine.safetensors."), "{hint}");

    let parts = server(&[], &["flux1-dev.safetensors"], &["clip_l.safetensors"], &["vae-ft-mse.safetensors"]);
    let lacking = kits(&parts, &Architectures::new()).unwrap_err();
    assert_eq!(lacking.to_string(), "This ComfyUI has flux1-dev.safetensors and not all that goes with it.");
    assert_eq!(
        lacking.hint(),
        "Download t5xxl_fp8_e4m3fn.safetensors in models/text_encoders, and ae.safetensors in models/vae, inside ComfyUI's folder."
    );
}
