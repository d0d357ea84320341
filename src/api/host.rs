//! The object that TypeScript passes in, and the page that the driver sees in it.

use core::mem;
use std::process;

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::engine::io::{CustomCall, EmbedCall, PictureCall};
use hkm_mesh_core::engine::{Settlement, Watched};
use hkm_mesh_core::model::receipt::EmbedResult;
use hkm_mesh_core::model::report::{BatchItem, PullProgress};
use hkm_mesh_core::model::{Error, Event};
use js_sys::{Array, Float32Array, Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::to_js::to_js;
use crate::browser::fetch::Sieve;
use crate::browser::lifeline;
use crate::browser::page::Page;

#[wasm_bindgen(typescript_custom_section)]
const HOST: &str = r#"
/** Takes the pictures that stand as Base64 in JSON out of a body, which comes in pieces. */
export interface PictureSieve {
  /** What is left of these bytes, and of those before that it had kept. */
  push(bytes: Uint8Array): Uint8Array;
  /** What it had kept, since the body is over. */
  end(): Uint8Array;
  /** The handles of what was taken out since this was asked last, each followed by its size in bytes. */
  takenOut(): Uint32Array;
}

/** What the core calls. The shapes behind `unknown` are those of the package's generated types. */
export interface Host {
  /** Text deltas of one network chunk, joined; `lengths` counts UTF-16 units of each. */
  text(id: string, text: string, lengths: Uint32Array): void;
  events(id: string, events: unknown[]): void;
  /** One request of a batch ended. */
  item(id: string, item: unknown): void;
  progress(id: string, progress: unknown): void;
  /** Exactly one of `value` and `error` is defined. */
  settle(id: string, value: unknown, error: unknown): void;
  changed(watched: "models" | "health" | "queue" | "storage" | "metrics"): void;
  /** Look what there is around the page, and tell it to `surveyed`. */
  survey(id: string): void;
  invokeGenerate(transport: number, provider: string, request: unknown): void;
  invokeImage(transport: number, provider: string, request: unknown): void;
  invokeEmbed(transport: number, provider: string, model: string, texts: string[]): void;
  invokeModels(transport: number, provider: string): void;
  abort(transport: number): void;
  /** `name`: a provider, or `check:` and the id of the request that tries a key. */
  key(name: string): string | Promise<string> | undefined;
  /** The Base64 text of a file. */
  file(handle: number): Promise<string>;
  /** A file itself. */
  wholeFile(handle: number): Promise<Blob>;
  /** Takes pictures out of the body of an answer. */
  sieve(): PictureSieve;
  /** A blob that the core knows by this handle. */
  keepBlob(handle: number, blob: Blob): void;
  /** The blob of this handle, while it is held. */
  blob(handle: number): Blob | undefined;
  /** Holds a blob, under the handle that comes back. */
  holdBlob(blob: Blob): number;
  /** Nobody will ask for these blobs any more. */
  dropBlobs(handles: Uint32Array): void;
}
"#;

// Every method may throw (`catch`): an exception that passed through Rust would leave the driver in the middle of its
// loop for ever.
#[wasm_bindgen]
extern "C" {
    /// The object that TypeScript passes in.
    #[wasm_bindgen(typescript_type = "Host")]
    pub type Host;

    #[wasm_bindgen(method, catch)]
    fn text(this: &Host, id: &str, text: &str, lengths: Vec<u32>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn events(this: &Host, id: &str, events: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn item(this: &Host, id: &str, item: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn progress(this: &Host, id: &str, progress: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn settle(this: &Host, id: &str, value: JsValue, error: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn changed(this: &Host, watched: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn survey(this: &Host, id: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = invokeGenerate)]
    fn invoke_generate(this: &Host, transport: u32, provider: &str, request: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = invokeImage)]
    fn invoke_image(this: &Host, transport: u32, provider: &str, request: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = invokeEmbed)]
    fn invoke_embed(
        this: &Host,
        transport: u32,
        provider: &str,
        model: &str,
        texts: Vec<String>,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = invokeModels)]
    fn invoke_models(this: &Host, transport: u32, provider: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn abort(this: &Host, transport: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn key(this: &Host, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn file(this: &Host, handle: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = wholeFile)]
    fn whole_file(this: &Host, handle: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sieve(this: &Host) -> Result<Sieve, JsValue>;
    #[wasm_bindgen(method, catch, js_name = keepBlob)]
    fn keep_blob(this: &Host, handle: u32, blob: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn blob(this: &Host, handle: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = holdBlob)]
    fn hold_blob(this: &Host, blob: JsValue) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, js_name = dropBlobs)]
    fn drop_blobs(this: &Host, handles: Vec<u32>) -> Result<(), JsValue>;
}

/// The page behind a host.
pub(super) struct HostPage {
    host: Host,
}

impl HostPage {
    pub(super) fn new(host: Host) -> Self {
        Self { host }
    }
}

impl Page for HostPage {
    fn emit(&self, id: &RequestId, events: &[Event]) {
        report(match joined_text(events) {
            Some((text, lengths)) => self.host.text(id.as_str(), &text, lengths),
            None => self.host.events(id.as_str(), to_js(events)),
        });
    }

    fn item(&self, id: &RequestId, item: &BatchItem) {
        report(self.host.item(id.as_str(), to_js(item)));
    }

    fn progress(&self, id: &RequestId, progress: &PullProgress) {
        report(self.host.progress(id.as_str(), to_js(progress)));
    }

    fn settle(&self, id: &RequestId, result: Result<&Settlement, &Error>) {
        let (value, error) = match result {
            Ok(Settlement::Text(text)) => (to_js(&**text), JsValue::UNDEFINED),
            Ok(Settlement::Images(images)) => (to_js(&**images), JsValue::UNDEFINED),
            Ok(Settlement::Video(video)) => (to_js(&**video), JsValue::UNDEFINED),
            Ok(Settlement::Embedding(embedding)) => (vectors(embedding), JsValue::UNDEFINED),
            Ok(Settlement::Batch(report)) => (to_js(report), JsValue::UNDEFINED),
            Ok(Settlement::Key(verdict)) => (to_js(verdict), JsValue::UNDEFINED),
            Ok(Settlement::Discovery(found)) => (to_js(found), JsValue::UNDEFINED),
            Ok(Settlement::Diagnosis(diagnosis)) => (to_js(diagnosis), JsValue::UNDEFINED),
            Ok(Settlement::Pull | Settlement::Registered | Settlement::Discarded) => {
                (JsValue::NULL, JsValue::UNDEFINED)
            }
            Ok(Settlement::Pending(pending)) => (to_js(pending), JsValue::UNDEFINED),
            Ok(Settlement::Measures(count) | Settlement::Forgotten(count)) => {
                (to_js(count), JsValue::UNDEFINED)
            }
            Ok(Settlement::CacheStats(stats)) => (to_js(stats), JsValue::UNDEFINED),
            Err(error) => (JsValue::UNDEFINED, to_js(error)),
        };
        report(self.host.settle(id.as_str(), value, error));
    }

    fn changed(&self, watched: Watched) {
        report(self.host.changed(match watched {
            Watched::Models => "models",
            Watched::Health => "health",
            Watched::Queue => "queue",
            Watched::Storage => "storage",
            Watched::Metrics => "metrics",
        }));
    }

    fn survey(&self, id: &RequestId) {
        report(self.host.survey(id.as_str()));
    }

    fn invoke_generate(&self, transport: TransportId, call: &CustomCall) {
        report(self.host.invoke_generate(transport.number(), &call.provider, to_js(&call.request)));
    }

    fn invoke_image(&self, transport: TransportId, call: &PictureCall) {
        report(self.host.invoke_image(transport.number(), &call.provider, to_js(&call.request)));
    }

    fn invoke_embed(&self, transport: TransportId, call: &EmbedCall) {
        let EmbedCall { provider, model, texts, .. } = call;
        report(self.host.invoke_embed(transport.number(), provider, model, texts.clone()));
    }

    fn invoke_models(&self, transport: TransportId, provider: &str) {
        report(self.host.invoke_models(transport.number(), provider));
    }

    fn abort(&self, transport: TransportId) {
        report(self.host.abort(transport.number()));
    }

    fn key(&self, name: &str) -> Result<JsValue, JsValue> {
        self.host.key(name)
    }

    fn file(&self, handle: u32) -> Result<JsValue, JsValue> {
        self.host.file(handle)
    }

    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue> {
        self.host.whole_file(handle)
    }

    fn sieve(&self) -> Option<Sieve> {
        let made = self.host.sieve();
        report(made.as_ref().map(drop).map_err(JsValue::clone));
        made.ok()
    }

    fn keep_blob(&self, handle: u32, blob: JsValue) {
        report(self.host.keep_blob(handle, blob));
    }

    fn blob(&self, handle: u32) -> Option<JsValue> {
        self.host.blob(handle).ok().filter(|blob| !blob.is_undefined())
    }

    fn hold_blob(&self, blob: JsValue) -> Option<u32> {
        self.host.hold_blob(blob).ok()
    }

    fn drop_blobs(&self, handles: Vec<u32>) {
        report(self.host.drop_blobs(handles));
    }
}

/// `{ vectors: Float32Array[], receipt }`.
fn vectors(embedding: &EmbedResult) -> JsValue {
    let vectors: Array =
        embedding.vectors.iter().map(|vector| Float32Array::from(vector.as_slice())).collect();
    let result = Object::new();
    // A new object takes any property.
    let _ = Reflect::set(&result, &"vectors".into(), &vectors);
    let _ = Reflect::set(&result, &"receipt".into(), &to_js(&embedding.receipt));
    result.into()
}

/// The package catches what its users' callbacks throw; an exception that gets here is a fault of the package. It
/// goes where the page's own faults go, as a rejection that nobody handles, and the driver goes on.
fn report(result: Result<(), JsValue>) {
    if lifeline::is_cut() {
        // A call from within the callback panicked, and JavaScript caught the trap. This instance must not run on.
        process::abort();
    }
    if let Err(exception) = result {
        mem::drop(Promise::reject(&exception));
    }
}

/// The text of events that are nothing but text, and the UTF-16 length of each: the unit JavaScript slices by.
fn joined_text(events: &[Event]) -> Option<(String, Vec<u32>)> {
    let mut text = String::new();
    let mut lengths = Vec::with_capacity(events.len());
    for event in events {
        let Event::TextDelta { text: delta } = event else { return None };
        text.push_str(delta);
        lengths.push(delta.encode_utf16().count() as u32);
    }
    (!events.is_empty()).then_some((text, lengths))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    fn delta(text: &str) -> Event {
        Event::TextDelta { text: text.to_owned() }
    }

    #[test]
    fn text_is_joined_and_measured_in_utf_16_units() {
        let events = [delta("a"), delta(""), delta("木é"), delta("😀!")];
        assert_eq!(joined_text(&events), Some(("a木é😀!".to_owned(), vec![1, 0, 2, 3])));
    }

    #[test]
    fn a_batch_with_anything_else_is_not_joined() {
        let thought = Event::ReasoningDelta { text: "hm".to_owned() };
        assert_eq!(joined_text(&[delta("a"), thought]), None);
        assert_eq!(joined_text(&[]), None);
    }
}
