//! The failure table: what is done when an attempt fails, by what happened and when, and whom it is held against. The
//! only place that decides it. [`super::retry`] carries out what concerns the same model, `shared` what is held against
//! whom, and a generation goes on to other models.

use crate::model::{Error, ErrorCode};

/// When an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before anybody answered.
    Connect,
    /// The head of the answer was a refusal: the server still loads the model.
    Starting,
    /// The head of the answer was another refusal.
    Head,
    /// The head was a success, and no word had come.
    FirstToken,
    /// After the first word.
    MidStream,
    /// The server said that the answer was whole, and it is of no use. Nothing of it may have been shown.
    End,
}

/// What is done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// How often the same model may be asked again, where no other may be asked first and nothing was shown.
    pub(super) again: u8,
    /// What else may be done.
    pub(super) then: Then,
    /// Whom it is held against.
    pub(super) blames: Blame,
}

/// What else may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Ask another model.
    NextModel,
    /// Ask another model that holds more.
    MoreRoom,
    /// Fail: no other model would do better, or none may be asked.
    Stop,
}

/// Whom a failure is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Nobody: not theirs, or it says nothing of the next request.
    Nobody,
    /// The model: its breaker counts it.
    Model,
    /// The server, if it is far; one on this machine runs each model by itself, so there it is the model.
    Server,
    /// The way to the provider: it is down until it answers.
    Way,
    /// The key: the provider is left alone until it has another.
    Key,
    /// The account: what costs something is left alone until there is another key or somebody asks.
    Account,
    /// The rate: model or provider cool for as long as the server says, else for as long as has proved enough.
    Rate,
    /// The list: the provider does not have this model any more.
    List,
}

const fn row(again: u8, then: Then, blames: Blame) -> Rule {
    Rule { again, then, blames }
}

/// What is done when an attempt fails with `code` in `phase`; `is_near` where the server is on this machine.
///
/// Each row reads: how often again, what else, whose fault. A key is at fault by the code `InvalidKey` alone, which the
/// protocols give only for what their references name as the key's own: a 403 may be moderation, a region or an origin.
#[rustfmt::skip]
#[allow(clippy::match_same_arms)] // A table is read by its rows.
pub(super) const fn rule(code: ErrorCode, phase: Phase, is_near: bool) -> Rule {
    use ErrorCode as E;
    use Phase::{Connect, End, FirstToken, Head, MidStream, Starting};
    use Then::{MoreRoom, NextModel, Stop};
    match (code, phase) {
        // Nobody is there. On this machine that is certain at once; elsewhere a connection may only have hiccuped.
        (E::Unreachable, _) if is_near                  => row(0, NextModel, Blame::Way),
        (E::Unreachable, _)                             => row(1, NextModel, Blame::Way),
        // The browser, the origin, the region, what the key may do: all stay as they are until somebody acts.
        (E::BlockedByBrowser | E::Permission, _)        => row(0, NextModel, Blame::Way),
        (E::Offline, _)                                 => row(0, NextModel, Blame::Nobody),

        (E::InvalidKey, _)                              => row(0, NextModel, Blame::Key),
        (E::NoKey, _)                                   => row(0, NextModel, Blame::Nobody),
        (E::Quota, _)                                   => row(0, NextModel, Blame::Account),
        (E::RateLimited, _)                             => row(2, NextModel, Blame::Rate),

        (E::ModelMissing, _)                            => row(0, NextModel, Blame::List),
        (E::ContextLength, _)                           => row(0, MoreRoom,  Blame::Nobody),
        (E::OutOfMemory, _)                             => row(0, NextModel, Blame::Model),
        (E::Unsupported, _)                             => row(0, NextModel, Blame::Nobody),

        // Our own patience ended. Who did not answer for half a minute is not given another.
        (E::Timeout, Connect)                           => row(0, NextModel, Blame::Server),
        (E::Timeout, FirstToken | MidStream | End)      => row(0, NextModel, Blame::Model),
        // The server's patience ended: 408, 504.
        (E::Timeout, Starting | Head)                   => row(1, NextModel, Blame::Server),

        // It is there in a moment. Pauses that double give it most of a minute.
        (E::Server, Starting)                           => row(9, NextModel, Blame::Nobody),
        // A program in this page threw; there is no server that could have been busy.
        (E::Server, Connect)                            => row(0, NextModel, Blame::Model),
        (E::Server, Head | FirstToken)                  => row(2, NextModel, Blame::Server),
        (E::Server, MidStream | End)                    => row(0, NextModel, Blame::Server),
        (E::Truncated, MidStream | End)                 => row(0, NextModel, Blame::Server),
        (E::Truncated, _)                               => row(1, NextModel, Blame::Server),
        // A web page instead of an API, or pieces that make no sense: the same comes again.
        (E::Protocol, _)                                => row(0, NextModel, Blame::Model),
        // It said nothing at all, or nothing of use. That may be chance.
        (E::BadOutput, MidStream)                       => row(0, NextModel, Blame::Model),
        (E::BadOutput, _)                               => row(1, NextModel, Blame::Model),
        // Only a program in this page can say these of itself.
        (E::NoModel | E::AllFailed, _)                  => row(0, NextModel, Blame::Nobody),

        // What a provider will not hear is not taken to the next until one does.
        (E::BlockedContent, _)                          => row(0, Stop,      Blame::Nobody),
        // The request itself is at fault, or the mesh's own limits forbid going on.
        (E::InvalidRequest | E::Budget | E::BlockedPrivate | E::Storage | E::Closed | E::Internal, _)
                                                        => row(0, Stop,      Blame::Nobody),
    }
}

/// The error of a generation whose attempts all failed: the error itself where there was one, and the last where all
/// were at the same model.
pub(super) fn fold(mut errors: Vec<Error>) -> Error {
    let mut names: Vec<&str> = Vec::new();
    for name in errors.iter().filter_map(|error| error.model.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let message = format!("None of {} models answered: {}.", names.len(), names.join(", "));
    if names.len() < 2
        && let Some(last) = errors.pop()
    {
        return last;
    }
    let mut error = Error::new(ErrorCode::AllFailed, message);
    error.hint = errors.iter().find_map(|error| error.hint.clone());
    error.is_retryable = errors.iter().any(|error| error.is_retryable);
    error.errors = Some(errors);
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorCode as E;

    const PHASES: [Phase; 6] =
        [Phase::Connect, Phase::Starting, Phase::Head, Phase::FirstToken, Phase::MidStream, Phase::End];

    #[test]
    fn only_the_keys_own_failure_disables_a_key() {
        for code in ErrorCode::ALL {
            for phase in PHASES {
                let is_key = rule(code, phase, false).blames == Blame::Key;
                assert_eq!(is_key, code == E::InvalidKey, "{code:?} {phase:?}");
            }
        }
    }

    #[test]
    fn nothing_is_asked_twice_after_its_first_word_but_what_only_has_to_wait() {
        for code in ErrorCode::ALL {
            let again = rule(code, Phase::MidStream, true).again;
            assert!(again == 0 || code == E::RateLimited, "{code:?}");
        }
    }

    #[test]
    fn nothing_is_asked_more_than_twice_again_but_what_is_starting() {
        for code in ErrorCode::ALL {
            for phase in PHASES {
                if (code, phase) == (E::Server, Phase::Starting) {
                    continue;
                }
                assert!(rule(code, phase, true).again <= 2 && rule(code, phase, false).again <= 2);
            }
        }
    }

    #[test]
    fn a_request_that_is_at_fault_is_held_against_nobody() {
        for code in ErrorCode::ALL {
            for phase in PHASES {
                let rule = rule(code, phase, false);
                assert!(
                    rule.then != Then::Stop || rule.blames == Blame::Nobody && rule.again == 0,
                    "{code:?}"
                );
            }
        }
    }

    #[test]
    fn one_failure_is_itself_and_several_are_all_failed() {
        let one = Error::new(E::Timeout, "It took too long.");
        assert_eq!(fold(vec![one.clone()]), one);
        let of = |model: &str, code| Error { model: Some(model.to_owned()), ..Error::new(code, "No.") };
        let both = fold(vec![of("a/1", E::Timeout), of("b/1", E::InvalidKey)]);
        assert_eq!(both.code, E::AllFailed);
        assert!(both.is_retryable);
        assert_eq!(both.errors.unwrap().len(), 2);
    }

    #[test]
    fn several_failures_of_one_model_are_its_last() {
        let of = |code| Error { model: Some("a/1".to_owned()), ..Error::new(code, "No.") };
        assert_eq!(fold(vec![of(E::Server), of(E::Server), of(E::Timeout)]).code, E::Timeout);
    }
}
