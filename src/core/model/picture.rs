//! Requests for pictures and videos, and what comes of them. Their bytes stay on the JavaScript side: what is passed around
//! here is a handle.

use serde::Serialize;
use serde_json::Value;

use super::message::File;
use super::request::CacheMode;
use super::{Modality, PolicyInput, Receipt};

/// A blob that JavaScript holds for the mesh. From 2³¹ on they are of providers written in JavaScript.
pub type BlobHandle = u32;

/// A blob by its handle, with its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBlob {
    /// Its handle.
    pub blob: BlobHandle,
    /// Its size.
    pub bytes: u64,
}

/// Output tokens that a picture is reckoned as before it is made: what Gemini counts for one of a megapixel.
pub const TOKENS_OF_PICTURE: u64 = 1_290;

/// What a picture is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Flat and clear, as in a report.
    Infographic,
    /// As in a textbook.
    Scientific,
    /// As in a gallery.
    Artistic,
}

/// How a picture is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Workflow {
    /// By one of the mesh's own workflows.
    Style(Style),
    /// By the caller's own, in ComfyUI's API format.
    Own(#[cfg_attr(test, ts(type = "object"))] Value),
}

/// Width to height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AspectRatio {
    /// 1:1
    #[default]
    #[serde(rename = "1:1")]
    Square,
    /// 16:9
    #[serde(rename = "16:9")]
    Wide,
    /// 9:16
    #[serde(rename = "9:16")]
    Tall,
    /// 4:3
    #[serde(rename = "4:3")]
    Landscape,
    /// 3:4
    #[serde(rename = "3:4")]
    Portrait,
}

impl AspectRatio {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Square => "1:1",
            Self::Wide => "16:9",
            Self::Tall => "9:16",
            Self::Landscape => "4:3",
            Self::Portrait => "3:4",
        }
    }

    /// Width and height.
    pub const fn sides(self) -> (u32, u32) {
        match self {
            Self::Square => (1, 1),
            Self::Wide => (16, 9),
            Self::Tall => (9, 16),
            Self::Landscape => (4, 3),
            Self::Portrait => (3, 4),
        }
    }
}

/// A request for pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ImageRequest {
    /// The goal and limits; the mesh's own where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyInput>,
    /// Pins a model: `provider/id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether stored pictures may be used; where absent, if there is a seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheMode>,
    /// What is to be seen.
    pub prompt: String,
    /// What is not to be seen, for models that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// How it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    /// Width to height; where absent as suits the style, or the picture that is changed, and else square.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<AspectRatio>,
    /// Pixels, as near as the model can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, as near as the model can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// For pictures that can be had again, where the model can.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "number"))]
    pub seed: Option<u64>,
    /// Steps of a model that works in steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// How many; one where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The picture to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<File>,
    /// Where to change it: a picture of the same form, white where anything may change and black where nothing may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<File>,
}

/// A request for a video.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct VideoRequest {
    /// The goal and limits; the mesh's own where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyInput>,
    /// Pins a model: `provider/id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether stored videos may be used; where absent none are stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheMode>,
    /// What is to be seen.
    pub prompt: String,
    /// 16:9 or 9:16; as the model likes where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<AspectRatio>,
    /// Its length, as near as the model can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The picture that it begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<File>,
}

/// What is to be seen: pictures, or a video.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Pictures.
    Image(Box<ImageRequest>),
    /// A video.
    Video(Box<VideoRequest>),
}

impl Wish {
    /// What is wished for.
    pub const fn modality(&self) -> Modality {
        match self {
            Self::Image(_) => Modality::Image,
            Self::Video(_) => Modality::Video,
        }
    }

    /// Whether what is stored may be used, and what is made is stored.
    pub const fn cache(&self) -> Option<CacheMode> {
        match self {
            Self::Image(request) => request.cache,
            Self::Video(request) => request.cache,
        }
    }

    /// How many.
    pub fn count(&self) -> u32 {
        match self {
            Self::Image(request) => request.count.unwrap_or(1),
            Self::Video(_) => 1,
        }
    }
}

/// A picture that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// Its bytes.
    pub blob: BlobHandle,
    /// How many they are.
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    pub bytes: u64,
    /// What they are: `image/png`.
    pub media_type: String,
    /// With which it can be had again, where the model has such a thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "number"))]
    pub seed: Option<u64>,
}

/// Pictures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ImageResult {
    /// As many as were asked for, or fewer with a warning.
    pub images: Vec<Picture>,
    /// What happened, and what it cost.
    pub receipt: Receipt,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct VideoResult {
    /// Its bytes.
    pub video: BlobHandle,
    /// What they are: `video/mp4`.
    pub media_type: String,
    /// What happened, and what it cost.
    pub receipt: Receipt,
}
