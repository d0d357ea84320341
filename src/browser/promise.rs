//! Waiting for a JavaScript promise.
//!
//! `JsFuture` would do, but for one thing: if this instance has panicked by the time the promise settles, the call
//! back into it throws, and the page sees an unhandled rejection that it can do nothing about. Here the rejection
//! that such a call makes is caught by JavaScript alone.

use core::future::Future;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use super::lifeline;
use super::once::once;

#[wasm_bindgen]
extern "C" {
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(
        this: &Thenable,
        on_value: &Closure<dyn FnMut(JsValue)>,
        on_reason: &Closure<dyn FnMut(JsValue)>,
    ) -> Thenable;
    #[wasm_bindgen(method, js_name = catch)]
    fn catch_with(this: &Thenable, on_reason: &Function);

    // The one function that every engine has ready and that does nothing. Making one would need `eval`, which a
    // strict content security policy forbids.
    #[wasm_bindgen(thread_local_v2, js_namespace = Function, js_name = prototype)]
    static NOTHING: Function;
}

/// Waits until `promise` settles. Dropping the future lets go of the promise.
pub(super) fn settled(promise: &Promise) -> impl Future<Output = Result<JsValue, JsValue>> + use<> {
    let (giver, coming) = once();
    let give = move |answer| {
        if !lifeline::is_cut() {
            giver.give(answer);
        }
    };
    let on_value = Closure::once({
        let give = give.clone();
        move |value| give(Ok(value))
    });
    let on_reason = Closure::once(move |reason| give(Err(reason)));
    let called = promise.unchecked_ref::<Thenable>().then(&on_value, &on_reason);
    NOTHING.with(|nothing| called.catch_with(nothing));
    async move {
        let _callbacks = (on_value, on_reason);
        coming.await
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    async fn a_promise_gives_its_value_or_its_reason() {
        assert_eq!(settled(&Promise::resolve(&JsValue::from(7))).await, Ok(JsValue::from(7)));
        assert_eq!(settled(&Promise::reject(&JsValue::from("no"))).await, Err(JsValue::from("no")));
    }

    #[wasm_bindgen_test]
    async fn a_promise_may_settle_after_nobody_waits_any_more() {
        let mut resolve = None;
        let promise = Promise::new(&mut |resolver, _| resolve = Some(resolver));
        drop(settled(&promise));
        resolve.unwrap().call1(&JsValue::UNDEFINED, &JsValue::NULL).unwrap();
        assert_eq!(settled(&promise).await, Ok(JsValue::NULL));
    }
}
