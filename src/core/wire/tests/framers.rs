//! The framers, without any protocol.

use proptest::collection::vec;
use proptest::prelude::*;

use super::properties::{cut, places};
use super::says_the_same_however_it_is_cut;
use crate::wire::utf8::LineTooLong;
use crate::wire::{LINE_LIMIT, ndjson, sse};

/// A frame that owns what it says; both framers' are written alike.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Event(String, String),
    Comment,
    Line(String),
    Corrupt,
    TooLong,
}

impl From<Result<sse::Frame<'_>, LineTooLong>> for Heard {
    fn from(frame: Result<sse::Frame<'_>, LineTooLong>) -> Self {
        match frame {
            Ok(sse::Frame::Event { name, data }) => Self::Event(name.to_owned(), data.to_owned()),
            Ok(sse::Frame::Comment) => Self::Comment,
            Ok(sse::Frame::Corrupt) => Self::Corrupt,
            Err(LineTooLong) => Self::TooLong,
        }
    }
}

impl From<Result<ndjson::Frame<'_>, LineTooLong>> for Heard {
    fn from(frame: Result<ndjson::Frame<'_>, LineTooLong>) -> Self {
        match frame {
            Ok(ndjson::Frame::Text(line)) => Self::Line(line.to_owned()),
            Ok(ndjson::Frame::Corrupt) => Self::Corrupt,
            Err(LineTooLong) => Self::TooLong,
        }
    }
}

/// What is heard up to the first failure, and how many bytes were looked at for it.
fn events_of<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> (Vec<Heard>, usize) {
    let mut events = sse::Events::default();
    let mut heard = Vec::new();
    for mut piece in pieces {
        while let Some(frame) = events.take(&mut piece) {
            heard.push(Heard::from(frame));
            if heard.last() == Some(&Heard::TooLong) {
                return (heard, events.assembler.examined);
            }
        }
        assert!(events.assembler.held().len() <= LINE_LIMIT);
        assert!(events.event.data.len() <= LINE_LIMIT && events.event.name.len() <= LINE_LIMIT);
    }
    heard.extend(events.finish().map(Heard::from));
    (heard, events.assembler.examined)
}

fn lines_of<'body>(pieces: impl IntoIterator<Item = &'body [u8]>) -> (Vec<Heard>, usize) {
    let mut lines = ndjson::Lines::default();
    let mut heard = Vec::new();
    for mut piece in pieces {
        while let Some(frame) = lines.take(&mut piece) {
            heard.push(Heard::from(frame));
            if heard.last() == Some(&Heard::TooLong) {
                return (heard, lines.assembler.examined);
            }
        }
        assert!(lines.assembler.held().len() <= LINE_LIMIT);
    }
    heard.extend(lines.finish().map(|frame| Heard::from(Ok(frame))));
    (heard, lines.assembler.examined)
}

fn events(body: &[u8]) -> Vec<Heard> {
    says_the_same_however_it_is_cut("events", body, |pieces| events_of(pieces).0)
}

fn lines(body: &[u8]) -> Vec<Heard> {
    says_the_same_however_it_is_cut("lines", body, |pieces| lines_of(pieces).0)
}

fn event(name: &str, data: &str) -> Heard {
    Heard::Event(name.to_owned(), data.to_owned())
}

#[test]
fn the_examples_of_the_standard_are_read_as_it_says() {
    assert_eq!(events(b"data: YHOO\ndata: +2\ndata: 10\n\n"), [event("", "YHOO\n+2\n10")]);
    assert_eq!(
        events(
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
        ),
        [Heard::Comment, event("", "first event"), event("", "second event"), event("", " third event")]
    );
    // Other than in the standard, the last event counts although its blank line is missing.
    assert_eq!(events(b"data\n\ndata\ndata\n\ndata:"), [event("", ""), event("", "\n"), event("", "")]);
    assert_eq!(events(b"data:test\n\ndata: test\n\n"), [event("", "test"), event("", "test")]);
}

#[test]
fn all_three_line_ends_end_a_line() {
    let expected = [event("", "one"), event("", "two\nlines")];
    assert_eq!(events(b"data: one\n\ndata: two\ndata: lines\n\n"), expected);
    assert_eq!(events(b"data: one\r\n\r\ndata: two\r\ndata: lines\r\n\r\n"), expected);
    assert_eq!(events(b"data: one\r\rdata: two\rdata: lines\r\r"), expected);
    assert_eq!(events(b"data: one\r\n\ndata: two\rdata: lines\n\r"), expected);
}

#[test]
fn a_carriage_return_at_the_end_of_a_piece_is_not_waited_upon() {
    let mut stream = sse::Events::default();
    let mut piece: &[u8] = b"data: now\r\r";
    assert!(matches!(stream.take(&mut piece), Some(Ok(sse::Frame::Event { data: "now", .. }))));
    // Its line feed comes later and ends nothing.
    let mut piece: &[u8] = b"\ndata: later\n\n";
    assert!(matches!(stream.take(&mut piece), Some(Ok(sse::Frame::Event { data: "later", .. }))));
    assert!(stream.take(&mut piece).is_none());
}

#[test]
fn an_event_has_the_last_name_it_was_given() {
    assert_eq!(
        events(b"event: one\nevent: two\ndata: x\n\ndata: y\n\n"),
        [event("two", "x"), event("", "y")]
    );
    // Without data there is no event, and the name is gone.
    assert_eq!(events(b"event: lost\n\ndata: y\n\n"), [event("", "y")]);
    assert_eq!(events(b"data: x\nevent: after"), [event("after", "x")]);
}

#[test]
fn comments_are_told_even_between_the_lines_of_an_event() {
    assert_eq!(
        events(b"data: a\n: busy\ndata: b\n:\n\n"),
        [Heard::Comment, Heard::Comment, event("", "a\nb")]
    );
}

#[test]
fn a_byte_order_mark_is_only_one_at_the_start() {
    assert_eq!(events(b"\xEF\xBB\xBFdata: x\n\n"), [event("", "x")]);
    assert_eq!(events(b"\n\xEF\xBB\xBFdata: x\n\ndata: y\n\n"), [event("", "y")]);
    assert_eq!(lines(b"\xEF\xBB\xBF{}\n"), [Heard::Line("{}".to_owned())]);
    assert_eq!(lines(b"\xEF\xBB\xBF{}"), [Heard::Line("{}".to_owned())]);
}

#[test]
fn what_is_not_utf8_spoils_its_own_event_alone() {
    assert_eq!(
        events(b"data: a\n\ndata: \xFF\xC3\n\ndata: b\n\n"),
        [event("", "a"), Heard::Corrupt, event("", "b")]
    );
    assert_eq!(
        lines(b"a\n\xFF\xC3\nb\n"),
        [Heard::Line("a".to_owned()), Heard::Corrupt, Heard::Line("b".to_owned())]
    );
}

#[test]
fn lines_may_end_as_they_like_and_be_blank() {
    let expected = [Heard::Line("{\"a\":1}".to_owned()), Heard::Line("{\"b\":2}".to_owned())];
    assert_eq!(lines(b"{\"a\":1}\n{\"b\":2}\n"), expected);
    assert_eq!(lines(b"\r\n\n{\"a\":1}\r\n \n\t\r\n{\"b\":2}"), expected);
    assert_eq!(lines(b""), []);
    assert_eq!(lines(b"\r\n\r"), []);
}

#[test]
fn a_line_that_lies_whole_in_its_piece_is_not_copied() {
    let body = b"{\"a\":1}\n{\"b\":2}\n".to_vec();
    let mut lines = ndjson::Lines::default();
    let mut rest = body.as_slice();
    let Some(Ok(ndjson::Frame::Text(line))) = lines.take(&mut rest) else { panic!("a line") };
    assert!(body.as_ptr_range().contains(&line.as_ptr()));

    let body = b"data: {\"a\":1}\n\n".to_vec();
    let mut events = sse::Events::default();
    let mut rest = body.as_slice();
    let Some(Ok(sse::Frame::Event { data, .. })) = events.take(&mut rest) else { panic!("an event") };
    assert!(body.as_ptr_range().contains(&data.as_ptr()));
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    for (length, is_fine) in [(LINE_LIMIT, true), (LINE_LIMIT + 1, false)] {
        let mut body = vec![b'x'; length];
        body.push(b'\n');
        for size in [body.len(), 1_000, 65_536] {
            let (heard, _) = lines_of(body.chunks(size));
            assert_eq!(
                heard.first() == Some(&Heard::TooLong),
                !is_fine,
                "{length} bytes in pieces of {size}"
            );
        }
    }
}

#[test]
fn a_line_without_an_end_is_given_up_at_the_limit() {
    let piece = vec![b'x'; 4_096];
    for (heard, examined) in
        [lines_of((0..1_000).map(|_| piece.as_slice())), events_of((0..1_000).map(|_| piece.as_slice()))]
    {
        assert_eq!(heard, [Heard::TooLong]);
        assert!(examined <= LINE_LIMIT + piece.len());
    }
}

#[test]
fn an_event_of_many_lines_is_given_up_at_the_limit() {
    let line = format!("data: {}\n", "x".repeat(10_000));
    let (heard, _) = events_of((0..1_000).map(|_| line.as_bytes()));
    assert_eq!(heard, [Heard::TooLong]);
}

#[test]
fn every_byte_is_looked_at_once_however_small_the_pieces() {
    let mut body = b"data: ".to_vec();
    body.resize(1_000_000, b'x');
    body.extend_from_slice(b"\n\n");
    for size in [1, 7, 1_024, body.len()] {
        assert!(events_of(body.chunks(size)).1 <= body.len());
        assert!(lines_of(body.chunks(size)).1 <= body.len());
    }
}

/// Pieces of streams that matter to a framer, and some that should not.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"data: ".to_vec()),
        Just(b"data:".to_vec()),
        Just(b"data".to_vec()),
        Just(b"event: e".to_vec()),
        Just(b"event".to_vec()),
        Just(b": c".to_vec()),
        Just(b" ".to_vec()),
        Just(b"id: 7".to_vec()),
        Just(b"{\"a\":\"\xE6\x97\xA5\"}".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just(b"\xF0\x9F\x98\x80".to_vec()),
        Just(b"\xFF".to_vec()),
        vec(any::<u8>(), 0..12),
    ]
}

/// The standard's rules written down once more, without a thought for speed or for pieces.
fn events_by_the_book(body: &[u8]) -> Vec<Heard> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let mut after_return = false;
    for byte in body {
        match byte {
            b'\n' if after_return => {}
            b'\n' | b'\r' => lines.push(Vec::new()),
            _ => lines.last_mut().unwrap().push(*byte),
        }
        after_return = *byte == b'\r';
    }
    // The end of the stream dispatches what is left, as one more blank line would.
    let is_open = lines.last().is_some_and(|last| !last.is_empty());
    if is_open {
        lines.push(Vec::new());
    }
    let (mut heard, mut name, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for (place, line) in lines.iter().enumerate() {
        if line.is_empty() {
            if !data.is_empty() {
                let joined = data[..data.len() - 1].to_vec();
                heard.push(match (String::from_utf8(name.clone()), String::from_utf8(joined)) {
                    (Ok(name), Ok(data)) => Heard::Event(name, data),
                    _ => Heard::Corrupt,
                });
            }
            name.clear();
            data.clear();
        } else if line[0] == b':' {
            // A comment whose line never ended is nothing.
            if !is_open || place + 2 < lines.len() {
                heard.push(Heard::Comment);
            }
        } else {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
            let value = line.get(colon + 1..).unwrap_or_default();
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &line[..colon] {
                b"event" => name = value.to_vec(),
                b"data" => {
                    data.extend_from_slice(value);
                    data.push(b'\n');
                }
                _ => {}
            }
        }
    }
    heard
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_are_those_of_the_standard_however_they_are_cut(
        fragments in vec(fragment(), 0..40),
        places in places(),
    ) {
        let body = fragments.concat();
        let expected = events_by_the_book(&body);
        prop_assert_eq!(&events_of([body.as_slice()]).0, &expected);
        prop_assert_eq!(&events_of(body.chunks(1)).0, &expected);
        let (heard, examined) = events_of(cut(&body, &places));
        prop_assert_eq!(&heard, &expected);
        prop_assert!(examined <= body.len());
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut(
        fragments in vec(fragment(), 0..40),
        places in places(),
    ) {
        let body = fragments.concat();
        let marked = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
        let expected: Vec<Heard> = marked
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .map(|line| String::from_utf8(line.to_vec()).map_or(Heard::Corrupt, Heard::Line))
            .collect();
        prop_assert_eq!(&lines_of([body.as_slice()]).0, &expected);
        prop_assert_eq!(&lines_of(body.chunks(1)).0, &expected);
        let (heard, examined) = lines_of(cut(&body, &places));
        prop_assert_eq!(&heard, &expected);
        prop_assert!(examined <= body.len());
    }
}

#[test]
fn json_outside_of_any_event_is_kept_aside() {
    let strays = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut events = sse::Events::default();
        let mut heard = Vec::new();
        for mut piece in pieces {
            while let Some(frame) = events.take(&mut piece) {
                heard.push(Heard::from(frame));
            }
        }
        heard.extend(events.finish().map(Heard::from));
        (heard, String::from_utf8(events.strays().to_vec()).unwrap())
    };
    let body = b"other: x\nnothing\nid: 1\ndata: a\n\n{\r\n  \"error\": {\r\n\r\n  }\r\n}";
    let (heard, kept) = says_the_same_however_it_is_cut("strays", body, strays);
    assert_eq!(heard, [Heard::Event(String::new(), "a".to_owned())]);
    assert_eq!(kept, "{\n  \"error\": {\n  }\n}\n");

    let line = format!("[{}\n", "x".repeat(LINE_LIMIT / 3));
    let (_, kept) = strays(&mut [line.as_bytes(); 9].into_iter());
    assert_eq!(kept.len(), 2 * line.len());
}
