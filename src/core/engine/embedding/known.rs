//! Which texts nobody has to be asked for: their vectors are kept, or on their way to somebody else.

use std::collections::VecDeque;

use litemap::LiteMap;

use super::{Embedding, Found, State};
use crate::base::time::Now;
use crate::cache::{Key, Vector, canonical_text};
use crate::engine::generation::Ended;
use crate::engine::io::{AnswersWork, Output};
use crate::engine::recall::PATIENCE;
use crate::engine::receipt::{self, Given};
use crate::engine::shared::Shared;
use crate::model::receipt::{CacheTier, Cached};
use crate::model::{FinishReason, ModelKey, Reason, Receipt, Usage};

/// How many vectors the disk is asked for at once. It says all of them together, and is not waited for long.
const READING: usize = 250;

impl Embedding {
    /// Looks what is kept of this model, and has it asked for the rest.
    pub(super) fn look(&mut self, position: usize, key: ModelKey, shared: &mut Shared, now: Now) -> Ended {
        let texts = &self.request.texts;
        // Vectors of another model cannot stand beside these.
        self.vectors = texts.iter().map(|_| None).collect();
        (self.came, self.saved, self.tier) = (0, 0.0, CacheTier::Memory);
        let keeping = self.keeping.filter(|_| shared.keeps_vectors_of(&key));
        self.names = match keeping {
            Some(_) => texts.iter().map(|text| Key::of(&canonical_text(&key, text))).collect(),
            None => Vec::new(),
        };
        let Some(keeping) = keeping.filter(|keeping| keeping.may_read) else {
            return self.proceed(position, key, shared, now);
        };
        self.recollect(&key, shared, now);
        let unread: VecDeque<usize> =
            if keeping.is_on_disk { self.missing().collect() } else { VecDeque::new() };
        if unread.is_empty() {
            return self.looked(position, key, shared, now);
        }
        self.state = State::Looking { until: now.monotonic, position, key, unread, asked: 0 };
        self.read_more(shared, now);
        None
    }

    /// Asks the disk for the next ones.
    fn read_more(&mut self, shared: &mut Shared, now: Now) {
        let State::Looking { until, unread, asked, .. } = &mut self.state else { return };
        *until = now.monotonic.after(PATIENCE);
        if *asked == 0 {
            *asked = unread.len().min(READING);
            for name in unread.iter().take(READING).filter_map(|place| self.names.get(*place)) {
                shared.push(Output::Answers(AnswersWork::Find(name.to_string())));
            }
        }
    }

    /// Whether the disk was asked for this.
    pub(in crate::engine) fn looks_for(&self, name: Key) -> bool {
        let State::Looking { unread, asked, .. } = &self.state else { return false };
        unread.iter().take(*asked).any(|place| self.names.get(*place) == Some(&name))
    }

    /// The disk has a vector, or none.
    pub(in crate::engine) fn found(
        &mut self,
        name: Key,
        bytes: Option<&[u8]>,
        shared: &mut Shared,
        now: Now,
    ) -> Ended {
        let State::Looking { position, key, unread, asked, .. } = &mut self.state else { return None };
        let at = unread.iter().take(*asked).position(|place| self.names.get(*place) == Some(&name))?;
        let place = unread.remove(at)?;
        *asked -= 1;
        let (position, key, is_last) = (*position, key.clone(), unread.is_empty());
        let text = self.request.texts.get(place)?;
        if let Some(vector) = bytes.and_then(|bytes| shared.read_vector(bytes, name, (&key, text), now)) {
            self.is_known(place, &vector, CacheTier::Disk, &key, shared);
        }
        if is_last {
            return self.looked(position, key, shared, now);
        }
        self.read_more(shared, now);
        None
    }

    /// Everything that is kept was looked at, or took too long.
    pub(super) fn looked(&mut self, position: usize, key: ModelKey, shared: &mut Shared, now: Now) -> Ended {
        shared.cache.missed(self.missing().count() as u32);
        self.proceed(position, key, shared, now)
    }

    /// Others may have been given what this one waits for.
    pub(in crate::engine) fn others_changed(&mut self, shared: &mut Shared, now: Now) -> Ended {
        let State::Behind { position, key } = &self.state else { return None };
        let (position, key) = (*position, key.clone());
        self.recollect(&key, shared, now);
        self.proceed(position, key, shared, now)
    }

    /// Takes what is in memory.
    fn recollect(&mut self, key: &ModelKey, shared: &mut Shared, now: Now) {
        for place in self.missing().collect::<Vec<usize>>() {
            let Some((name, text)) = self.names.get(place).zip(self.request.texts.get(place)) else {
                continue;
            };
            if let Some(vector) = shared.remembered_vector(*name, key, text, now) {
                self.is_known(place, &vector, CacheTier::Memory, key, shared);
            }
        }
    }

    fn is_known(
        &mut self,
        place: usize,
        vector: &Vector,
        tier: CacheTier,
        key: &ModelKey,
        shared: &mut Shared,
    ) {
        let worth = shared.worth(key, &vector.text);
        shared.cache.hit(tier, worth, 0.0);
        self.saved += worth;
        if tier == CacheTier::Disk {
            self.tier = tier;
        }
        if let Some(slot) = self.vectors.get_mut(place) {
            *slot = Some(Found { numbers: vector.numbers.clone(), was_kept: true });
        }
    }

    /// A model that was changed under its name makes vectors of another length: then what was kept is of no use. Whether that
    /// is so; those texts are asked for.
    pub(super) fn drop_misfits(&mut self) -> bool {
        let mut found = self.vectors.iter().flatten();
        let length = found.next().map(|first| first.numbers.len());
        let is_mixed = found.any(|one| Some(one.numbers.len()) != length);
        let has_kept = self.vectors.iter().flatten().any(|one| one.was_kept);
        if is_mixed && has_kept {
            for slot in &mut self.vectors {
                slot.take_if(|found| found.was_kept);
            }
            self.keeping = self.keeping.map(|keeping| super::Keeping { may_read: false, ..keeping });
        }
        is_mixed && has_kept
    }

    /// Of vectors that were all kept.
    pub(super) fn kept_receipt(&self, key: &ModelKey, shared: &Shared, now: Now) -> Receipt {
        let usage = Usage { input_tokens: self.query.input_tokens, ..Usage::default() };
        let given = Given {
            id: &self.id,
            query: &self.query,
            started: self.started,
            model: &key.to_string(),
            usage,
            finish: FinishReason::Stop,
            saved: self.saved,
            why: Reason::new("cached", "The vectors of all texts were kept."),
            cached: Cached::From(self.tier),
        };
        // Another model may have been asked in vain before.
        let attempts = self.attempts.clone();
        Receipt { attempts, first_token_ms: None, ..receipt::given(given, shared, now) }
    }
}

/// Leaves each text once. Which of those that are left stands for each of the caller's; nothing where all are different.
pub(in crate::engine) fn leave_distinct(texts: &mut Vec<String>) -> Vec<usize> {
    let mut known: LiteMap<&str, usize> = LiteMap::new();
    let mut shared_by = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        let next = known.len();
        shared_by.push(*known.entry(text).or_insert(next));
    }
    if known.len() == texts.len() {
        return Vec::new();
    }
    let mut left = 0;
    let firsts = shared_by.iter().map(|place| {
        let is_first = *place == left;
        left += usize::from(is_first);
        is_first
    });
    let mut firsts: Vec<bool> = firsts.collect();
    firsts.reverse();
    texts.retain(|_| firsts.pop() == Some(true));
    shared_by
}
