//! Tokens as a server counted them.

use serde_json::Value;

use crate::model::Usage;
use crate::wire::tolerant::count;

/// From an answer's `usage`; `None` where it does not count the prompt.
pub(in crate::wire) fn usage(counts: &Value) -> Option<Usage> {
    let of = |path: &str| count(counts.pointer(path));
    let input_tokens = of("/prompt_tokens")?;
    let completion = of("/completion_tokens").unwrap_or_default();
    // Some servers leave the thinking out of `completion_tokens`, but none out of `total_tokens`.
    let rest = of("/total_tokens").unwrap_or_default().saturating_sub(input_tokens);
    Some(Usage {
        input_tokens,
        output_tokens: completion.max(rest),
        cached_input_tokens: of("/prompt_tokens_details/cached_tokens"),
        reasoning_tokens: of("/completion_tokens_details/reasoning_tokens"),
        estimated: false,
    })
}
