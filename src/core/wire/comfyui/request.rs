//! Requests, and the address of the socket.

use serde_json::{Map, Value, json};

use super::ServerFile;
use crate::base::address::encoded;
use crate::model::http::{FormPart, HttpRequest};
use crate::wire::{get, post, root_without};

/// What to send first over a new socket: from then on previews say which prompt they belong to. Older servers ignore it.
pub const GREETING: &str = r#"{"type":"feature_flags","data":{"supports_preview_metadata":true}}"#;

/// Where the server is, for an endpoint as a person writes it: `/api`, `/ws`, `/prompt` and slashes at its end are taken off.
pub fn root(endpoint: &str) -> String {
    root_without(&["api", "ws", "prompt"], endpoint)
}

/// A request for the socket on which this client hears of its prompts; the shell makes `ws` of its `http`.
pub fn socket(root: &str, client_id: &str) -> HttpRequest {
    get(format!("{root}/ws?clientId={}", encoded(client_id)), None)
}

/// A request for what the server is and runs on, the cheapest sign that it is there.
pub fn system_stats(root: &str) -> HttpRequest {
    get(format!("{root}/system_stats"), None)
}

/// A request for what one node is like. All of them together are megabytes.
pub fn object_info(root: &str, class: &str) -> HttpRequest {
    get(format!("{root}/object_info/{}", encoded(class)), None)
}

/// A request for the files of a folder of models: `checkpoints`, `diffusion_models`, `text_encoders`, `vae` …
pub fn models(root: &str, folder: &str) -> HttpRequest {
    get(format!("{root}/models/{}", encoded(folder)), None)
}

/// A request for what a file of models says of itself.
pub fn view_metadata(root: &str, folder: &str, file: &str) -> HttpRequest {
    get(format!("{root}/view_metadata/{}?filename={}", encoded(folder), encoded(file)), None)
}

/// How previews are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewMethod {
    /// The best that the server can.
    Auto,
    /// Quick and rough, of any model.
    Latent2Rgb,
    /// None.
    None,
}

/// A workflow to be run.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Who hears of it: the one of the socket.
    pub client_id: &'a str,
    /// Chosen here, so that no event can be missed: a lower-case UUID, which newer servers insist on.
    pub prompt_id: &'a str,
    /// In the API format.
    pub workflow: &'a Value,
    /// How previews are made, where the server takes a wish; else as it was started.
    pub preview_method: Option<PreviewMethod>,
}

/// A request to run a workflow; read its answer with [`parse_accepted`](super::parse_accepted).
pub fn prompt(root: &str, submission: &Submission<'_>) -> HttpRequest {
    let mut body = Map::new();
    body.insert("prompt".to_owned(), submission.workflow.clone());
    body.insert("client_id".to_owned(), json!(submission.client_id));
    body.insert("prompt_id".to_owned(), json!(submission.prompt_id));
    if let Some(method) = submission.preview_method {
        let method = match method {
            PreviewMethod::Auto => "auto",
            PreviewMethod::Latent2Rgb => "latent2rgb",
            PreviewMethod::None => "none",
        };
        body.insert("extra_data".to_owned(), json!({ "preview_method": method }));
    }
    post(format!("{root}/prompt"), None, &Value::Object(body))
}

/// A request for all prompts that run or wait.
pub fn queue(root: &str) -> HttpRequest {
    get(format!("{root}/queue"), None)
}

/// A request for how a prompt ended.
pub fn history(root: &str, prompt_id: &str) -> HttpRequest {
    get(format!("{root}/history/{}", encoded(prompt_id)), None)
}

/// A request for the bytes of a file.
pub fn view(root: &str, file: &ServerFile) -> HttpRequest {
    let [filename, subfolder, kind] = [&file.filename, &file.subfolder, &file.kind].map(|part| encoded(part));
    get(format!("{root}/view?filename={filename}&subfolder={subfolder}&type={kind}"), None)
}

/// A request that puts a picture into the server's folder for inputs; read its answer with
/// [`parse_upload`](super::parse_upload), since the server may call it something else. A file of the same name and other bytes
/// stays.
pub fn upload(root: &str, file: u32, file_name: &str) -> HttpRequest {
    // No preflight: a form is what any page may send.
    HttpRequest {
        method: "POST",
        form: vec![
            FormPart::Word { name: "type", value: "input".to_owned() },
            FormPart::File { name: "image", file, file_name: file_name.to_owned() },
        ],
        ..get(format!("{root}/upload/image"), None)
    }
}

/// A request to forget a prompt that waits. One that runs goes on.
pub fn delete_pending(root: &str, prompt_id: &str) -> HttpRequest {
    post(format!("{root}/queue"), None, &json!({ "delete": [prompt_id] }))
}

/// A request to stop a prompt that runs. Older servers do not look at the id and stop whatever runs, so it is only sent when
/// the queue just said that it is this one.
pub fn interrupt(root: &str, prompt_id: &str) -> HttpRequest {
    post(format!("{root}/interrupt"), None, &json!({ "prompt_id": prompt_id }))
}
