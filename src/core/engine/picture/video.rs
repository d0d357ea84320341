//! One video by a cloud: begun, asked for until it is done, and fetched. The service says nothing of how far it is, so progress
//! is told in three steps. It cannot be stopped there: who cancels stops asking.

use core::time::Duration;

use super::attempt::{Outcome, Said};
use crate::base::id::{RequestId, TransportId};
use crate::base::number::shown;
use crate::base::time::{Monotonic, Now};
use crate::engine::exchange::{Answer, Exchange};
use crate::engine::fault;
use crate::engine::io::{BlobOf, Transport};
use crate::engine::provider::Provider;
use crate::engine::shared::{Owner, Shared};
use crate::model::http::HttpRequest;
use crate::model::picture::Picture;
use crate::model::{Error, ErrorCode, FinishReason, Locality, ModelKey, Reason, VideoRequest};
use crate::wire::WireError;
use crate::wire::gemini::{self, VideoState};

/// Before it is asked for again: a few seconds at first, since a simulated one is soon done, ten from then on.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(7), Duration::from_secs(10)];

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the video itself may take to come.
const FETCH_PATIENCE: Duration = Duration::from_secs(300);

/// How often in a row nobody may answer.
const MOST_FAILURES: u32 = 5;

const STEPS: f64 = 3.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin,
    Wait,
    Ask,
    Fetch,
}

/// One video.
#[derive(Debug)]
pub(super) struct Video {
    owner: RequestId,
    key: ModelKey,
    provider: Provider,
    farthest: Locality,
    step: Step,
    /// When the step is over or took too long.
    until: Monotonic,
    open: Option<(TransportId, Exchange)>,
    /// Under which it is asked for.
    name: String,
    asked: usize,
    failures: u32,
    /// Whether it was begun and may be paid for.
    is_owed: bool,
    picture: Option<Picture>,
    notes: Vec<Reason>,
}

impl Video {
    /// Asks for the video to be made.
    pub(super) fn start(
        owner: &RequestId,
        (key, provider): (&ModelKey, &Provider),
        (request, farthest): (&VideoRequest, Locality),
        shared: &mut Shared,
        now: Now,
    ) -> Self {
        let mut video = Self {
            owner: owner.clone(),
            key: key.clone(),
            provider: provider.clone(),
            farthest,
            step: Step::Begin,
            until: now.monotonic.after(PATIENCE),
            open: None,
            name: String::new(),
            asked: 0,
            failures: 0,
            is_owed: false,
            picture: None,
            notes: Vec::new(),
        };
        let seconds = request.seconds.map(|wanted| gemini::seconds_near(key.id(), wanted));
        if let Some((seconds, wanted)) = seconds.zip(request.seconds)
            && (f64::from(seconds) - wanted).abs() > f64::EPSILON
        {
            let message =
                format!("The model makes no video of {} s: it will have {seconds} s.", shown(wanted));
            video.notes.push(Reason::new("seconds-changed", message).with("seconds", f64::from(seconds)));
        }
        let credential = video.provider.credential();
        let sent =
            gemini::begin_video(&video.provider.endpoint, credential.as_ref(), key.id(), request, seconds);
        video.fetch(sent, shared);
        video
    }

    fn fetch(&mut self, request: HttpRequest, shared: &mut Shared) {
        let request = HttpRequest { farthest: self.farthest, ..request };
        let id = shared.fetch(Owner::Request(self.owner.clone()), request);
        self.open = Some((id, Exchange::default()));
    }

    /// Whether this transport is its own.
    pub(super) fn owns(&self, transport: TransportId) -> bool {
        self.open.as_ref().is_some_and(|(open, _)| *open == transport)
    }

    /// Whether the server has taken the request.
    pub(super) const fn has_begun(&self) -> bool {
        !matches!(self.step, Step::Begin)
    }

    /// Whether it was begun and nobody said that none was made: it may be paid for.
    pub(super) const fn is_owed(&self) -> bool {
        self.is_owed
    }

    /// What is not as it was asked for, once.
    pub(super) fn take_notes(&mut self) -> Vec<Reason> {
        core::mem::take(&mut self.notes)
    }

    /// When something has to happen without any word from outside.
    pub(super) const fn deadline(&self) -> Monotonic {
        self.until
    }

    /// Nobody waits for it any more.
    pub(super) fn abort(&mut self, shared: &mut Shared) {
        if let Some((id, _)) = self.open.take() {
            shared.abort(id);
        }
    }

    /// Time passed.
    pub(super) fn tick(&mut self, shared: &mut Shared, now: Now) -> Outcome {
        if self.until > now.monotonic {
            return Outcome::Running;
        }
        match self.step {
            Step::Wait => {
                self.step = Step::Ask;
                self.until = now.monotonic.after(PATIENCE);
                let credential = self.provider.credential();
                let request = gemini::operation(&self.provider.endpoint, credential.as_ref(), &self.name);
                self.fetch(request, shared);
                Outcome::Running
            }
            Step::Ask => {
                self.abort(shared);
                let error =
                    Error::new(ErrorCode::Timeout, format!("{} said nothing of the video.", self.key));
                self.unanswered(error, shared, now)
            }
            Step::Fetch => {
                self.abort(shared);
                let message = format!("{} did not give the video in time.", self.provider.title());
                self.unanswered(Error::new(ErrorCode::Timeout, message), shared, now)
            }
            Step::Begin => {
                self.abort(shared);
                let message = format!("{} did not take the request in time.", self.provider.title());
                Outcome::Failed(Error::new(ErrorCode::Timeout, message))
            }
        }
    }

    /// Goes on for somebody else.
    pub(super) fn hand_to(&mut self, heir: &RequestId) {
        self.owner.clone_from(heir);
    }

    /// Takes in what a transport said.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        heard: Transport,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        let Some((_, exchange)) = self.open.as_mut().filter(|(open, _)| *open == transport) else {
            return Outcome::Running;
        };
        if let Transport::Body { media_type, bytes } = heard {
            if bytes == 0 {
                return Outcome::Running;
            }
            let media_type =
                if media_type.starts_with("video/") { media_type } else { "video/mp4".to_owned() };
            let blob = shared.keep_blob(BlobOf::Body(transport));
            self.picture = Some(Picture { blob, bytes, media_type, seed: None });
            return Outcome::Running;
        }
        let Some(answer) = exchange.handle(heard) else { return Outcome::Running };
        shared.over(transport);
        self.open = None;
        let answer = self.read(answer);
        match (self.step, answer) {
            (Step::Begin, Ok(body)) => match gemini::parse_begun(&body) {
                Ok(name) => {
                    self.name = name;
                    self.is_owed = true;
                    self.wait(now);
                    tell(said, 1.0, "rendering");
                    Outcome::Running
                }
                Err(wire) => self.failed(wire),
            },
            (Step::Ask, Ok(body)) => self.asked_for(&body, said, shared, now),
            // It is made, or being made: who does not answer is asked again, also for where it lies.
            (Step::Ask | Step::Fetch, Err(error))
                if matches!(error.status, Some(429 | 500..))
                    || error.status.is_none() && error.code != ErrorCode::BlockedPrivate =>
            {
                self.unanswered(error, shared, now)
            }
            (Step::Fetch, Ok(_)) => match self.picture.take() {
                Some(picture) => {
                    tell(said, STEPS, "fetching");
                    said.push(Said::Image(picture));
                    Outcome::Ended(FinishReason::Stop)
                }
                None => {
                    Outcome::Failed(Error::new(ErrorCode::Truncated, "The video came without its bytes."))
                }
            },
            (Step::Fetch, Err(error)) if error.status == Some(404) => {
                let message = format!("{} made a video and does not give it out.", self.provider.title());
                Outcome::Failed(Error { status: error.status, ..Error::new(ErrorCode::Truncated, message) })
            }
            (Step::Ask, Err(error)) if error.status == Some(404) => {
                let message = format!("{} does not know of the video any more.", self.provider.title());
                Outcome::Failed(Error { status: error.status, ..Error::new(ErrorCode::Server, message) })
            }
            (_, Err(error)) => Outcome::Failed(error),
            (Step::Wait, Ok(_)) => Outcome::Running,
        }
    }

    fn asked_for(&mut self, body: &[u8], said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        match gemini::parse_operation(body) {
            Ok(VideoState::Running) => {
                self.failures = 0;
                self.wait(now);
                Outcome::Running
            }
            Ok(VideoState::Done(address)) => {
                let credential = self.provider.credential();
                let may_be_sent_on =
                    self.provider.locality == Locality::Cloud && self.farthest == Locality::Cloud;
                let root = &self.provider.endpoint;
                match gemini::download(root, credential.as_ref(), &address, may_be_sent_on) {
                    Ok(request) => {
                        self.step = Step::Fetch;
                        self.until = now.monotonic.after(FETCH_PATIENCE);
                        self.fetch(request, shared);
                        tell(said, 2.0, "fetching");
                        Outcome::Running
                    }
                    Err(wire) => self.failed(wire),
                }
            }
            Err(wire) => {
                self.is_owed = false;
                self.failed(wire)
            }
        }
    }

    /// The body of a success, or what is wrong.
    fn read(&self, answer: Answer) -> Result<Vec<u8>, Error> {
        let wire = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => return Ok(body),
            Answer::Whole(head, body) => gemini::classify(&head, &body),
            Answer::Failed(failure) => return Err(fault::of_transport(failure, &self.provider)),
            Answer::TooLong => WireError::new(ErrorCode::Protocol, "It said too much of one video."),
        };
        Err(fault::of_wire(wire, &self.provider, Some(self.key.id())))
    }

    fn wait(&mut self, now: Now) {
        let pause = PAUSES.get(self.asked).or(PAUSES.last()).copied().unwrap_or_default();
        self.asked += 1;
        self.step = Step::Wait;
        self.until = now.monotonic.after(pause);
    }

    /// Nobody answered: the video is being made all the same. Without a network nobody could.
    fn unanswered(&mut self, error: Error, shared: &Shared, now: Now) -> Outcome {
        self.failures += u32::from(shared.is_online);
        if self.failures >= MOST_FAILURES {
            return Outcome::Failed(error);
        }
        self.wait(now);
        Outcome::Running
    }

    fn failed(&self, wire: WireError) -> Outcome {
        Outcome::Failed(fault::of_wire(wire, &self.provider, Some(self.key.id())))
    }
}

fn tell(said: &mut Vec<Said>, value: f64, node: &str) {
    said.push(Said::Progress { value, max: STEPS, node: Some(node.to_owned()) });
}
