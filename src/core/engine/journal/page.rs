//! A page of the journal: what it looks like, and how an answer is put together from the pages that are left of it.
//!
//! A page says where its words begin, so pages may be written twice, overlap, or begin the answer again. Only the pages of the
//! youngest time count: an id that is used again does not mix two answers.

use serde::Serialize;
use serde_json::Value;

use crate::base::json::{self, Fields, FromJson};
use crate::base::time::Wall;
use crate::engine::generation::Shown;
use crate::engine::io::JournalPage;
use crate::model::receipt::Source;
use crate::model::{TextRequest, ToolCall};

/// How much of an answer is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Mark {
    text: usize,
    reasoning: usize,
    sources: usize,
    tool_calls: usize,
    has_half_call: bool,
}

impl Mark {
    /// All that was shown.
    pub(in crate::engine) fn of(shown: &Shown, has_half_call: bool) -> Self {
        Self {
            text: shown.text.len(),
            reasoning: shown.reasoning.len(),
            sources: shown.sources.len(),
            tool_calls: shown.tool_calls.len(),
            has_half_call,
        }
    }
}

/// An answer that an earlier page left.
#[derive(Debug)]
pub(in crate::engine) struct Earlier {
    /// When it was asked for.
    pub(in crate::engine) at: Wall,
    /// The number of the next page.
    pub(in crate::engine) next: u32,
    pub(in crate::engine) shown: Shown,
    /// Whether a part of a tool call was shown.
    pub(in crate::engine) has_half_call: bool,
    /// Who was asked last.
    pub(super) model: String,
    pub(super) wanted: Wanted,
}

/// What was asked, as far as it was kept.
#[derive(Debug)]
pub(super) enum Wanted {
    Nothing,
    Request(Box<TextRequest>),
    /// The files of a request are not kept.
    WithFiles,
}

/// A page that is to be written.
pub(in crate::engine) struct Writing<'a> {
    pub(in crate::engine) id: &'a str,
    pub(in crate::engine) at: Wall,
    pub(in crate::engine) number: u32,
    /// Where it is not kept yet.
    pub(in crate::engine) request: Option<&'a TextRequest>,
    pub(in crate::engine) model: Option<String>,
    pub(in crate::engine) has_half_call: bool,
    /// What is kept already.
    pub(in crate::engine) since: Mark,
    pub(in crate::engine) shown: &'a Shown,
}

/// The same, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    id: &'a str,
    at: Wall,
    number: u32,
    has_files: bool,
    request: Option<&'a TextRequest>,
    model: Option<&'a str>,
    has_half_call: bool,
    text: (usize, &'a str),
    reasoning: (usize, &'a str),
    sources: (usize, &'a [Source]),
    tool_calls: (usize, &'a [ToolCall]),
}

impl Writing<'_> {
    pub(in crate::engine) fn to_bytes(&self) -> Vec<u8> {
        let Self { since, shown, .. } = self;
        let has_files = self.request.is_some_and(has_files);
        let written = Written {
            id: self.id,
            at: self.at,
            number: self.number,
            has_files,
            request: self.request.filter(|_| !has_files),
            model: self.model.as_deref(),
            has_half_call: self.has_half_call,
            text: (since.text, shown.text.get(since.text..).unwrap_or_default()),
            reasoning: (since.reasoning, shown.reasoning.get(since.reasoning..).unwrap_or_default()),
            sources: (since.sources, shown.sources.get(since.sources..).unwrap_or_default()),
            tool_calls: (since.tool_calls, shown.tool_calls.get(since.tool_calls..).unwrap_or_default()),
        };
        serde_json::to_vec(&written).unwrap_or_default()
    }
}

fn has_files(request: &TextRequest) -> bool {
    request.conversation().iter().any(|message| message.content().files().next().is_some())
}

/// A page that was read.
pub(super) struct Page {
    pub(super) id: String,
    at: Wall,
    number: u32,
    wanted: Wanted,
    model: Option<String>,
    has_half_call: bool,
    text: (usize, String),
    reasoning: (usize, String),
    sources: (usize, Vec<Source>),
    tool_calls: (usize, Vec<ToolCall>),
}

impl Page {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(json::read(bytes).ok()?, "").ok()?;
        let wanted = match fields.take("request").ok()? {
            Some(request) => Wanted::Request(Box::new(request)),
            None if fields.need("hasFiles").ok()? => Wanted::WithFiles,
            None => Wanted::Nothing,
        };
        Some(Self {
            id: fields.need("id").ok()?,
            at: fields.need("at").ok()?,
            number: fields.need("number").ok()?,
            wanted,
            model: fields.take("model").ok()?,
            has_half_call: fields.need("hasHalfCall").ok()?,
            text: part(&mut fields, "text")?,
            reasoning: part(&mut fields, "reasoning")?,
            sources: part(&mut fields, "sources")?,
            tool_calls: part(&mut fields, "toolCalls")?,
        })
    }
}

/// `[where it begins, what stands there]`
fn part<T: FromJson>(fields: &mut Fields, name: &str) -> Option<(usize, T)> {
    let mut pair: Vec<Value> = fields.need(name).ok()?;
    let rest = pair.pop()?;
    let from = usize::try_from(pair.pop()?.as_u64()?).ok()?;
    Some((from, T::from_json(rest, "").ok()?))
}

/// Pages that can be read, by their answers and in their order, and the names of those that cannot.
pub(super) fn read(pages: Vec<JournalPage>) -> (Vec<Page>, Vec<String>) {
    let (mut good, mut bad) = (Vec::<Page>::new(), Vec::new());
    for JournalPage { name, bytes } in pages {
        let Some(page) = Page::read(&bytes) else {
            bad.push(name);
            continue;
        };
        // They mostly come in order; a library's sort would be ten times the code.
        let before = good
            .iter()
            .rposition(|known| (&known.id, known.at, known.number) <= (&page.id, page.at, page.number));
        good.insert(before.map_or(0, |before| before + 1), page);
    }
    (good, bad)
}

impl Earlier {
    /// Of the pages of one answer, in their order. `None` where nothing can be made of them.
    pub(super) fn of(pages: Vec<Page>) -> Option<Self> {
        let last = pages.last()?;
        let (at, next) = (last.at, last.number.saturating_add(1));
        let mut earlier = Self {
            at,
            next,
            shown: Shown::default(),
            has_half_call: false,
            model: String::new(),
            wanted: Wanted::Nothing,
        };
        for page in pages.into_iter().filter(|page| page.at == at) {
            earlier.add(page);
        }
        let Shown { text, reasoning, tool_calls, .. } = &earlier.shown;
        earlier.shown.is_any =
            !text.is_empty() || !reasoning.is_empty() || !tool_calls.is_empty() || earlier.has_half_call;
        (!matches!(earlier.wanted, Wanted::Nothing)).then_some(earlier)
    }

    fn add(&mut self, page: Page) {
        if !matches!(page.wanted, Wanted::Nothing) {
            self.wanted = page.wanted;
        }
        let shown = &mut self.shown;
        let (text, reasoning) = (&mut shown.text, &mut shown.reasoning);
        // A page before this one is missing: words after a gap are no beginning of anything.
        let fits = text.is_char_boundary(page.text.0) && reasoning.is_char_boundary(page.reasoning.0);
        if !fits || shown.sources.len() < page.sources.0 || shown.tool_calls.len() < page.tool_calls.0 {
            return;
        }
        text.truncate(page.text.0);
        text.push_str(&page.text.1);
        reasoning.truncate(page.reasoning.0);
        reasoning.push_str(&page.reasoning.1);
        shown.sources.truncate(page.sources.0);
        shown.sources.extend(page.sources.1);
        shown.tool_calls.truncate(page.tool_calls.0);
        shown.tool_calls.extend(page.tool_calls.1);
        self.has_half_call = page.has_half_call;
        self.model = page.model.unwrap_or(core::mem::take(&mut self.model));
    }
}
