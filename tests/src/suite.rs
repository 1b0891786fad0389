//! Finds every case of `tests/cases` and names it: `<topic>/<case>`, and `<topic>/<case>/<variant>`
//! where one file holds variants. A variant is the file's keys with its own over them. Nothing in
//! the folder is passed over: a file that is no case of a topic is an error.

use crate::case::Case;
use crate::paths::root;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The key of a file that is not one of a case.
pub const OF_FILES: &str = "variant";
/// The key of a variant that is not one of a case.
pub const OF_VARIANTS: &str = "name";
/// The only file that is no case.
const GUIDE: &str = "README.md";

/// A case under its name.
pub struct Entry {
    /// `<topic>/<case>` or `<topic>/<case>/<variant>`.
    pub name: String,
    pub path: PathBuf,
    pub variant: Option<Variant>,
    pub case: Case,
}

/// The part of a file that is a variant's own.
#[derive(Clone)]
pub struct Variant {
    /// Its position among the file's variants.
    pub position: usize,
    /// Its keys, which are put over those of the file.
    pub keys: Table,
}

/// Every case, in the order of names.
///
/// # Errors
///
/// When a file cannot be read as a case.
pub fn all() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for topic in listed(&root().join("tests/cases"))? {
        let name = file_name(&topic)?;
        if name == GUIDE {
            continue;
        }
        ensure!(
            topic.is_dir(),
            "{} is in no topic: move it into a folder of tests/cases",
            topic.display()
        );
        for path in listed(&topic)? {
            entries.extend(file(&name, &path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(entries)
}

/// The cases of one file.
fn file(topic: &str, path: &Path) -> Result<Vec<Entry>> {
    let is_case = path.is_file() && path.extension().is_some_and(|end| end == "toml");
    ensure!(is_case, "a topic holds files `<case>.toml` only");
    let stem = path.file_stem().context("a file has a name")?;
    let stem = stem.to_string_lossy();
    let cases = cases(&fs::read_to_string(path)?)?;
    let entry = |(name, variant, case): Named| Entry {
        name: match name {
            Some(name) => format!("{topic}/{stem}/{name}"),
            None => format!("{topic}/{stem}"),
        },
        path: path.to_owned(),
        variant,
        case,
    };
    Ok(cases.into_iter().map(entry).collect())
}

/// A case, and of a variant the variant's name and the variant.
type Named = (Option<String>, Option<Variant>, Case);

/// The only case of a text, or one for each of its variants with the variant's name.
///
/// # Errors
///
/// When the text is no case, or when a variant is none, has no name of its own or changes nothing.
pub fn cases(text: &str) -> Result<Vec<Named>> {
    let mut shared: Table = toml::from_str(text)?;
    let Some(variants) = shared.remove(OF_FILES) else {
        // Read again as a case, so that an error shows its line.
        return Ok(vec![(None, None, toml::from_str(text)?)]);
    };
    let variants: Vec<Table> = variants.try_into().context("`[[variant]]` is a table")?;
    ensure!(variants.len() > 1, "one variant alone varies nothing");
    let (mut names, mut contents) = (BTreeSet::new(), Vec::new());
    let mut cases = Vec::new();
    for (position, mut keys) in variants.into_iter().enumerate() {
        let name = match keys.remove(OF_VARIANTS) {
            Some(Value::String(name)) if is_name(&name) => name,
            _ => bail!(
                "variant {} needs a `name` of a-z, 0-9, `-` and `.`",
                position + 1
            ),
        };
        ensure!(
            names.insert(name.clone()),
            "two variants are named `{name}`"
        );
        let mut whole = shared.clone();
        merge(&mut whole, &keys);
        let case = Case::deserialize(whole.clone()).with_context(|| format!("variant `{name}`"))?;
        whole.remove("description");
        ensure!(
            !contents.contains(&whole),
            "variant `{name}` repeats another"
        );
        contents.push(whole);
        cases.push((Some(name), Some(Variant { position, keys }), case));
    }
    Ok(cases)
}

/// Puts keys over others: tables are merged, lists of tables at each position, and all else is
/// replaced.
fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match under.get_mut(key) {
            Some(under) => merge_value(under, value),
            None => drop(under.insert(key.clone(), value.clone())),
        }
    }
}

fn merge_value(under: &mut Value, over: &Value) {
    let of_tables = |list: &[Value]| list.iter().all(Value::is_table);
    match (under, over) {
        (Value::Table(under), Value::Table(over)) => merge(under, over),
        (Value::Array(under), Value::Array(over)) if of_tables(under) && of_tables(over) => {
            let further = over.iter().skip(under.len()).cloned();
            let further: Vec<Value> = further.collect();
            for (under, over) in under.iter_mut().zip(over) {
                merge_value(under, over);
            }
            under.extend(further);
        }
        (under, over) => *under = over.clone(),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
}

/// What a folder holds, in the order of names.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> Result<String> {
    let name = path.file_name().context("a path has a name")?;
    Ok(name.to_string_lossy().into_owned())
}
