//! Where the journal lies: pages on a shelf of the store, a lock for each answer that is being written, and one page in the
//! browser's local storage for the moment in which a page goes away.
//!
//! A transaction that begins while a page goes away may or may not be committed; local storage is written before the
//! call returns, and the next page of this origin sees it. It is small and slow, so it is used for nothing else. Where the
//! browser refuses it, what was said since the last page of the journal is lost.

use core::cell::RefCell;

use hkm_mesh_core::engine::{JournalAnswer, JournalPage, JournalTask};
use hkm_mesh_core::model::storage::StorageFault;
use js_sys::Reflect;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::lock::{Held, Locks, Refused};
use super::store::{Keeper, Shelf, Store};

#[wasm_bindgen]
extern "C" {
    // Every method may throw: for want of room, or of permission.
    type LocalStorage;
    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &LocalStorage) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn key(this: &LocalStorage, index: u32) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getItem)]
    fn get_item(this: &LocalStorage, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setItem)]
    fn set_item(this: &LocalStorage, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeItem)]
    fn remove_item(this: &LocalStorage, key: &str) -> Result<(), JsValue>;
}

impl LocalStorage {
    /// Of pages alone: workers have none, and Node warns of its own.
    fn of_the_page() -> Option<Self> {
        let world = js_sys::global();
        let is_page = Reflect::has(&world, &"document".into()).unwrap_or_default();
        // A sandboxed page may not even look.
        let storage = Reflect::get(&world, &"localStorage".into()).ok().filter(|_| is_page)?;
        storage.is_object().then(|| storage.unchecked_into())
    }

    /// Adds what lies under the keys that begin like this, by the rest of each key after the first `cut` bytes.
    fn add_pages(&self, beginning: &str, cut: usize, pages: &mut Vec<JournalPage>) {
        for index in 0..self.length().unwrap_or_default() {
            let Ok(Some(key)) = self.key(index) else { continue };
            if key.starts_with(beginning)
                && let Ok(Some(page)) = self.get_item(&key)
            {
                let name = key.get(cut..).unwrap_or_default().to_owned();
                pages.push(JournalPage { name, bytes: page.into_bytes() });
            }
        }
    }
}

/// The journal of one database.
pub(super) struct Journal {
    /// How its locks and its keys in local storage begin.
    beginning: String,
    locks: Locks,
    /// The answers that are written here. Without a lock: it was asked for.
    held: RefCell<Vec<(String, Option<Held>)>>,
}

/// Whose an entry is.
enum Whose {
    Ours,
    Theirs,
    /// It was given free while its lock was waited for.
    Nobodys,
}

impl Journal {
    pub(super) fn new(database: &str, locks: Locks) -> Self {
        // With the length no database's name can begin like another's and mean its entries.
        let beginning = format!("hkm-mesh/journal/{}/{database}/", database.len());
        Self { beginning, locks, held: RefCell::default() }
    }

    /// What the machine wants of the journal, and what comes of it.
    pub(super) async fn perform(&self, store: &Keeper, id: &str, task: JournalTask) -> Option<JournalAnswer> {
        match task {
            JournalTask::Keep { number, is_whole, page } => {
                let whose = if self.is_held(id) { Ok(Whose::Ours) } else { self.hold(id).await };
                Some(match whose {
                    Ok(Whose::Ours) => match self.keep(store, id, number, is_whole, &page).await {
                        Ok(()) => JournalAnswer::Kept,
                        Err(fault) => JournalAnswer::Failed(fault),
                    },
                    Ok(Whose::Theirs) => JournalAnswer::Busy,
                    Ok(Whose::Nobodys) => JournalAnswer::Failed(StorageFault::Lost),
                    Err(fault) => JournalAnswer::Failed(fault),
                })
            }
            JournalTask::KeepNow(page) => {
                self.keep_now(id, page);
                None
            }
            JournalTask::Forget => {
                let held = self.let_go(id);
                self.forget_last_page(id);
                let first = first_name(id);
                // One that cannot be forgotten now is found again, and grows old.
                let _ = store.remove_range(Shelf::JOURNAL, &first, &(first.clone() + "\u{ffff}")).await;
                drop(held);
                None
            }
            JournalTask::TakeOver(entry) => {
                let id = entry.as_str();
                let whose = if self.is_held(id) { Ok(Whose::Theirs) } else { self.hold(id).await };
                Some(match whose {
                    Ok(Whose::Ours) => match self.pages(store, &first_name(id)).await {
                        Ok(pages) => JournalAnswer::Taken(pages),
                        Err(fault) => {
                            self.let_go(id);
                            JournalAnswer::Failed(fault)
                        }
                    },
                    Ok(_) => JournalAnswer::Busy,
                    Err(fault) => JournalAnswer::Failed(fault),
                })
            }
            JournalTask::LookThrough => Some(match self.pages(store, "").await {
                Ok(pages) => {
                    let living = self.locks.held(&self.beginning).await;
                    let id = |name: String| name.get(self.beginning.len()..).map(str::to_owned);
                    JournalAnswer::Found { pages, living: living.into_iter().filter_map(id).collect() }
                }
                Err(fault) => JournalAnswer::Failed(fault),
            }),
            JournalTask::Drop(names) => {
                let local = LocalStorage::of_the_page();
                for name in names {
                    let _ = store.remove(Shelf::JOURNAL, &name).await;
                    let _ = local.as_ref().map(|local| local.remove_item(&self.key(&name)));
                }
                None
            }
        }
    }

    /// Keeps a page before this returns.
    pub(super) fn keep_now(&self, id: &str, page: Vec<u8>) {
        if let (Some(local), Ok(page)) = (LocalStorage::of_the_page(), String::from_utf8(page)) {
            // Without room what came since the last page is lost.
            let _ = local.set_item(&self.key(&first_name(id)), &page);
        }
        // The browser would do it too, perhaps after the next page has asked.
        self.let_go(id);
    }

    async fn keep(
        &self,
        store: &Keeper,
        id: &str,
        number: u32,
        is_whole: bool,
        page: &[u8],
    ) -> Result<(), StorageFault> {
        let (first, name) = (first_name(id), name(id, number));
        store.save(Shelf::JOURNAL, &name, page).await?;
        if is_whole {
            self.forget_last_page(id);
            // Those that are left, should this fail, say themselves that they are older.
            let _ = store.remove_range(Shelf::JOURNAL, &first, &name).await;
        }
        Ok(())
    }

    /// All pages whose names begin like this.
    async fn pages(&self, store: &Keeper, beginning: &str) -> Result<Vec<JournalPage>, StorageFault> {
        let stored = store.all(Shelf::JOURNAL).await?;
        let meant = stored.into_iter().filter(|(name, _)| name.starts_with(beginning));
        let mut pages: Vec<_> = meant.map(|(name, bytes)| JournalPage { name, bytes }).collect();
        if let Some(local) = LocalStorage::of_the_page() {
            local.add_pages(&self.key(beginning), self.beginning.len(), &mut pages);
        }
        Ok(pages)
    }

    /// Takes the lock of an entry, if nobody has it.
    async fn hold(&self, id: &str) -> Result<Whose, StorageFault> {
        self.held.borrow_mut().push((id.to_owned(), None));
        match self.locks.hold_if_free(&self.key(id)).await {
            Ok(Some(lock)) => {
                let mut held = self.held.borrow_mut();
                match held.iter_mut().find(|(known, lock)| known == id && lock.is_none()) {
                    Some((_, place)) => {
                        *place = Some(lock);
                        Ok(Whose::Ours)
                    }
                    None => Ok(Whose::Nobodys),
                }
            }
            Ok(None) => {
                self.let_go(id);
                Ok(Whose::Theirs)
            }
            Err(Refused) => {
                self.let_go(id);
                Err(StorageFault::Missing)
            }
        }
    }

    fn is_held(&self, id: &str) -> bool {
        self.held.borrow().iter().any(|(known, _)| known == id)
    }

    fn let_go(&self, id: &str) -> Option<Held> {
        let mut held = self.held.borrow_mut();
        let place = held.iter().position(|(known, _)| known == id)?;
        held.swap_remove(place).1
    }

    fn forget_last_page(&self, id: &str) {
        let _ = LocalStorage::of_the_page().map(|local| local.remove_item(&self.key(&first_name(id))));
    }

    fn key(&self, name: &str) -> String {
        [self.beginning.as_str(), name].concat()
    }
}

/// Before all names of an entry's pages. With the length no id can begin like another and mean its pages.
fn first_name(id: &str) -> String {
    format!("{} {id} ", id.len())
}

fn name(id: &str, number: u32) -> String {
    format!("{}{number:010}", first_name(id))
}
