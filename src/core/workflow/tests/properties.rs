use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A foreign workflow, mostly wrong: classes, inputs and links that may fit each other or not.
fn workflow() -> impl Strategy<Value = Value> {
    let class = prop::sample::select(vec![
        "KSampler",
        "CLIPTextEncode",
        "EmptyLatentImage",
        "LoadImage",
        "VAEEncode",
        "VAEDecode",
        "SaveImage",
        "ConditioningZeroOut",
        "ControlNetApplyAdvanced",
        "BasicGuider",
        "PrimitiveInt",
        "PrimitiveString",
        "Unknown",
        "",
    ]);
    let name = prop::sample::select(vec![
        "text",
        "positive",
        "negative",
        "conditioning",
        "seed",
        "noise_seed",
        "width",
        "height",
        "batch_size",
        "image",
        "pixels",
        "samples",
        "latent_image",
        "steps",
        "denoise",
        "value",
        "images",
        "model",
        "clip",
        "vae",
        "ckpt_name",
    ]);
    let value = prop_oneof![
        3 => (0..8_u8, 0..3_u8).prop_map(|(node, output)| json!([node.to_string(), output])),
        1 => any::<i32>().prop_map(Value::from),
        1 => Just(json!(1e300)),
        1 => "[a-z]{0,4}".prop_map(Value::from),
        1 => Just(json!(null)),
        1 => Just(json!([1, 2, 3])),
        1 => Just(json!({ "__value__": [1] })),
    ];
    let title = prop::sample::select(vec!["prompt", "@negative", "seed", "width", "source", "x"]);
    let node = (class, vec((name, value), 0..7), title).prop_map(|(class, inputs, title)| {
        let inputs: Value = inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!({ "class_type": class, "inputs": inputs, "_meta": { "title": title } })
    });
    let odd = prop_oneof![9 => node, 1 => Just(json!(7)), 1 => Just(json!({ "class_type": 7 }))];
    vec(odd, 0..8).prop_map(|nodes| {
        nodes.into_iter().enumerate().map(|(number, node)| (number.to_string(), node)).collect::<Value>()
    })
}

fn any_parameters() -> impl Strategy<Value = Parameters> {
    let side = || proptest::option::of(prop_oneof![any::<u32>(), 0..3_000_u32]);
    (
        (".{0,20}", proptest::option::of(".{0,9}"), 0..4_usize),
        (proptest::option::of((any::<u32>(), any::<u32>())), side(), side()),
        (any::<u64>(), proptest::option::of(any::<u32>()), any::<u32>(), any::<bool>()),
        (
            proptest::option::of("[a-z. /]{0,9}"),
            proptest::option::of("[a-z. /]{0,9}"),
            proptest::option::of(any::<f64>()),
        ),
    )
        .prop_map(
            |(
                (prompt, negative, style),
                (ratio, width, height),
                (seed, steps, count, is_kept),
                (source, mask, denoise),
            )| {
                Parameters {
                    prompt,
                    negative,
                    style: STYLES.get(style).copied(),
                    ratio,
                    width,
                    height,
                    seed: Seed::new(seed % (MAX_SEED + 1)).unwrap(),
                    steps,
                    count,
                    source,
                    mask,
                    denoise,
                    is_kept,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_workflow_is_fitted_or_refused(workflow in workflow(), parameters in any_parameters()) {
        for classes in [NodeClasses::default(), full()] {
            match adapt(&workflow, &parameters, &classes) {
                Ok(adapted) => prop_assert_eq!(check(&adapted.workflow, &classes), Ok(())),
                Err(fault) => {
                    prop_assert!(fault.to_string().chars().count() < 400 && !fault.hint().is_empty());
                    prop_assert!(!fault.to_string().contains('\n'));
                }
            }
        }
    }

    #[test]
    fn any_request_gives_a_workflow_that_the_server_takes(parameters in any_parameters()) {
        let classes = full();
        for kit in kits(&classes, &Architectures::new()).unwrap() {
            let made = compose(&parameters, &kit, &classes).unwrap();
            prop_assert_eq!(check(&made.workflow, &classes), Ok(()));
            let multiple = if kit.family.is_flux() { 16 } else { 8 };
            for side in [made.size.width, made.size.height] {
                prop_assert!(side.is_multiple_of(multiple) && (64..=2_048).contains(&side), "{:?}", made.size);
            }
        }
    }
}
