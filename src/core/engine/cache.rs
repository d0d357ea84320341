//! Which requests may be answered from what is kept, and what becomes of answers; vectors are in [`super::vectors`]. They are kept in this page's memory and,
//! unless they had to stay on this machine, on the disk, where other tabs and later visits find them.

use std::collections::VecDeque;
use std::rc::Rc;

use super::io::{AnswersSaid, AnswersWork, CacheWish, Output, Settlement, StoredAnswer};
use super::provider::Provider;
use super::recall::Question;
use super::shared::Shared;
use super::vectors::OnTheWay;
use crate::base::id::RequestId;
use crate::base::time::{Now, Wall};
use crate::cache::{
    Age, Answer, Entry, Kept, KeptPicture, Key, Kind, Ledger, Memory, Settings, Use, canonical,
    canonical_wish,
};
use crate::model::cache::CacheStats;
use crate::model::options::{CacheChoice, CacheOptions};
use crate::model::picture::{BlobHandle, Picture};
use crate::model::receipt::CacheTier;
use crate::model::request::CacheMode;
use crate::model::storage::{Storage, StorageFault};
use crate::model::{Error, ErrorCode, ModelKey, Receipt, TextRequest, TextResult, Wish};
use crate::route::Query;

/// Whoever states a higher temperature wants another answer each time.
const HIGHEST_TEMPERATURE: f64 = 0.5;

/// Where the answer to a request is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) key: Key,
    /// The request as [`canonical`] writes it.
    pub(super) request: String,
    /// Whether it may be answered from what is kept.
    pub(super) may_read: bool,
    /// Whether the answer had to stay near: it is kept in memory only, and its key is shown to nobody.
    is_private: bool,
}

impl Place {
    /// The key as it stands on a receipt.
    pub(super) fn shown_key(&self) -> Option<String> {
        (!self.is_private).then(|| self.key.to_string())
    }
}

/// What has to be done with the list of what is on the disk.
#[derive(Debug)]
enum Chore {
    Wish(RequestId, CacheWish),
    /// Bring what is kept down to so many bytes, or to what is allowed.
    Fit(Option<u64>),
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// None: nothing is.
    pub(super) settings: Option<Settings>,
    pub(super) has_disk: bool,
    pub(super) memory: Memory,
    /// What is on the disk; not known before something was written.
    ledger: Option<Ledger>,
    /// What was written since the list was asked for: it may lack it.
    late: Vec<(Key, Use)>,
    chores: VecDeque<Chore>,
    is_busy: bool,
    /// Vectors that somebody is being given.
    pub(super) on_the_way: OnTheWay,
    /// Who waits for something to be gone, and how much of it there was.
    awaited: Option<(RequestId, u32)>,
    stats: CacheStats,
}

fn not_forgotten(fault: StorageFault) -> Error {
    let message = format!("The answers could not be forgotten. {}", fault.reason().message);
    Error::new(ErrorCode::Storage, message)
        .hinted("Try again, or clear this site's data in the browser's settings.")
}

/// Whether an answer to this request may be given to others who ask the same.
pub(super) fn may_be_shared(request: &TextRequest) -> bool {
    let has_tools = request.tools.as_ref().is_some_and(|tools| !tools.is_empty());
    let is_chance = request.temperature.is_some_and(|temperature| temperature > HIGHEST_TEMPERATURE);
    match request.cache {
        Some(CacheMode::Off) => false,
        Some(CacheMode::Use) => true,
        Some(CacheMode::Refresh) | None => !has_tools && request.search != Some(true) && !is_chance,
    }
}

/// Whether who asks for this once more wants the same: without a seed another picture is wanted each time, unless it is said.
fn is_repeatable(wish: &Wish) -> bool {
    match (wish.cache(), wish) {
        (Some(CacheMode::Use | CacheMode::Refresh), _) => true,
        (None, Wish::Image(request)) => request.seed.is_some(),
        (Some(CacheMode::Off), _) | (None, Wish::Video(_)) => false,
    }
}

impl Cache {
    pub(super) fn new(choice: Option<CacheChoice>, storage: Storage) -> Self {
        let settings = match choice {
            Some(CacheChoice::Off(_)) => None,
            Some(CacheChoice::On(options)) => Some(Settings::of(&options)),
            None => Some(Settings::of(&CacheOptions::default())),
        };
        Self { settings, has_disk: storage == Storage::IndexedDb, ..Self::default() }
    }

    /// Where the answer to a request belongs, if it is one to be kept.
    pub(super) fn place(&self, question: &Question, query: &Query) -> Option<Place> {
        self.settings?;
        let (mode, text) = match question {
            Question::Text(request) if may_be_shared(request) => {
                (request.cache, canonical(request, &query.policy)?)
            }
            Question::Paint(wish) if is_repeatable(wish) => {
                (wish.cache(), canonical_wish(wish, &query.policy)?)
            }
            _ => return None,
        };
        Some(Place {
            key: Key::of(&text),
            request: text,
            may_read: mode != Some(CacheMode::Refresh),
            is_private: query.stays_near(),
        })
    }

    /// Whether an answer may lie on the disk.
    pub(super) const fn may_be_on_disk(&self, place: &Place) -> bool {
        self.has_disk && !place.is_private
    }

    /// Requests that might have been answered were not.
    pub(super) fn missed(&mut self, count: u32) {
        self.stats.misses += count;
    }

    /// A request was answered from what is kept, which had cost so many USD and milliseconds.
    pub(super) fn hit(&mut self, tier: CacheTier, cost: f64, took_ms: f64) {
        match tier {
            CacheTier::Memory => self.stats.memory_hits += 1,
            CacheTier::Disk => self.stats.disk_hits += 1,
        }
        self.stats.saved_cost += cost;
        self.stats.saved_ms += took_ms;
    }

    fn age(&self, entry: &Entry, now: Wall) -> Age {
        let Some(settings) = self.settings else { return Age::Expired };
        if entry.answer.pictures.is_empty() {
            settings.age(entry.kept_at, now)
        } else {
            settings.age_of_pictures(entry.kept_at, now)
        }
    }

    fn stats(&self) -> CacheStats {
        let stats = self.stats;
        let hits = stats.memory_hits + stats.disk_hits;
        let all = hits + stats.misses;
        let on_disk = |key: &Key| self.ledger.as_ref().is_some_and(|ledger| ledger.contains(*key));
        let only_here = self.memory.sizes().filter(|(key, _)| !on_disk(key));
        let (more, more_bytes) = only_here.fold((0, 0), |(count, sum), (_, bytes)| (count + 1, sum + bytes));
        let (entries, bytes) =
            self.ledger.as_ref().map_or((0, 0), |ledger| (ledger.iter().count(), ledger.bytes()));
        CacheStats {
            entries: entries as u32 + more,
            bytes: bytes + more_bytes,
            hit_rate: if all == 0 { 0.0 } else { f64::from(hits) / f64::from(all) },
            ..stats
        }
    }
}

impl Shared {
    /// What is in memory for a request, unless it is of no use any more.
    pub(super) fn remembered(&mut self, place: &Place, now: Now) -> Option<(Rc<Entry>, Age)> {
        let Kept::Answer(entry) = self.cache.memory.find(place.key)? else { return None };
        let age = self.usable(&entry, place, now)?;
        Some((entry, age))
    }

    /// What was read from the disk, unless it is of no use. Words are in memory from now on.
    pub(super) fn read_back(
        &mut self,
        stored: &StoredAnswer,
        place: &Place,
        now: Now,
    ) -> Option<(Rc<Entry>, Age)> {
        let entry = Rc::new(Entry::from_record(&stored.record)?);
        let age = self.usable(&entry, place, now)?;
        let sizes = stored.blobs.iter().map(|held| held.bytes);
        // Somebody else's hand was in the store, or half of it was lost.
        if !entry.answer.pictures.iter().map(|picture| picture.bytes).eq(sizes.clone()) {
            return None;
        }
        let bytes = stored.record.len() as u64 + sizes.sum::<u64>();
        let kind = if stored.blobs.is_empty() { Kind::Words } else { Kind::Pictures };
        let used = Use { bytes, kept_at: entry.kept_at, used_at: now.wall, kind };
        if kind == Kind::Words {
            self.was_read_back(place.key, Kept::Answer(Rc::clone(&entry)), used);
        } else {
            self.was_used(place.key, used);
        }
        Some((entry, age))
    }

    /// What was on the disk is in memory from now on.
    pub(super) fn was_read_back(&mut self, key: Key, kept: Kept, used: Use) {
        let room = self.cache.settings.map_or(0, |settings| settings.memory);
        self.cache.memory.keep(key, kept, used.bytes, room);
        self.was_used(key, used);
    }

    fn was_used(&mut self, key: Key, used: Use) {
        self.push(Output::Answers(AnswersWork::Use(key.to_string(), used.to_record())));
    }

    /// Another request may have the same key, who answered may not be set up any more or be somebody else under the same
    /// name, and nothing lasts for ever.
    pub(super) fn usable(&self, entry: &Entry, place: &Place, now: Now) -> Option<Age> {
        let answer = &entry.answer;
        let provider = self.providers.get(ModelKey::parse(&answer.model)?.provider())?;
        let age = self.cache.age(entry, now.wall);
        let is_same =
            entry.request == place.request && provider.identity().unwrap_or_default() == answer.identity;
        (is_same && age != Age::Expired).then_some(age)
    }

    /// An answer as it is kept; `None` where its provider has left.
    pub(super) fn entry_of(&self, request: &str, result: &TextResult, now: Now) -> Option<Entry> {
        let answer = Answer {
            text: result.text.clone(),
            reasoning: result.reasoning.clone(),
            tool_calls: result.tool_calls.clone(),
            object: result.object.clone(),
            opaque: result.opaque.clone(),
            sources: result.sources.clone(),
            ..self.answer_of(&result.receipt)?
        };
        Some(Entry { request: request.to_owned(), kept_at: now.wall, answer })
    }

    /// An answer without what was said; `None` where its provider has left.
    fn answer_of(&self, receipt: &Receipt) -> Option<Answer> {
        let provider = self.providers.get(&receipt.provider)?;
        Some(Answer {
            model: receipt.model.clone(),
            identity: provider.identity().unwrap_or_default().to_owned(),
            text: String::new(),
            reasoning: None,
            tool_calls: Vec::new(),
            object: None,
            opaque: None,
            sources: Vec::new(),
            pictures: Vec::new(),
            finish: receipt.finish,
            usage: receipt.usage,
            cost: receipt.cost,
            cost_kind: receipt.cost_kind,
            duration_ms: receipt.duration_ms,
        })
    }

    /// What a page's own program does under this name may be another thing in the next visit.
    fn is_known(&self, provider: &str) -> bool {
        self.providers.get(provider).and_then(Provider::identity).is_some()
    }

    /// An answer is whole. Whether it is being written to the disk.
    pub(super) fn keep(&mut self, place: &Place, result: &TextResult, now: Now) -> bool {
        let Some(entry) = self.entry_of(&place.request, result, now) else { return false };
        let record = entry.to_record();
        let is_for_disk = self.is_known(&result.receipt.provider) && self.cache.may_be_on_disk(place);
        self.put(place.key, Kept::Answer(Rc::new(entry)), record, is_for_disk, now)
    }

    /// All pictures, or the video, are there. Whether they are being written to the disk; they are kept nowhere else.
    pub(super) fn keep_pictures(
        &mut self,
        place: &Place,
        pictures: &[Picture],
        receipt: &Receipt,
        now: Now,
    ) -> bool {
        if !self.is_known(&receipt.provider) || !self.cache.may_be_on_disk(place) {
            return false;
        }
        let Some(answer) = self.answer_of(receipt) else { return false };
        let kept = |picture: &Picture| KeptPicture {
            bytes: picture.bytes,
            media_type: picture.media_type.clone(),
            seed: picture.seed,
        };
        let answer = Answer { pictures: pictures.iter().map(kept).collect(), ..answer };
        let entry = Entry { request: place.request.clone(), kept_at: now.wall, answer };
        let record = entry.to_record();
        let bytes = record.len() as u64 + pictures.iter().map(|picture| picture.bytes).sum::<u64>();
        let used = Use { bytes, kept_at: now.wall, used_at: now.wall, kind: Kind::Pictures };
        let blobs = pictures.iter().map(|picture| picture.blob).collect();
        self.put_on_disk(place.key, (record, blobs), used, now)
    }

    /// Keeps something in memory, and perhaps on the disk. Whether it is being written there.
    pub(super) fn put(&mut self, key: Key, kept: Kept, record: Vec<u8>, is_for_disk: bool, now: Now) -> bool {
        let Some(settings) = self.cache.settings else { return false };
        let bytes = record.len() as u64;
        let kind = if matches!(kept, Kept::Vector(_)) { Kind::Vector } else { Kind::Words };
        self.cache.memory.keep(key, kept, bytes, settings.memory);
        let used = Use { bytes, kept_at: now.wall, used_at: now.wall, kind };
        is_for_disk && self.put_on_disk(key, (record, Vec::new()), used, now)
    }

    /// Keeps something on the disk, unless it is larger than all that may lie there.
    fn put_on_disk(
        &mut self,
        key: Key,
        (answer, blobs): (Vec<u8>, Vec<BlobHandle>),
        used: Use,
        now: Now,
    ) -> bool {
        let Some(settings) = self.cache.settings else { return false };
        let room = if used.kind == Kind::Pictures { settings.picture_room } else { settings.room };
        if used.bytes > room {
            return false;
        }
        let (name, usage) = (key.to_string(), used.to_record());
        self.push(Output::Answers(AnswersWork::Keep { name, answer, blobs, usage }));
        if self.cache.is_busy {
            self.cache.late.push((key, used));
        }
        let ledger = self.cache.ledger.as_mut();
        if ledger.is_none_or(|ledger| {
            ledger.put(key, used);
            ledger.is_too_much(&settings)
        }) {
            self.tidy(None, now);
        }
        true
    }

    /// A provider is not there any more, or not the same: what it answered is forgotten.
    pub(super) fn forget_answers_of(&mut self, provider: &str) {
        let is_of =
            |kept: &Kept| ModelKey::parse(kept.model()).is_some_and(|model| model.provider() == provider);
        let gone: Vec<Key> =
            self.cache.memory.entries().filter(|(_, kept)| is_of(kept)).map(|(key, _)| key).collect();
        for key in gone {
            self.cache.memory.forget(key);
        }
    }

    /// Looks what is on the disk, and gives up what has no room. Once is enough for all who want it.
    fn tidy(&mut self, room: Option<u64>, now: Now) {
        let planned = self.cache.chores.iter_mut().find_map(|chore| match chore {
            Chore::Fit(planned) => Some(planned),
            Chore::Wish(..) => None,
        });
        match planned {
            // The least room that anybody named.
            Some(planned) => *planned = planned.iter().copied().chain(room).min(),
            None => self.do_chore(Chore::Fit(room), now),
        }
    }

    /// The page wants something of the cache.
    pub(super) fn wish(&mut self, id: RequestId, wish: CacheWish, now: Now) {
        self.do_chore(Chore::Wish(id, wish), now);
    }

    fn do_chore(&mut self, chore: Chore, now: Now) {
        self.cache.chores.push_back(chore);
        self.next_chore(now);
    }

    /// One after the other, each with a list that is not older than it: other tabs write too.
    fn next_chore(&mut self, now: Now) {
        while !self.cache.is_busy && !self.cache.chores.is_empty() {
            if self.cache.has_disk {
                self.cache.is_busy = true;
                self.cache.late.clear();
                return self.push(Output::Answers(AnswersWork::List));
            }
            self.settle_chore(Vec::new(), now);
        }
    }

    /// The store said something of the answers. What was looked for is the engine's.
    pub(super) fn answers_said(&mut self, said: AnswersSaid, now: Now) {
        match said {
            AnswersSaid::Found(..) => {}
            AnswersSaid::Kept(name, Ok(())) => self.answer_was_written(&name),
            AnswersSaid::Kept(name, Err(fault)) => {
                self.answer_was_written(&name);
                let key = Key::parse(&name);
                self.cache.late.retain(|(late, _)| Some(*late) != key);
                if let Some((ledger, key)) = self.cache.ledger.as_mut().zip(key) {
                    ledger.forget(key);
                    let half = ledger.bytes() / 2;
                    // The disk holds less than we may take of it.
                    if fault == StorageFault::Full {
                        self.tidy(Some(half), now);
                    }
                }
            }
            AnswersSaid::Listed(records) => {
                self.cache.is_busy = false;
                let (mut ledger, broken) = Ledger::of(records);
                for (key, used) in self.cache.late.drain(..) {
                    ledger.put(key, used);
                }
                self.cache.ledger = Some(ledger);
                self.settle_chore(broken, now);
                self.next_chore(now);
            }
            AnswersSaid::Forgot(forgot) => {
                self.cache.is_busy = false;
                if forgot.is_err() {
                    // What is still there is read anew before anything else is done with it.
                    self.cache.ledger = None;
                }
                if let Some((id, count)) = self.cache.awaited.take() {
                    let outcome = match forgot {
                        // Where there is no store nothing was in it.
                        Ok(()) | Err(StorageFault::Missing) => Ok(Settlement::Forgotten(count)),
                        Err(fault) => Err(not_forgotten(fault)),
                    };
                    self.push(Output::Settle(id, outcome));
                }
                self.next_chore(now);
            }
        }
    }

    /// The list is there: does what it was wanted for. `broken` are records on the disk that nobody can read.
    fn settle_chore(&mut self, broken: Vec<String>, now: Now) {
        let (Some(chore), settings) = (self.cache.chores.pop_front(), self.cache.settings) else { return };
        let (id, gone) = match chore {
            Chore::Wish(id, CacheWish::Stats) => {
                let stats = Settlement::CacheStats(self.cache.stats());
                self.push(Output::Settle(id, Ok(stats)));
                (None, Vec::new())
            }
            Chore::Wish(id, CacheWish::Clear) => {
                let count = self.cache.stats().entries;
                self.cache.memory = Memory::default();
                self.cache.ledger = self.cache.has_disk.then(Ledger::default);
                return self.forget(Some((id, count)), None);
            }
            Chore::Wish(id, CacheWish::Delete(name)) => {
                let on_disk =
                    |key: &Key| self.cache.ledger.as_ref().is_some_and(|known| known.contains(*key));
                let in_memory = |key: &Key| self.cache.memory.sizes().any(|(known, _)| known == *key);
                let key = Key::parse(&name).filter(|key| on_disk(key) || in_memory(key));
                if let Some(key) = key {
                    self.cache.memory.forget(key);
                }
                (Some(id), key.into_iter().collect())
            }
            Chore::Wish(id, CacheWish::Prune) => (Some(id), self.give_up(settings, None, now)),
            Chore::Fit(room) => (None, self.give_up(settings, room, now)),
        };
        for key in &gone {
            if let Some(ledger) = &mut self.cache.ledger {
                ledger.forget(*key);
            }
        }
        let count = gone.len() as u32;
        let names: Vec<String> = gone.iter().map(ToString::to_string).chain(broken).collect();
        self.forget(id.map(|id| (id, count)), Some(names));
    }

    /// Forgets in memory what is over, and says what else is to go from the disk. What only has no room there is as good as
    /// before: memory has a room of its own.
    fn give_up(&mut self, settings: Option<Settings>, room: Option<u64>, now: Now) -> Vec<Key> {
        let Some(settings) = settings else { return Vec::new() };
        let room = room.map_or(settings.room, |room| room.min(settings.room));
        let ledger = self.cache.ledger.as_ref();
        let mut gone = ledger.map_or_else(Vec::new, |ledger| ledger.surplus(&settings, room, now.wall));
        let is_over = |kept: &Kept| kept.is_over(&settings, now.wall);
        let entries = self.cache.memory.entries().filter(|(_, kept)| is_over(kept));
        let over: Vec<Key> = entries.map(|(key, _)| key).collect();
        for key in over {
            self.cache.memory.forget(key);
            if !gone.contains(&key) {
                gone.push(key);
            }
        }
        gone
    }

    /// Removes these from the disk, or all, and tells who waits for it when they are gone.
    fn forget(&mut self, by: Option<(RequestId, u32)>, names: Option<Vec<String>>) {
        let is_nothing = names.as_ref().is_some_and(Vec::is_empty);
        if self.cache.has_disk && !is_nothing {
            self.cache.is_busy = true;
            self.cache.awaited = by;
            self.push(Output::Answers(AnswersWork::Forget(names)));
        } else if let Some((id, count)) = by {
            self.push(Output::Settle(id, Ok(Settlement::Forgotten(count))));
        }
    }
}
