//! What the request needs of a model: to see, to use tools, to hold a long document.

use super::home::{Home, PHOTO, cloud, lan, local, page, text};

#[test]
fn a_long_document_goes_to_the_model_that_holds_it() {
    let home = Home::with([local("small:3b"), local("long:7b").good(0.3).holds(131_072)]);
    let document = format!(r#"{{"prompt":"Summarise: {}","policy":"quality"}}"#, text(20_000));
    home.asks(&document)
        .goes_to("ollama/long:7b", "more-room")
        .says("ollama/small:3b would have been first but does not")
        .not_to("ollama/small:3b", "context-too-small");
    home.asks(r#"{"prompt":"Hello","policy":"quality"}"#).goes_to("ollama/small:3b", "best-quality");
}

#[test]
fn a_document_that_no_model_holds_is_refused_with_what_would_help() {
    let home = Home::with([local("small:3b"), page("tiny-135m")]);
    let letters = text(9_000);
    home.asks(&format!(r#"{{"prompt":"{letters}"}}"#))
        .goes_nowhere("this model holds 8192. Shorten it.")
        .not_to("ollama/small:3b", "context-too-small")
        .not_to("page/tiny-135m", "context-too-small");
    let talk = format!(
        r#"{{"messages":[{{"role":"user","content":"{letters}"}},{{"role":"assistant","content":"Yes."}},{{"role":"user","content":"Go on."}}]}}"#
    );
    home.asks(&talk).goes_nowhere("`policy.context: \"trim\"`");
}

#[test]
fn a_document_that_fills_a_model_leaves_no_room_for_its_answer() {
    let home = Home::with([local("small:8b"), local("long:3b").holds(32_768)]);
    let document = format!(r#"{{"prompt":"{}","policy":"quality","maxOutputTokens":4000}}"#, text(5_000));
    home.asks(&document)
        .goes_to("ollama/long:3b", "more-room")
        .not_to("ollama/small:8b", "context-too-small");
}

#[test]
fn a_long_document_goes_rather_to_a_model_that_is_known_to_hold_it() {
    let home = Home::with([lan("mystery-70b"), local("known:8b").holds(65_536)]);
    let document = format!(r#"{{"prompt":"{}","policy":"quality"}}"#, text(20_000));
    home.asks(&document).goes_to("ollama/known:8b", "best-quality").notes("lan/mystery-70b", "room-unknown");
    home.asks(r#"{"prompt":"Hello","policy":"quality"}"#).goes_to("lan/mystery-70b", "best-quality");
}

#[test]
fn a_photo_goes_to_a_model_that_can_see_it() {
    let home = Home::with([local("large:70b"), local("seeing:7b").can("vision")]);
    home.asks(&format!(r#"{{"prompt":"What is on this photo?","policy":"quality",{PHOTO}}}"#))
        .goes_to("ollama/seeing:7b", "only-one")
        .not_to("ollama/large:70b", "lacks-capability");
}

#[test]
fn tools_are_handed_only_to_models_that_use_them() {
    let home = Home::with([local("large:70b").can("json"), local("small:3b"), cloud("shop/best")]);
    home.asks(
        r#"{"prompt":"Weather?","policy":{"stayWithin":"device"},"tools":[{"name":"weather","inputSchema":{}}]}"#,
    )
    .goes_to("ollama/small:3b", "only-one")
    .not_to("ollama/large:70b", "lacks-capability")
    .not_to("shop/best", "too-far");
}

#[test]
fn tools_that_the_model_must_not_use_need_no_model_that_could() {
    let home = Home::with([local("large:70b").can("json"), local("small:3b")]);
    home.asks(
        r#"{"prompt":"Hi","policy":"quality","toolChoice":"none","tools":[{"name":"t","inputSchema":{}}]}"#,
    )
    .goes_to("ollama/large:70b", "best-quality");
}

#[test]
fn a_server_that_does_not_tell_what_its_model_can_do_is_left_out_until_the_user_names_the_model() {
    let home = Home::with([lan("mystery"), local("small:3b")]);
    let tools = r#""tools":[{"name":"t","inputSchema":{}}]"#;
    home.asks(&format!(r#"{{"prompt":"Hi","policy":"quality",{tools}}}"#))
        .goes_to("ollama/small:3b", "only-one")
        .not_to("lan/mystery", "capability-unknown");
    home.asks(&format!(r#"{{"prompt":"Hi","model":"lan/mystery",{tools}}}"#))
        .goes_to("lan/mystery", "pinned");
}

#[test]
fn a_model_that_is_known_to_lack_something_does_not_get_it_even_by_name() {
    let home = Home::with([local("blind:8b"), local("seeing:7b").can("vision")]);
    home.asks(&format!(r#"{{"prompt":"And this photo?","model":"ollama/blind:8b",{PHOTO}}}"#))
        .goes_nowhere("ollama/blind:8b: This model cannot do what the request needs: vision.")
        .not_to("ollama/blind:8b", "lacks-capability");
}

#[test]
fn an_answer_as_json_goes_to_a_model_that_can_be_held_to_it() {
    let home =
        Home::with([page("tiny-135m"), cloud("shop/free-form").good(0.9).can("tools"), cloud("shop/strict")]);
    home.asks(r#"{"prompt":"A recipe","policy":"quality","schema":{"type":"object"}}"#)
        .goes_to("shop/strict", "only-one")
        .not_to("shop/free-form", "lacks-capability")
        .not_to("page/tiny-135m", "lacks-capability");
}

#[test]
fn a_question_about_today_goes_to_a_model_that_searches() {
    let home = Home::with([local("large:70b"), cloud("gemini/flash").can("tools json search")]);
    home.asks(r#"{"prompt":"Who won yesterday?","search":true}"#)
        .goes_to("gemini/flash", "only-one")
        .not_to("ollama/large:70b", "lacks-capability");
}

#[test]
fn a_riddle_that_wants_thinking_goes_to_a_model_that_thinks() {
    let home = Home::with([local("large:70b"), local("thinker:8b").can("reasoning")]);
    home.asks(r#"{"prompt":"Three doors …","reasoning":"high","policy":"quality"}"#)
        .goes_to("ollama/thinker:8b", "only-one")
        .not_to("ollama/large:70b", "lacks-capability");
    home.asks(r#"{"prompt":"Three doors …","reasoning":"off","policy":"quality"}"#)
        .goes_to("ollama/large:70b", "best-quality");
}

#[test]
fn a_model_that_only_embeds_never_chats() {
    let home = Home::with([local("nomic-embed-text").can("embedding").good(0.9), local("small:3b")]);
    home.asks(r#"{"prompt":"Hello"}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("ollama/nomic-embed-text", "cannot-chat");
    home.asks(r#"{"prompt":"Hello","model":"ollama/nomic-embed-text"}"#).goes_nowhere("it does not write");
}

#[test]
fn a_model_that_draws_never_chats() {
    let home = Home::with([local("flux:12b").draws(), local("small:3b")]);
    home.asks(r#"{"prompt":"Hello","policy":"quality"}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("ollama/flux:12b", "cannot-chat");
}

#[test]
fn a_long_story_goes_to_a_model_that_may_write_that_much() {
    let home = Home::with([cloud("shop/terse").good(0.9).writes(4_096), cloud("shop/prolix").writes(65_536)]);
    home.asks(r#"{"prompt":"A novel, please","policy":"quality","maxOutputTokens":20000}"#)
        .goes_to("shop/prolix", "only-one")
        .not_to("shop/terse", "output-too-small");
}

#[test]
fn a_model_whose_provider_says_it_cannot_be_used_is_not_asked() {
    let home = Home::with([page("built-in").unavailable(), local("small:3b")]);
    home.asks(r#"{"prompt":"Hello","policy":"privacy"}"#)
        .goes_to("ollama/small:3b", "only-one")
        .not_to("page/built-in", "not-available");
}
