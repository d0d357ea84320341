//! A model as a provider written in JavaScript describes it.

use serde::Deserialize;

use super::Entry;
use crate::model::{Locality, Modality, ModelConfig, Price, Quality};

/// `id` and `type` are all it has to say. What it says of its provider is not taken: the provider is the one
/// that registered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(Default))]
#[allow(missing_docs)] // The fields of `ModelConfig`, all but two optional.
pub struct CustomModel {
    pub id: String,
    #[serde(rename = "type")]
    pub modality: Modality,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub capabilities: Option<Vec<String>>,
    #[serde(default)]
    pub cost_per_token: Option<f64>,
    #[serde(default)]
    pub quality: Option<Quality>,
    #[serde(default)]
    pub is_local: Option<bool>,
    #[serde(default)]
    pub is_available: Option<bool>,
    #[serde(default)]
    pub locality: Option<Locality>,
    #[serde(default)]
    pub context_length: Option<u64>,
    #[serde(default)]
    pub warm: Option<bool>,
    #[serde(default)]
    pub size_bytes: Option<u64>,
    #[serde(default)]
    pub price: Option<Price>,
}

impl CustomModel {
    /// The entry of this model at `provider`, which runs at `locality`. A model may say it is farther away than
    /// its provider, never nearer.
    pub fn into_entry(self, provider: &str, locality: Locality) -> Entry {
        let locality = self.locality.unwrap_or(locality).max(locality);
        let free = locality.is_local().then_some(Price::FREE);
        let price = self.price.or_else(|| self.cost_per_token.map(flat)).or(free);
        let stated = self.quality;
        let mut entry = Entry::new(
            ModelConfig {
                name: self.name.unwrap_or_else(|| self.id.clone()),
                id: self.id,
                provider: provider.to_owned(),
                modality: self.modality,
                capabilities: self.capabilities.unwrap_or_default(),
                cost_per_token: None,
                quality: Quality::Low,
                is_local: locality.is_local(),
                is_available: self.is_available.unwrap_or(true),
                locality: Some(locality),
                context_length: self.context_length,
                warm: self.warm,
                size_bytes: self.size_bytes,
                price,
            },
            None,
        );
        if let Some(stated) = stated.filter(|stated| *stated != entry.config.quality) {
            entry.quality = match stated {
                Quality::Low => 0.3,
                Quality::Medium => 0.55,
                Quality::High => 0.8,
            };
            entry.config.quality = stated;
        }
        entry
    }
}

fn flat(cost_per_token: f64) -> Price {
    Price { input: cost_per_token, output: cost_per_token, ..Price::FREE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_in_the_page_is_free_and_local_unless_it_says_otherwise() {
        let entry = CustomModel { id: "tiny-135m".to_owned(), ..CustomModel::default() }
            .into_entry("page", Locality::Page);
        assert_eq!(entry.config().price, Some(Price::FREE));
        assert!(entry.config().is_local);
        assert_eq!(entry.config().name, "tiny-135m");
    }

    #[test]
    fn a_model_cannot_say_it_is_nearer_than_its_provider() {
        let claims = CustomModel { locality: Some(Locality::Page), ..CustomModel::default() };
        assert_eq!(claims.into_entry("far", Locality::Cloud).config().locality(), Locality::Cloud);
    }

    #[test]
    fn a_stated_quality_wins_over_the_guess() {
        let entry = CustomModel { quality: Some(Quality::High), ..CustomModel::default() }
            .into_entry("page", Locality::Page);
        assert_eq!(entry.config().quality, Quality::High);
        assert!(entry.quality() > 0.7);
    }
}
