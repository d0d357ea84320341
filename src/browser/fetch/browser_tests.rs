use core::cell::RefCell;

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::testing::{Stub, answering, body_of, failing};

/// Performs the request against the stub and gives what was reported.
async fn performed(stub: &Stub, request: HttpRequest, key: Result<JsValue, JsValue>) -> Vec<Transport> {
    let heard = RefCell::new(Vec::new());
    let attempt = Attempt::new().unwrap();
    let door = Ajar { key, permits: true };
    perform(request, attempt.signal(), &door, drop, |said| heard.borrow_mut().push(said)).await;
    stub.restore();
    heard.into_inner()
}

/// A door whose key and opinion are given.
struct Ajar {
    key: Result<JsValue, JsValue>,
    permits: bool,
}

impl Door for Ajar {
    fn permits(&self, _: &HttpRequest) -> bool {
        self.permits
    }

    fn key(&self, _: &str) -> Result<JsValue, JsValue> {
        self.key.clone()
    }

    fn file(&self, handle: u32) -> Result<JsValue, JsValue> {
        if handle == 9 {
            Err(JsValue::NULL)
        } else {
            Ok(Promise::resolve(&JsValue::from(format!("Zm9v{handle}"))).into())
        }
    }

    fn whole_file(&self, handle: u32) -> Result<JsValue, JsValue> {
        let words = Array::of1(&format!("file {handle}").into());
        Blob::new_with_str_sequence(&words).map(|blob| Promise::resolve(&blob).into())
    }

    fn sieve(&self) -> Option<Sieve> {
        let words = "let all = ''; \
            const bytes = text => new TextEncoder().encode(text); \
            return { \
                push(piece) { all += new TextDecoder().decode(piece); return bytes(''); }, \
                end() { return bytes(all.replace('PNG', '7')); }, \
                takenOut() { return all.endsWith('}') ? [7, 3] : []; }, \
            };";
        let made = js_sys::Function::new_no_args(words).call0(&JsValue::UNDEFINED).unwrap();
        Some(made.unchecked_into())
    }
}

const NO_KEY: Ajar = Ajar { key: Ok(JsValue::UNDEFINED), permits: true };

fn with_key() -> HttpRequest {
    let credential = Credential::new("openrouter", "Authorization", "Bearer ");
    HttpRequest { credential: Some(credential), ..HttpRequest::get("https://api.test/v1") }
}

fn text(chunk: &str) -> Transport {
    Transport::Chunk(chunk.as_bytes().to_vec())
}

fn head() -> Transport {
    Transport::Head(ResponseHead {
        status: 201,
        content_type: Some("application/x-ndjson".to_owned()),
        retry_after: Some("7".to_owned()),
        ..ResponseHead::default()
    })
}

#[wasm_bindgen_test]
async fn the_head_comes_first_then_every_chunk_then_the_end() {
    let stub = answering(&["grüß ", "dich"], "close");
    let heard = RefCell::new(Vec::new());
    let attempt = Attempt::new().unwrap();
    let request = HttpRequest::get("https://api.test/v1");
    perform(request, attempt.signal(), &NO_KEY, drop, |said| heard.borrow_mut().push(said)).await;
    stub.restore();
    assert_eq!(heard.into_inner(), [head(), text("grüß "), text("dich"), Transport::End]);
}

#[wasm_bindgen_test]
async fn a_request_carries_what_it_was_given_and_nothing_of_the_pages() {
    let stub = answering(&[], "close");
    let mut request = HttpRequest::post_json("https://api.test/v1?a=1", b"{\"a\":\"\xc3\xbc\"}".to_vec());
    request.headers.push(("X-Title".to_owned(), "mesh".to_owned()));
    request.credential = with_key().credential;
    let heard = performed(&stub, request, Ok(Promise::resolve(&JsValue::from(" k1\n")).into())).await;
    assert_eq!(heard, [head(), Transport::End]);

    let sent = &stub.requests()[0];
    assert_eq!((sent.method(), sent.url()), ("POST".to_owned(), "https://api.test/v1?a=1".to_owned()));
    let header = |name| sent.headers().get(name).unwrap();
    assert_eq!(header("authorization").as_deref(), Some("Bearer k1"));
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("x-title").as_deref(), Some("mesh"));
    let property = |name: &str| js_sys::Reflect::get(sent, &name.into()).unwrap().as_string().unwrap();
    assert_eq!(property("mode"), "cors");
    assert_eq!(property("credentials"), "omit");
    assert_eq!(property("redirect"), "error");
    assert_eq!(property("referrerPolicy"), "strict-origin");
    // Not `no-store`: Chromium would ask for permission before every request.
    assert_eq!(property("cache"), "default");
    assert_eq!(settled(&body_of(sent)).await.unwrap().as_string().unwrap(), "{\"a\":\"ü\"}");
}

#[wasm_bindgen_test]
async fn what_is_read_never_comes_from_a_cache() {
    let stub = answering(&[], "close");
    performed(&stub, HttpRequest::get("https://api.test/v1/models"), Ok(JsValue::NULL)).await;
    let cache = js_sys::Reflect::get(&stub.requests()[0], &"cache".into()).unwrap();
    assert_eq!(cache, JsValue::from("no-store"));
}

#[wasm_bindgen_test]
async fn a_body_that_is_wanted_as_a_blob_stays_outside() {
    let stub = answering(&["grüß ", "dich"], "close");
    let (heard, held) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let attempt = Attempt::new().unwrap();
    let request = HttpRequest { reading: Reading::Outside, ..HttpRequest::get("https://api.test/view") };
    let hold = |blob: JsValue| held.borrow_mut().push(blob);
    perform(request, attempt.signal(), &NO_KEY, hold, |said| heard.borrow_mut().push(said)).await;
    stub.restore();
    let body = Transport::Body { bytes: 11, media_type: "application/x-ndjson".to_owned() };
    assert_eq!(heard.into_inner(), [head(), body, Transport::End]);
    assert_eq!(held.into_inner().remove(0).unchecked_into::<Blob>().size(), 11.0);
}

#[wasm_bindgen_test]
async fn pictures_are_told_of_before_the_piece_that_speaks_of_them() {
    let request = || HttpRequest {
        reading: Reading::WithoutPictures,
        ..HttpRequest::post_json("https://api.test/", vec![])
    };
    let stub = answering(&["{\"a\":\"P", "NG\"}"], "close");
    let taken_out = Transport::TakenOut(vec![HeldBlob { blob: 7, bytes: 3 }]);
    let heard = performed(&stub, request(), Ok(JsValue::NULL)).await;
    // That something came is told, even where nothing of it is left.
    let end = [taken_out, text("{\"a\":\"7\"}"), Transport::End];
    assert_eq!(heard, [vec![head(), text("")], vec![end[0].clone(), text("")], end.to_vec()].concat());
    // Of what is cut nothing is told that was not whole.
    let stub = answering(&["{\"a\":\"P"], "break");
    let heard = performed(&stub, request(), Ok(JsValue::NULL)).await;
    assert_eq!(heard, [head(), text(""), Transport::Failed(TransportFailure::Network)]);
}

#[wasm_bindgen_test]
async fn a_form_brings_words_and_files_and_leaves_its_type_to_the_browser() {
    let stub = answering(&[], "close");
    let form = vec![
        FormPart::Word { name: "type", value: "input".to_owned() },
        FormPart::File { name: "image", file: 4, file_name: "a.png".to_owned() },
    ];
    let request = HttpRequest { method: "POST", form, ..HttpRequest::get("https://api.test/upload") };
    assert_eq!(performed(&stub, request, Ok(JsValue::NULL)).await, [head(), Transport::End]);
    let sent = &stub.requests()[0];
    assert!(
        sent.headers().get("content-type").unwrap().unwrap().starts_with("multipart/form-data; boundary=")
    );
    let body = settled(&body_of(sent)).await.unwrap().as_string().unwrap();
    for part in ["name=\"type\"", "input", "name=\"image\"; filename=\"a.png\"", "file 4"] {
        assert!(body.contains(part), "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_is_a_failure_after_what_came() {
    let stub = answering(&["half"], "break");
    let heard = performed(&stub, HttpRequest::get("https://api.test/"), Ok(JsValue::NULL)).await;
    assert_eq!(heard, [head(), text("half"), Transport::Failed(TransportFailure::Network)]);
}

#[wasm_bindgen_test]
async fn a_rejection_that_is_no_error_is_a_failure_like_any_other() {
    let stub = failing("reject");
    let heard = performed(&stub, HttpRequest::get("https://api.test/"), Ok(JsValue::NULL)).await;
    assert_eq!(heard, [Transport::Failed(TransportFailure::Network)]);
}

#[wasm_bindgen_test]
async fn an_opaque_answer_has_the_status_0_and_no_body() {
    let stub = failing("error");
    let request = HttpRequest { mode: FetchMode::NoCors, ..HttpRequest::get("https://api.test/") };
    let heard = performed(&stub, request, Ok(JsValue::NULL)).await;
    assert_eq!(heard, [Transport::Head(ResponseHead::default()), Transport::End]);
    let mode = js_sys::Reflect::get(&stub.requests()[0], &"mode".into()).unwrap();
    assert_eq!(mode, JsValue::from("no-cors"));
}

#[wasm_bindgen_test]
async fn what_cannot_be_sent_at_all_is_a_failure() {
    let mut bad_header = HttpRequest::get("https://api.test/");
    bad_header.headers.push(("a b".to_owned(), "c".to_owned()));
    for request in [bad_header, HttpRequest::get("https://"), HttpRequest::get("https://user:pass@api.test/")]
    {
        let stub = answering(&[], "close");
        let heard = performed(&stub, request, Ok(JsValue::NULL)).await;
        assert_eq!(heard, [Transport::Failed(TransportFailure::Network)]);
        assert!(stub.requests().is_empty());
    }
}

#[wasm_bindgen_test]
async fn without_a_usable_key_nothing_is_sent() {
    let thrown: JsValue = js_sys::Error::new("the vault is locked").into();
    let cases = [
        (Ok(JsValue::UNDEFINED), TransportFailure::NoKey),
        (Ok(JsValue::from(7)), TransportFailure::NoKey),
        (Ok(" \n".into()), TransportFailure::NoKey),
        (Err(thrown.clone()), TransportFailure::NoKey),
        (Ok(Promise::reject(&thrown).into()), TransportFailure::NoKey),
        (Ok("sk\u{2013}1".into()), TransportFailure::BadKey),
    ];
    for (key, failure) in cases {
        let stub = answering(&[], "close");
        assert_eq!(performed(&stub, with_key(), key).await, [Transport::Failed(failure)]);
        assert!(stub.requests().is_empty());
    }
}
