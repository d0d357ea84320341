//! How well a model that may be asked serves the goal.

use super::{Candidate, Query};
use crate::model::{Goal, Locality, Score};

/// How much each part counts; the parts of a goal add up to 1.
struct Weights {
    quality: f64,
    cost: f64,
    speed: f64,
    locality: f64,
}

const fn weights(goal: Goal) -> Weights {
    match goal {
        Goal::Privacy => Weights { quality: 0.20, cost: 0.05, speed: 0.10, locality: 0.65 },
        Goal::Cost => Weights { quality: 0.20, cost: 0.60, speed: 0.10, locality: 0.10 },
        Goal::Quality => Weights { quality: 0.85, cost: 0.05, speed: 0.05, locality: 0.05 },
        Goal::Speed => Weights { quality: 0.15, cost: 0.05, speed: 0.75, locality: 0.05 },
        Goal::Balanced => Weights { quality: 0.40, cost: 0.20, speed: 0.20, locality: 0.20 },
    }
}

/// USD at which an answer loses half of its cost score.
const HALF_COST: f64 = 0.002;

/// Milliseconds at which an answer loses half of its speed score.
const HALF_TIME_MS: f64 = 8_000.0;

/// The scores of this model.
pub(super) fn score(candidate: &Candidate<'_>, query: &Query) -> Score {
    let weights = weights(query.goal());
    let quality = if query.goal() == Goal::Quality {
        candidate.quality
    } else {
        // Good enough is as good as the best: an easy question does not need a large model.
        let needed = 0.25 + 0.6 * query.difficulty;
        (candidate.quality / needed).min(1.0)
    };
    let cost = candidate.estimate.cost.map_or(0.0, |usd| HALF_COST / (HALF_COST + usd));
    let speed = HALF_TIME_MS / (HALF_TIME_MS + candidate.estimate.total_ms);
    let locality = match candidate.config.locality() {
        Locality::Page => 1.0,
        Locality::Device => 0.95,
        Locality::Network => 0.5,
        Locality::Cloud => 0.0,
    };
    let total =
        weights.quality * quality + weights.cost * cost + weights.speed * speed + weights.locality * locality;
    Score { model: candidate.key.to_string(), total, quality, cost, speed, locality }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_every_goal_add_up_to_one() {
        for goal in [Goal::Privacy, Goal::Cost, Goal::Quality, Goal::Speed, Goal::Balanced] {
            let Weights { quality, cost, speed, locality } = weights(goal);
            assert!((quality + cost + speed + locality - 1.0).abs() < 1e-12);
        }
    }
}
