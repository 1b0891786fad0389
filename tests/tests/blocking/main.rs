//! Tasks that block in a call of the host, or in a built-in, which waits for a stream that somebody
//! has to feed. The same component runs as it is and virtualized, and must end alike.

mod built_ins;
mod streams;

use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use streams::{Streams, offer};
use wasi_virt::{DebugLog, Policy, StdioMode};
use wasi_virt_tests::host::{self, Outputs, State};
use wasi_virt_tests::{engine, paths};
use wasmtime::component::{Component, ComponentNamedList, Lift, TypedFunc};
use wasmtime::{Config, Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What the host offers returns once every stream has passed that it was given or gave.
const WORLD: &str = "package test:blocking;
    interface host {
      take: func(data: stream<u8>);
      give: func() -> stream<u8>;
      all: async func();
      count: async func(more: u64) -> u64;
      negative: async func(of: u8) -> s8;
      ratio: async func() -> f32;
      wide: async func(of: tuple<u32, u8>) -> f64;
      text: async func(of: string) -> string;
      at-once: async func(of: u16) -> u16;
    }
    world guest {
      import host;
      import wasi:cli/stdout@0.3.2;
      import wasi:filesystem/preopens@0.3.2;
      import wasi:filesystem/types@0.3.2;
      export run: async func(what: u32) -> u64;
      export hold: async func(what: u32) -> u64;
      export now: func(what: u32) -> u64;
    }";

/// The packages of WASI 0.3, each after those that it needs.
const PACKAGES: [&str; 5] = ["clocks", "filesystem", "random", "sockets", "cli"];

/// Bytes of each stream.
const BYTES: u64 = 300_000;

/// The most that the host moves at once, before it rests for a moment.
const PIECE: usize = 50_000;

/// How long a run may take before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which stream has to pass before the call returns.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// That of a file, to the host.
    Out = 0,
    /// One of the host's, to standard output.
    In = 16,
}

/// The call in which the task blocks.
#[derive(Clone, Copy, Debug)]
enum Call {
    All,
    Count,
    Negative,
    Ratio,
    Wide,
    Text,
    AtOnce,
}

/// `run` and `now` begin to move a stream and block; `hold` returns to its callback instead.
const MODULE: &str = r#"(module
  (import "wasi:filesystem/preopens@0.3.2" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.3.2" "[method]descriptor.open-at"
    (func $open (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.3.2" "[method]descriptor.read-via-stream"
    (func $read (param i32 i64 i32)))
  (import "wasi:cli/stdout@0.3.2" "write-via-stream" (func $print (param i32) (result i32)))
  (import "test:blocking/host" "take" (func $take (param i32)))
  (import "test:blocking/host" "give" (func $give (result i32)))
  (import "test:blocking/host" "all" (func $all))
  (import "test:blocking/host" "count" (func $count (param i64) (result i64)))
  (import "test:blocking/host" "negative" (func $negative (param i32) (result i32)))
  (import "test:blocking/host" "ratio" (func $ratio (result f32)))
  (import "test:blocking/host" "wide" (func $wide (param i32 i32) (result f64)))
  (import "test:blocking/host" "text" (func $text (param i32 i32 i32)))
  (import "test:blocking/host" "at-once" (func $at-once (param i32) (result i32)))
  (import "test:blocking/host" "[async-lower]all" (func $all-async (result i32)))
  (import "$root" "[waitable-set-new]" (func $set (result i32)))
  (import "$root" "[waitable-join]" (func $join (param i32 i32)))
  (import "[export]$root" "[task-return]run" (func $return (param i64)))
  (import "[export]$root" "[task-return]hold" (func $return-held (param i64)))
  (memory (export "memory") 1)
  (data (i32.const 8) "f")
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $place i32)
    (local.set $place (global.get $next))
    (global.set $next
      (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 15)))
        (i32.const -16)))
    (local.get $place))
  (func $begin (param $what i32)
    (if (i32.and (local.get $what) (i32.const 16))
      (then (drop (call $print (call $give))))
      (else
        (call $directories (i32.const 16))
        (call $open (i32.load (i32.load (i32.const 16))) (i32.const 0)
          (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))
        (call $read (i32.load (i32.const 36)) (i64.const 0) (i32.const 64))
        (call $take (i32.load (i32.const 64))))))
  (func $block (param $what i32) (result i64)
    (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 (i32.and (local.get $what) (i32.const 15))))
      (call $all) (return (i64.const 1)))
      (return (call $count (i64.const 7))))
      (return (i64.extend_i32_s (call $negative (i32.const 3)))))
      (return (i64.extend_i32_u (i32.reinterpret_f32 (call $ratio)))))
      (return (i64.reinterpret_f64 (call $wide (i32.const 5) (i32.const 2)))))
      (call $text (i32.const 8) (i32.const 1) (i32.const 80))
      (return (i64.or
        (i64.shl (i64.extend_i32_u (i32.load (i32.const 84))) (i64.const 32))
        (i64.load16_u (i32.load (i32.const 80))))))
    (i64.extend_i32_u (call $at-once (i32.const 65535))))
  (func $go (param $what i32) (result i64)
    (call $begin (local.get $what))
    (call $block (local.get $what)))
  (func (export "now") (param i32) (result i64) (call $go (local.get 0)))
  (func (export "[async-lift]run") (param i32) (result i32)
    (call $return (call $go (local.get 0)))
    (i32.const 0))
  (func (export "[callback][async-lift]run") (param i32 i32 i32) (result i32) unreachable)
  (func (export "[async-lift]hold") (param i32) (result i32)
    (local $set i32)
    (call $begin (local.get 0))
    (local.set $set (call $set))
    (call $join (i32.shr_u (call $all-async) (i32.const 4)) (local.get $set))
    (i32.or (i32.shl (local.get $set) (i32.const 4)) (i32.const 2)))
  (func (export "[callback][async-lift]hold") (param i32 i32 i32) (result i32)
    (if (i32.or (i32.ne (local.get 0) (i32.const 1)) (i32.ne (local.get 2) (i32.const 2)))
      (then unreachable))
    (call $return-held (i64.const 2))
    (i32.const 0)))"#;

/// Another component calls `run`, and cancels that at once: what comes of it.
const CANCELLING_WORLD: &str = "package test:cancelling;
    world guest {
      import run: async func(what: u32) -> u64;
      export cancel: async func(what: u32) -> u32;
    }";

const CANCELLING: &str = r#"(module
  (import "$root" "[async-lower]run" (func $run (param i32 i32) (result i32)))
  (import "$root" "[subtask-cancel]" (func $cancel (param i32) (result i32)))
  (import "[export]$root" "[task-return]cancel" (func $return (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "[async-lift]cancel") (param i32) (result i32)
    (call $return
      (call $cancel (i32.shr_u (call $run (local.get 0) (i32.const 8)) (i32.const 4))))
    (i32.const 0))
  (func (export "[callback][async-lift]cancel") (param i32 i32 i32) (result i32) unreachable))"#;

fn component(world: &str, module: &str) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let path = paths::root().join(format!("wit/p3/{package}.wit"));
        resolve.push_source(package, &fs::read_to_string(path)?)?;
    }
    let package = resolve.push_source("guest", world)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let mut module = wat::parse_str(module)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// The component, as it is and virtualized.
fn both() -> Result<[Vec<u8>; 2]> {
    let component = component(WORLD, MODULE)?;
    let artifact = virtualized(&component, DebugLog::Off)?;
    Ok([component, artifact])
}

/// The component with a file of its own, and with standard output nowhere.
fn virtualized(component: &[u8], debug: DebugLog) -> Result<Vec<u8>> {
    let policy = Policy::default().with(|policy| {
        policy.stdout = StdioMode::Ignore;
        policy.debug = debug;
    });
    engine::virtualize(component, &policy, &[("/d/f", &contents())])
}

fn contents() -> Vec<u8> {
    (0..BYTES).map(|at| (at % 251) as u8).collect()
}

/// An instance of a component, what it wrote, and what the host knows of its streams.
struct Instance {
    store: Store<State>,
    instance: wasmtime::component::Instance,
    outputs: Outputs,
    streams: Arc<Streams>,
}

impl Instance {
    async fn new(component: &[u8]) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.wasm_component_model_more_async_builtins(true);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, component)?;
        let linker = host::generous_async_in(&engine);
        let mut linker = linker.map_err(|error| wasmtime::format_err!("{error:#}"))?;
        let streams = Arc::default();
        offer(&mut linker, &streams)?;
        let folder = paths::root().join("target/blocking");
        fs::create_dir_all(&folder)?;
        let file = tempfile::NamedTempFile::new_in(&folder)?;
        fs::write(file.path(), contents())?;
        file.persist(folder.join("f"))?;
        let (mut store, outputs) = host::planted_in(&engine, "", "", &[("/d".to_string(), folder)])
            .map_err(|error| wasmtime::format_err!("{error:#}"))?;
        let instance = linker.instantiate_async(&mut store, &component).await?;
        Ok(Instance {
            store,
            instance,
            outputs,
            streams,
        })
    }

    fn function<R>(&mut self, name: &str) -> wasmtime::Result<TypedFunc<(u32,), (R,)>>
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        self.instance.get_typed_func(&mut self.store, name)
    }
}

/// Runs something that must come to an end.
fn ending<T>(run: impl Future<Output = wasmtime::Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, run).await });
    let came = ended.context("it does not come to an end")?;
    came.map_err(|error| anyhow!("{error:?}"))
}

/// What a function comes to, and what was written to standard error.
fn run<R>(component: &[u8], name: &str, what: u32) -> Result<(R, String)>
where
    (R,): ComponentNamedList + Lift + Send + Sync + 'static,
{
    ending(async {
        let mut instance = Instance::new(component).await?;
        let function = instance.function::<R>(name)?;
        let (result,) = instance
            .store
            .run_concurrent(async |accessor| function.call_concurrent(accessor, (what,)).await)
            .await??;
        if what & 15 != Call::AtOnce as u32 {
            let passed = instance.streams.passed.load(Ordering::Relaxed);
            wasmtime::ensure!(passed == BYTES, "{passed} bytes have passed");
        }
        Ok((result, instance.outputs.stderr()))
    })
}

#[test]
fn the_streams_go_on_while_a_task_blocks() -> Result<()> {
    let calls = [
        (Call::All, 1),
        (Call::Count, BYTES + 7),
        (Call::Negative, -3_i64 as u64),
        (Call::Ratio, 1.5_f32.to_bits().into()),
        (Call::Wide, 2.5_f64.to_bits()),
        (Call::Text, 7 << 32 | u64::from(u16::from_le_bytes(*b"f3"))),
        (Call::AtOnce, 65535),
    ];
    let both = both()?;
    for (call, expected) in calls {
        for way in [Way::Out, Way::In] {
            for (component, name) in both.iter().zip(["as it is", "virtualized"]) {
                let what = call as u32 | way as u32;
                let came = run::<u64>(component, "run", what);
                let (came, _) = came.with_context(|| format!("{call:?}, {way:?}, {name}"))?;
                ensure!(came == expected, "{call:?}, {way:?}, {name}: {came:#x}");
            }
        }
    }
    Ok(())
}

/// The streams of a task that waits for its callback, which cannot run while another task blocks.
#[test]
fn the_streams_of_other_tasks_go_on_as_well() -> Result<()> {
    for component in both()? {
        for way in [Way::Out, Way::In] {
            let came = ending(async {
                let mut instance = Instance::new(&component).await?;
                let hold = instance.function::<u64>("hold")?;
                let run = instance.function::<u64>("run")?;
                let what = way as u32 | Call::Count as u32;
                instance
                    .store
                    .run_concurrent(async |accessor| {
                        tokio::join!(
                            hold.call_concurrent(accessor, (what,)),
                            run.call_concurrent(accessor, (what,)),
                        )
                    })
                    .await
            })?;
            let held = came.0.map_err(|error| anyhow!("{error:?}"))?;
            let ran = came.1.map_err(|error| anyhow!("{error:?}"))?;
            assert_eq!((held, ran), ((2,), (2 * BYTES + 7,)), "{way:?}");
        }
    }
    Ok(())
}

#[test]
fn a_task_that_must_not_block_traps() -> Result<()> {
    for component in both()? {
        let came = ending(async {
            let mut instance = Instance::new(&component).await?;
            let now = instance.function::<u64>("now")?;
            let store = &mut instance.store;
            let what = |call: Call| (call as u32 | Way::In as u32,);
            let at_once = now.call_async(&mut *store, what(Call::AtOnce)).await?;
            let blocks = now.call_async(store, what(Call::Count)).await;
            Ok((at_once, format!("{:?}", blocks.expect_err("a trap"))))
        })?;
        assert_eq!(came.0, (65535,));
        let why = "cannot block a synchronous task before returning";
        assert!(came.1.contains(why), "{}", came.1);
    }
    Ok(())
}

/// A task cannot be cancelled while it blocks: it goes on, and returns.
#[test]
fn a_task_that_blocks_is_cancelled() -> Result<()> {
    let cancelling = component(CANCELLING_WORLD, CANCELLING)?;
    for component in both()? {
        let composed = engine::plug(&cancelling, &component)?;
        for way in [Way::Out, Way::In] {
            let (came, _) = run::<u32>(&composed, "cancel", way as u32 | Call::All as u32)?;
            let returned = 2;
            assert_eq!(came, returned, "{way:?}");
        }
    }
    Ok(())
}

#[test]
fn the_log_shows_a_call_that_blocks() -> Result<()> {
    let artifact = virtualized(&component(WORLD, MODULE)?, DebugLog::All)?;
    for (call, expected) in [
        (Call::Count, ["count(more: 7)", "300007"]),
        (Call::Negative, ["negative(of: 3)", "-3"]),
        (Call::Text, ["text(of: \"f\")", "\"f300000\""]),
        (Call::AtOnce, ["at-once(of: 65535)", "65535"]),
    ] {
        let [call_line, result] = expected;
        let expected = format!("test:blocking/host#{call_line}\nwasi-virt:   -> {result}\n");
        let (_, log) = run::<u64>(&artifact, "run", call as u32)?;
        // What the adapter moves meanwhile has lines of its own.
        let lines = log.split_inclusive('\n');
        let calls: String = lines
            .filter(|line| !line.starts_with("wasi-virt: adapter"))
            .collect();
        assert!(calls.contains(&expected), "{log}");
    }
    Ok(())
}
