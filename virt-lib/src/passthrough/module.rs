//! The core module under construction: its imports, functions and exports, and its binary form.
//! This module must never know WIT.

use super::code::{Body, Callee};
use super::memory;
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, ImportSection, MemorySection, MemoryType, TypeSection, ValType,
};

/// The parameters and results of a function.
type Signature = (Vec<ValType>, Vec<ValType>);

/// See the module.
#[derive(Default)]
pub(super) struct Module {
    signatures: Vec<Signature>,
    /// Names and signature of each import.
    imports: Vec<(String, String, u32)>,
    known: BTreeMap<(String, String), Callee>,
    functions: Vec<(u32, Body)>,
    exports: Vec<(String, Callee)>,
}

impl Module {
    /// An imported function; the same name is the same import.
    pub(super) fn import(
        &mut self,
        name: (String, String),
        params: &[ValType],
        results: &[ValType],
    ) -> Callee {
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let callee = Callee::Imported(self.imports.len() as u32);
        let signature = self.signature(params, results);
        let (module, field) = name.clone();
        self.imports.push((module, field, signature));
        self.known.insert(name, callee);
        callee
    }

    /// A function of the module's own.
    pub(super) fn function(&mut self, body: Body) -> Callee {
        let signature = self.signature(&body.params, &body.results);
        self.functions.push((signature, body));
        Callee::Defined(self.functions.len() as u32 - 1)
    }

    pub(super) fn export(&mut self, name: String, function: Callee) {
        self.exports.push((name, function));
    }

    fn signature(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let signature = (params.to_vec(), results.to_vec());
        let known = self.signatures.iter().position(|known| *known == signature);
        known.unwrap_or_else(|| {
            self.signatures.push(signature);
            self.signatures.len() - 1
        }) as u32
    }

    /// The binary form, with a memory whose first byte that is not fixed is at `base`, and that
    /// may have at most so many pages.
    pub(super) fn encode(&self, base: u32, most: Option<u64>) -> Vec<u8> {
        let imported = self.imports.len() as u32;
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        for (params, results) in &self.signatures {
            let [params, results] = [params, results].map(|types| types.iter().copied());
            types.ty().function(params, results);
        }
        for (module, name, signature) in &self.imports {
            imports.import(module, name, EntityType::Function(*signature));
        }
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for (signature, body) in &self.functions {
            functions.function(*signature);
            code.function(&body.encode(imported));
        }
        let minimum = memory::first_pages(base);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum,
            maximum: most.map(|most| most.max(minimum)),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        for value in memory::globals(base) {
            let ty = GlobalType {
                val_type: ValType::I32,
                mutable: true,
                shared: false,
            };
            globals.global(ty, &ConstExpr::i32_const(value));
        }
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        for (name, function) in &self.exports {
            exports.export(name, ExportKind::Func, function.index(imported));
        }
        let mut module = wasm_encoder::Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&memories)
            .section(&globals)
            .section(&exports)
            .section(&code);
        module.finish()
    }
}
