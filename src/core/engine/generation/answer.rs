//! Whether what a model said to its end is an answer to what was asked.

use super::{Generation, Shown, State};
use crate::model::{Error, ErrorCode, FinishReason, Reason};
use crate::schema;
use crate::wire::{Ending, PromptCut};
use serde_json::Value;

impl Generation {
    /// Who thought to the end and then said nothing did not answer, whatever its server calls it.
    pub(super) fn has_answered(&self, ending: &Ending) -> Result<(), Error> {
        let Shown { text, reasoning, tool_calls, .. } = &self.shown;
        let only_thought = !reasoning.is_empty() && text.trim().is_empty() && tool_calls.is_empty();
        match &self.state {
            State::Running(run) if only_thought && ending.finish == FinishReason::Stop => {
                let message = format!("{} thought and then answered nothing.", run.attempt.key);
                Err(run.attempt.named(Error::new(ErrorCode::BadOutput, message)))
            }
            _ => Ok(()),
        }
    }

    /// What a request with a schema asked for. A model that asked for tools answers later.
    pub(super) fn object(&self, ending: &Ending) -> Result<Option<Value>, Error> {
        let Some(schema) = self.request.schema.as_ref().filter(|_| self.shown.tool_calls.is_empty()) else {
            return Ok(None);
        };
        schema::read(&self.shown.text, schema).map(Some).map_err(|unfit| {
            let State::Running(run) = &self.state else {
                return Error::new(ErrorCode::Internal, "An answer was checked that was never given.");
            };
            let attempt = &run.attempt;
            let mut error = Error::new(
                ErrorCode::BadOutput,
                format!("The answer of {} does not fit the schema: {unfit}.", attempt.key),
            );
            error = error.hinted(if ending.finish == FinishReason::Length {
                "The answer was cut at its limit: raise `maxOutputTokens`."
            } else {
                "Try again, simplify the schema, or ask a larger model."
            });
            attempt.named(error)
        })
    }
}

/// What a caller is told whose conversation was shortened by the server.
pub(super) fn shortened(cut: &PromptCut) -> Reason {
    Reason::new(
        "prompt-cut",
        format!(
            "The server kept only {} of about {} tokens of the conversation.",
            cut.kept_tokens, cut.sent_tokens
        ),
    )
    .with("keptTokens", cut.kept_tokens as f64)
    .with("sentTokens", cut.sent_tokens as f64)
    .with("contextLength", cut.context_length as f64)
}
