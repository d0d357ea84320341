//! The server that is examined: its address, and the others at which it could be instead.

use crate::base::address::{host_of, is_loopback, origin_of};
use crate::engine::provider::{Provider, usual_ports};
use crate::engine::shared::Shared;
use crate::model::http::HttpRequest;
use crate::model::{Error, ErrorCode, Locality};
use crate::wire::Protocol;

/// A server, as the doctor sees it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) endpoint: String,
    pub(super) protocol: Protocol,
    pub(super) is_cloud: bool,
    pub(super) has_key: bool,
    pub(super) lacks_key: bool,
    pub(super) page_origin: Option<String>,
    /// The model that went wrong last, by its server's name for it.
    pub(super) model: Option<String>,
    provider: Provider,
}

/// How near an address is, by its host alone: what browsers go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// This machine.
    Loopback,
    /// A private address, or a name that only a local network knows.
    Private,
    /// Any other name: where it leads to is not known here.
    Named,
}

impl Nearness {
    /// Of a host.
    pub(super) fn of(host: &str) -> Self {
        let ends = |end: &str| {
            let start = host.len().checked_sub(end.len());
            start.and_then(|start| host.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
        };
        if is_loopback(host) {
            return Self::Loopback;
        }
        let is_private = match host.parse::<core::net::IpAddr>() {
            Ok(core::net::IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
            Ok(core::net::IpAddr::V6(address)) => {
                address.is_unique_local() || address.is_unicast_link_local()
            }
            Err(_) => ends(".local"),
        };
        if is_private { Self::Private } else { Self::Named }
    }
}

impl Place {
    /// A provider that is set up.
    pub(super) fn of(name: &str, shared: &Shared) -> Result<Self, Error> {
        let page_origin = shared.page_origin.clone();
        let Some(provider) = shared.providers.get(name).cloned() else {
            let message = ["There is no provider called ", name, "."].concat();
            return Err(Error::new(ErrorCode::InvalidRequest, message)
                .hinted("Name one from the mesh's options, or \"ollama\"."));
        };
        let Some(protocol) = provider.protocol else {
            let message = [name, " runs in this page: there is no server to examine."].concat();
            return Err(Error::new(ErrorCode::Unsupported, message));
        };
        Ok(Self {
            name: provider.name.clone(),
            title: provider.title(),
            endpoint: provider.endpoint.clone(),
            protocol,
            is_cloud: matches!(protocol, Protocol::Gemini | Protocol::OpenRouter),
            has_key: provider.has_key,
            lacks_key: provider.lacks_key(),
            page_origin,
            model: shared.complaint(name).map(|(_, model)| model.to_owned()),
            provider,
        })
    }

    /// The kind of provider, in the options' words.
    pub(super) const fn kind(&self) -> &'static str {
        match self.protocol {
            Protocol::Ollama => "ollama",
            Protocol::OpenAi => "openai",
            Protocol::OpenRouter => "openrouter",
            Protocol::Gemini => "gemini",
            Protocol::ComfyUi => "comfyui",
        }
    }

    pub(super) fn is_ollama(&self) -> bool {
        self.protocol == Protocol::Ollama
    }

    /// How near the server is.
    pub(super) fn nearness(&self) -> Nearness {
        Nearness::of(host_of(&self.endpoint).unwrap_or_default())
    }

    /// How near the page is that asks.
    pub(super) fn page_nearness(&self) -> Option<Nearness> {
        self.page_origin.as_deref().and_then(host_of).map(Nearness::of)
    }

    pub(super) fn is_secure(&self) -> bool {
        self.endpoint.starts_with("https:")
    }

    /// Its origin, as a content policy names it.
    pub(super) fn origin(&self) -> &str {
        origin_of(&self.endpoint).unwrap_or_default()
    }

    /// The cheapest request that shows that the server is well, as the mesh would send it.
    pub(super) fn request(&self) -> HttpRequest {
        let credential = self.provider.credential();
        let server = self.provider.server(credential.as_ref());
        // OpenRouter lists its models to everyone, so the list would say nothing of the key.
        if self.is_cloud { self.protocol.key(&server) } else { self.protocol.models(&server, None) }
    }

    /// What to ask a server next that lists its models well; nothing for who wanted the key for that already.
    pub(super) fn proof(&self) -> Option<HttpRequest> {
        match self.protocol {
            Protocol::Ollama => Some(HttpRequest::get([self.endpoint.as_str(), "/api/version"].concat())),
            Protocol::OpenAi => {
                let usual = self.request();
                let url = [self.endpoint.as_str(), "/chat/completions"].concat();
                let mut proof = HttpRequest::post_json(url, b"{}".to_vec());
                proof.headers.extend(usual.headers);
                proof.credential = usual.credential;
                Some(proof)
            }
            Protocol::OpenRouter | Protocol::Gemini | Protocol::ComfyUi => None,
        }
    }

    /// The same without a key or headers, at another address of the same kind.
    pub(super) fn plain_request(&self, address: &str) -> HttpRequest {
        let elsewhere =
            Provider { endpoint: address.to_owned(), headers: Vec::new(), ..self.provider.clone() };
        HttpRequest { headers: Vec::new(), ..self.protocol.models(&elsewhere.server(None), None) }
    }

    /// The other name of this machine. `localhost` may lead to `::1` while the server listens on `127.0.0.1` only, or the
    /// other way round. (`[::1]` itself is not tried: content policies cannot name it, and `localhost` leads there.)
    pub(super) fn other_name(&self) -> Option<String> {
        let host = host_of(&self.endpoint).filter(|host| is_loopback(host))?;
        let other = if host.eq_ignore_ascii_case("localhost") || host.contains(':') {
            "127.0.0.1"
        } else {
            "localhost"
        };
        let bare = if host.contains(':') { ["[", host, "]"].concat() } else { host.to_owned() };
        let (before, after) = self.endpoint.split_once(bare.as_str())?;
        Some([before, other, after].concat())
    }

    /// `https` for `http`, or the other way round.
    pub(super) fn other_scheme(&self) -> Option<String> {
        if self.is_cloud {
            return None;
        }
        match self.endpoint.strip_prefix("https:") {
            Some(rest) => Some(["http:", rest].concat()),
            None => self.endpoint.strip_prefix("http:").map(|rest| ["https:", rest].concat()),
        }
    }

    /// The same machine at the other usual ports of such servers; only this machine's ports are tried.
    pub(super) fn other_ports(&self) -> Vec<String> {
        let is_here = self.provider.locality == Locality::Device;
        if self.nearness() != Nearness::Loopback || !is_here {
            return Vec::new();
        }
        let ports: Vec<u16> = match self.protocol {
            Protocol::OpenAi => usual_ports().chain([11434]).collect(),
            Protocol::Ollama => vec![11434],
            // The second is that of older versions of its desktop app.
            Protocol::ComfyUi => vec![8188, 8000],
            _ => Vec::new(),
        };
        let path = self.endpoint.get(self.origin().len()..).unwrap_or_default();
        let own = self.origin().rsplit(':').next().and_then(|port| port.parse().ok());
        let others = ports.into_iter().filter(|port| Some(*port) != own);
        others.map(|port| ["http://127.0.0.1:", &port.to_string(), path].concat()).collect()
    }
}

/// Whether Ollama lets pages of this host in, whatever else it was told.
pub(super) fn is_admitted_by_ollama(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0")
}

/// What to do where a server did not answer, before anybody looked closer.
pub(in crate::engine) fn hint(provider: &Provider) -> String {
    let origin = provider.page_origin.as_deref();
    let (start, setting) = match provider.protocol {
        Some(Protocol::Ollama) => ("Start Ollama", "OLLAMA_ORIGINS="),
        Some(Protocol::Gemini | Protocol::OpenRouter) => ("Look at the network", ""),
        Some(Protocol::ComfyUi) => ("Start ComfyUI", "--enable-cors-header "),
        _ => ("Start the server", ""),
    };
    let lets_in: &[&str] = match (setting, origin) {
        ("", _) => &[],
        (_, Some(origin)) if host_of(origin).is_some_and(is_admitted_by_ollama) => &[],
        (setting, Some(origin)) => &[", or let this page in with ", setting, origin],
        (_, None) => &[", or let this page in"],
    };
    [start, &lets_in.concat(), ". Calling mesh.diagnose(\"", &provider.name, "\") says what is wrong."]
        .concat()
}
