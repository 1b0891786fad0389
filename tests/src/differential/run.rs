//! Both runs of an experiment, and where they disagree.

use super::Experiment;
use super::calls::{OTHER, ROOT};
use super::tree::Tree;
use crate::host::{self, State};
use crate::paths::fixture;
use crate::runs::call_probe;
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

/// The program, on its own.
fn bare() -> Result<&'static InstancePre<State>> {
    static BARE: OnceLock<InstancePre<State>> = OnceLock::new();
    if let Some(bare) = BARE.get() {
        return Ok(bare);
    }
    let component = host::compile(&std::fs::read(fixture("disk")?)?)?;
    let made = prepare(&component)?;
    Ok(BARE.get_or_init(|| made))
}

fn prepare(component: &Component) -> Result<InstancePre<State>> {
    host::generous()?
        .instantiate_pre(component)
        .map_err(|error| anyhow!("{error:?}"))
}

/// The program with a tree mounted, compiled.
pub struct Artifact {
    program: InstancePre<State>,
    tree: Tree,
}

impl Artifact {
    pub fn new(tree: &Tree) -> Result<Self> {
        let folder = TempDir::with_prefix("wasi-virt-")?;
        tree.write(folder.path())?;
        let mut virt = WasiVirt::new();
        virt.allow_all();
        virt.fs()
            .deny_host_preopens()
            .preopen_with_mode(ROOT, FsEntry::Virtualize(folder.path()), FileMode::Rw)
            .tmpfs(OTHER, None);
        virt.compose(fixture("disk")?);
        let bytes = virt.finish()?;
        Ok(Artifact {
            program: prepare(&host::compile(&bytes)?)?,
            tree: tree.clone(),
        })
    }

    /// Where the two hosts first disagree about a script, if they do.
    pub fn compare(&self, script: &[String]) -> Result<Option<Difference>> {
        let text = script.join("\n");
        let [folder, other] = [(); 2].map(|()| TempDir::with_prefix("wasi-virt-"));
        let (folder, other) = (folder?, other?);
        self.tree.write(folder.path())?;
        let expected = perform(
            bare()?,
            &text,
            &[(ROOT, folder.path()), (OTHER, other.path())],
        );
        let expected = expected.with_context(|| format!("on the host's own files:\n{text}"))?;
        let given = perform(&self.program, &text, &[]).unwrap_or_else(|error| format!("{error:?}"));
        Ok(difference(&expected, &given))
    }
}

fn perform(
    program: &InstancePre<State>,
    script: &str,
    folders: &[(&str, &Path)],
) -> Result<String> {
    let preopens: Vec<(String, PathBuf)> = folders
        .iter()
        .map(|(guest, folder)| (guest.to_string(), folder.to_path_buf()))
        .collect();
    let (mut store, _) = host::planted("", "", &preopens)?;
    let instance = program
        .instantiate(&mut store)
        .map_err(|error| anyhow!("{error:?}"))?;
    call_probe(&mut store, &instance, script)?.map_err(|error| anyhow!("{error:?}"))
}

/// Whether the hosts disagree about an experiment.
pub fn compare(experiment: &Experiment) -> Result<Option<Difference>> {
    Artifact::new(&experiment.tree)?.compare(&experiment.script)
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
