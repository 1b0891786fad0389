//! The code of a function of the prebuilt module: never translated, only copied with its calls and
//! its indices of globals mended. What may occur in it is a list; an instruction that is not on it
//! might hold an index that nothing mends, and is an error.

use super::FunctionId;
use super::GlobalId;
use super::indices::Indices;
use crate::error::{Error, Result, Stage};
use std::ops::Range;
use wasm_encoder::InstructionSink;
use wasmparser::{BlockType, FunctionBody, Operator};

/// A function's locals and instructions.
pub(super) struct Body<'a> {
    code: FunctionBody<'a>,
}

/// An instruction that mentions a function or a global.
#[derive(Clone, Copy)]
pub(super) enum Mention {
    Call(FunctionId),
    Get(GlobalId),
    Set(GlobalId),
}

/// Where code has such an instruction.
pub(super) struct Site {
    at: Range<usize>,
    pub what: Mention,
}

impl<'a> Body<'a> {
    pub(super) fn new(code: FunctionBody<'a>) -> Self {
        Body { code }
    }

    /// Every mention, in order.
    pub(super) fn sites(&self) -> Result<Vec<Site>> {
        let invalid = |error| Error::internal(Stage::Specialize, error);
        let bytes = self.code.as_bytes();
        let start = self.code.range().start;
        let mut sites = Vec::new();
        let mut operators = self.code.get_operators_reader().map_err(invalid)?;
        while !operators.eof() {
            let at = (operators.original_position() - start) as usize;
            let operator = operators.read().map_err(invalid)?;
            let end = (operators.original_position() - start) as usize;
            let what = match operator {
                Operator::Call { function_index } => Mention::Call(FunctionId(function_index)),
                Operator::GlobalGet { global_index } => Mention::Get(GlobalId(global_index)),
                Operator::GlobalSet { global_index } => Mention::Set(GlobalId(global_index)),
                operator if is_plain(&operator, &bytes[at..]) => continue,
                operator => {
                    return Err(Error::internal(
                        Stage::Specialize,
                        format!(
                            "the adapter's code has an instruction that is not expected: {operator:?}"
                        ),
                    ));
                }
            };
            sites.push(Site { at: at..end, what });
        }
        Ok(sites)
    }

    /// The code with the mentions at `sites` under their new indices.
    pub(super) fn copy(&self, sites: &[Site], indices: &Indices) -> Vec<u8> {
        let bytes = self.code.as_bytes();
        let mut copy = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for site in sites {
            copy.extend_from_slice(&bytes[done..site.at.start]);
            let mut sink = InstructionSink::new(&mut copy);
            match site.what {
                Mention::Call(id) => indices.call(id, &mut sink),
                Mention::Get(id) => {
                    sink.global_get(indices.global(id));
                }
                Mention::Set(id) => {
                    sink.global_set(indices.global(id));
                }
            }
            done = site.at.end;
        }
        copy.extend_from_slice(&bytes[done..]);
        copy
    }
}

/// Whether an instruction, which `bytes` start with, has no index but those of locals and labels.
fn is_plain(operator: &Operator, bytes: &[u8]) -> bool {
    match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
            !matches!(blockty, BlockType::FuncType(_))
        }
        _ => match bytes {
            // Control without calls; parametric; locals.
            [0x00..=0x0f | 0x1a | 0x1b | 0x20..=0x22, ..] => true,
            // Memory, of which there is one; numbers.
            [0x28..=0xc4, ..] => true,
            // Saturating conversions, `memory.copy` and `memory.fill`.
            [0xfc, 0x00..=0x07 | 0x0a | 0x0b, ..] => true,
            _ => false,
        },
    }
}
