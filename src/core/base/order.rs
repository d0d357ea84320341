//! Sorting and sorted maps in little code. What the standard library sorts with is some 4 kB of WebAssembly for each type and
//! each comparison; here that is there once, for places, and each use adds a comparison and a few swaps.

use core::cmp::Ordering;

use litemap::LiteMap;

/// Sorts; what is equal stays in its order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = places(items.len(), &|one, other| match (items.get(one), items.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    });
    for (place, from) in order.iter().enumerate() {
        // What belongs here may have been swapped away when a place before this one was filled.
        let mut from = *from;
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        items.swap(place, from);
    }
}

/// Sorts by what is compared as it is.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, Ord::cmp);
}

/// Sorts by a key that is cheap to make.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// A map of all; of one key's values the last.
pub fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> LiteMap<K, V> {
    let mut map = LiteMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}

/// The order of so many places. Not generic: there is one of it.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_is_sorted_as_the_standard_library_does_and_what_is_equal_stays_in_its_order(
            items in proptest::collection::vec((0_u8..6, any::<u16>()), 0..40),
        ) {
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs);
            sort(&mut ours);
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn a_map_holds_the_last_value_of_each_key_in_the_order_of_keys(
            pairs in proptest::collection::vec((0_u8..9, any::<u16>()), 0..30),
        ) {
            let theirs: std::collections::BTreeMap<u8, u16> = pairs.iter().copied().collect();
            let ours: Vec<(u8, u16)> = map(pairs).into_iter().collect();
            prop_assert_eq!(ours, theirs.into_iter().collect::<Vec<_>>());
        }
    }
}
