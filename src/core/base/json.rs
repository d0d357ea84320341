//! Reads foreign JSON field by field. What does not fit is named by its place, never by its value: a prompt could
//! be in it.
//!
//! serde's derived readers do the same for one deserializer each, and made more than a third of the module's code;
//! this reads from a parsed [`Value`] with plain functions.

use core::fmt;

use serde_json::{Map, Value};

/// The longest name of a foreign field that is repeated, characters.
const NAME_LIMIT: usize = 60;

/// Where something does not fit, and what was wanted there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    place: String,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    NotJson,
    Wanted(String),
    Missing,
    Unknown,
}

impl Misfit {
    /// At `place` something else was wanted: "a number".
    pub fn wanted(place: &str, wanted: impl Into<String>) -> Self {
        Self { place: place.to_owned(), fault: Fault::Wanted(wanted.into()) }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "It" } else { &self.place };
        match &self.fault {
            Fault::NotJson => formatter.write_str("It is not JSON."),
            Fault::Wanted(wanted) if self.place.is_empty() => write!(formatter, "It has to be {wanted}."),
            Fault::Wanted(wanted) => write!(formatter, "`{place}` has to be {wanted}."),
            Fault::Missing => write!(formatter, "`{place}` is missing."),
            Fault::Unknown => write!(formatter, "`{place}` is not known here."),
        }
    }
}

impl core::error::Error for Misfit {}

/// What can be read from JSON.
pub trait FromJson: Sized {
    /// Reads a value that stands at `place`, such as `policy.maxCost`.
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit>;
}

/// Reads bytes of JSON.
pub fn read<T: FromJson>(bytes: &[u8]) -> Result<T, Misfit> {
    match serde_json::from_slice(bytes) {
        Ok(value) => T::from_json(value, ""),
        Err(_) => Err(Misfit { place: String::new(), fault: Fault::NotJson }),
    }
}

/// The fields of an object, taken one by one. `null` is as good as absent.
pub struct Fields {
    place: String,
    fields: Map<String, Value>,
}

impl Fields {
    /// The fields of the object that stands at `place`.
    pub fn of(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::Object(fields) => Ok(Self { place: place.to_owned(), fields }),
            _ => Err(Misfit::wanted(place, "an object")),
        }
    }

    /// A field that may be absent.
    pub fn take<T: FromJson>(&mut self, name: &str) -> Result<Option<T>, Misfit> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_json(value, &self.place_of(name)).map(Some),
        }
    }

    /// A field that has to be there.
    pub fn need<T: FromJson>(&mut self, name: &str) -> Result<T, Misfit> {
        match self.take(name)? {
            Some(value) => Ok(value),
            None => Err(Misfit { place: self.place_of(name), fault: Fault::Missing }),
        }
    }

    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// All fields that were not taken, whatever their names.
    pub fn rest(self) -> impl Iterator<Item = (String, Value)> {
        self.fields.into_iter()
    }

    /// No other field may be there: a misspelt limit that is ignored is no limit.
    pub fn end(self) -> Result<(), Misfit> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(NAME_LIMIT).collect();
                Err(Misfit { place: self.place_of(&name), fault: Fault::Unknown })
            }
        }
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { [self.place.as_str(), ".", name].concat() }
    }
}

/// One of a few words.
pub fn word<T: Copy>(value: &Value, place: &str, words: &[(&str, T)]) -> Result<T, Misfit> {
    let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let mut wanted = String::from("one of ");
        for (place, (word, _)) in words.iter().enumerate() {
            wanted.push_str(if place == 0 { "\"" } else { ", \"" });
            wanted.push_str(word);
            wanted.push('"');
        }
        Misfit::wanted(place, wanted)
    })
}

impl FromJson for Value {
    fn from_json(value: Value, _: &str) -> Result<Self, Misfit> {
        Ok(value)
    }
}

impl FromJson for String {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(Misfit::wanted(place, "text")),
        }
    }
}

impl FromJson for bool {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        value.as_bool().ok_or_else(|| Misfit::wanted(place, "true or false"))
    }
}

impl FromJson for f64 {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        value.as_f64().ok_or_else(|| Misfit::wanted(place, "a number"))
    }
}

/// JavaScript writes whole numbers above 10²¹ with an exponent; those are no counts.
impl FromJson for u64 {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        value.as_u64().ok_or_else(|| Misfit::wanted(place, "a whole number that is not negative"))
    }
}

impl FromJson for u32 {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let wide = value.as_u64().and_then(|wide| Self::try_from(wide).ok());
        wide.ok_or_else(|| Misfit::wanted(place, "a whole number from 0 to 4294967295"))
    }
}

impl FromJson for i64 {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        value.as_i64().ok_or_else(|| Misfit::wanted(place, "a whole number"))
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let Value::Array(values) = value else { return Err(Misfit::wanted(place, "a list")) };
        let mut read = Self::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            read.push(T::from_json(value, &[place, "[", &index.to_string(), "]"].concat())?);
        }
        Ok(read)
    }
}

/// `null` is nothing.
impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        if value.is_null() { Ok(None) } else { T::from_json(value, place).map(Some) }
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        T::from_json(value, place).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misfit<T: FromJson + fmt::Debug>(json: &str) -> String {
        read::<T>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place_and_never_by_its_value() {
        assert_eq!(misfit::<f64>("\"a secret\""), "It has to be a number.");
        assert_eq!(misfit::<Vec<u64>>("[1, -1]"), "`[1]` has to be a whole number that is not negative.");
        assert_eq!(misfit::<String>("a secret"), "It is not JSON.");
    }

    #[test]
    fn unknown_fields_are_refused_and_long_names_cut() {
        let long = "x".repeat(200);
        let value = serde_json::json!({ long: 1 });
        let refused = Fields::of(value, "policy").unwrap().end().unwrap_err().to_string();
        assert_eq!(refused, format!("`policy.{}` is not known here.", "x".repeat(60)));
    }

    #[test]
    fn a_word_that_is_none_of_them_is_told_which_there_are() {
        let refused = word(&serde_json::json!("secret"), "goal", &[("cost", 1), ("speed", 2)]).unwrap_err();
        assert_eq!(refused.to_string(), "`goal` has to be one of \"cost\", \"speed\".");
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let mut fields = Fields::of(serde_json::json!({ "a": null }), "").unwrap();
        assert_eq!(fields.take::<u64>("a").unwrap(), None);
        assert_eq!(fields.need::<u64>("a").unwrap_err().to_string(), "`a` is missing.");
    }
}
