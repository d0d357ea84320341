//! What is shared by all who ask one ComfyUI: the socket on which it tells how prompts go on, and what it said of its nodes.
//! There is one socket a server, for as long as somebody waits for a picture: a second one of the same client would take the
//! first one's place.

use core::time::Duration;

use crate::base::hash;
use crate::base::id::TransportId;
use crate::base::time::{Monotonic, Now};
use crate::engine::io::{Output, Transport};
use crate::engine::provider::Provider;
use crate::engine::shared::{Owner, Shared};
use crate::model::http::HttpRequest;
use crate::model::{Locality, NodeClasses};
use crate::wire::comfyui::{self, Frame, GREETING, Preview, SocketDecoder, SocketEvent};
use crate::workflow::Architectures;

/// How long a prompt waits for the socket before it is sent without: it is asked after then.
pub(super) const SOCKET_WAIT: Duration = Duration::from_secs(3);

/// Before a socket that was lost is opened again, and the longest pause after that.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// What the socket said, for everyone who waits.
pub(in crate::engine) enum LineSaid {
    Opened,
    Closed,
    Event(SocketEvent),
    /// What is being made, with the socket that holds it.
    Preview {
        preview: Preview,
        /// The socket that holds it.
        socket: TransportId,
        /// All that came, bytes.
        bytes: u64,
    },
}

/// A ComfyUI, as far as all who ask it share it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Line {
    pub(in crate::engine) classes: NodeClasses,
    pub(in crate::engine) architectures: Architectures,
    /// The page's name at it.
    client_id: String,
    socket: Option<Socket>,
    /// How far what is asked over it may travel.
    farthest: Locality,
    losses: u32,
    again_at: Option<Monotonic>,
    /// How many prompts it has, whoever they are of, as it said last to who listens.
    queue: u32,
}

#[derive(Debug)]
struct Socket {
    transport: TransportId,
    is_open: bool,
    decoder: SocketDecoder,
}

impl Line {
    /// Whether it can be heard.
    pub(super) fn is_open(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.is_open)
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// When a socket that was lost is opened again.
    pub(in crate::engine) const fn again_at(&self) -> Option<Monotonic> {
        self.again_at
    }

    fn hear(&mut self, said: Transport, now: Now) -> Option<LineSaid> {
        let socket = self.socket.as_mut()?;
        match said {
            Transport::Opened => {
                socket.is_open = true;
                Some(LineSaid::Opened)
            }
            Transport::Words(words) => {
                // Whoever lost it at once each time waits longer and longer; one that speaks is well.
                self.losses = 0;
                match socket.decoder.text(&words) {
                    Frame::Known(event) => Some(LineSaid::Event(event)),
                    Frame::Unknown | Frame::Corrupt => None,
                }
            }
            Transport::Frame { head, bytes } => {
                match socket.decoder.binary(&head, usize::try_from(bytes).unwrap_or(usize::MAX)) {
                    Frame::Known(preview) => {
                        Some(LineSaid::Preview { preview, socket: socket.transport, bytes })
                    }
                    Frame::Unknown | Frame::Corrupt => None,
                }
            }
            Transport::End | Transport::Failed(_) => {
                self.socket = None;
                let pause = AGAIN.0.saturating_mul(1 << self.losses.min(4)).min(AGAIN.1);
                self.losses += 1;
                self.again_at = Some(now.monotonic.after(pause));
                Some(LineSaid::Closed)
            }
            _ => None,
        }
    }
}

impl Shared {
    /// What everybody knows of this server.
    pub(in crate::engine) fn line(&mut self, provider: &str) -> &mut Line {
        self.lines.entry(provider.to_owned()).or_default()
    }

    /// Opens the socket of a server, unless it is there or will be.
    pub(super) fn open_line(&mut self, provider: &Provider, farthest: Locality) {
        if self.line(&provider.name).client_id.is_empty() {
            let id = self.uuid();
            self.line(&provider.name).client_id = id;
        }
        let line = self.line(&provider.name);
        line.farthest = farthest;
        if line.socket.is_some() || line.again_at.is_some() {
            return;
        }
        let request = HttpRequest { farthest, ..comfyui::socket(&provider.endpoint, &line.client_id) };
        let transport = self.connect(Owner::Line(provider.name.clone()), request);
        self.line(&provider.name).socket =
            Some(Socket { transport, is_open: false, decoder: SocketDecoder::default() });
    }

    /// The socket of a server said something.
    pub(in crate::engine) fn line_said(
        &mut self,
        provider: &str,
        transport: TransportId,
        said: Transport,
        now: Now,
    ) -> Option<LineSaid> {
        if matches!(said, Transport::End | Transport::Failed(_)) {
            self.over(transport);
        }
        let heard = self.line(provider).hear(said, now)?;
        match &heard {
            LineSaid::Opened => self.push(Output::Send(transport, GREETING.to_owned())),
            LineSaid::Event(SocketEvent::Status { remaining }) => {
                self.queue_is(provider, *remaining);
            }
            _ => {}
        }
        Some(heard)
    }

    /// How many prompts a server has; none where nobody listens.
    pub(in crate::engine) fn queue_at(&self, provider: &str) -> u32 {
        self.lines.get(provider).map_or(0, |line| line.queue)
    }

    /// Who would be asked next has to wait for so many others.
    fn queue_is(&mut self, provider: &str, prompts: u32) {
        let line = self.line(provider);
        if core::mem::replace(&mut line.queue, prompts) != prompts {
            self.models_changed(provider);
        }
    }

    /// Opens again what was lost, where somebody waits.
    pub(in crate::engine) fn open_again(&mut self, now: Now, is_wanted: impl Fn(&str) -> bool) {
        let due = |line: &Line| line.again_at.is_some_and(|at| at <= now.monotonic);
        let names: Vec<String> =
            self.lines.iter().filter(|(_, line)| due(line)).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.line(&name).again_at = None;
            if let Some(provider) = self.providers.get(&name).cloned().filter(|_| is_wanted(&name)) {
                let farthest = self.line(&name).farthest;
                self.open_line(&provider, farthest);
            }
        }
    }

    /// Closes the sockets that nobody waits at any more.
    pub(in crate::engine) fn close_lines(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let names: Vec<String> = self.lines.keys().filter(|name| !is_wanted(name)).cloned().collect();
        for name in names {
            let line = self.line(&name);
            line.again_at = None;
            line.losses = 0;
            if let Some(socket) = line.socket.take() {
                self.abort(socket.transport);
            }
            self.queue_is(&name, 0);
        }
    }

    /// A name that nobody else has, as servers want one: a random UUID. Not a secret.
    pub(super) fn uuid(&mut self) -> String {
        let mut half = || hash::stable(&self.random.fraction().to_bits().to_le_bytes());
        let (high, low) = (half(), half());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }
}
