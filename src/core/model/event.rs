//! What is said while a generation runs.

use serde::Serialize;
use serde_json::Value;

use super::picture::BlobHandle;
use super::{Decision, FinishReason, Reason, Receipt, Usage};

/// One event of a generation, as JavaScript sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// The model that was chosen, and why.
    Route {
        /// The decision.
        decision: Box<Decision>,
    },
    /// A model is being asked.
    Attempt {
        /// `provider/id`.
        model: String,
        /// Counted from 1.
        attempt: u32,
    },
    /// More of the answer.
    TextDelta {
        /// The words.
        text: String,
    },
    /// More of the model's thinking.
    ReasoningDelta {
        /// The words.
        text: String,
    },
    /// More of a tool's input, as JSON text.
    ToolCallDelta {
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// The piece.
        input_delta: String,
    },
    /// A tool call, whole.
    ToolCall {
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// Its input, parsed.
        #[cfg_attr(test, ts(type = "unknown"))]
        input: Value,
    },
    /// Where a statement comes from.
    Source {
        /// The page's title.
        title: String,
        /// The page.
        url: String,
    },
    /// It waits for one of the few connections that a browser has to a server, over all tabs.
    Queue {
        /// Its place in line: 1 is next, and 0 says that it waits no more.
        position: u32,
    },
    /// How far the model is with something that takes long.
    Progress {
        /// Done.
        value: f64,
        /// Whole.
        max: f64,
        /// Of what.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        node: Option<String>,
    },
    /// What a picture looks like by now.
    Preview {
        /// Its bytes.
        blob: BlobHandle,
    },
    /// A picture, done.
    Image {
        /// Its bytes.
        blob: BlobHandle,
    },
    /// A video, done.
    Video {
        /// Its bytes.
        blob: BlobHandle,
    },
    /// Something the caller should know that is no failure.
    Warning {
        /// What.
        reason: Reason,
    },
    /// Another model takes over. It goes on after what was shown, if anything was, unless a `restart` follows.
    Fallback {
        /// `provider/id`.
        from: String,
        /// `provider/id`.
        to: String,
        /// Why.
        reason: Reason,
    },
    /// Throw away what was shown: the answer begins again.
    Restart {
        /// Why.
        reason: Reason,
    },
    /// The end of a generation that succeeded.
    Finish {
        /// What happened, and what it cost.
        receipt: Box<Receipt>,
    },
}

/// What a provider written in JavaScript says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum CustomEvent {
    /// More of the answer.
    TextDelta {
        /// The words.
        text: String,
    },
    /// More of the model's thinking.
    ReasoningDelta {
        /// The words.
        text: String,
    },
    /// A tool call, whole.
    ToolCall {
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// Its input, parsed.
        #[cfg_attr(test, ts(type = "unknown"))]
        input: Value,
    },
    /// Where a statement comes from.
    Source {
        /// The page's title.
        title: String,
        /// The page.
        url: String,
    },
    /// How far the provider is with something that takes long, such as a download.
    Progress {
        /// Done.
        value: f64,
        /// Whole.
        max: f64,
        /// Of what.
        #[cfg_attr(test, ts(optional))]
        node: Option<String>,
    },
    /// What a picture looks like by now.
    Preview {
        /// Its bytes.
        blob: BlobHandle,
    },
    /// A picture, done.
    Image {
        /// Its bytes.
        blob: BlobHandle,
        /// How many they are.
        #[cfg_attr(test, ts(type = "number"))]
        bytes: u64,
        /// What they are.
        media_type: String,
    },
    /// What was used.
    Usage {
        /// The counts.
        usage: CustomUsage,
    },
    /// The end. A stream that ends without it was cut.
    Finish {
        /// Why it ended.
        reason: FinishReason,
    },
}

/// Token counts that a provider written in JavaScript reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CustomUsage {
    /// Cached tokens included.
    #[cfg_attr(test, ts(type = "number"))]
    pub input_tokens: u64,
    /// Reasoning included.
    #[cfg_attr(test, ts(type = "number"))]
    pub output_tokens: u64,
    /// Part of the input.
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub cached_input_tokens: Option<u64>,
    /// Part of the output.
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub reasoning_tokens: Option<u64>,
}

impl From<CustomUsage> for Usage {
    fn from(counted: CustomUsage) -> Self {
        let CustomUsage { input_tokens, output_tokens, cached_input_tokens, reasoning_tokens } = counted;
        Self { input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, estimated: false }
    }
}
