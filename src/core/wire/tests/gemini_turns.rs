//! What Gemini wants back of its answers, from the stream to the next request.

use serde_json::{Value, json};

use super::{Transcript, fixture, fixtures, read_gemini};
use crate::model::{Message, Text, ToolCall};
use crate::wire::gemini::chat;
use crate::wire::{ChatRequest, WireEvent};

/// The parts of a turn as the next request sends them.
fn parts(model: &str, turn: Message) -> Value {
    let messages = vec![Message::User { content: Text::Whole("Hi".to_owned()) }, turn];
    let request = ChatRequest { model: model.to_owned(), messages, ..ChatRequest::default() };
    let body: Value =
        serde_json::from_slice(&chat("https://host/v1beta", None, &request).body.unwrap()).unwrap();
    body["contents"][1]["parts"].clone()
}

/// The message that an application makes of an answer.
fn turn(heard: &Transcript) -> Message {
    let calls = heard.events.iter().filter_map(|event| match event.clone() {
        WireEvent::ToolCall { id, name, input, opaque } => Some(ToolCall { id, name, input, opaque }),
        _ => None,
    });
    Message::Assistant {
        content: Text::Whole(heard.text()),
        tool_calls: calls.collect(),
        opaque: heard.ending.as_ref().unwrap().opaque.clone(),
    }
}

fn heard(name: &str) -> Transcript {
    read_gemini([fixture(&format!("gemini-handmade/{name}")).as_slice()])
}

/// The parts that a body holds which go back, as it wrote them: no thoughts, nothing empty, words that follow each
/// other joined.
fn written(body: &[u8]) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    for line in core::str::from_utf8(body).unwrap().lines() {
        let Some(event) = line.strip_prefix("data: ") else { continue };
        let event: Value = serde_json::from_str(event).unwrap();
        let said = event.pointer("/candidates/0/content/parts").and_then(Value::as_array);
        for part in said.into_iter().flatten() {
            let mut part = part.clone();
            let is_signed = part.get("thoughtSignature").is_some();
            if !is_signed && (part.get("thought").is_some() || part["text"] == "") {
                continue;
            }
            if part.get("functionCall").is_some() && part["functionCall"].get("args").is_none() {
                part["functionCall"]["args"] = json!({});
            }
            if is_signed && part.as_object().unwrap().len() == 1 {
                part["text"] = json!("");
            }
            match parts.last_mut().filter(|last| !is_signed && last.get("thoughtSignature").is_none()) {
                Some(last) if last["text"].is_string() && part["text"].is_string() => {
                    last["text"] =
                        json!([last["text"].as_str().unwrap(), part["text"].as_str().unwrap()].concat());
                }
                _ => parts.push(part),
            }
        }
    }
    Value::from(parts)
}

#[test]
fn every_turn_goes_back_as_it_came() {
    let mut seen = 0;
    for (name, body) in fixtures("gemini-handmade", &[".sse"]) {
        let heard = read_gemini([body.as_slice()]);
        if heard.ending.is_err() || heard.text().is_empty() && heard.calls().is_empty() {
            continue;
        }
        // Ids that were made are not in the body, and a part of unknown kind is not kept.
        if ["unknown_frames.sse", "done_at_end.sse", "cr_only.sse"].contains(&name.as_str()) {
            continue;
        }
        let mut sent = parts("gemini-2.5-flash", turn(&heard));
        for part in sent.as_array_mut().unwrap() {
            let function = part.get_mut("functionCall").and_then(Value::as_object_mut);
            if let Some(function) =
                function.filter(|function| function["id"].as_str().unwrap().starts_with("handmade-"))
            {
                function.remove("id");
            }
        }
        assert_eq!(sent, written(&body), "{name}");
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn a_changed_turn_goes_back_without_its_outline() {
    let Message::Assistant { tool_calls, opaque, .. } = turn(&heard("thoughts.sse")) else { panic!() };
    for words in ["7", "7. ", "Seven.", ""] {
        let content = Text::Whole(words.to_owned());
        let changed = Message::Assistant { content, tool_calls: tool_calls.clone(), opaque: opaque.clone() };
        let expected = if words.is_empty() { Value::Null } else { json!([{ "text": words }]) };
        assert_eq!(parts("gemini-3.5-flash", changed), expected, "{words}");
    }
    // Nor is an outline trusted that is none.
    for odd in
        [json!("x"), json!([7]), json!([{ "text": -1 }]), json!([{ "text": "1" }]), json!([{ "call": true }])]
    {
        let content = Text::Whole("Hi".to_owned());
        let changed = Message::Assistant { content, tool_calls: vec![], opaque: Some(odd.clone()) };
        assert_eq!(parts("gemini-3.5-flash", changed), json!([{ "text": "Hi" }]), "{odd}");
    }
    // A cut inside of a character.
    let content = Text::Whole("éé".to_owned());
    let odd = Some(json!([{ "text": 1 }, { "text": 3 }]));
    let changed = Message::Assistant { content, tool_calls: vec![], opaque: odd };
    assert_eq!(parts("gemini-3.5-flash", changed), json!([{ "text": "éé" }]));
}

#[test]
fn a_call_from_elsewhere_is_marked_for_models_that_check_signatures() {
    let call = |name: &str, opaque: Option<Value>| ToolCall {
        id: name.to_owned(),
        name: name.to_owned(),
        input: json!({}),
        opaque,
    };
    let signatures = |model: &str, calls: Vec<ToolCall>| {
        let content = Text::Whole("Let me see.".to_owned());
        let sent = parts(model, Message::Assistant { content, tool_calls: calls, opaque: None });
        let sent = sent.as_array().unwrap().iter().skip(1);
        sent.map(|part| part.get("thoughtSignature").cloned()).collect::<Vec<_>>()
    };
    let foreign = Some(json!("skip_thought_signature_validator"));
    let both = || vec![call("a", None), call("b", None)];
    for model in ["gemini-3.5-flash", "gemini-3-pro-preview", "gemini-flash-latest", "gemini-4-flash"] {
        assert_eq!(signatures(model, both()), [foreign.clone(), None], "{model}");
    }
    for model in ["gemini-2.5-flash", "gemini-2.0-flash", "gemma-4-26b-a4b-it"] {
        assert_eq!(signatures(model, both()), [None, None], "{model}");
    }
    let signed = vec![call("a", Some(json!("own"))), call("b", None)];
    assert_eq!(signatures("gemini-3.5-flash", signed), [Some(json!("own")), None]);
    // What is no signature of ours is none.
    let odd = vec![call("a", Some(json!({ "x": 1 })))];
    assert_eq!(signatures("gemini-3.5-flash", odd), [foreign]);
}
