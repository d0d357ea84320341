//! What servers say reaches the engine, and what the engine says reaches its reader: whether it may be said.

use hkm_mesh_core::base::id::{RequestId, TransportId};
use hkm_mesh_core::engine::{Input, Settlement, Transport};
use hkm_mesh_core::model::{Error, ErrorCode, Event};

use super::transcript::{brief, heard, number_of, of};
use super::{Bar, Happening, TOTAL, World};
use crate::answer::Kind;
use crate::fault::Fault;
use crate::reader::{Told, misjudge_vectors};
use crate::refusal::Refusal;
use crate::weather::{Micros, SECOND};

impl World {
    /// A server says something.
    pub(super) fn said(&mut self, id: TransportId, said: Transport) {
        let Some(running) = self.transports.get_mut(&id).filter(|running| !running.is_over) else { return };
        running.is_over = matches!(said, Transport::End | Transport::Failed(_));
        let (request, is_over) = (running.request, running.is_over);
        let end = running.fault.filter(|_| running.is_over).map(|fault| (fault, running.is_final));
        let asks = running.asks.clone();
        let is_well = running.fault.is_none() && matches!(said, Transport::End);
        if let Some(asked) = request.and_then(|number| self.asked.get_mut(number)) {
            // Vectors of another model cannot stand beside those that came.
            asked.was_stopped |= is_well && asked.kind == Kind::Vectors;
        }
        self.note(|| format!("» {}{} {}", of(request), id.number(), brief(&said)));
        if let (Some(number), Some((fault, _)), Some((server, model))) = (request, end, &asks) {
            self.learn(number, fault, server.name, model, server.room(model));
        }
        let is_alone = request.is_none_or(|number| self.running(number) <= usize::from(!is_over));
        self.speaks = request.zip(asks.map(|(server, model)| format!("{}/{model}", server.name)));
        self.put(Input::Transport(id, said));
        self.speaks = None;
        let Some(number) = request else { return };
        let (running, shown) =
            (self.running(number), self.asked.get(number).is_some_and(|asked| asked.reader.was_shown));
        self.promise(running <= 1 || !shown, || {
            format!("{number} has shown something, and {running} are still asked")
        });
        // Whatever one of two says of the request, the other is still working at it.
        if let (Some((fault, true)), true, true) = (end, is_over, is_alone) {
            self.is_ended_by(number, fault);
        }
    }

    /// After what nobody could mend, a generation is over at once.
    fn is_ended_by(&mut self, number: usize, fault: Fault) {
        let Some(asked) = self.asked.get(number).filter(|asked| !asked.cancelled) else { return };
        let code = fault.code(asked.kind);
        let is_ended = matches!(&asked.ended, Some((_, Err(error))) if error.code == code || error.code == ErrorCode::AllFailed);
        self.promise(is_ended, || format!("{number} heard {fault:?}, and it is not what ended it"));
    }

    /// What a server said means something for what may be asked later, and for who is owed an answer.
    fn learn(&mut self, number: usize, fault: Fault, server: &'static str, model: &str, room: Option<u64>) {
        let now = self.now;
        let Fault::Refused(refusal) = fault else { return };
        let has_key = matches!(server, "gemini" | "openrouter");
        let mut bar =
            |until: Micros, is_account| self.bars.push(Bar { server, from: now, until, is_account });
        match refusal {
            Refusal::Key | Refusal::Credit if has_key => {
                // What is spent at Gemini is spent for a while, by the model.
                bar(
                    if refusal == Refusal::Credit && server == "gemini" {
                        now + 3_600 * SECOND
                    } else {
                        Micros::MAX
                    },
                    true,
                );
                let at = now + self.rng.u64(20 * SECOND..200 * SECOND);
                self.later(at, Happening::Key(server));
            }
            // Who runs now may lose a model that it has not asked yet.
            Refusal::Missing => bar(now, false),
            Refusal::Rate(Some(seconds)) => {
                let until = now + Micros::from(seconds) * SECOND;
                if seconds > 60 {
                    bar(until, true);
                } else {
                    let known = self.not_before.entry(format!("{server}/{model}")).or_default();
                    *known = until.max(*known);
                }
            }
            _ => {}
        }
        let Some(asked) = self.asked.get_mut(number) else { return };
        asked.was_stopped |= matches!(refusal, Refusal::Moderated | Refusal::Invalid);
        if refusal.code() == ErrorCode::ContextLength {
            asked.longer_than = asked.longer_than.max(room);
        }
    }

    pub(super) fn hear(&mut self, id: &RequestId, event: &Event) {
        let Some(number) = number_of(id) else { return };
        self.note(|| format!("{number}: {}", heard(event)));
        let Some(asked) = self.asked.get_mut(number) else { return };
        let is_over = asked.is_over();
        if let Event::Attempt { model, .. } = event {
            asked.attempting.clone_from(model);
        }
        let is_said =
            matches!(event, Event::TextDelta { .. } | Event::ReasoningDelta { .. } | Event::ToolCall { .. });
        let speaker = self.speaks.as_ref().filter(|(of, _)| *of == number).map(|(_, model)| model.clone());
        let attempting = asked.attempting.clone();
        let sayable = asked.answers.iter().chain(&asked.useless);
        let told = asked.reader.hear(event).and_then(|()| asked.reader.misread(sayable, &asked.thoughts));
        self.promise(!is_over, || format!("{number} speaks after its end"));
        self.promise(!is_said || speaker.as_ref() == Some(&attempting), || {
            format!("{number} shows words of {speaker:?} while {attempting} is said to be asked")
        });
        self.promise(told.is_ok(), || format!("{number} {}", told.err().unwrap_or_default()));
    }

    pub(super) fn settle(&mut self, id: &RequestId, outcome: Result<Settlement, Error>) {
        let Some(number) = number_of(id) else { return };
        self.note(|| match &outcome {
            Ok(_) => format!("{number}: settles well"),
            Err(error) => format!("{number}: settles {} {}", error.code.as_str(), error.message),
        });
        let Some(asked) = self.asked.get_mut(number) else { return };
        let is_first = asked.ended.is_none() && !asked.cancelled;
        let took = self.now - asked.at;
        let reader = &asked.reader;
        let told = match &outcome {
            Ok(Settlement::Text(result)) => {
                let last = asked.thoughts.get(&asked.requests).filter(|_| !asked.was_hedged);
                let last = last.map_or("", |(_, thoughts)| thoughts);
                let told = Told::of(result);
                if told.thoughts.ends_with(last) {
                    reader.misjudge(&told, &asked.answers, asked.kind == Kind::Schema)
                } else {
                    Err(format!("ends with the thoughts {:?} without all of {last:?}", told.thoughts))
                }
            }
            Ok(Settlement::Embedding(result)) => misjudge_vectors(&result.vectors, asked.texts.len()),
            Ok(_) => Err("ends with what it did not ask for".to_owned()),
            Err(error) => {
                let partial = error.partial.clone().unwrap_or_default();
                let ids = |calls: &[hkm_mesh_core::model::ToolCall]| {
                    calls.iter().map(|call| call.id.clone()).collect::<Vec<_>>()
                };
                if partial.text == reader.text && ids(&partial.tool_calls) == ids(&reader.calls) {
                    Ok(())
                } else {
                    Err(format!("ends with {partial:?} and has shown {reader:?}"))
                }
            }
        };
        asked.ended = Some((self.now, outcome.map(drop)));
        self.promise(is_first, || format!("{number} ends twice"));
        self.promise(took <= TOTAL + SECOND, || format!("{number} took {} s", took / SECOND));
        self.promise(told.is_ok(), || format!("{number} {}", told.err().unwrap_or_default()));
        self.all_stopped(number);
    }

    /// Whatever ran for a request that is over was stopped, or had ended.
    pub(super) fn all_stopped(&mut self, number: usize) {
        let runs =
            self.transports.iter().find(|(_, running)| running.request == Some(number) && !running.is_over);
        let Some((id, running)) = runs else { return };
        // A whole answer's body may end a moment later: that keeps the connection.
        let is_answered =
            self.asked.get(number).is_some_and(|asked| matches!(asked.ended, Some((_, Ok(())))))
                || running.fault == Some(Fault::Unfit);
        let id = id.number();
        self.promise(is_answered, || format!("{number} is over, and its transport {id} runs on"));
    }
}
