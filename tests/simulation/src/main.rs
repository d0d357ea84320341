//! The engine against faulty virtual servers on a virtual clock. Every world comes from a seed; the first that breaks a promise
//! prints its transcript and how to live it again. After the worlds come sessions of research ([`replay`]), likewise from seeds.
//!
//! `cargo run -p hkm-mesh-simulation --profile simulation -- [--generations 100000] [--sessions 200] [--from SEED] [--seed SEED] [--list]`
//!
//! `--list` lives all worlds and names each that broke a promise.

mod answer;
mod asked;
mod fault;
mod manner;
mod reader;
mod refusal;
mod replay;
mod server;
mod tally;
mod text;
mod weather;
mod wire;
mod world;

use std::panic;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use tally::Tally;
use world::{Broken, REQUESTS, World};

/// How many lines of a transcript are printed.
const SHOWN: usize = 400;

struct Options {
    generations: u64,
    sessions: u64,
    from: u64,
    only: Option<u64>,
    is_list: bool,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(seed) = options.only {
        return match live(seed) {
            Ok(tally) => {
                print(&tally);
                ExitCode::SUCCESS
            }
            Err(broken) => show(seed, &broken),
        };
    }
    if options.is_list {
        return list(&options);
    }
    let worlds = options.generations.div_ceil(REQUESTS as u64);
    match all(options.from, worlds) {
        Ok(tally) => {
            print(&tally);
            let (requests, generations) = tally.calm;
            if requests * 10 > generations * 12 {
                println!("broken: in calm worlds more than 1.2 requests a generation reach servers");
                return ExitCode::FAILURE;
            }
            replay_sessions(&options)
        }
        Err((seed, broken)) => show(seed, &broken),
    }
}

/// The worlds kept their promises; now the sessions have to.
fn replay_sessions(options: &Options) -> ExitCode {
    match replay::replay(options.from, options.sessions) {
        Ok(()) => {
            println!("2 passed, 0 failed");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            println!("broken: {broken}");
            println!("1 passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options { generations: 100_000, sessions: 200, from: 1, only: None, is_list: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().unwrap_or_default();
            value.parse::<u64>().map_err(|_| format!("{word} wants a number, not {value:?}"))
        };
        match word.as_str() {
            "--generations" => options.generations = number()?,
            "--sessions" => options.sessions = number()?,
            "--from" => options.from = number()?,
            "--seed" => options.only = Some(number()?),
            "--list" => options.is_list = true,
            _ => {
                return Err(format!(
                    "there is no option {word}; there are --generations, --sessions, --from, --seed and --list"
                ));
            }
        }
    }
    Ok(options)
}

fn list(options: &Options) -> ExitCode {
    let mut count = 0;
    for seed in options.from..options.from + options.generations.div_ceil(REQUESTS as u64) {
        if let Err(broken) = live(seed) {
            println!("{seed}: {}", broken.promise);
            count += 1;
        }
    }
    println!("{count} worlds broke a promise");
    if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lives a world; a panic of the engine is a broken promise like any other.
fn live(seed: u64) -> Result<Tally, Broken> {
    panic::catch_unwind(|| World::live(seed))
        .unwrap_or_else(|_| Err(Broken { promise: "the engine panicked".to_owned(), transcript: Vec::new() }))
}

/// Lives all worlds on all processors. Of several broken ones the lowest seed that was met is told.
fn all(from: u64, worlds: u64) -> Result<Tally, (u64, Broken)> {
    let next = AtomicU64::new(from);
    let is_broken = AtomicBool::new(false);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + worlds || is_broken.load(Ordering::Relaxed) {
                return Ok(tally);
            }
            match live(seed) {
                Ok(one) => tally.add(&one),
                Err(broken) => {
                    is_broken.store(true, Ordering::Relaxed);
                    return Err((seed, broken));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut tally = Tally::default();
        let mut broken = None;
        for handle in handles {
            match handle.join() {
                Ok(Ok(one)) => tally.add(&one),
                Ok(Err((seed, one))) => {
                    if broken.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                        broken = Some((seed, one));
                    }
                }
                Err(_) => {
                    let promise = "the simulation itself panicked".to_owned();
                    return Err((from, Broken { promise, transcript: Vec::new() }));
                }
            }
        }
        broken.map_or(Ok(tally), Err)
    })
}

fn show(seed: u64, broken: &Broken) -> ExitCode {
    // The lines of the request that it is about; the world's own have no number.
    let about = broken.promise.split(' ').next().filter(|word| word.parse::<usize>().is_ok());
    let is_of_it = |line: &&String| {
        let words = line.trim_start().split_once(' ').unwrap_or_default().1.trim_start_matches("» ");
        let (number, _) = words.split_once(": ").unwrap_or_default();
        number.parse::<usize>().is_err() || about.is_none_or(|about| about == number)
    };
    let lines: Vec<&String> = broken.transcript.iter().filter(is_of_it).collect();
    let skipped = lines.len().saturating_sub(SHOWN);
    if skipped > 0 {
        println!("… {skipped} lines before");
    }
    for line in lines.iter().skip(skipped) {
        println!("{line}");
    }
    println!("broken: {}", broken.promise);
    println!("again: cargo run -p hkm-mesh-simulation --profile simulation -- --seed {seed}");
    println!("0 passed, 1 failed");
    ExitCode::FAILURE
}

fn print(tally: &Tally) {
    let (requests, generations) = tally.calm;
    println!(
        "worlds: {}, generations: {}, virtual hours: {}",
        tally.worlds,
        tally.generations,
        tally.virtual_seconds / 3_600
    );
    println!(
        "answered: {} (after a cut: {}), restarts: {}, asked twice at once: {}, cancelled: {}",
        tally.answered, tally.carried_on, tally.restarts, tally.hedged, tally.cancelled
    );
    for (kind, count) in &tally.kinds {
        println!("answered {kind}: {count}");
    }
    println!("owed an answer and answered: {}", tally.owed);
    println!("requests a generation in calm worlds: {:.3}", requests as f64 / generations.max(1) as f64);
    for (code, count) in &tally.failures {
        println!("failed with {code}: {count}");
    }
}
