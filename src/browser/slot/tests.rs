use std::collections::VecDeque;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::lock::LockManager;
use crate::browser::once::Coming;
use crate::browser::testing::unique_name;
use crate::browser::unless::unless;

#[wasm_bindgen(inline_js = r#"
    export function refusingLocks(how) {
        const refuse = () => { if (how === "throw") throw "no"; return Promise.reject("no"); };
        // "later": only what would have to be waited for is refused.
        const request = (name, { ifAvailable }, granted) =>
            how === "later" && ifAvailable ? Promise.resolve(granted(name.includes("/wait/") ? { name } : null)) : refuse();
        return { request, query: refuse };
    }
"#)]
extern "C" {
    #[wasm_bindgen(js_name = refusingLocks)]
    fn refusing_locks(how: &str) -> LockManager;
}

/// Those of the browser, and those of a page without any.
fn both() -> [Locks; 2] {
    let widest = Locks::widest();
    assert!(matches!(widest, Locks::Browser(_)), "the tests run in a secure page");
    [widest, Locks::Page(Rc::default())]
}

/// Somebody who wants a slot.
struct Somebody {
    positions: Rc<RefCell<VecDeque<u32>>>,
    bell: Rc<RefCell<Option<Giver<()>>>>,
    slot: Coming<Option<Held>>,
    leave: Giver<()>,
}

impl Somebody {
    #[allow(clippy::disallowed_methods)] // The driver starts what waits for slots; here is none.
    fn wants(locks: &Locks, origin: &str, lane: Lane) -> Self {
        let (giver, slot) = once();
        let (leave, left) = once();
        let positions: Rc<RefCell<VecDeque<u32>>> = Rc::default();
        let bell: Rc<RefCell<Option<Giver<()>>>> = Rc::default();
        let tell = {
            let (positions, bell) = (Rc::clone(&positions), Rc::clone(&bell));
            move |position| {
                positions.borrow_mut().push_back(position);
                if let Some(bell) = bell.take() {
                    bell.give(());
                }
            }
        };
        let (locks, origin) = (locks.clone(), origin.to_owned());
        wasm_bindgen_futures::spawn_local(async move {
            if let Some(slot) = unless(left, take(&locks, &origin, lane, tell)).await {
                giver.give(slot);
            }
        });
        Self { positions, bell, slot, leave }
    }

    /// The next place that is told.
    async fn position(&self) -> u32 {
        loop {
            if let Some(position) = self.positions.borrow_mut().pop_front() {
                return position;
            }
            let (giver, coming) = once();
            self.bell.replace(Some(giver));
            coming.await;
        }
    }

    async fn slot(self) -> Held {
        self.slot.await.expect("it gets one")
    }
}

/// All slots of a server.
async fn all(locks: &Locks, origin: &str) -> Vec<Held> {
    let mut slots = Vec::new();
    for _ in 0..SLOTS {
        slots.push(take(locks, origin, Lane::Person, |_| panic!("one is free")).await.unwrap());
    }
    slots
}

#[wasm_bindgen_test]
async fn of_five_four_run_and_the_fifth_is_next_until_one_ends() {
    for locks in both() {
        let origin = unique_name();
        let mut slots = all(&locks, &origin).await;
        let fifth = Somebody::wants(&locks, &origin, Lane::Person);
        assert_eq!(fifth.position().await, 1);
        let sixth = Somebody::wants(&locks, &origin, Lane::Person);
        assert_eq!(sixth.position().await, 2);
        let elsewhere = take(&locks, &unique_name(), Lane::Batch, |_| panic!("another server is free")).await;
        assert!(elsewhere.is_some());
        slots.pop();
        let held = fifth.slot().await;
        assert_eq!(sixth.position().await, 1);
        drop(held);
        sixth.slot().await;
    }
}

#[wasm_bindgen_test]
async fn who_leaves_the_line_leaves_nothing_behind() {
    for locks in both() {
        let origin = unique_name();
        let mut slots = all(&locks, &origin).await;
        let impatient = Somebody::wants(&locks, &origin, Lane::Person);
        assert_eq!(impatient.position().await, 1);
        let patient = Somebody::wants(&locks, &origin, Lane::Person);
        assert_eq!(patient.position().await, 2);
        impatient.leave.give(());
        assert_eq!(patient.position().await, 1);
        slots.pop();
        drop(patient.slot().await);
        drop(slots);
        let slots = all(&locks, &origin).await;
        assert_eq!(slots.len(), 4);
        assert!(locks.held(&format!("hkm-mesh/wait/{origin}/")).await.is_empty());
    }
}

#[wasm_bindgen_test]
async fn a_batch_lets_a_person_pass_who_came_later() {
    for locks in both() {
        let origin = unique_name();
        let mut slots = all(&locks, &origin).await;
        let one = Somebody::wants(&locks, &origin, Lane::Batch);
        assert_eq!(one.position().await, 1);
        let other = Somebody::wants(&locks, &origin, Lane::Batch);
        assert_eq!(other.position().await, 2);
        let person = Somebody::wants(&locks, &origin, Lane::Person);
        assert_eq!(person.position().await, 1);
        assert_eq!((one.position().await, other.position().await), (2, 3));
        slots.pop();
        let held = person.slot().await;
        assert_eq!((one.position().await, other.position().await), (1, 2));
        drop(held);
        drop(slots);
        one.slot().await;
        other.slot().await;
    }
}

#[wasm_bindgen_test]
async fn where_the_browser_keeps_no_locks_a_request_goes_out_all_the_same() {
    for how in ["throw", "reject", "later"] {
        let locks = Locks::Browser(refusing_locks(how));
        assert!(take(&locks, "http://localhost", Lane::Person, |_| {}).await.is_none(), "{how}");
    }
}
