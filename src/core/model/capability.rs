//! What models can do beside plain text: the contract's words and the bits that stand for them while models are
//! compared.

/// The words, each in the place of its bit. New words go to the end, at most 32.
const WORDS: [&str; 15] = [
    "vision",
    "tools",
    "reasoning",
    "json",
    "search",
    "image-edit",
    "embedding",
    "audio",
    "video",
    "pdf",
    "speech",
    "image",
    "workflow",
    // Of what makes pictures: it writes as well.
    "text",
    // It changes a picture only where a mask says so.
    "image-mask",
];

/// A set of things that a model can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Nothing but plain text.
    pub const NONE: Self = Self(0);
    /// Turns text into vectors, which is not writing.
    pub const EMBEDDING: Self = Self(1 << 6);

    /// What this word stands for; `None` for a word that the mesh does not know.
    pub fn of_word(word: &str) -> Option<Self> {
        let bit = WORDS.iter().position(|known| *known == word)?;
        Some(Self(1 << bit))
    }

    /// What these words stand for. Unknown words stand for nothing: no request can ask for them.
    pub fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        Self(words.filter_map(Self::of_word).fold(0, |bits, one| bits | one.0))
    }

    /// What these bits stand for.
    pub const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// As bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` is in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The first word of it that `other` lacks.
    pub fn first_missing_in(self, other: Self) -> Option<&'static str> {
        let missing = self.0 & !other.0;
        WORDS.iter().enumerate().find(|(bit, _)| missing >> bit & 1 == 1).map(|(_, word)| *word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_bit_of_its_own() {
        let all = Capabilities::of_words(WORDS.into_iter());
        assert_eq!(all.bits().count_ones() as usize, WORDS.len());
        assert_eq!(Capabilities::of_word("embedding"), Some(Capabilities::EMBEDDING));
    }

    #[test]
    fn what_is_missing_is_named() {
        let wanted = Capabilities::of_words(["tools", "vision"].into_iter());
        let tools = Capabilities::of_words(["tools", "telepathy"].into_iter());
        assert!(!tools.has(wanted));
        assert_eq!(wanted.first_missing_in(tools), Some("vision"));
        assert_eq!(wanted.first_missing_in(wanted), None);
    }
}
