//! Everything the mesh decides, as pure functions of events and a time.
//!
//! The core never asks for the clock, the network, the disk or a random number: the shell in `src/browser`
//! hands in what happened ([`engine::Input`]) and does what comes out ([`engine::Output`]). Floors, lowest
//! first: [`base`] (values), [`model`] (nouns), the siblings ([`wire`], [`catalog`], [`route`], [`health`],
//! [`estimate`], [`schema`],
//! [`guard`], [`cache`], [`limits`], [`metrics`], [`workflow`]) and [`engine`], which alone knows them all. `architecture.rs` keeps the arrows
//! pointing down.
#![forbid(unsafe_code)]

pub mod base;
pub mod cache;
pub mod catalog;
pub mod engine;
pub mod estimate;
pub mod guard;
pub mod health;
pub mod limits;
pub mod metrics;
pub mod model;
pub mod route;
pub mod schema;
pub mod wire;
pub mod workflow;

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod typescript;
