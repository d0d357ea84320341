//! Writes the TypeScript of everything that crosses to JavaScript, from the Rust types themselves. The test fails
//! where the written file is out of date; `HKM_UPDATE_TYPES=1` writes it anew.

use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::base::time::Wall;
use crate::model::{
    cache, decision, diagnosis, error, event, health, message, metrics, model_config, options, picture,
    policy, receipt, report, request, storage,
};

const FILE: &str = "../../pkg/src/generated/types.ts";

const HEAD: &str = "// Written from the Rust types by src/core/typescript.rs. Do not edit:\n\
                    // HKM_UPDATE_TYPES=1 cargo test -p hkm-mesh-core typescript\n";

/// The declarations of these types, exported.
macro_rules! declarations {
    ($config:expr, $($type:ty),+ $(,)?) => {
        [$(format!("\nexport {}\n", <$type>::decl($config))),+].concat()
    };
}

#[allow(clippy::too_many_lines)] // It is a list.
fn written() -> String {
    let config = Config::default();
    let declarations = declarations!(
        &config,
        Wall,
        model_config::Locality,
        model_config::Modality,
        model_config::Quality,
        model_config::LongPromptPrice,
        model_config::Price,
        model_config::Provenance,
        model_config::FactProvenance,
        model_config::ModelConfig,
        message::File,
        message::Content,
        message::Text,
        message::ToolCall,
        message::Message,
        message::Tool,
        message::ToolMode,
        message::ToolChoice,
        policy::Goal,
        policy::Within,
        policy::Fallback,
        policy::OnCut,
        policy::Hedge,
        policy::ContextPolicy,
        policy::Policy,
        policy::PolicyInput,
        request::Reasoning,
        request::CacheMode,
        request::TextRequest,
        picture::Style,
        picture::Workflow,
        picture::AspectRatio,
        picture::ImageRequest,
        picture::Picture,
        picture::ImageResult,
        picture::VideoResult,
        decision::Parameter,
        decision::Reason,
        decision::Estimate,
        decision::Decision,
        decision::Score,
        decision::Exclusion,
        decision::Explanation,
        receipt::FinishReason,
        receipt::Usage,
        receipt::CostKind,
        receipt::Attempt,
        receipt::CacheTier,
        receipt::Cached,
        receipt::Receipt,
        receipt::Source,
        receipt::TextResult,
        event::Event,
        event::CustomUsage,
        event::CustomEvent,
        error::ErrorCode,
        error::Partial,
        error::Error,
        storage::Storage,
        storage::StorageState,
        options::ProviderKind,
        options::DataCollection,
        options::HostOrder,
        options::OpenRouterOptions,
        options::ProviderOptions,
        options::TimeoutOptions,
        options::CacheOptions,
        options::CacheChoice,
        options::MeshOptions,
        cache::CacheStats,
        health::ProviderState,
        health::Breaker,
        health::ModelHealth,
        health::ProviderHealth,
        report::ProviderDiscovery,
        report::DiscoveryReport,
        report::KeyLife,
        report::KeyVerdict,
        report::PullProgress,
        report::QueueState,
        report::QueueEntry,
        report::PendingGeneration,
        report::BatchItem,
        report::BatchReport,
        diagnosis::Likelihood,
        diagnosis::Cause,
        diagnosis::Evidence,
        diagnosis::DiagnosisSubject,
        diagnosis::Diagnosis,
        metrics::GenerationMetrics,
        metrics::Range,
        metrics::SplitBy,
        metrics::TimelineOptions,
        metrics::TokenCounts,
        metrics::CostCounts,
        metrics::Summary,
        metrics::Trend,
        metrics::Costs,
        metrics::UsageCounts,
        metrics::Judgement,
        metrics::AnomalyKind,
        metrics::Anomaly,
        metrics::PerformanceReport,
        metrics::TimePoint,
    );
    format!("{HEAD}{declarations}")
}

#[test]
fn the_written_types_are_those_of_the_sources() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let wanted = written();
    if std::env::var_os("HKM_UPDATE_TYPES").is_some() {
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder can be made");
        fs::write(&path, &wanted).expect("the file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "pkg/src/generated/types.ts is out of date; run HKM_UPDATE_TYPES=1 cargo test -p hkm-mesh-core typescript"
    );
}

#[test]
fn nothing_that_crosses_is_untyped() {
    let code: String = written()
        .lines()
        .filter(|line| !line.trim_start().starts_with(['*', '/']))
        // What stands between quotation marks is a value, not a type.
        .flat_map(|line| line.split('"').step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect::<Vec<_>>()
        .join(" ");
    for untyped in ["any", "bigint"] {
        let mut words = code.split(|letter: char| !letter.is_alphanumeric());
        assert!(!words.any(|word| word == untyped), "{untyped} stands in the types");
    }
}
