//! Which requests are repeats, and which answers are right: a plain map of what was wanted to what was given.

use std::collections::BTreeMap;

use super::wish::Wish;
use crate::weather::Micros;

/// An answer that a model gave to this wish.
#[derive(Clone, Copy, Debug)]
struct Given {
    number: u32,
    at: Micros,
    /// The visit in which it was given.
    visit: u32,
    /// Whether it was to be kept.
    is_kept: bool,
}

/// What is being asked of a model: what, in which visit, and whether its answer may be shared.
#[derive(Clone, Debug)]
struct Under {
    wish: Wish,
    visit: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Oracle {
    given: BTreeMap<Wish, Vec<Given>>,
    under_way: BTreeMap<u32, Under>,
    life: Micros,
}

impl Oracle {
    pub(crate) fn new(life: Micros) -> Self {
        Self { life, ..Self::default() }
    }

    /// Whether a request that may be answered from what is kept is a repeat: the same was answered and is kept where this visit
    /// finds it, or the same is being answered in it.
    pub(crate) fn is_repeat(&self, wish: &Wish, visit: u32, now: Micros) -> bool {
        let is_there = |given: &&Given| {
            given.is_kept && now < given.at + self.life && (given.visit == visit || !wish.is_private())
        };
        let was_given = self.given.get(wish).is_some_and(|all| all.iter().any(|given| is_there(&given)));
        was_given || self.under_way.values().any(|under| under.visit == visit && under.wish == *wish)
    }

    /// A request whose answer others may share is asked.
    pub(crate) fn asked(&mut self, request: u32, wish: &Wish, visit: u32) {
        self.under_way.insert(request, Under { wish: wish.clone(), visit });
    }

    /// A request is over, in whatever way.
    pub(crate) fn over(&mut self, request: u32) {
        self.under_way.remove(&request);
    }

    /// A model was asked and gave this answer. An answer is given to one wish.
    pub(crate) fn given(
        &mut self,
        wish: &Wish,
        number: u32,
        visit: u32,
        is_kept: bool,
        now: Micros,
    ) -> Result<(), String> {
        let known = self.given.iter().find(|(_, all)| all.iter().any(|given| given.number == number));
        if known.is_some() {
            return Err(format!("answer {number} was given twice"));
        }
        self.given.entry(wish.clone()).or_default().push(Given { number, at: now, visit, is_kept });
        Ok(())
    }

    /// Whether this answer may be given to whoever asked for this at `asked_at`, in place of a new one.
    pub(crate) fn check(&self, wish: &Wish, number: u32, visit: u32, asked_at: Micros) -> Result<(), String> {
        let all = self.given.get(wish).map(Vec::as_slice).unwrap_or_default();
        let Some(given) = all.iter().find(|given| given.number == number) else {
            return Err(format!("answer {number} belongs to another request"));
        };
        let is_newer = |other: &&Given| {
            other.is_kept && other.visit == visit && other.at > given.at && other.at < asked_at
        };
        if !given.is_kept {
            Err(format!("answer {number} was not to be kept"))
        } else if asked_at >= given.at + self.life {
            Err(format!("answer {number} is too old"))
        } else if given.visit != visit && wish.is_private() {
            Err(format!("answer {number} had to stay in the memory of another visit"))
        } else if let Some(newer) = all.iter().find(is_newer) {
            Err(format!("answer {number} was given although this visit has {}", newer.number))
        } else {
            Ok(())
        }
    }

    /// Whether this answer was given to the same wish.
    pub(crate) fn belongs(&self, wish: &Wish, number: u32) -> Result<(), String> {
        let all = self.given.get(wish).map(Vec::as_slice).unwrap_or_default();
        let is_there = all.iter().any(|given| given.number == number);
        if is_there { Ok(()) } else { Err(format!("answer {number} belongs to another request")) }
    }
}
