//! Whose line it is, and what it says.

use hkm_mesh_core::base::id::RequestId;
use hkm_mesh_core::engine::Transport;
use hkm_mesh_core::model::Event;

pub(super) fn id_of(number: usize) -> RequestId {
    RequestId::new(format!("g{number}"))
}

pub(super) fn number_of(id: &RequestId) -> Option<usize> {
    id.as_str().strip_prefix('g')?.parse().ok()
}

/// Whose line it is in the transcript.
pub(super) fn of(request: Option<usize>) -> String {
    request.map_or_else(String::new, |number| format!("{number}: "))
}

/// The number of the request that a body belongs to.
pub(super) fn tag(body: &str) -> Option<usize> {
    let (_, after) = body.split_once('#')?;
    let (number, _) = after.split_once('#')?;
    number.parse().ok()
}

pub(super) fn brief(said: &Transport) -> String {
    match said {
        Transport::Head(head) => format!("head {}", head.status),
        Transport::Chunk(bytes) => format!("says {:?}", String::from_utf8_lossy(bytes)),
        Transport::End => "ends".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(super) fn heard(event: &Event) -> String {
    match event {
        Event::Route { decision } => format!("route {}", decision.chain.join(" > ")),
        Event::Attempt { model, attempt } => format!("attempt {attempt} {model}"),
        Event::TextDelta { text } => format!("text {text:?}"),
        Event::Fallback { from, to, reason } => format!("fallback {from} > {to} ({})", reason.code),
        Event::Restart { reason } => format!("restart ({})", reason.code),
        Event::Finish { receipt } => format!("finish {}", receipt.model),
        Event::Warning { reason } => format!("warning {}", reason.code),
        other => format!("{other:?}"),
    }
}
