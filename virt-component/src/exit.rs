//! The text and the exit code of every error, the engine's included. Every shell prints errors from
//! here, so that they read the same everywhere.

use crate::escape::{escape_lines, quote};
use crate::job::{Configured, Exit};
use crate::wording::worded;
use wasi_virt::{Error, Inspection, Report};

/// The exit code of an error in what was given.
pub const ERROR: u8 = 1;
/// The exit code of a usage error.
pub const USAGE: u8 = 2;
/// The exit code of a bug.
pub const INTERNAL: u8 = 70;

/// How an error of the engine is printed, and what to exit with. `component` is where the component
/// came from: a path, or `standard input`. `configured` says how the policy was given.
pub fn failure(error: &Error, component: &str, configured: &[Configured]) -> Exit {
    match error {
        Error::Component { message } => invalid(&format!("{}: {message}", quote(component))),
        Error::Invalid { problems } => {
            let lines = problems.iter().map(|problem| worded(problem, configured));
            invalid(&lines.collect::<Vec<_>>().join("\n"))
        }
        error => stderr(format!("{}\n", escape_lines(&error.to_string())), INTERNAL),
    }
}

/// The error that `--assert-no-imports` asks for, when the artifact of this report has imports.
pub fn refuse_imports(report: &Report) -> Option<Exit> {
    let left = listed(report.imports_after.iter())?;
    Some(invalid(&format!(
        "--assert-no-imports: the artifact would import {left}; deny or virtualize these imports, with \
         --deny-other where they are not WASI"
    )))
}

/// The error that `--assert-no-imports` asks for, when an inspected component has imports.
pub fn refuse_imported(inspection: &Inspection) -> Option<Exit> {
    let names = inspection.imports.iter().map(|import| &import.name);
    let names = listed(names)?;
    Some(invalid(&format!(
        "--assert-no-imports: the component imports {names}"
    )))
}

/// These names in one line; nothing if there are none.
fn listed<'n>(names: impl Iterator<Item = &'n String>) -> Option<String> {
    let names: Vec<String> = names.map(|name| quote(name)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// An error in what was given: one line for each line of `message`.
pub(crate) fn invalid(message: &str) -> Exit {
    stderr(
        escape_lines(message)
            .lines()
            .map(|line| format!("error: {line}\n"))
            .collect(),
        ERROR,
    )
}

/// A bug at a stage of the engine, or in the shell around it, worded as the engine does.
#[cfg(any(not(target_family = "wasm"), feature = "command"))]
pub(crate) fn internal(stage: Option<wasi_virt::Stage>, message: &str) -> Exit {
    let stage: &dyn std::fmt::Display = match &stage {
        Some(stage) => stage,
        None => &"shell",
    };
    stderr(
        escape_lines(&format!(
            "internal error in {stage}, please report: {message}\n"
        )),
        INTERNAL,
    )
}

/// A usage error: one line for each problem.
pub(crate) fn usage(problems: &[String]) -> Exit {
    let mut text: String = problems
        .iter()
        .map(|problem| format!("error: {problem}\n"))
        .collect();
    text.push_str("\nFor more information, try '--help'.\n");
    stderr(text, USAGE)
}

fn stderr(stderr: String, code: u8) -> Exit {
    Exit {
        stdout: String::new(),
        stderr,
        code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::Stage;
    use wasi_virt::{Problem, ProblemKind, Setting};

    #[test]
    fn each_problem_is_one_line_and_a_bug_asks_to_be_reported() {
        let problem = |text| Problem::new(ProblemKind::Value).then(text);
        let problems = vec![
            problem("one ").asked(Setting::key("cwd")),
            problem("two\x1b"),
        ];
        let exit = failure(&Error::Invalid { problems }, "a.wasm", &[]);
        assert_eq!(
            (exit.stderr.as_str(), exit.code),
            ("error: one `--cwd`\nerror: two\\u{1b}\n", ERROR)
        );
        let message = "empty".into();
        let exit = failure(&Error::Component { message }, "a\x07.wasm", &[]);
        assert_eq!(exit.stderr, "error: `a\\u{7}.wasm`: empty\n");
        let exit = failure(
            &Error::Internal {
                stage: Stage::Relink,
                message: "x".into(),
            },
            "a.wasm",
            &[],
        );
        assert_eq!(
            (exit.stderr.as_str(), exit.code),
            ("internal error in relink, please report: x\n", INTERNAL)
        );
    }
}
