//! What texts are made of, for the program that fits the weights of the token estimate: strings of JSON come in, one a
//! line, arrays of counts go out. With `--speed` it says instead what a byte of some kinds of text costs natively.

#![allow(clippy::disallowed_methods)] // It measures the machine, which is what a clock is for.
#![allow(clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::io::{BufRead, stdin};
use std::time::Instant;

use hkm_mesh_core::estimate::Features;
use hkm_mesh_core::route::difficulty;

fn main() {
    if std::env::args().any(|argument| argument == "--speed") {
        return speed();
    }
    for line in stdin().lock().lines().map_while(Result::ok) {
        let text: String = serde_json::from_str(&line).unwrap_or_default();
        println!("{:?}", Features::of(&text).visits());
    }
}

fn speed() {
    println!("{:>12} {:>18} {:>20}", "text", "features, ns/byte", "difficulty, ns/byte");
    let texts = [
        (
            "prose",
            "The quick brown fox jumps over the lazy dog, and then it stops to ask and explain a thing. ",
        ),
        (
            "code",
            "    let count = self.visits.iter().map(|(state, visits)| weight[*state] * visits).sum::<u64>();\n",
        ),
        ("Russian", "Все люди рождаются свободными и равными в своём достоинстве и правах. "),
        ("Chinese", "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。"),
    ];
    for (name, text) in texts {
        // As long as a bounded search looks at.
        let text = text.repeat(16_000 / text.len());
        let features = quickest(text.len(), || black_box(Features::of(black_box(&text))).visits().len());
        let difficulty = quickest(text.len(), || {
            let words = black_box(text.as_str());
            black_box(difficulty([words].into_iter(), false)) as usize
        });
        println!("{name:>12} {features:>18.2} {difficulty:>20.2}");
    }
    let features = Features::of(texts.map(|(_, text)| text).concat().as_str());
    let all = quickest(1, || black_box(black_box(&features).by_family()).len());
    println!("the estimates of all families: {all:.0} ns");
}

/// Nanoseconds a byte in the quickest of many rounds, since other work on the machine only ever adds time.
fn quickest(bytes: usize, mut work: impl FnMut() -> usize) -> f64 {
    let times = (0..500).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min) / bytes as f64
}
