//! What is said in a conversation, in the words of the contract. The bytes of files stay on the JavaScript side: here
//! is only a handle.

use serde::Serialize;
use serde_json::Value;

/// A file of a message. Its bytes stay on the JavaScript side, which knows it by its handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Such as `image/png`.
    pub media_type: String,
    /// The handle.
    pub file: u32,
    /// Its size in bytes.
    #[cfg_attr(test, ts(type = "number"))]
    pub bytes: u64,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// A digest of its bytes, where the page could make one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub digest: Option<String>,
}

impl File {
    /// Whether it is a picture.
    pub fn is_image(&self) -> bool {
        self.media_type.starts_with("image/")
    }
}

/// One piece of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Content {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A file.
    File(File),
}

impl Content {
    /// The words, unless it is a file.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::File(_) => None,
        }
    }
}

/// The body of a message: one string, or pieces.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Text {
    /// One string.
    Whole(String),
    /// Pieces, in order.
    Pieces(Vec<Content>),
}

impl Text {
    /// The words, pieces joined without a separator.
    pub fn words(&self) -> String {
        self.texts().collect()
    }

    /// The words, piece by piece, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (whole, pieces) = match self {
            Self::Whole(words) => (Some(words.as_str()), [].as_slice()),
            Self::Pieces(pieces) => (None, pieces.as_slice()),
        };
        whole.into_iter().chain(pieces.iter().filter_map(Content::text))
    }

    /// The files, in order.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        let pieces = match self {
            Self::Whole(_) => &[],
            Self::Pieces(pieces) => pieces.as_slice(),
        };
        pieces.iter().filter_map(|piece| match piece {
            Content::File(file) => Some(file),
            Content::Text { .. } => None,
        })
    }

    /// Adds files at the end.
    fn attach(&mut self, files: &[File]) {
        let mut pieces = match self {
            Self::Whole(words) => vec![Content::Text { text: core::mem::take(words) }],
            Self::Pieces(pieces) => core::mem::take(pieces),
        };
        pieces.extend(files.iter().cloned().map(Content::File));
        *self = Self::Pieces(pieces);
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "role", rename_all = "lowercase")]
pub enum Message {
    /// What the model should be like.
    System {
        /// The words.
        content: Text,
    },
    /// What the person said.
    User {
        /// The words.
        content: Text,
    },
    /// What a model said.
    Assistant {
        /// The words.
        content: Text,
        /// Tools it asked for.
        #[serde(rename = "toolCalls", skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Vec<ToolCall>>"))]
        tool_calls: Vec<ToolCall>,
        /// What its provider wants back unchanged.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional, type = "unknown"))]
        opaque: Option<Value>,
    },
    /// What a tool answered.
    Tool {
        /// The call that this answers.
        #[serde(rename = "toolCallId")]
        tool_call_id: String,
        /// The answer.
        content: Text,
    },
}

impl Message {
    /// The words of it.
    pub fn words(&self) -> String {
        self.content().words()
    }

    /// Its body.
    pub const fn content(&self) -> &Text {
        match self {
            Self::System { content }
            | Self::User { content }
            | Self::Assistant { content, .. }
            | Self::Tool { content, .. } => content,
        }
    }

    /// Its body, to be changed.
    pub const fn content_mut(&mut self) -> &mut Text {
        match self {
            Self::System { content }
            | Self::User { content }
            | Self::Assistant { content, .. }
            | Self::Tool { content, .. } => content,
        }
    }

    /// Adds files to it.
    pub fn attach(&mut self, files: &[File]) {
        if !files.is_empty() {
            self.content_mut().attach(files);
        }
    }
}

/// A tool the model may ask for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// JSON Schema of its input.
    #[cfg_attr(test, ts(type = "object"))]
    pub input_schema: Value,
}

/// A model's wish to use a tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ToolCall {
    /// To answer it by.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The input, parsed.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub input: Value,
    /// What its provider wants back unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "unknown"))]
    pub opaque: Option<Value>,
}

/// Whether the model may, must or must not use tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase", untagged)]
pub enum ToolChoice {
    /// As a word.
    Mode(ToolMode),
    /// This tool.
    Named {
        /// Its name.
        name: String,
    },
}

/// The choices that are one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ToolMode {
    /// The model decides.
    Auto,
    /// No tools.
    None,
    /// At least one tool.
    Required,
}
