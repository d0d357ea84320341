//! What comes over the socket: text frames that tell of prompts, binary ones that show previews.
//!
//! Nodes of others send frames of their own kinds, and newer servers new ones: what is not known is skipped and counted. So is
//! what makes no sense, since what was lost with it can be asked for over HTTP. Every event carries the prompt that it belongs
//! to; who hears several filters by it.

use serde_json::Value;

use super::failure::NodeFailure;
use super::{Output, name, small};
use crate::base::number::between;

/// What a frame is.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<T> {
    /// Something that is known.
    Known(T),
    /// Nothing that matters here.
    Unknown,
    /// Something that makes no sense.
    Corrupt,
}

/// An event. `prompt_id` is `None` where an older server does not say it.
#[derive(Clone, Debug, PartialEq)]
pub enum SocketEvent {
    /// So many prompts run or wait, of all pages.
    Status {
        /// How many.
        remaining: u32,
    },
    /// A prompt begins to run.
    Started {
        /// Which.
        prompt_id: Option<String>,
    },
    /// These nodes need not run: what they make is still there.
    Cached {
        /// Of which.
        prompt_id: Option<String>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// A node begins to run; none: the prompt is over.
    Executing {
        /// Of which.
        prompt_id: Option<String>,
        /// The node.
        node: Option<String>,
    },
    /// A node got further.
    Step {
        /// Of which.
        prompt_id: Option<String>,
        /// The node and its steps.
        step: NodeStep,
    },
    /// How far all nodes are that began.
    Steps {
        /// Of which.
        prompt_id: Option<String>,
        /// The nodes and their steps.
        steps: Vec<NodeStep>,
    },
    /// A node made something to be shown.
    Made {
        /// Of which.
        prompt_id: Option<String>,
        /// The files.
        outputs: Vec<Output>,
    },
    /// A prompt ended well. The history may not say so yet.
    Succeeded {
        /// Which.
        prompt_id: Option<String>,
    },
    /// A node failed, and the prompt with it.
    Failed {
        /// Which.
        prompt_id: Option<String>,
        /// How.
        failure: NodeFailure,
    },
    /// Somebody stopped a prompt.
    Interrupted {
        /// Which.
        prompt_id: Option<String>,
    },
}

/// How far a node is.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeStep {
    /// The node, by its name in the workflow; empty where an older server does not say it.
    pub node: String,
    /// Steps done.
    pub value: f64,
    /// Steps in all.
    pub max: f64,
    /// Whether it is over, in whatever step.
    pub is_finished: bool,
}

/// A picture of what is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Such as `image/jpeg`.
    pub media_type: &'static str,
    /// The byte of the frame at which the picture begins.
    pub offset: usize,
    /// Of which prompt, where the frame says so; else of the one that runs.
    pub prompt_id: Option<String>,
    /// Of which node, likewise.
    pub node: Option<String>,
}

/// Reads the frames of one socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketDecoder {
    unknown: u32,
    corrupt: u32,
}

impl SocketDecoder {
    /// Reads a text frame.
    pub fn text(&mut self, frame: &str) -> Frame<SocketEvent> {
        let event = serde_json::from_str(frame).map_or(Frame::Corrupt, |frame| event(&frame));
        self.counted(event)
    }

    /// Reads a binary frame by its first bytes (some 8 KB are more than enough) and its length. What it holds stays where it is.
    pub fn binary(&mut self, head: &[u8], length: usize) -> Frame<Preview> {
        self.counted(preview(head, length))
    }

    /// Frames of kinds that nobody knows here.
    pub const fn unknown_frames(&self) -> u32 {
        self.unknown
    }

    /// Frames that made no sense.
    pub const fn corrupt_frames(&self) -> u32 {
        self.corrupt
    }

    fn counted<T>(&mut self, frame: Frame<T>) -> Frame<T> {
        match frame {
            Frame::Known(_) => {}
            Frame::Unknown => self.unknown = self.unknown.saturating_add(1),
            Frame::Corrupt => self.corrupt = self.corrupt.saturating_add(1),
        }
        frame
    }
}

impl SocketEvent {
    /// The prompt that it belongs to, where it says so.
    pub fn prompt_id(&self) -> Option<&str> {
        match self {
            Self::Status { .. } => None,
            Self::Started { prompt_id }
            | Self::Cached { prompt_id, .. }
            | Self::Executing { prompt_id, .. }
            | Self::Step { prompt_id, .. }
            | Self::Steps { prompt_id, .. }
            | Self::Made { prompt_id, .. }
            | Self::Succeeded { prompt_id }
            | Self::Failed { prompt_id, .. }
            | Self::Interrupted { prompt_id } => prompt_id.as_deref(),
        }
    }
}

fn event(frame: &Value) -> Frame<SocketEvent> {
    let Some(kind) = frame.get("type").and_then(Value::as_str) else { return Frame::Corrupt };
    let data = frame.get("data").unwrap_or(&Value::Null);
    let prompt_id = data.get("prompt_id").and_then(Value::as_str).map(str::to_owned);
    // The node of the workflow, where another that grew out of it runs.
    let node = || name(data.get("display_node")).or_else(|| name(data.get("node")));
    let event = match kind {
        "status" => {
            let info = data.pointer("/status/exec_info");
            info.map(|info| SocketEvent::Status { remaining: small(info.get("queue_remaining")) })
        }
        "execution_start" => Some(SocketEvent::Started { prompt_id }),
        "execution_cached" => data.get("nodes").and_then(Value::as_array).map(|nodes| {
            let nodes = nodes.iter().filter_map(|node| name(Some(node))).collect();
            SocketEvent::Cached { prompt_id, nodes }
        }),
        "executing" => match data.get("node") {
            Some(Value::Null) => Some(SocketEvent::Executing { prompt_id, node: None }),
            Some(_) => node().map(|node| SocketEvent::Executing { prompt_id, node: Some(node) }),
            None => None,
        },
        "progress" => step(data, node()).map(|step| SocketEvent::Step { prompt_id, step }),
        "progress_state" => data.get("nodes").and_then(Value::as_object).map(|nodes| {
            let steps = nodes.iter().filter_map(|(node, state)| step(state, Some(node.clone()))).collect();
            SocketEvent::Steps { prompt_id, steps }
        }),
        "executed" => node().map(|node| {
            let mut outputs = Vec::new();
            Output::read(&node, data.get("output").unwrap_or(&Value::Null), &mut outputs);
            SocketEvent::Made { prompt_id, outputs }
        }),
        "execution_success" => Some(SocketEvent::Succeeded { prompt_id }),
        "execution_error" if data.is_object() => {
            Some(SocketEvent::Failed { prompt_id, failure: NodeFailure::read(data) })
        }
        "execution_interrupted" => Some(SocketEvent::Interrupted { prompt_id }),
        "execution_error" => None,
        _ => return Frame::Unknown,
    };
    event.map_or(Frame::Corrupt, Frame::Known)
}

fn step(state: &Value, node: Option<String>) -> Option<NodeStep> {
    let number = |name: &str| state.get(name).and_then(Value::as_f64);
    let value = number("value")?;
    let max = number("max").filter(|max| *max > 0.0)?;
    let is_finished = state.get("state").and_then(Value::as_str) == Some("finished");
    Some(NodeStep { node: node.unwrap_or_default(), value: between(value, 0.0, max), max, is_finished })
}

/// The kinds of binary frames, big-endian at their beginning.
const PREVIEW: u32 = 1;
const PREVIEW_WITH_METADATA: u32 = 4;

fn preview(head: &[u8], length: usize) -> Frame<Preview> {
    let Some((kind, rest)) = number(head) else { return Frame::Corrupt };
    if kind != PREVIEW && kind != PREVIEW_WITH_METADATA {
        return Frame::Unknown;
    }
    let Some((second, rest)) = number(rest) else { return Frame::Corrupt };
    let named = match (kind, second) {
        (PREVIEW, 1) => Some((rest, 8, Value::Null, "image/jpeg")),
        (PREVIEW, 2) => Some((rest, 8, Value::Null, "image/png")),
        (PREVIEW, _) => return Frame::Unknown,
        // The second number is how long the metadata are.
        _ => metadata(rest, second),
    };
    let Some((rest, offset, said, media_type)) = named else { return Frame::Corrupt };
    if offset >= length {
        return Frame::Corrupt;
    }
    let node = name(said.get("display_node_id")).or_else(|| name(said.get("node_id")));
    let prompt_id = said.get("prompt_id").and_then(Value::as_str).map(str::to_owned);
    // The picture's own first bytes are surer than what is said of it.
    Frame::Known(Preview { media_type: seen_type(rest).unwrap_or(media_type), offset, prompt_id, node })
}

fn metadata(rest: &[u8], length: u32) -> Option<(&[u8], usize, Value, &'static str)> {
    let length = usize::try_from(length).ok()?;
    let (json, rest) = rest.split_at_checked(length)?;
    let said: Value = serde_json::from_slice(json).ok()?;
    let media_type = match said.get("image_type").and_then(Value::as_str) {
        Some("image/png") => "image/png",
        Some("image/webp") => "image/webp",
        _ => "image/jpeg",
    };
    Some((rest, length.checked_add(8)?, said, media_type))
}

fn seen_type(picture: &[u8]) -> Option<&'static str> {
    [(&b"\xFF\xD8\xFF"[..], "image/jpeg"), (b"\x89PNG", "image/png"), (b"RIFF", "image/webp")]
        .into_iter()
        .find_map(|(start, media_type)| picture.starts_with(start).then_some(media_type))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}
