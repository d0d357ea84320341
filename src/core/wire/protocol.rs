//! Which protocol a server speaks: one table for everything that differs between them.
//!
//! The rest of the mesh asks here and never names a provider where a protocol is meant.

use super::openai::Dialect;
use super::{ChatRequest, Ending, WireError, WireEvent, comfyui, gemini, ollama, openai, openrouter};
use crate::base::money::Money;
use crate::model::http::{Credential, HttpRequest, ResponseHead};
use crate::model::options::OpenRouterOptions;
use crate::model::{Modality, Price, Usage};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Ollama's own.
    Ollama,
    /// OpenAI's chat completions, as many servers speak them.
    OpenAi,
    /// OpenRouter's.
    OpenRouter,
    /// Google's Gemini API.
    Gemini,
    /// ComfyUI's, which makes pictures and no text.
    ComfyUi,
}

/// A server, as every request needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Server<'a> {
    /// The address that [`Protocol::root`] made.
    pub root: &'a str,
    /// Headers that its user wants to send along.
    pub headers: &'a [(String, String)],
    /// The key, if there is one.
    pub credential: Option<&'a Credential>,
    /// What the user wants of OpenRouter.
    pub openrouter: Option<&'a OpenRouterOptions>,
    /// The origin of the page that asks, told to OpenRouter where its user gave it a name.
    pub page_origin: Option<&'a str>,
}

/// A model as a server lists it. What it does not say is `None`, never a guess.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedModel {
    /// The server's name for it.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// What it makes.
    pub modality: Modality,
    /// What it can do, in the contract's words; `None` where the server does not say.
    pub capabilities: Option<Vec<&'static str>>,
    /// Tokens that it holds, prompt and answer together.
    pub context_length: Option<u64>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// What it costs.
    pub price: Option<Price>,
}

/// A part of a server's list of models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelPage {
    /// The models, in the server's order.
    pub models: Vec<ListedModel>,
    /// The name of the next part, if there is one.
    pub next: Option<String>,
}

/// Vectors of texts, in the order of the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    /// One vector a text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens, where the server counts them.
    pub usage: Option<Usage>,
    /// What the server billed, where it says so.
    pub billed: Option<Money>,
}

impl Protocol {
    /// The address that requests start with, for an endpoint as a person writes it.
    pub fn root(self, endpoint: &str) -> String {
        match self {
            Self::Ollama => ollama::origin(endpoint),
            Self::OpenAi => openai::root(endpoint),
            Self::OpenRouter => openrouter::root(endpoint),
            Self::Gemini => gemini::root(endpoint),
            Self::ComfyUi => comfyui::root(endpoint),
        }
    }

    /// The header that carries the key, and what stands before the key in it.
    pub const fn key_header(self) -> (&'static str, &'static str) {
        match self {
            Self::Ollama | Self::OpenAi | Self::OpenRouter | Self::ComfyUi => ("Authorization", "Bearer "),
            Self::Gemini => ("x-goog-api-key", ""),
        }
    }

    /// A request for an answer, streamed.
    pub fn chat(self, server: &Server<'_>, request: &ChatRequest) -> HttpRequest {
        match self {
            Self::Ollama => ollama::chat(server.root, server.credential, request),
            Self::OpenAi => openai::chat(server, request),
            Self::OpenRouter => openrouter::chat(server, request),
            Self::Gemini => gemini::chat(server.root, server.credential, request),
            // No model of it writes, so it is never asked to.
            Self::ComfyUi => comfyui::system_stats(server.root),
        }
    }

    /// Reads the answer. `input_tokens` is the mesh's own guess of the prompt's length.
    pub fn decoder(self, request: &ChatRequest, input_tokens: u64) -> Decoder {
        match self {
            Self::Ollama => {
                let decoder = ollama::ChatDecoder::new(request.context_length, input_tokens);
                Decoder::Ollama(Box::new(decoder))
            }
            Self::OpenAi | Self::ComfyUi => Decoder::openai(Dialect::Plain, request),
            Self::OpenRouter => Decoder::openai(Dialect::OpenRouter, request),
            Self::Gemini => Decoder::Gemini(Box::new(gemini::ChatDecoder::new(request))),
        }
    }

    /// What an answer says whose status is no success.
    pub fn classify(self, head: &ResponseHead, body: &[u8]) -> WireError {
        match self {
            Self::Ollama => ollama::classify(head, body),
            Self::OpenAi => openai::classify(head, body),
            Self::OpenRouter => openrouter::classify(head, body),
            Self::Gemini => gemini::classify(head, body),
            Self::ComfyUi => comfyui::classify(head, body),
        }
    }

    /// A request for the list of models, or for its part `page`.
    pub fn models(self, server: &Server<'_>, page: Option<&str>) -> HttpRequest {
        match self {
            Self::Ollama => ollama::tags(server.root, server.credential),
            Self::OpenAi => openai::models(server),
            Self::OpenRouter => openrouter::models(server, page),
            Self::Gemini => gemini::models(server.root, server.credential, page),
            Self::ComfyUi => comfyui::system_stats(server.root),
        }
    }

    /// Reads a part of the list of models. Ollama's list tells more and is read by
    /// [`ollama::parse_tags`](super::ollama::parse_tags); what a `ComfyUI` has is told by its nodes.
    pub fn parse_models(self, body: &[u8]) -> Result<ModelPage, WireError> {
        match self {
            Self::Ollama => Ok(ModelPage::default()),
            Self::OpenAi => openai::parse_models(body),
            Self::OpenRouter => openrouter::parse_models(body),
            Self::Gemini => gemini::parse_models(body),
            Self::ComfyUi => comfyui::parse_system_stats(body).map(|_| ModelPage::default()),
        }
    }

    /// How many models a list holds, for who only wants to know whether it is one.
    pub fn count_models(self, body: &[u8]) -> Result<usize, WireError> {
        match self {
            Self::Ollama => ollama::parse_tags(body).map(|models| models.len()),
            Self::OpenAi => openai::parse_models(body).map(|page| page.models.len()),
            Self::OpenRouter => openrouter::parse_models(body).map(|page| page.models.len()),
            Self::Gemini => gemini::parse_models(body).map(|page| page.models.len()),
            Self::ComfyUi => comfyui::parse_system_stats(body).map(|_| 0),
        }
    }

    /// The cheapest request that proves a key: any success means that it is good. Where a server wants no key, any key
    /// is.
    pub fn key(self, server: &Server<'_>) -> HttpRequest {
        match self {
            Self::Ollama => ollama::tags(server.root, server.credential),
            Self::OpenAi => openai::models(server),
            Self::OpenRouter => openrouter::key(server),
            Self::Gemini => gemini::key(server.root, server.credential),
            Self::ComfyUi => comfyui::system_stats(server.root),
        }
    }

    /// A request for the vectors of some texts, [`embed_batch`](Self::embed_batch) of them at most.
    pub fn embed(self, server: &Server<'_>, model: &str, texts: &[String]) -> HttpRequest {
        match self {
            Self::Ollama => ollama::embed(server.root, server.credential, model, texts),
            Self::OpenAi => openai::embed(server, model, texts),
            Self::OpenRouter => openrouter::embed(server, model, texts),
            Self::Gemini => gemini::embed(server.root, server.credential, model, texts),
            Self::ComfyUi => comfyui::system_stats(server.root),
        }
    }

    /// Reads the vectors of `count` texts, in the order of the texts. Any other number of them is an error.
    pub fn parse_embeddings(self, body: &[u8], count: usize) -> Result<Embeddings, WireError> {
        match self {
            Self::Ollama => ollama::parse_embeddings(body, count),
            Self::OpenAi | Self::ComfyUi => openai::parse_embeddings(Dialect::Plain, body, count),
            Self::OpenRouter => openai::parse_embeddings(Dialect::OpenRouter, body, count),
            Self::Gemini => gemini::parse_embeddings(body, count),
        }
    }

    /// A request for what the server counted and billed for the answer of this [`Decoder::record`]; `None` where it keeps
    /// no such thing.
    pub fn record(self, server: &Server<'_>, id: &str) -> Option<HttpRequest> {
        matches!(self, Self::OpenRouter).then(|| openrouter::record(server, id))
    }

    /// How many texts one call for vectors takes.
    pub const fn embed_batch(self) -> usize {
        match self {
            Self::Ollama => 64,
            // What text-embeddings-inference takes unless it was told otherwise; others take more.
            Self::OpenAi | Self::ComfyUi => 32,
            // Some of the hosts behind it take no more.
            Self::OpenRouter => 96,
            Self::Gemini => gemini::BATCH,
        }
    }
}

/// Reads the body of an answer as it comes.
#[derive(Clone, Debug)]
pub enum Decoder {
    /// Ollama's lines.
    Ollama(Box<ollama::ChatDecoder>),
    /// Chat completions.
    OpenAi(Box<openai::ChatDecoder>),
    /// Gemini's events.
    Gemini(Box<gemini::ChatDecoder>),
}

macro_rules! each {
    ($decoder:expr, $inner:ident => $call:expr) => {
        match $decoder {
            Decoder::Ollama($inner) => $call,
            Decoder::OpenAi($inner) => $call,
            Decoder::Gemini($inner) => $call,
        }
    };
}

impl Decoder {
    fn openai(dialect: Dialect, request: &ChatRequest) -> Self {
        Self::OpenAi(Box::new(openai::ChatDecoder::new(dialect, request)))
    }

    /// Takes the next bytes of the body. What was said before an error is in `events` all the same.
    pub fn push(&mut self, chunk: &[u8], events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        each!(self, decoder => decoder.push(chunk, events))
    }

    /// Says how the answer ended, when [`is_done`](Self::is_done) or the body is over.
    pub fn finish(&mut self, events: &mut Vec<WireEvent>) -> Result<Ending, WireError> {
        each!(self, decoder => decoder.finish(events))
    }

    /// Whether the answer is complete, so that nothing more needs to be waited for.
    pub fn is_done(&self) -> bool {
        each!(self, decoder => decoder.is_done())
    }

    /// How many whole frames came: if it grows, the server is alive.
    pub fn frames(&self) -> u64 {
        each!(self, decoder => decoder.frames())
    }

    /// Tokens as far as the server counted them; also after an error.
    pub fn usage(&self) -> Option<Usage> {
        each!(self, decoder => decoder.usage())
    }

    /// What the server billed, where it says so; also after an error.
    pub const fn billed(&self) -> Option<Money> {
        match self {
            Self::Ollama(_) | Self::Gemini(_) => None,
            Self::OpenAi(decoder) => decoder.billed(),
        }
    }

    /// Under which the server keeps what the answer cost, where it does; see [`Protocol::record`].
    pub fn record(&self) -> Option<&str> {
        match self {
            Self::Ollama(_) | Self::Gemini(_) => None,
            Self::OpenAi(decoder) => decoder.record(),
        }
    }
}
