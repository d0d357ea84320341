//! Phrases with which a model speaks about the answer instead of going on with it. English ones only.

use super::Open;
use super::weight::is_word;

impl Open {
    /// Whether it begins with a phrase about the answer; `None` while that is open.
    pub(super) fn opening(&self, is_over: bool) -> Option<bool> {
        let heard = self.heard.trim_start();
        let ends_in_dots = self.shown.ends_with(['.', '…']);
        for dots in ["…", "..."] {
            if ends_in_dots || heard.is_empty() {
                break;
            }
            if let Some(after) = heard.strip_prefix(dots) {
                let Some(next) = after.chars().next() else { return is_over.then_some(false) };
                return Some(is_word(next) || next == ' ' && self.shown.ends_with(char::is_whitespace));
            }
            if dots.starts_with(heard) && !is_over {
                return None;
            }
        }
        if !heard.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Some(false);
        }
        let mut is_open = false;
        for (phrase, is_loose) in OPENINGS {
            let common = heard
                .bytes()
                .zip(phrase.bytes())
                .take_while(|(heard, phrase)| heard.eq_ignore_ascii_case(phrase))
                .count();
            if common == phrase.len() {
                match heard.get(common..).and_then(|after| after.chars().next()) {
                    None if is_over => return Some(true),
                    None => is_open = true,
                    Some(next) if *is_loose && !is_word(next) => return Some(true),
                    Some(',' | '.' | '!' | ':' | ';' | '\n' | '…' | '—' | '-') => return Some(true),
                    Some(_) => {}
                }
            } else if common == heard.len() {
                is_open = true;
            }
        }
        if is_open && !is_over { None } else { Some(false) }
    }
}

/// Phrases about the answer. Only where `true`, anything but a letter may follow; else it has to be a stop.
const OPENINGS: &[(&str, bool)] = &[
    ("sure", false),
    ("sure thing", false),
    ("certainly", false),
    ("of course", false),
    ("okay", false),
    ("ok", false),
    ("absolutely", false),
    ("understood", false),
    ("got it", false),
    ("continuing", true),
    ("continuation", false),
    ("continued", false),
    ("resuming", true),
    ("picking up", true),
    ("to continue", true),
    ("sorry", false),
    ("apologies", false),
    ("apologies for", true),
    ("i apologize", true),
    ("i'm sorry", true),
    ("i am sorry", true),
    ("i'll continue", true),
    ("i will continue", true),
    ("let me continue", true),
    ("here is the rest", true),
    ("here's the rest", true),
    ("here is the continuation", true),
    ("here's the continuation", true),
    ("here is the remaining", true),
    ("here's the remaining", true),
    ("here is the remainder", true),
    ("here's the remainder", true),
    ("as an ai", true),
];
