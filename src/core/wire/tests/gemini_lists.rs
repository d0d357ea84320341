//! Gemini's lists of models, and vectors.

use serde_json::{Value, json};

use super::{fixture, usage};
use crate::model::{ErrorCode, Modality};
use crate::wire::gemini::{embed, parse_embeddings, parse_models};
use crate::wire::{Embeddings, ListedModel, Protocol};

#[test]
fn models_are_listed_with_what_the_list_and_their_names_tell() {
    let page = parse_models(&fixture("gemini-handmade/models_1.json")).unwrap();
    assert_eq!(page.next.as_deref(), Some("Ch9tb2RlbHMv+/=&"));
    assert_eq!(Protocol::Gemini.parse_models(&fixture("gemini-handmade/models_1.json")), Ok(page.clone()));
    assert_eq!(Protocol::Gemini.count_models(&fixture("gemini-handmade/models_1.json")), Ok(4));
    let listed = |id: &str, name: &str| ListedModel {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        context_length: Some(1_048_576),
        max_output_tokens: Some(65_536),
        ..ListedModel::default()
    };
    assert_eq!(
        page.models,
        [
            ListedModel {
                capabilities: Some(vec!["tools", "json", "search", "vision", "reasoning"]),
                ..listed("gemini-3.5-flash", "Gemini 3.5 Flash")
            },
            ListedModel {
                capabilities: Some(vec!["tools", "json", "search", "vision"]),
                max_output_tokens: Some(8_192),
                ..listed("gemini-2.0-flash", "Gemini 2.0 Flash")
            },
            ListedModel {
                modality: Modality::Image,
                capabilities: Some(vec!["image-edit", "text", "reasoning"]),
                context_length: Some(131_072),
                max_output_tokens: Some(32_768),
                ..listed("gemini-3-pro-image", "Gemini 3 Pro Image")
            },
            ListedModel {
                capabilities: Some(vec!["reasoning"]),
                context_length: Some(262_144),
                max_output_tokens: Some(32_768),
                ..listed("gemma-4-26b-a4b-it", "Gemma 4 26B A4B It")
            },
        ]
    );

    let page = parse_models(&fixture("gemini-handmade/models_2.json")).unwrap();
    assert_eq!(page.next, None);
    let seen: Vec<_> = page
        .models
        .iter()
        .map(|model| (model.id.as_str(), model.modality, model.capabilities.clone(), model.context_length))
        .collect();
    assert_eq!(
        seen,
        [
            ("gemini-embedding-001", Modality::Text, Some(vec!["embedding"]), Some(2_048)),
            ("veo-3.1-generate-preview", Modality::Video, None, Some(480)),
            (
                "gemini-flash-latest",
                Modality::Text,
                Some(vec!["tools", "json", "search", "vision"]),
                Some(1_048_576)
            ),
        ]
    );
    assert!(page.models.iter().all(|model| model.price.is_none()));
    assert_eq!(page.models[2].name, None);
}

#[test]
fn a_list_may_be_empty_but_has_to_be_one() {
    for body in [
        "{}",
        r#"{"models":[]}"#,
        r#"{"models":null}"#,
        r#"{"models":[7,{},{"name":""},{"name":"models/x"}]}"#,
    ] {
        assert_eq!(parse_models(body.as_bytes()).map(|page| page.models), Ok(vec![]), "{body}");
    }
    for (body, code) in [
        (r#"{"error":{"code":400,"message":"API key not valid."}}"#, ErrorCode::InvalidKey),
        ("<html>", ErrorCode::Protocol),
        (r#"{"data":[]}"#, ErrorCode::Protocol),
        (r#"{"models":7}"#, ErrorCode::Protocol),
        ("[]", ErrorCode::Protocol),
        ("", ErrorCode::Protocol),
    ] {
        assert_eq!(parse_models(body.as_bytes()).unwrap_err().code, code, "{body}");
    }
}

#[test]
fn many_texts_are_one_request_for_vectors() {
    let texts = ["Hi".to_owned(), "Bye \u{1F600}".to_owned()];
    let sent = embed("https://host/v1beta", None, "models/gemini-embedding-001", &texts);
    assert_eq!(sent.url, "https://host/v1beta/models/gemini-embedding-001:batchEmbedContents");
    let body: Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({ "requests": [
            { "model": "models/gemini-embedding-001", "content": { "parts": [{ "text": "Hi" }] } },
            { "model": "models/gemini-embedding-001", "content": { "parts": [{ "text": "Bye \u{1F600}" }] } },
        ] })
    );
    assert_eq!(Protocol::Gemini.embed_batch(), 100);
}

#[test]
fn vectors_come_in_the_order_of_the_texts() {
    let body = fixture("gemini-handmade/embeddings.json");
    let expected = Embeddings {
        vectors: vec![vec![0.6, -0.8, 0.0], vec![1.0, 0.0, 0.0]],
        usage: Some(usage(12, 0)),
        billed: None,
    };
    assert_eq!(parse_embeddings(&body, 2), Ok(expected.clone()));
    assert_eq!(Protocol::Gemini.parse_embeddings(&body, 2), Ok(expected));
    let bare = br#"{"embeddings":[{"values":[1]}]}"#;
    assert_eq!(parse_embeddings(bare, 1).unwrap().usage, None);
    for (body, count, code) in [
        (body.as_slice(), 3, ErrorCode::Protocol),
        (br#"{"embeddings":[{"values":[]}]}"#, 1, ErrorCode::Protocol),
        (br#"{"embeddings":[{"values":[1,"2"]}]}"#, 1, ErrorCode::Protocol),
        (br#"{"embeddings":[{}]}"#, 1, ErrorCode::Protocol),
        (br#"{"embedding":{"values":[1]}}"#, 1, ErrorCode::Protocol),
        (b"{}", 0, ErrorCode::Protocol),
        (b"", 1, ErrorCode::Protocol),
        (br#"{"error":{"code":404,"message":"x","status":"NOT_FOUND"}}"#, 1, ErrorCode::ModelMissing),
    ] {
        assert_eq!(parse_embeddings(body, count).unwrap_err().code, code, "{count}");
    }
}
