//! How fast a model will probably be: as it was here when last asked, else by its size and where it runs.

use crate::model::picture::TOKENS_OF_PICTURE;
use crate::model::{Locality, Measured, Modality, ModelConfig, Pace};

/// Bytes a second that weights are read from disk at: an ordinary solid-state disk; hard disks take ten times as long.
const LOADED_BYTES_PER_MS: f64 = 1_500_000.0;

/// Bytes of the weights of a billion parameters at the four to five bits that local servers usually keep.
const BYTES_PER_BILLION: f64 = 600_000_000.0;

/// Parameters of a model that tells neither its size nor its parameters, billions.
const USUAL_BILLIONS: f64 = 4.0;

/// The pace of a model of `parameters` billion parameters. What was measured here replaces the guess.
pub fn pace(model: &ModelConfig, parameters: Option<f64>, measured: Option<&Measured>) -> Pace {
    let mut pace = match model.modality {
        Modality::Text => prior(model.locality(), parameters),
        Modality::Image => Pace { ready_ms: picture_ms(model.locality()), ..Pace::default() },
        Modality::Video => Pace { ready_ms: VIDEO_MS, ..Pace::default() },
    };
    pace.load_ms = load_ms(model, parameters, measured);
    let Some(measured) = measured else { return pace };
    if let Some(rate) = measured.tokens_per_second {
        pace.token_ms = 1_000.0 / rate;
    }
    if let Some(first) = measured.first_token_ms {
        let reading = pace.prompt_token_ms * measured.input_tokens;
        if first >= reading {
            pace.ready_ms = first - reading;
        } else {
            // It reads faster than was guessed.
            pace.ready_ms = 0.0;
            pace.prompt_token_ms = first / measured.input_tokens;
        }
    }
    pace
}

/// How many pictures of one request a model makes at once.
pub const fn pictures_at_once(locality: Locality) -> u32 {
    if matches!(locality, Locality::Cloud) { 4 } else { 1 }
}

/// The pace of a model that makes pictures while so many others are before this request: each further picture, and each of the
/// others, takes as long as the first.
#[must_use]
pub fn picture_pace(pace: Pace, locality: Locality, others: u32) -> Pace {
    let at_once = f64::from(pictures_at_once(locality));
    let token_ms = pace.ready_ms / (TOKENS_OF_PICTURE as f64 * at_once);
    Pace { token_ms, ready_ms: pace.ready_ms * (1.0 + f64::from(others)), ..pace }
}

/// A rough guess, until the first answer. Generation is bound by memory: its rate falls a little slower than the size
/// grows, since small models are held up by other things. A model in the page runs on one processor core. In the cloud
/// the way there and the queue count, not the size.
fn prior(locality: Locality, parameters: Option<f64>) -> Pace {
    let billions = parameters.unwrap_or(USUAL_BILLIONS).max(0.05);
    let (ready_ms, tokens_per_second, prompt_tokens_per_second): (f64, f64, f64) = match locality {
        Locality::Page => (50.0, 1.4 / billions, 1.8 / billions),
        Locality::Device => (80.0, 200.0 / billions.powf(0.8), 2_000.0 / billions),
        Locality::Network => (120.0, 200.0 / billions.powf(0.8), 2_000.0 / billions),
        Locality::Cloud => (600.0, 80.0, 5_000.0),
    };
    Pace {
        ready_ms,
        load_ms: 0.0,
        prompt_token_ms: 1_000.0 / prompt_tokens_per_second,
        token_ms: 1_000.0 / tokens_per_second,
    }
}

/// Milliseconds that a video takes, until the first one.
const VIDEO_MS: f64 = 90_000.0;

/// Milliseconds that a picture takes, until the first one: nobody says what is in the machine that makes it.
const fn picture_ms(locality: Locality) -> f64 {
    match locality {
        Locality::Page => 25_000.0,
        Locality::Device | Locality::Network => 20_000.0,
        Locality::Cloud => 12_000.0,
    }
}

/// A model that is not loaded has to be. Where nobody knows whether it is, half of that is reckoned, unless the time to
/// its first token was measured: then what was measured holds whatever loading there was.
fn load_ms(model: &ModelConfig, parameters: Option<f64>, measured: Option<&Measured>) -> f64 {
    if model.locality() == Locality::Cloud {
        return 0.0;
    }
    let bytes = model.size_bytes.map_or_else(
        || parameters.unwrap_or(USUAL_BILLIONS).max(0.0) * BYTES_PER_BILLION,
        |bytes| bytes as f64,
    );
    let whole = bytes / LOADED_BYTES_PER_MS;
    match model.warm {
        Some(true) => 0.0,
        Some(false) => whole,
        None if measured.is_some_and(|measured| measured.first_token_ms.is_some()) => 0.0,
        None => whole / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(locality: Locality, warm: Option<bool>) -> ModelConfig {
        ModelConfig {
            warm,
            size_bytes: Some(6_000_000_000),
            ..ModelConfig::unknown("ollama", "m:8b", locality)
        }
    }

    fn load(warm: Option<bool>) -> f64 {
        pace(&model(Locality::Device, warm), Some(8.0), None).load_ms
    }

    #[test]
    fn loading_takes_as_long_as_the_weights_are_read_and_half_where_nobody_knows() {
        assert_eq!(load(Some(true)), 0.0);
        assert_eq!(load(Some(false)), 4_000.0);
        assert_eq!(load(None), 2_000.0);
        assert_eq!(pace(&model(Locality::Cloud, None), None, None).load_ms, 0.0);
    }

    #[test]
    fn what_was_measured_replaces_the_guess() {
        let measured =
            Measured { first_token_ms: Some(1_000.0), input_tokens: 100.0, tokens_per_second: Some(4.0) };
        let pace = pace(&model(Locality::Device, None), Some(8.0), Some(&measured));
        assert_eq!(pace.token_ms, 250.0);
        assert_eq!(pace.first_token_ms(100.0), 1_000.0);
        assert!(pace.first_token_ms(200.0) > 1_000.0, "a longer prompt takes longer to read");
    }

    #[test]
    fn a_model_that_reads_faster_than_was_guessed_is_believed() {
        let measured =
            Measured { first_token_ms: Some(10.0), input_tokens: 1_000.0, tokens_per_second: None };
        let pace = pace(&model(Locality::Device, Some(true)), Some(8.0), Some(&measured));
        assert_eq!(pace.first_token_ms(1_000.0), 10.0);
        assert_eq!(pace.first_token_ms(0.0), 0.0);
    }

    #[test]
    fn larger_models_are_expected_to_be_slower_and_the_cloud_alike() {
        let token_ms = |locality, billions| pace(&model(locality, None), Some(billions), None).token_ms;
        assert!(token_ms(Locality::Device, 70.0) > token_ms(Locality::Device, 7.0));
        assert!(token_ms(Locality::Page, 0.5) > token_ms(Locality::Device, 0.5));
        assert_eq!(token_ms(Locality::Cloud, 70.0), token_ms(Locality::Cloud, 7.0));
    }
}
