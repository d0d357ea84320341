//! Answers, streamed or whole.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::calls::{CallPiece, Calls};
use crate::model::{ErrorCode, FinishReason, Usage};
use crate::wire::refusal::Refusal;
use crate::wire::sse::{Events, Frame};
use crate::wire::tolerant::{Count, Words};
use crate::wire::{Ending, LINE_LIMIT, WireError, WireEvent};

/// Reads the body of an answer as it comes.
///
/// The body may be a stream of events or, from servers that do not stream, one JSON answer: its first byte
/// tells. It ends with `[DONE]`, or with its last byte if a finish reason came before; anything else is
/// [`ErrorCode::Truncated`]. The counts are taken from whichever frame brings them, the last one if several
/// do.
#[derive(Clone, Debug, Default)]
pub struct ChatDecoder {
    body: Body,
    answer: Answer,
    failure: Option<WireError>,
}

#[derive(Clone, Debug, Default)]
enum Body {
    /// Nothing but blank bytes came, so many.
    #[default]
    Blank,
    Stream(Events),
    Json(Vec<u8>),
}

#[derive(Clone, Debug, Default)]
struct Answer {
    frames: u64,
    unknown_frames: u32,
    has_words: bool,
    calls: Calls,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    is_done: bool,
}

impl ChatDecoder {
    /// For one answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the body. What was said before an error is in `events` all the same.
    pub fn push(&mut self, chunk: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.unless_failed(|decoder| decoder.read(chunk, events))
    }

    /// Says how the answer ended, when [`is_done`](Self::is_done) or the body is over.
    pub fn finish(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        self.unless_failed(|decoder| decoder.end(events))
    }

    /// Whether the answer is complete, so that nothing more needs to be waited for.
    pub fn is_done(&self) -> bool {
        self.answer.is_done
    }

    /// How many whole events and comments came: if it grows, the server is alive.
    pub fn frames(&self) -> u64 {
        self.answer.frames
    }

    /// Tokens as far as the server counted them; also after an error.
    pub fn usage(&self) -> Option<Usage> {
        self.answer.usage
    }

    fn unless_failed<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let outcome = read(self);
        self.failure = outcome.as_ref().err().cloned();
        outcome
    }

    fn read(&mut self, chunk: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let mut rest = chunk;
        if matches!(self.body, Body::Blank) {
            rest = rest.trim_ascii_start();
            // The byte order mark may come in pieces; no body of either kind begins with its bytes.
            while let Some((0xEF | 0xBB | 0xBF, after)) = rest.split_first() {
                rest = after.trim_ascii_start();
            }
            self.body = match rest.first() {
                None => return Ok(()),
                Some(b'<') => return Err(WireError::not_an_api()),
                Some(b'{' | b'[') => Body::Json(Vec::new()),
                Some(_) => Body::Stream(Events::default()),
            };
        }
        match &mut self.body {
            Body::Blank => {}
            Body::Json(bytes) => {
                if bytes.len() + rest.len() > LINE_LIMIT {
                    return Err(WireError::line_too_long());
                }
                bytes.extend_from_slice(rest);
            }
            Body::Stream(stream) => {
                while !self.answer.is_done {
                    let Some(frame) = stream.take(&mut rest) else { break };
                    self.answer.hear(frame.map_err(|_| WireError::line_too_long())?, events)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        if !self.answer.is_done {
            match &mut self.body {
                Body::Blank => {}
                Body::Json(bytes) => self.answer.hear_whole(bytes, events)?,
                Body::Stream(stream) => match stream.finish() {
                    Some(Ok(frame)) if is_whole(frame) => self.answer.hear(frame, events)?,
                    // A last event that was cut says no more than its absence.
                    _ => {}
                },
            }
        }
        self.answer.ending(events)
    }
}

fn is_whole(frame: Frame<'_>) -> bool {
    match frame {
        Frame::Event { data, .. } => data == "[DONE]" || serde_json::from_str::<IgnoredAny>(data).is_ok(),
        Frame::Comment | Frame::Corrupt => false,
    }
}

/// One event of the stream, or the whole answer.
#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Counts>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: Count,
    #[serde(default)]
    delta: Option<Delta>,
    /// Instead of `delta` in a whole answer.
    #[serde(default)]
    message: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Words,
    #[serde(default)]
    reasoning_content: Words,
    #[serde(default)]
    reasoning: Words,
    #[serde(default)]
    refusal: Words,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(default)]
    prompt_tokens: Count,
    #[serde(default)]
    completion_tokens: Count,
    #[serde(default)]
    total_tokens: Count,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Count,
}

#[derive(Deserialize)]
struct CompletionDetails {
    #[serde(default)]
    reasoning_tokens: Count,
}

impl Counts {
    fn usage(&self) -> Option<Usage> {
        let input_tokens = self.prompt_tokens.0?;
        let completion = self.completion_tokens.0.unwrap_or_default();
        // Some servers leave the thinking out of `completion_tokens`, but none out of `total_tokens`.
        let rest = self.total_tokens.0.unwrap_or_default().saturating_sub(input_tokens);
        Some(Usage {
            input_tokens,
            output_tokens: completion.max(rest),
            cached_input_tokens: self
                .prompt_tokens_details
                .as_ref()
                .and_then(|details| details.cached_tokens.0),
            reasoning_tokens: self
                .completion_tokens_details
                .as_ref()
                .and_then(|details| details.reasoning_tokens.0),
            estimated: false,
        })
    }
}

impl Answer {
    fn hear(&mut self, frame: Frame<'_>, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.frames += 1;
        let (name, data) = match frame {
            Frame::Comment => return Ok(()),
            Frame::Corrupt => return Err(WireError::not_utf8()),
            Frame::Event { name, data } => (name, data.trim()),
        };
        if data == "[DONE]" {
            self.is_done = true;
            return Ok(());
        }
        if name == "error" {
            return Err(Refusal::read(data.as_bytes()).into_error(None));
        }
        if data.is_empty() {
            return Ok(());
        }
        if !data.starts_with('{') {
            return self.hear_stranger(data);
        }
        let piece: Piece = serde_json::from_str(data).map_err(|error| WireError::not_json(&error))?;
        if piece.error.is_none() && piece.choices.is_none() && piece.usage.is_none() {
            return self.hear_stranger(data);
        }
        self.hear_piece(piece, data, events)
    }

    fn hear_whole(&mut self, body: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let body = core::str::from_utf8(body).map_err(|_| WireError::not_utf8())?;
        if body.starts_with('[') {
            return Err(Refusal::read(body.as_bytes()).into_error(None));
        }
        let piece: Piece = serde_json::from_str(body).map_err(|error| {
            // A number that was cut is called a syntax error, not an early end.
            let is_cut = error.is_eof() || !body.trim_end().ends_with('}');
            if is_cut { WireError::truncated() } else { WireError::not_json(&error) }
        })?;
        if piece.error.is_none() && piece.choices.as_ref().is_none_or(Vec::is_empty) {
            let refusal = Refusal::read(body.as_bytes());
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
    fn hear_stranger(&mut self, data: &str) -> Result<(), WireError> {
        let value: Value = serde_json::from_str(data).map_err(|error| WireError::not_json(&error))?;
        let is_error = match &value {
            Value::Object(fields) => fields.get("object").and_then(Value::as_str) == Some("error"),
            Value::Array(items) => items.iter().any(|item| item.get("error").is_some()),
            _ => false,
        };
        if is_error {
            return Err(Refusal::of(&value).into_error(None));
        }
        self.unknown_frames = self.unknown_frames.saturating_add(1);
        Ok(())
    }

    fn hear_piece(&mut self, piece: Piece, text: &str, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.usage = piece.usage.as_ref().and_then(Counts::usage).or(self.usage);
        // One answer was asked for: others are none of it.
        let choice =
            piece.choices.into_iter().flatten().find(|choice| choice.index.0.unwrap_or_default() == 0);
        let Some(choice) = choice else {
            return match piece.error {
                Some(_) => Err(Refusal::read(text.as_bytes()).into_error(None)),
                None => Ok(()),
            };
        };
        match (choice.delta, choice.message) {
            (Some(delta), _) => self.hear_delta(delta, events)?,
            (None, Some(mut message)) => {
                // Here every entry is a call of its own, whether or not it says so.
                for (place, call) in (0..).zip(message.tool_calls.iter_mut().flatten()) {
                    call.index = Count(Some(place));
                }
                self.hear_delta(message, events)?;
            }
            (None, None) => {}
        }
        if piece.error.is_some() {
            return Err(Refusal::read(text.as_bytes()).into_error(None));
        }
        if let Some(error) = choice.error {
            return Err(Refusal::of(&error).into_error(None));
        }
        match choice.finish_reason.as_deref() {
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

    fn hear_delta(&mut self, delta: Delta, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let before = events.len();
        // Servers that send both names of the thinking send the same words under both.
        let thinking =
            [delta.reasoning_content.0, delta.reasoning.0].into_iter().find(|words| !words.is_empty());
        events.extend(thinking.map(WireEvent::Reasoning));
        let words = [delta.content.0, delta.refusal.0].into_iter().filter(|words| !words.is_empty());
        events.extend(words.map(WireEvent::Text));
        self.has_words |= events.len() > before;
        for call in delta.tool_calls.into_iter().flatten() {
            self.calls.join(call, events)?;
        }
        Ok(())
    }

    fn ending(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
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
            ..Ending::default()
        })
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Stop,
    }
}
