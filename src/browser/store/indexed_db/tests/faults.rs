//! What a browser does to a database that is in use, or keeps from being used.

use super::*;

/// As [`PATIENCE`], where a test waits for it to end.
const LITTLE: Duration = Duration::from_millis(20);

fn open_connection(store: &IndexedDb) -> Rc<Connection> {
    match &*store.0.link.borrow() {
        Link::Open(connection) => Rc::clone(connection),
        _ => panic!("it is not open"),
    }
}

#[wasm_bindgen_test]
async fn bytes_of_another_format_cannot_be_read_and_are_replaced_and_the_rest_is_kept() {
    let name = unique_name();
    let newer = pack(&[9], &[]);
    Reflect::set(&newer, &"format".into(), &2.into()).unwrap();
    let not_bytes = pack(&[], &[]);
    Reflect::set(&not_bytes, &"bytes".into(), &"text".into()).unwrap();
    let store = store(&name);
    store.save(RECORDS, "settings", &[5]).await.unwrap();
    for foreign in [newer, not_bytes, Object::new().into(), JsValue::from(7), JsValue::NULL] {
        settled(&put_raw(&name, "health", &foreign)).await.unwrap();
        assert_eq!(store.load(RECORDS, "health").await, Err(StorageFault::Unreadable));
        assert_eq!(store.load(RECORDS, "settings").await, Ok(Some(vec![5])));
    }
    store.save(RECORDS, "health", &[1]).await.unwrap();
    assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![1])));
}

#[wasm_bindgen_test]
async fn a_database_that_was_deleted_is_opened_anew() {
    let name = unique_name();
    let store = store(&name);
    store.save(RECORDS, "health", &[1]).await.unwrap();
    settled(&delete_raw(&name)).await.unwrap();
    assert_eq!(store.load(RECORDS, "health").await, Ok(None));
    store.save(RECORDS, "health", &[2]).await.unwrap();
    assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![2])));
}

#[wasm_bindgen_test]
async fn a_connection_that_was_lost_without_a_word_is_opened_again() {
    let store = store(&unique_name());
    store.save(RECORDS, "health", &[1]).await.unwrap();
    for byte in 2..4 {
        open_connection(&store).close_unnoticed();
        assert_eq!(store.save(RECORDS, "health", &[byte]).await, Ok(()));
        open_connection(&store).close_unnoticed();
        assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![byte])));
    }
}

#[wasm_bindgen_test]
async fn a_dead_handle_is_opened_again_once_and_what_was_to_be_done_is_done() {
    for how in ["throws", "aborts"] {
        let store = store(&unique_name());
        store.save(RECORDS, "health", &[1]).await.unwrap();
        let mend = kill_handles(how, 1);
        assert_eq!(store.save(RECORDS, "health", &[2]).await, Ok(()), "{how}");
        call(&mend);
        let mend = kill_handles(how, 1);
        assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![2])), "{how}");
        call(&mend);
        let mend = kill_handles(how, 2);
        assert_eq!(store.save(RECORDS, "health", &[3]).await, Err(StorageFault::Lost), "{how}");
        call(&mend);
        assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![2])), "{how}: what was there is there");
    }
}

#[wasm_bindgen_test]
async fn a_transaction_that_does_not_commit_is_a_failure_and_saves_nothing() {
    let cases = [
        ("abort", StorageFault::Lost, vec![1]),
        ("quota", StorageFault::Full, vec![1]),
        ("unreadable", StorageFault::Unreadable, vec![1]),
        // Nobody knows; here it did commit.
        ("never", StorageFault::Silent, vec![2]),
    ];
    for (how, fault, kept) in cases {
        let store = store(&unique_name());
        assert_eq!(store.save(RECORDS, "health", &[1]).await, Ok(()));
        if how == "never" {
            store.0.patience.set(LITTLE);
        }
        let mend = spoil_transactions(how);
        let saved = store.save(RECORDS, "health", &[2]).await;
        call(&mend);
        assert_eq!(saved, Err(fault), "{how}");
        store.0.patience.set(PATIENCE);
        assert_eq!(store.load(RECORDS, "health").await, Ok(Some(kept)), "{how}");
        assert_eq!(store.save(RECORDS, "health", &[3]).await, Ok(()), "{how}: it goes on");
    }
}

#[wasm_bindgen_test]
async fn one_record_without_room_does_not_take_the_others_with_it() {
    let store = store(&unique_name());
    store.save(RECORDS, "big", &[1]).await.unwrap();
    let mend = limit_room(100);
    let big = vec![0; 101];
    let saves = [("small", &[1][..]), ("big", &big), ("other", &[2])];
    let saved = all(saves.iter().map(|(name, bytes)| store.save(RECORDS, name, bytes))).await;
    call(&mend);
    assert_eq!(saved, [Ok(()), Err(StorageFault::Full), Ok(())]);
    let loaded = all(saves.iter().map(|(name, _)| store.load(RECORDS, name))).await;
    assert_eq!(loaded, [Ok(Some(vec![1])), Ok(Some(vec![1])), Ok(Some(vec![2]))]);
}

#[wasm_bindgen_test]
async fn where_there_is_no_database_or_it_cannot_be_opened_the_store_says_which_and_tries_again_later() {
    let cases = [
        ("missing", StorageFault::Missing),
        ("refused", StorageFault::Missing),
        ("SecurityError", StorageFault::Missing),
        ("UnknownError", StorageFault::Unusable),
        ("QuotaExceededError", StorageFault::Full),
    ];
    for (how, fault) in cases {
        let store = store(&unique_name());
        let mend = spoil_opening(how);
        let loaded = store.load(RECORDS, "health").await;
        let saved = store.save(RECORDS, "health", &[1]).await;
        call(&mend);
        assert_eq!((loaded, saved), (Err(fault), Err(fault)), "{how}");
        assert_eq!(store.save(RECORDS, "health", &[1]).await, Ok(()), "{how}");
    }
}

#[wasm_bindgen_test]
async fn an_open_that_another_tab_blocks_is_not_waited_for_for_ever_and_is_used_once_it_comes() {
    let name = unique_name();
    // A tab that ignores `versionchange` blocks the deletion, and the deletion blocks whoever opens after it.
    let blocker: web_sys::IdbDatabase = settled(&open_raw(&name, 1)).await.unwrap().unchecked_into();
    start_deleting(&name);
    let (store, times, reachable) = watched(&name, LITTLE);
    assert_eq!(store.load(RECORDS, "health").await, Err(StorageFault::Blocked));
    assert_eq!(store.save(RECORDS, "health", &[1]).await, Err(StorageFault::Blocked));
    store.0.patience.set(PATIENCE);
    assert_eq!(times.get(), 0);
    blocker.close();
    reachable.await;
    assert_eq!(times.get(), 1);
    assert_eq!(store.save(RECORDS, "health", &[1]).await, Ok(()));
    assert_eq!(store.load(RECORDS, "health").await, Ok(Some(vec![1])));
    assert_eq!(times.get(), 1);
}

#[wasm_bindgen_test]
async fn an_upgrade_that_an_older_tab_blocks_keeps_what_that_tab_stored() {
    const TWO: &[Step] = &[STEPS[0], |upgrade| upgrade.add(Shelf::named("second"))];
    let name = unique_name();
    settled(&make_version(&name, 1)).await.unwrap();
    let older: web_sys::IdbDatabase = settled(&open_raw(&name, 1)).await.unwrap().unchecked_into();
    let (giver, reachable) = once();
    let newer = IndexedDb::new(name.clone(), TWO, LITTLE, move || giver.give(()));
    assert_eq!(newer.load(RECORDS, "health").await, Err(StorageFault::Blocked));
    newer.0.patience.set(PATIENCE);
    older.close();
    reachable.await;
    assert_eq!(newer.load(RECORDS, "health").await, Ok(Some(b"health of 1".to_vec())));
}

#[wasm_bindgen_test]
async fn a_store_that_was_closed_while_it_opened_lets_go_when_it_comes_late() {
    let name = unique_name();
    let blocker: web_sys::IdbDatabase = settled(&open_raw(&name, 1)).await.unwrap().unchecked_into();
    start_deleting(&name);
    let (store, times, _) = watched(&name, LITTLE);
    assert_eq!(store.load(RECORDS, "health").await, Err(StorageFault::Blocked));
    store.close();
    blocker.close();
    // The late connection would block this one for ever if it stayed open.
    settled(&open_raw(&name, 9)).await.unwrap();
    assert_eq!(times.get(), 0);
}
