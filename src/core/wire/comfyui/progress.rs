//! How far a prompt is, over all its nodes.
//!
//! A node that counts steps weighs as many as the workflow gives it, any other one; what need not run weighs nothing. So the
//! whole is known before the first step and does not grow on the way. It is a share of the work as the workflow counts it,
//! not of the time: loading a model is one step of many and may take the longest.

use litemap::LiteMap;
use serde_json::Value;

use super::NodeStep;
use crate::base::number::between;
use crate::base::order;

/// More steps than any node takes.
const STEP_LIMIT: f64 = 10_000.0;

/// How far a prompt is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The node that runs, by its name in the workflow.
    pub node: Option<String>,
    /// What kind of node that is.
    pub class: Option<String>,
    /// Its steps that are done.
    pub value: f64,
    /// Its steps in all.
    pub max: f64,
    /// Steps done of all nodes.
    pub done: f64,
    /// Steps of all nodes that run.
    pub whole: f64,
}

/// The nodes of a workflow and what was heard of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    by_name: LiteMap<String, Node>,
    current: Option<String>,
    /// How far the node is that runs.
    step: (f64, f64),
    done: f64,
    told: Option<(Option<String>, f64, f64, f64)>,
}

#[derive(Clone, Debug)]
struct Node {
    class: String,
    weight: f64,
    /// From 0 to 1.
    share: f64,
}

impl Nodes {
    pub(super) fn of(workflow: &Value) -> Self {
        let nodes = workflow.as_object().into_iter().flatten().map(|(name, node)| {
            let class = node.get("class_type").and_then(Value::as_str).unwrap_or_default().to_owned();
            let steps = node.pointer("/inputs/steps").and_then(Value::as_f64);
            let weight = steps.filter(|steps| (1.0..=STEP_LIMIT).contains(steps)).unwrap_or(1.0);
            (name.clone(), Node { class, weight, share: 0.0 })
        });
        Self { by_name: order::map(nodes), step: (0.0, 1.0), ..Self::default() }
    }

    /// The node that runs.
    pub(super) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Whether the node that runs shows its result instead of writing it down.
    pub(super) fn shows_results(&self, node: Option<&str>) -> bool {
        let node = node.or(self.current()).and_then(|node| self.by_name.get(node));
        node.is_some_and(|node| node.class == "SaveImageWebsocket")
    }

    /// These need not run. What ran already did: the server says it before the first one runs.
    pub(super) fn cached(&mut self, cached: &[String]) {
        for name in cached {
            if let Some(node) = self.by_name.get_mut(name).filter(|node| node.share == 0.0) {
                node.weight = 0.0;
            }
        }
    }

    /// Whether none has to run.
    pub(super) fn are_all_cached(&self) -> bool {
        !self.by_name.is_empty() && self.by_name.values().all(|node| node.weight == 0.0)
    }

    /// A node begins to run, so the one before it is over.
    pub(super) fn run(&mut self, node: &str) {
        if self.current() == Some(node) {
            return;
        }
        if let Some(before) = self.current.take() {
            self.reach(&before, 1.0);
        }
        self.current = Some(node.to_owned());
        self.step = (0.0, 1.0);
    }

    pub(super) fn step(&mut self, step: &NodeStep) {
        let name =
            if step.node.is_empty() { self.current.clone().unwrap_or_default() } else { step.node.clone() };
        self.reach(&name, if step.is_finished { 1.0 } else { step.value / step.max });
        if self.current() == Some(name.as_str()) {
            self.step = (step.value, step.max);
        }
    }

    fn reach(&mut self, name: &str, share: f64) {
        if let Some(node) = self.by_name.get_mut(name) {
            node.share = node.share.max(share);
        }
    }

    /// How far it is, where that is new.
    pub(super) fn news(&mut self) -> Option<Progress> {
        let whole: f64 = self.by_name.values().map(|node| node.weight).sum();
        let done: f64 = self.by_name.values().map(|node| node.weight * node.share).sum();
        // Sums of parts may be off by a hair.
        self.done = between(done, self.done.min(whole), whole);
        let told = (self.current.clone(), self.step.0, self.step.1, self.done);
        if self.told.as_ref() == Some(&told) || self.current.is_none() {
            return None;
        }
        let class = self.current().and_then(|node| self.by_name.get(node)).map(|node| node.class.clone());
        self.told = Some(told);
        let (value, max) = self.step;
        Some(Progress { node: self.current.clone(), class, value, max, done: self.done, whole })
    }
}
