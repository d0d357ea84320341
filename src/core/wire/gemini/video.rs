//! Videos: an operation that is begun, asked for until it is done, and fetched.

use serde_json::Value;

use super::request::method;
use super::{object, only, refusal, text};
use crate::base::address::origin_of;
use crate::model::http::{Credential, HttpRequest, Reading};
use crate::model::{ErrorCode, File, VideoRequest};
use crate::wire::refusal::Refusal;
use crate::wire::{WireError, get, place_of, post, with_files};

/// The longest name of an operation that is believed, bytes.
const NAME_LIMIT: usize = 512;

/// An operation, when it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoState {
    /// It goes on.
    Running,
    /// The video lies here.
    Done(String),
}

/// A request that begins a video of so many seconds.
pub fn begin_video(
    root: &str,
    credential: Option<&Credential>,
    model: &str,
    request: &VideoRequest,
    seconds: Option<u32>,
) -> HttpRequest {
    let image = |file: &File| {
        let data = ("bytesBase64Encoded", Some(Value::from(place_of(file))));
        object(&mut [data, ("mimeType", Some(Value::from(file.media_type.as_str())))])
    };
    let instance = object(&mut [
        ("prompt", Some(Value::from(request.prompt.as_str()))),
        ("image", request.source.as_ref().map(image)),
    ]);
    let parameters = object(&mut [
        ("aspectRatio", request.aspect_ratio.map(|ratio| Value::from(ratio.as_str()))),
        ("durationSeconds", seconds.map(Value::from)),
    ]);
    let body =
        object(&mut [("instances", Some(Value::Array(vec![instance]))), ("parameters", Some(parameters))]);
    let sent = post(method(root, model, "predictLongRunning"), credential, &body);
    with_files(sent, request.source.iter())
}

/// The name under which the video is asked for.
pub fn parse_begun(body: &[u8]) -> Result<String, WireError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| WireError::not_json(&error))?;
    if let Some(error) = refusal::inside(&value) {
        return Err(error);
    }
    let name = text(value.get("name")).filter(|name| is_name(name));
    name.map(str::to_owned).ok_or_else(WireError::misfit)
}

/// A name goes into an address: nothing in it leads elsewhere.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    name.len() <= NAME_LIMIT
        && name.bytes().all(is_plain)
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// A request that asks for it.
pub fn operation(root: &str, credential: Option<&Credential>, name: &str) -> HttpRequest {
    get(format!("{root}/{name}"), credential)
}

/// How it stands, or why there is none.
pub fn parse_operation(body: &[u8]) -> Result<VideoState, WireError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| WireError::not_json(&error))?;
    if value.get("done") != Some(&Value::Bool(true)) {
        return refusal::inside(&value).map_or(Ok(VideoState::Running), Err);
    }
    if let Some(error) = value.get("error").filter(|error| error.is_object()) {
        return Err(failed(error));
    }
    let made = value.pointer("/response/generateVideoResponse");
    let address = made.and_then(|made| text(made.pointer("/generatedSamples/0/video/uri")));
    if let Some(address) = address {
        return Ok(VideoState::Done(address.to_owned()));
    }
    let reason = made.and_then(|made| text(made.pointer("/raiMediaFilteredReasons/0")));
    Err(match reason {
        Some(reason) => Refusal::of(&Value::from(reason)).coded(ErrorCode::BlockedContent, None),
        None => WireError::new(ErrorCode::BadOutput, "The model was finished and had made no video."),
    })
}

/// Why an operation failed: the codes are those of `google.rpc.Code`, not of HTTP.
fn failed(error: &Value) -> WireError {
    let code = match error.get("code").and_then(Value::as_u64) {
        Some(3 | 9 | 11) => ErrorCode::InvalidRequest,
        Some(4) => ErrorCode::Timeout,
        Some(5) => ErrorCode::ModelMissing,
        Some(7) => ErrorCode::Permission,
        Some(8) => ErrorCode::RateLimited,
        Some(16) => ErrorCode::InvalidKey,
        _ => ErrorCode::Server,
    };
    Refusal::of(&only("error", error.clone())).coded(code, None)
}

/// A request for the video itself. The key goes along, so it has to lie at the server that was asked. That one may send on to where
/// its files are, with the key, if it is trusted as far as the cloud.
pub fn download(
    root: &str,
    credential: Option<&Credential>,
    address: &str,
    follows_redirects: bool,
) -> Result<HttpRequest, WireError> {
    let origin = origin_of(root)
        .filter(|origin| address.strip_prefix(*origin).is_some_and(|path| path.starts_with('/')));
    if origin.is_none() {
        let message = "The server wants its video to be fetched from elsewhere, where the key must not go.";
        return Err(WireError::new(ErrorCode::Protocol, message));
    }
    Ok(HttpRequest { reading: Reading::Outside, follows_redirects, ..get(address.to_owned(), credential) })
}
