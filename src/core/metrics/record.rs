//! What was measured, as bytes for the store and for other browsers.

use core::fmt;
use std::vec;

use litemap::LiteMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::cell::{COUNTS, Cell, Errors, SKETCHES};
use super::layer::{DAY, LONGEST_MODEL, Layer, Place, hour_of};
use super::report::Hours;
use super::sketch::Sketch;
use super::{MOST_OTHERS, Metrics};
use crate::base::json::{Fields, FromJson, Misfit};
use crate::base::time::Wall;
use crate::model::ErrorCode;
use crate::model::metrics::{GenerationMetrics, Range};

/// The form of the record. 2: what was settled later, and the times of waiting and connecting; lists that are shorter, as those
/// of the form 1 are, end with nothing.
const FORMAT: u32 = 2;

/// What tells an export from any other JSON: the form under this name.
const MARK: &str = "hkmMeshMetrics";

/// The most cells that a layer has.
const MOST_CELLS: usize = 5_000;

/// The longest name that a browser gives itself, bytes.
const LONGEST_ID: usize = 40;

/// Why bytes are no measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// They are something else, or broken.
    Foreign,
    /// A newer version wrote them.
    Newer,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Foreign => "This is no export of a mesh's metrics.",
            Self::Newer => "A newer version of the mesh wrote these metrics.",
        })
    }
}

impl core::error::Error for Unreadable {}

impl Metrics {
    /// As bytes for the store.
    pub fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(&self.written(None, &self.recent)).unwrap_or_default()
    }

    /// As JSON for another browser, or this one later. Single generations are not in it.
    pub fn export(&self, range: Range, now: Wall) -> String {
        serde_json::to_string(&self.written(Some(Hours::of(range, now)), &[])).unwrap_or_default()
    }

    /// From [`Metrics::to_record`] or [`Metrics::export`], and how many of its parts could not be read and were left out.
    pub fn from_record(bytes: &[u8], now: Wall) -> Result<(Self, u32), Unreadable> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| Unreadable::Foreign)?;
        let read = || -> Result<Result<(Self, u32), Unreadable>, Misfit> {
            let mut fields = Fields::of(value, "")?;
            match fields.need::<u32>(MARK)? {
                1..=FORMAT => {}
                format if format > FORMAT => return Ok(Err(Unreadable::Newer)),
                _ => return Ok(Err(Unreadable::Foreign)),
            }
            let mut reader = Reader { latest: hour_of(now).saturating_add(DAY), dropped: 0 };
            let id: String = fields.need("id")?;
            let own = reader.layer(fields.need("own")?);
            let mut others = LiteMap::new();
            for (id, cells) in
                fields.need::<Vec<Pair<String, Vec<Value>>>>("others")?.into_iter().map(Pair::split)
            {
                if id.len() <= LONGEST_ID && others.len() < MOST_OTHERS {
                    others.insert(id, reader.layer(cells));
                } else {
                    reader.dropped += 1;
                }
            }
            let recent = fields.take::<Vec<Value>>("recent")?.unwrap_or_default();
            let mut metrics = Self { own, others, ..Self::named(id) };
            for generation in recent.into_iter().filter_map(|one| reader.read(one)) {
                metrics.remember(generation);
            }
            Ok(if metrics.id.len() > LONGEST_ID {
                Err(Unreadable::Foreign)
            } else {
                Ok((metrics, reader.dropped))
            })
        };
        read().unwrap_or(Err(Unreadable::Foreign))
    }

    fn written<'a>(&'a self, within: Option<Hours>, recent: &'a [GenerationMetrics]) -> Written<'a> {
        let others = self.others.iter().map(|(id, layer)| (id.as_str(), WrittenLayer(layer, within)));
        Written {
            format: FORMAT,
            id: &self.id,
            own: WrittenLayer(&self.own, within),
            others: others.collect(),
            recent,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "hkmMeshMetrics")]
    format: u32,
    id: &'a str,
    own: WrittenLayer<'a>,
    others: Vec<(&'a str, WrittenLayer<'a>)>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    recent: &'a [GenerationMetrics],
}

/// The cells of a layer, or those in a range: each a list, since their names would take more than their numbers.
struct WrittenLayer<'a>(&'a Layer, Option<Hours>);

impl Serialize for WrittenLayer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_in = |place: &Place| self.1.is_none_or(|hours| hours.hold(place));
        serializer.collect_seq(self.0.cells.iter().filter(|(place, _)| is_in(place)).map(|(place, cell)| {
            (
                (place.start, place.hours, place.modality, &place.model),
                without_end(&cell.counts),
                errors(&cell.errors),
                errors(&cell.attempt_errors),
                cell.sketches().map(Sketch::to_numbers),
            )
        }))
    }
}

/// Without the noughts at the end, which are most of it.
fn without_end(counts: &[u64]) -> &[u64] {
    let length = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    counts.get(..length).unwrap_or_default()
}

fn errors(errors: &Errors) -> Vec<(ErrorCode, u64)> {
    errors.iter().map(|(code, count)| (*code, *count)).collect()
}

/// Reads parts, and counts those that cannot be read.
struct Reader {
    /// The latest hour that is taken for one.
    latest: u32,
    dropped: u32,
}

impl Reader {
    fn read<T: FromJson>(&mut self, value: Value) -> Option<T> {
        let read = T::from_json(value, "").ok();
        self.dropped += u32::from(read.is_none());
        read
    }

    fn layer(&mut self, cells: Vec<Value>) -> Layer {
        let mut layer = Layer::default();
        for cell in cells {
            let read =
                if layer.cells.len() < MOST_CELLS { StoredCell::from_json(cell, "").ok() } else { None };
            match read.filter(|StoredCell(place, _)| place.start <= self.latest) {
                Some(StoredCell(place, cell)) => drop(layer.cells.insert(place, cell)),
                None => self.dropped += 1,
            }
        }
        layer
    }
}

struct StoredCell(Place, Cell);

impl FromJson for StoredCell {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut items = Items::of(value)?;
        let mut names = Items::of(items.next()?)?;
        let at = Place {
            start: names.next()?,
            hours: names.next()?,
            modality: names.next()?,
            model: names.next()?,
        };
        let is_whole = at.hours == 1 || at.hours == DAY && at.start.is_multiple_of(DAY);
        let counts: Vec<u64> = items.next()?;
        let (failed, tries_failed): (Vec<Pair<_, _>>, Vec<Pair<_, _>>) = (items.next()?, items.next()?);
        let sketches: Vec<Vec<u32>> = items.next()?;
        let errors = |pairs: Vec<Pair<ErrorCode, u64>>| pairs.into_iter().map(Pair::split).collect();
        let (errors, attempt_errors) = (errors(failed), errors(tries_failed));
        let mut cell = Cell { errors, attempt_errors, ..Cell::default() };
        let fits = counts.len() <= COUNTS && sketches.len() <= SKETCHES;
        for (count, known) in cell.counts.iter_mut().zip(counts) {
            *count = known;
        }
        let mut is_sound = true;
        for (sketch, numbers) in cell.sketches_mut().into_iter().zip(&sketches) {
            match Sketch::from_numbers(numbers) {
                Some(known) => *sketch = known,
                None => is_sound = false,
            }
        }
        if is_whole && fits && is_sound && at.model.chars().count() <= LONGEST_MODEL {
            Ok(Self(at, cell))
        } else {
            Err(Misfit::wanted(place, "what was counted"))
        }
    }
}

/// A list whose items are of different kinds.
struct Items(vec::IntoIter<Value>);

impl Items {
    fn of(value: Value) -> Result<Self, Misfit> {
        Vec::from_json(value, "").map(|items| Self(items.into_iter()))
    }

    fn next<T: FromJson>(&mut self) -> Result<T, Misfit> {
        T::from_json(self.0.next().unwrap_or_default(), "")
    }
}

struct Pair<A, B>(A, B);

impl<A, B> Pair<A, B> {
    fn split(self) -> (A, B) {
        (self.0, self.1)
    }
}

impl<A: FromJson, B: FromJson> FromJson for Pair<A, B> {
    fn from_json(value: Value, _: &str) -> Result<Self, Misfit> {
        let mut items = Items::of(value)?;
        Ok(Self(items.next()?, items.next()?))
    }
}
