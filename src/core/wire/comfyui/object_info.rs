//! What nodes are like.
//!
//! An input is `[what, options]`, and the options may be missing. A choice is written in two ways: older nodes list the
//! choices in place of `what`, newer ones say `COMBO` and list them among the options.

use serde_json::Value;

use super::{body_of, no_comfyui};
use crate::model::{InputKind, NodeClass, NodeInput};
use crate::wire::WireError;

/// Reads `/object_info/{class}`; `None` where the server does not have that node. The answer for all nodes is read too.
pub fn parse_object_info(body: &[u8], class: &str) -> Result<Option<NodeClass>, WireError> {
    let body = body_of(body)?;
    if !body.is_object() {
        return Err(no_comfyui());
    }
    body.get(class).map(|class| read(class).ok_or_else(no_comfyui)).transpose()
}

fn read(class: &Value) -> Option<NodeClass> {
    let groups = class.get("input")?.as_object()?;
    let mut inputs = Vec::new();
    // What is `hidden` is filled in by the server itself.
    for (group, is_required) in [("required", true), ("optional", false)] {
        for (name, written) in groups.get(group).and_then(Value::as_object).into_iter().flatten() {
            inputs.push(input(name, is_required, written));
        }
    }
    Some(NodeClass {
        inputs,
        outputs: class.get("output").and_then(Value::as_array).map_or(0, Vec::len),
        is_output: class.get("output_node").and_then(Value::as_bool).unwrap_or_default(),
    })
}

fn input(name: &str, is_required: bool, written: &Value) -> NodeInput {
    let option = |name: &str| written.get(1).and_then(|options| options.get(name));
    let is_set = |name: &str| option(name).and_then(Value::as_bool).unwrap_or_default();
    let number = |name: &str| option(name).and_then(Value::as_f64);
    let is_open = ["image_upload", "video_upload", "audio_upload", "file_upload", "multiselect"]
        .iter()
        .any(|name| is_set(name))
        || option("remote").is_some();
    let kind = match written.get(0) {
        Some(Value::Array(options)) => InputKind::Choice { options: options.clone(), is_open },
        Some(Value::String(what)) => match (what.as_str(), option("options")) {
            ("COMBO", Some(Value::Array(options))) => InputKind::Choice { options: options.clone(), is_open },
            ("INT" | "FLOAT", _) => {
                InputKind::Number { min: number("min"), max: number("max"), step: number("step") }
            }
            _ => InputKind::Other,
        },
        _ => InputKind::Other,
    };
    let default = option("default").cloned().or_else(|| match &kind {
        InputKind::Choice { options, .. } => options.first().cloned(),
        _ => None,
    });
    NodeInput { name: name.to_owned(), is_required, kind, default }
}
