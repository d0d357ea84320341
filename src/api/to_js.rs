//! The only place where Rust data becomes JavaScript objects: plain objects, arrays and `null`, never an ES `Map`.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::rounded::Rounded;

/// A plain object with the value's own names.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    // With integers rounded nothing is left that the serializer refuses.
    Rounded(value).serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
