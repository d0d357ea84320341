//! A prior of answer quality by size. Sizes are what servers and names tell; within one generation of open
//! models, public leaderboards rise about linearly with the logarithm of the parameter count.

use crate::model::{Locality, Quality};

/// Expected quality, 0 to 1, of a model with `parameters` billion parameters. A cloud model that does not tell
/// its size is taken for a large one, any other unknown for one of about 3 billion.
pub fn quality_of_size(parameters: Option<f64>, locality: Locality) -> f64 {
    match parameters {
        Some(billions) if billions > 0.0 => (0.32 + 0.24 * billions.log10()).clamp(0.02, 0.95),
        _ if locality == Locality::Cloud => 0.8,
        _ => 0.4,
    }
}

/// The coarse word for a quality: below 4 billion parameters, up to 30, above.
pub fn coarse(quality: f64) -> Quality {
    if quality < 0.464 {
        Quality::Low
    } else if quality < 0.674 {
        Quality::Medium
    } else {
        Quality::High
    }
}

/// Billions of parameters that a name tells, such as 135m, 3b, 1.5b or 8x7b; `None` where it tells none.
pub fn parameters_in_name(name: &str) -> Option<f64> {
    name.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.')).find_map(parameters_in_word)
}

fn parameters_in_word(word: &str) -> Option<f64> {
    let lower = word.to_ascii_lowercase();
    let (digits, scale) = if let Some(digits) = lower.strip_suffix('b') {
        (digits, 1.0)
    } else {
        (lower.strip_suffix('m')?, 0.001)
    };
    let size = match digits.split_once('x') {
        Some((experts, each)) => experts.parse::<f64>().ok()? * each.parse::<f64>().ok()?,
        None => digits.parse::<f64>().ok()?,
    };
    (size.is_finite() && size > 0.0).then_some(size * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_names() {
        for (name, billions) in [
            ("smollm2:135m", Some(0.135)),
            ("llama3.3:70b", Some(70.0)),
            ("qwen2.5-1.5b-instruct", Some(1.5)),
            ("mixtral:8x7b", Some(56.0)),
            ("gpt-oss:120b-cloud", Some(120.0)),
            ("llama3.2", None),
            ("bomb", None),
        ] {
            let found = parameters_in_name(name);
            assert!(
                match (found, billions) {
                    (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
                    (found, expected) => found == expected,
                },
                "{name}: {found:?}"
            );
        }
    }

    #[test]
    fn larger_models_are_expected_to_be_better() {
        let qualities: Vec<f64> = [0.135, 1.0, 3.0, 8.0, 70.0]
            .iter()
            .map(|b| quality_of_size(Some(*b), Locality::Device))
            .collect();
        assert!(qualities.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(coarse(quality_of_size(Some(3.0), Locality::Device)), Quality::Low);
        assert_eq!(coarse(quality_of_size(Some(8.0), Locality::Device)), Quality::Medium);
        assert_eq!(coarse(quality_of_size(Some(70.0), Locality::Device)), Quality::High);
    }
}
