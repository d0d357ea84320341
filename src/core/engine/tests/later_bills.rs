//! Bills that come later: OpenRouter's record of an answer that was cancelled or cut is asked for, and takes the place of the
//! guess, once.

use super::costs::{
    OPENAI_WORD, PRICE, RECORD, found, last, openai_stream, pico, recent, total, with_bill, world,
};
use super::story::{World, everyone};
use crate::engine::{Input, Record, Request, StoreAnswer, Transport, TransportFailure};
use crate::model::{CostKind, Price, Receipt};

/// OpenRouter, after an answer of one word was cancelled.
fn cancelled() -> World {
    let mut world = world("openrouter", Some(PRICE));
    world.generate("a", r#"{"prompt":"Hello"}"#);
    let id = last(&world);
    world.head(id, 200);
    world.chunk(id, OPENAI_WORD);
    world.request("a", Request::Cancel);
    world
}

fn asked_for_records(world: &World) -> usize {
    world.sent.iter().filter(|(_, request)| request.url.contains("/generation?")).count()
}

#[test]
fn a_record_that_comes_late_is_asked_for_again_and_one_that_never_comes_leaves_the_guess() {
    for refusal in [404, 500, 429] {
        let mut world = cancelled();
        world.wait(1_000);
        let (first, request) = world.sent.last().cloned().unwrap();
        assert_eq!(request.url, "https://openrouter.ai/api/v1/generation?id=gen-1");
        assert_eq!(request.credential.unwrap().name, "x");
        world.answer(
            first.number(),
            refusal,
            r#"{"error":{"code":404,"message":"Generation gen-1 not found"}}"#,
        );
        world.wait(2_999);
        assert_eq!(asked_for_records(&world), 1);
        world.wait(1);
        assert_eq!(asked_for_records(&world), 2);
        let second = last(&world);
        world.answer(second, 200, RECORD);
        assert_eq!(found(&world).2, CostKind::Billed, "{refusal}");
        world.wait(600_000);
        assert_eq!(asked_for_records(&world), 2);
    }
    let mut world = cancelled();
    let guessed = found(&world);
    for (round, pause) in [1_000, 3_000, 9_000, 27_000, 81_000].into_iter().enumerate() {
        world.wait(pause);
        assert_eq!(asked_for_records(&world), round + 1);
        let asked = last(&world);
        // Offline, and a body that is none.
        if round % 2 == 0 {
            world.transport(asked, Transport::Failed(TransportFailure::Network));
        } else {
            world.answer(asked, 200, "<html>");
        }
    }
    world.wait(600_000);
    assert_eq!(asked_for_records(&world), 5);
    assert_eq!(found(&world), guessed);
    assert_eq!(guessed.2, CostKind::Estimated);
}

#[test]
fn a_record_that_nobody_sends_is_given_up_and_a_refusal_is_the_end() {
    let mut world = cancelled();
    world.wait(1_000);
    let abort = format!(" abort {}", last(&world));
    world.wait(9_999);
    assert!(!world.transcript.iter().any(|line| line.ends_with(&abort)));
    world.wait(1);
    assert!(world.transcript.iter().any(|line| line.ends_with(&abort)));
    world.wait(3_000);
    assert_eq!(asked_for_records(&world), 2);
    let second = last(&world);
    world.answer(second, 401, r#"{"error":{"code":401,"message":"User not found."}}"#);
    world.wait(600_000);
    assert_eq!((asked_for_records(&world), found(&world).2), (2, CostKind::Estimated));
}

#[test]
fn nothing_is_asked_for_that_cannot_be_known_or_has_been_said() {
    // Billed already, free, without a name, or with one that is no name.
    let billed = openai_stream(&with_bill(r#""cost":0.0000615"#));
    let nameless = OPENAI_WORD.replace("\"id\":\"gen-1\",", "");
    let odd = OPENAI_WORD.replace("gen-1", "gen 1&x=y");
    for (price, body) in [
        (Some(PRICE), billed.as_str()),
        (Some(Price::FREE), OPENAI_WORD),
        (Some(PRICE), nameless.as_str()),
        (Some(PRICE), odd.as_str()),
    ] {
        let mut world = world("openrouter", price);
        world.generate("a", r#"{"prompt":"Hello"}"#);
        let id = last(&world);
        world.head(id, 200);
        world.chunk(id, body);
        world.request("a", Request::Cancel);
        world.wait(600_000);
        assert_eq!(asked_for_records(&world), 0, "{body}");
    }
    // Who has to stay near is never at OpenRouter, and neither is what it would ask.
    let mut world = world("openrouter", Some(PRICE));
    world.generate("a", r#"{"prompt":"Hello","policy":{"stayWithin":"device"}}"#);
    world.wait(600_000);
    world.error("a");
    assert_eq!(asked_for_records(&world), 0);
}

#[test]
fn a_bill_that_comes_before_the_end_stands_on_the_receipt() {
    let mut world = World::new(
        r#"{"providers":{"ollama":{"disabled":true},"x":{"kind":"openrouter"}},"policy":{"prefer":["x/m"]}}"#,
    );
    world.request(
        "k",
        Request::KeyChanged { provider: "x".to_owned(), has_key: true, is_own: false, is_new: true },
    );
    world.request("d", everyone());
    let models = ["m", "n"].map(|id| {
        format!(r#"{{"id":"{id}","name":"M","supported_parameters":[],"pricing":{{"prompt":"0.000001","completion":"0.000004"}}}}"#)
    });
    world.answer(0, 200, &format!(r#"{{"data":[{}]}}"#, models.join(",")));
    world.generate("a", r#"{"prompt":"Hello"}"#);
    let first = last(&world);
    world.head(first, 200);
    world.chunk(first, OPENAI_WORD);
    world.fail(first);
    let second = last(&world);
    world.head(second, 200);
    world.wait(1_000);
    let asked = last(&world);
    assert_eq!(asked_for_records(&world), 1, "{:?}", world.transcript);
    world.answer(asked, 200, RECORD);
    world.chunk(second, &OPENAI_WORD.replace("Hi there.", " And more.").replace("gen-1", "gen-2"));
    world.chunk(second, &openai_stream(&with_bill(r#""cost":0.001"#)).replace("Hi there.", ""));
    world.end(second);
    let receipt: Receipt = world.text("a").receipt.clone();
    assert_eq!((receipt.cost_kind, receipt.cost.map(pico)), (CostKind::Billed, Some(1_061_500_000)));
    assert_eq!(
        (receipt.usage.input_tokens, receipt.usage.output_tokens, receipt.usage.estimated),
        (200, 100, false)
    );
    let total = total(&world);
    assert_eq!((pico(total.cost), total.tokens, total.attempts), (1_061_500_000, 300, Some(2)));
    assert_eq!(recent(&world).cost.map(pico), Some(1_061_500_000));
}

#[test]
fn a_bill_that_comes_later_is_added_once_in_what_all_tabs_share() {
    let stored = |world: &World| {
        let mut records = world.saved.iter().rev().filter(|(record, _)| *record == Record::Metrics);
        records.next().map(|(_, bytes)| bytes.clone())
    };
    let mut world = cancelled();
    // What this tab has stored comes back to it, with what another tab adds.
    world.put(Input::Store(StoreAnswer::Loaded(Record::Metrics, None)));
    world.put(Input::Store(StoreAnswer::Saved(Record::Metrics)));
    let before = stored(&world).unwrap();
    world.wait(1_000);
    let asked = last(&world);
    world.answer(asked, 200, RECORD);
    assert_eq!(found(&world).1, Some(61_500_000));
    world.wait(5_000);
    let mut other = cancelled();
    other.put(Input::Store(StoreAnswer::Loaded(Record::Metrics, Some(before.clone()))));
    let both = stored(&other).unwrap();
    world.put(Input::Store(StoreAnswer::Loaded(Record::Metrics, Some(both))));
    world.put(Input::Store(StoreAnswer::Saved(Record::Metrics)));
    let total_of = |world: &World| {
        let total = total(world);
        let costs = total.cost_counts.unwrap();
        (total.requests, pico(costs.billed), pico(costs.estimated), total.token_counts.unwrap().output)
    };
    let guess = total_of(&cancelled());
    assert_eq!((guess.0, guess.1), (1, 0));
    assert_eq!(total_of(&world), (2, 61_500_000, guess.2, 50 + guess.3));
    let kinds: Vec<_> = world.engine.metrics().recent(9).iter().map(|one| one.cost_kind.unwrap()).collect();
    assert!(kinds.contains(&CostKind::Billed) && kinds.contains(&CostKind::Estimated), "{kinds:?}");
    // A later visit reads the same, and an export takes it along although no attempt is new.
    let mut later = World::with_unanswered_store("{}");
    for known in Record::ALL {
        let bytes = (known == Record::Metrics).then(|| stored(&world).unwrap());
        later.put(Input::Store(StoreAnswer::Loaded(known, bytes)));
    }
    assert_eq!(total_of(&later), total_of(&world));
    assert_eq!(later.engine.metrics().recent(9).len(), 2);
}
