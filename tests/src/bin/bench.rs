//! What artifacts cost at run time, against the bare component and against an empty pass-through
//! component, in one run, interleaved, as ratios of medians. Prints a table; asserts nothing.

use anyhow::{Context, Result, anyhow};
use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_virt::{Access, Entry, EntryKind, Policy, Segment, StdioMode};
use wasi_virt_tests::{paths, servers::Servers};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const RUNS: usize = 11;
const CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.6";

fn main() -> Result<()> {
    let bare = std::fs::read(paths::fixture("bench")?)?;
    let virtualized = virtualize(&bare)?;
    let passed = pass_through(&bare)?;
    let engine = Engine::new(&Config::new()).map_err(|error| anyhow!("{error:?}"))?;
    let compile =
        |bytes: &[u8]| Component::new(&engine, bytes).map_err(|error| anyhow!("{error:?}"));
    let (bare, virtualized, passed) = (compile(&bare)?, compile(&virtualized)?, compile(&passed)?);
    let echo = Servers::start()?.tcp.to_string();

    println!(
        "run time, ns per operation (median of {RUNS}, interleaved), and the ratio to the first column"
    );
    println!(
        "{:<26} {:>10} {:>14} {:>7} {:>14} {:>7}  aim",
        "operation", "bare", "pass-through", "ratio", "artifact", "ratio"
    );
    let jobs: [(&str, Vec<&str>, &str); 2] = [
        (
            "clock read, 1,000,000",
            vec!["bench", "clock", "1000000"],
            "no slower than pass-through",
        ),
        (
            "TCP round trip, 64 bytes",
            vec!["bench", "echo", &echo, "20000"],
            "1.05",
        ),
    ];
    for (name, args, aim) in jobs {
        let mut columns = [&bare, &passed, &virtualized].map(|component| (component, Vec::new()));
        for _ in 0..RUNS {
            for (component, times) in &mut columns {
                times.push(run(&engine, component, &args)?);
            }
        }
        let [bare, passed, artifact] = columns.map(|(_, times)| median(times));
        println!(
            "{name:<26} {bare:>10.1} {passed:>14.1} {:>7.3} {artifact:>14.1} {:>7.3}  {aim}",
            passed / bare,
            artifact / bare
        );
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Files virtual, so that streams and pollables are the adapter's; clocks and sockets the host's.
fn virtualize(component: &[u8]) -> Result<Vec<u8>> {
    let policy = Policy {
        host_args: Access::Allow,
        clocks: Access::Allow,
        sockets: Access::Allow,
        random: Access::Allow,
        exit: Access::Allow,
        stdout: StdioMode::Allow,
        stderr: StdioMode::Allow,
        ..Policy::default()
    };
    let entry = |guest: &str, kind| Entry {
        mount: 0,
        guest: guest.into(),
        source: guest.into(),
        kind,
    };
    let entries = [
        entry("/", EntryKind::Directory),
        entry(
            "/a.txt",
            EntryKind::File {
                size: 5,
                digest: None,
            },
        ),
    ];
    let output = wasi_virt::plan(component, &policy, &entries)?;
    let mut bytes = Vec::new();
    for segment in output.segments {
        match segment {
            Segment::Bytes(run) => bytes.extend(run),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(
                    &component[usize::try_from(offset)?..usize::try_from(offset + len)?],
                );
            }
            Segment::File { .. } => bytes.extend_from_slice(b"hello"),
        }
    }
    Ok(bytes)
}

/// The component behind one that re-exports the monotonic clock and does nothing else.
fn pass_through(component: &[u8]) -> Result<Vec<u8>> {
    let host_clock = CLOCK.replace("wasi:", "host:");
    let mut resolve = wit_parser::Resolve::default();
    for package in ["io", "clocks"] {
        let text = std::fs::read_to_string(paths::root().join(format!("wit/deps/{package}.wit")))?;
        let text: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('@'))
            .map(|line| format!("{line}\n"))
            .collect();
        let text = text.replace("0.2.12", "0.2.6");
        resolve.push_source(package, &text)?;
        if package == "clocks" {
            resolve.push_source(
                "host",
                &text.replace("package wasi:clocks", "package host:clocks"),
            )?;
        }
    }
    let world =
        format!("package bench:pass; world pass {{ import {host_clock}; export {CLOCK}; }}");
    let package = resolve.push_source("pass", &world)?;
    let world = resolve.select_world(&[package], None)?;
    let (mut imports, mut exports) = (String::new(), String::new());
    for (name, params, result) in [
        ("now", "", "i64"),
        ("resolution", "", "i64"),
        ("subscribe-instant", "i64", "i32"),
        ("subscribe-duration", "i64", "i32"),
    ] {
        imports += &format!(
            r#"(import "{host_clock}" "{name}" (func ${name} (param {params}) (result {result})))"#
        );
        exports += &format!(r#"(export "{CLOCK}#{name}" (func ${name}))"#);
    }
    let mut module = wat::parse_str(format!(
        r#"(module {imports} {exports} (memory (export "memory") 1))"#
    ))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let pass = ComponentEncoder::default().module(&module)?.encode()?;

    let mut graph = CompositionGraph::new();
    let pass = Package::from_bytes("bench:pass", None, pass, graph.types_mut())?;
    let inner = Package::from_bytes("bench:inner", None, component, graph.types_mut())?;
    let (pass, inner) = (
        graph.register_package(pass)?,
        graph.register_package(inner)?,
    );
    let types = graph.types();
    let kind = *types[graph[pass].ty()]
        .imports
        .get(&host_clock)
        .context("the pass-through's import")?;
    let exports: Vec<String> = types[graph[inner].ty()].exports.keys().cloned().collect();
    // Interfaces that stay the host's use its types under this name, too.
    if let ItemKind::Instance(id) = kind {
        graph.types_mut()[id].id = Some(CLOCK.to_string());
    }
    let host = graph.import(CLOCK, kind)?;
    let (outer, instance) = (graph.instantiate(pass), graph.instantiate(inner));
    graph.set_instantiation_argument(outer, &host_clock, host)?;
    let clock = graph.alias_instance_export(outer, CLOCK)?;
    graph.set_instantiation_argument(instance, CLOCK, clock)?;
    for export in exports {
        let alias = graph.alias_instance_export(instance, &export)?;
        graph.export(alias, export)?;
    }
    Ok(graph.encode(EncodeOptions::default())?)
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Nanoseconds per operation, as the component prints them.
fn run(engine: &Engine, component: &Component, args: &[&str]) -> Result<f64> {
    let mut linker = Linker::new(engine);
    let stdout = MemoryOutputPipe::new(4096);
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(args)
        .stdout(stdout.clone())
        .inherit_stderr()
        .inherit_network()
        .allow_tcp(true);
    let mut store = Store::new(
        engine,
        State {
            table: ResourceTable::new(),
            wasi: wasi.build(),
        },
    );
    let ran = wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
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
