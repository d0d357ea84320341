//! What the built-in snapshot tells about one provider's models.

use super::provider::Provider;
use crate::catalog::Facts;
use crate::catalog::snapshot::{Snapshot, SnapshotModel};
use crate::model::{ModelKey, Provenance};
use crate::wire::Protocol;

/// Facts of the models that a cloud offers, and of those that it lists under other names; for other servers only what
/// models of the same name are like wherever they run.
pub(super) fn of<'a>(
    provider: &Provider,
    snapshot: &Snapshot,
    listed: impl Iterator<Item = &'a ModelKey>,
) -> Vec<Facts> {
    let cloud = match provider.protocol {
        Some(Protocol::Gemini) => "gemini",
        Some(Protocol::OpenRouter) => "openrouter",
        Some(Protocol::OpenAi) => return listed.filter_map(|key| likeness(key, snapshot)).collect(),
        Some(Protocol::Ollama | Protocol::ComfyUi) | None => return Vec::new(),
    };
    let offered = snapshot.of(cloud);
    let mut facts: Vec<Facts> =
        offered.iter().map(|model| of_model(ModelKey::new(&provider.name, &model.id), model)).collect();
    let other_names = listed.filter(|key| offered.iter().all(|model| model.id != key.id()));
    facts.extend(other_names.filter_map(|key| {
        let known = snapshot.find(cloud, key.id())?;
        Some(Facts { price: known.price, name: None, ..of_model(key.clone(), known.model) })
    }));
    facts
}

fn of_model(key: ModelKey, model: &SnapshotModel) -> Facts {
    let words = |word: &str| word.to_owned();
    Facts {
        name: Some(model.name.clone()),
        price: model.price,
        context_length: model.context_length,
        max_output_tokens: model.output_limit,
        capabilities: Some(model.capabilities.words().map(words).collect()),
        ..Facts::of(key, model.modality, Provenance::Snapshot)
    }
}

/// What a model of this name is like. Who hosts it decides its price and half of what it can do, so it stays a guess.
fn likeness(key: &ModelKey, snapshot: &Snapshot) -> Option<Facts> {
    let like = snapshot.like(key.id())?;
    Some(Facts {
        context_length: like.context_length,
        ..Facts::of(key.clone(), crate::model::Modality::Text, Provenance::Guessed)
    })
}
