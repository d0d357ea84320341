//! Honest endings: what looks like an end and is none, for every protocol.

use super::story::World;
use crate::model::ErrorCode;

/// A server of each protocol with one model, pinned, that fails for good at the first failure.
const PROTOCOLS: &[Protocol] = &[
    Protocol {
        name: "ollama",
        options: r#"{"policy":{"onCut":"fail"}}"#,
        word: "{\"message\":{\"content\":\"Hello\"},\"done\":false}\n",
        nothing: "{\"message\":{\"content\":\"\"},\"done\":false}\n",
        end: "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n",
        error: "{\"error\":\"unexpected EOF\"}\n",
    },
    Protocol {
        name: "openai",
        options: r#"{"providers":{"ollama":{"disabled":true},"x":{"kind":"openai","endpoint":"http://127.0.0.1:8080"}},"policy":{"onCut":"fail"}}"#,
        word: "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n",
        nothing: ": still there\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n",
        end: "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        error: "data: {\"error\":{\"code\":500,\"message\":\"it broke\"}}\n\n",
    },
    Protocol {
        name: "openrouter",
        options: r#"{"providers":{"ollama":{"disabled":true},"x":{"kind":"openrouter","endpoint":"http://127.0.0.1:8080"}},"policy":{"onCut":"fail"}}"#,
        word: "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n",
        nothing: ": OPENROUTER PROCESSING\n\n",
        end: "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        error: "data: {\"error\":{\"code\":502,\"message\":\"it broke\"},\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
    },
    Protocol {
        name: "gemini",
        options: r#"{"providers":{"ollama":{"disabled":true},"x":{"kind":"gemini","endpoint":"http://127.0.0.1:8080"}},"policy":{"onCut":"fail"}}"#,
        word: "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hello\"}]}}]}\r\n\r\n",
        nothing: "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]}}]}\r\n\r\n",
        end: "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n",
        error: "data: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\",\"message\":\"it broke\"}}\r\n\r\n",
    },
];

struct Protocol {
    name: &'static str,
    options: &'static str,
    word: &'static str,
    nothing: &'static str,
    end: &'static str,
    error: &'static str,
}

impl Protocol {
    /// A world in which its model was asked and the head of the answer came, and the answer's transport.
    fn asked(&self) -> (World, u32) {
        let mut world = if self.name == "ollama" {
            World::with_ollama(self.options, &[("m", "")])
        } else {
            let mut world = World::new(self.options);
            if self.name != "openai" {
                world.put(crate::engine::Input::Request(
                    crate::base::id::RequestId::new("key"),
                    crate::engine::Request::KeyChanged {
                        provider: "x".to_owned(),
                        has_key: true,
                        is_own: false,
                        is_new: true,
                    },
                ));
            }
            world
        };
        let model = if self.name == "ollama" { "ollama/m" } else { "x/m" };
        world.generate("a", &format!(r#"{{"prompt":"Hello","model":"{model}"}}"#));
        if self.name != "ollama" {
            let transport = world.sent.last().map(|(id, _)| id.number()).unwrap();
            let list = if self.name == "gemini" {
                r#"{"models":[{"name":"models/m","supportedGenerationMethods":["generateContent"],"inputTokenLimit":8192}]}"#
            } else {
                r#"{"data":[{"id":"m","context_length":8192,"architecture":{"input_modalities":["text"],"output_modalities":["text"]}}]}"#
            };
            world.answer(transport, 200, list);
        }
        let (id, sent) = world.sent.last().unwrap();
        assert_eq!(sent.method.to_string(), "POST", "{}: {:#?}", self.name, world.transcript);
        let id = id.number();
        world.head(id, 200);
        (world, id)
    }

    /// The code of what came of it, and what was shown.
    fn outcome(world: &World) -> (ErrorCode, String) {
        let error = world.error("a");
        let shown = error.partial.as_ref().map_or_else(String::new, |partial| partial.text.clone());
        (error.code, shown)
    }
}

#[test]
fn an_end_without_the_mark_of_an_end_is_a_failure() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        world.chunk(id, protocol.word);
        world.end(id);
        assert_eq!(
            Protocol::outcome(&world),
            (ErrorCode::Truncated, "Hello".to_owned()),
            "{}",
            protocol.name
        );
    }
}

#[test]
fn an_error_inside_of_a_success_is_a_failure() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        world.chunk(id, protocol.word);
        world.chunk(id, protocol.error);
        let (code, shown) = Protocol::outcome(&world);
        assert!(matches!(code, ErrorCode::Server | ErrorCode::Truncated), "{}: {code:?}", protocol.name);
        assert_eq!(shown, "Hello", "{}", protocol.name);
    }
}

#[test]
fn an_answer_of_nothing_is_none() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        world.chunk(id, protocol.nothing);
        world.chunk(id, protocol.end);
        world.end(id);
        let asked = world.transcript.iter().any(|line| line.contains("bad-output"));
        assert!(asked || !world.settled.iter().any(|(_, outcome)| outcome.is_ok()), "{}", protocol.name);
    }
}

#[test]
fn thoughts_without_an_answer_are_none() {
    const THOUGHT: &str = "{\"message\":{\"content\":\"\",\"thinking\":\"Hm.\"},\"done\":false}\n";
    let mut world = World::with_ollama("{}", &[("big:8b", ""), ("small:3b", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.chunk(2, THOUGHT);
    world.done(2);
    world.head(3, 200);
    world.say(3, "Hi.");
    world.done(3);
    let result = world.text("a");
    assert_eq!((result.text.as_str(), &result.reasoning), ("Hi.", &None), "{}", world.transcript.join("\n"));
    assert!(world.says("(bad-output)") && world.says("restart (no-words)"));

    let mut world = World::with_ollama("{}", &[("big:8b", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    for transport in [2, 3] {
        world.head(transport, 200);
        world.chunk(transport, THOUGHT);
        world.done(transport);
        world.wait(500);
    }
    let error = world.error("a");
    assert_eq!(error.code, ErrorCode::BadOutput);
    assert_eq!(error.message, "ollama/big:8b thought and then answered nothing.");
    assert_eq!(error.attempts.as_ref().unwrap().len(), 2);
}

#[test]
fn silence_after_the_first_word_is_a_failure() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        world.chunk(id, &protocol.word.replace("Hello", &"Hello".repeat(20)));
        world.wait(30_000);
        assert_eq!(Protocol::outcome(&world), (ErrorCode::Timeout, "Hello".repeat(20)), "{}", protocol.name);
        assert!(world.error("a").message.contains("silent"), "{}", world.error("a").message);
    }
}

#[test]
fn a_drip_is_a_failure_however_much_else_is_sent() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        for second in 0..40 {
            world.chunk(id, if second % 10 == 0 { protocol.word } else { protocol.nothing });
            world.wait(1_000);
        }
        assert_eq!(Protocol::outcome(&world), (ErrorCode::Timeout, "Hello".repeat(3)), "{}", protocol.name);
        assert!(world.error("a").message.contains("letter a second"), "{}", world.error("a").message);
        assert!(
            world.transcript.iter().any(|line| line.contains(&format!("30000 abort {id}"))),
            "{}",
            protocol.name
        );
    }
}

#[test]
fn a_slow_model_that_writes_a_letter_a_second_is_none() {
    for protocol in PROTOCOLS {
        let (mut world, id) = protocol.asked();
        for _ in 0..30 {
            world.chunk(id, protocol.word);
            world.wait(5_000);
        }
        assert!(world.settled.is_empty(), "{}", protocol.name);
        world.chunk(id, protocol.end);
        world.end(id);
        assert_eq!(world.text("a").text, "Hello".repeat(30), "{}", protocol.name);
    }
}

#[test]
fn loading_and_thinking_are_no_drip() {
    let mut world = World::with_ollama(r#"{"policy":{"onCut":"fail"}}"#, &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    // It loads: nothing is said yet.
    world.wait(100_000);
    world.say(2, "H");
    for _ in 0..20 {
        world.wait(20_000);
        world.chunk(2, "{\"message\":{\"content\":\"\",\"thinking\":\"x\"},\"done\":false}\n");
    }
    assert!(world.settled.is_empty());
    world.say(2, "i");
    world.done(2);
    assert_eq!(world.text("a").text, "Hi");
}

#[test]
fn who_allows_longer_silence_is_counted_over_longer() {
    let mut world =
        World::with_ollama(r#"{"timeouts":{"idleMs":120000},"policy":{"onCut":"fail"}}"#, &[("m", "")]);
    world.generate("a", r#"{"prompt":"Hello"}"#);
    world.head(2, 200);
    world.say(2, &"many words ".repeat(11));
    world.wait(100_000);
    world.say(2, "more");
    world.wait(100_000);
    assert!(world.settled.is_empty());
    world.wait(20_000);
    assert_eq!(world.error("a").code, ErrorCode::Timeout);
}
