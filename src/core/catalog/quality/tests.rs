use proptest::prelude::*;

use super::*;

fn here(id: &str) -> Prior {
    prior(id, None, Locality::Device)
}

fn cloud(id: &str) -> Prior {
    prior(id, None, Locality::Cloud)
}

/// Each is expected to be better than the next.
fn falls(models: &[&str], of: impl Fn(&str) -> Prior) {
    for pair in models.windows(2) {
        let (better, worse) = (of(pair[0]).quality, of(pair[1]).quality);
        assert!(better > worse, "{} {better} > {} {worse}", pair[0], pair[1]);
    }
}

#[test]
fn larger_models_of_a_family_are_expected_to_be_better() {
    falls(&["qwen2.5-72b", "qwen2.5-32b", "qwen2.5-14b", "qwen2.5-7b", "qwen2.5-1.5b", "qwen2.5:0.5b"], here);
    falls(&["llama3.1:405b", "llama3.1:70b", "llama3.1:8b", "llama3.2:3b", "llama3.2:1b"], here);
    falls(&["gemma3:27b", "gemma3:12b", "gemma3:4b", "gemma3:1b"], here);
    falls(&["gpt-4o", "gpt-4o-mini", "gpt-4.1-nano", "gpt-3.5-turbo"], cloud);
    falls(&["claude-opus-4.5", "claude-sonnet-4.5", "claude-haiku-4.5"], cloud);
    falls(&["gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"], cloud);
}

#[test]
fn newer_generations_of_a_size_are_expected_to_be_better() {
    falls(&["llama3.3:70b", "llama3.1:70b", "llama3:70b", "llama2:70b"], here);
    falls(&["qwen3:8b", "qwen2.5:8b", "qwen2:8b", "qwen1.5:8b"], here);
    falls(&["gpt-6-sol", "gpt-5.5", "gpt-5", "gpt-4o", "gpt-4-turbo", "gpt-4"], cloud);
    falls(&["claude-opus-5", "claude-opus-4.5", "claude-opus-4-1-20250805", "claude-3-opus-20240229"], cloud);
    falls(&["gemini-3-flash-preview", "gemini-2.5-flash", "gemini-1.5-flash", "gemini-1.0-flash"], cloud);
}

#[test]
fn an_evaluated_model_has_its_own_quality_and_says_so() {
    for (id, quality) in [
        ("meta-llama/Llama-3.1-8B-Instruct", 0.589),
        ("hf.co/bartowski/Meta-Llama-3.1-70B-Instruct-GGUF:Q4_K_M", 0.798),
        ("qwen/qwen-2.5-72b-instruct", 0.854),
        ("gemma2:9b", 0.498),
        ("openai/gpt-4o-2024-08-06", 0.897),
        ("gpt-4o-mini", 0.803),
        ("anthropic/claude-3-5-sonnet-20240620", 0.872),
        ("gemini-1.5-pro", 0.841),
        ("o1-mini", 0.951),
    ] {
        let found = cloud(id);
        assert!((found.quality - quality).abs() < 1e-9, "{id}: {found:?}");
        assert_eq!((found.basis, found.basis.provenance()), (Basis::Evaluated, Provenance::Snapshot), "{id}");
    }
    let told = prior("llama3.1:latest", Some(8.03), Locality::Device);
    assert_eq!(told.basis, Basis::Evaluated, "a server's exact size is the size of the name");
}

/// The script that makes the table has the same list: tests/scripts/quality.test.mjs.
#[test]
fn the_script_that_tried_the_table_foretells_the_same() {
    for (id, quality) in [
        ("qwen2.5:14b", 0.749),
        ("qwen3:0.6b", 0.359),
        ("llama3.3:70b", 0.816),
        ("llama3.2:1b", 0.303),
        ("gemma3:4b", 0.494),
        ("phi4:14b", 0.688),
        ("llama4-400b", 0.889),
        ("claude-opus-4.5", 0.931),
        ("claude-haiku-4.5", 0.841),
        ("gpt-4.1-nano", 0.740),
        ("gemini-1.0-flash", 0.653),
    ] {
        let found = cloud(id);
        assert!((found.quality - quality).abs() < 0.003, "{id}: {found:?}");
    }
}

#[test]
fn what_is_not_evaluated_is_a_guess_by_family_or_size() {
    for (id, basis) in [
        ("llama3.3:70b", Basis::Family),
        ("qwen3:8b", Basis::Family),
        ("mistral:7b", Basis::Family),
        ("qwen2.5-coder:7b", Basis::Family),
        ("gpt-oss:20b", Basis::Size),
        ("deepseek-r1:14b", Basis::Size),
        ("smollm2:135m", Basis::Size),
        ("my-own-model", Basis::Place),
        ("gptneo", Basis::Place),
        ("codellama", Basis::Place),
        ("ollama", Basis::Place),
    ] {
        let found = here(id);
        assert_eq!((found.basis, found.basis.provenance()), (basis, Provenance::Guessed), "{id}");
    }
}

#[test]
fn an_unknown_name_falls_back_to_its_size() {
    for (id, quality) in [("small-1b", 0.32), ("large:10b", 0.56), ("huge-100b", 0.8)] {
        assert!((here(id).quality - quality).abs() < 1e-9, "{id}: {:?}", here(id));
        assert_eq!(here(id), cloud(id), "a size says more than where it runs");
    }
    let qualities: Vec<f64> = [0.135, 1.0, 3.0, 8.0, 70.0].iter().map(|size| by_size(*size)).collect();
    assert!(qualities.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(coarse(by_size(3.0)), Quality::Low);
    assert_eq!(coarse(by_size(8.0)), Quality::Medium);
    assert_eq!(coarse(by_size(70.0)), Quality::High);
}

#[test]
fn without_a_size_a_cloud_model_is_large_unless_its_name_says_otherwise() {
    assert!((cloud("some/model").quality - 0.8).abs() < 1e-9);
    assert!((here("some/model").quality - 0.4).abs() < 0.001);
    falls(&["nova-premier", "nova-pro-v1", "nova-lite-v1", "nova-micro-v1"], cloud);
    falls(&["mistral-large-2512", "mistral-medium-3.1", "mistral-small-2603"], cloud);
}

#[test]
fn grades_follow_what_people_run() {
    for (id, grade) in [
        ("llama3.2:1b", Quality::Low),
        ("gemma3:1b", Quality::Low),
        ("llama3.1:8b", Quality::Medium),
        ("gemma3:4b", Quality::Medium),
        ("llama2:7b", Quality::Low),
        ("llama3.3:70b", Quality::High),
        ("qwen2.5:32b", Quality::High),
    ] {
        assert_eq!(coarse(here(id).quality), grade, "{id}: {:?}", here(id));
    }
}

#[test]
fn the_table_is_sorted_and_within_its_scale() {
    assert!(SIZED.windows(2).all(|pair| {
        (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)
            || (pair[0].1 == pair[1].1 && pair[0].2 < pair[1].2 && pair[0].3 <= pair[1].3)
    }));
    assert!(
        LADDER.windows(2).all(|pair| (pair[0].0, pair[0].1, pair[0].2) < (pair[1].0, pair[1].1, pair[1].2))
    );
    assert!(SIZED.iter().all(|row| row.2 > 0.0 && row.3 < 980) && LADDER.iter().all(|row| row.3 < 980));
}

/// Names as people and registries write them, and any others.
fn names() -> impl Strategy<Value = String> {
    let families: Vec<&str> = SIZED.iter().map(|row| row.0).chain(LADDER.iter().map(|row| row.0)).collect();
    prop_oneof![
        any::<String>(),
        (prop::sample::select(families), r"[0-9.:/_-]{0,6}[a-zé]{0,5}[-:]?(mini|flash|70b|v3\.1|4o|8x7b)?")
            .prop_map(|(family, rest)| format!("{family}{rest}")),
    ]
}

fn localities() -> impl Strategy<Value = Locality> {
    prop::sample::select(vec![Locality::Page, Locality::Device, Locality::Network, Locality::Cloud])
}

proptest! {
    #[test]
    fn any_name_and_size_has_a_quality_between_0_and_1(
        name in names(),
        size in prop::option::of(any::<f64>()),
        locality in localities(),
    ) {
        let found = prior(&name, size, locality);
        prop_assert!((0.0..=1.0).contains(&found.quality), "{found:?}");
    }

    #[test]
    fn more_parameters_never_give_less(
        name in names(),
        locality in localities(),
        one in 0.05f64..3000.0,
        other in 0.05f64..3000.0,
    ) {
        let of = |size: f64| prior(&name, Some(size), locality).quality;
        prop_assert!(of(one.min(other)) <= of(one.max(other)));
    }

    #[test]
    fn a_newer_version_than_all_known_is_never_worse_than_an_older_such(
        family in prop::sample::select(vec!["llama", "qwen", "gemma", "gpt", "claude", "gemini"]),
        one in 400u16..999,
        other in 400u16..999,
    ) {
        let of = |version: u16| cloud(&format!("{family}-{}.{:02}", version / 100, version % 100)).quality;
        let (older, newer) = (one.min(other), one.max(other));
        prop_assume!(family != "gpt" || older > 405);
        prop_assert!(of(older) <= of(newer));
    }
}
