//! What a component's calls cost once it is virtualized, under wasmtime and in Node side by side,
//! against the bare component in the same host with the host's own files on a RAM disk.

use crate::artifact::{Mounted, input_allowed, ram_disk, rest_allowed, tmpfs, without_files};
use crate::host::{self, compile};
use crate::host_p3;
use crate::jobs::{Files, Group, Job, Wasi};
use crate::node::{self, Node, Translated};
use crate::node_p3;
use crate::table::{aim, median, time};
use anyhow::Result;
use std::fs;
use std::path::Path;
use wasi_virt_tests::paths;
use wasi_virt_tests::servers::Servers;
use wasmtime::Engine;
use wasmtime::component::Component;

const MIB: usize = 1 << 20;
/// Large files of the folder that is mounted, by the version of WASI of those who read them.
const BIG: [(Wasi, &str, usize); 3] = [
    (Wasi::P2, "big", 10 * MIB),
    (Wasi::P3, "big-8", 8 * MIB),
    (Wasi::P3, "big-64", 64 * MIB),
];

/// A component, ready to run in both hosts.
struct Program {
    wasmtime: Component,
    node: Result<InNode>,
}

/// A component, ready to run in Node.
enum InNode {
    P2(Translated),
    P3(node_p3::Program),
}

/// Where all of it runs.
struct Hosts<'h> {
    engine: &'h Engine,
    node: &'h Node,
    servers: Servers,
    /// The folder that [`Files::Mounted`] gives.
    folder: &'h Path,
}

/// How a program is run: its arguments, its host folder, and how many bytes it has as input.
type Call<'c> = (&'c [String], Option<&'c Path>, usize);

pub fn table(engine: &Engine, node: &Node, version: &str, groups: &[Group]) -> Result<()> {
    let folder = ram_disk()?;
    for n in 0..1000 {
        let name = format!("file-{n:04}.txt");
        fs::write(folder.path().join(name), format!("{n}"))?;
    }
    for (wasi, name, size) in BIG {
        if wasi == groups[0].wasi {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            fs::write(folder.path().join(name), bytes)?;
        }
    }
    let hosts = Hosts {
        engine,
        node,
        servers: Servers::start()?,
        folder: folder.path(),
    };
    println!(
        "\nrun time of an operation of WASI {version}, medians of {} under wasmtime and {} in Node, interleaved; aims are ratios to the bare component",
        groups[0].runs,
        node::RUNS
    );
    println!("{:<36}{:^46}  {:^46}", "", "wasmtime", node.name);
    let columns = format!(
        "{:>11}{:>11}{:>9} {:<14}",
        "bare", "artifact", "ratio", "  aim"
    );
    println!("{:<36}{columns}  {columns}", "operation");
    for group in groups {
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
            Files::Empty => tmpfs(&component, "/bench", &rest_allowed())?,
            Files::Input => tmpfs(&component, "/bench", &input_allowed())?,
            // A file also makes streams and pollables the adapter's, beside those of the host's
            // sockets.
            Files::One => {
                let folder = tempfile::tempdir()?;
                fs::write(folder.path().join("a.txt"), "hello")?;
                Mounted::list("/", folder.path())?.artifact(&component)?
            }
            Files::Nothing => without_files(&component, &rest_allowed())?,
        };
        let programs = [
            self.program(group.wasi, &component)?,
            self.program(group.wasi, &artifact)?,
        ];
        for job in group.jobs {
            self.row(group, job, &programs);
        }
        Ok(())
    }

    fn program(&self, wasi: Wasi, bytes: &[u8]) -> Result<Program> {
        Ok(Program {
            wasmtime: compile(self.engine, bytes)?,
            node: match wasi {
                Wasi::P2 => self.node.translate(bytes).map(InNode::P2),
                Wasi::P3 => node_p3::Program::new(bytes).map(InNode::P3),
            },
        })
    }

    fn in_wasmtime(&self, wasi: Wasi, program: &Component, call: Call<'_>) -> Result<f64> {
        let (args, preopen, input) = call;
        match wasi {
            Wasi::P2 => host::run(self.engine, program, args, preopen),
            Wasi::P3 => {
                let ran = host_p3::run(self.engine, program, args, preopen, input)?;
                Ok(ran.time)
            }
        }
    }

    fn in_node(&self, program: &Result<InNode>, (args, preopen, input): Call<'_>) -> Result<f64> {
        match program {
            Ok(InNode::P2(translated)) => self.node.run(translated, args, preopen),
            Ok(InNode::P3(program)) => program.run(args, preopen, input),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        }
    }

    fn row(&self, group: &Group, job: &Job, [bare, artifact]: &[Program; 2]) {
        let wasmtime = self.times(group, job, 0, |which, call| {
            let program = if which == 0 { bare } else { artifact };
            self.in_wasmtime(group.wasi, &program.wasmtime, call)
        });
        let node = self.times(group, job, 1, |which, call| {
            let program = if which == 0 { bare } else { artifact };
            self.in_node(&program.node, call)
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
        run: impl Fn(usize, Call<'_>) -> Result<f64>,
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
        let input = match group.files {
            Files::Input => job.counts[host] as usize * MIB,
            _ => 0,
        };
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            let empty = ram_disk()?;
            let preopen = match group.files {
                Files::Mounted => Some(self.folder),
                Files::Empty | Files::Input => Some(empty.path()),
                Files::One | Files::Nothing => None,
            };
            times[0].push(run(0, (&args, preopen, input))?);
            times[1].push(run(1, (&args, None, input))?);
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
