//! The contract of [`super::Store`] as one test that every store has to pass.

use super::Store;
#[cfg(not(target_arch = "wasm32"))]
use super::memory::Memory;

/// Fails by panicking. The store must not hold the records named here yet.
pub(super) async fn obeys_the_store_contract(store: &impl Store) {
    assert_eq!(store.load("a").await, Ok(None), "a name that was never saved loads as nothing");
    assert_eq!(store.remove("a").await, Ok(()), "removing what is not there is no error");

    assert_eq!(store.save("a", b"first").await, Ok(()));
    assert_eq!(store.save("b", &[]).await, Ok(()));
    assert_eq!(store.load("a").await, Ok(Some(b"first".to_vec())), "what was saved is loaded");
    assert_eq!(store.load("b").await, Ok(Some(Vec::new())), "bytes may be empty, which is not nothing");
    assert_eq!(store.load("").await, Ok(None));

    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    assert_eq!(store.save("a", &every_byte).await, Ok(()));
    assert_eq!(store.load("a").await, Ok(Some(every_byte)), "saving anew replaces, byte for byte");

    assert_eq!(store.save("Größe 木", b"name").await, Ok(()));
    assert_eq!(store.load("Größe 木").await, Ok(Some(b"name".to_vec())), "names are any text");

    assert_eq!(store.remove("a").await, Ok(()));
    assert_eq!(store.load("a").await, Ok(None), "what was removed is gone");
    assert_eq!(store.load("b").await, Ok(Some(Vec::new())), "and nothing else");
}

/// Runs a future that never has to wait for the world.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
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
