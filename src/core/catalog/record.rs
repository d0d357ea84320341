//! The catalogue as it is kept between visits, so that decisions work before anything answered.

use litemap::LiteMap;
use serde::Serialize;
use serde_json::Value;

use super::{Catalogue, Entry};
use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::base::order;
use crate::base::stamp::Stamp;
use crate::model::ModelConfig;

/// 2: facts with their provenance, and who gave a list; 3: when that list became what it is.
const FORMAT: u32 = 3;

/// In which that is not known.
const FORMAT_WITHOUT_TIMES: u32 = 2;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    listed: Vec<(&'a String, &'a Stamp)>,
    models: Vec<WrittenEntry<'a>>,
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    config: &'a ModelConfig,
    quality: f64,
    parameters: Option<f64>,
}

struct StoredEntry {
    config: ModelConfig,
    quality: f64,
    parameters: Option<f64>,
}

impl FromJson for StoredEntry {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        Ok(Self {
            config: fields.need("config")?,
            quality: fields.need("quality")?,
            parameters: fields.take("parameters")?,
        })
    }
}

/// What a record holds: who gave a list and when, and the models.
fn parts(value: Value) -> Option<(LiteMap<String, Stamp>, Vec<Value>)> {
    let mut fields = Fields::of(value, "").ok()?;
    let format: u32 = fields.need("format").ok()?;
    let listed: Vec<Value> = fields.need("listed").ok()?;
    let listed = match format {
        FORMAT => order::map(listed.into_iter().filter_map(dated)),
        FORMAT_WITHOUT_TIMES => {
            let names = listed.iter().filter_map(Value::as_str);
            order::map(names.map(|name| (name.to_owned(), Stamp::default())))
        }
        _ => return None,
    };
    Some((listed, fields.need("models").ok()?))
}

/// `["ollama", [1700000000000, 7]]`
fn dated(pair: Value) -> Option<(String, Stamp)> {
    let name = pair.get(0)?.as_str()?.to_owned();
    Some((name, Stamp::from_json(pair.get(1)?.clone(), "").ok()?))
}

impl Catalogue {
    /// As bytes for the store. Models that no provider listed are not kept: where they came from, they can be had
    /// again.
    pub fn to_record(&self) -> Vec<u8> {
        self.written(|_| true)
    }

    /// The lists that are meant.
    pub(super) fn written(&self, is_meant: impl Fn(&Stamp) -> bool) -> Vec<u8> {
        let is_written = |entry: &&Entry| {
            entry.is_listed && self.listed.get(&entry.config.provider).is_some_and(&is_meant)
        };
        let models = self
            .entries
            .values()
            .filter(is_written)
            .map(|entry| WrittenEntry {
                config: &entry.config,
                quality: entry.quality,
                parameters: entry.parameters,
            })
            .collect();
        let listed = self.listed.iter().filter(|(_, stamp)| is_meant(stamp)).collect();
        serde_json::to_vec(&Written { format: FORMAT, listed, models }).unwrap_or_default()
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept; a record of
    /// another format is empty. Whether a model is loaded is not remembered.
    pub fn from_record(bytes: &[u8]) -> (Self, usize) {
        json::read(bytes).map_or_else(|_| (Self::default(), 1), Self::from_value)
    }

    /// From what another tab told; the same as from stored bytes.
    pub fn from_value(value: Value) -> (Self, usize) {
        let Some((listed, models)) = parts(value) else { return (Self::default(), 1) };
        let mut dropped = 0;
        let mut catalogue = Self { listed, ..Self::default() };
        for model in models {
            match StoredEntry::from_json(model, "") {
                Ok(StoredEntry { mut config, quality, parameters })
                    if quality.is_finite() && !config.id.is_empty() =>
                {
                    config.warm = None;
                    let entry = Entry { config, quality, parameters, is_listed: true };
                    catalogue.entries.insert(entry.config.key(), entry);
                }
                _ => dropped += 1,
            }
        }
        (catalogue, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::super::tests::model;
    use super::*;
    use crate::base::time::Wall;
    use crate::model::{FactProvenance, Locality, Modality, ModelKey, Price, Provenance};

    #[test]
    fn what_was_written_is_read_again_with_how_it_came_to_be_known() {
        let config = ModelConfig {
            price: Some(Price { input: 1e-6, output: 5e-6, ..Price::FREE }),
            context_length: Some(8_192),
            max_output_tokens: Some(4_096),
            family: Some("llama".to_owned()),
            provenance: Some(FactProvenance {
                price: Some(Provenance::Snapshot),
                capabilities: Some(Provenance::Probed),
                ..FactProvenance::default()
            }),
            ..model("ollama", "llama3.2:3b", Locality::Device)
        };
        let mut catalogue = Catalogue::default();
        catalogue.replace("ollama", vec![Entry::new(config, None).with_quality(0.6, Provenance::Snapshot)]);
        catalogue.replace("empty", Vec::new());
        assert_eq!(Catalogue::from_record(&catalogue.to_record()), (catalogue, 0));
    }

    #[test]
    fn a_record_that_does_not_say_when_is_still_read_and_yields_to_one_that_does() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("ollama", vec![Entry::new(model("ollama", "old", Locality::Device), None)]);
        let text = String::from_utf8(catalogue.to_record()).unwrap();
        let before =
            text.replace(r#""format":3,"listed":[["ollama",[0,0]]]"#, r#""format":2,"listed":["ollama"]"#);
        assert_ne!(before, text);
        let (mut read, dropped) = Catalogue::from_record(before.as_bytes());
        assert_eq!((&read, dropped), (&catalogue, 0));
        catalogue.replace("ollama", vec![Entry::new(model("ollama", "new", Locality::Device), None)]);
        catalogue.changed("ollama");
        let news = catalogue.take_news(Wall::from_epoch_millis(5), 1).unwrap();
        let (heard, _) = Catalogue::from_record(&news);
        assert_eq!(read.clone().learn(heard.clone(), Wall::from_epoch_millis(5)), ["ollama"]);
        assert_eq!(catalogue.learn(read.clone(), Wall::from_epoch_millis(5)), Vec::<String>::new());
        read.learn(heard, Wall::from_epoch_millis(5));
        assert_eq!(read, catalogue);
        assert_eq!(catalogue.take_news(Wall::from_epoch_millis(6), 1), None);
    }

    #[test]
    fn a_model_that_nobody_listed_is_not_kept() {
        let mut catalogue = Catalogue::default();
        let facts = Facts::of(ModelKey::new("cloud", "m"), Modality::Text, Provenance::Snapshot);
        assert!(catalogue.fill([facts], |_| Some(Locality::Cloud)));
        assert_eq!(Catalogue::from_record(&catalogue.to_record()), (Catalogue::default(), 0));
    }

    #[test]
    fn a_broken_entry_is_dropped_and_the_rest_kept() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("ollama", vec![Entry::new(model("ollama", "good", Locality::Device), None)]);
        let text = String::from_utf8(catalogue.to_record()).unwrap();
        let broken = text.replace("\"models\":[", "\"models\":[{\"config\":7},");
        assert_eq!(Catalogue::from_record(broken.as_bytes()), (catalogue, 1));
    }

    #[test]
    fn a_record_of_another_format_or_no_record_is_empty() {
        for bytes in [
            &b"{\"format\":1,\"models\":[]}"[..],
            b"{\"format\":4,\"listed\":[],\"models\":[]}",
            b"",
            b"\xff\xfe",
            b"null",
        ] {
            assert_eq!(Catalogue::from_record(bytes), (Catalogue::default(), 1));
        }
    }
}
