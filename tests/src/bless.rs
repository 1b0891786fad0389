//! Bless mode, `WASI_VIRT_BLESS=1`: writes the texts that came into the case files, where they
//! differ from those expected. Writes texts only, and only of a case whose judgements all hold.
//! Comments, order and everything else in a file stay as they are.

use crate::paths::root;
use crate::suite::{Entry, Variant};
use crate::texts::Text;
use anyhow::{Context, Result, bail, ensure};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// Whether the tests bless.
pub fn is_asked_for() -> bool {
    std::env::var_os("WASI_VIRT_BLESS").is_some_and(|value| value == "1")
}

/// A text's place in a file. Variants that share a key share its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    variant: Option<usize>,
    run: Option<usize>,
    key: &'static str,
    part: Option<usize>,
}

/// What each case wants at a place of a file: the text that was there, and the one that came.
type Votes = BTreeMap<(PathBuf, Place), Vec<(String, String)>>;

/// The texts that cases ask to have written, until all have run.
pub struct Bless {
    /// The variants of each file.
    variants: BTreeMap<PathBuf, Vec<Option<Variant>>>,
    /// What each case that has a text wants to be there.
    votes: Mutex<Votes>,
}

impl Bless {
    pub fn new(entries: &[Entry]) -> Bless {
        let mut variants: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in entries {
            let of_file = variants.entry(entry.path.clone()).or_default();
            of_file.push(entry.variant.clone());
        }
        Bless {
            variants,
            votes: Mutex::default(),
        }
    }

    /// Notes the texts of a case whose judgements all hold; `None` is its generation, a number is
    /// one of its runs.
    ///
    /// # Errors
    ///
    /// When a text cannot be blessed. Nothing of the case is noted then.
    pub fn note(&self, entry: &Entry, texts: &[(Option<usize>, Text)]) -> Result<()> {
        let mut noted = Vec::new();
        for (run, text) in texts {
            let place = place(entry.variant.as_ref(), *run, text.key, text.part);
            let blessed = text.blessed().with_context(|| place.to_string())?;
            noted.push((place, (text.expected.clone(), blessed)));
        }
        let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, vote) in noted {
            votes
                .entry((entry.path.clone(), place))
                .or_default()
                .push(vote);
        }
        Ok(())
    }

    /// Writes what was noted and differs. Returns a line for each text that was written, and one
    /// for each that was not, because the variants that share it do not agree.
    pub fn write(&self) -> Result<(Vec<String>, Vec<String>)> {
        let (mut written, mut refused) = (Vec::new(), Vec::new());
        let votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, variants) in &self.variants {
            let mut changes = Vec::new();
            let of_file = votes.iter().filter(|((of, _), _)| of == path);
            for ((_, place), votes) in of_file {
                let (expected, blessed) = &votes[0];
                if votes.iter().all(|(expected, blessed)| expected == blessed) {
                    continue;
                }
                let shown = path.strip_prefix(root()).unwrap_or(path);
                let line = format!("{}: {place}", shown.display());
                let sharing = variants.iter().filter(|variant| {
                    *place == self::place(variant.as_ref(), place.run, place.key, place.part)
                });
                if sharing.count() != votes.len() || votes.iter().any(|vote| vote.1 != *blessed) {
                    refused.push(format!("{line}: not every variant that shares it agrees"));
                    continue;
                }
                written.push(format!("{line}\n{}", change(expected, blessed)));
                changes.push((place.clone(), blessed.clone()));
            }
            if !changes.is_empty() {
                let text = replace(&fs::read_to_string(path)?, &changes);
                fs::write(path, text.with_context(|| path.display().to_string())?)?;
            }
        }
        Ok((written, refused))
    }
}

/// Where a text stands: with the variant, if that has the key of its own.
fn place(
    variant: Option<&Variant>,
    run: Option<usize>,
    key: &'static str,
    part: Option<usize>,
) -> Place {
    let own = variant.filter(|variant| {
        let table = match run {
            Some(run) => variant.keys.get("run").and_then(|runs| runs.get(run)),
            None => variant.keys.get("generate"),
        };
        table.is_some_and(|table| table.get(key).is_some())
    });
    Place {
        variant: own.map(|variant| variant.position),
        run,
        key,
        part,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variant) = self.variant {
            write!(f, "variant {}, ", variant + 1)?;
        }
        match self.run {
            Some(run) => write!(f, "run {}, `{}`", run + 1, self.key)?,
            None => write!(f, "`generate.{}`", self.key)?,
        }
        match self.part {
            Some(part) => write!(f, ", part {}", part + 1),
            None => Ok(()),
        }
    }
}

/// Where the string of a place stands in a file, as bytes from and to, with its quotes.
fn span(text: &str, place: &Place) -> Result<Range<usize>> {
    let document = DeTable::parse(text)?;
    let mut table = document.get_ref();
    if let Some(position) = place.variant {
        table = nth(table, "variant", position)?;
    }
    table = match place.run {
        Some(position) => nth(table, "run", position)?,
        None => match table.get("generate").map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => table,
            _ => bail!("no `[generate]`"),
        },
    };
    let mut value = table.get(place.key).context("the key is not there")?;
    if let Some(part) = place.part {
        let parts = value.get_ref().as_array().context("no list")?;
        value = parts.get(part).context("the part is not there")?;
    }
    ensure!(value.get_ref().is_str(), "no string");
    Ok(value.span())
}

fn nth<'a>(table: &'a DeTable<'a>, key: &str, position: usize) -> Result<&'a DeTable<'a>> {
    let tables = table.get(key).and_then(|value| value.get_ref().as_array());
    let found = tables.and_then(|tables| tables.get(position));
    match found.map(Spanned::get_ref) {
        Some(DeValue::Table(table)) => Ok(table),
        _ => bail!("no `[[{key}]]` {}", position + 1),
    }
}

/// Replaces strings of a file, and nothing between them.
fn replace(text: &str, changes: &[(Place, String)]) -> Result<String> {
    let mut spans = Vec::new();
    for (place, new) in changes {
        let span = span(text, place)?;
        let literal = literal(new, &text[span.clone()]);
        spans.push((span, literal));
    }
    // From the end, so that the spans before stay true.
    spans.sort_by_key(|(span, _)| Reverse(span.start));
    let mut text = text.to_string();
    for (span, literal) in spans {
        text.replace_range(span, &literal);
    }
    Ok(text)
}

/// A string as cases write it: between three quotes where it has lines, of the kind of the string
/// that it replaces where that holds it as it is.
fn literal(text: &str, replaced: &str) -> String {
    let quotes = match replaced.starts_with("\"\"\"") {
        true => ["\"\"\"", "'''"],
        false => ["'''", "\"\"\""],
    };
    let is_text = |literal: &String| {
        let parsed = format!("text = {literal}").parse::<Table>();
        parsed.is_ok_and(|table| table["text"].as_str() == Some(text))
    };
    let lines = quotes.map(|quote| format!("{quote}\n{text}{quote}"));
    let found = lines
        .into_iter()
        .find(|lines| text.contains('\n') && is_text(lines));
    found.unwrap_or_else(|| Value::from(text).to_string())
}

/// The lines of one text that the other does not have.
fn change(before: &str, after: &str) -> String {
    let lines = |sign: &str, of: &str, other: &str| -> String {
        let is_new = |line: &&str| !other.lines().any(|known| known == *line);
        of.lines()
            .filter(is_new)
            .map(|line| format!("  {sign} {line}\n"))
            .collect()
    };
    lines("-", before, after) + &lines("+", after, before)
}
