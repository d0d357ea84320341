//! Floor 1: the nouns that every other floor speaks in. What crosses to JavaScript is serde data in
//! camelCase; `typescript.rs` writes its TypeScript.

pub mod cache;
pub mod capability;
pub mod decision;
pub mod diagnosis;
pub mod error;
pub mod event;
mod from_json;
pub mod health;
pub mod http;
pub mod message;
pub mod metrics;
pub mod model_config;
pub mod node;
pub mod options;
pub mod pace;
pub mod picture;
pub mod policy;
pub mod receipt;
pub mod report;
pub mod request;
pub mod storage;

pub use capability::Capabilities;
pub use decision::{Decision, Estimate, Exclusion, Explanation, Reason, Score};
pub use error::{Error, ErrorCode, Partial};
pub use event::{CustomEvent, Event};
pub use message::{Content, File, Message, Text, Tool, ToolCall, ToolChoice};
pub use model_config::{
    EVALUATED, FactProvenance, Locality, LongPromptPrice, Modality, ModelConfig, ModelKey, Price, Provenance,
    Quality,
};
pub use node::{InputKind, NodeClass, NodeClasses, NodeInput};
pub use options::{MeshOptions, ProviderKind, ProviderOptions, Timeouts};
pub use pace::{Measured, Pace};
pub use picture::{ImageRequest, ImageResult, VideoRequest, VideoResult, Wish};
pub use policy::{Goal, Policy, PolicyInput};
pub use receipt::{Attempt, CostKind, FinishReason, Receipt, TextResult, Usage};
pub use request::{Reasoning, TextRequest};
