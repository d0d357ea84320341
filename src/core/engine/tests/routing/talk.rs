//! Conversations: they stay with their model unless there is a reason, and may lose their oldest turns where that is
//! allowed.

use super::super::story::World;
use super::home::{Home, PHOTO, cloud, local, page, text};
use crate::model::Event;

/// A conversation in which `Paris.` was said, with this policy.
fn going_on(policy: &str) -> String {
    format!(
        r#"{{"policy":{policy},"messages":[{{"role":"user","content":"Capital of France?"}},{{"role":"assistant","content":"Paris."}},{{"role":"user","content":"And of Spain?"}}]}}"#
    )
}

#[test]
fn a_conversation_stays_with_its_model_though_another_is_a_little_better() {
    let home = Home::with([local("first:8b"), local("second:9b")]);
    let fresh = r#"{"prompt":"Capital of France?","policy":"quality"}"#;
    home.asks(fresh).goes_to("ollama/second:9b", "best-quality");
    let home = home.said("ollama/first:8b", "Paris.");
    home.asks(&going_on(r#""quality""#))
        .goes_to("ollama/first:8b", "stays")
        .then(&["ollama/second:9b"])
        .notes("ollama/first:8b", "stays");
    // Another conversation is not this one.
    home.asks(fresh).goes_to("ollama/second:9b", "best-quality");
}

#[test]
fn a_conversation_leaves_its_model_for_one_that_is_clearly_better() {
    let home =
        Home::with([local("first:1b"), cloud("shop/best").good(0.95)]).said("ollama/first:1b", "Paris.");
    home.asks(&going_on(r#""quality""#)).goes_to("shop/best", "best-quality").then(&["ollama/first:1b"]);
}

#[test]
fn a_conversation_whose_model_does_not_answer_goes_on_with_another() {
    let home =
        Home::with([local("first:8b"), cloud("shop/sound")]).said("ollama/first:8b", "Paris.").down("ollama");
    home.asks(&going_on(r#""balanced""#)).goes_to("shop/sound", "best-balance").then(&["ollama/first:8b"]);
}

#[test]
fn a_conversation_in_which_a_photo_comes_up_goes_on_with_a_model_that_sees() {
    let home =
        Home::with([local("first:8b"), local("seeing:7b").can("vision")]).said("ollama/first:8b", "Paris.");
    home.asks(&going_on(r#""quality""#)).goes_to("ollama/first:8b", "stays");
    home.asks(&going_on(r#""quality""#).replacen('{', &format!("{{{PHOTO},"), 1))
        .goes_to("ollama/seeing:7b", "only-one")
        .not_to("ollama/first:8b", "lacks-capability");
}

#[test]
fn a_conversation_that_outgrows_its_model_goes_on_with_one_that_holds_it() {
    let home = Home::with([local("first:8b"), local("long:8b").good(0.5).holds(131_072)])
        .said("ollama/first:8b", "Paris.");
    let long = going_on(r#""quality""#).replace("Capital of France?", &text(9_000));
    home.asks(&long)
        .goes_to("ollama/long:8b", "more-room")
        .says("ollama/first:8b would have been first")
        .not_to("ollama/first:8b", "context-too-small");
}

#[test]
fn a_conversation_is_not_carried_further_away_than_it_may_go_now() {
    let home = Home::with([page("tiny-135m"), cloud("shop/best").good(0.95)]).said("shop/best", "Paris.");
    home.asks(&going_on(r#"{"stayWithin":"device"}"#))
        .goes_to("page/tiny-135m", "only-one")
        .not_to("shop/best", "too-far");
}

#[test]
fn a_wish_is_reason_enough_to_change_the_model_of_a_conversation() {
    let home = Home::with([local("first:8b"), local("other:8b")]).said("ollama/first:8b", "Paris.");
    home.asks(&going_on(r#"{"prefer":["ollama/other:8b"]}"#)).goes_to("ollama/other:8b", "preferred");
}

#[test]
fn an_answer_that_was_not_given_here_binds_nobody() {
    let home = Home::with([local("first:8b"), local("second:9b")]).said("ollama/first:8b", "Lyon.");
    home.asks(&going_on(r#""quality""#)).goes_to("ollama/second:9b", "best-quality");
}

#[test]
fn what_a_model_answers_makes_the_conversation_its_own() {
    let mut world = World::with_ollama(r#"{"policy":"quality"}"#, &[("first:8b", ""), ("second:9b", "")]);
    world.generate("a", r#"{"prompt":"Capital of France?","model":"ollama/first:8b"}"#);
    world.head(2, 200);
    world.say(2, " Paris.");
    world.done(2);
    world.generate("b", &going_on(r#""quality""#));
    assert!(world.transcript.iter().any(|line| line.ends_with("b: attempt 1 ollama/first:8b")));
    for (record, bytes) in &world.saved {
        assert!(!String::from_utf8_lossy(bytes).contains("Paris"), "{record:?}");
    }
}

/// Five turns of about 3,000 tokens, of which a model of 8,192 tokens holds two.
fn long_talk(policy: &str) -> String {
    let letters = text(1_500);
    let turn =
        format!(r#"{{"role":"user","content":"{letters}"}},{{"role":"assistant","content":"{letters}"}},"#);
    format!(
        r#"{{"policy":{policy},"system":"Be brief.","messages":[{}{{"role":"user","content":"{letters}"}}]}}"#,
        turn.repeat(4)
    )
}

#[test]
fn a_talk_that_is_too_long_loses_its_oldest_turns_where_that_is_allowed() {
    let home = Home::with([local("small:8b")]);
    home.asks(&long_talk(r#"{"context":"trim"}"#))
        .goes_to("ollama/small:8b", "only-one")
        .says("Its oldest turns have to be left out")
        .notes("ollama/small:8b", "trims");
    home.asks(&long_talk("{}"))
        .goes_nowhere("`policy.context: \"trim\"`")
        .not_to("ollama/small:8b", "context-too-small");
}

#[test]
fn a_model_that_holds_the_whole_talk_is_better_than_one_that_forgets_half_of_it() {
    let home = Home::with([local("small:9b"), local("long:8b").holds(131_072)]);
    home.asks(&long_talk(r#"{"goal":"quality","context":"trim"}"#)).goes_to("ollama/long:8b", "best-quality");
    // Without the permission it is not even a question.
    home.asks(&long_talk(r#"{"goal":"quality"}"#)).goes_to("ollama/long:8b", "more-room");
}

#[test]
fn a_last_message_that_is_too_long_by_itself_cannot_be_trimmed() {
    let home = Home::with([local("small:8b")]);
    let long = going_on(r#"{"context":"trim"}"#).replace("And of Spain?", &text(9_000));
    home.asks(&long).goes_nowhere("Even without the oldest turns it is too long");
}

#[test]
fn what_is_left_out_is_told_and_not_sent() {
    let mut world = World::with_ollama("{}", &[("small:8b", "")]);
    world.generate("a", &long_talk(r#"{"context":"trim"}"#));
    let Some(Event::Warning { reason }) =
        world.events.iter().find(|event| matches!(event, Event::Warning { .. }))
    else {
        panic!("{:#?}", world.transcript)
    };
    assert_eq!(reason.code, "context-trimmed");
    assert_eq!(reason.params.get("turns"), Some(&3.0.into()));
    assert!(reason.message.starts_with("The 3 oldest turns were left out, about 88"), "{}", reason.message);

    let (_, request) = world.sent.last().unwrap();
    let body: serde_json::Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
    let roles: Vec<&str> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert!(body["options"]["num_ctx"].as_u64().unwrap() <= 8_192);
}

#[test]
fn what_fits_is_sent_whole_and_nothing_is_told() {
    let mut world = World::with_ollama("{}", &[("small:8b", "")]);
    world.generate("a", &going_on(r#"{"context":"trim"}"#));
    assert!(!world.events.iter().any(|event| matches!(event, Event::Warning { .. })));
    assert_eq!(world.sent.len(), 3);
}
