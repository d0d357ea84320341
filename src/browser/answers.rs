//! Does what the engine wants done with the answers that are kept. What begins here in one turn shares a transaction: an
//! answer and its use are written together, or neither is.

use core::future::poll_fn;
use core::task::Poll;

use hkm_mesh_core::engine::{AnswersSaid, AnswersWork};
use hkm_mesh_core::model::storage::StorageFault;

use super::store::{Shelf, Store};

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
            let kept = all(saving).await;
            Some(AnswersSaid::Kept(name, kept))
        }
        AnswersWork::Use(name, usage) => {
            // What was not noted makes an answer look older than it is.
            let _ = store.save(Shelf::USES, &name, &usage).await;
            None
        }
        AnswersWork::List => Some(AnswersSaid::Listed(store.all(Shelf::USES).await.unwrap_or_default())),
        AnswersWork::Forget(None) => {
            Some(AnswersSaid::Forgot(all([store.clear(Shelf::ANSWERS), store.clear(Shelf::USES)]).await))
        }
        AnswersWork::Forget(Some(names)) => {
            let removals = names
                .iter()
                .flat_map(|name| [store.remove(Shelf::ANSWERS, name), store.remove(Shelf::USES, name)]);
            Some(AnswersSaid::Forgot(all(removals).await))
        }
    }
}

/// Waits until all of these are over, which begin in their order; the fault of one that failed.
async fn all(futures: impl IntoIterator<Item = impl Future<Output = Done>>) -> Done {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Ok(());
    poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(ended) => {
                done = done.and(ended);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
