//! What a prompt is made of, and how many tokens that probably is.

use super::family::Family;
use super::tokens::Features;
use crate::model::{Message, TextRequest, Tool};

/// Tokens that chat templates put around each message.
const TOKENS_PER_MESSAGE: u64 = 4;

/// What a prompt is made of. Each word of it is walked over once, however many families count it. Files are not counted:
/// what they come to is the provider's to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    words: Features,
    /// Messages and tools.
    parts: u64,
}

impl Prompt {
    /// The whole prompt of a request, tools included.
    pub fn of(request: &TextRequest) -> Self {
        let mut prompt = Self::default();
        for words in request.system.iter().chain(&request.prompt) {
            prompt.words.add_text(words);
            prompt.parts += 1;
        }
        for message in request.messages.iter().flatten() {
            prompt.add_message(message);
        }
        for tool in request.tools.iter().flatten() {
            prompt.add_tool(tool);
        }
        prompt
    }

    /// One message.
    pub fn of_message(message: &Message) -> Self {
        let mut prompt = Self::default();
        prompt.add_message(message);
        prompt
    }

    /// About how many tokens of this family it has.
    pub fn tokens(&self, family: Family) -> u64 {
        self.words.tokens(family) + TOKENS_PER_MESSAGE * self.parts
    }

    /// The same for each family, by its number.
    pub fn by_family(&self) -> Vec<u64> {
        let around = TOKENS_PER_MESSAGE * self.parts;
        self.words.by_family().iter().map(|tokens| tokens + around).collect()
    }

    fn add_message(&mut self, message: &Message) {
        self.parts += 1;
        for words in message.content().texts() {
            self.words.add_text(words);
        }
        if let Message::Assistant { tool_calls, .. } = message {
            for call in tool_calls {
                self.words.add_text(&call.name);
                self.words.add_text(&call.input.to_string());
            }
        }
    }

    fn add_tool(&mut self, tool: &Tool) {
        self.parts += 1;
        self.words.add_text(&tool.name);
        self.words.add_text(tool.description.as_deref().unwrap_or_default());
        self.words.add_text(&tool.input_schema.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Text, ToolCall};
    use serde_json::json;

    fn user(words: &str) -> Message {
        Message::User { content: Text::Whole(words.to_owned()) }
    }

    #[test]
    fn a_prompt_is_the_sum_of_its_messages() {
        let messages = vec![user("Why is the sky blue?"), user("And why is it red in the evening?")];
        let alone: Vec<Prompt> = messages.iter().map(Prompt::of_message).collect();
        let request = TextRequest { messages: Some(messages), ..TextRequest::default() };
        for family in Family::ALL {
            let sum: u64 = alone.iter().map(|prompt| prompt.tokens(family)).sum();
            let whole = Prompt::of(&request).tokens(family);
            // Each message is rounded up.
            assert!(whole <= sum && sum <= whole + 2, "{family:?}: {whole} and {sum}");
        }
    }

    #[test]
    fn everything_that_the_model_reads_is_counted() {
        let mut request = TextRequest { prompt: Some("Go.".to_owned()), ..TextRequest::default() };
        let mut last = Prompt::of(&request).tokens(Family::Other);
        let mut grows = |request: &TextRequest, what: &str| {
            let now = Prompt::of(request).tokens(Family::Other);
            assert!(now > last, "{what}: {now} after {last}");
            last = now;
        };
        request.system = Some("Be brief.".to_owned());
        grows(&request, "system");
        let tool = Tool { name: "weather".to_owned(), description: None, input_schema: json!({}) };
        request.tools = Some(vec![tool.clone()]);
        grows(&request, "tool");
        request.tools =
            Some(vec![Tool { description: Some("Tells the weather".to_owned()), ..tool.clone() }]);
        grows(&request, "description");
        request.tools = Some(vec![Tool {
            description: Some("Tells the weather".to_owned()),
            input_schema: json!({"type": "object"}),
            ..tool
        }]);
        grows(&request, "schema");
        let call = |input| Message::Assistant {
            content: Text::Whole(String::new()),
            tool_calls: vec![ToolCall {
                id: "1".to_owned(),
                name: "weather".to_owned(),
                input,
                opaque: None,
            }],
            opaque: None,
        };
        request.messages = Some(vec![call(json!(null))]);
        grows(&request, "call");
        request.messages = Some(vec![call(json!({"place": "Bern", "days": [1, 2, 3]}))]);
        grows(&request, "input of a call");
    }
}
