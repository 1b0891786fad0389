//! What can be read from a component without running it: that it is valid, and its imports. It
//! does not use the engine's own reading, which is under test.

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// Validates all of a component, by what is standard.
pub fn validate(bytes: &[u8]) -> Result<()> {
    validate_with(bytes, WasmFeatures::default())
}

/// Validates all of a component whose code may use any proposal, as an input may.
pub fn validate_any(bytes: &[u8]) -> Result<()> {
    validate_with(bytes, WasmFeatures::all())
}

/// Validates all of what was made of these, by what is standard if they are valid so.
pub fn validate_like(bytes: &[u8], made_of: &[&[u8]]) -> Result<()> {
    match made_of.iter().all(|one| validate(one).is_ok()) {
        true => validate(bytes),
        false => validate_any(bytes),
    }
}

fn validate_with(bytes: &[u8], features: WasmFeatures) -> Result<()> {
    Validator::new_with_features(features)
        .validate_all(bytes)
        .context("the artifact is not a valid component")?;
    Ok(())
}

/// Import names of the outermost component, in order.
pub fn imports(bytes: &[u8]) -> Result<Vec<String>> {
    names(bytes, |payload| match payload {
        Payload::ComponentImportSection(section) => Some(
            section
                .into_iter()
                .map(|import| Ok(import?.name.name.to_string()))
                .collect::<Result<_>>(),
        ),
        _ => None,
    })
}

/// Export names of the outermost component, in order.
pub fn exports(bytes: &[u8]) -> Result<Vec<String>> {
    names(bytes, |payload| match payload {
        Payload::ComponentExportSection(section) => Some(
            section
                .into_iter()
                .map(|export| Ok(export?.name.name.to_string()))
                .collect::<Result<_>>(),
        ),
        _ => None,
    })
}

fn names(
    bytes: &[u8],
    pick: impl Fn(Payload<'_>) -> Option<Result<Vec<String>>>,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut depth = 0u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload if depth == 0 => all.extend(pick(payload).transpose()?.unwrap_or_default()),
            _ => {}
        }
    }
    Ok(all)
}
