//! Floor 4: fetch, `IndexedDB`, locks, timers and the clock, and the one loop that drives the engine with them.
//!
//! Everything works in pages, workers and Node alike, so nothing here asks for a `window`.

mod answers;
mod batches;
pub(crate) mod clock;
pub(crate) mod driver;
pub(crate) mod fetch;
pub(crate) mod lifeline;
pub(crate) mod page;
pub(crate) mod store;

mod journal;
mod lock;
mod once;
mod promise;
mod slot;
mod socket;
mod tabs;
mod task;
mod timer;
mod together;
mod unless;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
pub(crate) mod testing;
