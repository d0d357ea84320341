//! A store that forgets everything with the page: where no database was asked for, and where none can be had.

use core::cell::RefCell;

use super::{Store, StoreError};

/// Records in memory. There are a handful: a list is smaller code than a map.
#[derive(Debug, Default)]
pub(super) struct Memory {
    records: RefCell<Vec<(String, Vec<u8>)>>,
}

impl Memory {
    fn forget(&self, name: &str) {
        self.records.borrow_mut().retain(|(known, _)| known != name);
    }
}

impl Store for Memory {
    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let records = self.records.borrow();
        Ok(records.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.clone()))
    }

    async fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.forget(name);
        self.records.borrow_mut().push((name.to_owned(), bytes.to_vec()));
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.forget(name);
        Ok(())
    }

    fn close(&self) {}
}
