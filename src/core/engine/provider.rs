//! Who can be asked, from the mesh's options: protocol, endpoint, locality. A provider that is not built yet is
//! refused by name, never left out in silence.

use litemap::LiteMap;

use crate::base::address::{host_of, is_loopback, origin_of};
use crate::guard::Departures;
use crate::model::http::{Credential, Lane};
use crate::model::options::OpenRouterOptions;
use crate::model::{Error, ErrorCode, Locality, MeshOptions, Modality, ProviderKind, ProviderOptions};
use crate::wire::{Protocol, Server};

/// Where Ollama listens unless it was told otherwise.
const OLLAMA_ENDPOINT: &str = "http://localhost:11434";

/// Where ComfyUI listens unless it was told otherwise.
pub(super) const COMFYUI_ENDPOINT: &str = "http://127.0.0.1:8188";

/// Where Google's API is.
const GEMINI_ENDPOINT: &str = "https://generativelanguage.googleapis.com/v1beta";

/// Where OpenRouter is.
const OPENROUTER_ENDPOINT: &str = "https://openrouter.ai/api/v1";

/// Who can be asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Provider {
    pub(super) name: String,
    /// How it is talked to; `None` for one written in JavaScript.
    pub(super) protocol: Option<Protocol>,
    /// The origin or API root, normalised; empty for a custom provider.
    pub(super) endpoint: String,
    pub(super) locality: Locality,
    pub(super) headers: Vec<(String, String)>,
    pub(super) openrouter: Option<OpenRouterOptions>,
    pub(super) page_origin: Option<String>,
    pub(super) has_key: bool,
    /// Whether no other tab has this key.
    pub(super) is_key_own: bool,
    /// Whether it answers nobody without a key.
    pub(super) needs_key: bool,
    /// What a custom provider says it is.
    pub(super) version: Option<String>,
}

impl Provider {
    /// A provider written in JavaScript.
    pub(super) fn custom(name: &str, locality: Locality, version: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            protocol: None,
            endpoint: String::new(),
            locality,
            headers: Vec::new(),
            openrouter: None,
            page_origin: None,
            has_key: false,
            is_key_own: false,
            needs_key: false,
            version,
        }
    }

    /// In which line its long requests stand. Servers near by have one; a cloud speaks HTTP/2, which is one connection for
    /// all.
    pub(super) fn lane(&self, lane: Lane) -> Option<Lane> {
        (!self.is_custom() && self.locality != Locality::Cloud).then_some(lane)
    }

    /// Whether the built-in snapshot of models knows its models, or models like them.
    pub(super) fn is_in_snapshot(&self) -> bool {
        self.protocol.is_some_and(|protocol| !matches!(protocol, Protocol::Ollama | Protocol::ComfyUi))
    }

    /// Whether it needs a key and has none.
    pub(super) const fn lacks_key(&self) -> bool {
        self.needs_key && !self.has_key
    }

    /// The key that goes with its requests, if the user gave one.
    pub(super) fn credential(&self) -> Option<Credential> {
        let (header, prefix) = self.protocol?.key_header();
        self.has_key.then(|| Credential::new(&self.name, header, prefix))
    }

    /// Whether it can be asked for what models of this kind make.
    pub(super) fn can_make(&self, modality: Modality) -> bool {
        match self.protocol {
            Some(Protocol::ComfyUi) => modality == Modality::Image,
            Some(Protocol::Gemini) => true,
            // One that is written in JavaScript has no way to make videos.
            None | Some(Protocol::OpenRouter) => modality != Modality::Video,
            Some(Protocol::Ollama | Protocol::OpenAi) => modality == Modality::Text,
        }
    }

    /// Whether it is written in JavaScript.
    pub(super) const fn is_custom(&self) -> bool {
        self.protocol.is_none()
    }

    /// What tells it from another under the same name; a custom provider need not say.
    pub(super) fn identity(&self) -> Option<&str> {
        if self.is_custom() { self.version.as_deref() } else { Some(&self.endpoint) }
    }

    /// As every request to it needs it.
    pub(super) fn server<'a>(&'a self, credential: Option<&'a Credential>) -> Server<'a> {
        let openrouter = self.openrouter.as_ref();
        Server {
            root: &self.endpoint,
            headers: &self.headers,
            credential,
            openrouter,
            page_origin: self.page_origin.as_deref(),
        }
    }

    /// The same server by its other loopback name. `localhost` may resolve to `::1` while the server listens on
    /// `127.0.0.1` only.
    pub(super) fn other_loopback_name(&self) -> Option<String> {
        let rest = self.endpoint.strip_prefix("http://localhost")?;
        (rest.is_empty() || rest.starts_with([':', '/'])).then(|| format!("http://127.0.0.1{rest}"))
    }

    /// For people: its name and its address.
    pub(super) fn title(&self) -> String {
        match self.protocol {
            Some(Protocol::Ollama) => format!("Ollama at {}", self.endpoint),
            Some(Protocol::Gemini) => "Google Gemini".to_owned(),
            Some(Protocol::OpenRouter) => "OpenRouter".to_owned(),
            Some(Protocol::OpenAi) => format!("{} at {}", self.name, self.endpoint),
            Some(Protocol::ComfyUi) => format!("ComfyUI at {}", self.endpoint),
            None => self.name.clone(),
        }
    }
}

/// Everyone the options name, and Ollama and ComfyUI on this machine unless they are disabled.
pub(super) fn resolve(options: &MeshOptions) -> Result<LiteMap<String, Provider>, Error> {
    let page_origin = options.page_origin.as_deref();
    let mut named = options.providers.clone().unwrap_or_default();
    for name in ["ollama", "comfyui"] {
        named.entry(name.to_owned()).or_default();
    }
    let mut providers = LiteMap::new();
    for (name, options) in named {
        if options.disabled == Some(true) {
            continue;
        }
        let provider = one(&name, options, page_origin)?;
        providers.insert(name, provider);
    }
    Ok(providers)
}

/// Where servers with OpenAI's API listen unless they were told otherwise.
const USUAL_PORTS: [(&str, u16); 7] = [
    ("lm-studio", 1234),
    ("llama-cpp", 8080),
    ("vllm", 8000),
    ("jan", 1337),
    ("koboldcpp", 5001),
    ("text-generation-webui", 5000),
    ("gpt4all", 4891),
];

/// The ports in it.
pub(super) fn usual_ports() -> impl Iterator<Item = u16> {
    USUAL_PORTS.into_iter().map(|(_, port)| port)
}

/// The servers that may run on this machine, without those that are set up already.
pub(super) fn on_usual_ports(known: &LiteMap<String, Provider>) -> Vec<Provider> {
    let is_known = |name: &str, port: u16| {
        let end = [":", &port.to_string()].concat();
        known.contains_key(name)
            || known.values().any(|provider| {
                let origin = origin_of(&provider.endpoint).unwrap_or_default();
                origin.ends_with(&end) && host_of(origin).is_some_and(is_loopback)
            })
    };
    let new = USUAL_PORTS.into_iter().filter(|(name, port)| !is_known(name, *port));
    new.map(|(name, port)| Provider {
        name: name.to_owned(),
        protocol: Some(Protocol::OpenAi),
        endpoint: ["http://localhost:", &port.to_string(), "/v1"].concat(),
        locality: Locality::Device,
        headers: Vec::new(),
        openrouter: None,
        page_origin: None,
        has_key: false,
        is_key_own: false,
        needs_key: false,
        version: None,
    })
    .collect()
}

/// Where everyone is whom the options name, for the last look before something leaves.
pub(super) fn departures(options: &MeshOptions) -> Result<Departures, Error> {
    let mut departures = Departures::default();
    for provider in resolve(options)?.values() {
        departures.name(&provider.name, &provider.endpoint, provider.locality);
    }
    Ok(departures)
}

fn one(name: &str, options: ProviderOptions, page_origin: Option<&str>) -> Result<Provider, Error> {
    let refuse =
        |message: String, hint: &str| Err(Error::new(ErrorCode::InvalidRequest, message).hinted(hint));
    if name.is_empty() || name.contains('/') {
        return refuse(
            "A provider's name is empty or holds a slash.".to_owned(),
            "Use a short name such as `lan`.",
        );
    }
    let by_name = match name {
        "ollama" => Some(ProviderKind::Ollama),
        "gemini" => Some(ProviderKind::Gemini),
        "openrouter" => Some(ProviderKind::OpenRouter),
        "comfyui" => Some(ProviderKind::ComfyUi),
        _ => None,
    };
    let protocol = match options.kind.or(by_name) {
        Some(ProviderKind::Ollama) => Protocol::Ollama,
        Some(ProviderKind::OpenAi) => Protocol::OpenAi,
        Some(ProviderKind::Gemini) => Protocol::Gemini,
        Some(ProviderKind::OpenRouter) => Protocol::OpenRouter,
        Some(ProviderKind::ComfyUi) => Protocol::ComfyUi,
        None => {
            return refuse(
                format!("The provider `{name}` does not say what it speaks."),
                "Set `kind`, for example \"openai\" for any server with OpenAI's API.",
            );
        }
    };
    let given = match (options.endpoint, protocol) {
        (Some(endpoint), _) => endpoint,
        (None, Protocol::Ollama) => OLLAMA_ENDPOINT.to_owned(),
        (None, Protocol::ComfyUi) => COMFYUI_ENDPOINT.to_owned(),
        (None, Protocol::Gemini) => GEMINI_ENDPOINT.to_owned(),
        (None, Protocol::OpenRouter) => OPENROUTER_ENDPOINT.to_owned(),
        (None, Protocol::OpenAi) => {
            return refuse(
                format!("The provider `{name}` has no endpoint."),
                "Set `endpoint`, for example \"http://localhost:8080/v1\".",
            );
        }
    };
    let Some(host) = host_of(&given) else {
        return refuse(
            format!("The endpoint of `{name}` is no http or https address, or holds a user name."),
            "Write it like http://localhost:11434; keys go into `apiKey`.",
        );
    };
    let endpoint = protocol.root(&given);
    let is_cloud = matches!(protocol, Protocol::Gemini | Protocol::OpenRouter);
    let locality = match (is_loopback(host), options.locality) {
        // Who listens there hands everything on, so a loopback address makes it no more private.
        (true, None) if is_cloud => Locality::Cloud,
        (true, stated) => stated.unwrap_or(Locality::Device).max(Locality::Device),
        (false, None) => Locality::Cloud,
        (false, Some(stated)) if stated.is_local() => {
            return refuse(
                format!("The provider `{name}` is called local, but its address is not this machine."),
                "Use locality \"network\" for a machine you trust, or a loopback address.",
            );
        }
        (false, Some(stated)) => stated,
    };
    let headers = options.headers.unwrap_or_default().into_iter().collect();
    Ok(Provider {
        name: name.to_owned(),
        protocol: Some(protocol),
        endpoint,
        locality,
        headers,
        openrouter: options.openrouter,
        page_origin: page_origin.map(str::to_owned),
        has_key: false,
        is_key_own: false,
        needs_key: is_cloud,
        version: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(name: &str, options: ProviderOptions) -> Result<Provider, Error> {
        one(name, options, None)
    }

    fn at(endpoint: &str) -> ProviderOptions {
        ProviderOptions {
            kind: Some(ProviderKind::OpenAi),
            endpoint: Some(endpoint.to_owned()),
            ..ProviderOptions::default()
        }
    }

    #[test]
    fn only_loopback_is_this_machine_by_itself() {
        for (endpoint, locality) in [
            ("http://localhost:8080", Locality::Device),
            ("http://127.0.0.1:8080/v1", Locality::Device),
            ("http://[::1]:8080", Locality::Device),
            ("http://localhost.example.com", Locality::Cloud),
            ("http://127.0.0.1.example.com", Locality::Cloud),
            ("http://192.168.0.7:8080", Locality::Cloud),
            ("https://example.com/localhost", Locality::Cloud),
        ] {
            assert_eq!(resolved("x", at(endpoint)).unwrap().locality, locality, "{endpoint}");
        }
    }

    #[test]
    fn a_machine_elsewhere_cannot_be_called_this_machine() {
        let claimed = ProviderOptions { locality: Some(Locality::Device), ..at("http://192.168.0.7:8080") };
        assert_eq!(resolved("x", claimed).unwrap_err().code, ErrorCode::InvalidRequest);
        let named = ProviderOptions { locality: Some(Locality::Network), ..at("http://192.168.0.7:8080") };
        assert_eq!(resolved("x", named).unwrap().locality, Locality::Network);
    }

    #[test]
    fn addresses_with_a_user_name_or_another_scheme_are_refused() {
        for endpoint in
            ["http://user:key@localhost", "http://localhost@example.com", "ftp://localhost", "localhost", ""]
        {
            assert_eq!(
                resolved("x", at(endpoint)).unwrap_err().code,
                ErrorCode::InvalidRequest,
                "{endpoint}"
            );
        }
    }

    #[test]
    fn a_cloud_stays_one_behind_a_loopback_address_and_wants_a_key() {
        for (name, endpoint) in
            [("gemini", "http://localhost:8472"), ("openrouter", "http://127.0.0.1:8471/api/v1")]
        {
            let options =
                ProviderOptions { endpoint: Some(endpoint.to_owned()), ..ProviderOptions::default() };
            let provider = resolved(name, options).unwrap();
            assert_eq!((provider.locality, provider.lacks_key()), (Locality::Cloud, true));
            let usual = resolved(name, ProviderOptions::default()).unwrap();
            assert!(usual.endpoint.starts_with("https://") && usual.locality == Locality::Cloud);
        }
    }

    #[test]
    fn ollama_and_comfyui_are_looked_for_on_this_machine_unless_disabled() {
        let providers = resolve(&MeshOptions::default()).unwrap();
        assert_eq!(providers.get("ollama").unwrap().endpoint, "http://localhost:11434");
        assert_eq!(providers.get("ollama").unwrap().other_loopback_name().unwrap(), "http://127.0.0.1:11434");
        assert_eq!(providers.get("comfyui").unwrap().endpoint, "http://127.0.0.1:8188");
        let off = || ProviderOptions { disabled: Some(true), ..ProviderOptions::default() };
        let both = [("ollama".to_owned(), off()), ("comfyui".to_owned(), off())];
        let options = MeshOptions { providers: Some(both.into_iter().collect()), ..MeshOptions::default() };
        assert!(resolve(&options).unwrap().is_empty());
    }
}
