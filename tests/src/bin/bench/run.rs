//! What a component's calls cost once it is virtualized, under wasmtime and in Node side by side,
//! against the bare component in the same host with the host's own files on a RAM disk.

use crate::artifact::{Mounted, ram_disk, tmpfs, without_files};
use crate::host::{self, compile};
use crate::jobs::{Files, GROUPS, Group, Job};
use crate::node::{self, Node, Translated};
use crate::table::{aim, median, time};
use anyhow::Result;
use std::fs;
use std::path::Path;
use wasi_virt_tests::paths;
use wasi_virt_tests::servers::Servers;
use wasmtime::Engine;
use wasmtime::component::Component;

const BIG: usize = 10 << 20;

/// A component, ready to run in both hosts.
struct Program {
    wasmtime: Component,
    node: Result<Translated>,
}

/// Where all of it runs.
struct Hosts<'h> {
    engine: &'h Engine,
    node: &'h Node,
    servers: Servers,
    /// The folder that [`Files::Mounted`] gives.
    folder: &'h Path,
}

pub fn table(engine: &Engine, node: &Node) -> Result<()> {
    let folder = ram_disk()?;
    for n in 0..1000 {
        let name = format!("file-{n:04}.txt");
        fs::write(folder.path().join(name), format!("{n}"))?;
    }
    let bytes: Vec<u8> = (0..BIG).map(|n| (n % 251) as u8).collect();
    fs::write(folder.path().join("big"), &bytes)?;
    let hosts = Hosts {
        engine,
        node,
        servers: Servers::start()?,
        folder: folder.path(),
    };
    println!(
        "\nrun time of an operation, medians of {} under wasmtime and {} in Node, interleaved; aims are ratios to the bare component",
        GROUPS[0].runs,
        node::RUNS
    );
    println!("{:<36}{:^46}  {:^46}", "", "wasmtime", node.name);
    let columns = format!(
        "{:>11}{:>11}{:>9} {:<14}",
        "bare", "artifact", "ratio", "  aim"
    );
    println!("{:<36}{columns}  {columns}", "operation");
    for group in &GROUPS {
        if let Err(error) = hosts.group(group) {
            println!("{:<36}{error:#}", group.jobs[0].name);
        }
    }
    Ok(())
}

impl Hosts<'_> {
    fn group(&self, group: &Group) -> Result<()> {
        let component = fs::read(paths::fixture(group.component)?)?;
        let artifact = match group.files {
            Files::Mounted => Mounted::list("/bench", self.folder)?.artifact(&component)?,
            Files::Empty => tmpfs(&component, "/bench")?,
            // A file also makes streams and pollables the adapter's, beside those of the host's
            // sockets.
            Files::One => {
                let folder = tempfile::tempdir()?;
                fs::write(folder.path().join("a.txt"), "hello")?;
                Mounted::list("/", folder.path())?.artifact(&component)?
            }
            Files::Nothing => without_files(&component)?,
        };
        let programs = [self.program(&component)?, self.program(&artifact)?];
        for job in group.jobs {
            self.row(group, job, &programs);
        }
        Ok(())
    }

    fn program(&self, bytes: &[u8]) -> Result<Program> {
        Ok(Program {
            wasmtime: compile(self.engine, bytes)?,
            node: self.node.translate(bytes),
        })
    }

    fn row(&self, group: &Group, job: &Job, [bare, artifact]: &[Program; 2]) {
        let wasmtime = self.times(group, job, 0, |which, args, preopen| {
            let program = if which == 0 { bare } else { artifact };
            host::run(self.engine, &program.wasmtime, args, preopen)
        });
        let node = self.times(group, job, 1, |which, args, preopen| {
            let program = if which == 0 { bare } else { artifact };
            match &program.node {
                Ok(translated) => self.node.run(translated, args, preopen),
                Err(error) => Err(anyhow::anyhow!("{error:#}")),
            }
        });
        println!(
            "{:<36}{}  {}",
            job.name,
            cells(&wasmtime, job.aims[0]),
            cells(&node, job.aims[1])
        );
        for (host, times) in [("wasmtime", wasmtime), (self.node.name.as_str(), node)] {
            if let Err(error) = times {
                println!("    in {host}: {error:#}");
            }
        }
    }

    /// The medians of the bare component and of the artifact in one of the hosts, run by turns.
    fn times(
        &self,
        group: &Group,
        job: &Job,
        host: usize,
        run: impl Fn(usize, &[String], Option<&Path>) -> Result<f64>,
    ) -> Result<[f64; 2]> {
        let count = job.counts[host].to_string();
        let program = if group.component == "python" {
            "cp"
        } else {
            group.component
        };
        let filled = self.servers.fill(job.args);
        let words = filled.split(' ');
        let args: Vec<String> = [program]
            .into_iter()
            .chain(words.map(|word| if word == "N" { count.as_str() } else { word }))
            .map(String::from)
            .collect();
        let runs = group.runs.min([usize::MAX, node::RUNS][host]);
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            let empty = ram_disk()?;
            let preopen = match group.files {
                Files::Mounted => Some(self.folder),
                Files::Empty => Some(empty.path()),
                Files::One | Files::Nothing => None,
            };
            times[0].push(run(0, &args, preopen)?);
            times[1].push(run(1, &args, None)?);
        }
        Ok(times.map(median))
    }
}

/// The columns of one host.
fn cells(times: &Result<[f64; 2]>, most: Option<f64>) -> String {
    match times {
        Ok([bare, artifact]) => {
            let ratio = artifact / bare;
            format!(
                "{:>11}{:>11}{ratio:>9.3}   {:<12}",
                time(*bare),
                time(*artifact),
                aim(ratio, most)
            )
        }
        Err(_) => format!("{:>11}{:>11}{:>9}   {:<12}", "", "failed", "", ""),
    }
}
