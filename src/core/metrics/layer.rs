//! What one browser counted: cells by hour, kind and model. What is older than 30 days is kept by the day, what is older
//! than 400 not at all; where it would still be too much, the oldest goes first.

use litemap::LiteMap;

use super::cell::{Cell, Count};
use crate::base::time::Wall;
use crate::model::Modality;

/// Milliseconds of an hour.
pub(super) const HOUR_MS: i64 = 3_600_000;

/// Hours of a day.
pub(super) const DAY: u32 = 24;

/// For how long hours are kept apart.
const HOURS_KEPT: u32 = 30 * DAY;

/// For how long days are kept.
const DAYS_KEPT: u32 = 400 * DAY;

/// How many numbers a layer may take: about 300 KB as a record.
const MOST: usize = 80_000;

/// The longest address of a model that is kept, characters.
pub(super) const LONGEST_MODEL: usize = 200;

/// Where a cell belongs. Ordered by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Hours since 1970.
    pub(super) start: u32,
    /// How many hours: 1, or 24.
    pub(super) hours: u32,
    pub(super) modality: Modality,
    /// `provider/id`; empty where no model could be asked.
    pub(super) model: String,
}

impl Place {
    pub(super) fn hour_of(at: Wall, modality: Modality, model: &str) -> Self {
        let model = model.chars().take(LONGEST_MODEL).collect();
        Self { start: hour_of(at), hours: 1, modality, model }
    }

    /// The day that it lies in.
    fn day(&self) -> Self {
        Self { start: self.start - self.start % DAY, hours: DAY, ..self.clone() }
    }

    pub(super) fn end(&self) -> u32 {
        self.start.saturating_add(self.hours)
    }
}

/// Who serves a model: the first part of its address.
pub(super) fn provider_of(model: &str) -> &str {
    model.split_once('/').map_or("", |(provider, _)| provider)
}

/// Hours since 1970.
pub(super) fn hour_of(at: Wall) -> u32 {
    u32::try_from(at.epoch_millis().div_euclid(HOUR_MS)).unwrap_or(0)
}

/// What one browser counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layer {
    pub(super) cells: LiteMap<Place, Cell>,
}

impl Layer {
    /// The cell at this place, for adding to it.
    pub(super) fn cell(&mut self, place: Place, now: Wall) -> &mut Cell {
        if !self.cells.contains_key(&place) {
            self.prune(now);
        }
        self.cells.entry(place).or_default()
    }

    /// Adds what was counted elsewhere of the same browser.
    pub(super) fn add(&mut self, other: &Self) {
        for (place, cell) in &other.cells {
            self.cells.entry(place.clone()).or_default().merge(cell);
        }
    }

    /// Takes in another state of the same layer: of each cell the one that has seen more. How many requests are new.
    pub(super) fn join(&mut self, other: &Self) -> u64 {
        let mut added = 0;
        for (place, cell) in &other.cells {
            let day = place.day();
            if place.hours == DAY {
                self.fold(&day);
            } else if self.cells.contains_key(&day) {
                // Its hours were put together: they are in there.
                continue;
            }
            let known = self.cells.get(place);
            if known.is_some_and(|known| known.seen() >= cell.seen()) {
                continue;
            }
            let before = known.map_or(0, |known| known.count(Count::Requests));
            added += cell.count(Count::Requests).saturating_sub(before);
            self.cells.insert(place.clone(), cell.clone());
        }
        added
    }

    /// Puts the hours of a day together.
    fn fold(&mut self, day: &Place) {
        let is_of_day = |place: &Place| place.hours == 1 && place.day() == *day;
        let hours: Vec<Place> = self.cells.keys().filter(|place| is_of_day(place)).cloned().collect();
        for hour in hours {
            if let Some(cell) = self.cells.remove(&hour) {
                self.cells.entry(day.clone()).or_default().merge(&cell);
            }
        }
    }

    /// Puts old hours together, and forgets what is too old or too much.
    pub(super) fn prune(&mut self, now: Wall) {
        let now = hour_of(now);
        let oldest_hour = now.saturating_sub(HOURS_KEPT);
        let oldest_day = now.saturating_sub(DAYS_KEPT);
        // What a clock that was wrong put into the future would never grow old.
        let is_kept = |place: &Place| place.end() > oldest_day && place.start <= now.saturating_add(DAY);
        self.cells.retain(|place, _| is_kept(place));
        // Hours first, so that old days stay as long as they can; never those of the day that it is now.
        while let Some(day) = self.oldest_hours().filter(|day| day.end() <= now) {
            if day.end() > oldest_hour && self.weight() <= MOST {
                break;
            }
            self.fold_all(day.start);
        }
        self.drop_oldest();
    }

    /// Forgets the oldest until the rest is not too much.
    fn drop_oldest(&mut self) {
        let mut weight = 0;
        let cells = self.cells.iter().rev();
        let mut cut = cells.skip_while(|(place, cell)| {
            weight += weight_of(place, cell);
            weight <= MOST
        });
        if let Some(newest_dropped) = cut.next().map(|(place, _)| place.clone()) {
            self.cells.retain(|place, _| *place > newest_dropped);
        }
    }

    /// The day of the oldest hour.
    fn oldest_hours(&self) -> Option<Place> {
        self.cells.keys().find(|place| place.hours == 1).map(Place::day)
    }

    fn fold_all(&mut self, start: u32) {
        let is_of_day = |place: &Place| place.hours == 1 && place.day().start == start;
        let days: Vec<Place> = self.cells.keys().filter(|place| is_of_day(place)).map(Place::day).collect();
        for day in days {
            self.fold(&day);
        }
    }

    fn weight(&self) -> usize {
        self.cells.iter().map(|(place, cell)| weight_of(place, cell)).sum()
    }
}

fn weight_of(place: &Place, cell: &Cell) -> usize {
    cell.weight() + place.model.len() / 4
}
