//! Lines of JSON, as Ollama streams them: whole lines of text out of bytes cut anywhere.
//!
//! A line ends with `\n` or `\r\n`; blank lines are skipped; a last line may lack its end. What the lines
//! mean is left to the protocols.

use serde::de::IgnoredAny;

use super::utf8::{Line, LineAssembler, LineBreak, LineTooLong};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'line> {
    /// Its text, without its end.
    Text(&'line str),
    /// It is not UTF-8.
    Corrupt,
}

impl Frame<'_> {
    /// Whether a last line without its end is only the beginning of one. Markup is not: it is no line of JSON
    /// at all.
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Text(line) => {
                !line.trim_start().starts_with('<') && serde_json::from_str::<IgnoredAny>(line).is_err()
            }
            Self::Corrupt => true,
        }
    }
}

/// Takes lines out of a stream of pieces.
#[derive(Clone, Debug)]
pub struct Lines {
    pub(super) assembler: LineAssembler,
}

impl Default for Lines {
    fn default() -> Self {
        Self { assembler: LineAssembler::new(LineBreak::Newline) }
    }
}

impl Lines {
    /// Takes the next line off `chunk`; `None` when `chunk` is used up.
    pub fn take<'line, 'chunk: 'line>(
        &'line mut self,
        chunk: &mut &'chunk [u8],
    ) -> Option<Result<Frame<'line>, LineTooLong>> {
        loop {
            match self.assembler.take(chunk)? {
                Ok(Line::Whole(line)) if !is_blank(line) => return Some(Ok(frame(line))),
                Ok(Line::Held) if !is_blank(self.assembler.held()) => break,
                Ok(_) => {}
                Err(too_long) => return Some(Err(too_long)),
            }
        }
        Some(Ok(frame(self.assembler.held())))
    }

    /// A last line without its end, once the stream is over.
    pub fn finish(&mut self) -> Option<Frame<'_>> {
        self.assembler.last().filter(|line| !is_blank(line)).map(frame)
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn frame(line: &[u8]) -> Frame<'_> {
    core::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map_or(Frame::Corrupt, Frame::Text)
}
