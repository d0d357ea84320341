//! Holds a workflow against what the server said of its nodes. Of a node that it was not asked about, only the links are
//! looked at.

use litemap::LiteMap;
use serde_json::{Map, Value};

use super::Fault;
use super::graph::{class_of, inputs_of, link_of};
use crate::base::number::number_in;
use crate::base::order;
use crate::model::{InputKind, NodeClass, NodeClasses};

/// So many choices are told at most.
const TOLD: usize = 8;

/// The kinds of nodes in a workflow: what to ask the server about.
pub fn classes_of(workflow: &Value) -> Vec<String> {
    let mut classes: Vec<String> = nodes(workflow).map(|(_, node)| class_of(node).to_owned()).collect();
    order::sort(&mut classes);
    classes.dedup();
    classes
}

/// Fills in what newer versions of a node want and the workflow does not say, as the server's own page would.
pub fn complete(workflow: &mut Value, classes: &NodeClasses) {
    for (_, node) in workflow.as_object_mut().into_iter().flatten() {
        let Some(class) = classes.find(class_of(node)) else { continue };
        let Some(inputs) = node.get_mut("inputs").and_then(Value::as_object_mut) else { continue };
        for input in class.inputs.iter().filter(|input| input.is_required) {
            if let Some(default) = &input.default
                && !inputs.contains_key(&input.name)
            {
                inputs.insert(input.name.clone(), default.clone());
            }
        }
    }
}

/// What is wrong first, if anything.
pub fn check(workflow: &Value, classes: &NodeClasses) -> Result<(), Fault> {
    let Some(all) = workflow.as_object() else { return Err(Fault::NotWorkflow) };
    if all.is_empty() {
        return Err(Fault::Empty);
    }
    for (name, node) in all {
        if class_of(node).is_empty() || !node.get("inputs").is_some_and(Value::is_object) {
            return Err(Fault::NotNode { node: name.clone() });
        }
        if classes.is_missing(class_of(node)) {
            return Err(Fault::NoClass { class: class_of(node).to_owned() });
        }
    }
    for (name, node) in all {
        check_inputs(name, node, all, classes)?;
    }
    if !all.values().any(|node| gives_out(node, classes)) {
        return Err(Fault::NoOutput);
    }
    circle(all).map_or(Ok(()), |node| Err(Fault::Circle { node }))
}

pub(super) fn nodes(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow.as_object().into_iter().flatten()
}

fn check_inputs(
    name: &str,
    node: &Value,
    all: &Map<String, Value>,
    classes: &NodeClasses,
) -> Result<(), Fault> {
    let class = classes.find(class_of(node));
    let place = |input: &str| (name.to_owned(), input.to_owned());
    for (input, value) in inputs_of(node) {
        let (node, input_name) = place(input);
        match (value, link_of(value)) {
            (_, Some((target, output))) => {
                let is_there = all.get(target).is_some_and(|target| {
                    let class = classes.find(class_of(target));
                    class.is_none_or(|class| {
                        usize::try_from(output).is_ok_and(|output| output < class.outputs)
                    })
                });
                if !is_there {
                    return Err(Fault::DeadLink { node, input: input_name });
                }
            }
            (Value::Array(_), None) => return Err(Fault::LooseList { node, input: input_name }),
            _ => check_literal(node, input_name, value, class)?,
        }
    }
    let missing = class.into_iter().flat_map(|class| &class.inputs).find(|input| {
        input.is_required && node.get("inputs").and_then(|inputs| inputs.get(&input.name)).is_none()
    });
    missing.map_or(Ok(()), |input| {
        let (node, input) = place(&input.name);
        Err(Fault::MissingInput { node, input })
    })
}

fn check_literal(node: String, input: String, value: &Value, class: Option<&NodeClass>) -> Result<(), Fault> {
    match class.and_then(|class| class.input(&input)).map(|input| &input.kind) {
        Some(InputKind::Choice { options, is_open: false }) if !options.contains(value) => {
            let there = options.iter().filter_map(Value::as_str).take(TOLD).map(str::to_owned).collect();
            Err(Fault::NotOffered { node, input, there })
        }
        Some(InputKind::Number { min, max, .. }) => {
            // The server makes numbers of texts and truths.
            let number = match value {
                Value::Bool(is_one) => Some(f64::from(u8::from(*is_one))),
                Value::String(text) => number_in(text),
                value => value.as_f64(),
            };
            let is_fine = number.is_some_and(|number: f64| {
                min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            });
            if is_fine { Ok(()) } else { Err(Fault::OutOfRange { node, input }) }
        }
        _ => Ok(()),
    }
}

/// Whether a workflow may end in this node. Where the server was not asked, by what such nodes are called.
fn gives_out(node: &Value, classes: &NodeClasses) -> bool {
    const NAMES: [&str; 5] = ["Save", "Preview", "Output", "Show", "Display"];
    let class = class_of(node);
    classes.find(class).map_or_else(|| NAMES.iter().any(|name| class.contains(name)), |class| class.is_output)
}

/// A node that waits for itself, by way of others. Without a stack of calls: a workflow may be as deep as it likes.
fn circle(all: &Map<String, Value>) -> Option<String> {
    let mut waits: LiteMap<&str, usize> = LiteMap::new();
    let mut users: LiteMap<&str, Vec<&str>> = LiteMap::new();
    for (name, node) in all {
        let links = inputs_of(node).filter_map(|(_, input)| link_of(input));
        let count = links.map(|(target, _)| users.entry(target).or_default().push(name)).count();
        waits.insert(name, count);
    }
    let mut ready: Vec<&str> =
        waits.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    while let Some(done) = ready.pop() {
        for user in users.get(done).into_iter().flatten() {
            if let Some(count) = waits.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    ready.push(user);
                }
            }
        }
    }
    waits.into_iter().find(|(_, count)| *count > 0).map(|(name, _)| name.to_owned())
}
