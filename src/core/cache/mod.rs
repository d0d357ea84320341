//! Answers and vectors that are kept: under which key, for how long, and which are given up for room. It holds what is in memory and
//! knows what is on the disk; reading and writing there, and when to look, is the engine's.

mod entry;
mod key;
mod ledger;
mod memory;
mod settings;
mod vector;

pub use entry::{Answer, Entry, KeptPicture};
pub use key::{Key, canonical, canonical_wish};
pub use ledger::{Kind, Ledger, Use};
pub use memory::{Kept, Memory};
pub use settings::{Age, Settings};
pub use vector::{Vector, canonical_text};
