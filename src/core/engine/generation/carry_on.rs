//! After something was shown and its model died: whether another goes on from there, begins again, or nobody does.
//!
//! What was shown stands until a new answer's first word comes: who fails before that takes nothing away. A `restart` is
//! said right before that word. Who goes on is given what was shown as the beginning of its own answer, and
//! [`Splice`] joins what it says; where that is unsure, the same model is asked again for an answer of its own.
//!
//! Nobody goes on from half a tool call, half of an answer that has to fit a schema, or thoughts alone: such an answer
//! begins again. Where a whole tool call was shown, nothing is asked any more: the tool may be running.
//!
//! Each model of the chain is asked at most four times: to go on, once more after it broke off, then in other words, and
//! anew. So it ends.

use super::account::Verdict;
use super::{Ended, Generation, State};
use crate::base::time::Now;
use crate::engine::attempt::Said;
use crate::engine::failure::{Rule, Then};
use crate::engine::shared::Shared;
use crate::engine::splice::{Splice, Step};
use crate::estimate::{self, Family};
use crate::model::message::{ToolChoice, ToolMode};
use crate::model::policy::OnCut;
use crate::model::{Error, ErrorCode, Event, Reason, TextRequest};
use crate::wire::{Beginning, PLACE, WireEvent};

/// Tokens that a model has to have room for after what was shown.
const LEAST_ROOM: u64 = 64;

/// How an attempt was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// For an answer of its own.
    #[default]
    Anew,
    /// To go on, by a beginning of its answer.
    ToGoOn,
    /// To go on, in words too.
    InWords,
}

/// What is known of going on.
#[derive(Debug, Default)]
pub(super) struct CarryOn {
    /// Joins what the running attempt says.
    splice: Option<Splice>,
    /// Why the answer begins again, once the running attempt says its first word.
    restart: Option<Reason>,
    /// What was shown cannot be gone on from by anybody.
    must_restart: Option<Reason>,
    /// How the running attempt was asked.
    asked: Asked,
    /// Whether the next one is asked in words, whatever its protocol.
    ask_in_words: bool,
    /// Whether the running attempt said anything.
    has_spoken: bool,
    /// Tool calls of which only a part was shown.
    half_calls: Vec<String>,
    /// How much of what was shown came before the running attempt: bytes of the words, and of the thoughts.
    before: (usize, usize),
    /// Whether what was shown is of several models.
    is_joined: bool,
}

impl CarryOn {
    /// Whether an answer's parts come from several models.
    pub(super) const fn is_joined(&self) -> bool {
        self.is_joined
    }

    /// Of an answer of which a part was shown before this generation began.
    pub(super) fn after(has_half_call: bool) -> Self {
        // Which call it was does not matter.
        let half_calls = if has_half_call { vec![String::new()] } else { Vec::new() };
        Self { half_calls, ..Self::default() }
    }

    /// Whether only a part of a tool call was shown.
    pub(super) fn has_half_call(&self) -> bool {
        !self.half_calls.is_empty()
    }

    /// Whether the running attempt was given a beginning.
    fn is_continuing(&self) -> bool {
        self.asked != Asked::Anew
    }
}

impl Generation {
    /// What the next attempt is given of the answer. `room` is what its model has left beside the prompt.
    pub(super) fn begin_with(&mut self, room: Option<u64>, family: Family) -> Option<Beginning> {
        let is_asked = core::mem::take(&mut self.carry_on.ask_in_words);
        self.carry_on = CarryOn {
            must_restart: self.carry_on.must_restart.take(),
            half_calls: core::mem::take(&mut self.carry_on.half_calls),
            is_joined: self.carry_on.is_joined,
            before: (self.shown.text.len(), self.shown.reasoning.len()),
            ..CarryOn::default()
        };
        if !self.shown.is_any {
            return None;
        }
        if let Some(reason) = self.why_not_on(room, family) {
            self.carry_on.restart = Some(reason);
            return None;
        }
        self.carry_on.splice = Some(Splice::after(&self.shown.text));
        self.carry_on.asked = if is_asked { Asked::InWords } else { Asked::ToGoOn };
        Some(Beginning { text: self.shown.text.clone(), is_asked })
    }

    /// Why the answer has to begin again.
    fn why_not_on(&self, room: Option<u64>, family: Family) -> Option<Reason> {
        if let Some(reason) = &self.carry_on.must_restart {
            return Some(reason.clone());
        }
        let because = |code: &str, message: &str| Some(Reason::new(code, message));
        let must_call = matches!(
            self.request.tool_choice,
            Some(ToolChoice::Named { .. } | ToolChoice::Mode(ToolMode::Required))
        );
        if self.query.policy.on_cut == Some(OnCut::Restart) {
            return because("policy", "The policy wants an answer that was cut to begin again.");
        }
        if self.request.schema.is_some() {
            return because("schema", "Half of an answer that has to fit a schema cannot be gone on from.");
        }
        if !self.carry_on.half_calls.is_empty() || must_call {
            return because("tool-call", "Half of a tool call cannot be gone on from.");
        }
        if self.shown.text.trim().is_empty() {
            return because("no-words", "Only thoughts were shown.");
        }
        // Beside files, such a text would be taken for one.
        if self.shown.text.contains(PLACE) {
            return because("control-character", "What was shown cannot be sent to another model.");
        }
        let needed = estimate::tokens_in(&self.shown.text, family) + LEAST_ROOM;
        if room.is_some_and(|room| room < needed) {
            return because("context-length", "The model has no room for what was shown.");
        }
        None
    }

    /// What is left of the limit of the answer.
    pub(super) fn output_left(&self, family: Family) -> Option<u32> {
        let most = self.request.max_output_tokens?;
        let shown =
            if self.carry_on.is_continuing() { estimate::tokens_in(&self.shown.text, family) } else { 0 };
        Some(u32::try_from(u64::from(most).saturating_sub(shown)).unwrap_or(most).max(1))
    }

    /// Whether what was shown may be all: a model that goes on may then say nothing.
    pub(super) fn may_be_whole(&self) -> bool {
        const ENDS: &str = ".!?…。！？\"'”’»)]}`*";
        self.carry_on.is_continuing()
            && self.shown.text.trim_end().ends_with(|last: char| ENDS.contains(last))
    }

    /// Tokens of what the running attempt said, by the mesh's own guess.
    pub(super) fn own_tokens(&self, family: Family) -> u64 {
        let (words, thoughts) = self.carry_on.before;
        let held = self.carry_on.splice.as_ref().map_or("", Splice::held);
        [self.shown.text.get(words..), self.shown.reasoning.get(thoughts..), Some(held)]
            .into_iter()
            .flatten()
            .map(|text| estimate::tokens_in(text, family))
            .sum()
    }

    /// Words of the running attempt, as far as they are new. `Err`: they cannot be joined.
    pub(super) fn add_words(&mut self, words: String, events: &mut Vec<Event>) -> Result<(), ()> {
        let step = match &mut self.carry_on.splice {
            Some(splice) => splice.push(&words),
            None => Step::Show(words),
        };
        self.take_step(step, events)
    }

    /// Nothing more of its words comes now: what is held back is decided.
    pub(super) fn settle_words(&mut self, events: &mut Vec<Event>) -> Result<(), ()> {
        let Some(splice) = &mut self.carry_on.splice else { return Ok(()) };
        let step = splice.finish();
        self.take_step(step, events)
    }

    fn take_step(&mut self, step: Step, events: &mut Vec<Event>) -> Result<(), ()> {
        let text = match step {
            Step::Hold => return Ok(()),
            Step::Unsure => return Err(()),
            Step::Show(text) => {
                self.carry_on.is_joined |= self.carry_on.is_continuing();
                text
            }
            Step::Anew(text) => {
                // What it thought before its first word belongs to the new answer.
                let thoughts =
                    self.shown.reasoning.get(self.carry_on.before.1..).unwrap_or_default().to_owned();
                let message = "The next model began an answer of its own.";
                self.restart(Reason::new("anew", message), events);
                if !thoughts.is_empty() {
                    self.shown.reasoning.clone_from(&thoughts);
                    events.push(Event::ReasoningDelta { text: thoughts });
                }
                text
            }
        };
        if !text.is_empty() {
            self.shown.is_any = true;
            self.shown.text.push_str(&text);
            events.push(Event::TextDelta { text });
        }
        Ok(())
    }

    /// Before anything that the running attempt said is shown.
    pub(super) fn hear(&mut self, said: &Said, events: &mut Vec<Event>) {
        let Said::Wire(said) = said else { return };
        if let Some(reason) = self.carry_on.restart.take() {
            self.restart(reason, events);
        }
        self.carry_on.has_spoken = true;
        match said {
            WireEvent::ToolCallDelta { id, .. } if !self.carry_on.half_calls.contains(id) => {
                self.carry_on.half_calls.push(id.clone());
            }
            WireEvent::ToolCall { id, .. } => self.carry_on.half_calls.retain(|half| half != id),
            _ => {}
        }
    }

    fn restart(&mut self, reason: Reason, events: &mut Vec<Event>) {
        self.shown = super::Shown::default();
        self.carry_on.before = (0, 0);
        self.carry_on.half_calls.clear();
        self.carry_on.must_restart = None;
        self.carry_on.is_joined = false;
        self.carry_on.asked = Asked::Anew;
        events.push(Event::Restart { reason });
    }

    /// What the running attempt says cannot be joined: it is asked for an answer of its own.
    pub(super) fn ask_anew(&mut self, shared: &mut Shared, now: Now) -> Ended {
        let State::Running(run) = &self.state else { return None };
        run.attempt.abort(shared);
        let message = format!("What {} said could not be joined onto what was shown.", run.attempt.key);
        let verdict = Verdict::Stopped(Reason::new("cancelled", message.clone()));
        let place = self.close_running(verdict, shared, now)?;
        self.carry_on.must_restart = Some(Reason::new("unsure", message));
        self.ask(place, shared, now);
        None
    }

    /// An attempt failed after something was shown. It was written down already.
    pub(super) fn cut(
        &mut self,
        place: usize,
        rule: Rule,
        mut error: Error,
        shared: &mut Shared,
        now: Now,
    ) -> Ended {
        let is_continuing = self.carry_on.is_continuing() && !self.carry_on.has_spoken;
        let is_refused = matches!(error.code, ErrorCode::InvalidRequest | ErrorCode::Unsupported);
        if self.query.policy.on_cut == Some(OnCut::Fail) {
            return self.stop(error, shared, now);
        }
        if !self.shown.tool_calls.is_empty() {
            error.hint =
                Some("A tool was asked for already: answer it, and ask again with its answer.".to_owned());
            return self.stop(error, shared, now);
        }
        if is_continuing && is_refused && self.carry_on.asked == Asked::ToGoOn {
            // Some servers take no conversation that ends with the assistant. They are asked in words.
            self.carry_on.ask_in_words = true;
            self.ask(place, shared, now);
            return None;
        }
        let is_final = rule.then == Then::Stop && !(is_continuing && is_refused);
        // The answer was whole and of no use: nobody died.
        let only_thought = self.shown.text.trim().is_empty() && self.carry_on.half_calls.is_empty();
        let is_whole = error.code == ErrorCode::BadOutput && !only_thought;
        if is_final || is_whole && self.carry_on.has_spoken {
            return self.stop(error, shared, now);
        }
        // Nothing is wrong with a server that broke off once; without another model it is asked again.
        let is_chance =
            self.carry_on.has_spoken && matches!(error.code, ErrorCode::Truncated | ErrorCode::Server);
        let rule = Rule { again: rule.again.max(u8::from(is_chance)), ..rule };
        self.chain.failed(place, rule, &error, shared, now);
        self.errors.push(error);
        self.proceed(shared, now)
    }
}

/// The request as a provider written in JavaScript is asked to go on: in words, since nobody knows how it does.
pub(super) fn in_words(
    request: &TextRequest,
    beginning: &Beginning,
    output_left: Option<u32>,
) -> TextRequest {
    let mut messages = request.conversation();
    messages.extend(beginning.messages(true));
    TextRequest {
        messages: Some(messages),
        prompt: None,
        system: None,
        files: None,
        max_output_tokens: output_left,
        ..request.clone()
    }
}
