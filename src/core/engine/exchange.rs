//! A request whose answer is read whole, such as a list of models. Chat bodies are not: they are decoded as
//! they come.

use crate::engine::io::{Transport, TransportFailure};
use crate::model::http::ResponseHead;

/// The largest answer that is read whole, bytes. A list of some thousand models takes about two megabytes.
const LIMIT: usize = 8 << 20;

/// An answer as it grows.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    head: Option<ResponseHead>,
    body: Vec<u8>,
}

/// An answer that was read whole, or why it was not.
pub(super) enum Answer {
    /// The head and the body.
    Whole(ResponseHead, Vec<u8>),
    /// The transport failed.
    Failed(TransportFailure),
    /// The body is longer than any answer of its kind.
    TooLong,
}

impl Exchange {
    /// Whether the server has begun to answer.
    pub(super) const fn has_begun(&self) -> bool {
        self.head.is_some()
    }

    /// Takes in what the transport said; `Some` once the answer is over.
    pub(super) fn handle(&mut self, said: Transport) -> Option<Answer> {
        match said {
            Transport::Head(head) => {
                self.head = Some(head);
                None
            }
            Transport::Chunk(bytes) => {
                if self.body.len() + bytes.len() > LIMIT {
                    return Some(Answer::TooLong);
                }
                self.body.extend_from_slice(&bytes);
                None
            }
            Transport::End => {
                Some(Answer::Whole(self.head.take().unwrap_or_default(), core::mem::take(&mut self.body)))
            }
            Transport::Failed(failure) => Some(Answer::Failed(failure)),
            Transport::Body { .. }
            | Transport::TakenOut(_)
            | Transport::Opened
            | Transport::Words(_)
            | Transport::Frame { .. }
            | Transport::Queued { .. }
            | Transport::Departed
            | Transport::CustomModels(_)
            | Transport::CustomEvents(_)
            | Transport::CustomVectors(_) => None,
        }
    }
}
