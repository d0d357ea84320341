//! How many tokens a text will probably be, for models of any family, without a vocabulary.
//!
//! A small automaton walks over the bytes once and counts how often it is in each of its states: third letter of a word,
//! second space in a row, a Chinese character, a digit after a letter. What a visit costs differs by family and was fitted
//! to counts of real tokenizers ([`super::weights`], written by `tests/bench/tokens`); the estimate is the sum of counts
//! times weights. So one walk serves all families, the counts of several texts can be added, and more text is never fewer
//! tokens. How far it is off is in `docs/decisions/2026-11-22-tokens.md`.
//!
//! A character of several bytes visits its state once for each, which the weights make up for: no character is put
//! together, and nothing is allocated.

use super::family::Family;
use super::weights::WEIGHTS;

/// How many families have weights.
pub(super) const FAMILIES: usize = Family::ALL.len();

/// Weights are hundredths of a token.
const PARTS: u64 = 100;

/// What a byte is. Letters are those of ASCII; bytes that begin a longer character are told apart by what they begin,
/// those that go on by what they decide after some of these.
mod class {
    pub(super) const COMMON: u8 = 0;
    /// Of `j k q w x z`: words that are tokens seldom have them, hashes often.
    pub(super) const RARE: u8 = 1;
    pub(super) const UPPER: u8 = 2;
    pub(super) const DIGIT: u8 = 3;
    pub(super) const SPACE: u8 = 4;
    pub(super) const LINE: u8 = 5;
    pub(super) const CONTROL: u8 = 6;
    pub(super) const SIGN: u8 = 7;
    /// Signs that stand in rows.
    pub(super) const RULE: u8 = 8;
    /// Continuations: 80, 81 to 82, 83 to 9E, 9F, A0 to A3, A4 to A5, A6 to A7, A8 to AD, AE to AF, B0 to B7, B8 to B9,
    /// BA to BB, BC to BF.
    pub(super) const MORE_80: u8 = 9;
    pub(super) const MORE_81: u8 = 10;
    pub(super) const MORE_83: u8 = 11;
    pub(super) const MORE_9F: u8 = 12;
    pub(super) const MORE_A0: u8 = 13;
    pub(super) const MORE_A4: u8 = 14;
    pub(super) const MORE_A6: u8 = 15;
    pub(super) const MORE_A8: u8 = 16;
    pub(super) const MORE_AE: u8 = 17;
    pub(super) const MORE_B0: u8 = 18;
    pub(super) const MORE_B8: u8 = 19;
    pub(super) const MORE_BA: u8 = 20;
    pub(super) const MORE_BC: u8 = 21;
    pub(super) const LATIN_SIGN: u8 = 22;
    pub(super) const LATIN: u8 = 23;
    pub(super) const GREEK: u8 = 24;
    pub(super) const CYRILLIC: u8 = 25;
    pub(super) const HEBREW: u8 = 26;
    pub(super) const ARABIC: u8 = 27;
    pub(super) const OTHER_TWO: u8 = 28;
    pub(super) const E0: u8 = 29;
    pub(super) const E1: u8 = 30;
    pub(super) const E2: u8 = 31;
    pub(super) const E3: u8 = 32;
    /// Six: what Chinese is written with, by how common it is in which of its two forms.
    pub(super) const HAN: u8 = 33;
    pub(super) const HANGUL: u8 = 39;
    pub(super) const OTHER_THREE: u8 = 40;
    pub(super) const EF: u8 = 41;
    pub(super) const FOUR: u8 = 42;
    pub(super) const COUNT: usize = 43;
}

/// The states. A row of them is counted up to its last, which then repeats.
mod state {
    pub(super) const START: u8 = 0;
    /// Spaces in a row, four.
    pub(super) const SPACE: u8 = 1;
    /// A space at the beginning of a line.
    pub(super) const INDENT: u8 = 5;
    /// Ends of line in a row, three.
    pub(super) const LINE: u8 = 6;
    /// Tabs and the like in a row, two.
    pub(super) const CONTROL: u8 = 9;
    /// Digits, three to a group.
    pub(super) const DIGIT: u8 = 11;
    pub(super) const DIGIT_IN_WORD: u8 = 14;
    pub(super) const DIGIT_AFTER_SPACE: u8 = 15;
    /// First letters, by what they follow.
    pub(super) const WORD_AFTER_SPACE: u8 = 16;
    pub(super) const WORD_AFTER_LINE: u8 = 17;
    pub(super) const WORD_AFTER_DIGIT: u8 = 18;
    pub(super) const WORD_AFTER_SIGN: u8 = 19;
    /// Second to tenth letter of a word, nine.
    pub(super) const LETTER: u8 = 20;
    /// The same where it is a rare one, nine.
    pub(super) const RARE: u8 = 29;
    /// A letter with an accent, early and late in a word.
    pub(super) const ACCENT: u8 = 38;
    pub(super) const LATE_ACCENT: u8 = 39;
    pub(super) const UPPER_AFTER_SPACE: u8 = 40;
    pub(super) const UPPER_AFTER_SIGN: u8 = 41;
    pub(super) const UPPER_AFTER_UPPER: u8 = 42;
    pub(super) const UPPER_IN_WORD: u8 = 43;
    pub(super) const UPPER_AFTER_DIGIT: u8 = 44;
    pub(super) const SIGN_AFTER_SPACE: u8 = 45;
    pub(super) const SIGN_AFTER_WORD: u8 = 46;
    pub(super) const SIGN: u8 = 47;
    /// Second to fourth sign in a row, three.
    pub(super) const SIGNS: u8 = 48;
    /// Signs that stand in rows, four.
    pub(super) const RULE: u8 = 51;
    pub(super) const LATIN_SIGN: u8 = 55;
    /// Letters in a row, eight, six, four and six.
    pub(super) const CYRILLIC: u8 = 56;
    pub(super) const GREEK: u8 = 64;
    pub(super) const HEBREW: u8 = 70;
    pub(super) const ARABIC: u8 = 74;
    pub(super) const OTHER_TWO: u8 = 80;
    /// The first byte of a character whose script only the second tells.
    pub(super) const E0: u8 = 81;
    pub(super) const E1: u8 = 82;
    pub(super) const E2: u8 = 83;
    pub(super) const E3: u8 = 84;
    pub(super) const EF: u8 = 85;
    pub(super) const FOUR: u8 = 86;
    pub(super) const DEVANAGARI: u8 = 87;
    pub(super) const BENGALI: u8 = 88;
    pub(super) const TAMIL: u8 = 89;
    /// Telugu, Kannada, Malayalam, Sinhala.
    pub(super) const TELUGU: u8 = 90;
    pub(super) const OTHER_INDIC: u8 = 91;
    pub(super) const THAI: u8 = 92;
    /// Dashes, quotation marks, dots.
    pub(super) const PUNCTUATION: u8 = 93;
    pub(super) const SYMBOL: u8 = 94;
    pub(super) const CHINESE_SIGN: u8 = 95;
    pub(super) const HIRAGANA: u8 = 96;
    pub(super) const KATAKANA: u8 = 97;
    pub(super) const FULL_WIDTH: u8 = 98;
    /// Six, by the first byte.
    pub(super) const HAN: u8 = 99;
    /// Syllables in a row, four.
    pub(super) const HANGUL: u8 = 105;
    pub(super) const EMOJI: u8 = 109;
    pub(super) const OTHER_THREE: u8 = 110;
    pub(super) const OTHER_FOUR: u8 = 111;
    pub(super) const COUNT: usize = 112;
}

/// How many states there are.
pub(super) const STATES: usize = state::COUNT;

/// The class of each byte.
const CLASSES: [u8; 256] = classes();

/// The next state for each state and class.
const NEXT: [u8; STATES * class::COUNT] = next_states();

/// What a text is made of: how often each state was visited. Those of several texts can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features([u32; STATES]);

impl Default for Features {
    fn default() -> Self {
        Self([0; STATES])
    }
}

impl Features {
    /// What this text is made of.
    pub fn of(text: &str) -> Self {
        let mut features = Self::default();
        features.add_text(text);
        features
    }

    /// Adds a text. It begins anew: it does not go on with a word of the last one.
    pub fn add_text(&mut self, text: &str) {
        let mut state = usize::from(state::START);
        for byte in text.as_bytes() {
            let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or_default();
            let next = NEXT.get(state * class::COUNT + usize::from(class)).copied().unwrap_or_default();
            state = usize::from(next);
            if let Some(visits) = self.0.get_mut(state) {
                *visits = visits.wrapping_add(1);
            }
        }
    }

    /// Adds what another text is made of.
    pub fn add(&mut self, other: &Self) {
        for (sum, visits) in self.0.iter_mut().zip(&other.0) {
            *sum = sum.saturating_add(*visits);
        }
    }

    /// About how many tokens that is, rounded up.
    pub fn tokens(&self, family: Family) -> u64 {
        self.by_family().get(usize::from(family.number())).copied().unwrap_or_default()
    }

    /// The same for each family, by its number.
    pub fn by_family(&self) -> [u64; FAMILIES] {
        let mut sums = [0; FAMILIES];
        for (visits, weights) in self.0.iter().zip(&WEIGHTS) {
            // Most texts visit less than half of the states.
            if *visits > 0 {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += u64::from(*visits) * u64::from(*weight);
                }
            }
        }
        sums.map(|sum| sum.div_ceil(PARTS))
    }

    /// How often each state was visited, for the program that fits the weights.
    pub const fn visits(&self) -> &[u32] {
        &self.0
    }
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class_of(byte as u8);
        byte += 1;
    }
    classes
}

const fn class_of(byte: u8) -> u8 {
    match byte {
        b'j' | b'k' | b'q' | b'w' | b'x' | b'z' => class::RARE,
        b'a'..=b'z' => class::COMMON,
        b'A'..=b'Z' => class::UPPER,
        b'0'..=b'9' => class::DIGIT,
        b' ' => class::SPACE,
        b'\n' | b'\r' => class::LINE,
        0..=0x1f | 0x7f => class::CONTROL,
        b'-' | b'=' | b'_' | b'*' | b'#' | b'~' | b'.' => class::RULE,
        b'!'..=b'~' => class::SIGN,
        0x80 => class::MORE_80,
        0x81..=0x82 => class::MORE_81,
        0x83..=0x9e => class::MORE_83,
        0x9f => class::MORE_9F,
        0xa0..=0xa3 => class::MORE_A0,
        0xa4..=0xa5 => class::MORE_A4,
        0xa6..=0xa7 => class::MORE_A6,
        0xa8..=0xad => class::MORE_A8,
        0xae..=0xaf => class::MORE_AE,
        0xb0..=0xb7 => class::MORE_B0,
        0xb8..=0xb9 => class::MORE_B8,
        0xba..=0xbb => class::MORE_BA,
        0xbc..=0xbf => class::MORE_BC,
        0xc0..=0xc2 => class::LATIN_SIGN,
        0xc3..=0xcd => class::LATIN,
        0xce..=0xcf => class::GREEK,
        0xd0..=0xd3 => class::CYRILLIC,
        0xd6..=0xd7 => class::HEBREW,
        0xd8..=0xdb => class::ARABIC,
        0xd4..=0xd5 | 0xdc..=0xdf => class::OTHER_TWO,
        0xe0 => class::E0,
        0xe1 => class::E1,
        0xe2 => class::E2,
        0xe3 => class::E3,
        0xe4..=0xe9 => class::HAN + (byte - 0xe4),
        0xea..=0xed => class::HANGUL,
        0xee => class::OTHER_THREE,
        0xef => class::EF,
        0xf0..=0xff => class::FOUR,
    }
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
const fn next_states() -> [u8; STATES * class::COUNT] {
    let mut next = [0; STATES * class::COUNT];
    let mut place = 0;
    while place < next.len() {
        next[place] = next_state((place / class::COUNT) as u8, (place % class::COUNT) as u8);
        place += 1;
    }
    next
}

/// Whether the state is one of a row of `length` that begins at `first`.
const fn is_in(state: u8, first: u8, length: u8) -> bool {
    first <= state && state < first + length
}

/// The next of a row of states: the first, where it is none of them yet.
const fn next_in(state: u8, first: u8, length: u8) -> u8 {
    match state {
        _ if !is_in(state, first, length) => first,
        _ if state + 1 < first + length => state + 1,
        _ => state,
    }
}

/// Whether the state is inside a word of Latin letters.
const fn is_in_word(state: u8) -> bool {
    is_in(state, state::WORD_AFTER_SPACE, state::SIGN_AFTER_SPACE - state::WORD_AFTER_SPACE)
}

const fn is_digit(state: u8) -> bool {
    is_in(state, state::DIGIT, state::WORD_AFTER_SPACE - state::DIGIT)
}

const fn next_state(state: u8, class: u8) -> u8 {
    match class {
        class::COMMON | class::RARE => after_letter(state, class == class::RARE),
        class::UPPER => match state {
            _ if is_in(state, state::UPPER_AFTER_SPACE, 5) => state::UPPER_AFTER_UPPER,
            _ if is_in_word(state) => state::UPPER_IN_WORD,
            _ if is_digit(state) => state::UPPER_AFTER_DIGIT,
            state::START..=state::INDENT => state::UPPER_AFTER_SPACE,
            _ => state::UPPER_AFTER_SIGN,
        },
        class::DIGIT => match state {
            state::DIGIT_IN_WORD | state::DIGIT_AFTER_SPACE => state::DIGIT + 1,
            _ if is_digit(state) => state::DIGIT + (state - state::DIGIT + 1) % 3,
            _ if is_in_word(state) => state::DIGIT_IN_WORD,
            state::SPACE..=state::INDENT => state::DIGIT_AFTER_SPACE,
            _ => state::DIGIT,
        },
        class::SPACE => match state {
            _ if is_in(state, state::LINE, 5) => state::INDENT,
            state::INDENT => state::SPACE + 3,
            _ => next_in(state, state::SPACE, 4),
        },
        class::LINE => next_in(state, state::LINE, 3),
        class::CONTROL => next_in(state, state::CONTROL, 2),
        class::SIGN => match state {
            _ if is_in(state, state::SIGN_AFTER_SPACE, 3) => state::SIGNS,
            _ if is_in(state, state::RULE, 4) => state::SIGNS,
            _ if is_in(state, state::SIGNS, 3) => next_in(state, state::SIGNS, 3),
            state::SPACE..=state::INDENT => state::SIGN_AFTER_SPACE,
            _ if is_in_word(state) => state::SIGN_AFTER_WORD,
            _ => state::SIGN,
        },
        class::RULE => next_in(state, state::RULE, 4),
        class::LATIN_SIGN => state::LATIN_SIGN,
        class::LATIN => match state {
            state::ACCENT | state::LATE_ACCENT => state::LATE_ACCENT,
            _ if is_late(state) => state::LATE_ACCENT,
            _ => state::ACCENT,
        },
        class::GREEK => next_in(state, state::GREEK, 6),
        class::CYRILLIC => next_in(state, state::CYRILLIC, 8),
        class::HEBREW => next_in(state, state::HEBREW, 4),
        class::ARABIC => next_in(state, state::ARABIC, 6),
        class::OTHER_TWO => state::OTHER_TWO,
        class::E0 => state::E0,
        class::E1 => state::E1,
        class::E2 => state::E2,
        class::E3 => state::E3,
        class::HANGUL => next_in(state, state::HANGUL, 4),
        class::OTHER_THREE => state::OTHER_THREE,
        class::EF => state::EF,
        class::FOUR => state::FOUR,
        _ if is_in(class, class::HAN, 6) => state::HAN + (class - class::HAN),
        _ => after_continuation(state, class),
    }
}

/// Whether the state is the fourth letter of a word or a later one.
const fn is_late(state: u8) -> bool {
    is_in(state, state::LETTER + 2, 7) || is_in(state, state::RARE + 2, 7)
}

const fn after_letter(state: u8, is_rare: bool) -> u8 {
    let row = if is_rare { state::RARE } else { state::LETTER };
    match state {
        state::START..=state::INDENT => state::WORD_AFTER_SPACE,
        _ if is_in(state, state::LINE, 5) => state::WORD_AFTER_LINE,
        _ if is_digit(state) => state::WORD_AFTER_DIGIT,
        _ if is_in(state, state::LETTER, 9) => row + (next_in(state, state::LETTER, 9) - state::LETTER),
        _ if is_in(state, state::RARE, 9) => row + (next_in(state, state::RARE, 9) - state::RARE),
        // How far into its word an accent stands is not known: about the fourth letter, or the eighth.
        state::ACCENT => row + 2,
        state::LATE_ACCENT => row + 6,
        _ if is_in_word(state) => row,
        _ => state::WORD_AFTER_SIGN,
    }
}

/// After the first byte of some characters the second tells the script. All others stay what they are.
const fn after_continuation(state: u8, class: u8) -> u8 {
    match (state, class) {
        (state::E0, class::MORE_A4) => state::DEVANAGARI,
        (state::E0, class::MORE_A6) => state::BENGALI,
        (state::E0, class::MORE_AE) => state::TAMIL,
        (state::E0, class::MORE_B0) => state::TELUGU,
        (state::E0, class::MORE_B8) => state::THAI,
        (state::E0, _) => state::OTHER_INDIC,
        // Vietnamese.
        (state::E1, class::MORE_BA) => state::LATE_ACCENT,
        (state::E2, class::MORE_80) => state::PUNCTUATION,
        (state::E2, _) => state::SYMBOL,
        (state::E3, class::MORE_80) => state::CHINESE_SIGN,
        (state::E3, class::MORE_81) => state::HIRAGANA,
        (state::E3, class::MORE_83) => state::KATAKANA,
        (state::E1 | state::E3, _) => state::OTHER_THREE,
        (state::EF, _) => state::FULL_WIDTH,
        (state::FOUR, class::MORE_9F) => state::EMOJI,
        (state::FOUR, _) => state::OTHER_FOUR,
        _ => state,
    }
}
