//! Vectors of texts, from every protocol that has them.

use serde_json::json;

use super::{fixture, usage};
use crate::base::money::Money;
use crate::model::ErrorCode;
use crate::wire::{Embeddings, Protocol, Server, WireError};

fn read(protocol: Protocol, body: &str, count: usize) -> Result<Embeddings, WireError> {
    protocol.parse_embeddings(body.as_bytes(), count)
}

#[test]
fn vectors_come_in_the_order_of_the_texts() {
    let body = fixture("openrouter-handmade/embeddings.json");
    let read = Protocol::OpenRouter.parse_embeddings(&body, 2).unwrap();
    let expected = Embeddings {
        vectors: vec![vec![0.5, 0.25, -0.125], vec![0.0, 1.0, 0.0]],
        usage: Some(usage(9, 0)),
        billed: Money::from_decimal("0.00000018"),
    };
    assert_eq!(read, expected);
    // What another server calls a cost is no bill in dollars.
    let plain = Protocol::OpenAi.parse_embeddings(&body, 2).unwrap();
    assert_eq!(plain, Embeddings { billed: None, ..expected });
}

#[test]
fn vectors_may_be_numbers_or_base64_and_lack_their_index() {
    // 1.0, -2.5 and 0.0 as little-endian numbers of 32 bits.
    let body = r#"{"data":[{"embedding":[1,-2.5,0]},{"embedding":"AACAPwAAIMAAAAAA"}]}"#;
    let vectors = read(Protocol::OpenAi, body, 2).unwrap().vectors;
    assert_eq!(vectors, [[1.0, -2.5, 0.0], [1.0, -2.5, 0.0]]);
    // One number, with the padding that it needs.
    let body = r#"{"data":[{"index":0,"embedding":"AACAPw=="}]}"#;
    assert_eq!(read(Protocol::OpenAi, body, 1).unwrap().vectors, [[1.0]]);
}

#[test]
fn ollama_sends_them_as_they_were_asked_for() {
    let body =
        r#"{"model":"m","embeddings":[[0.6,0.8],[1,0]],"total_duration":14143917,"prompt_eval_count":8}"#;
    let expected =
        Embeddings { vectors: vec![vec![0.6, 0.8], vec![1.0, 0.0]], usage: Some(usage(8, 0)), billed: None };
    assert_eq!(read(Protocol::Ollama, body, 2).unwrap(), expected);
    assert_eq!(read(Protocol::Ollama, r#"{"embeddings":[]}"#, 0).unwrap().vectors.len(), 0);
}

#[test]
fn any_other_number_of_vectors_and_any_odd_one_is_an_error() {
    for (body, count) in [
        (r#"{"data":[{"index":0,"embedding":[1]}]}"#, 2),
        (r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#, 2),
        (r#"{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}"#, 2),
        (r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}"#, 2),
        (r#"{"data":[{"index":0,"embedding":[]}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":["1"]}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":[1e300]}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":"AACAfw=="}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":"AACA"}]}"#, 1),
        (r#"{"data":[{"index":0,"embedding":"A*"}]}"#, 1),
        (r#"{"data":[{"index":0}]}"#, 1),
        (r#"{"data":7}"#, 1),
        ("{}", 1),
        ("<html>", 1),
    ] {
        assert_eq!(read(Protocol::OpenAi, body, count).unwrap_err().code, ErrorCode::Protocol, "{body}");
    }
    for (body, count) in [
        (r#"{"embeddings":[[1],[2]]}"#, 1),
        (r#"{"embeddings":[[1],[]]}"#, 2),
        (r#"{"embeddings":[1]}"#, 1),
        ("{}", 1),
    ] {
        assert_eq!(read(Protocol::Ollama, body, count).unwrap_err().code, ErrorCode::Protocol, "{body}");
    }
}

#[test]
fn an_error_inside_a_200_is_what_it_says() {
    let body = r#"{"error":{"code":429,"message":"Slow down"}}"#;
    for protocol in [Protocol::OpenAi, Protocol::OpenRouter] {
        assert_eq!(read(protocol, body, 1).unwrap_err().code, ErrorCode::RateLimited);
    }
    let body = r#"{"error":"the input length exceeds the context length"}"#;
    assert_eq!(read(Protocol::Ollama, body, 1).unwrap_err().code, ErrorCode::ContextLength);
}

#[test]
fn requests_hold_the_texts_and_never_let_one_be_cut_in_silence() {
    let texts = ["one".to_owned(), "two".to_owned()];
    let headers = [("X-Mine".to_owned(), "1".to_owned())];
    let server = Server { root: "http://host", headers: &headers, ..Server::default() };
    let sent = |protocol: Protocol| {
        let sent = protocol.embed(&server, "m", &texts);
        let body: serde_json::Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
        (sent.url, sent.headers.len(), body)
    };
    let body = json!({ "model": "m", "input": ["one", "two"] });
    assert_eq!(sent(Protocol::OpenAi), ("http://host/embeddings".to_owned(), 2, body.clone()));
    assert_eq!(sent(Protocol::OpenRouter), ("http://host/embeddings".to_owned(), 2, body));
    let body = json!({ "model": "m", "input": ["one", "two"], "truncate": false });
    assert_eq!(sent(Protocol::Ollama), ("http://host/api/embed".to_owned(), 1, body));
    for protocol in [Protocol::OpenAi, Protocol::OpenRouter, Protocol::Ollama] {
        assert!(protocol.embed_batch() > 0);
    }
}

#[test]
fn a_key_is_proved_by_the_cheapest_request() {
    let server = Server { root: "http://host", ..Server::default() };
    for (protocol, url) in [
        (Protocol::OpenAi, "http://host/models"),
        (Protocol::OpenRouter, "http://host/key"),
        (Protocol::Ollama, "http://host/api/tags"),
    ] {
        let sent = protocol.key(&server);
        assert_eq!((sent.method, sent.url.as_str()), ("GET", url));
    }
}
