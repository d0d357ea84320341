//! What tests in the browser share: a `fetch` that follows a script, a machine that follows another, and a page that
//! writes down what it is told.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::base::time::{Monotonic, Now};
use hkm_mesh_core::engine::io::{CustomCall, EmbedCall, PictureCall};
use hkm_mesh_core::engine::{Input, Output, Settlement, Watched};
use hkm_mesh_core::model::report::{BatchItem, PullProgress};
use hkm_mesh_core::model::{Error, Event};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::driver::{Driver, Machine};
use super::fetch::Sieve;
use super::page::Page;

#[wasm_bindgen(inline_js = r#"
    // `pieces` are texts; `ending` is "close", "break" (a TypeError, as the browser's) or "stay".
    export function stubFetch(status, headers, pieces, ending) {
        const stub = { requests: [], isAborted: false, restore: () => { globalThis.fetch = real; } };
        const real = globalThis.fetch;
        globalThis.fetch = (request) => {
            stub.requests.push(request);
            let body;
            request.signal.addEventListener("abort", () => {
                stub.isAborted = true;
                body?.error(request.signal.reason);
            });
            if (status === "reject") return Promise.reject("a text, not an Error");
            if (status === "error") return Promise.resolve(Response.error());
            const stream = new ReadableStream({
                start(controller) {
                    body = controller;
                    for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
                    if (ending === "close") controller.close();
                },
                // Asked for more when all pieces are taken; an error at the start would throw them away.
                pull(controller) {
                    if (ending === "break") controller.error(new TypeError("network error"));
                },
            });
            return Promise.resolve(new Response(stream, { status, headers }));
        };
        return stub;
    }
    export function bodyOf(request) { return request.text(); }
    export function uniqueName() { return `test-${crypto.randomUUID()}`; }
"#)]
extern "C" {
    /// Stands in for the global `fetch` until it is dropped from it by [`Stub::restore`].
    pub(crate) type Stub;
    #[wasm_bindgen(js_name = stubFetch)]
    fn stub_fetch(status: JsValue, headers: JsValue, pieces: Vec<String>, ending: &str) -> Stub;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn requests(this: &Stub) -> Vec<web_sys::Request>;
    #[wasm_bindgen(method, getter, js_name = isAborted)]
    pub(crate) fn is_aborted(this: &Stub) -> bool;
    #[wasm_bindgen(method)]
    pub(crate) fn restore(this: &Stub);
    #[wasm_bindgen(js_name = bodyOf)]
    pub(crate) fn body_of(request: &web_sys::Request) -> js_sys::Promise;
    /// A name for a database: those of earlier tests are still there.
    #[wasm_bindgen(js_name = uniqueName)]
    pub(crate) fn unique_name() -> String;
}

/// A `fetch` that answers with this body and then "close"s, "break"s or "stay"s open.
pub(crate) fn answering(pieces: &[&str], ending: &str) -> Stub {
    let headers = js_sys::Object::new();
    js_sys::Reflect::set(&headers, &"Content-Type".into(), &"Application/X-NDJSON".into()).unwrap();
    js_sys::Reflect::set(&headers, &"Retry-After".into(), &"7".into()).unwrap();
    let pieces = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    stub_fetch(201.into(), headers.into(), pieces, ending)
}

/// A `fetch` that "reject"s with a text, or resolves to an answer that hides everything ("error").
pub(crate) fn failing(how: &str) -> Stub {
    stub_fetch(how.into(), JsValue::UNDEFINED, Vec::new(), "close")
}

type Script = Box<dyn FnMut(&Input) -> Vec<Output>>;

/// A machine that does what a closure says.
pub(crate) struct Scripted {
    script: Script,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) due: Rc<RefCell<Option<Monotonic>>>,
    pub(crate) heard: Rc<RefCell<Vec<Input>>>,
}

impl Scripted {
    pub(crate) fn new(script: impl FnMut(&Input) -> Vec<Output> + 'static) -> Self {
        Self { script: Box::new(script), outputs: VecDeque::new(), due: Rc::default(), heard: Rc::default() }
    }
}

impl Machine for Scripted {
    fn handle(&mut self, input: Input, _: Now) {
        assert!(self.outputs.is_empty(), "the outputs before are drained first");
        *self.due.borrow_mut() = None;
        self.outputs.extend((self.script)(&input));
        self.heard.borrow_mut().push(input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Monotonic> {
        *self.due.borrow()
    }

    fn is_ready(&self) -> bool {
        self.heard.borrow().iter().any(|input| matches!(input, Input::Store(_)))
    }
}

type Reaction = Box<dyn Fn(&Driver<Scripted>, &str)>;

/// Writes down what it is told, and may react by calling the driver.
#[derive(Clone, Default)]
pub(crate) struct Diary {
    pub(crate) lines: Rc<RefCell<Vec<String>>>,
    pub(crate) driver: Rc<RefCell<Option<Driver<Scripted>>>>,
    pub(crate) reaction: Rc<RefCell<Option<Reaction>>>,
}

impl Diary {
    /// Reacts to every line from now on.
    pub(crate) fn react(
        &self,
        driver: &Driver<Scripted>,
        reaction: impl Fn(&Driver<Scripted>, &str) + 'static,
    ) {
        *self.driver.borrow_mut() = Some(driver.clone());
        *self.reaction.borrow_mut() = Some(Box::new(reaction));
    }

    fn write(&self, line: String) {
        self.lines.borrow_mut().push(line.clone());
        if let (Some(driver), Some(reaction)) = (&*self.driver.borrow(), &*self.reaction.borrow()) {
            reaction(driver, &line);
        }
    }
}

impl Page for Diary {
    fn emit(&self, id: &RequestId, events: &[Event]) {
        self.write(format!("emit {id} {}", events.len()));
    }

    fn item(&self, id: &RequestId, item: &BatchItem) {
        self.write(format!("item {id} {}", item.index));
    }

    fn progress(&self, id: &RequestId, _: &PullProgress) {
        self.write(format!("progress {id}"));
    }

    fn settle(&self, id: &RequestId, result: Result<&Settlement, &Error>) {
        self.write(format!("settle {id} {}", result.is_ok()));
    }

    fn changed(&self, watched: Watched) {
        self.write(format!("changed {watched:?}"));
    }

    fn survey(&self, id: &RequestId) {
        self.write(format!("survey {id}"));
    }

    fn invoke_generate(&self, transport: TransportId, call: &CustomCall) {
        self.write(format!("generate {} {}", transport.number(), call.provider));
    }

    fn invoke_image(&self, transport: TransportId, call: &PictureCall) {
        self.write(format!("image {} {}", transport.number(), call.provider));
    }

    fn invoke_embed(&self, transport: TransportId, call: &EmbedCall) {
        self.write(format!("embed {} {}", transport.number(), call.provider));
    }

    fn invoke_models(&self, transport: TransportId, provider: &str) {
        self.write(format!("models {} {provider}", transport.number()));
    }

    fn abort(&self, transport: TransportId) {
        self.write(format!("abort {}", transport.number()));
    }

    fn key(&self, provider: &str) -> Result<JsValue, JsValue> {
        Ok(format!("key of {provider}").into())
    }

    fn file(&self, handle: u32) -> Result<JsValue, JsValue> {
        Ok(format!("file {handle}").into())
    }

    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue> {
        Ok(format!("whole file {handle}").into())
    }

    fn sieve(&self) -> Option<Sieve> {
        None
    }

    fn keep_blob(&self, handle: u32, blob: JsValue) {
        self.write(format!("blob {handle} {}", blob.unchecked_ref::<web_sys::Blob>().size()));
    }

    fn blob(&self, _: u32) -> Option<JsValue> {
        None
    }

    fn hold_blob(&self, _: JsValue) -> Option<u32> {
        None
    }

    fn drop_blobs(&self, handles: Vec<u32>) {
        self.write(format!("drop {handles:?}"));
    }
}
