//! Several tabs agree on how providers do, what they list and what was learned of the user's servers: told over a channel,
//! kept over one disk.

use super::browser::Browser;
use super::story::{World, only};
use crate::engine::{Input, Record, Request, StoreAnswer, TabsSaid, World as Page};
use crate::model::health::{Breaker, ProviderHealth, ProviderState};

const OPTIONS: &str = r#"{"providers":{"ollama":{"disabled":true},
    "far":{"kind":"openai","endpoint":"https://far.example/v1"},
    "other":{"kind":"openai","endpoint":"https://other.example/v1"}},"policy":{"prefer":["far"]}}"#;
const LIST: &str = r#"{"data":[{"id":"m"}]}"#;
const DONE: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// A tab that knows both servers, and looked at them itself.
fn tab() -> World {
    let mut world = World::new(OPTIONS);
    for name in ["far", "other"] {
        look(&mut world, name, LIST);
    }
    // The first request finds out how much room a model is to make.
    for name in ["far", "other"] {
        world.generate(name, &format!(r#"{{"prompt":"Hello","model":"{name}/m"}}"#));
        world.request(name, Request::Cancel);
    }
    world.transcript.clear();
    world
}

fn look(world: &mut World, name: &str, list: &str) {
    world.request("look", only(name));
    world.answer(last(world), 200, list);
}

fn tabs(count: usize) -> Browser {
    Browser::with(count, tab)
}

fn last(world: &World) -> u32 {
    world.sent.last().unwrap().0.number()
}

fn last_url(world: &World) -> &str {
    &world.sent.last().unwrap().1.url
}

/// Asks, and gives the server that was asked first.
fn ask(world: &mut World, id: &str) -> String {
    world.generate(id, &format!(r#"{{"prompt":"Hello {id}"}}"#));
    last_url(world).split('/').nth(2).unwrap().to_owned()
}

fn far(browser: &mut Browser, number: usize) -> ProviderHealth {
    let health = browser.tab(number).engine.health();
    health.into_iter().find(|one| one.provider == "far").unwrap()
}

/// In this tab the preferred server fails so often that it is left alone.
fn wear_out(browser: &mut Browser, number: usize) {
    for n in 0..5 {
        browser.within(number, |tab| {
            assert_eq!(ask(tab, &format!("w{n}")), "far.example");
            tab.answer(last(tab), 503, "");
            tab.answer(last(tab), 200, DONE);
        });
    }
}

fn models(browser: &mut Browser, number: usize) -> Vec<String> {
    let models = browser.tab(number).engine.models();
    models.iter().map(|model| model.key().to_string()).collect()
}

fn told_by(browser: &Browser, number: usize) -> usize {
    browser.told.iter().filter(|(by, _)| *by == number).count()
}

#[test]
fn a_pause_that_a_server_wants_of_one_tab_is_kept_by_all() {
    let mut browser = tabs(3);
    browser.tab(1).is_watching = true;
    browser.within(0, |tab| {
        assert_eq!(ask(tab, "a"), "far.example");
        tab.answer(last(tab), 429, "");
        tab.answer(last(tab), 200, DONE);
    });
    assert!(browser.tab(1).says("changed Health"));
    for number in [1, 2] {
        assert_eq!(far(&mut browser, number).retry_at, far(&mut browser, 0).retry_at);
        assert_eq!(far(&mut browser, number).state, ProviderState::Degraded);
        assert_eq!(ask(browser.tab(number), "b"), "other.example");
    }
    let third = browser.tab(2);
    third.answer(last(third), 200, DONE);
    third.wait(1_000);
    assert_eq!(ask(browser.tab(2), "c"), "far.example", "when it is over each may ask");
}

#[test]
fn who_is_left_alone_in_one_tab_is_in_all_and_whoever_finds_it_well_tells_the_others() {
    let mut browser = tabs(2);
    wear_out(&mut browser, 0);
    assert_eq!(
        (far(&mut browser, 1).state, far(&mut browser, 1).models[0].state),
        (ProviderState::Degraded, Breaker::Open)
    );
    assert_eq!(far(&mut browser, 1).models[0].success_rate, 0.0);
    assert_eq!(ask(browser.tab(1), "b"), "other.example");
    for number in 0..2 {
        browser.tab(number).wait(5_000);
        browser.tab(number).put(Input::Tick);
        assert_eq!(far(&mut browser, number).models[0].state, Breaker::HalfOpen);
    }
    browser.within(0, |tab| {
        assert_eq!(ask(tab, "trial"), "far.example");
        tab.answer(last(tab), 200, DONE);
    });
    assert_eq!(far(&mut browser, 1).models[0].state, Breaker::Closed);
    assert_eq!(ask(browser.tab(1), "c"), "far.example");
}

#[test]
fn failures_of_all_tabs_count_together() {
    let mut browser = tabs(2);
    for n in 0..5 {
        browser.within(n % 2, |tab| {
            assert_eq!(ask(tab, &format!("w{n}")), "far.example");
            tab.answer(last(tab), 503, "");
            tab.answer(last(tab), 200, DONE);
        });
    }
    for number in 0..2 {
        assert_eq!(far(&mut browser, number).models[0].state, Breaker::Open, "{number}");
    }
}

#[test]
fn who_does_not_answer_one_tab_is_not_asked_by_another_and_no_tab_repeats_its_words() {
    let mut browser = tabs(2);
    browser.within(0, |tab| {
        tab.request("look", only("far"));
        tab.answer(last(tab), 401, r#"{"error":{"message":"Incorrect API key provided: sk-planted"}}"#);
    });
    let (here, there) = (far(&mut browser, 0), far(&mut browser, 1));
    assert_eq!((here.state, there.state), (ProviderState::Down, ProviderState::Down));
    assert_eq!(
        (here.since_at, here.reason.unwrap().code),
        (there.since_at, there.reason.clone().unwrap().code)
    );
    assert_eq!(there.reason.unwrap().message, "It did not answer another tab of this page.");
    assert!(browser.told.iter().all(|(_, told)| !told.contains("planted")));
    assert_eq!(ask(browser.tab(1), "b"), "other.example");
    browser.within(1, |tab| look(tab, "far", LIST));
    assert_eq!(far(&mut browser, 0).state, ProviderState::Up);
}

#[test]
fn a_model_that_one_tab_finds_is_there_in_all_and_one_that_is_gone_in_none() {
    let mut browser = tabs(2);
    browser.tab(1).is_watching = true;
    browser.within(0, |tab| look(tab, "far", r#"{"data":[{"id":"m"},{"id":"new"}]}"#));
    assert_eq!(models(&mut browser, 1), ["far/m", "far/new", "other/m"]);
    assert!(browser.tab(1).says("changed Models"));
    browser.within(1, |tab| {
        tab.generate("b", r#"{"prompt":"Hello","model":"far/new"}"#);
        assert_eq!(last_url(tab), "https://far.example/v1/chat/completions");
        tab.answer(
            last(tab),
            404,
            r#"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#,
        );
    });
    assert_eq!(models(&mut browser, 0), ["far/m", "other/m"]);
}

#[test]
fn each_change_is_told_once_and_nothing_that_was_only_heard() {
    let mut browser = tabs(3);
    browser.within(0, |tab| look(tab, "far", LIST));
    assert_eq!(browser.told, [], "nothing changed");
    browser.within(0, |tab| look(tab, "far", r#"{"data":[{"id":"m"},{"id":"new"}]}"#));
    assert_eq!(told_by(&browser, 0), 1);
    browser.within(1, |tab| {
        tab.generate("a", r#"{"prompt":"Hello","model":"far/m"}"#);
    });
    assert_eq!(browser.told.len(), 1, "asking changes nothing: {:?}", browser.told);
    browser.within(1, |tab| tab.answer(last(tab), 200, DONE));
    assert_eq!((told_by(&browser, 0), told_by(&browser, 1), told_by(&browser, 2)), (1, 1, 0));
    browser.within(2, |tab| tab.wait(60_000));
    assert_eq!(browser.told.len(), 2);
}

#[test]
fn no_message_holds_a_word_of_what_was_asked_or_said() {
    let mut browser = tabs(2);
    browser.within(0, |tab| {
        tab.generate("a", r#"{"prompt":"the planted prompt","system":"planted too"}"#);
        tab.answer(last(tab), 503, r#"{"error":{"message":"a planted error"}}"#);
        tab.answer(last(tab), 200, &DONE.replace("Hi", "a planted answer"));
    });
    assert!(!browser.told.is_empty());
    assert!(browser.told.iter().all(|(_, told)| !told.contains("planted")), "{:?}", browser.told);
}

#[test]
fn a_tab_that_is_opened_later_is_told_what_no_record_holds() {
    let mut browser = tabs(2);
    wear_out(&mut browser, 0);
    browser.within(0, |tab| {
        tab.request("look", only("other"));
        tab.fail(last(tab));
    });
    let before = browser.told.len();
    let mut late = World::with_unanswered_store(OPTIONS);
    late.records.clone_from(&browser.tab(0).records);
    for record in Record::ALL {
        let bytes = late.records.as_ref().and_then(|records| records.borrow().get(&record).cloned());
        late.put(Input::Store(StoreAnswer::Loaded(record, bytes)));
    }
    browser.add(late);
    assert_eq!(far(&mut browser, 2).models[0].state, Breaker::Closed, "that is in no record");
    assert_eq!(models(&mut browser, 2), ["far/m", "other/m"], "and that is");
    // As when it comes back; one that is opened says it before a story can look.
    browser.within(2, |tab| tab.put(Input::World(Page::Returned)));
    assert_eq!(browser.told.len(), before + 3, "it asks, and both answer");
    let health = |browser: &mut Browser, number: usize| {
        let said = |mut one: ProviderHealth| {
            one.reason = one.reason.map(|reason| crate::model::Reason { message: String::new(), ..reason });
            one
        };
        browser.tab(number).engine.health().into_iter().map(said).collect::<Vec<_>>()
    };
    let there = health(&mut browser, 0);
    assert_eq!(health(&mut browser, 2), there);
    assert_eq!(there[1].state, ProviderState::Down);
}

#[test]
fn a_fresh_engine_says_that_it_is_there_and_one_that_keeps_nothing_says_nothing() {
    for (options, is_there) in [("{}", true), (r#"{"storage":"memory"}"#, false)] {
        let options: crate::model::MeshOptions = crate::base::json::read(options.as_bytes()).unwrap();
        let mut engine = crate::engine::Engine::new(options).unwrap();
        let outputs: Vec<_> = core::iter::from_fn(|| engine.poll_output()).collect();
        let says = |output: &crate::engine::Output| matches!(output, crate::engine::Output::Tabs(_));
        assert_eq!(outputs.iter().any(says), is_there);
    }
    let mut browser = Browser::with(2, || World::new(&OPTIONS.replacen('{', r#"{"storage":"memory","#, 1)));
    browser.within(0, |tab| look(tab, "far", LIST));
    browser.within(0, |tab| tab.put(Input::World(Page::Returned)));
    assert_eq!(browser.told, []);
}

#[test]
fn a_page_that_comes_back_reads_and_hears_what_it_missed() {
    let mut browser = tabs(2);
    let mut away = browser.tabs[1].take().unwrap();
    browser.within(0, |tab| look(tab, "far", r#"{"data":[{"id":"new"}]}"#));
    wear_out(&mut browser, 0);
    away.wait(1_000);
    browser.tabs[1] = Some(away);
    assert_eq!(models(&mut browser, 1), ["far/m", "other/m"]);
    browser.within(1, |tab| tab.put(Input::World(Page::Returned)));
    assert_eq!(models(&mut browser, 1), ["far/new", "other/m"]);
    assert_eq!(far(&mut browser, 1).models, far(&mut browser, 0).models);
}

#[test]
fn a_server_of_the_same_name_elsewhere_is_another() {
    let elsewhere = OPTIONS.replace("far.example", "elsewhere.example");
    let mut browser = Browser::with(1, tab);
    let mut other = World::new(&elsewhere);
    look(&mut other, "far", r#"{"data":[{"id":"theirs"}]}"#);
    look(&mut other, "other", LIST);
    browser.add(other);
    browser.within(0, |tab| {
        tab.request("look", only("far"));
        tab.fail(last(tab));
    });
    browser.within(0, |tab| {
        tab.request("look", only("other"));
        tab.fail(last(tab));
    });
    assert_eq!(far(&mut browser, 1).state, ProviderState::Up);
    assert_eq!(models(&mut browser, 1), ["far/theirs", "other/m"]);
    assert_eq!(browser.tab(1).engine.health()[1].state, ProviderState::Down, "that one is the same");
}

#[test]
fn by_whichever_name_this_machine_is_reached_it_is_the_same_server() {
    let at = |host: &str| {
        World::new(&format!(
            r#"{{"providers":{{"ollama":{{"disabled":true}},"far":{{"kind":"openai","endpoint":"http://{host}:8080"}}}}}}"#
        ))
    };
    let mut browser = Browser::with(1, || at("localhost"));
    browser.add(at("127.0.0.1"));
    browser.within(0, |tab| look(tab, "far", LIST));
    assert_eq!(models(&mut browser, 1), ["far/m"]);
}

#[test]
fn what_a_key_does_that_only_one_tab_has_is_no_other_tabs_business() {
    let mut browser = tabs(2);
    let key =
        |is_own| Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own, is_new: true };
    browser.within(0, |tab| tab.request("k", key(true)));
    browser.within(1, |tab| tab.request("k", key(false)));
    let refuse = |tab: &mut World, id: &str| {
        assert_eq!(ask(tab, id), "far.example");
        tab.answer(last(tab), 401, "");
        tab.answer(last(tab), 200, DONE);
    };
    browser.within(0, |tab| refuse(tab, "a"));
    assert_eq!(far(&mut browser, 0).reason.unwrap().code, "key-refused");
    assert_eq!(far(&mut browser, 1).reason, None);
    // One that all have is.
    browser.within(0, |tab| tab.request("k", key(false)));
    browser.within(1, |tab| refuse(tab, "b"));
    assert_eq!(far(&mut browser, 0).reason.unwrap().code, "key-refused");
    browser.within(0, |tab| tab.request("k", key(false)));
    assert_eq!(far(&mut browser, 1).reason, None, "another key was given there");
}

#[test]
fn a_key_that_was_there_before_ends_no_pause_and_tells_nobody() {
    let mut browser = tabs(2);
    browser.within(0, |tab| {
        ask(tab, "a");
        tab.answer(last(tab), 429, "");
    });
    let before = browser.told.len();
    let key = Request::KeyChanged { provider: "far".to_owned(), has_key: true, is_own: false, is_new: false };
    browser.within(1, |tab| tab.request("k", key));
    assert_eq!(browser.told.len(), before);
    assert!(far(&mut browser, 1).retry_at.is_some());
}

#[test]
fn one_tabs_record_undoes_nothing_of_anothers() {
    // No channel: what tabs know of each other is on the disk alone.
    let mut browser = tabs(2);
    for (number, id) in [(0, "a"), (1, "b"), (0, "c")] {
        let tab = browser.tab(number);
        tab.generate(id, &format!(r#"{{"prompt":"{id}","model":"{}/m"}}"#, ["far", "other"][number]));
        tab.answer(last(tab), 200, DONE);
        tab.tabs_work.clear();
    }
    let tab = browser.tab(1);
    look(tab, "far", r#"{"data":[{"id":"new"}]}"#);
    tab.tabs_work.clear();
    let tab = browser.tab(0);
    look(tab, "other", r#"{"data":[{"id":"newer"}]}"#);
    let records = browser.tab(0).records.clone().unwrap();
    let text = |record| String::from_utf8(records.borrow()[&record].clone()).unwrap();
    let outcomes = text(Record::Health);
    assert!(outcomes.contains("[true,true]") && outcomes.contains("[true]"), "{outcomes}");
    let catalogue = text(Record::Catalogue);
    assert!(catalogue.contains("\"new\"") && catalogue.contains("\"newer\""), "{catalogue}");
    assert_eq!(models(&mut browser, 0), ["far/new", "other/newer"], "and it was read here");
}

#[test]
fn what_two_tabs_write_in_the_same_instant_is_known_to_both_and_in_the_next_record() {
    let mut browser = tabs(2);
    for number in 0..2 {
        browser.tab(number).has_slow_records = true;
        let list = [r#"{"data":[{"id":"a"}]}"#, r#"{"data":[{"id":"b"}]}"#][number];
        look(browser.tab(number), ["far", "other"][number], list);
    }
    browser.settle();
    // Both read before one of them wrote.
    while browser.tab(0).turn_disk() | browser.tab(1).turn_disk() {}
    for number in 0..2 {
        assert_eq!(models(&mut browser, number), ["far/a", "other/b"], "{number}");
    }
    browser.within(0, |tab| look(tab, "far", r#"{"data":[{"id":"c"}]}"#));
    while browser.tab(0).turn_disk() {}
    let records = browser.tab(0).records.clone().unwrap();
    let catalogue = String::from_utf8(records.borrow()[&Record::Catalogue].clone()).unwrap();
    assert!(catalogue.contains("\"b\"") && catalogue.contains("\"c\""), "{catalogue}");
}

#[test]
fn the_context_window_of_a_model_is_the_same_in_all_tabs() {
    let mut browser = Browser::with(2, || World::with_ollama("{}", &[("m", "")]));
    let long = "word ".repeat(4_000);
    browser.within(0, |tab| tab.generate("a", &format!(r#"{{"prompt":"{long}"}}"#)));
    browser.within(1, |tab| tab.generate("b", r#"{"prompt":"short"}"#));
    let window = |browser: &mut Browser, number: usize| {
        let body = browser.tab(number).sent.last().unwrap().1.body.clone().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        body["options"]["num_ctx"].as_u64().unwrap()
    };
    assert_eq!(window(&mut browser, 0), 8_192);
    assert_eq!(window(&mut browser, 1), 8_192, "else the server would load the model anew for each tab");
}

#[test]
fn what_other_pages_say_and_makes_no_sense_changes_nothing() {
    let mut browser = tabs(2);
    // Whole: how one that was just opened is told.
    wear_out(&mut browser, 0);
    browser.within(1, |tab| tab.put(Input::World(Page::Returned)));
    let told = browser.told.last().unwrap().1.clone();
    let mut world = tab();
    let before = (world.engine.health(), world.engine.models());
    let replaced = |from: &str, to: &str| {
        assert!(told.contains(from), "{from} in {told}");
        told.replace(from, to)
    };
    for nonsense in [
        r#"{"is":"learned"}"#.to_owned(),
        r#"{"is":"learned","of":{},"health":7,"catalogue":[],"settings":null}"#.to_owned(),
        r#"{"is":7}"#.to_owned(),
        r#"{"is":"dance"}"#.to_owned(),
        replaced("\"of\":", "\"off\":"),
        replaced("\"format\":5", "\"format\":6"),
        replaced("\"format\":5", "\"format\":\"5\""),
        replaced("\"learned\":[", "\"learned\":[\"x\",").replace("\"at\":[", "\"at\":[\"x\","),
        replaced("\"outcomes\":[", "\"outcomes\":[7,").replace("\"cooled\":[", "\"cooled\":[[],"),
    ] {
        world.put(Input::Tabs(TabsSaid::Heard(nonsense.clone().into_bytes())));
        assert_eq!((world.engine.health(), world.engine.models()), before, "{nonsense}");
    }
    // Cut anywhere it is nothing, and no letter of it can do harm.
    for end in 0..told.len() {
        world.put(Input::Tabs(TabsSaid::Heard(told.as_bytes()[..end].to_vec())));
    }
    assert_eq!((world.engine.health(), world.engine.models()), before);
    let mut random = crate::base::random::Random::new(1);
    for _ in 0..500 {
        let mut bytes = told.clone().into_bytes();
        for _ in 0..3 {
            let at = (random.fraction() * bytes.len() as f64) as usize;
            bytes[at] = b"0123456789-[]{},:\"et"[(random.fraction() * 20.0) as usize];
        }
        world.put(Input::Tabs(TabsSaid::Heard(bytes)));
        world.generate("x", r#"{"prompt":"Hello"}"#);
        world.answer(last(&world), 503, "");
        world.request("x", Request::Cancel);
        world.settled.clear();
    }
}

#[test]
fn a_list_that_another_page_tells_brings_no_model_nearer_than_its_provider_is() {
    let mut browser = tabs(2);
    browser.within(0, |tab| look(tab, "far", r#"{"data":[{"id":"new"}]}"#));
    let told = browser.told[0].1.replace("\"locality\":\"cloud\"", "\"locality\":\"device\"");
    assert_ne!(told, browser.told[0].1);
    let mut world = tab();
    world.put(Input::Tabs(TabsSaid::Heard(told.into_bytes())));
    let near = world.engine.models().into_iter().filter(|model| model.locality().is_local());
    assert_eq!(near.count(), 0);
}
