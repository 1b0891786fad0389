//! What is answered, from this crate's and the engine's types into the WIT's. Field by field, so
//! that a field added on one side only does not compile.

use super::from_wit::same_cases;
use super::wit;
use crate::{Configured, Exit, Input, InspectJob, Output, Print, Step, SuggestJob, VirtualizeJob};
use wasi_virt::{
    Access, Action, Claim, ClaimContent, Clocks, DenyMode, Error, FileCounts, FileMode, HostEnv,
    Import, Inspection, InterfaceReport, Mount, Policy, Preopen, Random, Report, Segment, Sizes,
    Stage, StdioMode, Symlinks, Time, Tmpfs,
};

same_cases!(Access => wit::Access: Deny, Allow);
same_cases!(StdioMode => wit::StdioMode: Deny, Ignore, Allow);
same_cases!(DenyMode => wit::DenyMode: Trap, Error);
same_cases!(FileMode => wit::FileMode: Rw, Ro);
same_cases!(Symlinks => wit::Symlinks: Keep, Skip);
same_cases!(Action => wit::Action: Host, Open, Forwarded, Denied, Virtual);
same_cases!(Stage => wit::Stage: Inspect, Plan, Specialize, Relink, Encode, Compose, Verify, Splice);
same_cases!(Print => wit::Print: Text, Json, Nothing);

impl From<Step> for wit::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Exit(exit) => wit::Step::Exit(exit.into()),
            Step::Read(paths) => wit::Step::Read(paths),
            Step::Virtualize(job) => wit::Step::Virtualize(job.into()),
            Step::Inspect(InspectJob {
                component,
                json,
                color,
            }) => wit::Step::Inspect(wit::InspectJob {
                component: component.into(),
                json,
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
        let flag = |Configured { flag, subsystem }| wit::Configured {
            flag,
            subsystem: subsystem.to_string(),
        };
        wit::VirtualizeJob {
            component: component.map(Into::into),
            wasi_version,
            output: match output {
                Output::Stdout => wit::Destination::Stdout,
                Output::File(path) => wit::Destination::File(path),
                Output::Nowhere => wit::Destination::Nowhere,
            },
            policy: policy.into(),
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

impl From<Policy> for wit::Policy {
    fn from(policy: Policy) -> Self {
        let mount = |Mount {
                         guest,
                         source,
                         mode,
                         size,
                         nodes,
                     }| wit::Mount {
            guest,
            source,
            mode: mode.into(),
            size: size.map(|size| size.0),
            nodes,
        };
        let tmpfs = |Tmpfs { guest, size, nodes }| wit::Tmpfs {
            guest,
            size: size.map(|size| size.0),
            nodes,
        };
        let preopen = |Preopen { guest, host, mode }| wit::Preopen {
            guest,
            host,
            mode: mode.into(),
        };
        wit::Policy {
            host_env: policy.host_env.into(),
            env: policy.env,
            host_args: policy.host_args.into(),
            args: policy.args,
            cwd: policy.cwd,
            stdin: policy.stdin.into(),
            stdout: policy.stdout.into(),
            stderr: policy.stderr.into(),
            fs: policy.fs.into(),
            mounts: policy.mounts.into_iter().map(mount).collect(),
            tmpfs: policy.tmpfs.into_iter().map(tmpfs).collect(),
            write_size: policy.write_size.map(|size| size.0),
            write_nodes: policy.write_nodes,
            adapter_memory: policy.adapter_memory.map(|size| size.0),
            preopens: policy.preopens.into_iter().map(preopen).collect(),
            include: policy.include,
            exclude: policy.exclude,
            symlinks: policy.symlinks.into(),
            mtime: policy.mtime,
            clocks: policy.clocks.into(),
            random: policy.random.into(),
            exit: policy.exit.into(),
            sockets: policy.sockets.into(),
            http: policy.http.into(),
            host_config: policy.host_config.into(),
            config: policy.config,
            deny: policy.deny.into(),
            deny_other: policy.deny_other,
            allow_import: policy.allow_import,
            debug: policy.debug,
        }
    }
}

impl From<Time> for wit::Time {
    fn from(
        Time {
            seconds,
            nanoseconds,
        }: Time,
    ) -> Self {
        wit::Time {
            seconds,
            nanoseconds,
        }
    }
}

impl From<Clocks> for wit::Clocks {
    fn from(clocks: Clocks) -> Self {
        match clocks {
            Clocks::Deny => wit::Clocks::Deny,
            Clocks::Allow => wit::Clocks::Allow,
            Clocks::Fixed(time) => wit::Clocks::Fixed(time.into()),
            Clocks::Start(time) => wit::Clocks::Start(time.into()),
        }
    }
}

impl From<Random> for wit::Random {
    fn from(random: Random) -> Self {
        match random {
            Random::Deny => wit::Random::Deny,
            Random::Allow => wit::Random::Allow,
            Random::Seed(seed) => wit::Random::Seed(seed),
        }
    }
}

impl From<HostEnv> for wit::HostEnv {
    fn from(env: HostEnv) -> Self {
        match env {
            HostEnv::None => wit::HostEnv::None,
            HostEnv::All => wit::HostEnv::All,
            HostEnv::Only(names) => wit::HostEnv::Only(names),
            HostEnv::Except(names) => wit::HostEnv::Except(names),
        }
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
            sizes,
            preview1_adapter,
            lost_exports,
            wasi_version,
        }: Report,
    ) -> Self {
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
            sizes: wit::Sizes {
                input,
                adapter,
                output,
            },
            preview1_adapter,
            lost_exports,
            wasi_version,
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
            Error::Component { message } => wit::Error::Component(message),
            Error::Invalid { message } => wit::Error::Invalid(message),
            Error::Internal { stage, message } => wit::Error::Internal(wit::InternalError {
                stage: stage.into(),
                message,
            }),
        }
    }
}
