//! The flags that add rules to the lists of a key: texts, or tables in a long form. It must never
//! know the meaning of a rule.

use super::args::Given;
use super::mounts::parts;
use super::values;
use crate::escape::quote;
use serde_json::{Map, Value};
use wasi_virt::keys::{Absent, Field, Flag, Grammar, Key, Shape, Table, Takes};

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
    if let Some(table) = table.filter(|table| is_long(table, text)) {
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

/// Whether a value is in the long form: whether it begins with the path of a field.
fn is_long(table: &Table, text: &str) -> bool {
    let Some((path, _)) = text.split_once('=') else {
        return false;
    };
    table.fields.iter().any(|field| match field.shape {
        Shape::Named(..) => path
            .strip_prefix(field.name)
            .is_some_and(|rest| rest.starts_with('.') && !rest.contains(['/', ':', ' '])),
        _ => path == field.name,
    })
}

/// Reads `host=…,port=…` and so on. Of a table in a table the path is given, as in
/// `headers.x-key.env=…`.
fn long(table: &Table, text: &str) -> Result<Value, String> {
    let mut values = Map::new();
    for part in parts(text) {
        let (path, text) = part.split_once('=').unwrap_or((&part, ""));
        match place(table, (path, path), text, &mut values) {
            Some(placed) => placed?,
            None => {
                return Err(format!(
                    "{} is not part of the long form, `{}`",
                    quote(&part),
                    paths(table).join(",")
                ));
            }
        }
    }
    match missing(table, &values) {
        Some(path) => Err(format!("the long form needs `{path}=`")),
        None => Ok(values.into()),
    }
}

/// The paths of a table's fields, as the long form has them.
fn paths(table: &Table) -> Vec<String> {
    let of_field = |field: &Field| match field.shape {
        Shape::Named(_, Shape::Table(inner)) => {
            let paths = paths(inner).into_iter();
            paths
                .map(|path| format!("{}.NAME.{path}", field.name))
                .collect()
        }
        _ => vec![format!("{}=…", field.name)],
    };
    table.fields.iter().flat_map(of_field).collect()
}

/// Puts a value to its place, by its path: the whole of it, and what is left of it here. Nothing
/// where the table has no such place.
fn place(
    table: &Table,
    (whole, path): (&str, &str),
    text: &str,
    values: &mut Map<String, Value>,
) -> Option<Result<(), String>> {
    let named = |name: &str| table.fields.iter().find(|field| field.name == name);
    if let Some(field) = named(path).filter(|field| !matches!(field.shape, Shape::Named(..))) {
        let read = of_field(field.shape, text).map_err(|why| format!("`{whole}`: {why}"));
        return Some(read.and_then(|value| {
            match (values.get_mut(path), value) {
                (Some(Value::Array(old)), Value::Array(new)) => old.extend(new),
                (Some(_), _) => return Err(format!("`{whole}` is given twice")),
                (None, value) => drop(values.insert(path.into(), value)),
            }
            Ok(())
        }));
    }
    let (field, rest) = path.split_once('.')?;
    let Shape::Named(grammar, Shape::Table(inner)) = named(field)?.shape else {
        return None;
    };
    // A name may have dots of its own, and the fields behind it have none.
    let (name, rest) = rest.rsplit_once('.')?;
    if let Some(why) = grammar.problem(name) {
        return Some(Err(format!("`{whole}`: {why}")));
    }
    let tables = values.entry(field).or_insert_with(|| Map::new().into());
    let table = tables.as_object_mut()?.entry(name);
    let table = table.or_insert_with(|| Map::new().into());
    place(inner, (whole, rest), text, table.as_object_mut()?)
}

/// The path of a field that is needed and not there.
fn missing(table: &Table, values: &Map<String, Value>) -> Option<String> {
    table.fields.iter().find_map(|field| {
        let value = values.get(field.name);
        match field.shape {
            Shape::Named(_, Shape::Table(inner)) => {
                let mut named = value.and_then(Value::as_object).into_iter().flatten();
                named.find_map(|(name, value)| {
                    let path = missing(inner, value.as_object()?)?;
                    Some(format!("{}.{name}.{path}", field.name))
                })
            }
            _ if field.absent == Absent::Refused && value.is_none() => Some(field.name.into()),
            _ => None,
        }
    })
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
        Shape::Text(allowed) => match allowed.problems(text).next() {
            Some(why) => Err(why.into()),
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
