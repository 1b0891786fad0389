//! A module in binary form: the parts that something reaches, under new indices. It imports nothing
//! and has no names outside: the functions that it calls lie in a table that the component fills,
//! and its exports are numbered. [`Emitted`] says which import is which. This module must never
//! decide what is reached.

use super::indices::{Callee, Indices};
use super::live::Live;
use super::ops::encode;
use super::{Function, FunctionId, Item, Module, Op, Signature, SignatureId, Source};
use crate::error::Result;
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, MemorySection, MemoryType, RefType, TableSection, TableType, TypeSection, ValType,
};

/// What the memory is exported as.
pub(crate) const MEMORY: &str = "m";
/// What the table of imports is exported as, where there are any.
pub(crate) const TABLE: &str = "t";

/// A module in binary form.
pub(crate) struct Emitted {
    pub bytes: Vec<u8>,
    /// What belongs into the table, in order.
    pub imports: Vec<Import>,
    /// Where the reserved places of the table start.
    pub slots: u32,
    /// Name of an exported function → the number that it is exported under.
    pub exports: BTreeMap<String, u32>,
}

/// A function that a module calls.
pub(crate) struct Import {
    /// The module it was imported from, and its name there.
    pub name: (String, String),
    pub signature: Signature,
}

/// The functions of the binary form, in its order, with what they mention.
struct Layout<'m> {
    /// Indices into [`Module::signatures`], each once.
    signatures: Vec<usize>,
    imported: Vec<(FunctionId, &'m Function<'m>)>,
    defined: Vec<(FunctionId, &'m Function<'m>)>,
}

impl<'m> Layout<'m> {
    fn new(module: &'m Module<'_>, live: &Live) -> Self {
        let mut layout = Layout {
            signatures: Vec::new(),
            imported: Vec::new(),
            defined: Vec::new(),
        };
        for (id, function) in (0..).zip(&module.functions) {
            let is_nothing = matches!(function.source, Source::Nothing);
            if is_nothing || live.functions[id as usize].is_none() {
                continue;
            }
            layout.sign(function.signature);
            if let Source::Added(code) = &function.source {
                for op in code {
                    if let Op::CallTable(SignatureId(signature)) = op {
                        layout.sign(*signature);
                    }
                }
            }
            match function.source {
                Source::Import { .. } => layout.imported.push((FunctionId(id), function)),
                _ => layout.defined.push((FunctionId(id), function)),
            }
        }
        layout
    }

    fn sign(&mut self, signature: usize) {
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
    }

    fn ty(&self, function: &Function) -> u32 {
        let mut signatures = self.signatures.iter();
        let position = signatures.position(|ty| *ty == function.signature);
        position.unwrap_or_default() as u32
    }
}

impl Module<'_> {
    /// The module in binary form, without what cannot be reached. Imports are called, never
    /// exported.
    ///
    /// # Errors
    ///
    /// Code that the adapter is not expected to have.
    pub(crate) fn emit(&self) -> Result<Emitted> {
        let live = Live::new(self)?;
        let layout = Layout::new(self, &live);
        let indices = self.indices(&layout, &live);
        let mut types = TypeSection::new();
        for signature in &layout.signatures {
            let signature = &self.signatures[*signature];
            types.ty().function(
                signature.params.iter().copied(),
                signature.results.iter().copied(),
            );
        }
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for (id, function) in &layout.defined {
            functions.function(layout.ty(function));
            match (&function.source, &live.functions[id.0 as usize]) {
                (Source::Prebuilt(body), Some(sites)) => {
                    code.raw(&body.copy(sites, &indices));
                }
                (Source::Added(added), _) => {
                    code.function(&encode(added, &indices));
                }
                _ => {}
            }
        }
        let (exports, numbers) = self.exports(&layout, &indices);
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions);
        let slots = layout.imported.len() as u32 + self.slots;
        if slots > 0 {
            module.section(&table(slots.into()));
        }
        module.section(&self.memory_section());
        module.section(&self.globals(&live)).section(&exports);
        module.section(&code).section(&self.data_section());
        let import = |(_, function): &(FunctionId, &Function)| match &function.source {
            Source::Import { module, name } => Some(Import {
                name: (module.clone(), name.clone()),
                signature: self.signatures[function.signature].clone(),
            }),
            _ => None,
        };
        Ok(Emitted {
            bytes: module.finish(),
            slots: layout.imported.len() as u32,
            imports: layout.imported.iter().filter_map(import).collect(),
            exports: numbers,
        })
    }

    fn indices(&self, layout: &Layout, live: &Live) -> Indices {
        let mut indices = Indices {
            functions: vec![Callee::Gone; self.functions.len()],
            globals: vec![u32::MAX; self.globals.len()],
            types: vec![0; self.signatures.len()],
            slots: layout.imported.len() as u32,
        };
        for (index, signature) in (0..).zip(&layout.signatures) {
            indices.types[*signature] = index;
        }
        for (slot, (id, function)) in (0..).zip(&layout.imported) {
            indices.functions[id.0 as usize] = Callee::Table(slot, layout.ty(function));
        }
        for (callee, function) in indices.functions.iter_mut().zip(&self.functions) {
            if matches!(function.source, Source::Nothing) {
                let params = &self.signatures[function.signature].params;
                *callee = Callee::Nothing(params.len() as u32);
            }
        }
        for (index, (id, _)) in (0..).zip(&layout.defined) {
            indices.functions[id.0 as usize] = Callee::Index(index);
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

    /// The exports, each function once, and their numbers.
    fn exports(
        &self,
        layout: &Layout,
        indices: &Indices,
    ) -> (ExportSection, BTreeMap<String, u32>) {
        let (mut section, mut numbers) = (ExportSection::new(), BTreeMap::new());
        let mut known = BTreeMap::new();
        for (name, item) in &self.exports {
            let Item::Function(id) = item else { continue };
            let Callee::Index(index) = indices.functions[id.0 as usize] else {
                continue;
            };
            let next = known.len() as u32;
            let number = *known.entry(index).or_insert_with(|| {
                section.export(&next.to_string(), ExportKind::Func, index);
                next
            });
            numbers.insert(name.clone(), number);
        }
        section.export(MEMORY, ExportKind::Memory, 0);
        if layout.imported.len() as u32 + self.slots > 0 {
            section.export(TABLE, ExportKind::Table, 0);
        }
        (section, numbers)
    }

    fn memory_section(&self) -> MemorySection {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.minimum,
            maximum: self.maximum,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        memories
    }

    fn data_section(&self) -> DataSection {
        let mut section = DataSection::new();
        for data in &self.data {
            let bytes = data.bytes.iter().copied();
            section.active(0, &ConstExpr::i32_const(data.address), bytes);
        }
        section
    }
}

fn table(len: u64) -> TableSection {
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: len,
        maximum: Some(len),
        shared: false,
    });
    tables
}
