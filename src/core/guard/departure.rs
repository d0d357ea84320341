//! Holds every request against the caller's policy and every key against its owner's address.
//!
//! It reads the address itself and believes no label: a router, a catalogue or a stored record that calls a distant
//! server local changes nothing here.

use crate::base::address::{host_of, is_loopback, origin_of};
use crate::model::Locality;
use crate::model::http::{FetchMode, HttpRequest};

/// A server that the page's developer named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    provider: String,
    /// Empty for a provider written in JavaScript.
    origin: String,
    locality: Locality,
}

/// The servers that the page's developer named, and where they said those are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departures {
    named: Vec<Named>,
}

impl Departures {
    /// A server at `endpoint` was named. Only a loopback address can be this machine.
    pub fn name(&mut self, provider: &str, endpoint: &str, stated: Locality) {
        let origin = origin_of(endpoint).unwrap_or_default().to_owned();
        let nearest =
            if host_of(endpoint).is_some_and(is_loopback) { Locality::Device } else { Locality::Network };
        self.put(provider, origin, stated.max(nearest));
    }

    /// A provider written in JavaScript came, and runs there.
    pub fn register(&mut self, provider: &str, locality: Locality) {
        self.put(provider, String::new(), locality);
    }

    fn put(&mut self, provider: &str, origin: String, locality: Locality) {
        self.named.retain(|named| named.provider != provider);
        self.named.push(Named { provider: provider.to_owned(), origin, locality });
    }

    /// Whether this request may leave: what it says goes no farther than it may, and its key only to the server that it
    /// was given for.
    pub fn permits(&self, request: &HttpRequest) -> bool {
        let says_something = request.body.is_some() || request.mode == FetchMode::Cors;
        let goes_too_far = says_something && self.distance(request) > request.farthest;
        let brings_a_key_elsewhere = request.credential.as_ref().is_some_and(|credential| {
            let owner = credential.owner.as_str();
            !self.named.iter().any(|named| named.provider == owner && is_same(&named.origin, &request.url))
        });
        !goes_too_far && !brings_a_key_elsewhere
    }

    /// Whether a provider written in JavaScript may be told what may go so far.
    pub fn permits_call(&self, provider: &str, farthest: Locality) -> bool {
        let known = self.named.iter().find(|named| named.provider == provider && named.origin.is_empty());
        known.map_or(Locality::Cloud, |named| named.locality) <= farthest
    }

    fn distance(&self, request: &HttpRequest) -> Locality {
        if request.is_handed_on {
            return Locality::Cloud;
        }
        // Two providers at one address: the farther one counts.
        let stated = self.named.iter().filter(|named| is_same(&named.origin, &request.url));
        let stated = stated.map(|named| named.locality).max();
        let is_here = host_of(&request.url).is_some_and(is_loopback);
        match (is_here, stated) {
            (true, stated) => stated.unwrap_or(Locality::Device),
            (false, stated) => stated.unwrap_or(Locality::Cloud),
        }
    }
}

/// Whether an address lies at this origin. The names of this machine are one.
fn is_same(origin: &str, address: &str) -> bool {
    if origin.is_empty() {
        return false;
    }
    let Some(other) = origin_of(address) else { return false };
    let port = |origin: &str| origin.rsplit_once(':').map(|(_, port)| port.to_owned());
    let both_here = [origin, other].iter().all(|address| host_of(address).is_some_and(is_loopback));
    origin.eq_ignore_ascii_case(other) || (both_here && port(origin) == port(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::http::Credential;

    fn departures() -> Departures {
        let mut departures = Departures::default();
        departures.name("ollama", "http://localhost:11434", Locality::Device);
        departures.name("lan", "http://192.168.0.7:8080/v1", Locality::Network);
        departures.name("liar", "http://192.168.0.8:8080/v1", Locality::Page);
        departures.name("proxy", "http://localhost:4000/v1", Locality::Cloud);
        departures.name("openrouter", "https://openrouter.ai/api/v1", Locality::Cloud);
        departures.register("page", Locality::Page);
        departures
    }

    fn says(url: &str, farthest: Locality) -> HttpRequest {
        HttpRequest { farthest, ..HttpRequest::post_json(url, b"{}".to_vec()) }
    }

    #[test]
    fn nothing_goes_farther_than_it_may_whoever_sends_it() {
        let departures = departures();
        for (url, farthest, may) in [
            ("http://localhost:11434/api/chat", Locality::Device, true),
            ("http://127.0.0.1:11434/api/chat", Locality::Device, true),
            ("http://localhost:11434/api/chat", Locality::Page, false),
            ("http://localhost:4000/v1/chat", Locality::Device, false),
            ("http://127.0.0.1:4000/v1/chat", Locality::Network, false),
            ("http://192.168.0.7:8080/v1/chat", Locality::Device, false),
            ("http://192.168.0.7:8080/v1/chat", Locality::Network, true),
            ("http://192.168.0.8:8080/v1/chat", Locality::Device, false),
            ("http://192.168.0.9:8080/v1/chat", Locality::Network, false),
            ("http://localhost@evil.example/", Locality::Network, false),
            ("http://localhost.evil.example/", Locality::Network, false),
            ("https://openrouter.ai/api/v1/chat", Locality::Network, false),
            ("https://openrouter.ai/api/v1/chat", Locality::Cloud, true),
        ] {
            assert_eq!(departures.permits(&says(url, farthest)), may, "{url} {farthest:?}");
        }
    }

    #[test]
    fn what_a_local_server_hands_on_counts_as_the_cloud() {
        let handed_on =
            HttpRequest { is_handed_on: true, ..says("http://localhost:11434/api/chat", Locality::Network) };
        assert!(!departures().permits(&handed_on));
    }

    #[test]
    fn a_key_goes_only_to_its_owner() {
        let with_key = |url: &str, owner: &str| {
            let credential = Credential::new(owner, "Authorization", "Bearer ");
            HttpRequest { credential: Some(credential), ..HttpRequest::get(url) }
        };
        let departures = departures();
        assert!(departures.permits(&with_key("https://openrouter.ai/api/v1/models", "openrouter")));
        for (url, owner) in [
            ("https://openrouter.ai.evil.example/api/v1/models", "openrouter"),
            ("http://openrouter.ai/api/v1/models", "openrouter"),
            ("http://localhost:11434/api/tags", "openrouter"),
            ("https://openrouter.ai/api/v1/models", "ollama"),
            ("https://openrouter.ai/api/v1/models", "nobody"),
        ] {
            assert!(!departures.permits(&with_key(url, owner)), "{url} {owner}");
        }
    }

    #[test]
    fn a_provider_in_javascript_is_as_far_as_it_registered() {
        let departures = departures();
        assert!(departures.permits_call("page", Locality::Page));
        assert!(departures.permits_call("unknown", Locality::Cloud));
        assert!(!departures.permits_call("unknown", Locality::Network));
        assert!(!departures.permits_call("ollama", Locality::Network));
    }
}
