//! A core module that can be edited: the prebuilt adapter's, with imports replaced, data added and
//! everything unreachable left out when it is written. It holds exactly what the adapter's module
//! consists of (one 32-bit memory, no tables, constant offsets); reading anything else is an error,
//! so that nothing is lost in silence. This module must never know what the adapter is for.

mod body;
mod emit;
mod indices;
mod live;
mod ops;
mod read;

pub(crate) use emit::{Emitted, MEMORY, TABLE};
pub(crate) use ops::Op;

use body::Body;
use std::borrow::Cow;
use std::collections::BTreeMap;
pub(crate) use wasm_encoder::ValType;

/// The length of a page of memory in bytes.
pub(crate) const PAGE: u64 = 65_536;

/// A function of the module, whatever becomes of its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunctionId(u32);

/// A type of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignatureId(usize);

/// A global of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GlobalId(u32);

/// An argument of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local(u32);

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
}

/// What an export names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Function(FunctionId),
    Memory,
    Global(GlobalId),
}

/// Where the code of a function comes from.
enum Source<'a> {
    Import {
        module: String,
        name: String,
    },
    Prebuilt(Body<'a>),
    Added(Vec<Op>),
    /// It does nothing, and its calls go.
    Nothing,
}

struct Function<'a> {
    /// Index into [`Module::signatures`].
    signature: usize,
    source: Source<'a>,
}

struct Global {
    ty: ValType,
    mutable: bool,
    /// Initial value; of 32 bits for an `i32`.
    value: i64,
}

struct Data<'a> {
    /// Where it goes in memory.
    address: i32,
    bytes: Cow<'a, [u8]>,
}

/// The module.
pub(crate) struct Module<'a> {
    signatures: Vec<Signature>,
    functions: Vec<Function<'a>>,
    globals: Vec<Global>,
    /// Initial size of the memory, in pages.
    minimum: u64,
    maximum: Option<u64>,
    data: Vec<Data<'a>>,
    /// Places in the table after those of the imports.
    slots: u32,
    /// The exports, by name.
    pub exports: BTreeMap<String, Item>,
}

impl<'a> Module<'a> {
    /// Every imported function with the module and the name it is imported by, in order.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (FunctionId, &str, &str)> {
        (0..)
            .map(FunctionId)
            .zip(&self.functions)
            .filter_map(|(id, function)| match &function.source {
                Source::Import { module, name } => Some((id, module.as_str(), name.as_str())),
                _ => None,
            })
    }

    /// The id of a type of functions.
    pub(crate) fn signature(&mut self, signature: Signature) -> SignatureId {
        let known = self.signatures.iter().position(|known| *known == signature);
        SignatureId(known.unwrap_or_else(|| {
            self.signatures.push(signature);
            self.signatures.len() - 1
        }))
    }

    /// Reserves places in the table, after those of the imports, for the glue to fill.
    pub(crate) fn reserve(&mut self, slots: u32) {
        self.slots = slots;
    }

    /// Gives a function other code, which `code` makes of its arguments.
    pub(crate) fn replace(&mut self, id: FunctionId, code: impl FnOnce(&[Local]) -> Vec<Op>) {
        let function = &mut self.functions[id.0 as usize];
        let params = self.signatures[function.signature].params.len() as u32;
        let args: Vec<Local> = (0..params).map(Local).collect();
        function.source = Source::Added(code(&args));
    }

    /// Removes a function without results, and every call of it.
    pub(crate) fn remove(&mut self, id: FunctionId) {
        self.functions[id.0 as usize].source = Source::Nothing;
    }

    /// The value of a global that does not change.
    pub(crate) fn constant(&self, id: GlobalId) -> Option<i32> {
        let global = &self.globals[id.0 as usize];
        (!global.mutable && global.ty == ValType::I32).then_some(global.value as i32)
    }

    /// Adds a data segment after all others.
    pub(crate) fn data(&mut self, address: i32, bytes: Vec<u8>) {
        self.data.push(Data {
            address,
            bytes: bytes.into(),
        });
    }

    /// The end of the initial memory, in bytes.
    pub(crate) fn memory_end(&self) -> u64 {
        self.minimum * PAGE
    }

    /// Makes the initial memory hold at least `end` bytes.
    pub(crate) fn extend_memory(&mut self, end: u64) {
        self.minimum = self.minimum.max(end.div_ceil(PAGE));
        self.maximum = self.maximum.map(|maximum| maximum.max(self.minimum));
    }

    /// Lets the memory have at most so many bytes, which must not be fewer than it has at first.
    pub(crate) fn limit_memory(&mut self, bytes: u64) {
        self.maximum = Some((bytes / PAGE).max(self.minimum));
    }
}

#[cfg(test)]
mod tests;
