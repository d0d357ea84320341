//! Reads JSON from its text without building it, for what has to be quick or exact to the digit.
//!
//! It knows less of JSON than there is and gives up (`None`) on the rest; then the whole text has to be read.
//! What it does take is sound JSON, and says what a full reader would say of it.

use std::borrow::Cow;

use super::bytes::string_mark;

/// How deep a value that is passed over may be.
const DEPTH_LIMIT: u8 = 16;

/// Longer numbers are left to a full reader, characters.
const NUMBER_LIMIT: usize = 18;

/// A place in a text of JSON.
pub(super) struct Cursor<'json> {
    text: &'json str,
    at: usize,
    /// Where the last string stands that was taken, between its quotes.
    last_string: (usize, usize),
}

/// What to do with each field of an object; the cursor stands before its value.
pub(super) type EachField<'a, 'json> = &'a mut dyn FnMut(&mut Cursor<'json>, &'json str) -> Option<()>;

impl<'json> Cursor<'json> {
    /// At the beginning.
    pub(super) const fn new(text: &'json str) -> Self {
        Self { text, at: 0, last_string: (0, 0) }
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Takes the next byte that is not blank, if it is this one.
    fn take(&mut self, wanted: u8) -> bool {
        let is_wanted = self.peek() == Some(wanted);
        self.at += usize::from(is_wanted);
        is_wanted
    }

    /// Takes an object, field by field.
    pub(super) fn object(&mut self, each: EachField<'_, 'json>) -> Option<()> {
        if !self.take(b'{') {
            return None;
        }
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let (name, is_plain) = self.raw_string()?;
            if !is_plain || !self.take(b':') {
                return None;
            }
            each(self, name)?;
            if self.take(b'}') {
                return Some(());
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// Takes a string, decoded.
    pub(super) fn string(&mut self) -> Option<Cow<'json, str>> {
        let (raw, is_plain) = self.raw_string()?;
        if is_plain { Some(Cow::Borrowed(raw)) } else { decoded(raw).map(Cow::Owned) }
    }

    /// Takes a `null`.
    pub(super) fn null(&mut self) -> Option<()> {
        self.peek()?;
        self.word("null")
    }

    /// Takes this byte, blanks before it aside.
    pub(super) fn expect(&mut self, wanted: u8) -> Option<()> {
        self.take(wanted).then_some(())
    }

    /// Where the last string stands that was taken, between its quotes.
    pub(super) const fn last_string(&self) -> (usize, usize) {
        self.last_string
    }

    /// Takes a value and gives its text.
    pub(super) fn value(&mut self) -> Option<&'json str> {
        self.peek()?;
        let start = self.at;
        self.pass(DEPTH_LIMIT)?;
        self.text.get(start..self.at)
    }

    /// Whether nothing follows.
    pub(super) fn is_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn pass(&mut self, depth: u8) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let (raw, is_plain) = self.raw_string()?;
                if is_plain { Some(()) } else { decoded(raw).map(drop) }
            }
            b'{' => {
                let depth = depth.checked_sub(1)?;
                self.object(&mut |cursor, _| cursor.pass(depth))
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                self.at += 1;
                if self.take(b']') {
                    return Some(());
                }
                loop {
                    self.pass(depth)?;
                    if self.take(b']') {
                        return Some(());
                    }
                    if !self.take(b',') {
                        return None;
                    }
                }
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// Takes a string without its quotes, and says whether it means itself: it may hold escapes.
    fn raw_string(&mut self) -> Option<(&'json str, bool)> {
        if !self.take(b'"') {
            return None;
        }
        let start = self.at;
        let (length, is_plain) = string_end(self.text.as_bytes().get(start..)?)?;
        self.last_string = (start, start + length);
        self.at = start + length + 1;
        Some((self.text.get(start..start + length)?, is_plain))
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// Takes a number by JSON's grammar, except that a long one and a long exponent, which may be too large for any
    /// number, are left to a full reader.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.at += usize::from(self.next() == Some(b'-'));
        let is_zero = self.next() == Some(b'0');
        let whole = self.digits()?;
        if is_zero && whole > 1 {
            return None;
        }
        if self.next() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.next(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.next(), Some(b'+' | b'-')));
            if self.digits()? > 2 {
                return None;
            }
        }
        (self.at - start <= NUMBER_LIMIT).then_some(())
    }

    /// Takes digits, and says how many; there has to be one.
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while matches!(self.next(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(self.at - start)
    }

    /// The very next byte.
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// How long a string is that begins here, after its quote, and whether it means itself. What its escapes mean, if they
/// mean anything, is another matter.
pub(super) fn string_end(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    let mut is_plain = true;
    loop {
        at += string_mark(bytes.get(at..)?)?;
        match bytes.get(at)? {
            b'"' => return Some((at, is_plain)),
            b'\\' => {
                is_plain = false;
                at += 2;
            }
            // A control character is no JSON.
            _ => return None,
        }
    }
}

/// A string with its escapes made out; `None` where one means nothing, as half of a surrogate pair does.
pub(super) fn decoded(raw: &str) -> Option<String> {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        decoded.push_str(before);
        let escape = *after.as_bytes().first()?;
        rest = after.get(1..)?;
        decoded.push(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = hexadecimal(&mut rest)?;
                if (0xD800..0xDC00).contains(&unit) {
                    rest = rest.strip_prefix("\\u")?;
                    let low = hexadecimal(&mut rest)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                    unit = 0x1_0000 + ((unit - 0xD800) << 10) + low;
                }
                char::from_u32(unit)?
            }
            _ => return None,
        });
    }
    decoded.push_str(rest);
    Some(decoded)
}

/// Takes four hexadecimal digits.
fn hexadecimal(rest: &mut &str) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    *rest = after;
    u32::from_str_radix(digits, 16).ok()
}

/// The text of the value at this path of names; the last one where a name comes more than once.
pub(super) fn text_at<'json>(json: &'json str, path: &[&str]) -> Option<&'json str> {
    path.iter().try_fold(json, |json, wanted| {
        let mut found = None;
        Cursor::new(json).object(&mut |cursor, name| {
            let value = cursor.value()?;
            if name == *wanted {
                found = Some(value);
            }
            Some(())
        })?;
        found
    })
}
