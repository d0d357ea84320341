use super::*;
use proptest::prelude::*;
use serde_json::json;

fn why(value: &Value, schema: &Value) -> String {
    check(value, schema).unwrap_err().to_string()
}

#[test]
fn an_answer_that_fits_is_read_also_out_of_a_fence() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    for text in ["{\"n\":1}", " {\"n\": 1}\n", "```json\n{\"n\":1}\n```", "```\n{\"n\":1}```"] {
        assert_eq!(read(text, &schema), Ok(json!({ "n": 1 })), "{text}");
    }
    assert_eq!(read("{\"n\":", &schema), Err(Unfit::NotJson));
    assert_eq!(read("Here you are: {}", &schema), Err(Unfit::NotJson));
}

#[test]
fn what_does_not_fit_is_named_by_its_place_and_never_by_its_value() {
    let schema = json!({
        "type": "object", "required": ["facts"], "additionalProperties": false,
        "properties": { "facts": { "type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["title"],
            "properties": { "title": { "type": "string", "maxLength": 5 }, "year": { "type": ["integer", "null"] },
                            "kind": { "enum": ["a", "b"] }, "share": { "exclusiveMaximum": 1, "minimum": 0 } },
        } } },
    });
    for (value, said) in [
        (json!([]), "it has to be an object"),
        (json!({}), "/facts has to be present"),
        (json!({ "facts": [] }), "/facts has to be larger in length"),
        (json!({ "facts": [{}] }), "/facts/0/title has to be present"),
        (json!({ "facts": [{ "title": 7 }] }), "/facts/0/title has to be a string"),
        (json!({ "facts": [{ "title": "secret" }] }), "/facts/0/title has to be smaller in length"),
        (json!({ "facts": [{ "title": "a", "year": 1.5 }] }), "/facts/0/year has to be integer or null"),
        (
            json!({ "facts": [{ "title": "a", "kind": "c" }] }),
            "/facts/0/kind has to be one of the allowed values",
        ),
        (json!({ "facts": [{ "title": "a", "share": 1 }] }), "/facts/0/share has to be smaller"),
        (json!({ "facts": [{ "title": "a" }], "more": 1 }), "/more has to be absent"),
    ] {
        assert_eq!(why(&value, &schema), said);
    }
    let fits = json!({ "facts": [{ "title": "a", "year": 1990.0, "kind": "b", "share": 0.5 }] });
    assert_eq!(check(&fits, &schema), Ok(()));
}

#[test]
fn shapes_can_be_combined_and_referred_to() {
    let schema = json!({
        "$defs": { "node": { "type": "object", "properties": { "next": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] } } } },
        "$ref": "#/$defs/node",
    });
    assert_eq!(check(&json!({ "next": { "next": null } }), &schema), Ok(()));
    assert_eq!(
        why(&json!({ "next": { "next": 7 } }), &schema),
        "/next has to be of one of the allowed shapes"
    );
    let one = json!({ "oneOf": [{ "type": "number" }, { "type": "integer" }], "not": { "const": 1.5 } });
    assert_eq!(why(&json!(2), &one), "it has to be of exactly one of the allowed shapes");
    assert_eq!(why(&json!(1.5), &one), "it has to be of another shape");
    assert_eq!(check(&json!(2.5), &one), Ok(()));
    assert_eq!(why(&json!([1, 1.0]), &json!({ "uniqueItems": true })), "it has to be without repeats");
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let endless = json!({ "$ref": "#" });
    assert_eq!(why(&json!(1), &endless), "it has to be less deep");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z$]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = prop_oneof![
            Just("type".to_owned()),
            Just("items".to_owned()),
            Just("properties".to_owned()),
            Just("enum".to_owned()),
            Just("required".to_owned()),
            Just("anyOf".to_owned()),
            Just("$ref".to_owned()),
            "[a-z]{1,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_against_any_schema_gives_an_answer(value in any_json(), schema in any_json()) {
        let _ = check(&value, &schema);
    }

    #[test]
    fn an_empty_schema_takes_everything(value in any_json()) {
        prop_assert_eq!(check(&value, &json!({})), Ok(()));
    }
}
