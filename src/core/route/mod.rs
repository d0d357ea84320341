//! Which model is asked, and why: hard filters first, then scores by the goal. Pure and without side effect: the same
//! table and query always give the same decision.
//!
//! A decision is one walk over the table's columns: bits, then numbers, then a score; only the best few are kept, and no
//! word is made for the others. Why a model was left out is worked out when somebody asks.

mod ask;
mod difficulty;
mod filter;
mod reason;
mod score;
mod table;

use core::cmp::Ordering;

pub use ask::Query;
pub use difficulty::difficulty;
pub use reason::why;
pub use table::{Row, Table};

use self::ask::Asked;
use self::filter::{Fault, Trust};
use self::score::{Rank, Weighed, tier};
use self::table::bit;
use crate::base::order;
use crate::model::policy::Fallback;
use crate::model::{Exclusion, Explanation, Locality, ModelKey, Score};

/// How many models the router's own chain holds at most, and how many of a provider that is named as a fallback.
const CHAIN_LENGTH: usize = 5;

/// By how much another model's total must be higher for a conversation to leave its model. A change costs: the new model
/// reads everything anew, and speaks otherwise. Under the goal "quality" this is about a model three times as large, under
/// "cost" an answer at a fifth of the price.
const STAYING: f64 = 0.10;

/// What was decided. The numbers of rows hold until the table changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The row to ask first.
    pub chosen: u32,
    /// The chosen row, then the fallbacks in order.
    pub chain: Vec<u32>,
    /// Why this one.
    pub why: Why,
    /// How many models passed the filters.
    pub fitting: u32,
    /// Tokens of the prompt as this model counts them, without what does not fit.
    pub input_tokens: u64,
    /// Milliseconds to the first token that are expected.
    pub first_token_ms: f64,
    /// Milliseconds to the end that are expected.
    pub total_ms: f64,
    /// Whether the oldest turns have to be dropped for it.
    pub is_trimmed: bool,
}

/// Why a row was chosen; [`why`] says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The caller asked for it.
    Pinned,
    /// The caller asked for another that cannot be asked, and named this one for that.
    NamedFallback,
    /// No other passed the filters.
    OnlyOne,
    /// The policy prefers it.
    Preferred,
    /// The conversation is held with it.
    Stays,
    /// Another would have been chosen but does not hold the whole conversation.
    MoreRoom {
        /// The row of the other.
        instead: u32,
    },
    /// It serves the goal best.
    Goal,
}

/// What asking one model is expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Milliseconds to the first token.
    pub first_token_ms: f64,
    /// USD; not a number where the price is unknown.
    pub usd: f64,
}

/// What asking this model is expected to take; `None` where it is not known or does not serve the query.
pub fn forecast(table: &Table, query: &Query, key: &ModelKey) -> Option<Forecast> {
    let weighed = table.weigh(table.find(key)? as usize, &Asked::of(table, query)).ok()?;
    Some(Forecast { first_token_ms: weighed.first_token_ms, usd: weighed.usd })
}

/// Chooses a model and its fallbacks; `None` where nothing fits ([`exclusions`] says why).
pub fn decide(table: &Table, query: &Query) -> Option<Choice> {
    let asked = asked(table, query);
    if query.pinned.is_some() {
        return pinned(table, &asked);
    }
    let walk = Walk::of(table, &asked, 0..table.len());
    let best = *walk.best.first()?;
    let incumbent = staying(table, &asked, best);
    let first = incumbent.unwrap_or(best);
    let why = match walk.too_long {
        _ if asked.has_preferences && is_preferred(table, &asked, first.row) => Why::Preferred,
        _ if incumbent.is_some() && walk.fitting > 1 => Why::Stays,
        Some(other) if other.is_before(&first) => Why::MoreRoom { instead: other.row },
        _ if walk.fitting == 1 => Why::OnlyOne,
        _ => Why::Goal,
    };
    let chain = match &query.policy.fallback {
        Some(Fallback::Allowed(false)) => vec![first.row],
        Some(Fallback::Models(names)) => named_chain(table, &asked, names, vec![first.row]),
        _ => {
            let mut chain = Vec::with_capacity(CHAIN_LENGTH);
            chain.push(first.row);
            chain.extend(walk.best.iter().map(|rank| rank.row).filter(|row| *row != first.row));
            chain.truncate(CHAIN_LENGTH);
            chain
        }
    };
    choice(table, &asked, chain, why, walk.fitting)
}

/// What is asked of the models. Those that are left alone for a while may be asked all the same where nobody else may
/// who answers: the last one is never shut out. Who is asked for by name, or named for that, is compared in any case.
fn asked<'a>(table: &Table, query: &'a Query) -> Asked<'a> {
    let mut asked = Asked::of(table, query);
    if !table.has_rests() {
        return asked;
    }
    for ease in [bit::RESTING, bit::REFUSED] {
        let is_served = query.pinned.is_none()
            && Walk::of(table, &asked, 0..table.len())
                .best
                .first()
                .is_some_and(|best| best.tier & tier::DOWN == 0 || ease == bit::REFUSED);
        if !is_served {
            asked.forbidden &= !ease;
        }
    }
    asked
}

/// Whom to ask when all of a chain failed: of each provider that has no model in it the best one, those that are left
/// alone for a while among them. Best first.
pub fn spare(table: &Table, query: &Query, is_in_chain: impl Fn(&str) -> bool) -> Vec<u32> {
    let mut asked = Asked::of(table, query);
    asked.forbidden &= !bit::RESTING;
    let provider = |row: u32| table.key(row).map(ModelKey::provider).unwrap_or_default();
    let mut best: Vec<Rank> = Vec::new();
    for row in 0..table.len() {
        if is_in_chain(provider(row as u32)) || table.fault(row, &asked).is_some() {
            continue;
        }
        let Ok(Weighed { rank, .. }) = table.weigh(row, &asked) else { continue };
        match best.iter_mut().find(|known| provider(known.row) == provider(rank.row)) {
            Some(known) if rank.is_before(known) => *known = rank,
            Some(_) => {}
            None => best.push(rank),
        }
    }
    order::sort_by(
        &mut best,
        |one, other| if one.is_before(other) { Ordering::Less } else { Ordering::Greater },
    );
    best.into_iter().map(|rank| rank.row).collect()
}

/// The first cloud model of known price that the same goal would rank, wherever the text has to stay, whoever is asked
/// for, whatever keys there are and whoever answers.
pub fn best_in_cloud(table: &Table, query: &Query) -> Option<u32> {
    let mut query = query.clone();
    query.pinned = None;
    query.sensitive = false;
    query.is_online = true;
    query.policy.stay_within = None;
    // Under any cap a model of unknown price is left out.
    query.policy.max_cost = query.policy.max_cost.or(Some(f64::MAX));
    let mut asked = Asked::of(table, &query);
    asked.required |= bit::locality(Locality::Cloud);
    asked.forbidden &= !(bit::NO_KEY | bit::RESTING | bit::REFUSED);
    asked.counted = 0;
    Walk::of(table, &asked, 0..table.len()).best.first().map(|rank| rank.row)
}

/// Every candidate with its scores, best first, and every model that was left out.
pub fn explain(table: &Table, query: &Query) -> Explanation {
    let asked = asked(table, query);
    let chosen = decide(table, query).map(|choice| (choice.chosen, choice.why));
    let mut weighed: Vec<Weighed> = Vec::new();
    for row in 0..table.len() {
        if table.fault(row, &asked).is_none()
            && let Ok(one) = table.weigh(row, &asked)
        {
            weighed.push(one);
        }
    }
    let is_chosen = |one: &Weighed| chosen.is_some_and(|(row, _)| row == one.rank.row);
    order::sort_by(&mut weighed, |one, other| {
        let by_rank = || if one.rank.is_before(&other.rank) { Ordering::Less } else { Ordering::Greater };
        is_chosen(other).cmp(&is_chosen(one)).then_with(by_rank)
    });
    let scores = weighed
        .iter()
        .map(|one| Score {
            model: table.key(one.rank.row).map(ToString::to_string).unwrap_or_default(),
            total: one.rank.total,
            quality: one.quality,
            cost: one.cost,
            speed: one.speed,
            locality: one.locality,
            note: reason::note(table, one, chosen == Some((one.rank.row, Why::Stays))),
        })
        .collect();
    Explanation { scores, excluded: exclusions(table, query) }
}

/// Every model that was left out, by address, and why.
pub fn exclusions(table: &Table, query: &Query) -> Vec<Exclusion> {
    let asked = asked(table, query);
    faults(table, &asked).map(|(row, fault)| exclusion(table, &asked, row, fault)).collect()
}

/// Of the models that were left out, one that passed most filters: it is the likeliest to be of use. The pinned one
/// where there is one.
pub fn nearest_miss(table: &Table, query: &Query) -> Option<Exclusion> {
    let asked = Asked::of(table, query);
    let (row, fault) = faults(table, &asked).min_by_key(|(_, fault)| distance(fault))?;
    Some(exclusion(table, &asked, row, fault))
}

fn faults<'a>(table: &'a Table, asked: &'a Asked<'_>) -> impl Iterator<Item = (u32, Fault)> + 'a {
    (0..table.len()).filter_map(|row| Some((row as u32, table.fault(row, asked)?)))
}

fn exclusion(table: &Table, asked: &Asked<'_>, row: u32, fault: Fault) -> Exclusion {
    let model = table.key(row).map(ToString::to_string).unwrap_or_default();
    Exclusion { model, reason: reason::objection(table, row, fault, asked) }
}

/// How much would have to change for the model to be asked.
const fn distance(fault: &Fault) -> u8 {
    match fault {
        Fault::NoKey | Fault::Unavailable | Fault::Resting(_) => 0,
        Fault::TooLong { .. }
        | Fault::AnswerTooLong { .. }
        | Fault::TooWeak
        | Fault::FirstTokenTooLate { .. }
        | Fault::TooSlow { .. }
        | Fault::PriceUnknown
        | Fault::TooExpensive { .. } => 1,
        Fault::MayLack(_) | Fault::Offline => 2,
        Fault::Denied | Fault::NotAllowed => 3,
        Fault::Lacks(_) => 4,
        Fault::TooFar { .. } => 5,
        Fault::OtherModality | Fault::NoWriter => 6,
        Fault::NotPinned | Fault::Gone => 7,
    }
}

/// One walk over rows.
struct Walk {
    /// The best, in order.
    best: Vec<Rank>,
    /// The best of those that lack nothing but room.
    too_long: Option<Rank>,
    fitting: u32,
}

impl Walk {
    fn of(table: &Table, asked: &Asked<'_>, rows: core::ops::Range<usize>) -> Self {
        let mut walk = Self { best: Vec::with_capacity(CHAIN_LENGTH + 1), too_long: None, fitting: 0 };
        let traits = table.traits.get(rows.clone()).unwrap_or_default();
        let numbers = table.numbers.get(rows.clone()).unwrap_or_default();
        for (row, (traits, numbers)) in rows.zip(traits.iter().zip(numbers)) {
            let row = row as u32;
            if !filter::passes(asked, row, *traits, numbers.server) {
                continue;
            }
            let weighed = if asked.surely_fits(asked.tokens(numbers.family), numbers.context) {
                score::weigh(asked, row, *traits, numbers, 1.0, 0)
            } else {
                match score::weigh_unsure(asked, row, *traits, numbers) {
                    Ok((weighed, true)) => {
                        walk.leave(weighed.rank);
                        continue;
                    }
                    Ok((weighed, false)) => Ok(weighed),
                    Err(fault) => Err(fault),
                }
            };
            let Ok(weighed) = weighed else { continue };
            walk.fitting += 1;
            if walk.best.len() < CHAIN_LENGTH
                || walk.best.last().is_some_and(|last| weighed.rank.is_before(last))
            {
                walk.take(weighed.rank);
            }
        }
        walk
    }

    /// Keeps in mind a row that only lacks room.
    fn leave(&mut self, rank: Rank) {
        if self.too_long.is_none_or(|best| rank.is_before(&best)) {
            self.too_long = Some(rank);
        }
    }

    /// Keeps a row that is among the best.
    #[inline(never)]
    fn take(&mut self, rank: Rank) {
        let place = self.best.iter().position(|other| rank.is_before(other)).unwrap_or(self.best.len());
        self.best.insert(place, rank);
        self.best.truncate(CHAIN_LENGTH);
    }
}

/// The model that the conversation is held with, unless there is a reason to leave it.
fn staying(table: &Table, asked: &Asked<'_>, best: Rank) -> Option<Rank> {
    let row = table.find(asked.query.incumbent.as_ref()?)?;
    if !table.passes(row as usize, asked, Trust::Usual) {
        return None;
    }
    let held = table.weigh(row as usize, asked).ok()?.rank;
    let is_down = held.tier & tier::ILL > best.tier & tier::ILL;
    let is_wished_away = tier::wish(best.tier) < tier::wish(held.tier);
    (!is_down && !is_wished_away && best.total - held.total <= STAYING).then_some(held)
}

fn is_preferred(table: &Table, asked: &Asked<'_>, row: u32) -> bool {
    let numbers = table.numbers.get(row as usize);
    numbers.is_some_and(|numbers| asked.prefer.has(numbers.server, row))
}

/// The model that was asked for by name, then the fallbacks that were named for it. What does not answer comes last, and before it what is left alone.
fn pinned(table: &Table, asked: &Asked<'_>) -> Option<Choice> {
    let pinned = asked.query.pinned.as_ref().and_then(|key| table.find(key));
    let fits = |row: &u32| {
        table.passes(*row as usize, asked, Trust::Pinned) && table.weigh(*row as usize, asked).is_ok()
    };
    let first: Vec<u32> = pinned.filter(fits).into_iter().collect();
    let mut chain = match &asked.query.policy.fallback {
        Some(Fallback::Models(names)) => named_chain(table, asked, names, first),
        _ => first,
    };
    order::sort_by_key(&mut chain, |row| (table.is_down(*row), table.is_resting(*row)));
    let why = if chain.first() == pinned.as_ref() { Why::Pinned } else { Why::NamedFallback };
    let fitting = chain.len() as u32;
    choice(table, asked, chain, why, fitting)
}

/// `chain`, then the rows that these names stand for and that fit, a provider's models best first.
fn named_chain(table: &Table, asked: &Asked<'_>, names: &[String], mut chain: Vec<u32>) -> Vec<u32> {
    for name in names {
        for rank in Walk::of(table, asked, table.rows(table.named(name))).best {
            if !chain.contains(&rank.row) {
                chain.push(rank.row);
            }
        }
    }
    chain
}

fn choice(table: &Table, asked: &Asked<'_>, chain: Vec<u32>, why: Why, fitting: u32) -> Option<Choice> {
    let chosen = *chain.first()?;
    let weighed = table.weigh(chosen as usize, asked).ok()?;
    Some(Choice {
        chosen,
        chain,
        why,
        fitting,
        input_tokens: weighed.input_tokens.round() as u64,
        first_token_ms: weighed.first_token_ms.round(),
        total_ms: weighed.total_ms.round(),
        is_trimmed: weighed.share < 1.0,
    })
}

#[cfg(test)]
mod tests;
