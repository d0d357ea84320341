//! What the server is, and which files it has.

use serde_json::Value;

use super::{ServerFile, body_of, no_comfyui};
use crate::wire::WireError;
use crate::wire::tolerant::count;

/// What the server is and runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemStats {
    /// Such as `0.3.64`.
    pub version: Option<String>,
    /// Graphics cards, or the processor.
    pub devices: Vec<Device>,
}

/// Something that computes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// For people.
    pub name: String,
    /// `cuda`, `mps`, `cpu` …
    pub kind: String,
    /// Its memory, bytes; of a `cpu` the machine's.
    pub memory_bytes: Option<u64>,
    /// What of that is free, bytes.
    pub free_bytes: Option<u64>,
}

/// Reads `/system_stats`.
pub fn parse_system_stats(body: &[u8]) -> Result<SystemStats, WireError> {
    let body = body_of(body)?;
    let system = body.get("system").filter(|system| system.is_object()).ok_or_else(no_comfyui)?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let device = |device: &Value| Device {
        name: text(device, "name").unwrap_or_default(),
        kind: text(device, "type").unwrap_or_default(),
        memory_bytes: count(device.get("vram_total")),
        free_bytes: count(device.get("vram_free")),
    };
    Ok(SystemStats {
        version: text(system, "comfyui_version"),
        devices: body.get("devices").and_then(Value::as_array).into_iter().flatten().map(device).collect(),
    })
}

/// Reads `/models/{folder}`: names, with the separators of the server's system, to be sent back as they are.
pub fn parse_models(body: &[u8]) -> Result<Vec<String>, WireError> {
    let body = body_of(body)?;
    let files = body.as_array().ok_or_else(no_comfyui)?;
    Ok(files.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Reads `/view_metadata/{folder}`: the architecture, such as `stable-diffusion-xl-v1-base`, where the file says so.
pub fn parse_architecture(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("modelspec.architecture")?.as_str().map(str::to_owned)
}

/// Reads the answer to an upload: what the file is called now.
pub fn parse_upload(body: &[u8]) -> Result<ServerFile, WireError> {
    let body = body_of(body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(ServerFile {
        filename: text("name").filter(|name| !name.is_empty()).ok_or_else(no_comfyui)?,
        subfolder: text("subfolder").unwrap_or_default(),
        kind: text("type").unwrap_or_else(|| "input".to_owned()),
    })
}
