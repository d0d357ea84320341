//! Lists of models, what they are like, and their downloads.

use super::{fixture, says_the_same_however_it_is_cut};
use crate::model::report::PullProgress;
use crate::model::{ErrorCode, LongPromptPrice, Modality, Price};
use crate::wire::ollama::{
    OllamaDetails, OllamaModel, PullDecoder, RunningModel, normalise_name, parse_ps, parse_show, parse_tags,
    parse_version,
};
use crate::wire::{ListedModel, WireError, openai, openrouter};

#[test]
fn models_are_listed_with_the_context_that_is_really_served() {
    let parse_models = |body: &[u8]| openai::parse_models(body).map(|page| page.models);
    let model = |id: &str, context_length| ListedModel {
        id: id.to_owned(),
        context_length,
        ..ListedModel::default()
    };
    // llama.cpp can hold any model to a schema.
    let json = ListedModel { capabilities: Some(vec!["json"]), ..model("handmade", Some(8_192)) };
    assert_eq!(parse_models(&fixture("openai/models.json")).unwrap(), [json]);
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
fn what_models_can_do_is_taken_from_wherever_a_server_says_it() {
    let can = |list: &str| openai::parse_models(list.as_bytes()).unwrap().models.remove(0).capabilities;
    let recorded = openai::parse_models(&fixture("llama-server/models.json")).unwrap().models;
    assert_eq!(recorded[0].capabilities, Some(vec!["json"]));
    for (list, expected) in [
        // Nothing said is unknown, not nothing.
        (r#"{"data":[{"id":"a","owned_by":"vllm","max_model_len":4096}]}"#, None),
        (r#"{"data":[{"id":"a","capabilities":"?"}]}"#, None),
        (r#"{"data":[{"id":"a","capabilities":[]}]}"#, Some(vec![])),
        (
            r#"{"models":[{"name":"b","capabilities":["tools"]},{"name":"a","capabilities":["completion","multimodal"]}],"data":[{"id":"a","owned_by":"llamacpp"}]}"#,
            Some(vec!["vision", "json"]),
        ),
        (
            r#"{"data":[{"id":"a","owned_by":"llamacpp","architecture":{"input_modalities":["text","image"]}}]}"#,
            Some(vec!["vision", "json"]),
        ),
        (
            r#"{"data":[{"id":"a","capabilities":{"completion_chat":true,"function_calling":true,"vision":false}}]}"#,
            Some(vec!["tools"]),
        ),
        (
            r#"{"data":[{"id":"a","supported_parameters":["tools","structured_outputs","reasoning","top_p"]}]}"#,
            Some(vec!["tools", "json", "reasoning"]),
        ),
        (r#"{"data":[{"id":"a","type":"embeddings"}]}"#, Some(vec!["embedding"])),
        // The word stands for a model that can do nothing else.
        (r#"{"data":[{"id":"a","capabilities":["completion","embedding"]}]}"#, Some(vec![])),
        (r#"{"data":[{"id":"a","type":"llm"}]}"#, None),
    ] {
        assert_eq!(can(list), expected, "{list}");
    }
}

#[test]
fn openrouters_list_is_read_with_its_prices() {
    let page = openrouter::parse_models(&fixture("openrouter-handmade/models.json")).unwrap();
    assert_eq!(page.next.as_deref(), Some("10"));
    let model = |id: &str| ListedModel {
        id: format!("handmade/{id}"),
        name: Some(format!("Handmade: {id}")),
        capabilities: Some(vec!["search"]),
        context_length: Some(32_768),
        max_output_tokens: Some(8_192),
        ..ListedModel::default()
    };
    let price = |input, output| Some(Price { input, output, ..Price::FREE });
    let expected = [
        ListedModel {
            capabilities: Some(vec!["vision", "tools", "json", "reasoning", "search"]),
            // Thinking is billed as output, whatever is written for it.
            price: Some(Price {
                cached_input: Some(0.000_000_03),
                request: Some(0.0),
                ..price(0.000_000_3, 0.000_002_5).unwrap()
            }),
            ..model("all-round")
        },
        ListedModel {
            context_length: None,
            max_output_tokens: None,
            price: price(0.0, 0.0),
            ..model("small:free")
        },
        ListedModel { context_length: Some(2_000_000), price: None, ..model("auto") },
        ListedModel { price: price(0.000_003, 0.000_006), ..model("discounted") },
        ListedModel {
            modality: Modality::Image,
            capabilities: Some(vec!["image-edit", "text"]),
            // What its pictures cost, by the token.
            price: price(0.000_000_3, 0.000_03),
            ..model("painter")
        },
        ListedModel {
            modality: Modality::Video,
            capabilities: Some(vec![]),
            price: price(0.0, 0.0),
            ..model("film")
        },
        ListedModel {
            capabilities: Some(vec!["embedding"]),
            context_length: Some(8_192),
            price: price(0.000_000_02, 0.0),
            ..model("vectors")
        },
        ListedModel { capabilities: None, price: None, ..model("going") },
    ];
    assert_eq!(page.models, expected);
    // As it was before there were kinds of models to choose from.
    let old = br#"{"data":[{"id":"a/b","pricing":{"prompt":"0.000001","completion":"x"}},{"id":""},7]}"#;
    let read = openrouter::parse_models(old).unwrap();
    assert_eq!((read.models.len(), read.models[0].price, read.next), (1, None, None));
}

#[test]
fn the_next_part_of_a_list_is_never_an_address_of_its_own() {
    let next = |next: &str| {
        let list = format!(r#"{{"data":[],"links":{{"next":{next}}}}}"#);
        openrouter::parse_models(list.as_bytes()).unwrap().next
    };
    assert_eq!(next(r#""https://openrouter.ai/api/v1/models?offset=500""#).as_deref(), Some("500"));
    assert_eq!(next(r#""/api/v1/models?limit=5&offset=20&q=x""#).as_deref(), Some("20"));
    for odd in
        ["null", "7", r#""""#, r#""?offset=""#, r#""?offset=1%26x""#, r#""?offset=-1""#, r#""?page=2""#]
    {
        assert_eq!(next(odd), None, "{odd}");
    }
}

#[test]
fn a_model_expires_at_the_beginning_of_its_day() {
    let left = |created: u64, date: &str| {
        let list = format!(
            r#"{{"data":[{{"id":"new","created":{created}}},{{"id":"old","created":1,"expiration_date":"{date}"}}]}}"#
        );
        openrouter::parse_models(list.as_bytes()).unwrap().models.len() == 2
    };
    // 1 March 2024, after a leap day: 1 709 251 200.
    assert!(left(1_709_251_199, "2024-03-01"));
    assert!(!left(1_709_251_200, "2024-03-01"));
    assert!(!left(1_709_251_200, "2024-03-01T12:00:00Z"));
    assert!(!left(1_709_251_199, "2024-02-29"));
    assert!(!left(1, "1970-01-01"));
    for odd in ["", "soon", "2024-13-01", "24-01-01", "2024-1-1"] {
        assert!(left(4_000_000_000, odd), "{odd}");
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

#[test]
fn openrouters_prices_of_long_prompts_are_read_and_those_of_hours_are_not() {
    let price = |overrides: &str| {
        let list = format!(
            r#"{{"data":[{{"id":"a/b","pricing":{{"prompt":"0.000001","completion":"0.000002","overrides":{overrides}}}}}]}}"#
        );
        openrouter::parse_models(list.as_bytes()).unwrap().models[0].price.unwrap()
    };
    let long = LongPromptPrice { above: 199_999, input: 2e-6, output: 3e-6, cached_input: Some(5e-7) };
    let step = r#"{"min_prompt_tokens":200000,"prompt":"0.000002","completion":"0.000003","input_cache_read":"0.0000005"}"#;
    let hours = r#"{"utc_start":"08:00","utc_end":"18:00","prompt":"0.000009","completion":"0.000009"}"#;
    assert_eq!(price(&format!("[{hours},{step}]")).long_prompt, Some(long));
    // Of several steps the dearest prices, from the first on.
    let further = r#"{"min_prompt_tokens":400000,"prompt":"0.000004","completion":"0.0000025"}"#;
    let both = LongPromptPrice { input: 4e-6, cached_input: None, ..long };
    assert_eq!(price(&format!("[{step},{further}]")).long_prompt, Some(both));
    for nothing in ["[]", "null", "{}", "[null,7]", &format!("[{hours}]"), r#"[{"min_prompt_tokens":9}]"#] {
        assert_eq!(price(nothing).long_prompt, None, "{nothing}");
    }
}
