//! An answer that was begun already, byte for byte as each server is asked to go on with it.

use crate::model::{Message, Text};
use crate::wire::{Beginning, ChatRequest, GO_ON, Protocol, Server};

fn body(protocol: Protocol, model: &str, is_asked: bool) -> String {
    let request = ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::User { content: Text::Whole("Hi".to_owned()) }],
        beginning: Some(Beginning { text: "Good da".to_owned(), is_asked }),
        ..ChatRequest::default()
    };
    let server = Server { root: "http://host", ..Server::default() };
    String::from_utf8(protocol.chat(&server, &request).body.unwrap()).unwrap()
}

#[test]
fn ollama_goes_on_with_the_assistants_last_message() {
    assert_eq!(
        body(Protocol::Ollama, "m", false),
        r#"{"messages":[{"content":"Hi","role":"user"},{"content":"Good da","role":"assistant"}],"model":"m","stream":true}"#
    );
}

#[test]
fn chat_completions_go_on_with_the_assistants_last_message() {
    assert_eq!(
        body(Protocol::OpenAi, "m", false),
        r#"{"add_generation_prompt":false,"continue_final_message":true,"messages":[{"content":"Hi","role":"user"},{"content":"Good da","role":"assistant"}],"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
    );
    assert_eq!(
        body(Protocol::OpenRouter, "m", false),
        r#"{"messages":[{"content":"Hi","role":"user"},{"content":"Good da","role":"assistant"}],"model":"m","plugins":[{"enabled":false,"id":"context-compression"}],"stream":true}"#
    );
}

#[test]
fn gemini_which_refuses_to_follow_itself_is_asked_in_words() {
    for model in ["gemini-3-flash", "gemini-2.5-flash", "gemma-3-4b-it"] {
        assert_eq!(
            body(Protocol::Gemini, model, false),
            format!(
                r#"{{"contents":[{{"parts":[{{"text":"Hi"}}],"role":"user"}},{{"parts":[{{"text":"Good da"}}],"role":"model"}},{{"parts":[{{"text":"{GO_ON}"}}],"role":"user"}}]}}"#
            )
        );
    }
}

#[test]
fn whoever_refused_once_is_asked_in_words() {
    for protocol in [Protocol::Ollama, Protocol::OpenAi, Protocol::OpenRouter] {
        let messages = format!(
            r#""messages":[{{"content":"Hi","role":"user"}},{{"content":"Good da","role":"assistant"}},{{"content":"{GO_ON}","role":"user"}}]"#
        );
        let body = body(protocol, "m", true);
        assert!(body.contains(&messages) && !body.contains("continue_final_message"), "{body}");
    }
}
