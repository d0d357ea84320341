//! One answer as it is kept, with the whole request that it answers.

use serde::Serialize;
use serde_json::Value;

use crate::base::json::{self, Fields, FromJson, Misfit};
use crate::base::time::Wall;
use crate::model::receipt::Source;
use crate::model::{CostKind, FinishReason, ToolCall, Usage};

/// What a model answered, and what that took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Who answered: `provider/id`.
    pub model: String,
    /// What its provider was under that name: an address, or what a program in the page said it is.
    pub identity: String,
    /// The words.
    pub text: String,
    /// The thoughts, if any were shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Tools it asked for.
    pub tool_calls: Vec<ToolCall>,
    /// What a request with a schema asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    /// What its provider wants back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<Value>,
    /// Where statements come from.
    pub sources: Vec<Source>,
    /// Pictures, or a video. Their bytes lie beside the record, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<KeptPicture>,
    /// Why it ended.
    pub finish: FinishReason,
    /// Tokens.
    pub usage: Usage,
    /// USD, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// How far the cost can be trusted.
    pub cost_kind: CostKind,
    /// Milliseconds from the call to the end.
    pub duration_ms: f64,
}

/// What is kept of a picture besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptPicture {
    /// How many bytes it has.
    pub bytes: u64,
    /// What they are.
    pub media_type: String,
    /// With which it can be had again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl FromJson for KeptPicture {
    fn from_json(value: Value, path: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, path)?;
        Ok(Self {
            bytes: fields.need("bytes")?,
            media_type: fields.need("mediaType")?,
            seed: fields.take("seed")?,
        })
    }
}

/// An answer under its request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// As [`super::canonical`] writes it.
    pub request: String,
    /// When it was answered, epoch milliseconds.
    pub kept_at: Wall,
    /// The answer.
    pub answer: Answer,
}

impl Entry {
    /// As it is stored: JSON.
    pub fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// From stored bytes; `None` where they cannot be read.
    pub fn from_record(bytes: &[u8]) -> Option<Self> {
        read(json::read(bytes).ok()?).ok()
    }
}

fn read(value: Value) -> Result<Entry, Misfit> {
    let mut fields = Fields::of(value, "")?;
    let mut answer = Fields::of(fields.need("answer")?, "answer")?;
    Ok(Entry {
        request: fields.need("request")?,
        kept_at: fields.need("keptAt")?,
        answer: Answer {
            model: answer.need("model")?,
            identity: answer.need("identity")?,
            text: answer.need("text")?,
            reasoning: answer.take("reasoning")?,
            tool_calls: answer.need("toolCalls")?,
            object: answer.take("object")?,
            opaque: answer.take("opaque")?,
            sources: answer.need("sources")?,
            pictures: answer.take("pictures")?.unwrap_or_default(),
            finish: answer.need("finish")?,
            usage: answer.need("usage")?,
            cost: answer.take("cost")?,
            cost_kind: answer.need("costKind")?,
            duration_ms: answer.need("durationMs")?,
        },
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cache) fn entry(text: &str) -> Entry {
        Entry {
            request: format!("ask for {text}"),
            kept_at: Wall::from_epoch_millis(1_700_000_000_000),
            answer: Answer {
                model: "ollama/llama3.2".to_owned(),
                identity: "http://localhost:11434".to_owned(),
                text: text.to_owned(),
                reasoning: Some("Hm.".to_owned()),
                tool_calls: vec![ToolCall {
                    id: "1".to_owned(),
                    name: "f".to_owned(),
                    input: Value::Null,
                    opaque: Some(Value::Bool(true)),
                }],
                object: Some(serde_json::json!({ "a": [1, 2.5] })),
                opaque: Some(Value::from(7)),
                sources: vec![Source { title: "A".to_owned(), url: "https://a.example".to_owned() }],
                pictures: vec![KeptPicture { bytes: 7, media_type: "image/png".to_owned(), seed: Some(1) }],
                finish: FinishReason::Stop,
                usage: Usage {
                    input_tokens: 10,
                    output_tokens: 5,
                    reasoning_tokens: Some(2),
                    ..Usage::default()
                },
                cost: Some(0.000_123),
                cost_kind: CostKind::Computed,
                duration_ms: 1_234.5,
            },
        }
    }

    #[test]
    fn an_answer_is_read_again_as_it_was() {
        let all = entry("Because of „Rayleigh“ \u{0}\u{1f}🌈.");
        assert_eq!(Entry::from_record(&all.to_record()), Some(all.clone()));
        let answer = Answer {
            reasoning: None,
            tool_calls: Vec::new(),
            object: None,
            opaque: None,
            sources: Vec::new(),
            pictures: Vec::new(),
            cost: None,
            ..all.answer
        };
        let little = Entry { answer, ..all };
        assert_eq!(Entry::from_record(&little.to_record()), Some(little));
    }

    #[test]
    fn what_the_benchmark_keeps_is_an_answer() {
        let entry = include_bytes!("../../../tests/bench/page/entry.json");
        assert!(Entry::from_record(entry).is_some());
    }

    #[test]
    fn what_is_broken_is_no_answer() {
        let whole = entry("a").to_record();
        for end in 0..whole.len() {
            assert_eq!(Entry::from_record(&whole[..end]), None, "{end}");
        }
        for bytes in [&b""[..], b"\xff", b"null", b"[]", b"{}", b"{\"answer\":{}}"] {
            assert_eq!(Entry::from_record(bytes), None);
        }
    }
}
