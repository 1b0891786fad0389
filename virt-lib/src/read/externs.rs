//! The imports and exports of a component as its binary spells them, of whatever kind. This module
//! must never decode types.

use crate::error::{Error, Result};
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentTypeRef, Encoding, Parser, Payload, TypeBounds,
};

/// The kind of a component-level import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportKind {
    Instance,
    Function,
    Module,
    Component,
    /// A type that is bound by `eq`: it says how something looks, and gives nothing.
    Type,
    /// A type that is bound by `sub resource`: the host says what it is.
    Resource,
    Value,
}

impl ImportKind {
    /// The kind in words.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ImportKind::Instance => "an instance",
            ImportKind::Function => "a bare function",
            ImportKind::Module => "a core module",
            ImportKind::Component => "a component",
            ImportKind::Type => "a type",
            ImportKind::Resource => "a resource type",
            ImportKind::Value => "a value",
        }
    }
}

/// A component-level import as the binary spells it.
#[derive(Clone, Debug)]
pub(crate) struct RawImport {
    pub name: String,
    pub kind: ImportKind,
    /// The interface it implements under a name of its own.
    pub implements: Option<String>,
}

/// A component-level export as the binary spells it.
#[derive(Clone, Debug)]
pub(crate) struct RawExport {
    pub name: String,
}

/// What a component imports and exports, in order.
#[derive(Default)]
pub(crate) struct Externs {
    pub imports: Vec<RawImport>,
    pub exports: Vec<RawExport>,
    /// The name of an imported instance that is exported under the same name, if there is one.
    pub passed_on: Option<String>,
    /// For every instance so far, the import that it is.
    instances: Vec<Option<usize>>,
}

impl Externs {
    /// Reads those of a valid component.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        Self::of(bytes).map_err(|error| Error::component(format!("not a valid component: {error}")))
    }

    fn of(bytes: &[u8]) -> std::result::Result<Self, BinaryReaderError> {
        let (mut externs, mut depth) = (Externs::default(), 0usize);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version {
                    encoding: Encoding::Component | Encoding::Module,
                    ..
                } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        externs.import(&import?);
                    }
                }
                Payload::ComponentInstanceSection(section) if depth == 1 => {
                    externs.instances.extend(section.into_iter().map(|_| None));
                }
                Payload::ComponentAliasSection(section) if depth == 1 => {
                    for alias in section {
                        if let ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Instance,
                            ..
                        } = alias?
                        {
                            externs.instances.push(None);
                        }
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        externs.export(&export?);
                    }
                }
                _ => {}
            }
        }
        Ok(externs)
    }

    fn import(&mut self, import: &ComponentImport<'_>) {
        let kind = match import.ty {
            ComponentTypeRef::Instance(_) => ImportKind::Instance,
            ComponentTypeRef::Func(_) => ImportKind::Function,
            ComponentTypeRef::Module(_) => ImportKind::Module,
            ComponentTypeRef::Component(_) => ImportKind::Component,
            ComponentTypeRef::Type(TypeBounds::Eq(_)) => ImportKind::Type,
            ComponentTypeRef::Type(TypeBounds::SubResource) => ImportKind::Resource,
            ComponentTypeRef::Value(_) => ImportKind::Value,
        };
        if kind == ImportKind::Instance {
            self.instances.push(Some(self.imports.len()));
        }
        self.imports.push(RawImport {
            name: import.name.name.to_string(),
            kind,
            implements: import.name.implements.map(str::to_string),
        });
    }

    fn export(&mut self, export: &ComponentExport<'_>) {
        if export.kind == ComponentExternalKind::Instance {
            let import = self.instances.get(export.index as usize).copied().flatten();
            let same = import
                .and_then(|import| self.imports.get(import))
                .filter(|import| import.name == export.name.name);
            if let Some(import) = same {
                self.passed_on = Some(import.name.clone());
            }
            self.instances.push(import);
        }
        self.exports.push(RawExport {
            name: export.name.name.to_string(),
        });
    }
}
