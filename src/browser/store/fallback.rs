//! A store that goes on in memory when the browser's database cannot be opened, so that the rest of the visit works.
//!
//! Only a database that cannot be opened at all is given up, and then for the whole visit: switching back and forth
//! would make records appear and vanish. Any other failure is reported; the next operation tries again.

use core::cell::Cell;

use super::memory::Memory;
use super::{Store, StoreError};

/// A store that may be missing, over memory.
pub(crate) struct WithFallback<S> {
    store: Option<S>,
    given_up: Cell<bool>,
    memory: Memory,
}

impl<S: Store> WithFallback<S> {
    /// `store`, or memory alone.
    pub(super) fn new(store: Option<S>) -> Self {
        Self { store, given_up: Cell::new(false), memory: Memory::default() }
    }

    fn store(&self) -> Option<&S> {
        self.store.as_ref().filter(|_| !self.given_up.get())
    }

    /// Whether memory has to answer instead.
    fn gives_up<T>(&self, answer: &Result<T, StoreError>) -> bool {
        let unavailable = matches!(answer, Err(StoreError::Unavailable));
        if unavailable {
            self.given_up.set(true);
        }
        unavailable
    }
}

impl<S: Store> Store for WithFallback<S> {
    async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(store) = self.store() {
            let answer = store.load(name).await;
            if !self.gives_up(&answer) {
                return answer;
            }
        }
        self.memory.load(name).await
    }

    async fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if let Some(store) = self.store() {
            let answer = store.save(name, bytes).await;
            if !self.gives_up(&answer) {
                return answer;
            }
        }
        self.memory.save(name, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        if let Some(store) = self.store() {
            let answer = store.remove(name).await;
            if !self.gives_up(&answer) {
                return answer;
            }
        }
        self.memory.remove(name).await
    }

    fn close(&self) {
        if let Some(store) = &self.store {
            store.close();
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::super::contract::{block_on, obeys_the_store_contract};
    use super::*;

    /// Fails every operation in one way and counts how often it was asked.
    struct Failing {
        error: StoreError,
        asked: Cell<u32>,
    }

    impl Failing {
        fn with(error: StoreError) -> WithFallback<Self> {
            WithFallback::new(Some(Self { error, asked: Cell::new(0) }))
        }

        fn fail<T>(&self) -> Result<T, StoreError> {
            self.asked.set(self.asked.get() + 1);
            Err(self.error)
        }
    }

    impl Store for Failing {
        async fn load(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            self.fail()
        }

        async fn save(&self, _: &str, _: &[u8]) -> Result<(), StoreError> {
            self.fail()
        }

        async fn remove(&self, _: &str) -> Result<(), StoreError> {
            self.fail()
        }

        fn close(&self) {}
    }

    #[test]
    fn a_store_that_cannot_be_opened_is_asked_once_and_memory_takes_over() {
        let store = Failing::with(StoreError::Unavailable);
        block_on(obeys_the_store_contract(&store));
        assert_eq!(store.store.unwrap().asked.get(), 1);
    }

    #[test]
    fn memory_alone_obeys_the_contract() {
        block_on(obeys_the_store_contract(&WithFallback::<Failing>::new(None)));
    }

    #[test]
    fn any_other_failure_is_reported_and_the_store_is_asked_again() {
        for error in [StoreError::Lost, StoreError::Full, StoreError::Silent] {
            let store = Failing::with(error);
            block_on(async {
                assert_eq!(store.save("a", b"1").await, Err(error));
                assert_eq!(store.load("a").await, Err(error));
                assert_eq!(store.remove("a").await, Err(error));
            });
            assert_eq!(store.store.unwrap().asked.get(), 3);
        }
    }
}
