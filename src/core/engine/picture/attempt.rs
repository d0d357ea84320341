//! One try of one model at a picture, with the limits of waiting. What differs between those who make pictures is in
//! [`Work`].

use core::time::Duration;

use super::Wanted;
use super::line::LineSaid;
use super::studio::Studio;
use crate::base::id::{RequestId, TransportId};
use crate::base::money::Money;
use crate::base::time::{Monotonic, Now};
use crate::engine::attempt::timeouts;
use crate::engine::failure::{self, Blame, Phase, Rule};
use crate::engine::fault;
use crate::engine::io::{PictureCall, Transport};
use crate::engine::provider::Provider;
use crate::engine::shared::{Owner, Shared};
use crate::model::event::CustomEvent;
use crate::model::options::TimeoutOptions;
use crate::model::picture::{BlobHandle, Picture};
use crate::model::{Error, ErrorCode, FinishReason, ImageRequest, Locality, ModelKey, Reason, Usage};
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
}

/// How it stands after something happened.
#[derive(Debug)]
pub(in crate::engine) enum Outcome {
    /// It goes on.
    Running,
    /// It ended well.
    Ended(Ending),
    /// It failed.
    Failed(Error),
}

/// How a try ended well.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Ending {
    pub(super) finish: FinishReason,
    /// Tokens, where its maker counts them.
    pub(super) usage: Option<Usage>,
    /// What its maker billed, where it says so.
    pub(super) billed: Option<Money>,
}

/// Who makes the picture.
#[derive(Debug)]
enum Work {
    /// A provider written in JavaScript.
    Custom { transport: TransportId, usage: Option<Usage> },
    /// A ComfyUI.
    Studio(Box<Studio>),
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
    /// When its first picture was done.
    pub(super) first: Option<Monotonic>,
    /// How many pictures it made.
    pub(super) made: u32,
    pub(super) was_cold: bool,
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
        let silence = timeouts(
            &TimeoutOptions { first_token_ms: limits.first_token_ms.or(Some(SILENCE_MS)), ..*limits },
            provider.protocol,
            locality,
        );
        let owner = Owner::Request(id.clone());
        let work = if provider.is_custom() {
            let request = ImageRequest {
                policy: None,
                cache: None,
                model: Some(key.id().to_owned()),
                count: wanted.count(),
                ..wanted.request.clone()
            };
            let call = PictureCall { provider: provider.name.clone(), request, farthest: wanted.farthest };
            Work::Custom { transport: shared.invoke_image(owner, call), usage: None }
        } else if provider.protocol == Some(Protocol::ComfyUi) {
            let named = |error: Error| named(error, &key);
            let studio = Studio::start(id.clone(), provider.clone(), key.clone(), wanted, shared, now);
            Work::Studio(Box::new(studio.map_err(named)?))
        } else {
            let message = format!("{} makes no pictures that the mesh knows of.", provider.title());
            return Err(named(Error::new(ErrorCode::Unsupported, message), &key));
        };
        Ok(Self {
            key,
            place,
            started: now,
            connected: None,
            first: None,
            made: 0,
            was_cold,
            provider,
            locality,
            work,
            silence: silence.first_token,
            last_sign_of_life: now.monotonic,
        })
    }

    /// Whether this transport is the attempt's.
    pub(super) fn owns(&self, other: TransportId) -> bool {
        match &self.work {
            Work::Custom { transport, .. } => *transport == other,
            Work::Studio(studio) => studio.owns(other),
            Work::Over => false,
        }
    }

    /// The ComfyUI that is asked.
    pub(super) fn studio(&self) -> Option<&Studio> {
        match &self.work {
            Work::Studio(studio) => Some(studio),
            Work::Custom { .. } | Work::Over => None,
        }
    }

    /// Stops it where it is made. A server that has it is told so in the time that this takes.
    pub(super) fn abort(&mut self, shared: &mut Shared, now: Now) {
        match core::mem::replace(&mut self.work, Work::Over) {
            Work::Custom { transport, .. } => shared.abort(transport),
            Work::Studio(mut studio) => {
                if studio.stop(shared, now) {
                    shared.leave_behind(studio);
                }
            }
            Work::Over => {}
        }
    }

    /// When something has to happen without any word from outside.
    pub(super) fn deadline(&self) -> Monotonic {
        match &self.work {
            Work::Custom { .. } => self.last_sign_of_life.after(self.silence),
            Work::Studio(studio) => {
                let own = studio.deadline();
                studio.silent_since().map_or(own, |since| own.min(since.after(self.silence)))
            }
            Work::Over => Monotonic::NEVER,
        }
    }

    /// Whether nothing came for too long.
    fn is_silent(&self, now: Now) -> bool {
        let since = match &self.work {
            Work::Custom { .. } => Some(self.last_sign_of_life),
            Work::Studio(studio) => studio.silent_since(),
            Work::Over => None,
        };
        since.is_some_and(|since| since.after(self.silence) <= now.monotonic)
    }

    /// Time passed.
    pub(super) fn tick(&mut self, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        if self.is_silent(now) {
            let seconds = self.silence.as_secs_f64();
            let message = format!("{} said nothing for {seconds} s and was not done.", self.key);
            return Outcome::Failed(named(Error::new(ErrorCode::Timeout, message), &self.key));
        }
        let outcome = match &mut self.work {
            Work::Studio(studio) => studio.tick(said, shared, now),
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
    pub(super) fn judge(&self, error: &mut Error, is_online: bool) -> Rule {
        if error.code == ErrorCode::Unreachable && !is_online && self.locality == Locality::Cloud {
            *error = named(fault::offline(), &self.key);
        }
        let phase = match error.code {
            // It was given the workflow: to give it again would have the machine work for nothing.
            _ if self.studio().is_some_and(Studio::has_begun) => Phase::MidStream,
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
        if made > 0 {
            self.first.get_or_insert(now.monotonic);
            self.made += made;
        }
        if let Work::Studio(studio) = &mut self.work {
            said.splice(0..0, studio.take_notes().into_iter().map(Said::Note));
        }
        match outcome {
            Outcome::Failed(error) => Outcome::Failed(named(error, &self.key)),
            Outcome::Ended(_) if self.made == 0 => {
                let message = format!("{} was finished and had made no picture.", self.key);
                Outcome::Failed(named(Error::new(ErrorCode::BadOutput, message), &self.key))
            }
            other => other,
        }
    }

    fn custom(&mut self, events: Vec<CustomEvent>, said: &mut Vec<Said>) -> Outcome {
        let Work::Custom { usage, .. } = &mut self.work else { return Outcome::Running };
        for event in events {
            match event {
                CustomEvent::Progress { value, max, node } => said.push(Said::Progress { value, max, node }),
                CustomEvent::Preview { blob } => said.push(Said::Preview(blob)),
                CustomEvent::Image { blob, media_type } => {
                    said.push(Said::Image(Picture { blob, media_type, seed: None }));
                }
                CustomEvent::Usage { usage: counted } => *usage = Some(counted.into()),
                CustomEvent::Finish { reason } => {
                    return Outcome::Ended(Ending { finish: reason, usage: *usage, billed: None });
                }
                // What it says beside is no picture.
                CustomEvent::TextDelta { .. }
                | CustomEvent::ReasoningDelta { .. }
                | CustomEvent::ToolCall { .. }
                | CustomEvent::Source { .. } => {}
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
