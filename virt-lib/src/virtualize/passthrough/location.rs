//! Where a value is, and what is done to the handles and places in it. This module must never know
//! a type.

use wasm_encoder::ValType;

/// What is done to handles, or to places in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Those that the caller gives become the import's.
    In,
    /// Those that the import gives become the component's own.
    Out,
    /// Those that the caller lends, of resources that are not exported, are given back.
    GiveBack,
    /// The places of lists and strings are freed.
    Free,
}

/// A core value that is a parameter or a local.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub local: u32,
    pub ty: ValType,
}

impl Slot {
    pub(super) fn new((local, ty): (u32, &ValType)) -> Self {
        Slot { local, ty: *ty }
    }
}

/// Where a value is.
#[derive(Clone, Copy)]
pub(super) enum Location<'s> {
    /// So many bytes after the address in a local.
    Memory { base: u32, offset: u32 },
    /// In core values, one after the other.
    Flat(&'s [Slot]),
}

impl Location<'_> {
    pub(super) fn behind(self, bytes: u32) -> Self {
        match self {
            Location::Memory { base, offset } => Location::Memory {
                base,
                offset: offset + bytes,
            },
            flat => flat,
        }
    }
}
