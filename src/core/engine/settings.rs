//! What the engine learned about the user's own servers and keeps between visits: small things that make the next
//! visit quicker, never anything that was said.

use serde::{Deserialize, Serialize};

/// What the engine learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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

    /// From stored bytes; empty where they do not parse.
    pub(super) fn from_record(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }
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
        assert_eq!(Settings::from_record(&settings.to_record()), settings);
        assert_eq!(Settings::from_record(b"[]"), Settings::default());
    }
}
