//! A core module that can be edited: the prebuilt adapter's, with functions and data added and everything
//! unreachable left out when it is written. It holds exactly what the adapter's module consists of (one 32-bit
//! memory, no tables, constant offsets); reading anything else is an error, so that nothing is lost in silence. This
//! module must never know what the adapter is for.

mod body;
mod emit;
mod live;
mod ops;
mod read;

pub(crate) use emit::{Emitted, Import, MEMORY, TABLE};
pub(crate) use ops::{Code, Op};

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

/// A data segment of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataId(u32);

/// A local variable of an added function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    id: u32,
    pub ty: ValType,
}

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
    Import { module: String, name: String },
    Prebuilt(Body<'a>),
    Added(Code),
}

struct Function<'a> {
    /// Index into [`Module::signatures`].
    signature: usize,
    /// Written to the name section.
    name: Option<String>,
    source: Source<'a>,
}

struct Global {
    ty: ValType,
    mutable: bool,
    /// Initial value; of 32 bits for an `i32`.
    value: i64,
}

struct Data<'a> {
    /// Where it goes in memory; a passive segment goes nowhere by itself.
    address: Option<i32>,
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
    locals: u32,
    /// Places in the table behind those of the imports.
    slots: u32,
    /// The exports, by name.
    pub exports: BTreeMap<String, Item>,
}

impl<'a> Module<'a> {
    /// The function exported as `name`.
    pub(crate) fn exported(&self, name: &str) -> Option<FunctionId> {
        match self.exports.get(name) {
            Some(Item::Function(id)) => Some(*id),
            _ => None,
        }
    }

    /// The function imported from `module` as `name`.
    pub(crate) fn imported(&self, module: &str, name: &str) -> Option<FunctionId> {
        self.imports()
            .find(|(_, from, this)| *from == module && *this == name)
            .map(|(id, ..)| id)
    }

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

    /// Calls `rename` with the module that each import is from, to be given another.
    pub(crate) fn rename_imports(&mut self, rename: impl Fn(&str) -> Option<String>) {
        for function in &mut self.functions {
            if let Source::Import { module, .. } = &mut function.source
                && let Some(other) = rename(module)
            {
                *module = other;
            }
        }
    }

    /// Adds an import.
    pub(crate) fn import(
        &mut self,
        (module, name): (String, String),
        signature: Signature,
    ) -> FunctionId {
        self.add(signature, None, Source::Import { module, name })
    }

    /// The id of a type of functions.
    pub(crate) fn signature(&mut self, signature: Signature) -> SignatureId {
        let known = self.signatures.iter().position(|known| *known == signature);
        SignatureId(known.unwrap_or_else(|| {
            self.signatures.push(signature);
            self.signatures.len() - 1
        }))
    }

    /// Reserves places in the table, behind those of the imports, for somebody else to fill.
    pub(crate) fn reserve(&mut self, slots: u32) {
        self.slots = slots;
    }

    /// A new local variable for the code of one function.
    pub(crate) fn local(&mut self, ty: ValType) -> Local {
        self.locals += 1;
        Local {
            id: self.locals - 1,
            ty,
        }
    }

    /// Adds a function; `name` is what backtraces show.
    pub(crate) fn function(
        &mut self,
        name: Option<String>,
        results: &[ValType],
        code: Code,
    ) -> FunctionId {
        let signature = Signature {
            params: code.args.iter().map(|arg| arg.ty).collect(),
            results: results.to_vec(),
        };
        self.add(signature, name, Source::Added(code))
    }

    /// Gives a function other code, with the arguments as locals.
    pub(crate) fn replace(&mut self, id: FunctionId, code: impl FnOnce(&[Local]) -> Vec<Op>) {
        let signature = self.functions[id.0 as usize].signature;
        let params = self.signatures[signature].params.clone();
        let args: Vec<Local> = params.into_iter().map(|ty| self.local(ty)).collect();
        let ops = code(&args);
        self.functions[id.0 as usize].source = Source::Added(Code { args, ops });
    }

    /// Adds a mutable global of type `i32` that starts as zero.
    pub(crate) fn global(&mut self) -> GlobalId {
        self.globals.push(Global {
            ty: ValType::I32,
            mutable: true,
            value: 0,
        });
        GlobalId(self.globals.len() as u32 - 1)
    }

    /// The value of a global that does not change.
    pub(crate) fn constant(&self, id: GlobalId) -> Option<i32> {
        let global = &self.globals[id.0 as usize];
        (!global.mutable && global.ty == ValType::I32).then_some(global.value as i32)
    }

    /// Adds a data segment behind all others: at an address, or passive.
    pub(crate) fn data(&mut self, address: Option<i32>, bytes: Vec<u8>) -> DataId {
        self.data.push(Data {
            address,
            bytes: bytes.into(),
        });
        DataId(self.data.len() as u32 - 1)
    }

    /// Gives a data segment its address and contents.
    pub(crate) fn fill(&mut self, data: DataId, address: i32, bytes: Vec<u8>) {
        self.data[data.0 as usize] = Data {
            address: Some(address),
            bytes: bytes.into(),
        };
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

    fn add(
        &mut self,
        signature: Signature,
        name: Option<String>,
        source: Source<'a>,
    ) -> FunctionId {
        let SignatureId(signature) = self.signature(signature);
        self.functions.push(Function {
            signature,
            name,
            source,
        });
        FunctionId(self.functions.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests;
