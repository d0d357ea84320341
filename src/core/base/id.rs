//! Names of things that run, so that an event finds the machine it belongs to.

use core::fmt;

/// A call from JavaScript that settles once: a generation, a discovery, a pull, a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// The identifier as the caller chose it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Of something that the engine wants itself; nobody listens to it.
    pub fn own(name: &str) -> Self {
        Self(["\0", name].concat())
    }

    /// Whether the engine wants it itself.
    pub fn is_own(&self) -> bool {
        self.0.starts_with('\0')
    }

    /// The identifier as JavaScript knows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One conversation with a server or a custom provider: one fetch. Numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportId(u32);

impl TransportId {
    /// The `number`-th transport of this engine.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number, as it crosses to JavaScript.
    pub const fn number(self) -> u32 {
        self.0
    }
}
