//! wasmtime as a host of WASI 0.3, as `wasmtime run` sets it up.

use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::sync::OnceLock;
use tokio::runtime::Runtime;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, ResourceLimiter, Store};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::p3::bindings::Command;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// What came of a run.
pub struct Ran {
    /// Nanoseconds per operation, as the component prints them.
    pub time: f64,
    /// Bytes of all memories of the component.
    pub memory: usize,
}

/// Counts the bytes of memories.
struct Memory(usize);

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.0 += desired - current;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    memory: Memory,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// The most that standard input has.
const INPUT: usize = 64 << 20;

fn input(len: usize) -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    &BYTES.get_or_init(|| vec![7; INPUT])[..len]
}

/// Runs a component whose `/bench` is a host folder. Standard input has `len` bytes, and standard
/// output goes nowhere.
///
/// # Errors
///
/// When the component fails.
pub fn run(
    engine: &Engine,
    component: &Component,
    args: &[impl AsRef<str>],
    preopen: Option<&Path>,
    len: usize,
) -> Result<Ran> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("threads can be started"));
    let stderr = MemoryOutputPipe::new(4096);
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(args)
        .stdin(MemoryInputPipe::new(input(len)))
        .stderr(stderr.clone())
        .allow_blocking_current_thread(true);
    if let Some(folder) = preopen {
        wasi.preopened_dir(folder, "/bench", FsPerms::ReadWrite)
            .map_err(|error| anyhow!("{error:?}"))?;
    }
    let state = State {
        table: ResourceTable::new(),
        wasi: wasi.build(),
        memory: Memory(0),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.memory);
    runtime
        .block_on(call(&mut store, engine, component))
        .map_err(|error| anyhow!("{error:?}"))?
        .map_err(|()| anyhow!("the component failed"))?;
    let printed = String::from_utf8(stderr.contents().to_vec())?;
    Ok(Ran {
        time: printed.trim().parse().context("no time printed")?,
        memory: store.data().memory.0,
    })
}

async fn call(
    store: &mut Store<State>,
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<Result<(), ()>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    let command = Command::instantiate_async(&mut *store, component, &linker).await?;
    store
        .run_concurrent(async |store| command.wasi_cli_run().call_run(store).await)
        .await?
}
