//! Tells the router what is known, as it changes, and makes of its choice what the page sees.

use super::Engine;
use super::intake;
use super::io::{Output, Watched};
use super::no_model::no_model;
use super::provider::Provider;
use super::shared::{Shared, costs};
use super::snapshot_facts;
use crate::base::money::Money;
use crate::catalog::Entry;
use crate::estimate::{self, Family};
use crate::model::health::{Rest, RestReason};
use crate::model::picture::TOKENS_OF_PICTURE;
use crate::model::{
    Capabilities, Decision, Error, Estimate, Explanation, Modality, ModelKey, TextRequest, Usage, Wish,
};
use crate::route::{self, Choice, Forecast, Query, Row};

impl Engine {
    /// Which model would be asked, and why. No network, no side effect; it never waits.
    pub fn route(&self, request: &TextRequest) -> Result<Decision, Error> {
        let query = self.shared.query(request)?;
        let decision = self.shared.decide(&query)?;
        self.shared.remember(&decision, query);
        Ok(decision)
    }

    /// The same for pictures and videos.
    pub fn route_paint(&self, wish: &Wish) -> Result<Decision, Error> {
        let query = intake::paint_query(wish, &self.shared.policy, self.shared.is_online)?;
        let decision = self.shared.decide(&query)?;
        self.shared.remember(&decision, query);
        Ok(decision)
    }

    /// Every candidate with its scores, and every model that was left out. A decision that is too old to be
    /// remembered is explained by its goal and estimate alone.
    pub fn explain(&self, decision: &Decision) -> Explanation {
        let query = self.shared.query_of(decision).unwrap_or_else(|| Query {
            policy: crate::model::Policy { goal: Some(decision.goal), ..Default::default() },
            modality: decision.chosen.modality,
            input_tokens: decision.estimate.input_tokens,
            output_tokens: decision.estimate.output_tokens,
            difficulty: decision.difficulty,
            sensitive: decision.sensitive,
            is_online: self.shared.is_online,
            ..Query::default()
        });
        self.shared.explain(&query)
    }
}

impl Shared {
    /// What a request asks of a model.
    pub(super) fn query(&self, request: &TextRequest) -> Result<Query, Error> {
        let mut query = intake::query(request, &self.policy, self.is_online)?;
        if query.pinned.is_none() {
            query.incumbent = self.conversations.held_with(request).cloned();
        }
        Ok(query)
    }

    /// Which model is asked, or why none can be.
    pub(super) fn decide(&self, query: &Query) -> Result<Decision, Error> {
        let choice = route::decide(&self.table, query);
        choice.and_then(|choice| self.decision(&choice, query)).ok_or_else(|| no_model(query, self))
    }

    /// Whom to ask when all of a chain failed, of providers that have no model in it; best first.
    pub(super) fn spare(&self, query: &Query, is_in_chain: impl Fn(&str) -> bool) -> Vec<ModelKey> {
        let rows = route::spare(&self.table, query, is_in_chain);
        rows.into_iter().filter_map(|row| self.table.key(row).cloned()).collect()
    }

    /// What asking a model is expected to take; `None` where it does not serve the query.
    pub(super) fn forecast(&self, query: &Query, key: &ModelKey) -> Option<Forecast> {
        route::forecast(&self.table, query, key)
    }

    /// Whether a model may be asked whose provider is not known to be down.
    pub(super) fn is_served(&self, query: &Query) -> bool {
        route::decide(&self.table, query).is_some_and(|choice| !self.table.is_down(choice.chosen))
    }

    /// How the candidates were scored, and which models were left out.
    pub(super) fn explain(&self, query: &Query) -> Explanation {
        route::explain(&self.table, query)
    }

    /// The cloud model that a local answer saved asking.
    pub(super) fn best_in_cloud(&self, query: &Query) -> Option<&Entry> {
        let row = route::best_in_cloud(&self.table, query)?;
        self.catalogue.entry(self.table.key(row)?)
    }

    /// Which family's way of cutting text into tokens this model has.
    pub(super) fn family(&self, key: &ModelKey) -> Family {
        self.table.find(key).map_or_else(Family::default, |row| Family::of_number(self.table.family(row)))
    }

    fn decision(&self, choice: &Choice, query: &Query) -> Option<Decision> {
        let entry = self.catalogue.entry(self.table.key(choice.chosen)?)?;
        let config = entry.config();
        let usage = Usage {
            input_tokens: choice.input_tokens,
            output_tokens: query.output_tokens,
            estimated: true,
            ..Usage::default()
        };
        let price = config.price.as_ref();
        let by_picture =
            price.is_some_and(|price| price.image.is_some()) && query.modality == Modality::Image;
        let pictures = (query.output_tokens / TOKENS_OF_PICTURE) as u32;
        let known = by_picture
            .then(|| estimate::picture_cost(price, pictures, Some(&Usage { output_tokens: 0, ..usage })))
            .flatten();
        let (cost, _) = known.unwrap_or_else(|| estimate::settled_cost(price, &usage));
        Some(Decision {
            chosen: config.clone(),
            chain: choice.chain.iter().filter_map(|row| Some(self.table.key(*row)?.to_string())).collect(),
            goal: query.goal(),
            why: route::why(&self.table, choice, query, config, cost),
            difficulty: query.difficulty,
            sensitive: query.sensitive,
            estimate: Estimate {
                cost: cost.map(Money::usd),
                first_token_ms: choice.first_token_ms,
                total_ms: choice.total_ms,
                input_tokens: choice.input_tokens,
                output_tokens: query.output_tokens,
            },
        })
    }

    /// The models of a provider changed.
    pub(super) fn models_changed(&mut self, provider: &str) {
        let is_set_up = self.providers.contains_key(provider);
        let of_provider = |key: &ModelKey| is_set_up && key.provider() == provider;
        let entries = self.catalogue.iter().filter(|(key, _)| of_provider(key));
        let rows = entries.map(|(key, entry)| self.row(key, entry)).collect();
        self.table.replace(provider, rows);
        self.provider_changed(provider);
        self.rests_changed(provider);
    }

    /// What is known of one model changed.
    pub(super) fn model_changed(&mut self, key: &ModelKey) {
        match self.catalogue.entry(key) {
            Some(entry) if self.providers.contains_key(key.provider()) => {
                self.table.put(self.row(key, entry));
            }
            _ => self.table.remove(key),
        }
    }

    /// Who of a provider's models is left alone for a while changed.
    pub(super) fn rests_changed(&mut self, name: &str) {
        let lacks_credit = self.health.lacks_credit(name);
        let of_provider = self.catalogue.iter().filter(|(key, _)| key.provider() == name);
        let resting = of_provider
            .filter_map(|(key, entry)| {
                let rest = if lacks_credit && costs(entry) {
                    Some(Rest { reason: RestReason::NoCredit, retry_at: None })
                } else {
                    self.health.model_rest(key)
                };
                Some((key.id().to_owned(), rest?))
            })
            .collect();
        self.table.set_rests(name, self.health.rest(name), resting);
    }

    /// Whether a model is left alone for a while, and why.
    pub(super) fn rest(&self, key: &ModelKey) -> Option<Rest> {
        self.table.rest(self.table.find(key)?)
    }

    /// How a provider is doing, or whether it has its key, changed.
    pub(super) fn provider_changed(&mut self, name: &str) {
        let state = self.health.state(name);
        let lacks_key = self.providers.get(name).is_some_and(Provider::lacks_key);
        self.table.set_provider(name, state, lacks_key);
    }

    /// Fills the gaps in what is known of all models from the built-in snapshot. It is kept, since a list that comes later
    /// may have gaps too.
    pub(super) fn fill_all(&mut self) {
        let names: Vec<String> = self.providers.keys().cloned().collect();
        for name in names {
            if self.fill(&name) {
                self.models_changed(&name);
                self.push(Output::Changed(Watched::Models));
            }
        }
    }

    /// Fills the gaps in what is known of a provider's models. Whether there was any.
    pub(super) fn fill(&mut self, name: &str) -> bool {
        let (Some(provider), Some(snapshot)) = (self.providers.get(name), &self.snapshot) else {
            return false;
        };
        let listed = self.catalogue.iter().filter(|(key, _)| key.provider() == name).map(|(key, _)| key);
        let facts = snapshot_facts::of(provider, snapshot, listed);
        let locality = provider.locality;
        self.catalogue.fill(facts, |_| Some(locality))
    }

    fn row(&self, key: &ModelKey, entry: &Entry) -> Row {
        let config = entry.config();
        let provider = self.providers.get(key.provider());
        let pace = estimate::pace(config, entry.parameters(), self.health.measured(key));
        let can_be_asked = provider.is_none_or(|provider| provider.can_make(config.modality));
        Row {
            key: key.clone(),
            locality: config.locality(),
            modality: config.modality,
            capabilities: Capabilities::of_words(config.capabilities.iter().map(String::as_str)),
            tells_all_capabilities: config.tells_all_capabilities(),
            context_length: config.context_length,
            max_output_tokens: config.max_output_tokens,
            price: config.price,
            quality: entry.quality(),
            grade: config.quality,
            pace: if config.modality == Modality::Image {
                estimate::picture_pace(pace, config.locality(), self.queue_at(key.provider()))
            } else {
                pace
            },
            family: Family::of(key, config.family.as_deref()).number(),
            is_available: config.is_available && can_be_asked,
        }
    }
}
