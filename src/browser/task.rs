//! Starting work that nobody waits for. The only place that does: what runs by itself can be found from here.

use core::future::Future;

/// Runs in a microtask of its own, after what runs now. Work that was started first begins first.
#[allow(clippy::disallowed_methods)] // This is the file that the rule names.
pub(super) fn start(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}
