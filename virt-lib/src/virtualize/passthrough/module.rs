//! A core module under construction: its imports, functions and exports, all of them numbered,
//! and its binary form. This module must never know WIT.

use super::code::{Body, Callee};
use super::memory;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection,
    TypeSection, ValType,
};

/// The parameters and results of a function.
type Signature = (Vec<ValType>, Vec<ValType>);

/// See the module.
#[derive(Default)]
pub(super) struct Module {
    signatures: Vec<Signature>,
    /// The signature of each import.
    imports: Vec<u32>,
    functions: Vec<(u32, Body)>,
    exports: Vec<Callee>,
}

impl Module {
    /// A new imported function, whose name is its number.
    pub(super) fn import(&mut self, params: &[ValType], results: &[ValType]) -> Callee {
        let signature = self.signature(params, results);
        self.imports.push(signature);
        Callee::Imported(self.imports.len() as u32 - 1)
    }

    /// A function of the module's own.
    pub(super) fn function(&mut self, body: Body) -> Callee {
        let signature = self.signature(&body.params, &body.results);
        self.functions.push((signature, body));
        Callee::Defined(self.functions.len() as u32 - 1)
    }

    /// Exports a function; gives the number that is its name.
    pub(super) fn export(&mut self, function: Callee) -> usize {
        self.exports.push(function);
        self.exports.len() - 1
    }

    fn signature(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let signature = (params.to_vec(), results.to_vec());
        let known = self.signatures.iter().position(|known| *known == signature);
        known.unwrap_or_else(|| {
            self.signatures.push(signature);
            self.signatures.len() - 1
        }) as u32
    }

    /// The binary form. The module shares the flag of `memory`, and the memory itself where it
    /// needs it.
    pub(super) fn encode(&self, needs_memory: bool) -> Vec<u8> {
        let imported = self.imports.len() as u32;
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        for (params, results) in &self.signatures {
            let [params, results] = [params, results].map(|types| types.iter().copied());
            types.ty().function(params, results);
        }
        if needs_memory {
            imports.import(memory::MODULE, memory::MEMORY, memory::any());
        }
        imports.import(memory::MODULE, memory::FLAG, memory::flag());
        for (number, signature) in self.imports.iter().enumerate() {
            imports.import("", &number.to_string(), EntityType::Function(*signature));
        }
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for (signature, body) in &self.functions {
            functions.function(*signature);
            code.function(&body.encode(imported));
        }
        let mut exports = ExportSection::new();
        for (number, function) in self.exports.iter().enumerate() {
            let index = function.index(imported);
            exports.export(&number.to_string(), ExportKind::Func, index);
        }
        let mut module = wasm_encoder::Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&exports)
            .section(&code);
        module.finish()
    }
}
