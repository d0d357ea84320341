//! How providers and models are doing, learned from what they did. It counts and remembers; who is asked is the
//! router's.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::base::time::Wall;
use crate::model::health::{Breaker, ModelHealth, ProviderHealth, ProviderState};
use crate::model::{ModelKey, Reason};

/// Of how many attempts a success rate is made.
const WINDOW: usize = 20;

/// The last attempts at one model, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    models: LiteMap<String, Outcomes>,
}

/// How every provider is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    providers: LiteMap<String, Standing>,
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

    /// An attempt at a model ended.
    pub fn record(&mut self, model: &ModelKey, is_success: bool) {
        self.standing(model.provider()).models.entry(model.id().to_owned()).or_default().push(is_success);
    }

    /// The provider is not set up any more.
    pub fn forget(&mut self, provider: &str) {
        self.providers.remove(provider);
    }

    /// For the page, in the order of names.
    pub fn report(&self, providers: impl Iterator<Item = String>) -> Vec<ProviderHealth> {
        providers
            .map(|provider| {
                let standing = self.providers.get(&provider).cloned().unwrap_or_default();
                ProviderHealth {
                    state: standing.state,
                    since_at: standing.since,
                    reason: standing.reason,
                    retry_at: None,
                    models: standing
                        .models
                        .iter()
                        .map(|(model, outcomes)| ModelHealth {
                            model: ModelKey::new(&provider, model).to_string(),
                            state: Breaker::Closed,
                            success_rate: outcomes.success_rate(),
                        })
                        .collect(),
                    provider,
                }
            })
            .collect()
    }

    /// As bytes for the store. Whether a provider answers is not kept: that was another visit.
    pub fn to_record(&self) -> Vec<u8> {
        let mut outcomes: Vec<(&str, &str, &Outcomes)> = Vec::new();
        for (provider, standing) in self.providers.iter() {
            for (model, of_model) in standing.models.iter() {
                outcomes.push((provider, model, of_model));
            }
        }
        serde_json::to_vec(&outcomes).unwrap_or_default()
    }

    /// From stored bytes; empty where they do not parse.
    pub fn from_record(bytes: &[u8]) -> Self {
        let stored: Vec<(String, String, Outcomes)> = serde_json::from_slice(bytes).unwrap_or_default();
        let mut health = Self::default();
        for (provider, model, mut outcomes) in stored {
            outcomes.0.truncate(WINDOW);
            health.standing(&provider).models.insert(model, outcomes);
        }
        health
    }

    fn set(&mut self, provider: &str, state: ProviderState, reason: Option<Reason>, now: Wall) -> bool {
        let standing = self.standing(provider);
        let is_news = standing.state != state || standing.reason != reason;
        if standing.state != state {
            standing.since = now;
        }
        standing.state = state;
        standing.reason = reason;
        is_news
    }

    fn standing(&mut self, provider: &str) -> &mut Standing {
        self.providers.entry(provider.to_owned()).or_default()
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
    fn a_success_rate_is_made_of_the_last_twenty_attempts() {
        let mut health = Health::default();
        let key = ModelKey::new("ollama", "a");
        for _ in 0..30 {
            health.record(&key, false);
        }
        for _ in 0..15 {
            health.record(&key, true);
        }
        let report = health.report(["ollama".to_owned()].into_iter());
        assert_eq!(report[0].models[0].success_rate, 0.75);
    }

    #[test]
    fn outcomes_are_kept_between_visits_and_states_are_not() {
        let mut health = Health::default();
        health.record(&ModelKey::new("ollama", "a"), true);
        health.unreachable("ollama", Reason::new("unreachable", "It did not answer."), Wall::default());
        let read = Health::from_record(&health.to_record());
        assert_eq!(read.state("ollama"), ProviderState::Unknown);
        assert_eq!(read.report(["ollama".to_owned()].into_iter())[0].models.len(), 1);
        assert_eq!(Health::from_record(b"nonsense"), Health::default());
    }
}
