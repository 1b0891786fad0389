//! What calls of the network cost under rules, by how many rules there are, against the bare
//! component under wasmtime. The servers are of this program, on the loopback.

use crate::artifact::{input_allowed, without_files};
use crate::host::{self, RUNS, compile};
use crate::table::{aim, median, time};
use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::sync::OnceLock;
use std::time::Instant;
use tokio::runtime::Runtime;
use wasi_virt::{Http, HttpRules, Policy, SocketRules, Sockets};
use wasi_virt_tests::paths;
use wasi_virt_tests::servers::Servers;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

/// How many rules there are.
const COUNTS: [usize; 3] = [1, 100, 10_000];

/// The most that an artifact may take, as ratio to the bare component.
const AIM: f64 = 1.05;

/// What is timed.
enum Does {
    /// The program as a command with these arguments, by its own clock.
    Command(&'static str),
    /// Its export `probe` with a script of so many such lines, by the clock of the host.
    Script(&'static str, usize),
}

/// Name, component, and what it does.
type Job = (&'static str, &'static str, Does);

/// Few enough connections, so that the ports of the machine suffice.
const JOBS: [Job; 5] = [
    (
        "TCP echo of 64 bytes, 0.2",
        "bench",
        Does::Command("echo {tcp} 64 4000"),
    ),
    (
        "TCP connect and echo, 0.2",
        "net",
        Does::Script("echo {tcp} hello", 50),
    ),
    (
        "TCP connect and echo, 0.3",
        "net-p3",
        Does::Script("echo {tcp} hello", 50),
    ),
    (
        "HTTP GET, 0.2",
        "net",
        Does::Script("request GET http {http} /", 50),
    ),
    (
        "HTTP GET, 0.3",
        "net-p3",
        Does::Script("request GET http {http} /", 50),
    ),
];

pub fn table(engine: &Engine) -> Result<()> {
    let servers = Servers::start()?;
    println!("\nnetwork rules under wasmtime, medians of {RUNS}, interleaved");
    print!("{:<30}{:>11}", "operation", "bare");
    for count in COUNTS {
        print!(
            "{:>15}{:>9} {:<14}",
            format!("{count} rules"),
            "ratio",
            "  aim"
        );
    }
    println!();
    for (name, component, does) in JOBS {
        match row(engine, &servers, component, &does) {
            Err(error) => println!("{name:<30}{error:#}"),
            Ok((bare, ruled)) => {
                print!("{name:<30}{:>11}", time(bare));
                for artifact in ruled {
                    let ratio = artifact / bare;
                    let aim = aim(ratio, Some(AIM));
                    print!("{:>15}{ratio:>9.3}   {aim:<12}", time(artifact));
                }
                println!();
            }
        }
    }
    Ok(())
}

/// The medians of the bare component, and under each number of rules, run by turns.
fn row(
    engine: &Engine,
    servers: &Servers,
    component: &str,
    does: &Does,
) -> Result<(f64, Vec<f64>)> {
    let bare = fs::read(paths::fixture(component)?)?;
    let mut programs = vec![compile(engine, &bare)?];
    for count in COUNTS {
        let artifact = without_files(&bare, &ruled(servers, count))?;
        programs.push(compile(engine, &artifact)?);
    }
    let mut times = vec![Vec::new(); programs.len()];
    for _ in 0..RUNS {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(timed(engine, program, component, servers, does)?);
        }
    }
    let mut medians = times.into_iter().map(median);
    let bare = medians.next().context("a program")?;
    Ok((bare, medians.collect()))
}

/// So many rules for sockets, and as many for requests. The last of each is for the servers.
fn ruled(servers: &Servers, count: usize) -> Policy {
    let others = 0..count - 1;
    let mut sockets = SocketRules::new();
    let socket = |at: usize| match at % 2 {
        0 => format!("10.{}.{}.{}:443", at >> 16, at >> 8 & 255, at & 255),
        _ => format!("host-{at}.example:443"),
    };
    let socket = others.clone().map(socket).chain([servers.tcp.to_string()]);
    sockets.allow = socket.map(|rule| rule.as_str().into()).collect();
    let mut http = HttpRules::new();
    let request = others.map(|at| format!("https://host-{at}.example/v1"));
    let request = request.chain([format!("http://{}", servers.http)]);
    http.allow = request.map(|rule| rule.as_str().into()).collect();
    input_allowed().with(|changed| {
        changed.sockets = Sockets::Rules(sockets);
        changed.http = Http::Rules(http);
    })
}

/// Nanoseconds that an operation takes.
fn timed(
    engine: &Engine,
    program: &Component,
    name: &str,
    servers: &Servers,
    does: &Does,
) -> Result<f64> {
    match does {
        Does::Command(arguments) => {
            let arguments = format!("{name} {}", servers.fill(arguments));
            let arguments: Vec<&str> = arguments.split(' ').collect();
            host::run(engine, program, &arguments, None)
        }
        Does::Script(line, count) => {
            let script = format!("{}\n", servers.fill(line)).repeat(*count);
            static RUNTIME: OnceLock<Runtime> = OnceLock::new();
            let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("threads can be started"));
            let called = runtime.block_on(call(engine, program, &script));
            let (answer, elapsed) = called.map_err(|error| anyhow!("{error:?}"))?;
            let succeeded = answer.lines().filter(|line| line.contains(": ok ")).count();
            ensure!(succeeded == *count, "it answers {answer}");
            Ok(elapsed / *count as f64)
        }
    }
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

/// What a script answers, and how many nanoseconds it takes.
async fn call(
    engine: &Engine,
    program: &Component,
    script: &str,
) -> wasmtime::Result<(String, f64)> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    let wasi = WasiCtxBuilder::new()
        .inherit_stderr()
        .inherit_network()
        .allow_tcp(true)
        .build();
    let state = State {
        table: ResourceTable::new(),
        wasi,
        http: WasiHttpCtx::new(),
    };
    let mut store = Store::new(engine, state);
    let instance = linker.instantiate_async(&mut store, program).await?;
    let api = instance.get_export_index(&mut store, None, "test:probe/api");
    let probe = instance.get_export_index(&mut store, api.as_ref(), "probe");
    let probe = probe.ok_or_else(|| wasmtime::Error::msg("the program has no `probe`"))?;
    let probe = instance.get_typed_func::<(&str,), (String,)>(&mut store, probe)?;
    let start = Instant::now();
    let (answer,) = probe.call_async(&mut store, (script,)).await?;
    Ok((answer, start.elapsed().as_secs_f64() * 1e9))
}
