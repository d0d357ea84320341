//! Which way of cutting text into tokens a model has, told from its name. Models that share a vocabulary are one family,
//! whoever made them.

use crate::model::ModelKey;

/// A way of cutting text into tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// Unknown, or none of the others: weighed so that it is rather too much than too little.
    #[default]
    Other,
    /// o200k: GPT-4o and later, the o-series, gpt-oss, Phi-4-mini.
    OpenAi,
    /// cl100k: GPT-3.5, GPT-4, the embedding models, Phi-4, `OLMo` 2.
    OpenAiOld,
    /// Claude 3 to Opus 4.6.
    Claude,
    /// Claude from Opus 4.7 on.
    ClaudeNew,
    /// Gemini and Gemma.
    Gemini,
    /// Llama 3 and later.
    Llama,
    /// The 32,000 pieces of Llama 2, from which those of Mistral 7B, Mixtral and Phi-3 come.
    LlamaOld,
    /// Tekken: Mistral's models from Nemo on.
    Mistral,
    /// Qwen, from 1.5 on.
    Qwen,
    /// `DeepSeek`, from V2 on.
    DeepSeek,
}

impl Family {
    /// All of them, by number.
    pub const ALL: [Self; 11] = [
        Self::Other,
        Self::OpenAi,
        Self::OpenAiOld,
        Self::Claude,
        Self::ClaudeNew,
        Self::Gemini,
        Self::Llama,
        Self::LlamaOld,
        Self::Mistral,
        Self::Qwen,
        Self::DeepSeek,
    ];

    /// The family of a model, from its id; where that tells nothing, from the family that its server declares, and at last
    /// from its provider's name.
    pub fn of(key: &ModelKey, declared: Option<&str>) -> Self {
        let declared = declared.and_then(named);
        let told = named(model_name(key.id()));
        match (told, declared) {
            // DeepSeek's answers were taught to Llamas and Qwens, which kept their vocabularies.
            (Some(Self::DeepSeek), Some(taught @ (Self::Llama | Self::Qwen))) => taught,
            _ => told.or(declared).or_else(|| named(key.provider())).unwrap_or_default(),
        }
    }

    /// The number that the router's table knows it by.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The family of this number.
    pub fn of_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }
}

/// An id without who made or serves the model: `meta-llama/llama-2-7b` is a Llama 2, and no `llama` without a number.
fn model_name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The family that the last word of a name stands for that stands for any: a model that was taught or tuned is named after
/// its teacher first.
fn named(name: &str) -> Option<Family> {
    let name = name.to_ascii_lowercase();
    let mut found = None;
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, after) = rest.split_at(length);
        found = of_word(word, after, &name).or(found);
        // Digits and signs; `after` begins at a character, since letters of ASCII end at one.
        rest = after.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    }
    found
}

/// What a word stands for; `after` is what follows it in the whole `name`.
fn of_word(word: &str, after: &str, name: &str) -> Option<Family> {
    let has = |part: &str| name.contains(part);
    Some(match word {
        "gpt" => match version(after) {
            (3, _) => Family::OpenAiOld,
            (4, 0) if !after.trim_start_matches(SIGNS).starts_with("4o") => Family::OpenAiOld,
            _ => Family::OpenAi,
        },
        "chatgpt" | "gptoss" | "codex" => Family::OpenAi,
        // `o1`, `o3-mini`; not the `o` of `gpt-4o`.
        "o" if matches!(version(after).0, 1..=9) && name.starts_with(['o']) => Family::OpenAi,
        "davinci" | "babbage" | "ada" | "olmo" => Family::OpenAiOld,
        "embedding" if name.starts_with("text-embedding-3") => Family::OpenAiOld,
        "claude" => claude(after),
        "gemini" | "gemma" | "codegemma" | "medgemma" | "shieldgemma" | "embeddinggemma" | "paligemma"
        | "learnlm" => Family::Gemini,
        "llama" | "mllama" => match version(after) {
            (1 | 2, _) => Family::LlamaOld,
            _ => Family::Llama,
        },
        "codellama" | "tinyllama" | "vicuna" | "llava" | "mixtral" | "mathstral" | "zephyr" | "wizardlm"
        | "openchat" | "orca" => Family::LlamaOld,
        "mistral" => mistral(after, name),
        "codestral" if has("22b") => Family::LlamaOld,
        "nemo" | "ministral" | "pixtral" | "magistral" | "devstral" | "voxtral" | "codestral" => {
            Family::Mistral
        }
        "phi" => match version(after) {
            (3, _) => Family::LlamaOld,
            (4, _) if has("mini") || has("multimodal") => Family::OpenAi,
            (4, _) => Family::OpenAiOld,
            _ => return None,
        },
        "qwen" | "qwq" | "qvq" | "codeqwen" => Family::Qwen,
        "deepseek" => Family::DeepSeek,
        _ => return None,
    })
}

/// Claude's models have had another tokenizer since Opus 4.7. One without a number is the latest.
fn claude(after: &str) -> Family {
    let digit = after.find(|letter: char| letter.is_ascii_digit());
    match version(digit.and_then(|digit| after.get(digit..)).unwrap_or_default()) {
        (1..=3, _) | (4, 0..=6) => Family::Claude,
        _ => Family::ClaudeNew,
    }
}

/// The 7B and the large ones of 2024 have the old vocabulary, as has what only says `mistral`, which is the 7B.
fn mistral(after: &str, name: &str) -> Family {
    let kind = after.trim_start_matches(SIGNS);
    let is_newer = kind.starts_with("small") || kind.starts_with("medium") || kind.starts_with('3');
    let is_large = kind.starts_with("large") && !name.contains("-24");
    if is_newer || is_large { Family::Mistral } else { Family::LlamaOld }
}

const SIGNS: [char; 4] = ['-', '_', ' ', '.'];

/// The number that follows a word, and the one after its point or dash: `-3.1-8b` is (3, 1), `-4-20250514` is (4, 0). What
/// counts parameters is no version.
fn version(after: &str) -> (u32, u32) {
    let Some((major, rest)) = number(after.trim_start_matches(SIGNS)) else { return (0, 0) };
    let minor = rest.strip_prefix(['.', '-', '_']).and_then(number);
    (major, minor.map_or(0, |(minor, _)| minor))
}

/// A number of one or two digits at the beginning, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if digits > 2 || rest.starts_with('b') {
        return None;
    }
    number.parse().ok().map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str, declared: Option<&str>) -> Family {
        Family::of(&ModelKey::parse(address).unwrap(), declared)
    }

    #[test]
    fn models_are_told_apart_by_the_names_that_servers_give_them() {
        for (address, family) in [
            ("openrouter/openai/gpt-4o", Family::OpenAi),
            ("openrouter/openai/gpt-4o-mini-2024-07-18", Family::OpenAi),
            ("openrouter/openai/gpt-4.1-nano", Family::OpenAi),
            ("openrouter/openai/gpt-5.1-codex", Family::OpenAi),
            ("openrouter/openai/o1", Family::OpenAi),
            ("openrouter/openai/o4-mini-high", Family::OpenAi),
            ("openrouter/openai/gpt-oss-120b:free", Family::OpenAi),
            ("ollama/gpt-oss:20b", Family::OpenAi),
            ("openrouter/openai/chatgpt-4o-latest", Family::OpenAi),
            ("openrouter/openai/gpt-4", Family::OpenAiOld),
            ("openrouter/openai/gpt-4-turbo", Family::OpenAiOld),
            ("openrouter/openai/gpt-4-1106-preview", Family::OpenAiOld),
            ("openrouter/openai/gpt-3.5-turbo-16k", Family::OpenAiOld),
            ("shop/text-embedding-3-small", Family::OpenAiOld),
            ("ollama/phi4:14b", Family::OpenAiOld),
            ("ollama/phi4-mini", Family::OpenAi),
            ("ollama/phi3:mini", Family::LlamaOld),
            ("openrouter/microsoft/phi-3.5-mini-128k-instruct", Family::LlamaOld),
            ("ollama/phi:2.7b", Family::Other),
            ("openrouter/anthropic/claude-3-haiku", Family::Claude),
            ("openrouter/anthropic/claude-3.7-sonnet:thinking", Family::Claude),
            ("anthropic/claude-3-5-sonnet-20241022", Family::Claude),
            ("anthropic/claude-sonnet-4-20250514", Family::Claude),
            ("openrouter/anthropic/claude-sonnet-4.5", Family::Claude),
            ("openrouter/anthropic/claude-opus-4.6", Family::Claude),
            ("openrouter/anthropic/claude-opus-4.7", Family::ClaudeNew),
            ("anthropic/claude-opus-4-8", Family::ClaudeNew),
            ("openrouter/anthropic/claude-sonnet-5", Family::ClaudeNew),
            ("gemini/gemini-2.5-flash", Family::Gemini),
            ("gemini/models/gemini-3-pro-preview", Family::Gemini),
            ("openrouter/google/gemini-2.0-flash-001", Family::Gemini),
            ("openrouter/google/gemma-3-27b-it:free", Family::Gemini),
            ("ollama/gemma3n:e4b", Family::Gemini),
            ("ollama/embeddinggemma:300m", Family::Gemini),
            ("gemini/text-embedding-004", Family::Gemini),
            ("ollama/llama3.2:latest", Family::Llama),
            ("ollama/llama3.2-vision:11b", Family::Llama),
            ("ollama/llama3.1:8b-instruct-q4_K_M", Family::Llama),
            ("ollama/hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", Family::Llama),
            ("openrouter/meta-llama/llama-4-maverick", Family::Llama),
            ("openrouter/nvidia/llama-3.1-nemotron-70b-instruct", Family::Llama),
            ("openrouter/nousresearch/hermes-3-llama-3.1-405b", Family::Llama),
            ("ollama/dolphin-llama3:8b", Family::Llama),
            ("ollama/llama2:13b", Family::LlamaOld),
            ("openrouter/meta-llama/llama-2-70b-chat", Family::LlamaOld),
            ("ollama/codellama:7b", Family::LlamaOld),
            ("ollama/tinyllama", Family::LlamaOld),
            ("ollama/mistral:7b", Family::LlamaOld),
            ("ollama/mistral:latest", Family::LlamaOld),
            ("openrouter/mistralai/mistral-7b-instruct-v0.3", Family::LlamaOld),
            ("openrouter/mistralai/mixtral-8x22b-instruct", Family::LlamaOld),
            ("ollama/dolphin-mixtral:8x7b", Family::LlamaOld),
            ("openrouter/mistralai/mistral-large-2411", Family::LlamaOld),
            ("ollama/codestral:22b", Family::LlamaOld),
            ("ollama/mistral-nemo:12b", Family::Mistral),
            ("ollama/mistral-small3.2:24b", Family::Mistral),
            ("openrouter/mistralai/mistral-small-3.1-24b-instruct:free", Family::Mistral),
            ("openrouter/mistralai/mistral-medium-3.1", Family::Mistral),
            ("openrouter/mistralai/ministral-8b", Family::Mistral),
            ("openrouter/mistralai/codestral-2508", Family::Mistral),
            ("ollama/devstral:24b", Family::Mistral),
            ("ollama/qwen2.5-coder:32b", Family::Qwen),
            ("ollama/qwen3:30b-a3b", Family::Qwen),
            ("ollama/qwen2.5vl:7b", Family::Qwen),
            ("openrouter/qwen/qwq-32b", Family::Qwen),
            ("openrouter/deepseek/deepseek-chat-v3.1", Family::DeepSeek),
            ("openrouter/deepseek/deepseek-r1-0528", Family::DeepSeek),
            ("openrouter/deepseek/deepseek-r1-distill-llama-70b", Family::Llama),
            ("openrouter/deepseek/deepseek-r1-0528-qwen3-8b", Family::Qwen),
            ("openrouter/allenai/olmo-2-0325-32b-instruct", Family::OpenAiOld),
            ("page/smollm2-135m", Family::Other),
            ("ollama/nomic-embed-text:latest", Family::Other),
            ("openrouter/x-ai/grok-4", Family::Other),
            ("openrouter/cohere/command-r-plus", Family::Other),
            ("openrouter/openrouter/auto", Family::Other),
        ] {
            assert_eq!(of(address, None), family, "{address}");
        }
    }

    #[test]
    fn a_name_that_tells_nothing_is_asked_of_the_server() {
        assert_eq!(of("ollama/my-helper:latest", Some("qwen2")), Family::Qwen);
        assert_eq!(of("ollama/my-helper:latest", Some("gemma3")), Family::Gemini);
        assert_eq!(of("ollama/my-helper:latest", Some("bert")), Family::Other);
        assert_eq!(of("ollama/my-helper:latest", None), Family::Other);
        // Ollama calls the architecture of Mistral 7B `llama`; the name knows better.
        assert_eq!(of("ollama/mistral:7b", Some("llama")), Family::LlamaOld);
        assert_eq!(of("ollama/phi4:14b", Some("phi3")), Family::OpenAiOld);
        // But who was taught by DeepSeek is told by the server alone.
        assert_eq!(of("ollama/deepseek-r1:7b", Some("qwen2")), Family::Qwen);
        assert_eq!(of("ollama/deepseek-r1:671b", Some("deepseek2")), Family::DeepSeek);
    }

    #[test]
    fn any_name_has_a_family_and_numbers_lead_back_to_it() {
        for name in ["", "-", "日本語", "llama-", "claude", "gpt", "o", "mistral-é", "llama99999999999"] {
            let _ = Family::of(&ModelKey::new("x", name), Some(name));
        }
        for family in Family::ALL {
            assert_eq!(Family::of_number(family.number()), family);
        }
        assert_eq!(Family::of_number(200), Family::Other);
    }
}
