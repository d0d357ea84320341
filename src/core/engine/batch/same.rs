//! Which requests of a batch are the same question: those whose answers the cache would give to each other.

use crate::cache::canonical;
use crate::engine::cache::may_be_shared;
use crate::model::{Policy, TextRequest};

/// Two requests whose keys are equal get one answer. `None`: it wants an answer of its own.
pub(super) fn key(request: &TextRequest, usual: &Policy) -> Option<String> {
    if !may_be_shared(request) {
        return None;
    }
    let policy = request.policy.clone().map_or_else(|| usual.clone(), Policy::from);
    canonical(request, &policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(json: &str) -> Option<String> {
        key(&crate::base::json::read(json.as_bytes()).unwrap(), &Policy::default())
    }

    #[test]
    fn a_question_is_the_same_however_it_is_written() {
        let prompt = key_of(r#"{"prompt":"Hello","system":"Be short."}"#);
        assert!(prompt.is_some());
        let messages = r#"{"system":"Be short.","messages":[{"role":"user","content":"Hello "}]}"#;
        assert_eq!(prompt, key_of(messages));
        assert_ne!(prompt, key_of(r#"{"prompt":"Hello","system":"Be long."}"#));
        assert_ne!(prompt, key_of(r#"{"prompt":"Hello","system":"Be short.","model":"a/b"}"#));
    }

    #[test]
    fn who_wants_chance_or_no_stored_answer_wants_an_answer_of_its_own() {
        assert_eq!(key_of(r#"{"prompt":"Hello","cache":"off"}"#), None);
        assert_eq!(key_of(r#"{"prompt":"Hello","temperature":2}"#), None);
        assert!(key_of(r#"{"prompt":"Hello","temperature":2,"cache":"use"}"#).is_some());
    }
}
