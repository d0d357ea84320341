//! The nodes that a `ComfyUI` knows: what its workflows are made of. `wire` reads them, `workflow` builds with them.

use std::collections::BTreeMap;

use serde_json::Value;

/// A kind of node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeClass {
    /// What it takes.
    pub inputs: Vec<NodeInput>,
    /// How many outputs it has.
    pub outputs: usize,
    /// Whether a workflow may end in it.
    pub is_output: bool,
}

/// An input of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInput {
    /// Its name.
    pub name: String,
    /// Whether the node cannot do without.
    pub is_required: bool,
    /// What it takes.
    pub kind: InputKind,
    /// What it is where nobody says, as far as the server tells.
    pub default: Option<Value>,
}

/// What an input takes.
#[derive(Clone, Debug, PartialEq)]
pub enum InputKind {
    /// One of these.
    Choice {
        /// Texts mostly; numbers and booleans are allowed.
        options: Vec<Value>,
        /// Whether others are taken too: files that may be uploaded, lists that only another server knows.
        is_open: bool,
    },
    /// A number.
    Number {
        /// The least.
        min: Option<f64>,
        /// The most; a seed's is beyond what a JavaScript number holds exactly.
        max: Option<f64>,
        /// What it has to be a multiple of, from the least on, for the server's own page.
        step: Option<f64>,
    },
    /// What another node makes, or any other value.
    Other,
}

impl NodeClass {
    /// An input by its name.
    pub fn input(&self, name: &str) -> Option<&NodeInput> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The texts that an input offers; none where it is no choice.
    pub fn choices(&self, name: &str) -> impl Iterator<Item = &str> {
        let options = match self.input(name).map(|input| &input.kind) {
            Some(InputKind::Choice { options, .. }) => options.as_slice(),
            _ => &[],
        };
        options.iter().filter_map(Value::as_str)
    }
}

/// What a server said of its nodes, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeClasses(BTreeMap<String, Option<NodeClass>>);

impl NodeClasses {
    /// Takes an answer: what the node is like, or that the server does not have it.
    pub fn learn(&mut self, name: &str, class: Option<NodeClass>) {
        self.0.insert(name.to_owned(), class);
    }

    /// A node that the server has.
    pub fn find(&self, name: &str) -> Option<&NodeClass> {
        self.0.get(name)?.as_ref()
    }

    /// Whether the server said that it does not have it. Of what it was not asked, nothing is known.
    pub fn is_missing(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(None))
    }

    /// Whether the server was asked.
    pub fn is_known(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
