//! How fast a model is.

/// How fast a model is expected to be, whatever it is asked. Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// From the request to the first token of an answer to an empty prompt, once the model is loaded.
    pub ready_ms: f64,
    /// Until it is loaded; 0 where it is.
    pub load_ms: f64,
    /// For each token of the prompt.
    pub prompt_token_ms: f64,
    /// For each token of the answer.
    pub token_ms: f64,
}

impl Pace {
    /// Milliseconds to the first token of an answer to a prompt of this many tokens.
    pub fn first_token_ms(&self, input_tokens: f64) -> f64 {
        self.ready_ms + self.load_ms + self.prompt_token_ms * input_tokens
    }
}

/// How fast a model was in the requests that were made here, the last ones counting most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Milliseconds to the first token, once the model was loaded.
    pub first_token_ms: Option<f64>,
    /// Tokens of the prompts that this was measured with.
    pub input_tokens: f64,
    /// Tokens of the answer a second.
    pub tokens_per_second: Option<f64>,
}
