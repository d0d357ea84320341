//! How fast a model was: of the answers it gave here, the last ones counting most.

use crate::model::Measured;

/// How much of the remembered value a new answer replaces: after three answers two thirds are of these.
const SHARE_OF_LAST: f64 = 0.3;

/// Fewer tokens than this tell no rate.
const FEWEST_TOKENS: u64 = 8;

/// Milliseconds below which an answer came out of somebody's buffer, not out of a model.
const SHORTEST_WRITING_MS: f64 = 100.0;

/// How long an answer took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Milliseconds from the request to the first word or thought.
    pub first_token_ms: f64,
    /// Whether the model had to be loaded first, as far as known. Then the time to its first token says nothing of
    /// the next.
    pub was_cold: bool,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens that were shown.
    pub output_tokens: u64,
    /// Milliseconds from the first word to the last.
    pub writing_ms: f64,
}

/// What is remembered after one more answer.
pub(super) fn after(before: Measured, timing: &Timing) -> Measured {
    let mut measured = before;
    if !timing.was_cold && timing.first_token_ms > 0.0 {
        let is_first = before.first_token_ms.is_none();
        measured.first_token_ms = Some(mixed(before.first_token_ms, timing.first_token_ms));
        let tokens = timing.input_tokens as f64;
        measured.input_tokens = mixed((!is_first).then_some(before.input_tokens), tokens);
    }
    if timing.output_tokens >= FEWEST_TOKENS && timing.writing_ms >= SHORTEST_WRITING_MS {
        // The first token starts the clock, so it is not counted.
        let rate = (timing.output_tokens - 1) as f64 * 1_000.0 / timing.writing_ms;
        measured.tokens_per_second = Some(mixed(before.tokens_per_second, rate));
    }
    measured
}

fn mixed(before: Option<f64>, last: f64) -> f64 {
    before.map_or(last, |before| before + SHARE_OF_LAST * (last - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Timing = Timing {
        first_token_ms: 1_000.0,
        was_cold: false,
        input_tokens: 100,
        output_tokens: 101,
        writing_ms: 1_000.0,
    };

    #[test]
    fn the_first_answer_is_believed_and_later_ones_move_it() {
        let one = after(Measured::default(), &ANSWER);
        assert_eq!(
            one,
            Measured { first_token_ms: Some(1_000.0), input_tokens: 100.0, tokens_per_second: Some(100.0) }
        );
        let two = after(one, &Timing { first_token_ms: 2_000.0, writing_ms: 2_000.0, ..ANSWER });
        assert_eq!((two.first_token_ms, two.tokens_per_second), (Some(1_300.0), Some(85.0)));
    }

    #[test]
    fn loading_is_not_taken_for_reading() {
        let cold = after(Measured::default(), &Timing { was_cold: true, ..ANSWER });
        assert_eq!((cold.first_token_ms, cold.tokens_per_second), (None, Some(100.0)));
    }

    #[test]
    fn a_word_or_a_buffer_tells_no_rate() {
        for short in [Timing { output_tokens: 2, ..ANSWER }, Timing { writing_ms: 5.0, ..ANSWER }] {
            assert_eq!(after(Measured::default(), &short).tokens_per_second, None);
        }
    }
}
