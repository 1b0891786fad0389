//! Hostile components whose arrangement is the attack: several memories, memories that are full, a
//! `realloc` or a start function where none belongs, handles that leave through exports.

use super::guest::{Called, engine};
use super::memory::{self, Memory};
use crate::host::{self, State};
use anyhow::{Context, Result, anyhow};
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, Val};

/// A component that runs.
pub struct Part {
    pub store: Store<State>,
    instance: Instance,
    /// The memories, in the order of the instances that have them.
    pub memories: Vec<Arc<Memory>>,
}

impl Part {
    /// Starts it.
    pub fn start(component: &[u8]) -> Result<Part> {
        let failed = |error: wasmtime::Error| anyhow!("{error:?}");
        let component = Component::new(engine(), component).map_err(failed)?;
        let linker = host::generous_in(engine())?;
        let (mut store, _) = host::planted_in(engine(), "", "", &[])?;
        let (instance, memories) = memory::observe(|| linker.instantiate(&mut store, &component));
        Ok(Part {
            instance: instance.map_err(failed)?,
            store,
            memories,
        })
    }

    /// Calls an export that takes and returns these.
    pub fn call(&mut self, name: &str, params: &[Val], results: &mut [Val]) -> Result<Called> {
        let export = self.instance.get_func(&mut self.store, name);
        let called =
            export
                .with_context(|| format!("no `{name}`"))?
                .call(&mut self.store, params, results);
        let called = match called {
            Ok(()) => Called::Returned(0),
            Err(error) => Called::Trapped(Arc::new(error)),
        };
        called.judge()?;
        Ok(called)
    }

    /// The memory of these pages.
    pub fn memory(&self, pages: (u64, u64)) -> Result<Arc<Memory>> {
        let mut memories = self.memories.iter();
        let found = memories.find(|memory| memory.declared == (pages.0, Some(pages.1)));
        Ok(found.context("no such memory")?.clone())
    }
}

/// The pages of the two memories of [`two_memories`].
pub const SMALL: (u64, u64) = (2, 5);
pub const LARGE: (u64, u64) = (4, 6);

/// The imports of components below.
const IMPORTS: &str = r#"
    (import "wasi:random/random@0.2.12" (instance $random
        (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (alias export $random "get-random-bytes" (func $bytes))
    (import "wasi:config/store@0.2.0-rc.1" (instance $config
        (type $e (variant (case "upstream" string) (case "io" string)))
        (export "error" (type $error (eq $e)))
        (export "get" (func (param "key" string)
            (result (result (option string) (error $error)))))))
    (alias export $config "get" (func $get))
"#;

/// A memory with a `realloc`, which returns a chosen address, and calls back what is in its table.
fn memory(name: &str, pages: &str) -> String {
    format!(
        r#"(core module ${name}-module
            (memory (export "memory") {pages})
            (table (export "table") 1 funcref)
            (type $back (func))
            (global $place (mut i32) (i32.const 0))
            (global $calls (mut i32) (i32.const 0))
            (func (export "set") (param i32 i32)
                (global.set $place (local.get 0)) (global.set $calls (local.get 1)))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (if (global.get $calls) (then (call_indirect (type $back) (i32.const 0))))
                (global.get $place)))
        (core instance ${name} (instantiate ${name}-module))
        (alias core export ${name} "memory" (core memory ${name}-memory))
        (alias core export ${name} "realloc" (core func ${name}-realloc))"#
    )
}

/// Two memories with a `realloc` each, and functions that are lowered with one, the other, or the
/// memory of one and the `realloc` of the other. `call(which, length, place)` draws bytes, and
/// `set(which, place, calls)` says what a `realloc` gives, and whether it calls the functions of
/// the other.
pub fn two_memories() -> Result<Vec<u8>> {
    let lower = |name: &str, memory: &str, realloc: &str| {
        format!(
            "(core func ${name} (canon lower (func $bytes) (memory (core memory ${memory}-memory)) \
             (realloc (core func ${realloc}-realloc))))\n"
        )
    };
    let text = format!(
        r#"(component {IMPORTS} {} {} {} {} {}
        (core module $back
            (import "" "f" (func $f (param i64 i32)))
            (import "" "table" (table 1 funcref))
            (func $call (call $f (i64.const 1) (i32.const 256)))
            (elem (i32.const 0) $call))
        (core instance (instantiate $back (with "" (instance
            (export "f" (func $large-bytes)) (export "table" (table $small "table"))))))
        (core instance (instantiate $back (with "" (instance
            (export "f" (func $small-bytes)) (export "table" (table $large "table"))))))
        (core module $main
            (import "" "small" (func $small (param i64 i32)))
            (import "" "large" (func $large (param i64 i32)))
            (import "" "crossed" (func $crossed (param i64 i32)))
            (import "" "set-small" (func $set-small (param i32 i32)))
            (import "" "set-large" (func $set-large (param i32 i32)))
            (func (export "call") (param i32 i64 i32)
                (block (block (block (br_table 0 1 2 (local.get 0)))
                    (call $small (local.get 1) (local.get 2)) return)
                    (call $large (local.get 1) (local.get 2)) return)
                (call $crossed (local.get 1) (local.get 2)))
            (func (export "set") (param i32 i32 i32)
                (if (local.get 0)
                    (then (call $set-large (local.get 1) (local.get 2)))
                    (else (call $set-small (local.get 1) (local.get 2))))))
        (core instance $main (instantiate $main (with "" (instance
            (export "small" (func $small-bytes))
            (export "large" (func $large-bytes))
            (export "crossed" (func $crossed-bytes))
            (export "set-small" (func $small "set"))
            (export "set-large" (func $large "set"))))))
        (func (export "call") (param "which" u32) (param "length" u64) (param "place" u32)
            (canon lift (core func $main "call")))
        (func (export "set") (param "which" u32) (param "place" u32) (param "calls" u32)
            (canon lift (core func $main "set"))))"#,
        memory("small", &format!("{} {}", SMALL.0, SMALL.1)),
        memory("large", &format!("{} {}", LARGE.0, LARGE.1)),
        lower("small-bytes", "small", "small"),
        lower("large-bytes", "large", "large"),
        lower("crossed-bytes", "small", "large"),
    );
    Ok(wat::parse_str(text)?)
}

/// A key of 64 bytes, which is what is copied at once.
pub const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A memory of 4 GiB, where what ends at its end ends at zero. `get(length)` asks for the value of
/// the last so many bytes of [`KEY`], which lie at the end, and gives the value's length and its
/// first bytes; `bytes(length, place)` draws bytes into this place.
pub fn whole_memory() -> Result<Vec<u8>> {
    let text = format!(
        r#"(component {IMPORTS} {}
        (core func $lowered (canon lower (func $get) (memory (core memory $all-memory))
            (realloc (core func $all-realloc))))
        (core func $drawn (canon lower (func $bytes) (memory (core memory $all-memory))
            (realloc (core func $all-realloc))))
        (core module $main
            (import "" "get" (func $get (param i32 i32 i32)))
            (import "" "bytes" (func $bytes (param i64 i32)))
            (import "" "set" (func $set (param i32 i32)))
            (import "" "memory" (memory 65536))
            (data (i32.const {start}) "{KEY}")
            (func (export "get") (param i32) (result i64)
                (call $set (i32.const 0x10000) (i32.const 0))
                (call $get (i32.sub (i32.const 0) (local.get 0)) (local.get 0) (i32.const 0x20000))
                (i64.or
                    (i64.shl (i64.load32_u (i32.const 0x2000c)) (i64.const 32))
                    (i64.load32_u (i32.const 0x10000))))
            (func (export "bytes") (param i64 i32) (result i64)
                (call $set (local.get 1) (i32.const 0))
                (call $bytes (local.get 0) (i32.const 0x20000))
                (i64.load (i32.const 0xfffffff8))))
        (core instance $main (instantiate $main (with "" (instance
            (export "get" (func $lowered)) (export "bytes" (func $drawn))
            (export "set" (func $all "set")) (export "memory" (memory $all "memory"))))))
        (func (export "get") (param "length" u32) (result u64) (canon lift (core func $main "get")))
        (func (export "bytes") (param "length" u64) (param "place" u32) (result u64)
            (canon lift (core func $main "bytes"))))"#,
        memory("all", "65536 65536"),
        start = (1_u64 << 32) - KEY.len() as u64,
    );
    Ok(wat::parse_str(text)?)
}
