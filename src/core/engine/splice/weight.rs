//! How much a piece of text says: how unlikely it is to stand there by chance.

/// A letter of an alphabet.
pub(super) const LETTER: u32 = 4;
/// A character that is a word or a syllable of its own, or an emoji.
pub(super) const CJK: u32 = 8;
const DIGIT: u32 = 3;
const SIGN: u32 = 1;

/// Joins two emoji into one.
pub(super) const JOINER: char = '\u{200d}';

/// The weight of these letters together. White space has none.
pub(super) fn weight(letters: &[char]) -> u32 {
    letters.iter().map(|letter| weight_of(*letter)).sum()
}

fn weight_of(letter: char) -> u32 {
    match letter {
        '0'..='9' => DIGIT,
        letter if is_wide(letter) => CJK,
        letter if letter.is_alphanumeric() => LETTER,
        letter if letter.is_whitespace() || letter == JOINER || is_variation(letter) => 0,
        _ => SIGN,
    }
}

const fn is_variation(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}')
}

/// Chinese, Japanese, Korean.
pub(super) const fn is_cjk(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// An emoji or a pictograph.
pub(super) const fn is_symbol(letter: char) -> bool {
    matches!(letter, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

const fn is_wide(letter: char) -> bool {
    is_cjk(letter) || is_symbol(letter)
}

/// How many of them are words of their own.
pub(super) fn wide_letters(letters: &[char]) -> usize {
    letters.iter().filter(|letter| is_wide(**letter)).count()
}

/// What words are made of, digits among them.
pub(super) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A letter of an alphabet.
pub(super) fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() && !is_cjk(letter)
}

/// Whether there is a letter of an alphabet among them.
pub(super) fn has_letters(letters: &[char]) -> bool {
    letters.iter().any(|letter| is_letter(*letter))
}
