//! Where the result is written: a file that appears whole or not at all, or a stream. It must never
//! touch an existing file before everything is written.

use super::{closed, problem, unfinished::Unfinished};
use crate::job::{Exit, Output};
use crate::problem::{Reason, Task};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

/// Bytes gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// As many links are followed to find the file behind the output's name.
pub(super) const LINKS: usize = 40;

/// A result being written. Dropped before [`Sink::commit`], it leaves nothing behind.
pub(super) struct Sink {
    output: Output,
    writer: BufWriter<Target>,
    /// The file being written, and the name it gets in the end.
    unfinished: Option<(Unfinished, PathBuf)>,
}

enum Target {
    File(File),
    Stdout(Stdout),
    Nowhere(io::Sink),
}

impl Sink {
    /// Opens the output.
    ///
    /// # Errors
    ///
    /// Names the output and what is wrong with it.
    pub(super) fn open(output: &Output) -> Result<Sink, Exit> {
        match output {
            Output::Stdout if closed::stdout() => Err(no_stdout()),
            Output::Stdout => Ok(Sink::new(output, Target::Stdout(io::stdout()), None)),
            Output::File(path) => Sink::file(output, path),
            Output::Nowhere => Ok(Sink::new(output, Target::Nowhere(io::sink()), None)),
        }
    }

    fn new(output: &Output, target: Target, unfinished: Option<(Unfinished, PathBuf)>) -> Sink {
        Sink {
            output: output.clone(),
            writer: BufWriter::with_capacity(BUFFER, target),
            unfinished,
        }
    }

    fn file(output: &Output, path: &str) -> Result<Sink, Exit> {
        let wrong = |reason| problem::write(path, reason);
        let fail = |error: &io::Error| wrong(problem::reason(error));
        let target = follow(Path::new(path)).map_err(|error| fail(&error))?;
        let existing = fs::metadata(&target).ok();
        match &existing {
            Some(existing) if existing.is_dir() => {
                return Err(wrong(Reason::OutputIsADirectory));
            }
            // A pipe or a device is written as it is: replacing `/dev/null` by a file would break
            // it.
            Some(existing) if !existing.is_file() => {
                let file = OpenOptions::new()
                    .write(true)
                    .open(&target)
                    .map_err(|error| fail(&error))?;
                return Ok(Sink::new(output, Target::File(file), None));
            }
            Some(existing) if is_read_only(&target, existing) => {
                return Err(wrong(Reason::OutputIsReadOnly));
            }
            _ if path.ends_with('/') => {
                return Err(wrong(Reason::OutputNamesADirectory));
            }
            _ => {}
        }
        let parent = target.parent().unwrap_or(Path::new(""));
        let folder = || parent.to_string_lossy().into_owned();
        let (file, unfinished) = Unfinished::create(parent).map_err(|error| {
            wrong(match error.kind() {
                ErrorKind::NotFound if is_directory(parent) => {
                    Reason::OutputFolderRefuses(folder(), error.to_string())
                }
                ErrorKind::NotFound => Reason::OutputFolderMissing(folder()),
                ErrorKind::PermissionDenied => Reason::OutputFolderForbidden,
                ErrorKind::AlreadyExists => Reason::OutputFolderCrowded,
                _ => problem::reason(&error),
            })
        })?;
        let sink = Sink::new(output, Target::File(file), Some((unfinished, target)));
        sink.keep_permissions(existing.as_ref())
            .map_err(|error| fail(&error))?;
        Ok(sink)
    }

    /// A file that replaces another keeps its permissions; a new one has those of any new file.
    #[cfg(unix)]
    fn keep_permissions(&self, existing: Option<&Metadata>) -> io::Result<()> {
        match (existing, self.writer.get_ref()) {
            (Some(existing), Target::File(file)) => file.set_permissions(existing.permissions()),
            _ => Ok(()),
        }
    }

    /// Other systems, WASI among them, have no permissions to keep.
    #[cfg(not(unix))]
    fn keep_permissions(&self, _existing: Option<&Metadata>) -> io::Result<()> {
        Ok(())
    }

    /// Gives what was written its name.
    ///
    /// # Errors
    ///
    /// As writing does; the old file, if any, is then untouched.
    pub(super) fn commit(mut self) -> Result<(), Exit> {
        self.writer.flush().map_err(|error| self.failed(&error))?;
        match self.unfinished.take() {
            Some((unfinished, target)) => unfinished
                .rename(&target)
                .map_err(|error| self.failed(&error)),
            None => Ok(()),
        }
    }

    /// Where to write; what fails there, [`Sink::failed`] names.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut self.writer
    }

    /// That writing failed with this error.
    pub(super) fn failed(&self, error: &io::Error) -> Exit {
        let reason = problem::reason(error);
        match &self.output {
            // What is visible was asked when it was opened.
            Output::File(path) => problem::stream(Task::Write(path.clone()), reason),
            Output::Stdout | Output::Nowhere => problem::stream(Task::WriteStdout, reason),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Target::File(file) => file.write(bytes),
            Target::Stdout(stdout) => stdout.write(bytes),
            Target::Nowhere(sink) => sink.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Target::File(file) => file.flush(),
            Target::Stdout(stdout) => stdout.flush(),
            Target::Nowhere(sink) => sink.flush(),
        }
    }
}

/// Whether the file is protected, by its permissions or because it belongs to somebody else;
/// replacing it would not be stopped by that.
fn is_read_only(path: &Path, metadata: &Metadata) -> bool {
    // WASI has no permissions, and std calls every file read-only there.
    let marked = cfg!(not(target_family = "wasm")) && metadata.permissions().readonly();
    let refused = OpenOptions::new().write(true).open(path).err();
    marked || refused.is_some_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Whether there is such a directory; the empty path is the one we are in.
fn is_directory(path: &Path) -> bool {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    path.is_dir()
}

/// That nothing can be written to standard output.
pub(super) fn no_stdout() -> Exit {
    problem::stream(Task::WriteStdout, Reason::Closed)
}

/// The file that `path` stands for, so that a link to the output stays a link.
pub(super) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}
