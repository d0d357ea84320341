//! How providers and models are doing, learned from what they did. It counts and remembers; who is asked is the
//! router's.

mod speed;

use litemap::LiteMap;
use serde::Serialize;
use serde_json::Value;

pub use speed::Timing;

use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::base::time::Wall;
use crate::model::health::{Breaker, ModelHealth, ProviderHealth, ProviderState};
use crate::model::{Measured, ModelKey, Reason};

/// Of how many attempts a success rate is made.
const WINDOW: usize = 20;

/// The form of the record: 2 knows speeds.
const FORMAT: u32 = 2;

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
    models: LiteMap<String, Record>,
}

/// What is remembered of one model.
#[derive(Clone, Debug, Default, PartialEq)]
struct Record {
    outcomes: Outcomes,
    measured: Measured,
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
        self.model(model).outcomes.push(is_success);
    }

    /// An answer of a model took this long.
    pub fn timed(&mut self, model: &ModelKey, timing: &Timing) {
        let measured = &mut self.model(model).measured;
        *measured = speed::after(*measured, timing);
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
                        .map(|(model, record)| ModelHealth {
                            model: ModelKey::new(&provider, model).to_string(),
                            state: Breaker::Closed,
                            success_rate: record.outcomes.success_rate(),
                        })
                        .collect(),
                    provider,
                }
            })
            .collect()
    }

    /// As bytes for the store. Whether a provider answers is not kept: that was another visit.
    pub fn to_record(&self) -> Vec<u8> {
        let mut models = Vec::new();
        for (provider, standing) in self.providers.iter() {
            for (model, record) in standing.models.iter() {
                let Record { outcomes, measured } = record;
                models.push(Written {
                    provider,
                    model,
                    outcomes,
                    first_token_ms: measured.first_token_ms,
                    input_tokens: measured.input_tokens,
                    tokens_per_second: measured.tokens_per_second,
                });
            }
        }
        serde_json::to_vec(&WrittenAll { format: FORMAT, models }).unwrap_or_default()
    }

    /// From stored bytes; empty where they do not parse or have another form.
    pub fn from_record(bytes: &[u8]) -> Self {
        let Ok(Stored(stored)) = json::read(bytes) else { return Self::default() };
        let mut health = Self::default();
        for (key, record) in stored {
            *health.model(&key) = record;
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

    fn model(&mut self, model: &ModelKey) -> &mut Record {
        self.standing(model.provider()).models.entry(model.id().to_owned()).or_default()
    }

    fn standing(&mut self, provider: &str) -> &mut Standing {
        self.providers.entry(provider.to_owned()).or_default()
    }
}

#[derive(Serialize)]
struct WrittenAll<'a> {
    format: u32,
    models: Vec<Written<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    provider: &'a str,
    model: &'a str,
    outcomes: &'a Outcomes,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_token_ms: Option<f64>,
    input_tokens: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_per_second: Option<f64>,
}

/// A record as it is read.
struct Stored(Vec<(ModelKey, Record)>);

impl FromJson for Stored {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        if fields.need::<u32>("format")? != FORMAT {
            return Ok(Self(Vec::new()));
        }
        let models: Vec<StoredModel> = fields.need("models")?;
        Ok(Self(models.into_iter().map(|StoredModel(key, record)| (key, record)).collect()))
    }
}

struct StoredModel(ModelKey, Record);

impl FromJson for StoredModel {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let (provider, model): (String, String) = (fields.need("provider")?, fields.need("model")?);
        let mut outcomes: Vec<bool> = fields.need("outcomes")?;
        outcomes.truncate(WINDOW);
        let amount = |number: Option<f64>| number.filter(|number| number.is_finite() && *number > 0.0);
        let measured = Measured {
            first_token_ms: amount(fields.take("firstTokenMs")?),
            input_tokens: amount(fields.take("inputTokens")?).unwrap_or(0.0),
            tokens_per_second: amount(fields.take("tokensPerSecond")?),
        };
        Ok(Self(ModelKey::new(provider, model), Record { outcomes: Outcomes(outcomes), measured }))
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
    fn outcomes_and_speeds_are_kept_between_visits_and_states_are_not() {
        let mut health = Health::default();
        let key = ModelKey::new("ollama", "a");
        health.record(&key, true);
        health.timed(
            &key,
            &Timing {
                first_token_ms: 250.0,
                was_cold: false,
                input_tokens: 100,
                output_tokens: 101,
                writing_ms: 2_000.0,
            },
        );
        health.unreachable("ollama", Reason::new("unreachable", "It did not answer."), Wall::default());
        let read = Health::from_record(&health.to_record());
        assert_eq!(read.state("ollama"), ProviderState::Unknown);
        assert_eq!(read.report(["ollama".to_owned()].into_iter())[0].models.len(), 1);
        assert_eq!(read.measured(&key), health.measured(&key));
        assert_eq!(read.measured(&key).unwrap().tokens_per_second, Some(50.0));
        for other in [&b"nonsense"[..], b"[[\"ollama\",\"a\",[true]]]", b"{\"format\":1,\"models\":[]}"] {
            assert_eq!(Health::from_record(other), Health::default());
        }
    }
}
