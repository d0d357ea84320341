//! Looks at a provider: does it answer, which models has it, what can they do. One probe a provider runs at a
//! time, however many wait for it.

use core::time::Duration;
use litemap::LiteMap;

use super::exchange::{Answer, Exchange};
use super::fault;
use super::io::{Transport, Watched};
use super::provider::Provider;
use super::shared::{Owner, Shared};
use crate::base::id::TransportId;
use crate::base::time::{Monotonic, Now};
use crate::catalog::{CustomModel, Difference, Entry};
use crate::engine::io::{Output, TransportFailure};
use crate::model::{
    Error, ErrorCode, FactProvenance, Locality, Modality, ModelConfig, NodeClasses, Price, Provenance,
};
use crate::wire::Protocol;
use crate::wire::ollama::{OllamaDetails, OllamaModel, RunningModel};
use crate::wire::{ListedModel, comfyui, ollama};
use crate::workflow::{self, Architectures, Family, Kit, LISTING};

/// How long a provider on this machine may take to answer.
const LOCAL_LIMIT: Duration = Duration::from_secs(4);

/// How long any other provider may take. A custom provider may have to look what its browser offers.
const REMOTE_LIMIT: Duration = Duration::from_secs(10);

/// How many files of a ComfyUI are asked what they are.
const MOST_ARCHITECTURES: usize = 8;

/// How many parts of a list are asked for.
const PAGE_LIMIT: u32 = 20;

/// What a probe found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) provider: String,
    pub(super) outcome: Result<u32, Error>,
    pub(super) difference: Difference,
}

/// What an exchange of a probe is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    List,
    Running,
    Details(String),
    /// What a node of a ComfyUI takes: its choices are the files that are there.
    Node(String),
    /// What a file of a ComfyUI says that it is.
    Architecture(String),
}

/// One look at one provider.
#[derive(Debug)]
pub(super) struct Probe {
    provider: String,
    deadline: Monotonic,
    open: LiteMap<TransportId, (Question, Exchange)>,
    listed: Option<Vec<OllamaModel>>,
    details: LiteMap<String, OllamaDetails>,
    running: Option<Vec<RunningModel>>,
    tried_other_name: bool,
    /// What the parts of the list that came so far hold.
    entries: Vec<Entry>,
    pages: u32,
    /// Of a ComfyUI that answers: what is known of its nodes and files.
    studio: Option<(NodeClasses, Architectures)>,
}

impl Probe {
    /// Starts looking at a provider that is set up.
    pub(super) fn start(provider: &Provider, shared: &mut Shared, now: Now) -> Self {
        let limit = if provider.locality == Locality::Device { LOCAL_LIMIT } else { REMOTE_LIMIT };
        let mut probe = Self {
            provider: provider.name.clone(),
            deadline: now.monotonic.after(limit),
            open: LiteMap::new(),
            listed: None,
            details: LiteMap::new(),
            running: None,
            tried_other_name: false,
            entries: Vec::new(),
            pages: 0,
            studio: None,
        };
        probe.ask_for_list(provider, None, shared);
        probe
    }

    /// When it has to be over.
    pub(super) const fn deadline(&self) -> Monotonic {
        self.deadline
    }

    fn ask_for_list(&mut self, provider: &Provider, page: Option<&str>, shared: &mut Shared) {
        let credential = provider.credential();
        let owner = Owner::Probe(self.provider.clone());
        let id = match provider.protocol {
            Some(protocol) => {
                shared.fetch(owner, protocol.models(&provider.server(credential.as_ref()), page))
            }
            None => shared.invoke_models(owner, &provider.name),
        };
        self.open.insert(id, (Question::List, Exchange::default()));
    }

    /// Takes in what a transport said; `Some` once the look is over.
    pub(super) fn handle(
        &mut self,
        id: TransportId,
        said: Transport,
        shared: &mut Shared,
        now: Now,
    ) -> Option<Found> {
        let provider = shared.providers.get(&self.provider).cloned()?;
        let said = match said {
            Transport::CustomModels(models) => {
                shared.over(id);
                return Some(self.custom(models, &provider, shared, now));
            }
            said => said,
        };
        let (question, exchange) = self.open.get_mut(&id)?;
        let answer = exchange.handle(said)?;
        let question = question.clone();
        self.open.remove(&id);
        if matches!(answer, Answer::TooLong) {
            shared.abort(id);
        } else {
            shared.over(id);
        }
        match question {
            Question::List => {
                if let Some(found) = self.list(answer, provider.clone(), shared, now) {
                    return Some(found);
                }
            }
            Question::Running => {
                if let Answer::Whole(head, body) = answer
                    && head.status == 200
                {
                    self.running = ollama::parse_ps(&body).ok();
                }
            }
            Question::Node(class) => {
                if let (Answer::Whole(head, body), Some((classes, _))) = (answer, &mut self.studio)
                    && head.status == 200
                    && let Ok(node) = comfyui::parse_object_info(&body, &class)
                {
                    classes.learn(&class, node);
                }
            }
            Question::Architecture(file) => {
                if let (Answer::Whole(head, body), Some((_, architectures))) = (answer, &mut self.studio)
                    && head.status == 200
                    && let Some(architecture) = comfyui::parse_architecture(&body)
                {
                    architectures.insert(file, architecture);
                }
            }
            Question::Details(name) => {
                if let Answer::Whole(head, body) = answer
                    && head.status == 200
                    && let Ok(details) = ollama::parse_show(&body)
                {
                    self.details.insert(name, details);
                }
            }
        }
        if self.open.is_empty() && self.studio.is_some() && !self.ask_for_architectures(&provider, shared) {
            return Some(self.conclude_studio(&provider, shared, now));
        }
        if self.open.is_empty() && self.listed.is_some() { Some(self.conclude(shared, now)) } else { None }
    }

    /// The deadline passed: what is there is taken, the rest is aborted.
    pub(super) fn expire(&mut self, shared: &mut Shared, now: Now) -> Found {
        for (id, _) in core::mem::take(&mut self.open) {
            shared.abort(id);
        }
        if self.listed.is_some() {
            return self.conclude(shared, now);
        }
        if self.studio.is_some()
            && let Some(provider) = shared.providers.get(&self.provider).cloned()
        {
            return self.conclude_studio(&provider, shared, now);
        }
        let title = shared.providers.get(&self.provider).map_or_else(String::new, Provider::title);
        let mut error = Error::new(ErrorCode::Timeout, format!("{title} did not list its models in time."));
        error.provider = Some(self.provider.clone());
        self.fail(error, shared, now)
    }

    /// The provider was taken out.
    pub(super) fn abandon(&mut self, shared: &mut Shared) -> Found {
        for (id, _) in core::mem::take(&mut self.open) {
            shared.abort(id);
        }
        let mut error =
            Error::new(ErrorCode::Closed, format!("{} left before it listed its models.", self.provider));
        error.provider = Some(self.provider.clone());
        Found { provider: self.provider.clone(), outcome: Err(error), difference: Difference::default() }
    }

    fn list(
        &mut self,
        answer: Answer,
        mut provider: Provider,
        shared: &mut Shared,
        now: Now,
    ) -> Option<Found> {
        let (head, body) = match answer {
            Answer::Whole(head, body) => (head, body),
            Answer::Failed(TransportFailure::Network) if !self.tried_other_name => {
                self.tried_other_name = true;
                if let Some(other) = provider.other_loopback_name() {
                    provider.endpoint = other;
                    self.ask_for_list(&provider, None, shared);
                    return None;
                }
                let error = fault::of_transport(TransportFailure::Network, &provider);
                return Some(self.fail(error, shared, now));
            }
            Answer::Failed(failure) => {
                let error = fault::of_transport(failure, &provider);
                return Some(self.fail(error, shared, now));
            }
            Answer::TooLong => {
                let error = Error::new(
                    ErrorCode::Protocol,
                    format!("{} answered with a list that is too long to be one.", provider.title()),
                );
                return Some(self.fail(error, shared, now));
            }
        };
        if self.tried_other_name
            && let Some(other) = provider.other_loopback_name()
            && let Some(kept) = shared.providers.get_mut(&self.provider)
        {
            // The server listens on 127.0.0.1 only: all that follows goes there.
            kept.endpoint.clone_from(&other);
            provider.endpoint = other;
        }
        let protocol = provider.protocol?;
        if !(200..300).contains(&head.status) {
            let error = fault::of_wire(protocol.classify(&head, &body), &provider, None);
            return Some(self.fail(error, shared, now));
        }
        let read = match protocol {
            Protocol::Ollama => ollama::parse_tags(&body).map(|models| {
                self.ask_for_details(models, &provider, shared);
                None
            }),
            Protocol::ComfyUi => protocol.parse_models(&body).map(|_| {
                self.studio = Some(<(NodeClasses, Architectures)>::default());
                for class in LISTING {
                    let request = comfyui::object_info(&provider.endpoint, class);
                    let id = shared.fetch(Owner::Probe(self.provider.clone()), request);
                    self.open.insert(id, (Question::Node(class.to_owned()), Exchange::default()));
                }
                None
            }),
            _ => protocol.parse_models(&body).map(|page| {
                self.pages += 1;
                self.entries.extend(page.models.into_iter().map(|model| listed_entry(model, &provider)));
                if let Some(next) = page.next.filter(|_| self.pages < PAGE_LIMIT) {
                    self.ask_for_list(&provider, Some(&next), shared);
                    return None;
                }
                let entries = core::mem::take(&mut self.entries);
                Some(self.succeed(entries, shared, now))
            }),
        };
        match read {
            Ok(found) => found,
            Err(wire) => Some(self.fail(fault::of_wire(wire, &provider, None), shared, now)),
        }
    }

    /// Newer servers tell everything in the list; older ones are asked about each model.
    fn ask_for_details(&mut self, models: Vec<OllamaModel>, provider: &Provider, shared: &mut Shared) {
        let credential = provider.credential();
        let owner = || Owner::Probe(self.provider.clone());
        let id = shared.fetch(owner(), ollama::ps(&provider.endpoint, credential.as_ref()));
        self.open.insert(id, (Question::Running, Exchange::default()));
        for model in &models {
            if model.capabilities.is_none() || model.context_length.is_none() {
                let request = ollama::show(&provider.endpoint, credential.as_ref(), &model.name);
                let id = shared.fetch(Owner::Probe(self.provider.clone()), request);
                self.open.insert(id, (Question::Details(model.name.clone()), Exchange::default()));
            }
        }
        self.listed = Some(models);
    }

    fn conclude(&mut self, shared: &mut Shared, now: Now) -> Found {
        let models = self.listed.take().unwrap_or_default();
        let locality =
            shared.providers.get(&self.provider).map_or(Locality::Cloud, |provider| provider.locality);
        let entries = models
            .into_iter()
            .map(|model| {
                let details = self.details.remove(&model.name);
                let is_running = self.running.as_ref().map(|running| {
                    running.iter().any(|other| {
                        ollama::normalise_name(&other.name) == ollama::normalise_name(&model.name)
                    })
                });
                ollama_entry(model, details, is_running, &self.provider, locality)
            })
            .collect();
        self.succeed(entries, shared, now)
    }

    /// Asks files whose names do not say what they are, once. Whether any is asked.
    fn ask_for_architectures(&mut self, provider: &Provider, shared: &mut Shared) -> bool {
        let Some((classes, architectures)) = &self.studio else { return false };
        if self.pages > 0 || !architectures.is_empty() {
            return false;
        }
        self.pages = 1;
        let unclear: Vec<(&str, String)> =
            workflow::unclear(classes).into_iter().take(MOST_ARCHITECTURES).collect();
        for (folder, file) in &unclear {
            let request = comfyui::view_metadata(&provider.endpoint, folder, file);
            let id = shared.fetch(Owner::Probe(self.provider.clone()), request);
            self.open.insert(id, (Question::Architecture(file.clone()), Exchange::default()));
        }
        !unclear.is_empty()
    }

    /// What a ComfyUI can make pictures with, each file being a model.
    fn conclude_studio(&mut self, provider: &Provider, shared: &mut Shared, now: Now) -> Found {
        let (classes, architectures) = self.studio.take().unwrap_or_default();
        let kits = workflow::kits(&classes, &architectures).unwrap_or_default();
        let line = shared.line(&self.provider);
        line.classes = classes;
        line.architectures = architectures;
        let mut entries: Vec<Entry> = kits.iter().map(|kit| studio_entry(kit, provider)).collect();
        if entries.is_empty() {
            // A user's own workflow may still run; without one it says what is missing.
            entries.push(bare_studio(provider));
        }
        self.succeed(entries, shared, now)
    }

    fn custom(
        &mut self,
        models: Vec<CustomModel>,
        provider: &Provider,
        shared: &mut Shared,
        now: Now,
    ) -> Found {
        let mut seen = Vec::new();
        let entries = models
            .into_iter()
            .filter(|model| {
                let is_new = !model.id.is_empty() && !seen.contains(&model.id);
                seen.push(model.id.clone());
                is_new
            })
            .map(|model| model.into_entry(&provider.name, provider.locality))
            .collect();
        self.succeed(entries, shared, now)
    }

    fn succeed(&mut self, entries: Vec<Entry>, shared: &mut Shared, now: Now) -> Found {
        let count = entries.len() as u32;
        let difference = shared.listed(&self.provider, entries);
        shared.answered(&self.provider, now);
        shared.listed_again(&self.provider);
        Found { provider: self.provider.clone(), outcome: Ok(count), difference }
    }

    fn fail(&mut self, error: Error, shared: &mut Shared, now: Now) -> Found {
        if error.code == ErrorCode::InvalidKey {
            shared.refuse_key(&self.provider);
        }
        shared.unreachable(&self.provider, fault::reason(&error), now);
        shared.push(Output::Changed(Watched::Models));
        Found { provider: self.provider.clone(), outcome: Err(error), difference: Difference::default() }
    }
}

fn ollama_entry(
    model: OllamaModel,
    details: Option<OllamaDetails>,
    warm: Option<bool>,
    provider: &str,
    locality: Locality,
) -> Entry {
    let details = details.as_ref();
    let is_probed = model.capabilities.is_none();
    let known = model.capabilities.or_else(|| details.and_then(|details| details.capabilities.clone()));
    let is_remote = model.is_remote || details.is_some_and(|details| details.is_remote);
    let parameters = model.parameters.or_else(|| details.and_then(|details| details.parameters));
    let context_length = model.context_length.or_else(|| details.and_then(|details| details.context_length));
    let provenance = FactProvenance {
        // Only an old server that does not tell in its list was asked.
        capabilities: known.as_ref().map(|_| if is_probed { Provenance::Probed } else { Provenance::Listed }),
        ..FactProvenance::default()
    };
    let is_painter = known.as_deref().is_some_and(makes_only_images);
    let config = ModelConfig {
        name: model.name.strip_suffix(":latest").unwrap_or(&model.name).to_owned(),
        modality: if is_painter { Modality::Image } else { Modality::Text },
        capabilities: capabilities(known),
        context_length,
        warm: if is_remote { None } else { warm },
        size_bytes: if is_remote { None } else { model.size_bytes },
        price: (!is_remote).then_some(Price::FREE),
        family: model.family.or_else(|| details.and_then(|details| details.family.clone())),
        provenance: Some(provenance),
        // Ollama also lists models that it asks its maker's cloud for: what is sent to those leaves the machine.
        ..ModelConfig::unknown(provider, model.name, if is_remote { Locality::Cloud } else { locality })
    };
    Entry::new(config, parameters.map(|count| count as f64 / 1e9))
}

/// Ollama's words for what a model can do, in the contract's words. A model that can only embed cannot chat.
fn capabilities(known: Option<Vec<String>>) -> Vec<String> {
    let Some(known) = known else { return Vec::new() };
    let can_chat = known.iter().any(|word| word == "completion");
    known
        .into_iter()
        .filter_map(|word| match word.as_str() {
            "completion" | "insert" => None,
            "thinking" => Some("reasoning".to_owned()),
            "embedding" if can_chat => None,
            _ => Some(word),
        })
        .chain(can_chat.then(|| "json".to_owned()))
        .collect()
}

/// Whether these are Ollama's words for a model that draws and does not write.
fn makes_only_images(known: &[String]) -> bool {
    known.iter().any(|word| word == "image") && !known.iter().any(|word| word == "completion")
}

/// A file of a ComfyUI, with all that goes with it.
fn studio_entry(kit: &Kit, provider: &Provider) -> Entry {
    let name = kit.file().rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
    let quality = match kit.family {
        Family::FluxDev => 0.85,
        Family::FluxSchnell => 0.75,
        Family::Sdxl => 0.65,
        Family::Sd15 => 0.4,
    };
    let config = ModelConfig {
        name: format!("{name} ({})", kit.family.name()),
        capabilities: ["image-edit", "image-mask", "workflow"].map(str::to_owned).to_vec(),
        family: Some(kit.family.name().to_owned()),
        ..studio_model(kit.file(), provider)
    };
    Entry::new(config, None).with_quality(quality, Provenance::Guessed)
}

/// A ComfyUI without a file that the mesh knows how to work with.
fn bare_studio(provider: &Provider) -> Entry {
    let config = ModelConfig {
        name: "A workflow of your own".to_owned(),
        capabilities: vec!["workflow".to_owned()],
        ..studio_model("workflow", provider)
    };
    Entry::new(config, None).with_quality(0.1, Provenance::Guessed)
}

fn studio_model(id: &str, provider: &Provider) -> ModelConfig {
    // Its user's own machine, wherever that stands.
    let price = (provider.locality != Locality::Cloud).then_some(Price::FREE);
    ModelConfig {
        modality: Modality::Image,
        price,
        ..ModelConfig::unknown(&provider.name, id.to_owned(), provider.locality)
    }
}

fn listed_entry(model: ListedModel, provider: &Provider) -> Entry {
    let free = (provider.locality == Locality::Device).then_some(Price::FREE);
    let listed = |is_told: bool| is_told.then_some(Provenance::Listed);
    let provenance = FactProvenance {
        price: listed(model.price.is_some() || free.is_some()),
        context_length: listed(model.context_length.is_some()),
        capabilities: listed(model.capabilities.is_some()),
        ..FactProvenance::default()
    };
    let unknown = ModelConfig::unknown(&provider.name, model.id, provider.locality);
    let config = ModelConfig {
        name: model.name.unwrap_or_else(|| unknown.id.clone()),
        modality: model.modality,
        capabilities: model.capabilities.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        context_length: model.context_length,
        max_output_tokens: model.max_output_tokens,
        price: model.price.or(free),
        provenance: Some(provenance),
        ..unknown
    };
    Entry::new(config, None)
}
