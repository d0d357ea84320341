//! What one source knows of a model, and which of two sources is believed: a fact is never replaced by one that is
//! known less well.

use super::Entry;
use crate::model::{Locality, Modality, ModelConfig, ModelKey, Price, Provenance};

/// What a source that is no provider's list knows of a model. What it does not know is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Its address.
    pub key: ModelKey,
    /// A name for people.
    pub name: Option<String>,
    /// What it makes.
    pub modality: Modality,
    /// Prices.
    pub price: Option<Price>,
    /// How many tokens it can hold, prompt and answer together.
    pub context_length: Option<u64>,
    /// Most tokens of one answer.
    pub max_output_tokens: Option<u64>,
    /// All it can do beside plain text, in the contract's words.
    pub capabilities: Option<Vec<String>>,
    /// Expected quality of its answers, 0 to 1.
    pub quality: Option<f64>,
    /// Its family, such as `llama`.
    pub family: Option<String>,
    /// How all of this came to be known.
    pub provenance: Provenance,
}

impl Facts {
    /// Nothing yet.
    pub const fn of(key: ModelKey, modality: Modality, provenance: Provenance) -> Self {
        Self {
            key,
            name: None,
            modality,
            price: None,
            context_length: None,
            max_output_tokens: None,
            capabilities: None,
            quality: None,
            family: None,
            provenance,
        }
    }

    /// The entry of a model that nobody listed, at a provider that runs at `locality`.
    pub(super) fn into_entry(self, locality: Locality) -> Entry {
        let config = ModelConfig {
            modality: self.modality,
            ..ModelConfig::unknown(self.key.provider(), self.key.id(), locality)
        };
        let mut entry = Entry::new(config, None);
        entry.is_listed = false;
        entry.fill(self);
        entry
    }
}

/// Whether a fact that is known by `new` may take the place of one known by `old`. A second telling of the same kind
/// is newer, so it may.
fn is_as_good(new: Option<Provenance>, old: Option<Provenance>) -> bool {
    match (new, old) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(new), Some(old)) => new <= old,
    }
}

impl Entry {
    /// Takes over from what was known of this model before whatever was known better, or is not known now.
    pub(super) fn inherit(&mut self, before: Self) {
        // Other weights under the same name are another model.
        let (old_size, new_size) = (before.config.size_bytes, self.config.size_bytes);
        let is_another = old_size.zip(new_size).is_some_and(|(old, new)| old != new)
            || before.config.locality() != self.config.locality();
        if is_another {
            return;
        }
        let old = before.config.provenance();
        let mut new = self.config.provenance();
        let config = &mut self.config;
        if !is_as_good(new.price, old.price) {
            config.price = before.config.price;
            config.cost_per_token = before.config.cost_per_token;
            new.price = old.price;
        }
        if !is_as_good(new.context_length, old.context_length) {
            config.context_length = before.config.context_length;
            new.context_length = old.context_length;
        }
        if !is_as_good(new.capabilities, old.capabilities) {
            config.capabilities = before.config.capabilities;
            new.capabilities = old.capabilities;
        }
        if !is_as_good(new.quality, old.quality) {
            config.quality = before.config.quality;
            self.quality = before.quality;
            new.quality = old.quality;
        }
        config.max_output_tokens = config.max_output_tokens.or(before.config.max_output_tokens);
        if config.family.is_none() {
            config.family = before.config.family;
        }
        config.provenance = Some(new);
        self.parameters = self.parameters.or(before.parameters);
    }

    /// Takes over facts that are not known, or not known as well. Whether that changed anything.
    pub(super) fn fill(&mut self, facts: Facts) -> bool {
        let by = facts.provenance;
        let is_better = |old: Option<Provenance>| old.is_none_or(|old| by < old);
        let before = self.clone();
        let mut known = self.config.provenance();
        if let Some(price) = facts.price.filter(|_| is_better(known.price)) {
            self.set_price(price);
            known.price = Some(by);
        }
        if let Some(length) = facts.context_length.filter(|_| is_better(known.context_length)) {
            self.config.context_length = Some(length);
            known.context_length = Some(by);
        }
        if let Some(capabilities) = facts.capabilities.filter(|_| is_better(known.capabilities)) {
            self.config.capabilities = capabilities;
            known.capabilities = Some(by);
        }
        if let Some(quality) = facts.quality.filter(|_| is_better(known.quality)) {
            self.set_quality(quality);
            known.quality = Some(by);
        }
        self.config.max_output_tokens = self.config.max_output_tokens.or(facts.max_output_tokens);
        if self.config.family.is_none() {
            self.config.family = facts.family;
        }
        if let Some(name) = facts.name.filter(|_| self.config.name == self.config.id) {
            self.config.name = name;
        }
        self.config.provenance = Some(known);
        *self != before
    }
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;
    use crate::model::{FactProvenance, Quality};

    const LOCALITY: Locality = Locality::Cloud;
    const KNOWN: [Provenance; 4] =
        [Provenance::Probed, Provenance::Listed, Provenance::Snapshot, Provenance::Guessed];

    fn priced(input: f64) -> Price {
        Price { input, output: input, ..Price::FREE }
    }

    /// A model whose facts all say `number` and are known by `provenance`.
    fn entry(number: u64, provenance: Provenance) -> Entry {
        let by = Some(provenance);
        let config = ModelConfig {
            price: Some(priced(number as f64)),
            context_length: Some(number),
            capabilities: vec![number.to_string()],
            provenance: Some(FactProvenance { price: by, context_length: by, capabilities: by, quality: by }),
            ..ModelConfig::unknown("cloud", "m", LOCALITY)
        };
        Entry::new(config, None).with_quality(number as f64 / 10.0, provenance)
    }

    fn facts(number: u64, provenance: Provenance) -> Facts {
        Facts {
            price: Some(priced(number as f64)),
            context_length: Some(number),
            capabilities: Some(vec![number.to_string()]),
            quality: Some(number as f64 / 10.0),
            ..Facts::of(ModelKey::new("cloud", "m"), Modality::Text, provenance)
        }
    }

    /// Which of the tellings each fact comes from.
    fn told(catalogue: &Catalogue) -> [u64; 4] {
        let entry = catalogue.entry(&ModelKey::new("cloud", "m")).unwrap();
        let config = entry.config();
        [
            config.price.unwrap().input as u64,
            config.context_length.unwrap(),
            config.capabilities[0].parse().unwrap(),
            (entry.quality() * 10.0).round() as u64,
        ]
    }

    #[test]
    fn a_list_never_overwrites_what_is_known_better() {
        for old in KNOWN {
            for new in KNOWN {
                let mut catalogue = Catalogue::default();
                catalogue.replace("cloud", vec![entry(1, old)]);
                catalogue.replace("cloud", vec![entry(2, new)]);
                let expected = if new <= old { [2; 4] } else { [1; 4] };
                assert_eq!(told(&catalogue), expected, "{old:?} then {new:?}");
            }
        }
    }

    #[test]
    fn filling_never_overwrites_what_is_known_as_well() {
        for old in KNOWN {
            for new in KNOWN {
                let mut catalogue = Catalogue::default();
                catalogue.replace("cloud", vec![entry(1, old)]);
                let is_news = catalogue.fill([facts(2, new)], |_| Some(LOCALITY));
                let expected = if new < old { [2; 4] } else { [1; 4] };
                assert_eq!(told(&catalogue), expected, "{old:?} then {new:?}");
                assert_eq!(is_news, new < old);
            }
        }
    }

    #[test]
    fn each_fact_is_weighed_by_itself() {
        let mut catalogue = Catalogue::default();
        let mut first = entry(1, Provenance::Listed);
        first.config.provenance = Some(FactProvenance {
            price: Some(Provenance::Probed),
            context_length: Some(Provenance::Guessed),
            capabilities: None,
            quality: Some(Provenance::Listed),
        });
        catalogue.replace("cloud", vec![first]);
        catalogue.fill([facts(2, Provenance::Snapshot)], |_| Some(LOCALITY));
        assert_eq!(told(&catalogue), [1, 2, 2, 1]);
        let known = catalogue.entry(&ModelKey::new("cloud", "m")).unwrap().config().provenance();
        assert_eq!(known.price, Some(Provenance::Probed));
        assert_eq!(known.capabilities, Some(Provenance::Snapshot));
    }

    #[test]
    fn a_fact_that_a_new_list_does_not_tell_is_kept() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("cloud", vec![entry(1, Provenance::Snapshot)]);
        catalogue.replace("cloud", vec![Entry::new(ModelConfig::unknown("cloud", "m", LOCALITY), None)]);
        assert_eq!(told(&catalogue), [1; 4]);
    }

    #[test]
    fn other_weights_under_the_same_name_are_another_model() {
        let sized = |bytes, capability: &str| {
            let config = ModelConfig {
                size_bytes: Some(bytes),
                capabilities: vec![capability.to_owned()],
                provenance: Some(FactProvenance {
                    capabilities: Some(Provenance::Probed),
                    ..FactProvenance::default()
                }),
                ..ModelConfig::unknown("ollama", "m", Locality::Device)
            };
            Entry::new(config, None)
        };
        let mut catalogue = Catalogue::default();
        catalogue.replace("ollama", vec![sized(1, "vision")]);
        let mut pulled_anew = sized(2, "tools");
        pulled_anew.config.provenance =
            Some(FactProvenance { capabilities: Some(Provenance::Listed), ..FactProvenance::default() });
        catalogue.replace("ollama", vec![pulled_anew]);
        let entry = catalogue.entry(&ModelKey::new("ollama", "m")).unwrap();
        assert!(!entry.config().has("vision") && entry.config().has("tools"));
    }

    #[test]
    fn models_are_added_only_where_nobody_listed_and_until_somebody_does() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("empty", Vec::new());
        let of = |provider: &str| Facts {
            quality: Some(0.9),
            ..Facts::of(ModelKey::new(provider, "m"), Modality::Text, Provenance::Snapshot)
        };
        let locality_of = |provider: &str| (provider != "stranger").then_some(LOCALITY);
        assert!(catalogue.fill([of("cloud"), of("empty"), of("stranger")], locality_of));
        let known: Vec<String> = catalogue.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(known, ["cloud/m"], "`empty` listed nothing and `stranger` is not set up");
        assert_eq!(catalogue.entry(&ModelKey::new("cloud", "m")).unwrap().config().quality, Quality::High);
        catalogue.replace("cloud", vec![Entry::new(ModelConfig::unknown("cloud", "other", LOCALITY), None)]);
        assert!(!catalogue.fill([of("cloud")], locality_of));
        assert!(catalogue.entry(&ModelKey::new("cloud", "m")).is_none());
    }
}
