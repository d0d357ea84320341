//! Does what the engine wants done with the answers that are kept. What begins here in one turn shares a transaction: an
//! answer and its use are written together, or neither is.

use hkm_mesh_core::engine::{AnswersSaid, AnswersWork};
use hkm_mesh_core::model::storage::StorageFault;

use super::store::{Shelf, Store};
use super::together::all;

type Done = Result<(), StorageFault>;

/// Works, and says what the engine waits for.
pub(super) async fn work(store: &impl Store, work: AnswersWork) -> Option<AnswersSaid> {
    match work {
        AnswersWork::Find(name) => {
            let found = store.load(Shelf::ANSWERS, &name).await.ok().flatten();
            Some(AnswersSaid::Found(name, found))
        }
        AnswersWork::Keep { name, answer, usage } => {
            let saving = [store.save(Shelf::ANSWERS, &name, &answer), store.save(Shelf::USES, &name, &usage)];
            let kept: Done = all(saving).await.into_iter().collect();
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
