//! Words the problems of input and output: the engine words those of the disk, and this module
//! those of an output. Every shell reports a [`Problem`], so the messages are the same in every
//! language. This module must never touch a disk.

use crate::escape::quote;
use crate::exit::invalid;
use crate::job::Exit;
use crate::wording::worded;
use wasi_virt::disk::{self, Unreadable};
use wasi_virt::{ProblemKind, Setting};

/// What a shell could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it tried.
    pub task: Task,
    /// What prevented it.
    pub reason: Reason,
}

/// What a shell tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Read the file, directory or link at this path.
    Read(String),
    /// Write the output at this path.
    Write(String),
    /// Read standard input.
    ReadStdin,
    /// Write standard output.
    WriteStdout,
}

/// Why something could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What the disk reports.
    Disk(disk::Reason),
    /// The stream is closed.
    Closed,
    /// The output is a directory.
    OutputIsADirectory,
    /// The output ends with a slash.
    OutputNamesADirectory,
    /// The output exists and is protected.
    OutputIsReadOnly,
    /// The folder of the output, which does not exist.
    OutputFolderMissing(String),
    /// The folder of the output, and what the system says of creating a file there.
    OutputFolderRefuses(String, String),
    /// No file may be created in the folder of the output.
    OutputFolderForbidden,
    /// No name is left for the file to write.
    OutputFolderCrowded,
    /// The source of the mount that the output would be embedded with the next time.
    OutputInsideMount(String),
}

impl From<disk::Reason> for Reason {
    fn from(reason: disk::Reason) -> Self {
        Reason::Disk(reason)
    }
}

/// How a problem is printed, and what to exit with.
pub fn render_problem(problem: &Problem) -> Exit {
    invalid(&problem.message())
}

impl Problem {
    /// In words, on one line.
    pub(crate) fn message(&self) -> String {
        if let (Task::Read(path), Reason::Disk(reason)) = (&self.task, &self.reason) {
            let (path, reason) = (path.clone(), reason.clone());
            return worded(&Unreadable { path, reason }.into(), &[]);
        }
        let (doing, what) = match &self.task {
            Task::Read(path) => ("read", quote(path)),
            Task::Write(path) => ("write", quote(path)),
            Task::ReadStdin => ("read", "standard input".into()),
            Task::WriteStdout => ("write", "standard output".into()),
        };
        format!("cannot {doing} {what}: {}", self.reason.words())
    }
}

impl Reason {
    fn words(&self) -> String {
        let words = match self {
            Reason::Disk(reason) => return reason.to_string(),
            Reason::Closed => "it is closed",
            Reason::OutputIsADirectory => "it is a directory; name a file in it",
            Reason::OutputNamesADirectory => "it names a directory; name a file in it",
            Reason::OutputIsReadOnly => {
                "the file is read-only; make it writable, or choose another name"
            }
            Reason::OutputFolderMissing(folder) => {
                return format!("there is no directory {}; create it first", quote(folder));
            }
            Reason::OutputFolderRefuses(folder, says) => {
                return format!(
                    "no file can be created in {}; the system says: {says}",
                    quote(folder)
                );
            }
            Reason::OutputFolderForbidden => "no permission to create a file in its directory",
            Reason::OutputFolderCrowded => {
                "its directory is full of `.wasi-virt-*.tmp` files; remove them"
            }
            Reason::OutputInsideMount(source) => {
                let problem = wasi_virt::Problem::new(ProblemKind::Disk)
                    .then(format!(
                        "the output lies inside the mounted folder {}; write it elsewhere, or \
                         leave it out with ",
                        quote(source)
                    ))
                    .remedy(Setting::key("exclude"));
                return worded(&problem, &[]);
            }
        };
        words.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_that_names_the_thing() {
        let printed = |task, reason| render_problem(&Problem { task, reason }).stderr;
        assert_eq!(
            printed(Task::Read("a\x1b".into()), disk::Reason::NotFound.into()),
            "error: cannot read `a\\u{1b}`: no such file or directory\n"
        );
        assert_eq!(
            printed(
                Task::Write("site/o.wasm".into()),
                Reason::OutputInsideMount("site".into())
            ),
            "error: cannot write `site/o.wasm`: the output lies inside the mounted folder `site`; \
             write it elsewhere, or leave it out with `--exclude`\n"
        );
        assert_eq!(
            printed(Task::Read("l".into()), disk::Reason::AbsoluteLink.into()),
            "error: `l`: a symbolic link to an absolute path, which leads out of the mount; make \
             it relative, or leave out links with `--symlinks=skip`\n"
        );
        assert_eq!(
            printed(Task::WriteStdout, Reason::Closed),
            "error: cannot write standard output: it is closed\n"
        );
        assert_eq!(
            printed(Task::Read("f".into()), disk::Reason::Changed.into()),
            "error: `f` changed while it was being read; run again when nothing writes to it\n"
        );
    }
}
