//! Modules of Go (`GOOS=wasip1`) beside the adapter of WASI 0.1. All memory after its data is
//! Go's heap, and only Go may grow it; but the adapter keeps its stack and its state in the
//! same memory. So the module is changed: its data ends two pages later, and the adapter gets
//! those. This module must never change what it does not recognize in full.

use super::extend::{Addition, extended};
use std::collections::BTreeSet;
use std::ops::Range;
use wasm_encoder::{BlockType, Function, MemoryType, ValType};
use wasmparser::{DataKind, Operator, Parser, Payload, TypeRef};

/// As `producers` sections have it.
pub(super) const LANGUAGE: &str = "Go";

/// What a module may export for the adapter to allocate with.
pub(super) const REALLOCS: [&str; 3] = [
    "cabi_realloc_adapter",
    "cabi_realloc",
    "canonical_abi_realloc",
];

const PAGE: u32 = 0x1_0000;

/// The adapter allocates a page for its stack and a page for its state.
const RESERVED: u32 = 2 * PAGE;

/// How `runtime.pcHeader` begins since Go 1.20: a number, padding, and the sizes of an instruction
/// and of a pointer.
const HEADER: u64 = u64::from_le_bytes([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]);

/// `runtime.moduledata` is made of words of 8 bytes. The first is the address of that header. The
/// slices of tables follow; their second and third words are lengths.
const SLICES: [u32; 6] = [1, 4, 7, 10, 13, 16];

/// The words that say where each kind of data begins and ends, in order.
const DATA: Range<u32> = 24..32;

/// The word that says where all data ends.
const END: u32 = 34;

/// The module with room for the adapter; nothing where it is not laid out as Go does it.
pub(super) fn with_room(bytes: &[u8]) -> Option<Vec<u8>> {
    let image = Image::read(bytes).ok()?;
    let memory = image
        .memory
        .filter(|memory| !memory.memory64 && !memory.shared && memory.page_size_log2.is_none())?;
    let (place, end) = image.end(memory.initial.checked_mul(PAGE.into())?)?;
    let first = end.checked_next_multiple_of(PAGE)?;
    let behind = first.checked_add(RESERVED)?;
    let pages = memory.initial.checked_add((RESERVED / PAGE).into())?;
    if memory.maximum.is_some_and(|maximum| maximum < pages) {
        return None;
    }
    let addition = Addition {
        name: REALLOCS[0],
        params: &[ValType::I32; 4],
        results: &[ValType::I32],
        body: &|next| allocate(next, behind),
        global: first,
        memory: MemoryType {
            minimum: pages,
            maximum: memory.maximum,
            memory64: false,
            shared: false,
            page_size_log2: None,
        },
        data: (place, &behind.to_le_bytes()),
    };
    extended(bytes, &addition).ok()?
}

/// Gives a page with each call, from the global's value up to `after`. Another size, or a change
/// of size, is nothing that the adapter asks for.
fn allocate(next: u32, behind: u32) -> Function {
    let (old, old_size, new_size) = (0, 1, 3);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(old).local_get(old_size).i32_or();
    code.local_get(new_size)
        .i32_const(PAGE as i32)
        .i32_ne()
        .i32_or();
    code.global_get(next)
        .i32_const(behind as i32)
        .i32_eq()
        .i32_or();
    code.if_(BlockType::Empty).unreachable().end();
    code.global_get(next);
    code.global_get(next)
        .i32_const(PAGE as i32)
        .i32_add()
        .global_set(next);
    code.end();
    function
}

/// What a module's memory holds when it starts.
#[derive(Default)]
struct Image<'a> {
    /// The one memory.
    memory: Option<wasmparser::MemoryType>,
    /// Runs of bytes, by their addresses. What none has is zero.
    runs: Vec<Run<'a>>,
}

struct Run<'a> {
    address: u32,
    bytes: &'a [u8],
}

impl Run<'_> {
    /// The number in 8 bytes of memory, if no other run has any of them.
    fn word(&self, address: u32) -> u64 {
        let byte = |place: u32| {
            let at = address.checked_add(place)?.checked_sub(self.address)?;
            self.bytes.get(at as usize).copied()
        };
        let bytes = [0, 1, 2, 3, 4, 5, 6, 7].map(|place| byte(place).unwrap_or_default());
        u64::from_le_bytes(bytes)
    }

    /// The address after it.
    fn end(&self) -> u64 {
        u64::from(self.address) + self.bytes.len() as u64
    }
}

impl<'a> Image<'a> {
    fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut image = Image::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import?.ty, TypeRef::Memory(_)) {
                            return Ok(Image::default());
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        image.memory = Some(memory?);
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        let DataKind::Active { offset_expr, .. } = data.kind else {
                            continue;
                        };
                        let offset = offset_expr.get_operators_reader().read()?;
                        let Operator::I32Const { value } = offset else {
                            return Ok(Image::default());
                        };
                        image.runs.push(Run {
                            address: value as u32,
                            bytes: data.data,
                        });
                    }
                }
                _ => {}
            }
        }
        image.runs.sort_by_key(|run| run.address);
        Ok(image)
    }

    /// Where Go keeps the end of its data, and that end, if all that is known fits.
    fn end(&self, memory: u64) -> Option<(u32, u32)> {
        let headers: BTreeSet<u64> = self.find(|word| word == HEADER).collect();
        let tables = self.find(|word| headers.contains(&word));
        let mut found = tables.filter_map(|at| self.end_at(u32::try_from(at).ok()?, memory));
        let end = found.next()?;
        found.next().is_none().then_some(end)
    }

    /// The addresses of words that `is` holds for.
    fn find(&self, is: impl Fn(u64) -> bool) -> impl Iterator<Item = u64> {
        let words = self.runs.iter().flat_map(|run| {
            let addresses = (u64::from(run.address & !7)..run.end()).step_by(8);
            addresses.map(move |at| (at, run.word(at as u32)))
        });
        words.filter(move |(_, word)| is(*word)).map(|(at, _)| at)
    }

    /// The same in the `moduledata` at `at`.
    fn end_at(&self, at: u32, memory: u64) -> Option<(u32, u32)> {
        let word = |number: u32| self.word(at.checked_add(number * 8)?);
        for slice in SLICES {
            if word(slice)? == 0 || word(slice + 1)? != word(slice + 2)? {
                return None;
            }
        }
        let end = word(END)?;
        let mut before = 0;
        for number in DATA {
            let here = word(number)?;
            if here < before || here > end {
                return None;
            }
            before = here;
        }
        let behind = self.runs.last()?.end();
        let fits = 0 < end && behind <= end && end <= memory;
        let end = u32::try_from(end).ok()?;
        fits.then_some((at + END * 8, end))
    }

    /// The number at an address.
    fn word(&self, address: u32) -> Option<u64> {
        let last = address.checked_add(7)?;
        let after = self.runs.partition_point(|run| run.address <= last);
        let run = after.checked_sub(1).map(|at| &self.runs[at]);
        Some(run.map_or(0, |run| run.word(address)))
    }
}

#[cfg(test)]
mod tests;
