//! A page goes away in the middle of an answer, and the next one goes on with it.

use super::story::{World, everyone};
use crate::base::id::RequestId;
use crate::engine::io::World as Around;
use crate::engine::{Errand, Input, JournalAnswer, JournalPage, JournalTask, Request, Settlement};
use crate::model::storage::StorageFault;
use crate::model::{Error, ErrorCode, Event};

const OPTIONS: &str = r#"{"providers":{"far":{"kind":"openai","endpoint":"https://far.example"}},
    "policy":{"prefer":["ollama/big:8b","far"]}}"#;

/// What outlives pages.
#[derive(Default)]
struct Kept(Vec<(String, u32, Vec<u8>)>);

/// The number of pages that [`JournalTask::KeepNow`] leaves: there is one for each answer.
const LAST: u32 = u32::MAX;

impl Kept {
    fn put(&mut self, id: &str, number: u32, page: Vec<u8>) {
        self.0.retain(|(of, known, _)| of != id || *known != number);
        self.0.push((id.to_owned(), number, page));
    }

    fn pages(&self, is_meant: impl Fn(&str) -> bool) -> Vec<JournalPage> {
        let meant = self.0.iter().filter(|(id, ..)| is_meant(id));
        meant
            .map(|(id, number, page)| JournalPage { name: format!("{id} {number}"), bytes: page.clone() })
            .collect()
    }

    fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|(id, ..)| id.as_str()).collect()
    }

    /// What stands on each page, without what all have.
    fn texts(&self, id: &str) -> Vec<serde_json::Value> {
        let of = self.0.iter().filter(|(of, ..)| of == id);
        let text = |page: &[u8]| serde_json::from_slice::<serde_json::Value>(page).unwrap()["text"].clone();
        of.map(|(.., page)| text(page)).collect()
    }
}

impl World {
    /// Ollama here with one model, a server far away.
    fn page(options: &str) -> Self {
        let mut world = World::new(options);
        world.request("look", everyone());
        world.answer(0, 200, r#"{"data":[{"id":"m","context_length":8192}]}"#);
        let model = r#"{"name":"big:8b","size":1000,"details":{"context_length":8192},"capabilities":["completion","tools","vision"]}"#;
        world.answer(1, 200, &format!(r#"{{"models":[{model}]}}"#));
        world.answer(2, 200, r#"{"models":[]}"#);
        world.settled.clear();
        world.transcript.clear();
        world.sent.clear();
        world.saved.clear();
        world
    }

    /// Does what the journal was asked for, as a browser would.
    fn keep(&mut self, kept: &mut Kept) {
        while !self.journal.is_empty() {
            let (id, task) = self.journal.remove(0);
            let answer = match task {
                JournalTask::Keep { number, is_whole, page } => {
                    kept.0.retain(|(of, other, _)| {
                        of != id.as_str() || !is_whole || (*other >= number && *other != LAST)
                    });
                    kept.put(id.as_str(), number, page);
                    JournalAnswer::Kept
                }
                JournalTask::KeepNow(page) => {
                    kept.put(id.as_str(), LAST, page);
                    continue;
                }
                JournalTask::Forget => {
                    kept.0.retain(|(of, ..)| of != id.as_str());
                    continue;
                }
                JournalTask::TakeOver(entry) => JournalAnswer::Taken(kept.pages(|id| id == entry.as_str())),
                JournalTask::LookThrough => {
                    JournalAnswer::Found { pages: kept.pages(|_| true), living: Vec::new() }
                }
                JournalTask::Drop(names) => {
                    kept.0.retain(|(id, number, _)| !names.contains(&format!("{id} {number}")));
                    continue;
                }
            };
            self.put(Input::Journal(id, answer));
        }
    }

    fn leave(&mut self, kept: &mut Kept) {
        self.put(Input::World(Around::Left));
        self.keep(kept);
    }

    fn resume(&mut self, id: &str, kept: &mut Kept) {
        self.note(format!("» resume {id}"));
        self.request(id, Request::Journal(Errand::Resume));
        self.keep(kept);
    }

    /// Asks, and hears these pieces, each of which has time to be kept.
    fn hears(&mut self, request: &str, pieces: &[&str], kept: &mut Kept) {
        self.generate("a", request);
        let (transport, _) = self.sent.last().unwrap();
        let transport = transport.number();
        self.head(transport, 200);
        for piece in pieces {
            self.say(transport, piece);
            self.wait(600);
            self.keep(kept);
        }
    }

    fn pending(&mut self, kept: &mut Kept) -> Vec<(String, String)> {
        self.request("pending", Request::Journal(Errand::Pending));
        self.keep(kept);
        let Ok(Settlement::Pending(pending)) = self.outcome("pending") else { panic!("a list") };
        let list = pending.iter().map(|one| (one.id.clone(), one.text.clone())).collect();
        self.settled.clear();
        list
    }

    /// What was shown in this page.
    fn shown(&self) -> String {
        let text =
            |event: &Event| if let Event::TextDelta { text } = event { text.clone() } else { String::new() };
        self.events.iter().map(text).collect()
    }
}

fn partial(error: &Error) -> &str {
    error.partial.as_ref().map_or("", |partial| &partial.text)
}

const HELLO: &str = r#"{"prompt":"Hello"}"#;

#[test]
fn an_answer_is_written_down_in_pages_that_hold_what_is_new_and_forgotten_at_its_end() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.hears(HELLO, &["One ", "two ", "three "], &mut kept);
    let pages = serde_json::json!([[0, "One "], [4, "two "], [8, "three "]]);
    assert_eq!(serde_json::Value::Array(kept.texts("a")), pages);
    world.done(3);
    world.keep(&mut kept);
    assert!(kept.0.is_empty(), "{:?}", kept.ids());
}

#[test]
fn nothing_is_written_twice_while_nothing_is_said() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.hears(HELLO, &["One "], &mut kept);
    world.wait(20_000);
    assert!(world.journal.is_empty(), "{:?}", world.journal);
}

#[test]
fn an_answer_that_is_over_soon_leaves_no_trace() {
    let mut world = World::page(OPTIONS);
    world.generate("a", HELLO);
    world.head(3, 200);
    world.say(3, "Hi.");
    world.wait(400);
    world.done(3);
    assert!(world.journal.is_empty(), "{:?}", world.journal);
    world.put(Input::World(Around::Left));
    assert!(world.journal.is_empty(), "{:?}", world.journal);
}

#[test]
fn after_a_reload_what_was_shown_comes_first_and_a_model_goes_on_with_it() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(r#"{"prompt":"Capital?"}"#, &["The capital of Fran", "ce is Pa"], &mut kept);
    // The last words were not kept yet when the page goes.
    before.say(3, "ris, on the Sei");
    before.leave(&mut kept);
    let mut after = World::page(OPTIONS);
    assert_eq!(after.pending(&mut kept), [("a".to_owned(), before.shown())]);
    after.transcript.clear();
    after.resume("a", &mut kept);
    after.head(3, 200);
    after.say(3, "ne.");
    after.done(3);
    after.keep(&mut kept);
    after.expect(
        r#"
        0 » resume a
        0 a: text "The capital of France is Paris, on the Sei"
        0 a: route ollama/big:8b > far/m
        0 a: attempt 1 ollama/big:8b
        0 fetch 3 POST http://localhost:11434/api/chat
        0 » head 3 200
        0 a: text "ne."
        0 a: finish ollama/big:8b 1
        0 a settles: text "The capital of France is Paris, on the Seine."
        0 » end 3
        "#,
    );
    assert!(kept.0.is_empty(), "{:?}", kept.ids());
}

#[test]
fn a_page_that_is_killed_loses_what_was_not_kept_and_nothing_else() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["One two ", "three "], &mut kept);
    before.say(3, "four ");
    let mut after = World::page(OPTIONS);
    assert_eq!(after.pending(&mut kept), [("a".to_owned(), "One two three ".to_owned())]);
}

#[test]
fn an_answer_of_which_nothing_was_kept_yet_is_kept_when_the_page_is_left() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.generate("a", HELLO);
    before.leave(&mut kept);
    let mut after = World::page(OPTIONS);
    assert_eq!(after.pending(&mut kept), [("a".to_owned(), String::new())]);
    after.resume("a", &mut kept);
    after.head(3, 200);
    after.say(3, "Hi.");
    after.done(3);
    assert_eq!(after.text("a").text, "Hi.");
    assert!(!after.says("restart"));
}

#[test]
fn a_page_that_is_on_its_way_when_the_page_is_left_is_not_relied_on() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["One "], &mut kept);
    before.say(3, "two ");
    before.wait(600);
    assert_eq!(before.journal.len(), 1);
    before.say(3, "three ");
    before.put(Input::World(Around::Left));
    // It may come to be kept, or not: what is found is the same.
    let lost = before.journal.remove(0);
    before.keep(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "One two three ".to_owned())]);
    before.journal.push(lost);
    before.keep(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "One two three ".to_owned())]);
}

#[test]
fn a_page_that_comes_back_goes_on_and_keeps_on() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.hears(HELLO, &["One "], &mut kept);
    world.leave(&mut kept);
    world.say(3, "two ");
    world.wait(600);
    world.keep(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "One two ".to_owned())]);
}

#[test]
fn what_is_hidden_is_kept_at_once() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.generate("a", HELLO);
    world.head(3, 200);
    world.say(3, "One ");
    world.put(Input::World(Around::Hidden));
    world.keep(&mut kept);
    assert_eq!(kept.texts("a"), [serde_json::json!([0, "One "])]);
}

#[test]
fn what_has_to_stay_here_is_never_written_down() {
    let private = [
        r#"{"prompt":"Hello","policy":"privacy"}"#,
        r#"{"prompt":"Hello","policy":{"stayWithin":"device"}}"#,
        r#"{"prompt":"Hello","policy":{"stayWithin":"network"}}"#,
        r#"{"prompt":"Hello","policy":{"goal":"privacy","stayWithin":"network"}}"#,
    ];
    for request in private {
        let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
        world.hears(request, &["One ", "two "], &mut kept);
        world.put(Input::World(Around::Hidden));
        world.leave(&mut kept);
        assert!(kept.0.is_empty(), "{request}: {:?}", kept.ids());
    }
}

#[test]
fn without_a_store_nothing_is_written_down_and_nothing_is_pending() {
    let (mut world, mut kept) = (World::page(r#"{"storage":"memory"}"#), Kept::default());
    world.hears(HELLO, &["One ", "two "], &mut kept);
    world.leave(&mut kept);
    assert!(kept.0.is_empty());
    assert!(world.pending(&mut kept).is_empty());
    world.resume("b", &mut kept);
    assert_eq!(world.error("b").code, ErrorCode::InvalidRequest);
    world.request("drop", Request::Journal(Errand::Discard(RequestId::new("b"))));
    assert_eq!(world.outcome("drop"), &Ok(Settlement::Discarded));
}

#[test]
fn a_store_that_fails_in_between_costs_nothing_but_time() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.hears(HELLO, &["One "], &mut kept);
    world.say(3, "two ");
    world.wait(600);
    let (id, task) = world.journal.remove(0);
    assert!(matches!(task, JournalTask::Keep { .. }));
    world.put(Input::Journal(id, JournalAnswer::Failed(StorageFault::Full)));
    world.say(3, "three ");
    world.wait(5_000);
    assert!(world.journal.is_empty(), "it is not tried again without pause");
    world.wait(6_000);
    world.keep(&mut kept);
    assert_eq!(kept.texts("a"), [serde_json::json!([0, "One "]), serde_json::json!([4, "two three "])]);
    world.done(3);
    assert_eq!(world.text("a").text, "One two three ");
}

#[test]
fn an_answer_that_begins_again_is_kept_from_its_new_beginning() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    let request = r#"{"prompt":"Hello","policy":{"onCut":"restart","prefer":["ollama/big:8b","far"]}}"#;
    world.hears(request, &["One two ", "three "], &mut kept);
    world.say(3, "four ");
    world.wait(600);
    let on_its_way = world.journal.remove(0);
    world.fail(3);
    world.head(4, 200);
    world.far_says(4, "Uno ");
    // What was on its way is of the answer that was thrown away.
    world.journal.insert(0, on_its_way);
    world.keep(&mut kept);
    world.wait(600);
    world.keep(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "Uno ".to_owned())]);
}

#[test]
fn the_policy_says_what_becomes_of_an_answer_that_a_reload_cut_off() {
    let resumed = |policy: &str| {
        let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
        before.hears(&format!(r#"{{"prompt":"Hello","policy":{policy}}}"#), &["One two "], &mut kept);
        let mut after = World::page(OPTIONS);
        after.resume("a", &mut kept);
        (after, kept)
    };
    let (mut after, _) = resumed(r#"{"onCut":"restart"}"#);
    after.head(3, 200);
    after.say(3, "Uno.");
    after.done(3);
    assert!(after.says("restart (policy)"));
    assert_eq!(after.text("a").text, "Uno.");

    let (after, kept) = resumed(r#"{"onCut":"fail"}"#);
    assert_eq!((after.error("a").code, partial(after.error("a"))), (ErrorCode::Truncated, "One two "));
    assert!(after.sent.is_empty() && kept.0.is_empty());

    let (mut after, mut kept) = resumed(r#"{"allow":["ollama"],"fallback":false}"#);
    after.fail(3);
    after.wait(60_000);
    after.keep(&mut kept);
    assert_eq!(partial(after.error("a")), "One two ");
    assert!(after.sent.iter().all(|(_, request)| request.url.starts_with("http://localhost")));
    assert!(kept.0.is_empty(), "{:?}", kept.ids());
}

#[test]
fn a_tool_that_was_asked_for_is_not_asked_for_again() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    let request = r#"{"prompt":"Hello","tools":[{"name":"look","inputSchema":{"type":"object"}}]}"#;
    before.hears(request, &["Let me look. "], &mut kept);
    before.chunk(
        3,
        "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"look\",\"arguments\":{\"x\":1}}}]},\"done\":false}\n",
    );
    before.leave(&mut kept);
    let mut after = World::page(OPTIONS);
    after.resume("a", &mut kept);
    let error = after.error("a");
    assert_eq!((error.code, partial(error)), (ErrorCode::Truncated, "Let me look. "));
    let calls = &error.partial.as_ref().unwrap().tool_calls;
    assert_eq!((calls.len(), calls[0].name.as_str()), (1, "look"));
    assert!(after.says("a: tool look") && after.sent.is_empty());
}

#[test]
fn half_of_a_tool_call_begins_again() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    let request =
        r#"{"prompt":"Hello","model":"far/m","tools":[{"name":"look","inputSchema":{"type":"object"}}]}"#;
    before.generate("a", request);
    before.head(3, 200);
    before.far_says(3, "Let me look. ");
    before.chunk(3, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"x\"}}]}}]}\n\n");
    before.leave(&mut kept);
    let mut after = World::page(OPTIONS);
    after.resume("a", &mut kept);
    after.head(3, 200);
    after.far_says(3, "I need not look.");
    after.far_ends(3);
    assert!(after.says("restart (tool-call)"), "{:?}", after.transcript);
    assert_eq!(after.text("a").text, "I need not look.");
}

#[test]
fn a_request_with_files_shows_what_it_had_and_says_that_they_are_gone() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    let request = r#"{"prompt":"What is it?","files":[{"mediaType":"image/png","file":1,"bytes":100}]}"#;
    before.hears(request, &["A picture of "], &mut kept);
    let mut after = World::page(OPTIONS);
    assert_eq!(after.pending(&mut kept), [("a".to_owned(), "A picture of ".to_owned())]);
    after.resume("a", &mut kept);
    assert_eq!((after.error("a").code, partial(after.error("a"))), (ErrorCode::Unsupported, "A picture of "));
    assert!(after.sent.is_empty() && kept.0.is_empty());
}

#[test]
fn thoughts_and_sources_come_back_too() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.generate("a", r#"{"prompt":"Hello","model":"far/m"}"#);
    before.head(3, 200);
    before.chunk(3, "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm. \"}}]}\n\n");
    before.wait(600);
    before.keep(&mut kept);
    before.far_says(3, "It is ");
    before.leave(&mut kept);
    let mut after = World::page(OPTIONS);
    after.resume("a", &mut kept);
    after.head(3, 200);
    after.far_says(3, "so.");
    after.far_ends(3);
    let result = after.text("a");
    assert_eq!((result.reasoning.as_deref(), result.text.as_str()), (Some("Hm. "), "It is so."));
}

#[test]
fn an_answer_that_is_gone_on_with_can_be_cut_off_again() {
    let (mut first, mut kept) = (World::page(OPTIONS), Kept::default());
    first.hears(HELLO, &["One ", "two "], &mut kept);
    first.leave(&mut kept);
    let mut second = World::page(OPTIONS);
    second.resume("a", &mut kept);
    second.head(3, 200);
    second.say(3, "three ");
    second.wait(600);
    second.keep(&mut kept);
    assert_eq!(kept.texts("a"), [serde_json::json!([0, "One two three "])], "the pages of before are gone");
    second.say(3, "four ");
    second.leave(&mut kept);
    let mut third = World::page(OPTIONS);
    assert_eq!(third.pending(&mut kept), [("a".to_owned(), "One two three four ".to_owned())]);
    third.resume("a", &mut kept);
    third.leave(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "One two three four ".to_owned())]);
}

#[test]
fn an_answer_that_somebody_writes_or_nobody_has_is_refused_in_plain_words() {
    let (mut world, mut kept) = (World::page(OPTIONS), Kept::default());
    world.request("a", Request::Journal(Errand::Resume));
    world.journal.clear();
    world.put(Input::Journal(RequestId::new("a"), JournalAnswer::Busy));
    assert_eq!(world.error("a").code, ErrorCode::InvalidRequest);
    assert!(world.error("a").message.contains("written already"), "{}", world.error("a").message);
    world.resume("b", &mut kept);
    assert_eq!(world.error("b").code, ErrorCode::InvalidRequest);
    assert!(world.error("b").hint.as_ref().unwrap().contains("mesh.pending()"));
    world.request("c", Request::Journal(Errand::Resume));
    world.journal.clear();
    world.put(Input::Journal(RequestId::new("c"), JournalAnswer::Failed(StorageFault::Silent)));
    assert_eq!(world.error("c").code, ErrorCode::Storage);
    // One that runs here.
    world.generate("d", HELLO);
    world.request("d", Request::Journal(Errand::Resume));
    assert_eq!(world.error("d").code, ErrorCode::InvalidRequest);
}

#[test]
fn another_tabs_answer_of_the_same_id_is_left_alone() {
    let mut world = World::page(OPTIONS);
    world.generate("a", HELLO);
    world.head(3, 200);
    world.wait(600);
    world.journal.clear();
    world.put(Input::Journal(RequestId::new("a"), JournalAnswer::Busy));
    world.say(3, "One ");
    world.wait(60_000);
    world.put(Input::World(Around::Left));
    assert!(world.journal.is_empty(), "{:?}", world.journal);
}

#[test]
fn an_answer_that_is_cancelled_or_discarded_is_forgotten() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["One "], &mut kept);
    before.request("a", Request::Cancel);
    before.keep(&mut kept);
    assert!(kept.0.is_empty());

    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["One "], &mut kept);
    let mut after = World::page(OPTIONS);
    after.request("a", Request::Journal(Errand::Resume));
    after.request("a", Request::Cancel);
    after.keep(&mut kept);
    assert!(kept.0.is_empty() && after.sent.is_empty());

    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["One "], &mut kept);
    let mut after = World::page(OPTIONS);
    after.request("drop", Request::Journal(Errand::Discard(RequestId::new("a"))));
    after.keep(&mut kept);
    assert_eq!(after.outcome("drop"), &Ok(Settlement::Discarded));
    assert!(kept.0.is_empty());
}

/// A page of an answer that was asked for so long before the stories' beginning.
fn old(id: &str, ago_ms: i64, number: u32, from: usize, text: &str) -> Vec<u8> {
    let at = 1_700_000_000_000_i64 - ago_ms;
    let request = if number == 0 { r#""request":{"prompt":"Hello"},"# } else { "" };
    format!(
        r#"{{"id":"{id}","at":{at},"number":{number},{request}"hasFiles":false,"hasHalfCall":false,
        "text":[{from},"{text}"],"reasoning":[0,""],"sources":[0,[]],"toolCalls":[0,[]]}}"#
    )
    .into_bytes()
}

#[test]
fn what_is_too_old_or_too_much_goes_even_if_nobody_asks_for_it() {
    const DAY: i64 = 24 * 3_600_000;
    let mut kept = Kept::default();
    for number in 0..60 {
        kept.put(&format!("{number:02}"), 0, old(&format!("{number:02}"), number * 1_000, 0, 0, "x"));
    }
    let mut world = World::page(OPTIONS);
    let pending = world.pending(&mut kept);
    assert_eq!((pending.len(), pending[0].0.as_str(), pending[49].0.as_str()), (50, "00", "49"));
    assert_eq!(kept.0.len(), 50);

    let mut kept = Kept::default();
    kept.put("week", 0, old("week", 7 * DAY + 1, 0, 0, "x"));
    kept.put("young", 0, old("young", 7 * DAY - 60_000, 0, 0, "x"));
    let mut world = World::page(OPTIONS);
    world.hears(HELLO, &["One "], &mut kept);
    assert_eq!(kept.ids(), ["young", "a"]);
}

#[test]
fn what_another_tab_writes_is_not_pending() {
    let mut world = World::page(OPTIONS);
    world.request("pending", Request::Journal(Errand::Pending));
    world.journal.clear();
    let page = |id: &str| JournalPage { name: id.to_owned(), bytes: old(id, 10, 0, 0, "x") };
    let found =
        JournalAnswer::Found { pages: vec![page("there"), page("here")], living: vec!["there".to_owned()] };
    world.put(Input::Journal(RequestId::new("pending"), found));
    assert!(world.says("pending settles: pending here"), "{:?}", world.transcript);
}

#[test]
fn pages_that_cannot_be_understood_are_dropped_and_counted_and_words_after_a_gap_left_out() {
    let mut kept = Kept::default();
    kept.put("a", 0, old("a", 10, 0, 0, "One "));
    kept.put("a", 1, b"nonsense".to_vec());
    kept.put("a", 2, old("a", 10, 2, 8, "three "));
    kept.put("headless", 3, old("headless", 10, 3, 0, "x"));
    kept.put("odd", 0, br#"{"id":"odd","at":1}"#.to_vec());
    let mut world = World::page(OPTIONS);
    assert_eq!(world.pending(&mut kept), [("a".to_owned(), "One ".to_owned())]);
    assert_eq!(world.engine.storage().unreadable, 3);
    assert_eq!(kept.ids(), ["a", "a"]);
}

#[test]
fn who_takes_over_an_answer_has_an_entry_of_its_own() {
    let with_cache = OPTIONS.replacen('{', r#"{"cache":{},"#, 1);
    let (mut world, mut kept) = (World::page(&with_cache), Kept::default());
    world.hears(HELLO, &["One "], &mut kept);
    world.generate("b", HELLO);
    assert_eq!(world.sent.len(), 1, "it joins");
    world.request("a", Request::Cancel);
    world.keep(&mut kept);
    assert!(kept.0.is_empty());
    world.say(3, "two ");
    world.wait(600);
    world.keep(&mut kept);
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("b".to_owned(), "One two ".to_owned())]);
}

#[test]
fn an_id_that_is_used_again_does_not_mix_two_answers() {
    let mut kept = Kept::default();
    kept.put("a", 0, old("a", 10_000, 0, 0, "Old words "));
    kept.put("a", 1, old("a", 10_000, 1, 10, "and more"));
    kept.put("a", LAST, old("a", 0, 0, 0, "New"));
    assert_eq!(World::page(OPTIONS).pending(&mut kept), [("a".to_owned(), "New".to_owned())]);
}

#[test]
fn any_page_may_be_missing_and_what_is_left_is_the_beginning_of_what_was_shown() {
    let (mut before, mut kept) = (World::page(OPTIONS), Kept::default());
    before.hears(HELLO, &["Größe ", "木 und ", "😀 ", "Ende"], &mut kept);
    for missing in 0..kept.0.len() {
        let mut rest = Kept(kept.0.clone());
        rest.0.remove(missing);
        for (_, text) in World::page(OPTIONS).pending(&mut rest) {
            assert!(before.shown().starts_with(&text), "{text}");
        }
    }
}
