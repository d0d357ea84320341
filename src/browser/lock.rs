//! Locks by name, held by one at a time among all tabs of this origin (the Web Locks API). The browser releases those of a
//! tab that goes away.
//!
//! An insecure page, a sandboxed one and an old Node have none: there locks are held among what runs in this page.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

use super::lifeline::{self, Lifeline};
use super::once::{Giver, once};
use super::promise::settled;
use super::unless::unless;

#[wasm_bindgen]
extern "C" {
    type Navigator;
    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: Option<Navigator>;
    #[wasm_bindgen(method, getter)]
    fn locks(this: &Navigator) -> Option<LockManager>;

    // In `web-sys` it is unstable.
    #[derive(Clone)]
    pub(super) type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Closure<dyn FnMut(JsValue) -> Promise>,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;

    /// What `query()` resolves to.
    type Snapshot;
    #[wasm_bindgen(method, getter)]
    fn held(this: &Snapshot) -> Array;
    type LockInfo;
    #[wasm_bindgen(method, getter)]
    fn name(this: &LockInfo) -> String;
}

/// The browser would not say whether a lock is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// Who keeps the locks.
#[derive(Clone)]
pub(super) enum Locks {
    /// The browser, for all tabs.
    Browser(LockManager),
    /// This page, for itself.
    Page(Rc<PageLocks>),
}

/// A lock that is held until this is dropped.
#[allow(dead_code)] // Held, not read.
pub(super) enum Held {
    Browser(Claim),
    Page(PageLock),
}

impl Locks {
    /// Those of the browser, or of this page where it has none.
    pub(super) fn widest() -> Self {
        thread_local! {
            static OF_THE_PAGE: Rc<PageLocks> = Rc::default();
        }
        let manager = NAVIGATOR.with(|navigator| navigator.as_ref().and_then(Navigator::locks));
        manager.map_or_else(|| Self::Page(OF_THE_PAGE.with(Rc::clone)), Self::Browser)
    }

    /// Whether other tabs keep them too.
    pub(super) const fn are_of_all_tabs(&self) -> bool {
        matches!(self, Self::Browser(_))
    }

    /// The lock, unless somebody holds it or waits for it.
    pub(super) async fn hold_if_free(&self, name: &str) -> Result<Option<Held>, Refused> {
        match self {
            Self::Browser(manager) => Ok(claim(manager, name, true).await?.map(Held::Browser)),
            Self::Page(locks) => Ok(locks.hold_if_free(name).map(Held::Page)),
        }
    }

    /// The lock, after all who asked for it before. Dropping the future takes the wish back.
    pub(super) async fn hold(&self, name: &str) -> Result<Held, Refused> {
        match self {
            Self::Browser(manager) => claim(manager, name, false).await?.map(Held::Browser).ok_or(Refused),
            Self::Page(locks) => Ok(Held::Page(locks.hold(name).await)),
        }
    }

    /// The names of the locks that are held and begin like this; none where the browser does not say.
    pub(super) async fn held(&self, beginning: &str) -> Vec<String> {
        let mut names = match self {
            Self::Browser(manager) => held(manager).await.unwrap_or_default(),
            Self::Page(locks) => locks.names(),
        };
        names.retain(|name| name.starts_with(beginning));
        names
    }
}

/// A lock of the browser that was asked for. Dropping it gives the lock back, or takes the wish back.
pub(super) struct Claim {
    controller: AbortController,
    release: Function,
    _lifeline: Lifeline,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let_go(&self.controller, &self.release);
    }
}

fn let_go(controller: &AbortController, release: &Function) {
    controller.abort();
    // A promise's resolver does not throw.
    let _ = release.call0(&JsValue::UNDEFINED);
}

/// `None`: it is not free, and only a free one is wanted.
async fn claim(manager: &LockManager, name: &str, must_be_free: bool) -> Result<Option<Claim>, Refused> {
    let mut release = None;
    let released = Promise::new(&mut |resolve, _| release = Some(resolve));
    let release = release.ok_or(Refused)?;
    let controller = AbortController::new().map_err(|_| Refused)?;
    let options = Object::new();
    // The two exclude each other. A new object takes any property.
    let _ = if must_be_free {
        Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE)
    } else {
        Reflect::set(&options, &"signal".into(), &controller.signal())
    };
    let lifeline = lifeline::tie({
        let (controller, release) = (controller.clone(), release.clone());
        move || let_go(&controller, &release)
    });
    let claim = Claim { controller, release, _lifeline: lifeline };
    let (giver, coming) = once();
    let granted = Closure::once(move |lock: JsValue| {
        if !lifeline::is_cut() {
            giver.give(!lock.is_null());
        }
        released
    });
    let over = manager.request(name, &options, &granted).map_err(|_| Refused)?;
    let is_granted = unless(settled(&over), coming).await.ok_or(Refused)?;
    Ok(is_granted.then_some(claim))
}

async fn held(manager: &LockManager) -> Result<Vec<String>, JsValue> {
    let snapshot = settled(&manager.query()?).await?.unchecked_into::<Snapshot>();
    Ok(snapshot.held().iter().map(|info| info.unchecked_into::<LockInfo>().name()).collect())
}

/// Locks among what runs in this page: who is held, and who waits for it.
#[derive(Default)]
pub(super) struct PageLocks(RefCell<Vec<(String, VecDeque<Giver<PageLock>>)>>);

/// A lock of this page that is held until this is dropped.
pub(super) struct PageLock {
    locks: Rc<PageLocks>,
    name: String,
}

impl PageLocks {
    fn hold_if_free(self: &Rc<Self>, name: &str) -> Option<PageLock> {
        let mut held = self.0.borrow_mut();
        if held.iter().any(|(known, _)| known == name) {
            return None;
        }
        held.push((name.to_owned(), VecDeque::new()));
        Some(self.lock(name))
    }

    async fn hold(self: &Rc<Self>, name: &str) -> PageLock {
        if let Some(lock) = self.hold_if_free(name) {
            return lock;
        }
        let (giver, coming) = once();
        if let Some((_, waiting)) = self.0.borrow_mut().iter_mut().find(|(known, _)| known == name) {
            waiting.push_back(giver);
        }
        coming.await
    }

    fn names(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(name, _)| name.clone()).collect()
    }

    fn lock(self: &Rc<Self>, name: &str) -> PageLock {
        PageLock { locks: Rc::clone(self), name: name.to_owned() }
    }
}

impl Drop for PageLock {
    fn drop(&mut self) {
        let next = {
            let mut held = self.locks.0.borrow_mut();
            let Some(place) = held.iter().position(|(known, _)| *known == self.name) else { return };
            let next = held.get_mut(place).and_then(|(_, waiting)| waiting.pop_front());
            if next.is_none() {
                held.swap_remove(place);
            }
            next
        };
        // Who does not wait any more drops it at once, and the one after has it.
        if let Some(next) = next {
            next.give(self.locks.lock(&self.name));
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use core::future::Future;
    use core::pin::Pin;
    use core::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_lock_of_the_page_goes_to_who_asked_first_and_still_waits() {
        let locks = Rc::new(PageLocks::default());
        let first = locks.hold_if_free("a").unwrap();
        assert!(locks.hold_if_free("a").is_none());
        assert!(locks.hold_if_free("b").is_some());
        let mut impatient = Box::pin(locks.hold("a"));
        let mut patient = Box::pin(locks.hold("a"));
        let mut last = Box::pin(locks.hold("a"));
        assert!(poll(&mut impatient).is_pending());
        assert!(poll(&mut patient).is_pending());
        assert!(poll(&mut last).is_pending());
        drop(impatient);
        drop(first);
        assert!(poll(&mut last).is_pending());
        let Poll::Ready(second) = poll(&mut patient) else { panic!("it is free") };
        assert_eq!(locks.names(), ["a"]);
        drop(second);
        assert!(poll(&mut last).is_ready(), "and dropped");
        assert!(locks.names().is_empty());
    }

    #[test]
    fn a_lock_that_was_given_and_never_taken_is_free_again() {
        let locks = Rc::new(PageLocks::default());
        let first = locks.hold_if_free("a").unwrap();
        let mut second = Box::pin(locks.hold("a"));
        assert!(poll(&mut second).is_pending());
        drop(first);
        drop(second);
        assert!(locks.names().is_empty());
    }
}
