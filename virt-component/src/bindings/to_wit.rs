//! Converts answers from the types of this crate and the engine into the WIT's. It lists every
//! field, so that a field added on one side only does not compile.

use super::from_wit::same_cases;
use super::wit;
use crate::{Configured, Exit, Input, InspectJob, Output, Print, Step, SuggestJob, VirtualizeJob};
use wasi_virt::{
    Action, Claim, ClaimContent, Error, FileCounts, Import, Inspection, InterfaceReport, Mount,
    Problem, Report, Segment, Sizes, Stage,
};

same_cases!(Action => wit::Action: Host, Open, Forwarded, Denied, Virtual);
same_cases!(Stage => wit::Stage: Inspect, Plan, Specialize, Relink, Verify, Splice);
same_cases!(Print => wit::Print: Text, Json, Warnings);

impl From<Step> for wit::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Exit(exit) => wit::Step::Exit(exit.into()),
            Step::Read(paths) => wit::Step::Read(paths),
            Step::Virtualize(job) => wit::Step::Virtualize(job.into()),
            Step::Inspect(InspectJob {
                component,
                json,
                quiet,
                assert_no_imports,
                color,
            }) => wit::Step::Inspect(wit::InspectJob {
                component: component.into(),
                json,
                quiet,
                assert_no_imports,
                color,
            }),
            Step::Suggest(SuggestJob { component, color }) => wit::Step::Suggest(wit::SuggestJob {
                component: component.into(),
                color,
            }),
        }
    }
}

impl From<Exit> for wit::Exit {
    fn from(
        Exit {
            stdout,
            stderr,
            code,
        }: Exit,
    ) -> Self {
        wit::Exit {
            stdout,
            stderr,
            code,
        }
    }
}

impl From<VirtualizeJob> for wit::VirtualizeJob {
    fn from(
        VirtualizeJob {
            component,
            wasi_version,
            output,
            policy,
            print,
            verbose,
            color,
            assert_no_imports,
            configured,
        }: VirtualizeJob,
    ) -> Self {
        let flag = |Configured { flag, key }| wit::Configured { flag, key };
        wit::VirtualizeJob {
            component: component.map(Into::into),
            wasi_version,
            output: match output {
                Output::Stdout => wit::Destination::Stdout,
                Output::File(path) => wit::Destination::File(path),
                Output::Nowhere => wit::Destination::Nowhere,
            },
            policy: crate::policy_as_json(&policy),
            print: print.into(),
            verbose,
            color,
            assert_no_imports,
            configured: configured.into_iter().map(flag).collect(),
        }
    }
}

impl From<Input> for wit::Input {
    fn from(input: Input) -> Self {
        match input {
            Input::Stdin => wit::Input::Stdin,
            Input::File(path) => wit::Input::File(path),
        }
    }
}

impl From<Mount> for wit::Mount {
    /// Only what a shell lists: the rest of a mount is the engine's business.
    fn from(Mount { guest, source, .. }: Mount) -> Self {
        wit::Mount { guest, source }
    }
}

impl From<wasi_virt::Output> for wit::Output {
    fn from(wasi_virt::Output { segments, report }: wasi_virt::Output) -> Self {
        wit::Output {
            segments: segments.into_iter().map(Into::into).collect(),
            report: report.into(),
        }
    }
}

impl From<Segment> for wit::Segment {
    fn from(segment: Segment) -> Self {
        match segment {
            Segment::Bytes(bytes) => wit::Segment::Bytes(bytes),
            Segment::Component { offset, len } => {
                wit::Segment::Component(wit::Span { offset, len })
            }
            Segment::File { index, offset, len } => {
                wit::Segment::File(wit::FileSpan { index, offset, len })
            }
        }
    }
}

impl From<Report> for wit::Report {
    fn from(
        Report {
            interfaces,
            imports_before,
            imports_after,
            files,
            mounts,
            tmpfs,
            preopens,
            write_size,
            write_inodes,
            adapter_memory,
            network,
            sizes,
            preview1_adapter,
            lost_exports,
            wasi_version,
            warnings,
        }: Report,
    ) -> Self {
        let limits = (write_size, write_inodes, adapter_memory);
        let places = serde_json::to_string(&(mounts, tmpfs, preopens, limits, network));
        let interface = |InterfaceReport {
                             name,
                             action,
                             functions,
                         }| wit::InterfaceReport {
            name,
            action: action.into(),
            functions,
        };
        let FileCounts {
            files,
            directories,
            symlinks,
            bytes,
            stored,
        } = files;
        let Sizes {
            input,
            adapter,
            output,
        } = sizes;
        wit::Report {
            interfaces: interfaces.into_iter().map(interface).collect(),
            imports_before,
            imports_after,
            files: wit::FileCounts {
                files,
                directories,
                symlinks,
                bytes,
                stored,
            },
            places: places.expect("places are texts and numbers"),
            sizes: wit::Sizes {
                input,
                adapter,
                output,
            },
            preview1_adapter,
            lost_exports,
            wasi_version,
            warnings: warnings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Inspection> for wit::Inspection {
    fn from(
        Inspection {
            imports,
            exports,
            core_module,
            preview1_adapter,
            lost_exports,
            claimed,
        }: Inspection,
    ) -> Self {
        let claim = |Claim { depth, content }| wit::Claim {
            depth,
            content: match content {
                ClaimContent::Record(record) => wit::ClaimContent::Record(
                    serde_json::to_string(&record).expect("a record holds only texts and numbers"),
                ),
                ClaimContent::Unreadable(why) => wit::ClaimContent::Unreadable(why),
            },
        };
        let import = |Import {
                          name,
                          subsystem,
                          functions,
                      }| wit::ComponentImport {
            name,
            subsystem: subsystem.to_string(),
            functions,
        };
        wit::Inspection {
            imports: imports.into_iter().map(import).collect(),
            exports,
            claimed: claimed.into_iter().map(claim).collect(),
            core_module,
            preview1_adapter,
            lost_exports,
        }
    }
}

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { problems } => {
                wit::Error::Invalid(problems.into_iter().map(Into::into).collect())
            }
            Error::Internal { stage, message } => wit::Error::Internal(wit::InternalError {
                stage: stage.into(),
                message,
            }),
            error => wit::Error::Component(error.to_string()),
        }
    }
}

impl From<Problem> for wit::Finding {
    fn from(problem: Problem) -> Self {
        wit::Finding {
            kind: problem.kind().word().into(),
            keys: problem.keys().map(String::from).collect(),
            message: problem.to_string(),
            parts: serde_json::to_string(&problem).expect("a problem is texts alone"),
        }
    }
}
