use hkm_mesh_core::model::http::HttpRequest;
use hkm_mesh_core::model::message::ToolCall;
use hkm_mesh_core::model::{Error, ErrorCode, Event, FinishReason, Locality};

use super::*;
use crate::asked::{Cut, Purse};
use crate::refusal::Refusal;

/// A world with all servers in which one request for words was asked, and its true answer.
fn asked(wishes: &Wishes) -> (World, String) {
    let mut world = World::new(7).expect("it begins");
    world.servers = SERVERS.to_vec();
    world.weather = Weather::calm();
    world.ask(0);
    assert_eq!(world.broken, None);
    world.transports.clear();
    let truth = "The light bends where it meets the glass.".to_owned();
    let asked = world.asked.get_mut(0).expect("it was asked");
    asked.wishes = wishes.clone();
    asked.kind = Kind::Words;
    asked.attempting = String::new();
    asked.cancelled = false;
    asked.ended = None;
    asked.answers = vec![Answer { text: truth.clone(), calls: Vec::new(), finish: FinishReason::Stop }];
    (asked.models, asked.requests, asked.reader) = (BTreeSet::new(), 0, Reader::default());
    world.speaks = Some((0, String::new()));
    (world, truth)
}

fn the(name: &str) -> Server {
    SERVERS.into_iter().find(|server| server.name == name).expect("it is there")
}

/// What is broken when this model is asked, after something was done to the world.
fn asking(
    wishes: Wishes,
    name: &str,
    model: &str,
    act: impl FnOnce(&mut World, &mut Asked),
) -> Option<String> {
    let (mut world, _) = asked(&wishes);
    let mut request = world.asked.remove(0);
    act(&mut world, &mut request);
    world.asked.insert(0, request);
    world.may_ask(0, &the(name), model);
    world.broken
}

fn nothing(_: &mut World, _: &mut Asked) {}

fn is_broken(broken: Option<String>, how: &str) {
    assert!(broken.as_ref().is_some_and(|broken| broken.contains(how)), "{broken:?} instead of {how:?}");
}

fn delta(text: &str) -> Event {
    Event::TextDelta { text: text.to_owned() }
}

#[test]
fn a_word_too_many_and_a_word_too_few_are_noticed() {
    for wrong in [|truth: &str| format!("{truth}."), |truth: &str| truth.chars().skip(1).collect::<String>()]
    {
        let (mut world, truth) = asked(&Wishes::none());
        world.hear(&id_of(0), &delta(&wrong(&truth)));
        assert!(world.broken.is_some_and(|broken| broken.contains("the true answer is")));
    }
}

#[test]
fn a_second_end_and_a_word_after_the_end_are_noticed() {
    let error = || Err(Error::new(ErrorCode::Server, "It failed."));
    let (mut world, _) = asked(&Wishes::none());
    world.settle(&id_of(0), error());
    world.broken = None;
    world.settle(&id_of(0), error());
    assert_eq!(world.broken.as_deref(), Some("0 ends twice"));
    world.broken = None;
    world.hear(&id_of(0), &delta(""));
    assert_eq!(world.broken.as_deref(), Some("0 speaks after its end"));
}

#[test]
fn a_request_that_goes_too_far_is_noticed() {
    let (mut world, _) = asked(&Wishes { farthest: Locality::Device, ..Wishes::none() });
    world.servers = SERVERS.to_vec();
    let body = br##"{"messages":[{"role":"user","content":"#0# Why?"}]}"##.to_vec();
    let request = HttpRequest::post_json("https://openrouter.ai/api/v1/chat/completions", body);
    world.fetch(TransportId::new(900), &request);
    assert!(world.broken.is_some_and(|broken| broken.contains("goes to openrouter, beyond Device")));
}

#[test]
fn a_server_that_runs_on_after_a_failure_is_noticed() {
    let (mut world, _) = asked(&Wishes::none());
    world.transports.insert(TransportId::new(900), Running { request: Some(0), ..Running::default() });
    world.settle(&id_of(0), Err(Error::new(ErrorCode::Server, "It failed.")));
    assert!(world.broken.is_some_and(|broken| broken.contains("runs on")));
}

#[test]
fn who_was_owed_an_answer_and_got_none_is_noticed() {
    let (mut world, _) = asked(&Wishes::none());
    world.weather = Weather::calm();
    let asked = world.asked.get_mut(0).expect("it was asked");
    asked.known = ["ollama/llama3.2:3b".to_owned()].into();
    asked.plans.insert("ollama", Plan::Well);
    asked.ended = None;
    world.settle(&id_of(0), Err(Error::new(ErrorCode::AllFailed, "None answered.")));
    world.broken = None;
    world.look_back();
    assert_eq!(world.broken.as_deref(), Some("0 fails with all-failed, and ollama would have answered"));
}

#[test]
fn a_model_that_the_caller_does_not_allow_is_noticed() {
    let free = Wishes::none();
    let (ollama, small) = ("ollama", "llama3.2:3b");
    assert_eq!(asking(free.clone(), ollama, small, nothing), None);
    let far = |purse| asking(Wishes { purse, ..Wishes::none() }, "openrouter", "qwen/qwen3-32b", nothing);
    is_broken(far(Purse::Empty), "which is not allowed");
    assert_eq!(far(Purse::Dollar), None);
    let unpriced = Wishes { purse: Purse::Dollar, ..Wishes::none() };
    is_broken(asking(unpriced, "gemini", "gemini-2.5-flash", nothing), "which is not allowed");
    let only = Wishes { only: Some(vec!["ollama/qwen2.5:7b".to_owned()]), ..Wishes::none() };
    is_broken(asking(only, ollama, small, nothing), "which is not allowed");
    let alone = Wishes { may_fall_back: false, ..Wishes::none() };
    let before = |_: &mut World, asked: &mut Asked| asked.models.extend(["lan/local-model".to_owned()]);
    is_broken(asking(alone, ollama, small, before), "falls back");
    is_broken(asking(free, ollama, the(ollama).embedder, nothing), "for what it does not make");
}

#[test]
fn who_is_asked_after_what_ends_it_is_noticed() {
    let ask = |wishes, act: fn(&mut World, &mut Asked)| asking(wishes, "ollama", "llama3.2:3b", act);
    let call = |_: &mut World, asked: &mut Asked| {
        asked.reader.calls.push(ToolCall {
            id: "1".to_owned(),
            name: "look_up".to_owned(),
            input: json!({}),
            opaque: None,
        });
    };
    is_broken(ask(Wishes::none(), call), "after a tool was called");
    let fails = Wishes { cut: Cut::Fail, ..Wishes::none() };
    is_broken(ask(fails, |_, asked| asked.reader.was_shown = true), "after a cut that should end it");
    is_broken(ask(Wishes::none(), |_, asked| asked.longer_than = Some(8_192)), "no more room");
    let busy = |world: &mut World, _: &mut Asked| {
        world.not_before.insert("ollama/llama3.2:3b".to_owned(), SECOND);
    };
    is_broken(ask(Wishes::none(), busy), "wants to be left alone");
}

#[test]
fn too_many_at_once_are_noticed() {
    let run = |count: u32, hedges, was_shown, share| {
        let (mut world, _) = asked(&Wishes { hedges, ..Wishes::none() });
        for id in 0..count {
            world
                .transports
                .insert(TransportId::new(900 + id), Running { request: Some(0), ..Running::default() });
        }
        world.asked.iter_mut().for_each(|asked| asked.reader.was_shown = was_shown);
        world.hedges = share;
        world.may_ask_at_once(0);
        world.broken
    };
    assert_eq!(run(0, false, true, (0, 0)), None);
    assert_eq!(run(1, true, false, (0, 0)), None);
    is_broken(run(1, false, false, (0, 0)), "asks 2 at once");
    is_broken(run(2, true, false, (0, 0)), "asks 3 at once");
    is_broken(run(1, true, true, (0, 0)), "after something was shown");
    is_broken(run(1, true, false, (6, 12)), "as 7 of 13 are");
}

#[test]
fn one_who_is_still_asked_after_another_was_heard_is_noticed() {
    let (mut world, _) = asked(&Wishes { hedges: true, ..Wishes::none() });
    for id in [900, 901] {
        world.transports.insert(TransportId::new(id), Running { request: Some(0), ..Running::default() });
    }
    world.asked.iter_mut().for_each(|asked| asked.reader.was_shown = true);
    world.said(TransportId::new(900), Transport::Chunk(Vec::new()));
    is_broken(world.broken, "and 2 are still asked");
}

#[test]
fn words_of_another_model_than_the_one_that_is_said_to_be_asked_are_noticed() {
    let (mut world, truth) = asked(&Wishes::none());
    world.speaks = Some((0, "lan/local-model".to_owned()));
    world.hear(&id_of(0), &Event::Attempt { model: "ollama/llama3.2:3b".to_owned(), attempt: 1 });
    world.hear(&id_of(0), &delta(&truth));
    is_broken(world.broken, "while ollama/llama3.2:3b is said to be asked");
}

#[test]
fn going_on_from_what_should_begin_again_or_was_not_shown_is_noticed() {
    let go_on = |wishes, kind, shown: &str, beginning: &str| {
        let (mut world, _) = asked(&wishes);
        let request = world.asked.get_mut(0).expect("it was asked");
        request.kind = kind;
        request.reader.text = shown.to_owned();
        let body = json!({ "messages": [{ "role": "user", "content": "#0#" }, { "role": "assistant", "content": beginning }] });
        world.answer(0, &the("lan"), &body, None);
        world.broken
    };
    assert_eq!(go_on(Wishes::none(), Kind::Words, "The light", "The light"), None);
    is_broken(go_on(Wishes::none(), Kind::Words, "The light", "The"), "and the reader sees");
    is_broken(go_on(Wishes::none(), Kind::Words, "A light", "A light"), "what nobody said");
    is_broken(go_on(Wishes::none(), Kind::Schema, "The light", "The light"), "half of its data");
    let again = Wishes { cut: Cut::BeginAgain, ..Wishes::none() };
    is_broken(go_on(again, Kind::Words, "The light", "The light"), "goes on, and it should be BeginAgain");
}

#[test]
fn who_does_not_end_by_what_nobody_can_mend_is_noticed() {
    let (mut world, _) = asked(&Wishes::none());
    let running = Running {
        request: Some(0),
        asks: Some((the("lan"), "local-model".to_owned())),
        fault: Some(Fault::Refused(Refusal::Moderated)),
        is_final: true,
        ..Running::default()
    };
    world.transports.insert(TransportId::new(900), running);
    world.said(TransportId::new(900), Transport::End);
    is_broken(world.broken, "is not what ended it");
}

#[test]
fn a_failure_for_what_did_not_happen_and_a_part_that_was_not_shown_are_noticed() {
    let (mut world, _) = asked(&Wishes { may_fall_back: false, ..Wishes::none() });
    world.asked.iter_mut().for_each(|asked| asked.meet(ErrorCode::Server));
    world.settle(&id_of(0), Err(Error::new(ErrorCode::InvalidKey, "No.")));
    world.look_back();
    is_broken(world.broken.take(), "fails with invalid-key, which is not what happened");
    let (mut world, _) = asked(&Wishes::none());
    world.asked.iter_mut().for_each(|asked| asked.reader.text = "The".to_owned());
    world.settle(&id_of(0), Err(Error::new(ErrorCode::Server, "No.")));
    is_broken(world.broken, "and has shown");
}
