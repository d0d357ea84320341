//! What must not leave. Today: a second look at every departure, made where the bytes would leave, by code that knows
//! nothing of how a model was chosen.

mod departure;

pub use departure::Departures;
