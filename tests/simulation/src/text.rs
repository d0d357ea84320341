//! True answers: what every virtual model would say to a prompt. Each is made before anything is asked, and among them are
//! the kinds that are hard to join after a cut: refrains, tables, code, lists that begin alike, scripts without spaces.

use fastrand::Rng;

const WORDS: &[&str] = &[
    "light", "bends", "where", "it", "meets", "glass", "and", "slows", "because", "the", "wave", "drags",
    "on", "matter", "colour", "spreads", "red", "less", "than", "blue", "so", "a", "prism", "shows", "both",
    "3.14", "naïve", "isn't",
];

const EASTERN: &[&str] =
    &["光", "は", "波", "として", "進み", "ます", "。", "屈折", "する", "と", "色", "が", "分かれ"];

const SIGNS: &[&str] = &["🙂", "👩‍🔬", "🇩🇪", "e\u{301}", "→", "µ", "½"];

/// An answer, never empty and never with a `#` before a digit (by which prompts are told apart).
pub(crate) fn answer(rng: &mut Rng) -> String {
    let text = match rng.u8(0..12) {
        0 => refrain(rng),
        1 => table(rng),
        2 => code(rng),
        3 => list(rng),
        4 => eastern(rng),
        5 => song(rng),
        6 => records(rng),
        7 => speech(rng),
        _ => prose(rng),
    };
    if text.is_empty() { "Yes.".to_owned() } else { text }
}

/// What a model thinks in its attempt of this number. A bracket stands at its beginning only, and never in an answer with thoughts
/// that could be taken for them.
pub(crate) fn thought(attempt: u32, rng: &mut Rng) -> String {
    format!("[{attempt}] Let me see: {}", sentence(rng))
}

/// An answer that begins as this one does, with some fifteen letters at least that come only once in it, and then goes
/// another way.
pub(crate) fn other(text: &str, rng: &mut Rng) -> Option<String> {
    let mut letters = 0;
    let least = rng.usize(18..60);
    let end = text.char_indices().position(|(_, letter)| {
        let is_end = letters >= least && letter == ' ';
        letters += usize::from(letter.is_ascii_alphabetic());
        is_end
    })?;
    let opening: String = text.chars().take(end).collect();
    let way = ["; they say that ", ", which ", " (and more) "];
    let way = pick(rng, &way);
    let is_other = !text.get(opening.len()..).is_some_and(|rest| rest.starts_with(way));
    (is_other && text.matches(&opening).count() == 1).then(|| [&opening, way, &prose(rng)].concat())
}

fn pick<'a>(rng: &mut Rng, words: &[&'a str]) -> &'a str {
    words.get(rng.usize(..words.len())).copied().unwrap_or_default()
}

fn sentence(rng: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..rng.usize(3..14) {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(pick(rng, WORDS));
        if rng.u8(..20) == 0 {
            text.push_str(pick(rng, SIGNS));
        }
    }
    text.push_str(pick(rng, &[".", ".", "!", "?", ":"]));
    text
}

fn prose(rng: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..rng.usize(1..9) {
        if number > 0 {
            text.push_str(pick(rng, &[" ", " ", "\n\n"]));
        }
        text.push_str(&sentence(rng));
    }
    text
}

fn refrain(rng: &mut Rng) -> String {
    let line = match rng.u8(..3) {
        0 => "ha ".to_owned(),
        1 => format!("{}\n", sentence(rng)),
        _ => "na na na, hey hey. ".to_owned(),
    };
    let mut text = sentence(rng);
    text.push('\n');
    text.push_str(&line.repeat(rng.usize(2..9)));
    text.push_str(&sentence(rng));
    text
}

/// Verses between which the same lines come again.
fn song(rng: &mut Rng) -> String {
    let chorus = [sentence(rng), sentence(rng)].join("\n");
    let mut text = String::new();
    for _ in 0..rng.usize(2..4) {
        text += &[&sentence(rng), "\n", &sentence(rng), "\n\n", &chorus, "\n\n"].concat();
    }
    text
}

fn records(rng: &mut Rng) -> String {
    let mut text = "[".to_owned();
    for number in 0..rng.usize(2..7) {
        let comma = if number > 0 { ", " } else { "" };
        let (name, open) = (pick(rng, WORDS), pick(rng, &["true", "false"]));
        let record = format!("{comma}{{\"name\": \"{name}\", \"country\": \"Germany\", \"open\": {open}}}");
        text.push_str(&record);
    }
    text + "]"
}

/// Sentences that begin alike.
fn speech(rng: &mut Rng) -> String {
    let opening = pick(rng, &["We shall ", "I saw the light that ", "And so "]);
    (0..rng.usize(2..8)).map(|_| [opening, &sentence(rng), " "].concat()).collect()
}

fn table(rng: &mut Rng) -> String {
    let mut text = "| colour | bends |\n|---|---|\n".to_owned();
    for _ in 0..rng.usize(3..12) {
        text += &["| ", pick(rng, WORDS), " | ", pick(rng, &["0.1", "0.2", "yes", "no"]), " |\n"].concat();
    }
    text
}

fn code(rng: &mut Rng) -> String {
    let mut text = "```rust\nfn main() {\n".to_owned();
    for _ in 0..rng.usize(1..6) {
        text += &["    if ", pick(rng, &["a", "b", "left", "right"]), " {\n        run();\n    }\n"].concat();
    }
    text.push_str("}\n```\n");
    text.push_str(&sentence(rng));
    text
}

fn list(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..rng.usize(2..12) {
        text += &["- [ ] ", pick(rng, WORDS), " ", pick(rng, WORDS), "\n"].concat();
    }
    text
}

fn eastern(rng: &mut Rng) -> String {
    (0..rng.usize(4..60)).map(|_| pick(rng, EASTERN)).collect()
}
