//! The tables of the builder's methods in docs/library.md: each signature, and the first sentence
//! of its documentation, from the sources of the builder.

use super::{Page, pages};
use crate::run::root;
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::fs;

const PAGE: &str = "docs/library.md";
const SOURCES: &str = "virt-lib/src/builder/*.rs";
const BEGIN: &str = "<!-- methods -->\n";
const END: &str = "<!-- end of methods -->\n";

/// The builder's types in the order of the page, and what each configures.
const TYPES: [(&str, &str); 11] = [
    ("WasiVirt", "the builder"),
    ("VirtEnv", "`env()`"),
    ("VirtFs", "`fs()`"),
    ("FsEntry", "an entry of a virtual tree"),
    ("VirtStdio", "`stdio()`"),
    ("VirtClocks", "`clocks()`"),
    ("VirtRandom", "`random()`"),
    ("VirtSwitch", "`exit()`"),
    ("VirtHttp", "`http()`"),
    ("VirtSockets", "`sockets()`"),
    ("VirtConfig", "`config()`"),
];

/// Compares the tables with the sources, or writes them.
pub fn run(write: bool) -> Result<()> {
    let made = with_tables(&fs::read_to_string(root().join(PAGE))?, &pages(&[SOURCES])?)?;
    let path = root().join(PAGE);
    if write {
        fs::write(path, made)?;
    } else if fs::read_to_string(path)? != made {
        bail!("{PAGE}: the tables of methods are old: `cargo xtask docs --write`");
    }
    Ok(())
}

/// The page with the tables that the sources give.
fn with_tables(page: &str, sources: &[Page]) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).context("no place for the tables")?;
    let (_, after) = rest.split_once(END).context("no end of the tables")?;
    let mut sources: Vec<&Page> = sources.iter().collect();
    // The builder itself comes before what it can do in the end.
    sources.sort_by_key(|page| !page.path.ends_with("mod.rs"));
    let methods: Vec<Method> = sources
        .iter()
        .flat_map(|page| methods(&page.text))
        .collect();
    for method in &methods {
        let known = TYPES.iter().any(|(name, _)| *name == method.of);
        ensure!(known, "`{}` has no table: add it to xtask", method.of);
    }
    let mut tables = String::new();
    for (name, what) in TYPES {
        write!(tables, "\n| `{name}`: {what} | |\n|---|---|\n")?;
        let mut own = methods.iter().filter(|method| method.of == name).peekable();
        ensure!(own.peek().is_some(), "`{name}` has no methods");
        for method in own {
            writeln!(tables, "| `{}` | {} |", method.signature, method.doc)?;
        }
    }
    Ok(format!("{before}{BEGIN}{tables}\n{END}{after}"))
}

#[derive(Debug, PartialEq, Eq)]
struct Method {
    of: String,
    signature: String,
    doc: String,
}

/// The public methods in a source file.
fn methods(source: &str) -> Vec<Method> {
    let mut found = Vec::new();
    let (mut of, mut doc) = (String::new(), String::new());
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        if let Some(name) = line.strip_prefix("impl ") {
            of = name.trim_end_matches(" {").to_string();
        } else if let Some(comment) = text.strip_prefix("///") {
            doc = format!("{doc}{comment}\n");
        } else if text.starts_with("pub fn ") {
            let mut whole = text.to_string();
            while !whole.ends_with('{') {
                let Some(more) = lines.next() else { break };
                whole = format!("{whole} {}", more.trim());
            }
            found.push(Method {
                of: of.clone(),
                signature: signature(&whole),
                doc: first_sentence(&std::mem::take(&mut doc)),
            });
        } else if !text.starts_with("#[") {
            doc.clear();
        }
    }
    found
}

/// A signature as the page shows it: without what all of them share.
fn signature(whole: &str) -> String {
    let mut text = whole.replace("( ", "(").replace(", )", ")");
    text = text.replace("(&self, mut ", "(&self, ");
    for shared in ["pub fn ", "&mut self, ", "&mut self", "&self, ", "&self"] {
        text = text.replacen(shared, "", 1);
    }
    for shared in ["<S: AsRef<str>>", "<K: AsRef<str>, V: AsRef<str>>"] {
        text = text.replacen(shared, "", 1);
    }
    let text = text.trim_end_matches('{').trim_end();
    text.strip_suffix(" -> &mut Self")
        .or(text.strip_suffix(" -> Self"))
        .unwrap_or(text)
        .to_string()
}

/// The first sentence of a comment, with links of rustdoc as their text.
fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default();
    let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
    unlinked(&paragraph[..end])
}

/// Text without its links, but with their words.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out += before;
        let Some((words, after)) = after.split_once(']') else {
            return out + "[" + after;
        };
        out += words;
        rest = match after
            .strip_prefix('(')
            .and_then(|link| link.split_once(')'))
        {
            Some((_, after)) => after,
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{Method, methods, with_tables};
    use crate::docs::page;

    const SOURCE: &str = "
impl VirtEnv {
    fn private(&self) {}

    /// Only [these](crate::X), of
    /// [`Self`](Self). More.
    ///
    /// And more.
    #[inline]
    pub fn allow<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self
    }

    pub fn long(
        &self,
        a: u64,
    ) -> Result<u64> {
    }
}
";

    #[test]
    fn methods_have_signatures_and_sentences() {
        let method = |signature: &str, doc: &str| Method {
            of: "VirtEnv".to_string(),
            signature: signature.to_string(),
            doc: doc.to_string(),
        };
        let expected = [
            method("allow(names: &[S])", "Only these, of `Self`."),
            method("long(a: u64) -> Result<u64>", ""),
        ];
        assert_eq!(methods(SOURCE), expected);
    }

    #[test]
    fn a_type_without_a_table_is_an_error() {
        let sources = [page("env.rs", "impl Other {\n    pub fn a(&self) {\n")];
        let page = "<!-- methods -->\n<!-- end of methods -->\n";
        let error = with_tables(page, &sources).unwrap_err().to_string();
        assert!(error.contains("`Other` has no table"), "{error}");
    }
}
