//! An answer from its first word to its receipt.

use super::story::World;
use crate::model::{CostKind, FinishReason, Locality};

#[test]
fn one_answer_from_the_call_to_the_receipt() {
    let mut world = World::with_ollama("{}", &[("llama3.2:3b", "tools")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.wait(300);
    world.head(2, 200);
    world.say(2, "Good");
    world.wait(100);
    world.say(2, " day");
    world.done(2);
    world.expect(
        r#"
        0 » generate a
        0 a: route ollama/llama3.2:3b
        0 a: attempt 1 ollama/llama3.2:3b
        0 fetch 2 POST http://localhost:11434/api/chat
        0 » wait 300
        300 » head 2 200
        300 a: text "Good"
        300 » wait 100
        400 a: text " day"
        400 a: finish ollama/llama3.2:3b 1
        400 a settles: text "Good day"
        400 » end 2
        "#,
    );
    let receipt = &world.text("a").receipt;
    assert_eq!(receipt.finish, FinishReason::Stop);
    assert_eq!((receipt.duration_ms, receipt.first_token_ms), (400.0, Some(300.0)));
    assert_eq!((receipt.usage.input_tokens, receipt.usage.output_tokens), (10, 2));
    assert!(!receipt.usage.estimated);
    assert_eq!((receipt.cost, receipt.cost_kind), (Some(0.0), CostKind::Free));
    assert_eq!((receipt.locality, receipt.is_local), (Locality::Device, true));
    assert_eq!(receipt.tokens_per_second, Some(10.0));
    assert_eq!(receipt.attempts[0].outcome.code, "ok");
    assert!(world.engine.queue().is_empty());
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn several_words_of_one_chunk_are_told_at_once() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    let lines = [super::story::ollama_line("one "), super::story::ollama_line("two")].join("\n") + "\n";
    world.chunk(2, &lines);
    world.done(2);
    assert_eq!(world.text("a").text, "one two");
}

#[test]
fn a_body_that_goes_on_after_its_end_marker_is_aborted_a_moment_later() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, "Hi");
    world.chunk(2, "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n");
    assert_eq!(world.text("a").text, "Hi");
    world.transcript.clear();
    world.say(2, "more");
    world.wait(5_000);
    world.expect("0 » wait 5000\n2000 abort 2");
}

#[test]
fn an_answer_without_counts_gets_guessed_ones_and_says_so() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, "Good day to you too, my friend.");
    world.chunk(2, "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n");
    let usage = world.text("a").receipt.usage;
    assert!(usage.estimated);
    // Nine to most tokenizers.
    assert!((8..=11).contains(&usage.output_tokens), "{}", usage.output_tokens);
}

#[test]
fn a_silently_cut_prompt_is_a_warning() {
    let mut world = World::with_ollama("{}", &[("m", "")]);
    let long = "word ".repeat(6_400);
    world.generate("a", &format!(r#"{{"prompt":"{long}"}}"#));
    let body = String::from_utf8(world.sent.last().unwrap().1.body.clone().unwrap()).unwrap();
    assert!(body.contains("\"num_ctx\":8192"), "{body}");
    world.head(2, 200);
    world.say(2, "Hi");
    world.chunk(
        2,
        "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":4098,\"eval_count\":1}\n",
    );
    assert!(
        world.transcript.iter().any(|line| line.contains("warning prompt-cut")),
        "{:?}",
        world.transcript
    );
}

#[test]
fn an_openai_compatible_server_answers_with_counts() {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"lan":{"kind":"openai","endpoint":"http://127.0.0.1:8080"}}}"#,
    );
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.answer(0, 200, r#"{"data":[{"id":"smollm2"}]}"#);
    world.head(1, 200);
    world.chunk(1, "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n");
    world.chunk(1, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n");
    world.end(1);
    world.expect(
        r#"
        0 » generate a
        0 fetch 0 GET http://127.0.0.1:8080/v1/models
        0 » head 0 200
        0 » end 0
        0 a: route lan/smollm2
        0 a: attempt 1 lan/smollm2
        0 fetch 1 POST http://127.0.0.1:8080/v1/chat/completions
        0 » head 1 200
        0 a: text "Hi"
        0 a: finish lan/smollm2 1
        0 a settles: text "Hi"
        0 » end 1
        "#,
    );
    assert_eq!(world.text("a").receipt.usage.output_tokens, 1);
}
