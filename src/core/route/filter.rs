//! What a model must not lack. Filters are absolute: no score makes up for one.

use super::ask::{Asked, covers};
use super::table::{Table, bit};
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

impl Table {
    /// Whether a row passes the filters that are bits and lists.
    #[allow(clippy::inline_always)] // Once for each model that is compared.
    #[inline(always)]
    pub(super) fn passes(&self, row: usize, traits: u64, asked: &Asked<'_>) -> bool {
        asked.required & !traits == 0
            && traits & asked.forbidden == 0
            && (!asked.has_lists || self.is_listed(row, asked))
    }

    /// The same for one row, of which we may be told that it is the one that is asked for by name.
    pub(super) fn may_pass(&self, row: usize, asked: &Asked<'_>, trust: Trust) -> bool {
        let Some(mut traits) = self.traits.get(row).copied() else { return false };
        if trust == Trust::Pinned && traits & bit::UNTOLD != 0 {
            traits |= asked.required & CAPABILITIES | bit::HEARD_OF;
        }
        self.passes(row, traits, asked)
    }

    /// Which filter a row does not pass; `None` where it passes all of them.
    pub(super) fn fault(&self, row: usize, asked: &Asked<'_>) -> Option<Fault> {
        let Some(trust) = self.pinning(row, asked) else { return Some(Fault::NotPinned) };
        if self.may_pass(row, asked, trust) {
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
        let server = self.numbers.get(row)?.server;
        let is_named = names.iter().any(|name| covers(self.named(name), server, row as u32));
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
        if asked.deny.iter().any(|named| covers(*named, server, row as u32)) {
            return Fault::Denied;
        }
        if !self.is_listed(row, asked) {
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
        Fault::TooWeak
    }
}

/// The bits that are capabilities.
const CAPABILITIES: u64 = 0xffff_ffff;
