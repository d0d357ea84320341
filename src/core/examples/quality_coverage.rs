//! Says what the expected quality of models rests on: `cargo run --example quality_coverage -p hkm-mesh-core`. Of the
//! built-in catalogue the numbers, of common tags of Ollama each one.

#![allow(clippy::print_stdout, missing_docs)]

use hkm_mesh_core::catalog::snapshot::Snapshot;
use hkm_mesh_core::catalog::{Basis, prior};
use hkm_mesh_core::model::{Locality, Modality};

const CATALOGUE: &str = include_str!("../../../pkg/src/generated/catalogue.ts");

/// Tags that people pull, with the billions of parameters that Ollama tells of those whose name does not.
const TAGS: [(&str, Option<f64>); 40] = [
    ("llama3.2:1b", None),
    ("llama3.2:3b", None),
    ("llama3.1:8b", None),
    ("llama3.1:70b", None),
    ("llama3.3:70b", None),
    ("llama3:8b", None),
    ("llama2:7b", None),
    ("llama4:scout", Some(109.0)),
    ("qwen3:0.6b", None),
    ("qwen3:1.7b", None),
    ("qwen3:4b", None),
    ("qwen3:8b", None),
    ("qwen3:14b", None),
    ("qwen3:30b-a3b", None),
    ("qwen3-coder:30b", None),
    ("qwen2.5:7b", None),
    ("qwen2.5:14b", None),
    ("qwen2.5-coder:7b", None),
    ("qwen2.5vl:7b", None),
    ("qwq:latest", Some(32.8)),
    ("gemma3:1b", None),
    ("gemma3:4b", None),
    ("gemma3:12b", None),
    ("gemma3:27b", None),
    ("gemma3n:e4b", Some(6.9)),
    ("gemma2:9b", None),
    ("mistral:7b", None),
    ("mistral-nemo:latest", Some(12.2)),
    ("mistral-small:24b", None),
    ("mixtral:8x7b", None),
    ("phi4:14b", None),
    ("phi4-mini:latest", Some(3.8)),
    ("deepseek-r1:8b", None),
    ("deepseek-r1:14b", None),
    ("gpt-oss:20b", None),
    ("gpt-oss:120b", None),
    ("smollm2:135m", None),
    ("granite3.3:8b", None),
    ("llava:7b", None),
    ("tinyllama:latest", Some(1.1)),
];

fn main() {
    for (tag, told) in TAGS {
        let found = prior(tag, told, Locality::Device);
        println!("{tag:<22} {:.2} {:?}", found.quality, found.basis);
    }
    let packed = CATALOGUE.split('`').nth(3).unwrap_or_default();
    let Ok(snapshot) = Snapshot::read(packed.as_bytes()) else { return };
    for provider in ["gemini", "openrouter", "huggingface"] {
        let (mut evaluated, mut family, mut size, mut place) = (0, 0, 0, 0);
        for model in snapshot.of(provider).iter().filter(|model| model.modality == Modality::Text) {
            let found = prior(&model.id, None, Locality::Cloud);
            *match found.basis {
                Basis::Evaluated => &mut evaluated,
                Basis::Family => &mut family,
                Basis::Size => &mut size,
                Basis::Place => &mut place,
            } += 1;
            if std::env::args().any(|word| word == "--each") {
                println!("{provider}/{:<50} {:.2} {:?}", model.id, found.quality, found.basis);
            }
        }
        println!("{provider}: {evaluated} evaluated, {family} by family, {size} by size, {place} by neither");
    }
}
