//! How hard a request looks, from its words alone. A first, hand-made measure: it only keeps easy questions from
//! being sent to large models for nothing.

/// How much of a text is looked at for markers, in bytes. What is longer is hard by its length alone.
const LOOKED_AT: usize = 16 * 1024;

/// 0 (a greeting) to 1 (long, technical, many demands). The words may come in pieces; of all of them together the first
/// 16 KB are searched, their length counts in full.
pub fn difficulty<'words>(words: impl Iterator<Item = &'words str>, has_tools: bool) -> f64 {
    let (mut length, mut found) = (0, Found::default());
    for piece in words {
        let rest = LOOKED_AT.saturating_sub(length);
        length += piece.len();
        let bytes = piece.as_bytes();
        found.search(bytes.get(..rest).unwrap_or(bytes));
    }
    let length = (length as f64 / 4_000.0).min(1.0);
    let sum = 0.1
        + 0.35 * length.sqrt()
        + 0.12 * f64::from(found.markers.count_ones().min(4))
        + if found.has_code { 0.2 } else { 0.0 }
        + if has_tools { 0.1 } else { 0.0 };
    sum.min(1.0)
}

/// What a byte may be the beginning of.
mod start {
    /// Of nothing, and no part of a word.
    pub(super) const NOTHING: u8 = 0;
    /// A letter or digit.
    pub(super) const IN_WORD: u8 = 1;
    /// A letter that a marker begins with.
    pub(super) const MARKER: u8 = 2;
    /// What code begins with, wherever it stands.
    pub(super) const CODE: u8 = 4;
}

/// By byte: the walk looks at nothing else of most of them.
const STARTS: [u8; 256] = starts();

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
const fn starts() -> [u8; 256] {
    let mut starts = [start::NOTHING; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        if letter.is_ascii_alphanumeric() {
            starts[byte] |= start::IN_WORD;
        }
        let mut marker = 0;
        while marker < MARKERS.len() {
            if letter.to_ascii_lowercase() == MARKERS[marker].as_bytes()[0] {
                starts[byte] |= start::MARKER;
            }
            marker += 1;
        }
        let mut code = 0;
        while code < CODE.len() {
            if letter == CODE[code].as_bytes()[0] {
                starts[byte] |= start::CODE;
            }
            code += 1;
        }
        byte += 1;
    }
    starts
}

/// What was found in a text.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// A bit for each of the markers.
    markers: u32,
    has_code: bool,
}

impl Found {
    /// One walk, no copy of the words.
    fn search(&mut self, words: &[u8]) {
        let mut last = start::NOTHING;
        for (place, byte) in words.iter().enumerate() {
            let start = STARTS.get(usize::from(*byte)).copied().unwrap_or_default();
            // Markers are words of their own, code begins anywhere.
            let sought = if last & start::IN_WORD == 0 { start::MARKER | start::CODE } else { start::CODE };
            last = start;
            if start & sought != 0 {
                self.look(words.get(place..).unwrap_or_default(), start & sought);
            }
        }
    }

    /// What begins here.
    fn look(&mut self, rest: &[u8], sought: u8) {
        if sought & start::CODE != 0 && !self.has_code {
            self.has_code = CODE.iter().any(|code| rest.starts_with(code.as_bytes()));
        }
        let [first, second, ..] = rest else { return };
        if sought & start::MARKER == 0
            || SECONDS.get(usize::from(first & 31)).is_none_or(|set| set >> (second & 31) & 1 == 0)
        {
            return;
        }
        for (number, marker) in MARKERS.iter().enumerate() {
            let begin = rest.get(..marker.len());
            if begin.is_some_and(|begin| begin.eq_ignore_ascii_case(marker.as_bytes())) {
                self.markers |= 1 << number;
            }
        }
    }
}

/// By the first letter of a marker the letters that may be its second: few words begin with both. A set of bits, letters
/// by their place in the alphabet.
const SECONDS: [u32; 32] = second_letters();

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
const fn second_letters() -> [u32; 32] {
    let mut sets = [0; 32];
    let mut marker = 0;
    while marker < MARKERS.len() {
        let letters = MARKERS[marker].as_bytes();
        sets[(letters[0] & 31) as usize] |= 1 << (letters[1] & 31);
        marker += 1;
    }
    sets
}

/// What only code begins with.
const CODE: [&str; 3] = ["```", "fn ", "function "];

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

    fn of(words: &str, has_tools: bool) -> f64 {
        difficulty([words].into_iter(), has_tools)
    }

    fn found(words: &str) -> Found {
        let mut found = Found::default();
        found.search(words.as_bytes());
        found
    }

    fn asks(words: &str) -> u32 {
        found(words).markers.count_ones()
    }

    #[test]
    fn a_greeting_is_easier_than_a_proof() {
        let greeting = of("Hello!", false);
        let proof = of("Prove step by step that the square root of 2 is irrational.", false);
        assert!(greeting < proof);
        assert!((0.0..=1.0).contains(&greeting) && (0.0..=1.0).contains(&proof));
    }

    #[test]
    fn every_marker_counts_once_in_any_case_and_only_as_a_word_of_its_own() {
        for marker in MARKERS {
            assert_eq!(asks(&format!("Please {} it.", marker.to_uppercase())), 1, "{marker}");
        }
        assert_eq!(asks("Compare, compare and COMPARE"), 1);
        assert_eq!(asks("They improved the refectory."), 0);
    }

    #[test]
    fn it_never_leaves_its_range() {
        let hard = MARKERS.join(" ").repeat(100) + "```";
        assert_eq!(of(&hard, true), 1.0);
        assert!(of("", false) > 0.0);
    }

    #[test]
    fn code_is_seen_wherever_it_stands() {
        for code in ["```", "pub fn main", "(function () {})", "a`````b", "fffn x"] {
            assert!(found(code).has_code, "{code}");
        }
        for words in ["", "``", "fn", "functions", "The function, of course"] {
            assert!(!found(words).has_code, "{words}");
        }
    }

    #[test]
    fn the_walk_finds_what_plain_searches_find() {
        let parts = [
            "prove",
            " ",
            "fn ",
            "x",
            "é",
            "`",
            "Step by Step",
            "-",
            "debug",
            "日",
            "trade-off",
            "function ",
        ];
        for number in 0_usize..5_000 {
            let mut seed = number.wrapping_mul(2_654_435_761);
            let mut text = String::new();
            for _ in 0..6 {
                text.push_str(parts[seed % parts.len()]);
                seed /= parts.len();
            }
            let lower = text.to_lowercase();
            let begins = |place: usize| place == 0 || !lower.as_bytes()[place - 1].is_ascii_alphanumeric();
            let plain =
                MARKERS.iter().filter(|marker| lower.match_indices(**marker).any(|(place, _)| begins(place)));
            assert_eq!(asks(&text), plain.count() as u32, "{text}");
            assert_eq!(found(&text).has_code, CODE.iter().any(|code| text.contains(code)), "{text}");
        }
    }

    #[test]
    fn pieces_are_as_hard_as_the_whole_and_the_end_of_a_long_text_is_not_searched() {
        let whole = of("Compare a and b. Explain why.", false);
        assert_eq!(difficulty(["Compare a and b.", " Explain why."].into_iter(), false), whole);
        let long = "word ".repeat(LOOKED_AT / 5 + 1);
        let searched = [long.as_str(), "Prove, derive, compare ```"];
        assert_eq!(difficulty(searched.into_iter(), false), of(&long, false));
    }
}
