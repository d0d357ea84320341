//! The models as the router compares them: a column for each thing that counts, one row a model, in the order of their
//! addresses. It is changed where something changes and never built for a decision.

use core::cmp::Ordering;
use core::ops::Range;

use crate::base::money::Money;
use crate::base::number::between;
use crate::base::order;
use crate::model::health::{ProviderState, Rest, RestReason};
use crate::model::picture::TOKENS_OF_PICTURE;
use crate::model::{Capabilities, Locality, Modality, ModelKey, Pace, Price, Quality};

/// Everything the router knows of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its address.
    pub key: ModelKey,
    /// Where text sent to it goes.
    pub locality: Locality,
    /// What it makes.
    pub modality: Modality,
    /// What it is known to be able to do.
    pub capabilities: Capabilities,
    /// Whether that is all it can do. Else nobody told, and it may be able to do more.
    pub tells_all_capabilities: bool,
    /// Tokens that it holds, prompt and answer together.
    pub context_length: Option<u64>,
    /// Most tokens of one answer.
    pub max_output_tokens: Option<u64>,
    /// Prices; `None` is unknown and never free.
    pub price: Option<Price>,
    /// Expected quality of its answers, 0 to 1.
    pub quality: f64,
    /// The same as a coarse word.
    pub grade: Quality,
    /// How fast it is expected to be.
    pub pace: Pace,
    /// Which family's way of cutting text into tokens it has; 0 where that is unknown.
    pub family: u8,
    /// Whether its provider says that it can be used.
    pub is_available: bool,
}

/// Who serves rows of the table.
#[derive(Clone, Debug, PartialEq)]
struct Server {
    name: String,
    state: ProviderState,
    lacks_key: bool,
    /// Why all of its rows are left alone.
    rest: Option<Rest>,
    /// Rows that are left alone on their own account, by the provider's own name for them.
    resting: Vec<(String, Rest)>,
}

/// The bits of a row that the hard filters test, all at once. The lower half are the capabilities.
pub(super) mod bit {
    use crate::model::{Locality, Modality, Quality};

    /// Nobody told what it can do.
    pub(in crate::route) const UNTOLD: u64 = 1 << 42;
    /// Its provider says that it cannot be used.
    pub(in crate::route) const UNAVAILABLE: u64 = 1 << 43;
    /// Its provider needs a key and has none.
    pub(in crate::route) const NO_KEY: u64 = 1 << 44;
    /// Its provider does not answer.
    pub(in crate::route) const DOWN: u64 = 1 << 45;
    /// Nobody asked its provider yet.
    pub(in crate::route) const UNASKED: u64 = 1 << 46;
    /// It can do things that the mesh has no bit for. No row is known to.
    pub(in crate::route) const HEARD_OF: u64 = 1 << 47;
    /// It is left alone for a while: its server wants fewer requests, or it failed too often.
    pub(in crate::route) const RESTING: u64 = 1 << 48;
    /// It is left alone since the key was refused or the account is empty.
    pub(in crate::route) const REFUSED: u64 = 1 << 49;
    /// What belongs to the provider, not to the model.
    pub(super) const OF_PROVIDER: u64 = NO_KEY | DOWN | UNASKED;

    /// Each locality has one.
    pub(in crate::route) const fn locality(locality: Locality) -> u64 {
        1 << (32 + locality as u64)
    }

    /// Each modality has one.
    pub(in crate::route) const fn modality(modality: Modality) -> u64 {
        1 << (36 + modality as u64)
    }

    /// Each word for a quality has one.
    pub(in crate::route) const fn grade(grade: Quality) -> u64 {
        1 << (39 + grade as u64)
    }
}

/// What of a row is reckoned with once its bits have passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    /// Tokens; not a number where unknown, as are prices.
    pub(super) context: f64,
    pub(super) most_output: f64,
    pub(super) input_usd: f64,
    pub(super) output_usd: f64,
    pub(super) request_usd: f64,
    /// Tokens of the prompt above which the two prices of tokens are others; infinite where there are none.
    pub(super) long_above: f64,
    pub(super) long_input_usd: f64,
    pub(super) long_output_usd: f64,
    pub(super) quality: f64,
    /// 1 in this page, 0 in the cloud.
    pub(super) nearness: f64,
    /// Milliseconds to the first token but for reading the prompt.
    pub(super) ready_ms: f64,
    pub(super) prompt_token_ms: f64,
    pub(super) token_ms: f64,
    pub(super) server: u16,
    pub(super) family: u8,
}

/// The models as the router compares them. The place of a row holds until the next change.
///
/// The bits that most rows fail by are a column of their own, as are the addresses that nobody looks at while he compares;
/// the numbers are one column together, since whoever needs one of them needs all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// In the order in which they were first heard of; places are never given twice.
    servers: Vec<Server>,
    pub(super) keys: Vec<ModelKey>,
    pub(super) traits: Vec<u64>,
    pub(super) numbers: Vec<Numbers>,
}

/// What a name in a policy stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Every model of this provider.
    Server(u16),
    /// This model.
    Row(u32),
    /// Nothing that is known.
    Nobody,
}

impl Table {
    /// How many models there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The address of this row.
    pub fn key(&self, row: u32) -> Option<&ModelKey> {
        self.keys.get(row as usize)
    }

    /// The row of this model, whose tag `latest` may be left out.
    pub fn find(&self, key: &ModelKey) -> Option<u32> {
        self.place(key.provider(), key.id()).or_else(|| self.place(key.provider(), &latest(key.id())))
    }

    /// Whether the provider of this row does not answer.
    pub fn is_down(&self, row: u32) -> bool {
        self.traits.get(row as usize).is_some_and(|traits| traits & bit::DOWN != 0)
    }

    /// Whether this row is left alone for a while.
    pub fn is_resting(&self, row: u32) -> bool {
        let traits = self.traits.get(row as usize);
        traits.is_some_and(|traits| traits & (bit::RESTING | bit::REFUSED) != 0)
    }

    /// Whether any row is left alone for a while.
    pub(super) fn has_rests(&self) -> bool {
        self.servers.iter().any(|server| server.rest.is_some() || !server.resting.is_empty())
    }

    /// Why a row is left alone, if it is.
    pub fn rest(&self, row: u32) -> Option<Rest> {
        let key = self.key(row)?;
        let server = self.servers.iter().find(|server| server.name == key.provider())?;
        let own = || server.resting.iter().find(|(id, _)| id == key.id()).map(|(_, rest)| *rest);
        server.rest.or_else(own)
    }

    /// Who of a provider's models is left alone: all of them, or some on their own account.
    pub fn set_rests(&mut self, name: &str, rest: Option<Rest>, resting: Vec<(String, Rest)>) {
        let place = self.server_place(name);
        let Some(server) = self.servers.get_mut(place as usize) else { return };
        if server.rest == rest && server.resting == resting {
            return;
        }
        server.rest = rest;
        server.resting = resting;
        self.mark_rests(name);
    }

    /// Writes into the rows of a provider which of them are left alone.
    fn mark_rests(&mut self, name: &str) {
        let range = self.range(name);
        let Some(server) = self.servers.iter().find(|server| server.name == name) else { return };
        let keys = self.keys.get(range.clone()).unwrap_or_default();
        for (key, traits) in keys.iter().zip(self.traits.get_mut(range).into_iter().flatten()) {
            let own = || server.resting.iter().find(|(id, _)| id == key.id()).map(|(_, rest)| *rest);
            *traits &= !(bit::RESTING | bit::REFUSED);
            *traits |= server.rest.or_else(own).map_or(0, rest_bit);
        }
    }

    /// Replaces all models of a provider.
    pub fn replace(&mut self, provider: &str, mut rows: Vec<Row>) {
        rows.retain(|row| row.key.provider() == provider);
        order::sort_by(&mut rows, |one, other| one.key.cmp(&other.key));
        rows.dedup_by(|one, other| one.key == other.key);
        let range = self.range(provider);
        self.splice(range, provider, rows);
    }

    /// Puts one model in, or in the place of what was known of it.
    pub fn put(&mut self, row: Row) {
        let found = self.search(row.key.provider(), row.key.id());
        let range = match found {
            Ok(place) => place..place + 1,
            Err(place) => place..place,
        };
        let provider = row.key.provider().to_owned();
        self.splice(range, &provider, vec![row]);
    }

    /// Takes one model out.
    pub fn remove(&mut self, key: &ModelKey) {
        if let Ok(place) = self.search(key.provider(), key.id()) {
            self.splice(place..place + 1, key.provider(), Vec::new());
        }
    }

    /// How a provider is doing.
    pub fn set_provider(&mut self, name: &str, state: ProviderState, lacks_key: bool) {
        let place = self.server_place(name);
        let Some(server) = self.servers.get_mut(place as usize) else { return };
        if server.state == state && server.lacks_key == lacks_key {
            return;
        }
        server.state = state;
        server.lacks_key = lacks_key;
        let bits = server_bits(server);
        let range = self.range(name);
        for traits in self.traits.get_mut(range).into_iter().flatten() {
            *traits = *traits & !bit::OF_PROVIDER | bits;
        }
    }

    /// What a name in a policy stands for: a provider, `provider/*`, or a model's address, whose tag `latest` may be
    /// left out.
    pub(super) fn named(&self, name: &str) -> Named {
        let Some((provider, id)) = name.split_once('/') else { return self.named_server(name) };
        if id == "*" {
            return self.named_server(provider);
        }
        let place = self.place(provider, id).or_else(|| self.place(provider, &latest(id)));
        place.map_or(Named::Nobody, Named::Row)
    }

    fn named_server(&self, name: &str) -> Named {
        let place = self.servers.iter().position(|server| server.name == name);
        place.map_or(Named::Nobody, |place| Named::Server(place as u16))
    }

    /// Which family's way of cutting text into tokens this row has.
    pub fn family(&self, row: u32) -> u8 {
        self.numbers.get(row as usize).map_or(0, |numbers| numbers.family)
    }

    /// The coarse word for the quality of this row.
    pub(super) fn grade(&self, row: u32) -> Quality {
        let traits = self.traits.get(row as usize).copied().unwrap_or(0);
        let grades = [Quality::High, Quality::Medium, Quality::Low];
        grades.into_iter().find(|grade| traits & bit::grade(*grade) != 0).unwrap_or(Quality::Low)
    }

    /// The rows that a name stands for.
    pub(super) fn rows(&self, named: Named) -> Range<usize> {
        match named {
            Named::Server(place) => {
                self.servers.get(place as usize).map_or(0..0, |server| self.range(&server.name))
            }
            Named::Row(row) => row as usize..row as usize + 1,
            Named::Nobody => 0..0,
        }
    }

    /// Where a model's text goes.
    pub(super) fn locality(traits: u64) -> Locality {
        let is = |locality| traits & bit::locality(locality) != 0;
        match () {
            () if is(Locality::Page) => Locality::Page,
            () if is(Locality::Device) => Locality::Device,
            () if is(Locality::Network) => Locality::Network,
            () => Locality::Cloud,
        }
    }

    fn search(&self, provider: &str, id: &str) -> Result<usize, usize> {
        self.keys.binary_search_by(|key| order(key, provider, id))
    }

    fn place(&self, provider: &str, id: &str) -> Option<u32> {
        self.search(provider, id).ok().map(|place| place as u32)
    }

    fn range(&self, provider: &str) -> Range<usize> {
        let start = self.keys.partition_point(|key| key.provider() < provider);
        let end = self.keys.partition_point(|key| key.provider() <= provider);
        start..end
    }

    fn server_place(&mut self, name: &str) -> u16 {
        let place = self.servers.iter().position(|server| server.name == name).unwrap_or_else(|| {
            let state = ProviderState::Unknown;
            let name = name.to_owned();
            self.servers.push(Server { name, state, lacks_key: false, rest: None, resting: Vec::new() });
            self.servers.len() - 1
        });
        place as u16
    }

    fn splice(&mut self, range: Range<usize>, provider: &str, rows: Vec<Row>) {
        let server = self.server_place(provider);
        let bits = self.servers.get(server as usize).map_or(0, server_bits);
        self.traits.splice(range.clone(), rows.iter().map(|row| traits(row) | bits));
        self.numbers.splice(range.clone(), rows.iter().map(|row| numbers(row, server)));
        self.keys.splice(range, rows.into_iter().map(|row| row.key));
        let has_rests = self
            .servers
            .get(server as usize)
            .is_some_and(|server| server.rest.is_some() || !server.resting.is_empty());
        if has_rests {
            self.mark_rests(provider);
        }
    }
}

fn order(key: &ModelKey, provider: &str, id: &str) -> Ordering {
    key.provider().cmp(provider).then_with(|| key.id().cmp(id))
}

fn latest(id: &str) -> String {
    [id, ":latest"].concat()
}

const fn rest_bit(rest: Rest) -> u64 {
    match rest.reason {
        RestReason::Cooling | RestReason::Failing => bit::RESTING,
        RestReason::NoCredit | RestReason::KeyRefused => bit::REFUSED,
    }
}

fn server_bits(server: &Server) -> u64 {
    let state = match server.state {
        ProviderState::Down => bit::DOWN,
        ProviderState::Unknown => bit::UNASKED,
        ProviderState::Up | ProviderState::Degraded => 0,
    };
    state | if server.lacks_key { bit::NO_KEY } else { 0 }
}

fn traits(row: &Row) -> u64 {
    let told = if row.tells_all_capabilities { 0 } else { bit::UNTOLD };
    let available = if row.is_available { 0 } else { bit::UNAVAILABLE };
    u64::from(row.capabilities.bits())
        | bit::locality(row.locality)
        | bit::modality(row.modality)
        | bit::grade(row.grade)
        | told
        | available
}

fn numbers(row: &Row, server: u16) -> Numbers {
    let tokens = |tokens: Option<u64>| tokens.map_or(f64::NAN, |tokens| tokens as f64);
    let price = row.price.as_ref();
    let long = price.and_then(|price| price.long_prompt);
    // What is charged by the picture is reckoned by the tokens that a picture counts as.
    let by_picture = |price: &Price| price.image.filter(|_| row.modality == Modality::Image);
    let output =
        |price: &Price| Some(by_picture(price).map_or(price.output, |usd| usd / TOKENS_OF_PICTURE as f64));
    Numbers {
        context: tokens(row.context_length),
        most_output: tokens(row.max_output_tokens),
        input_usd: usd(price, |price| Some(price.input)),
        output_usd: usd(price, output),
        request_usd: usd(price, |price| price.request),
        long_above: long.map_or(f64::INFINITY, |long| long.above as f64),
        long_input_usd: usd(price, |_| long.map(|long| long.input)),
        long_output_usd: usd(price, |_| long.map(|long| long.output)),
        quality: if row.quality.is_finite() { between(row.quality, 0.0, 1.0) } else { 0.0 },
        nearness: super::score::nearness(row.locality),
        ready_ms: time(row.pace.ready_ms) + time(row.pace.load_ms),
        prompt_token_ms: time(row.pace.prompt_token_ms),
        token_ms: time(row.pace.token_ms),
        server,
        family: row.family,
    }
}

/// A price, or not a number where it is unknown or no amount of money. One such price makes the whole unknown.
fn usd(price: Option<&Price>, part: impl Fn(&Price) -> Option<f64>) -> f64 {
    let Some(price) = price else { return f64::NAN };
    part(price).map_or(0.0, |usd| Money::from_usd(usd).map_or(f64::NAN, Money::usd))
}

/// Milliseconds that can be reckoned with.
fn time(ms: f64) -> f64 {
    if ms.is_finite() { ms.max(0.0) } else { 1e9 }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn row(address: &str) -> Row {
        Row {
            key: ModelKey::parse(address).unwrap(),
            locality: Locality::Device,
            modality: Modality::Text,
            capabilities: Capabilities::NONE,
            tells_all_capabilities: true,
            context_length: None,
            max_output_tokens: None,
            price: None,
            quality: 0.5,
            grade: Quality::Medium,
            pace: Pace::default(),
            family: 0,
            is_available: true,
        }
    }

    fn addresses(table: &Table) -> Vec<String> {
        table.keys.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_stand_in_the_order_of_their_addresses_however_they_came() {
        let mut table = Table::default();
        table.replace("b", vec![row("b/2"), row("b/1"), row("b/2"), row("stranger/1")]);
        table.replace("a", vec![row("a/9")]);
        table.put(row("b/0"));
        table.put(row("b/0"));
        assert_eq!(addresses(&table), ["a/9", "b/0", "b/1", "b/2"]);
        table.remove(&ModelKey::new("b", "1"));
        table.replace("a", Vec::new());
        assert_eq!(addresses(&table), ["b/0", "b/2"]);
    }

    #[test]
    fn every_column_has_as_many_rows() {
        let mut table = Table::default();
        table.replace("a", (0..5).map(|number| row(&format!("a/{number}"))).collect());
        table.replace("a", vec![row("a/1"), row("a/7")]);
        assert_eq!([table.keys.len(), table.traits.len(), table.numbers.len()], [2; 3]);
    }

    #[test]
    fn what_is_known_of_a_provider_holds_for_models_that_come_later() {
        let mut table = Table::default();
        table.set_provider("a", ProviderState::Down, true);
        table.replace("a", vec![row("a/1")]);
        table.replace("b", vec![row("b/1")]);
        assert!(table.is_down(0) && !table.is_down(1));
        assert_eq!(table.traits[0] & bit::NO_KEY, bit::NO_KEY);
        table.set_provider("a", ProviderState::Up, false);
        assert_eq!(table.traits[0] & bit::OF_PROVIDER, 0);
        assert_eq!(table.traits[1] & bit::OF_PROVIDER, bit::UNASKED);
    }

    #[test]
    fn who_is_left_alone_stays_so_when_its_list_comes_anew() {
        let rest = |reason| Rest { reason, retry_at: None };
        let mut table = Table::default();
        table.replace("a", vec![row("a/1"), row("a/2")]);
        table.set_rests("a", None, vec![("2".to_owned(), rest(RestReason::Failing))]);
        table.replace("a", vec![row("a/1"), row("a/2"), row("a/3")]);
        assert_eq!([0, 1, 2].map(|row| table.is_resting(row)), [false, true, false]);
        assert_eq!(table.rest(1), Some(rest(RestReason::Failing)));
        table.set_rests("a", Some(rest(RestReason::KeyRefused)), Vec::new());
        assert!([0, 1, 2].iter().all(|row| table.is_resting(*row)));
        table.set_rests("a", None, Vec::new());
        assert!(!table.has_rests() && !table.is_resting(1));
    }

    #[test]
    fn names_stand_for_providers_and_models() {
        let mut table = Table::default();
        table.replace("ollama", vec![row("ollama/llama3.2:latest"), row("ollama/m:8b")]);
        assert_eq!(table.named("ollama"), Named::Server(0));
        assert_eq!(table.named("ollama/*"), Named::Server(0));
        assert_eq!(table.named("ollama/llama3.2"), Named::Row(0));
        assert_eq!(table.named("ollama/llama3.2:latest"), Named::Row(0));
        assert_eq!(table.named("ollama/m"), Named::Nobody);
        assert_eq!(table.named("llama3.2"), Named::Nobody);
    }

    #[test]
    fn a_price_that_is_no_amount_of_money_is_unknown() {
        let mut wrong = row("a/1");
        wrong.price = Some(Price { input: -1.0, ..Price::FREE });
        let mut table = Table::default();
        table.replace("a", vec![wrong, row("a/2")]);
        assert!(table.numbers.iter().all(|numbers| numbers.input_usd.is_nan()));
    }
}
