//! The table of shapes as JSON Schema (draft 2020-12), for editors.

use serde_json::{Map, Value, json};

use crate::syntax::shape::{Expect, FILE, Key, Shape};

/// The JSON Schema of a policy file: every key with its sentence in Chinese and English, required keys, known words.
///
/// An editor that knows it completes keys and marks unknown ones. It is wider than the reader in one respect: a word
/// that is not among the known ones is still a text.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let mut schema = shape(&FILE, &mut definitions);
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        object.insert("title".to_owned(), both(FILE.about).into());
        object.insert("$defs".to_owned(), definitions.into());
    }
    schema
}

/// A map with known keys. A place without content counts as a map without keys, so `null` passes where nothing is required.
fn shape(shape: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for key in shape.keys {
        properties.insert(key.name.to_owned(), property(key, definitions));
    }
    let required: Vec<&str> = shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let rest = shape.rest.map_or(Value::Bool(false), |rest| expect(rest, definitions));
    let types = if required.is_empty() && shape.one_of.is_empty() {
        json!(["object", "null"])
    } else {
        json!("object")
    };
    let mut schema = json!({
        "type": types,
        "description": both(shape.about),
        "properties": properties,
        "required": required,
        "additionalProperties": rest,
    });
    if let (Some(object), false) = (schema.as_object_mut(), shape.one_of.is_empty()) {
        let each: Vec<Value> = shape.one_of.iter().map(|key| json!({"required": [key]})).collect();
        object.insert("oneOf".to_owned(), each.into());
    }
    schema
}

fn property(key: &'static Key, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = expect(&key.expect, definitions);
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), both(key.about).into());
    }
    schema
}

fn expect(of: &'static Expect, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Expect::Text => json!({"type": ["string", "number", "boolean"]}),
        Expect::Blank => json!({"anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": {"enum": ["X", "x"]}, "minItems": 1, "maxItems": 1},
        ]}),
        Expect::Yes => json!({"enum": ["yes", "no", true, false]}),
        Expect::Word(words) => json!({"anyOf": [{"enum": words}, {"type": "string"}]}),
        Expect::Map(inner) => reference(inner, definitions),
        Expect::Names(inner) => {
            json!({"type": ["object", "null"], "additionalProperties": expect(inner, definitions)})
        }
        Expect::Many(inner) => {
            let one = expect(inner, definitions);
            json!({"anyOf": [one.clone(), {"type": ["array", "null"], "items": one}]})
        }
        Expect::Any(several) => {
            let each: Vec<Value> = several.iter().map(|one| expect(one, definitions)).collect();
            json!({"anyOf": each})
        }
    }
}

/// Refers to a shape by name and defines it on first sight; shapes may hold one another.
fn reference(inner: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(inner.name) {
        definitions.insert(inner.name.to_owned(), Value::Null);
        let schema = shape(inner, definitions);
        definitions.insert(inner.name.to_owned(), schema);
    }
    json!({"$ref": format!("#/$defs/{}", inner.name)})
}

fn both((zh, en): (&str, &str)) -> String {
    format!("{zh} / {en}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a value fits a schema, as far as ours use the language.
    fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let Some(rules) = schema.as_object() else { return schema == &Value::Bool(true) };
        rules.iter().all(|(rule, by)| match rule.as_str() {
            "type" => by == kind || by.as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind)),
            "enum" => by.as_array().unwrap().contains(value),
            "anyOf" => by.as_array().unwrap().iter().any(|one| fits(value, one, root)),
            "oneOf" => by.as_array().unwrap().iter().filter(|one| fits(value, one, root)).count() == 1,
            "$ref" => fits(value, root.pointer(by.as_str().unwrap().trim_start_matches('#')).unwrap(), root),
            "required" => value.as_object().is_none_or(|map| {
                by.as_array().unwrap().iter().all(|key| map.contains_key(key.as_str().unwrap()))
            }),
            "items" => value.as_array().is_none_or(|all| all.iter().all(|one| fits(one, by, root))),
            "properties" => value.as_object().is_none_or(|map| {
                map.iter().all(|(key, value)| by.get(key).is_none_or(|schema| fits(value, schema, root)))
            }),
            "additionalProperties" => value.as_object().is_none_or(|map| {
                let known = schema.get("properties");
                map.iter()
                    .filter(|(key, _)| known.is_none_or(|known| known.get(key).is_none()))
                    .all(|(_, value)| fits(value, by, root))
            }),
            "minItems" | "maxItems" => value.as_array().is_none_or(|all| all.len() == 1),
            "description" | "title" | "$schema" | "$defs" => true,
            other => panic!("the schema uses `{other}`, which this test does not know"),
        })
    }

    #[test]
    fn the_schema_takes_what_the_reader_takes() {
        let rows: &[(&str, bool)] = &[
            ("{}", true),
            ("parameters: {a: {value: 80 points}}", true),
            ("parameters: {a: {value: }}", true),
            ("parameters: {a: {value: [X]}}", true),
            ("parameters: {a: {value: 1, versions: [{from: 2026-01-01, value: 2}]}}", false),
            ("parameters: {a: {label: 及格线}}", false),
            ("parameters: {a: {value: 1, lable: 及格线}}", false),
            ("parameters: {a: 1}", false),
            ("parameter_sets: {w: {versions: {from: 2026-01-01, sales: 60%, 响应: 10%}}}", true),
            (
                "subjects: {staff: {fields: {hired: date, position: [a, b], m: {type: text, optional: yes}}}}",
                true,
            ),
            ("subjects: {staff: }", true),
            ("roles: {hr: {held_by: {zhao: {from: 2024-03-01}}}, lead: {held_by: [a, b]}}", true),
            ("calendars: {c: {hours: {mon: ['08:00-22:00'], sat: []}, days: {2026-02-17: closed}}}", true),
            (
                "calendars: {c: {make_up_days: {a: [2026-02-14, {2026-02-28: ['09:00-12:00']}], b: {2026-10-10: closed}}}}",
                true,
            ),
            ("calendars: {c: {make_up_days: {a: {2026-02-14: {from: '09:00'}}}}}", false),
            ("workflows: {w: {subject: s, on_event: {e: resit, f: [{if: x, to: y}, {otherwise: z}]}}}", true),
            ("workflows: {w: {subject: s, states: {a: {effects: [{notify: hr, ask: hr}]}}}}", false),
            ("workflows: {w: {states: {a: }}}", false),
            (
                "tables: {t: {inputs: {b: k.band}, outputs: {o: [x, y]}, rows: [{b: [S, A], o: x}], otherwise: error}}",
                true,
            ),
            ("translations: {en: {甲: a}}", true),
            ("scenario: x", false),
        ];
        let schema = json_schema();
        for (text, good) in rows {
            let value: Value = serde_yaml::from_str(text).unwrap();
            assert_eq!(fits(&value, &schema, &schema), *good, "schema: {text}");
            let (mut policy, mut found) = (crate::syntax::raw::RawPolicy::default(), Vec::new());
            let mut sources = crate::source::Sources::default();
            let limits = crate::syntax::Limits::default();
            let bytes = text.as_bytes();
            crate::syntax::read_file(&mut sources, "a.yaml", bytes, &limits, &mut policy, &mut found);
            assert_eq!(found.is_empty(), *good, "reader: {text} {found:?}");
        }
    }

    #[test]
    fn every_key_has_a_sentence_in_both_languages() {
        let schema = json_schema();
        let mut keys = 0;
        let definitions = schema["$defs"].as_object().unwrap();
        assert!(definitions.len() >= 35);
        for (name, definition) in definitions.iter().chain([(&"file".to_owned(), &schema)]) {
            for (key, property) in definition["properties"].as_object().unwrap() {
                keys += 1;
                assert!(key.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_'), "{name}.{key}");
                let (zh, en) = property["description"].as_str().unwrap().split_once(" / ").unwrap();
                assert!(
                    !zh.is_ascii() && !en.is_empty() && en.is_ascii() || en.contains('…'),
                    "{name}.{key}: {zh} / {en}"
                );
            }
        }
        assert!(keys > 200, "{keys}");
    }
}
