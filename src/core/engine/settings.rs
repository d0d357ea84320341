//! What the engine learned about the user's own servers and keeps between visits: small things that make the next
//! visit quicker, never anything that was said.

use serde::Serialize;
use serde_json::Value;

use crate::base::json::{self, Fields};

/// What the engine learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    /// The context window each Ollama model was last loaded with, by address. Ollama loads a model anew when it
    /// changes, so it stays the same for as long as prompts fit.
    context_lengths: Vec<(String, u64)>,
}

/// The smallest window that is asked for, tokens.
const SMALLEST_CONTEXT: u64 = 4_096;

impl Settings {
    /// The context window to ask for: what this model had before if that is enough, else the next power of two,
    /// never more than the model holds. The second value tells whether it is news.
    pub(super) fn context_length(&mut self, model: &str, needed: u64, largest: Option<u64>) -> (u64, bool) {
        let known = self.context_lengths.iter_mut().find(|(known, _)| known == model);
        let before = known.as_ref().map(|(_, length)| *length);
        let wanted = needed.max(SMALLEST_CONTEXT).checked_next_power_of_two().unwrap_or(u64::MAX);
        let chosen = wanted.max(before.unwrap_or(0)).min(largest.unwrap_or(u64::MAX)).max(1);
        match known {
            Some((_, length)) => *length = chosen,
            None => self.context_lengths.push((model.to_owned(), chosen)),
        }
        (chosen, before != Some(chosen))
    }

    pub(super) fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept.
    pub(super) fn from_record(bytes: &[u8]) -> (Self, usize) {
        let Some(entries) = entries(bytes) else { return (Self::default(), 1) };
        let all = entries.len();
        let context_lengths: Vec<_> = entries.into_iter().filter_map(context_length).collect();
        let dropped = all - context_lengths.len();
        (Self { context_lengths }, dropped)
    }

    /// Takes over what an earlier visit left of models that nothing is known of yet.
    pub(super) fn recall(&mut self, earlier: Self) {
        for (model, length) in earlier.context_lengths {
            if !self.context_lengths.iter().any(|(known, _)| *known == model) {
                self.context_lengths.push((model, length));
            }
        }
    }
}

fn entries(bytes: &[u8]) -> Option<Vec<Value>> {
    let mut fields = Fields::of(json::read(bytes).ok()?, "").ok()?;
    fields.need("contextLengths").ok()
}

/// `["ollama/llama3.2", 8192]`
fn context_length(entry: Value) -> Option<(String, u64)> {
    Some((entry.get(0)?.as_str()?.to_owned(), entry.get(1)?.as_u64()?))
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
    fn what_was_learned_in_this_visit_stands_against_an_earlier_one() {
        let mut settings = Settings::default();
        settings.context_length("ollama/a", 5_000, None);
        let mut earlier = Settings::default();
        earlier.context_length("ollama/a", 100, None);
        earlier.context_length("ollama/b", 100, None);
        settings.recall(earlier);
        assert_eq!(settings.context_length("ollama/a", 100, None), (8_192, false));
        assert_eq!(settings.context_length("ollama/b", 100, None), (4_096, false));
    }
}
