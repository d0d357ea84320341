//! How providers and models are doing, learned from what they did. It counts and remembers; who is asked is the
//! router's.

mod circuit;
mod cooling;
mod lateness;
mod learned;
mod record;
mod speed;

use core::time::Duration;

use litemap::LiteMap;
use serde::Serialize;

pub use speed::Timing;

use self::circuit::{Circuit, Moment};
use self::cooling::Cooling;
use self::lateness::Lateness;
use crate::base::stamp::Stamp;
use crate::base::time::{Monotonic, Now, Wall};
use crate::model::health::{Breaker, ModelHealth, ProviderHealth, ProviderState, Rest, RestReason};
use crate::model::{Measured, ModelKey, Reason};

/// Of how many attempts a success rate is made.
const WINDOW: usize = 20;

/// The last attempts at one model, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
struct Outcomes(Vec<bool>);

impl Outcomes {
    fn push(&mut self, is_success: bool) {
        if self.0.len() == WINDOW {
            self.0.remove(0);
        }
        self.0.push(is_success);
    }

    fn success_rate(&self) -> f64 {
        let successes = self.0.iter().filter(|is_success| **is_success).count();
        successes as f64 / self.0.len().max(1) as f64
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Standing {
    state: ProviderState,
    since: Wall,
    reason: Option<Reason>,
    circuit: Circuit,
    is_key_refused: bool,
    lacks_credit: bool,
    /// When all of that was learned, which later visits do not care for.
    stood: Stamp,
    cooling: Cooling,
    cooled: Stamp,
    models: LiteMap<String, Record>,
}

/// What is remembered of one model.
#[derive(Clone, Debug, Default, PartialEq)]
struct Record {
    outcomes: Outcomes,
    measured: Measured,
    lateness: Lateness,
    cooling: Cooling,
    /// When all of that was learned.
    learned: Stamp,
    circuit: Circuit,
    /// When that was learned, which later visits do not care for.
    stood: Stamp,
}

/// Who is at fault: one model, or its provider as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This model only.
    Model,
    /// The provider, and with it this model.
    Provider,
}

/// How every provider is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    providers: LiteMap<String, Standing>,
    /// Of whom nothing holds any more that was learned before, or elsewhere.
    forgotten: Vec<String>,
}

impl Health {
    /// Whether the provider answers, as far as known.
    pub fn state(&self, provider: &str) -> ProviderState {
        self.providers.get(provider).map_or(ProviderState::Unknown, |standing| standing.state)
    }

    /// Why the provider does not answer.
    pub fn reason(&self, provider: &str) -> Option<&Reason> {
        self.providers.get(provider)?.reason.as_ref()
    }

    /// The provider answered. Whether that is news.
    pub fn answered(&mut self, provider: &str, now: Wall) -> bool {
        self.set(provider, ProviderState::Up, None, now)
    }

    /// The provider did not answer. Whether that is news.
    pub fn unreachable(&mut self, provider: &str, reason: Reason, now: Wall) -> bool {
        self.set(provider, ProviderState::Down, Some(reason), now)
    }

    /// A request goes to a model.
    pub fn asked(&mut self, model: &ModelKey) {
        self.circuits(model, Circuit::asked);
    }

    /// A request to a model ended and says nothing of how the model is doing.
    pub fn released(&mut self, model: &ModelKey) {
        self.circuits(model, Circuit::released);
    }

    /// A model answered to its end.
    pub fn succeeded(&mut self, model: &ModelKey) {
        let standing = self.standing(model.provider());
        standing.circuit.succeeded();
        // Whoever answers takes the key.
        standing.is_key_refused = false;
        standing.stood.change();
        if standing.cooling.succeeded() {
            standing.cooled.change();
        }
        let record = self.model(model);
        record.outcomes.push(true);
        record.circuit.succeeded();
        record.cooling.succeeded();
        record.learned.change();
        record.stood.change();
    }

    /// A model failed.
    pub fn failed(&mut self, model: &ModelKey, scope: Scope, now: Now) {
        let standing = self.standing(model.provider());
        match scope {
            Scope::Provider => {
                standing.circuit.failed(now);
                standing.stood.change();
            }
            Scope::Model => standing.circuit.released(),
        }
        let record = self.model(model);
        record.outcomes.push(false);
        record.circuit.failed(now);
        record.learned.change();
        record.stood.change();
    }

    /// A server wants fewer requests. It says nothing of how well it answers.
    pub fn cool(&mut self, model: &ModelKey, scope: Scope, stated: Option<Duration>, now: Now) {
        self.released(model);
        match scope {
            Scope::Provider => {
                let standing = self.standing(model.provider());
                standing.cooling.start(stated, now);
                standing.cooled.change();
            }
            Scope::Model => {
                let record = self.model(model);
                record.cooling.start(stated, now);
                record.learned.change();
            }
        }
    }

    /// A provider refused its key.
    pub fn refuse_key(&mut self, provider: &str) {
        let standing = self.standing(provider);
        standing.is_key_refused = true;
        standing.stood.change();
    }

    /// The account at a provider is empty.
    pub fn lack_credit(&mut self, provider: &str) {
        let standing = self.standing(provider);
        standing.lacks_credit = true;
        standing.stood.change();
    }

    /// Somebody who may know better wants to see for himself: what was held against the account is forgotten.
    pub fn forgive(&mut self, provider: &str) {
        let Some(standing) = self.providers.get_mut(provider) else { return };
        if standing.is_key_refused || standing.lacks_credit {
            standing.is_key_refused = false;
            standing.lacks_credit = false;
            standing.stood.change();
        }
    }

    /// Another key was given: it has an account and limits of its own.
    pub fn key_changed(&mut self, provider: &str) {
        self.forgive(provider);
        let Some(standing) = self.providers.get_mut(provider) else { return };
        if standing.cooling.end() {
            standing.cooled.change();
        }
        for (_, record) in standing.models.iter_mut() {
            if record.cooling.end() {
                record.learned.change();
            }
        }
    }

    /// A provider told its models: it may be tried again.
    pub fn listed(&mut self, provider: &str) {
        if let Some(standing) = self.providers.get_mut(provider)
            && standing.circuit.breaker() == Breaker::Open
        {
            standing.circuit.half_open();
            standing.stood.change();
        }
    }

    /// Time passed. The providers about whom that changed anything.
    pub fn wake(&mut self, now: Monotonic) -> Vec<String> {
        let mut changed = Vec::new();
        for (name, standing) in self.providers.iter_mut() {
            let mut is_changed = standing.circuit.wake(now);
            is_changed |= standing.cooling.wake(now);
            for (_, record) in standing.models.iter_mut() {
                is_changed |= record.circuit.wake(now);
                is_changed |= record.cooling.wake(now);
            }
            if is_changed {
                changed.push(name.clone());
            }
        }
        changed
    }

    /// When time changes something next.
    pub fn deadline(&self) -> Option<Monotonic> {
        self.moments().map(|moment| moment.at).min()
    }

    /// Whether a provider as a whole is left alone, and its models that cost something while it has no credit.
    pub fn rest(&self, provider: &str) -> Option<Rest> {
        let standing = self.providers.get(provider)?;
        if standing.is_key_refused {
            return Some(Rest { reason: RestReason::KeyRefused, retry_at: None });
        }
        rest(&standing.circuit, &standing.cooling)
    }

    /// Whether the account at a provider is empty.
    pub fn lacks_credit(&self, provider: &str) -> bool {
        self.providers.get(provider).is_some_and(|standing| standing.lacks_credit)
    }

    /// Whether a model is left alone on its own account.
    pub fn model_rest(&self, model: &ModelKey) -> Option<Rest> {
        let record = self.providers.get(model.provider())?.models.get(model.id())?;
        rest(&record.circuit, &record.cooling)
    }

    /// Until when the server of a model wants no request.
    pub fn cooling_until(&self, model: &ModelKey) -> Option<Monotonic> {
        let standing = self.providers.get(model.provider())?;
        let own = standing.models.get(model.id()).and_then(|record| record.cooling.until());
        own.into_iter().chain(standing.cooling.until()).map(|moment| moment.at).max()
    }

    /// Whether a provider failed too often to be asked.
    pub fn is_failing(&self, provider: &str) -> bool {
        self.providers.get(provider).is_some_and(|standing| standing.circuit.breaker() == Breaker::Open)
    }

    /// An answer of a model took this long.
    pub fn timed(&mut self, model: &ModelKey, timing: &Timing) {
        let record = self.model(model);
        record.learned.change();
        record.measured = speed::after(record.measured, timing);
        if !timing.was_cold && timing.first_token_ms > 0.0 {
            record.lateness.push(timing.first_token_ms);
        }
    }

    /// A model had said nothing after this many milliseconds, and another was quicker. Left out, it would count as if it
    /// were never late.
    pub fn outrun(&mut self, model: &ModelKey, ms: f64) {
        let record = self.model(model);
        record.learned.change();
        record.lateness.push(ms);
    }

    /// How long a model may take to its first word before it is later than nearly all of its own answers; `None` before it
    /// has answered often enough.
    pub fn late_from(&self, model: &ModelKey) -> Option<Duration> {
        self.providers.get(model.provider())?.models.get(model.id())?.lateness.from()
    }

    /// How fast the model was; `None` before its first answer.
    pub fn measured(&self, model: &ModelKey) -> Option<&Measured> {
        let record = self.providers.get(model.provider())?.models.get(model.id())?;
        let measured = &record.measured;
        (measured.first_token_ms.is_some() || measured.tokens_per_second.is_some()).then_some(measured)
    }

    /// The provider is not set up any more.
    pub fn forget(&mut self, provider: &str) {
        self.providers.remove(provider);
        if !self.forgotten.iter().any(|name| name == provider) {
            self.forgotten.push(provider.to_owned());
        }
    }

    /// For the page, in the order of names.
    pub fn report(&self, providers: impl Iterator<Item = String>) -> Vec<ProviderHealth> {
        providers
            .map(|provider| {
                let rest = self.rest(&provider);
                let standing = self.providers.get(&provider).cloned().unwrap_or_default();
                let is_ill = |record: &Record| rest_of(record).is_some();
                let is_half = rest.is_some() || standing.lacks_credit || standing.models.values().any(is_ill);
                ProviderHealth {
                    state: match standing.state {
                        ProviderState::Up if is_half => ProviderState::Degraded,
                        state => state,
                    },
                    since_at: standing.since,
                    reason: standing.reason.or_else(|| rest.map(said)),
                    retry_at: rest.and_then(|rest| rest.retry_at),
                    models: standing
                        .models
                        .iter()
                        .map(|(model, record)| ModelHealth {
                            model: ModelKey::new(&provider, model).to_string(),
                            state: record.circuit.breaker(),
                            success_rate: record.outcomes.success_rate(),
                        })
                        .collect(),
                    provider,
                }
            })
            .collect()
    }

    fn set(&mut self, provider: &str, state: ProviderState, reason: Option<Reason>, now: Wall) -> bool {
        let standing = self.standing(provider);
        let is_news = standing.state != state || standing.reason != reason;
        if standing.state != state {
            standing.since = now;
        }
        if standing.state != state || !learned::is_same(standing.reason.as_ref(), reason.as_ref()) {
            standing.stood.change();
        }
        standing.state = state;
        standing.reason = reason;
        is_news
    }

    /// Does something to the breakers that stand before a model.
    fn circuits(&mut self, model: &ModelKey, act: impl Fn(&mut Circuit)) {
        let Some(standing) = self.providers.get_mut(model.provider()) else { return };
        act(&mut standing.circuit);
        if let Some(record) = standing.models.get_mut(model.id()) {
            act(&mut record.circuit);
        }
    }

    fn moments(&self) -> impl Iterator<Item = Moment> {
        self.providers.values().flat_map(|standing| {
            let models = standing
                .models
                .values()
                .flat_map(|record| [record.circuit.opens_until(), record.cooling.until()]);
            [standing.circuit.opens_until(), standing.cooling.until()].into_iter().chain(models).flatten()
        })
    }

    fn model(&mut self, model: &ModelKey) -> &mut Record {
        self.standing(model.provider()).models.entry(model.id().to_owned()).or_default()
    }

    fn standing(&mut self, provider: &str) -> &mut Standing {
        self.providers.entry(provider.to_owned()).or_default()
    }
}

fn rest(circuit: &Circuit, cooling: &Cooling) -> Option<Rest> {
    if let Some(until) = cooling.until() {
        return Some(Rest { reason: RestReason::Cooling, retry_at: Some(until.wall) });
    }
    let retry_at = circuit.opens_until().map(|until| until.wall);
    circuit.is_resting().then_some(Rest { reason: RestReason::Failing, retry_at })
}

fn rest_of(record: &Record) -> Option<Rest> {
    rest(&record.circuit, &record.cooling)
}

/// Why a provider is left alone, for people.
fn said(rest: Rest) -> Reason {
    match rest.reason {
        RestReason::Cooling => {
            Reason::new("cooling", "It wants fewer requests and is left alone for a while.")
        }
        RestReason::Failing => Reason::new("failing", "It failed too often and is left alone for a while."),
        RestReason::NoCredit => Reason::new("no-credit", "The account has no credit left."),
        RestReason::KeyRefused => Reason::new("key-refused", "It refused the key. Give it another one."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_up_since_it_first_answered() {
        let mut health = Health::default();
        assert!(health.answered("ollama", Wall::from_epoch_millis(1)));
        assert!(!health.answered("ollama", Wall::from_epoch_millis(2)));
        let report = health.report(["ollama".to_owned()].into_iter());
        assert_eq!(report[0].state, ProviderState::Up);
        assert_eq!(report[0].since_at, Wall::from_epoch_millis(1));
    }

    #[test]
    fn a_provider_that_answers_is_degraded_while_one_of_its_models_is_left_alone() {
        let mut health = Health::default();
        health.answered("far", Wall::default());
        let (broken, sound) = (ModelKey::new("far", "broken"), ModelKey::new("far", "sound"));
        health.succeeded(&sound);
        for _ in 0..5 {
            health.failed(&broken, Scope::Model, Now::default());
        }
        let report = health.report(["far".to_owned()].into_iter());
        assert_eq!(report[0].state, ProviderState::Degraded);
        assert_eq!((report[0].models[0].state, report[0].models[1].state), (Breaker::Open, Breaker::Closed));
        assert_eq!(health.model_rest(&broken).map(|rest| rest.reason), Some(RestReason::Failing));
        assert_eq!((health.model_rest(&sound), health.rest("far")), (None, None));
    }

    #[test]
    fn a_provider_that_fails_with_one_model_after_another_is_left_alone_as_a_whole() {
        let mut health = Health::default();
        for model in ["a", "b", "c", "d", "e"] {
            health.failed(&ModelKey::new("far", model), Scope::Provider, Now::default());
        }
        assert_eq!(health.rest("far").map(|rest| rest.retry_at), Some(Some(Wall::from_epoch_millis(5_000))));
        assert_eq!(health.model_rest(&ModelKey::new("far", "a")), None, "none of them failed often");
        assert_eq!(health.deadline(), Some(Monotonic::new(Duration::from_secs(5))));
        assert_eq!(health.wake(Monotonic::new(Duration::from_secs(5))), ["far"]);
        assert_eq!(health.rest("far"), None);
        health.asked(&ModelKey::new("far", "a"));
        assert!(health.rest("far").is_some(), "one request tries it");
        health.succeeded(&ModelKey::new("far", "a"));
        assert_eq!(health.rest("far"), None);
    }

    #[test]
    fn what_is_held_against_an_account_is_forgotten_with_its_key() {
        let mut health = Health::default();
        let model = ModelKey::new("far", "a");
        health.refuse_key("far");
        health.lack_credit("far");
        health.cool(&model, Scope::Model, None, Now::default());
        health.forgive("far");
        assert_eq!((health.rest("far"), health.model_rest(&model).is_some()), (None, true));
        health.key_changed("far");
        assert_eq!(health.model_rest(&model), None);
        assert!(!health.lacks_credit("far"));
    }

    #[test]
    fn a_success_rate_is_made_of_the_last_twenty_attempts() {
        let mut health = Health::default();
        let key = ModelKey::new("ollama", "a");
        for _ in 0..30 {
            health.failed(&key, Scope::Model, Now::default());
        }
        for _ in 0..15 {
            health.succeeded(&key);
        }
        let report = health.report(["ollama".to_owned()].into_iter());
        assert_eq!(report[0].models[0].success_rate, 0.75);
    }
}
