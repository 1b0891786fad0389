//! The JSON Schema of the policy, from the rows of its keys. It refuses what the reader refuses, as
//! far as one key alone can show; both read the same shapes.

use serde_json::{Map, Value, json};
use wasi_virt::Policy;
use wasi_virt::keys::{Absent, Choice, Key, Shape, Table, Text, Word};

/// Seconds since 1970, or a date in UTC.
const TIME: &str =
    r"^([0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z)?)$";
/// Bytes, or a number with a unit.
const SIZE: &str = r"^[0-9]{1,18}[KMG]?$";

/// The JSON Schema of a policy. Each key has its label, its subsystem and its flags as `x-label`,
/// `x-subsystem` and `x-flags`. `x-narrows` marks a key that only changes what others give.
pub fn policy_schema() -> Value {
    schema(Policy::KEYS, &super::json::object(&Policy::default()))
}

/// The schema of these keys; `defaults` is a policy in which nothing is given.
pub(crate) fn schema(keys: &[Key], defaults: &Map<String, Value>) -> Value {
    let mut types = Map::new();
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = Map::new();
            value.insert("description".into(), key.about.into());
            value.insert("x-label".into(), key.label.into());
            if let Some(subsystem) = key.subsystem {
                value.insert("x-subsystem".into(), subsystem.name().into());
                if !key.asks {
                    value.insert("x-narrows".into(), true.into());
                }
            }
            let flags: Vec<String> = key.flags.iter().map(|f| format!("--{}", f.name)).collect();
            value.insert("x-flags".into(), flags.into());
            value.extend(of_shape(key.kind.shape(), &mut types));
            if let Some(default) = defaults.get(key.name) {
                value.insert("default".into(), default.clone());
            }
            (key.name.into(), value.into())
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy",
        "description": "What a component may reach once virtualized. The default denies everything.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": types,
    })
}

/// What a value of this shape has to be. Types with a name are added to `types`.
fn of_shape(shape: Shape, types: &mut Map<String, Value>) -> Map<String, Value> {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let value = match shape {
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::Number(last) => json!({ "type": "integer", "minimum": 0, "maximum": last }),
        Shape::Size => {
            let mut size = example(text(SIZE), "64M");
            size["type"] = json!(["string", "integer"]);
            size["minimum"] = 0.into();
            size["maximum"] = u64::MAX.into();
            size
        }
        Shape::Time => example(text(TIME), "2026-01-01T00:00:00Z"),
        Shape::Text(allowed) => text(allowed.pattern()),
        Shape::List(item) => json!({ "type": "array", "items": of_shape(*item, types) }),
        Shape::Variables => json!({
            "type": "object",
            "propertyNames": { "pattern": Text::Name.pattern() },
            "additionalProperties": of_shape(Shape::Text(Text::Any), types),
        }),
        Shape::Named(grammar, item) => json!({
            "type": "object",
            "propertyNames": { "pattern": grammar.pattern() },
            "additionalProperties": of_shape(*item, types),
        }),
        Shape::Choice(choice) => named(choice.name, types, |types| of_choice(choice, types)),
        Shape::Table(table) => named(table.name, types, |types| of_table(table, types)),
        Shape::Rule(grammar) => example(text(grammar.pattern()), grammar.example()),
        Shape::Either(shapes) => {
            let shapes: Vec<_> = shapes.iter().map(|shape| of_shape(*shape, types)).collect();
            json!({ "anyOf": shapes })
        }
        _ => unreachable!("a shape without a schema"),
    };
    match value {
        Value::Object(value) => value,
        _ => unreachable!("a schema is an object"),
    }
}

/// The same type with a value to start from, which forms show.
fn example(mut schema: Value, value: &str) -> Value {
    schema["examples"] = json!([value]);
    schema
}

fn named(
    name: &str,
    types: &mut Map<String, Value>,
    of: impl FnOnce(&mut Map<String, Value>) -> Value,
) -> Value {
    if !types.contains_key(name) {
        types.insert(name.into(), Value::Null);
        let value = of(types);
        types.insert(name.into(), value);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn of_choice(choice: &Choice, types: &mut Map<String, Value>) -> Value {
    let mut of_word = |word: &Word| match word.value {
        None => json!({ "description": word.about, "type": "string", "const": word.word }),
        Some(shape) => json!({
            "description": word.about,
            "type": "object",
            "properties": { word.word: of_shape(shape, types) },
            "required": [word.word],
            "additionalProperties": false,
        }),
    };
    let words: Vec<Value> = choice.words.iter().map(&mut of_word).collect();
    let switch = choice.switch.map(|[off, on]| {
        let about = format!("`false` stands for `{off}`, `true` for `{on}`.");
        json!({ "description": about, "type": "boolean" })
    });
    let words: Vec<Value> = words.into_iter().chain(switch).collect();
    json!({ "description": choice.about, "oneOf": words })
}

fn of_table(table: &Table, types: &mut Map<String, Value>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in table.fields {
        let mut value = Map::new();
        value.insert("description".into(), field.about.into());
        value.extend(of_shape(field.shape, types));
        match field.absent {
            Absent::Refused => required.push(field.name),
            Absent::Word(word) => {
                value.insert("default".into(), word.into());
            }
            _ => {}
        }
        properties.insert(field.name.into(), value.into());
    }
    json!({
        "description": table.about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "required": required,
    })
}
