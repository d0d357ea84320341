//! The right to one of the few connections that long requests may take at a server, over all tabs of this origin.
//!
//! A browser opens six connections to a host that speaks HTTP/1.1; the seventh request waits without a word, be it only a
//! list or a probe. So long ones take four. Each slot is a lock. Who finds none free holds a marker, a lock whose name says
//! since when it waits and in which lane, and asks for all four: the browser hands each to who asked first. Markers of all
//! tabs in their order are the line. A batch that is handed a slot while a person waits gives it back.

use core::cell::{Cell, RefCell};
use core::future::{Future, pending, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use hkm_mesh_core::model::http::Lane;

use super::clock;
use super::lock::{Held, Locks, Refused};
use super::once::{Giver, once};
use super::timer::within;

/// How many long requests may be under way at one server.
const SLOTS: u32 = 4;

/// How often who waits looks at its place. Nobody tells what happens in other tabs.
const LOOK: Duration = Duration::from_secs(1);

/// How long a batch that gave way stays out of the line, so that it does not ask without pause.
const STAND_BACK: Duration = Duration::from_millis(100);

thread_local! {
    /// Who waits in this page, and wants to know when somebody comes or goes.
    static BELLS: RefCell<Vec<Giver<()>>> = const { RefCell::new(Vec::new()) };
    /// Which slot is tried first. The one before may not be free yet, and each try asks another process.
    static FIRST: Cell<u32> = const { Cell::new(0) };
}

/// Waits for a slot of the server at this origin, and tells its place in line whenever it is another one; 1 is next.
/// Dropping the future leaves the line. `None`: the browser keeps no locks for this page, and the request goes out
/// rather than never.
pub(super) async fn take(locks: &Locks, origin: &str, lane: Lane, tell: impl Fn(u32)) -> Option<Held> {
    take_or_fail(locks, origin, lane, tell).await.ok()
}

async fn take_or_fail(locks: &Locks, origin: &str, lane: Lane, tell: impl Fn(u32)) -> Result<Held, Refused> {
    for name in slots(origin) {
        if let Some(slot) = locks.hold_if_free(&name).await? {
            return Ok(slot);
        }
    }
    let line = Line { locks, beginning: format!("hkm-mesh/wait/{origin}/") };
    let marker = line.join(lane).await?;
    let told = Cell::new(0);
    loop {
        let slot = {
            let names: Vec<String> = slots(origin).collect();
            let mut asked: Vec<_> = names.iter().map(|name| Box::pin(locks.hold(name))).collect();
            let mut watch = pin!(async {
                loop {
                    let position = line.position(&marker).await;
                    if told.replace(position) != position {
                        tell(position);
                    }
                    within(LOOK, ring()).await;
                }
            });
            poll_fn(|context| {
                let _: Poll<()> = watch.as_mut().poll(context);
                let mut granted = asked.iter_mut().map(|slot| slot.as_mut().poll(context));
                granted.find(Poll::is_ready).unwrap_or(Poll::Pending)
            })
            .await?
        };
        if lane == Lane::Person || !line.has_a_person().await {
            return Ok(slot);
        }
        drop(slot);
        within(STAND_BACK, pending::<()>()).await;
    }
}

fn slots(origin: &str) -> impl Iterator<Item = String> + use<'_> {
    let first = FIRST.replace(FIRST.get().wrapping_add(1));
    (0..SLOTS).map(move |number| format!("hkm-mesh/slot/{origin}/{}", first.wrapping_add(number) % SLOTS))
}

/// Who waits for a slot of one server, in all tabs.
struct Line<'a> {
    locks: &'a Locks,
    beginning: String,
}

impl Line<'_> {
    /// Stands at the end of a lane.
    async fn join(&self, lane: Lane) -> Result<Marker, Refused> {
        let since = clock::now().wall.epoch_millis();
        let mut number = 0_u32;
        loop {
            // Names are compared as texts: today's milliseconds have thirteen digits for centuries.
            let name = format!("{}{}/{since}/{number}", self.beginning, lane as u8);
            if let Some(held) = self.locks.hold_if_free(&name).await? {
                bells();
                return Ok(Marker { name, held: Some(held) });
            }
            number += 1;
        }
    }

    async fn position(&self, marker: &Marker) -> u32 {
        let markers = self.locks.held(&self.beginning).await;
        markers.iter().filter(|name| **name < marker.name).count() as u32 + 1
    }

    async fn has_a_person(&self) -> bool {
        let beginning = format!("{}{}/", self.beginning, Lane::Person as u8);
        !self.locks.held(&beginning).await.is_empty()
    }
}

/// A place in a line.
struct Marker {
    name: String,
    held: Option<Held>,
}

impl Drop for Marker {
    fn drop(&mut self) {
        self.held = None;
        bells();
    }
}

/// Everybody who waits in this page looks at its place.
fn bells() {
    for bell in BELLS.take() {
        bell.give(());
    }
}

/// Waits until somebody in this page comes or goes.
fn ring() -> impl Future<Output = ()> {
    let (giver, coming) = once();
    BELLS.with_borrow_mut(|bells| bells.push(giver));
    coming
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
