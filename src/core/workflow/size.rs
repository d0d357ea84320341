//! Sizes that a family of models makes good pictures of.

use super::{Family, Parameters};
use crate::base::number::between;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// What a family takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Both sides are multiples of it.
    pub(super) multiple: u32,
    /// The longest side.
    pub(super) longest: u32,
    /// The most pixels.
    pub(super) most: f64,
    /// The pixels that it was trained on.
    pub(super) usual: f64,
}

/// The shortest side that is of any use.
const SHORTEST: f64 = 64.0;

/// The sides on which SDXL was trained, as the longer and the shorter.
const TRAINED: [(u32, u32); 5] = [(1024, 1024), (1152, 896), (1216, 832), (1344, 768), (1536, 640)];

impl Size {
    /// Width and height.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Millions of pixels, as `ComfyUI` counts them.
    pub(super) fn megapixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height) / 1_048_576.0
    }

    /// What is asked for, as near as the family can; `usual` where nothing is. Two sides that are both given keep their
    /// ratio where they are too large.
    pub(super) fn fitted(family: Family, parameters: &Parameters, usual: Self) -> Self {
        let limits = family.limits();
        let ratio = parameters
            .ratio
            .filter(|(width, height)| *width > 0 && *height > 0)
            .map(|(width, height)| f64::from(width) / f64::from(height));
        let side = |side: Option<u32>| side.filter(|side| *side > 0).map(f64::from);
        let (width, height) = match (side(parameters.width), side(parameters.height), ratio) {
            (Some(width), Some(height), _) => (width, height),
            (Some(width), None, ratio) => (width, width / ratio.unwrap_or(1.0)),
            (None, Some(height), ratio) => (height * ratio.unwrap_or(1.0), height),
            (None, None, Some(ratio)) => return Self::of_ratio(family, ratio),
            (None, None, None) => return usual,
        };
        Self::within(limits, width, height)
    }

    fn of_ratio(family: Family, ratio: f64) -> Self {
        if family == Family::Sdxl {
            let sizes = TRAINED
                .into_iter()
                .flat_map(|(longer, shorter)| [Self::new(longer, shorter), Self::new(shorter, longer)]);
            let off = |size: &Self| (f64::from(size.width) / f64::from(size.height) / ratio).ln().abs();
            let nearest = sizes.min_by(|one, other| off(one).total_cmp(&off(other)));
            return nearest.unwrap_or(Self::new(1024, 1024));
        }
        let limits = family.limits();
        let height = (limits.usual / ratio).sqrt();
        Self::within(limits, height * ratio, height)
    }

    fn within(limits: Limits, width: f64, height: f64) -> Self {
        let longest = f64::from(limits.longest);
        let scale = (longest / width.max(height)).min((limits.most / (width * height)).sqrt()).min(1.0);
        let multiple = f64::from(limits.multiple);
        let side = |side: f64| {
            let rounded = (side * scale / multiple).round() * multiple;
            between(rounded, SHORTEST, longest) as u32
        };
        Self::new(side(width), side(height))
    }
}
