//! Both runs of an experiment, and where they disagree.

use super::calls::{OTHER, ROOT};
use super::tree::Tree;
use super::{Experiment, Version};
use crate::host::{self, State};
use crate::paths::fixture;
use crate::runs::{call_probe, call_waiting_probe};
use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use wasi_virt::{FileMode, FsEntry, WasiVirt};
use wasmtime::component::{Component, InstancePre};

/// The first line that two hosts answer differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub line: usize,
    pub host: String,
    pub artifact: String,
}

/// The program that makes calls of a version, on its own.
fn bare(version: Version) -> Result<&'static InstancePre<State>> {
    static BARE: [OnceLock<InstancePre<State>>; 2] = [const { OnceLock::new() }; 2];
    let bare = &BARE[version as usize];
    if let Some(bare) = bare.get() {
        return Ok(bare);
    }
    let component = host::compile(&std::fs::read(fixture(version.program())?)?)?;
    let made = prepare(&component, version)?;
    Ok(bare.get_or_init(|| made))
}

fn prepare(component: &Component, version: Version) -> Result<InstancePre<State>> {
    let linker = match version {
        Version::Old => host::generous()?,
        Version::Latest => host::generous_async()?,
    };
    linker
        .instantiate_pre(component)
        .map_err(|error| anyhow!("{error:?}"))
}

/// The host traps where a stream is handed over of which it has said, together with the last bytes,
/// that it is over. The bindings keep that from the program, so that a script cannot leave it out.
const OVER: &str = "cannot lift stream after being notified that the writable end dropped";

/// The program with a tree mounted, compiled.
pub struct Artifact {
    program: InstancePre<State>,
    version: Version,
    tree: Tree,
}

impl Artifact {
    pub fn new(tree: &Tree, version: Version) -> Result<Self> {
        let folder = TempDir::with_prefix("wasi-virt-")?;
        tree.write(folder.path())?;
        let mut virt = WasiVirt::new();
        virt.allow_all();
        virt.fs()
            .deny_host_preopens()
            .preopen_with_mode(ROOT, FsEntry::Virtualize(folder.path()), FileMode::Rw)
            .tmpfs(OTHER, None);
        virt.compose(fixture(version.program())?);
        let bytes = virt.finish()?;
        Ok(Artifact {
            program: prepare(&host::compile(&bytes)?, version)?,
            version,
            tree: tree.clone(),
        })
    }

    /// Where the two hosts first disagree about a script, if they do.
    pub fn compare(&self, script: &[String]) -> Result<Option<Difference>> {
        let text = script.join("\n");
        let expected = match on_host(&self.tree, &text, self.version) {
            Err(error) if format!("{error:?}").contains(OVER) => return Ok(None),
            expected => expected?,
        };
        let given = self.version.perform(&self.program, &text, &[]);
        let given = given.unwrap_or_else(|error| format!("{error:?}"));
        Ok(difference(&expected, &given))
    }
}

impl Version {
    fn program(self) -> &'static str {
        match self {
            Version::Old => "disk",
            Version::Latest => "disk-p3",
        }
    }

    fn perform(
        self,
        program: &InstancePre<State>,
        script: &str,
        folders: &[(&str, &Path)],
    ) -> Result<String> {
        let preopens: Vec<(String, PathBuf)> = folders
            .iter()
            .map(|(guest, folder)| (guest.to_string(), folder.to_path_buf()))
            .collect();
        match self {
            Version::Old => perform(program, script, &preopens),
            Version::Latest => perform_waiting(program, script, &preopens),
        }
    }
}

fn perform(
    program: &InstancePre<State>,
    script: &str,
    preopens: &[(String, PathBuf)],
) -> Result<String> {
    let (mut store, _) = host::planted("", "", preopens)?;
    let instance = program
        .instantiate(&mut store)
        .map_err(|error| anyhow!("{error:?}"))?;
    call_probe(&mut store, &instance, script)?.map_err(|error| anyhow!("{error:?}"))
}

fn perform_waiting(
    program: &InstancePre<State>,
    script: &str,
    preopens: &[(String, PathBuf)],
) -> Result<String> {
    let mut store = host::prompt(preopens)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let instance = program.instantiate_async(&mut store).await;
        let instance = instance.map_err(|error| anyhow!("{error:?}"))?;
        let called = call_waiting_probe(&mut store, &instance, script).await?;
        called.map_err(|error| anyhow!("{error:?}"))
    })
}

/// Whether the hosts disagree about an experiment.
pub fn compare(experiment: &Experiment) -> Result<Option<Difference>> {
    Artifact::new(&experiment.tree, experiment.version)?.compare(&experiment.script)
}

/// Whether the host agrees with itself about a script, without which nothing else can.
pub fn repeat(experiment: &Experiment) -> Result<Option<Difference>> {
    let text = experiment.script.join("\n");
    let run = || on_host(&experiment.tree, &text, experiment.version);
    let shown = run()?;
    println!("{shown}=====");
    Ok(difference(&shown, &run()?))
}

/// What the host's own files give.
fn on_host(tree: &Tree, script: &str, version: Version) -> Result<String> {
    let [folder, other] = [(); 2].map(|()| TempDir::with_prefix("wasi-virt-"));
    let (folder, other) = (folder?, other?);
    tree.write(folder.path())?;
    let folders = [(ROOT, folder.path()), (OTHER, other.path())];
    let given = version.perform(bare(version)?, script, &folders);
    given.with_context(|| format!("on the host's own files:\n{script}"))
}

fn difference(host: &str, artifact: &str) -> Option<Difference> {
    let mut others = artifact.lines();
    for (line, one) in host.lines().enumerate() {
        let other = others.next().unwrap_or("nothing");
        if one != other {
            return Some(Difference {
                line,
                host: one.to_string(),
                artifact: [other]
                    .into_iter()
                    .chain(others.take(8))
                    .collect::<Vec<_>>()
                    .join("\n"),
            });
        }
    }
    others.next().map(|more| Difference {
        line: host.lines().count(),
        host: "nothing".to_string(),
        artifact: more.to_string(),
    })
}
