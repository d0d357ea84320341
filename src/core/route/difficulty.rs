//! How hard a request looks, from its words alone. A first, hand-made measure: it only keeps easy questions from
//! being sent to large models for nothing.

/// 0 (a greeting) to 1 (long, technical, many demands).
pub fn difficulty(words: &str, has_tools: bool) -> f64 {
    let lower = words.to_lowercase();
    let length = (words.len() as f64 / 4_000.0).min(1.0);
    let asks = MARKERS.iter().filter(|marker| lower.contains(**marker)).count() as f64;
    let has_code = words.contains("```") || words.contains("fn ") || words.contains("function ");
    let sum = 0.1
        + 0.35 * length.sqrt()
        + 0.12 * asks.min(4.0)
        + if has_code { 0.2 } else { 0.0 }
        + if has_tools { 0.1 } else { 0.0 };
    sum.min(1.0)
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
    fn it_never_leaves_its_range() {
        let hard = MARKERS.join(" ").repeat(100) + "```";
        assert_eq!(difficulty(&hard, true), 1.0);
        assert!(difficulty("", false) > 0.0);
    }
}
