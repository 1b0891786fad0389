//! Converts the caller's values from the WIT's types into those of this crate and the engine. It
//! lists every field, so that a field added on one side only does not compile.

use super::wit;
use crate::{Configured, Context, Exit, FileContents, Invocation, Problem, Reason, Task, Terminal};
use wasi_virt::disk;
use wasi_virt::{
    Action, Claim, ClaimContent, Entry, EntryKind, Error, FileCounts, FileMode, Import, Inspection,
    InterfaceReport, Report, Sizes, Stage, Subsystem,
};

/// `From` between enumerations whose cases have the same names.
macro_rules! same_cases {
    ($from:ty => $to:ty: $($case:ident),+) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value {
                    $(<$from>::$case => <$to>::$case,)+
                }
            }
        }
    };
}
pub(super) use same_cases;

same_cases!(wit::FileMode => FileMode: Rw, Ro);
same_cases!(wit::Action => Action: Host, Open, Forwarded, Denied, Virtual);
same_cases!(wit::Stage => Stage: Inspect, Plan, Specialize, Relink, Verify, Splice);

impl From<wit::Invocation> for Invocation {
    fn from(
        wit::Invocation {
            args,
            terminal,
            env,
            files,
        }: wit::Invocation,
    ) -> Self {
        let wit::Terminal {
            is_terminal,
            columns,
            stderr_is_terminal,
        } = terminal;
        let file = |wit::FileContents { path, contents }| FileContents { path, contents };
        Invocation {
            args,
            terminal: Terminal {
                is_terminal,
                columns,
                stderr_is_terminal,
            },
            env,
            files: files.into_iter().map(file).collect(),
        }
    }
}

impl From<wit::Exit> for Exit {
    fn from(
        wit::Exit {
            stdout,
            stderr,
            code,
        }: wit::Exit,
    ) -> Self {
        Exit {
            stdout,
            stderr,
            code,
        }
    }
}

/// A caller's own word is listed among the others rather than left out.
fn subsystem_of(word: String) -> Subsystem {
    word.try_into().unwrap_or(Subsystem::Other)
}

impl From<wit::Configured> for Configured {
    fn from(wit::Configured { flag, key }: wit::Configured) -> Self {
        Configured { flag, key }
    }
}

impl From<wit::Finding> for wasi_virt::Problem {
    /// What a caller wrote itself is taken as it reads.
    fn from(finding: wit::Finding) -> Self {
        serde_json::from_str(&finding.parts).unwrap_or_else(|_| {
            wasi_virt::Problem::new(wasi_virt::ProblemKind::Value).then(finding.message)
        })
    }
}

impl From<wit::ReportContext> for Context {
    fn from(
        wit::ReportContext {
            output,
            configured,
            verbose,
            color,
        }: wit::ReportContext,
    ) -> Self {
        Context {
            output,
            configured: configured.into_iter().map(Into::into).collect(),
            verbose: verbose.map(|entries| entries.into_iter().map(Into::into).collect()),
            color,
        }
    }
}

impl From<wit::Entry> for Entry {
    fn from(
        wit::Entry {
            mount,
            guest,
            source,
            kind,
        }: wit::Entry,
    ) -> Self {
        let kind = match kind {
            wit::EntryKind::Directory => EntryKind::Directory,
            wit::EntryKind::File(wit::File { size, digest }) => EntryKind::File {
                size,
                // A digest of another length is none that another file could share.
                digest: digest.and_then(|digest| digest.try_into().ok()),
            },
            wit::EntryKind::HostFile(wit::HostPath { path, mode }) => EntryKind::HostFile {
                path,
                mode: mode.into(),
            },
            wit::EntryKind::HostDirectory(wit::HostPath { path, mode }) => {
                EntryKind::HostDirectory {
                    path,
                    mode: mode.into(),
                }
            }
            wit::EntryKind::Symlink(target) => EntryKind::Symlink { target },
            wit::EntryKind::Special(what) => EntryKind::Special { what },
            wit::EntryKind::NotUtf8 => EntryKind::NotUtf8,
            wit::EntryKind::LeftOut(directory) => EntryKind::LeftOut { directory },
        };
        Entry {
            mount,
            guest,
            source,
            kind,
        }
    }
}

impl From<wit::Report> for Report {
    fn from(report: wit::Report) -> Self {
        let interface = |wit::InterfaceReport {
                             name,
                             action,
                             functions,
                         }| InterfaceReport {
            name,
            action: action.into(),
            functions,
        };
        let wit::FileCounts {
            files,
            directories,
            symlinks,
            bytes,
            stored,
        } = report.files;
        let wit::Sizes {
            input,
            adapter,
            output,
        } = report.sizes;
        // What a caller made up is taken for nothing.
        let (mounts, tmpfs, preopens, limits, network) =
            serde_json::from_str(&report.places).unwrap_or_default();
        let (write_size, write_inodes, adapter_memory) = limits;
        Report {
            interfaces: report.interfaces.into_iter().map(interface).collect(),
            imports_before: report.imports_before,
            imports_after: report.imports_after,
            files: FileCounts {
                files,
                directories,
                symlinks,
                bytes,
                stored,
            },
            mounts,
            tmpfs,
            preopens,
            write_size,
            write_inodes,
            adapter_memory,
            network,
            sizes: Sizes {
                input,
                adapter,
                output,
            },
            preview1_adapter: report.preview1_adapter,
            lost_exports: report.lost_exports,
            wasi_version: report.wasi_version,
            warnings: report.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Inspection> for Inspection {
    fn from(
        wit::Inspection {
            imports,
            exports,
            core_module,
            preview1_adapter,
            lost_exports,
            claimed,
        }: wit::Inspection,
    ) -> Self {
        let claim = |wit::Claim { depth, content }| Claim {
            depth,
            content: match content {
                // A text of the caller that is no record counts as one that cannot be read.
                wit::ClaimContent::Record(json) => match serde_json::from_str(&json) {
                    Ok(record) => ClaimContent::Record(Box::new(record)),
                    Err(_) => ClaimContent::Unreadable("not a record".into()),
                },
                wit::ClaimContent::Unreadable(why) => ClaimContent::Unreadable(why),
            },
        };
        let import = |wit::ComponentImport {
                          name,
                          subsystem,
                          functions,
                      }| Import {
            name,
            subsystem: subsystem_of(subsystem),
            functions,
        };
        Inspection {
            imports: imports.into_iter().map(import).collect(),
            exports,
            claimed: claimed.into_iter().map(claim).collect(),
            core_module,
            preview1_adapter,
            lost_exports,
        }
    }
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Component(message) => Error::Component { message },
            wit::Error::Invalid(findings) => Error::Invalid {
                problems: findings.into_iter().map(Into::into).collect(),
            },
            wit::Error::Internal(wit::InternalError { stage, message }) => Error::Internal {
                stage: stage.into(),
                message,
            },
        }
    }
}

impl From<wit::Problem> for Problem {
    fn from(wit::Problem { task, reason }: wit::Problem) -> Self {
        Problem {
            task: match task {
                wit::Task::Read(path) => Task::Read(path),
                wit::Task::Write(path) => Task::Write(path),
                wit::Task::ReadStdin => Task::ReadStdin,
                wit::Task::WriteStdout => Task::WriteStdout,
            },
            reason: match reason {
                wit::Reason::NotFound => disk::Reason::NotFound.into(),
                wit::Reason::PermissionDenied => disk::Reason::PermissionDenied.into(),
                wit::Reason::IsADirectory => disk::Reason::IsADirectory.into(),
                wit::Reason::NotADirectory => disk::Reason::NotADirectory.into(),
                wit::Reason::StorageFull => disk::Reason::StorageFull.into(),
                wit::Reason::FileTooLarge => disk::Reason::FileTooLarge.into(),
                wit::Reason::QuotaExceeded => disk::Reason::QuotaExceeded.into(),
                wit::Reason::ReadOnlyFilesystem => disk::Reason::ReadOnlyFilesystem.into(),
                wit::Reason::BrokenPipe => disk::Reason::BrokenPipe.into(),
                wit::Reason::NameNotUtf8 => disk::Reason::NameNotUtf8.into(),
                wit::Reason::TooManyLinks => disk::Reason::TooManyLinks.into(),
                wit::Reason::Closed => Reason::Closed,
                wit::Reason::Changed => disk::Reason::Changed.into(),
                wit::Reason::OutputIsADirectory => Reason::OutputIsADirectory,
                wit::Reason::OutputNamesADirectory => Reason::OutputNamesADirectory,
                wit::Reason::OutputIsReadOnly => Reason::OutputIsReadOnly,
                wit::Reason::OutputFolderMissing(folder) => Reason::OutputFolderMissing(folder),
                wit::Reason::OutputFolderRefuses((folder, says)) => {
                    Reason::OutputFolderRefuses(folder, says)
                }
                wit::Reason::OutputFolderForbidden => Reason::OutputFolderForbidden,
                wit::Reason::OutputFolderCrowded => Reason::OutputFolderCrowded,
                wit::Reason::OutputInsideMount(source) => Reason::OutputInsideMount(source),
                wit::Reason::Other(says) => disk::Reason::Other(says).into(),
            },
        }
    }
}
