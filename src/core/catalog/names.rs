//! What a model's name tells: its family, its generation, its step of a maker's ladder and its size. Any text is read;
//! what tells nothing gives nothing.

use crate::base::number::number_in;

/// The step of the ladder of a name without a word such as `mini` or `plus`.
pub(super) const PLAIN_STEP: u8 = 3;

/// A name as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    /// One of the families asked for.
    pub(super) family: Option<&'a str>,
    /// In hundredths: 310 of `llama3.1`. The letter in `4o` counts 5, a `turbo` 1.
    pub(super) generation: Option<u16>,
    /// 0 for `nano`, 1 for `mini`, 2 for `medium`, 3 for no such word, 4 for `plus`.
    pub(super) step: u8,
    /// Whether it was made for something else than talk, such as `coder`: like its family, but not the same model.
    pub(super) is_variant: bool,
}

/// Reads the last part of `id`, which may have any makers' names before it, by the families that are known. The one
/// that stands first in the name counts, the longer one of two.
pub(super) fn read<'a>(id: &str, families: impl Iterator<Item = &'a str>) -> Named<'a> {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let found = families
        .filter_map(|family| place_of(&name, family).map(|(at, rest)| (at, family, rest)))
        .min_by_key(|(at, family, _)| (*at, usize::MAX - family.len()));
    Named {
        family: found.map(|(_, family, _)| family),
        generation: found.and_then(|(_, _, rest)| generation_in(rest)),
        step: step_in(&name),
        is_variant: words(&name).any(|word| VARIANTS.contains(&word)),
    }
}

/// Where `family` stands in `name` as a word of its own (digits may follow at once), and what follows it.
fn place_of<'a>(name: &'a str, family: &str) -> Option<(usize, &'a str)> {
    name.match_indices(family).find_map(|(at, _)| {
        let (before, from) = name.split_at_checked(at)?;
        let rest = from.strip_prefix(family)?;
        let next = rest.chars().next();
        // A single letter is a name only together with its number, as in `o3-mini`.
        let is_end = match next {
            Some(next) if family.len() == 1 => next.is_ascii_digit(),
            Some(next) => !next.is_alphabetic(),
            None => family.len() > 1,
        };
        (is_end && !before.ends_with(char::is_alphanumeric)).then_some((at, rest))
    })
}

/// Words of a name. The underscore joins, so that a quantisation such as `q5_1` stays one word.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | '_')))
        .map(|word| word.trim_start_matches('_'))
        .filter(|word| !word.is_empty())
}

/// The first word behind the family that is a version: `3.1`, `v0.3`, `4o`, or `3-5`.
fn generation_in(rest: &str) -> Option<u16> {
    let mut words_left = words(rest);
    let mut turbo = 0;
    let generation = loop {
        let word = words_left.next()?;
        // `small3.2` is a step with its version.
        let word = LADDER_WORDS.iter().find_map(|(step, _)| word.strip_prefix(step)).unwrap_or(word);
        let Some(whole) = version(word) else { continue };
        let following = words_left.next();
        if following == Some("turbo") {
            turbo = 1;
        }
        let minor = following.filter(|_| word.len() == 1).and_then(single_digit);
        break whole + minor.map_or(0, |minor| minor * 10);
    };
    Some(generation + turbo)
}

/// Hundredths of a version below 10. Sizes (`8b`), contexts (`32k`) and dates (`2407`, `08`) are none.
fn version(word: &str) -> Option<u16> {
    let word = word.strip_prefix('v').unwrap_or(word);
    let (number, more) = match word.strip_suffix('o') {
        Some(number) => (number, 5),
        None => (word.strip_suffix(['n', 'v']).unwrap_or(word), 0),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let tenths = part.get(..1).and_then(single_digit)?;
    let hundredths = match part.get(1..)? {
        "" => 0,
        digit => single_digit(digit)?,
    };
    let version = single_digit(whole)? * 100 + tenths * 10 + hundredths + more;
    (version > 0).then_some(version)
}

fn single_digit(word: &str) -> Option<u16> {
    let mut letters = word.chars();
    let digit = letters.next()?.to_digit(10)?;
    letters.next().is_none().then_some(digit as u16)
}

const VARIANTS: [&str; 12] = [
    "coder",
    "code",
    "codex",
    "math",
    "vl",
    "vision",
    "audio",
    "image",
    "embedding",
    "guard",
    "distill",
    "nemotron",
];

/// Makers' words for a step, and how far it lies from the plain one. Two words below count once more: `flash-lite`.
const LADDER_WORDS: [(&str, i8); 17] = [
    ("nano", -3),
    ("micro", -3),
    ("tiny", -3),
    ("mini", -2),
    ("flash", -2),
    ("lite", -2),
    ("haiku", -2),
    ("small", -2),
    ("instant", -2),
    ("fast", -2),
    ("air", -2),
    ("medium", -1),
    ("sonnet", -1),
    ("plus", 1),
    ("max", 1),
    ("ultra", 1),
    ("premier", 1),
];

fn step_in(name: &str) -> u8 {
    let plain = PLAIN_STEP.cast_signed();
    let step = words(name)
        .filter_map(|word| {
            let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
            LADDER_WORDS.iter().find(|(step, _)| *step == stem).map(|(_, steps)| *steps)
        })
        .fold(plain, |step, steps| if step < plain { step - 1 } else { plain + steps });
    step.clamp(0, 4).cast_unsigned()
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
        Some((experts, each)) => number_in(experts)? * number_in(each)?,
        None => number_in(digits)?,
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

    fn named(id: &str) -> (Option<&str>, Option<u16>, u8) {
        let families =
            ["gpt", "llama", "o", "command-r", "command", "phi", "mistral", "claude", "gemini", "yi"];
        let Named { family, generation, step, .. } = read(id, families.into_iter());
        (family, generation, step)
    }

    #[test]
    fn families_and_generations_are_read_from_names() {
        for (id, family, generation, step) in [
            ("llama3.2:3b", "llama", Some(320), 3),
            ("meta-llama/Meta-Llama-3-70B-Instruct", "llama", Some(300), 3),
            ("Llama-3_1-8B", "llama", None, 3),
            ("llama-13b", "llama", None, 3),
            ("dolphin-llama3:8b", "llama", Some(300), 3),
            ("gpt-4o-mini-2024-07-18", "gpt", Some(405), 1),
            ("gpt-4-turbo-2024-04-09", "gpt", Some(401), 3),
            ("gpt-3.5-turbo-0125", "gpt", Some(351), 3),
            ("gpt-4-0314", "gpt", Some(400), 3),
            ("~openai/gpt-mini-latest", "gpt", None, 1),
            ("o3-mini", "o", Some(300), 1),
            ("claude-3-5-haiku-20241022", "claude", Some(350), 1),
            ("anthropic/claude-opus-4.1", "claude", Some(410), 3),
            ("claude-sonnet-4-20250514", "claude", Some(400), 2),
            ("gemini-2.5-flash-lite", "gemini", Some(250), 0),
            ("gemini-3.1-pro-preview", "gemini", Some(310), 3),
            ("mistral-small3.2:24b", "mistral", Some(320), 1),
            ("mistral-large-2407", "mistral", None, 3),
            ("mistral:7b-instruct-v0.3-q5_1", "mistral", Some(30), 3),
            ("command-r-plus-08-2024", "command-r", None, 4),
            ("command-r7b-12-2024", "command-r", None, 3),
            ("command-a", "command", None, 3),
            ("phi4", "phi", Some(400), 3),
            ("phi-3.5-mini-instruct", "phi", Some(350), 1),
            ("yi-34b-chat-q4_0", "yi", None, 3),
        ] {
            assert_eq!(named(id), (Some(family), generation, step), "{id}");
        }
    }

    #[test]
    fn a_family_is_a_word_of_its_own() {
        for id in ["ollama", "codellama:7b", "chatgptx", "o", "oreo", "gpts", "llama/other", "", "/", "gpté"]
        {
            assert_eq!(named(id).0, None, "{id}");
        }
    }
}
