//! Futures without a payload that a component hands out. The adapter makes some for operations that
//! go on; to the component they have a payload, so it must not hand out one of those as another.

use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use wasi_virt::{Policy, StdioMode};
use wasi_virt_tests::host::{self, State};
use wasi_virt_tests::{engine, paths};
use wasmtime::component::{Component, FutureReader, Instance, Linker};
use wasmtime::{Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Each function is called with whether the future is one that the guest made itself. Otherwise it
/// is that of a write to standard output that goes on.
const WORLD: &str = "package test:futures;
    interface host {
      take: func(one: future);
      take-all: func(all: list<future>);
    }
    world guest {
      import host;
      import wasi:cli/stdout@0.3.2;
      export pass: func(mine: bool);
      export pass-all: func(mine: bool);
      export give: async func(mine: bool) -> future;
      export give-now: func(mine: bool) -> future;
    }";

/// The functions of the guest that return nothing.
const PASSING: [&str; 2] = ["pass", "pass-all"];

/// Those that return the future.
const GIVING: [&str; 2] = ["give", "give-now"];

const MODULE: &str = r#"(module
    (import "wasi:cli/stdout@0.3.2" "[stream-new-0]write-via-stream" (func $bytes (result i64)))
    (import "wasi:cli/stdout@0.3.2" "[async-lower][stream-write-0]write-via-stream"
      (func $write (param i32 i32 i32) (result i32)))
    (import "wasi:cli/stdout@0.3.2" "write-via-stream" (func $stdout (param i32) (result i32)))
    (import "test:futures/host" "take" (func $take (param i32)))
    (import "test:futures/host" "take-all" (func $take-all (param i32 i32)))
    (import "test:futures/host" "[future-new-0]take" (func $unit (result i64)))
    (import "[export]$root" "[task-return]give" (func $return (param i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func $writable (param $ends i64) (result i32)
      (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
    (func $future (param $own i32) (result i32)
      (local $ends i64)
      (if (local.get $own) (then (return (i32.wrap_i64 (call $unit)))))
      ;; What is written is there before the stream is given away, so that the adapter reads.
      (local.set $ends (call $bytes))
      (if (i32.ne (call $write (call $writable (local.get $ends)) (i32.const 64) (i32.const 8))
            (i32.const -1))
        (then unreachable))
      (call $stdout (i32.wrap_i64 (local.get $ends))))
    (func (export "pass") (param i32)
      (call $take (call $future (local.get 0))))
    (func (export "pass-all") (param i32)
      (i32.store (i32.const 16) (call $future (local.get 0)))
      (call $take-all (i32.const 16) (i32.const 1)))
    (func (export "[async-lift]give") (param i32) (result i32)
      (call $return (call $future (local.get 0)))
      (i32.const 0))
    (func (export "[callback][async-lift]give") (param i32 i32 i32) (result i32) unreachable)
    (func (export "give-now") (param i32) (result i32)
      (call $future (local.get 0))))"#;

/// The packages of WASI 0.3, each after those that it needs.
const PACKAGES: [&str; 5] = ["clocks", "filesystem", "random", "sockets", "cli"];

fn guest() -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let path = paths::root().join(format!("wit/p3/{package}.wit"));
        resolve.push_source(package, &fs::read_to_string(path)?)?;
    }
    let package = resolve.push_source("guest", WORLD)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let mut module = wat::parse_str(MODULE)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// A host that drops what it takes.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    let mut host = linker.instance("test:futures/host")?;
    host.func_wrap("take", |store, (one,): (FutureReader<()>,)| {
        let mut one = one;
        one.close(store)
    })?;
    host.func_wrap("take-all", |mut store, (all,): (Vec<FutureReader<()>>,)| {
        let mut all = all.into_iter();
        all.try_for_each(|mut one| one.close(&mut store))
    })?;
    Ok(linker)
}

/// Calls a function in a new instance: whether it returned.
async fn returns(component: &Component, name: &str, own: bool) -> wasmtime::Result<bool> {
    let engine = component.engine();
    let (mut store, _) = host::planted_in(engine, "", "", &[])
        .map_err(|error| wasmtime::format_err!("{error:#}"))?;
    let instance = linker(engine)?
        .instantiate_async(&mut store, component)
        .await?;
    let called = match GIVING.contains(&name) {
        true => given(&mut store, &instance, name, own).await,
        false => {
            let function = instance.get_typed_func::<(bool,), ()>(&mut store, name)?;
            function.call_async(&mut store, (own,)).await
        }
    };
    Ok(called.is_ok())
}

async fn given(
    store: &mut Store<State>,
    instance: &Instance,
    name: &str,
    own: bool,
) -> wasmtime::Result<()> {
    let function = instance.get_typed_func::<(bool,), (FutureReader<()>,)>(&mut *store, name)?;
    let (mut one,) = function.call_async(&mut *store, (own,)).await?;
    one.close(store)
}

#[tokio::test]
async fn a_future_of_the_adapters_is_not_handed_out_as_one_without_a_payload() -> Result<()> {
    let guest = guest()?;
    let policy = Policy::default().with(|policy| policy.stdout = StdioMode::Ignore);
    let artifact = engine::virtualize(&guest, &policy, &[])?;
    let engine = Engine::default();
    for (what, bytes) in [("on the host", guest), ("virtualized", artifact)] {
        let component = Component::new(&engine, bytes).map_err(|error| anyhow!("{error:?}"))?;
        for name in PASSING.into_iter().chain(GIVING) {
            for own in [true, false] {
                let returned = returns(&component, name, own).await;
                let returned = returned
                    .map_err(|error| anyhow!("{error:?}"))
                    .context(name)?;
                ensure!(
                    returned == own,
                    "{what}, `{name}` of a future of its own ({own}) returned: {returned}"
                );
            }
        }
    }
    Ok(())
}
