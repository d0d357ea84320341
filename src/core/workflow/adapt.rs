//! Fits a user's own workflow to a request: finds where the prompt, the seed, the size and the source belong.
//!
//! A node whose title says so (`prompt`, `negative`, `seed`, `width`, `height`, `source`, `mask`, with or without an `@` before it) is
//! taken at its word. Else the links are followed, from where a sampler takes what is wanted and what is not. What has no place
//! is told and left as it is; nothing is guessed.

use serde_json::{Value, json};

use super::check::{check, complete};
use super::places::{Places, Spot, find, number_at};
use super::{Fault, Parameters, Seed, Size};
use crate::base::number::between;
use crate::base::order;
use crate::model::{InputKind, NodeClasses};

/// Sides are multiples of it, which suits every family.
const MULTIPLE: f64 = 16.0;
const SHORTEST: f64 = 64.0;
const LONGEST: f64 = 4_096.0;

/// Something that a request says and a workflow may have a place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// What is to be seen.
    Prompt,
    /// What is not.
    Negative,
    /// Where chance begins. Without it, a second request gives no new picture.
    Seed,
    /// Width and height.
    Size,
    /// How many at once.
    Count,
    /// The picture to begin with.
    Source,
    /// Where the source may change.
    Mask,
    /// How often the picture is worked over.
    Steps,
    /// How much of the source is made anew.
    Denoise,
}

impl Slot {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Negative => "negative prompt",
            Self::Seed => "seed",
            Self::Size => "size",
            Self::Count => "count",
            Self::Source => "source",
            Self::Mask => "mask",
            Self::Steps => "steps",
            Self::Denoise => "denoise",
        }
    }
}

/// A workflow that fits a request as far as it can.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapted {
    /// In the API format.
    pub workflow: Value,
    /// What was asked for and has no place in it.
    pub unplaced: Vec<Slot>,
    /// The pictures' size, where the workflow begins with an empty one.
    pub size: Option<Size>,
}

/// Fits a workflow to a request, and holds it against what the server said of its nodes.
pub fn adapt(workflow: &Value, parameters: &Parameters, classes: &NodeClasses) -> Result<Adapted, Fault> {
    let mut workflow = nodes_of(workflow)?.clone();
    let places = find(&workflow);
    let mut unplaced = Vec::new();
    let mut set = |slot: Slot, spots: &[Spot], value: Value| {
        for spot in spots {
            spot.set(&mut workflow, value.clone());
        }
        if spots.is_empty() {
            unplaced.push(slot);
        }
    };
    set(Slot::Prompt, &places.positive, json!(parameters.prompt));
    if let Some(negative) = parameters.negative.as_deref().filter(|negative| !negative.trim().is_empty()) {
        set(Slot::Negative, &places.negative, json!(negative));
    }
    if parameters.count > 1 {
        set(Slot::Count, &places.counts, json!(parameters.count));
    }
    if let Some(source) = &parameters.source {
        set(Slot::Source, &places.sources, json!(source));
    }
    if let Some(mask) = &parameters.mask {
        set(Slot::Mask, &places.masks, json!(mask));
    }
    if let Some(steps) = parameters.steps {
        set(Slot::Steps, &places.steps, json!(steps.max(1)));
    }
    if let Some(denoise) = parameters.denoise.filter(|denoise| denoise.is_finite()) {
        set(Slot::Denoise, &places.denoise, json!(between(denoise, 0.0, 1.0)));
    }
    if places.seeds.is_empty() {
        unplaced.push(Slot::Seed);
    }
    for spot in &places.seeds {
        let seed = seed_for(spot, &workflow, parameters.seed, classes);
        spot.set(&mut workflow, json!(seed));
    }
    let size = size(&mut workflow, &places, parameters, &mut unplaced);
    complete(&mut workflow, classes);
    check(&workflow, classes)?;
    order::sort(&mut unplaced);
    Ok(Adapted { workflow, unplaced, size })
}

/// The nodes of a workflow, also of one that was taken with the request around it.
fn nodes_of(workflow: &Value) -> Result<&Value, Fault> {
    let fields = workflow.as_object().ok_or(Fault::NotWorkflow)?;
    if fields.get("nodes").is_some_and(Value::is_array) {
        return Err(Fault::PageFormat);
    }
    match fields.get("prompt") {
        Some(inner) if inner.is_object() && inner.get("class_type").is_none() => Ok(inner),
        _ => Ok(workflow),
    }
}

/// Some nodes take smaller seeds only.
fn seed_for(spot: &Spot, workflow: &Value, seed: Seed, classes: &NodeClasses) -> u64 {
    let class = classes.find(spot.class(workflow));
    let most = match class.and_then(|class| class.input(&spot.input)).map(|input| &input.kind) {
        Some(InputKind::Number { max: Some(max), .. }) if (1.0..9e15).contains(max) => *max as u64,
        _ => return seed.number(),
    };
    seed.number() % (most + 1)
}

fn size(
    workflow: &mut Value,
    places: &Places,
    parameters: &Parameters,
    unplaced: &mut Vec<Slot>,
) -> Option<Size> {
    let first = |spots: &[Spot]| spots.first().and_then(|spot| number_at(workflow, spot));
    let (own_width, own_height) = first(&places.widths).zip(first(&places.heights)).unzip();
    let ratio = parameters.ratio.filter(|(width, height)| *width > 0 && *height > 0);
    let ratio = ratio.map(|(width, height)| f64::from(width) / f64::from(height));
    let own_ratio = own_width.zip(own_height).map(|(width, height)| width / height);
    let form = ratio.or(own_ratio).filter(|form| form.is_finite() && *form > 0.0).unwrap_or(1.0);
    let wanted = match (parameters.width.map(f64::from), parameters.height.map(f64::from)) {
        (Some(width), Some(height)) => Some((width, height)),
        (Some(width), None) => Some((width, width / form)),
        (None, Some(height)) => Some((height * form, height)),
        // The same number of pixels in another form.
        (None, None) => ratio.map(|ratio| {
            let pixels = own_width.zip(own_height).map_or(1_048_576.0, |(width, height)| width * height);
            let height = (pixels / ratio).sqrt();
            (height * ratio, height)
        }),
    };
    let whole = |side: f64| between((side / MULTIPLE).round() * MULTIPLE, SHORTEST, LONGEST) as u32;
    let Some((width, height)) = wanted else {
        return own_width.zip(own_height).map(|(width, height)| Size::new(width as u32, height as u32));
    };
    if places.widths.is_empty() || places.heights.is_empty() {
        unplaced.push(Slot::Size);
        return None;
    }
    let size = Size::new(whole(width), whole(height));
    for spot in &places.widths {
        spot.set(workflow, json!(size.width));
    }
    for spot in &places.heights {
        spot.set(workflow, json!(size.height));
    }
    Some(size)
}
