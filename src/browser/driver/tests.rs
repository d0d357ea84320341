use core::time::Duration;

use hkm_mesh_core::engine::World;
use hkm_mesh_core::engine::io::CustomCall;
use hkm_mesh_core::engine::{Settlement, Watched};
use hkm_mesh_core::model::http::{Lane, ResponseHead};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::browser::once::once;
use crate::browser::promise::settled;
use crate::browser::testing::{Diary, Scripted, answering, unique_name};

const ONLINE: Input = Input::World(World::Online);
const OFFLINE: Input = Input::World(World::Offline);

fn id(name: &str) -> RequestId {
    RequestId::new(name)
}

fn transport(number: u32) -> TransportId {
    TransportId::new(number)
}

fn settle(name: &str) -> Output {
    Output::Settle(id(name), Ok(Settlement::Pull))
}

fn driven(machine: Scripted) -> (Driver<Scripted>, Diary) {
    let diary = Diary::default();
    (Driver::new(machine, Departures::default(), Box::new(diary.clone()), None), diary)
}

/// Waits until the machine hears something that `is_it`.
async fn hear_until(
    machine: impl FnMut(&Input) -> Vec<Output> + 'static,
    is_it: fn(&Input) -> bool,
) -> Heard {
    let mut machine = machine;
    let (giver, coming) = once();
    let scripted = Scripted::new(move |input| {
        if is_it(input) {
            giver.give(());
        }
        machine(input)
    });
    let heard = Rc::clone(&scripted.heard);
    let (driver, _) = driven(scripted);
    driver.hand_in(ONLINE);
    coming.await;
    Heard { heard, driver }
}

struct Heard {
    heard: Rc<RefCell<Vec<Input>>>,
    driver: Driver<Scripted>,
}

#[wasm_bindgen_test]
fn what_the_page_calls_from_within_a_callback_waits_for_its_turn() {
    let (driver, diary) = driven(Scripted::new(|input| match input {
        Input::World(World::Online) => vec![settle("first"), settle("second")],
        _ => vec![Output::Changed(Watched::Queue)],
    }));
    diary.react(&driver, |driver, line| {
        if line.starts_with("settle first") {
            driver.hand_in(OFFLINE);
            // Looking is allowed at once, and sees the machine as it is.
            assert_eq!(driver.ask(|machine| machine.outputs.len()), 1);
        }
    });
    driver.hand_in(ONLINE);
    assert_eq!(*diary.lines.borrow(), ["settle first true", "settle second true", "changed Queue"]);
}

#[wasm_bindgen_test]
fn after_a_close_from_within_a_callback_nothing_more_is_told() {
    let (driver, diary) = driven(Scripted::new(|_| vec![settle("first"), settle("second")]));
    diary.react(&driver, |driver, _| driver.close());
    driver.hand_in(ONLINE);
    driver.hand_in(ONLINE);
    assert_eq!(*diary.lines.borrow(), ["settle first true"]);
}

#[wasm_bindgen_test]
async fn opening_resolves_when_the_store_has_answered() {
    let mut machine = Scripted::new(|_| Vec::new());
    machine.outputs.push_back(Output::Load(Record::Health));
    let heard = Rc::clone(&machine.heard);
    let (driver, _) = driven(machine);
    settled(&driver.open()).await.unwrap();
    assert_eq!(*heard.borrow(), [Input::Store(StoreAnswer::Loaded(Record::Health, None))]);
    settled(&driver.open()).await.unwrap();
}

#[wasm_bindgen_test]
async fn opening_resolves_even_if_the_driver_is_closed_meanwhile() {
    let (driver, _) = driven(Scripted::new(|_| Vec::new()));
    let opening = driver.open();
    driver.close();
    settled(&opening).await.unwrap();
    settled(&driver.open()).await.unwrap();
}

#[wasm_bindgen_test]
async fn store_work_is_done_in_order() {
    let heard = hear_until(
        |input| match input {
            Input::World(_) => vec![
                Output::Save(Record::Health, b"old".to_vec()),
                Output::Save(Record::Health, b"new".to_vec()),
                Output::Load(Record::Health),
            ],
            _ => Vec::new(),
        },
        |input| matches!(input, Input::Store(StoreAnswer::Loaded(..))),
    )
    .await;
    let saved = || Input::Store(StoreAnswer::Saved(Record::Health));
    let loaded = Input::Store(StoreAnswer::Loaded(Record::Health, Some(b"new".to_vec())));
    assert_eq!(*heard.heard.borrow(), [ONLINE, saved(), saved(), loaded]);
}

#[wasm_bindgen_test]
async fn a_fetch_is_heard_from_its_head_to_its_end() {
    let stub = answering(&["a", "b"], "close");
    let heard = hear_until(
        |input| match input {
            Input::World(_) => vec![Output::Fetch(transport(1), HttpRequest::get("https://api.test/"))],
            _ => Vec::new(),
        },
        |input| matches!(input, Input::Transport(_, Transport::End)),
    )
    .await;
    stub.restore();
    let heard = heard.heard.borrow();
    assert!(matches!(&heard[1], Input::Transport(_, Transport::Head(ResponseHead { status: 201, .. }))));
    let said = |said| Input::Transport(transport(1), said);
    let chunk = |byte: u8| said(Transport::Chunk(vec![byte]));
    assert_eq!(heard[2..], [chunk(b'a'), chunk(b'b'), said(Transport::End)]);
}

#[wasm_bindgen_test]
async fn after_an_abort_the_connection_is_closed_and_nothing_is_heard() {
    let stub = answering(&["a"], "stay");
    let heard = hear_until(
        |input| match input {
            Input::World(_) => vec![Output::Fetch(transport(1), HttpRequest::get("https://api.test/"))],
            Input::Transport(_, Transport::Chunk(_)) => {
                vec![Output::Abort(transport(1)), Output::Load(Record::Health)]
            }
            _ => Vec::new(),
        },
        // The store answers some turns later, after the abort has gone through every promise.
        |input| matches!(input, Input::Store(_)),
    )
    .await;
    stub.restore();
    assert!(stub.is_aborted());
    assert_eq!(heard.heard.borrow().len(), 4, "online, head, chunk, store: {:?}", heard.heard.borrow());
}

#[wasm_bindgen_test]
fn closing_aborts_everything_that_runs() {
    let call = CustomCall {
        provider: "mine".to_owned(),
        request: hkm_mesh_core::model::TextRequest::default(),
        farthest: hkm_mesh_core::model::Locality::Cloud,
    };
    let (driver, diary) = driven(Scripted::new(move |_| {
        vec![
            Output::InvokeGenerate(transport(1), call.clone()),
            Output::InvokeModels(transport(2), "mine".to_owned()),
        ]
    }));
    driver.hand_in(ONLINE);
    driver.close();
    assert_eq!(*diary.lines.borrow(), ["generate 1 mine", "models 2 mine", "abort 1", "abort 2"]);
}

#[wasm_bindgen_test]
fn a_custom_provider_is_heard_until_its_end_or_an_abort() {
    let machine = Scripted::new(|input| match input {
        Input::World(World::Online) => {
            [1, 2, 3].map(|number| Output::InvokeModels(transport(number), "mine".to_owned())).to_vec()
        }
        Input::World(World::Offline) => vec![Output::Abort(transport(3))],
        _ => Vec::new(),
    });
    let heard = Rc::clone(&machine.heard);
    let (driver, diary) = driven(machine);
    driver.hand_in(ONLINE);
    let events = || Transport::CustomEvents(Vec::new());
    driver.hear_custom(transport(1), events());
    driver.hear_custom(transport(1), Transport::End);
    driver.hear_custom(transport(1), events());
    driver.give_up_custom(transport(2), TransportFailure::Network);
    driver.give_up_custom(transport(2), TransportFailure::Network);
    driver.hand_in(OFFLINE);
    driver.hear_custom(transport(3), events());
    driver.hear_custom(transport(9), events());
    let said = |number, said| Input::Transport(transport(number), said);
    assert_eq!(
        *heard.borrow(),
        [
            ONLINE,
            said(1, events()),
            said(1, Transport::End),
            said(2, Transport::Failed(TransportFailure::Network)),
            OFFLINE,
        ]
    );
    assert_eq!(diary.lines.borrow()[3..], ["abort 2", "abort 3"]);
}

#[wasm_bindgen_test]
async fn the_timer_ticks_when_it_is_due_and_follows_the_machine() {
    let (giver, ticked) = once();
    let due = Rc::new(RefCell::new(None));
    let deadline = Rc::new(Cell::new(None));
    let mut machine = Scripted::new({
        let (due, deadline) = (Rc::clone(&due), Rc::clone(&deadline));
        move |input| {
            let now = clock::now().monotonic;
            match input {
                Input::World(World::Online) => *due.borrow_mut() = Some(now.after(Duration::MAX)),
                Input::World(World::Offline) => {
                    deadline.set(Some(now.after(Duration::from_millis(2))));
                    *due.borrow_mut() = deadline.get();
                }
                _ => giver.give(now),
            }
            Vec::new()
        }
    });
    machine.due = due;
    let heard = Rc::clone(&machine.heard);
    let (driver, _) = driven(machine);
    driver.hand_in(ONLINE);
    driver.hand_in(OFFLINE);
    let early = deadline.get().unwrap().since(ticked.await);
    // Browsers round the two clocks each in its own way.
    assert!(early <= Duration::from_millis(1));
    assert_eq!(*heard.borrow(), [ONLINE, OFFLINE, Input::Tick]);
}

/// A long request to a server that nobody else asks.
fn long(origin: &str) -> HttpRequest {
    HttpRequest { lane: Some(Lane::Person), ..HttpRequest::get(format!("http://{origin}.test/chat")) }
}

/// Sends five long requests to this server.
fn five(origin: String) -> impl FnMut(&Input) -> Vec<Output> {
    move |input| match input {
        Input::World(World::Online) => {
            (1..=5).map(|number| Output::Fetch(transport(number), long(&origin))).collect()
        }
        _ => Vec::new(),
    }
}

#[wasm_bindgen_test]
async fn of_five_long_requests_to_a_server_the_fifth_leaves_when_one_is_over() {
    let stub = answering(&[], "stay");
    let origin = unique_name();
    let mut script = five(origin.clone());
    let (giver, departed) = once();
    let heard = hear_until(
        move |input| match input {
            Input::Transport(id, Transport::Queued { position: 1 }) => {
                assert_eq!(id.number(), 5);
                vec![
                    // What is no long request waits for nobody.
                    Output::Fetch(transport(6), HttpRequest::get(format!("http://{origin}.test/list"))),
                    Output::Abort(transport(2)),
                ]
            }
            Input::Transport(id, Transport::Departed) => {
                giver.give(id.number());
                Vec::new()
            }
            input => script(input),
        },
        |input| matches!(input, Input::Transport(id, Transport::Head(_)) if id.number() == 5),
    )
    .await;
    assert_eq!(departed.await, 5);
    let urls: Vec<bool> = stub.requests().iter().map(|request| request.url().ends_with("/list")).collect();
    assert_eq!(urls, [false, false, false, false, true, false]);
    heard.driver.close();
    stub.restore();
}

#[wasm_bindgen_test]
async fn a_long_request_that_is_aborted_in_line_never_leaves_and_a_closed_driver_holds_nothing() {
    let stub = answering(&[], "stay");
    let origin = unique_name();
    let mut script = five(origin.clone());
    let heard = hear_until(
        move |input| match input {
            Input::Transport(_, Transport::Queued { .. }) => {
                vec![Output::Abort(transport(5)), Output::Abort(transport(1)), Output::Load(Record::Health)]
            }
            input => script(input),
        },
        |input| matches!(input, Input::Store(_)),
    )
    .await;
    heard.driver.close();
    let origin = format!("http://{origin}.test");
    let locks = Locks::widest();
    let mut slots = Vec::new();
    for _ in 0..4 {
        slots.push(slot::take(&locks, &origin, Lane::Person, |_| {}).await);
    }
    assert_eq!(stub.requests().len(), 4);
    assert!(
        !heard.heard.borrow().iter().any(|input| matches!(input, Input::Transport(_, Transport::Departed)))
    );
    stub.restore();
}

#[wasm_bindgen_test]
async fn what_fails_while_the_page_is_being_left_is_told_when_it_is_back() {
    let scripted = Scripted::new(move |input| match input {
        Input::World(World::Online) => vec![Output::InvokeModels(transport(1), "own".to_owned())],
        _ => Vec::new(),
    });
    let heard = Rc::clone(&scripted.heard);
    let (driver, _) = driven(scripted);
    driver.hand_in(ONLINE);
    driver.leaving();
    driver.hear_custom(transport(1), Transport::Failed(TransportFailure::Network));
    driver.rest();
    assert_eq!(*heard.borrow(), [ONLINE, Input::World(World::Left)], "nobody is blamed");
    driver.wake();
    let failed = Input::Transport(transport(1), Transport::Failed(TransportFailure::Network));
    assert_eq!(heard.borrow()[2..], [Input::World(World::Returned), failed]);
}
