//! A module in binary form: what is reachable, under new indices, and the names of functions that have one.

use super::live::Live;
use super::{Function, FunctionId, GlobalId, Item, Module, Source};
use crate::error::Result;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, NameMap,
    NameSection, TypeSection, ValType,
};

/// The indices that functions and globals have in the binary form.
pub(super) struct Indices {
    functions: Vec<u32>,
    globals: Vec<u32>,
}

impl Indices {
    pub(super) fn function(&self, id: FunctionId) -> u32 {
        self.functions[id.0 as usize]
    }

    pub(super) fn global(&self, id: GlobalId) -> u32 {
        self.globals[id.0 as usize]
    }
}

impl Module<'_> {
    /// The module in binary form, without what cannot be reached.
    ///
    /// # Errors
    ///
    /// Code that the adapter is not expected to have.
    pub(crate) fn emit(&self) -> Result<Vec<u8>> {
        let live = Live::new(self)?;
        let all = (0..).map(FunctionId).zip(&self.functions);
        let live_functions = all.zip(&live.functions).filter(|(_, live)| live.is_some());
        let (imported, defined): (Vec<_>, Vec<_>) = live_functions
            .map(|(function, _)| function)
            .partition(|(_, function)| matches!(function.source, Source::Import { .. }));
        let ordered: Vec<(FunctionId, &Function)> =
            imported.iter().chain(&defined).copied().collect();
        let indices = self.indices(&ordered, &live);

        let mut signatures: Vec<usize> = Vec::new();
        for (_, function) in &ordered {
            if !signatures.contains(&function.signature) {
                signatures.push(function.signature);
            }
        }
        let ty = |function: &Function| {
            let mut types = signatures.iter();
            types
                .position(|ty| *ty == function.signature)
                .unwrap_or_default() as u32
        };

        let mut types = TypeSection::new();
        for signature in &signatures {
            let signature = &self.signatures[*signature];
            types.ty().function(
                signature.params.iter().copied(),
                signature.results.iter().copied(),
            );
        }
        let mut imports = ImportSection::new();
        for (_, function) in &imported {
            if let Source::Import { module, name } = &function.source {
                imports.import(module, name, EntityType::Function(ty(function)));
            }
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (id, function) in &defined {
            functions.function(ty(function));
            match (&function.source, &live.functions[id.0 as usize]) {
                (Source::Prebuilt(body), Some(sites)) => {
                    code.raw(&body.copy(sites, &indices));
                }
                (Source::Added(added), _) => {
                    code.function(&added.encode(&indices));
                }
                _ => {}
            }
        }
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.minimum,
            maximum: self.maximum,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });

        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&memories).section(&self.globals(&live));
        module.section(&self.exports(&indices));
        if self.data.iter().any(|data| data.address.is_none()) {
            module.section(&DataCountSection {
                count: self.data.len() as u32,
            });
        }
        module.section(&code).section(&self.data_section());
        if let Some(names) = names(&ordered) {
            module.section(&names);
        }
        Ok(module.finish())
    }

    fn indices(&self, ordered: &[(FunctionId, &Function)], live: &Live) -> Indices {
        let mut indices = Indices {
            functions: vec![u32::MAX; self.functions.len()],
            globals: vec![u32::MAX; self.globals.len()],
        };
        for (index, (id, _)) in (0..).zip(ordered) {
            indices.functions[id.0 as usize] = index;
        }
        let live = (0..self.globals.len()).filter(|id| live.globals[*id]);
        for (index, id) in (0..).zip(live) {
            indices.globals[id] = index;
        }
        indices
    }

    fn globals(&self, live: &Live) -> GlobalSection {
        let mut globals = GlobalSection::new();
        for (global, live) in self.globals.iter().zip(&live.globals) {
            if *live {
                let ty = GlobalType {
                    val_type: global.ty,
                    mutable: global.mutable,
                    shared: false,
                };
                let value = match global.ty {
                    ValType::I64 => ConstExpr::i64_const(global.value),
                    _ => ConstExpr::i32_const(global.value as i32),
                };
                globals.global(ty, &value);
            }
        }
        globals
    }

    fn exports(&self, indices: &Indices) -> ExportSection {
        let mut exports = ExportSection::new();
        for (name, item) in &self.exports {
            match item {
                Item::Function(id) => exports.export(name, ExportKind::Func, indices.function(*id)),
                Item::Memory => exports.export(name, ExportKind::Memory, 0),
                Item::Global(id) => exports.export(name, ExportKind::Global, indices.global(*id)),
            };
        }
        exports
    }

    fn data_section(&self) -> DataSection {
        let mut section = DataSection::new();
        for data in &self.data {
            let bytes = data.bytes.iter().copied();
            match data.address {
                Some(address) => section.active(0, &ConstExpr::i32_const(address), bytes),
                None => section.passive(bytes),
            };
        }
        section
    }
}

fn names(ordered: &[(FunctionId, &Function)]) -> Option<NameSection> {
    let mut functions = NameMap::new();
    for (index, (_, function)) in (0..).zip(ordered) {
        if let Some(name) = &function.name {
            functions.append(index, name);
        }
    }
    if functions.is_empty() {
        return None;
    }
    let mut names = NameSection::new();
    names.functions(&functions);
    Some(names)
}
