//! The host that the benchmarks run under.

use anyhow::{Context, Result, anyhow};
use std::path::Path;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

/// How often each thing is timed.
pub const RUNS: usize = 11;

/// The one in the middle.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Compiles a component.
pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component> {
    Component::new(engine, bytes).map_err(|error| anyhow!("{error:?}"))
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
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

/// Nanoseconds per operation, as the component prints them.
pub fn run(
    engine: &Engine,
    component: &Component,
    args: &[&str],
    preopen: Option<&Path>,
) -> Result<f64> {
    let mut linker = Linker::new(engine);
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
    let mut store = Store::new(
        engine,
        State {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
        },
    );
    let ran = wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
        .and_then(|()| wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker))
        .and_then(|()| Command::instantiate(&mut store, component, &linker))
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
