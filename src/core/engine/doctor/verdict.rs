//! What it means that nothing came that the page may read. Pure: what the requests showed and what the page sees around it
//! go in, the causes come out, likeliest first.

use super::answer::cause;
use super::place::{Nearness, Place, is_admitted_by_ollama};
use super::{Contact, Where};
use crate::base::address::host_of;
use crate::model::diagnosis::{Browser, Cause, Circumstances, Likelihood, Permission};

/// What the requests showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) read: Contact,
    /// Without key and headers.
    pub(super) plain: Contact,
    /// Without reading the answer.
    pub(super) blind: Contact,
    /// Where such a server answers instead.
    pub(super) elsewhere: Option<(Where, String)>,
}

/// The causes, likeliest first.
pub(super) fn judge(place: &Place, findings: &Findings, around: &Circumstances) -> Vec<Cause> {
    use Likelihood::{Certain, Likely, Possible};
    let title = place.title.as_str();
    let endpoint = place.endpoint.as_str();
    let nearness = place.nearness();
    if around.stopped.iter().any(|origin| origin == place.origin()) {
        let words = ["This page's own content policy does not let it reach ", place.origin(), "."];
        return vec![cause("content-policy", Certain, &words)];
    }
    if !around.is_online && nearness != Nearness::Loopback {
        let words = ["There is no network, and ", title, " is not on this machine."];
        return vec![cause("offline", Certain, &words)];
    }
    if findings.plain == Contact::Answered {
        return vec![headers_refused(place)];
    }
    match &findings.elsewhere {
        Some((Where::Scheme, found)) => {
            let words = ["The server speaks ", scheme(found), ", not ", scheme(endpoint), "."];
            return vec![cause("wrong-scheme", Certain, &words)];
        }
        Some((Where::Name, found)) => {
            let words = ["The server answers at ", found, ", not at ", endpoint, "."];
            return vec![cause("wrong-address", Certain, &words)];
        }
        _ => {}
    }
    if findings.blind == Contact::Answered {
        return answers_unreadably(place);
    }
    if let Some(causes) = forbidden(place, nearness, findings, around) {
        return causes;
    }
    let not_running = |likelihood| cause("not-running", likelihood, &[title, " is not running."]);
    if findings.blind == Contact::Silent {
        let words =
            [title, " takes the connection and says nothing: it hangs, or a firewall swallows the request."];
        return vec![cause("not-responding", Likely, &words), not_running(Possible)];
    }
    if let Some((Where::Port, found)) = &findings.elsewhere {
        let words = ["Nothing answers at ", endpoint, ", but such a server answers at ", found, "."];
        return vec![cause("wrong-port", Likely, &words), not_running(Possible)];
    }
    let blocked = cause(
        "blocked-by-browser",
        Possible,
        &[
            "Something in the browser, such as a content blocker, does not let this page reach ",
            endpoint,
            ".",
        ],
    );
    if place.is_cloud {
        let words = [title, " cannot be reached from here: a firewall, a VPN or the service itself."];
        return vec![cause("unreachable", Likely, &words), blocked];
    }
    if place.is_secure() {
        // The browser tells a page neither; only a person who opens the address sees which.
        let words = ["One of these two: the browser does not trust the certificate of ", endpoint, ", …"];
        let other = ["… or ", title, " is not running."];
        return vec![cause("certificate", Likely, &words), cause("not-running", Possible, &other)];
    }
    vec![not_running(Likely), blocked]
}

/// It lets the page in only where the browser need not ask it first.
pub(super) fn headers_refused(place: &Place) -> Cause {
    let words =
        [place.title.as_str(), " lets this page in, but not with the key or the headers that go along."];
    cause("headers-refused", Likelihood::Certain, &words)
}

/// Something answers, and the page may not read what.
fn answers_unreadably(place: &Place) -> Vec<Cause> {
    use Likelihood::{Likely, Possible};
    let title = place.title.as_str();
    if place.is_cloud {
        let words = [
            "Something between this page and ",
            title,
            " answers in its place, such as a sign-in page or a filter.",
        ];
        return vec![cause("intermediary", Likely, &words)];
    }
    let origin = place.page_origin.as_deref();
    let refused = |likelihood| {
        let words =
            [title, " runs, but it does not let pages from ", origin.unwrap_or("this origin"), " in."];
        cause("origin-refused", likelihood, &words)
    };
    let other = |likelihood| {
        cause("another-program", likelihood, &["Another program answers at ", &place.endpoint, "."])
    };
    // Ollama lets pages from this machine in, whatever else it was told.
    let is_let_in = place.is_ollama() && origin.and_then(host_of).is_some_and(is_admitted_by_ollama);
    if is_let_in { vec![other(Likely), refused(Possible)] } else { vec![refused(Likely), other(Possible)] }
}

/// What the browser itself does not let through: mixed content, and permissions for what is nearer than the page.
fn forbidden(
    place: &Place,
    nearness: Nearness,
    findings: &Findings,
    around: &Circumstances,
) -> Option<Vec<Cause>> {
    use Likelihood::{Certain, Likely, Possible};
    let page = place.page_origin.as_deref()?;
    let endpoint = place.endpoint.as_str();
    let is_mixed = page.starts_with("https:") && !place.is_secure();
    let is_here = nearness == Nearness::Loopback;
    if is_mixed && around.browser == Browser::Safari && is_here {
        let words = ["Safari lets no https page reach an http address, not even on this machine."];
        return Some(vec![cause("safari-loopback", Certain, &words)]);
    }
    // Chromium lets private addresses past, once the permission is given.
    let is_let_past = is_here || nearness == Nearness::Private && around.browser == Browser::Chromium;
    if is_mixed && !is_let_past {
        let words = ["The browser lets no https page reach the http address ", endpoint, "."];
        return Some(vec![cause("mixed-content", Certain, &words)]);
    }
    let is_nearer = place.page_nearness()? > nearness;
    if around.browser != Browser::Chromium || !is_nearer || nearness == Nearness::Named {
        return None;
    }
    if !around.is_secure {
        let words = ["The browser lets no http page reach ", endpoint, ": this page has to come over https."];
        return Some(vec![cause("insecure-page", Certain, &words)]);
    }
    let what = if is_here { "this device" } else { "the local network" };
    match if is_here { around.loopback } else { around.local } {
        Some(Permission::Denied) => {
            let words = ["The browser was told not to let this page reach ", what, "."];
            Some(vec![cause("permission-denied", Certain, &words)])
        }
        Some(Permission::Prompt) => {
            let words =
                ["The browser wants to ask whether this page may reach ", what, ", and has no answer yet."];
            let other = [place.title.as_str(), " is not running."];
            let first = cause("permission-not-given", Likely, &words);
            // A refused connection shows even then where the browser did not hold the request back.
            let is_held = findings.read == Contact::Silent;
            let rest = (!is_held).then(|| cause("not-running", Possible, &other));
            Some(core::iter::once(first).chain(rest).collect())
        }
        _ => None,
    }
}

fn scheme(address: &str) -> &str {
    address.split(':').next().unwrap_or_default()
}
