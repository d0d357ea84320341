//! Why no model can be asked, in words that lead on: what is excluded and why, who is down, what is missing.

use super::shared::Shared;
use crate::model::health::ProviderState;
use crate::model::{Error, ErrorCode, ModelKey};
use crate::route::{self, Query};
use crate::wire::Protocol;

/// Why no model can be asked, with the likeliest remedy.
pub(super) fn no_model(query: &Query, shared: &Shared) -> Error {
    if let Some(pinned) = &query.pinned
        && shared.catalogue.find(pinned).is_none()
    {
        return missing(pinned, shared);
    }
    let excluded = route::exclusions(&shared.table, query);
    let message = match excluded.len() {
        0 => "No model is known.".to_owned(),
        1 => "The only model that is known may not answer this request.".to_owned(),
        known => format!("None of {known} known models may answer this request."),
    };
    let down = shared
        .providers
        .values()
        .find(|provider| shared.is_down(&provider.name))
        .and_then(|provider| shared.health.reason(&provider.name));
    let hint = match (route::nearest_miss(&shared.table, query), down) {
        (Some(miss), _) => [&miss.model, ": ", &miss.reason.message].concat(),
        (None, Some(down)) => {
            [&down.message, " Start it, or register a model that runs in the page."].concat()
        }
        (None, None) => "Call mesh.discover(), or register a model that runs in the page.".to_owned(),
    };
    // Were there a network, somebody could be asked.
    let only_lacks_network = !query.is_online && {
        let online = Query { is_online: true, ..query.clone() };
        route::decide(&shared.table, &online).is_some()
    };
    let mut error = if only_lacks_network {
        super::fault::offline().hinted(hint)
    } else {
        Error::new(ErrorCode::NoModel, message).hinted(hint)
    };
    error.excluded = Some(excluded);
    error
}

/// Why a model that was asked for by name is not known.
fn missing(pinned: &ModelKey, shared: &Shared) -> Error {
    let name = pinned.provider();
    let mut error = match shared.providers.get(name) {
        None => Error::new(ErrorCode::NoModel, format!("There is no provider called {name}."))
            .hinted("Add it to the mesh's `providers`, or register it."),
        Some(provider) if shared.health.state(name) == ProviderState::Up => {
            let error = Error::new(
                ErrorCode::ModelMissing,
                format!("{} has no model called {}.", provider.title(), pinned.id()),
            );
            match provider.protocol {
                Some(Protocol::Ollama) => error
                    .hinted(format!("Run `ollama pull {}`, or call mesh.pull(\"{pinned}\").", pinned.id())),
                _ => error.hinted("mesh.models lists what is there."),
            }
        }
        Some(provider) if shared.is_down(name) => {
            let reason = shared.health.reason(name).map(|reason| reason.message.clone());
            let message = reason.unwrap_or_else(|| format!("{} did not answer.", provider.title()));
            Error::new(ErrorCode::Unreachable, message)
                .hinted(format!("mesh.diagnose(\"{name}\") says why and what to do."))
        }
        Some(provider) => {
            Error::new(ErrorCode::NoModel, format!("Nothing is known of {} yet.", provider.title()))
                .hinted("Call mesh.discover() first; mesh.generate() does so by itself.")
        }
    };
    error.provider = Some(name.to_owned());
    error.model = Some(pinned.to_string());
    error
}
