//! A second model beside a late one. When the running attempt has said nothing by the time at which its model's own past
//! calls it late, the next of the chain is asked too. Whoever says the first word is heard; the other is stopped at its
//! server.
//!
//! It happens once in a generation, before anything was shown, where the policy wants it: [`hedge`] says when and how
//! often. The second model is one that the chain allows, that is ready, and that does not work on the late one's machine.
//! Both together stay below the policy's cap of cost.

use core::time::Duration;

use super::account::Verdict;
use super::{Ended, Generation, Run, State, is_answer};
use crate::base::id::TransportId;
use crate::base::number::between;
use crate::base::time::{Monotonic, Now, millis};
use crate::engine::attempt::{Outcome, Said};
use crate::engine::fault;
use crate::engine::hedge;
use crate::engine::io::Transport;
use crate::engine::shared::Shared;
use crate::model::{Error, Event, ModelKey, Reason};

/// The second model, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Race {
    /// When a second model is asked.
    at: Option<Monotonic>,
    rival: Option<Box<Run>>,
    /// How long the late one had been silent when the rival was asked.
    waited: Duration,
    /// What the rival said before its first word, such as where it looked.
    early: Vec<Said>,
    /// Whether there was a second model already.
    is_over: bool,
}

impl Race {
    /// Whether this transport is the rival's.
    pub(super) fn owns(&self, transport: TransportId) -> bool {
        self.rival.as_ref().is_some_and(|rival| rival.attempt.owns(transport))
    }

    /// When something has to happen.
    pub(super) fn deadline(&self) -> Option<Monotonic> {
        let rival = self.rival.as_ref().map(|rival| rival.attempt.deadline());
        self.at.into_iter().chain(rival).min()
    }

    /// The running attempt waits in line: it is not late before it left.
    pub(super) fn put_off(&mut self) {
        self.at = None;
    }

    /// The rival, if there is one; nobody is raced any more.
    pub(super) fn take(&mut self) -> Option<Box<Run>> {
        self.at = None;
        self.rival.take()
    }
}

impl Generation {
    /// A model is about to be waited for: when another is asked beside it.
    pub(super) fn expect_race(&mut self, key: &ModelKey, shared: &Shared, now: Now) {
        self.race.at = None;
        // Nobody waits for the first word of an item of a batch.
        if self.race.is_over || self.shown.is_any || shared.items.has(&self.id) {
            return;
        }
        let expected_ms = shared.forecast(&self.query, key).map_or(0.0, |forecast| forecast.first_token_ms);
        let expected = Duration::from_secs_f64(between(expected_ms / 1_000.0, 0.0, 1e7));
        let delay = hedge::delay(self.query.policy.hedge.as_ref(), shared.health.late_from(key), expected);
        self.race.at = delay.map(|delay| now.monotonic.after(delay));
    }

    /// A deadline of the race was reached.
    pub(super) fn race_on(&mut self, shared: &mut Shared, now: Now) {
        let late = self.race.rival.as_mut().and_then(|rival| rival.attempt.timed_out(shared, now));
        if let Some(error) = late {
            self.rival_failed(error, shared, now);
        }
        if self.race.at.is_none_or(|at| at > now.monotonic) {
            return;
        }
        self.race.at = None;
        let State::Running(run) = &self.state else { return };
        let (place, late) = (run.place, run.attempt.key.clone());
        let waited = now.monotonic.since(run.attempt.started.monotonic);
        let Some(rival) = self.chain.rival_of(place, shared) else { return };
        let Some(key) = self.chain.key(rival).cloned() else { return };
        if !self.may_pay_for_both(&late, &key, shared) || !shared.hedges.take() {
            return;
        }
        let message = format!("{late} has said nothing for {}. {key} is asked too.", seconds(waited));
        let reason = Reason::new("hedged", message)
            .with("model", late.to_string())
            .with("rival", key.to_string())
            .with("waitedMs", millis(waited).round());
        let rival = self.send(rival, vec![Event::Warning { reason }], shared, now);
        self.race = Race { rival, waited, is_over: true, ..Race::default() };
    }

    fn may_pay_for_both(&self, one: &ModelKey, other: &ModelKey, shared: &Shared) -> bool {
        let Some(cap) = self.query.policy.max_cost else { return true };
        let usd = |key| shared.forecast(&self.query, key).map(|forecast| forecast.usd);
        usd(one).zip(usd(other)).is_some_and(|(one, other)| one + other <= cap)
    }

    /// The rival's transport said something.
    pub(super) fn rival_said(&mut self, said: Transport, shared: &mut Shared, now: Now) -> Ended {
        let rival = self.race.rival.as_mut()?;
        if is_answer(&said) {
            shared.answered(rival.attempt.key.provider(), now);
        }
        let mut heard = core::mem::take(&mut self.race.early);
        let outcome = rival.attempt.handle(said, &mut heard, shared, now);
        // How far a download or a line is matters to nobody while another model may still answer.
        heard.retain(|said| !matches!(said, Said::Progress(..) | Said::Queued(_)));
        match outcome {
            Outcome::Failed(error) if rival.attempt.first_token.is_none() => {
                self.rival_failed(error, shared, now);
                None
            }
            Outcome::Running if rival.attempt.first_token.is_none() => {
                self.race.early = heard;
                None
            }
            outcome => {
                self.race.early = heard;
                let heard = self.rival_won(shared, now);
                self.take_in(heard, outcome, shared, now)
            }
        }
    }

    /// The rival was quicker. What it said by now.
    fn rival_won(&mut self, shared: &mut Shared, now: Now) -> Vec<Said> {
        let Some(rival) = self.race.take() else { return Vec::new() };
        let State::Running(late) = core::mem::replace(&mut self.state, State::Over) else {
            return Vec::new();
        };
        let waited = now.monotonic.since(late.attempt.started.monotonic);
        late.attempt.abort(shared);
        // Later than this it was; how much later nobody knows. Were it the rival's first word that counted, each race
        // would put off the next.
        shared.health.outrun(&late.attempt.key, millis(self.race.waited));
        let message = format!("It had said nothing for {}.", seconds(waited));
        let reason = Reason::new("hedged", message);
        self.close(&late, Verdict::Stopped(reason.clone()), shared, now);
        self.take_over(rival, &late.attempt.key, reason, shared)
    }

    /// From now on the rival is the one who is waited for. What it said by now.
    pub(super) fn take_over(
        &mut self,
        rival: Box<Run>,
        from: &ModelKey,
        reason: Reason,
        shared: &mut Shared,
    ) -> Vec<Said> {
        let to = rival.attempt.key.to_string();
        let event = Event::Fallback { from: from.to_string(), to, reason };
        let attempt = self.attempt_event(rival.attempt.key.to_string());
        let in_line = rival.attempt.position().map(|position| Event::Queue { position });
        self.emit([event, attempt].into_iter().chain(in_line).collect(), shared);
        self.state = State::Running(rival);
        core::mem::take(&mut self.race.early)
    }

    fn rival_failed(&mut self, mut error: Error, shared: &mut Shared, now: Now) {
        let Some(rival) = self.race.take() else { return };
        let (attempt, place) = (&rival.attempt, rival.place);
        let rule = attempt.judge(&mut error, shared.is_online, now);
        self.close(&rival, Verdict::Failed(fault::reason(&error)), shared, now);
        shared.blame(&attempt.key, rule, &error, now);
        // Whatever it says of the request, the other is still working at it.
        self.chain.failed(place, rule, &error, shared, now);
        self.errors.push(error);
    }

    /// The rival, if there is one, is not needed any more.
    pub(super) fn drop_rival(&mut self, reason: Reason, shared: &mut Shared, now: Now) {
        let Some(rival) = self.race.take() else { return };
        rival.attempt.abort(shared);
        self.close(&rival, Verdict::Stopped(reason), shared, now);
    }
}

fn seconds(span: Duration) -> String {
    // Tenths, also where they are none.
    let tenths = (span.as_secs_f64() * 10.0).round() as u64;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
