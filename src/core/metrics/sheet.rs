//! What was measured as a sheet of comma-separated values: a row for each hour, or older day, of each model.

use super::Metrics;
use super::cell::Count;
use super::layer::{HOUR_MS, Place};
use super::report::Hours;
use crate::base::number::shown;
use crate::base::time::Wall;
use crate::model::metrics::Range;

const HEAD: &str = "at,hours,model,type,requests,answers,cancelled,cached,attempts,inputTokens,cachedInputTokens,\
                    outputTokens,reasoningTokens,unpricedAttempts,costUsd,savedUsd,p50Ms,p95Ms,p99Ms,firstTokenP50Ms,\
                    tokensPerSecond,queueP50Ms,connectP50Ms,billedUsd,estimatedUsd,errors\n";

/// In the order of the head.
const COUNTED: [Count; 10] = [
    Count::Requests,
    Count::Answers,
    Count::Cancelled,
    Count::Cached,
    Count::Attempts,
    Count::Input,
    Count::CachedInput,
    Count::Output,
    Count::Reasoning,
    Count::Unpriced,
];

impl Metrics {
    /// The cells of a range as comma-separated values. `at` is the beginning in epoch milliseconds; a time is empty where
    /// there was no answer.
    pub fn sheet(&self, range: Range, now: Wall) -> String {
        let hours = Hours::of(range, now);
        let mut sheet = HEAD.to_owned();
        for (place, cell) in self.cells().filter(|(place, _)| hours.hold(place)) {
            let Place { start, hours, modality, model } = place;
            let at = i64::from(*start) * HOUR_MS;
            let mut row =
                vec![at.to_string(), hours.to_string(), quoted(model), modality.as_str().to_owned()];
            row.extend(COUNTED.iter().map(|what| cell.count(*what).to_string()));
            let summary = cell.summary();
            row.extend([summary.cost, summary.saved].map(shown));
            let times = [Some(summary.p50_ms), Some(summary.p95_ms), Some(summary.p99_ms)];
            let times = times.map(|time| time.filter(|_| cell.duration.weight() > 0));
            let times = times.into_iter().chain([
                summary.first_token_p50_ms,
                summary.tokens_per_second,
                summary.queue_p50_ms,
                summary.connect_p50_ms,
            ]);
            row.extend(times.map(|time| time.map(shown).unwrap_or_default()));
            row.extend([Count::Billed, Count::Estimated].map(|what| shown(cell.usd(&[what]))));
            let errors =
                summary.errors.0.iter().map(|(code, count)| [code, "=", &count.to_string()].concat());
            row.push(errors.collect::<Vec<String>>().join(" "));
            sheet.push_str(&row.join(","));
            sheet.push('\n');
        }
        sheet
    }
}

/// A foreign name. One that a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(name: &str) -> String {
    let apostrophe = if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    ["\"", apostrophe, &name.replace('"', "\"\""), "\""].concat()
}
