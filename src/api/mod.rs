//! Floor 5: what TypeScript sees. Converts, decides nothing.
//!
//! Objects come in as UTF-8 JSON bytes, which crosses faster than building them property by property, and go out as
//! plain objects. No exported function is `async` and none borrows the driver while it waits: the page may call
//! anything from anywhere.

#[cfg(feature = "bench")]
mod bench;
mod host;
mod json;
mod panic;
mod rounded;
mod to_js;

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::catalog::CustomModel;
use hkm_mesh_core::engine::{CacheWish, Engine, Errand, Input, Request, Transport, TransportFailure, World};
use hkm_mesh_core::model::metrics::{Range, TimelineOptions};
use hkm_mesh_core::model::request::BatchRequest;
use hkm_mesh_core::model::{
    CustomEvent, Decision, Error, ErrorCode, Locality, MeshOptions, TextRequest, Wish,
};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::clock;
use crate::browser::driver::Driver;
use host::{Host, HostPage};
use json::CustomFailure;
use to_js::to_js;

/// One mesh.
#[wasm_bindgen]
pub struct Core {
    driver: Driver<Engine>,
}

#[wasm_bindgen]
impl Core {
    /// `options` is the JSON of `MeshOptions`; without a `database` nothing outlives the page. Throws
    /// `MeshErrorData`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8], host: Host, database: Option<String>) -> Result<Self, JsValue> {
        let options: MeshOptions = json::parse(options, "The options").map_err(thrown)?;
        let departures = Engine::departures(&options).map_err(thrown)?;
        let engine = Engine::new(options).map_err(thrown)?;
        let page = Box::new(HostPage::new(host));
        Ok(Self { driver: Driver::new(engine, departures, page, database) })
    }

    /// Loads what was kept. Never rejects: a mesh without a store works.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn open(&self) -> Promise {
        self.driver.open()
    }

    /// Asks for an answer. `request` is the JSON of `TextRequest`; a bad one settles with an error.
    pub fn generate(&self, id: String, request: &[u8]) {
        self.request(id, json::parse(request, "The request").map(Request::Generate));
    }

    /// Asks for many answers. Each of `requests` is the JSON of `TextRequest`, and `places` says where it stands in the caller's
    /// list; a bad one makes an item with an error. At most `concurrency` run at once; 0: as many as providers bear. With
    /// `is_kept` a batch of the same id goes on where this one was cut off. Settles with `BatchReport`.
    pub fn batch(
        &self,
        id: String,
        places: &[u32],
        requests: Vec<Uint8Array>,
        concurrency: u32,
        is_kept: bool,
    ) {
        let requests = requests.iter().map(|request| json::parse(&request.to_vec(), "The request"));
        let requests = places.iter().copied().zip(requests).collect();
        let concurrency = (concurrency > 0).then_some(concurrency);
        self.request(id, Ok(Request::Batch(BatchRequest { requests, concurrency, is_kept })));
    }

    /// One request of a batch is wanted no more. It makes no item.
    #[wasm_bindgen(js_name = cancelItem)]
    pub fn cancel_item(&self, id: String, index: u32) {
        self.request(id, Ok(Request::CancelItem(index)));
    }

    /// Stops what runs under this id. Nothing is settled but the report of a batch.
    pub fn cancel(&self, id: String) {
        self.request(id, Ok(Request::Cancel));
    }

    /// Asks for pictures. `request` is the JSON of `ImageRequest`; a bad one settles with an error. Settles with `ImageResult`.
    pub fn image(&self, id: String, request: &[u8]) {
        self.request(
            id,
            json::parse(request, "The request").map(|request| Request::Paint(Wish::Image(request))),
        );
    }

    /// Asks for a video. `request` is the JSON of `VideoRequest`; a bad one settles with an error. Settles with `VideoResult`.
    pub fn video(&self, id: String, request: &[u8]) {
        self.request(
            id,
            json::parse(request, "The request").map(|request| Request::Paint(Wish::Video(request))),
        );
    }

    /// Asks for the vectors of texts. `request` is JSON: `{ texts, model?, policy?, cache? }`. Settles with
    /// `{ vectors: Float32Array[], receipt }`.
    pub fn embed(&self, id: String, request: &[u8]) {
        self.request(id, json::parse(request, "The request").map(Request::Embed));
    }

    /// Looks for providers. `options` is JSON: `{ providers?: string[], scan?: boolean }`.
    pub fn discover(&self, id: String, options: &[u8]) {
        self.request(id, json::parse(options, "What to look for").map(Request::Discover));
    }

    /// Finds out whether a provider takes its key or, on trial, the one that the host knows as `check:` and `id`. Settles
    /// with `{ live, message }`.
    #[wasm_bindgen(js_name = checkKey)]
    pub fn check_key(&self, id: String, provider: String, is_trial: bool) {
        self.request(id, Ok(Request::CheckKey { provider, is_trial }));
    }

    /// Downloads a model: `provider/id`.
    pub fn pull(&self, id: String, model: String) {
        self.request(id, Ok(Request::Pull(model)));
    }

    /// Finds out why a provider cannot be reached.
    pub fn diagnose(&self, id: String, provider: String) {
        self.request(id, Ok(Request::Diagnose(provider)));
    }

    /// What there is around the page, as the host was asked for this request: the JSON of `Circumstances`. What cannot be
    /// read is not waited for.
    pub fn surveyed(&self, id: String, circumstances: &[u8]) {
        if let Ok(circumstances) = json::parse(circumstances, "What is around the page") {
            self.driver.hand_in(Input::Surveyed(RequestId::new(id), circumstances));
        }
    }

    /// A provider written in JavaScript came. Settles when its models are known.
    pub fn register(&self, id: String, provider: String, locality: &str, version: Option<String>) {
        let locality = parse_locality(locality);
        self.request(id, locality.map(|locality| Request::Register { provider, locality, version }));
    }

    /// A provider written in JavaScript left.
    pub fn unregister(&self, id: String, provider: String) {
        self.request(id, Ok(Request::Unregister(provider)));
    }

    /// A key was given (`present`) or taken for this provider. The key itself is asked of the host where it is needed. `is_own`:
    /// no other tab has it; `is_new`: it is another than before, which is not so where it was there before this core, or another
    /// tab gave it.
    #[wasm_bindgen(js_name = keyChanged)]
    pub fn key_changed(&self, provider: String, present: bool, is_own: bool, is_new: bool) {
        // Nothing is settled, so nobody needs its name.
        self.request(String::new(), Ok(Request::KeyChanged { provider, has_key: present, is_own, is_new }));
    }

    /// The browser says whether there is a network.
    pub fn online(&self, is_online: bool) {
        let world = if is_online { World::Online } else { World::Offline };
        self.driver.hand_in(Input::World(world));
    }

    /// Whether somebody looks at the page. Where nobody ever says, as in a program without a page, nobody does.
    pub fn visible(&self, is_visible: bool) {
        let world = if is_visible { World::Visible } else { World::Hidden };
        self.driver.hand_in(Input::World(world));
    }

    /// Where random numbers begin.
    pub fn seed(&self, seed: u32) {
        self.driver.hand_in(Input::Seed(u64::from(seed)));
    }

    /// A provider written in JavaScript lists its models, as JSON.
    #[wasm_bindgen(js_name = customModels)]
    pub fn custom_models(&self, transport: u32, models: &[u8]) {
        let models: Result<Vec<CustomModel>, _> = json::parse(models, "The list of models");
        self.custom(transport, models.map(Transport::CustomModels));
    }

    /// A provider written in JavaScript gives vectors: all values one after another, and the length of each.
    #[wasm_bindgen(js_name = customVectors)]
    pub fn custom_vectors(&self, transport: u32, values: Vec<f32>, lengths: &[u32]) {
        let mut rest = values.as_slice();
        let vectors = lengths.iter().map(|length| {
            let (vector, after) = rest.split_at(rest.len().min(*length as usize));
            rest = after;
            vector.to_vec()
        });
        self.custom(transport, Ok(Transport::CustomVectors(vectors.collect())));
    }

    /// A provider written in JavaScript says something: a JSON list of `CustomEvent`.
    #[wasm_bindgen(js_name = customEvents)]
    pub fn custom_events(&self, transport: u32, events: &[u8]) {
        let events: Result<Vec<CustomEvent>, _> = json::parse(events, "A list of events");
        self.custom(transport, events.map(Transport::CustomEvents));
    }

    /// A provider written in JavaScript is done.
    #[wasm_bindgen(js_name = customEnd)]
    pub fn custom_end(&self, transport: u32) {
        self.custom(transport, Ok(Transport::End));
    }

    /// A provider written in JavaScript failed: JSON of `{ code?, message }`.
    #[wasm_bindgen(js_name = customFailed)]
    pub fn custom_failed(&self, transport: u32, error: &[u8]) {
        // It failed either way.
        let failure = json::parse(error, "The error")
            .unwrap_or(CustomFailure { code: None, message: "The provider failed.".to_owned() });
        let CustomFailure { code, message } = failure;
        self.custom(transport, Ok(Transport::Failed(TransportFailure::Custom { code, message })));
    }

    /// Which models would be asked, without asking them. Throws `MeshErrorData`.
    pub fn route(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let request: TextRequest = json::parse(request, "The request").map_err(thrown)?;
        self.driver.ask(|engine| engine.route(&request)).map(|decision| to_js(&decision)).map_err(thrown)
    }

    /// Which models would be asked for pictures, without asking them. Throws `MeshErrorData`.
    #[wasm_bindgen(js_name = routeImage)]
    pub fn route_image(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let wish = Wish::Image(json::parse(request, "The request").map_err(thrown)?);
        self.driver.ask(|engine| engine.route_paint(&wish)).map(|decision| to_js(&decision)).map_err(thrown)
    }

    /// Which models would be asked for a video, without asking them. Throws `MeshErrorData`.
    #[wasm_bindgen(js_name = routeVideo)]
    pub fn route_video(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let wish = Wish::Video(json::parse(request, "The request").map_err(thrown)?);
        self.driver.ask(|engine| engine.route_paint(&wish)).map(|decision| to_js(&decision)).map_err(thrown)
    }

    /// How the candidates of a decision were scored. Throws `MeshErrorData`.
    pub fn explain(&self, decision: &[u8]) -> Result<JsValue, JsValue> {
        let decision: Decision = json::parse(decision, "The decision").map_err(thrown)?;
        Ok(to_js(&self.driver.ask(|engine| engine.explain(&decision))))
    }

    /// Whether the built-in snapshot of models would tell anything that matters here.
    #[wasm_bindgen(js_name = wantsSnapshot)]
    pub fn wants_snapshot(&self) -> bool {
        self.driver.ask(Engine::wants_snapshot)
    }

    /// Hands in the built-in snapshot of models, as the package has it.
    pub fn snapshot(&self, bytes: Vec<u8>) {
        self.driver.hand_in(Input::Snapshot(bytes));
    }

    /// The models that are known: `ModelConfig[]`.
    pub fn models(&self) -> JsValue {
        to_js(&self.driver.ask(Engine::models))
    }

    /// How the providers are doing: `ProviderHealth[]`.
    pub fn health(&self) -> JsValue {
        to_js(&self.driver.ask(Engine::health))
    }

    /// Whether what is learned is kept: `StorageState`.
    pub fn storage(&self) -> JsValue {
        to_js(&self.driver.ask(Engine::storage))
    }

    /// What runs and waits: `QueueEntry[]`.
    pub fn queue(&self) -> JsValue {
        to_js(&self.driver.ask(Engine::queue))
    }

    /// The page is about to be left: what fails in the next moments is no server's fault.
    pub fn leaving(&self) {
        self.driver.leaving();
    }

    /// The page is put aside, perhaps for good: nothing stays open that other tabs would have to wait for.
    pub fn rest(&self) {
        self.driver.rest();
    }

    /// The page was put aside and is back as it was: other tabs may have learned something meanwhile.
    pub fn wake(&self) {
        self.driver.wake();
    }

    /// What happened in a range, the JSON of `Range`: a `PerformanceReport`. `offset_minutes` is how far the page's clock is
    /// ahead of UTC. Throws `MeshErrorData`.
    pub fn report(&self, range: &[u8], offset_minutes: i32) -> Result<JsValue, JsValue> {
        let range: Range = json::parse(range, "The range").map_err(thrown)?;
        Ok(to_js(&self.driver.ask(|engine| engine.report(range, offset_minutes, clock::now()))))
    }

    /// What happened step by step: `TimePoint[]`. `options` is the JSON of `TimelineOptions`, `offset_minutes` as in
    /// `report`. Throws `MeshErrorData`.
    pub fn timeline(&self, options: &[u8], offset_minutes: i32) -> Result<JsValue, JsValue> {
        let options: TimelineOptions = json::parse(options, "The range").map_err(thrown)?;
        let now = clock::now().wall;
        Ok(to_js(&self.driver.ask(|engine| engine.metrics().timeline(options, offset_minutes, now))))
    }

    /// The last generations, the newest first: `GenerationMetrics[]`.
    pub fn recent(&self, limit: u32) -> JsValue {
        to_js(&self.driver.ask(|engine| engine.metrics().recent(limit as usize)))
    }

    /// What was measured in a range as text: `json` for another browser, else comma-separated values. Throws
    /// `MeshErrorData`.
    #[wasm_bindgen(js_name = exportMetrics)]
    pub fn export_metrics(&self, is_json: bool, range: &[u8]) -> Result<String, JsValue> {
        let range: Range = json::parse(range, "The range").map_err(thrown)?;
        let now = clock::now().wall;
        Ok(self.driver.ask(|engine| {
            let metrics = engine.metrics();
            if is_json { metrics.export(range, now) } else { metrics.sheet(range, now) }
        }))
    }

    /// Takes in what was measured elsewhere. Settles with how many generations are new.
    #[wasm_bindgen(js_name = importMetrics)]
    pub fn import_metrics(&self, id: String, json: Vec<u8>) {
        self.request(id, Ok(Request::ImportMeasures(json)));
    }

    /// Forgets what was measured.
    #[wasm_bindgen(js_name = clearMetrics)]
    pub fn clear_metrics(&self, id: String) {
        self.request(id, Ok(Request::ClearMeasures));
    }

    /// What is kept and what it was good for. Settles with `CacheStats`.
    #[wasm_bindgen(js_name = cacheStats)]
    pub fn cache_stats(&self, id: String) {
        self.request(id, Ok(Request::Cache(CacheWish::Stats)));
    }

    /// Forgets answers that expired or have no room. Settles with how many.
    #[wasm_bindgen(js_name = pruneCache)]
    pub fn prune_cache(&self, id: String) {
        self.request(id, Ok(Request::Cache(CacheWish::Prune)));
    }

    /// Forgets the answer of this key. Settles with how many.
    #[wasm_bindgen(js_name = deleteCached)]
    pub fn delete_cached(&self, id: String, key: String) {
        self.request(id, Ok(Request::Cache(CacheWish::Delete(key))));
    }

    /// Forgets all answers. Settles with how many.
    #[wasm_bindgen(js_name = clearCache)]
    pub fn clear_cache(&self, id: String) {
        self.request(id, Ok(Request::Cache(CacheWish::Clear)));
    }

    /// Asks for the answers that were cut off and that nobody writes. Settles with `{ id, text, model, at }[]`.
    pub fn pending(&self, id: String) {
        self.request(id, Ok(Request::Journal(Errand::Pending)));
    }

    /// Goes on with the answer that this id had.
    pub fn resume(&self, id: String) {
        self.request(id, Ok(Request::Journal(Errand::Resume)));
    }

    /// Forgets the answer that the id `entry` had.
    pub fn discard(&self, id: String, entry: String) {
        self.request(id, Ok(Request::Journal(Errand::Discard(RequestId::new(entry)))));
    }

    /// Cancels everything and closes the store. Nothing is settled.
    pub fn close(&self) {
        self.driver.close();
    }

    fn request(&self, id: String, request: Result<Request, Error>) {
        let id = RequestId::new(id);
        match request {
            Ok(request) => self.driver.hand_in(Input::Request(id, request)),
            Err(error) => self.driver.refuse(&id, &error),
        }
    }

    fn custom(&self, transport: u32, said: Result<Transport, Error>) {
        let id = TransportId::new(transport);
        match said {
            Ok(said) => self.driver.hear_custom(id, said),
            Err(error) => self.driver.give_up_custom(
                id,
                TransportFailure::Custom { code: Some(ErrorCode::Protocol), message: error.message },
            ),
        }
    }
}

impl Drop for Core {
    // `free()` and the garbage collector come here.
    fn drop(&mut self) {
        self.driver.close();
    }
}

fn parse_locality(word: &str) -> Result<Locality, Error> {
    [Locality::Page, Locality::Device, Locality::Network, Locality::Cloud]
        .into_iter()
        .find(|locality| locality.as_str() == word)
        .ok_or_else(|| {
            let expected = "`locality` has to be \"page\", \"device\", \"network\" or \"cloud\".";
            Error::new(ErrorCode::InvalidRequest, expected)
        })
}

#[allow(clippy::needless_pass_by_value)] // For `map_err`.
fn thrown(error: Error) -> JsValue {
    to_js(&error)
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
