//! The host under which artifacts run: embedded wasmtime that offers everything, with planted
//! secrets. A component that the policy confines must see none of them.

use crate::network::{self, Hooks, Network};
use crate::{custom, paths, shapes};
use anyhow::{Result, anyhow};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Cache, CacheConfig, Config, Engine, Store, StoreLimits, Strategy};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// What every planted thing has in it.
pub const PLANTED: &str = "PLANTED";

/// More than any test prints.
const OUTPUT_LIMIT: usize = 1 << 20;

/// Seconds after which a program that has not come to its end is taken for hanging.
pub const PATIENCE: u64 = 60;

pub struct State {
    pub table: ResourceTable,
    pub kv: HashMap<String, String>,
    /// Tokens of `test:shapes` that live.
    pub tokens: u32,
    /// What an instance may take.
    pub limits: StoreLimits,
    /// The network that programs reach.
    pub network: Network,
    hooks: Hooks,
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

impl State {
    /// Puts a network in the place of the one that knows nobody.
    pub fn meet(&mut self, network: &Network) {
        self.network = network.clone();
        self.hooks = Hooks(network.clone());
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// One engine for all tests: Winch, which compiles fast.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config.strategy(Strategy::Winch);
        ticking(config)
    })
}

/// An engine that ends programs that hang, and that keeps what it compiles.
pub fn ticking(mut config: Config) -> Engine {
    let mut kept = CacheConfig::new();
    kept.with_directory(paths::root().join("target/compiled/cache"));
    config.epoch_interruption(true);
    config.cache(Some(Cache::new(kept).expect("target/ can be written to")));
    let engine = Engine::new(&config).expect("this machine can compile WebAssembly");
    let clock = engine.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            clock.increment_epoch();
        }
    });
    engine
}

/// Compiles a component.
pub fn compile(bytes: &[u8]) -> Result<Component> {
    Component::new(engine(), bytes).map_err(|error| anyhow!("{error:?}"))
}

/// A linker with all that a generous host provides, of every 0.2 release.
pub fn generous() -> Result<Linker<State>> {
    generous_in(engine())
}

/// The same for another engine.
pub fn generous_in(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let filled = wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
        .and_then(|()| wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker))
        .and_then(|()| custom::add_to_linker(&mut linker))
        .and_then(|()| shapes::add_to_linker(&mut linker));
    filled.map_err(|error| anyhow!("{error:?}"))?;
    network::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// A linker for programs of WASI 0.3, which may reach 0.2 as well: nothing in it blocks a thread.
pub fn generous_async() -> Result<Linker<State>> {
    generous_async_in(engine())
}

/// The same for another engine.
pub fn generous_async_in(engine: &Engine) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let filled = wasmtime_wasi::p2::add_to_linker_async(&mut linker)
        .and_then(|()| wasmtime_wasi::p3::add_to_linker(&mut linker))
        .and_then(|()| wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker))
        .and_then(|()| wasmtime_wasi_http::p3::add_to_linker(&mut linker))
        .and_then(|()| custom::add_timezone_0_3(&mut linker));
    filled.map_err(|error| anyhow!("{error:?}"))?;
    network::add_to_linker_async(&mut linker)?;
    Ok(linker)
}

/// Whether a component is a program of WASI 0.3, by what it imports and exports.
pub fn is_async(component: &Component) -> bool {
    let types = component.component_type();
    let imports = types.imports(engine()).map(|(name, _)| name);
    let mut names = imports.chain(types.exports(engine()).map(|(name, _)| name));
    names.any(|name| name.contains("@0.3."))
}

/// What reached the host's output streams.
pub struct Outputs {
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

impl Outputs {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.contents()).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.contents()).into_owned()
    }
}

/// A store whose host has planted variables, arguments, input and values, and these preopens.
/// The variable `ECHO` has the address of a server.
pub fn planted(
    echo: &str,
    stdin: &str,
    preopens: &[(String, PathBuf)],
) -> Result<(Store<State>, Outputs)> {
    planted_in(engine(), echo, stdin, preopens)
}

/// A store whose host has these preopens, and answers every call about files before the call
/// returns: what a program sees then depends on its calls alone.
pub fn prompt(preopens: &[(String, PathBuf)]) -> Result<Store<State>> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.allow_blocking_current_thread(true);
    store(engine(), wasi, preopens)
}

/// The same for another engine.
pub fn planted_in(
    engine: &Engine,
    echo: &str,
    stdin: &str,
    preopens: &[(String, PathBuf)],
) -> Result<(Store<State>, Outputs)> {
    let (wasi, outputs) = planted_context(echo, stdin);
    Ok((store(engine, wasi, preopens)?, outputs))
}

/// The same, whose host answers every call about files before the call returns.
pub fn prompt_in(
    engine: &Engine,
    echo: &str,
    stdin: &str,
    preopens: &[(String, PathBuf)],
) -> Result<(Store<State>, Outputs)> {
    let (mut wasi, outputs) = planted_context(echo, stdin);
    wasi.allow_blocking_current_thread(true);
    Ok((store(engine, wasi, preopens)?, outputs))
}

/// Whether what a program does with an address stays on this machine. `network` sees to it that it
/// does: this would show a mistake there.
fn stays_here(address: SocketAddr, of: SocketAddrUse) -> bool {
    match of {
        SocketAddrUse::TcpConnect | SocketAddrUse::UdpSend => address.ip().is_loopback(),
        _ => true,
    }
}

fn planted_context(echo: &str, stdin: &str) -> (WasiCtxBuilder, Outputs) {
    let outputs = Outputs {
        stdout: MemoryOutputPipe::new(OUTPUT_LIMIT),
        stderr: MemoryOutputPipe::new(OUTPUT_LIMIT),
    };
    let mut wasi = WasiCtxBuilder::new();
    wasi.env("HOST_SECRET", "PLANTED-ENV")
        .env("HOST_SHARED", "PLANTED-SHARED")
        .env("CLASH", "PLANTED-CLASH")
        .env("ECHO", echo)
        .args(&["PLANTED-PROGRAM", "PLANTED-ARG"])
        .stdin(MemoryInputPipe::new(stdin.as_bytes().to_vec()))
        .stdout(outputs.stdout.clone())
        .stderr(outputs.stderr.clone())
        .socket_addr_check(|address, of| Box::pin(async move { stays_here(address, of) }))
        .allow_tcp(true)
        .allow_udp(true);
    (wasi, outputs)
}

fn store(
    engine: &Engine,
    mut wasi: WasiCtxBuilder,
    preopens: &[(String, PathBuf)],
) -> Result<Store<State>> {
    for (guest, folder) in preopens {
        wasi.preopened_dir(folder, guest, FsPerms::ReadWrite)
            .map_err(|error| anyhow!("{}: {error:?}", folder.display()))?;
    }
    let network = Network::default();
    let state = State {
        table: ResourceTable::new(),
        kv: HashMap::from([("greeting".to_string(), "PLANTED-KV".to_string())]),
        tokens: 0,
        limits: StoreLimits::default(),
        wasi: wasi.build(),
        http: WasiHttpCtx::new(),
        hooks: Hooks(network.clone()),
        network,
    };
    let mut store = Store::new(engine, state);
    store.set_epoch_deadline(PATIENCE);
    Ok(store)
}
