//! The metrics' sketch alone, for `tests/bench`: the page writes values into its memory and says how many to take in.

use std::cell::RefCell;

use hkm_mesh_core::metrics::Sketch;

thread_local! {
    static VALUES: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
    static SKETCH: RefCell<Sketch> = RefCell::default();
}

/// Room for so many values, and where it is.
#[unsafe(no_mangle)]
pub extern "C" fn room(count: usize) -> *const f64 {
    VALUES.with_borrow_mut(|values| {
        values.resize(count, 0.0);
        values.as_ptr()
    })
}

/// Takes in so many of the values, from the first on and again.
#[unsafe(no_mangle)]
pub extern "C" fn record(times: usize) {
    VALUES.with_borrow(|values| {
        SKETCH.with_borrow_mut(|sketch| {
            for value in values.iter().cycle().take(times) {
                sketch.record(*value);
            }
        });
    });
}

/// The value that this share of all does not exceed.
#[unsafe(no_mangle)]
pub extern "C" fn quantile(share: f64) -> f64 {
    SKETCH.with_borrow(|sketch| sketch.quantile(share)).unwrap_or(f64::NAN)
}
