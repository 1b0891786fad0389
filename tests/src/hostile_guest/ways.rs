//! The ways in which the guest runs: bare on the host, which is the oracle, and virtualized so that
//! every kind of handle is met. In each, `/d` has the same files.

use super::guest::{Program, SECRET};
use super::world::world;
use crate::engine;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use wasi_virt::{
    Access, Clocks, DenyMode, Entry, EntryKind, FileMode, Mount, Policy, Preopen, Random, Size,
    StdioMode,
};

/// What is in `hello.txt`: longer than what is copied at once, and of no even length.
pub fn hello() -> Vec<u8> {
    (0..5_003_u32).map(|n| (n * 7 + n / 256) as u8).collect()
}

/// The files in the directory, and what is in them.
fn files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("hello.txt", hello()),
        ("secret.txt", SECRET.as_bytes().to_vec()),
        ("sub/inner.txt", b"inner".to_vec()),
    ]
}

/// A way to run the guest.
pub struct Way {
    pub name: &'static str,
    pub program: Program,
    /// Whether files in `/d` may be changed.
    pub is_writable: bool,
    /// Whether nothing of `/d` reaches the host, so that every handle is virtual.
    pub is_virtual: bool,
    /// The host's directory is `d` in it.
    folder: TempDir,
}

impl Way {
    /// What the host has in its directory: names, and the length of each file.
    pub fn listing(&self) -> Result<BTreeMap<String, u64>> {
        let entries = fs::read_dir(self.folder.path().join("d"))?;
        let described = entries.map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, entry.metadata()?.len()))
        });
        described.collect()
    }
}

/// What every policy closes or makes virtual.
fn base() -> Policy {
    Policy {
        env: vec![("NAME".into(), SECRET.into())],
        config: vec![("key".into(), "value".into())],
        stdin: StdioMode::Ignore,
        stdout: StdioMode::Ignore,
        clocks: Clocks::Start("2023-01-01T00:00:00Z".parse().expect("a time")),
        random: Random::Seed(7),
        deny: DenyMode::Error,
        ..Policy::default()
    }
}

/// A policy with the files mounted, and the entries of the mount.
fn mounted(guest: &str, mode: FileMode, policy: Policy) -> (Policy, Vec<Entry>, Vec<Vec<u8>>) {
    let mount = policy.mounts.len() as u32;
    let entry = |path: &str, kind| Entry {
        mount,
        guest: format!("{guest}{path}"),
        source: format!("d{path}"),
        kind,
    };
    let mut entries = vec![
        entry("", EntryKind::Directory),
        entry("/sub", EntryKind::Directory),
        entry(
            "/link",
            EntryKind::Symlink {
                target: "hello.txt".into(),
            },
        ),
    ];
    let mut contents = vec![Vec::new(); entries.len()];
    for (path, bytes) in files() {
        let kind = EntryKind::File {
            size: bytes.len() as u64,
            digest: None,
        };
        entries.push(entry(&format!("/{path}"), kind));
        contents.push(bytes);
    }
    let mut policy = policy;
    policy.mounts.push(Mount {
        guest: guest.to_string(),
        source: "d".into(),
        mode,
        size: None,
        nodes: None,
    });
    (policy, entries, contents)
}

fn preopened(mode: FileMode, policy: Policy) -> Policy {
    Policy {
        preopens: vec![Preopen {
            guest: "/d".into(),
            host: "/d".into(),
            mode,
        }],
        ..policy
    }
}

fn virtualize(
    component: &[u8],
    (policy, entries, contents): (Policy, Vec<Entry>, Vec<Vec<u8>>),
) -> Result<Vec<u8>> {
    let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let output = wasi_virt::plan(component, &policy, &entries)?;
    engine::assemble(&output, component, &contents)
}

fn way(name: &'static str, component: Result<Vec<u8>>) -> Result<Way> {
    let component = component.context(name)?;
    let folder = TempDir::with_prefix("wasi-virt-hostile-")?;
    let directory = folder.path().join("d");
    fs::create_dir_all(directory.join("sub"))?;
    for (path, contents) in files() {
        fs::write(directory.join(path), contents)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("hello.txt", directory.join("link"))?;
    let preopens: [(String, PathBuf); 1] = [("/d".into(), directory)];
    Ok(Way {
        name,
        program: Program::new(&component, &preopens).context(name)?,
        is_writable: false,
        is_virtual: false,
        folder,
    })
}

/// On the host, as it is.
pub fn bare() -> Result<Way> {
    Ok(Way {
        is_writable: true,
        ..way("bare", Ok(world()?.component.clone()))?
    })
}

/// Files that are mounted, and that nothing may change.
pub fn read_only() -> Result<Way> {
    let component = &world()?.component;
    let mounted = mounted("/d", FileMode::Ro, base());
    Ok(Way {
        is_virtual: true,
        ..way("read-only", virtualize(component, mounted))?
    })
}

/// Files that are mounted, and that may be changed.
pub fn writable() -> Result<Way> {
    let component = &world()?.component;
    let policy = Policy {
        adapter_memory: Some(Size(4 << 20)),
        ..base()
    };
    let mounted = mounted("/d", FileMode::Rw, policy);
    Ok(Way {
        is_writable: true,
        is_virtual: true,
        ..way("writable", virtualize(component, mounted))?
    })
}

/// The host's directory, which nothing may change: the adapter keeps the host's handles.
pub fn host_read_only() -> Result<Way> {
    let component = &world()?.component;
    let policy = preopened(FileMode::Ro, base());
    way(
        "host-read-only",
        virtualize(component, (policy, vec![], vec![])),
    )
}

/// The host's directory as the host gives it beside one that is mounted, with the host's streams.
pub fn mixed() -> Result<Way> {
    let component = &world()?.component;
    let policy = Policy {
        fs: Access::Allow,
        stdin: StdioMode::Allow,
        stdout: StdioMode::Allow,
        ..base()
    };
    let mounted = mounted("/v", FileMode::Ro, policy);
    Ok(Way {
        is_writable: true,
        ..way("mixed", virtualize(component, mounted))?
    })
}

/// Virtualized twice: the files are those of the first time.
pub fn inner() -> Result<Way> {
    let component = &world()?.component;
    let mounted = mounted("/d", FileMode::Ro, Policy::allow_all());
    let closed = Policy {
        fs: Access::Deny,
        ..mounted.0
    };
    let once = virtualize(component, (closed, mounted.1, mounted.2));
    let outer = Policy {
        env: vec![("NAME".into(), SECRET.into())],
        stdout: StdioMode::Ignore,
        random: Random::Seed(7),
        clocks: Clocks::Start("0".parse().expect("a time")),
        ..Policy::default()
    };
    let twice = once.and_then(|once| virtualize(&once, (outer, vec![], vec![])));
    Ok(Way {
        is_virtual: true,
        ..way("inner", twice)?
    })
}

/// Virtualized twice: the files are those of the second time, and the first adapter, which lets
/// nothing change them, keeps handles of the second.
pub fn hidden_twice() -> Result<Way> {
    let component = &world()?.component;
    let inner = preopened(
        FileMode::Ro,
        Policy {
            fs: Access::Deny,
            ..Policy::allow_all()
        },
    );
    let once = virtualize(component, (inner, vec![], vec![]));
    let outer = mounted("/d", FileMode::Rw, base());
    let twice = once.and_then(|once| virtualize(&once, outer));
    Ok(Way {
        is_virtual: true,
        ..way("hidden-twice", twice)?
    })
}

/// All but the bare one.
pub fn virtualized() -> Result<Vec<Way>> {
    Ok(vec![
        read_only()?,
        writable()?,
        host_read_only()?,
        mixed()?,
        inner()?,
        hidden_twice()?,
    ])
}
