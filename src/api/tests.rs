use core::mem;

use hkm_mesh_core::model::{Event, Reason};
use js_sys::{Array, Function, JSON, Reflect, Uint32Array};
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::page::Page;
use crate::browser::testing::unique_name;

#[wasm_bindgen(inline_js = r#"
    // Writes every call down as [method, ...arguments].
    export function diaryHost() {
        const calls = [];
        return new Proxy({ calls }, {
            get: (target, name) => target[name] ?? ((...given) => { calls.push([name, ...given]); }),
        });
    }
    export function throwingHost() {
        return new Proxy({}, { get: () => () => { throw "a text, not an Error"; } });
    }
    export function nextRejection() {
        return new Promise((resolve) => {
            addEventListener("unhandledrejection", (event) => {
                event.preventDefault();
                resolve(event.reason);
            }, { once: true });
        });
    }
"#)]
extern "C" {
    #[wasm_bindgen(js_name = diaryHost)]
    fn diary_host() -> Host;
    #[wasm_bindgen(js_name = throwingHost)]
    fn throwing_host() -> Host;
    #[wasm_bindgen(js_name = nextRejection)]
    fn next_rejection() -> Promise;
}

fn calls(host: &JsValue) -> Array {
    Reflect::get(host, &"calls".into()).unwrap().unchecked_into()
}

fn as_json(value: &JsValue) -> serde_json::Value {
    serde_json::from_str(&String::from(JSON::stringify(value).unwrap())).unwrap()
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap()
}

fn core(host: &JsValue) -> Core {
    Core::new(b"{}", host.clone().unchecked_into(), None).unwrap()
}

#[wasm_bindgen_test]
fn maps_are_plain_objects_and_nothing_is_null() {
    let reason = Reason::new("slow", "It is slow.").with("ms", 7.0).with("who", "mine");
    let object = to_js(&reason);
    let params = field(&object, "params");
    assert!(!params.is_instance_of::<js_sys::Map>());
    assert_eq!(field(&params, "ms"), JsValue::from(7));
    assert_eq!(to_js(&Option::<u8>::None), JsValue::NULL);
    assert_eq!(to_js(&[1.5, 2.0]).dyn_into::<Array>().unwrap().length(), 2);
}

#[wasm_bindgen_test]
fn a_tools_input_crosses_with_integers_that_no_number_can_hold() {
    let input = json!({ "id": u64::MAX, "list": [i64::MIN, 1, 0.5], "none": null, "deep": { "yes": true } });
    let object = to_js(&Event::ToolCall { id: "c".to_owned(), name: "find".to_owned(), input });
    assert_eq!(field(&field(&object, "input"), "id"), JsValue::from(18_446_744_073_709_551_615_f64));
    assert_eq!(
        String::from(JSON::stringify(&object).unwrap()),
        concat!(
            r#"{"type":"tool-call","id":"c","name":"find","input":{"deep":{"yes":true},"#,
            r#""id":18446744073709552000,"list":[-9223372036854776000,1,0.5],"none":null}}"#
        )
    );
}

#[wasm_bindgen_test]
fn text_crosses_joined_with_lengths_that_stay_valid() {
    let host: JsValue = diary_host().into();
    let page = HostPage::new(host.clone().unchecked_into());
    let delta = |text: &str| Event::TextDelta { text: text.to_owned() };
    page.emit(&RequestId::new("a"), &[delta("木"), delta("😀!")]);
    page.emit(&RequestId::new("a"), &[delta("x"), Event::Queue { position: 0 }]);
    // Memory that is used again must not show in what crossed before.
    mem::drop(vec![vec![0xAA_u8; 64]; 64]);
    let text: Array = calls(&host).get(0).unchecked_into();
    assert_eq!(text.get(0), "text");
    assert_eq!(text.get(1), "a");
    assert_eq!(text.get(2), "木😀!");
    assert_eq!(text.get(3).dyn_into::<Uint32Array>().unwrap().to_vec(), [1, 3]);
    assert_eq!(
        as_json(&calls(&host).get(1)),
        json!(["events", "a", [{ "type": "text-delta", "text": "x" }, { "type": "queue", "position": 0 }]])
    );
}

#[wasm_bindgen_test]
async fn an_exception_of_the_host_is_the_pages_and_the_driver_goes_on() {
    let core = core(&throwing_host());
    let rejection = next_rejection();
    core.generate("a".to_owned(), b"{\"nonsense\":1}");
    let reason = wasm_bindgen_futures::JsFuture::from(rejection).await.unwrap();
    assert_eq!(reason, "a text, not an Error");
    assert_eq!(as_json(&core.models()), json!([]));
}

#[wasm_bindgen_test]
async fn a_bad_request_settles_with_an_error_as_plain_data() {
    let host: JsValue = diary_host().into();
    let core = core(&host);
    wasm_bindgen_futures::JsFuture::from(core.open()).await.unwrap();
    calls(&host).set_length(0);
    core.generate("a".to_owned(), b"{\"nonsense\":1}");
    core.register("b".to_owned(), "mine".to_owned(), "moon", None);
    let calls = calls(&host);
    for (index, (id, message)) in [
        ("a", "The request cannot be read. `nonsense` is not known here."),
        ("b", "`locality` has to be \"page\", \"device\", \"network\" or \"cloud\"."),
    ]
    .into_iter()
    .enumerate()
    {
        let call: Array = calls.get(index as u32).unchecked_into();
        assert_eq!((call.get(0), call.get(1), call.get(2)), ("settle".into(), id.into(), JsValue::UNDEFINED));
        assert_eq!(
            as_json(&call.get(3)),
            json!({ "code": "invalid-request", "message": message, "isRetryable": false })
        );
    }
}

#[wasm_bindgen_test]
fn what_is_wrong_at_once_is_thrown_as_plain_data() {
    let refusal = Core::new(b"{\"nonsense\":1}", diary_host(), None).err().unwrap();
    assert_eq!(field(&refusal, "message"), "The options cannot be read. `nonsense` is not known here.");
    let core = core(&diary_host());
    let refusal = core.route(b"{").err().unwrap();
    assert_eq!(field(&refusal, "code"), "invalid-request");
    assert_eq!(
        field(&core.explain(b"{}").err().unwrap(), "message"),
        "The decision cannot be read. `chosen` is missing."
    );
}

#[wasm_bindgen_test]
async fn a_core_opens_with_a_database_and_closes_twice() {
    let core = Core::new(b"{}", diary_host(), Some(unique_name())).unwrap();
    wasm_bindgen_futures::JsFuture::from(core.open()).await.unwrap();
    core.close();
    core.close();
    core.generate("a".to_owned(), b"{\"prompt\":\"hi\"}");
    mem::drop(core);
}

#[wasm_bindgen_test]
async fn a_custom_provider_that_talks_nonsense_fails_and_is_told_to_stop() {
    let host: JsValue = diary_host().into();
    let core = core(&host);
    wasm_bindgen_futures::JsFuture::from(core.open()).await.unwrap();
    core.register("r".to_owned(), "mine".to_owned(), "device", None);
    let invocation =
        calls(&host).iter().map(|call| as_json(&call)).find(|call| call[0] == "invokeModels").unwrap();
    let transport = u32::try_from(invocation[1].as_u64().unwrap()).unwrap();
    calls(&host).set_length(0);
    core.custom_models(transport, b"[{}]");
    let after: Vec<_> = calls(&host).iter().map(|call| as_json(&call)).collect();
    assert_eq!(after[0], json!(["abort", transport]));
    assert!(after.iter().any(|call| call[0] == "settle" && call[1] == "r"), "{after:?}");
    // It stopped being heard.
    core.custom_end(transport);
    assert_eq!(calls(&host).length() as usize, after.len());
}

#[wasm_bindgen_test]
fn the_callback_of_a_panic_is_any_function() {
    on_panic_is_exported(Function::new_no_args("").unchecked_into());
}

fn on_panic_is_exported(callback: panic::PanicCallback) {
    // The hook would end the test's own reports, so it is put back at once.
    let before = std::panic::take_hook();
    panic::on_panic(callback);
    std::panic::set_hook(before);
}
