//! How the nouns that come from JavaScript, or from the store, are read.

use litemap::LiteMap;
use serde_json::Value;

use super::decision::Parameter;
use super::diagnosis::{Browser, Circumstances, Permission};
use super::event::CustomUsage;
use super::message::{Content, File, Text, ToolMode};
use super::metrics::{GenerationMetrics, Range, SplitBy, TimelineOptions};
use super::options::{
    CacheChoice, CacheOptions, DataCollection, HostOrder, OpenRouterOptions, TimeoutOptions,
};
use super::picture::{AspectRatio, Style, Workflow};
use super::policy::{ContextPolicy, Fallback, Hedge, OnCut, Within};
use super::receipt::Source;
use super::request::{CacheMode, DiscoverRequest, EmbedRequest};
use super::storage::Storage;
use super::{
    CostKind, CustomEvent, Decision, ErrorCode, Estimate, FactProvenance, FinishReason, Goal, ImageRequest,
    Locality, LongPromptPrice, MeshOptions, Message, Modality, ModelConfig, Policy, PolicyInput, Price,
    Provenance, ProviderKind, ProviderOptions, Quality, Reason, Reasoning, TextRequest, Tool, ToolCall,
    ToolChoice, Usage, VideoRequest,
};
use crate::base::json::{Fields, FromJson, Misfit, word};
use crate::base::time::Wall;

/// Nouns that are one of a few words.
macro_rules! words {
    ($($noun:ident: $($word:literal => $meaning:ident),+;)+) => {
        $(impl FromJson for $noun {
            fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
                word(&value, place, &[$(($word, Self::$meaning)),+])
            }
        })+
    };
}

words! {
    Locality: "page" => Page, "device" => Device, "network" => Network, "cloud" => Cloud;
    Modality: "text" => Text, "image" => Image, "video" => Video;
    Quality: "low" => Low, "medium" => Medium, "high" => High;
    Storage: "indexeddb" => IndexedDb, "memory" => Memory;
    Goal: "privacy" => Privacy, "cost" => Cost, "quality" => Quality, "speed" => Speed, "balanced" => Balanced;
    Within: "page" => Page, "device" => Device, "network" => Network;
    OnCut: "continue" => Continue, "restart" => Restart, "fail" => Fail;
    ContextPolicy: "error" => Error, "trim" => Trim;
    Reasoning: "off" => Off, "low" => Low, "medium" => Medium, "high" => High;
    CacheMode: "use" => Use, "refresh" => Refresh, "off" => Off;
    ToolMode: "auto" => Auto, "none" => None, "required" => Required;
    Provenance: "probed" => Probed, "listed" => Listed, "snapshot" => Snapshot, "guessed" => Guessed;
    FinishReason: "stop" => Stop, "length" => Length, "tool-calls" => ToolCalls, "content-filter" => ContentFilter;
    DataCollection: "allow" => Allow, "deny" => Deny;
    HostOrder: "price" => Price, "throughput" => Throughput, "latency" => Latency;
    Browser: "chromium" => Chromium, "firefox" => Firefox, "safari" => Safari, "other" => Other;
    Permission: "granted" => Granted, "denied" => Denied, "prompt" => Prompt;
    ProviderKind: "gemini" => Gemini, "ollama" => Ollama, "openrouter" => OpenRouter, "comfyui" => ComfyUi,
        "openai" => OpenAi;
    CostKind: "billed" => Billed, "computed" => Computed, "estimated" => Estimated, "free" => Free, "unknown" => Unknown;
    Style: "infographic" => Infographic, "scientific" => Scientific, "artistic" => Artistic;
    AspectRatio: "1:1" => Square, "16:9" => Wide, "9:16" => Tall, "4:3" => Landscape, "3:4" => Portrait;
    SplitBy: "model" => Model, "provider" => Provider, "type" => Type;
}

/// Nouns whose fields stand one beside the other. `need` has to be there, `take` may be absent.
macro_rules! objects {
    ($($noun:ident { $($how:ident $field:ident: $name:literal),+ $(,)? })+) => {
        $(impl $noun {
            fn from_fields(mut fields: Fields) -> Result<Self, Misfit> {
                let read = Self { $($field: fields.$how($name)?),+ };
                fields.end()?;
                Ok(read)
            }
        }

        impl FromJson for $noun {
            fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
                Self::from_fields(Fields::of(value, place)?)
            }
        })+
    };
}

objects! {
    Price {
        need input: "input", need output: "output", take cached_input: "cachedInput",
        take reasoning: "reasoning", take image: "image", take request: "request", take long_prompt: "longPrompt",
    }
    LongPromptPrice {
        need above: "above", need input: "input", need output: "output", take cached_input: "cachedInput",
    }
    ModelConfig {
        need id: "id", need name: "name", need provider: "provider", need modality: "type",
        need capabilities: "capabilities", take cost_per_token: "costPerToken", need quality: "quality",
        need is_local: "isLocal", need is_available: "isAvailable", take locality: "locality",
        take context_length: "contextLength", take warm: "warm", take size_bytes: "sizeBytes", take price: "price",
        take max_output_tokens: "maxOutputTokens", take family: "family", take provenance: "provenance",
    }
    FactProvenance {
        take price: "price", take context_length: "contextLength", take capabilities: "capabilities",
        take quality: "quality",
    }
    File {
        need media_type: "mediaType", need file: "file", need bytes: "bytes", take name: "name",
        take digest: "digest",
    }
    Source { need title: "title", need url: "url" }
    Usage {
        need input_tokens: "inputTokens", need output_tokens: "outputTokens",
        take cached_input_tokens: "cachedInputTokens", take reasoning_tokens: "reasoningTokens",
        need estimated: "estimated",
    }
    CacheOptions {
        take ttl_ms: "ttlMs", take max_bytes: "maxBytes",
        take stale_while_revalidate_ms: "staleWhileRevalidateMs",
    }
    Tool { need name: "name", take description: "description", need input_schema: "inputSchema" }
    Policy {
        take goal: "goal", take stay_within: "stayWithin", take max_cost: "maxCost",
        take max_first_token_ms: "maxFirstTokenMs", take max_total_ms: "maxTotalMs", take min_quality: "minQuality",
        take allow: "allow", take deny: "deny", take prefer: "prefer", take fallback: "fallback",
        take on_cut: "onCut", take hedge: "hedge", take context: "context",
    }
    TextRequest {
        take id: "id", take policy: "policy", take model: "model", take cache: "cache", take prompt: "prompt",
        take messages: "messages", take system: "system", take files: "files", take tools: "tools", take tool_choice: "toolChoice",
        take schema: "schema", take search: "search", take reasoning: "reasoning",
        take max_output_tokens: "maxOutputTokens", take temperature: "temperature", take top_p: "topP",
        take stop: "stop", take seed: "seed",
    }
    ImageRequest {
        take policy: "policy", take model: "model", take cache: "cache", need prompt: "prompt",
        take negative_prompt: "negativePrompt", take workflow: "workflow", take aspect_ratio: "aspectRatio",
        take width: "width", take height: "height", take seed: "seed", take steps: "steps", take count: "count",
        take source: "source", take mask: "mask",
    }
    VideoRequest {
        take policy: "policy", take model: "model", take cache: "cache", need prompt: "prompt",
        take aspect_ratio: "aspectRatio", take seconds: "seconds", take source: "source",
    }
    GenerationMetrics {
        need model_id: "modelId", need provider: "provider", need duration: "duration", need success: "success",
        take cost: "cost", take tokens: "tokens", take usage: "usage", need modality: "type", need at: "at",
        take first_token_ms: "firstTokenMs", take error: "error", need cached: "cached", need is_local: "isLocal",
        take locality: "locality", take cancelled: "cancelled", take goal: "goal", take decision: "decision", take attempts: "attempts",
        take queue_ms: "queueMs", take connect_ms: "connectMs", take tokens_per_second: "tokensPerSecond",
        take cost_kind: "costKind",
    }
    Range { take from: "from", take to: "to" }
    TimelineOptions { take from: "from", take to: "to", take step_ms: "stepMs", take by: "by" }
    EmbedRequest { need texts: "texts", take model: "model", take policy: "policy", take cache: "cache" }
    DiscoverRequest { take providers: "providers", take scan: "scan" }
    Circumstances {
        need browser: "browser", need is_online: "isOnline", need is_secure: "isSecure", take loopback: "loopback",
        take local: "local", need stopped: "stopped",
    }
    Estimate {
        take cost: "cost", need first_token_ms: "firstTokenMs", need total_ms: "totalMs",
        need input_tokens: "inputTokens", need output_tokens: "outputTokens",
    }
    Decision {
        need chosen: "chosen", need chain: "chain", need goal: "goal", need why: "why",
        need difficulty: "difficulty", need sensitive: "sensitive", need estimate: "estimate",
    }
    CustomUsage {
        need input_tokens: "inputTokens", need output_tokens: "outputTokens",
        take cached_input_tokens: "cachedInputTokens", take reasoning_tokens: "reasoningTokens",
    }
    OpenRouterOptions {
        take title: "title", take data_collection: "dataCollection", take zero_data_retention: "zeroDataRetention",
        take order: "order", take only: "only", take ignore: "ignore", take sort: "sort",
        take allow_fallbacks: "allowFallbacks",
    }
    ProviderOptions {
        take kind: "kind", take endpoint: "endpoint", take locality: "locality", take headers: "headers",
        take openrouter: "openrouter", take disabled: "disabled",
    }
    TimeoutOptions {
        take connect_ms: "connectMs", take first_token_ms: "firstTokenMs", take idle_ms: "idleMs",
        take total_ms: "totalMs",
    }
    MeshOptions {
        take providers: "providers", take policy: "policy", take timeouts: "timeouts", take storage: "storage",
        take cache: "cache",
        take budget: "budget", take guard: "guard", take limits: "limits", take page_origin: "pageOrigin",
    }
}

impl<T: FromJson> FromJson for LiteMap<String, T> {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut read = Self::new();
        for (name, value) in Fields::of(value, place)?.rest() {
            let inside = [place, ".", &name].concat();
            read.insert(name, T::from_json(value, &inside)?);
        }
        Ok(read)
    }
}

/// Epoch milliseconds.
impl FromJson for Wall {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        i64::from_json(value, place).map(Self::from_epoch_millis)
    }
}

impl FromJson for ToolCall {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let read = Self {
            id: fields.need("id")?,
            name: fields.need("name")?,
            // `null` is an input like any other.
            input: fields.take("input")?.unwrap_or(Value::Null),
            opaque: fields.take("opaque")?,
        };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for Content {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        if word(&fields.need("type")?, &[place, ".type"].concat(), &[("text", false), ("file", true)])? {
            return File::from_fields(fields).map(Self::File);
        }
        let read = Self::Text { text: fields.need("text")? };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for Text {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::String(whole) => Ok(Self::Whole(whole)),
            Value::Array(_) => Vec::from_json(value, place).map(Self::Pieces),
            _ => Err(Misfit::wanted(place, "text, or a list of pieces")),
        }
    }
}

#[derive(Clone, Copy)]
enum Role {
    System,
    User,
    Assistant,
    Tool,
}

impl FromJson for Message {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let roles = [
            ("system", Role::System),
            ("user", Role::User),
            ("assistant", Role::Assistant),
            ("tool", Role::Tool),
        ];
        let role = word(&fields.need("role")?, &[place, ".role"].concat(), &roles)?;
        let content = fields.need("content")?;
        let read = match role {
            Role::System => Self::System { content },
            Role::User => Self::User { content },
            Role::Assistant => Self::Assistant {
                content,
                tool_calls: fields.take("toolCalls")?.unwrap_or_default(),
                opaque: fields.take("opaque")?,
            },
            Role::Tool => Self::Tool { content, tool_call_id: fields.need("toolCallId")? },
        };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for ToolChoice {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        if value.is_string() {
            return ToolMode::from_json(value, place).map(Self::Mode);
        }
        let mut fields = Fields::of(value, place)?;
        let read = Self::Named { name: fields.need("name")? };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for Fallback {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::Bool(is_allowed) => Ok(Self::Allowed(is_allowed)),
            Value::Array(_) => Vec::from_json(value, place).map(Self::Models),
            _ => Err(Misfit::wanted(place, "true, false or a list of models")),
        }
    }
}

impl FromJson for Hedge {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        if let Value::Bool(is_allowed) = value {
            return Ok(Self::Allowed(is_allowed));
        }
        let mut fields = Fields::of(value, place)?;
        let read = Self::After { after_ms: fields.take("afterMs")? };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for CacheChoice {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::Bool(false) => Ok(Self::Off(false)),
            Value::Object(_) => CacheOptions::from_json(value, place).map(Self::On),
            _ => Err(Misfit::wanted(place, "false or options")),
        }
    }
}

impl FromJson for PolicyInput {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        if value.is_string() {
            Goal::from_json(value, place).map(Self::Goal)
        } else {
            Box::from_json(value, place).map(Self::Policy)
        }
    }
}

impl FromJson for Workflow {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        if value.is_string() {
            Style::from_json(value, place).map(Self::Style)
        } else if value.is_object() {
            Ok(Self::Own(value))
        } else {
            Err(Misfit::wanted(place, "the name of a workflow, or one of ComfyUI's API format"))
        }
    }
}

impl FromJson for Parameter {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        match value {
            Value::String(text) => Ok(Self::Text(text)),
            _ => f64::from_json(value, place).map(Self::Number),
        }
    }
}

impl FromJson for Reason {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let read = Self {
            code: fields.need("code")?,
            message: fields.need("message")?,
            params: fields.take("params")?.unwrap_or_default(),
        };
        fields.end()?;
        Ok(read)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    TextDelta,
    ReasoningDelta,
    ToolCall,
    Source,
    Progress,
    Preview,
    Image,
    Usage,
    Finish,
}

impl FromJson for CustomEvent {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        let kinds = [
            ("text-delta", Kind::TextDelta),
            ("reasoning-delta", Kind::ReasoningDelta),
            ("tool-call", Kind::ToolCall),
            ("source", Kind::Source),
            ("progress", Kind::Progress),
            ("preview", Kind::Preview),
            ("image", Kind::Image),
            ("usage", Kind::Usage),
            ("finish", Kind::Finish),
        ];
        let read = match word(&fields.need("type")?, &[place, ".type"].concat(), &kinds)? {
            Kind::TextDelta => Self::TextDelta { text: fields.need("text")? },
            Kind::ReasoningDelta => Self::ReasoningDelta { text: fields.need("text")? },
            Kind::ToolCall => Self::ToolCall {
                id: fields.need("id")?,
                name: fields.need("name")?,
                input: fields.take("input")?.unwrap_or(Value::Null),
            },
            Kind::Source => Self::Source { title: fields.need("title")?, url: fields.need("url")? },
            Kind::Progress => Self::Progress {
                value: fields.need("value")?,
                max: fields.need("max")?,
                node: fields.take("node")?,
            },
            Kind::Preview => Self::Preview { blob: fields.need("blob")? },
            Kind::Image => Self::Image {
                blob: fields.need("blob")?,
                bytes: fields.need("bytes")?,
                media_type: fields.need("mediaType")?,
            },
            Kind::Usage => Self::Usage { usage: fields.need("usage")? },
            Kind::Finish => Self::Finish { reason: fields.need("reason")? },
        };
        fields.end()?;
        Ok(read)
    }
}

impl FromJson for ErrorCode {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let found = value.as_str().and_then(|text| Self::ALL.into_iter().find(|code| code.as_str() == text));
        found.ok_or_else(|| Misfit::wanted(place, "the code of an error"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json::read;

    fn refusal<T: FromJson + core::fmt::Debug>(json: &str) -> String {
        read::<T>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_in_a_request_is_named_by_its_place() {
        for (json, said) in [
            (r#"{"foo":1}"#, "`foo` is not known here."),
            (r#"{"policy":{"maxcost":1}}"#, "`policy.maxcost` is not known here."),
            (r#"{"policy":{"maxCost":"cheap"}}"#, "`policy.maxCost` has to be a number."),
            (r#"{"maxOutputTokens":-1}"#, "`maxOutputTokens` has to be a whole number from 0 to 4294967295."),
            (r#"{"seed":1.5}"#, "`seed` has to be a whole number."),
            (r#"{"messages":[{"role":"user"}]}"#, "`messages[0].content` is missing."),
            (
                r#"{"messages":[{"role":"king","content":""}]}"#,
                "`messages[0].role` has to be one of \"system\", \"user\", \"assistant\", \"tool\".",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"file"}]}]}"#,
                "`messages[0].content[0].mediaType` is missing.",
            ),
            (
                r#"{"policy":"fast"}"#,
                "`policy` has to be one of \"privacy\", \"cost\", \"quality\", \"speed\", \"balanced\".",
            ),
            ("[]", "It has to be an object."),
        ] {
            assert_eq!(refusal::<TextRequest>(json), said);
        }
    }

    #[test]
    fn nothing_of_what_was_said_stands_in_a_refusal() {
        const SECRET: &str = "my secret";
        for body in [
            format!(r#"{{"temperature":"{SECRET}"}}"#),
            format!(r#"{{"messages":"{SECRET}"}}"#),
            format!(r#"{{"messages":["{SECRET}"]}}"#),
            format!(r#"{{"messages":[{{"role":"{SECRET}","content":""}}]}}"#),
            format!(r#"{{"reasoning":"{SECRET}"}}"#),
            format!(r#"{{"toolChoice":"{SECRET}"}}"#),
            format!(r#""{SECRET}""#),
            format!(r#"{{"prompt":"{SECRET}"#),
        ] {
            assert!(!refusal::<TextRequest>(&body).contains("secret"), "{body}");
        }
    }

    #[test]
    fn every_form_that_the_contract_allows_is_read() {
        let request = r#"{
            "id":"a","policy":{"goal":"cost","stayWithin":"network","maxCost":1,"maxFirstTokenMs":2,"maxTotalMs":3,
            "minQuality":"low","allow":["a"],"deny":["b"],"prefer":["c"],"fallback":["d"],"onCut":"fail",
            "hedge":{"afterMs":5},"context":"trim"},"model":"a/b","cache":"off","messages":[
            {"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"t"},{"type":"file","mediaType":"image/png","file":3,"bytes":9,"name":"n"}]},
            {"role":"assistant","content":"","toolCalls":[{"id":"1","name":"f","input":null,"opaque":7}],"opaque":[1]},
            {"role":"tool","toolCallId":"1","content":"r"}],"system":"x","files":[{"mediaType":"image/png","file":4,"bytes":1}],"tools":[{"name":"f","inputSchema":{}}],
            "toolChoice":{"name":"f"},"schema":{"type":"object"},"search":true,"reasoning":"high",
            "maxOutputTokens":9,"temperature":0.5,"topP":1,"stop":["x"],"seed":-3}"#;
        let read: TextRequest = read(request.as_bytes()).unwrap();
        // Written again, nothing is lost.
        let written = serde_json::to_value(&read).unwrap();
        let original: Value = serde_json::from_str(request).unwrap();
        let (Value::Object(written), Value::Object(original)) = (written, original) else { panic!() };
        assert_eq!(written.keys().collect::<Vec<_>>(), original.keys().collect::<Vec<_>>());
        assert_eq!(TextRequest::from_json(Value::Object(written), "").unwrap(), read);
    }

    #[test]
    fn every_error_code_is_read_again() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_json(Value::from(code.as_str()), "").unwrap(), code);
        }
    }
}
