//! One try of one model at a picture, with the limits of waiting. What differs between those who make pictures is in
//! [`Work`].

use core::time::Duration;

use super::Wanted;
use super::chats::Chats;
use super::line::LineSaid;
use super::studio::Studio;
use super::video::Video;
use crate::base::id::{RequestId, TransportId};
use crate::base::money::Money;
use crate::base::number::seconds;
use crate::base::time::{Monotonic, Now};
use crate::engine::attempt::{Attempt as Call, timeouts};
use crate::engine::failure::{self, Blame, Phase, Rule};
use crate::engine::fault;
use crate::engine::io::{PictureCall, Transport};
use crate::engine::provider::Provider;
use crate::engine::shared::{Owner, Shared};
use crate::model::event::CustomEvent;
use crate::model::options::TimeoutOptions;
use crate::model::picture::{BlobHandle, Picture};
use crate::model::{Error, ErrorCode, FinishReason, ImageRequest, Locality, ModelKey, Reason, Usage, Wish};
use crate::wire::Protocol;

/// How long a maker of pictures may be silent unless the caller says otherwise: a cloud says nothing before it is done.
const SILENCE_MS: f64 = 180_000.0;

/// What the attempt said.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) enum Said {
    /// How far it is.
    Progress { value: f64, max: f64, node: Option<String> },
    /// What it looks like by now.
    Preview(BlobHandle),
    /// A picture, done.
    Image(Picture),
    /// Its place in line; 0 when it leaves.
    Queue(u32),
    /// What is not as it was asked for.
    Note(Reason),
    /// What its maker says beside.
    Text(String),
    /// What its maker thinks.
    Reasoning(String),
    /// A preview that nobody will look at any more.
    Gone(BlobHandle),
}

/// How it stands after something happened.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // It is taken apart where it arrives.
pub(in crate::engine) enum Outcome {
    /// It goes on.
    Running,
    /// It ended well.
    Ended(FinishReason),
    /// It failed.
    Failed(Error),
}

/// What a try used, over all its calls.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// How many calls were counted.
    pub(super) calls: u32,
    /// Pictures that were being painted when nobody wanted them any more.
    pub(super) unfinished: u32,
    /// Tokens, where its maker counts them.
    pub(super) usage: Option<Usage>,
    /// What its maker billed, where it says so of each call.
    pub(super) billed: Option<Money>,
    /// The last call whose bill did not come.
    pub(super) unbilled: Option<Box<Call>>,
}

impl Spent {
    /// A call is over that was answered, or stopped.
    pub(super) fn add(&mut self, call: Call, usage: Option<Usage>) {
        let billed = call.billed();
        self.billed = match self.calls {
            0 => billed,
            _ => self.billed.zip(billed).map(|(sum, one)| sum + one),
        };
        self.calls += 1;
        if let Some(one) = usage {
            self.usage = Some(self.usage.unwrap_or_default().plus(one));
        }
        if billed.is_none() {
            self.unbilled = Some(Box::new(call));
        }
    }

    /// The call whose bill did not come, where there was but one call.
    pub(super) fn unbilled(&self) -> Option<&Call> {
        self.unbilled.as_deref().filter(|_| self.calls == 1)
    }
}

/// Who makes the picture.
#[derive(Debug)]
enum Work {
    /// A provider written in JavaScript.
    Custom { transport: TransportId },
    /// A ComfyUI.
    Studio(Box<Studio>),
    /// A model of a cloud.
    Chats(Box<Chats>),
    /// One that makes a video.
    Video(Box<Video>),
    /// Nobody any more.
    Over,
}

/// One try of one model.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) key: ModelKey,
    /// Its place in the chain.
    pub(super) place: usize,
    pub(super) started: Now,
    /// When its maker's first sign came.
    pub(super) connected: Option<Monotonic>,
    /// When its maker began with it, where it had to wait in its maker's line.
    pub(super) begun: Option<Monotonic>,
    /// When its first picture was done.
    pub(super) first: Option<Monotonic>,
    /// How many pictures it made.
    pub(super) made: u32,
    pub(super) was_cold: bool,
    spent: Spent,
    provider: Provider,
    locality: Locality,
    work: Work,
    silence: Duration,
    last_sign_of_life: Monotonic,
}

impl Attempt {
    /// Sends the request to the model at this place of the chain.
    pub(super) fn start(
        id: &RequestId,
        (place, key): (usize, ModelKey),
        wanted: &Wanted<'_>,
        limits: &TimeoutOptions,
        shared: &mut Shared,
        now: Now,
    ) -> Result<Self, Error> {
        let Some(provider) = shared.providers.get(key.provider()).cloned() else {
            return Err(Error::new(ErrorCode::Closed, format!("{} left.", key.provider())));
        };
        let entry = shared.catalogue.entry(&key);
        let locality = entry.map_or(provider.locality, |entry| entry.config().locality());
        let was_cold = entry.is_some_and(|entry| entry.config().warm == Some(false));
        let waits = timeouts(
            &TimeoutOptions { first_token_ms: limits.first_token_ms.or(Some(SILENCE_MS)), ..*limits },
            provider.protocol,
            locality,
        );
        let is_able = provider.can_make(wanted.wish.modality());
        let work = match wanted.wish {
            Wish::Image(request) if provider.is_custom() => {
                let request = ImageRequest {
                    policy: None,
                    cache: None,
                    model: Some(key.id().to_owned()),
                    count: request.count.map(|_| wanted.left),
                    ..(**request).clone()
                };
                let call =
                    PictureCall { provider: provider.name.clone(), request, farthest: wanted.farthest };
                Work::Custom { transport: shared.invoke_image(Owner::Request(id.clone()), call) }
            }
            Wish::Image(request) if provider.protocol == Some(Protocol::ComfyUi) => {
                let named = |error: Error| named(error, &key);
                let whom = (provider.clone(), key.clone());
                let studio = Studio::start(id.clone(), whom, (request, wanted), shared, now);
                Work::Studio(Box::new(studio.map_err(named)?))
            }
            Wish::Image(request) if is_able => {
                let chats = Chats::start(id, (&key, &provider), (request, wanted), waits, shared, now);
                Work::Chats(Box::new(chats))
            }
            Wish::Video(request) if is_able => {
                let video = Video::start(id, (&key, &provider), (request, wanted.farthest), shared, now);
                Work::Video(Box::new(video))
            }
            Wish::Image(_) | Wish::Video(_) => {
                let message =
                    format!("{} makes nothing of that kind that the mesh knows of.", provider.title());
                return Err(named(Error::new(ErrorCode::Unsupported, message), &key));
            }
        };
        Ok(Self {
            key,
            place,
            started: now,
            connected: None,
            begun: None,
            first: None,
            made: 0,
            was_cold,
            spent: Spent::default(),
            provider,
            locality,
            work,
            silence: waits.first_token,
            last_sign_of_life: now.monotonic,
        })
    }

    /// Whether this transport is the attempt's.
    pub(super) fn owns(&self, other: TransportId) -> bool {
        match &self.work {
            Work::Custom { transport } => *transport == other,
            Work::Studio(studio) => studio.owns(other),
            Work::Chats(chats) => chats.owns(other),
            Work::Video(video) => video.owns(other),
            Work::Over => false,
        }
    }

    /// The ComfyUI that is asked.
    pub(super) fn studio(&self) -> Option<&Studio> {
        match &self.work {
            Work::Studio(studio) => Some(studio),
            Work::Custom { .. } | Work::Chats(_) | Work::Video(_) | Work::Over => None,
        }
    }

    /// Stops it where it is made. A server that has it is told so in the time that this takes.
    pub(super) fn abort(&mut self, shared: &mut Shared, now: Now) {
        match core::mem::replace(&mut self.work, Work::Over) {
            Work::Custom { transport } => shared.abort(transport),
            Work::Studio(mut studio) => {
                if studio.stop(shared, now) {
                    shared.leave_behind(studio);
                }
            }
            Work::Chats(mut chats) => {
                chats.abort(shared);
                self.spent = chats.spent;
            }
            Work::Video(mut video) => {
                video.abort(shared);
                self.spent.unfinished = u32::from(video.is_owed());
            }
            Work::Over => {}
        }
    }

    /// Whether its pictures come all together, so that each took a part of the time.
    pub(super) const fn comes_at_once(&self) -> bool {
        matches!(self.work, Work::Studio(_))
    }

    /// What it used, since it is over.
    pub(super) fn take_spent(&mut self) -> Spent {
        core::mem::take(match &mut self.work {
            Work::Chats(chats) => &mut chats.spent,
            _ => &mut self.spent,
        })
    }

    /// When something has to happen without any word from outside.
    pub(super) fn deadline(&self) -> Monotonic {
        match &self.work {
            Work::Custom { .. } => self.last_sign_of_life.after(self.silence),
            Work::Studio(studio) => {
                let own = studio.deadline();
                studio.silent_since().map_or(own, |since| own.min(since.after(self.silence)))
            }
            Work::Chats(chats) => chats.deadline(),
            Work::Video(video) => video.deadline(),
            Work::Over => Monotonic::NEVER,
        }
    }

    /// Whether nothing came for too long.
    fn is_silent(&self, now: Now) -> bool {
        let since = match &self.work {
            Work::Custom { .. } => Some(self.last_sign_of_life),
            Work::Studio(studio) => studio.silent_since(),
            Work::Chats(_) | Work::Video(_) | Work::Over => None,
        };
        since.is_some_and(|since| since.after(self.silence) <= now.monotonic)
    }

    /// Time passed.
    /// Goes on for somebody else.
    pub(super) fn hand_to(&mut self, heir: &RequestId, wish: &Wish) {
        match (&mut self.work, wish) {
            (Work::Studio(studio), Wish::Image(request)) => studio.hand_to(heir, request),
            (Work::Chats(chats), Wish::Image(request)) => chats.hand_to(heir, request),
            (Work::Video(video), Wish::Video(_)) => video.hand_to(heir),
            _ => {}
        }
    }

    pub(super) fn tick(&mut self, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        if self.is_silent(now) {
            let seconds = seconds(self.silence);
            let message = format!("{} said nothing for {seconds} s and was not done.", self.key);
            return Outcome::Failed(named(Error::new(ErrorCode::Timeout, message), &self.key));
        }
        let outcome = match &mut self.work {
            Work::Studio(studio) => studio.tick(said, shared, now),
            Work::Chats(chats) => chats.tick(said, shared, now),
            Work::Video(video) => video.tick(shared, now),
            Work::Custom { .. } | Work::Over => Outcome::Running,
        };
        self.after(outcome, said, now)
    }

    /// The socket of its server said something.
    pub(super) fn line(
        &mut self,
        heard: &LineSaid,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        let Work::Studio(studio) = &mut self.work else { return Outcome::Running };
        let outcome = studio.line(heard, said, shared, now);
        self.after(outcome, said, now)
    }

    /// What the failure table says of an error of this attempt. The error gets what the attempt knows of it.
    pub(super) fn judge(&self, error: &mut Error, is_online: bool, now: Now) -> Rule {
        // What was begun is not begun again by the same one: the machine works at it, or it is paid for, of use or not.
        let has_begun = match &self.work {
            Work::Studio(studio) => studio.has_begun(),
            Work::Video(video) => video.has_begun(),
            Work::Chats(chats) => chats.has_begun(),
            Work::Custom { .. } | Work::Over => false,
        };
        let judged = match &self.work {
            Work::Chats(chats) if error.code != ErrorCode::BadOutput => chats.judge(error, is_online, now),
            _ => None,
        };
        let rule = judged.unwrap_or_else(|| self.judged_here(error, has_begun, is_online));
        if has_begun { Rule { again: 0, ..rule } } else { rule }
    }

    fn judged_here(&self, error: &mut Error, has_begun: bool, is_online: bool) -> Rule {
        if error.code == ErrorCode::Unreachable && !is_online && self.locality == Locality::Cloud {
            *error = named(fault::offline(), &self.key);
        }
        let phase = match error.code {
            _ if has_begun => Phase::MidStream,
            ErrorCode::BadOutput => Phase::End,
            _ if self.connected.is_some() => Phase::FirstToken,
            _ => Phase::Connect,
        };
        let rule = failure::rule(error.code, phase, self.locality.is_local());
        // The files of a user's own workflow say nothing of the model that it was counted to.
        let is_own = self.studio().is_some_and(Studio::is_own);
        if is_own && rule.blames == Blame::List { Rule { blames: Blame::Nobody, ..rule } } else { rule }
    }

    /// Takes in what a transport said. What comes of it is added to `said`.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        heard: Transport,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        self.last_sign_of_life = now.monotonic;
        if matches!(heard, Transport::Head(_) | Transport::CustomEvents(_)) {
            self.connected.get_or_insert(now.monotonic);
        }
        let outcome = match &mut self.work {
            Work::Studio(studio) => studio.handle(transport, heard, said, shared, now),
            Work::Chats(chats) => chats.handle(transport, heard, said, shared, now),
            Work::Video(video) => video.handle(transport, heard, said, shared, now),
            Work::Custom { .. } => {
                let is_last = matches!(heard, Transport::End | Transport::Failed(_));
                let outcome = match heard {
                    Transport::CustomEvents(events) => self.custom(events, said),
                    Transport::End => Outcome::Failed(Error::new(
                        ErrorCode::Truncated,
                        format!("{} ended without saying that it was finished.", self.key),
                    )),
                    Transport::Failed(failure) => {
                        Outcome::Failed(fault::of_transport(failure, &self.provider))
                    }
                    _ => Outcome::Running,
                };
                match outcome {
                    _ if is_last => shared.over(transport),
                    Outcome::Running => {}
                    Outcome::Ended(_) => shared.linger(transport, now),
                    Outcome::Failed(_) => shared.abort(transport),
                }
                outcome
            }
            Work::Over => Outcome::Running,
        };
        self.after(outcome, said, now)
    }

    /// Counts the pictures, and adds what is not as it was asked for.
    fn after(&mut self, outcome: Outcome, said: &mut Vec<Said>, now: Now) -> Outcome {
        let made = said.iter().filter(|said| matches!(said, Said::Image(_))).count() as u32;
        if said.contains(&Said::Queue(0)) {
            self.begun.get_or_insert(now.monotonic);
        }
        if made > 0 {
            self.first.get_or_insert(now.monotonic);
            self.made += made;
        }
        let notes = match &mut self.work {
            Work::Studio(studio) => studio.take_notes(),
            Work::Chats(chats) => chats.take_notes(),
            Work::Video(video) => video.take_notes(),
            Work::Custom { .. } | Work::Over => Vec::new(),
        };
        said.splice(0..0, notes.into_iter().map(Said::Note));
        match outcome {
            Outcome::Failed(error) => Outcome::Failed(named(error, &self.key)),
            Outcome::Ended(_) if self.made == 0 => {
                let message = format!("{} was finished and had made nothing.", self.key);
                Outcome::Failed(named(Error::new(ErrorCode::BadOutput, message), &self.key))
            }
            other => other,
        }
    }

    fn custom(&mut self, events: Vec<CustomEvent>, said: &mut Vec<Said>) -> Outcome {
        for event in events {
            match event {
                CustomEvent::Progress { value, max, node } => said.push(Said::Progress { value, max, node }),
                CustomEvent::Preview { blob } => said.extend([Said::Preview(blob), Said::Gone(blob)]),
                CustomEvent::Image { blob, bytes, media_type } => {
                    said.push(Said::Image(Picture { blob, bytes, media_type, seed: None }));
                }
                CustomEvent::Usage { usage: counted } => self.spent.usage = Some(counted.into()),
                CustomEvent::Finish { reason } => {
                    return Outcome::Ended(reason);
                }
                CustomEvent::TextDelta { text } => said.push(Said::Text(text)),
                CustomEvent::ReasoningDelta { text } => said.push(Said::Reasoning(text)),
                CustomEvent::ToolCall { .. } | CustomEvent::Source { .. } => {}
            }
        }
        Outcome::Running
    }
}

/// The error with the names of who failed.
fn named(mut error: Error, key: &ModelKey) -> Error {
    error.provider = Some(key.provider().to_owned());
    error.model = Some(key.to_string());
    error
}
