//! Values that servers write in more than one way, read without losing the frame around them.
//!
//! A count or a thought of an odd type is treated as absent: it is not worth an answer. Words of an odd type
//! are an error, since they would be missing from the answer without a trace. `null` is as good as absent.

use serde_json::{Map, Value};

use super::WireError;

/// The fields of an object.
pub(super) type Fields = Map<String, Value>;

/// Takes a field out, unless it is absent.
pub(super) fn take(fields: &mut Fields, name: &str) -> Option<Value> {
    fields.remove(name).filter(|value| !value.is_null())
}

/// Whether a field is there.
pub(super) fn has(fields: &Fields, name: &str) -> bool {
    fields.get(name).is_some_and(|value| !value.is_null())
}

/// A number of tokens or bytes: whole, never negative; absent where it is anything else.
pub(super) fn count(value: Option<&Value>) -> Option<u64> {
    let number = value?;
    number.as_u64().or_else(|| {
        let number = number.as_f64()?;
        ((0.0..9e15).contains(&number) && number.fract() == 0.0).then_some(number as u64)
    })
}

/// Words, or nothing: a string, or pieces of which those with a `text` count.
pub(super) fn words(value: Option<Value>) -> Result<String, WireError> {
    let pieces = match value {
        None => return Ok(String::new()),
        Some(Value::String(words)) => return Ok(words),
        Some(Value::Array(pieces)) => pieces,
        Some(_) => return Err(WireError::misfit()),
    };
    let mut words = String::new();
    for piece in pieces {
        let Value::Object(mut piece) = piece else { return Err(WireError::misfit()) };
        words.push_str(&text(take(&mut piece, "text"))?.unwrap_or_default());
    }
    Ok(words)
}

/// A string that may be absent.
pub(super) fn text(value: Option<Value>) -> Result<Option<String>, WireError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(WireError::misfit()),
    }
}

/// A list that may be absent.
pub(super) fn list(value: Option<Value>) -> Result<Vec<Value>, WireError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(WireError::misfit()),
    }
}

/// An object that may be absent.
pub(super) fn object(value: Option<Value>) -> Result<Option<Fields>, WireError> {
    match value {
        None => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(WireError::misfit()),
    }
}
