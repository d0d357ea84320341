//! The quick reader of JSON, held against the full one.

use proptest::prelude::*;
use serde_json::Value;

use crate::wire::scan::{Cursor, text_at};

/// A whole text as one value, if the quick reader takes it.
fn passes(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.value().is_some() && cursor.is_end()
}

/// A text as one string, if the quick reader takes it.
fn string(text: &str) -> Option<String> {
    let mut cursor = Cursor::new(text);
    let string = cursor.string()?.into_owned();
    cursor.is_end().then_some(string)
}

#[test]
fn strings_are_decoded_as_json_says() {
    for (text, expected) in [
        (r#""""#, Some("")),
        (r#""日本 😀""#, Some("日本 😀")),
        (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
        (r#""\u00e9\u0000\uD83D\uDE00x""#, Some("é\0😀x")),
        (r#""\ud83d""#, None),
        (r#""\ud83dx""#, None),
        (r#""\ud83d\u0041""#, None),
        (r#""\ude00\ud83d""#, None),
        (r#""\u00g0""#, None),
        (r#""\u+041""#, None),
        (r#""\u00""#, None),
        (r#""\x""#, None),
        (r#""\é""#, None),
        ("\"a\nb\"", None),
        ("\"a\u{1f}\"", None),
        ("\"a\u{7f}\u{80}\"", Some("a\u{7f}\u{80}")),
        (r#""a"#, None),
        (r#""a\"#, None),
        (r#""a\""#, None),
        ("a", None),
        ("", None),
    ] {
        assert_eq!(string(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn values_are_passed_over_only_where_they_are_sound() {
    for text in [
        "0",
        "-0",
        "12",
        "-1.5",
        "0.10",
        "1e5",
        "1E-05",
        "12.5e+2",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ 1 , { \"a\" : [ ] } ] ",
    ] {
        assert!(passes(text), "{text}");
    }
    for text in [
        "",
        "-",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "1e400",
        "0x1",
        "1_0",
        "tru",
        "nul",
        "truefalse",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "\"\\ud800\"",
        "1 2",
        "NaN",
    ] {
        assert!(!passes(text), "{text}");
    }
    // Sound, but left to the full reader.
    for text in ["1234567890123456789", "{\"\\u0061\":1}"] {
        assert!(!passes(text) && serde_json::from_str::<Value>(text).is_ok(), "{text}");
    }
    assert!(passes(&("[".repeat(16) + &"]".repeat(16))));
    assert!(!passes(&("[".repeat(17) + &"]".repeat(17))));
}

#[test]
fn a_number_is_found_as_it_was_written() {
    let text = r#"{"a":{"b":1},"x":"\"a\":","a":{"c":[{"b":7}],"b": 0.10e-03 ,"d":null},"e":2}"#;
    assert_eq!(text_at(text, &["a", "b"]), Some("0.10e-03"));
    assert_eq!(text_at(text, &["e"]), Some("2"));
    assert_eq!(text_at(text, &["a", "z"]), None);
    assert_eq!(text_at(text, &["e", "b"]), None);
    assert_eq!(text_at("[1]", &["a"]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Made of what JSON is made of, sound or not.
    #[test]
    fn what_the_quick_reader_takes_the_full_one_takes_too(
        parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d\\ude00", "d800", "\"a\"", "\"b\":", "é", "1", "-", ".", "e", "0", "true",
            "null", " ", "\n", "\u{1}",
        ]), 0..14)
    ) {
        let text = parts.concat();
        let full = serde_json::from_str::<Value>(&text);
        if passes(&text) {
            prop_assert!(full.is_ok(), "{}", text);
        }
        if let Some(string) = string(&text) {
            prop_assert_eq!(full.ok(), Some(Value::String(string)));
        }
    }

    #[test]
    fn any_string_is_read_as_it_was_meant(meant in ".*") {
        let written = serde_json::to_string(&meant).unwrap();
        prop_assert_eq!(string(&written), Some(meant));
    }
}
