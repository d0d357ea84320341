//! Puts cells together for people: a report of a range, and a timeline.

use litemap::LiteMap;

use super::Metrics;
use super::cell::{Cell, Count, GOALS};
use super::layer::{DAY, HOUR_MS, Place, provider_of};
use crate::base::time::Wall;
use crate::model::Modality;
use crate::model::metrics::{
    ByName, Costs, PerformanceReport, Range, SplitBy, TimePoint, TimelineOptions, Trend, UsageCounts,
};

/// How far back a range goes of which only the end is known, milliseconds.
const USUAL_MS: i64 = 30 * 24 * HOUR_MS;

/// A range of time, milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Hours {
    pub(super) fn of(range: Range, now: Wall) -> Self {
        // What happens at this very moment is in it.
        let to = range.to.map_or(now.epoch_millis().saturating_add(1), |to| to as i64);
        Self { from: range.from.map_or(to.saturating_sub(USUAL_MS), |from| from as i64), to }
    }

    /// Whether a cell reaches into it.
    pub(super) fn hold(self, place: &Place) -> bool {
        let ms = |hour: u32| i64::from(hour) * HOUR_MS;
        ms(place.start) < self.to && ms(place.end()) > self.from && self.from < self.to
    }

    /// As long, just before.
    fn before(self) -> Self {
        Self { from: self.from.saturating_sub(self.to.saturating_sub(self.from)), to: self.from }
    }
}

impl Metrics {
    /// What happened in a range. `offset_minutes` is how far the page's clock is ahead of UTC.
    pub fn report(&self, range: Range, offset_minutes: i32, now: Wall) -> PerformanceReport {
        let hours = Hours::of(range, now);
        let before = hours.before();
        let (mut total, mut earlier) = (Cell::default(), Cell::default());
        let mut parts: LiteMap<(Modality, &str), Cell> = LiteMap::new();
        let mut by_hour = vec![0; DAY as usize];
        for (place, cell) in self.cells() {
            if !hours.hold(place) {
                if before.hold(place) {
                    earlier.merge(cell);
                }
                continue;
            }
            // Thousands of cells, of a handful of models: each is added once, the rest is made of the sums.
            parts.entry((place.modality, &place.model)).or_default().merge(cell);
            // Of older days the hour is not known any more.
            let local = i64::from(place.start) + hours_ahead(offset_minutes);
            let hour = usize::try_from(local.rem_euclid(i64::from(DAY))).unwrap_or(0);
            if let Some(sum) = by_hour.get_mut(hour).filter(|_| place.hours == 1) {
                *sum += cell.count(Count::Requests);
            }
        }
        let [mut by_model, mut by_provider, mut by_type] = [const { Sums(LiteMap::new()) }; 3];
        for ((modality, model), cell) in &parts {
            total.merge(cell);
            by_model.add(model, cell);
            by_provider.add(provider_of(model), cell);
            by_type.add(modality.as_str(), cell);
        }
        let goals = GOALS.map(|(goal, count)| (goal.as_str().to_owned(), total.count(count)));
        PerformanceReport {
            from: Wall::from_epoch_millis(hours.from),
            to: Wall::from_epoch_millis(hours.to),
            total: total.summary(),
            by_model: by_model.summaries(),
            by_provider: by_provider.summaries(),
            by_type: by_type.summaries(),
            trend: trend(&earlier, &total),
            costs: Costs {
                spent: total.cost(),
                saved_by_local: total.usd(&[Count::SavedByLocal]),
                saved_by_cache: total.usd(&[Count::SavedByCache]),
            },
            usage: UsageCounts {
                by_hour,
                by_goal: ByName(goals.into_iter().filter(|(_, count)| *count > 0).collect()),
            },
            ..PerformanceReport::default()
        }
    }

    /// What happened, step by step. Steps in which nothing happened are left out. Steps that make up days begin with the
    /// days of the page's clock, which is `offset_minutes` ahead of UTC.
    pub fn timeline(&self, options: TimelineOptions, offset_minutes: i32, now: Wall) -> Vec<TimePoint> {
        let TimelineOptions { from, to, step_ms, by } = options;
        let hours = Hours::of(Range { from, to }, now);
        let is_short = hours.to.saturating_sub(hours.from) <= 2 * i64::from(DAY) * HOUR_MS;
        let usual = if is_short { 1 } else { DAY };
        let step = i64::from(step_ms.map_or(usual, |ms| (ms / HOUR_MS as f64).round() as u32).max(1));
        let ahead = hours_ahead(offset_minutes);
        let mut points: LiteMap<(i64, &str), Cell> = LiteMap::new();
        for (place, cell) in self.cells().filter(|(place, _)| hours.hold(place)) {
            let key = match by {
                None => "",
                Some(SplitBy::Model) => place.model.as_str(),
                Some(SplitBy::Provider) => provider_of(&place.model),
                Some(SplitBy::Type) => place.modality.as_str(),
            };
            // A day of UTC lies in two of the page's: its middle says in which the most of it.
            let local = i64::from(place.start) + i64::from(place.hours / 2) + ahead;
            points.entry((local - local.rem_euclid(step) - ahead, key)).or_default().merge(cell);
        }
        let points = points.iter().map(|((start, key), cell)| TimePoint {
            at: Wall::from_epoch_millis(start.saturating_mul(HOUR_MS)),
            key: by.map(|_| (*key).to_owned()),
            requests: cell.count(Count::Requests),
            failures: cell.failures(),
            cancelled: Some(cell.count(Count::Cancelled)),
            p50_ms: cell.duration_ms(0.5),
            p95_ms: cell.duration_ms(0.95),
            cost: cell.cost(),
            tokens: cell.tokens(),
        });
        points.collect()
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (&Place, &Cell)> {
        self.layers().flat_map(|layer| layer.cells.iter())
    }
}

/// How far the page's clock is ahead of UTC, in the whole hours that cells are kept by.
fn hours_ahead(offset_minutes: i32) -> i64 {
    i64::from(offset_minutes).div_euclid(60)
}

/// Cells by a name.
struct Sums<'a>(LiteMap<&'a str, Cell>);

impl<'a> Sums<'a> {
    /// What has no name was asked of nobody.
    fn add(&mut self, name: &'a str, cell: &Cell) {
        if !name.is_empty() {
            self.0.entry(name).or_default().merge(cell);
        }
    }

    fn summaries(&self) -> ByName<crate::model::metrics::Summary> {
        ByName(self.0.iter().map(|(name, cell)| ((*name).to_owned(), cell.summary())).collect())
    }
}

fn trend(before: &Cell, now: &Cell) -> Trend {
    let share = |before: f64, now: f64| if before > 0.0 { now / before - 1.0 } else { 0.0 };
    let is_known = before.count(Count::Requests) > 0;
    let change = now.success_rate() - before.success_rate();
    Trend {
        requests: share(before.count(Count::Requests) as f64, now.count(Count::Requests) as f64),
        success_rate: if is_known { change } else { 0.0 },
        p50_ms: share(before.duration_ms(0.5), now.duration_ms(0.5)),
        cost: share(before.cost(), now.cost()),
    }
}
