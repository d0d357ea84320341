//! The vector of one text as it is kept: numbers as bytes, behind a line of JSON that says of what and by whom they are.

use serde_json::{Value, json};

use crate::base::json::{self, FromJson};
use crate::base::time::Wall;
use crate::model::ModelKey;

/// Bytes that say how long the line of JSON is, and bytes of a number.
const WORD: usize = 4;

/// What a model made of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// Who made it: `provider/id`.
    pub model: String,
    /// What its provider was under that name, as in [`super::Answer`].
    pub identity: String,
    /// Of what.
    pub text: String,
    /// When, epoch milliseconds.
    pub kept_at: Wall,
    /// The numbers.
    pub numbers: Vec<f32>,
}

/// What the key of a vector is made of. No request for text is written like this.
pub fn canonical_text(model: &ModelKey, text: &str) -> String {
    json!([model.to_string(), text]).to_string()
}

impl Vector {
    /// As it is stored.
    pub fn to_record(&self) -> Vec<u8> {
        let Self { model, identity, text, kept_at, numbers } = self;
        let line = json!([model, identity, text, kept_at.epoch_millis()]).to_string();
        let mut record = Vec::with_capacity(WORD + line.len() + WORD * numbers.len());
        record.extend((line.len() as u32).to_le_bytes());
        record.extend(line.as_bytes());
        record.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        record
    }

    /// From stored bytes; `None` where they cannot be read.
    pub fn from_record(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<WORD>()?;
        let (line, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let mut fields = json::read::<Vec<Value>>(line).ok()?.into_iter();
        let mut word = || String::from_json(fields.next()?, "").ok();
        let (model, identity, text) = (word()?, word()?, word()?);
        let kept_at = Wall::from_json(fields.next()?, "").ok()?;
        let (numbers, left) = rest.as_chunks::<WORD>();
        let numbers: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        let is_whole =
            left.is_empty() && !numbers.is_empty() && numbers.iter().all(|number| number.is_finite());
        is_whole.then_some(Self { model, identity, text, kept_at, numbers })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::Key;

    fn vector(text: &str, numbers: &[f32]) -> Vector {
        Vector {
            model: "ollama/words:30m".to_owned(),
            identity: "http://localhost:11434".to_owned(),
            text: text.to_owned(),
            kept_at: Wall::from_epoch_millis(1_700_000_000_000),
            numbers: numbers.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn a_vector_is_read_again_bit_by_bit(text in ".{0,40}", numbers in prop::collection::vec(-1e30_f32..1e30, 1..40)) {
            let one = vector(&text, &numbers);
            let record = one.to_record();
            prop_assert!(record.len() < 4 * numbers.len() + 6 * text.len() + 100);
            prop_assert_eq!(Vector::from_record(&record), Some(one));
        }

        #[test]
        fn any_bytes_are_a_vector_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Vector::from_record(&bytes);
        }
    }

    #[test]
    fn what_is_broken_is_no_vector() {
        let whole = vector("a", &[1.0, -0.5]).to_record();
        for end in 0..whole.len() {
            // One number less is a shorter vector: whoever asks for it knows how long they are.
            let is_shorter = end + WORD == whole.len();
            assert_eq!(Vector::from_record(&whole[..end]).is_some(), is_shorter, "{end}");
        }
        assert_eq!(Vector::from_record(&vector("a", &[f32::NAN]).to_record()), None);
        assert_eq!(Vector::from_record(&vector("a", &[]).to_record()), None);
    }

    #[test]
    fn models_and_texts_are_told_apart() {
        let key = |provider: &str, id: &str, text: &str| {
            Key::of(&canonical_text(&ModelKey::new(provider, id), text))
        };
        let one = key("a", "b", "c");
        assert_eq!(one, key("a", "b", "c"));
        for other in [key("a", "b", "c "), key("a", "bc", ""), key("a", "b\",\"c", ""), key("ab", "c", "c")] {
            assert_ne!(one, other);
        }
    }
}
