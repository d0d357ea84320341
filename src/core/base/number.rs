//! Numbers with a fraction, read and written in little code. The standard library's ways bring some 30 kB of WebAssembly along,
//! a third of it tables that do not compress; `serde_json` has its own of both, and is there anyway.

use core::time::Duration;

use serde_json::Value;

/// The number that a text is, in decimals. Infinities and what is no number are none.
pub fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    if !digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    // JSON knows no noughts in front, and wants one before a point.
    let digits = digits.trim_start_matches('0');
    let nought = if digits.starts_with(|letter: char| letter.is_ascii_digit()) { "" } else { "0" };
    let number: Value = serde_json::from_str(&[nought, digits].concat()).ok()?;
    number.as_f64().map(|number| sign * number)
}

/// The number in as few digits as name it, without a point where it is whole.
pub fn shown(number: f64) -> String {
    let mut text = Value::from(number).to_string();
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

/// A span of time in seconds, as [`shown`].
pub fn seconds(span: Duration) -> String {
    shown(span.as_secs_f64())
}

/// The nearest number from `least` to `most`; for what is no number `least`.
pub const fn between(number: f64, least: f64, most: f64) -> f64 {
    number.max(least).min(most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_from_its_text_as_the_standard_library_does() {
        for text in
            ["0", "7", "007", "0.5", ".5", "00.25", "-3.5", " 12 ", "1e3", "2.5E-7", "0.000000150000", "135"]
        {
            assert_eq!(number_in(text), text.trim().parse().ok(), "{text}");
        }
        for text in ["", "-", ".", "e5", "1.5b", "a", "--1", "1,5", "inf", "NaN", "0x10", "1 2"] {
            assert_eq!(number_in(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_shown_in_as_few_digits_as_name_it() {
        for (number, text) in
            [(0.0, "0"), (3.0, "3"), (2.5, "2.5"), (-0.25, "-0.25"), (1_200.0, "1200"), (0.1, "0.1")]
        {
            assert_eq!(shown(number), text);
        }
        assert_eq!(seconds(Duration::from_millis(1_500)), "1.5");
    }

    #[test]
    fn what_is_no_number_is_the_least() {
        let bounded = [-1.0, 0.5, 2.0, f64::NAN].map(|number| between(number, 0.0, 1.0));
        assert_eq!(bounded, [0.0, 0.5, 1.0, 0.0]);
    }

    proptest! {
        #[test]
        fn decimals_are_read_and_shown_as_the_standard_library_does(whole in 0_u32..1_000_000, part in 0_u32..1_000_000) {
            let text = format!("{whole}.{part:06}");
            let number: f64 = text.parse().unwrap();
            prop_assert_eq!(number_in(&text), Some(number));
            // It writes the smallest ones out, where JSON has an exponent.
            if number == 0.0 || number >= 0.001 {
                prop_assert_eq!(shown(number), number.to_string());
            }
            prop_assert_eq!(number_in(&shown(number)), Some(number));
        }
    }
}
