//! What somebody wants to know, apart from how it is written, and the many ways to write it. Two wishes that are equal want the
//! same answer: nothing here knows how the engine tells that.

use fastrand::Rng;
use serde_json::{Value, json};

use super::person::one_of;

/// Who said it, and what.
pub(crate) type Turn = (&'static str, String);

/// What a request is about, field by field as far as the answer depends on it. Texts have no space around them and `\n` for the
/// end of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wish {
    /// The system text.
    pub(crate) system: Option<String>,
    /// The conversation; its last turn is the question.
    pub(crate) turns: Vec<Turn>,
    /// Options that change the answer, as JSON, in the order of their names.
    pub(crate) options: Vec<(&'static str, String)>,
    /// Limits of who may answer, likewise.
    pub(crate) policy: Vec<(&'static str, String)>,
}

impl Wish {
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the answer must not lie on the disk.
    pub(crate) fn is_private(&self) -> bool {
        self.policy.iter().any(|(name, _)| *name == "stayWithin")
    }

    /// Whether answers are kept although nobody said so.
    pub(crate) fn is_kept(&self) -> bool {
        let is_chance = self.option("temperature").and_then(|value| value.parse::<f64>().ok());
        self.option("tools").is_none()
            && self.option("search").is_none()
            && is_chance.is_none_or(|value| value <= 0.5)
    }

    /// One of the ways to write it.
    pub(crate) fn written(&self, mode: Option<&str>, rng: &mut Rng) -> String {
        let mut fields: Vec<(&str, String)> = Vec::new();
        let last = self.turns.last().filter(|_| self.turns.len() == 1 && rng.bool());
        let is_system_a_field = self.system.is_some() && rng.bool();
        if is_system_a_field {
            fields.push(("system", words(self.system.as_deref().unwrap_or_default(), rng).to_string()));
        }
        match last {
            Some((_, question)) if is_system_a_field || self.system.is_none() => {
                fields.push(("prompt", words(question, rng).to_string()));
            }
            _ => {
                let system = self.system.iter().filter(|_| !is_system_a_field);
                let system = system.map(|text| message("system", text, rng)).collect::<Vec<_>>();
                let turns = self.turns.iter().map(|(role, text)| message(role, text, rng));
                let messages: Vec<String> = system.into_iter().chain(turns.collect::<Vec<_>>()).collect();
                fields.push(("messages", list(&messages)));
            }
        }
        fields.extend(self.options.iter().cloned());
        fields.extend(mode.map(|mode| ("cache", Value::from(mode).to_string())));
        self.write_policy(&mut fields, rng);
        for (name, usual) in [("search", "false"), ("tools", "[]"), ("toolChoice", "\"auto\"")] {
            if self.option(name).is_none() && rng.u8(..6) == 0 {
                fields.push((name, usual.to_owned()));
            }
        }
        object(fields, rng)
    }

    fn write_policy(&self, fields: &mut Vec<(&'static str, String)>, rng: &mut Rng) {
        let mut policy = self.policy.clone();
        for (name, usual) in [
            ("goal", "\"balanced\""),
            ("fallback", "true"),
            ("hedge", "false"),
            ("onCut", "\"continue\""),
            ("context", "\"error\""),
            ("prefer", "[]"),
        ] {
            if rng.u8(..8) == 0 {
                policy.push((name, usual.to_owned()));
            }
        }
        if !policy.is_empty() {
            fields.push(("policy", object(policy, rng)));
        } else if rng.u8(..6) == 0 {
            fields.push(("policy", "\"balanced\"".to_owned()));
        }
    }
}

/// A message as its own object, whose body is one string or pieces.
fn message(role: &'static str, text: &str, rng: &mut Rng) -> String {
    let content = if rng.u8(..3) == 0 { pieces(text, rng) } else { words(text, rng).to_string() };
    object(vec![("role", Value::from(role).to_string()), ("content", content)], rng)
}

fn pieces(text: &str, rng: &mut Rng) -> String {
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    let (before, after) =
        text.split_at(places.get(rng.usize(..=places.len())).copied().unwrap_or(text.len()));
    json!([{ "type": "text", "text": before }, { "text": after, "type": "text" }]).to_string()
}

/// The text as somebody types it anew: other spaces around it, another keyboard's ends of lines.
fn words(text: &str, rng: &mut Rng) -> Value {
    let line = one_of(&["\n", "\r\n", "\r"], rng);
    let around = ["", "", " ", "\n", "\t ", "\r\n"];
    let (before, after) = (one_of(&around, rng), one_of(&around, rng));
    Value::from(format!("{before}{}{after}", text.replace('\n', line)))
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

/// Fields in any order, with any spaces between them.
fn object(mut fields: Vec<(&str, String)>, rng: &mut Rng) -> String {
    rng.shuffle(&mut fields);
    let space = one_of(&["", " ", "\n  "], rng);
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{space}\"{name}\":{space}{value}")).collect();
    format!("{{{}}}", fields.join(","))
}
