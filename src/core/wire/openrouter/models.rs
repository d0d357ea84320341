//! The list of models, with what they cost.

use serde_json::Value;

use crate::base::number::number_in;
use crate::model::http::HttpRequest;
use crate::model::{LongPromptPrice, Modality, Price};
use crate::wire::openai::{entries, list};
use crate::wire::tolerant::count;
use crate::wire::{ListedModel, ModelPage, Server, WireError, get};

const SECONDS_A_DAY: u64 = 86_400;

/// A picture's price in USD from here on; below is a token's.
const LEAST_OF_PICTURE: f64 = 0.0005;

/// A request for the list of models, or for its part that begins at `page`.
///
/// It goes without the key, which it does not need: so the browser asks nobody for leave first. All kinds of models are
/// asked for, since by itself the list holds only those that write text.
pub fn models(server: &Server<'_>, page: Option<&str>) -> HttpRequest {
    let offset = page.map(|page| ["&offset=", page].concat()).unwrap_or_default();
    let mut sent = get([server.root, "/models?output_modalities=all", &offset].concat(), None);
    sent.headers.extend_from_slice(server.headers);
    sent
}

/// Reads a part of the list. An entry without a name is left out, and one that expired, and one that makes nothing that
/// is known here (speech, rankings).
pub fn parse_models(body: &[u8]) -> Result<ModelPage, WireError> {
    let list = list(body)?;
    // There is no clock here, but the newest model is not from the future.
    let created = entries(&list).iter().filter_map(|entry| entry.get("created")?.as_u64());
    let now = created.max().unwrap_or_default();
    let next = list.pointer("/links/next").and_then(Value::as_str).and_then(offset);
    Ok(ModelPage { models: entries(&list).iter().filter_map(|entry| model(entry, now)).collect(), next })
}

/// Where the next part begins. The address itself is not followed: it could lead anywhere.
fn offset(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    let offset = query.split('&').find_map(|pair| pair.strip_prefix("offset="))?;
    (!offset.is_empty() && offset.bytes().all(|byte| byte.is_ascii_digit())).then(|| offset.to_owned())
}

fn model(entry: &Value, now: u64) -> Option<ListedModel> {
    let id = entry.get("id")?.as_str().filter(|id| !id.is_empty())?;
    if entry.get("expiration_date").and_then(Value::as_str).and_then(seconds).is_some_and(|end| end <= now) {
        return None;
    }
    let makes = |kind: &str| holds(entry.pointer("/architecture/output_modalities"), kind);
    let is_told = entry.pointer("/architecture/output_modalities").is_some_and(Value::is_array);
    let (modality, is_embedding) = if makes("video") {
        (Modality::Video, false)
    } else if makes("image") {
        (Modality::Image, false)
    } else if makes("text") || !is_told {
        (Modality::Text, false)
    } else if makes("embeddings") {
        (Modality::Text, true)
    } else {
        return None;
    };
    let number = |path: &str| entry.pointer(path).and_then(Value::as_u64).filter(|number| *number > 0);
    Some(ListedModel {
        id: id.to_owned(),
        name: entry.get("name").and_then(Value::as_str).map(str::to_owned),
        modality,
        capabilities: match modality {
            Modality::Image => Some(painter_capabilities(entry)),
            _ if is_embedding => Some(vec!["embedding"]),
            _ => capabilities(entry, modality),
        },
        context_length: number("/context_length").or_else(|| number("/top_provider/context_length")),
        max_output_tokens: number("/top_provider/max_completion_tokens"),
        price: entry.get("pricing").and_then(|pricing| price(pricing, modality)),
    })
}

fn holds(list: Option<&Value>, word: &str) -> bool {
    list.and_then(Value::as_array).is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(word)))
}

/// What makes pictures says what it takes and gives; its parameters are those of the chat around them.
fn painter_capabilities(entry: &Value) -> Vec<&'static str> {
    let known = [
        ("image-edit", holds(entry.pointer("/architecture/input_modalities"), "image")),
        ("text", holds(entry.pointer("/architecture/output_modalities"), "text")),
    ];
    known.into_iter().filter(|(_, can)| *can).map(|(word, _)| word).collect()
}

fn capabilities(entry: &Value, modality: Modality) -> Option<Vec<&'static str>> {
    let parameters = entry.get("supported_parameters").filter(|list| list.is_array())?;
    let takes = |parameter: &str| holds(Some(parameters), parameter);
    let known = [
        ("vision", holds(entry.pointer("/architecture/input_modalities"), "image")),
        ("tools", takes("tools")),
        ("json", takes("structured_outputs")),
        ("reasoning", takes("reasoning")),
        // OpenRouter searches itself and hands the pages to whichever model it is (the plugin `web`).
        ("search", modality == Modality::Text),
    ];
    Some(known.into_iter().filter(|(_, can)| *can).map(|(word, _)| word).collect())
}

/// Dollars a token. Both ways have to be known; `-1` stands for a price that is only known afterwards.
///
/// Thinking is billed as output, whatever `internal_reasoning` says, so that is left out. What a picture costs is written per
/// token by some and per picture by others: no token costs as much as half a thousandth of a dollar, and no picture as little.
/// Where it is per token, all of the answer is reckoned like that, so that nothing costs more than was said. Of the dearer prices (`overrides`) those for long prompts are taken: where there are several
/// steps, the dearest from the first on, so that nothing costs more than was reckoned. Those for some hours of the day have no
/// place in a [`Price`]; the bill that comes with each answer has them all.
fn price(pricing: &Value, modality: Modality) -> Option<Price> {
    let discount = pricing.get("discount").and_then(Value::as_f64).filter(|part| (0.0..1.0).contains(part));
    let share = 1.0 - discount.unwrap_or_default();
    let of = |prices: &Value, name: &str| {
        let usd: f64 = match prices.get(name)? {
            Value::String(text) => number_in(text)?,
            number => number.as_f64()?,
        };
        (usd.is_finite() && usd >= 0.0).then_some(usd * share)
    };
    let steps = pricing.get("overrides").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let longs = steps.iter().filter_map(|step| {
        Some(LongPromptPrice {
            // From so many tokens on.
            above: count(step.get("min_prompt_tokens"))?.saturating_sub(1),
            input: of(step, "prompt")?,
            output: of(step, "completion")?,
            cached_input: of(step, "input_cache_read"),
        })
    });
    let long_prompt = longs.reduce(|one, other| LongPromptPrice {
        above: one.above.min(other.above),
        input: one.input.max(other.input),
        output: one.output.max(other.output),
        cached_input: one.cached_input.zip(other.cached_input).map(|(one, other)| one.max(other)),
    });
    let picture = of(pricing, "image_output").filter(|usd| modality == Modality::Image && *usd > 0.0);
    let (image, of_tokens) = match picture {
        Some(usd) if usd < LEAST_OF_PICTURE => (None, usd),
        image => (image, 0.0),
    };
    Some(Price {
        input: of(pricing, "prompt")?,
        output: of(pricing, "completion")?.max(of_tokens),
        cached_input: of(pricing, "input_cache_read"),
        reasoning: None,
        image,
        request: of(pricing, "request"),
        long_prompt,
    })
}

/// The beginning of a day, written as `2026-11-22` or longer, in seconds since 1970.
fn seconds(date: &str) -> Option<u64> {
    let mut parts = date.get(..10)?.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    // So many days lie between the first of March of the year 0 and 1970, plus one.
    days.checked_sub(719_469).map(|days| days * SECONDS_A_DAY)
}
