//! Copies of a case's folders that a run's host preopens, and what the run leaves in them.

use crate::case::Run;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub struct Folders {
    copies: TempDir,
    /// Path in the host to folder.
    names: BTreeMap<String, String>,
}

impl Folders {
    /// Copies folders of a case: path in the host to folder.
    pub fn copy(names: &BTreeMap<String, String>, folder: &Path) -> Result<Folders> {
        let copies = tempfile::tempdir()?;
        for name in names.values() {
            let copy = copies.path().join(name);
            if copy.exists() {
                continue;
            }
            fs::create_dir_all(copy.parent().context("a folder below the case's")?)?;
            let copied = Command::new("cp")
                .arg("-a")
                .args([folder.join(name), copy])
                .status()
                .context("starting cp")?;
            ensure!(copied.success(), "folder {name} cannot be copied");
        }
        Ok(Folders {
            copies,
            names: names.clone(),
        })
    }

    /// Path in the host and where the copy is.
    pub fn preopens(&self) -> Vec<(String, PathBuf)> {
        self.names
            .iter()
            .map(|(guest, name)| (guest.clone(), self.copies.path().join(name)))
            .collect()
    }

    /// Whether what the case says is in the folders, and what it says is gone is not.
    pub fn check(&self, run: &Run) -> Result<()> {
        for (path, text) in &run.holds {
            let is = fs::read_to_string(self.copies.path().join(path))
                .with_context(|| format!("{path} after the run"))?;
            ensure!(is == *text, "{path} holds {is:?}, not {text:?}");
        }
        for path in &run.gone {
            let there = self.copies.path().join(path).symlink_metadata().is_ok();
            ensure!(!there, "{path} is still there after the run");
        }
        Ok(())
    }

    /// Everything in the folders, by path: `directory`, `-> target`, or the bytes of a file.
    pub fn contents(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let mut found = BTreeMap::new();
        let mut pending = vec![self.copies.path().to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let kind = path.symlink_metadata()?.file_type();
                let what = if kind.is_dir() {
                    pending.push(path.clone());
                    b"directory".to_vec()
                } else if kind.is_symlink() {
                    format!("-> {}", fs::read_link(&path)?.display()).into_bytes()
                } else {
                    fs::read(&path)?
                };
                found.insert(path.strip_prefix(self.copies.path())?.to_owned(), what);
            }
        }
        Ok(found)
    }
}
