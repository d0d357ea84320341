//! Bodies of answers, piece by piece.

use super::answer::Answer;
use crate::model::Usage;
use crate::wire::sse::Events;
use crate::wire::{ChatRequest, Ending, LINE_LIMIT, WireError, WireEvent};

/// Reads the body of an answer as it comes.
///
/// The stream has no mark of its end: an answer is whole when the body ends after a finish reason, or after word that
/// the prompt was blocked; anything else is [`Truncated`](crate::model::ErrorCode::Truncated). Counts stand in every event and grow, so the last
/// ones count. An error may come as an event, or as bare JSON after or instead of events. A body that begins as JSON is
/// read as one answer, or as the array of what would have been events.
#[derive(Clone, Debug)]
pub struct ChatDecoder {
    body: Body,
    answer: Answer,
    failure: Option<WireError>,
}

#[derive(Clone, Debug, Default)]
enum Body {
    /// Nothing but blank bytes came.
    #[default]
    Blank,
    Stream(Events),
    Json(Vec<u8>),
}

impl ChatDecoder {
    /// For the answer to this request.
    pub fn new(request: &ChatRequest) -> Self {
        Self { body: Body::default(), answer: Answer::to(request), failure: None }
    }

    /// Takes the next bytes of the body. What was said before an error is in `events` all the same.
    pub fn push(&mut self, chunk: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        self.unless_failed(|decoder| decoder.read(chunk, events))
    }

    /// Says how the answer ended, when the body is over.
    pub fn finish(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        self.unless_failed(|decoder| decoder.end(events))
    }

    /// Never: only the end of the body says that nothing more comes.
    pub const fn is_done(&self) -> bool {
        false
    }

    /// How many whole events came: if it grows, the server is alive.
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
                while let Some(frame) = stream.take(&mut rest) {
                    self.answer.hear(frame.map_err(|_| WireError::line_too_long())?, events)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        match &mut self.body {
            Body::Blank => {}
            Body::Json(bytes) => self.answer.hear_whole(bytes, events)?,
            Body::Stream(stream) => {
                if let Some(Ok(last)) = stream.finish() {
                    self.answer.hear_last(last, events)?;
                }
                self.answer.hear_strays(stream.strays())?;
            }
        }
        self.answer.ending()
    }
}
