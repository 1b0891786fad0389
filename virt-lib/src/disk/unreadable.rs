//! Words the errors of a disk: the path, the reason, what to do. Every shell uses them, so that they
//! read the same everywhere. This module must never touch a disk.

use crate::error::escape::quote;
use crate::error::{Error, Problem, ProblemKind, Setting};
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

/// A path that cannot be read, and why.
///
/// ```
/// use wasi_virt::disk::{Reason, Unreadable};
///
/// let problem = Unreadable { path: "app.wasm".into(), reason: Reason::NotFound };
/// assert_eq!(problem.to_string(), "cannot read `app.wasm`: no such file or directory");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The path of a file, a directory or a link.
    pub path: String,
    /// Why it cannot be read.
    pub reason: Reason,
}

/// Why something cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing is there.
    NotFound,
    /// The system forbids it.
    PermissionDenied,
    /// A file is wanted.
    IsADirectory,
    /// Something on the way is not a directory.
    NotADirectory,
    /// The disk is full.
    StorageFull,
    /// The file would be larger than allowed.
    FileTooLarge,
    /// The user may not store more.
    QuotaExceeded,
    /// Nothing can be written on this file system.
    ReadOnlyFilesystem,
    /// Nothing reads the pipe any more.
    BrokenPipe,
    /// A directory holds a name that WASI cannot express.
    NameNotUtf8,
    /// Following the path passes too many links, or the same ones again and again.
    TooManyLinks,
    /// A symbolic link whose target a WASI host does not reveal, because it is absolute.
    AbsoluteLink,
    /// The file differs from what was listed.
    Changed,
    /// Anything else, as the system words it.
    Other(String),
}

impl Unreadable {
    /// That reading `path` failed with this error of the system.
    pub fn new(path: &Path, error: &io::Error) -> Self {
        Unreadable {
            path: path.to_string_lossy().into_owned(),
            reason: Reason::of(error),
        }
    }

    /// That the text of the symbolic link `path` could not be read.
    #[cfg(feature = "std-fs")]
    pub(super) fn link(path: &Path, error: &io::Error) -> Self {
        let mut problem = Unreadable::new(path, error);
        // How a WASI host answers for an absolute target.
        if cfg!(target_family = "wasm") && problem.reason == Reason::PermissionDenied {
            problem.reason = Reason::AbsoluteLink;
        }
        problem
    }
}

impl Reason {
    /// Sorts an error of the system; the platform's numbers stay where no word exists.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Reason::NotFound,
            ErrorKind::PermissionDenied => Reason::PermissionDenied,
            ErrorKind::IsADirectory => Reason::IsADirectory,
            ErrorKind::NotADirectory => Reason::NotADirectory,
            ErrorKind::StorageFull => Reason::StorageFull,
            ErrorKind::FileTooLarge => Reason::FileTooLarge,
            ErrorKind::QuotaExceeded => Reason::QuotaExceeded,
            ErrorKind::ReadOnlyFilesystem => Reason::ReadOnlyFilesystem,
            ErrorKind::BrokenPipe => Reason::BrokenPipe,
            _ if is_name_not_utf8(error) => Reason::NameNotUtf8,
            _ if is_loop(error) => Reason::TooManyLinks,
            _ => Reason::Other(error.to_string()),
        }
    }
}

/// How a WASI host answers when it lists a directory with a name that is not UTF-8 (`EILSEQ`).
/// Elsewhere such a name can be read, and is an entry of its own.
fn is_name_not_utf8(error: &io::Error) -> bool {
    cfg!(target_family = "wasm") && error.raw_os_error() == Some(25)
}

/// `ELOOP`, which std has no stable word for.
fn is_loop(error: &io::Error) -> bool {
    let number = match () {
        () if cfg!(target_family = "wasm") => 32,
        () if cfg!(any(target_os = "linux", target_os = "android")) => 40,
        () if cfg!(unix) => 62,
        () => return false,
    };
    error.raw_os_error() == Some(number)
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable { path, reason } = self;
        let path = quote(path);
        match reason {
            Reason::Changed => write!(
                f,
                "{path} changed while it was being read; run again when nothing writes to it"
            ),
            Reason::AbsoluteLink => Problem::from(self.clone()).fmt(f),
            _ => write!(f, "cannot read {path}: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::NotFound => "no such file or directory",
            Reason::PermissionDenied => "permission denied",
            Reason::IsADirectory => "it is a directory",
            Reason::NotADirectory => "a part of the path is not a directory",
            Reason::StorageFull => "no space left on the device",
            Reason::FileTooLarge => {
                "the file is larger than the system or a limit (`ulimit -f`) allows"
            }
            Reason::QuotaExceeded => "the disk quota is used up",
            Reason::ReadOnlyFilesystem => "the file system is read-only",
            Reason::BrokenPipe => "the reader is gone",
            Reason::NameNotUtf8 => {
                "a name in it is not UTF-8, which WASI paths have to be; rename it"
            }
            Reason::TooManyLinks => "too many symbolic links",
            Reason::AbsoluteLink => {
                "a symbolic link to an absolute path, which leads out of the mount"
            }
            Reason::Changed => "it changed in the meantime; run again when nothing writes to it",
            Reason::Other(says) => says,
        })
    }
}

impl std::error::Error for Unreadable {}

impl From<Unreadable> for Problem {
    fn from(problem: Unreadable) -> Self {
        match &problem.reason {
            Reason::AbsoluteLink => {
                let (path, reason) = (quote(&problem.path), &problem.reason);
                let text = format!("{path}: {reason}; make it relative, or leave out links with ");
                Problem::text(ProblemKind::Mount, text).remedy(Setting::word("symlinks", "skip"))
            }
            _ => Problem::text(ProblemKind::Disk, problem.to_string()),
        }
    }
}

impl From<Unreadable> for Error {
    fn from(problem: Unreadable) -> Self {
        Problem::from(problem).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn said(reason: Reason) -> String {
        let path = "a\n'b".into();
        Unreadable { path, reason }.to_string()
    }

    #[test]
    fn every_reason_names_the_path_once() {
        assert_eq!(
            said(Reason::PermissionDenied),
            "cannot read `a\\n'b`: permission denied"
        );
        assert_eq!(
            said(Reason::Changed),
            "`a\\n'b` changed while it was being read; run again when nothing writes to it"
        );
        assert_eq!(
            said(Reason::AbsoluteLink),
            "`a\\n'b`: a symbolic link to an absolute path, which leads out of the mount; make it \
             relative, or leave out links with `symlinks = \"skip\"`"
        );
    }
}
