//! The estimate against counts of real tokenizers, and what holds for any text.

use super::{Family, Features, Prompt, tokens_in};
use crate::model::{Message, Text, TextRequest};
use proptest::prelude::*;

/// Short texts, and how many tokens they are to the tokenizers of the families, `Other` left out: by
/// `node tests/bench/tokens/samples.mjs`. None of them was used for fitting.
#[rustfmt::skip]
const SAMPLES: [(&str, &str, [u64; 10]); 13] = [
    // OpenAi, OpenAiOld, Claude, ClaudeNew, Gemini, Llama, LlamaOld, Mistral, Qwen, DeepSeek
    ("English", "The committee met on Tuesday to discuss the new budget. Nobody expected the vote to be so close, but in the end the proposal passed by a single voice. Its opponents said they would try again next year.", [42, 42, 42, 62, 42, 42, 42, 42, 42, 42]),
    ("German", "Der Ausschuss traf sich am Dienstag, um über den neuen Haushalt zu beraten. Niemand hatte erwartet, dass die Abstimmung so knapp ausfallen würde, doch am Ende wurde der Vorschlag angenommen.", [39, 54, 64, 90, 41, 54, 60, 43, 54, 50]),
    ("French", "Le comité s'est réuni mardi pour discuter du nouveau budget. Personne ne s'attendait à un vote aussi serré, mais la proposition a finalement été adoptée à une voix près.", [40, 45, 47, 67, 41, 45, 48, 39, 45, 44]),
    ("Russian", "Комитет собрался во вторник, чтобы обсудить новый бюджет. Никто не ожидал, что голосование будет таким напряжённым, но в конце концов предложение было принято.", [40, 74, 63, 63, 38, 44, 64, 44, 47, 46]),
    ("Chinese", "委员会星期二开会讨论新的预算。没有人想到投票结果会如此接近，但最后提案以一票之差获得通过。反对者表示明年会再次尝试。", [42, 60, 61, 60, 36, 46, 61, 52, 35, 32]),
    ("Japanese", "委員会は火曜日に集まり、新しい予算について話し合いました。投票がこれほど接戦になるとは誰も思っていませんでしたが、最終的に提案は可決されました。", [49, 73, 65, 64, 37, 48, 77, 43, 42, 42]),
    ("Korean", "위원회는 화요일에 모여 새 예산에 대해 논의했습니다. 투표가 이렇게 박빙일 것이라고는 아무도 예상하지 못했지만 결국 제안은 통과되었습니다.", [42, 76, 80, 79, 40, 45, 86, 37, 47, 49]),
    ("Arabic", "اجتمعت اللجنة يوم الثلاثاء لمناقشة الميزانية الجديدة. لم يتوقع أحد أن يكون التصويت متقاربا إلى هذا الحد، ولكن في النهاية تم قبول الاقتراح.", [37, 97, 93, 93, 41, 51, 122, 37, 43, 49]),
    ("Hindi", "समिति मंगलवार को नए बजट पर चर्चा करने के लिए मिली। किसी को उम्मीद नहीं थी कि मतदान इतना करीबी होगा, लेकिन अंत में प्रस्ताव पारित हो गया।", [35, 131, 90, 90, 32, 68, 137, 49, 119, 76]),
    ("Thai", "คณะกรรมการประชุมกันเมื่อวันอังคารเพื่อหารือเกี่ยวกับงบประมาณใหม่ ไม่มีใครคาดคิดว่าผลการลงคะแนนจะใกล้เคียงกันขนาดนี้ แต่ในที่สุดข้อเสนอก็ผ่าน", [53, 119, 125, 125, 43, 66, 141, 71, 68, 48]),
    ("code", "export function median(values: number[]): number {\n  const sorted = [...values].sort((a, b) => a - b);\n  const middle = Math.floor(sorted.length / 2);\n  if (sorted.length % 2 === 1) {\n    return sorted[middle];\n  }\n  return (sorted[middle - 1] + sorted[middle]) / 2;\n}\n", [80, 80, 94, 116, 94, 80, 97, 82, 80, 81]),
    ("JSON", "{\"id\":\"a81bc81b\",\"name\":\"Lunch menu\",\"price\":12.5,\"tags\":[\"soup\",\"salad\"],\"isOpen\":true,\"served\":{\"from\":\"11:30\",\"to\":\"14:00\"},\"count\":128,\"url\":\"https://example.com/menu/2025-03-14\"}", [68, 66, 72, 94, 79, 66, 87, 84, 79, 72]),
    ("numbers", "3.14159 2.71828 1024 65536 4294967296 -273.15 6.022e23 1999-12-31 23:59:59 192.168.0.1 (555) 010-9999 42", [61, 61, 64, 63, 102, 61, 103, 102, 102, 61]),
];

/// How far the estimate may be off: what was measured for these texts, rounded up. One sentence is judged less well than a
/// page, and German has long words that English letters do not give away.
fn tolerance(name: &str) -> f64 {
    match name {
        "English" | "code" | "JSON" | "numbers" => 0.08,
        "German" => 0.34,
        _ => 0.22,
    }
}

#[test]
fn short_texts_are_about_as_many_tokens_as_real_tokenizers_count() {
    let mut off = Vec::new();
    for (name, text, counts) in SAMPLES {
        for (family, count) in Family::ALL[1..].iter().zip(counts) {
            let error = tokens_in(text, *family) as f64 / count as f64 - 1.0;
            if error.abs() > tolerance(name) {
                off.push(format!("{name}, {family:?}: {:.0} %", error * 100.0));
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
}

#[test]
fn an_unknown_model_is_rather_taken_to_need_more_tokens() {
    for (name, text, counts) in SAMPLES {
        let mut sorted = counts;
        sorted.sort_unstable();
        let (middle, most) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
        let guess = tokens_in(text, Family::Other);
        assert!(guess as f64 >= middle as f64 * 0.75, "{name}: {guess}, and half of all need {middle}");
        assert!(guess as f64 <= most as f64 * 1.1, "{name}: {guess}, and none needs more than {most}");
    }
}

#[test]
fn long_rows_of_one_sign_are_no_flood_of_tokens() {
    for sign in [" ", "-", "=", "\n", "\t", "."] {
        let tokens = tokens_in(&sign.repeat(1_000), Family::OpenAi);
        assert!(tokens <= 1_000, "{sign:?}: {tokens}");
    }
}

#[test]
fn nothing_is_no_token() {
    for family in Family::ALL {
        assert_eq!(tokens_in("", family), 0);
        assert!(tokens_in("Hello", family) > 0);
    }
}

fn user(words: &str) -> Message {
    Message::User { content: Text::Whole(words.to_owned()) }
}

proptest! {
    #[test]
    fn more_text_is_never_fewer_tokens(start in "\\PC{0,60}", end in "\\PC{0,20}") {
        let (short, long) = (Features::of(&start), Features::of(&[start.as_str(), &end].concat()));
        for family in Family::ALL {
            prop_assert!(short.tokens(family) <= long.tokens(family), "{:?}", family);
        }
    }

    #[test]
    fn every_byte_is_counted_once(text in any::<String>()) {
        let visits: u32 = Features::of(&text).visits().iter().sum();
        prop_assert_eq!(visits as usize, text.len());
    }

    #[test]
    fn what_two_texts_are_made_of_can_be_added(one in any::<String>(), other in "[a-z0-9 .\n]{0,40}") {
        let mut sum = Features::of(&one);
        sum.add(&Features::of(&other));
        let mut walked = Features::of(&one);
        walked.add_text(&other);
        prop_assert_eq!(sum, walked);
        for family in Family::ALL {
            let apart = tokens_in(&one, family) + tokens_in(&other, family);
            prop_assert!(sum.tokens(family) <= apart && apart <= sum.tokens(family) + 1);
        }
    }

    #[test]
    fn a_conversation_is_about_the_sum_of_its_parts(words in prop::collection::vec("[a-zA-Zé ,.日]{0,40}", 1..6), at in 0_usize..6) {
        let messages: Vec<Message> = words.iter().map(|words| user(words)).collect();
        let count = |messages: &[Message], family| {
            Prompt::of(&TextRequest { messages: Some(messages.to_vec()), ..TextRequest::default() }).tokens(family)
        };
        let (before, after) = messages.split_at(at.min(messages.len()));
        for family in Family::ALL {
            let (whole, parts) = (count(&messages, family), count(before, family) + count(after, family));
            prop_assert!(whole <= parts && parts <= whole + 1);
        }
    }
}
