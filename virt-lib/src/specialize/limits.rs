//! Limits of what an artifact may store: which of a policy's have nothing to limit, and the one of memory. How files are
//! counted is the adapter's affair.

use crate::error::{Error, Result};
use crate::policy::{FileMode, Policy, Size};
use crate::wasm::module::Module;

/// What an adapter has to have beside what it starts with: what it keeps for calls, and something to work with.
const ROOM: u64 = 256 << 10;

/// What the memory of a module can have at the most.
const MOST: u64 = 1 << 32;

/// Adds a line to `problems` for every limit that has nothing to limit.
pub(crate) fn check(policy: &Policy, problems: &mut Vec<String>) {
    for mount in &policy.mounts {
        if mount.mode == FileMode::Ro && (mount.size.is_some() || mount.inodes.is_some()) {
            problems.push(format!(
                "the mount at `{}` has a limit of what may be written, and cannot be written to; give it the mode `rw`, or \
                 leave the limit out",
                mount.guest.escape_debug()
            ));
        }
    }
    let writable = policy.mounts.iter().any(|mount| mount.mode == FileMode::Rw);
    let together = [
        ("--write-size", policy.write_size.is_some()),
        ("--write-inodes", policy.write_inodes.is_some()),
    ];
    for (flag, given) in together {
        if given && !writable && policy.tmpfs.is_empty() {
            problems.push(format!(
                "`{flag}` has an effect only with `--mount …:rw` or `--tmpfs`; add one, or leave it out"
            ));
        }
    }
}

/// Refuses a limit of the adapter's memory where there is no adapter.
pub(crate) fn check_without_adapter(policy: &Policy) -> Result<()> {
    match policy.adapter_memory {
        Some(_) => Err(Error::invalid(
            "`--adapter-memory` can have no effect: nothing is virtualized, so that there is no adapter; leave it out",
        )),
        None => Ok(()),
    }
}

/// Lets the memory of a finished module have at most `limit` bytes, rounded down to whole pages.
pub(crate) fn limit_memory(module: &mut Module, limit: Option<Size>) -> Result<()> {
    let Some(limit) = limit else {
        return Ok(());
    };
    let least = module.memory_end() + ROOM;
    if limit.0 < least || limit.0 > MOST {
        let least = Size(least.next_multiple_of(1 << 10));
        return Err(Error::invalid(format!(
            "`--adapter-memory {limit}`: with this policy the adapter needs {least} at the least, and a memory has {} at the \
             most; give a number between them",
            Size(MOST)
        )));
    }
    module.limit_memory(limit.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Mount, Tmpfs};
    use crate::testing::test;

    fn problems(policy: &Policy) -> Vec<String> {
        let mut problems = Vec::new();
        check(policy, &mut problems);
        problems
    }

    #[test]
    fn limits_need_something_to_limit() {
        let mut policy = Policy {
            mounts: vec![Mount::new("/a", "a").inodes(Some(1))],
            write_size: Some(Size(1)),
            write_inodes: Some(1),
            ..Policy::default()
        };
        let found = problems(&policy);
        assert_eq!(found.len(), 3, "{found:?}");
        for (line, name) in found.iter().zip(["`/a`", "--write-size", "--write-inodes"]) {
            assert!(line.contains(name), "{line}");
        }
        policy.mounts[0].mode = FileMode::Rw;
        assert!(problems(&policy).is_empty());
        policy.mounts.clear();
        policy.tmpfs.push(Tmpfs::new("/t"));
        assert!(problems(&policy).is_empty());
    }

    #[test]
    fn memory_has_a_least_and_a_most() {
        let limited = |limit| {
            let mut module = Module::read(wasi_virt_adapter::P2).unwrap();
            limit_memory(&mut module, Some(Size(limit))).map(|()| module.emit().unwrap().bytes)
        };
        let start = Module::read(wasi_virt_adapter::P2).unwrap().memory_end();
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
