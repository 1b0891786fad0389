//! From TOML to the values of a policy, with everything that is wrong. One walk over the document
//! follows the shapes of the keys' rows; it must never know a key.

use crate::escape::{escape, quote};
use serde_json::{Map, Value};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wasi_virt::keys::{Absent, Choice, Key, Shape, Table, Text};
use wasi_virt::{Size, Time};

/// At most this many problems are reported.
const LIMIT: usize = 50;

/// How alike two words must be for one to be suggested for the other: clap's own limit.
const ALIKE: f64 = 0.7;

/// A rule about two keys: the key at fault, and what is wrong with it.
pub(crate) type Rule = fn(&Map<String, Value>) -> Option<(&'static str, &'static str)>;

/// Something that is wrong with a policy, in the keys of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The key that it is about, or the unknown one; none where the text is not a policy at all.
    pub key: Option<String>,
    /// One line, ready to print. For a file it starts with its name and the line.
    pub message: String,
}

impl From<PolicyProblem> for String {
    fn from(problem: PolicyProblem) -> Self {
        problem.message
    }
}

/// The message, for tests.
#[cfg(test)]
impl PartialEq<&str> for PolicyProblem {
    fn eq(&self, message: &&str) -> bool {
        self.message == *message
    }
}

/// Reads the given `keys`, and applies `rules` to their values. Problems name their lines in the
/// file `name`, if the text is a file's.
///
/// # Errors
///
/// One message for each problem.
pub(crate) fn read(
    text: &str,
    name: Option<&str>,
    keys: &[Key],
    rules: &[Rule],
) -> Result<Map<String, Value>, Vec<PolicyProblem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        text,
        path: Vec::new(),
        found: Vec::new(),
    };
    let mut values = Map::new();
    if errors.is_empty() {
        for (key, value) in document.get_ref() {
            let word = key.get_ref().as_ref();
            reader.path.push(word.to_string());
            match keys.iter().find(|known| known.name == word) {
                Some(known) => {
                    let value = reader.value(value, known.kind.shape());
                    values.extend(value.map(|value| (word.to_string(), value)));
                }
                None => reader.unknown(key.span(), &meant(word, keys)),
            }
            reader.path.pop();
        }
    }
    for (key, message) in rules.iter().filter_map(|rule| rule(&values)) {
        let at = document.get_ref().get_key_value(key);
        let at = at.map(|(key, _)| key.span()).unwrap_or_default();
        reader.path = vec![key.to_string()];
        reader.wrong(&at, message);
    }
    for error in errors {
        let message = escape(&error.message().replace('\n', ", "));
        reader.path.clear();
        reader.add(error.span().unwrap_or_default().start, message);
    }
    match reader.found.is_empty() {
        true => Ok(values),
        false => Err(reader.lines(name)),
    }
}

/// The keys that an unknown word may mean: those that a flag of this name sets, those that it is
/// another word for, or the one most like it, or else all.
fn meant<'k>(word: &str, keys: &'k [Key]) -> Meant<'k> {
    let of_flag: Vec<&str> = keys
        .iter()
        .filter(|key| crate::flags::sets(word, key))
        .map(|key| key.name)
        .collect();
    let names = keys.iter().map(|key| key.name);
    match of_flag.is_empty() {
        true => Meant::of(word, names),
        false => Meant::Likely(of_flag),
    }
}

/// Words that a wrong one may mean.
enum Meant<'w> {
    Likely(Vec<&'w str>),
    Any(Vec<&'w str>),
}

impl<'w> Meant<'w> {
    fn of(wrong: &str, words: impl Iterator<Item = &'w str>) -> Self {
        let words: Vec<&str> = words.collect();
        let alike = words
            .iter()
            .map(|word| (strsim::jaro(wrong, word), *word))
            .filter(|(likeness, _)| *likeness > ALIKE)
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match alike {
            Some((_, word)) => Meant::Likely(vec![word]),
            None => Meant::Any(words),
        }
    }
}

/// Words in a row: `a`, `b` or `c`.
fn listed(words: &[&str], or: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}{or}{last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// The words of a choice, as they are written.
fn words(choice: &Choice) -> String {
    let forms: Vec<String> = choice
        .words
        .iter()
        .map(|word| match word.value {
            None => word.word.to_string(),
            Some(shape) => format!("{{ {} = {} }}", word.word, example(shape)),
        })
        .collect();
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    match forms.len() {
        0..=2 => listed(&forms, " or "),
        _ => format!("one of {}", listed(&forms, ", ")),
    }
}

/// What stands for a value inside another.
fn example(shape: Shape) -> &'static str {
    match shape {
        Shape::Number(_) => "NUMBER",
        Shape::Time => "TIME",
        Shape::List(_) => "[NAMES]",
        _ => "VALUE",
    }
}

/// What a value of this shape is, in words.
fn expected(shape: Shape) -> String {
    match shape {
        Shape::Switch => "`true` or `false`".into(),
        Shape::Number(last) => format!("a number from 0 to {last}"),
        Shape::Size => "a number of bytes, or a text such as `64M`".into(),
        Shape::Time => "a date such as `2024-01-01T00:00:00Z`".into(),
        Shape::Text(_) => "a text".into(),
        Shape::List(Shape::Table(_)) => "a list of tables".into(),
        Shape::List(Shape::Either(_)) => "a list of texts or tables".into(),
        Shape::List(_) => "a list of texts".into(),
        Shape::Variables => "a table of names and texts".into(),
        Shape::Named(..) => "a table of names and tables".into(),
        Shape::Choice(choice) => words(choice),
        Shape::Table(table) => {
            let fields: Vec<&str> = table.fields.iter().map(|field| field.name).collect();
            format!("a table with {}", listed(&fields, " and "))
        }
        Shape::Rule(grammar) => format!("a text such as `{}`", grammar.example()),
        Shape::Either(shapes) => {
            let shapes: Vec<String> = shapes.iter().copied().map(expected).collect();
            shapes.join(", or ")
        }
        _ => "another value".into(),
    }
}

/// Whether a value is of the type of a shape. It tells apart what a value may be either of.
fn fits(shape: Shape, value: &DeValue<'_>) -> bool {
    match shape {
        Shape::Number(_) => matches!(value, DeValue::Integer(_)),
        Shape::List(_) => matches!(value, DeValue::Array(_)),
        Shape::Table(_) | Shape::Named(..) => matches!(value, DeValue::Table(_)),
        Shape::Choice(_) | Shape::Text(_) | Shape::Rule(_) => matches!(value, DeValue::String(_)),
        _ => false,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

struct Reader<'t> {
    text: &'t str,
    /// The keys that lead to the value that is read.
    path: Vec<String>,
    /// What was found wrong, with its offset.
    found: Vec<(usize, PolicyProblem)>,
}

impl Reader<'_> {
    /// Adds a problem with the value that is read.
    fn wrong(&mut self, at: &Range<usize>, message: &str) {
        let path = quote(&self.path.join("."));
        self.add(at.start, format!("{path}: {message}"));
    }

    /// Adds a problem with the key that is read.
    fn add(&mut self, at: usize, message: String) {
        let key = self.path.first().cloned();
        self.found.push((at, PolicyProblem { key, message }));
    }

    fn unknown(&mut self, at: Range<usize>, meant: &Meant<'_>) {
        let path = quote(&self.path.join("."));
        let hint = match meant {
            Meant::Likely(words) => format!("did you mean {}?", listed(words, " or ")),
            Meant::Any(words) => format!("there are {}", listed(words, ", ")),
        };
        self.add(at.start, format!("unknown key {path}; {hint}"));
    }

    /// One line for each problem, in the order of the file.
    fn lines(mut self, name: Option<&str>) -> Vec<PolicyProblem> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.truncate(LIMIT);
        let name = name.map(escape);
        let line = |(at, mut problem): (usize, PolicyProblem)| {
            if let Some(name) = &name {
                let before = self.text.as_bytes().get(..at).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                problem.message = format!("{name}:{line}: {}", problem.message);
            }
            problem
        };
        self.found.into_iter().map(line).collect()
    }

    /// The value as JSON, if it has this shape.
    fn value(&mut self, given: &Spanned<DeValue<'_>>, shape: Shape) -> Option<Value> {
        let at = given.span();
        match (shape, given.get_ref()) {
            (Shape::Switch, DeValue::Boolean(on)) => Some((*on).into()),
            (Shape::Number(last), DeValue::Integer(number)) => {
                let parsed = i128::from_str_radix(number.as_str(), number.radix()).ok();
                let parsed = parsed.and_then(|number| u64::try_from(number).ok());
                let parsed = parsed.filter(|number| *number <= last);
                if parsed.is_none() {
                    let message = format!("expected {}, not {number}", expected(shape));
                    self.wrong(&at, &message);
                }
                parsed.map(Value::from)
            }
            (Shape::Size, DeValue::String(text)) => {
                self.text(&at, text, text.parse::<Size>().err())
            }
            // Both are kept as texts, of which each has one.
            (Shape::Size, DeValue::Integer(number)) => {
                let bytes = i128::from_str_radix(number.as_str(), number.radix()).ok();
                let text = bytes.map_or_else(|| number.to_string(), |bytes| bytes.to_string());
                self.text(&at, &text, text.parse::<Size>().err())
            }
            (Shape::Time, DeValue::Datetime(date)) => {
                let text = date.to_string();
                self.text(&at, &text, text.parse::<Time>().err())
            }
            (Shape::Time, DeValue::String(text)) => {
                self.text(&at, text, text.parse::<Time>().err())
            }
            (Shape::Text(allowed), DeValue::String(text)) => {
                let problems: Vec<&str> = allowed.problems(text).collect();
                self.text(&at, text, problems)
            }
            (Shape::List(item), DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().map(|given| self.value(given, *item)).collect();
                items.into_iter().collect()
            }
            (Shape::Variables, DeValue::Table(table)) => {
                let problems = |name: &str| -> Vec<&str> { Text::Name.problems(name).collect() };
                Some(self.named(table, problems, Shape::Text(Text::Any)))
            }
            (Shape::Named(grammar, item), DeValue::Table(table)) => {
                Some(self.named(table, |name| grammar.problem(name), *item))
            }
            (
                Shape::Choice(Choice {
                    switch: Some(words),
                    ..
                }),
                DeValue::Boolean(on),
            ) => Some(words[usize::from(*on)].into()),
            (Shape::Choice(choice), DeValue::String(word)) => self.word(&at, word, choice),
            (Shape::Choice(choice), DeValue::Table(table)) => self.choice(&at, table, choice),
            (Shape::Table(fields), DeValue::Table(table)) => Some(self.table(&at, table, fields)),
            (Shape::Rule(grammar), DeValue::String(text)) => {
                let problem = grammar.problem(text);
                self.text(
                    &at,
                    text,
                    problem.map(|why| format!("{}: {why}", quote(text))),
                )
            }
            (Shape::Either(shapes), value) if shapes.iter().any(|shape| fits(*shape, value)) => {
                let shape = shapes.iter().find(|shape| fits(**shape, value));
                shape.and_then(|shape| self.value(given, *shape))
            }
            (shape, other) => {
                let message = format!("expected {}, not {}", expected(shape), kind(other));
                self.wrong(&at, &message);
                None
            }
        }
    }

    /// A text, if there is no problem with it.
    fn text(
        &mut self,
        at: &Range<usize>,
        text: &str,
        problems: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Option<Value> {
        let before = self.found.len();
        for problem in problems {
            self.wrong(at, problem.as_ref());
        }
        (self.found.len() == before).then(|| text.into())
    }

    /// A table of names and values of this shape.
    fn named<P: IntoIterator<Item: AsRef<str>>>(
        &mut self,
        table: &DeTable<'_>,
        problems: impl Fn(&str) -> P,
        shape: Shape,
    ) -> Value {
        let mut values = Map::new();
        for (name, value) in table {
            self.path.push(name.get_ref().to_string());
            for problem in problems(name.get_ref()) {
                self.wrong(&name.span(), problem.as_ref());
            }
            let value = self.value(value, shape);
            values.extend(value.map(|value| (name.get_ref().to_string(), value)));
            self.path.pop();
        }
        values.into()
    }

    /// A word of a choice that holds no value.
    fn word(&mut self, at: &Range<usize>, word: &str, choice: &Choice) -> Option<Value> {
        match choice.words.iter().find(|known| known.word == word) {
            Some(known) if known.value.is_none() => return Some(word.into()),
            Some(_) => {
                let message = format!("{} needs a value; expected {}", quote(word), words(choice));
                self.wrong(at, &message);
            }
            None => {
                let hint = match Meant::of(word, choice.words.iter().map(|known| known.word)) {
                    Meant::Likely(meant) => format!("; did you mean {}?", listed(&meant, " or ")),
                    Meant::Any(_) => String::new(),
                };
                let (wrong, words) = (quote(word), words(choice));
                self.wrong(
                    at,
                    &format!("unknown value {wrong}, expected {words}{hint}"),
                );
            }
        }
        None
    }

    /// A word of a choice with its value: a table with one entry.
    fn choice(&mut self, at: &Range<usize>, table: &DeTable<'_>, choice: &Choice) -> Option<Value> {
        let mut entries = table.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            let count = if table.is_empty() {
                "an empty table"
            } else {
                "a table with more"
            };
            self.wrong(at, &format!("expected {}, not {count}", words(choice)));
            return None;
        };
        let known = choice
            .words
            .iter()
            .find(|known| known.word == key.get_ref());
        let Some(shape) = known.and_then(|known| known.value) else {
            let wrong = quote(key.get_ref());
            self.wrong(
                at,
                &format!("expected {}, not a table with {wrong}", words(choice)),
            );
            return None;
        };
        self.path.push(key.get_ref().to_string());
        let value = self.value(value, shape);
        self.path.pop();
        let entry = value.map(|value| (key.get_ref().to_string(), value));
        entry.map(|entry| Value::Object(Map::from_iter([entry])))
    }

    fn table(&mut self, at: &Range<usize>, table: &DeTable<'_>, known: &Table) -> Value {
        let mut values = Map::new();
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            self.path.push(word.to_string());
            match known.fields.iter().find(|field| field.name == word) {
                Some(field) => {
                    let value = self.value(value, field.shape);
                    values.extend(value.map(|value| (word.to_string(), value)));
                }
                None => {
                    let names = known.fields.iter().map(|field| field.name);
                    self.unknown(key.span(), &Meant::of(word, names));
                }
            }
            self.path.pop();
        }
        for field in known.fields {
            if field.absent == Absent::Refused && !table.contains_key(field.name) {
                self.wrong(at, &format!("{} is missing", quote(field.name)));
            }
        }
        values.into()
    }
}
