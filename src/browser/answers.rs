//! Does what the engine wants done with the answers that are kept. What begins here in one turn shares a transaction: an
//! answer and its use are written together, or neither is.

use hkm_mesh_core::engine::{AnswersSaid, AnswersWork, StoredAnswer};
use hkm_mesh_core::model::picture::HeldBlob;
use hkm_mesh_core::model::storage::StorageFault;
use wasm_bindgen::JsValue;

use super::store::{Shelf, Store};
use super::together::all;

type Done = Result<(), StorageFault>;

/// Works, and says what the engine waits for.
///
/// `blobs` are those that belong to what is to be kept, and `hold` has the page hold one that was read.
pub(super) async fn work(
    store: &impl Store,
    work: AnswersWork,
    blobs: Option<Vec<JsValue>>,
    hold: impl Fn(JsValue) -> Option<HeldBlob>,
) -> Option<AnswersSaid> {
    match work {
        AnswersWork::Find(name) => {
            let found = store.load_whole(Shelf::ANSWERS, &name).await.ok().flatten();
            let stored = found.map(|(record, blobs)| StoredAnswer {
                record,
                blobs: blobs.into_iter().filter_map(hold).collect(),
            });
            Some(AnswersSaid::Found(name, stored))
        }
        AnswersWork::Keep { name, answer, usage, .. } => {
            // One of them is gone: the rest would be taken for all.
            let Some(blobs) = blobs else {
                return Some(AnswersSaid::Kept(name, Err(StorageFault::Unreadable)));
            };
            let saving = [
                store.save_whole(Shelf::ANSWERS, &name, &answer, &blobs),
                store.save_whole(Shelf::USES, &name, &usage, &[]),
            ];
            let saved = all(saving).await;
            // Each is tried alone where there is no room for both: a use without its answer would count for nothing.
            if matches!(saved.as_slice(), [Err(_), Ok(())])
                && store.load(Shelf::ANSWERS, &name).await == Ok(None)
            {
                let _ = store.remove(Shelf::USES, &name).await;
            }
            let kept: Done = saved.into_iter().collect();
            Some(AnswersSaid::Kept(name, kept))
        }
        AnswersWork::Use(name, usage) => {
            // What was not noted makes an answer look older than it is.
            let _ = store.save(Shelf::USES, &name, &usage).await;
            None
        }
        AnswersWork::List => Some(AnswersSaid::Listed(store.all(Shelf::USES).await.unwrap_or_default())),
        AnswersWork::Forget(None) => {
            // Who forgets all answers means those of batches too.
            let clearing = [Shelf::ANSWERS, Shelf::USES, Shelf::BATCHES].map(|shelf| store.clear(shelf));
            Some(AnswersSaid::Forgot(all(clearing).await.into_iter().collect()))
        }
        AnswersWork::Forget(Some(names)) => {
            let removals = names
                .iter()
                .flat_map(|name| [store.remove(Shelf::ANSWERS, name), store.remove(Shelf::USES, name)]);
            Some(AnswersSaid::Forgot(all(removals).await.into_iter().collect()))
        }
    }
}
