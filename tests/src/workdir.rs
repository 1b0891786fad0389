//! The folder a case runs in: its files, its links, what no data file can hold, and its component.
//! Only what the case asks for is in it.

use crate::case::{Case, File, Folder, SpecialKind};
use crate::paths;
use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The name of the component in the folder.
pub const COMPONENT: &str = "app.wasm";

pub struct Workdir {
    folder: TempDir,
    /// Sockets exist as long as they are listened on.
    _sockets: Vec<UnixListener>,
}

impl Workdir {
    pub fn make(case: &Case) -> Result<Workdir> {
        let folder = TempDir::with_prefix("wasi-virt-")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777))?;
        for file in &case.files {
            match file.repeat {
                None => make_file(folder.path(), file, &file.path, &file.text)?,
                Some(count) => (0..count).try_for_each(|n| {
                    let (path, text) = (counted(&file.path, n)?, counted(&file.text, n)?);
                    make_file(folder.path(), file, &path, &text)
                })?,
            }
        }
        for Folder { path, fixture } in &case.folders {
            let copied = Command::new("cp")
                .arg("-r")
                .args([paths::folder(fixture)?, inside(folder.path(), path)?])
                .status()
                .context("starting cp")?;
            if !copied.success() {
                bail!("{fixture} cannot be copied");
            }
        }
        for link in &case.links {
            std::os::unix::fs::symlink(&link.target, inside(folder.path(), &link.path)?)?;
        }
        let mut sockets = Vec::new();
        for special in &case.specials {
            let path = inside(folder.path(), &special.path)?;
            make_special(&special.kind, &path, &mut sockets)
                .with_context(|| path.display().to_string())?;
        }
        if let Some(bytes) = component(case)? {
            fs::write(folder.path().join(COMPONENT), bytes)?;
        }
        Ok(Workdir {
            folder,
            _sockets: sockets,
        })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes one file of a case.
fn make_file(folder: &Path, file: &File, path: &str, text: &str) -> Result<()> {
    let at = inside(folder, path)?;
    ensure!(!at.exists(), "the case makes the file {path} twice");
    match (&file.fixture, file.size) {
        (Some(name), _) => drop(fs::copy(paths::fixture(name)?, at)?),
        (None, Some(size)) => fs::write(at, pattern(size))?,
        (None, None) => fs::write(at, text)?,
    }
    Ok(())
}

/// A text with `{n}` replaced by a number, and `{n/D}` by its quotient.
pub fn counted(text: &str, n: u64) -> Result<String> {
    let mut pieces = text.split("{n");
    let mut out = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let (divisor, rest) = piece.split_once('}').context("`{n` without `}`")?;
        let divisor = match divisor.strip_prefix('/') {
            Some(divisor) => divisor.parse().ok().filter(|divisor| *divisor > 0),
            None => divisor.is_empty().then_some(1),
        };
        let divisor = divisor.with_context(|| format!("`{text}`: write `{{n}}` or `{{n/10}}`"))?;
        out += &(n / divisor).to_string();
        out += rest;
    }
    Ok(out)
}

/// A path in the folder, with the folders above it made.
fn inside(folder: &Path, path: &str) -> Result<PathBuf> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(path)
}

/// The component that the case gives, if it gives one.
fn component(case: &Case) -> Result<Option<Vec<u8>>> {
    let mut bytes = match (&case.guest, &case.wat, &case.text) {
        (Some(name), None, None) => fs::read(paths::fixture(name)?)?,
        (None, Some(wat), None) => wat::parse_str(wat)?,
        (None, None, Some(text)) => text.clone().into_bytes(),
        (None, None, None) => return Ok(None),
        _ => bail!("a case has one of guest, wat and text"),
    };
    if let Some(len) = case.truncate {
        if len >= bytes.len() {
            bail!("truncating {} bytes to {len}", bytes.len());
        }
        bytes.truncate(len);
    }
    Ok(Some(bytes))
}

fn make_special(kind: &SpecialKind, path: &Path, sockets: &mut Vec<UnixListener>) -> Result<()> {
    match kind {
        SpecialKind::Directory => fs::create_dir_all(path)?,
        SpecialKind::Fifo => {
            let made = Command::new("mkfifo")
                .arg(path)
                .status()
                .context("starting mkfifo")?;
            if !made.success() {
                bail!("mkfifo failed");
            }
        }
        SpecialKind::Socket => sockets.push(UnixListener::bind(path)?),
        SpecialKind::NotUtf8 => {
            fs::create_dir_all(path)?;
            fs::write(
                path.join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt")),
                "latin-1",
            )?;
        }
        SpecialKind::Unreadable => {
            fs::write(path, "secret")?;
            fs::set_permissions(path, Permissions::from_mode(0o000))?;
        }
        SpecialKind::ReadOnly => {
            fs::write(path, "old")?;
            fs::set_permissions(path, Permissions::from_mode(0o444))?;
        }
        SpecialKind::Unwritable => {
            fs::create_dir_all(path)?;
            fs::set_permissions(path, Permissions::from_mode(0o555))?;
        }
    }
    Ok(())
}

/// Bytes that repeat at no power of two, so that a wrong offset shows.
pub fn pattern(size: u64) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}
