//! Measures what a decision costs natively: `cargo run --release --example route_speed -p hkm-mesh-core`.
//!
//! A table of made-up models, a list of unlike requests, and the quickest of many rounds, since other work on the machine
//! only ever adds time. Beside it stands the least that any router does: one loop over four columns that keeps the best
//! row. It says nothing of the page, where the same code runs as WebAssembly; it is for seeing what a change costs.

#![allow(clippy::disallowed_methods)] // It measures the machine, which is what a clock is for.
#![allow(clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use hkm_mesh_core::base::hash::stable;
use hkm_mesh_core::base::id::RequestId;
use hkm_mesh_core::base::json;
use hkm_mesh_core::base::time::Now;
use hkm_mesh_core::engine::{Engine, Input, Output, Record, Request, StoreAnswer, Transport};
use hkm_mesh_core::model::health::ProviderState;
use hkm_mesh_core::model::http::ResponseHead;
use hkm_mesh_core::model::policy::Within;
use hkm_mesh_core::model::request::DiscoverRequest;
use hkm_mesh_core::model::{
    Capabilities, Goal, Locality, MeshOptions, Modality, ModelKey, Pace, Policy, Price, Quality, TextRequest,
};
use hkm_mesh_core::route::{Query, Row, Table, decide, explain};

const ROUNDS: usize = 400;

fn main() {
    println!("{:>7} {:>14} {:>16} {:>16}", "models", "request", "ns a decision", "ns an explanation");
    for models in [50, 350, 5_000] {
        let table = table(models);
        let mut all = 0.0;
        let requests = requests();
        for (name, query) in &requests {
            let repeats = 40_000 / models;
            let deciding = quickest(ROUNDS, || {
                for _ in 0..repeats {
                    black_box(decide(black_box(&table), black_box(query)));
                }
            }) / repeats as f64;
            let explaining = quickest(10, || drop(black_box(explain(black_box(&table), black_box(query)))));
            println!("{models:>7} {name:>14} {deciding:>16.0} {explaining:>16.0}");
            all += deciding;
        }
        println!("{models:>7} {:>14} {:>16.0}", "mean", all / requests.len() as f64);
        println!("{models:>7} {:>14} {:>16.0}", "plain loop", plain_loop(models));
    }
    for models in [50, 350, 5_000] {
        let engine = engine(models);
        let request = json::read(br#"{"prompt":"Compare these two, please.","policy":"quality"}"#);
        let request: TextRequest = request.unwrap_or_default();
        let repeats = 40_000 / models;
        let routing = quickest(ROUNDS, || {
            for _ in 0..repeats {
                let _ = black_box(engine.route(black_box(&request)));
            }
        }) / repeats as f64;
        println!("{models:>7} {:>14} {routing:>16.0}", "Engine::route");
    }
}

/// Nanoseconds of a loop that filters by bits, room and price, weighs three numbers and keeps the best row.
fn plain_loop(models: usize) -> f64 {
    let chance =
        |number: usize, salt: u8| (stable(&[&number.to_le_bytes()[..], &[salt]].concat()) & 0xff) as f64;
    let column = |salt: u8| (0..models).map(|number| chance(number, salt)).collect::<Vec<f64>>();
    let bits: Vec<u32> = (0..models).map(|number| chance(number, 9) as u32 | 1).collect();
    let (room, price, quality) = (column(1), column(2), column(3));
    let repeats = 40_000 / models;
    quickest(ROUNDS, || {
        for _ in 0..repeats {
            let (needs, input, cap) = black_box((1_u32, 10.0, 250.0));
            let (mut best, mut most) = (0, f64::MIN);
            let rows = bits.iter().zip(&room).zip(price.iter().zip(&quality)).enumerate();
            for (row, ((bits, room), (price, quality))) in rows {
                if bits & needs == needs && *room >= input && *price <= cap {
                    let total = 0.5 * quality - 0.3 * price + 0.2 * room;
                    if total > most {
                        (best, most) = (row, total);
                    }
                }
            }
            black_box(best);
        }
    }) / repeats as f64
}

/// An engine that knows this many models of one provider.
fn engine(models: usize) -> Engine {
    let options = br#"{"providers":{"ollama":{"disabled":true},"shop":{"kind":"openai","endpoint":"https://shop.example"}}}"#;
    let options: MeshOptions = json::read(options).unwrap_or_default();
    let Ok(mut engine) = Engine::new(options) else { unreachable!("the options are right") };
    let now = Now::default();
    for record in Record::ALL {
        engine.handle(Input::Store(StoreAnswer::Loaded(record, None)), now);
    }
    engine.handle(Input::Request(RequestId::new("look"), Request::Discover(DiscoverRequest::default())), now);
    let listed: Vec<String> = (0..models).map(|number| format!(r#"{{"id":"model-{number}-8b"}}"#)).collect();
    let body = format!(r#"{{"data":[{}]}}"#, listed.join(",")).into_bytes();
    while let Some(output) = engine.poll_output() {
        if let Output::Fetch(id, _) = output {
            let head = ResponseHead { status: 200, ..ResponseHead::default() };
            for said in [Transport::Head(head), Transport::Chunk(body.clone()), Transport::End] {
                engine.handle(Input::Transport(id, said), now);
            }
        }
    }
    engine
}

/// Nanoseconds of one call.
fn quickest(rounds: usize, mut work: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Made-up models as a catalogue holds them: most in the cloud and priced, some local and free, some of which little is
/// known.
fn table(models: usize) -> Table {
    let mut table = Table::default();
    let providers = ["page", "ollama", "lan", "gemini", "openrouter"];
    for (place, provider) in providers.into_iter().enumerate() {
        let rows = (0..models)
            .filter(|number| match number % 50 {
                0 => place == 0,
                1..=5 => place == 1,
                6 => place == 2,
                7..=12 => place == 3,
                _ => place == 4,
            })
            .map(|number| row(provider, number))
            .collect();
        table.replace(provider, rows);
        table.set_provider(provider, ProviderState::Up, false);
    }
    table
}

fn row(provider: &str, number: usize) -> Row {
    let key = ModelKey::new(provider, format!("maker/model-{number:05}"));
    let chance = stable(key.to_string().as_bytes());
    let part = |shift: u32, of: u64| (chance >> shift & 0xff) % of;
    let locality = match provider {
        "page" => Locality::Page,
        "ollama" => Locality::Device,
        "lan" => Locality::Network,
        _ => Locality::Cloud,
    };
    let words = ["tools", "vision", "json", "reasoning"];
    let has = words.into_iter().enumerate().filter(|(bit, _)| chance >> (bit + 40) & 1 == 1);
    let quality = part(0, 100) as f64 / 100.0;
    let dollars = part(8, 64) as f64 * 1e-7;
    Row {
        locality,
        modality: Modality::Text,
        capabilities: Capabilities::of_words(has.map(|(_, word)| word)),
        tells_all_capabilities: part(16, 10) > 0,
        context_length: (part(24, 12) > 0).then(|| 4_096 << part(32, 8)),
        max_output_tokens: None,
        price: match locality {
            Locality::Network => None,
            Locality::Cloud => Some(Price { input: dollars, output: dollars * 4.0, ..Price::FREE }),
            _ => Some(Price::FREE),
        },
        quality,
        grade: if quality > 0.67 { Quality::High } else { Quality::Medium },
        pace: Pace {
            ready_ms: 300.0,
            load_ms: 0.0,
            prompt_token_ms: 0.2,
            token_ms: 5.0 + part(48, 40) as f64,
        },
        family: 0,
        is_available: true,
        key,
    }
}

fn requests() -> Vec<(&'static str, Query)> {
    let query = |policy: Policy, needs: &[&'static str], input_tokens: u64| Query {
        sensitive: policy.goal == Some(Goal::Privacy),
        policy,
        needs: needs.to_vec(),
        input_tokens,
        least_tokens: input_tokens,
        output_tokens: 512,
        difficulty: 0.4,
        is_online: true,
        ..Query::default()
    };
    let goal = |goal: Goal| Policy { goal: Some(goal), ..Policy::default() };
    let within = Policy { stay_within: Some(Within::Device), ..goal(Goal::Quality) };
    let capped = Policy { max_cost: Some(0.002), max_total_ms: Some(30_000.0), ..goal(Goal::Cost) };
    let listed = Policy {
        deny: Some(vec!["lan".to_owned(), "openrouter/maker/model-00033".to_owned()]),
        prefer: Some(vec!["gemini".to_owned()]),
        ..goal(Goal::Balanced)
    };
    vec![
        ("balanced", query(goal(Goal::Balanced), &[], 200)),
        ("quality", query(goal(Goal::Quality), &[], 200)),
        ("speed, tools", query(goal(Goal::Speed), &["tools"], 2_000)),
        ("cost, capped", query(capped, &["vision", "json"], 6_000)),
        ("this machine", query(within, &["tools"], 400)),
        ("lists", query(listed, &[], 400)),
        ("long", query(goal(Goal::Quality), &[], 90_000)),
    ]
}
