//! Money as whole pico-dollars (10⁻¹² USD). A token can cost 0.3 micro-dollars, so floating sums would drift.

use core::fmt;
use core::iter::Sum;
use core::ops::Add;

const PICO_PER_DOLLAR: f64 = 1e12;

/// Digits after the point that a whole number of pico-dollars has.
const DIGITS: usize = 12;

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

    /// From a decimal number of US dollars such as `0.0434`, exactly. `None` for all else: a sign, an exponent, more
    /// than twelve digits after the point, an amount that does not fit.
    pub fn from_decimal(usd: &str) -> Option<Self> {
        let (whole, fraction) = usd.split_once('.').unwrap_or((usd, "0"));
        if whole.is_empty() || fraction.is_empty() {
            return None;
        }
        let missing = DIGITS.checked_sub(fraction.len())?;
        let digits = whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat_n(b'0', missing));
        let mut pico: u64 = 0;
        for digit in digits {
            let digit = char::from(digit).to_digit(10)?;
            pico = pico.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        Some(Self(pico))
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
    fn what_is_not_an_amount_is_refused() {
        for usd in [-0.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Money::from_usd(usd), None);
        }
    }

    #[test]
    fn a_decimal_is_read_exactly() {
        assert_eq!(Money::from_decimal("0.083333"), Some(Money(83_333_000_000)));
        assert_eq!(Money::from_decimal("150"), Some(Money(150_000_000_000_000)));
        assert_eq!(Money::from_decimal("0.000000000001"), Some(Money(1)));
        assert_eq!(Money::from_decimal("18446744.073709551615"), Some(Money(u64::MAX)));
        assert_eq!(Money::from_decimal("0"), Some(Money::ZERO));
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in
            ["", ".", ".5", "5.", "-1", "+1", "1e-6", "1,5", "0.0000000000001", "18446744.073709551616", "١"]
        {
            assert_eq!(Money::from_decimal(text), None, "{text}");
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
