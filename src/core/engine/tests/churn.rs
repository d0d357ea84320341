//! Servers that do anything at any time, on the virtual clock, from seeds: whatever happens, each request ends once and
//! nothing is left behind.

use super::story::{World, everyone};
use crate::base::random::Random;
use crate::engine::{Input, Request, World as Network};

/// A whole number below `end`.
fn below(random: &mut Random, end: usize) -> usize {
    (random.fraction() * end as f64) as usize
}

fn world() -> World {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},
            "far":{"kind":"openai","endpoint":"https://far.example/v1"},
            "near":{"kind":"openai","endpoint":"http://127.0.0.1:8080/v1"},
            "other":{"kind":"openai","endpoint":"https://other.example/v1"}},
            "policy":{"onCut":"fail"}}"#,
    );
    world.request(
        "k",
        Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", everyone());
    for transport in 0..3 {
        world.answer(transport, 200, r#"{"data":[{"id":"a"},{"id":"b"}]}"#);
    }
    world.settled.clear();
    world
}

/// Something happens to a transport; whether it is over.
fn befall(world: &mut World, transport: u32, is_probe: bool, random: &mut Random) -> bool {
    const STATUSES: [u16; 12] = [400, 401, 402, 403, 404, 408, 409, 429, 500, 502, 503, 504];
    const WHOLE: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    match below(random, 10) {
        0 => world.fail(transport),
        1 | 2 => world.answer(transport, STATUSES[below(random, STATUSES.len())], ""),
        3 => world.answer(transport, 200, ""),
        4 => {
            world.head(transport, 200);
            world.chunk(transport, "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}]}\n\n");
            world.fail(transport);
        }
        // It says nothing.
        5 => return false,
        _ if is_probe => world.answer(transport, 200, r#"{"data":[{"id":"a"},{"id":"b"}]}"#),
        _ => world.answer(transport, 200, WHOLE),
    }
    true
}

fn live(seed: u64) -> World {
    let mut random = Random::new(seed);
    let mut world = world();
    world.put(Input::Seed(seed));
    let mut handled = world.sent.len();
    for step in 0..60 {
        match below(&mut random, 12) {
            0..=2 => {
                let policy = ["{}", r#"{"fallback":false}"#, r#"{"allow":["far"]}"#][below(&mut random, 3)];
                world.generate(
                    &format!("g{step}"),
                    &format!(r#"{{"prompt":"Hello {step}","policy":{policy}}}"#),
                );
            }
            3 => world.put(Input::World(Network::Offline)),
            4 => world.put(Input::World(Network::Online)),
            5 => world.put(Input::World(Network::Visible)),
            6 => world.put(Input::World(Network::Hidden)),
            7 => world.request(
                "k",
                Request::KeyChanged {
                    provider: "far".to_owned(),
                    has_key: true,
                    is_own: false,
                    is_new: true,
                },
            ),
            8 => world.wait(below(&mut random, 90_000) as u64),
            _ => {
                while let Some((transport, request)) = world.sent.get(handled) {
                    let (transport, is_probe) = (transport.number(), request.method == "GET");
                    handled += 1;
                    befall(&mut world, transport, is_probe, &mut random);
                }
            }
        }
    }
    world.put(Input::World(Network::Hidden));
    world.wait(1_200_000);
    world
}

#[test]
fn whatever_servers_do_each_request_ends_once_and_nothing_is_left_behind() {
    for seed in 0..150 {
        let world = live(seed);
        let began = world.transcript.iter().filter(|line| line.contains("» generate")).count();
        let transcript = || format!("seed {seed}\n{}", world.transcript.join("\n"));
        assert_eq!(
            world.settled.iter().filter(|(id, _)| id.starts_with('g')).count(),
            began,
            "{}",
            transcript()
        );
        let mut ids: Vec<&String> = world.settled.iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), world.settled.len(), "one of them ended twice: {}", transcript());
        assert!(world.engine.queue().is_empty(), "{}", transcript());
        assert!(world.engine.poll_timeout().is_none(), "{}", transcript());
    }
}

#[test]
fn the_same_seed_is_the_same_life() {
    assert_eq!(live(7).transcript, live(7).transcript);
}
