//! Vectors, as embedding models write them.

use serde_json::Value;

use super::WireError;
use crate::model::ErrorCode;

/// From a list of numbers.
pub(super) fn from_numbers(numbers: &[Value]) -> Option<Vec<f32>> {
    numbers
        .iter()
        .map(|number| number.as_f64().map(|number| number as f32).filter(|x| x.is_finite()))
        .collect()
}

/// From Base64 of little-endian numbers of 32 bits.
pub(super) fn from_base64(text: &str) -> Option<Vec<f32>> {
    let mut vector = Vec::with_capacity(text.len() / 16 * 3);
    let mut number = 0_u32;
    let mut bytes = 0_u32;
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits < 8 {
            continue;
        }
        bits -= 8;
        number |= ((held >> bits) & 0xFF) << (8 * (bytes % 4));
        bytes += 1;
        if bytes.is_multiple_of(4) {
            vector.push(f32::from_bits(core::mem::take(&mut number)));
        }
    }
    (bytes.is_multiple_of(4) && vector.iter().all(|number| number.is_finite())).then_some(vector)
}

/// One vector for each text, all of one length; anything else cannot be compared.
pub(super) fn whole(vectors: Vec<Vec<f32>>, expected: usize) -> Result<Vec<Vec<f32>>, WireError> {
    let length = vectors.first().map_or(0, Vec::len);
    let are_whole = vectors.iter().all(|vector| !vector.is_empty() && vector.len() == length);
    if are_whole && vectors.len() == expected {
        return Ok(vectors);
    }
    Err(WireError::new(ErrorCode::Protocol, "The server did not send one vector for each text."))
}
