//! Several tabs of one origin over one disk: one asks, the others listen.

use std::collections::VecDeque;

use super::browser::Browser;
use super::story::World;
use crate::engine::{Input, Request, TabsSaid, TabsWork};
use crate::model::receipt::{CacheTier, Cached};
use crate::model::{ErrorCode, Event};

fn browser(count: usize) -> Browser {
    Browser::with(count, || World::with_ollama(r#"{"cache":{}}"#, &[("m", "")]))
}

const ASKED: &str = r#"{"prompt":"Why is the sky blue?"}"#;

/// What a reader has before them.
fn seen(world: &World) -> String {
    let mut seen = String::new();
    for event in &world.events {
        match event {
            Event::TextDelta { text } => seen.push_str(text),
            Event::Restart { .. } => seen.clear(),
            _ => {}
        }
    }
    seen
}

#[test]
fn three_tabs_ask_once_and_all_read_along() {
    let mut browser = browser(3);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light ");
    });
    browser.within(2, |tab| tab.generate("c", ASKED));
    browser.within(0, |tab| tab.say(2, "scatters "));
    for number in 0..3 {
        assert_eq!(seen(browser.tab(number)), "Light scatters ", "{number}");
    }
    let queue = browser.tab(1).engine.queue();
    assert_eq!(queue[0].model.as_deref(), Some("ollama/m"));
    browser.within(0, |tab| {
        tab.say(2, "it.");
        tab.done(2);
    });
    assert_eq!(browser.fetches(), 1);
    for (number, id) in ["a", "b", "c"].into_iter().enumerate() {
        assert_eq!(browser.tab(number).text(id).text, "Light scatters it.");
    }
    let receipt = browser.tab(1).text("b").receipt.clone();
    assert_eq!((receipt.joined, receipt.cost, receipt.cached), (Some(true), Some(0.0), Cached::No(false)));
    assert_eq!(receipt.decision.why.code, "shared");
    assert!(browser.locks.values().all(VecDeque::is_empty), "nobody holds or waits for anything");
    browser.within(2, |tab| tab.generate("d", ASKED));
    assert_eq!(browser.tab(2).text("d").receipt.cached, Cached::From(CacheTier::Disk));
}

#[test]
fn nothing_is_said_before_somebody_listens() {
    let mut browser = browser(1);
    let tab = browser.tab(0);
    tab.generate("a", ASKED);
    tab.put(Input::Tabs(TabsSaid::Granted(claimed(tab))));
    tab.head(2, 200);
    tab.say(2, "Light");
    tab.done(2);
    let of_answers = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("\"key\"");
    assert!(!tab.tabs_work.iter().any(|work| matches!(work, TabsWork::Publish(bytes) if of_answers(bytes))));
}

fn claimed(tab: &World) -> String {
    let name = tab.tabs_work.iter().find_map(|work| match work {
        TabsWork::Claim(name) => Some(name.clone()),
        _ => None,
    });
    name.expect("it claims")
}

#[test]
fn when_the_tab_that_asked_is_closed_the_next_begins_again_and_the_others_listen_to_it() {
    let mut browser = browser(3);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(2, |tab| tab.generate("c", ASKED));
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light ");
    });
    browser.close(0);
    assert_eq!(browser.fetches(), 1, "of those that are open");
    assert_eq!(seen(browser.tab(1)), "", "it begins again");
    browser.within(1, |tab| {
        tab.head(2, 200);
        tab.say(2, "Blue light.");
    });
    assert_eq!(seen(browser.tab(2)), "Blue light.", "it listens to the next one");
    browser.within(1, |tab| tab.done(2));
    for (number, id) in [(1, "b"), (2, "c")] {
        assert_eq!(browser.tab(number).text(id).text, "Blue light.", "{id}");
        assert_eq!(seen(browser.tab(number)), "Blue light.", "{id}");
    }
    assert_eq!(browser.fetches(), 1);
}

#[test]
fn when_the_tab_that_asked_fails_the_next_tries_itself() {
    let mut browser = browser(2);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(0, |tab| tab.fail(2));
    assert_eq!(browser.tab(0).error("a").code, ErrorCode::Unreachable);
    browser.within(1, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light.");
    });
    browser.within(1, |tab| tab.done(2));
    assert_eq!(browser.tab(1).text("b").text, "Light.");
}

#[test]
fn who_leaves_in_one_tab_stops_nobody_in_another_for_long() {
    let mut browser = browser(2);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(1, |tab| tab.request("b", Request::Cancel));
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light.");
    });
    assert_eq!(seen(browser.tab(1)), "");
    browser.within(1, |tab| tab.generate("c", ASKED));
    browser.within(0, |tab| tab.request("a", Request::Cancel));
    browser.within(1, |tab| {
        tab.head(2, 200);
        tab.say(2, "Blue.");
    });
    browser.within(1, |tab| tab.done(2));
    assert_eq!(browser.tab(1).text("c").text, "Blue.");
    assert!(browser.locks.values().all(VecDeque::is_empty));
}

#[test]
fn those_who_join_in_a_tab_that_listens_listen_too() {
    let mut browser = browser(2);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light ");
    });
    browser.within(1, |tab| tab.generate("c", ASKED));
    browser.within(1, |tab| tab.request("b", Request::Cancel));
    browser.within(0, |tab| {
        tab.say(2, "scatters.");
        tab.done(2);
    });
    assert_eq!(browser.tab(1).text("c").text, "Light scatters.");
    assert_eq!(browser.fetches(), 1);
}

#[test]
fn what_had_to_stay_near_is_told_to_no_tab() {
    let mut browser = browser(2);
    let asked = r#"{"prompt":"My salary?","policy":"privacy"}"#;
    browser.within(0, |tab| tab.generate("a", asked));
    browser.within(1, |tab| tab.generate("b", asked));
    assert_eq!(browser.fetches(), 2);
    assert!(browser.locks.is_empty());
}

#[test]
fn a_browser_that_does_not_say_who_may_ask_is_waited_for_half_a_second() {
    let mut browser = browser(1);
    let tab = browser.tab(0);
    tab.generate("a", ASKED);
    tab.wait(499);
    assert!(!tab.says("fetch"));
    tab.wait(1);
    assert!(tab.says("fetch"));
}

#[test]
fn what_other_tabs_say_and_makes_no_sense_is_left_out() {
    let mut browser = browser(2);
    browser.within(0, |tab| tab.generate("a", ASKED));
    let name = claimed_by(&browser);
    browser.within(1, |tab| tab.generate("b", ASKED));
    for nonsense in [
        "",
        "null",
        "{}",
        r#"{"key":7,"is":"more"}"#,
        &format!(r#"{{"key":"{name}","is":"more","said":[[],["text"],["later","x"],7]}}"#),
        &format!(r#"{{"key":"{name}","is":"end","entry":"{{}}"}}"#),
        &format!(r#"{{"key":"{name}","is":"end"}}"#),
        &format!(r#"{{"key":"{name}","is":"dance"}}"#),
    ] {
        browser.within(1, |tab| tab.put(Input::Tabs(TabsSaid::Heard(nonsense.as_bytes().to_vec()))));
    }
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light.");
    });
    browser.within(0, |tab| tab.done(2));
    assert_eq!(browser.tab(1).text("b").text, "Light.");
}

fn claimed_by(browser: &Browser) -> String {
    browser.locks.keys().next().cloned().expect("somebody claims")
}

#[test]
fn an_answer_that_is_not_to_this_request_is_not_believed() {
    let mut browser = browser(2);
    browser.within(0, |tab| tab.generate("a", ASKED));
    let name = claimed_by(&browser);
    browser.within(1, |tab| tab.generate("b", ASKED));
    let false_answer = format!(
        r#"{{"key":"{name}","is":"end","entry":"{{\"request\":\"other\",\"keptAt\":1700000000000,\"answer\":{{\"model\":\"ollama/m\",\"identity\":\"http://localhost:11434\",\"text\":\"False.\",\"toolCalls\":[],\"sources\":[],\"finish\":\"stop\",\"usage\":{{\"inputTokens\":1,\"outputTokens\":1,\"estimated\":false}},\"costKind\":\"free\",\"durationMs\":1}}}}"}}"#
    );
    browser.within(1, |tab| tab.put(Input::Tabs(TabsSaid::Heard(false_answer.into_bytes()))));
    assert!(browser.tab(1).settled.is_empty());
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light.");
    });
    browser.within(0, |tab| tab.done(2));
    assert_eq!(browser.tab(1).text("b").text, "Light.");
}
