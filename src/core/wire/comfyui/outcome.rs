//! What a [`Run`](super::Run) asks and says, and how it may end.

use super::{Output, Progress};
use crate::model::ErrorCode;
use crate::wire::WireError;

/// What to ask the server. Each is answered with the `handle_…` of its name, or [`Run::handle_unanswered`](super::Run::handle_unanswered).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// How it ended; [`Run::handle_history`](super::Run::handle_history).
    History,
    /// Where it stands; [`Run::handle_place`](super::Run::handle_place).
    Queue,
    /// To forget it while it waits; [`Run::handle_told`](super::Run::handle_told).
    Delete,
    /// To stop it while it runs; [`Run::handle_told`](super::Run::handle_told).
    Interrupt,
}

/// What is new.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// Its place in line: 1 is next, and 0 says that it runs.
    Queued(u32),
    /// How far it is.
    Progress(Progress),
    /// A file was made.
    Made(Output),
}

/// What a preview is to this prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Nothing: it belongs to another.
    Other,
    /// What is being made.
    Preview,
    /// A result that is written down nowhere.
    Picture,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Well.
    Success {
        /// The files; none where all had been made before and no client was told, or where pictures were only shown.
        outputs: Vec<Output>,
        /// Whether no node had to run, so that nothing new was made: the same workflow with the same seed.
        is_all_cached: bool,
    },
    /// A node failed, or the server's words make no sense.
    Failed(WireError),
    /// Somebody else stopped it.
    Interrupted,
    /// It was stopped on request.
    Cancelled {
        /// Whether the server is known to be through with it.
        is_certain: bool,
    },
    /// The server knows nothing of it: it was restarted.
    Lost,
    /// The server does not answer.
    Unreachable,
}

impl Outcome {
    /// Why there is no picture; `None` after a success, and after a cancel, which is no failure.
    pub fn error(&self) -> Option<WireError> {
        let error = |code, message| WireError::new(code, message);
        match self {
            Self::Success { .. } | Self::Cancelled { .. } => None,
            Self::Failed(failure) => Some(failure.clone()),
            Self::Interrupted => Some(
                error(ErrorCode::Server, "Somebody else stopped this picture on the server.")
                    .hinted("Ask again; another page or ComfyUI's own stopped what was running."),
            ),
            Self::Lost => Some(
                error(ErrorCode::Server, "The server knows nothing of this picture any more.")
                    .hinted("ComfyUI was restarted, or its queue was cleared. Ask again."),
            ),
            Self::Unreachable => {
                Some(error(ErrorCode::Unreachable, "The server stopped answering while it made the picture."))
            }
        }
    }
}
