//! Reading a module. Whatever an editable module cannot hold is an error.

use super::Data;
use super::Function;
use super::FunctionId;
use super::Global;
use super::GlobalId;
use super::Item;
use super::Module;
use super::Signature;
use super::Source;
use super::body::Body;
use crate::error::{Error, Result, Stage};
use std::collections::BTreeMap;
use wasm_encoder::ValType;
use wasmparser::{
    BinaryReaderError, ConstExpr, DataKind, ExternalKind, MemoryType, Operator, Parser, Payload,
    TypeRef,
};

impl<'a> Module<'a> {
    /// Reads a module. Names of functions are not kept.
    ///
    /// # Errors
    ///
    /// A module that is not like the adapter's.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Module {
            signatures: Vec::new(),
            functions: Vec::new(),
            globals: Vec::new(),
            minimum: 0,
            maximum: None,
            data: Vec::new(),
            slots: 0,
            exports: BTreeMap::new(),
        };
        let mut memories = 0;
        let mut declared = Vec::new();
        let mut bodies = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(invalid)? {
                Payload::Version { .. }
                | Payload::CustomSection(_)
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::End(_) => {}
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        let ty = ty.map_err(invalid)?;
                        module.signatures.push(Signature {
                            params: val_types(ty.params())?,
                            results: val_types(ty.results())?,
                        });
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(invalid)?;
                        let TypeRef::Func(signature) = import.ty else {
                            return Err(unexpected("an import that is no function"));
                        };
                        let source = Source::Import {
                            module: import.module.to_string(),
                            name: import.name.to_string(),
                        };
                        module.push(signature, source)?;
                    }
                }
                Payload::FunctionSection(section) => {
                    for signature in section {
                        declared.push(signature.map_err(invalid)?);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        memories += 1;
                        module.memory(memory.map_err(invalid)?)?;
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global.map_err(invalid)?;
                        let (ty, value) = constant(&global.init_expr)?;
                        module.globals.push(Global {
                            ty,
                            mutable: global.ty.mutable,
                            value,
                        });
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        let item = match export.kind {
                            ExternalKind::Func => Item::Function(FunctionId(export.index)),
                            ExternalKind::Memory => Item::Memory,
                            ExternalKind::Global => Item::Global(GlobalId(export.index)),
                            _ => return Err(unexpected("an export of another kind")),
                        };
                        module.exports.insert(export.name.to_string(), item);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let signature = *declared
                        .get(bodies)
                        .ok_or_else(|| unexpected("a body without a type"))?;
                    bodies += 1;
                    module.push(signature, Source::Prebuilt(Body::new(body)))?;
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data.map_err(invalid)?;
                        let DataKind::Active {
                            memory_index: 0,
                            offset_expr,
                        } = data.kind
                        else {
                            return Err(unexpected("a data segment that is not active"));
                        };
                        let (ValType::I32, address) = constant(&offset_expr)? else {
                            return Err(unexpected("a data segment without a 32-bit address"));
                        };
                        module.data.push(Data {
                            address: address as i32,
                            bytes: data.data.into(),
                        });
                    }
                }
                other => {
                    return Err(unexpected(&format!(
                        "a section of another kind ({other:?})"
                    )));
                }
            }
        }
        if memories != 1 {
            return Err(unexpected("another number of memories than one"));
        }
        Ok(module)
    }

    fn push(&mut self, signature: u32, source: Source<'a>) -> Result<()> {
        let signature = signature as usize;
        if signature >= self.signatures.len() {
            return Err(unexpected("a function without a type"));
        }
        self.functions.push(Function { signature, source });
        Ok(())
    }

    fn memory(&mut self, memory: MemoryType) -> Result<()> {
        if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
            return Err(unexpected("a memory of another kind"));
        }
        (self.minimum, self.maximum) = (memory.initial, memory.maximum);
        Ok(())
    }
}

fn invalid(error: BinaryReaderError) -> Error {
    Error::internal(Stage::Specialize, error)
}

fn unexpected(what: &str) -> Error {
    Error::internal(
        Stage::Specialize,
        format!("the adapter's module has {what}"),
    )
}

fn val_types(types: &[wasmparser::ValType]) -> Result<Vec<ValType>> {
    types
        .iter()
        .map(|ty| match ty {
            wasmparser::ValType::I32 => Ok(ValType::I32),
            wasmparser::ValType::I64 => Ok(ValType::I64),
            wasmparser::ValType::F32 => Ok(ValType::F32),
            wasmparser::ValType::F64 => Ok(ValType::F64),
            _ => Err(unexpected("a function over other values than numbers")),
        })
        .collect()
}

/// The value of a constant expression of one instruction.
fn constant(expression: &ConstExpr) -> Result<(ValType, i64)> {
    let mut operators = expression.get_operators_reader();
    let value = match operators.read().map_err(invalid)? {
        Operator::I32Const { value } => (ValType::I32, value.into()),
        Operator::I64Const { value } => (ValType::I64, value),
        _ => return Err(unexpected("an initial value that is no integer")),
    };
    match operators.read().map_err(invalid)? {
        Operator::End => Ok(value),
        _ => Err(unexpected("an initial value that is computed")),
    }
}
