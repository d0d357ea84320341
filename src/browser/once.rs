//! A value that comes once, from a callback, to a future that waits for it.

use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

/// A place for one value: callbacks give it, one future waits for it.
pub(super) fn once<T>() -> (Giver<T>, Coming<T>) {
    let place = Rc::new(RefCell::new(Place { value: None, taken: false, waker: None }));
    (Giver(Rc::clone(&place)), Coming(place))
}

struct Place<T> {
    value: Option<T>,
    taken: bool,
    waker: Option<Waker>,
}

/// The end that gives. Several callbacks may hold one: the first to give wins.
pub(super) struct Giver<T>(Rc<RefCell<Place<T>>>);

impl<T> Clone for Giver<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Giver<T> {
    /// Gives the value, unless one was given before.
    pub(super) fn give(&self, value: T) {
        let waker = {
            let mut place = self.0.borrow_mut();
            if place.taken || place.value.is_some() {
                return;
            }
            place.value = Some(value);
            place.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The end that waits. It waits for ever if nothing is given, so that whoever waits must also set a limit.
pub(super) struct Coming<T>(Rc<RefCell<Place<T>>>);

impl<T> Future for Coming<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut place = self.0.borrow_mut();
        if let Some(value) = place.value.take() {
            place.taken = true;
            return Poll::Ready(value);
        }
        place.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    fn poll<T>(coming: &mut Coming<T>) -> Poll<T> {
        Pin::new(coming).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_first_value_wins_and_comes_once() {
        let (giver, mut coming) = once();
        assert_eq!(poll(&mut coming), Poll::Pending);
        giver.clone().give(1);
        giver.give(2);
        assert_eq!(poll(&mut coming), Poll::Ready(1));
        giver.give(3);
        assert_eq!(poll(&mut coming), Poll::Pending);
    }
}
