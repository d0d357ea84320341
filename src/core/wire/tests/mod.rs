//! What the protocols make of recorded bodies (`tests/fixtures/ollama`, `llama-server`, `comfyui`), of bodies made by hand
//! (`ollama-handmade`, `openai`, `openrouter-handmade`, `gemini-handmade`) and of any bytes at all, however they are
//! cut.

mod beginnings;
mod comfyui;
mod comfyui_properties;
mod comfyui_recorded;
mod comfyui_run;
mod embeddings;
mod framers;
mod gemini;
mod gemini_lists;
mod gemini_refusals;
mod gemini_requests;
mod gemini_turns;
mod glance;
mod lists;
mod ollama;
mod ollama_requests;
mod openai;
mod openai_requests;
mod openrouter;
mod openrouter_refusals;
mod openrouter_requests;
mod pictures;
mod properties;
mod refusals;
mod scan;

use super::gemini::ChatDecoder as GeminiDecoder;
use super::ollama::ChatDecoder as OllamaDecoder;
use super::openai::{ChatDecoder as OpenAiDecoder, Dialect};
use super::{ChatRequest, Ending, WireError, WireEvent};
use crate::base::money::Money;
use crate::model::{ErrorCode, FinishReason, Usage};

/// All that can be seen of a body.
#[derive(Clone, Debug, PartialEq)]
struct Transcript {
    events: Vec<WireEvent>,
    ending: Result<Ending, WireError>,
    is_done: bool,
    frames: u64,
    usage: Option<Usage>,
    billed: Option<Money>,
}

impl Transcript {
    fn text(&self) -> String {
        self.events
            .iter()
            .filter_map(|event| if let WireEvent::Text(text) = event { Some(text.as_str()) } else { None })
            .collect()
    }

    fn reasoning(&self) -> String {
        self.events
            .iter()
            .filter_map(
                |event| if let WireEvent::Reasoning(text) = event { Some(text.as_str()) } else { None },
            )
            .collect()
    }

    /// The whole calls: id, tool, input as JSON.
    fn calls(&self) -> Vec<(&str, &str, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                WireEvent::ToolCall { id, name, input, .. } => {
                    Some((id.as_str(), name.as_str(), input.to_string()))
                }
                _ => None,
            })
            .collect()
    }

    fn finish(&self) -> FinishReason {
        self.ending.as_ref().expect("it should have ended well").finish
    }

    fn error(&self) -> &WireError {
        self.ending.as_ref().expect_err("it should have failed")
    }

    fn code(&self) -> ErrorCode {
        self.error().code
    }
}

/// A request to this model.
fn asked(model: &str) -> ChatRequest {
    ChatRequest { model: model.to_owned(), ..ChatRequest::default() }
}

fn read_openai<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> Transcript {
    read_completion(OpenAiDecoder::new(Dialect::Plain, &asked("handmade")), pieces)
}

/// An answer of the model `handmade/model`.
fn read_openrouter<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> Transcript {
    read_completion(OpenAiDecoder::new(Dialect::OpenRouter, &asked("handmade/model")), pieces)
}

fn read_completion<'body>(
    mut decoder: OpenAiDecoder,
    pieces: impl IntoIterator<Item = &'body [u8]>,
) -> Transcript {
    let mut events = Vec::new();
    for piece in pieces {
        // What fails goes on failing: the error is seen again at the end.
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    Transcript {
        events,
        ending,
        is_done: decoder.is_done(),
        frames: decoder.frames(),
        usage: decoder.usage(),
        billed: decoder.billed(),
    }
}

fn read_ollama<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> Transcript {
    read_ollama_in(None, 0, pieces)
}

fn read_ollama_in<'body>(
    context_length: Option<u64>,
    estimate: u64,
    pieces: impl IntoIterator<Item = &'body [u8]>,
) -> Transcript {
    read_lines(OllamaDecoder::new(context_length, estimate), pieces)
}

fn read_lines<'body>(
    mut decoder: OllamaDecoder,
    pieces: impl IntoIterator<Item = &'body [u8]>,
) -> Transcript {
    let mut events = Vec::new();
    for piece in pieces {
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    Transcript {
        events,
        ending,
        is_done: decoder.is_done(),
        frames: decoder.frames(),
        usage: decoder.usage(),
        billed: None,
    }
}

/// As the answer of the model that the bodies name.
fn read_gemini<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> Transcript {
    let mut decoder = GeminiDecoder::new(&asked("gemini-handmade-flash"));
    let mut events = Vec::new();
    for piece in pieces {
        let _ = decoder.push(piece, &mut events);
    }
    let ending = decoder.finish(&mut events);
    Transcript {
        events,
        ending,
        is_done: decoder.is_done(),
        frames: decoder.frames(),
        usage: decoder.usage(),
        billed: None,
    }
}

fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All bodies of a folder with one of these endings, by name.
fn fixtures(folder: &str, endings: &[&str]) -> Vec<(String, Vec<u8>)> {
    let path = format!("{}/../../tests/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| endings.iter().any(|ending| name.ends_with(ending)))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no bodies in {path}");
    names.into_iter().map(|name| (name.clone(), fixture(&format!("{folder}/{name}")))).collect()
}

/// Bodies up to this size are cut at every position, larger ones at seeded ones.
const CUT_EVERYWHERE: usize = 65_536;

/// Whole, byte by byte and cut in two wherever that is possible, a body must say the same.
fn says_the_same_however_it_is_cut<T: PartialEq + core::fmt::Debug>(
    name: &str,
    body: &[u8],
    read: impl Fn(&mut dyn Iterator<Item = &[u8]>) -> T,
) -> T {
    let whole = read(&mut [body].into_iter());
    assert_eq!(read(&mut body.chunks(1)), whole, "{name}, byte by byte");
    let positions: Vec<usize> = if body.len() <= CUT_EVERYWHERE {
        (0..=body.len()).collect()
    } else {
        // A fixed walk through the body that comes near every part of it.
        (0..500).map(|step: usize| step.wrapping_mul(2_654_435_761) % body.len()).collect()
    };
    for at in positions {
        let (first, second) = body.split_at(at);
        assert_eq!(read(&mut [first, second].into_iter()), whole, "{name}, cut at byte {at}");
    }
    whole
}

const fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage { input_tokens, output_tokens, cached_input_tokens: None, reasoning_tokens: None, estimated: false }
}
