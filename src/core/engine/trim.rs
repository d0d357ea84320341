//! Makes a conversation fit by leaving out its oldest turns. A turn is what a person said with everything up to what they
//! said next; it goes whole, so that a tool's answer goes with the call that it answers. Instructions and the last turn
//! always stay.

use std::borrow::Cow;

use crate::estimate::{Family, Prompt};
use crate::model::{Message, ModelKey, Reason, TextRequest};
use crate::route::Query;

/// A request as it is sent to one model.
#[derive(Debug)]
pub(super) struct Fitted<'a> {
    pub(super) request: Cow<'a, TextRequest>,
    /// Tokens of its prompt as that model counts them.
    pub(super) input_tokens: u64,
    /// What the page has to be told, where something was left out.
    pub(super) warning: Option<Reason>,
}

/// The request with as many of its oldest turns left out as this model has no room for, where the policy allows that.
/// `family` is how it counts tokens, `room` how many of them it holds.
pub(super) fn fit<'a>(
    request: &'a TextRequest,
    query: &Query,
    key: &ModelKey,
    family: Family,
    room: Option<u64>,
) -> Fitted<'a> {
    let tokens = query.tokens(family.number());
    let whole = Fitted { request: Cow::Borrowed(request), input_tokens: tokens, warning: None };
    let (Some(room), Some(messages)) = (room.filter(|_| query.may_trim()), &request.messages) else {
        return whole;
    };
    let excess = tokens.saturating_sub(query.room_for_prompt(room));
    if excess == 0 {
        return whole;
    }
    let trimmed = trim(messages, excess, |message| tokens_of(message, family));
    if trimmed.dropped.is_empty() {
        return whole;
    }
    let (dropped, turns) = (trimmed.tokens, trimmed.turns);
    let said =
        if turns == 1 { "The oldest turn was".to_owned() } else { format!("The {turns} oldest turns were") };
    let message =
        format!("{said} left out, about {dropped} tokens: {key} holds {room} tokens with its answer.");
    let warning = Reason::new("context-trimmed", message)
        .with("model", key.to_string())
        .with("turns", turns as f64)
        .with("tokens", dropped as f64)
        .with("room", room as f64);
    let request = TextRequest { messages: Some(trimmed.rest(messages)), ..request.clone() };
    Fitted {
        request: Cow::Owned(request),
        input_tokens: tokens.saturating_sub(dropped),
        warning: Some(warning),
    }
}

/// Tokens of a prompt of which nothing more can be left out, as `input_tokens` are counted: for unknown models.
pub(super) fn least_tokens(request: &TextRequest, input_tokens: u64) -> u64 {
    let messages = request.messages.as_deref().unwrap_or_default();
    input_tokens.saturating_sub(droppable(messages, |message| tokens_of(message, Family::Other)))
}

fn tokens_of(message: &Message, family: Family) -> u64 {
    Prompt::of_message(message).tokens(family)
}

/// What is left out of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Trimmed {
    /// The places of the messages that go, in order.
    dropped: Vec<usize>,
    /// How many turns these are.
    turns: usize,
    /// How many tokens they have.
    tokens: u64,
}

/// Messages that stay or go together.
#[derive(Debug, Default)]
struct Turn {
    places: Vec<usize>,
    /// Tools that it called.
    calls: Vec<String>,
    /// Of how many turns, as a person counts them, it is made.
    turns: usize,
}

/// The turns of a conversation, oldest first. Turns that one tool's call and answer tie together are one.
fn turns(messages: &[Message]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        match message {
            Message::System { .. } => continue,
            Message::User { .. } => turns.push(Turn { turns: 1, ..Turn::default() }),
            Message::Tool { tool_call_id, .. } => join(&mut turns, tool_call_id),
            Message::Assistant { .. } => {}
        }
        if turns.is_empty() {
            turns.push(Turn { turns: 1, ..Turn::default() });
        }
        let Some(turn) = turns.last_mut() else { continue };
        turn.places.push(place);
        if let Message::Assistant { tool_calls, .. } = message {
            turn.calls.extend(tool_calls.iter().map(|call| call.id.clone()));
        }
    }
    turns
}

/// Makes one turn of the one that made this call and all that came after.
fn join(turns: &mut Vec<Turn>, call: &str) {
    let Some(first) = turns.iter().rposition(|turn| turn.calls.iter().any(|made| made == call)) else {
        return;
    };
    let later = turns.split_off(first + 1);
    let Some(joined) = turns.last_mut() else { return };
    for turn in later {
        joined.places.extend(turn.places);
        joined.calls.extend(turn.calls);
        joined.turns += turn.turns;
    }
}

/// What of a conversation could be left out at most.
fn droppable(messages: &[Message], tokens_of: impl Fn(&Message) -> u64) -> u64 {
    trim(messages, u64::MAX, tokens_of).tokens
}

/// Leaves out the oldest turns until at least `excess` tokens are gone, or nothing is left that may go.
fn trim(messages: &[Message], excess: u64, tokens_of: impl Fn(&Message) -> u64) -> Trimmed {
    let mut trimmed = Trimmed::default();
    let turns = turns(messages);
    let droppable = turns.len().saturating_sub(1);
    for turn in turns.into_iter().take(droppable) {
        if trimmed.tokens >= excess {
            break;
        }
        trimmed.turns += turn.turns;
        for place in turn.places {
            trimmed.tokens += messages.get(place).map_or(0, &tokens_of);
            trimmed.dropped.push(place);
        }
    }
    trimmed
}

impl Trimmed {
    /// What stays, in order.
    fn rest(&self, messages: &[Message]) -> Vec<Message> {
        let stays = |(place, _): &(usize, &Message)| !self.dropped.contains(place);
        messages.iter().enumerate().filter(stays).map(|(_, message)| message.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Text, ToolCall};
    use proptest::prelude::*;

    fn text(words: &str) -> Text {
        Text::Whole(words.to_owned())
    }

    /// From letters: `s`ystem, `u`ser, `a`ssistant, `c`all of tool number n, answer of `t`ool number n.
    fn conversation(script: &str) -> Vec<Message> {
        script
            .split_whitespace()
            .map(|word| {
                let (kind, number) = word.split_at(1);
                match kind {
                    "s" => Message::System { content: text(word) },
                    "u" => Message::User { content: text(word) },
                    "t" => Message::Tool { tool_call_id: number.to_owned(), content: text(word) },
                    _ => Message::Assistant {
                        content: text(word),
                        tool_calls: (kind == "c")
                            .then(|| ToolCall {
                                id: number.to_owned(),
                                name: "f".to_owned(),
                                input: serde_json::Value::Null,
                                opaque: None,
                            })
                            .into_iter()
                            .collect(),
                        opaque: None,
                    },
                }
            })
            .collect()
    }

    fn rest(script: &str, excess: u64) -> String {
        let messages = conversation(script);
        let trimmed = trim(&messages, excess, |_| 1);
        trimmed.rest(&messages).iter().map(Message::words).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_oldest_turns_go_first_and_whole() {
        assert_eq!(rest("u1 a1 u2 a2 u3", 0), "u1 a1 u2 a2 u3");
        assert_eq!(rest("u1 a1 u2 a2 u3", 1), "u2 a2 u3");
        assert_eq!(rest("u1 a1 u2 a2 u3", 2), "u2 a2 u3");
        assert_eq!(rest("u1 a1 u2 a2 u3", 3), "u3");
    }

    #[test]
    fn instructions_and_the_last_turn_never_go() {
        assert_eq!(rest("s u1 a1 s2 u2 a2 u3", 1_000), "s s2 u3");
        assert_eq!(rest("s u1 c1 t1 a1", 1_000), "s u1 c1 t1 a1");
        assert_eq!(rest("a1 u1", 1_000), "u1");
        assert_eq!(rest("a1 a2", 1_000), "a1 a2");
    }

    #[test]
    fn a_tools_answer_goes_with_its_call() {
        assert_eq!(rest("u1 c1 t1 a1 u2", 1), "u2");
        // What was said in between goes along, or the answer would stand alone.
        assert_eq!(rest("u1 c1 u2 t1 a2 u3", 1), "u3");
        assert_eq!(rest("u0 a0 u1 c1 u2 t1", 1_000), "u1 c1 u2 t1");
    }

    #[test]
    fn turns_are_counted_as_a_person_counts_them() {
        let messages = conversation("u1 c1 u2 t1 a2 u3 a3 u4");
        let trimmed = trim(&messages, 1, |_| 1);
        assert_eq!((trimmed.turns, trimmed.tokens), (2, 5));
        assert_eq!(droppable(&messages, |_| 10), 70);
    }

    proptest! {
        #[test]
        fn whatever_the_conversation_what_stays_is_whole(
            kinds in prop::collection::vec((0_u8..5, 0_u8..3), 1..24),
            sizes in prop::collection::vec(0_u64..50, 24),
            excess in 0_u64..600,
        ) {
            // Tools only answer calls that were made, as intake sees to it.
            let mut script: Vec<String> = Vec::new();
            for (kind, number) in kinds {
                let letter = ["s", "u", "a", "c", "t"][usize::from(kind)];
                let has_call = script.contains(&format!("c{number}"));
                script.push(if letter == "t" && !has_call { "a".to_owned() } else { format!("{letter}{number}") });
            }
            let messages = conversation(&script.join(" "));
            let size = |place: usize| sizes.get(place).copied().unwrap_or(1);
            let tokens_of = |message: &Message| {
                let place = messages.iter().position(|other| core::ptr::eq(other, message)).unwrap();
                size(place)
            };
            let trimmed = trim(&messages, excess, tokens_of);
            let is_dropped = |place: usize| trimmed.dropped.contains(&place);

            // No instruction and nothing from the last thing the user said on goes.
            let last_user = messages.iter().rposition(|message| matches!(message, Message::User { .. }));
            for (place, message) in messages.iter().enumerate() {
                if matches!(message, Message::System { .. }) || last_user.is_some_and(|last| place >= last) {
                    prop_assert!(!is_dropped(place));
                }
            }
            // What goes is the oldest: before each message that goes, all but instructions go.
            if let Some(last) = trimmed.dropped.last() {
                for (place, message) in messages.iter().enumerate().take(*last) {
                    let is_instruction = matches!(message, Message::System { .. });
                    prop_assert!(is_dropped(place) || is_instruction);
                }
            }
            // No call without its answers, no answer without a call.
            let rest = trimmed.rest(&messages);
            for message in &rest {
                if let Message::Tool { tool_call_id, .. } = message {
                    let is_called = rest.iter().any(|other| match other {
                        Message::Assistant { tool_calls, .. } => tool_calls.iter().any(|call| call.id == *tool_call_id),
                        _ => false,
                    });
                    prop_assert!(is_called);
                }
            }
            // No more than needed: without the youngest turn that goes it would not be enough.
            let gone: u64 = trimmed.dropped.iter().map(|place| size(*place)).sum();
            prop_assert_eq!(gone, trimmed.tokens);
            prop_assert_eq!(rest.len() + trimmed.dropped.len(), messages.len());
            if gone < excess {
                let most = droppable(&messages, tokens_of);
                prop_assert_eq!(gone, most, "it stopped early");
            }
        }
    }
}
