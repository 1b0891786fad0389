//! The code of one function of the core module. This module must never know what it is for.

use wasm_encoder::{BlockType, Function, Instruction, MemArg, MemArgTarget, ValType};

/// A function that is called or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    /// By its place among the imports.
    Imported(u32),
    /// By its place after them.
    Defined(u32),
}

impl Callee {
    /// Its index in a module with so many imports.
    pub(super) fn index(self, imported: u32) -> u32 {
        match self {
            Callee::Imported(index) => index,
            Callee::Defined(index) => imported + index,
        }
    }
}

/// One instruction.
enum Op {
    Do(Instruction<'static>),
    Call(Callee),
}

/// A function: its type, and what it does.
pub(super) struct Body {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    locals: Vec<ValType>,
    ops: Vec<Op>,
}

impl Body {
    pub(super) fn new(params: &[ValType], results: &[ValType]) -> Self {
        Body {
            params: params.to_vec(),
            results: results.to_vec(),
            locals: Vec::new(),
            ops: Vec::new(),
        }
    }

    /// A new local variable.
    pub(super) fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        (self.params.len() + self.locals.len()) as u32 - 1
    }

    pub(super) fn add<const N: usize>(&mut self, instructions: [Instruction<'static>; N]) {
        self.ops.extend(instructions.map(Op::Do));
    }

    pub(super) fn call(&mut self, function: Callee) {
        self.ops.push(Op::Call(function));
    }

    /// Adds what `head` does, then `inner`, then `tail`; nothing where `inner` does nothing.
    pub(super) fn around<T, E>(
        &mut self,
        head: impl FnOnce(&mut Self) -> T,
        inner: impl FnOnce(&mut Self, &T) -> Result<(), E>,
        tail: impl FnOnce(&mut Self, T),
    ) -> Result<(), E> {
        let before = (self.ops.len(), self.locals.len());
        let head = head(self);
        let empty = self.ops.len();
        inner(self, &head)?;
        match self.ops.len() == empty {
            true => {
                self.ops.truncate(before.0);
                self.locals.truncate(before.1);
            }
            false => tail(self, head),
        }
        Ok(())
    }

    /// How many instructions there are so far.
    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// Its binary form in a module with so many imports.
    pub(super) fn encode(&self, imported: u32) -> Function {
        let mut function = Function::new_with_locals_types(self.locals.iter().copied());
        for op in &self.ops {
            match op {
                Op::Do(instruction) => function.instruction(instruction),
                Op::Call(callee) => {
                    function.instruction(&Instruction::Call(callee.index(imported)))
                }
            };
        }
        function.instruction(&Instruction::End);
        function
    }
}

/// A block without parameters and results.
pub(super) const BLOCK: BlockType = BlockType::Empty;

/// What lies `offset` bytes after an address. Alignment 1 is always right.
pub(super) fn at(offset: u32) -> MemArg {
    MemArg {
        align: 0,
        offset: u64::from(offset),
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}
