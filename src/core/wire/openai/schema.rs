//! A JSON Schema, as a request for an answer of that form may hold it.
//!
//! In the strict form an answer fits by force, but it wants every object closed and every property required. Closing an
//! object that says nothing about it only makes the schema narrower, so that what comes still fits. A property that may
//! be absent is left so: if it were required, the model would invent it. A schema that cannot be strict goes as it is,
//! without the force, and its answer is checked like any other.

use serde_json::{Value, json};

/// A name is wanted, of 64 letters at most, and means nothing.
const NAME: &str = "answer";

/// Words that the strict form does not know.
const LOOSE: [&str; 14] = [
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "prefixItems",
    "contains",
    "uniqueItems",
];

pub(super) fn response_format(schema: &Value) -> Value {
    let mut closed = schema.clone();
    let is_strict = schema.get("properties").is_some() && close(&mut closed);
    let schema = if is_strict { &closed } else { schema };
    json!({ "type": "json_schema", "json_schema": { "name": NAME, "strict": is_strict, "schema": schema } })
}

/// Closes each object that does not say whether there may be more than its properties. `false` where the whole cannot
/// be strict.
fn close(schema: &mut Value) -> bool {
    let Value::Object(fields) = schema else { return false };
    if LOOSE.iter().any(|name| fields.contains_key(*name)) {
        return false;
    }
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        let required = fields.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_required = |name: &String| required.iter().any(|required| required.as_str() == Some(name));
        let is_open = match fields.get("additionalProperties") {
            None | Some(Value::Bool(false)) => false,
            Some(_) => true,
        };
        let is_combined = fields.contains_key("anyOf") || fields.contains_key("$ref");
        if is_open || is_combined || !properties.keys().all(is_required) {
            return false;
        }
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    } else if fields.get("type").and_then(Value::as_str) == Some("object") {
        return false;
    }
    fields.iter_mut().all(|(name, inner)| match (name.as_str(), inner) {
        ("items", inner) => close(inner),
        ("anyOf", Value::Array(inner)) => inner.iter_mut().all(close),
        ("properties" | "$defs" | "definitions", Value::Object(inner)) => inner.values_mut().all(close),
        _ => true,
    })
}
