//! A model that says next to nothing while its server keeps the connection alive: fewer letters than a floor over a window.
//!
//! Counted are words of the answer and pieces of tool calls. What is no word (comments, empty pieces, sources) counts
//! nothing. Before the first word there is another limit, so loading is no drip; nor is thinking, which starts the window
//! anew, as does word of a download.

use super::attempt::Said;
use crate::base::time::Monotonic;
use crate::wire::WireEvent;
use core::time::Duration;

/// The shortest time over which is counted. One letter a second is slower than any model that is of use.
const WINDOW: Duration = Duration::from_secs(30);

/// How much came of late.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drip {
    window: Duration,
    /// Since when is counted; `None` before the first word.
    since: Option<Monotonic>,
    letters: u64,
}

impl Drip {
    /// For a server that may be silent for so long.
    pub(super) fn new(idle: Duration) -> Self {
        Self { window: WINDOW.max(idle), ..Self::default() }
    }

    /// Something was said.
    pub(super) fn hear(&mut self, said: &Said, now: Monotonic) {
        let letters = match said {
            Said::Wire(WireEvent::Text(words)) => words.chars().count(),
            Said::Wire(WireEvent::ToolCallDelta { delta, .. }) => delta.chars().count(),
            Said::Wire(WireEvent::ToolCall { .. } | WireEvent::Reasoning(_) | WireEvent::Picture { .. })
            | Said::Progress(..) => {
                self.since = None;
                self.letters = 0;
                return;
            }
            Said::Wire(WireEvent::Source { .. }) | Said::Queued(_) => return,
        };
        self.since.get_or_insert(now);
        self.letters += letters as u64;
    }

    /// When it is looked at next.
    pub(super) fn deadline(&self) -> Option<Monotonic> {
        self.since.map(|since| since.after(self.window))
    }

    /// Whether too little came in a window that is over now. Else the next one begins.
    pub(super) fn is_too_slow(&mut self, now: Monotonic) -> bool {
        if self.deadline().is_none_or(|deadline| deadline > now) {
            return false;
        }
        if self.letters < self.window.as_secs() {
            return true;
        }
        self.since = Some(now);
        self.letters = 0;
        false
    }

    /// Over which time is counted.
    pub(super) const fn window(&self) -> Duration {
        self.window
    }
}
