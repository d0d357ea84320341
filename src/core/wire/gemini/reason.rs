//! Why answers end, in the service's words.

/// What the reason of an ending means.
pub(super) enum Reason {
    Stop,
    Length,
    /// Somebody's filter cut it.
    Filter,
    /// The model wrote a call that makes no sense.
    BadCall,
    /// Anything else, also what is not known yet.
    Other,
}

impl Reason {
    /// By the word; one that nobody knows yet is [`Reason::Other`].
    pub(super) fn of(reason: &str) -> Self {
        match reason {
            "STOP" => Self::Stop,
            "MAX_TOKENS" => Self::Length,
            "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "MODEL_ARMOR"
            | "JAILBREAK" => Self::Filter,
            "MALFORMED_FUNCTION_CALL"
            | "UNEXPECTED_TOOL_CALL"
            | "TOO_MANY_TOOL_CALLS"
            | "MALFORMED_RESPONSE" => Self::BadCall,
            _ => Self::Other,
        }
    }
}
