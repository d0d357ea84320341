//! The catalogue as it is kept between visits, so that decisions work before anything answered.

use serde::Serialize;
use serde_json::Value;

use super::{Catalogue, Entry};
use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::model::ModelConfig;

const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
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

/// The entries of a record of this format.
fn entries(bytes: &[u8]) -> Option<Vec<Value>> {
    let mut fields = Fields::of(json::read(bytes).ok()?, "").ok()?;
    (fields.need::<u32>("format").ok()? == FORMAT).then(|| fields.need("models").ok())?
}

impl Catalogue {
    /// As bytes for the store.
    pub fn to_record(&self) -> Vec<u8> {
        let models = self
            .entries
            .values()
            .map(|entry| WrittenEntry {
                config: &entry.config,
                quality: entry.quality,
                parameters: entry.parameters,
            })
            .collect();
        serde_json::to_vec(&Written { format: FORMAT, models }).unwrap_or_default()
    }

    /// From stored bytes. Entries that do not parse are dropped and counted, the rest is kept; a record of
    /// another format is empty. Whether a model is loaded is not remembered.
    pub fn from_record(bytes: &[u8]) -> (Self, usize) {
        let Some(models) = entries(bytes) else { return (Self::default(), 1) };
        let mut dropped = 0;
        let mut catalogue = Self::default();
        for model in models {
            match StoredEntry::from_json(model, "") {
                Ok(StoredEntry { mut config, quality, parameters })
                    if quality.is_finite() && !config.id.is_empty() =>
                {
                    config.warm = None;
                    catalogue.entries.insert(config.key(), Entry { config, quality, parameters });
                }
                _ => dropped += 1,
            }
        }
        (catalogue, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::model;
    use super::*;
    use crate::model::Locality;

    #[test]
    fn what_was_written_is_read_again() {
        let mut catalogue = Catalogue::default();
        catalogue.replace("ollama", vec![Entry::new(model("ollama", "llama3.2:3b", Locality::Device), None)]);
        assert_eq!(Catalogue::from_record(&catalogue.to_record()), (catalogue, 0));
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
        for bytes in [&b"{\"format\":2,\"models\":[]}"[..], b"", b"\xff\xfe", b"null"] {
            assert_eq!(Catalogue::from_record(bytes), (Catalogue::default(), 1));
        }
    }
}
