//! What the mesh did, in numbers: how many requests, how long they took, what they used and cost, by hour, model and
//! kind. It holds names of models, codes and counts, never a word of what was asked or said, and no key.
//!
//! What one browser counted is a [`layer`] of its own. Layers of other browsers come by import, under the name that each
//! browser gave itself, so that importing the same twice adds nothing. When it is written, and how the tabs of one browser
//! put theirs together, is the engine's to say.

mod cell;
mod layer;
mod record;
mod report;
mod sheet;
mod sketch;

use litemap::LiteMap;

pub use cell::AttemptMetrics;
pub use record::Unreadable;
pub use sketch::Sketch;

use self::layer::{Layer, Place};
use crate::base::money::Money;
use crate::base::time::Wall;
use crate::model::Usage;
use crate::model::metrics::GenerationMetrics;

/// How many single generations are remembered.
pub const RECENT: usize = 200;

/// How many other browsers' measures are kept.
const MOST_OTHERS: usize = 8;

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// What this browser calls itself; empty until something was measured.
    id: String,
    own: Layer,
    /// Imported, by what they call themselves.
    others: LiteMap<String, Layer>,
    /// The oldest first.
    recent: Vec<GenerationMetrics>,
    /// How single generations that are not here read now, each after how it read before.
    amended: Vec<(GenerationMetrics, GenerationMetrics)>,
}

impl Metrics {
    /// Nothing yet, of a browser that calls itself this.
    pub fn named(id: String) -> Self {
        Self { id, ..Self::default() }
    }

    /// What this browser calls itself; empty until it was named.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.own.cells.is_empty() && self.others.is_empty()
    }

    /// Takes in one try of one model.
    pub fn attempt(&mut self, attempt: &AttemptMetrics, now: Wall) {
        let place = Place::hour_of(attempt.at, attempt.modality, &attempt.model.to_string());
        self.own.cell(place, now).attempt(attempt);
    }

    /// Takes in a generation that is over, and USD that it saved. What it used is that of its attempts.
    pub fn generation(&mut self, generation: GenerationMetrics, saved: f64, now: Wall) {
        let model = match generation.provider.as_str() {
            "" => String::new(),
            provider => [provider, "/", &generation.model_id].concat(),
        };
        let place = Place::hour_of(generation.at, generation.modality, &model);
        self.own.cell(place, now).generation(&generation, saved);
        self.remember(generation);
    }

    /// The provider said later what it billed for a try that was taken in like this, and perhaps what it counted.
    pub fn settle(&mut self, was: &AttemptMetrics, billed: Money, counted: Option<&Usage>, now: Wall) {
        let place = Place::hour_of(was.at, was.modality, &was.model.to_string());
        self.own.cell(place, now).settle(was, billed, counted);
    }

    /// A generation that was taken in reads otherwise now. Where it is not here, whatever this is added to hears of it.
    pub fn amend(&mut self, was: &GenerationMetrics, is: &GenerationMetrics) {
        match self.recent.iter_mut().rev().find(|known| is_same(known, was)) {
            Some(known) => known.clone_from(is),
            None => self.amended.push((was.clone(), is.clone())),
        }
    }

    /// Takes in what the same browser measured beside this.
    pub fn add(&mut self, more: &Self, now: Wall) {
        if self.id.is_empty() {
            self.id.clone_from(&more.id);
        }
        self.own.add(&more.own);
        self.own.prune(now);
        self.join_others(more);
        for generation in &more.recent {
            self.remember(generation.clone());
        }
        for (was, is) in &more.amended {
            self.amend(was, is);
        }
    }

    /// Takes in what another browser measured, or this one once. How many requests are new; `None` where there is no room
    /// for another browser.
    pub fn join(&mut self, export: &Self) -> Option<u64> {
        let is_new = |id: &&String| **id != self.id && !self.others.contains_key(*id);
        let has_own = !export.own.cells.is_empty();
        let ids = export.others.keys().chain(has_own.then_some(&export.id));
        if self.others.len() + ids.filter(is_new).count() > MOST_OTHERS {
            return None;
        }
        let mut added = self.join_others(export);
        if export.id != self.id && has_own {
            added += self.others.entry(export.id.clone()).or_default().join(&export.own);
        }
        Some(added)
    }

    fn join_others(&mut self, from: &Self) -> u64 {
        let others = from.others.iter().filter(|(id, _)| **id != self.id);
        others.map(|(id, layer)| self.others.entry(id.clone()).or_default().join(layer)).sum()
    }

    /// The last generations, the newest first.
    pub fn recent(&self, limit: usize) -> Vec<GenerationMetrics> {
        self.recent.iter().rev().take(limit).cloned().collect()
    }

    /// In the order of their times. Nearly always it is the latest: sorting would be more code than this.
    fn remember(&mut self, generation: GenerationMetrics) {
        let before = self.recent.iter().rposition(|known| known.at <= generation.at);
        self.recent.insert(before.map_or(0, |before| before + 1), generation);
        if self.recent.len() > RECENT {
            self.recent.remove(0);
        }
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        core::iter::once(&self.own).chain(self.others.values())
    }
}

/// Whether it is the same generation. Numbers with fractions may have been rounded on their way.
fn is_same(one: &GenerationMetrics, other: &GenerationMetrics) -> bool {
    let traits = |one: &GenerationMetrics| (one.at, one.attempts, one.tokens, one.cost_kind, one.cancelled);
    traits(one) == traits(other) && one.model_id == other.model_id && one.provider == other.provider
}

#[cfg(test)]
mod tests;
