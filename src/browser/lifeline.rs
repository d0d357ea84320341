//! What JavaScript still holds of this instance, so that a panic can cut it off.
//!
//! After a panic the package goes on with a new instance of the module. A timer, a response or a database of the old
//! one would still call back into it: the glue then throws "Cannot invoke closure from previous WASM instance" at
//! the page's error handlers. So whatever can call back is tied here for as long as it can.

use core::cell::{Cell, RefCell};

type Cut = Box<dyn Fn()>;

thread_local! {
    // A handful at a time: a list is smaller code than a map.
    static LINES: RefCell<Vec<(u32, Cut)>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
    static IS_CUT: Cell<bool> = const { Cell::new(false) };
}

/// Keeps `cut` for the day of a panic; dropping it lets go.
pub(super) struct Lifeline(u32);

/// Ties something that can call back. `cut` stops it, from the JavaScript side alone.
pub(super) fn tie(cut: impl Fn() + 'static) -> Lifeline {
    let number = NEXT.get();
    NEXT.set(number.wrapping_add(1));
    LINES.with_borrow_mut(|lines| lines.push((number, Box::new(cut))));
    Lifeline(number)
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        let line = LINES.with_borrow_mut(|lines| {
            let place = lines.iter().position(|(number, _)| *number == self.0)?;
            Some(lines.swap_remove(place))
        });
        drop(line); // Outside the borrow: what the line holds may drop lifelines of its own.
    }
}

/// Whether this instance panicked. Nothing of it may run any more: what it had borrowed stays borrowed.
pub(crate) fn is_cut() -> bool {
    IS_CUT.get()
}

/// Stops everything that could call back. Called by the panic hook, so it must not panic itself.
pub(crate) fn cut_all() {
    IS_CUT.set(true);
    LINES.with(|lines| {
        if let Ok(lines) = lines.try_borrow() {
            lines.iter().for_each(|(_, cut)| cut());
        }
    });
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_panic_cuts_what_is_still_tied() {
        let cuts = Rc::new(RefCell::new(Vec::new()));
        let line = |name: &'static str| {
            let cuts = Rc::clone(&cuts);
            tie(move || cuts.borrow_mut().push(name))
        };
        let finished = line("finished");
        let running = line("running");
        drop(finished);
        assert!(!is_cut());
        cut_all();
        assert!(is_cut());
        assert_eq!(*cuts.borrow(), ["running"]);
        drop(running);
        cut_all();
        assert_eq!(cuts.borrow().len(), 1);
    }
}
