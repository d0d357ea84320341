//! What somebody who reads the events of a generation sees, and whether any true answer begins like that. It knows nothing of
//! how the engine joins what models say.

use std::collections::BTreeMap;

use hkm_mesh_core::model::{Event, FinishReason, TextResult, ToolCall};
use serde_json::Value;

use crate::answer::{Answer, Call};

/// What each attempt thinks, and whether it was asked for an answer of its own.
pub(crate) type Thoughts = BTreeMap<u32, (bool, String)>;

/// What was shown since the last restart.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) text: String,
    pub(crate) thoughts: String,
    pub(crate) calls: Vec<ToolCall>,
    /// Calls as they are written: id, name, input so far.
    written: Vec<(String, String, String)>,
    /// Whether anything was shown, be it thrown away since.
    pub(crate) was_shown: bool,
    pub(crate) restarts: u32,
}

impl Reader {
    /// Hears an event; says what is wrong with it.
    pub(crate) fn hear(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::TextDelta { text } => self.text.push_str(text),
            Event::ReasoningDelta { text } => self.thoughts.push_str(text),
            Event::ToolCallDelta { id, name, input_delta } => {
                let known = self.written.iter_mut().find(|(known, ..)| known == id);
                match known {
                    Some((_, _, input)) => input.push_str(input_delta),
                    None => self.written.push((id.clone(), name.clone(), input_delta.clone())),
                }
            }
            Event::ToolCall { id, name, input } => {
                if self.calls.iter().any(|call| call.id == *id) {
                    return Err(format!("calls {id} twice"));
                }
                self.calls.push(ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    input: input.clone(),
                    opaque: None,
                });
            }
            Event::Restart { .. } => {
                if !self.calls.is_empty() {
                    return Err("begins again after a tool was called".to_owned());
                }
                let restarts = self.restarts + 1;
                *self = Self { was_shown: self.was_shown, restarts, ..Self::default() };
            }
            _ => {}
        }
        self.was_shown |= !self.is_empty();
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.thoughts.is_empty() && self.calls.is_empty() && self.written.is_empty()
    }

    /// What of it nobody could have said.
    pub(crate) fn misread<'a>(
        &self,
        mut answers: impl Iterator<Item = &'a Answer> + Clone,
        thoughts: &Thoughts,
    ) -> Result<(), String> {
        let all = answers.clone();
        let writes = |answer: &Answer, name: &str, input: &str| {
            answer.calls.iter().any(|call| call.name == name && call.input.to_string().starts_with(input))
        };
        let begins = |answer: &&Answer| {
            answer.text.starts_with(&self.text)
                && self.calls.len() <= answer.calls.len()
                && self.calls.iter().zip(&answer.calls).all(|(shown, true_one)| is_same(shown, true_one))
                && self.written.iter().all(|(_, name, input)| writes(answer, name, input))
        };
        if !answers.any(|answer| begins(&answer)) {
            let (text, calls, answers) = (&self.text, &self.written, all.collect::<Vec<_>>());
            return Err(format!("shows {text:?} and {calls:?}, and the true answer is {answers:?}"));
        }
        self.misread_thoughts(thoughts)
    }

    /// Thoughts are those of the attempts in their order, each as far as it came; those of an attempt that began an answer
    /// of its own come first.
    fn misread_thoughts(&self, thoughts: &Thoughts) -> Result<(), String> {
        let mut last = 0;
        let starts: Vec<usize> = self.thoughts.match_indices('[').map(|(at, _)| at).collect();
        for (number, start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(self.thoughts.len());
            let part = self.thoughts.get(*start..end).unwrap_or_default();
            let owner = thoughts
                .range(last + 1..)
                .find(|(_, (is_fresh, thought))| thought.starts_with(part) && (number == 0 || !is_fresh));
            let Some((attempt, _)) = owner else {
                return Err(format!("shows the thoughts {:?}, and {thoughts:?} were thought", self.thoughts));
            };
            last = *attempt;
        }
        Ok(())
    }

    /// What is wrong with a result: it has to be what was shown, and a whole true answer.
    pub(crate) fn misjudge(
        &self,
        result: &Told<'_>,
        answers: &[Answer],
        is_data: bool,
    ) -> Result<(), String> {
        let bare = |call: &ToolCall| (call.id.clone(), call.name.clone(), call.input.clone());
        let is_as_shown = result.text == self.text
            && result.thoughts == self.thoughts
            && result.calls.iter().map(bare).eq(self.calls.iter().map(bare));
        if !is_as_shown {
            return Err(format!("ends with {result:?} and has shown {self:?}"));
        }
        let is_whole = |answer: &Answer| {
            answer.text == result.text
                && answer.calls.len() == result.calls.len()
                && answer.finish == result.finish
        };
        if !answers.iter().any(is_whole) {
            return Err(format!("ends well with {result:?}, and the true answer is {answers:?}"));
        }
        let data: Option<Value> = is_data.then(|| serde_json::from_str(result.text).unwrap_or_default());
        if result.data != data.as_ref() {
            return Err(format!("gives the data {:?} of {:?}", result.data, result.text));
        }
        Ok(())
    }
}

/// What somebody is told who waits for the whole.
#[derive(Clone, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) text: &'a str,
    pub(crate) thoughts: &'a str,
    pub(crate) calls: &'a [ToolCall],
    pub(crate) data: Option<&'a Value>,
    pub(crate) finish: FinishReason,
}

impl<'a> Told<'a> {
    pub(crate) fn of(result: &'a TextResult) -> Self {
        Self {
            text: &result.text,
            thoughts: result.reasoning.as_deref().unwrap_or_default(),
            calls: &result.tool_calls,
            data: result.object.as_ref(),
            finish: result.receipt.finish,
        }
    }
}

/// What is wrong with vectors: there has to be one for each text, in their order, all of one model.
pub(crate) fn misjudge_vectors(vectors: &[Vec<f32>], texts: usize) -> Result<(), String> {
    let model = vectors.first().and_then(|vector| vector.first()).copied().unwrap_or_default();
    let wanted = (0..texts).map(|text| vec![model, text as f32]);
    if wanted.eq(vectors.iter().cloned()) {
        Ok(())
    } else {
        Err(format!("ends with the vectors {vectors:?}"))
    }
}

fn is_same(shown: &ToolCall, call: &Call) -> bool {
    shown.name == call.name && shown.input == call.input
}

/// That the checks can fail.
#[cfg(test)]
mod tests {
    use super::*;
    use hkm_mesh_core::model::Reason;
    use serde_json::json;

    fn answers() -> Vec<Answer> {
        let input = json!({ "city": "Rome" });
        let calls = vec![Call { name: "look_up", input: input.clone() }, Call { name: "write_down", input }];
        vec![Answer { text: "I look.".to_owned(), calls, finish: FinishReason::ToolCalls }]
    }

    fn text(text: &str) -> Event {
        Event::TextDelta { text: text.to_owned() }
    }

    fn thought(text: &str) -> Event {
        Event::ReasoningDelta { text: text.to_owned() }
    }

    fn call(id: &str, name: &str, input: Value) -> Event {
        Event::ToolCall { id: id.to_owned(), name: name.to_owned(), input }
    }

    fn part(name: &str, input: &str) -> Event {
        Event::ToolCallDelta { id: "c0".to_owned(), name: name.to_owned(), input_delta: input.to_owned() }
    }

    fn rome() -> Value {
        json!({ "city": "Rome" })
    }

    /// What is wrong with the last of these events.
    fn wrong(events: &[Event], thoughts: &Thoughts) -> Option<String> {
        let mut reader = Reader::default();
        let mut last = Ok(());
        for event in events {
            assert_eq!(last, Ok(()), "before {event:?}");
            last = reader.hear(event).and_then(|()| reader.misread(answers().iter(), thoughts));
        }
        last.err()
    }

    #[test]
    fn a_call_that_nobody_made_is_noticed_whole_in_part_and_out_of_order() {
        let none = Thoughts::new();
        assert!(wrong(&[text("I look."), call("1", "look_up", json!({}))], &none).is_some());
        assert!(wrong(&[text("I look."), call("1", "write_down", rome())], &none).is_some());
        assert!(wrong(&[part("look_up", "{\"cit"), part("look_up", "iy")], &none).is_some());
        assert!(wrong(&[part("look_at", "{")], &none).is_some());
        assert!(
            wrong(&[text("I look."), call("1", "look_up", rome()), call("2", "write_down", rome())], &none)
                .is_none()
        );
    }

    #[test]
    fn a_call_that_is_made_twice_or_taken_back_is_noticed() {
        let none = Thoughts::new();
        let made = call("1", "look_up", rome());
        assert!(wrong(&[made.clone(), call("1", "write_down", rome())], &none).is_some());
        let again = Event::Restart { reason: Reason::new("anew", "Again.") };
        assert!(wrong(&[made, again.clone()], &none).is_some());
        assert!(wrong(&[part("look_up", "{"), again], &none).is_none());
    }

    #[test]
    fn thoughts_that_are_lost_mixed_or_left_over_are_noticed() {
        let thoughts = |is_fresh| {
            Thoughts::from([(1, (true, "[1] one".to_owned())), (2, (is_fresh, "[2] two".to_owned()))])
        };
        assert!(wrong(&[thought("[1] on"), thought("[2] two")], &thoughts(false)).is_none());
        assert!(wrong(&[thought("[1] on"), thought("[2] two")], &thoughts(true)).is_some(), "left over");
        assert!(wrong(&[thought("[1] n")], &thoughts(false)).is_some(), "lost");
        assert!(wrong(&[thought("[2] two[1] one")], &thoughts(false)).is_some(), "mixed");
    }

    #[test]
    fn a_result_that_is_not_what_was_shown_or_not_the_whole_answer_is_noticed() {
        let mut reader = Reader::default();
        let events =
            [text("I look."), call("1", "look_up", rome()), call("2", "write_down", rome()), thought("[1]")];
        for event in &events {
            assert_eq!(reader.hear(event), Ok(()));
        }
        let calls = reader.calls.clone();
        let told = Told {
            text: "I look.",
            thoughts: "[1]",
            calls: &calls,
            data: None,
            finish: FinishReason::ToolCalls,
        };
        let is_right = |told: Told<'_>| reader.misjudge(&told, &answers(), false).is_ok();
        assert!(is_right(told.clone()));
        assert!(!is_right(Told { text: "I look", ..told.clone() }));
        assert!(!is_right(Told { thoughts: "", ..told.clone() }));
        assert!(!is_right(Told { calls: &calls[..1], ..told.clone() }));
        assert!(!is_right(Told { finish: FinishReason::Stop, ..told.clone() }));
        assert!(!is_right(Told { data: Some(&json!({})), ..told.clone() }));
        reader.calls.pop();
        assert!(
            reader.misjudge(&Told { calls: &calls[..1], ..told }, &answers(), false).is_err(),
            "a call is missing"
        );
    }

    #[test]
    fn vectors_of_two_models_too_few_of_them_and_another_order_are_noticed() {
        let right = [vec![1.0, 0.0], vec![1.0, 1.0]];
        assert!(misjudge_vectors(&right, 2).is_ok());
        assert!(misjudge_vectors(&right, 3).is_err());
        assert!(misjudge_vectors(&[vec![1.0, 0.0], vec![2.0, 1.0]], 2).is_err());
        assert!(misjudge_vectors(&[vec![1.0, 1.0], vec![1.0, 0.0]], 2).is_err());
    }
}
