//! Whether a report is what docs/report.schema.json describes. It must never repair a report.

use crate::paths::root;
use anyhow::{Context, Result, anyhow};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use std::fs;
use std::sync::LazyLock;

const NAME: &str = "report.schema.json";

static SCHEMA: LazyLock<Result<(Schemas, SchemaIndex)>> = LazyLock::new(compile);

fn compile() -> Result<(Schemas, SchemaIndex)> {
    let text = fs::read_to_string(root().join("docs").join(NAME)).context(NAME)?;
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource(NAME, serde_json::from_str(&text)?)
        .map_err(|error| anyhow!("{error}"))?;
    let index = compiler
        .compile(NAME, &mut schemas)
        .map_err(|error| anyhow!("{error:#}"))?;
    Ok((schemas, index))
}

/// Checks a report.
///
/// # Errors
///
/// Says what of it the schema does not allow.
pub fn check(report: &Value) -> Result<()> {
    let compiled = SCHEMA.as_ref();
    let (schemas, index) = compiled.map_err(|error| anyhow!("{error:#}"))?;
    let judged = schemas.validate(report, *index);
    judged.map_err(|error| anyhow!("the report is not as docs/{NAME} says: {error:#}"))
}
