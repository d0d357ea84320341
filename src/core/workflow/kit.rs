//! Which files of a server make a picture together.

use litemap::LiteMap;

use super::{Family, Fault};
use crate::base::order;
use crate::model::NodeClasses;

/// The nodes that have to be asked for to know what a server can make: their choices are its files.
pub const LISTING: [&str; 5] =
    ["CheckpointLoaderSimple", "UNETLoader", "DualCLIPLoader", "VAELoader", "KSampler"];

/// What files say of themselves, by their names.
pub type Architectures = LiteMap<String, String>;

/// So many names are told at most.
const TOLD: usize = 8;

/// Files that make a picture together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kit {
    /// The kind of model.
    pub family: Family,
    /// The files.
    pub loader: Loader,
}

/// How the files are loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loader {
    /// All in one.
    Checkpoint {
        /// In `models/checkpoints`.
        file: String,
    },
    /// In parts, as FLUX is mostly given away.
    Parts {
        /// In `models/diffusion_models`.
        model: String,
        /// In `models/text_encoders`: the small one and the large one.
        encoders: [String; 2],
        /// In `models/vae`.
        vae: String,
    },
}

impl Kit {
    /// The file that it is known by.
    pub fn file(&self) -> &str {
        match &self.loader {
            Loader::Checkpoint { file } | Loader::Parts { model: file, .. } => file,
        }
    }
}

/// All that this server can make pictures with, checkpoints first, each in the server's order.
pub fn kits(classes: &NodeClasses, architectures: &Architectures) -> Result<Vec<Kit>, Fault> {
    let mut kits = Vec::new();
    for file in files(classes, "CheckpointLoaderSimple", "ckpt_name") {
        if let Some(family) = family_of(file, architectures) {
            kits.push(Kit { family, loader: Loader::Checkpoint { file: file.to_owned() } });
        }
    }
    let mut lacks: Option<Fault> = None;
    for model in files(classes, "UNETLoader", "unet_name") {
        let Some(family) = family_of(model, architectures).filter(|family| family.is_flux()) else {
            continue;
        };
        match parts(classes, model) {
            Ok(loader) => kits.push(Kit { family, loader }),
            Err(missing) => {
                lacks.get_or_insert(Fault::MissingParts { model: model.to_owned(), missing });
            }
        }
    }
    if !kits.is_empty() {
        return Ok(kits);
    }
    Err(lacks.unwrap_or_else(|| {
        let there = files(classes, "CheckpointLoaderSimple", "ckpt_name")
            .chain(files(classes, "UNETLoader", "unet_name"))
            .take(TOLD)
            .map(str::to_owned)
            .collect();
        Fault::NoCheckpoint { there }
    }))
}

/// Files whose names do not say what they are, with their folders: the server may be asked what they say of themselves.
pub fn unclear(classes: &NodeClasses) -> Vec<(&'static str, String)> {
    [("checkpoints", "CheckpointLoaderSimple", "ckpt_name"), ("diffusion_models", "UNETLoader", "unet_name")]
        .into_iter()
        .flat_map(|(folder, class, input)| files(classes, class, input).map(move |file| (folder, file)))
        .filter(|(_, file)| file.ends_with(".safetensors") && Family::of_name(file).is_none())
        .map(|(folder, file)| (folder, file.to_owned()))
        .collect()
}

fn family_of(file: &str, architectures: &Architectures) -> Option<Family> {
    match architectures.get(file) {
        Some(architecture) => Family::of_architecture(architecture),
        None => Family::of_name(file),
    }
}

fn files<'a>(classes: &'a NodeClasses, class: &str, input: &str) -> impl Iterator<Item = &'a str> {
    classes.find(class).into_iter().flat_map(move |class| class.choices(input).collect::<Vec<_>>())
}

/// What FLUX in parts needs beside the model, or what of that is not there.
fn parts(classes: &NodeClasses, model: &str) -> Result<Loader, Vec<&'static str>> {
    let encoders = |word: &str| -> Option<String> {
        let mut found: Vec<&str> = files(classes, "DualCLIPLoader", "clip_name1")
            .filter(|file| file.to_ascii_lowercase().contains(word))
            .collect();
        // A small model is for a small card, which holds no large text encoder.
        let is_small = |file: &str| file.to_ascii_lowercase().contains("fp8");
        order::sort_by_key(&mut found, |file| is_small(file) != is_small(model));
        found.first().map(|file| (*file).to_owned())
    };
    let vae = files(classes, "VAELoader", "vae_name").find(|file| {
        let name = file.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        name == "ae.safetensors" || name == "ae.sft" || name.contains("flux")
    });
    match (encoders("clip_l"), encoders("t5xxl"), vae) {
        (Some(small), Some(large), Some(vae)) => {
            Ok(Loader::Parts { model: model.to_owned(), encoders: [small, large], vae: vae.to_owned() })
        }
        (small, large, vae) => {
            let wanted = [
                (small.is_none(), "clip_l.safetensors in models/text_encoders"),
                (large.is_none(), "t5xxl_fp8_e4m3fn.safetensors in models/text_encoders"),
                (vae.is_none(), "ae.safetensors in models/vae"),
            ];
            Err(wanted.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, file)| file).collect())
        }
    }
}
