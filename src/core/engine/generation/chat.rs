//! What a model is sent: the request as the protocols need it, without what only other providers may see.

use super::Generation;
use crate::catalog::Entry;
use crate::engine::io::Record;
use crate::engine::shared::Shared;
use crate::engine::trim::Fitted;
use crate::model::{Message, ModelKey, TextRequest};
use crate::wire::{Beginning, ChatRequest};
use serde_json::{Map, Value};

impl Generation {
    pub(super) fn chat_request(
        &self,
        key: &ModelKey,
        fitted: &Fitted<'_>,
        beginning: Option<Beginning>,
        shared: &mut Shared,
    ) -> ChatRequest {
        let request = fitted.request.as_ref();
        let entry = shared.catalogue.entry(key);
        let largest = entry.and_then(|entry| entry.config().context_length);
        let can_reason = entry.map(Entry::config).and_then(|config| {
            let is_told = config.tells_all_capabilities() || config.has("reasoning");
            is_told.then(|| config.has("reasoning"))
        });
        let needed = fitted.input_tokens + self.query.output_tokens;
        let (context_length, is_news) =
            shared.settings.context_length(&key.to_string(), needed + needed / 8, largest);
        if is_news {
            shared.save(Record::Settings);
        }
        ChatRequest {
            model: key.id().to_owned(),
            messages: conversation(request, key.provider()),
            schema: request.schema.clone(),
            search: request.search == Some(true),
            is_sensitive: self.query.sensitive,
            tools: request.tools.clone().unwrap_or_default(),
            tool_choice: request.tool_choice.clone(),
            reasoning: request.reasoning,
            can_reason,
            max_output_tokens: self.output_left(shared.family(key)),
            temperature: request.temperature,
            top_p: request.top_p,
            stop: request.stop.clone().unwrap_or_default(),
            seed: request.seed,
            context_length: Some(context_length),
            beginning,
            canvas: None,
        }
    }
}

/// The conversation as this provider may see it: what another provider wanted back is none of its business.
fn conversation(request: &TextRequest, provider: &str) -> Vec<Message> {
    let mut conversation = request.conversation();
    for message in &mut conversation {
        let Message::Assistant { tool_calls, opaque, .. } = message else { continue };
        *opaque = opaque.take().and_then(|opaque| unwrapped(provider, opaque));
        for call in tool_calls {
            call.opaque = call.opaque.take().and_then(|opaque| unwrapped(provider, opaque));
        }
    }
    conversation
}

/// What a provider wants back, with its name: a later turn may be answered by another.
pub(super) fn wrapped(provider: &str, value: Value) -> Value {
    let mut fields = Map::new();
    fields.insert("provider".to_owned(), Value::from(provider));
    fields.insert("value".to_owned(), value);
    Value::Object(fields)
}

/// What [`wrapped`] wrapped for this provider.
fn unwrapped(provider: &str, opaque: Value) -> Option<Value> {
    let Value::Object(mut fields) = opaque else { return None };
    let is_its_own = fields.get("provider").and_then(Value::as_str) == Some(provider);
    if is_its_own { fields.remove("value") } else { None }
}
