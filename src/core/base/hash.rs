//! A hash that is the same on every machine and in every version, for finding again what must not be kept.

/// The 64-bit FNV-1a hash of `bytes`, its bits mixed once more so that short texts differ in all of them. Nobody can
/// read the text back from it, but who guesses the text can tell that it was that one: it is no secret's place.
pub fn stable(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_changes() {
        // Were these to change, conversations would lose their models with an update of the package.
        assert_eq!(stable(b""), 0x8570_e254_d5cb_36d5);
        assert_eq!(stable(b"Paris."), 0xcfc7_be57_7163_1275);
    }

    #[test]
    fn texts_that_differ_in_one_letter_differ_in_many_bits() {
        let bits = (stable(b"The answer is 41") ^ stable(b"The answer is 42")).count_ones();
        assert!(bits > 8, "{bits}");
    }
}
