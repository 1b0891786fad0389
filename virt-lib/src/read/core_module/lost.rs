//! The functions that a core module exports and the component made of it does not: a component
//! exports what its world says. This module must never judge whether that matters.

use super::facts::Facts;
use wasmparser::{ComponentAlias, Parser, Payload};

/// How the names begin that tools export for themselves: those of the canonical ABI, linkers and
/// compilers.
const INTERNAL: [&str; 4] = ["cabi_", "canonical_abi_", "cm32p2", "__"];

/// What starts a program or a library: an adapter calls it.
const STARTS: [&str; 2] = ["_start", "_initialize"];

/// What others are called with: by themselves they are of no use.
const HELPERS: [&str; 9] = [
    "malloc",
    "free",
    "calloc",
    "realloc",
    "asyncify_get_state",
    "asyncify_start_rewind",
    "asyncify_start_unwind",
    "asyncify_stop_rewind",
    "asyncify_stop_unwind",
];

/// The exported functions of `module` that nothing in `component` calls, in order. None is lost
/// where the world has the exports, or where only helpers are left over.
pub(super) fn lost(module: &Facts, component: &[u8]) -> wasmparser::Result<Vec<String>> {
    let used = Used::read(component)?;
    if module.has_world() && used.exports {
        return Ok(Vec::new());
    }
    let is_lost = |name: &&String| {
        let internal =
            STARTS.contains(&name.as_str()) || INTERNAL.iter().any(|begin| name.starts_with(begin));
        !internal && !used.names.contains(name)
    };
    let lost: Vec<String> = module.functions.iter().filter(is_lost).cloned().collect();
    let helps = |name: &String| HELPERS.contains(&name.as_str());
    Ok(match lost.iter().all(helps) {
        true => Vec::new(),
        false => lost,
    })
}

/// What a component that was made here takes of its core modules, and whether it exports anything.
#[derive(Default)]
struct Used {
    names: Vec<String>,
    exports: bool,
}

impl Used {
    fn read(component: &[u8]) -> wasmparser::Result<Self> {
        let (mut used, mut depth) = (Used::default(), 0usize);
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentExportSection(section) if depth == 1 => {
                    used.exports |= section.count() > 0;
                }
                Payload::ComponentAliasSection(section) if depth == 1 => {
                    for alias in section {
                        if let ComponentAlias::CoreInstanceExport { name, .. } = alias? {
                            used.names.push(name.to_string());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(used)
    }
}
