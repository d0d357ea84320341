//! Server-sent events, by the rules of the WHATWG's HTML standard, out of bytes cut anywhere.
//!
//! Kept to: the three line ends (a `\r` may be the last byte of a piece), `data` lines joined by `\n`, one
//! leading space removed, comments, event names, the byte order mark, dispatch at the blank line. `id` and
//! `retry` mean nothing to a single answer. Other than the standard, an event whose blank line never came is
//! dispatched at the end of the stream, since servers do end that way. What events mean is left to the
//! protocols.

use super::LINE_LIMIT;
use super::utf8::{Line, LineAssembler, LineBreak, LineTooLong};

/// What a stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'event> {
    /// An event with data.
    Event {
        /// Its name; empty where it has none.
        name: &'event str,
        /// Its data lines.
        data: &'event str,
    },
    /// A comment: nothing, but a sign of life.
    Comment,
    /// An event that is not UTF-8.
    Corrupt,
}

/// Takes events out of a stream of pieces. All the data of one event may be [`LINE_LIMIT`] long.
#[derive(Clone, Debug)]
pub struct Events {
    pub(super) assembler: LineAssembler,
    pub(super) event: Event,
    /// Lines of JSON that stood outside of any event.
    pub(super) strays: Vec<u8>,
    /// `event` was given out and goes with the next call.
    is_spent: bool,
}

/// An event as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    pub(super) name: Vec<u8>,
    pub(super) data: Vec<u8>,
    has_data: bool,
}

/// What a line asks for.
enum Field<'line> {
    Dispatch,
    Comment,
    Name(&'line [u8]),
    Data(&'line [u8]),
    Other(&'line [u8]),
}

impl Default for Events {
    fn default() -> Self {
        Self {
            assembler: LineAssembler::new(LineBreak::Any),
            event: Event::default(),
            strays: Vec::new(),
            is_spent: false,
        }
    }
}

impl Events {
    /// Takes the next event or comment off `chunk`; `None` when `chunk` is used up.
    pub fn take<'event, 'chunk: 'event>(
        &'event mut self,
        chunk: &mut &'chunk [u8],
    ) -> Option<Result<Frame<'event>, LineTooLong>> {
        self.forget_spent();
        // The one data line that most events have is lent from `chunk` as long as nothing joins it.
        let mut lent: Option<&'chunk [u8]> = None;
        loop {
            let field = match self.assembler.take(chunk) {
                Some(Ok(Line::Whole(line))) => match Field::of(line) {
                    Field::Data(line) if lent.is_none() && !self.event.has_data => {
                        lent = Some(line);
                        continue;
                    }
                    field => field,
                },
                Some(Ok(Line::Held)) => Field::of(self.assembler.held()),
                Some(Err(too_long)) => return Some(Err(too_long)),
                None => return self.event.join_all([lent, None]).err().map(Err),
            };
            match field {
                Field::Dispatch if self.event.has_data || lent.is_some() => {
                    self.is_spent = true;
                    return Some(Ok(self.event.frame(lent)));
                }
                Field::Dispatch => self.event.name.clear(),
                Field::Comment => return Some(self.event.join_all([lent, None]).map(|()| Frame::Comment)),
                Field::Name(name) => self.event.rename(name),
                Field::Data(line) => {
                    if let Err(too_long) = self.event.join_all([lent.take(), Some(line)]) {
                        return Some(Err(too_long));
                    }
                }
                Field::Other(line) => keep_stray(&mut self.strays, line),
            }
        }
    }

    /// A last event without its blank line, once the stream is over.
    pub fn finish(&mut self) -> Option<Result<Frame<'_>, LineTooLong>> {
        self.forget_spent();
        match self.assembler.last().map(Field::of) {
            Some(Field::Data(line)) => {
                if let Err(too_long) = self.event.join_all([Some(line), None]) {
                    return Some(Err(too_long));
                }
            }
            Some(Field::Name(name)) => self.event.rename(name),
            Some(Field::Other(line)) => keep_stray(&mut self.strays, line),
            _ => {}
        }
        if !self.event.has_data {
            return None;
        }
        self.is_spent = true;
        Some(Ok(self.event.frame(None)))
    }

    /// What looks like JSON and stood in the stream without being a field of an event, up to [`LINE_LIMIT`]. The
    /// standard has such lines passed over; some servers write an error there.
    pub fn strays(&self) -> &[u8] {
        &self.strays
    }

    fn forget_spent(&mut self) {
        if core::mem::take(&mut self.is_spent) {
            self.event.name.clear();
            self.event.data.clear();
            self.event.has_data = false;
        }
    }
}

impl Event {
    fn rename(&mut self, name: &[u8]) {
        self.name.clear();
        self.name.extend_from_slice(name);
    }

    fn join_all(&mut self, lines: [Option<&[u8]>; 2]) -> Result<(), LineTooLong> {
        for line in lines.into_iter().flatten() {
            if self.data.len() + line.len() >= LINE_LIMIT {
                return Err(LineTooLong);
            }
            if self.has_data {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(line);
            self.has_data = true;
        }
        Ok(())
    }

    fn frame<'event>(&'event self, lent: Option<&'event [u8]>) -> Frame<'event> {
        let data = lent.unwrap_or(&self.data);
        match (core::str::from_utf8(&self.name), core::str::from_utf8(data)) {
            (Ok(name), Ok(data)) => Frame::Event { name, data },
            _ => Frame::Corrupt,
        }
    }
}

impl<'line> Field<'line> {
    fn of(line: &'line [u8]) -> Self {
        // `data: ` is nearly every line, so it is tried before anything is searched for.
        if let Some(value) = line.strip_prefix(b"data:") {
            return Self::Data(without_space(value));
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(0) => return Self::Comment,
            Some(colon) => line.split_at(colon),
            None if line.is_empty() => return Self::Dispatch,
            None => (line, &[] as &[u8]),
        };
        let value = without_space(value.strip_prefix(b":").unwrap_or(value));
        match name {
            b"event" => Self::Name(value),
            b"data" => Self::Data(value),
            _ => Self::Other(line),
        }
    }
}

/// The first line of JSON begins like an object or an array; those after it begin with anything.
fn keep_stray(strays: &mut Vec<u8>, line: &[u8]) {
    let is_json = !strays.is_empty() || matches!(line.first(), Some(b'{' | b'['));
    if is_json && strays.len() + line.len() < LINE_LIMIT {
        strays.extend_from_slice(line);
        strays.push(b'\n');
    }
}

fn without_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}
