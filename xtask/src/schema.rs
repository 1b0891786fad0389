//! `cargo xtask schema`: the JSON Schema of the policy, from the Rust type.

use crate::generated::{example, keep};
use anyhow::Result;

/// Writes docs/policy.schema.json, or compares it with what the type gives.
pub fn run(check: bool) -> Result<()> {
    let schema = example("schema", &[])?;
    keep("docs/policy.schema.json", &schema, "schema", check)
}
