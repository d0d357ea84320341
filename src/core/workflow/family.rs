//! Families of models that the built-in workflows are for, and which of them a file belongs to.
//!
//! What a file says of itself is surer than its name, and most say nothing. Names are those that such files usually have; one
//! that fits nothing is left alone, since a wrong family gives noise.

use super::size::Limits;

/// A family of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Stable Diffusion 1.5.
    Sd15,
    /// Stable Diffusion XL.
    Sdxl,
    /// FLUX.1 dev.
    FluxDev,
    /// FLUX.1 schnell, for few steps.
    FluxSchnell,
}

/// How a model wants to be worked with that was made for few steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Haste {
    pub(super) steps: u32,
    pub(super) cfg: f64,
    pub(super) sampler: &'static str,
    pub(super) scheduler: &'static str,
}

/// Other models, or parts of models, that names like ours are in.
const OTHERS: [&str; 22] = [
    "refiner",
    "inpaint",
    "sd3",
    "sd_3",
    "sd-3",
    "stable-diffusion-3",
    "cascade",
    "svd",
    "fill",
    "canny",
    "depth",
    "redux",
    "kontext",
    "flux2",
    "flux.2",
    "flux-2",
    "flux_2",
    "v2-1",
    "v2-0",
    "wan2",
    "hunyuan",
    "qwen",
];
const SCHNELL: [&str; 1] = ["schnell"];
const FLUX: [&str; 1] = ["flux"];
const SDXL: [&str; 6] = ["xl", "pony", "illustrious", "playground-v2", "noobai", "animagine"];
// A bare "1.5" is mostly the version of somebody's own model.
const SD15: [&str; 14] = [
    "v1-5",
    "v1-4",
    "sd15",
    "sd1.5",
    "sd-1.5",
    "sd_1.5",
    "sd 1.5",
    "sd-v1",
    "sd_v1",
    "sdv1",
    "dreamshaper_8",
    "realisticvision",
    "deliberate",
    "anything-v",
];

impl Family {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sd15 => "Stable Diffusion 1.5",
            Self::Sdxl => "Stable Diffusion XL",
            Self::FluxDev => "FLUX.1 dev",
            Self::FluxSchnell => "FLUX.1 schnell",
        }
    }

    /// By what a file says of itself, such as `stable-diffusion-xl-v1-base`. A part of a model, as after a slash, is none.
    pub(super) fn of_architecture(architecture: &str) -> Option<Self> {
        match architecture {
            "stable-diffusion-v1" => Some(Self::Sd15),
            "stable-diffusion-xl-v1-base" => Some(Self::Sdxl),
            "flux-1-dev" => Some(Self::FluxDev),
            "flux-1-schnell" => Some(Self::FluxSchnell),
            _ => None,
        }
    }

    /// By its name; folders count too.
    pub(super) fn of_name(file: &str) -> Option<Self> {
        let file = file.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| file.contains(word));
        if has(&OTHERS) {
            None
        } else if has(&SCHNELL) {
            Some(Self::FluxSchnell)
        } else if has(&FLUX) {
            Some(Self::FluxDev)
        } else if has(&SDXL) {
            Some(Self::Sdxl)
        } else if has(&SD15) {
            Some(Self::Sd15)
        } else {
            None
        }
    }

    /// Whether it is one of FLUX: no negative prompt, long sentences, sizes in steps of 16.
    pub const fn is_flux(self) -> bool {
        matches!(self, Self::FluxDev | Self::FluxSchnell)
    }

    pub(super) const fn limits(self) -> Limits {
        match self {
            Self::Sd15 => Limits { multiple: 8, longest: 768, most: 768.0 * 768.0, usual: 512.0 * 512.0 },
            Self::Sdxl => Limits { multiple: 8, longest: 1_536, most: 1_310_720.0, usual: 1_048_576.0 },
            Self::FluxDev | Self::FluxSchnell => {
                Limits { multiple: 16, longest: 2_048, most: 2_097_152.0, usual: 1_048_576.0 }
            }
        }
    }
}

/// Whether a model was made for few steps, by its name.
pub(super) fn haste(file: &str, family: Family) -> Option<Haste> {
    let file = file.to_ascii_lowercase();
    let has = |word: &str| file.contains(word);
    if family.is_flux() {
        None
    } else if has("lcm") {
        Some(Haste { steps: 6, cfg: 1.5, sampler: "lcm", scheduler: "sgm_uniform" })
    } else if has("turbo") {
        Some(Haste { steps: 6, cfg: 1.0, sampler: "euler_ancestral", scheduler: "normal" })
    } else if has("lightning") || has("hyper") {
        // They are made for exactly so many.
        let steps = [1, 2, 4, 8].into_iter().find(|steps| {
            ["step", "-step", "_step"].iter().any(|word| file.contains(&format!("{steps}{word}")))
        });
        Some(Haste { steps: steps.unwrap_or(8), cfg: 1.0, sampler: "euler", scheduler: "sgm_uniform" })
    } else {
        None
    }
}
