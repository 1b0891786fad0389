//! wasmtime as a host, as it is by default.

use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::time::Instant;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::sync::{Command, CommandPre};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

/// How often each thing is timed.
pub const RUNS: usize = 11;

/// Compiles a component.
pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component> {
    Component::new(engine, bytes).map_err(|error| anyhow!("{error:?}"))
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
}

impl State {
    fn new(wasi: WasiCtx) -> State {
        State {
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: default_hooks(),
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// Nanoseconds per operation, as the component prints them; its `/bench` is a host folder.
///
/// # Errors
///
/// When the component fails.
pub fn run(
    engine: &Engine,
    component: &Component,
    args: &[impl AsRef<str>],
    preopen: Option<&Path>,
) -> Result<f64> {
    let stdout = MemoryOutputPipe::new(4096);
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(args)
        .stdout(stdout.clone())
        .inherit_stderr()
        .inherit_network()
        .allow_tcp(true);
    if let Some(folder) = preopen {
        wasi.preopened_dir(folder, "/bench", FsPerms::ReadWrite)
            .map_err(|error| anyhow!("{error:?}"))?;
    }
    let mut store = Store::new(engine, State::new(wasi.build()));
    let ran = linker(engine)
        .and_then(|linker| Command::instantiate(&mut store, component, &linker))
        .and_then(|command| command.wasi_cli_run().call_run(&mut store));
    ran.map_err(|error| anyhow!("{error:?}"))?
        .map_err(|()| anyhow!("the component failed"))?;
    let printed = String::from_utf8(stdout.contents().to_vec())?;
    Ok(printed
        .split_whitespace()
        .next()
        .context("no time printed")?
        .parse()?)
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker)?;
    Ok(linker)
}

/// Nanoseconds that instances of these components take to be made, one of each by turns; all but
/// making them was done before.
///
/// # Errors
///
/// When one cannot be instantiated.
pub fn instantiate(
    engine: &Engine,
    components: [&Component; 2],
    count: usize,
) -> Result<[Vec<f64>; 2]> {
    let linker = linker(engine).map_err(|error| anyhow!("{error:?}"))?;
    let prepared = components.map(|component| {
        let prepared = linker.instantiate_pre(component).and_then(CommandPre::new);
        prepared.map_err(|error| anyhow!("{error:?}"))
    });
    let [bare, artifact] = prepared;
    let prepared = [bare?, artifact?];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..count {
        for (prepared, times) in prepared.iter().zip(&mut times) {
            let mut store = Store::new(engine, State::new(WasiCtxBuilder::new().build()));
            let start = Instant::now();
            let instance = prepared.instantiate(&mut store);
            times.push(start.elapsed().as_secs_f64() * 1e9);
            instance.map_err(|error| anyhow!("{error:?}"))?;
        }
    }
    Ok(times)
}
