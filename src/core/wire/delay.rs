//! How long a server wants to be left alone, as the head of its answer says it. Few servers let a page read that; some
//! say it in the body too, where the protocols look for it.

use core::time::Duration;

use crate::base::number::number_in;
use crate::base::time::Wall;
use crate::model::http::ResponseHead;

/// Milliseconds after which trying again makes sense, by the headers that a page may read.
pub fn stated_delay(head: &ResponseHead, now: Wall) -> Option<f64> {
    let exact = head.retry_after_ms.as_deref().and_then(number);
    let usual = || head.retry_after.as_deref().and_then(|value| seconds_or_date(value, now));
    let reset = || head.rate_limit_reset.as_deref().and_then(number).map(|number| until(number, now));
    exact.or_else(usual).or_else(reset)
}

/// A number of milliseconds as a span of time; what is none is no time at all.
pub fn span_of(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or_default()
}

fn number(text: &str) -> Option<f64> {
    number_in(text).filter(|number| number.is_finite() && *number >= 0.0)
}

fn seconds_or_date(text: &str, now: Wall) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return Some((seconds * 1_000.0).round());
    }
    Some((date(text)? - now.epoch_millis()).max(0) as f64)
}

/// `X-RateLimit-Reset`: nobody says in what unit. Its size gives it away.
fn until(number: f64, now: Wall) -> f64 {
    const MILLISECONDS: f64 = 1e11;
    const SECONDS: f64 = 1e8;
    let now = now.epoch_millis() as f64;
    match number {
        at if at >= MILLISECONDS => (at - now).max(0.0),
        at if at >= SECONDS => (at * 1_000.0 - now).max(0.0),
        seconds => seconds * 1_000.0,
    }
}

/// An HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`, in epoch milliseconds. The two older ways to write one are not sent any
/// more.
fn date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.trim().split_once(',')?;
    let mut parts = rest.split_ascii_whitespace();
    let day: i64 = parts.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = parts.next()?;
    let (month, _) = (1_i64..).zip(MONTHS).find(|(_, name)| name.eq_ignore_ascii_case(month))?;
    let year: i64 = parts.next()?.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let mut unit = |limit: i64| clock.next()?.filter(|number| (0..limit).contains(number));
    let (hour, minute, second) = (unit(24)?, unit(60)?, unit(61)?);
    // Days since 1970 in the Gregorian calendar, years beginning in March so that the leap day is the last.
    let from_march = (month + 9) % 12;
    let year = year - from_march / 10;
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (from_march * 306 + 5) / 10 + day - 1 - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06 08:49:30 UTC.
    const NOW: Wall = Wall::from_epoch_millis(784_111_770_000);

    fn after(value: &str) -> Option<f64> {
        stated_delay(&ResponseHead { retry_after: Some(value.to_owned()), ..ResponseHead::default() }, NOW)
    }

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_date() {
        assert_eq!(after("2"), Some(2_000.0));
        assert_eq!(after(" 0.25 "), Some(250.0));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7_000.0));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0.0), "a date that is over is now");
        for nonsense in
            ["", "soon", "-3", "NaN", "inf", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"]
        {
            assert_eq!(after(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn dates_are_counted_as_the_calendar_does() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Sun, 22 Nov 2026 22:00:00 GMT", 1_795_384_800),
            ("Sun, 31 Dec 2028 23:59:60 GMT", 1_861_920_000),
        ] {
            assert_eq!(date(text), Some(seconds * 1_000), "{text}");
        }
    }

    #[test]
    fn the_finer_header_wins_and_a_reset_is_understood_in_any_unit() {
        let head = ResponseHead {
            retry_after: Some("3".to_owned()),
            retry_after_ms: Some("2500".to_owned()),
            ..ResponseHead::default()
        };
        assert_eq!(stated_delay(&head, NOW), Some(2_500.0));
        for reset in ["784111780000", "784111780", "10"] {
            let head = ResponseHead { rate_limit_reset: Some(reset.to_owned()), ..ResponseHead::default() };
            assert_eq!(stated_delay(&head, NOW), Some(10_000.0), "{reset}");
        }
        assert_eq!(stated_delay(&ResponseHead::default(), NOW), None);
    }
}
