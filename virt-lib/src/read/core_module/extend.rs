//! One more function in a core module, exported, with a global of its own, another size of its
//! memory and bytes that lie over others when it starts. The rest of the module stays byte for
//! byte. This module must never look at code or data.

use crate::error::Result;
use crate::wasm::sections::{HEADER, number, sections};
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, Encode, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, MemorySection, RawSection, Section, SectionId,
    TypeSection, ValType,
};
use wasmparser::{Parser, Payload, TypeRef};

/// The identifiers of sections.
const TYPES: u8 = SectionId::Type as u8;
const FUNCTIONS: u8 = SectionId::Function as u8;
const MEMORIES: u8 = SectionId::Memory as u8;
const GLOBALS: u8 = SectionId::Global as u8;
const EXPORTS: u8 = SectionId::Export as u8;
const CODE: u8 = SectionId::Code as u8;
const DATA: u8 = SectionId::Data as u8;
/// How many data segments there are, which is optional.
const DATA_COUNT: u8 = SectionId::DataCount as u8;

/// What is added.
pub(super) struct Addition<'a> {
    /// The name of the export.
    pub name: &'a str,
    pub params: &'a [ValType],
    pub results: &'a [ValType],
    /// The function's body, given the index of the global.
    pub body: &'a dyn Fn(u32) -> Function,
    /// What the global begins with, an i32.
    pub global: u32,
    /// The one memory, as it shall be.
    pub memory: wasm_encoder::MemoryType,
    /// What its memory holds at an address.
    pub data: (u32, &'a [u8]),
}

/// The numbers that the next of each kind gets.
#[derive(Default)]
struct Next {
    types: u32,
    functions: u32,
    globals: u32,
}

impl Next {
    fn read(bytes: &[u8]) -> wasmparser::Result<Self> {
        let mut next = Next::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        next.types += group?.types().len() as u32;
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => next.functions += 1,
                            TypeRef::Global(_) => next.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => next.functions += section.count(),
                Payload::GlobalSection(section) => next.globals += section.count(),
                _ => {}
            }
        }
        Ok(next)
    }
}

/// A valid module with the addition; nothing where a section is missing that it goes into.
pub(super) fn extended(bytes: &[u8], addition: &Addition<'_>) -> Result<Option<Vec<u8>>> {
    let Ok(next) = Next::read(bytes) else {
        return Ok(None);
    };
    let mut entries = addition.entries(&next)?;
    let mut out = bytes[..HEADER].to_vec();
    for section in sections(bytes)? {
        let contents = &bytes[section.contents.clone()];
        let counts = (section.id == DATA_COUNT).then(Vec::new);
        match (section.id, entries.remove(&section.id).or(counts)) {
            (id @ MEMORIES, Some(memories)) => {
                let data = &memories;
                RawSection { id, data }.append_to(&mut out);
            }
            (id, Some(entry)) => {
                let (count, entries) = number(contents)?;
                let mut longer = Vec::with_capacity(contents.len() + entry.len() + 1);
                (count + 1).encode(&mut longer);
                longer.extend_from_slice(entries);
                longer.extend_from_slice(&entry);
                let data = &longer;
                RawSection { id, data }.append_to(&mut out);
            }
            (_, None) => out.extend_from_slice(&bytes[section.whole]),
        }
    }
    Ok(entries.is_empty().then_some(out))
}

impl Addition<'_> {
    /// What goes into each section: one entry, or all of the memories.
    fn entries(&self, next: &Next) -> Result<BTreeMap<u8, Vec<u8>>> {
        let mut types = TypeSection::new();
        let of = |types: &[ValType]| types.to_vec();
        types.ty().function(of(self.params), of(self.results));
        let mut functions = FunctionSection::new();
        functions.function(next.types);
        let mut globals = GlobalSection::new();
        let global = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(global, &ConstExpr::i32_const(self.global as i32));
        let mut exports = ExportSection::new();
        exports.export(self.name, ExportKind::Func, next.functions);
        let mut code = CodeSection::new();
        code.function(&(self.body)(next.globals));
        let mut memories = MemorySection::new();
        memories.memory(self.memory);
        let (address, bytes) = self.data;
        let mut data = DataSection::new();
        let address = ConstExpr::i32_const(address as i32);
        data.active(0, &address, bytes.iter().copied());
        let mut all = Vec::new();
        memories.encode(&mut all);
        let (_, memories) = number(&all)?;
        Ok(BTreeMap::from([
            (TYPES, entry(&types)?),
            (FUNCTIONS, entry(&functions)?),
            (MEMORIES, memories.to_vec()),
            (GLOBALS, entry(&globals)?),
            (EXPORTS, entry(&exports)?),
            (CODE, entry(&code)?),
            (DATA, entry(&data)?),
        ]))
    }
}

/// The one entry of a section: what follows its size and its count.
fn entry(section: &impl Encode) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let (_, contents) = number(&bytes)?;
    let (_, entry) = number(contents)?;
    Ok(entry.to_vec())
}
