//! What a request asks of a model, and the same made ready for comparing many models with it.

use super::score::{Weights, weights};
use super::table::{Named, Table, bit};
use crate::model::picture::TOKENS_OF_PICTURE;
use crate::model::policy::ContextPolicy;
use crate::model::{Capabilities, Goal, Locality, Modality, ModelKey, Policy, Quality};

/// How many tokens more than the estimate a model must hold: prompts are estimated, not counted.
const MARGIN: f64 = 1.125;

/// Tokens of an answer that are made room for where the caller says nothing …
const USUAL_ANSWER: f64 = 512.0;

/// … unless the model is so small that this would take most of it: then this share of what it holds.
const SMALL_SHARE: f64 = 0.25;

/// A cap is not broken by a rounding of the last digit.
const ROUNDING: f64 = 1.0 + 1e-9;

/// From how many tokens on a request is long: most models that do not tell what they hold, hold as much.
const LONG: f64 = 4_096.0;

/// What a request asks of a model. Holds nothing that was said in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The goal and limits.
    pub policy: Policy,
    /// The only model the caller wants, but for the fallbacks that the policy names.
    pub pinned: Option<ModelKey>,
    /// The model that this conversation is held with.
    pub incumbent: Option<ModelKey>,
    /// What is made.
    pub modality: Modality,
    /// What the model must be able to do: "tools", "reasoning" …
    pub needs: Vec<&'static str>,
    /// Tokens of the prompt, as they are estimated for a model of no known family.
    pub input_tokens: u64,
    /// The same for each family of models, by the number of the family, where 0 is none; empty where they are not
    /// told apart.
    pub family_tokens: Vec<u64>,
    /// Tokens of the prompt that cannot be dropped: instructions, tools, the last turn.
    pub least_tokens: u64,
    /// Tokens of the longest piece, where a request is made of pieces of which only each has to fit.
    pub longest_tokens: Option<u64>,
    /// Whether it is a conversation of several messages.
    pub has_turns: bool,
    /// Tokens of the answer that are reckoned with.
    pub output_tokens: u64,
    /// The most tokens of an answer, where the caller says so: it may want all of them.
    pub max_output_tokens: Option<u64>,
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

    /// Whether what it says has to stay on this machine or near it: then nothing of it is written down.
    pub fn stays_near(&self) -> bool {
        self.sensitive || self.policy.farthest(self.sensitive) != Locality::Cloud
    }

    /// Tokens of the prompt as this family of models counts them.
    pub fn tokens(&self, family: u8) -> u64 {
        self.family_tokens.get(usize::from(family)).copied().unwrap_or(self.input_tokens)
    }

    /// Tokens of a prompt that leave room for the answer in a model that holds `room`.
    pub fn room_for_prompt(&self, room: u64) -> u64 {
        let room = room as f64;
        ((room - answer(self.max_output_tokens, room)) / MARGIN).max(0.0) as u64
    }

    /// Whether the oldest turns may be dropped.
    pub fn may_trim(&self) -> bool {
        self.policy.context == Some(ContextPolicy::Trim) && self.least_tokens < self.input_tokens
    }
}

/// Tokens that are made room for.
fn answer(stated: Option<u64>, room: f64) -> f64 {
    stated.map_or_else(|| USUAL_ANSWER.min(room * SMALL_SHARE), |stated| stated as f64)
}

/// A query made ready: names are looked up, limits are numbers, filters are bits.
pub(super) struct Asked<'a> {
    pub(super) query: &'a Query,
    /// Bits that a row must have.
    pub(super) required: u64,
    /// Bits that a row must not have.
    pub(super) forbidden: u64,
    /// Bits of a provider's state that count.
    pub(super) counted: u64,
    /// A capability that no model is known to have.
    pub(super) unheard_of: Option<&'static str>,
    /// Whether there is a list of what is allowed or denied.
    pub(super) has_lists: bool,
    pub(super) allow: Option<Names>,
    pub(super) deny: Names,
    pub(super) has_preferences: bool,
    pub(super) prefer: Names,
    pub(super) weights: Weights,
    /// One over the quality that is good enough.
    pub(super) per_enough: f64,
    /// Tokens of the prompt as the first family counts them.
    pub(super) input_tokens: f64,
    pub(super) output_tokens: f64,
    /// Those of them that come after what is waited for first: of pictures, all but the first one's.
    pub(super) later_tokens: f64,
    /// The most that an answer may have, not a number where nobody says so.
    pub(super) most_output: f64,
    /// Whether `max_cost` is a cap: then what has no known price is left out.
    pub(super) is_capped: bool,
    /// Infinite where there is no cap.
    pub(super) max_cost: f64,
    pub(super) max_first_token_ms: f64,
    pub(super) max_total_ms: f64,
    /// How much room a model must have for each token of the prompt.
    pub(super) room_per_token: f64,
    /// Which part of the prompt cannot be dropped, 0 to 1.
    pub(super) least_share: f64,
}

/// How a prompt fits into a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fit {
    /// All of it.
    Whole,
    /// Nobody knows, and the prompt is long.
    Unknown,
    /// This part of it, the oldest turns left out.
    Part(f64),
    /// Not at all: this many tokens are needed.
    TooLong(f64),
}

impl<'a> Asked<'a> {
    pub(super) fn of(table: &Table, query: &'a Query) -> Self {
        let policy = &query.policy;
        let names = |names: &Option<Vec<String>>| Names::of(table, names.as_deref().unwrap_or_default());
        let needs = Capabilities::of_words(query.needs.iter().copied());
        let unheard_of = query.needs.iter().find(|word| Capabilities::of_word(word).is_none()).copied();
        let mut farthest = policy.farthest(query.sensitive);
        if !query.is_online {
            farthest = farthest.min(Locality::Network);
        }
        let mut forbidden = bit::UNAVAILABLE | bit::NO_KEY | bit::RESTING | bit::REFUSED;
        if !needs.has(Capabilities::EMBEDDING) {
            forbidden |= u64::from(Capabilities::EMBEDDING.bits());
        }
        for place in [Locality::Page, Locality::Device, Locality::Network, Locality::Cloud] {
            if place > farthest {
                forbidden |= bit::locality(place);
            }
        }
        for grade in [Quality::Low, Quality::Medium, Quality::High] {
            if policy.min_quality.is_some_and(|least| grade < least) {
                forbidden |= bit::grade(grade);
            }
        }
        let input = query.tokens(0) as f64;
        let first = if query.modality == Modality::Image { TOKENS_OF_PICTURE } else { 0 };
        Self {
            query,
            required: u64::from(needs.bits())
                | bit::modality(query.modality)
                | if unheard_of.is_some() { bit::HEARD_OF } else { 0 },
            forbidden,
            counted: bit::DOWN | bit::UNASKED | bit::RESTING | bit::REFUSED,
            unheard_of,
            has_lists: policy.allow.is_some() || policy.deny.is_some(),
            allow: policy.allow.as_ref().map(|allow| Names::of(table, allow)),
            deny: names(&policy.deny),
            has_preferences: policy.prefer.as_ref().is_some_and(|names| !names.is_empty()),
            prefer: names(&policy.prefer),
            weights: weights(query.goal()),
            per_enough: 1.0 / super::score::enough(query.difficulty),
            input_tokens: input,
            output_tokens: query.output_tokens as f64,
            later_tokens: query.output_tokens.saturating_sub(first) as f64,
            most_output: query.max_output_tokens.map_or(f64::NAN, |most| most as f64),
            is_capped: policy.max_cost.is_some(),
            max_cost: policy.max_cost.unwrap_or(f64::INFINITY) * ROUNDING,
            max_first_token_ms: policy.max_first_token_ms.unwrap_or(f64::INFINITY),
            max_total_ms: policy.max_total_ms.unwrap_or(f64::INFINITY),
            room_per_token: query
                .longest_tokens
                .map_or(MARGIN, |longest| MARGIN * longest as f64 / query.input_tokens.max(1) as f64),
            least_share: if query.may_trim() {
                query.least_tokens as f64 / query.input_tokens as f64
            } else {
                1.0
            },
        }
    }

    /// Tokens of the prompt as this family counts them.
    #[allow(clippy::inline_always)] // Once for each model that is compared.
    #[inline(always)]
    pub(super) fn tokens(&self, family: u8) -> f64 {
        if family == 0 { self.input_tokens } else { self.query.tokens(family) as f64 }
    }

    /// Whether a prompt of `tokens` surely fits, with its answer, into a model that holds `room`.
    #[allow(clippy::inline_always)] // As above.
    #[inline(always)]
    pub(super) fn surely_fits(&self, tokens: f64, room: f64) -> bool {
        let small = room * SMALL_SHARE;
        let usual = if small < USUAL_ANSWER { small } else { USUAL_ANSWER };
        let wanted = if self.most_output.is_nan() { usual } else { self.most_output };
        tokens * self.room_per_token + wanted <= room
    }

    /// How a prompt of `tokens` fits into a model that holds `room` (not a number: nobody knows).
    #[inline(never)]
    pub(super) fn fit(&self, tokens: f64, room: f64) -> Fit {
        let wanted = answer(self.query.max_output_tokens, room);
        let needed = tokens * self.room_per_token + wanted;
        if room.is_nan() {
            return if needed > LONG { Fit::Unknown } else { Fit::Whole };
        }
        if needed <= room {
            return Fit::Whole;
        }
        if tokens * self.least_share * MARGIN + wanted <= room && self.least_share < 1.0 {
            return Fit::Part((room - wanted) / (tokens * MARGIN));
        }
        Fit::TooLong(needed)
    }

    /// Whether the caller's lists let this row pass.
    #[allow(clippy::inline_always)] // As above.
    #[inline(always)]
    pub(super) fn lets_pass(&self, server: u16, row: u32) -> bool {
        !self.deny.has(server, row) && self.allow.as_ref().is_none_or(|allow| allow.has(server, row))
    }
}

/// A list of a policy, looked up: for each provider and model that it names, the first place where it does.
pub(super) struct Names {
    /// By the number of the provider.
    servers: Vec<u16>,
    rows: Vec<(u32, u16)>,
    /// One after the last place: what is not named.
    end: u16,
}

impl Names {
    fn of(table: &Table, names: &[String]) -> Self {
        let mut list = Self { servers: Vec::new(), rows: Vec::new(), end: names.len().min(0xffff) as u16 };
        for (place, name) in (0..list.end).zip(names) {
            match table.named(name) {
                Named::Server(server) => {
                    let server = usize::from(server);
                    if list.servers.len() <= server {
                        list.servers.resize(server + 1, list.end);
                    }
                    if let Some(first) = list.servers.get_mut(server) {
                        *first = place.min(*first);
                    }
                }
                Named::Row(row) => list.rows.push((row, place)),
                Named::Nobody => {}
            }
        }
        list
    }

    /// The first place where this row is named; one after the last where it is not.
    #[allow(clippy::inline_always)] // Up to three times for each model that is compared.
    #[inline(always)]
    pub(super) fn place(&self, server: u16, row: u32) -> u16 {
        let mut first = self.servers.get(usize::from(server)).copied().unwrap_or(self.end);
        for (named, place) in &self.rows {
            if *named == row && *place < first {
                first = *place;
            }
        }
        first
    }

    /// Whether this row is named.
    #[allow(clippy::inline_always)] // As above.
    #[inline(always)]
    pub(super) fn has(&self, server: u16, row: u32) -> bool {
        self.place(server, row) < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(input: u64, max_output: Option<u64>) -> Query {
        Query { input_tokens: input, max_output_tokens: max_output, ..Query::default() }
    }

    fn fit(query: &Query, room: f64) -> Fit {
        Asked::of(&Table::default(), query).fit(query.input_tokens as f64, room)
    }

    #[test]
    fn there_has_to_be_room_for_the_prompt_the_answer_and_a_mistaken_estimate() {
        assert_eq!(fit(&query(3_000, None), 4_096.0), Fit::Whole);
        assert_eq!(fit(&query(3_300, None), 4_096.0), Fit::TooLong(4_224.5));
        assert_eq!(fit(&query(3_000, Some(2_000)), 4_096.0), Fit::TooLong(5_375.0));
    }

    #[test]
    fn a_small_model_is_not_shut_out_by_an_answer_that_nobody_asked_for() {
        assert_eq!(fit(&query(100, None), 512.0), Fit::Whole);
        assert_eq!(fit(&query(100, Some(512)), 512.0), Fit::TooLong(624.5));
    }

    #[test]
    fn what_does_not_tell_what_it_holds_is_doubted_for_long_prompts_only() {
        assert_eq!(fit(&query(100, None), f64::NAN), Fit::Whole);
        assert_eq!(fit(&query(10_000, None), f64::NAN), Fit::Unknown);
    }

    #[test]
    fn pieces_need_not_fit_together() {
        let many = Query { longest_tokens: Some(300), ..query(30_000, Some(0)) };
        assert_eq!(fit(&many, 512.0), Fit::Whole);
        assert_eq!(fit(&many, 256.0), Fit::TooLong(337.5));
    }

    #[test]
    fn what_may_be_trimmed_fits_in_part() {
        let mut long = query(10_000, None);
        long.least_tokens = 1_000;
        assert!(matches!(fit(&long, 4_096.0), Fit::TooLong(_)));
        long.policy.context = Some(ContextPolicy::Trim);
        let Fit::Part(share) = fit(&long, 4_096.0) else { panic!() };
        assert_eq!((share * 10_000.0).round() as u64, 3_186);
        assert_eq!(long.room_for_prompt(4_096), 3_185);
        assert!(matches!(fit(&long, 1_024.0), Fit::TooLong(_)), "the last turn alone is too long");
    }
}
