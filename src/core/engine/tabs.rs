//! One tab asks and the others listen: a request that another tab of this origin is being answered is not asked again. Who
//! asks holds the claim of the request's key, a lock that the browser takes back when the tab goes away; then the next one has
//! it, looks once more on the disk, and asks itself.
//!
//! What tabs tell each other of answers is JSON: `{ key, is: "join" | "so-far" | "more" | "anew" | "end", said?, entry? }`, where
//! `said` lists `[what, words]` in order. Nothing is told before somebody joined. What else they tell is in `agreement.rs`.

use core::time::Duration;

use serde_json::{Value, json};

use super::agreement::{HELLO, LEARNED};
use super::cache::Place;
use super::io::{AnswersWork, Output, Settlement, StoredAnswer, TabsSaid, TabsWork, Watched};
use super::recall::{
    About, Asked, Origin, PATIENCE, Question, retold, settlement_of, shown_again, stored_receipt,
};
use super::shared::Shared;
use super::{Engine, Machine};
use crate::base::id::RequestId;
use crate::base::json::{self, Fields};
use crate::base::time::{Monotonic, Now};
use crate::cache::{Age, Entry};
use crate::model::picture::HeldBlob;
use crate::model::{Error, Event, Reason};

/// How long another tab's answer is listened to. It has limits of its own; this is for a tab that stands still.
const LONGEST: Duration = Duration::from_secs(600);

/// Whether this tab may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// Not known yet.
    Wanted,
    /// It may.
    Granted,
    /// Another tab does.
    Taken,
}

/// The right to ask what a key stands for.
#[derive(Debug)]
pub(super) struct Claim {
    /// Who is answered here.
    by: RequestId,
    place: Place,
    claimed: Claimed,
    /// Whether other tabs listen, or will once it is this one that asks.
    is_heard: bool,
    /// Whether the answer is being written to the disk.
    is_written: bool,
    /// Whether the answer is over, and only its being written is waited for.
    is_over: bool,
}

impl Claim {
    fn name(&self) -> String {
        self.place.key.to_string()
    }

    /// Whether other tabs listen to what is answered here.
    fn is_published(&self) -> bool {
        self.is_heard && self.claimed == Claimed::Granted
    }
}

/// Listens to another tab.
#[derive(Debug)]
pub(super) struct Guest {
    asked: Asked,
    pub(super) until: Monotonic,
    /// Whether it knows what was said before: until then "more" would be the middle of an answer.
    is_told: bool,
    text: String,
    reasoning: String,
    model: String,
    /// Whether the disk is read because the other tab is done, or gone.
    is_looking: bool,
}

impl Guest {
    pub(super) fn about(&self) -> About<'_> {
        self.asked.about()
    }

    pub(super) const fn place(&self) -> Option<&Place> {
        self.asked.place.as_ref()
    }

    /// The model that the other tab asks, once it is known.
    pub(super) fn model(&self) -> Option<String> {
        (!self.model.is_empty()).then(|| self.model.clone())
    }

    /// It listens for somebody else, whose request says the same.
    pub(super) fn hand_to(&mut self, request: Question) {
        self.asked.request = request;
    }

    /// What was said by now, for who joins here.
    pub(super) fn so_far(&self) -> Vec<Event> {
        let attempt = self.model().map(|model| Event::Attempt { model, attempt: 1 });
        attempt.into_iter().chain(retold(&self.text, &self.reasoning, &[], &[])).collect()
    }

    /// Takes in what the other tab says, and makes events of it.
    fn hear(&mut self, said: Vec<(String, String)>) -> Vec<Event> {
        let mut events = Vec::with_capacity(said.len());
        for (what, words) in said {
            events.push(match what.as_str() {
                "model" => {
                    self.model.clone_from(&words);
                    Event::Attempt { model: words, attempt: 1 }
                }
                "text" => {
                    self.text.push_str(&words);
                    Event::TextDelta { text: words }
                }
                "thought" => {
                    self.reasoning.push_str(&words);
                    Event::ReasoningDelta { text: words }
                }
                "restart" => self.restart(words),
                // Of a newer version of this package.
                _ => continue,
            });
        }
        events
    }

    /// The tab that asked is gone, and what it said with it.
    fn begin_again(&mut self) -> Vec<Event> {
        self.model.clear();
        if self.text.is_empty() && self.reasoning.is_empty() {
            return Vec::new();
        }
        vec![self.restart("The tab that asked was closed. The answer begins again.".to_owned())]
    }

    fn restart(&mut self, why: String) -> Event {
        self.text.clear();
        self.reasoning.clear();
        Event::Restart { reason: Reason::new("shared", why) }
    }
}

/// What is said in these events, for other tabs.
fn said_in(events: &[Event]) -> Vec<Value> {
    let one = |event: &Event| match event {
        Event::Attempt { model, .. } => Some(json!(["model", model])),
        Event::TextDelta { text } => Some(json!(["text", text])),
        Event::ReasoningDelta { text } => Some(json!(["thought", text])),
        Event::Restart { reason } => Some(json!(["restart", reason.message])),
        _ => None,
    };
    events.iter().filter_map(one).collect()
}

fn message(key: &str, is: &str, said: Vec<Value>) -> Output {
    let message = json!({ "key": key, "is": is, "said": said });
    Output::Tabs(TabsWork::Publish(message.to_string().into_bytes()))
}

/// What a tab said.
struct Word {
    key: String,
    is: String,
    said: Vec<(String, String)>,
    entry: Option<Entry>,
}

fn read(is: String, mut fields: Fields) -> Option<Word> {
    let said: Option<Vec<Vec<String>>> = fields.take("said").ok()?;
    let pairs = said.into_iter().flatten().filter_map(|pair| {
        let mut pair = pair.into_iter();
        Some((pair.next()?, pair.next()?))
    });
    Some(Word {
        key: fields.need("key").ok()?,
        is,
        said: pairs.collect(),
        entry: fields.take("entry").ok()?.and_then(|entry: String| Entry::from_record(entry.as_bytes())),
    })
}

impl Shared {
    /// Wants to be the tab that asks, for this request.
    pub(super) fn claim(&mut self, by: &RequestId, place: &Place) {
        // An answer that is still being written here: it is asked for once more, which is not worth a wait.
        if self.claims.iter().any(|claim| claim.place.key == place.key) {
            return;
        }
        let (by, place) = (by.clone(), place.clone());
        let (claimed, is_heard, is_written, is_over) = (Claimed::Wanted, false, false, false);
        let claim = Claim { by, place, claimed, is_heard, is_written, is_over };
        self.push(Output::Tabs(TabsWork::Claim(claim.name())));
        self.claims.push(claim);
    }

    fn claim_named(&mut self, name: &str) -> Option<&mut Claim> {
        self.claims.iter_mut().find(|claim| claim.name() == name)
    }

    /// Whether a request may be asked here; it may where the browser was not asked about it.
    pub(super) fn claimed(&self, by: &RequestId) -> Claimed {
        self.claims.iter().find(|claim| claim.by == *by).map_or(Claimed::Granted, |claim| claim.claimed)
    }

    /// A request is over, or does not want to be asked any more. Who comes next shall find its answer on the disk.
    pub(super) fn claim_is_over(&mut self, by: &RequestId) {
        for claim in self.claims.iter_mut().filter(|claim| claim.by == *by && !claim.is_over) {
            claim.is_over = true;
            if !claim.is_written {
                let name = claim.name();
                return self.release(&name);
            }
        }
    }

    /// The answer of this key is being written.
    pub(super) fn answer_is_written(&mut self, place: &Place) {
        for claim in self.claims.iter_mut().filter(|claim| claim.place.key == place.key) {
            claim.is_written = true;
        }
    }

    /// It was written, or could not be.
    pub(super) fn answer_was_written(&mut self, name: &str) {
        if let Some(claim) = self.claim_named(name) {
            claim.is_written = false;
            if claim.is_over {
                self.release(name);
            }
        }
    }

    fn release(&mut self, name: &str) {
        self.claims.retain(|claim| claim.name() != name);
        self.push(Output::Tabs(TabsWork::Release(name.to_owned())));
    }

    /// Who is answered here while other tabs listen, with the name under which they do.
    pub(super) fn heard(&self) -> Vec<(RequestId, String)> {
        let heard = self.claims.iter().filter(|claim| claim.is_published());
        heard.map(|claim| (claim.by.clone(), claim.name())).collect()
    }

    /// A request goes on under another name.
    pub(super) fn rename_claim(&mut self, from: &RequestId, to: &RequestId) {
        for claim in self.claims.iter_mut().filter(|claim| claim.by == *from && !claim.is_over) {
            claim.by = to.clone();
        }
    }

    /// Tells other tabs, if they listen, where the answer to this request is.
    fn publish_so_far(&mut self, by: &RequestId, events: &[Event]) {
        if let Some((_, name)) = self.heard().iter().find(|(heard, _)| heard == by) {
            self.push(message(name, "so-far", said_in(events)));
        }
    }

    /// Who listened asks itself now: whoever listened too listens to it from here on.
    fn speak_up(&mut self, by: &RequestId) {
        let claim = self.claims.iter_mut().find(|claim| claim.by == *by && claim.claimed == Claimed::Granted);
        if let Some(claim) = claim {
            claim.is_heard = true;
            let name = claim.name();
            self.push(message(&name, "anew", Vec::new()));
        }
    }

    /// More of an answer, for other tabs.
    pub(super) fn more(name: &str, events: &[Event]) -> Option<Output> {
        let said = said_in(events);
        (!said.is_empty()).then(|| message(name, "more", said))
    }

    /// Tells other tabs that an answer is over.
    pub(super) fn publish_end(&mut self, name: &str, entry: Option<&Entry>) {
        let entry = entry.and_then(|entry| String::from_utf8(entry.to_record()).ok());
        let message = json!({ "key": name, "is": "end", "entry": entry });
        self.push(Output::Tabs(TabsWork::Publish(message.to_string().into_bytes())));
    }
}

impl Engine {
    /// Something about the other tabs.
    pub(super) fn tabs_said(&mut self, said: TabsSaid, now: Now) {
        match said {
            TabsSaid::Granted(name) => self.claim_changed(&name, Claimed::Granted, now),
            TabsSaid::Taken(name) => self.claim_changed(&name, Claimed::Taken, now),
            TabsSaid::Heard(bytes) => {
                let Ok(mut fields) = json::read(&bytes).and_then(|value| Fields::of(value, "")) else {
                    return;
                };
                match fields.need::<String>("is") {
                    Ok(is) if is == HELLO => self.shared.answer_hello(),
                    Ok(is) if is == LEARNED => self.shared.hear(fields, now),
                    Ok(is) => {
                        if let Some(word) = read(is, fields) {
                            self.heard_from_tab(word, now);
                        }
                    }
                    Err(_) => {}
                }
            }
        }
    }

    fn claim_changed(&mut self, name: &str, claimed: Claimed, now: Now) {
        let Some(claim) = self.shared.claim_named(name) else { return };
        claim.claimed = claimed;
        let id = claim.by.clone();
        match self.machines.get_mut(&id) {
            Some(Machine::Guest(guest)) if claimed == Claimed::Granted && !guest.is_looking => {
                guest.is_looking = true;
                guest.until = now.monotonic.after(PATIENCE);
                self.shared.push(Output::Answers(AnswersWork::Find(name.to_owned())));
            }
            _ => self.go_on_after_lookup(&id, now),
        }
    }

    /// The disk has nothing: whether this tab asks is decided by the claim.
    pub(super) fn go_on_after_lookup(&mut self, id: &RequestId, now: Now) {
        let Some(Machine::Lookup(lookup)) = self.machines.get(id) else { return };
        let Some(place) = lookup.place().filter(|_| lookup.is_missing()) else { return };
        let name = place.key.to_string();
        let claimed = self.shared.claimed(id);
        if claimed == Claimed::Wanted {
            return;
        }
        let Some(Machine::Lookup(lookup)) = self.machines.remove(id) else { return };
        let asked = lookup.into_asked();
        self.shared.cache.missed(1);
        if claimed == Claimed::Granted {
            self.shared.publish_so_far(id, &[]);
            return self.begin(id.clone(), asked, now);
        }
        let guest = Guest {
            asked,
            until: now.monotonic.after(LONGEST),
            is_told: false,
            text: String::new(),
            reasoning: String::new(),
            model: String::new(),
            is_looking: false,
        };
        self.run(id.clone(), Machine::Guest(Box::new(guest)));
        self.shared.push(message(&name, "join", Vec::new()));
    }

    fn heard_from_tab(&mut self, Word { key, is, said, entry }: Word, now: Now) {
        let Some(claim) = self.shared.claim_named(&key) else { return };
        let id = claim.by.clone();
        if is == "join" {
            return self.joined_from_tab(&key, &id);
        }
        let Some(Machine::Guest(guest)) = self.machines.get_mut(&id) else { return };
        match is.as_str() {
            // Told to all when somebody joins; who knows it already has heard more since. And more for those who joined
            // before is part of what this one will be told.
            "so-far" if guest.is_told => {}
            "more" if !guest.is_told => {}
            "so-far" | "more" => {
                guest.is_told = true;
                let events = guest.hear(said);
                if !events.is_empty() {
                    self.shared.push(Output::Emit(id, events));
                    self.shared.push(Output::Changed(Watched::Queue));
                }
            }
            "anew" => {
                guest.is_told = true;
                let restart = guest.begin_again();
                if !restart.is_empty() {
                    self.shared.push(Output::Emit(id, restart));
                }
            }
            "end" => {
                if let Some(entry) = entry {
                    self.end_guest(&id, &entry, &[], now);
                }
            }
            _ => {}
        }
    }

    /// What other tabs listened to is over.
    pub(super) fn end_heard(&mut self, id: &RequestId, outcome: &Result<Settlement, Error>, now: Now) {
        let heard =
            self.shared.claims.iter().find(|claim| claim.is_published() && claim.by == *id && !claim.is_over);
        let Some((name, place)) = heard.map(|claim| (claim.name(), claim.place.clone())) else { return };
        self.tell_followers();
        let entry = match outcome {
            Ok(Settlement::Text(result)) => self.shared.entry_of(&place.request, result, now),
            _ => None,
        };
        self.shared.publish_end(&name, entry.as_ref());
    }

    /// Another tab listens to what is answered here.
    fn joined_from_tab(&mut self, name: &str, id: &RequestId) {
        let Some(claim) = self.shared.claim_named(name) else { return };
        if claim.is_over {
            return;
        }
        // Also who does not know yet that it may ask, or listens itself: once it asks, it is heard.
        claim.is_heard = true;
        if claim.claimed != Claimed::Granted {
            return;
        }
        // What is under way to those here is part of what they are told now.
        self.tell_followers();
        self.shared.all_is_told();
        let events = match self.machines.get(id) {
            Some(Machine::Generation(generation)) => generation.so_far(),
            Some(Machine::Picture(job)) => job.so_far(),
            _ => return,
        };
        self.shared.publish_so_far(id, &events);
    }

    /// The disk said what it has for who listened to another tab.
    pub(super) fn found_for_guest(&mut self, id: &RequestId, stored: Option<&StoredAnswer>, now: Now) {
        let Some(Machine::Guest(guest)) = self.machines.get(id) else { return };
        if !guest.is_looking {
            return;
        }
        let place = guest.asked.place.clone();
        let found = stored.zip(place.as_ref()).and_then(|(stored, place)| {
            let (entry, _) = self.shared.read_back(stored, place, now)?;
            Some((entry, stored.blobs.as_slice()))
        });
        match found {
            Some((entry, blobs)) => self.end_guest(id, &entry, blobs, now),
            None => self.give_up_guest(id, now),
        }
    }

    /// The other tab is gone, and left nothing: this one asks.
    pub(super) fn give_up_guest(&mut self, id: &RequestId, now: Now) {
        let Some(Machine::Guest(mut guest)) = self.machines.remove(id) else { return };
        if !guest.is_looking {
            // It stands still, and keeps what it claimed.
            self.shared.claim_is_over(id);
        }
        let restart = guest.begin_again();
        if !restart.is_empty() {
            self.shared.push(Output::Emit(id.clone(), restart));
        }
        self.shared.speak_up(id);
        self.begin(id.clone(), guest.asked, now);
    }

    /// The answer of another tab is whole. `blobs` are those of its pictures.
    fn end_guest(&mut self, id: &RequestId, entry: &Entry, blobs: &[HeldBlob], now: Now) {
        let Some(Machine::Guest(guest)) = self.machines.get_mut(id) else { return };
        let Some(place) = guest.asked.place.clone() else { return };
        // What is said to be the answer has to be one to this request; else the claim comes and decides.
        if self.shared.usable(entry, &place, now).is_none_or(|age| age == Age::Expired) {
            return;
        }
        let Some(Machine::Guest(mut guest)) = self.machines.remove(id) else { return };
        self.shared.claim_is_over(id);
        let answer = &entry.answer;
        let receipt = stored_receipt(id, &guest.about(), entry, Origin::Tab, &self.shared, now);
        let mut events = Vec::new();
        let rest = match answer.text.strip_prefix(guest.text.as_str()) {
            Some(rest) => rest,
            // What was said beside pictures is not kept with them.
            None if !blobs.is_empty() => "",
            None => {
                events.push(guest.restart("The answer of the other tab is another one.".to_owned()));
                &answer.text
            }
        };
        if !rest.is_empty() {
            events.push(Event::TextDelta { text: rest.to_owned() });
        }
        events.extend(retold("", "", &answer.tool_calls, &answer.sources));
        let About { modality, started, .. } = guest.about();
        events.extend(shown_again(modality, blobs));
        if !events.is_empty() {
            self.shared.push(Output::Emit(id.clone(), events));
        }
        self.shared
            .push(Output::Emit(id.clone(), vec![Event::Finish { receipt: Box::new(receipt.clone()) }]));
        let outcome = settlement_of(modality, answer, blobs, receipt);
        self.measure_as(modality, id, started.wall, &outcome, now);
        self.settle_all(id.clone(), outcome, now);
        self.shared.push(Output::Changed(Watched::Queue));
    }
}
