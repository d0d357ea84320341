//! What is remembered of health between visits: outcomes, speeds, and the pauses that servers want.

use serde::Serialize;
use serde_json::Value;

use super::cooling::Cooling;
use super::lateness::Lateness;
use super::{Health, Outcomes, Record, WINDOW};
use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::base::time::{Now, Wall};
use crate::model::{Measured, ModelKey};

/// The form of the record: 2 knows speeds, 3 pauses that servers want, 4 when a model is late.
const FORMAT: u32 = 4;

/// The oldest form that can be read: it lacks only what came later.
const OLDEST_FORMAT: u32 = 2;

impl Health {
    /// As bytes for the store. Whether a provider answers, fails or takes its key is not kept: that was another visit. That
    /// it wants a pause is, since a page that is loaded anew is no new customer.
    pub fn to_record(&self) -> Vec<u8> {
        let mut models = Vec::new();
        let mut providers = Vec::new();
        let wall = |cooling: &Cooling| cooling.until().map(|until| until.wall);
        for (provider, standing) in self.providers.iter() {
            if let Some(cooling_until) = wall(&standing.cooling) {
                providers.push(WrittenPause { provider, cooling_until });
            }
            for (model, record) in standing.models.iter() {
                let Record { outcomes, measured, lateness, cooling, .. } = record;
                models.push(Written {
                    provider,
                    model,
                    outcomes,
                    first_tokens_ms: lateness.remembered(),
                    first_token_ms: measured.first_token_ms,
                    input_tokens: measured.input_tokens,
                    tokens_per_second: measured.tokens_per_second,
                    cooling_until: wall(cooling),
                });
            }
        }
        serde_json::to_vec(&WrittenAll { format: FORMAT, models, providers }).unwrap_or_default()
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept; a record of another form is
    /// empty.
    pub fn from_record(bytes: &[u8], now: Now) -> (Self, usize) {
        let mut health = Self::default();
        let Ok(Stored { models, providers }) = json::read(bytes) else { return (health, 1) };
        let mut dropped = 0;
        for model in models {
            let Ok(StoredModel { key, record, cooling_until }) = StoredModel::from_json(model, "") else {
                dropped += 1;
                continue;
            };
            let cooling = cooling_until.map(|at| Cooling::resumed(at, now)).unwrap_or_default();
            *health.model(&key) = Record { cooling, ..record };
        }
        for provider in providers {
            let Ok(StoredPause { provider, cooling_until }) = StoredPause::from_json(provider, "") else {
                dropped += 1;
                continue;
            };
            health.standing(&provider).cooling = Cooling::resumed(cooling_until, now);
        }
        (health, dropped)
    }

    /// Takes over what an earlier visit left where this one learned nothing yet.
    pub fn recall(&mut self, earlier: Self) {
        for (provider, left) in earlier.providers {
            let standing = self.standing(&provider);
            if standing.cooling == Cooling::default() {
                standing.cooling = left.cooling;
            }
            for (model, record) in left.models {
                standing.models.entry(model).or_insert(record);
            }
        }
    }
}

#[derive(Serialize)]
struct WrittenAll<'a> {
    format: u32,
    models: Vec<Written<'a>>,
    providers: Vec<WrittenPause<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenPause<'a> {
    provider: &'a str,
    cooling_until: Wall,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    provider: &'a str,
    model: &'a str,
    outcomes: &'a Outcomes,
    first_tokens_ms: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_token_ms: Option<f64>,
    input_tokens: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_until: Option<Wall>,
}

/// A record as it is read.
struct Stored {
    models: Vec<Value>,
    providers: Vec<Value>,
}

impl FromJson for Stored {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&fields.need::<u32>("format")?) {
            return Err(Misfit::wanted("format", "one that is known here"));
        }
        let providers: Option<Vec<Value>> = fields.take("providers")?;
        Ok(Self { models: fields.need("models")?, providers: providers.unwrap_or_default() })
    }
}

struct StoredModel {
    key: ModelKey,
    record: Record,
    cooling_until: Option<Wall>,
}

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
        let cooling_until = fields.take("coolingUntil")?.map(wall);
        let lateness: Option<Vec<f64>> = fields.take("firstTokensMs")?;
        let lateness = Lateness::of(lateness.unwrap_or_default());
        let record = Record { outcomes: Outcomes(outcomes), measured, lateness, ..Record::default() };
        Ok(Self { key: ModelKey::new(provider, model), record, cooling_until })
    }
}

struct StoredPause {
    provider: String,
    cooling_until: Wall,
}

impl FromJson for StoredPause {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        Ok(Self { provider: fields.need("provider")?, cooling_until: wall(fields.need("coolingUntil")?) })
    }
}

/// Epoch milliseconds as JSON has them.
fn wall(millis: f64) -> Wall {
    Wall::from_epoch_millis(millis as i64)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::base::time::Monotonic;
    use crate::health::{Scope, Timing};
    use crate::model::Reason;
    use crate::model::health::{ProviderState, Rest, RestReason};

    #[test]
    fn outcomes_and_speeds_are_kept_between_visits_and_states_are_not() {
        let mut health = Health::default();
        let key = ModelKey::new("ollama", "a");
        health.succeeded(&key);
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
        let (read, dropped) = Health::from_record(&health.to_record(), Now::default());
        assert_eq!(dropped, 0);
        assert_eq!(read.state("ollama"), ProviderState::Unknown);
        assert_eq!(read.report(["ollama".to_owned()].into_iter())[0].models.len(), 1);
        assert_eq!(read.measured(&key), health.measured(&key));
        assert_eq!(read.measured(&key).unwrap().tokens_per_second, Some(50.0));
        for other in [&b"nonsense"[..], b"[[\"ollama\",\"a\",[true]]]", b"{\"format\":1,\"models\":[]}"] {
            assert_eq!(Health::from_record(other, Now::default()), (Health::default(), 1));
        }
    }

    #[test]
    fn a_record_of_the_form_before_is_still_read() {
        let before = br#"{"format":2,"models":[{"provider":"ollama","model":"a","outcomes":[true,false],"inputTokens":100.0,"firstTokenMs":250.0}]}"#;
        let (read, dropped) = Health::from_record(before, Now::default());
        assert_eq!(dropped, 0);
        assert_eq!(read.report(["ollama".to_owned()].into_iter())[0].models[0].success_rate, 0.5);
        assert_eq!(read.measured(&ModelKey::new("ollama", "a")).unwrap().first_token_ms, Some(250.0));
    }

    #[test]
    fn a_broken_entry_is_dropped_and_the_rest_kept() {
        let mut health = Health::default();
        health.succeeded(&ModelKey::new("ollama", "a"));
        let text = String::from_utf8(health.to_record()).unwrap();
        let broken = text
            .replace("\"models\":[", "\"models\":[7,{\"provider\":\"ollama\"},")
            .replace("\"providers\":[", "\"providers\":[null");
        let (read, dropped) = Health::from_record(broken.as_bytes(), Now::default());
        assert_eq!((read.to_record(), dropped), (health.to_record(), 3));
    }

    #[test]
    fn what_this_visit_learned_stands_against_an_earlier_one() {
        let (known, unknown) = (ModelKey::new("ollama", "known"), ModelKey::new("ollama", "unknown"));
        let mut earlier = Health::default();
        earlier.failed(&known, Scope::Model, Now::default());
        earlier.succeeded(&unknown);
        earlier.cool(&unknown, Scope::Provider, Some(Duration::from_secs(30)), Now::default());
        let mut health = Health::default();
        health.succeeded(&known);
        health.recall(earlier);
        let models = &health.report(["ollama".to_owned()].into_iter())[0].models;
        let rates: Vec<(&str, f64)> =
            models.iter().map(|model| (&*model.model, model.success_rate)).collect();
        assert_eq!(rates, [("ollama/known", 1.0), ("ollama/unknown", 1.0)]);
        assert!(health.rest("ollama").is_some());
    }

    #[test]
    fn a_pause_that_a_server_wants_outlives_the_page() {
        let mut health = Health::default();
        let key = ModelKey::new("far", "a");
        let pause = Some(Duration::from_secs(30));
        health.cool(&key, Scope::Model, pause, Now::default());
        health.cool(&key, Scope::Provider, pause, Now::default());
        let reloaded = Now { wall: Wall::from_epoch_millis(10_000), ..Now::default() };
        let (mut read, _) = Health::from_record(&health.to_record(), reloaded);
        let rest = Rest { reason: RestReason::Cooling, retry_at: Some(Wall::from_epoch_millis(30_000)) };
        assert_eq!((read.rest("far"), read.model_rest(&key)), (Some(rest), Some(rest)));
        assert_eq!(read.wake(Monotonic::new(Duration::from_secs(20))), ["far"]);
        assert_eq!((read.rest("far"), read.model_rest(&key)), (None, None));
    }
}
