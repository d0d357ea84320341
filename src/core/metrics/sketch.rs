//! How values are spread, in little space: counts in buckets that are each 1/128 of an octave's beginning wide. A value
//! is taken for the middle of its bucket, so that it is off by less than 0.4 %, however it is spread.
//!
//! The bucket is read off the number itself, seven bits behind its leading one: no logarithm, and the same on every
//! machine. Counts add up whatever the order, so sketches of hours, tabs and machines can be put together.

/// Bits of a double behind those that say the bucket.
const BELOW: u32 = 52 - 7;

/// Buckets of one octave.
const OCTAVE: u64 = 1 << 7;

/// What lies below counts as zero: a millionth of a millisecond, about.
const LOWEST: u64 = (1_023 - 20) * OCTAVE;

/// What lies above counts as the highest value: 2⁴⁴ milliseconds are 557 years.
const HIGHEST: u64 = 64 * OCTAVE;

/// How values that are not negative are spread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// In ascending order; 0 is the bucket of zero.
    buckets: Vec<u16>,
    /// How many values each of them holds.
    counts: Vec<u32>,
}

impl Sketch {
    /// Takes in a value. What is negative, infinite or not a number is none.
    pub fn record(&mut self, value: f64) {
        if let Some(bucket) = bucket_of(value) {
            self.add(bucket, 1);
        }
    }

    fn add(&mut self, bucket: u16, count: u32) {
        match self.buckets.binary_search(&bucket) {
            Ok(place) => {
                if let Some(known) = self.counts.get_mut(place) {
                    *known = known.saturating_add(count);
                }
            }
            Err(place) => {
                self.buckets.insert(place, bucket);
                self.counts.insert(place, count);
            }
        }
    }

    /// Takes in all that another took in.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in other.pairs() {
            self.add(bucket, count);
        }
    }

    /// How many values it took in.
    pub fn count(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    /// The value that this share of all does not exceed (0.5 is the median); `None` while there is none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = ((share * self.count() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let mut last = None;
        for (bucket, count) in self.pairs() {
            seen += u64::from(count);
            last = Some(bucket);
            if seen >= rank {
                break;
            }
        }
        last.map(middle_of)
    }

    /// How much space it takes: its buckets.
    pub const fn weight(&self) -> usize {
        self.buckets.len()
    }

    fn pairs(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        self.buckets.iter().copied().zip(self.counts.iter().copied())
    }

    /// For the store: of each bucket how far it lies behind the one before, and its count.
    pub fn to_numbers(&self) -> Vec<u32> {
        let mut before = 0;
        let distance = |(bucket, count): (u16, u32)| {
            let distance = bucket - before;
            before = bucket;
            [u32::from(distance), count]
        };
        self.pairs().flat_map(distance).collect()
    }

    /// From [`Sketch::to_numbers`]; `None` where these are none.
    pub fn from_numbers(numbers: &[u32]) -> Option<Self> {
        let mut sketch = Self::default();
        let mut bucket: u16 = 0;
        let (pairs, rest) = numbers.as_chunks::<2>();
        for [distance, count] in pairs {
            let is_next = *distance > 0 || sketch.buckets.is_empty();
            bucket = u16::try_from(*distance).ok().and_then(|distance| bucket.checked_add(distance))?;
            if !is_next || *count == 0 || u64::from(bucket) > HIGHEST {
                return None;
            }
            sketch.buckets.push(bucket);
            sketch.counts.push(*count);
        }
        rest.is_empty().then_some(sketch)
    }
}

fn bucket_of(value: f64) -> Option<u16> {
    if !value.is_finite() || value < 0.0 {
        return None;
    }
    // Minus zero has a sign.
    let bits = value.abs().to_bits() >> BELOW;
    Some(bits.saturating_sub(LOWEST - 1).min(HIGHEST) as u16)
}

/// The value that is off by the same share at both ends of a bucket.
fn middle_of(bucket: u16) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let edge = |bucket: u64| f64::from_bits((bucket + LOWEST - 1) << BELOW);
    let (from, to) = (edge(u64::from(bucket)), edge(u64::from(bucket) + 1));
    2.0 * from * to / (from + to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in values {
            sketch.record(*value);
        }
        sketch
    }

    /// The value of this rank, as sorting finds it.
    fn exact(values: &[f64], share: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted[((share * sorted.len() as f64).ceil() as usize).max(1) - 1]
    }

    fn assert_close(values: &[f64]) {
        let sketch = sketch(values);
        assert_eq!(sketch.count(), values.len() as u64);
        for share in [0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let (found, true_value) = (sketch.quantile(share).unwrap(), exact(values, share));
            assert!(
                (found - true_value).abs() <= 0.004 * true_value,
                "{share}: {found}, {true_value} would be right"
            );
        }
    }

    /// Without bounds: a Pareto tail, where the largest value is millions of times the median.
    fn heavy_tailed() -> impl Strategy<Value = f64> {
        (1e-9..1.0_f64).prop_map(|share| 10.0 * share.powf(-1.5))
    }

    proptest! {
        #[test]
        fn quantiles_are_off_by_less_than_half_a_percent(values in prop::collection::vec(0.001..1e7_f64, 1..500)) {
            assert_close(&values);
        }

        #[test]
        fn heavy_tails_are_no_harder(values in prop::collection::vec(heavy_tailed(), 1..500)) {
            assert_close(&values);
        }

        #[test]
        fn the_order_of_merging_does_not_matter(
            one in prop::collection::vec(0.0..1e9_f64, 0..50),
            two in prop::collection::vec(heavy_tailed(), 0..50),
            three in prop::collection::vec(0.5..2.0_f64, 0..50),
        ) {
            let merged = |left: &Sketch, right: &Sketch| {
                let mut both = left.clone();
                both.merge(right);
                both
            };
            let (a, b, c) = (sketch(&one), sketch(&two), sketch(&three));
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&merged(&a, &b), &c), sketch(&[one, two, three].concat()));
        }

        #[test]
        fn what_is_written_is_read_again(values in prop::collection::vec(any::<f64>(), 0..100)) {
            let written = sketch(&values);
            prop_assert_eq!(Sketch::from_numbers(&written.to_numbers()), Some(written));
        }

        #[test]
        fn foreign_numbers_are_a_sketch_or_none(numbers in prop::collection::vec(any::<u32>(), 0..20), share in any::<f64>()) {
            if let Some(sketch) = Sketch::from_numbers(&numbers) {
                prop_assert_eq!(sketch.to_numbers(), numbers);
                prop_assert_eq!(sketch.quantile(share).is_some(), sketch.count() > 0);
            }
        }
    }

    #[test]
    fn one_value_is_every_quantile() {
        assert_close(&[1_234.5]);
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn zeros_are_exact() {
        let many = sketch(&[0.0, -0.0, 1e-9, 0.0, 100.0]);
        assert_eq!(many.quantile(0.8), Some(0.0));
        assert!((many.quantile(1.0).unwrap() - 100.0).abs() < 0.4);
    }

    #[test]
    fn huge_values_count_as_the_highest_and_what_is_no_value_as_none() {
        let huge = sketch(&[f64::MAX, 1e300, f64::NAN, f64::INFINITY, -1.0]);
        assert_eq!(huge.count(), 2);
        let highest = huge.quantile(0.5).unwrap();
        assert!((highest / 2.0_f64.powi(44) - 1.0).abs() < 0.01, "{highest}");
    }

    #[test]
    fn what_does_not_ascend_or_ends_early_is_none() {
        for odd in [&[1][..], &[1, 0], &[1, 1, 0, 1], &[70_000, 1], &[8_193, 1], &[8_000, 1, 300, 1]] {
            assert_eq!(Sketch::from_numbers(odd), None, "{odd:?}");
        }
        assert!(Sketch::from_numbers(&[0, 3, 1, 1]).is_some());
    }

    #[test]
    fn a_day_of_answers_takes_less_than_a_page_of_memory() {
        let day: Vec<f64> = (0..1_000).map(|answer| 400.0 * 1.003_f64.powi(answer)).collect();
        let sketch = sketch(&day);
        assert!(sketch.weight() < 600, "{}", sketch.weight());
    }
}
