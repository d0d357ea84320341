//! What a model must not lack. Filters are absolute: no score makes up for one.

use super::ask::Asked;
use super::table::{Table, bit};
use crate::model::health::Rest;
use crate::model::{Capabilities, Locality};

/// Why a model may not be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// It is not in the table.
    Gone,
    NotPinned,
    Offline,
    TooFar {
        at: Locality,
        farthest: Locality,
    },
    Denied,
    NotAllowed,
    OtherModality,
    NoWriter,
    Lacks(&'static str),
    MayLack(&'static str),
    NoKey,
    Resting(Rest),
    Unavailable,
    TooWeak,
    TooLong {
        needed: f64,
        room: f64,
    },
    AnswerTooLong {
        wanted: f64,
        most: f64,
    },
    PriceUnknown,
    TooExpensive {
        usd: f64,
    },
    FirstTokenTooLate {
        ms: f64,
    },
    TooSlow {
        ms: f64,
    },
}

/// Whether a row is the one that the caller asks for by name. That one is believed to be able to do what nobody told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Usual,
    Pinned,
}

/// Whether a row with these bits passes the filters that are bits and lists.
#[allow(clippy::inline_always)] // Once for each model that is compared.
#[inline(always)]
pub(super) fn passes(asked: &Asked<'_>, row: u32, traits: u64, server: u16) -> bool {
    asked.required & !traits == 0
        && traits & asked.forbidden == 0
        && (!asked.has_lists || asked.lets_pass(server, row))
}

impl Table {
    /// Whether a row passes the filters that are bits and lists; it may be the one that is asked for by name.
    pub(super) fn passes(&self, row: usize, asked: &Asked<'_>, trust: Trust) -> bool {
        let (Some(traits), Some(numbers)) = (self.traits.get(row), self.numbers.get(row)) else {
            return false;
        };
        let mut traits = *traits;
        if trust == Trust::Pinned && traits & bit::UNTOLD != 0 {
            traits |= asked.required & CAPABILITIES | bit::HEARD_OF;
        }
        passes(asked, row as u32, traits, numbers.server)
    }

    /// Which filter a row does not pass; `None` where it passes all of them.
    pub(super) fn fault(&self, row: usize, asked: &Asked<'_>) -> Option<Fault> {
        let Some(trust) = self.pinning(row, asked) else { return Some(Fault::NotPinned) };
        if self.passes(row, asked, trust) {
            return self.weigh(row, asked).err();
        }
        Some(self.fault_in_traits(row, asked, trust))
    }

    /// How far a row is trusted; `None` where the caller asks for others only.
    fn pinning(&self, row: usize, asked: &Asked<'_>) -> Option<Trust> {
        use crate::model::policy::Fallback;
        let Some(pinned) = &asked.query.pinned else { return Some(Trust::Usual) };
        if self.find(pinned) == Some(row as u32) {
            return Some(Trust::Pinned);
        }
        let Some(Fallback::Models(names)) = &asked.query.policy.fallback else { return None };
        let is_named = names.iter().any(|name| self.rows(self.named(name)).contains(&row));
        is_named.then_some(Trust::Usual)
    }

    /// Which of the filters that are bits and lists a row does not pass, in the order in which a person would ask:
    /// may it at all, is it the right kind, can it, is it there, is it good enough.
    fn fault_in_traits(&self, row: usize, asked: &Asked<'_>, trust: Trust) -> Fault {
        let Some(traits) = self.traits.get(row).copied() else { return Fault::Gone };
        let Some(server) = self.numbers.get(row).map(|numbers| numbers.server) else { return Fault::Gone };
        let at = Self::locality(traits);
        let farthest = asked.query.policy.farthest(asked.query.sensitive);
        if at > farthest {
            return Fault::TooFar { at, farthest };
        }
        if asked.deny.has(server, row as u32) {
            return Fault::Denied;
        }
        if !asked.lets_pass(server, row as u32) {
            return Fault::NotAllowed;
        }
        if traits & bit::modality(asked.query.modality) == 0 {
            return Fault::OtherModality;
        }
        let embedding = u64::from(Capabilities::EMBEDDING.bits());
        if traits & asked.forbidden & embedding != 0 {
            return Fault::NoWriter;
        }
        if trust == Trust::Usual || traits & bit::UNTOLD == 0 {
            let has = Capabilities::of_bits(traits as u32);
            let wanted = Capabilities::of_bits(asked.required as u32);
            if let Some(word) = asked.unheard_of.or_else(|| wanted.first_missing_in(has)) {
                return if traits & bit::UNTOLD == 0 { Fault::Lacks(word) } else { Fault::MayLack(word) };
            }
        }
        if traits & bit::NO_KEY != 0 {
            return Fault::NoKey;
        }
        if at == Locality::Cloud && !asked.query.is_online {
            return Fault::Offline;
        }
        if traits & bit::UNAVAILABLE != 0 {
            return Fault::Unavailable;
        }
        if traits & asked.forbidden & (bit::RESTING | bit::REFUSED) != 0
            && let Some(rest) = self.rest(row as u32)
        {
            return Fault::Resting(rest);
        }
        Fault::TooWeak
    }
}

/// The bits that are capabilities.
const CAPABILITIES: u64 = 0xffff_ffff;
