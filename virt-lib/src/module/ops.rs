//! The few instructions that added code is made of, as a tree, and their binary form.

use super::emit::Indices;
use super::{DataId, FunctionId, GlobalId, Local, SignatureId};
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, MemArgTarget, ValType};

/// One instruction, or a block of them.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Get(Local),
    Set(Local),
    Const(i32),
    /// Load of 1, 2 or 4 bytes, zero-extended, or of the 8 of an i64, at an offset.
    Load(u8, u32),
    /// Store of 1 or 4 bytes at an offset.
    Store(u8, u32),
    Call(FunctionId),
    /// The place in the table of a reserved slot.
    Slot(u32),
    /// Calls what is at the place in the table that lies on the stack.
    CallTable(SignatureId),
    GlobalGet(GlobalId),
    GlobalSet(GlobalId),
    Add,
    Sub,
    Mul,
    Eq,
    Eqz,
    And,
    /// f32 → i32 of the same bits.
    Bits,
    /// f64 → i64 of the same bits.
    Bits64,
    /// i64 → i32.
    Wrap,
    /// i32 → i64.
    Extend,
    /// `memory.fill` of address, value, length.
    Fill,
    /// `memory.init` of address, offset, length.
    Init(DataId),
    If(Vec<Op>, Vec<Op>),
    /// Repeats while the loop does not leave by [`Op::LeaveIf`].
    Loop(Vec<Op>),
    /// Leaves the innermost [`Op::Loop`] if the top of the stack is not zero.
    LeaveIf,
    Unreachable,
    Return,
}

/// The code of a function: its arguments, and what it does with them.
#[derive(Debug)]
pub(crate) struct Code {
    pub args: Vec<Local>,
    pub ops: Vec<Op>,
}

impl Code {
    /// Calls `visit` with every operation, also those in blocks.
    pub(super) fn visit(&self, visit: &mut impl FnMut(&Op)) {
        walk(&self.ops, visit);
    }

    /// The code in binary form.
    pub(super) fn encode(&self, indices: &Indices) -> Function {
        let mut others = Vec::new();
        self.visit(&mut |op| {
            if let Op::Get(local) | Op::Set(local) = op
                && !self.args.contains(local)
                && !others.contains(local)
            {
                others.push(*local);
            }
        });
        // Locals of one type in a row take two bytes together.
        others.sort_by_key(|local| local.ty != ValType::I32);
        let mut function = Function::new_with_locals_types(others.iter().map(|local| local.ty));
        let locals = [self.args.as_slice(), &others].concat();
        let mut encoder = Encoder {
            locals: &locals,
            indices,
            sink: function.instructions(),
        };
        encoder.ops(&self.ops, 0);
        encoder.sink.end();
        function
    }
}

fn walk(ops: &[Op], visit: &mut impl FnMut(&Op)) {
    for op in ops {
        visit(op);
        match op {
            Op::If(then, otherwise) => {
                walk(then, visit);
                walk(otherwise, visit);
            }
            Op::Loop(inner) => walk(inner, visit),
            _ => {}
        }
    }
}

struct Encoder<'a> {
    /// In the order of their indices.
    locals: &'a [Local],
    indices: &'a Indices,
    sink: InstructionSink<'a>,
}

impl Encoder<'_> {
    fn local(&self, local: Local) -> u32 {
        let position = self.locals.iter().position(|this| *this == local);
        position.unwrap_or_default() as u32
    }

    /// Appends `ops`; `exit` is how many blocks lie between them and the exit of the innermost loop.
    fn ops(&mut self, ops: &[Op], exit: u32) {
        for op in ops {
            match op {
                Op::Get(local) => {
                    let index = self.local(*local);
                    self.sink.local_get(index);
                }
                Op::Set(local) => {
                    let index = self.local(*local);
                    self.sink.local_set(index);
                }
                Op::If(then, otherwise) => {
                    self.sink.if_(BlockType::Empty);
                    self.ops(then, exit + 1);
                    if !otherwise.is_empty() {
                        self.sink.else_();
                        self.ops(otherwise, exit + 1);
                    }
                    self.sink.end();
                }
                Op::Loop(inner) => {
                    self.sink.block(BlockType::Empty);
                    self.sink.loop_(BlockType::Empty);
                    self.ops(inner, 1);
                    self.sink.br(0).end().end();
                }
                op => self.plain(op, exit),
            }
        }
    }

    fn plain(&mut self, op: &Op, exit: u32) {
        let sink = &mut self.sink;
        match op {
            Op::Const(value) => sink.i32_const(*value),
            Op::Load(1, offset) => sink.i32_load8_u(at(*offset)),
            Op::Load(2, offset) => sink.i32_load16_u(at(*offset)),
            Op::Load(8, offset) => sink.i64_load(at(*offset)),
            Op::Load(_, offset) => sink.i32_load(at(*offset)),
            Op::Store(1, offset) => sink.i32_store8(at(*offset)),
            Op::Store(_, offset) => sink.i32_store(at(*offset)),
            Op::Call(function) => {
                self.indices.call(*function, sink);
                sink
            }
            Op::Slot(slot) => sink.i32_const(self.indices.slot(*slot)),
            Op::CallTable(signature) => sink.call_indirect(0, self.indices.ty(*signature)),
            Op::GlobalGet(global) => sink.global_get(self.indices.global(*global)),
            Op::GlobalSet(global) => sink.global_set(self.indices.global(*global)),
            Op::Add => sink.i32_add(),
            Op::Sub => sink.i32_sub(),
            Op::Mul => sink.i32_mul(),
            Op::Eq => sink.i32_eq(),
            Op::Eqz => sink.i32_eqz(),
            Op::And => sink.i32_and(),
            Op::Bits => sink.i32_reinterpret_f32(),
            Op::Bits64 => sink.i64_reinterpret_f64(),
            Op::Wrap => sink.i32_wrap_i64(),
            Op::Extend => sink.i64_extend_i32_u(),
            Op::Fill => sink.memory_fill(0),
            Op::Init(data) => sink.memory_init(0, data.0),
            Op::LeaveIf => sink.br_if(exit),
            Op::Return => sink.return_(),
            Op::Unreachable => sink.unreachable(),
            Op::Get(_) | Op::Set(_) | Op::If(..) | Op::Loop(_) => sink,
        };
    }
}

/// Alignment 1 is always allowed, whatever the address.
fn at(offset: u32) -> MemArg {
    MemArg {
        align: 0,
        offset: u64::from(offset),
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}
