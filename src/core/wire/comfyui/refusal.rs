//! What the server says to a workflow that is posted.

use serde_json::Value;

use super::{body_of, name, no_comfyui};
use crate::model::ErrorCode;
use crate::model::http::ResponseHead;
use crate::wire::WireError;
use crate::wire::refusal::{Refusal, error_of, one_line};

/// So many names are told at most.
const TOLD: usize = 8;

/// A workflow that will be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// What the server calls it: older ones do not take the id that was chosen.
    pub prompt_id: String,
    /// Why some of its outputs will not be made, if so.
    pub dropped: Option<WireError>,
}

/// Reads a success of `POST /prompt`.
pub fn parse_accepted(body: &[u8]) -> Result<Accepted, WireError> {
    let body = body_of(body)?;
    let prompt_id = body.get("prompt_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    Ok(Accepted {
        prompt_id: prompt_id.ok_or_else(no_comfyui)?.to_owned(),
        dropped: of_nodes(body.get("node_errors")),
    })
}

/// What an answer with this head and body says, if its status is no success.
///
/// | answer | code |
/// |---|---|
/// | 400, a file is not there | `ModelMissing`, with those that are |
/// | 400, a node is not there | `Unsupported`, with its name |
/// | 400, anything else about the workflow | `InvalidRequest`, with the node and its input |
/// | 403 | `Permission`: the page's origin |
/// | 413 | `Unsupported`: larger than this server takes |
/// | 500 | `Server` |
///
/// Without `--enable-cors-header` a page does not get to see any of these, and with it no 404, 413 and 500: then the request
/// fails as if nobody were there.
pub fn classify(head: &ResponseHead, body: &[u8]) -> WireError {
    let mut error = match head.status {
        403 => WireError::new(ErrorCode::Permission, "ComfyUI does not allow this page's origin (403).")
            .hinted("Start it with `--enable-cors-header` and this page's origin."),
        413 => WireError::new(ErrorCode::Unsupported, "This is larger than this ComfyUI takes (413).")
            .hinted("Use a smaller picture, or start ComfyUI with a larger `--max-upload-size`, in MB."),
        _ => serde_json::from_slice(body)
            .ok()
            .and_then(|body| of_workflow(&body))
            .unwrap_or_else(|| error_of(head, Refusal::read(body))),
    };
    if head.status == 500 {
        let hint = "Versions of 2024 and before answer like this when a node of the workflow is not installed: update ComfyUI.";
        error = error.hinted(hint);
    }
    error.status = Some(head.status);
    error
}

/// What is wrong with a workflow. `error` was once a plain text.
fn of_workflow(body: &Value) -> Option<WireError> {
    if let Some(error) = of_nodes(body.get("node_errors")) {
        return Some(error);
    }
    let error = body.get("error")?;
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let words = error.as_str().unwrap_or_else(|| text("message"));
    let named = error.pointer("/extra_info/class_type").and_then(Value::as_str);
    let said = words
        .split_once("because node ")
        .and_then(|(_, rest)| rest.split_once(" does not exist"))
        .map(|(class, _)| class);
    match text("type") {
        "prompt_no_outputs" => {
            let message = "The workflow has no node that gives anything out.";
            return Some(
                WireError::new(ErrorCode::InvalidRequest, message)
                    .hinted("Add a node such as Save Image, and link the picture to it."),
            );
        }
        "missing_node_type" | "invalid_prompt" | "" => {}
        _ => return None,
    }
    Some(missing_class(named.or(said)?))
}

/// What a server says that does not have a node.
fn missing_class(class: &str) -> WireError {
    let message = format!("This ComfyUI does not have the node {}.", one_line(class));
    WireError::new(ErrorCode::Unsupported, message).hinted(
        "Install the custom node that brings it (ComfyUI-Manager finds it by this name), or update ComfyUI.",
    )
}

/// The first fault of the nodes, one that a user can mend before others. `[]` is none.
fn of_nodes(node_errors: Option<&Value>) -> Option<WireError> {
    let nodes = node_errors?.as_object()?;
    let faults = nodes.iter().flat_map(|(node, errors)| {
        let class = errors.get("class_type").and_then(Value::as_str).unwrap_or("a node");
        let faults = errors.get("errors").and_then(Value::as_array).into_iter().flatten();
        faults.map(move |fault| of_node(node, class, fault))
    });
    faults.min_by_key(|error| match error.code {
        ErrorCode::ModelMissing => 0,
        ErrorCode::InvalidRequest => 1,
        _ => 2,
    })
}

fn of_node(node: &str, class: &str, fault: &Value) -> WireError {
    let extra = |name: &str| fault.pointer("/extra_info")?.get(name);
    let kind = fault.get("type").and_then(Value::as_str).unwrap_or_default();
    let input = name(extra("input_name")).unwrap_or_default();
    let place = format!("{} ({})", one_line(class), one_line(node));
    let at = format!("`{}` of {place}", one_line(&input));
    let refused = |message: String| WireError::new(ErrorCode::InvalidRequest, message);
    let limit =
        |end: &str| extra("input_config").and_then(|config| config.get(1)?.get(end)).map(Value::to_string);
    match kind {
        "value_not_in_list" => not_in_list(&input, &at, fault),
        "required_input_missing" => refused(format!("The workflow lacks {at}."))
            .hinted("Link or fill in this input, and export the workflow again."),
        "bad_linked_input" | "return_type_mismatch" | "invalid_input_type" => {
            refused(format!("What the workflow gives to {at} is not what this input takes."))
        }
        "value_smaller_than_min" => {
            refused(format!("{at} is less than {}.", limit("min").as_deref().unwrap_or("allowed")))
        }
        "value_bigger_than_max" => {
            refused(format!("{at} is more than {}.", limit("max").as_deref().unwrap_or("allowed")))
        }
        "dependency_cycle" => refused(format!("The workflow goes round in circles at {place}.")),
        // What a node itself looked at before it ran, in its own words: files that are gone, mostly.
        "custom_validation_failed" => {
            let words = fault.get("details").and_then(Value::as_str).unwrap_or_default();
            refused(format!("{place} refuses what it was given: {}.", one_line(words).trim_end_matches('.')))
        }
        // Python's own words may quote any input.
        _ => refused(format!("ComfyUI could not check {place}.")),
    }
}

/// A choice that is not among those that are there: a file that is missing, or an option of another version.
fn not_in_list(input: &str, at: &str, fault: &Value) -> WireError {
    let extra = |path: &str| fault.pointer(path);
    let wanted = extra("/extra_info/received_value").and_then(Value::as_str).unwrap_or_default();
    let options = [extra("/extra_info/input_config/0"), extra("/extra_info/input_config/1/options")]
        .into_iter()
        .flatten()
        .find_map(Value::as_array);
    let there: Vec<String> = options.into_iter().flatten().filter_map(|option| name(Some(option))).collect();
    let mut hint = match (options, there.is_empty()) {
        // More than twenty are not told.
        (None, _) => String::new(),
        (Some(_), true) => "It has none. ".to_owned(),
        (Some(_), false) => {
            let told: Vec<String> = there.iter().take(TOLD).map(|file| one_line(file)).collect();
            let more = if there.len() > TOLD { ", …" } else { "" };
            format!("It has: {}{more}. ", told.join(", "))
        }
    };
    let Some(folder) = folder_of(input) else {
        let message = format!("This ComfyUI does not know `{}` for {at}.", one_line(wanted));
        return WireError::new(ErrorCode::InvalidRequest, message).hinted(hint + "Choose one that it knows.");
    };
    hint.push_str("Put the file into ComfyUI's folder models/");
    hint.push_str(folder);
    hint.push_str(", or choose one that is there.");
    let message = format!("This ComfyUI does not have the file {} ({at}).", one_line(wanted));
    WireError::new(ErrorCode::ModelMissing, message).hinted(hint)
}

/// The folder of models that an input chooses from.
fn folder_of(input: &str) -> Option<&'static str> {
    Some(match input {
        "ckpt_name" => "checkpoints",
        "unet_name" => "diffusion_models",
        "vae_name" => "vae",
        "lora_name" => "loras",
        "control_net_name" => "controlnet",
        "style_model_name" => "style_models",
        name if name.starts_with("clip_name") => "text_encoders",
        "model_name" => "upscale_models",
        _ => return None,
    })
}
