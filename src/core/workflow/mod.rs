//! Workflows for `ComfyUI`: which files of a server make a picture, the graph that does it, and a user's own graph fitted to
//! a request.
//!
//! Graphs are built and changed as parsed JSON, never as text: a prompt may hold quotes, line breaks and percent signs. What is
//! sent is held against what the server said of its nodes before it goes out, so that what is wrong is said in words that a
//! person can act on. What the server says is read by `wire`, what is asked when is decided by `engine`.

mod adapt;
mod check;
mod compose;
mod family;
mod fault;
mod graph;
mod kit;
mod parameters;
mod places;
mod size;
mod style;

#[cfg(test)]
mod tests;

pub use adapt::{Adapted, Slot, adapt};
pub use check::{check, classes_of, complete};
pub use compose::{Composed, Note, classes_for, compose};
pub use family::Family;
pub use fault::Fault;
pub use kit::{Architectures, Kit, LISTING, Loader, kits, unclear};
pub use parameters::{MAX_SEED, Parameters, Seed};
pub use size::Size;
pub use style::description;
