//! Pictures by a ComfyUI: discovery, the prompt with its socket and without, the ways it can fail, and stopping it.

use serde_json::{Value, json};

use super::story::World;
use crate::base::id::TransportId;
use crate::catalog::CustomModel;
use crate::engine::{Input, Request, Settlement, Transport, TransportFailure};
use crate::model::event::CustomEvent;
use crate::model::http::{FormPart, HttpRequest, Reading, ResponseHead};
use crate::model::{CostKind, ErrorCode, FinishReason, ImageResult, Locality, Modality, Wish};

/// What the recorded server says of its nodes: a Stable Diffusion 1.5.
const NODES: &str = include_str!("../../../../tests/fixtures/comfyui/object_info_trimmed.json");

const STATS: &str = include_str!("../../../../tests/fixtures/comfyui/system_stats.body");

const ONLY: &str = r#"{"providers":{"ollama":{"disabled":true},"comfyui":{}}}"#;

/// A server that answers what it is asked about itself, as the recorded one does.
struct Server {
    answered: usize,
    nodes: Value,
}

impl Server {
    fn new() -> Self {
        Self { answered: 0, nodes: serde_json::from_str(NODES).expect("the recording is JSON") }
    }

    /// Answers all questions about nodes and files that were asked since the last call. What else was asked is given back.
    fn answer(&mut self, world: &mut World) -> Vec<(TransportId, HttpRequest)> {
        let mut others = Vec::new();
        while let Some((id, request)) = world.sent.get(self.answered).cloned() {
            self.answered += 1;
            let path = request.url.trim_start_matches("http://127.0.0.1:8188");
            if path == "/system_stats" {
                reply(world, id, 200, STATS);
            } else if let Some(class) = path.strip_prefix("/object_info/") {
                let body = match self.nodes.get(class) {
                    Some(node) => json!({ class: node }),
                    None => json!({}),
                };
                reply(world, id, 200, &body.to_string());
            } else {
                others.push((id, request));
            }
        }
        others
    }
}

fn reply(world: &mut World, id: TransportId, status: u16, body: &str) {
    let head = ResponseHead { status, ..ResponseHead::default() };
    for said in [Transport::Head(head), Transport::Chunk(body.as_bytes().to_vec()), Transport::End] {
        world.put(Input::Transport(id, said));
    }
}

/// A prompt that the server was sent.
struct Prompt {
    socket: TransportId,
    id: String,
    workflow: Value,
}

/// Asks for a picture up to where the server has taken its workflow.
fn ask(world: &mut World, server: &mut Server, request: &str) -> Prompt {
    world.paint("p", request);
    // Who is known already may be asked again what it has.
    while let Some(id) = world.calls.pop_front() {
        world.put(Input::Transport(id, Transport::CustomModels(vec![paint()])));
    }
    let asked = server.answer(world);
    let (socket, _) =
        asked.iter().find(|(_, request)| request.url.contains("/ws?")).expect("a socket").clone();
    world.put(Input::Transport(socket, Transport::Opened));
    let (id, workflow) = accept(world, server);
    Prompt { socket, id, workflow }
}

/// Takes the workflow that was posted last.
fn accept(world: &mut World, server: &mut Server) -> (String, Value) {
    let asked = server.answer(world);
    let (post, request) = asked
        .into_iter()
        .find(|(_, request)| request.url.ends_with("/prompt"))
        .expect("a workflow was posted");
    let body: Value = serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("JSON");
    let id = body["prompt_id"].as_str().expect("an id").to_owned();
    reply(world, post, 200, &json!({ "prompt_id": id, "number": 1, "node_errors": {} }).to_string());
    (id, body["prompt"].clone())
}

impl Prompt {
    fn tells(&self, world: &mut World, kind: &str, mut data: Value) {
        data["prompt_id"] = json!(self.id);
        let words = json!({ "type": kind, "data": data }).to_string();
        world.put(Input::Transport(self.socket, Transport::Words(words)));
    }

    /// It runs, and its first node is a sampler.
    fn begins(&self, world: &mut World) {
        self.tells(world, "execution_start", json!({}));
        self.tells(world, "executing", json!({ "node": self.sampler() }));
    }

    fn sampler(&self) -> String {
        let nodes = self.workflow.as_object().expect("nodes");
        nodes.iter().find(|(_, node)| node["class_type"] == "KSampler").expect("a sampler").0.clone()
    }

    fn preview(&self, world: &mut World) {
        let head = [&[0, 0, 0, 1, 0, 0, 0, 1][..], b"\xff\xd8\xff\xe0"].concat();
        world.put(Input::Transport(self.socket, Transport::Frame { bytes: head.len() as u64, head }));
    }

    /// It ends well, with one file.
    fn ends(&self, world: &mut World) {
        self.tells(world, "executed", json!({ "node": "9", "output": { "images": [file()] } }));
        self.tells(world, "execution_success", json!({}));
        self.tells(world, "executing", json!({ "node": null }));
    }
}

fn file() -> Value {
    json!({ "filename": "a.png", "subfolder": "", "type": "output" })
}

/// Gives out the files that are asked for.
fn give(world: &mut World, server: &mut Server) {
    for (id, request) in server.answer(world) {
        if request.url.contains("/view?") {
            assert_eq!(request.reading, Reading::Outside);
            world.put(Input::Transport(
                id,
                Transport::Head(ResponseHead { status: 200, ..Default::default() }),
            ));
            let body = Transport::Body { bytes: 687, media_type: "image/png".to_owned() };
            world.put(Input::Transport(id, body));
            world.put(Input::Transport(id, Transport::End));
        }
    }
}

fn pictures<'a>(world: &'a World, id: &str) -> &'a ImageResult {
    match world.outcome(id) {
        Ok(Settlement::Images(result)) => result,
        other => panic!("{other:?}\n{}", world.transcript.join("\n")),
    }
}

#[test]
fn the_files_of_a_server_are_its_models() {
    let mut world = World::new(ONLY);
    world.request("look", super::story::only("comfyui"));
    Server::new().answer(&mut world);
    assert!(matches!(world.outcome("look"), Ok(Settlement::Discovery(_))));
    let models = world.engine.models();
    assert_eq!(models.len(), 1);
    assert_eq!(models[0].id, "tiny-random-sd15.safetensors");
    assert_eq!((models[0].modality, models[0].locality), (Modality::Image, Some(Locality::Device)));
    assert_eq!(models[0].name, "tiny-random-sd15 (Stable Diffusion 1.5)");
}

#[test]
fn a_picture_is_told_of_from_the_line_to_the_file() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    let prompt =
        ask(&mut world, &mut server, r#"{"prompt":"a prism","steps":2,"seed":7,"width":64,"height":64}"#);
    prompt.begins(&mut world);
    prompt.tells(&mut world, "progress", json!({ "value": 1, "max": 2, "node": prompt.sampler() }));
    prompt.preview(&mut world);
    prompt.ends(&mut world);
    give(&mut world, &mut server);
    let result = pictures(&world, "p");
    assert_eq!(result.images.len(), 1);
    assert_eq!((result.images[0].media_type.as_str(), result.images[0].seed), ("image/png", Some(7)));
    assert_eq!((result.receipt.cost, result.receipt.cost_kind), (Some(0.0), CostKind::Free));
    let told: Vec<&str> =
        world.transcript.iter().filter_map(|line| line.split_once(" p: ")).map(|(_, said)| said).collect();
    assert_eq!(told[1..3], ["attempt 1 comfyui/tiny-random-sd15.safetensors", "queue 0"]);
    assert!(told.contains(&"preview 0") && told.contains(&"image 1"), "{told:?}");
    // The socket is closed when nobody waits any more.
    assert!(world.says(&format!("abort {}", prompt.socket.number())));
    assert!(world.engine.poll_timeout().is_none() || world.engine.queue().is_empty());
}

#[test]
fn more_pictures_and_those_of_others_take_longer() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    let total = |world: &World, request: &str| {
        let request = crate::base::json::read(request.as_bytes()).expect("the request parses");
        world.engine.route_paint(&Wish::Image(Box::new(request))).expect("somebody paints").estimate.total_ms
    };
    let prompt = ask(&mut world, &mut server, r#"{"prompt":"a prism"}"#);
    let one = total(&world, r#"{"prompt":"x"}"#);
    let each = total(&world, r#"{"prompt":"x","count":2}"#) - one;
    assert!(each > 0.5 * one, "{each} of {one}");
    assert!((total(&world, r#"{"prompt":"x","count":3}"#) - one - 2.0 * each).abs() < 2.0);
    let status = |remaining: u32| {
        let words = json!({ "type": "status", "data": { "status": { "exec_info": { "queue_remaining": remaining } } } });
        Input::Transport(prompt.socket, Transport::Words(words.to_string()))
    };
    world.put(status(4));
    assert!((total(&world, r#"{"prompt":"x"}"#) - one - 4.0 * each).abs() < 2.0);
    // The picture itself took from where it began, however long it had waited.
    world.wait(5_000);
    prompt.begins(&mut world);
    world.wait(3_000);
    prompt.ends(&mut world);
    give(&mut world, &mut server);
    pictures(&world, "p");
    // Nobody listens any more, so nobody knows who waits.
    let after = total(&world, r#"{"prompt":"x"}"#);
    assert!((2_900.0..4_000.0).contains(&after), "{after}");
}

#[test]
fn a_prompt_runs_without_a_socket_too() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    world.paint("p", r#"{"prompt":"a prism"}"#);
    let asked = server.answer(&mut world);
    let (socket, _) = asked.iter().find(|(_, request)| request.url.contains("/ws?")).unwrap().clone();
    world.put(Input::Transport(socket, Transport::Failed(TransportFailure::Network)));
    let (id, _) = accept(&mut world, &mut server);
    for round in 0..20 {
        world.wait(1_000);
        for (transport, request) in server.answer(&mut world) {
            if request.url.contains("/history/") {
                let body = if round < 5 { json!({}) } else { history(&id) };
                reply(&mut world, transport, 200, &body.to_string());
            } else if request.url.ends_with("/queue") {
                let body = json!({ "queue_running": [[1, id, {}, {}, []]], "queue_pending": [] });
                reply(&mut world, transport, 200, &body.to_string());
            } else if request.url.contains("/view?") {
                world.put(Input::Transport(
                    transport,
                    Transport::Head(ResponseHead { status: 200, ..Default::default() }),
                ));
                let body = Transport::Body { bytes: 9, media_type: "image/png".to_owned() };
                world.put(Input::Transport(transport, body));
                world.put(Input::Transport(transport, Transport::End));
            }
        }
    }
    assert_eq!(pictures(&world, "p").images.len(), 1);
}

fn history(id: &str) -> Value {
    json!({ id: {
        "outputs": { "9": { "images": [file()] } },
        "status": { "status_str": "success", "completed": true, "messages": [] },
    } })
}

#[test]
fn cancelling_tells_the_server_and_waits_until_it_has_stopped() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    let prompt = ask(&mut world, &mut server, r#"{"prompt":"a prism"}"#);
    prompt.begins(&mut world);
    server.answer(&mut world);
    world.request("p", Request::Cancel);
    assert!(world.engine.queue().is_empty());
    let mut told = Vec::new();
    for _ in 0..6 {
        for (transport, request) in server.answer(&mut world) {
            let path = request.url.rsplit('/').next().unwrap_or_default().to_owned();
            let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
            told.push(format!("{} {path}", request.method));
            if path == "queue" && request.method == "GET" {
                let is_stopped = told.iter().any(|told| told == "POST interrupt");
                let running = if is_stopped { json!([]) } else { json!([[1, prompt.id, {}, {}, []]]) };
                let body = json!({ "queue_running": running, "queue_pending": [] });
                reply(&mut world, transport, 200, &body.to_string());
            } else {
                assert!(request.method == "GET" || body.contains(&prompt.id), "{body}");
                reply(&mut world, transport, 200, "{}");
            }
        }
        world.wait(1_000);
    }
    assert_eq!(told[..3], ["POST queue", "GET queue", "POST interrupt"], "{told:?}");
    world.wait(120_000);
    assert!(world.engine.poll_timeout().is_none_or(|_| world.engine.queue().is_empty()));
    assert!(
        world.says(&format!("abort {}", prompt.socket.number())),
        "the socket stays for the last word, and no longer"
    );
}

#[test]
fn a_node_that_fails_says_why_and_the_next_maker_takes_over() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    painter(&mut world);
    let prompt = ask(
        &mut world,
        &mut server,
        r#"{"prompt":"a prism","policy":{"goal":"balanced","prefer":["comfyui"]}}"#,
    );
    prompt.begins(&mut world);
    prompt.preview(&mut world);
    let failure = json!({
        "node_id": prompt.sampler(), "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError",
        "exception_message": "Allocation on device", "traceback": [],
    });
    prompt.tells(&mut world, "execution_error", failure);
    let far = world.calls.pop_front().expect("the painter in the cloud is asked");
    let image = CustomEvent::Image { blob: 1 << 31, bytes: 9, media_type: "image/png".to_owned() };
    let finish = CustomEvent::Finish { reason: FinishReason::Stop };
    world.put(Input::Transport(far, Transport::CustomEvents(vec![image, finish])));
    let result = pictures(&world, "p");
    assert_eq!(result.receipt.model, "far/paint");
    assert_eq!(result.receipt.attempts[0].outcome.code, "out-of-memory");
    assert!(world.says("fallback comfyui/tiny-random-sd15.safetensors > far/paint (out-of-memory)"));
}

#[test]
fn where_the_picture_must_stay_near_its_failure_is_the_end() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    painter(&mut world);
    let request = r#"{"prompt":"a prism","policy":{"stayWithin":"device"}}"#;
    let prompt = ask(&mut world, &mut server, request);
    prompt.begins(&mut world);
    let failure = json!({
        "node_id": "3", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError",
        "exception_message": "Allocation on device", "traceback": [],
    });
    prompt.tells(&mut world, "execution_error", failure);
    world.wait(60_000);
    assert!(world.calls.is_empty());
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("smaller picture")), "{:?}", error.hint);
}

#[test]
fn a_server_that_was_restarted_is_given_the_workflow_once_more() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    let first = ask(&mut world, &mut server, r#"{"prompt":"a prism"}"#);
    first.begins(&mut world);
    world.put(Input::Transport(first.socket, Transport::End));
    let mut second = None;
    for _ in 0..20 {
        world.wait(1_000);
        for (transport, request) in server.answer(&mut world) {
            if request.url.ends_with("/prompt") {
                let body: Value =
                    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap();
                second = body["prompt_id"].as_str().map(str::to_owned);
                let accepted = json!({ "prompt_id": second, "number": 1, "node_errors": {} });
                reply(&mut world, transport, 200, &accepted.to_string());
            } else if let (Some(id), true) = (&second, request.url.contains("/history/")) {
                let body = history(id).to_string();
                reply(&mut world, transport, 200, &body);
            } else if request.url.contains("/history/") {
                reply(&mut world, transport, 200, "{}");
            } else if request.url.ends_with("/queue") {
                reply(&mut world, transport, 200, r#"{"queue_running":[],"queue_pending":[]}"#);
            } else if request.url.contains("/view?") {
                world.put(Input::Transport(
                    transport,
                    Transport::Head(ResponseHead { status: 200, ..Default::default() }),
                ));
                world.put(Input::Transport(
                    transport,
                    Transport::Body { bytes: 9, media_type: "image/png".to_owned() },
                ));
                world.put(Input::Transport(transport, Transport::End));
            } else if request.url.contains("/ws?") {
                world.put(Input::Transport(transport, Transport::Failed(TransportFailure::Network)));
            }
        }
    }
    assert_eq!(pictures(&world, "p").receipt.attempts.len(), 1);
    assert!(second.is_some_and(|second| second != first.id));
    assert!(world.says("warning asked-again"));
}

#[test]
fn a_picture_to_change_is_uploaded_first() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    // The recorded server's nodes lack what scales a picture to so many pixels; with a size another one does.
    world.paint(
        "p",
        r#"{"prompt":"bluer","width":64,"height":64,"source":{"mediaType":"image/png","file":4,"bytes":9}}"#,
    );
    let asked = server.answer(&mut world);
    let (upload, request) =
        asked.iter().find(|(_, request)| request.url.ends_with("/upload/image")).expect("an upload").clone();
    assert!(request.form.iter().any(|part| matches!(part, FormPart::File { file: 4, .. })));
    reply(&mut world, upload, 200, r#"{"name":"mine (1).png","subfolder":"","type":"input"}"#);
    let (socket, _) = asked.iter().find(|(_, request)| request.url.contains("/ws?")).unwrap().clone();
    world.put(Input::Transport(socket, Transport::Opened));
    let (_, workflow) = accept(&mut world, &mut server);
    let loads =
        workflow.as_object().unwrap().values().find(|node| node["class_type"] == "LoadImage").unwrap();
    assert_eq!(loads["inputs"]["image"], "mine (1).png");
}

#[test]
fn its_mask_is_uploaded_after_it() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    for (name, class) in masks() {
        server.nodes[name] = class;
    }
    world.paint(
        "p",
        r#"{"prompt":"a hat","width":64,"height":64,"source":{"mediaType":"image/png","file":4,"bytes":9},"mask":{"mediaType":"image/jpeg","file":5,"bytes":9}}"#,
    );
    let asked = server.answer(&mut world);
    let upload_of = |world: &World, handle: u32| {
        let is_it = |part: &FormPart| matches!(part, FormPart::File { file, .. } if *file == handle);
        let sent = world.sent.iter().find(|(_, request)| request.form.iter().any(is_it));
        sent.map(|(transport, _)| *transport)
    };
    let source = upload_of(&world, 4).expect("the source is uploaded");
    assert_eq!(upload_of(&world, 5), None, "one after the other");
    reply(&mut world, source, 200, r#"{"name":"a.png","subfolder":"","type":"input"}"#);
    let mask = upload_of(&world, 5).expect("and then the mask");
    reply(&mut world, mask, 200, r#"{"name":"b.jpg","subfolder":"masks","type":"input"}"#);
    let (socket, _) = asked.iter().find(|(_, request)| request.url.contains("/ws?")).unwrap().clone();
    world.put(Input::Transport(socket, Transport::Opened));
    let (_, workflow) = accept(&mut world, &mut server);
    let nodes = workflow.as_object().unwrap().values();
    let mut loaded: Vec<&str> = nodes
        .filter(|node| node["class_type"] == "LoadImage")
        .filter_map(|node| node["inputs"]["image"].as_str())
        .collect();
    loaded.sort_unstable();
    assert_eq!(loaded, ["a.png", "masks/b.jpg"]);
    assert!(workflow.to_string().contains("SetLatentNoiseMask"));
}

/// What the recorded server's list, which was shortened, lacks.
fn masks() -> Vec<(&'static str, serde_json::Value)> {
    let all = include_str!("../../../../tests/fixtures/comfyui-handmade/object_info_flux.json");
    let mut all: serde_json::Value = serde_json::from_str(all).unwrap();
    ["ImageToMask", "SetLatentNoiseMask"].map(|name| (name, all[name].take())).to_vec()
}

#[test]
fn a_mask_is_nothing_without_its_source_and_nothing_for_who_cannot_keep_to_it() {
    let mut world = World::new(ONLY);
    world.paint("p", r#"{"prompt":"a hat","mask":{"mediaType":"image/png","file":5,"bytes":9}}"#);
    assert_eq!(world.error("p").code, ErrorCode::InvalidRequest);
    world.paint(
        "q",
        r#"{"prompt":"a hat","source":{"mediaType":"image/png","file":4,"bytes":9},"mask":{"mediaType":"text/plain","file":5,"bytes":9}}"#,
    );
    assert!(world.error("q").message.contains("`mask`"));
}

#[test]
fn a_server_without_a_model_says_which_file_to_get() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    server.nodes["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] = json!([[], {}]);
    world.paint("p", r#"{"prompt":"a prism"}"#);
    server.answer(&mut world);
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::ModelMissing);
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("models/checkpoints")), "{error:?}");
}

#[test]
fn a_workflow_in_the_format_of_the_page_says_how_to_export_it() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    world.paint("p", r#"{"prompt":"a","workflow":{"nodes":[],"links":[]}}"#);
    server.answer(&mut world);
    world.wait(10_000);
    server.answer(&mut world);
    let error = world.error("p");
    assert_eq!(error.code, ErrorCode::InvalidRequest, "{error:?}");
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("Export (API)")), "{error:?}");
}

#[test]
fn two_pictures_at_once_share_one_socket_and_each_gets_its_own() {
    let (mut world, mut server) = (World::new(ONLY), Server::new());
    let first = ask(&mut world, &mut server, r#"{"prompt":"a prism"}"#);
    world.paint("q", r#"{"prompt":"a lens"}"#);
    let (id, workflow) = accept(&mut world, &mut server);
    assert_eq!(world.sent.iter().filter(|(_, request)| request.url.contains("/ws?")).count(), 1);
    let second = Prompt { socket: first.socket, id, workflow };
    first.begins(&mut world);
    first.ends(&mut world);
    give(&mut world, &mut server);
    assert_eq!(world.settled.len(), 1);
    second.begins(&mut world);
    second.ends(&mut world);
    give(&mut world, &mut server);
    assert_ne!(pictures(&world, "p").images[0].blob, pictures(&world, "q").images[0].blob);
}

/// A painter in the cloud, written in JavaScript.
fn painter(world: &mut World) {
    let provider = "far".to_owned();
    world.request("far", Request::Register { provider, locality: Locality::Cloud, version: None });
    let id = world.calls.pop_front().expect("its models are asked for");
    world.put(Input::Transport(id, Transport::CustomModels(vec![paint()])));
}

fn paint() -> CustomModel {
    CustomModel { id: "paint".to_owned(), modality: Modality::Image, ..CustomModel::default() }
}
