//! Waiting for one of two things.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

/// What `future` gives, or `None` if `stop` comes before it. Both are dropped then.
pub(super) async fn unless<F: Future>(stop: impl Future, future: F) -> Option<F::Output> {
    let mut stop = pin!(stop);
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => stop.as_mut().poll(context).map(|_| None),
    })
    .await
}
