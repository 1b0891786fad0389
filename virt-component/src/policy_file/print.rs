//! A policy as TOML, as a person would write it. What it prints reads back as the same policy; what
//! a terminal would act on is escaped, which TOML's own writers do not do.

use crate::escape::is_unprintable;
use serde_json::{Map, Value};
use std::fmt::Write;
use wasi_virt::Policy;

/// The policy as the text of a policy file.
pub fn print_policy(policy: &Policy) -> String {
    print(&super::values::object(policy))
}

/// These values as the text of a policy file.
pub(crate) fn print(values: &Map<String, Value>) -> String {
    let (mut plain, mut sections) = (String::new(), String::new());
    for (key, value) in values {
        match value {
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) if items.iter().all(Value::is_object) => {
                for item in items.iter().filter_map(Value::as_object) {
                    section(&mut sections, &format!("[[{key}]]"), item);
                }
            }
            // A table with one entry is a choice with its names, or short enough for a line.
            Value::Object(entries) if entries.len() > 1 => {
                section(&mut sections, &format!("[{key}]"), entries);
            }
            Value::Object(entries) if entries.is_empty() => {}
            value => line(&mut plain, key, value),
        }
    }
    plain + &sections
}

fn section(out: &mut String, head: &str, entries: &Map<String, Value>) {
    writeln!(out, "\n{head}").expect("a String takes any text");
    for (key, value) in entries {
        line(out, key, value);
    }
}

fn line(out: &mut String, key: &str, value: &Value) {
    writeln!(out, "{} = {}", bare(key), inline(value)).expect("a String takes any text");
}

/// A key as it stands before the `=`.
pub(super) fn bare(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !key.is_empty() && key.chars().all(plain) {
        key.into()
    } else {
        text(key)
    }
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{} = {}", bare(key), inline(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A basic string.
pub(super) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unprintable(c) => {
                write!(out, "\\u{:04X}", u32::from(c)).expect("a String takes any text");
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
