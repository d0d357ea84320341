//! Stories: a scripted world on a virtual clock, and the whole transcript of what the engine did in it.

mod any_cut;
mod backoff;
mod cache;
mod cancel;
mod carry_on;
mod churn;
mod connections;
mod discovery;
mod doctor;
mod embedding;
mod endings;
mod failure_table;
mod fallback;
mod gate;
mod health;
mod hedge;
mod keys;
mod limits;
mod measures;
mod measures_kept;
mod pull;
mod request;
mod routing;
mod store;
mod story;
mod streaming;
