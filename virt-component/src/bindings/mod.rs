//! The component's exports: the `generator` interface of `wit/generator`, and in the command build
//! `wasi:cli/run`. This module only converts; the rest of the crate decides.

mod from_wit;
mod to_wit;

/// What wit-bindgen makes of the WIT.
#[allow(unsafe_code, missing_docs)] // Lifting and lowering is pointer work, and generated.
mod generated {
    #[cfg(feature = "command")]
    wit_bindgen::generate!({
        world: "wasi-virt:generator/virt-generator-command",
        path: [
            "../wit/deps/io.wit",
            "../wit/deps/clocks.wit",
            "../wit/deps/random.wit",
            "../wit/deps/filesystem.wit",
            "../wit/deps/sockets.wit",
            "../wit/deps/cli.wit",
            "../wit/generator",
        ],
        generate_all,
    });
    #[cfg(not(feature = "command"))]
    wit_bindgen::generate!({
        world: "wasi-virt:generator/virt-generator",
        path: [
            "../wit/deps/io.wit",
            "../wit/deps/clocks.wit",
            "../wit/deps/random.wit",
            "../wit/deps/filesystem.wit",
            "../wit/deps/sockets.wit",
            "../wit/deps/cli.wit",
            "../wit/generator",
        ],
    });

    export!(Component);

    /// The component.
    pub struct Component;
}

use crate::PolicyProblem;
use generated::Component;
use generated::exports::wasi_virt::generator::generator as wit;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use wasi_virt::{Problem, ProblemKind};

impl wit::Guest for Component {
    type Filter = Filter;
    type Hasher = Hasher;

    fn cli(invocation: wit::Invocation) -> wit::Step {
        crate::cli(&invocation.into()).into()
    }

    fn plan(
        component: Vec<u8>,
        policy: wit::Policy,
        entries: Vec<wit::Entry>,
    ) -> Result<wit::Output, wit::Error> {
        let entries: Vec<wasi_virt::Entry> = entries.into_iter().map(Into::into).collect();
        wasi_virt::virtualize(&component, &read(&policy)?, &entries)
            .map(Into::into)
            .map_err(Into::into)
    }

    fn adapter(
        policy: wit::Policy,
        entries: Vec<wit::Entry>,
        wasi_version: String,
    ) -> Result<wit::Output, wit::Error> {
        let entries: Vec<wasi_virt::Entry> = entries.into_iter().map(Into::into).collect();
        wasi_virt::adapter(&read(&policy)?, &entries, &wasi_version)
            .map(Into::into)
            .map_err(Into::into)
    }

    fn inspect(component: Vec<u8>) -> Result<wit::Inspection, wit::Error> {
        wasi_virt::inspect(&component)
            .map(Into::into)
            .map_err(Into::into)
    }

    fn render_report(report: wit::Report, context: wit::ReportContext, json: bool) -> String {
        crate::render_report(&report.into(), &context.into(), json)
    }

    fn render_warnings(report: wit::Report, context: wit::ReportContext) -> String {
        crate::render_warnings(&report.into(), &context.into())
    }

    fn render_inspection(inspection: wit::Inspection, name: String, json: bool) -> String {
        crate::render_inspection(&inspection.into(), &name, json)
    }

    fn mounts(policy: wit::Policy) -> Result<Vec<wit::Mount>, wit::Error> {
        let policy = read(&policy)?;
        Ok(policy.mounts.into_iter().map(Into::into).collect())
    }

    fn parse_policy(toml: String, name: String) -> Result<wit::Policy, wit::Error> {
        crate::parse_policy(&toml, &name)
            .map(|policy| crate::policy_as_json(&policy))
            .map_err(invalid)
    }

    fn print_policy(policy: wit::Policy) -> Result<String, wit::Error> {
        Ok(crate::print_policy(&read(&policy)?))
    }

    fn command_line(
        policy: wit::Policy,
        component: String,
        output: String,
    ) -> Result<String, wit::Error> {
        Ok(crate::command_line(&read(&policy)?, &component, &output))
    }

    fn render_suggestion(inspection: wit::Inspection, name: String) -> String {
        crate::render_suggestion(&inspection.into(), &name)
    }

    fn refuse_imports(report: wit::Report) -> Option<wit::Exit> {
        crate::refuse_imports(&report.into()).map(Into::into)
    }

    fn refuse_imported(inspection: wit::Inspection) -> Option<wit::Exit> {
        crate::refuse_imported(&inspection.into()).map(Into::into)
    }

    fn paint_exit(exit: wit::Exit, color: bool) -> wit::Exit {
        crate::paint_exit(exit.into(), color).into()
    }

    fn digests(contents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let digest = |bytes: &Vec<u8>| Sha256::digest(bytes).to_vec();
        contents.iter().map(digest).collect()
    }

    fn render_problem(problem: wit::Problem) -> wit::Exit {
        crate::render_problem(&problem.into()).into()
    }

    fn render_error(
        error: wit::Error,
        component: String,
        configured: Vec<wit::Configured>,
    ) -> wit::Exit {
        let configured: Vec<_> = configured.into_iter().map(Into::into).collect();
        crate::failure(&error.into(), &component, &configured).into()
    }
}

/// The policy that a caller gives as JSON.
fn read(json: &str) -> Result<wasi_virt::Policy, wit::Error> {
    crate::parse_policy_json(json).map_err(invalid)
}

/// The problems of a policy, as the WIT has them.
fn invalid(problems: Vec<PolicyProblem>) -> wit::Error {
    let finding = |PolicyProblem { key, message }| wit::Finding {
        keys: key.into_iter().collect(),
        ..Problem::new(ProblemKind::Value).then(message).into()
    };
    wit::Error::Invalid(problems.into_iter().map(finding).collect())
}

/// Which files of a mount are embedded.
pub struct Filter(wasi_virt::Filter);

impl wit::GuestFilter for Filter {
    fn new(policy: wit::Policy) -> Result<wit::Filter, wit::Error> {
        wasi_virt::Filter::new(&read(&policy)?)
            .map(|filter| wit::Filter::new(Filter(filter)))
            .map_err(Into::into)
    }

    fn enters(&self, path: String) -> bool {
        self.0.enters(&path)
    }

    fn keeps(&self, path: String, is_symlink: bool) -> bool {
        self.0.keeps(&path, is_symlink)
    }
}

/// SHA-256 of what is given piece by piece.
pub struct Hasher(RefCell<Sha256>);

impl wit::GuestHasher for Hasher {
    fn new() -> Self {
        Hasher(RefCell::default())
    }

    fn update(&self, bytes: Vec<u8>) {
        self.0.borrow_mut().update(bytes);
    }

    fn finish(&self) -> Vec<u8> {
        self.0.borrow_mut().finalize_reset().to_vec()
    }
}

#[cfg(feature = "command")]
impl generated::exports::wasi::cli::run::Guest for Component {
    /// WASI 0.2 hosts know only success and failure here: every exit code but 0 arrives as 1.
    fn run() -> Result<(), ()> {
        use std::io::IsTerminal;
        let terminal = crate::Terminal {
            is_terminal: std::io::stdout().is_terminal(),
            columns: None,
            stderr_is_terminal: std::io::stderr().is_terminal(),
        };
        match crate::run(std::env::args_os().skip(1), terminal) {
            0 => Ok(()),
            _ => Err(()),
        }
    }
}

/// The guest names of the directories that the host opens to this component.
#[cfg(feature = "command")]
pub(crate) fn preopened() -> Vec<String> {
    let directories = generated::wasi::filesystem::preopens::get_directories();
    directories.into_iter().map(|(_, name)| name).collect()
}
