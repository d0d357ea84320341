//! Health as JSON: what is remembered between visits (outcomes, speeds, and the pauses that servers want), and what tabs that
//! are open at the same time tell each other.

use serde::Serialize;
use serde_json::Value;

use super::circuit::{Circuit, Told};
use super::cooling::Cooling;
use super::lateness::Lateness;
use super::{Health, Outcomes, Record, Standing, WINDOW};
use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::base::stamp::Stamp;
use crate::base::time::{Now, Wall};
use crate::model::health::ProviderState;
use crate::model::{ErrorCode, Measured, ModelKey, Reason};

/// The form of the record: 2 knows speeds, 3 pauses that servers want, 4 when a model is late, 5 when each thing was learned.
const FORMAT: u32 = 5;

/// The oldest form that can be read: it lacks only what came later.
const OLDEST_FORMAT: u32 = 2;

const STATES: [(&str, ProviderState); 4] = [
    ("up", ProviderState::Up),
    ("degraded", ProviderState::Degraded),
    ("down", ProviderState::Down),
    ("unknown", ProviderState::Unknown),
];

impl Health {
    /// As bytes for the store. Whether a provider answers, fails or takes its key is not kept: that was another visit. That
    /// it wants a pause is, since a page that is loaded anew is no new customer.
    pub fn to_record(&self) -> Vec<u8> {
        self.written(false, |_, _| true)
    }

    /// What is meant by `is_meant`, which sees when what is kept was learned, and how it stands. With that, or without.
    pub(super) fn written(&self, with_standing: bool, is_meant: impl Fn(&Stamp, &Stamp) -> bool) -> Vec<u8> {
        let mut models = Vec::new();
        let mut providers = Vec::new();
        let wall = |cooling: &Cooling| cooling.until().map(|until| until.wall);
        for (provider, standing) in self.providers.iter() {
            let Standing { cooling, cooled, stood, .. } = standing;
            let is_blank = !with_standing && !cooled.is_known() && *cooling == Cooling::default();
            if is_meant(cooled, stood) && !is_blank {
                providers.push(WrittenProvider {
                    provider,
                    cooled,
                    cooling_until: wall(cooling),
                    cooling_steps: cooling.steps(),
                    standing: with_standing.then(|| WrittenStanding {
                        at: stood,
                        state: standing.state,
                        since: standing.since,
                        code: standing.reason.as_ref().map(|reason| reason.code.as_str()),
                        is_key_refused: standing.is_key_refused,
                        lacks_credit: standing.lacks_credit,
                        circuit: standing.circuit.told(),
                    }),
                });
            }
            for (model, record) in standing.models.iter() {
                let Record { outcomes, measured, lateness, cooling, learned, stood, circuit } = record;
                if is_meant(learned, stood) {
                    models.push(Written {
                        provider,
                        model,
                        learned,
                        outcomes,
                        first_tokens_ms: lateness.remembered(),
                        first_token_ms: measured.first_token_ms,
                        input_tokens: measured.input_tokens,
                        tokens_per_second: measured.tokens_per_second,
                        cooling_until: wall(cooling),
                        cooling_steps: cooling.steps(),
                        standing: with_standing.then(|| (stood, circuit.told())),
                    });
                }
            }
        }
        serde_json::to_vec(&WrittenAll { format: FORMAT, models, providers }).unwrap_or_default()
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept; a record of another form is
    /// empty.
    pub fn from_record(bytes: &[u8], now: Now) -> (Self, usize) {
        json::read(bytes).map_or_else(|_| (Self::default(), 1), |value| Self::from_value(value, now))
    }

    /// From what another tab told; the same as from stored bytes.
    pub fn from_value(value: Value, now: Now) -> (Self, usize) {
        let mut health = Self::default();
        let Ok(Stored { models, providers }) = Stored::from_json(value, "") else { return (health, 1) };
        let all = models.len() + providers.len();
        let models = models.into_iter().filter_map(|model| health.read_model(model, now).ok()).count();
        let providers = providers.into_iter().filter_map(|one| health.read_provider(one, now).ok()).count();
        (health, all - models - providers)
    }

    fn read_model(&mut self, value: Value, now: Now) -> Result<(), Misfit> {
        let mut fields = Fields::of(value, "")?;
        let (provider, model): (String, String) = (fields.need("provider")?, fields.need("model")?);
        let mut outcomes: Vec<bool> = fields.need("outcomes")?;
        outcomes.truncate(WINDOW);
        let amount = |number: Option<f64>| number.filter(|number| number.is_finite() && *number > 0.0);
        let measured = Measured {
            first_token_ms: amount(fields.take("firstTokenMs")?),
            input_tokens: amount(fields.take("inputTokens")?).unwrap_or(0.0),
            tokens_per_second: amount(fields.take("tokensPerSecond")?),
        };
        let lateness: Option<Vec<f64>> = fields.take("firstTokensMs")?;
        let lateness = Lateness::of(lateness.unwrap_or_default());
        let cooling = read_cooling(&mut fields, now)?;
        let learned = fields.take("learned")?.unwrap_or_default();
        let mut record = Record {
            outcomes: Outcomes(outcomes),
            measured,
            lateness,
            cooling,
            learned,
            ..Record::default()
        };
        if let Some(standing) = fields.take("standing")? {
            let [at, circuit] = pair(standing)?;
            record.stood = Stamp::from_json(at, "")?;
            record.circuit = Circuit::heard(circuit, now)?;
        }
        *self.model(&ModelKey::new(provider, model)) = record;
        Ok(())
    }

    fn read_provider(&mut self, value: Value, now: Now) -> Result<(), Misfit> {
        let mut fields = Fields::of(value, "")?;
        let provider: String = fields.need("provider")?;
        let cooling = read_cooling(&mut fields, now)?;
        let cooled = fields.take("cooled")?.unwrap_or_default();
        let mut read = Standing { cooling, cooled, ..Standing::default() };
        if let Some(standing) = fields.take("standing")? {
            let mut fields = Fields::of(standing, "")?;
            read.stood = fields.need("at")?;
            read.state = json::word(&fields.need::<Value>("state")?, "state", &STATES)?;
            read.since = fields.need("since")?;
            let code: Option<String> = fields.take("code")?;
            read.reason = code.as_deref().and_then(said_elsewhere);
            read.is_key_refused = fields.need("isKeyRefused")?;
            read.lacks_credit = fields.need("lacksCredit")?;
            read.circuit = Circuit::heard(fields.need("circuit")?, now)?;
        }
        let known = self.standing(&provider);
        read.models = core::mem::take(&mut known.models);
        *known = read;
        Ok(())
    }
}

fn read_cooling(fields: &mut Fields, now: Now) -> Result<Cooling, Misfit> {
    let until: Option<f64> = fields.take("coolingUntil")?;
    let steps: Option<u32> = fields.take("coolingSteps")?;
    // Epoch milliseconds as JSON has them.
    let until = Wall::from_epoch_millis(until.unwrap_or(0.0) as i64);
    Ok(Cooling::resumed(until, steps, now))
}

fn pair(value: Value) -> Result<[Value; 2], Misfit> {
    let pair: Vec<Value> = Vec::from_json(value, "")?;
    pair.try_into().map_err(|_| Misfit::wanted("", "two values"))
}

/// Why a provider does not answer, as another tab found. Its own words stay there: they may be the provider's, and quote a key.
fn said_elsewhere(code: &str) -> Option<Reason> {
    let is_known = ErrorCode::ALL.into_iter().any(|known| known.as_str() == code);
    is_known.then(|| Reason::new(code, "It did not answer another tab of this page."))
}

#[derive(Serialize)]
struct WrittenAll<'a> {
    format: u32,
    models: Vec<Written<'a>>,
    providers: Vec<WrittenProvider<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenProvider<'a> {
    provider: &'a str,
    cooled: &'a Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_until: Option<Wall>,
    cooling_steps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<WrittenStanding<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenStanding<'a> {
    at: &'a Stamp,
    state: ProviderState,
    since: Wall,
    code: Option<&'a str>,
    is_key_refused: bool,
    lacks_credit: bool,
    circuit: Told<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    provider: &'a str,
    model: &'a str,
    learned: &'a Stamp,
    outcomes: &'a Outcomes,
    first_tokens_ms: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_token_ms: Option<f64>,
    input_tokens: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_until: Option<Wall>,
    cooling_steps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<(&'a Stamp, Told<'a>)>,
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
        health.learn(earlier, Now::default());
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
