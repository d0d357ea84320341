//! What may be wrong with a workflow, before it is sent.

use core::fmt;

use crate::model::{Error, ErrorCode};

/// A foreign name as it may stand in a sentence.
pub(super) fn short(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(80).collect()
}

/// What is wrong. Nodes and inputs are named, values never: a prompt may be among them.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The server has no model that the built-in workflows are for.
    NoCheckpoint {
        /// Some of those that it has.
        there: Vec<String>,
    },
    /// It has a model in parts and not all of them.
    MissingParts {
        /// The model.
        model: String,
        /// What to download, and where it goes.
        missing: Vec<&'static str>,
    },
    /// The server does not have a node.
    NoClass {
        /// The node's name there.
        class: String,
    },
    /// The workflow is of the kind that the server's own page keeps.
    PageFormat,
    /// It is no workflow at all.
    NotWorkflow,
    /// It has no nodes.
    Empty,
    /// Something in it is no node.
    NotNode {
        /// Its name.
        node: String,
    },
    /// Nothing of it is given out.
    NoOutput,
    /// An input is linked to a node that is not there, or to an output that it does not have.
    DeadLink {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// A list that the server would take for a link.
    LooseList {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// Nodes wait for each other.
    Circle {
        /// One of them.
        node: String,
    },
    /// A node lacks an input.
    MissingInput {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// A choice that the server does not offer.
    NotOffered {
        /// The node.
        node: String,
        /// Its input.
        input: String,
        /// Some of what it offers.
        there: Vec<String>,
    },
    /// A number outside of what is allowed, or none at all.
    OutOfRange {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
}

impl Fault {
    /// What kind of failure it is.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NoCheckpoint { .. } | Self::MissingParts { .. } => ErrorCode::ModelMissing,
            Self::NoClass { .. } => ErrorCode::Unsupported,
            _ => ErrorCode::InvalidRequest,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoCheckpoint { there } => {
                let there = if there.is_empty() {
                    "It has none at all.".to_owned()
                } else {
                    let there = there.join(", ");
                    format!("It has: {there}. If one of these is of such a kind, put sd15, sdxl or flux into its file's name.")
                };
                format!(
                    "Download v1-5-pruned-emaonly-fp16.safetensors (2.1 GB, \
                     huggingface.co/Comfy-Org/stable-diffusion-v1-5-archive) into ComfyUI's folder models/checkpoints. {there}"
                )
            }
            Self::MissingParts { missing, .. } => {
                format!("Download {}, inside ComfyUI's folder.", missing.join(", and "))
            }
            Self::NoClass { .. } => {
                "Install the custom node that brings it (ComfyUI-Manager finds it by this name), or update ComfyUI.".to_owned()
            }
            Self::PageFormat => {
                "Open it in ComfyUI and choose Export (API) in the menu File, which some versions call Workflow. In versions of \
                 2024 and before, switch on \"Enable Dev mode Options\" in the settings, and choose Save (API Format)."
                    .to_owned()
            }
            Self::NotWorkflow | Self::Empty | Self::NotNode { .. } => {
                "Export it from ComfyUI with Export (API), and hand in the parsed JSON.".to_owned()
            }
            Self::NoOutput => "Add a node such as Save Image, and link the picture to it.".to_owned(),
            Self::DeadLink { .. } | Self::Circle { .. } | Self::MissingInput { .. } => {
                "Mend it in ComfyUI, run it there once, and export it again with Export (API).".to_owned()
            }
            Self::LooseList { .. } => "Write the list as { \"__value__\": [...] }.".to_owned(),
            Self::NotOffered { there, .. } if there.is_empty() => {
                "It offers none: put the file into the folder of ComfyUI that it belongs to.".to_owned()
            }
            Self::NotOffered { there, .. } => format!("It offers: {}.", there.join(", ")),
            Self::OutOfRange { .. } => "The node in ComfyUI shows what it takes.".to_owned(),
        }
    }

    /// As the one error that reaches JavaScript.
    pub fn error(&self) -> Error {
        Error::new(self.code(), self.to_string()).hinted(self.hint())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCheckpoint { .. } => to.write_str(
                "This ComfyUI has no checkpoint of these kinds: Stable Diffusion 1.5, Stable Diffusion XL, FLUX.1.",
            ),
            Self::MissingParts { model, .. } => {
                write!(to, "This ComfyUI has {} and not all that goes with it.", short(model))
            }
            Self::NoClass { class } => write!(to, "This ComfyUI does not have the node {}.", short(class)),
            Self::PageFormat => {
                to.write_str("This workflow is in the format of ComfyUI's page, which its server does not take.")
            }
            Self::NotWorkflow => to.write_str("This is no workflow of ComfyUI."),
            Self::Empty => to.write_str("The workflow has no nodes."),
            Self::NotNode { node } => {
                write!(to, "`{}` of the workflow is no node: it has no `class_type` and `inputs`.", short(node))
            }
            Self::NoOutput => to.write_str("The workflow has no node that gives anything out."),
            Self::DeadLink { node, input } => {
                write!(to, "`{}` of node {} is linked to nothing that is there.", short(input), short(node))
            }
            Self::LooseList { node, input } => {
                write!(to, "`{}` of node {} is a list, which ComfyUI takes for a link.", short(input), short(node))
            }
            Self::Circle { node } => write!(to, "The workflow goes round in circles at node {}.", short(node)),
            Self::MissingInput { node, input } => {
                write!(to, "Node {} lacks its input `{}`.", short(node), short(input))
            }
            Self::NotOffered { node, input, .. } => {
                write!(to, "This ComfyUI does not offer what `{}` of node {} is set to.", short(input), short(node))
            }
            Self::OutOfRange { node, input } => {
                write!(to, "`{}` of node {} is outside of what it takes.", short(input), short(node))
            }
        }
    }
}

impl core::error::Error for Fault {}
