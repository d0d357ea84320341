//! A model as a provider written in JavaScript describes it.

use serde_json::Value;

use super::Entry;
use crate::base::json::{Fields, FromJson, Misfit};
use crate::model::{FactProvenance, Locality, Modality, ModelConfig, Price, Provenance, Quality};

/// `id` and `type` are all it has to say. What it says of its provider is not taken: the provider is the one
/// that registered. Nor is how it claims to know what it says: all of it is the provider's list.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // The fields of `ModelConfig`, all but two optional.
pub struct CustomModel {
    pub id: String,
    pub modality: Modality,
    pub name: Option<String>,
    pub provider: Option<String>,
    pub capabilities: Option<Vec<String>>,
    pub cost_per_token: Option<f64>,
    pub quality: Option<Quality>,
    pub is_local: Option<bool>,
    pub is_available: Option<bool>,
    pub locality: Option<Locality>,
    pub context_length: Option<u64>,
    pub warm: Option<bool>,
    pub size_bytes: Option<u64>,
    pub price: Option<Price>,
    pub max_output_tokens: Option<u64>,
    pub family: Option<String>,
    pub provenance: Option<FactProvenance>,
}

impl FromJson for CustomModel {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let read = Self {
            id: fields.need("id")?,
            modality: fields.need("type")?,
            name: fields.take("name")?,
            provider: fields.take("provider")?,
            capabilities: fields.take("capabilities")?,
            cost_per_token: fields.take("costPerToken")?,
            quality: fields.take("quality")?,
            is_local: fields.take("isLocal")?,
            is_available: fields.take("isAvailable")?,
            locality: fields.take("locality")?,
            context_length: fields.take("contextLength")?,
            warm: fields.take("warm")?,
            size_bytes: fields.take("sizeBytes")?,
            price: fields.take("price")?,
            max_output_tokens: fields.take("maxOutputTokens")?,
            family: fields.take("family")?,
            provenance: fields.take("provenance")?,
        };
        fields.end()?;
        Ok(read)
    }
}

impl CustomModel {
    /// The entry of this model at `provider`, which runs at `locality`. A model may say it is farther away than
    /// its provider, never nearer.
    pub fn into_entry(self, provider: &str, locality: Locality) -> Entry {
        let locality = self.locality.unwrap_or(locality).max(locality);
        let free = locality.is_local().then_some(Price::FREE);
        let price = self.price.or_else(|| self.cost_per_token.map(flat)).or(free);
        let stated = self.quality;
        let listed = Some(Provenance::Listed);
        let known = FactProvenance {
            capabilities: self.capabilities.is_some().then_some(Provenance::Listed),
            price: price.and(listed),
            context_length: self.context_length.and(listed),
            quality: None,
        };
        let config = ModelConfig {
            name: self.name.unwrap_or_else(|| self.id.clone()),
            modality: self.modality,
            capabilities: self.capabilities.unwrap_or_default(),
            is_available: self.is_available.unwrap_or(true),
            context_length: self.context_length,
            warm: self.warm,
            size_bytes: self.size_bytes,
            price,
            max_output_tokens: self.max_output_tokens,
            family: self.family,
            provenance: Some(known),
            ..ModelConfig::unknown(provider, self.id, locality)
        };
        let entry = Entry::new(config, None);
        let Some(stated) = stated else { return entry };
        let quality = match stated {
            _ if stated == entry.config.quality => entry.quality,
            Quality::Low => 0.3,
            Quality::Medium => 0.55,
            Quality::High => 0.8,
        };
        entry.with_quality(quality, Provenance::Listed)
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
    fn a_list_of_capabilities_is_known_and_an_absent_one_is_not() {
        let told = CustomModel { capabilities: Some(Vec::new()), ..CustomModel::default() };
        assert!(told.into_entry("page", Locality::Page).config().tells_all_capabilities());
        let silent = CustomModel::default();
        assert!(!silent.into_entry("page", Locality::Page).config().tells_all_capabilities());
    }

    #[test]
    fn a_stated_quality_wins_over_the_guess() {
        let entry = CustomModel { quality: Some(Quality::High), ..CustomModel::default() }
            .into_entry("page", Locality::Page);
        assert_eq!(entry.config().quality, Quality::High);
        assert!(entry.quality() > 0.7);
    }
}
