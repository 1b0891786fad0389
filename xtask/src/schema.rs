//! `cargo xtask schema`: what docs/ has of the policy's keys, from their rows: the JSON Schema, and the
//! table in policy.md. Also the JSON Schema of the report.

use crate::generated::{example, keep};
use crate::run::root;
use anyhow::{Context, Result};
use std::fs;

/// The lines in docs/policy.md that the table stands between.
const MARKERS: [&str; 2] = ["<!-- keys: cargo xtask schema -->\n\n", "\n<!-- /keys -->"];

/// Writes both schemas and the table in docs/policy.md, or compares them with what the code gives.
pub fn run(check: bool) -> Result<()> {
    let print = |what| example("keys", &[what]);
    keep(
        "docs/policy.schema.json",
        &print("schema")?,
        "schema",
        check,
    )?;
    keep(
        "docs/report.schema.json",
        &print("report-schema")?,
        "schema",
        check,
    )?;
    let path = root().join("docs/policy.md");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let table = String::from_utf8(print("table")?)?;
    let [start, end] = MARKERS;
    let around = text.split_once(start).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some(format!("{before}{start}{table}{end}{after}"))
    });
    let whole = around.context("docs/policy.md lacks the markers of the table")?;
    keep("docs/policy.md", whole.as_bytes(), "schema", check)
}
