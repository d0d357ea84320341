//! A model dies after its first words, and what becomes of the answer. Every story also checks that who waits gets what
//! who reads has seen (see `story`).

use super::story::{World, everyone};
use crate::engine::{Request, Transport};
use crate::estimate::{Family, tokens_in};
use crate::model::event::CustomEvent;
use crate::model::{ErrorCode, FinishReason, Locality};
use crate::wire::GO_ON;

/// Ollama here with two models, a server far away; the first is asked first.
fn world(policy: &str) -> World {
    let mut world = World::new(&format!(
        r#"{{"providers":{{"far":{{"kind":"openai","endpoint":"https://far.example"}}}},"policy":{policy}}}"#
    ));
    world.request("look", everyone());
    world.answer(0, 200, r#"{"data":[{"id":"m","context_length":8192}]}"#);
    let model = |name: &str| {
        format!(
            r#"{{"name":"{name}","size":1000,"details":{{"context_length":8192}},"capabilities":["completion","tools"]}}"#
        )
    };
    world.answer(1, 200, &format!(r#"{{"models":[{},{}]}}"#, model("big:8b"), model("small:1b")));
    world.answer(2, 200, r#"{"models":[]}"#);
    world.settled.clear();
    world.transcript.clear();
    world.sent.clear();
    world
}

/// First here, then far away.
fn from_here() -> World {
    world(r#"{"prefer":["ollama/big:8b","far"],"deny":["ollama/small:1b"]}"#)
}

/// First far away, then here.
fn from_far() -> World {
    world(r#"{"prefer":["far","ollama/big:8b"],"deny":["ollama/small:1b"]}"#)
}

impl World {
    /// Ollama answers as far as this and dies.
    fn dies_after(&mut self, transport: u32, words: &str) {
        self.head(transport, 200);
        self.say(transport, words);
        self.fail(transport);
    }

    fn last_body(&self) -> serde_json::Value {
        serde_json::from_slice(self.sent.last().unwrap().1.body.as_ref().unwrap()).unwrap()
    }

    /// Models that were asked, in order.
    fn asked(&self) -> Vec<&str> {
        self.transcript.iter().filter_map(|line| Some(line.split_once(": attempt ")?.1)).collect()
    }
}

#[test]
fn a_local_server_that_is_killed_in_the_middle_of_a_word_is_gone_on_from_far_away() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital of France is Pa");
    world.head(4, 200);
    world.far_says(4, "ris, on the Seine.");
    world.far_ends(4);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/big:8b > far/m
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » head 3 200
        0 a: text "The capital of France is Pa"
        0 » fail 3
        0 a: fallback ollama/big:8b > far/m (truncated)
        0 a: attempt 2 far/m
        0 fetch 4 POST https://far.example/v1/chat/completions
        0 » head 4 200
        0 a: text "ris, on the Seine."
        0 a: finish far/m 2
        0 a settles: text "The capital of France is Paris, on the Seine."
        0 » end 4
        "#,
    );
    let said = world.last_body()["messages"].clone();
    assert_eq!(said[1]["role"], "assistant");
    assert_eq!(said[1]["content"], "The capital of France is Pa");
    assert_eq!(world.text("a").receipt.locality, Locality::Cloud);
}

#[test]
fn a_server_far_away_that_dies_is_gone_on_from_here() {
    let mut world = from_far();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.far_says(3, "The capital of France");
    world.fail(3);
    world.head(4, 200);
    world.say(4, " is Paris.");
    world.done(4);
    assert_eq!(world.text("a").text, "The capital of France is Paris.");
    assert!(world.says("fallback far/m > ollama/big:8b (truncated)"));
    assert_eq!(world.last_body()["messages"][1]["content"], "The capital of France");
}

#[test]
fn who_does_not_allow_the_cloud_keeps_what_was_shown() {
    let mut world = world(r#"{"stayWithin":"device","deny":["ollama/small:1b"]}"#);
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital of France is Pa");
    world.wait(500);
    world.fail(4);
    let error = world.error("a");
    assert_eq!(error.partial.as_ref().unwrap().text, "The capital of France is Pa");
    assert!(!world.says("far.example"));
    assert_eq!(error.attempts.as_ref().unwrap().len(), 2);
}

#[test]
fn what_is_private_is_gone_on_from_on_this_machine_only() {
    let mut world = world(r#""privacy""#);
    world.generate("a", r#"{"prompt":"My secret"}"#);
    world.dies_after(3, "Your sec");
    world.head(4, 200);
    world.say(4, "ret is safe.");
    world.done(4);
    assert_eq!(world.text("a").text, "Your secret is safe.");
    assert!(world.sent.iter().all(|(_, sent)| sent.url.starts_with("http://localhost:11434/")));
}

#[test]
fn a_policy_may_want_it_to_fail() {
    let mut world = world(r#"{"prefer":["ollama/big:8b","far"],"onCut":"fail"}"#);
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital");
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Truncated);
    assert_eq!(error.partial.as_ref().unwrap().text, "The capital");
    assert_eq!(world.asked(), ["1 ollama/big:8b"]);
}

#[test]
fn a_policy_may_want_it_to_begin_again() {
    let mut world = world(r#"{"prefer":["ollama/big:8b","far"],"onCut":"restart"}"#);
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital of");
    world.head(4, 200);
    world.far_says(4, "It is Paris.");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "It is Paris.");
    assert_eq!(world.last_body()["messages"].as_array().unwrap().len(), 1);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/big:8b > far/m > ollama/small:1b
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » head 3 200
        0 a: text "The capital of"
        0 » fail 3
        0 a: fallback ollama/big:8b > far/m (truncated)
        0 a: attempt 2 far/m
        0 fetch 4 POST https://far.example/v1/chat/completions
        0 » head 4 200
        0 a: restart (policy)
        0 a: text "It is Paris."
        0 a: finish far/m 2
        0 a settles: text "It is Paris."
        0 » end 4
        "#,
    );
}

#[test]
fn what_was_shown_stands_until_a_new_answer_has_its_first_word() {
    let mut world =
        world(r#"{"prefer":["ollama/big:8b","far"],"onCut":"restart","deny":["ollama/small:1b"]}"#);
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital of");
    world.answer(4, 401, r#"{"error":{"message":"bad key"}}"#);
    world.wait(1_000);
    world.fail(5);
    assert_eq!(world.error("a").partial.as_ref().unwrap().text, "The capital of");
    assert!(!world.says("restart"));
}

#[test]
fn half_of_what_was_said_is_said_again_and_shown_once() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "It is late. The capital of France is Pa");
    world.head(4, 200);
    for piece in ["The", " capital of Fr", "ance is", " Par", "is, on the", " Seine."] {
        world.far_says(4, piece);
    }
    world.far_ends(4);
    assert_eq!(world.text("a").text, "It is late. The capital of France is Paris, on the Seine.");
    assert!(!world.says("restart"));
}

#[test]
fn all_of_it_said_again_is_shown_once() {
    let mut world = from_far();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.far_says(3, "The capital of France is Pa");
    world.fail(3);
    world.head(4, 200);
    world.say(4, "The capital of France is Paris.");
    world.done(4);
    assert_eq!(world.text("a").text, "The capital of France is Paris.");
}

#[test]
fn an_answer_of_its_own_takes_the_place_of_what_was_shown() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"A story"}"#);
    world.dies_after(3, "Once upon a time there was a ki");
    world.head(4, 200);
    world.far_says(4, "Once upon a time there lived");
    world.far_says(4, " a queen.");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "Once upon a time there lived a queen.");
    assert!(world.says("restart (anew)"));
    assert_eq!(world.asked().len(), 2, "nobody is asked again");
}

#[test]
fn an_answer_of_its_own_keeps_the_thoughts_that_led_to_it() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"A story"}"#);
    world.head(3, 200);
    world.chunk(3, "{\"message\":{\"thinking\":\"A king.\"},\"done\":false}\n");
    world.say(3, "Once upon a time there was a ki");
    world.fail(3);
    world.head(4, 200);
    world.chunk(4, "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Why not a queen?\"}}]}\n\n");
    world.far_says(4, "Once upon a time there lived a queen.");
    world.far_ends(4);
    let text = world.text("a");
    assert_eq!(text.text, "Once upon a time there lived a queen.");
    assert_eq!(text.reasoning.as_deref(), Some("Why not a queen?"));
    let at = |line: &str| world.transcript.iter().rposition(|said| said.contains(line));
    assert!(at("restart (anew)") < at("reasoning \"Why not a queen?\""), "{:?}", world.transcript);
}

#[test]
fn what_cannot_be_joined_is_asked_for_anew() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital of France is ");
    world.head(4, 200);
    world.far_says(4, "Sure, here is the rest: Paris.");
    world.head(5, 200);
    world.far_says(5, "It is Paris.");
    world.far_ends(5);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/big:8b > far/m
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » head 3 200
        0 a: text "The capital of France is "
        0 » fail 3
        0 a: fallback ollama/big:8b > far/m (truncated)
        0 a: attempt 2 far/m
        0 fetch 4 POST https://far.example/v1/chat/completions
        0 » head 4 200
        0 abort 4
        0 a: attempt 3 far/m
        0 fetch 5 POST https://far.example/v1/chat/completions
        0 » head 5 200
        0 a: restart (unsure)
        0 a: text "It is Paris."
        0 a: finish far/m 3
        0 a settles: text "It is Paris."
        0 » end 5
        "#,
    );
    let receipt = &world.text("a").receipt;
    assert_eq!(receipt.attempts[1].outcome.code, "cancelled");
    // Both attempts that said something are counted, the one that was thrown away too.
    assert!(receipt.usage.output_tokens > 15, "{:?}", receipt.usage);
}

#[test]
fn laughter_is_never_counted_by_guessing() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Laugh"}"#);
    world.dies_after(3, "ha ha ha ");
    world.head(4, 200);
    world.far_says(4, "ha ha!");
    world.far_ends(4);
    assert!(world.settled.is_empty());
    world.head(5, 200);
    world.far_says(5, "ha ha ha ha!");
    world.far_ends(5);
    assert_eq!(world.text("a").text, "ha ha ha ha!");
    assert!(world.says("restart (unsure)"));
}

#[test]
fn half_a_tool_call_begins_again() {
    let mut world = from_far();
    world.generate("a", r#"{"prompt":"Weather?","tools":[{"name":"look","inputSchema":{}}],"policy":{"prefer":["far","ollama/big:8b"],"allow":["far/m","ollama/big:8b"]},"model":"far/m"}"#);
    world.head(3, 200);
    world.far_says(3, "I look.");
    world.chunk(3, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"ci\"}}]}}]}\n\n");
    world.fail(3);
    world.wait(500);
    world.head(4, 200);
    world.chunk(4, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c2\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]}}]}\n\n");
    world.chunk(
        4,
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
    );
    world.end(4);
    assert!(world.says("restart (tool-call)"));
    let text = world.text("a");
    assert_eq!((text.text.as_str(), text.tool_calls.len()), ("", 1));
    assert_eq!(text.tool_calls[0].id, "c2");
    assert_eq!(text.receipt.finish, FinishReason::ToolCalls);
}

#[test]
fn a_whole_tool_call_that_was_shown_is_never_made_twice() {
    let mut world = world(r#"{"prefer":["ollama"]}"#);
    world.generate("a", r#"{"prompt":"Weather?","tools":[{"name":"look","inputSchema":{}}]}"#);
    world.head(3, 200);
    world.chunk(3, "{\"message\":{\"content\":\"I look.\",\"tool_calls\":[{\"function\":{\"name\":\"look\",\"arguments\":{}}}]},\"done\":false}\n");
    world.fail(3);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Truncated);
    assert_eq!(error.partial.as_ref().unwrap().tool_calls.len(), 1);
    assert!(error.hint.as_ref().unwrap().contains("tool"));
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn half_of_an_answer_that_has_to_fit_a_schema_begins_again() {
    let mut world = world(r#"{"prefer":["ollama"]}"#);
    world.generate("a", r#"{"prompt":"Capital?","schema":{"type":"object"}}"#);
    world.dies_after(3, "{\"city\": \"Pa");
    world.head(4, 200);
    world.say(4, "{\"city\": \"Paris\"}");
    world.done(4);
    assert!(world.says("restart (schema)"));
    assert_eq!(world.text("a").text, "{\"city\": \"Paris\"}");
    assert_eq!(world.text("a").object, Some(serde_json::json!({ "city": "Paris" })));
}

#[test]
fn data_that_does_not_fit_is_no_call_of_a_tool_whatever_its_server_calls_the_end() {
    let mut world = world(r#"{"prefer":["far"]}"#);
    world.generate("a", r#"{"prompt":"Capital?","model":"far/m","schema":{"type":"array"}}"#);
    world.head(3, 200);
    world.far_says(3, "{}");
    world.chunk(
        3,
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
    );
    world.end(3);
    assert_eq!(world.error("a").code, ErrorCode::BadOutput);
}

#[test]
fn thoughts_alone_are_thought_again() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.chunk(3, "{\"message\":{\"content\":\"\",\"thinking\":\"Hm\"},\"done\":false}\n");
    world.fail(3);
    world.head(4, 200);
    world.far_says(4, "Paris.");
    world.far_ends(4);
    assert!(world.says("restart (no-words)"));
    assert_eq!((world.text("a").text.as_str(), world.text("a").reasoning.as_deref()), ("Paris.", None));
}

#[test]
fn two_deaths_in_a_row_are_gone_on_from_twice() {
    let mut world = world(r#"{"prefer":["ollama/big:8b","far","ollama/small:1b"]}"#);
    world.generate("a", r#"{"prompt":"Count"}"#);
    world.dies_after(3, "One, two, th");
    world.head(4, 200);
    world.far_says(4, "ree, fo");
    world.fail(4);
    world.head(5, 200);
    world.say(5, "ur.");
    world.done(5);
    assert_eq!(world.text("a").text, "One, two, three, four.");
    assert_eq!(world.asked(), ["1 ollama/big:8b", "2 far/m", "3 ollama/small:1b"]);
    assert_eq!(world.last_body()["messages"][1]["content"], "One, two, three, fo");
    let codes: Vec<&str> =
        world.text("a").receipt.attempts.iter().map(|attempt| attempt.outcome.code.as_str()).collect();
    assert_eq!(codes, ["truncated", "truncated", "ok"]);
}

#[test]
fn what_everybody_breaks_off_ends_with_all_that_was_shown() {
    let mut world = world(r#"{"stayWithin":"device"}"#);
    world.generate("a", r#"{"prompt":"Count"}"#);
    world.dies_after(3, "One, two, th");
    world.dies_after(4, "ree, fo");
    // Both broke off once, which may be chance: each is asked once more.
    world.wait(1_000);
    world.dies_after(5, "ur, fi");
    world.wait(1_000);
    world.dies_after(6, "ve, si");
    world.wait(60_000);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::AllFailed);
    assert_eq!(error.partial.as_ref().unwrap().text, "One, two, three, four, five, si");
    assert_eq!(world.asked().len(), 4);
}

#[test]
fn a_model_alone_is_asked_once_more_to_go_on() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Count"}"#);
    world.dies_after(2, "One, two, th");
    assert!(world.settled.is_empty());
    world.wait(500);
    world.head(3, 200);
    world.say(3, "ree.");
    world.done(3);
    assert_eq!(world.text("a").text, "One, two, three.");
    assert!(!world.says("fallback"));
}

#[test]
fn a_cut_in_the_middle_of_a_block_of_code_is_joined_with_its_fence_once() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Code"}"#);
    world.dies_after(3, "Here:\n\n```rust\nfn main() {\n    let answer = 4");
    world.head(4, 200);
    world.far_says(4, "```rust\nfn main() {\n    let ans");
    world.far_says(4, "wer = 42;\n}\n```\n");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "Here:\n\n```rust\nfn main() {\n    let answer = 42;\n}\n```\n");
}

#[test]
fn a_cut_after_the_last_word_may_be_gone_on_from_with_nothing() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.say(3, "It is Paris.");
    world.end(3);
    world.head(4, 200);
    world.far_ends(4);
    assert_eq!(world.text("a").text, "It is Paris.");
    assert_eq!(world.text("a").receipt.finish, FinishReason::Stop);
}

#[test]
fn nothing_is_no_answer_to_a_sentence_that_is_not_whole() {
    let mut world = world(r#"{"prefer":["ollama/big:8b","far","ollama/small:1b"]}"#);
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "It is Pa");
    world.head(4, 200);
    world.far_ends(4);
    world.head(5, 200);
    world.say(5, "ris.");
    world.done(5);
    assert_eq!(world.text("a").text, "It is Paris.");
    assert_eq!(world.text("a").receipt.attempts[1].outcome.code, "bad-output");
}

#[test]
fn the_last_sentence_said_again_ends_the_answer_once() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "You ask me for it. The capital of France is the city of Par");
    world.head(4, 200);
    world.far_says(4, "The capital of France is the city of Paris.");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "You ask me for it. The capital of France is the city of Paris.");
}

#[test]
fn cancelling_while_another_goes_on_aborts_that_one() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "The capital");
    world.head(4, 200);
    world.transcript.clear();
    world.request("a", Request::Cancel);
    world.far_says(4, " of France");
    world.expect("0 abort 4");
    assert!(world.settled.is_empty());
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn silence_in_the_middle_is_gone_on_from() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.say(3, "The capital of the country that you mean is Pa");
    world.wait(30_000);
    assert!(world.says("abort 3"));
    world.head(4, 200);
    world.far_says(4, "ris.");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "The capital of the country that you mean is Paris.");
    assert_eq!(world.text("a").receipt.attempts[0].outcome.code, "timeout");
}

#[test]
fn an_error_in_the_middle_of_a_success_is_gone_on_from() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.head(3, 200);
    world.say(3, "It is Pa");
    world.chunk(3, "{\"error\":\"llama runner process has terminated\"}\n");
    world.head(4, 200);
    world.far_says(4, "ris.");
    world.far_ends(4);
    assert_eq!(world.text("a").text, "It is Paris.");
}

#[test]
fn who_refuses_a_beginning_is_asked_in_words() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.dies_after(3, "It is Pa");
    world.answer(4, 400, r#"{"error":{"message":"This model does not support assistant message prefill."}}"#);
    let said = world.last_body()["messages"].clone();
    assert_eq!(said[1]["content"], "It is Pa");
    assert_eq!((said[2]["role"].as_str(), said[2]["content"].as_str()), (Some("user"), Some(GO_ON)));
    world.head(5, 200);
    world.far_says(5, "ris.");
    world.far_ends(5);
    assert_eq!(world.text("a").text, "It is Paris.");
}

#[test]
fn what_is_left_of_the_limit_is_left_to_who_goes_on() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Count","maxOutputTokens":100}"#);
    assert_eq!(world.last_body()["options"]["num_predict"], 100);
    let shown = "one, two, three, four, five, six, seven";
    world.dies_after(3, shown);
    assert_eq!(world.last_body()["max_tokens"], 100 - tokens_in(shown, Family::default()));
}

#[test]
fn who_has_no_room_for_what_was_shown_begins_again() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"A long story"}"#);
    world.head(3, 200);
    world.say(3, &"many words ".repeat(6_000));
    world.fail(3);
    assert_eq!(world.last_body()["messages"].as_array().unwrap().len(), 1);
    world.head(4, 200);
    world.far_says(4, "Short.");
    world.far_ends(4);
    assert!(world.says("restart (context-length)"));
    assert_eq!(world.text("a").text, "Short.");
}

#[test]
fn the_whole_time_holds_for_all_who_go_on() {
    let mut world = World::with_ollama(
        r#"{"timeouts":{"totalMs":40000},"policy":{"prefer":["ollama/a","ollama/b"]}}"#,
        &[("a", ""), ("b", "")],
    );
    world.generate("a", r#"{"prompt":"Count"}"#);
    world.wait(35_000);
    world.dies_after(2, "One, tw");
    world.head(3, 200);
    world.say(3, "o, th");
    world.wait(5_000);
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::Timeout);
    assert_eq!(error.partial.as_ref().unwrap().text, "One, two, th");
}

#[test]
fn every_attempt_is_paid_for_by_its_own_words() {
    let mut world = from_here();
    world.generate("a", r#"{"prompt":"Count"}"#);
    let (one, other) = ("one, two, three, four, five", ", six, seven, eight, nine, ten");
    world.dies_after(3, one);
    world.head(4, 200);
    world.far_says(4, other);
    world.far_ends(4);
    let usage = world.text("a").receipt.usage;
    let tokens = |text| tokens_in(text, Family::default());
    assert_eq!(usage.output_tokens, tokens(one) + tokens(other));
    assert!(usage.estimated);
}

/// Ollama and a provider written in JavaScript, whichever is asked first.
fn with_page(first: &str, second: &str) -> World {
    let options = format!(r#"{{"policy":{{"prefer":["{first}","{second}"]}}}}"#);
    let mut world = World::with_ollama(&options, &[("m", "")]);
    world.request(
        "r",
        Request::Register { provider: "page".to_owned(), locality: Locality::Page, version: None },
    );
    let tiny = crate::catalog::CustomModel { id: "tiny".to_owned(), ..Default::default() };
    world.transport(2, Transport::CustomModels(vec![tiny]));
    world.transcript.clear();
    world
}

fn words(text: &str) -> CustomEvent {
    CustomEvent::TextDelta { text: text.to_owned() }
}

#[test]
fn a_provider_in_javascript_is_asked_to_go_on_in_words() {
    let mut world = with_page("ollama", "page");
    world.generate("a", r#"{"prompt":"Capital?","system":"Be short."}"#);
    world.dies_after(3, "It is Pa");
    let end = CustomEvent::Finish { reason: FinishReason::Stop };
    world.transport(4, Transport::CustomEvents(vec![words("ris"), words("."), end]));
    assert_eq!(world.text("a").text, "It is Paris.");
    let request = world.invoked.last().unwrap();
    assert_eq!((&request.prompt, &request.system), (&None, &None));
    let said: Vec<String> = request.conversation().iter().map(crate::model::Message::words).collect();
    assert_eq!(said, ["Be short.", "Capital?", "It is Pa", GO_ON]);
}

#[test]
fn a_provider_in_javascript_that_stops_is_gone_on_from() {
    let mut world = with_page("page", "ollama");
    world.generate("a", r#"{"prompt":"Capital?"}"#);
    world.transport(3, Transport::CustomEvents(vec![words("It is Pa")]));
    world.transport(3, Transport::End);
    world.head(4, 200);
    world.say(4, "ris.");
    world.done(4);
    assert_eq!(world.text("a").text, "It is Paris.");
}
