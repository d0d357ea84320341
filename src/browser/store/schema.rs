//! What the database holds, and how one of an older version becomes one of this version.
//!
//! A new shelf, or another form of what lies on one, is one more step at the end of [`STEPS`]; a step that was ever
//! released is never changed. Then say in `indexed_db/raw.js` how this version makes its database, so that a test
//! opens it for ever.

use idb::{Database, ObjectStoreParams, Transaction};

/// An object store: records by name, each `{ format: number, bytes: Uint8Array, blobs?: Blob[] }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shelf(&'static str);

impl Shelf {
    /// What the engine knows of models, how they do, and what it learned of the user's servers.
    pub(crate) const RECORDS: Self = Self("records");

    /// Answers that are kept, by the key of their request.
    pub(crate) const ANSWERS: Self = Self("answers");

    /// How each of them was used, under the same key: what to give up is found without reading answers.
    pub(crate) const USES: Self = Self("uses");

    /// Answers that are being written, in pages.
    pub(crate) const JOURNAL: Self = Self("journal");

    /// How the requests of batches ended, one by one.
    pub(crate) const BATCHES: Self = Self("batches");

    /// A shelf of a test's own.
    #[cfg(test)]
    pub(super) const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name in the database.
    pub(super) const fn name(self) -> &'static str {
        self.0
    }
}

/// What makes a database of one version one of the next. It asks nothing and waits for nothing but the transaction that it
/// is given, which is undone as a whole when any step fails: the older version can still use the database then.
pub(super) type Step = fn(&Upgrade<'_>) -> Result<(), idb::Error>;

/// Each step makes version n + 1 of version n; version 0 is no database at all.
pub(super) const STEPS: &[Step] = &[
    |upgrade| upgrade.add(Shelf::RECORDS),
    |upgrade| {
        upgrade.add(Shelf::ANSWERS)?;
        upgrade.add(Shelf::USES)
    },
    |upgrade| upgrade.add(Shelf::JOURNAL),
    |upgrade| upgrade.add(Shelf::BATCHES),
];

/// A database while it is being changed.
pub(super) struct Upgrade<'a> {
    database: &'a Database,
    /// For steps that change what lies on a shelf.
    #[cfg_attr(not(test), allow(dead_code))] // No step had to yet.
    pub(super) transaction: &'a Transaction,
}

impl Upgrade<'_> {
    /// Puts an empty shelf into the database.
    pub(super) fn add(&self, shelf: Shelf) -> Result<(), idb::Error> {
        self.database.create_object_store(shelf.name(), ObjectStoreParams::new()).map(drop)
    }
}

/// The version that these steps lead to.
pub(super) fn version(steps: &[Step]) -> u32 {
    steps.len() as u32
}

/// Takes the steps that a database of the version `from` lacks.
pub(super) fn migrate(
    steps: &[Step],
    from: u32,
    database: &Database,
    transaction: &Transaction,
) -> Result<(), idb::Error> {
    // Another program of this origin made it, under our name: it is left as it is.
    if from > 0 && !database.store_names().iter().any(|name| name == Shelf::RECORDS.name()) {
        return Err(idb::Error::EventTargetNotFound);
    }
    let upgrade = Upgrade { database, transaction };
    steps.iter().skip(from as usize).try_for_each(|step| step(&upgrade))
}
