//! A request for text, as it arrives from JavaScript. Files and blobs stay on the JavaScript side.

use serde::Serialize;
use serde_json::Value;

use super::message::File;
use super::{Error, Message, PolicyInput, Tool, ToolChoice};

/// How hard the model should think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Reasoning {
    /// Not at all.
    Off,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// Whether stored answers may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum CacheMode {
    /// Yes.
    Use,
    /// Ask again and store.
    Refresh,
    /// Neither read nor write.
    Off,
}

/// A request for text. Exactly one of `prompt` and `messages` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct TextRequest {
    /// Chosen by the caller to join or find it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The goal and limits; the mesh's own where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyInput>,
    /// Pins a model: `provider/id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether stored answers may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheMode>,
    /// A conversation of one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// A conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
    /// What the model should be like; before the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Files that belong to the prompt, or to the last message of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<File>>,
    /// Tools the model may ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// Whether it may, must or must not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// JSON Schema that the answer must fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "object"))]
    pub schema: Option<Value>,
    /// Whether the answer must rest on a web search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<bool>,
    /// How hard to think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning>,
    /// Most tokens of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// 0 is the most likely word always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Share of likely words considered, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Strings that end the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Vec<String>>,
    /// For answers that can be had again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number"))]
    pub seed: Option<i64>,
}

/// Many requests for text in one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchRequest {
    /// By their places in the caller's list; an error where one could not be read.
    pub requests: Vec<(u32, Result<TextRequest, Error>)>,
    /// How many may run at once; as many as providers bear where absent.
    pub concurrency: Option<u32>,
    /// Whether the id is the caller's own: what is done is kept under it, and not asked again when the batch is given again.
    pub is_kept: bool,
}

/// A request for the vectors of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedRequest {
    /// The texts, in the order of the vectors.
    pub texts: Vec<String>,
    /// Pins a model: `provider/id`.
    pub model: Option<String>,
    /// The goal and limits; the mesh's own where absent.
    pub policy: Option<PolicyInput>,
    /// Whether vectors that are kept may be used.
    pub cache: Option<CacheMode>,
}

/// A request to look at providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscoverRequest {
    /// Which; all where absent.
    pub providers: Option<Vec<String>>,
    /// Whether to look for servers on their usual ports too.
    pub scan: Option<bool>,
}

impl TextRequest {
    /// The conversation with the system text first, whichever way the caller wrote it.
    pub fn conversation(&self) -> Vec<Message> {
        let system =
            self.system.iter().map(|words| Message::System { content: super::Text::Whole(words.clone()) });
        let prompt =
            self.prompt.iter().map(|words| Message::User { content: super::Text::Whole(words.clone()) });
        let messages = self.messages.iter().flatten().cloned();
        let mut conversation: Vec<Message> = system.chain(messages).chain(prompt).collect();
        let last_of_user =
            conversation.iter_mut().rev().find(|message| matches!(message, Message::User { .. }));
        if let (Some(message), Some(files)) = (last_of_user, &self.files) {
            message.attach(files);
        }
        conversation
    }
}
