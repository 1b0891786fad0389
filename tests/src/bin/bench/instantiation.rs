//! The cost of each instantiation of an artifact, against the bare component.

use crate::artifact::{Mounted, rest_allowed, tmpfs};
use crate::host::{self, compile};
use crate::node::Node;
use crate::table::{aim, median, time};
use anyhow::Result;
use std::fs;
use wasi_virt_tests::paths;
use wasmtime::Engine;

const COUNT: usize = 1000;
/// The most nanoseconds more under wasmtime.
const AIM: f64 = 40e3;

pub fn table(engine: &Engine, node: &Node) -> Result<()> {
    let bare = fs::read(paths::fixture("bench")?)?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("a.txt"), "hello")?;
    println!("\ninstantiation (median of {COUNT}, in Node 100)");
    println!(
        "{:<36}{:>11}{:>11}{:>11}  aim",
        "artifact", "bare", "artifact", "more"
    );
    let artifacts = [
        (
            "read-only",
            Mounted::list("/", folder.path())?.artifact(&bare)?,
        ),
        ("writable", tmpfs(&bare, "/", &rest_allowed())?),
    ];
    let bare_component = compile(engine, &bare)?;
    let bare_in_node = node.translate(&bare);
    for (name, artifact) in artifacts {
        let component = compile(engine, &artifact)?;
        let times = host::instantiate(engine, [&bare_component, &component], COUNT)?;
        let [bare, virtual_] = times.map(median);
        let more = virtual_ - bare;
        println!(
            "{:<36}{:>11}{:>11}{:>11}  {}",
            format!("{name}, wasmtime"),
            time(bare),
            time(virtual_),
            time(more),
            aim(more / 1e3, Some(AIM / 1e3))
        );
        let in_node = bare_in_node
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error:#}"))
            .and_then(|bare| {
                let bare = node.instantiate(bare, 100)?;
                Ok([bare, node.instantiate(&node.translate(&artifact)?, 100)?])
            });
        match in_node {
            Ok([bare, virtual_]) => println!(
                "{:<36}{:>11}{:>11}{:>11}",
                format!("{name}, {}", node.name),
                time(bare),
                time(virtual_),
                time(virtual_ - bare)
            ),
            Err(error) => println!("{name}, {}: {error:#}", node.name),
        }
    }
    Ok(())
}
