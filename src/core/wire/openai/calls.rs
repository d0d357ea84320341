//! Tool calls, put together from the pieces in which they are streamed.
//!
//! Pieces belong together by `index`, and by `id` where a server gives every call the same index or none. A
//! call without an id gets one that follows from its place (`call_1`, `call_2` …).

use serde_json::Value;

use crate::model::ErrorCode;
use crate::wire::tolerant::{count, object, take, text};
use crate::wire::{CALL_LIMIT, LINE_LIMIT, WireError, WireEvent};

/// A piece of a call, or a whole one.
#[derive(Debug)]
pub(super) struct CallPiece {
    pub(super) index: Option<u64>,
    id: Option<String>,
    name: String,
    /// A piece of JSON text.
    arguments: String,
    /// Some servers send the input itself instead of its text.
    is_whole: bool,
}

impl CallPiece {
    pub(super) fn read(piece: Value) -> Result<Self, WireError> {
        let mut piece = object(Some(piece))?.unwrap_or_default();
        let mut function = object(take(&mut piece, "function"))?.unwrap_or_default();
        let (arguments, is_whole) = match take(&mut function, "arguments") {
            None => (String::new(), false),
            Some(Value::String(text)) => (text, false),
            Some(value) => (value.to_string(), true),
        };
        Ok(Self {
            index: count(piece.get("index")),
            id: text(take(&mut piece, "id"))?.filter(|id| !id.is_empty()),
            name: text(take(&mut function, "name"))?.unwrap_or_default(),
            arguments,
            is_whole,
        })
    }
}

/// The calls of one answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// Those that were not told whole yet.
    pending: Vec<Call>,
    /// How many there are, told ones included.
    count: usize,
    /// Bytes that all of them took.
    held: usize,
}

#[derive(Clone, Debug, Default)]
struct Call {
    index: Option<u64>,
    /// As the server sent it.
    server_id: Option<String>,
    /// As it is passed on.
    id: String,
    name: String,
    arguments: String,
    /// Its input came as one object, so nothing can follow.
    is_whole: bool,
    /// How much of `arguments` has been passed on.
    told: usize,
}

impl Calls {
    /// Whether the answer holds none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a piece and passes its part of the input on.
    pub(super) fn join(&mut self, piece: CallPiece, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let CallPiece { index, id, name, arguments, is_whole } = piece;
        self.held += name.len() + arguments.len() + id.as_ref().map_or(0, String::len);
        let place = self.pending.iter().rposition(|call| call.goes_on(index, id.as_deref(), &name));
        if self.held > LINE_LIMIT || (place.is_none() && self.count >= CALL_LIMIT) {
            return Err(WireError::too_many_calls());
        }
        if place.is_none() {
            self.begin(index, id.clone());
        }
        let place = place.unwrap_or(self.pending.len().saturating_sub(1));
        let Some(call) = self.pending.get_mut(place) else { return Ok(()) };
        call.server_id = call.server_id.take().or(id);
        call.is_whole |= is_whole;
        if call.name.is_empty() {
            call.name = name;
        }
        call.arguments.push_str(&arguments);
        if let Some(delta) = call.arguments.get(call.told..).filter(|delta| !delta.is_empty()) {
            // A name that is still to come holds the pieces back.
            if !call.name.is_empty() {
                let (id, name, delta) = (call.id.clone(), call.name.clone(), delta.to_owned());
                events.push(WireEvent::ToolCallDelta { id, name, delta });
                call.told = call.arguments.len();
            }
        }
        Ok(())
    }

    fn begin(&mut self, index: Option<u64>, id: Option<String>) {
        self.count += 1;
        let mut number = self.count;
        let id = id.unwrap_or_else(|| {
            loop {
                let made = format!("call_{number}");
                if self.pending.iter().all(|call| call.id != made) {
                    break made;
                }
                number += 1;
            }
        });
        self.pending.push(Call { index, id, ..Call::default() });
    }

    /// Passes all pending calls on, whole; none if the input of any does not make sense.
    pub(super) fn tell(&mut self, events: &mut Vec<WireEvent>) -> Result<(), WireError> {
        let whole = self.pending.iter().map(Call::whole).collect::<Result<Vec<_>, _>>()?;
        self.pending.clear();
        events.extend(whole);
        Ok(())
    }
}

impl Call {
    /// Whether a piece with these marks is a part of this call, the last of those it may be a part of.
    fn goes_on(&self, index: Option<u64>, id: Option<&str>, name: &str) -> bool {
        match (index, id) {
            (Some(_), None) => self.index == index,
            (Some(_), Some(_)) => {
                self.index == index && (self.server_id.is_none() || self.server_id.as_deref() == id)
            }
            (None, Some(_)) => self.server_id.as_deref() == id,
            (None, None) => !self.is_whole && (name.is_empty() || self.name.is_empty() || self.name == name),
        }
    }

    fn whole(&self) -> Result<WireEvent, WireError> {
        if self.name.is_empty() {
            return Err(WireError::new(
                ErrorCode::Protocol,
                "The server sent a tool call that names no tool.",
            ));
        }
        // No arguments at all is how a call without input is written.
        let arguments = if self.arguments.trim().is_empty() { "{}" } else { &self.arguments };
        let input = serde_json::from_str(arguments).map_err(|_| {
            let name: String = self.name.chars().take(80).collect();
            let message = format!("The input that the model wrote for the tool `{name}` is not valid JSON.");
            WireError::new(ErrorCode::BadOutput, message)
        })?;
        Ok(WireEvent::ToolCall { id: self.id.clone(), name: self.name.clone(), input, opaque: None })
    }
}
