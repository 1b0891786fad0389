//! What many bytes of embedded files cost at every start, against the same bytes as plain data of a
//! module that nothing reads: compiled anew, and compiled before.

use crate::artifact::Mounted;
use crate::table::{aim, median};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use wasi_virt_tests::paths;
use wasm_encoder::{
    ComponentSection, DataSection, InstanceSection, MemorySection, MemoryType, Module,
    ModuleSection,
};
use wasmparser::{Parser, Payload};

const FILES: usize = 34;
const SIZE: usize = 10 << 20;
const RUNS: usize = 5;

pub fn table(wasmtime: &Path) -> Result<()> {
    let bare = fs::read(paths::fixture("bench")?)?;
    let folder = tempfile::tempdir()?;
    let site = folder.path().join("site");
    fs::create_dir(&site)?;
    let mut all = Vec::new();
    for n in 0..FILES {
        let contents: Vec<u8> = (0..SIZE).map(|at| (at % (251 - n)) as u8).collect();
        fs::write(site.join(n.to_string()), &contents)?;
        all.extend(contents);
    }
    let components = [
        ("none", bare.clone()),
        ("as plain data", with_data(&bare, all)?),
        (
            "as files of the artifact",
            Mounted::list("/bench", &site)?.artifact(&bare)?,
        ),
    ];
    let mut anew = [const { Vec::new() }; 3];
    let mut before = [const { Vec::new() }; 3];
    let mut paths = Vec::new();
    for (n, (_, bytes)) in components.iter().enumerate() {
        let component = folder.path().join(format!("{n}.wasm"));
        fs::write(&component, bytes)?;
        let compiled = folder.path().join(format!("{n}.cwasm"));
        let mut compile = Command::new(wasmtime);
        run(compile
            .arg("compile")
            .arg("-o")
            .args([&compiled, &component]))?;
        paths.push([component, compiled]);
    }
    for _ in 0..RUNS {
        for (n, [component, compiled]) in paths.iter().enumerate() {
            for (path, times) in [(component, &mut anew[n]), (compiled, &mut before[n])] {
                let mut start = Command::new(wasmtime);
                start
                    .args(["run", "-C", "cache=n", "--allow-precompiled"])
                    .arg(path)
                    .arg("nothing");
                times.push(run(&mut start)?);
            }
        }
    }
    println!(
        "\nstart of a program under wasmtime with {} MiB besides, ms (median of {RUNS}, interleaved); aims are ratios to plain data, 1.05 being no slower",
        (FILES * SIZE) >> 20
    );
    println!(
        "{:<28}{:>14}{:>9}   {:<12}{:>14}{:>9}   aim",
        "bytes", "compiled anew", "ratio", "aim", "precompiled", "ratio"
    );
    let (anew, before) = (anew.map(median), before.map(median));
    for (n, (name, _)) in components.iter().enumerate() {
        let ratios = [anew[n] / anew[1], before[n] / before[1]];
        let most = (n == 2).then_some(1.05);
        println!(
            "{name:<28}{:>14.1}{:>9.3}   {:<12}{:>14.1}{:>9.3}   {}",
            anew[n],
            ratios[0],
            aim(ratios[0], most),
            before[n],
            ratios[1],
            aim(ratios[1], most)
        );
    }
    Ok(())
}

/// How many milliseconds a command takes.
fn run(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    let out = command.output().context("starting wasmtime")?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{command:?}: {said}");
    Ok(time)
}

/// The component with a module more, which is instantiated and has these bytes as a passive
/// segment.
fn with_data(component: &[u8], bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut modules = 0;
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } => {
                modules += u32::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    let mut module = Module::new();
    let mut memory = MemorySection::new();
    memory.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut data = DataSection::new();
    data.passive(bytes);
    module.section(&memory).section(&data);
    let mut instance = InstanceSection::new();
    let none: [(&str, wasm_encoder::ModuleArg); 0] = [];
    instance.instantiate(modules, none);
    let mut out = component.to_vec();
    ModuleSection(&module).append_to_component(&mut out);
    instance.append_to_component(&mut out);
    Ok(out)
}
