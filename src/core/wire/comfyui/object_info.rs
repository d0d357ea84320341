//! What nodes are like.

use super::{body_of, no_comfyui};
use crate::model::NodeClass;
use crate::wire::WireError;

/// Reads `/object_info/{class}`; `None` where the server does not have that node. The answer for all nodes is read too.
pub fn parse_object_info(body: &[u8], class: &str) -> Result<Option<NodeClass>, WireError> {
    let body = body_of(body)?;
    if !body.is_object() {
        return Err(no_comfyui());
    }
    body.get(class).map(|class| NodeClass::of(class).ok_or_else(no_comfyui)).transpose()
}
