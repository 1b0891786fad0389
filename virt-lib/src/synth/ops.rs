//! The few instructions that synthesized code is made of, as a tree, and their translation to walrus.

use walrus::ir::{BinaryOp, ExtendedLoad, InstrSeqId, LoadKind, MemArg, StoreKind, UnaryOp};
use walrus::{FunctionId, GlobalId, InstrSeqBuilder, LocalId, MemoryId};

/// One instruction, or a block of them.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Get(LocalId),
    Set(LocalId),
    Const(i32),
    /// Load of 1, 2 or 4 bytes, zero-extended, at an offset.
    Load(u8, u32),
    /// Store of 1 or 4 bytes at an offset.
    Store(u8, u32),
    Call(FunctionId),
    GlobalGet(GlobalId),
    GlobalSet(GlobalId),
    Add,
    Sub,
    Mul,
    Eq,
    Eqz,
    /// i64 → i32.
    Wrap,
    /// i32 → i64.
    Extend,
    /// `memory.fill` of address, value, length.
    Fill,
    If(Vec<Op>, Vec<Op>),
    /// Repeats while the loop does not leave by [`Op::LeaveIf`].
    Loop(Vec<Op>),
    /// Leaves the innermost [`Op::Loop`] if the top of the stack is not zero.
    LeaveIf,
    Unreachable,
    Return,
}

/// Appends `ops`; `loops` holds the exits of the loops around them.
pub(super) fn emit(body: &mut InstrSeqBuilder, ops: &[Op], loops: &[InstrSeqId], memory: MemoryId) {
    for op in ops {
        match op {
            Op::Get(local) => {
                body.local_get(*local);
            }
            Op::Set(local) => {
                body.local_set(*local);
            }
            Op::Const(value) => {
                body.i32_const(*value);
            }
            Op::Load(width, offset) => {
                body.load(memory, load_kind(*width), at(*offset));
            }
            Op::Store(width, offset) => {
                body.store(memory, store_kind(*width), at(*offset));
            }
            Op::Call(function) => {
                body.call(*function);
            }
            Op::GlobalGet(global) => {
                body.global_get(*global);
            }
            Op::GlobalSet(global) => {
                body.global_set(*global);
            }
            Op::Add => {
                body.binop(BinaryOp::I32Add);
            }
            Op::Sub => {
                body.binop(BinaryOp::I32Sub);
            }
            Op::Mul => {
                body.binop(BinaryOp::I32Mul);
            }
            Op::Eq => {
                body.binop(BinaryOp::I32Eq);
            }
            Op::Eqz => {
                body.unop(UnaryOp::I32Eqz);
            }
            Op::Wrap => {
                body.unop(UnaryOp::I32WrapI64);
            }
            Op::Extend => {
                body.unop(UnaryOp::I64ExtendUI32);
            }
            Op::Fill => {
                body.memory_fill(memory);
            }
            Op::If(then, otherwise) => {
                body.if_else(
                    None,
                    |body| emit(body, then, loops, memory),
                    |body| emit(body, otherwise, loops, memory),
                );
            }
            Op::Loop(inner) => {
                body.block(None, |block| {
                    let exit = block.id();
                    block.loop_(None, |body| {
                        let again = body.id();
                        let mut loops = loops.to_vec();
                        loops.push(exit);
                        emit(body, inner, &loops, memory);
                        body.br(again);
                    });
                });
            }
            Op::LeaveIf => {
                body.br_if(loops[loops.len() - 1]);
            }
            Op::Unreachable => {
                body.unreachable();
            }
            Op::Return => {
                body.return_();
            }
        }
    }
}

/// Alignment 1 is always allowed, whatever the address.
fn at(offset: u32) -> MemArg {
    MemArg {
        align: 1,
        offset: u64::from(offset),
    }
}

fn load_kind(width: u8) -> LoadKind {
    match width {
        1 => LoadKind::I32_8 {
            kind: ExtendedLoad::ZeroExtend,
        },
        2 => LoadKind::I32_16 {
            kind: ExtendedLoad::ZeroExtend,
        },
        _ => LoadKind::I32 { atomic: false },
    }
}

fn store_kind(width: u8) -> StoreKind {
    match width {
        1 => StoreKind::I32_8 { atomic: false },
        _ => StoreKind::I32 { atomic: false },
    }
}
