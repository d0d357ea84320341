//! Money as whole pico-dollars (10⁻¹² USD). A token can cost 0.3 micro-dollars, so floating sums would drift.

use core::fmt;
use core::iter::Sum;
use core::ops::Add;

const PICO_PER_DOLLAR: f64 = 1e12;

/// The digits of a dollar that are kept behind the point.
const DECIMALS: i32 = 12;

/// Below it there is room for one more digit.
const NEARLY_FULL: u64 = 1_000_000_000_000_000_000;

/// An amount of US dollars that is never negative. Arithmetic stops at the largest value (18.4 million USD).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From US dollars; `None` for what is not an amount (negative, not a number, infinite).
    pub fn from_usd(usd: f64) -> Option<Self> {
        (usd.is_finite() && usd >= 0.0).then(|| Self((usd * PICO_PER_DOLLAR).round() as u64))
    }

    /// From US dollars in decimal digits, as bills are written: `0.0000615`, `6.15e-5`. Exact up to nine million
    /// dollars; parts of a pico-dollar are rounded, half upwards. `None` for what is not an amount.
    pub fn from_decimal(usd: &str) -> Option<Self> {
        let (digits, exponent) = match usd.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i16>().ok()?),
            None => (usd, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut amount: u64 = 0;
        // By how many digits the amount still has to grow to be pico-dollars.
        let mut shift = i32::from(exponent) + DECIMALS;
        for (place, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            let is_whole = place < whole.len();
            if amount < NEARLY_FULL {
                amount = amount * 10 + u64::from(digit);
                shift -= i32::from(!is_whole);
            } else {
                shift += i32::from(is_whole);
            }
        }
        while shift > 0 && amount > 0 {
            amount = amount.saturating_mul(10);
            shift -= 1;
        }
        let mut is_half = false;
        while shift < 0 {
            is_half = amount % 10 >= 5;
            amount /= 10;
            shift += 1;
        }
        Some(Self(amount.saturating_add(u64::from(is_half))))
    }

    /// From whole pico-dollars.
    pub const fn from_pico(pico: u64) -> Self {
        Self(pico)
    }

    /// In whole pico-dollars.
    pub const fn pico(self) -> u64 {
        self.0
    }

    /// The price of one where this is the price of a million; `None` where that is no whole number of pico-dollars.
    pub fn of_a_million(self) -> Option<Self> {
        self.0.is_multiple_of(1_000_000).then_some(Self(self.0 / 1_000_000))
    }

    /// In US dollars, for JavaScript.
    pub fn usd(self) -> f64 {
        self.0 as f64 / PICO_PER_DOLLAR
    }

    /// This much for each of `count` things.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// As a person writes it, rounded to a millionth of a dollar: `$0.0012`, `$1.50`.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micro = self.0 / 1_000_000 + u64::from(self.0 % 1_000_000 >= 500_000);
        if micro == 0 && self.0 > 0 {
            return formatter.write_str("less than $0.000001");
        }
        let (dollars, mut fraction, mut digits) = (micro / 1_000_000, micro % 1_000_000, 6);
        while digits > 2 && fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        write!(formatter, "${dollars}.{fraction:0digits$}")
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_a_micro_dollar_a_token_adds_up_exactly() {
        let price = Money::from_usd(0.000_000_3).unwrap();
        assert_eq!(price.times(1_000_000_000), Money::from_usd(300.0).unwrap());
    }

    #[test]
    fn a_bill_is_read_to_its_last_digit() {
        for (written, pico) in [
            ("0", 0),
            ("0.0000615", 61_500_000),
            ("6.15e-5", 61_500_000),
            ("6.15E-05", 61_500_000),
            ("1e+2", 100_000_000_000_000),
            ("12", 12_000_000_000_000),
            ("0.1", 100_000_000_000),
            ("123456.789012345678", 123_456_789_012_345_678),
            ("0.0000000000004", 0),
            ("0.0000000000005", 1),
            ("0.00000000000006", 0),
            ("0.00000012345678999999999999", 123_457),
            ("6e-300", 0),
            ("99999999999999999999999", u64::MAX),
            ("1e300", u64::MAX),
            ("0e300", 0),
        ] {
            assert_eq!(Money::from_decimal(written), Some(Money(pico)), "{written}");
        }
        for odd in ["", ".", "-1", "-0", "1.2.3", "0x1", "1e", "1e1.5", "NaN", " 1", "1,5"] {
            assert_eq!(Money::from_decimal(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for usd in [-0.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Money::from_usd(usd), None);
        }
    }

    #[test]
    fn an_amount_is_written_as_people_do() {
        for (usd, written) in [
            (0.0, "$0.00"),
            (1.5, "$1.50"),
            (0.001_234_567, "$0.001235"),
            (0.05, "$0.05"),
            (12.000_001, "$12.000001"),
            (0.000_000_000_3, "less than $0.000001"),
        ] {
            assert_eq!(Money::from_usd(usd).unwrap().to_string(), written);
        }
    }

    #[test]
    fn a_price_for_a_million_is_shared_out_only_where_that_is_exact() {
        let price = Money::from_decimal("0.0434").unwrap();
        assert_eq!(price.of_a_million().unwrap().usd(), 4.34e-8);
        assert_eq!(Money(1_000_001).of_a_million(), None);
    }

    #[test]
    fn sums_stop_at_the_largest_amount() {
        let most = Money(u64::MAX);
        assert_eq!(most + Money(1), most);
        assert_eq!(most.times(2), most);
    }
}
