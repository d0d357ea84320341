//! Why a model was chosen, in one sentence that a person can check.

use super::{Query, Ranked, matches};
use crate::model::{Goal, Locality, Reason};

pub(super) fn why(first: &Ranked<'_>, fitting: usize, query: &Query) -> Reason {
    let name = first.candidate.config.name.as_str();
    let place = match first.candidate.config.locality() {
        Locality::Page => "runs in this page, so the text does not leave it",
        Locality::Device => "runs on this machine, so the text does not leave it",
        Locality::Network => "runs on a machine you named",
        Locality::Cloud => "runs in the cloud",
    };
    let seconds = first.candidate.estimate.first_token_ms / 1_000.0;
    let preferred = query.policy.prefer.as_deref().unwrap_or_default();
    let reason = if query.pinned.is_some() {
        Reason::new("pinned", format!("You asked for {name}; it {place}."))
    } else if fitting == 1 {
        Reason::new("only-one", format!("{name} is the only model that fits; it {place}."))
    } else if preferred.iter().any(|wish| matches(wish, &first.score.model)) {
        Reason::new("preferred", format!("The policy prefers {name}; it {place}."))
    } else {
        match query.goal() {
            Goal::Privacy => Reason::new(
                "most-private",
                format!("{name} {place}; it is the best of {fitting} models that keep it here."),
            ),
            Goal::Cost => Reason::new("cheapest", format!("{name} {} and is good enough.", price(first))),
            Goal::Quality => Reason::new(
                "best-quality",
                format!("{name} is expected to give the best answer of {fitting} models that fit."),
            ),
            Goal::Speed => Reason::new(
                "fastest",
                format!(
                    "{name} is expected to answer soonest, with its first word after about {seconds:.1} s."
                ),
            ),
            Goal::Balanced => Reason::new(
                "best-balance",
                format!(
                    "{name} is the best balance of quality, cost, speed and privacy among {fitting} models: it {} and {place}.",
                    price(first)
                ),
            ),
        }
    };
    reason.with("model", first.score.model.as_str()).with("candidates", fitting as f64)
}

fn price(ranked: &Ranked<'_>) -> String {
    match ranked.candidate.estimate.cost {
        None => "has an unknown price".to_owned(),
        Some(0.0) => "costs nothing".to_owned(),
        Some(cost) => format!("costs about ${cost:.6}"),
    }
}
