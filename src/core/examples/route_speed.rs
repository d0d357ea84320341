//! Measures what a decision costs natively: `cargo run --release --example route_speed -p hkm-mesh-core`.
//!
//! A table of made-up models, a list of unlike requests, and the quickest of many rounds, since other work on the machine only ever
//! adds time. It says nothing of the page,
//! where the same code runs as WebAssembly; it is for seeing what a change to the router costs.

#![allow(clippy::disallowed_methods)] // It measures the machine, which is what a clock is for.
#![allow(clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use hkm_mesh_core::base::hash::stable;
use hkm_mesh_core::model::health::ProviderState;
use hkm_mesh_core::model::policy::Within;
use hkm_mesh_core::model::{Capabilities, Goal, Locality, Modality, ModelKey, Pace, Policy, Price, Quality};
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
    }
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
