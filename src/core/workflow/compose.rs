//! Makes the workflow of a request, for the files of one kit.
//!
//! All families share one graph: what loads the files and where the picture begins differ, and FLUX has its guidance apart.

use core::fmt;

use serde_json::{Value, json};

use super::check::{check, complete};
use super::fault::short;
use super::graph::{Graph, Node};
use super::style::{Settings, negative, positive};
use super::{Family, Fault, Kit, Loader, Parameters, Size};
use crate::base::number::between;
use crate::model::NodeClasses;

/// The most pictures at once.
const COUNT_LIMIT: u32 = 16;
/// The most steps. More change nothing that can be seen.
const STEP_LIMIT: u32 = 150;
/// What every workflow is made of.
const ALWAYS: [&str; 3] = ["CLIPTextEncode", "KSampler", "VAEDecode"];
/// What the server calls files that it keeps. Never words of a person: a slash in it would make folders.
const FILE_NAME: &str = "hkm-mesh";
/// How much is made anew where a mask says that anything may change: nearly all, since the rest stays as it was anyway.
const MASKED: f64 = 0.9;

/// A workflow that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// In the API format.
    pub workflow: Value,
    /// The pictures' size; of a source that keeps its own form, how many pixels it comes to.
    pub size: Size,
    /// How often the picture is worked over.
    pub steps: u32,
    /// How many pictures it makes.
    pub count: u32,
    /// What is not as it was asked for.
    pub notes: Vec<Note>,
}

/// Something that is not as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The family has no use for a negative prompt.
    NegativeIgnored(Family),
    /// The family does not make pictures of that size.
    Size(Size),
    /// So many at once are not made.
    Count(u32),
    /// The server does not have this way of sampling, and another is used.
    Sampler(String),
}

impl Note {
    /// To translate it by.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NegativeIgnored(_) => "negative-ignored",
            Self::Size(_) => "size-changed",
            Self::Count(_) => "count-changed",
            Self::Sampler(_) => "sampler-changed",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegativeIgnored(family) => {
                write!(to, "{} has no use for a negative prompt, so it was left out.", family.name())
            }
            Self::Size(size) => {
                write!(to, "The size was changed to {} × {}, which suits the model.", size.width, size.height)
            }
            Self::Count(count) => write!(to, "At most {count} pictures are made at once."),
            Self::Sampler(used) => {
                write!(to, "The server does not have the usual sampler; {} was used.", short(used))
            }
        }
    }
}

/// The nodes to ask the server about before a workflow is composed for this kit.
pub fn classes_for(kit: &Kit, parameters: &Parameters) -> Vec<&'static str> {
    let mut classes = ALWAYS.to_vec();
    classes.extend_from_slice(match &kit.loader {
        Loader::Checkpoint { .. } => &["CheckpointLoaderSimple"],
        Loader::Parts { .. } => &["UNETLoader", "DualCLIPLoader", "VAELoader"],
    });
    if kit.family == Family::FluxDev {
        classes.push("FluxGuidance");
    }
    match (&parameters.source, kit.family.is_flux()) {
        (Some(_), _) => {
            let (scale, repeat) = (scaler(parameters), (parameters.count > 1).then_some("RepeatLatentBatch"));
            classes.extend(["LoadImage", scale, "VAEEncode"].into_iter().chain(repeat));
            if parameters.mask.is_some() {
                classes.extend(["ImageToMask", "SetLatentNoiseMask"]);
            }
        }
        (None, true) => classes.push("EmptySD3LatentImage"),
        (None, false) => classes.push("EmptyLatentImage"),
    }
    classes.push(saver(parameters));
    classes
}

/// Makes the workflow and holds it against what the server said of its nodes.
pub fn compose(parameters: &Parameters, kit: &Kit, classes: &NodeClasses) -> Result<Composed, Fault> {
    let settings = Settings::of(parameters.style, kit);
    let size = Size::fitted(kit.family, parameters, settings.size);
    let steps = parameters.steps.map_or(settings.steps, |steps| steps.clamp(1, STEP_LIMIT));
    let count = parameters.count.clamp(1, COUNT_LIMIT);
    let mut notes = Vec::new();
    if kit.family.is_flux()
        && parameters.negative.as_deref().is_some_and(|negative| !negative.trim().is_empty())
    {
        notes.push(Note::NegativeIgnored(kit.family));
    }
    let is_other = |wanted: Option<u32>, made: u32| wanted.is_some_and(|wanted| wanted != made);
    if is_other(parameters.width, size.width) || is_other(parameters.height, size.height) {
        notes.push(Note::Size(size));
    }
    if parameters.count > count {
        notes.push(Note::Count(count));
    }
    let sampler = offered(classes, "sampler_name", [settings.sampler, "euler"]);
    if sampler != settings.sampler {
        notes.push(Note::Sampler(sampler.clone()));
    }
    let scheduler = offered(classes, "scheduler", [settings.scheduler, "normal"]);

    let mut graph = Graph::default();
    let (model, clip, vae) = load(&mut graph, kit);
    let mut said = words(&mut graph, &clip, positive(parameters.style, &parameters.prompt));
    let unwanted = if kit.family.is_flux() {
        String::new()
    } else {
        negative(parameters.style, parameters.negative.as_deref())
    };
    let unwanted = words(&mut graph, &clip, unwanted);
    let mut cfg = settings.strength;
    if kit.family.is_flux() {
        cfg = 1.0;
    }
    if kit.family == Family::FluxDev {
        let inputs = json!({ "guidance": settings.strength, "conditioning": said });
        said = graph.add("FluxGuidance", inputs).output(0);
    }
    let (canvas, denoise) = match &parameters.source {
        None => {
            let class = if kit.family.is_flux() { "EmptySD3LatentImage" } else { "EmptyLatentImage" };
            let inputs = json!({ "width": size.width, "height": size.height, "batch_size": count });
            (graph.add(class, inputs), 1.0)
        }
        Some(source) => {
            let denoise = parameters.denoise.filter(|denoise| denoise.is_finite());
            let canvas = source_canvas(&mut graph, source, parameters, size, count, &vae);
            let usual = if parameters.mask.is_some() { MASKED } else { settings.denoise };
            (canvas, between(denoise.unwrap_or(usual), 0.01, 1.0))
        }
    };
    let sampled = graph.add(
        "KSampler",
        json!({
            "seed": parameters.seed.number(), "steps": steps, "cfg": cfg, "sampler_name": sampler, "scheduler": scheduler,
            "denoise": denoise, "model": model, "positive": said, "negative": unwanted, "latent_image": canvas.output(0),
        }),
    );
    let picture = graph.add("VAEDecode", json!({ "samples": sampled.output(0), "vae": vae })).output(0);
    let saver = saver(parameters);
    graph.add(
        saver,
        if parameters.is_kept {
            json!({ "images": picture, "filename_prefix": FILE_NAME })
        } else {
            json!({ "images": picture })
        },
    );
    let mut workflow = graph.into_value();
    complete(&mut workflow, classes);
    check(&workflow, classes)?;
    Ok(Composed { workflow, size, steps, count, notes })
}

/// Links to the model, what reads words for it, and what turns its numbers into pixels.
fn load(graph: &mut Graph, kit: &Kit) -> (Value, Value, Value) {
    match &kit.loader {
        Loader::Checkpoint { file } => {
            let all = graph.add("CheckpointLoaderSimple", json!({ "ckpt_name": file }));
            (all.output(0), all.output(1), all.output(2))
        }
        Loader::Parts { model, encoders: [small, large], vae } => {
            let model = graph.add("UNETLoader", json!({ "unet_name": model, "weight_dtype": "default" }));
            let names = json!({ "clip_name1": small, "clip_name2": large, "type": "flux" });
            let clip = graph.add("DualCLIPLoader", names);
            let vae = graph.add("VAELoader", json!({ "vae_name": vae }));
            (model.output(0), clip.output(0), vae.output(0))
        }
    }
}

fn words(graph: &mut Graph, clip: &Value, text: String) -> Value {
    graph.add("CLIPTextEncode", json!({ "text": text, "clip": clip })).output(0)
}

/// Where a picture begins that is made of another. A mask goes the way of its source, so that both lie over each other.
fn source_canvas(
    graph: &mut Graph,
    source: &str,
    parameters: &Parameters,
    size: Size,
    count: u32,
    vae: &Value,
) -> Node {
    let pixels = loaded(graph, source, parameters, size).output(0);
    let mut canvas = graph.add("VAEEncode", json!({ "pixels": pixels, "vae": vae }));
    if let Some(mask) = &parameters.mask {
        let picture = loaded(graph, mask, parameters, size).output(0);
        let mask = graph.add("ImageToMask", json!({ "image": picture, "channel": "red" })).output(0);
        canvas = graph.add("SetLatentNoiseMask", json!({ "samples": canvas.output(0), "mask": mask }));
    }
    if count == 1 {
        return canvas;
    }
    graph.add("RepeatLatentBatch", json!({ "samples": canvas.output(0), "amount": count }))
}

/// An uploaded picture. Without a size it keeps its form, at as many pixels as the family is used to.
fn loaded(graph: &mut Graph, file: &str, parameters: &Parameters, size: Size) -> Node {
    let loaded = graph.add("LoadImage", json!({ "image": file }));
    let mut inputs = json!({ "image": loaded.output(0), "upscale_method": "bicubic" });
    if let Some(inputs) = inputs.as_object_mut() {
        if parameters.has_size() {
            inputs.extend([
                ("width".to_owned(), json!(size.width)),
                ("height".to_owned(), json!(size.height)),
                ("crop".to_owned(), json!("center")),
            ]);
        } else {
            // Two digits are what the node takes.
            let megapixels = (size.megapixels() * 100.0).round() / 100.0;
            inputs.insert("megapixels".to_owned(), json!(megapixels));
        }
    }
    graph.add(scaler(parameters), inputs)
}

const fn scaler(parameters: &Parameters) -> &'static str {
    if parameters.has_size() { "ImageScale" } else { "ImageScaleToTotalPixels" }
}

const fn saver(parameters: &Parameters) -> &'static str {
    if parameters.is_kept { "SaveImage" } else { "PreviewImage" }
}

/// The first of these that the server has, else whatever it has; the first where it was not asked.
fn offered(classes: &NodeClasses, input: &str, wanted: [&str; 2]) -> String {
    let choices: Vec<&str> =
        classes.find("KSampler").into_iter().flat_map(|class| class.choices(input)).collect();
    let [best, plain] = wanted;
    let found = wanted.into_iter().find(|wanted| choices.contains(wanted));
    let any = choices.first().copied().unwrap_or(plain);
    (if choices.is_empty() { best } else { found.unwrap_or(any) }).to_owned()
}
