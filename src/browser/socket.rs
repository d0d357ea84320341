//! One WebSocket, and what it says. Opening and closing are reported, and never why: a browser does not tell.

use hkm_mesh_core::engine::Transport;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use super::lifeline::{self, Lifeline};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type WebSocket;
    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str) -> Result<WebSocket, JsValue>;
    #[wasm_bindgen(method, setter, js_name = binaryType)]
    fn set_binary_type(this: &WebSocket, kind: &str);
    #[wasm_bindgen(method, setter)]
    fn set_onopen(this: &WebSocket, listener: Option<&Closure<dyn FnMut()>>);
    #[wasm_bindgen(method, setter)]
    fn set_onclose(this: &WebSocket, listener: Option<&Closure<dyn FnMut()>>);
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &WebSocket, listener: Option<&Closure<dyn FnMut(Message)>>);
    #[wasm_bindgen(method, catch)]
    fn send(this: &WebSocket, words: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &WebSocket);

    type Message;
    #[wasm_bindgen(method, getter)]
    fn data(this: &Message) -> JsValue;
}

/// So much of a frame is looked into; the rest never comes into this module's memory.
const HEAD: u32 = 8_192;

/// A socket. Dropping it closes it, and nothing more is heard of it.
pub(super) struct Socket {
    port: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(Message)>,
    _lifeline: Lifeline,
}

impl Socket {
    /// Opens a socket to an `http` or `https` address. Bytes that come are given to `report` beside what is said of them.
    /// `None` where the browser refuses the address at once.
    pub(super) fn open(address: &str, report: impl Fn(Transport, JsValue) + Clone + 'static) -> Option<Self> {
        // `http` becomes `ws`, and so `https` becomes `wss`.
        let port = WebSocket::new(&["ws", address.strip_prefix("http")?].concat()).ok()?;
        port.set_binary_type("arraybuffer");
        let tell = {
            let report = report.clone();
            move |said| {
                if !lifeline::is_cut() {
                    report(said, JsValue::UNDEFINED);
                }
            }
        };
        let on_open = Closure::new({
            let tell = tell.clone();
            move || tell(Transport::Opened)
        });
        let on_close = Closure::new({
            let tell = tell.clone();
            move || tell(Transport::End)
        });
        let on_message = Closure::new(move |message: Message| {
            let data = message.data();
            if let Some(words) = data.as_string() {
                return tell(Transport::Words(words));
            }
            if let (Some(buffer), false) = (data.dyn_ref::<ArrayBuffer>(), lifeline::is_cut()) {
                let bytes = buffer.byte_length();
                let head = Uint8Array::new_with_byte_offset_and_length(buffer, 0, bytes.min(HEAD)).to_vec();
                report(Transport::Frame { head, bytes: u64::from(bytes) }, data);
            }
        });
        port.set_onopen(Some(&on_open));
        port.set_onclose(Some(&on_close));
        port.set_onmessage(Some(&on_message));
        let lifeline = lifeline::tie({
            let port = port.clone();
            move || silence(&port)
        });
        Some(Self {
            port,
            _on_open: on_open,
            _on_close: on_close,
            _on_message: on_message,
            _lifeline: lifeline,
        })
    }

    /// Says something. What cannot be said is not heard; the socket's end tells of it.
    pub(super) fn send(&self, words: &str) {
        let _ = self.port.send(words);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        silence(&self.port);
    }
}

fn silence(port: &WebSocket) {
    port.set_onopen(None);
    port.set_onclose(None);
    port.set_onmessage(None);
    port.close();
}
