//! Performs one HTTP request and reports what comes of it.
//!
//! The request is built by `gloo-net`, but sent through the global `fetch` and read here: `gloo-net` traps the whole
//! instance when a promise is rejected with something that is no `Error`. Every attempt has its own abort controller;
//! a signal of the page's never gets here. What an answer means is decided in the core.

use gloo_net::http;
use hkm_mesh_core::engine::{Transport, TransportFailure};
use hkm_mesh_core::model::http::{Credential, FetchMode, FormPart, HttpRequest, Reading, ResponseHead};
use hkm_mesh_core::model::picture::HeldBlob;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    AbortController, AbortSignal, Blob, FormData, Headers, ReadableStreamDefaultReader, ReferrerPolicy,
    RequestCache, RequestCredentials, RequestMode, RequestRedirect, Response,
};

use super::lifeline::{self, Lifeline};
use super::once::{Coming, Giver, once};
use super::promise::settled;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn send(request: &web_sys::Request) -> Result<Promise, JsValue>;

    /// Takes pictures out of the JSON of a body as it comes. What it is given is gone afterwards.
    #[wasm_bindgen(typescript_type = "PictureSieve")]
    pub type Sieve;
    /// What is left of these bytes, and of those before that it had kept.
    #[wasm_bindgen(method, catch)]
    fn push(this: &Sieve, bytes: &Uint8Array) -> Result<Uint8Array, JsValue>;
    /// What it had kept, since the body is over.
    #[wasm_bindgen(method, catch)]
    fn end(this: &Sieve) -> Result<Uint8Array, JsValue>;
    /// The handles of what was taken out since this was asked last, each followed by its size in bytes.
    #[wasm_bindgen(method, catch, js_name = takenOut)]
    fn taken_out(this: &Sieve) -> Result<Vec<u32>, JsValue>;

    /// What a reader's `read()` resolves to.
    type Piece;
    #[wasm_bindgen(method, getter)]
    fn done(this: &Piece) -> bool;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Piece) -> Uint8Array;
}

/// What stands between a request and the network.
pub(super) trait Door {
    /// Whether it may leave.
    fn permits(&self, request: &HttpRequest) -> bool;
    /// The key of this name: a string, a promise of one, or nothing.
    fn key(&self, name: &str) -> Result<JsValue, JsValue>;
    /// The Base64 text of a file: a string or a promise of one.
    fn file(&self, handle: u32) -> Result<JsValue, JsValue>;
    /// A file itself: a blob or a promise of one.
    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue>;
    /// Takes pictures out of a body; nothing where that cannot be done.
    fn sieve(&self) -> Option<Sieve>;
}

/// The right to abort one request. Dropping it does not abort.
pub(super) struct Attempt {
    controller: AbortController,
    on_abort: Option<Giver<()>>,
    _lifeline: Lifeline,
}

impl Attempt {
    /// A request that was not sent yet; `None` where the environment has no abort controllers.
    pub(super) fn new() -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let lifeline = lifeline::tie({
            let controller = controller.clone();
            move || controller.abort()
        });
        Some(Self { controller, on_abort: None, _lifeline: lifeline })
    }

    /// Closes the connection. The future of [`perform`] then ends with a failure that nobody wants to hear.
    pub(super) fn abort(&self) {
        self.controller.abort();
        if let Some(on_abort) = &self.on_abort {
            on_abort.give(());
        }
    }

    /// Comes when it is aborted, for who waits before [`perform`]. There is one such.
    pub(super) fn aborted(&mut self) -> Coming<()> {
        let (giver, coming) = once();
        self.on_abort = Some(giver);
        coming
    }

    /// For [`perform`].
    pub(super) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

/// Performs the request: a head, then chunks, then the end; or a failure at any point.
///
/// The door is asked for the key and the files as late as can be, and has the last word before the bytes leave. A body that is
/// wanted as a blob is given to `hold`, and only its size and type are reported.
pub(super) async fn perform(
    request: HttpRequest,
    signal: AbortSignal,
    door: &impl Door,
    hold: impl Fn(JsValue),
    report: impl Fn(Transport),
) {
    let last = match exchange(request, signal, door, &hold, &report).await {
        Ok(()) => Transport::End,
        Err(failure) => Transport::Failed(failure),
    };
    report(last);
}

async fn exchange(
    request: HttpRequest,
    signal: AbortSignal,
    door: &impl Door,
    hold: &impl Fn(JsValue),
    report: &impl Fn(Transport),
) -> Result<(), TransportFailure> {
    if !door.permits(&request) {
        return Err(TransportFailure::Forbidden);
    }
    let headers = headers(&request).map_err(network)?;
    if let Some(credential) = &request.credential {
        let key = key(credential, door).await?;
        headers
            .set(credential.header, &[credential.prefix, key.as_str()].concat())
            .map_err(|_| TransportFailure::BadKey)?;
    }
    let body = body(&request, door).await?;
    let response = {
        let promise = send(&build(&request, body, headers, &signal)?).map_err(network)?;
        settled(&promise).await.map_err(network)?.unchecked_into::<Response>()
    };
    let status = response.status();
    report(Transport::Head(head(status, &response.headers())));
    if request.reading == Reading::Outside && response.ok() {
        let blob = settled(&response.blob().map_err(network)?).await.map_err(network)?;
        let held = blob.unchecked_ref::<Blob>();
        let body = Transport::Body { bytes: held.size() as u64, media_type: held.type_() };
        hold(blob);
        report(body);
        return Ok(());
    }
    // An opaque response has the status 0 and hides its body.
    let Some(body) = response.body().filter(|_| status != 0) else {
        return Ok(());
    };
    let sieve =
        if request.reading == Reading::WithoutPictures && response.ok() { door.sieve() } else { None };
    let reader = body.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    loop {
        let piece = settled(&reader.read()).await.map_err(network)?.unchecked_into::<Piece>();
        let is_done = piece.done();
        let rest = match &sieve {
            None if is_done => return Ok(()),
            None => piece.value(),
            Some(sieve) if is_done => sieve.end().map_err(network)?,
            Some(sieve) => sieve.push(&piece.value()).map_err(network)?,
        };
        let taken_out = sieve.as_ref().and_then(|sieve| sieve.taken_out().ok()).unwrap_or_default();
        let held = taken_out
            .as_chunks()
            .0
            .iter()
            .map(|[blob, bytes]| HeldBlob { blob: *blob, bytes: u64::from(*bytes) });
        if !taken_out.is_empty() {
            report(Transport::TakenOut(held.collect()));
        }
        // Also where nothing is left of it: that something came is a sign of life.
        report(Transport::Chunk(rest.to_vec()));
        if is_done {
            return Ok(());
        }
    }
}

/// The browser gives no reason that could be relied on; its message is for people and differs from one to the next.
fn network(_: JsValue) -> TransportFailure {
    TransportFailure::Network
}

fn headers(request: &HttpRequest) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    Ok(headers)
}

async fn key(credential: &Credential, door: &impl Door) -> Result<String, TransportFailure> {
    let missing = |_| TransportFailure::NoKey;
    let answer = door.key(&credential.name).map_err(missing)?;
    let answer = settled(&Promise::resolve(&answer)).await.map_err(missing)?;
    checked_key(answer.as_string().as_deref())
}

/// Pasted keys come with white space around them and sometimes with typographic dashes or line ends inside, at which
/// `fetch` would fail without saying why.
fn checked_key(key: Option<&str>) -> Result<String, TransportFailure> {
    let key = key.unwrap_or_default().trim();
    if key.is_empty() {
        return Err(TransportFailure::NoKey);
    }
    if key.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
        return Err(TransportFailure::BadKey);
    }
    Ok(key.to_owned())
}

/// The bytes of the body. With files it is a `Blob`, so that their Base64 text is joined by the browser and never comes
/// into this module's memory.
async fn body(request: &HttpRequest, door: &impl Door) -> Result<JsValue, TransportFailure> {
    if !request.form.is_empty() {
        return form(&request.form, door).await.map(Into::into);
    }
    let Some(bytes) = request.body.as_deref() else { return Ok(JsValue::UNDEFINED) };
    if request.files.is_empty() {
        return Ok(Uint8Array::from(bytes).into());
    }
    let missing = |_| TransportFailure::NoFile;
    let parts = Array::new();
    let mut from = 0;
    for place in &request.files {
        parts.push(&Uint8Array::from(bytes.get(from..place.offset).unwrap_or_default()));
        from = place.offset;
        let text = door.file(place.file).map_err(missing)?;
        parts.push(&settled(&Promise::resolve(&text)).await.map_err(missing)?);
    }
    parts.push(&Uint8Array::from(bytes.get(from..).unwrap_or_default()));
    Blob::new_with_u8_array_sequence(&parts).map(Into::into).map_err(missing)
}

/// A form, for which the browser sets the `Content-Type`.
async fn form(parts: &[FormPart], door: &impl Door) -> Result<FormData, TransportFailure> {
    let missing = |_| TransportFailure::NoFile;
    let form = FormData::new().map_err(missing)?;
    for part in parts {
        match part {
            FormPart::Word { name, value } => form.append_with_str(name, value).map_err(missing)?,
            FormPart::File { name, file, file_name } => {
                let file = door.whole_file(*file).map_err(missing)?;
                let file = settled(&Promise::resolve(&file)).await.map_err(missing)?;
                let file = file.dyn_into::<Blob>().map_err(missing)?;
                form.append_with_blob_and_filename(name, &file, file_name).map_err(missing)?;
            }
        }
    }
    Ok(form)
}

fn build(
    request: &HttpRequest,
    body: JsValue,
    headers: Headers,
    signal: &AbortSignal,
) -> Result<web_sys::Request, TransportFailure> {
    let (mode, redirect) = match request.mode {
        // A redirect could lead the key and the prompt elsewhere.
        FetchMode::Cors if request.follows_redirects => (RequestMode::Cors, RequestRedirect::Follow),
        FetchMode::Cors => (RequestMode::Cors, RequestRedirect::Error),
        // Browsers refuse a blind request that does not follow redirects; it carries neither key nor prompt.
        FetchMode::NoCors => (RequestMode::NoCors, RequestRedirect::Follow),
    };
    let method =
        http::Method::from_bytes(request.method.as_bytes()).map_err(|_| TransportFailure::Network)?;
    let builder = http::RequestBuilder::new(&request.url)
        .method(method)
        .headers(http::Headers::from_raw(headers))
        .mode(mode)
        // Cookies are not ours to send, and the answer is nobody else's business.
        .credentials(RequestCredentials::Omit)
        .redirect(redirect)
        // The origin, which the server learns in any case: some keys are bound to it.
        .referrer_policy(ReferrerPolicy::StrictOrigin)
        .cache(cache_of(request.method))
        .abort_signal(Some(signal));
    if body.is_undefined() { builder.build() } else { builder.body(body) }
        .map(Into::into)
        .map_err(|_| TransportFailure::Network)
}

/// No list is an old one. What is posted is kept by no browser, and with `no-store` Chromium would ask the server for its
/// permission before every single request, however long that holds: a way there and back before the first word.
fn cache_of(method: &str) -> RequestCache {
    if method == "GET" { RequestCache::NoStore } else { RequestCache::Default }
}

fn head(status: u16, headers: &Headers) -> ResponseHead {
    let header = |name| headers.get(name).ok().flatten();
    ResponseHead {
        status,
        content_type: header("content-type").map(|value| value.to_ascii_lowercase()),
        retry_after: header("retry-after"),
        retry_after_ms: header("retry-after-ms"),
        rate_limit_reset: header("x-ratelimit-reset"),
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_key_is_trimmed() {
        assert_eq!(checked_key(Some(" \u{a0}sk-1 2~\r\n\u{feff}")), Err(TransportFailure::BadKey));
        assert_eq!(checked_key(Some(" \tsk-1 2~\r\n\u{a0}")), Ok("sk-1 2~".to_owned()));
    }

    #[test]
    fn an_empty_key_is_no_key() {
        for key in [None, Some(""), Some(" \n\t")] {
            assert_eq!(checked_key(key), Err(TransportFailure::NoKey));
        }
    }

    #[test]
    fn a_key_that_cannot_stand_in_a_header_is_refused() {
        for key in ["sk\u{2013}1", "sk-1\nX-Evil: 1", "sk\0", "sk\u{7f}", "schlüssel"] {
            assert_eq!(checked_key(Some(key)), Err(TransportFailure::BadKey));
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod browser_tests;
