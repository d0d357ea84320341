//! The only file that reads a clock; everything else is told the time.

use core::time::Duration;

use hkm_mesh_core::base::time::{Monotonic, Now, Wall};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    // A global of pages, workers and Node; `web_sys::window()` knows only pages.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The time on both clocks. `performance.now()` never goes back; `Date.now()` goes wherever the user sets it.
#[allow(clippy::disallowed_methods)] // This is the file that the rule names.
pub(crate) fn now() -> Now {
    let since_start = Duration::try_from_secs_f64(performance_now() / 1_000.0).unwrap_or_default();
    Now { monotonic: Monotonic::new(since_start), wall: Wall::from_epoch_millis(js_sys::Date::now() as i64) }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn both_clocks_run() {
        let before = now();
        let after = now();
        assert!(after.monotonic >= before.monotonic);
        // 2025-01-01: a wall clock that counted seconds or started with the page would lie before it.
        assert!(after.wall.epoch_millis() > 1_735_689_600_000);
    }
}
