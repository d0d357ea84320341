//! What a picture is asked for with.

use crate::base::number::between;
use crate::model::picture::Style;

/// The largest seed that JavaScript holds exactly. `ComfyUI` takes larger ones.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// Where the chance of a picture begins: 0 to [`MAX_SEED`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// `None` for one that JavaScript cannot hold.
    pub const fn new(seed: u64) -> Option<Self> {
        if seed <= MAX_SEED { Some(Self(seed)) } else { None }
    }

    /// From a fraction of one, 0 inclusive to 1 exclusive.
    pub fn of_fraction(fraction: f64) -> Self {
        Self(((between(fraction, 0.0, 1.0) * MAX_SEED as f64) as u64).min(MAX_SEED))
    }

    /// The number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What a picture is asked for with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// What is to be seen.
    pub prompt: String,
    /// What is not.
    pub negative: Option<String>,
    /// What kind of picture; just what the prompt says where absent.
    pub style: Option<Style>,
    /// Width to height, such as 16 to 9.
    pub ratio: Option<(u32, u32)>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Another seed is another picture; the same is none, since the server has made it.
    pub seed: Seed,
    /// How often the picture is worked over.
    pub steps: Option<u32>,
    /// How many pictures at once; one where zero.
    pub count: u32,
    /// The picture to begin with, by its name in the server's folder for inputs.
    pub source: Option<String>,
    /// Where the source may change, by its name in the same folder.
    pub mask: Option<String>,
    /// How much of the source is made anew: 0 nothing, 1 all.
    pub denoise: Option<f64>,
    /// Whether the server keeps the file. The prompt is written into it.
    pub is_kept: bool,
}

impl Parameters {
    /// Whether a size is asked for.
    pub(super) const fn has_size(&self) -> bool {
        self.width.is_some() || self.height.is_some() || self.ratio.is_some()
    }
}
