//! An answer without asking anybody: from what is kept, or from one to the same request that is being given right now. Who
//! joins gets what was said by now and then the rest; who leaves stops nobody else.

use core::time::Duration;

use super::cache::Place;
use super::io::{AnswersWork, Output, Settlement, StoredAnswer, Watched};
use super::receipt::{self, Given, NOTHING};
use super::shared::Shared;
use super::tabs::Claimed;
use super::{Engine, Finish, Machine};
use crate::base::id::RequestId;
use crate::base::time::{Monotonic, Now, millis};
use crate::cache::{Age, Answer, Entry, Key};
use crate::model::picture::{HeldBlob, Picture};
use crate::model::receipt::{CacheTier, Cached, Source};
use crate::model::report::{QueueEntry, QueueState};
use crate::model::{
    CostKind, Error, ErrorCode, Event, ImageResult, Modality, ModelKey, Reason, Receipt, TextRequest,
    TextResult, ToolCall, VideoResult, Wish,
};
use crate::route::Query;

/// How long the disk, and the browser's word on other tabs, may take before a model is asked all the same.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// A request that can be answered from what is kept.
#[derive(Debug)]
pub(super) enum Question {
    Text(Box<TextRequest>),
    Paint(Wish),
}

impl Question {
    /// What is asked for.
    pub(super) const fn modality(&self) -> Modality {
        match self {
            Self::Text(_) => Modality::Text,
            Self::Paint(wish) => wish.modality(),
        }
    }
}

/// A request that was looked at.
#[derive(Debug)]
pub(super) struct Asked<R = Question> {
    pub(super) request: R,
    pub(super) query: Query,
    /// Where its answer is kept.
    pub(super) place: Option<Place>,
    pub(super) started: Now,
}

/// What a receipt tells of a request.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    query: &'a Query,
    place: Option<&'a Place>,
    pub(super) modality: Modality,
    pub(super) started: Now,
}

impl Asked {
    pub(super) fn about(&self) -> About<'_> {
        About {
            query: &self.query,
            place: self.place.as_ref(),
            modality: self.request.modality(),
            started: self.started,
        }
    }
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
    pub(super) fn about(&self) -> About<'_> {
        self.asked.about()
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
    /// As it was asked here: its files are held for as long as it waits, and those of who leads are not.
    request: Question,
    pub(super) started: Now,
}

impl Follower {
    /// What is asked for.
    pub(super) const fn modality(&self) -> Modality {
        self.request.modality()
    }
}

impl Engine {
    /// Answers a request from what there is, or has a model asked.
    pub(super) fn recall(&mut self, id: RequestId, asked: Asked, now: Now) {
        let Some(place) = asked.place.as_ref().filter(|place| place.may_read) else {
            return self.begin(id, asked, now);
        };
        if let Some((entry, age)) = self.shared.remembered(place, now) {
            return self.serve(id, asked, (&entry, age), (CacheTier::Memory, &[]), now);
        }
        if let Some(leader) = self.leader_of(place) {
            return self.follow(id, leader, asked.request, now);
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
    pub(super) fn found_answer(&mut self, name: &str, stored: Option<&StoredAnswer>, now: Now) {
        self.take_found(name, stored, now);
        // Whoever was given them has them by now, as the page has.
        self.shared.drop_blobs(stored.into_iter().flat_map(|stored| &stored.blobs).map(|held| held.blob));
    }

    fn take_found(&mut self, name: &str, stored: Option<&StoredAnswer>, now: Now) {
        let key = Key::parse(name);
        let is_for_vectors = |machine: &Machine| match machine {
            Machine::Embedding(embedding) => key.is_some_and(|key| embedding.looks_for(key)),
            _ => false,
        };
        if let Some(key) = key.filter(|_| self.machines.values().any(is_for_vectors)) {
            let bytes = stored.map(|stored| stored.record.as_slice());
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
            return self.found_for_guest(&id, stored, now);
        };
        lookup.is_missing = true;
        let place = lookup.asked.place.clone();
        let found = stored.zip(place.as_ref()).and_then(|(stored, place)| {
            let (entry, age) = self.shared.read_back(stored, place, now)?;
            Some((entry, age, stored.blobs.as_slice()))
        });
        let Some((entry, age, blobs)) = found else { return self.go_on_after_lookup(&id, now) };
        let Some(Machine::Lookup(lookup)) = self.machines.remove(&id) else { return };
        let listens = self.shared.heard().into_iter().find(|(heard, _)| *heard == id);
        if let Some((_, name)) = listens {
            self.shared.publish_end(&name, Some(&entry));
        }
        self.shared.claim_is_over(&id);
        let asked = lookup.into_asked();
        for (follower, Follower { started, .. }) in self.take_followers(&id) {
            let about = About { started, ..asked.about() };
            self.give_kept(&follower, about, &entry, (CacheTier::Memory, blobs), now);
        }
        self.serve(id, asked, (&entry, age), (CacheTier::Disk, blobs), now);
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
    fn serve(
        &mut self,
        id: RequestId,
        asked: Asked,
        (entry, age): (&Entry, Age),
        from: (CacheTier, &[HeldBlob]),
        now: Now,
    ) {
        self.give_kept(&id, asked.about(), entry, from, now);
        if age == Age::Stale {
            self.ask_behind(asked, now);
        }
    }

    fn give_kept(
        &mut self,
        id: &RequestId,
        asked: About<'_>,
        entry: &Entry,
        (tier, blobs): (CacheTier, &[HeldBlob]),
        now: Now,
    ) {
        let answer = &entry.answer;
        self.shared.cache.hit(tier, answer.cost.unwrap_or(0.0), answer.duration_ms);
        let receipt = stored_receipt(id, &asked, entry, Origin::Kept(tier), &self.shared, now);
        let decision = Box::new(receipt.decision.clone());
        let mut events = vec![Event::Route { decision }];
        let reasoning = answer.reasoning.as_deref().unwrap_or_default();
        events.extend(retold(&answer.text, reasoning, &answer.tool_calls, &answer.sources));
        events.extend(shown_again(asked.modality, blobs));
        events.push(Event::Finish { receipt: Box::new(receipt.clone()) });
        self.shared.push(Output::Emit(id.clone(), events));
        if let Some(key) = ModelKey::parse(&answer.model).filter(|_| asked.modality == Modality::Text) {
            self.shared.conversations.answered(&answer.text, &answer.tool_calls, &key);
        }
        let outcome = settlement_of(asked.modality, answer, blobs, receipt);
        self.measure_as(asked.modality, id, asked.started.wall, &outcome, now);
        self.settle(id.clone(), outcome);
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
            Machine::Picture(job) => !id.is_own() && is_same(job.place()),
            _ => false,
        });
        running.map(|(id, _)| id.clone())
    }

    fn follow(&mut self, id: RequestId, leader: RequestId, request: Question, now: Now) {
        // What is under way to those who lead was told before, or stands in what follows.
        self.tell_followers();
        self.shared.all_is_told();
        let events = match self.machines.get(&leader) {
            Some(Machine::Generation(generation)) => generation.so_far(),
            Some(Machine::Picture(job)) => job.so_far(),
            Some(Machine::Guest(guest)) => guest.so_far(),
            _ => Vec::new(),
        };
        if !events.is_empty() {
            self.shared.push(Output::Emit(id.clone(), events));
        }
        self.run(id, Machine::Follower(Box::new(Follower { leader, request, started: now })));
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

    /// Whoever leads leaves: the first that follows takes its place. What is asked for, if there was one.
    pub(super) fn hand_over(&mut self, id: &RequestId) -> Option<Modality> {
        let heir = self.followers_of(id).map(|(follower, _)| follower.clone()).next()?;
        let mut machine = self.machines.remove(id)?;
        let Some(Machine::Follower(follower)) = self.machines.remove(&heir) else { return None };
        let modality = follower.modality();
        match (&mut machine, follower.request) {
            (Machine::Generation(generation), Question::Text(request)) => {
                generation.hand_to(heir.clone(), *request, &mut self.shared);
            }
            (Machine::Picture(job), Question::Paint(wish)) => job.hand_to(&heir, wish),
            (Machine::Lookup(lookup), request) => lookup.asked.request = request,
            (Machine::Guest(guest), request) => guest.hand_to(request),
            _ => {}
        }
        self.shared.rename_owner(id, &heir);
        self.shared.rename_claim(id, &heir);
        self.machines.insert(heir.clone(), machine);
        for (_, machine) in self.machines.iter_mut() {
            if let Machine::Follower(follower) = machine
                && follower.leader == *id
            {
                follower.leader = heir.clone();
            }
        }
        Some(modality)
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
        for (id, follower) in self.take_followers(leader) {
            let (modality, started) = (follower.modality(), follower.started);
            let shared = match outcome {
                Ok(settlement) => {
                    let Some(leader) = settlement.receipt() else { continue };
                    let receipt = joined_receipt(&id, leader, started, now);
                    let finish = Event::Finish { receipt: Box::new(receipt.clone()) };
                    self.shared.push(Output::Emit(id.clone(), vec![finish]));
                    let Some(settlement) = settlement.with_receipt(receipt) else { continue };
                    Ok(settlement)
                }
                Err(error) => Err(Error { receipt: None, attempts: None, ..error.clone() }),
            };
            self.measure_as(modality, &id, started.wall, &shared, now);
            self.settle(id, shared);
        }
    }

    /// Somebody who waits for the disk, or for another's answer, as the queue shows it.
    pub(super) fn waiting_entry(&self, id: &RequestId, machine: &Machine) -> Option<QueueEntry> {
        let (modality, since, leader) = match machine {
            Machine::Lookup(lookup) => (lookup.about().modality, lookup.about().started, None),
            Machine::Guest(guest) => (guest.about().modality, guest.about().started, Some(machine)),
            Machine::Follower(follower) => {
                (follower.modality(), follower.started, self.machines.get(&follower.leader))
            }
            _ => return None,
        };
        let led = match leader {
            Some(Machine::Generation(generation)) => Some(generation.queue_entry()),
            Some(Machine::Picture(job)) => Some(job.queue_entry()),
            _ => None,
        };
        let (model, state, position) = match (led, leader) {
            (Some(led), _) => (led.model, led.state, led.position),
            (None, Some(Machine::Guest(guest))) => (guest.model(), QueueState::Running, None),
            (None, _) => (None, QueueState::Waiting, None),
        };
        let since_at = since.wall;
        Some(QueueEntry { id: id.as_str().to_owned(), modality, model, state, position, since_at })
    }

    /// Somebody who waits leaves.
    pub(super) fn cancel_waiting(&mut self, modality: Modality, started: Now, now: Now) {
        self.shared.measured_as(modality, started.wall, Finish::Cancelled(None), now);
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

/// Pictures that were kept, or the video, as they are shown.
pub(super) fn shown_again(modality: Modality, blobs: &[HeldBlob]) -> impl Iterator<Item = Event> {
    blobs.iter().map(move |HeldBlob { blob, .. }| match modality {
        Modality::Video => Event::Video { blob: *blob },
        _ => Event::Image { blob: *blob },
    })
}

/// The answer as its caller gets it. `blobs` are those of its pictures.
pub(super) fn settlement_of(
    modality: Modality,
    answer: &Answer,
    blobs: &[HeldBlob],
    receipt: Receipt,
) -> Result<Settlement, Error> {
    let pictures = answer.pictures.iter().zip(blobs).map(|(kept, held)| Picture {
        blob: held.blob,
        bytes: held.bytes,
        media_type: kept.media_type.clone(),
        seed: kept.seed,
    });
    let mut images: Vec<Picture> = pictures.collect();
    Ok(match modality {
        Modality::Image => Settlement::Images(Box::new(ImageResult { images, receipt })),
        Modality::Video => {
            let Some(Picture { blob, media_type, .. }) = images.pop() else {
                return Err(Error::new(ErrorCode::Internal, "A video was kept that is not there."));
            };
            Settlement::Video(Box::new(VideoResult { video: blob, media_type, receipt }))
        }
        Modality::Text => Settlement::Text(Box::new(result_of(answer, receipt))),
    })
}

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
    asked: &About<'_>,
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
        query: asked.query,
        started: asked.started,
        model: &answer.model,
        usage: answer.usage,
        finish: answer.finish,
        saved: answer.cost.unwrap_or(0.0),
        why,
        cached,
    };
    let cache_key = asked.place.and_then(Place::shown_key);
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
