//! Writes the items of a component again: neighbours of one kind share a section, and each item
//! gets its new index. Sections whose contents are not at hand are marked. This module must never
//! decide what is written.

use super::item::{Kind, Space};
use super::mapper::Mapper;
use crate::error::{Error, Result, Stage};
use std::ops::Range;
use wasm_encoder::reencode::ReencodeComponent;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentSection, ComponentSectionId,
    ComponentTypeSection, CoreTypeSection, ExportKind, InstanceSection, ModuleArg,
    NestedComponentSection, RawSection,
};
use wasmparser::{Chunk, Parser, Payload};

/// What takes the place of a section when the output is spliced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The core module of the input's component at this position.
    Module(usize),
    /// The same module, with the contents of the mounted files in its data.
    Payload,
    /// What was written of the nested component of the input's at this position, in which such
    /// sections lie.
    Component(usize, Marks),
}

/// Where such sections lie, in order.
pub(crate) type Marks = Vec<(Range<usize>, Mark)>;

/// A component that was written.
pub(crate) struct Encoded {
    pub bytes: Vec<u8>,
    pub marks: Marks,
    /// How many bytes its core modules have that are not the input's.
    pub added: u64,
}

/// The section that is being written.
enum Open {
    None,
    CoreTypes(CoreTypeSection),
    Types(ComponentTypeSection),
    Imports(ComponentImportSection),
    Canons(CanonicalFunctionSection),
    Aliases(ComponentAliasSection),
    CoreInstances(InstanceSection),
    Instances(ComponentInstanceSection),
    Exports(ComponentExportSection),
}

/// A component that is being written.
pub(crate) struct Writer {
    bytes: Vec<u8>,
    open: Open,
    marks: Marks,
    added: u64,
    counts: [u32; Space::COUNT],
}

macro_rules! open {
    ($self:ident, $variant:ident, $section:ident) => {{
        if !matches!($self.open, Open::$variant(_)) {
            $self.close();
            $self.open = Open::$variant($section::new());
        }
        match &mut $self.open {
            Open::$variant(section) => section,
            _ => unreachable!("the section was opened above"),
        }
    }};
}

impl Writer {
    pub(crate) fn new() -> Self {
        Writer {
            bytes: Component::HEADER.to_vec(),
            open: Open::None,
            marks: Vec::new(),
            added: 0,
            counts: [0; Space::COUNT],
        }
    }

    /// The component.
    pub(crate) fn finish(mut self) -> Encoded {
        self.close();
        Encoded {
            bytes: self.bytes,
            marks: self.marks,
            added: self.added,
        }
    }

    fn close(&mut self) {
        let out = &mut self.bytes;
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => {}
            Open::CoreTypes(section) => section.append_to_component(out),
            Open::Types(section) => section.append_to_component(out),
            Open::Imports(section) => section.append_to_component(out),
            Open::Canons(section) => section.append_to_component(out),
            Open::Aliases(section) => section.append_to_component(out),
            Open::CoreInstances(section) => section.append_to_component(out),
            Open::Instances(section) => section.append_to_component(out),
            Open::Exports(section) => section.append_to_component(out),
        }
    }

    /// Counts an item of a space that was written; its index.
    fn defined(&mut self, space: Space) -> u32 {
        self.counts[space as usize] += 1;
        self.counts[space as usize] - 1
    }

    /// Writes a core module; its index.
    pub(crate) fn module(&mut self, bytes: &[u8], mark: Option<Mark>) -> u32 {
        if !matches!(mark, Some(Mark::Module(_))) {
            self.added += bytes.len() as u64;
        }
        self.raw(ComponentSectionId::CoreModule, bytes, mark);
        self.defined(Space::CoreModule)
    }

    fn raw(&mut self, id: ComponentSectionId, data: &[u8], mark: Option<Mark>) {
        self.close();
        let start = self.bytes.len();
        let id = id.into();
        RawSection { id, data }.append_to_component(&mut self.bytes);
        if let Some(mark) = mark {
            self.marks.push((start..self.bytes.len(), mark));
        }
    }

    /// Writes a nested component that takes the place of the input's at `position`; its index.
    pub(crate) fn component(&mut self, nested: Encoded, position: usize) -> u32 {
        let mark = Mark::Component(position, nested.marks);
        self.added += nested.added;
        self.raw(ComponentSectionId::Component, &nested.bytes, Some(mark));
        self.defined(Space::Component)
    }

    /// Takes a core module of a component around, `count` levels out; its index here.
    pub(crate) fn outer_module(&mut self, count: u32, index: u32) -> u32 {
        let kind = wasm_encoder::ComponentOuterAliasKind::CoreModule;
        let alias = Alias::Outer { kind, count, index };
        open!(self, Aliases, ComponentAliasSection).alias(alias);
        self.defined(Space::CoreModule)
    }

    /// Instantiates a core module; the instance's index.
    pub(crate) fn instantiate(&mut self, module: u32, args: &[(&str, u32)]) -> u32 {
        let args = args
            .iter()
            .map(|(name, instance)| (*name, ModuleArg::Instance(*instance)));
        open!(self, CoreInstances, InstanceSection).instantiate(module, args);
        self.defined(Space::CoreInstance)
    }

    /// Makes a core instance of these items; its index.
    pub(crate) fn bundle(&mut self, items: &[(&str, ExportKind, u32)]) -> u32 {
        open!(self, CoreInstances, InstanceSection).export_items(items.iter().copied());
        self.defined(Space::CoreInstance)
    }

    /// Takes an item out of a core instance; its index.
    pub(crate) fn take(&mut self, instance: u32, kind: ExportKind, name: &str) -> u32 {
        let alias = Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        };
        open!(self, Aliases, ComponentAliasSection).alias(alias);
        self.defined(match kind {
            ExportKind::Func => Space::CoreFunc,
            ExportKind::Memory => Space::CoreMemory,
            ExportKind::Table => Space::CoreTable,
            ExportKind::Global => Space::CoreGlobal,
            ExportKind::Tag => Space::CoreTag,
        })
    }

    /// Takes an item out of an instance; its index.
    pub(crate) fn alias(
        &mut self,
        instance: u32,
        kind: wasm_encoder::ComponentExportKind,
        name: &str,
    ) -> u32 {
        let alias = Alias::InstanceExport {
            instance,
            kind,
            name,
        };
        open!(self, Aliases, ComponentAliasSection).alias(alias);
        self.defined(match kind {
            wasm_encoder::ComponentExportKind::Module => Space::CoreModule,
            wasm_encoder::ComponentExportKind::Func => Space::Func,
            wasm_encoder::ComponentExportKind::Value => Space::Value,
            wasm_encoder::ComponentExportKind::Type => Space::Type,
            wasm_encoder::ComponentExportKind::Instance => Space::Instance,
            wasm_encoder::ComponentExportKind::Component => Space::Component,
        })
    }

    /// Imports an instance of this type; its index.
    pub(crate) fn import(
        &mut self,
        name: wasmparser::ComponentExternName<'_>,
        ty: &wasm_encoder::InstanceType,
    ) -> u32 {
        let ty = self.ty(|to| {
            to.instance(ty);
        });
        let ty = wasm_encoder::ComponentTypeRef::Instance(ty);
        open!(self, Imports, ComponentImportSection).import(name, ty);
        self.defined(Space::Instance)
    }

    /// Writes one canonical built-in by `write`; the core function's index.
    pub(crate) fn canon(&mut self, write: impl FnOnce(&mut CanonicalFunctionSection)) -> u32 {
        write(open!(self, Canons, CanonicalFunctionSection));
        self.defined(Space::CoreFunc)
    }

    /// Writes one type by `write`; its index.
    pub(crate) fn ty(&mut self, write: impl FnOnce(wasm_encoder::ComponentTypeEncoder<'_>)) -> u32 {
        write(open!(self, Types, ComponentTypeSection).ty());
        self.defined(Space::Type)
    }

    /// Writes an item of a component that lies in `whole`, under the indices that `mapper` knows.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where the item is not valid.
    pub(crate) fn item(
        &mut self,
        mapper: &mut Mapper,
        kind: &Kind<'_>,
        whole: &[u8],
    ) -> Result<()> {
        let invalid = |error: wasm_encoder::reencode::Error| Error::internal(Stage::Relink, error);
        let space = match kind.clone() {
            Kind::CoreModule(range) => {
                self.module(&whole[range], None);
                return Ok(());
            }
            Kind::Component(range) => {
                self.close();
                let nested = nested(mapper, range, whole).map_err(invalid)?;
                NestedComponentSection(&nested).append_to_component(&mut self.bytes);
                Space::Component
            }
            Kind::CoreType(ty) => {
                let section = open!(self, CoreTypes, CoreTypeSection);
                let count = match &ty {
                    wasmparser::CoreType::Rec(group) => group.types().len() as u32,
                    wasmparser::CoreType::Module(_) => 1,
                };
                mapper
                    .parse_component_core_type(section.ty(), ty)
                    .map_err(invalid)?;
                self.counts[Space::CoreType as usize] += count - 1;
                Space::CoreType
            }
            Kind::Type(ty) => {
                let section = open!(self, Types, ComponentTypeSection);
                mapper
                    .parse_component_type(section.ty(), ty)
                    .map_err(invalid)?;
                Space::Type
            }
            Kind::Import(import) => {
                let space = Space::of(import.ty.kind());
                let ty = mapper.component_type_ref(import.ty).map_err(invalid)?;
                open!(self, Imports, ComponentImportSection).import(import.name, ty);
                space
            }
            Kind::Canon(canon) => {
                let space = match canon {
                    wasmparser::CanonicalFunction::Lift { .. } => Space::Func,
                    _ => Space::CoreFunc,
                };
                let section = open!(self, Canons, CanonicalFunctionSection);
                mapper
                    .parse_component_canonical(section, canon)
                    .map_err(invalid)?;
                space
            }
            Kind::Alias(alias) => {
                let space = match &alias {
                    wasmparser::ComponentAlias::InstanceExport { kind, .. } => Space::of(*kind),
                    wasmparser::ComponentAlias::CoreInstanceExport { kind, .. } => {
                        Space::of_core(*kind)
                    }
                    wasmparser::ComponentAlias::Outer { kind, .. } => Space::of_outer(*kind),
                };
                let alias = mapper.component_alias(alias).map_err(invalid)?;
                open!(self, Aliases, ComponentAliasSection).alias(alias);
                space
            }
            Kind::CoreInstance(instance) => {
                let section = open!(self, CoreInstances, InstanceSection);
                mapper.parse_instance(section, instance).map_err(invalid)?;
                Space::CoreInstance
            }
            Kind::Instance(instance) => {
                let section = open!(self, Instances, ComponentInstanceSection);
                mapper
                    .parse_component_instance(section, instance)
                    .map_err(invalid)?;
                Space::Instance
            }
            Kind::Export(export) => {
                let space = Space::of(export.kind);
                let section = open!(self, Exports, ComponentExportSection);
                mapper
                    .parse_component_export(section, export)
                    .map_err(invalid)?;
                space
            }
            Kind::Start(start) => {
                self.close();
                let mut component = Component::new();
                let results = start.results;
                mapper
                    .parse_component_start_section(&mut component, start)
                    .map_err(invalid)?;
                let bytes = component.finish();
                self.bytes
                    .extend_from_slice(&bytes[Component::HEADER.len()..]);
                self.counts[Space::Value as usize] += results;
                return Ok(());
            }
        };
        self.defined(space);
        Ok(())
    }

    /// The index that the next item of a space gets.
    pub(crate) fn next(&self, space: Space) -> u32 {
        self.counts[space as usize]
    }
}

/// A nested component, whose `outer` aliases may refer to those around it.
fn nested(
    mapper: &mut Mapper,
    range: Range<usize>,
    whole: &[u8],
) -> std::result::Result<Component, wasm_encoder::reencode::Error> {
    mapper.push_depth();
    let mut component = Component::new();
    let mut parser = Parser::new(range.start as u64);
    let mut at = range.start;
    while at < range.end {
        let Chunk::Parsed { consumed, payload } = parser.parse(&whole[at..range.end], true)? else {
            break;
        };
        at += consumed;
        if let Payload::ComponentSection {
            unchecked_range, ..
        }
        | Payload::ModuleSection {
            unchecked_range, ..
        } = &payload
        {
            at = unchecked_range.end as usize;
        }
        mapper.parse_component_payload(&mut component, payload, whole)?;
    }
    mapper.pop_depth();
    Ok(component)
}
