//! Pictures by models of the clouds, which answer a chat with them: a call a picture, a few at a time.
//!
//! The bytes stay outside: the shell takes them out of the answer and says so. What a model thinks of on the way may be
//! pictures too; the last of them counts where no other comes. Calls that run when one fails are waited for, since they are
//! paid for all the same.

use super::Wanted;
use super::attempt::{Outcome, Said, Spent};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::engine::attempt::{self, Attempt as Call, Sending};
use crate::engine::failure::Rule;
use crate::engine::io::Transport;
use crate::engine::provider::Provider;
use crate::engine::shared::Shared;
use crate::estimate::pictures_at_once;
use crate::model::picture::{AspectRatio, HeldBlob, Picture, Style, TOKENS_OF_PICTURE, Workflow};
use crate::model::{
    Content, Error, ErrorCode, FinishReason, ImageRequest, Locality, Message, ModelKey, Reason, Text,
    TextRequest, Timeouts, Usage,
};
use crate::wire::{Canvas, CanvasSize, ChatRequest, WireError, WireEvent};
use crate::workflow;

/// Calls at once.
const AT_ONCE: u32 = pictures_at_once(Locality::Cloud);

/// The ratios of width to height that all of these models know.
const RATIOS: [(u32, u32, &str); 8] = [
    (1, 1, "1:1"),
    (2, 3, "2:3"),
    (3, 2, "3:2"),
    (3, 4, "3:4"),
    (4, 3, "4:3"),
    (9, 16, "9:16"),
    (16, 9, "16:9"),
    (21, 9, "21:9"),
];

/// The pictures that one model is asked for.
#[derive(Debug)]
pub(super) struct Chats {
    id: RequestId,
    key: ModelKey,
    provider: Provider,
    chat: ChatRequest,
    input_tokens: u64,
    farthest: Locality,
    timeouts: Timeouts,
    /// Pictures that are still to be asked for, each with its seed where one was given.
    left: Vec<Option<i64>>,
    running: Vec<Running>,
    /// The call that failed first, with what is wrong.
    failed: Option<(Box<Running>, Error)>,
    finish: FinishReason,
    pub(super) spent: Spent,
    notes: Vec<Reason>,
}

/// A call that runs.
#[derive(Debug)]
struct Running {
    call: Call,
    /// What was taken out of its answer and is not yet spoken of there.
    taken_out: Vec<HeldBlob>,
    /// The last picture that was only thought of.
    draft: Option<Picture>,
    has_made: bool,
    seed: Option<u64>,
}

impl Chats {
    /// Asks for the first pictures.
    pub(super) fn start(
        id: &RequestId,
        (key, provider): (&ModelKey, &Provider),
        (request, wanted): (&ImageRequest, &Wanted<'_>),
        timeouts: Timeouts,
        shared: &mut Shared,
        now: Now,
    ) -> Self {
        let can = |word: &str| {
            let config = shared.catalogue.entry(key)?.config();
            let has = config.capabilities.iter().any(|known| known == word);
            (has || config.tells_all_capabilities()).then_some(has)
        };
        let (canvas, mut notes) = canvas_of(request);
        if request.steps.is_some() {
            let message = "The model does not work in steps that can be counted, so `steps` was left out.";
            notes.push(Reason::new("steps-ignored", message));
        }
        let chat = ChatRequest {
            model: key.id().to_owned(),
            messages: vec![Message::User { content: said(request) }],
            is_sensitive: wanted.is_sensitive,
            can_reason: can("reasoning"),
            canvas: Some(Canvas { is_alone: can("text") == Some(false), ..canvas }),
            ..ChatRequest::default()
        };
        let mut chats = Self {
            id: id.clone(),
            key: key.clone(),
            provider: provider.clone(),
            chat,
            input_tokens: wanted.input_tokens,
            farthest: wanted.farthest,
            // Nothing is heard while a picture is painted, neither at the start nor between the thoughts and the picture.
            timeouts: Timeouts { connect: None, idle: timeouts.first_token, ..timeouts },
            left: seeds_of(request, wanted),
            running: Vec::new(),
            failed: None,
            finish: FinishReason::Stop,
            spent: Spent::default(),
            notes,
        };
        chats.ask(shared, now);
        chats
    }

    /// Asks for as many pictures as may be asked for at once.
    fn ask(&mut self, shared: &mut Shared, now: Now) {
        while self.running.len() < AT_ONCE as usize && self.failed.is_none() {
            let Some(seed) = self.left.pop() else { break };
            let sending = Sending {
                key: self.key.clone(),
                provider: self.provider.clone(),
                request: &TextRequest::default(),
                chat: &ChatRequest { seed, ..self.chat.clone() },
                input_tokens: self.input_tokens,
                farthest: self.farthest,
                is_handed_on: false,
                may_be_empty: true,
                timeouts: self.timeouts,
            };
            let call = Call::start(&self.id, sending, shared, now);
            let seed = seed.and_then(|seed| u64::try_from(seed).ok());
            self.running.push(Running { call, taken_out: Vec::new(), draft: None, has_made: false, seed });
        }
    }

    /// Whether this transport is one of its calls.
    pub(super) fn owns(&self, transport: TransportId) -> bool {
        self.running.iter().any(|running| running.call.owns(transport))
    }

    /// When the next limit of waiting is reached.
    pub(super) fn deadline(&self) -> Monotonic {
        let deadlines = self.running.iter().map(|running| running.call.deadline());
        deadlines.min().unwrap_or(Monotonic::NEVER)
    }

    /// What is not as it was asked for, once.
    pub(super) fn take_notes(&mut self) -> Vec<Reason> {
        core::mem::take(&mut self.notes)
    }

    /// What the failure table says of the call that failed.
    pub(super) fn judge(&self, error: &mut Error, is_online: bool, now: Now) -> Option<Rule> {
        let (failed, _) = self.failed.as_ref()?;
        Some(failed.call.judge(error, is_online, now))
    }

    /// Whether somebody began to paint before it failed.
    pub(super) fn has_begun(&self) -> bool {
        self.failed.as_ref().is_some_and(|(failed, _)| failed.call.is_answered())
    }

    /// Stops all calls.
    pub(super) fn abort(&mut self, shared: &mut Shared) {
        for mut running in core::mem::take(&mut self.running) {
            running.call.abort(shared);
            running.drop_blobs(shared);
            self.owe(running);
        }
        if let Some((failed, error)) = self.failed.take() {
            self.count_failed(*failed, &error);
        }
    }

    /// Counts a call that was cut off. Who paints for others goes on painting and is paid for it: what was not counted yet is
    /// reckoned as a picture.
    fn owe(&mut self, Running { call, has_made, .. }: Running) {
        let unseen = if has_made { 0 } else { TOKENS_OF_PICTURE };
        let prompt = Usage { input_tokens: self.input_tokens, ..Usage::default() };
        let counted = call.usage().unwrap_or(prompt);
        let output_tokens = counted.output_tokens.saturating_add(unseen).max(TOKENS_OF_PICTURE);
        self.spent.unfinished += u32::from(!has_made);
        self.spent.add(call, Some(Usage { output_tokens, estimated: true, ..counted }));
    }

    fn count_failed(&mut self, failed: Running, error: &Error) {
        match error.code {
            // Who refused is paid nothing.
            _ if !failed.call.is_answered() => {}
            ErrorCode::Timeout | ErrorCode::Truncated => self.owe(failed),
            _ => self.settle(failed.call),
        }
    }

    fn settle(&mut self, call: Call) {
        let usage = call.usage();
        self.spent.add(call, usage);
    }

    /// Time passed.
    pub(super) fn tick(&mut self, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        let mut place = 0;
        while let Some(running) = self.running.get_mut(place) {
            match running.call.timed_out(shared, now) {
                Some(error) => {
                    let running = self.running.remove(place);
                    self.over(running, Err(error), said, shared);
                }
                None => place += 1,
            }
        }
        self.go_on(shared, now)
    }

    /// Goes on for somebody else.
    pub(super) fn hand_to(&mut self, heir: &RequestId, request: &ImageRequest) {
        self.id.clone_from(heir);
        self.chat.messages = vec![Message::User { content: said(request) }];
    }

    /// Takes in what a call's transport said.
    pub(super) fn handle(
        &mut self,
        transport: TransportId,
        heard: Transport,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        let Some(place) = self.running.iter().position(|running| running.call.owns(transport)) else {
            return Outcome::Running;
        };
        let mut running = self.running.swap_remove(place);
        if let Transport::TakenOut(held) = heard {
            running.taken_out.extend(held);
            self.running.push(running);
            return Outcome::Running;
        }
        if matches!(heard, Transport::Chunk(_)) {
            running.call.hear_bytes(now);
        }
        let mut words = Vec::new();
        let outcome = running.call.handle(heard, &mut words, shared, now);
        let heard = words.into_iter().try_for_each(|word| running.hear(word, said));
        let ended = match (heard, outcome) {
            (Ok(()), attempt::Outcome::Running) => {
                self.running.push(running);
                return Outcome::Running;
            }
            (Ok(()), attempt::Outcome::Ended(ending)) => Ok(ending.finish),
            (Err(error), attempt::Outcome::Running) => {
                running.call.abort(shared);
                Err(error)
            }
            (_, attempt::Outcome::Failed(error)) | (Err(error), attempt::Outcome::Ended(_)) => Err(error),
        };
        self.over(running, ended, said, shared);
        self.go_on(shared, now)
    }

    /// A call is over.
    fn over(
        &mut self,
        mut running: Running,
        ended: Result<FinishReason, Error>,
        said: &mut Vec<Said>,
        shared: &mut Shared,
    ) {
        let ended = ended.and_then(|finish| running.made(finish, said));
        running.drop_blobs(shared);
        match ended {
            Ok(finish) => {
                self.finish = finish;
                self.settle(running.call);
            }
            Err(error) if self.failed.is_none() => self.failed = Some((Box::new(running), error)),
            Err(error) => self.count_failed(running, &error),
        }
    }

    /// What is to be done now.
    fn go_on(&mut self, shared: &mut Shared, now: Now) -> Outcome {
        self.ask(shared, now);
        match &self.failed {
            _ if !self.running.is_empty() => Outcome::Running,
            Some((_, error)) => Outcome::Failed(error.clone()),
            None => Outcome::Ended(self.finish),
        }
    }
}

impl Running {
    /// Takes in what the model said.
    fn hear(&mut self, word: attempt::Said, said: &mut Vec<Said>) -> Result<(), Error> {
        match word {
            attempt::Said::Wire(WireEvent::Picture { blob, media_type, is_draft }) => {
                let Some(place) = self.taken_out.iter().position(|taken| taken.blob == blob) else {
                    return Err(self.call.of_wire(WireError::no_such_picture()));
                };
                let HeldBlob { bytes, .. } = self.taken_out.swap_remove(place);
                said.extend(self.draft.take().map(|draft| Said::Gone(draft.blob)));
                let picture = Picture { blob, bytes, media_type, seed: self.seed };
                if is_draft && !self.has_made {
                    said.push(Said::Preview(blob));
                    self.draft = Some(picture);
                } else if is_draft {
                    said.push(Said::Gone(blob));
                } else {
                    self.has_made = true;
                    said.push(Said::Image(picture));
                }
            }
            attempt::Said::Wire(WireEvent::Text(words)) => said.push(Said::Text(words)),
            attempt::Said::Wire(WireEvent::Reasoning(words)) => said.push(Said::Reasoning(words)),
            attempt::Said::Queued(position) => said.push(Said::Queue(position)),
            // It was given no tools, and what it searched for is no picture.
            attempt::Said::Wire(_) | attempt::Said::Progress(..) => {}
        }
        Ok(())
    }

    /// What it made, since its answer is over.
    fn made(&mut self, finish: FinishReason, said: &mut Vec<Said>) -> Result<FinishReason, Error> {
        let is_filtered = finish == FinishReason::ContentFilter && !self.has_made;
        if let Some(draft) = self.draft.take_if(|_| !is_filtered) {
            self.has_made = true;
            said.push(Said::Image(draft));
        }
        if self.has_made {
            return Ok(finish);
        }
        let error = if is_filtered {
            let message = format!("{} does not make this picture.", self.call.key);
            Error::new(ErrorCode::BlockedContent, message)
        } else {
            let message = format!("{} answered and made no picture.", self.call.key);
            Error::new(ErrorCode::BadOutput, message)
                .hinted("What it said instead came as `text-delta`. Say plainly what is to be seen, or choose another model.")
        };
        Err(self.call.named(error))
    }

    /// Lets go of what nobody will see.
    fn drop_blobs(&mut self, shared: &mut Shared) {
        let draft = self.draft.take().map(|draft| draft.blob);
        shared.drop_blobs(self.taken_out.drain(..).map(|held| held.blob).chain(draft));
    }
}

/// For each picture that is still wanted its seed, the last one first: equal seeds would make equal pictures, so they count up
/// from the one that was given, without those that were used.
fn seeds_of(request: &ImageRequest, wanted: &Wanted<'_>) -> Vec<Option<i64>> {
    let left = wanted.left as usize;
    let Some(first) = request.seed.and_then(|seed| i64::try_from(seed).ok()) else { return vec![None; left] };
    let is_used = |seed: i64| {
        let used = wanted.made.iter().filter_map(|picture| picture.seed);
        used.into_iter().any(|used| i64::try_from(used) == Ok(seed))
    };
    let mut seeds: Vec<Option<i64>> = (first..).filter(|seed| !is_used(*seed)).take(left).map(Some).collect();
    seeds.reverse();
    seeds
}

/// The question: the picture to change, and what is to be seen.
fn said(request: &ImageRequest) -> Text {
    let mut words = workflow::description(style_of(request), &request.prompt);
    let without = request.negative_prompt.as_deref().map(str::trim).filter(|without| !without.is_empty());
    if let Some(without) = without {
        words = format!("{words}\n\nDo not show: {without}.");
    }
    let source = request.source.clone().map(Content::File);
    Text::Pieces(source.into_iter().chain([Content::Text { text: words }]).collect())
}

fn style_of(request: &ImageRequest) -> Option<Style> {
    match request.workflow {
        Some(Workflow::Style(style)) => Some(style),
        _ => None,
    }
}

/// What these models make that is nearest to what is asked for. Sides in pixels cannot be told them.
fn canvas_of(request: &ImageRequest) -> (Canvas, Vec<Reason>) {
    let ratio = |width: u32, height: u32| f64::from(width) / f64::from(height);
    let usual = match style_of(request) {
        // A picture that is changed keeps its form.
        _ if request.source.is_some() => None,
        Some(Style::Infographic) => Some(ratio(16, 9)),
        Some(Style::Artistic) => Some(ratio(2, 3)),
        Some(Style::Scientific) | None => None,
    };
    let stated = request.aspect_ratio.map(AspectRatio::sides);
    let stated = stated.map(|(width, height)| ratio(width, height));
    let wanted = match (request.width, request.height) {
        (Some(width), Some(height)) => Some(ratio(width, height)),
        _ => stated.or(usual),
    };
    let off =
        |(width, height, _): &(u32, u32, &str), wanted: f64| (ratio(*width, *height) / wanted).ln().abs();
    let nearest = wanted.and_then(|wanted| {
        RATIOS.iter().min_by(|one, other| off(one, wanted).total_cmp(&off(other, wanted)))
    });
    let side = request.width.max(request.height);
    let size = side.and_then(|side| match side {
        0..=1_536 => None,
        1_537..=3_072 => Some(CanvasSize::TwoK),
        _ => Some(CanvasSize::FourK),
    });
    let mut notes = Vec::new();
    if side.is_some() {
        let about = size.unwrap_or(CanvasSize::OneK).as_str();
        let form = nearest.map_or("of the model's own form".to_owned(), |(_, _, name)| format!("of {name}"));
        let message =
            format!("The size was changed to the nearest that the model makes: {form}, about {about}.");
        notes.push(Reason::new("size-changed", message));
    }
    (Canvas { aspect_ratio: nearest.map(|(_, _, name)| *name), size, is_alone: false }, notes)
}
