//! Applies the limit of the adapter's memory. This module must never count files: the adapter does.

use crate::error::{Problem, ProblemKind, Result, Setting};
use crate::policy::Size;
use crate::wasm::module::Module;

/// What an adapter has to have beside what it starts with: what it keeps for calls, and something
/// to work with.
const ROOM: u64 = 256 << 10;

/// What the memory of a module can have at the most.
const MOST: u64 = 1 << 32;

/// Lets the memory of a finished module have at most `limit` bytes, rounded down to whole pages.
pub(crate) fn limit_memory(module: &mut Module, limit: Option<Size>) -> Result<()> {
    let Some(limit) = limit else {
        return Ok(());
    };
    let least = module.memory_end() + ROOM;
    if limit.0 < least || limit.0 > MOST {
        let least = Size(least.next_multiple_of(1 << 10));
        return Err(Problem::new(ProblemKind::Value)
            .asked(Setting::key("adapter-memory"))
            .then(format!(
                ": {limit} is out of range; with this policy, give at least {least} and at most {}",
                Size(MOST)
            ))
            .into());
    }
    module.limit_memory(limit.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn memory_has_a_least_and_a_most() {
        let limited = |limit| {
            let mut module = Module::read(wasi_virt_adapter::PLAIN).unwrap();
            limit_memory(&mut module, Some(Size(limit))).map(|()| module.emit().unwrap().bytes)
        };
        let start = Module::read(wasi_virt_adapter::PLAIN).unwrap().memory_end();
        assert!(limited(start + ROOM - 1).is_err());
        assert!(limited(MOST + 1).is_err());
        limited(MOST).unwrap();
        let bytes = limited(start + ROOM + 1).unwrap();
        let memory = wasmparser::Parser::new(0)
            .parse_all(&bytes)
            .find_map(|payload| match payload.unwrap() {
                wasmparser::Payload::MemorySection(section) => section.into_iter().next(),
                _ => None,
            })
            .unwrap()
            .unwrap();
        assert_eq!(memory.maximum, Some((start + ROOM) >> 16));
    }
}
