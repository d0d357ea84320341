use proptest::prelude::*;

use super::*;
use crate::base::money::Money;
use crate::model::metrics::{Range, SplitBy, TimelineOptions};
use crate::model::{CostKind, ErrorCode, Goal, Modality, ModelKey, Usage};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// A Monday at midnight, UTC.
const NOW: i64 = 1_700_438_400_000;

fn wall(millis: i64) -> Wall {
    Wall::from_epoch_millis(millis)
}

fn answer(model: &str, at: i64, duration: f64) -> GenerationMetrics {
    let key = ModelKey::parse(model).unwrap();
    GenerationMetrics {
        model_id: key.id().to_owned(),
        provider: key.provider().to_owned(),
        duration,
        success: true,
        cost: Some(0.001),
        tokens: Some(30),
        usage: None,
        modality: Modality::Text,
        at: wall(at),
        first_token_ms: Some(duration / 10.0),
        error: None,
        cached: false,
        is_local: key.provider() == "ollama",
        locality: None,
        cancelled: None,
        goal: Some(Goal::Speed),
        decision: Some("fastest".to_owned()),
        attempts: Some(1),
        queue_ms: Some(0.0),
        connect_ms: None,
        tokens_per_second: Some(50.0),
        cost_kind: Some(CostKind::Computed),
    }
}

fn failure(model: &str, at: i64, code: ErrorCode) -> GenerationMetrics {
    GenerationMetrics { success: false, error: Some(code), ..answer(model, at, 9e6) }
}

fn attempt(model: &str, at: i64, usd: f64) -> AttemptMetrics {
    AttemptMetrics {
        model: ModelKey::parse(model).unwrap(),
        modality: Modality::Text,
        at: wall(at),
        usage: Usage {
            input_tokens: 20,
            output_tokens: 10,
            cached_input_tokens: Some(5),
            reasoning_tokens: Some(4),
            estimated: false,
        },
        cost: (Money::from_usd(usd), CostKind::Computed),
        error: None,
    }
}

/// Generations of one attempt each, at this model and these times.
fn measured(id: &str, model: &str, times: &[i64]) -> Metrics {
    let mut metrics = Metrics::named(id.to_owned());
    for at in times {
        metrics.attempt(&attempt(model, *at, 0.001), wall(*at));
        metrics.generation(answer(model, *at, 100.0), 0.002, wall(*at));
    }
    metrics
}

fn requests(metrics: &Metrics) -> u64 {
    let everything = Range { from: Some(0.0), to: Some(1e15) };
    metrics.report(everything, 0, wall(NOW)).total.requests
}

fn read(bytes: &[u8]) -> Metrics {
    let (metrics, dropped) = Metrics::from_record(bytes, wall(NOW)).unwrap();
    assert_eq!(dropped, 0);
    metrics
}

#[test]
fn a_report_counts_requests_at_the_model_that_answered_and_costs_where_they_arose() {
    let mut metrics = Metrics::named("here".to_owned());
    let failed = AttemptMetrics { error: Some(ErrorCode::Server), ..attempt("far/a", NOW, 0.5) };
    metrics.attempt(&failed, wall(NOW));
    metrics.attempt(&attempt("ollama/b", NOW, 0.25), wall(NOW));
    metrics.generation(answer("ollama/b", NOW, 100.0), 0.125, wall(NOW));
    metrics.generation(failure("far/a", NOW, ErrorCode::Timeout), 0.0, wall(NOW));
    let cancelled =
        GenerationMetrics { error: None, cancelled: Some(true), ..failure("far/a", NOW, ErrorCode::Server) };
    metrics.generation(cancelled, 0.0, wall(NOW));
    let nobody = GenerationMetrics {
        model_id: String::new(),
        provider: String::new(),
        ..failure("far/a", NOW, ErrorCode::NoModel)
    };
    metrics.generation(nobody, 0.0, wall(NOW));

    let report = metrics.report(Range::default(), 0, wall(NOW));
    let total = &report.total;
    assert_eq!((total.requests, total.cancelled, total.attempts), (4, Some(1), Some(2)));
    assert!((total.success_rate - 1.0 / 3.0).abs() < 1e-12, "{}", total.success_rate);
    assert_eq!((total.cost, total.saved, total.tokens), (0.75, 0.125, 60));
    assert_eq!(
        (report.costs.spent, report.costs.saved_by_local, report.costs.saved_by_cache),
        (0.75, 0.125, 0.0)
    );
    let tokens = total.token_counts.unwrap();
    assert_eq!((tokens.input, tokens.cached_input, tokens.output, tokens.reasoning), (40, 10, 20, 8));
    assert_eq!(total.errors.0, [("no-model".to_owned(), 1), ("timeout".to_owned(), 1)]);
    assert_eq!(total.attempt_errors.clone().unwrap().0, [("server".to_owned(), 1)]);
    // Who failed took no time that anybody would want to know.
    assert!((total.p99_ms - 100.0).abs() < 0.5, "{}", total.p99_ms);
    let models: Vec<_> =
        report.by_model.0.iter().map(|(name, one)| (name.as_str(), one.requests, one.cost)).collect();
    assert_eq!(models, [("far/a", 2, 0.5), ("ollama/b", 1, 0.25)]);
    let providers: Vec<_> =
        report.by_provider.0.iter().map(|(name, one)| (name.as_str(), one.requests)).collect();
    assert_eq!(providers, [("far", 2), ("ollama", 1)]);
    assert_eq!(report.by_type.0[0].1.requests, 4);
    assert_eq!(report.usage.by_goal.0, [("speed".to_owned(), 4)]);
}

#[test]
fn stored_answers_save_by_the_cache_and_say_nothing_of_a_models_speed() {
    let mut metrics = Metrics::default();
    let cached = GenerationMetrics { cached: true, ..answer("ollama/b", NOW, 1.0) };
    metrics.generation(cached, 0.5, wall(NOW));
    let report = metrics.report(Range::default(), 0, wall(NOW));
    assert_eq!(
        (report.costs.saved_by_cache, report.costs.saved_by_local, report.total.cached),
        (0.5, 0.0, 1)
    );
    assert_eq!(report.total.tokens_per_second, None);
}

#[test]
fn costs_add_up_to_the_last_pico_dollar_and_unknown_prices_are_counted() {
    let mut metrics = Metrics::default();
    for _ in 0..1_000 {
        metrics.attempt(&attempt("far/a", NOW, 0.000_000_3), wall(NOW));
    }
    let unknown = AttemptMetrics { cost: (None, CostKind::Unknown), ..attempt("far/a", NOW, 0.0) };
    metrics.attempt(&unknown, wall(NOW));
    let total = metrics.report(Range::default(), 0, wall(NOW)).total;
    assert_eq!((total.cost, total.unpriced), (0.000_3, Some(1)));
}

#[test]
fn hours_are_those_of_the_pages_clock() {
    let metrics = measured("here", "ollama/a", &[NOW - HOUR]);
    for (offset, hour) in [(0, 23), (60, 0), (330, 4), (-300, 18)] {
        let by_hour = metrics.report(Range::default(), offset, wall(NOW)).usage.by_hour;
        let busy: Vec<usize> = (0..24).filter(|hour| by_hour[*hour] > 0).collect();
        assert_eq!((by_hour.len(), busy), (24, vec![hour]), "{offset}");
    }
}

#[test]
fn a_trend_compares_with_the_same_span_before() {
    let mut metrics = measured("here", "ollama/a", &[NOW - 30 * HOUR, NOW - 29 * HOUR, NOW - HOUR]);
    metrics.generation(failure("ollama/a", NOW - HOUR, ErrorCode::Server), 0.0, wall(NOW));
    let day = Range { from: Some((NOW - DAY) as f64), to: Some(NOW as f64) };
    let report = metrics.report(day, 0, wall(NOW));
    assert_eq!(report.total.requests, 2);
    assert_eq!((report.trend.requests, report.trend.success_rate, report.trend.cost), (0.0, -0.5, -0.5));
    let nothing_before = Range { from: Some((NOW - 40 * HOUR) as f64), ..day };
    let trend = metrics.report(nothing_before, 0, wall(NOW)).trend;
    assert_eq!(trend, crate::model::metrics::Trend::default());
}

#[test]
fn a_range_holds_each_hour_that_reaches_into_it() {
    let metrics = measured("here", "ollama/a", &[NOW, NOW + HOUR, NOW + 2 * HOUR]);
    for (from, to, expected) in [
        (NOW, NOW + HOUR, 1),
        (NOW + 1, NOW + HOUR + 1, 2),
        (NOW + HOUR, NOW + HOUR, 0),
        (NOW + HOUR, NOW, 0),
        (i64::MIN, i64::MAX, 3),
    ] {
        let range = Range { from: Some(from as f64), to: Some(to as f64) };
        assert_eq!(metrics.report(range, 0, wall(NOW)).total.requests, expected, "{from} to {to}");
    }
    assert_eq!(
        metrics.report(Range { from: Some(f64::NAN), to: Some(f64::INFINITY) }, 0, wall(NOW)).total.requests,
        3
    );
}

#[test]
fn a_timeline_has_a_point_for_each_step_in_which_something_happened() {
    let mut metrics = measured("here", "ollama/a", &[NOW, NOW + 1, NOW + 2 * HOUR]);
    metrics.generation(failure("far/b", NOW, ErrorCode::Server), 0.0, wall(NOW));
    let day = TimelineOptions {
        from: Some(NOW as f64),
        to: Some((NOW + DAY) as f64),
        ..TimelineOptions::default()
    };
    let points = metrics.timeline(day, 0, wall(NOW));
    let seen: Vec<_> =
        points.iter().map(|point| (point.at.epoch_millis() - NOW, point.requests, point.failures)).collect();
    assert_eq!(seen, [(0, 3, 1), (2 * HOUR, 1, 0)]);
    assert_eq!(points[0].cancelled, Some(0));
    assert_eq!((points[0].key.clone(), points[0].tokens, points[0].cost), (None, 60, 0.002));
    let split = TimelineOptions { by: Some(SplitBy::Provider), step_ms: Some(DAY as f64), ..day };
    let points = metrics.timeline(split, 0, wall(NOW));
    let seen: Vec<_> = points.iter().map(|point| (point.key.as_deref().unwrap(), point.requests)).collect();
    assert_eq!(seen, [("far", 1), ("ollama", 3)]);
    let odd = TimelineOptions { step_ms: Some(-1.0), ..day };
    assert_eq!(metrics.timeline(odd, 0, wall(NOW)).len(), 2);
}

#[test]
fn the_days_of_a_timeline_are_those_of_the_pages_clock() {
    let metrics = measured("here", "ollama/a", &[NOW - HOUR, NOW, NOW + 7 * HOUR]);
    let range = TimelineOptions {
        from: Some((NOW - 2 * DAY) as f64),
        to: Some((NOW + 2 * DAY) as f64),
        ..TimelineOptions::default()
    };
    for (offset, expected) in [
        (0, vec![(-DAY, 1), (0, 2)]),
        (120, vec![(-2 * HOUR, 3)]),
        (-480, vec![(-16 * HOUR, 3)]),
        (-420, vec![(-17 * HOUR, 2), (7 * HOUR, 1)]),
    ] {
        let points = metrics.timeline(range, offset, wall(NOW));
        let seen: Vec<_> =
            points.iter().map(|point| (point.at.epoch_millis() - NOW, point.requests)).collect();
        assert_eq!(seen, expected, "{offset}");
    }
}

#[test]
fn an_old_day_lies_where_the_most_of_it_lies() {
    let mut metrics = measured("here", "ollama/a", &[NOW + HOUR]);
    metrics.own.prune(wall(NOW + 40 * DAY));
    let all = TimelineOptions { from: Some(0.0), ..TimelineOptions::default() };
    for (offset, begins) in [(0, 0), (-300, 5 * HOUR), (300, -5 * HOUR)] {
        let points = metrics.timeline(all, offset, wall(NOW + 40 * DAY));
        let seen: Vec<_> = points.iter().map(|point| point.at.epoch_millis() - NOW).collect();
        assert_eq!(seen, [begins], "{offset}");
    }
}

#[test]
fn hours_become_days_after_thirty_days_and_nothing_is_lost_by_it() {
    let mut metrics = measured("here", "ollama/a", &[NOW, NOW + HOUR, NOW + 23 * HOUR]);
    let before = metrics.report(Range { from: Some(0.0), to: Some(1e15) }, 0, wall(NOW)).total;
    metrics.own.prune(wall(NOW + 30 * DAY));
    assert_eq!(metrics.own.cells.len(), 3);
    metrics.own.prune(wall(NOW + 31 * DAY));
    assert_eq!(metrics.own.cells.len(), 1);
    assert_eq!(metrics.report(Range { from: Some(0.0), to: Some(1e15) }, 0, wall(NOW)).total, before);
    metrics.own.prune(wall(NOW + 402 * DAY));
    assert!(metrics.own.cells.is_empty());
}

#[test]
fn however_much_is_measured_its_record_stays_small() {
    let mut metrics = Metrics::named("here".to_owned());
    let mut at = NOW;
    for number in 0..12_000_i64 {
        at += HOUR / 2;
        let model = format!("provider/{}-{}", "m".repeat(40), number % 7);
        metrics.attempt(&attempt(&model, at, 0.001), wall(at));
        metrics.generation(answer(&model, at, 50.0 + (number * 7_919 % 60_000) as f64), 0.0, wall(at));
    }
    let record = metrics.to_record();
    assert!(record.len() < 700_000, "{} bytes", record.len());
    let today = Range { from: Some((at - DAY) as f64), to: None };
    assert!(metrics.report(today, 0, wall(at)).total.requests > 40);
    assert_eq!(metrics.recent(usize::MAX).len(), RECENT);
}

#[test]
fn what_is_written_is_read_again() {
    let mut metrics = measured("here", "ollama/a", &[NOW, NOW + HOUR]);
    metrics.generation(failure("far/b", NOW + HOUR, ErrorCode::Server), 0.0, wall(NOW));
    metrics.join(&measured("there", "far/c", &[NOW])).unwrap();
    assert_eq!(read(&metrics.to_record()), metrics);
    assert!(Metrics::from_record(b"{}", wall(NOW)).is_err());
}

#[test]
fn importing_the_same_twice_adds_nothing() {
    let there = measured("there", "ollama/a", &[NOW - HOUR, NOW]);
    let export = there.export(Range::default(), wall(NOW));
    let mut here = measured("here", "ollama/a", &[NOW]);
    assert_eq!(here.join(&read(export.as_bytes())), Some(2));
    assert_eq!(here.join(&read(export.as_bytes())), Some(0));
    assert_eq!(requests(&here), 3);
    // Once more is measured there, only that is new.
    let mut more = there.clone();
    more.add(&measured("", "ollama/a", &[NOW]), wall(NOW));
    let export = more.export(Range::default(), wall(NOW));
    assert_eq!(here.join(&read(export.as_bytes())), Some(1));
    // What came from here adds nothing, neither straight nor on the way round.
    let export = here.export(Range::default(), wall(NOW));
    assert_eq!(here.join(&read(export.as_bytes())), Some(0));
    assert_eq!(more.join(&read(export.as_bytes())), Some(1));
    let round = more.export(Range::default(), wall(NOW));
    assert_eq!(here.join(&read(round.as_bytes())), Some(0));
    assert_eq!((requests(&here), requests(&more)), (4, 4));
}

#[test]
fn what_was_put_together_by_the_day_is_not_imported_again_by_the_hour() {
    let there = measured("there", "ollama/a", &[NOW, NOW + HOUR]);
    let mut here = Metrics::named("here".to_owned());
    here.join(&there).unwrap();
    let mut older = here.clone();
    older.others.get_mut("there").unwrap().prune(wall(NOW + 40 * DAY));
    assert_eq!(older.join(&there), Some(0));
    assert_eq!(requests(&older), 2);
    // And the other way round.
    assert_eq!(here.join(&older), Some(0));
    assert_eq!(requests(&here), 2);
}

#[test]
fn there_is_room_for_eight_other_browsers() {
    let mut here = Metrics::named("here".to_owned());
    for number in 0..8 {
        assert_eq!(here.join(&measured(&number.to_string(), "ollama/a", &[NOW])), Some(1));
    }
    assert_eq!(here.join(&measured("one more", "ollama/a", &[NOW])), None);
    assert_eq!(here.join(&measured("7", "ollama/a", &[NOW, NOW])), Some(1));
}

#[test]
fn a_part_that_cannot_be_read_is_left_out_and_counted_and_the_rest_is_kept() {
    let record = String::from_utf8(measured("here", "ollama/a", &[NOW, NOW + HOUR]).to_record()).unwrap();
    for (part, broken) in [
        (format!("[[{},1,", NOW / HOUR), format!("[[{},2,", NOW / HOUR)),
        (format!("[[{},1,", NOW / HOUR), "[[4000000000,1,".to_owned()),
        (format!("[[{},1,\"text\"", NOW / HOUR), format!("[[{},1,\"smell\"", NOW / HOUR)),
    ] {
        assert!(record.contains(&part));
        let broken = record.replacen(&part, &broken, 1);
        let (metrics, dropped) = Metrics::from_record(broken.as_bytes(), wall(NOW)).unwrap();
        assert_eq!((requests(&metrics), dropped), (1, 1), "{broken}");
    }
}

#[test]
fn what_a_newer_version_wrote_is_told_from_what_is_no_record() {
    let record = String::from_utf8(Metrics::named("here".to_owned()).to_record()).unwrap();
    let newer = record.replace("\"hkmMeshMetrics\":2", "\"hkmMeshMetrics\":3");
    let error = |bytes: &str| Metrics::from_record(bytes.as_bytes(), wall(NOW)).unwrap_err();
    assert_eq!(error(&newer), Unreadable::Newer);
    for foreign in [
        "",
        "null",
        "[]",
        "{}",
        "{\"hkmMeshMetrics\":0}",
        "{\"hkmMeshMetrics\":1}",
        "{\"format\":1,\"id\":\"a\"}",
    ] {
        assert_eq!(error(foreign), Unreadable::Foreign, "{foreign}");
    }
}

#[test]
fn a_sheet_has_a_row_for_each_hour_and_no_formula() {
    let mut metrics = measured("here", "=cmd/\"a\", b", &[NOW]);
    metrics.generation(failure("far/b", NOW + HOUR, ErrorCode::Server), 0.0, wall(NOW));
    let sheet = metrics.sheet(Range { from: None, to: Some((NOW + DAY) as f64) }, wall(NOW));
    let rows: Vec<&str> = sheet.lines().collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[1],
        format!(
            "{NOW},1,\"'=cmd/\"\"a\"\", b\",text,1,1,0,0,1,20,5,10,4,0,0.001,0.002,100.249,100.249,100.249,10.031,50.125,0,,0,0,"
        )
    );
    assert_eq!(
        rows[2],
        format!("{},1,\"far/b\",text,1,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,0,0,server=1", NOW + HOUR)
    );
    let columns = |row: &str| row.split(',').count();
    assert_eq!(columns(rows[0]), columns(rows[2]));
}

proptest! {
    #[test]
    fn broken_records_are_read_or_refused_and_never_worse(at in 0_usize..600, with in any::<u8>(), cut in any::<bool>()) {
        let mut record = measured("here", "ollama/a", &[NOW, NOW + HOUR]).to_record();
        let at = at % record.len();
        if cut { record.truncate(at); } else { record[at] = with; }
        if let Ok((mut metrics, _)) = Metrics::from_record(&record, wall(NOW)) {
            let other = metrics.clone();
            metrics.add(&other, wall(NOW));
            metrics.join(&other);
            metrics.report(Range::default(), 0, wall(NOW));
            metrics.timeline(TimelineOptions::default(), 0, wall(NOW));
        }
    }
}

#[test]
fn what_the_first_form_of_the_record_holds_is_still_read() {
    let hour = NOW / HOUR;
    let first = format!(
        r#"{{"hkmMeshMetrics":1,"id":"here","own":[[[{hour},1,"text","far/a"],[1,1,0,0,1,20,5,10,4,0,1000,0,0,0,0,0,0,0,0,1,0],[],[],[[5,1],[4,1],[]]]],"others":[]}}"#
    );
    let metrics = read(first.as_bytes());
    let total = metrics.report(Range::default(), 0, wall(NOW + HOUR)).total;
    assert_eq!((total.requests, total.tokens, total.cost), (1, 30, 1e-9));
    assert_eq!((total.queue_p50_ms, total.connect_p50_ms), (None, None));
    assert_eq!(read(&metrics.to_record()), metrics);
}

#[test]
fn a_later_bill_takes_the_place_of_the_guess_whatever_is_put_together_first() {
    let guessed =
        AttemptMetrics { cost: (Money::from_usd(0.5), CostKind::Estimated), ..attempt("far/a", NOW, 0.0) };
    let counted = Usage { input_tokens: 8, output_tokens: 90, ..Usage::default() };
    let billed = Money::from_usd(0.25).unwrap();
    let mut before = Metrics::named("here".to_owned());
    before.attempt(&guessed, wall(NOW));
    let mut change = Metrics::named("here".to_owned());
    change.settle(&guessed, billed, Some(&counted), wall(NOW));
    let settled = |parts: [&Metrics; 2]| {
        let mut sum = Metrics::default();
        for part in parts {
            sum.add(part, wall(NOW));
        }
        let total = read(&sum.to_record()).report(Range::default(), 0, wall(NOW)).total;
        let (tokens, costs) = (total.token_counts.unwrap(), total.cost_counts.unwrap());
        assert_eq!((tokens.input, tokens.cached_input, tokens.output, tokens.reasoning), (8, 0, 90, 0));
        assert_eq!((costs.billed, costs.estimated, total.cost), (0.25, 0.0, 0.25));
        assert_eq!((total.attempts, total.unpriced), (Some(1), Some(0)));
        sum
    };
    let after = settled([&before, &change]);
    settled([&change, &before]);
    // An export that was made before the bill came is not taken for the later one.
    let mut elsewhere = Metrics::named("there".to_owned());
    for export in [&before, &after, &before] {
        elsewhere.join(export);
    }
    assert_eq!(elsewhere.report(Range::default(), 0, wall(NOW)).total.cost, 0.25);
}
