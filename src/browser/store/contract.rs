//! The contract of [`super::Store`] as one test that every store has to pass.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

#[cfg(not(target_arch = "wasm32"))]
use super::memory::Memory;
use super::{Shelf, Store};
use crate::browser::together::all;

/// The shelves that a store has to have for this.
pub(super) const SHELVES: [Shelf; 2] = [Shelf::RECORDS, Shelf::named("others")];

/// Fails by panicking. The store must not hold the records named here yet.
pub(super) async fn obeys_the_store_contract(store: &impl Store) {
    one_record_after_the_other(store).await;
    two_shelves(store).await;
    many_at_once(store).await;
    a_whole_shelf(store).await;
    a_range_of_names(store).await;
    #[cfg(target_arch = "wasm32")]
    blobs_beside_bytes(store).await;
    store.rest();
    assert_eq!(store.load(SHELVES[0], "b").await, Ok(Some(Vec::new())), "a rest forgets nothing");
}

async fn one_record_after_the_other(store: &impl Store) {
    let [shelf, _] = SHELVES;
    assert_eq!(store.load(shelf, "a").await, Ok(None), "a name that was never saved loads as nothing");
    assert_eq!(store.remove(shelf, "a").await, Ok(()), "removing what is not there is no error");

    assert_eq!(store.save(shelf, "a", b"first").await, Ok(()));
    assert_eq!(store.save(shelf, "b", &[]).await, Ok(()));
    assert_eq!(store.load(shelf, "a").await, Ok(Some(b"first".to_vec())), "what was saved is loaded");
    assert_eq!(
        store.load(shelf, "b").await,
        Ok(Some(Vec::new())),
        "bytes may be empty, which is not nothing"
    );
    assert_eq!(store.load(shelf, "").await, Ok(None));

    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    assert_eq!(store.save(shelf, "a", &every_byte).await, Ok(()));
    assert_eq!(store.load(shelf, "a").await, Ok(Some(every_byte)), "saving anew replaces, byte for byte");

    assert_eq!(store.save(shelf, "Größe 木", b"name").await, Ok(()));
    assert_eq!(store.load(shelf, "Größe 木").await, Ok(Some(b"name".to_vec())), "names are any text");

    assert_eq!(store.remove(shelf, "a").await, Ok(()));
    assert_eq!(store.load(shelf, "a").await, Ok(None), "what was removed is gone");
    assert_eq!(store.load(shelf, "b").await, Ok(Some(Vec::new())), "and nothing else");
}

async fn two_shelves(store: &impl Store) {
    let [one, other] = SHELVES;
    assert_eq!(store.save(one, "same", b"one").await, Ok(()));
    assert_eq!(store.load(other, "same").await, Ok(None), "the same name on another shelf is another record");
    assert_eq!(store.save(other, "same", b"other").await, Ok(()));
    assert_eq!(store.remove(one, "same").await, Ok(()));
    assert_eq!(store.load(other, "same").await, Ok(Some(b"other".to_vec())));
}

async fn a_whole_shelf(store: &impl Store) {
    let [one, other] = SHELVES;
    store.clear(other).await.unwrap();
    assert_eq!(store.all(other).await, Ok(Vec::new()), "a shelf may be empty");
    for name in ["b", "a", "c"] {
        store.save(other, name, name.as_bytes()).await.unwrap();
    }
    let all = store.all(other).await.unwrap();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"], "in the order of names");
    assert_eq!(store.names(other).await, Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    assert!(all.iter().all(|(name, bytes)| name.as_bytes() == bytes), "each with its own");
    store.save(one, "stays", b"here").await.unwrap();
    let (cleared, after) = both(store.clear(other), store.all(other)).await;
    assert_eq!((cleared, after), (Ok(()), Ok(Vec::new())), "all of it is forgotten");
    assert_eq!(store.load(one, "stays").await, Ok(Some(b"here".to_vec())), "and nothing else");
}

async fn many_at_once(store: &impl Store) {
    let [one, other] = SHELVES;
    let names: Vec<String> = (0..50).map(|number| format!("many {number}")).collect();
    let saved = all(names.iter().map(|name| store.save(one, name, name.as_bytes()))).await;
    assert_eq!(saved, vec![Ok(()); 50]);
    let loaded = all(names.iter().map(|name| store.load(one, name))).await;
    let expected: Vec<_> = names.iter().map(|name| Ok(Some(name.clone().into_bytes()))).collect();
    assert_eq!(loaded, expected, "each gets its own");

    let ((first, before), (second, after)) = both(
        both(store.save(one, "turn", b"first"), store.load(one, "turn")),
        both(store.save(other, "turn", b"there"), both(store.remove(one, "turn"), store.load(one, "turn"))),
    )
    .await;
    assert_eq!((first, before), (Ok(()), Ok(Some(b"first".to_vec()))), "what begins first happens first");
    assert_eq!((second, after), (Ok(()), (Ok(()), Ok(None))));
    assert_eq!(store.load(other, "turn").await, Ok(Some(b"there".to_vec())));
}

async fn a_range_of_names(store: &impl Store) {
    let [shelf, other] = SHELVES;
    for name in ["range 1", "range 2", "range 3", "rangers"] {
        assert_eq!(store.save(shelf, name, b"x").await, Ok(()));
    }
    assert_eq!(store.save(other, "range 2", b"elsewhere").await, Ok(()));
    let names = async || {
        let all = store.all(shelf).await.unwrap_or_default();
        all.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("range")).collect::<Vec<_>>()
    };
    assert_eq!(store.remove_range(shelf, "range 2", "range 2").await, Ok(()), "a range may hold nothing");
    assert_eq!(names().await, ["range 1", "range 2", "range 3", "rangers"]);
    assert_eq!(store.remove_range(shelf, "range 1", "range 3").await, Ok(()));
    assert_eq!(names().await, ["range 3", "rangers"], "its end is not in a range");
    assert_eq!(store.load(other, "range 2").await, Ok(Some(b"elsewhere".to_vec())));
}

/// Blobs are the browser's.
#[cfg(target_arch = "wasm32")]
async fn blobs_beside_bytes(store: &impl Store) {
    use js_sys::Array;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::Blob;

    let [shelf, _] = SHELVES;
    let of_size = |size: usize| -> JsValue {
        let text = JsValue::from_str(&"x".repeat(size));
        Blob::new_with_str_sequence(&Array::of1(&text)).unwrap().into()
    };
    let sizes = |blobs: Vec<JsValue>| {
        blobs.iter().map(|blob| blob.unchecked_ref::<Blob>().size()).collect::<Vec<_>>()
    };
    assert_eq!(store.save_whole(shelf, "blobs", b"two", &[of_size(3), of_size(1_000_000)]).await, Ok(()));
    let (bytes, blobs) = store.load_whole(shelf, "blobs").await.unwrap().unwrap();
    assert_eq!((bytes.as_slice(), sizes(blobs)), (&b"two"[..], vec![3.0, 1_000_000.0]), "in their order");
    assert_eq!(store.load(shelf, "blobs").await, Ok(Some(b"two".to_vec())));
    assert_eq!(store.save(shelf, "blobs", b"none").await, Ok(()));
    let (bytes, blobs) = store.load_whole(shelf, "blobs").await.unwrap().unwrap();
    assert_eq!((bytes.as_slice(), sizes(blobs)), (&b"none"[..], vec![]), "what is saved anew has its own");
    assert_eq!(store.remove(shelf, "blobs").await, Ok(()));
}

/// Waits for both, of which the first begins first.
pub(super) async fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut other) = (None, None);
    poll_fn(|context| {
        if one.is_none()
            && let Poll::Ready(value) = first.as_mut().poll(context)
        {
            one = Some(value);
        }
        if other.is_none()
            && let Poll::Ready(value) = second.as_mut().poll(context)
        {
            other = Some(value);
        }
        match (one.take(), other.take()) {
            (Some(value), Some(another)) => Poll::Ready((value, another)),
            (value, another) => {
                (one, other) = (value, another);
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs a future that never has to wait for the world.
#[cfg(not(target_arch = "wasm32"))]
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match core::pin::pin!(future).as_mut().poll(&mut context) {
        core::task::Poll::Ready(value) => value,
        core::task::Poll::Pending => panic!("the future waits for something that never comes here"),
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_memory_store_obeys_the_contract() {
    block_on(obeys_the_store_contract(&Memory::default()));
}
