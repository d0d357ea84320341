//! What tabs of one origin agree on: who holds a claim, a lock that the browser takes back when a tab goes away, and what
//! they tell each other over a channel.

use core::cell::RefCell;
use std::rc::Rc;

use hkm_mesh_core::engine::{TabsSaid, TabsWork};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use super::lifeline::{self, Lifeline};
use super::lock::{Held, Locks};
use super::once::{Giver, once};
use super::task;
use super::unless::unless;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type BroadcastChannel;
    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;
    #[wasm_bindgen(method, catch, js_name = postMessage)]
    fn post_message(this: &BroadcastChannel, message: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &BroadcastChannel, listener: Option<&Closure<dyn FnMut(MessageEvent)>>);
    #[wasm_bindgen(method)]
    fn close(this: &BroadcastChannel);
    /// Of Node alone, where an open channel keeps the program running.
    #[wasm_bindgen(method, catch)]
    fn unref(this: &BroadcastChannel) -> Result<(), JsValue>;

    type MessageEvent;
    #[wasm_bindgen(method, getter)]
    fn data(this: &MessageEvent) -> JsValue;
}

/// What is told is understood by those who speak the same.
const LANGUAGE: u32 = 1;

/// A claim that is held, or waited for. Ringing takes the wish back.
enum Claim {
    Waiting(Giver<()>),
    #[allow(dead_code)] // Held, not read.
    Held(Held),
}

/// The other tabs over one database; none for a mesh that keeps nothing.
#[derive(Clone)]
pub(super) struct Tabs(Option<Rc<Inner>>);

struct Inner {
    database: String,
    locks: Locks,
    hear: Box<dyn Fn(TabsSaid)>,
    channel: RefCell<Option<Channel>>,
    claims: RefCell<Vec<(String, Claim)>>,
}

struct Channel {
    port: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    _lifeline: Lifeline,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Tabs {
    /// What is heard of the tabs over this database is told to `hear`, never in the midst of a call.
    pub(super) fn new(database: Option<String>, locks: Locks, hear: impl Fn(TabsSaid) + 'static) -> Self {
        Self(database.map(|database| {
            Rc::new(Inner {
                database,
                locks,
                hear: Box::new(hear),
                channel: RefCell::default(),
                claims: RefCell::default(),
            })
        }))
    }

    /// Does what the engine wants.
    pub(super) fn work(&self, work: TabsWork) {
        let Some(inner) = &self.0 else { return };
        match work {
            TabsWork::Claim(name) => {
                inner.listen();
                inner.claim(name);
            }
            TabsWork::Release(name) => inner.release(&name),
            TabsWork::Publish(bytes) => inner.publish(&bytes),
        }
    }

    /// Hears the other tabs from here on.
    pub(super) fn listen(&self) {
        if let Some(inner) = &self.0 {
            inner.listen();
        }
    }

    /// The page may be put aside: a channel would have it thrown away, unless another tab waits for what this one says.
    pub(super) fn rest(&self) {
        if let Some(inner) = &self.0
            && inner.claims.borrow().is_empty()
        {
            inner.channel.take();
        }
    }

    /// Gives back everything, and hears nothing more.
    pub(super) fn leave(&self) {
        if let Some(inner) = &self.0 {
            inner.claims.take();
            inner.channel.take();
        }
    }
}

impl Inner {
    fn claim(self: &Rc<Self>, name: String) {
        let (giver, given_up) = once();
        self.claims.borrow_mut().push((name.clone(), Claim::Waiting(giver)));
        let inner = Rc::clone(self);
        let lock = format!("hkm-mesh/answer/{}/{name}", self.database);
        task::start(async move {
            let claiming = async {
                match inner.locks.hold_if_free(&lock).await {
                    Ok(Some(held)) => Some(held),
                    Ok(None) => {
                        (inner.hear)(TabsSaid::Taken(name.clone()));
                        inner.locks.hold(&lock).await.ok()
                    }
                    // Where the browser refuses, each tab asks for itself.
                    Err(_) => None,
                }
            };
            let Some(held) = unless(given_up, claiming).await else { return };
            let is_wanted = inner.hold(&name, held);
            if is_wanted {
                (inner.hear)(TabsSaid::Granted(name));
            }
        });
    }

    /// Keeps a lock that was granted. Whether it is still wanted.
    fn hold(&self, name: &str, held: Option<Held>) -> bool {
        let mut claims = self.claims.borrow_mut();
        let Some(place) = claims.iter().position(|(known, _)| known == name) else { return false };
        match held {
            Some(held) => {
                if let Some((_, claim)) = claims.get_mut(place) {
                    *claim = Claim::Held(held);
                }
            }
            None => {
                claims.swap_remove(place);
            }
        }
        true
    }

    fn release(&self, name: &str) {
        let mut claims = self.claims.borrow_mut();
        let place = claims.iter().position(|(known, _)| known == name);
        let claim = place.map(|place| claims.swap_remove(place).1);
        drop(claims);
        if let Some(Claim::Waiting(giver)) = claim {
            giver.give(());
        }
    }

    fn publish(&self, bytes: &[u8]) {
        if let Some(Channel { port, .. }) = &*self.channel.borrow() {
            // What cannot be told is not heard: who waits for it gets the claim in the end.
            let _ = port.post_message(&Uint8Array::from(bytes));
        }
    }

    fn listen(self: &Rc<Self>) {
        let mut place = self.channel.borrow_mut();
        if place.is_some() || !self.locks.are_of_all_tabs() {
            return;
        }
        // Some old browsers have none: then claims alone keep tabs from asking at once.
        let Ok(channel) = BroadcastChannel::new(&format!("hkm-mesh/{LANGUAGE}/{}", self.database)) else {
            return;
        };
        let _ = channel.unref();
        let inner = Rc::downgrade(self);
        let listener = Closure::new(move |event: MessageEvent| {
            if lifeline::is_cut() {
                return;
            }
            // From a page of this origin, which may be anybody's.
            let bytes = event.data().dyn_into::<Uint8Array>().ok();
            if let Some((inner, bytes)) = inner.upgrade().zip(bytes) {
                (inner.hear)(TabsSaid::Heard(bytes.to_vec()));
            }
        });
        channel.set_onmessage(Some(&listener));
        let lifeline = lifeline::tie({
            let channel = channel.clone();
            move || channel.close()
        });
        *place = Some(Channel { port: channel, _listener: listener, _lifeline: lifeline });
    }
}
