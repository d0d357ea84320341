//! Timers by the globals that pages, workers and Node share.

use core::future::Future;
use core::time::Duration;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use super::lifeline::{self, Lifeline};
use super::once::once;
use super::unless::unless;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn Fn()>, millis: i32) -> JsValue;
    // The handle is a number in pages and workers, an object in Node.
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);
}

/// One callback that can be called later. Arming it again replaces what was armed; dropping it disarms it.
pub(super) struct Timer {
    callback: Closure<dyn Fn()>,
    armed: Option<Armed>,
}

struct Armed {
    handle: JsValue,
    _lifeline: Lifeline,
}

impl Timer {
    /// A timer that is not armed yet.
    pub(super) fn new(callback: impl Fn() + 'static) -> Self {
        Self { callback: Closure::new(callback), armed: None }
    }

    /// Calls back once, `after` from now at the earliest or when the browser's longest delay is over, if that is
    /// sooner.
    pub(super) fn arm(&mut self, after: Duration) {
        self.disarm();
        let handle = set_timeout(&self.callback, delay_millis(after));
        let lifeline = lifeline::tie({
            let handle = handle.clone();
            move || clear_timeout(&handle)
        });
        self.armed = Some(Armed { handle, _lifeline: lifeline });
    }

    /// Nothing is called any more.
    pub(super) fn disarm(&mut self) {
        if let Some(armed) = self.armed.take() {
            clear_timeout(&armed.handle);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.disarm();
    }
}

/// `setTimeout` cuts fractions off, which would call too early, and takes a delay of 2^31 ms or more as 0.
fn delay_millis(after: Duration) -> i32 {
    // Of 64 bits: dividing 128 of them is a kilobyte of code.
    let rest = u64::from(after.subsec_nanos().div_ceil(1_000_000));
    let millis = after.as_secs().saturating_mul(1_000).saturating_add(rest);
    i32::try_from(millis).unwrap_or(i32::MAX)
}

/// What `future` gives, or `None` if it takes longer than `limit`.
pub(super) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let (giver, late) = once();
    let mut timer = Timer::new(move || giver.give(()));
    timer.arm(limit);
    unless(late, future).await
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_rounded_up_and_never_overflows() {
        assert_eq!(delay_millis(Duration::ZERO), 0);
        assert_eq!(delay_millis(Duration::from_nanos(1)), 1);
        assert_eq!(delay_millis(Duration::from_micros(1_500)), 2);
        assert_eq!(delay_millis(Duration::from_millis(2_147_483_647)), i32::MAX);
        assert_eq!(delay_millis(Duration::from_millis(2_147_483_648)), i32::MAX);
        assert_eq!(delay_millis(Duration::MAX), i32::MAX);
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod browser_tests {
    use core::cell::Cell;
    use core::future::pending;
    use std::rc::Rc;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    async fn a_timer_calls_once_and_only_the_delay_armed_last() {
        let calls = Rc::new(Cell::new(0));
        let (giver, called) = once();
        let mut timer = Timer::new({
            let calls = Rc::clone(&calls);
            move || {
                calls.set(calls.get() + 1);
                giver.give(());
            }
        });
        timer.arm(Duration::MAX); // Clamped: an overflow would call at once.
        timer.arm(Duration::from_millis(1));
        timer.arm(Duration::ZERO);
        called.await;
        // A timer armed later with the same delay comes later, so a second call would have come by then.
        assert_eq!(within(Duration::from_millis(5), pending::<()>()).await, None);
        assert_eq!(calls.get(), 1);
    }

    #[wasm_bindgen_test]
    async fn a_disarmed_or_dropped_timer_does_not_call() {
        let calls = Rc::new(Cell::new(0));
        let count = || {
            let calls = Rc::clone(&calls);
            move || calls.set(calls.get() + 1)
        };
        let mut disarmed = Timer::new(count());
        disarmed.arm(Duration::ZERO);
        disarmed.disarm();
        let mut dropped = Timer::new(count());
        dropped.arm(Duration::ZERO);
        drop(dropped);
        let mut never_in_time = Timer::new(count());
        never_in_time.arm(Duration::MAX);
        assert_eq!(within(Duration::from_millis(5), pending::<()>()).await, None);
        assert_eq!(calls.get(), 0);
    }

    #[wasm_bindgen_test]
    async fn a_future_that_is_ready_beats_its_limit() {
        assert_eq!(within(Duration::ZERO, async { 7 }).await, Some(7));
    }
}
