//! The flags that add rules to the lists of a key: texts, or tables in a long form. It must never
//! know the meaning of a rule.

use super::args::Given;
use super::mounts::{parts, starts_with_key};
use super::values;
use crate::escape::quote;
use serde_json::{Map, Value};
use wasi_virt::keys::{Absent, Flag, Grammar, Key, Shape, Table, Takes};

/// What flags say of a key that is a word or a table of lists, over its value in the file. Lists of
/// flags join those of the file.
pub(super) fn value(
    given: Given<'_>,
    key: &Key,
    old: Option<&Value>,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let mut lists = Map::new();
    let mut switch = None;
    for flag in key.flags {
        let mut entries = Vec::new();
        for text in given.all(flag.name) {
            match text {
                "true" | "false" if flag.takes == Takes::Rules => {
                    let on = text == "true";
                    if switch.is_some_and(|earlier| earlier != on) {
                        let flag = flag.name;
                        problems.push(format!("--{flag} and --{flag}=false contradict each other"));
                    }
                    switch = Some(on);
                }
                text => match read(key, flag, text) {
                    Ok(read) => entries.extend(read),
                    Err(found) => problems.extend(found),
                },
            }
        }
        if !entries.is_empty() {
            lists.insert(flag.list.into(), entries.into());
        }
    }
    let word = |on: bool| {
        if on {
            key.kind.open()
        } else {
            key.kind.closed()
        }
    };
    if lists.is_empty() {
        return switch
            .or(given.on_off("allow-all"))
            .map(word)
            .map(Value::from);
    }
    if let Some(on) = switch {
        let flag = key.flags[0].name;
        let bare = if on { "" } else { "=false" };
        problems.push(format!(
            "--{flag}{bare} is for everything, and rules are for some of it; give one of them"
        ));
    }
    let mut joined = old.and_then(Value::as_object).cloned().unwrap_or_default();
    for (list, new) in lists {
        let old = joined.get(&list).and_then(Value::as_array);
        let old = old.cloned().unwrap_or_default();
        let new = new.as_array().cloned().unwrap_or_default();
        joined.insert(list, [old, new].concat().into());
    }
    Some(joined.into())
}

/// What an entry of a flag's list looks like: the grammar of its text, and its table.
fn entry(key: &Key, flag: &Flag) -> Option<(Grammar, Option<&'static Table>)> {
    let Shape::Either(shapes) = key.kind.shape() else {
        return None;
    };
    let table = shapes.iter().find_map(|shape| match shape {
        Shape::Table(table) => Some(table),
        _ => None,
    })?;
    let field = table.fields.iter().find(|field| field.name == flag.list)?;
    match field.shape {
        Shape::List(Shape::Rule(grammar)) => Some((*grammar, None)),
        Shape::List(Shape::Either([Shape::Rule(grammar), Shape::Table(table)])) => {
            Some((*grammar, Some(table)))
        }
        _ => None,
    }
}

/// The rules in a value of a flag.
fn read(key: &Key, flag: &Flag, text: &str) -> Result<Vec<Value>, Vec<String>> {
    let dashed = format!("--{}", flag.name);
    values::no_nul(&dashed, text).map_err(|problem| vec![problem])?;
    let (grammar, table) = entry(key, flag).expect("a flag with a list of rules");
    let wrong = |text: &str, why: String| format!("{dashed} {}: {why}", quote(text));
    if let Some(table) = table
        && table
            .fields
            .iter()
            .any(|field| starts_with_key(text, field.name))
    {
        let read = long(table, text).map_err(|why| vec![wrong(text, why)])?;
        return Ok(vec![read]);
    }
    let texts: Vec<&str> = match grammar.is_listed() {
        true => text.split(',').collect(),
        false => vec![text],
    };
    let problem = |text: &&str| grammar.problem(text).map(|why| wrong(text, why));
    let problems: Vec<String> = texts.iter().filter_map(problem).collect();
    match problems.is_empty() {
        true => Ok(texts.into_iter().map(Value::from).collect()),
        false => Err(problems),
    }
}

/// Reads `host=…,port=…` and so on.
fn long(table: &Table, text: &str) -> Result<Value, String> {
    let mut values: Map<String, Value> = Map::new();
    for part in parts(text) {
        let (name, text) = part.split_once('=').unwrap_or((&part, ""));
        let Some(field) = table.fields.iter().find(|field| field.name == name) else {
            let names = table.fields.iter().map(|field| format!("{}=…", field.name));
            let names: Vec<String> = names.collect();
            return Err(format!(
                "{} is not part of the long form, `{}`",
                quote(&part),
                names.join(",")
            ));
        };
        let value = of_field(field.shape, text).map_err(|why| format!("`{name}`: {why}"))?;
        match (values.get_mut(name), value) {
            (Some(Value::Array(old)), Value::Array(new)) => old.extend(new),
            (Some(_), _) => return Err(format!("`{name}` is given twice")),
            (None, value) => drop(values.insert(name.into(), value)),
        }
    }
    let mut needed = table
        .fields
        .iter()
        .filter(|field| field.absent == Absent::Refused);
    match needed.find(|field| !values.contains_key(field.name)) {
        Some(field) => Err(format!("the long form needs `{}=`", field.name)),
        None => Ok(values.into()),
    }
}

/// The value of a field. Of several shapes, the first that takes the text counts.
fn of_field(shape: Shape, text: &str) -> Result<Value, String> {
    match shape {
        Shape::Number(last) => match text.parse::<u64>() {
            Ok(number) if number <= last => Ok(number.into()),
            _ => Err(format!("give a number from 0 to {last}")),
        },
        Shape::Choice(choice) if choice.words.iter().any(|word| word.word == text) => {
            Ok(text.into())
        }
        Shape::Choice(choice) => {
            let words = choice.words.iter().map(|word| format!("`{}`", word.word));
            let words: Vec<String> = words.collect();
            Err(format!("{} is none of {}", quote(text), words.join(", ")))
        }
        Shape::Rule(grammar) => match grammar.problem(text) {
            Some(why) => Err(format!("{}: {why}", quote(text))),
            None => Ok(text.into()),
        },
        Shape::List(item) => Ok(Value::Array(vec![of_field(*item, text)?])),
        Shape::Either(shapes) => {
            let mut last = Err(String::new());
            for shape in shapes {
                last = of_field(*shape, text);
                if last.is_ok() {
                    break;
                }
            }
            last
        }
        _ if text.is_empty() => Err("the value is empty".into()),
        _ => Ok(text.into()),
    }
}
