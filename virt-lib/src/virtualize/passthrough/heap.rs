//! The core module with the memory of a pass-through whose calls overlap: an area for results of
//! calls that do not, and after it a heap. What is freed is used again for what is as large: sizes
//! are powers of two, each with a list of free places. This module must never know WIT.

use super::code::{BLOCK, Body, at};
use super::memory::{self, END, REALLOC, RESULT};
use wasm_encoder::{Instruction as I, ValType};

/// Its function that frees a place: `(address)`.
pub(super) const FREE: &str = "d";

/// The bytes before a place, which say in the first four how large it is as a power of two.
const HEADER: i32 = 8;

/// The smallest place, with its header, as a power of two.
const SMALLEST: i32 = 4;

/// Where the lists of free places begin, by size: the first lies before [`RESULT`] plus the
/// results.
const LISTS: u32 = 32 * 4;

/// The module, with an area for results of at most so many bytes. The memory has no more than
/// `limit` bytes, but what it has at first.
pub(super) fn module(widest: u32, limit: Option<u64>) -> Vec<u8> {
    let lists = (RESULT + widest).next_multiple_of(8);
    let base = (lists + LISTS).next_multiple_of(16);
    let functions = [
        (REALLOC, realloc()),
        (FREE, free(lists)),
        ("", allocate(lists)),
    ];
    let functions = functions.map(|(name, body)| (name.to_string(), body));
    memory::with_functions(&functions, base, limit)
}

/// The functions of the module, besides `realloc`.
const FREE_INDEX: u32 = 1;
const ALLOCATE_INDEX: u32 = 2;

/// `realloc`: what does not grow stays, else everything moves. What is empty is anywhere.
fn realloc() -> Body {
    let mut body = Body::new(&[ValType::I32; 4], &[ValType::I32]);
    let [old, old_size, align, size] = [0, 1, 2, 3];
    let new = body.local(ValType::I32);
    body.add([
        I::LocalGet(old_size),
        I::I32Eqz,
        I::If(BLOCK),
        I::LocalGet(size),
        I::I32Eqz,
        I::If(BLOCK),
        I::LocalGet(align),
        I::Return,
        I::End,
        I::LocalGet(size),
        I::Call(ALLOCATE_INDEX),
        I::Return,
        I::End,
    ]);
    body.add([
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::I32LeU,
        I::If(BLOCK),
        I::LocalGet(old),
        I::Return,
        I::End,
        I::LocalGet(size),
        I::Call(ALLOCATE_INDEX),
        I::LocalTee(new),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
        I::LocalGet(old),
        I::Call(FREE_INDEX),
        I::LocalGet(new),
    ]);
    body
}

/// Frees a place.
fn free(lists: u32) -> Body {
    let mut body = Body::new(&[ValType::I32], &[]);
    let list = body.local(ValType::I32);
    body.add([
        I::LocalGet(0),
        I::I32Const(HEADER),
        I::I32Sub,
        I::I32Load(at(0)),
        I::I32Const(2),
        I::I32Shl,
        I::LocalSet(list),
        I::LocalGet(0),
        I::LocalGet(list),
        I::I32Load(at(lists)),
        I::I32Store(at(0)),
        I::LocalGet(list),
        I::LocalGet(0),
        I::I32Store(at(lists)),
    ]);
    body
}

/// A place of so many bytes: a free one, or one at the end, for which the host gives memory.
fn allocate(lists: u32) -> Body {
    let mut body = Body::new(&[ValType::I32], &[ValType::I32]);
    let power = body.local(ValType::I32);
    let place = body.local(ValType::I32);
    let end = body.local(ValType::I64);
    // The power of two that has room for it and for the header: a size of 64 bits cannot overflow.
    body.add([
        I::I64Const(64),
        I::LocalGet(0),
        I::I64ExtendI32U,
        I::I64Const(i64::from(HEADER) - 1),
        I::I64Add,
        I::I64Clz,
        I::I64Sub,
        I::I32WrapI64,
        I::LocalTee(power),
        I::I32Const(SMALLEST),
        I::I32LtU,
        I::If(BLOCK),
        I::I32Const(SMALLEST),
        I::LocalSet(power),
        I::End,
        I::LocalGet(power),
        I::I32Const(31),
        I::I32GtU,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
    ]);
    let list = [I::LocalGet(power), I::I32Const(2), I::I32Shl];
    body.add(list.clone());
    body.add([I::I32Load(at(lists)), I::LocalTee(place), I::If(BLOCK)]);
    body.add(list);
    body.add([
        I::LocalGet(place),
        I::I32Load(at(0)),
        I::I32Store(at(lists)),
        I::LocalGet(place),
        I::Return,
        I::End,
    ]);
    body.add([
        I::GlobalGet(END),
        I::I64ExtendI32U,
        I::I64Const(1),
        I::LocalGet(power),
        I::I64ExtendI32U,
        I::I64Shl,
        I::I64Add,
        I::LocalTee(end),
        I::I64Const(1 << 32),
        I::I64GeU,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
    ]);
    memory::grow(&mut body, end);
    body.add([
        I::GlobalGet(END),
        I::LocalTee(place),
        I::LocalGet(power),
        I::I32Store(at(0)),
        I::LocalGet(end),
        I::I32WrapI64,
        I::GlobalSet(END),
        I::LocalGet(place),
        I::I32Const(HEADER),
        I::I32Add,
    ]);
    body
}
