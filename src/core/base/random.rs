//! Random numbers from a seed: the same seed gives the same numbers, so that every run can be repeated. For spreading
//! things in time, never for secrets.

/// A generator (`SplitMix64`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// One that begins here.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 on and below 1.
    pub fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The upper 53 bits are all that a double holds.
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_they_fill_the_range() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..1_000).map(|_| random.fraction()).collect::<Vec<f64>>()
        };
        let numbers = draw(7);
        assert_eq!(numbers, draw(7));
        assert_ne!(numbers, draw(8));
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        for tenth in 0..10 {
            let from = f64::from(tenth) / 10.0;
            assert!(numbers.iter().any(|number| (from..from + 0.1).contains(number)), "{tenth}");
        }
    }
}
