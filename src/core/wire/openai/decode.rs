//! Answers, streamed or whole.

use serde::de::IgnoredAny;

use super::Dialect;
use super::answer::Answer;
use crate::base::money::Money;
use crate::model::Usage;
use crate::wire::sse::{Events, Frame};
use crate::wire::{ChatRequest, Ending, LINE_LIMIT, WireError, WireEvent};

/// Reads the body of an answer as it comes.
///
/// The body may be a stream of events or, from servers that do not stream, one JSON answer: its first byte
/// tells. It ends with `[DONE]`, or with its last byte if a finish reason came before; anything else is
/// [`Truncated`](crate::model::ErrorCode::Truncated). The counts are taken from whichever frame brings them, the last one if several
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

impl ChatDecoder {
    /// For the answer to this request.
    pub fn new(dialect: Dialect, request: &ChatRequest) -> Self {
        Self { answer: Answer::new(dialect, request), ..Self::default() }
    }

    /// Leaves no frame to the quick reader.
    #[cfg(test)]
    pub(in crate::wire) fn thorough(mut self) -> Self {
        self.answer.is_thorough = true;
        self
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

    /// What OpenRouter billed; also after an error.
    pub const fn billed(&self) -> Option<Money> {
        self.answer.billed
    }

    /// Under which OpenRouter keeps what the answer cost.
    pub fn record(&self) -> Option<&str> {
        self.answer.record.as_deref()
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
