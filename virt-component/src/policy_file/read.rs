//! From TOML to a policy, with all that is wrong. serde stops at the first problem: what it stumbled
//! over is told, taken out of the tree, and the rest is read again.

use super::check::{Step, check};
use super::shape::differences;
use crate::escape::{escape, quote};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error};
use wasi_virt::Policy;

/// More problems than this are not looked for; each costs another reading.
const LIMIT: usize = 50;

/// How much alike two keys are for one to be meant by the other, as clap has it.
const ALIKE: f64 = 0.7;

/// Reads a policy and the keys that are given. Problems are told with their lines in the file of this name, if
/// the text is a file's.
pub(super) fn read(
    text: &str,
    name: Option<&str>,
) -> Result<(Policy, BTreeSet<String>), Vec<String>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let problems = Problems::new(text, name);
    if !errors.is_empty() {
        return Err(problems.of_syntax(&errors));
    }
    values(document, problems)
}

fn values(
    mut document: Spanned<DeTable<'_>>,
    mut problems: Problems<'_>,
) -> Result<(Policy, BTreeSet<String>), Vec<String>> {
    let policy = loop {
        let error = match Policy::deserialize(toml::Deserializer::from(document.clone())) {
            Ok(policy) => break policy,
            Err(error) => error,
        };
        let span = error.span().unwrap_or_default();
        let Some(place) = take_out(document.get_mut(), &span) else {
            problems.add(&span, escape(error.message()));
            return Err(problems.lines());
        };
        problems.add(&span, place.told(error.message()));
        if problems.found.len() >= LIMIT {
            return Err(problems.lines());
        }
    };
    let read = serde_json::to_value(&policy).expect("a policy is a table with texts for keys");
    let shapes = differences(document.get_ref(), &read);
    for (path, message) in shapes.into_iter().chain(check(&policy)) {
        let (span, key) = find(document.get_ref(), &path);
        problems.add(&span, format!("{}: {message}", quote(&key)));
    }
    if problems.found.is_empty() {
        let keys = document
            .get_ref()
            .keys()
            .map(|key| key.get_ref().to_string());
        Ok((policy, keys.collect()))
    } else {
        Err(problems.lines())
    }
}

/// What was found wrong, with the line of each.
struct Problems<'t> {
    text: &'t str,
    name: Option<&'t str>,
    found: Vec<(usize, String)>,
}

impl<'t> Problems<'t> {
    fn new(text: &'t str, name: Option<&'t str>) -> Self {
        Problems {
            text,
            name,
            found: Vec::new(),
        }
    }

    fn add(&mut self, span: &Range<usize>, message: String) {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let problem = (line, message);
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }

    fn of_syntax(mut self, errors: &[Error]) -> Vec<String> {
        for error in errors.iter().take(LIMIT) {
            let message = escape(&error.message().replace('\n', ", "));
            self.add(&error.span().unwrap_or_default(), message);
        }
        self.lines()
    }

    /// One line for each, in the order of the file.
    fn lines(mut self) -> Vec<String> {
        self.found.sort_by_key(|(line, _)| *line);
        let name = self.name.map(escape);
        let told = |(line, message)| match &name {
            Some(name) => format!("{name}:{line}: {message}"),
            None => message,
        };
        self.found.into_iter().map(told).collect()
    }
}

/// What was taken out of the tree.
struct Place {
    /// Its keys from the root, without positions in lists.
    path: Vec<String>,
    /// Whether its key was at fault, not its value.
    key: bool,
}

impl Place {
    /// What serde says of it, in the words of a policy.
    fn told(&self, message: &str) -> String {
        let path = quote(&self.path.join("."));
        let expected = message.split_once(", expected ").map(|(_, words)| words);
        if let (true, Some(known)) = (self.key, expected) {
            let wrong = self.path.last().map_or("", String::as_str);
            return match alike(wrong, known) {
                Some(meant) => format!("unknown key {path}; did you mean `{meant}`?"),
                None => format!("unknown key {path}; there are {}", listed(known)),
            };
        }
        if let (true, Some(known)) = (message.starts_with("unknown variant"), expected) {
            let wrong = message.split('`').nth(1).unwrap_or_default();
            let hint = alike(wrong, known)
                .map(|meant| format!("; did you mean `{meant}`?"))
                .unwrap_or_default();
            return format!(
                "{path}: unknown value {}, expected {known}{hint}",
                quote(wrong)
            );
        }
        if let Some(missing) = message.strip_prefix("missing field ") {
            return format!("{path}: {missing} is missing");
        }
        // toml's own words for a value that is no word of an enumeration.
        if let Some(wanted) = message.strip_prefix("wanted ") {
            return format!("{path}: expected {}", escape(wanted));
        }
        format!("{path}: {}", escape(&message.replace('\n', ", ")))
    }
}

/// The words between backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn listed(known: &str) -> String {
    let names: Vec<String> = words(known).map(quote).collect();
    names.join(", ")
}

/// The one of the words between backticks that is most like `wrong`, when one is.
fn alike<'k>(wrong: &str, known: &'k str) -> Option<&'k str> {
    words(known)
        .map(|word| (strsim::jaro(wrong, word), word))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

/// Takes what lies at `span` out of the tree: a key with its value, or one item of a list. A table that is empty
/// then goes with it, so that a choice without its value is not told as another mistake.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Place> {
    let mut out = None;
    let mut emptied = None;
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().to_string();
        if key.span() == *span {
            out = Some((name, true));
            break;
        }
        if let Some(mut place) = take_out_of_value(value.get_mut(), span) {
            place.path.insert(0, name.clone());
            if !value.get_ref().as_table().is_some_and(DeTable::is_empty) {
                return Some(place);
            }
            emptied = Some((name, place));
            break;
        }
        if value.span() == *span {
            out = Some((name, false));
            break;
        }
    }
    if let Some((name, place)) = emptied {
        table.remove(name.as_str());
        return Some(place);
    }
    let (name, key) = out?;
    table.remove(name.as_str());
    Some(Place {
        path: vec![name],
        key,
    })
}

fn take_out_of_value(value: &mut DeValue<'_>, span: &Range<usize>) -> Option<Place> {
    match value {
        DeValue::Table(table) => take_out(table, span),
        DeValue::Array(array) => {
            for item in array.iter_mut() {
                if let Some(place) = take_out_of_value(item.get_mut(), span) {
                    return Some(place);
                }
            }
            let position = array.iter().position(|item| item.span() == *span)?;
            let kept = std::mem::replace(array, DeArray::new())
                .into_iter()
                .enumerate();
            *array = kept
                .filter(|(at, _)| *at != position)
                .map(|(_, item)| item)
                .collect::<DeArray<'_>>();
            Some(Place {
                path: Vec::new(),
                key: false,
            })
        }
        _ => None,
    }
}

/// Where the value at `path` is, and its keys.
fn find(table: &DeTable<'_>, path: &[Step]) -> (Range<usize>, String) {
    let (mut span, mut keys) = (0..0, Vec::new());
    let mut table = Some(table);
    let mut value: Option<&DeValue<'_>> = None;
    for step in path {
        match step {
            Step::Key(name) => {
                keys.push(name.as_str());
                let here = table.or_else(|| value.and_then(DeValue::as_table));
                let Some((key, inner)) = here.and_then(|table| table.get_key_value(name.as_str()))
                else {
                    break;
                };
                span = key.span();
                value = Some(inner.get_ref());
            }
            Step::Item(position) => {
                let items = value.and_then(DeValue::as_array);
                let Some(item) = items.and_then(|items| items.get(*position)) else {
                    break;
                };
                span = item.span();
                value = Some(item.get_ref());
            }
        }
        table = None;
    }
    (span, keys.join("."))
}
