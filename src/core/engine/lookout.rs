//! Who is there: the engine's part that looks at providers, on behalf of whoever needs to know.

use super::discovery::{Found, Probe};
use super::provider::{self, Provider};
use super::{Engine, Machine, Settlement, TransportFailure, fault};
use crate::base::id::RequestId;
use crate::base::order;
use crate::base::time::Now;
use crate::model::report::{DiscoveryReport, ProviderDiscovery};
use crate::model::request::DiscoverRequest;
use crate::model::{Error, ErrorCode, Locality, ModelKey};
use crate::route::Query;

impl Engine {
    /// Starts looking at the providers that this request may use and nobody looked at yet; at all of them where no
    /// model is known that answers, or not the one that is asked for, since the user may have started a server or
    /// fetched a model meanwhile. Returns those to wait for.
    pub(super) fn look_at_unknown(&mut self, query: &Query, now: Now) -> Vec<String> {
        let answers = |key: &ModelKey| !self.shared.is_down(key.provider());
        let is_served = match &query.pinned {
            Some(pinned) => self.shared.catalogue.find(pinned).is_some() && answers(pinned),
            None => self.shared.is_served(query),
        };
        let mut waits_for = Vec::new();
        let names: Vec<String> = self.shared.providers.keys().cloned().collect();
        for name in names {
            let Some(provider) = self.shared.providers.get(&name) else { continue };
            let is_other = query.pinned.as_ref().is_some_and(|pinned| pinned.provider() != name);
            let is_cut_off = provider.locality == Locality::Cloud && !query.is_online;
            let is_of_no_use = !provider.can_make(query.modality);
            if is_other || is_cut_off || is_of_no_use || provider.lacks_key() {
                continue;
            }
            if !is_served || !self.shared.looked_at.contains(&name) {
                self.probe(&name, now);
            }
            let is_unknown = !is_served || !self.shared.catalogue.knows(&name);
            if is_unknown && self.probes.contains_key(&name) {
                waits_for.push(name);
            }
        }
        waits_for
    }

    /// Looks at a provider, unless that is being done.
    pub(super) fn probe(&mut self, name: &str, now: Now) {
        if self.probes.contains_key(name) {
            return;
        }
        let Some(provider) = self.shared.providers.get(name).cloned() else { return };
        self.shared.look_again(name);
        self.shared.looked_at.push(name.to_owned());
        let probe = Probe::start(&provider, &mut self.shared, now);
        self.probes.insert(name.to_owned(), probe);
    }

    /// Looks at the providers that are set up and, if that was asked for, at the usual ports of this machine.
    pub(super) fn discover(&mut self, id: RequestId, request: DiscoverRequest, now: Now) {
        let mut names: Vec<String> = match request.providers {
            None => self.shared.providers.keys().cloned().collect(),
            Some(named) => {
                if let Some(unknown) = named.iter().find(|name| !self.shared.providers.contains_key(*name)) {
                    let message = format!("There is no provider called {unknown}.");
                    return self.settle(id, Err(Error::new(ErrorCode::InvalidRequest, message)));
                }
                named
            }
        };
        if request.scan == Some(true) {
            for provider in provider::on_usual_ports(&self.shared.providers) {
                names.push(provider.name.clone());
                self.shared.on_trial.push(provider.name.clone());
                self.shared.providers.insert(provider.name.clone(), provider);
            }
        }
        let mut report = DiscoveryReport::default();
        // Who answers nobody without a key is not asked without one.
        names.retain(|name| {
            let Some(provider) = self.shared.providers.get(name).filter(|provider| provider.lacks_key())
            else {
                return true;
            };
            let error = fault::of_transport(TransportFailure::NoKey, provider);
            report.providers.push(ProviderDiscovery {
                provider: name.clone(),
                ok: false,
                models: 0,
                error: Some(error),
            });
            false
        });
        for name in &names {
            // Whoever asks may know that the account is in order again.
            self.shared.forgive(name);
            self.probe(name, now);
        }
        let waits_for = names;
        if waits_for.is_empty() {
            return self.settle(id, Ok(Settlement::Discovery(report)));
        }
        self.run(id, Machine::Discovery { waits_for, report });
    }

    pub(super) fn register(&mut self, id: RequestId, provider: Provider, now: Now) {
        let name = &provider.name.clone();
        let is_taken = self.shared.providers.get(name).is_some_and(|provider| !provider.is_custom());
        if name.is_empty() || name.contains('/') || is_taken {
            let message = "A custom provider's name is empty, holds a slash, or belongs to another provider.";
            return self.settle(id, Err(Error::new(ErrorCode::InvalidRequest, message)));
        }
        self.forget(name, now);
        // What is known of an earlier provider of this name may be nearer than this one.
        self.shared.catalogue.forget(name);
        self.shared.providers.insert(name.clone(), provider);
        self.shared.models_changed(name);
        self.probe(name, now);
        self.run(id, Machine::Registration { provider: name.to_owned() });
    }

    pub(super) fn unregister(&mut self, id: RequestId, name: &str, now: Now) {
        let is_custom = self.shared.providers.get(name).is_some_and(Provider::is_custom);
        if is_custom {
            self.forget(name, now);
            self.shared.providers.remove(name);
            self.shared.forget_provider(name);
        }
        self.settle(id, Ok(Settlement::Registered));
    }

    /// Stops looking at a provider; who waited for that hears that it left.
    pub(super) fn forget(&mut self, name: &str, now: Now) {
        self.shared.look_again(name);
        if let Some(mut probe) = self.probes.remove(name) {
            let found = probe.abandon(&mut self.shared);
            self.found(&found, now);
        }
    }

    /// A probe is over: everyone who waited for it goes on.
    pub(super) fn found(&mut self, found: &Found, now: Now) {
        self.probes.remove(&found.provider);
        let is_nobody = self.dismiss(found);
        let ids: Vec<RequestId> = self.machines.keys().cloned().collect();
        for id in ids {
            let outcome = match self.machines.get_mut(&id) {
                Some(Machine::Generation(generation)) => {
                    generation.probed(&found.provider, &mut self.shared, now)
                }
                Some(Machine::Embedding(embedding)) => {
                    embedding.probed(&found.provider, &mut self.shared, now)
                }
                Some(Machine::Picture(job)) => job.probed(&found.provider, &mut self.shared, now),
                Some(Machine::Registration { provider }) if *provider == found.provider => {
                    Some(found.outcome.clone().map(|_| Settlement::Registered))
                }
                Some(Machine::Discovery { waits_for, report }) if waits_for.contains(&found.provider) => {
                    waits_for.retain(|name| *name != found.provider);
                    report.added += found.difference.added;
                    report.removed += found.difference.removed;
                    if !is_nobody {
                        report.providers.push(ProviderDiscovery {
                            provider: found.provider.clone(),
                            ok: found.outcome.is_ok(),
                            models: found.outcome.as_ref().copied().unwrap_or(0),
                            error: found.outcome.as_ref().err().cloned(),
                        });
                    }
                    order::sort_by(&mut report.providers, |one, other| one.provider.cmp(&other.provider));
                    waits_for.is_empty().then(|| Ok(Settlement::Discovery(core::mem::take(report))))
                }
                _ => None,
            };
            if let Some(outcome) = outcome {
                self.end(id, outcome, now);
            }
        }
    }

    /// A port at which somebody was looked for is forgotten again where nobody answers as a server of models does.
    fn dismiss(&mut self, found: &Found) -> bool {
        let Some(place) = self.shared.on_trial.iter().position(|name| *name == found.provider) else {
            return false;
        };
        self.shared.on_trial.remove(place);
        if found.outcome.is_err() {
            self.shared.providers.remove(&found.provider);
            self.shared.forget_provider(&found.provider);
        }
        found.outcome.is_err()
    }
}
