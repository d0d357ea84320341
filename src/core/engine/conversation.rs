//! Which model a conversation is held with: of each answer that was given here, who gave it. Only a hash of the answer is
//! remembered, never a word of it, and only while the page lives.

use std::collections::VecDeque;

use crate::base::hash;
use crate::model::{Message, ModelKey, TextRequest, ToolCall};

/// How many answers are remembered; the oldest are forgotten first.
const MOST_ANSWERS: usize = 256;

/// Who gave which answer.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    answers: VecDeque<(u64, ModelKey)>,
}

impl Conversations {
    /// A model gave this answer.
    pub(super) fn answered(&mut self, text: &str, tool_calls: &[ToolCall], model: &ModelKey) {
        let Some(mark) = mark(text, tool_calls) else { return };
        self.answers.retain(|(known, _)| *known != mark);
        if self.answers.len() == MOST_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((mark, model.clone()));
    }

    /// The model that gave the last answer in the messages of a request; `None` where there is none, or it was not
    /// given here.
    pub(super) fn held_with(&self, request: &TextRequest) -> Option<&ModelKey> {
        let last = request.messages.as_deref()?.iter().rev().find_map(|message| match message {
            Message::Assistant { content, tool_calls, .. } => Some(mark(&content.words(), tool_calls)),
            _ => None,
        })??;
        self.answers.iter().rev().find(|(known, _)| *known == last).map(|(_, model)| model)
    }
}

/// What an answer is found again by: its words but for white space around them, which pages trim; where it has none, the
/// tools that it called.
fn mark(text: &str, tool_calls: &[ToolCall]) -> Option<u64> {
    let text = text.trim();
    if !text.is_empty() {
        return Some(hash::stable(text.as_bytes()));
    }
    let calls: Vec<&str> = tool_calls.iter().map(|call| call.id.as_str()).collect();
    (!calls.is_empty()).then(|| hash::stable(calls.join("\n").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(messages: &str) -> TextRequest {
        crate::base::json::read(format!(r#"{{"messages":{messages}}}"#).as_bytes()).unwrap()
    }

    fn model(id: &str) -> ModelKey {
        ModelKey::new("ollama", id)
    }

    const GOING_ON: &str = r#"[{"role":"user","content":"Capital of France?"},{"role":"assistant","content":" Paris.\n"},{"role":"user","content":"And of Spain?"}]"#;

    #[test]
    fn a_conversation_is_held_with_whoever_answered_last() {
        let mut conversations = Conversations::default();
        assert_eq!(conversations.held_with(&request(GOING_ON)), None);
        conversations.answered("Paris.", &[], &model("a"));
        assert_eq!(conversations.held_with(&request(GOING_ON)), Some(&model("a")));
        conversations.answered("Paris.", &[], &model("b"));
        assert_eq!(conversations.held_with(&request(GOING_ON)), Some(&model("b")), "who said it last");
        assert_eq!(conversations.answers.len(), 1);
    }

    #[test]
    fn an_answer_without_words_is_known_by_its_calls() {
        let mut conversations = Conversations::default();
        let call = |id: &str| ToolCall {
            id: id.to_owned(),
            name: "look".to_owned(),
            input: serde_json::Value::Null,
            opaque: None,
        };
        conversations.answered("", &[call("c1")], &model("a"));
        conversations.answered("", &[call("c2")], &model("b"));
        conversations.answered("", &[], &model("c"));
        let messages = r#"[{"role":"user","content":"?"},{"role":"assistant","content":"","toolCalls":[{"id":"c1","name":"look","input":null}]},{"role":"tool","toolCallId":"c1","content":"x"}]"#;
        assert_eq!(conversations.held_with(&request(messages)), Some(&model("a")));
    }

    #[test]
    fn no_word_of_an_answer_is_kept_and_no_more_than_a_few_hundred_hashes() {
        let mut conversations = Conversations::default();
        for number in 0..2 * MOST_ANSWERS {
            conversations.answered(&format!("the secret number {number}"), &[], &model("a"));
        }
        assert_eq!(conversations.answers.len(), MOST_ANSWERS);
        assert!(!format!("{conversations:?}").contains("secret"));
    }
}
