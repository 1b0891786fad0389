//! Reads the items of a component. This module must never be given bytes that were not validated.

use super::item::{Item, Kind, Space};
use super::mapper::Mapper;
use super::writer::Writer;
use crate::error::{Error, Result, Stage};
use std::ops::Range;
use wasmparser::{
    BinaryReaderError, CanonicalFunction, Chunk, ComponentAlias, CoreType, Parser, Payload,
};

/// The items of the component that lies in `bytes` at `range`, without its custom sections.
///
/// # Errors
///
/// [`Error::Internal`] where the bytes are no valid component.
pub(crate) fn items(bytes: &[u8], range: Range<usize>) -> Result<Vec<Item<'_>>> {
    let mut items = Reader::default().read(bytes, range).map_err(invalid)?;
    let mut noted = Mapper::noting();
    for item in &mut items {
        Writer::new().item(&mut noted, &item.kind, bytes)?;
        item.uses = noted.take_noted();
    }
    Ok(items)
}

fn invalid(error: BinaryReaderError) -> Error {
    Error::internal(Stage::Relink, error)
}

#[derive(Default)]
struct Reader<'a> {
    items: Vec<Item<'a>>,
    counts: [u32; Space::COUNT],
}

impl<'a> Reader<'a> {
    fn push(&mut self, kind: Kind<'a>, space: Space, count: u32) {
        let first = &mut self.counts[space as usize];
        self.items.push(Item {
            kind,
            defines: Some((space, *first, count)),
            uses: Vec::new(),
        });
        *first += count;
    }

    fn read(mut self, bytes: &'a [u8], range: Range<usize>) -> wasmparser::Result<Vec<Item<'a>>> {
        let mut parser = Parser::new(range.start as u64);
        let mut at = range.start;
        while at < range.end {
            let rest = &bytes[at..range.end];
            let Chunk::Parsed { payload, consumed } = parser.parse(rest, true)? else {
                break;
            };
            at += consumed;
            match payload {
                Payload::ModuleSection {
                    unchecked_range, ..
                } => {
                    let range = unchecked_range.start as usize..unchecked_range.end as usize;
                    at = range.end;
                    self.push(Kind::CoreModule(range), Space::CoreModule, 1);
                }
                Payload::ComponentSection {
                    unchecked_range, ..
                } => {
                    let range = unchecked_range.start as usize..unchecked_range.end as usize;
                    at = range.end;
                    self.push(Kind::Component(range), Space::Component, 1);
                }
                Payload::End(_) => break,
                other => self.section(other)?,
            }
        }
        Ok(self.items)
    }

    fn section(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::CoreTypeSection(section) => {
                for ty in section {
                    let ty = ty?;
                    let count = match &ty {
                        CoreType::Rec(group) => group.types().len() as u32,
                        CoreType::Module(_) => 1,
                    };
                    self.push(Kind::CoreType(ty), Space::CoreType, count);
                }
            }
            Payload::ComponentTypeSection(section) => {
                for ty in section {
                    self.push(Kind::Type(ty?), Space::Type, 1);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    let space = Space::of(import.ty.kind());
                    self.push(Kind::Import(import), space, 1);
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for canon in section {
                    let canon = canon?;
                    let space = match canon {
                        CanonicalFunction::Lift { .. } => Space::Func,
                        _ => Space::CoreFunc,
                    };
                    self.push(Kind::Canon(canon), space, 1);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    let alias = alias?;
                    let space = match alias {
                        ComponentAlias::InstanceExport { kind, .. } => Space::of(kind),
                        ComponentAlias::CoreInstanceExport { kind, .. } => Space::of_core(kind),
                        ComponentAlias::Outer { kind, .. } => Space::of_outer(kind),
                    };
                    self.push(Kind::Alias(alias), space, 1);
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.push(Kind::CoreInstance(instance?), Space::CoreInstance, 1);
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.push(Kind::Instance(instance?), Space::Instance, 1);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    let space = Space::of(export.kind);
                    self.push(Kind::Export(export), space, 1);
                }
            }
            Payload::ComponentStartSection { start, .. } => {
                let count = start.results;
                self.push(Kind::Start(start), Space::Value, count);
            }
            _ => {}
        }
        Ok(())
    }
}
