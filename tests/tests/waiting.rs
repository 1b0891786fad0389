//! Tasks of one component, some of which wait in the host for a file while others call the adapter.

use anyhow::{Context, Result, anyhow};
use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use wasi_virt::{FileMode, Policy, Preopen};
use wasi_virt_tests::host::{self, State};
use wasi_virt_tests::{engine, paths};
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// `wait` asks for what is known of a directory of the host. `look` counts the arguments, and
/// says whether `wait` waits.
const WORLD: &str = "package test:waiting;
    world guest {
      import wasi:cli/environment@0.3.2;
      import wasi:filesystem/preopens@0.3.2;
      import wasi:filesystem/types@0.3.2;
      export wait: async func() -> u32;
      export look: func() -> u32;
    }";

/// The packages of WASI 0.3, each after those that it needs.
const PACKAGES: [&str; 5] = ["clocks", "filesystem", "random", "sockets", "cli"];

/// How `wait` is lifted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lift {
    Callback,
    Stackful,
}

/// Adds 1 for each call of `wait` that waits, and 16 for each argument.
fn module(lift: Lift) -> String {
    let (name, result, code, callback) = match lift {
        Lift::Callback => (
            "[async-lift]wait",
            "(result i32)",
            "(i32.const 0)",
            r#"(func (export "[callback][async-lift]wait") (param i32 i32 i32) (result i32)
                 unreachable)"#,
        ),
        Lift::Stackful => ("[async-lift-stackful]wait", "", "", ""),
    };
    format!(
        r#"(module
        (import "wasi:filesystem/preopens@0.3.2" "get-directories" (func $directories (param i32)))
        (import "wasi:filesystem/types@0.3.2" "[method]descriptor.stat"
          (func $stat (param i32 i32)))
        (import "wasi:cli/environment@0.3.2" "get-arguments" (func $arguments (param i32)))
        (import "[export]$root" "[task-return]wait" (func $return (param i32)))
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 4096))
        (global $waiting (mut i32) (i32.const 0))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (local $place i32)
          (local.set $place (global.get $next))
          (global.set $next
            (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 15)))
              (i32.const -16)))
          (local.get $place))
        (func (export "{name}") {result}
          (call $directories (i32.const 16))
          (global.set $waiting (i32.add (global.get $waiting) (i32.const 1)))
          (call $stat (i32.load (i32.load (i32.const 16))) (i32.const 64))
          (global.set $waiting (i32.sub (global.get $waiting) (i32.const 1)))
          (call $return (i32.load8_u (i32.const 64)))
          {code})
        {callback}
        (func (export "look") (result i32)
          (call $arguments (i32.const 32))
          (i32.add (global.get $waiting) (i32.mul (i32.const 16) (i32.load (i32.const 36))))))"#
    )
}

/// The guest, with a directory of the host's that it may only read, and two arguments.
fn artifact(lift: Lift) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let path = paths::root().join(format!("wit/p3/{package}.wit"));
        resolve.push_source(package, &fs::read_to_string(path)?)?;
    }
    let package = resolve.push_source("guest", WORLD)?;
    let world = resolve.select_world(&[package], None)?;
    let mut module = wat::parse_str(module(lift))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    let component = ComponentEncoder::default().module(&module)?.encode()?;
    let policy = Policy::default().with(|policy| {
        policy.args = vec!["a".into(), "b".into()];
        policy.preopens = vec![Preopen::new("/d", "/planted").mode(FileMode::Ro)];
    });
    let output = wasi_virt::virtualize(&component, &policy, &[])?;
    engine::assemble(&output, &component, &[])
}

/// An instance, and its functions.
struct Instance {
    store: Store<State>,
    wait: TypedFunc<(), (u32,)>,
    look: TypedFunc<(), (u32,)>,
}

impl Instance {
    async fn new(lift: Lift) -> wasmtime::Result<Instance> {
        let artifact = artifact(lift).map_err(|error| wasmtime::format_err!("{error:#}"))?;
        let mut config = Config::new();
        config.wasm_component_model_async_stackful(lift == Lift::Stackful);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, artifact)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        let preopens = [("/planted".to_string(), paths::root().join("tests/src"))];
        let (mut store, _) = host::planted_in(&engine, "", "", &preopens)
            .map_err(|error| wasmtime::format_err!("{error:#}"))?;
        let instance = linker.instantiate_async(&mut store, &component).await?;
        Ok(Instance {
            wait: instance.get_typed_func(&mut store, "wait")?,
            look: instance.get_typed_func(&mut store, "look")?,
            store,
        })
    }
}

/// Runs with one thread for what blocks, which is taken until something is received: the host
/// answers nothing about files before.
fn blocked<T>(until: Receiver<()>, run: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()?;
    runtime.block_on(async {
        let taken = tokio::task::spawn_blocking(move || until.recv());
        let came = run.await;
        // Where nothing was sent, the run says why.
        let _ = taken.await.context("the thread")?;
        Ok(came)
    })
}

#[test]
fn a_call_passes_while_another_waits_in_the_host() -> Result<()> {
    let (go_on, until) = channel();
    let run = async move {
        let Instance {
            mut store,
            wait,
            look,
        } = Instance::new(Lift::Callback).await?;
        let seen = store
            .run_concurrent(async |accessor| {
                let look = async {
                    let seen = look.call_concurrent(accessor, ()).await;
                    let _ = go_on.send(());
                    seen
                };
                tokio::join!(wait.call_concurrent(accessor, ()), look)
            })
            .await?;
        Ok::<_, wasmtime::Error>((seen.0?, seen.1?))
    };
    let seen = blocked(until, run)?.map_err(|error| anyhow!("{error:?}"))?;
    assert_eq!(seen, ((0,), (2 * 16 + 1,)));
    Ok(())
}

#[test]
fn of_two_calls_that_wait_the_first_cannot_end_first() -> Result<()> {
    let (go_on, until) = channel();
    let run = async move {
        let Instance {
            mut store,
            wait,
            look,
        } = Instance::new(Lift::Stackful).await?;
        let seen = store
            .run_concurrent(async |accessor| {
                let go_on = async {
                    let mut seen = Ok((0,));
                    while seen.as_ref().is_ok_and(|seen| *seen != (2 * 16 + 2,)) {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        seen = look.call_concurrent(accessor, ()).await;
                    }
                    let _ = go_on.send(());
                    seen
                };
                let (first, second, looked) = tokio::join!(
                    wait.call_concurrent(accessor, ()),
                    wait.call_concurrent(accessor, ()),
                    go_on
                );
                looked.and(first).and(second)
            })
            .await?;
        seen.map(|_| ())
    };
    let error = blocked(until, run)?.expect_err("a trap");
    let error = format!("{error:?}");
    assert!(
        error.contains("a call that waits in the host cannot end before a later one"),
        "{error}"
    );
    Ok(())
}
