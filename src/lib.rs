//! The shell around the core: floors 4 ([`browser`]) and 5 ([`api`]).
//!
//! It decides nothing. The page's calls and the browser's events go into the engine of `hkm-mesh-core` as inputs;
//! what comes out is done. The crate is a `cdylib` alone (link-time optimisation depends on it), so its tests live
//! beside the code: `cargo test -p hkm-mesh` runs those that need no browser, `wasm-pack test --headless --chrome`
//! the others.

mod api;
mod browser;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
