//! Random requests: however one is written its key is the same, and whatever of it is changed makes another.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::base::json::read;

/// Fields by name, of which none is at its default. Those of the policy begin with a dot.
type Fields = BTreeMap<&'static str, Value>;

/// Words without space around them.
fn words() -> impl Strategy<Value = String> {
    "[a-cA-C.ä🌈\"\\\\]{1,3}([ \n]{1,2}[a-c{}]{1,2}){0,3}"
}

fn list(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    proptest::collection::btree_set(select(of), 1..=of.len()).prop_map(|set| json!(set))
}

/// A field and a value of it.
fn field() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        words().prop_map(|text| ("system", json!(text))),
        words().prop_map(|text| ("prompt", json!(text))),
        select(vec!["a/b", "a/c"]).prop_map(|model| ("model", json!(model))),
        (0..4_u8).prop_map(|tenths| ("temperature", json!(f64::from(tenths) / 10.0))),
        (1..4_u8).prop_map(|tenths| ("topP", json!(f64::from(tenths) / 10.0))),
        (0..3_i64).prop_map(|seed| ("seed", json!(seed))),
        (1..4_u32).prop_map(|count| ("maxOutputTokens", json!(count))),
        list(&["x", "y", "\n"]).prop_map(|stop| ("stop", stop)),
        select(vec!["off", "low", "high"]).prop_map(|how| ("reasoning", json!(how))),
        Just(("search", json!(true))),
        select(vec!["a", "b"]).prop_map(|name| ("schema", json!({ "type": "object", "required": [name] }))),
        select(vec!["f", "g"]).prop_map(|name| ("tools", json!([{ "name": name, "inputSchema": {} }]))),
        select(vec!["cost", "quality", "speed", "privacy"]).prop_map(|goal| (".goal", json!(goal))),
        select(vec!["page", "device", "network"]).prop_map(|within| (".stayWithin", json!(within))),
        (1..4_u8).prop_map(|cost| (".maxCost", json!(f64::from(cost) / 100.0))),
        (1..4_u8).prop_map(|limit| (".maxTotalMs", json!(f64::from(limit) * 1_000.0))),
        list(&["a", "b/c"]).prop_map(|names| (".allow", names)),
        list(&["d", "e/f"]).prop_map(|names| (".deny", names)),
        select(vec!["a", "b"]).prop_map(|name| (".prefer", json!([name]))),
        Just((".fallback", json!(false))),
        Just((".context", json!("trim"))),
    ]
}

fn fields() -> impl Strategy<Value = Fields> {
    (words(), proptest::collection::vec(field(), 0..8))
        .prop_map(|(prompt, fields)| [("prompt", json!(prompt))].into_iter().chain(fields).collect())
}

/// How a request is written: the order of its fields and of lists, what stands around texts, how lines end, and whether the prompt is
/// a message.
#[derive(Clone, Debug)]
struct Manner {
    order: Vec<u8>,
    around: &'static str,
    line: &'static str,
    is_message: bool,
    is_reversed: bool,
    more: &'static [(&'static str, &'static str)],
}

const PLAIN: Manner =
    Manner { order: Vec::new(), around: "", line: "\n", is_message: false, is_reversed: false, more: &[] };

/// What says nothing.
const DEFAULTS: [&[(&str, &str)]; 4] = [
    &[],
    &[("id", "\"mine\""), ("cache", "\"refresh\"")],
    &[("toolChoice", "\"auto\"")],
    &[(".hedge", "true"), (".onCut", "\"restart\"")],
];

fn manner() -> impl Strategy<Value = Manner> {
    (
        proptest::collection::vec(any::<u8>(), 24),
        select(vec!["", " ", "\n", "\t ", "\r\n"]),
        select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
        any::<bool>(),
        select(DEFAULTS.to_vec()),
    )
        .prop_map(|(order, around, line, is_message, is_reversed, more)| Manner {
            order,
            around,
            line,
            is_message,
            is_reversed,
            more,
        })
}

impl Manner {
    fn text(&self, words: &str) -> Value {
        json!([self.around, &words.replace('\n', self.line), self.around].concat())
    }

    fn value(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(words) if ["system", "prompt"].contains(&name) => self.text(words),
            Value::Array(items) if ["stop", ".allow", ".deny"].contains(&name) && self.is_reversed => {
                // Said twice is said once.
                items.iter().rev().chain(items.first()).cloned().collect()
            }
            other => other.clone(),
        }
    }

    /// Of these fields, an object: in the order of this manner, which a serializer would not keep.
    fn object(&self, fields: impl Iterator<Item = (&'static str, String)>) -> String {
        let mut fields: Vec<_> = fields.enumerate().collect();
        fields.sort_by_key(|(place, _)| self.order.get(*place).copied());
        let fields: Vec<String> = fields
            .iter()
            .map(|(_, (name, value))| format!("\"{}\": {value}", name.trim_start_matches('.')))
            .collect();
        format!("{{{}}}", fields.join(", "))
    }

    fn canonical(&self, fields: &Fields) -> String {
        let written = |(name, value): (&&'static str, &Value)| (*name, self.value(name, value).to_string());
        let all = fields
            .iter()
            .map(written)
            .chain(self.more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (policy, rest): (Vec<_>, Vec<_>) = all.partition(|(name, _)| name.starts_with('.'));
        let rest = rest.into_iter().map(|(name, value)| match name {
            "prompt" if self.is_message => {
                ("messages", format!(r#"[{{"content": {value}, "role": "user"}}]"#))
            }
            _ => (name, value),
        });
        let request: TextRequest = read(self.object(rest).as_bytes()).unwrap();
        let policy: Policy = read(self.object(policy.into_iter()).as_bytes()).unwrap();
        canonical(&request, &policy).unwrap()
    }
}

proptest! {
    #[test]
    fn however_a_request_is_written_its_key_is_the_same(fields in fields(), manner in manner()) {
        let (plain, other) = (PLAIN.canonical(&fields), manner.canonical(&fields));
        prop_assert_eq!(Key::of(&plain), Key::of(&other));
        prop_assert_eq!(plain, other);
    }

    #[test]
    fn whatever_of_a_request_is_changed_makes_another_key(
        fields in fields(), (name, value) in field(), is_removed in any::<bool>(), manner in manner(),
    ) {
        let mut changed = fields.clone();
        if is_removed && name != "prompt" { changed.remove(name); } else { changed.insert(name, value); }
        prop_assume!(changed != fields);
        prop_assert_ne!(Key::of(&PLAIN.canonical(&fields)), Key::of(&manner.canonical(&changed)));
    }

    #[test]
    fn requests_are_the_same_exactly_when_their_fields_are(one in fields(), other in fields()) {
        prop_assert_eq!(PLAIN.canonical(&one) == PLAIN.canonical(&other), one == other);
    }
}
