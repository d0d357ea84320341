//! Bytes to nouns and back: one file a protocol over the two framers.
//!
//! A protocol encodes requests, classifies heads that are no success, and decodes bodies as they come. It
//! decides nothing: what to do about a failure is the engine's.
//!
//! A frame of a body is known, unknown or corrupt. An unknown one (sound JSON without anything that the
//! protocol knows) is skipped and counted in [`Ending::unknown_frames`]. A corrupt one (not UTF-8, not JSON,
//! or a known field of the wrong type) ends a chat with [`ErrorCode::Protocol`], since it may have held words
//! that would be missing without a trace; a pull, where only progress is lost, skips a few of them. What a
//! body says never depends on where the network cut it.

pub mod comfyui;
pub mod gemini;
pub mod ndjson;
pub mod ollama;
pub mod openai;
pub mod openrouter;
pub mod sse;
pub mod utf8;

mod beginning;
mod bytes;
mod delay;
mod mould;
mod protocol;
mod refusal;
mod scan;
mod tolerant;
mod vectors;

#[cfg(test)]
mod tests;

use core::fmt;

use serde_json::Value;

use crate::base::money::Money;
use crate::model::http::{Credential, FilePlace, HttpRequest, Reading};
use crate::model::picture::BlobHandle;
use crate::model::{ErrorCode, File, FinishReason, Message, Reasoning, Tool, ToolChoice, Usage};

pub use beginning::{Beginning, GO_ON};
pub use delay::{span_of, stated_delay};
pub use protocol::{Decoder, Embeddings, ListedModel, ModelPage, Protocol, Server};

/// The longest line of a text body, bytes. A longer one is no model's text.
pub const LINE_LIMIT: usize = 1_048_576;

/// The most tool calls of one answer. More are no model's wish.
const CALL_LIMIT: usize = 256;

/// A request for text to one model, as every protocol needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    /// The provider's own model name.
    pub model: String,
    /// The conversation, system first.
    pub messages: Vec<Message>,
    /// Tools the model may ask for.
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not.
    pub tool_choice: Option<ToolChoice>,
    /// JSON Schema that the answer has to fit.
    pub schema: Option<Value>,
    /// Whether the answer has to rest on a web search.
    pub search: bool,
    /// Whether what is said is private, so that nobody on the way may keep it.
    pub is_sensitive: bool,
    /// How hard to think. `None`: as the model likes, unless it was told that the model cannot.
    pub reasoning: Option<Reasoning>,
    /// Whether the model is known to think, where known.
    pub can_reason: Option<bool>,
    /// Most tokens of the answer.
    pub max_output_tokens: Option<u32>,
    /// 0 is the most likely word always.
    pub temperature: Option<f64>,
    /// Share of likely words considered.
    pub top_p: Option<f64>,
    /// Strings that end the answer.
    pub stop: Vec<String>,
    /// For answers that can be had again.
    pub seed: Option<i64>,
    /// Tokens that the server should make room for, prompt and answer together (Ollama's `num_ctx`).
    pub context_length: Option<u64>,
    /// What was said of the answer already, by a model that died.
    pub beginning: Option<Beginning>,
    /// `Some`: the answer is to hold a picture.
    pub canvas: Option<Canvas>,
}

/// The picture that an answer is to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Canvas {
    /// Width to height, as `16:9`; as the model likes where nobody said.
    pub aspect_ratio: Option<&'static str>,
    /// How large; as the model likes where nobody said, or where it cannot be told.
    pub size: Option<CanvasSize>,
    /// Whether the model makes nothing but pictures: it refuses to be asked for words beside them.
    pub is_alone: bool,
}

/// How large a picture is: pixels of the side of a square of as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanvasSize {
    /// 1,024
    OneK,
    /// 2,048
    TwoK,
    /// 4,096
    FourK,
}

impl CanvasSize {
    /// As the clouds write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneK => "1K",
            Self::TwoK => "2K",
            Self::FourK => "4K",
        }
    }
}

/// What a body says.
#[derive(Clone, Debug, PartialEq)]
pub enum WireEvent {
    /// More of the answer.
    Text(String),
    /// More of the model's thinking.
    Reasoning(String),
    /// More of a tool's input, as JSON text.
    ToolCallDelta {
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// The piece.
        delta: String,
    },
    /// A tool call, whole.
    ToolCall {
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// Its input, parsed.
        input: Value,
        /// What the provider wants back with it.
        opaque: Option<Value>,
    },
    /// A picture, which lies outside.
    Picture {
        /// Where.
        blob: BlobHandle,
        /// What it is; empty where nobody can tell.
        media_type: String,
        /// Whether it is a thought: the picture itself comes later, unless nothing comes.
        is_draft: bool,
    },
    /// Where a statement comes from.
    Source {
        /// The page's title; its address where it has none.
        title: String,
        /// The page.
        url: String,
    },
}

/// How a body ended well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ending {
    /// Why the answer ended.
    pub finish: FinishReason,
    /// Tokens as the server counted them; `None` where it did not.
    pub usage: Option<Usage>,
    /// Frames that were skipped since nobody knows them.
    pub unknown_frames: u32,
    /// Whether it said nothing at all: no word, no thought, no tool call.
    pub is_empty: bool,
    /// What the server billed, where it says so.
    pub billed: Option<Money>,
    /// What the provider wants back with this answer's message.
    pub opaque: Option<Value>,
    /// The model that answered, where the server names another than was asked.
    pub answered_by: Option<String>,
    /// That the server answered only a part of the prompt, where the counts give it away.
    pub prompt_cut: Option<PromptCut>,
}

/// A prompt that a server cut without a word, so that its answer rests on a part of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptCut {
    /// Tokens of the whole prompt, as the mesh estimates them.
    pub sent_tokens: u64,
    /// Tokens that the model saw.
    pub kept_tokens: u64,
    /// Tokens that the server had room for, prompt and answer together.
    pub context_length: u64,
}

/// Why a protocol failed: a status that is no success, an error inside the body, or a body that makes no
/// sense.
#[derive(Clone, Debug, PartialEq)]
pub struct WireError {
    /// What kind.
    pub code: ErrorCode,
    /// One plain sentence, with the server's own words where it sent some (cut to 300 characters).
    pub message: String,
    /// HTTP status; for an error inside a 200, the status that the error itself names.
    pub status: Option<u16>,
    /// Milliseconds after which trying again makes sense, where the server said so.
    pub retry_after_ms: Option<f64>,
    /// Whether the server is there and still loads the model.
    pub is_starting: bool,
    /// What to do about it, where the server's answer itself shows that.
    pub hint: Option<String>,
}

impl WireError {
    /// An error of this kind, with one plain sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, status: None, retry_after_ms: None, is_starting: false, hint: None }
    }

    /// With what to do about it.
    #[must_use]
    fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn line_too_long() -> Self {
        Self::new(ErrorCode::Protocol, "The server sent a line that is too long to be a model's text.")
    }

    fn not_utf8() -> Self {
        Self::new(ErrorCode::Protocol, "The server sent a piece of the answer that is not valid UTF-8.")
    }

    fn not_json(error: &serde_json::Error) -> Self {
        let what = if error.is_data() { "does not fit its own protocol" } else { "is not valid JSON" };
        Self::new(ErrorCode::Protocol, format!("The server sent a piece of the answer that {what}."))
    }

    fn misfit() -> Self {
        let message = "The server sent a piece of the answer that does not fit its own protocol.";
        Self::new(ErrorCode::Protocol, message)
    }

    fn not_an_api() -> Self {
        Self::new(ErrorCode::Protocol, "The server answered with a web page, so this address is not an API.")
    }

    /// A picture that is none, or that was never taken out of the answer which speaks of it.
    pub(crate) fn no_such_picture() -> Self {
        Self::new(ErrorCode::BadOutput, "The model sent a picture that cannot be read.")
    }

    fn too_many_calls() -> Self {
        Self::new(ErrorCode::BadOutput, "The model asked for more tools than can be meant.")
    }

    fn truncated() -> Self {
        Self::new(ErrorCode::Truncated, "The answer broke off before its end.")
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl core::error::Error for WireError {}

/// Where a server is, for an endpoint as a person writes it. Without a scheme it is taken for plain HTTP; slashes, what
/// follows `?` or `#`, and these words are taken off its end, while a path before them, as a proxy may want it, stays.
fn root_without(ends: &[&str], endpoint: &str) -> String {
    let endpoint = endpoint.trim();
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    while segments.len() > 1 && segments.last().is_some_and(|last| ends.contains(last)) {
        segments.pop();
    }
    format!("{scheme}://{}", segments.join("/"))
}

/// A GET without any header but, where wanted, the key.
fn get(url: String, credential: Option<&Credential>) -> HttpRequest {
    HttpRequest { credential: credential.cloned(), ..HttpRequest::get(url) }
}

/// A POST of JSON with, where wanted, the key.
fn post(url: String, credential: Option<&Credential>, body: &Value) -> HttpRequest {
    let body = body.to_string().into_bytes();
    HttpRequest { credential: credential.cloned(), ..HttpRequest::post_json(url, body) }
}

/// The request with the places of these files left to the shell. Whatever else looks like a place is a text that somebody
/// wrote, and stays one: its number could be that of a file of another request.
fn with_files<'a>(request: HttpRequest, files: impl Iterator<Item = &'a File>) -> HttpRequest {
    let own: Vec<u32> = files.map(|file| file.file).collect();
    match request.body.as_deref() {
        Some(body) if !own.is_empty() => {
            let (body, files) = cut_places(&String::from_utf8_lossy(body), &own);
            HttpRequest { body: Some(body), files, ..request }
        }
        _ => request,
    }
}

/// Stands in a body for the Base64 text of a file. Its bytes never pass through here.
///
/// A text that holds the same characters would be taken for a place too; the engine refuses such a text where there are
/// files.
pub fn place_of(file: &File) -> String {
    format!("{PLACE}{};", file.file)
}

/// A control character that no text of a person holds, and a word.
pub const PLACE: &str = "\u{1}file:";

/// [`PLACE`] inside JSON.
const WRITTEN_PLACE: &str = "\\u0001file:";

impl ChatRequest {
    /// The files of all messages.
    fn files(&self) -> impl Iterator<Item = &File> {
        self.messages.iter().flat_map(|message| message.content().files())
    }
}

/// How the answer to a request is taken in.
fn reading(request: &ChatRequest) -> Reading {
    if request.canvas.is_some() { Reading::WithoutPictures } else { Reading::Inside }
}

/// Stands in an answer, inside a string, for a picture that the shell took out. The number of its handle comes next, then a
/// semicolon and its media type.
const TAKEN_OUT: &str = "\u{1}blob:";

/// The picture that this text of an answer stands for. Whether that one was really taken out of this answer is for who asked
/// to see: anybody can write so.
fn taken_out(text: &str) -> Option<(BlobHandle, &str)> {
    let (handle, media_type) = text.strip_prefix(TAKEN_OUT)?.split_once(';')?;
    Some((handle.parse().ok()?, media_type))
}

/// The body without the places of these files, and where they were.
fn cut_places(body: &str, own: &[u32]) -> (Vec<u8>, Vec<FilePlace>) {
    let mut rest = body;
    let mut bytes = Vec::with_capacity(body.len());
    let mut places = Vec::new();
    while let Some((before, after)) = rest.split_once(WRITTEN_PLACE) {
        bytes.extend_from_slice(before.as_bytes());
        rest = after;
        let number = after.split_once(';').and_then(|(number, after)| Some((number.parse().ok()?, after)));
        match number.filter(|(file, _)| own.contains(file)) {
            Some((file, after)) => {
                places.push(FilePlace { offset: bytes.len(), file });
                rest = after;
            }
            None => bytes.extend_from_slice(WRITTEN_PLACE.as_bytes()),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    (bytes, places)
}
