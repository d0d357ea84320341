//! How long one step of the database may take.
//!
//! One timer for all steps: it is set where none runs and looks, when it rings, whether anything takes too long. A step that
//! is over in a millisecond costs neither a timer nor its end.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use hkm_mesh_core::base::time::Monotonic;

use crate::browser::clock;
use crate::browser::once::{Giver, once};
use crate::browser::timer::Timer;
use crate::browser::unless::unless;

/// Waits for one step at a time.
pub(super) struct Patience(Rc<Inner>);

struct Inner {
    limit: Cell<Duration>,
    /// Since when something is waited for, and who hears that it took too long.
    step: RefCell<Option<(Monotonic, Giver<()>)>>,
    timer: RefCell<Timer>,
    is_armed: Cell<bool>,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self(Rc::new_cyclic(|this: &std::rc::Weak<Inner>| {
            let this = this.clone();
            let ring = move || {
                if let Some(inner) = this.upgrade() {
                    inner.ring();
                }
            };
            Inner {
                limit: Cell::new(limit),
                step: RefCell::default(),
                timer: RefCell::new(Timer::new(ring)),
                is_armed: Cell::new(false),
            }
        }))
    }

    /// What `step` gives, or `None` if it takes too long.
    pub(super) async fn with<F: Future>(&self, step: F) -> Option<F::Output> {
        let (giver, late) = once();
        self.0.step.replace(Some((clock::now().monotonic, giver)));
        if !self.0.is_armed.get() {
            self.0.arm(self.0.limit.get());
        }
        let outcome = unless(late, step).await;
        self.0.step.take();
        outcome
    }

    /// Another limit for the steps that come.
    #[cfg(test)]
    #[cfg(target_arch = "wasm32")]
    pub(super) fn set(&self, limit: Duration) {
        self.0.limit.set(limit);
        self.0.timer.borrow_mut().disarm();
        self.0.is_armed.set(false);
    }
}

impl Inner {
    fn arm(&self, after: Duration) {
        self.is_armed.set(true);
        self.timer.borrow_mut().arm(after);
    }

    fn ring(&self) {
        self.is_armed.set(false);
        let Some((since, giver)) = self.step.take() else { return };
        let left = self.limit.get().saturating_sub(clock::now().monotonic.since(since));
        if left.is_zero() {
            giver.give(());
        } else {
            self.step.replace(Some((since, giver)));
            self.arm(left);
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use core::future::pending;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::browser::timer::within;

    const LIMIT: Duration = Duration::from_millis(40);

    async fn pause(millis: u64) {
        let _ = within(Duration::from_millis(millis), pending::<()>()).await;
    }

    #[wasm_bindgen_test]
    async fn a_step_that_ends_in_time_gives_its_value_and_one_that_does_not_none() {
        let patience = Patience::new(LIMIT);
        assert_eq!(patience.with(async { 7 }).await, Some(7));
        assert_eq!(patience.with(pending::<()>()).await, None);
        assert_eq!(patience.with(async { 8 }).await, Some(8));
        assert_eq!(patience.with(pending::<()>()).await, None, "the timer is set again");
    }

    #[wasm_bindgen_test]
    async fn a_step_has_its_whole_time_also_where_the_timer_was_set_for_an_earlier_one() {
        let patience = Patience::new(LIMIT);
        assert_eq!(patience.with(async { 1 }).await, Some(1));
        pause(25).await;
        let began = clock::now().monotonic;
        assert_eq!(patience.with(pending::<()>()).await, None);
        assert!(clock::now().monotonic.since(began) >= LIMIT);
    }

    #[wasm_bindgen_test]
    async fn a_timer_that_rings_between_two_steps_ends_neither() {
        let patience = Patience::new(LIMIT);
        assert_eq!(patience.with(async { 1 }).await, Some(1));
        pause(60).await;
        assert!(!patience.0.is_armed.get());
        assert_eq!(patience.with(async { pause(10).await }).await, Some(()));
    }
}
