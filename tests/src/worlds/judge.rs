//! Judges every policy over every world: the result is an artifact that keeps its promises, or a
//! refusal that says why. This module must never ask the engine what it meant.

use super::policies::{CONTENTS, Given};
use crate::{artifact, engine};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasi_virt::{DebugLog, Error, Output};
use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::Types;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// What became of a world under a policy.
pub enum Verdict {
    /// The artifact.
    Made(Vec<u8>),
    /// The reason.
    Refused(String),
}

/// Plans, and checks what comes of it.
///
/// # Errors
///
/// What is wrong.
pub fn judge(component: &[u8], given: &Given) -> Result<Verdict, String> {
    let plan = || wasi_virt::virtualize(component, &given.policy, &given.entries);
    match catch_unwind(AssertUnwindSafe(plan)) {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("a panic: {}", text.unwrap_or_default()))
        }
        Ok(Err(error @ Error::Internal { .. })) => Err(error.to_string()),
        Ok(Err(error)) => {
            refusal(component, &error)?;
            Ok(Verdict::Refused(error.to_string()))
        }
        Ok(Ok(output)) => made(component, given, &output).map(Verdict::Made),
    }
}

/// Every problem has to name an import or export of the component, or a policy key.
fn refusal(component: &[u8], error: &Error) -> Result<(), String> {
    let names = names(component)?;
    let problems = match error {
        Error::Invalid { problems } => problems.as_slice(),
        _ => &[],
    };
    let of_policy = |line: &str| {
        let mut problems = problems.iter();
        problems.any(|problem| problem.keys().next().is_some() && problem.to_string() == line)
    };
    for line in error.to_string().split('\n') {
        if !of_policy(line) && !names.iter().any(|name| line.contains(name.as_str())) {
            return Err(format!("refused, and nothing of it is named: {line}"));
        }
    }
    Ok(())
}

fn names(component: &[u8]) -> Result<Vec<String>, String> {
    let mut names = artifact::imports(component).map_err(wrong)?;
    names.extend(artifact::exports(component).map_err(wrong)?);
    Ok(names)
}

fn wrong(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// The artifact, if it is as it has to be.
fn made(component: &[u8], given: &Given, output: &Output) -> Result<Vec<u8>, String> {
    let bytes = engine::assemble(output, component, &[&[], CONTENTS]).map_err(wrong)?;
    artifact::validate_any(&bytes).map_err(wrong)?;
    let before = artifact::imports(component).map_err(wrong)?;
    let after = artifact::imports(&bytes).map_err(wrong)?;
    if after != output.report.imports_after {
        return Err(format!("the report tells of other imports than {after:?}"));
    }
    for import in &after {
        let of_log = import.starts_with("wasi:cli/stderr@") || import.starts_with("wasi:io/");
        if !before.contains(import) && !(given.policy.debug != DebugLog::Off && of_log) {
            return Err(format!("`{import}` is imported, and was not before"));
        }
    }
    let mut lost = before.iter().filter(|import| !after.contains(import));
    if given.name == "--allow-all"
        && let Some(import) = lost.find(|import| !follows(import))
    {
        return Err(format!(
            "all is allowed, and `{import}` is not imported any more"
        ));
    }
    closed(&bytes, given)?;
    let (theirs, all) = (modules(component)?, modules(&bytes)?);
    let mut all = all.iter();
    if !theirs.iter().all(|module| all.any(|other| other == module)) {
        return Err("the core modules are not those of the component".to_string());
    }
    Ok(bytes)
}

/// Fails where an import still has a function that this policy denies by its name alone.
fn closed(bytes: &[u8], given: &Given) -> Result<(), String> {
    let types = Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .map_err(wrong)?;
    for name in artifact::imports(bytes).map_err(wrong)? {
        let item = types.as_ref().component_item_for_import(&name);
        let item = item.ok_or_else(|| format!("`{name}` has no type"))?;
        let has_function = match item.ty {
            ComponentEntityType::Func(_) => true,
            ComponentEntityType::Instance(id) => has_function(&types, id),
            _ => false,
        };
        if has_function && is_closed(&name, given) {
            return Err(format!("`{name}` still has functions"));
        }
    }
    Ok(())
}

fn has_function(types: &Types, instance: ComponentInstanceTypeId) -> bool {
    let types = types.as_ref();
    let mut exports = types[instance].exports.values();
    exports.any(|item| matches!(item.ty, ComponentEntityType::Func(_)))
}

/// Interfaces of WASI that open nothing by themselves: what becomes of them depends on who else
/// makes their resources.
fn follows(name: &str) -> bool {
    name.starts_with("wasi:io/") || name.starts_with("wasi:cli/terminal-")
}

/// What nothing may call: of WASI, what opens something by itself.
fn is_closed(name: &str, given: &Given) -> bool {
    let plain = [
        "nothing",
        "--deny=error",
        "--deny-other",
        "--mount",
        "--mount :rw",
    ];
    let has_files = !given.entries.is_empty();
    match name.starts_with("wasi:") {
        false => given.policy.deny_other,
        // Servers need the types of HTTP.
        true if follows(name) || name.starts_with("wasi:http/types@") => false,
        // Descriptors that exports are given are the host's.
        true if has_files && name.starts_with("wasi:filesystem/types@") => false,
        true => plain.contains(&given.name),
    }
}

/// The core modules, of components inside as well.
fn modules(bytes: &[u8]) -> Result<Vec<&[u8]>, String> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload.map_err(wrong)?
        {
            found.push(&bytes[unchecked_range.start as usize..unchecked_range.end as usize]);
        }
    }
    Ok(found)
}
