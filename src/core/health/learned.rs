//! What was learned in other tabs and in earlier visits, beside what was learned here: of each thing what was learned last
//! holds, in whatever order it comes and however often.

use super::cooling::Cooling;
use super::{Health, Record, Standing};
use crate::base::stamp::Stamp;
use crate::base::time::{Now, Wall};
use crate::model::Reason;

impl Health {
    /// Takes in what was learned elsewhere. The providers about whom that changed anything.
    pub fn learn(&mut self, elsewhere: Self, now: Now) -> Vec<String> {
        let mut changed = Vec::new();
        for (provider, theirs) in elsewhere.providers {
            if self.forgotten.contains(&provider) {
                continue;
            }
            if self.standing(&provider).learn(theirs, now.wall) {
                changed.push(provider);
            }
        }
        changed
    }

    /// Leaves only what these providers did.
    pub fn retain(&mut self, is_meant: impl Fn(&str) -> bool) {
        self.providers.retain(|provider, _| is_meant(provider));
    }

    /// Dates what changed since this was last called, in the tab of this number, and gives it for other tabs; `None` where
    /// nothing did.
    pub fn take_news(&mut self, now: Wall, by: u32) -> Option<Vec<u8>> {
        let mut is_news = false;
        for stamp in self.stamps() {
            stamp.date(now, by);
            is_news |= stamp.is_news();
        }
        let news = is_news.then(|| self.written(true, |kept, stood| kept.is_news() || stood.is_news()));
        self.stamps().for_each(Stamp::told);
        news
    }

    /// What no record holds, for a tab that has just been opened; `None` where there is nothing.
    pub fn living(&self) -> Option<Vec<u8>> {
        let is_known = self.providers.values().any(|standing| standing.stood.is_known());
        is_known.then(|| self.written(true, |_, stood| stood.is_known()))
    }

    fn stamps(&mut self) -> impl Iterator<Item = &mut Stamp> {
        self.providers.iter_mut().flat_map(|(_, standing)| {
            let models = standing.models.iter_mut();
            let of_models = models.flat_map(|(_, record)| [&mut record.learned, &mut record.stood]);
            [&mut standing.stood, &mut standing.cooled].into_iter().chain(of_models)
        })
    }
}

/// Whether two reasons say the same, be it in other words.
pub(super) fn is_same(one: Option<&Reason>, other: Option<&Reason>) -> bool {
    one.map(|reason| &reason.code) == other.map(|reason| &reason.code)
}

impl Standing {
    fn learn(&mut self, theirs: Self, now: Wall) -> bool {
        let mut is_changed = false;
        // A record says nothing of this, and has no stamp.
        if self.stood.yields_to(&theirs.stood, now) {
            // Each tab says it in its own words.
            if !is_same(self.reason.as_ref(), theirs.reason.as_ref()) {
                self.reason = theirs.reason;
            }
            self.state = theirs.state;
            self.since = theirs.since;
            self.circuit = theirs.circuit;
            self.is_key_refused = theirs.is_key_refused;
            self.lacks_credit = theirs.lacks_credit;
            self.stood = theirs.stood;
            is_changed = true;
        }
        // Older records do not say when.
        let is_blank =
            !self.cooled.is_news() && !self.cooled.is_known() && self.cooling == Cooling::default();
        if is_blank || self.cooled.yields_to(&theirs.cooled, now) {
            is_changed |= self.cooling != theirs.cooling;
            self.cooling = theirs.cooling;
            self.cooled = theirs.cooled;
        }
        for (model, theirs) in theirs.models {
            is_changed |= match self.models.get_mut(&model) {
                Some(known) => known.learn(theirs, now),
                None => self.models.insert(model, theirs).is_none(),
            };
        }
        is_changed
    }
}

impl Record {
    fn learn(&mut self, theirs: Self, now: Wall) -> bool {
        let mut is_changed = false;
        if self.learned.yields_to(&theirs.learned, now) {
            self.outcomes = theirs.outcomes;
            self.measured = theirs.measured;
            self.lateness = theirs.lateness;
            self.cooling = theirs.cooling;
            self.learned = theirs.learned;
            is_changed = true;
        }
        if self.stood.yields_to(&theirs.stood, now) {
            self.circuit = theirs.circuit;
            self.stood = theirs.stood;
            is_changed = true;
        }
        is_changed
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::base::time::Monotonic;
    use crate::health::{Scope, Timing};
    use crate::model::ModelKey;

    fn at(millis: u64) -> Now {
        let wall = 1_700_000_000_000 + i64::try_from(millis).unwrap();
        Now { monotonic: Monotonic::new(Duration::from_millis(millis)), wall: Wall::from_epoch_millis(wall) }
    }

    /// What can happen in a tab.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        Answered,
        Unreachable,
        Succeeded,
        Failed(bool),
        Cooled(bool, Option<u64>),
        Refused,
        OutOfCredit,
        Forgiven,
        AnotherKey,
        Timed(u32),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Answered),
            Just(Event::Unreachable),
            Just(Event::Succeeded),
            any::<bool>().prop_map(Event::Failed),
            (any::<bool>(), proptest::option::of(1..100_u64))
                .prop_map(|(one, pause)| Event::Cooled(one, pause)),
            Just(Event::Refused),
            Just(Event::OutOfCredit),
            Just(Event::Forgiven),
            Just(Event::AnotherKey),
            (1..1_000_u32).prop_map(Event::Timed),
        ]
    }

    fn happen(health: &mut Health, event: Event, (provider, model): (usize, usize), now: Now) {
        let provider = ["near", "far"][provider];
        let key = ModelKey::new(provider, ["a", "b"][model]);
        let scope = |is_all: bool| if is_all { Scope::Provider } else { Scope::Model };
        match event {
            Event::Answered => {
                health.answered(provider, now.wall);
            }
            Event::Unreachable => {
                health.unreachable(provider, Reason::new("unreachable", "In its own words."), now.wall);
            }
            Event::Succeeded => health.succeeded(&key),
            Event::Failed(is_all) => health.failed(&key, scope(is_all), now),
            Event::Cooled(is_all, pause) => {
                health.cool(&key, scope(is_all), pause.map(Duration::from_secs), now);
            }
            Event::Refused => health.refuse_key(provider),
            Event::OutOfCredit => health.lack_credit(provider),
            Event::Forgiven => health.forgive(provider),
            Event::AnotherKey => health.key_changed(provider),
            Event::Timed(ms) => health.timed(
                &key,
                &Timing {
                    first_token_ms: f64::from(ms),
                    was_cold: false,
                    input_tokens: 10,
                    output_tokens: u64::from(ms),
                    writing_ms: f64::from(ms),
                },
            ),
        }
    }

    fn hear(health: &mut Health, message: &[u8], now: Now) -> bool {
        let (heard, unreadable) = Health::from_record(message, now);
        assert_eq!(unreadable, 0, "{}", String::from_utf8_lossy(message));
        !health.learn(heard, now).is_empty()
    }

    /// All that tabs can tell of it.
    fn all(health: &Health) -> String {
        String::from_utf8(health.written(true, |_, _| true)).unwrap()
    }

    /// The same without the last digits of fractions, which do not survive being written and read.
    fn rounded(health: &Health) -> String {
        fn round(value: &mut serde_json::Value) {
            match value {
                serde_json::Value::Number(number) if number.is_f64() => {
                    *value = format!("{:.6}", number.as_f64().unwrap()).into();
                }
                serde_json::Value::Array(values) => values.iter_mut().for_each(round),
                serde_json::Value::Object(fields) => fields.values_mut().for_each(round),
                _ => {}
            }
        }
        let mut value = serde_json::from_str(&all(health)).unwrap();
        round(&mut value);
        value.to_string()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn tabs_that_heard_the_same_agree_in_whatever_order_and_however_often_they_heard_it(
            events in prop::collection::vec((0..3_usize, event(), (0..2_usize, 0..2_usize), 0..3_u64, any::<bool>()), 1..40),
            orders in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 40), 3),
        ) {
            let mut tabs = [Health::default(), Health::default(), Health::default()];
            let mut told: Vec<Vec<u8>> = Vec::new();
            let mut clock = 1_000;
            for (tab, event, place, pause, is_heard) in events {
                clock += pause;
                happen(&mut tabs[tab], event, place, at(clock));
                let message = tabs[tab].take_news(at(clock).wall, tab as u32 + 1);
                // Some are heard at once by one of the others.
                if let Some(message) = message.filter(|_| is_heard) {
                    hear(&mut tabs[(tab + 1) % 3], &message, at(clock));
                    told.push(message);
                } else {
                    told.extend(tabs[tab].living());
                    told.push(tabs[tab].to_record());
                }
                prop_assert_eq!(tabs[tab].take_news(at(clock).wall, 9), None);
            }
            told.extend(tabs.iter().map(|tab| all(tab).into_bytes()));
            // A pause is as long as its rest at the time when it is heard of, so all hear everything at one time.
            for (tab, order) in tabs.iter_mut().zip(&orders) {
                for index in order {
                    let message: &Vec<u8> = index.get(&told);
                    hear(tab, message, at(clock));
                }
                for message in &told {
                    hear(tab, message, at(clock));
                }
            }
            prop_assert_eq!(rounded(&tabs[0]), rounded(&tabs[1]));
            prop_assert_eq!(rounded(&tabs[1]), rounded(&tabs[2]));
            for tab in &mut tabs {
                prop_assert_eq!(tab.take_news(at(clock).wall, 1), None, "what was heard is not told");
                for message in &told {
                    prop_assert!(!hear(tab, message, at(clock)), "told again it is no news");
                }
            }
        }
    }

    #[test]
    fn what_is_forgotten_does_not_come_back_with_what_others_know() {
        let mut health = Health::default();
        health.succeeded(&ModelKey::new("mine", "a"));
        let message = health.take_news(at(1).wall, 1).unwrap();
        health.forget("mine");
        assert!(!hear(&mut health, &message, at(2)));
        assert_eq!(health.take_news(at(3).wall, 1), None);
    }

    #[test]
    fn a_record_tells_nothing_of_how_a_provider_stands_and_takes_nothing_of_it_back() {
        let mut here = Health::default();
        here.unreachable("far", Reason::new("unreachable", "In its own words."), at(1).wall);
        let told = here.take_news(at(1).wall, 1).unwrap();
        let mut there = Health::default();
        there.succeeded(&ModelKey::new("far", "a"));
        there.take_news(at(2).wall, 2);
        assert!(hear(&mut here, &there.to_record(), at(2)));
        assert_eq!(here.reason("far").unwrap().message, "In its own words.");
        assert!(!hear(&mut there, &told, at(3)), "it answered since");
        hear(&mut here, &all(&there).into_bytes(), at(3));
        assert_eq!((here.reason("far"), all(&here)), (None, all(&there)));
    }
}
