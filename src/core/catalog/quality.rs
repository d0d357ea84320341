//! What a model's answers are expected to be worth before anybody asked it: by public evaluations where it or its
//! family took part, else by its size. How names are read stands in `names`, what was measured in `evaluations`, how
//! it was fitted and how far it is off in docs/decisions/2026-11-22-quality.md.

use super::evaluations::{
    HALF_GAIN, LADDER, LARGE, LINE_BASE, LINE_SLOPE, MOST_GAIN, SIZED, SMALL, STEP, TOP,
};
use super::names::{Named, PLAIN_STEP, parameters_in_name, read};
use crate::base::number::between;
use crate::model::{Locality, Provenance, Quality};

/// What an expected quality rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// This very model took part in public evaluations.
    Evaluated,
    /// Others of its family did.
    Family,
    /// Its size only.
    Size,
    /// Neither is known: where it runs, and words in its name such as `mini`.
    Place,
}

impl Basis {
    /// How the fact is known, in the catalogue's terms.
    pub const fn provenance(self) -> Provenance {
        match self {
            Self::Evaluated => Provenance::Snapshot,
            Self::Family | Self::Size | Self::Place => Provenance::Guessed,
        }
    }
}

/// An expected quality, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// 0 to 1.
    pub quality: f64,
    /// What that rests on.
    pub basis: Basis,
}

/// What to expect of the model `id` with `parameters` billion parameters (`None`: as its name tells) that runs at
/// `locality`. Within a family and a generation, more parameters never give less.
pub fn prior(id: &str, parameters: Option<f64>, locality: Locality) -> Prior {
    let size = parameters.filter(|size| size.is_finite() && *size > 0.0).or_else(|| parameters_in_name(id));
    let named = read(id, SIZED.iter().map(|row| row.0).chain(LADDER.iter().map(|row| row.0)));
    let (quality, basis) = size
        .map_or_else(|| without_size(&named, locality), |size| with_size(&named, size))
        .unwrap_or_else(|| match size {
            Some(size) => (by_size(size), Basis::Size),
            None => (by_size(usual_size(locality)) + ladder_steps(&named, locality), Basis::Place),
        });
    Prior { quality: between(quality, 0.02, 0.98), basis }
}

/// Expected quality of a model of which only the size is known, in billions of parameters.
fn by_size(billions: f64) -> f64 {
    between(LINE_BASE + LINE_SLOPE * billions.log10(), 0.02, 0.95)
}

/// Who does not tell a size: a cloud's models are large, any other's have about 2 billion parameters.
const fn usual_size(locality: Locality) -> f64 {
    match locality {
        Locality::Cloud => 100.0,
        Locality::Page | Locality::Device | Locality::Network => 2.15,
    }
}

/// What a cloud's `mini` or `large` says where it says no size.
fn ladder_steps(named: &Named<'_>, locality: Locality) -> f64 {
    if locality == Locality::Cloud { STEP * (f64::from(named.step) - f64::from(PLAIN_STEP)) } else { 0.0 }
}

fn without_size(named: &Named<'_>, locality: Locality) -> Option<(f64, Basis)> {
    let family = named.family?;
    let rows = || LADDER.iter().filter(move |row| row.0 == family);
    let Some((known, beyond)) = nearest_generation(rows().map(|row| row.1), named.generation) else {
        let (quality, basis) = with_size(named, usual_size(locality))?;
        return Some((raised(quality, ladder_steps(named, locality)), basis));
    };
    let (_, _, step, quality) =
        rows().filter(|row| row.1 == known).min_by_key(|row| row.2.abs_diff(named.step))?;
    let steps = f64::from(named.step) - f64::from(*step);
    let is_evaluated = !named.is_variant && steps == 0.0 && named.generation == Some(known);
    let basis = if is_evaluated { Basis::Evaluated } else { Basis::Family };
    Some((of_generation(raised(thousandths(*quality), STEP * steps), beyond), basis))
}

/// By the sizes of the family's generation that were evaluated: between two of them on a straight line over the
/// logarithm of the size, beyond them as models of that size gain in the mean.
fn with_size(named: &Named<'_>, size: f64) -> Option<(f64, Basis)> {
    let family = named.family?;
    let rows = || SIZED.iter().filter(move |row| row.0 == family);
    let (known, beyond) = nearest_generation(rows().map(|row| row.1), named.generation)?;
    let rows = || rows().filter(move |row| row.1 == known).map(|row| (row.2, thousandths(row.3)));
    let below = rows().rfind(|row| row.0 <= size);
    let above = rows().find(|row| row.0 > size);
    let quality = match (below, above) {
        (Some(low), Some(high)) => {
            let share = (size / low.0).log10() / (high.0 / low.0).log10();
            (high.1 - low.1).mul_add(share, low.1)
        }
        (Some(end), None) | (None, Some(end)) => raised(end.1, height(size) - height(end.0)),
        (None, None) => return None,
    };
    // Servers count some parameters that names do not: 7.6 billion are a "7b".
    let is_evaluated = !named.is_variant
        && named.generation == Some(known)
        && rows().any(|row| (size / row.0 - 1.0).abs() < 0.15);
    let basis = if is_evaluated { Basis::Evaluated } else { Basis::Family };
    Some((of_generation(quality, beyond), basis))
}

/// A quality with so much more or less, which nobody measured: that comes no higher than the scale of what was.
fn raised(quality: f64, by: f64) -> f64 {
    let room = (TOP - quality).max(0.0);
    if by <= 0.0 { quality + by } else { quality + room * by / (room + by) }
}

/// How much of its quality a model of a family owes to its size: the line by size alone, steeper where models are small
/// and flatter where they are large.
fn height(size: f64) -> f64 {
    let bent = |(from, slope): (f64, f64)| (slope - LINE_SLOPE, (size / from).log10());
    let ((steeper, below), (flatter, above)) = (bent(SMALL), bent(LARGE));
    LINE_SLOPE.mul_add(size.log10(), steeper.mul_add(below.min(0.0), flatter * above.max(0.0)))
}

/// The newest of these generations that is no newer than the one asked for, and by how much that lies beyond them all:
/// above 0 newer, below 0 older, in generations. Who names no generation is given the newest.
fn nearest_generation(known: impl Iterator<Item = u16> + Clone, asked: Option<u16>) -> Option<(u16, f64)> {
    let newest = known.clone().max()?;
    let oldest = known.clone().min()?;
    let asked = asked.unwrap_or(newest);
    let nearest = known.filter(|generation| *generation <= asked).max().unwrap_or(oldest);
    let beyond = f64::from(asked) - f64::from(asked.clamp(oldest, newest));
    Some((nearest, beyond / 100.0))
}

/// A generation that nobody evaluated: a newer one is at least as good as the newest known, and believed to have come
/// a part of the way to 1, never more than one generation has brought in the median; an older one the same, downwards.
fn of_generation(quality: f64, beyond: f64) -> f64 {
    let part = MOST_GAIN * (beyond.abs() / (beyond.abs() + HALF_GAIN));
    let room = if beyond > 0.0 { 1.0 - quality } else { -quality };
    room.mul_add(part, quality)
}

fn thousandths(number: u16) -> f64 {
    f64::from(number) / 1000.0
}

/// The coarse word for a quality: below 4 billion parameters, up to 30, above.
pub fn coarse(quality: f64) -> Quality {
    if quality < 0.464 {
        Quality::Low
    } else if quality < 0.674 {
        Quality::Medium
    } else {
        Quality::High
    }
}

#[cfg(test)]
mod tests;
