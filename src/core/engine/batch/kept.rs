//! What a batch with an id leaves in the database: the ends of its requests, so that the same list under the same id goes on
//! where it was when its page is gone. Where that lies, and who may work at it, is the shell's business.
//!
//! A record holds one question's end with the request as the cache writes it and the places that wanted it. Its name says
//! whose it is, since when, and the first of the places: what is too old is found by names alone.

use serde_json::{Value, json};

use super::Batch;
use crate::base::id::RequestId;
use crate::base::json::{self, Fields, FromJson};
use crate::base::time::{Now, Wall};
use crate::cache::{Entry, canonical};
use crate::engine::Engine;
use crate::engine::io::{BatchSaid, BatchWork, JournalPage, Output};
use crate::engine::recall::result_of;
use crate::engine::receipt::{self, Given};
use crate::engine::shared::Shared;
use crate::model::receipt::{CacheTier, Cached};
use crate::model::{Error, ErrorCode, Policy, Reason, TextRequest, TextResult};

/// How long a batch can be gone on with after its last answer, milliseconds: a week.
const OLDEST_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// How many batches are kept, and how many of their answers together; the oldest go.
const MOST_BATCHES: usize = 20;
const MOST_ANSWERS: usize = 20_000;

/// Failures that are the request's own: asking again would fail again.
const FINAL: [ErrorCode; 5] = [
    ErrorCode::InvalidRequest,
    ErrorCode::BlockedContent,
    ErrorCode::BlockedPrivate,
    ErrorCode::ContextLength,
    ErrorCode::BadOutput,
];

/// The requests of a batch by their places, or why one could not be read.
pub(super) type Listed = Vec<(u32, Result<TextRequest, Error>)>;

/// Before all names of a batch's records. With the length no id can begin like another.
fn beginning(id: &str) -> String {
    format!("{} {id} ", id.len())
}

fn name(id: &str, at: Wall, place: u32) -> String {
    format!("{}{:013} {place:010}", beginning(id), at.epoch_millis())
}

/// Whose record this is, and since when.
fn read_name(name: &str) -> Option<(&str, i64)> {
    let (length, rest) = name.split_once(' ')?;
    let (id, rest) = rest.split_at_checked(length.parse().ok()?)?;
    Some((id, rest.trim_start().split_once(' ')?.0.parse().ok()?))
}

/// A record that was read.
struct Record {
    places: Vec<u32>,
    request: String,
    outcome: Result<Entry, Error>,
}

fn record(places: &[u32], request: &str, outcome: Result<Entry, &Error>) -> Vec<u8> {
    let record = match outcome {
        Ok(entry) => {
            json!({ "places": places, "entry": String::from_utf8(entry.to_record()).unwrap_or_default() })
        }
        Err(Error { code, message, hint, provider, model, status, .. }) => {
            let error =
                [Some(code.as_str()), Some(message), hint.as_deref(), provider.as_deref(), model.as_deref()];
            json!({ "places": places, "request": request, "error": error, "status": status })
        }
    };
    record.to_string().into_bytes()
}

fn read(bytes: &[u8]) -> Option<Record> {
    let mut fields = Fields::of(json::read(bytes).ok()?, "").ok()?;
    let places = fields.need("places").ok()?;
    if let Some(entry) = fields.take::<String>("entry").ok()? {
        let entry = Entry::from_record(entry.as_bytes())?;
        return Some(Record { places, request: entry.request.clone(), outcome: Ok(entry) });
    }
    let mut said = fields.need::<Vec<Option<String>>>("error").ok()?.into_iter();
    let mut word = || said.next().flatten();
    let code = ErrorCode::from_json(Value::from(word()?), "").ok()?;
    let error = Error { hint: None, ..Error::new(code, word()?) };
    let (hint, provider, model) = (word(), word(), word());
    let status = fields.take::<u32>("status").ok()?.and_then(|status| status.try_into().ok());
    let error = Error { hint, provider, model, status, ..error };
    Some(Record { places, request: fields.need("request").ok()?, outcome: Err(error) })
}

/// The request as the cache writes it, under the policy that holds for it.
fn written(request: &TextRequest, usual: &Policy) -> Option<String> {
    let policy = request.policy.clone().map_or_else(|| usual.clone(), Policy::from);
    canonical(request, &policy)
}

fn busy(id: &RequestId) -> Error {
    let message = format!("A batch with the id {id} runs in another tab.");
    Error::new(ErrorCode::InvalidRequest, message).hinted(
        "Wait for its end, or close that tab: then the same list with the same id goes on where it was.",
    )
}

impl Shared {
    /// What no batch needs any more goes, even where no batch ever begins again.
    pub(in crate::engine) fn tidy_batches(&mut self) {
        if !core::mem::replace(&mut self.items.is_tidy, true) {
            // Nobody waits for it: no batch has this id.
            self.push(Output::Batch(RequestId::new(""), BatchWork::List));
        }
    }
}

impl Engine {
    /// Before a batch with an id of its own begins, what it left the last time is read.
    pub(super) fn take_over(&mut self, mut batch: Box<Batch>, listed: Listed) {
        let id = batch.id.clone();
        batch.opening = Some(listed);
        self.shared.push(Output::Batch(id.clone(), BatchWork::TakeOver(beginning(id.as_str()))));
        self.batches.insert(id, batch);
    }

    /// The shell said something of what batches leave.
    pub(in crate::engine) fn batch_said(&mut self, id: &RequestId, said: BatchSaid, now: Now) {
        if let BatchSaid::Listed { names, living } = said {
            return self.forget_old(names, &living, now);
        }
        let waiting = self.batches.get_mut(id).and_then(|batch| batch.opening.take());
        match (said, waiting) {
            (BatchSaid::Taken(pages), Some(listed)) => {
                self.shared.tidy_batches();
                if let Some(batch) = self.batches.get_mut(id) {
                    batch.is_kept = true;
                }
                self.go_on(id, listed, pages, now);
            }
            // It was cancelled meanwhile.
            (BatchSaid::Taken(_), None) if !self.batches.contains_key(id) => {
                self.shared.push(Output::Batch(id.clone(), BatchWork::Release));
            }
            (BatchSaid::Busy, Some(_)) => {
                self.batches.remove(id);
                self.settle(id.clone(), Err(busy(id)));
            }
            // It is worked off all the same, and leaves nothing.
            (_, Some(listed)) => self.take_in(id, listed, now),
            (_, None) => {}
        }
    }

    /// Gives what was done the last time, and has the rest asked.
    fn go_on(&mut self, id: &RequestId, listed: Listed, pages: Vec<JournalPage>, now: Now) {
        // Which record is that of a place.
        let places = listed.iter().map(|(place, _)| *place as usize + 1).max().unwrap_or_default();
        let mut at: Vec<Option<usize>> = vec![None; places];
        let mut records = Vec::with_capacity(pages.len());
        let (mut idle, mut unreadable) = (Vec::new(), 0);
        for JournalPage { name, bytes } in pages {
            let Some(record) = read(&bytes) else {
                unreadable += 1;
                idle.push(name);
                continue;
            };
            // The younger ones come later.
            for place in &record.places {
                if let Some(at) = at.get_mut(*place as usize) {
                    *at = Some(records.len());
                }
            }
            records.push((name, record, false));
        }
        self.shared.was_unreadable(unreadable);
        let (mut done, mut rest) = (Vec::new(), Vec::new());
        for (place, request) in listed {
            let kept = at.get(place as usize).copied().flatten().and_then(|at| records.get_mut(at));
            let found = match (kept, &request) {
                (Some((_, record, is_used)), Ok(request)) => {
                    let is_same = written(request, &self.shared.policy).as_ref() == Some(&record.request);
                    *is_used |= is_same;
                    is_same.then(|| resumed(id, place, request, record, &self.shared, now))
                }
                _ => None,
            };
            match found {
                Some(outcome) => done.push((place, outcome)),
                None => rest.push((place, request)),
            }
        }
        // The list is another one by now.
        idle.extend(records.into_iter().filter(|(.., is_used)| !is_used).map(|(name, ..)| name));
        if !idle.is_empty() {
            self.shared.push(Output::Batch(id.clone(), BatchWork::Drop(idle)));
        }
        self.take_in(id, rest, now);
        let Some(mut batch) = self.batches.remove(id) else { return };
        batch.tally.resumed = done.len() as u32;
        batch.tally.failed += done.iter().filter(|(_, outcome)| outcome.is_err()).count() as u32;
        for (place, outcome) in done {
            self.tell(&batch, vec![place], &outcome, now);
        }
        self.batches.insert(id.clone(), batch);
    }

    /// The question at this place of the batch ended: that is kept, unless it had to stay near or may end otherwise the next
    /// time.
    pub(super) fn keep_end(
        &mut self,
        batch: &Batch,
        question: usize,
        outcome: &Result<TextResult, Error>,
        now: Now,
    ) {
        let question = batch.questions.get(question).filter(|_| batch.is_kept);
        let Some((question, first)) = question.and_then(|one| Some((one, *one.wanted_by.first()?))) else {
            return;
        };
        let may_be_kept = question.query.as_ref().is_some_and(|query| !query.stays_near());
        let Some(request) = written(&question.request, &self.shared.policy).filter(|_| may_be_kept) else {
            return;
        };
        let end = match outcome {
            Ok(result) => match self.shared.entry_of(&request, result, now) {
                Some(entry) => Ok(entry),
                None => return,
            },
            Err(error) if FINAL.contains(&error.code) => Err(error),
            Err(_) => return,
        };
        let record = record(&question.wanted_by, &request, end);
        let name = name(batch.id.as_str(), now.wall, first);
        self.shared.push(Output::Batch(batch.id.clone(), BatchWork::Keep(name, record)));
    }

    /// The page is left in this moment: the next one may go on with what runs here.
    pub(in crate::engine) fn leave_batches(&mut self) {
        for (id, batch) in self.batches.iter() {
            if batch.is_kept {
                self.shared.push(Output::Batch(id.clone(), BatchWork::Release));
            }
        }
    }

    /// Batches that are too old or too many go as a whole. Those that somebody works at stay.
    fn forget_old(&mut self, names: Vec<String>, living: &[String], now: Now) {
        // The names of a batch follow each other, the youngest last.
        let mut batches: Vec<Left> = Vec::new();
        let mut gone = Vec::new();
        for name in names {
            let Some((id, at)) = read_name(&name) else {
                gone.push(name);
                continue;
            };
            match batches.last_mut().filter(|last| last.id == id) {
                Some(last) => {
                    last.youngest = at;
                    last.names.push(name);
                }
                None => batches.push(Left { id: id.to_owned(), youngest: at, names: vec![name] }),
            }
        }
        let oldest = now.wall.epoch_millis().saturating_sub(OLDEST_MS);
        for batch in &batches {
            let younger = batches.iter().filter(|other| other.youngest > batch.youngest);
            let (count, answers) = younger
                .fold((0, batch.names.len()), |(count, sum), other| (count + 1, sum + other.names.len()));
            let is_over = batch.youngest < oldest || count >= MOST_BATCHES || answers > MOST_ANSWERS;
            if is_over && !living.contains(&batch.id) {
                gone.extend_from_slice(&batch.names);
            }
        }
        if !gone.is_empty() {
            self.shared.push(Output::Batch(RequestId::new(""), BatchWork::Drop(gone)));
        }
    }
}

/// What a batch left.
struct Left {
    id: String,
    youngest: i64,
    names: Vec<String>,
}

/// What was done, as its caller gets it now: without a call, and at no cost.
fn resumed(
    id: &RequestId,
    place: u32,
    request: &TextRequest,
    record: &Record,
    shared: &Shared,
    now: Now,
) -> Result<TextResult, Error> {
    let entry = record.outcome.as_ref().map_err(Clone::clone)?;
    let answer = &entry.answer;
    let why = Reason::new("resumed", "The batch had this answer when its page was left.")
        .with("keptAt", entry.kept_at.epoch_millis() as f64);
    let given = Given {
        id: &RequestId::new(format!("{id}/{place}")),
        query: &shared.query(request).unwrap_or_default(),
        started: now,
        model: &answer.model,
        usage: answer.usage,
        finish: answer.finish,
        saved: answer.cost.unwrap_or(0.0),
        why,
        cached: Cached::From(CacheTier::Disk),
    };
    Ok(result_of(answer, receipt::given(given, shared, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again_whatever_the_id() {
        for id in ["a", "5 a ", "", "Größe 木", "1 1 1"] {
            let name = name(id, Wall::from_epoch_millis(1_700_000_000_000), 7);
            assert!(name.starts_with(&beginning(id)));
            assert_eq!(read_name(&name), Some((id, 1_700_000_000_000)), "{name}");
        }
        assert!(!beginning("a b").starts_with(&beginning("a")), "an id is not the beginning of another");
        for odd in ["", "x", "1", "9 a", "1 木 1 2", "1 a", "1 a x 1"] {
            assert_eq!(read_name(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_error_is_read_again_as_far_as_it_is_kept() {
        let error = Error {
            provider: Some("far".to_owned()),
            status: Some(400),
            ..Error::new(ErrorCode::ContextLength, "Too long.").hinted("Shorten it.")
        };
        let read = read(&record(&[3, 5], "{}", Err(&error))).unwrap();
        assert_eq!((read.places, read.request.as_str()), (vec![3, 5], "{}"));
        assert_eq!(read.outcome, Err(error));
    }

    #[test]
    fn what_is_broken_is_no_record() {
        let whole = record(&[1], "{}", Err(&Error::new(ErrorCode::BadOutput, "No.")));
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_none(), "{end}");
        }
        for bytes in [
            &b""[..],
            b"[]",
            b"{}",
            br#"{"places":[1],"entry":"{}"}"#,
            br#"{"places":[1],"error":["odd","x"],"request":""}"#,
        ] {
            assert!(read(bytes).is_none());
        }
    }
}
