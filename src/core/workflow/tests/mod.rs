//! Workflows as they are made, fitted and refused.

mod adapt;
mod check;
mod compose;
mod kits;
mod properties;

use std::sync::LazyLock;

use serde_json::Value;

use super::*;
use crate::model::picture::Style;
use crate::model::{NodeClass, NodeClasses};

const STYLES: [Style; 3] = [Style::Infographic, Style::Scientific, Style::Artistic];

fn fixture(path: &str) -> String {
    let path = format!("{}/../../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn learn(classes: &mut NodeClasses, path: &str) {
    let all: Value = serde_json::from_str(&fixture(path)).unwrap();
    for (name, class) in all.as_object().unwrap() {
        classes.learn(name, Some(NodeClass::of(class).unwrap()));
    }
}

static RECORDED: LazyLock<NodeClasses> = LazyLock::new(|| {
    let mut classes = NodeClasses::default();
    learn(&mut classes, "comfyui/object_info_trimmed.json");
    classes
});

static FULL: LazyLock<NodeClasses> = LazyLock::new(|| {
    let mut classes = recorded();
    learn(&mut classes, "comfyui-handmade/object_info_flux.json");
    classes
});

/// The recorded server, which has one tiny checkpoint.
fn recorded() -> NodeClasses {
    RECORDED.clone()
}

/// A server that has something of every family.
fn full() -> NodeClasses {
    FULL.clone()
}

fn parameters(prompt: &str) -> Parameters {
    Parameters {
        prompt: prompt.to_owned(),
        seed: Seed::new(7).unwrap(),
        is_kept: true,
        ..Parameters::default()
    }
}

fn kit_of(classes: &NodeClasses, file: &str) -> Kit {
    let kits = kits(classes, &Architectures::new()).unwrap();
    kits.into_iter().find(|kit| kit.file() == file).unwrap_or_else(|| panic!("no kit of {file}"))
}

/// The inputs of the first node of a kind.
fn inputs<'a>(workflow: &'a Value, class: &str) -> &'a Value {
    let node = workflow.as_object().unwrap().values().find(|node| node["class_type"] == class);
    &node.unwrap_or_else(|| panic!("no {class} in {workflow}"))["inputs"]
}

fn has(workflow: &Value, class: &str) -> bool {
    workflow.as_object().unwrap().values().any(|node| node["class_type"] == class)
}
