//! A model that could be asked, as the catalogue knows it and as JavaScript sees it.

use core::fmt;

use serde::Serialize;

/// Where the text goes when this model is asked. Ordered: nearer is smaller.
///
/// What nothing was said of may go nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Locality {
    /// Runs in this page.
    #[default]
    Page,
    /// On this machine.
    Device,
    /// On a machine the user named.
    Network,
    /// Elsewhere.
    Cloud,
}

impl Locality {
    /// The word used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Device => "device",
            Self::Network => "network",
            Self::Cloud => "cloud",
        }
    }

    /// Whether the text stays on this machine.
    pub const fn is_local(self) -> bool {
        matches!(self, Self::Page | Self::Device)
    }
}

/// What a model makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// Words.
    #[default]
    Text,
    /// Pictures.
    Image,
    /// Moving pictures.
    Video,
}

impl Modality {
    /// The word used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
        }
    }
}

/// A coarse prior of how good a model's answers are; finer scores are the router's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// About below 4 billion parameters.
    Low,
    /// About 4 to 30 billion parameters.
    Medium,
    /// Larger, or known to be as good.
    High,
}

impl Quality {
    /// The word used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Prices in USD. An absent field is unknown, zero is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// USD per input token.
    pub input: f64,
    /// USD per output token.
    pub output: f64,
    /// USD per input token that the provider had in its own cache; `input` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cached_input: Option<f64>,
    /// USD per reasoning token; `output` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reasoning: Option<f64>,
    /// USD per picture made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub image: Option<f64>,
    /// USD per request, beside the tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub request: Option<f64>,
    /// What the tokens of a request with a long prompt cost, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub long_prompt: Option<LongPromptPrice>,
}

/// Prices of requests whose prompt is longer than some length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LongPromptPrice {
    /// Input tokens, cached ones included: with more than these the prices hold.
    #[cfg_attr(test, ts(type = "number"))]
    pub above: u64,
    /// USD per input token.
    pub input: f64,
    /// USD per output token.
    pub output: f64,
    /// USD per input token that the provider had in its own cache; `input` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cached_input: Option<f64>,
}

impl Price {
    /// A model that costs nothing.
    pub const FREE: Self = Self {
        input: 0.0,
        output: 0.0,
        cached_input: None,
        reasoning: None,
        image: None,
        request: None,
        long_prompt: None,
    };

    /// The prices for a prompt of this length.
    #[must_use]
    pub fn for_prompt(self, input_tokens: u64) -> Self {
        match self.long_prompt {
            Some(LongPromptPrice { above, input, output, cached_input }) if input_tokens > above => {
                Self { input, output, cached_input, ..self }
            }
            _ => self,
        }
    }
}

/// How a fact came to be known. Ordered: what is better known is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The model's own server was asked about this very model.
    Probed,
    /// It stood in its provider's list.
    Listed,
    /// It stands in the snapshot that comes with the mesh, a quality in its table of public evaluations.
    Snapshot,
    /// From its name, its size or where it runs.
    Guessed,
}

/// Until when the public evaluations were made that qualities come from.
pub const EVALUATED: &str = "2024";

/// How the facts about a model came to be known; absent where a fact is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct FactProvenance {
    /// Of its prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Provenance>,
    /// Of how much it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_length: Option<Provenance>,
    /// Of what it can do. Absent: nobody told, so it may be able to do more than `capabilities` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Provenance>,
    /// Of how good its answers are expected to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Provenance>,
}

/// The address of a model: `provider/id`. The id may hold slashes, the provider may not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelKey {
    provider: String,
    id: String,
}

impl ModelKey {
    /// The model `id` of `provider`.
    pub fn new(provider: impl Into<String>, id: impl Into<String>) -> Self {
        Self { provider: provider.into(), id: id.into() }
    }

    /// From `provider/id`; `None` where either part is empty.
    pub fn parse(address: &str) -> Option<Self> {
        let (provider, id) = address.split_once('/')?;
        (!provider.is_empty() && !id.is_empty()).then(|| Self::new(provider, id))
    }

    /// Who serves it.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The provider's own name for it.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.provider, self.id)
    }
}

/// A model as JavaScript sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ModelConfig {
    /// The provider's own model name, such as `llama3.3:70b`.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// Who serves it.
    pub provider: String,
    /// What it makes.
    #[serde(rename = "type")]
    pub modality: Modality,
    /// What it can do beside plain text: "vision", "tools", "reasoning", "json", "embedding" …
    pub capabilities: Vec<String>,
    /// USD per token, input and output blended three to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cost_per_token: Option<f64>,
    /// How good its answers are expected to be.
    pub quality: Quality,
    /// Whether text sent to it stays on this machine.
    pub is_local: bool,
    /// Whether it answered when last heard of, or nothing is known against it.
    pub is_available: bool,
    /// Where text sent to it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub locality: Option<Locality>,
    /// How many tokens it can hold, prompt and answer together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub context_length: Option<u64>,
    /// Whether it is loaded and would answer at once; absent where unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub warm: Option<bool>,
    /// Size of its weights, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub size_bytes: Option<u64>,
    /// Prices; absent where unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub price: Option<Price>,
    /// Most tokens of one answer; absent where unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub max_output_tokens: Option<u64>,
    /// Its family, such as `llama`, where its provider tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub family: Option<String>,
    /// How the facts came to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub provenance: Option<FactProvenance>,
}

impl ModelConfig {
    /// A text model of which nothing but its address is known.
    pub fn unknown(provider: impl Into<String>, id: impl Into<String>, locality: Locality) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            provider: provider.into(),
            modality: Modality::Text,
            capabilities: Vec::new(),
            cost_per_token: None,
            quality: Quality::Low,
            is_local: locality.is_local(),
            is_available: true,
            locality: Some(locality),
            context_length: None,
            warm: None,
            size_bytes: None,
            price: None,
            max_output_tokens: None,
            family: None,
            provenance: None,
        }
    }

    /// How its facts came to be known.
    pub fn provenance(&self) -> FactProvenance {
        self.provenance.unwrap_or_default()
    }

    /// Whether `capabilities` is all it can do. A guess or an absent list is no complete one.
    pub fn tells_all_capabilities(&self) -> bool {
        self.provenance().capabilities.is_some_and(|known| known < Provenance::Guessed)
    }

    /// Its address.
    pub fn key(&self) -> ModelKey {
        ModelKey::new(&self.provider, &self.id)
    }

    /// Where text sent to it goes; a model that does not say is treated as the cloud.
    pub fn locality(&self) -> Locality {
        self.locality.unwrap_or(Locality::Cloud)
    }

    /// Whether it is known to have `capability`.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}
