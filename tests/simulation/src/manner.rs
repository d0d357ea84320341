//! How virtual models go on from a beginning that they are given: exactly, with something said again, with a phrase about the
//! answer before it, or with an answer of their own.
//!
//! Fewer than five letters are never said again here: text holds as few by chance, and the splice takes them for its own.

use fastrand::Rng;

use crate::answer::Answer;

/// Where a model goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Exactly where the beginning ends.
    Exact,
    /// It says its last words again: so many, of which the last may be half a word.
    Words(usize),
    /// It says so many letters again, from the middle of a word.
    Middle(usize),
    /// It says its last sentence again, whole or not.
    Sentence,
    /// It says its last line again, whole or not.
    Line,
    /// It begins with the whole answer anew.
    Anew,
    /// It begins with an answer of its own.
    Own,
}

/// How a model goes on from a beginning that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) start: Start,
    /// What it says about the answer first.
    pub(crate) opening: &'static str,
    /// White space before what it says again.
    pub(crate) space: &'static str,
}

/// A model that says something again says at least so many letters again.
const LEAST_LETTERS: usize = 5;

/// As chat models introduce what they go on with.
const OPENINGS: [&str; 22] = [
    "Sure, here is the rest:\n\n",
    "Sure! Here's the rest of the answer:\n\n",
    "Sure thing! ",
    "Certainly! Here is the continuation:\n\n",
    "Of course. ",
    "Okay, continuing:\n",
    "OK. ",
    "Absolutely! Here's the rest:\n",
    "Understood. ",
    "Got it. ",
    "Continuing from where I left off:\n\n",
    "Continuing: ",
    "Continuation:\n\n",
    "To continue: ",
    "Here is the rest of the text:\n",
    "Here is the remaining part:\n\n",
    "Here's the remainder:\n",
    "Here's the continuation of the text:\n\n",
    "I apologize for the interruption. ",
    "Apologies for the interruption. ",
    "Let me continue. ",
    "Picking up where I left off:\n\n",
];

impl Manner {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        let start = match rng.u8(0..16) {
            0..=5 => Start::Exact,
            6..=8 => Start::Words(rng.usize(1..9)),
            9 => Start::Middle(rng.usize(LEAST_LETTERS..60)),
            10 => Start::Sentence,
            11 => Start::Line,
            12 | 13 => Start::Anew,
            _ => Start::Own,
        };
        let opening = if rng.u8(..8) == 0 { pick(rng, &OPENINGS) } else { "" };
        let space = if rng.u8(..6) == 0 { pick(rng, &[" ", "\n", "\n\n"]) } else { "" };
        Self { start, opening, space }
    }

    /// What such a model says where `beginning` of an answer was said. `others` are answers of its own.
    pub(crate) fn say(self, answer: &Answer, beginning: &str, others: &[Answer]) -> String {
        let text = match others.iter().find(|other| *other != answer) {
            Some(other) if self.start == Start::Own => other.text.as_str(),
            _ => self.rest(&answer.text, beginning),
        };
        let is_exact = answer.text.get(beginning.len()..) == Some(text);
        [self.opening, if is_exact { "" } else { self.space }, text].concat()
    }

    /// What of `truth` is said, of which `beginning` was said.
    pub(crate) fn rest<'a>(self, truth: &'a str, beginning: &str) -> &'a str {
        let said = truth.get(..beginning.len()).unwrap_or_default();
        let before = |place: usize| said.get(..place).and_then(|before| before.chars().next_back());
        let place = match self.start {
            Start::Exact | Start::Own => said.len(),
            Start::Anew => 0,
            Start::Words(count) => {
                let starts = said.char_indices().rev().filter(|(place, letter)| {
                    !letter.is_whitespace() && before(*place).is_none_or(char::is_whitespace)
                });
                starts.take(count).last().map_or(0, |(place, _)| place)
            }
            Start::Middle(count) => {
                let is_inside = |(place, letter): &(usize, char)| {
                    letter.is_alphanumeric() && before(*place).is_some_and(char::is_alphanumeric)
                };
                let place = said.char_indices().rev().skip(count).find(is_inside);
                place.map_or(said.len(), |(place, _)| place)
            }
            Start::Sentence => {
                let ends = [". ", "! ", "? ", ": ", "\n"].into_iter();
                let start = |end: &str| said.trim_end().rfind(end).map(|place| place + end.len());
                ends.filter_map(start).max().unwrap_or(0)
            }
            Start::Line => said.trim_end_matches('\n').rfind('\n').map_or(0, |place| place + 1),
        };
        // A brace or half a word is not sent again: nobody could tell it from the text's own.
        let again = said.get(place..).unwrap_or_default();
        let is_slight = again.chars().filter(|letter| letter.is_alphabetic()).count() < LEAST_LETTERS;
        truth.get(if is_slight { said.len() } else { place }..).unwrap_or(truth)
    }
}

fn pick(rng: &mut Rng, words: &[&'static str]) -> &'static str {
    words.get(rng.usize(..words.len())).copied().unwrap_or_default()
}
