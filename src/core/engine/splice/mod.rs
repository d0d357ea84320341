//! Joins the answer of a model that carries on onto what was shown before another one died: no word lost, no word twice.
//!
//! It is told what was shown and then hears the new answer as it comes. Nothing of what was shown is ever taken back here;
//! what is decided is only where in the new answer the new words begin. While that is open the new words are held back;
//! usually the first few letters settle it. There are four ends:
//!
//! - **Show**: from here on it is new. Where nothing of the new answer repeats the end of what was shown, all of it is new.
//! - **Show, without its beginning**: the new answer begins with what was shown last (from half a word to all of it), and
//!   nothing else makes sense of that.
//! - **Anew**: it begins as the answer began and soon goes another way, in the middle of a sentence that was shown: it is
//!   an answer of its own.
//! - **Unsure**: what was shown has to go, and somebody has to be asked again. Nothing is left out without a word.
//!
//! # What speaks for a repeat
//! A beginning of the new answer that is also an end of what was shown has two readings: it was sent again, or the text
//! really says it twice. The second one is dismissed by what it would look like:
//!
//! - a word that runs on into itself ("the quick brownbrown fox"), a list's mark or an indentation in the middle of a
//!   line, a fence with a language after a fence: a few letters are enough;
//! - a sentence that begins in the middle of another one: 15 letters;
//! - otherwise, after a whole word: 40 letters; after a sentence, a row or a line: 100, since whole lines do repeat.
//!
//! In rows, records and code, where one piece is like the next, only the first two of these count.
//!
//! It is never dismissed where what was shown says the same thing twice in a row already ("ha ha ha", equal rows): how
//! often it is meant cannot be told. What is neither dismissed nor too slight to be a repeat is `Unsure`. Too slight are
//! signs without letters (braces, rules, `- [ ]`), up to two digits, one emoji, one Chinese character that begins no
//! sentence, and less than five letters from the middle of a word ("this" and "is a"): text holds these by chance, models
//! do not send them again.
//!
//! White space counts as equal where there is any, but a repeat of less than five letters has to be exact.
//!
//! # What speaks against joining at all
//! Opening phrases ("Sure, …", "Here is the rest", "…and"), English ones only; a capital letter in the middle of a word
//! outside of code; a new answer that begins like the sentence that was shown last and then goes another way.
//!
//! What cannot be known: after a whole word without white space, whether the new answer's first letters finish that word;
//! it is joined as a server that continues would mean it.

mod opening;
mod weight;

#[cfg(test)]
mod tests;

use weight::{CJK, JOINER, LETTER, has_letters, is_cjk, is_letter, is_symbol, is_word, weight, wide_letters};

/// How far back an end that is sent again may begin, letters; the very beginning counts too.
const WINDOW: usize = 4_000;

/// Weights of repeats that leave no other reading, from the slightest clash to none.
const CLASH: u32 = 5 * LETTER;
const SENTENCE: u32 = 15 * LETTER;
const WORD_END: u32 = 40 * LETTER;
const LINE_END: u32 = 100 * LETTER;

/// A weight that is never reached.
const NEVER: u32 = u32::MAX;

/// What to do with what was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing yet.
    Hold,
    /// These words are new. There may be none.
    Show(String),
    /// It is an answer of its own, of which this is the beginning.
    Anew(String),
    /// It cannot be joined.
    Unsure,
}

/// The join of one answer onto what was shown.
#[derive(Debug)]
pub(super) struct Splice {
    /// What is open; `None` once it is decided.
    open: Option<Box<Open>>,
}

/// An end of what was shown that the new answer begins with.
#[derive(Clone, Copy, Debug)]
struct Overlap {
    /// Where it begins in what was shown.
    start: usize,
    /// Bytes of the new answer up to its end.
    heard: usize,
}

#[derive(Debug)]
struct Open {
    shown: String,
    /// The same with one space for all white space between words, and none at the end.
    letters: Vec<char>,
    heard: String,
    /// How many letters were heard, white space counted in the same way and none at the beginning.
    matched: usize,
    is_in_space: bool,
    /// Where in `letters` an end begins that was heard so far.
    starts: Vec<usize>,
    overlaps: Vec<Overlap>,
    /// Where all that was shown begins, and its last line and its last sentence.
    own: [usize; 3],
    /// How far one of these was heard before the new answer went another way.
    broken_off: Vec<(usize, usize)>,
}

impl Splice {
    /// For an answer that is to go on after this.
    pub(super) fn after(shown: &str) -> Self {
        Self { open: Some(Box::new(Open::new(shown))) }
    }

    /// Hears more.
    pub(super) fn push(&mut self, words: &str) -> Step {
        let Some(open) = &mut self.open else { return Step::Show(words.to_owned()) };
        open.hear(words);
        let step = open.step(false);
        self.settle(step)
    }

    /// The new answer is over.
    pub(super) fn finish(&mut self) -> Step {
        let Some(open) = &mut self.open else { return Step::Show(String::new()) };
        let step = open.step(true);
        self.settle(step)
    }

    /// What is held back.
    pub(super) fn held(&self) -> &str {
        self.open.as_ref().map_or("", |open| &open.heard)
    }

    fn settle(&mut self, step: Step) -> Step {
        if !matches!(step, Step::Hold | Step::Unsure) {
            self.open = None;
        }
        step
    }
}

impl Open {
    fn new(shown: &str) -> Self {
        let mut letters = Vec::with_capacity(shown.len());
        for letter in shown.chars() {
            let is_space = letter.is_whitespace();
            if !is_space || letters.last() != Some(&' ') {
                letters.push(if is_space { ' ' } else { letter });
            }
        }
        if letters.last() == Some(&' ') {
            letters.pop();
        }
        let first = letters.len().saturating_sub(WINDOW);
        let starts = (0..letters.len()).filter(|at| *at <= 1 || *at >= first).collect();
        let begin = usize::from(letters.first() == Some(&' '));
        let mut open = Self {
            shown: shown.to_owned(),
            letters,
            heard: String::new(),
            matched: 0,
            is_in_space: false,
            starts,
            overlaps: Vec::new(),
            own: [begin; 3],
            broken_off: Vec::new(),
        };
        open.own = [begin, open.line_start(), open.sentence_start()];
        open
    }

    fn hear(&mut self, words: &str) {
        for letter in words.chars() {
            self.heard.push(letter);
            let is_space = letter.is_whitespace();
            if !is_space || (self.matched > 0 && !self.is_in_space) {
                self.advance(if is_space { ' ' } else { letter });
            }
            self.is_in_space = is_space;
        }
    }

    fn advance(&mut self, letter: char) {
        let matched = self.matched;
        self.matched += 1;
        let letters = &self.letters;
        let (overlaps, broken_off, heard) = (&mut self.overlaps, &mut self.broken_off, self.heard.len());
        let own = self.own;
        self.starts.retain(|start| {
            if letters.get(start + matched) != Some(&letter) {
                if own.contains(start) {
                    broken_off.push((*start, matched));
                }
                return false;
            }
            let is_whole = start + matched + 1 == letters.len();
            if is_whole {
                overlaps.push(Overlap { start: *start, heard });
            }
            !is_whole
        });
    }

    fn step(&mut self, is_over: bool) -> Step {
        if !is_over && (self.matched == 0 || !self.starts.is_empty()) {
            return Step::Hold;
        }
        let trail = self.trail().to_owned();
        let mut overlaps = self.overlaps.clone();
        if !trail.is_empty() && !overlaps.is_empty() && !is_over {
            let last = overlaps.iter().map(|overlap| overlap.heard).max().unwrap_or_default();
            if self.rest(last).trim_start().is_empty() {
                return Step::Hold;
            }
        }
        // All of it, in which the last word now goes on where white space was shown.
        let is_all_again = overlaps
            .iter()
            .any(|overlap| overlap.start == self.own[0] && weight(self.repeated(*overlap)) >= SENTENCE);
        // White space was shown after it, so there has to be some here too.
        overlaps.retain(|overlap| {
            let rest = self.rest(overlap.heard);
            trail.is_empty() || rest.is_empty() || rest.starts_with(char::is_whitespace)
        });
        if let Some(ticks) = self.fence() {
            if !is_over && self.heard.trim_start_matches('`').is_empty() {
                return Step::Hold;
            }
            if self.heard.starts_with("```") && !is_all_again {
                let is_own = self.begun() >= SENTENCE;
                return if is_own { Step::Unsure } else { Step::Show(self.rest(ticks).to_owned()) };
            }
        }
        // So little was shown that all of it may be sent again by chance, or on purpose.
        let repeats_all = overlaps.iter().any(|overlap| overlap.start == self.own[0]);
        overlaps.retain(|overlap| self.is_plausible(*overlap));
        match overlaps.iter().min_by_key(|overlap| overlap.start) {
            Some(longest) if self.is_certain(*longest, &overlaps) && !self.begins_anew(*longest) => {
                Step::Show(self.after(*longest, &trail))
            }
            Some(_) => Step::Unsure,
            None if repeats_all || is_all_again => Step::Unsure,
            None => self.join(is_over),
        }
    }

    /// What to do with an answer that repeats no end.
    fn join(&self, is_over: bool) -> Step {
        let is_inside = !self.is_at_line_end();
        let alive = self.starts.iter().map(|start| (*start, self.matched));
        let [begin, ..] = self.own;
        for (start, matched) in self.broken_off.iter().copied().chain(alive) {
            let heard = self.letters.get(start..start + matched).unwrap_or_default();
            let heavy = weight(heard);
            if start == begin && heavy >= SENTENCE {
                if is_inside {
                    return Step::Anew(self.heard.trim_start().to_owned());
                }
                if !self.comes_again(heard) {
                    return Step::Unsure;
                }
            }
            let is_own = self.own.contains(&start) && heavy >= 8 * LETTER;
            let is_left_open = self.starts.contains(&start) && heavy >= CLASH;
            if is_inside && (is_own || is_left_open) {
                return Step::Unsure;
            }
        }
        match self.opening(is_over) {
            Some(true) => Step::Unsure,
            None => Step::Hold,
            Some(false) => match self.capital(is_over) {
                Some(true) => Step::Unsure,
                None => Step::Hold,
                Some(false) => Step::Show(self.heard.clone()),
            },
        }
    }

    /// How much of the beginning of all that was shown the new answer began with before it went another way.
    fn begun(&self) -> u32 {
        let [begin, ..] = self.own;
        let of_all = self.broken_off.iter().filter(|(start, _)| *start == begin);
        let heavy = |(start, matched): &(usize, usize)| {
            weight(self.letters.get(*start..start + matched).unwrap_or_default())
        };
        of_all.map(heavy).max().unwrap_or(0)
    }

    /// Whether the new answer begins as all of the answer does, and for longer than what was sent again would explain.
    fn begins_anew(&self, overlap: Overlap) -> bool {
        self.begun() >= SENTENCE.max(weight(self.repeated(overlap)) + 1)
    }

    /// Whether this beginning stands anywhere else in what was shown.
    fn comes_again(&self, beginning: &[char]) -> bool {
        self.letters.windows(beginning.len().max(1)).skip(1).any(|window| window == beginning)
    }

    /// What was shown of this overlap.
    fn repeated(&self, overlap: Overlap) -> &[char] {
        self.letters.get(overlap.start..).unwrap_or_default()
    }

    /// Whether it could be sent again at all, and is not a chance.
    fn is_plausible(&self, overlap: Overlap) -> bool {
        let repeated = self.repeated(overlap);
        let heavy = weight(repeated);
        if repeated == ['`', '`', '`'] {
            return self.is_exact(overlap);
        }
        if !self.is_exact(overlap) && heavy < CLASH {
            return false;
        }
        if wide_letters(repeated) >= 2 {
            return true;
        }
        // One alone is chance in the middle of a sentence, and a word of its own where one begins.
        let is_first =
            self.is_aligned(overlap.start) && repeated.first().is_some_and(|letter| is_cjk(*letter));
        if is_first {
            return true;
        }
        if !self.is_aligned(overlap.start) {
            return heavy >= CLASH && (has_letters(repeated) || heavy >= 2 * CLASH);
        }
        if has_letters(repeated) {
            return true;
        }
        let digits = repeated.iter().filter(|letter| letter.is_ascii_digit()).count();
        digits >= if self.is_glued() { 2 } else { 3 }
    }

    /// Whether white space is the same too.
    fn is_exact(&self, overlap: Overlap) -> bool {
        let heard = self.heard.get(..overlap.heard).unwrap_or_default();
        let Some(before) = self.shown.trim_end().strip_suffix(heard) else { return false };
        // A deeper indentation ends like a flatter one.
        !(heard.starts_with([' ', '\t']) && before.ends_with([' ', '\t']))
    }

    /// Whether a word begins there, or something that is no word.
    fn is_aligned(&self, start: usize) -> bool {
        let before = start.checked_sub(1).and_then(|before| self.letters.get(before));
        let first = self.letters.get(start);
        !before.is_some_and(|letter| is_word(*letter)) || !first.is_some_and(|letter| is_word(*letter))
    }

    /// Whether every other reading is dismissed: that it is the text's own, and that less was sent again.
    fn is_certain(&self, longest: Overlap, all: &[Overlap]) -> bool {
        let repeated = self.repeated(longest);
        let before = trimmed(self.letters.get(..longest.start).unwrap_or_default());
        let is_said_twice =
            before.len().checked_sub(repeated.len()).is_some_and(|from| alike(before.get(from..), repeated));
        // Nobody sends again from the middle of a word: there the text itself comes round.
        let is_aligned = self.is_aligned(longest.start);
        // What led to it the first time led to the end of what was shown too: it may come round again.
        let comes_round = weight(self.common_before(before.len(), self.letters.len())) >= 2 * LETTER;
        if is_said_twice || comes_round || !is_aligned || weight(repeated) < self.needed(longest) {
            return false;
        }
        let least = if is_data(repeated) { LINE_END } else { CLASH };
        all.iter().filter(|other| other.start > longest.start).all(|other| {
            let period = other.start - longest.start;
            let sent = repeated.len() - period;
            let block = repeated.get(..period).unwrap_or_default();
            let earlier =
                longest.start.checked_sub(period).and_then(|from| self.letters.get(from..longest.start));
            // Nearly a whole round of a refrain, or a second one that had begun: how often it is sung cannot be told.
            let round =
                weight(self.repeated(*other)) + weight(self.common_before(longest.start, other.start));
            let is_round = sent >= period - period / 8 || round >= CLASH;
            !is_round && !alike(earlier, block) && weight(block) >= least
        })
    }

    /// What stands alike before both places.
    fn common_before(&self, one: usize, other: usize) -> &[char] {
        let before = |place: usize| self.letters.get(..place).unwrap_or_default().iter().rev();
        let count = before(one).zip(before(other)).take_while(|(left, right)| left == right).count();
        self.letters.get(one - count..one).unwrap_or_default()
    }

    /// How much has to be repeated before nobody would take it for the text's own.
    fn needed(&self, overlap: Overlap) -> u32 {
        let repeated = self.repeated(overlap);
        let [begin, line, sentence] = self.own;
        let is_line = overlap.start == line;
        let is_all = overlap.start == begin;
        let is_fence = starts_with(repeated, "```") && has_letters(repeated);
        if is_fence && (is_line || !self.trail().contains('\n')) {
            return if is_line { 0 } else { CLASH };
        }
        if self.is_glued() && self.is_aligned(overlap.start) {
            let is_natural = has_letters(repeated) && !repeated.iter().all(|letter| !letter.is_lowercase());
            let first = repeated.first().copied().unwrap_or_default();
            let last = repeated.last().copied().unwrap_or_default();
            if is_natural && first.is_uppercase() && last.is_lowercase() && !self.is_in_code() {
                return 2 * LETTER;
            }
            let is_several = repeated.contains(&' ');
            return if is_several || is_natural && distinct(repeated) >= 4 { CLASH } else { NEVER };
        }
        let ends_in_word = self.shown.chars().next_back().is_some_and(is_word);
        if is_line && ends_in_word && (is_mark(repeated) || self.is_indented()) {
            return CLASH;
        }
        if is_data(repeated) && !is_line && !is_all {
            return NEVER;
        }
        if self.is_at_line_end() {
            return LINE_END;
        }
        let is_start = is_line || is_all || overlap.start == sentence;
        let is_new = is_mark(repeated) || repeated.first().is_some_and(|letter| letter.is_uppercase());
        if is_start && is_new { SENTENCE } else { WORD_END }
    }

    /// The new answer after what it repeats; of the white space there, what was shown already is left out.
    fn after(&self, overlap: Overlap, trail: &str) -> String {
        let rest = self.rest(overlap.heard);
        let after = rest.trim_start();
        let space = rest.get(..rest.len() - after.len()).unwrap_or_default();
        if let Some(more) = space.strip_prefix(trail) {
            return [more, after].concat();
        }
        let is_new_line = space.contains('\n') && !trail.contains('\n');
        if is_new_line { rest.to_owned() } else { after.to_owned() }
    }

    fn rest(&self, from: usize) -> &str {
        self.heard.get(from..).unwrap_or_default()
    }

    /// The white space at the end of what was shown.
    fn trail(&self) -> &str {
        self.shown.get(self.shown.trim_end().len()..).unwrap_or_default()
    }

    /// Whether a word's letters were shown last and a word's letters come first.
    fn is_glued(&self) -> bool {
        let ends = self.shown.chars().next_back().is_some_and(|letter| is_word(letter) && !is_cjk(letter));
        ends && self.heard.chars().next().is_some_and(|letter| is_word(letter) && !is_cjk(letter))
    }

    /// Whether a line, a row, a sentence or anything else that is no word was shown last.
    fn is_at_line_end(&self) -> bool {
        self.trail().contains('\n') || !self.letters.last().is_some_and(|letter| is_word(*letter))
    }

    /// The place in `letters` of this byte of what was shown.
    fn place(&self, byte: usize) -> usize {
        let before = self.shown.get(..byte).unwrap_or_default();
        let mut place = 0;
        let mut was_space = false;
        for letter in before.chars() {
            let is_space = letter.is_whitespace();
            place += usize::from(!(is_space && was_space));
            was_space = is_space;
        }
        place
    }

    /// Where the last line begins, its indentation left out.
    fn line_start(&self) -> usize {
        let line = self.shown.trim_end().rfind('\n').map_or(0, |at| at + 1);
        let text = self.shown.get(line..).unwrap_or_default();
        self.place(line + text.len() - text.trim_start().len())
    }

    /// Where the last sentence begins.
    fn sentence_start(&self) -> usize {
        let is_end = |pair: &[char]| matches!(pair, ['.' | '!' | '?' | ':', ' ']);
        let last = self.letters.windows(2).rposition(is_end).map_or(0, |at| at + 2);
        last.max(self.line_start())
    }

    /// Whether the new answer begins with the indentation of the last line.
    fn is_indented(&self) -> bool {
        let line = self.shown.rsplit('\n').next().unwrap_or_default();
        let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
        indent.len() > 1 && self.heard.starts_with(indent)
    }

    fn is_in_code(&self) -> bool {
        self.shown.matches("```").count() % 2 == 1
    }

    /// How many backticks were shown of a fence that the new answer may begin with again.
    fn fence(&self) -> Option<usize> {
        let line = self.shown.rsplit('\n').next().unwrap_or_default().trim_start();
        let is_ticks = !line.is_empty() && line.len() <= 3 && line.bytes().all(|byte| byte == b'`');
        (is_ticks && self.heard.starts_with('`')).then_some(line.len())
    }

    /// Whether a new word begins in the middle of one; `None` while that is open.
    fn capital(&self, is_over: bool) -> Option<bool> {
        let is_lower = self.shown.chars().next_back().is_some_and(char::is_lowercase);
        let mut heard = self.heard.chars();
        if !is_lower || !heard.next().is_some_and(char::is_uppercase) || self.is_in_code() {
            // A joined emoji that begins with what was shown cannot be told from one that goes on.
            let is_joined = self.shown.ends_with(JOINER)
                && self
                    .overlaps
                    .iter()
                    .any(|overlap| self.repeated(*overlap).first().is_some_and(|letter| is_symbol(*letter)));
            return Some(is_joined);
        }
        match heard.next() {
            None if !is_over => None,
            second => Some(second.is_some_and(char::is_lowercase)),
        }
    }
}

fn trimmed(letters: &[char]) -> &[char] {
    letters.strip_suffix(&[' ']).unwrap_or(letters)
}

/// Whether both are the same but for capitals.
fn alike(left: Option<&[char]>, right: &[char]) -> bool {
    left.is_some_and(|left| {
        left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| left.eq_ignore_ascii_case(right))
    })
}

fn starts_with(letters: &[char], beginning: &str) -> bool {
    beginning.chars().enumerate().all(|(at, letter)| letters.get(at) == Some(&letter))
}

/// Whether it is of a kind of which one piece may be like the next: rows, records, statements.
fn is_data(letters: &[char]) -> bool {
    let is_sign = |letter: &&char| "(){}[]<>|\"=:;".contains(**letter);
    letters.iter().filter(is_sign).count() >= 3
}

/// Whether a list's item, a row, a heading or a quotation begins like this.
fn is_mark(line: &[char]) -> bool {
    let number = line.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let is_numbered =
        number > 0 && matches!(line.get(number), Some('.' | ')')) && line.get(number + 1) == Some(&' ');
    is_numbered
        || matches!(line, ['-' | '*' | '+' | '>' | '|', ' ', ..])
        || line.first() == Some(&'#') && line.contains(&' ')
}

/// How many different letters there are, up to 4.
fn distinct(letters: &[char]) -> usize {
    let mut seen: Vec<char> = Vec::new();
    for letter in letters.iter().filter(|letter| is_letter(**letter)) {
        if !seen.contains(letter) && seen.len() < 4 {
            seen.push(*letter);
        }
    }
    seen.len()
}

/// So that the weights fit each other.
const _: () = assert!(CJK == 2 * LETTER);
