//! Builds a workflow node by node, and reads one.

use serde_json::{Map, Value, json};

/// A workflow that grows.
#[derive(Debug, Default)]
pub(super) struct Graph(Map<String, Value>);

impl Graph {
    /// Adds a node and says what it is linked by.
    pub(super) fn add(&mut self, class: &str, inputs: Value) -> Node {
        let name = (self.0.len() + 1).to_string();
        self.0.insert(name.clone(), json!({ "class_type": class, "inputs": inputs }));
        Node(name)
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A node that was added.
#[derive(Clone, Debug)]
pub(super) struct Node(String);

impl Node {
    /// A link to one of its outputs.
    pub(super) fn output(&self, number: u32) -> Value {
        json!([self.0, number])
    }
}

/// The kind of a node; empty where it says none.
pub(super) fn class_of(node: &Value) -> &str {
    node.get("class_type").and_then(Value::as_str).unwrap_or_default()
}

/// The inputs of a node.
pub(super) fn inputs_of(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.get("inputs").and_then(Value::as_object).into_iter().flatten()
}

/// The node and the output that an input is linked to. The server takes any list of two for a link.
pub(super) fn link_of(input: &Value) -> Option<(&str, u64)> {
    let [node, output] = input.as_array()?.as_slice() else { return None };
    Some((node.as_str()?, output.as_u64()?))
}
