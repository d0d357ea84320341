//! Does what the engine wants done with the answers that are kept. What begins here in one turn shares a transaction: an
//! answer and its use are written together, or neither is.

use core::future::poll_fn;
use core::pin::{Pin, pin};
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
            let kept =
                both(store.save(Shelf::ANSWERS, &name, &answer), store.save(Shelf::USES, &name, &usage))
                    .await;
            Some(AnswersSaid::Kept(name, kept))
        }
        AnswersWork::Use(name, usage) => {
            // What was not noted makes an answer look older than it is.
            let _ = store.save(Shelf::USES, &name, &usage).await;
            None
        }
        AnswersWork::List => Some(AnswersSaid::Listed(store.all(Shelf::USES).await.unwrap_or_default())),
        AnswersWork::Forget(None) => {
            let _ = both(store.clear(Shelf::ANSWERS), store.clear(Shelf::USES)).await;
            Some(AnswersSaid::Forgot)
        }
        AnswersWork::Forget(Some(names)) => {
            let removals = names
                .iter()
                .flat_map(|name| [store.remove(Shelf::ANSWERS, name), store.remove(Shelf::USES, name)]);
            let mut removals: Vec<_> = removals.map(Box::pin).collect();
            all(&mut removals).await;
            Some(AnswersSaid::Forgot)
        }
    }
}

async fn both(one: impl Future<Output = Done>, other: impl Future<Output = Done>) -> Done {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        for (done, future) in [
            (&mut first, one.as_mut() as Pin<&mut dyn Future<Output = Done>>),
            (&mut second, other.as_mut() as Pin<&mut dyn Future<Output = Done>>),
        ] {
            if done.is_none()
                && let Poll::Ready(ready) = future.poll(context)
            {
                *done = Some(ready);
            }
        }
        match (first, second) {
            (Some(first), Some(second)) => Poll::Ready(first.and(second)),
            _ => Poll::Pending,
        }
    })
    .await
}

/// Waits until each of these is over, however it ends.
async fn all<F: Future<Output = Done>>(futures: &mut Vec<Pin<Box<F>>>) {
    poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
