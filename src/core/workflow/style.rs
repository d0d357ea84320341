//! How a kind of picture is asked for: the words around the prompt, and what suits each family.

use super::family::haste;
use super::{Family, Kit, Size};
use crate::model::picture::Style;

/// What suits a kind of picture and a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) size: Size,
    pub(super) steps: u32,
    /// How closely the prompt is followed: the sampler's `cfg`, of FLUX its own guidance.
    pub(super) strength: f64,
    pub(super) sampler: &'static str,
    pub(super) scheduler: &'static str,
    /// How much of a source is made anew.
    pub(super) denoise: f64,
}

/// The least that a picture for its own sake should not be.
const FLAWS: &str = "blurry, low quality, deformed, watermark, signature";

impl Settings {
    pub(super) fn of(style: Option<Style>, kit: &Kit) -> Self {
        let denoise = match style {
            Some(Style::Artistic) => 0.7,
            _ => 0.6,
        };
        let set = |width, height, steps, strength, sampler, scheduler| Self {
            size: Size::new(width, height),
            steps,
            strength,
            sampler,
            scheduler,
            denoise,
        };
        let mut settings = match (kit.family, style) {
            (Family::Sd15, None) => set(512, 512, 25, 7.5, "dpmpp_2m", "karras"),
            (Family::Sd15, Some(Style::Infographic)) => set(768, 512, 25, 7.5, "dpmpp_2m", "karras"),
            (Family::Sd15, Some(Style::Scientific)) => set(512, 512, 28, 7.0, "dpmpp_2m", "karras"),
            (Family::Sd15, Some(Style::Artistic)) => set(512, 768, 25, 8.0, "euler_ancestral", "normal"),
            (Family::Sdxl, None) => set(1024, 1024, 28, 6.5, "dpmpp_2m", "karras"),
            (Family::Sdxl, Some(Style::Infographic)) => set(1344, 768, 28, 6.5, "dpmpp_2m", "karras"),
            (Family::Sdxl, Some(Style::Scientific)) => set(1024, 1024, 30, 6.0, "dpmpp_2m", "karras"),
            (Family::Sdxl, Some(Style::Artistic)) => set(832, 1216, 30, 7.0, "dpmpp_2m_sde", "karras"),
            (_, Some(Style::Infographic)) => set(1344, 768, 24, 4.0, "euler", "simple"),
            (_, Some(Style::Artistic)) => set(832, 1216, 20, 2.7, "euler", "simple"),
            (_, Some(Style::Scientific) | None) => set(1024, 1024, 24, 3.5, "euler", "simple"),
        };
        if kit.family == Family::FluxSchnell {
            settings.steps = 4;
        } else if let Some(haste) = haste(kit.file(), kit.family) {
            settings.steps = haste.steps;
            settings.strength = haste.cfg;
            settings.sampler = haste.sampler;
            settings.scheduler = haste.scheduler;
        }
        settings
    }
}

/// The prompt as it is sent. In a kind of picture it is a description, so its brackets are meant as brackets; else it is left
/// as it was written, with the weights that a person may have put into it.
pub(super) fn positive(style: Option<Style>, prompt: &str) -> String {
    match style {
        None => prompt.to_owned(),
        Some(_) => description(style, &without_weights(prompt)),
    }
}

/// What is to be seen, in words for a model that reads them as a person does.
pub fn description(style: Option<Style>, prompt: &str) -> String {
    let Some(style) = style else { return prompt.to_owned() };
    let said = prompt.trim().trim_end_matches('.');
    match style {
        Style::Infographic => format!(
            "Clean flat vector infographic that explains {said}. Simple shapes, clear icons and arrows, few strong colours, \
             plenty of white space."
        ),
        Style::Scientific => format!(
            "Precise scientific illustration of {said}. True proportions, visible inner structure, soft even light, plain pale \
             background."
        ),
        Style::Artistic => format!(
            "{said}. Expressive painting with visible brushwork, strong composition, rich colour and dramatic light."
        ),
    }
}

/// What is not to be seen, with what the person added.
pub(super) fn negative(style: Option<Style>, added: Option<&str>) -> String {
    let own = match style {
        None => FLAWS,
        Some(Style::Infographic) => {
            "photograph, clutter, 3d render, gradient noise, garbled letters, blurry, watermark"
        }
        Some(Style::Scientific) => {
            "cartoon, decoration, garbled letters, blurry, low quality, deformed, watermark"
        }
        Some(Style::Artistic) => {
            "photograph, flat, dull, blurry, low quality, deformed, watermark, signature"
        }
    };
    match added.map(str::trim).filter(|added| !added.is_empty()) {
        Some(added) => format!("{added}, {own}"),
        None => own.to_owned(),
    }
}

/// Text in which round brackets are only brackets. Those that are already marked stay so.
fn without_weights(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 8);
    let mut is_marked = false;
    for letter in text.chars() {
        if matches!(letter, '(' | ')') && !is_marked {
            plain.push('\\');
        }
        is_marked = letter == '\\' && !is_marked;
        plain.push(letter);
    }
    plain
}
