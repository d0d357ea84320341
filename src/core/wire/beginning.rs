//! An answer that was begun by another model.
//!
//! Most servers go on with the words of a last message that is the assistant's own: Ollama's templates leave that message
//! open, llama.cpp's server and vLLM's do the same where they are told to (`continue_final_message`), and OpenRouter hands it to hosts of which many do. Who does not begins a turn of
//! its own after it, which is then joined or not by whoever reads it. Gemini refuses a conversation that ends with the
//! model, so it is asked in words; so is whoever refused once.

use super::ChatRequest;
use crate::model::{Message, Text};

/// What a server is asked that does not go on by itself.
pub const GO_ON: &str = "Your answer was cut off. Go on exactly where it stopped, in the middle of a word if need be. \
                         Repeat nothing of it, and say nothing about it.";

/// What was said of an answer already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// The words.
    pub text: String,
    /// Whether to ask for the rest in words, too.
    pub is_asked: bool,
}

impl Beginning {
    /// The messages that stand for it, the last ones of the conversation.
    pub fn messages(&self, is_asked: bool) -> Vec<Message> {
        let said = Text::Whole(self.text.clone());
        let mut messages = vec![Message::Assistant { content: said, tool_calls: Vec::new(), opaque: None }];
        if is_asked || self.is_asked {
            messages.push(Message::User { content: Text::Whole(GO_ON.to_owned()) });
        }
        messages
    }
}

impl ChatRequest {
    /// The messages that stand for the beginning of the answer; none where it was not begun.
    pub(super) fn begun(&self, is_asked: bool) -> Vec<Message> {
        self.beginning.as_ref().map(|beginning| beginning.messages(is_asked)).unwrap_or_default()
    }
}
