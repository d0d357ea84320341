//! What the tabs of one origin over one database agree on: how providers do, what they list, and what was learned of the
//! user's servers. Who learns something tells it to all, once; of each thing what was learned last holds (`base/stamp.rs`), so it
//! does not matter in which order tabs hear of it. Nothing is told of what was only heard.
//!
//! They say `{ is: "learned", of, health?, catalogue?, settings? }`, parts of the records of these names. `of` says with a hash for each
//! provider which one is meant by its name: another tab may know another by it. Who has just been opened, or comes back, says
//! `{ is: "hello" }` and is told what no record holds.

use serde_json::{Value, json};

use super::io::{Output, Record, TabsWork, Watched};
use super::provider::Provider;
use super::settings::Settings;
use super::shared::Shared;
use crate::base::hash;
use crate::base::json::Fields;
use crate::base::time::Now;
use crate::catalog::Catalogue;
use crate::health::Health;

pub(super) const HELLO: &str = "hello";
pub(super) const LEARNED: &str = "learned";

/// Asks the other tabs for what no record holds.
pub(super) fn hello() -> Output {
    Output::Tabs(TabsWork::Publish(br#"{"is":"hello"}"#.to_vec()))
}

/// Whom a name means, for other tabs; `None` where what is known of it is no business of theirs: what a key that only this
/// tab has may do, and what a provider in JavaScript does that does not say which it is.
fn identity(provider: &Provider) -> Option<u64> {
    if provider.has_key && provider.is_key_own {
        return None;
    }
    // Each tab finds out by itself by which of both names it is reached.
    let address = provider.identity()?.replace("://localhost", "://127.0.0.1");
    Some(hash::stable([address.as_str(), " ", provider.locality.as_str()].concat().as_bytes()))
}

impl Shared {
    /// Tells the other tabs what was learned since this was last called.
    pub(super) fn tell_tabs(&mut self, now: Now) {
        if !core::mem::take(&mut self.has_news) || !self.has_tabs() {
            return;
        }
        // Not one of the numbers that pauses are made of: telling changes nothing of what is done.
        let by = (self.random.clone().fraction() * f64::from(u32::MAX)) as u32;
        let health = self.health.take_news(now.wall, by);
        let catalogue = self.catalogue.take_news(now.wall, by);
        let settings = self.settings.take_news(now.wall, by);
        self.tell([health, catalogue, settings]);
    }

    /// Tells a tab that has just been opened what it cannot read.
    pub(super) fn answer_hello(&mut self) {
        let health = self.health.living();
        let catalogue = self.is_unwritten(Record::Catalogue).then(|| self.catalogue.to_record());
        self.tell([health, catalogue, None]);
    }

    fn tell(&mut self, records: [Option<Vec<u8>>; 3]) {
        let of = self.providers.values().filter_map(|one| Some((&one.name, identity(one)?)));
        let of: Vec<(&String, u64)> = of.collect();
        if of.is_empty() || records.iter().all(Option::is_none) {
            return;
        }
        let mut message = br#"{"is":"learned","of":"#.to_vec();
        message.extend(serde_json::to_vec(&of).unwrap_or_default());
        for (name, record) in [Record::Health, Record::Catalogue, Record::Settings].into_iter().zip(records) {
            if let Some(record) = record {
                message.extend([b",\"", name.name().as_bytes(), b"\":", &record].concat());
            }
        }
        message.push(b'}');
        self.push(Output::Tabs(TabsWork::Publish(message)));
    }

    /// Another tab learned something. What cannot be understood of it is left out: any page of this origin may have said it.
    pub(super) fn hear(&mut self, mut told: Fields, now: Now) {
        let Ok(of) = told.need::<Vec<Value>>("of") else { return };
        let is_meant =
            |one: &&Provider| identity(one).is_some_and(|own| of.contains(&json!([one.name, own])));
        let same: Vec<String> =
            self.providers.values().filter(is_meant).map(|one| one.name.clone()).collect();
        let is_same = |name: &str| same.iter().any(|same| same == name);
        if let Ok(Some(health)) = told.take(Record::Health.name()) {
            let (mut health, _) = Health::from_value(health, now);
            health.retain(is_same);
            self.learn_health(health, now);
        }
        if let Ok(Some(catalogue)) = told.take(Record::Catalogue.name()) {
            let (mut catalogue, _) = Catalogue::from_value(catalogue);
            catalogue.retain(is_same);
            self.learn_lists(catalogue, now);
        }
        if let Ok(Some(settings)) = told.take(Record::Settings.name()) {
            let (mut settings, _) = Settings::from_value(settings);
            settings.retain(is_same);
            self.settings.learn(settings, now.wall);
        }
    }

    /// What other tabs said was not heard for a while.
    pub(super) fn catch_up(&mut self) {
        // Metrics are read when somebody looks at the page.
        for record in [Record::Catalogue, Record::Health, Record::Settings] {
            self.read_again(record);
        }
        if self.has_tabs() {
            self.push(hello());
        }
    }

    /// Takes in how providers did in other tabs, or earlier.
    pub(super) fn learn_health(&mut self, health: Health, now: Now) {
        let changed = self.health.learn(health, now);
        if changed.is_empty() {
            return;
        }
        for name in changed {
            self.models_changed(&name);
        }
        self.push(Output::Changed(Watched::Health));
        self.push(Output::Changed(Watched::Models));
    }

    /// Takes in what providers listed in other tabs, or earlier.
    pub(super) fn learn_lists(&mut self, mut lists: Catalogue, now: Now) {
        lists.confine(|name| self.providers.get(name).map(|provider| provider.locality));
        let changed = self.catalogue.learn(lists, now.wall);
        if changed.is_empty() {
            return;
        }
        for name in changed {
            self.fill(&name);
            self.models_changed(&name);
        }
        self.push(Output::Changed(Watched::Models));
    }
}
