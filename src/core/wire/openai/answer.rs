//! What the frames of an answer mean, and what they add up to.

use std::borrow::Cow;

use serde_json::Value;

use super::Dialect;
use super::calls::{CallPiece, Calls};
use super::counts;
use super::glance::{Glance, glance};
use crate::base::money::Money;
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::mould::Mould;
use crate::wire::openrouter::{Details, billed, is_record};
use crate::wire::refusal::Refusal;
use crate::wire::sse::Frame;
use crate::wire::tolerant::{Fields, count, has, list, object, take, text, words};
use crate::wire::{ChatRequest, Ending, WireError, WireEvent, taken_out};

/// The most pages that an answer may name as its sources; more were not read.
const SOURCE_LIMIT: usize = 256;

/// The longest name of a model that is believed, bytes.
const NAME_LIMIT: usize = 256;

#[allow(clippy::struct_excessive_bools, reason = "what is known by now, each by itself")]
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    dialect: Dialect,
    /// The model that was asked.
    asked: String,
    pub(super) frames: u64,
    unknown_frames: u32,
    has_words: bool,
    calls: Calls,
    /// The addresses of the pages that were named.
    sources: Vec<String>,
    details: Details,
    finish: Option<FinishReason>,
    pub(super) usage: Option<Usage>,
    pub(super) billed: Option<Money>,
    /// Under which OpenRouter keeps what the answer cost.
    pub(super) record: Option<String>,
    /// A frame said which model answers.
    is_introduced: bool,
    answered_by: Option<String>,
    pub(super) is_done: bool,
    /// The last frame of the common form.
    mould: Mould,
    /// Whether pictures are to be in it; then every frame is read by the full reader.
    wants_picture: bool,
    /// Every frame is read by the full reader, to hold the quick one against it.
    #[cfg(test)]
    pub(super) is_thorough: bool,
}

impl Answer {
    pub(super) fn new(dialect: Dialect, request: &ChatRequest) -> Self {
        Self {
            dialect,
            asked: request.model.clone(),
            wants_picture: request.canvas.is_some(),
            ..Self::default()
        }
    }

    /// Takes an event of the stream.
    pub(super) fn hear(&mut self, frame: Frame<'_>, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.frames += 1;
        let (name, data) = match frame {
            Frame::Comment => return Ok(()),
            Frame::Corrupt => return Err(WireError::not_utf8()),
            Frame::Event { name, data } => (name, data.trim_ascii()),
        };
        if data == "[DONE]" {
            self.is_done = true;
            return Ok(());
        }
        if name == "error" {
            return Err(match serde_json::from_str(data) {
                Ok(error) => self.dialect.refuse(&error),
                Err(_) => Refusal::read(data.as_bytes()).into_error(None),
            });
        }
        if data.is_empty() {
            return Ok(());
        }
        if let Some((thinking, content)) = self.mould.fill(data) {
            self.hear_words(thinking, content, None, events);
            return Ok(());
        }
        if let Some(said) = self.glance(data) {
            return self.hear_glance(said, data, events);
        }
        match serde_json::from_str(data).map_err(|error| WireError::not_json(&error))? {
            Value::Object(piece) if ["choices", "usage", "error"].iter().any(|name| has(&piece, name)) => {
                self.hear_piece(piece, data, events)
            }
            stranger => self.hear_stranger(&stranger),
        }
    }

    fn glance<'json>(&self, data: &'json str) -> Option<Glance<'json>> {
        #[cfg(test)]
        if self.is_thorough {
            return None;
        }
        if self.wants_picture {
            return None;
        }
        glance(data, self.is_introduced)
    }

    /// Takes a whole answer, as servers send it that do not stream.
    pub(super) fn hear_whole(&mut self, body: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let body = core::str::from_utf8(body).map_err(|_| WireError::not_utf8())?;
        let answer: Value = serde_json::from_str(body).map_err(|error| {
            // A number that was cut is called a syntax error, not an early end.
            let is_cut = error.is_eof() || !body.trim_end().ends_with(['}', ']']);
            if is_cut { WireError::truncated() } else { WireError::not_json(&error) }
        })?;
        let piece = match answer {
            Value::Object(piece) => piece,
            other => return Err(self.dialect.refuse(&other)),
        };
        let is_empty = piece.get("choices").is_none_or(|choices| *choices == Value::Array(Vec::new()));
        if !has(&piece, "error") && (is_empty || !has(&piece, "choices")) {
            let refusal = Refusal::of(&Value::Object(piece));
            return Err(match refusal.meaning() {
                Some(_) => refusal.into_error(None),
                None => refusal.coded(ErrorCode::Protocol, None),
            });
        }
        self.frames += 1;
        self.hear_piece(piece, body, events)?;
        self.is_done = true;
        Ok(())
    }

    /// Something that is no piece of a chat: an error as older vLLM (an object that says so) or Gemini (an
    /// array of one) writes it, or sound JSON to skip.
    fn hear_stranger(&mut self, stranger: &Value) -> Result<(), WireError> {
        let is_error = match stranger {
            Value::Object(fields) => fields.get("object").and_then(Value::as_str) == Some("error"),
            Value::Array(items) => items.iter().any(|item| item.get("error").is_some()),
            _ => false,
        };
        if is_error {
            return Err(self.dialect.refuse(stranger));
        }
        self.unknown_frames = self.unknown_frames.saturating_add(1);
        Ok(())
    }

    fn hear_piece(
        &mut self,
        mut piece: Fields,
        text: &str,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        if let Some(usage) = piece.get("usage") {
            self.usage = counts::usage(usage).or(self.usage);
            if self.dialect == Dialect::OpenRouter {
                self.billed = billed(usage, text).or(self.billed);
            }
        }
        if self.dialect == Dialect::OpenRouter && self.record.is_none() {
            self.record =
                piece.get("id").and_then(Value::as_str).filter(|id| is_record(id)).map(str::to_owned);
        }
        self.introduce(piece.get("model"));
        let mut choices = Vec::new();
        for choice in list(take(&mut piece, "choices"))? {
            choices.extend(object(Some(choice))?);
        }
        // One answer was asked for: others are none of it.
        let choice = choices.into_iter().find(|choice| count(choice.get("index")).unwrap_or_default() == 0);
        let error = has(&piece, "error").then_some(Value::Object(piece));
        match choice {
            Some(choice) => self.hear_choice(choice, error.as_ref(), events),
            None => error.map_or(Ok(()), |error| Err(self.dialect.refuse(&error))),
        }
    }

    /// Says what the choice says, and only then that the frame or the choice is an error.
    fn hear_choice(
        &mut self,
        mut choice: Fields,
        error: Option<&Value>,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let delta = object(take(&mut choice, "delta"))?;
        // Instead of the delta in a whole answer.
        let message = object(take(&mut choice, "message"))?;
        let is_whole = delta.is_none();
        if let Some(delta) = delta.or(message) {
            self.hear_delta(delta, is_whole, events)?;
        }
        let own_error = take(&mut choice, "error");
        if let Some(error) = error.or(own_error.as_ref()) {
            return Err(self.dialect.refuse(error));
        }
        match text(take(&mut choice, "finish_reason"))?.as_deref() {
            None | Some("") => {}
            Some("error") => {
                return Err(WireError::new(
                    ErrorCode::Server,
                    "The provider failed in the middle of its answer.",
                ));
            }
            Some(reason) => {
                // Some servers say `stop` in every frame, so that input which makes no sense yet may go on.
                if self.finish.is_none() {
                    self.calls.tell(events).ok();
                }
                self.finish = Some(finish_reason(reason));
            }
        }
        Ok(())
    }

    fn hear_delta(
        &mut self,
        mut delta: Fields,
        is_whole: bool,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        let before = events.len();
        // Servers that send both names of the thinking send the same words under both.
        let mut thinking = words(take(&mut delta, "reasoning_content"))?;
        let other_thinking = words(take(&mut delta, "reasoning"))?;
        if thinking.is_empty() {
            thinking = other_thinking;
        }
        self.hear_thinking(thinking, take(&mut delta, "reasoning_details"), events);
        for name in ["content", "refusal"] {
            let said = words(take(&mut delta, name))?;
            if !said.is_empty() {
                events.push(WireEvent::Text(said));
            }
        }
        if self.wants_picture {
            for picture in list(take(&mut delta, "images"))? {
                events.push(picture_of(&picture)?);
            }
        }
        self.has_words |= events.len() > before;
        self.hear_calls(take(&mut delta, "tool_calls"), is_whole, events)?;
        if let Some(Value::Array(annotations)) = delta.get("annotations") {
            for annotation in annotations {
                self.hear_annotation(annotation, events);
            }
        }
        Ok(())
    }

    /// Says what [`hear_delta`](Self::hear_delta) would say of the same frame.
    fn hear_glance(
        &mut self,
        said: Glance<'_>,
        frame: &str,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        if said.details.is_none() && said.calls.is_none() {
            self.mould.take(frame, &said.holes);
        }
        let value = |json: Option<&str>| {
            json.map(serde_json::from_str::<Value>).transpose().map_err(|error| WireError::not_json(&error))
        };
        self.hear_words(said.thinking, said.content, value(said.details)?, events);
        self.hear_calls(value(said.calls)?, false, events)
    }

    fn hear_words(
        &mut self,
        thinking: Cow<'_, str>,
        content: Cow<'_, str>,
        details: Option<Value>,
        events: &mut Vec<WireEvent>,
    ) {
        let before = events.len();
        self.hear_thinking(thinking.into_owned(), details, events);
        if !content.is_empty() {
            events.push(WireEvent::Text(content.into_owned()));
        }
        self.has_words |= events.len() > before;
    }

    fn hear_thinking(&mut self, mut thinking: String, details: Option<Value>, events: &mut Vec<WireEvent>) {
        if self.dialect == Dialect::OpenRouter {
            let said = self.details.join(details);
            if thinking.is_empty() {
                thinking = said;
            }
        }
        if !thinking.is_empty() {
            events.push(WireEvent::Reasoning(thinking));
        }
    }

    fn hear_calls(
        &mut self,
        calls: Option<Value>,
        is_whole: bool,
        events: &mut Vec<WireEvent>,
    ) -> Result<(), WireError> {
        for (place, call) in (0..).zip(list(calls)?) {
            let mut call = CallPiece::read(call)?;
            if is_whole {
                // Here every entry is a call of its own, whether or not it says so.
                call.index = Some(place);
            }
            self.calls.join(call, events)?;
        }
        Ok(())
    }

    /// A page that the answer rests on; each is told once.
    fn hear_annotation(&mut self, annotation: &Value, events: &mut Vec<WireEvent>) {
        let citation = annotation.get("url_citation").unwrap_or(annotation);
        let said = |name: &str| citation.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(url) = said("url") else { return };
        if self.sources.len() >= SOURCE_LIMIT || self.sources.iter().any(|known| known == url) {
            return;
        }
        self.sources.push(url.to_owned());
        let title = said("title").unwrap_or(url).to_owned();
        events.push(WireEvent::Source { title, url: url.to_owned() });
    }

    fn introduce(&mut self, model: Option<&Value>) {
        let Some(model) = model.and_then(Value::as_str) else { return };
        let is_name = !model.is_empty() && model.len() <= NAME_LIMIT;
        if is_name && !core::mem::replace(&mut self.is_introduced, true) {
            self.answered_by = (!self.dialect.is_same(&self.asked, model)).then(|| model.to_owned());
        }
    }

    pub(super) fn ending(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        let finish = match self.finish {
            Some(finish) => finish,
            None if self.is_done => FinishReason::Stop,
            None => return Err(WireError::truncated()),
        };
        self.calls.tell(events)?;
        // Some servers end with `stop` although they want tools to be used.
        let wants_tools = finish == FinishReason::Stop && !self.calls.is_empty();
        Ok(Ending {
            finish: if wants_tools { FinishReason::ToolCalls } else { finish },
            usage: self.usage,
            unknown_frames: self.unknown_frames,
            is_empty: !self.has_words && self.calls.is_empty(),
            billed: self.billed,
            opaque: self.details.opaque(),
            answered_by: self.answered_by.clone(),
            prompt_cut: None,
        })
    }
}

fn picture_of(picture: &Value) -> Result<WireEvent, WireError> {
    let address = picture.pointer("/image_url/url").or_else(|| picture.get("image_url"));
    let (blob, media_type) =
        address.and_then(Value::as_str).and_then(taken_out).ok_or_else(WireError::no_such_picture)?;
    Ok(WireEvent::Picture { blob, media_type: media_type.to_owned(), is_draft: false })
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Stop,
    }
}
