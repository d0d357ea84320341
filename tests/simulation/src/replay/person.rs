//! What somebody does who reads up on things: asks, asks again, types it anew, follows up, changes a little, wants it fresh.

use fastrand::Rng;

use super::wish::Wish;

const TOPICS: [&str; 12] = [
    "tidal power",
    "sourdough",
    "the Hanseatic League",
    "mRNA vaccines",
    "lithium recycling",
    "Byzantine mosaics",
    "soil erosion",
    "quantum sensing",
    "peat bogs",
    "urban heat",
    "deep-sea mining",
    "early cinema",
];

const QUESTIONS: [&str; 10] = [
    "What is known about {}?",
    "Summarise {}\nin five lines.",
    "What do critics say of {}?",
    "Which numbers matter for {}?",
    "What changed in {} since 2015?",
    "Explain {} to a beginner.",
    "List open questions about {}.",
    "fn main() {\n    // {}\n}\nWhat does this do?",
    "How is {} paid for?",
    "Compare {} in Europe and in Asia.",
];

const FOLLOW_UPS: [&str; 4] =
    ["Why?", "Say more about the second point.", "Name sources.", "And what does it cost?"];

const TOOLS: &str = r#"[{"name":"look_up","inputSchema":{"type":"object"}}]"#;

/// One thing to do.
#[derive(Debug)]
pub(crate) struct Deed {
    pub(crate) wish: Wish,
    /// As the field `cache` says it.
    pub(crate) mode: Option<&'static str>,
    /// How often it is asked at once.
    pub(crate) times: usize,
}

impl Deed {
    fn once(wish: Wish) -> Self {
        Self { wish, mode: None, times: 1 }
    }
}

/// The next thing to do. `before` are wishes with their answers, where they were heard.
pub(crate) fn next(before: &[(Wish, Option<String>)], rng: &mut Rng) -> Deed {
    let Some((known, answer)) = recent(before, rng) else { return Deed::once(question(rng)) };
    let known = known.clone();
    match rng.u8(..100) {
        0..28 => Deed::once(question(rng)),
        // A retry, a topic that is opened again, the same typed anew.
        28..56 => Deed::once(known),
        56..66 => {
            Deed { times: rng.usize(2..4), ..Deed::once(if rng.bool() { known } else { question(rng) }) }
        }
        66..78 => match answer {
            Some(answer) => Deed::once(follow_up(known, answer.clone(), rng)),
            None => Deed::once(known),
        },
        78..88 => Deed::once(near_miss(known, rng)),
        88..92 => Deed { mode: Some("refresh"), ..Deed::once(known) },
        92..94 => Deed { mode: Some("off"), ..Deed::once(known) },
        _ => {
            let mut wish = known;
            let (name, value) = match rng.u8(..3) {
                0 => ("tools", TOOLS),
                1 => ("search", "true"),
                _ => ("temperature", "0.9"),
            };
            set(&mut wish.options, name, value.to_owned());
            Deed { mode: (rng.u8(..3) == 0).then_some("use"), ..Deed::once(wish) }
        }
    }
}

/// The next thing for somebody who never asks the same: a question with a number, or the one before with a small change that no
/// other has.
pub(crate) fn next_other(number: usize, before: &[(Wish, Option<String>)], rng: &mut Rng) -> Deed {
    let mut wish = question(rng);
    if let Some((known, _)) = before.last().filter(|_| rng.bool()) {
        wish = near_miss(known.clone(), rng);
    }
    set(&mut wish.options, "seed", number.to_string());
    Deed::once(wish)
}

pub(super) fn one_of<'a>(all: &[&'a str], rng: &mut Rng) -> &'a str {
    rng.choice(all).copied().unwrap_or_default()
}

/// Mostly what was asked last.
fn recent<'a>(before: &'a [(Wish, Option<String>)], rng: &mut Rng) -> Option<&'a (Wish, Option<String>)> {
    let reach = if rng.bool() { before.len().min(6) } else { before.len() };
    before.iter().rev().nth(if reach == 0 { 0 } else { rng.usize(..reach) })
}

fn question(rng: &mut Rng) -> Wish {
    let text = one_of(&QUESTIONS, rng).replace("{}", one_of(&TOPICS, rng));
    let mut wish = Wish { turns: vec![("user", text)], ..Wish::default() };
    if rng.u8(..3) == 0 {
        wish.system =
            Some(one_of(&["Be short.", "Answer as a librarian would.\nName sources."], rng).to_owned());
    }
    if rng.u8(..4) == 0 {
        set(&mut wish.options, "temperature", one_of(&["0", "0.3"], rng).to_owned());
    }
    if rng.u8(..8) == 0 {
        set(&mut wish.policy, "stayWithin", "\"device\"".to_owned());
    }
    wish
}

fn follow_up(mut wish: Wish, answer: String, rng: &mut Rng) -> Wish {
    wish.turns.push(("assistant", answer));
    wish.turns.push(("user", one_of(&FOLLOW_UPS, rng).to_owned()));
    wish
}

/// The same but for something small that may change the answer.
fn near_miss(mut wish: Wish, rng: &mut Rng) -> Wish {
    let last = wish.turns.last_mut();
    match (rng.u8(..11), last) {
        (0, Some((_, text))) => *text = text.to_lowercase(),
        (1, Some((_, text))) => *text = text.replacen(' ', "  ", 1),
        (2, Some((_, text))) => text.push('!'),
        (3, Some((_, text))) => *text = text.replacen(' ', "\n", 1),
        (4, _) => wish.system = Some("Be  short.".to_owned()),
        (5, _) => set(&mut wish.options, "temperature", format!("0.{}", rng.u8(1..5))),
        (6, _) => set(&mut wish.options, "maxOutputTokens", rng.u32(100..110).to_string()),
        (7, _) => set(&mut wish.options, "stop", r#"["\n\n"]"#.to_owned()),
        (8, _) => set(&mut wish.options, "reasoning", "\"low\"".to_owned()),
        (9, _) => set(&mut wish.policy, "maxCost", "0.5".to_owned()),
        _ => set(&mut wish.policy, "deny", r#"["elsewhere"]"#.to_owned()),
    }
    wish
}

/// Sets a field; fields stay in the order of their names, so that equal wishes are equal.
fn set(fields: &mut Vec<(&'static str, String)>, name: &'static str, value: String) {
    fields.retain(|(known, _)| *known != name);
    fields.push((name, value));
    fields.sort_unstable();
}
