//! Bytes that arrive cut anywhere, put together to whole lines of text.
//!
//! Lines are searched for in bytes and decoded only when whole, so that a character cut by the network is
//! never seen in halves. Each byte is looked at once, however small the pieces; a line that lies whole in its
//! piece is lent from there without being copied.

use super::LINE_LIMIT;
use super::bytes::{line_break, newline};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineBreak {
    /// `\n` alone; a `\r` before it belongs to the line.
    Newline,
    /// `\n`, `\r\n` or `\r`.
    Any,
}

/// A line that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'chunk> {
    /// It lies whole in the piece.
    Whole(&'chunk [u8]),
    /// It began in an earlier piece: read it with [`LineAssembler::held`].
    Held,
}

/// A line longer than [`LINE_LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTooLong;

/// Finds lines in a stream of pieces, and keeps the beginning of one that is not whole yet.
#[derive(Clone, Debug)]
pub struct LineAssembler {
    breaks: LineBreak,
    held: Vec<u8>,
    /// `held` was given out as a line and goes with the next call.
    is_spent: bool,
    /// The last line ended with `\r`, so that a `\n` right after it ends nothing.
    skip_newline: bool,
    is_first: bool,
    #[cfg(test)]
    pub(crate) examined: usize,
}

impl LineAssembler {
    /// For lines that end like this.
    pub const fn new(breaks: LineBreak) -> Self {
        Self {
            breaks,
            held: Vec::new(),
            is_spent: false,
            skip_newline: false,
            is_first: true,
            #[cfg(test)]
            examined: 0,
        }
    }

    /// Takes the next line off `chunk`, without its end; `None` when `chunk` is used up.
    pub fn take<'chunk>(&mut self, chunk: &mut &'chunk [u8]) -> Option<Result<Line<'chunk>, LineTooLong>> {
        self.forget_spent();
        if self.skip_newline && !chunk.is_empty() {
            self.skip_newline = false;
            *chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        if chunk.is_empty() {
            return None;
        }
        let found = self.position(chunk);
        #[cfg(test)]
        {
            self.examined += found.map_or(chunk.len(), |at| at + 1);
        }
        let (piece, rest) = chunk.split_at(found.unwrap_or(chunk.len()));
        if self.held.len() + piece.len() > LINE_LIMIT {
            return Some(Err(LineTooLong));
        }
        let Some((end, rest)) = rest.split_first() else {
            self.held.extend_from_slice(piece);
            *chunk = rest;
            return None;
        };
        *chunk = rest;
        self.skip_newline = *end == b'\r';
        if self.held.is_empty() {
            return Some(Ok(Line::Whole(self.without_mark(piece))));
        }
        self.held.extend_from_slice(piece);
        self.strip_held_mark();
        self.is_spent = true;
        Some(Ok(Line::Held))
    }

    /// A last line that no line break ended, at the end of the stream.
    pub fn last(&mut self) -> Option<&[u8]> {
        self.forget_spent();
        if self.held.is_empty() {
            return None;
        }
        self.strip_held_mark();
        self.is_spent = true;
        Some(&self.held)
    }

    /// The line of the last [`Line::Held`].
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    fn forget_spent(&mut self) {
        if self.is_spent {
            self.held.clear();
            self.is_spent = false;
        }
    }

    fn without_mark<'line>(&mut self, line: &'line [u8]) -> &'line [u8] {
        if core::mem::take(&mut self.is_first) {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        } else {
            line
        }
    }

    fn strip_held_mark(&mut self) {
        if core::mem::take(&mut self.is_first) && self.held.starts_with(BYTE_ORDER_MARK) {
            self.held.drain(..BYTE_ORDER_MARK.len());
        }
    }

    fn position(&self, bytes: &[u8]) -> Option<usize> {
        match self.breaks {
            LineBreak::Newline => newline(bytes),
            LineBreak::Any => line_break(bytes),
        }
    }
}
