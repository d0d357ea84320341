//! Downloads, line by line.

use litemap::LiteMap;
use serde_json::Value;

use crate::model::report::PullProgress;
use crate::wire::WireError;
use crate::wire::ndjson::{Frame, Lines};
use crate::wire::refusal::Refusal;
use crate::wire::tolerant::{count, has, object, take, text};

/// Corrupt lines that are overlooked: only progress is lost with them.
const CORRUPT_LIMIT: u32 = 3;

/// The most layers that are added up. No model has as many.
const LAYER_LIMIT: usize = 1_024;

/// Longer than any digest, characters.
const DIGEST_LIMIT: usize = 256;

/// Reads the body of a download as it comes.
///
/// Each line makes one report, with the bytes of all layers named so far added up. Only the status `success`
/// is one: a body that ends without it broke off, whatever the HTTP status was.
#[derive(Clone, Debug, Default)]
pub struct PullDecoder {
    lines: Lines,
    download: Download,
    failure: Option<WireError>,
}

#[derive(Clone, Debug, Default)]
struct Download {
    /// Bytes here and bytes in all, by digest.
    layers: LiteMap<String, (u64, u64)>,
    corrupt_frames: u32,
    frames: u64,
    is_done: bool,
}

impl PullDecoder {
    /// For one download.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the body.
    pub fn push(&mut self, chunk: &[u8], reports: &mut Vec<PullProgress>) -> Result<(), WireError> {
        self.unless_failed(|decoder| {
            let mut rest = chunk;
            while !decoder.is_done() {
                let Some(line) = decoder.lines.take(&mut rest) else { break };
                decoder.download.hear(line.map_err(|_| WireError::line_too_long())?, reports)?;
            }
            Ok(())
        })
    }

    /// Says whether the model is there, when [`is_done`](Self::is_done) or the body is over.
    pub fn finish(&mut self, reports: &mut Vec<PullProgress>) -> Result<(), WireError> {
        self.unless_failed(|decoder| {
            if !decoder.is_done()
                && let Some(line) = decoder.lines.finish()
                && !line.is_cut()
            {
                decoder.download.hear(line, reports)?;
            }
            if decoder.is_done() { Ok(()) } else { Err(broken_off()) }
        })
    }

    /// Whether the model is there.
    pub fn is_done(&self) -> bool {
        self.download.is_done
    }

    /// How many whole lines came: if it grows, the server is alive.
    pub fn frames(&self) -> u64 {
        self.download.frames
    }

    fn unless_failed<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let outcome = read(self);
        self.failure = outcome.as_ref().err().cloned();
        outcome
    }
}

impl Download {
    fn hear(&mut self, frame: Frame<'_>, reports: &mut Vec<PullProgress>) -> Result<(), WireError> {
        self.frames += 1;
        let Frame::Text(line) = frame else { return self.overlook(WireError::not_utf8()) };
        if line.trim_start().starts_with('<') {
            return Err(WireError::not_an_api());
        }
        let value = match serde_json::from_str::<Value>(line) {
            Ok(value) => value,
            Err(error) => return self.overlook(WireError::not_json(&error)),
        };
        if value.as_object().is_some_and(|piece| has(piece, "error")) {
            return Err(Refusal::of(&value).into_error(None));
        }
        let read = |value| {
            let mut piece = object(Some(value))?.unwrap_or_default();
            Ok((text(take(&mut piece, "status"))?, text(take(&mut piece, "digest"))?, piece))
        };
        let (status, digest, piece) = match read(value) {
            Ok(read) => read,
            Err(misfit) => return self.overlook(misfit),
        };
        let Some(status) = status else { return Ok(()) };
        if let Some(digest) = digest.filter(|digest| digest.len() <= DIGEST_LIMIT)
            && (self.layers.len() < LAYER_LIMIT || self.layers.contains_key(&digest))
        {
            let total = count(piece.get("total")).unwrap_or_default();
            // Absent while it is zero.
            let completed = count(piece.get("completed")).unwrap_or_default();
            self.layers.insert(digest, (completed.min(total), total));
        }
        self.is_done = status == "success";
        let sum = |part: fn(&(u64, u64)) -> u64| self.layers.values().map(part).fold(0, u64::saturating_add);
        let (completed_bytes, total_bytes) = (sum(|layer| layer.0), sum(|layer| layer.1));
        reports.push(PullProgress { completed_bytes, total_bytes, status });
        Ok(())
    }

    fn overlook(&mut self, error: WireError) -> Result<(), WireError> {
        self.corrupt_frames += 1;
        if self.corrupt_frames > CORRUPT_LIMIT { Err(error) } else { Ok(()) }
    }
}

fn broken_off() -> WireError {
    WireError { message: "The download broke off before its end.".to_owned(), ..WireError::truncated() }
}
