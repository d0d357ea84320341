//! What the driver tells the page. Floor 5 implements it; the driver knows nothing of JavaScript's shapes.

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::engine::io::{CustomCall, EmbedCall, PictureCall};
use hkm_mesh_core::engine::{Settlement, Watched};
use hkm_mesh_core::model::report::{BatchItem, PullProgress};
use hkm_mesh_core::model::{Error, Event};
use wasm_bindgen::JsValue;

use super::fetch::Sieve;

/// The page, as far as the driver talks to it. Every method may call back into the driver before it returns.
pub(crate) trait Page {
    /// A generation says something. One network chunk makes one call.
    fn emit(&self, id: &RequestId, events: &[Event]);
    /// One request of a batch ended.
    fn item(&self, id: &RequestId, item: &BatchItem);
    /// A download is this far.
    fn progress(&self, id: &RequestId, progress: &PullProgress);
    /// A request is over.
    fn settle(&self, id: &RequestId, result: Result<&Settlement, &Error>);
    /// A list that the page watches changed.
    fn changed(&self, watched: Watched);
    /// Looks what there is around the page, and reports it for this request.
    fn survey(&self, id: &RequestId);
    /// Asks a provider written in JavaScript for an answer.
    fn invoke_generate(&self, transport: TransportId, call: &CustomCall);
    /// Asks a provider written in JavaScript for pictures.
    fn invoke_image(&self, transport: TransportId, call: &PictureCall);
    /// Asks a provider written in JavaScript for vectors.
    fn invoke_embed(&self, transport: TransportId, call: &EmbedCall);
    /// Asks a provider written in JavaScript for its models.
    fn invoke_models(&self, transport: TransportId, provider: &str);
    /// A provider written in JavaScript may stop: nobody listens to this transport any more.
    fn abort(&self, transport: TransportId);
    /// The key of this name: a string, a promise of one, or nothing. Asked anew for every request and never kept.
    fn key(&self, name: &str) -> Result<JsValue, JsValue>;
    /// The Base64 text of a file: a promise of a string.
    fn file(&self, handle: u32) -> Result<JsValue, JsValue>;
    /// A file itself: a promise of a blob.
    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue>;
    /// Takes pictures out of the body of an answer; nothing where that cannot be done.
    fn sieve(&self) -> Option<Sieve>;
    /// A blob that the core knows by this handle.
    fn keep_blob(&self, handle: u32, blob: JsValue);
    /// The blob of this handle, while it is held.
    fn blob(&self, handle: u32) -> Option<JsValue>;
    /// Holds a blob, under the handle that comes back.
    fn hold_blob(&self, blob: JsValue) -> Option<u32>;
    /// Nobody will ask for these blobs any more.
    fn drop_blobs(&self, handles: Vec<u32>);
}
