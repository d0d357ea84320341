//! Where in a foreign workflow the parts of a request belong.

use litemap::LiteMap;
use serde_json::Value;

use super::check::nodes;
use super::graph::{class_of, inputs_of, link_of};
use crate::base::order;

/// One input of one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    node: String,
    pub(super) input: String,
}

/// Where everything belongs.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) positive: Vec<Spot>,
    pub(super) negative: Vec<Spot>,
    pub(super) seeds: Vec<Spot>,
    pub(super) widths: Vec<Spot>,
    pub(super) heights: Vec<Spot>,
    pub(super) counts: Vec<Spot>,
    pub(super) sources: Vec<Spot>,
    pub(super) masks: Vec<Spot>,
    pub(super) steps: Vec<Spot>,
    pub(super) denoise: Vec<Spot>,
}

/// Inputs that hold a prompt, of the nodes that read one.
const TEXTS: [&str; 6] = ["text", "text_g", "text_l", "clip_l", "t5xxl", "prompt"];
/// Inputs of nodes that hold nothing but a value for others.
const VALUES: [&str; 6] = ["value", "text", "string", "prompt", "int", "number"];
const SEEDS: [&str; 2] = ["seed", "noise_seed"];

impl Spot {
    fn new(node: &str, input: &str) -> Self {
        Self { node: node.to_owned(), input: input.to_owned() }
    }

    pub(super) fn set(&self, workflow: &mut Value, value: Value) {
        let node = workflow.as_object_mut().and_then(|nodes| nodes.get_mut(&self.node));
        let inputs = node.and_then(|node| node.get_mut("inputs")).and_then(Value::as_object_mut);
        if let Some(inputs) = inputs {
            inputs.insert(self.input.clone(), value);
        }
    }

    fn value<'a>(&self, workflow: &'a Value) -> Option<&'a Value> {
        workflow.get(&self.node)?.get("inputs")?.get(&self.input)
    }

    /// The kind of its node.
    pub(super) fn class<'a>(&self, workflow: &'a Value) -> &'a str {
        workflow.get(&self.node).map_or("", class_of)
    }
}

/// The number that stands there.
pub(super) fn number_at(workflow: &Value, spot: &Spot) -> Option<f64> {
    spot.value(workflow)?.as_f64()
}

pub(super) fn find(workflow: &Value) -> Places {
    let finder = Finder { workflow };
    let mut places = Places {
        positive: finder.texts("positive", &["prompt", "positive", "positive prompt"]),
        negative: finder.texts("negative", &["negative", "negative prompt"]),
        seeds: finder.marked(&["seed"], Value::is_u64).unwrap_or_else(|| finder.numbers(&SEEDS, |_| true)),
        sources: finder.sources(),
        masks: finder.masks(),
        steps: finder.numbers(&["steps"], |node| input(node, "start_at_step").is_none()),
        counts: finder.numbers(&["batch_size"], is_canvas),
        ..Places::default()
    };
    // What says both is wanted: an empty negative prompt is often made of the positive one.
    let Places { positive, negative, .. } = &mut places;
    negative.retain(|spot| !positive.contains(spot));
    for (side, found) in [("width", &mut places.widths), ("height", &mut places.heights)] {
        *found =
            finder.marked(&[side], Value::is_number).unwrap_or_else(|| finder.numbers(&[side], is_canvas));
    }
    // In several passes each has its own, and only their maker knows which is meant.
    places.denoise =
        Some(finder.numbers(&["denoise"], |_| true)).filter(|spots| spots.len() == 1).unwrap_or_default();
    places
}

/// Whether a picture begins here out of nothing.
fn is_canvas(node: &Value) -> bool {
    ["width", "height", "batch_size"].iter().all(|name| input(node, name).is_some())
}

fn input<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.get("inputs")?.get(name)
}

struct Finder<'a> {
    workflow: &'a Value,
}

impl<'a> Finder<'a> {
    /// Values in nodes whose titles say so; `None` where no title does.
    fn marked(&self, titles: &[&str], fits: impl Fn(&Value) -> bool) -> Option<Vec<Spot>> {
        let mut found = Vec::new();
        for (name, node) in nodes(self.workflow) {
            let title = node.pointer("/_meta/title").and_then(Value::as_str).unwrap_or_default();
            let title = title.trim().trim_start_matches('@').to_ascii_lowercase();
            if titles.contains(&title.as_str()) {
                let names = TEXTS.iter().chain(&VALUES).chain(&SEEDS).chain(&["image", "width", "height"]);
                let is_one = |input: &str| names.clone().any(|name| *name == input);
                let inputs = inputs_of(node)
                    .filter(|(input, value)| is_one(input) && fits(value))
                    .map(|(input, _)| Spot::new(name, input));
                found.extend(inputs);
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Numbers of these names in all nodes that fit, or the values that are linked to them.
    fn numbers(&self, names: &[&str], fits: impl Fn(&Value) -> bool) -> Vec<Spot> {
        let mut found = Vec::new();
        for (name, node) in nodes(self.workflow).filter(|(_, node)| fits(node)) {
            for (input, value) in inputs_of(node).filter(|(input, _)| names.contains(&input.as_str())) {
                if value.is_number() {
                    found.push(Spot::new(name, input));
                } else {
                    found.extend(self.value_behind(value, names, Value::is_number));
                }
            }
        }
        order::sort(&mut found);
        found.dedup();
        found
    }

    /// The value that a link leads to, in a node that does nothing but hold it.
    fn value_behind(&self, link: &Value, names: &[&str], fits: impl Fn(&Value) -> bool) -> Option<Spot> {
        let (target, _) = link_of(link)?;
        let node = self.workflow.get(target)?;
        let mut inputs = inputs_of(node)
            .filter(|(input, _)| VALUES.contains(&input.as_str()) || names.contains(&input.as_str()));
        inputs.find(|(_, value)| fits(value)).map(|(input, _)| Spot::new(target, input))
    }

    /// The texts that samplers take as this.
    fn texts(&self, role: &str, titles: &[&str]) -> Vec<Spot> {
        if let Some(marked) = self.marked(titles, Value::is_string) {
            return marked;
        }
        let mut found = Vec::new();
        let mut open = Vec::new();
        for (name, node) in nodes(self.workflow) {
            let is_guider = role == "positive" && class_of(node).contains("Guider");
            for (input, value) in inputs_of(node) {
                if input == role || is_guider && input == "conditioning" {
                    // Some loaders take the texts themselves.
                    if value.is_string() {
                        found.push(Spot::new(name, input));
                    }
                    open.extend(link_of(value));
                }
            }
        }
        self.follow(role, open, &mut found);
        if found.is_empty() && role == "positive" {
            found = self.only_text();
        }
        order::sort(&mut found);
        found.dedup();
        found
    }

    /// Follows what was linked back to where its words are.
    fn follow(&self, role: &str, mut open: Vec<(&'a str, u64)>, found: &mut Vec<Spot>) {
        let mut seen: LiteMap<_, ()> = LiteMap::new();
        while let Some((name, output)) = open.pop() {
            let Some(node) = self.workflow.get(name).filter(|_| seen.insert((name, output), ()).is_none())
            else {
                continue;
            };
            // It takes the words away.
            if class_of(node) == "ConditioningZeroOut" {
                continue;
            }
            let before = found.len();
            for (input, value) in inputs_of(node).filter(|(input, _)| TEXTS.contains(&input.as_str())) {
                if value.is_string() {
                    found.push(Spot::new(name, input));
                } else {
                    found.extend(self.value_behind(value, &TEXTS, Value::is_string));
                }
            }
            if found.len() > before {
                continue;
            }
            // What passes both on keeps their order.
            let has_both = input(node, "positive").is_some() && input(node, "negative").is_some();
            let passed = match (has_both, output) {
                (false, _) => "conditioning",
                (true, 0) => "positive",
                (true, 1) => "negative",
                (true, _) => role,
            };
            let inputs = inputs_of(node).filter(|(input, _)| input.starts_with(passed));
            open.extend(inputs.filter_map(|(_, value)| link_of(value)));
        }
    }

    /// The text of the only node that reads one.
    fn only_text(&self) -> Vec<Spot> {
        let texts = nodes(self.workflow).filter(|(_, node)| class_of(node).starts_with("CLIPTextEncode"));
        let found: Vec<Spot> = texts
            .flat_map(|(name, node)| inputs_of(node).map(move |(input, value)| (name, input, value)))
            .filter(|(_, input, value)| TEXTS.contains(&input.as_str()) && value.is_string())
            .map(|(name, input, _)| Spot::new(name, input))
            .collect();
        let is_one = found.iter().all(|spot| Some(&spot.node) == found.first().map(|first| &first.node));
        if is_one { found } else { Vec::new() }
    }

    /// The mask that is loaded, where there is only one.
    fn masks(&self) -> Vec<Spot> {
        let is_loader = |node: &Value| class_of(node) == "LoadImageMask" && input(node, "image").is_some();
        self.marked(&["mask"], Value::is_string).unwrap_or_else(|| {
            let loaders: Vec<&String> =
                nodes(self.workflow).filter(|(_, node)| is_loader(node)).map(|(name, _)| name).collect();
            if let [only] = loaders.as_slice() { vec![Spot::new(only, "image")] } else { Vec::new() }
        })
    }

    /// The picture that is loaded: the only one, or the one that the sampler begins with.
    fn sources(&self) -> Vec<Spot> {
        if let Some(marked) = self.marked(&["source", "source image", "input image"], Value::is_string) {
            return marked;
        }
        let is_loader = |node: &Value| class_of(node) == "LoadImage" && input(node, "image").is_some();
        let loaders: Vec<&String> =
            nodes(self.workflow).filter(|(_, node)| is_loader(node)).map(|(name, _)| name).collect();
        if let [only] = loaders.as_slice() {
            return vec![Spot::new(only, "image")];
        }
        let begins = |node: &'a Value| inputs_of(node).filter(|(input, _)| *input == "latent_image");
        let mut open: Vec<&str> = nodes(self.workflow)
            .flat_map(|(_, node)| begins(node))
            .filter_map(|(_, value)| link_of(value))
            .map(|(target, _)| target)
            .collect();
        let mut seen: LiteMap<_, ()> = LiteMap::new();
        let mut found = Vec::new();
        while let Some(name) = open.pop() {
            let Some(node) = self.workflow.get(name).filter(|_| seen.insert(name, ()).is_none()) else {
                continue;
            };
            if is_loader(node) {
                found.push(Spot::new(name, "image"));
            }
            // Pictures come as `image` or `pixels`, what was made of them as `samples` or `latent`.
            let is_followed = |input: &str| {
                ["image", "pixels", "samples", "latent"].iter().any(|start| input.starts_with(start))
            };
            let inputs = inputs_of(node).filter(|(input, _)| is_followed(input));
            open.extend(inputs.filter_map(|(_, value)| link_of(value)).map(|(target, _)| target));
        }
        if found.len() == 1 { found } else { Vec::new() }
    }
}
