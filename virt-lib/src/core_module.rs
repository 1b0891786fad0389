//! Core modules as input: those of WASI 0.1 (`wasi_snapshot_preview1`), and those that carry their world as
//! metadata, as `wasm-tools component new` takes them. They are made components first, and everything else
//! works on those. This module must never know a policy.

use crate::error::{Error, Result};
use wasi_preview1_component_adapter_provider as provider;
use wasmparser::{ExternalKind, Parser, Payload, Validator, WasmFeatures};
use wit_component::ComponentEncoder;

/// The version of the provider's adapters, as Cargo.toml names it.
const VERSION: &str = "50.0.1";
/// What a module of WASI 0.1 imports from.
const PREVIEW1: &str = provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;

/// A component that was made of a core module.
#[derive(Debug)]
pub(crate) struct Wrapped {
    pub bytes: Vec<u8>,
    /// Name and version of the adapter that translates WASI 0.1, where the module needs it.
    pub adapter: Option<String>,
}

/// What decides how a module becomes a component.
#[derive(Default)]
struct Module {
    /// The modules it imports from, each once.
    imports_from: Vec<String>,
    exports_memory: bool,
    exports_start: bool,
    /// Whether it says by itself which world it implements.
    has_world: bool,
}

impl Module {
    fn read(bytes: &[u8]) -> wasmparser::Result<Self> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let from = import?.module.to_string();
                        if !module.imports_from.contains(&from) {
                            module.imports_from.push(from);
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        module.exports_memory |=
                            export.name == "memory" && export.kind == ExternalKind::Memory;
                        module.exports_start |=
                            export.name == "_start" && export.kind == ExternalKind::Func;
                    }
                }
                Payload::CustomSection(section) => {
                    module.has_world |= section.name().starts_with("component-type");
                }
                _ => {}
            }
        }
        Ok(module)
    }

    fn is_preview1(&self) -> bool {
        self.imports_from.iter().any(|from| from == PREVIEW1)
    }

    /// Why it cannot become a component, with what to do.
    fn problem(&self) -> Option<String> {
        let foreign = self.imports_from.iter().any(|from| from != PREVIEW1);
        let advice = if !self.has_world && foreign {
            "modules are wrapped here when they import from `wasi_snapshot_preview1` alone or carry the world they \
             implement; make this one a component with `wasm-tools component new`, and its adapters"
        } else if !self.has_world && !self.is_preview1() && !self.exports_start {
            "it does not carry the world it implements; make it a component with `wasm-tools component new`"
        } else if self.is_preview1() && !self.exports_memory {
            "it exports no memory called `memory`, through which WASI 0.1 passes everything; link it anew"
        } else {
            return None;
        };
        Some(format!(
            "a core module, not a component ({}); {advice}",
            self.imports_in_words()
        ))
    }

    fn imports_in_words(&self) -> String {
        if self.imports_from.is_empty() {
            return "it imports nothing".to_string();
        }
        let names: Vec<_> = self
            .imports_from
            .iter()
            .map(|name| format!("`{}`", name.escape_default()))
            .collect();
        format!("it imports from {}", names.join(", "))
    }

    /// The adapter it needs: its name and the module itself.
    fn adapter(&self) -> Option<(&'static str, &'static [u8])> {
        if !self.is_preview1() && (self.has_world || !self.exports_start) {
            return None;
        }
        Some(if self.exports_start {
            (
                "wasi_snapshot_preview1.command",
                provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            )
        } else {
            (
                "wasi_snapshot_preview1.reactor",
                provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
    }
}

/// Makes a component of a core module: a command where it exports `_start`, else a reactor.
///
/// # Errors
///
/// A module that is not valid, or that is made for something else.
pub(crate) fn wrap(bytes: &[u8]) -> Result<Wrapped> {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .map_err(|error| Error::component(format!("not a valid core module: {error}")))?;
    let unreadable =
        |error| Error::component(format!("a core module that cannot be read: {error}"));
    let module = Module::read(bytes).map_err(unreadable)?;
    if let Some(problem) = module.problem() {
        return Err(Error::component(problem));
    }
    let adapter = module.adapter();
    let encoded = encode(bytes, adapter.map(|(_, adapter)| adapter)).map_err(|error| {
        let why = format!("{error:#}")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Error::component(format!(
            "a core module ({}) that cannot be made a component: {why}",
            module.imports_in_words()
        ))
    })?;
    Ok(Wrapped {
        bytes: encoded,
        adapter: adapter.map(|(name, _)| format!("{name} {VERSION}")),
    })
}

/// The result is validated with every other input.
fn encode(module: &[u8], adapter: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(false).module(module)?;
    if let Some(adapter) = adapter {
        encoder.adapter(PREVIEW1, adapter)?;
    }
    encoder.encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn error(text: &str) -> String {
        wrap(&wat::parse_str(text).unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_version_is_the_one_that_is_linked() {
        let manifest = include_str!("../Cargo.toml");
        assert!(manifest.contains("wasi-preview1-component-adapter-provider"));
        assert!(manifest.contains(&format!("\"={VERSION}\"")));
    }

    #[test]
    fn what_is_made_for_something_else_is_refused() {
        assert!(error("(module)").contains("it imports nothing"));
        let mixed = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (import "env" "f" (func)) (memory (export "memory") 1))"#;
        assert!(error(mixed).contains("imports from `wasi_snapshot_preview1`, `env`"));
        let blind = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
        assert!(error(blind).contains("no memory called `memory`"));
        let unknown = r#"(module (import "wasi_snapshot_preview1" "no_such" (func)) (memory (export "memory") 1))"#;
        assert!(error(unknown).contains("no_such"));
        assert!(
            wrap(b"\0asm\x01\0\0\0\x01\xff")
                .unwrap_err()
                .to_string()
                .contains("not a valid core module")
        );
    }

    #[test]
    fn start_makes_a_command_and_nothing_a_reactor() {
        let module = |exports: &str| {
            wat::parse_str(format!(
                r#"(module (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
                    (memory (export "memory") 1) {exports})"#
            ))
            .unwrap()
        };
        let command = wrap(&module(r#"(func (export "_start"))"#)).unwrap();
        assert_eq!(
            command.adapter.as_deref(),
            Some("wasi_snapshot_preview1.command 50.0.1")
        );
        let seen = crate::inspect(&command.bytes).unwrap();
        assert!(seen.exports[0].starts_with("wasi:cli/run@0.2."));
        for exports in ["", r#"(func (export "_initialize"))"#] {
            let reactor = wrap(&module(exports)).unwrap();
            assert_eq!(
                reactor.adapter.as_deref(),
                Some("wasi_snapshot_preview1.reactor 50.0.1")
            );
            let seen = crate::inspect(&reactor.bytes).unwrap();
            assert_eq!(seen.exports, Vec::<String>::new());
            assert!(
                seen.imports
                    .iter()
                    .any(|i| i.name.starts_with("wasi:random/random@"))
            );
        }
    }
}
