//! What a function of the glue is and does. This module must never write code.

use super::{Async, Stream, Waiting, ends};
use crate::plan::layout::Operand;
use crate::plan::refuse::Answer;
use crate::plan::streams::Handed;
use wasm_encoder::ValType;

/// A function of the glue.
#[derive(Clone, Debug)]
pub(crate) struct Glued {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub does: Does,
    /// Readable ends that are made real before the host is called, and the number of their memory.
    pub ends: Option<(Handed, u32)>,
    /// How the host is called, where that may wait.
    pub waits: Option<Waiting>,
    /// The number of the import that it is of, where the adapter calls the host by several
    /// releases.
    pub caller: Option<u32>,
    /// What a backtrace shows where the function traps.
    pub label: String,
}

impl Glued {
    /// The locals that it needs beside its parameters, and beside those for a call that waits.
    pub(super) fn own_locals(&self) -> Vec<ValType> {
        let mut locals = self.does.locals();
        if let Some((handed, _)) = &self.ends {
            locals.extend(vec![ValType::I32; ends::scratch(handed) as usize]);
        }
        locals
    }
}

/// What a function of the glue does. `host` is a number among the host's functions that the glue is
/// given, `memory` one among the memories, `export` the name of an export of the adapter.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Calls the adapter.
    Adapter {
        export: String,
        context: u32,
        lowered: Option<Async>,
    },
    /// Calls the adapter where one of the arguments `handles` is virtual, else the host. Before
    /// that, traps where one of `descriptors` is a handle that the adapter keeps to itself.
    /// `memory` is where those lie that are passed in memory.
    Either {
        export: String,
        context: u32,
        host: u32,
        handles: Vec<Operand>,
        hidden: Option<Hidden>,
        lowered: Option<Async>,
        memory: u32,
    },
    /// Calls the host with the handle that the adapter's check returns, or returns what the check
    /// has written.
    Checked {
        export: String,
        context: u32,
        host: u32,
        lowered: Option<Async>,
    },
    /// Calls the adapter, which calls the host, as for a function that is lowered with `async`.
    Begun { export: String, context: u32 },
    /// Calls the adapter where one handle of a list is virtual, else the host.
    Poll {
        export: String,
        context: u32,
        host: u32,
        memory: u32,
    },
    /// Answers, or traps by name, where one of the arguments `handles` is virtual, else calls the
    /// host.
    Guarded {
        host: u32,
        handles: Vec<Operand>,
        hidden: Option<Hidden>,
        answer: Option<Answer>,
        memory: u32,
    },
    /// Answers by itself. `drops` has the number of the host's function that drops
    /// each handle of the answer's, where there is one.
    Answer {
        answer: Answer,
        memory: Option<u32>,
        drops: Vec<Option<u32>>,
        hidden: Option<Hidden>,
    },
    /// Drops a hollow handle, this number, and traps for any other.
    DropHollow(u32),
    /// Takes the place of a canonical built-in.
    Stream(Stream),
    /// Traps.
    Trap,
}

/// The check for handles that the adapter keeps to itself.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    /// The export of the adapter that knows them.
    pub export: String,
    /// The arguments that may be such handles.
    pub descriptors: Vec<Operand>,
}

impl Does {
    /// The locals beside the parameters.
    pub(super) fn locals(&self) -> Vec<ValType> {
        match self {
            Does::Poll { .. } => vec![ValType::I32; 2],
            Does::Adapter { lowered, .. }
            | Does::Checked { lowered, .. }
            | Does::Either { lowered, .. } => lowered.as_ref().map_or_else(Vec::new, Async::locals),
            Does::Stream(stream) => stream.locals(),
            _ => vec![],
        }
    }
}
