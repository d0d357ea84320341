//! The course of batches: questions begin, end, are asked again, are cancelled, and the whole is reported.

use super::items::Place;
use super::kept::Listed;
use super::trouble::{self, Again};
use super::{Batch, Next, is_cached};
use crate::base::id::RequestId;
use crate::base::time::Now;
use crate::engine::Engine;
use crate::engine::io::{BatchWork, Output, Settlement};
use crate::engine::measures::Finish;
use crate::engine::recall::Question;
use crate::model::report::BatchItem;
use crate::model::request::BatchRequest;
use crate::model::{Error, ErrorCode, TextResult};

impl Engine {
    /// Takes in a list of requests.
    pub(in crate::engine) fn batch(&mut self, id: RequestId, request: BatchRequest, now: Now) {
        if self.batches.contains_key(&id) || self.machines.contains_key(&id) {
            let error = Error::new(ErrorCode::InvalidRequest, "A request with this id runs already.");
            return self.settle(id, Err(error));
        }
        if request.concurrency == Some(0) {
            let error = Error::new(ErrorCode::InvalidRequest, "`concurrency` is 0: nothing would be asked.");
            return self.settle(id, Err(error));
        }
        let batch = Box::new(Batch::new(id.clone(), request.requests.len(), request.concurrency, now));
        if request.is_kept && self.shared.journal.is_on {
            return self.take_over(batch, request.requests);
        }
        self.batches.insert(id.clone(), batch);
        self.take_in(&id, request.requests, now);
    }

    /// These are to be asked.
    pub(super) fn take_in(&mut self, id: &RequestId, listed: Listed, now: Now) {
        let Some(mut batch) = self.batches.remove(id) else { return };
        for (index, error) in batch.add(listed, &self.shared.policy) {
            self.tell(&batch, vec![index], &Err(error), now);
        }
        self.batches.insert(id.clone(), batch);
    }

    /// Does for all batches what can be done now.
    pub(in crate::engine) fn advance_batches(&mut self, now: Now) {
        if !self.is_ready() {
            return;
        }
        loop {
            while let Some((place, outcome)) = self.shared.items.next_ended() {
                self.item_ended(&place, outcome, now);
            }
            if !self.ask_next(now) {
                break;
            }
        }
        let over: Vec<RequestId> = self
            .batches
            .iter()
            .filter(|(_, batch)| batch.open == 0 && batch.opening.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            self.end_batch(id, now);
        }
    }

    /// Stops a batch. What was not answered counts as failed. Whether there is one of this name.
    pub(in crate::engine) fn cancel_batch(&mut self, id: &RequestId, now: Now) -> bool {
        let Some(mut batch) = self.batches.remove(id) else { return false };
        batch.tally.failed += batch.opening.take().map_or(0, |listed| listed.len() as u32);
        for place in 0..batch.questions.len() {
            batch.running -= self.stop_question(&mut batch, place, now);
            let wanted_by = batch.close(place, false, now);
            batch.tally.failed += wanted_by.len() as u32;
        }
        self.batches.insert(id.clone(), batch);
        self.end_batch(id.clone(), now);
        true
    }

    /// One request of a batch is wanted no more; the page already knows.
    pub(in crate::engine) fn cancel_item(&mut self, id: &RequestId, index: u32, now: Now) {
        let Some(mut batch) = self.batches.remove(id) else { return };
        if let Some(listed) = &mut batch.opening {
            listed.retain(|(place, _)| *place != index);
            batch.tally.failed += 1;
        }
        let asked = batch.questions.iter().position(|question| question.wanted_by.contains(&index));
        if let Some(place) = asked {
            batch.tally.failed += 1;
            let mut is_last = false;
            if let Some(question) = batch.questions.get_mut(place) {
                is_last = question.wanted_by.len() == 1;
                question.wanted_by.retain(|wanted| is_last || *wanted != index);
            }
            if is_last {
                batch.running -= self.stop_question(&mut batch, place, now);
                batch.close(place, false, now);
            }
        }
        self.batches.insert(id.clone(), batch);
    }

    /// Stops what runs for a question; how many that were.
    fn stop_question(&mut self, batch: &mut Batch, place: usize, now: Now) -> usize {
        let question = batch.questions.get_mut(place);
        let Some(runs_as) = question.and_then(|question| question.runs_as.take()) else { return 0 };
        if let Some(receipt) = self.cancel(&runs_as, now) {
            batch.count_receipt(&receipt);
        }
        self.shared.items.forget(&runs_as);
        1
    }

    /// Begins the next question of any batch, those first that have little under way. Whether there was one.
    fn ask_next(&mut self, now: Now) -> bool {
        if self.batches.is_empty() {
            return false;
        }
        let load = self.load();
        let mut ids: Vec<(usize, RequestId)> =
            self.batches.iter().map(|(id, batch)| (batch.running, id.clone())).collect();
        while let Some(least) = ids.iter().map(|(running, _)| *running).min() {
            let Some(at) = ids.iter().position(|(running, _)| *running == least) else { break };
            let (_, id) = ids.remove(at);
            let Some(batch) = self.batches.get_mut(&id) else { continue };
            match batch.pick(&mut self.shared, &load, now) {
                Some(Next::Ask(place)) => {
                    self.ask_question(&id, place, now);
                    return true;
                }
                Some(Next::GiveUp(place, error)) => {
                    self.give(&id, place, Err(*error), now);
                    return true;
                }
                None => {}
            }
        }
        false
    }

    fn ask_question(&mut self, id: &RequestId, place: usize, now: Now) {
        let Some(batch) = self.batches.get_mut(id) else { return };
        let Some(question) = batch.questions.get_mut(place) else { return };
        let index = question.wanted_by.first().copied().unwrap_or_default();
        let mut name = format!("{id}/{index}");
        while self.machines.contains_key(&RequestId::new(name.as_str())) {
            // Somebody gave this name to a request of their own.
            name.push('+');
        }
        let item = RequestId::new(name);
        question.runs_as = Some(item.clone());
        question.first_asked.get_or_insert(now);
        let request = question.request.clone();
        batch.running += 1;
        if batch.ends.is_empty() {
            batch.ends.push_back(now.monotonic);
        }
        self.shared.items.begin(item.clone(), Place { batch: id.clone(), question: place });
        self.ask(item, Question::Text(Box::new(request)), now);
    }

    /// A question ended: it is asked again, or whoever asked it hears of it.
    fn item_ended(&mut self, place: &Place, outcome: Result<Settlement, Error>, now: Now) {
        let (id, place) = (&place.batch, place.question);
        let Some(batch) = self.batches.get_mut(id) else { return };
        batch.count(&outcome);
        let Some(question) = batch.questions.get_mut(place) else { return };
        batch.running -= usize::from(question.runs_as.take().is_some());
        let mut attempts = core::mem::take(&mut question.attempts);
        let outcome = match outcome {
            Ok(Settlement::Text(mut result)) => {
                result.receipt.attempts.splice(0..0, attempts);
                batch.troubles.remove(result.receipt.provider.as_str());
                Ok(*result)
            }
            Ok(_) => Err(Error::new(ErrorCode::Internal, "An answer came that is no text.")),
            Err(mut error) => {
                attempts.extend(error.attempts.take().unwrap_or_default());
                let again = trouble::judge(&mut batch.troubles, &error, now);
                if again == Again::Next || again == Again::Once && !question.has_failed {
                    question.has_failed |= again == Again::Once;
                    question.attempts = attempts;
                    return batch.put_back(place, again == Again::Next);
                }
                error.attempts = (!attempts.is_empty()).then_some(attempts);
                Err(error)
            }
        };
        self.give(id, place, outcome, now);
    }

    /// A question is over: everyone who asked it hears how.
    fn give(&mut self, id: &RequestId, place: usize, outcome: Result<TextResult, Error>, now: Now) {
        let Some(mut batch) = self.batches.remove(id) else { return };
        let first_asked = batch.questions.get(place).and_then(|question| question.first_asked);
        if let Some(asked) = first_asked {
            let finish = match &outcome {
                Ok(result) => Finish::Answered(&result.receipt),
                Err(error) => Finish::Failed(error),
            };
            self.shared.measured(asked.wall, finish, now);
        }
        self.keep_end(&batch, place, &outcome, now);
        // How fast others are answered is not seen from one that came from the cache, or was given up unasked.
        let is_cached = outcome.as_ref().is_ok_and(|result| is_cached(&result.receipt));
        let wanted_by = batch.close(place, first_asked.is_some() && !is_cached, now);
        if outcome.is_err() {
            batch.tally.failed += wanted_by.len() as u32;
        }
        self.tell(&batch, wanted_by, &outcome, now);
        self.batches.insert(id.clone(), batch);
    }

    pub(super) fn tell(
        &mut self,
        batch: &Batch,
        wanted_by: Vec<u32>,
        outcome: &Result<TextResult, Error>,
        now: Now,
    ) {
        for index in wanted_by {
            let item = BatchItem {
                index,
                result: outcome.as_ref().ok().cloned(),
                error: outcome.as_ref().err().cloned(),
                remaining_ms: batch.remaining_ms(now),
            };
            self.shared.push(Output::Item(batch.id.clone(), Box::new(item)));
        }
    }

    fn end_batch(&mut self, id: RequestId, now: Now) {
        if let Some(batch) = self.batches.remove(&id) {
            let report = batch.report(now);
            if batch.is_kept {
                self.shared.push(Output::Batch(id.clone(), BatchWork::Release));
            }
            self.settle(id, Ok(Settlement::Batch(report)));
        }
    }
}
