//! Decisions and exclusions in words: a code, what the sentence was made with, and one sentence that a person can check,
//! with the remedy where there is one.

use super::ask::{Asked, Query};
use super::filter::Fault;
use super::score::{Weighed, tier};
use super::table::Table;
use super::{Choice, Why};
use crate::base::money::Money;
use crate::model::health::{Rest, RestReason};
use crate::model::{EVALUATED, Goal, Locality, Modality, ModelConfig, ModelKey, Provenance, Reason};

/// Why this model was chosen.
pub fn why(
    table: &Table,
    choice: &Choice,
    query: &Query,
    chosen: &ModelConfig,
    cost: Option<Money>,
) -> Reason {
    let name = chosen.name.as_str();
    let place = place(chosen.locality());
    let fitting = choice.fitting;
    let reason = match choice.why {
        Why::Pinned => Reason::new("pinned", format!("You asked for {name}; it {place}.")),
        Why::NamedFallback => {
            let pinned = query.pinned.as_ref().map(ModelKey::to_string).unwrap_or_default();
            let message = format!(
                "{pinned} cannot be asked now, so it is {name}, which you named for that; it {place}."
            );
            Reason::new("named-fallback", message).with("pinned", pinned)
        }
        Why::OnlyOne => Reason::new("only-one", format!("{name} is the only model that fits; it {place}.")),
        Why::Preferred => Reason::new("preferred", format!("The policy prefers {name}; it {place}.")),
        Why::Stays => Reason::new(
            "stays",
            format!(
                "The conversation stays with {name}: no other model is clearly better for it; it {place}."
            ),
        ),
        Why::MoreRoom { instead } => {
            let other = table.key(instead).map(ModelKey::to_string).unwrap_or_default();
            Reason::new(
                "more-room",
                format!("{name} holds the whole conversation; {other} would have been first but does not."),
            )
            .with("instead", other)
        }
        Why::Goal => by_goal(query.goal(), chosen, fitting, choice.first_token_ms, cost),
    };
    let mut reason =
        reason.with("model", address(table, choice.chosen)).with("candidates", f64::from(fitting));
    if choice.is_trimmed {
        reason.message.push_str(" Its oldest turns have to be left out: it does not hold them all.");
        reason = reason.with("room", chosen.context_length.unwrap_or(0) as f64);
    }
    reason
}

fn by_goal(
    goal: Goal,
    chosen: &ModelConfig,
    fitting: u32,
    first_token_ms: f64,
    cost: Option<Money>,
) -> Reason {
    let name = chosen.name.as_str();
    let place = place(chosen.locality());
    let price = match cost {
        None => "has an unknown price".to_owned(),
        Some(Money::ZERO) => "costs nothing".to_owned(),
        Some(cost) => format!("costs about {cost}"),
    };
    match goal {
        Goal::Privacy => Reason::new(
            "most-private",
            format!("{name} {place}; it is the best of {fitting} models that keep it as near."),
        ),
        Goal::Cost => Reason::new("cheapest", format!("{name} {price} and is good enough.")),
        Goal::Quality => {
            let (word, known) = known_by(chosen.provenance().quality);
            let date = if word == "snapshot" { EVALUATED } else { "" };
            Reason::new(
                "best-quality",
                format!(
                    "{name} is expected to give the best answer of {fitting} models that fit{known}{date}."
                ),
            )
            .with("knownBy", word)
        }
        Goal::Speed => {
            let tenths = (first_token_ms / 100.0).round() as u64;
            let (whole, rest) = (tenths / 10, tenths % 10);
            Reason::new(
                "fastest",
                format!(
                    "{name} is expected to answer soonest, with its first word after about {whole}.{rest} s."
                ),
            )
        }
        Goal::Balanced => Reason::new(
            "best-balance",
            format!(
                "{name} is the best balance of quality, cost, speed and privacy among {fitting} models: it {price} and {place}."
            ),
        ),
    }
}

/// How a model's quality is known, in a word and in a sentence.
const fn known_by(provenance: Option<Provenance>) -> (&'static str, &'static str) {
    match provenance {
        Some(Provenance::Probed) => ("probed", ""),
        Some(Provenance::Listed) => ("listed", ", as its provider says"),
        Some(Provenance::Snapshot) => ("snapshot", ", by public evaluations up to "),
        Some(Provenance::Guessed) | None => ("guessed", ", guessed by its name and size"),
    }
}

const fn place(locality: Locality) -> &'static str {
    match locality {
        Locality::Page => "runs in this page, so the text does not leave it",
        Locality::Device => "runs on this machine, so the text does not leave it",
        Locality::Network => "runs on a machine you named",
        Locality::Cloud => "runs in the cloud",
    }
}

/// Where text has to stay.
const fn bounds(farthest: Locality) -> &'static str {
    match farthest {
        Locality::Page => "in this page",
        Locality::Device => "on this machine",
        Locality::Network => "on machines you named",
        Locality::Cloud => "anywhere",
    }
}

fn address(table: &Table, row: u32) -> String {
    table.key(row).map(ModelKey::to_string).unwrap_or_default()
}

/// What a model does that was to write.
const fn makes(modality: Modality) -> &'static str {
    match modality {
        Modality::Text => "write text",
        Modality::Image => "make pictures",
        Modality::Video => "make videos",
    }
}

/// Why a model may not be asked.
pub(super) fn objection(table: &Table, row: u32, fault: Fault, asked: &Asked<'_>) -> Reason {
    let key = table.key(row);
    let provider = key.map(ModelKey::provider).unwrap_or_default();
    let query = asked.query;
    match fault {
        Fault::Gone => Reason::new("gone", "It is not known any more."),
        Fault::NotPinned => {
            let pinned = query.pinned.as_ref().map(ModelKey::to_string).unwrap_or_default();
            let message = format!("The request asks for {pinned} only. Leave out `model`, or name this one in `policy.fallback`.");
            Reason::new("not-pinned", message).with("pinned", pinned)
        }
        Fault::Offline => Reason::new(
            "offline",
            "It is in the cloud and the browser is offline. It can be asked once there is a network.",
        ),
        Fault::TooFar { at, farthest } => {
            let message = format!(
                "What is said must stay {}; this model would take it further, since it {}.",
                bounds(farthest),
                place(at)
            );
            let reason = Reason::new("too-far", message);
            reason.with("locality", at.as_str()).with("stayWithin", farthest.as_str())
        }
        Fault::Denied => Reason::new("denied", "The policy denies it. Take it out of `policy.deny`."),
        Fault::NotAllowed => {
            Reason::new("not-allowed", "The policy allows only other models. Add it to `policy.allow`.")
        }
        Fault::OtherModality => {
            let code = match query.modality {
                Modality::Text => "cannot-chat",
                _ => "wrong-modality",
            };
            Reason::new(code, format!("This model does not {}.", makes(query.modality)))
        }
        Fault::NoWriter => {
            Reason::new("cannot-chat", "This model turns text into numbers for searching; it does not write.")
        }
        Fault::Lacks(word) => {
            Reason::new("lacks-capability", format!("This model cannot do what the request needs: {word}."))
                .with("capability", word)
        }
        Fault::MayLack(word) => Reason::new(
            "capability-unknown",
            format!(
                "Its server does not say whether it can do what the request needs: {word}. If it can, ask for it by name with `model`."
            ),
        )
        .with("capability", word),
        Fault::NoKey => Reason::new(
            "no-key",
            format!("{provider} needs a key and has none. Give it one with mesh.keys.set(\"{provider}\", …)."),
        )
        .with("provider", provider),
        Fault::Resting(rest) => resting(provider, rest),
        Fault::Unavailable => Reason::new(
            "not-available",
            format!("{provider} says that it cannot be used now (mesh.discover() asks again), or the mesh cannot ask for it yet."),
        ),
        _ => by_numbers(table, row, fault, query),
    }
}

/// Why a model is left alone for a while, and how that ends.
fn resting(provider: &str, rest: Rest) -> Reason {
    let reason = match rest.reason {
        RestReason::Cooling => Reason::new(
            "cooling",
            format!("{provider} wants fewer requests: it is asked again after a pause."),
        ),
        RestReason::Failing => Reason::new(
            "failing",
            format!(
                "It failed too often: it is tried again after a pause. mesh.diagnose(\"{provider}\") looks closer."
            ),
        ),
        RestReason::NoCredit => Reason::new(
            "no-credit",
            format!(
                "The account at {provider} has no credit left. Add some and call mesh.discover(), or give it another key."
            ),
        ),
        RestReason::KeyRefused => Reason::new(
            "key-refused",
            format!("{provider} refused its key. Give it another one with mesh.keys.set(\"{provider}\", …)."),
        ),
    };
    let reason = reason.with("provider", provider);
    match rest.retry_at {
        Some(at) => reason.with("retryAt", at.epoch_millis() as f64),
        None => reason,
    }
}

/// Why a model may not be asked, where that is a matter of how much.
fn by_numbers(table: &Table, row: u32, fault: Fault, query: &Query) -> Reason {
    let policy = &query.policy;
    match fault {
        Fault::TooLong { needed, room } => {
            let (whole, holds) = (needed.ceil(), room);
            let remedy = if query.may_trim() {
                "Even without the oldest turns it is too long: shorten the last one."
            } else if query.has_turns {
                "Shorten it, or let the oldest turns be dropped with `policy.context: \"trim\"`."
            } else {
                "Shorten it."
            };
            let message = format!(
                "The request takes about {} tokens with its answer; this model holds {}. {remedy}",
                whole as u64, holds as u64
            );
            Reason::new("context-too-small", message).with("needed", whole).with("room", holds)
        }
        Fault::AnswerTooLong { wanted, most } => Reason::new(
            "output-too-small",
            format!(
                "Its answers end after {} tokens; the request wants up to {}. Lower `maxOutputTokens`.",
                most as u64, wanted as u64
            ),
        )
        .with("wanted", wanted)
        .with("most", most),
        Fault::PriceUnknown => Reason::new(
            "price-unknown",
            "Its price is unknown and the policy caps the cost. Take out `policy.maxCost` to use it all the same.",
        ),
        Fault::TooExpensive { usd } => {
            let (cost, most) = (usd, policy.max_cost.unwrap_or(0.0));
            let message = format!(
                "The answer would cost about {}; the policy allows {}.",
                Money::from_usd(cost).unwrap_or_default(),
                Money::from_usd(most).unwrap_or_default()
            );
            Reason::new("too-expensive", message).with("cost", cost).with("maxCost", most)
        }
        Fault::FirstTokenTooLate { ms } => {
            late("first-token-too-late", "Its first word", ms, policy.max_first_token_ms)
        }
        Fault::TooSlow { ms } => late("too-slow", "The end of its answer", ms, policy.max_total_ms),
        _ => {
            let wants = policy.min_quality.map_or("", crate::model::Quality::as_str);
            let has = table.grade(row).as_str();
            Reason::new("quality-too-low", format!("Its quality is {has}; the policy wants {wants}."))
                .with("quality", has)
                .with("minQuality", wants)
        }
    }
}

fn late(code: &str, what: &str, ms: f64, most: Option<f64>) -> Reason {
    let most = most.unwrap_or(0.0);
    let message = format!(
        "{what} is expected after {} ms; the policy allows {} ms.",
        ms.round() as u64,
        most.round() as u64
    );
    Reason::new(code, message).with("expectedMs", ms.round()).with("maxMs", most)
}

/// What moved a model up or down beside its scores.
pub(super) fn note(table: &Table, weighed: &Weighed, stays: bool) -> Option<Reason> {
    let provider = table.key(weighed.rank.row).map(ModelKey::provider).unwrap_or_default();
    let at = |bit: u32| weighed.rank.tier & bit != 0;
    if stays {
        let message = "The conversation stays with it: no other model is clearly better.";
        return Some(Reason::new("stays", message));
    }
    if at(tier::RESTING | tier::REFUSED)
        && let Some(rest) = table.rest(weighed.rank.row)
    {
        let mut reason = resting(provider, rest);
        reason.message.push_str(" It may be asked all the same, since no other may that answers.");
        return Some(reason);
    }
    if at(tier::DOWN) {
        let message = format!(
            "{provider} did not answer last, so it comes last. mesh.diagnose(\"{provider}\") says why."
        );
        return Some(Reason::new("provider-down", message).with("provider", provider));
    }
    if weighed.share < 1.0 {
        let percent = (weighed.share * 100.0).round();
        let message = format!(
            "It holds only about {} % of the conversation; the oldest turns would be left out.",
            percent as u64
        );
        return Some(Reason::new("trims", message).with("percent", percent));
    }
    if at(tier::DOUBTED) {
        let message = "Nobody knows how much it holds and the request is long: models that are known to hold it come first.";
        return Some(Reason::new("room-unknown", message));
    }
    if at(tier::UNASKED) {
        let message = format!("Nobody asked {provider} yet: providers that are known to answer come first.");
        return Some(Reason::new("provider-unknown", message).with("provider", provider));
    }
    None
}
