//! Lists of models, what they are like, and their downloads.

use super::{fixture, says_the_same_however_it_is_cut};
use crate::model::ErrorCode;
use crate::model::report::PullProgress;
use crate::wire::ollama::{
    OllamaDetails, OllamaModel, PullDecoder, RunningModel, normalise_name, parse_ps, parse_show, parse_tags,
    parse_version,
};
use crate::wire::openai;
use crate::wire::{ListedModel, WireError};

#[test]
fn models_are_listed_with_the_context_that_is_really_served() {
    let parse_models = |body: &[u8]| openai::parse_models(body).map(|page| page.models);
    let model = |id: &str, context_length| ListedModel {
        id: id.to_owned(),
        context_length,
        ..ListedModel::default()
    };
    assert_eq!(parse_models(&fixture("openai/models.json")).unwrap(), [model("handmade", Some(8_192))]);
    let list = br#"{"object":"list","data":[
        {"id":"a","context_length":4096,"meta":{"n_ctx_train":8192}},
        {"id":"b","meta":{"n_ctx_train":8192,"n_ctx":2048}},
        {"id":"c","max_model_len":32768},
        {"id":"d","top_provider":{"context_length":1000}},
        {"id":"e","context_length":null},
        {"id":""},{"name":"nameless"},7]}"#;
    let expected = [
        model("a", Some(4_096)),
        model("b", Some(2_048)),
        model("c", Some(32_768)),
        model("d", Some(1_000)),
        model("e", None),
    ];
    assert_eq!(parse_models(list).unwrap(), expected);
    assert_eq!(parse_models(br#"[{"id":"bare"}]"#).unwrap(), [model("bare", None)]);
    assert_eq!(parse_models(br#"{"data":null}"#).unwrap(), []);
    for (body, code) in [
        (r#"{"error":{"message":"Invalid API Key","code":401}}"#, ErrorCode::InvalidKey),
        ("<html>", ErrorCode::Protocol),
        ("{}", ErrorCode::Protocol),
        ("Ollama is running", ErrorCode::Protocol),
    ] {
        assert_eq!(parse_models(body.as_bytes()).unwrap_err().code, code, "{body}");
    }
}

#[test]
fn the_recorded_list_of_models_is_read() {
    let model = |name: &str, size: u64, digest: &str, capabilities: &[&str]| OllamaModel {
        name: name.to_owned(),
        size_bytes: Some(size),
        digest: Some(digest.to_owned()),
        family: Some("llama".to_owned()),
        parameters: Some(134_520_000),
        context_length: Some(8_192),
        capabilities: Some(capabilities.iter().map(|name| (*name).to_owned()).collect()),
        is_remote: false,
    };
    assert_eq!(
        parse_tags(&fixture("ollama/tags.body")).unwrap(),
        [
            model(
                "smollm2-agent:135m",
                98_363_460,
                "2adec167867a78b243ea82330ef77be9d87061dec6eaf5f1b422732034819063",
                &["completion", "tools", "thinking"],
            ),
            model(
                "smollm2:135m",
                98_362_745,
                "765525e6017ab6ad369d812befc610782d2c43da14435f795b5922a44187b6aa",
                &["completion"],
            ),
        ]
    );
}

#[test]
fn lists_of_other_versions_are_read_too() {
    assert_eq!(parse_tags(br#"{"models":null}"#).unwrap(), []);
    assert_eq!(parse_tags(br#"{"models":[]}"#).unwrap(), []);
    let listed = parse_tags(
        br#"{"models":[{"name":"old:latest"},{"model":"gpt-oss:120b-cloud","details":{"families":null}},
            {"name":"far:latest","remote_host":"https://ollama.com:443"},{"name":"qwen:cloud"},{"name":"cloud:7b"},
            {"name":"mix:8x7b","details":{"parameter_size":"8x7B"}},{"name":"b","details":{"parameter_size":"8.2B"}},
            {"name":"c","details":{"parameter_size":""}},{},3]}"#,
    )
    .unwrap();
    let seen: Vec<_> =
        listed.iter().map(|model| (model.name.as_str(), model.is_remote, model.parameters)).collect();
    assert_eq!(
        seen,
        [
            ("old:latest", false, None),
            ("gpt-oss:120b-cloud", true, None),
            ("far:latest", true, None),
            ("qwen:cloud", true, None),
            ("cloud:7b", false, None),
            ("mix:8x7b", false, Some(56_000_000_000)),
            ("b", false, Some(8_200_000_000)),
            ("c", false, None),
        ]
    );
    assert_eq!(listed[0].capabilities, None);
    for body in ["", "Ollama is running", "[]", "{}", "{\"models\":7}", "<html>"] {
        assert_eq!(parse_tags(body.as_bytes()).unwrap_err().code, ErrorCode::Protocol, "{body}");
    }
}

#[test]
fn recorded_details_are_read() {
    let details = |capabilities: &[&str]| OllamaDetails {
        context_length: Some(8_192),
        num_ctx: None,
        family: Some("llama".to_owned()),
        parameters: Some(134_515_008),
        capabilities: Some(capabilities.iter().map(|name| (*name).to_owned()).collect()),
        is_remote: false,
    };
    assert_eq!(parse_show(&fixture("ollama/show.body")).unwrap(), details(&["completion"]));
    assert_eq!(
        parse_show(&fixture("ollama/show_tools_thinking_caps.body")).unwrap(),
        details(&["completion", "tools", "thinking"])
    );
    assert_eq!(parse_show(&fixture("ollama/show_404.body")).unwrap_err().code, ErrorCode::ModelMissing);
    let old = br#"{"details":{"parameter_size":"7B"},"parameters":"stop   \"x\"\nnum_ctx                        16384"}"#;
    assert_eq!(
        parse_show(old).unwrap(),
        OllamaDetails { num_ctx: Some(16_384), parameters: Some(7_000_000_000), ..OllamaDetails::default() }
    );
}

#[test]
fn recorded_loaded_models_are_read() {
    assert_eq!(parse_ps(&fixture("ollama/ps_empty.body")).unwrap(), []);
    assert_eq!(
        parse_ps(&fixture("ollama/ps_loaded.body")).unwrap(),
        [RunningModel {
            name: "smollm2:135m".to_owned(),
            context_length: Some(4_096),
            size_bytes: None,
            size_vram_bytes: Some(0),
        }]
    );
    assert_eq!(parse_version(&fixture("ollama/version.body")).unwrap(), "0.33.0-rc2");
    assert_eq!(parse_version(b"{}").unwrap_err().code, ErrorCode::Protocol);
}

#[test]
fn a_name_without_a_tag_is_the_latest() {
    for (name, normal) in [
        ("llama3.2", "llama3.2:latest"),
        ("llama3.2:latest", "llama3.2:latest"),
        ("qwen3:8b", "qwen3:8b"),
        ("hf.co/someone/model", "hf.co/someone/model:latest"),
        ("localhost:5000/model", "localhost:5000/model:latest"),
        ("localhost:5000/model:q4", "localhost:5000/model:q4"),
    ] {
        assert_eq!(normalise_name(name), normal);
    }
}

fn read_pull(pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<PullProgress>, Result<(), WireError>) {
    let mut decoder = PullDecoder::new();
    let mut reports = Vec::new();
    for piece in pieces {
        let _ = decoder.push(piece, &mut reports);
    }
    let ending = decoder.finish(&mut reports);
    assert_eq!(decoder.is_done(), ending.is_ok());
    (reports, ending)
}

fn pull(name: &str) -> (Vec<PullProgress>, Result<(), WireError>) {
    let body = fixture(&format!("ollama-handmade/{name}.ndjson"));
    says_the_same_however_it_is_cut(name, &body, |pieces| read_pull(pieces))
}

#[test]
fn a_download_adds_its_layers_up() {
    let (reports, ending) = pull("pull_success");
    assert_eq!(ending, Ok(()));
    let seen: Vec<_> = reports.iter().map(|report| (report.completed_bytes, report.total_bytes)).collect();
    let whole = 5_368_709_120 + 1_429;
    assert_eq!(
        seen,
        [
            (0, 0),
            (0, 5_368_709_120),
            (0, whole),
            (241_970, whole),
            (241_970 + 1_429, whole),
            (2_684_354_560 + 1_429, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
            (whole, whole),
        ]
    );
    assert_eq!(reports[0].status, "pulling manifest");
    assert_eq!(reports[10].status, "success");
    assert_eq!(pull("pull_already_there").1, Ok(()));
}

#[test]
fn a_download_without_success_failed() {
    assert_eq!(pull("pull_no_success").1.unwrap_err().code, ErrorCode::Truncated);
    let (reports, ending) = pull("pull_error_mid_download");
    assert_eq!(reports.len(), 2);
    let error = ending.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Server, "The server failed: max retries exceeded: unexpected EOF.")
    );
    assert_eq!(pull("pull_error_line").1.unwrap_err().code, ErrorCode::ModelMissing);
}

#[test]
fn a_download_overlooks_a_few_corrupt_lines() {
    let with = |corrupt: usize| {
        let body = format!("{}{}", "\u{FFFD}{\n".repeat(corrupt), "{\"status\":\"success\"}");
        read_pull(&mut [body.as_bytes()].into_iter()).1.map_err(|error| error.code)
    };
    assert_eq!(with(3), Ok(()));
    assert_eq!(with(4), Err(ErrorCode::Protocol));
    let (_, ending) = read_pull(&mut [b"<html>".as_slice()].into_iter());
    assert_eq!(ending.unwrap_err().code, ErrorCode::Protocol);
}
