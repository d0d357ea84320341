//! Answers, event by event.

use serde_json::{Map, Value};

use super::family::is_same;
use super::reason::Reason;
use super::turn::Outline;
use super::{count, refusal, text};
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::refusal::Refusal;
use crate::wire::sse::Frame;
use crate::wire::{CALL_LIMIT, ChatRequest, Ending, WireError, WireEvent, taken_out};

/// An answer as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// The model that was asked.
    model: String,
    pub(super) frames: u64,
    unknown_frames: u32,
    has_words: bool,
    has_thoughts: bool,
    /// How many pictures came; nothing where none are wanted.
    pictures: Option<u32>,
    /// The ids of the calls so far.
    calls: Vec<String>,
    /// The addresses of the sources so far.
    sources: Vec<String>,
    outline: Outline,
    finish: Option<String>,
    finish_message: Option<String>,
    block: Option<String>,
    pub(super) usage: Option<Usage>,
    answered_by: Option<String>,
    response_id: Option<String>,
}

fn unfit() -> WireError {
    WireError::new(
        ErrorCode::Protocol,
        "The server sent a piece of the answer that does not fit its own protocol.",
    )
}

/// The objects of a list that may be absent; anything else makes no sense.
fn objects(list: Option<Value>) -> Result<Vec<Map<String, Value>>, WireError> {
    let Some(list) = list.filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
    let Value::Array(items) = list else { return Err(unfit()) };
    items
        .into_iter()
        .map(|item| if let Value::Object(fields) = item { Ok(fields) } else { Err(unfit()) })
        .collect()
}

impl Answer {
    /// To this request, before anything was said.
    pub(super) fn to(request: &ChatRequest) -> Self {
        Self { model: request.model.clone(), pictures: request.canvas.map(|_| 0), ..Self::default() }
    }

    pub(super) fn hear(&mut self, frame: Frame<'_>, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.frames += 1;
        let data = match frame {
            Frame::Comment => return Ok(()),
            Frame::Corrupt => return Err(WireError::not_utf8()),
            Frame::Event { data, .. } => data.trim(),
        };
        // The service itself ends without a mark; gateways put one there.
        if data.is_empty() || data == "[DONE]" {
            return Ok(());
        }
        self.hear_value(serde_json::from_str(data).map_err(|error| WireError::not_json(&error))?, events)
    }

    /// A last event without its blank line. One that was cut says no more than its absence.
    pub(super) fn hear_last(
        &mut self,
        frame: Frame<'_>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let Frame::Event { data, .. } = frame else { return Ok(()) };
        let Ok(value) = serde_json::from_str(data.trim()) else { return Ok(()) };
        self.frames += 1;
        self.hear_value(value, events)
    }

    /// A body that is no stream.
    pub(super) fn hear_whole(&mut self, body: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let body = core::str::from_utf8(body).map_err(|_| WireError::not_utf8())?;
        let value = serde_json::from_str(body).map_err(|error| {
            // A number that was cut is called a syntax error, not an early end.
            let is_cut = error.is_eof() || !body.trim_end().ends_with(['}', ']']);
            if is_cut { WireError::truncated() } else { WireError::not_json(&error) }
        })?;
        self.frames += 1;
        self.hear_value(value, events)
    }

    /// What stood between events without being one.
    pub(super) fn hear_strays(&mut self, strays: &[u8]) -> Result<(), WireError> {
        if strays.is_empty() {
            return Ok(());
        }
        if let Some(error) = serde_json::from_slice(strays).ok().as_ref().and_then(refusal::inside) {
            return Err(error);
        }
        self.unknown_frames = self.unknown_frames.saturating_add(1);
        Ok(())
    }

    fn hear_value(&mut self, value: Value, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        match value {
            Value::Object(fields) => self.hear_object(fields, events),
            Value::Array(items) => items.into_iter().try_for_each(|item| match item {
                Value::Object(fields) => self.hear_object(fields, events),
                _ => Err(unfit()),
            }),
            _ => {
                self.unknown_frames = self.unknown_frames.saturating_add(1);
                Ok(())
            }
        }
    }

    fn hear_object(
        &mut self,
        mut fields: Map<String, Value>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        const KNOWN: [&str; 6] =
            ["candidates", "usageMetadata", "promptFeedback", "modelVersion", "responseId", "error"];
        if !KNOWN.iter().any(|field| fields.contains_key(*field)) {
            self.unknown_frames = self.unknown_frames.saturating_add(1);
            return Ok(());
        }
        self.count(fields.get("usageMetadata"));
        if let Some(version) = text(fields.get("modelVersion")) {
            self.answered_by = Some(version.to_owned()).filter(|version| !is_same(version, &self.model));
        }
        if let Some(id) = text(fields.get("responseId")).filter(|id| is_plain(id)) {
            self.response_id = Some(id.to_owned());
        }
        let block = fields.get("promptFeedback").and_then(|feedback| text(feedback.get("blockReason")));
        self.block = block.map(str::to_owned).or(self.block.take());
        for candidate in objects(fields.remove("candidates"))? {
            // One answer was asked for: others are none of it.
            if count(candidate.get("index")).unwrap_or_default() == 0 {
                self.hear_candidate(candidate, events)?;
            }
        }
        refusal::inside(&Value::Object(fields)).map_or(Ok(()), Err)
    }

    fn hear_candidate(
        &mut self,
        mut candidate: Map<String, Value>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let content = match candidate.remove("content") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(content)) => content,
            Some(_) => return Err(unfit()),
        };
        for part in objects(content.into_iter().find(|(name, _)| name == "parts").map(|(_, parts)| parts))? {
            self.hear_part(part, events)?;
        }
        let chunks =
            candidate.get("groundingMetadata").and_then(|grounding| grounding.get("groundingChunks"));
        for chunk in chunks.and_then(Value::as_array).into_iter().flatten() {
            self.hear_source(chunk, events);
        }
        if let Some(reason) = text(candidate.get("finishReason")) {
            self.finish = Some(reason.to_owned());
            self.finish_message = text(candidate.get("finishMessage")).map(str::to_owned);
        }
        Ok(())
    }

    fn hear_part(
        &mut self,
        mut part: Map<String, Value>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let signature = match part.remove("thoughtSignature") {
            Some(Value::String(signature)) if !signature.is_empty() => Some(signature),
            _ => None,
        };
        let is_thought = part.get("thought") == Some(&Value::Bool(true));
        if let Some(call) = part.remove("functionCall") {
            return self.hear_call(call, signature, events);
        }
        if let Some(data) = part.get("inlineData").filter(|_| self.pictures.is_some()) {
            return self.hear_picture(data, is_thought, events);
        }
        match part.remove("text") {
            Some(Value::String(words)) => self.hear_words(words, is_thought, signature.as_deref(), events),
            Some(Value::Null) | None => match signature {
                _ if part.contains_key("toolCall") || part.contains_key("toolResponse") => {
                    if let Some(signature) = signature {
                        part.insert("thoughtSignature".to_owned(), Value::from(signature));
                    }
                    self.outline.other(Value::Object(part));
                }
                Some(signature) if part.keys().all(|name| name == "thought") => {
                    self.hear_words(String::new(), is_thought, Some(&signature), events);
                }
                _ => self.unknown_frames = self.unknown_frames.saturating_add(1),
            },
            Some(_) => return Err(unfit()),
        }
        Ok(())
    }

    fn hear_words(
        &mut self,
        words: String,
        is_thought: bool,
        signature: Option<&str>,
        events: &mut Vec<WireEvent>,
    ) {
        match signature {
            Some(signature) if is_thought => self.outline.thought(signature),
            None if is_thought => {}
            signature => self.outline.words(&words, signature),
        }
        if words.is_empty() {
            return;
        }
        if is_thought {
            self.has_thoughts = true;
            events.push(WireEvent::Reasoning(words));
        } else {
            self.has_words = true;
            events.push(WireEvent::Text(words));
        }
    }

    /// A picture. What is no picture (a sound) is skipped.
    fn hear_picture(
        &mut self,
        data: &Value,
        is_thought: bool,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let stated = text(data.get("mimeType")).unwrap_or_default();
        if !stated.is_empty() && !stated.starts_with("image/") {
            self.unknown_frames = self.unknown_frames.saturating_add(1);
            return Ok(());
        }
        let found = data.get("data").and_then(Value::as_str).and_then(taken_out);
        let (blob, seen) = found.ok_or_else(WireError::no_such_picture)?;
        let media_type = if seen.is_empty() { stated } else { seen }.to_owned();
        self.pictures = self.pictures.map(|count| count.saturating_add(1));
        events.push(WireEvent::Picture { blob, media_type, is_draft: is_thought });
        Ok(())
    }

    /// A call comes whole.
    fn hear_call(
        &mut self,
        call: Value,
        signature: Option<String>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let Value::Object(mut call) = call else { return Err(unfit()) };
        let Some(Value::String(name)) = call.remove("name").filter(|name| name != "") else {
            return Err(WireError::new(
                ErrorCode::Protocol,
                "The server sent a tool call that names no tool.",
            ));
        };
        if self.calls.len() >= CALL_LIMIT {
            return Err(WireError::too_many_calls());
        }
        let id = self.name_call(text(call.get("id")));
        // A call without input is written without arguments.
        let input = call.remove("args").filter(|input| !input.is_null());
        let input = input.unwrap_or_else(|| Value::Object(Map::new()));
        self.outline.call();
        events.push(WireEvent::ToolCall { id, name, input, opaque: signature.map(Value::from) });
        Ok(())
    }

    /// Most models give calls no id. The one that is made holds the id of the answer, so that it is another one in
    /// every turn of a conversation.
    fn name_call(&mut self, given: Option<&str>) -> String {
        let lead = self.response_id.as_deref().unwrap_or("call");
        let made = || (self.calls.len() + 1..).map(|number| format!("{lead}_{number}"));
        let id = given
            .map(str::to_owned)
            .or_else(|| made().find(|id| !self.calls.contains(id)))
            .unwrap_or_default();
        self.calls.push(id.clone());
        id
    }

    fn hear_source(&mut self, chunk: &Value, events: &mut Vec<WireEvent>) {
        let Some(page) = chunk.get("web") else { return };
        let Some(url) = text(page.get("uri")) else { return };
        let is_page = url.starts_with("https://") || url.starts_with("http://");
        if !is_page || self.sources.iter().any(|known| known == url) {
            return;
        }
        self.sources.push(url.to_owned());
        let title = text(page.get("title")).unwrap_or(url).to_owned();
        events.push(WireEvent::Source { title, url: url.to_owned() });
    }

    fn count(&mut self, counts: Option<&Value>) {
        let Some(counts) = counts else { return };
        let of = |name: &str| count(counts.get(name));
        let (prompt, searched) = (of("promptTokenCount"), of("toolUsePromptTokenCount"));
        let (words, thoughts) = (of("candidatesTokenCount"), of("thoughtsTokenCount"));
        // A zero is left out, so any of them may be missing; other services send none of them at first.
        if [prompt, searched, words, thoughts].iter().any(Option::is_some) {
            self.usage = Some(Usage {
                input_tokens: prompt.unwrap_or(0).saturating_add(searched.unwrap_or(0)),
                output_tokens: words.unwrap_or(0).saturating_add(thoughts.unwrap_or(0)),
                cached_input_tokens: of("cachedContentTokenCount"),
                reasoning_tokens: thoughts,
                estimated: false,
            });
        }
    }

    /// How it ended, since the body is over.
    pub(super) fn ending(&mut self) -> Result<Ending, WireError> {
        let has_said = self.has_words || self.pictures > Some(0) || !self.calls.is_empty();
        let finish = match (self.finish.as_deref(), self.block.as_deref()) {
            (None, None) => return Err(WireError::truncated()),
            (None, Some(_)) if has_said => FinishReason::ContentFilter,
            (None, Some(reason)) => return Err(blocked(&format!("the prompt ({reason})"))),
            (Some(reason), _) => match Reason::of(reason) {
                Reason::Filter if has_said => FinishReason::ContentFilter,
                Reason::Filter => return Err(blocked(&self.told("the answer", reason))),
                // What the message says of it quotes what the model wrote.
                Reason::BadCall => {
                    let message = "The model asked for a tool in a way that makes no sense.";
                    return Err(WireError::new(ErrorCode::BadOutput, message));
                }
                Reason::Length if has_said => FinishReason::Length,
                Reason::Length => {
                    let message = "Thinking used up the limit before the first word of the answer: raise \
                                   `maxOutputTokens`, or ask for less reasoning.";
                    return Err(WireError::new(ErrorCode::BadOutput, message));
                }
                Reason::Stop | Reason::Other if !self.calls.is_empty() => FinishReason::ToolCalls,
                Reason::Other if !has_said => {
                    let words =
                        Refusal::of(&Value::from(self.told("The model gave no answer", reason))).words;
                    return Err(WireError::new(ErrorCode::BadOutput, words));
                }
                Reason::Stop | Reason::Other => FinishReason::Stop,
            },
        };
        Ok(Ending {
            finish,
            usage: self.usage,
            unknown_frames: self.unknown_frames,
            is_empty: !has_said && !self.has_thoughts,
            opaque: core::mem::take(&mut self.outline).into_opaque(),
            answered_by: self.answered_by.take(),
            ..Ending::default()
        })
    }

    fn told(&self, what: &str, reason: &str) -> String {
        match &self.finish_message {
            Some(message) => format!("{what} ({reason}): {message}"),
            None => format!("{what} ({reason})"),
        }
    }
}

fn blocked(what: &str) -> WireError {
    Refusal::of(&Value::from(what)).coded(ErrorCode::BlockedContent, None)
}

/// Whether an id can be a part of another one.
fn is_plain(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
