//! The memory of the core module: an area for results, and behind it what arguments and results
//! need while a call runs. WASI 0.2 never enters a component twice, so that everything behind the
//! area is free again when a call is over. This module must never know WIT.

use super::code::{BLOCK, Body};
use wasm_encoder::{Instruction as I, ValType};

/// Where results lie; behind an address that nobody takes for none.
pub(super) const RESULT: u32 = 16;

/// The end of what is in use.
const END: u32 = 0;
/// Not zero while a resource is dropped without its destructor.
pub(super) const KEEP: u32 = 1;

/// The size of a page, as a shift.
const PAGE: i64 = 16;

/// The first values of the globals.
pub(super) fn globals(base: u32) -> [i32; 2] {
    [base as i32, 0]
}

/// The pages that a memory has to have at first.
pub(super) fn first_pages(base: u32) -> u64 {
    (u64::from(base) >> PAGE) + 1
}

/// `cabi_realloc`: takes more from the end, and memory from the host where that is not enough.
pub(super) fn realloc() -> Body {
    let mut body = Body::new(&[ValType::I32; 4], &[ValType::I32]);
    let [old, old_size, align, size] = [0, 1, 2, 3];
    let start = body.local(ValType::I32);
    let end = body.local(ValType::I64);
    // What does not grow stays, and what is empty is anywhere.
    body.add([
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::I32LeU,
        I::If(BLOCK),
        I::LocalGet(old),
        I::Return,
        I::End,
    ]);
    // An address of 64 bits cannot overflow.
    body.add([
        I::GlobalGet(END),
        I::I64ExtendI32U,
        I::LocalGet(align),
        I::I64ExtendI32U,
        I::I64Add,
        I::I64Const(1),
        I::I64Sub,
        I::I64Const(0),
        I::LocalGet(align),
        I::I64ExtendI32U,
        I::I64Sub,
        I::I64And,
        I::LocalTee(end),
        I::I32WrapI64,
        I::LocalSet(start),
        I::LocalGet(end),
        I::LocalGet(size),
        I::I64ExtendI32U,
        I::I64Add,
        I::LocalTee(end),
        I::I64Const(1 << 32),
        I::I64GeU,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
    ]);
    body.add([
        I::LocalGet(end),
        I::MemorySize(0),
        I::I64ExtendI32U,
        I::I64Const(PAGE),
        I::I64Shl,
        I::I64GtU,
        I::If(BLOCK),
        I::LocalGet(end),
        I::I64Const((1 << PAGE) - 1),
        I::I64Add,
        I::I64Const(PAGE),
        I::I64ShrU,
        I::I32WrapI64,
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
        I::End,
    ]);
    body.add([
        I::LocalGet(end),
        I::I32WrapI64,
        I::GlobalSet(END),
        I::LocalGet(start),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
        I::LocalGet(start),
    ]);
    body
}

/// What follows a call, with its results as parameters: everything is free again.
pub(super) fn release(params: &[ValType], base: u32) -> Body {
    let mut body = Body::new(params, &[]);
    body.add([I::I32Const(base as i32), I::GlobalSet(END)]);
    body
}
