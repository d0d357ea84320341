//! The nodes that a `ComfyUI` knows: what its workflows are made of. `wire` asks for them, `workflow` builds with them.

use litemap::LiteMap;
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
    /// As a server describes it; `None` where that makes no sense.
    ///
    /// An input is `[what, options]`, and the options may be missing. A choice is written in two ways: older nodes list the
    /// choices in place of `what`, newer ones say `COMBO` and list them among the options.
    pub fn of(class: &Value) -> Option<Self> {
        let groups = class.get("input")?.as_object()?;
        let mut inputs = Vec::new();
        // What is `hidden` is filled in by the server itself.
        for (group, is_required) in [("required", true), ("optional", false)] {
            for (name, written) in groups.get(group).and_then(Value::as_object).into_iter().flatten() {
                inputs.push(input(name, is_required, written));
            }
        }
        Some(Self {
            inputs,
            outputs: class.get("output").and_then(Value::as_array).map_or(0, Vec::len),
            is_output: class.get("output_node").and_then(Value::as_bool).unwrap_or_default(),
        })
    }

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

fn input(name: &str, is_required: bool, written: &Value) -> NodeInput {
    let option = |name: &str| written.get(1).and_then(|options| options.get(name));
    let is_set = |name: &str| option(name).and_then(Value::as_bool).unwrap_or_default();
    let number = |name: &str| option(name).and_then(Value::as_f64);
    let is_open = ["image_upload", "video_upload", "audio_upload", "file_upload", "multiselect"]
        .iter()
        .any(|name| is_set(name))
        || option("remote").is_some();
    let kind = match written.get(0) {
        Some(Value::Array(options)) => InputKind::Choice { options: options.clone(), is_open },
        Some(Value::String(what)) => match (what.as_str(), option("options")) {
            ("COMBO", Some(Value::Array(options))) => InputKind::Choice { options: options.clone(), is_open },
            ("INT" | "FLOAT", _) => {
                InputKind::Number { min: number("min"), max: number("max"), step: number("step") }
            }
            _ => InputKind::Other,
        },
        _ => InputKind::Other,
    };
    let default = option("default").cloned().or_else(|| match &kind {
        InputKind::Choice { options, .. } => options.first().cloned(),
        _ => None,
    });
    NodeInput { name: name.to_owned(), is_required, kind, default }
}

/// What a server said of its nodes, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeClasses(LiteMap<String, Option<NodeClass>>);

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
