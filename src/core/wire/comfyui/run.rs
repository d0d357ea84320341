//! What is known of one prompt, from the socket, the queue and the history, and what to ask next.
//!
//! A prompt is over when the first of these says so: the socket, with a node that failed, with an interruption, or with "no
//! node runs" after a success whose files it named; or the history. A success on the socket alone is not enough: it is sent
//! before the history is written, and what a socket named that was away for a moment may not be all.
//!
//! | what is heard | what is asked |
//! |---|---|
//! | events of this prompt | nothing |
//! | that the queue changed while it waits | the queue, at most once a second |
//! | nothing of it for ten seconds | the history, then the queue |
//! | nothing, without a socket | both, every one and a half seconds |
//! | that it is over | the history, at once and then ever more slowly, for half a minute |
//!
//! It is lost when it is twice in a row in neither, and cannot be reached when five questions in a row stay without an answer.
//! How long it may wait or run is not judged here: a model may take minutes to load, and a step as long
//! ([`Run::heard_at`] says since when nothing came).

use core::time::Duration;
use std::collections::VecDeque;

use serde_json::Value;

use super::outcome::{Ask, Outcome, Showing, Word};
use super::progress::Nodes;
use super::{Accepted, History, NodeFailure, Output, Place, Preview, SocketEvent};
use crate::base::time::Monotonic;
use crate::model::ErrorCode;
use crate::wire::WireError;

/// Silence after which it is asked for.
const SILENCE: Duration = Duration::from_secs(10);
/// Between questions without a socket.
const WITHOUT_SOCKET: Duration = Duration::from_millis(1_500);
/// Between questions for its place.
const BETWEEN_PLACES: Duration = Duration::from_secs(1);
/// How soon its place is asked for once it was accepted: most begin at once, which the socket says.
const FIRST_PLACE: Duration = Duration::from_millis(500);
/// How soon the history is asked after a success, and the longest pause after that.
const WRITTEN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));
/// How long the history may take after the end.
const WRITTEN_LIMIT: Duration = Duration::from_secs(30);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Questions without an answer, in a row.
const UNANSWERED_LIMIT: u32 = 5;
/// Between looks at whether it has stopped, and how long it may take: the model that is being loaded is loaded first.
const STOPPING: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// How often the server is told to stop it while it runs.
const INTERRUPTS: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running,
    /// It is over, and the history has not said how.
    Ending {
        since: Monotonic,
        pause: Duration,
    },
}

/// What the socket can be believed to have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Witness {
    /// It is there, and nothing began yet.
    Listening,
    /// It was there from the beginning on.
    Present,
    /// It was away, or not meant.
    Away,
}

#[derive(Clone, Copy, Debug)]
struct Stopping {
    since: Monotonic,
    interrupts: u8,
}

/// One prompt.
#[derive(Clone, Debug)]
pub struct Run {
    prompt_id: String,
    nodes: Nodes,
    phase: Phase,
    /// Whether the server is known to have it.
    is_accepted: bool,
    has_socket: bool,
    witness: Witness,
    remaining: Option<u32>,
    place: Option<u32>,
    outputs: Vec<Output>,
    has_shown: bool,
    stopping: Option<Stopping>,
    heard_at: Monotonic,
    asked: Option<(Ask, Monotonic)>,
    next: Ask,
    due: Monotonic,
    placed_at: Option<Monotonic>,
    missing: u8,
    unanswered: u32,
    words: VecDeque<Word>,
    outcome: Option<Outcome>,
}

impl Run {
    /// For a workflow that is about to be posted under this id.
    pub fn new(prompt_id: &str, workflow: &Value, has_socket: bool, now: Monotonic) -> Self {
        Self {
            prompt_id: prompt_id.to_owned(),
            nodes: Nodes::of(workflow),
            phase: Phase::Waiting,
            is_accepted: false,
            has_socket,
            witness: if has_socket { Witness::Listening } else { Witness::Away },
            remaining: None,
            place: None,
            outputs: Vec::new(),
            has_shown: false,
            stopping: None,
            heard_at: now,
            asked: None,
            next: Ask::History,
            due: Monotonic::NEVER,
            placed_at: None,
            missing: 0,
            unanswered: 0,
            words: VecDeque::new(),
            outcome: None,
        }
    }

    /// What the server calls it.
    pub fn prompt_id(&self) -> &str {
        &self.prompt_id
    }

    /// When something of it was last heard on the socket, or since when it is waited for.
    pub const fn heard_at(&self) -> Monotonic {
        self.heard_at
    }

    /// Whether it is known to run.
    pub fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// How it ended, once it did.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// What is new, in order.
    pub fn poll_word(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    /// When to call [`poll_ask`](Self::poll_ask) again.
    pub fn poll_timeout(&self) -> Option<Monotonic> {
        if self.outcome.is_some() {
            return None;
        }
        let due = self.asked.map_or(self.due, |(_, at)| at.after(PATIENCE));
        let limit = match (self.phase, self.stopping) {
            (_, Some(stopping)) => stopping.since.after(STOPPING.1),
            (Phase::Ending { since, .. }, None) => since.after(WRITTEN_LIMIT),
            _ => Monotonic::NEVER,
        };
        Some(due.min(limit)).filter(|at| *at != Monotonic::NEVER)
    }

    /// What to ask now. One question at a time.
    pub fn poll_ask(&mut self, now: Monotonic) -> Option<Ask> {
        self.look_at_limits(now);
        if self.asked.is_some_and(|(_, at)| now >= at.after(PATIENCE)) {
            self.handle_unanswered(now);
        }
        if self.outcome.is_some() || self.asked.is_some() || now < self.due {
            return None;
        }
        self.asked = Some((self.next, now));
        if self.next == Ask::Queue {
            self.placed_at = Some(now);
        }
        Some(self.next)
    }

    /// The server took it.
    pub fn handle_accepted(&mut self, accepted: &Accepted, now: Monotonic) {
        if accepted.prompt_id != self.prompt_id {
            // An older server chose an id of its own, and what it told of that was not for us.
            self.prompt_id.clone_from(&accepted.prompt_id);
            self.witness = Witness::Away;
        }
        if self.outcome.is_some() || self.is_accepted {
            return;
        }
        self.accept(now);
        self.guess_place();
        if self.stopping.is_none() && self.phase == Phase::Waiting {
            self.ask(Ask::Queue, now.after(FIRST_PLACE));
        }
    }

    /// An event of the socket, of any prompt.
    pub fn handle_event(&mut self, event: &SocketEvent, now: Monotonic) {
        if self.outcome.is_some() {
            return;
        }
        if let SocketEvent::Status { remaining } = event {
            self.handle_status(*remaining, now);
            return;
        }
        let is_ours = event.prompt_id().map_or(self.is_running(), |id| id == self.prompt_id);
        if !is_ours {
            return;
        }
        self.hear(now);
        self.begin(event);
        match event {
            SocketEvent::Status { .. } | SocketEvent::Started { .. } => {}
            SocketEvent::Cached { nodes, .. } => self.nodes.cached(nodes),
            SocketEvent::Executing { node: Some(node), .. } => self.nodes.run(node),
            SocketEvent::Step { step, .. } => self.nodes.step(step),
            SocketEvent::Steps { steps, .. } => steps.iter().for_each(|step| self.nodes.step(step)),
            SocketEvent::Made { outputs, .. } => self.make(outputs),
            SocketEvent::Succeeded { .. } => self.end(now, WRITTEN.0),
            SocketEvent::Executing { node: None, .. } => self.end_for_good(now),
            SocketEvent::Failed { failure, .. } => self.fail(failure),
            SocketEvent::Interrupted { .. } => self.interrupted(),
        }
        if let Some(progress) = self.nodes.news() {
            self.words.push_back(Word::Progress(progress));
        }
    }

    /// A preview, of any prompt.
    pub fn handle_preview(&mut self, preview: &Preview, now: Monotonic) -> Showing {
        let is_ours = match &preview.prompt_id {
            Some(id) => *id == self.prompt_id,
            // One prompt runs at a time.
            None => self.is_running() && self.nodes.current().is_some(),
        };
        if !is_ours || self.outcome.is_some() {
            return Showing::Other;
        }
        self.hear(now);
        if self.nodes.shows_results(preview.node.as_deref()) {
            self.has_shown = true;
            return Showing::Picture;
        }
        Showing::Preview
    }

    /// The socket is there, again.
    pub fn handle_socket_opened(&mut self, now: Monotonic) {
        self.has_socket = true;
        if self.is_accepted {
            // What was said meanwhile is not said again.
            self.ask_soon(Ask::History, now);
        }
    }

    /// The socket is gone.
    pub fn handle_socket_closed(&mut self, now: Monotonic) {
        self.has_socket = false;
        self.witness = Witness::Away;
        if self.is_accepted {
            self.ask_soon(Ask::History, now);
        }
    }

    /// Stop it, wherever it is. What it says until then is of no use any more.
    pub fn handle_cancel(&mut self, now: Monotonic) {
        if self.outcome.is_none() && self.stopping.is_none() {
            self.stopping = Some(Stopping { since: now, interrupts: 0 });
            self.asked = None;
            self.missing = 0;
            self.ask(Ask::Delete, now);
        }
    }

    /// The answer to [`Ask::Delete`] and [`Ask::Interrupt`], whatever it was.
    pub fn handle_told(&mut self, now: Monotonic) {
        let Some((Ask::Delete | Ask::Interrupt, _)) = self.asked else { return };
        self.answered();
        self.ask(Ask::Queue, now);
    }

    /// The answer to [`Ask::History`]; what makes no sense is as good as none.
    pub fn handle_history(&mut self, history: Result<History, WireError>, now: Monotonic) {
        let Ok(history) = history else { return self.handle_unanswered(now) };
        if self.outcome.is_some() {
            return;
        }
        self.answered();
        match history {
            History::Unfinished if self.stopping.is_none() => self.go_on_after_history(now),
            // Asked before it was to be stopped.
            History::Unfinished => {}
            History::Failed(failure) => self.fail(&failure),
            History::Interrupted => self.interrupted(),
            History::Success { .. } if self.stopping.is_some() => {
                self.outcome = Some(Outcome::Cancelled { is_certain: true });
            }
            History::Success { mut outputs, is_all_cached } => {
                if outputs.is_empty() {
                    outputs.clone_from(&self.outputs);
                }
                self.make(&outputs);
                self.succeed(outputs, is_all_cached);
            }
        }
    }

    /// The answer to [`Ask::Queue`]; what makes no sense is as good as none.
    pub fn handle_place(&mut self, place: Result<Place, WireError>, now: Monotonic) {
        let Ok(place) = place else { return self.handle_unanswered(now) };
        if self.outcome.is_some() {
            return;
        }
        self.answered();
        let is_ending = matches!(self.phase, Phase::Ending { .. });
        match (place, self.stopping) {
            // The history is being asked anyway.
            (_, None) if is_ending => return,
            (Place::Absent, _) => return self.miss(now),
            _ => {}
        }
        self.missing = 0;
        self.is_accepted = true;
        match (place, self.stopping) {
            (_, Some(stopping)) => self.go_on_stopping(place, stopping, now),
            (Place::Waiting(before), None) => {
                self.tell_place(before);
                self.ask(Ask::History, now.after(self.pause()));
            }
            (_, None) => {
                self.run();
                self.ask(Ask::History, now.after(self.pause()));
            }
        }
    }

    /// A question stayed without an answer: the connection failed, or the answer was an error or made no sense.
    pub fn handle_unanswered(&mut self, now: Monotonic) {
        if self.outcome.is_some() {
            return;
        }
        self.asked = None;
        self.unanswered += 1;
        if self.unanswered >= UNANSWERED_LIMIT {
            self.outcome = Some(self.without_answers());
            return;
        }
        let pause = if self.unanswered == 1 { Duration::from_secs(1) } else { Duration::from_secs(2) };
        self.due = now.after(pause);
    }

    fn without_answers(&self) -> Outcome {
        match self.phase {
            _ if self.stopping.is_some() => Outcome::Cancelled { is_certain: false },
            Phase::Ending { .. } if self.has_something() => self.success_so_far(),
            _ => Outcome::Unreachable,
        }
    }

    fn look_at_limits(&mut self, now: Monotonic) {
        if self.outcome.is_some() {
            return;
        }
        if self.stopping.is_some_and(|stopping| now >= stopping.since.after(STOPPING.1)) {
            self.outcome = Some(Outcome::Cancelled { is_certain: false });
        } else if let Phase::Ending { since, .. } = self.phase
            && now >= since.after(WRITTEN_LIMIT)
        {
            self.outcome = Some(if self.has_something() {
                self.success_so_far()
            } else {
                let message = "The server says that the picture is made, and does not say where it is.";
                Outcome::Failed(WireError::new(ErrorCode::Protocol, message))
            });
        }
    }

    fn has_something(&self) -> bool {
        !self.outputs.is_empty() || self.has_shown
    }

    fn success_so_far(&self) -> Outcome {
        Outcome::Success { outputs: self.outputs.clone(), is_all_cached: self.nodes.are_all_cached() }
    }

    fn handle_status(&mut self, remaining: u32, now: Monotonic) {
        self.remaining = Some(remaining);
        if self.phase != Phase::Waiting || !self.is_accepted || self.stopping.is_some() {
            return;
        }
        self.guess_place();
        let soonest = self.placed_at.map_or(now, |at| at.after(BETWEEN_PLACES)).max(now);
        if self.place.is_none_or(|place| place > 1) && soonest < self.due {
            self.ask(Ask::Queue, soonest);
        }
    }

    /// Those that run or wait, this one among them, are the most that can be before it.
    fn guess_place(&mut self) {
        if let (Phase::Waiting, Some(remaining @ 1..)) = (self.phase, self.remaining) {
            let most = (remaining - 1).max(1);
            if self.place.is_none_or(|place| most < place) {
                self.tell_place(most);
            }
        }
    }

    fn tell_place(&mut self, place: u32) {
        if self.place != Some(place) && self.phase == Phase::Waiting {
            self.place = Some(place);
            self.words.push_back(Word::Queued(place));
        }
    }

    fn run(&mut self) {
        if self.phase == Phase::Waiting {
            self.tell_place(0);
            self.phase = Phase::Running;
        }
    }

    fn begin(&mut self, event: &SocketEvent) {
        if self.witness == Witness::Listening && matches!(event, SocketEvent::Started { .. }) {
            self.witness = Witness::Present;
        }
        self.run();
    }

    /// Something of it was heard on the socket, so nothing has to be asked for a while.
    fn hear(&mut self, now: Monotonic) {
        self.heard_at = now;
        self.is_accepted = true;
        self.missing = 0;
        self.unanswered = 0;
        if self.stopping.is_none() && !matches!(self.phase, Phase::Ending { .. }) {
            self.ask(Ask::History, now.after(self.pause()));
        }
    }

    fn accept(&mut self, now: Monotonic) {
        self.is_accepted = true;
        self.heard_at = now;
        self.ask_soon(Ask::History, now.after(self.pause()));
    }

    const fn pause(&self) -> Duration {
        if self.missing > 0 || !self.has_socket { WITHOUT_SOCKET } else { SILENCE }
    }

    fn ask(&mut self, next: Ask, due: Monotonic) {
        self.next = next;
        self.due = due;
    }

    /// Unless something is asked before that.
    fn ask_soon(&mut self, next: Ask, due: Monotonic) {
        if due < self.due && self.stopping.is_none() {
            self.ask(next, due);
        }
    }

    fn answered(&mut self) {
        self.asked = None;
        self.unanswered = 0;
    }

    fn go_on_after_history(&mut self, now: Monotonic) {
        if let Phase::Ending { since, pause } = self.phase {
            self.phase = Phase::Ending { since, pause: pause.saturating_mul(2).min(WRITTEN.1) };
            self.ask(Ask::History, now.after(pause));
        } else if self.missing > 0 {
            self.ask(Ask::Queue, now.after(WITHOUT_SOCKET));
        } else {
            self.ask(Ask::Queue, now);
        }
    }

    /// It is not in the queue. Before the server took it, that says nothing; and between the queue and the history it may have
    /// ended, so the history is asked before the queue is asked once more.
    fn miss(&mut self, now: Monotonic) {
        self.missing += 1;
        if let Some(stopping) = self.stopping {
            if self.missing > 1 || self.is_accepted {
                self.outcome = Some(Outcome::Cancelled { is_certain: true });
            } else {
                self.go_on_stopping(Place::Absent, stopping, now);
            }
        } else if self.missing > 1 {
            self.outcome = Some(Outcome::Lost);
        } else {
            self.ask(Ask::History, now);
        }
    }

    fn go_on_stopping(&mut self, place: Place, stopping: Stopping, now: Monotonic) {
        match place {
            Place::Running if stopping.interrupts < INTERRUPTS => {
                self.stopping = Some(Stopping { interrupts: stopping.interrupts + 1, ..stopping });
                // At once, and then only if it still runs after some time.
                let pause = if stopping.interrupts == 0 { Duration::ZERO } else { STOPPING.0 };
                self.ask(Ask::Interrupt, now.after(pause));
            }
            Place::Running => self.ask(Ask::Queue, now.after(STOPPING.0)),
            Place::Waiting(_) | Place::Absent => self.ask(Ask::Delete, now.after(STOPPING.0)),
        }
    }

    fn make(&mut self, outputs: &[Output]) {
        for output in outputs {
            if !self.outputs.contains(output) {
                self.outputs.push(output.clone());
                self.words.push_back(Word::Made(output.clone()));
            }
        }
    }

    /// It is over; the history will say how.
    fn end(&mut self, now: Monotonic, soon: Duration) {
        if !matches!(self.phase, Phase::Ending { .. }) {
            self.phase = Phase::Ending { since: now, pause: WRITTEN.0 };
            if self.stopping.is_none() {
                self.ask(Ask::History, now.after(soon));
            }
        }
    }

    /// No node runs any more.
    fn end_for_good(&mut self, now: Monotonic) {
        let was_told = matches!(self.phase, Phase::Ending { .. });
        if was_told && self.witness == Witness::Present && self.has_something() {
            return self.succeed(self.outputs.clone(), self.nodes.are_all_cached());
        }
        self.end(now, Duration::ZERO);
        if self.stopping.is_none() {
            self.ask(Ask::History, now);
        }
    }

    fn succeed(&mut self, outputs: Vec<Output>, is_all_cached: bool) {
        self.outcome = Some(match self.stopping {
            Some(_) => Outcome::Cancelled { is_certain: true },
            None => Outcome::Success { outputs, is_all_cached },
        });
    }

    fn fail(&mut self, failure: &NodeFailure) {
        self.outcome = Some(match self.stopping {
            Some(_) => Outcome::Cancelled { is_certain: true },
            None => Outcome::Failed(failure.error()),
        });
    }

    fn interrupted(&mut self) {
        self.outcome = Some(match self.stopping {
            Some(_) => Outcome::Cancelled { is_certain: true },
            None => Outcome::Interrupted,
        });
    }
}
