//! Databases of other versions: older ones are brought up to date, newer ones are left alone.

use idb::ObjectStore;

use super::*;

fn text(bytes: &str) -> Vec<u8> {
    bytes.as_bytes().to_vec()
}

#[wasm_bindgen_test]
async fn a_database_of_every_version_that_there_was_keeps_everything() {
    let newest = STEPS.len() as u32;
    for version in 1..=newest {
        let name = unique_name();
        settled(&make_version(&name, version)).await.unwrap();
        let store = store(&name);
        for record in ["catalogue", "health", "settings"] {
            assert_eq!(store.load(RECORDS, record).await, Ok(Some(text(&format!("{record} of {version}")))));
        }
        let name_of_answer = "0123456789abcdef0123456789abcdef";
        let answer = (version > 1).then(|| text(&format!("answer of {version}")));
        assert_eq!(store.load(Shelf::ANSWERS, name_of_answer).await, Ok(answer));
        let uses = store.all(Shelf::USES).await.unwrap();
        assert_eq!(uses.len(), usize::from(version > 1));
        store.save(RECORDS, "health", b"of today").await.unwrap();
        let page = ("1 a 0000000000".to_owned(), text(&format!("a page of {version}")));
        let pages = if version < 3 { Vec::new() } else { vec![page] };
        assert_eq!(store.all(Shelf::JOURNAL).await, Ok(pages), "from {version}");
        let end = ("1 b 1700000000000 0000000000".to_owned(), text("an end of 4"));
        let ends = if version < 4 { Vec::new() } else { vec![end] };
        assert_eq!(store.all(Shelf::BATCHES).await, Ok(ends), "from {version}");
        store.close();
        assert_eq!(settled(&version_of(&name)).await.unwrap(), newest);
    }
}

/// Versions that may come: a second shelf, then what lay on it in another form and on another shelf.
const SECOND: Shelf = Shelf::named("second");
const THIRD: Shelf = Shelf::named("third");
const TOMORROW: &[Step] = &[
    STEPS[0],
    |upgrade| upgrade.add(SECOND),
    |upgrade| {
        upgrade.add(THIRD)?;
        let third: ObjectStore = upgrade.transaction.object_store(THIRD.name())?;
        third.put(&pack(b"made of the second", &[]), Some(&"moved".into())).map(drop)
    },
];

#[wasm_bindgen_test]
async fn a_database_of_any_older_version_takes_the_steps_that_it_lacks() {
    for from in 0..=TOMORROW.len() {
        let name = unique_name();
        if from > 0 {
            let older = IndexedDb::new(name.clone(), &TOMORROW[..from], PATIENCE, || ());
            older.save(RECORDS, "health", b"kept").await.unwrap();
            if from > 1 {
                older.save(SECOND, "more", b"kept too").await.unwrap();
            }
            older.close();
            assert_eq!(settled(&version_of(&name)).await.unwrap(), from as u32);
        }
        let newest = IndexedDb::new(name.clone(), TOMORROW, PATIENCE, || ());
        assert_eq!(newest.load(THIRD, "moved").await, Ok(Some(text("made of the second"))), "from {from}");
        let kept = |is_there: bool, bytes: &str| Ok(is_there.then(|| text(bytes)));
        assert_eq!(newest.load(RECORDS, "health").await, kept(from > 0, "kept"), "from {from}");
        assert_eq!(newest.load(SECOND, "more").await, kept(from > 1, "kept too"), "from {from}");
    }
}

#[wasm_bindgen_test]
async fn a_step_that_fails_leaves_the_older_database_as_it_was() {
    const FAILING: &[Step] =
        &[STEPS[0], |upgrade| upgrade.add(SECOND), |_| Err(idb::Error::EventTargetNotFound)];
    let name = unique_name();
    settled(&make_version(&name, 1)).await.unwrap();
    let failing = IndexedDb::new(name.clone(), FAILING, PATIENCE, || ());
    assert_eq!(failing.load(RECORDS, "health").await, Err(StorageFault::Unusable));
    assert_eq!(settled(&version_of(&name)).await.unwrap(), 1);
    assert_eq!(store(&name).load(RECORDS, "health").await, Ok(Some(text("health of 1"))));
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let name = unique_name();
    settled(&make_version(&name, 1)).await.unwrap();
    let newer: web_sys::IdbDatabase = settled(&open_raw(&name, 9)).await.unwrap().unchecked_into();
    newer.close();
    let store = store(&name);
    assert_eq!(store.load(RECORDS, "health").await, Err(StorageFault::Newer));
    assert_eq!(store.save(RECORDS, "health", b"older").await, Err(StorageFault::Newer));
    assert_eq!(store.remove(RECORDS, "health").await, Err(StorageFault::Newer));
    assert_eq!(settled(&version_of(&name)).await.unwrap(), 9);
    let raw = settled(&get_raw(&name, "records", "health")).await.unwrap();
    assert_eq!(unpack(&raw), Some(b"health of 1".to_vec()));
}

#[wasm_bindgen_test]
async fn another_tab_may_upgrade_while_the_store_is_open() {
    let name = unique_name();
    let store = store(&name);
    store.save(RECORDS, "health", &[1]).await.unwrap();
    // Resolves only if the store lets go.
    settled(&open_raw(&name, 9)).await.unwrap();
    assert_eq!(store.load(RECORDS, "health").await, Err(StorageFault::Newer));
}

#[wasm_bindgen_test]
async fn a_database_of_somebody_else_is_left_alone() {
    let (name, newest) = (unique_name(), STEPS.len() as u32);
    settled(&open_empty(&name, newest)).await.unwrap();
    assert_eq!(store(&name).save(RECORDS, "health", &[1]).await, Err(StorageFault::Unusable));
    assert_eq!(settled(&version_of(&name)).await.unwrap(), newest);
}
