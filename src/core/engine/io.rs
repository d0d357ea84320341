//! What goes into the engine and what comes out: the whole of its contact with the world.

use crate::base::id::{RequestId, TransportId};
use crate::catalog::CustomModel;
use crate::model::cache::CacheStats;
use crate::model::diagnosis::{Circumstances, Diagnosis};
use crate::model::event::CustomEvent;
use crate::model::http::{HttpRequest, ResponseHead};
use crate::model::picture::{BlobHandle, HeldBlob};
use crate::model::receipt::EmbedResult;
use crate::model::report::{
    BatchItem, BatchReport, DiscoveryReport, KeyVerdict, PendingGeneration, PullProgress,
};
use crate::model::request::{BatchRequest, DiscoverRequest, EmbedRequest};
use crate::model::storage::StorageFault;
use crate::model::{
    Error, Event, ImageRequest, ImageResult, Locality, Receipt, TextRequest, TextResult, VideoResult, Wish,
};

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The page wants something.
    Request(RequestId, Request),
    /// A transport said something.
    Transport(TransportId, Transport),
    /// The store said something.
    Store(StoreAnswer),
    /// Something about the other tabs.
    Tabs(TabsSaid),
    /// The timer that [`super::Engine::poll_timeout`] asked for is due.
    Tick,
    /// The world around the page changed.
    World(World),
    /// What the page sees around it, as [`Output::Survey`] asked for this request.
    Surveyed(RequestId, Circumstances),
    /// Where random numbers begin; the same seed makes the same run.
    Seed(u64),
    /// What is known of models from elsewhere than their providers' lists, such as the built-in snapshot.
    Snapshot(Vec<u8>),
    /// The journal answers what [`Output::Journal`] asked for this request.
    Journal(RequestId, JournalAnswer),
    /// What [`Output::Batch`] asked for this batch.
    Batch(RequestId, BatchSaid),
}

/// What the page can want.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// An answer. Settles with [`Settlement::Text`].
    Generate(Box<TextRequest>),
    /// Many answers. Each comes as [`Output::Item`]; settles with [`Settlement::Batch`].
    Batch(BatchRequest),
    /// The request at this place of a batch is wanted no more; the page already knows, so it makes no item.
    CancelItem(u32),
    /// Stop whatever runs under this id; the page already knows, so nothing is settled but the report of a batch.
    Cancel,
    /// Pictures or a video. Settles with [`Settlement::Images`] or [`Settlement::Video`].
    Paint(Wish),
    /// Vectors of texts. Settles with [`Settlement::Embedding`].
    Embed(Box<EmbedRequest>),
    /// Look at these providers, or at all. Settles with [`Settlement::Discovery`].
    Discover(DiscoverRequest),
    /// Find out whether a provider takes its key, or the one that the shell knows as `check:` and the id of this request.
    /// Settles with [`Settlement::Key`].
    CheckKey {
        /// Whose key.
        provider: String,
        /// Whether it is one that was not set yet.
        is_trial: bool,
    },
    /// Download a model: `provider/id`. Settles with [`Settlement::Pull`].
    Pull(String),
    /// Find out why a provider cannot be reached. Settles with [`Settlement::Diagnosis`].
    Diagnose(String),
    /// A provider written in JavaScript came. Its models are asked for at once. Settles with
    /// [`Settlement::Registered`] when they are known.
    Register {
        /// Its name.
        provider: String,
        /// Where it runs.
        locality: Locality,
        /// What tells its answers from those of another program of this name; without one they are not kept on the disk.
        version: Option<String>,
    },
    /// A provider written in JavaScript left. Settles with [`Settlement::Registered`].
    Unregister(String),
    /// Take in what was measured elsewhere: the JSON of an export. Settles with [`Settlement::Measures`].
    ImportMeasures(Vec<u8>),
    /// Forget what was measured. Settles with [`Settlement::Measures`].
    ClearMeasures,
    /// Look after the answers that are kept. Settles with [`Settlement::CacheStats`] or [`Settlement::Forgotten`].
    Cache(CacheWish),
    /// A key was given or taken for a provider; the key itself stays in the shell.
    KeyChanged {
        /// For whom.
        provider: String,
        /// Whether it has one now.
        has_key: bool,
        /// Whether only this tab has it: what comes of it is no other tab's business.
        is_own: bool,
        /// Whether it is another than before. Else it was there before this engine, or another tab tells what it changes.
        is_new: bool,
    },
    /// Something about answers that were cut off.
    Journal(Errand),
}

/// What the page can want of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Answers that were cut off and that nobody writes any more. Settles with [`Settlement::Pending`].
    Pending,
    /// Go on with the answer that the id of this request had. Settles as [`Request::Generate`] does.
    Resume,
    /// Forget the answer of this id. Settles with [`Settlement::Discarded`].
    Discard(RequestId),
}

/// What the page can want of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheWish {
    /// What is kept and what it was good for.
    Stats,
    /// Forget what expired or has no room.
    Prune,
    /// Forget one answer, by the key on its receipt.
    Delete(String),
    /// Forget all.
    Clear,
}

/// What a transport can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// All connections for requests with a [`Lane`](crate::model::http::Lane) are taken: it did not leave yet.
    Queued {
        /// Its place in line; 1 is next.
        position: u32,
    },
    /// It was queued, and leaves now.
    Departed,
    /// The answer's head came.
    Head(ResponseHead),
    /// More of its body.
    Chunk(Vec<u8>),
    /// The body ended without a transport error.
    End,
    /// It failed before its end: no connection, refused by the browser, or broken off.
    Failed(TransportFailure),
    /// The body came, as it was wanted outside, and is held until the end of this input; report the end next.
    Body {
        /// Bytes.
        bytes: u64,
        /// What the server says it is; empty where it does not.
        media_type: String,
    },
    /// These blobs were taken out of the chunk that comes next.
    TakenOut(Vec<HeldBlob>),
    /// The socket is there.
    Opened,
    /// Somebody said this over the socket.
    Words(String),
    /// Bytes came over the socket. They are held outside until the next ones.
    Frame {
        /// The first of them, some thousand at most.
        head: Vec<u8>,
        /// How many they are.
        bytes: u64,
    },
    /// A provider written in JavaScript listed its models.
    CustomModels(Vec<CustomModel>),
    /// A provider written in JavaScript said something.
    CustomEvents(Vec<CustomEvent>),
    /// A provider written in JavaScript gave vectors.
    CustomVectors(Vec<Vec<f32>>),
}

/// Why a transport failed, as far as a page can tell.
#[derive(Clone, Debug, PartialEq)]
pub enum TransportFailure {
    /// The browser gave no reason (`TypeError`): refused, unreachable, blocked or broken off.
    Network,
    /// The key that the request needs is not there.
    NoKey,
    /// The key cannot stand in a header.
    BadKey,
    /// A file that belongs to it cannot be read any more.
    NoFile,
    /// It was stopped at the door: it would have gone farther than it may.
    Forbidden,
    /// A provider written in JavaScript failed; its own code and sentence.
    Custom {
        /// Its error's code, if it is one of ours.
        code: Option<crate::model::ErrorCode>,
        /// Its error's message.
        message: String,
    },
}

/// What the store can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAnswer {
    /// A record, or that there is none.
    Loaded(Record, Option<Vec<u8>>),
    /// It was written.
    Saved(Record),
    /// Reading or writing failed. The mesh goes on without.
    Failed(Record, StorageFault),
    /// It could not be reached before, and now it can.
    Reachable,
    /// Something about the answers that are kept.
    Answers(AnswersSaid),
}

/// What the store says of the answers that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswersSaid {
    /// The answer of this name, or that there is none, or none that can be read.
    Found(String, Option<StoredAnswer>),
    /// It is written, or what went wrong.
    Kept(String, Result<(), StorageFault>),
    /// How each was used, by name; nothing where that cannot be read.
    Listed(Vec<(String, Vec<u8>)>),
    /// They are gone, or what went wrong.
    Forgot(Result<(), StorageFault>),
}

/// An answer as it lies in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Its record.
    pub record: Vec<u8>,
    /// Its pictures, or its video. The page holds them for the engine from now on.
    pub blobs: Vec<HeldBlob>,
}

/// What other tabs do, or the browser says of them. Names are those of [`TabsWork`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabsSaid {
    /// This tab is the one that asks under this name.
    Granted(String),
    /// Another tab asks under this name. This one is next when that is over or gone.
    Taken(String),
    /// Another tab said something to all.
    Heard(Vec<u8>),
}

/// What is agreed with the other tabs of this origin and database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabsWork {
    /// Become the one tab that asks under this name; report as [`TabsSaid::Granted`] or [`TabsSaid::Taken`], and after that as
    /// granted when it is free. Where there are no locks it is granted.
    Claim(String),
    /// Nothing more is asked under this name.
    Release(String),
    /// Say this to the other tabs.
    Publish(Vec<u8>),
}

/// What the store is to do with answers. Each has a small record of its use beside it, under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswersWork {
    /// Read this answer and report as [`AnswersSaid::Found`].
    Find(String),
    /// Write an answer and its use together, and report as [`AnswersSaid::Kept`].
    Keep {
        /// Its name.
        name: String,
        /// The answer.
        answer: Vec<u8>,
        /// Its pictures, or its video, which are written with it.
        blobs: Vec<BlobHandle>,
        /// Its use.
        usage: Vec<u8>,
    },
    /// Write how an answer was used. Nothing is reported.
    Use(String, Vec<u8>),
    /// Read how each was used, and report as [`AnswersSaid::Listed`].
    List,
    /// Remove these with their uses, or all, and report as [`AnswersSaid::Forgot`].
    Forget(Option<Vec<String>>),
}

/// What is to be done with the journal: the pages of answers that are being written, one after another under the id of
/// their request. Who keeps an entry holds its lock, so that no two tabs write at the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalTask {
    /// Keep this page. Answered by [`JournalAnswer::Kept`], `Busy` or `Failed`.
    Keep {
        /// Where it stands in the entry.
        number: u32,
        /// Whether it holds all of the entry: other pages are to go.
        is_whole: bool,
        /// The page.
        page: Vec<u8>,
    },
    /// The page that a person sees may be gone in this moment: keep this page of the journal without waiting for anything,
    /// in place of an earlier one like it, and give the entry free. Not answered.
    KeepNow(Vec<u8>),
    /// The entry is over: forget its pages and give it free. Not answered.
    Forget,
    /// Take this entry over. Answered by [`JournalAnswer::Taken`], `Busy` or `Failed`.
    TakeOver(RequestId),
    /// Read everything. Answered by [`JournalAnswer::Found`] or `Failed`.
    LookThrough,
    /// Forget pages by their names. Not answered.
    Drop(Vec<String>),
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalAnswer {
    /// The page is kept.
    Kept,
    /// The entry is somebody else's: it is being written elsewhere.
    Busy,
    /// It could not be done.
    Failed(StorageFault),
    /// The pages of the entry; none where there is no such entry.
    Taken(Vec<JournalPage>),
    /// All pages.
    Found {
        /// In no order.
        pages: Vec<JournalPage>,
        /// The ids of entries that are being written, here or elsewhere.
        living: Vec<String>,
    },
}

/// What is to be done with what batches leave. Who works at a batch holds its lock, so that no two tabs do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchWork {
    /// Become the one tab that works at this batch, and read the records whose names begin like this. Answered by
    /// [`BatchSaid::Taken`], `Busy` or `Failed`.
    TakeOver(String),
    /// Keep a record under this name. Not answered: what could not be kept is asked again.
    Keep(String, Vec<u8>),
    /// Forget these records. Not answered.
    Drop(Vec<String>),
    /// Others may work at it. Not answered.
    Release,
    /// Look what there is. Answered by [`BatchSaid::Listed`] or `Failed`.
    List,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchSaid {
    /// The records, in the order of their names.
    Taken(Vec<JournalPage>),
    /// Another tab works at it.
    Busy,
    /// It could not be done.
    Failed,
    /// What there is.
    Listed {
        /// The names of all records.
        names: Vec<String>,
        /// The ids of batches that somebody works at, here or elsewhere.
        living: Vec<String>,
    },
}

/// A record by its name: a page of the journal, or the end of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// Its name in the store.
    pub name: String,
    /// None where it cannot be read.
    pub bytes: Vec<u8>,
}

/// What is kept between visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// The models that were found.
    Catalogue,
    /// How providers were doing.
    Health,
    /// Which providers the page's user set up, without keys.
    Settings,
    /// What was measured.
    Metrics,
}

impl Record {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Catalogue, Self::Health, Self::Settings, Self::Metrics];

    /// Its name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Health => "health",
            Self::Settings => "settings",
            Self::Metrics => "metrics",
        }
    }
}

/// How the world around the page changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The browser says there is a network.
    Online,
    /// The browser says there is none.
    Offline,
    /// Somebody looks at the page. Until this is told nobody is taken to: programs without a page are never told.
    Visible,
    /// Nobody looks at it.
    Hidden,
    /// It is left, perhaps for good.
    Left,
    /// It was left, and is back as it was. What other tabs said meanwhile was not heard.
    Returned,
}

/// What the shell has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this and report as [`Transport`].
    Fetch(TransportId, HttpRequest),
    /// Open a socket to this address, whose `http` becomes `ws`, and report as [`Transport`].
    Connect(TransportId, HttpRequest),
    /// Say this over a socket.
    Send(TransportId, String),
    /// Ask a provider written in JavaScript for an answer and report as [`Transport`].
    InvokeGenerate(TransportId, CustomCall),
    /// Ask a provider written in JavaScript for pictures and report as [`Transport`].
    InvokeImage(TransportId, PictureCall),
    /// Ask a provider written in JavaScript for vectors and report as [`Transport::CustomVectors`].
    InvokeEmbed(TransportId, EmbedCall),
    /// Ask a provider written in JavaScript for its models and report as [`Transport::CustomModels`].
    InvokeModels(TransportId, String),
    /// Abort it. Nothing more is heard from it.
    Abort(TransportId),
    /// Read a record and report as [`StoreAnswer::Loaded`].
    Load(Record),
    /// Write a record and report as [`StoreAnswer::Saved`].
    Save(Record, Vec<u8>),
    /// Read, write or remove answers that are kept.
    Answers(AnswersWork),
    /// Agree with the other tabs.
    Tabs(TabsWork),
    /// Tell the page what a generation says. One network chunk makes one of these.
    Emit(RequestId, Vec<Event>),
    /// Make a blob under this handle.
    KeepBlob(BlobHandle, BlobOf),
    /// Nobody will ask for these blobs any more.
    DropBlobs(Vec<BlobHandle>),
    /// Tell the page how one request of a batch ended.
    Item(RequestId, Box<BatchItem>),
    /// Tell the page how far a download is.
    Progress(RequestId, PullProgress),
    /// A request is over.
    Settle(RequestId, Result<Settlement, Error>),
    /// A list that the page watches changed.
    Changed(Watched),
    /// Look what the page sees around it and report as [`Input::Surveyed`].
    Survey(RequestId),
    /// Do this with the journal, on behalf of this request.
    Journal(RequestId, JournalTask),
    /// Do this with what the batch of this id leaves.
    Batch(RequestId, BatchWork),
}

/// What a blob is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobOf {
    /// The last bytes that came over this socket, from this byte on.
    Frame {
        /// The socket.
        socket: TransportId,
        /// Where it begins.
        from: u32,
        /// What it is.
        media_type: String,
    },
    /// The body that this transport just reported.
    Body(TransportId),
    /// These bytes.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
        /// What they are.
        media_type: String,
    },
}

/// A generation by a provider written in JavaScript.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomCall {
    /// Its name.
    pub provider: String,
    /// The request; `model` holds the model's id without the provider.
    pub request: TextRequest,
    /// How far what it says may travel at most, by the caller's policy.
    pub farthest: Locality,
}

/// Pictures by a provider written in JavaScript.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureCall {
    /// Its name.
    pub provider: String,
    /// The request; `model` holds the model's id without the provider.
    pub request: ImageRequest,
    /// How far what it says may travel at most, by the caller's policy.
    pub farthest: Locality,
}

/// Vectors by a provider written in JavaScript.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedCall {
    /// Its name.
    pub provider: String,
    /// The model's id without the provider.
    pub model: String,
    /// The texts.
    pub texts: Vec<String>,
    /// How far they may travel at most, by the caller's policy.
    pub farthest: Locality,
}

/// How a request ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// An answer.
    Text(Box<TextResult>),
    /// Pictures.
    Images(Box<ImageResult>),
    /// A video.
    Video(Box<VideoResult>),
    /// Vectors.
    Embedding(Box<EmbedResult>),
    /// What a batch took.
    Batch(BatchReport),
    /// Whether a key is taken.
    Key(KeyVerdict),
    /// What was found.
    Discovery(DiscoveryReport),
    /// The model is there.
    Pull,
    /// Why a provider cannot be reached.
    Diagnosis(Diagnosis),
    /// The provider came or left.
    Registered,
    /// What was measured is stored, with so many generations more.
    Measures(u32),
    /// What is kept.
    CacheStats(CacheStats),
    /// So many answers are not kept any more.
    Forgotten(u32),
    /// Answers that were cut off, the newest first.
    Pending(Vec<PendingGeneration>),
    /// Such an answer is forgotten.
    Discarded,
}

impl Settlement {
    /// What happened, where that is told.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Text(result) => Some(&result.receipt),
            Self::Images(result) => Some(&result.receipt),
            Self::Video(result) => Some(&result.receipt),
            Self::Embedding(result) => Some(&result.receipt),
            _ => None,
        }
    }

    /// The same with a receipt of its own; `None` where it has none.
    pub(super) fn with_receipt(&self, receipt: Receipt) -> Option<Self> {
        let mut other = self.clone();
        let place = match &mut other {
            Self::Text(result) => &mut result.receipt,
            Self::Images(result) => &mut result.receipt,
            Self::Video(result) => &mut result.receipt,
            Self::Embedding(result) => &mut result.receipt,
            _ => return None,
        };
        *place = receipt;
        Some(other)
    }

    /// The blobs that the page holds for it.
    pub(super) fn blobs(&self) -> Vec<BlobHandle> {
        match self {
            Self::Images(result) => result.images.iter().map(|picture| picture.blob).collect(),
            Self::Video(result) => vec![result.video],
            _ => Vec::new(),
        }
    }
}

/// What the page watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// The catalogue.
    Models,
    /// How providers are doing.
    Health,
    /// What runs and waits.
    Queue,
    /// Whether what is learned is kept.
    Storage,
    /// What was measured.
    Metrics,
}
