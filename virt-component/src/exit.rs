//! How a failure is said: the text and the exit code of every error, the engine's included. Every
//! shell prints errors from here, so that they read the same everywhere.

use crate::escape::{escape_lines, quote};
use crate::job::Exit;
use wasi_virt::{Error, Report};

/// The exit code of an error in what was given.
pub const ERROR: u8 = 1;
/// The exit code of a usage error.
pub const USAGE: u8 = 2;
/// The exit code of a bug.
pub const INTERNAL: u8 = 70;

/// How an error of the engine is printed, and what to exit with. `component` is where the component came
/// from: a path, or `standard input`.
pub fn failure(error: &Error, component: &str) -> Exit {
    match error {
        Error::Component { message } => invalid(&format!("{}: {message}", quote(component))),
        Error::Invalid { message } => invalid(message),
        Error::Internal { .. } => {
            stderr(format!("{}\n", escape_lines(&error.to_string())), INTERNAL)
        }
    }
}

/// The error that `--assert-no-imports` asks for, when the artifact of this report has imports.
pub fn refuse_imports(report: &Report) -> Option<Exit> {
    let left: Vec<String> = report
        .imports_after
        .iter()
        .map(|name| quote(name))
        .collect();
    (!left.is_empty()).then(|| {
        invalid(&format!(
            "--assert-no-imports: the result would still import {}; deny or virtualize them, and those outside WASI with --deny-other",
            left.join(", ")
        ))
    })
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

/// A bug, in the words of the engine's own.
#[cfg(any(not(target_family = "wasm"), feature = "command"))]
pub(crate) fn internal(stage: &str, message: &str) -> Exit {
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

    #[test]
    fn each_problem_is_one_line_and_a_bug_is_said_to_be_one() {
        let exit = failure(
            &Error::Invalid {
                message: "one\ntwo\x1b".into(),
            },
            "a.wasm",
        );
        assert_eq!(
            (exit.stderr.as_str(), exit.code),
            ("error: one\nerror: two\\u{1b}\n", ERROR)
        );
        let exit = failure(
            &Error::Component {
                message: "empty".into(),
            },
            "a\x07.wasm",
        );
        assert_eq!(exit.stderr, "error: `a\\u{7}.wasm`: empty\n");
        let exit = failure(
            &Error::Internal {
                stage: Stage::Compose,
                message: "x".into(),
            },
            "a.wasm",
        );
        assert_eq!(
            (exit.stderr.as_str(), exit.code),
            ("internal error in compose, please report: x\n", INTERNAL)
        );
    }
}
