//! Whether an answer fits the JSON Schema that was asked for.
//!
//! Checked are the words that shape data: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`,
//! `items`, `prefixItems`, the bounds of numbers, lengths and counts, `allOf`, `anyOf`, `oneOf`, `not` and `$ref` inside
//! the schema. `pattern` and `format` are not: they would need an engine for regular expressions, which is larger than
//! all the rest. What does not fit is named by its place, never by its value.

use serde_json::{Map, Value};

/// How deep a value or a chain of references may go.
const DEPTH_LIMIT: u32 = 64;

/// Why an answer does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is not JSON, or not whole.
    NotJson,
    /// At this place (`/facts/0/title`; empty: the whole) something else was wanted.
    At {
        /// The place, as a JSON Pointer.
        place: String,
        /// What was wanted: "a number".
        wanted: String,
    },
}

impl core::fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotJson => formatter.write_str("it is not whole JSON"),
            Self::At { place, wanted } if place.is_empty() => write!(formatter, "it has to be {wanted}"),
            Self::At { place, wanted } => write!(formatter, "{place} has to be {wanted}"),
        }
    }
}

/// Reads an answer as JSON and checks it. Models without a strict mode like to wrap JSON in a Markdown fence, which is
/// taken off.
pub fn read(text: &str, schema: &Value) -> Result<Value, Unfit> {
    let value: Value = serde_json::from_str(unfenced(text)).map_err(|_| Unfit::NotJson)?;
    check(&value, schema)?;
    Ok(value)
}

/// Checks a value.
pub fn check(value: &Value, schema: &Value) -> Result<(), Unfit> {
    Checker { root: schema }.check(value, schema, "", 0)
}

fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

struct Checker<'a> {
    root: &'a Value,
}

type Checked = Result<(), Unfit>;

fn unfit(place: &str, wanted: impl Into<String>) -> Checked {
    Err(Unfit::At { place: place.to_owned(), wanted: wanted.into() })
}

impl Checker<'_> {
    fn check(&self, value: &Value, schema: &Value, place: &str, depth: u32) -> Checked {
        let fields = match schema {
            Value::Bool(false) => return unfit(place, "absent"),
            Value::Object(fields) => fields,
            _ => return Ok(()),
        };
        if depth > DEPTH_LIMIT {
            return unfit(place, "less deep");
        }
        if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            self.check(value, found.unwrap_or(&Value::Null), place, depth + 1)?;
        }
        kind(value, fields, place)?;
        one_of_values(value, fields, place)?;
        bounds(value, fields, place)?;
        match value {
            Value::Object(object) => self.object(object, fields, place, depth)?,
            Value::Array(items) => self.array(items, fields, place, depth)?,
            _ => {}
        }
        self.combined(value, fields, place, depth)
    }

    fn object(
        &self,
        object: &Map<String, Value>,
        schema: &Map<String, Value>,
        place: &str,
        depth: u32,
    ) -> Checked {
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if let Some(name) = name.as_str().filter(|name| !object.contains_key(*name)) {
                return unfit(&inside(place, name), "present");
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, value) in object {
            let known = properties.and_then(|properties| properties.get(name));
            if let Some(schema) = known.or_else(|| schema.get("additionalProperties")) {
                self.check(value, schema, &inside(place, name), depth + 1)?;
            }
        }
        Ok(())
    }

    fn array(&self, items: &[Value], schema: &Map<String, Value>, place: &str, depth: u32) -> Checked {
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                self.check(item, schema, &inside(place, &index.to_string()), depth + 1)?;
            }
        }
        Ok(())
    }

    fn combined(&self, value: &Value, schema: &Map<String, Value>, place: &str, depth: u32) -> Checked {
        let list = |name: &str| schema.get(name).and_then(Value::as_array);
        let fits = |schema: &Value| self.check(value, schema, place, depth + 1).is_ok();
        for schema in list("allOf").into_iter().flatten() {
            self.check(value, schema, place, depth + 1)?;
        }
        if list("anyOf").is_some_and(|schemas| !schemas.iter().any(fits)) {
            return unfit(place, "of one of the allowed shapes");
        }
        if list("oneOf").is_some_and(|schemas| schemas.iter().filter(|schema| fits(schema)).count() != 1) {
            return unfit(place, "of exactly one of the allowed shapes");
        }
        if schema.get("not").is_some_and(fits) {
            return unfit(place, "of another shape");
        }
        Ok(())
    }
}

fn inside(place: &str, name: &str) -> String {
    [place, "/", &name.replace('~', "~0").replace('/', "~1")].concat()
}

fn kind(value: &Value, schema: &Map<String, Value>, place: &str) -> Checked {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => true,
    };
    match schema.get("type") {
        // Gemini's own dialect writes these in capitals.
        Some(Value::String(name)) if !is(&name.to_ascii_lowercase()) => unfit(place, article(name)),
        Some(Value::Array(names)) if !names.iter().filter_map(Value::as_str).any(is) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            unfit(place, names.join(" or "))
        }
        _ => Ok(()),
    }
}

fn article(name: &str) -> String {
    let article = if name.starts_with(['a', 'i', 'o']) { "an " } else { "a " };
    [article, name].concat()
}

fn one_of_values(value: &Value, schema: &Map<String, Value>, place: &str) -> Checked {
    if schema.get("const").is_some_and(|only| !same(only, value)) {
        return unfit(place, "the one value that is allowed");
    }
    let allowed = schema.get("enum").and_then(Value::as_array);
    if allowed.is_some_and(|allowed| !allowed.iter().any(|one| same(one, value))) {
        return unfit(place, "one of the allowed values");
    }
    Ok(())
}

/// 1 and 1.0 are the same number.
fn same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| one == other)
}

fn bounds(value: &Value, schema: &Map<String, Value>, place: &str) -> Checked {
    let (measure, least, most) = match value {
        Value::Number(number) => (number.as_f64(), "minimum", "maximum"),
        Value::String(text) => (Some(text.chars().count() as f64), "minLength", "maxLength"),
        Value::Array(items) => (Some(items.len() as f64), "minItems", "maxItems"),
        Value::Object(fields) => (Some(fields.len() as f64), "minProperties", "maxProperties"),
        _ => return Ok(()),
    };
    let Some(measure) = measure else { return Ok(()) };
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let is_number = value.is_number();
    let is_low = bound(least).is_some_and(|least| measure < least)
        || (is_number && bound("exclusiveMinimum").is_some_and(|least| measure <= least));
    let is_high = bound(most).is_some_and(|most| measure > most)
        || (is_number && bound("exclusiveMaximum").is_some_and(|most| measure >= most));
    let what = if is_number { "" } else { " in length" };
    if is_low {
        return unfit(place, ["larger", what].concat());
    }
    if is_high {
        return unfit(place, ["smaller", what].concat());
    }
    if value.as_array().is_some_and(|items| !are_different(items))
        && schema.get("uniqueItems") == Some(&Value::Bool(true))
    {
        return unfit(place, "without repeats");
    }
    Ok(())
}

fn are_different(items: &[Value]) -> bool {
    items.iter().enumerate().all(|(place, item)| !items.iter().take(place).any(|earlier| same(earlier, item)))
}

#[cfg(test)]
mod tests;
