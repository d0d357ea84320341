//! Adds up what a generation did, used and cost.

use super::generation::Generation;
use super::shared::Shared;
use crate::base::money::Money;
use crate::base::time::{Now, millis};
use crate::estimate;
use crate::model::receipt::Cached;
use crate::model::{CostKind, FinishReason, Locality, ModelKey, Price, Receipt, Usage};
use crate::route;

/// The receipt of a generation that made at least one attempt. The cost is that of the model asked last: models
/// that failed before it have said nothing, and no provider is known to charge for that.
pub(super) fn of(
    generation: &Generation,
    finish: FinishReason,
    shared: &Shared,
    now: Now,
) -> Option<Receipt> {
    let last = generation.attempts.last()?;
    let decision = generation.decision.clone()?;
    let key = ModelKey::parse(&last.model)?;
    let entry = shared.catalogue.entry(&key);
    let locality = entry.map_or(Locality::Cloud, |entry| entry.config().locality());
    let price = entry.and_then(|entry| entry.config().price);
    let usage = generation.usage;
    let (cost, cost_kind) = estimate::settled_cost(price.as_ref(), &usage);
    let span = generation
        .first_token
        .zip(generation.last_token())
        .map(|(first, last)| last.since(first).as_secs_f64())
        .filter(|seconds| *seconds > 0.0);
    Some(Receipt {
        id: generation.id.as_str().to_owned(),
        model: last.model.clone(),
        provider: key.provider().to_owned(),
        locality,
        is_local: locality.is_local(),
        cached: Cached::No(false),
        finish,
        attempts: generation.attempts.clone(),
        usage,
        cost: cost.map(Money::usd),
        cost_kind: if cost.is_none() { CostKind::Unknown } else { cost_kind },
        saved: saved(generation, cost, &usage, shared),
        duration_ms: millis(now.monotonic.since(generation.started.monotonic)),
        first_token_ms: generation.first_token.map(|at| millis(at.since(generation.started.monotonic))),
        // The first token starts the clock, so it is not counted.
        tokens_per_second: span
            .filter(|_| usage.output_tokens > 1)
            .map(|seconds| ((usage.output_tokens - 1) as f64 / seconds * 100.0).round() / 100.0),
        decision,
        cache_key: None,
        masked: None,
    })
}

/// USD saved against the first cloud model of known price that the same goal would rank without local models;
/// where it must stay and whether it answers are set aside.
fn saved(generation: &Generation, cost: Option<Money>, usage: &Usage, shared: &Shared) -> f64 {
    let Some(cost) = cost else { return 0.0 };
    let mut query = generation.query.clone();
    query.pinned = None;
    query.sensitive = false;
    query.is_online = true;
    query.policy.stay_within = None;
    query.policy.fallback = None;
    let cloud = shared
        .candidates(&query)
        .filter(|candidate| {
            candidate.config.locality() == Locality::Cloud && candidate.config.price.is_some()
        })
        .map(|mut candidate| {
            candidate.provider_state = crate::model::health::ProviderState::Up;
            candidate
        });
    let Ok(decision) = route::decide(cloud, &query) else { return 0.0 };
    let would_cost = decision.chosen.price.and_then(|price: Price| estimate::cost(&price, usage));
    would_cost.map_or(0.0, |would_cost| (would_cost.usd() - cost.usd()).max(0.0))
}
