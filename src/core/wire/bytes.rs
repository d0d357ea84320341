//! Searches bytes eight at a time: WebAssembly has no vectors to count on, and what is optimised for size would look
//! at each byte with a call.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Where the first `\n` stands.
pub(super) fn newline(bytes: &[u8]) -> Option<usize> {
    position(bytes, |word| equal(word, b'\n'))
}

/// Where the first `\n` or `\r` stands.
pub(super) fn line_break(bytes: &[u8]) -> Option<usize> {
    position(bytes, |word| equal(word, b'\n') | equal(word, b'\r'))
}

/// Where the first quote, backslash or control character stands: what ends a string of JSON, or keeps it from being one.
pub(super) fn string_mark(bytes: &[u8]) -> Option<usize> {
    position(bytes, |word| {
        equal(word, b'"') | equal(word, b'\\') | (word.wrapping_sub(ONES * 0x20) & !word & HIGHS)
    })
}

/// What follows `start`, if the bytes begin with it.
pub(super) fn strip<'bytes>(bytes: &'bytes [u8], start: &[u8]) -> Option<&'bytes [u8]> {
    let (begin, rest) = bytes.split_at_checked(start.len())?;
    let (begin, begin_rest) = begin.as_chunks::<8>();
    let (start, start_rest) = start.as_chunks::<8>();
    let is_same = |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other);
    (begin.iter().zip(start).all(is_same) && begin_rest == start_rest).then_some(rest)
}

/// The highest bit of each byte that is this one. A byte above such a one may be marked by mistake.
#[allow(clippy::inline_always, reason = "a call for each eight bytes costs more than looking at them")]
#[inline(always)]
const fn equal(word: u64, byte: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * byte as u64);
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGHS
}

/// Where the first byte stands that `marks` marks. The lowest mark is sure, and little-endian words have it first.
#[allow(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn position(bytes: &[u8], marks: impl Fn(u64) -> u64) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    for byte in rest {
        // The other seven bytes are of no kind that is searched for.
        if marks(u64::from(*byte) | !0xFF) != 0 {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_first_of_them_is_found_wherever_it_stands(
            bytes in prop::collection::vec(prop_oneof![
                9 => any::<u8>().prop_map(|byte| byte | 0x80),
                9 => b' '..b'~',
                1 => prop::sample::select(b"\n\r\"\\\0\x1f\x09\x0b !#[]".to_vec()),
            ], 0..40)
        ) {
            let first = |wanted: &dyn Fn(u8) -> bool| bytes.iter().position(|byte| wanted(*byte));
            prop_assert_eq!(newline(&bytes), first(&|byte| byte == b'\n'));
            prop_assert_eq!(line_break(&bytes), first(&|byte| byte == b'\n' || byte == b'\r'));
            prop_assert_eq!(string_mark(&bytes), first(&|byte| byte < 0x20 || byte == b'"' || byte == b'\\'));
        }

        #[test]
        fn a_start_is_only_taken_off_where_it_is(bytes in prop::collection::vec(0..3_u8, 0..20), start in prop::collection::vec(0..3_u8, 0..20)) {
            prop_assert_eq!(strip(&bytes, &start), bytes.strip_prefix(start.as_slice()));
            let whole = [start.as_slice(), &bytes].concat();
            prop_assert_eq!(strip(&whole, &start), Some(bytes.as_slice()));
        }
    }
}
