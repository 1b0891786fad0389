//! The temporary files of results that are being written, so that none is left behind when a signal
//! ends the process. Nothing else may create, rename or remove them.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Those that exist. A signal keeps it locked, so that nothing is created or renamed any more.
static EXISTING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn existing() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    EXISTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file. Dropped before [`Unfinished::rename`], it is removed.
pub(super) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Creates a file with a hidden name that is not taken, in the directory the result will be in.
    ///
    /// # Errors
    ///
    /// The system's; and `AlreadyExists` where so many of these files exist that no name is left.
    pub(super) fn create(parent: &Path) -> io::Result<(File, Unfinished)> {
        let mut existing = existing();
        for number in 0..1000 {
            let path = parent.join(format!(".wasi-virt-{number}.tmp"));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    existing.insert(path.clone());
                    return Ok((file, Unfinished { path }));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Gives the file its name.
    pub(super) fn rename(self, name: &Path) -> io::Result<()> {
        let mut existing = existing();
        fs::rename(&self.path, name)?;
        existing.remove(&self.path);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut existing = existing();
        if existing.remove(&self.path) {
            // Nothing is left to do when even this fails, and the first error is the one to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Ends the process on SIGINT and SIGTERM, with every temporary file removed, and lets a file that
/// grows beyond a limit be an error like others, where the system would end the process.
#[cfg(unix)]
pub(super) fn watch_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use std::sync::{Arc, atomic::AtomicBool};

    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let existing = existing();
                for path in existing.iter() {
                    let _ = fs::remove_file(path);
                }
                // As shells tell of a process that a signal has ended.
                std::process::exit(128 + signal);
            }
        })?;
    Ok(())
}

/// Elsewhere there are no signals to wait for.
#[cfg(not(unix))]
pub(super) fn watch_signals() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_renamed_or_removed() {
        let dir = tempfile::tempdir().unwrap();
        let names = || fs::read_dir(dir.path()).unwrap().count();
        let (_, first) = Unfinished::create(dir.path()).unwrap();
        let (_, second) = Unfinished::create(dir.path()).unwrap();
        assert_eq!(names(), 2);
        assert!(existing().contains(&first.path));
        let path = first.path.clone();
        first.rename(&dir.path().join("result")).unwrap();
        assert!(!existing().contains(&path));
        drop(second);
        assert_eq!(names(), 1);
        assert!(dir.path().join("result").exists());

        let (_, third) = Unfinished::create(dir.path()).unwrap();
        third
            .rename(&dir.path().join("missing/result"))
            .unwrap_err();
        assert_eq!(names(), 1, "removed when it cannot be renamed");
    }
}
