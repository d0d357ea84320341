//! What is read and written when. Two rules: a record is read before it is written, since what an earlier visit or another
//! tab left would be lost; and what could not be kept is kept as soon as the store works again.
//!
//! The engine itself is the memory that the mesh goes on in while its store does not work.

use super::Engine;
use super::io::{AnswersSaid, Output, Record, StoreAnswer, Watched};
use super::settings::Settings;
use super::shared::Shared;
use crate::base::time::Now;
use crate::catalog::Catalogue;
use crate::health::Health;
use crate::model::Reason;
use crate::model::storage::{self, StorageFault, StorageState};

/// How it stands with the records.
#[derive(Debug, Default)]
pub(super) struct Storage {
    wanted: storage::Storage,
    /// To be read, for the first time or since they are to be written.
    unread: Vec<Record>,
    /// Being read.
    reading: Vec<Record>,
    /// Changed, or could not be written.
    unsaved: Vec<Record>,
    /// Being written, once for each time.
    writing: Vec<Record>,
    fault: Option<StorageFault>,
    /// Whether the page was not told of the fault yet.
    is_untold: bool,
    unreadable: u32,
}

impl Storage {
    /// As the page sees it.
    pub(super) fn state(&self) -> StorageState {
        let is_shut = self.fault.is_some_and(StorageFault::is_shut);
        StorageState {
            kept_in: if is_shut { storage::Storage::Memory } else { self.wanted },
            reason: self.fault.map(StorageFault::reason),
            unreadable: self.unreadable,
        }
    }

    /// What a generation has to say of a fault; each is told once.
    pub(super) fn take_warning(&mut self) -> Option<Reason> {
        let is_untold = core::mem::take(&mut self.is_untold);
        self.fault.filter(|_| is_untold).map(StorageFault::reason)
    }

    fn set_fault(&mut self, fault: Option<StorageFault>) -> bool {
        let is_news = self.fault != fault;
        self.is_untold = (self.is_untold || is_news) && fault.is_some();
        self.fault = fault;
        is_news
    }
}

impl Engine {
    /// The store said something.
    pub(super) fn store(&mut self, answer: StoreAnswer, now: Now) {
        let record = match answer {
            StoreAnswer::Loaded(record, bytes) => {
                let unreadable = match record {
                    Record::Metrics => self.shared.measures_read(bytes.as_deref(), now),
                    _ => bytes.map_or(0, |bytes| self.restore(record, &bytes, now)),
                };
                self.shared.was_read(record, unreadable);
                record
            }
            StoreAnswer::Failed(record, fault) => {
                self.shared.storage_failed(record, fault);
                if record == Record::Metrics && fault != StorageFault::Unreadable {
                    self.shared.measures_unwritten(now);
                }
                record
            }
            StoreAnswer::Saved(record) => {
                self.shared.was_written(record);
                if record == Record::Metrics {
                    self.shared.measures_written(now);
                }
                return;
            }
            StoreAnswer::Reachable => return self.shared.storage_works(),
            StoreAnswer::Answers(AnswersSaid::Found(name, stored)) => {
                return self.found_answer(&name, stored.as_ref(), now);
            }
            StoreAnswer::Answers(said) => return self.shared.answers_said(said, now),
        };
        if self.loading.is_empty() {
            return;
        }
        self.loading.retain(|loading| *loading != record);
        if self.loading.is_empty() {
            self.shared.fill_all();
            for (id, request) in core::mem::take(&mut self.early) {
                self.request(id, request, now);
            }
        }
    }

    /// Takes in what an earlier visit or another tab left. How much of it cannot be understood.
    fn restore(&mut self, record: Record, bytes: &[u8], now: Now) -> usize {
        match record {
            Record::Catalogue => {
                let (catalogue, unreadable) = Catalogue::from_record(bytes);
                self.shared.learn_lists(catalogue, now);
                unreadable
            }
            Record::Health => {
                let (health, unreadable) = Health::from_record(bytes, now);
                self.shared.learn_health(health, now);
                unreadable
            }
            Record::Settings => {
                let (settings, unreadable) = Settings::from_record(bytes);
                self.shared.settings.learn(settings, now.wall);
                unreadable
            }
            // It is read elsewhere.
            Record::Metrics => 0,
        }
    }
}

impl Shared {
    /// Asks for all that an earlier visit left.
    pub(super) fn open_storage(&mut self, wanted: storage::Storage) {
        self.storage.wanted = wanted;
        self.journal.is_on = wanted == storage::Storage::IndexedDb;
        self.storage.unread = Record::ALL.to_vec();
        for record in Record::ALL {
            self.read(record);
        }
        if self.has_tabs() {
            self.push(super::agreement::hello());
        }
    }

    /// Whether there may be other tabs over the same database.
    pub(super) fn has_tabs(&self) -> bool {
        self.storage.wanted == storage::Storage::IndexedDb
    }

    /// A record changed. Nothing waits for its being written, and nothing depends on it. What others wrote is read before.
    pub(super) fn save(&mut self, record: Record) {
        self.has_news = true;
        add(&mut self.storage.unsaved, record);
        self.read_again(record);
    }

    /// A record that other tabs write too is read again.
    pub(super) fn read_again(&mut self, record: Record) {
        add(&mut self.storage.unread, record);
        self.read(record);
    }

    /// A record is not to be written after all.
    pub(super) fn leave_alone(&mut self, record: Record) {
        remove(&mut self.storage.unsaved, record);
    }

    /// Whether what is known was not written yet.
    pub(super) fn is_unwritten(&self, record: Record) -> bool {
        self.storage.unsaved.contains(&record) || self.storage.writing.contains(&record)
    }

    /// Whether a record is being read.
    pub(super) fn is_reading(&self, record: Record) -> bool {
        self.storage.reading.contains(&record)
    }

    /// A record was read, or there is none. What was left out of it, entries that cannot be understood, is counted.
    pub(super) fn was_read(&mut self, record: Record, unreadable: usize) {
        remove(&mut self.storage.reading, record);
        remove(&mut self.storage.unread, record);
        self.was_unreadable(unreadable);
        if self.storage.unsaved.contains(&record) {
            self.write(record);
        }
        self.read_rest();
    }

    /// So much of what was kept cannot be understood.
    pub(super) fn was_unreadable(&mut self, count: usize) {
        self.storage.unreadable += count as u32;
        if count > 0 {
            self.push(Output::Changed(Watched::Storage));
        }
    }

    /// A record was written.
    pub(super) fn was_written(&mut self, record: Record) {
        self.written(record);
        self.storage_works();
    }

    /// Reading or writing a record failed.
    pub(super) fn storage_failed(&mut self, record: Record, fault: StorageFault) {
        if fault == StorageFault::Unreadable {
            return self.was_read(record, 1);
        }
        // The store answers in order, and what is read after a writing is asked for after it.
        if self.written(record) {
            add(&mut self.storage.unsaved, record);
        } else {
            remove(&mut self.storage.reading, record);
        }
        if self.storage.set_fault(Some(fault)) {
            self.push(Output::Changed(Watched::Storage));
        }
    }

    /// The store works: what could not be read or written before is now.
    pub(super) fn storage_works(&mut self) {
        for record in self.storage.unsaved.clone() {
            self.read_again(record);
        }
        self.read_rest();
    }

    /// The store can be read: what could not be before is now.
    fn read_rest(&mut self) {
        for record in self.storage.unread.clone() {
            self.read(record);
        }
        let Storage { unread, unsaved, writing, .. } = &self.storage;
        let is_whole = unread.is_empty() && unsaved.is_empty() && writing.is_empty();
        if is_whole && self.storage.set_fault(None) {
            self.push(Output::Changed(Watched::Storage));
        }
    }

    fn read(&mut self, record: Record) {
        if !self.storage.reading.contains(&record) {
            self.storage.reading.push(record);
            self.push(Output::Load(record));
        }
    }

    fn write(&mut self, record: Record) {
        let bytes = match record {
            Record::Catalogue => self.catalogue.to_record(),
            Record::Health => self.health.to_record(),
            Record::Settings => self.settings.to_record(),
            Record::Metrics => self.measures.hand_over(),
        };
        remove(&mut self.storage.unsaved, record);
        self.storage.writing.push(record);
        self.push(Output::Save(record, bytes));
    }

    /// Writing a record is over, well or not. Whether it was being written.
    fn written(&mut self, record: Record) -> bool {
        let place = self.storage.writing.iter().position(|known| *known == record);
        place.map(|place| self.storage.writing.swap_remove(place)).is_some()
    }
}

fn add(records: &mut Vec<Record>, record: Record) {
    if !records.contains(&record) {
        records.push(record);
    }
}

fn remove(records: &mut Vec<Record>, record: Record) {
    records.retain(|known| *known != record);
}
