//! The *skeleton* of a component: the same imports, exports and types without what the core modules
//! in it do. A module keeps what its own imports and exports need: empty functions for those that
//! are exported, no elements, no data. Decoding and composition work on the skeleton, so that their
//! cost does not grow with the code and data of the input. This module must never be given bytes
//! that were not validated.

use crate::error::{Error, Result, Stage};
use crate::wasm::sections::{
    self, COMPONENT_SECTION, CORE_MODULE_SECTION, CUSTOM_SECTION, DATA_SECTION, HEADER, sections,
};
use std::collections::BTreeMap;
use wasm_encoder::{CodeSection, ExportSection, FunctionSection, RawSection, Section, SectionId};
use wasmparser::{
    BinaryReader, BinaryReaderError, ConstExpr, ExportSectionReader, ExternalKind,
    FunctionSectionReader, GlobalSectionReader, ImportSectionReader, Operator, TableInit,
    TableSectionReader, TypeRef,
};

const IMPORTS: u8 = SectionId::Import as u8;
const FUNCTIONS: u8 = SectionId::Function as u8;
const TABLES: u8 = SectionId::Table as u8;
const GLOBALS: u8 = SectionId::Global as u8;
const EXPORTS: u8 = SectionId::Export as u8;
const START: u8 = SectionId::Start as u8;
const ELEMENTS: u8 = SectionId::Element as u8;
const CODE: u8 = SectionId::Code as u8;
const DATA_COUNT: u8 = SectionId::DataCount as u8;

type Read<T> = std::result::Result<T, BinaryReaderError>;

/// The skeleton of a validated component.
pub(crate) fn skeleton(component: &[u8]) -> Result<Vec<u8>> {
    let mut out = component[..HEADER].to_vec();
    for section in sections(component)? {
        let contents = &component[section.contents.clone()];
        match section.id {
            CUSTOM_SECTION => {}
            CORE_MODULE_SECTION => {
                let module = of_module(contents, &sections(contents)?)
                    .map_err(|error| Error::internal(Stage::Inspect, error.to_string()))?;
                let (id, data) = (section.id, &module);
                RawSection { id, data }.append_to(&mut out);
            }
            id @ COMPONENT_SECTION => {
                let data = &skeleton(contents)?;
                RawSection { id, data }.append_to(&mut out);
            }
            _ => out.extend_from_slice(&component[section.whole]),
        }
    }
    Ok(out)
}

fn of_module(bytes: &[u8], sections: &[sections::Section]) -> Read<Vec<u8>> {
    let module = Module::read(bytes, sections)?;
    let mut out = bytes[..HEADER].to_vec();
    for section in sections {
        match section.id {
            CUSTOM_SECTION | START | ELEMENTS | DATA_SECTION | DATA_COUNT => {}
            FUNCTIONS => {
                let mut functions = FunctionSection::new();
                for function in &module.kept {
                    functions.function(module.types[(function - module.imported) as usize]);
                }
                functions.append_to(&mut out);
            }
            EXPORTS => {
                let mut exports = ExportSection::new();
                for export in ExportSectionReader::new(contents(bytes, section))? {
                    let export = export?;
                    let index = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => module.index(export.index),
                        _ => export.index,
                    };
                    exports.export(export.name, export.kind.into(), index);
                }
                exports.append_to(&mut out);
            }
            CODE => {
                let mut bodies = CodeSection::new();
                for _ in &module.kept {
                    // `unreachable end`, without locals.
                    bodies.raw(&[0, 0x00, 0x0b]);
                }
                bodies.append_to(&mut out);
            }
            _ => out.extend_from_slice(&bytes[section.whole.clone()]),
        }
    }
    Ok(out)
}

/// The functions of a module that its skeleton has.
#[derive(Default)]
struct Module {
    /// How many of its functions are imported.
    imported: u32,
    /// The types of the others.
    types: Vec<u32>,
    /// Those that the skeleton has, by their old index, in the order of their new ones.
    kept: Vec<u32>,
    /// Old index → new index.
    indices: BTreeMap<u32, u32>,
}

impl Module {
    fn read(bytes: &[u8], sections: &[sections::Section]) -> Read<Self> {
        let mut module = Module::default();
        let mut held = false;
        for section in sections {
            let contents = contents(bytes, section);
            match section.id {
                IMPORTS => {
                    for import in ImportSectionReader::new(contents)?.into_imports() {
                        let function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        module.imported += u32::from(function);
                    }
                }
                FUNCTIONS => {
                    module.types = FunctionSectionReader::new(contents)?
                        .into_iter()
                        .collect::<Read<_>>()?;
                }
                TABLES => {
                    for table in TableSectionReader::new(contents)? {
                        if let TableInit::Expr(init) = table?.init {
                            held |= refers_to_function(&init)?;
                        }
                    }
                }
                GLOBALS => {
                    for global in GlobalSectionReader::new(contents)? {
                        held |= refers_to_function(&global?.init_expr)?;
                    }
                }
                EXPORTS if !held => {
                    for export in ExportSectionReader::new(contents)? {
                        let export = export?;
                        if let ExternalKind::Func | ExternalKind::FuncExact = export.kind {
                            module.keep(export.index);
                        }
                    }
                }
                _ => {}
            }
        }
        if held {
            let all = module.types.len() as u32;
            (module.imported..module.imported + all).for_each(|function| module.keep(function));
        }
        Ok(module)
    }

    fn keep(&mut self, function: u32) {
        if function >= self.imported && !self.indices.contains_key(&function) {
            let index = self.imported + self.kept.len() as u32;
            self.indices.insert(function, index);
            self.kept.push(function);
        }
    }

    fn index(&self, function: u32) -> u32 {
        *self.indices.get(&function).unwrap_or(&function)
    }
}

fn contents<'a>(bytes: &'a [u8], section: &sections::Section) -> BinaryReader<'a> {
    BinaryReader::new(&bytes[section.contents.clone()], 0)
}

/// Whether a constant expression refers to a function, which a global or a table then holds.
fn refers_to_function(expression: &ConstExpr<'_>) -> Read<bool> {
    for operator in expression.get_operators_reader() {
        if matches!(operator?, Operator::RefFunc { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn of(component: &str) -> (usize, Vec<u8>) {
        let component = wat::parse_str(component).unwrap();
        let skeleton = skeleton(&component).unwrap();
        wasmparser::validate(&skeleton).unwrap();
        (component.len(), skeleton)
    }

    #[test]
    fn a_skeleton_is_valid_and_smaller() {
        let (full, skeleton) = of(r#"(component
            (core module $m
                (import "" "log" (func $log (param i32)))
                (type $binary (func (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (table 3 funcref)
                (elem (i32.const 0) $hidden $f)
                (data (i32.const 0) "a long run of payload that a skeleton does not carry along")
                (func $hidden (type $binary) (i32.add (local.get 0) (local.get 1)))
                (func $g (export "g") (param i64) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
                (func $f (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2)))
                (func $start (call $log (i32.const 1)))
                (export "log" (func $log))
                (export "f again" (func $f))
                (start $start))
            (core module $c (func (export "log") (param i32)))
            (core instance $log (instantiate $c))
            (core instance $i (instantiate $m (with "" (instance $log))))
            (func (export "f") (result u32) (canon lift (core func $i "f")))
            (func (export "f2") (result u32) (canon lift (core func $i "f again")))
            (func (export "g") (param "n" u64) (canon lift (core func $i "g")))
            (func (export "l") (param "n" u32) (canon lift (core func $i "log"))))"#);
        assert!(skeleton.len() + 100 < full);
    }

    #[test]
    fn functions_that_globals_and_tables_hold_are_kept() {
        of(r#"(component (core module
            (func $a (result i32) i32.const 1)
            (func $b)
            (global (export "g") (ref func) (ref.func $b))
            (export "a" (func $a))))"#);
        of(r#"(component (core module
            (type $t (func))
            (func $a (result i32) i32.const 1)
            (func $b (type $t))
            (table (export "t") 1 (ref $t) (ref.func $b))
            (export "a" (func $a))))"#);
    }
}
