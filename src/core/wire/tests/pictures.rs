//! Pictures inside answers: what is asked of Gemini and OpenRouter, and what comes.

use serde_json::{Value, json};

use crate::model::http::Reading;
use crate::model::{Content, ErrorCode, File, FinishReason, Message, Modality, Text};
use crate::wire::{Canvas, CanvasSize, ChatRequest, Ending, Protocol, Server, WireError, WireEvent};

fn request(model: &str, canvas: Canvas) -> ChatRequest {
    let source = File { media_type: "image/png".to_owned(), file: 4, bytes: 3, name: None, digest: None };
    let words = Content::Text { text: "a prism".to_owned() };
    let content = Text::Pieces(vec![Content::File(source), words]);
    ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::User { content }],
        seed: Some(7),
        canvas: Some(canvas),
        ..ChatRequest::default()
    }
}

const WIDE: Canvas = Canvas { aspect_ratio: Some("16:9"), size: Some(CanvasSize::TwoK), is_alone: false };

fn body(protocol: Protocol, request: &ChatRequest) -> Value {
    let sent = protocol.chat(&Server { root: "https://x.test", ..Server::default() }, request);
    assert_eq!(sent.reading, Reading::WithoutPictures);
    serde_json::from_slice(&sent.body.unwrap()).unwrap()
}

#[test]
fn gemini_is_told_of_nothing_but_the_picture() {
    let sent = body(Protocol::Gemini, &request("gemini-3-pro-image", WIDE));
    let parts = json!([{ "inlineData": { "mimeType": "image/png", "data": "" } }, { "text": "a prism" }]);
    assert_eq!(sent["contents"], json!([{ "role": "user", "parts": parts }]));
    let config = json!({
        "responseModalities": ["TEXT", "IMAGE"],
        "imageConfig": { "aspectRatio": "16:9", "imageSize": "2K" },
        "seed": 7,
    });
    assert_eq!(sent["generationConfig"], config);
    assert_eq!(sent.as_object().unwrap().len(), 2);
    // The older ones refuse a size, and one that thinks shows what.
    let old = body(Protocol::Gemini, &request("gemini-2.5-flash-image", WIDE));
    assert_eq!(old["generationConfig"]["imageConfig"], json!({ "aspectRatio": "16:9" }));
    let thinker = ChatRequest { can_reason: Some(true), ..request("gemini-3-pro-image", Canvas::default()) };
    let thinker = body(Protocol::Gemini, &thinker);
    assert_eq!(thinker["generationConfig"]["thinkingConfig"], json!({ "includeThoughts": true }));
    assert!(thinker["generationConfig"].get("imageConfig").is_none());
}

#[test]
fn a_text_that_looks_like_the_place_of_another_requests_file_is_a_text() {
    let hostile = "look: \u{1}file:3; and \u{1}file:";
    for protocol in [Protocol::Gemini, Protocol::OpenRouter, Protocol::OpenAi, Protocol::Ollama] {
        let server = Server { root: "https://x.test", ..Server::default() };
        for has_file in [false, true] {
            let mut request = request("m", Canvas::default());
            request.canvas = None;
            let words = Content::Text { text: hostile.to_owned() };
            let Some(Message::User { content: Text::Pieces(pieces) }) = request.messages.first_mut() else {
                panic!("a user speaks")
            };
            pieces.pop();
            pieces.push(words);
            if !has_file {
                pieces.remove(0);
            }
            let sent = protocol.chat(&server, &request);
            let own: Vec<u32> = sent.files.iter().map(|place| place.file).collect();
            assert_eq!(own, if has_file { vec![4] } else { vec![] }, "{protocol:?}");
            let body = String::from_utf8(sent.body.unwrap()).unwrap();
            assert!(body.contains("look: \\u0001file:3; and \\u0001file:"), "{protocol:?}: {body}");
        }
        let vectors = protocol.embed(&server, "m", &[hostile.to_owned()]);
        assert!(vectors.files.is_empty());
    }
}

#[test]
fn openrouter_is_asked_for_words_only_of_those_who_write() {
    let sent = body(Protocol::OpenRouter, &request("a/b", WIDE));
    assert_eq!(sent["modalities"], json!(["image", "text"]));
    assert_eq!(sent["image_config"], json!({ "aspect_ratio": "16:9", "image_size": "2K" }));
    assert_eq!((&sent["stream"], &sent["seed"]), (&json!(true), &json!(7)));
    let alone = body(Protocol::OpenRouter, &request("a/b", Canvas { is_alone: true, ..Canvas::default() }));
    assert_eq!(alone["modalities"], json!(["image"]));
    assert!(alone.get("image_config").is_none());
}

/// What comes of a body, in pieces of every size.
fn read(protocol: Protocol, text: &str) -> (Vec<WireEvent>, Result<Ending, WireError>) {
    let whole = read_in_pieces(protocol, text, text.len());
    for size in [1, 7, 64] {
        assert_eq!(read_in_pieces(protocol, text, size), whole);
    }
    whole
}

fn read_in_pieces(
    protocol: Protocol,
    text: &str,
    size: usize,
) -> (Vec<WireEvent>, Result<Ending, WireError>) {
    let mut decoder = protocol.decoder(&request("m", Canvas::default()), 3);
    let mut events = Vec::new();
    for piece in text.as_bytes().chunks(size.max(1)) {
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    (events, ending)
}

fn picture(blob: u32, media_type: &str, is_draft: bool) -> WireEvent {
    WireEvent::Picture { blob, media_type: media_type.to_owned(), is_draft }
}

fn gemini(parts: &Value, finish: &str) -> String {
    let candidate = json!({ "content": { "role": "model", "parts": parts }, "finishReason": finish });
    let piece = json!({
        "candidates": [candidate],
        "usageMetadata": { "promptTokenCount": 3, "candidatesTokenCount": 1290, "totalTokenCount": 1293 },
    });
    format!("data: {piece}\r\n\r\n")
}

fn data(text: &str) -> Value {
    json!({ "inlineData": { "mimeType": "image/png", "data": text } })
}

#[test]
fn a_picture_of_gemini_comes_beside_words_and_after_thoughts() {
    let mut draft = data("\u{1}blob:1;image/jpeg");
    draft["thought"] = json!(true);
    let mut last = data("\u{1}blob:2;");
    last["thoughtSignature"] = json!("\u{1}blob:3;");
    let parts = json!([{ "text": "hm", "thought": true }, draft, { "text": "Here." }, last]);
    let (events, ending) = read(Protocol::Gemini, &gemini(&parts, "STOP"));
    let expected = [
        WireEvent::Reasoning("hm".to_owned()),
        picture(1, "image/jpeg", true),
        WireEvent::Text("Here.".to_owned()),
        picture(2, "image/png", false),
    ];
    assert_eq!(events, expected);
    let ending = ending.unwrap();
    assert_eq!((ending.finish, ending.usage.unwrap().output_tokens), (FinishReason::Stop, 1_290));
    assert!(!ending.is_empty);
}

#[test]
fn what_cannot_be_read_is_an_error_and_a_sound_is_skipped() {
    for text in ["", "this is *not* base64", "\u{1}blob:x;image/png", "\u{1}blob:4"] {
        let (_, ending) = read(Protocol::Gemini, &gemini(&json!([data(text)]), "STOP"));
        assert_eq!(ending.unwrap_err().code, ErrorCode::BadOutput, "{text}");
        let (_, ending) = read(Protocol::OpenRouter, &openrouter(&json!([url(text)]), "stop"));
        assert_eq!(ending.unwrap_err().code, ErrorCode::BadOutput, "{text}");
    }
    let sound =
        json!([{ "inlineData": { "mimeType": "audio/wav", "data": "UklGRg==" } }, data("\u{1}blob:1;")]);
    let (events, ending) = read(Protocol::Gemini, &gemini(&sound, "STOP"));
    assert_eq!((events.len(), ending.unwrap().unknown_frames), (1, 1));
}

#[test]
fn gemini_says_why_there_is_none() {
    let none = |reason: &str| {
        let piece = json!({ "candidates": [{ "finishReason": reason, "finishMessage": "No." }] });
        read(Protocol::Gemini, &format!("data: {piece}\r\n\r\n")).1
    };
    for reason in ["IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"] {
        assert_eq!(none(reason).unwrap_err().code, ErrorCode::BlockedContent, "{reason}");
    }
    for reason in ["NO_IMAGE", "IMAGE_OTHER"] {
        assert_eq!(none(reason).unwrap_err().code, ErrorCode::BadOutput, "{reason}");
    }
    let blocked = json!({ "promptFeedback": { "blockReason": "IMAGE_SAFETY" } });
    let (_, ending) = read(Protocol::Gemini, &format!("data: {blocked}\r\n\r\n"));
    assert_eq!(ending.unwrap_err().code, ErrorCode::BlockedContent);
}

fn openrouter(images: &Value, finish: &str) -> String {
    let piece = json!({
        "id": "gen-1", "model": "m",
        "choices": [{ "index": 0, "delta": { "content": "", "images": images }, "finish_reason": null }],
    });
    let end = json!({ "id": "gen-1", "choices": [{ "index": 0, "delta": {}, "finish_reason": finish }] });
    let usage = json!({
        "choices": [],
        "usage": { "prompt_tokens": 3, "completion_tokens": 1290, "cost": 0.039 },
    });
    format!(": OPENROUTER PROCESSING\n\ndata: {piece}\n\ndata: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}

fn url(text: &str) -> Value {
    json!({ "type": "image_url", "image_url": { "url": text } })
}

#[test]
fn pictures_of_openrouter_come_streamed_and_whole() {
    let images = json!([url("\u{1}blob:5;image/webp"), url("\u{1}blob:6;image/png")]);
    let expected = [picture(5, "image/webp", false), picture(6, "image/png", false)];
    let (events, ending) = read(Protocol::OpenRouter, &openrouter(&images, "stop"));
    assert_eq!(events, expected);
    let ending = ending.unwrap();
    assert_eq!((ending.is_empty, ending.billed.unwrap().usd()), (false, 0.039));
    let message = json!({ "role": "assistant", "content": "", "images": images });
    let whole = json!({ "id": "gen-1", "choices": [{ "message": message, "finish_reason": "stop" }] });
    assert_eq!(read(Protocol::OpenRouter, &whole.to_string()).0, expected);
}

#[test]
fn an_answer_that_was_to_hold_words_holds_no_picture() {
    let mut decoder = Protocol::Gemini.decoder(&super::asked("m"), 3);
    let mut events = Vec::new();
    let body = gemini(&json!([data("\u{1}blob:1;image/png"), { "text": "Hi" }]), "STOP");
    decoder.push(body.as_bytes(), &mut events).unwrap();
    assert_eq!(events, [WireEvent::Text("Hi".to_owned())]);
}

#[test]
fn lists_say_who_paints_and_what_that_costs() {
    let gemini = json!({ "models": [
        { "name": "models/gemini-3-pro-image", "supportedGenerationMethods": ["generateContent"], "thinking": true },
        { "name": "models/gemini-2.5-flash-image", "supportedGenerationMethods": ["generateContent"] },
        { "name": "models/imagen-4.0-generate-001", "supportedGenerationMethods": ["predict"] },
    ] });
    let listed = Protocol::Gemini.parse_models(gemini.to_string().as_bytes()).unwrap().models;
    let told: Vec<_> =
        listed.iter().map(|model| (model.modality, model.capabilities.clone().unwrap())).collect();
    let both = vec!["image-edit", "text"];
    let thinks = vec!["image-edit", "text", "reasoning"];
    assert_eq!(told, [(Modality::Image, thinks), (Modality::Image, both.clone())]);

    let painter = |id: &str, input: &[&str], output: &[&str], pricing: Value| {
        json!({
            "id": id, "architecture": { "input_modalities": input, "output_modalities": output },
            "supported_parameters": ["max_tokens"], "pricing": pricing,
        })
    };
    let by_token = json!({ "prompt": "0.0000003", "completion": "0.0000025", "image_output": "0.00003" });
    let by_piece = json!({ "prompt": "0", "completion": "0", "image_output": "0.04" });
    let list = json!({ "data": [
        painter("a/writes", &["text", "image"], &["image", "text"], by_token),
        painter("a/paints", &["text"], &["image"], by_piece),
    ] });
    let listed = Protocol::OpenRouter.parse_models(list.to_string().as_bytes()).unwrap().models;
    assert_eq!(listed[0].capabilities, Some(both));
    assert_eq!(listed[1].capabilities, Some(Vec::new()));
    let [by_token, by_piece] = [0, 1].map(|place: usize| listed[place].price.unwrap());
    assert_eq!((by_token.output, by_token.image), (0.00003, None));
    assert_eq!((by_piece.output, by_piece.image), (0.0, Some(0.04)));
}
