//! What an example prints, compared with what its page says; and the page written again. A line
//! `…` on the page stands for any lines.

use super::parse::Printed;
use crate::texts::difference;
use anyhow::{Result, bail};
use std::ops::Range;

/// Lines of a page to replace.
pub struct Edit {
    lines: Range<usize>,
    text: String,
}

/// Compares; where they differ, an error, or with `WASI_VIRT_BLESS=1` an edit of the page.
pub fn compare(expected: Option<&Printed>, said: &str) -> Result<Option<Edit>> {
    let Some(expected) = expected else {
        return Ok(None);
    };
    if matches(&expected.text, said) {
        return Ok(None);
    }
    if std::env::var_os("WASI_VIRT_BLESS").is_some() {
        return Ok(Some(Edit {
            lines: expected.lines.clone(),
            text: said.to_string(),
        }));
    }
    bail!(
        "it prints something else:\n{}",
        difference(said, &expected.text)
    )
}

/// Whether the parts between the lines `…` are there, in their order.
fn matches(expected: &str, said: &str) -> bool {
    let expected = format!("\n{expected}");
    let parts: Vec<&str> = expected.split("\n…").collect();
    let said = format!("\n{said}");
    let [only] = parts.as_slice() else {
        let mut rest = said.as_str();
        for (position, part) in parts.iter().enumerate() {
            let found = match position {
                0 => rest.strip_prefix(part),
                last if last == parts.len() - 1 => rest.ends_with(part).then_some(""),
                _ => rest.split_once(part).map(|(_, rest)| rest),
            };
            match found {
                Some(after) => rest = after,
                None => return false,
            }
        }
        return true;
    };
    *only == said
}

/// The page with these lines replaced.
pub fn apply(page: &str, edits: Vec<Edit>) -> String {
    let mut lines: Vec<&str> = page.lines().collect();
    for edit in edits.iter().rev() {
        lines.splice(edit.lines.clone(), edit.text.lines());
    }
    lines.join("\n") + "\n"
}
