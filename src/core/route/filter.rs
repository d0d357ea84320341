//! What a model must not lack. Filters are absolute: no score makes up for one.

use super::{Candidate, Query, matches};
use crate::model::policy::Within;
use crate::model::{Goal, Locality, Reason};

/// Why this model may not be asked; `None` where it may.
pub(super) fn objection(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    pin(candidate, query)
        .or_else(|| distance(candidate, query))
        .or_else(|| lists(candidate, query))
        .or_else(|| abilities(candidate, query))
        .or_else(|| room(candidate, query))
        .or_else(|| limits(candidate, query))
}

fn pin(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    let pinned = query.pinned.as_ref()?;
    let is_fallback = match &query.policy.fallback {
        Some(crate::model::policy::Fallback::Models(named)) => {
            named.iter().any(|name| matches(name, &candidate.key.to_string()))
        }
        _ => false,
    };
    (!is_fallback && !matches(&pinned.to_string(), &candidate.key.to_string())).then(|| {
        Reason::new("not-pinned", format!("The request asks for {pinned} only."))
            .with("pinned", pinned.to_string())
    })
}

fn distance(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    let locality = candidate.config.locality();
    if !query.is_online && locality == Locality::Cloud {
        return Some(Reason::new("offline", "The browser is offline and this model is in the cloud."));
    }
    let stated = query.policy.stay_within;
    let within = if query.sensitive && query.goal() == Goal::Privacy {
        Some(match stated {
            Some(Within::Page) => Within::Page,
            _ => Within::Device,
        })
    } else {
        stated
    };
    let farthest = Locality::from(within?);
    (locality > farthest).then(|| {
        let place = match farthest {
            Locality::Page => "this page",
            Locality::Device => "this machine",
            _ => "machines you named",
        };
        Reason::new("too-far", format!("The text must stay on {place}; this model would take it further."))
            .with("locality", locality.as_str())
            .with("stayWithin", farthest.as_str())
    })
}

fn lists(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    let address = candidate.key.to_string();
    if query.policy.deny.iter().flatten().any(|name| matches(name, &address)) {
        return Some(Reason::new("denied", "The policy denies this model."));
    }
    let allow = query.policy.allow.as_deref()?;
    (!allow.iter().any(|name| matches(name, &address)))
        .then(|| Reason::new("not-allowed", "The policy allows only other models."))
}

fn abilities(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    if candidate.config.modality != query.modality
        || candidate.config.has("embedding") && !query.needs.contains(&"embedding")
    {
        return Some(Reason::new("cannot-chat", "This model does not write text."));
    }
    let missing = query.needs.iter().find(|need| !candidate.config.has(need))?;
    Some(
        Reason::new("lacks-capability", format!("This model is not known to support {missing}."))
            .with("capability", *missing),
    )
}

fn room(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    let room = candidate.config.context_length?;
    let needed = query.input_tokens;
    (needed >= room).then(|| {
        Reason::new(
            "context-too-small",
            format!("The messages take about {needed} tokens; this model holds {room}."),
        )
        .with("needed", needed as f64)
        .with("room", room as f64)
    })
}

fn limits(candidate: &Candidate<'_>, query: &Query) -> Option<Reason> {
    let estimate = &candidate.estimate;
    let policy = &query.policy;
    if let Some(least) = policy.min_quality
        && candidate.config.quality < least
    {
        let (has, wants) = (candidate.config.quality.as_str(), least.as_str());
        return Some(
            Reason::new("quality-too-low", format!("Its quality is {has}; the policy wants {wants}."))
                .with("quality", has)
                .with("minQuality", wants),
        );
    }
    if let Some(most) = policy.max_cost {
        match estimate.cost {
            None => {
                return Some(Reason::new(
                    "price-unknown",
                    "Its price is unknown and the policy caps the cost.",
                ));
            }
            Some(cost) if cost > most => {
                return Some(
                    Reason::new(
                        "too-expensive",
                        format!("The answer would cost about ${cost:.6}; the policy allows ${most:.6}."),
                    )
                    .with("cost", cost)
                    .with("maxCost", most),
                );
            }
            Some(_) => {}
        }
    }
    let late = |code: &str, what: &str, takes: f64, most: f64| {
        Reason::new(code, format!("{what} is expected after {takes:.0} ms; the policy allows {most:.0} ms."))
            .with("expectedMs", takes)
            .with("maxMs", most)
    };
    if let Some(most) = policy.max_first_token_ms.filter(|most| estimate.first_token_ms > *most) {
        return Some(late("first-token-too-late", "Its first word", estimate.first_token_ms, most));
    }
    let most = policy.max_total_ms.filter(|most| estimate.total_ms > *most)?;
    Some(late("too-slow", "The end of its answer", estimate.total_ms, most))
}
