//! Each token once, in the right class and to the right pico-dollar: one table over all providers of how answers are counted and
//! billed, streamed and whole, cached, thought, cancelled, broken off and not counted at all. Bills that come later are in
//! `later_bills`.

use super::story::{World, everyone};
use crate::catalog::Entry;
use crate::engine::Request;
use crate::model::metrics::{GenerationMetrics, Range, Summary};
use crate::model::{CostKind, ErrorCode, ModelKey, Price};

/// The one provider `x` of this kind, with one model at this price.
pub(super) fn world(kind: &str, price: Option<Price>) -> World {
    if kind == "ollama" {
        return World::with_ollama(r#"{"policy":{"onCut":"fail"}}"#, &[("m", "")]);
    }
    let endpoint = if kind == "openai" { r#","endpoint":"https://x.example""# } else { "" };
    let mut world = World::new(&format!(
        r#"{{"providers":{{"ollama":{{"disabled":true}},"x":{{"kind":"{kind}"{endpoint}}}}},"policy":{{"onCut":"fail"}}}}"#
    ));
    world.request(
        "k",
        Request::KeyChanged { provider: "x".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", everyone());
    world.answer(
        0,
        200,
        match kind {
            "gemini" => {
                r#"{"models":[{"name":"models/m","supportedGenerationMethods":["generateContent"]}]}"#
            }
            "openrouter" => r#"{"data":[{"id":"m","name":"M","supported_parameters":[]}]}"#,
            _ => r#"{"data":[{"id":"m"}]}"#,
        },
    );
    let shared = &mut world.engine.shared;
    let mut config = shared.catalogue.entry(&ModelKey::new("x", "m")).unwrap().config().clone();
    config.price = price;
    shared.listed("x", vec![Entry::new(config, None)]);
    world.settled.clear();
    world.transcript.clear();
    world
}

/// In pico-dollars a token: 1,000,000 for input, 250,000 where it was cached, 4,000,000 for output.
pub(super) const PRICE: Price =
    Price { input: 1e-6, output: 4e-6, cached_input: Some(2.5e-7), ..Price::FREE };

const DEAR_THOUGHTS: Price = Price { reasoning: Some(1e-5), ..PRICE };

/// A number of tokens that only the mesh's own guess can be: more than none, and charged as if it had been counted.
const GUESS: u64 = u64::MAX;

/// How an answer ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// By itself.
    Whole,
    /// The caller wants it no more.
    Cancelled,
    /// The connection breaks.
    Cut,
    /// Cancelled; then the provider's record of it is this.
    Billed(&'static str),
    /// Cut; then the provider's record of it is this.
    CutAndBilled(&'static str),
}

use CostKind::{Computed, Estimated, Free, Unknown};
use End::{Billed, Cancelled, Cut, CutAndBilled, Whole};

const COMPUTED: Option<u64> = Some(240_000_000);
const PLAIN: Option<u64> = Some(300_000_000);

/// How it goes, the model's price, the body, its end, and what has to be counted.
type Vector = (&'static str, Option<Price>, String, End, Counted);

/// What was counted: input, of it cached, output, of it reasoning; pico-dollars, and how far they can be trusted.
type Counted = ([u64; 4], Option<u64>, CostKind);

pub(super) fn last(world: &World) -> u32 {
    world.sent.last().unwrap().0.number()
}

pub(super) fn total(world: &World) -> Summary {
    world.engine.report(Range::default(), 0, world.now()).total
}

pub(super) fn recent(world: &World) -> GenerationMetrics {
    world.engine.metrics().recent(1)[0].clone()
}

pub(super) fn pico(usd: f64) -> u64 {
    (usd * 1e12).round() as u64
}

/// What the metrics say of the only request: the sums, and the same of the single generation.
pub(super) fn found(world: &World) -> Counted {
    let total = total(world);
    let (tokens, costs) = (total.token_counts.unwrap(), total.cost_counts.unwrap());
    assert_eq!(total.tokens, tokens.input + tokens.output);
    assert_eq!((total.requests, total.attempts), (1, Some(1)));
    let single = recent(world);
    let usage = single.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (tokens.input, tokens.output));
    assert_eq!(usage.reasoning_tokens.unwrap_or(0), tokens.reasoning);
    assert_eq!(single.tokens, Some(total.tokens), "the single generation and the sum");
    assert_eq!(single.cost.unwrap_or(0.0), total.cost, "the single generation and the sum");
    let kind = single.cost_kind.unwrap();
    let of_kind = match kind {
        CostKind::Billed => Some(costs.billed),
        Computed | Free => Some(costs.computed),
        Estimated => Some(costs.estimated),
        Unknown => None,
    };
    assert_eq!(of_kind.unwrap_or(0.0), total.cost, "all of it is of one kind");
    assert_eq!(total.unpriced, Some(u64::from(kind == Unknown)));
    ([tokens.input, tokens.cached_input, tokens.output, tokens.reasoning], of_kind.map(pico), kind)
}

/// Has it answered like this.
fn live(kind: &str, price: Option<Price>, body: &str, end: End) -> Counted {
    let mut world = world(kind, price);
    world.generate("a", r#"{"prompt":"Hello","maxOutputTokens":100}"#);
    let id = last(&world);
    world.head(id, 200);
    world.chunk(id, body);
    match end {
        Whole => {
            world.end(id);
            world.text("a");
        }
        Cancelled | Billed(_) => {
            world.request("a", Request::Cancel);
            let single = recent(&world);
            assert_eq!((single.success, single.cancelled, single.error), (false, Some(true), None));
        }
        Cut | CutAndBilled(_) => {
            world.fail(id);
            assert_eq!(world.error("a").code, ErrorCode::Truncated);
        }
    }
    if let Billed(record) | CutAndBilled(record) = end {
        assert_eq!(recent(&world).cost_kind, Some(Estimated), "until the record comes");
        world.wait(1_000);
        assert!(world.sent.last().unwrap().1.url.contains("/generation?id=gen-1"), "{:?}", world.sent.last());
        let asked = last(&world);
        world.answer(asked, 200, record);
    }
    found(&world)
}

pub(super) const OPENAI_WORD: &str =
    "data: {\"id\":\"gen-1\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hi there.\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

pub(super) fn openai_stream(usage: &str) -> String {
    format!("{OPENAI_WORD}{STOP}data: {{\"choices\":[],\"usage\":{usage}}}\n\ndata: [DONE]\n\n")
}

fn openai_whole(usage: &str) -> String {
    format!(
        r#"{{"id":"gen-1","choices":[{{"message":{{"role":"assistant","content":"Hi."}},"finish_reason":"stop"}}],"usage":{usage}}}"#
    )
}

pub(super) const OPENAI_USAGE: &str = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":80},"completion_tokens_details":{"reasoning_tokens":30}}"#;
/// Thoughts that were left out of the answer's tokens.
const THOUGHTS_BESIDE: &str = r#"{"prompt_tokens":100,"completion_tokens":20,"total_tokens":150,"completion_tokens_details":{"reasoning_tokens":30}}"#;
const PLAIN_USAGE: &str = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150}"#;
const MORE_CACHED_THAN_SENT: &str =
    r#"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":500}}"#;

/// OpenRouter's usage with a bill.
pub(super) fn with_bill(bill: &str) -> String {
    OPENAI_USAGE.replacen('{', &format!("{{{bill},"), 1)
}

pub(super) const RECORD: &str = r#"{"data":{"id":"gen-1","total_cost":0.0000615,"is_byok":false,"upstream_inference_cost":null,"tokens_prompt":90,"tokens_completion":40,"native_tokens_prompt":100,"native_tokens_completion":50,"native_tokens_reasoning":30,"native_tokens_cached":80,"cancelled":true}}"#;
const RECORD_OF_OWN_KEY: &str = r#"{"data":{"id":"gen-1","total_cost":0.00001,"is_byok":true,"upstream_inference_cost":0.0002,"native_tokens_prompt":100,"native_tokens_completion":50}}"#;
const RECORD_WITHOUT_TOKENS: &str = r#"{"data":{"id":"gen-1","total_cost":0.0000615}}"#;

/// A frame with these counts, the last one or one on the way.
fn gemini_frame(is_last: bool, counts: &str) -> String {
    let finish = if is_last { r#","finishReason":"STOP""# } else { "" };
    let usage = if counts.is_empty() { String::new() } else { format!(r#","usageMetadata":{{{counts}}}"#) };
    let content = r#""content":{"parts":[{"text":"Hi there."}],"role":"model"}"#;
    format!("data: {{\"candidates\":[{{{content}{finish},\"index\":0}}]{usage}}}\r\n\r\n")
}

const GEMINI: &str =
    r#""promptTokenCount":100,"candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":150"#;
const GEMINI_CACHED: &str =
    r#""promptTokenCount":100,"candidatesTokenCount":50,"totalTokenCount":150,"cachedContentTokenCount":80"#;
const GEMINI_SEARCHED: &str =
    r#""promptTokenCount":60,"toolUsePromptTokenCount":40,"candidatesTokenCount":50,"totalTokenCount":150"#;
/// As the first frames count: the answer's own tokens are not in it yet.
const GEMINI_EARLY: &str = r#""promptTokenCount":100,"totalTokenCount":100"#;

fn ollama_line(message: &str, more: &str) -> String {
    format!("{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",{message}}},{more}}}\n")
}

const OLLAMA_DONE: &str = r#""done":true,"done_reason":"stop","prompt_eval_count":100,"eval_count":50"#;

/// Thoughts are part of `eval_count`, and it does not say how many; nothing costs anything.
#[rustfmt::skip]
fn ollama() -> Vec<Vector> {
    let said = ollama_line(r#""content":"Hi there.""#, r#""done":false"#);
    let thought = ollama_line(r#""content":"","thinking":"Well, a greeting.""#, r#""done":false"#);
    vec![
        ("streamed", None, [said.clone(), ollama_line(r#""content":"""#, OLLAMA_DONE)].concat(), Whole, ([100, 0, 50, 0], Some(0), Free)),
        ("awaited", None, ollama_line(r#""content":"Hi there.""#, OLLAMA_DONE), Whole, ([100, 0, 50, 0], Some(0), Free)),
        ("reasoning", None, [thought, said.clone(), ollama_line(r#""content":"""#, OLLAMA_DONE)].concat(), Whole, ([100, 0, 50, 0], Some(0), Free)),
        ("cancelled", None, said.clone(), Cancelled, ([GUESS, 0, GUESS, 0], Some(0), Free)),
        ("broken off", None, said.clone(), Cut, ([GUESS, 0, GUESS, 0], Some(0), Free)),
        ("missing", None, ollama_line(r#""content":"Hi there.""#, r#""done":true,"done_reason":"stop""#), Whole, ([GUESS, 0, GUESS, 0], Some(0), Free)),
    ]
}

/// Servers with OpenAI's API, at a known price. What they cut off or leave uncounted is guessed.
#[rustfmt::skip]
fn openai() -> Vec<Vector> {
    let price = Some(PRICE);
    vec![
        ("streamed", price, openai_stream(PLAIN_USAGE), Whole, ([100, 0, 50, 0], PLAIN, Computed)),
        ("awaited", price, openai_whole(OPENAI_USAGE), Whole, ([100, 80, 50, 30], COMPUTED, Computed)),
        ("cached", price, openai_stream(OPENAI_USAGE), Whole, ([100, 80, 50, 30], COMPUTED, Computed)),
        ("more cached than sent", price, openai_stream(MORE_CACHED_THAN_SENT), Whole, ([100, 100, 10, 0], Some(65_000_000), Computed)),
        ("dear thoughts", Some(DEAR_THOUGHTS), openai_stream(OPENAI_USAGE), Whole, ([100, 80, 50, 30], Some(420_000_000), Computed)),
        ("thoughts beside", price, openai_stream(THOUGHTS_BESIDE), Whole, ([100, 0, 50, 30], PLAIN, Computed)),
        ("cancelled", price, OPENAI_WORD.to_owned(), Cancelled, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
        ("broken off", price, OPENAI_WORD.to_owned(), Cut, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
        ("missing", price, openai_stream("null"), Whole, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
        ("without a price", None, openai_stream(OPENAI_USAGE), Whole, ([100, 80, 50, 30], None, Unknown)),
        ("without a price, cancelled", None, OPENAI_WORD.to_owned(), Cancelled, ([GUESS, 0, GUESS, 0], None, Unknown)),
    ]
}

/// Its own bill and not its price list, at the end or from its record.
#[rustfmt::skip]
fn openrouter() -> Vec<Vector> {
    let price = Some(PRICE);
    vec![
        ("streamed", price, openai_stream(&with_bill(r#""cost":0.0000615"#)), Whole, ([100, 80, 50, 30], Some(61_500_000), CostKind::Billed)),
        ("awaited", price, openai_whole(&with_bill(r#""cost":0.0000615"#)), Whole, ([100, 80, 50, 30], Some(61_500_000), CostKind::Billed)),
        ("own key", price, openai_stream(&with_bill(r#""cost":0.00001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.0002}"#)), Whole, ([100, 80, 50, 30], Some(210_000_000), CostKind::Billed)),
        ("no bill", price, openai_stream(&with_bill(r#""cost":null"#)), Whole, ([100, 80, 50, 30], COMPUTED, Computed)),
        ("without a price", None, openai_stream(&with_bill(r#""cost":0.0000615"#)), Whole, ([100, 80, 50, 30], Some(61_500_000), CostKind::Billed)),
        ("cancelled", price, OPENAI_WORD.to_owned(), Cancelled, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
        ("cancelled, later billed", price, OPENAI_WORD.to_owned(), Billed(RECORD), ([100, 80, 50, 30], Some(61_500_000), CostKind::Billed)),
        ("broken off, later billed", price, OPENAI_WORD.to_owned(), CutAndBilled(RECORD), ([100, 80, 50, 30], Some(61_500_000), CostKind::Billed)),
        ("own key, cancelled, later billed", price, OPENAI_WORD.to_owned(), Billed(RECORD_OF_OWN_KEY), ([100, 0, 50, 0], Some(210_000_000), CostKind::Billed)),
        ("billed later without tokens", price, OPENAI_WORD.to_owned(), Billed(RECORD_WITHOUT_TOKENS), ([GUESS, 0, GUESS, 0], Some(61_500_000), CostKind::Billed)),
        ("missing", price, openai_stream("null"), Whole, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
    ]
}

/// Every frame counts from the beginning, thoughts beside the answer's tokens. It bills on after a cancel: what was counted by
/// then is the least that it can be.
#[rustfmt::skip]
fn gemini() -> Vec<Vector> {
    let price = Some(PRICE);
    let whole = format!("[{}]", gemini_frame(true, GEMINI).trim().trim_start_matches("data: "));
    vec![
        ("streamed", price, [gemini_frame(false, GEMINI_EARLY), gemini_frame(true, GEMINI)].concat(), Whole, ([100, 0, 50, 30], PLAIN, Computed)),
        ("awaited", price, whole, Whole, ([100, 0, 50, 30], PLAIN, Computed)),
        ("cached", price, gemini_frame(true, GEMINI_CACHED), Whole, ([100, 80, 50, 0], COMPUTED, Computed)),
        ("searched", price, gemini_frame(true, GEMINI_SEARCHED), Whole, ([100, 0, 50, 0], PLAIN, Computed)),
        ("dear thoughts", Some(DEAR_THOUGHTS), gemini_frame(true, GEMINI), Whole, ([100, 0, 50, 30], Some(480_000_000), Computed)),
        ("cancelled", price, gemini_frame(false, GEMINI), Cancelled, ([100, 0, 50, 30], PLAIN, Estimated)),
        ("cancelled early", price, gemini_frame(false, GEMINI_EARLY), Cancelled, ([100, 0, GUESS, 0], Some(GUESS), Estimated)),
        ("broken off", price, gemini_frame(false, GEMINI), Cut, ([100, 0, 50, 30], PLAIN, Estimated)),
        ("missing", price, gemini_frame(true, ""), Whole, ([GUESS, 0, GUESS, 0], Some(GUESS), Estimated)),
    ]
}

#[test]
fn every_way_of_counting_and_billing_gives_the_right_classes_and_amounts() {
    let table =
        [("ollama", ollama()), ("openai", openai()), ("openrouter", openrouter()), ("gemini", gemini())];
    for (kind, vectors) in table {
        for (how, price, body, end, (tokens, cost, cost_kind)) in vectors {
            let (found, found_cost, found_kind) = live(kind, price, &body, end);
            for (class, (found, wanted)) in found.iter().zip(tokens).enumerate() {
                let fits = if wanted == GUESS { *found > 0 && *found < 100 } else { *found == wanted };
                assert!(fits, "{kind}, {how}: {found} tokens in the class {class}, not {wanted}");
            }
            let guessed = Some(1_000_000 * found[0] + 4_000_000 * found[2]);
            let cost = if cost == Some(GUESS) { guessed } else { cost };
            assert_eq!((found_cost, found_kind), (cost, cost_kind), "{kind}, {how}");
        }
    }
}

#[test]
fn vectors_that_are_wanted_no_more_are_billed_all_the_same() {
    let mut world = world("openai", Some(PRICE));
    let shared = &mut world.engine.shared;
    let mut config = shared.catalogue.entry(&ModelKey::new("x", "m")).unwrap().config().clone();
    config.capabilities = vec!["embedding".to_owned()];
    shared.listed("x", vec![Entry::new(config, None)]);
    let request = crate::model::request::EmbedRequest {
        texts: vec!["Hello".to_owned()],
        model: Some("x/m".to_owned()),
        policy: None,
        cache: None,
    };
    world.request("v", Request::Embed(Box::new(request)));
    world.request("v", Request::Cancel);
    let ([input, _, output, _], cost, kind) = found(&world);
    assert!(input > 0 && output == 0);
    assert_eq!((cost, kind), (Some(1_000_000 * input), Estimated));
}
