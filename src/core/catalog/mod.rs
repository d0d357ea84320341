//! The models that are known, and what is known of each and how well. It decides what a model is worth before anybody
//! asked it (quality by family and size); which one is asked is the router's.

mod custom;
mod evaluations;
mod facts;
mod names;
mod quality;
mod record;
pub mod snapshot;

use litemap::LiteMap;

pub use custom::CustomModel;
pub use facts::Facts;
pub use names::parameters_in_name;
pub use quality::{Basis, Prior, coarse, prior};

use crate::base::number::between;
use crate::base::stamp::Stamp;
use crate::base::time::Wall;
use crate::model::{Locality, ModelConfig, ModelKey, Price, Provenance};

/// A model with what the router needs beside its public description.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    config: ModelConfig,
    quality: f64,
    parameters: Option<f64>,
    /// Whether its provider listed it; else it is only known from elsewhere.
    is_listed: bool,
}

impl Entry {
    /// A model of `parameters` billion parameters (`None`: unknown), as its provider describes it. Facts of which
    /// `config` does not say how they are known are taken for listed; its quality is what models of its name and size are expected to have.
    pub fn new(mut config: ModelConfig, parameters: Option<f64>) -> Self {
        let parameters = parameters.or_else(|| parameters_in_name(&config.id));
        let Prior { quality, basis } = prior(&config.id, parameters, config.locality());
        let mut known = config.provenance();
        known.quality = Some(basis.provenance());
        let listed = |known: Option<Provenance>, is: bool| is.then(|| known.unwrap_or(Provenance::Listed));
        known.price = listed(known.price, config.price.is_some());
        known.context_length = listed(known.context_length, config.context_length.is_some());
        // An empty list may be all it can do or all that is known: only its provenance tells.
        if !config.capabilities.is_empty() {
            known.capabilities = known.capabilities.or(Some(Provenance::Listed));
        }
        config.provenance = Some(known);
        config.quality = coarse(quality);
        config.is_local = config.locality().is_local();
        config.cost_per_token = config.price.map(blended);
        Self { config, quality, parameters, is_listed: true }
    }

    /// With a better founded quality, 0 to 1.
    #[must_use]
    pub fn with_quality(mut self, quality: f64, provenance: Provenance) -> Self {
        self.set_quality(quality);
        let known = self.config.provenance.get_or_insert_default();
        known.quality = Some(provenance);
        self
    }

    fn set_quality(&mut self, quality: f64) {
        if quality.is_finite() {
            self.quality = between(quality, 0.0, 1.0);
            self.config.quality = coarse(self.quality);
        }
    }

    fn set_price(&mut self, price: Price) {
        self.config.price = Some(price);
        self.config.cost_per_token = Some(blended(price));
    }

    /// The public description.
    pub const fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Expected quality of its answers, 0 to 1: a prior, not a measurement of what it does here.
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
    /// Providers that ever gave a list, be it an empty one, and when it became another.
    listed: LiteMap<String, Stamp>,
}

impl Catalogue {
    /// Replaces a provider's models by what it lists now. Of models that stay, facts that were known better are kept.
    pub fn replace(&mut self, provider: &str, listed: Vec<Entry>) -> Difference {
        let keys: Vec<ModelKey> =
            self.entries.keys().filter(|key| key.provider() == provider).cloned().collect();
        let mut difference = Difference { added: 0, removed: keys.len() as u32 };
        let mut before = LiteMap::<ModelKey, Entry>::new();
        for key in keys {
            if let Some(entry) = self.entries.remove(&key) {
                before.insert(key, entry);
            }
        }
        for mut entry in listed {
            let key = entry.config.key();
            if let Some(known) = before.remove(&key) {
                difference.removed = difference.removed.saturating_sub(1);
                entry.inherit(known);
            } else {
                difference.added += 1;
            }
            self.entries.insert(key, entry);
        }
        if !self.listed.contains_key(provider) {
            self.listed.insert(provider.to_owned(), Stamp::default());
        }
        difference
    }

    /// What a provider listed, whether or not it is loaded; `None` where it never gave a list.
    pub fn list(&self, provider: &str) -> Option<Vec<Entry>> {
        self.listed.get(provider)?;
        let of_provider = self.entries.iter().filter(|(key, _)| key.provider() == provider);
        let mut list: Vec<Entry> = of_provider.map(|(_, entry)| entry.clone()).collect();
        for entry in &mut list {
            entry.config.warm = None;
        }
        Some(list)
    }

    /// A provider's list is another than it was.
    pub fn changed(&mut self, provider: &str) {
        if let Some(stamp) = self.listed.get_mut(provider) {
            stamp.change();
        }
    }

    /// Whether nobody knows when a provider's list became what it is.
    pub fn is_undated(&self, provider: &str) -> bool {
        self.listed.get(provider).is_some_and(|stamp| !stamp.is_known())
    }

    /// Dates the lists that changed since this was last called, in the tab of this number, and gives them for other tabs;
    /// `None` where none did.
    pub fn take_news(&mut self, now: Wall, by: u32) -> Option<Vec<u8>> {
        let mut is_news = false;
        for (_, stamp) in self.listed.iter_mut() {
            stamp.date(now, by);
            is_news |= stamp.is_news();
        }
        let news = is_news.then(|| self.written(Stamp::is_news));
        self.listed.iter_mut().for_each(|(_, stamp)| stamp.told());
        news
    }

    /// Takes facts from elsewhere than a provider's list: fills what is not known as well, and adds models of
    /// providers that are set up (`locality_of` knows them) and never gave a list. Whether anything is new.
    pub fn fill(
        &mut self,
        facts: impl IntoIterator<Item = Facts>,
        locality_of: impl Fn(&str) -> Option<Locality>,
    ) -> bool {
        let mut is_news = false;
        for facts in facts {
            if let Some(entry) = self.entries.get_mut(&facts.key) {
                is_news |= entry.fill(facts);
                continue;
            }
            let provider = facts.key.provider();
            if self.listed.contains_key(provider) {
                continue;
            }
            if let Some(locality) = locality_of(provider) {
                self.entries.insert(facts.key.clone(), facts.into_entry(locality));
                is_news = true;
            }
        }
        is_news
    }

    /// Takes in what was listed elsewhere, or earlier: of each provider the list that became what it is last. The providers
    /// whose lists are others now; fill in again what comes from elsewhere than lists.
    pub fn learn(&mut self, elsewhere: Self, now: Wall) -> Vec<String> {
        let mut lists = LiteMap::<String, Vec<Entry>>::new();
        for (provider, stamp) in elsewhere.listed {
            if self.listed.get(&provider).is_none_or(|known| known.yields_to(&stamp, now)) {
                self.listed.insert(provider.clone(), stamp);
                lists.insert(provider, Vec::new());
            }
        }
        for (key, mut entry) in elsewhere.entries {
            if let Some(list) = lists.get_mut(key.provider()) {
                entry.config.warm = self.entries.get(&key).and_then(|known| known.config.warm);
                list.push(entry);
            }
        }
        let mut names = Vec::new();
        for (provider, entries) in lists {
            self.replace(&provider, entries);
            names.push(provider);
        }
        names
    }

    /// Forgets a provider: its models, and that it ever listed any.
    pub fn forget(&mut self, provider: &str) {
        self.entries.retain(|key, _| key.provider() != provider);
        self.listed.remove(provider);
    }

    /// A model answered, so it is loaded. Whether that is news.
    pub fn answered(&mut self, key: &ModelKey) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        let is_news = entry.config.warm == Some(false);
        if is_news {
            entry.config.warm = Some(true);
        }
        is_news
    }

    /// A model made a picture, so it is loaded; of the others of its provider nobody knows any more, as one machine rarely holds two.
    /// Whether that is news.
    pub fn painted(&mut self, key: &ModelKey) -> bool {
        let mut is_news = false;
        for (other, entry) in &mut self.entries {
            if other.provider() == key.provider() {
                let warm = (other == key).then_some(true);
                is_news |= core::mem::replace(&mut entry.config.warm, warm) != warm;
            }
        }
        is_news
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

    /// Leaves only what these providers listed.
    pub fn retain(&mut self, is_meant: impl Fn(&str) -> bool) {
        self.listed.retain(|provider, _| is_meant(provider));
        self.entries.retain(|key, _| is_meant(key.provider()));
    }

    /// Keeps only what belongs to providers that are set up now, with the localities they have now. A stored
    /// list must not make a model nearer than its provider is.
    pub fn confine(&mut self, locality_of: impl Fn(&str) -> Option<Locality>) {
        self.listed.retain(|provider, _| locality_of(provider).is_some());
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

    pub(super) fn model(provider: &str, id: &str, locality: Locality) -> ModelConfig {
        ModelConfig::unknown(provider, id, locality)
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
    fn a_newer_list_leaves_nothing_of_an_older_one_and_keeps_what_was_known_better() {
        let entry = |id: &str| Entry::new(model("ollama", id, Locality::Device), None);
        let mut stored = Catalogue::default();
        stored.replace("ollama", vec![entry("gone"), entry("stays").with_quality(0.9, Provenance::Snapshot)]);
        stored.replace("other", vec![Entry::new(model("other", "x", Locality::Device), None)]);
        let mut newer = Catalogue::default();
        newer.replace("ollama", vec![entry("stays"), entry("came")]);
        newer.changed("ollama");
        newer.take_news(Wall::from_epoch_millis(1), 1);
        assert_eq!(stored.learn(newer, Wall::from_epoch_millis(1)), ["ollama"]);
        let known: Vec<String> = stored.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(known, ["ollama/came", "ollama/stays", "other/x"]);
        assert_eq!(stored.entry(&ModelKey::new("ollama", "stays")).unwrap().quality(), 0.9);
    }

    #[test]
    fn who_answered_is_loaded() {
        let mut catalogue = Catalogue::default();
        let cold = ModelConfig { warm: Some(false), ..model("ollama", "a", Locality::Device) };
        catalogue.replace("ollama", vec![Entry::new(cold, None)]);
        let key = ModelKey::new("ollama", "a");
        assert!(catalogue.answered(&key));
        assert!(!catalogue.answered(&key));
        assert_eq!(catalogue.entry(&key).unwrap().config().warm, Some(true));
    }

    #[test]
    fn who_painted_is_loaded_and_of_the_others_nobody_knows() {
        let mut catalogue = Catalogue::default();
        let all = ["a", "b"].map(|id| Entry::new(model("comfyui", id, Locality::Device), None));
        catalogue.replace("comfyui", all.to_vec());
        let [one, other] = ["a", "b"].map(|id| ModelKey::new("comfyui", id));
        let warm =
            |catalogue: &Catalogue| [&one, &other].map(|key| catalogue.entry(key).unwrap().config().warm);
        assert!(catalogue.painted(&one));
        assert!(!catalogue.painted(&one));
        assert_eq!(warm(&catalogue), [Some(true), None]);
        assert!(catalogue.painted(&other));
        assert_eq!(warm(&catalogue), [None, Some(true)]);
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
