//! What decides how a core module becomes a component, and why it cannot become one. This module
//! must never make anything.

use super::PREVIEW1;
use super::provider;
use wasmparser::{ExternalKind, KnownCustom, Parser, Payload};

/// What an adapter imports the program from that it is put beside.
const MAIN_MODULE: &str = "__main_module__";

/// What a module says of itself.
#[derive(Default)]
pub(super) struct Facts {
    /// The modules it imports from, each once.
    imports_from: Vec<String>,
    /// The functions it exports, in order.
    pub functions: Vec<String>,
    exports_memory: bool,
    /// The worlds that it says by itself it implements, encoded.
    pub worlds: Vec<Vec<u8>>,
    /// The languages it was made from, as its `producers` section has them.
    languages: Vec<String>,
}

impl Facts {
    pub(super) fn read(bytes: &[u8]) -> wasmparser::Result<Self> {
        let mut module = Facts::default();
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
                        if export.kind == ExternalKind::Func {
                            module.functions.push(export.name.to_string());
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    if section.name().starts_with("component-type") {
                        module.worlds.push(section.data().to_vec());
                    }
                    if let KnownCustom::Producers(producers) = section.as_known() {
                        // No step validates custom sections: one that cannot be read counts as
                        // absent.
                        module
                            .languages
                            .extend(languages(producers).unwrap_or_default());
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    pub(super) fn has_world(&self) -> bool {
        !self.worlds.is_empty()
    }

    pub(super) fn is_preview1(&self) -> bool {
        self.imports_from.iter().any(|from| from == PREVIEW1)
    }

    pub(super) fn exports(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function == name)
    }

    pub(super) fn is_of(&self, language: &str) -> bool {
        self.languages.iter().any(|one| one == language)
    }

    /// Why it cannot become a component, with what to do.
    pub(super) fn problem(&self) -> Option<String> {
        let foreign = self.imports_from.iter().any(|from| from != PREVIEW1);
        let advice = if self.imports_from.iter().any(|from| from == MAIN_MODULE) {
            return Some(self.adapter_problem());
        } else if !self.has_world() && foreign {
            "this release converts only modules that import from `wasi_snapshot_preview1` alone, or carry the world \
             that they implement; convert it with `wasm-tools component new` and its adapters"
        } else if !self.has_world() && !self.is_preview1() && !self.exports("_start") {
            "it does not carry the world that it implements; convert it with `wasm-tools component new`"
        } else if self.is_preview1() && !self.exports_memory {
            "it exports no memory called `memory`, which WASI 0.1 requires; link it with that export"
        } else {
            return None;
        };
        Some(format!(
            "a core module, not a component ({}); {advice}",
            self.imports_in_words()
        ))
    }

    /// An adapter, as `wasm-tools component new --adapt` takes it.
    fn adapter_problem(&self) -> String {
        let of = match self.exports("fd_write") || self.exports("proc_exit") {
            true => " of WASI 0.1",
            false => "",
        };
        format!(
            "this is an adapter{of}, not a program, because it imports from `{MAIN_MODULE}`; give the program \
             itself, which needs no adapter of yours"
        )
    }

    pub(super) fn imports_in_words(&self) -> String {
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
    pub(super) fn adapter(&self) -> Option<(&'static str, &'static [u8])> {
        let starts = self.exports("_start");
        if !self.is_preview1() && (self.has_world() || !starts) {
            return None;
        }
        Some(match starts {
            true => (
                "wasi_snapshot_preview1.command",
                provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            ),
            false => (
                "wasi_snapshot_preview1.reactor",
                provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            ),
        })
    }
}

/// The languages that a `producers` section names.
fn languages(section: wasmparser::ProducersSectionReader<'_>) -> wasmparser::Result<Vec<String>> {
    let mut languages = Vec::new();
    for field in section {
        let field = field?;
        if field.name == "language" {
            for value in field.values {
                languages.push(value?.name.to_string());
            }
        }
    }
    Ok(languages)
}
