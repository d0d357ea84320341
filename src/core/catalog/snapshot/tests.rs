//! The reader against the snapshot that the package ships, and against anything else.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const MODULE: &str = include_str!("../../../../pkg/src/generated/catalogue.ts");

/// The packed text in the module: the last of its pairs of backticks.
fn packed() -> &'static str {
    MODULE.rsplit('`').nth(1).unwrap()
}

static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| Snapshot::read(packed().as_bytes()).unwrap());

fn words(capabilities: Capabilities) -> String {
    capabilities.words().collect::<Vec<_>>().join(" ")
}

fn read(lines: &str) -> Snapshot {
    Snapshot::read(format!("hkm-mesh catalogue 1\ntaken 2026-11-10\n{lines}").as_bytes()).unwrap()
}

#[test]
fn the_shipped_snapshot_is_read_whole() {
    let snapshot = &*SNAPSHOT;
    assert_eq!(snapshot.skipped(), 0);
    assert_eq!(snapshot.taken(), Wall::from_epoch_millis(1_794_268_800_000)); // 2026-11-10
    let counted: usize = PROVIDERS.iter().map(|provider| snapshot.of(provider).len()).sum();
    assert_eq!(counted, packed().lines().skip(3).filter(|line| !line.starts_with('=')).count());
    assert!(snapshot.of("gemini").len() > 20 && snapshot.of("openrouter").len() > 300);
    assert!(snapshot.of("ollama").is_empty());
}

#[test]
fn a_model_is_read_with_all_that_is_known_of_it() {
    let snapshot = &*SNAPSHOT;
    let known = snapshot.find("gemini", "gemini-2.5-pro").unwrap();
    assert_eq!(known.model.name, "Gemini 2.5 Pro");
    assert_eq!(known.model.modality, Modality::Text);
    assert_eq!(words(known.model.capabilities), "vision tools reasoning json search");
    assert_eq!((known.model.context_length, known.model.output_limit), (Some(1_048_576), Some(65_536)));
    let long_prompt =
        LongPromptPrice { above: 200_000, input: 2.5e-6, output: 1.5e-5, cached_input: Some(2.5e-7) };
    let price = Price {
        input: 1.25e-6,
        output: 1e-5,
        cached_input: Some(1.25e-7),
        long_prompt: Some(long_prompt),
        ..Price::FREE
    };
    assert_eq!((known.price, known.price_varies), (Some(price), true));
}

#[test]
fn pictures_have_a_price_of_their_own_and_embeddings_none_for_output() {
    let snapshot = &*SNAPSHOT;
    let picture = snapshot.find("gemini", "gemini-3.1-flash-lite-image").unwrap();
    assert_eq!(picture.model.modality, Modality::Image);
    assert!(picture.model.capabilities.has("image-edit"));
    assert_eq!(picture.price.unwrap().image, Some(0.0336));
    let embedding = snapshot.find("gemini", "models/gemini-embedding-001").unwrap();
    assert!(embedding.model.capabilities.has("embedding"));
    assert_eq!(embedding.price, Some(Price { input: 1.5e-7, output: 0.0, ..Price::FREE }));
}

#[test]
fn an_unknown_price_is_absent_and_free_is_zero() {
    let snapshot = &*SNAPSHOT;
    let price = |id| snapshot.find("openrouter", id).unwrap().price;
    assert_eq!(price("openrouter/auto"), None);
    assert_eq!(price("black-forest-labs/flux.2-pro"), None);
    assert_eq!(price("google/gemma-4-31b-it:free"), Some(Price::FREE));
    let costs_nothing =
        |model: &&SnapshotModel| model.price.is_some_and(|price| price.output == 0.0 && price.input == 0.0);
    for model in snapshot.models.iter().filter(costs_nothing) {
        assert!(
            model.id.ends_with(":free") || (model.provider == "gemini" && model.id.starts_with("gemma-")),
            "{}",
            model.id
        );
    }
}

#[test]
fn a_model_is_found_under_the_names_it_goes_by() {
    let snapshot = &*SNAPSHOT;
    let found = |provider, id| snapshot.find(provider, id).map(|known| known.model.id.as_str());
    for (asked, id) in [
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("gemini-2.5-flash-001", "gemini-2.5-flash"),
        ("gemini-2.5-flash-latest", "gemini-2.5-flash"),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
        ("gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash-lite"),
        ("gemini-3.1-flash-lite-preview", "gemini-3.1-flash-lite-preview"),
        ("gemini-3-flash", "gemini-3-flash-preview"),
        ("gemini-3-pro-image-preview", "gemini-3-pro-image"),
    ] {
        assert_eq!(found("gemini", asked), Some(id), "{asked}");
    }
    for other in ["gemini-2.5-flash-preview-tts", "gemini-pro", "gemini", "", "models/", "-latest", ":free"] {
        assert_eq!(found("gemini", other), None, "{other}");
    }
    assert_eq!(found("openrouter", "gemini-2.5-flash"), None);
    assert_eq!(found("ollama", "gemini-2.5-flash"), None);
}

#[test]
fn a_variant_at_openrouter_has_the_price_that_is_known_of_it() {
    let snapshot = &*SNAPSHOT;
    let price = |id| snapshot.find("openrouter", id).map(|known| (known.price, known.price_varies)).unwrap();
    let (base, varies) = price("meta-llama/llama-3.3-70b-instruct");
    assert!(base.is_some_and(|base| base.input > 0.0) && !varies);
    assert_eq!(price("meta-llama/llama-3.3-70b-instruct:free"), (Some(Price::FREE), false));
    assert_eq!(price("meta-llama/llama-3.3-70b-instruct:nitro"), (base, true));
    assert_eq!(price("meta-llama/llama-3.3-70b-instruct:extended"), (None, false));
}

#[test]
fn a_model_served_elsewhere_is_known_by_its_name() {
    let snapshot = &*SNAPSHOT;
    let like = |name| {
        snapshot.like(name).map(|like| (words(like.capabilities), like.context_length, like.same_size))
    };
    let known = |words: &str, context, same_size| Some((words.to_owned(), Some(context), same_size));
    assert_eq!(like("gpt-oss:20b"), known("tools reasoning", 131_072, true));
    assert_eq!(like("Qwen3-8B-Q4_K_M.gguf"), known("tools reasoning", 40_960, true));
    assert_eq!(like("qwen3:0.6b"), known("tools", 40_960, false));
    assert_eq!(like("gemma3"), known("vision tools", 131_072, false));
    assert_eq!(like("llama3.3:70b-instruct-q4_K_M").map(|(_, _, same_size)| same_size), Some(true));
    for stranger in ["smollm2:135m", "", "7b", "llama", "gpt", "deepseek-r1:70b", "my-model", "gpt-image-2"] {
        assert_eq!(like(stranger), None, "{stranger}");
    }
}

#[test]
fn a_line_that_does_not_fit_is_left_out_and_counted() {
    let read = read(
        "=openrouter\n\
         good/model|Good|t|1000|100|1 2\n\
         |nameless\n\
         bad/letter||x\n\
         bad/context|||many\n\
         bad/price||||| 1\n\
         bad/price||||1|-1 2\n\
         bad/price||||1|1 2 z3\n\
         bad/price||||1|1 2 é\n\
         bad/price||||1|0.0000001 2\n\
         bad/price||||1|1 2 >\n\
         bad/price||||1|1 2 >200000 3\n\
         bad/price||||1|1 2 >200000 3 4 >300000 3 4\n\
         bad/fields||||1|1 2|more\n\
         bare/model\n\
         =nobody\n\
         some/model|Of nobody\n",
    );
    assert_eq!(read.skipped(), 14);
    assert_eq!(
        read.of("openrouter").iter().map(|model| model.id.as_str()).collect::<Vec<_>>(),
        ["bare/model", "good/model"]
    );
    let bare = read.find("openrouter", "bare/model").unwrap();
    assert_eq!((bare.price, bare.model.context_length, bare.model.name.as_str()), (None, None, "bare/model"));
}

#[test]
fn the_prices_of_requests_pictures_and_thoughts_are_read() {
    let read =
        read("=openrouter\r\na/b||||  |\r\na/c|||||0 0.5 c0.1 r2 i0.039 q0.005 + >200000 1 2 c0.25\r\n");
    assert_eq!(read.skipped(), 1);
    let known = read.find("openrouter", "a/c").unwrap();
    let price = Price {
        input: 0.0,
        output: 5e-7,
        cached_input: Some(1e-7),
        reasoning: Some(2e-6),
        image: Some(0.039),
        request: Some(0.005),
        long_prompt: Some(LongPromptPrice {
            above: 200_000,
            input: 1e-6,
            output: 2e-6,
            cached_input: Some(2.5e-7),
        }),
    };
    assert_eq!((known.price, known.price_varies), (Some(price), true));
}

#[test]
fn what_is_no_snapshot_is_refused_by_name() {
    for (bytes, expected) in [
        (&b""[..], Unreadable::Foreign),
        (b"<!doctype html>", Unreadable::Foreign),
        (b"hkm-mesh catalogue 2\ntaken 2026-11-10\n", Unreadable::Version),
        (b"hkm-mesh catalogue 1\n=gemini\ntaken 2026-11-10\n", Unreadable::Date),
        (b"hkm-mesh catalogue 1\ntaken 2026-13-10\n", Unreadable::Date),
        (b"hkm-mesh catalogue 1\ntaken \xff\n", Unreadable::Date),
    ] {
        assert_eq!(Snapshot::read(bytes), Err(expected), "{bytes:?}");
    }
    assert_eq!(Unreadable::Foreign.to_string(), "This is no catalogue of models.");
}

#[test]
fn days_are_counted_over_leap_years() {
    for (text, days) in
        [("1970-01-01", 0), ("2000-02-29", 11_016), ("2000-03-01", 11_017), ("2026-11-10", 20_767)]
    {
        assert_eq!(date(text), Some(Wall::from_epoch_millis(days * 86_400_000)), "{text}");
    }
}

/// The packed text with some of its bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (0..packed().len(), any::<u8>());
    (proptest::collection::vec(change, 1..40), 0..packed().len()).prop_map(|(changes, end)| {
        let mut bytes = packed().as_bytes().to_vec();
        for (place, byte) in changes {
            bytes[place] = byte;
        }
        bytes.truncate(packed().len() - end / 8);
        bytes
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Snapshot::read(&bytes);
        let behind: Vec<u8> = b"hkm-mesh catalogue 1\ntaken 2026-11-10\n=gemini\n".iter().copied().chain(bytes).collect();
        prop_assert!(Snapshot::read(&behind).is_ok());
    }

    #[test]
    fn no_line_of_a_damaged_snapshot_is_lost_in_silence(damaged in damaged()) {
        let bytes: Vec<u8> = b"hkm-mesh catalogue 1\ntaken 2026-11-10\n=gemini\n".iter().copied().chain(damaged).collect();
        let snapshot = Snapshot::read(&bytes).unwrap();
        let is_model = |line: &&[u8]| match line.trim_ascii().strip_prefix(b"=") {
            Some(name) => !PROVIDERS.iter().any(|known| known.as_bytes() == name),
            None => !line.trim_ascii().is_empty(),
        };
        let lines = bytes.split(|byte| *byte == b'\n').skip(3).filter(is_model).count();
        prop_assert_eq!(snapshot.models.len() + snapshot.skipped(), lines);
    }

    #[test]
    fn any_name_can_be_asked_for(provider in "gemini|openrouter|[a-z]{0,4}", name in "\\PC{0,40}|[a-z0-9:./-]{0,30}") {
        let snapshot = &*SNAPSHOT;
        let _ = snapshot.find(&provider, &name);
        let _ = snapshot.like(&name);
    }

    #[test]
    fn every_model_is_found_by_its_own_id(place in 0_usize..400) {
        let snapshot = &*SNAPSHOT;
        let model = &snapshot.models[place % snapshot.models.len()];
        let known = snapshot.find(model.provider, &model.id).unwrap();
        prop_assert_eq!(known.model, model);
        prop_assert_eq!(known.price, model.price);
    }
}
