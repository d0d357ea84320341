//! What is sent to a server, as plain values. Keys are named here, never held: the shell puts them in
//! where the bytes leave.

use super::Locality;

/// How the browser should treat the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FetchMode {
    /// Readable, if the server allows this page.
    #[default]
    Cors,
    /// Unreadable: only whether anything answered at all.
    NoCors,
}

/// A key that the shell adds as a header. It is bound to the provider it was given for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The provider that the key was given for: it goes to that one's server and nowhere else.
    pub owner: String,
    /// What the shell knows the key by: the owner's name, or `check:` and the request that tries it.
    pub name: String,
    /// The header that carries it, such as `Authorization`.
    pub header: &'static str,
    /// What stands before it in the header, such as `Bearer `.
    pub prefix: &'static str,
}

impl Credential {
    /// The key that was given for a provider.
    pub fn new(owner: &str, header: &'static str, prefix: &'static str) -> Self {
        Self { owner: owner.to_owned(), name: owner.to_owned(), header, prefix }
    }
}

/// Where the Base64 text of a file goes in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The byte of the body before which it goes.
    pub offset: usize,
    /// The file's handle.
    pub file: u32,
}

/// A part of a form (`multipart/form-data`). The shell builds the form, since only it has the bytes of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormPart {
    /// A word.
    Word {
        /// The field.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// The bytes of a file.
    File {
        /// The field.
        name: &'static str,
        /// The file's handle.
        file: u32,
        /// What the server is told that the file is called.
        file_name: String,
    },
}

/// In which order long requests get one of the few connections that a browser has to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// A person waits for it.
    Person,
    /// One of many: it lets persons pass.
    Batch,
}

/// How the body of a success is taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// As it comes.
    #[default]
    Inside,
    /// Not at all: it becomes a blob outside.
    Outside,
    /// As it comes, but for the pictures that stand in it as Base64 in JSON: each becomes a blob outside, and only its handle
    /// stays in the body.
    WithoutPictures,
}

/// A request to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// The whole address. Never holds a key.
    pub url: String,
    /// Headers without secrets, in order.
    pub headers: Vec<(String, String)>,
    /// The key to add, if the user gave one for that provider.
    pub credential: Option<Credential>,
    /// The body, UTF-8 JSON.
    pub body: Option<Vec<u8>>,
    /// The files that the shell puts into the body, by rising offset.
    pub files: Vec<FilePlace>,
    /// The parts of a form that is sent instead of a body; the browser sets its `Content-Type`.
    pub form: Vec<FormPart>,
    /// How the body of a success is taken in.
    pub reading: Reading,
    /// Whether a redirect may be followed; the key goes along, so only where its server is trusted with it.
    pub follows_redirects: bool,
    /// How far what it says may travel at most, by the caller's policy. The shell holds the address against it where the
    /// bytes would leave.
    pub farthest: Locality,
    /// Whether its server is known to hand it on to the cloud, wherever the server itself runs.
    pub is_handed_on: bool,
    /// How the browser should treat the answer.
    pub mode: FetchMode,
    /// `Some`: it is a long one to a server near by, and leaves when one of the connections for these is free. `None`: it
    /// leaves at once.
    pub lane: Option<Lane>,
}

impl HttpRequest {
    /// A GET without headers: the browser sends it without asking the server first (no preflight).
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET",
            url: url.into(),
            headers: Vec::new(),
            credential: None,
            body: None,
            files: Vec::new(),
            form: Vec::new(),
            reading: Reading::Inside,
            follows_redirects: false,
            farthest: Locality::Cloud,
            is_handed_on: false,
            mode: FetchMode::Cors,
            lane: None,
        }
    }

    /// A POST of JSON.
    pub fn post_json(url: impl Into<String>, body: Vec<u8>) -> Self {
        Self {
            method: "POST",
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: Some(body),
            ..Self::get(url)
        }
    }
}

/// The head of a server's answer, as far as a page may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// 200, 404 …; 0 for an opaque answer to [`FetchMode::NoCors`].
    pub status: u16,
    /// `Content-Type`, lower case.
    pub content_type: Option<String>,
    /// `Retry-After`, where the server lets the page read it.
    pub retry_after: Option<String>,
    /// `retry-after-ms`, likewise.
    pub retry_after_ms: Option<String>,
    /// `X-RateLimit-Reset`, likewise.
    pub rate_limit_reset: Option<String>,
}
