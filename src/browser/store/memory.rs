//! A store that forgets everything with the page: where nothing is to be kept.

use core::cell::RefCell;

use hkm_mesh_core::base::order;
use hkm_mesh_core::model::storage::StorageFault;
use wasm_bindgen::JsValue;

use super::{Record, Shelf, Store};

/// Records in memory. There are a handful: a list is smaller code than a map.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    records: RefCell<Vec<(Shelf, String, Record)>>,
}

impl Memory {
    fn forget(&self, shelf: Shelf, name: &str) {
        self.records.borrow_mut().retain(|(on, known, _)| *on != shelf || known != name);
    }
}

impl Store for Memory {
    async fn load_whole(&self, shelf: Shelf, name: &str) -> Result<Option<Record>, StorageFault> {
        let records = self.records.borrow();
        let found = records.iter().find(|(on, known, _)| *on == shelf && known == name);
        Ok(found.map(|(.., record)| record.clone()))
    }

    async fn save_whole(
        &self,
        shelf: Shelf,
        name: &str,
        bytes: &[u8],
        blobs: &[JsValue],
    ) -> Result<(), StorageFault> {
        self.forget(shelf, name);
        self.records.borrow_mut().push((shelf, name.to_owned(), (bytes.to_vec(), blobs.to_vec())));
        Ok(())
    }

    async fn remove(&self, shelf: Shelf, name: &str) -> Result<(), StorageFault> {
        self.forget(shelf, name);
        Ok(())
    }

    async fn all(&self, shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StorageFault> {
        let records = self.records.borrow();
        let on_shelf = records.iter().filter(|(on, ..)| *on == shelf);
        let mut all: Vec<_> = on_shelf.map(|(_, name, (bytes, _))| (name.clone(), bytes.clone())).collect();
        order::sort(&mut all);
        Ok(all)
    }

    async fn names(&self, shelf: Shelf) -> Result<Vec<String>, StorageFault> {
        Ok(self.all(shelf).await?.into_iter().map(|(name, _)| name).collect())
    }

    async fn remove_range(&self, shelf: Shelf, first: &str, end: &str) -> Result<(), StorageFault> {
        let is_meant = |name: &str| (first..end).contains(&name);
        self.records.borrow_mut().retain(|(on, name, _)| *on != shelf || !is_meant(name));
        Ok(())
    }

    async fn clear(&self, shelf: Shelf) -> Result<(), StorageFault> {
        self.records.borrow_mut().retain(|(on, ..)| *on != shelf);
        Ok(())
    }

    fn rest(&self) {}

    fn close(&self) {}
}
