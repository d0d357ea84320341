//! The models that are known, and what is known of each. It decides what a model is worth before anybody
//! asked it (quality by size); which one is asked is the router's.

mod custom;
mod quality;
mod record;
pub mod snapshot;

use litemap::LiteMap;

pub use custom::CustomModel;
pub use quality::{coarse, parameters_in_name, quality_of_size};

use crate::model::{Locality, ModelConfig, ModelKey, Price};

/// A model with what the router needs beside its public description.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    config: ModelConfig,
    quality: f64,
    parameters: Option<f64>,
}

impl Entry {
    /// A model of `parameters` billion parameters (`None`: unknown).
    pub fn new(mut config: ModelConfig, parameters: Option<f64>) -> Self {
        let parameters = parameters.or_else(|| parameters_in_name(&config.id));
        let quality = quality_of_size(parameters, config.locality());
        config.quality = coarse(quality);
        config.is_local = config.locality().is_local();
        config.cost_per_token = config.price.map(blended);
        Self { config, quality, parameters }
    }

    /// The public description.
    pub const fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Expected quality of its answers, 0 to 1: a prior by size, not a measurement.
    pub const fn quality(&self) -> f64 {
        self.quality
    }

    /// Billions of parameters, where known.
    pub const fn parameters(&self) -> Option<f64> {
        self.parameters
    }
}

/// USD per token, three input tokens to one output token.
fn blended(price: Price) -> f64 {
    price.input.mul_add(3.0, price.output) / 4.0
}

/// How a provider's new list differs from its old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Models that were not known.
    pub added: u32,
    /// Models that are gone.
    pub removed: u32,
}

/// The models that are known, by address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    entries: LiteMap<ModelKey, Entry>,
}

impl Catalogue {
    /// Replaces what is known of a provider's models by what it lists now.
    pub fn replace(&mut self, provider: &str, listed: Vec<Entry>) -> Difference {
        let before: Vec<ModelKey> =
            self.entries.keys().filter(|key| key.provider() == provider).cloned().collect();
        for key in &before {
            self.entries.remove(key);
        }
        let mut difference = Difference { added: 0, removed: before.len() as u32 };
        for entry in listed {
            let key = entry.config.key();
            if before.contains(&key) {
                difference.removed = difference.removed.saturating_sub(1);
            } else {
                difference.added += 1;
            }
            self.entries.insert(key, entry);
        }
        difference
    }

    /// Takes over everything that `newer` knows.
    pub fn absorb(&mut self, newer: Self) {
        for (key, entry) in newer.entries {
            self.entries.insert(key, entry);
        }
    }

    /// Forgets a model that its provider says it does not have.
    pub fn remove(&mut self, key: &ModelKey) {
        self.entries.remove(key);
    }

    /// What is known of this model.
    pub fn entry(&self, key: &ModelKey) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// What is known of this model, whose tag `latest` may be left out.
    pub fn find(&self, key: &ModelKey) -> Option<&Entry> {
        self.entry(key).or_else(|| self.entry(&ModelKey::new(key.provider(), format!("{}:latest", key.id()))))
    }

    /// Whether any model of this provider is known.
    pub fn knows(&self, provider: &str) -> bool {
        self.entries.keys().any(|key| key.provider() == provider)
    }

    /// All models, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&ModelKey, &Entry)> {
        self.entries.iter()
    }

    /// Keeps only what belongs to providers that are set up now, with the localities they have now. A stored
    /// list must not make a model nearer than its provider is.
    pub fn confine(&mut self, locality_of: impl Fn(&str) -> Option<Locality>) {
        self.entries.retain(|key, entry| {
            let Some(locality) = locality_of(key.provider()) else { return false };
            let stored = entry.config.locality();
            stored >= locality
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Modality, Quality};

    pub(super) fn model(provider: &str, id: &str, locality: Locality) -> ModelConfig {
        ModelConfig {
            id: id.to_owned(),
            name: id.to_owned(),
            provider: provider.to_owned(),
            modality: Modality::Text,
            capabilities: Vec::new(),
            cost_per_token: None,
            quality: Quality::Low,
            is_local: false,
            is_available: true,
            locality: Some(locality),
            context_length: None,
            warm: None,
            size_bytes: None,
            price: None,
        }
    }

    #[test]
    fn replacing_a_list_counts_what_came_and_what_went() {
        let mut catalogue = Catalogue::default();
        let list = |ids: &[&str]| {
            ids.iter().map(|id| Entry::new(model("ollama", id, Locality::Device), None)).collect::<Vec<_>>()
        };
        assert_eq!(catalogue.replace("ollama", list(&["a", "b"])), Difference { added: 2, removed: 0 });
        assert_eq!(catalogue.replace("ollama", list(&["b", "c", "d"])), Difference { added: 2, removed: 1 });
        assert_eq!(catalogue.iter().count(), 3);
    }

    #[test]
    fn a_stored_model_cannot_come_nearer_than_its_provider() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("shop", vec![Entry::new(model("shop", "a", Locality::Device), None)]);
        catalogue.replace("gone", vec![Entry::new(model("gone", "b", Locality::Cloud), None)]);
        catalogue.confine(|provider| (provider == "shop").then_some(Locality::Cloud));
        assert_eq!(catalogue.iter().count(), 0);
    }

    #[test]
    fn a_blended_price_counts_three_input_tokens_to_one_output_token() {
        let mut config = model("cloud", "x", Locality::Cloud);
        config.price = Some(Price { input: 1e-6, output: 5e-6, ..Price::FREE });
        assert_eq!(Entry::new(config, None).config().cost_per_token, Some(2e-6));
    }
}
