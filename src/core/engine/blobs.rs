//! Pictures and videos that the page holds for the engine, which knows them by a handle: their bytes never come in here.

use super::io::{BlobOf, Output};
use super::shared::Shared;
use crate::model::picture::BlobHandle;

impl Shared {
    /// Has a blob made, under a new handle.
    pub(super) fn keep_blob(&mut self, of: BlobOf) -> BlobHandle {
        let handle = self.next_blob;
        // From 2³¹ on they are the page's own.
        self.next_blob = (handle + 1) & 0x7fff_ffff;
        self.push(Output::KeepBlob(handle, of));
        handle
    }

    /// Nobody will ask for these any more.
    pub(super) fn drop_blobs(&mut self, blobs: impl IntoIterator<Item = BlobHandle>) {
        let blobs: Vec<BlobHandle> = blobs.into_iter().collect();
        if !blobs.is_empty() {
            self.push(Output::DropBlobs(blobs));
        }
    }
}
