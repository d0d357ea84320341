//! What was shown, what a second model says, and the text that has to stand there: fixed before anything is joined.

use super::{Splice, Step};
use proptest::prelude::*;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Joined {
    /// What stands there in the end.
    Text(String),
    /// An answer of its own, whole.
    Anew(String),
    /// Somebody has to be asked again.
    Unsure,
}

fn join<'a>(shown: &str, pieces: impl IntoIterator<Item = &'a str>) -> Joined {
    let mut splice = Splice::after(shown);
    let mut text = shown.to_owned();
    let mut is_anew = false;
    let mut take = |step: Step| match step {
        Step::Hold => true,
        Step::Show(words) => {
            text.push_str(&words);
            true
        }
        Step::Anew(words) => {
            text = words;
            is_anew = true;
            true
        }
        Step::Unsure => false,
    };
    for piece in pieces {
        if !take(splice.push(piece)) {
            return Joined::Unsure;
        }
    }
    if !take(splice.finish()) {
        return Joined::Unsure;
    }
    if is_anew { Joined::Anew(text) } else { Joined::Text(text) }
}

fn letters(text: &str) -> Vec<&str> {
    text.split_inclusive(|_: char| true).collect()
}

/// Pieces of one to so many letters, the same ones for the same seed.
fn pieces(text: &str, mut seed: u64, most: u64) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let count = 1 + (seed >> 33) % most;
        let end = rest.char_indices().nth(count as usize).map_or(rest.len(), |(at, _)| at);
        let (piece, later) = rest.split_at(end);
        pieces.push(piece);
        rest = later;
    }
    pieces
}

/// The outcome, which does not depend on where the network cuts.
fn joined(shown: &str, said: &str) -> Joined {
    let whole = join(shown, [said]);
    assert_eq!(join(shown, letters(said)), whole, "letter by letter: {shown:?} + {said:?}");
    for seed in 0..20 {
        let pieces = pieces(said, seed, 9);
        assert_eq!(join(shown, pieces.iter().copied()), whole, "{shown:?} + {pieces:?}");
    }
    whole
}

/// The second model goes on exactly: name, what was shown, what comes, with `|` for the cut.
const EXACT: &[(&str, &str)] = &[
    ("between two words", "The quick brown| fox jumps."),
    ("after a space", "The quick brown |fox jumps."),
    ("in the middle of a word", "The capital of Fra|nce is Paris."),
    ("after one letter of a word", "A b|rown fox."),
    ("in the middle of a number", "Pi is 3.14|159265."),
    ("in a doubled letter", "The bo|ok of all."),
    ("in a word that repeats its letters", "Missi|ssippi"),
    ("in banana", "A ban|ana."),
    ("this is", "And this |is a test."),
    ("the he", "In the |he-goat's eye."),
    ("in a year", "It was in 19|84 that"),
    ("after a sentence", "It rains.| We stay."),
    ("after a sentence and its space", "It rains. |It pours."),
    ("after a line", "It rains.\n|It pours."),
    ("between paragraphs", "It rains.\n|\nIt pours."),
    ("in a list", "- [ ] Buy milk\n|- [ ] Call Ann\n"),
    ("in a list's mark", "- [ ] Buy milk\n- |[ ] Call Ann\n"),
    ("in a numbered list", "1. One\n2. Two\n|3. Three"),
    ("between rows", "| a | b |\n|---|---|\n| 1 | 2 |\n|| 1 | 3 |\n"),
    ("in a row of equal numbers", "| 1 | 0 || 0 | 0 |\n"),
    ("in a table's rule", "| a | b |\n|---||---|\n"),
    ("between rows that begin alike", "| Berlin | 2024 |\n|| Berlin | 2025 |\n"),
    ("between braces", "fn a() {\n    if b {\n        c();\n    }\n|}\n"),
    ("between braces of one depth", "{{\n    }\n|    }\n}\n"),
    ("in indentation", "if a:\n    |    b()\n"),
    ("between closing tags", "<br>\n    </div>\n|  </div>\n</div>\n"),
    ("before a fence", "Code:\n\n|```rust\nfn main() {}\n```\n"),
    ("in a fence", "Code:\n``|`rust\nfn main() {}\n```\n"),
    ("after a fence's language", "```rust|\nfn main() {}\n```\n"),
    ("in camel case inside of code", "```\nlet get|Name = 1;\n```"),
    ("in Chinese", "今天|天气很好。"),
    ("in a doubled Chinese word", "他慢|慢地走。"),
    ("in Japanese", "こん|にちは世界。"),
    ("in Korean", "안녕|하세요."),
    ("before a joined emoji's second half", "I am a 👩\u{200d}|💻 now."),
    ("in a row of emoji", "Hurray 🎉|🎉🎉"),
    ("before an accent of its own", "Cafe|\u{301} au lait"),
    ("in Arabic", "مرحبا بال|عالم"),
    ("in Hebrew", "שלום |עולם"),
    ("in bold", "This is **ve|ry** bold."),
    ("in a link", "[the book](https://exa|mple.com/a)"),
    ("in a heading", "# One\n\nText.\n\n#|# Two\n"),
    ("in JSON", "{\"a\": 1, \"b\": |2, \"c\": 3}"),
    ("in a formula", "$x^2 + |y^2 = z^2$"),
    ("nothing new", "All is said.|"),
    ("white space only", "All is said.|\n"),
    ("an ellipsis of its own", "Well|... maybe not."),
    ("of course in the middle", "It is, |of course, green."),
    ("verses that begin alike", "I came to the town.\n|I came to the river.\n"),
];

/// Something is sent again: what was shown, what comes, what has to stand there.
const AGAIN: &[(&str, &str, &str, &str)] = &[
    ("the last word", "The quick brown", "brown fox jumps.", "The quick brown fox jumps."),
    ("half a word and all of it", "The lazy elepha", "elephant sleeps.", "The lazy elephant sleeps."),
    ("a name's half", "The capital of Fr", "France is Paris.", "The capital of France is Paris."),
    ("some words", "The quick brown fo", "brown fox jumps.", "The quick brown fox jumps."),
    (
        "half a sentence",
        "It is late. The quick brown fox ju",
        "The quick brown fox jumps over.",
        "It is late. The quick brown fox jumps over.",
    ),
    (
        "a sentence that ends in a space",
        "It is late. The quick brown fox ",
        "The quick brown fox jumps.",
        "It is late. The quick brown fox jumps.",
    ),
    (
        "all from the start",
        "Once upon a time there was a ki",
        "Once upon a time there was a king.",
        "Once upon a time there was a king.",
    ),
    (
        "all, after a line break",
        "Once upon a time there was a ki",
        "\n\nOnce upon a time there was a king.",
        "Once upon a time there was a king.",
    ),
    (
        "all, with other line breaks",
        "# Tea\n\nBoil the water and wai",
        "# Tea\nBoil the water and wait.",
        "# Tea\n\nBoil the water and wait.",
    ),
    (
        "a line of a list",
        "- Buy milk\n- Call Aunt An",
        "- Call Aunt Ann\n- Rest\n",
        "- Buy milk\n- Call Aunt Ann\n- Rest\n",
    ),
    (
        "a row",
        "| a | b |\n|---|---|\n| Berlin | 3",
        "| Berlin | 3.6 |\n",
        "| a | b |\n|---|---|\n| Berlin | 3.6 |\n",
    ),
    ("a heading", "Text.\n\n## Second pa", "## Second part\n", "Text.\n\n## Second part\n"),
    (
        "a fence with its language",
        "Code:\n```rust\n",
        "```rust\nfn main() {}\n```",
        "Code:\n```rust\nfn main() {}\n```",
    ),
    ("half a fence", "Code:\n``", "```rust\nfn main() {}\n```", "Code:\n```rust\nfn main() {}\n```"),
    (
        "a fence without its language",
        "Code:\n```",
        "```rust\nfn main() {}\n```",
        "Code:\n```rust\nfn main() {}\n```",
    ),
    (
        "a line of code with its indentation",
        "```py\ndef f(number):\n    return num",
        "    return number + 1\n```",
        "```py\ndef f(number):\n    return number + 1\n```",
    ),
    (
        "a block of code",
        "Code:\n```js\nconst answer = 4",
        "```js\nconst answer = 42;\n```",
        "Code:\n```js\nconst answer = 42;\n```",
    ),
    (
        "two lines",
        "Roses are red and very nice to look at in the early morning,\nviolets are blue and even nicer in the evening light of a long summer,\n",
        "Roses are red and very nice to look at in the early morning,\nviolets are blue and even nicer in the evening light of a long summer,\nand so are you.",
        "Roses are red and very nice to look at in the early morning,\nviolets are blue and even nicer in the evening light of a long summer,\nand so are you.",
    ),
    (
        "half a sentence in Chinese",
        "我们今天在北京的大学里面学习中文和历史以及很多别的",
        "我们今天在北京的大学里面学习中文和历史以及很多别的东西。",
        "我们今天在北京的大学里面学习中文和历史以及很多别的东西。",
    ),
    ("a word in Arabic", "هذا هو الكتاب الجد", "الكتاب الجديد", "هذا هو الكتاب الجديد"),
    ("a word in Russian", "Это очень хорош", "хороший день.", "Это очень хороший день."),
    (
        "all that there is",
        "The answer is forty-two, of cou",
        "The answer is forty-two, of course.",
        "The answer is forty-two, of course.",
    ),
];

/// Nobody can tell, so nothing is left out and nothing said twice: the answer begins again.
const OPEN: &[(&str, &str, &str)] = &[
    ("laughter", "ha ha ha ", "ha ha!"),
    ("laughter in the middle", "ha ha h", "ha ha!"),
    ("a word that may be doubled", "It was very", " very good."),
    ("a short half word", "The quick fo", "fox jumps."),
    ("equal rows", "| yes | no |\n| yes | no |\n", "| yes | no |\n| no | no |\n"),
    ("a refrain", "Row, row, row your boat,\n", "Row, row, row your boat,\ngently"),
    (
        "a sentence that is whole",
        "It rains and rains. We stay at home today.",
        " We stay at home today. It is warm.",
    ),
    ("a line that is whole", "x += step;\n", "x += step;\ny += step;\n"),
    ("a year", "It was in 20", "2024 that"),
    ("a bare fence", "Text\n```\n", "```\nfoo"),
    ("two Chinese characters", "我们谢谢", "谢谢你。"),
    ("an opening phrase", "The capital of France is ", "Sure, continuing: Paris."),
    ("an opening phrase after half a word", "The capital of Fr", "Certainly! ance is Paris."),
    ("an opening sentence", "The capital of France is ", "Here is the rest of the answer: Paris."),
    ("an ellipsis", "The capital of France", "...is Paris."),
    ("a new beginning in the middle of a word", "The capital of Fra", "Paris is it."),
    ("the sentence in other words", "It is late. The quick brown fox ju", "The quick brown fox leaps over."),
    (
        "an answer of its own whose first word was the last one",
        "Glass bends blue light more than red. The reason is that Glass",
        "Glass bends blue light because it is slower there.",
    ),
    (
        "an answer of its own that goes on where a word was whole",
        "The prism bends blue light more than ",
        "The prism bends blue light more than, say, glass.",
    ),
    (
        "an answer of its own where a fence had begun",
        "```rust\nfn walk_about_the_town() {\n    slowly();\n}\n`",
        "```rust\nfn walk_about_the_town() {\n    run();\n}\n```",
    ),
    ("the rest with a title", "The capital of France is ", "Continuation:\n\nParis."),
    ("what remains", "The capital of France is ", "Here is the remaining part:\nParis."),
    ("the remainder", "The capital of France is ", "Here's the remainder of the answer: Paris."),
    ("somebody who is glad to", "The capital of France is ", "Sure thing! Paris."),
    ("an apology", "The capital of France is ", "Apologies for the interruption. Paris."),
    ("somebody who picks it up", "The capital of France is ", "Picking up where I left off: Paris."),
    ("a joined emoji", "I am a 👩\u{200d}", "👩\u{200d}💻 now."),
    ("words from the middle of one", "Over there the quick brown fox", "ick brown fox jumps."),
    (
        "a record that is like the next",
        "[{\"name\": \"Ann\", \"country\": \"Germany\"}, {\"name\": \"Be",
        "n\", \"country\": \"Germany\"}, {\"name\": \"Bea\"}]",
    ),
    ("tandem letters", "GATTACA", "GATTACA!"),
    ("the first Chinese character of a sentence", "天气很好。今", "今天很热。"),
    ("all of a row of equal numbers", "| 0 | 0 ", "| 0 | 0 |\n"),
    ("all of next to nothing", "| ", "| a | b |\n"),
];

/// It begins again and goes another way.
const ANEW: &[(&str, &str, &str)] = &[
    ("an answer of its own", "Once upon a time there was a ki", "Once upon a time there lived a queen."),
    (
        "with white space before it",
        "Once upon a time there was a ki",
        "\nOnce upon a time there lived a queen.",
    ),
    ("a shorter one", "The answer to all of it is forty-t", "The answer to all of it is."),
];

#[test]
fn what_goes_on_exactly_is_joined_as_it_is() {
    for (name, text) in EXACT {
        // The first `|` that is not part of a table: marked by standing alone in the case's own words.
        let cut = cut_of(name, text);
        let (shown, said) = (&text[..cut], &text[cut + 1..]);
        assert_eq!(joined(shown, said), Joined::Text([shown, said].concat()), "{name}");
    }
}

/// Where a case is cut. In tables, where the sign is used too, the cut is the second of two that stand together, or the
/// last where three do.
fn cut_of(name: &str, text: &str) -> usize {
    if !text.contains("| ") && !text.contains("|-") || !text.starts_with('|') {
        return text.find('|').unwrap();
    }
    let doubled = text.match_indices("||").last();
    doubled.map_or_else(|| panic!("{name} is not cut"), |(at, _)| at)
}

#[test]
fn what_is_sent_again_is_left_out() {
    for (name, shown, said, expected) in AGAIN {
        assert_eq!(joined(shown, said), Joined::Text((*expected).to_owned()), "{name}");
    }
}

#[test]
fn what_cannot_be_told_begins_again() {
    for (name, shown, said) in OPEN {
        assert_eq!(joined(shown, said), Joined::Unsure, "{name}");
    }
}

#[test]
fn an_answer_of_its_own_is_taken_as_one() {
    for (name, shown, said) in ANEW {
        assert_eq!(joined(shown, said), Joined::Anew(said.trim_start().to_owned()), "{name}");
    }
}

#[test]
fn there_are_as_many_cases_as_it_takes() {
    assert!(EXACT.len() + AGAIN.len() + OPEN.len() + ANEW.len() >= 90);
}

/// Texts that say things twice.
const TEXTS: &[(&str, &str)] = &[
    (
        "prose",
        "The river rises in the hills behind the town and runs, slow and brown, past the mill where my grandfather worked. In spring it floods the meadow. In summer children swim there until the light goes, and then they walk home along the road that the carts once took. Nobody swims there now; the water is too low, and the mill is a hotel.",
    ),
    (
        "anaphora",
        "We shall go on to the end. We shall fight in the fields. We shall fight in the streets. We shall fight in the hills. We shall never stop.",
    ),
    (
        "song",
        "Row, row, row your boat,\nGently down the stream.\nMerrily, merrily, merrily, merrily,\nLife is but a dream.\n\nRow, row, row your boat,\nGently down the stream.\nIf you see a crocodile,\nDon't forget to scream.\n",
    ),
    ("laughter", "He laughed: ha ha ha ha! And she: ha ha! Then it was over."),
    (
        "table",
        "| city | open | since |\n|------|------|-------|\n| Berlin | yes | 2020 |\n| Berlin | no | 2021 |\n| Bonn | yes | 2020 |\n| Bonn | yes | 2022 |\n| Bremen | no | 2020 |\n",
    ),
    (
        "list",
        "To do:\n\n- [ ] Buy milk\n- [ ] Buy bread\n- [x] Call Ann\n- [ ] Call Ben\n  - [ ] at home\n  - [ ] at work\n",
    ),
    (
        "code",
        "```rust\nfn main() {\n    for row in rows {\n        for cell in row {\n            if cell.is_some() {\n                count += 1;\n            }\n        }\n    }\n    println!(\"{count}\");\n}\n```\n\nIt counts.\n",
    ),
    (
        "markup",
        "<ul>\n  <li>\n    <a href=\"/a\">A</a>\n  </li>\n  <li>\n    <a href=\"/b\">B</a>\n  </li>\n</ul>\n",
    ),
    (
        "Chinese",
        "今天天气很好，我们去公园散步。公园里有很多人，他们也在散步。我们看看花，看看水，慢慢地走回家。",
    ),
    ("emoji", "Hurray 🎉🎉🎉 we did it 👩\u{200d}💻👨\u{200d}💻! 👍🏽 And again 🎉🎉."),
    ("Arabic", "مرحبا بالعالم. هذا هو الكتاب الجديد، وهذا هو القلم الجديد. شكرا شكرا."),
    (
        "JSON",
        "[{\"name\": \"Ann\", \"age\": 30}, {\"name\": \"Ben\", \"age\": 30}, {\"name\": \"Ben\", \"age\": 31}]",
    ),
];

fn cuts(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).skip(1).chain([text.len()]).collect()
}

/// Of each text: in how many places of how many the exact rest is not joined but asked for again.
#[test]
fn cut_anywhere_the_exact_rest_gives_the_text_or_begins_again_and_that_is_rare() {
    for (name, text) in TEXTS {
        let cuts = cuts(text);
        let mut unsure = Vec::new();
        for cut in &cuts {
            let (shown, rest) = text.split_at(*cut);
            match join(shown, letters(rest)) {
                Joined::Text(joined) => assert_eq!(joined, *text, "{name}"),
                Joined::Unsure => unsure.push(shown),
                Joined::Anew(new) => panic!("{name}: {shown:?} + {new:?}"),
            }
        }
        let tails: Vec<String> = unsure
            .iter()
            .map(|shown| shown.chars().rev().take(20).collect::<Vec<_>>().iter().rev().collect())
            .collect();
        println!("{name}: {} of {}: {tails:?}", unsure.len(), cuts.len());
        assert!(unsure.len() * 100 <= cuts.len() * usual_doubt(name), "{name}: {tails:?}");
    }
}

/// In how many of a hundred places it may not be told.
fn usual_doubt(name: &str) -> usize {
    match name {
        "prose" => 0,
        "laughter" => 40,
        "song" => 12,
        "JSON" => 20,
        _ => 6,
    }
}

/// What is sent again is a whole number of words: nothing shorter can be told from a doubled letter.
#[test]
fn cut_anywhere_and_sent_again_from_any_word_gives_the_text_or_begins_again() {
    for (name, text) in TEXTS {
        let (mut told, mut all) = (0, 0);
        for cut in cuts(text) {
            let shown = &text[..cut];
            for from in word_starts(shown) {
                all += 1;
                match join(shown, [&text[from..]]) {
                    Joined::Text(joined) => {
                        told += 1;
                        assert_eq!(joined, *text, "{name}: {:?} again from {:?}", &shown, &shown[from..]);
                    }
                    Joined::Unsure => {}
                    Joined::Anew(new) => assert_eq!(new, *text, "{name}"),
                }
            }
        }
        println!("{name}: {told} of {all} without asking again");
    }
}

/// Where a word of letters begins, as a model would begin again.
fn word_starts(shown: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = ' ';
    for (at, letter) in shown.char_indices() {
        if letter.is_ascii_alphabetic() && !before.is_alphanumeric() && before != '_' {
            starts.push(at);
        }
        before = letter;
    }
    starts
}

#[test]
fn little_is_held_back() {
    let mut splice = Splice::after("The river rises in the hills behind the town and runs past the");
    let mut held = 0;
    for piece in letters(" mill where my grandfather worked.") {
        if splice.push(piece) == Step::Hold {
            held += 1;
        }
    }
    assert!(held <= 4, "{held}");
}

proptest! {
    #[test]
    fn any_two_texts_keep_every_letter_or_begin_again(
        shown in "[ab \\n`|-]{0,24}", said in "[ab \\n`|-]{0,24}", seed in any::<u64>(),
    ) {
        let whole = join(&shown, [said.as_str()]);
        prop_assert_eq!(&join(&shown, pieces(&said, seed, 5)), &whole);
        if let Joined::Text(text) = whole {
            prop_assert!(text.starts_with(&shown));
            let new = &text[shown.len()..];
            prop_assert!(said.ends_with(new.trim_start()), "{:?} + {:?}", shown, said);
        }
    }

    #[test]
    fn words_without_repetition_come_out_whole_wherever_they_are_cut(
        words in prop::collection::vec("[a-z]{4,9}", 8..30), cut in any::<prop::sample::Index>(),
    ) {
        let mut unique: Vec<String> = Vec::new();
        for word in words {
            if !unique.contains(&word) {
                unique.push(word);
            }
        }
        let text = unique.join(" ");
        let (shown, rest) = text.split_at(cut.index(text.len()));
        match join(shown, [rest]) {
            Joined::Text(joined) => prop_assert_eq!(joined, text),
            Joined::Unsure => {}
            Joined::Anew(_) => prop_assert!(false),
        }
    }
}

#[test]
fn a_refrain_that_was_cut_after_a_space_is_not_shortened() {
    let truth =
        ["The song goes on like this:\n", &"and nobody knows how often it is sung.\n".repeat(6), "End."]
            .concat();
    for (cut, _) in truth.match_indices("nobody ").skip(1) {
        let (shown, rest) = truth.split_at(cut);
        let mut splice = Splice::after(shown);
        let steps: Vec<Step> = rest.chars().map(|letter| splice.push(&letter.to_string())).collect();
        let is_unsure = steps.contains(&Step::Unsure);
        let said: String = steps
            .into_iter()
            .filter_map(|step| if let Step::Show(text) = step { Some(text) } else { None })
            .collect();
        assert!(is_unsure || said == rest, "cut at {cut}: {said:?}");
    }
}

#[test]
fn a_second_round_that_had_begun_is_not_taken_for_the_first() {
    let line = "both isn't a red drags isn't isn't the because colour the less.\n";
    let truth = ["isn't slows glass colour:\n", &line.repeat(4), "so and spreads."].concat();
    let from = truth.match_indices("a red ").nth(1).map_or(0, |(at, _)| at);
    for (cut, again) in (from + 1..from + 7).flat_map(|cut| [(cut, from), (cut, cut)]) {
        let (shown, rest) = (&truth[..cut], &truth[again..]);
        let mut splice = Splice::after(shown);
        let steps: Vec<Step> = rest.chars().map(|letter| splice.push(&letter.to_string())).collect();
        let first = steps.iter().find(|step| **step != Step::Hold);
        assert_eq!(first, Some(&Step::Unsure), "{shown:?} {rest:?}");
    }
}
