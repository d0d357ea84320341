//! Answers that break off anywhere, as often as chance will have it, and servers that go on as servers do: exactly, from
//! some words before, from the start, or with a phrase. What stands there in the end is the true answer, or a part of it
//! and an error.

use proptest::prelude::*;

use super::story::{World, ollama_line};
use crate::engine::Settlement;
use crate::model::Event;
use crate::wire::GO_ON;

const ANSWERS: &[&str] = &[
    "The river rises in the hills behind the town and runs, slow and brown, past the mill. In spring it floods the \
     meadow. In summer children swim there until the light goes.",
    "ha ha ha ha! And she: ha ha! Row, row, row your boat,\nGently down the stream.\nRow, row, row your boat,\nhome.",
    "| city | open |\n|------|------|\n| Berlin | yes |\n| Bonn | yes |\n| Bonn | no |\n\nThat is all.",
    "Here:\n\n```rust\nfn main() {\n    if a {\n        b();\n    }\n    if a {\n        c();\n    }\n}\n```\n\nIt runs.",
    "- [ ] Buy milk\n- [ ] Buy bread\n- [x] Call Ann\n\n今天天气很好，我们去公园散步。Cafe\u{301} 👩\u{200d}💻.",
];

/// How a server goes on that is given a beginning.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Exactly,
    FromWordsBefore(u8),
    FromTheStart,
    WithAPhrase,
    RefusesUnlessAsked,
}

/// What one attempt does: how it goes on, after how many letters it dies, and in which pieces it speaks.
#[derive(Clone, Debug)]
struct Server {
    manner: Manner,
    dies_after: Option<u16>,
    piece: u8,
}

fn server() -> impl Strategy<Value = Server> {
    let manner = prop_oneof![
        4 => Just(Manner::Exactly),
        3 => (1_u8..12).prop_map(Manner::FromWordsBefore),
        1 => Just(Manner::FromTheStart),
        1 => Just(Manner::WithAPhrase),
        1 => Just(Manner::RefusesUnlessAsked),
    ];
    (manner, prop::option::weighted(0.7, 0_u16..120), 1_u8..20)
        .prop_map(|(manner, dies_after, piece)| Server { manner, dies_after, piece })
}

/// What the server was given of the answer, and whether it was asked in words.
fn given(world: &World) -> (Option<String>, bool) {
    let body: serde_json::Value =
        serde_json::from_slice(world.sent.last().unwrap().1.body.as_ref().unwrap()).unwrap();
    let messages = body["messages"].as_array().unwrap();
    let is_asked = messages.last().unwrap()["content"] == GO_ON;
    let beginning = messages.iter().find(|message| message["role"] == "assistant");
    (beginning.map(|message| message["content"].as_str().unwrap().to_owned()), is_asked)
}

/// What it says; `None`: it refuses.
fn speech(server: &Server, truth: &str, world: &World) -> Option<String> {
    let (beginning, is_asked) = given(world);
    let Some(beginning) = beginning else { return Some(truth.to_owned()) };
    assert!(truth.starts_with(&beginning), "{beginning:?} is not of {truth:?}");
    let rest = &truth[beginning.len()..];
    match server.manner {
        Manner::Exactly => Some(rest.to_owned()),
        Manner::FromTheStart => Some(truth.to_owned()),
        Manner::WithAPhrase => Some(format!("Sure, here is the rest: {rest}")),
        Manner::RefusesUnlessAsked => is_asked.then(|| rest.to_owned()),
        Manner::FromWordsBefore(words) => {
            let starts = beginning.char_indices().filter(|(at, letter)| {
                let before = beginning[..*at].chars().next_back();
                letter.is_alphabetic() && !before.is_some_and(char::is_alphanumeric)
            });
            let from = starts.map(|(at, _)| at).collect::<Vec<_>>();
            let from = from.iter().rev().nth(usize::from(words) - 1).copied().unwrap_or(0);
            Some(truth[from..].to_owned())
        }
    }
}

fn play(truth: &str, servers: &[Server], on_cut: &str) -> World {
    let policy = format!(r#"{{"policy":{{"goal":"quality","onCut":"{on_cut}"}}}}"#);
    let mut world = World::with_ollama(&policy, &[("a:9b", ""), ("b:5b", ""), ("c:2b", "")]);
    world.sent.clear();
    world.generate("a", r#"{"prompt":"Say it"}"#);
    let mut servers = servers.iter().cycle();
    let mut answered = 0;
    for _ in 0..40 {
        if !world.settled.is_empty() {
            break;
        }
        let Some(id) = world.sent.get(answered).map(|(id, _)| id.number()) else {
            world.wait(1_000);
            continue;
        };
        answered += 1;
        let server = servers.next().unwrap();
        let Some(words) = speech(server, truth, &world) else {
            world.answer(id, 400, r#"{"error":"the last message must be the user's"}"#);
            continue;
        };
        world.head(id, 200);
        let mut left = server.dies_after.map_or(usize::MAX, usize::from);
        let letters: Vec<char> = words.chars().collect();
        for piece in letters.chunks(usize::from(server.piece)) {
            let piece: String = piece.iter().take(left).collect();
            left -= piece.chars().count().min(left);
            // It may not be listened to any more.
            if !piece.is_empty() && world.sent.len() == answered && world.settled.is_empty() {
                world.chunk(id, &format!("{}\n", ollama_line(&piece)));
            }
        }
        if world.sent.len() > answered || !world.settled.is_empty() {
            continue;
        }
        if left == 0 { world.fail(id) } else { world.done(id) }
    }
    world
}

/// No word lost, no word twice.
fn check(world: &World, truth: &str) {
    match world.outcome("a") {
        Ok(Settlement::Text(result)) => assert_eq!(result.text, truth, "{}", world.transcript.join("\n")),
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            let shown = error.partial.as_ref().map_or("", |partial| partial.text.as_str());
            assert!(truth.starts_with(shown), "{shown:?}\n{}", world.transcript.join("\n"));
        }
    }
    // Three models, each asked to go on, later once more, and then in words and anew.
    assert!(world.sent.len() <= 12, "{}", world.transcript.join("\n"));
    assert_eq!(world.engine.poll_timeout(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_breaks_off_is_the_true_answer_in_the_end_or_a_part_of_it(
        answer in 0..ANSWERS.len(), servers in prop::collection::vec(server(), 1..6),
    ) {
        let world = play(ANSWERS[answer], &servers, "continue");
        check(&world, ANSWERS[answer]);
    }

    #[test]
    fn what_begins_again_does_so_once_for_each_new_answer(
        answer in 0..ANSWERS.len(), servers in prop::collection::vec(server(), 1..6),
    ) {
        let world = play(ANSWERS[answer], &servers, "restart");
        check(&world, ANSWERS[answer]);
        let restarts = world.events.iter().filter(|event| matches!(event, Event::Restart { .. })).count();
        prop_assert!(restarts < world.sent.len());
    }
}
