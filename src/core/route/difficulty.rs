//! How hard a request looks, from its words alone. A first, hand-made measure: it only keeps easy questions from
//! being sent to large models for nothing.

/// 0 (a greeting) to 1 (long, technical, many demands).
pub fn difficulty(words: &str, has_tools: bool) -> f64 {
    let length = (words.len() as f64 / 4_000.0).min(1.0);
    let asks = asks(words.as_bytes());
    let has_code = words.contains("```") || words.contains("fn ") || words.contains("function ");
    let sum = 0.1
        + 0.35 * length.sqrt()
        + 0.12 * f64::from(asks.min(4))
        + if has_code { 0.2 } else { 0.0 }
        + if has_tools { 0.1 } else { 0.0 };
    sum.min(1.0)
}

/// How many of the markers begin somewhere at the beginning of a word. One walk, no copy of the words.
fn asks(words: &[u8]) -> u32 {
    let mut found = 0_u32;
    let mut is_in_word = false;
    for (place, letter) in words.iter().enumerate() {
        let was_in_word = core::mem::replace(&mut is_in_word, letter.is_ascii_alphanumeric());
        if was_in_word || !matches!(letter | 0x20, b'a' | b'c'..=b'e' | b'o' | b'p' | b'r'..=b't') {
            continue;
        }
        let rest = words.get(place..).unwrap_or_default();
        for (number, marker) in MARKERS.iter().enumerate() {
            let start = rest.get(..marker.len());
            if start.is_some_and(|start| start.eq_ignore_ascii_case(marker.as_bytes())) {
                found |= 1 << number;
            }
        }
    }
    found.count_ones()
}

/// Words that ask for more than recall.
const MARKERS: [&str; 12] = [
    "step by step",
    "prove",
    "derive",
    "compare",
    "analyse",
    "analyze",
    "trade-off",
    "refactor",
    "debug",
    "optimise",
    "optimize",
    "explain why",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_easier_than_a_proof() {
        let greeting = difficulty("Hello!", false);
        let proof = difficulty("Prove step by step that the square root of 2 is irrational.", false);
        assert!(greeting < proof);
        assert!((0.0..=1.0).contains(&greeting) && (0.0..=1.0).contains(&proof));
    }

    #[test]
    fn every_marker_counts_once_in_any_case_and_only_as_a_word_of_its_own() {
        for marker in MARKERS {
            assert_eq!(asks(format!("Please {} it.", marker.to_uppercase()).as_bytes()), 1, "{marker}");
        }
        assert_eq!(asks("Compare, compare and COMPARE".as_bytes()), 1);
        assert_eq!(asks("They improved the refectory.".as_bytes()), 0);
    }

    #[test]
    fn it_never_leaves_its_range() {
        let hard = MARKERS.join(" ").repeat(100) + "```";
        assert_eq!(difficulty(&hard, true), 1.0);
        assert!(difficulty("", false) > 0.0);
    }
}
