//! Which model is asked, and why: hard filters first, then scores by the goal. Pure and without side effect:
//! the same table and query always give the same decision.

mod difficulty;
mod filter;
mod reason;
mod score;

use core::cmp::Ordering;

pub use difficulty::difficulty;

use crate::model::health::ProviderState;
use crate::model::policy::Fallback;
use crate::model::{
    Decision, Estimate, Exclusion, Explanation, Goal, Modality, ModelConfig, ModelKey, Policy, Score,
};

/// How many models the router's own chain holds at most.
const CHAIN_LENGTH: usize = 5;

/// A model as the router sees it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its address.
    pub key: &'a ModelKey,
    /// Its public description.
    pub config: &'a ModelConfig,
    /// Expected quality of its answers, 0 to 1.
    pub quality: f64,
    /// What its answer is expected to take.
    pub estimate: Estimate,
    /// Whether its provider answers, as far as known.
    pub provider_state: ProviderState,
}

/// What a request asks of a model. Holds nothing that was said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The goal and limits.
    pub policy: Policy,
    /// The only model the caller wants.
    pub pinned: Option<ModelKey>,
    /// What is made.
    pub modality: Modality,
    /// What the model must be able to do: "tools", "reasoning" …
    pub needs: Vec<&'static str>,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// How hard the request looks, 0 to 1.
    pub difficulty: f64,
    /// Whether it has to be treated as private.
    pub sensitive: bool,
    /// Whether the browser says there is a network.
    pub is_online: bool,
}

impl Query {
    /// The goal.
    pub fn goal(&self) -> Goal {
        self.policy.goal.unwrap_or_default()
    }
}

/// A candidate that passed the filters, with its scores.
struct Ranked<'a> {
    candidate: Candidate<'a>,
    score: Score,
    preference: usize,
}

/// Chooses a model and its fallbacks; where nothing fits, says of every model why not.
pub fn decide<'a>(
    candidates: impl Iterator<Item = Candidate<'a>>,
    query: &Query,
) -> Result<Decision, Vec<Exclusion>> {
    let (ranked, excluded) = rank(candidates, query);
    let Some(first) = ranked.first() else { return Err(excluded) };
    let address = |ranked: &Ranked<'_>| ranked.candidate.key.to_string();
    let chain = match &query.policy.fallback {
        Some(Fallback::Allowed(false)) => vec![address(first)],
        Some(Fallback::Models(named)) => {
            let mut chain = vec![address(first)];
            for name in named {
                let fitting = ranked.iter().map(address).filter(|address| matches(name, address));
                for address in fitting.collect::<Vec<_>>() {
                    if !chain.contains(&address) {
                        chain.push(address);
                    }
                }
            }
            chain
        }
        _ if query.pinned.is_some() => vec![address(first)],
        _ => ranked.iter().take(CHAIN_LENGTH).map(address).collect(),
    };
    Ok(Decision {
        chosen: first.candidate.config.clone(),
        chain,
        goal: query.goal(),
        why: reason::why(first, ranked.len(), query),
        difficulty: query.difficulty,
        sensitive: query.sensitive,
        estimate: first.candidate.estimate,
    })
}

/// Every candidate with its scores, best first, and every model that was left out.
pub fn explain<'a>(candidates: impl Iterator<Item = Candidate<'a>>, query: &Query) -> Explanation {
    let (ranked, excluded) = rank(candidates, query);
    Explanation { scores: ranked.into_iter().map(|ranked| ranked.score).collect(), excluded }
}

fn rank<'a>(
    candidates: impl Iterator<Item = Candidate<'a>>,
    query: &Query,
) -> (Vec<Ranked<'a>>, Vec<Exclusion>) {
    let mut ranked = Vec::new();
    let mut excluded = Vec::new();
    for candidate in candidates {
        if let Some(reason) = filter::objection(&candidate, query) {
            excluded.push(Exclusion { model: candidate.key.to_string(), reason });
            continue;
        }
        let score = score::score(&candidate, query);
        let preference = preference(&score.model, query);
        ranked.push(Ranked { candidate, score, preference });
    }
    ranked.sort_unstable_by(order);
    excluded.sort_unstable_by(|one, other| one.model.cmp(&other.model));
    (ranked, excluded)
}

/// What does not answer comes last, what the caller prefers first, then what is known to answer, then the better
/// score, then the address, so that the order never depends on chance.
fn order(one: &Ranked<'_>, other: &Ranked<'_>) -> Ordering {
    let is_down = |ranked: &Ranked<'_>| {
        ranked.candidate.provider_state == ProviderState::Down || !ranked.candidate.config.is_available
    };
    let is_unknown = |ranked: &Ranked<'_>| ranked.candidate.provider_state == ProviderState::Unknown;
    is_down(one)
        .cmp(&is_down(other))
        .then(one.preference.cmp(&other.preference))
        .then(is_unknown(one).cmp(&is_unknown(other)))
        .then(other.score.total.total_cmp(&one.score.total))
        .then(one.candidate.key.cmp(other.candidate.key))
}

fn preference(address: &str, query: &Query) -> usize {
    let preferred = query.policy.prefer.as_deref().unwrap_or_default();
    preferred.iter().position(|name| matches(name, address)).unwrap_or(preferred.len())
}

/// Whether `name`, a provider or a model's address, names the model at `address`. Ollama's `latest` tag may be
/// left out.
fn matches(name: &str, address: &str) -> bool {
    let bare = address.strip_suffix(":latest").unwrap_or(address);
    name == address || name == bare || address.split_once('/').is_some_and(|(provider, _)| provider == name)
}

#[cfg(test)]
mod tests;
