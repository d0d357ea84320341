//! `ComfyUI`: workflows are posted over HTTP and what becomes of them is told over a WebSocket.
//!
//! A prompt here is a whole workflow in a queue that all pages share. The socket says how it goes on; the history says how it
//! ended, and is the only place that can still be asked after the socket was lost. `run.rs` puts the words of both in order.
//!
//! A server lets a page in only if it was started with `--enable-cors-header`; what it refuses then comes without the headers
//! that would let the page read why, so that most refusals of that kind are seen as "unreachable" and left to the doctor.
//! There are no keys. Every route is asked without its `/api`, which older servers do not have.

mod failure;
mod history;
mod lists;
mod object_info;
mod outcome;
mod progress;
mod refusal;
mod request;
mod run;
mod socket;

pub use failure::NodeFailure;
pub use history::{History, Place, parse_history, parse_queue};
pub use lists::{Device, SystemStats, parse_architecture, parse_models, parse_system_stats, parse_upload};
pub use object_info::parse_object_info;
pub use outcome::{Ask, Outcome, Showing, Word};
pub use progress::Progress;
pub use refusal::{Accepted, classify, parse_accepted};
pub use request::{
    GREETING, PreviewMethod, Submission, delete_pending, history, interrupt, models, object_info, prompt,
    queue, root, socket, system_stats, upload, view, view_metadata,
};
pub use run::Run;
pub use socket::{Frame, NodeStep, Preview, SocketDecoder, SocketEvent};

use serde_json::Value;

use super::WireError;
use crate::model::ErrorCode;

/// A file on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerFile {
    /// Its name.
    pub filename: String,
    /// The folder inside the one of its kind, with the separators of the server's system; mostly empty.
    pub subfolder: String,
    /// `output`, `temp` or `input`.
    pub kind: String,
}

impl ServerFile {
    /// Its name as a node takes it that loads a file.
    pub fn input_name(&self) -> String {
        let mut name = match self.subfolder.as_str() {
            "" => self.filename.clone(),
            folder => format!("{folder}/{}", self.filename),
        };
        if self.kind != "input" {
            name = format!("{name} [{}]", self.kind);
        }
        name
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            filename: text("filename").filter(|name| !name.is_empty())?,
            subfolder: text("subfolder").unwrap_or_default(),
            kind: text("type").unwrap_or_else(|| "output".to_owned()),
        })
    }
}

/// A file that a node made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The node, by its name in the workflow.
    pub node: String,
    /// `images` mostly; nodes of others name theirs `gifs`, `videos`, `audio` …
    pub group: String,
    /// The file.
    pub file: ServerFile,
}

impl Output {
    /// Whether it is a picture that was made to be kept. Previews are no such where there are others.
    fn is_kept_picture(&self) -> bool {
        self.group == "images" && self.file.kind == "output"
    }

    /// All files that one node names.
    fn read(node: &str, output: &Value, found: &mut Vec<Self>) {
        for (group, files) in output.as_object().into_iter().flatten() {
            let files = files.as_array().into_iter().flatten().filter_map(ServerFile::read);
            for file in files {
                let output = Self { node: node.to_owned(), group: group.clone(), file };
                if !found.contains(&output) {
                    found.push(output);
                }
            }
        }
    }
}

/// The pictures among what was made: those to be kept, or the previews where there are none.
pub fn pictures(outputs: &[Output]) -> Vec<&ServerFile> {
    let kept: Vec<&ServerFile> =
        outputs.iter().filter(|output| output.is_kept_picture()).map(|output| &output.file).collect();
    if !kept.is_empty() {
        return kept;
    }
    outputs.iter().filter(|output| output.group == "images").map(|output| &output.file).collect()
}

/// A body that a `ComfyUI` answers with a success.
fn body_of(body: &[u8]) -> Result<Value, WireError> {
    serde_json::from_slice(body).map_err(|_| no_comfyui())
}

fn no_comfyui() -> WireError {
    WireError::new(ErrorCode::Protocol, "The server at this address does not answer as ComfyUI does.")
}

/// A number of things, zero where it is anything else.
fn small(value: Option<&Value>) -> u32 {
    let count = value.and_then(Value::as_u64).unwrap_or_default();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A name that may be written as a number.
fn name(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(name) => Some(name.clone()),
        Value::Number(name) => Some(name.to_string()),
        _ => None,
    }
}
