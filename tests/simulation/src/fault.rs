//! What goes wrong with a request at a server, and what a request that fails for it may be called. The codes are written down
//! here from what each fault is, not looked up in the engine.

use fastrand::Rng;
use hkm_mesh_core::model::ErrorCode;

use crate::answer::Kind;
use crate::refusal::Refusal;

/// What goes wrong with a request at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection.
    Unreached,
    /// A refusal instead of an answer.
    Refused(Refusal),
    /// A page of HTML with status 200.
    Html,
    /// No head, for ever.
    SilentBeforeHead,
    /// A head and then nothing, for ever.
    SilentBeforeWords,
    /// A whole answer without a word.
    Empty,
    /// A whole answer that does not fit its schema, a call whose input is no JSON, vectors of which one is missing.
    Unfit,
    /// Breaks off after this many thousandths of the answer.
    Broken(u16),
    /// Ends there as if all were well, without the mark of the end.
    Unmarked(u16),
    /// Says there that it failed, inside a 200.
    ErrorInside(u16),
    /// Says nothing more from there on, and stays open.
    Stalled(u16),
    /// From there on a character every twenty seconds.
    Dripping(u16),
    /// Writes there what is no JSON.
    Garbled(u16),
}

impl Fault {
    pub(crate) fn any(kind: Kind, rng: &mut Rng) -> Self {
        let place = rng.u16(1..1_000);
        let fault = match rng.u8(0..20) {
            0 | 1 => Self::Unreached,
            2..=6 => Self::Refused(Refusal::any(rng)),
            7 => Self::Html,
            8 => Self::SilentBeforeHead,
            9 => Self::SilentBeforeWords,
            10 if matches!(kind, Kind::Schema | Kind::Tools | Kind::Vectors) => Self::Unfit,
            10 => Self::Empty,
            11..=13 => Self::Broken(place),
            14 => Self::Unmarked(place),
            15 | 16 => Self::ErrorInside(place),
            17 => Self::Stalled(place),
            18 => Self::Dripping(place),
            _ => Self::Garbled(place),
        };
        match fault {
            // Vectors come all at once, and no filter reads their texts.
            Self::Refused(Refusal::Moderated) if kind == Kind::Vectors => Self::Refused(Refusal::Invalid),
            Self::Unreached
            | Self::Refused(_)
            | Self::Html
            | Self::SilentBeforeHead
            | Self::Unfit
            | Self::Broken(_) => fault,
            _ if kind == Kind::Vectors => Self::SilentBeforeWords,
            _ => fault,
        }
    }

    /// What it is called.
    pub(crate) fn code(self, kind: Kind) -> ErrorCode {
        match self {
            Self::Unreached => ErrorCode::Unreachable,
            Self::Refused(refusal) => refusal.code(),
            Self::Html | Self::Garbled(_) => ErrorCode::Protocol,
            Self::SilentBeforeHead | Self::SilentBeforeWords | Self::Stalled(_) | Self::Dripping(_) => {
                ErrorCode::Timeout
            }
            Self::Unfit if matches!(kind, Kind::Vectors) => ErrorCode::Protocol,
            Self::Empty | Self::Unfit => ErrorCode::BadOutput,
            Self::Broken(_) | Self::Unmarked(_) => ErrorCode::Truncated,
            Self::ErrorInside(_) => ErrorCode::Server,
        }
    }
}
