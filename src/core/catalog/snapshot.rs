//! The built-in snapshot: what was known of hosted models on the day it was made, for decisions before anybody
//! answered and for prices that no server lists. It reads and finds; what a newer fact overrides is not decided here.
//!
//! The text comes from the npm package (`pkg/src/generated/catalogue.ts`, made by `scripts/make-catalogue.mjs`):
//!
//! ```text
//! hkm-mesh catalogue 1                    the format
//! taken 2026-11-10                        the day of the data; other words up to the first `=` are notes
//! =openrouter                             the provider of the lines that follow
//! openai/gpt-5|OpenAI: GPT-5|vtrjs|400000|128000|1.25 10 c0.125 +
//! ```
//!
//! A model is its id, its name (the id where empty), what it makes (`I` pictures, `V` video, else text) and can do
//! (the letters of [`Capabilities`]), its context and its longest answer in tokens, and its prices: USD per million
//! input and output tokens, then `c` for cached input and `r` for reasoning tokens, `i` USD per picture, `q` USD per
//! request, and `+` where the price varies. After `>` and a number of tokens come the input, output and `c` of longer prompts.
//! Fields at the end may be missing, and an empty one is unknown.

mod likeness;
#[cfg(test)]
mod tests;

use core::fmt;

pub use likeness::Likeness;

use crate::base::money::Money;
use crate::base::time::Wall;
use crate::model::{LongPromptPrice, Modality, Price};

const FORMAT: &[u8] = b"hkm-mesh catalogue ";
const VERSION: &[u8] = b"1";

/// Whose models a snapshot can hold: two providers, and those that only others host.
const PROVIDERS: [&str; 3] = ["gemini", "openrouter", "huggingface"];

/// The letters of capabilities and the words that JavaScript sees.
const CAPABILITIES: [(char, &str); 7] = [
    ('v', "vision"),
    ('t', "tools"),
    ('r', "reasoning"),
    ('j', "json"),
    ('s', "search"),
    ('e', "image-edit"),
    ('b', "embedding"),
];

/// Why a text is no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not begin as a snapshot does.
    Foreign,
    /// It is a snapshot of a format that is not known here.
    Version,
    /// It does not say from which day it is.
    Date,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Foreign => "This is no catalogue of models.",
            Self::Version => "This catalogue of models is of another version of the package.",
            Self::Date => "This catalogue of models does not say from which day it is.",
        })
    }
}

impl core::error::Error for Unreadable {}

/// What a model can do beside plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u8);

impl Capabilities {
    fn add(&mut self, letter: char) -> Option<()> {
        let place = CAPABILITIES.iter().position(|(known, _)| *known == letter)?;
        self.0 |= 1 << place;
        Some(())
    }

    /// The words that JavaScript sees.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        CAPABILITIES
            .iter()
            .enumerate()
            .filter(move |(place, _)| self.0 & (1 << place) != 0)
            .map(|(_, (_, word))| *word)
    }

    /// Whether this one is among them.
    pub fn has(self, capability: &str) -> bool {
        self.words().any(|word| word == capability)
    }
}

/// What the snapshot says of a model. What it does not say is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotModel {
    /// Who serves it.
    pub provider: &'static str,
    /// The provider's own name for it.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// What it makes.
    pub modality: Modality,
    /// What it can do beside plain text.
    pub capabilities: Capabilities,
    /// Tokens it can hold.
    pub context_length: Option<u64>,
    /// Tokens it can answer with at most.
    pub output_limit: Option<u64>,
    /// Prices; absent where unknown. Where they vary, the lowest.
    pub price: Option<Price>,
    /// Whether it may be dearer: for long prompts, for larger pictures, from a day to come, or because the name moves
    /// from model to model.
    pub price_varies: bool,
}

impl SnapshotModel {
    fn order(&self) -> (&str, &str) {
        (self.provider, &self.id)
    }
}

/// What the snapshot knows of a model that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known<'a> {
    /// The model; its prices are not always those of the one that was asked for.
    pub model: &'a SnapshotModel,
    /// The prices of the one that was asked for.
    pub price: Option<Price>,
    /// Whether it may be dearer.
    pub price_varies: bool,
}

/// The built-in catalogue, in the order of providers and ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    taken: Wall,
    models: Vec<SnapshotModel>,
    skipped: usize,
}

impl Snapshot {
    /// Reads a packed snapshot. A line that does not fit, or tells of a model again, is left out and counted.
    pub fn read(packed: &[u8]) -> Result<Self, Unreadable> {
        let mut lines = packed.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let version = lines.next().and_then(|line| line.strip_prefix(FORMAT)).ok_or(Unreadable::Foreign)?;
        if version != VERSION {
            return Err(Unreadable::Version);
        }
        let mut taken = None;
        let mut inside = false;
        let mut provider = None;
        let mut models: Vec<SnapshotModel> = Vec::new();
        let mut skipped = 0;
        for line in lines.filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix(b"=") {
                inside = true;
                provider = PROVIDERS.iter().find(|known| known.as_bytes() == name);
                skipped += usize::from(provider.is_none());
            } else if !inside {
                taken = taken.or_else(|| date(core::str::from_utf8(line.strip_prefix(b"taken ")?).ok()?));
            } else if let Some(read) = provider.and_then(|provider| model(provider, core::str::from_utf8(line).ok()?))
                // Far less code than a sort, and as fast, because the text is in order.
                && let Err(place) = models.binary_search_by(|known| known.order().cmp(&read.order()))
            {
                models.insert(place, read);
            } else {
                skipped += 1;
            }
        }
        Ok(Self { taken: taken.ok_or(Unreadable::Date)?, models, skipped })
    }

    /// The day of the data.
    pub const fn taken(&self) -> Wall {
        self.taken
    }

    /// How many lines did not fit.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// Every model of a provider, by id.
    pub fn of(&self, provider: &str) -> &[SnapshotModel] {
        let from = self.models.partition_point(|model| model.provider < provider);
        let to = self.models.partition_point(|model| model.provider <= provider);
        self.models.get(from..to).unwrap_or_default()
    }

    /// What is known of a provider's model, also under the other names it goes by: with Gemini's `models/` before it,
    /// as `-latest`, `-001` or `-preview-09-2025`, and in OpenRouter's variants.
    pub fn find(&self, provider: &str, id: &str) -> Option<Known<'_>> {
        let models = self.of(provider);
        let id = id.strip_prefix("models/").unwrap_or(id);
        if let Some(model) = exactly(models, id) {
            return Some(Known { model, price: model.price, price_varies: model.price_varies });
        }
        let (plain, variant) = match id.split_once(':') {
            Some((plain, variant)) => (plain, Some(variant)),
            None => (id, None),
        };
        let asked = stem(plain.strip_suffix("-latest").unwrap_or(plain));
        let model = exactly(models, plain)
            .or_else(|| exactly(models, asked))
            .or_else(|| models.iter().find(|model| stem(&model.id) == asked))?;
        let (price, price_varies) = match variant {
            None => (model.price, model.price_varies),
            Some("free") => (Some(Price::FREE), false),
            // The same model by another choice of host, or with searches that are charged beside.
            Some("nitro" | "floor" | "exacto" | "online") => (model.price, true),
            Some(_) => (None, false),
        };
        Some(Known { model, price, price_varies })
    }
}

fn exactly<'a>(models: &'a [SnapshotModel], id: &str) -> Option<&'a SnapshotModel> {
    let place = models.binary_search_by(|model| model.id.as_str().cmp(id)).ok()?;
    models.get(place)
}

/// An id without what tells one issue of a model from another: `-001`, `-preview`, `-preview-09-2025`.
fn stem(id: &str) -> &str {
    if let Some((before, issue)) = id.rsplit_once('-')
        && issue.len() == 3
        && issue.starts_with('0')
        && issue.bytes().all(|byte| byte.is_ascii_digit())
    {
        return before;
    }
    match id.split_once("-preview") {
        Some((before, date)) if date.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => before,
        _ => id,
    }
}

fn model(provider: &'static str, line: &str) -> Option<SnapshotModel> {
    let mut fields = line.split('|');
    let mut field = || fields.next().unwrap_or_default();
    let (id, name) = (field(), field());
    if id.is_empty() {
        return None;
    }
    let (modality, capabilities) = talents(field())?;
    let (context_length, output_limit) = (count(field())?, count(field())?);
    let (price, price_varies) = prices(field())?;
    if fields.next().is_some() {
        return None;
    }
    Some(SnapshotModel {
        provider,
        id: id.to_owned(),
        name: if name.is_empty() { id } else { name }.to_owned(),
        modality,
        capabilities,
        context_length,
        output_limit,
        price,
        price_varies,
    })
}

fn talents(letters: &str) -> Option<(Modality, Capabilities)> {
    let (modality, letters) = if let Some(letters) = letters.strip_prefix('I') {
        (Modality::Image, letters)
    } else if let Some(letters) = letters.strip_prefix('V') {
        (Modality::Video, letters)
    } else {
        (Modality::Text, letters)
    };
    let mut capabilities = Capabilities::default();
    for letter in letters.chars() {
        capabilities.add(letter)?;
    }
    Some((modality, capabilities))
}

/// A number of tokens, or nothing; `None` for what is neither.
#[allow(clippy::option_option)] // The outer one is the line's: it does not fit.
fn count(text: &str) -> Option<Option<u64>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

fn prices(text: &str) -> Option<(Option<Price>, bool)> {
    if text.is_empty() {
        return Some((None, false));
    }
    let mut words = text.split(' ');
    let mut price =
        Price { input: per_token(words.next()?)?, output: per_token(words.next()?)?, ..Price::FREE };
    let mut varies = false;
    while let Some(word) = words.next() {
        let (kind, amount) = word.split_at_checked(1)?;
        match (kind, &mut price.long_prompt) {
            (">", None) => {
                let (input, output) = (per_token(words.next()?)?, per_token(words.next()?)?);
                let above = amount.parse().ok()?;
                price.long_prompt = Some(LongPromptPrice { above, input, output, cached_input: None });
            }
            ("c", Some(long)) => long.cached_input = Some(per_token(amount)?),
            ("c", None) => price.cached_input = Some(per_token(amount)?),
            ("r", _) => price.reasoning = Some(per_token(amount)?),
            ("i", _) => price.image = Some(Money::from_decimal(amount)?.usd()),
            ("q", _) => price.request = Some(Money::from_decimal(amount)?.usd()),
            ("+", _) if amount.is_empty() => varies = true,
            _ => return None,
        }
    }
    Some((Some(price), varies))
}

/// USD per token from USD per million tokens.
fn per_token(text: &str) -> Option<f64> {
    Some(Money::from_decimal(text)?.of_a_million()?.usd())
}

/// The beginning of a day such as 2026-11-10, UTC.
fn date(text: &str) -> Option<Wall> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March: the day that leap years add is then the last one of a year.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(Wall::from_epoch_millis(days.cast_signed() * 86_400_000))
}
