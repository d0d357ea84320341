//! Reads JSON from its text without building it, for what has to be quick or exact to the digit.
//!
//! It knows less of JSON than there is and gives up (`None`) on the rest; then the whole text has to be read.
//! What it does take is sound JSON, and says what a full reader would say of it.

use std::borrow::Cow;

/// How deep a value that is passed over may be.
const DEPTH_LIMIT: u8 = 16;

/// Longer numbers are left to a full reader, characters.
const NUMBER_LIMIT: usize = 18;

/// A place in a text of JSON.
pub(super) struct Cursor<'json> {
    text: &'json str,
    at: usize,
}

/// What to do with each field of an object; the cursor stands before its value.
pub(super) type EachField<'a, 'json> = &'a mut dyn FnMut(&mut Cursor<'json>, &'json str) -> Option<()>;

impl<'json> Cursor<'json> {
    /// At the beginning.
    pub(super) const fn new(text: &'json str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not blank.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Takes the next byte that is not blank, if it is this one.
    pub(super) fn take(&mut self, wanted: u8) -> bool {
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

    /// Takes `null`, if it is one.
    pub(super) fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.word("null").is_some()
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
        let mut is_plain = true;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            self.at += mark(rest)?;
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => {
                    is_plain = false;
                    self.at += 2;
                }
                // A control character is no JSON.
                _ => return None,
            }
        }
        let raw = self.text.get(start..self.at)?;
        self.at += 1;
        Some((raw, is_plain))
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let number = rest.get(..end)?;
        self.at += end;
        (end <= NUMBER_LIMIT && is_number(number)).then_some(())
    }
}

/// Where the first quote, backslash or control character stands. Eight bytes at a time, as in `utf8`.
fn mark(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let holds_one = |word: u64| {
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        controls | zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) != 0
    };
    let (words, _) = bytes.as_chunks::<8>();
    let clean = words.iter().take_while(|word| !holds_one(u64::from_ne_bytes(**word))).count() * 8;
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.get(clean..)?.iter().position(is_mark).map(|at| clean + at)
}

/// By JSON's grammar, except that a long exponent, which may be too large for any number, is left to a full reader.
fn is_number(text: &str) -> bool {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = are_digits(whole) && (whole == "0" || !whole.starts_with('0'));
    is_whole && fraction.is_none_or(are_digits) && exponent.len() <= 2 && are_digits(exponent)
}

/// A string with its escapes made out; `None` where one means nothing, as half of a surrogate pair does.
fn decoded(raw: &str) -> Option<String> {
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
