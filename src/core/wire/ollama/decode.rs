//! Answers, line by line.

use serde_json::Value;

use super::glance::glance;
use crate::model::{FinishReason, Usage};
use crate::wire::mould::{Mould, Words};
use crate::wire::ndjson::{Frame, Lines};
use crate::wire::refusal::Refusal;
use crate::wire::tolerant::{Fields, count, has, list, object, take, text, words};
use crate::wire::{CALL_LIMIT, Ending, PromptCut, WireError, WireEvent};

/// Reads the body of an answer as it comes.
///
/// It ends with the line that says `done`; a body that ends without one broke off
/// ([`Truncated`](crate::model::ErrorCode::Truncated)), which Ollama does when its runner stops a model that
/// repeats itself. A line may be an error although the status was 200. Tool calls come whole, on any line.
#[derive(Clone, Debug)]
pub struct ChatDecoder {
    lines: Lines,
    answer: Answer,
    failure: Option<WireError>,
}

#[derive(Clone, Debug, Default)]
struct Answer {
    context_length: Option<u64>,
    estimated_prompt_tokens: u64,
    frames: u64,
    unknown_frames: u32,
    has_words: bool,
    /// The ids of the calls so far.
    calls: Vec<String>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    prompt_cut: Option<PromptCut>,
    /// The last line of the common form.
    mould: Mould,
    /// Every line is read by the full reader, to hold the quick one against it.
    #[cfg(test)]
    is_thorough: bool,
}

impl ChatDecoder {
    /// For one answer to a prompt of about so many tokens, from a server that has room for `context_length`
    /// tokens in all, where that is known.
    pub fn new(context_length: Option<u64>, estimated_prompt_tokens: u64) -> Self {
        Self {
            lines: Lines::default(),
            answer: Answer { context_length, estimated_prompt_tokens, ..Answer::default() },
            failure: None,
        }
    }

    /// Leaves no line to the quick reader.
    #[cfg(test)]
    pub(in crate::wire) fn thorough(mut self) -> Self {
        self.answer.is_thorough = true;
        self
    }

    /// Takes the next bytes of the body. What was said before an error is in `events` all the same.
    pub fn push(&mut self, chunk: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.unless_failed(|decoder| {
            let mut rest = chunk;
            while !decoder.is_done() {
                let Some(line) = decoder.lines.take(&mut rest) else { break };
                decoder.answer.hear(line.map_err(|_| WireError::line_too_long())?, events)?;
            }
            Ok(())
        })
    }

    /// Says how the answer ended, when [`is_done`](Self::is_done) or the body is over.
    pub fn finish(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        self.unless_failed(|decoder| {
            if !decoder.is_done()
                && let Some(line) = decoder.lines.finish()
                && !line.is_cut()
            {
                decoder.answer.hear(line, events)?;
            }
            decoder.answer.ending()
        })
    }

    /// Whether the answer is complete, so that nothing more needs to be waited for.
    pub fn is_done(&self) -> bool {
        self.answer.finish.is_some()
    }

    /// How many whole lines came: if it grows, the server is alive.
    pub fn frames(&self) -> u64 {
        self.answer.frames
    }

    /// Tokens as far as the server counted them, which it does at the end.
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
}

impl Answer {
    fn hear(&mut self, frame: Frame<'_>, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.frames += 1;
        let Frame::Text(line) = frame else { return Err(WireError::not_utf8()) };
        if line.trim_start().starts_with('<') {
            return Err(WireError::not_an_api());
        }
        if let Some((thinking, content)) = self.glance(line) {
            self.hear_words(thinking.into_owned(), content.into_owned(), events);
            return Ok(());
        }
        let value: Value = serde_json::from_str(line).map_err(|error| WireError::not_json(&error))?;
        let mut piece = match value {
            Value::Object(piece) if has(&piece, "error") => {
                return Err(Refusal::of(&Value::Object(piece)).into_error(None));
            }
            Value::Object(piece) => piece,
            _ => Fields::new(),
        };
        let said = object(take(&mut piece, "message"))?;
        let is_done = match take(&mut piece, "done") {
            None => false,
            Some(Value::Bool(is_done)) => is_done,
            Some(_) => return Err(WireError::misfit()),
        };
        if said.is_none() && !is_done {
            self.unknown_frames = self.unknown_frames.saturating_add(1);
            return Ok(());
        }
        if let Some(said) = said {
            self.hear_said(said, events)?;
        }
        if is_done {
            self.count(count(piece.get("prompt_eval_count")), count(piece.get("eval_count")));
            self.finish = Some(match text(take(&mut piece, "done_reason"))?.as_deref() {
                Some("length") => FinishReason::Length,
                // Ollama has no word of its own for an answer that waits for tools.
                _ if !self.calls.is_empty() => FinishReason::ToolCalls,
                _ => FinishReason::Stop,
            });
        }
        Ok(())
    }

    fn hear_said(&mut self, mut said: Fields, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let thinking = words(take(&mut said, "thinking"))?;
        self.hear_words(thinking, String::new(), events);
        let content = words(take(&mut said, "content"))?;
        self.hear_words(String::new(), content, events);
        for call in list(take(&mut said, "tool_calls"))? {
            if self.calls.len() >= CALL_LIMIT {
                return Err(WireError::too_many_calls());
            }
            let mut call = object(Some(call))?.ok_or_else(WireError::misfit)?;
            let mut function = object(take(&mut call, "function"))?.ok_or_else(WireError::misfit)?;
            let name = text(take(&mut function, "name"))?.ok_or_else(WireError::misfit)?;
            let id = self.name_call(text(take(&mut call, "id"))?);
            let input = take(&mut function, "arguments").unwrap_or_else(|| Value::Object(Fields::new()));
            events.push(WireEvent::ToolCall { id, name, input, opaque: None });
        }
        Ok(())
    }

    fn hear_words(&mut self, thinking: String, content: String, events: &mut Vec<WireEvent>) {
        let before = events.len();
        if !thinking.is_empty() {
            events.push(WireEvent::Reasoning(thinking));
        }
        if !content.is_empty() {
            events.push(WireEvent::Text(content));
        }
        self.has_words |= events.len() > before;
    }

    fn glance<'json>(&mut self, line: &'json str) -> Option<Words<'json>> {
        #[cfg(test)]
        if self.is_thorough {
            return None;
        }
        if let Some(words) = self.mould.fill(line) {
            return Some(words);
        }
        let (words, holes) = glance(line)?;
        self.mould.take(line, &holes);
        Some(words)
    }

    /// Older servers give calls no id; the place of a call then makes one.
    fn name_call(&mut self, id: Option<String>) -> String {
        let given = id.filter(|id| !id.is_empty());
        let made = || (self.calls.len() + 1..).map(|number| format!("call_{number}"));
        let id = given.or_else(|| made().find(|id| !self.calls.contains(id))).unwrap_or_default();
        self.calls.push(id.clone());
        id
    }

    /// A count of zero is left out by the server, so what is absent means zero only where zero can be.
    fn count(&mut self, prompt: Option<u64>, answer: Option<u64>) {
        let says_nothing = !self.has_words && self.calls.is_empty();
        let answer = answer.or((says_nothing && prompt.is_some()).then_some(0));
        self.usage = answer.map(|output_tokens| Usage {
            input_tokens: prompt.unwrap_or(self.estimated_prompt_tokens),
            output_tokens,
            cached_input_tokens: None,
            reasoning_tokens: None,
            estimated: prompt.is_none(),
        });
        self.prompt_cut = self.context_length.zip(prompt).and_then(|(context_length, kept_tokens)| {
            let sent_tokens = self.estimated_prompt_tokens;
            is_cut(sent_tokens, kept_tokens, context_length).then_some(PromptCut {
                sent_tokens,
                kept_tokens,
                context_length,
            })
        });
    }

    fn ending(&self) -> Result<Ending, WireError> {
        Ok(Ending {
            finish: self.finish.ok_or_else(WireError::truncated)?,
            usage: self.usage,
            unknown_frames: self.unknown_frames,
            is_empty: !self.has_words && self.calls.is_empty(),
            prompt_cut: self.prompt_cut,
            ..Ending::default()
        })
    }
}

/// Whether the counts give away that a prompt was cut. Nothing in the answer says so.
///
/// Since `sent` is an estimate, two things have to come together:
/// - the prompt was large: at least three quarters of the window by the estimate, and
/// - what was kept looks cut: half the window and two tokens, to which Ollama halves a prompt, or the window
///   to its last token, which would leave a whole prompt no room for an answer;
///
/// or the estimate does not fit the window at all and is at least one and a half times what was kept (whole
/// old messages were dropped). A prompt that is cut by less is not found; a whole one is taken for a cut one
/// only if the estimate is half too high and more than the window.
fn is_cut(sent: u64, kept: u64, window: u64) -> bool {
    let is_large = sent.saturating_mul(4) >= window.saturating_mul(3);
    let is_halved = kept.abs_diff(window / 2 + 2) <= 2;
    let is_full = kept.saturating_add(2) >= window;
    let is_far_under = sent > window && sent.saturating_mul(2) >= kept.saturating_mul(3);
    window > 0 && ((is_large && (is_halved || is_full)) || is_far_under)
}
