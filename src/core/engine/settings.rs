//! What the engine learned about the user's own servers and keeps between visits: small things that make the next
//! visit quicker, never anything that was said.

use serde::Serialize;
use serde_json::Value;

use crate::base::json::{self, Fields, FromJson};
use crate::base::stamp::Stamp;
use crate::base::time::Wall;
use crate::model::ModelKey;

/// What the engine learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    /// The context window each Ollama model was last loaded with, by address, and since when. Ollama loads a model anew when
    /// it changes, so it stays the same for as long as prompts fit.
    context_lengths: Vec<(String, u64, Stamp)>,
}

/// The smallest window that is asked for, tokens.
const SMALLEST_CONTEXT: u64 = 4_096;

impl Settings {
    /// The context window to ask for: what this model had before if that is enough, else the next power of two,
    /// never more than the model holds. The second value tells whether it is news.
    pub(super) fn context_length(&mut self, model: &str, needed: u64, largest: Option<u64>) -> (u64, bool) {
        let wanted = needed.max(SMALLEST_CONTEXT).checked_next_power_of_two().unwrap_or(u64::MAX);
        let known = self.context_lengths.iter_mut().find(|(known, ..)| known == model);
        let before = known.as_ref().map(|(_, length, _)| *length);
        let chosen = wanted.max(before.unwrap_or(0)).min(largest.unwrap_or(u64::MAX)).max(1);
        let is_news = before != Some(chosen);
        if is_news {
            let mut stamp = known.as_ref().map_or_else(Stamp::default, |(.., stamp)| *stamp);
            stamp.change();
            match known {
                Some(known) => (known.1, known.2) = (chosen, stamp),
                None => self.context_lengths.push((model.to_owned(), chosen, stamp)),
            }
        }
        (chosen, is_news)
    }

    pub(super) fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Dates what changed since this was last called, in the tab of this number, and gives it for other tabs; `None` where
    /// nothing did.
    pub(super) fn take_news(&mut self, now: Wall, by: u32) -> Option<Vec<u8>> {
        let mut news = Self::default();
        for entry in self.context_lengths.iter_mut().filter(|(.., stamp)| stamp.is_news()) {
            entry.2.date(now, by);
            news.context_lengths.push(entry.clone());
            entry.2.told();
        }
        (!news.context_lengths.is_empty()).then(|| news.to_record())
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept.
    pub(super) fn from_record(bytes: &[u8]) -> (Self, usize) {
        json::read(bytes).map_or_else(|_| (Self::default(), 1), Self::from_value)
    }

    /// From what another tab told; the same as from stored bytes.
    pub(super) fn from_value(value: Value) -> (Self, usize) {
        let Some(entries) = entries(value) else { return (Self::default(), 1) };
        let all = entries.len();
        let context_lengths: Vec<_> = entries.into_iter().filter_map(context_length).collect();
        let dropped = all - context_lengths.len();
        (Self { context_lengths }, dropped)
    }

    /// Leaves only models of these providers.
    pub(super) fn retain(&mut self, is_meant: impl Fn(&str) -> bool) {
        self.context_lengths
            .retain(|(model, ..)| ModelKey::parse(model).is_some_and(|key| is_meant(key.provider())));
    }

    /// Takes in what was learned elsewhere, or earlier: of each model what was learned last.
    pub(super) fn learn(&mut self, elsewhere: Self, now: Wall) {
        for (model, length, stamp) in elsewhere.context_lengths {
            match self.context_lengths.iter_mut().find(|(known, ..)| *known == model) {
                Some(known) if known.2.yields_to(&stamp, now) => (known.1, known.2) = (length, stamp),
                Some(_) => {}
                None => self.context_lengths.push((model, length, stamp)),
            }
        }
    }
}

fn entries(value: Value) -> Option<Vec<Value>> {
    Fields::of(value, "").ok()?.need("contextLengths").ok()
}

/// `["ollama/llama3.2", 8192, [1700000000000, 7]]`; older records do not say when.
fn context_length(entry: Value) -> Option<(String, u64, Stamp)> {
    let stamp = match entry.get(2) {
        Some(stamp) => Stamp::from_json(stamp.clone(), "").ok()?,
        None => Stamp::default(),
    };
    Some((entry.get(0)?.as_str()?.to_owned(), entry.get(1)?.as_u64()?, stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_window_only_grows_and_never_beyond_the_model() {
        let mut settings = Settings::default();
        assert_eq!(settings.context_length("ollama/a", 900, Some(32_768)), (4_096, true));
        assert_eq!(settings.context_length("ollama/a", 5_000, Some(32_768)), (8_192, true));
        assert_eq!(settings.context_length("ollama/a", 100, Some(32_768)), (8_192, false));
        assert_eq!(settings.context_length("ollama/b", 100, Some(2_048)), (2_048, true));
    }

    #[test]
    fn settings_survive_a_visit() {
        let mut settings = Settings::default();
        settings.context_length("ollama/a", 5_000, None);
        assert_eq!(Settings::from_record(&settings.to_record()), (settings, 0));
        for bytes in [&b"[]"[..], b"{}", b"", b"\xff"] {
            assert_eq!(Settings::from_record(bytes), (Settings::default(), 1));
        }
    }

    #[test]
    fn a_broken_entry_is_dropped_and_the_rest_kept() {
        let mut settings = Settings::default();
        settings.context_length("ollama/a", 5_000, None);
        let broken = br#"{"contextLengths":[7,["ollama/a",8192],["ollama/b"],["ollama/c",-1],null]}"#;
        assert_eq!(Settings::from_record(broken), (settings, 4));
    }

    #[test]
    fn of_two_tabs_who_learned_it_later_is_believed() {
        let (mut one, mut other) = (Settings::default(), Settings::default());
        one.context_length("ollama/a", 5_000, None);
        let first = one.take_news(Wall::from_epoch_millis(1), 1).unwrap();
        other.context_length("ollama/a", 100, None);
        let second = other.take_news(Wall::from_epoch_millis(2), 2).unwrap();
        for news in [second, first] {
            let (heard, _) = Settings::from_record(&news);
            one.learn(heard.clone(), Wall::from_epoch_millis(2));
            other.learn(heard, Wall::from_epoch_millis(2));
        }
        assert_eq!(one, other);
        assert_eq!(one.take_news(Wall::from_epoch_millis(3), 1), None, "what was heard is not told");
        assert_eq!(one.context_length("ollama/a", 100, None), (4_096, false));
    }

    #[test]
    fn what_was_learned_in_this_visit_stands_against_an_earlier_one() {
        let mut settings = Settings::default();
        settings.context_length("ollama/a", 5_000, None);
        let mut earlier = Settings::default();
        earlier.context_length("ollama/a", 100, None);
        earlier.context_length("ollama/b", 100, None);
        settings.learn(earlier, Wall::default());
        assert_eq!(settings.context_length("ollama/a", 100, None), (8_192, false));
        assert_eq!(settings.context_length("ollama/b", 100, None), (4_096, false));
    }
}
