//! OpenRouter: one API before the models of many hosts.
//!
//! It speaks chat completions, which `openai` reads and writes, and adds what is its own: which hosts may be used,
//! what an answer cost, the details of the thinking that it wants back, and errors with their reasons.

mod details;
mod models;
mod record;
mod refuse;
mod request;

pub(super) use details::Details;
pub use models::{models, parse_models};
pub(super) use record::is_record;
pub use record::{parse_record, record};
pub use refuse::classify;
pub(super) use refuse::refuse;
pub use request::{chat, embed, key, root};

use serde_json::Value;

use super::scan::text_at;
use crate::base::money::Money;

/// What an answer cost when it ended, from its `usage` and the text of the frame that holds it; `None` where it does not say.
///
/// With a key of the user's own at the host (BYOK), `cost` is only OpenRouter's fee; the host's bill comes on top.
pub(super) fn billed(usage: &Value, text: &str) -> Option<Money> {
    let fee = amount(usage, text, "/cost", &["usage", "cost"]);
    let path = ["usage", "cost_details", "upstream_inference_cost"];
    both(usage, fee, || amount(usage, text, "/cost_details/upstream_inference_cost", &path))
}

fn both(told: &Value, fee: Option<Money>, upstream: impl FnOnce() -> Option<Money>) -> Option<Money> {
    let is_own_key = told.get("is_byok").and_then(Value::as_bool) == Some(true);
    match (fee, is_own_key.then(upstream).flatten()) {
        (None, None) => None,
        (fee, upstream) => Some(fee.unwrap_or(Money::ZERO) + upstream.unwrap_or(Money::ZERO)),
    }
}

/// An amount of dollars, read from its digits: a parsed number may be off by a little.
fn amount(usage: &Value, text: &str, pointer: &str, path: &[&str]) -> Option<Money> {
    match usage.pointer(pointer)? {
        Value::Number(number) => {
            let exact = text_at(text, path).and_then(Money::from_decimal);
            exact.or_else(|| Money::from_usd(number.as_f64()?))
        }
        Value::String(number) => Money::from_decimal(number),
        _ => None,
    }
}
