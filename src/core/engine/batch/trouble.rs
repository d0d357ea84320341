//! Providers that a batch waits for, or gave up. A person is told at once what went wrong; a batch has time.

use core::time::Duration;

use crate::base::time::{Monotonic, Now};
use crate::model::{Error, ErrorCode};

/// The first pause after a failure. Twice as long each time …
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// … until so many, a minute in all, have been in vain.
const PATIENCE: u32 = 6;

/// The first pause after a refusal for asking too much: a server may say that none is needed, and refuse again. Twice as long
/// each time …
const FIRST_RATE_PAUSE: Duration = Duration::from_millis(100);

/// … up to this.
const LONGEST_RATE_PAUSE: Duration = Duration::from_secs(60);

/// How long a provider may want fewer requests without one answer.
const LONGEST_RATE: Duration = Duration::from_secs(3_600);

/// What a failure says of the question and of its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The question's own: another one may be answered.
    Own,
    /// Nobody will be answered before the user acts.
    Account,
    /// Later.
    Rate,
    /// Nobody is there, which is no question's fault.
    Gone,
    /// It may be either's fault.
    Unclear,
}

const fn kind(code: ErrorCode) -> Kind {
    match code {
        ErrorCode::InvalidKey | ErrorCode::Quota => Kind::Account,
        ErrorCode::RateLimited => Kind::Rate,
        ErrorCode::Unreachable | ErrorCode::Offline => Kind::Gone,
        ErrorCode::Server | ErrorCode::Timeout | ErrorCode::Truncated => Kind::Unclear,
        _ => Kind::Own,
    }
}

/// What became of the requests to one provider since it answered last.
#[derive(Debug)]
pub(super) struct Trouble {
    failures: u32,
    /// How often it wanted fewer requests.
    refusals: u32,
    since: Monotonic,
    /// Until when nobody is sent there.
    pub(super) until: Monotonic,
    /// Why it was given up.
    pub(super) hopeless: Option<Error>,
}

impl Trouble {
    const fn new(now: Now) -> Self {
        Self { failures: 0, refusals: 0, since: now.monotonic, until: now.monotonic, hopeless: None }
    }

    fn failed(&mut self, kind: Kind, error: &Error, now: Now) {
        let is_over = match kind {
            Kind::Own => return,
            Kind::Account => true,
            // How long it wants to be left alone is kept in `health`.
            Kind::Rate => {
                if now.monotonic >= self.until {
                    let pause = FIRST_RATE_PAUSE.saturating_mul(1 << self.refusals.min(16));
                    self.until = now.monotonic.after(pause.min(LONGEST_RATE_PAUSE));
                    self.refusals += 1;
                }
                now.monotonic.since(self.since) >= LONGEST_RATE
            }
            Kind::Gone | Kind::Unclear => {
                // Of those that ran together one has spoken for all.
                if now.monotonic >= self.until {
                    self.until = now.monotonic.after(FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)));
                    self.failures += 1;
                }
                self.failures > PATIENCE
            }
        };
        if is_over {
            self.hopeless = Some(Error { attempts: None, receipt: None, partial: None, ..error.clone() });
        }
    }
}

/// Whether a question that failed is worth asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    No,
    /// Once, after the others.
    Once,
    /// As soon as its provider can be asked.
    Next,
}

/// A question failed: remembers whom that concerns, and says whether it is asked again.
pub(super) fn judge(troubles: &mut litemap::LiteMap<String, Trouble>, error: &Error, now: Now) -> Again {
    let mut again = Again::No;
    // Something of the answer was shown or a server worked at it: what is done is done.
    let may_be_asked = error.partial.is_none();
    for cause in error.errors.as_deref().unwrap_or(core::slice::from_ref(error)) {
        let kind = kind(cause.code);
        let Some(provider) = cause.provider.clone() else { continue };
        let trouble = troubles.entry(provider).or_insert_with(|| Trouble::new(now));
        trouble.failed(kind, cause, now);
        if trouble.hopeless.is_some() || !may_be_asked {
            continue;
        }
        match kind {
            Kind::Rate | Kind::Gone => again = Again::Next,
            Kind::Unclear if again == Again::No => again = Again::Once,
            Kind::Unclear | Kind::Own | Kind::Account => {}
        }
    }
    again
}
