//! Reads what the page sends. What does not fit is named by its place, never quoted: a prompt could be in it.

use hkm_mesh_core::base::json::{Fields, FromJson, Misfit, read};
use hkm_mesh_core::model::{Error, ErrorCode};
use serde_json::Value;

/// Reads `bytes` as JSON. `what` names them at the beginning of the error's message: "The request".
pub(super) fn parse<T: FromJson>(bytes: &[u8], what: &str) -> Result<T, Error> {
    read(bytes).map_err(|misfit| {
        Error::new(ErrorCode::InvalidRequest, [what, " cannot be read. ", &misfit.to_string()].concat())
    })
}

/// What a provider written in JavaScript says when it fails.
pub(super) struct CustomFailure {
    /// Its error's code, if it is one of ours.
    pub(super) code: Option<ErrorCode>,
    /// Its error's message.
    pub(super) message: String,
}

impl FromJson for CustomFailure {
    fn from_json(value: Value, place: &str) -> Result<Self, Misfit> {
        let mut fields = Fields::of(value, place)?;
        // A provider may throw anything: a code that is none of ours is no reason to lose the message.
        let code = fields.take::<Value>("code")?.and_then(|code| ErrorCode::from_json(code, "code").ok());
        Ok(Self { code, message: fields.need("message")? })
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use hkm_mesh_core::model::{CustomEvent, MeshOptions, TextRequest};

    use super::*;

    fn refusal<T: FromJson>(json: &str) -> String {
        match parse::<T>(json.as_bytes(), "The request") {
            Ok(_) => panic!("{json} was read"),
            Err(error) => {
                assert_eq!(error.code, ErrorCode::InvalidRequest);
                error.message
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(
            refusal::<TextRequest>(r#"{"foo":1}"#),
            "The request cannot be read. `foo` is not known here."
        );
        assert_eq!(refusal::<TextRequest>("7"), "The request cannot be read. It has to be an object.");
        assert_eq!(refusal::<TextRequest>("["), "The request cannot be read. It is not JSON.");
        let unfinished = refusal::<CustomEvent>(r#"{"type":"text-delta"}"#);
        assert_eq!(unfinished, "The request cannot be read. `text` is missing.");
    }

    #[test]
    fn a_wrong_value_is_never_quoted() {
        const SECRET: &str = "my secret";
        let quoted = serde_json::to_string(SECRET).unwrap();
        let bodies = [
            format!(r#"{{"temperature":{quoted}}}"#),
            format!(r#"{{"messages":{quoted}}}"#),
            format!(r#"{{"messages":[{quoted}]}}"#),
            format!(r#"{{"messages":[{{"role":{quoted}}}]}}"#),
            format!(r#"{{"messages":[{{"role":"user","content":[{{"type":{quoted}}}]}}]}}"#),
            format!(r#"{{"reasoning":{quoted}}}"#),
            format!(r#"{{"policy":{quoted}}}"#),
            format!(r#"{{"toolChoice":{quoted}}}"#),
            format!(r#"{{"maxOutputTokens":{quoted}}}"#),
            quoted.clone(),
            format!("{{\"prompt\": {SECRET}"),
            format!(r#"{{"prompt":"{SECRET}"#),
        ];
        for body in bodies {
            let refusal = refusal::<TextRequest>(&body);
            assert!(!refusal.contains("secret"), "{refusal}");
            assert!(refusal.starts_with("The request ") && refusal.ends_with('.'), "{refusal}");
        }
    }

    #[test]
    fn what_is_right_is_read() {
        assert!(parse::<MeshOptions>(b"{}", "The options").is_ok());
        assert!(parse::<Option<Vec<String>>>(b"null", "The list").is_ok_and(|names| names.is_none()));
    }

    #[test]
    fn the_failure_of_a_provider_keeps_its_message_whatever_its_code() {
        let read = |json: &str| {
            let CustomFailure { code, message } = parse(json.as_bytes(), "The error").unwrap();
            (code, message)
        };
        assert_eq!(read(r#"{"code":"quota","message":"a"}"#), (Some(ErrorCode::Quota), "a".to_owned()));
        for code in ["\"ENOENT\"", "7", "null"] {
            assert_eq!(read(&format!(r#"{{"code":{code},"message":"a","more":1}}"#)), (None, "a".to_owned()));
        }
    }
}
