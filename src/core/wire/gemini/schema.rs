//! The JSON Schema of an answer, in the part of JSON Schema that the API knows.
//!
//! What it does not know is left out, which makes the schema wider, never narrower; the mesh checks the answer against
//! the whole one. `const` becomes an `enum` of one. Beside a `$ref` nothing else may stand.

use serde_json::{Map, Value};

/// How deep a schema is looked at.
const DEPTH_LIMIT: u32 = 64;

/// The words that the API documents for `responseJsonSchema`.
const KNOWN: [&str; 20] = [
    "$id",
    "$ref",
    "$anchor",
    "$defs",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
];

/// The schema as it is sent.
pub(super) fn fitted(schema: &Value) -> Value {
    fit(schema, 0)
}

fn fit(schema: &Value, depth: u32) -> Value {
    let Value::Object(words) = schema else { return schema.clone() };
    if depth > DEPTH_LIMIT {
        return Value::Object(Map::new());
    }
    let is_reference = words.contains_key("$ref");
    let mut fitted = Map::new();
    for (word, value) in words {
        // Older schemas keep their parts elsewhere.
        let word = if word == "definitions" && !words.contains_key("$defs") { "$defs" } else { word };
        if !KNOWN.contains(&word) || is_reference && !word.starts_with('$') {
            continue;
        }
        if let Some(value) = fit_word(word, value, depth) {
            fitted.insert(word.to_owned(), value);
        }
    }
    if let Some(only) = words.get("const").filter(|_| !is_reference) {
        narrow(only, &mut fitted);
    }
    Value::Object(fitted)
}

fn fit_word(word: &str, value: &Value, depth: u32) -> Option<Value> {
    match (word, value) {
        ("properties" | "$defs", Value::Object(parts)) => {
            let mut fitted = Map::new();
            for (name, part) in parts {
                fitted.insert(name.clone(), fit(part, depth + 1));
            }
            Some(Value::Object(fitted))
        }
        ("anyOf" | "oneOf" | "prefixItems", Value::Array(parts)) => {
            Some(Value::Array(parts.iter().map(|part| fit(part, depth + 1)).collect()))
        }
        ("items" | "additionalProperties", part) => Some(fit(part, depth + 1)),
        // Only strings and numbers may be listed.
        ("enum", Value::Array(choices)) => choices.iter().all(is_listable).then(|| value.clone()),
        ("$ref", Value::String(target)) => {
            Some(Value::from(target.replacen("#/definitions/", "#/$defs/", 1)))
        }
        (_, value) => Some(value.clone()),
    }
}

fn is_listable(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// What `const` asks for, as far as it can be said.
fn narrow(only: &Value, fitted: &mut Map<String, Value>) {
    if is_listable(only) {
        fitted.insert("enum".to_owned(), Value::Array(vec![only.clone()]));
    }
    let kind = match only {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !fitted.contains_key("type") {
        fitted.insert("type".to_owned(), Value::from(kind));
    }
}
