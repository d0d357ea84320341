//! Several tabs of one origin over one disk: one asks, the others listen.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::browser::{Browser, Step};
use super::story::World;
use crate::engine::{Input, Request, TabsSaid, TabsWork};
use crate::model::receipt::{CacheTier, Cached};
use crate::model::{ErrorCode, Event};

fn browser(count: usize) -> Browser {
    Browser::with(count, || World::with_ollama(r#"{"cache":{}}"#, &[("m", "")]))
}

const ASKED: &str = r#"{"prompt":"Why is the sky blue?"}"#;

/// So many tabs, of which the first asks and has "Light " by now, and the second reads along.
fn reading_along(count: usize) -> Browser {
    let mut browser = browser(count);
    browser.within(0, |tab| tab.generate("a", ASKED));
    browser.within(1, |tab| tab.generate("b", ASKED));
    browser.within(0, |tab| {
        tab.head(2, 200);
        tab.say(2, "Light ");
    });
    browser
}

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
    let mut browser = reading_along(3);
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
fn who_hears_more_before_being_told_what_was_said_loses_no_word() {
    let mut browser = reading_along(3);
    browser.tab(2).generate("c", ASKED);
    // It finds the answer taken and listens; that it does is on its way while more is said.
    for step in [Step::Does(2), Step::Hears(2, 0)] {
        browser.take(step);
    }
    browser.tab(0).say(2, "scatters ");
    browser.take(Step::Does(0));
    browser.take(Step::Hears(2, 1));
    assert_eq!(seen(browser.tab(2)), "", "it does not know yet what was said before");
    browser.settle();
    for number in 0..3 {
        assert_eq!(seen(browser.tab(number)), "Light scatters ", "{number}");
    }
}

/// The words that a tab which asks is given, one after another.
const WORDS: [&str; 6] = ["Light ", "is ", "a ", "wave ", "of ", "blue."];

/// What somebody does, or what of all that can happen does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Ask(usize),
    Say,
    Happen(usize),
    Cancel(usize),
    Close(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => (0..4_usize).prop_map(Act::Ask),
        2 => Just(Act::Say),
        8 => (0..16_usize).prop_map(Act::Happen),
        1 => (0..12_usize).prop_map(Act::Cancel),
        1 => (0..24_usize).prop_map(Act::Close),
    ]
}

/// Four tabs that may ask the same, and how far the one that asks has got.
struct Crowd {
    browser: Browser,
    has_asked: [bool; 4],
    has_left: [bool; 4],
    said: [usize; 4],
}

impl Crowd {
    fn new() -> Self {
        Self { browser: browser(4), has_asked: [false; 4], has_left: [false; 4], said: [0; 4] }
    }

    /// The tab that was let ask, and is not done.
    fn leader(&self) -> Option<usize> {
        let asks = |tab: &World| tab.settled.is_empty() && tab.says("fetch");
        self.readers().into_iter().find(|number| self.browser.tabs[*number].as_ref().is_some_and(asks))
    }

    fn say(&mut self) {
        let Some(leader) = self.leader() else { return };
        let said = self.said[leader];
        let tab = self.browser.tab(leader);
        if said == 0 {
            tab.head(2, 200);
        }
        if let Some(word) = WORDS.get(said) {
            tab.say(2, word);
            self.said[leader] += 1;
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Ask(number) if self.browser.tabs[number].is_some() && !self.has_asked[number] => {
                self.has_asked[number] = true;
                self.browser.tab(number).generate("a", ASKED);
            }
            Act::Say => self.say(),
            Act::Happen(choice) => {
                let steps = self.browser.steps();
                if let Some(step) = steps.get(choice % steps.len().max(1)) {
                    self.browser.take(*step);
                }
            }
            // The last one stays.
            Act::Cancel(number) if number < 3 && self.readers().contains(&number) => {
                self.has_left[number] = true;
                self.browser.tab(number).request("a", Request::Cancel);
            }
            Act::Close(number) if number < 3 => {
                self.has_left[number] = true;
                self.browser.kill(number);
            }
            Act::Ask(_) | Act::Cancel(_) | Act::Close(_) => {}
        }
    }

    /// Who asked, and did not leave.
    fn readers(&self) -> Vec<usize> {
        (0..4).filter(|number| self.has_asked[*number] && !self.has_left[*number]).collect()
    }
}

proptest! {
    #[test]
    fn in_whatever_order_tabs_hear_of_each_other_no_word_is_missing_and_none_comes_twice(
        acts in proptest::collection::vec(act(), 1..80),
    ) {
        let whole = WORDS.concat();
        let mut crowd = Crowd::new();
        for act in acts {
            crowd.act(act);
            for number in crowd.readers() {
                let seen = seen(crowd.browser.tab(number));
                prop_assert!(whole.starts_with(&seen), "tab {} reads {:?} after {:?}", number, seen, act);
            }
        }
        // Whoever asks says all of it, and all that is on its way arrives.
        crowd.browser.settle();
        for turn in 0.. {
            let Some(leader) = crowd.leader() else { break };
            prop_assert!(turn < 4, "tab {} never ends: {:?}", leader, crowd.browser.tab(leader).transcript);
            for _ in WORDS {
                crowd.say();
            }
            crowd.browser.settle();
            for number in crowd.readers() {
                prop_assert_eq!(&seen(crowd.browser.tab(number)), &whole, "tab {} while it is said", number);
            }
            crowd.browser.tab(leader).done(2);
            crowd.browser.settle();
        }
        for number in crowd.readers() {
            prop_assert_eq!(&seen(crowd.browser.tab(number)), &whole, "tab {} at the end", number);
            prop_assert_eq!(&crowd.browser.tab(number).text("a").text, &whole);
        }
        prop_assert!(crowd.browser.locks.values().all(VecDeque::is_empty), "nobody holds or waits for anything");
        let most = 1 + crowd.has_left.into_iter().filter(|left| *left).count();
        prop_assert!(crowd.browser.fetches() <= most, "{} of {} tabs asked", crowd.browser.fetches(), most);
    }
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
    let mut browser = reading_along(2);
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
