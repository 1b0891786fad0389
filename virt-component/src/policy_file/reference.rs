//! The table of keys in docs/policy.md, from their rows. `cargo xtask schema` keeps it there.

use serde_json::{Map, Value};
use wasi_virt::Policy;
use wasi_virt::keys::{Absent, Choice, Field, Flag, Key, Shape, Table, Takes};

/// The table of all keys, as Markdown.
pub fn policy_reference() -> String {
    table(Policy::KEYS, &super::json::object(&Policy::default()))
}

/// The table of these keys; `defaults` is a policy in which nothing is given.
pub(crate) fn table(keys: &[Key], defaults: &Map<String, Value>) -> String {
    let mut out = String::from("| key | values | default | flags |\n|---|---|---|---|\n");
    for key in keys {
        let default = match defaults.get(key.name) {
            None => "none".to_string(),
            Some(Value::Array(items)) if items.is_empty() => "empty".into(),
            Some(Value::Object(entries)) if entries.is_empty() => "empty".into(),
            Some(value) => format!("`{value}`"),
        };
        let flags: Vec<String> = key.flags.iter().map(flag).collect();
        let (name, values, flags) = (key.name, values(key.kind.shape()), flags.join(", "));
        out += &format!("| `{name}` | {values} | {default} | {flags} |\n");
    }
    out
}

fn flag(flag: &Flag) -> String {
    let short = flag
        .short
        .map(|letter| format!("`-{letter}`, "))
        .unwrap_or_default();
    let value = match flag.takes {
        Takes::Nothing => String::new(),
        Takes::One | Takes::Many => format!(" {}", flag.value),
        _ => format!("[={}]", flag.value),
    };
    // A bar would end the cell.
    format!("{short}`--{}{}`", flag.name, value.replace('|', "\\|"))
}

fn values(shape: Shape) -> String {
    match shape {
        Shape::Switch => "`true` or `false`".into(),
        Shape::Number(_) => "number".into(),
        Shape::Size => "size".into(),
        Shape::Time => "time".into(),
        Shape::Text(_) => "text".into(),
        Shape::List(Shape::Table(fields)) => format!("list of {}", of_table(fields)),
        Shape::List(Shape::Either(_)) => "list of texts or tables".into(),
        Shape::List(_) => "list of texts".into(),
        Shape::Variables => "table of names and texts".into(),
        Shape::Named(..) => "table of names and tables".into(),
        Shape::Choice(choice) => of_choice(choice),
        Shape::Table(fields) => of_table(fields),
        Shape::Rule(_) => "text".into(),
        Shape::Either(shapes) => {
            let shapes: Vec<String> = shapes.iter().copied().map(values).collect();
            shapes.join(", or ")
        }
        _ => unreachable!("a shape without words"),
    }
}

fn of_choice(choice: &Choice) -> String {
    let word = |word: &wasi_virt::keys::Word| match word.value {
        None => format!("`\"{}\"`", word.word),
        Some(Shape::List(_)) => format!("`{{ {} = [names] }}`", word.word),
        Some(shape) => format!("`{{ {} = {} }}`", word.word, values(shape)),
    };
    let words: Vec<String> = choice.words.iter().map(word).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn of_table(table: &Table) -> String {
    let names: Vec<&str> = table.fields.iter().map(|field| field.name).collect();
    let optional = |field: &&Field| field.absent != Absent::Refused;
    let optional: Vec<String> = table
        .fields
        .iter()
        .filter(optional)
        .map(|field| match field.absent {
            Absent::Word(word) => format!("`{}` (default `\"{word}\"`)", field.name),
            _ => format!("`{}`", field.name),
        })
        .collect();
    // Where nothing is needed, there is nothing to tell apart.
    let is_alike = optional.is_empty() || optional.len() == names.len();
    let optional = match is_alike {
        true => String::new(),
        false => format!("; optional: {}", optional.join(", ")),
    };
    format!("`{{ {} }}`{optional}", names.join(", "))
}
