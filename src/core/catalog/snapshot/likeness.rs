//! A model that somebody else serves, recognised by its name: `gpt-oss:20b` at Ollama and
//! `Llama-3.3-70B-Instruct-Q4_K_M.gguf` at llama.cpp are models that the snapshot knows from other hosts. What it can do
//! and hold is then known, within what its server grants; what it costs there is not.

use super::{Capabilities, Snapshot, SnapshotModel};
use crate::model::Modality;

/// Not of the model but of its host.
const OF_THE_HOST: [&str; 2] = ["json", "search"];

/// What all models of a name have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// What they can do, beside what depends on the host.
    pub capabilities: Capabilities,
    /// Tokens that each of them can hold.
    pub context_length: Option<u64>,
    /// Whether the very model is known; else its sisters of other sizes are.
    pub same_size: bool,
}

impl Snapshot {
    /// What is known of a text model by its name alone, whoever serves it. Where the size is not known or not told,
    /// what all sizes have in common.
    pub fn like(&self, name: &str) -> Option<Likeness> {
        let asked = words(name);
        let sizes = asked.iter().rev().take_while(|word| is_size(word)).count();
        let family = asked.get(..asked.len() - sizes).filter(|family| !family.is_empty())?;
        let mut same = None;
        let mut sisters = None;
        for model in &self.models {
            // A name that moves from model to model says nothing of one of them.
            if model.modality != Modality::Text || model.id.ends_with("-latest") {
                continue;
            }
            let known = words(&model.id);
            let all = known.len() == asked.len();
            if rest(&known, &asked)
                .is_some_and(|rest| all || (sizes > 0 && rest.iter().all(|word| is_size(word))))
            {
                same = Some(join(same, model, true));
            } else if rest(&known, family).is_some_and(|rest| {
                // A model that tells no size may be another one: deepseek-r1:70b is not DeepSeek-R1.
                rest.iter().all(|word| is_size(word)) && !rest.iter().all(|word| is_date(word))
            }) {
                sisters = Some(join(sisters, model, false));
            }
        }
        same.or(sisters)
    }
}

fn join(likeness: Option<Likeness>, model: &SnapshotModel, same_size: bool) -> Likeness {
    let mut capabilities = model.capabilities;
    for (place, (_, word)) in super::CAPABILITIES.iter().enumerate() {
        if OF_THE_HOST.contains(word) {
            capabilities.0 &= !(1 << place);
        }
    }
    let mut context_length = model.context_length;
    if let Some(before) = likeness {
        capabilities.0 &= before.capabilities.0;
        context_length = context_length.min(before.context_length);
    }
    Likeness { capabilities, context_length, same_size }
}

/// A word of a name. Bytes: only plain letters and digits tell models apart, and text would need more code.
type Word<'a> = &'a [u8];

/// Words that do not tell which model it is.
const IDLE: [&[u8]; 8] = [b"meta", b"instruct", b"it", b"chat", b"latest", b"cloud", b"free", b"gguf"];

/// How the weights are stored. What follows such a word tells more of that.
const PACKINGS: [&[u8]; 13] =
    [b"q", b"iq", b"fp", b"bf", b"int", b"f", b"mxfp", b"awq", b"gptq", b"mlx", b"exl", b"4bit", b"8bit"];

/// The words of a name that tell which model it is: `hf.co/x/Qwen2.5-VL-7B-Instruct-GGUF:Q4_K_M` is Qwen, 2.5, VL, 7B.
fn words(name: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let name = name.strip_suffix(".gguf").unwrap_or(name);
    for word in name.as_bytes().split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))) {
        // Only what stands behind the last slash is the model's own name.
        let mut rest = word;
        if let Some(slash) = word.iter().rposition(|byte| *byte == b'/') {
            words.clear();
            rest = word.get(slash + 1..).unwrap_or_default();
        }
        let letters = end_of(rest, u8::is_ascii_alphabetic);
        let (family, number) = rest.split_at(letters);
        let packed = is_one_of(rest, &PACKINGS) || (!number.is_empty() && is_one_of(family, &PACKINGS));
        if packed && !words.is_empty() {
            break;
        }
        if is_one_of(rest, &IDLE) {
            continue;
        }
        while !rest.is_empty() {
            let (before, after) = rest.split_at(seam(rest));
            words.push(before);
            rest = after;
        }
    }
    words
}

/// Where the first part of a word ends: a family's name and its number are two, whichever comes first (qwen|3, 2.5|vl).
/// One letter is no name (70b, r1).
fn seam(word: Word<'_>) -> usize {
    let letters = end_of(word, u8::is_ascii_alphabetic);
    if letters > 1 {
        return letters;
    }
    let number = end_of(word, |byte| byte.is_ascii_digit() || *byte == b'.');
    let name = word.get(number..).unwrap_or_default();
    let named = number > 0 && name.len() > 1 && end_of(name, u8::is_ascii_alphabetic) == name.len();
    if named { number } else { word.len() }
}

fn end_of(word: Word<'_>, belongs: fn(&u8) -> bool) -> usize {
    word.iter().position(|byte| !belongs(byte)).unwrap_or(word.len())
}

fn is_one_of(word: Word<'_>, words: &[&[u8]]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What follows in `name` after `beginning`, if it begins so.
fn rest<'a, 'b>(name: &'b [Word<'a>], beginning: &[Word<'_>]) -> Option<&'b [Word<'a>]> {
    let (before, rest) = name.split_at_checked(beginning.len())?;
    before.iter().zip(beginning).all(|(a, b)| a.eq_ignore_ascii_case(b)).then_some(rest)
}

/// A number of parameters (70b, 8x22b, 2.4t), of those at work (a3b), or the date of an issue (2507).
fn is_size(word: Word<'_>) -> bool {
    let number = match word {
        [b'a' | b'A', number @ ..] => number,
        _ => word,
    };
    let amount = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'x');
    is_date(word)
        || matches!(number, [first, amounts @ .., b'b' | b'B' | b'm' | b'M' | b't' | b'T']
            if first.is_ascii_digit() && amounts.iter().all(amount))
}

fn is_date(word: Word<'_>) -> bool {
    matches!(word.len(), 4 | 6 | 8) && word.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_are_the_same_however_it_is_written() {
        for (name, expected) in [
            ("hf.co/x/Qwen2.5-VL-7B-Instruct-GGUF:Q4_K_M", "qwen 2.5 vl 7b"),
            ("qwen2.5vl:7b", "qwen 2.5 vl 7b"),
            ("llama3.3:70b-instruct-q4_K_M", "llama 3.3 70b"),
            ("meta-llama/llama-3.3-70b-instruct", "llama 3.3 70b"),
            ("Meta-Llama-3.3-70B-Instruct.gguf", "llama 3.3 70b"),
            ("gpt-oss:20b-cloud", "gpt oss 20b"),
            ("gemma-3-27b-it-qat-q4_0.gguf", "gemma 3 27b qat"),
            ("mixtral:8x22b", "mixtral 8x22b"),
            ("qwen3-8b-mlx-4bit", "qwen 3 8b"),
            ("phi4:14b-fp16", "phi 4 14b"),
            ("Ünder/größe", "gr e"),
            ("", ""),
        ] {
            let words: Vec<String> =
                words(name).iter().map(|word| String::from_utf8_lossy(word).to_lowercase()).collect();
            assert_eq!(words.join(" "), expected, "{name}");
        }
    }
}
