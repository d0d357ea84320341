//! What happens after a panic: this instance of the module is dead, and the package goes on with a new one.
//!
//! With `panic = "abort"` nothing is unwound, so whatever was borrowed stays borrowed. The glue would replace the
//! instance at the next call of an export, but by then it is too late: that call's strings and bytes were already
//! written into the memory of the old instance, and a callback that comes first would run in the new instance with
//! addresses of the old one. So the package replaces it while the hook still runs, by [`renew`].

use core::cell::RefCell;
use std::panic::PanicHookInfo;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::lifeline;

#[wasm_bindgen]
extern "C" {
    /// Called with the place of a panic.
    #[wasm_bindgen(typescript_type = "(location: string) => void")]
    pub type PanicCallback;

    #[wasm_bindgen(method, catch, js_name = call)]
    fn call_with(this: &PanicCallback, receiver: &JsValue, location: &str) -> Result<(), JsValue>;
}

thread_local! {
    static CALLBACK: RefCell<Option<PanicCallback>> = const { RefCell::new(None) };
}

/// Calls `callback` with `file:line` should this instance panic. It must call [`renew`] before it returns, may call
/// this function again for the new instance, and must leave everything else for later. `Core` objects of the old
/// instance are void: even `free()` must not be called on them.
#[wasm_bindgen(js_name = onPanic)]
#[allow(unreachable_pub)] // wasm-bindgen exports only what is `pub`.
pub fn on_panic(callback: PanicCallback) {
    CALLBACK.set(Some(callback));
    std::panic::set_hook(Box::new(last_words));
}

/// Replaces an instance that panicked by a new one. It takes nothing and does nothing: that it is called is enough.
#[wasm_bindgen]
#[allow(unreachable_pub)] // As above.
pub fn renew() {}

/// Gives up an instance that trapped without a panic: its stack or its memory ran out, so no hook ran. What it was in the
/// middle of may include the queue that all waiting work goes through. [`renew`] has to follow at once.
#[wasm_bindgen]
#[allow(unreachable_pub)] // As above.
pub fn abandon() {
    wasm_bindgen::handler::schedule_reinit();
    lifeline::cut_all();
}

fn last_words(info: &PanicHookInfo<'_>) {
    abandon();
    // The place alone: the message may quote a prompt.
    let place =
        info.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
    // Last, because after it the glue belongs to the new instance.
    CALLBACK.with(|callback| {
        if let Ok(callback) = callback.try_borrow()
            && let Some(callback) = &*callback
        {
            let _ = callback.call_with(&JsValue::UNDEFINED, &place);
        }
    });
}
