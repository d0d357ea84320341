//! A limit against virtual servers that refuse, queue, slow down and come back.

use core::time::Duration;

use super::{Answer, Bounds, Limit};
use crate::base::random::Random;
use crate::base::time::Monotonic;

/// What a server does with more than it can.
#[derive(Clone, Copy)]
enum Excess {
    Refuses,
    Queues,
}

/// A server that answers so many at once, in about a second each.
struct Server {
    capacity: u32,
    excess: Excess,
}

/// What became of a run.
struct Run {
    limit: Limit,
    /// How many were under way when each request left.
    levels: Vec<u32>,
    refused: u32,
    seconds: f64,
}

fn at(ms: f64) -> Monotonic {
    Monotonic::new(Duration::from_secs_f64(ms / 1_000.0))
}

/// Asks until `count` were answered; `capacity` may change with how many were.
fn run(bounds: Bounds, count: u32, excess: Excess, seed: u64, capacity: impl Fn(u32) -> u32) -> Run {
    let mut random = Random::new(seed);
    let mut limit = Limit::new(bounds);
    let mut under_way: Vec<(f64, f64, bool)> = Vec::new();
    let (mut now, mut answered, mut refused) = (0.0, 0, 0);
    let mut levels = Vec::new();
    // When each of the server's places is free again, where it queues.
    let mut places = vec![0.0_f64; 64];
    while answered < count {
        let server = Server { capacity: capacity(answered), excess };
        while (under_way.len() as u32) < limit.allowed() {
            let takes = 800.0 + 400.0 * random.fraction();
            let is_refused =
                matches!(server.excess, Excess::Refuses) && under_way.len() as u32 >= server.capacity;
            let ends = match server.excess {
                _ if is_refused => now + 50.0,
                Excess::Refuses => now + takes,
                Excess::Queues => {
                    let free = places.iter_mut().take(server.capacity as usize);
                    let place = free.min_by(|one, other| one.total_cmp(other)).unwrap();
                    *place = place.max(now) + takes;
                    *place
                }
            };
            under_way.push((now, ends, is_refused));
            levels.push(under_way.len() as u32);
        }
        limit.reached();
        let next = (0..under_way.len()).min_by(|a, b| under_way[*a].1.total_cmp(&under_way[*b].1)).unwrap();
        let (left, ends, is_refused) = under_way.remove(next);
        now = ends;
        if is_refused {
            refused += 1;
            limit.overburdened(at(left), at(now));
            // As long as the server wants to be left alone.
            now += 500.0;
        } else {
            answered += 1;
            let answer = Answer { first_token_ms: ends - left, tokens: 20, writing_ms: 10.0 };
            limit.answered(at(left), &answer, at(now));
        }
    }
    Run { limit, levels, refused, seconds: now / 1_000.0 }
}

fn mean(levels: &[u32]) -> f64 {
    levels.iter().map(|level| f64::from(*level)).sum::<f64>() / levels.len() as f64
}

#[test]
fn it_comes_near_the_capacity_of_a_server_that_refuses_more_and_seldom_asks_for_more() {
    for capacity in [1, 2, 3, 5, 8, 12] {
        for seed in 0..20 {
            let run = run(Bounds::FAR, 600, Excess::Refuses, seed, |_| capacity);
            let late = mean(&run.levels[run.levels.len() / 2..]);
            let of_capacity = late / f64::from(capacity);
            assert!((0.6..=1.1).contains(&of_capacity), "{capacity} {seed}: {late}");
            assert!(run.refused < 60, "{capacity} {seed}: {}", run.refused);
        }
    }
}

#[test]
fn a_server_that_queues_gets_little_more_than_it_works_at() {
    for (bounds, capacities) in [(Bounds::FAR, vec![2, 4, 6, 10]), (Bounds::NEAR, vec![1, 2])] {
        for capacity in capacities {
            for seed in 0..20 {
                let run = run(bounds, 600, Excess::Queues, seed, |_| capacity);
                let late = mean(&run.levels[run.levels.len() / 2..]);
                let (least, most) = (f64::from(capacity) * 0.6, f64::from(capacity) + bounds.slack + 1.0);
                assert!((least..=most).contains(&late), "{capacity} {seed}: {late}");
            }
        }
    }
}

#[test]
fn it_recovers_after_a_dip() {
    let capacity = |answered: u32| if (200..300).contains(&answered) { 2 } else { 10 };
    for excess in [Excess::Refuses, Excess::Queues] {
        for seed in 0..20 {
            let run = run(Bounds::FAR, 900, excess, seed, capacity);
            let late = mean(&run.levels[run.levels.len() * 3 / 4..]);
            assert!(late > 5.5, "{seed}: {late}");
        }
    }
}

#[test]
fn a_server_without_bounds_is_asked_by_as_many_as_are_allowed_at_once_after_few_rounds() {
    let run = run(Bounds::FAR, 60, Excess::Queues, 1, |_| 64);
    assert_eq!((run.limit.allowed(), run.refused), (Bounds::FAR.most, 0));
    assert!(run.seconds < 60.0 / 4.0, "{}", run.seconds);
}

#[test]
fn those_that_left_together_halve_it_once() {
    let mut limit = Limit::new(Bounds { first: 8, ..Bounds::FAR });
    for _ in 0..8 {
        limit.overburdened(at(0.0), at(10.0));
    }
    assert_eq!(limit.allowed(), 4);
    limit.overburdened(at(20.0), at(30.0));
    assert_eq!(limit.allowed(), 2);
}

#[test]
fn nobody_learns_more_from_a_limit_that_is_not_reached() {
    let mut limit = Limit::new(Bounds::FAR);
    for ms in 0..100 {
        let answer = Answer { first_token_ms: 100.0, tokens: 5, writing_ms: 10.0 };
        limit.answered(at(0.0), &answer, at(f64::from(ms)));
    }
    assert_eq!(limit.allowed(), Bounds::FAR.first);
}

#[test]
fn whatever_happens_it_stays_within_its_bounds() {
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let most = 1 + (random.fraction() * 20.0) as u32;
        let bounds = Bounds { first: 1, most, slack: random.fraction() * 3.0 };
        let mut limit = Limit::new(bounds);
        let mut now = 0.0;
        for _ in 0..300 {
            now += random.fraction() * 500.0;
            let left = at((now - random.fraction() * 2_000.0).max(0.0));
            let odd = [0.0, f64::NAN, f64::INFINITY, -5.0, 1e300][(random.fraction() * 5.0) as usize];
            let first_token_ms = if random.fraction() < 0.1 { odd } else { random.fraction() * 5_000.0 };
            let answer = Answer {
                first_token_ms,
                tokens: (random.fraction() * 50.0) as u64,
                writing_ms: random.fraction() * 900.0,
            };
            match (random.fraction() * 4.0) as u32 {
                0 => limit.reached(),
                1 if random.fraction() < 0.3 => limit.overburdened(left, at(now)),
                _ => limit.answered(left, &answer, at(now)),
            }
            assert!((1..=most).contains(&limit.allowed()), "{seed}");
        }
    }
}
