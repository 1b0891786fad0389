//! Folders as mounts, and artifacts with them.

use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use wasi_virt::{Access, Clocks, Entry, EntryKind, Policy, Random, Segment, StdioMode, Tmpfs};

/// The files of a folder, as a mount.
#[derive(Default)]
pub struct Mounted {
    entries: Vec<Entry>,
    sources: Vec<PathBuf>,
}

impl Mounted {
    /// Lists a folder with files in it and nothing else.
    pub fn list(guest: &str, folder: &Path) -> Result<Mounted> {
        let root = Entry {
            mount: 0,
            guest: guest.into(),
            source: folder.display().to_string(),
            kind: EntryKind::Directory,
        };
        let mut mounted = Mounted {
            entries: vec![root],
            sources: vec![folder.to_owned()],
        };
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            mounted.entries.push(Entry {
                mount: 0,
                guest: format!("{}/{name}", guest.trim_end_matches('/')),
                source: path.display().to_string(),
                kind: EntryKind::File {
                    size: path.metadata()?.len(),
                    digest: None,
                },
            });
            mounted.sources.push(path);
        }
        Ok(mounted)
    }

    /// The artifact of a component with these files, and what the benchmarks need besides.
    pub fn artifact(&self, component: &[u8]) -> Result<Vec<u8>> {
        make(component, &rest_allowed(), self)
    }
}

fn make(component: &[u8], policy: &Policy, files: &Mounted) -> Result<Vec<u8>> {
    let output = wasi_virt::virtualize(component, policy, &files.entries)?;
    let mut bytes = Vec::new();
    for segment in output.segments {
        match segment {
            Segment::Bytes(run) => bytes.extend(run),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(
                    &component[usize::try_from(offset)?..usize::try_from(offset + len)?],
                );
            }
            Segment::File { index, .. } => {
                bytes.extend(fs::read(&files.sources[usize::try_from(index)?])?);
            }
        }
    }
    Ok(bytes)
}

/// All but files, variables and input, which are virtual.
pub fn rest_allowed() -> Policy {
    Policy::default().with(|changed| {
        changed.host_args = Access::Allow;
        changed.clocks = Clocks::Allow;
        changed.sockets = Access::Allow.into();
        changed.http = Access::Allow.into();
        changed.random = Random::Allow;
        changed.exit = Access::Allow;
        changed.stdout = StdioMode::Allow;
        changed.stderr = StdioMode::Allow;
    })
}

/// All but files and variables.
pub fn input_allowed() -> Policy {
    rest_allowed().with(|changed| {
        changed.stdin = StdioMode::Allow;
    })
}

/// The artifact of a component without files. By [`rest_allowed`] its input is virtual, so that
/// streams and pollables are also the adapter's.
pub fn without_files(component: &[u8], policy: &Policy) -> Result<Vec<u8>> {
    make(component, policy, &Mounted::default())
}

/// The artifact of a component whose only directory is one in memory.
pub fn tmpfs(component: &[u8], guest: &str, policy: &Policy) -> Result<Vec<u8>> {
    let directory = Tmpfs::new(guest);
    let policy = policy.clone().with(|changed| {
        changed.tmpfs = vec![directory];
    });
    make(component, &policy, &Mounted::default())
}

/// A folder on a RAM disk, so that the host's files cost what its calls cost.
pub fn ram_disk() -> Result<tempfile::TempDir> {
    let shm = Path::new("/dev/shm");
    Ok(if shm.is_dir() {
        tempfile::tempdir_in(shm)?
    } else {
        eprintln!("there is no /dev/shm: the host's files are on a disk");
        tempfile::tempdir()?
    })
}
