//! What a model's name says about how it wants to be asked: the API's list tells only whether a model thinks.

/// Models that are asked alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Gemma: knows no system instruction and no JSON mode.
    Gemma,
    /// Gemini before 2.5, and what is no Gemini at all.
    Early,
    /// Gemini 2.5: thinks by a budget of tokens.
    Budget,
    /// Gemini 3 and later, and Gemini without a number (`gemini-flash-latest`): thinks by level, wants its
    /// signatures back, and takes tools, search and schemas together.
    Level,
}

impl Family {
    /// By the model's name. An unknown Gemini is taken for a new one.
    pub(super) fn of(model: &str) -> Self {
        let name = bare(model);
        let Some(rest) = name.strip_prefix("gemini-") else {
            return if name.starts_with("gemma-") { Self::Gemma } else { Self::Early };
        };
        match version(rest) {
            Some((2, 5)) => Self::Budget,
            Some((0..=2, _)) => Self::Early,
            None if matches!(rest, "pro" | "pro-vision") => Self::Early,
            None if rest.starts_with("robotics-er-1.5") => Self::Budget,
            Some(_) | None => Self::Level,
        }
    }
}

/// The least that a model which thinks by level can be told to think. Those that know `MINIMAL` are named here, since
/// the others refuse it.
pub(super) fn lowest_level(model: &str) -> &'static str {
    let name = bare(model);
    let rest = name.strip_prefix("gemini-").unwrap_or_default();
    let has_minimal = matches!(version(rest), Some((3, 0..=6)))
        && rest.split_once('-').is_some_and(|(_, kind)| kind.starts_with("flash"));
    if has_minimal { "MINIMAL" } else { "LOW" }
}

/// Between low and high. The first Gemini 3 Pro knows nothing between.
pub(super) fn middle_level(model: &str) -> &'static str {
    if bare(model).starts_with("gemini-3-pro") { "HIGH" } else { "MEDIUM" }
}

/// Whether a model of [`Family::Budget`] cannot stop thinking.
pub(super) fn always_thinks(model: &str) -> bool {
    bare(model).starts_with("gemini-2.5-pro")
}

/// The length of a video that a model makes which is nearest to this one, seconds. The second generation takes any from five to
/// eight, the later ones four, six or eight.
pub fn seconds_near(model: &str, wanted: f64) -> u32 {
    let lengths: &[u32] = if bare(model).starts_with("veo-2") { &[5, 6, 7, 8] } else { &[4, 6, 8] };
    let off = |length: &u32| (f64::from(*length) - wanted).abs();
    lengths.iter().copied().min_by(|one, other| off(one).total_cmp(&off(other))).unwrap_or(8)
}

/// Whether two names are of one model, told in different editions: `gemini-2.5-flash-preview-09-2025`,
/// `gemini-2.5-flash-001` and `gemini-2.5-flash` are.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    without_edition(one) == without_edition(other)
}

fn without_edition(model: &str) -> &str {
    let mut name = bare(model);
    while let Some((start, end)) = name.rsplit_once('-') {
        // A generation (`gemini-3-…`) never stands at the end.
        let is_number = !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && !matches!(end, "preview" | "exp" | "latest" | "experimental") {
            break;
        }
        name = start;
    }
    name
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

/// `3.5-flash` is `(3, 5)`, `3-pro` is `(3, 0)`.
fn version(rest: &str) -> Option<(u32, u32)> {
    let number = rest.split('-').next()?;
    match number.split_once('.') {
        None => Some((number.parse().ok()?, 0)),
        Some((major, minor)) => Some((major.parse().ok()?, minor.parse().ok()?)),
    }
}
