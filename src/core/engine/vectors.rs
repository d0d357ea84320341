//! Requests for vectors, and vectors that are kept: one for each model and text, in this page's memory and, unless they had to
//! stay on this machine, on the disk. Which of them a request needs is in [`super::embedding`].

use std::rc::Rc;

use super::cache::Cache;
use super::embedding::{self, Embedding};
use super::provider::Provider;
use super::shared::Shared;
use super::{Engine, Machine, generation, intake};
use crate::base::id::RequestId;
use crate::base::money::Money;
use crate::base::time::Now;
use crate::cache::{Kept, Key, Kind, Settings, Use, Vector};
use crate::estimate;
use crate::model::request::{CacheMode, EmbedRequest};
use crate::model::{ModelKey, Usage};
use crate::route::Query;

/// How the vectors of one request are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeping {
    /// Whether those that are kept may be given.
    pub(super) may_read: bool,
    /// Whether they lie on the disk as well as in memory.
    pub(super) is_on_disk: bool,
}

/// Texts whose vectors are on their way to somebody who will keep them.
#[derive(Debug, Default)]
pub(super) struct OnTheWay {
    keys: Vec<Key>,
    /// Whether any has come, or comes no more, since somebody looked.
    has_changed: bool,
}

impl OnTheWay {
    pub(super) fn has(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn add(&mut self, keys: impl Iterator<Item = Key>) {
        self.keys.extend(keys);
    }

    pub(super) fn remove(&mut self, keys: &[Key]) {
        self.keys.retain(|key| !keys.contains(key));
        self.has_changed |= !keys.is_empty();
    }

    /// Whether anything changed since this was asked last.
    pub(super) fn take_change(&mut self) -> bool {
        core::mem::take(&mut self.has_changed)
    }
}

impl Cache {
    /// How the vectors of a request are kept; `None` where they are not.
    pub(super) fn keeping(&self, mode: Option<CacheMode>, query: &Query) -> Option<Keeping> {
        let is_wanted = self.settings.is_some() && mode != Some(CacheMode::Off);
        is_wanted.then(|| Keeping {
            may_read: mode != Some(CacheMode::Refresh),
            is_on_disk: self.has_disk && !query.stays_near(),
        })
    }
}

impl Engine {
    /// Takes in a request for vectors.
    pub(super) fn embed(&mut self, id: RequestId, mut request: EmbedRequest, now: Now) {
        let shared_by = embedding::leave_distinct(&mut request.texts);
        let query = match intake::embed_query(&request, &self.shared.policy, self.shared.is_online) {
            Ok(query) => query,
            Err(error) => return self.settle(id, Err(error)),
        };
        let waits_for = self.look_at_unknown(&query, now);
        let wanted = (request, shared_by);
        let (embedding, ended) =
            Embedding::start(id.clone(), wanted, query, waits_for, self.timeouts, &mut self.shared, now);
        if let Some(outcome) = ended {
            self.measure(&id, now.wall, &outcome, now);
            return self.settle(id, outcome);
        }
        self.run(id, Machine::Embedding(Box::new(embedding)));
    }

    /// Whoever waits for vectors that others are being given looks whether they came.
    pub(super) fn share_vectors(&mut self, now: Now) {
        while self.shared.cache.on_the_way.take_change() {
            self.step_embeddings(|embedding, shared| embedding.others_changed(shared, now), now);
        }
    }

    /// Moves every request for vectors.
    pub(in crate::engine) fn step_embeddings(
        &mut self,
        mut act: impl FnMut(&mut Embedding, &mut Shared) -> generation::Ended,
        now: Now,
    ) {
        let ids: Vec<RequestId> = self.machines.keys().cloned().collect();
        for id in ids {
            let outcome = match self.machines.get_mut(&id) {
                Some(Machine::Embedding(embedding)) => act(embedding, &mut self.shared),
                _ => None,
            };
            if let Some(outcome) = outcome {
                self.end(id, outcome, now);
            }
        }
    }
}

impl Shared {
    /// What a model is under its name. A program of the page that does not say which one it is may be another one the next time.
    fn maker(&self, model: &ModelKey) -> Option<&str> {
        self.providers.get(model.provider()).and_then(Provider::identity)
    }

    /// Whether vectors of this model can be told from those of another one.
    pub(super) fn keeps_vectors_of(&self, model: &ModelKey) -> bool {
        self.maker(model).is_some()
    }

    /// The vector of a text, if it is in memory.
    pub(super) fn remembered_vector(
        &mut self,
        key: Key,
        model: &ModelKey,
        text: &str,
        now: Now,
    ) -> Option<Rc<Vector>> {
        let Kept::Vector(vector) = self.cache.memory.find(key)? else { return None };
        self.is_usable(&vector, model, text, now).then_some(vector)
    }

    /// The vector of a text from the disk, unless it is of no use. It is in memory from now on.
    pub(super) fn read_vector(
        &mut self,
        bytes: &[u8],
        key: Key,
        (model, text): (&ModelKey, &str),
        now: Now,
    ) -> Option<Rc<Vector>> {
        let vector = Rc::new(Vector::from_record(bytes)?);
        if !self.is_usable(&vector, model, text, now) {
            return None;
        }
        let (bytes, kept_at) = (bytes.len() as u64, vector.kept_at);
        let used = Use { bytes, kept_at, used_at: now.wall, kind: Kind::Vector };
        self.was_read_back(key, Kept::Vector(Rc::clone(&vector)), used);
        Some(vector)
    }

    /// Another text may have the same key, and another server the same name.
    fn is_usable(&self, vector: &Vector, model: &ModelKey, text: &str, now: Now) -> bool {
        vector.text == text
            && vector.model == model.to_string()
            && self.maker(model) == Some(vector.identity.as_str())
            && !Settings::is_old(vector.kept_at, now.wall)
    }

    /// A vector came.
    pub(super) fn keep_vector(
        &mut self,
        key: Key,
        (model, text): (&ModelKey, &str),
        numbers: &[f32],
        is_for_disk: bool,
        now: Now,
    ) {
        let Some(identity) = self.maker(model) else { return };
        let vector = Vector {
            model: model.to_string(),
            identity: identity.to_owned(),
            text: text.to_owned(),
            kept_at: now.wall,
            numbers: numbers.to_vec(),
        };
        let record = vector.to_record();
        self.put(key, Kept::Vector(Rc::new(vector)), record, is_for_disk, now);
    }

    /// What asking for the vector of a text would cost, USD, as far as known.
    pub(super) fn worth(&self, model: &ModelKey, text: &str) -> f64 {
        let price = self.catalogue.entry(model).and_then(|entry| entry.config().price.as_ref());
        let Some(price) = price else { return 0.0 };
        let input_tokens = estimate::tokens_in(text, self.family(model));
        let usage = Usage { input_tokens, estimated: true, ..Usage::default() };
        estimate::settled_cost(Some(price), &usage).0.map_or(0.0, Money::usd)
    }
}
