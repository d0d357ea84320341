use hkm_mesh_core::model::Locality;

use super::*;

/// A world in which one request was asked that may not leave the machine, and its true answer.
fn asked(policy: &Wishes) -> (World, String) {
    let mut world = World::new(7).expect("it begins");
    world.ask(0);
    let asked = world.asked.get_mut(0).expect("it was asked");
    asked.wishes = policy.clone();
    assert_eq!(world.broken, None);
    let truth = world.asked.first().map(|asked| asked.truth.clone()).unwrap_or_default();
    (world, truth)
}

fn delta(text: &str) -> Event {
    Event::TextDelta { text: text.to_owned() }
}

#[test]
fn a_word_too_many_and_a_word_too_few_are_noticed() {
    for wrong in [|truth: &str| format!("{truth}."), |truth: &str| truth.chars().skip(1).collect::<String>()]
    {
        let (mut world, truth) = asked(&Wishes::none());
        world.hear(&id_of(0), delta(&wrong(&truth)));
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
    world.hear(&id_of(0), delta(""));
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
    world.transports.insert(TransportId::new(900), Running { request: Some(0), is_over: false });
    world.settle(&id_of(0), Err(Error::new(ErrorCode::Server, "It failed.")));
    assert!(world.broken.is_some_and(|broken| broken.contains("runs on")));
}

#[test]
fn who_was_owed_an_answer_and_got_none_is_noticed() {
    let (mut world, _) = asked(&Wishes::none());
    world.weather = Weather::calm();
    let asked = world.asked.get_mut(0).expect("it was asked");
    asked.known = vec!["ollama"];
    asked.plans.insert("ollama", Plan::Well);
    asked.ended = None;
    world.settle(&id_of(0), Err(Error::new(ErrorCode::AllFailed, "None answered.")));
    world.broken = None;
    world.look_back();
    assert_eq!(world.broken.as_deref(), Some("0 fails with all-failed, and ollama would have answered"));
}
