//! An answer without asking anybody: from what is kept, or from one to the same request that is being given right now. Who
//! joins gets what was said by now and then the rest; who leaves stops nobody else.

use core::time::Duration;

use super::cache::Place;
use super::io::{AnswersWork, Output, Settlement, Watched};
use super::receipt::{self, Given, NOTHING};
use super::shared::Shared;
use super::tabs::Claimed;
use super::{Engine, Finish, Machine};
use crate::base::id::RequestId;
use crate::base::time::{Monotonic, Now, millis};
use crate::cache::{Age, Answer, Entry, Key};
use crate::model::receipt::{CacheTier, Cached, Source};
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    CostKind, Error, Event, Modality, ModelKey, Reason, Receipt, TextRequest, TextResult, ToolCall,
};
use crate::route::Query;

/// How long the disk, and the browser's word on other tabs, may take before a model is asked all the same.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// A request for text that was looked at.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: TextRequest,
    pub(super) query: Query,
    /// Where its answer is kept.
    pub(super) place: Option<Place>,
    pub(super) started: Now,
}

/// Who had the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was kept here.
    Kept(CacheTier),
    /// Another tab was just being given it.
    Tab,
}

/// Waits for the disk, and for the word on who may ask.
#[derive(Debug)]
pub(super) struct Lookup {
    asked: Asked,
    pub(super) until: Monotonic,
    /// Whether the disk has nothing.
    is_missing: bool,
}

impl Lookup {
    pub(super) const fn started(&self) -> Now {
        self.asked.started
    }

    pub(super) const fn place(&self) -> Option<&Place> {
        self.asked.place.as_ref()
    }

    pub(super) const fn is_missing(&self) -> bool {
        self.is_missing
    }

    pub(super) fn into_asked(self) -> Asked {
        self.asked
    }
}

/// Waits for the answer to the same request.
#[derive(Debug)]
pub(super) struct Follower {
    leader: RequestId,
    started: Now,
}

impl Follower {
    pub(super) const fn started(&self) -> Now {
        self.started
    }
}

impl Engine {
    /// Answers a request from what there is, or has a model asked.
    pub(super) fn recall(&mut self, id: RequestId, asked: Asked, now: Now) {
        let Some(place) = asked.place.as_ref().filter(|place| place.may_read) else {
            return self.begin(id, asked, now);
        };
        if let Some((entry, age)) = self.shared.remembered(place, now) {
            return self.serve(id, asked, (&entry, age), CacheTier::Memory, now);
        }
        if let Some(leader) = self.leader_of(place) {
            return self.follow(id, leader, now);
        }
        if self.shared.cache.may_be_on_disk(place) {
            self.shared.push(Output::Answers(AnswersWork::Find(place.key.to_string())));
            self.shared.claim(&id, place);
            let until = now.monotonic.after(PATIENCE);
            self.run(id, Machine::Lookup(Box::new(Lookup { asked, until, is_missing: false })));
            return self.shared.push(Output::Changed(Watched::Queue));
        }
        self.shared.cache.missed(1);
        self.begin(id, asked, now);
    }

    /// The disk has an answer, or none.
    pub(super) fn found_answer(&mut self, name: &str, bytes: Option<&[u8]>, now: Now) {
        let key = Key::parse(name);
        let is_for_vectors = |machine: &Machine| match machine {
            Machine::Embedding(embedding) => key.is_some_and(|key| embedding.looks_for(key)),
            _ => false,
        };
        if let Some(key) = key.filter(|_| self.machines.values().any(is_for_vectors)) {
            return self.step_embeddings(|embedding, shared| embedding.found(key, bytes, shared, now), now);
        }
        let is_of = |place: Option<&Place>| place.map(|place| place.key) == key;
        let waiting = self.machines.iter().find(|(_, machine)| match machine {
            Machine::Lookup(lookup) => is_of(lookup.place()),
            Machine::Guest(guest) => is_of(guest.place()),
            _ => false,
        });
        let Some(id) = waiting.map(|(id, _)| id.clone()) else { return };
        let Some(Machine::Lookup(lookup)) = self.machines.get_mut(&id) else {
            return self.found_for_guest(&id, bytes, now);
        };
        lookup.is_missing = true;
        let place = lookup.asked.place.clone();
        let found =
            bytes.zip(place.as_ref()).and_then(|(bytes, place)| self.shared.read_back(bytes, place, now));
        let Some((entry, age)) = found else { return self.go_on_after_lookup(&id, now) };
        let Some(Machine::Lookup(lookup)) = self.machines.remove(&id) else { return };
        let listens = self.shared.heard().into_iter().find(|(heard, _)| *heard == id);
        if let Some((_, name)) = listens {
            self.shared.publish_end(&name, Some(&entry));
        }
        self.shared.claim_is_over(&id);
        let asked = lookup.into_asked();
        for (follower, Follower { started, .. }) in self.take_followers(&id) {
            let (request, query) = (TextRequest::default(), asked.query.clone());
            let asked = Asked { request, query, place: place.clone(), started };
            self.serve(follower, asked, (&entry, Age::Fresh), CacheTier::Memory, now);
        }
        self.serve(id, asked, (&entry, age), CacheTier::Disk, now);
        self.shared.push(Output::Changed(Watched::Queue));
    }

    /// The disk or the browser took too long.
    pub(super) fn give_up_lookup(&mut self, id: &RequestId, now: Now) {
        let Some(Machine::Lookup(lookup)) = self.machines.get_mut(id) else { return };
        lookup.is_missing = true;
        // Nobody said who may ask: then everybody may.
        if self.shared.claimed(id) == Claimed::Wanted {
            self.shared.claim_is_over(id);
        }
        self.go_on_after_lookup(id, now);
    }

    /// Gives what is kept. What is stale is asked for anew behind it.
    fn serve(&mut self, id: RequestId, asked: Asked, (entry, age): (&Entry, Age), tier: CacheTier, now: Now) {
        let answer = &entry.answer;
        self.shared.cache.hit(tier, answer.cost.unwrap_or(0.0), answer.duration_ms);
        let receipt = stored_receipt(&id, &asked, entry, Origin::Kept(tier), &self.shared, now);
        let decision = Box::new(receipt.decision.clone());
        let mut events = vec![Event::Route { decision }];
        let reasoning = answer.reasoning.as_deref().unwrap_or_default();
        events.extend(retold(&answer.text, reasoning, &answer.tool_calls, &answer.sources));
        events.push(Event::Finish { receipt: Box::new(receipt.clone()) });
        self.shared.push(Output::Emit(id.clone(), events));
        if let Some(key) = ModelKey::parse(&answer.model) {
            self.shared.conversations.answered(&answer.text, &answer.tool_calls, &key);
        }
        let outcome = Ok(Settlement::Text(Box::new(result_of(answer, receipt))));
        self.measure(&id, asked.started.wall, &outcome, now);
        self.settle(id, outcome);
        if age == Age::Stale {
            self.ask_behind(asked, now);
        }
    }

    /// Asks a model for what was given once more from what is kept. Nobody hears of it.
    fn ask_behind(&mut self, asked: Asked, now: Now) {
        let Some(place) = &asked.place else { return };
        let id = RequestId::own(&place.key.to_string());
        if !self.machines.contains_key(&id) {
            self.begin(id, Asked { started: now, ..asked }, now);
        }
    }

    /// Who is being answered to the same request.
    fn leader_of(&self, place: &Place) -> Option<RequestId> {
        let is_same = |other: Option<&Place>| {
            other.is_some_and(|other| other.key == place.key && other.request == place.request)
        };
        let running = self.machines.iter().find(|(id, machine)| match machine {
            Machine::Lookup(lookup) => is_same(lookup.place()),
            Machine::Guest(guest) => is_same(guest.place()),
            Machine::Generation(generation) => !id.is_own() && is_same(generation.place()),
            _ => false,
        });
        running.map(|(id, _)| id.clone())
    }

    fn follow(&mut self, id: RequestId, leader: RequestId, now: Now) {
        // What is under way to those who lead was told before, or stands in what follows.
        self.tell_followers();
        self.shared.all_is_told();
        let events = match self.machines.get(&leader) {
            Some(Machine::Generation(generation)) => generation.so_far(),
            Some(Machine::Guest(guest)) => guest.so_far(),
            _ => Vec::new(),
        };
        if !events.is_empty() {
            self.shared.push(Output::Emit(id.clone(), events));
        }
        self.run(id, Machine::Follower(Box::new(Follower { leader, started: now })));
        self.shared.push(Output::Changed(Watched::Queue));
    }

    fn followers_of<'a>(
        &'a self,
        leader: &'a RequestId,
    ) -> impl Iterator<Item = (&'a RequestId, &'a Follower)> {
        self.machines.iter().filter_map(move |(id, machine)| match machine {
            Machine::Follower(follower) if follower.leader == *leader => Some((id, &**follower)),
            _ => None,
        })
    }

    fn take_followers(&mut self, leader: &RequestId) -> Vec<(RequestId, Follower)> {
        let ids: Vec<RequestId> = self.followers_of(leader).map(|(id, _)| id.clone()).collect();
        let taken = ids.into_iter().filter_map(|id| match self.machines.remove(&id) {
            Some(Machine::Follower(follower)) => Some((id, *follower)),
            _ => None,
        });
        taken.collect()
    }

    /// Whoever leads leaves: the first that follows takes its place. Whether there was one.
    pub(super) fn hand_over(&mut self, id: &RequestId) -> bool {
        let Some(heir) = self.followers_of(id).map(|(follower, _)| follower.clone()).next() else {
            return false;
        };
        let Some(mut machine) = self.machines.remove(id) else { return false };
        if let Machine::Generation(generation) = &mut machine {
            generation.rename(heir.clone(), &mut self.shared);
            self.shared.rename_owner(id, &heir);
        }
        self.shared.rename_claim(id, &heir);
        self.machines.insert(heir.clone(), machine);
        for (_, machine) in self.machines.iter_mut() {
            if let Machine::Follower(follower) = machine
                && follower.leader == *id
            {
                follower.leader = heir.clone();
            }
        }
        true
    }

    /// What was said to those who lead is said to those who follow, here and in other tabs.
    pub(super) fn tell_followers(&mut self) {
        let following = self.machines.iter().filter_map(|(id, machine)| match machine {
            Machine::Follower(follower) => Some((follower.leader.clone(), id.clone())),
            _ => None,
        });
        let followers: Vec<(RequestId, RequestId)> = following.collect();
        let heard = self.shared.heard();
        if !followers.is_empty() || !heard.is_empty() {
            self.shared.repeat(&followers, &heard);
        }
    }

    /// An answer is over: those who followed it have it too.
    pub(super) fn end_followers(
        &mut self,
        leader: &RequestId,
        outcome: &Result<Settlement, Error>,
        now: Now,
    ) {
        // They have to hear its last words first.
        self.tell_followers();
        for (id, Follower { started, .. }) in self.take_followers(leader) {
            let outcome = match outcome {
                Ok(Settlement::Text(result)) => {
                    let receipt = joined_receipt(&id, &result.receipt, started, now);
                    let finish = Event::Finish { receipt: Box::new(receipt.clone()) };
                    self.shared.push(Output::Emit(id.clone(), vec![finish]));
                    Ok(Settlement::Text(Box::new(TextResult { receipt, ..(**result).clone() })))
                }
                Ok(_) => continue,
                Err(error) => Err(Error { receipt: None, attempts: None, ..error.clone() }),
            };
            self.measure(&id, started.wall, &outcome, now);
            self.settle(id, outcome);
        }
    }

    /// Somebody who waits for the disk, or for another's answer, as the queue shows it.
    pub(super) fn waiting_entry(&self, id: &RequestId, machine: &Machine) -> Option<QueueEntry> {
        let (since, leader) = match machine {
            Machine::Lookup(lookup) => (lookup.asked.started, None),
            Machine::Guest(guest) => (guest.started(), Some(machine)),
            Machine::Follower(follower) => (follower.started, self.machines.get(&follower.leader)),
            _ => return None,
        };
        let (model, state, position) = match leader {
            Some(Machine::Generation(generation)) => {
                let led = generation.queue_entry();
                (led.model, led.state, led.position)
            }
            Some(Machine::Guest(guest)) => (guest.model(), QueueState::Running, None),
            _ => (None, QueueState::Waiting, None),
        };
        Some(QueueEntry {
            id: id.as_str().to_owned(),
            modality: Modality::Text,
            model,
            state,
            position,
            since_at: since.wall,
        })
    }

    /// Somebody who waits leaves.
    pub(super) fn cancel_waiting(&mut self, started: Now, now: Now) {
        self.shared.measured(started.wall, Finish::Cancelled(None), now);
        self.shared.push(Output::Changed(Watched::Queue));
    }
}

/// What a model said, to be told at once.
pub(super) fn retold(
    text: &str,
    reasoning: &str,
    tool_calls: &[ToolCall],
    sources: &[Source],
) -> impl Iterator<Item = Event> {
    let words = |words: &str| (!words.is_empty()).then(|| words.to_owned());
    let thoughts = words(reasoning).map(|text| Event::ReasoningDelta { text });
    let words = words(text).map(|text| Event::TextDelta { text });
    let calls = tool_calls.iter().cloned();
    let calls = calls.map(|ToolCall { id, name, input, .. }| Event::ToolCall { id, name, input });
    let sources = sources.iter().cloned().map(|Source { title, url }| Event::Source { title, url });
    thoughts.into_iter().chain(words).chain(calls).chain(sources)
}

/// The answer as its caller gets it.
pub(super) fn result_of(answer: &Answer, receipt: Receipt) -> TextResult {
    TextResult {
        text: answer.text.clone(),
        reasoning: answer.reasoning.clone(),
        tool_calls: answer.tool_calls.clone(),
        object: answer.object.clone(),
        opaque: answer.opaque.clone(),
        sources: answer.sources.clone(),
        receipt,
    }
}

/// The receipt of an answer that was kept, or that another tab was given.
pub(super) fn stored_receipt(
    id: &RequestId,
    asked: &Asked,
    entry: &Entry,
    from: Origin,
    shared: &Shared,
    now: Now,
) -> Receipt {
    let answer = &entry.answer;
    let why = match from {
        Origin::Kept(_) => Reason::new("cached", "The answer to the same request was kept.")
            .with("keptAt", entry.kept_at.epoch_millis() as f64),
        Origin::Tab => {
            Reason::new("shared", "Another tab was just being given the answer to the same request.")
        }
    };
    let (cached, joined) = match from {
        Origin::Kept(tier) => (Cached::From(tier), None),
        Origin::Tab => (Cached::No(false), Some(true)),
    };
    let given = Given {
        id,
        query: &asked.query,
        started: asked.started,
        model: &answer.model,
        usage: answer.usage,
        finish: answer.finish,
        saved: answer.cost.unwrap_or(0.0),
        why,
        cached,
    };
    let cache_key = asked.place.as_ref().and_then(Place::shown_key);
    Receipt { cache_key, joined, ..receipt::given(given, shared, now) }
}

/// The receipt of who shared an answer: what it took stands on the receipt of who was answered.
fn joined_receipt(id: &RequestId, leader: &Receipt, started: Now, now: Now) -> Receipt {
    let duration_ms = millis(now.monotonic.since(started.monotonic));
    Receipt {
        id: id.as_str().to_owned(),
        attempts: Vec::new(),
        usage: NOTHING,
        cost: Some(0.0),
        cost_kind: CostKind::Free,
        saved: leader.cost.unwrap_or(0.0),
        duration_ms,
        first_token_ms: None,
        tokens_per_second: None,
        joined: Some(true),
        ..leader.clone()
    }
}
