//! The ways in which the guest runs: bare on the host, which is the oracle, and virtualized so that
//! every kind of handle is met. In each, `/d` and `/r` have the same files; what a guest may change
//! is in `/d`.

use super::ground::Grounds;
use super::guest::{Program, SECRET};
use super::world::World;
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
    /// Whether the guest's handles of files are virtual, all of them.
    pub is_virtual: bool,
    /// The host's directories are `d` and `r` in it.
    folder: TempDir,
}

impl Way {
    fn new(name: &'static str, world: &'static World, component: Result<Vec<u8>>) -> Result<Way> {
        let component = component.context(name)?;
        let folder = TempDir::with_prefix("wasi-virt-hostile-")?;
        let preopens: Vec<(String, PathBuf)> = ["d", "r"]
            .map(|name| (format!("/{name}"), folder.path().join(name)))
            .into();
        for (_, directory) in &preopens {
            fs::create_dir(directory)?;
        }
        let way = Way {
            name,
            program: Program::new(&component, world, &preopens).context(name)?,
            is_virtual: true,
            folder,
        };
        way.tidy()?;
        Ok(way)
    }

    /// Gives the host's directories the files that they have at first.
    pub fn tidy(&self) -> Result<()> {
        for name in ["d", "r"] {
            let directory = self.folder.path().join(name);
            for entry in fs::read_dir(&directory)? {
                let path = entry?.path();
                match path.is_dir() && !path.is_symlink() {
                    true => fs::remove_dir_all(&path)?,
                    false => fs::remove_file(&path)?,
                }
            }
            fs::create_dir(directory.join("sub"))?;
            for (path, contents) in files() {
                fs::write(directory.join(path), contents)?;
            }
            #[cfg(unix)]
            std::os::unix::fs::symlink("hello.txt", directory.join("link"))?;
        }
        Ok(())
    }

    /// What the host has in `d`: names, and the length of each file.
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

/// What becomes of a component: a policy, and what is mounted.
struct Recipe {
    policy: Policy,
    entries: Vec<Entry>,
    contents: Vec<Vec<u8>>,
}

impl Recipe {
    fn new(policy: Policy) -> Self {
        Recipe {
            policy,
            entries: Vec::new(),
            contents: Vec::new(),
        }
    }

    /// Mounts the files.
    fn mount(mut self, guest: &str, mode: FileMode) -> Self {
        let mount = self.policy.mounts.len() as u32;
        let link = EntryKind::Symlink {
            target: "hello.txt".into(),
        };
        let mut listed = vec![
            (String::new(), EntryKind::Directory, Vec::new()),
            ("/sub".into(), EntryKind::Directory, Vec::new()),
            ("/link".into(), link, Vec::new()),
        ];
        for (path, bytes) in files() {
            let kind = EntryKind::File {
                size: bytes.len() as u64,
                digest: None,
            };
            listed.push((format!("/{path}"), kind, bytes));
        }
        for (path, kind, contents) in listed {
            self.entries.push(Entry {
                mount,
                guest: format!("{guest}{path}"),
                source: format!("files{path}"),
                kind,
            });
            self.contents.push(contents);
        }
        self.policy
            .mounts
            .push(Mount::new(guest, "files").mode(mode));
        self
    }

    /// Preopens the host's `/d`.
    fn preopen(mut self, mode: FileMode) -> Self {
        self.policy
            .preopens
            .push(Preopen::new("/d", "/d").mode(mode));
        self
    }

    fn of(self, component: &[u8]) -> Result<Vec<u8>> {
        let contents: Vec<&[u8]> = self.contents.iter().map(Vec::as_slice).collect();
        let output = wasi_virt::virtualize(component, &self.policy, &self.entries)?;
        engine::assemble(&output, component, &contents)
    }
}

/// Closes or makes virtual what it can. What hands out files of its own stays open.
fn base<G: Grounds>() -> Policy {
    G::policy().with(|changed| {
        changed.env = vec![("NAME".into(), SECRET.into())];
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Ignore;
        changed.clocks = start();
        changed.random = Random::Seed(7);
        changed.deny_mode = DenyMode::Error;
    })
}

fn start() -> Clocks {
    Clocks::Start("2023-01-01T00:00:00Z".parse().expect("a time"))
}

/// Closes what hands out files, so that there are none but those of the adapter.
fn without_files<G: Grounds>(policy: Policy) -> Policy {
    policy.with(|changed| {
        changed.host_preopens = Access::Deny;
        changed.deny_other = true;
        changed.allow_import = G::OPEN.iter().map(|name| name.to_string()).collect();
        changed.deny_mode = DenyMode::Error;
    })
}

/// A way whose handles of files are in part the host's.
fn with_the_hosts(way: Way) -> Way {
    Way {
        is_virtual: false,
        ..way
    }
}

/// What becomes of a guest by a recipe.
fn made<G: Grounds>(name: &'static str, recipe: Recipe) -> Result<Way> {
    let world = G::world()?;
    Way::new(name, world, recipe.of(&world.component))
}

/// On the host, as it is.
pub fn bare<G: Grounds>() -> Result<Way> {
    let world = G::world()?;
    let way = Way::new("bare", world, Ok(world.component.clone()));
    Ok(with_the_hosts(way?))
}

/// Files that are mounted, and that nothing may change.
pub fn read_only<G: Grounds>() -> Result<Way> {
    let recipe = Recipe::new(without_files::<G>(base::<G>()));
    let recipe = recipe.mount("/d", FileMode::Ro).mount("/r", FileMode::Ro);
    made::<G>("read-only", recipe)
}

/// Files that are mounted, and that may be changed.
pub fn writable<G: Grounds>() -> Result<Way> {
    let recipe = Recipe::new(base::<G>().with(|changed| {
        changed.adapter_memory = Some(Size(4 << 20));
    }));
    let recipe = recipe.mount("/d", FileMode::Rw).mount("/r", FileMode::Ro);
    made::<G>("writable", recipe)
}

/// The host's directory, which nothing may change: the adapter keeps the host's handles.
pub fn host_read_only<G: Grounds>() -> Result<Way> {
    let recipe = Recipe::new(base::<G>()).preopen(FileMode::Ro);
    let recipe = recipe.mount("/r", FileMode::Ro);
    made::<G>("host-read-only", recipe)
}

/// The host's directory as the host gives it beside one that is mounted, with the host's streams.
pub fn mixed<G: Grounds>() -> Result<Way> {
    let recipe = Recipe::new(base::<G>().with(|changed| {
        changed.host_preopens = Access::Allow;
        changed.stdin = StdioMode::Allow;
        changed.stdout = StdioMode::Allow;
    }));
    let recipe = recipe.mount("/r", FileMode::Ro);
    Ok(with_the_hosts(made::<G>("mixed", recipe)?))
}

/// Files that are mounted, where the rest is denied and traps.
pub fn trapping<G: Grounds>() -> Result<Way> {
    let policy = without_files::<G>(base::<G>()).with(|changed| {
        changed.deny_mode = DenyMode::Trap;
        changed.stdin = StdioMode::Deny;
    });
    let recipe = Recipe::new(policy);
    let recipe = recipe.mount("/d", FileMode::Rw).mount("/r", FileMode::Ro);
    made::<G>("trapping", recipe)
}

/// Files that are mounted, and the host's output.
pub fn open_output<G: Grounds>() -> Result<Way> {
    let recipe = Recipe::new(without_files::<G>(base::<G>()).with(|changed| {
        changed.stdout = StdioMode::Allow;
    }));
    let recipe = recipe.mount("/d", FileMode::Ro).mount("/r", FileMode::Ro);
    made::<G>("open-output", recipe)
}

/// Virtualized twice: the files are those of the first time.
pub fn inner<G: Grounds>() -> Result<Way> {
    let inner = Recipe::new(without_files::<G>(Policy::allow_all()));
    let inner = inner.mount("/d", FileMode::Ro).mount("/r", FileMode::Ro);
    let outer = Recipe::new(Policy::default().with(|changed| {
        changed.env = vec![("NAME".into(), SECRET.into())];
        changed.stdout = StdioMode::Ignore;
        changed.clocks = start();
        changed.random = Random::Seed(7);
        changed.deny_mode = DenyMode::Error;
    }));
    twice::<G>("inner", inner, outer)
}

/// Virtualized twice: the files are those of the second time, and the first adapter, which lets
/// nothing change them, keeps handles of the second.
pub fn hidden_twice<G: Grounds>() -> Result<Way> {
    let inner = Recipe::new(Policy::allow_all().with(|changed| {
        changed.host_preopens = Access::Deny;
    }));
    let inner = inner.preopen(FileMode::Ro).mount("/r", FileMode::Ro);
    let outer = Recipe::new(base::<G>()).mount("/d", FileMode::Rw);
    twice::<G>("hidden-twice", inner, outer)
}

fn twice<G: Grounds>(name: &'static str, inner: Recipe, outer: Recipe) -> Result<Way> {
    let world = G::world()?;
    let once = inner.of(&world.component);
    Way::new(name, world, once.and_then(|once| outer.of(&once)))
}

/// All but the bare one.
pub fn virtualized<G: Grounds>() -> Result<Vec<Way>> {
    Ok(vec![
        read_only::<G>()?,
        writable::<G>()?,
        host_read_only::<G>()?,
        mixed::<G>()?,
        inner::<G>()?,
        hidden_twice::<G>()?,
    ])
}
