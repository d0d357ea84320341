//! What makes two requests the same: all that changes the answer, and nothing else. Written in one way, whatever the order,
//! the defaults and the spacing that the caller chose, and hashed.

use core::fmt;
use core::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::base::order;
use crate::model::message::{Content, File, ToolMode};
use crate::model::policy::{ContextPolicy, Fallback};
use serde::Serialize;

use crate::model::{
    ImageRequest, Message, Policy, PolicyInput, TextRequest, ToolChoice, VideoRequest, Wish, message::Text,
};

/// 128 bits over a canonical request. Two requests with one key are told apart by their text, which is kept with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u128);

impl Key {
    /// Of a canonical request.
    pub fn of(canonical: &str) -> Self {
        let mut hasher = SipHasher24::new();
        hasher.write(canonical.as_bytes());
        Self(hasher.finish128().as_u128())
    }

    /// As it is written: 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// The request under its whole policy as one text that is the same for requests that want the same. `None` where that
/// cannot be told: the content of a file is not known.
///
/// How a late or a dying model is dealt with does not stand in it, since neither changes which answers are right.
pub fn canonical(request: &TextRequest, policy: &Policy) -> Option<String> {
    let messages: Option<Vec<Message>> = request.conversation().into_iter().map(plain).collect();
    let tools = request.tools.clone().filter(|tools| !tools.is_empty());
    let choice = request.tool_choice.clone().filter(|_| tools.is_some());
    let same = TextRequest {
        id: None,
        cache: None,
        prompt: None,
        system: None,
        files: None,
        messages: Some(messages?),
        policy: Some(PolicyInput::Policy(Box::new(plain_policy(policy)))),
        tool_choice: choice.filter(|choice| *choice != ToolChoice::Mode(ToolMode::Auto)),
        tools,
        search: request.search.filter(|search| *search),
        stop: sorted(request.stop.as_ref()),
        ..request.clone()
    };
    serde_json::to_string(&same).ok()
}

/// A request for pictures or a video, likewise.
pub fn canonical_wish(wish: &Wish, policy: &Policy) -> Option<String> {
    /// Told apart from each other, and from requests for text.
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Same {
        Image(ImageRequest),
        Video(VideoRequest),
    }
    let policy = Some(PolicyInput::Policy(Box::new(plain_policy(policy))));
    let same = match wish {
        Wish::Image(request) => Same::Image(ImageRequest {
            policy,
            cache: None,
            prompt: plain_words(&request.prompt),
            negative_prompt: request
                .negative_prompt
                .as_deref()
                .map(plain_words)
                .filter(|words| !words.is_empty()),
            count: request.count.filter(|count| *count != 1),
            source: plain_file(request.source.as_ref())?,
            mask: plain_file(request.mask.as_ref())?,
            ..(**request).clone()
        }),
        Wish::Video(request) => Same::Video(VideoRequest {
            policy,
            cache: None,
            prompt: plain_words(&request.prompt),
            source: plain_file(request.source.as_ref())?,
            ..(**request).clone()
        }),
    };
    serde_json::to_string(&same).ok()
}

/// A file by its content alone; `None` where nobody knows what is in it.
#[allow(clippy::option_option)] // There may be none, which is known.
fn plain_file(file: Option<&File>) -> Option<Option<File>> {
    let Some(file) = file else { return Some(None) };
    Some(Some(File { file: 0, name: None, digest: Some(file.digest.clone()?), ..file.clone() }))
}

fn plain_policy(policy: &Policy) -> Policy {
    Policy {
        goal: Some(policy.goal.unwrap_or_default()),
        allow: sorted(policy.allow.as_ref()),
        deny: sorted(policy.deny.as_ref()),
        prefer: policy.prefer.clone().filter(|names| !names.is_empty()),
        fallback: policy.fallback.clone().filter(|fallback| *fallback != Fallback::Allowed(true)),
        context: policy.context.filter(|context| *context != ContextPolicy::Error),
        on_cut: None,
        hedge: None,
        ..policy.clone()
    }
}

/// An empty list of those that are allowed allows nobody: it stays. Order and repetition say nothing.
fn sorted(names: Option<&Vec<String>>) -> Option<Vec<String>> {
    let mut names = names?.clone();
    order::sort(&mut names);
    names.dedup();
    Some(names)
}

fn plain(mut message: Message) -> Option<Message> {
    let content = message.content_mut();
    *content = match core::mem::replace(content, Text::Pieces(Vec::new())) {
        Text::Whole(words) => Text::Whole(plain_words(&words)),
        Text::Pieces(pieces) => plain_pieces(pieces)?,
    };
    Some(message)
}

/// Pieces of text that follow each other are one; text alone is no list.
fn plain_pieces(pieces: Vec<Content>) -> Option<Text> {
    let mut joined: Vec<Content> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (piece, joined.last_mut()) {
            (Content::Text { text }, Some(Content::Text { text: before })) => before.push_str(&text),
            (Content::File(file), _) => {
                joined.extend(plain_file(Some(&file))?.map(Content::File));
            }
            (text, _) => joined.push(text),
        }
    }
    for piece in &mut joined {
        if let Content::Text { text } = piece {
            *text = plain_words(text);
        }
    }
    joined.retain(|piece| piece.text() != Some(""));
    Some(match joined.as_slice() {
        [] => Text::Whole(String::new()),
        [Content::Text { text }] => Text::Whole(text.clone()),
        _ => Text::Pieces(joined),
    })
}

/// Spaces around it and the way lines end do not change what is said. Those inside may: code is made of them.
fn plain_words(words: &str) -> String {
    let words = words.trim();
    if words.contains('\r') { words.replace("\r\n", "\n").replace('\r', "\n") } else { words.to_owned() }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json::read;

    fn of(request: &str) -> String {
        under(request, "{}")
    }

    fn under(request: &str, policy: &str) -> String {
        let policy: Policy = read(policy.as_bytes()).unwrap();
        canonical(&read(request.as_bytes()).unwrap(), &policy).unwrap()
    }

    #[test]
    fn the_way_it_is_written_does_not_matter() {
        let plain = of(r#"{"system":"Be short.","prompt":"Why is the sky blue?\nIn one line."}"#);
        for same in [
            r#"{"prompt":"Why is the sky blue?\nIn one line.","system":"Be short."}"#,
            r#"{"prompt":"  Why is the sky blue?\r\nIn one line.\n","system":" Be short."}"#,
            r#"{"messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Why is the sky blue?\nIn one line."}]}"#,
            r#"{"system":"Be short.","messages":[{"content":[{"type":"text","text":"Why is the sky"},{"type":"text","text":" blue?\rIn one line."}],"role":"user"}]}"#,
            r#"{"id":"mine","cache":"use","search":false,"tools":[],"toolChoice":"auto","system":"Be short.","prompt":"Why is the sky blue?\nIn one line."}"#,
        ] {
            assert_eq!(of(same), plain, "{same}");
        }
    }

    #[test]
    fn what_changes_the_answer_matters() {
        let all = [
            r#"{"prompt":"a"}"#,
            r#"{"prompt":"A"}"#,
            r#"{"prompt":"a b"}"#,
            r#"{"prompt":"a  b"}"#,
            r#"{"prompt":"a\nb"}"#,
            r#"{"system":"a","prompt":"a"}"#,
            r#"{"prompt":"a","model":"x/y"}"#,
            r#"{"prompt":"a","temperature":0}"#,
            r#"{"prompt":"a","topP":0.5}"#,
            r#"{"prompt":"a","seed":1}"#,
            r#"{"prompt":"a","maxOutputTokens":5}"#,
            r#"{"prompt":"a","stop":["x"]}"#,
            r#"{"prompt":"a","reasoning":"off"}"#,
            r#"{"prompt":"a","search":true}"#,
            r#"{"prompt":"a","schema":{"type":"object"}}"#,
            r#"{"prompt":"a","tools":[{"name":"f","inputSchema":{}}]}"#,
            r#"{"messages":[{"role":"assistant","content":"a"}]}"#,
            r#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"a"}]}"#,
        ];
        for (place, one) in all.iter().enumerate() {
            for other in all.iter().skip(place + 1) {
                assert_ne!(of(one), of(other));
            }
        }
    }

    #[test]
    fn the_order_of_a_schemas_fields_does_not_matter() {
        assert_eq!(
            of(r#"{"prompt":"a","schema":{"type":"object","properties":{"a":{},"b":{}}}}"#),
            of(r#"{"prompt":"a","schema":{"properties":{"b":{},"a":{}},"type":"object"}}"#)
        );
    }

    #[test]
    fn a_policy_counts_by_whom_it_lets_answer() {
        let plain = under(r#"{"prompt":"a"}"#, "{}");
        let same = r#"{"goal":"balanced","fallback":true,"onCut":"fail","hedge":true,"context":"error","prefer":[]}"#;
        assert_eq!(under(r#"{"prompt":"a"}"#, same), plain);
        let listed = under(r#"{"prompt":"a"}"#, r#"{"allow":["x","y"]}"#);
        assert_eq!(under(r#"{"prompt":"a"}"#, r#"{"allow":["y","x","x"]}"#), listed);
        for other in [
            r#"{"goal":"privacy"}"#,
            r#"{"stayWithin":"device"}"#,
            r#"{"maxCost":1}"#,
            r#"{"allow":[]}"#,
            r#"{"deny":["x"]}"#,
            r#"{"prefer":["x"]}"#,
            r#"{"fallback":false}"#,
            r#"{"context":"trim"}"#,
            r#"{"minQuality":"high"}"#,
        ] {
            assert_ne!(under(r#"{"prompt":"a"}"#, other), plain, "{other}");
        }
        assert_ne!(
            under(r#"{"prompt":"a"}"#, r#"{"prefer":["x","y"]}"#),
            under(r#"{"prompt":"a"}"#, r#"{"prefer":["y","x"]}"#)
        );
    }

    fn with_file(handle: u32, digest: Option<&str>, name: &str) -> Option<String> {
        let digest = digest.map(|digest| format!(r#","digest":"{digest}""#)).unwrap_or_default();
        let request = format!(
            r#"{{"prompt":"What is it?","files":[{{"mediaType":"image/png","file":{handle},"bytes":9,"name":"{name}"{digest}}}]}}"#
        );
        canonical(&read(request.as_bytes()).unwrap(), &Policy::default())
    }

    #[test]
    fn files_count_by_their_content_alone() {
        assert_eq!(with_file(1, Some("ab"), "one.png"), with_file(2, Some("ab"), "two.png"));
        assert_ne!(with_file(1, Some("ab"), "one.png"), with_file(1, Some("cd"), "one.png"));
        assert_eq!(with_file(1, None, "one.png"), None, "nobody knows what is in it");
    }

    fn of_picture(request: &str) -> Option<String> {
        canonical_wish(&Wish::Image(Box::new(read(request.as_bytes()).unwrap())), &Policy::default())
    }

    #[test]
    fn pictures_are_the_same_where_all_that_changes_them_is() {
        let plain = of_picture(r#"{"prompt":"a prism","seed":1}"#).unwrap();
        for same in [
            r#"{"seed":1,"prompt":" a prism\r\n","count":1,"cache":"use","negativePrompt":" "}"#,
            r#"{"prompt":"a prism","seed":1,"cache":"refresh"}"#,
        ] {
            assert_eq!(of_picture(same).as_ref(), Some(&plain), "{same}");
        }
        let others = [
            r#"{"prompt":"a prism","seed":2}"#,
            r#"{"prompt":"a prism"}"#,
            r#"{"prompt":"a Prism","seed":1}"#,
            r#"{"prompt":"a prism","seed":1,"count":2}"#,
            r#"{"prompt":"a prism","seed":1,"negativePrompt":"text"}"#,
            r#"{"prompt":"a prism","seed":1,"width":64}"#,
            r#"{"prompt":"a prism","seed":1,"height":64}"#,
            r#"{"prompt":"a prism","seed":1,"steps":4}"#,
            r#"{"prompt":"a prism","seed":1,"aspectRatio":"1:1"}"#,
            r#"{"prompt":"a prism","seed":1,"workflow":"artistic"}"#,
            r#"{"prompt":"a prism","seed":1,"workflow":{"1":{"class_type":"X","inputs":{}}}}"#,
            r#"{"prompt":"a prism","seed":1,"model":"x/y"}"#,
            r#"{"prompt":"a prism","seed":1,"source":{"mediaType":"image/png","file":1,"bytes":9,"digest":"ab"}}"#,
            r#"{"prompt":"a prism","seed":1,"source":{"mediaType":"image/png","file":1,"bytes":9,"digest":"cd"}}"#,
            r#"{"prompt":"a prism","seed":1,"source":{"mediaType":"image/png","file":1,"bytes":9,"digest":"ab"},"mask":{"mediaType":"image/png","file":2,"bytes":9,"digest":"cd"}}"#,
        ];
        let mut all: Vec<String> = others.iter().map(|other| of_picture(other).unwrap()).collect();
        all.push(plain);
        let video = VideoRequest { prompt: "a prism".to_owned(), ..VideoRequest::default() };
        all.extend(canonical_wish(&Wish::Video(Box::new(video)), &Policy::default()));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        let unread = r#"{"prompt":"a","source":{"mediaType":"image/png","file":1,"bytes":9}}"#;
        assert_eq!(of_picture(unread), None, "nobody knows what is in it");
    }

    #[test]
    fn a_key_is_written_as_32_digits_and_read_again() {
        let key = Key::of("a");
        let text = key.to_string();
        assert_eq!((text.len(), Key::parse(&text)), (32, Some(key)));
        assert_ne!(Key::of("b"), key);
        for bad in ["", "a", "g0000000000000000000000000000000", "+0000000000000000000000000000000"] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_never_change() {
        // Were they to change, everything kept would be forgotten with an update of the package.
        assert_eq!(Key::of("The sky.").to_string(), "2451d1e911c32a306471cb884f0312b1");
        assert_eq!(
            of(r#"{"prompt":"a"}"#),
            r#"{"policy":{"goal":"balanced"},"messages":[{"role":"user","content":"a"}]}"#
        );
    }
}
