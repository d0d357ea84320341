//! A request reaches a server: whether it may, and what the server says.

use hkm_mesh_core::base::id::TransportId;
use hkm_mesh_core::engine::{Transport, TransportFailure};
use hkm_mesh_core::model::FinishReason;
use hkm_mesh_core::model::http::HttpRequest;
use serde_json::{Value, json};

use super::transcript::{of, tag};
use super::{Happening, Running, World};
use crate::answer::{Answer, Kind, Piece, script};
use crate::asked::{Cut, Plan};
use crate::fault::Fault;
use crate::manner::Manner;
use crate::refusal::Refusal;
use crate::server::{self, Said, Server};
use crate::text;
use crate::wire::Protocol;

impl World {
    pub(super) fn fetch(&mut self, id: TransportId, request: &HttpRequest) {
        let text = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let asker = tag(&text);
        self.note(|| format!("{}fetch {} {} {}", of(asker), id.number(), request.method, request.url));
        if let Some(number) = asker {
            self.may_ask_at_once(number);
        }
        self.transports.insert(id, Running { request: asker, ..Running::default() });
        let Some(server) = self.servers.iter().copied().find(|server| request.url.starts_with(server.origin))
        else {
            // Another name of the same machine, which nothing listens to here.
            let nobody = Transport::Failed(TransportFailure::Network);
            self.later(self.now + 1_000, Happening::Said(id, nobody));
            return;
        };
        let is_permitted = self.departures.permits(request);
        self.promise(is_permitted, || {
            format!("transport {} would have been stopped at the door", id.number())
        });
        let Some(number) = asker else {
            let is_there = self.weather.is_there(&server, self.now);
            let said = server::other(&server, &request.url, is_there, &mut self.rng);
            self.will_say(id, said);
            return;
        };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let model = server.protocol.model(&request.url, &body);
        self.may_ask(number, &server, &model);
        let fault = self.fault(number, &server);
        let is_text = self.asked.get(number).is_some_and(|asked| asked.kind != Kind::Vectors);
        let (mut said, fault) = if is_text {
            self.answer(number, &server, &body, fault)
        } else {
            (self.vectors(&server, &body, fault), fault)
        };
        if let Some((after, _)) = said.first_mut().filter(|_| is_text) {
            *after += self.weather.lateness(&mut self.rng);
        }
        if request.lane.is_some() && self.rng.u8(..5) == 0 {
            said.splice(..0, server::in_line(&mut self.rng));
        }
        if let (Some(running), Some(asked)) = (self.transports.get_mut(&id), self.asked.get_mut(number)) {
            running.asks = Some((server, model));
            running.fault = fault;
            if let Some(fault) = fault {
                asked.meet(fault.code(asked.kind));
                asked.was_stopped |= fault == Fault::Unfit && is_text;
                self.failed.entry(server.name).or_insert(self.now);
                let is_first = !is_text || server.protocol.beginning(&body).is_none();
                running.is_final = is_first && ends_it(fault, asked.kind, server.protocol);
            }
        }
        self.will_say(id, said);
    }

    fn will_say(&mut self, id: TransportId, said: Vec<Said>) {
        let mut at = self.now;
        for (after, what) in said {
            at += after;
            self.later(at, Happening::Said(id, what));
        }
    }

    /// Whether one more may be asked while others are: one alone, or a second one beside a late one.
    pub(super) fn may_ask_at_once(&mut self, number: usize) {
        let running = self.running(number);
        let Some(asked) = self.asked.get_mut(number) else { return };
        let most = usize::from(asked.wishes.hedges);
        self.hedges.1 += u64::from(asked.wishes.hedges);
        if running > 0 {
            asked.was_hedged = true;
            self.hedges.0 += 1;
        }
        let was_shown = asked.reader.was_shown;
        let (hedges, requests) = self.hedges;
        self.promise(running <= most, || format!("{number} asks {} at once", running + 1));
        self.promise(running == 0 || !was_shown, || {
            format!("{number} asks a second one after something was shown")
        });
        // Five at once, and then one of ten.
        self.promise(hedges * 10 <= 50 + requests, || {
            format!("{number} is asked twice, as {hedges} of {requests} are")
        });
    }

    /// How many are being asked.
    pub(super) fn running(&self, number: usize) -> usize {
        let runs = |running: &&Running| running.request == Some(number) && !running.is_over;
        self.transports.values().filter(runs).count()
    }

    /// Whether this model may be asked now, by what the caller wants and by what was heard.
    pub(super) fn may_ask(&mut self, number: usize, server: &Server, model: &str) {
        let now = self.now;
        // Who wants to be left alone for very long is asked all the same where nobody else may be.
        let is_barred = self.is_barred(server, now, now) || self.is_asked_in_other_words(number, model);
        let Some(asked) = self.asked.get_mut(number) else { return };
        let name = format!("{}/{model}", server.name);
        asked.requests += 1;
        asked.models.insert(name.clone());
        let (farthest, room) = (asked.wishes.farthest, server.room(model));
        let is_text = asked.kind != Kind::Vectors;
        let not_before =
            self.not_before.get(&name).copied().filter(|_| is_text && !is_barred).unwrap_or_default();
        let promises = [
            (!asked.is_over(), "asks a server after its end".to_owned()),
            (server.locality <= farthest, format!("goes to {}, beyond {farthest:?}", server.name)),
            (asked.wishes.allow(server, model), format!("goes to {name}, which is not allowed")),
            (is_text == room.is_some(), format!("asks {name} for what it does not make")),
            (asked.wishes.may_fall_back || asked.models.len() < 2, format!("falls back to {name}")),
            (asked.reader.calls.is_empty(), "asks again after a tool was called".to_owned()),
            (
                asked.wishes.cut != Cut::Fail || !asked.reader.was_shown,
                format!("asks {name} after a cut that should end it"),
            ),
            (
                asked.longer_than.zip(room).is_none_or(|(least, room)| room > least),
                format!("asks {name}, which has no more room than who had too little"),
            ),
            (now >= not_before, format!("asks {name}, which wants to be left alone")),
        ];
        for (is_kept, broken) in promises {
            self.promise(is_kept, || format!("{number} {broken}"));
        }
    }

    /// Whether this model was asked last and did not fail: what it said could not be joined, or it wants the user to speak
    /// last. It is asked for the same in other words.
    fn is_asked_in_other_words(&self, number: usize, model: &str) -> bool {
        let last =
            self.transports.values().rev().find(|running| running.request == Some(number) && running.is_over);
        last.is_some_and(|last| {
            last.asks.as_ref().is_some_and(|(_, asked)| asked == model)
                && (last.is_aborted || last.fault.is_none())
        })
    }

    /// What goes wrong this time.
    fn fault(&mut self, number: usize, server: &Server) -> Option<Fault> {
        let is_there = self.weather.is_there(server, self.now);
        let asked = self.asked.get_mut(number)?;
        let tries = asked.tries.entry(server.name).or_default();
        *tries += 1;
        match asked.plans.get(server.name)? {
            _ if !is_there => Some(Fault::Unreached),
            Plan::Once(fault) if *tries == 1 => Some(*fault),
            Plan::Always(fault) => Some(*fault),
            _ => None,
        }
    }

    /// What a server says to a request for an answer, and what really went wrong.
    pub(super) fn answer(
        &mut self,
        number: usize,
        server: &Server,
        body: &Value,
        fault: Option<Fault>,
    ) -> (Vec<Said>, Option<Fault>) {
        let protocol = server.protocol;
        let beginning = protocol.beginning(body);
        // Who is to go on and says nothing means that nothing is missing: that is no fault, and here it would be a lie.
        let fault = fault.filter(|fault| beginning.is_none() || *fault != Fault::Empty);
        let Some(asked) = self.asked.get(number) else { return (Vec::new(), fault) };
        let (kind, cut, shown) = (asked.kind, asked.wishes.cut, asked.reader.text.clone());
        let (attempt, answers) = (asked.requests, asked.answers.clone());
        if let Some(beginning) = &beginning {
            self.promise(*beginning == shown, || {
                format!("{number} is to go on from {beginning:?}, and the reader sees {shown:?}")
            });
            self.promise(cut == Cut::GoOn, || format!("{number} goes on, and it should be {cut:?}"));
            self.promise(kind != Kind::Schema, || format!("{number} goes on from half of its data"));
        }
        let said = beginning.as_deref().unwrap_or_default();
        let Some(answer) = answers.iter().find(|answer| answer.text.starts_with(said)) else {
            self.promise(false, || format!("{number} is to go on from what nobody said: {beginning:?}"));
            return (Vec::new(), fault);
        };
        if beginning.is_some()
            && fault.is_none()
            && self.strict.contains(&server.name)
            && protocol.ends_with_model(body)
        {
            let refused = Some(Fault::Refused(Refusal::Invalid));
            return (server::chat(protocol, Vec::new(), FinishReason::Stop, refused, &mut self.rng), None);
        }
        let words = match &beginning {
            None => answer.text.clone(),
            Some(beginning) => {
                let manner = Manner::any(&mut self.rng);
                self.transcript.push(format!("       it goes on from {} bytes: {manner:?}", beginning.len()));
                manner.say(answer, beginning, &answers)
            }
        };
        let thinks = kind == Kind::Thoughts && self.rng.u8(..4) > 0;
        let thoughts = thinks.then(|| text::thought(attempt, &mut self.rng));
        if let Some(asked) = self.asked.get_mut(number) {
            asked.carried_on |= beginning.is_some();
            asked
                .thoughts
                .extend(thoughts.clone().map(|thoughts| (attempt, (beginning.is_none(), thoughts))));
        }
        let mut pieces = script(thoughts.as_deref(), &words, &answer.calls, &mut self.rng);
        if fault == Some(Fault::Unfit) {
            let mut useless = answer.clone();
            unfit(&mut pieces, &mut useless, kind, protocol);
            self.asked.iter_mut().skip(number).take(1).for_each(|asked| asked.useless.push(useless.clone()));
        }
        (server::chat(protocol, pieces, answer_finish(answer, fault), fault, &mut self.rng), fault)
    }

    fn vectors(&mut self, server: &Server, body: &Value, fault: Option<Fault>) -> Vec<Said> {
        let place = server::SERVERS.iter().position(|one| one.name == server.name).unwrap_or_default();
        let number = |text: &String| text.rsplit(' ').next().and_then(|number| number.parse().ok());
        let texts = server.protocol.texts(body);
        let vectors = texts.iter().filter_map(number).map(|number| [place as u32, number]).collect();
        server::vectors(server.protocol, vectors, fault, &mut self.rng)
    }
}

const fn answer_finish(answer: &Answer, fault: Option<Fault>) -> FinishReason {
    // Nothing was said, so no tool was called.
    if matches!(fault, Some(Fault::Empty)) { FinishReason::Stop } else { answer.finish }
}

/// Makes of what is said something that is whole and of no use, and of the answer what may be shown of it.
fn unfit(pieces: &mut Vec<Piece>, answer: &mut Answer, kind: Kind, protocol: Protocol) {
    if kind == Kind::Schema {
        answer.text = json!({ "title": 3, "words": [] }).to_string();
        *pieces = vec![Piece::Words(answer.text.clone())];
        return;
    }
    let last = pieces.pop();
    match (protocol, last, answer.calls.last_mut()) {
        (Protocol::OpenAi | Protocol::OpenRouter, Some(Piece::Call { place, name, .. }), Some(call)) => {
            pieces.push(Piece::Call { place, name, input: "{\"city\":".to_owned(), is_start: true });
            call.input = json!({ "city": "" });
        }
        (Protocol::Gemini, ..) => pieces.retain(|piece| !matches!(piece, Piece::Call { .. })),
        // It writes no calls that are none.
        _ => pieces.clear(),
    }
}

/// Whether a fault ends a generation that was to begin with this answer: the next would say the same, or it was whole and of
/// no use.
fn ends_it(fault: Fault, kind: Kind, protocol: Protocol) -> bool {
    match fault {
        Fault::Refused(Refusal::Moderated | Refusal::Invalid) => true,
        Fault::Unfit => match kind {
            Kind::Schema => true,
            Kind::Tools => matches!(protocol, Protocol::OpenAi | Protocol::OpenRouter),
            _ => false,
        },
        _ => false,
    }
}
