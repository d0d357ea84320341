//! One prompt at a ComfyUI: what its nodes take, the picture to change, the workflow, what becomes of it, and the files that it
//! made. How the words of socket, queue and history go together is decided in [`Run`].

use core::time::Duration;

use litemap::LiteMap;

use super::Wanted;
use super::attempt::{Outcome, Said};
use super::line::{LineSaid, SOCKET_WAIT};
use crate::base::id::{RequestId, TransportId};
use crate::base::time::{Monotonic, Now};
use crate::engine::exchange::{Answer, Exchange};
use crate::engine::fault;
use crate::engine::io::{BlobOf, Transport, TransportFailure};
use crate::engine::provider::Provider;
use crate::engine::shared::{Owner, Shared};
use crate::model::http::{HttpRequest, Reading};
use crate::model::picture::{AspectRatio, HeldBlob, Picture, Workflow};
use crate::model::{Error, ErrorCode, FinishReason, ImageRequest, Locality, ModelKey, Reason};
use crate::wire::WireError;
use crate::wire::comfyui::{self, Ask, Outcome as RunOutcome, PreviewMethod, Run, Showing, Submission, Word};
use crate::workflow::{
    self, Fault, Kit, LISTING, Note, Parameters, Seed, adapt, classes_for, classes_of, compose,
};

/// How long the server may take to say what its nodes take, and to take a picture or a workflow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A question that was asked over HTTP.
#[derive(Clone, Debug, PartialEq)]
enum Question {
    Node(String),
    Upload,
    Prompt,
    Run(Ask),
    View,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is asked what the nodes take.
    Nodes {
        until: Monotonic,
    },
    /// The picture to change is on its way.
    Upload {
        until: Monotonic,
    },
    /// The socket is to be there first.
    Socket {
        until: Monotonic,
    },
    /// The workflow is on its way.
    Post {
        until: Monotonic,
    },
    /// The server has it.
    Run,
    /// The files are fetched.
    Fetch {
        until: Monotonic,
    },
    Over,
}

/// One prompt.
#[derive(Debug)]
pub(in crate::engine) struct Studio {
    owner: RequestId,
    provider: Provider,
    key: ModelKey,
    request: ImageRequest,
    farthest: Locality,
    parameters: Parameters,
    step: Step,
    open: LiteMap<TransportId, (Question, Exchange)>,
    workflow: serde_json::Value,
    run: Option<Run>,
    made: u32,
    /// Whether the server lost it once and was given it again.
    was_lost: bool,
    is_stopping: bool,
    /// What is not as it was asked for.
    notes: Vec<Reason>,
}

impl Studio {
    /// Begins with what its nodes take.
    pub(super) fn start(
        owner: RequestId,
        (provider, key): (Provider, ModelKey),
        (request, wanted): (&ImageRequest, &Wanted<'_>),
        shared: &mut Shared,
        now: Now,
    ) -> Result<Self, Error> {
        let request = request.clone();
        let drawn = Seed::of_fraction(shared.random.fraction());
        let seed = request.seed.map_or(Some(drawn), Seed::new).unwrap_or(drawn);
        let parameters = Parameters {
            prompt: request.prompt.clone(),
            negative: request.negative_prompt.clone(),
            style: match request.workflow {
                Some(Workflow::Style(style)) => Some(style),
                _ => None,
            },
            ratio: request.aspect_ratio.map(AspectRatio::sides),
            width: request.width,
            height: request.height,
            seed,
            steps: request.steps,
            count: wanted.left,
            source: None,
            mask: None,
            denoise: None,
            is_kept: true,
        };
        let mut studio = Self {
            owner,
            provider,
            key,
            request,
            farthest: wanted.farthest,
            parameters,
            step: Step::Nodes { until: now.monotonic.after(PATIENCE) },
            open: LiteMap::new(),
            workflow: serde_json::Value::Null,
            run: None,
            made: 0,
            was_lost: false,
            is_stopping: false,
            notes: Vec::new(),
        };
        shared.open_line(&studio.provider, studio.farthest);
        // A name is needed to know which nodes there will be.
        studio.parameters.source = studio.request.source.as_ref().map(|_| String::new());
        studio.parameters.mask = studio.request.mask.as_ref().map(|_| String::new());
        studio.ask_nodes(shared, now)?;
        Ok(studio)
    }

    /// Whose line it listens to.
    pub(in crate::engine) fn provider(&self) -> &str {
        &self.provider.name
    }

    /// Whether this transport is its own.
    pub(in crate::engine) fn owns(&self, transport: TransportId) -> bool {
        self.open.contains_key(&transport)
    }

    /// What is not as it was asked for, once.
    pub(super) fn take_notes(&mut self) -> Vec<Reason> {
        core::mem::take(&mut self.notes)
    }

    /// When something has to happen without any word from outside.
    pub(in crate::engine) fn deadline(&self) -> Monotonic {
        match self.step {
            Step::Nodes { until }
            | Step::Upload { until }
            | Step::Socket { until }
            | Step::Post { until }
            | Step::Fetch { until } => until,
            Step::Run => self.run.as_ref().and_then(Run::poll_timeout).unwrap_or(Monotonic::NEVER),
            Step::Over => Monotonic::NEVER,
        }
    }

    /// Since when nothing was heard of it that shows that it goes on; never while others are before it.
    pub(super) fn silent_since(&self) -> Option<Monotonic> {
        let run = self.run.as_ref().filter(|run| self.step == Step::Run && run.is_running())?;
        Some(run.heard_at())
    }

    /// Time passed.
    pub(in crate::engine) fn tick(&mut self, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        if self.deadline() > now.monotonic {
            return Outcome::Running;
        }
        let late = |what: &str| {
            let message = format!("{} did not {what} in time.", self.provider.title());
            Outcome::Failed(Error::new(ErrorCode::Timeout, message))
        };
        match self.step {
            Step::Nodes { .. } => late("say what its nodes take"),
            Step::Upload { .. } => late("take the picture to change"),
            Step::Post { .. } => late("take the workflow"),
            Step::Fetch { .. } => late("give the picture"),
            Step::Socket { .. } => {
                self.post(shared, now);
                Outcome::Running
            }
            Step::Run => self.go_on(said, shared, now),
            Step::Over => Outcome::Running,
        }
    }

    /// Goes on for somebody else.
    pub(super) fn hand_to(&mut self, heir: &RequestId, request: &ImageRequest) {
        self.owner.clone_from(heir);
        self.request.source.clone_from(&request.source);
        self.request.mask.clone_from(&request.mask);
    }

    /// The socket said something.
    pub(in crate::engine) fn line(
        &mut self,
        heard: &LineSaid,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        if let (Step::Socket { .. }, LineSaid::Opened | LineSaid::Closed) = (self.step, heard) {
            self.post(shared, now);
            return Outcome::Running;
        }
        let Some(run) = &mut self.run else { return Outcome::Running };
        match heard {
            LineSaid::Opened => run.handle_socket_opened(now.monotonic),
            LineSaid::Closed => run.handle_socket_closed(now.monotonic),
            LineSaid::Event(event) => run.handle_event(event, now.monotonic),
            LineSaid::Preview { preview, socket, bytes } => {
                let showing = run.handle_preview(preview, now.monotonic);
                if showing != Showing::Other && !self.is_stopping {
                    let media_type = preview.media_type.to_owned();
                    let from = u32::try_from(preview.offset).unwrap_or(u32::MAX);
                    let of = BlobOf::Frame { socket: *socket, from, media_type: media_type.clone() };
                    let blob = shared.keep_blob(of);
                    let bytes = bytes.saturating_sub(u64::from(from));
                    if showing == Showing::Picture {
                        self.made += 1;
                        said.push(Said::Image(self.picture(HeldBlob { blob, bytes }, media_type)));
                    } else {
                        said.extend([Said::Preview(blob), Said::Gone(blob)]);
                    }
                }
            }
        }
        self.go_on(said, shared, now)
    }

    /// A transport of its own said something.
    pub(in crate::engine) fn handle(
        &mut self,
        transport: TransportId,
        heard: Transport,
        said: &mut Vec<Said>,
        shared: &mut Shared,
        now: Now,
    ) -> Outcome {
        let Some((question, exchange)) = self.open.get_mut(&transport) else { return Outcome::Running };
        if let (Question::View, Transport::Body { media_type, bytes }) = (&*question, &heard) {
            let (media_type, bytes) = (media_type.clone(), *bytes);
            let blob = shared.keep_blob(BlobOf::Body(transport));
            self.made += 1;
            said.push(Said::Image(self.picture(HeldBlob { blob, bytes }, media_type)));
            return Outcome::Running;
        }
        let Some(answer) = exchange.handle(heard) else { return Outcome::Running };
        let question = question.clone();
        self.open.remove(&transport);
        if matches!(answer, Answer::TooLong) {
            shared.abort(transport);
        } else {
            shared.over(transport);
        }
        match question {
            Question::Node(class) => self.node(&class, answer, shared, now),
            Question::Upload => self.uploaded(answer, shared, now),
            Question::Prompt => self.posted(answer, said, shared, now),
            Question::Run(ask) => {
                self.answered(ask, answer, now);
                self.go_on(said, shared, now)
            }
            Question::View => self.viewed(&answer),
        }
    }

    /// It is not wanted any more. What the server has is stopped there; whether that still has to be waited for.
    pub(super) fn stop(&mut self, shared: &mut Shared, now: Now) -> bool {
        for (id, _) in core::mem::take(&mut self.open) {
            shared.abort(id);
        }
        self.is_stopping = true;
        let is_at_server = matches!(self.step, Step::Post { .. } | Step::Run);
        let Some(run) = self.run.as_mut().filter(|_| is_at_server) else {
            self.step = Step::Over;
            return false;
        };
        self.step = Step::Run;
        run.handle_cancel(now.monotonic);
        self.ask_run(shared, now);
        true
    }

    fn fetch(&mut self, question: Question, request: HttpRequest, shared: &mut Shared) {
        let request = HttpRequest { farthest: self.farthest, ..request };
        let id = shared.fetch(Owner::Request(self.owner.clone()), request);
        self.open.insert(id, (question, Exchange::default()));
    }

    /// The nodes that are not known yet, or the next step where all are.
    fn ask_nodes(&mut self, shared: &mut Shared, now: Now) -> Result<(), Error> {
        let unknown = |shared: &mut Shared, names: Vec<String>| -> Vec<String> {
            let classes = &shared.line(&self.provider.name).classes;
            names.into_iter().filter(|name| !classes.is_known(name)).collect()
        };
        let mut missing = match &self.request.workflow {
            Some(Workflow::Own(own)) => unknown(shared, classes_of(own)),
            _ => unknown(shared, LISTING.map(str::to_owned).to_vec()),
        };
        if missing.is_empty() && !self.is_own() {
            let kit = self.kit(shared)?;
            let names = classes_for(&kit, &self.parameters).into_iter().map(str::to_owned).collect();
            missing = unknown(shared, names);
        }
        if missing.is_empty() {
            return self.upload(shared, now);
        }
        for class in missing {
            let request = comfyui::object_info(&self.provider.endpoint, &class);
            self.fetch(Question::Node(class), request, shared);
        }
        Ok(())
    }

    /// Whether the server was given the workflow.
    pub(super) const fn has_begun(&self) -> bool {
        self.run.is_some()
    }

    /// Whether the workflow is its caller's own.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.request.workflow, Some(Workflow::Own(_)))
    }

    fn kit(&self, shared: &mut Shared) -> Result<Kit, Error> {
        let line = shared.line(&self.provider.name);
        let kits =
            workflow::kits(&line.classes, &line.architectures).map_err(|fault| self.of_fault(&fault))?;
        kits.into_iter().find(|kit| kit.file() == self.key.id()).ok_or_else(|| {
            let message =
                format!("{} does not have the model {} any more.", self.provider.title(), self.key.id());
            Error::new(ErrorCode::ModelMissing, message)
        })
    }

    fn node(&mut self, class: &str, answer: Answer, shared: &mut Shared, now: Now) -> Outcome {
        let read = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => {
                comfyui::parse_object_info(&body, class)
            }
            Answer::Whole(head, body) => Err(comfyui::classify(&head, &body)),
            Answer::Failed(failure) => return Outcome::Failed(fault::of_transport(failure, &self.provider)),
            Answer::TooLong => Err(WireError::new(ErrorCode::Protocol, "It said too much of one node.")),
        };
        match read {
            Ok(found) => shared.line(&self.provider.name).classes.learn(class, found),
            Err(wire) => return self.failed(wire),
        }
        if self.open.is_empty()
            && let Err(error) = self.ask_nodes(shared, now)
        {
            return Outcome::Failed(error);
        }
        Outcome::Running
    }

    /// Sends the picture to change and then its mask, as far as there are any.
    fn upload(&mut self, shared: &mut Shared, now: Now) -> Result<(), Error> {
        let is_missing = |name: &Option<String>| name.as_deref() == Some("");
        let next = if is_missing(&self.parameters.source) {
            self.request.source.clone()
        } else if is_missing(&self.parameters.mask) {
            self.request.mask.clone()
        } else {
            None
        };
        let Some(file) = next else { return self.compose(shared, now) };
        self.step = Step::Upload { until: now.monotonic.after(PATIENCE) };
        let ending = file.media_type.strip_prefix("image/").unwrap_or("png").replace("jpeg", "jpg");
        let name = format!("hkm-mesh-{}.{ending}", shared.uuid());
        self.fetch(Question::Upload, comfyui::upload(&self.provider.endpoint, file.file, &name), shared);
        Ok(())
    }

    fn uploaded(&mut self, answer: Answer, shared: &mut Shared, now: Now) -> Outcome {
        let read = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => comfyui::parse_upload(&body),
            Answer::Whole(head, body) => Err(comfyui::classify(&head, &body)),
            Answer::Failed(failure) => return Outcome::Failed(fault::of_transport(failure, &self.provider)),
            Answer::TooLong => Err(WireError::new(ErrorCode::Protocol, "It said too much of one picture.")),
        };
        match read {
            Ok(file) => {
                let Parameters { source, mask, .. } = &mut self.parameters;
                let first = [source, mask].into_iter().flatten().find(|name| name.is_empty());
                if let Some(first) = first {
                    *first = file.input_name();
                }
            }
            Err(wire) => return self.failed(wire),
        }
        match self.upload(shared, now) {
            Ok(()) => Outcome::Running,
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Makes the workflow, and waits for the socket.
    fn compose(&mut self, shared: &mut Shared, now: Now) -> Result<(), Error> {
        let kit = if self.is_own() { None } else { Some(self.kit(shared)?) };
        let classes = &shared.line(&self.provider.name).classes;
        let made = match (&kit, &self.request.workflow) {
            (Some(kit), _) => compose(&self.parameters, kit, classes).map(|composed| {
                let notes = composed.notes.iter().map(note_of).collect();
                (composed.workflow, notes)
            }),
            (None, Some(Workflow::Own(own))) => adapt(own, &self.parameters, classes).map(|adapted| {
                let notes = adapted.unplaced.iter().map(|slot| {
                    let message =
                        format!("The workflow has no place for `{}`: it stays as it is there.", slot.name());
                    Reason::new("workflow-slot", message).with("slot", slot.name())
                });
                (adapted.workflow, notes.collect())
            }),
            (None, _) => Err(Fault::NotWorkflow),
        };
        let (workflow, notes) = made.map_err(|fault| self.of_fault(&fault))?;
        self.workflow = workflow;
        self.notes = notes;
        if shared.line(&self.provider.name).is_open() {
            self.post(shared, now);
        } else {
            self.step = Step::Socket { until: now.monotonic.after(SOCKET_WAIT) };
        }
        Ok(())
    }

    /// Sends the workflow.
    fn post(&mut self, shared: &mut Shared, now: Now) {
        self.step = Step::Post { until: now.monotonic.after(PATIENCE) };
        let prompt_id = shared.uuid();
        let line = shared.line(&self.provider.name);
        let submission = Submission {
            client_id: line.client_id(),
            prompt_id: &prompt_id,
            workflow: &self.workflow,
            preview_method: Some(PreviewMethod::Auto),
        };
        let request = comfyui::prompt(&self.provider.endpoint, &submission);
        self.run = Some(Run::new(&prompt_id, &self.workflow, line.is_open(), now.monotonic));
        self.fetch(Question::Prompt, request, shared);
    }

    fn posted(&mut self, answer: Answer, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        let read = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => comfyui::parse_accepted(&body),
            Answer::Whole(head, body) => Err(comfyui::classify(&head, &body)),
            Answer::Failed(failure) => return Outcome::Failed(fault::of_transport(failure, &self.provider)),
            Answer::TooLong => Err(WireError::new(ErrorCode::Protocol, "It said too much of one workflow.")),
        };
        let accepted = match read {
            Ok(accepted) => accepted,
            Err(wire) => {
                if matches!(wire.code, ErrorCode::ModelMissing | ErrorCode::InvalidRequest) && !self.is_own()
                {
                    // What was said of the nodes does not hold any more.
                    shared.line(&self.provider.name).classes = crate::model::NodeClasses::default();
                }
                return self.failed(wire);
            }
        };
        if let Some(dropped) = &accepted.dropped {
            self.notes
                .push(Reason::new("workflow-part", format!("A part of the workflow is left out: {dropped}")));
        }
        self.step = Step::Run;
        if let Some(run) = &mut self.run {
            run.handle_accepted(&accepted, now.monotonic);
        }
        self.go_on(said, shared, now)
    }

    /// Tells what is new of the prompt, asks what is to be asked, and sees how it ended.
    fn go_on(&mut self, said: &mut Vec<Said>, shared: &mut Shared, now: Now) -> Outcome {
        let Some(run) = &mut self.run else { return Outcome::Running };
        while let Some(word) = run.poll_word() {
            match word {
                Word::Queued(position) => said.push(Said::Queue(position)),
                Word::Progress(progress) => {
                    let node = progress.class.or(progress.node);
                    said.push(Said::Progress { value: progress.done, max: progress.whole, node });
                }
                Word::Made(_) => {}
            }
        }
        if self.step != Step::Run {
            return Outcome::Running;
        }
        self.ask_run(shared, now);
        let Some(outcome) = self.run.as_ref().and_then(Run::outcome).cloned() else {
            return Outcome::Running;
        };
        self.over(outcome, shared, now)
    }

    fn ask_run(&mut self, shared: &mut Shared, now: Now) {
        let Some(ask) = self.run.as_mut().and_then(|run| run.poll_ask(now.monotonic)) else { return };
        let Some(id) = self.run.as_ref().map(|run| run.prompt_id().to_owned()) else { return };
        let root = &self.provider.endpoint;
        let request = match ask {
            Ask::History => comfyui::history(root, &id),
            Ask::Queue => comfyui::queue(root),
            Ask::Delete => comfyui::delete_pending(root, &id),
            Ask::Interrupt => comfyui::interrupt(root, &id),
        };
        self.fetch(Question::Run(ask), request, shared);
    }

    fn answered(&mut self, ask: Ask, answer: Answer, now: Now) {
        let Some(run) = &mut self.run else { return };
        let body = match answer {
            Answer::Whole(head, body) if (200..300).contains(&head.status) => body,
            _ if matches!(ask, Ask::Delete | Ask::Interrupt) => return run.handle_told(now.monotonic),
            _ => return run.handle_unanswered(now.monotonic),
        };
        match ask {
            Ask::Delete | Ask::Interrupt => run.handle_told(now.monotonic),
            Ask::History => {
                let history = comfyui::parse_history(&body, run.prompt_id());
                run.handle_history(history, now.monotonic);
            }
            Ask::Queue => {
                let place = comfyui::parse_queue(&body, run.prompt_id());
                run.handle_place(place, now.monotonic);
            }
        }
    }

    /// The prompt is over.
    fn over(&mut self, outcome: RunOutcome, shared: &mut Shared, now: Now) -> Outcome {
        for (id, _) in core::mem::take(&mut self.open) {
            shared.abort(id);
        }
        if outcome == RunOutcome::Lost && !self.was_lost && !self.is_stopping {
            self.was_lost = true;
            let message = format!("{} was restarted and is given the workflow again.", self.provider.title());
            self.notes.push(Reason::new("asked-again", message));
            self.post(shared, now);
            return Outcome::Running;
        }
        if let Some(wire) = outcome.error() {
            return self.failed(wire);
        }
        let RunOutcome::Success { outputs, is_all_cached } = outcome else {
            self.step = Step::Over;
            return Outcome::Ended(FinishReason::Stop);
        };
        let files = comfyui::pictures(&outputs);
        if files.is_empty() {
            self.step = Step::Over;
            return if self.made > 0 {
                Outcome::Ended(FinishReason::Stop)
            } else {
                self.empty(is_all_cached)
            };
        }
        self.step = Step::Fetch { until: now.monotonic.after(PATIENCE) };
        for file in files {
            let request =
                HttpRequest { reading: Reading::Outside, ..comfyui::view(&self.provider.endpoint, file) };
            self.fetch(Question::View, request, shared);
        }
        Outcome::Running
    }

    fn empty(&self, is_all_cached: bool) -> Outcome {
        let title = self.provider.title();
        let error = if is_all_cached {
            let message = format!("{title} has made this picture before and made no new one.");
            Error::new(ErrorCode::BadOutput, message).hinted("Change the seed, or leave it out.")
        } else {
            Error::new(
                ErrorCode::BadOutput,
                format!("{title} finished the workflow, and there is no picture."),
            )
            .hinted("Let the workflow end in a node that keeps a picture, such as Save Image.")
        };
        Outcome::Failed(error)
    }

    fn viewed(&mut self, answer: &Answer) -> Outcome {
        match answer {
            Answer::Whole(head, _) if (200..300).contains(&head.status) => {}
            Answer::Failed(TransportFailure::Forbidden) => {
                return Outcome::Failed(fault::of_transport(TransportFailure::Forbidden, &self.provider));
            }
            _ => {
                let message = format!("{} made a picture and does not give it out.", self.provider.title());
                return Outcome::Failed(Error::new(ErrorCode::Truncated, message));
            }
        }
        if self.open.is_empty() {
            self.step = Step::Over;
            return Outcome::Ended(FinishReason::Stop);
        }
        Outcome::Running
    }

    fn picture(&self, HeldBlob { blob, bytes }: HeldBlob, media_type: String) -> Picture {
        Picture { blob, bytes, media_type, seed: Some(self.parameters.seed.number()) }
    }

    fn failed(&mut self, wire: WireError) -> Outcome {
        self.step = Step::Over;
        Outcome::Failed(fault::of_wire(wire, &self.provider, Some(self.key.id())))
    }

    fn of_fault(&self, fault: &Fault) -> Error {
        let mut error = fault.error();
        error.provider = Some(self.provider.name.clone());
        error
    }
}

fn note_of(note: &Note) -> Reason {
    Reason::new(note.code(), note.to_string())
}

impl Shared {
    /// A prompt that its request does not wait for any more, and that its server is still to be told of.
    pub(super) fn leave_behind(&mut self, mut studio: Box<Studio>) {
        let owner = RequestId::own(&self.uuid());
        self.rename_owner(&studio.owner, &owner);
        studio.owner.clone_from(&owner);
        self.left_behind.push((owner, studio));
    }
}
