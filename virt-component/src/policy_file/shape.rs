//! That what was read looks as it was written. serde takes an empty table for a word (`{ allow = {} }`), a list
//! for a table and a date for anything that has keys; the JSON Schema and a person do not.

use super::check::Step;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// Where the file is of another kind than the value that was read from it, and what is wrong there.
pub(super) fn differences(table: &DeTable<'_>, read: &Value) -> Vec<(Vec<Step>, String)> {
    let mut found = Vec::new();
    entries(table, read, &mut Vec::new(), &mut found);
    found
}

fn entries(
    table: &DeTable<'_>,
    read: &Value,
    path: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, String)>,
) {
    for (key, value) in table {
        // What is not written again has no kind to compare, as an option that is empty.
        if let Some(read) = read.get(key.get_ref().as_ref()) {
            path.push(Step::Key(key.get_ref().to_string()));
            compare(value.get_ref(), read, path, found);
            path.pop();
        }
    }
}

fn compare(
    written: &DeValue<'_>,
    read: &Value,
    path: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, String)>,
) {
    match (written, read) {
        (DeValue::String(_), Value::String(_))
        | (DeValue::Integer(_) | DeValue::Float(_), Value::Number(_))
        | (DeValue::Boolean(_), Value::Bool(_)) => {}
        (DeValue::Table(table), Value::Object(_)) => entries(table, read, path, found),
        (DeValue::Array(items), Value::Array(values)) => {
            for (position, (item, value)) in items.iter().zip(values).enumerate() {
                path.push(Step::Item(position));
                compare(item.get_ref(), value, path, found);
                path.pop();
            }
        }
        _ => {
            let (expected, is) = (wanted(read), kind(written));
            found.push((path.clone(), format!("expected {expected}, not {is}")));
        }
    }
}

fn wanted(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
